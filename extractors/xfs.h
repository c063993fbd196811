/* XFS, shared by the files of its reader: xfs.c (superblock, headers of allocation groups, what the registry sees), xfs_btree.c
 * (the trees of an allocation group), xfs_inode.c (inodes, where their forks stand), xfs_directory.c, xfs_attribute.c (extended
 * attributes), xfs_log.c (is the log clean?) and xfs_walk.c (the tree of files). All is big-endian but for the CRC-32C of version
 * 5. Sources: Linux, fs/xfs/libxfs/xfs_format.h, xfs_da_format.h, xfs_log_format.h; "XFS Algorithms & Data Structures". */
#ifndef ASSAY_EXTRACTORS_XFS_H
#define ASSAY_EXTRACTORS_XFS_H

#include "base/buffer.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

enum { XFS_LEVELS_MAX = 9, XFS_CHUNK_INODES = 64, XFS_SECTOR = 512 /* what addresses in version 5 headers count in */ };

enum { XFS_READONLY_FINOBT = 1, XFS_READONLY_RMAPBT = 2, XFS_READONLY_REFLINK = 4 };
enum {
    XFS_INCOMPAT_FTYPE = 1, XFS_INCOMPAT_SPARSE_INODES = 2, XFS_INCOMPAT_BIGTIME = 8, XFS_INCOMPAT_NEEDS_REPAIR = 0x10, XFS_INCOMPAT_NREXT64 = 0x20,
    XFS_INCOMPAT_METADIR = 0x100, XFS_INCOMPAT_KNOWN = 0x1FF,
};

typedef struct {
    uint32_t block_size, ag_blocks, ag_count, log_blocks, realtime_extent;
    uint16_t version, sector_size, inode_size, inodes_per_block, version_bits;
    uint8_t  block_log, inode_log, inodes_per_block_log, ag_block_log, directory_log;
    uint32_t features2, readonly, incompat;
    uint64_t blocks, realtime_blocks, log_start, root_inode, inodes, inodes_free, blocks_free;
    uint64_t internal_inodes[6]; /* realtime bitmap and summary, quotas of users, groups and projects, metadata directory; 0 or all ones: none */
    uint8_t  uuid[16], label[12];
    bool     crc_holds;
} xfs_super_t;

/* A group of 64 inodes; a sparse one lacks some, whose bits are set in `absent` (one bit for four inodes). */
typedef struct { uint64_t first, free; uint16_t absent; } xfs_chunk_t;

typedef struct {
    span_t       image;
    sink_t      *sink;
    xfs_super_t  super;
    bool         has_crc, has_ftype;
    uint64_t     blocks;        /* whole blocks of the image that are of the file system */
    uint8_t     *read_blocks;   /* bits: blocks that were read as metadata which only one tree or directory can own */
    uint8_t     *free_blocks;   /* bits, only for the search of what is deleted; NULL */
    uint8_t     *inode_blocks;  /* bits: blocks claimed as inodes */
    xfs_chunk_t *chunks;
    size_t       chunk_count, chunk_capacity;
    uint64_t     work, work_limit;
    bool         stopped, no_memory;
    buffer_t     text, link, assembled; /* xattrs and link target of the inode in hand; a directory block in pieces */
    xattr_t      xattrs[XATTRS_MAX];
} xfs_t;

static inline uint16_t xfs_u16(span_t s, uint64_t at) { reader_t r = reader_at(s, at); return read_be16(&r); }
static inline uint32_t xfs_u32(span_t s, uint64_t at) { reader_t r = reader_at(s, at); return read_be32(&r); }
static inline uint64_t xfs_u64(span_t s, uint64_t at) { reader_t r = reader_at(s, at); return read_be64(&r); }
static inline uint8_t  xfs_u8(span_t s, uint64_t at) { reader_t r = reader_at(s, at); return read_u8(&r); }

/* ---- xfs.c ---- */

