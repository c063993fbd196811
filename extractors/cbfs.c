/* coreboot's file system: components at multiples of 64. Big-endian: "LARCHIVE", length, type, places of attributes and of the content (both from the
 * start of the component), name. Attributes say how the content is compressed. An old stage has a little header of its own
 * (little-endian: compression, entry, load address, length, length in memory); a payload has a table of segments that ends with its entry.
 * Source: coreboot, util/cbfstool/cbfs_serialized.h (commonlib) and Documentation/lib. */
#include "extractors/codec.h"
#include "extractors/extractor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    HEADER = 24, ALIGNMENT = 64, NAME_MAX_BYTES = 1024, COMPONENTS_MAX = 1 << 16, STAGE_HEADER = 28, SEGMENT = 28, SEGMENTS_MAX = 64,
    TYPE_DELETED = 0, TYPE_MASTER = 2, TYPE_OLD_STAGE = 0x10, TYPE_PAYLOAD = 0x20, COMPRESSED_LZMA = 1, PATH_ROOM = NAME_MAX_BYTES + 32
};

#define TYPE_EMPTY 0xFFFFFFFFu
#define TAG_COMPRESSION 0x42435A4Cu
#define SEGMENT_BSS 0x42535320u
#define SEGMENT_ENTRY 0x454E5452u
#define EXPANSION_MAX 8192u

typedef struct {
    uint64_t at, content, length; /* `content`: where it stands in the image */
    uint32_t type, compression, unpacked;
    span_t   name;
} component_t;

static bool is_name(span_t name)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] < ' ' || name.at[i] == 0x7F)
            return false;
    return true;
}

static void read_attributes(span_t attributes, component_t *c)
{
    for (size_t at = 0; attributes.size - at >= 8;) {
        reader_t r    = reader_at(attributes, at);
        uint32_t tag  = read_be32(&r), size = read_be32(&r);
        if (size < 8 || size > attributes.size - at)
            return;
        if (tag == TAG_COMPRESSION) {
            c->compression = read_be32(&r);
            c->unpacked    = read_be32(&r);
        }
        at += size;
    }
}

static bool read_component(span_t image, uint64_t at, component_t *c)
{
    reader_t r = reader_at(image, at + 8);
    *c         = (component_t){.at = at, .length = read_be32(&r)};
    c->type    = read_be32(&r);
    uint64_t attributes = read_be32(&r), content = read_be32(&r);
    if (!span_has_text_at(image, at, "LARCHIVE") || !reader_ok(&r) || content < HEADER || content > HEADER + 8 * NAME_MAX_BYTES ||
        (attributes != 0 && (attributes < HEADER || attributes > content)))
        return false;
    span_t header = span_sub(image, at, content);
    if (header.at == NULL)
        return false;
    span_t text = span_sub(header, HEADER, (attributes != 0 ? attributes : content) - HEADER);
    c->name     = span_clip(text, 0, strnlen((const char *)text.at, min_u64(text.size, NAME_MAX_BYTES)));
    c->content  = at + content;
    if (attributes != 0)
        read_attributes(span_from_offset(header, attributes), c);
    return is_name(c->name);
}

static unsigned cbfs_probe(span_t image)
{
    component_t first;
    return read_component(image, 0, &first) ? 64 + 16 : 0;
}

static uint64_t cbfs_extent(span_t image)
{
    component_t c;
    uint64_t    end = 0;
    for (size_t i = 0; i < COMPONENTS_MAX && read_component(image, round_up(end, ALIGNMENT), &c); i++)
        end = c.content + c.length;
    return min_u64(end, image.size);
}

typedef struct { span_t image; sink_t *sink; codec_context_t *codecs; unsigned components; bool stopped; } cbfs_t;

