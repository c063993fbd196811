/* zlib: two bytes (method 8 and window size, then a check so that both, big-endian, are a multiple of 31), DEFLATE data, and
 * the Adler-32 of the decoded data, big-endian. Source: RFC 1950. Two bytes are no evidence, so it is believed only at the
 * start of a blob, and only when the data decodes. */
#include "extractors/deflate_common.h"

enum { ZLIB_HEADER = 2, ZLIB_TRAILER = 4, FLAG_DICTIONARY = 0x20 };

static bool header_holds(span_t image)
{
    reader_t r      = reader_from(image);
    uint16_t header = read_be16(&r);
    return reader_ok(&r) && (header >> 8 & 15) == 8 && header >> 12 <= 7 && header % 31 == 0 && (header & FLAG_DICTIONARY) == 0;
}

static stream_end_t check_trailer(span_t image, stream_t *stream, uint32_t adler)
{
    reader_t r      = reader_at(image, stream->at);
    uint32_t stored = read_be32(&r);
    uint64_t length = min_u64(ZLIB_TRAILER, image.size - stream->at);
    stream_claim(stream, stream->at, length, REGION_STRUCTURE);
    stream->at += length;
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    if (stored != adler)
        stream_damage(stream, stream->at - ZLIB_TRAILER, ZLIB_TRAILER, "the Adler-32 of the zlib stream does not agree with its content");
    return STREAM_WHOLE;
}

static stream_end_t zlib_decode(span_t image, stream_t *stream)
{
    if (!header_holds(image))
        return STREAM_BROKEN;
    deflate_t d = {.checksum = adler32_z};
    stream_claim(stream, 0, ZLIB_HEADER, REGION_STRUCTURE);
    stream->at       = ZLIB_HEADER;
    stream_end_t how = deflate_decode(image, stream, &d);
    deflate_free(&d);
    return how == STREAM_WHOLE ? check_trailer(image, stream, (uint32_t)d.sum) : how;
}

static unsigned zlib_probe(span_t image)
{
    if (!header_holds(image))
        return 0;
    stream_t     trial;
    stream_end_t how = stream_try(image, zlib_decode, STREAM_TRIAL, &trial);
    if (how == STREAM_WHOLE && trial.damages == 0)
        return 12 + 32 + 16;
    return how != STREAM_BROKEN && trial.produced >= 1024 ? 12 + 16 : 0;
}

static uint64_t zlib_extent(span_t image) { return stream_extent(image, zlib_decode); }

static status_t zlib_extract(span_t image, sink_t *sink)
{
    child_info_t info = stream_child((span_t){NULL, 0});
    return stream_extract("zlib", image, sink, &info, zlib_decode, NULL);
}

/* Every compression level with a window of 32 KiB; smaller windows are for callers that know what they have. */
static const magic_t magics[] = {MAGIC("\x78\x01", 0), MAGIC("\x78\x5E", 0), MAGIC("\x78\x9C", 0), MAGIC("\x78\xDA", 0)};

const extractor_t zlib_extractor = {
    .id = "zlib", .name = "zlib", .specification = "RFC 1950", .reach = REACH_EXTRACT, .magics = magics, .magic_count = 4, .only_at_start = true,
    .probe = zlib_probe, .extent = zlib_extent, .extract = zlib_extract,
};
