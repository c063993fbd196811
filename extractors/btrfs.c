/* btrfs. The superblock stands at 64 KiB, and copies at 64 MiB and 256 GiB as far as the device reaches: checksum, UUID, its own place,
 * magic "_BHRfS_M" at 64, generation, addresses of the root, chunk and log trees, sizes, checksum kind, the device, label, a list of
 * system chunks, and the last four roots. The newest sound copy is used; older roots where the newest cannot be read.
 *
 * Not read, and said where it is met: the log tree (not replayed), other devices, the stripe tree of zoned devices, extent tree version 2,
 * encrypted files. Parity of RAID 5 and 6 is not used to restore what is missing. Source: see btrfs.h. */
#include "extractors/btrfs.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CHECKSUM_FROM = 32, MAGIC_AT = 64, SYSTEM_CHUNKS_AT = 811, SYSTEM_CHUNKS_MAX = 2048, BACKUPS_AT = 2859, BACKUP_SIZE = 168, LABEL_AT = 299,
    LABEL_MAX = 256,
    BITS_BEYOND_MAGIC = 24, WORK_PER_BYTE = 64, WORK_FLOOR = 64 << 20,
};

static const uint64_t places[] = {UINT64_C(64) << 10, UINT64_C(64) << 20, UINT64_C(256) << 30};
enum { PLACES = sizeof places / sizeof *places };

/* ---- the superblock ---- */

static bool is_power_between(uint64_t value, uint64_t least, uint64_t most) { return value >= least && value <= most && (value & (value - 1)) == 0; }

static void read_backups(span_t bytes, btrfs_super_t *super)
{
    for (size_t i = 0; i < BTRFS_BACKUPS; i++) {
        uint64_t at           = BACKUPS_AT + i * BACKUP_SIZE;
        super->backup_root[i]  = (btrfs_root_t){btrfs_u64(bytes, at), btrfs_u64(bytes, at + 8), btrfs_u8(bytes, at + 152)};
        super->backup_chunk[i] = (btrfs_root_t){btrfs_u64(bytes, at + 16), btrfs_u64(bytes, at + 24), btrfs_u8(bytes, at + 153)};
    }
}

static bool read_super(span_t image, uint64_t at, btrfs_super_t *super)
{
    span_t bytes = span_sub(image, at, BTRFS_SUPER_SIZE);
    if (bytes.at == NULL || !span_has_text_at(bytes, MAGIC_AT, "_BHRfS_M"))
        return false;
    *super = (btrfs_super_t){
        .bytenr = btrfs_u64(bytes, 48), .generation = btrfs_u64(bytes, 72), .total_bytes = btrfs_u64(bytes, 112), .bytes_used = btrfs_u64(bytes, 120),
        .device_count = btrfs_u64(bytes, 136), .sector_size = btrfs_u32(bytes, 144), .node_size = btrfs_u32(bytes, 148),
        .chunks_size = btrfs_u32(bytes, 160),
        .compat_readonly = btrfs_u64(bytes, 180), .incompat = btrfs_u64(bytes, 188), .checksum = btrfs_u16(bytes, 196),
        .root  = {btrfs_u64(bytes, 80), btrfs_u64(bytes, 72), btrfs_u8(bytes, 198)},
        .chunk = {btrfs_u64(bytes, 88), btrfs_u64(bytes, 164), btrfs_u8(bytes, 199)},
        .log   = {btrfs_u64(bytes, 96), 0, btrfs_u8(bytes, 200)},
        .device = btrfs_u64(bytes, 201), .device_bytes = btrfs_u64(bytes, 209),
        .chunks = span_sub(bytes, SYSTEM_CHUNKS_AT, btrfs_u32(bytes, 160)),
    };
    memcpy(super->uuid, bytes.at + 32, sizeof super->uuid);
    span_t label       = span_sub(bytes, LABEL_AT, LABEL_MAX);
    super->label       = span_clip(label, 0, strnlen((const char *)label.at, label.size));
    read_backups(bytes, super);
    super->checksum_holds = super->checksum < BTRFS_CHECKSUMS &&
                            btrfs_checksum_holds(super->checksum, span_from_offset(bytes, CHECKSUM_FROM), span_clip(bytes, 0, BTRFS_CHECKSUM_MAX));
    return super->bytenr == at && is_power_between(super->sector_size, 512, 65536) && is_power_between(super->node_size, 4096, 65536) &&
           super->node_size >= super->sector_size && super->chunks_size <= SYSTEM_CHUNKS_MAX && super->root.level < BTRFS_LEVELS_MAX &&
           super->chunk.level < BTRFS_LEVELS_MAX && super->device_bytes >= (UINT64_C(1) << 20) && super->device_bytes < UINT64_MAX / 2;
}

