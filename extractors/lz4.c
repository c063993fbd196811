/* LZ4 frames: one after another, skippable frames among them, which decode to one file. A frame: magic 184D2204, descriptor
 * (flags, block size, perhaps content size and dictionary, one byte of its XXH32), blocks (32-bit size, highest bit: stored;
 * perhaps an XXH32), a size of zero, perhaps the content's XXH32; LZ4F verifies all of them. Source: lz4, doc/lz4_Frame_format.md. */
#include "extractors/stream_common.h"

#include <lz4frame.h>

enum { VERSION_MASK = 0xC0, VERSION_1 = 0x40, FLAG_BLOCK_CHECKSUM = 0x10, FLAG_CONTENT_SIZE = 8, FLAG_CONTENT_CHECKSUM = 4, FLAG_RESERVED = 2,
       FLAG_DICTIONARY = 1 };

typedef struct { uint64_t header_size, end; uint32_t block_most; uint8_t flags; unsigned blocks; } lz4_frame_t;

static bool read_frame_header(span_t image, uint64_t at, lz4_frame_t *frame)
{
    reader_t r = reader_at(image, at);
    *frame     = (lz4_frame_t){0};
    if (read_le32(&r) != 0x184D2204)
        return false;
    frame->flags     = read_u8(&r);
    uint8_t  block   = read_u8(&r);
    unsigned coded   = block >> 4;
    reader_skip(&r, (frame->flags & FLAG_CONTENT_SIZE) != 0 ? 8 : 0);
    reader_skip(&r, (frame->flags & FLAG_DICTIONARY) != 0 ? 4 : 0);
    reader_skip(&r, 1);
    if (!reader_ok(&r) || (frame->flags & VERSION_MASK) != VERSION_1 || (frame->flags & FLAG_RESERVED) != 0 || (block & 0x8F) != 0 || coded < 4)
        return false;
    frame->block_most  = UINT32_C(1) << (8 + 2 * coded);
    frame->header_size = r.pos - at;
    frame->end         = r.pos;
    return true;
}

/* Moves `at` over the block there, or over the end mark and what follows it. */
static stream_end_t pass_block(span_t image, uint64_t *at, const lz4_frame_t *frame, bool *last)
{
    reader_t r    = reader_at(image, *at);
    uint64_t size = read_le32(&r) & 0x7FFFFFFF;
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    if (size > frame->block_most)
        return STREAM_BROKEN;
    uint8_t checksum = size == 0 ? FLAG_CONTENT_CHECKSUM : FLAG_BLOCK_CHECKSUM;
    reader_skip(&r, size + ((frame->flags & checksum) != 0 ? 4 : 0));
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    *at   = r.pos;
    *last = size == 0;
    return STREAM_WHOLE;
}

/* Follows the blocks of the frame at `at`. */
static stream_end_t walk_frame(span_t image, uint64_t at, lz4_frame_t *frame)
{
    if (!read_frame_header(image, at, frame))
        return STREAM_BROKEN;
    for (bool last = false; !last;) {
        stream_end_t how = pass_block(image, &frame->end, frame, &last);
        if (how != STREAM_WHOLE)
            return how;
        frame->blocks += last ? 0 : 1;
    }
    return STREAM_WHOLE;
}

typedef struct { LZ4F_dctx *context; size_t error; } lz4_decoder_t;

static step_t lz4_step(void *decoder, span_t *in, uint8_t *out, size_t room, size_t *made)
{
    lz4_decoder_t *d      = decoder;
    size_t         taken  = in->size;
    *made                 = room;
    size_t         result = LZ4F_decompress(d->context, out, made, in->at, &taken, NULL);
    if (LZ4F_isError(result)) {
        d->error = result;
        *made    = 0; /* it says nothing about them when it fails */
        return STEP_BROKEN;
    }
    *in = span_from_offset(*in, taken);
    return result == 0 ? STEP_END : STEP_MORE;
}

static const char *what_is_wrong(const lz4_frame_t *frame, size_t error)
{
    if (strcmp(LZ4F_getErrorName(error), "ERROR_contentChecksum_invalid") == 0)
        return "the checksum of the LZ4 frame does not agree with its content";
    if ((frame->flags & FLAG_DICTIONARY) != 0)
        return "the LZ4 frame may need a dictionary that is not here";
    return "the LZ4 frame is damaged";
}

/* Header, blocks and end one by one: a call of LZ4F that fails gives nothing, not even what it decoded before. */
static stream_end_t pump_frame(span_t image, uint64_t block, uint64_t end, const lz4_frame_t *frame, stream_t *stream, lz4_decoder_t *d)
{
    stream_end_t how  = stream_pump(image, block, stream, lz4_step, d);
    bool         last = false;
    while (how == STREAM_TRUNCATED && !last && pass_block(image, &block, frame, &last) == STREAM_WHOLE)
        how = stream_pump(image, block, stream, lz4_step, d);
    return how == STREAM_TRUNCATED ? stream_pump(image, end, stream, lz4_step, d) : how;
}

