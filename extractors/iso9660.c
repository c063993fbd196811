/* ISO 9660 with Rock Ridge, Joliet and El Torito. Sixteen sectors of anything (a boot loader, a partition table), volume
 * descriptors, path tables, directories of records that give a file's first block and its size; numbers stand in both byte
 * orders. Source: ECMA-119; IEEE P1281 (SUSP) and P1282 (RRIP); Joliet Specification; El Torito 1.0.
 *
 * Directories, continuation areas and the boot catalogue are walked here for the ledger, and because a chain of
 * continuations that never ends keeps libarchive 3.6.2 busy until memory is gone (its test iso_rockridge_ce_loop): then it
 * reads the image without Rock Ridge. Names, facts and contents come from libarchive.
 *
 * A bridge has a UDF view of the same blocks: what only that one holds is shown as well. */
#include "extractors/archive_common.h"
#include "extractors/hybrid.h"
#include "extractors/udf.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SECTOR = 2048, DESCRIPTORS_AT = 16 * SECTOR, DESCRIPTORS_MAX = 64, RECORD_MIN = 34, CHAIN_MAX = 64, BOOT_ENTRIES_MAX = 64,
    TYPE_BOOT = 0, TYPE_PRIMARY = 1, TYPE_SUPPLEMENTARY = 2, TYPE_END = 255, FLAG_DIRECTORY = 2,
    BOOT_CODE = 440, APPLE_BLOCK = 512, APPLE_ENTRIES_MAX = 32
};

typedef struct { uint64_t block, blocks, path_table_size; uint32_t path_tables[4]; uint32_t root, root_size; } volume_t;

typedef struct {
    span_t    image;
    sink_t   *sink;
    uint64_t  block;
    uint8_t  *seen;        /* a bit a block: directories that were read, so that none is read twice */
    uint8_t  *starts;      /* a bit a block: a file begins there */
    place_t  *queue;       /* directories yet to be read; at most one a block */
    size_t    queued, capacity;
    place_t  *files;       /* where files stand */
    size_t    file_count, file_capacity;
    uint64_t  chain_budget;
    bool      chain_loops, rock_ridge, failed;
} iso_walk_t;

static bool both_le32(reader_t *r, uint32_t *value)
{
    *value = read_le32(r);
    return read_be32(r) == *value;
}

static bool both_le16(reader_t *r, uint16_t *value)
{
    *value = read_le16(r);
    return read_be16(r) == *value;
}

/* A primary or supplementary descriptor. */
static bool read_volume(span_t image, uint64_t at, volume_t *volume)
{
    span_t   descriptor = span_sub(image, at, SECTOR);
    reader_t r          = reader_at(descriptor, 80);
    uint32_t blocks, table_size;
    uint16_t block;
    if (descriptor.at == NULL || !both_le32(&r, &blocks))
        return false;
    r = reader_at(descriptor, 128);
    if (!both_le16(&r, &block) || !both_le32(&r, &table_size))
        return false;
    for (size_t i = 0; i < 4; i++)
        volume->path_tables[i] = i < 2 ? read_le32(&r) : read_be32(&r);
    reader_skip(&r, 2);
    if (!both_le32(&r, &volume->root) || !both_le32(&r, &volume->root_size))
        return false;
    volume->blocks          = blocks;
    volume->block           = block;
    volume->path_table_size = table_size;
    return (block == 512 || block == 1024 || block == 2048) && blocks > 18 && volume->root_size > 0;
}

static bool is_descriptor(span_t image, uint64_t at) { return span_has_text_at(image, at + 1, "CD001"); }

static bool find_primary(span_t image, volume_t *volume)
{
    for (uint64_t at = DESCRIPTORS_AT; at < DESCRIPTORS_AT + DESCRIPTORS_MAX * SECTOR && is_descriptor(image, at); at += SECTOR)
        if (image.at[at] == TYPE_PRIMARY)
            return read_volume(image, at, volume);
    return false;
}

static unsigned iso_probe(span_t image)
{
    volume_t volume;
    return find_primary(image, &volume) ? 40 + 40 : 0;
}

