/* LVM2: one physical volume of Linux' logical volumes. In one of the first four sectors a label: "LABELONE", its sector, CRC of what
 * follows, offset of the header, "LVM2 001". The header: UUID, size, areas of data and of metadata, as lists of offset and size that end
 * in zeros. A metadata area: CRC, " LVM2 x[5A%r0N*>", version, own offset and size, places (offset, size, CRC) of text in a ring behind
 * the first 512 bytes. The text names extents, physical volumes, and for each logical volume segments of extents on them.
 * CRCs are CRC-32 with seed 0xF597A6CF and no final inversion. Linear segments on this volume are put together; what stands elsewhere, or
 * is striped, mirrored or thin, is said. Source: LVM2, lib/format_text/layout.h, lib/label/label.h; lvm(8), man lvmraid for types. */
#include "extractors/fs_content.h"
#include "extractors/partition_common.h"

#include "base/grow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    SECTOR = 512, LABEL_SECTORS = 4, UUID_SIZE = 32, AREA_HEADER = 512, AREAS_MAX = 16, TEXT_MAX = 4 << 20, DEPTH_MAX = 8, WORD_MAX = 128,
    VOLUMES_MAX = 4096, SEGMENTS_MAX = 65536
};
#define LVM_SEED UINT32_C(0xF597A6CF)

static const char area_magic[] = " LVM2 x[5A%r0N*>";

static uint32_t lvm_crc(span_t bytes) { return (uint32_t)(~crc32_z(~LVM_SEED & 0xFFFFFFFFul, bytes.at, bytes.size) & 0xFFFFFFFFul); }

/* ---- label and header ---- */

typedef struct { uint64_t at, size; } area_t;
typedef struct { uint64_t label_at, size; uint8_t uuid[UUID_SIZE]; area_t data[AREAS_MAX], metadata[AREAS_MAX]; size_t data_count, metadata_count; } volume_t;

static size_t read_areas(reader_t *r, area_t *areas)
{
    size_t count = 0;
    for (;;) {
        area_t area = {.at = read_le64(r)};
        area.size   = read_le64(r);
        if (!reader_ok(r) || area.at == 0)
            return count;
        if (count < AREAS_MAX)
            areas[count++] = area;
    }
}

static bool read_label(span_t image, volume_t *v)
{
    for (uint64_t n = 0; n < LABEL_SECTORS; n++) {
        span_t   sector = span_sub(image, n * SECTOR, SECTOR);
        reader_t r      = reader_at(sector, 8);
        uint64_t own    = read_le64(&r);
        uint32_t crc = read_le32(&r), header = read_le32(&r);
        if (sector.at == NULL || !span_has_text_at(sector, 0, "LABELONE") || !span_has_text_at(sector, 24, "LVM2 001") || own != n || crc != lvm_crc(span_from_offset(sector, 20)))
            continue;
        *v         = (volume_t){.label_at = n * SECTOR};
        r          = reader_at(sector, header);
        span_t uuid = read_span(&r, UUID_SIZE);
        v->size    = read_le64(&r);
        if (!reader_ok(&r))
            return false;
        memcpy(v->uuid, uuid.at, UUID_SIZE);
        v->data_count     = read_areas(&r, v->data);
        v->metadata_count = read_areas(&r, v->metadata);
        return reader_ok(&r);
    }
    return false;
}

