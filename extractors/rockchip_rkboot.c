/* The loader of Rockchip's tools (MiniLoaderAll.bin). Little-endian, packed: "BOOT" or "LDR ", length of the header, version, version of the
 * merging tool, date and time, chip; then for each of three kinds (471: sets up memory, 472: USB loader, loader: goes to flash) the number of rows,
 * where they begin and their size; flags for signature and RC4. A row: its size, kind, name in UTF-16, offset, size and delay of its data, which is
 * under RC4 unless the flag says no. A CRC over the whole stands behind it. Source: rkdeveloptool, RKBoot.h; U-Boot of Rockchip, boot_merger.c. */
#include "extractors/soc_common.h"
#include "extractors/utf16.h"

#include <stdio.h>

enum { HEADER_MIN = 45, ROW_SIZE = 57, KINDS = 3, NAME_SIZE = 40, PACKET = 512, CRC_SIZE = 4, ROWS_MAX = 64, FIRST_LIST = 25 };

typedef struct { unsigned count, size; uint32_t at; } list_t;
typedef struct { uint16_t header_size, year; uint32_t version, merger, chip; unsigned month, day;
    list_t lists[KINDS]; bool is_plain; uint64_t end; } rkboot_t;
typedef struct { uint32_t offset, size; span_t name; } row_t;

static bool read_row(span_t image, const list_t *list, unsigned number, row_t *row)
{
    reader_t r = reader_at(image, list->at + (uint64_t)number * list->size);
    uint8_t  size = read_u8(&r);
    reader_skip(&r, 4);
    row->name   = read_span(&r, NAME_SIZE);
    row->offset = read_le32(&r);
    row->size   = read_le32(&r);
    return reader_ok(&r) && size == list->size;
}

static bool read_header(span_t image, rkboot_t *boot)
{
    *boot = (rkboot_t){0};
    if (!span_has_text_at(image, 0, "BOOT") && !span_has_text_at(image, 0, "LDR "))
        return false;
    reader_t r        = reader_at(image, 4);
    boot->header_size = read_le16(&r);
    boot->version     = read_le32(&r);
    boot->merger      = read_le32(&r);
    boot->year        = read_le16(&r);
    boot->month       = read_u8(&r);
    boot->day         = read_u8(&r);
    reader_skip(&r, 3);
    boot->chip        = read_le32(&r);
    unsigned rows     = 0;
    for (unsigned i = 0; i < KINDS; i++) {
        list_t *list = &boot->lists[i];
        list->count  = read_u8(&r);
        list->at     = read_le32(&r);
        list->size   = read_u8(&r);
        rows += list->count;
        if (list->count > 0 && (list->size < ROW_SIZE || list->at < HEADER_MIN))
            return false;
    }
    reader_skip(&r, 1);
    boot->is_plain = read_u8(&r) != 0;
    if (!reader_ok(&r) || boot->header_size < HEADER_MIN || boot->header_size > 1024 || rows == 0 || rows > ROWS_MAX || boot->month > 12 ||
        boot->day > 31)
        return false;
    row_t row;
    for (unsigned i = 0; i < KINDS; i++)
        for (unsigned n = 0; n < boot->lists[i].count; n++) {
            if (!read_row(image, &boot->lists[i], n, &row) || row.offset < boot->header_size || row.size == 0)
                return false;
            boot->end = max_u64(boot->end, (uint64_t)row.offset + row.size);
        }
    return true;
}

static bool crc_agrees(span_t image, uint64_t end)
{
    reader_t r   = reader_at(image, end);
    uint32_t crc = read_le32(&r);
    return reader_ok(&r) && soc_crc_rockchip(span_sub(image, 0, end)) == crc;
}

static unsigned rockchip_rkboot_probe(span_t image)
{
    rkboot_t boot;
    return read_header(image, &boot) ? 32 + 32 + (crc_agrees(image, boot.end) ? 32 : 0) : 0;
}

static uint64_t rockchip_rkboot_extent(span_t image)
{
    rkboot_t boot;
    return read_header(image, &boot) ? min_u64(boot.end + CRC_SIZE, image.size) : 0;
}

static bool show_row(span_t image, const rkboot_t *boot, unsigned kind, const row_t *row, partitions_t *parts, unsigned number)
{
    static const char *const kinds[KINDS] = {"471", "472", "loader"};
    buffer_t name = {0}, path = {0};
    utf16le_append_text(&name, row->name);
    buffer_printf(&path, "%s-%.*s.bin", kinds[kind], (int)name.size, name.size > 0 ? (const char *)name.at : "");
    child_t *child = sink_child(parts->sink, &(child_info_t){.path = partition_name(parts, buffer_span(&path), number), .type = CHILD_FILE});
    if (child != NULL && boot->is_plain)
        child_range(child, row->offset, row->size);
    else if (child != NULL)
        soc_write_rc4(child, image, row->offset, row->size, kind == 2 ? PACKET : 0);
    if (child != NULL)
        sink_end_child(parts->sink);
    buffer_free(&name);
    buffer_free(&path);
    return child != NULL;
}

static status_t rockchip_rkboot_extract(span_t image, sink_t *sink)
{
    rkboot_t boot;
    row_t    row;
    if (!read_header(image, &boot))
        return status_fail(STATUS_REJECTED, "rockchip-rkboot", 0, "not a Rockchip loader");
    partitions_t parts = {.sink = sink};
    unsigned     number = 0;
    bool         more   = true;
    sink_claim(sink, 0, boot.header_size, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Rockchip");
    sink_fact_printf(sink, "rkboot.version", "%x.%02x", boot.version >> 8, boot.version & 0xFF);
    sink_fact_printf(sink, "rkboot.date", "%04u-%02u-%02u", boot.year, boot.month, boot.day);
    sink_fact_printf(sink, "rkboot.chip", "0x%x", boot.chip);
    sink_fact(sink, "rkboot.code", boot.is_plain ? "plain" : "RC4 with the published key");
    if (boot.end + CRC_SIZE > image.size) {
        sink_damage(sink, image.size, 0, "the image ends before the loader does");
    } else {
        if (!crc_agrees(image, boot.end))
            sink_damage(sink, 0, boot.end, "the CRC of the loader does not agree with its content");
        sink_claim(sink, boot.end, CRC_SIZE, REGION_STRUCTURE);
    }
    for (unsigned i = 0; i < KINDS; i++) {
        sink_claim(sink, boot.lists[i].at, boot.lists[i].count * boot.lists[i].size, REGION_STRUCTURE);
        for (unsigned n = 0; more && n < boot.lists[i].count && read_row(image, &boot.lists[i], n, &row); n++)
            more = show_row(image, &boot, i, &row, &parts, ++number);
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("BOOT\x66\x00", 0), MAGIC("LDR \x66\x00", 0)};

const extractor_t rockchip_rkboot_extractor = {
    .id = "rockchip_rkboot", .name = "Rockchip loader", .specification = "rkdeveloptool, RKBoot.h", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 2, .probe = rockchip_rkboot_probe, .extent = rockchip_rkboot_extent, .extract = rockchip_rkboot_extract,
};
