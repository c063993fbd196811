/* Zyxel's RAS image. A header of one erase block, filled with FF, big-endian: sum and length of the root file system, version[32], sum of the
 * header's first 2048 bytes (with the first sum in this place), model[64], maybe sum and length of the kernel; then root file system and
 * kernel. The sums are those of System V's sum(1). Nothing in it is a magic, so it is asked for at the start of a blob only, and must
 * have the sum of its header. Source: openwrt/firmware-utils, src/mkrasimage.c. */
#include "extractors/vendor_image.h"

enum { FIXED_SIZE = 116, SUMMED = 2048, VERSION_AT = 8, SUM_AT = 40, MODEL_AT = 44, KERNEL_AT = 108, BLOCK_MIN = 0x1000, BLOCK_MAX = 0x40000 };

static uint32_t fold(uint32_t sum)
{
    uint32_t once = (sum & 0xFFFF) + (sum >> 16);
    return (once & 0xFFFF) + (once >> 16);
}

static uint32_t add(span_t bytes, uint32_t sum)
{
    for (size_t i = 0; i < bytes.size; i++)
        sum += bytes.at[i];
    return sum;
}

static bool header_agrees(span_t image, uint32_t expected)
{
    uint32_t sum = add(span_clip(image, 0, SUM_AT), 0);
    sum          = add(span_clip(image, 0, 4), sum);
    return fold(add(span_sub(image, MODEL_AT, SUMMED - MODEL_AT), sum)) == expected;
}

static bool read_image(span_t image, vendor_image_t *out)
{
    reader_t r          = reader_from(image);
    uint32_t rootfs_sum = read_be32(&r), rootfs = read_be32(&r);
    span_t   version, model;
    r                   = reader_at(image, SUM_AT);
    uint32_t header_sum = read_be32(&r);
    r                   = reader_at(image, KERNEL_AT);
    uint32_t kernel_sum = read_be32(&r), kernel = read_be32(&r);
    if (!span_holds(image, 0, SUMMED) || rootfs_sum > 0xFFFF || header_sum > 0xFFFF || rootfs == 0 || rootfs > INT32_MAX ||
        !vendor_text(image, VERSION_AT, 32, &version) || version.size < 4 || !vendor_text(image, MODEL_AT, 64, &model) || model.size < 3 ||
        !span_is_filled_with(span_sub(image, FIXED_SIZE, SUMMED - FIXED_SIZE), 0xFF) || !header_agrees(image, header_sum))
        return false;
    if (kernel > INT32_MAX)
        kernel = 0;
    uint64_t header = BLOCK_MIN;
    while (header < BLOCK_MAX && span_is_filled_with(span_sub(image, header, SUMMED), 0xFF) && span_sub(image, header, SUMMED).at != NULL)
        header *= 2;
    *out = (vendor_image_t){.header = header, .length = header + rootfs + kernel, .bits = 32};
    vendor_add_part(out, span_from_text("rootfs"), header, rootfs);
    vendor_add_part(out, span_from_text("kernel"), header + rootfs, kernel);
    span_t rootfs_bytes = span_sub(image, header, rootfs), kernel_bytes = span_sub(image, header + rootfs, kernel);
    if (rootfs_bytes.at != NULL)
        vendor_add_sum(out, "the sum of the root file system does not agree", header, rootfs, 16, fold(add(rootfs_bytes, 0)) == rootfs_sum);
    if (kernel > 0 && kernel_bytes.at != NULL)
        vendor_add_sum(out, "the sum of the kernel does not agree", header + rootfs, kernel, 16, fold(add(kernel_bytes, 0)) == kernel_sum);
    return true;
}

static unsigned zyxel_ras_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t zyxel_ras_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t zyxel_ras_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "zyxel-ras", 0, "not a Zyxel RAS header");
    if (vendor_text(image, VERSION_AT, 32, &text))
        vendor_fact(sink, "zyxel.version", text);
    if (vendor_text(image, MODEL_AT, 64, &text))
        vendor_fact(sink, "zyxel.model", text);
    return vendor_show(image, sink, &out);
}

const extractor_t zyxel_ras_extractor = {
    .id = "zyxel-ras", .name = "Zyxel RAS image", .specification = "openwrt/firmware-utils, src/mkrasimage.c",
    .reach = REACH_EXTRACT,
    .probe = zyxel_ras_probe, .extent = zyxel_ras_extent, .extract = zyxel_ras_extract,
};
