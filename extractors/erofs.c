#include "extractors/erofs.h"

#include "extractors/crc32c.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAGIC_BITS = 32, FIELD_BITS = 16, ROOT_BITS = 16, CHECKSUM_BITS = 32, BLOCK_BITS_MIN = 9, BLOCK_BITS_MAX = 16, EXTENSION_SLOT = 16 };
enum { FEATURES_KNOWN = 2 * EROFS_METABOX - 1, NANOSECONDS = 1000000000, DIRECTORY_BITS_MAX = 6, WORK_FACTOR = 32, WORK_FLOOR = 64 << 20 };

static bool read_super(span_t image, erofs_super_t *super)
{
    reader_t r = reader_at(image, EROFS_SUPER_AT);
    *super     = (erofs_super_t){0};
    if (read_le32(&r) != 0xE0F5E1E2)
        return false;
    super->checksum        = read_le32(&r);
    super->compat          = read_le32(&r);
    super->block_bits      = read_u8(&r);
    super->extension_slots = read_u8(&r);
    uint16_t short_root    = read_le16(&r);
    super->inodes          = read_le64(&r);
    super->epoch           = (int64_t)read_le64(&r);
    super->nanoseconds     = read_le32(&r);
    super->blocks          = read_le32(&r);
    super->meta_block      = read_le32(&r);
    super->xattr_block     = read_le32(&r);
    span_t uuid = read_span(&r, sizeof super->uuid), name = read_span(&r, sizeof super->name);
    super->incompat       = read_le32(&r);
    super->algorithms     = read_le16(&r);
    super->devices        = read_le16(&r);
    super->device_slot    = read_le16(&r);
    super->directory_bits = read_u8(&r);
    super->prefix_count   = read_u8(&r);
    super->prefix_start   = read_le32(&r);
    super->packed         = read_le64(&r);
    reader_skip(&r, 4);
    uint32_t since_epoch = read_le32(&r);
    uint64_t long_root   = read_le64(&r);
    reader_skip(&r, 8);
    if (!reader_ok(&r))
        return false;
    memcpy(super->uuid, uuid.at, sizeof super->uuid);
    memcpy(super->name, name.at, sizeof super->name);
    bool wide     = (super->incompat & EROFS_48BIT) != 0;
    super->root   = wide && long_root != 0 ? long_root : short_root;
    super->blocks = wide && long_root != 0 ? super->blocks | (uint64_t)short_root << 32 : super->blocks;
    super->size   = EROFS_SUPER_SIZE + (uint64_t)super->extension_slots * EXTENSION_SLOT;
    if (__builtin_add_overflow(super->epoch, (int64_t)since_epoch, &super->created) || super->epoch > INT64_MAX - UINT32_MAX)
        return false;
    return super->block_bits >= BLOCK_BITS_MIN && super->block_bits <= BLOCK_BITS_MAX && super->directory_bits <= DIRECTORY_BITS_MAX && super->blocks > 0
           && super->nanoseconds < NANOSECONDS && (super->incompat & ~(uint32_t)FEATURES_KNOWN) == 0 && super->meta_block < super->blocks;
}

static uint64_t size_of(const erofs_super_t *super)
{
    return super->blocks > UINT64_MAX >> BLOCK_BITS_MAX ? UINT64_MAX : super->blocks << super->block_bits;
}

/* From the superblock to the end of its block, the checksum itself as zero, without the inversion at the end. */
static bool checksum_covers(span_t image, const erofs_super_t *super, span_t *covered)
{
    uint64_t block = UINT64_C(1) << super->block_bits;
    *covered       = span_sub(image, EROFS_SUPER_AT, block > EROFS_SUPER_AT ? block - EROFS_SUPER_AT : block);
    return (super->compat & EROFS_COMPAT_CHECKSUM) != 0 && covered->at != NULL;
}

static uint32_t superblock_checksum(span_t bytes) { return ~crc32c_without(bytes, 4); }

