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
    CODEC_LZMA_X86,   /* CODEC_LZMA_ALONE, then x86 jumps made relative again; firmware only, as all that follow */
    CODEC_EFI,        /* UEFI's own compression, with the two sizes before it */
    CODEC_TIANO,      /* the same with wider positions */
    CODEC_BROTLI,     /* RFC 7932 */
    CODEC_COUNT,
    CODEC_TRIED_COUNT = CODEC_LZMA_X86 /* what a file system may use: those before */
} codec_t;

enum { CODEC_MEMORY_MAX = 128 << 20 };

/* The states of the decoders, kept from block to block: setting one up costs more than decoding a small block. Each is made
 * when it is first needed. Not to be used by two threads at a time. */
typedef struct codec_context codec_context_t;

codec_context_t *codec_context_new(void); /* NULL when out of memory */
void             codec_context_free(codec_context_t *context);

/* Decodes the block `in` into `out`; `*produced` says how much it became. STATUS_DAMAGED when it is not such a block, ends too
 * early or would be longer than `out_capacity`; then `*produced` is 0 and what `out` holds means nothing. STATUS_LIMIT when
 * it asks for more memory than is allowed, STATUS_MEMORY when out of memory. Bytes behind the end of the block are ignored
 * by zlib, deflate, xz, LZMA and zstd, and damage to the others. */
status_t codec_decode_with(codec_context_t *context, codec_t codec, span_t in, uint8_t *out, size_t out_capacity, size_t *produced);

/* The same for a single block. */
status_t codec_decode(codec_t codec, span_t in, uint8_t *out, size_t out_capacity, size_t *produced);

/* Does a block of this codec carry a magic or a checksum, so that other bytes hardly ever decode? */
bool codec_checks_itself(codec_t codec);

/* "zlib", "xz" …, as reports show it. */
const char *codec_name(codec_t codec);

#endif
