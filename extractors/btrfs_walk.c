/* Subvolumes, and the files in them. Each subvolume is a tree of its own with its own inode numbers, so an object's number here is that
 * of the subvolume (its place in the list) above 48 bits of inode. An inode's items: its facts; names that lead to it; extended
 * attributes; in a directory an index of entries in order; file data. An entry may lead to another subvolume, which is shown there when
 * the root tree knows of that place; in a snapshot it does not, and an empty directory stands there, as the kernel shows it.
 * Source: Linux, include/uapi/linux/btrfs_tree.h, fs/btrfs/inode.c. */
#include "extractors/btrfs.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    INODE_BITS = 48, STUB = 0xFFFF, SUBVOLUMES_MAX = 0xFFFE, INODE_SIZE = 160, ROOT_SIZE = 239, ROOT_UUIDS = 295, ENTRY_HEADER = 30, REF_HEADER = 18,
    LOST_PATH_MAX = 96,
};
#define DESCRIBED_BADLY "a tree block that describes it is damaged"
#define INODE_MASK ((UINT64_C(1) << INODE_BITS) - 1)

typedef struct { uint64_t size, flags; uint32_t links, uid, gid, mode; int64_t mtime; uint64_t device; } inode_t;

static uint64_t number_of(size_t subvolume, uint64_t inode) { return (uint64_t)subvolume << INODE_BITS | inode; }
static size_t   subvolume_of(uint64_t number) { return (size_t)(number >> INODE_BITS); }

/* ---- subvolumes ---- */

static bool is_subvolume(uint64_t id) { return id == BTRFS_FS_TREE || (id >= BTRFS_FIRST_FREE && id <= BTRFS_LAST_FREE); }

static btrfs_root_t root_in(span_t data)
{
    return (btrfs_root_t){.at = btrfs_u64(data, 176), .generation = btrfs_u64(data, 160), .level = btrfs_u8(data, 238)};
}

static void learn_subvolume(btrfs_t *fs, const btrfs_item_t *item)
{
    bool              with_uuids = item->data.size >= ROOT_UUIDS;
    btrfs_subvolume_t subvolume  = {
        .id = item->key.object, .root = root_in(item->data), .refs = btrfs_u32(item->data, 216), .read_only = (btrfs_u64(item->data, 208) & 1) != 0,
        .is_snapshot = with_uuids && !span_is_filled_with(span_sub(item->data, 263, 16), 0),
    };
    /* Items of the same number: the last one counts. */
    if (fs->subvolume_count > 0 && fs->subvolumes[fs->subvolume_count - 1].id == subvolume.id) {
        fs->subvolumes[fs->subvolume_count - 1] = subvolume;
        return;
    }
    if (fs->subvolume_count == SUBVOLUMES_MAX) {
        sink_limit(fs->sink, 0, 0, "subvolumes", "more subvolumes than are shown: the rest was left out");
        return;
    }
    if (btrfs_grow(fs, (void **)&fs->subvolumes, fs->subvolume_count, &fs->subvolume_capacity, sizeof *fs->subvolumes))
        fs->subvolumes[fs->subvolume_count++] = subvolume;
}

void btrfs_learn_subvolumes(btrfs_t *fs)
{
    btrfs_cursor_t cursor;
    bool           told = false;
    for (bool more = btrfs_seek(fs, &fs->root_tree, (btrfs_key_t){0, 0, 0}, false, &cursor); more; more = btrfs_next(fs, &cursor)) {
        btrfs_item_t item = btrfs_item(&cursor);
        if (item.key.type == BTRFS_EXTENT_DATA)
            btrfs_claim_extent(fs, &item); /* caches of free space are files of the root tree */
        if (item.key.type != BTRFS_ROOT)
            continue;
        if (item.data.size < ROOT_SIZE) {
            sink_damage(fs->sink, item.at, item.data.size, "the item of a tree's root is too short");
            continue;
        }
        if (is_subvolume(item.key.object)) {
            bool full = fs->subvolume_count == SUBVOLUMES_MAX;
            if (!full || !told)
                learn_subvolume(fs, &item);
            told = told || full;
            continue;
        }
        btrfs_root_t root = root_in(item.data);
        btrfs_visit(fs, &root);
        if (item.key.object == BTRFS_CSUM_TREE) {
            fs->csum_tree     = root;
            fs->has_csum_tree = true;
        }
    }
}

