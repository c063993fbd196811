/* lzop: a nine-byte magic, a header (versions, method, flags, mode, time, name) with an Adler-32 or CRC-32 of its own, blocks
 * (decoded size, compressed size, the checksums that the flags promise, data; stored when both sizes are equal), a decoded
 * size of zero at the end. Big-endian. Source: lzop 1.04, src/lzop.c and src/conf.h. */
#include "extractors/stream_common.h"

#include "base/buffer.h"

#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <zlib.h>

enum { MAGIC_SIZE = 9, BLOCK_MOST = 64 << 20, VERSION_LEVELS = 0x0940 };
enum { ADLER32_D = 1, ADLER32_C = 2, EXTRA_FIELD = 0x40, CRC32_D = 0x100, CRC32_C = 0x200, FILTER = 0x800, HEADER_CRC32 = 0x1000 };

typedef struct { uint64_t size; uint32_t flags, mode, filter; uint64_t mtime; uint8_t method, level; span_t name; } lzop_header_t;
typedef struct { uint32_t decoded, packed, adler_d, crc_d, adler_c, crc_c; span_t data; } lzop_block_t;

static bool read_extra_field(reader_t *r, uint32_t flags)
{
    size_t   start  = r->pos;
    uint32_t length = read_be32(r);
    reader_skip(r, length);
    size_t   end    = r->pos;
    uint32_t stored = read_be32(r);
    if (!reader_ok(r))
        return false;
    const uint8_t *at = r->in.at + start;
    return stored == (uint32_t)((flags & HEADER_CRC32) != 0 ? crc32_z(0, at, end - start) : adler32_z(1, at, end - start));
}

static bool read_header(span_t image, lzop_header_t *header)
{
    reader_t r = reader_from(image);
    *header    = (lzop_header_t){0};
    if (!span_has_text_at(image, 0, "\x89LZO") || image.size < MAGIC_SIZE || memcmp(image.at + 4, "\x00\x0D\x0A\x1A\x0A", 5) != 0)
        return false;
    reader_skip(&r, MAGIC_SIZE);
    uint16_t version = read_be16(&r);
    bool     newer   = version >= VERSION_LEVELS;
    reader_skip(&r, newer ? 4 : 2); /* version of the library, version needed */
    header->method = read_u8(&r);
    header->level  = newer ? read_u8(&r) : 0;
    header->flags  = read_be32(&r);
    header->filter = (header->flags & FILTER) != 0 ? read_be32(&r) : 0;
    header->mode   = read_be32(&r);
    header->mtime  = read_be32(&r);
    header->mtime |= newer ? (uint64_t)read_be32(&r) << 32 : 0;
    header->name   = read_span(&r, read_u8(&r));
    size_t   end    = r.pos;
    uint32_t stored = read_be32(&r);
    if (!reader_ok(&r) || version < 0x0900)
        return false;
    const uint8_t *at  = image.at + MAGIC_SIZE;
    uLong          sum = (header->flags & HEADER_CRC32) != 0 ? crc32_z(0, at, end - MAGIC_SIZE) : adler32_z(1, at, end - MAGIC_SIZE);
    if (stored != (uint32_t)sum || ((header->flags & EXTRA_FIELD) != 0 && !read_extra_field(&r, header->flags)))
        return false;
    header->size = r.pos;
    return true;
}

static stream_end_t read_block(span_t image, uint64_t at, uint32_t flags, lzop_block_t *block, uint64_t *data_at)
{
    reader_t r     = reader_at(image, at);
    *block         = (lzop_block_t){0};
    *data_at       = at;
    block->decoded = read_be32(&r);
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    if (block->decoded == 0) {
        *data_at = r.pos;
        return STREAM_WHOLE;
    }
    block->packed  = read_be32(&r);
    block->adler_d = (flags & ADLER32_D) != 0 ? read_be32(&r) : 0;
    block->crc_d   = (flags & CRC32_D) != 0 ? read_be32(&r) : 0;
    if (block->packed < block->decoded) {
        block->adler_c = (flags & ADLER32_C) != 0 ? read_be32(&r) : 0;
        block->crc_c   = (flags & CRC32_C) != 0 ? read_be32(&r) : 0;
    }
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    if (block->packed == 0 || block->packed > block->decoded || block->decoded > BLOCK_MOST)
        return STREAM_BROKEN;
    *data_at    = r.pos;
    block->data = span_clip(image, r.pos, block->packed);
    return block->data.size == block->packed ? STREAM_WHOLE : STREAM_TRUNCATED;
}

