/* xar: a header, a table of contents (XML, packed with zlib), and a heap with its checksum and the files' data. Big-endian.
 * Source: github.com/mackyle/xar, "xar file format"; libarchive, archive_read_support_format_xar.c.
 *
 * libarchive parses the table with libxml2's reader, without loading a document type and without substituting entities. Ours
 * goes over it first: for the ranges of the heap, and to keep away from libxml2 and libarchive what no xar has: a document
 * type (entities), and a file with more than one type, which sends libarchive 3.6.2 round in circles (its test
 * xar_doublelink). */
#include "extractors/archive_common.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <zlib.h>

enum { HEADER_SIZE = 28, TABLE_MAX = 64 << 20, FILES_DEEP = 256, NAME_BYTES = 24 };

typedef enum { RANGE_DATA, RANGE_STRUCTURE } range_kind_t;
typedef struct { uint64_t offset, length; range_kind_t kind; } range_t;

typedef struct {
    uint64_t heap, end; /* end: of the furthest range, from the start of the image */
    range_t *ranges;    /* in order of offset */
    size_t   count, capacity;
} contents_t;

typedef struct { uint64_t packed, unpacked; } xar_t;

static bool read_header(span_t image, xar_t *xar)
{
    reader_t r    = reader_at(image, 4);
    uint16_t size = read_be16(&r), version = read_be16(&r);
    xar->packed   = read_be64(&r);
    xar->unpacked = read_be64(&r);
    return read_be32(&r) <= 4 && reader_ok(&r) && span_has_text_at(image, 0, "xar!") && size == HEADER_SIZE && version == 1 && xar->packed > 8 &&
           xar->packed < UINT32_MAX && xar->unpacked > 0 && xar->unpacked <= TABLE_MAX;
}

/* The table, unpacked; the size that the header claims is never believed beyond what so many packed bytes can hold. */
static bool unpack_table(span_t image, const xar_t *xar, buffer_t *table)
{
    span_t packed = span_sub(image, HEADER_SIZE, xar->packed);
    if (packed.at == NULL || xar->unpacked / 1100 > packed.size)
        return false;
    uint8_t *to = buffer_reserve(table, (size_t)xar->unpacked);
    uLongf   size = (uLongf)xar->unpacked;
    if (to == NULL || uncompress(to, &size, packed.at, (uLong)packed.size) != Z_OK || size != xar->unpacked)
        return false;
    table->size += size;
    return true;
}

/* ---- the table, tag by tag ----------------------------------------------------------------------------------------- */

typedef struct {
    span_t      xml;
    size_t      at;
    char        name[NAME_BYTES]; /* of the tag, cut */
    bool        closes, empty;
} tags_t;

static bool next_tag(tags_t *t, const char **refused)
{
    for (;;) {
        const uint8_t *open = t->at < t->xml.size ? memchr(t->xml.at + t->at, '<', t->xml.size - t->at) : NULL;
        if (open == NULL)
            return false;
        size_t start = (size_t)(open - t->xml.at) + 1;
        bool   aside = start < t->xml.size && (t->xml.at[start] == '!' || t->xml.at[start] == '?');
        if (aside && !span_has_text_at(t->xml, start, "!--") && t->xml.at[start] == '!') {
            *refused = "the table of contents has a document type or unparsed text, which no xar has";
            return false;
        }
        const char    *until = aside && t->xml.at[start] == '!' ? "-->" : aside ? "?>" : ">";
        const uint8_t *close = memmem(t->xml.at + start, t->xml.size - start, until, strlen(until));
        if (close == NULL)
            return false;
        size_t end = (size_t)(close - t->xml.at);
        t->at      = end + strlen(until);
        if (aside)
            continue;
        t->closes = start < end && t->xml.at[start] == '/';
        t->empty  = end > start && t->xml.at[end - 1] == '/';
        size_t from = start + t->closes, size = 0;
        while (from + size < end && size < NAME_BYTES - 1 && t->xml.at[from + size] > ' ' && t->xml.at[from + size] != '/')
            t->name[size] = (char)t->xml.at[from + size], size++;
        t->name[size] = '\0';
        return true;
    }
}

