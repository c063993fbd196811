/* exFAT. Little-endian: a boot region of 12 sectors (boot sector; extended boot sectors; OEM parameters; a sector that repeats the
 * checksum of the 11 before it), the same once more, one or two file allocation tables with 32 bits a cluster, and clusters, counted from
 * 2. Everything else is found in the root directory: entries of 32 bytes, of which 0x81 is the bitmap of used clusters, 0x82 the table
 * of upper-case letters, 0x83 the label, and a file is a set: 0x85 (attributes, times, a checksum over the set), 0xC0 (sizes, first
 * cluster, hash of the name in upper case) and 0xC1 (15 units of the name each). A file whose clusters follow each other has no chain in
 * the table. What lies behind the valid length of a file reads as zeros. Without bit 7 of its type an entry is deleted.
 * Source: Microsoft, "exFAT file system specification" (2019). */
#include "base/buffer.h"
#include "base/grow.h"
#include "extractors/archive_common.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"
#include "extractors/utf16.h"

#include <stdio.h>
#include <stdlib.h>

enum { BOOT_SECTORS = 12, BOOT_SIZE = 512, SIGNATURE_AT = 510, ENTRY = 32, NAME_UNITS = 15, SET_MAX = 19, UPCASE_LETTERS = 65536, NOTES_MAX = 100 };
enum { TYPE_BITMAP = 0x81, TYPE_UPCASE = 0x82, TYPE_LABEL = 0x83, TYPE_FILE = 0x85, TYPE_STREAM = 0xC0, TYPE_NAME = 0xC1, IN_USE = 0x80 };
enum { FLAG_ALLOCATED = 1, FLAG_CONTIGUOUS = 2, ATTRIBUTE_DIRECTORY = 0x10, CROSSINGS_PER_CLUSTER = 8, CROSSINGS_FREE = 65536 };
#define LAST_CLUSTER 0xFFFFFFF8u

typedef struct {
    uint64_t sectors, fat_at, fat_size, heap_at;
    uint32_t sector, cluster, clusters, root, serial, fats, active;
    uint16_t revision, flags;
} exfat_boot_t;

typedef struct { exfat_boot_t boot; unsigned bits; uint64_t at; bool checksum; } boot_candidate_t;

typedef struct {
    uint64_t    at, size, valid, name_at;
    int64_t     mtime;
    uint32_t    first, parent, name_size;
    bool        directory, contiguous, deleted, apart, has_mtime;
    const char *what;
} object_t;

typedef struct {
    span_t       image;
    sink_t      *sink;
    exfat_boot_t boot;
    uint8_t     *held;           /* a bit a cluster: something has it */
    uint32_t     reachable;      /* clusters with a bit in `held` */
    uint64_t     crossings;
    object_t    *objects;        /* 0: the root */
    size_t       count, capacity;
    buffer_t     names, path;
    uint16_t    *upcase;         /* NULL: no such table could be read, names are not checked */
    object_t     bitmap;         /* size 0: none */
    unsigned     notes;
    bool         has_label, no_memory;
} exfat_t;

/* ---- the boot region ---- */

static uint32_t add_to_checksum(uint32_t sum, uint8_t byte) { return (sum << 31 | sum >> 1) + byte; }

/* Over eleven sectors, without the flags and the share in use, which change while it is mounted. */
static bool region_agrees(span_t image, uint64_t at, uint32_t sector)
{
    span_t   region = span_sub(image, at, (uint64_t)sector * BOOT_SECTORS);
    uint32_t sum    = 0;
    if (region.at == NULL)
        return false;
    for (size_t i = 0; i < (size_t)sector * (BOOT_SECTORS - 1); i++)
        if (i != 106 && i != 107 && i != 112)
            sum = add_to_checksum(sum, region.at[i]);
    reader_t r = reader_at(region, (uint64_t)sector * (BOOT_SECTORS - 1));
    return read_le32(&r) == sum;
}

