/* Directories of a FAT volume: slots of 32 bytes. A short entry has a name of 8 + 3 bytes in the code page of whoever made it (kept
 * as they are), attributes at 11, flags for lower case at 12, time and date of the last change at 22, the first cluster at 26 and
 * (FAT32, upper half) 20, the size at 28. Slots with the attributes 0x0F before it hold parts of a long name, the last part first:
 * number (0x40: the last), 13 units of UTF-16 in three runs, and a checksum of the short name. A first byte of 0xE5: deleted; 0: nothing
 * follows, which Linux does not mind. Times are taken as UTC: the format does not say. */
#include "extractors/archive_common.h"
#include "extractors/fat.h"
#include "extractors/utf16.h"

#include "base/grow.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLOT = 32, PART = 26, PARTS_MAX = 20, NOTES_MAX = 100 };
enum { ATTRIBUTE_LABEL = 0x08, ATTRIBUTE_DIRECTORY = 0x10, ATTRIBUTE_LONG = 0x0F, ATTRIBUTE_MASK = 0x3F };
enum { DELETED = 0xE5, LOWER_BASE = 0x08, LOWER_EXTENSION = 0x10 };

/* Parts of a long name, in the order of their slots. */
typedef struct { uint8_t parts[PARTS_MAX][PART]; size_t count; uint8_t checksum, expected; bool deleted; } long_name_t;

typedef struct {
    fat_t      *fs;
    fs_tree_t  *tree;
    uint32_t    directory;
    bool        deleted;                  /* the directory is, so that everything in it is */
    bool        ended, told_end, told_orphan;
    long_name_t name;
} listing_t;

void fat_note(fat_t *fs, uint64_t at, const char *what)
{
    if (fs->notes++ < NOTES_MAX)
        sink_note(fs->sink, at, what);
}

/* ---- names ---- */

static uint8_t checksum_of(const uint8_t *name)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < 11; i++)
        sum = (uint8_t)((sum >> 1 | sum << 7) + name[i]);
    return sum;
}

static void add_part(long_name_t *name, const uint8_t *slot)
{
    bool deleted = slot[0] == DELETED;
    uint8_t number = slot[0] & 0x3F;
    bool goes_on = name->count > 0 && name->count < PARTS_MAX && name->checksum == slot[13] && name->deleted == deleted
                && (deleted || ((slot[0] & 0x40) == 0 && number + 1 == name->expected));
    if (!goes_on) {
        name->count = 0;
        if (!deleted && ((slot[0] & 0x40) == 0 || number == 0 || number > PARTS_MAX)) {
            name->expected = UINT8_MAX;
            return;
        }
    }
    name->checksum = slot[13];
    name->deleted  = deleted;
    name->expected = number;
    uint8_t *part  = name->parts[name->count++];
    memcpy(part, slot + 1, 10);
    memcpy(part + 10, slot + 14, 12);
    memcpy(part + 22, slot + 28, 4);
}

static void append_long_name(const long_name_t *name, buffer_t *out)
{
    uint8_t units[PARTS_MAX * PART];
    for (size_t i = 0; i < name->count; i++)
        memcpy(units + i * PART, name->parts[name->count - 1 - i], PART);
    span_t all = span_from(units, name->count * PART);
    utf16le_append(out, span_clip(all, 0, utf16le_length(all)));
}

/* "NAME    TXT" as "NAME.TXT". */
static void append_short_name(const uint8_t *name, uint8_t flags, buffer_t *out)
{
    size_t base = 8, extension = 3;
    while (base > 0 && name[base - 1] == ' ')
        base--;
    while (extension > 0 && name[8 + extension - 1] == ' ')
        extension--;
    for (size_t i = 0; i < base + extension; i++) {
        bool    in_base = i < base, lower = (flags & (in_base ? LOWER_BASE : LOWER_EXTENSION)) != 0;
        uint8_t c       = name[in_base ? i : 8 + i - base];
        if (i == base)
            buffer_append_byte(out, '.');
        buffer_append_byte(out, lower && c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c);
    }
}

