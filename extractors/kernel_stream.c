#include "extractors/kernel_stream.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* Bounds of one search: what a kernel decompresses to, what its decoder may use, and how often a magic number may deceive. */
enum { TRIES_MAX = 256, SCRATCH = 65536 };
#define DECODED_MAX ((uint64_t)512 << 20)
#define MEMORY_MAX ((uint64_t)96 << 20)

/* Decoding is paid for from one purse a search, so that many false starts cost no more than one true stream. */
typedef struct { uint64_t left; } purse_t;

static bool pay(purse_t *purse, uint64_t bytes)
{
    bool enough = bytes <= purse->left;
    purse->left -= enough ? bytes : purse->left;
    return enough;
}

static uInt clip_uint(size_t size) { return size > UINT32_MAX ? UINT32_MAX : (uInt)size; }

static uint64_t gzip_length(span_t s, purse_t *purse)
{
    static const size_t least = 18;
    if (s.size < least || (s.at[3] & 0xE0) != 0)
        return 0;
    uint8_t *scratch = malloc(SCRATCH);
    z_stream z       = {.next_in = (z_const Bytef *)(uintptr_t)s.at, .avail_in = clip_uint(s.size)};
    if (scratch == NULL || inflateInit2(&z, 15 + 16) != Z_OK) {
        free(scratch);
        return 0;
    }
    int status;
    do {
        z.next_out  = scratch;
        z.avail_out = SCRATCH;
        status      = inflate(&z, Z_NO_FLUSH);
    } while (status == Z_OK && pay(purse, SCRATCH - z.avail_out + 64));
    uint64_t length = status == Z_STREAM_END ? z.total_in : 0;
    (void)inflateEnd(&z);
    free(scratch);
    return length;
}

static uint64_t bzip2_length(span_t s, purse_t *purse)
{
    char     *scratch = malloc(SCRATCH);
    bz_stream b       = {.next_in = (char *)(uintptr_t)s.at, .avail_in = clip_uint(s.size)};
    if (scratch == NULL || BZ2_bzDecompressInit(&b, 0, 0) != BZ_OK) {
        free(scratch);
        return 0;
    }
    int status;
    do {
        b.next_out  = scratch;
        b.avail_out = SCRATCH;
        status      = BZ2_bzDecompress(&b);
    } while (status == BZ_OK && b.avail_out < SCRATCH && pay(purse, 16 * (uint64_t)(SCRATCH - b.avail_out)));
    uint64_t length = status == BZ_STREAM_END ? (uint64_t)b.total_in_hi32 << 32 | b.total_in_lo32 : 0;
    (void)BZ2_bzDecompressEnd(&b);
    free(scratch);
    return length;
}

