/* compress (.Z): two bytes of magic, a byte with the most bits of a code (9 to 16) and, in its top bit, whether code 256 empties the table;
 * then LZW codes from 9 bits on, the first bit of each byte the lowest. Codes come in groups of eight: when their width changes or the
 * table is emptied, what is left of the group is filling. There is no checksum, no size and no end but that of the file.
 * Source: ncompress 5.0, compress42.c; gzip, unlzw.c. */
#include "extractors/stream_common.h"

#include <stdlib.h>

enum { HEADER = 3, FIRST_WIDTH = 9, LAST_WIDTH = 16, CODES = 1 << LAST_WIDTH, CLEAR = 256, BLOCK_MODE = 0x80, RESERVED = 0x60, GROUP = 8 };

typedef struct {
    span_t   image;
    uint64_t at, group_at;  /* in bits: the next code, and where the codes of this width began */
    unsigned width, most;
    uint32_t next, first_free; /* the next free code of the table; 256, or 257 in block mode */
    int32_t  before;           /* the code before; -1: none since the table was emptied */
    uint8_t  first;            /* first byte of what that code stood for */
    double   evidence;         /* bits: how much of what codes could have been would have been wrong */
    uint16_t prefix[CODES];
    uint8_t  suffix[CODES], text[CODES + 1];
} lzw_t;

static bool header_of(span_t image, unsigned *most, bool *blocks)
{
    if (image.size < HEADER || !span_has_text_at(image, 0, "\x1F\x9D") || (image.at[2] & RESERVED) != 0)
        return false;
    *most   = image.at[2] & 0x1F;
    *blocks = (image.at[2] & BLOCK_MODE) != 0;
    return *most >= FIRST_WIDTH && *most <= LAST_WIDTH;
}

static void skip_rest_of_group(lzw_t *l)
{
    uint64_t group = (uint64_t)l->width * GROUP, used = l->at - l->group_at;
    l->at       = l->group_at + (used + group - 1) / group * group;
    l->group_at = l->at;
}

/* The next code; false at the end of the image. */
static bool next_code(lzw_t *l, uint32_t *code)
{
    if (l->next >= 1u << l->width && l->width < l->most) {
        skip_rest_of_group(l);
        l->width++;
    }
    if (l->at + l->width > (uint64_t)l->image.size * 8)
        return false;
    reader_t r    = reader_at(l->image, l->at / 8);
    uint32_t bits = (uint32_t)read_le(&r, (unsigned)min_u64(3, l->image.size - l->at / 8));
    *code         = bits >> (l->at % 8) & ((1u << l->width) - 1);
    l->at        += l->width;
    return true;
}

/* What the code stands for, at the end of l->text; empty: no such code can stand here. */
static span_t text_of(lzw_t *l, uint32_t code)
{
    size_t   from = sizeof l->text;
    uint32_t walk = code;
    if (code > l->next || (code == l->next && l->before < 0) || (l->before < 0 && code > 255))
        return (span_t){NULL, 0};
    if (code == l->next || (code >= 256 && code < l->first_free)) {
        if (code != l->next)
            return (span_t){NULL, 0};
        l->text[--from] = l->first;
        walk            = (uint32_t)l->before;
    }
    for (; walk > 255 && from > 1; walk = l->prefix[walk])
        l->text[--from] = l->suffix[walk];
    if (walk > 255)
        return (span_t){NULL, 0};
    l->text[--from] = (uint8_t)walk;
    return span_from(l->text + from, sizeof l->text - from);
}

static void learn(lzw_t *l, uint32_t code)
{
    if (l->before >= 0 && l->next < 1u << l->most) {
        l->prefix[l->next] = (uint16_t)l->before;
        l->suffix[l->next] = l->first;
        l->next++;
    }
    l->before = (int32_t)code;
}

/* Gathers the texts of codes into pieces, each claimed with the bytes that its codes stand in. */
typedef struct { size_t used; uint64_t from; } piece_t;

static bool give_piece(stream_t *stream, piece_t *piece, uint64_t to)
{
    bool go_on  = piece->used == 0 || stream_give(stream, span_from(stream->buffer, piece->used), piece->from, to - piece->from);
    piece->used = 0;
    piece->from = to;
    stream->at  = to;
    return go_on;
}

