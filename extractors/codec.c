#include "extractors/codec.h"

#include "extractors/codec_efi.h"
#include "extractors/lzo_rle.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct codec_context {
    z_stream    inflate; /* for the start of a block; whole blocks are libdeflate's */
    bool        inflate_ready;
    struct libdeflate_decompressor *deflate;
    lzma_stream xz, lzma, microlzma;
    ZSTD_DCtx  *zstd;
    codec_lzma_shape_t shape;
};

typedef struct { span_t in; uint8_t *out; size_t capacity, produced; bool prefix; } block_t; /* prefix: the output's size is enough */

static status_t damaged(const char *what) { return status_fail(STATUS_DAMAGED, "codec", 0, what); }
static status_t no_memory(void) { return status_fail(STATUS_MEMORY, "codec", 0, "out of memory for a decoder"); }

/* zlib and liblzma refuse null pointers, which an empty span may hold. */
static const uint8_t nothing[1];

codec_context_t *codec_context_new(void)
{
    codec_context_t *context = calloc(1, sizeof *context);
    if (context != NULL)
        context->xz = context->lzma = context->microlzma = (lzma_stream)LZMA_STREAM_INIT;
    return context;
}

void codec_context_free(codec_context_t *context)
{
    if (context == NULL)
        return;
    if (context->inflate_ready)
        (void)inflateEnd(&context->inflate);
    libdeflate_free_decompressor(context->deflate);
    lzma_end(&context->xz);
    lzma_end(&context->lzma);
    lzma_end(&context->microlzma);
    (void)ZSTD_freeDCtx(context->zstd);
    free(context);
}

static status_t decode_deflated_start(codec_context_t *context, block_t *block, int window_bits)
{
    z_stream *z = &context->inflate;
    if (block->in.size > UINT32_MAX || block->capacity > UINT32_MAX)
        return damaged("a deflated block of 4 GiB or more");
    z->next_in   = (z_const Bytef *)block->in.at;
    z->avail_in  = (uInt)block->in.size;
    int prepared = context->inflate_ready ? inflateReset2(z, window_bits) : inflateInit2(z, window_bits);
    if (prepared != Z_OK)
        return no_memory();
    context->inflate_ready = true;
    z->next_out            = block->out;
    z->avail_out           = (uInt)block->capacity;
    int result             = inflate(z, Z_FINISH);
    if (result == Z_MEM_ERROR)
        return no_memory();
    if (result != Z_STREAM_END && z->avail_out != 0)
        return damaged("not a whole deflated block");
    block->produced = block->capacity - z->avail_out;
    return ok();
}

typedef enum libdeflate_result whole_deflate_t(struct libdeflate_decompressor *, const void *, size_t, void *, size_t, size_t *, size_t *);

static status_t decode_deflate(codec_context_t *context, block_t *block, int window_bits, whole_deflate_t *whole)
{
    size_t used;
    if (block->prefix)
        return decode_deflated_start(context, block, window_bits);
    if (context->deflate == NULL)
        context->deflate = libdeflate_alloc_decompressor();
    if (context->deflate == NULL)
        return no_memory();
    if (whole(context->deflate, block->in.at, block->in.size, block->out, block->capacity, &used, &block->produced) != LIBDEFLATE_SUCCESS)
        return damaged("not a whole deflated block");
    return ok();
}

static status_t decode_zlib(codec_context_t *context, block_t *block)
{
    return decode_deflate(context, block, MAX_WBITS, libdeflate_zlib_decompress_ex);
}

static status_t decode_raw_deflate(codec_context_t *context, block_t *block)
{
    return decode_deflate(context, block, -MAX_WBITS, libdeflate_deflate_decompress_ex);
}

static lzma_ret run_lzma(lzma_stream *stream, block_t *block)
{
    stream->next_in   = block->in.at;
    stream->avail_in  = block->in.size;
    stream->next_out  = block->out;
    stream->avail_out = block->capacity;
    lzma_ret result   = lzma_code(stream, LZMA_FINISH);
    block->produced   = block->capacity - stream->avail_out;
    return result;
}

