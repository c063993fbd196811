/* LHA (LZH): headers of four levels, each followed by its member's data; a zero byte ends the archive. Levels 0 and 1 have a
 * sum over the header, levels 2 and 3 a CRC-16 in the extended header of type 0. Source: LHa for UNIX, header.doc (Koji
 * Arai); "LHA file format", Kaitai struct gallery; libarchive, archive_read_support_format_lha.c.
 *
 * Names are usually Shift-JIS, which libarchive refuses under an UTF-8 locale: headers are read here, libarchive decodes. */
#include "extractors/archive_common.h"

#include "base/buffer.h"

#include <sys/stat.h>

enum { FIXED = 21, LEVEL_AT = 20, NAME_MAX_BYTES = 4096 };

typedef struct {
    uint64_t header, data, end, packed, size; /* [header, data) is the header with its extensions */
    char     method[6];
    uint16_t crc;
    bool     has_mode, has_owner, sum_agrees, has_sum;
    uint32_t mode, uid, gid;
    int64_t  mtime;
    span_t   name, directory;
} lha_t;

/* CRC-16/ARC, eight bits at a time: headers are short, data is checked by libarchive. */
static uint16_t crc16(uint16_t crc, span_t bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        crc = (uint16_t)(crc ^ bytes.at[i]);
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc >> 1 ^ ((crc & 1) != 0 ? 0xA001 : 0));
    }
    return crc;
}

static void read_extension(uint8_t type, span_t data, lha_t *lha)
{
    reader_t r = reader_from(data);
    switch (type) {
    case 0x01: lha->name = data; break;
    case 0x02: lha->directory = data; break;
    case 0x42:
        if (data.size >= 16) {
            lha->packed = read_le64(&r);
            lha->size   = read_le64(&r);
        }
        break;
    case 0x50:
        lha->mode     = read_le16(&r);
        lha->has_mode = reader_ok(&r);
        break;
    case 0x51:
        lha->gid       = read_le16(&r);
        lha->uid       = read_le16(&r);
        lha->has_owner = reader_ok(&r);
        break;
    case 0x54:
        if (data.size >= 4)
            lha->mtime = read_le32(&r);
        break;
    default: break;
    }
}

/* The chain of extended headers whose first size is at `at`; sizes are `width` bytes wide and each header ends with the size
 * of the next. `*crc_at`: where the header's CRC stands, 0 if it does not. */
static bool read_extensions(span_t image, uint64_t at, unsigned width, lha_t *lha, uint64_t *end, uint64_t *crc_at)
{
    reader_t r = reader_at(image, at);
    uint64_t size;
    while ((size = read_le(&r, width)) != 0) {
        if (size < width + 1u)
            return false;
        uint64_t start = r.pos;
        uint8_t  type  = read_u8(&r);
        span_t   data  = read_span(&r, size - 1 - width);
        if (!reader_ok(&r))
            return false;
        if (type == 0 && data.size >= 2)
            *crc_at = start + 1;
        read_extension(type, data, lha);
    }
    *end = r.pos;
    return reader_ok(&r);
}

static bool known_method(span_t method)
{
    return method.size == 5 && method.at[0] == '-' && method.at[1] == 'l' && (method.at[2] == 'h' || method.at[2] == 'z') && method.at[4] == '-' &&
           ((method.at[3] >= '0' && method.at[3] <= '9') || method.at[3] == 'd' || method.at[3] == 's' || method.at[3] == 'x');
}

/* Levels 0 and 1: what stands behind the fixed fields, up to the end of the basic header. */
static bool read_old(span_t image, uint64_t at, unsigned level, lha_t *lha)
{
    uint64_t total = (uint64_t)image.at[at] + 2, end = at + total, crc_at = 0;
    span_t   basic = span_sub(image, at, total);
    reader_t r     = reader_at(basic, FIXED);
    lha->name      = read_span(&r, read_u8(&r));
    lha->crc       = read_le16(&r);
    if (!reader_ok(&r))
        return false;
    uint8_t sum = 0;
    for (size_t i = 2; i < basic.size; i++)
        sum = (uint8_t)(sum + basic.at[i]);
    lha->has_sum    = true;
    lha->sum_agrees = sum == basic.at[1];
    if (level == 0) {
        if (reader_left(&r) >= 12 && read_u8(&r) == 'U') {
            reader_skip(&r, 1);
            lha->mtime    = read_le32(&r);
            lha->mode     = read_le16(&r);
            lha->uid      = read_le16(&r);
            lha->gid      = read_le16(&r);
            lha->has_mode = lha->has_owner = true;
        }
    } else {
        if (reader_left(&r) < 3 || !read_extensions(image, end - 2, 2, lha, &end, &crc_at) || end - (at + total) > lha->packed)
            return false;
        lha->packed -= end - (at + total); /* which counted the extended headers */
    }
    lha->data = end;
    return true;
}