static uint64_t lzma_length(span_t s, purse_t *purse)
{
    static const uint8_t unknown_size[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    lzma_stream          l               = LZMA_STREAM_INIT;
    if (s.size < 14 || s.at[13] != 0 || (memcmp(s.at + 5, unknown_size, 8) != 0 && (s.at[9] | s.at[10] | s.at[11] | s.at[12]) != 0))
        return 0;
    uint8_t *scratch = malloc(SCRATCH);
    if (scratch == NULL || lzma_alone_decoder(&l, MEMORY_MAX) != LZMA_OK) {
        free(scratch);
        return 0;
    }
    l.next_in  = s.at;
    l.avail_in = s.size;
    lzma_ret status;
    do {
        l.next_out  = scratch;
        l.avail_out = SCRATCH;
        status      = lzma_code(&l, LZMA_RUN);
    } while (status == LZMA_OK && l.avail_out < SCRATCH && pay(purse, 4 * (SCRATCH - l.avail_out)));
    uint64_t length = status == LZMA_STREAM_END && l.total_out > 512 ? l.total_in : 0;
    lzma_end(&l);
    free(scratch);
    return length;
}

/* The footer repeats the flags of the header under a CRC of its own. */
static uint64_t xz_length(span_t s, purse_t *purse)
{
    lzma_stream_flags header, footer;
    if (s.size < 2 * LZMA_STREAM_HEADER_SIZE || lzma_stream_header_decode(&header, s.at) != LZMA_OK)
        return 0;
    for (uint64_t at = LZMA_STREAM_HEADER_SIZE; at + 2 <= s.size;) {
        const uint8_t *mark = memmem(s.at + at, s.size - (size_t)at, "YZ", 2);
        if (mark == NULL || !pay(purse, (uint64_t)(mark - s.at) - at + 64))
            return 0;
        uint64_t end = (uint64_t)(mark - s.at) + 2;
        at           = end;
        if (end % 4 == 0 && end >= 2 * LZMA_STREAM_HEADER_SIZE &&
            lzma_stream_footer_decode(&footer, s.at + end - LZMA_STREAM_HEADER_SIZE) == LZMA_OK &&
            lzma_stream_flags_compare(&header, &footer) == LZMA_OK && footer.backward_size < end)
            return end;
    }
    return 0;
}

static uint64_t zstd_length(span_t s, purse_t *purse)
{
    (void)purse;
    size_t length = ZSTD_findFrameCompressedSize(s.at, s.size);
    return ZSTD_isError(length) || length < 64 ? 0 : length;
}

/* lz4's legacy frame: blocks of eight decoded MiB, each with its size; ended by what cannot be a size, in kernels by the size
 * of the whole. Source: lz4, doc/lz4_Frame_format.md. */
static uint64_t lz4_length(span_t s, purse_t *purse)
{
    enum { DECODED_BLOCK = 8 << 20 };
    uint64_t at = 4, blocks = 0, most = DECODED_BLOCK + DECODED_BLOCK / 255 + 16;
    (void)purse;
    while (span_holds(s, at, 4)) {
        reader_t r    = reader_at(s, at);
        uint32_t size = read_le32(&r);
        if (size < 16 || size > most || !span_holds(s, at + 4, size))
            break;
        at += 4 + (uint64_t)size;
        blocks++;
    }
    return blocks > 0 ? at : 0;
}

/* lzop: a header of variable length, then blocks: decoded size (0: the end), stored size, checksums. Source: lzop, src/lzop.c. */
static uint64_t lzop_length(span_t s, purse_t *purse)
{
    enum { ADLER_DECODED = 1, ADLER_STORED = 2, EXTRA = 0x40, CRC_DECODED = 0x100, CRC_STORED = 0x200, FILTER = 0x800, BLOCK_MAX = 64 << 20 };
    (void)purse;
    reader_t r       = reader_at(s, 9);
    uint16_t version = read_be16(&r);
    reader_skip(&r, version >= 0x940 ? 6 : 3); /* library version, version needed, method, level */
    uint32_t flags = read_be32(&r);
    reader_skip(&r, (flags & FILTER) != 0 ? 4 : 0);
    reader_skip(&r, version >= 0x940 ? 12 : 8); /* mode, time */
    reader_skip(&r, read_u8(&r) + (uint64_t)4); /* name, checksum */
    if ((flags & EXTRA) != 0)
        reader_skip(&r, read_be32(&r) + (uint64_t)4);
    for (;;) {
        uint32_t decoded = read_be32(&r);
        if (decoded == 0)
            return reader_ok(&r) ? r.pos : 0;
        uint32_t stored = read_be32(&r);
        unsigned sums   = ((flags & ADLER_DECODED) != 0 ? 1u : 0u) + ((flags & CRC_DECODED) != 0 ? 1u : 0u);
        if (stored < decoded)
            sums += ((flags & ADLER_STORED) != 0 ? 1u : 0u) + ((flags & CRC_STORED) != 0 ? 1u : 0u);
        if (!reader_ok(&r) || decoded > BLOCK_MAX || stored > decoded)
            return 0;
        reader_skip(&r, 4 * (uint64_t)sums + stored);
    }
}

typedef struct { span_t magic; const char *format; uint64_t (*length)(span_t bytes, purse_t *purse); } kind_t;
#define KIND(text, format, length) {{(const uint8_t *)(text), sizeof(text) - 1}, format, length}

static const kind_t kinds[] = {
    KIND("\x1F\x8B\x08", "gzip", gzip_length), KIND("\xFD" "7zXZ\0", "xz", xz_length), KIND("\x5D\0\0", "lzma", lzma_length),
    KIND("\x28\xB5\x2F\xFD", "zstd", zstd_length), KIND("\x02\x21\x4C\x18", "lz4", lz4_length),
    KIND("\x89LZO\0\r\n\x1A\n", "lzop", lzop_length), KIND("BZh", "bzip2", bzip2_length),
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static uint64_t length_of(span_t bytes, purse_t *purse, const char **format)
{
    for (size_t i = 0; i < KINDS; i++)
        if (span_starts_with(bytes, kinds[i].magic)) {
            *format = kinds[i].format;
            return kinds[i].length(bytes, purse);
        }
    return 0;
}

uint64_t kernel_stream_length(span_t bytes, const char **format)
{
    purse_t purse = {DECODED_MAX};
    return length_of(bytes, &purse, format);
}

bool kernel_stream_find(span_t image, uint64_t from, uint64_t to, kernel_stream_t *stream)
{
    purse_t  purse = {DECODED_MAX};
    span_t   area  = span_clip(image, 0, to);
    uint64_t next[KINDS];
    for (size_t i = 0; i < KINDS; i++)
        next[i] = from;
    for (size_t tries = 0; tries < TRIES_MAX; tries++) {
        uint64_t nearest = UINT64_MAX;
        for (size_t i = 0; i < KINDS; i++) {
            if (next[i] == UINT64_MAX)
                continue;
            if (next[i] <= from) {
                span_t         rest = span_from_offset(area, max_u64(next[i], from));
                const uint8_t *hit  = rest.size > 0 ? memmem(rest.at, rest.size, kinds[i].magic.at, kinds[i].magic.size) : NULL;
                next[i]             = hit != NULL ? (uint64_t)(hit - area.at) : UINT64_MAX;
            }
            nearest = min_u64(nearest, next[i]);
        }
        if (nearest == UINT64_MAX || purse.left == 0)
            return false;
        *stream = (kernel_stream_t){.offset = nearest};
        stream->length = length_of(span_from_offset(area, nearest), &purse, &stream->format);
        if (stream->length > 0)
            return true;
        from = nearest + 1;
    }
    return false;
}

static bool gzip_head(span_t s, uint8_t *head, size_t size)
{
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)s.at, .avail_in = clip_uint(s.size), .next_out = head, .avail_out = clip_uint(size)};
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return false;
    (void)inflate(&z, Z_SYNC_FLUSH);
    (void)inflateEnd(&z);
    return z.avail_out == 0;
}