/* The newest superblock whose checksum holds, otherwise the first that looks like one. */
static bool find_super(span_t image, btrfs_super_t *super)
{
    bool found = false;
    for (size_t i = 0; i < PLACES; i++) {
        btrfs_super_t copy;
        if (!read_super(image, places[i], &copy))
            continue;
        if (!found || (copy.checksum_holds && (!super->checksum_holds || copy.generation > super->generation)))
            *super = copy;
        found = true;
    }
    return found;
}

static unsigned btrfs_probe(span_t image)
{
    btrfs_super_t super;
    return find_super(image, &super) ? 64 + BITS_BEYOND_MAGIC + (super.checksum_holds ? 32U : 0U) : 0;
}

static uint64_t btrfs_extent(span_t image)
{
    btrfs_super_t super;
    return find_super(image, &super) ? min_u64(super.device_bytes, image.size) : 0;
}

/* ---- what all parts use ---- */

bool btrfs_spend(btrfs_t *fs, uint64_t amount)
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

bool btrfs_grow(btrfs_t *fs, void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t more  = *capacity == 0 ? 64 : *capacity * 2;
    void  *grown = realloc(*items, more * size);
    if (grown == NULL) {
        fs->no_memory = true;
        return false;
    }
    *items    = grown;
    *capacity = more;
    return true;
}

/* ---- facts ---- */

static void add_feature(buffer_t *features, const btrfs_t *fs, uint64_t bit, const char *name)
{
    if ((fs->super.incompat & bit) == 0)
        return;
    if (features->size > 0)
        buffer_append_byte(features, ' ');
    buffer_append_text(features, name);
}

