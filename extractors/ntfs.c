/* NTFS: boot sector, its copy behind the last sector, and what the registry sees of the format. The layout is told in ntfs.h. */
#include "extractors/ntfs.h"
#include "extractors/utf16.h"

#include <stdlib.h>

enum { BOOT_SIZE = 512, RECORD_MAX = 65536, INDEX_MAX = 65536, CLUSTER_MAX = 2 << 20, SIGNATURE_AT = 510, MAKERS_MFT_AT = 16384 };

typedef struct { ntfs_boot_t boot; unsigned bits; uint64_t at; } boot_candidate_t;

/* ---- the boot sector ---- */

static bool is_power_of_two(uint64_t x) { return x != 0 && (x & (x - 1)) == 0; }

/* Of records and index blocks: clusters, or, when negative, a power of two of bytes. */
static uint32_t size_from(uint8_t value, uint32_t cluster, uint32_t most)
{
    uint64_t size = value < 0x80 ? (uint64_t)value * cluster : value >= 0x100 - 31 ? UINT64_C(1) << (0x100 - value) : 0;
    return is_power_of_two(size) && size >= 512 && size <= most ? (uint32_t)size : 0;
}

static bool read_boot(span_t sector, ntfs_boot_t *b)
{
    reader_t r = reader_at(sector, 11);
    *b         = (ntfs_boot_t){.sector = read_le16(&r)};
    uint8_t  factor   = read_u8(&r);
    uint64_t unused   = read_le16(&r);
    uint64_t old      = read_u8(&r);
    old |= read_le16(&r) | read_le16(&r);
    reader_skip(&r, 1);
    old |= read_le16(&r); /* what FAT keeps here is zero */
    reader_skip(&r, 16);
    b->sectors = read_le64(&r);
    b->mft     = read_le64(&r);
    b->mirror  = read_le64(&r);
    uint8_t record = read_u8(&r);
    reader_skip(&r, 3);
    uint8_t index = read_u8(&r);
    reader_skip(&r, 3);
    b->serial        = read_le64(&r);
    uint64_t sectors = factor <= 0x80 ? factor : factor >= 0xF0 ? UINT64_C(1) << (0x100 - factor) : 0;
    b->cluster       = (uint32_t)(sectors * b->sector);
    if (!reader_ok(&r) || !span_has_text_at(sector, 3, "NTFS    ") || unused != 0 || old != 0 || !is_power_of_two(b->sector) || b->sector < 256
        || b->sector > 4096
        || !is_power_of_two(sectors) || sectors * b->sector > CLUSTER_MAX || b->sectors == 0 || b->sectors > (UINT64_C(1) << 62) / b->sector)
        return false;
    b->clusters = b->sectors / sectors;
    b->record   = size_from(record, b->cluster, RECORD_MAX);
    b->index    = size_from(index, b->cluster, INDEX_MAX);
    return b->record != 0 && b->index != 0 && b->mft > 0 && b->mft < b->clusters && b->mirror > 0 && b->mirror < b->clusters && b->mft != b->mirror;
}

static bool has_record_at(span_t image, const ntfs_boot_t *b, uint64_t lcn) { return span_has_text_at(image, lcn * b->cluster, "FILE"); }

static unsigned weigh(span_t image, uint64_t at, ntfs_boot_t *b)
{
    span_t sector = span_sub(image, at, BOOT_SIZE);
    if (sector.at == NULL || !read_boot(sector, b))
        return 0;
    unsigned bits = 64u + 24u + (span_has_text_at(sector, SIGNATURE_AT, "\x55\xAA") ? 16u : 0u);
    bool     here = has_record_at(image, b, b->mft) || has_record_at(image, b, b->mirror);
    /* A boot sector without the table that it points to is a template, or the image was cut. */
    bool cut = b->mft * b->cluster + b->record > image.size;
    return here ? bits + 32 : cut ? 64 : BITS_ELSEWHERE - 1;
}

