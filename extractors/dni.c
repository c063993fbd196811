/* DNI's header of Netgear's devices: 128 bytes of text, "device:…\nversion:V…\nregion:…\n" and maybe "hd_id:…\n", filled with zeros; the
 * image; one byte that makes the sum of all bytes FF. No length is said, so the image is what the blob is, and looked for at its start only.
 * Source: openwrt/firmware-utils, src/mkdniimg.c. */
#include "extractors/vendor_image.h"

enum { HEADER_SIZE = 128 };

/* The value of the line `key` ("device:"); false when there is none. */
static bool value_of(span_t text, const char *key, span_t *value)
{
    for (size_t at = 0; at < text.size;) {
        const uint8_t *line = text.at + at, *end = memchr(line, '\n', text.size - at);
        size_t         size = end != NULL ? (size_t)(end - line) : text.size - at, key_size = strlen(key);
        if (size >= key_size && memcmp(line, key, key_size) == 0) {
            *value = span_from(line + key_size, size - key_size);
            return true;
        }
        at += size + 1;
    }
    return false;
}

static bool read_image(span_t image, vendor_image_t *out)
{
    span_t  text, value;
    uint8_t sum = 0;
    if (!span_has_text_at(image, 0, "device:") || !vendor_text(image, 0, HEADER_SIZE, &text) || !value_of(text, "version:", &value) ||
        !value_of(text, "region:", &value) || image.size < HEADER_SIZE + 2)
        return false;
    *out = (vendor_image_t){.header = HEADER_SIZE, .length = image.size, .bits = 80};
    for (size_t i = 0; i < image.size; i++)
        sum = (uint8_t)(sum + image.at[i]);
    vendor_add_sum(out, "the sum of the image does not agree", 0, image.size, 8, sum == 0xFF);
    vendor_add_part(out, span_from_text("image"), HEADER_SIZE, image.size - HEADER_SIZE - 1);
    return true;
}

static unsigned dni_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t dni_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t dni_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text, value;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "dni", 0, "not a DNI header");
    static const struct { const char *line, *key; } facts[] = {
        {"device:", "dni.device"}, {"version:", "dni.version"}, {"region:", "dni.region"}, {"hd_id:", "dni.hardware_id"},
    };
    for (size_t i = 0; vendor_text(image, 0, HEADER_SIZE, &text) && i < sizeof facts / sizeof *facts; i++)
        if (value_of(text, facts[i].line, &value))
            vendor_fact(sink, facts[i].key, value);
    sink_claim(sink, image.size - 1, 1, REGION_STRUCTURE);
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("device:", 0)};

const extractor_t dni_extractor = {
    .id = "dni", .name = "Netgear DNI image", .specification = "openwrt/firmware-utils, src/mkdniimg.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics, .only_at_start = true,
    .probe = dni_probe, .extent = dni_extent, .extract = dni_extract,
};
