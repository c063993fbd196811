/* Xiaomi's router firmware. Little-endian. "HDR1": offset of the signature, CRC-32 (not inverted) from 12 on to the end, 2 bytes, device
 * identifier, eight offsets of blobs (0: none). "HDR2": the same, but 4 bytes, device[8], region[8] and 16 bytes before the offsets. A blob:
 * BE BA 00 00, place in flash, length, type, 2 bytes, name[32]; then its data. The signature: length, 12 bytes, RSA signature of 256 bytes.
 * Source: openwrt/firmware-utils, src/xiaomifw.c; onekey-sec/unblob, handlers/archive/xiaomi/hdr.py. */
#include "extractors/firmware_common.h"

#include <zlib.h>

enum { BLOBS = 8, BLOB_HEADER = 48, BLOB_NAME = 32, SIGNATURE = 16 + 256, CRC_FROM = 12 };

typedef struct { uint32_t signature, crc, size, blob[BLOBS]; uint64_t end; uint16_t device; bool second; } hdr_t;

static bool read_header(span_t image, hdr_t *hdr)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "HDR1") && !span_has_text_at(image, 0, "HDR2"))
        return false;
    hdr->second = image.at[3] == '2';
    hdr->size   = hdr->second ? 80 : 48;
    reader_skip(&r, 4);
    hdr->signature = read_le32(&r);
    hdr->crc       = read_le32(&r);
    reader_skip(&r, 2);
    hdr->device = read_le16(&r);
    if (hdr->second)
        reader_skip(&r, 8 + 8 + 16);
    uint32_t last = 0;
    for (size_t i = 0; i < BLOBS; i++) {
        hdr->blob[i] = read_le32(&r);
        if (hdr->blob[i] == 0)
            continue;
        if (hdr->blob[i] < hdr->size || hdr->blob[i] <= last || hdr->blob[i] >= hdr->signature)
            return false;
        last = hdr->blob[i];
    }
    hdr->end = (uint64_t)hdr->signature + SIGNATURE;
    return reader_ok(&r) && hdr->blob[0] != 0;
}

static bool is_blob(span_t image, uint64_t at)
{
    return span_holds(image, at, 4) && memcmp(image.at + at, "\xBE\xBA\0\0", 4) == 0;
}

static bool crc_holds(span_t image, const hdr_t *hdr)
{
    span_t covered = span_sub(image, CRC_FROM, hdr->end - CRC_FROM);
    return covered.at != NULL && (uint32_t)~crc32_z(0, covered.at, covered.size) == hdr->crc;
}

static unsigned hdr_probe(span_t image)
{
    hdr_t hdr;
    if (!read_header(image, &hdr))
        return 0;
    return 32 + 8 + (is_blob(image, hdr.blob[0]) ? 32u : 0u) + (crc_holds(image, &hdr) ? 32u : 0u);
}

static uint64_t hdr_extent(span_t image)
{
    hdr_t hdr;
    return read_header(image, &hdr) ? min_u64(hdr.end, image.size) : 0;
}

static bool show_blob(span_t image, partitions_t *parts, uint64_t at, unsigned number)
{
    reader_t r = reader_at(image, at + 8);
    if (!span_holds(image, at, BLOB_HEADER) || !is_blob(image, at)) {
        sink_damage(parts->sink, min_u64(at, image.size), 0, "no blob where the header says that one begins");
        return true;
    }
    uint32_t length = read_le32(&r);
    sink_claim(parts->sink, at, BLOB_HEADER, REGION_STRUCTURE);
    return partition_show(parts, firmware_text(image, at + 16, BLOB_NAME), number, at + BLOB_HEADER, length);
}

static status_t hdr_extract(span_t image, sink_t *sink)
{
    partitions_t parts = {.sink = sink};
    hdr_t        hdr;
    if (!read_header(image, &hdr))
        return status_fail(STATUS_REJECTED, "xiaomi_hdr", 0, "not a Xiaomi header");
    sink_claim(sink, 0, hdr.size, REGION_STRUCTURE);
    if (hdr.second) {
        firmware_fact(sink, "xiaomi.device", firmware_text(image, 16, 8));
        firmware_fact(sink, "xiaomi.region", firmware_text(image, 24, 8));
    } else {
        sink_fact_printf(sink, "xiaomi.device", "%04X", (unsigned)hdr.device);
    }
    if (hdr.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before its signature does");
    else if (!crc_holds(image, &hdr))
        sink_damage(sink, CRC_FROM, hdr.end - CRC_FROM, "the CRC-32 does not agree with the content");
    for (unsigned i = 0; i < BLOBS; i++)
        if (hdr.blob[i] != 0 && !show_blob(image, &parts, hdr.blob[i], i))
            break;
    if (hdr.signature < image.size)
        sink_claim(sink, hdr.signature, min_u64(SIGNATURE, image.size - hdr.signature), REGION_STRUCTURE);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("HDR1", 0), MAGIC("HDR2", 0)};

const extractor_t xiaomi_hdr_extractor = {
    .id = "xiaomi_hdr", .name = "Xiaomi router firmware", .specification = "openwrt/firmware-utils, src/xiaomifw.c; unblob, xiaomi/hdr.py",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 2, .probe = hdr_probe, .extent = hdr_extent, .extract = hdr_extract,
};