/* LZMA with its header; NULL when it does not decode. The caller frees. */
static uint8_t *unpack(const cbfs_t *fs, span_t packed, size_t *size)
{
    reader_t r    = reader_at(packed, 5);
    uint64_t told = read_le64(&r);
    if (!reader_ok(&r) || told == 0 || told / EXPANSION_MAX > packed.size)
        return NULL;
    uint8_t *out = malloc((size_t)told);
    if (out != NULL && !status_ok(codec_decode_with(fs->codecs, CODEC_LZMA_ALONE, packed, out, (size_t)told, size))) {
        free(out);
        return NULL;
    }
    return out;
}

/* A child of the `length` bytes at `at`, which are LZMA or stand there as they are (LZ4 frames are opened as such). */
static void show(cbfs_t *fs, const char *path, uint64_t at, uint64_t length, uint32_t compression)
{
    bool         packed  = compression == COMPRESSED_LZMA;
    child_info_t info    = {.path = span_from_text(path), .type = compression > COMPRESSED_LZMA ? CHILD_PAYLOAD : CHILD_FILE};
    child_t     *child   = sink_child(fs->sink, &info);
    span_t       content = span_clip(fs->image, at, length);
    size_t       size    = 0;
    if (child == NULL) {
        fs->stopped = true;
        return;
    }
    uint8_t *out = packed ? unpack(fs, content, &size) : NULL;
    if (out != NULL)
        fs->stopped = !status_ok(child_write(child, span_from(out, size), at, content.size));
    else
        child_range(child, at, length);
    if (packed && out == NULL)
        child_damage(child, at, content.size, "the compressed component does not decode");
    sink_end_child(fs->sink);
    free(out);
}

static void show_stage(cbfs_t *fs, const component_t *c, const char *path)
{
    reader_t r           = reader_at(fs->image, c->content);
    uint32_t compression = read_le32(&r);
    if (!reader_ok(&r) || c->length <= STAGE_HEADER || compression > 2) {
        show(fs, path, c->content, c->length, 0);
        return;
    }
    sink_claim(fs->sink, c->content, STAGE_HEADER, REGION_STRUCTURE);
    show(fs, path, c->content + STAGE_HEADER, c->length - STAGE_HEADER, compression);
}

/* Segments of a payload; false when the table does not hold together, and nothing was shown. */
static bool show_segments(cbfs_t *fs, const component_t *c, const char *path)
{
    struct { uint32_t compression; uint64_t at, length; } segments[SEGMENTS_MAX];
    unsigned count = 0;
    uint32_t tag   = 0;
    reader_t r     = reader_from(span_clip(fs->image, c->content, c->length));
    while (tag != SEGMENT_ENTRY) {
        tag                  = read_be32(&r);
        uint32_t compression = read_be32(&r);
        uint64_t offset      = read_be32(&r);
        reader_skip(&r, 8);
        uint64_t length = read_be32(&r);
        reader_skip(&r, 4);
        if (!reader_ok(&r) || compression > 2)
            return false;
        if (tag == SEGMENT_ENTRY || tag == SEGMENT_BSS || length == 0)
            continue;
        if (count == SEGMENTS_MAX || offset + length > c->length)
            return false;
        segments[count].compression = compression;
        segments[count].at          = c->content + offset;
        segments[count++].length    = length;
    }
    sink_claim(fs->sink, c->content, r.pos, REGION_STRUCTURE);
    for (unsigned i = 0; i < count && !fs->stopped; i++) {
        char name[PATH_ROOM + 32];
        (void)snprintf(name, sizeof name, "%s/segment%u", path, i);
        show(fs, name, segments[i].at, segments[i].length, segments[i].compression);
    }
    return true;
}

static void show_master(cbfs_t *fs, const component_t *c)
{
    reader_t r       = reader_at(fs->image, c->content + 4);
    uint32_t version = read_be32(&r), size = read_be32(&r), bootblock = read_be32(&r);
    sink_claim(fs->sink, c->content, c->length, REGION_STRUCTURE);
    if (!span_has_text_at(fs->image, c->content, "ORBC") || !reader_ok(&r))
        return;
    sink_fact_printf(fs->sink, "cbfs.version", "%" PRIx32, version);
    sink_fact_printf(fs->sink, "cbfs.rom-size", "%" PRIu32, size);
    sink_fact_printf(fs->sink, "cbfs.bootblock-size", "%" PRIu32, bootblock);
}