/* The current text of a metadata area, unrolled from its ring; empty when there is none that holds. */
static buffer_t read_text(span_t image, sink_t *sink, area_t area)
{
    buffer_t text   = {0};
    span_t   header = span_sub(image, area.at, AREA_HEADER);
    reader_t r      = reader_from(header);
    uint32_t crc    = read_le32(&r);
    if (header.at == NULL || area.size <= AREA_HEADER || !span_has_text_at(header, 4, area_magic)) {
        sink_damage(sink, min_u64(area.at, image.size), 0, "a metadata area is not there");
        return text;
    }
    sink_claim(sink, area.at, AREA_HEADER, REGION_STRUCTURE);
    if (crc != lvm_crc(span_from_offset(header, 4)))
        sink_damage(sink, area.at, AREA_HEADER, "the CRC of a metadata area's header does not hold");
    r               = reader_at(header, 40);
    uint64_t offset = read_le64(&r), size = read_le64(&r), ring = area.size - AREA_HEADER;
    uint32_t text_crc = read_le32(&r);
    if (offset == 0 && size == 0)
        return text;
    if (offset < AREA_HEADER || offset >= area.size || size == 0 || size > min_u64(ring, TEXT_MAX) || !span_holds(image, area.at, area.size)) {
        sink_damage(sink, area.at, AREA_HEADER, "the place of the metadata text lies outside of its area");
        return text;
    }
    uint64_t first = min_u64(size, area.size - offset);
    buffer_append(&text, span_sub(image, area.at + offset, first));
    buffer_append(&text, span_sub(image, area.at + AREA_HEADER, size - first));
    if (text.failed || text_crc != lvm_crc(buffer_span(&text))) {
        sink_damage(sink, area.at + offset, first, "the CRC of the metadata text does not hold");
        buffer_free(&text);
        text = (buffer_t){0};
    }
    return text;
}

/* ---- the text ---- */

typedef struct { span_t name; uint64_t pe_start; bool here; } physical_t;
typedef struct { size_t volume; uint64_t start, count, at; span_t type, where; uint64_t stripes; } segment_t;
typedef struct { span_t name; } logical_t;

typedef struct {
    const volume_t *volume;
    span_t          path[DEPTH_MAX];
    size_t          depth;
    span_t          group;
    uint64_t        extent_size;
    physical_t     *physical;
    logical_t      *logical;
    segment_t      *segments;
    size_t          physical_count, logical_count, segment_count, physical_room, logical_room, segment_room;
    bool            failed;
} layout_t;

/* The next word of the text: a name, a number, the inside of a quoted text, or one of = { } [ ] ,  as a single byte. */
static bool next_word(reader_t *r, span_t *word, bool *quoted)
{
    *quoted = false;
    for (;;) {
        uint8_t byte = read_u8(r);
        if (!reader_ok(r) || byte == 0)
            return false;
        if (byte == '#') {
            while (reader_left(r) > 0 && read_u8(r) != '\n')
                ;
        } else if (strchr(" \t\r\n", byte) == NULL) {
            size_t from = r->pos - 1;
            *quoted     = byte == '"';
            if (!*quoted && strchr("={}[],", byte) != NULL) {
                *word = span_sub(r->in, from, 1);
                return true;
            }
            const char *ends = *quoted ? "\"" : " \t\r\n={}[],#\"";
            while (r->pos < r->in.size && strchr(ends, r->in.at[r->pos]) == NULL)
                r->pos++;
            *word = *quoted ? span_sub(r->in, from + 1, r->pos - from - 1) : span_sub(r->in, from, r->pos - from);
            if (*quoted)
                reader_skip(r, 1);
            return reader_ok(r);
        }
    }
}

static bool is(span_t word, const char *text) { return span_equal(word, span_from_text(text)); }

static uint64_t number_from(span_t word)
{
    uint64_t value = 0;
    for (size_t i = 0; i < word.size; i++)
        if (word.at[i] < '0' || word.at[i] > '9' || !checked_mul(value, 10, &value) || !checked_add(value, (uint64_t)(word.at[i] - '0'), &value))
            return 0;
    return value;
}

/* The UUID stands in the text with hyphens. */
static bool same_uuid(const volume_t *v, span_t text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] != '-' && (n == UUID_SIZE || v->uuid[n++] != text.at[i]))
            return false;
    return n == UUID_SIZE;
}

static void open_section(layout_t *l, span_t name)
{
    if (l->depth == 0)
        l->group = name;
    if (l->depth == 2 && is(l->path[1], "physical_volumes")) {
        l->failed = l->failed || l->physical_count == VOLUMES_MAX || !grow((void **)&l->physical, l->physical_count, &l->physical_room, sizeof *l->physical);
        if (!l->failed)
            l->physical[l->physical_count++] = (physical_t){.name = name};
    }
    if (l->depth == 2 && is(l->path[1], "logical_volumes")) {
        l->failed = l->failed || l->logical_count == VOLUMES_MAX || !grow((void **)&l->logical, l->logical_count, &l->logical_room, sizeof *l->logical);
        if (!l->failed)
            l->logical[l->logical_count++] = (logical_t){.name = name};
    }
    if (l->depth == 3 && is(l->path[1], "logical_volumes") && l->logical_count > 0) {
        l->failed = l->failed || l->segment_count == SEGMENTS_MAX || !grow((void **)&l->segments, l->segment_count, &l->segment_room, sizeof *l->segments);
        if (!l->failed)
            l->segments[l->segment_count++] = (segment_t){.volume = l->logical_count - 1};
    }
}

