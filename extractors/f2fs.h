/* F2FS, the flash-friendly file system (data partitions of Android). Little-endian, blocks of 4096 bytes (16 KiB on some machines).
 * Layout: Linux include/linux/f2fs_fs.h and Documentation/filesystems/f2fs.rst.
 *
 *   superblocks    at 1024 and one block further: magic 0xF2F52010, where the areas begin
 *   checkpoints    two packs, written in turns: which copies of the tables are valid, where the logs are, journals of the tables
 *   SIT, NAT, SSA  segments, nodes (number → inode, block), owners of blocks; SIT and NAT in two copies, a bit for each block tells which
 *   main area      nodes and data. A node block ends with a footer (its number, its inode, version of the checkpoint, the next node of
 *                  the log). An inode holds addresses, small content or directories, and extended attributes; behind it two direct
 *                  nodes, two indirect ones, and one of two levels
 * Nodes that were written with fsync after the last checkpoint stand in the log of warm nodes and replace what the NAT says. */
#ifndef ASSAY_EXTRACTORS_F2FS_H
#define ASSAY_EXTRACTORS_F2FS_H

#include "base/buffer.h"
#include "extractors/codec.h"
#include "extractors/extractor.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

enum { F2FS_SUPER_AT = 1024, F2FS_FOOTER = 24, F2FS_ADDRESSES_AT = 360, F2FS_NODES_OF_INODE = 5, F2FS_DEVICES_MAX = 8, F2FS_JOURNAL_MAX = 64 };
enum {
    F2FS_ENCRYPT = 0x1, F2FS_EXTRA_ATTRIBUTES = 0x8, F2FS_INODE_CHECKSUM = 0x20, F2FS_FLEXIBLE_XATTR = 0x40, F2FS_QUOTA_INODES = 0x80,
    F2FS_SUPER_CHECKSUM = 0x800, F2FS_CASEFOLD = 0x1000, F2FS_COMPRESSION = 0x2000
};
enum { F2FS_INLINE_XATTR = 0x01, F2FS_INLINE_DATA = 0x02, F2FS_INLINE_DIRECTORY = 0x04, F2FS_EXTRA = 0x20 };
enum { F2FS_ADVISE_ENCRYPTED = 0x04, F2FS_ADVISE_VERITY = 0x40, F2FS_FLAG_COMPRESSED = 0x04 };
#define F2FS_MAGIC UINT32_C(0xF2F52010)
#define F2FS_HOLE 0u
#define F2FS_NEW UINT32_MAX                 /* reserved, not written yet */
#define F2FS_COMPRESSED_CLUSTER (UINT32_MAX - 1)
/* Numbers of deleted inodes for fs_tree: the block in which they stand, marked. */
#define F2FS_BY_BLOCK (UINT64_C(1) << 63)

typedef struct {
    uint64_t at;    /* in the image */
    uint32_t block_bits, segment_bits, checkpoints, sit, nat, ssa, main, segment0, root, payload, features, extensions;
    uint32_t sit_segments, nat_segments, main_segments, segments, quota[3], segments_per_section;
    uint64_t blocks;
    uint16_t major, minor, encoding;
    uint8_t  uuid[16];
    char     label[512];                    /* UTF-8 */
    char     version[256];
    struct { char path[64]; uint32_t segments; } devices[F2FS_DEVICES_MAX];
    bool     checksum_known, checksum_good;
} f2fs_super_t;

typedef struct {
    uint64_t at, version, blocks_used, elapsed;
    uint32_t flags, blocks, summaries, crc, sit_bytes, nat_bytes, valid_nodes, valid_inodes;
    uint32_t node_segment[3], free_segments;
    uint16_t node_offset[3];
    span_t   nat_bitmap;
} f2fs_checkpoint_t;

typedef struct { uint32_t node, inode, block; } f2fs_entry_t; /* of the NAT */

