/* Inodes and their forks. An inode: magic "IN", mode, version, format of the data fork, owners, links, times, size, extents, where the
 * attribute fork begins, its format, flags; version 3 adds CRC-32C, creation time and its own number. Then the forks: the content
 * itself, a list of extents of 16 bytes (unwritten, offset, block, length: 1, 54, 52 and 21 bits), or the root of a tree of such lists.
 * Source: Linux, fs/xfs/libxfs/xfs_format.h. */
#include "extractors/xfs.h"

#include <stdlib.h>

enum {
    CORE = 100, CORE_V3 = 176, CRC_AT = 100, NUMBER_AT = 152, CREATED_AT = 144, FLAGS2_AT = 120, RECORD = 16, INODE2_BIGTIME = 8, INODE2_NREXT64 = 16,
    TREE_HEADER = 24, TREE_HEADER_CRC = 72, TREE_CRC_AT = 64, TREE_OWNER_AT = 56,
};

uint64_t xfs_inode_at(const xfs_t *fs, uint64_t number)
{
    const xfs_super_t *super = &fs->super;
    unsigned           bits  = super->ag_block_log + super->inodes_per_block_log;
    uint64_t           in_ag = number & ((UINT64_C(1) << bits) - 1);
    uint64_t           at    = xfs_ag_block_at(fs, number >> bits, in_ag >> super->inodes_per_block_log);
    return at == UINT64_MAX ? at : at + ((in_ag & (super->inodes_per_block - UINT64_C(1))) << super->inode_log);
}

/* Seconds; with the big time flag nanoseconds since the end of 1901. */
static int64_t time_from(span_t bytes, uint64_t at, bool big)
{
    return big ? (int64_t)(xfs_u64(bytes, at) / 1000000000) + INT32_MIN : (int32_t)xfs_u32(bytes, at);
}

bool xfs_read_inode(const xfs_t *fs, uint64_t number, xfs_inode_t *inode)
{
    uint64_t at    = xfs_inode_at(fs, number);
    span_t   bytes = span_sub(fs->image, at, fs->super.inode_size);
    *inode         = (xfs_inode_t){.number = number, .at = at};
    if (at == UINT64_MAX || bytes.at == NULL || !span_has_text_at(bytes, 0, "IN"))
        return false;
    inode->version = xfs_u8(bytes, 4);
    bool     third = inode->version == 3;
    size_t   core  = third ? CORE_V3 : CORE;
    if (inode->version < 1 || inode->version > 3 || third != fs->has_crc)
        return false;
    inode->crc_holds = !third || (xfs_crc_holds(fs, bytes, CRC_AT) && xfs_u64(bytes, NUMBER_AT) == number);
    inode->flags2    = third ? xfs_u64(bytes, FLAGS2_AT) : 0;
    bool big_time    = (inode->flags2 & INODE2_BIGTIME) != 0, big_counts = (inode->flags2 & INODE2_NREXT64) != 0;
    inode->mode      = xfs_u16(bytes, 2);
    inode->links     = inode->version == 1 ? xfs_u16(bytes, 6) : xfs_u32(bytes, 16);
    inode->metadata_type = xfs_u16(bytes, 6);
    inode->uid       = xfs_u32(bytes, 8);
    inode->gid       = xfs_u32(bytes, 12);
    inode->mtime     = time_from(bytes, 40, big_time);
    inode->size      = xfs_u64(bytes, 56);
    inode->flags     = xfs_u16(bytes, 90);
    inode->has_created = third;
    inode->created   = third ? time_from(bytes, CREATED_AT, big_time) : 0;
    uint64_t split   = core + 8 * (uint64_t)xfs_u8(bytes, 82);
    if (split > bytes.size) {
        split            = bytes.size;
        inode->crc_holds = false;
    }
    bool has_attributes = split > core;
    inode->data = (xfs_fork_t){
        .bytes = span_sub(bytes, core, (has_attributes ? split : bytes.size) - core), .at = at + core, .format = xfs_u8(bytes, 5),
        .extents = big_counts ? xfs_u64(bytes, 24) : xfs_u32(bytes, 76),
    };
    if (has_attributes)
        inode->attributes = (xfs_fork_t){
            .bytes = span_from_offset(bytes, split), .at = at + split, .format = xfs_u8(bytes, 83),
            .extents = big_counts ? xfs_u32(bytes, 76) : xfs_u16(bytes, 80),
        };
    return true;
}

/* ---- where a fork stands ---- */

bool xfs_decode_extent(const xfs_t *fs, span_t record, xfs_extent_t *extent)
{
    uint64_t high = xfs_u64(record, 0), low = xfs_u64(record, 8);
    uint64_t block = (high & 0x1FF) << 43 | low >> 21;
    *extent = (xfs_extent_t){.offset = high << 1 >> 10, .blocks = low & 0x1FFFFF, .unwritten = high >> 63 != 0};
    extent->at = xfs_blocks_at(fs, block, extent->blocks);
    return extent->at != UINT64_MAX;
}

void xfs_map_free(xfs_map_t *map)
{
    free(map->items);
    *map = (xfs_map_t){0};
}

static void spoil(xfs_map_t *map, uint64_t at, uint64_t length, const char *what, bool broken)
{
    if (map->damage.what == NULL)
        map->damage = (fs_damage_t){at, length, what};
    map->broken = map->broken || broken;
}

