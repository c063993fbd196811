/* XFS. The superblock stands in the first sector of every allocation group (only the first is kept up to date), followed by a sector
 * each for the headers of free space (AGF), of inodes (AGI) and of the free list (AGFL). Magic "XFSB", block size, blocks, UUID, where
 * log and root inode are, size and number of allocation groups, version and features; version 5 has a CRC-32C of the sector at 224.
 *
 * Not read, and said where it is met: the log (a dirty one is not replayed), realtime volumes and external logs (other devices),
 * directories of version 1 (IRIX). Source: see xfs.h. */
#include "extractors/xfs.h"

#include "extractors/crc32c.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SUPER_CRC = 224, AG_BLOCKS_MIN = 64, BITS_BEYOND_MAGIC = 24, FREE_LIST_CRC = 32, FREE_SPACE_CRC = 216,
    INODES_CRC = 312,
    VERSION_QUOTA = 0x40, VERSION_DIRECTORY_2 = 0x2000, VERSION_MORE = 0x8000, FEATURE2_FTYPE = 0x200,
    WORK_PER_BYTE = 64, WORK_FLOOR = 64 << 20,
};

/* ---- the superblock ---- */

static bool is_log_of(uint64_t value, uint8_t log) { return log < 32 && value == UINT64_C(1) << log; }

static uint8_t log_up(uint32_t value)
{
    uint8_t log = 0;
    while (log < 32 && UINT64_C(1) << log < value)
        log++;
    return log;
}

static bool read_super(span_t image, uint64_t at, xfs_super_t *super)
{
    *super     = (xfs_super_t){0};
    reader_t r = reader_at(image, at);
    span_t magic = read_span(&r, 4);
    super->block_size      = read_be32(&r);
    super->blocks          = read_be64(&r);
    super->realtime_blocks = read_be64(&r);
    reader_skip(&r, 8);
    span_t uuid            = read_span(&r, 16);
    super->log_start       = read_be64(&r);
    super->root_inode      = read_be64(&r);
    super->internal_inodes[0] = read_be64(&r);
    super->internal_inodes[1] = read_be64(&r);
    super->realtime_extent = read_be32(&r);
    super->ag_blocks       = read_be32(&r);
    super->ag_count        = read_be32(&r);
    reader_skip(&r, 4);
    super->log_blocks      = read_be32(&r);
    super->version_bits    = read_be16(&r);
    super->version         = super->version_bits & 0xF;
    super->sector_size     = read_be16(&r);
    super->inode_size      = read_be16(&r);
    super->inodes_per_block = read_be16(&r);
    span_t label           = read_span(&r, 12);
    super->block_log       = read_u8(&r);
    uint8_t sector_log     = read_u8(&r);
    super->inode_log       = read_u8(&r);
    super->inodes_per_block_log = read_u8(&r);
    super->ag_block_log    = read_u8(&r);
    reader_skip(&r, 3);
    super->inodes          = read_be64(&r);
    super->inodes_free     = read_be64(&r);
    super->blocks_free     = read_be64(&r);
    reader_skip(&r, 8);
    super->internal_inodes[2] = read_be64(&r);
    super->internal_inodes[3] = read_be64(&r);
    reader_skip(&r, 16);
    super->directory_log   = read_u8(&r);
    reader_skip(&r, 7);
    super->features2       = read_be32(&r);
    reader_skip(&r, 4);
    if (!reader_ok(&r) || !span_equal(magic, span_from("XFSB", 4)))
        return false;
    memcpy(super->uuid, uuid.at, sizeof super->uuid);
    memcpy(super->label, label.at, sizeof super->label);
    if ((super->version != 4 && super->version != 5) || super->block_log < 9 || super->block_log > 16 ||
        !is_log_of(super->block_size, super->block_log) ||
        !is_log_of(super->sector_size, sector_log) || super->sector_size < XFS_SECTOR || super->sector_size > super->block_size ||
        !is_log_of(super->inode_size, super->inode_log) || super->inode_log < 8 || super->inode_log > 11 || super->inode_size > super->block_size ||
        super->inodes_per_block != super->block_size / super->inode_size || super->inodes_per_block_log != super->block_log - super->inode_log)
        return false;
    if (super->ag_blocks < AG_BLOCKS_MIN || super->ag_block_log != log_up(super->ag_blocks) || super->ag_count == 0 ||
        super->directory_log + super->block_log > 16 ||
        super->blocks <= (uint64_t)(super->ag_count - 1) * super->ag_blocks || super->blocks > (uint64_t)super->ag_count * super->ag_blocks)
        return false;
    if (super->version == 4)
        return true;
    reader_skip(&r, 4);
    super->readonly = read_be32(&r);
    super->incompat = read_be32(&r);
    reader_skip(&r, 4);
    uint32_t crc    = read_le32(&r);
    reader_skip(&r, 4);
    super->internal_inodes[4] = read_be64(&r);
    reader_skip(&r, 24);
    if (!reader_ok(&r))
        return false;
    super->internal_inodes[5] = (super->incompat & XFS_INCOMPAT_METADIR) != 0 ? read_be64(&r) : 0;
    span_t sector    = span_sub(image, at, super->sector_size);
    super->crc_holds = sector.at != NULL && crc32c_without(sector, SUPER_CRC) == crc;
    return super->inode_size >= 512;
}

