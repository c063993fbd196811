/* ZTE config.bin: the saved configuration of ZTE's home gateways, in up to three layers, big-endian. 99999999 44444444 55555555 AAAAAAAA
 * and 28 words (the 14th: bytes of this header, 128; the 15th: bytes that follow; little-endian in some). 04030201, 0, length and text of the
 * signature (the model). 01020304, type (0: compressed; others: AES under a key of the device or model), length of the whole when decoded, length,
 * bytes of a chunk, CRC-32 of the compressed chunks, CRC-32 of these 24 bytes, 32 zero bytes; then chunks: length when decoded, length, 0 for the
 * last one, a zlib stream. Source: mkst/zte-config-utility, zcu/zte.py, zcu/compression.py. */
#include "extractors/codec.h"
#include "extractors/firmware_common.h"

#include <stdlib.h>
#include <zlib.h>

enum { OUTER = 128, SIGNATURE_HEADER = 12, PAYLOAD = 60, PAYLOAD_COVERED = 24, CHUNK = 12, CHUNK_MAX = 16 << 20, SIGNATURE_MAX = 256, TYPE_MAX = 8 };

typedef struct {
    bool     outer, sealed; /* sealed: the CRC-32 of the payload's header holds */
    uint64_t follows;       /* bytes behind the outer header, 0: none says */
    uint64_t signature, signature_length, payload;
    uint32_t type, length, chunk_size, crc;
} zte_t;

static bool read_outer(span_t image, zte_t *zte)
{
    static const uint8_t magic[16] = {0x99, 0x99, 0x99, 0x99, 0x44, 0x44, 0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0xAA, 0xAA, 0xAA, 0xAA};
    if (!span_starts_with(image, span_from(magic, sizeof magic)) || image.size < OUTER)
        return false;
    reader_t big = reader_at(image, 16 + 13 * 4), little = big;
    bool     is_big = read_be32(&big) == OUTER;
    if (!is_big && read_le32(&little) != OUTER)
        return false;
    zte->follows = is_big ? read_be32(&big) : read_le32(&little);
    return zte->follows > PAYLOAD;
}

static bool read_zte(span_t image, zte_t *zte)
{
    *zte         = (zte_t){0};
    zte->outer   = read_outer(image, zte);
    uint64_t at  = zte->outer ? OUTER : 0;
    reader_t r   = reader_at(image, at);
    if (read_be32(&r) == 0x04030201) {
        if (read_be32(&r) != 0)
            return false;
        zte->signature        = at + SIGNATURE_HEADER;
        zte->signature_length = read_be32(&r);
        if (zte->signature_length == 0 || zte->signature_length > SIGNATURE_MAX || !firmware_is_text(image, zte->signature, zte->signature_length))
            return false;
        at = zte->signature + zte->signature_length;
    }
    zte->payload   = at;
    span_t   head  = span_sub(image, at, PAYLOAD);
    reader_t p     = reader_from(head);
    if (head.at == NULL || read_be32(&p) != 0x01020304)
        return false;
    zte->type   = read_be32(&p);
    zte->length = read_be32(&p);
    reader_skip(&p, 4);
    zte->chunk_size = read_be32(&p);
    zte->crc        = read_be32(&p);
    zte->sealed     = (uint32_t)crc32_z(0, head.at, PAYLOAD_COVERED) == read_be32(&p);
    return reader_ok(&p) && zte->type <= TYPE_MAX && span_is_filled_with(span_sub(head, 28, 32), 0) && zte->chunk_size <= CHUNK_MAX;
}

typedef struct { uint64_t at, data; uint32_t decoded, length, more; } chunk_t;

static bool read_chunk(span_t image, uint64_t at, chunk_t *chunk)
{
    reader_t r     = reader_at(image, at);
    chunk->at      = at;
    chunk->data    = at + CHUNK;
    chunk->decoded = read_be32(&r);
    chunk->length  = read_be32(&r);
    chunk->more    = read_be32(&r);
    return reader_ok(&r) && chunk->length > 0 && chunk->decoded > 0 && chunk->decoded <= CHUNK_MAX;
}

/* What the chain of chunks that begins at the payload comes to; `whole`: it came to a last chunk, all of it inside the image. */
static uint64_t chunks_end(span_t image, const zte_t *zte, bool *whole)
{
    chunk_t  chunk;
    uint64_t at = zte->payload + PAYLOAD;
    *whole      = false;
    while (!*whole && read_chunk(image, at, &chunk)) {
        at     = chunk.data + chunk.length;
        *whole = chunk.more == 0 && at <= image.size;
        if (chunk.more == 0)
            break;
    }
    return at;
}

