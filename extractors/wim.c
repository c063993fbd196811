/* WIM: images of Windows. A header of 208 bytes: "MSWIM" and zeros, its size, version, flags (which codec), size of a chunk, GUID, part, images, and
 * where the table of resources, the XML, the metadata to boot from and a table of checksums stand (each: size in 56 bits, flags, offset,
 * size unpacked). A resource in the table: the same, its part, references, SHA-1. A packed one begins with the offsets of its chunks but the
 * first; a chunk that is not smaller is as it is. Metadata of an image: security descriptors, then entries of directories: attributes,
 * times, SHA-1 of the content, short and long name in UTF-16, further streams. Little-endian.
 * Source: Microsoft, "Windows Imaging File Format (WIM)"; wimlib, include/wimlib/header.h, resource.c, dentry.c. */
#include "extractors/wim.h"
#include "extractors/utf16.h"

#include "base/buffer.h"
#include "base/sha256.h"
#include "extractors/fs_tree.h"
#include "extractors/partition_common.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEADER = 208, ROW = 50, SHA1 = 20, ENTRY = 102, STREAM = 38, IMAGES_MAX = 256, METADATA_MAX = 256 << 20, CHUNK_LIMIT = 1 << 16 };
enum { FLAG_XPRESS = 0x20000, FLAG_LZX = 0x40000, FLAG_LZMS = 0x80000, VERSION = 0x10D00, VERSION_SOLID = 0xE00 };
enum { RESOURCE_FREE = 1, RESOURCE_METADATA = 2, RESOURCE_PACKED = 4, RESOURCE_SPANNED = 8, RESOURCE_SOLID = 16 };
enum { ATTRIBUTE_DIRECTORY = 0x10, ATTRIBUTE_REPARSE = 0x400 };
#define IMAGE_SHIFT 40

typedef struct { uint64_t size, at, plain; uint8_t flags; } resource_t;
typedef struct { resource_t of; uint8_t sha1[SHA1]; uint32_t child; bool shown; } row_t;

typedef struct {
    uint32_t   version, flags, chunk, images;
    uint16_t   part, parts;
    resource_t table, xml, boot, integrity;
    span_t     guid;
} wim_header_t;

typedef struct {
    span_t       image;
    sink_t      *sink;
    wim_header_t header;
    row_t       *rows; /* of contents, by SHA-1 */
    size_t       row_count;
    buffer_t     metadata[IMAGES_MAX];
    uint32_t     count;    /* images whose metadata was found */
    uint8_t     *chunk;    /* room for one */
    buffer_t     target;   /* of the link that was read last */
} wim_t;

static resource_t read_resource(reader_t *r)
{
    resource_t of = {0};
    uint64_t   size = read_le64(r);
    of.size       = size & ((UINT64_C(1) << 56) - 1);
    of.flags      = (uint8_t)(size >> 56);
    of.at         = read_le64(r);
    of.plain      = read_le64(r);
    return of;
}

static bool read_header(span_t image, wim_header_t *h)
{
    reader_t r = reader_from(image);
    bool     right = span_has_text_at(image, 0, "MSWIM") && image.size >= 8 && memcmp(image.at + 5, "\0\0\0", 3) == 0;
    reader_skip(&r, 8);
    uint32_t size = read_le32(&r);
    h->version    = read_le32(&r);
    h->flags      = read_le32(&r);
    h->chunk      = read_le32(&r);
    h->guid       = read_span(&r, 16);
    h->part       = read_le16(&r);
    h->parts      = read_le16(&r);
    h->images     = read_le32(&r);
    h->table      = read_resource(&r);
    h->xml        = read_resource(&r);
    h->boot       = read_resource(&r);
    reader_skip(&r, 4);
    h->integrity  = read_resource(&r);
    return right && reader_ok(&r) && size == HEADER && (h->version == VERSION || h->version == VERSION_SOLID) && h->part >= 1 && h->part <= h->parts &&
           h->table.at >= HEADER && (h->xml.size == 0 || h->xml.at >= HEADER) && h->images < 0x10000;
}

static unsigned wim_probe(span_t image)
{
    wim_header_t h;
    return read_header(image, &h) ? 64 + 32 : 0;
}

static uint64_t end_of(const resource_t *of) { return of->size > 0 && of->at <= INT64_MAX ? of->at + of->size : 0; }

