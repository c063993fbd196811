/* squashfs 4.0, the read-only file system of most Linux firmware. The superblock: 96 bytes, little-endian; magic, counts, block
 * size and its logarithm, compression, flags, version, reference of the root inode, bytes in use, and where the tables of owners,
 * extended attributes, inodes, directories, fragments and exports stand. Vendors write other magics and the wrong compression, so
 * neither is believed alone. Source: see squashfs.h. */
#include "extractors/squashfs.h"

#include <stdlib.h>

enum {
    BLOCK_LOG_MIN = 12, BLOCK_LOG_MAX = 20, COMPRESSOR_MAX = 6, PAD_LARGE = 4096, PAD_SMALL = 1024, XATTR_HEADER = 16,
    WORK_PER_BYTE = 4096, WORK_FLOOR = 256 << 20,
};

static const struct { const char *name; codec_t codec; } compressors[COMPRESSOR_MAX + 1] = {
    {"unknown", CODEC_ZLIB}, {"gzip", CODEC_ZLIB}, {"lzma", CODEC_LZMA_ALONE}, {"lzo", CODEC_LZO1X},
    {"xz", CODEC_XZ}, {"lz4", CODEC_LZ4_BLOCK}, {"zstd", CODEC_ZSTD},
};

static const magic_t magics[] = {
    MAGIC("hsqs", 0), MAGIC("sqsh", 0), MAGIC("shsq", 0), MAGIC("qshs", 0), MAGIC("hsqt", 0), MAGIC("tqsh", 0), MAGIC("sqlz", 0),
};
enum { MAGIC_COUNT = sizeof magics / sizeof *magics };

static bool has_magic(span_t image)
{
    for (size_t i = 0; i < MAGIC_COUNT; i++)
        if (span_starts_with(image, magics[i].bytes))
            return true;
    return false;
}

bool squashfs_read_super(span_t image, squashfs_super_t *super)
{
    reader_t r = reader_at(image, 4);
    super->inodes          = read_le32(&r);
    super->created         = read_le32(&r);
    super->block_size      = read_le32(&r);
    super->fragments       = read_le32(&r);
    super->compressor      = read_le16(&r);
    super->block_log       = read_le16(&r);
    super->flags           = read_le16(&r);
    super->ids             = read_le16(&r);
    super->major           = read_le16(&r);
    super->minor           = read_le16(&r);
    super->root_inode      = read_le64(&r);
    super->bytes_used      = read_le64(&r);
    super->id_table        = read_le64(&r);
    super->xattr_table     = read_le64(&r);
    super->inode_table     = read_le64(&r);
    super->directory_table = read_le64(&r);
    super->fragment_table  = read_le64(&r);
    super->export_table    = read_le64(&r);
    return reader_ok(&r) && has_magic(image) && super->major == 4 && super->minor == 0 && super->block_log >= BLOCK_LOG_MIN &&
           super->block_log <= BLOCK_LOG_MAX && super->block_size == UINT32_C(1) << super->block_log && super->inode_table >= SQUASHFS_SUPER_SIZE &&
           super->inode_table < super->directory_table && super->directory_table < super->bytes_used && super->bytes_used < UINT64_C(1) << 48;
}

/* Tables stand in this order behind the directories; one that is not there has no position. */
static bool tables_in_order(const squashfs_super_t *super)
{
    const uint64_t starts[] = {super->fragment_table, super->export_table, super->id_table, super->xattr_table};
    uint64_t       last     = super->directory_table;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (starts[i] == SQUASHFS_NO_TABLE)
            continue;
        if (starts[i] < last || starts[i] > super->bytes_used)
            return false;
        last = starts[i];
    }
    return true;
}

static bool root_in_place(const squashfs_super_t *super)
{
    return super->root_inode >> 16 < super->directory_table - super->inode_table && (super->root_inode & 0xFFFF) < SQUASHFS_METADATA_SIZE;
}

static unsigned squashfs_probe(span_t image)
{
    squashfs_super_t super;
    if (!squashfs_read_super(image, &super))
        return 0;
    unsigned bits = 32 + 16 + 16; /* magic, version, block size against its logarithm */
    bits += super.compressor >= 1 && super.compressor <= COMPRESSOR_MAX ? 12 : 0;
    bits += tables_in_order(&super) ? 12 : 0;
    bits += root_in_place(&super) ? 8 : 0;
    return bits;
}

