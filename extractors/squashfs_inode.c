/* Inodes, directories and extended attributes of squashfs 4.0.
 *
 * An inode: type, mode, index of owner and of group in the id table (16 bits each), time, number (32 bits each), then by type 1–7
 * (basic: directory, file, symbolic link, block device, character device, fifo, socket) or 8–14 (extended: the same with wider
 * fields and extended attributes). A directory listing: runs of a header (count - 1, block of the inodes, base of their numbers;
 * 32 bits each) and entries (offset of the inode, difference to the base, type, size of the name - 1; 16 bits each; name).
 * Extended attributes: an inode names an entry (reference, count, size) of a table; at the reference stand type, size of the name,
 * name, size of the value, value; or, with bit 8 of the type, the reference of where the value stands. */
#include "extractors/squashfs.h"

enum {
    INODE_DIRECTORY = 1, INODE_FILE, INODE_SYMLINK, INODE_BLOCK_DEVICE, INODE_CHAR_DEVICE, INODE_FIFO, INODE_SOCKET,
    INODE_EXTENDED = 7, /* more than the basic type */
    INODE_COMMON_SIZE = 16,
    LISTING_EXTRA = 3, /* from 3.x on a directory's size counts "." and "..", which are not stored */
    RUN_HEADER = 12, RUN_MAX = 256, ENTRY_HEADER = 8,
    INDEX_ENTRY = 12,
};

static uint16_t get16(const squashfs_t *fs, reader_t *r) { return (uint16_t)squashfs_number(fs->super.big_endian, r, 2); }
static uint32_t get32(const squashfs_t *fs, reader_t *r) { return (uint32_t)squashfs_number(fs->super.big_endian, r, 4); }
static uint64_t get64(const squashfs_t *fs, reader_t *r) { return squashfs_number(fs->super.big_endian, r, 8); }

bool squashfs_child_type(unsigned basic, child_type_t *type)
{
    static const child_type_t types[] = {
        [INODE_DIRECTORY] = CHILD_DIRECTORY, [INODE_FILE] = CHILD_FILE, [INODE_SYMLINK] = CHILD_SYMLINK, [INODE_BLOCK_DEVICE] = CHILD_BLOCK_DEVICE,
        [INODE_CHAR_DEVICE] = CHILD_CHAR_DEVICE, [INODE_FIFO] = CHILD_FIFO, [INODE_SOCKET] = CHILD_SOCKET,
    };
    if (basic < INODE_DIRECTORY || basic > INODE_SOCKET)
        return false;
    *type = types[basic];
    return true;
}

static bool read_owner(squashfs_t *fs, uint16_t index, uint32_t *owner)
{
    uint8_t raw[4];
    if (!squashfs_table_entry(fs, &fs->ids, index, raw)) {
        fs->owners_missing = true;
        return false;
    }
    reader_t r = reader_from(span_from(raw, sizeof raw));
    *owner     = get32(fs, &r);
    return true;
}

static void read_directory(squashfs_t *fs, reader_t *r, squashfs_inode_t *inode, bool extended)
{
    uint32_t block;
    if (extended) {
        inode->links = get32(fs, r);
        inode->size  = get32(fs, r);
        block        = get32(fs, r);
        reader_skip(r, 4);
        inode->index_count    = get16(fs, r);
        inode->listing.offset = get16(fs, r);
        inode->xattr          = get32(fs, r);
    } else {
        block                 = get32(fs, r);
        inode->links          = get32(fs, r);
        inode->size           = get16(fs, r);
        inode->listing.offset = get16(fs, r);
        reader_skip(r, 4);
    }
    inode->listing.at = fs->super.directory_table + block;
}

static void read_file(squashfs_t *fs, reader_t *r, squashfs_inode_t *inode, bool extended)
{
    if (extended) {
        inode->start = get64(fs, r);
        inode->size  = get64(fs, r);
        reader_skip(r, 8); /* how much of it is holes */
        inode->links           = get32(fs, r);
        inode->fragment        = get32(fs, r);
        inode->fragment_offset = get32(fs, r);
        inode->xattr           = get32(fs, r);
    } else {
        inode->start           = get32(fs, r);
        inode->fragment        = get32(fs, r);
        inode->fragment_offset = get32(fs, r);
        inode->size            = get32(fs, r);
    }
}