static void say_facts(const btrfs_t *fs)
{
    const btrfs_super_t *super = &fs->super;
    const uint8_t       *u     = super->uuid;
    sink_fact_printf(fs->sink, "btrfs.uuid", "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4],
                     u[5], u[6], u[7],
                     u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
    if (super->label.size > 0)
        sink_fact_printf(fs->sink, "btrfs.label", "%.*s", (int)super->label.size, (const char *)super->label.at);
    sink_fact_printf(fs->sink, "btrfs.generation", "%llu", (unsigned long long)super->generation);
    sink_fact_printf(fs->sink, "btrfs.sector-size", "%lu", (unsigned long)super->sector_size);
    sink_fact_printf(fs->sink, "btrfs.node-size", "%lu", (unsigned long)super->node_size);
    sink_fact(fs->sink, "btrfs.checksum", btrfs_checksum_name(super->checksum));
    sink_fact_printf(fs->sink, "btrfs.devices", "%llu", (unsigned long long)super->device_count);
    buffer_t features = {.limit = TEXT_SHORT_MAX};
    add_feature(&features, fs, BTRFS_INCOMPAT_MIXED_GROUPS, "mixed-groups");
    add_feature(&features, fs, 0x8, "lzo");
    add_feature(&features, fs, 0x10, "zstd");
    add_feature(&features, fs, 0x80, "raid56");
    add_feature(&features, fs, BTRFS_INCOMPAT_SKINNY, "skinny-metadata");
    add_feature(&features, fs, BTRFS_INCOMPAT_NO_HOLES, "no-holes");
    add_feature(&features, fs, BTRFS_INCOMPAT_METADATA_UUID, "metadata-uuid");
    add_feature(&features, fs, BTRFS_INCOMPAT_ZONED, "zoned");
    add_feature(&features, fs, BTRFS_INCOMPAT_EXTENT_TREE_2, "extent-tree-v2");
    add_feature(&features, fs, BTRFS_INCOMPAT_STRIPE_TREE, "raid-stripe-tree");
    buffer_append_byte(&features, 0);
    if (!features.failed && features.size > 1)
        sink_fact(fs->sink, "btrfs.features", (const char *)features.at);
    buffer_free(&features);
}

static void say_subvolumes(const btrfs_t *fs)
{
    size_t snapshots = 0, deleted = 0;
    for (size_t i = 0; i < fs->subvolume_count; i++) {
        snapshots += fs->subvolumes[i].is_snapshot;
        deleted += fs->subvolumes[i].refs == 0;
    }
    sink_fact_printf(fs->sink, "btrfs.subvolumes", "%zu", fs->subvolume_count);
    sink_fact_printf(fs->sink, "btrfs.snapshots", "%zu", snapshots);
    if (deleted > 0)
        sink_fact_printf(fs->sink, "btrfs.deleted-subvolumes", "%zu", deleted);
}

/* ---- all of it ---- */

static void explain_super(btrfs_t *fs)
{
    const btrfs_super_t *super = &fs->super;
    for (size_t i = 0; i < PLACES && span_holds(fs->image, places[i], BTRFS_SUPER_SIZE); i++) {
        btrfs_super_t copy;
        bool          is_one = read_super(fs->image, places[i], &copy);
        if (is_one)
            sink_claim(fs->sink, places[i], BTRFS_SUPER_SIZE, REGION_STRUCTURE);
        if (!is_one || (copy.checksum < BTRFS_CHECKSUMS && !copy.checksum_holds))
            sink_damage(fs->sink, places[i], BTRFS_SUPER_SIZE, "a copy of the superblock is damaged");
        else if (copy.generation != super->generation)
            sink_note(fs->sink, places[i], "a copy of the superblock is of another generation");
    }
    if (super->checksum >= BTRFS_CHECKSUMS)
        sink_limit(fs->sink, super->bytenr, BTRFS_SUPER_SIZE, "feature", "checksums are of a kind that is not known: nothing was verified");
    if (super->device_bytes > fs->image.size)
        sink_damage(fs->sink, fs->image.size, 0, "the image ends before the file system does");
    if (super->device_count > 1)
        sink_limit(fs->sink, 0, 0, "device", "the file system spans several devices: what stands on others was not read");
    if (super->log.at != 0)
        sink_limit(fs->sink, 0, 0, "journal",
                   "the file system was not unmounted: what its log tree holds was not applied, so newest changes may be missing");
    if ((super->incompat & (BTRFS_INCOMPAT_EXTENT_TREE_2 | BTRFS_INCOMPAT_STRIPE_TREE)) != 0)
        sink_limit(fs->sink, 0, 0, "feature", "the file system keeps extents in a way that is not read: content may be missing");
}

/* The root, or where its block is not good the newest of the backups whose is. */
static btrfs_root_t choose_root(btrfs_t *fs, btrfs_root_t root, const btrfs_root_t *backups, const char *what)
{
    if (btrfs_block(fs, root.at, root.level, root.generation).good)
        return root;
    btrfs_root_t best = root;
    uint64_t     generation = 0;
    for (size_t i = 0; i < BTRFS_BACKUPS; i++)
        if (backups[i].at != 0 && backups[i].at != root.at && backups[i].level < BTRFS_LEVELS_MAX && backups[i].generation > generation &&
            btrfs_block(fs, backups[i].at, backups[i].level, backups[i].generation).good) {
            best       = backups[i];
            generation = backups[i].generation;
        }
    if (generation > 0)
        sink_damage(fs->sink, fs->super.bytenr, BTRFS_SUPER_SIZE, what);
    return best;
}

static status_t read_all(btrfs_t *fs)
{
    explain_super(fs);
    say_facts(fs);
    btrfs_learn_system_chunks(fs);
    fs->super.chunk = choose_root(fs, fs->super.chunk, fs->super.backup_chunk, "the chunk tree cannot be read: an older one was used");
    btrfs_learn_chunks(fs);
    fs->root_tree = choose_root(fs, fs->super.root, fs->super.backup_root,
                                "the root tree cannot be read: an older one was used, so newest changes are missing");
    btrfs_learn_subvolumes(fs);
    if (fs->super.log.at != 0 && fs->super.log.level < BTRFS_LEVELS_MAX)
        btrfs_visit(fs, &fs->super.log);
    say_subvolumes(fs);
    return btrfs_walk(fs);
}

static void free_all(btrfs_t *fs)
{
    codec_context_free(fs->codecs);
    buffer_free(&fs->gathered);
    buffer_free(&fs->decoded);
    free(fs->chunks);
    free(fs->blocks);
    free(fs->subvolumes);
    free(fs->stubs);
    free(fs->contents);
    free(fs);
}

static status_t btrfs_extract(span_t image, sink_t *sink)
{
    btrfs_t *fs = calloc(1, sizeof *fs);
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "btrfs", 0, "out of memory");
    status_t status = status_fail(STATUS_REJECTED, "btrfs", 0, "not a btrfs superblock");
    if (find_super(image, &fs->super)) {
        fs->sink   = sink;
        fs->image  = span_clip(image, 0, fs->super.device_bytes);
        fs->codecs = codec_context_new();
        if (!checked_mul(fs->image.size, WORK_PER_BYTE, &fs->work_limit) || !checked_add(fs->work_limit, WORK_FLOOR, &fs->work_limit))
            fs->work_limit = UINT64_MAX;
        status = fs->codecs != NULL ? read_all(fs) : status_fail(STATUS_MEMORY, "btrfs", 0, "out of memory");
        if (fs->no_memory)
            status = status_fail(STATUS_MEMORY, "btrfs", 0, "out of memory");
    }
    free_all(fs);
    return status.code == STATUS_LIMIT ? ok() : status; /* the sink has recorded the limit */
}

/* The second is that of the first copy. */
static const magic_t magics[] = {MAGIC("_BHRfS_M", (64 << 10) + MAGIC_AT), MAGIC("_BHRfS_M", (64 << 20) + MAGIC_AT)};

const extractor_t btrfs_extractor = {
    .id = "btrfs", .name = "btrfs", .specification = "Linux, include/uapi/linux/btrfs_tree.h; btrfs documentation, \"On-disk Format\"",
    .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = btrfs_probe, .extent = btrfs_extent, .extract = btrfs_extract,
};
