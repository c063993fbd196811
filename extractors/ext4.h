/* ext2, ext3 and ext4 share one layout: a superblock at 1024, group descriptors behind it, and in each group of blocks bitmaps of
 * blocks and inodes and a part of the inode table; newer features move, widen and checksum these. All little-endian, but for the
 * journal, which is big-endian. Source: Linux, Documentation/filesystems/ext4/ ("ext4 Data Structures and Algorithms").
 *
 * Blocks are read through the journal: where a committed transaction was not written back, its copy of the block counts. */
#ifndef ASSAY_EXTRACTORS_EXT4_H
#define ASSAY_EXTRACTORS_EXT4_H

#include "base/buffer.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

enum {
    EXT4_SUPER_AT = 1024, EXT4_SUPER_SIZE = 1024, EXT4_ROOT = 2, EXT4_INODE_MIN = 128, EXT4_IN_INODE = 60, EXT4_NAME_MAX = 255,
    EXT4_FIRST_BLOCK_FIELD = 40, /* of an inode: where the map of blocks, a short target or inline data stand */
};
#define EXT4_HUGE UINT64_MAX

enum { /* s_feature_compat */
    EXT4_COMPAT_JOURNAL = 0x4, EXT4_COMPAT_SPARSE_SUPER2 = 0x200, EXT4_COMPAT_ORPHAN_FILE = 0x1000,
};
enum { /* s_feature_incompat */
    EXT4_INCOMPAT_COMPRESSION = 0x1, EXT4_INCOMPAT_FILETYPE = 0x2, EXT4_INCOMPAT_RECOVER = 0x4, EXT4_INCOMPAT_JOURNAL_DEVICE = 0x8,
    EXT4_INCOMPAT_META_BG = 0x10,
    EXT4_INCOMPAT_EXTENTS = 0x40, EXT4_INCOMPAT_64BIT = 0x80, EXT4_INCOMPAT_MMP = 0x100, EXT4_INCOMPAT_FLEX_BG = 0x200,
    EXT4_INCOMPAT_CSUM_SEED = 0x2000,
};
enum { /* s_feature_ro_compat */
    EXT4_RO_SPARSE_SUPER = 0x1, EXT4_RO_GDT_CSUM = 0x10, EXT4_RO_QUOTA = 0x100, EXT4_RO_BIGALLOC = 0x200, EXT4_RO_METADATA_CSUM = 0x400,
};
enum { /* i_flags */
    EXT4_FLAG_ENCRYPT = 0x800, EXT4_FLAG_INDEX = 0x1000, EXT4_FLAG_EXTENTS = 0x80000, EXT4_FLAG_VERITY = 0x100000, EXT4_FLAG_EA_INODE = 0x200000,
    EXT4_FLAG_INLINE_DATA = 0x10000000,
};
enum { EXT4_GROUP_INODE_UNINIT = 1, EXT4_GROUP_BLOCK_UNINIT = 2 };

typedef struct {
    uint64_t at;     /* where the superblock that is read stands */
    uint64_t blocks, error_block, mmp_block;
    uint32_t inodes, first_data_block, log_block_size, block_size, log_cluster_ratio, blocks_per_group, inodes_per_group, first_inode, inode_size,
        descriptor_size;
    uint32_t compat, incompat, ro_compat, revision, creator, group, state, mounts, errors, reserved_gdt_blocks, first_meta_bg, journal_inode,
        last_orphan;
    uint32_t backup_groups[2], journal_backup[17], quota_inodes[3], orphan_file, checksum_seed;
    int64_t  created, mounted, written, checked, first_error, last_error;
    uint8_t  journal_backup_type;
    uint8_t  uuid[16];
    span_t   label, last_mounted_on;
    uint64_t groups;
    bool     consistent; /* its checksum holds, or where there is none, its numbers agree with each other */
    bool     checksum_bad;
} ext4_super_t;

typedef struct {
    uint64_t block_bitmap, inode_bitmap, inode_table;
    uint32_t flags, unused_inodes, block_checksum, inode_checksum;
    bool     good, bitmaps_good;
} ext4_group_t;

