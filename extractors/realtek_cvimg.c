/* A block of Realtek's SDK, 16 bytes big-endian: signature ("cs6c" kernel, "r6cr" root file system, "cr6c" both, "boot" …), address to start
 * at, address in the flash, length; then the content, whose last two bytes make the sum of its big-endian words 0. Images are such blocks one
 * behind the other, each found by itself. Signatures that are words are asked for at the start of a blob only, and must have their sum.
 * Source: openwrt/openwrt, tools/firmware-utils/src/cvimg.c. */
#include "extractors/vendor_image.h"

enum { HEADER_SIZE = 16, FLASH_MAX = 0x20000000 };

static const struct { const char *signature, *name; bool word; } kinds[] = {
    {"cs6b", "kernel", false}, {"cs6c", "kernel", false}, {"csys", "kernel", false}, {"r6br", "rootfs", false}, {"r6cr", "rootfs", false},
    {"cr6b", "firmware", false}, {"cr6c", "firmware", false}, {"csro", "firmware", false}, {"boot", "bootloader", true}, {"root", "rootfs", true},
};

static bool sum_agrees(span_t content)
{
    uint16_t sum = 0;
    for (size_t i = 0; i + 1 < content.size; i += 2)
        sum = (uint16_t)(sum + (content.at[i] << 8 | content.at[i + 1]));
    return sum == 0;
}

static bool read_image(span_t image, vendor_image_t *out)
{
    size_t kind = 0;
    while (kind < sizeof kinds / sizeof *kinds && !span_has_text_at(image, 0, kinds[kind].signature))
        kind++;
    reader_t r     = reader_at(image, 4);
    uint32_t start = read_be32(&r), burn = read_be32(&r), length = read_be32(&r);
    if (!reader_ok(&r) || kind == sizeof kinds / sizeof *kinds || burn >= FLASH_MAX || length <= 2 || length % 2 != 0 || length > FLASH_MAX ||
        (start >= FLASH_MAX && start >> 30 != 2))
        return false;
    *out = (vendor_image_t){.header = HEADER_SIZE, .length = (uint64_t)HEADER_SIZE + length, .bits = kinds[kind].word ? 8 : 40};
    span_t content = span_sub(image, HEADER_SIZE, length);
    if (content.at != NULL)
        vendor_add_sum(out, "the sum of the content does not agree", HEADER_SIZE, length, 16, sum_agrees(content));
    vendor_add_part(out, span_from_text(kinds[kind].name), HEADER_SIZE, length - 2);
    return true;
}

static unsigned realtek_cvimg_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t realtek_cvimg_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t realtek_cvimg_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    reader_t       r = reader_at(image, 4);
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "realtek-cvimg", 0, "not a Realtek image block");
    sink_fact_printf(sink, "realtek.signature", "%.4s", (const char *)image.at);
    sink_fact_printf(sink, "realtek.start_address", "0x%08X", (unsigned)read_be32(&r));
    sink_fact_printf(sink, "realtek.flash_address", "0x%08X", (unsigned)read_be32(&r));
    sink_claim(sink, out.length - 2, 2, REGION_STRUCTURE);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {
    MAGIC("cs6b", 0), MAGIC("cs6c", 0), MAGIC("csys", 0), MAGIC("r6br", 0), MAGIC("r6cr", 0), MAGIC("cr6b", 0), MAGIC("cr6c", 0), MAGIC("csro", 0),
};

const extractor_t realtek_cvimg_extractor = {
    .id = "realtek-cvimg", .name = "Realtek image block", .specification = "openwrt/openwrt, tools/firmware-utils/src/cvimg.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics, .asked_at_start = true,
    .probe = realtek_cvimg_probe, .extent = realtek_cvimg_extent, .extract = realtek_cvimg_extract,
};
