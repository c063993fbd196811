/* HP IPKG: a package of a BDL bundle. Little-endian: "ipkg", version 1.3 (16 bits each), offset of the table, 4 bytes, number of files, 12 bytes,
 * version[256], product[256], package[256], signature[256]; in the table for each file name[256], offset and length of 64 bits, a
 * checksum of 32 bits. How that is made was not published with its polynomial, so it is not checked.
 * Source: onekey-sec/unblob, handlers/archive/hp/ipkg.py; binaryanalysis-ng, hp_bdl.ksy. */
#include "extractors/firmware_common.h"

enum { IPKG_HEADER = 1056, IPKG_ENTRY = 276, IPKG_TEXT = 256, IPKG_VERSION = 32, IPKG_PRODUCT = 288, IPKG_PACKAGE = 544 };

typedef struct { uint64_t table, count, end; } ipkg_t;
typedef struct { span_t name; uint64_t offset, length; } ipkg_entry_t;

static bool read_header(span_t image, ipkg_t *ipkg)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "ipkg"))
        return false;
    reader_skip(&r, 4);
    bool known  = read_le16(&r) == 1;
    known       = read_le16(&r) == 3 && known;
    ipkg->table = read_le32(&r);
    reader_skip(&r, 4);
    ipkg->count = read_le32(&r);
    ipkg->end   = ipkg->table + ipkg->count * IPKG_ENTRY;
    return reader_ok(&r) && known && ipkg->table >= IPKG_HEADER && ipkg->count > 0 && ipkg->count <= FIRMWARE_PARTS_MAX &&
           firmware_is_text(image, IPKG_VERSION, IPKG_TEXT) && firmware_is_text(image, IPKG_PRODUCT, IPKG_TEXT) &&
           firmware_is_text(image, IPKG_PACKAGE, IPKG_TEXT);
}

static bool read_entry(span_t image, const ipkg_t *ipkg, uint64_t number, ipkg_entry_t *entry)
{
    uint64_t at = ipkg->table + number * IPKG_ENTRY, end;
    reader_t r  = reader_at(image, at + IPKG_TEXT);
    if (number >= ipkg->count || !span_holds(image, at, IPKG_ENTRY))
        return false;
    entry->name   = firmware_text(image, at, IPKG_TEXT);
    entry->offset = read_le64(&r);
    entry->length = read_le64(&r);
    return reader_ok(&r) && checked_add(entry->offset, entry->length, &end);
}

static unsigned ipkg_probe(span_t image)
{
    ipkg_t ipkg;
    return read_header(image, &ipkg) ? 32 + 32 : 0;
}

static uint64_t ipkg_extent(span_t image)
{
    ipkg_t       ipkg;
    ipkg_entry_t entry;
    if (!read_header(image, &ipkg))
        return 0;
    uint64_t end = ipkg.end;
    for (uint64_t i = 0; read_entry(image, &ipkg, i, &entry); i++)
        end = max_u64(end, entry.offset + entry.length);
    return min_u64(end, image.size);
}

static status_t ipkg_extract(span_t image, sink_t *sink)
{
    partitions_t parts = {.sink = sink};
    ipkg_t       ipkg;
    ipkg_entry_t entry;
    if (!read_header(image, &ipkg))
        return status_fail(STATUS_REJECTED, "hp_ipkg", 0, "not an IPKG header");
    sink_claim(sink, 0, min_u64(IPKG_HEADER, image.size), REGION_STRUCTURE);
    if (ipkg.table < image.size)
        sink_claim(sink, ipkg.table, min_u64(ipkg.end, image.size) - ipkg.table, REGION_STRUCTURE);
    firmware_fact(sink, "hp_ipkg.version", firmware_text(image, IPKG_VERSION, IPKG_TEXT));
    firmware_fact(sink, "hp_ipkg.product", firmware_text(image, IPKG_PRODUCT, IPKG_TEXT));
    firmware_fact(sink, "hp_ipkg.package", firmware_text(image, IPKG_PACKAGE, IPKG_TEXT));
    for (uint64_t i = 0; i < ipkg.count; i++) {
        if (!read_entry(image, &ipkg, i, &entry)) {
            sink_damage(sink, min_u64(ipkg.table + i * IPKG_ENTRY, image.size), 0, "the table of files breaks off here");
            break;
        }
        if (!partition_show(&parts, entry.name, (unsigned)i, entry.offset, entry.length))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("ipkg\1\0\3\0", 0)};

const extractor_t hp_ipkg_extractor = {
    .id = "hp_ipkg", .name = "HP IPKG", .specification = "onekey-sec/unblob, handlers/archive/hp/ipkg.py; binaryanalysis-ng, hp_bdl.ksy",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = ipkg_probe, .extent = ipkg_extent, .extract = ipkg_extract,
};