/* The first letter of a deleted file's short name is gone, but the checksum with its long name still knows it. */
static uint8_t first_letter(const uint8_t *name, uint8_t checksum)
{
    uint8_t copy[11];
    memcpy(copy, name, sizeof copy);
    for (unsigned letter = 0x20; letter < 0x100; letter++) {
        copy[0] = (uint8_t)letter;
        if (checksum_of(copy) == checksum)
            return (uint8_t)letter;
    }
    return '_';
}

static void append_name(listing_t *l, const uint8_t *slot, uint64_t at, bool deleted, buffer_t *out)
{
    const long_name_t *name = &l->name;
    uint8_t            kept[11];
    memcpy(kept, slot, sizeof kept);
    if (kept[0] == 0x05)
        kept[0] = DELETED; /* a letter of some code pages */
    bool complete = name->count > 0 && name->deleted == deleted;
    if (complete && !deleted)
        complete = name->expected == 1 && name->checksum == checksum_of(slot);
    if (!complete && !deleted && (name->count > 0 || name->expected == UINT8_MAX) && !l->told_orphan) {
        fat_note(l->fs, at, "parts of a long name belong to no file");
        l->told_orphan = true;
    }
    if (complete) {
        append_long_name(name, out);
        return;
    }
    if (deleted)
        kept[0] = name->count > 0 && name->deleted ? first_letter(slot, name->checksum) : '_';
    append_short_name(kept, slot[12], out);
}

/* ---- entries ---- */

static bool add_object(fat_t *fs, fat_object_t object)
{
    if (!grow((void **)&fs->objects, fs->count, &fs->capacity, sizeof *fs->objects)) {
        fs->no_memory = true;
        return false;
    }
    fs->objects[fs->count++] = object;
    return true;
}

static bool is_name_byte(uint8_t c) { return c >= 0x20 && c != 0x7F && memchr("\"*+,/:;<=>?[\\]|", c, 15) == NULL && !(c >= 'a' && c <= 'z'); }

/* Behind the end of a directory there may be anything: only what can hardly be something else counts as an entry. */
static bool is_plausible(const fat_t *fs, const uint8_t *slot, const fat_object_t *object)
{
    for (size_t i = slot[0] == DELETED; i < 11; i++)
        if (!is_name_byte(slot[i]))
            return false;
    bool sized = object->kind == FAT_DIRECTORY ? object->size == 0 : object->size > 0;
    return slot[0] != ' ' && (slot[11] & ~ATTRIBUTE_MASK) == 0 && (slot[12] & ~(LOWER_BASE | LOWER_EXTENSION)) == 0 && sized
        && fat_is_cluster(fs, object->first)
        && (slot[0] == DELETED || fat_next(fs, fs->boot.active, object->first) != FAT_FREE);
}

static fat_object_t object_from(const listing_t *l, const uint8_t *slot, uint64_t at)
{
    reader_t     r      = reader_from(span_from(slot, SLOT));
    fat_object_t object = {.at = at, .parent = l->directory, .kind = (slot[11] & ATTRIBUTE_DIRECTORY) != 0 ? FAT_DIRECTORY : FAT_FILE};
    reader_skip(&r, 20);
    uint32_t high = read_le16(&r);
    reader_skip(&r, 4);
    object.first   = read_le16(&r) | (l->fs->boot.width == 32 ? high << 16 & 0x0FFF0000 : 0);
    object.size    = read_le32(&r);
    object.deleted = l->deleted || slot[0] == DELETED;
    object.apart   = object.deleted && !l->deleted;
    return object;
}

/* The root's label; elsewhere, or with a content, a way to hide a file. True: it is not to be shown as one. */
static bool take_label(listing_t *l, const uint8_t *slot, const fat_object_t *object)
{
    if ((slot[11] & ATTRIBUTE_LABEL) == 0 || object->deleted)
        return (slot[11] & ATTRIBUTE_LABEL) != 0;
    if (l->directory == 0 && object->first == 0) {
        size_t size = 11;
        while (size > 0 && slot[size - 1] == ' ')
            size--;
        sink_fact_printf(l->fs->sink, "fat.label", "%.*s", (int)size, (const char *)slot);
        return true;
    }
    fat_note(l->fs, object->at, "an entry is marked as the label of the volume and has a content: systems do not show it");
    return object->first == 0;
}