static bool read_new(span_t image, uint64_t at, unsigned level, lha_t *lha)
{
    reader_t r      = reader_at(image, at + FIXED);
    lha->crc        = read_le16(&r);
    unsigned width  = level == 2 ? 2 : 4;
    uint64_t first  = at + (level == 2 ? 24 : 28), end = 0, crc_at = 0;
    reader_t s      = reader_at(image, level == 2 ? at : at + 24);
    uint64_t total  = read_le(&s, width);
    span_t   header = span_sub(image, at, total);
    if (header.at == NULL || total < (level == 2 ? 26u : 32u) || (level == 3 && (image.at[at] != 4 || image.at[at + 1] != 0)))
        return false;
    if (!read_extensions(span_clip(image, 0, at + total), first, width, lha, &end, &crc_at))
        return false;
    if (crc_at != 0) {
        static const uint8_t zeros[2];
        uint16_t             crc = crc16(0, span_clip(header, 0, crc_at - at));
        crc                      = crc16(crc, span_from(zeros, 2));
        crc                      = crc16(crc, span_from_offset(header, crc_at - at + 2));
        reader_t said            = reader_at(image, crc_at);
        lha->has_sum             = true;
        lha->sum_agrees          = read_le16(&said) == crc;
    }
    lha->data = at + total;
    return true;
}

static bool read_header(span_t image, uint64_t at, lha_t *lha)
{
    *lha              = (lha_t){.header = at};
    span_t fixed      = span_sub(image, at, FIXED + 3);
    if (fixed.at == NULL || fixed.at[0] == 0)
        return false;
    reader_t r        = reader_at(fixed, 2);
    span_t   method   = read_span(&r, 5);
    lha->packed       = read_le32(&r);
    lha->size         = read_le32(&r);
    uint16_t time     = read_le16(&r), date = read_le16(&r);
    unsigned level    = fixed.at[LEVEL_AT];
    if (!known_method(method) || level > 3)
        return false;
    memcpy(lha->method, method.at, 5);
    lha->mtime = level < 2 ? archive_dos_time(date, time) : (int64_t)((uint32_t)date << 16 | time);
    return (level < 2 ? read_old(image, at, level, lha) : read_new(image, at, level, lha)) && (lha->sum_agrees || !lha->has_sum) &&
           checked_add(lha->data, lha->packed, &lha->end);
}

static unsigned lha_probe(span_t image)
{
    lha_t first, second;
    if (!read_header(image, 0, &first) || (first.name.size == 0 && first.directory.size == 0) || first.name.size > NAME_MAX_BYTES)
        return 0;
    unsigned bits = 24 + 6 + (first.has_sum ? 8 : 0);
    if (first.end > image.size)
        return bits;
    bool goes_on = first.end == image.size || image.at[first.end] == 0 || read_header(image, first.end, &second);
    return goes_on ? bits + 8 : bits;
}

static uint64_t lha_extent(span_t image)
{
    lha_t    lha;
    uint64_t at = 0;
    while (at < image.size && read_header(image, at, &lha)) {
        if (lha.end > image.size)
            return image.size;
        at = lha.end;
    }
    return at < image.size && image.at[at] == 0 ? at + 1 : at;
}

/* "\" and 0xFF separate directories; the target of a link follows its name and a bar. */
static void append_path(buffer_t *path, span_t part)
{
    for (size_t i = 0; i < part.size; i++)
        buffer_append_byte(path, part.at[i] == 0xFF || part.at[i] == '\\' ? '/' : part.at[i]);
}

typedef struct { child_t *child; place_t place; uint64_t size; status_t status; } decoding_t;

static bool take_content(void *context, span_t bytes)
{
    decoding_t *d = context;
    d->status     = child_write(d->child, bytes, d->place.offset, d->place.length);
    d->place.length = 0;
    d->size += bytes.size;
    return status_ok(d->status);
}