/* mksquashfs fills up to 4096, some vendors to 1024. */
static uint64_t end_of(span_t image, const squashfs_super_t *super)
{
    if (super->bytes_used >= image.size)
        return image.size;
    static const uint64_t pads[] = {PAD_LARGE, PAD_SMALL};
    for (size_t i = 0; i < sizeof pads / sizeof *pads; i++) {
        span_t pad = span_clip(image, super->bytes_used, round_up(super->bytes_used, pads[i]) - super->bytes_used);
        if (span_is_filled_with(pad, 0))
            return super->bytes_used + pad.size;
    }
    return super->bytes_used;
}

static uint64_t squashfs_extent(span_t image)
{
    squashfs_super_t super;
    return squashfs_read_super(image, &super) ? end_of(image, &super) : 0;
}

bool squashfs_spend(squashfs_t *fs, uint64_t amount)
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

/* Does the block at `at` decode, with an inode at `offset` that may be one? */
static bool decodes_inode(squashfs_t *fs, codec_t codec, uint64_t at, uint16_t offset)
{
    uint8_t  block[SQUASHFS_METADATA_SIZE];
    uint32_t size;
    uint64_t next;
    if (!squashfs_decode_metadata(fs, codec, at, block, &size, &next))
        return false;
    reader_t r    = reader_at(span_from(block, size), offset);
    uint16_t type = read_le16(&r);
    reader_skip(&r, 14);
    return reader_ok(&r) && type >= 1 && type <= 14;
}

/* The root's inode proves a codec; in an image cut short the first inode does. The declared one is tried first. */
static bool find_metadata_codec(squashfs_t *fs, codec_t declared)
{
    const squashfs_super_t *super = &fs->super;
    fs->metadata_codec = fs->data_codec = declared;
    uint64_t root                       = super->inode_table + min_u64(super->root_inode >> 16, super->directory_table - super->inode_table);
    if (decodes_inode(fs, declared, root, super->root_inode & 0xFFFF) || decodes_inode(fs, declared, super->inode_table, 0))
        return true;
    for (codec_t codec = 0; codec < CODEC_TRIED_COUNT; codec++)
        if (decodes_inode(fs, codec, root, super->root_inode & 0xFFFF) && (codec_checks_itself(codec) || decodes_inode(fs, codec, super->inode_table, 0))) {
            fs->metadata_codec = fs->data_codec = codec;
            sink_note(fs->sink, 0, "the superblock declares another compression than the one that is used");
            return true;
        }
    return false;
}

static void say_facts(const squashfs_t *fs, bool codec_found)
{
    const squashfs_super_t *super    = &fs->super;
    uint16_t                declared = super->compressor <= COMPRESSOR_MAX ? super->compressor : 0;
    bool                    as_told  = declared != 0 && (!codec_found || fs->metadata_codec == compressors[declared].codec);
    sink_fact_printf(fs->sink, "squashfs.version", "%u.%u", (unsigned)super->major, (unsigned)super->minor);
    sink_fact(fs->sink, "squashfs.compression", as_told ? compressors[declared].name : codec_found ? codec_name(fs->metadata_codec) : "unknown");
    sink_fact_printf(fs->sink, "squashfs.block-size", "%lu", (unsigned long)super->block_size);
    sink_fact_printf(fs->sink, "squashfs.created", "%lu", (unsigned long)super->created);
    sink_fact_printf(fs->sink, "squashfs.inodes", "%lu", (unsigned long)super->inodes);
}

static void explain_compressor_options(squashfs_t *fs)
{
    if ((fs->super.flags & SQUASHFS_FLAG_COMPRESSOR_OPTIONS) == 0)
        return;
    reader_t r    = reader_at(fs->image, SQUASHFS_SUPER_SIZE);
    uint64_t size = read_le16(&r) & 0x7FFF;
    if (reader_ok(&r) && span_holds(fs->image, SQUASHFS_SUPER_SIZE + 2, size) && size <= SQUASHFS_METADATA_SIZE)
        sink_claim(fs->sink, SQUASHFS_SUPER_SIZE, 2 + size, REGION_STRUCTURE);
    else
        sink_damage(fs->sink, SQUASHFS_SUPER_SIZE, 2, "the compressor's options cannot be read");
}

