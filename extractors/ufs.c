/* UFS, the file system of the BSDs and of Solaris (also "FFS"), version 1 and 2, in either byte order. A superblock at 64 KiB (UFS2),
 * 8 KiB (UFS1), 0 or 256 KiB with its magic at 1372; the volume is cut into cylinder groups, each of which holds a copy of the superblock, a
 * group header (magic 090255) with bitmaps, a table of inodes, and blocks of data that may be cut into fragments. Everything is
 * addressed in fragments. An inode has 12 direct pointers and three to blocks of pointers; a directory is a file of records (inode,
 * record length, type, name length, name). Source: FreeBSD, sys/ufs/ffs/fs.h, sys/ufs/ufs/dinode.h and dir.h; Linux, fs/ufs/ufs_fs.h
 * (the flavours). */
#include "extractors/ufs.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MAGIC_AT = 1372, UFS1_MAGIC = 0x011954, UFS2_MAGIC = 0x19540119, UFS2_EA_MAGIC = 0x19012038, GROUP_MAGIC = 0x090255, BLOCK_MIN = 4096,
        BLOCK_MAX = 65536,
    FRAGMENT_MIN = 512, FLAG_UNCLEAN = 0x01, FLAG_SOFT_UPDATES = 0x02, FLAG_JOURNALED = 0x08, FLAG_ACLS = 0x10, FLAG_GJOURNAL = 0x40,
        FLAG_NFS4_ACLS = 0x100
};

/* Where a superblock stands, and where the first copy does: behind it, at the next block boundary. */
static const uint32_t places[] = {65536, 8192, 0, 262144, /* copies: */ 16384, 32768, 65536, 73728, 81920, 98304, 131072};
enum { PLACES = sizeof places / sizeof *places, FIRST_COPY = 4 };

static uint64_t field(const ufs_super_t *super, span_t superblock, uint64_t at, unsigned bytes)
{
    reader_t r = reader_at(superblock, at);
    return ufs_read(super, &r, bytes);
}

static bool power_of_two(uint32_t value) { return value != 0 && (value & (value - 1)) == 0; }

/* The magic, in which byte order and of which version. */
static bool read_magic(span_t superblock, ufs_super_t *super)
{
    for (unsigned big = 0; big < 2; big++) {
        super->big     = big != 0;
        uint64_t magic = field(super, superblock, MAGIC_AT, 4);
        super->ufs2    = magic != UFS1_MAGIC;
        if (magic == UFS1_MAGIC || magic == UFS2_MAGIC || magic == UFS2_EA_MAGIC)
            return true;
    }
    return false;
}

static ufs_flavour_t flavour_of(const ufs_super_t *super, span_t superblock)
{
    /* 4.4BSD keeps the mask of an offset in a block four bytes before Sun does. */
    if (super->ufs2 || field(super, superblock, 1336, 8) == super->block_size - 1 || field(super, superblock, 1324, 4) == 2)
        return UFS_FLAVOUR_44BSD;
    return field(super, superblock, 1340, 8) == super->block_size - 1 ? UFS_FLAVOUR_SUN : UFS_FLAVOUR_OLD;
}

static bool sound(const ufs_super_t *super, uint32_t fragments_per_block)
{
    uint64_t last = ufs_group_part(super, super->groups - 1, 0);
    return power_of_two(super->block_size) && super->block_size >= BLOCK_MIN && super->block_size <= BLOCK_MAX && power_of_two(super->fragment_size)
           && super->fragment_size >= FRAGMENT_MIN && super->fragment_size <= super->block_size
           && super->block_size / super->fragment_size == fragments_per_block
           && fragments_per_block <= 8 && super->groups > 0 && super->inodes_per_group > 0 && super->fragments_per_group > 0
           && super->superblock_block < super->group_block && super->group_block < super->inode_block && super->inode_block < super->data_block
           && super->data_block <= super->fragments_per_group && super->group_size <= super->block_size
           && super->superblock_size >= UFS_SUPERBLOCK_SIZE
           && super->superblock_size <= 8192 && super->size >= super->data_block && super->size < UINT64_MAX / BLOCK_MAX && last < super->size
           && (uint64_t)super->inodes_per_group * ufs_inode_size(super) <= (uint64_t)(super->data_block - super->inode_block) * super->fragment_size;
}

