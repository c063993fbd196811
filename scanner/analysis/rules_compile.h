/* Rules from their texts to what libyara runs: our own with the needles in one set, a pack of third parties in another, and the
 * file that keeps the first of them between runs.
 *
 * Every file of rules is a namespace of its own, named after the file, since packs repeat names. */
#ifndef ASSAY_ANALYSIS_RULES_COMPILE_H
#define ASSAY_ANALYSIS_RULES_COMPILE_H

#include "analysis/files.h"
#include "base/buffer.h"

#include <yara.h>

/* A text that is searched for along with the rules. Texts are named by their index. */
typedef struct { span_t bytes; bool ignore_case; } needle_t;

/* The needles are the strings of rules in this namespace, which come last, so many in each, in order. */
#define NEEDLE_NAMESPACE "needles"
enum { NEEDLES_A_RULE = 1024 };

/* Our rules and the needles. Ours must be without fault: NULL, and `*why` with file and line. Freed by yr_rules_destroy. */
YR_RULES *rules_compile_own(const data_files_t *own, const char *own_name, const needle_t *needles, size_t needle_count, arena_t *arena,
                            const char **why);

/* The first complaint of libyara about this file by itself, warnings among them; NULL when there is none. */
const char *rules_complaint(const data_file_t *file, arena_t *arena);

/* A pack of third parties. Files may include others of the pack, by a path that is relative to them or to the pack; those are not
 * compiled once more by themselves. The variables that collections expect (filename, filepath, extension, filetype, md5, owner)
 * are empty texts: a blob has no name here. A file that does not compile or imports a module that reads other things than the
 * input is left out; `*disabled` (NULL: none) gets a line "FILE: reason" for each, in order of name.
 * NULL and `*why` only when memory or the number of rules is exhausted. */
YR_RULES *rules_compile_pack(const data_files_t *pack, arena_t *arena, const char **disabled, const char **why);

/* What the rules that fit together say by which they can be recognised: libyara's version, our rules, the needles. */
bool rules_key(const data_files_t *own, const needle_t *needles, size_t needle_count, char key[SHA256_HEX]);
/* The compiled set with its key and a digest, as bytes for a file. False: out of memory. */
bool rules_store(YR_RULES *rules, const char *key, buffer_t *out);
/* The set back from such bytes; NULL when they are of another key or not whole. Only bytes that came with the program may be given:
 * compiled rules are code. */
YR_RULES *rules_restore(span_t stored, const char *key);

#endif