static bool read_boot(span_t sector, exfat_boot_t *b)
{
    if (!span_has_text_at(sector, 3, "EXFAT   ") || !span_is_filled_with(span_sub(sector, 11, 53), 0))
        return false;
    reader_t r = reader_at(sector, 72);
    *b         = (exfat_boot_t){.sectors = read_le64(&r)};
    uint64_t fat = read_le32(&r), fat_sectors = read_le32(&r), heap = read_le32(&r);
    b->clusters  = read_le32(&r);
    b->root      = read_le32(&r);
    b->serial    = read_le32(&r);
    b->revision  = read_le16(&r);
    b->flags     = read_le16(&r);
    unsigned sector_shift = read_u8(&r), cluster_shift = read_u8(&r);
    b->fats = read_u8(&r);
    if (!reader_ok(&r) || sector_shift < 9 || sector_shift > 12 || cluster_shift > 25 - sector_shift || b->fats < 1 || b->fats > 2 || b->clusters == 0
        || b->clusters > LAST_CLUSTER - 16 || b->root < 2 || b->root - 2 >= b->clusters || b->sectors > UINT64_MAX >> sector_shift)
        return false;
    b->sector   = UINT32_C(1) << sector_shift;
    b->cluster  = b->sector << cluster_shift;
    b->fat_at   = fat << sector_shift;
    b->fat_size = fat_sectors << sector_shift;
    b->heap_at  = heap << sector_shift;
    b->active   = b->fats == 2 && (b->flags & 1) != 0;
    return fat >= 2 * BOOT_SECTORS && b->fat_size / 4 >= (uint64_t)b->clusters + 2 && heap >= fat + fat_sectors * b->fats
        && heap + ((uint64_t)b->clusters << cluster_shift) <= b->sectors;
}

static boot_candidate_t weigh(span_t image, uint64_t at)
{
    boot_candidate_t found  = {.at = at};
    span_t           sector = span_sub(image, at, BOOT_SIZE);
    if (sector.at == NULL || !read_boot(sector, &found.boot))
        return found;
    found.checksum = region_agrees(image, at, found.boot.sector);
    found.bits     = 64u + 32u + (span_has_text_at(sector, SIGNATURE_AT, "\x55\xAA") ? 16u : 0u) + (found.checksum ? 32u : 0u);
    return found;
}

static boot_candidate_t best_boot(span_t image)
{
    boot_candidate_t best = weigh(image, 0);
    for (uint32_t sector = 512; !best.checksum && sector <= 4096; sector *= 2) {
        boot_candidate_t copy = weigh(image, (uint64_t)sector * BOOT_SECTORS);
        if (copy.checksum && copy.boot.sector == sector)
            best = copy;
    }
    return best;
}

static unsigned exfat_probe(span_t image) { return best_boot(image).bits; }

static uint64_t exfat_extent(span_t image)
{
    boot_candidate_t found = best_boot(image);
    return found.bits == 0 ? 0 : min_u64(found.boot.sectors * found.boot.sector, image.size);
}

/* ---- clusters ---- */

static void note(exfat_t *fs, uint64_t at, const char *what)
{
    if (fs->notes++ < NOTES_MAX)
        sink_note(fs->sink, at, what);
}

static bool is_cluster(const exfat_t *fs, uint32_t cluster) { return cluster >= 2 && cluster - 2 < fs->boot.clusters; }
/* Does the cluster begin inside the image? */
static bool is_here(const exfat_t *fs, uint32_t cluster) { return cluster >= 2 && cluster - 2 < fs->reachable; }
static uint64_t cluster_at(const exfat_t *fs, uint32_t cluster) { return fs->boot.heap_at + (uint64_t)(cluster - 2) * fs->boot.cluster; }
static uint64_t entry_at(const exfat_t *fs, uint32_t cluster)
{
    return fs->boot.fat_at + fs->boot.active * fs->boot.fat_size + (uint64_t)cluster * 4;
}