static stream_end_t decode_frame(span_t image, stream_t *stream, lz4_decoder_t *d)
{
    uint64_t     start = stream->at, produced = stream->produced;
    lz4_frame_t  frame;
    stream_end_t walked = walk_frame(image, start, &frame);
    if (walked == STREAM_BROKEN && frame.blocks == 0)
        return STREAM_BROKEN;
    LZ4F_resetDecompressionContext(d->context);
    stream_claim(stream, start, frame.header_size, REGION_STRUCTURE);
    if (walked == STREAM_WHOLE) {
        uint64_t tail = (frame.flags & FLAG_CONTENT_CHECKSUM) != 0 ? 8 : 4;
        stream_claim(stream, frame.end - tail, tail, REGION_STRUCTURE);
    }
    stream_end_t how = pump_frame(image, start + frame.header_size, walked == STREAM_TRUNCATED ? image.size : frame.end, &frame, stream, d);
    stream->parts++;
    if (walked != STREAM_WHOLE)
        return how == STREAM_WHOLE || how == STREAM_TRUNCATED ? walked : how;
    if (how != STREAM_BROKEN || stream->produced == produced)
        return how;
    stream_damage(stream, stream->at, frame.end - min_u64(stream->at, frame.end), what_is_wrong(&frame, d->error));
    stream->at = frame.end;
    return STREAM_WHOLE;
}

static bool another_frame(span_t image, uint64_t at)
{
    lz4_frame_t frame;
    return walk_frame(image, at, &frame) != STREAM_BROKEN || frame.blocks > 0;
}

static void pass_skippable(span_t image, stream_t *stream)
{
    uint64_t end = stream_skippable_end(image, stream->at);
    stream_claim(stream, stream->at, end - stream->at, REGION_STRUCTURE);
    stream->at = end;
}

static stream_end_t lz4_decode(span_t image, stream_t *stream)
{
    lz4_decoder_t d = {0};
    if (LZ4F_isError(LZ4F_createDecompressionContext(&d.context, LZ4F_VERSION)))
        return stream_no_memory(image, stream);
    stream_end_t how;
    do {
        pass_skippable(image, stream);
        how = decode_frame(image, stream, &d);
        if (how == STREAM_WHOLE && !stream->one_part)
            pass_skippable(image, stream);
    } while (how == STREAM_WHOLE && !stream->one_part && another_frame(image, stream->at));
    (void)LZ4F_freeDecompressionContext(d.context);
    return how;
}

static unsigned lz4_probe(span_t image)
{
    lz4_frame_t frame;
    if (!read_frame_header(image, stream_skippable_end(image, 0), &frame))
        return 0;
    stream_t     trial;
    stream_end_t how = stream_try(image, lz4_decode, STREAM_TRIAL, &trial);
    if (how == STREAM_BROKEN && trial.produced == 0)
        return 0; /* the descriptor's own checksum is wrong, or its first block */
    const unsigned bits = 32 + 4;
    if (how == STREAM_WHOLE)
        return trial.damages == 0 ? bits + 8 + ((frame.flags & FLAG_CONTENT_CHECKSUM) != 0 ? 32 : 8) : bits;
    return trial.produced > 0 && how != STREAM_BROKEN ? bits + 16 : bits;
}

/* By the blocks' own sizes; the probe has decoded the first of them. */
static uint64_t lz4_extent(span_t image)
{
    uint64_t    end = 0;
    lz4_frame_t frame;
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

static status_t lz4_extract(span_t image, sink_t *sink)
{
    lz4_frame_t frame;
    if (!read_frame_header(image, stream_skippable_end(image, 0), &frame))
        return status_fail(STATUS_REJECTED, "lz4", 0, "not an LZ4 frame");
    child_info_t info   = stream_child((span_t){NULL, 0});
    stream_t     result = {0};
    status_t     status = stream_extract("lz4", image, sink, &info, lz4_decode, &result);
    if (!status_ok(status))
        return status;
    sink_fact_printf(sink, "lz4.block", "%u", frame.block_most);
    if (result.parts > 1)
        sink_fact_printf(sink, "lz4.frames", "%u", result.parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x04\x22\x4D\x18", 0), MAGIC("\x2A\x4D\x18", 1)};

const extractor_t lz4_extractor = {
    .id = "lz4", .name = "LZ4 frame", .specification = "lz4, doc/lz4_Frame_format.md", .reach = REACH_EXTRACT, .magics = magics, .magic_count = 2,
    .probe = lz4_probe, .extent = lz4_extent, .extract = lz4_extract,
};
