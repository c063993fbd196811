/* HFS Plus and HFSX. Big-endian. At 1024 the volume header (signature "H+" or "HX", version, block size, the forks of five files), a copy
 * of it 1024 bytes before the end. Extents overflow, catalog and attributes are B-trees; a file's forks have eight extents each in
 * its record, and more in the overflow tree. An old HFS ("BD") may wrap such a volume, or be one of its own. Source: Apple, Technical
 * Note 1150; xnu, bsd/hfs/hfs_format.h; Inside Macintosh: Files, chapter 2 (HFS). */
#include "extractors/hfsplus.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ATTRIBUTE_UNMOUNTED = 1 << 8, ATTRIBUTE_INCONSISTENT = 1 << 11, ATTRIBUTE_JOURNALED = 1 << 13, JOURNAL_IN_VOLUME = 1, BLOCK_MAX = 1 << 20,
        SECTOR = 512,
    WRAPPER_BLOCKS_AT = 18
};
#define EPOCH_1904 2082844800

typedef struct {
    uint64_t         at;
    bool             extended; /* HFSX */
    uint16_t         version;
    uint32_t         attributes, journal, created, modified, checked, files, folders, block_size, blocks, free_blocks;
    hfsplus_fork_t   forks[5]; /* allocation, extents, catalog, attributes, startup */
} header_t;

static bool read_header(span_t image, uint64_t at, header_t *header)
{
    static const uint32_t files[] = {HFSPLUS_ALLOCATION_FILE, HFSPLUS_EXTENTS_FILE, HFSPLUS_CATALOG_FILE, HFSPLUS_ATTRIBUTES_FILE,
        HFSPLUS_STARTUP_FILE};
    reader_t r         = reader_from(span_sub(image, at, HFSPLUS_HEADER_SIZE));
    uint16_t signature = read_be16(&r);
    *header            = (header_t){.at = at, .extended = signature == 0x4858};
    header->version    = read_be16(&r);
    header->attributes = read_be32(&r);
    reader_skip(&r, 4);
    header->journal  = read_be32(&r);
    header->created  = read_be32(&r);
    header->modified = read_be32(&r);
    reader_skip(&r, 4);
    header->checked     = read_be32(&r);
    header->files       = read_be32(&r);
    header->folders     = read_be32(&r);
    header->block_size  = read_be32(&r);
    header->blocks      = read_be32(&r);
    header->free_blocks = read_be32(&r);
    reader_skip(&r, 60);
    for (size_t i = 0; i < 5; i++)
        header->forks[i] = hfsplus_read_fork(&r, files[i], HFSPLUS_DATA);
    const hfsplus_fork_t *catalog = &header->forks[2];
    return reader_ok(&r) && (signature == 0x482B || signature == 0x4858) && (header->version == 4 || header->version == 5)
        && header->block_size >= SECTOR
           && header->block_size <= BLOCK_MAX && (header->block_size & (header->block_size - 1)) == 0 && header->blocks > 0
           && header->free_blocks <= header->blocks
           && catalog->size > 0 && catalog->extents[0].blocks > 0
           && (uint64_t)catalog->extents[0].start + catalog->extents[0].blocks <= header->blocks
           && catalog->size <= (uint64_t)catalog->blocks * header->block_size;
}

static uint64_t volume_size(const header_t *header) { return (uint64_t)header->blocks * header->block_size; }

/* Does the catalog begin with the header node of a B-tree? */
static bool catalog_is_there(span_t image, const header_t *header)
{
    span_t node = span_sub(image, (uint64_t)header->forks[2].extents[0].start * header->block_size, 48);
    return node.at != NULL && node.at[8] == 1 && node.at[9] == 0 && node.at[10] == 0 && node.at[11] == 3;
}

/* ---- the old HFS, with another volume in it or without ---- */

typedef struct { uint32_t block_size, blocks, first, embedded_at, embedded_blocks, catalog_at, created, modified, files,
    folders; span_t name; bool embeds; } wrapper_t;