typedef struct {
    uint32_t number, mode, uid, gid, links, flags, deleted_at, generation, extra_size;
    uint64_t size, xattr_block;
    int64_t  mtime;
    span_t   raw;
    uint64_t at;     /* in the image; EXT4_HUGE when it was restored from the journal */
    uint32_t seed;   /* what checksums of its own blocks begin with */
    bool     checksum_bad;
} ext4_inode_t;

/* key → value; open addressing. A free place has the key EXT4_HUGE. */
typedef struct { uint64_t key, value; } ext4_item_t;
typedef struct { ext4_item_t *items; size_t count, capacity; } ext4_table_t;

/* An older or newer copy of a block, in the journal. */
typedef struct { uint64_t block, at; uint32_t sequence; bool escaped; } ext4_copy_t;
typedef struct { ext4_copy_t *copies; size_t count, capacity; } ext4_copies_t;

/* What a removed directory entry still says; number 0: the entry's number was wiped. */
typedef struct { uint32_t number, directory; size_t name_at, name_size; } ext4_name_t;
typedef struct { ext4_name_t *names; size_t count, capacity; } ext4_names_t;

typedef struct {
    span_t       image;
    sink_t      *sink;
    ext4_super_t super;
    ext4_group_t *groups;
    uint64_t     group_count;      /* of `groups`: those that are looked at */
    uint32_t     seed;             /* of all checksums */
    bool         checksums;        /* the feature metadata_csum */
    ext4_table_t replayed;         /* block → where in the image its newest committed copy stands */
    ext4_table_t escaped;          /* block → position in `restored`: its copy in the journal was altered there */
    buffer_t     restored;
    ext4_copies_t history;         /* with deleted files: all that the journal still holds, by block, newest first */
    ext4_names_t removed, directories; /* with deleted files */
    buffer_t     name_bytes;
    child_t     *child;            /* whose content is being read: damage is its own */
    const ext4_inode_t *old;       /* the inode that is shown as it once was */
    uint64_t     work, work_limit;
    uint64_t     encrypted, verity, fragments_lost;
    bool         journal_good;     /* the inode of the journal holds one, and not something else */
    bool         deleted;          /* look at what is deleted, too */
    bool         reading_deleted;  /* content may be taken from blocks only that nobody was given since */
    bool         no_memory, told_work, told_directory_checksum;
    xattr_t      xattrs[XATTRS_MAX];
    buffer_t     xattr_bytes, link;
} ext4_t;

/* ---- ext4_super.c: superblocks, group descriptors, checksums ---- */

/* The superblock, or when it is broken, a backup that is better. False: there is none. */
bool ext4_read_super(span_t image, ext4_super_t *super);
/* The superblock that stands at `at`; false when it cannot be one. */
bool ext4_read_super_at(span_t image, uint64_t at, ext4_super_t *super);
bool ext4_has_super(const ext4_super_t *super, uint64_t group);
/* The first block of a group. */
uint64_t ext4_group_start(const ext4_super_t *super, uint64_t group);
/* Loads the descriptors; damage is recorded. False when out of memory. */
bool ext4_load_groups(ext4_t *fs);
/* Claims superblocks, descriptors, bitmaps and the inode table, and checks the bitmaps. */
void ext4_claim_groups(ext4_t *fs);
/* How many inodes of a group may be in use. */
uint32_t ext4_inodes_of(const ext4_t *fs, const ext4_group_t *group);
uint32_t ext4_crc32c(uint32_t crc, span_t bytes);
uint32_t ext4_crc32c_le32(uint32_t crc, uint32_t value);

/* ---- ext4.c ---- */