static uint32_t next_of(const exfat_t *fs, const object_t *object, uint32_t cluster)
{
    reader_t r = reader_at(fs->image, entry_at(fs, cluster));
    return object->contiguous ? cluster + 1 : read_le32(&r);
}

/* Marks a cluster as held; false when it was. */
static bool hold(exfat_t *fs, uint32_t cluster)
{
    uint32_t i = cluster - 2;
    if (i >= fs->reachable)
        return true; /* behind the end of the image */
    bool free = (fs->held[i / 8] >> i % 8 & 1) == 0;
    fs->held[i / 8] |= (uint8_t)(1 << i % 8);
    return free;
}

/* Is the cluster free by the bitmap of used clusters? */
static bool is_free(const exfat_t *fs, uint32_t cluster)
{
    uint64_t byte = (cluster - 2) / 8;
    if (!is_cluster(fs, cluster) || byte >= fs->bitmap.size)
        return false;
    reader_t r = reader_at(fs->image, cluster_at(fs, fs->bitmap.first) + byte);
    uint8_t  b = read_u8(&r);
    return reader_ok(&r) && (b >> (cluster - 2) % 8 & 1) == 0;
}

/* ---- content ---- */

static status_t write_deleted(exfat_t *fs, const object_t *object, fs_content_t *content)
{
    uint32_t cluster = object->first;
    uint64_t steps   = 0;
    while (!fs_content_full(content) && is_free(fs, cluster) && is_here(fs, cluster) && steps++ < fs->reachable
        && ++fs->crossings < (uint64_t)fs->reachable * CROSSINGS_PER_CLUSTER + CROSSINGS_FREE) {
        uint64_t valid = min_u64(object->valid - min_u64(object->valid, content->done), fs->boot.cluster);
        fs_content_run(content, cluster_at(fs, cluster), valid);
        fs_content_hole(content, fs->boot.cluster - valid);
        cluster = next_of(fs, object, cluster);
    }
    if (!fs_content_full(content)) {
        note(fs, object->at, "the clusters of a deleted file were used again: its content is cut");
        content->size = content->done;
    }
    return fs_content_end(content);
}

static status_t write_object(void *context, uint64_t number, child_t *child)
{
    exfat_t        *fs      = context;
    const object_t *object  = &fs->objects[number];
    uint32_t        next    = object->first;
    uint64_t        at      = object->at, steps = 0;
    bool            crossed = false;
    fs_content_t    content;
    fs_content_begin(&content, child, fs->image, object->size);
    if (object->deleted)
        return write_deleted(fs, object, &content);
    for (; !fs_content_full(&content) && content.done < object->valid; steps++) {
        const char *why = next >= LAST_CLUSTER ? "its chain of clusters ends before its size: the content is cut"
                        : !is_cluster(fs, next) ? "its chain of clusters leads out of the volume: the content is cut"
                        : !is_here(fs, next) ? "data blocks lie behind the end of the image: the content is cut there"
                        : steps >= fs->reachable ? "its chain of clusters runs in a circle: the content is cut" : NULL;
        bool held = why == NULL && !hold(fs, next);
        if (held && ++fs->crossings > (uint64_t)fs->reachable * CROSSINGS_PER_CLUSTER + CROSSINGS_FREE)
            why = "too many chains of clusters cross: the content is cut";
        if (why != NULL)
            return fs_content_end_lost(&content, at, why);
        if (held && !crossed)
            child_damage(child, cluster_at(fs, next), fs->boot.cluster, "another file, or an earlier part of this one, holds the same clusters");
        crossed = crossed || held;
        fs_content_run(&content, cluster_at(fs, next), min_u64(fs->boot.cluster, object->valid - content.done));
        at   = entry_at(fs, next);
        next = next_of(fs, object, next);
    }
    /* The rest of the clusters is the file's, and reads as zeros: what stands there is nobody's. */
    return fs_content_end(&content);
}

/* ---- directories ---- */

typedef struct {
    exfat_t   *fs;
    fs_tree_t *tree;
    uint32_t   directory;
    bool       deleted, ended;
    uint8_t    set[SET_MAX * ENTRY];
    uint64_t   set_at;
    size_t     held, wanted;   /* entries of the set in hand */
} listing_t;

