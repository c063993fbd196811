/* Nodes: the table that finds them, its journal, what the log holds behind the last checkpoint; inodes and extended attributes. */
#include "extractors/f2fs.h"

#include <stdlib.h>

enum { NAT_ENTRY = 9, SUMMARY = 7, JOURNAL_ENTRY = 13, SUMMARY_FOOTER = 5, LOGS = 6, DATA_LOGS = 3, WARM_NODES = 1 };
enum { UNMOUNTED = 0x1, COMPACT_SUMMARIES = 0x4, CRC_RECOVERY = 0x40 };
enum { FOOTER_FSYNC = 2, DEFAULT_XATTR_WORDS = 50, EXTRA_SIZE_AT = 360, CHECKSUM_AT = 368, XATTR_HEADER = 24 };
enum { NODES_RECOVERED_MAX = 1 << 20, COMPRESSION_END = 396, CHECKSUM_END = 372 };

bool f2fs_spend(f2fs_t *fs, uint64_t units)
{
    if (units <= fs->work && !fs->told_work) {
        fs->work -= units;
        return true;
    }
    if (!fs->told_work)
        sink_limit(fs->sink, 0, 0, "work", "reading the same blocks again and again went out of proportion: the rest was left out");
    fs->told_work = true;
    return false;
}

uint32_t f2fs_entries_per_table_block(const f2fs_t *fs) { return (uint32_t)fs->block / NAT_ENTRY; }

/* ---- the table ---- */

/* The most significant bit comes first. */
static bool bit_of(span_t bitmap, uint64_t n) { return n / 8 < bitmap.size && (bitmap.at[n / 8] >> (7 - n % 8) & 1) != 0; }

/* The table has each segment twice, one behind the other. */
static bool find_in_table(const f2fs_t *fs, uint32_t node, f2fs_entry_t *entry)
{
    uint32_t per_block = f2fs_entries_per_table_block(fs);
    uint64_t n = node / per_block, segment = n >> fs->super.segment_bits, within = n & ((UINT64_C(1) << fs->super.segment_bits) - 1);
    uint64_t block = fs->super.nat + (segment << fs->super.segment_bits) * 2 + within;
    if (segment >= fs->super.nat_segments / 2)
        return false;
    if (bit_of(fs->checkpoint.nat_bitmap, n))
        block += UINT64_C(1) << fs->super.segment_bits;
    reader_t r = reader_at(fs->image, (block << fs->super.block_bits) + (uint64_t)(node % per_block) * NAT_ENTRY);
    reader_skip(&r, 1);
    *entry = (f2fs_entry_t){.node = node, .inode = read_le32(&r), .block = read_le32(&r)};
    return reader_ok(&r);
}

bool f2fs_find_node(const f2fs_t *fs, uint32_t node, f2fs_entry_t *entry)
{
    *entry = (f2fs_entry_t){.node = node};
    size_t low = 0, high = fs->recovered_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fs->recovered[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < fs->recovered_count && fs->recovered[low].node == node) {
        *entry = fs->recovered[low];
        return true;
    }
    for (size_t i = 0; i < fs->journal_count; i++)
        if (fs->journal[i].node == node) {
            *entry = fs->journal[i];
            return entry->block != 0;
        }
    return find_in_table(fs, node, entry) && entry->block != 0;
}

bool f2fs_read_footer(const f2fs_t *fs, uint64_t block, f2fs_entry_t *entry, uint32_t *flags, uint64_t *version, uint32_t *next)
{
    uint64_t at;
    if (!f2fs_in_main_area(fs, block) || !checked_add(block << fs->super.block_bits, fs->block - F2FS_FOOTER, &at))
        return false;
    reader_t r   = reader_at(fs->image, at);
    entry->node  = read_le32(&r);
    entry->inode = read_le32(&r);
    *flags       = read_le32(&r);
    *version     = read_le64(&r);
    *next        = read_le32(&r);
    entry->block = (uint32_t)block;
    return reader_ok(&r) && entry->node != 0;
}

bool f2fs_open_node(f2fs_t *fs, uint32_t node, uint32_t inode, uint64_t *at)
{
    f2fs_entry_t entry, footer;
    uint32_t     flags, next;
    uint64_t     version;
    if (!f2fs_spend(fs, 1) || !f2fs_find_node(fs, node, &entry) || !f2fs_read_footer(fs, entry.block, &footer, &flags, &version, &next)
        || footer.node != node || footer.inode != inode)
        return false;
    *at = (uint64_t)entry.block << fs->super.block_bits;
    sink_claim(fs->sink, *at, fs->block, REGION_STRUCTURE);
    return true;
}

