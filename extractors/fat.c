/* FAT12, FAT16, FAT32: boot sector, its copy, FSInfo, and what the registry sees of the format. The layout is told in fat.h. */
#include "extractors/fat.h"

#include <stdlib.h>

enum { BOOT_SIZE = 512, PARAMETERS_AT = 3, PARAMETERS_END = 90, SIGNATURE_AT = 510, BACKUP_SECTOR = 6, TABLES_MAX = 8, CLUSTER_MAX = 512 << 10 };
enum { CLUSTERS_FAT12 = 4084, CLUSTERS_FAT16 = 65524 };

typedef struct { fat_boot_t boot; unsigned bits; uint64_t at; } boot_candidate_t;

/* ---- the boot sector ---- */

static bool is_power_of_two(uint32_t x) { return x != 0 && (x & (x - 1)) == 0; }

static bool read_parameters(span_t sector, fat_boot_t *b)
{
    reader_t r = reader_at(sector, 11);
    *b         = (fat_boot_t){.mirrored = true};
    b->sector       = read_le16(&r);
    uint32_t factor = read_u8(&r);
    b->reserved     = read_le16(&r);
    b->fats         = read_u8(&r);
    b->root_entries = read_le16(&r);
    b->total_sectors = read_le16(&r);
    b->media        = read_u8(&r);
    b->fat_sectors  = read_le16(&r);
    reader_skip(&r, 8);
    uint32_t total  = read_le32(&r);
    b->total_sectors = b->total_sectors != 0 ? b->total_sectors : total;
    bool wide       = b->fat_sectors == 0;
    if (wide) {
        b->fat_sectors  = read_le32(&r);
        uint16_t flags  = read_le16(&r), version = read_le16(&r);
        b->root_cluster = read_le32(&r);
        b->fsinfo       = read_le16(&r);
        b->backup       = read_le16(&r);
        reader_skip(&r, 12);
        b->mirrored     = (flags & 0x80) == 0;
        b->active       = b->mirrored ? 0 : flags & 15;
        b->width        = 32;
        if (version != 0 || b->active >= b->fats || b->root_entries != 0)
            return false;
    }
    reader_skip(&r, 1);
    b->state  = read_u8(&r);
    reader_skip(&r, 1);
    b->serial = read_le32(&r);
    if (!reader_ok(&r) || !is_power_of_two(b->sector) || b->sector < 512 || b->sector > 4096 || !is_power_of_two(factor))
        return false;
    b->cluster = b->sector * factor;
    return b->cluster <= CLUSTER_MAX && b->reserved > 0 && b->fats > 0 && b->fats <= TABLES_MAX && (b->media == 0xF0 || b->media >= 0xF8)
        && b->fat_sectors > 0
        && (wide || b->root_entries > 0);
}

/* Where everything is; false when it does not fit. */
static bool lay_out(fat_boot_t *b)
{
    b->fat_at         = (uint64_t)b->reserved * b->sector;
    b->fat_size       = (uint64_t)b->fat_sectors * b->sector;
    b->root_at        = b->fat_at + b->fats * b->fat_size;
    b->root_size      = (uint64_t)b->root_entries * 32;
    b->data_at        = b->root_at + round_up(b->root_size, b->sector);
    uint64_t end      = (uint64_t)b->total_sectors * b->sector;
    uint64_t clusters = end > b->data_at ? (end - b->data_at) / b->cluster : 0;
    if (clusters == 0 || clusters > FAT_BAD - 2)
        return false;
    if (b->width == 0)
        b->width = clusters <= CLUSTERS_FAT12 ? 12 : 16;
    uint64_t entries = b->fat_size * 8 / b->width;
    if (entries < 3 || (b->width == 16 && clusters > CLUSTERS_FAT16 + 16))
        return false;
    b->small_table = entries < clusters + 2;
    b->clusters    = (uint32_t)(b->small_table ? entries - 2 : clusters);
    return b->width != 32 || (b->root_cluster >= 2 && b->root_cluster - 2 < b->clusters);
}

/* Is the table as large as it needs to be, and not much more? */
static bool table_fits(const fat_boot_t *b)
{
    uint64_t needed = (((uint64_t)b->clusters + 2) * b->width / 8 + b->sector) / b->sector;
    return !b->small_table && b->fat_sectors <= needed + needed / 8 + 64;
}