static bool is_any(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static uint64_t number_behind(const tags_t *t)
{
    uint64_t value = 0;
    for (size_t i = t->at; i < t->xml.size && t->xml.at[i] >= '0' && t->xml.at[i] <= '9' && value < UINT64_MAX / 16; i++)
        value = value * 10 + (uint64_t)(t->xml.at[i] - '0');
    return value;
}

static bool add_range(contents_t *c, range_t range)
{
    uint64_t end;
    if (range.length == 0)
        return true;
    if (!checked_add(c->heap, range.offset, &range.offset) || !checked_add(range.offset, range.length, &end))
        return false;
    if (c->count == c->capacity) {
        size_t   capacity = c->capacity == 0 ? 64 : c->capacity * 2;
        range_t *more     = realloc(c->ranges, capacity * sizeof *more);
        if (more == NULL)
            return false;
        c->ranges   = more;
        c->capacity = capacity;
    }
    c->ranges[c->count++] = range;
    c->end                = max_u64(c->end, end);
    return true;
}

static int by_offset(const void *a, const void *b)
{
    const range_t *x = a, *y = b;
    return x->offset != y->offset ? (x->offset < y->offset ? -1 : 1) : x->length != y->length ? (x->length < y->length ? -1 : 1) : 0;
}

/* Why the table is not to be used, or NULL. */
static const char *read_contents(span_t xml, contents_t *c)
{
    static const char *const holders[] = {"data", "ea", "checksum", "signature", "x-signature", NULL};
    tags_t      t       = {.xml = xml};
    const char *refused = NULL;
    unsigned    types[FILES_DEEP] = {0}, depth = 0;
    range_t     range = {0};
    bool        has_length = false;
    while (next_tag(&t, &refused)) {
        if (strcmp(t.name, "file") == 0 && !t.empty) {
            if (!t.closes && ++depth == FILES_DEEP)
                return "the table of contents nests files too deep";
            if (!t.closes)
                types[depth] = 0;
            else if (depth-- == 0)
                return "the table of contents closes a file that is not open";
        } else if (strcmp(t.name, "type") == 0 && !t.closes && ++types[depth] > 1) {
            return "the table of contents gives a file two types";
        } else if (is_any(t.name, holders) && t.closes) {
            if (!add_range(c, range))
                return "the table of contents points outside of any archive";
            range = (range_t){0};
        } else if (is_any(t.name, holders)) {
            range      = (range_t){.kind = strcmp(t.name, "data") == 0 ? RANGE_DATA : RANGE_STRUCTURE};
            has_length = false;
        } else if (strcmp(t.name, "offset") == 0 && !t.closes) {
            range.offset = number_behind(&t);
        } else if (strcmp(t.name, "length") == 0 && !t.closes) {
            range.length = number_behind(&t);
            has_length   = true;
        } else if (strcmp(t.name, "size") == 0 && !t.closes && !has_length) {
            range.length = number_behind(&t);
        }
    }
    if (refused == NULL && c->count > 0)
        qsort(c->ranges, c->count, sizeof *c->ranges, by_offset);
    return refused;
}

static const char *open_table(span_t image, contents_t *c)
{
    xar_t    xar;
    buffer_t table = {.limit = TABLE_MAX};
    if (!read_header(image, &xar))
        return "not a xar header";
    *c               = (contents_t){.heap = HEADER_SIZE + xar.packed};
    c->end           = c->heap;
    const char *what = unpack_table(image, &xar, &table) ? read_contents(buffer_span(&table), c) : "the table of contents does not unpack";
    buffer_free(&table);
    return what;
}

static unsigned xar_probe(span_t image)
{
    xar_t    xar;
    reader_t r = reader_at(image, HEADER_SIZE);
    if (!read_header(image, &xar))
        return 0;
    uint16_t zlib = read_be16(&r);
    return reader_ok(&r) && (zlib & 0x0F00) == 0x0800 && zlib % 31 == 0 ? 32 + 40 : 32;
}

static uint64_t xar_extent(span_t image)
{
    contents_t c   = {0};
    uint64_t   end = open_table(image, &c) == NULL ? c.end : min_u64(image.size, max_u64(c.heap, HEADER_SIZE));
    free(c.ranges);
    return min_u64(end, image.size);
}

static place_t where_file(void *context, uint64_t member, uint64_t position)
{
    (void)member;
    const contents_t *c   = context;
    size_t            low = 0, high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->ranges[middle].offset < position)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == c->count || c->ranges[low].offset != position || c->ranges[low].kind != RANGE_DATA)
        return (place_t){0};
    return (place_t){position, c->ranges[low].length};
}

static status_t xar_extract(span_t image, sink_t *sink)
{
    xar_t      xar;
    contents_t c = {0};
    if (!read_header(image, &xar))
        return status_fail(STATUS_REJECTED, "xar", 0, "not a xar header");
    const char *what = open_table(image, &c);
    sink_claim(sink, 0, min_u64(c.heap, image.size), REGION_STRUCTURE);
    if (what != NULL) {
        sink_damage(sink, HEADER_SIZE, xar.packed, what);
    } else {
        if (c.end > image.size)
            sink_damage(sink, image.size, 0, "the image ends before the heap does");
        for (size_t i = 0; i < c.count; i++)
            if (c.ranges[i].kind == RANGE_STRUCTURE && span_holds(image, c.ranges[i].offset, c.ranges[i].length))
                sink_claim(sink, c.ranges[i].offset, c.ranges[i].length, REGION_STRUCTURE);
        archive_source_t source = {
            .format = "xar", .enable = archive_read_support_format_xar, .context = &c, .where = where_file,
            .traits = ARCHIVE_TRAIT_MODE | ARCHIVE_TRAIT_OWNER | ARCHIVE_TRAIT_HARD_LINKS | ARCHIVE_TRAIT_INDEPENDENT,
        };
        (void)archive_extract(span_clip(image, 0, c.end), sink, &source);
    }
    free(c.ranges);
    return ok();
}

static const magic_t magics[] = {MAGIC("xar!", 0)};

const extractor_t xar_extractor = {
    .id = "xar", .name = "xar", .specification = "github.com/mackyle/xar, xar file format", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = xar_probe, .extent = xar_extent, .extract = xar_extract,
};
