/* Superblocks of squashfs. All begin with a magic and the count of inodes, and have the version (major, minor; 16 bits each) at 28.
 *
 * 4.0, 96 bytes: time, block size, fragments (32 bits each), compression, logarithm of the block size, flags, owners, version (16 each),
 * reference of the root inode, bytes used, tables of owners, extended attributes, inodes, directories, fragments, exports (64 each).
 * 1.x to 3.x, 51, 63 or 119 bytes: bytes used, uids, guids, inodes, directories (32 each), version, block size, its logarithm (16 each),
 * flags, counts of uids and guids (8 each), time (32), root inode (64); from 2.x on block size, fragments, their table (32 each); in 3.x,
 * instead of the earlier fields, bytes used, uids, guids, inodes, directories, fragments, exports (64 each). */
#include "extractors/squashfs.h"

enum {
    VERSION_AT = 28, MINOR_MAX = 9,
    BLOCK_LOG_MIN = 12, BLOCK_LOG_MIN_1 = 9, BLOCK_LOG_MAX = 20,
};

static const uint32_t old_sizes[] = {0, 51, 63, 119};

typedef struct { reader_t r; bool big; } fields_t;

static uint16_t next16(fields_t *f) { return (uint16_t)squashfs_number(f->big, &f->r, 2); }
static uint32_t next32(fields_t *f) { return (uint32_t)squashfs_number(f->big, &f->r, 4); }
static uint64_t next64(fields_t *f) { return squashfs_number(f->big, &f->r, 8); }

static void read_current(fields_t *f, squashfs_super_t *super)
{
    super->inodes          = next32(f);
    super->created         = next32(f);
    super->block_size      = next32(f);
    super->fragments       = next32(f);
    super->compressor      = next16(f);
    super->block_log       = next16(f);
    super->flags           = next16(f);
    super->ids             = next16(f);
    reader_skip(&f->r, 4);
    super->root_inode      = next64(f);
    super->bytes_used      = next64(f);
    super->id_table        = next64(f);
    super->xattr_table     = next64(f);
    super->inode_table     = next64(f);
    super->directory_table = next64(f);
    super->fragment_table  = next64(f);
    super->export_table    = next64(f);
    super->size            = SQUASHFS_SUPER_SIZE;
}

static void read_old(fields_t *f, squashfs_super_t *super)
{
    super->xattr_table = super->export_table = SQUASHFS_NO_TABLE;
    super->inodes          = next32(f);
    super->bytes_used      = next32(f);
    super->id_table        = next32(f);
    super->guid_table      = next32(f);
    super->inode_table     = next32(f);
    super->directory_table = next32(f);
    reader_skip(&f->r, 4);
    super->block_size      = next16(f);
    super->block_log       = next16(f);
    super->flags           = read_u8(&f->r);
    super->ids             = read_u8(&f->r);
    super->guids           = read_u8(&f->r);
    super->created         = next32(f);
    super->root_inode      = next64(f);
    super->fragment_table  = super->bytes_used;
    if (super->major >= 2) {
        super->block_size     = next32(f);
        super->fragments      = next32(f);
        super->fragment_table = next32(f);
    }
    if (super->major >= 3) {
        super->bytes_used      = next64(f);
        super->id_table        = next64(f);
        super->guid_table      = next64(f);
        super->inode_table     = next64(f);
        super->directory_table = next64(f);
        super->fragment_table  = next64(f);
        uint64_t exports       = next64(f);
        super->export_table    = (super->flags & SQUASHFS_FLAG_EXPORTABLE) != 0 ? exports : SQUASHFS_NO_TABLE;
    }
    super->size = old_sizes[super->major];
}

static bool is_plausible(const squashfs_super_t *super)
{
    uint16_t least = super->major == 1 ? BLOCK_LOG_MIN_1 : BLOCK_LOG_MIN;
    return super->block_log >= least && super->block_log <= BLOCK_LOG_MAX && super->block_size == UINT32_C(1) << super->block_log &&
           super->inode_table >= super->size && super->inode_table < super->directory_table && super->directory_table < super->bytes_used &&
           super->bytes_used < UINT64_C(1) << 48;
}

static bool read_in_order(span_t image, bool big_endian, squashfs_super_t *super)
{
    *super           = (squashfs_super_t){.big_endian = big_endian};
    fields_t version = {reader_at(image, VERSION_AT), big_endian}, rest = {reader_at(image, 4), big_endian};
    super->major     = next16(&version);
    super->minor     = next16(&version);
    if (!reader_ok(&version.r) || super->major < 1 || super->major > 4 || super->minor > (super->major == 4 ? 0 : MINOR_MAX))
        return false;
    if (super->major == 4)
        read_current(&rest, super);
    else
        read_old(&rest, super);
    return reader_ok(&rest.r) && is_plausible(super);
}

bool squashfs_read_super(span_t image, squashfs_super_t *super) { return read_in_order(image, false, super) || read_in_order(image, true, super); }

bool squashfs_tables_in_order(const squashfs_super_t *super)
{
    /* A table that is not there has no position; in 1.x to 3.x it has any. */
    bool           old      = squashfs_is_old(super);
    const uint64_t starts[] = {
        old && super->fragments == 0 ? SQUASHFS_NO_TABLE : super->fragment_table,
        super->export_table,
        old && super->ids == 0 ? SQUASHFS_NO_TABLE : super->id_table,
        old && super->guids > 0 ? super->guid_table : super->xattr_table, /* which old versions do not have */
    };
    uint64_t last = super->directory_table;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (starts[i] == SQUASHFS_NO_TABLE)
            continue;
        if (starts[i] < last || starts[i] > super->bytes_used)
            return false;
        last = starts[i];
    }
    return true;
}

bool squashfs_root_in_place(const squashfs_super_t *super)
{
    return super->root_inode >> 16 < super->directory_table - super->inode_table && (super->root_inode & 0xFFFF) < SQUASHFS_METADATA_SIZE;
}
