#include "extractors/ext4.h"

#include "extractors/crc32c.h"

#include <stdlib.h>

enum {
    MAGIC_AT = 0x38, MAGIC_VALUE = 0xEF53, CHECKSUM_AT = 1020, LOG_BLOCK_MAX = 6, DESCRIPTOR_MIN = 32, DESCRIPTOR_64BIT = 64, DESCRIPTOR_MAX = 1024,
    DESCRIPTOR_CHECKSUM_AT = 0x1E, BEYOND_MAX = 65536, BACKUPS_TRIED = 8, BACKUPS_SEARCHED = 64,
};

/* ---- checksums ---- */

/* CRC-32C without the inversions. */
uint32_t ext4_crc32c(uint32_t crc, span_t bytes) { return ~crc32c(~crc, bytes); }

uint32_t ext4_crc32c_le32(uint32_t crc, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    return ext4_crc32c(crc, span_from(bytes, sizeof bytes));
}

/* CRC-16 of IBM, reflected. */
static uint16_t crc16(uint16_t crc, span_t bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        crc = (uint16_t)(crc ^ bytes.at[i]);
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 1) != 0 ? crc >> 1 ^ 0xA001 : crc >> 1);
    }
    return crc;
}

/* ---- superblocks ---- */

static span_t text_field(span_t field)
{
    const uint8_t *end = field.size > 0 ? memchr(field.at, 0, field.size) : NULL;
    return span_from(field.at, end != NULL ? (size_t)(end - field.at) : field.size);
}

static int64_t time_of(uint32_t low, uint8_t high) { return (int64_t)((uint64_t)high << 32 | low); }

static void read_late_fields(span_t raw, ext4_super_t *s)
{
    reader_t r = reader_at(raw, 0x198);
    uint32_t first_error = read_le32(&r);
    reader_skip(&r, 4);
    s->error_block = read_le64(&r);
    r              = reader_at(raw, 0x1CC);
    uint32_t last_error = read_le32(&r);
    r                  = reader_at(raw, 0x240);
    s->quota_inodes[0] = read_le32(&r);
    s->quota_inodes[1] = read_le32(&r);
    r                  = reader_at(raw, 0x24C);
    s->backup_groups[0] = read_le32(&r);
    s->backup_groups[1] = read_le32(&r);
    r                   = reader_at(raw, 0x26C);
    s->quota_inodes[2]  = read_le32(&r);
    s->checksum_seed    = read_le32(&r);
    uint8_t high[6];
    for (size_t i = 0; i < sizeof high; i++)
        high[i] = read_u8(&r);
    s->written |= (int64_t)((uint64_t)high[0] << 32);
    s->mounted |= (int64_t)((uint64_t)high[1] << 32);
    s->created |= (int64_t)((uint64_t)high[2] << 32);
    s->checked |= (int64_t)((uint64_t)high[3] << 32);
    s->first_error = time_of(first_error, high[4]);
    s->last_error  = time_of(last_error, high[5]);
    r              = reader_at(raw, 0x280);
    s->orphan_file = read_le32(&r);
}

static void read_dynamic_fields(span_t raw, ext4_super_t *s)
{
    reader_t r = reader_at(raw, 0x54);
    s->first_inode = read_le32(&r);
    s->inode_size  = read_le16(&r);
    s->group       = read_le16(&r);
    s->compat      = read_le32(&r);
    s->incompat    = read_le32(&r);
    s->ro_compat   = read_le32(&r);
    r              = reader_at(raw, 0xCE);
    s->reserved_gdt_blocks = read_le16(&r);
    r                      = reader_at(raw, 0xE0);
    s->journal_inode       = read_le32(&r);
    reader_skip(&r, 4);
    s->last_orphan = read_le32(&r);
    r              = reader_at(raw, 0xFD);
    s->journal_backup_type = read_u8(&r);
    s->descriptor_size     = read_le16(&r);
    reader_skip(&r, 4);
    s->first_meta_bg = read_le32(&r);
    s->created       = read_le32(&r);
    for (size_t i = 0; i < sizeof s->journal_backup / sizeof *s->journal_backup; i++)
        s->journal_backup[i] = read_le32(&r);
    uint32_t blocks_high = read_le32(&r);
    if ((s->incompat & EXT4_INCOMPAT_64BIT) != 0)
        s->blocks |= (uint64_t)blocks_high << 32;
    else
        s->descriptor_size = DESCRIPTOR_MIN;
    r            = reader_at(raw, 0x168);
    s->mmp_block = read_le64(&r);
    memcpy(s->uuid, raw.at + 0x68, sizeof s->uuid);
    s->label           = text_field(span_sub(raw, 0x78, 16));
    s->last_mounted_on = text_field(span_sub(raw, 0x88, 64));
    read_late_fields(raw, s);
}