static bool read_wrapper(span_t image, wrapper_t *w)
{
    reader_t r = reader_at(image, HFSPLUS_HEADER_AT);
    if (read_be16(&r) != 0x4244)
        return false;
    w->created  = read_be32(&r);
    w->modified = read_be32(&r);
    reader_skip(&r, 4);
    uint16_t bitmap = read_be16(&r);
    r               = reader_at(image, HFSPLUS_HEADER_AT + WRAPPER_BLOCKS_AT);
    w->blocks       = read_be16(&r);
    w->block_size   = read_be32(&r);
    reader_skip(&r, 4);
    w->first = read_be16(&r);
    r        = reader_at(image, HFSPLUS_HEADER_AT + 36);
    w->name  = read_span(&r, 28);
    r        = reader_at(image, HFSPLUS_HEADER_AT + 84);
    w->files   = read_be32(&r);
    w->folders = read_be32(&r);
    r          = reader_at(image, HFSPLUS_HEADER_AT + 124);
    w->embeds  = read_be16(&r) == 0x482B;
    w->embedded_at     = read_be16(&r);
    w->embedded_blocks = read_be16(&r);
    r                  = reader_at(image, HFSPLUS_HEADER_AT + 150);
    w->catalog_at      = read_be16(&r);
    return reader_ok(&r) && bitmap == 3 && w->blocks > 0 && w->block_size >= SECTOR && w->block_size % SECTOR == 0
        && w->block_size <= 64 * (uint32_t)BLOCK_MAX
           && w->first > bitmap && w->name.at[0] > 0 && w->name.at[0] < 28 && w->embedded_at < w->blocks && w->catalog_at < w->blocks;
}

static uint64_t wrapper_block(const wrapper_t *w, uint32_t block) { return (uint64_t)w->first * SECTOR + (uint64_t)block * w->block_size; }
/* Behind the blocks stand the copy of the header and a sector that is not used. */
static uint64_t wrapper_size(const wrapper_t *w) { return wrapper_block(w, w->blocks) + 2 * SECTOR; }

static unsigned wrapper_bits(span_t image, const wrapper_t *w)
{
    header_t header;
    unsigned bits = 16 + 14;
    if (w->embeds)
        bits += read_header(span_from_offset(image, wrapper_block(w, w->embedded_at)), HFSPLUS_HEADER_AT, &header) ? 48 : 0;
    span_t node = span_sub(image, wrapper_block(w, w->catalog_at), SECTOR);
    if (node.at != NULL && node.at[8] == 1 && node.at[11] == 3 && node.at[32] == 2 && node.at[33] == 0)
        bits += 40;
    return bits >= 40 || wrapper_block(w, w->catalog_at) >= image.size ? bits : 0;
}

static void say_time(sink_t *sink, const char *key, uint32_t time)
{
    if (time != 0)
        sink_fact_printf(sink, key, "%lld", (long long)time - EPOCH_1904);
}

