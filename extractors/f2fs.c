#include "extractors/f2fs.h"

#include <stdlib.h>
#include <zlib.h>

enum { MAGIC_BITS = 32, LAYOUT_BITS = 48, CHECKSUM_BITS = 32, CHECKPOINT_BITS = 32 };
enum { SUPER_SIZE = 3072, BLOCK_BITS_MIN = 12, BLOCK_BITS_MAX = 16, SEGMENT_BITS_MAX = 12, CHECKPOINT_BITMAP = 192, LABEL_UNITS = 512 };
enum { FLAG_UNMOUNTED = 0x1, FLAG_ORPHANS = 0x2, FLAG_ERROR = 0x8, FLAG_LARGE_NAT_BITMAP = 0x400 };
enum { ORPHANS_MAX = 1 << 16, WORK_FACTOR = 4, WORK_FLOOR = 1 << 16 };

uint32_t f2fs_crc(uint32_t seed, span_t bytes) { return bytes.size == 0 ? seed : (uint32_t)~crc32_z((uint32_t)~seed, bytes.at, bytes.size); }

/* ---- superblock ---- */

static void read_label(reader_t *r, char *label, size_t room)
{
    size_t used = 0;
    bool   ended = false;
    for (size_t i = 0; i < LABEL_UNITS; i++) {
        uint16_t unit = read_le16(r);
        ended         = ended || unit == 0;
        if (ended || used + 4 > room)
            continue;
        if (unit < 0x80) {
            label[used++] = (char)unit;
        } else if (unit < 0x800) {
            label[used++] = (char)(0xC0 | unit >> 6);
            label[used++] = (char)(0x80 | (unit & 0x3F));
        } else {
            label[used++] = (char)(0xE0 | unit >> 12);
            label[used++] = (char)(0x80 | (unit >> 6 & 0x3F));
            label[used++] = (char)(0x80 | (unit & 0x3F));
        }
    }
    label[used] = 0;
}

/* The areas follow one another without gaps, which no other bytes do by chance. */
static bool areas_agree(const f2fs_super_t *s, uint32_t checkpoint_segments, uint32_t ssa_segments)
{
    unsigned bits = s->segment_bits;
    uint64_t end  = s->segment0 + ((uint64_t)s->segments << bits);
    return s->segment0 == s->checkpoints && s->checkpoints + ((uint64_t)checkpoint_segments << bits) == s->sit
           && s->sit + ((uint64_t)s->sit_segments << bits) == s->nat && s->nat + ((uint64_t)s->nat_segments << bits) == s->ssa
           && s->ssa + ((uint64_t)ssa_segments << bits) == s->main && s->main_segments > 0 && s->main + ((uint64_t)s->main_segments << bits) <= end
           && end <= s->blocks;
}

static bool read_super(span_t image, uint64_t at, f2fs_super_t *s)
{
    span_t   raw = span_clip(image, at, SUPER_SIZE);
    reader_t r   = reader_from(raw);
    *s           = (f2fs_super_t){.at = at};
    if (read_le32(&r) != F2FS_MAGIC)
        return false;
    s->major = read_le16(&r);
    s->minor = read_le16(&r);
    reader_skip(&r, 8);
    s->block_bits           = read_le32(&r);
    s->segment_bits         = read_le32(&r);
    s->segments_per_section = read_le32(&r);
    reader_skip(&r, 4);
    uint32_t checksum_at = read_le32(&r);
    s->blocks            = read_le64(&r);
    reader_skip(&r, 4);
    s->segments                  = read_le32(&r);
    uint32_t checkpoint_segments = read_le32(&r);
    s->sit_segments              = read_le32(&r);
    s->nat_segments              = read_le32(&r);
    uint32_t ssa_segments        = read_le32(&r);
    s->main_segments             = read_le32(&r);
    s->segment0                  = read_le32(&r);
    s->checkpoints               = read_le32(&r);
    s->sit                       = read_le32(&r);
    s->nat                       = read_le32(&r);
    s->ssa                       = read_le32(&r);
    s->main                      = read_le32(&r);
    s->root                      = read_le32(&r);
    reader_skip(&r, 8);
    span_t uuid = read_span(&r, sizeof s->uuid);
    read_label(&r, s->label, sizeof s->label);
    reader_skip(&r, 4 + 512);
    s->payload     = read_le32(&r);
    span_t version = read_span(&r, sizeof s->version);
    reader_skip(&r, 256);
    s->features = read_le32(&r);
    reader_skip(&r, 17);
    for (size_t i = 0; i < F2FS_DEVICES_MAX; i++) {
        span_t path = read_span(&r, sizeof s->devices[i].path);
        if (path.at != NULL)
            memcpy(s->devices[i].path, path.at, sizeof s->devices[i].path - 1);
        s->devices[i].segments = read_le32(&r);
    }
    for (size_t i = 0; i < 3; i++)
        s->quota[i] = read_le32(&r);
    reader_skip(&r, 1);
    s->encoding = read_le16(&r);
    if (!reader_ok(&r) || s->block_bits < BLOCK_BITS_MIN || s->block_bits > BLOCK_BITS_MAX || s->segment_bits < 1 || s->segment_bits > SEGMENT_BITS_MAX
        || !areas_agree(s, checkpoint_segments, ssa_segments))
        return false;
    memcpy(s->uuid, uuid.at, sizeof s->uuid);
    memcpy(s->version, version.at, sizeof s->version - 1);
    reader_t sum      = reader_at(raw, checksum_at);
    s->checksum_known = (s->features & F2FS_SUPER_CHECKSUM) != 0 && checksum_at == SUPER_SIZE - 4 && raw.size == SUPER_SIZE;
    s->checksum_good  = s->checksum_known && f2fs_crc(F2FS_MAGIC, span_sub(raw, 0, checksum_at)) == read_le32(&sum);
    return true;
}