/* Is there a header of this kind in the sector, of this allocation group? Magic, version 1, number. */
static bool is_header(span_t image, uint64_t at, const char *magic, uint32_t ag)
{
    return span_has_text_at(image, at, magic) && xfs_u32(image, at + 4) == 1 && xfs_u32(image, at + 8) == ag && span_holds(image, at, 12);
}

/* Where the primary superblock is not one: the header behind it says how large an allocation group is, so where the next copy must be. */
static bool find_copy(span_t image, xfs_super_t *super, uint64_t *copy_at)
{
    for (uint64_t sector = XFS_SECTOR; sector <= 4096; sector *= 8) {
        if (!is_header(image, sector, "XAGF", 0) || !is_header(image, 2 * sector, "XAGI", 0))
            continue;
        uint64_t length = xfs_u32(image, sector + 12);
        for (unsigned log = 9; log <= 16; log++) {
            *copy_at = length << log;
            if (span_has_text_at(image, *copy_at, "XFSB") && read_super(image, *copy_at, super) && super->sector_size == sector &&
                super->ag_blocks == length &&
                super->block_log == log && (super->version == 4 || super->crc_holds))
                return true;
        }
    }
    return false;
}

/* The superblock to use: the first, or where its checksum does not hold or it is none, a copy that is sound. */
static bool find_super(span_t image, xfs_super_t *super, uint64_t *used_at)
{
    bool primary = read_super(image, 0, super);
    *used_at     = 0;
    if (primary && (super->version == 4 || super->crc_holds))
        return true;
    xfs_super_t copy;
    uint64_t    at;
    if (find_copy(image, &copy, &at)) {
        *super   = copy;
        *used_at = at;
        /* Copies are made before these inodes are: they are the two behind the root. */
        for (unsigned i = 0; i < 2; i++)
            if (super->internal_inodes[i] == 0 || super->internal_inodes[i] == UINT64_MAX)
                super->internal_inodes[i] = super->root_inode + 1 + i;
        return true;
    }
    return primary;
}

/* A copy of the superblock, at the start of a later allocation group, is not the start of a file system. */
static bool is_later_group(span_t image, const xfs_super_t *super)
{
    return span_has_text_at(image, super->sector_size, "XAGF") && xfs_u32(image, super->sector_size + 8) != 0 &&
        xfs_u32(image, super->sector_size + 4) == 1;
}

static unsigned xfs_probe(span_t image)
{
    xfs_super_t super;
    uint64_t    used_at;
    if (!find_super(image, &super, &used_at) || is_later_group(image, &super))
        return 0;
    unsigned bits = 32 + BITS_BEYOND_MAGIC;
    bits += super.crc_holds ? 32 : 0;
    bits += is_header(image, super.sector_size, "XAGF", 0) ? 32 : 0;
    return bits;
}