/* Is what the flags promise about these bytes true? */
static bool sums_agree(span_t bytes, bool has_adler, uint32_t adler, bool has_crc, uint32_t crc)
{
    return (!has_adler || (uint32_t)adler32_z(1, bytes.at, bytes.size) == adler) && (!has_crc || (uint32_t)crc32_z(0, bytes.at, bytes.size) == crc);
}

/* Decodes the block into `out`, which has room for it; also of a damaged or cut one what there is. */
static span_t decode_block(const lzop_block_t *block, uint8_t *out, uint32_t flags, const char **wrong)
{
    *wrong = NULL;
    if (block->packed < block->decoded && block->data.size == block->packed &&
        !sums_agree(block->data, (flags & ADLER32_C) != 0, block->adler_c, (flags & CRC32_C) != 0, block->crc_c))
        *wrong = "the checksum of the compressed lzop block does not agree";
    span_t decoded = block->data;
    if (block->packed < block->decoded) {
        lzo_uint made   = block->decoded;
        int      result = lzo1x_decompress_safe(block->data.at, block->data.size, out, &made, NULL);
        decoded         = span_from(out, min_u64(made, block->decoded));
        if (result != LZO_E_OK || made != block->decoded)
            *wrong = "the lzop block does not decode";
    }
    if (*wrong == NULL && !sums_agree(decoded, (flags & ADLER32_D) != 0, block->adler_d, (flags & CRC32_D) != 0, block->crc_d))
        *wrong = "the checksum of the lzop block does not agree with its content";
    return decoded;
}

static stream_end_t decode_blocks(span_t image, stream_t *stream, uint32_t flags, buffer_t *out)
{
    for (;;) {
        lzop_block_t block;
        uint64_t     data_at;
        stream_end_t how = read_block(image, stream->at, flags, &block, &data_at);
        if (how == STREAM_BROKEN || block.decoded == 0 || (how == STREAM_TRUNCATED && block.data.size == 0)) {
            stream_claim(stream, stream->at, data_at - stream->at, REGION_STRUCTURE);
            stream->at = data_at;
            return how;
        }
        out->size       = 0;
        uint8_t *room   = buffer_reserve(out, block.decoded);
        if (room == NULL)
            return stream_no_memory(image, stream);
        const char *wrong;
        span_t      decoded = decode_block(&block, room, flags, &wrong);
        stream_claim(stream, stream->at, data_at - stream->at, REGION_STRUCTURE);
        bool go_on = stream_give(stream, decoded, data_at, block.data.size);
        stream->at = data_at + block.data.size;
        if (how != STREAM_WHOLE)
            return how;
        if (wrong != NULL)
            stream_damage(stream, data_at, block.data.size, wrong);
        if (!go_on)
            return STREAM_STOPPED;
    }
}

static stream_end_t lzop_decode(span_t image, stream_t *stream)
{
    lzop_header_t header;
    if (!read_header(image, &header))
        return STREAM_BROKEN;
    stream->sure = true;
    stream_claim(stream, 0, header.size, REGION_STRUCTURE);
    stream->at = header.size;
    if (header.method < 1 || header.method > 3 || header.filter != 0) {
        stream_damage(stream, header.size, 0, "the lzop file uses a method or filter that is not known");
        return STREAM_BROKEN;
    }
    buffer_t     out = {.limit = BLOCK_MOST};
    stream_end_t how = lzo_init() == LZO_E_OK ? decode_blocks(image, stream, header.flags, &out) : stream_no_memory(image, stream);
    buffer_free(&out);
    return how;
}

/* Magic and header checksum say enough. */
static unsigned lzop_probe(span_t image)
{
    lzop_header_t header;
    return read_header(image, &header) ? 72 + 32 : 0;
}

static uint64_t lzop_extent(span_t image) { return stream_extent(image, lzop_decode); }

static status_t lzop_extract(span_t image, sink_t *sink)
{
    lzop_header_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "lzop", 0, "not an lzop header");
    child_info_t info = stream_child(header.name);
    info.has_mtime    = header.mtime != 0;
    info.mtime        = (int64_t)header.mtime;
    info.has_mode     = header.mode != 0;
    info.mode         = header.mode & 07777;
    status_t status   = stream_extract("lzop", image, sink, &info, lzop_decode, NULL);
    if (!status_ok(status))
        return status;
    if (header.name.size > 0)
        sink_fact_printf(sink, "lzop.name", "%.*s", (int)header.name.size, (const char *)header.name.at);
    sink_fact_printf(sink, "lzop.method", "%u", (unsigned)header.method);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x89LZO\x00\x0D\x0A\x1A\x0A", 0)};

const extractor_t lzop_extractor = {
    .id = "lzop", .name = "lzop", .specification = "lzop 1.04, src/lzop.c and src/conf.h", .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1,
    .probe = lzop_probe, .extent = lzop_extent, .extract = lzop_extract,
};