static bool add_object(exfat_t *fs, object_t object)
{
    if (!grow((void **)&fs->objects, fs->count, &fs->capacity, sizeof *fs->objects)) {
        fs->no_memory = true;
        return false;
    }
    fs->objects[fs->count++] = object;
    return true;
}

static uint16_t set_checksum(const uint8_t *set, size_t size, bool deleted)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = deleted && i % ENTRY == 0 ? set[i] | IN_USE : set[i];
        if (i != 2 && i != 3)
            sum = (((sum << 15) | (sum >> 1)) & 0xFFFF) + byte;
        sum &= 0xFFFF;
    }
    return (uint16_t)sum;
}

static uint16_t name_hash(const exfat_t *fs, span_t units)
{
    uint32_t hash = 0;
    for (size_t i = 0; i + 2 <= units.size; i += 2) {
        uint16_t c = fs->upcase[units.at[i] | units.at[i + 1] << 8];
        hash       = ((hash << 15 | hash >> 1) + (c & 0xFF)) & 0xFFFF;
        hash       = ((hash << 15 | hash >> 1) + (c >> 8)) & 0xFFFF;
    }
    return (uint16_t)hash;
}

/* Modified: date and time as DOS has them, 10 ms more, and quarters of an hour east of Greenwich when bit 7 says so. */
static void set_time(object_t *object, span_t set)
{
    reader_t r    = reader_at(set, 12);
    uint16_t time = read_le16(&r), date = read_le16(&r);
    r             = reader_at(set, 21);
    uint8_t hundredths = read_u8(&r);
    reader_skip(&r, 1);
    uint8_t zone   = read_u8(&r);
    int     offset = (zone & 0x80) == 0 ? 0 : (zone & 0x40) != 0 ? (zone & 0x7F) - 128 : zone & 0x7F;
    object->has_mtime = date != 0;
    object->mtime     = archive_dos_time(date, time) + hundredths / 100 - offset * 15 * 60;
}

static const char *check_set(const exfat_t *fs, span_t set, span_t units, bool deleted)
{
    reader_t r     = reader_at(set, 2);
    uint16_t sum   = read_le16(&r);
    r              = reader_at(set, ENTRY + 4);
    uint16_t named = read_le16(&r);
    if (sum != set_checksum(set.at, set.size, deleted))
        return "the checksum of its set of entries does not agree";
    if (fs->upcase != NULL && named != name_hash(fs, units))
        return "the hash of its name does not agree: systems may not find it";
    return NULL;
}

/* The set in hand is complete: a file. */
static bool take_set(listing_t *l)
{
    exfat_t *fs  = l->fs;
    span_t   set = span_from(l->set, l->held * ENTRY);
    reader_t r   = reader_at(set, ENTRY + 1);
    uint8_t  flags = read_u8(&r);
    reader_skip(&r, 1);
    size_t   length = read_u8(&r) * (size_t)2;
    object_t object = {.at = l->set_at, .parent = l->directory, .contiguous = (flags & FLAG_CONTIGUOUS) != 0,
        .directory = (l->set[4] & ATTRIBUTE_DIRECTORY) != 0,
                       .deleted = l->deleted || (l->set[0] & IN_USE) == 0};
    object.apart    = object.deleted && !l->deleted;
    reader_skip(&r, 4);
    object.valid = read_le64(&r);
    reader_skip(&r, 4);
    object.first = read_le32(&r);
    object.size  = read_le64(&r);
    object.valid = min_u64(object.valid, object.size);
    uint8_t units[SET_MAX * NAME_UNITS * 2];
    size_t  have = 0;
    for (size_t i = 2; i < l->held; i++, have += NAME_UNITS * 2)
        memcpy(units + have, l->set + i * ENTRY + 2, NAME_UNITS * 2);
    span_t name = span_clip(span_from(units, have), 0, length);
    l->held     = 0;
    set_time(&object, set);
    object.what = check_set(fs, set, name, (set.at[0] & IN_USE) == 0);
    if (object.apart && (!sink_wants_deleted(fs->sink) || object.what != NULL))
        return true; /* of what was deleted, parts may have been written over */
    if (name.size < length)
        object.what = "its name is cut short";
    object.name_at = fs->names.size;
    utf16le_append(&fs->names, name);
    object.name_size = (uint32_t)(fs->names.size - object.name_at);
    if (fs->names.failed || !add_object(fs, object))
        return false;
    return object.apart || fs_tree_entry(l->tree, span_sub(buffer_span(&fs->names), object.name_at, object.name_size), fs->count - 1);
}

