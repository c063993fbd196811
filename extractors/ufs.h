/* UFS, shared by its parts: the superblock (ufs.c) and what inodes lead to (ufs_walk.c). */
#ifndef ASSAY_EXTRACTORS_UFS_H
#define ASSAY_EXTRACTORS_UFS_H

#include "base/buffer.h"
#include "extractors/extractor.h"
#include "extractors/fs_tree.h"

enum { UFS_SUPERBLOCK_SIZE = 1376, UFS_ROOT = 2, UFS_DIRECT = 12, UFS_INDIRECT = 3, UFS_POINTERS = UFS_DIRECT + UFS_INDIRECT };

/* How the Unix that wrote it keeps owners and devices. */
typedef enum { UFS_FLAVOUR_44BSD, UFS_FLAVOUR_OLD, UFS_FLAVOUR_SUN } ufs_flavour_t;

typedef struct {
    span_t        image; /* from the start of the file system to its end, or that of the bytes there are */
    bool          big, ufs2, is_copy;
    ufs_flavour_t flavour;
    uint64_t      at;    /* where this superblock stands */
    uint64_t      size, summary_at; /* in fragments */
    uint32_t      superblock_block, group_block, inode_block, data_block, group_offset, group_mask, groups, block_size, fragment_size, summary_size,
        group_size, superblock_size, inodes_per_group, fragments_per_group, symlink_max, flags;
    int64_t       written;
    uint8_t       clean;
} ufs_super_t;

typedef struct {
    uint16_t mode;
    uint32_t uid, gid, flags;
    uint64_t size, blocks;
    int64_t  mtime;
    uint64_t at;                     /* where it stands */
    uint64_t pointers[UFS_POINTERS]; /* in fragments; 0: hole */
    uint64_t attributes[2];          /* blocks of extended attributes (UFS2) */
    uint32_t attributes_size;
} ufs_inode_t;

typedef struct {
    const ufs_super_t *super;
    sink_t            *sink;
    fs_tree_t         *tree;
    uint8_t           *taken;        /* a bit a fragment: an indirect block or a directory's, none of which belongs to two */
    bool               lost;         /* what is shown now is not in the tree */
    bool               told_snapshot;
    uint64_t           budget;       /* bytes of extended attributes that may still be read: inodes could share them without end */
    buffer_t           link, attribute_bytes;
    xattr_t            attributes[XATTRS_MAX];
    buffer_t           attribute_names;
} ufs_walk_t;

extern const fs_operations_t ufs_operations;

static inline uint64_t ufs_read(const ufs_super_t *super, reader_t *r, unsigned bytes) { return super->big ? read_be(r, bytes) : read_le(r, bytes); }
/* The first fragment of what every cylinder group holds at `block` of its own. */
static inline uint64_t ufs_group_part(const ufs_super_t *super, uint32_t group, uint32_t block)
{
    uint64_t shifted = super->ufs2 ? 0 : (uint64_t)super->group_offset * (group & ~super->group_mask);
    return (uint64_t)group * super->fragments_per_group + shifted + block;
}
static inline uint32_t ufs_inode_size(const ufs_super_t *super) { return super->ufs2 ? 256 : 128; }
/* False: there is no such inode, or it lies behind the end of the image. */
bool ufs_read_inode(const ufs_super_t *super, uint64_t number, ufs_inode_t *inode);

#endif