static stream_end_t decode_codes(lzw_t *l, stream_t *stream, bool blocks)
{
    piece_t  piece = {0, stream->at};
    uint32_t code;
    uint64_t sound = l->at;
    while (next_code(l, &code)) {
        if (blocks && code == CLEAR) {
            skip_rest_of_group(l);
            l->width  = FIRST_WIDTH;
            l->next   = l->first_free;
            l->before = -1;
            continue;
        }
        span_t text = text_of(l, code);
        if (text.size == 0) {
            (void)give_piece(stream, &piece, min_u64(sound / 8, l->image.size));
            return STREAM_BROKEN;
        }
        l->evidence += 1.0 - (double)min_u64(l->before < 0 ? 256 : l->next + 1, 1u << l->width) / (double)(1u << l->width);
        l->first     = text.at[0];
        learn(l, code);
        sound = l->at;
        while (text.size > 0) {
            span_t part = span_clip(text, 0, stream->room - piece.used);
            memcpy(stream->buffer + piece.used, part.at, part.size);
            piece.used += part.size;
            text        = span_from_offset(text, part.size);
            if (piece.used == stream->room && !give_piece(stream, &piece, (l->at + 7) / 8))
                return STREAM_STOPPED;
        }
    }
    return give_piece(stream, &piece, l->image.size) ? STREAM_WHOLE : STREAM_STOPPED;
}

static stream_end_t decode_counting(span_t image, stream_t *stream, double *evidence)
{
    bool     blocks;
    unsigned most;
    if (!header_of(image, &most, &blocks))
        return STREAM_BROKEN;
    lzw_t *l = malloc(sizeof *l);
    if (l == NULL)
        return stream_no_memory(image, stream);
    l->image = image;
    l->at = l->group_at = HEADER * 8;
    l->width            = FIRST_WIDTH;
    l->most             = most;
    l->first_free = l->next = blocks ? CLEAR + 1 : CLEAR;
    l->before               = -1;
    l->first                = 0;
    l->evidence             = 0;
    stream_claim(stream, 0, HEADER, REGION_STRUCTURE);
    stream->at       = HEADER;
    stream_end_t how = decode_codes(l, stream, blocks);
    *evidence        = l->evidence;
    free(l);
    return how;
}

static stream_end_t compress_decode(span_t image, stream_t *stream)
{
    double evidence;
    return decode_counting(image, stream, &evidence);
}

static unsigned compress_probe(span_t image)
{
    stream_t trial = {.one_part = true, .budget = STREAM_TRIAL, .room = STREAM_TRIAL};
    double   evidence = 0;
    trial.buffer = malloc(STREAM_TRIAL);
    if (trial.buffer == NULL)
        return 0;
    stream_end_t how = decode_counting(image, &trial, &evidence);
    free(trial.buffer);
    if (trial.produced == 0 && how != STREAM_STOPPED)
        return 0;
    /* Broken right away, it is not one; broken later, it is a damaged one. */
    return how == STREAM_BROKEN && evidence < 32 ? 0 : 16 + 4 + (unsigned)min_u64((uint64_t)evidence, 64);
}

static uint64_t compress_extent(span_t image) { return stream_extent(image, compress_decode); }

static status_t compress_extract(span_t image, sink_t *sink)
{
    bool     blocks;
    unsigned most;
    if (!header_of(image, &most, &blocks))
        return status_fail(STATUS_REJECTED, "compress", 0, "not a header of compress");
    child_info_t info   = stream_child((span_t){NULL, 0});
    status_t     status = stream_extract("compress", image, sink, &info, compress_decode, NULL);
    if (!status_ok(status))
        return status;
    sink_fact_printf(sink, "compress.bits", "%u", most);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x1F\x9D", 0)};

const extractor_t compress_extractor = {
    .id = "compress", .name = "compress (.Z)", .specification = "ncompress, compress42.c; gzip, unlzw.c", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 1, .only_at_start = true, .probe = compress_probe, .extent = compress_extent, .extract = compress_extract,
};
