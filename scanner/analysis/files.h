/* Data directories of ours (rules/, corpus/…): read whole, once, before any input. Trusted data, but read strictly. */
#ifndef ASSAY_ANALYSIS_FILES_H
#define ASSAY_ANALYSIS_FILES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/sha256.h"

typedef struct {
    const char *name;    /* relative to the directory, '/' between levels */
    span_t      content; /* followed by a NUL that does not count */
} data_file_t;

typedef struct {
    const data_file_t *files; /* ascending by name, bytewise */
    size_t             count;
    char               digest[SHA256_HEX]; /* over name, NUL, size as eight little-endian bytes and content of each file, in order */
} data_files_t;

/* All regular files below `directory` whose name ends with `suffix` (or one of several, separated by '|'); names that begin with a dot are left out. On failure
 * (also: no such directory) `*why` names what could not be read. */
status_t files_read(const char *directory, const char *suffix, arena_t *arena, data_files_t *files, const char **why);
/* One file, as a data_files_t of count 1. */
status_t file_read(const char *path, arena_t *arena, data_files_t *file, const char **why);

#endif