static uint64_t wim_extent(span_t image)
{
    wim_header_t h;
    if (!read_header(image, &h))
        return 0;
    uint64_t end = max_u64(max_u64(HEADER, end_of(&h.table)), max_u64(end_of(&h.xml), max_u64(end_of(&h.boot), end_of(&h.integrity))));
    span_t   table = span_clip(image, h.table.at, h.table.size);
    reader_t r     = reader_from(table);
    while (reader_left(&r) >= ROW) {
        resource_t of = read_resource(&r);
        reader_skip(&r, ROW - 24);
        end = max_u64(end, end_of(&of));
    }
    return min_u64(end, image.size);
}

/* ---- resources ---- */

typedef bool give_t(void *context, span_t bytes, uint64_t from, uint64_t length);

/* Decodes a packed resource chunk by chunk. NULL: all went well, or `give` asked to stop. */
static const char *unpack(wim_t *w, const resource_t *of, give_t *give, void *context)
{
    uint64_t chunk = w->header.chunk, count = chunk > 0 ? of->plain / chunk + (of->plain % chunk != 0) : 0;
    unsigned width = of->plain >= UINT64_C(1) << 32 ? 8 : 4;
    uint64_t table = (count - 1) * width;
    if ((of->flags & RESOURCE_SOLID) != 0 || (w->header.flags & (FLAG_XPRESS | FLAG_LZX)) == 0)
        return "it is packed with a codec that is not decoded (LZMS, or solid)";
    if (chunk == 0 || chunk > CHUNK_LIMIT || ((w->header.flags & FLAG_LZX) != 0 && chunk != WIM_CHUNK))
        return "it is packed in chunks of a size that is not decoded";
    if (count == 0 || count > of->size || table > of->size)
        return "its size cannot be true";
    reader_t r = reader_at(w->image, of->at);
    for (uint64_t i = 0, from = 0; i < count; i++) {
        uint64_t next   = i + 1 < count ? read_le(&r, width) : of->size - table;
        size_t   size   = (size_t)min_u64(chunk, of->plain - i * chunk);
        uint64_t at     = of->at + table + from;
        span_t   packed = next > from && next <= of->size - table && reader_ok(&r) ? span_sub(w->image, at, next - from) : (span_t){NULL, 0};
        bool     good   = packed.at != NULL && packed.size <= size;
        if (good && packed.size < size)
            good = (w->header.flags & FLAG_LZX) != 0 ? wim_lzx(packed, w->chunk, size) : wim_xpress(packed, w->chunk, size);
        if (!good)
            return packed.at == NULL ? "the image ends before its content does, or its chunks are not in order" : "a chunk does not decode";
        if (!give(context, packed.size == size ? packed : span_from(w->chunk, size), at, packed.size))
            return NULL;
        from = next;
    }
    return NULL;
}

static bool give_buffer(void *context, span_t bytes, uint64_t from, uint64_t length)
{
    (void)from;
    (void)length;
    buffer_append(context, bytes);
    return !((buffer_t *)context)->failed;
}

static const char *load(wim_t *w, const resource_t *of, buffer_t *out)
{
    out->limit = METADATA_MAX;
    if ((of->flags & RESOURCE_PACKED) != 0)
        return unpack(w, of, give_buffer, out);
    span_t plain = span_sub(w->image, of->at, of->size);
    buffer_append(out, plain);
    return plain.at != NULL ? NULL : "the image ends before it";
}

typedef struct { child_t *child; EVP_MD_CTX *sha1; status_t status; } giving_t;

static bool give_child(void *context, span_t bytes, uint64_t from, uint64_t length)
{
    giving_t *g = context;
    if (g->sha1 != NULL)
        (void)EVP_DigestUpdate(g->sha1, bytes.at, bytes.size);
    g->status = child_write(g->child, bytes, from, length);
    return status_ok(g->status);
}

