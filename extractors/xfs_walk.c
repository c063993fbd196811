/* The files of an XFS: the tree from the root on, then inodes in use that no directory leads to, then what is deleted. A freed inode
 * keeps the extents of its fork where nothing overwrote them; its size is gone. */
#include "extractors/xfs.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LINK_BYTES_MAX = 1024, LINK_ROOM_MAX = 128 << 10, LINK_HEADER = 56, LINK_BYTES_AT = 8, LINK_CRC_AT = 12, LINK_OWNER_AT = 32, HOLE_INODES = 4,
    PATH_MAX_LOST = 64,
};

/* ---- what the tree asks ---- */

/* One run of blocks, in version 5 with one header: "XSLM", offset, bytes, checksum, UUID, owner, address. */
static bool append_link(xfs_t *fs, const xfs_inode_t *inode, const xfs_extent_t *extent, uint64_t size)
{
    uint64_t header = fs->has_crc ? LINK_HEADER : 0, room = extent->blocks << fs->super.block_log;
    span_t   from   = span_sub(fs->image, extent->at, room);
    uint64_t length = min_u64(size - min_u64(size, fs->link.size), room - header);
    if (from.at == NULL || room > LINK_ROOM_MAX || (fs->has_crc && (!span_has_text_at(from, 0, "XSLM") || !xfs_crc_holds(fs, from, LINK_CRC_AT) ||
        xfs_u32(from, LINK_BYTES_AT) != length || xfs_u64(from, LINK_OWNER_AT) != inode->number)))
        return false;
    sink_claim(fs->sink, extent->at, header + length, REGION_STRUCTURE);
    buffer_append(&fs->link, span_sub(from, header, length));
    return true;
}

static void read_remote_link(xfs_t *fs, const xfs_inode_t *inode, child_info_t *info, fs_damage_t *damage)
{
    xfs_map_t map;
    xfs_read_map(fs, inode, &inode->data, &map);
    if (map.damage.what != NULL)
        *damage = map.damage;
    bool good = true;
    for (size_t i = 0; i < map.count && good && fs->link.size < inode->size; i++) {
        good = append_link(fs, inode, &map.items[i], inode->size);
        if (!good)
            *damage = (fs_damage_t){min_u64(map.items[i].at, fs->image.size), map.items[i].blocks << fs->super.block_log,
                "the target of a symbolic link is damaged"};
    }
    if (good && fs->link.size < inode->size && damage->what == NULL)
        *damage = (fs_damage_t){inode->at, fs->super.inode_size, "the target of a symbolic link is not all there"};
    info->link = buffer_span(&fs->link);
    xfs_map_free(&map);
}

static void read_link(xfs_t *fs, const xfs_inode_t *inode, child_info_t *info, fs_damage_t *damage)
{
    const xfs_fork_t *fork = &inode->data;
    if (inode->size > LINK_BYTES_MAX || (fork->format == XFS_FORMAT_LOCAL && inode->size > fork->bytes.size)) {
        *damage = (fs_damage_t){inode->at, fs->super.inode_size, "a symbolic link is longer than one can be"};
        return;
    }
    if (fork->format == XFS_FORMAT_LOCAL) {
        info->link = span_clip(fork->bytes, 0, inode->size);
        return;
    }
    read_remote_link(fs, inode, info, damage);
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    xfs_t      *fs = context;
    xfs_inode_t inode;
    uint64_t    at = xfs_inode_at(fs, number);
    fs->text.size = fs->link.size = 0;
    if (!xfs_read_inode(fs, number, &inode) || inode.mode == 0) {
        *damage = (fs_damage_t){min_u64(at, fs->image.size), at < fs->image.size ? fs->super.inode_size : 0,
            "its inode cannot be read: only the name is known"};
        return false;
    }
    uint64_t block = at >> fs->super.block_log;
    if ((fs->inode_blocks[block / 8] >> block % 8 & 1) == 0)
        sink_claim(fs->sink, at, fs->super.inode_size, REGION_STRUCTURE);
    info->type = fs_type_of_mode(inode.mode);
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, inode.mtime);
    if (!inode.crc_holds)
        *damage = (fs_damage_t){at, fs->super.inode_size, "the checksum of its inode does not hold"};
    xfs_read_attributes(fs, &inode, info, damage);
    if (info->type == CHILD_SYMLINK)
        read_link(fs, &inode, info, damage);
    if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE) {
        uint32_t device    = xfs_u32(inode.data.bytes, 0);
        info->device_major = device >> 18;
        info->device_minor = device & 0x3FFFF;
    }
    fs->no_memory = fs->no_memory || fs->link.failed;
    return !fs->no_memory;
}

