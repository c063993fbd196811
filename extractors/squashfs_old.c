/* Inodes and directories of squashfs 1.x to 3.x. They are packed C structures with bit-fields, so a field is a position and a width in
 * bits; where bytes are big-endian, bits are counted from the most significant one. Source: squashfs-tools, squashfs_compat.h.
 *
 * An inode begins with type (4 bits), mode (12), index of owner and of group (4 bits each in 1.x, 8 later); the highest index of a
 * group says that it is the owner's number. 1.x packs the upper bits of the owner's index into the type, and fifos and sockets into a
 * second type field. Types 8 and 9 are directories with an index and files with wide fields. A directory listing: runs of a header
 * (count - 1, block of the inodes, from 3.x on base of their numbers) and entries (offset, type, size of the name - 1, from 3.x on
 * difference of the number; name). Owners stand in two arrays, not compressed. */
#include "extractors/squashfs.h"

enum {
    VERSIONS = 4, TYPE_CHANNEL = 0, TYPE_DIRECTORY = 1, TYPE_FILE, TYPE_SYMLINK, TYPE_BLOCK_DEVICE, TYPE_CHAR_DEVICE, TYPE_FIFO, TYPE_SOCKET,
    TYPE_WIDE_DIRECTORY, TYPE_WIDE_FILE, TYPES,
    TYPES_OF_1 = 5, OWNERS_OF_1 = 16, STRUCTURE_MAX = 40,
};

typedef struct { uint16_t at; uint8_t width; } field_t; /* in bits; width 0: not there */

typedef struct {
    uint8_t bytes;
    field_t time, number, links, size, start, offset, fragment, index_count, device;
} layout_t;

#define TIME_3 .time = {32, 32}, .number = {64, 32}

static const layout_t layouts[VERSIONS][TYPES] = {
    [1] = {
        [TYPE_CHANNEL]      = {4},
        [TYPE_DIRECTORY]    = {14, .size = {24, 19}, .offset = {43, 13}, .time = {56, 32}, .start = {88, 24}},
        [TYPE_FILE]         = {15, .time = {24, 32}, .start = {56, 32}, .size = {88, 32}},
        [TYPE_SYMLINK]      = {5, .size = {24, 16}},
        [TYPE_BLOCK_DEVICE] = {5, .device = {24, 16}},
        [TYPE_CHAR_DEVICE]  = {5, .device = {24, 16}},
    },
    [2] = {
        [TYPE_DIRECTORY]      = {15, .size = {32, 19}, .offset = {51, 13}, .time = {64, 32}, .start = {96, 24}},
        [TYPE_FILE]           = {24, .time = {32, 32}, .start = {64, 32}, .fragment = {96, 32}, .offset = {128, 32}, .size = {160, 32}},
        [TYPE_SYMLINK]        = {6, .size = {32, 16}},
        [TYPE_BLOCK_DEVICE]   = {6, .device = {32, 16}},
        [TYPE_CHAR_DEVICE]    = {6, .device = {32, 16}},
        [TYPE_FIFO]           = {4},
        [TYPE_SOCKET]         = {4},
        [TYPE_WIDE_DIRECTORY] = {18, .size = {32, 27}, .offset = {59, 13}, .time = {72, 32}, .start = {104, 24}, .index_count = {128, 16}},
    },
    [3] = {
        [TYPE_DIRECTORY]      = {28, TIME_3, .links = {96, 32}, .size = {128, 19}, .offset = {147, 13}, .start = {160, 32}},
        [TYPE_FILE]           = {32, TIME_3, .start = {96, 64}, .fragment = {160, 32}, .offset = {192, 32}, .size = {224, 32}},
        [TYPE_SYMLINK]        = {18, TIME_3, .links = {96, 32}, .size = {128, 16}},
        [TYPE_BLOCK_DEVICE]   = {18, TIME_3, .links = {96, 32}, .device = {128, 16}},
        [TYPE_CHAR_DEVICE]    = {18, TIME_3, .links = {96, 32}, .device = {128, 16}},
        [TYPE_FIFO]           = {16, TIME_3, .links = {96, 32}},
        [TYPE_SOCKET]         = {16, TIME_3, .links = {96, 32}},
        [TYPE_WIDE_DIRECTORY] = {31, TIME_3, .links = {96, 32}, .size = {128, 27}, .offset = {155, 13}, .start = {168, 32}, .index_count = {200, 16}},
        [TYPE_WIDE_FILE]      = {40, TIME_3, .links = {96, 32}, .start = {128, 64}, .fragment = {192, 32}, .offset = {224, 32}, .size = {256, 64}},
    },
};

