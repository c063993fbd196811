/* Huawei UPDATE.APP: the upgrade of Huawei's phones, tablets and some gateways. 92 zero bytes, then blocks, each at a multiple of four:
 * 55 AA 5A A5, length of the header, 1, hardware identifier[8], sequence, length of the data, date[16], time[16], name[32], CRC-16 of
 * these 98 bytes (taken as zero itself), bytes that each checksum covers, two bytes; then one CRC-16 (X.25) for each such piece, then the data.
 * Little-endian. Source: worstenbrood/HuaweiUpdateLibrary, Core; dsixda/Android-Kitchen, split_updata.pl. */
#include "extractors/firmware_common.h"

enum { LEAD = 92, BLOCK_HEADER = 98, CHECKSUM_AT = 92, NAME_AT = 60, BLOCK_ALIGN = 4 };

typedef struct { uint64_t at, data, length, end; uint16_t crc, piece; bool header_holds; } block_t;

/* CRC-16/X-25: reflected 1021, begun with and finished by FFFF. */
static uint16_t crc16_update(uint16_t crc, span_t bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= bytes.at[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0x8408 : 0));
    }
    return crc;
}

static uint16_t crc16_x25(span_t bytes) { return crc16_update(0xFFFF, bytes) ^ 0xFFFF; }

static uint16_t header_crc(span_t header)
{
    uint16_t crc = crc16_update(0xFFFF, span_sub(header, 0, CHECKSUM_AT));
    crc          = crc16_update(crc, span_from("\0", 2));
    return crc16_update(crc, span_sub(header, CHECKSUM_AT + 2, BLOCK_HEADER - CHECKSUM_AT - 2)) ^ 0xFFFF;
}

static bool read_block(span_t image, uint64_t at, block_t *block)
{
    span_t   header = span_sub(image, at, BLOCK_HEADER);
    reader_t r      = reader_from(header);
    if (header.at == NULL || read_be32(&r) != 0x55AA5AA5)
        return false;
    uint32_t header_length = read_le32(&r);
    reader_skip(&r, 4 + 8 + 4);
    block->at     = at;
    block->length = read_le32(&r);
    reader_skip(&r, 16 + 16 + 32);
    block->crc          = read_le16(&r);
    block->piece        = read_le16(&r);
    block->data         = at + header_length;
    block->end          = block->data + block->length;
    block->header_holds = header_crc(header) == block->crc;
    uint64_t table      = (uint64_t)header_length - BLOCK_HEADER;
    return header_length >= BLOCK_HEADER && table / 2 <= block->length + 1;
}

/* The block at `at`, or the next one whose header checks out; false: there is none. */
static bool next_block(span_t image, uint64_t at, block_t *block)
{
    at = round_up(at, BLOCK_ALIGN);
    if (read_block(image, at, block))
        return true;
    for (; at < image.size && image.size - at >= BLOCK_HEADER; at += BLOCK_ALIGN) {
        if (image.at[at] != 0x55 || !read_block(image, at, block) || !block->header_holds)
            continue;
        /* Behind 92 zero bytes begins another UPDATE.APP. */
        return !span_is_filled_with(span_sub(image, at - LEAD, LEAD), 0);
    }
    return false;
}

static bool has_lead(span_t image) { return image.size >= LEAD && span_is_filled_with(span_sub(image, 0, LEAD), 0); }

static unsigned update_app_probe(span_t image)
{
    block_t block;
    if (!has_lead(image) || !read_block(image, LEAD, &block) || !firmware_is_text(image, LEAD + NAME_AT, 32))
        return 0;
    return 32 + 8 + (block.header_holds ? 16u : 0u) + (block.end <= image.size ? 8u : 0u);
}

static uint64_t update_app_extent(span_t image)
{
    block_t  block;
    uint64_t end = LEAD;
    while (next_block(image, end, &block))
        end = block.end;
    return min_u64(end, image.size);
}