static status_t put_content(wim_t *w, const row_t *row, child_t *child)
{
    const resource_t *of = &row->of;
    giving_t          g  = {.child = child, .sha1 = EVP_MD_CTX_new()};
    uint8_t           digest[EVP_MAX_MD_SIZE];
    const char       *wrong = NULL;
    if (g.sha1 != NULL && EVP_DigestInit_ex(g.sha1, EVP_sha1(), NULL) != 1) {
        EVP_MD_CTX_free(g.sha1);
        g.sha1 = NULL;
    }
    if ((of->flags & RESOURCE_SPANNED) != 0) {
        wrong = "its content is spread over several files";
    } else if ((of->flags & RESOURCE_PACKED) != 0) {
        wrong = unpack(w, of, give_child, &g);
    } else if (of->size > 0) {
        child_range(child, of->at, of->size);
        span_t plain = span_clip(w->image, of->at, of->size);
        if (plain.size < of->size)
            goto done; /* child_range said so */
        if (g.sha1 != NULL)
            (void)EVP_DigestUpdate(g.sha1, plain.at, plain.size);
    }
    if (wrong == NULL && status_ok(g.status) && g.sha1 != NULL && EVP_DigestFinal_ex(g.sha1, digest, NULL) == 1 && memcmp(digest, row->sha1, SHA1) != 0)
        wrong = "the SHA-1 of the content does not agree";
    if (wrong != NULL)
        child_damage(child, min_u64(of->at, w->image.size), span_clip(w->image, of->at, of->size).size, wrong);
done:
    EVP_MD_CTX_free(g.sha1);
    return g.status;
}

static int by_sha1(const void *a, const void *b) { return memcmp(((const row_t *)a)->sha1, ((const row_t *)b)->sha1, SHA1); }

static row_t *row_of(wim_t *w, const uint8_t *sha1)
{
    row_t key = {0};
    memcpy(key.sha1, sha1, SHA1);
    return w->row_count > 0 ? bsearch(&key, w->rows, w->row_count, sizeof key, by_sha1) : NULL;
}

/* Contents into w->rows; metadata, in order, is read at once. */
static void read_table(wim_t *w)
{
    span_t table = span_clip(w->image, w->header.table.at, w->header.table.size);
    if (table.size < w->header.table.size)
        sink_damage(w->sink, w->image.size, 0, "the image ends before its table of resources does: its files cannot be found");
    if (table.size > 0)
        sink_claim(w->sink, w->header.table.at, table.size, REGION_STRUCTURE);
    if ((w->header.table.flags & RESOURCE_PACKED) != 0)
        return;
    w->rows    = calloc(table.size / ROW + 1, sizeof *w->rows);
    reader_t r = reader_from(table);
    while (w->rows != NULL && reader_left(&r) >= ROW) {
        row_t row = {.of = read_resource(&r)};
        reader_skip(&r, 6);
        span_t sha1 = read_span(&r, SHA1);
        memcpy(row.sha1, sha1.at, SHA1);
        if ((row.of.flags & RESOURCE_METADATA) == 0) {
            w->rows[w->row_count++] = row;
            continue;
        }
        if (w->count == IMAGES_MAX) {
            sink_limit(w->sink, min_u64(row.of.at, w->image.size), 0, "entries", "more than 256 images: the others were not opened");
            break;
        }
        span_t      there = span_clip(w->image, row.of.at, row.of.size);
        const char *wrong = load(w, &row.of, &w->metadata[w->count]);
        if (wrong != NULL)
            sink_damage(w->sink, min_u64(row.of.at, w->image.size), there.size, "the metadata of an image cannot be read");
        if (there.size > 0)
            sink_claim(w->sink, row.of.at, there.size, REGION_STRUCTURE);
        w->count++;
    }
    if (w->row_count > 0)
        qsort(w->rows, w->row_count, sizeof *w->rows, by_sha1);
}

/* ---- the tree ---- */

typedef struct {
    uint64_t length, below, mtime, next; /* next: where the entry behind it begins */
    uint32_t attributes, tag;
    uint8_t  sha1[SHA1];
    span_t   name;
} wim_entry_t;

static span_t metadata_of(const wim_t *w, uint64_t number) { return buffer_span(&w->metadata[number >> IMAGE_SHIFT]); }
static uint64_t place_of(uint64_t number) { return number & ((UINT64_C(1) << IMAGE_SHIFT) - 1); }

