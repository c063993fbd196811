/* LZMA-alone, the format of LZMA Utils: one byte of properties ((pb × 5 + lp) × 9 + lc), the dictionary size (32 bits), the
 * decoded size (64 bits, all ones: not known, then an end marker stands), all little-endian; then the range coder's bytes, the
 * first of which is always zero. There is no magic and no checksum, so decoding is the proof: wrong data asks for a distance
 * beyond what was decoded within a few symbols, and right data leaves the range coder at zero where it ends. Source: LZMA
 * specification in the LZMA SDK (lzma-specification.txt); xz, doc/lzma-file-format.txt. */
#include "extractors/lzma_common.h"

enum { LZMA_HEADER = 13, PROPERTIES_END = 225, LC_LP_MAX = 4, DICTIONARY_LEAST = 4096 };
#define SIZE_UNKNOWN UINT64_MAX
#define SIZE_MOST ((uint64_t)4 << 30)
#define DICTIONARY_MOST ((uint32_t)128 << 20) /* a larger one is cut: only matches that reach further back are lost */

typedef struct { uint8_t properties; unsigned lc, lp, pb; uint32_t dictionary; uint64_t size; } lzma_header_t;

/* 2^n or 2^n + 2^(n-1): what every encoder writes; and all ones. */
static bool dictionary_is_usual(uint32_t size)
{
    if (size == UINT32_MAX)
        return true;
    if (size < DICTIONARY_LEAST)
        return false;
    uint32_t highest = UINT32_C(1) << (31 - __builtin_clz(size));
    return size == highest || size == highest + highest / 2;
}

static bool read_header(span_t image, lzma_header_t *header)
{
    reader_t r         = reader_from(image);
    header->properties = read_u8(&r);
    header->dictionary = read_le32(&r);
    header->size       = read_le64(&r);
    bool     starts    = read_u8(&r) == 0;
    uint32_t code      = read_be32(&r);
    header->lc         = header->properties % 9;
    header->lp         = header->properties / 9 % 5;
    header->pb         = header->properties / 45;
    if (!reader_ok(&r) || !starts || header->properties >= PROPERTIES_END || header->lc + header->lp > LC_LP_MAX)
        return false;
    /* All zero bits decode to zero bytes for ever, and all one bits to nothing an encoder writes. */
    if (code == 0 || code == UINT32_MAX)
        return false;
    return dictionary_is_usual(header->dictionary) && (header->size == SIZE_UNKNOWN || (header->size > 0 && header->size < SIZE_MOST));
}

/* Gives the header to the decoder, with a dictionary no larger than the output can need. */
static bool begin(lzma_stream *z, span_t image, const lzma_header_t *header, uint64_t budget)
{
    uint8_t  patched[LZMA_HEADER];
    uint64_t needed     = max_u64(min_u64(header->size, budget), DICTIONARY_LEAST);
    uint32_t dictionary = (uint32_t)min_u64(min_u64(header->dictionary, DICTIONARY_MOST), needed);
    memcpy(patched, image.at, sizeof patched);
    for (unsigned i = 0; i < 4; i++)
        patched[1 + i] = (uint8_t)(dictionary >> 8 * i);
    if (lzma_alone_decoder(z, STREAM_MEMORY) != LZMA_OK)
        return false;
    uint8_t unused; /* the library does not read its header while there is no room for output */
    z->next_in   = patched;
    z->avail_in  = sizeof patched;
    z->next_out  = &unused;
    z->avail_out = sizeof unused;
    return lzma_code(z, LZMA_RUN) == LZMA_OK && z->avail_in == 0 && z->avail_out == sizeof unused;
}

static stream_end_t lzma_decode(span_t image, stream_t *stream)
{
    lzma_header_t  header;
    lzma_decoder_t d = {.z = LZMA_STREAM_INIT};
    if (!read_header(image, &header))
        return STREAM_BROKEN;
    stream_end_t how;
    if (begin(&d.z, image, &header, stream->budget)) {
        stream_claim(stream, 0, LZMA_HEADER, REGION_STRUCTURE);
        stream->at = LZMA_HEADER;
        how        = stream_pump(image, image.size, stream, lzma_step, &d);
    } else {
        how = stream_no_memory(image, stream);
    }
    lzma_end(&d.z);
    /* Some vendors' encoders do not flush the range coder as the library expects it: all bytes are there, and no more. */
    if (how == STREAM_BROKEN && stream->produced == header.size) {
        stream_damage(stream, stream->at, 0, "the LZMA stream has its declared size, but its end does not agree");
        return STREAM_WHOLE;
    }
    return how;
}

static unsigned lzma_probe(span_t image)
{
    lzma_header_t header;
    if (!read_header(image, &header))
        return 0;
    const unsigned bits = 4 + 16 + 16; /* properties, dictionary, size; their many zeros are common, so they count for less */
    stream_t       trial;
    stream_end_t   how = stream_try(image, lzma_decode, STREAM_TRIAL, &trial);
    if (how == STREAM_BROKEN || trial.produced == 0)
        return 0;
    if (how == STREAM_WHOLE)
        return trial.damages == 0 ? bits + 32 : 0;
    if (how == STREAM_TRUNCATED)
        return trial.produced >= 4096 ? bits + 8 : 20;
    return bits + 24;
}

static uint64_t lzma_extent(span_t image) { return stream_extent(image, lzma_decode); }

static status_t lzma_extract(span_t image, sink_t *sink)
{
    lzma_header_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "lzma", 0, "not an LZMA header");
    child_info_t info   = stream_child((span_t){NULL, 0});
    status_t     status = stream_extract("lzma", image, sink, &info, lzma_decode, NULL);
    if (!status_ok(status))
        return status;
    sink_fact_printf(sink, "lzma.dictionary", "%u", header.dictionary);
    sink_fact_printf(sink, "lzma.properties", "lc=%u lp=%u pb=%u", header.lc, header.lp, header.pb);
    if (header.size != SIZE_UNKNOWN)
        sink_fact_printf(sink, "lzma.size", "%llu", (unsigned long long)header.size);
    return ok();
}

/* Properties that encoders are known to use, before the two low bytes of a dictionary of 64 KiB or more; and the smallest
 * dictionaries, 4 to 32 KiB, with the usual properties. */
static const magic_t magics[] = {
    MAGIC("\x5D\x00\x00", 0), MAGIC("\x6D\x00\x00", 0), MAGIC("\x5A\x00\x00", 0), MAGIC("\x5B\x00\x00", 0), MAGIC("\x5C\x00\x00", 0),
    MAGIC("\x5E\x00\x00", 0), MAGIC("\x63\x00\x00", 0), MAGIC("\x64\x00\x00", 0), MAGIC("\x65\x00\x00", 0), MAGIC("\x66\x00\x00", 0),
    MAGIC("\x6C\x00\x00", 0), MAGIC("\x6E\x00\x00", 0), MAGIC("\x5D\x00\x10\x00\x00", 0), MAGIC("\x5D\x00\x20\x00\x00", 0),
    MAGIC("\x5D\x00\x40\x00\x00", 0), MAGIC("\x5D\x00\x80\x00\x00", 0),
};

const extractor_t lzma_extractor = {
    .id = "lzma", .name = "LZMA-alone", .specification = "LZMA SDK, lzma-specification.txt; xz, doc/lzma-file-format.txt", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = lzma_probe, .extent = lzma_extent, .extract = lzma_extract,
};