static bool lzma_head(span_t s, uint8_t *head, size_t size)
{
    lzma_stream l = LZMA_STREAM_INIT;
    if (lzma_auto_decoder(&l, MEMORY_MAX, 0) != LZMA_OK)
        return false;
    l.next_in   = s.at;
    l.avail_in  = s.size;
    l.next_out  = head;
    l.avail_out = size;
    lzma_ret status = lzma_code(&l, LZMA_RUN);
    bool     full   = (status == LZMA_OK || status == LZMA_STREAM_END) && l.avail_out == 0;
    lzma_end(&l);
    return full;
}

static bool zstd_head(span_t s, uint8_t *head, size_t size)
{
    ZSTD_DStream  *z    = ZSTD_createDStream();
    ZSTD_inBuffer  in   = {s.at, s.size, 0};
    ZSTD_outBuffer out  = {head, size, 0};
    size_t         left = 1;
    if (z == NULL)
        return false;
    while (out.pos < size && in.pos < in.size && left != 0 && !ZSTD_isError(left))
        left = ZSTD_decompressStream(z, &out, &in);
    (void)ZSTD_freeDStream(z);
    return out.pos == size;
}

bool kernel_stream_head(span_t bytes, uint8_t *head, size_t size)
{
    if (span_has_text_at(bytes, 0, "\x1F\x8B\x08"))
        return gzip_head(bytes, head, size);
    if (span_has_text_at(bytes, 0, "\x28\xB5\x2F\xFD"))
        return zstd_head(bytes, head, size);
    if (span_has_text_at(bytes, 0, "\xFD" "7zXZ") || span_starts_with(bytes, span_from("\x5D\0\0", 3)))
        return lzma_head(bytes, head, size);
    return false;
}