static void take_value(layout_t *l, span_t key, size_t index, span_t value)
{
    if (l->failed)
        return;
    if (l->depth == 1 && is(key, "extent_size"))
        l->extent_size = number_from(value);
    if (l->depth == 3 && is(l->path[1], "physical_volumes") && l->physical_count > 0) {
        physical_t *p = &l->physical[l->physical_count - 1];
        if (is(key, "id"))
            p->here = same_uuid(l->volume, value);
        if (is(key, "pe_start"))
            p->pe_start = number_from(value);
    }
    if (l->depth == 4 && is(l->path[1], "logical_volumes") && l->segment_count > 0) {
        segment_t *s = &l->segments[l->segment_count - 1];
        if (is(key, "start_extent"))
            s->start = number_from(value);
        if (is(key, "extent_count"))
            s->count = number_from(value);
        if (is(key, "type"))
            s->type = value;
        if (is(key, "stripe_count"))
            s->stripes = number_from(value);
        if (is(key, "stripes") && index == 0)
            s->where = value;
        if (is(key, "stripes") && index == 1)
            s->at = number_from(value);
    }
}

/* key = value, key = [value, …], key { … } */
static bool read_layout(span_t text, layout_t *l)
{
    reader_t r = reader_from(text);
    span_t   word, key = {NULL, 0};
    bool     quoted, in_list = false, after_equals = false;
    size_t   index = 0;
    while (next_word(&r, &word, &quoted) && !l->failed) {
        if (!quoted && is(word, "{")) {
            if (l->depth == DEPTH_MAX)
                return false;
            open_section(l, key);
            l->path[l->depth++] = key;
        } else if (!quoted && is(word, "}")) {
            if (l->depth == 0)
                return false;
            l->depth--;
        } else if (!quoted && is(word, "=")) {
            after_equals = true;
            index        = 0;
        } else if (!quoted && (is(word, "[") || is(word, "]"))) {
            in_list      = is(word, "[");
            after_equals = in_list;
        } else if (!quoted && is(word, ",")) {
            index++;
        } else if (after_equals) {
            take_value(l, key, index, word);
            after_equals = in_list;
        } else {
            key = span_clip(word, 0, WORD_MAX);
        }
    }
    return !l->failed && l->depth == 0 && l->extent_size > 0 && l->extent_size <= UINT32_MAX;
}

/* ---- the logical volumes ---- */

static const physical_t *physical_named(const layout_t *l, span_t name)
{
    for (size_t i = 0; i < l->physical_count; i++)
        if (span_equal(l->physical[i].name, name))
            return &l->physical[i];
    return NULL;
}

static int by_start(const void *a, const void *b)
{
    const segment_t *x = a, *y = b;
    if (x->volume != y->volume)
        return x->volume < y->volume ? -1 : 1;
    return (x->start > y->start) - (x->start < y->start);
}

static void write_segment(const layout_t *l, fs_content_t *content, const segment_t *s)
{
    const physical_t *p     = physical_named(l, s->where);
    uint64_t          bytes = s->count * l->extent_size * SECTOR, at;
    if (!is(s->type, "striped") || s->stripes != 1)
        fs_content_lost(content, 0, 0, bytes, "a segment that is striped, mirrored, thin or otherwise mapped: it was not put together");
    else if (p == NULL || !p->here)
        fs_content_lost(content, 0, 0, bytes, "a segment stands on another physical volume");
    else if (!checked_mul(s->at, l->extent_size, &at) || !checked_add(at, p->pe_start, &at) || !checked_mul(at, SECTOR, &at))
        fs_content_lost(content, 0, 0, bytes, "a segment stands outside of the volume");
    else
        fs_content_run(content, at, bytes);
}

