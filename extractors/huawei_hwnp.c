/* Huawei HWNP: the upgrade container of Huawei's optical terminals and home gateways. Little-endian header of 36 bytes: "HWNP", length of
 * the rest (big-endian, less 76), CRC-32 from the header's length on to the end, length of header and tables, CRC-32 from the number of
 * items on to the end of the tables, number of items, two bytes, bytes of the product list, bytes of an item (360). Then the product
 * list, then the items: number, CRC-32, offset, length, name[256] ("file:/path" or "flash:partition"), section[16], version[64], policy.
 * Older writers leave the 36 bytes of the header out of the length of the tables. Source: 0xuserpag3/HuaweiFirmwareTool, huawei_header.h,
 * util_hw.cpp; binaryanalysis-ng, hwnp.ksy. */
#include "extractors/firmware_common.h"

#include <zlib.h>

enum { HWNP_HEADER = 36, HWNP_ITEM = 360, HWNP_CRC_ALL_FROM = 12, HWNP_CRC_TABLES_FROM = 20, HWNP_LENGTH_LESS = 76, HWNP_NAME = 256 };

typedef struct { uint32_t crc_all, length_tables, crc_tables, items, product_list; uint64_t length, end; } hwnp_t;
typedef struct { uint32_t crc, offset, length; span_t name, section, version; } hwnp_item_t;

static bool crc_agrees(span_t image, uint64_t from, uint64_t to, uint32_t crc)
{
    span_t covered = from <= to ? span_sub(image, from, to - from) : (span_t){NULL, 0};
    return covered.at != NULL && (uint32_t)crc32_z(0, covered.at, covered.size) == crc;
}

/* False: not such a header. `bits` says what was checked. */
static bool read_header(span_t image, hwnp_t *header, unsigned *bits)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "HWNP"))
        return false;
    reader_skip(&r, 4);
    header->length        = (uint64_t)read_be32(&r) + HWNP_LENGTH_LESS;
    header->crc_all       = read_le32(&r);
    header->length_tables = read_le32(&r);
    header->crc_tables    = read_le32(&r);
    header->items         = read_le32(&r);
    reader_skip(&r, 2);
    header->product_list = read_le16(&r);
    uint32_t item        = read_le32(&r);
    if (!reader_ok(&r) || item != HWNP_ITEM || header->items == 0 || header->items > UINT32_MAX / HWNP_ITEM)
        return false;
    header->end     = HWNP_HEADER + (uint64_t)header->product_list + (uint64_t)header->items * HWNP_ITEM;
    bool length_fits = header->length_tables == header->end || (uint64_t)header->length_tables + HWNP_HEADER == header->end;
    bool crc_fits    = crc_agrees(image, HWNP_CRC_TABLES_FROM, header->end, header->crc_tables);
    *bits            = 32 + 8 + (length_fits ? 16u : 0u) + (crc_fits ? 32u : 0u);
    return length_fits || crc_fits;
}

static bool read_item(span_t image, const hwnp_t *header, uint32_t number, hwnp_item_t *item)
{
    uint64_t at = HWNP_HEADER + (uint64_t)header->product_list + (uint64_t)number * HWNP_ITEM;
    reader_t r  = reader_at(image, at);
    if (!span_holds(image, at, HWNP_ITEM))
        return false;
    reader_skip(&r, 4);
    item->crc     = read_le32(&r);
    item->offset  = read_le32(&r);
    item->length  = read_le32(&r);
    item->name    = firmware_text(image, at + 16, HWNP_NAME);
    item->section = firmware_text(image, at + 16 + HWNP_NAME, 16);
    item->version = firmware_text(image, at + 16 + HWNP_NAME + 16, 64);
    return reader_ok(&r);
}

static unsigned hwnp_probe(span_t image)
{
    hwnp_t   header;
    unsigned bits;
    return read_header(image, &header, &bits) ? bits : 0;
}

static uint64_t hwnp_extent(span_t image)
{
    hwnp_t      header;
    hwnp_item_t item;
    unsigned    bits;
    if (!read_header(image, &header, &bits))
        return 0;
    uint64_t end = header.end;
    for (uint32_t i = 0; i < header.items && i < FIRMWARE_PARTS_MAX && read_item(image, &header, i, &item); i++)
        end = max_u64(end, (uint64_t)item.offset + item.length);
    return min_u64(end, image.size);
}