static void list_directory(void *context, uint64_t number, fs_tree_t *tree)
{
    xfs_t      *fs = context;
    xfs_inode_t inode;
    if (xfs_read_inode(fs, number, &inode))
        xfs_read_directory(fs, &inode, tree, NULL);
}

static void write_extents(xfs_t *fs, const xfs_map_t *map, fs_content_t *content)
{
    for (size_t i = 0; i < map->count && !fs_content_full(content); i++) {
        const xfs_extent_t *extent = &map->items[i];
        uint64_t            from, length = extent->blocks << fs->super.block_log;
        if (!checked_mul(extent->offset, fs->super.block_size, &from))
            break;
        uint64_t gap = from - min_u64(from, content->done);
        if (map->broken)
            fs_content_lost(content, map->damage.offset, 0, gap, map->damage.what);
        else
            fs_content_hole(content, gap);
        if (extent->unwritten)
            fs_content_hole(content, length);
        else
            fs_content_run(content, extent->at, length);
    }
}

static status_t write_content(void *context, uint64_t number, child_t *child)
{
    xfs_t       *fs = context;
    xfs_inode_t  inode;
    fs_content_t content;
    if (!xfs_read_inode(fs, number, &inode))
        return ok();
    fs_content_begin(&content, child, fs->image, inode.size & INT64_MAX);
    if ((inode.flags & XFS_INODE_REALTIME) != 0 && inode.size > 0) {
        fs_content_lost(&content, inode.at, 0, content.size, "the content is on the realtime volume, which is another device");
        return fs_content_end(&content);
    }
    xfs_map_t map;
    xfs_read_map(fs, &inode, &inode.data, &map);
    if (map.damage.what != NULL)
        child_damage(child, map.damage.offset, map.damage.length, map.damage.what);
    write_extents(fs, &map, &content);
    status_t status = map.broken ? fs_content_end_lost(&content, map.damage.offset, map.damage.what) : fs_content_end(&content);
    xfs_map_free(&map);
    return status;
}

static const fs_operations_t operations = {.format = "xfs", .read = read_object, .list = list_directory, .write = write_content};

/* ---- inodes of the file system itself ---- */

static bool is_internal(const xfs_t *fs, const xfs_inode_t *inode)
{
    for (size_t i = 0; i < sizeof fs->super.internal_inodes / sizeof *fs->super.internal_inodes; i++)
        if (fs->super.internal_inodes[i] == inode->number && inode->number != 0)
            return true;
    return (fs->super.incompat & XFS_INCOMPAT_METADIR) != 0 && (inode->flags2 & XFS_INODE2_METADATA) != 0;
}

static void claim_internal(xfs_t *fs, const xfs_inode_t *inode)
{
    xfs_map_t map;
    if (inode->data.format != XFS_FORMAT_EXTENTS && inode->data.format != XFS_FORMAT_BTREE)
        return;
    xfs_read_map(fs, inode, &inode->data, &map);
    if (map.damage.what != NULL)
        sink_damage(fs->sink, map.damage.offset, map.damage.length, map.damage.what);
    for (size_t i = 0; i < map.count; i++) {
        uint64_t length = map.items[i].blocks << fs->super.block_log;
        if (map.items[i].at < fs->image.size)
            sink_claim(fs->sink, map.items[i].at, min_u64(length, fs->image.size - map.items[i].at), REGION_STRUCTURE);
    }
    xfs_map_free(&map);
}

/* ---- inodes without a name ---- */

typedef enum { PASS_LOST_ROOTS, PASS_LOST_DIRECTORIES, PASS_LOST_FILES, PASS_DELETED, PASS_COUNT } pass_t;

typedef struct { xfs_t *fs; fs_tree_t *tree; uint64_t lost, unlinked; } search_t;

/* A lost directory whose parent is lost, too, is shown there and not by itself. */
static bool parent_is_lost(search_t *s, const xfs_inode_t *inode)
{
    uint64_t    parent = 0;
    xfs_inode_t above;
    xfs_read_directory(s->fs, inode, NULL, &parent);
    return parent != inode->number && !fs_tree_seen(s->tree, parent) && xfs_read_inode(s->fs, parent, &above) &&
           fs_type_of_mode(above.mode) == CHILD_DIRECTORY && above.mode != 0;
}

static status_t show_lost(search_t *s, const xfs_inode_t *inode)
{
    char path[PATH_MAX_LOST];
    int  size = snprintf(path, sizeof path, FS_LOST_PATH "inode-%llu", (unsigned long long)inode->number);
    if (inode->links == 0)
        s->unlinked++;
    else
        s->lost++;
    return fs_tree_show(s->tree, span_from(path, (size_t)size), inode->number);
}

/* ---- deleted ---- */

