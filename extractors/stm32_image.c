/* The header that STM32MP1 boots by. Little-endian: "STM" 32, signature (64), sum of all bytes behind the header, version of the header
 * (0.0.major.0), length of those bytes, entry, 0, load address, 0, version of the image, options (1: no signature), then in version 1
 * the algorithm, the public key (64), 83 bytes 0, type: 256 in all; in version 2 options of extensions, their length, type, … and the
 * extensions: 128 and that length. Source: ST, "STM32 header for binary files"; U-Boot, tools/stm32image.c. */
#include "extractors/extractor.h"

enum { V1_HEADER = 256, V2_HEADER = 128, EXTENSIONS_MAX = 4096, SUM_AT = 68 };

typedef struct { uint32_t sum, version, length, entry, load, number, options, header; bool is_signed; } stm32_t;

static bool read_header(span_t image, stm32_t *header)
{
    reader_t r = reader_from(image);
    if (read_be32(&r) != 0x53544D32)
        return false;
    span_t signature = read_span(&r, 64);
    header->sum      = read_le32(&r);
    header->version  = read_le32(&r);
    header->length   = read_le32(&r);
    header->entry    = read_le32(&r);
    uint32_t zero    = read_le32(&r);
    header->load     = read_le32(&r);
    zero |= read_le32(&r);
    header->number  = read_le32(&r);
    header->options = read_le32(&r);
    uint32_t extensions = read_le32(&r);
    if (!reader_ok(&r) || zero != 0 || header->length == 0)
        return false;
    header->is_signed = !span_is_filled_with(signature, 0);
    header->header    = header->version == 0x00010000 ? V1_HEADER : V2_HEADER + extensions;
    return header->version == 0x00010000 || (header->version == 0x00020000 && extensions <= EXTENSIONS_MAX);
}

static bool sum_agrees(span_t image, const stm32_t *header)
{
    span_t   data = span_sub(image, header->header, header->length);
    uint32_t sum  = 0;
    for (size_t i = 0; i < data.size; i++)
        sum += data.at[i];
    return data.at != NULL && sum == header->sum;
}

static unsigned stm32_image_probe(span_t image)
{
    stm32_t header;
    if (!read_header(image, &header))
        return 0;
    return 32 + 32 + (sum_agrees(image, &header) ? 32u : 0u); /* the version and the two words that are zero */
}

static uint64_t stm32_image_extent(span_t image)
{
    stm32_t header;
    return read_header(image, &header) ? min_u64((uint64_t)header.header + header.length, image.size) : 0;
}

static status_t stm32_image_extract(span_t image, sink_t *sink)
{
    stm32_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "stm32_image", 0, "no STM32 header");
    uint64_t held = min_u64(header.header, image.size);
    sink_claim(sink, 0, held, REGION_STRUCTURE);
    sink_fact_printf(sink, "stm32.header-version", "%u", (unsigned)(header.version >> 16));
    sink_fact_printf(sink, "stm32.entry", "0x%08x", (unsigned)header.entry);
    sink_fact_printf(sink, "stm32.load", "0x%08x", (unsigned)header.load);
    sink_fact_printf(sink, "stm32.version", "%u", (unsigned)header.number);
    sink_fact(sink, "stm32.signed", header.is_signed ? "yes" : "no");
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("firmware"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    child_range(child, held, header.length);
    if (span_holds(image, header.header, header.length) && !sum_agrees(image, &header))
        child_damage(child, SUM_AT, 4, "the sum of the bytes is not that of the header");
    sink_end_child(sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("STM2", 0)};

const extractor_t stm32_image_extractor = {
    .id = "stm32_image", .name = "STM32 image", .specification = "ST, STM32 header for binary files", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = stm32_image_probe, .extent = stm32_image_extent, .extract = stm32_image_extract,
};
