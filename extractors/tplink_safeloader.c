/* TP-Link's SafeLoader image (Pharos, Archer, Deco): length of the image (big-endian), MD5 of a known salt and everything behind it, length
 * of a text that names the vendor, that text in 4092 bytes; at 0x1014 a table of 0x800 bytes with lines "fwup-ptn NAME base 0x… size 0x…",
 * places counted from 0x1014. The part "soft-version" begins with its length and a zero word, then texts or numbers; "support-list" is the
 * text of the devices that may take the image. Source: openwrt/firmware-utils, src/tplink-safeloader.c. */
#include "extractors/vendor_image.h"

enum { MD5_AT = 4, VENDOR_AT = 0x14, VENDOR_TEXT = 0x18, TABLE_AT = 0x1014, TABLE_SIZE = 0x800, META_HEADER = 8 };

static const uint8_t salt[MD5_SIZE] = {0x7A, 0x2B, 0x15, 0xED, 0x9B, 0x98, 0x59, 0x6D, 0xE5, 0x04, 0xAB, 0x44, 0xAC, 0x2A, 0x9F, 0x4E};

static bool md5_agrees(span_t image)
{
    uint8_t digest[MD5_SIZE];
    span_t  pieces[] = {span_from(salt, MD5_SIZE), span_from_offset(image, VENDOR_AT)};
    return vendor_md5(pieces, 2, digest) && memcmp(digest, image.at + MD5_AT, MD5_SIZE) == 0;
}

static bool take_text(span_t *line, const char *text)
{
    size_t size = strlen(text);
    if (!span_has_text_at(*line, 0, text))
        return false;
    *line = span_from_offset(*line, size);
    return true;
}

static bool take_number(span_t *line, uint64_t *value)
{
    size_t digits = 0;
    *value        = 0;
    if (!take_text(line, "0x"))
        return false;
    for (; digits < line->size && digits < 8; digits++) {
        uint8_t c = line->at[digits], lower = c | 0x20;
        if (c >= '0' && c <= '9')
            *value = *value << 4 | (uint64_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *value = *value << 4 | (uint64_t)(lower - 'a' + 10);
        else
            break;
    }
    *line = span_from_offset(*line, digits);
    return digits > 0;
}

/* One line of the table, which is taken from its front. */
static bool take_part(span_t *table, vendor_part_t *part)
{
    const uint8_t *end = table->size > 0 ? memchr(table->at, '\n', table->size) : NULL;
    if (end == NULL)
        return false;
    span_t line = span_clip(*table, 0, (uint64_t)(end - table->at));
    *table      = span_from_offset(*table, line.size + 1);
    if (!take_text(&line, "fwup-ptn "))
        return false;
    const uint8_t *space = memchr(line.at, ' ', line.size);
    if (space == NULL || space == line.at)
        return false;
    part->name = span_clip(line, 0, (uint64_t)(space - line.at));
    line       = span_from_offset(line, part->name.size);
    return take_text(&line, " base ") && take_number(&line, &part->offset) && take_text(&line, " size ") && take_number(&line, &part->length);
}

static bool read_image(span_t image, vendor_image_t *out)
{
    reader_t      r      = reader_from(image);
    uint64_t      length = read_be32(&r);
    span_t        table  = span_clip(image, TABLE_AT, TABLE_SIZE);
    vendor_part_t part;
    *out = (vendor_image_t){.header = TABLE_AT + TABLE_SIZE, .length = length, .bits = 72};
    while (take_part(&table, &part)) {
        if (part.offset < TABLE_SIZE || part.offset + part.length > length)
            return false;
        vendor_add_part(out, part.name, TABLE_AT + part.offset, part.length);
    }
    if (!reader_ok(&r) || out->part_count == 0 || length <= TABLE_AT + TABLE_SIZE)
        return false;
    if (image.size >= length)
        vendor_add_sum(out, "the MD5 of the image does not agree", VENDOR_AT, length - VENDOR_AT, 64, md5_agrees(span_clip(image, 0, length)));
    return true;
}

static void say_soft_version(span_t part, sink_t *sink)
{
    span_t   text;
    reader_t r = reader_at(part, META_HEADER);
    if (vendor_text(part, META_HEADER, part.size - META_HEADER, &text) && text.size > 4) {
        vendor_fact(sink, "safeloader.version", text);
        return;
    }
    reader_skip(&r, 1);
    unsigned major = read_u8(&r), minor = read_u8(&r), patch = read_u8(&r), year = read_be16(&r), month = read_u8(&r), day = read_u8(&r);
    unsigned revision = read_be32(&r);
    if (!reader_ok(&r))
        return;
    sink_fact_printf(sink, "safeloader.version", "%u.%u.%u", major, minor, patch);
    sink_fact_printf(sink, "safeloader.date", "%04x-%02x-%02x", year, month, day); /* binary-coded decimal */
    sink_fact_printf(sink, "safeloader.revision", "%u", revision);
}

static unsigned tplink_safeloader_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t tplink_safeloader_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t tplink_safeloader_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text;
    reader_t       r = reader_at(image, VENDOR_AT);
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "tplink-safeloader", 0, "not a SafeLoader image");
    uint64_t size = read_be32(&r);
    if (vendor_text(image, VENDOR_TEXT, min_u64(size, TABLE_AT - VENDOR_TEXT), &text))
        vendor_fact(sink, "safeloader.vendor", text);
    for (size_t i = 0; i < out.part_count; i++) {
        span_t part = span_sub(image, out.parts[i].offset, out.parts[i].length);
        if (part.size <= META_HEADER)
            continue;
        if (span_equal(out.parts[i].name, span_from_text("soft-version")))
            say_soft_version(part, sink);
        else if (span_equal(out.parts[i].name, span_from_text("support-list")) && vendor_text(part, META_HEADER, part.size - META_HEADER, &text))
            vendor_fact(sink, "safeloader.devices", text);
    }
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {MAGIC("fwup-ptn ", TABLE_AT)};

const extractor_t tplink_safeloader_extractor = {
    .id = "tplink-safeloader", .name = "TP-Link SafeLoader image", .specification = "openwrt/firmware-utils, src/tplink-safeloader.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics,
    .probe = tplink_safeloader_probe, .extent = tplink_safeloader_extent, .extract = tplink_safeloader_extract,
};