/* False: no entry stands there (an empty one ends a directory). */
static bool read_entry(span_t metadata, uint64_t at, wim_entry_t *e)
{
    reader_t r    = reader_at(metadata, at);
    e->length     = read_le64(&r);
    e->attributes = read_le32(&r);
    reader_skip(&r, 4);
    e->below      = read_le64(&r);
    reader_skip(&r, 32);
    e->mtime      = read_le64(&r);
    span_t sha1   = read_span(&r, SHA1);
    reader_skip(&r, 4);
    e->tag           = read_le32(&r);
    reader_skip(&r, 4);
    uint16_t streams = read_le16(&r);
    reader_skip(&r, 2); /* size of the short name, which stands behind the long one */
    e->name = read_span(&r, read_le16(&r));
    if (!reader_ok(&r) || e->length < ENTRY || !span_holds(metadata, at, e->length))
        return false;
    memcpy(e->sha1, sha1.at, SHA1);
    uint64_t next = at + round_up(e->length, 8);
    /* With further streams, that without a name is the content. */
    for (unsigned i = 0; i < streams; i++) {
        static const uint8_t none[SHA1];
        reader_t s      = reader_at(metadata, next);
        uint64_t length = read_le64(&s);
        reader_skip(&s, 8);
        span_t   hash = read_span(&s, SHA1);
        uint16_t name = read_le16(&s);
        if (!reader_ok(&s) || length < STREAM || length > metadata.size - next)
            break;
        if (name == 0 && memcmp(e->sha1, none, SHA1) == 0)
            memcpy(e->sha1, hash.at, SHA1);
        next += round_up(length, 8);
    }
    e->next = next;
    return true;
}

static int64_t unix_time(uint64_t windows) { return (int64_t)(windows / 10000000) - INT64_C(11644473600); }

/* The target of a symbolic link or junction stands in a content of its own. */
static bool read_link(wim_t *w, const wim_entry_t *e, child_info_t *info)
{
    row_t   *row  = row_of(w, e->sha1);
    buffer_t data = {0};
    if (row == NULL || row->of.plain > 0x4000 || (e->tag != 0xA000000C && e->tag != 0xA0000003) || load(w, &row->of, &data) != NULL) {
        buffer_free(&data);
        return false;
    }
    reader_t r = reader_from(buffer_span(&data));
    uint16_t at = read_le16(&r), size = read_le16(&r), print_at = read_le16(&r), print_size = read_le16(&r);
    reader_skip(&r, e->tag == 0xA000000C ? 4 : 0);
    span_t text    = span_sub(r.in, r.pos + (print_size > 0 ? print_at : at), print_size > 0 ? print_size : size);
    w->target.size = 0;
    if (text.at != NULL)
        utf16le_append_text(&w->target, text);
    for (size_t i = 0; i < w->target.size; i++)
        if (w->target.at[i] == '\\')
            w->target.at[i] = '/';
    buffer_free(&data);
    info->type = CHILD_SYMLINK;
    info->link = buffer_span(&w->target);
    if (text.at == NULL || w->target.size == 0)
        return false;
    row->shown = true;
    sink_claim(w->sink, row->of.at, span_clip(w->image, row->of.at, row->of.size).size, REGION_STRUCTURE);
    return true;
}

static bool read_object(void *fs, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    (void)damage;
    wim_t      *w = fs;
    wim_entry_t e;
    if (!read_entry(metadata_of(w, number), place_of(number), &e))
        return false;
    *info           = (child_info_t){.type = (e.attributes & ATTRIBUTE_DIRECTORY) != 0 ? CHILD_DIRECTORY : CHILD_FILE};
    info->has_mtime = e.mtime > 0;
    info->mtime     = unix_time(e.mtime);
    if ((e.attributes & ATTRIBUTE_REPARSE) != 0) {
        child_info_t link = *info;
        if (read_link(w, &e, &link))
            *info = link;
    }
    return true;
}

static void list(void *fs, uint64_t number, fs_tree_t *tree)
{
    wim_t      *w        = fs;
    span_t      metadata = metadata_of(w, number);
    wim_entry_t e;
    buffer_t    name = {0};
    if (!read_entry(metadata, place_of(number), &e) || e.below == 0)
        return;
    for (uint64_t at = e.below; read_entry(metadata, at, &e); at = e.next) {
        name.size = 0;
        utf16le_append_text(&name, e.name);
        if (!fs_tree_entry(tree, buffer_span(&name), (number >> IMAGE_SHIFT) << IMAGE_SHIFT | at))
            break;
    }
    buffer_free(&name);
}

static status_t write_file(void *fs, uint64_t number, child_t *child)
{
    static const uint8_t none[SHA1];
    wim_t      *w = fs;
    wim_entry_t e;
    if (!read_entry(metadata_of(w, number), place_of(number), &e) || memcmp(e.sha1, none, SHA1) == 0)
        return ok();
    row_t *row = row_of(w, e.sha1);
    if (row == NULL) {
        child_damage(child, min_u64(w->header.table.at, w->image.size), 0, "the table of resources does not have its content");
        return ok();
    }
    if (row->shown) {
        child_same_as(child, row->child);
        return ok();
    }
    row->shown = true;
    row->child = child_index(child);
    return put_content(w, row, child);
}