/* The fields that are needed to find things; false when they do not agree with each other. */
static bool read_superblock(span_t image, uint64_t at, ufs_super_t *super)
{
    span_t superblock = span_sub(image, at, UFS_SUPERBLOCK_SIZE);
    if (superblock.at == NULL || !read_magic(superblock, super))
        return false;
    const ufs_super_t *s        = super;
    super->at                   = at;
    super->superblock_block     = (uint32_t)field(s, superblock, 8, 4);
    super->group_block          = (uint32_t)field(s, superblock, 12, 4);
    super->inode_block          = (uint32_t)field(s, superblock, 16, 4);
    super->data_block           = (uint32_t)field(s, superblock, 20, 4);
    super->group_offset         = (uint32_t)field(s, superblock, 24, 4);
    super->group_mask           = (uint32_t)field(s, superblock, 28, 4);
    super->groups               = (uint32_t)field(s, superblock, 44, 4);
    super->block_size           = (uint32_t)field(s, superblock, 48, 4);
    super->fragment_size        = (uint32_t)field(s, superblock, 52, 4);
    super->superblock_size      = (uint32_t)field(s, superblock, 104, 4);
    super->summary_size         = (uint32_t)field(s, superblock, 156, 4);
    super->group_size           = (uint32_t)field(s, superblock, 160, 4);
    super->inodes_per_group     = (uint32_t)field(s, superblock, 184, 4);
    super->fragments_per_group  = (uint32_t)field(s, superblock, 188, 4);
    super->clean                = superblock.at[209];
    super->size                 = super->ufs2 ? field(s, superblock, 1080, 8) : field(s, superblock, 36, 4);
    super->summary_at           = super->ufs2 ? field(s, superblock, 1096, 8) : field(s, superblock, 152, 4);
    super->written              = super->ufs2 ? (int64_t)field(s, superblock, 1072, 8) : (int32_t)(uint32_t)field(s, superblock, 32, 4);
    super->flavour              = flavour_of(super, superblock);
    super->flags                = super->ufs2 ? (uint32_t)field(s, superblock, 1312, 4) : (uint32_t)superblock.at[211];
    super->symlink_max          = super->flavour == UFS_FLAVOUR_44BSD ? (uint32_t)field(s, superblock, 1320, 4) : 0;
    if (!sound(super, (uint32_t)field(s, superblock, 56, 4)))
        return false;
    super->image = span_clip(image, 0, super->size * super->fragment_size);
    return true;
}

static span_t group_header(const ufs_super_t *super, uint32_t group)
{
    return span_sub(super->image, ufs_group_part(super, group, super->group_block) * super->fragment_size, super->group_size);
}

static bool group_is_sound(const ufs_super_t *super, uint32_t group)
{
    span_t header = group_header(super, group);
    return header.size >= 168 && field(super, header, 4, 4) == GROUP_MAGIC && field(super, header, 12, 4) == group;
}

/* A superblock that is followed by the group and the root directory that it describes; what is cut off is not held against it. A
 * copy deep inside of another file system is therefore not taken for the start of one. */
static unsigned evidence_for(const ufs_super_t *super)
{
    ufs_inode_t root;
    bool        group = group_is_sound(super, 0), inode = ufs_read_inode(super, UFS_ROOT, &root) && (root.mode & 0170000) == 0040000;
    bool        cut   = super->image.size < ufs_group_part(super, 0, super->inode_block + 1) * super->fragment_size;
    if (!group && !inode && (!cut || super->is_copy))
        return 0;
    return 32 + 12 + (group ? 32u : 0) + (inode ? 16u : 0);
}

static unsigned find_superblock(span_t image, ufs_super_t *super)
{
    for (size_t i = 0; i < PLACES; i++) {
        ufs_super_t found = {.is_copy = i >= FIRST_COPY};
        /* With blocks of 64 KiB, the copy of one at 8 KiB stands where another volume has the first. */
        if (!read_superblock(image, places[i], &found) || found.is_copy != ((uint64_t)found.superblock_block * found.fragment_size == found.at))
            continue;
        unsigned bits = evidence_for(&found);
        if (bits > 0) {
            *super = found;
            return bits;
        }
    }
    return 0;
}

static unsigned ufs_probe(span_t image)
{
    ufs_super_t super;
    return find_superblock(image, &super);
}

static uint64_t ufs_extent(span_t image)
{
    ufs_super_t super;
    return find_superblock(image, &super) > 0 ? super.image.size : 0;
}

/* ---- facts ---- */

static void say_text(sink_t *sink, const char *key, span_t text)
{
    char   value[512];
    size_t length = strnlen((const char *)text.at, text.size);
    (void)snprintf(value, sizeof value, "%.*s", (int)length, (const char *)text.at);
    if (length > 0)
        sink_fact(sink, key, value);
}