static uint64_t xfs_extent(span_t image)
{
    xfs_super_t super;
    uint64_t    used_at, size;
    if (!find_super(image, &super, &used_at) || !checked_mul(super.blocks, super.block_size, &size))
        return 0;
    return min_u64(size, image.size);
}

/* ---- what all parts use ---- */

bool xfs_spend(xfs_t *fs, uint64_t amount)
{
    if (fs->stopped)
        return false;
    if (amount <= fs->work_limit - fs->work) {
        fs->work += amount;
        return true;
    }
    fs->stopped = true;
    sink_limit(fs->sink, 0, fs->image.size, "work", "reading the file system costs more than an image of this size may: the rest was not examined");
    return false;
}

bool xfs_crc_holds(const xfs_t *fs, span_t structure, size_t field)
{
    if (!fs->has_crc)
        return true;
    reader_t r = reader_at(structure, field);
    uint32_t crc = read_le32(&r);
    return reader_ok(&r) && crc32c_without(structure, field) == crc;
}

uint64_t xfs_ag_block_at(const xfs_t *fs, uint64_t ag, uint64_t ag_block)
{
    const xfs_super_t *super = &fs->super;
    if (ag >= super->ag_count || ag_block >= super->ag_blocks)
        return UINT64_MAX;
    uint64_t block = ag * super->ag_blocks + ag_block;
    return block < super->blocks && block <= UINT64_MAX >> super->block_log ? block << super->block_log : UINT64_MAX;
}

uint64_t xfs_blocks_at(const xfs_t *fs, uint64_t block, uint64_t count)
{
    uint64_t ag = block >> fs->super.ag_block_log, ag_block = block & ((UINT64_C(1) << fs->super.ag_block_log) - 1);
    if (count == 0 || count > fs->super.ag_blocks || xfs_ag_block_at(fs, ag, ag_block + count - 1) == UINT64_MAX)
        return UINT64_MAX;
    return xfs_ag_block_at(fs, ag, ag_block);
}

bool xfs_mark_read(xfs_t *fs, uint64_t at)
{
    uint64_t block = at >> fs->super.block_log;
    if (block >= fs->blocks || (fs->read_blocks[block / 8] >> block % 8 & 1) != 0)
        return false;
    fs->read_blocks[block / 8] = (uint8_t)(fs->read_blocks[block / 8] | 1U << block % 8);
    return true;
}

/* ---- allocation groups ---- */

/* One sector that begins an allocation group, claimed and checked. False when it is not there or not what it should be. */
static bool read_header(xfs_t *fs, uint32_t ag, unsigned sector, const char *magic, size_t crc_at, const char *what, span_t *header)
{
    uint64_t at = xfs_ag_block_at(fs, ag, 0) + (uint64_t)sector * fs->super.sector_size;
    *header     = span_sub(fs->image, at, fs->super.sector_size);
    if (header->at == NULL)
        return false; /* that the image ends too early is said once */
    bool whole = magic == NULL || (span_has_text_at(*header, 0, magic) && xfs_u32(*header, sector == 3 ? 4 : 8) == ag);
    if (!whole || !xfs_crc_holds(fs, *header, crc_at))
        sink_damage(fs->sink, at, header->size, what);
    if (whole)
        sink_claim(fs->sink, at, header->size, REGION_STRUCTURE);
    return whole;
}

static void read_group(xfs_t *fs, uint32_t ag)
{
    span_t   header;
    uint64_t at = xfs_ag_block_at(fs, ag, 0);
    if (ag > 0 && span_holds(fs->image, at, fs->super.sector_size)) {
        xfs_super_t copy;
        if (span_has_text_at(fs->image, at, "XFSB")) {
            sink_claim(fs->sink, at, fs->super.sector_size, REGION_STRUCTURE);
            if (!read_super(fs->image, at, &copy) || (fs->has_crc && !copy.crc_holds) || memcmp(copy.uuid, fs->super.uuid, sizeof copy.uuid) != 0)
                sink_damage(fs->sink, at, fs->super.sector_size, "a copy of the superblock is not sound, or of another file system");
        } else {
            sink_damage(fs->sink, at, fs->super.sector_size, "an allocation group has no copy of the superblock");
        }
    }
    if (read_header(fs, ag, 1, "XAGF", FREE_SPACE_CRC, "the header of free space of an allocation group is damaged", &header))
        xfs_read_free_space(fs, ag, header);
    if (read_header(fs, ag, 2, "XAGI", INODES_CRC, "the header of inodes of an allocation group is damaged", &header))
        xfs_read_inode_trees(fs, ag, header);
    (void)read_header(fs, ag, 3, fs->has_crc ? "XAFL" : NULL, FREE_LIST_CRC, "the free list of an allocation group is damaged", &header);
}