static unsigned zte_probe(span_t image)
{
    zte_t zte;
    bool  whole;
    if (!read_zte(image, &zte))
        return 0;
    (void)chunks_end(image, &zte, &whole);
    if (!whole && !zte.outer && !zte.sealed && zte.signature == 0)
        return 0;
    return 32 + 8 + (zte.outer ? 32u : 0u) + (zte.signature != 0 ? 32u : 0u) + (zte.sealed ? 32u : 0u) + (whole ? 8u : 0u);
}

static uint64_t zte_extent(span_t image)
{
    zte_t zte;
    bool  whole;
    if (!read_zte(image, &zte))
        return 0;
    uint64_t end = chunks_end(image, &zte, &whole);
    return min_u64(zte.outer ? max_u64(OUTER + zte.follows, end) : end, image.size);
}

/* False: a limit, or no memory. */
static bool decode_chunk(span_t image, child_t *child, const chunk_t *chunk)
{
    span_t   packed = span_clip(image, chunk->data, chunk->length);
    size_t   made   = 0;
    uint8_t *out    = malloc(chunk->decoded);
    if (out == NULL)
        return false;
    status_t how   = codec_decode(CODEC_ZLIB, packed, out, chunk->decoded, &made);
    bool     sound = status_ok(how) && made == chunk->decoded && packed.size == chunk->length;
    status_t wrote;
    if (sound) {
        wrote = child_write(child, span_from(out, made), chunk->data, chunk->length);
    } else {
        child_damage(child, chunk->data, chunk->length, "the chunk does not inflate to what its header says");
        wrote = child_write_zeros(child, chunk->decoded);
    }
    free(out);
    return status_ok(wrote);
}

static void show_plain(span_t image, sink_t *sink, const zte_t *zte)
{
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("config"), .type = CHILD_PAYLOAD});
    uint64_t at    = zte->payload + PAYLOAD;
    uint32_t crc   = 0;
    bool     whole = false;
    chunk_t  chunk;
    if (child == NULL)
        return;
    while (!whole) {
        if (!read_chunk(image, at, &chunk)) {
            child_damage(child, min_u64(at, image.size), 0, "no chunk where the next one should begin");
            break;
        }
        sink_claim(sink, chunk.at, CHUNK, REGION_STRUCTURE);
        span_t packed = span_clip(image, chunk.data, chunk.length);
        crc           = (uint32_t)crc32_z(crc, packed.at, packed.size);
        if (!decode_chunk(image, child, &chunk))
            break;
        at    = chunk.data + chunk.length;
        whole = chunk.more == 0;
    }
    sink_end_child(sink);
    if (whole && crc != zte->crc)
        sink_damage(sink, zte->payload, PAYLOAD, "the CRC-32 of the compressed chunks does not agree with them");
}

static void show_encrypted(span_t image, sink_t *sink, const zte_t *zte)
{
    uint64_t at = zte->payload + PAYLOAD, end = zte_extent(image);
    if (at >= end) {
        sink_damage(sink, end, 0, "the image ends before what it encrypts");
        return;
    }
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("encrypted"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return;
    child_range(child, at, end - at);
    sink_end_child(sink);
    sink_limit(sink, at, end - at, "encrypted", "a ZTE configuration under AES: its key is that of the model or the device");
}

static status_t zte_extract(span_t image, sink_t *sink)
{
    zte_t zte;
    if (!read_zte(image, &zte))
        return status_fail(STATUS_REJECTED, "zte_config", 0, "not a ZTE configuration");
    sink_claim(sink, 0, zte.payload + PAYLOAD, REGION_STRUCTURE);
    firmware_fact(sink, "zte.model", firmware_text(image, zte.signature, zte.signature_length));
    sink_fact_printf(sink, "zte.payload_type", "%u", zte.type);
    if (zte.type == 0 && !zte.sealed)
        sink_damage(sink, zte.payload, PAYLOAD, "the CRC-32 of the payload's header does not agree with it");
    if (zte.outer && OUTER + zte.follows > image.size)
        sink_damage(sink, image.size, 0, "the image ends before its header says");
    if (zte.type == 0)
        show_plain(image, sink, &zte);
    else
        show_encrypted(image, sink, &zte);
    return ok();
}

static const magic_t magics[] = {
    MAGIC("\x99\x99\x99\x99\x44\x44\x44\x44", 0), MAGIC("\x04\x03\x02\x01\0\0\0\0", 0), MAGIC("\x01\x02\x03\x04\0\0\0", 0)};

const extractor_t zte_config_extractor = {
    .id = "zte_config", .name = "ZTE configuration", .specification = "mkst/zte-config-utility, zcu/zte.py, zcu/compression.py",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 3, .probe = zte_probe, .extent = zte_extent, .extract = zte_extract,
};