typedef struct {
    uint64_t number, at, size;  /* at: of the inode's block */
    span_t   raw;
    uint32_t node, mode, uid, gid, flags, xattr_node;
    int64_t  mtime;
    uint8_t  advise, inlined, algorithm, cluster_bits, name_size;
    uint16_t compress_flags;
    uint64_t addresses_at;      /* of the first address, in the image */
    uint32_t extra, xattr_bytes, addresses, per_node;
    bool     compressed, encrypted, checksum_wrong;
} f2fs_inode_t;

typedef struct {
    span_t            image;
    sink_t           *sink;
    f2fs_super_t      super;
    f2fs_checkpoint_t checkpoint;
    uint64_t          block;    /* size in bytes */
    f2fs_entry_t      journal[F2FS_JOURNAL_MAX];
    size_t            journal_count;
    f2fs_entry_t     *recovered; /* newest last; of nodes that were written after the checkpoint */
    size_t            recovered_count, recovered_capacity;
    uint64_t          work;      /* nodes and blocks of directories that may still be read */
    bool              told_work, told_encrypted;
    codec_context_t  *codecs;
    buffer_t          text, xattr_bytes, xattr_list, encoded, decoded;
    uint32_t         *orphans;
    size_t            orphan_count;
    xattr_t           xattrs[XATTRS_MAX];
} f2fs_t;

/* The checksum of F2FS: CRC-32 without inversions, beginning with `seed`. */
uint32_t f2fs_crc(uint32_t seed, span_t bytes);

/* ---- f2fs_node.c ---- */

/* The newest block of a node; false when the NAT knows none. */
bool f2fs_find_node(const f2fs_t *fs, uint32_t node, f2fs_entry_t *entry);
/* Reads the footer of a node block. */
bool f2fs_read_footer(const f2fs_t *fs, uint64_t block, f2fs_entry_t *entry, uint32_t *flags, uint64_t *version, uint32_t *next);
/* The block, which must say of itself that it is this node of this inode; claimed as structure. */
bool f2fs_open_node(f2fs_t *fs, uint32_t node, uint32_t inode, uint64_t *at);
/* `number`: of a node, or F2FS_BY_BLOCK and a block. */
bool f2fs_read_inode(const f2fs_t *fs, uint64_t number, f2fs_inode_t *inode);
/* Fills the attributes of `info`; NULL or what is wrong. */
const char *f2fs_read_xattrs(f2fs_t *fs, const f2fs_inode_t *inode, child_info_t *info);
/* Journal, and nodes behind the checkpoint. */
void f2fs_read_journal(f2fs_t *fs);
void f2fs_roll_forward(f2fs_t *fs);
bool f2fs_spend(f2fs_t *fs, uint64_t units);
uint32_t f2fs_entries_per_table_block(const f2fs_t *fs);

/* ---- f2fs_data.c ---- */

/* A stretch of addresses of an inode: [from, to) in blocks of the content. */
typedef struct {
    const f2fs_inode_t *inode;
    uint64_t            from, to, at; /* at: where in the image the address of `from` stands */
    bool                hole, lost;
} f2fs_stretch_t;

/* Makes `stretch` hold `index`, which it may already. */
void f2fs_seek(f2fs_t *fs, f2fs_stretch_t *stretch, uint64_t index);
uint32_t f2fs_address(const f2fs_t *fs, const f2fs_stretch_t *stretch, uint64_t index);
/* Can this block hold data? */
bool f2fs_in_main_area(const f2fs_t *fs, uint64_t block);
/* Where the content begins that stands inside the inode, and how long it can be. */
span_t f2fs_inline_area(const f2fs_t *fs, const f2fs_inode_t *inode, uint64_t *at);
status_t f2fs_write_content(f2fs_t *fs, const f2fs_inode_t *inode, child_t *child);
bool f2fs_read_content(f2fs_t *fs, const f2fs_inode_t *inode, uint64_t limit, buffer_t *content);

/* ---- f2fs_walk.c ---- */

status_t f2fs_walk(f2fs_t *fs);

#endif
