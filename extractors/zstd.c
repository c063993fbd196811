/* Zstandard: frames one after another, skippable frames among them, which decode to one file. A frame: magic FD2FB528, a
 * descriptor that says which fields follow (window, dictionary, content size), blocks (three bytes: last, type, size), and the
 * low 32 bits of the content's XXH64 when the descriptor says so; libzstd verifies it. Blocks say their compressed size, so
 * the end of a frame is known without decoding, and one damaged frame does not cost the next. Source: RFC 8878. */
#include "extractors/stream_common.h"

#include <zstd.h>
#include <zstd_errors.h>

enum { BLOCK_RLE = 1, BLOCK_RESERVED = 3, BLOCK_MOST = 128 << 10, WINDOW_LOG_MOST = 27, CHECKSUM = 4 };

typedef struct {
    uint64_t header_size, end; /* end: of the last whole block (and the checksum) */
    uint64_t window, content;
    uint32_t dictionary;
    bool     has_checksum, has_content;
    unsigned blocks;
} zstd_frame_t;

static bool read_frame_header(span_t image, uint64_t at, zstd_frame_t *frame)
{
    static const uint8_t dictionary_bytes[] = {0, 1, 2, 4}, content_bytes[] = {0, 2, 4, 8};
    reader_t             r = reader_at(image, at);
    *frame                 = (zstd_frame_t){0};
    if (read_le32(&r) != 0xFD2FB528)
        return false;
    uint8_t descriptor  = read_u8(&r);
    bool    single      = (descriptor & 0x20) != 0;
    frame->has_checksum = (descriptor & 4) != 0;
    if ((descriptor & 0x18) != 0)
        return false;
    if (!single) {
        uint8_t  window = read_u8(&r);
        uint64_t base   = UINT64_C(1) << (10 + (window >> 3));
        frame->window   = base + base / 8 * (window & 7);
    }
    frame->dictionary = (uint32_t)read_le(&r, dictionary_bytes[descriptor & 3]);
    unsigned bytes    = descriptor >> 6 == 0 && single ? 1 : content_bytes[descriptor >> 6];
    frame->content    = read_le(&r, bytes) + (bytes == 2 ? 256 : 0);
    frame->has_content = bytes > 0;
    if (single)
        frame->window = frame->content;
    frame->header_size = r.pos - at;
    frame->end         = r.pos;
    return reader_ok(&r);
}

/* Moves `at` over the block there. */
static stream_end_t pass_block(span_t image, uint64_t *at, bool *last)
{
    reader_t r      = reader_at(image, *at);
    uint32_t header = (uint32_t)read_le(&r, 3);
    uint32_t type   = header >> 1 & 3, size = header >> 3;
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    if (type == BLOCK_RESERVED || size > BLOCK_MOST)
        return STREAM_BROKEN;
    reader_skip(&r, type == BLOCK_RLE ? 1 : size);
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    *at   = r.pos;
    *last = (header & 1) != 0;
    return STREAM_WHOLE;
}

/* Follows the blocks of the frame at `at`. */
static stream_end_t walk_frame(span_t image, uint64_t at, zstd_frame_t *frame)
{
    if (!read_frame_header(image, at, frame))
        return STREAM_BROKEN;
    for (bool last = false; !last; frame->blocks++) {
        stream_end_t how = pass_block(image, &frame->end, &last);
        if (how != STREAM_WHOLE)
            return how;
    }
    if (!frame->has_checksum)
        return STREAM_WHOLE;
    if (!span_holds(image, frame->end, CHECKSUM))
        return STREAM_TRUNCATED;
    frame->end += CHECKSUM;
    return STREAM_WHOLE;
}

typedef struct { ZSTD_DCtx *context; ZSTD_ErrorCode error; } zstd_decoder_t;

static step_t zstd_step(void *decoder, span_t *in, uint8_t *out, size_t room, size_t *made)
{
    zstd_decoder_t *d      = decoder;
    ZSTD_inBuffer   from   = {in->at, in->size, 0};
    ZSTD_outBuffer  to     = {out, room, 0};
    size_t          result = ZSTD_decompressStream(d->context, &to, &from);
    *in                    = span_from_offset(*in, from.pos);
    *made                  = to.pos;
    if (!ZSTD_isError(result))
        return result == 0 ? STEP_END : STEP_MORE;
    d->error = ZSTD_getErrorCode(result);
    return d->error == ZSTD_error_frameParameter_windowTooLarge || d->error == ZSTD_error_memory_allocation ? STEP_MEMORY : STEP_BROKEN;
}

static const char *what_is_wrong(const zstd_frame_t *frame, ZSTD_ErrorCode error)
{
    if (error == ZSTD_error_checksum_wrong)
        return "the checksum of the zstd frame does not agree with its content";
    if (frame->dictionary != 0)
        return "the zstd frame needs a dictionary that is not here";
    return "the zstd frame is damaged";
}

/* Header, blocks and checksum one by one: a call of libzstd that fails gives nothing, not even what it decoded before. */
static stream_end_t pump_frame(span_t image, uint64_t block, uint64_t end, stream_t *stream, zstd_decoder_t *d)
{
    stream_end_t how  = stream_pump(image, block, stream, zstd_step, d);
    bool         last = false;
    while (how == STREAM_TRUNCATED && !last && pass_block(image, &block, &last) == STREAM_WHOLE)
        how = stream_pump(image, block, stream, zstd_step, d);
    return how == STREAM_TRUNCATED ? stream_pump(image, end, stream, zstd_step, d) : how;
}

