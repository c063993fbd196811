/* btrfs, shared by the files of its reader: btrfs.c (superblocks, what the registry sees), btrfs_checksum.c, btrfs_chunk.c (from
 * logical addresses to places in the image), btrfs_tree.c (blocks of trees, searching), btrfs_data.c (content of files) and
 * btrfs_walk.c (subvolumes and their files). All is little-endian. Sources: Linux, include/uapi/linux/btrfs_tree.h, fs/btrfs/; the
 * btrfs documentation, "On-disk Format". */
#ifndef ASSAY_EXTRACTORS_BTRFS_H
#define ASSAY_EXTRACTORS_BTRFS_H

#include "base/buffer.h"
#include "extractors/codec.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

enum { BTRFS_LEVELS_MAX = 8, BTRFS_COPIES_MAX = 4, BTRFS_CHECKSUM_MAX = 32, BTRFS_SUPER_SIZE = 4096, BTRFS_BACKUPS = 4, BTRFS_HEADER = 101 };

enum { BTRFS_CRC32C, BTRFS_XXHASH64, BTRFS_SHA256, BTRFS_BLAKE2B, BTRFS_CHECKSUMS };

/* Types of items. */
enum {
    BTRFS_INODE = 1, BTRFS_INODE_REF = 12, BTRFS_XATTR = 24, BTRFS_DIR_INDEX = 96, BTRFS_EXTENT_DATA = 108, BTRFS_EXTENT_CSUM = 128, BTRFS_ROOT = 132,
    BTRFS_ROOT_REF = 156, BTRFS_CHUNK = 228,
};

/* Numbers of trees, and of what stands in them. */
enum { BTRFS_ROOT_TREE = 1, BTRFS_CHUNK_TREE = 3, BTRFS_FS_TREE = 5, BTRFS_CSUM_TREE = 7, BTRFS_FIRST_FREE = 256 };
#define BTRFS_LAST_FREE (UINT64_MAX - 255)
#define BTRFS_CSUM_OBJECT (UINT64_MAX - 9)

enum {
    BTRFS_INCOMPAT_MIXED_GROUPS = 4, BTRFS_INCOMPAT_SKINNY = 0x100, BTRFS_INCOMPAT_NO_HOLES = 0x200, BTRFS_INCOMPAT_METADATA_UUID = 0x400,
    BTRFS_INCOMPAT_ZONED = 0x1000,
    BTRFS_INCOMPAT_EXTENT_TREE_2 = 0x2000, BTRFS_INCOMPAT_STRIPE_TREE = 0x4000,
};

typedef struct { uint64_t object; uint8_t type; uint64_t offset; } btrfs_key_t;
typedef struct { uint64_t at, generation; uint8_t level; } btrfs_root_t; /* generation 0: not known */

typedef struct {
    uint64_t     bytenr, generation, total_bytes, bytes_used, device_count, compat_readonly, incompat, device, device_bytes;
    uint32_t     sector_size, node_size, chunks_size;
    uint16_t     checksum;
    btrfs_root_t root, chunk, log, backup_root[BTRFS_BACKUPS], backup_chunk[BTRFS_BACKUPS];
    uint8_t      uuid[16];
    span_t       label, chunks; /* of the image */
    bool         checksum_holds;
} btrfs_super_t;

typedef struct {
    uint64_t logical, length, stripe_length, type;
    uint16_t stripes, sub_stripes;
    span_t   devices; /* 32 bytes a stripe */
} btrfs_chunk_t;

/* A block of a tree. Not `good`: it cannot be used. `tainted`: used, although its checksum or generation is wrong. */
typedef struct { span_t bytes; uint64_t logical, at; uint32_t items; uint8_t level; bool used, good, tainted, told; } btrfs_block_t;

/* A place in a tree. `gap`: blocks on the way could not be read. `tainted`: `taint_at` stands a block that is used all the same. */
typedef struct {
    btrfs_block_t path[BTRFS_LEVELS_MAX];
    uint32_t      slot[BTRFS_LEVELS_MAX];
    unsigned      levels;
    uint64_t      taint_at;
    bool          valid, gap, tainted;
} btrfs_cursor_t;

typedef struct { btrfs_key_t key; span_t data; uint64_t at; } btrfs_item_t; /* `at`: where the data stands in the image */

/* A subvolume or snapshot. `refs` 0: deleted, not yet cleaned up. */
typedef struct { uint64_t id; btrfs_root_t root; uint32_t refs; bool read_only, is_snapshot; } btrfs_subvolume_t;

/* What the kernel shows in a snapshot in place of a subvolume that lay in the original: an empty directory. */
typedef struct { uint32_t uid, gid; } btrfs_stub_t;

typedef struct { uint8_t digest[32]; uint32_t child; } btrfs_content_t; /* child NO_CHILD: a free place */

