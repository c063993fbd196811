/* xz: streams one after another, with zeros in fours between them, which decode to one file. A stream: 12-byte header (magic,
 * flags, CRC-32), blocks (header with CRC-32, compressed data, padding, check), an index of the blocks, 12-byte footer. The
 * blocks are walked here, one by one, and their checks computed here, so that a wrong check costs no data. Source: xz,
 * doc/xz-file-format.txt. */
#include "extractors/lzma_common.h"

#include "base/sha256.h"

enum { XZ_ENDS = LZMA_STREAM_HEADER_SIZE };

/* The check of one block, as it is computed. */
typedef struct { lzma_check kind; uint32_t crc32; uint64_t crc64; hasher_t *sha256; } block_check_t;

static void check_begin(block_check_t *check, lzma_check kind)
{
    *check = (block_check_t){.kind = kind, .sha256 = kind == LZMA_CHECK_SHA256 ? hasher_new(false) : NULL};
}

static void check_add(void *context, span_t decoded)
{
    block_check_t *check = context;
    if (check->kind == LZMA_CHECK_CRC32)
        check->crc32 = lzma_crc32(decoded.at, decoded.size, check->crc32);
    if (check->kind == LZMA_CHECK_CRC64)
        check->crc64 = lzma_crc64(decoded.at, decoded.size, check->crc64);
    if (check->sha256 != NULL)
        (void)hasher_add(check->sha256, decoded);
}

/* Also frees what the check holds. Kinds that nobody defined cannot be verified and pass. */
static bool check_agrees(block_check_t *check, const uint8_t *stored)
{
    reader_t r = reader_from(span_from(stored, LZMA_CHECK_SIZE_MAX));
    sha256_t digest;
    bool     agrees = true;
    if (check->kind == LZMA_CHECK_CRC32)
        agrees = read_le32(&r) == check->crc32;
    if (check->kind == LZMA_CHECK_CRC64)
        agrees = read_le64(&r) == check->crc64;
    if (check->sha256 != NULL)
        agrees = status_ok(hasher_finish(check->sha256, &digest, NULL)) && memcmp(digest.bytes, stored, sizeof digest.bytes) == 0;
    hasher_free(check->sha256);
    check->sha256 = NULL;
    return agrees;
}

static stream_end_t pump_block(span_t image, stream_t *stream, lzma_block *block)
{
    block_check_t  check;
    lzma_decoder_t d = {.z = LZMA_STREAM_INIT, .seen = check_add, .context = &check};
    if (lzma_raw_decoder_memusage(block->filters) > STREAM_MEMORY || lzma_block_decoder(&d.z, block) != LZMA_OK)
        return stream_no_memory(image, stream);
    check_begin(&check, block->check);
    stream_end_t how    = stream_pump(image, image.size, stream, lzma_step, &d);
    bool         agrees = check_agrees(&check, block->raw_check);
    lzma_end(&d.z);
    if (how == STREAM_WHOLE && !agrees) {
        uint32_t size = lzma_check_size(block->check);
        stream_damage(stream, stream->at - size, size, "the check of the xz block does not agree with its content");
    }
    return how;
}

/* One block, header and all. */
static stream_end_t decode_block(span_t image, stream_t *stream, lzma_check check, lzma_index_hash *sizes)
{
    lzma_filter filters[LZMA_FILTERS_MAX + 1];
    lzma_block  block = {.version = 1, .check = check, .filters = filters};
    block.header_size = lzma_block_header_size_decode(image.at[stream->at]);
    span_t header     = span_sub(image, stream->at, block.header_size);
    if (header.at == NULL)
        return STREAM_TRUNCATED;
    if (lzma_block_header_decode(&block, NULL, header.at) != LZMA_OK)
        return STREAM_BROKEN;
    block.ignore_check = true;
    stream_claim(stream, stream->at, header.size, REGION_STRUCTURE);
    stream->at += header.size;
    stream_end_t how = pump_block(image, stream, &block);
    lzma_filters_free(filters, NULL);
    if (how == STREAM_WHOLE && lzma_index_hash_append(sizes, lzma_block_unpadded_size(&block), block.uncompressed_size) != LZMA_OK)
        return STREAM_BROKEN;
    return how;
}