static stream_end_t decode_frame(span_t image, stream_t *stream, zstd_decoder_t *d)
{
    uint64_t     start = stream->at, produced = stream->produced;
    zstd_frame_t frame;
    stream_end_t walked = walk_frame(image, start, &frame);
    if (walked == STREAM_BROKEN && frame.blocks == 0)
        return STREAM_BROKEN;
    (void)ZSTD_DCtx_reset(d->context, ZSTD_reset_session_only);
    stream_claim(stream, start, frame.header_size, REGION_STRUCTURE);
    if (walked == STREAM_WHOLE && frame.has_checksum)
        stream_claim(stream, frame.end - CHECKSUM, CHECKSUM, REGION_STRUCTURE);
    stream_end_t how = pump_frame(image, start + frame.header_size, walked == STREAM_TRUNCATED ? image.size : frame.end, stream, d);
    stream->parts++;
    if (walked != STREAM_WHOLE)
        return how == STREAM_WHOLE || how == STREAM_TRUNCATED ? walked : how;
    if (how != STREAM_BROKEN || (stream->produced == produced && frame.dictionary == 0))
        return how;
    stream_damage(stream, stream->at, frame.end - min_u64(stream->at, frame.end), what_is_wrong(&frame, d->error));
    stream->at = frame.end;
    return STREAM_WHOLE;
}

static bool another_frame(span_t image, uint64_t at)
{
    zstd_frame_t frame;
    return walk_frame(image, at, &frame) != STREAM_BROKEN || frame.blocks > 0;
}

static void pass_skippable(span_t image, stream_t *stream)
{
    uint64_t end = stream_skippable_end(image, stream->at);
    stream_claim(stream, stream->at, end - stream->at, REGION_STRUCTURE);
    stream->at = end;
}

static stream_end_t zstd_decode(span_t image, stream_t *stream)
{
    zstd_decoder_t d = {.context = ZSTD_createDCtx()};
    if (d.context == NULL)
        return stream_no_memory(image, stream);
    (void)ZSTD_DCtx_setParameter(d.context, ZSTD_d_windowLogMax, WINDOW_LOG_MOST);
    stream_end_t how;
    do {
        pass_skippable(image, stream);
        how = decode_frame(image, stream, &d);
        if (how == STREAM_WHOLE && !stream->one_part)
            pass_skippable(image, stream);
    } while (how == STREAM_WHOLE && !stream->one_part && another_frame(image, stream->at));
    (void)ZSTD_freeDCtx(d.context);
    return how;
}

static unsigned zstd_probe(span_t image)
{
    uint64_t     start = stream_skippable_end(image, 0);
    zstd_frame_t frame;
    if (!read_frame_header(image, start, &frame))
        return 0;
    stream_t     trial;
    stream_end_t how = stream_try(image, zstd_decode, STREAM_TRIAL, &trial);
    if (how == STREAM_BROKEN && trial.produced == 0)
        return 0;
    unsigned bits = 32 + 2;
    if (how == STREAM_WHOLE)
        return trial.damages == 0 ? bits + (frame.has_checksum ? 48 : 16) : bits;
    return trial.produced > 0 && how != STREAM_BROKEN ? bits + 16 : bits;
}

/* By the blocks' own sizes; the probe has decoded the first of them. */
static uint64_t zstd_extent(span_t image)
{
    uint64_t     end = 0;
    zstd_frame_t frame;
    for (;;) {
        uint64_t     start  = stream_skippable_end(image, end);
        stream_end_t walked = walk_frame(image, start, &frame);
        if (walked == STREAM_BROKEN && frame.blocks == 0)
            return end == 0 ? 0 : start;
        if (walked != STREAM_WHOLE)
            return walked == STREAM_TRUNCATED ? image.size : frame.end;
        end = frame.end;
    }
}

static status_t zstd_extract(span_t image, sink_t *sink)
{
    zstd_frame_t frame;
    if (!read_frame_header(image, stream_skippable_end(image, 0), &frame))
        return status_fail(STATUS_REJECTED, "zstd", 0, "not a zstd frame");
    child_info_t info   = stream_child((span_t){NULL, 0});
    stream_t     result = {0};
    status_t     status = stream_extract("zstd", image, sink, &info, zstd_decode, &result);
    if (!status_ok(status))
        return status;
    sink_fact_printf(sink, "zstd.window", "%llu", (unsigned long long)frame.window);
    if (frame.dictionary != 0)
        sink_fact_printf(sink, "zstd.dictionary", "%u", frame.dictionary);
    if (result.parts > 1)
        sink_fact_printf(sink, "zstd.frames", "%u", result.parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x28\xB5\x2F\xFD", 0), MAGIC("\x2A\x4D\x18", 1)};

const extractor_t zstd_extractor = {
    .id = "zstd", .name = "Zstandard", .specification = "RFC 8878", .reach = REACH_EXTRACT, .magics = magics, .magic_count = 2,
    .probe = zstd_probe, .extent = zstd_extent, .extract = zstd_extract,
};