static bool add_extent(xfs_t *fs, xfs_map_t *map, const xfs_extent_t *extent)
{
    if (map->count == map->capacity) {
        size_t        capacity = map->capacity == 0 ? 16 : map->capacity * 2;
        xfs_extent_t *more     = realloc(map->items, capacity * sizeof *more);
        if (more == NULL) {
            fs->no_memory = true;
            return false;
        }
        map->items    = more;
        map->capacity = capacity;
    }
    map->items[map->count++] = *extent;
    return true;
}

/* Records one after another; they must go up, so none can be repeated without end. False: stop. */
static bool add_records(xfs_t *fs, xfs_map_t *map, span_t records, uint64_t at)
{
    for (size_t i = 0; i + RECORD <= records.size; i += RECORD) {
        xfs_extent_t extent;
        bool         possible = xfs_decode_extent(fs, span_sub(records, i, RECORD), &extent);
        if (map->count > 0 && extent.offset < map->items[map->count - 1].offset + map->items[map->count - 1].blocks)
            possible = false;
        if (!possible) {
            spoil(map, at + i, RECORD, "the list of extents holds an impossible one", true);
            continue;
        }
        if (!add_extent(fs, map, &extent))
            return false;
    }
    return true;
}

typedef struct { xfs_t *fs; const xfs_inode_t *inode; xfs_map_t *map; } map_read_t;

/* One level deeper with each call, at most XFS_LEVELS_MAX. False: stop. */
static bool read_map_block(const map_read_t *read, uint64_t number, unsigned level)
{
    xfs_t    *fs     = read->fs;
    uint64_t  at     = xfs_blocks_at(fs, number, 1);
    span_t    block  = span_sub(fs->image, at, fs->super.block_size);
    size_t    header = fs->has_crc ? TREE_HEADER_CRC : TREE_HEADER;
    if (at == UINT64_MAX || block.at == NULL) {
        spoil(read->map, min_u64(at, fs->image.size), 0, "the tree of extents leads out of the image", true);
        return true;
    }
    if (!xfs_spend(fs, block.size))
        return false;
    if (!span_has_text_at(block, 0, fs->has_crc ? "BMA3" : "BMAP") || xfs_u16(block, 4) != level) {
        spoil(read->map, at, block.size, "a block of the tree of extents is damaged", true);
        return true;
    }
    sink_claim(fs->sink, at, block.size, REGION_STRUCTURE);
    if (fs->has_crc && (!xfs_crc_holds(fs, block, TREE_CRC_AT) || xfs_u64(block, TREE_OWNER_AT) != read->inode->number))
        spoil(read->map, at, block.size, "the checksum of a block of the tree of extents does not hold", false);
    span_t inside = span_from_offset(block, header);
    size_t count  = xfs_u16(block, 6), fit = inside.size / RECORD;
    if (count > fit) {
        spoil(read->map, at, block.size, "a block of the tree of extents is damaged", true);
        count = fit;
    }
    if (level == 0)
        return add_records(fs, read->map, span_clip(inside, 0, count * RECORD), at + header);
    for (size_t i = 0; i < count; i++)
        if (!read_map_block(read, xfs_u64(inside, fit * 8 + i * 8), level - 1))
            return false;
    return true;
}

static void read_map_root(xfs_t *fs, const xfs_inode_t *inode, const xfs_fork_t *fork, xfs_map_t *map)
{
    span_t     inside = span_from_offset(fork->bytes, 4);
    unsigned   level  = xfs_u16(fork->bytes, 0);
    size_t     count  = xfs_u16(fork->bytes, 2), fit = inside.size / RECORD;
    map_read_t read   = {fs, inode, map};
    if (level == 0 || level >= XFS_LEVELS_MAX || count > fit) {
        spoil(map, fork->at, fork->bytes.size, "the tree of extents is damaged at its root", true);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (!read_map_block(&read, xfs_u64(inside, fit * 8 + i * 8), level - 1))
            break;
}

void xfs_read_map(xfs_t *fs, const xfs_inode_t *inode, const xfs_fork_t *fork, xfs_map_t *map)
{
    *map = (xfs_map_t){0};
    if (fork->format == XFS_FORMAT_BTREE) {
        read_map_root(fs, inode, fork, map);
    } else if (fork->format == XFS_FORMAT_EXTENTS) {
        uint64_t fit = fork->bytes.size / RECORD;
        if (fork->extents > fit)
            spoil(map, fork->at, fork->bytes.size, "an inode counts more extents than it has room for", true);
        (void)add_records(fs, map, span_clip(fork->bytes, 0, min_u64(fork->extents, fit) * RECORD), fork->at);
    } else {
        spoil(map, fork->at, fork->bytes.size, "an inode keeps its content in a way that is not known", true);
    }
}

uint64_t xfs_map_find(const xfs_t *fs, const xfs_map_t *map, uint64_t offset)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t              middle = low + (high - low) / 2;
        const xfs_extent_t *extent = &map->items[middle];
        if (offset < extent->offset)
            high = middle;
        else if (offset - extent->offset >= extent->blocks)
            low = middle + 1;
        else
            return extent->unwritten ? UINT64_MAX : extent->at + ((offset - extent->offset) << fs->super.block_log);
    }
    return UINT64_MAX;
}