/* The first that holds; one whose checksum agrees before one whose does not. */
static bool find_super(span_t image, f2fs_super_t *super)
{
    static const uint64_t places[] = {F2FS_SUPER_AT, F2FS_SUPER_AT + 4096, F2FS_SUPER_AT + 16384};
    bool                  found    = false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        f2fs_super_t here;
        if (!read_super(image, places[i], &here) || (places[i] > F2FS_SUPER_AT && places[i] != F2FS_SUPER_AT + (UINT64_C(1) << here.block_bits)))
            continue;
        if (!found || (here.checksum_good && !super->checksum_good))
            *super = here;
        found = true;
    }
    return found;
}

static uint64_t size_of(const f2fs_super_t *super)
{
    uint64_t blocks = super->blocks;
    if (super->devices[0].path[0] != 0)
        blocks = min_u64(blocks, super->segment0 + ((uint64_t)super->devices[0].segments << super->segment_bits));
    return blocks > UINT64_MAX >> BLOCK_BITS_MAX ? UINT64_MAX : blocks << super->block_bits;
}

/* ---- checkpoint ---- */

static bool checkpoint_crc(span_t block, uint32_t *crc)
{
    reader_t r      = reader_at(block, 164);
    uint32_t offset = read_le32(&r);
    if (offset < CHECKPOINT_BITMAP || offset > block.size - 4)
        return false;
    reader_t stored   = reader_at(block, offset);
    *crc              = read_le32(&stored);
    uint32_t computed = f2fs_crc(F2FS_MAGIC, span_sub(block, 0, offset));
    if (offset < block.size - 4)
        computed = f2fs_crc(computed, span_from_offset(block, offset + 4));
    return computed == *crc;
}

/* 0: nothing that could be one. 1: plausible. 2: its first block has a good checksum. 3: its last block is of the same checkpoint, too. */
static unsigned read_checkpoint(span_t image, const f2fs_super_t *super, uint64_t block, f2fs_checkpoint_t *cp)
{
    uint64_t size  = UINT64_C(1) << super->block_bits;
    span_t   first = span_sub(image, block << super->block_bits, size);
    reader_t r     = reader_from(first);
    *cp            = (f2fs_checkpoint_t){.at = block << super->block_bits};
    if (first.at == NULL)
        return 0;
    cp->version = read_le64(&r);
    reader_skip(&r, 8);
    cp->blocks_used = read_le64(&r);
    reader_skip(&r, 8);
    cp->free_segments = read_le32(&r);
    for (size_t i = 0; i < 3; i++)
        cp->node_segment[i] = read_le32(&r);
    r = reader_at(first, 68);
    for (size_t i = 0; i < 3; i++)
        cp->node_offset[i] = read_le16(&r);
    r                = reader_at(first, 132);
    cp->flags        = read_le32(&r);
    cp->blocks       = read_le32(&r);
    cp->summaries    = read_le32(&r);
    cp->valid_nodes  = read_le32(&r);
    cp->valid_inodes = read_le32(&r);
    reader_skip(&r, 4);
    cp->sit_bytes = read_le32(&r);
    cp->nat_bytes = read_le32(&r);
    reader_skip(&r, 4);
    cp->elapsed = read_le64(&r);
    if (cp->version == 0 || cp->blocks < 2 || cp->blocks > UINT64_C(1) << super->segment_bits || cp->summaries >= cp->blocks)
        return 0;
    uint64_t bitmap = CHECKPOINT_BITMAP;
    if ((cp->flags & FLAG_LARGE_NAT_BITMAP) != 0)
        bitmap += 4;
    else if (super->payload == 0)
        bitmap += cp->sit_bytes;
    cp->nat_bitmap = span_sub(first, bitmap, cp->nat_bytes);
    if (cp->nat_bitmap.at == NULL && (cp->flags & FLAG_LARGE_NAT_BITMAP) != 0)
        cp->nat_bitmap = span_sub(image, cp->at + bitmap, min_u64(cp->nat_bytes, size * ((uint64_t)super->payload + 1) - bitmap));
    if (!checkpoint_crc(first, &cp->crc))
        return 1;
    span_t   last = span_sub(image, (block + cp->blocks - 1) << super->block_bits, size);
    uint32_t crc;
    r = reader_from(last);
    return last.at != NULL && read_le64(&r) == cp->version && checkpoint_crc(last, &crc) ? 3 : 2;
}