static const fs_operations_t operations = {.format = "wim", .read = read_object, .list = list, .write = write_file};

static status_t show_trees(wim_t *w)
{
    fs_tree_t *tree = fs_tree_new(w->sink, &operations, w);
    status_t   status = tree != NULL ? ok() : status_fail(STATUS_MEMORY, "wim", 0, "out of memory");
    for (uint32_t i = 0; i < w->count && status_ok(status); i++) {
        char     path[32];
        reader_t r    = reader_from(buffer_span(&w->metadata[i]));
        uint64_t root = round_up(max_u64(read_le32(&r), 8), 8);
        int      size = snprintf(path, sizeof path, "image%u", i + 1);
        if (w->metadata[i].size > 8)
            status = fs_tree_show(tree, span_from(path, (size_t)size), (uint64_t)i << IMAGE_SHIFT | root);
    }
    fs_tree_free(tree);
    return status;
}

/* Contents that no image names are shown by their SHA-1. */
static status_t show_unnamed(wim_t *w)
{
    status_t status = ok();
    for (size_t i = 0; i < w->row_count && status_ok(status); i++) {
        row_t *row = &w->rows[i];
        if (row->shown || (row->of.flags & RESOURCE_FREE) != 0 || row->of.size == 0)
            continue;
        char path[16 + 2 * SHA1] = "unnamed/";
        for (unsigned j = 0; j < SHA1; j++)
            (void)snprintf(path + 8 + 2 * j, 3, "%02x", row->sha1[j]);
        child_t *child = sink_child(w->sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_FILE});
        if (child == NULL)
            return ok();
        row->shown = true;
        status     = put_content(w, row, child);
        sink_end_child(w->sink);
    }
    return status;
}

static void show_xml(wim_t *w)
{
    const resource_t *of = &w->header.xml;
    span_t            there = span_clip(w->image, of->at, of->size);
    child_t          *child = there.size > 0 ? sink_child(w->sink, &(child_info_t){.path = span_from_text("wim.xml"), .type = CHILD_FILE}) : NULL;
    if (child != NULL)
        child_range(child, of->at, of->size);
    sink_end_child(w->sink);
}

static status_t wim_extract(span_t image, sink_t *sink)
{
    wim_t *w = calloc(1, sizeof *w);
    if (w == NULL)
        return status_fail(STATUS_MEMORY, "wim", 0, "out of memory");
    *w              = (wim_t){.image = image, .sink = sink, .chunk = malloc(CHUNK_LIMIT)};
    status_t status = w->chunk == NULL ? status_fail(STATUS_MEMORY, "wim", 0, "out of memory") : ok();
    if (status_ok(status) && !read_header(image, &w->header))
        status = status_fail(STATUS_REJECTED, "wim", 0, "not a WIM header");
    if (status_ok(status)) {
        const wim_header_t *h = &w->header;
        char                guid[33];
        hex_encode(h->guid.at, h->guid.size, guid);
        sink_claim(sink, 0, HEADER, REGION_STRUCTURE);
        sink_fact(sink, "wim.guid", guid);
        sink_fact(sink, "wim.codec", (h->flags & FLAG_LZX) != 0 ? "LZX" : (h->flags & FLAG_XPRESS) != 0 ? "XPRESS" : (h->flags & FLAG_LZMS) != 0 ? "LZMS" : "none");
        sink_fact_printf(sink, "wim.images", "%u", h->images);
        if (h->parts > 1)
            sink_fact_printf(sink, "wim.part", "%u of %u", (unsigned)h->part, (unsigned)h->parts);
        show_xml(w);
        if (span_clip(image, h->integrity.at, h->integrity.size).size > 0)
            sink_claim(sink, h->integrity.at, span_clip(image, h->integrity.at, h->integrity.size).size, REGION_STRUCTURE);
        read_table(w);
        status = show_trees(w);
    }
    if (status_ok(status))
        status = show_unnamed(w);
    for (uint32_t i = 0; i < IMAGES_MAX; i++)
        buffer_free(&w->metadata[i]);
    buffer_free(&w->target);
    free(w->rows);
    free(w->chunk);
    free(w);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {MAGIC("MSWIM\0\0\0", 0)};

const extractor_t wim_extractor = {
    .id = "wim", .name = "Windows image", .specification = "Microsoft, \"Windows Imaging File Format (WIM)\"; wimlib, header.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = wim_probe, .extent = wim_extent, .extract = wim_extract,
};
