/* Little-endian: a name, the magic number 0x89119800, the checksum of eGON over the whole, serial number, status, number of items, length,
 * five more words and "MIE;". Items: a name or a number, offset, length, status or encryption, type, where to load it … and "IIE;".
 * Source: U-Boot, include/sunxi_image.h, tools/sunxi_toc0.c; linux-sunxi.org, "TOC0". */
#include "base/sha256.h"
#include "extractors/allwinner_toc.h"

#include <stdio.h>

enum { ITEMS_MAX = 64, TOC0_CERTIFICATE = 0x010101, TOC0_FIRMWARE = 0x010202, TOC0_KEY = 0x010303 };
#define STAMP UINT32_C(0x5F0A6C39)

typedef struct { uint32_t checksum, serial, status, items, length; } toc_t;
typedef struct { char name[72]; uint32_t number, offset, length, status, type, load; bool sound; } item_t;

static bool read_toc(span_t image, const toc_kind_t *kind, toc_t *toc)
{
    reader_t r     = reader_at(image, kind->name_size);
    uint32_t magic = read_le32(&r);
    toc->checksum  = read_le32(&r);
    toc->serial    = read_le32(&r);
    toc->status    = read_le32(&r);
    toc->items     = read_le32(&r);
    toc->length    = read_le32(&r);
    return reader_ok(&r) && magic == 0x89119800 && span_has_text_at(image, kind->header_size - 4, "MIE;") && toc->items >= 1 &&
           toc->items <= ITEMS_MAX &&
           toc->length % 4 == 0 && toc->length >= kind->header_size + toc->items * kind->item_size;
}

static bool read_item(span_t image, const toc_kind_t *kind, const toc_t *toc, unsigned number, item_t *item)
{
    uint64_t at = kind->header_size + (uint64_t)number * kind->item_size;
    reader_t r  = reader_at(image, at);
    *item       = (item_t){0};
    if (kind->item_name_size > 0)
        soc_text(read_span(&r, kind->item_name_size), item->name, sizeof item->name);
    else
        item->number = read_le32(&r);
    item->offset = read_le32(&r);
    item->length = read_le32(&r);
    item->status = read_le32(&r);
    item->type   = read_le32(&r);
    item->load   = read_le32(&r);
    if (kind->item_name_size == 0)
        (void)snprintf(item->name, sizeof item->name, "%s",
                       item->number == TOC0_CERTIFICATE ? "certificate" : item->number == TOC0_FIRMWARE ? "firmware" : item->number == TOC0_KEY ?
                           "key" : "item");
    item->sound = span_has_text_at(image, at + kind->item_size - 4, "IIE;") && item->offset >= kind->header_size && item->offset <= toc->length &&
                  item->length <= toc->length - item->offset;
    return reader_ok(&r);
}

static bool checksum_agrees(span_t image, const toc_t *toc)
{
    span_t covered = span_sub(image, 0, toc->length);
    return covered.at != NULL && soc_sum32(covered) - toc->checksum + STAMP == toc->checksum;
}

unsigned toc_probe(span_t image, const toc_kind_t *kind)
{
    toc_t toc;
    return read_toc(image, kind, &toc) ? 64 + 16 + (checksum_agrees(image, &toc) ? 32 : 0) : 0;
}

uint64_t toc_extent(span_t image, const toc_kind_t *kind)
{
    toc_t toc;
    return read_toc(image, kind, &toc) ? min_u64(toc.length, image.size) : 0;
}

/* The certificate's extension names the SHA-256 of the firmware. */
static void check_digest(span_t image, const item_t *certificate, const item_t *firmware, sink_t *sink)
{
    static const uint8_t before[] = {0x30, 0x22, 0x02, 0x20};
    span_t   text = span_sub(image, certificate->offset, certificate->length), code = span_sub(image, firmware->offset, firmware->length);
    sha256_t digest;
    if (text.at == NULL || code.at == NULL || !status_ok(sha256_of(code, &digest)))
        return;
    for (size_t i = 0; i + sizeof before + SHA256_SIZE <= text.size; i++) {
        if (memcmp(text.at + i, before, sizeof before) != 0)
            continue;
        bool agrees = memcmp(text.at + i + sizeof before, digest.bytes, SHA256_SIZE) == 0;
        sink_fact(sink, "toc.firmware-digest", agrees ? "agrees with the certificate" : "differs from the certificate");
        if (!agrees)
            sink_damage(sink, firmware->offset, firmware->length, "the firmware is not the one that the certificate was made for");
        return;
    }
}

status_t toc_extract(span_t image, const toc_kind_t *kind, sink_t *sink)
{
    toc_t toc;
    if (!read_toc(image, kind, &toc))
        return status_fail(STATUS_REJECTED, kind->format, 0, "not a table of contents");
    item_t       item, certificate = {0}, firmware = {0};
    partitions_t parts = {.sink = sink};
    bool         sound = checksum_agrees(image, &toc);
    sink_claim(sink, 0, kind->header_size + (uint64_t)toc.items * kind->item_size, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Allwinner");
    sink_fact_printf(sink, "toc.serial-number", "%u", toc.serial);
    if (toc.length > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the table's length");
    else if (!sound)
        sink_damage(sink, 0, toc.length, "the checksum over the whole does not agree");
    for (unsigned i = 0; i < toc.items && read_item(image, kind, &toc, i, &item); i++) {
        uint64_t at = kind->header_size + (uint64_t)i * kind->item_size;
        if (!item.sound) {
            sink_damage(sink, at, kind->item_size, "a row of the table is not sound");
            continue;
        }
        char key[TEXT_SHORT_MAX];
        (void)snprintf(key, sizeof key, "toc.%.40s.load", item.name);
        if (item.load != 0)
            sink_fact_printf(sink, key, "0x%x", item.load);
        if (item.number == TOC0_CERTIFICATE)
            certificate = item;
        if (item.number == TOC0_FIRMWARE)
            firmware = item;
        if (kind->item_name_size > 0 && item.status != 0)
            sink_limit(sink, item.offset, item.length, "encrypted", "an item is encrypted with a key of the chip");
        bool encrypted = kind->item_name_size > 0 && item.status != 0;
        if (item.length > 0 && !soc_show(&parts, sound && !encrypted ? CHILD_FILE : CHILD_PAYLOAD, item.name, item.offset, item.length, NULL))
            break;
    }
    if (certificate.length > 0 && firmware.length > 0)
        check_digest(image, &certificate, &firmware, sink);
    partitions_free(&parts);
    return ok();
}