static size_t find_subvolume(const btrfs_t *fs, uint64_t id)
{
    for (size_t low = 0, high = fs->subvolume_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (fs->subvolumes[middle].id == id)
            return middle;
        if (fs->subvolumes[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

/* ---- objects ---- */

static bool read_inode(btrfs_t *fs, uint64_t number, inode_t *inode, btrfs_cursor_t *cursor)
{
    size_t       subvolume = subvolume_of(number);
    btrfs_item_t item;
    if (subvolume >= fs->subvolume_count ||
        !btrfs_find(fs, &fs->subvolumes[subvolume].root, (btrfs_key_t){number & INODE_MASK, BTRFS_INODE, 0}, cursor, &item) ||
        item.data.size < INODE_SIZE)
        return false;
    *inode = (inode_t){
        .size = btrfs_u64(item.data, 16), .links = btrfs_u32(item.data, 40), .uid = btrfs_u32(item.data, 44), .gid = btrfs_u32(item.data, 48),
        .mode = btrfs_u32(item.data, 52), .device = btrfs_u64(item.data, 56), .flags = btrfs_u64(item.data, 64),
        .mtime = (int64_t)btrfs_u64(item.data, 136),
    };
    return true;
}

static void spoil(fs_damage_t *damage, uint64_t at, uint64_t length, const char *what)
{
    if (damage->what == NULL)
        *damage = (fs_damage_t){at, length, what};
}

/* One item holds all attributes whose names have the same hash. */
static void add_attributes(btrfs_t *fs, const btrfs_item_t *item, child_info_t *info, fs_damage_t *damage)
{
    for (uint64_t at = 0; at + ENTRY_HEADER <= item->data.size;) {
        uint64_t value_size = btrfs_u16(item->data, at + 25), name_size = btrfs_u16(item->data, at + 27);
        span_t   name = span_sub(item->data, at + ENTRY_HEADER, name_size), value = span_sub(item->data, at + ENTRY_HEADER + name_size, value_size);
        if (name.at == NULL || value.at == NULL || info->xattr_count == XATTRS_MAX) {
            spoil(damage, item->at, item->data.size, "extended attributes cannot be read, or are more than are shown");
            return;
        }
        fs->xattrs[info->xattr_count++] = (xattr_t){name, value};
        at += ENTRY_HEADER + name_size + value_size;
    }
}

static void read_attributes(btrfs_t *fs, const btrfs_root_t *root, uint64_t inode, child_info_t *info, fs_damage_t *damage)
{
    btrfs_cursor_t cursor;
    info->xattrs = fs->xattrs;
    for (bool more = btrfs_seek(fs, root, (btrfs_key_t){inode, BTRFS_XATTR, 0}, false, &cursor); more; more = btrfs_next(fs, &cursor)) {
        btrfs_item_t item = btrfs_item(&cursor);
        if (item.key.object != inode || item.key.type != BTRFS_XATTR)
            break;
        add_attributes(fs, &item, info, damage);
    }
    if (cursor.tainted)
        spoil(damage, cursor.taint_at, fs->super.node_size, DESCRIBED_BADLY);
}

static void read_link(btrfs_t *fs, const btrfs_root_t *root, uint64_t inode, uint64_t size, child_info_t *info, fs_damage_t *damage)
{
    enum { INLINE_HEADER = 21, COMPRESSION_AT = 16, KIND_AT = 20 };
    btrfs_cursor_t cursor;
    btrfs_item_t   item;
    if (!btrfs_find(fs, root, (btrfs_key_t){inode, BTRFS_EXTENT_DATA, 0}, &cursor, &item) || btrfs_u8(item.data, COMPRESSION_AT) != 0 ||
        btrfs_u8(item.data, KIND_AT) != 0 || !span_holds(item.data, INLINE_HEADER, size)) {
        spoil(damage, 0, 0, "the target of a symbolic link cannot be read");
        return;
    }
    info->link = span_sub(item.data, INLINE_HEADER, size);
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    btrfs_t       *fs = context;
    inode_t        inode;
    btrfs_cursor_t cursor;
    if (subvolume_of(number) == STUB) {
        if ((number & INODE_MASK) >= fs->stub_count)
            return false; /* an entry that leads to nothing that can be */
        const btrfs_stub_t *stub = &fs->stubs[number & INODE_MASK];
        info->type               = CHILD_DIRECTORY;
        fs_set_attributes(info, 0755, stub->uid, stub->gid, 0);
        info->has_mtime = false;
        return true;
    }
    if (!read_inode(fs, number, &inode, &cursor))
        return false;
    const btrfs_root_t *root = &fs->subvolumes[subvolume_of(number)].root;
    info->type               = fs_type_of_mode(inode.mode);
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, inode.mtime);
    if (cursor.tainted)
        spoil(damage, cursor.taint_at, fs->super.node_size, DESCRIBED_BADLY);
    info->device_major = (uint32_t)(inode.device >> 20);
    info->device_minor = (uint32_t)(inode.device & 0xFFFFF);
    read_attributes(fs, root, number & INODE_MASK, info, damage);
    if (info->type == CHILD_SYMLINK)
        read_link(fs, root, number & INODE_MASK, inode.size, info, damage);
    return true;
}

/* ---- directories ---- */

/* Does the root tree say that the subvolume lies in this place? */
static bool lies_here(btrfs_t *fs, size_t parent, uint64_t directory, span_t name, uint64_t id)
{
    btrfs_cursor_t cursor;
    btrfs_item_t   item;
    return btrfs_find(fs, &fs->root_tree, (btrfs_key_t){fs->subvolumes[parent].id, BTRFS_ROOT_REF, id}, &cursor, &item) &&
           btrfs_u64(item.data, 0) == directory && span_equal(span_sub(item.data, REF_HEADER, btrfs_u16(item.data, 16)), name);
}

/* The number of what an entry leads to. */
static uint64_t target_of(btrfs_t *fs, uint64_t number, btrfs_key_t location, span_t name)
{
    if (location.type != BTRFS_ROOT)
        return location.type == BTRFS_INODE && location.object <= INODE_MASK ? number_of(subvolume_of(number), location.object) : UINT64_MAX;
    size_t subvolume = find_subvolume(fs, location.object);
    if (subvolume != SIZE_MAX && lies_here(fs, subvolume_of(number), number & INODE_MASK, name, location.object))
        return number_of(subvolume, BTRFS_FIRST_FREE);
    inode_t        directory = {0};
    btrfs_cursor_t cursor;
    (void)read_inode(fs, number, &directory, &cursor);
    if (!btrfs_grow(fs, (void **)&fs->stubs, fs->stub_count, &fs->stub_capacity, sizeof *fs->stubs))
        return UINT64_MAX;
    fs->stubs[fs->stub_count] = (btrfs_stub_t){directory.uid, directory.gid};
    return number_of(STUB, fs->stub_count++);
}

static void list_directory(void *context, uint64_t number, fs_tree_t *tree)
{
    btrfs_t       *fs    = context;
    uint64_t       inode = number & INODE_MASK;
    btrfs_cursor_t cursor;
    if (subvolume_of(number) >= fs->subvolume_count)
        return;
    const btrfs_root_t *root = &fs->subvolumes[subvolume_of(number)].root;
    for (bool more = btrfs_seek(fs, root, (btrfs_key_t){inode, BTRFS_DIR_INDEX, 0}, false, &cursor); more; more = btrfs_next(fs, &cursor)) {
        btrfs_item_t item = btrfs_item(&cursor);
        if (item.key.object != inode || item.key.type != BTRFS_DIR_INDEX)
            break;
        span_t name = span_sub(item.data, ENTRY_HEADER, btrfs_u16(item.data, 27));
        if (name.at == NULL)
            sink_damage(fs->sink, item.at, item.data.size, "an entry of a directory cannot be read");
        else if (!fs_tree_entry(tree, name, target_of(fs, number, btrfs_read_key(item.data, 0), name)))
            break;
    }
}

static status_t write_content(void *context, uint64_t number, child_t *child)
{
    btrfs_t       *fs = context;
    inode_t        inode;
    btrfs_cursor_t cursor;
    if (!read_inode(fs, number, &inode, &cursor))
        return ok();
    return btrfs_write_content(fs, &fs->subvolumes[subvolume_of(number)].root, number & INODE_MASK, inode.size & INT64_MAX, inode.flags, child);
}

static const fs_operations_t operations = {.format = "btrfs", .read = read_object, .list = list_directory, .write = write_content};

/* ---- inodes without a name ---- */

typedef struct { btrfs_t *fs; fs_tree_t *tree; uint64_t lost, orphans; } search_t;

/* A lost object whose directory is lost, too, is shown there and not by itself. */
static bool directory_is_lost(search_t *s, size_t subvolume, uint64_t inode)
{
    btrfs_cursor_t cursor;
    inode_t        above;
    if (!btrfs_seek(s->fs, &s->fs->subvolumes[subvolume].root, (btrfs_key_t){inode, BTRFS_INODE_REF, 0}, false, &cursor))
        return false;
    btrfs_item_t item = btrfs_item(&cursor);
    if (item.key.object != inode || item.key.type != BTRFS_INODE_REF || item.key.offset == inode || item.key.offset > INODE_MASK)
        return false;
    uint64_t number = number_of(subvolume, item.key.offset);
    return !fs_tree_seen(s->tree, number) && read_inode(s->fs, number, &above, &cursor) && fs_type_of_mode(above.mode) == CHILD_DIRECTORY;
}

static status_t show_lost(search_t *s, size_t subvolume, uint64_t inode, uint32_t links)
{
    char     path[LOST_PATH_MAX];
    uint64_t id   = s->fs->subvolumes[subvolume].id;
    int      size = id == BTRFS_FS_TREE
                        ? snprintf(path, sizeof path, FS_LOST_PATH "inode-%llu", (unsigned long long)inode)
                        : snprintf(path, sizeof path, FS_LOST_PATH "subvolume-%llu-inode-%llu", (unsigned long long)id, (unsigned long long)inode);
    if (links == 0)
        s->orphans++;
    else
        s->lost++;
    return fs_tree_show(s->tree, span_from(path, (size_t)size), number_of(subvolume, inode));
}

/* Every inode of the subvolume that was not shown; with `roots_only` those only that no lost directory holds. */
static status_t search(search_t *s, size_t subvolume, bool roots_only)
{
    btrfs_t       *fs     = s->fs;
    status_t       status = ok();
    btrfs_cursor_t cursor;
    bool           more = btrfs_seek(fs, &fs->subvolumes[subvolume].root, (btrfs_key_t){0, 0, 0}, false, &cursor);
    for (; more && status_ok(status) && !fs->no_memory; more = btrfs_next(fs, &cursor)) {
        btrfs_item_t item = btrfs_item(&cursor);
        if (item.key.type != BTRFS_INODE || item.data.size < INODE_SIZE || item.key.object > INODE_MASK || item.key.object < BTRFS_FIRST_FREE ||
            fs_tree_seen(s->tree, number_of(subvolume, item.key.object)))
            continue;
        if (!roots_only || !directory_is_lost(s, subvolume, item.key.object))
            status = show_lost(s, subvolume, item.key.object, btrfs_u32(item.data, 40));
    }
    return status;
}

/* ---- all of it ---- */

/* A subvolume that no directory leads to. One that is deleted and waits to be cleaned up is shown only when asked for. */
static status_t show_subvolume(search_t *s, size_t subvolume)
{
    const btrfs_subvolume_t *sub = &s->fs->subvolumes[subvolume];
    char                     path[LOST_PATH_MAX];
    int size = snprintf(path, sizeof path, "%ssubvolume-%llu", sub->refs == 0 ? FS_DELETED_PATH : FS_LOST_PATH, (unsigned long long)sub->id);
    if (sub->refs > 0)
        sink_damage(s->fs->sink, 0, 0, "a subvolume exists that no directory leads to: it is shown below lost+found");
    return fs_tree_show(s->tree, span_from(path, (size_t)size), number_of(subvolume, BTRFS_FIRST_FREE));
}

static bool is_left_out(const btrfs_t *fs, size_t subvolume) { return fs->subvolumes[subvolume].refs == 0 && !sink_wants_deleted(fs->sink); }

static status_t walk_all(search_t *s)
{
    btrfs_t *fs     = s->fs;
    size_t   top    = find_subvolume(fs, BTRFS_FS_TREE);
    status_t status = ok();
    if (top == SIZE_MAX)
        sink_damage(fs->sink, 0, 0, "the tree of the top level cannot be found");
    else
        status = fs_tree_walk(s->tree, number_of(top, BTRFS_FIRST_FREE));
    for (size_t i = 0; i < fs->subvolume_count && status_ok(status); i++)
        if (!fs_tree_seen(s->tree, number_of(i, BTRFS_FIRST_FREE)) && !is_left_out(fs, i))
            status = show_subvolume(s, i);
    for (int roots_only = 1; roots_only >= 0; roots_only--)
        for (size_t i = 0; i < fs->subvolume_count && status_ok(status) && !fs->stopped; i++) {
            if (!is_left_out(fs, i))
                status = search(s, i, roots_only != 0);
            else
                btrfs_visit(fs, &fs->subvolumes[i].root);
        }
    return status;
}

status_t btrfs_walk(btrfs_t *fs)
{
    search_t s = {.fs = fs, .tree = fs_tree_new(fs->sink, &operations, fs)};
    if (s.tree == NULL)
        return status_fail(STATUS_MEMORY, "btrfs", 0, "out of memory");
    status_t status = walk_all(&s);
    if (s.lost > 0)
        sink_damage(fs->sink, 0, 0, "inodes are in use that no readable directory leads to: they are shown below lost+found");
    if (s.orphans > 0)
        sink_note(fs->sink, 0, "files were open and without a name when the file system was last written: they are shown below lost+found");
    fs_tree_free(s.tree);
    return status;
}