static uint64_t iso_extent(span_t image)
{
    volume_t volume;
    return find_primary(image, &volume) ? max_u64(min_u64(volume.blocks * volume.block, image.size), udf_end(image)) : 0;
}

/* ---- the walk over directories ------------------------------------------------------------------------------------- */

static bool mark(const iso_walk_t *w, uint8_t *bits, uint64_t at)
{
    uint64_t block = at / w->block;
    bool     was   = (bits[block / 8] >> block % 8 & 1) != 0;
    bits[block / 8] = (uint8_t)(bits[block / 8] | 1u << block % 8);
    return was;
}

static void queue_directory(iso_walk_t *w, uint32_t block, uint32_t size)
{
    uint64_t at = block * w->block;
    if (at >= w->image.size || size == 0 || mark(w, w->seen, at))
        return;
    if (w->queued == w->capacity) {
        size_t   capacity = w->capacity == 0 ? 64 : w->capacity * 2;
        place_t *more     = realloc(w->queue, capacity * sizeof *more);
        if (more == NULL) {
            w->failed = true;
            return;
        }
        w->queue    = more;
        w->capacity = capacity;
    }
    w->queue[w->queued++] = (place_t){at, min_u64(size, w->image.size - at)};
}

static void note_file(iso_walk_t *w, uint64_t at, uint64_t size)
{
    (void)mark(w, w->starts, at);
    if (w->file_count == w->file_capacity) {
        size_t   capacity = w->file_capacity == 0 ? 64 : w->file_capacity * 2;
        place_t *more     = realloc(w->files, capacity * sizeof *more);
        if (more == NULL) {
            w->failed = true;
            return;
        }
        w->files         = more;
        w->file_capacity = capacity;
    }
    w->files[w->file_count++] = (place_t){at, size};
}

static int by_place(const void *a, const void *b)
{
    const place_t *x = a, *y = b;
    return x->offset != y->offset ? (x->offset < y->offset ? -1 : 1) : x->length < y->length ? -1 : x->length > y->length;
}

static bool is_file(const void *context, uint64_t at, uint64_t size)
{
    const iso_walk_t *w    = context;
    place_t           here = {at, size};
    return w->file_count > 0 && bsearch(&here, w->files, w->file_count, sizeof here, by_place) != NULL;
}

/* The fields of one system use area; true when it goes on at `*next`. */
static bool read_fields(iso_walk_t *w, span_t area, place_t *next)
{
    bool goes_on = false;
    for (size_t at = 0; at + 4 <= area.size && area.at[at + 2] >= 4;) {
        span_t   field = span_clip(area, at, area.at[at + 2]);
        reader_t r     = reader_at(field, 4);
        if (span_has_text_at(field, 0, "PX") || span_has_text_at(field, 0, "RR"))
            w->rock_ridge = true;
        if (span_has_text_at(field, 0, "CE") && field.size >= 28) {
            uint64_t block = read_le32(&r);
            reader_skip(&r, 4);
            uint64_t offset = read_le32(&r);
            reader_skip(&r, 4);
            *next   = (place_t){block * w->block + offset, read_le32(&r)};
            goes_on = true;
        }
        at += field.size;
    }
    return goes_on;
}

static void follow_chain(iso_walk_t *w, span_t area)
{
    place_t next = {0};
    for (unsigned hops = 0; read_fields(w, area, &next); hops++) {
        area = span_sub(w->image, next.offset, next.length);
        if (hops == CHAIN_MAX || area.size > w->chain_budget) {
            if (!w->chain_loops)
                sink_damage(w->sink, next.offset, next.length, "continuation areas follow one another without end: Rock Ridge is not used");
            w->chain_loops = true;
            return;
        }
        w->chain_budget -= area.size;
        sink_claim(w->sink, next.offset, area.size, REGION_STRUCTURE);
    }
}

