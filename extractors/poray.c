/* The image of Poray, Hame and Nexx routers, 28 bytes, little-endian: id of the hardware, length of the content, 020E0000, zeros[16]; then the
 * content and its sum of 16 bits (as IP's), both XORed with the hardware's key of 15 bytes. Two boards share an id, so the sum tells
 * which key it was. Source: openwrt/firmware-utils, src/mkporayfw.c. */
#include "extractors/vendor_cipher.h"
#include "extractors/vendor_image.h"

enum { HEADER_SIZE = 28, FLAGS = 0x020E0000, KEY_SIZE = 15, SUM_SIZE = 2 };

typedef struct { uint32_t hardware, length; const uint8_t *key; bool proven; } header_t;

static const struct { uint32_t hardware; uint8_t key[KEY_SIZE]; } boards[] = {
    {0x32473352, {0xC8, 0x3C, 0x3A, 0x93, 0xA2, 0x95, 0xC3, 0x63, 0x48, 0x45, 0x58, 0x09, 0x12, 0x03, 0x08}},
    {0x32473352, {0xC8, 0x3C, 0x3A, 0x93, 0xA2, 0x95, 0xC3, 0x63, 0x48, 0x45, 0x58, 0x09, 0x20, 0x11, 0x08}},
    {0x31353033, {0xC9, 0x1C, 0x3A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x33353033, {0x19, 0x1B, 0x3A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x34353033, {0x79, 0x7B, 0x7A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x31353335, {0x89, 0x6B, 0x5A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x32353335, {0x89, 0x6B, 0x5A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x33353335, {0x89, 0x6B, 0x5A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x35353335, {0x89, 0x6B, 0x5A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x36353335, {0x89, 0x6B, 0x5A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x38353335, {0x89, 0x6B, 0x5A, 0x93, 0x92, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0xE6, 0xC7}},
    {0x30353332, {0x19, 0x1C, 0x4A, 0x93, 0x96, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0x16, 0xC6}},
    {0x30323033, {0x39, 0x1C, 0x4A, 0x93, 0x96, 0x95, 0xC3, 0x63, 0xD0, 0xA3, 0x9C, 0x92, 0x2E, 0x16, 0xC6}},
};

static void undo(void *context, uint64_t at, uint8_t *bytes, size_t size)
{
    const header_t *header = context;
    for (size_t i = 0; i < size; i++)
        bytes[i] ^= header->key[(at + i) % KEY_SIZE];
}

static uint8_t plain_byte(span_t content, const uint8_t *key, size_t at) { return content.at[at] ^ key[at % KEY_SIZE]; }

/* `content` ends with the sum. */
static bool sum_agrees(span_t content, const uint8_t *key)
{
    uint64_t sum  = 0;
    size_t   size = content.size - SUM_SIZE;
    for (size_t i = 0; i < size; i++)
        sum += (uint64_t)plain_byte(content, key, i) << (i % 2 * 8);
    while (sum >> 16 != 0)
        sum = (sum & 0xFFFF) + (sum >> 16);
    unsigned said = (unsigned)plain_byte(content, key, size) | (unsigned)plain_byte(content, key, size + 1) << 8;
    return (~sum & 0xFFFF) == said;
}

static bool read_header(span_t image, header_t *header, vendor_image_t *out)
{
    reader_t r = reader_from(image);
    *header          = (header_t){0};
    header->hardware = read_le32(&r);
    header->length   = read_le32(&r);
    uint32_t flags   = read_le32(&r);
    if (flags != FLAGS || !span_holds(image, 0, HEADER_SIZE) || !span_is_filled_with(span_sub(image, 12, 16), 0) || header->length == 0)
        return false;
    span_t content = span_sub(image, HEADER_SIZE, (uint64_t)header->length + SUM_SIZE);
    for (size_t i = 0; i < sizeof boards / sizeof *boards && !header->proven; i++) {
        if (boards[i].hardware != header->hardware)
            continue;
        header->key    = boards[i].key;
        header->proven = content.at != NULL && sum_agrees(content, boards[i].key);
    }
    *out = (vendor_image_t){.header = HEADER_SIZE, .length = (uint64_t)HEADER_SIZE + header->length + SUM_SIZE, .bits = 64};
    if (header->key != NULL && content.at != NULL)
        vendor_add_sum(out, "the sum of the content does not agree", HEADER_SIZE, content.size, 16, header->proven);
    return header->key != NULL;
}

static unsigned poray_probe(span_t image)
{
    header_t       header;
    vendor_image_t out;
    return read_header(image, &header, &out) ? vendor_bits(&out) : 0;
}

static uint64_t poray_extent(span_t image)
{
    header_t       header;
    vendor_image_t out;
    return read_header(image, &header, &out) ? vendor_extent(image, &out) : 0;
}

static status_t poray_extract(span_t image, sink_t *sink)
{
    header_t       header;
    vendor_image_t out;
    if (!read_header(image, &header, &out))
        return status_fail(STATUS_REJECTED, "poray", 0, "not a Poray header");
    sink_fact_printf(sink, "poray.hardware_id", "0x%08X", (unsigned)header.hardware);
    vendor_claim(image, sink, &out);
    status_t status = vendor_show_undone(image, sink, "image", HEADER_SIZE, header.length, (vendor_cipher_t){&header, undo});
    if (out.sum_count > 0)
        sink_claim(sink, HEADER_SIZE + (uint64_t)header.length, SUM_SIZE, REGION_STRUCTURE);
    return status;
}

static const magic_t magics[] = {MAGIC("\x00\x00\x0E\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 8)};

const extractor_t poray_extractor = {
    .id = "poray", .name = "Poray, Hame or Nexx image", .specification = "openwrt/firmware-utils, src/mkporayfw.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = poray_probe, .extent = poray_extent, .extract = poray_extract,
};