/* The first entry of a table repeats the media byte and is all ones otherwise. */
static bool table_begins(span_t image, const fat_boot_t *b, unsigned copy)
{
    reader_t r     = reader_at(image, b->fat_at + copy * b->fat_size);
    uint32_t value = read_le32(&r) & (b->width == 32 ? 0x0FFFFFFF : b->width == 16 ? 0xFFFF : 0xFFF);
    uint32_t ones  = b->width == 32 ? 0x0FFFFF00 : b->width == 16 ? 0xFF00 : 0xF00;
    return reader_ok(&r) && value == (ones | b->media);
}

/* Bits of evidence for a boot sector at `at` of an image that begins at 0. */
static unsigned weigh(span_t image, uint64_t at, fat_boot_t *b)
{
    span_t sector = span_sub(image, at, BOOT_SIZE);
    if (sector.at == NULL || !read_parameters(sector, b) || !lay_out(b))
        return 0;
    bool jump = (sector.at[0] == 0xEB && sector.at[2] == 0x90) || sector.at[0] == 0xE9;
    bool text = span_has_text_at(sector, b->width == 32 ? 82 : 54, "FAT"), signature = span_has_text_at(sector, SIGNATURE_AT, "\x55\xAA");
    unsigned bits = 8u + (signature ? 16u : 0) + (jump ? 8u : 0) + (text ? 24u : 0) + (table_fits(b) ? 8u : 0);
    if (bits < 40)
        return 0;
    for (unsigned copy = 0; copy < b->fats; copy++)
        if (table_begins(image, b, copy)) {
            if (b->mirrored && !table_begins(image, b, b->active))
                b->active = copy;
            return bits + 24;
        }
    /* A boot sector with no table behind it may be a template; when the image ends too early, nobody can tell. */
    return b->fat_at + 4 > image.size ? bits : (unsigned)min_u64(bits, BITS_ELSEWHERE - 1);
}

static boot_candidate_t best_boot(span_t image)
{
    boot_candidate_t best = {.bits = 0};
    best.bits             = weigh(image, 0, &best.boot);
    bool whole            = best.bits >= BITS_ELSEWHERE + 24;
    for (uint32_t sector = 512; !whole && sector <= 4096; sector *= 2) {
        boot_candidate_t copy = {.at = (uint64_t)sector * BACKUP_SECTOR};
        copy.bits             = weigh(image, copy.at, &copy.boot);
        if (copy.bits > best.bits && copy.bits >= BITS_ELSEWHERE && copy.boot.width == 32 && copy.boot.sector == sector
            && copy.boot.backup == BACKUP_SECTOR)
            best = copy;
    }
    return best;
}

static unsigned fat_probe(span_t image) { return best_boot(image).bits; }

static uint64_t fat_extent(span_t image)
{
    boot_candidate_t found = best_boot(image);
    return found.bits == 0 ? 0 : min_u64((uint64_t)found.boot.total_sectors * found.boot.sector, image.size);
}

/* ---- extraction ---- */

static void say_facts(const fat_t *fs, span_t sector)
{
    const fat_boot_t *b = &fs->boot;
    size_t            oem = 8;
    while (oem > 0 && (sector.at[PARAMETERS_AT + oem - 1] == ' ' || sector.at[PARAMETERS_AT + oem - 1] == 0))
        oem--;
    sink_fact_printf(fs->sink, "fat.type", "FAT%u", b->width);
    sink_fact_printf(fs->sink, "fat.oem", "%.*s", (int)oem, (const char *)sector.at + PARAMETERS_AT);
    sink_fact_printf(fs->sink, "fat.volume_id", "%04X-%04X", b->serial >> 16, b->serial & 0xFFFF);
    sink_fact_printf(fs->sink, "fat.cluster_size", "%u", b->cluster);
    uint32_t flags = fat_next(fs, b->active, 1);
    bool     dirty = (b->state & 1) != 0 || (b->width == 16 && (flags & 0x8000) == 0) || (b->width == 32 && (flags & 0x08000000) == 0);
    if (dirty)
        sink_fact(fs->sink, "fat.dirty", "yes");
}

