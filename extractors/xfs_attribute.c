/* Extended attributes. In the inode: total size, count, then length of name, length of value, flags, name, value. Otherwise a file of
 * blocks: leaves of entries (hash, place of the name, flags), above them nodes of hashes; large values stand in blocks of their own, in
 * version 5 each with a header: "XARM", offset, bytes, checksum, UUID, owner, address.
 * Source: Linux, fs/xfs/libxfs/xfs_da_format.h. */
#include "extractors/xfs.h"

#include <stdlib.h>

enum {
    FLAG_LOCAL = 1, FLAG_ROOT = 2, FLAG_SECURE = 4, FLAG_PARENT = 8, FLAG_INCOMPLETE = 0x80, VALUE_MAX = 65536,
    LEAF_HEADER = 32, LEAF_HEADER_CRC = 80, NODE_HEADER = 16, NODE_HEADER_CRC = 64, CRC_AT = 12, OWNER_AT = 48, INFO = 12, INFO_CRC = 56,
    REMOTE_HEADER = 56, REMOTE_OWNER_AT = 32, REMOTE_BYTES_AT = 8,
};

typedef struct { size_t name_at, name_size, value_at, value_size; } found_t;

typedef struct {
    xfs_t             *fs;
    const xfs_inode_t *inode;
    xfs_map_t          map;
    fs_damage_t       *damage;
    found_t            found[XATTRS_MAX];
    size_t             count;
} attributes_t;

static void spoil(attributes_t *a, uint64_t at, uint64_t length, const char *what)
{
    if (a->damage->what == NULL)
        *a->damage = (fs_damage_t){at, length, what};
}

/* ---- names and values ---- */

/* Begins an attribute: its name with the prefix that Linux shows. False: not one to show, or no room. */
static bool begin(attributes_t *a, uint8_t flags, span_t name)
{
    if ((flags & (FLAG_INCOMPLETE | FLAG_PARENT)) != 0)
        return false;
    if (a->count == XATTRS_MAX) {
        spoil(a, a->inode->attributes.at, a->inode->attributes.bytes.size, "more extended attributes than are shown");
        return false;
    }
    buffer_t *text = &a->fs->text;
    found_t  *f    = &a->found[a->count];
    f->name_at     = text->size;
    buffer_append_text(text, (flags & FLAG_ROOT) != 0 ? "trusted." : (flags & FLAG_SECURE) != 0 ? "security." : "user.");
    buffer_append(text, name);
    f->name_size = text->size - f->name_at;
    f->value_at  = text->size;
    return true;
}

/* An access list in the form of XFS (big-endian: count; tag, id, permissions of each) is also shown as Linux gives it to programs. */
static void add_access_list(attributes_t *a, span_t name, span_t list)
{
    bool     access = span_equal(name, span_from_text("SGI_ACL_FILE"));
    uint32_t count  = xfs_u32(list, 0);
    if ((!access && !span_equal(name, span_from_text("SGI_ACL_DEFAULT"))) || a->count == XATTRS_MAX || list.size < 4 || count > (list.size - 4) / 12)
        return;
    buffer_t copy = {0}; /* the list stands in the buffer that grows */
    buffer_append_le(&copy, 2, 4);
    for (uint32_t i = 0; i < count; i++) {
        buffer_append_le(&copy, xfs_u32(list, 4 + 12 * (uint64_t)i), 2);
        buffer_append_le(&copy, xfs_u16(list, 12 + 12 * (uint64_t)i), 2);
        uint32_t tag = xfs_u32(list, 4 + 12 * (uint64_t)i);
        buffer_append_le(&copy, tag == 2 || tag == 8 ? xfs_u32(list, 8 + 12 * (uint64_t)i) : UINT32_MAX, 4);
    }
    found_t  *f    = &a->found[a->count];
    buffer_t *text = &a->fs->text;
    f->name_at     = text->size;
    buffer_append_text(text, access ? "system.posix_acl_access" : "system.posix_acl_default");
    f->name_size  = text->size - f->name_at;
    f->value_at   = text->size;
    buffer_append(text, buffer_span(&copy));
    f->value_size = text->size - f->value_at;
    a->fs->no_memory = a->fs->no_memory || copy.failed;
    buffer_free(&copy);
    a->count++;
}

