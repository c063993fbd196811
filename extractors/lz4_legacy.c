/* LZ4 legacy frames, as Linux kernels use them: magic 184C2102, then blocks of a 32-bit compressed size and the data, each of
 * which decodes to 8 MiB, the last to less. There is no end mark and no checksum: the first short block is the last, and a new
 * magic after it begins a further frame of the same file. Source: lz4, doc/lz4_Frame_format.md, "Legacy frame". */
#include "extractors/stream_common.h"

#include <lz4.h>
#include <stdlib.h>

enum { LEGACY_MAGIC = 0x184C2102, LEGACY_BLOCK = 8 << 20 };

/* What a block of this image can decode to at most: a byte of LZ4 never stands for more than 255. */
static size_t block_room(span_t image) { return (size_t)min_u64(LEGACY_BLOCK, (uint64_t)image.size * 255 + 64); }

/* The compressed bytes of the block at `at`; empty when its size is none a block can have, or the image ends first. */
static span_t read_block(span_t image, uint64_t at, bool *truncated)
{
    reader_t r    = reader_at(image, at);
    uint32_t size = read_le32(&r);
    *truncated    = !reader_ok(&r);
    if (*truncated || size == 0 || size > LZ4_COMPRESSBOUND(LEGACY_BLOCK))
        return (span_t){NULL, 0};
    span_t block = read_span(&r, size);
    *truncated   = !reader_ok(&r);
    return block;
}

static bool has_magic(span_t image, uint64_t at)
{
    reader_t r = reader_at(image, at);
    return read_le32(&r) == LEGACY_MAGIC;
}

/* What there is of a block that the image cuts off. */
static void decode_rest(span_t image, stream_t *stream, char *out)
{
    span_t rest = span_clip(image, stream->at + 4, LZ4_COMPRESSBOUND(LEGACY_BLOCK));
    if (rest.size == 0)
        return;
    int made = LZ4_decompress_safe_partial((const char *)rest.at, out, (int)rest.size, (int)block_room(image), (int)block_room(image));
    if (made <= 0)
        return;
    stream_claim(stream, stream->at, 4, REGION_STRUCTURE);
    (void)stream_give(stream, span_from(out, (size_t)made), stream->at + 4, rest.size);
    stream->at += 4 + rest.size;
}

/* One frame, its magic already passed. Joined: the first block must decode, or the magic was none. */
static stream_end_t decode_frame(span_t image, stream_t *stream, char *out)
{
    for (int made = LEGACY_BLOCK; made == LEGACY_BLOCK;) {
        bool   truncated;
        span_t block = read_block(image, stream->at, &truncated);
        if (block.at == NULL) {
            if (stream->at == image.size && stream->produced > 0)
                return STREAM_WHOLE; /* the last block was full */
            if (truncated)
                decode_rest(image, stream, out);
            return truncated ? STREAM_TRUNCATED : stream->produced > 0 ? STREAM_WHOLE : STREAM_BROKEN;
        }
        made = LZ4_decompress_safe((const char *)block.at, out, (int)block.size, (int)block_room(image));
        if (made <= 0)
            return STREAM_BROKEN;
        stream_claim(stream, stream->at, 4, REGION_STRUCTURE);
        bool go_on = stream_give(stream, span_from(out, (size_t)made), stream->at + 4, block.size);
        stream->at += 4 + block.size;
        if (!go_on)
            return STREAM_STOPPED;
    }
    return STREAM_WHOLE;
}

static stream_end_t legacy_decode(span_t image, stream_t *stream)
{
    char *out = malloc(block_room(image));
    if (out == NULL)
        return stream_no_memory(image, stream);
    stream_end_t how = STREAM_BROKEN;
    while (has_magic(image, stream->at)) {
        stream_claim(stream, stream->at, 4, REGION_STRUCTURE);
        stream->at += 4;
        stream->parts++;
        how = decode_frame(image, stream, out);
        if (how != STREAM_WHOLE || stream->one_part)
            break;
    }
    free(out);
    return how;
}

static unsigned legacy_probe(span_t image)
{
    bool truncated;
    if (!has_magic(image, 0) || (read_block(image, 4, &truncated).at == NULL && !truncated))
        return 0;
    stream_t     trial;
    stream_end_t how = stream_try(image, legacy_decode, STREAM_TRIAL, &trial);
    if (trial.produced == 0)
        return 0;
    return how == STREAM_TRUNCATED ? 32 + 4 : 32 + 9 + 16;
}

static uint64_t legacy_extent(span_t image) { return stream_extent(image, legacy_decode); }

static status_t legacy_extract(span_t image, sink_t *sink)
{
    child_info_t info = stream_child((span_t){NULL, 0});
    return stream_extract("lz4-legacy", image, sink, &info, legacy_decode, NULL);
}

static const magic_t magics[] = {MAGIC("\x02\x21\x4C\x18", 0)};

const extractor_t lz4_legacy_extractor = {
    .id = "lz4-legacy", .name = "LZ4 legacy frame", .specification = "lz4, doc/lz4_Frame_format.md, \"Legacy frame\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = legacy_probe, .extent = legacy_extent, .extract = legacy_extract,
};
