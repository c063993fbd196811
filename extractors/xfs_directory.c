/* Directories of version 2. Small ones stand in the inode: counts, parent, and entries of length, offset, name, type and inode of 4 or
 * 8 bytes. Others are files of directory blocks: data up to 32 GiB, from there on indexes of hashes (leaves, nodes), from 64 GiB on
 * lists of free room. Data is read from first to last, the indexes are only claimed and checked. A data block: magic, in version 5 its
 * checksum and owner, the largest free places, then entries of inode, length, name, type, padding and their own position; a directory
 * of one block holds the index at its end. Source: Linux, fs/xfs/libxfs/xfs_da_format.h. */
#include "extractors/xfs.h"

#define LEAF_FROM (UINT64_C(1) << 35)

enum {
    HEADER = 16, HEADER_CRC = 64, CRC_AT = 4, OWNER_AT = 40, INDEX_CRC_AT = 12, INDEX_OWNER_AT = 48, INDEX_MAGIC_AT = 8, FREE_TAG = 0xFFFF,
    TAIL = 8, INDEX_ENTRY = 8,
};

typedef struct {
    xfs_t             *fs;
    const xfs_inode_t *inode;
    fs_tree_t         *tree;   /* NULL: only the parent is asked for */
    uint64_t           parent;
    bool               stop, told_outside;
} directory_t;

static void damaged(const directory_t *d, uint64_t at, uint64_t length, const char *what)
{
    if (d->tree != NULL)
        sink_damage(d->fs->sink, at, length, what);
}

static void entry(directory_t *d, span_t name, uint64_t number)
{
    bool dot = name.size == 1 && name.at[0] == '.', dots = name.size == 2 && name.at[0] == '.' && name.at[1] == '.';
    if (dots)
        d->parent = number;
    if (!dot && !dots && d->tree != NULL && !fs_tree_entry(d->tree, name, number))
        d->stop = true;
}

/* ---- in the inode ---- */

static void read_short(directory_t *d)
{
    const xfs_fork_t *fork  = &d->inode->data;
    reader_t          r     = reader_from(span_clip(fork->bytes, 0, d->inode->size));
    uint8_t           small = read_u8(&r), large = read_u8(&r);
    unsigned          width = large > 0 ? 8 : 4;
    unsigned          count = small > 0 ? small : large;
    d->parent               = read_be(&r, width);
    for (; count > 0 && !d->stop && reader_ok(&r); count--) {
        uint8_t size = read_u8(&r);
        reader_skip(&r, 2);
        span_t name = read_span(&r, size);
        if (d->fs->has_ftype)
            reader_skip(&r, 1);
        uint64_t number = read_be(&r, width);
        if (reader_ok(&r))
            entry(d, name, number);
    }
    if (!reader_ok(&r))
        damaged(d, fork->at, fork->bytes.size, "a directory in an inode ends before its entries do");
}

/* ---- in blocks ---- */

static void read_entries(directory_t *d, span_t block, uint64_t at, uint64_t end)
{
    uint64_t pos = d->fs->has_crc ? HEADER_CRC : HEADER;
    while (pos + 8 <= end && !d->stop) {
        if (xfs_u16(block, pos) == FREE_TAG) {
            uint16_t length = xfs_u16(block, pos + 2);
            if (length < 8 || length % 8 != 0 || length > end - pos)
                break;
            pos += length;
            continue;
        }
        uint8_t  size   = xfs_u8(block, pos + 8);
        uint64_t length = round_up(8 + 1 + (uint64_t)size + (d->fs->has_ftype ? 1 : 0) + 2, 8);
        if (length > end - pos || xfs_u16(block, pos + length - 2) != pos)
            break;
        entry(d, span_sub(block, pos + 9, size), xfs_u64(block, pos));
        pos += length;
    }
    if (pos != end && !d->stop)
        damaged(d, at + min_u64(pos, block.size), block.size - min_u64(pos, block.size),
                "a directory block holds an impossible entry: what follows in it is not known");
}

static void read_data(directory_t *d, span_t block, uint64_t at)
{
    xfs_t *fs    = d->fs;
    bool   whole = span_has_text_at(block, 0, fs->has_crc ? "XDB3" : "XD2B"), data = span_has_text_at(block, 0, fs->has_crc ? "XDD3" : "XD2D");
    if (!whole && !data) {
        damaged(d, at, block.size, "a directory block is damaged: the names in it are lost");
        return;
    }
    if (!xfs_crc_holds(fs, block, CRC_AT) || (fs->has_crc && xfs_u64(block, OWNER_AT) != d->inode->number))
        damaged(d, at, block.size, "the checksum of a directory block does not hold");
    uint64_t end = block.size;
    if (whole) {
        uint64_t index = TAIL + (uint64_t)xfs_u32(block, block.size - TAIL) * INDEX_ENTRY;
        if (index > block.size - HEADER_CRC) {
            damaged(d, at + block.size - TAIL, TAIL, "the index of a directory block is longer than the block");
            index = TAIL;
        }
        end = block.size - index;
    }
    read_entries(d, block, at, end);
}