/* Sizes and counts that a file system can have. */
static bool plausible(const ext4_super_t *s)
{
    uint64_t bytes;
    uint32_t size = s->descriptor_size;
    if (s->log_block_size > LOG_BLOCK_MAX || s->log_cluster_ratio > 16 || s->first_data_block > 1 ||
        (s->first_data_block == 1 && s->block_size != 1024))
        return false;
    uint64_t group_max = (uint64_t)8 * s->block_size << s->log_cluster_ratio;
    return s->blocks > s->first_data_block && checked_mul(s->blocks, s->block_size, &bytes) && bytes < UINT64_C(1) << 60 &&
        s->blocks_per_group >= 8 &&
           s->blocks_per_group <= group_max && s->inodes_per_group > 0 && s->inodes_per_group <= 8 * s->block_size && s->inodes > 0 &&
           s->revision <= 1 &&
           s->inode_size >= EXT4_INODE_MIN && s->inode_size <= s->block_size && (s->inode_size & (s->inode_size - 1)) == 0 &&
           size >= DESCRIPTOR_MIN &&
           size <= DESCRIPTOR_MAX && (size & (size - 1)) == 0 && ((s->incompat & EXT4_INCOMPAT_64BIT) == 0 || size >= DESCRIPTOR_64BIT);
}

bool ext4_read_super_at(span_t image, uint64_t at, ext4_super_t *s)
{
    span_t raw = span_sub(image, at, EXT4_SUPER_SIZE);
    *s         = (ext4_super_t){.at = at, .first_inode = 11, .inode_size = EXT4_INODE_MIN, .descriptor_size = DESCRIPTOR_MIN};
    if (raw.at == NULL)
        return false;
    reader_t r = reader_from(raw);
    s->inodes  = read_le32(&r);
    s->blocks  = read_le32(&r);
    reader_skip(&r, 12);
    s->first_data_block   = read_le32(&r);
    s->log_block_size     = read_le32(&r);
    uint32_t log_cluster  = read_le32(&r);
    s->blocks_per_group   = read_le32(&r);
    reader_skip(&r, 4);
    s->inodes_per_group = read_le32(&r);
    s->mounted          = read_le32(&r);
    s->written          = read_le32(&r);
    s->mounts           = read_le16(&r);
    reader_skip(&r, 2);
    if (read_le16(&r) != MAGIC_VALUE || s->log_block_size > LOG_BLOCK_MAX)
        return false;
    s->block_size = UINT32_C(1024) << s->log_block_size;
    s->state      = read_le16(&r);
    s->errors     = read_le16(&r);
    reader_skip(&r, 2);
    s->checked = read_le32(&r);
    reader_skip(&r, 4);
    s->creator  = read_le32(&r);
    s->revision = read_le32(&r);
    if (s->revision > 0)
        read_dynamic_fields(raw, s);
    if ((s->ro_compat & EXT4_RO_BIGALLOC) != 0)
        s->log_cluster_ratio = log_cluster >= s->log_block_size ? (uint32_t)min_u64(log_cluster - s->log_block_size, 32) : 32;
    if (!plausible(s))
        return false;
    s->groups     = (s->blocks - s->first_data_block + s->blocks_per_group - 1) / s->blocks_per_group;
    s->consistent = s->groups * s->inodes_per_group == s->inodes;
    if ((s->ro_compat & EXT4_RO_METADATA_CSUM) != 0) {
        r               = reader_at(raw, CHECKSUM_AT);
        s->checksum_bad = ext4_crc32c(UINT32_MAX, span_sub(raw, 0, CHECKSUM_AT)) != read_le32(&r);
        s->consistent   = s->consistent && !s->checksum_bad;
    }
    return true;
}

