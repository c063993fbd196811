/* partclone: the used blocks of a file system. Version 0002: "partclone-image" 0, version of the program (14), "0002", C0DE, file system (16),
 * size of the device, blocks in all, used by the superblock, used by the bitmap, size of a block, size of the options, version, bits of the
 * machine, kind and size of the checksum, blocks for each, whether it begins anew for each, kind of bitmap, CRC-32 of the header; a bitmap
 * and its CRC-32; the used blocks, a checksum behind so many. Version 0001 has one byte for each block in its bitmap, "BiTmAgIc", and four
 * bytes behind each block. CRC-32 without the inversion at the end. Source: partclone, IMAGE_FORMATS.md. */
#include "extractors/fs_content.h"

#include <inttypes.h>
#include <zlib.h>

enum { HEADER_1 = 4160, HEADER_2 = 110, CRC_AT = 106, NAME = 15, KIND_CRC32 = 0x20, BLOCK_MAX = 1 << 24 };

typedef struct {
    uint64_t size, blocks, used, bitmap_at, bitmap, data_at;
    uint32_t block, strip, sum; /* strip: blocks before each checksum of `sum` bytes; 0: there are none */
    span_t   fs, program;
    bool     old, has_crc, reseeds, header_good;
} partclone_t;

static uint32_t crc_of(uint32_t seed, span_t bytes) { return ~(uint32_t)crc32_z(~seed, bytes.at, bytes.size); }

static bool read_header(span_t image, partclone_t *p)
{
    reader_t r = reader_at(image, NAME);
    *p         = (partclone_t){.old = span_has_text_at(image, 30, "0001")};
    if (!span_has_text_at(image, 0, "partclone-image") || (!p->old && !span_has_text_at(image, 30, "0002")))
        return false;
    if (p->old) {
        p->fs = read_span(&r, NAME);
        reader_skip(&r, 6);
        p->block  = read_le32(&r);
        p->size   = read_le64(&r);
        p->blocks = read_le64(&r);
        p->used   = read_le64(&r);
        p->bitmap_at = HEADER_1;
        p->bitmap    = p->blocks;
        p->strip = 1;
        p->sum   = 4;
    } else {
        reader_skip(&r, 1);
        p->program    = read_span(&r, 14);
        reader_skip(&r, 4);
        bool little   = read_le16(&r) == 0xC0DE;
        p->fs         = read_span(&r, NAME + 1);
        p->size       = read_le64(&r);
        p->blocks     = read_le64(&r);
        reader_skip(&r, 8);
        p->used       = read_le64(&r);
        p->block      = read_le32(&r);
        reader_skip(&r, 4);
        bool right    = read_le16(&r) == 2;
        reader_skip(&r, 2);
        uint16_t kind = read_le16(&r);
        p->sum        = read_le16(&r);
        p->strip      = read_le32(&r);
        p->reseeds    = read_u8(&r) != 0;
        reader_skip(&r, 1);
        uint32_t crc  = read_le32(&r);
        if (!reader_ok(&r) || !little || !right || p->sum > 64)
            return false;
        p->has_crc     = kind == KIND_CRC32 && p->sum == 4;
        p->header_good = crc_of(UINT32_MAX, span_sub(image, 0, CRC_AT)) == crc;
        p->bitmap_at   = HEADER_2;
        p->bitmap      = p->blocks / 8 + (p->blocks % 8 != 0);
        p->strip       = kind == 0 ? 0 : p->strip;
    }
    p->data_at = p->bitmap_at + p->bitmap + (p->old ? 8 : 4);
    return reader_ok(&r) && p->block >= 512 && p->block <= BLOCK_MAX && p->blocks > 0 && p->blocks <= INT64_MAX / p->block && p->used <= p->blocks;
}

static unsigned partclone_probe(span_t image)
{
    partclone_t p;
    return read_header(image, &p) ? 64 + 32 + (p.header_good ? 32u : 0) : 0;
}

/* Blocks that the bitmap names, as far as the image holds it. */
static bool is_used(span_t bitmap, const partclone_t *p, uint64_t block)
{
    if (p->old)
        return block < bitmap.size && bitmap.at[block] == 1;
    return block / 8 < bitmap.size && (bitmap.at[block / 8] >> block % 8 & 1) != 0;
}

static uint64_t blocks_told(span_t bitmap, const partclone_t *p) { return min_u64(p->blocks, p->old ? bitmap.size : (uint64_t)bitmap.size * 8); }

