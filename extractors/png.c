/* PNG: a signature of eight bytes, then chunks (length, type, data, CRC-32 of type and data) from IHDR to IEND.
 * Source: RFC 2083. */
#include "extractors/extractor.h"

#include <zlib.h>

enum { SIGNATURE_SIZE = 8, CHUNK_FRAME = 12, HEADER_LENGTH = 13 };

typedef struct { uint64_t length; span_t type; bool crc_agrees, is_whole; } chunk_t;

static chunk_t chunk_at(span_t image, uint64_t at)
{
    reader_t r     = reader_at(image, at);
    chunk_t  chunk = {.length = read_be32(&r)};
    span_t   body  = read_span(&r, 4 + chunk.length);
    uint32_t crc   = read_be32(&r);
    chunk.type     = span_clip(image, at + 4, 4);
    chunk.is_whole = reader_ok(&r) && chunk.length <= INT32_MAX;
    chunk.crc_agrees = chunk.is_whole && crc32_z(0, body.at, body.size) == crc;
    return chunk;
}

static bool is_type(const chunk_t *chunk, const char *type) { return span_equal(chunk->type, span_from_text(type)); }

static unsigned png_probe(span_t image)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (!span_starts_with(image, span_from(signature, sizeof signature)))
        return 0;
    chunk_t header = chunk_at(image, SIGNATURE_SIZE);
    bool    sound  = is_type(&header, "IHDR") && header.length == HEADER_LENGTH && header.crc_agrees;
    return sound ? 64 + 32 : 0;
}

/* The end of IEND, or of the last chunk that is whole. */
static uint64_t walk(span_t image, sink_t *sink)
{
    for (uint64_t at = SIGNATURE_SIZE;;) {
        chunk_t chunk = chunk_at(image, at);
        if (!chunk.is_whole) {
            if (sink != NULL)
                sink_damage(sink, at, image.size - at, "the picture ends before its last chunk");
            return at;
        }
        if (!chunk.crc_agrees && sink != NULL)
            sink_damage(sink, at, CHUNK_FRAME + chunk.length, "the CRC-32 of a chunk does not agree with it");
        at += CHUNK_FRAME + chunk.length;
        if (is_type(&chunk, "IEND"))
            return at;
    }
}

static uint64_t png_extent(span_t image) { return walk(image, NULL); }

static status_t png_extract(span_t image, sink_t *sink)
{
    if (png_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "png", 0, "not a PNG");
    reader_t r     = reader_at(image, SIGNATURE_SIZE + 8);
    uint32_t width = read_be32(&r), height = read_be32(&r);
    sink_fact_printf(sink, "png.size", "%ux%u", (unsigned)width, (unsigned)height);
    sink_claim(sink, 0, walk(image, sink), REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x89PNG\r\n\x1A\n", 0)};

const extractor_t png_extractor = {
    .id = "png", .name = "PNG picture", .specification = "RFC 2083", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 1, .probe = png_probe, .extent = png_extent, .extract = png_extract,
};