static boot_candidate_t best_boot(span_t image)
{
    boot_candidate_t first = {.bits = 0}, copy = {.bits = 0};
    first.bits             = weigh(image, 0, &first.boot);
    if (first.bits >= 64)
        return first;
    /* The copy stands in the last sector; a blob may be longer by less than a cluster of what partitions are rounded to. */
    for (uint32_t sector = 512; sector <= 4096 && copy.bits == 0; sector *= 8) {
        uint64_t last = image.size / sector;
        for (uint64_t back = 1; back <= 16 && back <= last && copy.bits == 0; back++) {
            copy.at   = (last - back) * sector;
            copy.bits = span_has_text_at(image, copy.at + 3, "NTFS    ") ? weigh(image, copy.at, &copy.boot) : 0;
            if (copy.bits > 0 && (copy.boot.sector != sector || copy.at != copy.boot.sectors * sector || copy.bits < 64 + 32))
                copy.bits = 0;
        }
    }
    return copy.bits > first.bits ? copy : first;
}

static unsigned ntfs_probe(span_t image) { return best_boot(image).bits; }

static uint64_t ntfs_extent(span_t image)
{
    boot_candidate_t found = best_boot(image);
    return found.bits == 0 ? 0 : min_u64((found.boot.sectors + 1) * found.boot.sector, image.size);
}

/* ---- extraction ---- */

static void say_facts(ntfs_t *fs)
{
    sink_fact_printf(fs->sink, "ntfs.serial", "%016llX", (unsigned long long)fs->boot.serial);
    sink_fact_printf(fs->sink, "ntfs.cluster_size", "%u", fs->boot.cluster);
    sink_fact_printf(fs->sink, "ntfs.record_size", "%u", fs->boot.record);
    if ((fs->entries[NTFS_VOLUME_FILE].flags & NTFS_IS_RECORD) == 0)
        return;
    const ntfs_file_t   *file  = ntfs_load(fs, NTFS_VOLUME_FILE);
    const ntfs_stream_t *label = ntfs_find(file, NTFS_LABEL, ""), *volume = ntfs_find(file, NTFS_VOLUME, "");
    if (label != NULL && label->resident && label->value_size > 0) {
        buffer_t text = {0};
        utf16le_append(&text, ntfs_stream_value(file, label));
        buffer_append_byte(&text, 0);
        if (!text.failed)
            sink_fact(fs->sink, "ntfs.label", (const char *)text.at);
        buffer_free(&text);
    }
    if (volume != NULL && volume->resident && volume->value_size >= 12) {
        reader_t r     = reader_at(ntfs_stream_value(file, volume), 8);
        uint8_t  major = read_u8(&r), minor = read_u8(&r);
        sink_fact_printf(fs->sink, "ntfs.version", "%u.%u", (unsigned)major, (unsigned)minor);
        if ((read_le16(&r) & 1) != 0)
            sink_fact(fs->sink, "ntfs.dirty", "yes");
    }
}

static void claim_boot(ntfs_t *fs, uint64_t at)
{
    const ntfs_boot_t *b      = &fs->boot;
    uint64_t           last   = b->sectors * b->sector;
    span_t             backup = span_sub(fs->image, last, BOOT_SIZE);
    sink_claim(fs->sink, at, BOOT_SIZE, REGION_STRUCTURE);
    if (at != 0)
        sink_damage(fs->sink, 0, BOOT_SIZE, "the boot sector is damaged: its copy behind the last sector was used");
    if (backup.at != NULL && span_has_text_at(backup, 3, "NTFS    ")) {
        sink_claim(fs->sink, last, BOOT_SIZE, REGION_STRUCTURE);
        if (at == 0 && !span_equal(span_sub(backup, 0, 84), span_sub(fs->image, 0, 84)))
            sink_damage(fs->sink, last, BOOT_SIZE, "the boot sector and its copy differ");
    } else if (backup.at != NULL) {
        sink_note(fs->sink, last, "no copy of the boot sector stands behind the last sector");
    }
}

