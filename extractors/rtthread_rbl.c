/* RT-Thread RBL: the over-the-air package of RT-Thread, which Tuya and Beken use. Little-endian header of 96 bytes: "RBL" NUL, algorithm (bits
 * 0 to 3 encryption: 1 XOR, 2 AES-256; bits 8 to 11 compression: 1 gzip, 2 QuickLZ, 3 FastLZ), build time, partition[16], version[24], serial[24],
 * CRC-32 of the package, FNV-1a of the firmware, length of the firmware, length of the package, CRC-32 of the 92 bytes before.
 * Then the package. Source: RT-Thread rt_ota.h, as published by Real-Thread. */
#include "extractors/firmware_common.h"

#include <zlib.h>

enum { RBL_HEADER = 96, RBL_COVERED = 92, RBL_CRC_AT = 76 };

typedef struct { uint32_t algorithm, built, crc, hash, raw, package; bool sealed; } rbl_t;

static bool read_header(span_t image, rbl_t *rbl)
{
    span_t   head = span_sub(image, 0, RBL_HEADER);
    reader_t r    = reader_from(head);
    if (head.at == NULL || memcmp(head.at, "RBL", 4) != 0)
        return false;
    reader_skip(&r, 4);
    rbl->algorithm = read_le32(&r);
    rbl->built     = read_le32(&r);
    reader_skip(&r, RBL_CRC_AT - 12);
    rbl->crc     = read_le32(&r);
    rbl->hash    = read_le32(&r);
    rbl->raw     = read_le32(&r);
    rbl->package = read_le32(&r);
    rbl->sealed  = (uint32_t)crc32_z(0, head.at, RBL_COVERED) == read_le32(&r);
    bool plain   = firmware_is_text(image, 12, 16) && firmware_is_text(image, 28, 24) && (rbl->algorithm & ~0x0F0Fu) == 0;
    return rbl->package > 0 && (rbl->sealed || plain);
}

static unsigned rbl_probe(span_t image)
{
    rbl_t rbl;
    if (!read_header(image, &rbl))
        return 0;
    return 32 + (rbl.sealed ? 32u : 0u);
}

static uint64_t rbl_extent(span_t image)
{
    rbl_t rbl;
    return read_header(image, &rbl) ? min_u64(RBL_HEADER + (uint64_t)rbl.package, image.size) : 0;
}

static status_t rbl_extract(span_t image, sink_t *sink)
{
    static const char *const compressions[16] = {"none", "gzip", "QuickLZ", "FastLZ"}, *const ciphers[16] = {"none", "XOR", "AES-256"};
    rbl_t        rbl;
    partitions_t parts  = {.sink = sink};
    const char  *damage = NULL;
    if (!read_header(image, &rbl))
        return status_fail(STATUS_REJECTED, "rtthread_rbl", 0, "not an RBL header");
    unsigned cipher = rbl.algorithm & 15, compression = rbl.algorithm >> 8 & 15;
    sink_claim(sink, 0, RBL_HEADER, REGION_STRUCTURE);
    firmware_fact(sink, "rbl.version", firmware_text(image, 28, 24));
    sink_fact(sink, "rbl.compression", compressions[compression] != NULL ? compressions[compression] : "not known");
    sink_fact(sink, "rbl.cipher", ciphers[cipher] != NULL ? ciphers[cipher] : "not known");
    firmware_fact_time(sink, "rbl.built", rbl.built);
    if (!rbl.sealed)
        sink_damage(sink, 0, RBL_HEADER, "the CRC-32 of the header does not agree with it");
    span_t package = span_sub(image, RBL_HEADER, rbl.package);
    if (package.at != NULL && (uint32_t)crc32_z(0, package.at, package.size) != rbl.crc)
        damage = "the CRC-32 of the package does not agree with it";
    bool shown = firmware_show(&parts, &(firmware_part_t){firmware_text(image, 12, 16), RBL_HEADER, rbl.package, damage}, 0);
    uint64_t held = image.size - RBL_HEADER < rbl.package ? image.size - RBL_HEADER : rbl.package;
    if (shown && cipher != 0)
        sink_limit(sink, RBL_HEADER, held, "encrypted", "an RBL package: its key is in the device's boot loader");
    else if (shown && compression > 1)
        sink_limit(sink, RBL_HEADER, held, "feature", "an RBL package compressed with QuickLZ or FastLZ, which is not undone");
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("RBL\0", 0)};

const extractor_t rtthread_rbl_extractor = {
    .id = "rtthread_rbl", .name = "RT-Thread RBL", .specification = "RT-Thread, rt_ota.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = rbl_probe, .extent = rbl_extent, .extract = rbl_extract,
};