static void break_set(listing_t *l)
{
    if (l->held > 0 && (l->set[0] & IN_USE) != 0 && !l->deleted)
        sink_damage(l->fs->sink, l->set_at, l->held * ENTRY, "a file's set of entries is not complete");
    l->held = 0;
}

static void take_label(exfat_t *fs, const uint8_t *entry)
{
    buffer_t text = {0};
    span_t   all  = span_from(entry + 2, 22);
    utf16le_append(&text, span_clip(all, 0, entry[1] * UINT64_C(2)));
    buffer_append_byte(&text, 0);
    if (!text.failed && text.size > 1)
        sink_fact(fs->sink, "exfat.label", (const char *)text.at);
    buffer_free(&text);
}

static bool take_entry(listing_t *l, const uint8_t *entry, uint64_t at)
{
    uint8_t type = entry[0], kind = type | IN_USE;
    if (kind == TYPE_FILE && entry[1] >= 2 && entry[1] < SET_MAX) {
        break_set(l);
        l->set_at = at;
        l->wanted = entry[1] + (size_t)1;
    } else if (l->held > 0 && kind == (l->held == 1 ? TYPE_STREAM : TYPE_NAME) && (type & IN_USE) == (l->set[0] & IN_USE)) {
        /* goes on */
    } else if (l->held >= 3 && kind >= TYPE_NAME && (type & IN_USE) == (l->set[0] & IN_USE)) {
        l->wanted--; /* an entry of some vendor, which systems pass over */
        return l->held < l->wanted || take_set(l);
    } else {
        break_set(l);
        if (type == TYPE_LABEL && l->directory == 0 && entry[1] <= 11)
            take_label(l->fs, entry);
        return true;
    }
    memcpy(l->set + l->held++ * ENTRY, entry, ENTRY);
    return l->held < l->wanted || take_set(l);
}

static bool take_entries(listing_t *l, uint64_t at, uint64_t length)
{
    span_t part = span_clip(l->fs->image, at, length);
    sink_claim(l->fs->sink, at, part.size, REGION_STRUCTURE);
    if (part.size < length)
        sink_damage(l->fs->sink, at + part.size, 0, "a directory lies behind the end of the image");
    for (size_t i = 0; i + ENTRY <= part.size; i += ENTRY) {
        if (part.at[i] == 0) {
            l->ended = true;
            break_set(l);
            continue;
        }
        if (l->ended && (part.at[i] & IN_USE) != 0)
            note(l->fs, at + i, "entries stand behind the end of a directory");
        if (!take_entry(l, part.at + i, at + i))
            return false;
    }
    return true;
}