/* ---- what is newer than the table ---- */

/* Entries of the NAT that changed stand in the summary of the log of hot data. */
void f2fs_read_journal(f2fs_t *fs)
{
    const f2fs_checkpoint_t *cp    = &fs->checkpoint;
    uint64_t                 first = cp->at >> fs->super.block_bits, block = first + cp->summaries, at;
    if ((cp->flags & COMPACT_SUMMARIES) != 0) {
        at = block << fs->super.block_bits;
    } else {
        block = first + cp->blocks - ((cp->flags & UNMOUNTED) != 0 ? LOGS : DATA_LOGS) - 1;
        at    = (block << fs->super.block_bits) + (fs->block / 8) * SUMMARY;
    }
    uint64_t room = (fs->block - SUMMARY_FOOTER - fs->block / 8 * SUMMARY - 2) / JOURNAL_ENTRY;
    reader_t r    = reader_at(fs->image, at);
    uint16_t n    = read_le16(&r);
    if (!reader_ok(&r) || n > min_u64(room, F2FS_JOURNAL_MAX)) {
        sink_damage(fs->sink, min_u64(at, fs->image.size), 2, "the journal of the node table cannot be read");
        return;
    }
    for (uint16_t i = 0; i < n; i++) {
        f2fs_entry_t entry = {.node = read_le32(&r)};
        reader_skip(&r, 1);
        entry.inode = read_le32(&r);
        entry.block = read_le32(&r);
        if (reader_ok(&r))
            fs->journal[fs->journal_count++] = entry;
    }
}

static int by_node(const void *a, const void *b)
{
    const f2fs_entry_t *x = a, *y = b;
    return x->node < y->node ? -1 : x->node > y->node;
}

static bool keep_recovered(f2fs_t *fs, f2fs_entry_t entry)
{
    if (fs->recovered_count == fs->recovered_capacity) {
        size_t        capacity = fs->recovered_capacity == 0 ? 64 : fs->recovered_capacity * 2;
        f2fs_entry_t *more     = realloc(fs->recovered, capacity * sizeof *more);
        if (more == NULL)
            return false;
        fs->recovered          = more;
        fs->recovered_capacity = capacity;
    }
    fs->recovered[fs->recovered_count++] = entry;
    return true;
}

/* Follows the log of warm nodes from where the checkpoint left it. What stands behind the last fsync of the log was never promised. */
void f2fs_roll_forward(f2fs_t *fs)
{
    const f2fs_checkpoint_t *cp    = &fs->checkpoint;
    uint64_t                 block = fs->super.main + ((uint64_t)cp->node_segment[WARM_NODES] << fs->super.segment_bits) + cp->node_offset[WARM_NODES];
    uint64_t                 valid = cp->version | ((cp->flags & CRC_RECOVERY) != 0 ? (uint64_t)cp->crc << 32 : 0);
    size_t                   kept  = 0;
    f2fs_entry_t             entry;
    uint32_t                 flags, next;
    uint64_t                 version, first = block;
    uint64_t                 most = min_u64(NODES_RECOVERED_MAX, fs->image.size >> fs->super.block_bits);
    /* A log that is longer than the image goes in circles. */
    while (fs->recovered_count < most && f2fs_read_footer(fs, block, &entry, &flags, &version, &next) && version == valid) {
        if (!keep_recovered(fs, entry))
            break;
        if ((flags & FOOTER_FSYNC) != 0)
            kept = fs->recovered_count;
        if (next == block)
            break;
        block = next;
    }
    fs->recovered_count = kept;
    if (kept == 0)
        return;
    sink_note(fs->sink, first << fs->super.block_bits, "nodes were written after the last checkpoint: they are used as a mount would recover them");
    sink_fact_printf(fs->sink, "f2fs.recovered-nodes", "%zu", kept);
    /* Of each node the newest stays. Blocks of the log do not tell their order once sorted, so older ones are dropped first. */
    for (size_t i = 0; i < kept; i++)
        fs->recovered[i].inode = (uint32_t)i;
    qsort(fs->recovered, kept, sizeof *fs->recovered, by_node);
    size_t count = 0;
    for (size_t i = 0; i < kept; i++) {
        if (count > 0 && fs->recovered[count - 1].node == fs->recovered[i].node) {
            if (fs->recovered[i].inode > fs->recovered[count - 1].inode)
                fs->recovered[count - 1] = fs->recovered[i];
        } else {
            fs->recovered[count++] = fs->recovered[i];
        }
    }
    fs->recovered_count = count;
    for (size_t i = 0; i < count; i++)
        (void)f2fs_read_footer(fs, fs->recovered[i].block, &fs->recovered[i], &flags, &version, &next);
}