static void finish(attributes_t *a, uint8_t flags, span_t name)
{
    buffer_t *text = &a->fs->text;
    found_t  *f    = &a->found[a->count];
    f->value_size  = text->size - f->value_at;
    a->count++;
    if ((flags & FLAG_ROOT) != 0 && !text->failed)
        add_access_list(a, name, span_sub(buffer_span(text), f->value_at, f->value_size));
}

static void add(attributes_t *a, uint8_t flags, span_t name, span_t value)
{
    if (!begin(a, flags, name))
        return;
    buffer_append(&a->fs->text, value);
    finish(a, flags, name);
}

/* A value of `size` bytes, from this block of the fork on. */
static bool append_remote(attributes_t *a, uint64_t block, uint64_t size)
{
    xfs_t   *fs     = a->fs;
    uint64_t header = fs->has_crc ? REMOTE_HEADER : 0;
    for (; size > 0; block++) {
        uint64_t at   = xfs_map_find(fs, &a->map, block);
        span_t   from = span_sub(fs->image, at, fs->super.block_size);
        if (at == UINT64_MAX || from.at == NULL || !xfs_spend(fs, from.size)) {
            spoil(a, min_u64(at, fs->image.size), 0, "a block of an extended attribute is not there");
            return false;
        }
        uint64_t length = min_u64(size, from.size - header);
        sink_claim(fs->sink, at, header + length, REGION_STRUCTURE);
        if (fs->has_crc && (!span_has_text_at(from, 0, "XARM") || !xfs_crc_holds(fs, from, CRC_AT) || xfs_u32(from, REMOTE_BYTES_AT) != length ||
                            xfs_u64(from, REMOTE_OWNER_AT) != a->inode->number)) {
            spoil(a, at, from.size, "a block of an extended attribute is damaged");
            return false;
        }
        buffer_append(&fs->text, span_sub(from, header, length));
        size -= length;
    }
    return true;
}

/* ---- where they stand ---- */

static void read_short(attributes_t *a)
{
    span_t   bytes = a->inode->attributes.bytes;
    reader_t r     = reader_from(span_clip(bytes, 0, xfs_u16(bytes, 0)));
    reader_skip(&r, 2);
    unsigned count = read_u8(&r);
    reader_skip(&r, 1);
    for (; count > 0 && reader_ok(&r); count--) {
        uint8_t name_size = read_u8(&r), value_size = read_u8(&r), flags = read_u8(&r);
        span_t  name = read_span(&r, name_size), value = read_span(&r, value_size);
        if (reader_ok(&r))
            add(a, flags, name, value);
    }
    if (!reader_ok(&r))
        spoil(a, a->inode->attributes.at, bytes.size, "the extended attributes in an inode end too early");
}

static void read_entry(attributes_t *a, span_t leaf, uint64_t at, uint64_t entry_at)
{
    uint16_t place = xfs_u16(leaf, entry_at + 4);
    uint8_t  flags = xfs_u8(leaf, entry_at + 6);
    reader_t r     = reader_at(leaf, place);
    bool     local = (flags & FLAG_LOCAL) != 0;
    uint32_t first = local ? 0 : read_be32(&r), size = local ? read_be16(&r) : read_be32(&r);
    uint8_t  name_size = read_u8(&r);
    span_t   name      = read_span(&r, name_size), value = read_span(&r, local ? size : 0);
    if (!reader_ok(&r) || size > VALUE_MAX) {
        spoil(a, at, leaf.size, "a block of extended attributes holds an impossible entry");
    } else if (local) {
        add(a, flags, name, value);
    } else if (begin(a, flags, name)) {
        if (append_remote(a, first, size))
            finish(a, flags, name);
    }
}