static status_t decode_xz(codec_context_t *context, block_t *block)
{
    if (lzma_stream_decoder(&context->xz, CODEC_MEMORY_MAX, 0) != LZMA_OK)
        return no_memory();
    switch (run_lzma(&context->xz, block)) {
    case LZMA_STREAM_END: return ok();
    case LZMA_MEM_ERROR: return no_memory();
    case LZMA_MEMLIMIT_ERROR: return status_fail(STATUS_LIMIT, "codec", 0, "an xz block asks for too much memory");
    default: return damaged("not a whole xz stream");
    }
}

/* No distance reaches back further than the output is long, so the capacity does as dictionary, whatever the header says;
 * and a dictionary of always the same size is allocated once. `size` is UINT64_MAX where it is not known; where nothing tells
 * the end at all, neither size nor marker, the block ends with its input. */
static status_t decode_raw_lzma(codec_context_t *context, block_t *block, uint8_t properties, uint64_t size, bool end_is_told)
{
    if (properties >= 9 * 5 * 5)
        return damaged("not an LZMA header");
    lzma_options_lzma options = {
        .dict_size = (uint32_t)max_u64(min_u64(block->capacity, CODEC_MEMORY_MAX), LZMA_DICT_SIZE_MIN),
        .lc = properties % 9, .lp = properties / 9 % 5, .pb = properties / 45,
    };
    lzma_filter filters[] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    bool        known     = size != UINT64_MAX;
    if (known && size > block->capacity)
        return damaged("an LZMA block is longer than it may be");
    if (known)
        block->capacity = (size_t)size;
    lzma_ret prepared = lzma_raw_decoder(&context->lzma, filters);
    if (prepared != LZMA_OK)
        return prepared == LZMA_MEM_ERROR ? no_memory() : damaged("LZMA properties that no encoder writes");
    if (known && size == 0)
        return ok();
    lzma_ret result = run_lzma(&context->lzma, block);
    if (result == LZMA_MEM_ERROR)
        return no_memory();
    bool ended = result == LZMA_STREAM_END || (result == LZMA_OK && (block->produced == block->capacity || !end_is_told));
    if (!ended || (known && block->produced != size))
        return damaged("not a whole LZMA block");
    return ok();
}

static status_t decode_lzma_alone(codec_context_t *context, block_t *block)
{
    reader_t r          = reader_from(block->in);
    uint8_t  properties = read_u8(&r);
    reader_skip(&r, 4);
    uint64_t size = read_le64(&r);
    if (!reader_ok(&r))
        return damaged("an LZMA block without header");
    block->in = span_from_offset(block->in, 13);
    return decode_raw_lzma(context, block, properties, size, true);
}

static status_t decode_lzma_bare(codec_context_t *context, block_t *block)
{
    if (block->in.size < 6)
        return damaged("an LZMA block without header");
    uint8_t properties = block->in.at[0];
    block->in          = span_from_offset(block->in, 5);
    return decode_raw_lzma(context, block, properties, UINT64_MAX, false);
}

static status_t decode_lzma_plain(codec_context_t *context, block_t *block)
{
    return decode_raw_lzma(context, block, 0, UINT64_MAX, false);
}

/* The range coder is flushed with five bytes, of which a decoder that stops at the last byte of output need not have read all. */
static status_t decode_lzma_shaped(codec_context_t *context, block_t *block)
{
    enum { FLUSHED = 5 };
    codec_lzma_shape_t shape = context->shape;
    if (block->in.size <= shape.skip || (shape.properties_at != CODEC_LZMA_FIXED && shape.properties_at >= shape.skip))
        return damaged("an LZMA block without header");
    uint8_t properties = shape.properties_at == CODEC_LZMA_FIXED ? shape.properties : block->in.at[shape.properties_at];
    block->in          = span_from_offset(block->in, shape.skip);
    status_t status    = decode_raw_lzma(context, block, properties, UINT64_MAX, false);
    if (status_ok(status) && context->lzma.avail_in > FLUSHED)
        return damaged("an LZMA block ends before its input does");
    return status;
}

static status_t decode_lzo(codec_context_t *context, block_t *block)
{
    (void)context;
    lzo_uint produced = block->capacity;
    if (lzo1x_decompress_safe(block->in.at, block->in.size, block->out, &produced, NULL) != LZO_E_OK)
        return damaged("not a whole LZO1X block");
    block->produced = produced;
    return ok();
}