static void read_link(squashfs_t *fs, reader_t *r, squashfs_inode_t *inode, bool extended)
{
    (void)extended; /* the extended attributes stand behind the target */
    inode->links = get32(fs, r);
    inode->size  = get32(fs, r);
}

static void read_device(squashfs_t *fs, reader_t *r, squashfs_inode_t *inode, bool extended)
{
    inode->links        = get32(fs, r);
    uint32_t device     = get32(fs, r);
    inode->device_major = device >> 8 & 0xFFF;
    inode->device_minor = (device & 0xFF) | (device >> 12 & 0xFFF00);
    inode->xattr        = extended ? get32(fs, r) : SQUASHFS_NONE;
}

static void read_channel(squashfs_t *fs, reader_t *r, squashfs_inode_t *inode, bool extended)
{
    inode->links = get32(fs, r);
    inode->xattr = extended ? get32(fs, r) : SQUASHFS_NONE;
}

static const struct {
    uint8_t basic_size, extended_size; /* without the common fields */
    void (*read)(squashfs_t *fs, reader_t *r, squashfs_inode_t *inode, bool extended);
} kinds[] = {
    [INODE_DIRECTORY] = {16, 24, read_directory}, [INODE_FILE] = {16, 40, read_file},       [INODE_SYMLINK] = {8, 8, read_link},
    [INODE_BLOCK_DEVICE] = {8, 12, read_device},  [INODE_CHAR_DEVICE] = {8, 12, read_device}, [INODE_FIFO] = {4, 8, read_channel},
    [INODE_SOCKET] = {4, 8, read_channel},
};

static bool read_link_xattr(squashfs_t *fs, squashfs_inode_t *inode)
{
    squashfs_cursor_t behind = inode->tail;
    uint8_t           raw[4];
    if (!squashfs_skip(fs, &behind, inode->size) || !squashfs_read(fs, &behind, raw, sizeof raw))
        return false;
    reader_t r   = reader_from(span_from(raw, sizeof raw));
    inode->xattr = get32(fs, &r);
    return true;
}

bool squashfs_read_inode(squashfs_t *fs, squashfs_cursor_t at, squashfs_inode_t *inode)
{
    if (squashfs_is_old(&fs->super))
        return squashfs_read_old_inode(fs, at, inode);
    uint8_t raw[INODE_COMMON_SIZE + 40];
    *inode = (squashfs_inode_t){.fragment = SQUASHFS_NONE, .xattr = SQUASHFS_NONE, .tail = at};
    if (!squashfs_read(fs, &inode->tail, raw, INODE_COMMON_SIZE))
        return false;
    reader_t r        = reader_from(span_from(raw, sizeof raw));
    uint16_t type     = get16(fs, &r);
    bool     extended = type > INODE_EXTENDED;
    if (extended)
        type -= INODE_EXTENDED;
    if (!squashfs_child_type(type, &inode->type))
        return false;
    inode->extended = extended;
    inode->mode    = get16(fs, &r) & 07777;
    uint16_t user  = get16(fs, &r);
    uint16_t group = get16(fs, &r);
    inode->mtime   = get32(fs, &r);
    inode->number  = get32(fs, &r);
    if (!squashfs_read(fs, &inode->tail, raw + INODE_COMMON_SIZE, extended ? kinds[type].extended_size : kinds[type].basic_size))
        return false;
    kinds[type].read(fs, &r, inode, extended);
    inode->has_owner = read_owner(fs, user, &inode->uid) && read_owner(fs, group, &inode->gid);
    return !extended || inode->type != CHILD_SYMLINK || read_link_xattr(fs, inode);
}

bool squashfs_inode_at(squashfs_t *fs, uint64_t reference, squashfs_inode_t *inode)
{
    uint64_t block = reference >> 16;
    if (block >= fs->super.directory_table - fs->super.inode_table)
        return false;
    bool good        = squashfs_read_inode(fs, (squashfs_cursor_t){fs->super.inode_table + block, reference & 0xFFFF}, inode);
    inode->reference = reference;
    return good;
}

