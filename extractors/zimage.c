/* ARM zImage: code that decompresses the kernel it carries. At 0x24 a magic number, start and end address, a number that tells
 * the byte order; since Linux 4.15 a magic number at 0x34 and behind it the place of a table that tells where the length of
 * the compressed kernel stands. Appended device trees follow the end. Source: Linux, arch/arm/boot/compressed/head.S,
 * vmlinux.lds.S (ZIMAGE_MAGIC). */
#include "extractors/extractor.h"
#include "extractors/kernel_stream.h"

enum { MAGIC_AT = 0x24, HEADER_END = 0x34, TABLE_AT = 0x38, TABLE_MAGIC = 0x45454545, TABLE_TAG = 0x5A534C4B, NOPS = 7 };

typedef struct { uint64_t size, table, piggy_end; bool is_big, has_order; } zimage_t;

static uint32_t word_at(span_t image, uint64_t at, bool is_big)
{
    reader_t r = reader_at(image, at);
    return is_big ? read_be32(&r) : read_le32(&r);
}

static bool has_nops(span_t image, bool is_big)
{
    for (uint64_t i = 0; i < NOPS; i++)
        if (word_at(image, 4 * i, is_big) != 0xE1A00000u && word_at(image, 4 * i, !is_big) != 0xE1A00000u)
            return false;
    return true;
}

/* size of the table, tag, place of the decoded size, the last word of the compressed kernel */
static void read_table(span_t image, zimage_t *z)
{
    if (word_at(image, HEADER_END, z->is_big) != TABLE_MAGIC)
        return;
    uint64_t table = word_at(image, TABLE_AT, z->is_big);
    if (word_at(image, table + 4, z->is_big) != TABLE_TAG)
        return;
    z->table     = table;
    z->piggy_end = word_at(image, table + 8, z->is_big);
}

static bool read_header(span_t image, zimage_t *z)
{
    *z = (zimage_t){.is_big = span_has_text_at(image, MAGIC_AT, "\x01\x6F\x28\x18")};
    if (!z->is_big && !span_has_text_at(image, MAGIC_AT, "\x18\x28\x6F\x01"))
        return false;
    uint32_t start = word_at(image, MAGIC_AT + 4, z->is_big), end = word_at(image, MAGIC_AT + 8, z->is_big);
    z->size        = (uint64_t)end - start;
    z->has_order   = word_at(image, MAGIC_AT + 12, z->is_big) == 0x04030201;
    if (image.size < TABLE_AT + 4 || end <= start || z->size < 4096 || z->size % 4 != 0)
        return false;
    read_table(image, z);
    return true;
}

static unsigned zimage_probe(span_t image)
{
    zimage_t z;
    if (!read_header(image, &z))
        return 0;
    unsigned bits = 32u + (z.has_order ? 32u : 0u) + (has_nops(image, z.is_big) ? 32u : 0u);
    return bits > 32 ? bits : 0;
}

static uint64_t zimage_extent(span_t image)
{
    zimage_t z;
    return read_header(image, &z) ? min_u64(z.size, image.size) : 0;
}

/* The compressed kernel; where it ends by its own account, or else by that of the table, or else of the whole. */
static bool find_payload(span_t image, const zimage_t *z, uint64_t end, kernel_stream_t *stream)
{
    uint64_t limit = z->piggy_end > HEADER_END && z->piggy_end + 4 <= end ? z->piggy_end + 4 : end; /* a gzip stream's size is part of it */
    return kernel_stream_find(image, HEADER_END, limit, stream);
}

static status_t zimage_extract(span_t image, sink_t *sink)
{
    zimage_t        z;
    kernel_stream_t stream;
    if (!read_header(image, &z))
        return status_fail(STATUS_REJECTED, "zimage", 0, "not a zImage");
    uint64_t end = min_u64(z.size, image.size);
    if (z.size > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the zImage does");
    sink_fact(sink, "zimage.endian", z.is_big ? "big" : "little");
    sink_claim(sink, MAGIC_AT, HEADER_END - MAGIC_AT, REGION_STRUCTURE);
    if (z.table > 0 && span_holds(image, z.table, 12))
        sink_claim(sink, z.table, 12, REGION_STRUCTURE);
    if (find_payload(image, &z, end, &stream)) {
        child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("vmlinux"), .type = CHILD_PAYLOAD});
        sink_fact(sink, "zimage.compression", stream.format);
        if (child != NULL)
            child_range(child, stream.offset, stream.length);
        sink_end_child(sink);
    } else {
        sink_damage(sink, 0, end, "no whole compressed kernel was found in the zImage");
    }
    sink_claim(sink, 0, end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x18\x28\x6F\x01", MAGIC_AT), MAGIC("\x01\x6F\x28\x18", MAGIC_AT)};

const extractor_t zimage_extractor = {
    .id = "zimage", .name = "Linux zImage for ARM", .specification = "Linux, arch/arm/boot/compressed/head.S", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = zimage_probe, .extent = zimage_extent, .extract = zimage_extract,
};
