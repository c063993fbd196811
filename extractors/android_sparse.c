/* Android sparse image: a partition without its empty blocks, as fastboot takes it. Header of 28 bytes, little-endian: magic 0xED26FF3A,
 * version 1.0, sizes of this header and of a chunk's header, size of a block, blocks of the image, count of chunks, CRC-32 of the image
 * (0: none). A chunk: type, 0, blocks, size with its header; CAC1 bytes as they are, CAC2 a word that fills, CAC3 don't care, CAC4 a
 * CRC-32 of all before. Source: AOSP, system/core/libsparse/sparse_format.h. */
#include "extractors/fs_content.h"

#include <inttypes.h>
#include <zlib.h>

enum {
    HEADER = 28, CHUNK = 12, HEADER_MAX = 4096, TYPE_RAW = 0xCAC1, TYPE_FILL = 0xCAC2, TYPE_SKIP = 0xCAC3, TYPE_CRC = 0xCAC4, FILL_PIECE = 64 << 10
};

typedef struct { uint16_t header, chunk_header; uint32_t block, blocks, chunks, crc; } sparse_t;
typedef struct { uint64_t at, data_at, data; uint32_t blocks; uint16_t type; } chunk_t;

static bool read_header(span_t image, sparse_t *s)
{
    reader_t r      = reader_at(image, 4);
    uint16_t major  = read_le16(&r);
    reader_skip(&r, 2);
    s->header       = read_le16(&r);
    s->chunk_header = read_le16(&r);
    s->block        = read_le32(&r);
    s->blocks       = read_le32(&r);
    s->chunks       = read_le32(&r);
    s->crc          = read_le32(&r);
    return reader_ok(&r) && span_has_text_at(image, 0, "\x3A\xFF\x26\xED") && major == 1 && s->header >= HEADER && s->header <= HEADER_MAX && s->chunk_header >= CHUNK &&
           s->chunk_header <= HEADER_MAX && s->block >= 4 && s->block % 4 == 0 && s->block <= 1 << 24 && s->blocks > 0;
}

/* False: no chunk can stand there. */
static bool read_chunk(span_t image, const sparse_t *s, uint64_t at, chunk_t *c)
{
    reader_t r = reader_at(image, at);
    c->at      = at;
    c->type    = read_le16(&r);
    reader_skip(&r, 2);
    c->blocks      = read_le32(&r);
    uint32_t total = read_le32(&r);
    c->data_at     = at + s->chunk_header;
    c->data        = total - s->chunk_header;
    uint64_t raw   = (uint64_t)c->blocks * s->block;
    if (!reader_ok(&r) || total < s->chunk_header)
        return false;
    switch (c->type) {
    case TYPE_RAW: return c->data == raw;
    case TYPE_FILL: return c->data == 4;
    case TYPE_SKIP: return c->data == 0;
    case TYPE_CRC: return c->data == 4;
    default: return false;
    }
}

static unsigned android_sparse_probe(span_t image)
{
    sparse_t s;
    chunk_t  first;
    if (!read_header(image, &s))
        return 0;
    return 32 + 16 + (s.chunks > 0 && read_chunk(image, &s, s.header, &first) ? 32 : 0);
}

static uint64_t android_sparse_extent(span_t image)
{
    sparse_t s;
    if (!read_header(image, &s))
        return 0;
    uint64_t at = s.header;
    chunk_t  c;
    for (uint32_t i = 0; i < s.chunks && at < image.size && read_chunk(image, &s, at, &c); i++)
        at = c.data_at + c.data;
    return min_u64(at, image.size);
}

/* A fill of anything but zeros stands in the image once, and in the content as often as it says: bounded as all decoded data are. */
static void fill(fs_content_t *content, const chunk_t *c, span_t word, uint64_t length)
{
    uint8_t piece[FILL_PIECE];
    if (span_is_filled_with(word, 0)) {
        fs_content_hole(content, length);
        return;
    }
    for (size_t i = 0; i < sizeof piece; i++)
        piece[i] = word.at[i % 4];
    for (; length > 0 && !fs_content_full(content); length -= min_u64(length, sizeof piece))
        fs_content_decoded(content, span_from(piece, (size_t)min_u64(length, sizeof piece)), c->data_at, c->data);
}

