/* The image that Espressif's chips boot. Little-endian.
 *
 *   header    E9, number of segments (1–16), SPI mode, SPI speed and size of the flash, entry
 *   more of it, all but ESP8266: WP pin, drive of the pins (3), chip, least revision (1, then 2 and 2 for least and most), 0 (4), is there a hash
 *   segment   load address, size, bytes
 *   end       zeros up to the last byte of 16, which is EF xor all bytes of the segments; then, where there is one, SHA-256 of all before
 *
 * An application's first segment begins with its description: ABCD5432, secure version, 0 (8), version (32), project (32), time (16),
 * date (16), version of IDF (32), SHA-256 of the ELF (32). Source: ESP-IDF, components/bootloader_support/include/esp_app_format.h,
 * esp_app_desc.h; esptool, "Firmware Image Format". */
#include "base/sha256.h"
#include "extractors/extractor.h"

#include <stdio.h>

enum { HEADER = 8, LONG_HEADER = 24, SEGMENT = 8, SEGMENTS_MAX = 16, SEGMENT_SIZE_MAX = 16 << 20, DESCRIPTION_MAGIC_SIZE = 4 };
#define DESCRIPTION UINT32_C(0xABCD5432)

typedef struct { uint32_t address, size; uint64_t at; } segment_t;

typedef struct {
    uint8_t   count, mode, flash;
    uint32_t  entry, header;
    uint16_t  chip;
    bool      has_hash, is_cut, sum_agrees, hash_agrees, is_described;
    segment_t segments[SEGMENTS_MAX];
    size_t    whole;    /* segments that the image holds wholly */
    uint64_t  sum_at, end;
} esp_image_t;

static const struct { uint16_t id; const char *name; } chips[] = {
    {0, "ESP32"}, {2, "ESP32-S2"}, {5, "ESP32-C3"}, {9, "ESP32-S3"}, {12, "ESP32-C2"}, {13, "ESP32-C6"}, {16, "ESP32-H2"}, {18, "ESP32-P4"},
    {20, "ESP32-C61"}, {23, "ESP32-C5"}, {25, "ESP32-H21"}, {28, "ESP32-H4"},
};

static const char *chip_name(const esp_image_t *image)
{
    if (image->header == HEADER)
        return "ESP8266";
    for (size_t i = 0; i < sizeof chips / sizeof *chips; i++)
        if (chips[i].id == image->chip)
            return chips[i].name;
    return NULL;
}

/* Data, instructions, both in RAM and through the cache of the flash; the clock's memory. 0: filling between two pages. */
static bool is_address(uint32_t address) { return address == 0 || (address >= 0x3C000000 && address < 0x60200000); }

static bool read_header(span_t bytes, uint32_t header, esp_image_t *image)
{
    reader_t r   = reader_from(bytes);
    uint8_t  e9  = read_u8(&r);
    *image       = (esp_image_t){.header = header};
    image->count = read_u8(&r);
    image->mode  = read_u8(&r);
    image->flash = read_u8(&r);
    image->entry = read_le32(&r);
    if (header == LONG_HEADER) {
        reader_skip(&r, 4);
        image->chip = read_le16(&r);
        reader_skip(&r, 5);
        uint32_t zero   = read_le32(&r);
        uint8_t  hash   = read_u8(&r);
        image->has_hash = hash == 1;
        if (hash > 1 || zero != 0 || chip_name(image) == NULL)
            return false;
    }
    return reader_ok(&r) && e9 == 0xE9 && image->count >= 1 && image->count <= SEGMENTS_MAX && image->mode <= 5 && image->entry >= 0x40000000 &&
           image->entry < 0x50000000;
}

static bool walk_segments(span_t bytes, esp_image_t *image)
{
    uint64_t at = image->header;
    for (size_t i = 0; i < image->count; i++) {
        reader_t   r       = reader_at(bytes, at);
        segment_t *segment = &image->segments[i];
        segment->address   = read_le32(&r);
        segment->size      = read_le32(&r);
        segment->at        = at + SEGMENT;
        if (!reader_ok(&r)) {
            image->is_cut = true;
            return i > 0;
        }
        if (!is_address(segment->address) || segment->size == 0 || segment->size > SEGMENT_SIZE_MAX || segment->size % 4 != 0)
            return false;
        image->whole++;
        at = segment->at + segment->size;
        if (at > bytes.size) {
            image->is_cut = true;
            return true;
        }
    }
    image->sum_at = at | 15;
    image->end    = image->sum_at + 1 + (image->has_hash ? (uint64_t)SHA256_SIZE : 0);
    image->is_cut = image->end > bytes.size;
    return true;
}

static void check(span_t bytes, esp_image_t *image)
{
    sha256_t digest;
    uint64_t sum = 0;
    for (size_t i = 0; i < image->count; i++) {
        span_t data = span_sub(bytes, image->segments[i].at, image->segments[i].size);
        for (size_t n = 0; n + 8 <= data.size; n += 8) {
            uint64_t word;
            memcpy(&word, data.at + n, sizeof word);
            sum ^= word;
        }
        for (size_t n = data.size / 8 * 8; n < data.size; n++)
            sum ^= data.at[n];
    }
    for (unsigned shift = 32; shift >= 8; shift /= 2)
        sum ^= sum >> shift;
    image->sum_agrees  = (uint8_t)(sum ^ 0xEF) == bytes.at[image->sum_at];
    image->hash_agrees = image->has_hash && status_ok(sha256_of(span_sub(bytes, 0, image->sum_at + 1), &digest)) &&
                         memcmp(digest.bytes, bytes.at + image->sum_at + 1, SHA256_SIZE) == 0;
}

