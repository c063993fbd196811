/* TRX: the container of Broadcom routers. Little-endian: magic "HDR0", total length, CRC-32 (reflected, not inverted) over
 * everything behind the CRC field, flags and version, three or four partition offsets (0: none). Source: OpenWrt wiki, "TRX". */
#include "extractors/extractor.h"

#include <stdio.h>
#include <zlib.h>

enum { TRX_V1_HEADER = 28, TRX_V2_HEADER = 32, TRX_CRC_FROM = 12, TRX_PARTITIONS = 4 };

typedef struct { uint32_t length, crc, size; uint16_t version; uint32_t partition[TRX_PARTITIONS]; } trx_header_t;

static bool read_header(span_t image, trx_header_t *header)
{
    reader_t r = reader_from(image);
    reader_skip(&r, 4);
    header->length = read_le32(&r);
    header->crc    = read_le32(&r);
    reader_skip(&r, 2);
    header->version = read_le16(&r);
    for (size_t i = 0; i < TRX_PARTITIONS; i++)
        header->partition[i] = (i < 3 || header->version == 2) ? read_le32(&r) : 0;
    if (!reader_ok(&r) || header->version < 1 || header->version > 2)
        return false;
    header->size       = header->version == 2 ? TRX_V2_HEADER : TRX_V1_HEADER;
    uint32_t last_used = header->size;
    for (size_t i = 0; i < TRX_PARTITIONS; i++) {
        if (header->partition[i] == 0)
            continue;
        if (header->partition[i] < last_used || header->partition[i] >= header->length)
            return false;
        last_used = header->partition[i];
    }
    return header->length > header->size && last_used >= header->size;
}

static bool crc_agrees(span_t image, const trx_header_t *header)
{
    span_t covered = span_sub(image, TRX_CRC_FROM, (uint64_t)header->length - TRX_CRC_FROM);
    return covered.at != NULL && (uint32_t)~crc32_z(0, covered.at, covered.size) == header->crc;
}

static unsigned trx_probe(span_t image)
{
    trx_header_t header;
    if (!read_header(image, &header))
        return 0;
    return 32 + 16 + (crc_agrees(image, &header) ? 32 : 0); /* a truncated image has a plausible header and nothing more */
}

static uint64_t trx_extent(span_t image)
{
    trx_header_t header;
    return read_header(image, &header) ? min_u64(header.length, image.size) : 0;
}

static status_t trx_extract(span_t image, sink_t *sink)
{
    trx_header_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "trx", 0, "not a TRX header");
    sink_claim(sink, 0, header.size, REGION_STRUCTURE);
    sink_fact_printf(sink, "trx.version", "%u", (unsigned)header.version);
    if (header.length > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the TRX does");
    else if (!crc_agrees(image, &header))
        sink_damage(sink, TRX_CRC_FROM, header.length - TRX_CRC_FROM, "the CRC-32 of the TRX does not agree with its content");
    uint64_t end = min_u64(header.length, image.size);
    for (size_t i = 0; i < TRX_PARTITIONS; i++) {
        uint64_t start = i == 0 && header.partition[0] == 0 ? header.size : header.partition[i];
        if (start == 0 || start >= end)
            continue;
        uint64_t next = end;
        for (size_t j = TRX_PARTITIONS - 1; j > i; j--)
            if (header.partition[j] != 0)
                next = min_u64(header.partition[j], end);
        char     path[16];
        int      size  = snprintf(path, sizeof path, "partition%zu", i);
        child_t *child = sink_child(sink, &(child_info_t){.path = span_from(path, (size_t)size), .type = CHILD_PAYLOAD});
        if (child == NULL)
            break;
        child_range(child, start, next - start);
        sink_end_child(sink);
    }
    return ok();
}

static const magic_t magics[] = {MAGIC("HDR0", 0)};

const extractor_t trx_extractor = {
    .id = "trx", .name = "Broadcom TRX", .specification = "OpenWrt wiki, \"TRX\"; openwrt/firmware-utils, src/trx.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = trx_probe, .extent = trx_extent, .extract = trx_extract,
};