static bool show_volume(const layout_t *l, span_t image, partitions_t *parts, size_t index, const segment_t *segments, size_t count)
{
    uint64_t extents = 0, bytes;
    for (size_t i = 0; i < count; i++)
        if (segments[i].start != extents || !checked_add(extents, segments[i].count, &extents))
            extents = UINT64_MAX;
    child_t *child = sink_child(parts->sink, &(child_info_t){.path = partition_name(parts, l->logical[index].name, (unsigned)index), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    if (!checked_mul(extents, l->extent_size * SECTOR, &bytes)) {
        child_damage(child, 0, 0, "the segments of the logical volume do not follow one another");
        sink_end_child(parts->sink);
        return true;
    }
    fs_content_t content;
    fs_content_begin(&content, child, image, bytes);
    for (size_t i = 0; i < count; i++)
        write_segment(l, &content, &segments[i]);
    bool good = status_ok(fs_content_end(&content));
    sink_end_child(parts->sink);
    return good;
}

static void show_volumes(layout_t *l, span_t image, sink_t *sink)
{
    partitions_t parts = {.sink = sink};
    if (l->segment_count > 0)
        qsort(l->segments, l->segment_count, sizeof *l->segments, by_start);
    bool good = true;
    for (size_t i = 0, next = 0; good && i < l->logical_count; i++) {
        size_t from = next;
        while (next < l->segment_count && l->segments[next].volume == i)
            next++;
        good = show_volume(l, image, &parts, i, l->segments + from, next - from);
    }
    partitions_free(&parts);
}

/* ---- what the registry sees ---- */

static unsigned lvm2_probe(span_t image)
{
    volume_t v;
    return read_label(image, &v) ? 64 + 64 + 32 : 0;
}

static uint64_t lvm2_extent(span_t image)
{
    volume_t v;
    return read_label(image, &v) ? min_u64(v.size, image.size) : 0;
}

static status_t lvm2_extract(span_t image, sink_t *sink)
{
    volume_t v;
    if (!read_label(image, &v))
        return status_fail(STATUS_REJECTED, "lvm2", 0, "not a physical volume");
    sink_claim(sink, v.label_at, SECTOR, REGION_STRUCTURE);
    char uuid[UUID_SIZE + 1] = "";
    memcpy(uuid, v.uuid, UUID_SIZE);
    sink_fact(sink, "lvm2.uuid", uuid);
    if (v.size > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the physical volume does");
    bool shown = false;
    for (size_t i = 0; i < v.metadata_count; i++) {
        buffer_t text = read_text(image, sink, v.metadata[i]);
        layout_t l    = {.volume = &v};
        /* The whole ring is metadata: older versions of the text stand in it. */
        if (v.metadata[i].at < image.size)
            sink_claim(sink, v.metadata[i].at, min_u64(v.metadata[i].size, image.size - v.metadata[i].at), REGION_STRUCTURE);
        if (text.size > 0 && !shown) {
            shown = read_layout(buffer_span(&text), &l);
            if (shown) {
                char group[WORD_MAX + 1] = "";
                memcpy(group, l.group.at, l.group.size);
                sink_fact(sink, "lvm2.volume-group", group);
                show_volumes(&l, image, sink);
            } else {
                sink_damage(sink, v.metadata[i].at, 0, "the metadata text cannot be read");
            }
        }
        free(l.physical);
        free(l.logical);
        free(l.segments);
        buffer_free(&text);
    }
    return ok();
}

static const magic_t magics[] = {MAGIC("LABELONE\1\0\0\0\0\0\0\0", SECTOR), MAGIC("LABELONE\0\0\0\0\0\0\0\0", 0), MAGIC("LABELONE\2\0\0\0\0\0\0\0", 2 * SECTOR),
                                 MAGIC("LABELONE\3\0\0\0\0\0\0\0", 3 * SECTOR)};

const extractor_t lvm2_extractor = {
    .id = "lvm2", .name = "LVM2 physical volume", .specification = "LVM2, lib/format_text/layout.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 4, .probe = lvm2_probe, .extent = lvm2_extent, .extract = lvm2_extract,
};