static void list(void *context, uint64_t number, fs_tree_t *tree)
{
    exfat_t       *fs        = context;
    const object_t directory = fs->objects[number];
    listing_t      l         = {.fs = fs, .tree = tree, .directory = (uint32_t)number, .deleted = directory.deleted};
    uint64_t       done      = 0;
    const char    *what      = NULL;
    for (uint32_t next = directory.first; what == NULL && (number == 0 || done < directory.size); done += fs->boot.cluster) {
        if (next >= LAST_CLUSTER && done > 0) {
            what = number == 0 ? NULL : "a directory's chain of clusters ends before its size";
            break;
        }
        if (directory.deleted && !is_free(fs, next))
            break;
        if (!is_here(fs, next))
            what = is_cluster(fs, next) ? "a directory lies behind the end of the image" : "a directory's chain of clusters leads out of the volume";
        else if (!hold(fs, next))
            what = "a directory holds the clusters of something else, or runs in a circle: it was not read from there on";
        else if (!take_entries(&l, cluster_at(fs, next), fs->boot.cluster))
            return;
        else
            next = next_of(fs, &directory, next);
    }
    break_set(&l);
    if (what != NULL && !directory.deleted)
        sink_damage(fs->sink, directory.at, ENTRY, what);
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    const exfat_t  *fs     = context;
    const object_t *object = &fs->objects[number];
    info->type             = object->directory ? CHILD_DIRECTORY : CHILD_FILE;
    info->has_mtime        = object->has_mtime;
    info->mtime            = object->mtime;
    *damage                = (fs_damage_t){object->at, ENTRY, object->what};
    return true;
}

static const fs_operations_t operations = {.format = "exfat", .read = read_object, .list = list, .write = write_object};

/* ---- what the root directory says of the volume ---- */

/* Where a table stands and how long it is: the last twelve bytes of its entry. */
static object_t table_of(const uint8_t *entry)
{
    reader_t r     = reader_at(span_from(entry, ENTRY), 20);
    object_t table = {.first = read_le32(&r)};
    table.size     = read_le64(&r);
    return table;
}

/* Claims the clusters of a table; its content when they stand in one run, else {NULL, 0}. */
static span_t table_content(exfat_t *fs, const object_t *table)
{
    uint32_t next = table->first;
    bool     one  = true;
    for (uint64_t done = 0; done < table->size && is_cluster(fs, next) && hold(fs, next); done += fs->boot.cluster) {
        uint64_t at = cluster_at(fs, next), length = min_u64(fs->boot.cluster, table->size - done);
        sink_claim(fs->sink, at, span_clip(fs->image, at, length).size, REGION_STRUCTURE);
        uint32_t after = next_of(fs, table, next);
        one            = one && (done + length >= table->size || after == next + 1);
        next           = after;
    }
    return one && is_cluster(fs, table->first) ? span_sub(fs->image, cluster_at(fs, table->first), table->size) : (span_t){NULL, 0};
}

/* Pairs of 0xFFFF and a count stand for letters that are their own upper case. */
static bool expand_upcase(exfat_t *fs, span_t table)
{
    fs->upcase = malloc(UPCASE_LETTERS * sizeof *fs->upcase);
    reader_t r = reader_from(table);
    size_t   i = 0;
    while (fs->upcase != NULL && i < UPCASE_LETTERS && reader_left(&r) >= 2) {
        uint16_t letter = read_le16(&r);
        if (letter == 0xFFFF && reader_left(&r) >= 2)
            for (size_t skip = read_le16(&r); skip > 0 && i < UPCASE_LETTERS; skip--, i++)
                fs->upcase[i] = (uint16_t)i;
        else
            fs->upcase[i++] = letter;
    }
    for (; fs->upcase != NULL && i < UPCASE_LETTERS; i++)
        fs->upcase[i] = (uint16_t)i;
    return fs->upcase != NULL;
}

static bool take_upcase(exfat_t *fs, const uint8_t *entry)
{
    reader_t r    = reader_from(span_from(entry, ENTRY));
    reader_skip(&r, 4);
    uint32_t sum  = read_le32(&r), real = 0;
    object_t table = table_of(entry);
    span_t   bytes = table_content(fs, &table);
    if (bytes.at == NULL || bytes.size > UPCASE_LETTERS * 4) {
        sink_damage(fs->sink, cluster_at(fs, table.first), 0, "the table of upper-case letters cannot be read: names were not checked");
        return true;
    }
    for (size_t i = 0; i < bytes.size; i++)
        real = add_to_checksum(real, bytes.at[i]);
    if (real != sum) {
        sink_damage(fs->sink, cluster_at(fs, table.first), table.size,
            "the checksum of the table of upper-case letters does not agree: names were not checked");
        return true;
    }
    return expand_upcase(fs, bytes);
}