static void find_xattrs(squashfs_t *fs)
{
    uint64_t at = fs->super.xattr_table;
    if (at == SQUASHFS_NO_TABLE)
        return;
    reader_t r       = reader_at(fs->image, at);
    fs->xattrs_at    = read_le64(&r);
    uint32_t count   = read_le32(&r);
    if (!reader_ok(&r) || !span_holds(fs->image, at, XATTR_HEADER)) {
        sink_damage(fs->sink, at, XATTR_HEADER, "the table of extended attributes cannot be read");
        return;
    }
    sink_claim(fs->sink, at, XATTR_HEADER, REGION_STRUCTURE);
    fs->xattr_ids = squashfs_table(at + XATTR_HEADER, count, 16);
}

static void explain_tables(squashfs_t *fs)
{
    const squashfs_super_t *super = &fs->super;
    fs->ids             = squashfs_table(super->id_table, super->ids, 4);
    fs->fragment_blocks = squashfs_table(super->fragment_table, super->fragments, 16);
    fs->exports         = squashfs_table(super->export_table, super->inodes, 8);
    find_xattrs(fs);
    squashfs_explain_table(fs, &fs->ids, "the table of owners cannot be read: some owners are not known");
    squashfs_explain_table(fs, &fs->fragment_blocks, "the table of fragments cannot be read: the ends of some files are missing");
    squashfs_explain_table(fs, &fs->exports, "the export table cannot be read");
    squashfs_explain_table(fs, &fs->xattr_ids, "the table of extended attributes cannot be read");
}

static status_t read_all(squashfs_t *fs)
{
    const squashfs_super_t *super = &fs->super;
    sink_claim(fs->sink, 0, SQUASHFS_SUPER_SIZE, REGION_STRUCTURE);
    uint16_t declared = super->compressor <= COMPRESSOR_MAX ? super->compressor : 0;
    bool     found    = find_metadata_codec(fs, compressors[declared].codec);
    say_facts(fs, found);
    if (super->bytes_used > fs->image.size)
        sink_damage(fs->sink, fs->image.size, 0, "the image ends before the file system does");
    if (!found && super->inode_table < fs->image.size)
        sink_damage(fs->sink, super->inode_table, 0, "no known compression decodes the inodes");
    explain_compressor_options(fs);
    explain_tables(fs);
    status_t status = squashfs_walk(fs);
    if (fs->owners_missing && !fs->stopped)
        sink_damage(fs->sink, super->id_table, 0, "inodes name owners that the table of owners does not hold");
    if (super->bytes_used < fs->image.size)
        sink_claim(fs->sink, super->bytes_used, fs->image.size - super->bytes_used, REGION_PADDING);
    return status;
}

static status_t squashfs_extract(span_t image, sink_t *sink)
{
    squashfs_t *fs = calloc(1, sizeof *fs);
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "squashfs", 0, "out of memory");
    status_t status = status_fail(STATUS_REJECTED, "squashfs", 0, "not a squashfs superblock");
    if (squashfs_read_super(image, &fs->super)) {
        fs->sink   = sink;
        fs->image  = span_clip(image, 0, end_of(image, &fs->super));
        fs->codecs = codec_context_new();
        fs->block  = malloc(fs->super.block_size);
        uint64_t work;
        if (!checked_mul(fs->image.size, WORK_PER_BYTE, &work) || !checked_add(work, WORK_FLOOR, &fs->work_limit))
            fs->work_limit = UINT64_MAX;
        status = fs->codecs != NULL && fs->block != NULL ? read_all(fs) : status_fail(STATUS_MEMORY, "squashfs", 0, "out of memory");
        codec_context_free(fs->codecs);
        free(fs->block);
        squashfs_free_fragments(fs);
        squashfs_free_metadata(fs);
    }
    free(fs);
    return status.code == STATUS_LIMIT ? ok() : status; /* the sink has recorded the limit */
}

const extractor_t squashfs_extractor = {
    .id = "squashfs", .name = "squashfs 4.0", .specification = "Linux, fs/squashfs/squashfs_fs.h; squashfs-tools-ng, doc/format.adoc",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = MAGIC_COUNT, .probe = squashfs_probe, .extent = squashfs_extent,
    .extract = squashfs_extract,
};