static unsigned find_checkpoint(span_t image, const f2fs_super_t *super, f2fs_checkpoint_t *cp)
{
    f2fs_checkpoint_t other;
    unsigned          first = read_checkpoint(image, super, super->checkpoints, cp);
    unsigned          second = read_checkpoint(image, super, (uint64_t)super->checkpoints + (UINT64_C(1) << super->segment_bits), &other);
    if (second > first || (second == first && second > 0 && other.version > cp->version))
        *cp = other;
    return first > second ? first : second;
}

static unsigned f2fs_probe(span_t image)
{
    f2fs_super_t      super;
    f2fs_checkpoint_t cp;
    if (!find_super(image, &super))
        return 0;
    unsigned bits = MAGIC_BITS + LAYOUT_BITS;
    if (super.checksum_good)
        bits += CHECKSUM_BITS;
    if (find_checkpoint(image, &super, &cp) >= 2)
        bits += CHECKPOINT_BITS;
    return bits;
}

static uint64_t f2fs_extent(span_t image)
{
    f2fs_super_t super;
    return find_super(image, &super) ? min_u64(size_of(&super), image.size) : 0;
}

/* ---- facts ---- */

static void say_facts(const f2fs_t *fs)
{
    static const char *const names[] = {"encrypt", "blkzoned", "atomic_write", "extra_attr", "project_quota", "inode_checksum", "flexible_inline_xattr", "quota_ino",
                                        "inode_crtime", "lost_found", "verity", "sb_checksum", "casefold", "compression", "readonly"};
    const f2fs_super_t *s = &fs->super;
    const uint8_t      *u = s->uuid;
    buffer_t            text = {0};
    sink_fact_printf(fs->sink, "f2fs.version", "%u.%u", s->major, s->minor);
    sink_fact_printf(fs->sink, "f2fs.uuid", "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4],
                     u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
    if (s->label[0] != 0)
        sink_fact(fs->sink, "f2fs.label", s->label);
    if (s->version[0] != 0)
        sink_fact(fs->sink, "f2fs.kernel", s->version);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((s->features >> i & 1) != 0)
            buffer_printf(&text, "%s%s", text.size > 0 ? " " : "", names[i]);
    buffer_append_byte(&text, 0);
    if (text.size > 1 && !text.failed)
        sink_fact(fs->sink, "f2fs.features", (const char *)text.at);
    buffer_free(&text);
    sink_fact_printf(fs->sink, "f2fs.checkpoint", "%llu", (unsigned long long)fs->checkpoint.version);
    sink_fact_printf(fs->sink, "f2fs.inodes", "%u", fs->checkpoint.valid_inodes);
    sink_fact(fs->sink, "f2fs.unmounted", (fs->checkpoint.flags & FLAG_UNMOUNTED) != 0 ? "yes" : "no");
    if ((fs->checkpoint.flags & FLAG_ERROR) != 0)
        sink_fact(fs->sink, "f2fs.error", "yes");
    if (s->devices[0].path[0] == 0)
        return;
    sink_limit(fs->sink, 0, 0, "devices", "the file system goes on on other devices, which are not in this image");
    for (size_t i = 0; i < F2FS_DEVICES_MAX && s->devices[i].path[0] != 0; i++)
        sink_fact_printf(fs->sink, "f2fs.device", "%s: %u segments", s->devices[i].path, s->devices[i].segments);
}

/* ---- the image ---- */

static void check_super(f2fs_t *fs)
{
    f2fs_super_t other;
    uint64_t     second = F2FS_SUPER_AT + fs->block, size = size_of(&fs->super);
    sink_claim(fs->sink, F2FS_SUPER_AT, SUPER_SIZE, REGION_STRUCTURE);
    sink_claim(fs->sink, second, min_u64(SUPER_SIZE, fs->image.size - min_u64(second, fs->image.size)), REGION_STRUCTURE);
    if (fs->super.checksum_known && !fs->super.checksum_good)
        sink_damage(fs->sink, fs->super.at, SUPER_SIZE, "the checksum of the superblock does not agree");
    uint64_t spare = fs->super.at == F2FS_SUPER_AT ? second : F2FS_SUPER_AT;
    span_t copy = span_clip(fs->image, spare, SUPER_SIZE);
    if (!read_super(fs->image, spare, &other) || !span_equal(copy, span_clip(fs->image, fs->super.at, SUPER_SIZE)))
        sink_damage(fs->sink, min_u64(spare, fs->image.size), copy.size, "the two superblocks differ, or one of them is damaged");
    if (size > fs->image.size)
        sink_damage(fs->sink, fs->image.size, 0, "the image ends before the file system does");
    else
        fs->image = span_clip(fs->image, 0, size);
    uint64_t areas = (uint64_t)fs->super.checkpoints << fs->super.block_bits, end = (uint64_t)fs->super.main << fs->super.block_bits;
    sink_claim(fs->sink, min_u64(areas, fs->image.size), min_u64(end, fs->image.size) - min_u64(areas, fs->image.size), REGION_STRUCTURE);
}

/* Inodes that were deleted while they were open. */
static void read_orphans(f2fs_t *fs)
{
    const f2fs_checkpoint_t *cp = &fs->checkpoint;
    if ((cp->flags & FLAG_ORPHANS) == 0)
        return;
    for (uint64_t i = 1 + fs->super.payload; i < cp->summaries; i++) {
        uint64_t at    = cp->at + (i << fs->super.block_bits);
        reader_t count = reader_at(fs->image, at + fs->block - 8), r = reader_at(fs->image, at);
        uint64_t n     = min_u64(read_le32(&count), (fs->block - 16) / 4);
        for (uint64_t k = 0; k < n && fs->orphan_count < ORPHANS_MAX; k++) {
            uint32_t *more = realloc(fs->orphans, (fs->orphan_count + 1) * sizeof *more);
            if (more == NULL)
                return;
            fs->orphans                     = more;
            fs->orphans[fs->orphan_count++] = read_le32(&r);
        }
    }
    sink_fact_printf(fs->sink, "f2fs.orphans", "%zu", fs->orphan_count);
    sink_note(fs->sink, cp->at, "files were deleted while they were still open: --mode lab shows them");
}

static void release(f2fs_t *fs)
{
    codec_context_free(fs->codecs);
    buffer_free(&fs->text);
    buffer_free(&fs->xattr_bytes);
    buffer_free(&fs->xattr_list);
    buffer_free(&fs->encoded);
    buffer_free(&fs->decoded);
    free(fs->recovered);
    free(fs->orphans);
}

static status_t f2fs_extract(span_t image, sink_t *sink)
{
    f2fs_t fs = {.image = image, .sink = sink};
    if (!find_super(image, &fs.super))
        return status_fail(STATUS_REJECTED, "f2fs", F2FS_SUPER_AT, "not an F2FS superblock");
    fs.block  = UINT64_C(1) << fs.super.block_bits;
    fs.work   = (uint64_t)(image.size >> fs.super.block_bits) * WORK_FACTOR + WORK_FLOOR;
    fs.codecs = codec_context_new();
    if (fs.codecs == NULL)
        return status_fail(STATUS_MEMORY, "f2fs", 0, "out of memory");
    check_super(&fs);
    unsigned sound = find_checkpoint(fs.image, &fs.super, &fs.checkpoint);
    if (sound < 3)
        sink_damage(sink, min_u64(fs.checkpoint.at, image.size), 0, "no checkpoint is whole: the best that there is was used");
    say_facts(&fs);
    if (sound > 0) {
        f2fs_read_journal(&fs);
        f2fs_roll_forward(&fs);
        read_orphans(&fs);
    }
    status_t status = f2fs_walk(&fs);
    release(&fs);
    return status;
}

static const magic_t magics[] = {MAGIC("\x10\x20\xF5\xF2", F2FS_SUPER_AT), MAGIC("\x10\x20\xF5\xF2", F2FS_SUPER_AT + 4096)};

const extractor_t f2fs_extractor = {
    .id = "f2fs", .name = "F2FS", .specification = "Linux, include/linux/f2fs_fs.h and Documentation/filesystems/f2fs.rst", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = f2fs_probe, .extent = f2fs_extent, .extract = f2fs_extract,
};
