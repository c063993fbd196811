/* The log: records, each with a header of 512 bytes: magic FEEDBABE, cycle, version, length, its own log sequence number (cycle and
 * block), that of the oldest record still needed, checksum, operations, UUID, size. A file system that was unmounted ends with a record
 * of one operation that says so; otherwise what the log holds would have to be applied first, which is not done here.
 * Source: Linux, fs/xfs/libxfs/xfs_log_format.h. */
#include "extractors/xfs.h"

#define MAGIC_RECORD UINT32_C(0xFEEDBABE)
enum { VERSION_AT = 8, LSN_AT = 16, OPERATIONS_AT = 40, UUID_AT = 304, SIZE_AT = 320, FLAGS_AT = 9, UNMOUNT = 0x20, BYTES_PER_HEADER = 32768 };

/* Does the record say that the file system was unmounted? Its first operation follows the headers; the end of the log goes on at its start. */
static bool is_unmount(span_t log, uint64_t at)
{
    uint64_t size    = xfs_u32(log, at + SIZE_AT);
    uint64_t headers = (xfs_u32(log, at + VERSION_AT) & 2) != 0 && size > BYTES_PER_HEADER ? (size + BYTES_PER_HEADER - 1) / BYTES_PER_HEADER : 1;
    uint64_t first   = at + headers * XFS_SECTOR;
    return xfs_u32(log, at + OPERATIONS_AT) == 1 && (xfs_u8(log, (first >= log.size ? first - log.size : first) + FLAGS_AT) & UNMOUNT) != 0;
}

void xfs_explain_log(xfs_t *fs)
{
    const xfs_super_t *super = &fs->super;
    uint64_t           at    = super->log_start != 0 ? xfs_blocks_at(fs, super->log_start, super->log_blocks) : UINT64_MAX;
    uint64_t           size  = (uint64_t)super->log_blocks << super->block_log;
    if (super->log_start == 0)
        return;
    if (at == UINT64_MAX) {
        sink_damage(fs->sink, 0, super->sector_size, "the superblock places the log where it cannot be");
        return;
    }
    span_t log = span_clip(fs->image, at, size);
    sink_claim(fs->sink, min_u64(at, fs->image.size), log.size, REGION_STRUCTURE);
    uint64_t newest = 0, newest_at = UINT64_MAX;
    for (uint64_t pos = 0; pos + XFS_SECTOR <= log.size; pos += XFS_SECTOR) {
        if (xfs_u32(log, pos) != MAGIC_RECORD || memcmp(log.at + pos + UUID_AT, super->uuid, sizeof super->uuid) != 0)
            continue;
        uint64_t sequence = xfs_u64(log, pos + LSN_AT);
        if (newest_at == UINT64_MAX || sequence > newest) {
            newest    = sequence;
            newest_at = pos;
        }
    }
    bool clean = newest_at != UINT64_MAX && is_unmount(log, newest_at);
    bool known = newest_at != UINT64_MAX && log.size == size;
    sink_fact(fs->sink, "xfs.log", !known ? "unknown" : clean ? "clean" : "dirty");
    if (known && !clean)
        sink_limit(fs->sink, at, size, "journal",
                   "the file system was not unmounted: what its log holds was not applied, so newest changes may be missing");
}