static void say_facts(const ufs_super_t *super, sink_t *sink)
{
    static const char *const flavours[] = {[UFS_FLAVOUR_44BSD] = "4.4BSD", [UFS_FLAVOUR_OLD] = "4.2BSD", [UFS_FLAVOUR_SUN] = "Solaris"};
    span_t                   superblock = span_sub(super->image, super->at, UFS_SUPERBLOCK_SIZE);
    sink_fact(sink, "ufs.version", super->ufs2 ? "2" : "1");
    sink_fact(sink, "ufs.byte_order", super->big ? "big" : "little");
    sink_fact(sink, "ufs.flavour", flavours[super->flavour]);
    sink_fact_printf(sink, "ufs.geometry", "%llu fragments of %u, blocks of %u, %u groups", (unsigned long long)super->size, super->fragment_size,
        super->block_size,
                     super->groups);
    sink_fact_printf(sink, "ufs.id", "%08llx%08llx", (unsigned long long)field(super, superblock, 144, 4), (unsigned long long)field(super,
        superblock, 148, 4));
    sink_fact_printf(sink, "ufs.written", "%lld", (long long)super->written);
    if (super->flavour == UFS_FLAVOUR_44BSD)
        sink_fact_printf(sink, "ufs.features", "%s%s%s%s%s", (super->flags & FLAG_SOFT_UPDATES) != 0 ? "soft-updates " : "",
                         (super->flags & FLAG_JOURNALED) != 0 ? "journal " : "", (super->flags & FLAG_GJOURNAL) != 0 ? "gjournal " : "",
                         (super->flags & (FLAG_ACLS | FLAG_NFS4_ACLS)) != 0 ? "acls " : "", super->clean != 0
                             && (super->flags & FLAG_UNCLEAN) == 0 ? "clean" : "unclean");
    say_text(sink, "ufs.mounted_on", span_sub(superblock, 212, super->flavour == UFS_FLAVOUR_44BSD ? 468 : 512));
    if (super->flavour == UFS_FLAVOUR_44BSD)
        say_text(sink, "ufs.label", span_sub(superblock, 680, 32));
    unsigned snapshots = 0;
    for (unsigned i = 0; super->flavour == UFS_FLAVOUR_44BSD && i < 20; i++)
        snapshots += field(super, superblock, 1116 + 4 * (uint64_t)i, 4) != 0 ? 1u : 0u;
    if (snapshots > 0)
        sink_fact_printf(sink, "ufs.snapshots", "%u", snapshots);
}

/* ---- cylinder groups ---- */

/* Inodes of the group that were ever written: UFS2 sets its tables up as they are needed. */
static uint32_t written_inodes(const ufs_super_t *super, uint32_t group)
{
    span_t header = group_header(super, group);
    if (!super->ufs2 || !group_is_sound(super, group))
        return super->inodes_per_group;
    return (uint32_t)min_u64(field(super, header, 120, 4), super->inodes_per_group);
}

static bool in_use(const ufs_super_t *super, uint32_t group, uint32_t index)
{
    span_t   header = group_header(super, group);
    uint64_t map    = field(super, header, 92, 4);
    if (!group_is_sound(super, group) || map + index / 8 >= header.size)
        return false;
    return (header.at[map + index / 8] >> index % 8 & 1) != 0;
}

static void claim(const ufs_super_t *super, sink_t *sink, uint64_t fragment, uint64_t length)
{
    uint64_t at;
    if (checked_mul(fragment, super->fragment_size, &at) && at < super->image.size)
        sink_claim(sink, at, min_u64(length, super->image.size - at), REGION_STRUCTURE);
}

static void claim_group(const ufs_super_t *super, sink_t *sink, uint32_t group)
{
    uint64_t at     = ufs_group_part(super, group, super->group_block) * super->fragment_size;
    uint64_t copy   = ufs_group_part(super, group, super->superblock_block);
    span_t   header = group_header(super, group);
    ufs_super_t other = {0};
    if (read_superblock(super->image, copy * super->fragment_size, &other))
        claim(super, sink, copy, super->superblock_size);
    if (header.at == NULL)
        return; /* behind the end, which is said once */
    if (group_is_sound(super, group))
        sink_claim(sink, at, super->group_size, REGION_STRUCTURE);
    else
        sink_damage(sink, at, super->group_size, "the header of a cylinder group is not one: which of its inodes are in use is not known");
    claim(super, sink, ufs_group_part(super, group, super->inode_block), (uint64_t)written_inodes(super, group) * ufs_inode_size(super));
}

/* Groups of which something may be in the image. */
static uint32_t groups_present(const ufs_super_t *super)
{
    uint64_t present = super->image.size / ((uint64_t)super->fragments_per_group * super->fragment_size) + 1;
    return (uint32_t)min_u64(present, super->groups);
}