static void check_index(directory_t *d, span_t block, uint64_t at)
{
    xfs_t   *fs    = d->fs;
    uint16_t magic = xfs_u16(block, INDEX_MAGIC_AT);
    bool     good  = fs->has_crc ? magic == 0x3DF1 || magic == 0x3DFF || magic == 0x3EBE : magic == 0xD2F1 || magic == 0xD2FF || magic == 0xFEBE;
    bool     room  = span_has_text_at(block, 0, fs->has_crc ? "XDF3" : "XD2F");
    if ((!good && !room) || !xfs_crc_holds(fs, block, good ? INDEX_CRC_AT : CRC_AT) ||
        (fs->has_crc && xfs_u64(block, good ? INDEX_OWNER_AT : OWNER_AT) != d->inode->number))
        damaged(d, at, block.size, "a block of a directory's index is damaged; the names themselves are read without it");
}

static void read_block(directory_t *d, span_t block, uint64_t at, uint64_t offset)
{
    if (offset < LEAF_FROM)
        read_data(d, block, at);
    else
        check_index(d, block, at);
}

/* Claims a block of the file; false when it is not there, or was read for another directory. */
static bool take_block(directory_t *d, uint64_t at)
{
    if (!span_holds(d->fs->image, at, d->fs->super.block_size)) {
        if (!d->told_outside)
            damaged(d, d->fs->image.size, 0, "blocks of a directory lie behind the end of the image");
        d->told_outside = true;
        return false;
    }
    if (d->tree == NULL)
        return xfs_spend(d->fs, d->fs->super.block_size);
    if (!xfs_mark_read(d->fs, at)) {
        damaged(d, at, d->fs->super.block_size, "a directory holds a block that something else holds, too: it was not read again");
        return false;
    }
    sink_claim(d->fs->sink, at, d->fs->super.block_size, REGION_STRUCTURE);
    return true;
}

/* A directory block may be made of several blocks in several places. */
typedef struct { uint64_t first, next, at; } pieces_t;

static void take_piece(directory_t *d, pieces_t *pieces, uint64_t file_block, uint64_t at)
{
    xfs_t   *fs    = d->fs;
    uint64_t count = UINT64_C(1) << fs->super.directory_log, within = file_block & (count - 1);
    if (within == 0) {
        *pieces            = (pieces_t){file_block, file_block, at};
        fs->assembled.size = 0;
    }
    if (file_block != pieces->next || pieces->first != file_block - within) {
        damaged(d, at, fs->super.block_size, "a directory block lacks a part");
        return;
    }
    pieces->next++;
    if (count > 1)
        buffer_append(&fs->assembled, span_sub(fs->image, at, fs->super.block_size));
    if (within == count - 1) {
        span_t block = count > 1 ? buffer_span(&fs->assembled) : span_sub(fs->image, at, fs->super.block_size);
        pieces->next = UINT64_MAX;
        if (!fs->assembled.failed)
            read_block(d, block, pieces->at, pieces->first << fs->super.block_log);
    }
}

static void read_blocks(directory_t *d)
{
    xfs_t    *fs     = d->fs;
    pieces_t  pieces = {.next = UINT64_MAX};
    xfs_map_t map;
    xfs_read_map(fs, d->inode, &d->inode->data, &map);
    if (map.damage.what != NULL)
        damaged(d, map.damage.offset, map.damage.length, map.damage.what);
    for (size_t i = 0; i < map.count && !d->stop; i++) {
        const xfs_extent_t *extent = &map.items[i];
        for (uint64_t b = 0; b < extent->blocks && !d->stop; b++) {
            uint64_t at = extent->at + (b << fs->super.block_log);
            if (take_block(d, at))
                take_piece(d, &pieces, extent->offset + b, at);
            else if (fs->stopped || at >= fs->image.size)
                break;
            if (d->tree == NULL && d->parent != 0)
                d->stop = true;
        }
    }
    xfs_map_free(&map);
}

void xfs_read_directory(xfs_t *fs, const xfs_inode_t *inode, fs_tree_t *tree, uint64_t *parent)
{
    directory_t d = {.fs = fs, .inode = inode, .tree = tree};
    if (inode->data.format == XFS_FORMAT_LOCAL)
        read_short(&d);
    else
        read_blocks(&d);
    if (parent != NULL)
        *parent = d.parent;
}
