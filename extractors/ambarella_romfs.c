/* Ambarella ROMFS: the read-only files of action and dash cameras. Little-endian: number of files, 8A 32 FC 66, 2040 bytes FF; then for each file
 * name[116], offset, length, 76 AB 87 23. The files begin at multiples of 2048. Source: a report of the University of Tartu (MTAT.07.022, 2015), 4.1;
 * binaryanalysis-ng, romfs_ambarella.ksy. */
#include "extractors/firmware_common.h"

enum { ROM_HEADER = 2048, ROM_ENTRY = 128, ROM_NAME = 116, ROM_FILES_MAX = 65536 };

typedef struct { span_t name; uint32_t offset, length; } rom_entry_t;

static bool read_header(span_t image, uint32_t *files)
{
    reader_t r = reader_from(image);
    *files     = read_le32(&r);
    return read_be32(&r) == 0x8A32FC66 && *files > 0 && *files <= ROM_FILES_MAX &&
           span_is_filled_with(span_clip(image, 8, ROM_HEADER - 8), 0xFF);
}

static bool read_entry(span_t image, uint32_t number, rom_entry_t *entry)
{
    uint64_t at = ROM_HEADER + (uint64_t)number * ROM_ENTRY;
    reader_t r  = reader_at(image, at + ROM_NAME);
    if (!span_holds(image, at, ROM_ENTRY))
        return false;
    entry->name   = firmware_text(image, at, ROM_NAME);
    entry->offset = read_le32(&r);
    entry->length = read_le32(&r);
    return read_be32(&r) == 0x76AB8723;
}

static unsigned romfs_probe(span_t image)
{
    rom_entry_t entry;
    uint32_t    files;
    if (!read_header(image, &files))
        return 0;
    bool first = read_entry(image, 0, &entry);
    return first ? 32 + 32 + 16 : image.size < ROM_HEADER + ROM_ENTRY ? 32 : 0;
}

static uint64_t romfs_extent(span_t image)
{
    rom_entry_t entry;
    uint32_t    files;
    if (!read_header(image, &files))
        return 0;
    uint64_t end = ROM_HEADER + (uint64_t)files * ROM_ENTRY;
    for (uint32_t i = 0; i < files; i++)
        if (read_entry(image, i, &entry) && entry.length > 0)
            end = max_u64(end, (uint64_t)entry.offset + entry.length);
    return min_u64(end, image.size);
}

static status_t romfs_extract(span_t image, sink_t *sink)
{
    rom_entry_t entry;
    uint32_t    files;
    if (!read_header(image, &files))
        return status_fail(STATUS_REJECTED, "ambarella_romfs", 0, "not an Ambarella ROMFS header");
    sink_claim(sink, 0, min_u64(ROM_HEADER + (uint64_t)files * ROM_ENTRY, image.size), REGION_STRUCTURE);
    sink_fact_printf(sink, "ambarella_romfs.files", "%u", files);
    for (uint32_t i = 0; i < files; i++) {
        uint64_t at = ROM_HEADER + (uint64_t)i * ROM_ENTRY;
        if (!span_holds(image, at, ROM_ENTRY)) {
            sink_damage(sink, image.size, 0, "the image ends within the table of files");
            break;
        }
        if (!read_entry(image, i, &entry) || entry.name.size == 0) {
            sink_damage(sink, at, ROM_ENTRY, "not the entry of a file");
            continue;
        }
        child_t *child = sink_child(sink, &(child_info_t){.path = entry.name, .type = CHILD_FILE});
        if (child == NULL)
            break;
        child_range(child, entry.offset, entry.length);
        sink_end_child(sink);
    }
    return ok();
}

static const magic_t magics[] = {MAGIC("\x8A\x32\xFC\x66\xFF\xFF\xFF\xFF", 4)};

const extractor_t ambarella_romfs_extractor = {
    .id = "ambarella_romfs", .name = "Ambarella ROMFS", .specification = "binaryanalysis-ng, romfs_ambarella.ksy", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = romfs_probe, .extent = romfs_extent, .extract = romfs_extract,
};