/* "file:/var/a" as var/a, "flash:rootfs" as rootfs. */
static span_t plain_name(span_t name)
{
    const uint8_t *colon = name.size > 0 ? memchr(name.at, ':', name.size) : NULL;
    if (colon != NULL)
        name = span_from_offset(name, (uint64_t)(colon - name.at) + 1);
    while (name.size > 0 && name.at[0] == '/')
        name = span_from_offset(name, 1);
    return name;
}

static bool show_item(partitions_t *parts, const hwnp_item_t *item, unsigned number, const char *damage)
{
    span_t name = plain_name(item->name);
    if (name.size == 0 || !span_has_text_at(item->name, 0, "file:"))
        return firmware_show(parts, &(firmware_part_t){name, item->offset, item->length, damage}, number);
    child_t *child = sink_child(parts->sink, &(child_info_t){.path = name, .type = CHILD_FILE});
    if (child == NULL)
        return false;
    child_range(child, item->offset, item->length);
    if (damage != NULL)
        child_damage(child, item->offset, item->length, damage);
    sink_end_child(parts->sink);
    return true;
}

static void show_items(span_t image, sink_t *sink, const hwnp_t *header, bool *sound)
{
    partitions_t    parts = {.sink = sink};
    firmware_work_t work  = firmware_work(image);
    hwnp_item_t     item;
    for (uint32_t i = 0; i < header->items; i++) {
        if (i == FIRMWARE_PARTS_MAX) {
            sink_limit(sink, HWNP_HEADER, header->end - HWNP_HEADER, "entries", "more items than are believed");
            break;
        }
        if (!read_item(image, header, i, &item)) {
            sink_damage(sink, image.size, 0, "the image ends within the table of items");
            *sound = false;
            break;
        }
        const char *damage = NULL;
        span_t      data   = span_sub(image, item.offset, item.length);
        if (data.at != NULL && firmware_may(&work, sink, item.offset, item.length) && (uint32_t)crc32_z(0, data.at, data.size) != item.crc)
            damage = "the CRC-32 of the item does not agree with its content";
        *sound = *sound && data.at != NULL && damage == NULL;
        if (i == 0)
            firmware_fact(sink, "hwnp.version", item.version);
        if (!show_item(&parts, &item, i, damage))
            break;
    }
    partitions_free(&parts);
}

static status_t hwnp_extract(span_t image, sink_t *sink)
{
    hwnp_t   header;
    unsigned bits;
    bool     sound = true;
    if (!read_header(image, &header, &bits))
        return status_fail(STATUS_REJECTED, "huawei_hwnp", 0, "not an HWNP header");
    sink_claim(sink, 0, min_u64(header.end, image.size), REGION_STRUCTURE);
    firmware_fact(sink, "hwnp.products", firmware_text(image, HWNP_HEADER, header.product_list));
    sink_fact_printf(sink, "hwnp.items", "%u", header.items);
    if (header.end <= image.size && !crc_agrees(image, HWNP_CRC_TABLES_FROM, header.end, header.crc_tables)) {
        sink_damage(sink, HWNP_CRC_TABLES_FROM, header.end - HWNP_CRC_TABLES_FROM, "the CRC-32 of the tables does not agree with them");
        sound = false;
    }
    show_items(image, sink, &header, &sound);
    uint64_t end = hwnp_extent(image);
    if (sound && end >= HWNP_CRC_ALL_FROM && !crc_agrees(image, HWNP_CRC_ALL_FROM, end, header.crc_all))
        sink_damage(sink, 0, HWNP_HEADER, "the CRC-32 over everything does not agree, while those of all items do");
    return ok();
}

static const magic_t magics[] = {MAGIC("HWNP", 0)};

const extractor_t huawei_hwnp_extractor = {
    .id = "huawei_hwnp", .name = "Huawei HWNP", .specification = "0xuserpag3/HuaweiFirmwareTool, huawei_header.h; binaryanalysis-ng, hwnp.ksy",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = hwnp_probe, .extent = hwnp_extent, .extract = hwnp_extract,
};
