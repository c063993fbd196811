/* What all raw compressed streams share: decoded bytes leave in pieces, so that no output is ever held whole; the same
 * decoder serves the probe (a small budget), the extent (nothing kept) and the extraction (one child). */
#ifndef ASSAY_EXTRACTORS_STREAM_COMMON_H
#define ASSAY_EXTRACTORS_STREAM_COMMON_H

#include "extractors/extractor.h"

enum {
    STREAM_PIECE = 256 << 10, /* bytes of input and of output a step */
    STREAM_TRIAL = 64 << 10   /* decoded bytes that a probe asks for */
};
#define STREAM_EXTENT_BUDGET ((uint64_t)4 << 30) /* decoded bytes after which the search for an end gives up */
#define STREAM_MEMORY ((uint64_t)160 << 20)      /* what one decoder may allocate for its window */

typedef enum {
    STREAM_WHOLE,     /* it came to its own end */
    STREAM_TRUNCATED, /* the image ends first */
    STREAM_BROKEN,    /* what stands there is not its data */
    STREAM_STOPPED    /* by the budget or by a limit of the scan */
} stream_end_t;

typedef struct {
    sink_t  *sink;  /* NULL: nothing is said, only measured */
    child_t *child;
    uint64_t at;       /* how far the image was read */
    uint64_t produced; /* decoded bytes so far */
    uint64_t budget;
    unsigned damages;  /* said so far */
    unsigned parts;    /* members, frames or streams that were joined */
    bool     sure;     /* the header alone, by its checksum, proves the format */
    bool     one_part; /* stop after the first member */
    uint8_t *buffer;
    size_t   room;
} stream_t;

/* Decodes from stream->at on, and leaves it where the decoding ended. */
typedef stream_end_t stream_decode_t(span_t image, stream_t *stream);

/* One step of a library's decoder: takes from the front of `in`, puts at most `room` bytes to `out`. */
typedef enum { STEP_MORE, STEP_END, STEP_BROKEN, STEP_MEMORY } step_t;
typedef step_t stream_step_t(void *decoder, span_t *in, uint8_t *out, size_t room, size_t *made);

/* Runs `step` over image[stream->at, end) until the decoder says that it is done, or cannot go on. */
stream_end_t stream_pump(span_t image, uint64_t end, stream_t *stream, stream_step_t *step, void *decoder);

/* Decoded bytes, which came from [from_offset, from_length). False: stop. */
bool stream_give(stream_t *stream, span_t decoded, uint64_t from_offset, uint64_t from_length);
/* Bytes of the image that are not content. */
void stream_claim(stream_t *stream, uint64_t offset, uint64_t length, region_kind_t kind);
void stream_damage(stream_t *stream, uint64_t offset, uint64_t length, const char *what);
/* A window or block asks for more memory than STREAM_MEMORY, or there is none: says so. Always STREAM_STOPPED. */
stream_end_t stream_no_memory(span_t image, stream_t *stream);

/* Decodes the first part until `budget` bytes came out, keeping nothing. */
stream_end_t stream_try(span_t image, stream_decode_t *decode, uint64_t budget, stream_t *result);
/* Where the stream ends; 0 when it is none. */
uint64_t stream_extent(span_t image, stream_decode_t *decode);
/* One child with all that can be decoded; damage and structure are said on the way. `result` (may be NULL) tells how it went. */
status_t stream_extract(const char *format, span_t image, sink_t *sink, const child_info_t *info, stream_decode_t *decode, stream_t *result);

/* Where the run of skippable frames (magic 184D2A50 to 5F, a 32-bit size) that begins at `at` ends: `at` when there is none. zstd and
 * LZ4 share them. Only what lies wholly inside counts. */
uint64_t stream_skippable_end(span_t image, uint64_t at);

/* The one child of a stream: `name` without its directories, or "content" when there is none that could be used. */
child_info_t stream_child(span_t name);

#endif