uint64_t squashfs_block_count(const squashfs_t *fs, const squashfs_inode_t *inode)
{
    uint64_t whole = inode->size / fs->super.block_size;
    return inode->fragment == SQUASHFS_NONE && inode->size % fs->super.block_size != 0 ? whole + 1 : whole;
}

bool squashfs_skip_tail(squashfs_t *fs, const squashfs_inode_t *inode, squashfs_cursor_t *cursor)
{
    switch (inode->type) {
    case CHILD_FILE: {
        uint64_t size;
        return checked_mul(squashfs_block_count(fs, inode), fs->super.major == 1 ? 2 : 4, &size) && squashfs_skip(fs, cursor, size);
    }
    case CHILD_SYMLINK: return squashfs_skip(fs, cursor, inode->size + (inode->extended ? 4 : 0));
    case CHILD_DIRECTORY:
        if (squashfs_is_old(&fs->super))
            return squashfs_skip_old_index(fs, inode, cursor);
        for (uint32_t i = 0; i < inode->index_count; i++) {
            uint8_t raw[INDEX_ENTRY];
            if (!squashfs_read(fs, cursor, raw, sizeof raw))
                return false;
            reader_t r = reader_at(span_from(raw, sizeof raw), 8);
            if (!squashfs_skip(fs, cursor, (uint64_t)get32(fs, &r) + 1))
                return false;
        }
        return true;
    default: return true;
    }
}

squashfs_listing_t squashfs_listing(const squashfs_t *fs, const squashfs_inode_t *directory)
{
    uint64_t extra = fs->super.major < 3 ? 0 : LISTING_EXTRA;
    return (squashfs_listing_t){.at = directory->listing, .left = directory->size > extra ? directory->size - extra : 0};
}

static bool read_run(squashfs_t *fs, squashfs_listing_t *listing)
{
    uint8_t raw[RUN_HEADER];
    if (listing->left < RUN_HEADER || !squashfs_read(fs, &listing->at, raw, sizeof raw))
        return false;
    reader_t r         = reader_from(span_from(raw, sizeof raw));
    uint32_t count     = get32(fs, &r);
    listing->run_block = get32(fs, &r);
    listing->run_left  = count + 1;
    listing->left -= RUN_HEADER;
    return count < RUN_MAX;
}

squashfs_next_t squashfs_next_entry(squashfs_t *fs, squashfs_listing_t *listing, squashfs_entry_t *entry)
{
    if (squashfs_is_old(&fs->super))
        return squashfs_next_old_entry(fs, listing, entry);
    if (listing->left == 0 && listing->run_left == 0)
        return SQUASHFS_LISTING_END;
    if (listing->run_left == 0 && !read_run(fs, listing))
        return SQUASHFS_LISTING_DAMAGED;
    uint8_t raw[ENTRY_HEADER];
    if (listing->left < ENTRY_HEADER || !squashfs_read(fs, &listing->at, raw, sizeof raw))
        return SQUASHFS_LISTING_DAMAGED;
    reader_t r      = reader_from(span_from(raw, sizeof raw));
    uint16_t offset = get16(fs, &r);
    reader_skip(&r, 2);
    uint16_t type    = get16(fs, &r);
    size_t   size    = (size_t)get16(fs, &r) + 1;
    entry->inode     = (uint64_t)listing->run_block << 16 | offset;
    entry->name_size = size;
    if (!squashfs_child_type(type, &entry->type) || size > SQUASHFS_NAME_MAX || listing->left - ENTRY_HEADER < size ||
        !squashfs_read(fs, &listing->at, entry->name, size))
        return SQUASHFS_LISTING_DAMAGED;
    listing->left -= ENTRY_HEADER + size;
    listing->run_left--;
    return SQUASHFS_ENTRY;
}

/* ---- extended attributes ---- */