static uint64_t partclone_extent(span_t image)
{
    partclone_t p;
    if (!read_header(image, &p))
        return 0;
    span_t   bitmap = span_clip(image, p.bitmap_at, p.bitmap);
    uint64_t used   = 0;
    for (uint64_t i = 0, count = blocks_told(bitmap, &p); i < count; i++)
        used += is_used(bitmap, &p, i);
    uint64_t sums = p.strip == 0 ? 0 : (used / p.strip + (used % p.strip != 0)) * p.sum;
    return min_u64(p.data_at + used * p.block + sums, image.size);
}

typedef struct { uint64_t at, from, in_strip; uint32_t crc; } strip_t;

/* The checksum that stands behind the blocks of a strip. */
static void end_strip(span_t image, const partclone_t *p, strip_t *s, child_t *child, sink_t *sink)
{
    span_t sum = span_clip(image, s->at, p->sum);
    if (p->sum > 0 && sum.size > 0)
        sink_claim(sink, s->at, sum.size, REGION_STRUCTURE);
    reader_t r = reader_from(sum);
    if (p->has_crc && sum.size == p->sum && s->crc != read_le32(&r))
        child_damage(child, s->from, s->at - s->from, "the CRC-32 of these blocks does not agree with their content");
    s->at      += p->sum;
    s->from     = s->at;
    s->in_strip = 0;
    s->crc      = p->reseeds ? UINT32_MAX : s->crc;
}

static status_t put_device(span_t image, const partclone_t *p, child_t *child, sink_t *sink)
{
    span_t       bitmap = span_clip(image, p->bitmap_at, p->bitmap);
    fs_content_t content;
    strip_t      s = {.at = p->data_at, .from = p->data_at, .crc = UINT32_MAX};
    fs_content_begin(&content, child, image, max_u64(p->size, p->blocks * p->block));
    for (uint64_t i = 0, count = blocks_told(bitmap, p); i < count && !fs_content_full(&content); i++) {
        if (!is_used(bitmap, p, i)) {
            fs_content_hole(&content, p->block);
            continue;
        }
        fs_content_run(&content, s.at, p->block);
        s.crc = p->has_crc ? crc_of(s.crc, span_clip(image, s.at, p->block)) : 0;
        s.at += p->block;
        if (p->strip > 0 && ++s.in_strip == p->strip)
            end_strip(image, p, &s, child, sink);
    }
    if (s.in_strip > 0)
        end_strip(image, p, &s, child, sink);
    if (bitmap.size < p->bitmap)
        return fs_content_end_lost(&content, image.size, "the image ends inside the bitmap");
    return fs_content_end(&content);
}

static status_t partclone_extract(span_t image, sink_t *sink)
{
    partclone_t p;
    if (!read_header(image, &p))
        return status_fail(STATUS_REJECTED, "partclone", 0, "not a header of partclone");
    sink_claim(sink, 0, min_u64(p.data_at, image.size), REGION_STRUCTURE);
    sink_fact(sink, "partclone.version", p.old ? "0001" : "0002");
    sink_fact_printf(sink, "partclone.file-system", "%.*s", (int)strnlen((const char *)p.fs.at, p.fs.size), (const char *)p.fs.at);
    if (p.program.size > 0)
        sink_fact_printf(sink, "partclone.program", "%.*s", (int)strnlen((const char *)p.program.at, p.program.size), (const char *)p.program.at);
    sink_fact_printf(sink, "partclone.size", "%" PRIu64, p.size);
    sink_fact_printf(sink, "partclone.used-blocks", "%" PRIu64 " of %" PRIu64 ", %u bytes each", p.used, p.blocks, p.block);
    if (!p.old && !p.header_good)
        sink_damage(sink, 0, CRC_AT, "the CRC-32 of the header does not hold");
    span_t   bitmap = span_sub(image, p.bitmap_at, p.bitmap);
    reader_t r      = reader_at(image, p.bitmap_at + p.bitmap);
    if (bitmap.at != NULL && (p.old ? !span_has_text_at(image, r.pos, "BiTmAgIc") : crc_of(UINT32_MAX, bitmap) != read_le32(&r)))
        sink_damage(sink, p.bitmap_at, p.bitmap, p.old ? "the mark behind the bitmap is missing" : "the CRC-32 of the bitmap does not hold");
    child_t *child  = sink_child(sink, &(child_info_t){.path = span_from_text("disk"), .type = CHILD_PAYLOAD});
    status_t status = child != NULL ? put_device(image, &p, child, sink) : ok();
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {MAGIC("partclone-image", 0)};

const extractor_t partclone_extractor = {
    .id = "partclone", .name = "partclone image", .specification = "partclone, IMAGE_FORMATS.md", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = partclone_probe, .extent = partclone_extent, .extract = partclone_extract,
};
