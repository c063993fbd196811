/* Strict reading of our own YAML 1.2 files: all scalars are strings (so that NO is Norway), no anchors, aliases or tags, no
 * duplicate or unknown keys, no empty values, one document a file. The first thing wrong sticks, with file and line; what is
 * asked afterwards answers NULL or 0, so a reader asks for all and checks once. */
#ifndef ASSAY_ANALYSIS_YAML_H
#define ASSAY_ANALYSIS_YAML_H

#include "base/arena.h"
#include "base/error.h"

struct fy_node;
struct fy_document;
struct fy_parser;
struct fy_diag;

typedef struct {
    const char         *file;
    arena_t            *arena;
    const char         *why;  /* NULL: nothing is wrong so far */
    struct fy_diag     *diag;
    struct fy_parser   *parser;
    struct fy_document *document;
} yaml_t;

/* Reads `content`; `file` is its name in messages. Always to be closed, whatever came of it. */
void yaml_open(yaml_t *yaml, const char *file, span_t content, arena_t *arena);
void yaml_close(yaml_t *yaml);
static inline bool yaml_ok(const yaml_t *yaml) { return yaml->why == NULL; }

typedef struct { uint32_t line, column; } yaml_place_t; /* in the file, counted from 1; 0: not known */
/* Where the value at `key` stands; for NULL, where `map` begins. */
yaml_place_t yaml_place(struct fy_node *map, const char *key);

/* "file:line:column: …" becomes `why` unless something was wrong before. `node` may be NULL. */
void yaml_complain(yaml_t *yaml, struct fy_node *node, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The mapping at the top; NULL and wrong when it is something else. */
struct fy_node *yaml_root(yaml_t *yaml);
/* Wrong unless `map` is a mapping whose keys all stand in `keys`, which ends with NULL. */
bool yaml_allow_keys(yaml_t *yaml, struct fy_node *map, const char *const *keys);

/* The text at `key`, in the arena; wrong when it is absent (the _if form: NULL), empty or no scalar. */
const char *yaml_text(yaml_t *yaml, struct fy_node *map, const char *key);
const char *yaml_text_if(yaml_t *yaml, struct fy_node *map, const char *key);
/* "true" or "false"; absent: false. */
bool yaml_flag(yaml_t *yaml, struct fy_node *map, const char *key);
/* A decimal number in [least, most]. */
uint64_t yaml_number(yaml_t *yaml, struct fy_node *map, const char *key, uint64_t least, uint64_t most);

/* Number of items of the sequence at `key`; 0 when it is absent; wrong when it is no sequence. */
size_t yaml_count(yaml_t *yaml, struct fy_node *map, const char *key);
/* Item `index` of the sequence at `key`, below yaml_count. */
struct fy_node *yaml_item(yaml_t *yaml, struct fy_node *map, const char *key, size_t index);
/* The texts of a sequence of scalars; count in `*count`; NULL when there are none. */
const char **yaml_texts(yaml_t *yaml, struct fy_node *map, const char *key, size_t *count);

#endif