enum { XATTR_OUT_OF_LINE = 0x100, XATTR_VALUE_MAX = 65536, XATTR_BYTES_MAX = 256 << 10 };

typedef struct { size_t name_at, name_size, value_at, value_size; } xattr_place_t;

static bool append_read(squashfs_t *fs, squashfs_cursor_t *cursor, buffer_t *bytes, size_t size)
{
    uint8_t *room = buffer_reserve(bytes, size);
    if (room == NULL || !squashfs_read(fs, cursor, room, size))
        return false;
    bytes->size += size;
    return true;
}

static squashfs_cursor_t xattr_cursor(const squashfs_t *fs, uint64_t reference)
{
    uint64_t at;
    return (squashfs_cursor_t){checked_add(fs->xattrs_at, reference >> 16, &at) ? at : UINT64_MAX, reference & 0xFFFF};
}

static bool read_value(squashfs_t *fs, squashfs_cursor_t *cursor, buffer_t *bytes, size_t *size)
{
    uint8_t raw[4];
    if (!squashfs_read(fs, cursor, raw, sizeof raw))
        return false;
    reader_t r = reader_from(span_from(raw, sizeof raw));
    *size      = get32(fs, &r);
    return *size <= XATTR_VALUE_MAX && append_read(fs, cursor, bytes, *size);
}

static bool read_value_elsewhere(squashfs_t *fs, squashfs_cursor_t *cursor, buffer_t *bytes, size_t *size)
{
    uint8_t raw[12];
    if (!squashfs_read(fs, cursor, raw, sizeof raw))
        return false;
    reader_t          r     = reader_at(span_from(raw, sizeof raw), 4);
    squashfs_cursor_t there = xattr_cursor(fs, get64(fs, &r));
    return read_value(fs, &there, bytes, size);
}

static bool read_xattr(squashfs_t *fs, squashfs_cursor_t *cursor, buffer_t *bytes, xattr_place_t *place)
{
    static const char *const prefixes[] = {"user.", "trusted.", "security."};
    uint8_t                  raw[4];
    if (!squashfs_read(fs, cursor, raw, sizeof raw))
        return false;
    reader_t r      = reader_from(span_from(raw, sizeof raw));
    uint16_t type   = get16(fs, &r);
    uint16_t size   = get16(fs, &r);
    uint16_t prefix = type & (XATTR_OUT_OF_LINE - 1);
    if (prefix >= sizeof prefixes / sizeof *prefixes || size > SQUASHFS_NAME_MAX)
        return false;
    place->name_at = bytes->size;
    buffer_append_text(bytes, prefixes[prefix]);
    if (!append_read(fs, cursor, bytes, size))
        return false;
    place->name_size = bytes->size - place->name_at;
    place->value_at  = bytes->size;
    return (type & XATTR_OUT_OF_LINE) != 0 ? read_value_elsewhere(fs, cursor, bytes, &place->value_size)
                                           : read_value(fs, cursor, bytes, &place->value_size);
}

bool squashfs_read_xattrs(squashfs_t *fs, uint32_t index, buffer_t *bytes, xattr_t *xattrs, size_t *count)
{
    xattr_place_t places[XATTRS_MAX];
    uint8_t       raw[16];
    *count        = 0;
    bytes->size   = 0;
    bytes->limit  = XATTR_BYTES_MAX;
    bytes->failed = false;
    if (!squashfs_table_entry(fs, &fs->xattr_ids, index, raw))
        return false;
    reader_t          r      = reader_from(span_from(raw, sizeof raw));
    squashfs_cursor_t cursor = xattr_cursor(fs, get64(fs, &r));
    uint32_t          listed = get32(fs, &r);
    size_t            read   = 0;
    while (read < listed && read < XATTRS_MAX && read_xattr(fs, &cursor, bytes, &places[read]))
        read++;
    for (size_t i = 0; i < read; i++)
        xattrs[i] = (xattr_t){span_from(bytes->at + places[i].name_at, places[i].name_size), span_from(bytes->at + places[i].value_at, places[i].value_size)};
    *count = read;
    return read == listed && squashfs_spend(fs, bytes->size);
}