static status_t decode_lz4(codec_context_t *context, block_t *block)
{
    (void)context;
    if (block->in.size > INT32_MAX)
        return damaged("an LZ4 block of 2 GiB or more");
    const char *in       = (const char *)block->in.at;
    char       *out      = (char *)block->out;
    int         size     = (int)block->in.size, capacity = (int)min_u64(block->capacity, INT32_MAX);
    int         produced = block->prefix ? LZ4_decompress_safe_partial(in, out, size, capacity, capacity) : LZ4_decompress_safe(in, out, size, capacity);
    if (produced < 0)
        return damaged("not a whole LZ4 block");
    block->produced = (size_t)produced;
    return ok();
}

static status_t decode_zstd(codec_context_t *context, block_t *block)
{
    if (context->zstd == NULL)
        context->zstd = ZSTD_createDCtx();
    if (context->zstd == NULL)
        return no_memory();
    if (block->prefix) {
        ZSTD_inBuffer  in   = {block->in.at, block->in.size, 0};
        ZSTD_outBuffer out  = {block->out, block->capacity, 0};
        size_t         hint = ZSTD_DCtx_reset(context->zstd, ZSTD_reset_session_only);
        /* Ends: every call makes progress in one of the two, or is the last. */
        for (size_t before = SIZE_MAX; !ZSTD_isError(hint) && out.pos < out.size && in.pos + out.pos != before;) {
            before = in.pos + out.pos;
            hint   = ZSTD_decompressStream(context->zstd, &out, &in);
        }
        block->produced = out.pos;
        return ZSTD_isError(hint) ? damaged("not a zstd frame") : ok();
    }
    size_t frame    = ZSTD_findFrameCompressedSize(block->in.at, block->in.size);
    size_t produced = ZSTD_isError(frame) ? frame : ZSTD_decompressDCtx(context->zstd, block->out, block->capacity, block->in.at, frame);
    if (ZSTD_isError(produced))
        return damaged("not a whole zstd frame");
    block->produced = produced;
    return ok();
}

static status_t decode_microlzma(codec_context_t *context, block_t *block)
{
    lzma_stream *stream     = &context->microlzma;
    uint32_t     dictionary = (uint32_t)max_u64(min_u64(block->capacity, CODEC_MEMORY_MAX), LZMA_DICT_SIZE_MIN);
    if (lzma_microlzma_decoder(stream, block->in.size, block->capacity, !block->prefix, dictionary) != LZMA_OK)
        return no_memory();
    lzma_ret result = run_lzma(stream, block);
    if (result == LZMA_MEM_ERROR)
        return no_memory();
    return result == LZMA_STREAM_END ? ok() : damaged("not a whole MicroLZMA block");
}

static status_t decode_lzo_rle(codec_context_t *context, block_t *block)
{
    (void)context;
    return lzo_rle_decode(block->in, block->out, block->capacity, &block->produced) ? ok() : damaged("not a whole LZO-RLE block");
}