/* Zeros between the end of a file and the end of its last block. */
static void claim_slack(iso_walk_t *w, uint64_t at, uint64_t size)
{
    uint64_t end;
    if (!checked_add(at, size, &end))
        return;
    span_t slack = span_clip(w->image, end, round_up(end, w->block) - end);
    if (span_is_filled_with(slack, 0))
        sink_claim(w->sink, end, slack.size, REGION_PADDING);
}

static void read_record(iso_walk_t *w, span_t record)
{
    reader_t r = reader_at(record, 2);
    uint32_t block, size;
    if (!both_le32(&r, &block) || !both_le32(&r, &size)) {
        sink_damage(w->sink, (uint64_t)(record.at - w->image.at), record.size, "a directory record whose two byte orders disagree");
        return;
    }
    reader_skip(&r, 7);
    uint8_t flags = read_u8(&r);
    reader_skip(&r, 6);
    uint8_t name_size = read_u8(&r);
    span_t  name      = read_span(&r, name_size);
    if (!reader_ok(&r))
        return;
    if (name_size % 2 == 0)
        reader_skip(&r, 1);
    bool is_dot = name.size == 1 && name.at[0] <= 1;
    if (!w->chain_loops)
        follow_chain(w, span_from_offset(record, r.pos));
    if ((flags & FLAG_DIRECTORY) != 0) {
        if (!is_dot)
            queue_directory(w, block, size);
    } else if (size > 0 && (uint64_t)block * w->block < w->image.size) {
        note_file(w, block * w->block, size);
        claim_slack(w, block * w->block, size);
    }
}

/* Records do not cross sectors: a zero length sends to the next one. */
static void read_directory(iso_walk_t *w, place_t place)
{
    sink_claim(w->sink, place.offset, place.length, REGION_STRUCTURE);
    span_t directory = span_sub(w->image, place.offset, place.length);
    for (size_t at = 0; at < directory.size;) {
        uint8_t length = directory.at[at];
        if (length == 0) {
            at = (at / SECTOR + 1) * SECTOR;
            continue;
        }
        span_t record = span_sub(directory, at, length);
        if (record.at == NULL || length < RECORD_MIN) {
            sink_damage(w->sink, place.offset + at, directory.size - at, "a directory that does not go on with a sound record");
            return;
        }
        read_record(w, record);
        at += length;
    }
}

static void walk_volume(iso_walk_t *w, const volume_t *volume)
{
    uint64_t table = round_up(volume->path_table_size, w->block);
    for (size_t i = 0; i < 4; i++)
        if (volume->path_tables[i] != 0 && span_holds(w->image, volume->path_tables[i] * w->block, table))
            sink_claim(w->sink, volume->path_tables[i] * w->block, table, REGION_STRUCTURE);
    queue_directory(w, volume->root, volume->root_size);
    while (w->queued > 0 && !w->failed)
        read_directory(w, w->queue[--w->queued]);
}

/* ---- what it boots ------------------------------------------------------------------------------------------------- */