/* ---- inodes ---- */

static bool checksum_holds(const f2fs_t *fs, const f2fs_inode_t *inode, uint32_t expected)
{
    static const uint8_t zeros[4];
    uint32_t             crc = f2fs_crc(UINT32_MAX, span_from(fs->super.uuid, sizeof fs->super.uuid));
    crc = f2fs_crc(crc, span_sub(inode->raw, fs->block - F2FS_FOOTER + 4, 4)); /* number of the inode */
    crc = f2fs_crc(crc, span_sub(inode->raw, 68, 4));                          /* its generation */
    crc = f2fs_crc(crc, span_sub(inode->raw, 0, CHECKSUM_AT));
    crc = f2fs_crc(crc, span_from(zeros, sizeof zeros));
    return f2fs_crc(crc, span_from_offset(inode->raw, CHECKSUM_END)) == expected;
}

/* How many addresses an inode and a direct node have, after what else stands in the inode. */
static bool measure(const f2fs_t *fs, f2fs_inode_t *inode, uint16_t extra_bytes, uint16_t xattr_words)
{
    uint32_t words = (uint32_t)(fs->block - F2FS_ADDRESSES_AT - F2FS_NODES_OF_INODE * 4 - F2FS_FOOTER) / 4;
    inode->extra   = (inode->inlined & F2FS_EXTRA) != 0 ? extra_bytes / 4u : 0;
    if ((fs->super.features & F2FS_FLEXIBLE_XATTR) != 0 && (inode->inlined & F2FS_EXTRA) != 0)
        inode->xattr_bytes = xattr_words * 4u;
    else
        inode->xattr_bytes = (inode->inlined & (F2FS_INLINE_XATTR | F2FS_INLINE_DIRECTORY)) != 0 ? DEFAULT_XATTR_WORDS * 4 : 0;
    if (inode->extra + inode->xattr_bytes / 4 >= words)
        return false;
    inode->addresses    = words - inode->extra - inode->xattr_bytes / 4;
    inode->per_node     = (uint32_t)(fs->block - F2FS_FOOTER) / 4;
    inode->addresses_at = inode->at + F2FS_ADDRESSES_AT + inode->extra * 4u;
    if (inode->compressed) {
        inode->addresses &= ~((1u << inode->cluster_bits) - 1);
        inode->per_node &= ~((1u << inode->cluster_bits) - 1);
    }
    return inode->addresses > 0 && inode->per_node > 0;
}

bool f2fs_read_inode(const f2fs_t *fs, uint64_t number, f2fs_inode_t *inode)
{
    f2fs_entry_t entry, footer;
    uint32_t     flags, next;
    uint64_t     version;
    *inode = (f2fs_inode_t){.number = number};
    if ((number & F2FS_BY_BLOCK) != 0)
        entry.block = (uint32_t)(number & UINT32_MAX);
    else if (number > UINT32_MAX || !f2fs_find_node(fs, (uint32_t)number, &entry))
        return false;
    inode->at = (uint64_t)entry.block << fs->super.block_bits;
    if (!f2fs_read_footer(fs, entry.block, &footer, &flags, &version, &next) || footer.node != footer.inode
        || ((number & F2FS_BY_BLOCK) == 0 && footer.node != number))
        return false;
    inode->node = footer.node;
    inode->raw  = span_sub(fs->image, inode->at, fs->block);
    reader_t r  = reader_from(inode->raw);
    inode->mode    = read_le16(&r);
    inode->advise  = read_u8(&r);
    inode->inlined = read_u8(&r);
    inode->uid     = read_le32(&r);
    inode->gid     = read_le32(&r);
    reader_skip(&r, 4);
    inode->size = read_le64(&r);
    reader_skip(&r, 24);
    inode->mtime      = (int64_t)read_le64(&r);
    r                 = reader_at(inode->raw, 76);
    inode->xattr_node = read_le32(&r);
    inode->flags      = read_le32(&r);
    reader_skip(&r, 4);
    inode->name_size = (uint8_t)min_u64(read_le32(&r), 255);
    r                = reader_at(inode->raw, EXTRA_SIZE_AT);
    uint16_t extra = read_le16(&r), words = read_le16(&r);
    reader_skip(&r, 4);
    uint32_t checksum = read_le32(&r);
    r                 = reader_at(inode->raw, COMPRESSION_END - 4);
    inode->algorithm      = read_u8(&r);
    inode->cluster_bits   = read_u8(&r);
    inode->compress_flags = read_le16(&r);
    bool more             = (inode->inlined & F2FS_EXTRA) != 0;
    inode->compressed     = (fs->super.features & F2FS_COMPRESSION) != 0 && (inode->flags & F2FS_FLAG_COMPRESSED) != 0 && more
                        && (inode->mode & 0170000) == 0100000 && extra >= COMPRESSION_END - F2FS_ADDRESSES_AT && inode->cluster_bits >= 1
                        && inode->cluster_bits <= 8;
    inode->encrypted      = (inode->advise & F2FS_ADVISE_ENCRYPTED) != 0;
    inode->checksum_wrong = (fs->super.features & F2FS_INODE_CHECKSUM) != 0 && more && extra >= CHECKSUM_END - F2FS_ADDRESSES_AT
                            && !checksum_holds(fs, inode, checksum);
    return measure(fs, inode, extra, words);
}