/* The last four bytes of a file system may say where the master header stands, counted from its end; they lie in free space. */
static bool ends_in_place_of_master(const cbfs_t *fs, const component_t *c)
{
    uint64_t end   = c->content + c->length;
    reader_t r     = reader_at(fs->image, end - 4);
    uint64_t below = (uint64_t)UINT32_MAX + 1 - read_le32(&r);
    return reader_ok(&r) && c->length > 4 && below <= end && span_has_text_at(fs->image, end - below, "ORBC");
}

static void show_component(cbfs_t *fs, const component_t *c)
{
    char path[PATH_ROOM];
    sink_claim(fs->sink, c->at, c->content - c->at, REGION_STRUCTURE);
    span_t content = span_clip(fs->image, c->content, c->length);
    bool   unused  = c->type == TYPE_EMPTY || c->type == TYPE_DELETED;
    if (unused && ends_in_place_of_master(fs, c)) {
        sink_claim(fs->sink, c->content + c->length - 4, 4, REGION_STRUCTURE);
        content = span_clip(content, 0, c->length - 4);
    }
    if (unused && (content.size == 0 || span_is_filled_with(content, content.at[0]))) {
        sink_claim(fs->sink, c->content, content.size, REGION_PADDING);
        return;
    }
    if (unused && !sink_wants_deleted(fs->sink))
        return; /* what stands in free space is searched as any unexplained bytes are */
    if (c->type == TYPE_MASTER && c->length >= 32) {
        show_master(fs, c);
        return;
    }
    if (c->name.size == 0 || unused)
        (void)snprintf(path, sizeof path, "%sunnamed-%" PRIX64, unused ? "[deleted]/" : "", c->at);
    else
        (void)snprintf(path, sizeof path, "%.*s", (int)c->name.size, (const char *)c->name.at);
    fs->components++;
    if (c->type == TYPE_OLD_STAGE && c->compression == 0)
        show_stage(fs, c, path);
    else if (c->type != TYPE_PAYLOAD || !show_segments(fs, c, path))
        show(fs, path, c->content, c->length, c->compression);
}

static status_t cbfs_extract(span_t image, sink_t *sink)
{
    component_t c;
    uint64_t    end = 0;
    cbfs_t      fs  = {.image = image, .sink = sink};
    if (cbfs_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "cbfs", 0, "not a component");
    fs.codecs = codec_context_new();
    if (fs.codecs == NULL)
        return status_fail(STATUS_MEMORY, "cbfs", 0, "out of memory");
    for (size_t i = 0; i < COMPONENTS_MAX && !fs.stopped && read_component(image, round_up(end, ALIGNMENT), &c); i++) {
        sink_claim(sink, end, c.at - end, REGION_PADDING);
        show_component(&fs, &c);
        end = c.content + c.length;
    }
    if (end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before its last component does");
    else if (span_has_text_at(image, round_up(end, ALIGNMENT), "LARCHIVE"))
        sink_damage(sink, round_up(end, ALIGNMENT), min_u64(HEADER, image.size - round_up(end, ALIGNMENT)),
                    "the header of a component does not hold together");
    sink_fact_printf(sink, "cbfs.components", "%u", fs.components);
    codec_context_free(fs.codecs);
    return ok();
}

static const magic_t magics[] = {MAGIC("LARCHIVE", 0)};

const extractor_t cbfs_extractor = {
    .id = "cbfs", .name = "coreboot file system", .specification = "coreboot, commonlib/bsd/include/commonlib/bsd/cbfs_serialized.h",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = cbfs_probe, .extent = cbfs_extent, .extract = cbfs_extract,
};