/* [offset, offset+length) of a block, as the journal has it; {NULL, 0} when the image does not hold it. */
span_t ext4_bytes(const ext4_t *fs, uint64_t block, uint64_t offset, uint64_t length);
/* Where in the image the bytes stand that ext4_bytes gave; EXT4_HUGE for what was restored. */
uint64_t ext4_offset(const ext4_t *fs, span_t bytes);
/* Counts bytes of metadata that were read; false when this image costs too much (recorded once). */
bool ext4_spend(ext4_t *fs, uint64_t bytes);
/* Damage of the child in hand, or of the file system. */
void ext4_tell(ext4_t *fs, uint64_t offset, uint64_t length, const char *what);
/* False when out of memory. */
bool ext4_table_put(ext4_table_t *table, uint64_t key, uint64_t value);
const ext4_item_t *ext4_table_find(const ext4_table_t *table, uint64_t key); /* NULL when absent */
bool ext4_grow(void **items, size_t count, size_t *capacity, size_t size);

/* ---- ext4_map.c: which blocks a file has ---- */

typedef enum { EXT4_RUN_DATA, EXT4_RUN_UNWRITTEN, EXT4_RUN_LOST } ext4_run_kind_t;
typedef struct {
    ext4_run_kind_t kind;
    uint64_t        logical, count; /* blocks of the file, ascending and disjoint; between runs are holes */
    uint64_t        physical;       /* block of the file system; when lost, the offset in the image of what should tell */
    const char     *what;           /* why it is lost */
} ext4_run_t;
/* False: no more runs are wanted. */
typedef bool (*ext4_run_reader_t)(void *context, const ext4_run_t *run);

/* Hands on the runs of the first `blocks` blocks of the file. Blocks of the map are claimed. */
void ext4_map(ext4_t *fs, const ext4_inode_t *inode, uint64_t blocks, ext4_run_reader_t reader, void *context);
/* Appends the first `size` bytes of the file's content; false when they are not all there. Claims them as structure. */
bool ext4_collect(ext4_t *fs, const ext4_inode_t *inode, uint64_t size, buffer_t *out);
/* Claims all blocks of the file as structure. */
void ext4_claim_file(ext4_t *fs, const ext4_inode_t *inode);

/* ---- ext4_inode.c ---- */

/* False when the image does not hold it. */
bool ext4_read_inode(const ext4_t *fs, uint64_t number, ext4_inode_t *inode);
/* The same from other bytes: an older copy. */
void ext4_parse_inode(const ext4_t *fs, uint32_t number, span_t raw, ext4_inode_t *inode);
bool ext4_mode_is_known(uint32_t mode);
/* Is this one of the files of the file system's own, and holds what it should? Anything else might be a hidden file. */
bool ext4_is_own_file(ext4_t *fs, const ext4_inode_t *inode);
/* Fills the fs's `xattrs`; `*what` when not all can be read. The value of `inline_data` is given apart. */
size_t ext4_read_xattrs(ext4_t *fs, const ext4_inode_t *inode, span_t *inline_data, const char **what);
/* What is inline behind the first 60 bytes; empty when there is nothing. */
span_t ext4_inline_rest(ext4_t *fs, const ext4_inode_t *inode);

extern const fs_operations_t ext4_operations;

/* ---- ext4_directory.c ---- */

void ext4_list(void *fs, uint64_t number, fs_tree_t *tree);
/* The number that ".." names; 0 when it cannot be read. */
uint32_t ext4_parent(ext4_t *fs, const ext4_inode_t *directory);

/* ---- ext4_journal.c ---- */

/* Claims the journal; when transactions were not written back, reads them so that blocks are seen as they would be. */
void ext4_open_journal(ext4_t *fs);

/* ---- ext4_lost.c ---- */

/* Inodes in use that no directory leads to; then, when they are asked for, those that were deleted. */
status_t ext4_show_lost(ext4_t *fs, fs_tree_t *tree);
status_t ext4_show_deleted(ext4_t *fs, fs_tree_t *tree);
/* Was the block given to somebody (since)? A block whose bitmap cannot be read counts as taken. */
bool ext4_block_in_use(const ext4_t *fs, uint64_t block);
/* The same of an inode. */
bool ext4_inode_in_use(const ext4_t *fs, uint64_t number);
/* The position in `history` of the newest copy of the block, or of what follows when there is none. */
size_t ext4_first_copy(const ext4_t *fs, uint64_t block);

#endif
