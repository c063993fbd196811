/* What formats share that say where in a memory bytes belong (Intel HEX, S-records, UF2, dumps as text): the pieces come in any order, and
 * become one child for each run of addresses without a gap, named by its first address. And lines of text, for those that are text. */
#ifndef ASSAY_EXTRACTORS_MEMORY_COMMON_H
#define ASSAY_EXTRACTORS_MEMORY_COMMON_H

#include "base/buffer.h"
#include "extractors/extractor.h"

/* One run: bytes[bytes_at, length) go to `address`; they stand, in whatever notation, in [from, from_length) of the image. */
typedef struct {
    uint64_t    address, bytes_at, length, from, from_length, lost_at, lost_length;
    uint32_t    space;
    const char *damage, *lost; /* why its bytes cannot be trusted; why there are no more of them */
} memory_run_t;

typedef struct {
    buffer_t      bytes;
    memory_run_t *runs;
    size_t        count, capacity;
    uint64_t      joined_to; /* of the image: what lies between the last run and here is claimed by others */
    bool          failed;    /* out of memory: the rest is missing */
} memory_t;

enum { MEMORY_SPACE_NAME = 64 };

/* `bytes` belong to `address` of `space` (0 where there is only one). `damage` (static text, may be NULL): why they cannot be trusted. */
void memory_add(memory_t *memory, uint32_t space, uint64_t address, span_t bytes, uint64_t from, uint64_t from_length, const char *damage);
/* [from, length) follows the last piece and is claimed by the caller: a piece behind it may still join the run. */
void memory_pass(memory_t *memory, uint64_t from, uint64_t length);
/* What stands in [at, length) cannot be read: the last run may be incomplete. False: there is none yet, the caller says it. */
bool memory_lost(memory_t *memory, uint64_t at, uint64_t length, const char *what);
/* All runs as children "ADDRESS.bin", below what `name_space` writes (a path with its '/'; NULL: nothing). Bytes for an address that
 * others have written already become a child of their own, and a note. */
status_t memory_show(memory_t *memory, sink_t *sink, void (*name_space)(uint32_t space, char out[MEMORY_SPACE_NAME]));
void     memory_free(memory_t *memory);

/* One line: its text without blanks at the end, where it begins, and how long it is with its end. */
typedef struct { span_t text; uint64_t at, length; bool ended; } line_t;

/* The line at `*at`, which is then behind it. A line longer than `most` is given in pieces. False: the image ends here. */
bool line_next(span_t image, uint64_t *at, size_t most, line_t *line);

/* The value of a hexadecimal digit; -1 for other characters. */
static inline int hex_value(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal pairs from `text`, at most `most` bytes to `out`; how many came before something else stands there. */
size_t hex_pairs(span_t text, uint8_t *out, size_t most);

#endif