static stream_end_t decode_end(span_t image, stream_t *stream, const lzma_stream_flags *flags, lzma_index_hash *sizes)
{
    span_t   rest   = span_from_offset(image, stream->at);
    size_t   index  = 0;
    lzma_ret result = lzma_index_hash_decode(sizes, rest.at, &index, rest.size);
    if (result != LZMA_STREAM_END)
        return result == LZMA_OK || result == LZMA_BUF_ERROR ? STREAM_TRUNCATED : STREAM_BROKEN;
    stream_claim(stream, stream->at, index, REGION_STRUCTURE);
    stream->at += index;
    span_t            footer = span_sub(image, stream->at, XZ_ENDS);
    lzma_stream_flags again;
    if (footer.at == NULL)
        return STREAM_TRUNCATED;
    if (lzma_stream_footer_decode(&again, footer.at) != LZMA_OK)
        return STREAM_BROKEN;
    if (again.check != flags->check || again.backward_size != index)
        stream_damage(stream, stream->at, XZ_ENDS, "the footer of the xz stream does not agree with its header or index");
    stream_claim(stream, stream->at, XZ_ENDS, REGION_STRUCTURE);
    stream->at += XZ_ENDS;
    return STREAM_WHOLE;
}

static bool read_header(span_t image, uint64_t at, lzma_stream_flags *flags)
{
    span_t header = span_sub(image, at, XZ_ENDS);
    return header.at != NULL && lzma_stream_header_decode(flags, header.at) == LZMA_OK;
}

static stream_end_t decode_stream(span_t image, stream_t *stream, const lzma_stream_flags *flags)
{
    lzma_index_hash *sizes = lzma_index_hash_init(NULL, NULL);
    if (sizes == NULL)
        return stream_no_memory(image, stream);
    stream->sure = true;
    stream->parts++;
    stream_claim(stream, stream->at, XZ_ENDS, REGION_STRUCTURE);
    stream->at += XZ_ENDS;
    stream_end_t how = STREAM_WHOLE;
    while (how == STREAM_WHOLE && stream->at < image.size && image.at[stream->at] != 0)
        how = decode_block(image, stream, flags->check, sizes);
    if (how == STREAM_WHOLE)
        how = stream->at < image.size ? decode_end(image, stream, flags, sizes) : STREAM_TRUNCATED;
    lzma_index_hash_end(sizes, NULL);
    return how;
}

/* Where the next stream begins, behind zeros in fours; 0 when there is none. */
static uint64_t next_stream(span_t image, uint64_t at)
{
    static const uint8_t zeros[4];
    while (span_holds(image, at, 4) && memcmp(image.at + at, zeros, 4) == 0)
        at += 4;
    lzma_stream_flags flags;
    return read_header(image, at, &flags) ? at : 0;
}

static stream_end_t xz_decode(span_t image, stream_t *stream)
{
    lzma_stream_flags flags;
    stream_end_t      how = STREAM_BROKEN;
    while (read_header(image, stream->at, &flags)) {
        how           = decode_stream(image, stream, &flags);
        uint64_t next = how == STREAM_WHOLE && !stream->one_part ? next_stream(image, stream->at) : 0;
        if (next == 0)
            break;
        stream_claim(stream, stream->at, next - stream->at, REGION_PADDING);
        stream->at = next;
    }
    return how;
}

/* The header's magic and CRC-32, and the CRC-32 of the first block's header, say more than any decoding could. */
static unsigned xz_probe(span_t image)
{
    lzma_stream_flags flags;
    if (!read_header(image, 0, &flags))
        return 0;
    const unsigned bits = 48 + 12 + 32;
    if (image.size == XZ_ENDS || image.at[XZ_ENDS] == 0)
        return bits;
    span_t header = span_sub(image, XZ_ENDS, lzma_block_header_size_decode(image.at[XZ_ENDS]));
    if (header.at == NULL)
        return bits;
    reader_t r = reader_at(header, header.size - 4);
    return lzma_crc32(header.at, header.size - 4, 0) == read_le32(&r) ? bits + 32 : bits;
}

static uint64_t xz_extent(span_t image) { return stream_extent(image, xz_decode); }

static const char *check_name(lzma_check check)
{
    switch (check) {
    case LZMA_CHECK_NONE: return "none";
    case LZMA_CHECK_CRC32: return "CRC32";
    case LZMA_CHECK_CRC64: return "CRC64";
    case LZMA_CHECK_SHA256: return "SHA-256";
    default: return "unknown";
    }
}

static status_t xz_extract(span_t image, sink_t *sink)
{
    lzma_stream_flags flags;
    if (!read_header(image, 0, &flags))
        return status_fail(STATUS_REJECTED, "xz", 0, "not an xz header");
    child_info_t info   = stream_child((span_t){NULL, 0});
    stream_t     result = {0};
    status_t     status = stream_extract("xz", image, sink, &info, xz_decode, &result);
    if (!status_ok(status))
        return status;
    sink_fact(sink, "xz.check", check_name(flags.check));
    if (result.parts > 1)
        sink_fact_printf(sink, "xz.streams", "%u", result.parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xFD" "7zXZ\x00", 0)};

const extractor_t xz_extractor = {
    .id = "xz", .name = "xz", .specification = "xz, doc/xz-file-format.txt", .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1,
    .probe = xz_probe, .extent = xz_extent, .extract = xz_extract,
};