/* ---- extended attributes ---- */

static const char *prefix_name(uint8_t index)
{
    static const char *const names[] = {
        NULL, "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "lustre.", "security.", "system.advise", NULL, "encryption.", NULL, "verity.",
    };
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

/* A list that begins inside the inode and goes on in a node of its own. */
const char *f2fs_read_xattrs(f2fs_t *fs, const f2fs_inode_t *inode, child_info_t *info)
{
    buffer_t   *bytes = &fs->xattr_list;
    uint64_t    at;
    const char *what  = NULL;
    size_t      names[XATTRS_MAX], lengths[XATTRS_MAX], count = 0;
    bytes->size = fs->xattr_bytes.size = 0;
    uint32_t inside = (inode->inlined & F2FS_INLINE_XATTR) != 0 ? inode->xattr_bytes : 0;
    if (inside > 0)
        buffer_append(bytes, span_sub(inode->raw, fs->block - F2FS_FOOTER - F2FS_NODES_OF_INODE * 4 - inside, inside));
    if (inode->xattr_node != 0) {
        if (f2fs_open_node(fs, inode->xattr_node, inode->node, &at))
            buffer_append(bytes, span_sub(fs->image, at, fs->block - F2FS_FOOTER));
        else
            what = "the node that holds its extended attributes cannot be read";
    }
    /* Where nothing was ever written inside the inode the node holds a list of its own. */
    if (inside > 0 && bytes->size > inside && span_is_filled_with(span_clip(buffer_span(bytes), 0, inside), 0)) {
        memmove(bytes->at, bytes->at + inside, bytes->size - inside);
        bytes->size -= inside;
    }
    reader_t r = reader_from(buffer_span(bytes));
    if (bytes->failed || bytes->size < XATTR_HEADER || read_le32(&r) != UINT32_C(0xF2F52011))
        return what;
    reader_skip(&r, XATTR_HEADER - 4);
    while (reader_left(&r) >= 4 && count < XATTRS_MAX) {
        size_t   from  = r.pos;
        uint8_t  index = read_u8(&r), length = read_u8(&r);
        uint16_t size  = read_le16(&r);
        if (index == 0 && length == 0 && size == 0)
            break;
        span_t name = read_span(&r, length), value = read_span(&r, size);
        if (!reader_ok(&r)) {
            what = "an extended attribute cannot be read";
            break;
        }
        names[count] = fs->xattr_bytes.size;
        if (prefix_name(index) != NULL)
            buffer_append_text(&fs->xattr_bytes, prefix_name(index));
        else
            buffer_printf(&fs->xattr_bytes, "prefix-%u.", index);
        buffer_append(&fs->xattr_bytes, name);
        lengths[count]      = fs->xattr_bytes.size - names[count];
        fs->xattrs[count++] = (xattr_t){.value = value};
        r.pos               = (size_t)min_u64(round_up(r.pos - from, 4) + from, bytes->size);
    }
    if (fs->xattr_bytes.failed)
        return "its extended attributes cannot be read";
    for (size_t i = 0; i < count; i++)
        fs->xattrs[i].name = span_sub(buffer_span(&fs->xattr_bytes), names[i], lengths[i]);
    info->xattrs      = fs->xattrs;
    info->xattr_count = count;
    return what;
}