/* What is in use, and no directory leads to: directories first, so that what is below them is shown there. */
static status_t show_lost(ufs_walk_t *walk)
{
    const ufs_super_t *super  = walk->super;
    status_t           status = ok();
    walk->lost                = true;
    for (unsigned pass = 0; pass < 2; pass++)
        for (uint32_t group = 0; group < groups_present(super); group++)
            for (uint32_t i = 0; i < written_inodes(super, group) && status_ok(status); i++) {
                uint64_t    number = (uint64_t)group * super->inodes_per_group + i;
                ufs_inode_t inode;
                if (number < UFS_ROOT || !in_use(super, group, i) || fs_tree_seen(walk->tree, number) || !ufs_read_inode(super, number, &inode)
                    || inode.mode == 0
                    || (pass == 0 && (inode.mode & 0170000) != 0040000))
                    continue;
                char path[48];
                int  size = snprintf(path, sizeof path, FS_LOST_PATH "#%llu", (unsigned long long)number);
                status    = fs_tree_show(walk->tree, span_from(path, (size_t)size), number);
            }
    return status;
}

/* ---- the extractor ---- */

static void claim_boot_area(const ufs_super_t *super, sink_t *sink)
{
    span_t area = span_clip(super->image, 0, super->is_copy ? 8192 : super->at);
    if (span_is_filled_with(area, 0))
        return;
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("boot-area"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, 0, area.size);
    sink_end_child(sink);
}

static status_t ufs_extract(span_t image, sink_t *sink)
{
    ufs_super_t super;
    if (find_superblock(image, &super) == 0)
        return status_fail(STATUS_REJECTED, "ufs", 0, "no sound superblock");
    if (super.is_copy)
        sink_damage(sink, super.ufs2 ? 65536 : 8192, UFS_SUPERBLOCK_SIZE, "the superblock is not sound: its first copy is used");
    sink_claim(sink, super.at, min_u64(super.superblock_size, super.image.size - super.at), REGION_STRUCTURE);
    say_facts(&super, sink);
    if (super.image.size < super.size * super.fragment_size)
        sink_damage(sink, super.image.size, 0, "the image ends before the file system does");
    for (uint32_t group = 0; group < groups_present(&super); group++)
        claim_group(&super, sink, group);
    claim(&super, sink, super.summary_at, super.summary_size);
    claim_boot_area(&super, sink);
    ufs_walk_t walk = {.super = &super, .sink = sink, .budget = 4 * (uint64_t)super.image.size + (1 << 20)};
    walk.tree       = fs_tree_new(sink, &ufs_operations, &walk);
    walk.taken      = calloc(super.image.size / super.fragment_size / 8 + 1, 1);
    status_t status = walk.tree == NULL || walk.taken == NULL ? status_fail(STATUS_MEMORY, "ufs", 0, "out of memory") : fs_tree_walk(walk.tree,
        UFS_ROOT);
    if (status_ok(status))
        status = show_lost(&walk);
    fs_tree_free(walk.tree);
    free(walk.taken);
    buffer_free(&walk.link);
    buffer_free(&walk.attribute_bytes);
    buffer_free(&walk.attribute_names);
    return status.code == STATUS_LIMIT ? ok() : status;
}

#define MAGICS_AT(offset)                                                                                                                   \
    MAGIC("\x54\x19\x01\x00", (offset) + MAGIC_AT), MAGIC("\x00\x01\x19\x54", (offset) + MAGIC_AT), MAGIC("\x19\x01\x54\x19", (offset) + MAGIC_AT), \
        MAGIC("\x19\x54\x01\x19", (offset) + MAGIC_AT), MAGIC("\x38\x20\x01\x19", (offset) + MAGIC_AT), MAGIC("\x19\x01\x20\x38", (offset) + MAGIC_AT)

static const magic_t magics[] = {
    MAGICS_AT(65536), MAGICS_AT(8192), MAGICS_AT(0), MAGICS_AT(262144), MAGICS_AT(16384), MAGICS_AT(32768), MAGICS_AT(73728), MAGICS_AT(81920),
        MAGICS_AT(98304),
    MAGICS_AT(131072),
};

const extractor_t ufs_extractor = {
    .id = "ufs", .name = "UFS", .specification = "FreeBSD, sys/ufs/ffs/fs.h, sys/ufs/ufs/dinode.h, sys/ufs/ufs/dir.h; Linux, fs/ufs/ufs_fs.h",
        .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = ufs_probe, .extent = ufs_extent, .extract = ufs_extract,
};