typedef struct {
    span_t             image;
    sink_t            *sink;
    btrfs_super_t      super;
    btrfs_chunk_t     *chunks; /* by logical address */
    size_t             chunk_count, chunk_capacity;
    btrfs_block_t     *blocks; /* those that were read; open addressing by logical address */
    size_t             block_count, block_capacity;
    btrfs_subvolume_t *subvolumes; /* by number */
    size_t             subvolume_count, subvolume_capacity;
    btrfs_stub_t      *stubs;
    size_t             stub_count, stub_capacity;
    btrfs_content_t   *contents;
    size_t             content_count, content_capacity;
    btrfs_root_t       root_tree, csum_tree;
    bool               has_csum_tree;
    codec_context_t   *codecs;
    buffer_t           gathered, decoded; /* an extent in pieces; the one last decoded */
    uint64_t           decoded_from, decoded_span;
    uint64_t           work, work_limit;
    bool               stopped, no_memory;
    xattr_t            xattrs[XATTRS_MAX];
} btrfs_t;

static inline uint8_t  btrfs_u8(span_t s, uint64_t at) { reader_t r = reader_at(s, at); return read_u8(&r); }
static inline uint16_t btrfs_u16(span_t s, uint64_t at) { reader_t r = reader_at(s, at); return read_le16(&r); }
static inline uint32_t btrfs_u32(span_t s, uint64_t at) { reader_t r = reader_at(s, at); return read_le32(&r); }
static inline uint64_t btrfs_u64(span_t s, uint64_t at) { reader_t r = reader_at(s, at); return read_le64(&r); }
static inline btrfs_key_t btrfs_read_key(span_t s, uint64_t at)
{
    return (btrfs_key_t){btrfs_u64(s, at), btrfs_u8(s, at + 8), btrfs_u64(s, at + 9)};
}

/* ---- btrfs.c ---- */

/* Takes `amount` bytes from what reading may cost; false, recorded once, when there is no more: stop. */
bool btrfs_spend(btrfs_t *fs, uint64_t amount);
/* Makes room for one more item in a growing array; false: out of memory, recorded in fs->no_memory. */
bool btrfs_grow(btrfs_t *fs, void **items, size_t count, size_t *capacity, size_t size);

/* ---- btrfs_checksum.c ---- */

/* Bytes of a checksum; 0: of an unknown kind. */
size_t      btrfs_checksum_size(uint16_t kind);
const char *btrfs_checksum_name(uint16_t kind);
/* Does `expected` (which holds at least btrfs_checksum_size bytes) agree with the bytes? True for an unknown kind. */
bool btrfs_checksum_holds(uint16_t kind, span_t bytes, span_t expected);

/* ---- btrfs_chunk.c ---- */

/* Learns the chunks of the superblock, then those of the chunk tree. */
void btrfs_learn_chunk(btrfs_t *fs, uint64_t logical, span_t item);
void btrfs_learn_system_chunks(btrfs_t *fs);
void btrfs_learn_chunks(btrfs_t *fs);
/* Where copy number `copy` of the byte at `logical` stands, and how many bytes from there on stand together. False when there is no
 * such copy on this device; `*run` is then how many bytes are not here, 0 when the address belongs to no chunk. */
bool btrfs_locate(const btrfs_t *fs, uint64_t logical, unsigned copy, uint64_t *at, uint64_t *run);

/* ---- btrfs_tree.c ---- */

/* The block at `logical`, read, checked and claimed once. */
btrfs_block_t btrfs_block(btrfs_t *fs, uint64_t logical, unsigned level, uint64_t generation);
/* Goes to the first item not before `key`, or with `before` to the last one not behind it. False: there is none. */
bool btrfs_seek(btrfs_t *fs, const btrfs_root_t *root, btrfs_key_t key, bool before, btrfs_cursor_t *cursor);
bool btrfs_next(btrfs_t *fs, btrfs_cursor_t *cursor);
btrfs_item_t btrfs_item(const btrfs_cursor_t *cursor);
/* The item of exactly this key. */
bool btrfs_find(btrfs_t *fs, const btrfs_root_t *root, btrfs_key_t key, btrfs_cursor_t *cursor, btrfs_item_t *item);
/* Reads all blocks of a tree, so that they are claimed and checked. */
void btrfs_visit(btrfs_t *fs, const btrfs_root_t *root);

/* ---- btrfs_data.c ---- */

enum { BTRFS_INODE_NO_CHECKSUMS = 1 };

/* Claims the extent of an item as structure: of files that are the file system's own. */
void     btrfs_claim_extent(btrfs_t *fs, const btrfs_item_t *item);
status_t btrfs_write_content(btrfs_t *fs, const btrfs_root_t *root, uint64_t inode, uint64_t size, uint64_t flags, child_t *child);

/* ---- btrfs_walk.c ---- */

void     btrfs_learn_subvolumes(btrfs_t *fs);
status_t btrfs_walk(btrfs_t *fs);

#endif