static bool is_free(const xfs_t *fs, const xfs_extent_t *extent)
{
    for (uint64_t i = 0; i < extent->blocks; i++) {
        uint64_t block = (extent->at >> fs->super.block_log) + i;
        if (block >= fs->blocks || (fs->free_blocks[block / 8] >> block % 8 & 1) == 0)
            return false;
    }
    return true;
}

/* What a freed inode still says: extents from the start of the file on, as far as all their blocks are free now. */
static status_t show_deleted(search_t *s, const xfs_inode_t *inode)
{
    xfs_t       *fs = s->fs;
    xfs_extent_t extents[2048 / 16];
    size_t       count = 0;
    uint64_t     next  = 0;
    for (size_t at = 0; at + 16 <= inode->data.bytes.size && count < sizeof extents / sizeof *extents; at += 16) {
        xfs_extent_t extent;
        if (!xfs_decode_extent(fs, span_sub(inode->data.bytes, at, 16), &extent) || extent.unwritten || extent.offset != next ||
            !xfs_spend(fs, extent.blocks) || !is_free(fs, &extent))
            break;
        extents[count++] = extent;
        next             = extent.offset + extent.blocks;
    }
    if (count == 0)
        return ok();
    char path[PATH_MAX_LOST];
    int  size = snprintf(path, sizeof path, FS_DELETED_PATH "inode-%llu", (unsigned long long)inode->number);
    child_info_t info = {.path = span_from(path, (size_t)size), .type = CHILD_FILE, .has_mtime = true, .mtime = inode->mtime};
    child_t     *child = sink_child(fs->sink, &info);
    if (child == NULL)
        return status_fail(STATUS_LIMIT, "xfs", 0, "a limit was reached");
    fs_content_t content;
    fs_content_begin(&content, child, fs->image, next << fs->super.block_log);
    for (size_t i = 0; i < count; i++)
        fs_content_run(&content, extents[i].at, extents[i].blocks << fs->super.block_log);
    status_t status = fs_content_end(&content);
    sink_end_child(fs->sink);
    return status;
}

/* ---- all inodes ---- */

static status_t visit(search_t *s, uint64_t number, bool free, pass_t pass)
{
    xfs_t      *fs = s->fs;
    xfs_inode_t inode;
    if (fs_tree_seen(s->tree, number) || !xfs_read_inode(fs, number, &inode))
        return ok();
    bool in_use = !free && inode.mode != 0, directory = fs_type_of_mode(inode.mode) == CHILD_DIRECTORY;
    if (is_internal(fs, &inode)) {
        if (pass == PASS_LOST_ROOTS)
            claim_internal(fs, &inode);
        return ok();
    }
    if (pass == PASS_DELETED)
        return inode.mode == 0 ? show_deleted(s, &inode) : ok();
    if (!in_use || (pass == PASS_LOST_FILES) == directory)
        return ok();
    return pass == PASS_LOST_ROOTS && parent_is_lost(s, &inode) ? ok() : show_lost(s, &inode);
}

static status_t search(search_t *s)
{
    xfs_t   *fs     = s->fs;
    status_t status = ok();
    for (pass_t pass = 0; pass < PASS_COUNT; pass++) {
        if (pass == PASS_DELETED && !sink_wants_deleted(fs->sink))
            continue;
        for (size_t i = 0; i < fs->chunk_count; i++) {
            const xfs_chunk_t *chunk = &fs->chunks[i];
            if (!xfs_spend(fs, XFS_CHUNK_INODES))
                return status;
            for (unsigned n = 0; n < XFS_CHUNK_INODES && status_ok(status); n++)
                if ((chunk->absent >> n / HOLE_INODES & 1) == 0)
                    status = visit(s, chunk->first + n, (chunk->free >> n & 1) != 0, pass);
            if (!status_ok(status) || fs->no_memory)
                return status;
        }
    }
    return status;
}

static void say_created(xfs_t *fs)
{
    xfs_inode_t root;
    if (xfs_read_inode(fs, fs->super.root_inode, &root) && root.has_created && root.crc_holds)
        sink_fact_printf(fs->sink, "xfs.created", "%lld", (long long)root.created);
}

status_t xfs_walk(xfs_t *fs)
{
    fs_tree_t *tree = fs_tree_new(fs->sink, &operations, fs);
    if (tree == NULL)
        return status_fail(STATUS_MEMORY, "xfs", 0, "out of memory");
    search_t s = {.fs = fs, .tree = tree};
    say_created(fs);
    status_t status = fs_tree_walk(tree, fs->super.root_inode);
    if (status_ok(status))
        status = search(&s);
    if (s.lost > 0)
        sink_damage(fs->sink, 0, 0, "inodes are in use that no readable directory leads to: they are shown below lost+found");
    if (s.unlinked > 0)
        sink_note(fs->sink, 0, "files were open and without a name when the file system was last written: they are shown below lost+found");
    fs_tree_free(tree);
    return status;
}