static void compare_mirror(ntfs_t *fs)
{
    const ntfs_boot_t *b    = &fs->boot;
    uint64_t           size = max_u64(b->record * UINT64_C(4), b->cluster), from = b->mft * b->cluster, to = b->mirror * b->cluster;
    size                    = min_u64(b->record * UINT64_C(4), size);
    span_t table = span_sub(fs->image, from, size), mirror = span_sub(fs->image, to, size);
    if (table.at == NULL || mirror.at == NULL || fs->mft.runs[0].length * b->cluster < size)
        return;
    if (!span_equal(table, mirror))
        sink_damage(fs->sink, to, size, "the first records of the master file table and their mirror differ");
}

static bool prepare(ntfs_t *fs)
{
    fs->record        = malloc(fs->boot.record);
    fs->held_clusters = min_u64(fs->boot.clusters + 1, fs->image.size / fs->boot.cluster + 1);
    fs->held          = calloc((size_t)(fs->held_clusters / 8 + 1), 1);
    return fs->record != NULL && fs->held != NULL;
}

static status_t extract_all(ntfs_t *fs)
{
    if (!prepare(fs))
        return status_fail(STATUS_MEMORY, "ntfs", 0, "out of memory");
    if (!ntfs_open_mft(fs)) {
        sink_damage(fs->sink, fs->boot.mft * fs->boot.cluster, 0, "the master file table cannot be read: no file is known");
        return fs->no_memory ? status_fail(STATUS_MEMORY, "ntfs", 0, "out of memory") : ok();
    }
    for (size_t i = 0; i < fs->mft.count; i++) {
        uint64_t at = fs->mft.runs[i].lcn != NTFS_HOLE ? fs->mft.runs[i].lcn * fs->boot.cluster : fs->image.size;
        sink_claim(fs->sink, at, min_u64(fs->mft.runs[i].length * fs->boot.cluster, span_from_offset(fs->image, at).size), REGION_STRUCTURE);
    }
    compare_mirror(fs);
    if (!ntfs_read_all_records(fs) || !ntfs_check_indexes(fs))
        return status_fail(STATUS_MEMORY, "ntfs", 0, "out of memory");
    say_facts(fs);
    ntfs_claim_system(fs);
    return ntfs_walk(fs);
}

static status_t ntfs_extract(span_t image, sink_t *sink)
{
    boot_candidate_t found = best_boot(image);
    if (found.bits == 0)
        return status_fail(STATUS_REJECTED, "ntfs", 0, "not an NTFS boot sector");
    ntfs_t *fs = calloc(1, sizeof *fs);
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "ntfs", 0, "out of memory");
    *fs          = (ntfs_t){.image = image, .sink = sink, .boot = found.boot};
    uint64_t end = (fs->boot.sectors + 1) * fs->boot.sector;
    claim_boot(fs, found.at);
    if (end - fs->boot.sector > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the file system does");
    fs->image       = span_clip(image, 0, end);
    status_t status = extract_all(fs);
    free(fs->record);
    free(fs->held);
    free(fs->mft.runs);
    free(fs->entries);
    free(fs->links);
    free(fs->listed);
    free(fs->unit);
    free(fs->unit_out);
    free(fs->file.runs.runs);
    buffer_free(&fs->file.bytes);
    buffer_free(&fs->names);
    buffer_free(&fs->bitmap);
    buffer_free(&fs->link);
    buffer_free(&fs->path);
    free(fs);
    return status;
}

static const magic_t magics[] = {MAGIC("NTFS    ", 3), MAGIC("FILE0\0\3\0", MAKERS_MFT_AT)};

const extractor_t ntfs_extractor = {
    .id = "ntfs", .name = "NTFS", .specification = "Linux-NTFS project, \"NTFS Documentation\"; Microsoft, [MS-FSCC], [MS-XCA]",
    .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = ntfs_probe, .extent = ntfs_extent, .extract = ntfs_extract,
};
