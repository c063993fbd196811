/* Our strict YAML: what policies, plans and trials of policies are written in. All scalars are text; anchors, aliases, tags, keys that stand
 * twice and keys that nobody knows are errors, and every error has its line and column. A mapping is read by a table of its keys. */
#ifndef ASSAY_POLICY_DOCUMENT_H
#define ASSAY_POLICY_DOCUMENT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "policy/names.h"

#include <libfyaml.h>

enum { DOCUMENT_WHY = 512, DOCUMENT_BYTES_MAX = 1 << 20, DOCUMENT_ITEMS_MAX = 10000, DOCUMENT_NAME_MAX = 64, DOCUMENT_TEXT_MAX = 1000 };

typedef struct { int line, column; } position_t;

/* The first fault sticks. */
typedef struct {
    arena_t    *arena;
    const char *file; /* only for messages */
    char       *why;  /* room for DOCUMENT_WHY */
    bool        failed;
    position_t  key;  /* the last one read: where something that has no position of its own is said to be */
} loader_t;

/* What reads the value of a key into `out`. */
typedef void value_reader_t(loader_t *, struct fy_node *value, void *out);

typedef struct {
    const char     *key;
    value_reader_t *read;
    size_t          offset; /* of what `read` fills, in the mapping's structure */
    bool            required;
} key_entry_t;

/* Reads the one document in `yaml` by `read`, which gets its root. False, with "file:line:column: what" in `why`, when anything is wrong. */
bool document_read(span_t yaml, loader_t *loader, value_reader_t *read, void *out);
/* The bytes of a file, at most one more than a document may have; false and errno when it cannot be read. */
bool document_file(const char *path, buffer_t *out);

/* Records the first fault, at the place of `node` (NULL: at the last key). */
void document_refuse(loader_t *, struct fy_node *node, const char *format, ...) __attribute__((format(printf, 3, 4)));
position_t document_position(struct fy_node *node);

/* A mapping with at least one key, by a table that ends with a NULL key; `what` is its name in messages. */
void document_mapping(loader_t *, struct fy_node *node, const char *what, const key_entry_t *keys, void *out);
/* A list of at least one mapping: `*items` gets room for all of them, each of `size` bytes and read by `keys`. */
void document_list(loader_t *, struct fy_node *node, const char *what, const key_entry_t *keys, size_t size, void **items, size_t *count);

/* A text of one line that may be shown, "" after a fault. */
const char *document_text(loader_t *, struct fy_node *node, size_t max);
/* A whole number in its shortest form from 0 to max. */
uint64_t    document_number(loader_t *, struct fy_node *node, uint64_t max);

value_reader_t read_text;   /* const char * */
value_reader_t read_id;     /* const char *, of letters, digits, '.', '_' and '-' */
value_reader_t read_number; /* uint64_t, at most INT64_MAX */
value_reader_t read_ppm;    /* uint64_t, at most a million */
value_reader_t read_names;  /* names_t, from one text or a list of them */
value_reader_t read_truth;  /* bool, from true and false */
value_reader_t read_date;   /* int32_t, days since 1970-01-01 */

#endif
