/* lzip: members one after another, which decode to one file. A member: "LZIP", version 1 (or 0), the dictionary size in one
 * byte (low five bits: power of two, high three: sixteenths to take off), an LZMA stream with lc=3 lp=0 pb=2 and an end
 * marker, CRC-32 and size of the decoded data, size of the member (not in version 0). Little-endian. Source: lzip manual, "File format". */
#include "extractors/lzma_common.h"

#include <zlib.h>

enum { LZIP_HEADER = 6, LZIP_TRAILER = 20, LZIP_TRAILER_V0 = 12, POWER_LEAST = 12, POWER_MOST = 29 };

typedef struct { uint8_t version; uint32_t dictionary; } lzip_header_t;

static bool read_header(span_t image, lzip_header_t *header)
{
    reader_t r = reader_from(image);
    if (read_be32(&r) != 0x4C5A4950)
        return false;
    header->version = read_u8(&r);
    uint8_t  coded  = read_u8(&r);
    unsigned power  = coded & 31;
    if (!reader_ok(&r) || header->version > 1 || power < POWER_LEAST || power > POWER_MOST)
        return false;
    uint32_t whole     = UINT32_C(1) << power;
    header->dictionary = whole - (whole / 16) * (coded >> 5);
    return header->dictionary >= UINT32_C(1) << POWER_LEAST;
}

static void add_to_crc(void *context, span_t decoded)
{
    uint32_t *crc = context;
    *crc          = (uint32_t)crc32_z(*crc, decoded.at, decoded.size);
}

static stream_end_t check_trailer(span_t image, stream_t *stream, uint8_t version, uint64_t start, uint64_t produced, uint32_t crc)
{
    uint64_t size        = version == 0 ? LZIP_TRAILER_V0 : LZIP_TRAILER;
    uint64_t length      = min_u64(size, image.size - stream->at);
    reader_t r           = reader_at(image, stream->at);
    uint32_t stored_crc  = read_le32(&r);
    uint64_t stored_size = read_le64(&r);
    uint64_t member      = version == 0 ? stream->at + size - start : read_le64(&r);
    stream_claim(stream, stream->at, length, REGION_STRUCTURE);
    stream->at += length;
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    if (stored_crc != crc)
        stream_damage(stream, stream->at - size, 4, "the CRC-32 of the lzip member does not agree with its content");
    else if (stored_size != produced || member != stream->at - start)
        stream_damage(stream, stream->at - size + 4, size - 4, "the sizes in the lzip trailer do not agree with the member");
    return STREAM_WHOLE;
}

static stream_end_t decode_member(span_t image, stream_t *stream, const lzip_header_t *header)
{
    uint64_t           start = stream->at, produced = stream->produced;
    uint32_t           crc     = 0;
    lzma_options_lzma  options = {.dict_size = (uint32_t)min_u64(header->dictionary, max_u64(stream->budget, 4096)), .lc = 3, .lp = 0, .pb = 2};
    const lzma_filter  chain[] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    lzma_decoder_t     d       = {.z = LZMA_STREAM_INIT, .seen = add_to_crc, .context = &crc};
    if (lzma_raw_decoder_memusage(chain) > STREAM_MEMORY || lzma_raw_decoder(&d.z, chain) != LZMA_OK)
        return stream_no_memory(image, stream);
    stream_claim(stream, start, LZIP_HEADER, REGION_STRUCTURE);
    stream->at       = start + LZIP_HEADER;
    stream_end_t how = stream_pump(image, image.size, stream, lzma_step, &d);
    lzma_end(&d.z);
    stream->parts++;
    return how == STREAM_WHOLE ? check_trailer(image, stream, header->version, start, stream->produced - produced, crc) : how;
}

static stream_end_t lzip_decode(span_t image, stream_t *stream)
{
    lzip_header_t header;
    stream_end_t  how = STREAM_BROKEN;
    while (read_header(span_from_offset(image, stream->at), &header)) {
        how = decode_member(image, stream, &header);
        if (how != STREAM_WHOLE || stream->one_part)
            break;
    }
    return how;
}

static unsigned lzip_probe(span_t image)
{
    lzip_header_t header;
    if (!read_header(image, &header))
        return 0;
    const unsigned bits = 32 + 7 + 3;
    stream_t       trial;
    stream_end_t   how = stream_try(image, lzip_decode, STREAM_TRIAL, &trial);
    if (how == STREAM_WHOLE)
        return trial.damages == 0 ? bits + 64 : 32;
    if (trial.produced == 0)
        return how == STREAM_STOPPED ? 32 : 0;
    return how != STREAM_BROKEN && trial.produced >= 4096 ? bits + 24 : 32;
}

static uint64_t lzip_extent(span_t image) { return stream_extent(image, lzip_decode); }

static status_t lzip_extract(span_t image, sink_t *sink)
{
    lzip_header_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "lzip", 0, "not an lzip header");
    child_info_t info   = stream_child((span_t){NULL, 0});
    stream_t     result = {0};
    status_t     status = stream_extract("lzip", image, sink, &info, lzip_decode, &result);
    if (!status_ok(status))
        return status;
    sink_fact_printf(sink, "lzip.dictionary", "%u", header.dictionary);
    if (result.parts > 1)
        sink_fact_printf(sink, "lzip.members", "%u", result.parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("LZIP\x01", 0), MAGIC("LZIP\x00", 0)};

const extractor_t lzip_extractor = {
    .id = "lzip", .name = "lzip", .specification = "lzip manual, \"File format\"", .reach = REACH_EXTRACT, .magics = magics, .magic_count = 2,
    .probe = lzip_probe, .extent = lzip_extent, .extract = lzip_extract,
};