static void take_chunk(span_t image, const sparse_t *s, const chunk_t *c, fs_content_t *content, child_t *child, uint32_t crc)
{
    uint64_t length = (uint64_t)c->blocks * s->block;
    span_t   word   = span_sub(image, c->data_at, 4);
    reader_t r      = reader_from(word);
    if (c->type == TYPE_RAW)
        fs_content_run(content, c->data_at, length);
    else if (c->type == TYPE_SKIP)
        fs_content_hole(content, length);
    else if (c->type == TYPE_FILL && word.at != NULL)
        fill(content, c, word, length);
    else if (c->type == TYPE_FILL)
        fs_content_lost(content, image.size, 0, length, "the image ends inside a chunk");
    else if (word.at != NULL && read_le32(&r) != crc)
        child_damage(child, c->data_at, 4, "the CRC-32 of the image up to here does not hold");
}

static uint32_t crc_zeros(uint32_t crc, uint64_t length)
{
    static const uint8_t zeros[FILL_PIECE];
    for (; length > 0; length -= min_u64(length, sizeof zeros))
        crc = (uint32_t)crc32_z(crc, zeros, (size_t)min_u64(length, sizeof zeros));
    return crc;
}

/* Only computed where a checksum is there to be held against it. */
static uint32_t crc_after(span_t image, const sparse_t *s, const chunk_t *c, uint32_t crc)
{
    uint64_t length = (uint64_t)c->blocks * s->block;
    span_t   word   = span_sub(image, c->data_at, 4);
    if (c->type == TYPE_RAW) {
        span_t bytes = span_clip(image, c->data_at, length);
        return (uint32_t)crc32_z(crc, bytes.at, bytes.size);
    }
    if (c->type == TYPE_SKIP || (c->type == TYPE_FILL && word.at != NULL && span_is_filled_with(word, 0)))
        return crc_zeros(crc, length);
    for (uint64_t i = 0; c->type == TYPE_FILL && word.at != NULL && i < length; i += 4)
        crc = (uint32_t)crc32_z(crc, word.at, 4);
    return crc;
}

static bool has_checksum(span_t image, const sparse_t *s)
{
    uint64_t at = s->header, blocks = 0;
    chunk_t  c;
    bool     found = s->crc != 0;
    for (uint32_t i = 0; i < s->chunks && at < image.size && read_chunk(image, s, at, &c); i++) {
        found = found || c.type == TYPE_CRC;
        blocks += c.blocks;
        at = c.data_at + c.data;
    }
    /* A checksum over an invented size would cost without end. */
    return found && blocks <= s->blocks && (uint64_t)s->blocks * s->block / 256 <= image.size;
}

static status_t android_sparse_extract(span_t image, sink_t *sink)
{
    sparse_t s;
    if (!read_header(image, &s))
        return status_fail(STATUS_REJECTED, "android-sparse", 0, "not a sparse image");
    sink_claim(sink, 0, min_u64(s.header, image.size), REGION_STRUCTURE);
    sink_fact_printf(sink, "android-sparse.size", "%" PRIu64, (uint64_t)s.blocks * s.block);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("content"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    bool         checks = has_checksum(image, &s);
    uint32_t     crc    = 0;
    uint64_t     at     = s.header;
    fs_content_t content;
    chunk_t      c;
    fs_content_begin(&content, child, image, (uint64_t)s.blocks * s.block);
    for (uint32_t i = 0; i < s.chunks && status_ok(content.status); i++) {
        if (!read_chunk(image, &s, at, &c))
            return fs_content_end_lost(&content, min_u64(at, image.size), at < image.size ? "a chunk that cannot be one: the rest is lost" : "the image ends before its last chunk");
        sink_claim(sink, at, min_u64(s.chunk_header, image.size - at), REGION_STRUCTURE);
        if (c.type == TYPE_FILL || c.type == TYPE_CRC)
            sink_claim(sink, min_u64(c.data_at, image.size), min_u64(c.data, image.size - min_u64(c.data_at, image.size)), REGION_STRUCTURE);
        take_chunk(image, &s, &c, &content, child, crc);
        if (checks)
            crc = crc_after(image, &s, &c, crc);
        at = c.data_at + c.data;
    }
    if (checks && s.crc != 0 && s.crc != crc)
        child_damage(child, 0, 0, "the CRC-32 of the image does not hold");
    return fs_content_full(&content) ? fs_content_end(&content) : fs_content_end_lost(&content, min_u64(at, image.size), "the chunks are fewer than the image is long");
}

static const magic_t magics[] = {MAGIC("\x3A\xFF\x26\xED\x01\x00", 0)};

const extractor_t android_sparse_extractor = {
    .id = "android-sparse", .name = "Android sparse image", .specification = "AOSP, system/core/libsparse/sparse_format.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = android_sparse_probe, .extent = android_sparse_extent, .extract = android_sparse_extract,
};
