/* PyInstaller: a package (CArchive) at the end of an executable, or in its section "pydata". Contents one behind the other; a table with
 * for each the length of the entry, offset, length, unpacked length, whether it is packed with zlib, a letter for the type and the name,
 * filled to 16 bytes; a cookie: "MEI" 0C 0B 0A 0B 0E, length of the package, offset and length of the table, version of Python (311), from
 * 2.1 on the name of its library in 64 bytes. Offsets count from the start of the package, which the cookie tells from its end.
 * Big-endian. Source: PyInstaller, PyInstaller/archive/readers.py and writers.py. */
#include "extractors/pyinstaller.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <zlib.h>

enum { COOKIE = 88, COOKIE_OLD = 24, ENTRY = 18, PIECE = 64 << 10, TAIL = 64 << 10 };
static const char cookie_magic[] = "MEI\014\013\012\013\016";

typedef struct { uint64_t length, table_at, table; uint32_t python; span_t library; unsigned cookie; } package_t;
typedef struct { uint64_t at, length, size; bool packed; char type; span_t name; } item_t;

static bool read_cookie(span_t image, uint64_t at, unsigned size, package_t *package)
{
    reader_t r = reader_at(image, at);
    if (!span_has_text_at(image, at, cookie_magic))
        return false;
    reader_skip(&r, 8);
    package->length   = read_be32(&r);
    package->table_at = read_be32(&r);
    package->table    = read_be32(&r);
    package->python   = read_be32(&r);
    package->library  = size == COOKIE ? read_span(&r, 64) : (span_t){NULL, 0};
    package->cookie   = size;
    return reader_ok(&r) && package->table >= ENTRY && package->table_at + package->table <= package->length - min_u64(size, package->length) &&
           package->length <= at + size && package->python >= 15 && package->python < 1000;
}

static bool next_item(span_t table, uint64_t *at, item_t *item)
{
    reader_t r      = reader_at(table, *at);
    uint32_t entry  = read_be32(&r);
    item->at        = read_be32(&r);
    item->length    = read_be32(&r);
    item->size      = read_be32(&r);
    uint8_t packed  = read_u8(&r);
    item->packed    = packed == 1;
    item->type      = (char)read_u8(&r);
    item->name      = entry >= ENTRY ? read_span(&r, entry - ENTRY) : (span_t){NULL, 0};
    if (!reader_ok(&r) || entry < ENTRY || packed > 1)
        return false;
    item->name = item->name.size > 0 ? span_from(item->name.at, strnlen((const char *)item->name.at, item->name.size)) : item->name;
    *at += entry;
    return true;
}

/* The package that ends at the end of the image. */
static bool read_package(span_t image, package_t *package)
{
    uint64_t at = 0;
    item_t   item;
    if ((image.size < COOKIE || !read_cookie(image, image.size - COOKIE, COOKIE, package)) &&
        (image.size < COOKIE_OLD || !read_cookie(image, image.size - COOKIE_OLD, COOKIE_OLD, package)))
        return false;
    span_t whole = span_sub(image, image.size - package->length, package->length);
    return whole.at != NULL && next_item(span_sub(whole, package->table_at, package->table), &at, &item) && item.at + item.length <= package->table_at;
}

bool pyinstaller_find(span_t image, uint64_t from, uint64_t *offset, uint64_t *length)
{
    uint64_t first = image.size > TAIL ? max_u64(from, image.size - TAIL) : from;
    for (uint64_t at = image.size; at-- > first;) {
        if (image.at[at] != 'M' || !span_has_text_at(image, at, cookie_magic))
            continue;
        package_t package;
        for (unsigned i = 0; i < 2; i++) {
            span_t upto = span_sub(image, 0, at + (i == 0 ? COOKIE : COOKIE_OLD));
            if (upto.at == NULL || !read_package(upto, &package) || upto.size - package.length < from)
                continue;
            *offset = upto.size - package.length;
            *length = package.length;
            return true;
        }
    }
    return false;
}

void pyinstaller_show(span_t image, uint64_t end, sink_t *sink)
{
    uint64_t offset, length;
    if (end >= image.size || !pyinstaller_find(image, end, &offset, &length))
        return;
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("package"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, offset, length);
    sink_end_child(sink);
}

status_t pyinstaller_inflate(span_t image, uint64_t offset, uint64_t length, uint64_t size, child_t *child)
{
    span_t   in     = span_clip(image, offset, length);
    z_stream z      = {0};
    uint8_t *buffer = malloc(PIECE);
    if (buffer == NULL || inflateInit(&z) != Z_OK) {
        free(buffer);
        return status_fail(STATUS_MEMORY, "pyinstaller", offset, "out of memory");
    }
    z.next_in       = (z_const Bytef *)(uintptr_t)in.at;
    z.avail_in      = (uInt)in.size;
    status_t status = ok();
    int      result = Z_OK;
    uint64_t made   = 0;
    while (result == Z_OK && status_ok(status)) {
        uint64_t from = in.size - z.avail_in;
        z.next_out    = buffer;
        z.avail_out   = PIECE;
        result        = inflate(&z, Z_NO_FLUSH);
        size_t got    = PIECE - z.avail_out;
        made         += got;
        if (got > 0)
            status = child_write(child, span_from(buffer, got), offset + from, in.size - z.avail_in - from);
        else if (result == Z_OK)
            break;
    }
    (void)inflateEnd(&z);
    free(buffer);
    if (!status_ok(status))
        return status;
    if (result != Z_STREAM_END)
        child_damage(child, min_u64(offset, image.size), in.size, in.size < length ? "the image ends before its content does" : "its content does not inflate");
    else if (size != UINT64_MAX && made != size)
        child_damage(child, offset, in.size, "its content is not as long as the table says");
    return ok();
}

