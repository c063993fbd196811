/* The upgrade package of Amlogic's USB Burning Tool. Little-endian: CRC-32 (not inverted at the end) over all behind it, version 1 or 2, 0x27B51956,
 * size of all, alignment, number of items, 64 bytes in all; items: id, type of file, a number, offset, size, main type and name of 32 bytes (version
 * 2: 256), whether a checksum belongs to it, whether it is a copy of another. An item VERIFY holds "sha1sum " and the SHA-1 of its namesake.
 * Source: "Amlogic Upgrade Package Format", a published description; khadas/utils, aml_upgrade. */
#include "base/sha256.h"
#include "extractors/soc_common.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <zlib.h>

enum { HEADER_SIZE = 64, FIXED = 32, TAIL = 32, ITEMS_MAX = 1024, SHA1_SIZE = 20 };

typedef struct { uint32_t crc, version, items, item_size; uint64_t size; } package_t;
typedef struct { char type[260], name[260]; uint32_t file_type; uint64_t offset, size; bool is_copy; } item_t;

static bool read_header(span_t image, package_t *package)
{
    reader_t r       = reader_from(image);
    package->crc     = read_le32(&r);
    package->version = read_le32(&r);
    uint32_t magic   = read_le32(&r);
    package->size    = read_le64(&r);
    reader_skip(&r, 4);
    package->items     = read_le32(&r);
    package->item_size = FIXED + 2 * (package->version == 2 ? 256u : 32u) + TAIL;
    return reader_ok(&r) && magic == 0x27B51956 && (package->version == 1 || package->version == 2) && package->items >= 1 &&
           package->items <= ITEMS_MAX &&
           package->size > HEADER_SIZE + (uint64_t)package->items * package->item_size && package->size < UINT64_C(1) << 40;
}

static bool read_item(span_t image, const package_t *package, unsigned number, item_t *item)
{
    reader_t r      = reader_at(image, HEADER_SIZE + (uint64_t)number * package->item_size);
    uint64_t text   = package->version == 2 ? 256 : 32;
    reader_skip(&r, 4);
    item->file_type = read_le32(&r);
    reader_skip(&r, 8);
    item->offset    = read_le64(&r);
    item->size      = read_le64(&r);
    soc_text(read_span(&r, text), item->type, sizeof item->type);
    soc_text(read_span(&r, text), item->name, sizeof item->name);
    reader_skip(&r, 4);
    item->is_copy   = read_le16(&r) != 0;
    return reader_ok(&r) && item->offset <= package->size && item->size <= package->size - item->offset && item->type[0] != '\0';
}

static unsigned amlogic_upgrade_probe(span_t image)
{
    package_t package;
    item_t    item;
    return read_header(image, &package) && read_item(image, &package, 0, &item) ? 32 + 40 : 0; /* packages are large: the CRC waits for extraction */
}

static uint64_t amlogic_upgrade_extent(span_t image)
{
    package_t package;
    return read_header(image, &package) ? min_u64(package.size, image.size) : 0;
}

/* Does the item VERIFY agree with its namesake? Says so when it does not. */
static void verify(span_t image, const package_t *package, const item_t *digest, sink_t *sink)
{
    item_t         item;
    unsigned char  sha1[EVP_MAX_MD_SIZE];
    unsigned       size = 0;
    char           text[2 * EVP_MAX_MD_SIZE + 1];
    span_t         kept = span_sub(image, digest->offset, digest->size);
    if (kept.size < 8 + 2 * SHA1_SIZE || !span_has_text_at(kept, 0, "sha1sum "))
        return;
    for (unsigned i = 0; i < package->items && read_item(image, package, i, &item); i++) {
        if (strcmp(item.type, "VERIFY") == 0 || strcmp(item.name, digest->name) != 0)
            continue;
        span_t content = span_sub(image, item.offset, item.size);
        if (content.at != NULL && EVP_Digest(content.at, content.size, sha1, &size, EVP_sha1(), NULL) == 1) {
            hex_encode(sha1, size, text);
            if (memcmp(text, kept.at + 8, 2 * SHA1_SIZE) != 0)
                sink_damage(sink, item.offset, item.size, "the SHA-1 of an item does not agree with its content");
        }
        return;
    }
}

static status_t amlogic_upgrade_extract(span_t image, sink_t *sink)
{
    package_t package;
    item_t    item;
    if (!read_header(image, &package) || !read_item(image, &package, 0, &item))
        return status_fail(STATUS_REJECTED, "amlogic-upgrade", 0, "not an upgrade package");
    partitions_t parts   = {.sink = sink};
    span_t       covered = span_sub(image, 4, package.size - 4);
    sink_claim(sink, 0, min_u64(image.size, HEADER_SIZE + (uint64_t)package.items * package.item_size), REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Amlogic");
    sink_fact_printf(sink, "upgrade.version", "%u", package.version);
    sink_fact_printf(sink, "upgrade.items", "%u", package.items);
    if (covered.at == NULL)
        sink_damage(sink, image.size, 0, "the image ends before the package does");
    else if ((uint32_t)~crc32_z(0, covered.at, covered.size) != package.crc)
        sink_damage(sink, 0, package.size, "the CRC-32 of the package does not agree with its content");
    uint64_t hashed = 0;
    for (unsigned i = 0; i < package.items; i++) {
        char name[600];
        if (!read_item(image, &package, i, &item)) {
            sink_damage(sink, HEADER_SIZE + (uint64_t)i * package.item_size, package.item_size, "an item's row is not sound, or cut off");
            continue;
        }
        (void)snprintf(name, sizeof name, "%s.%s", item.name, item.type);
        if (item.size > 0 && !soc_show(&parts, CHILD_FILE, name, item.offset, item.size, NULL))
            break;
        /* Rows may point at the same content: what is hashed is bounded by what there is. */
        if (strcmp(item.type, "VERIFY") == 0 && hashed < 64) {
            verify(image, &package, &item, sink);
            hashed++;
        }
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x56\x19\xB5\x27", 8)};

const extractor_t amlogic_upgrade_extractor = {
    .id = "amlogic_upgrade", .name = "Amlogic upgrade package", .specification = "\"Amlogic Upgrade Package Format\", published description",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = amlogic_upgrade_probe, .extent = amlogic_upgrade_extent,
    .extract = amlogic_upgrade_extract,
};