/* Takes `amount` bytes from what reading may cost; false, recorded once, when there is no more: stop. */
bool xfs_spend(xfs_t *fs, uint64_t amount);
/* Does the CRC-32C at `field` agree with the structure? True in version 4, which has none. */
bool xfs_crc_holds(const xfs_t *fs, span_t structure, size_t field);
/* Where block `ag_block` of allocation group `ag` stands in the image; UINT64_MAX when there is no such block. */
uint64_t xfs_ag_block_at(const xfs_t *fs, uint64_t ag, uint64_t ag_block);
/* Where `count` blocks from the number `block` on stand; UINT64_MAX when they are not inside one allocation group. */
uint64_t xfs_blocks_at(const xfs_t *fs, uint64_t block, uint64_t count);
/* Marks the block that stands at `at` as read; false when it was before. */
bool xfs_mark_read(xfs_t *fs, uint64_t at);

/* ---- xfs_btree.c ---- */

/* Reads the trees that the header of an allocation group names, claims their blocks, and learns which inodes there are. */
void xfs_read_free_space(xfs_t *fs, uint32_t ag, span_t header);
void xfs_read_inode_trees(xfs_t *fs, uint32_t ag, span_t header);

/* ---- xfs_inode.c ---- */

enum { XFS_FORMAT_DEVICE, XFS_FORMAT_LOCAL, XFS_FORMAT_EXTENTS, XFS_FORMAT_BTREE };
enum { XFS_INODE_REALTIME = 1 };
enum { XFS_INODE2_METADATA = 1 << 5 };

typedef struct { span_t bytes; uint64_t at, extents; uint8_t format; } xfs_fork_t;

typedef struct {
    uint64_t   number, at, size, flags2;
    uint32_t   mode, uid, gid, links, metadata_type;
    uint16_t   flags;
    uint8_t    version;
    int64_t    mtime, created;
    bool       has_created, crc_holds;
    xfs_fork_t data, attributes; /* no extended attributes: format 0 */
} xfs_inode_t;

typedef struct { uint64_t offset, at, blocks; bool unwritten; } xfs_extent_t; /* offset: in the file, in blocks; at: in the image, in bytes */

/* Extents in the order of the file. `broken`: some of them cannot be known, `damage` says why. */
typedef struct { xfs_extent_t *items; size_t count, capacity; bool broken; fs_damage_t damage; } xfs_map_t;

/* Where the inode of this number stands; UINT64_MAX: nowhere. */
uint64_t xfs_inode_at(const xfs_t *fs, uint64_t number);
/* False when there is no inode there, neither in use nor free. Mode 0: free. */
bool xfs_read_inode(const xfs_t *fs, uint64_t number, xfs_inode_t *inode);
/* Decodes one record of an extent; false when it is impossible. */
bool xfs_decode_extent(const xfs_t *fs, span_t record, xfs_extent_t *extent);
/* Free the map with xfs_map_free, whatever it holds. */
void xfs_read_map(xfs_t *fs, const xfs_inode_t *inode, const xfs_fork_t *fork, xfs_map_t *map);
void xfs_map_free(xfs_map_t *map);
/* Where the block `offset` of the file stands; UINT64_MAX: it is a hole. */
uint64_t xfs_map_find(const xfs_t *fs, const xfs_map_t *map, uint64_t offset);

/* ---- xfs_directory.c ---- */

/* Calls fs_tree_entry for each entry; with `tree` NULL only learns `*parent` (0: not known), and claims nothing. */
void xfs_read_directory(xfs_t *fs, const xfs_inode_t *inode, fs_tree_t *tree, uint64_t *parent);

/* ---- xfs_attribute.c ---- */

/* Fills info->xattrs from fs->text and fs->xattrs; what cannot be read becomes `damage`. */
void xfs_read_attributes(xfs_t *fs, const xfs_inode_t *inode, child_info_t *info, fs_damage_t *damage);

/* ---- xfs_log.c ---- */

void xfs_explain_log(xfs_t *fs);

/* ---- xfs_walk.c ---- */

status_t xfs_walk(xfs_t *fs);

#endif
