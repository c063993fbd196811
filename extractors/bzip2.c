/* bzip2: streams one after another, which decode to one file. A stream: "BZh" and a digit (block size in 100,000 bytes), then
 * bits, not bytes: blocks, each with a 48-bit magic (BCD of pi) and a CRC-32; at the end another magic (BCD of its square
 * root) and the CRC-32 over all blocks, filled up to a whole byte. libbzip2 verifies both CRCs. Source: bzip2 1.0.8 manual;
 * "BZIP2: Format Specification", J. Tsai. */
#include "extractors/stream_common.h"

#include <bzlib.h>

enum { BZIP2_HEADER = 4, BLOCK_SIZE_STEP = 100000 };
#define BLOCK_MAGIC UINT64_C(0x314159265359)
#define END_MAGIC UINT64_C(0x177245385090)

typedef struct { unsigned level; bool empty; } bzip2_header_t;

static bool read_header(span_t image, bzip2_header_t *header)
{
    reader_t r = reader_from(image);
    if (read_be(&r, 3) != 0x425A68)
        return false;
    uint8_t  digit = read_u8(&r);
    uint64_t magic = read_be(&r, 6);
    uint32_t crc   = read_be32(&r);
    header->level  = digit - (unsigned)'0';
    header->empty  = magic == END_MAGIC;
    if (!reader_ok(&r) || digit < '1' || digit > '9')
        return false;
    if (header->empty)
        return crc == 0;
    /* The block goes on with one bit that newer versions never set and 24 bits of where the block's first byte went. */
    uint32_t next    = read_be32(&r);
    uint32_t pointer = next >> 7 & 0xFFFFFF;
    return magic == BLOCK_MAGIC && reader_ok(&r) && pointer <= BLOCK_SIZE_STEP * header->level + 1;
}

static step_t bzip2_step(void *decoder, span_t *in, uint8_t *out, size_t room, size_t *made)
{
    bz_stream *z = decoder;
    z->next_in   = (char *)(uintptr_t)in->at; /* the library only reads it */
    z->avail_in  = (unsigned)in->size;
    z->next_out  = (char *)out;
    z->avail_out = (unsigned)room;
    int result   = BZ2_bzDecompress(z);
    *in          = span_from_offset(*in, in->size - z->avail_in);
    *made        = room - z->avail_out;
    switch (result) {
    case BZ_STREAM_END: return STEP_END;
    case BZ_OK: return STEP_MORE;
    case BZ_MEM_ERROR: return STEP_MEMORY;
    default: return STEP_BROKEN;
    }
}

static stream_end_t bzip2_decode(span_t image, stream_t *stream)
{
    bzip2_header_t header;
    stream_end_t   how = STREAM_BROKEN;
    while (read_header(span_from_offset(image, stream->at), &header)) {
        bz_stream z = {0};
        if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
            return stream_no_memory(image, stream);
        stream_claim(stream, stream->at, BZIP2_HEADER, REGION_STRUCTURE);
        how = stream_pump(image, image.size, stream, bzip2_step, &z);
        (void)BZ2_bzDecompressEnd(&z);
        stream->parts++;
        if (how != STREAM_WHOLE || stream->one_part)
            break;
    }
    return how;
}

static unsigned bzip2_probe(span_t image)
{
    bzip2_header_t header;
    if (!read_header(image, &header))
        return 0;
    return 24 + 4 + 48 + (header.empty ? 32 : 3);
}

static uint64_t bzip2_extent(span_t image) { return stream_extent(image, bzip2_decode); }

static status_t bzip2_extract(span_t image, sink_t *sink)
{
    bzip2_header_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "bzip2", 0, "not a bzip2 header");
    child_info_t info   = stream_child((span_t){NULL, 0});
    stream_t     result = {0};
    status_t     status = stream_extract("bzip2", image, sink, &info, bzip2_decode, &result);
    if (!status_ok(status))
        return status;
    sink_fact_printf(sink, "bzip2.level", "%u", header.level);
    if (result.parts > 1)
        sink_fact_printf(sink, "bzip2.streams", "%u", result.parts);
    return ok();
}

static const magic_t magics[] = {
    MAGIC("BZh91AY&SY", 0), MAGIC("BZh81AY&SY", 0), MAGIC("BZh71AY&SY", 0), MAGIC("BZh61AY&SY", 0), MAGIC("BZh51AY&SY", 0),
    MAGIC("BZh41AY&SY", 0), MAGIC("BZh31AY&SY", 0), MAGIC("BZh21AY&SY", 0), MAGIC("BZh11AY&SY", 0), MAGIC("\x17\x72\x45\x38\x50\x90", 4),
};

const extractor_t bzip2_extractor = {
    .id = "bzip2", .name = "bzip2", .specification = "bzip2 1.0.8 manual; \"BZIP2: Format Specification\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = bzip2_probe, .extent = bzip2_extent, .extract = bzip2_extract,
};