/* Looks in the root for the tables, before any name is read. */
static bool read_tables(exfat_t *fs)
{
    object_t root  = {.first = fs->boot.root};
    bool     bits  = false, letters = false;
    uint64_t steps = 0;
    for (uint32_t next = root.first; is_cluster(fs, next) && steps < fs->reachable; next = next_of(fs, &root, next), steps++) {
        span_t part = span_clip(fs->image, cluster_at(fs, next), fs->boot.cluster);
        for (size_t i = 0; i + ENTRY <= part.size; i += ENTRY) {
            const uint8_t *entry = part.at + i;
            if (entry[0] == TYPE_BITMAP && (entry[1] & 1) == fs->boot.active) {
                fs->bitmap = table_of(entry);
                if (table_content(fs, &fs->bitmap).at == NULL)
                    fs->bitmap.size = 0;
                bits = true;
            } else if (entry[0] == TYPE_BITMAP) {
                object_t other = table_of(entry);
                (void)table_content(fs, &other);
            } else if (entry[0] == TYPE_UPCASE && !letters) {
                letters = true;
                if (!take_upcase(fs, entry))
                    return false;
            }
        }
    }
    if (!bits || fs->bitmap.size == 0)
        sink_damage(fs->sink, cluster_at(fs, fs->boot.root), fs->boot.cluster, "the bitmap of used clusters cannot be read");
    if (!letters)
        sink_damage(fs->sink, cluster_at(fs, fs->boot.root), fs->boot.cluster, "no table of upper-case letters: names were not checked");
    return true;
}

/* ---- extraction ---- */

static void say_facts(const exfat_t *fs)
{
    const exfat_boot_t *b = &fs->boot;
    sink_fact_printf(fs->sink, "exfat.version", "%u.%u", (unsigned)b->revision >> 8, (unsigned)b->revision & 0xFF);
    sink_fact_printf(fs->sink, "exfat.serial", "%04X-%04X", b->serial >> 16, b->serial & 0xFFFF);
    sink_fact_printf(fs->sink, "exfat.cluster_size", "%u", b->cluster);
    if ((b->flags & 2) != 0)
        sink_fact(fs->sink, "exfat.dirty", "yes");
    if ((b->flags & 4) != 0)
        sink_fact(fs->sink, "exfat.media_failure", "yes");
}

#define COPY_USED "the boot region is damaged: its copy was used"
#define NO_CHECKSUM "the checksum of the boot region does not agree"

static void claim_boot(exfat_t *fs, const boot_candidate_t *found)
{
    uint64_t region = (uint64_t)fs->boot.sector * BOOT_SECTORS;
    for (unsigned i = 0; i < 2; i++) {
        boot_candidate_t copy = weigh(fs->image, i * region);
        if (copy.bits > 0)
            sink_claim(fs->sink, i * region, min_u64(region, span_from_offset(fs->image, i * region).size), REGION_STRUCTURE);
        if (!copy.checksum && fs->image.size >= (i + 1) * region)
            sink_damage(fs->sink, i * region, region, i == 1 ? "the copy of the boot region is damaged" : found->at != 0 ? COPY_USED : NO_CHECKSUM);
    }
    uint64_t used = ((uint64_t)fs->boot.clusters + 2) * 4;
    for (uint32_t i = 0; i < fs->boot.fats; i++) {
        uint64_t at = fs->boot.fat_at + i * fs->boot.fat_size;
        sink_claim(fs->sink, at, span_clip(fs->image, at, used).size, REGION_STRUCTURE);
    }
}