static void read_groups(xfs_t *fs)
{
    for (uint32_t ag = 0; ag < fs->super.ag_count && !fs->stopped; ag++) {
        if (xfs_ag_block_at(fs, ag, 0) >= fs->image.size)
            break;
        read_group(fs, ag);
    }
}

/* ---- facts ---- */

static void add_feature(buffer_t *features, bool present, const char *name)
{
    if (!present)
        return;
    if (features->size > 0)
        buffer_append_byte(features, ' ');
    buffer_append_text(features, name);
}

static void say_facts(const xfs_t *fs)
{
    const xfs_super_t *super = &fs->super;
    const uint8_t     *u     = super->uuid;
    sink_fact_printf(fs->sink, "xfs.version", "%u", (unsigned)super->version);
    sink_fact_printf(fs->sink, "xfs.uuid", "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4],
                     u[5], u[6], u[7],
                     u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
    if (super->label[0] != 0)
        sink_fact_printf(fs->sink, "xfs.label", "%.12s", (const char *)super->label);
    sink_fact_printf(fs->sink, "xfs.block-size", "%lu", (unsigned long)super->block_size);
    sink_fact_printf(fs->sink, "xfs.inode-size", "%u", (unsigned)super->inode_size);
    sink_fact_printf(fs->sink, "xfs.allocation-groups", "%lu", (unsigned long)super->ag_count);
    sink_fact_printf(fs->sink, "xfs.inodes", "%llu", (unsigned long long)(super->inodes - min_u64(super->inodes, super->inodes_free)));
    sink_fact_printf(fs->sink, "xfs.free-blocks", "%llu", (unsigned long long)super->blocks_free);
    buffer_t features = {.limit = TEXT_SHORT_MAX};
    add_feature(&features, fs->has_crc, "crc");
    add_feature(&features, fs->has_ftype, "ftype");
    add_feature(&features, (super->readonly & XFS_READONLY_FINOBT) != 0, "finobt");
    add_feature(&features, (super->readonly & XFS_READONLY_RMAPBT) != 0, "rmapbt");
    add_feature(&features, (super->readonly & XFS_READONLY_REFLINK) != 0, "reflink");
    add_feature(&features, (super->incompat & XFS_INCOMPAT_BIGTIME) != 0, "bigtime");
    add_feature(&features, (super->incompat & XFS_INCOMPAT_NREXT64) != 0, "nrext64");
    add_feature(&features, (super->incompat & XFS_INCOMPAT_METADIR) != 0, "metadir");
    add_feature(&features, (super->version_bits & VERSION_QUOTA) != 0, "quota");
    add_feature(&features, super->realtime_blocks > 0, "realtime");
    buffer_append_byte(&features, 0);
    if (!features.failed && features.size > 1)
        sink_fact(fs->sink, "xfs.features", (const char *)features.at);
    buffer_free(&features);
}

/* ---- all of it ---- */

static void explain_super(xfs_t *fs, uint64_t used_at)
{
    const xfs_super_t *super = &fs->super;
    sink_claim(fs->sink, 0, min_u64(super->sector_size, fs->image.size), REGION_STRUCTURE);
    if (used_at > 0)
        sink_damage(fs->sink, 0, super->sector_size, "the superblock is damaged: the copy of the second allocation group was used");
    else if (fs->has_crc && !super->crc_holds)
        sink_damage(fs->sink, 0, super->sector_size, "the superblock's checksum does not hold");
    if ((super->blocks << super->block_log) > fs->image.size)
        sink_damage(fs->sink, fs->image.size, 0, "the image ends before the file system does");
    if (super->realtime_blocks > 0)
        sink_limit(fs->sink, 0, 0, "device", "there is a realtime volume: files on it are on another device");
    if (super->log_start == 0)
        sink_limit(fs->sink, 0, 0, "device", "the log is on another device: whether it is clean is not known");
    if ((super->incompat & XFS_INCOMPAT_NEEDS_REPAIR) != 0)
        sink_note(fs->sink, 0, "the file system is marked as in need of repair");
    if ((super->incompat & ~(uint32_t)XFS_INCOMPAT_KNOWN) != 0)
        sink_limit(fs->sink, 0, super->sector_size, "feature",
                   "the file system uses features that are not known: what they change was not taken into account");
}

static status_t read_all(xfs_t *fs, uint64_t used_at)
{
    explain_super(fs, used_at);
    say_facts(fs);
    xfs_explain_log(fs);
    read_groups(fs);
    if (!fs->has_crc && (fs->super.version_bits & VERSION_DIRECTORY_2) == 0) {
        sink_limit(fs->sink, 0, fs->image.size, "feature", "directories of version 1 are not read");
        return ok();
    }
    return xfs_walk(fs);
}

static status_t xfs_extract(span_t image, sink_t *sink)
{
    xfs_t   *fs = calloc(1, sizeof *fs);
    uint64_t used_at;
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "xfs", 0, "out of memory");
    status_t status = status_fail(STATUS_REJECTED, "xfs", 0, "not an XFS superblock");
    uint64_t size;
    if (find_super(image, &fs->super, &used_at) && checked_mul(fs->super.blocks, fs->super.block_size, &size)) {
        fs->sink          = sink;
        fs->image         = span_clip(image, 0, size);
        fs->has_crc       = fs->super.version == 5;
        fs->has_ftype     = fs->has_crc ? (fs->super.incompat & XFS_INCOMPAT_FTYPE) != 0
                                        : (fs->super.version_bits & VERSION_MORE) != 0 && (fs->super.features2 & FEATURE2_FTYPE) != 0;
        fs->blocks        = fs->image.size >> fs->super.block_log;
        size_t bits       = (size_t)(fs->blocks / 8 + 1);
        fs->read_blocks   = calloc(1, bits);
        fs->inode_blocks  = calloc(1, bits);
        fs->free_blocks   = sink_wants_deleted(sink) ? calloc(1, bits) : NULL;
        if (!checked_mul(fs->image.size, WORK_PER_BYTE, &fs->work_limit) || !checked_add(fs->work_limit, WORK_FLOOR, &fs->work_limit))
            fs->work_limit = UINT64_MAX;
        bool enough = fs->read_blocks != NULL && fs->inode_blocks != NULL && (fs->free_blocks != NULL || !sink_wants_deleted(sink));
        status      = enough ? read_all(fs, used_at) : status_fail(STATUS_MEMORY, "xfs", 0, "out of memory");
        if (fs->no_memory || fs->assembled.failed)
            status = status_fail(STATUS_MEMORY, "xfs", 0, "out of memory");
        free(fs->read_blocks);
        free(fs->inode_blocks);
        free(fs->free_blocks);
        free(fs->chunks);
        buffer_free(&fs->text);
        buffer_free(&fs->link);
        buffer_free(&fs->assembled);
    }
    free(fs);
    return status.code == STATUS_LIMIT ? ok() : status; /* the sink has recorded the limit */
}

/* The second and third are for an image whose superblock is damaged. */
static const magic_t magics[] = {MAGIC("XFSB", 0), MAGIC("XAGF\0\0\0\1\0\0\0\0", XFS_SECTOR), MAGIC("XAGF\0\0\0\1\0\0\0\0", 4096)};

const extractor_t xfs_extractor = {
    .id = "xfs", .name = "XFS", .specification = "Linux, fs/xfs/libxfs/xfs_format.h; \"XFS Algorithms & Data Structures\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = xfs_probe, .extent = xfs_extent, .extract = xfs_extract,
};