static unsigned erofs_probe(span_t image)
{
    erofs_super_t super;
    span_t        covered;
    if (!read_super(image, &super))
        return 0;
    erofs_t       fs   = {.image = image, .super = super, .block = UINT64_C(1) << super.block_bits};
    unsigned      bits = MAGIC_BITS + FIELD_BITS;
    erofs_inode_t root;
    if (erofs_read_inode(&fs, super.root, &root) && (root.mode & 0170000) == 0040000)
        bits += ROOT_BITS;
    if (checksum_covers(image, &super, &covered) && superblock_checksum(covered) == super.checksum)
        bits += CHECKSUM_BITS;
    return bits;
}

static uint64_t erofs_extent(span_t image)
{
    erofs_super_t super;
    return read_super(image, &super) ? min_u64(size_of(&super), image.size) : 0;
}

/* ---- facts ---- */

static void say_set(sink_t *sink, const char *key, uint32_t set, const char *const *names, size_t count)
{
    char   text[256] = "";
    size_t used      = 0;
    for (size_t i = 0; i < count; i++)
        if ((set >> i & 1) != 0 && names[i] != NULL)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? " " : "", names[i]);
    if (used > 0)
        sink_fact(sink, key, text);
}

static void say_facts(const erofs_super_t *super, sink_t *sink)
{
    static const char *const incompat[] = {"0padding", "compr_cfgs", "chunked", "devices", "ztailpacking", "fragments", "xattr_prefixes", "48bit", "metabox"};
    static const char *const compat[]   = {"sb_csum", "mtime", "xattr_filter", "shared_ea_in_metabox", "plain_xattr_pfx"};
    static const char *const algorithms[] = {"lz4", "lzma", "deflate", "zstd"};
    const uint8_t           *u            = super->uuid;
    sink_fact_printf(sink, "erofs.block-size", "%u", 1u << super->block_bits);
    sink_fact_printf(sink, "erofs.inodes", "%llu", (unsigned long long)super->inodes);
    sink_fact_printf(sink, "erofs.created", "%lld", (long long)super->created);
    sink_fact_printf(sink, "erofs.uuid", "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4], u[5],
                     u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
    if (super->name[0] != 0)
        sink_fact_printf(sink, "erofs.label", "%.16s", (const char *)super->name);
    say_set(sink, "erofs.features", super->compat, compat, sizeof compat / sizeof *compat);
    say_set(sink, "erofs.features-needed", super->incompat, incompat, sizeof incompat / sizeof *incompat);
    if ((super->incompat & EROFS_COMPRESSOR_SETTINGS) != 0)
        say_set(sink, "erofs.algorithms", super->algorithms, algorithms, sizeof algorithms / sizeof *algorithms);
}

/* Settings of the compressors: for each, a length of 16 bits and as many bytes. */
static void read_settings(erofs_t *fs)
{
    uint64_t at = EROFS_SUPER_AT + fs->super.size;
    if ((fs->super.incompat & EROFS_COMPRESSOR_SETTINGS) == 0)
        return;
    for (unsigned algorithm = 0; algorithm < 16; algorithm++) {
        if ((fs->super.algorithms >> algorithm & 1) == 0)
            continue;
        reader_t r    = reader_at(fs->image, round_up(at, 4));
        uint16_t size = read_le16(&r);
        reader_skip(&r, size);
        if (!reader_ok(&r) || r.pos > EROFS_SUPER_AT + (4u << 10)) {
            sink_damage(fs->sink, min_u64(at, fs->image.size), 0, "the settings of the compressors cannot be read");
            return;
        }
        sink_claim(fs->sink, at, r.pos - at, REGION_STRUCTURE);
        at = r.pos;
    }
}

/* Further devices that hold chunks: a tag, their size, where they begin in a numbering of all blocks. */
static void read_devices(erofs_t *fs)
{
    if ((fs->super.incompat & EROFS_DEVICES) == 0)
        fs->super.devices = 0;
    if (fs->super.devices == 0)
        return;
    sink_fact_printf(fs->sink, "erofs.devices", "%u", fs->super.devices + 1u);
    sink_limit(fs->sink, 0, 0, "devices", "some of its content stands on other devices, which are not in this image");
    for (uint64_t i = 0; i < fs->super.devices; i++) {
        reader_t r      = reader_at(fs->image, (fs->super.device_slot + i) * EROFS_DEVICE_SIZE);
        span_t   tag    = read_span(&r, 64);
        uint32_t blocks = read_le32(&r), first = read_le32(&r);
        reader_skip(&r, EROFS_DEVICE_SIZE - 72);
        if (!reader_ok(&r)) {
            sink_damage(fs->sink, fs->image.size, 0, "the table of devices cannot be read");
            return;
        }
        sink_claim(fs->sink, (fs->super.device_slot + i) * EROFS_DEVICE_SIZE, EROFS_DEVICE_SIZE, REGION_STRUCTURE);
        if (i < 4)
            sink_fact_printf(fs->sink, "erofs.device", "%llu: %u blocks, from block %u, tag %.64s", (unsigned long long)i + 1, blocks, first, (const char *)tag.at);
    }
}

static void check_super(erofs_t *fs)
{
    span_t   covered;
    uint64_t size = size_of(&fs->super);
    sink_claim(fs->sink, EROFS_SUPER_AT, fs->super.size, REGION_STRUCTURE);
    if (checksum_covers(fs->image, &fs->super, &covered) && superblock_checksum(covered) != fs->super.checksum)
        sink_damage(fs->sink, EROFS_SUPER_AT, covered.size, "the checksum of the superblock does not agree with its block");
    if (size > fs->image.size)
        sink_damage(fs->sink, fs->image.size, 0, "the image ends before the file system does");
    else
        fs->image = span_clip(fs->image, 0, size);
    if ((fs->super.incompat & EROFS_METABOX) != 0)
        sink_limit(fs->sink, 0, 0, "unsupported", "some of its metadata is compressed (metabox), which this program does not read");
}

/* The inode that holds fragments has no name, but it is used. */
static void claim_packed(erofs_t *fs)
{
    erofs_inode_t  inode;
    erofs_map_t    map;
    erofs_extent_t extent;
    if (!fs->packed_read || !erofs_read_inode(fs, fs->super.packed, &inode))
        return;
    erofs_map_begin(&map, fs, &inode);
    while (erofs_map_next(&map, &extent))
        if (extent.kind == EROFS_TAIL)
            sink_claim(fs->sink, extent.at, extent.length, REGION_STRUCTURE);
    sink_claim(fs->sink, inode.at, erofs_map_end(&map) - inode.at, REGION_STRUCTURE);
}

static status_t erofs_extract(span_t image, sink_t *sink)
{
    erofs_t fs = {.image = image, .sink = sink};
    if (!read_super(image, &fs.super))
        return status_fail(STATUS_REJECTED, "erofs", EROFS_SUPER_AT, "not an EROFS superblock");
    fs.block  = UINT64_C(1) << fs.super.block_bits;
    fs.work   = (uint64_t)image.size * WORK_FACTOR + WORK_FLOOR;
    fs.codecs = codec_context_new();
    if (fs.codecs == NULL)
        return status_fail(STATUS_MEMORY, "erofs", 0, "out of memory");
    check_super(&fs);
    say_facts(&fs.super, sink);
    read_settings(&fs);
    read_devices(&fs);
    if ((fs.super.incompat & EROFS_XATTR_PREFIXES) != 0)
        erofs_read_prefixes(&fs);
    status_t status = erofs_walk(&fs);
    claim_packed(&fs);
    erofs_data_free(&fs);
    codec_context_free(fs.codecs);
    buffer_free(&fs.text);
    buffer_free(&fs.directory);
    buffer_free(&fs.xattr_bytes);
    buffer_free(&fs.prefix_bytes);
    return status;
}

static const magic_t magics[] = {MAGIC("\xE2\xE1\xF5\xE0", EROFS_SUPER_AT)};

const extractor_t erofs_extractor = {
    .id = "erofs", .name = "EROFS", .specification = "Linux, fs/erofs/erofs_fs.h and Documentation/filesystems/erofs.rst", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = erofs_probe, .extent = erofs_extent, .extract = erofs_extract,
};
