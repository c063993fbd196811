/* Trees that name their maker: flattened device trees (Devicetree Specification v0.4, chapter 5) and binary Android manifests
 * (frameworks/base/libs/androidfw/include/androidfw/ResourceTypes.h). */
#include "analysis/origin_tables.h"

#include <libfdt.h>

/* ---- device trees ----------------------------------------------------------------------------------------------------- */

/* Larger ones carry data (FIT images), and their content is examined by itself. */
enum { DEVICE_TREE_MAX = 4 << 20, COMPATIBLE_MAX = 64, NODES_MAX = 65536 };

static void check_compatible(const origin_t *origin, span_t tree, int node, origin_named_t *named, sink_t *sink)
{
    int count = fdt_stringlist_count(tree.at, node, "compatible");
    for (int i = 0; i < count && i < COMPATIBLE_MAX; i++) {
        int         size = 0;
        const char *text = fdt_stringlist_get(tree.at, node, "compatible", i, &size);
        if (text == NULL || size < 0)
            return;
        span_t                  compatible = span_from(text, (size_t)size);
        uint64_t                offset     = (uint64_t)(compatible.at - tree.at);
        const origin_entries_t *trees      = &origin->by_kind[MARKER_DEVICE_TREE];
        for (size_t j = 0; j < trees->count; j++) {
            if (!span_starts_with(compatible, trees->entries[j].marker->bytes) || (node != 0 && !origin_name_once(named, trees->entries[j].vendor)))
                continue;
            if (node == 0)
                origin_say(&trees->entries[j], offset, compatible.size, compatible, sink);
            else
                origin_say_as(&trees->entries[j], "device-tree-node", offset, compatible.size, compatible, sink);
        }
    }
}

static void check_addresses(const origin_t *origin, span_t tree, int node, origin_named_t *named, sink_t *sink)
{
    static const char *const properties[] = {"mac-address", "local-mac-address", "address"};
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        int         size = 0;
        const void *mac  = fdt_getprop(tree.at, node, properties[i], &size);
        if (mac != NULL && size == 6)
            origin_check_mac(origin, mac, (uint64_t)((const uint8_t *)mac - tree.at), 6, span_from(mac, 6), named, sink);
    }
}

void origin_check_device_tree(const origin_t *origin, span_t blob, arena_t *arena, sink_t *sink)
{
    static const uint8_t magic[] = {0xD0, 0x0D, 0xFE, 0xED};
    if (!span_starts_with(blob, span_from(magic, sizeof magic)) || blob.size > DEVICE_TREE_MAX)
        return;
    span_t         tree  = arena_copy(arena, blob); /* libfdt wants it aligned */
    origin_named_t nodes = {.count = 0}, addresses = {.count = 0};
    if (tree.at == NULL || fdt_check_full(tree.at, tree.size) != 0)
        return;
    size_t seen = 0;
    for (int node = 0; node >= 0 && seen < NODES_MAX; node = fdt_next_node(tree.at, node, NULL), seen++) {
        check_compatible(origin, tree, node, &nodes, sink);
        check_addresses(origin, tree, node, &addresses, sink);
    }
}

/* ---- Android manifests ------------------------------------------------------------------------------------------------ */

enum {
    RES_XML = 0x0003, RES_STRING_POOL = 0x0001, RES_START_ELEMENT = 0x0102, POOL_UTF8 = 1 << 8,
    XML_HEADER = 8, CHUNKS_MAX = 64, ATTRIBUTES_MAX = 64, PACKAGE_MAX = 255
};

typedef struct { span_t pool; uint32_t count, flags, strings_at; } pool_t;

static bool pool_from(span_t chunk, pool_t *pool)
{
    reader_t r = reader_at(chunk, 8);
    *pool      = (pool_t){.pool = chunk, .count = read_le32(&r)};
    reader_skip(&r, 4);
    pool->flags      = read_le32(&r);
    pool->strings_at = read_le32(&r);
    return reader_ok(&r);
}