static void read_leaf(attributes_t *a, span_t leaf, uint64_t at)
{
    uint64_t header = a->fs->has_crc ? LEAF_HEADER_CRC : LEAF_HEADER;
    size_t   count  = xfs_u16(leaf, a->fs->has_crc ? INFO_CRC : INFO), fit = (leaf.size - header) / 8;
    if (count > fit)
        spoil(a, at, leaf.size, "a block of extended attributes is damaged");
    for (size_t i = 0; i < min_u64(count, fit) && a->count < XATTRS_MAX; i++)
        read_entry(a, leaf, at, header + 8 * i);
}

/* One block of the tree, `level` counts down from the root's so that no cycle is possible; -1: not known yet. */
static void read_block(attributes_t *a, uint64_t block, int level)
{
    xfs_t   *fs   = a->fs;
    uint64_t at   = xfs_map_find(fs, &a->map, block);
    span_t   from = span_sub(fs->image, at, fs->super.block_size);
    if (at == UINT64_MAX || from.at == NULL) {
        spoil(a, min_u64(at, fs->image.size), 0, "a block of extended attributes is not there");
        return;
    }
    if (!xfs_spend(fs, from.size))
        return;
    uint16_t magic = xfs_u16(from, 8);
    bool     node = magic == (fs->has_crc ? 0x3EBE : 0xFEBE), leaf = magic == (fs->has_crc ? 0x3BEE : 0xFBEE);
    uint64_t info  = fs->has_crc ? INFO_CRC : INFO;
    int      stands = node ? xfs_u16(from, info + 2) : 0;
    if ((!node && !leaf) || (level >= 0 && stands != level) || stands > XFS_LEVELS_MAX || (node && stands == 0)) {
        spoil(a, at, from.size, "a block of extended attributes is damaged");
        return;
    }
    sink_claim(fs->sink, at, from.size, REGION_STRUCTURE);
    if (!xfs_crc_holds(fs, from, CRC_AT) || (fs->has_crc && xfs_u64(from, OWNER_AT) != a->inode->number))
        spoil(a, at, from.size, "the checksum of a block of extended attributes does not hold");
    if (leaf) {
        read_leaf(a, from, at);
        return;
    }
    uint64_t header = fs->has_crc ? NODE_HEADER_CRC : NODE_HEADER;
    size_t   count  = (size_t)min_u64(xfs_u16(from, info), (from.size - header) / 8);
    for (size_t i = 0; i < count && a->count < XATTRS_MAX && !fs->stopped; i++)
        read_block(a, xfs_u32(from, header + 8 * i + 4), stands - 1);
}

void xfs_read_attributes(xfs_t *fs, const xfs_inode_t *inode, child_info_t *info, fs_damage_t *damage)
{
    const xfs_fork_t *fork = &inode->attributes;
    attributes_t     *a    = fork->bytes.at != NULL ? calloc(1, sizeof *a) : NULL;
    if (a == NULL) {
        fs->no_memory = fs->no_memory || fork->bytes.at != NULL;
        return;
    }
    *a = (attributes_t){.fs = fs, .inode = inode, .damage = damage};
    if (fork->format == XFS_FORMAT_LOCAL) {
        read_short(a);
    } else if (fork->format == XFS_FORMAT_BTREE || fork->extents > 0) {
        xfs_read_map(fs, inode, fork, &a->map);
        if (a->map.damage.what != NULL)
            spoil(a, a->map.damage.offset, a->map.damage.length, a->map.damage.what);
        if (a->map.count > 0)
            read_block(a, 0, -1);
    }
    for (size_t i = 0; i < a->count && !fs->text.failed; i++) {
        const found_t *f = &a->found[i];
        span_t         text = buffer_span(&fs->text);
        fs->xattrs[i]       = (xattr_t){span_sub(text, f->name_at, f->name_size), span_sub(text, f->value_at, f->value_size)};
        info->xattr_count = i + 1;
    }
    info->xattrs  = fs->xattrs;
    fs->no_memory = fs->no_memory || fs->text.failed;
    xfs_map_free(&a->map);
    free(a);
}