/* Of the inode's first fields, of a run's header, of an entry, of an entry of a directory's index. */
static const field_t type_field = {0, 4}, mode_field = {4, 12}, uid_fields[VERSIONS] = {[1] = {16, 4}, {16, 8}, {16, 8}},
                     guid_fields[VERSIONS] = {[1] = {20, 4}, {24, 8}, {24, 8}}, channel_type = {24, 4}, channel_owners = {28, 4};
static const struct { uint8_t bytes; field_t count, block; } run_layouts[VERSIONS] = {
    [1] = {4, {0, 8}, {8, 24}}, {4, {0, 8}, {8, 24}}, {9, {0, 8}, {8, 32}},
};
static const struct { uint8_t bytes; field_t offset, type, size; } entry_layouts[VERSIONS] = {
    [1] = {3, {0, 13}, {13, 3}, {16, 8}}, {3, {0, 13}, {13, 3}, {16, 8}}, {5, {0, 13}, {13, 3}, {16, 8}},
};
static const struct { uint8_t bytes; field_t size; } index_layouts[VERSIONS] = {[2] = {8, {56, 8}}, {9, {64, 8}}};

/* A field of the structure that begins at `raw`, of which all bytes that it touches are there. */
static uint64_t field(const squashfs_t *fs, const uint8_t *raw, field_t field)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < field.width;) {
        unsigned bit = field.at + i, in_byte = bit % 8, take = 8 - in_byte;
        if (take > field.width - i)
            take = field.width - i;
        uint64_t byte = raw[bit / 8], mask = (UINT64_C(1) << take) - 1;
        if (fs->super.big_endian)
            value = value << take | (byte >> (8 - in_byte - take) & mask);
        else
            value |= (byte >> in_byte & mask) << i;
        i += take;
    }
    return value;
}

static uint32_t field32(const squashfs_t *fs, const uint8_t *raw, field_t which) { return (uint32_t)field(fs, raw, which); }

/* ---- owners ---- */

static bool owner(squashfs_t *fs, uint64_t table, uint32_t count, uint32_t index, uint32_t *id)
{
    uint64_t at;
    if (index >= count || !checked_add(table, (uint64_t)index * 4, &at) || !span_holds(fs->image, at, 4)) {
        fs->owners_missing = true;
        return false;
    }
    reader_t r = reader_at(fs->image, at);
    *id        = (uint32_t)squashfs_number(fs->super.big_endian, &r, 4);
    return true;
}

static bool read_owners(squashfs_t *fs, squashfs_inode_t *inode, uint32_t user, uint32_t group)
{
    const squashfs_super_t *super = &fs->super;
    uint32_t                same  = (1u << guid_fields[super->major].width) - 1;
    if (!owner(fs, super->id_table, super->ids, user, &inode->uid))
        return false;
    inode->gid = inode->uid;
    return group == same || owner(fs, super->guid_table, super->guids, group, &inode->gid);
}

static void explain_owners(squashfs_t *fs, uint64_t at, uint32_t count)
{
    if (count == 0)
        return;
    if (span_holds(fs->image, at, (uint64_t)count * 4))
        sink_claim(fs->sink, at, (uint64_t)count * 4, REGION_STRUCTURE);
    else
        sink_damage(fs->sink, min_u64(at, fs->image.size), 0, "the tables of owners cannot be read: some owners are not known");
}

void squashfs_explain_old_owners(squashfs_t *fs)
{
    explain_owners(fs, fs->super.id_table, fs->super.ids);
    explain_owners(fs, fs->super.guid_table, fs->super.guids);
}

/* ---- inodes ---- */

/* The type as 2.x would have it, the whole index of the owner; 1.x puts more into its type. */
static bool unpack_type_of_1(squashfs_t *fs, squashfs_cursor_t behind, const uint8_t *raw, unsigned *type, uint32_t *user)
{
    if (*type != TYPE_CHANNEL) {
        *user += (*type - 1) / TYPES_OF_1 * OWNERS_OF_1;
        *type = (*type - 1) % TYPES_OF_1 + 1;
        return true;
    }
    uint8_t whole[4] = {raw[0], raw[1], raw[2]};
    if (!squashfs_read(fs, &behind, whole + 3, 1))
        return false;
    *type = (unsigned)field(fs, whole, channel_type);
    *user += field32(fs, whole, channel_owners) * OWNERS_OF_1;
    return *type == TYPE_FIFO || *type == TYPE_SOCKET;
}