static bool read_as(span_t bytes, uint32_t header, esp_image_t *image)
{
    if (!read_header(bytes, header, image) || !walk_segments(bytes, image))
        return false;
    reader_t r          = reader_at(bytes, image->segments[0].at);
    image->is_described = read_le32(&r) == DESCRIPTION && reader_ok(&r);
    if (!image->is_cut)
        check(bytes, image);
    return true;
}

static bool read_image(span_t bytes, esp_image_t *image)
{
    return read_as(bytes, LONG_HEADER, image) || read_as(bytes, HEADER, image);
}

static unsigned esp_image_probe(span_t bytes)
{
    esp_image_t image;
    if (!read_image(bytes, &image))
        return 0;
    unsigned bits = 16 + (image.header == LONG_HEADER ? 12u : 0u) + 4 * (unsigned)min_u64(image.whole, 4);
    return bits + (image.is_described ? 32u : 0u) + (image.sum_agrees ? 8u : 0u) + (image.hash_agrees ? 64u : 0u);
}

static uint64_t esp_image_extent(span_t bytes)
{
    esp_image_t image;
    if (!read_image(bytes, &image))
        return 0;
    return image.is_cut ? bytes.size : image.end;
}

static void say_text(reader_t *r, uint64_t size, sink_t *sink, const char *key)
{
    span_t text = read_span(r, size);
    if (text.at != NULL && text.at[0] != 0)
        sink_fact_printf(sink, key, "%.*s", (int)strnlen((const char *)text.at, text.size), (const char *)text.at);
}

static void say_description(span_t bytes, const esp_image_t *image, sink_t *sink)
{
    reader_t r = reader_at(bytes, image->segments[0].at + DESCRIPTION_MAGIC_SIZE);
    sink_fact_printf(sink, "esp.secure-version", "%u", (unsigned)read_le32(&r));
    reader_skip(&r, 8);
    say_text(&r, 32, sink, "esp.version");
    say_text(&r, 32, sink, "esp.project");
    say_text(&r, 16, sink, "esp.time");
    say_text(&r, 16, sink, "esp.date");
    say_text(&r, 32, sink, "esp.idf");
    span_t hash = read_span(&r, SHA256_SIZE);
    char   text[SHA256_HEX];
    if (hash.at == NULL)
        return;
    hex_encode(hash.at, hash.size, text);
    sink_fact(sink, "esp.elf-sha256", text);
}

static bool show_segment(const esp_image_t *image, size_t i, sink_t *sink)
{
    const segment_t *segment = &image->segments[i];
    char             path[48];
    (void)snprintf(path, sizeof path, "segment%zu-%08x.bin", i, (unsigned)segment->address);
    sink_claim(sink, segment->at - SEGMENT, SEGMENT, REGION_STRUCTURE);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    child_range(child, segment->at, segment->size);
    if (!image->is_cut && !image->sum_agrees)
        child_damage(child, segment->at, segment->size, "the checksum over all segments does not agree with them");
    else if (!image->is_cut && image->has_hash && !image->hash_agrees)
        child_damage(child, segment->at, segment->size, "the SHA-256 of the image does not agree with it");
    sink_end_child(sink);
    return true;
}

static status_t esp_image_extract(span_t bytes, sink_t *sink)
{
    esp_image_t image;
    if (!read_image(bytes, &image))
        return status_fail(STATUS_REJECTED, "esp_image", 0, "not an image for an Espressif chip");
    sink_claim(sink, 0, image.header, REGION_STRUCTURE);
    sink_fact(sink, "esp.chip", chip_name(&image));
    sink_fact_printf(sink, "esp.entry", "0x%08x", (unsigned)image.entry);
    if (image.is_described)
        say_description(bytes, &image, sink);
    for (size_t i = 0; i < image.whole && show_segment(&image, i, sink); i++)
        continue;
    if (image.is_cut) {
        sink_damage(sink, bytes.size, 0, "the image ends before its segments and checksum do");
    } else {
        uint64_t from = image.segments[image.count - 1].at + image.segments[image.count - 1].size;
        sink_claim(sink, from, image.end - from, REGION_STRUCTURE);
        sink_fact(sink, "esp.hash", !image.has_hash ? "none" : image.hash_agrees ? "holds" : "does not hold");
    }
    return ok();
}

/* One byte is too little to look for: in other bytes, only applications are found, by their description. */
static const magic_t magics[] = {MAGIC("\x32\x54\xCD\xAB", LONG_HEADER + SEGMENT)};

const extractor_t esp_image_extractor = {
    .id = "esp_image", .name = "Espressif image", .specification = "esptool, Firmware Image Format", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .asked_at_start = true, .probe = esp_image_probe, .extent = esp_image_extent, .extract = esp_image_extract,
};