static void append_path(exfat_t *fs, size_t number)
{
    uint32_t chain[FS_DEPTH_MAX];
    size_t   depth = 0;
    for (size_t at = number; at != 0 && depth < FS_DEPTH_MAX; at = fs->objects[at].parent)
        chain[depth++] = (uint32_t)at;
    fs->path.size = 0;
    buffer_append_text(&fs->path, FS_DELETED_PATH);
    while (depth-- > 0 && fs->path.size < PATH_BYTES_MAX) {
        const object_t *object = &fs->objects[chain[depth]];
        for (size_t i = 0; i < object->name_size; i++)
            if (fs->names.at[object->name_at + i] == '/')
                buffer_append_text(&fs->path, "%2F");
            else
                buffer_append_byte(&fs->path, fs->names.at[object->name_at + i]);
        if (depth > 0)
            buffer_append_byte(&fs->path, '/');
    }
}

/* Clusters that the bitmap counts as used and that nothing led to: told, and left as they are. */
static void find_lost(exfat_t *fs)
{
    uint64_t lost = 0, at = 0;
    for (uint32_t i = 0; i < fs->reachable && fs->bitmap.size > 0; i++) {
        bool   held  = (fs->held[i / 8] >> i % 8 & 1) != 0;
        span_t bytes = span_clip(fs->image, cluster_at(fs, i + 2), fs->boot.cluster);
        if (held || span_is_filled_with(bytes, 0) || is_free(fs, i + 2))
            continue;
        if (lost++ == 0)
            at = cluster_at(fs, i + 2);
    }
    if (lost > 0)
        sink_note(fs->sink, at, "clusters are marked as used and hold data that no file leads to");
}

static status_t walk(exfat_t *fs)
{
    fs_tree_t *tree   = fs_tree_new(fs->sink, &operations, fs);
    bool       ready  = tree != NULL && add_object(fs, (object_t){.first = fs->boot.root, .directory = true});
    status_t   status = ready ? fs_tree_walk(tree, 0) : status_fail(STATUS_MEMORY, "exfat", 0, "out of memory");
    if (status_ok(status))
        find_lost(fs);
    for (size_t i = 1; i < fs->count && status_ok(status); i++) {
        if (!fs->objects[i].apart)
            continue;
        append_path(fs, i);
        status = fs->path.failed ? status_fail(STATUS_MEMORY, "exfat", 0, "out of memory") : fs_tree_show(tree, buffer_span(&fs->path), i);
    }
    fs_tree_free(tree);
    return status_ok(status) && fs->no_memory ? status_fail(STATUS_MEMORY, "exfat", 0, "out of memory") : status;
}

static status_t exfat_extract(span_t image, sink_t *sink)
{
    boot_candidate_t found = best_boot(image);
    if (found.bits == 0)
        return status_fail(STATUS_REJECTED, "exfat", 0, "not an exFAT boot sector");
    exfat_t  fs  = {.image = image, .sink = sink, .boot = found.boot};
    uint64_t end = fs.boot.sectors * fs.boot.sector;
    if (end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the file system does");
    fs.image     = span_clip(image, 0, end);
    fs.reachable = (uint32_t)min_u64(fs.boot.clusters, fs.boot.heap_at < fs.image.size ? (fs.image.size - fs.boot.heap_at) / fs.boot.cluster + 1 : 0);
    fs.held      = calloc(fs.reachable / 8 + 1, 1);
    claim_boot(&fs, &found);
    say_facts(&fs);
    status_t status = fs.held != NULL && read_tables(&fs) ? walk(&fs) : status_fail(STATUS_MEMORY, "exfat", 0, "out of memory");
    free(fs.held);
    free(fs.objects);
    free(fs.upcase);
    buffer_free(&fs.names);
    buffer_free(&fs.path);
    return status;
}

static const magic_t magics[] = {MAGIC("EXFAT   ", 3), MAGIC("EXFAT   ", 512 * BOOT_SECTORS + 3), MAGIC("EXFAT   ", 4096 * BOOT_SECTORS + 3)};

const extractor_t exfat_extractor = {
    .id = "exfat", .name = "exFAT", .specification = "Microsoft, \"exFAT file system specification\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = exfat_probe, .extent = exfat_extent, .extract = exfat_extract,
};
