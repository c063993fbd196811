/* ARJ archive: headers of 60 EA, a size, a first part of known layout, name and comment, and a CRC-32 over all that; then further headers (a
 * size; 0 ends them) and, for a member, its packed bytes. The first header is the archive's own, one of size 0 ends it. Stored members are
 * extracted; packed ones (methods 1 to 4) are named, with what they take. Source: ARJ, "technote.txt" (public). */
#include "extractors/extractor.h"

#include <zlib.h>

enum {
    HEADER_MIN = 30, HEADER_MAX = 2600, FRAME = 4, CRC = 4, TYPE_COMMENT = 2, TYPE_DIRECTORY = 3, METHOD_STORED = 0, GARBLED = 1,
                 MEMBERS_MAX = 65536, EXTENDED_MAX = 64
};

typedef struct { uint64_t size, packed; uint32_t original, crc; uint8_t flags, method, type; span_t name; bool last; } header_t;

/* The header at `at`, its CRC checked, with the further ones behind it. */
static bool read_header(span_t image, uint64_t at, header_t *h)
{
    reader_t r    = reader_at(image, at);
    bool     mark = read_u8(&r) == 0x60 && read_u8(&r) == 0xEA;
    uint16_t size = read_le16(&r);
    *h            = (header_t){.last = size == 0, .size = FRAME};
    if (!mark || !reader_ok(&r) || h->last)
        return mark && reader_ok(&r);
    span_t   basic = read_span(&r, size);
    uint32_t crc   = read_le32(&r);
    if (size < HEADER_MIN || size > HEADER_MAX || !reader_ok(&r) || crc32_z(0, basic.at, basic.size) != crc)
        return false;
    for (unsigned n = 0; n < EXTENDED_MAX; n++) {
        uint16_t more = read_le16(&r);
        if (more == 0)
            break;
        reader_skip(&r, more + (uint64_t)CRC);
    }
    reader_t b     = reader_from(basic);
    uint8_t  first = read_u8(&b);
    reader_skip(&b, 3);
    h->flags  = read_u8(&b);
    h->method = read_u8(&b);
    h->type   = read_u8(&b);
    reader_skip(&b, 5);
    h->packed   = read_le32(&b);
    h->original = read_le32(&b);
    h->crc      = read_le32(&b);
    span_t text = span_from_offset(basic, first);
    h->name     = span_clip(text, 0, strnlen((const char *)text.at, text.size));
    h->size     = r.pos - at;
    return reader_ok(&r) && first >= HEADER_MIN && first < size;
}

static unsigned arj_probe(span_t image)
{
    header_t h;
    return read_header(image, 0, &h) && !h.last && h.type == TYPE_COMMENT ? 16 + 32 : 0;
}

typedef struct { span_t image; sink_t *sink; unsigned members; } walk_t;

/* What is packed or garbled stays as it is: a payload that is only fenced off. False: a limit was reached. */
static bool show_member(walk_t *w, const header_t *h, uint64_t at)
{
    bool         garbled = (h->flags & GARBLED) != 0, stored = h->method == METHOD_STORED && !garbled;
    child_type_t type    = h->type == TYPE_DIRECTORY ? CHILD_DIRECTORY : stored ? CHILD_FILE : CHILD_PAYLOAD;
    child_t     *child   = sink_child(w->sink, &(child_info_t){.path = h->name, .type = type});
    span_t       packed  = span_clip(w->image, at, h->packed);
    if (child == NULL)
        return false;
    if (type == CHILD_PAYLOAD)
        sink_limit(w->sink, at, packed.size, garbled ? "encrypted" : "codec",
                   garbled ? "an ARJ member garbled with a password" : "packed by a method of ARJ that is not unpacked");
    else if (type == CHILD_FILE && packed.size == h->packed && crc32_z(0, packed.at, packed.size) != h->crc)
        child_damage(child, at, packed.size, "the CRC-32 of a member does not agree with it");
    if (type != CHILD_DIRECTORY)
        child_range(child, at, h->packed);
    sink_end_child(w->sink);
    return true;
}

/* Where the archive ends. */
static uint64_t walk(span_t image, sink_t *sink)
{
    walk_t   w  = {.image = image, .sink = sink};
    header_t h  = {.last = false};
    uint64_t at = 0;
    bool     go_on = true;
    while (go_on && w.members <= MEMBERS_MAX && read_header(image, at, &h)) {
        uint64_t body = at + h.size;
        if (sink != NULL)
            sink_claim(sink, at, h.size, REGION_STRUCTURE);
        at = body;
        if (h.last)
            break;
        if (h.type == TYPE_COMMENT)
            continue; /* the archive's own header carries nothing */
        w.members++;
        go_on = sink == NULL || show_member(&w, &h, body);
        at    = body + min_u64(h.packed, image.size - body);
    }
    if (sink != NULL && go_on && !h.last)
        sink_damage(sink, at, image.size - at, "the archive ends before its last header, or a header's CRC-32 does not agree");
    if (sink != NULL)
        sink_fact_printf(sink, "arj.members", "%u", w.members);
    return at;
}

static uint64_t arj_extent(span_t image) { return arj_probe(image) > 0 ? walk(image, NULL) : 0; }

static status_t arj_extract(span_t image, sink_t *sink)
{
    if (arj_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "arj", 0, "not an ARJ archive");
    (void)walk(image, sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x60\xEA", 0)};

const extractor_t arj_extractor = {
    .id = "arj", .name = "ARJ archive", .specification = "ARJ technote.txt", .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1,
    .probe = arj_probe, .extent = arj_extent, .extract = arj_extract,
};
