/* Reolink and Swann PAK: the upgrade of their cameras and recorders. Little-endian: 13 59 72 32, CRC-32, type; then for each section name[32],
 * version[24], offset, length; then for each the partition that it goes to: name[32], 4 bytes, device[32], offset, length. In the 64-bit kind
 * the fields of the header, and offsets and lengths of the sections, have 8 bytes. How many there are follows from the first section's
 * offset. The CRC-32 (neither begun nor finished by an inversion) covers the content, the bytes 02 00 00 00, and the table of sections. Source: vmallet/pakler;
 * kaitai_struct_formats, firmware/reolink.ksy. */
#include "extractors/firmware_common.h"

#include <stdio.h>
#include <zlib.h>

enum { PAK_NAME = 32, PAK_VERSION = 24, PAK_PARTITION = 76, PAK_SECTIONS_MAX = 256 };

typedef struct { bool wide; uint32_t crc; uint64_t type, header, section, count, content, end; } pak_t;
typedef struct { span_t name, version; uint64_t offset, length; } pak_section_t;

static bool read_section(span_t image, const pak_t *pak, uint64_t number, pak_section_t *section)
{
    uint64_t at = pak->header + number * pak->section;
    reader_t r  = reader_at(image, at + PAK_NAME + PAK_VERSION);
    if (!span_holds(image, at, pak->section))
        return false;
    section->name    = firmware_text(image, at, PAK_NAME);
    section->version = firmware_text(image, at + PAK_NAME, PAK_VERSION);
    section->offset  = read_le(&r, pak->wide ? 8 : 4);
    section->length  = read_le(&r, pak->wide ? 8 : 4);
    return firmware_is_text(image, at, PAK_NAME);
}

static bool read_pak(span_t image, pak_t *pak)
{
    reader_t      r = reader_from(image);
    pak_section_t section;
    if (read_be32(&r) != 0x13597232)
        return false;
    pak->wide    = image.size >= 24 && span_is_filled_with(span_sub(image, 4, 4), 0) && span_is_filled_with(span_sub(image, 12, 4), 0) &&
                   span_is_filled_with(span_sub(image, 20, 4), 0);
    pak->header  = pak->wide ? 24 : 12;
    pak->section = pak->wide ? 72 : 64;
    r            = reader_at(image, pak->wide ? 8 : 4);
    pak->crc     = read_le32(&r);
    reader_skip(&r, pak->wide ? 4 : 0);
    pak->type = read_le(&r, pak->wide ? 8 : 4);
    if (!reader_ok(&r) || !read_section(image, pak, 0, &section) || section.name.size == 0)
        return false;
    pak->content   = section.offset;
    uint64_t entry = pak->section + PAK_PARTITION;
    pak->count     = pak->content < pak->header ? 0 : (pak->content - pak->header) / entry;
    pak->end       = pak->content;
    if (pak->count == 0 || pak->count > PAK_SECTIONS_MAX || pak->header + pak->count * entry != pak->content)
        return false;
    for (uint64_t i = 0; i < pak->count && read_section(image, pak, i, &section); i++) {
        uint64_t end;
        if (section.length > 0 && checked_add(section.offset, section.length, &end))
            pak->end = max_u64(pak->end, end);
    }
    return true;
}

static bool crc_holds(span_t image, const pak_t *pak)
{
    span_t content = span_sub(image, pak->content, pak->end - pak->content), table = span_sub(image, pak->header, pak->count * pak->section);
    if (content.at == NULL || table.at == NULL)
        return false;
    uLong crc = crc32_z(0xFFFFFFFF, content.at, content.size);
    crc       = crc32_z(crc, (const Bytef *)"\2\0\0", 4);
    crc       = crc32_z(crc, table.at, table.size);
    return (uint32_t)~crc == pak->crc;
}

static unsigned pak_probe(span_t image)
{
    pak_t pak;
    if (!read_pak(image, &pak))
        return 0;
    return 32 + 16 + (crc_holds(image, &pak) ? 32u : 0u);
}

static uint64_t pak_extent(span_t image)
{
    pak_t pak;
    return read_pak(image, &pak) ? min_u64(pak.end, image.size) : 0;
}

static status_t pak_extract(span_t image, sink_t *sink)
{
    pak_t         pak;
    pak_section_t section;
    partitions_t  parts = {.sink = sink};
    if (!read_pak(image, &pak))
        return status_fail(STATUS_REJECTED, "reolink_pak", 0, "not a PAK header");
    sink_claim(sink, 0, min_u64(pak.content, image.size), REGION_STRUCTURE);
    sink_fact_printf(sink, "pak.type", "%08llX", (unsigned long long)pak.type);
    sink_fact_printf(sink, "pak.sections", "%llu", (unsigned long long)pak.count);
    if (pak.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before its sections do");
    else if (!crc_holds(image, &pak))
        sink_damage(sink, pak.content, pak.end - pak.content, "the CRC-32 does not agree with the content");
    for (uint64_t i = 0; i < pak.count; i++) {
        if (!read_section(image, &pak, i, &section)) {
            sink_damage(sink, min_u64(pak.header + i * pak.section, image.size), 0, "the table of sections breaks off");
            break;
        }
        if (section.length == 0)
            continue; /* a partition that the upgrade leaves alone */
        char key[64];
        (void)snprintf(key, sizeof key, "pak.version.%.*s", (int)section.name.size, (const char *)section.name.at);
        firmware_fact(sink, key, section.version);
        if (!partition_show(&parts, section.name, (unsigned)i, section.offset, section.length))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x13\x59\x72\x32", 0)};

const extractor_t reolink_pak_extractor = {
    .id = "reolink_pak", .name = "Reolink PAK", .specification = "vmallet/pakler; kaitai_struct_formats, firmware/reolink.ksy",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = pak_probe, .extent = pak_extent, .extract = pak_extract,
};