/* The filter holds bytes back until it knows that the stream has ended, so this decoder must be told the size. */
static status_t decode_lzma_x86(codec_context_t *context, block_t *block)
{
    reader_t r          = reader_from(block->in);
    uint8_t  properties = read_u8(&r);
    reader_skip(&r, 4);
    uint64_t size = read_le64(&r);
    if (!reader_ok(&r) || properties >= 9 * 5 * 5 || size > block->capacity)
        return damaged("an LZMA block without header, or longer than it may be");
    lzma_options_lzma options = {
        .dict_size = (uint32_t)max_u64(min_u64(size, CODEC_MEMORY_MAX), LZMA_DICT_SIZE_MIN),
        .lc = properties % 9, .lp = properties / 9 % 5, .pb = properties / 45,
        .ext_flags = LZMA_LZMA1EXT_ALLOW_EOPM, .ext_size_low = (uint32_t)size, .ext_size_high = (uint32_t)(size >> 32),
    };
    lzma_filter filters[] = {{LZMA_FILTER_X86, NULL}, {LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    lzma_ret    prepared  = lzma_raw_decoder(&context->lzma, filters);
    if (prepared != LZMA_OK)
        return prepared == LZMA_MEM_ERROR ? no_memory() : damaged("LZMA properties that no encoder writes");
    block->in       = span_from_offset(block->in, 13);
    lzma_ret result = run_lzma(&context->lzma, block);
    if (result == LZMA_MEM_ERROR)
        return no_memory();
    return result == LZMA_STREAM_END && block->produced == size ? ok() : damaged("not a whole LZMA block");
}

static status_t decode_efi(codec_context_t *context, block_t *block)
{
    (void)context;
    return codec_efi_decode(block->in, CODEC_EFI_POSITION_BITS, block->out, block->capacity, &block->produced);
}

static status_t decode_tiano(codec_context_t *context, block_t *block)
{
    (void)context;
    return codec_efi_decode(block->in, CODEC_TIANO_POSITION_BITS, block->out, block->capacity, &block->produced);
}

static status_t decode_brotli(codec_context_t *context, block_t *block)
{
    (void)context;
    size_t produced = block->capacity;
    if (BrotliDecoderDecompress(block->in.size, block->in.at, &produced, block->out) != BROTLI_DECODER_RESULT_SUCCESS)
        return damaged("not a whole Brotli stream");
    block->produced = produced;
    return ok();
}

static const struct {
    const char *name;
    status_t (*decode)(codec_context_t *, block_t *);
} codecs[CODEC_COUNT] = {
    [CODEC_ZLIB]       = {"zlib", decode_zlib},
    [CODEC_DEFLATE]    = {"deflate", decode_raw_deflate},
    [CODEC_XZ]         = {"xz", decode_xz},
    [CODEC_LZMA_ALONE] = {"lzma", decode_lzma_alone},
    [CODEC_LZMA_BARE]  = {"lzma without size", decode_lzma_bare},
    [CODEC_LZMA_PLAIN] = {"lzma without header", decode_lzma_plain},
    [CODEC_LZMA_SHAPED] = {"lzma without header", decode_lzma_shaped},
    [CODEC_LZO1X]      = {"lzo", decode_lzo},
    [CODEC_LZ4_BLOCK]  = {"lz4", decode_lz4},
    [CODEC_ZSTD]       = {"zstd", decode_zstd},
    [CODEC_MICROLZMA]  = {"microlzma", decode_microlzma},
    [CODEC_LZO_RLE]    = {"lzo-rle", decode_lzo_rle},
    [CODEC_LZMA_X86]   = {"lzma with x86 filter", decode_lzma_x86},
    [CODEC_EFI]        = {"efi", decode_efi},
    [CODEC_TIANO]      = {"tiano", decode_tiano},
    [CODEC_BROTLI]     = {"brotli", decode_brotli},
};

status_t codec_decode_with(codec_context_t *context, codec_t codec, span_t in, uint8_t *out, size_t out_capacity, size_t *produced)
{
    uint8_t none;
    block_t block = {
        .in = in.at != NULL ? in : span_from(nothing, 0), .out = out != NULL ? out : &none, .capacity = out != NULL ? out_capacity : 0,
    };
    *produced       = 0;
    status_t status = codecs[codec].decode(context, &block);
    if (status_ok(status))
        *produced = block.produced;
    return status;
}

status_t codec_decode_prefix_with(codec_context_t *context, codec_t codec, span_t in, uint8_t *out, size_t size)
{
    if (size == 0)
        return ok();
    block_t  block  = {.in = in.at != NULL ? in : span_from(nothing, 0), .out = out, .capacity = size, .prefix = true};
    status_t status = codecs[codec].decode(context, &block);
    return status_ok(status) && block.produced != size ? damaged("a block ends before its output is complete") : status;
}

status_t codec_decode(codec_t codec, span_t in, uint8_t *out, size_t out_capacity, size_t *produced)
{
    *produced                = 0;
    codec_context_t *context = codec_context_new();
    if (context == NULL)
        return no_memory();
    status_t status = codec_decode_with(context, codec, in, out, out_capacity, produced);
    codec_context_free(context);
    return status;
}

void codec_set_lzma_shape(codec_context_t *context, codec_lzma_shape_t shape) { context->shape = shape; }

codec_lzma_shape_t codec_lzma_shape(const codec_context_t *context) { return context->shape; }

bool codec_checks_itself(codec_t codec) { return codec == CODEC_ZLIB || codec == CODEC_XZ || codec == CODEC_ZSTD; }

size_t codec_zstd_frame_size(span_t in)
{
    size_t size = ZSTD_findFrameCompressedSize(in.at, in.size);
    return ZSTD_isError(size) ? 0 : size;
}

const char *codec_name(codec_t codec) { return codecs[codec].name; }
