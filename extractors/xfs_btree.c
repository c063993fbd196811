/* The trees of an allocation group: free space by block and by size, inodes, free inodes, reverse mappings, reference counts. A block:
 * magic, level, number of records, left and right neighbour; in version 5 also its address, log sequence number, UUID, owner and
 * CRC-32C. Leaves hold records, other levels keys and the blocks below them. Source: Linux, fs/xfs/libxfs/xfs_format.h. */
#include "extractors/xfs.h"

#include <stdlib.h>

enum { HEADER = 16, HEADER_CRC = 56, CRC_AT = 52, ADDRESS_AT = 16, OWNER_AT = 48, POINTER = 4, HOLE_INODES = 4 };

typedef struct {
    const char *magic, *magic_crc, *what;
    uint8_t     key, record;
    void (*leaf)(xfs_t *fs, uint32_t ag, span_t records);
} tree_kind_t;

typedef struct { xfs_t *fs; const tree_kind_t *kind; uint32_t ag; } tree_read_t;

static void damaged(const tree_read_t *tree, uint64_t at) { sink_damage(tree->fs->sink, at, tree->fs->super.block_size, tree->kind->what); }

/* Depth is bounded by the level, which falls by one from block to block; work by each block being read once. */
static void read_tree_block(const tree_read_t *tree, uint32_t number, unsigned level)
{
    xfs_t             *fs     = tree->fs;
    const tree_kind_t *kind   = tree->kind;
    uint64_t           at     = xfs_ag_block_at(fs, tree->ag, number);
    span_t             block  = span_sub(fs->image, at, fs->super.block_size);
    size_t             header = fs->has_crc ? HEADER_CRC : HEADER;
    if (at == UINT64_MAX || block.at == NULL) {
        sink_damage(fs->sink, min_u64(at, fs->image.size), 0, kind->what);
        return;
    }
    if (!span_has_text_at(block, 0, fs->has_crc ? kind->magic_crc : kind->magic) || xfs_u16(block, 4) != level || !xfs_mark_read(fs, at)) {
        damaged(tree, at);
        return;
    }
    sink_claim(fs->sink, at, block.size, REGION_STRUCTURE);
    if (fs->has_crc && (!xfs_crc_holds(fs, block, CRC_AT) || xfs_u64(block, ADDRESS_AT) != at / XFS_SECTOR || xfs_u32(block, OWNER_AT) != tree->ag))
        damaged(tree, at);
    size_t count  = xfs_u16(block, 6);
    span_t inside = span_from_offset(block, header);
    size_t fit    = inside.size / (level == 0 ? kind->record : kind->key + (size_t)POINTER);
    if (count > fit) {
        damaged(tree, at);
        count = fit;
    }
    if (level == 0) {
        if (kind->leaf != NULL)
            kind->leaf(fs, tree->ag, span_clip(inside, 0, count * kind->record));
        return;
    }
    for (size_t i = 0; i < count && !fs->no_memory; i++)
        read_tree_block(tree, xfs_u32(inside, fit * kind->key + i * POINTER), level - 1);
}

static void read_tree(xfs_t *fs, uint32_t ag, const tree_kind_t *kind, span_t header, size_t root_at, size_t levels_at)
{
    uint32_t    levels = xfs_u32(header, levels_at);
    tree_read_t tree   = {fs, kind, ag};
    if (levels == 0 || levels > XFS_LEVELS_MAX)
        sink_damage(fs->sink, xfs_ag_block_at(fs, ag, 0) + root_at, POINTER, kind->what);
    else
        read_tree_block(&tree, xfs_u32(header, root_at), levels - 1);
}

/* ---- free space ---- */

static void learn_free(xfs_t *fs, uint32_t ag, span_t records)
{
    for (size_t at = 0; fs->free_blocks != NULL && at < records.size; at += 8) {
        uint32_t first = xfs_u32(records, at), count = xfs_u32(records, at + 4);
        uint64_t from  = xfs_ag_block_at(fs, ag, first) >> fs->super.block_log;
        if (first >= fs->super.ag_blocks || count > fs->super.ag_blocks - first)
            continue;
        for (uint64_t block = from; block < min_u64(from + count, fs->blocks) && xfs_spend(fs, 1); block++)
            fs->free_blocks[block / 8] = (uint8_t)(fs->free_blocks[block / 8] | 1U << block % 8);
    }
}