static bool take_entry(listing_t *l, const uint8_t *slot, uint64_t at)
{
    fat_t       *fs     = l->fs;
    fat_object_t object = object_from(l, slot, at);
    bool         is_dot = slot[0] == '.' && (slot[1] == ' ' || (slot[1] == '.' && slot[2] == ' ')) && object.kind == FAT_DIRECTORY;
    if (is_dot || take_label(l, slot, &object) || (object.apart && !sink_wants_deleted(fs->sink)))
        return true;
    if (l->ended) {
        if (!is_plausible(fs, slot, &object))
            return true;
        object.what = object.deleted ? NULL : "it stands behind the end of its directory: Linux shows it, other systems do not";
    }
    object.name_at = fs->names.size;
    append_name(l, slot, at, slot[0] == DELETED, &fs->names);
    object.name_size = (uint32_t)(fs->names.size - object.name_at);
    if (fs->names.failed || !add_object(fs, object))
        return false;
    return object.apart || fs_tree_entry(l->tree, span_sub(buffer_span(&fs->names), object.name_at, object.name_size), fs->count - 1);
}

static bool take_slot(listing_t *l, const uint8_t *slot, uint64_t at)
{
    if (slot[0] == 0) {
        l->ended      = true;
        l->name.count = l->name.expected = 0;
        return true;
    }
    if ((slot[11] & ATTRIBUTE_MASK) == ATTRIBUTE_LONG) {
        add_part(&l->name, slot);
        return true;
    }
    bool goes_on  = take_entry(l, slot, at);
    l->name.count = l->name.expected = 0;
    return goes_on;
}

static bool take_slots(listing_t *l, uint64_t at, uint64_t length)
{
    span_t part = span_clip(l->fs->image, at, length);
    sink_claim(l->fs->sink, at, part.size, REGION_STRUCTURE);
    if (part.size < length)
        sink_damage(l->fs->sink, at + part.size, 0, "a directory lies behind the end of the image");
    for (size_t i = 0; i + SLOT <= part.size; i += SLOT)
        if (!take_slot(l, part.at + i, at + i))
            return false;
    return true;
}

static const char *list_chain(listing_t *l)
{
    fat_t   *fs    = l->fs;
    uint32_t first = fs->objects[l->directory].first, next = first, holder;
    while (fat_is_cluster(fs, next)) {
        if (!fat_take(fs, next, l->directory, &holder))
            return holder == l->directory ? "a directory's chain of clusters runs in a circle"
                : "a directory holds the clusters of something else: it was not read from there on";
        if (!take_slots(l, fat_cluster_at(fs, next), fs->boot.cluster))
            return NULL;
        uint32_t after = fat_next(fs, fs->boot.active, next);
        for (unsigned copy = 0; copy < fs->boot.fats && fs->tables_differ && !fat_is_cluster(fs, after)
            && (after < FAT_END || after == FAT_UNREADABLE); copy++)
            after = fat_next(fs, copy, next);
        next = after;
    }
    return next >= FAT_END && next != FAT_UNREADABLE ? NULL : next == first ? "a directory has no clusters"
        : "a directory's chain of clusters is broken";
}

/* A deleted directory has no chain any more: what is free from its first cluster on, as long as it looks like a directory. */
static void list_deleted(listing_t *l)
{
    fat_t   *fs    = l->fs;
    uint32_t first = fs->objects[l->directory].first, left = fat_free_from(fs, first), holder;
    if (left == 0 || !span_has_text_at(fs->image, fat_cluster_at(fs, first), ".          "))
        return;
    for (uint32_t cluster = first; left > 0 && !l->ended && fat_take(fs, cluster, l->directory, &holder); cluster++, left--)
        if (!take_slots(l, fat_cluster_at(fs, cluster), fs->boot.cluster))
            return;
}

/* ---- the tree ---- */

