/* One block in, one block out: the compressed blocks of file systems and flash formats.
 *
 * Each call decodes one complete block into memory of the caller's. Nothing is allocated in proportion to what the input
 * claims; dictionaries are never larger than the output's capacity (LZMA) or CODEC_MEMORY_MAX (xz). */
#ifndef ASSAY_EXTRACTORS_CODEC_H
#define ASSAY_EXTRACTORS_CODEC_H

#include "base/bytes.h"
#include "base/error.h"

typedef enum {
    CODEC_ZLIB,       /* RFC 1950 */
    CODEC_DEFLATE,    /* RFC 1951, without header and checksum */
    CODEC_XZ,         /* one .xz stream */
    CODEC_LZMA_ALONE, /* 13-byte header (properties, dictionary, size or -1), then raw LZMA with or without end marker */
    CODEC_LZMA_BARE,  /* 5-byte header (properties, dictionary), then raw LZMA: vendors leave out the size */
    CODEC_LZO1X,
    CODEC_LZ4_BLOCK,  /* a block without frame */
    CODEC_ZSTD,       /* one frame */
    /* Those that follow say too little of themselves to be tried on blocks of an unknown codec. */
    CODEC_LZMA_PLAIN, /* raw LZMA without any header, lc = lp = pb = 0 (OpenWrt's JFFS2); the caller checks the size */
    CODEC_LZMA_SHAPED, /* raw LZMA as codec_set_lzma_shape says: vendors leave out the header, or write one of their own */
    CODEC_MICROLZMA,  /* raw LZMA without end marker, its first byte replaced by the inverted properties; `out_capacity` is its exact size */
    CODEC_LZO_RLE,    /* LZO1X as Linux writes it, with runs of zeros */
    CODEC_LZMA_X86,   /* CODEC_LZMA_ALONE, then x86 jumps made relative again; firmware only, as all that follow */
    CODEC_EFI,        /* UEFI's own compression, with the two sizes before it */
    CODEC_TIANO,      /* the same with wider positions */
    CODEC_BROTLI,     /* RFC 7932 */
    CODEC_COUNT
} codec_t;

enum { CODEC_MEMORY_MAX = 128 << 20 };

/* The states of the decoders, kept from block to block: setting one up costs more than decoding a small block. Each is made
 * when it is first needed. Not to be used by two threads at a time. */
typedef struct codec_context codec_context_t;

codec_context_t *codec_context_new(void); /* NULL when out of memory */
void             codec_context_free(codec_context_t *context);

/* Where CODEC_LZMA_SHAPED finds its stream: behind `skip` bytes; its properties (lc + 9 * lp + 45 * pb) stand at `properties_at` of the
 * block, or, where that is CODEC_LZMA_FIXED, are `properties`. Nothing tells its end: it must end with the block. */
enum { CODEC_LZMA_FIXED = UINT8_MAX };
typedef struct { uint8_t skip, properties_at, properties; } codec_lzma_shape_t;
void               codec_set_lzma_shape(codec_context_t *context, codec_lzma_shape_t shape);
codec_lzma_shape_t codec_lzma_shape(const codec_context_t *context);

/* Decodes the block `in` into `out`; `*produced` says how much it became. STATUS_DAMAGED when it is not such a block, ends too
 * early or would be longer than `out_capacity`; then `*produced` is 0 and what `out` holds means nothing. STATUS_LIMIT when
 * it asks for more memory than is allowed, STATUS_MEMORY when out of memory. Bytes behind the end of the block are ignored
 * by zlib, deflate, xz, LZMA and zstd, and damage to the others. */
status_t codec_decode_with(codec_context_t *context, codec_t codec, span_t in, uint8_t *out, size_t out_capacity, size_t *produced);

/* Only the first `size` bytes that the block `in` decodes to; whatever follows them in the block is not looked at. For raw deflate, LZ4
 * blocks, zstd and MicroLZMA. STATUS_DAMAGED when the block does not give as many. */
status_t codec_decode_prefix_with(codec_context_t *context, codec_t codec, span_t in, uint8_t *out, size_t size);

/* As codec_decode_with for a single block. */
status_t codec_decode(codec_t codec, span_t in, uint8_t *out, size_t out_capacity, size_t *produced);

/* Does a block of this codec carry a magic or a checksum, so that other bytes hardly ever decode? */
bool codec_checks_itself(codec_t codec);

/* Bytes of the zstd frame that `in` begins with, for one that is followed by filling; 0: there is none, or not all of it. */
size_t codec_zstd_frame_size(span_t in);

/* "zlib", "xz" …, as reports show it. */
const char *codec_name(codec_t codec);

#endif
