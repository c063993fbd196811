/* Netgear's CHK. A big-endian header: magic 2A23245E, length of the header, region and version (8 bytes), sums of kernel and root file
 * system, their lengths, sum of both, sum of the header with this field zero, then the id of the board up to the end of the header. The sum
 * is Fletcher's with 32-bit registers, folded to 16 bits each. Source: openwrt/firmware-utils, src/mkchkimg.c. */
#include "extractors/vendor_image.h"

enum { FIXED_SIZE = 40, HEADER_MAX = FIXED_SIZE + 64, SUM_AT = 36 };

static uint32_t fold(uint32_t sum)
{
    uint32_t once = (sum & 0xFFFF) + (sum >> 16);
    return (once + (once >> 16)) & 0xFFFF;
}

typedef struct { uint32_t low, high; } fletcher_t;

static void add(fletcher_t *sum, span_t bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        sum->low += bytes.at[i];
        sum->high += sum->low;
    }
}

static uint32_t sum_of(span_t bytes)
{
    fletcher_t sum = {0, 0};
    add(&sum, bytes);
    return fold(sum.high) << 16 | fold(sum.low);
}

static uint32_t sum_of_header(span_t header)
{
    static const uint8_t zeros[4];
    fletcher_t           sum = {0, 0};
    add(&sum, span_clip(header, 0, SUM_AT));
    add(&sum, span_from(zeros, sizeof zeros));
    add(&sum, span_from_offset(header, FIXED_SIZE));
    return fold(sum.high) << 16 | fold(sum.low);
}

static bool read_image(span_t image, vendor_image_t *out)
{
    reader_t r      = reader_from(image);
    uint32_t magic  = read_be32(&r), header = read_be32(&r);
    span_t   board;
    reader_skip(&r, 8);
    uint32_t kernel_sum = read_be32(&r), rootfs_sum = read_be32(&r), kernel = read_be32(&r), rootfs = read_be32(&r);
    uint32_t image_sum = read_be32(&r), header_sum = read_be32(&r);
    if (!reader_ok(&r) || magic != 0x2A23245E || header < FIXED_SIZE || header > HEADER_MAX || kernel == 0 ||
        !vendor_text(image, FIXED_SIZE, header - FIXED_SIZE, &board))
        return false;
    *out = (vendor_image_t){.header = header, .length = (uint64_t)header + kernel + rootfs, .bits = 40};
    vendor_add_sum(out, "the sum of the CHK header does not agree", 0, header, 32, sum_of_header(span_clip(image, 0, header)) == header_sum);
    span_t kernel_bytes = span_sub(image, header, kernel), rootfs_bytes = span_sub(image, (uint64_t)header + kernel, rootfs);
    span_t both = span_sub(image, header, (uint64_t)kernel + rootfs);
    if (kernel_bytes.at != NULL)
        vendor_add_sum(out, "the sum of the kernel does not agree", header, kernel, 32, sum_of(kernel_bytes) == kernel_sum);
    if (rootfs > 0 && rootfs_bytes.at != NULL)
        vendor_add_sum(out, "the sum of the root file system does not agree", (uint64_t)header + kernel, rootfs, 32,
                       sum_of(rootfs_bytes) == rootfs_sum);
    if (both.at != NULL)
        vendor_add_sum(out, "the sum of the image does not agree", header, both.size, 32, sum_of(both) == image_sum);
    vendor_add_part(out, span_from_text("kernel"), header, kernel);
    vendor_add_part(out, span_from_text("rootfs"), (uint64_t)header + kernel, rootfs);
    return true;
}

static unsigned chk_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t chk_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t chk_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         board;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "chk", 0, "not a CHK header");
    const uint8_t *v = image.at + 8;
    sink_fact(sink, "chk.region", v[0] == 1 ? "worldwide" : v[0] == 2 ? "North America" : "other");
    sink_fact_printf(sink, "chk.version", "%u.%u.%u.%u_%u.%u.%u", v[1], v[2], v[3], v[4], v[5], v[6], v[7]);
    if (vendor_text(image, FIXED_SIZE, out.header - FIXED_SIZE, &board))
        vendor_fact(sink, "chk.board", board);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("\x2A\x23\x24\x5E", 0)};

const extractor_t chk_extractor = {
    .id = "chk", .name = "Netgear CHK", .specification = "openwrt/firmware-utils, src/mkchkimg.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics,
    .probe = chk_probe, .extent = chk_extent, .extract = chk_extract,
};