/* A boot image that is no file of the volume becomes a payload of its own. False: a limit was reached. */
static bool say_boot_image(iso_walk_t *w, span_t entry, unsigned number, uint8_t platform)
{
    static const uint32_t floppies[] = {0, 1200 << 10, 1440 << 10, 2880 << 10};
    reader_t r       = reader_at(entry, 1);
    uint8_t  media   = read_u8(&r) & 0x0F;
    reader_skip(&r, 4);
    uint16_t sectors = read_le16(&r);
    uint64_t at      = (uint64_t)read_le32(&r) * SECTOR;
    char     key[32], path[32];
    (void)snprintf(key, sizeof key, "iso9660.boot.%u", number);
    sink_fact_printf(w->sink, key, "platform %u, media %u, sector %llu, %u sectors of 512", (unsigned)platform, (unsigned)media,
                     (unsigned long long)(at / SECTOR), (unsigned)sectors);
    if (at == 0 || at >= w->image.size || (w->starts[at / w->block / 8] >> (at / w->block) % 8 & 1) != 0)
        return true;
    uint64_t length = media > 0 && media < 4 ? floppies[media] : max_u64((uint64_t)sectors * 512, SECTOR);
    int      size   = snprintf(path, sizeof path, "eltorito%u", number);
    child_t *child  = sink_child(w->sink, &(child_info_t){.path = span_from(path, (size_t)size), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, at, min_u64(length, w->image.size - at));
    sink_end_child(w->sink);
    return child != NULL;
}

static void read_boot_catalogue(iso_walk_t *w, uint64_t at)
{
    span_t catalogue = span_sub(w->image, at, SECTOR);
    if (catalogue.at == NULL || catalogue.at[0] != 1 || catalogue.at[30] != 0x55 || catalogue.at[31] != 0xAA) {
        sink_damage(w->sink, min_u64(at, w->image.size), 0, "the boot catalogue is not where the boot record says");
        return;
    }
    sink_claim(w->sink, at, SECTOR, REGION_STRUCTURE);
    uint8_t  platform = catalogue.at[1];
    unsigned number   = 0;
    for (uint64_t entry_at = 32; entry_at + 32 <= SECTOR && number < BOOT_ENTRIES_MAX; entry_at += 32) {
        span_t entry = span_sub(catalogue, entry_at, 32);
        if (entry.at[0] == 0x90 || entry.at[0] == 0x91)
            platform = entry.at[1];
        else if (entry.at[0] == 0x88 && !say_boot_image(w, entry, number++, platform))
            return;
    }
}

/* ---- the extractor ------------------------------------------------------------------------------------------------- */

static void claim_system_area(iso_walk_t *w)
{
    span_t area = span_sub(w->image, 0, DESCRIPTORS_AT);
    if (span_is_filled_with(area, 0)) {
        sink_claim(w->sink, 0, DESCRIPTORS_AT, REGION_PADDING);
        return;
    }
    /* A boot loader; in a hybrid image, whose partition table is read here, only what stands before that. */
    bool     is_hybrid = span_has_text_at(w->image, BOOT_CODE + 70, "\x55\xAA");
    child_t *child     = sink_child(w->sink, &(child_info_t){.path = span_from_text("system-area"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, 0, is_hybrid ? BOOT_CODE : DESCRIPTORS_AT);
    sink_end_child(w->sink);
}

/* All volume descriptors: directories of each tree, then what it boots (which needs to know the files). */
static void walk_descriptors(iso_walk_t *w, bool *joliet)
{
    uint64_t catalogue = 0, at = DESCRIPTORS_AT;
    for (; at < DESCRIPTORS_AT + DESCRIPTORS_MAX * SECTOR && is_descriptor(w->image, at) && span_holds(w->image, at, SECTOR); at += SECTOR) {
        volume_t volume;
        uint8_t  type = w->image.at[at];
        sink_claim(w->sink, at, SECTOR, REGION_STRUCTURE);
        if (type == TYPE_BOOT && span_has_text_at(w->image, at + 7, "EL TORITO SPECIFICATION")) {
            reader_t r = reader_at(w->image, at + 71);
            catalogue  = (uint64_t)read_le32(&r) * SECTOR;
        }
        if ((type == TYPE_PRIMARY || type == TYPE_SUPPLEMENTARY) && read_volume(w->image, at, &volume) && volume.block == w->block) {
            *joliet = *joliet || (type == TYPE_SUPPLEMENTARY && span_has_text_at(w->image, at + 88, "%/"));
            walk_volume(w, &volume);
        }
        if (type == TYPE_END)
            break;
    }
    if (catalogue != 0)
        read_boot_catalogue(w, catalogue);
}

/* A hybrid for Macintosh: an Apple partition map in the first blocks names an HFS Plus over the same blocks. It is examined as well, so
 * that nothing hides in that view. */
static void show_apple_partitions(span_t image, sink_t *sink)
{
    for (unsigned i = 1; i < APPLE_ENTRIES_MAX && span_has_text_at(image, 0, "ER") && span_has_text_at(image, (uint64_t)i * APPLE_BLOCK, "PM"); i++) {
        reader_t r     = reader_at(image, (uint64_t)i * APPLE_BLOCK + 8);
        uint64_t start = (uint64_t)read_be32(&r) * APPLE_BLOCK, length = (uint64_t)read_be32(&r) * APPLE_BLOCK;
        if (!span_has_text_at(image, (uint64_t)i * APPLE_BLOCK + 48, "Apple_HFS") || start >= image.size)
            continue;
        char     path[32];
        int      size  = snprintf(path, sizeof path, "apple-partition%u", i);
        child_t *child = sink_child(sink, &(child_info_t){.path = span_from(path, (size_t)size), .type = CHILD_PAYLOAD});
        if (child == NULL)
            return;
        child_range(child, start, min_u64(length, image.size - start));
        sink_end_child(sink);
    }
}

/* Does a file of the volume begin there? */
static bool file_begins(void *context, uint64_t offset)
{
    const iso_walk_t *w = context;
    for (size_t i = 0; i < w->file_count; i++)
        if (w->files[i].offset == offset)
            return true;
    return false;
}

/* What the partition table of a hybrid image has beside the volume: an EFI system partition that is no file of it, appended ones. */
static void show_partitions(iso_walk_t *w, span_t whole, sink_t *sink)
{
    if (!span_has_text_at(whole, BOOT_CODE + 70, "\x55\xAA"))
        return;
    if (gpt_is_in_volume(whole))
        gpt_show_in_volume(whole, sink, file_begins, w);
    mbr_show_in_volume(whole, sink, file_begins, w);
}

static status_t iso_extract(span_t image, sink_t *sink)
{
    volume_t primary;
    uint64_t said = 0;
    if (!find_primary(image, &primary))
        return status_fail(STATUS_REJECTED, "iso9660", 0, "no primary volume descriptor");
    if (checked_mul(primary.blocks, primary.block, &said) && said > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the volume does");
    span_t whole = image;
    image        = span_clip(image, 0, said);
    iso_walk_t w = {.image = image, .sink = sink, .block = primary.block, .chain_budget = 4 * (uint64_t)image.size + (1 << 20)};
    w.seen       = calloc(image.size / w.block / 8 + 1, 1);
    w.starts     = calloc(image.size / w.block / 8 + 1, 1);
    bool joliet  = false;
    if (w.seen != NULL && w.starts != NULL) {
        claim_system_area(&w);
        walk_descriptors(&w, &joliet);
    } else {
        w.failed = true;
    }
    free(w.seen);
    free(w.starts);
    free(w.queue);
    if (w.failed) {
        free(w.files);
        return status_fail(STATUS_MEMORY, "iso9660", 0, "out of memory for the directories");
    }
    sink_fact(sink, "iso9660.extensions", w.rock_ridge && joliet ? "Rock Ridge, Joliet" : w.rock_ridge ? "Rock Ridge" : joliet ? "Joliet" : "none");
    bool             with_rock_ridge = w.rock_ridge && !w.chain_loops;
    archive_source_t source          = {
        .format = "iso9660", .enable = archive_read_support_format_iso9660, .options = w.chain_loops ? "iso9660:!rockridge" : NULL,
        .traits = ARCHIVE_TRAIT_HARD_LINKS | ARCHIVE_TRAIT_INDEPENDENT | (with_rock_ridge ? ARCHIVE_TRAIT_MODE | ARCHIVE_TRAIT_OWNER : 0),
    };
    (void)archive_extract(image, sink, &source);
    if (w.file_count > 0)
        qsort(w.files, w.file_count, sizeof *w.files, by_place);
    status_t status = udf_show_beside(whole, sink, is_file, &w);
    show_apple_partitions(whole, sink);
    show_partitions(&w, whole, sink);
    free(w.files);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {MAGIC("CD001", DESCRIPTORS_AT + 1)};

const extractor_t iso9660_extractor = {
    .id = "iso9660", .name = "ISO 9660", .specification = "ECMA-119; IEEE P1281 and P1282; Joliet Specification; El Torito 1.0", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = iso_probe, .extent = iso_extent, .extract = iso_extract,
};