static unsigned probe(span_t image)
{
    package_t package;
    return read_package(image, &package) && package.length == image.size ? 64 + 32 : 0;
}

static uint64_t extent(span_t image) { return image.size; }

/* The name with '/' for the '\\' of Windows. */
static span_t portable_name(span_t name, buffer_t *out)
{
    out->size = 0;
    for (size_t i = 0; i < name.size; i++)
        buffer_append_byte(out, name.at[i] == '\\' ? '/' : name.at[i]);
    return buffer_span(out);
}

/* A link is packed as other contents are; its target is short, or it is none. */
static span_t link_target(span_t content, const item_t *item, uint8_t *room, size_t most)
{
    uLongf made = (uLongf)most;
    if (item->packed) {
        if (uncompress(room, &made, content.at, (uLong)content.size) != Z_OK)
            return (span_t){NULL, 0};
        content = span_from(room, made);
    }
    return span_from(content.at, content.size > 0 ? strnlen((const char *)content.at, content.size) : 0);
}

static status_t show_item(span_t image, const item_t *item, buffer_t *name, sink_t *sink)
{
    uint8_t      target[1024];
    child_info_t info = {.path = portable_name(item->name, name), .type = CHILD_FILE};
    span_t       content = span_sub(image, item->at, item->length);
    if (item->type == 'n' && content.at != NULL) {
        info.link = link_target(content, item, target, sizeof target);
        info.type = info.link.size > 0 ? CHILD_SYMLINK : CHILD_FILE;
    }
    child_t *child = sink_child(sink, &info);
    if (child == NULL)
        return status_fail(STATUS_LIMIT, "pyinstaller", 0, "too many children");
    status_t status = ok();
    if (info.type == CHILD_SYMLINK)
        sink_claim(sink, item->at, item->length, REGION_STRUCTURE);
    else if (content.at == NULL)
        child_damage(child, min_u64(item->at, image.size), 0, "the table says that it stands where the package has ended");
    else if (item->packed)
        status = pyinstaller_inflate(image, item->at, item->length, item->size, child);
    else if (item->length > 0)
        child_range(child, item->at, item->length);
    sink_end_child(sink);
    return status;
}

static status_t extract(span_t image, sink_t *sink)
{
    package_t package;
    if (!read_package(image, &package) || package.length != image.size)
        return status_fail(STATUS_REJECTED, "pyinstaller", 0, "not a package of PyInstaller");
    sink_claim(sink, package.table_at, package.table, REGION_STRUCTURE);
    sink_claim(sink, image.size - package.cookie, package.cookie, REGION_STRUCTURE);
    unsigned major = package.python >= 100 ? package.python / 100 : package.python / 10, minor = package.python >= 100 ? package.python % 100 : package.python % 10;
    sink_fact_printf(sink, "pyinstaller.python", "%u.%u", major, minor);
    if (package.library.size > 0 && package.library.at[0] != 0)
        sink_fact_printf(sink, "pyinstaller.library", "%.*s", (int)strnlen((const char *)package.library.at, 64), (const char *)package.library.at);
    span_t   table  = span_sub(image, package.table_at, package.table);
    buffer_t name   = {0};
    status_t status = ok();
    unsigned options = 0;
    item_t   item;
    uint64_t at = 0;
    while (at < table.size && status_ok(status)) {
        if (!next_item(table, &at, &item)) {
            sink_damage(sink, package.table_at + at, table.size - at, "the table of contents cannot be read from here on");
            break;
        }
        if (item.type != 'o' && item.type != 'd')
            status = show_item(image, &item, &name, sink);
        else if (options++ < 16)
            sink_fact_printf(sink, item.type == 'o' ? "pyinstaller.option" : "pyinstaller.dependency", "%.*s", (int)min_u64(item.name.size, 300),
                item.name.size > 0 ? (const char *)item.name.at : "");
        if (item.type == 's')
            sink_fact_printf(sink, "pyinstaller.script", "%.*s", (int)min_u64(item.name.size, 300), item.name.size > 0 ? (const char *)item.name.at : "");
    }
    buffer_free(&name);
    return status.code == STATUS_LIMIT ? ok() : status;
}

const extractor_t pyinstaller_extractor = {
    .id = "pyinstaller", .name = "PyInstaller package", .specification = "PyInstaller, archive/readers.py", .reach = REACH_EXTRACT,
    .probe = probe, .extent = extent, .extract = extract,
};