bool ext4_read_super(span_t image, ext4_super_t *super)
{
    /* Group 1 begins behind as many blocks as one block has bits. */
    static const uint64_t backups[] = {UINT64_C(8193) * 1024, UINT64_C(16384) * 2048, UINT64_C(32768) * 4096, UINT64_C(65536) * 8192};
    ext4_super_t          primary, backup;
    bool                  found = ext4_read_super_at(image, EXT4_SUPER_AT, &primary);
    *super                      = primary;
    if (found && primary.consistent)
        return true;
    for (size_t i = 0; i < sizeof backups / sizeof *backups; i++)
        if (ext4_read_super_at(image, backups[i], &backup) && backup.consistent && backup.group == 1 && backup.log_block_size == i &&
            backup.blocks_per_group * (uint64_t)backup.block_size + backup.first_data_block * UINT64_C(1024) == backups[i]) {
            *super = backup;
            return true;
        }
    return found;
}

static bool is_power_of(uint64_t value, uint64_t base)
{
    while (value > 1 && value % base == 0)
        value /= base;
    return value == 1;
}

bool ext4_has_super(const ext4_super_t *s, uint64_t group)
{
    if (group == 0)
        return true;
    if ((s->compat & EXT4_COMPAT_SPARSE_SUPER2) != 0)
        return group == s->backup_groups[0] || group == s->backup_groups[1];
    if ((s->ro_compat & EXT4_RO_SPARSE_SUPER) == 0 || group == 1)
        return true;
    return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

uint64_t ext4_group_start(const ext4_super_t *s, uint64_t group) { return s->first_data_block + group * s->blocks_per_group; }

/* ---- group descriptors ---- */

/* Where the superblock of a group stands: with clusters, the first block of a 1K file system is before it. */
static uint64_t super_block_of(const ext4_super_t *s, uint64_t group)
{
    return ext4_group_start(s, group) + (group == 0 && s->block_size == 1024 && s->first_data_block == 0 ? 1 : 0);
}

static uint64_t descriptors_per_block(const ext4_super_t *s) { return s->block_size / s->descriptor_size; }
static uint64_t descriptor_blocks(const ext4_super_t *s) { return (s->groups + descriptors_per_block(s) - 1) / descriptors_per_block(s); }

/* Blocks of descriptors that stand together behind each superblock. */
static uint64_t old_descriptor_blocks(const ext4_super_t *s)
{
    return (s->incompat & EXT4_INCOMPAT_META_BG) != 0 ? min_u64(s->first_meta_bg, descriptor_blocks(s)) : descriptor_blocks(s);
}

/* The group of the copy-th backup of the superblock; EXT4_HUGE when it is not within reach. */
static uint64_t backup_group(const ext4_super_t *s, unsigned copy)
{
    uint64_t home = 0;
    if ((s->compat & EXT4_COMPAT_SPARSE_SUPER2) != 0 && copy > 0)
        return copy <= 2 && s->backup_groups[copy - 1] > 0 ? s->backup_groups[copy - 1] : EXT4_HUGE;
    for (unsigned found = 0; found < copy && home < BACKUPS_SEARCHED; found += ext4_has_super(s, home))
        home++;
    return home < BACKUPS_SEARCHED ? home : EXT4_HUGE;
}

/* The block that holds the group's descriptor; `copy` 0: the one that counts; more: backups, EXT4_HUGE when there are no more. */
static uint64_t descriptor_block(const ext4_super_t *s, uint64_t group, unsigned copy)
{
    uint64_t per_block = descriptors_per_block(s), index = group / per_block;
    if (index >= old_descriptor_blocks(s)) {
        uint64_t home = index * per_block + (copy == 0 ? 0 : copy == 1 ? 1 : per_block - 1);
        return copy > 2 || home >= s->groups ? EXT4_HUGE : super_block_of(s, home) + (ext4_has_super(s, home) ? 1 : 0);
    }
    uint64_t home = backup_group(s, copy);
    return home < s->groups ? super_block_of(s, home) + 1 + index : EXT4_HUGE;
}

static bool descriptor_checksum_holds(const ext4_t *fs, uint64_t group, span_t raw)
{
    static const uint8_t zero[2] = {0, 0};
    reader_t             r       = reader_at(raw, DESCRIPTOR_CHECKSUM_AT);
    uint16_t             stored  = read_le16(&r);
    if (fs->checksums) {
        uint32_t crc = ext4_crc32c_le32(fs->seed, (uint32_t)group);
        crc          = ext4_crc32c(crc, span_sub(raw, 0, DESCRIPTOR_CHECKSUM_AT));
        crc          = ext4_crc32c(crc, span_from(zero, sizeof zero));
        return (uint16_t)ext4_crc32c(crc, span_from_offset(raw, DESCRIPTOR_CHECKSUM_AT + 2)) == stored;
    }
    if ((fs->super.ro_compat & EXT4_RO_GDT_CSUM) == 0)
        return true;
    const uint8_t number[4] = {(uint8_t)group, (uint8_t)(group >> 8), (uint8_t)(group >> 16), (uint8_t)(group >> 24)};
    uint16_t      crc       = crc16(UINT16_MAX, span_from(fs->super.uuid, sizeof fs->super.uuid));
    crc                     = crc16(crc, span_from(number, sizeof number));
    crc                     = crc16(crc, span_sub(raw, 0, DESCRIPTOR_CHECKSUM_AT));
    return crc16(crc, span_from_offset(raw, DESCRIPTOR_CHECKSUM_AT + 2)) == stored;
}

static uint64_t table_blocks(const ext4_super_t *s) { return ((uint64_t)s->inodes_per_group * s->inode_size + s->block_size - 1) / s->block_size; }

/* False when what it says cannot be. */
static bool read_descriptor(const ext4_t *fs, span_t raw, ext4_group_t *group)
{
    const ext4_super_t *s = &fs->super;
    reader_t            r = reader_from(raw);
    group->block_bitmap   = read_le32(&r);
    group->inode_bitmap   = read_le32(&r);
    group->inode_table    = read_le32(&r);
    reader_skip(&r, 6);
    group->flags = read_le16(&r);
    reader_skip(&r, 4);
    group->block_checksum = read_le16(&r);
    group->inode_checksum = read_le16(&r);
    group->unused_inodes  = read_le16(&r);
    reader_skip(&r, 2);
    if (raw.size >= DESCRIPTOR_64BIT) {
        group->block_bitmap |= (uint64_t)read_le32(&r) << 32;
        group->inode_bitmap |= (uint64_t)read_le32(&r) << 32;
        group->inode_table |= (uint64_t)read_le32(&r) << 32;
        reader_skip(&r, 6);
        group->unused_inodes |= (uint32_t)read_le16(&r) << 16;
        reader_skip(&r, 4);
        group->block_checksum |= (uint32_t)read_le16(&r) << 16;
        group->inode_checksum |= (uint32_t)read_le16(&r) << 16;
    }
    if ((s->ro_compat & (EXT4_RO_GDT_CSUM | EXT4_RO_METADATA_CSUM)) == 0)
        group->flags = group->unused_inodes = 0;
    return reader_ok(&r) && group->block_bitmap > 0 && group->block_bitmap < s->blocks && group->inode_bitmap > 0 &&
        group->inode_bitmap < s->blocks &&
           group->inode_table > 0 && group->inode_table < s->blocks && table_blocks(s) <= s->blocks - group->inode_table &&
           group->unused_inodes <= s->inodes_per_group;
}

static bool load_group_from(const ext4_t *fs, uint64_t number, unsigned copy, ext4_group_t *group, uint64_t *at)
{
    const ext4_super_t *s     = &fs->super;
    uint64_t            block = descriptor_block(s, number, copy), offset = number % descriptors_per_block(s) * s->descriptor_size;
    if (block >= s->blocks)
        return false;
    *at        = block * s->block_size + offset;
    span_t raw = ext4_bytes(fs, block, offset, s->descriptor_size);
    return raw.at != NULL && read_descriptor(fs, raw, group) && descriptor_checksum_holds(fs, number, raw);
}

/* Damaged descriptors next to each other are one record. */
typedef struct { uint64_t at, end; bool restored; } broken_t;

static void tell_broken(ext4_t *fs, broken_t *broken)
{
    if (broken->end > broken->at)
        sink_damage(fs->sink, broken->at, broken->end - broken->at,
            broken->restored ? "group descriptors are damaged: a backup was used"
            : "group descriptors are damaged: the inodes and bitmaps of these groups are not found");
    *broken = (broken_t){0};
}

static void load_group(ext4_t *fs, uint64_t number, broken_t *broken)
{
    ext4_group_t *group = &fs->groups[number];
    uint64_t      at = 0, backup_at = 0;
    group->good = load_group_from(fs, number, 0, group, &at);
    if (group->good)
        return;
    for (unsigned copy = 1; copy <= BACKUPS_TRIED && !group->good; copy++)
        group->good = load_group_from(fs, number, copy, group, &backup_at);
    if (at == 0 || at >= fs->image.size) /* missing because the image ends, which is told elsewhere */
        return;
    if (broken->end != at || broken->restored != group->good)
        tell_broken(fs, broken);
    if (broken->end == 0)
        *broken = (broken_t){.at = at, .restored = group->good};
    broken->end = at + fs->super.descriptor_size;
    /* A descriptor that only lacks its checksum is better than none. */
    span_t raw = span_sub(fs->image, at, fs->super.descriptor_size);
    if (!group->good)
        group->good = raw.at != NULL && !span_is_filled_with(raw, 0) && read_descriptor(fs, raw, group);
}

bool ext4_load_groups(ext4_t *fs)
{
    const ext4_super_t *s      = &fs->super;
    uint64_t            within = fs->image.size / ((uint64_t)s->blocks_per_group * s->block_size) + 1;
    fs->group_count            = min_u64(s->groups, within + BEYOND_MAX);
    free(fs->groups);
    fs->groups = calloc((size_t)fs->group_count, sizeof *fs->groups);
    if (fs->groups == NULL)
        return false;
    broken_t broken = {0};
    for (uint64_t g = 0; g < fs->group_count; g++)
        load_group(fs, g, &broken);
    tell_broken(fs, &broken);
    return true;
}

uint32_t ext4_inodes_of(const ext4_t *fs, const ext4_group_t *group)
{
    return (group->flags & EXT4_GROUP_INODE_UNINIT) != 0 ? 0 : fs->super.inodes_per_group - group->unused_inodes;
}

/* ---- claims ---- */

static void claim(ext4_t *fs, uint64_t block, uint64_t offset, uint64_t length)
{
    uint64_t at = block * fs->super.block_size + offset;
    if (block < fs->super.blocks && at < fs->image.size)
        sink_claim(fs->sink, at, min_u64(length, fs->image.size - at), REGION_STRUCTURE);
}

/* Blocks that wait for more descriptors: zero, or in the first group a list of their backups. Anything else is not theirs. */
static void claim_reserved(ext4_t *fs, uint64_t block)
{
    span_t   bytes = span_sub(fs->image, block * fs->super.block_size, fs->super.block_size);
    reader_t r     = reader_from(bytes);
    while (reader_left(&r) >= 4)
        if (read_le32(&r) >= fs->super.blocks)
            return;
    claim(fs, block, 0, bytes.size);
}

static void claim_super_of(ext4_t *fs, uint64_t group)
{
    const ext4_super_t *s     = &fs->super;
    uint64_t            block = super_block_of(s, group), offset = group == 0 && s->block_size > 1024 ? 1024 : 0, old = old_descriptor_blocks(s);
    ext4_super_t        copy;
    if (block >= s->blocks || block * s->block_size >= fs->image.size)
        return;
    bool good = ext4_read_super_at(fs->image, block * s->block_size + offset, &copy);
    if (good && memcmp(copy.uuid, s->uuid, sizeof s->uuid) == 0)
        claim(fs, block, offset, EXT4_SUPER_SIZE);
    else if (group > 0)
        sink_note(fs->sink, block * s->block_size, "no backup of the superblock stands where one should");
    claim(fs, block + 1, 0, min_u64(old * s->block_size, s->groups * s->descriptor_size));
    if ((s->incompat & EXT4_INCOMPAT_META_BG) == 0)
        for (uint64_t i = 0; i < s->reserved_gdt_blocks && i < s->block_size / 4; i++)
            claim_reserved(fs, block + 1 + old + i);
}

static void check_bitmap(ext4_t *fs, ext4_group_t *group, uint64_t block, uint32_t bits, uint32_t expected, const char *what)
{
    span_t bytes = ext4_bytes(fs, block, 0, fs->super.block_size);
    claim(fs, block, 0, fs->super.block_size);
    if (bytes.at == NULL) {
        group->bitmaps_good = false;
        return;
    }
    uint32_t crc = ext4_crc32c(fs->seed, span_sub(bytes, 0, bits / 8));
    if (fs->super.descriptor_size < DESCRIPTOR_64BIT)
        crc &= 0xFFFF;
    if (!fs->checksums || crc == expected)
        return;
    group->bitmaps_good = false;
    sink_damage(fs->sink, block * fs->super.block_size, fs->super.block_size, what);
}

static void claim_group(ext4_t *fs, uint64_t number)
{
    const ext4_super_t *s     = &fs->super;
    ext4_group_t       *group = &fs->groups[number];
    group->bitmaps_good       = true;
    if ((group->flags & EXT4_GROUP_BLOCK_UNINIT) == 0)
        check_bitmap(fs, group, group->block_bitmap, s->blocks_per_group >> s->log_cluster_ratio, group->block_checksum,
            "the checksum of a bitmap of blocks does not hold");
    if ((group->flags & EXT4_GROUP_INODE_UNINIT) == 0)
        check_bitmap(fs, group, group->inode_bitmap, s->inodes_per_group, group->inode_checksum, "the checksum of a bitmap of inodes does not hold");
    claim(fs, group->inode_table, 0, (uint64_t)ext4_inodes_of(fs, group) * s->inode_size);
}

void ext4_claim_groups(ext4_t *fs)
{
    const ext4_super_t *s = &fs->super;
    for (uint64_t g = 0; g < fs->group_count; g++) {
        uint64_t first = g - g % descriptors_per_block(s), index = g / descriptors_per_block(s);
        bool     own   = index >= old_descriptor_blocks(s) && (g == first || g == first + 1 || g == first + descriptors_per_block(s) - 1);
        if (ext4_has_super(s, g))
            claim_super_of(fs, g);
        if (own)
            claim(fs, super_block_of(s, g) + (ext4_has_super(s, g) ? 1 : 0), 0, min_u64(s->block_size, (s->groups - first) * s->descriptor_size));
        if (fs->groups[g].good)
            claim_group(fs, g);
    }
    if ((s->incompat & EXT4_INCOMPAT_MMP) != 0 && s->mmp_block > 0)
        claim(fs, s->mmp_block, 0, s->block_size);
}