/* Sectors of FAT32 between the boot sector and the tables: each is claimed by what it says of itself. */
static void claim_boot_sectors(const fat_t *fs, uint64_t boot_at)
{
    const fat_boot_t *b      = &fs->boot;
    span_t            sector = span_clip(fs->image, 0, BOOT_SIZE);
    sink_claim(fs->sink, boot_at, b->sector, REGION_STRUCTURE);
    if (boot_at != 0)
        sink_damage(fs->sink, 0, BOOT_SIZE, "the boot sector is damaged: its copy was used");
    else
        sink_claim(fs->sink, 0, b->sector, REGION_STRUCTURE);
    if (b->width != 32)
        return;
    for (uint32_t i = 1; i < b->reserved && i < BACKUP_SECTOR + 3; i++) {
        uint64_t at    = (uint64_t)i * b->sector;
        bool     ended = span_has_text_at(fs->image, at + SIGNATURE_AT, "\x55\xAA");
        bool     info  = span_has_text_at(fs->image, at, "RRaA") && span_has_text_at(fs->image, at + 484, "rrAa");
        if (ended || info)
            sink_claim(fs->sink, at, min_u64(b->sector, span_from_offset(fs->image, at).size), REGION_STRUCTURE);
        if (i == b->fsinfo && !(ended && info) && at + BOOT_SIZE <= fs->image.size)
            sink_damage(fs->sink, at, BOOT_SIZE, "the FSInfo sector is damaged");
    }
    uint64_t at   = (uint64_t)b->backup * b->sector;
    span_t   copy = span_sub(fs->image, at, BOOT_SIZE);
    if (boot_at == 0 && b->backup > 0 && b->backup < b->reserved && copy.at != NULL
        && !span_equal(span_sub(sector, PARAMETERS_AT, PARAMETERS_END - PARAMETERS_AT),
            span_sub(copy, PARAMETERS_AT, PARAMETERS_END - PARAMETERS_AT)))
        sink_damage(fs->sink, at, PARAMETERS_END, "the boot sector and its copy differ");
}

static status_t fat_extract(span_t image, sink_t *sink)
{
    boot_candidate_t found = best_boot(image);
    if (found.bits == 0)
        return status_fail(STATUS_REJECTED, "fat", 0, "not a FAT boot sector");
    fat_t fs = {.image = image, .sink = sink, .boot = found.boot};
    claim_boot_sectors(&fs, found.at);
    uint64_t end = (uint64_t)fs.boot.total_sectors * fs.boot.sector;
    if (end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the file system does");
    if (fs.boot.small_table)
        sink_damage(sink, 0, BOOT_SIZE, "the file allocation table is too small for the volume: clusters behind its reach are left out");
    fs.image = span_clip(image, 0, end); /* what stands behind the volume is not its own */
    if (!table_begins(fs.image, &fs.boot, fs.boot.active))
        sink_damage(sink, fs.boot.fat_at, 4, "the file allocation table does not begin with the media byte");
    else if (fs.boot.active != 0 && fs.boot.mirrored)
        sink_damage(sink, fs.boot.fat_at, 4, "the first file allocation table is damaged: another copy was used");
    status_t status = fat_open_table(&fs) ? ok() : status_fail(STATUS_MEMORY, "fat", 0, "out of memory");
    if (status_ok(status)) {
        say_facts(&fs, span_sub(image, found.at, BOOT_SIZE));
        status = fat_walk(&fs);
    }
    free(fs.owner);
    free(fs.free_run);
    free(fs.objects);
    buffer_free(&fs.names);
    buffer_free(&fs.scratch);
    return status;
}

static const magic_t magics[] = {
    MAGIC("FAT12   ", 54), MAGIC("FAT16   ", 54), MAGIC("FAT     ", 54), MAGIC("FAT32   ", 82), MAGIC("FAT32   ", 512 * BACKUP_SECTOR + 82),
    MAGIC("FAT32   ", 1024 * BACKUP_SECTOR + 82), MAGIC("FAT32   ", 2048 * BACKUP_SECTOR + 82), MAGIC("FAT32   ", 4096 * BACKUP_SECTOR + 82),
    MAGIC("\x55\xAA", SIGNATURE_AT),
};

const extractor_t fat_extractor = {
    .id = "fat", .name = "FAT12, FAT16, FAT32",
    .specification = "Microsoft, \"FAT32 File System Specification\" 1.03; Linux, Documentation/filesystems/vfat.rst",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = fat_probe, .extent = fat_extent,
    .extract = fat_extract,
};