/* A member as an archive of its own, under a plain header of level 0. */
static const char *decode(span_t image, const lha_t *lha, decoding_t *d, archive_error_t *error)
{
    static const archive_source_t source = {.format = "lha", .enable = archive_read_support_format_lha};
    uint8_t                       sum    = 0;
    buffer_t                      head = {0}, rest = {0};
    if (lha->packed > UINT32_MAX || lha->size > UINT32_MAX)
        return "too large to be decoded";
    buffer_append(&rest, span_from(lha->method, 5));
    buffer_append_le(&rest, lha->packed, 4);
    buffer_append_le(&rest, lha->size, 4);
    buffer_append_le(&rest, 0x21 << 16, 4);
    buffer_append_le(&rest, 0x20, 2); /* attribute, level 0 */
    buffer_append(&rest, span_from("\1m", 2));
    buffer_append_le(&rest, lha->crc, 2);
    for (size_t i = 0; i < rest.size; i++)
        sum = (uint8_t)(sum + rest.at[i]);
    buffer_append_le(&head, rest.size, 1);
    buffer_append_byte(&head, sum);
    buffer_append(&head, buffer_span(&rest));
    /* libarchive's decoder wants to see that something follows; a cut member must not go on in zeros. */
    static const uint8_t zeros[64];
    span_t               packed = span_clip(image, lha->data, lha->packed);
    span_t               parts[] = {buffer_span(&head), packed, span_from(zeros, packed.size == lha->packed ? sizeof zeros : 0)};
    const char          *what    = head.failed ? "out of memory" : archive_decode_first(parts, 3, &source, take_content, d, error);
    buffer_free(&head);
    buffer_free(&rest);
    return what;
}

static const char *read_content(span_t image, const lha_t *lha, child_t *child, status_t *status, archive_error_t *error)
{
    span_t packed = span_clip(image, lha->data, lha->packed);
    if (memcmp(lha->method, "-lh0-", 5) == 0 || memcmp(lha->method, "-lz4-", 5) == 0) {
        if (packed.size > 0)
            child_range(child, lha->data, packed.size);
        if (packed.size < lha->packed)
            return "the image ends before this content does";
        return crc16(0, packed) == lha->crc ? NULL : "the CRC-16 does not agree";
    }
    decoding_t  d    = {.child = child, .place = {lha->data, packed.size}};
    const char *what = decode(image, lha, &d, error);
    *status          = d.status;
    if (packed.size < lha->packed)
        return "the image ends before this content does";
    return what != NULL || d.size == lha->size ? what : "the content is not as long as announced";
}

/* False: a limit was reached. */
static bool extract_member(span_t image, sink_t *sink, const lha_t *lha)
{
    archive_error_t error;
    status_t        status = ok();
    buffer_t        path   = {.limit = 2 * NAME_MAX_BYTES};
    append_path(&path, lha->directory);
    if (path.size > 0 && path.at[path.size - 1] != '/')
        buffer_append_byte(&path, '/');
    append_path(&path, lha->name);
    bool         directory = memcmp(lha->method, "-lhd-", 5) == 0;
    child_info_t info      = {
        .path = archive_plain_path(buffer_span(&path)), .type = directory ? CHILD_DIRECTORY : CHILD_FILE, .has_mode = lha->has_mode,
        .mode = lha->mode & 07777, .has_owner = lha->has_owner, .uid = lha->uid, .gid = lha->gid, .has_mtime = true, .mtime = lha->mtime,
    };
    const uint8_t *bar = info.path.size > 0 ? memchr(info.path.at, '|', info.path.size) : NULL;
    if (directory && lha->has_mode && S_ISLNK(lha->mode) && bar != NULL) {
        size_t name = (size_t)(bar - info.path.at);
        info.type   = CHILD_SYMLINK;
        info.link   = span_from_offset(info.path, name + 1);
        info.path   = span_clip(info.path, 0, name);
    }
    if (info.path.size == 0)
        info.path = span_from_text("unnamed");
    child_t *child = sink_child(sink, &info);
    if (child != NULL && info.type == CHILD_FILE) {
        const char *what = read_content(image, lha, child, &status, &error);
        if (what != NULL)
            child_damage(child, lha->data, lha->packed, what);
    }
    sink_end_child(sink);
    buffer_free(&path);
    return child != NULL && status_ok(status);
}

static status_t lha_extract(span_t image, sink_t *sink)
{
    uint64_t at = 0;
    lha_t    lha;
    while (at < image.size && read_header(image, at, &lha)) {
        sink_claim(sink, at, lha.data - at, REGION_STRUCTURE);
        if (!extract_member(image, sink, &lha) || lha.end > image.size)
            return ok();
        at = lha.end;
    }
    if (at == 0)
        return status_fail(STATUS_REJECTED, "lha", 0, "not an LHA header");
    if (at < image.size && image.at[at] == 0)
        sink_claim(sink, at, 1, REGION_STRUCTURE);
    else
        sink_damage(sink, at, 0, "the archive does not go on with a sound header and has no end mark");
    return ok();
}

static const magic_t magics[] = {MAGIC("-lh", 2), MAGIC("-lz", 2)};

const extractor_t lha_extractor = {
    .id = "lha", .name = "LHA", .specification = "LHa for UNIX, header.doc", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = lha_probe, .extent = lha_extent, .extract = lha_extract,
};