/* Each piece whose checksum does not hold, neighbours taken together. */
static void check_pieces(span_t image, child_t *child, const block_t *block)
{
    reader_t table  = reader_at(image, block->at + BLOCK_HEADER);
    uint64_t pieces = block->piece == 0 ? 0 : (block->length + block->piece - 1) / block->piece;
    if (pieces != (block->data - block->at - BLOCK_HEADER) / 2)
        return; /* no checksum for each piece: nothing that could be checked */
    uint64_t wrong_from = 0, wrong_to = 0;
    for (uint64_t i = 0; i <= pieces; i++) {
        uint64_t from   = block->data + i * block->piece;
        span_t   piece  = span_clip(image, from, min_u64(block->piece, block->end - min_u64(from, block->end)));
        uint16_t stored = i < pieces ? read_le16(&table) : 0;
        bool     inside = i < pieces && from < image.size;
        bool     wrong  = inside && from + piece.size == min_u64(from + block->piece, block->end) && crc16_x25(piece) != stored;
        if (wrong && wrong_to == 0)
            wrong_from = from;
        if (wrong)
            wrong_to = from + piece.size;
        if (!wrong && wrong_to > 0) {
            child_damage(child, wrong_from, wrong_to - wrong_from, "the CRC-16 does not agree with the content");
            wrong_to = 0;
        }
        if (!inside)
            return;
    }
}

static bool show_block(span_t image, partitions_t *parts, const block_t *block, unsigned number)
{
    sink_claim(parts->sink, block->at, min_u64(block->data, image.size) - block->at, REGION_STRUCTURE);
    if (!block->header_holds)
        sink_damage(parts->sink, block->at, BLOCK_HEADER, "the CRC-16 of the header does not agree with it");
    span_t   name  = firmware_text(image, block->at + NAME_AT, 32);
    child_t *child = sink_child(parts->sink, &(child_info_t){.path = partition_name(parts, name, number), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    child_range(child, block->data, block->length);
    check_pieces(image, child, block);
    sink_end_child(parts->sink);
    return true;
}

static status_t update_app_extract(span_t image, sink_t *sink)
{
    partitions_t parts  = {.sink = sink};
    block_t      block  = {0};
    unsigned     number = 0;
    uint64_t     end    = LEAD;
    if (!has_lead(image) || !read_block(image, LEAD, &block))
        return status_fail(STATUS_REJECTED, "huawei_update_app", 0, "no block behind 92 zero bytes");
    sink_claim(sink, 0, LEAD, REGION_STRUCTURE);
    firmware_fact(sink, "update_app.hardware", firmware_text(image, LEAD + 12, 8));
    firmware_fact(sink, "update_app.date", firmware_text(image, LEAD + 28, 16));
    firmware_fact(sink, "update_app.time", firmware_text(image, LEAD + 44, 16));
    while (next_block(image, end, &block)) {
        if (block.at > round_up(end, BLOCK_ALIGN))
            sink_damage(sink, end, block.at - end, "no header where the next block should begin");
        if (number == FIRMWARE_PARTS_MAX) {
            sink_limit(sink, block.at, image.size - block.at, "entries", "more blocks than are believed");
            break;
        }
        if (!show_block(image, &parts, &block, number++))
            break;
        end = block.end;
    }
    uint64_t next = round_up(end, BLOCK_ALIGN);
    if (next < image.size && image.size - next < BLOCK_HEADER &&
        span_starts_with(span_from("\x55\xAA\x5A\xA5", 4), span_clip(image, next, 4))) {
        sink_claim(sink, next, image.size - next, REGION_STRUCTURE);
        sink_damage(sink, image.size, 0, "the image ends within the header of a block");
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x55\xAA\x5A\xA5", LEAD)};

const extractor_t huawei_update_app_extractor = {
    .id = "huawei_update_app", .name = "Huawei UPDATE.APP", .specification = "worstenbrood/HuaweiUpdateLibrary; Android-Kitchen, split_updata.pl",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = update_app_probe, .extent = update_app_extent,
    .extract = update_app_extract,
};
