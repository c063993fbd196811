/* squashfs, the read-only file system of most Linux firmware: superblock, compressor's options, data and fragments, inodes,
 * directories, tables of fragments, exports, owners and extended attributes. Vendors write other magics, the other byte order and the
 * wrong compression, so none is believed alone: squashfs_other_magic is the same format without a magic that is known, taken at the
 * start of a blob when its root directory proves it. Source: see squashfs.h. */
#include "extractors/squashfs.h"

#include <stdlib.h>

enum {
    COMPRESSOR_MAX = 6, PAD_LARGE = 4096, PAD_SMALL = 1024, XATTR_HEADER = 16,
    WORK_PER_BYTE = 4096, WORK_FLOOR = 256 << 20,
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

/* Without the magic: version, block size against its logarithm, and how the rest fits. */
static unsigned bits_of(const squashfs_super_t *super)
{
    unsigned bits = 16 + 16;
    bits += !squashfs_is_old(super) && super->compressor >= 1 && super->compressor <= COMPRESSOR_MAX ? 12 : 0;
    bits += squashfs_tables_in_order(super) ? 12 : 0;
    bits += squashfs_root_in_place(super) ? 8 : 0;
    return bits;
}

static unsigned squashfs_probe(span_t image)
{
    squashfs_super_t super;
    return has_magic(image) && squashfs_read_super(image, &super) ? 32 + bits_of(&super) : 0;
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

static void say_stopped(squashfs_t *fs)
{
    sink_limit(fs->sink, 0, fs->image.size, "work", "reading the file system costs more than an image of this size may: the rest was not examined");
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
    if (!fs->quiet)
        say_stopped(fs);
    return false;
}

static void say_facts(const squashfs_t *fs, bool codec_found)
{
    const squashfs_super_t *super = &fs->super;
    sink_fact_printf(fs->sink, "squashfs.version", "%u.%u", (unsigned)super->major, (unsigned)super->minor);
    sink_fact(fs->sink, "squashfs.byte-order", super->big_endian ? "big" : "little");
    squashfs_say_codec(fs, codec_found);
    sink_fact_printf(fs->sink, "squashfs.block-size", "%lu", (unsigned long)super->block_size);
    if (super->created != super->bytes_used) /* AVM puts its size there */
        sink_fact_printf(fs->sink, "squashfs.created", "%lu", (unsigned long)super->created);
    sink_fact_printf(fs->sink, "squashfs.inodes", "%lu", (unsigned long)super->inodes);
}

static void explain_compressor_options(squashfs_t *fs)
{
    if (squashfs_is_old(&fs->super) || (fs->super.flags & SQUASHFS_FLAG_COMPRESSOR_OPTIONS) == 0)
        return;
    span_t   options;
    bool     stored;
    uint64_t next;
    if (squashfs_metadata_block(fs, SQUASHFS_SUPER_SIZE, &options, &stored, &next))
        sink_claim(fs->sink, SQUASHFS_SUPER_SIZE, next - SQUASHFS_SUPER_SIZE, REGION_STRUCTURE);
    else
        sink_damage(fs->sink, SQUASHFS_SUPER_SIZE, 2, "the compressor's options cannot be read");
}

static void find_xattrs(squashfs_t *fs)
{
    uint64_t at = fs->super.xattr_table;
    if (at == SQUASHFS_NO_TABLE)
        return;
    reader_t r       = reader_at(fs->image, at);
    fs->xattrs_at    = squashfs_number(fs->super.big_endian, &r, 8);
    uint64_t count   = squashfs_number(fs->super.big_endian, &r, 4);
    if (!reader_ok(&r) || !span_holds(fs->image, at, XATTR_HEADER)) {
        sink_damage(fs->sink, at, XATTR_HEADER, "the table of extended attributes cannot be read");
        return;
    }
    sink_claim(fs->sink, at, XATTR_HEADER, REGION_STRUCTURE);
    fs->xattr_ids = squashfs_table(&fs->super, at + XATTR_HEADER, count, 16);
}

static void explain_tables(squashfs_t *fs)
{
    const squashfs_super_t *super = &fs->super;
    find_xattrs(fs);
    if (squashfs_is_old(super))
        squashfs_explain_old_owners(fs);
    squashfs_explain_table(fs, &fs->ids, "the table of owners cannot be read: some owners are not known");
    squashfs_explain_table(fs, &fs->fragment_blocks, "the table of fragments cannot be read: the ends of some files are missing");
    squashfs_explain_table(fs, &fs->exports, "the export table cannot be read");
    squashfs_explain_table(fs, &fs->xattr_ids, "the table of extended attributes cannot be read");
}

/* Codecs by the ids of 4.0; before, there was zlib alone, and patched versions said LZMA by their magic. */
static codec_t declared_codec(const squashfs_t *fs)
{
    static const codec_t codecs[COMPRESSOR_MAX + 1] = {
        CODEC_ZLIB, CODEC_ZLIB, CODEC_LZMA_ALONE, CODEC_LZO1X, CODEC_XZ, CODEC_LZ4_BLOCK, CODEC_ZSTD,
    };
    if (squashfs_is_old(&fs->super))
        return CODEC_ZLIB;
    return fs->super.compressor <= COMPRESSOR_MAX ? codecs[fs->super.compressor] : CODEC_ZLIB;
}

static status_t read_all(squashfs_t *fs)
{
    const squashfs_super_t *super = &fs->super;
    sink_claim(fs->sink, 0, super->size, REGION_STRUCTURE);
    bool found = squashfs_find_codec(fs, declared_codec(fs));
    if (fs->stopped && !fs->no_memory)
        say_stopped(fs); /* while it was quiet */
    if (found && !squashfs_is_old(super) && fs->metadata.known[0] != declared_codec(fs))
        sink_note(fs->sink, 0, "the superblock declares another compression than the one that is used");
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

static void close_image(squashfs_t *fs)
{
    if (fs == NULL)
        return;
    codec_context_free(fs->codecs);
    free(fs->block);
    squashfs_free_fragments(fs);
    squashfs_free_metadata(fs);
    free(fs);
}

/* NULL when out of memory. */
static squashfs_t *open_image(span_t image, const squashfs_super_t *super, sink_t *sink)
{
    squashfs_t *fs = calloc(1, sizeof *fs);
    if (fs == NULL)
        return NULL;
    fs->sink            = sink;
    fs->super           = *super;
    fs->image           = span_clip(image, 0, end_of(image, super));
    fs->codecs          = codec_context_new();
    fs->block           = malloc(super->block_size);
    fs->fragment_blocks = squashfs_table(super, super->fragment_table, super->fragments, super->major < 3 ? 8 : 16);
    fs->exports         = squashfs_table(super, super->export_table, super->inodes, 8);
    if (!squashfs_is_old(super))
        fs->ids = squashfs_table(super, super->id_table, super->ids, 4);
    uint64_t work;
    if (!checked_mul(fs->image.size, WORK_PER_BYTE, &work) || !checked_add(work, WORK_FLOOR, &fs->work_limit))
        fs->work_limit = UINT64_MAX;
    if (fs->codecs != NULL && fs->block != NULL)
        return fs;
    close_image(fs);
    return NULL;
}

static status_t squashfs_extract(span_t image, sink_t *sink)
{
    squashfs_super_t super;
    if (!squashfs_read_super(image, &super))
        return status_fail(STATUS_REJECTED, "squashfs", 0, "not a squashfs superblock");
    squashfs_t *fs = open_image(image, &super, sink);
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "squashfs", 0, "out of memory");
    status_t status = read_all(fs);
    close_image(fs);
    return status.code == STATUS_LIMIT ? ok() : status; /* the sink has recorded the limit */
}

/* No magic is known, so everything else must hold, and the root directory must be there. */
static unsigned squashfs_other_magic_probe(span_t image)
{
    squashfs_super_t super;
    if (has_magic(image) || !squashfs_read_super(image, &super) || super.inodes == 0)
        return 0;
    if (!squashfs_tables_in_order(&super) || !squashfs_root_in_place(&super))
        return 0;
    squashfs_t *fs    = open_image(image, &super, NULL);
    bool        proof = fs != NULL && squashfs_find_codec(fs, declared_codec(fs));
    if (proof) {
        fs->quiet = true;
        proof     = squashfs_root_is_sound(fs);
    }
    close_image(fs);
    return proof ? bits_of(&super) + 24 : 0;
}

static status_t squashfs_other_magic_extract(span_t image, sink_t *sink)
{
    if (squashfs_other_magic_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "squashfs_other_magic", 0, "not a squashfs superblock");
    sink_note(sink, 0, "a squashfs whose magic is not one of those that are known");
    return squashfs_extract(image, sink);
}

#define SPECIFICATION "Linux, fs/squashfs/squashfs_fs.h; squashfs-tools-ng, doc/format.adoc; squashfs-tools, squashfs_compat.h"

const extractor_t squashfs_extractor = {
    .id = "squashfs", .name = "squashfs 1.x to 4.0", .specification = SPECIFICATION, .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = MAGIC_COUNT, .probe = squashfs_probe, .extent = squashfs_extent, .extract = squashfs_extract,
};

const extractor_t squashfs_other_magic_extractor = {
    .id = "squashfs_other_magic", .name = "squashfs under another magic", .specification = SPECIFICATION, .reach = REACH_EXTRACT,
    .only_at_start = true, .probe = squashfs_other_magic_probe, .extent = squashfs_extent, .extract = squashfs_other_magic_extract,
};