static void list(void *context, uint64_t number, fs_tree_t *tree)
{
    fat_t      *fs   = context;
    listing_t   l    = {.fs = fs, .tree = tree, .directory = (uint32_t)number, .deleted = fs->objects[number].deleted};
    const char *what = NULL;
    uint64_t    at   = fs->objects[number].at;
    if (l.deleted)
        list_deleted(&l);
    else if (number == 0 && fs->boot.width != 32)
        (void)take_slots(&l, fs->boot.root_at, fs->boot.root_size);
    else
        what = list_chain(&l);
    if (what != NULL)
        sink_damage(fs->sink, at, SLOT, what);
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    const fat_t        *fs     = context;
    const fat_object_t *object = &fs->objects[number];
    info->type                 = object->kind == FAT_DIRECTORY ? CHILD_DIRECTORY : CHILD_FILE;
    if (object->at == 0)
        return true;
    reader_t r = reader_at(fs->image, object->at + 22);
    uint16_t time = read_le16(&r), date = read_le16(&r);
    info->has_mtime = date != 0;
    info->mtime     = date != 0 ? archive_dos_time(date, time) : 0;
    *damage         = (fs_damage_t){object->at, SLOT, object->what};
    return true;
}

static status_t write_object(void *context, uint64_t number, child_t *child) { return fat_write_content(context, (uint32_t)number, child); }

static const fs_operations_t operations = {.format = "fat", .read = read_object, .list = list, .write = write_object};

/* ---- what is lost or deleted ---- */

typedef struct { fat_t *fs; fs_tree_t *tree; } showing_t;

static status_t show_lost(void *context, uint32_t first, uint32_t length)
{
    showing_t   *s = context;
    char         path[64];
    bool         is_directory = span_has_text_at(s->fs->image, fat_cluster_at(s->fs, first), ".          \x10");
    fat_object_t object       = {.first = first, .kind = is_directory ? FAT_DIRECTORY : FAT_FILE, .size = (uint64_t)length * s->fs->boot.cluster};
    if (!add_object(s->fs, object))
        return status_fail(STATUS_MEMORY, "fat", 0, "out of memory");
    int size = snprintf(path, sizeof path, FS_LOST_PATH "cluster-%u", first);
    return fs_tree_show(s->tree, span_from(path, (size_t)size), s->fs->count - 1);
}

/* The path of an object below FS_DELETED_PATH, from its parents' names. */
static void append_path(fat_t *fs, size_t number, buffer_t *path)
{
    uint32_t chain[FS_DEPTH_MAX];
    size_t   depth = 0;
    for (size_t at = number; at != 0 && depth < FS_DEPTH_MAX; at = fs->objects[at].parent)
        chain[depth++] = (uint32_t)at;
    buffer_append_text(path, FS_DELETED_PATH);
    while (depth-- > 0 && path->size < PATH_BYTES_MAX) {
        const fat_object_t *object = &fs->objects[chain[depth]];
        for (size_t i = 0; i < object->name_size; i++)
            if (fs->names.at[object->name_at + i] == '/')
                buffer_append_text(path, "%2F");
            else
                buffer_append_byte(path, fs->names.at[object->name_at + i]);
        if (depth > 0)
            buffer_append_byte(path, '/');
    }
}

static status_t show_deleted(fat_t *fs, fs_tree_t *tree)
{
    status_t status = ok();
    for (size_t i = 1; i < fs->count && status_ok(status); i++) {
        if (!fs->objects[i].apart)
            continue;
        fs->scratch.size = 0;
        append_path(fs, i, &fs->scratch);
        if (fs->scratch.failed)
            return status_fail(STATUS_MEMORY, "fat", 0, "out of memory");
        status = fs_tree_show(tree, buffer_span(&fs->scratch), i);
    }
    return status;
}

status_t fat_walk(fat_t *fs)
{
    showing_t s = {fs, fs_tree_new(fs->sink, &operations, fs)};
    if (s.tree == NULL || !add_object(fs, (fat_object_t){.kind = FAT_DIRECTORY, .first = fs->boot.root_cluster})) {
        fs_tree_free(s.tree);
        return status_fail(STATUS_MEMORY, "fat", 0, "out of memory");
    }
    status_t status = fs_tree_walk(s.tree, 0);
    if (status_ok(status))
        status = fat_find_lost(fs, show_lost, &s);
    if (status_ok(status))
        status = show_deleted(fs, s.tree);
    fs_tree_free(s.tree);
    return status_ok(status) && fs->no_memory ? status_fail(STATUS_MEMORY, "fat", 0, "out of memory") : status;
}