static status_t extract_wrapper(span_t image, const wrapper_t *w, sink_t *sink)
{
    sink_claim(sink, HFSPLUS_HEADER_AT, SECTOR, REGION_STRUCTURE);
    uint64_t bitmap = round_up((uint64_t)w->blocks, 8) / 8;
    sink_claim(sink, 3 * SECTOR, min_u64(bitmap, image.size > 3 * SECTOR ? image.size - 3 * SECTOR : 0), REGION_STRUCTURE);
    sink_fact(sink, "hfsplus.version", w->embeds ? "HFS that wraps an HFS Plus" : "HFS");
    sink_fact_printf(sink, "hfsplus.label", "%.*s", w->name.at[0], (const char *)w->name.at + 1);
    sink_fact_printf(sink, "hfsplus.geometry", "%u blocks of %u", w->blocks, w->block_size);
    say_time(sink, "hfsplus.created", w->created);
    say_time(sink, "hfsplus.modified", w->modified);
    if (wrapper_size(w) > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the volume does");
    else if (span_has_text_at(image, wrapper_size(w) - 2 * SECTOR, "BD"))
        sink_claim(sink, wrapper_size(w) - 2 * SECTOR, SECTOR, REGION_STRUCTURE);
    if (!w->embeds) {
        sink_fact_printf(sink, "hfsplus.objects", "%u files, %u folders", w->files, w->folders);
        sink_limit(sink, 0, min_u64(wrapper_size(w), image.size), "format", "an HFS of the time before HFS Plus: its files are not opened");
        return ok();
    }
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("embedded"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, wrapper_block(w, w->embedded_at), (uint64_t)w->embedded_blocks * w->block_size);
    sink_end_child(sink);
    return ok();
}

/* ---- which header ---- */

/* The first header, or the copy behind the volume, which is found from the end of the image. */
static bool find_header(span_t image, header_t *header)
{
    if (read_header(image, HFSPLUS_HEADER_AT, header))
        return true;
    uint64_t end = image.size / SECTOR * SECTOR;
    return end >= 4 * HFSPLUS_HEADER_AT && read_header(image, end - HFSPLUS_HEADER_AT, header) && volume_size(header) <= end
        && end - volume_size(header) < header->block_size
           && catalog_is_there(image, header);
}

static unsigned hfsplus_probe(span_t image)
{
    header_t  header;
    wrapper_t wrapper;
    if (find_header(image, &header)) {
        /* A copy of a header, taken for the first, leads to no catalog. */
        uint64_t catalog = (uint64_t)header.forks[2].extents[0].start * header.block_size;
        return catalog_is_there(image, &header) ? 32 + 12 + 32 : catalog + 48 > image.size ? 32 + 4 : 0;
    }
    return read_wrapper(image, &wrapper) ? wrapper_bits(image, &wrapper) : 0;
}

static uint64_t hfsplus_extent(span_t image)
{
    header_t  header, copy;
    wrapper_t wrapper;
    if (!find_header(image, &header))
        return read_wrapper(image, &wrapper) ? min_u64(wrapper_size(&wrapper), image.size) : 0;
    /* The copy of the header may stand behind the last whole block. */
    uint64_t size = volume_size(&header);
    for (uint64_t at = size < HFSPLUS_HEADER_AT ? 0 : size - HFSPLUS_HEADER_AT + SECTOR; at < size + header.block_size
        && at < image.size; at += SECTOR)
        if (read_header(image, at, &copy) && copy.blocks == header.blocks)
            return min_u64(at + HFSPLUS_HEADER_AT, image.size);
    return min_u64(size, image.size);
}

/* ---- the journal ---- */

static void look_at_journal(const hfsplus_volume_t *v, const header_t *header)
{
    uint64_t at = (uint64_t)header->journal * v->block_size;
    reader_t r  = reader_at(v->image, at);
    uint32_t flags = read_be32(&r);
    reader_skip(&r, 32);
    uint64_t offset = read_be64(&r), size = read_be64(&r);
    if (header->journal == 0 || !reader_ok(&r) || (flags & JOURNAL_IN_VOLUME) == 0) {
        sink_damage(v->sink, min_u64(at, v->image.size), 0, "the journal cannot be found");
        return;
    }
    sink_claim(v->sink, at, 52, REGION_STRUCTURE);
    r               = reader_at(v->image, offset);
    uint32_t magic  = read_le32(&r);
    bool     little = magic == 0x4A4E4C78;
    r               = reader_at(v->image, offset + 8);
    uint64_t start = little ? read_le64(&r) : read_be64(&r), end = little ? read_le64(&r) : read_be64(&r);
    if (!reader_ok(&r) || (!little && magic != 0x784C4E4A)) {
        sink_damage(v->sink, min_u64(offset, v->image.size), 0, "the journal is not one");
        return;
    }
    sink_claim(v->sink, offset, min_u64(size, v->image.size - offset), REGION_STRUCTURE);
    sink_fact(v->sink, "hfsplus.journal", start == end ? "empty" : "transactions that were not written to their places");
    if (start != end)
        sink_note(v->sink, offset, "the journal holds transactions that were not replayed: the volume is shown as it stands");
}

/* ---- the extractor ---- */

static void say_facts(const header_t *header, sink_t *sink)
{
    sink_fact_printf(sink, "hfsplus.version", "%s %u", header->extended ? "HFSX" : "HFS+", header->version);
    sink_fact_printf(sink, "hfsplus.geometry", "%u blocks of %u, %u free", header->blocks, header->block_size, header->free_blocks);
    sink_fact_printf(sink, "hfsplus.objects", "%u files, %u folders", header->files, header->folders);
    sink_fact_printf(sink, "hfsplus.state", "%s%s%s", (header->attributes & ATTRIBUTE_UNMOUNTED) != 0 ? "unmounted" : "not unmounted",
                     (header->attributes & ATTRIBUTE_INCONSISTENT) != 0 ? ", inconsistent" : "", (header->attributes & ATTRIBUTE_JOURNALED) != 0
                         ? ", journaled" : "");
    if (header->created != 0) /* local time, as the only one */
        sink_fact_printf(sink, "hfsplus.created_local", "%lld", (long long)header->created - EPOCH_1904);
    say_time(sink, "hfsplus.modified", header->modified);
    say_time(sink, "hfsplus.checked", header->checked);
}

static void claim_fork(const hfsplus_volume_t *v, const hfsplus_fork_t *fork)
{
    buffer_t bytes = {0};
    uint64_t at;
    (void)hfsplus_gather(v, fork, &bytes, &at);
    buffer_free(&bytes);
}

/* Code that starts a machine which knows nothing of HFS Plus. */
static bool show_area(const hfsplus_volume_t *v, const char *path, const hfsplus_fork_t *fork)
{
    child_t *child = sink_child(v->sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
    if (child != NULL && fork != NULL)
        (void)hfsplus_write_fork(v, fork, child);
    else if (child != NULL)
        child_range(child, 0, HFSPLUS_HEADER_AT);
    sink_end_child(v->sink);
    return child != NULL;
}

static status_t hfsplus_extract(span_t image, sink_t *sink)
{
    header_t  header, copy;
    wrapper_t wrapper;
    if (!find_header(image, &header)) {
        if (read_wrapper(image, &wrapper) && wrapper_bits(image, &wrapper) > 0)
            return extract_wrapper(image, &wrapper, sink);
        return status_fail(STATUS_REJECTED, "hfsplus", 0, "no sound volume header");
    }
    uint64_t end = hfsplus_extent(image);
    if (header.at != HFSPLUS_HEADER_AT)
        sink_damage(sink, HFSPLUS_HEADER_AT, HFSPLUS_HEADER_SIZE, "the volume header is not sound: its copy at the end is used");
    sink_claim(sink, header.at, HFSPLUS_HEADER_SIZE, REGION_STRUCTURE);
    if (volume_size(&header) > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the volume does");
    else if (end >= HFSPLUS_HEADER_AT && read_header(image, end - HFSPLUS_HEADER_AT, &copy))
        sink_claim(sink, copy.at, HFSPLUS_HEADER_SIZE, REGION_STRUCTURE);
    uint64_t         budget = 8 * end + (1 << 20);
    hfsplus_volume_t v      = {.image = span_clip(image, 0, end), .sink = sink, .budget = &budget, .block_size = header.block_size,
        .blocks = header.blocks};
    say_facts(&header, sink);
    status_t status = ok();
    if (!hfsplus_read_overflow(&v, &header.forks[1])) {
        status = status_fail(STATUS_MEMORY, "hfsplus", 0, "out of memory");
    } else {
        claim_fork(&v, &header.forks[0]);
        if ((header.attributes & ATTRIBUTE_JOURNALED) != 0)
            look_at_journal(&v, &header);
        bool more = span_is_filled_with(span_clip(v.image, 0, HFSPLUS_HEADER_AT), 0) || show_area(&v, "boot-area", NULL);
        more      = more && (header.forks[4].size == 0 || show_area(&v, "startup-file", &header.forks[4]));
        status    = more ? hfsplus_show(&v, &header.forks[2], &header.forks[3]) : ok();
    }
    free(v.overflow);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {
    MAGIC("H+\0\4", HFSPLUS_HEADER_AT), MAGIC("HX\0\5", HFSPLUS_HEADER_AT), MAGIC("H+\0\5", HFSPLUS_HEADER_AT), MAGIC("BD", HFSPLUS_HEADER_AT),
};

const extractor_t hfsplus_extractor = {
    .id = "hfsplus", .name = "HFS Plus", .specification = "Apple, Technical Note 1150; Inside Macintosh: Files, chapter 2", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = hfsplus_probe, .extent = hfsplus_extent, .extract = hfsplus_extract,
};