static const tree_kind_t by_block = {"ABTB", "AB3B", "the tree of free space by block is damaged", 8, 8, learn_free};
static const tree_kind_t by_size  = {"ABTC", "AB3C", "the tree of free space by size is damaged", 8, 8, NULL};
static const tree_kind_t owners   = {"RMB3", "RMB3", "the tree of reverse mappings is damaged", 40, 24, NULL};
static const tree_kind_t shared   = {"R3FC", "R3FC", "the tree of reference counts is damaged", 4, 12, NULL};

void xfs_read_free_space(xfs_t *fs, uint32_t ag, span_t header)
{
    read_tree(fs, ag, &by_block, header, 16, 28);
    read_tree(fs, ag, &by_size, header, 20, 32);
    if ((fs->super.readonly & XFS_READONLY_RMAPBT) != 0)
        read_tree(fs, ag, &owners, header, 24, 36);
    if ((fs->super.readonly & XFS_READONLY_REFLINK) != 0)
        read_tree(fs, ag, &shared, header, 88, 92);
}

/* ---- inodes ---- */

/* The blocks of a group of inodes; inodes smaller than a block may share one with another group. */
static void claim_chunk(xfs_t *fs, const xfs_chunk_t *chunk)
{
    for (unsigned i = 0; i < XFS_CHUNK_INODES; i++) {
        uint64_t at = (chunk->absent >> i / HOLE_INODES & 1) != 0 ? UINT64_MAX : xfs_inode_at(fs, chunk->first + i);
        if (at == UINT64_MAX || !span_holds(fs->image, at, fs->super.inode_size))
            continue;
        sink_claim(fs->sink, at, fs->super.inode_size, REGION_STRUCTURE);
        uint64_t block              = at >> fs->super.block_log;
        fs->inode_blocks[block / 8] = (uint8_t)(fs->inode_blocks[block / 8] | 1U << block % 8);
    }
}

static void learn_inodes(xfs_t *fs, uint32_t ag, span_t records)
{
    bool sparse = fs->has_crc && (fs->super.incompat & XFS_INCOMPAT_SPARSE_INODES) != 0;
    for (size_t at = 0; at < records.size; at += 16) {
        uint32_t    first = xfs_u32(records, at);
        xfs_chunk_t chunk = {
            .first  = (uint64_t)ag << (fs->super.ag_block_log + fs->super.inodes_per_block_log) | first,
            .free   = xfs_u64(records, at + 8), .absent = sparse ? xfs_u16(records, at + 4) : 0,
        };
        if (first >= (uint64_t)fs->super.ag_blocks << fs->super.inodes_per_block_log) {
            sink_damage(fs->sink, xfs_ag_block_at(fs, ag, 0), 0, "the tree of inodes names some outside the allocation group");
            continue;
        }
        if (fs->chunk_count == fs->chunk_capacity) {
            size_t       capacity = fs->chunk_capacity == 0 ? 64 : fs->chunk_capacity * 2;
            xfs_chunk_t *more     = realloc(fs->chunks, capacity * sizeof *more);
            if (more == NULL) {
                fs->no_memory = true;
                return;
            }
            fs->chunks         = more;
            fs->chunk_capacity = capacity;
        }
        if (!xfs_spend(fs, 16 * XFS_CHUNK_INODES))
            return;
        fs->chunks[fs->chunk_count++] = chunk;
        claim_chunk(fs, &chunk);
    }
}

static const tree_kind_t inodes      = {
    "IABT", "IAB3", "the tree of inodes is damaged: files that no directory leads to cannot be found", 4, 16, learn_inodes,
};
static const tree_kind_t free_inodes = {"FIBT", "FIB3", "the tree of free inodes is damaged", 4, 16, NULL};

void xfs_read_inode_trees(xfs_t *fs, uint32_t ag, span_t header)
{
    read_tree(fs, ag, &inodes, header, 20, 24);
    if ((fs->super.readonly & XFS_READONLY_FINOBT) != 0)
        read_tree(fs, ag, &free_inodes, header, 328, 332);
}