bool squashfs_read_old_inode(squashfs_t *fs, squashfs_cursor_t at, squashfs_inode_t *inode)
{
    const unsigned version = fs->super.major;
    uint8_t        raw[STRUCTURE_MAX];
    size_t         common  = version == 1 ? 3 : 4;
    *inode = (squashfs_inode_t){.fragment = SQUASHFS_NONE, .xattr = SQUASHFS_NONE, .tail = at, .mtime = fs->super.created};
    if (!squashfs_read(fs, &inode->tail, raw, common))
        return false;
    unsigned type  = (unsigned)field(fs, raw, type_field);
    uint32_t user  = field32(fs, raw, uid_fields[version]), group = field32(fs, raw, guid_fields[version]);
    inode->mode    = field32(fs, raw, mode_field) & 07777;
    const bool channel = version == 1 && type == TYPE_CHANNEL;
    if (version == 1 && !unpack_type_of_1(fs, inode->tail, raw, &type, &user))
        return false;
    if (type >= TYPES)
        return false;
    const layout_t *layout = &layouts[version][channel ? TYPE_CHANNEL : type];
    bool            wide   = type >= TYPE_WIDE_DIRECTORY;
    if (layout->bytes < common || !squashfs_child_type(wide ? type - TYPE_SOCKET : type, &inode->type) ||
        !squashfs_read(fs, &inode->tail, raw + common, layout->bytes - common))
        return false;
    if (layout->time.width > 0)
        inode->mtime = field32(fs, raw, layout->time); /* others have the time of the file system */
    inode->number       = field32(fs, raw, layout->number);
    inode->links        = field32(fs, raw, layout->links);
    inode->size         = field(fs, raw, layout->size);
    inode->index_count  = field32(fs, raw, layout->index_count);
    uint32_t device     = field32(fs, raw, layout->device);
    inode->device_major = device >> 8;
    inode->device_minor = device & 0xFF;
    if (inode->type == CHILD_DIRECTORY) {
        inode->listing = (squashfs_cursor_t){fs->super.directory_table + field(fs, raw, layout->start), field32(fs, raw, layout->offset)};
    } else if (inode->type == CHILD_FILE) {
        inode->start           = field(fs, raw, layout->start);
        inode->fragment        = layout->fragment.width > 0 ? field32(fs, raw, layout->fragment) : SQUASHFS_NONE;
        inode->fragment_offset = field32(fs, raw, layout->offset);
    }
    inode->has_owner = read_owners(fs, inode, user, group);
    return true;
}

bool squashfs_skip_old_index(squashfs_t *fs, const squashfs_inode_t *inode, squashfs_cursor_t *cursor)
{
    for (uint32_t i = 0; i < inode->index_count; i++) {
        uint8_t raw[STRUCTURE_MAX];
        if (!squashfs_read(fs, cursor, raw, index_layouts[fs->super.major].bytes) ||
            !squashfs_skip(fs, cursor, field(fs, raw, index_layouts[fs->super.major].size) + 1))
            return false;
    }
    return true;
}

/* ---- directories ---- */

static bool read_run(squashfs_t *fs, squashfs_listing_t *listing)
{
    uint8_t raw[STRUCTURE_MAX], bytes = run_layouts[fs->super.major].bytes;
    if (listing->left < bytes || !squashfs_read(fs, &listing->at, raw, bytes))
        return false;
    listing->run_block = field32(fs, raw, run_layouts[fs->super.major].block);
    listing->run_left  = field32(fs, raw, run_layouts[fs->super.major].count) + 1;
    listing->left -= bytes;
    return true;
}

squashfs_next_t squashfs_next_old_entry(squashfs_t *fs, squashfs_listing_t *listing, squashfs_entry_t *entry)
{
    uint8_t raw[STRUCTURE_MAX], bytes = entry_layouts[fs->super.major].bytes;
    if (listing->left == 0 && listing->run_left == 0)
        return SQUASHFS_LISTING_END;
    if (listing->run_left == 0 && !read_run(fs, listing))
        return SQUASHFS_LISTING_DAMAGED;
    if (listing->left < bytes || !squashfs_read(fs, &listing->at, raw, bytes))
        return SQUASHFS_LISTING_DAMAGED;
    size_t size      = (size_t)field(fs, raw, entry_layouts[fs->super.major].size) + 1;
    entry->inode     = (uint64_t)listing->run_block << 16 | field(fs, raw, entry_layouts[fs->super.major].offset);
    entry->name_size = size;
    if (!squashfs_child_type((unsigned)field(fs, raw, entry_layouts[fs->super.major].type), &entry->type) || listing->left - bytes < size ||
        !squashfs_read(fs, &listing->at, entry->name, size))
        return SQUASHFS_LISTING_DAMAGED;
    listing->left -= bytes + size;
    listing->run_left--;
    return SQUASHFS_ENTRY;
}
