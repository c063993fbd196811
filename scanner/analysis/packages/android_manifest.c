/* Android's AndroidManifest.xml as aapt packs it (AOSP, androidfw/ResourceTypes.h): chunks of type, header size, size; a pool of strings, the map of
 * attribute resources, then tags. Of the tag manifest: package, versionName, versionCode. Little-endian. */
#include "analysis/packages/reader.h"

enum {
    CHUNK_XML = 0x0003, CHUNK_STRINGS = 0x0001, CHUNK_RESOURCES = 0x0180, CHUNK_TAG = 0x0102, CHUNK_HEADER = 8, POOL_UTF8 = 1 << 8, ATTRIBUTE = 20,
    TYPE_STRING = 3, RESOURCE_VERSION_CODE = 0x0101021B, RESOURCE_VERSION_NAME = 0x0101021C, STRINGS_MAX = 1 << 20, CHUNKS_MAX = 64
};

typedef struct { span_t pool, resources; uint32_t count, texts_at; bool utf8; } axml_t;

bool android_manifest_is(span_t blob)
{
    reader_t r    = reader_from(blob);
    uint16_t type = read_le16(&r), head = read_le16(&r);
    uint32_t size = read_le32(&r);
    uint16_t next = read_le16(&r);
    return reader_ok(&r) && type == CHUNK_XML && head == CHUNK_HEADER && size >= 64 && next == CHUNK_STRINGS;
}

static void open_pool(axml_t *x, span_t chunk)
{
    reader_t r = reader_at(chunk, CHUNK_HEADER);
    x->pool    = chunk;
    x->count   = read_le32(&r);
    (void)read_le32(&r);
    x->utf8     = (read_le32(&r) & POOL_UTF8) != 0;
    x->texts_at = read_le32(&r);
    x->count    = reader_ok(&r) && x->count <= STRINGS_MAX ? x->count : 0;
}

/* Lengths are of one or two units; the second says that the first held the upper part. */
static uint32_t read_length(reader_t *r, bool utf8)
{
    uint32_t first = utf8 ? read_u8(r) : read_le16(r), top = utf8 ? 0x80 : 0x8000;
    return (first & top) != 0 ? (first & ~top) << (utf8 ? 8 : 16) | (utf8 ? read_u8(r) : read_le16(r)) : first;
}

/* The string `index`: its bytes in the blob; `text` gets it as ASCII, and stays absent when it is something else. */
static span_t string_at(const package_scan_t *scan, const axml_t *x, uint32_t index, span_t *text)
{
    *text = (span_t){NULL, 0};
    if (index >= x->count)
        return (span_t){NULL, 0};
    reader_t o = reader_at(x->pool, 28 + 4 * (uint64_t)index);
    reader_t r = reader_at(x->pool, (uint64_t)x->texts_at + read_le32(&o));
    if (x->utf8)
        (void)read_length(&r, true); /* in UTF-16 units; the next is in bytes */
    uint32_t length = read_length(&r, x->utf8);
    span_t   bytes  = read_span(&r, x->utf8 ? length : 2 * (uint64_t)length);
    char    *ascii  = reader_ok(&o) && bytes.at != NULL && length <= TEXT_SHORT_MAX ? arena_alloc(scan->arena, (size_t)length + 1) : NULL;
    for (uint32_t i = 0; ascii != NULL && i < length; i++) {
        uint8_t c = bytes.at[x->utf8 ? i : 2 * i], upper = x->utf8 ? 0 : bytes.at[2 * i + 1];
        if (c < 0x20 || c > 0x7E || upper != 0)
            return bytes;
        ascii[i] = (char)c;
    }
    *text = ascii != NULL ? span_from(ascii, length) : (span_t){NULL, 0};
    return bytes;
}

static uint32_t resource_of(const axml_t *x, uint32_t name)
{
    reader_t r = reader_at(x->resources, 4 * (uint64_t)name);
    return read_le32(&r);
}

/* The attributes of the first tag, which is manifest. */
static void read_tag(package_scan_t *scan, const axml_t *x, span_t chunk)
{
    reader_t r = reader_at(chunk, 24);
    uint16_t start = read_le16(&r), size = read_le16(&r), count = read_le16(&r);
    span_t   name = {NULL, 0}, version = {NULL, 0}, place = {NULL, 0}, key, text;
    for (uint16_t i = 0; size >= ATTRIBUTE && i < count; i++) {
        reader_t a = reader_at(chunk, 16 + (uint64_t)start + (uint64_t)i * size + 4);
        uint32_t attribute = read_le32(&a), raw = read_le32(&a);
        reader_skip(&a, 3);
        uint8_t  type = read_u8(&a);
        uint32_t data = read_le32(&a);
        if (!reader_ok(&a))
            break;
        (void)string_at(scan, x, attribute, &key);
        span_t bytes = string_at(scan, x, type == TYPE_STRING ? data : raw, &text);
        if (text_is(key, "package")) {
            name  = text;
            place = bytes;
        } else if (resource_of(x, attribute) == RESOURCE_VERSION_NAME) {
            version = text;
        } else if (resource_of(x, attribute) == RESOURCE_VERSION_CODE && version.at == NULL && type != TYPE_STRING) {
            char *number = arena_printf(scan->arena, "%u", (unsigned)data);
            version      = number != NULL ? span_from_text(number) : version;
        }
    }
    if (name.at != NULL)
        (void)say_package(scan, &(package_t){.type = "generic", .space = "android", .name = name, .version = version, .evidence = place,
                                             .is_decoded = !x->utf8,
                                             .scope = SCOPE_INSTALLED});
}

void android_manifest_read(package_scan_t *scan)
{
    axml_t   x  = {.count = 0};
    uint64_t at = CHUNK_HEADER;
    for (unsigned chunks = 0; chunks < CHUNKS_MAX; chunks++) {
        reader_t r    = reader_at(scan->blob, at);
        uint16_t type = read_le16(&r);
        (void)read_le16(&r);
        uint32_t size  = read_le32(&r);
        span_t   chunk = span_sub(scan->blob, at, size);
        if (!reader_ok(&r) || size < CHUNK_HEADER || chunk.at == NULL) {
            say_damage(scan, scan->blob.at + min_u64(at, scan->blob.size), "the manifest ends before its first tag does");
            return;
        }
        if (type == CHUNK_STRINGS)
            open_pool(&x, chunk);
        else if (type == CHUNK_RESOURCES)
            x.resources = span_from_offset(chunk, CHUNK_HEADER);
        else if (type == CHUNK_TAG) {
            read_tag(scan, &x, chunk);
            return;
        }
        at += size;
    }
}