/* String `index` as ASCII (package names are); its bytes in the pool in `*stands`. */
static bool pool_text(const pool_t *pool, uint32_t index, char text[PACKAGE_MAX + 1], span_t *stands)
{
    reader_t r  = reader_at(pool->pool, 28 + 4 * (uint64_t)index);
    uint64_t at = (uint64_t)pool->strings_at + read_le32(&r);
    if (!reader_ok(&r) || index >= pool->count)
        return false;
    bool utf8 = (pool->flags & POOL_UTF8) != 0;
    r         = reader_at(pool->pool, at);
    /* Lengths below 128 bytes (UTF-8: in characters, then in bytes) or 32,768 units take one place: longer ones are no package names. */
    uint32_t size = utf8 ? read_u8(&r) : read_le16(&r);
    if (utf8)
        size = read_u8(&r);
    if (!reader_ok(&r) || size == 0 || size > (utf8 ? 127 : PACKAGE_MAX))
        return false;
    *stands = read_span(&r, utf8 ? size : 2 * (uint64_t)size);
    for (size_t i = 0; reader_ok(&r) && i < size; i++) {
        uint8_t c = stands->at[utf8 ? i : 2 * i];
        text[i]   = (char)c;
        if (c < '!' || c > '~' || (!utf8 && stands->at[2 * i + 1] != 0))
            return false;
    }
    text[size] = '\0';
    return reader_ok(&r);
}

/* The attribute "package" of the element "manifest". */
static bool package_of(span_t element, const pool_t *pool, char text[PACKAGE_MAX + 1], span_t *stands)
{
    reader_t r = reader_at(element, 20);
    span_t   name;
    if (!pool_text(pool, read_le32(&r), text, &name) || strcmp(text, "manifest") != 0)
        return false;
    uint16_t first = read_le16(&r), size = read_le16(&r), count = read_le16(&r);
    for (size_t i = 0; i < count && i < ATTRIBUTES_MAX; i++) {
        r = reader_at(element, 16 + first + (uint64_t)i * size + 4);
        uint32_t key = read_le32(&r), value = read_le32(&r);
        if (reader_ok(&r) && pool_text(pool, key, text, &name) && strcmp(text, "package") == 0)
            return pool_text(pool, value, text, stands);
    }
    return false;
}

void origin_check_manifest(const origin_t *origin, span_t blob, sink_t *sink)
{
    reader_t r = reader_from(blob);
    char     text[PACKAGE_MAX + 1];
    span_t   stands;
    pool_t   pool = {.count = 0};
    if (origin->by_kind[MARKER_APK_PACKAGE].count == 0 || read_le16(&r) != RES_XML || read_le16(&r) != XML_HEADER || read_le32(&r) > blob.size)
        return;
    uint64_t at = XML_HEADER;
    for (size_t i = 0; i < CHUNKS_MAX; i++) {
        r             = reader_at(blob, at);
        uint16_t type = read_le16(&r);
        reader_skip(&r, 2);
        uint32_t size  = read_le32(&r);
        span_t   chunk = span_sub(blob, at, size);
        if (!reader_ok(&r) || chunk.at == NULL || size < 8)
            return;
        if (type == RES_STRING_POOL && !pool_from(chunk, &pool))
            return;
        if (type == RES_START_ELEMENT) {
            if (!package_of(chunk, &pool, text, &stands))
                return;
            const origin_entries_t *packages = &origin->by_kind[MARKER_APK_PACKAGE];
            for (size_t j = 0; j < packages->count; j++) {
                const char *value = packages->entries[j].marker->value;
                size_t      n     = strlen(value);
                if (strncmp(text, value, n) == 0 && (text[n] == '\0' || text[n] == '.' || (n > 0 && value[n - 1] == '.')))
                    origin_say(&packages->entries[j], (uint64_t)(stands.at - blob.at), stands.size, stands, sink);
            }
            return;
        }
        at += size;
    }
}
