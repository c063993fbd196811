/* UPX: the header that a packed program keeps for the unpacker, 32 bytes from version 10 of its format on: "UPX!", version, format, method,
 * level, Adler-32 of the plain and of the packed data, their sizes, size of the plain file, filter, its parameter, a spare byte, a checksum:
 * the sum of the bytes behind the magic modulo 251. Formats from 128 on are big-endian. Source: UPX, src/packhead.cpp. */
#include "extractors/upx.h"

#include <zlib.h>

enum { HEADER_SIZE = 32, HITS_MAX = 64, NEAR_AN_END = 8192, /* of the file: where the packer puts it */
        BIG_ENDIAN_FROM = 128, VERSION_LEAST = 10, VERSION_MOST = 16, LEVEL_MOST = 15 };

typedef struct { uint8_t version, format, method, level; uint32_t plain_adler, packed_adler, plain, packed, file; } upx_t;

static const char *method_name(uint8_t method)
{
    static const char *const names[] = {NULL, NULL, "nrv2b", "nrv2b 8", "nrv2b 16", "nrv2d", "nrv2d 8", "nrv2d 16", "nrv2e", "nrv2e 8", "nrv2e 16",
                                        NULL, NULL, NULL, "lzma", "deflate", "zstd"};
    return method < sizeof names / sizeof names[0] ? names[method] : NULL;
}

static bool read_header(span_t bytes, upx_t *upx)
{
    unsigned sum = 0;
    if (bytes.size < HEADER_SIZE)
        return false;
    for (size_t i = 4; i < HEADER_SIZE - 1; i++)
        sum += bytes.at[i];
    reader_t r        = reader_at(bytes, 4);
    upx->version      = read_u8(&r);
    upx->format       = read_u8(&r);
    upx->method       = read_u8(&r);
    upx->level        = read_u8(&r);
    bool big          = upx->format >= BIG_ENDIAN_FROM;
    upx->plain_adler  = big ? read_be32(&r) : read_le32(&r);
    upx->packed_adler = big ? read_be32(&r) : read_le32(&r);
    upx->plain        = big ? read_be32(&r) : read_le32(&r);
    upx->packed       = big ? read_be32(&r) : read_le32(&r);
    upx->file         = big ? read_be32(&r) : read_le32(&r);
    return bytes.at[HEADER_SIZE - 1] == sum % 251 && upx->version >= VERSION_LEAST && upx->version <= VERSION_MOST &&
           method_name(upx->method) != NULL &&
           upx->level <= LEVEL_MOST && upx->packed > 0 && upx->plain >= upx->packed && upx->format > 0;
}

/* The first header that begins in [from, to). */
static bool find_header(span_t image, uint64_t from, uint64_t to, upx_t *upx, uint64_t *at)
{
    span_t within = span_clip(image, 0, to);
    for (unsigned hits = 0; hits < HITS_MAX && from < within.size; hits++, from = *at + 4) {
        const uint8_t *hit = memmem(within.at + from, within.size - (size_t)from, "UPX!", 4);
        if (hit == NULL)
            return false;
        *at = (uint64_t)(hit - image.at);
        if (read_header(span_from_offset(image, *at), upx))
            return true;
    }
    return false;
}

void upx_say(span_t image, sink_t *sink)
{
    upx_t    upx;
    uint64_t at, last = image.size - min_u64(image.size, NEAR_AN_END);
    if (!find_header(image, 0, NEAR_AN_END, &upx, &at) && !find_header(image, max_u64(last, NEAR_AN_END - 4), image.size, &upx, &at))
        return;
    sink_fact(sink, "upx.method", method_name(upx.method));
    sink_fact_printf(sink, "upx.format", "%u", (unsigned)upx.format);
    sink_fact_printf(sink, "upx.version", "%u", (unsigned)upx.version);
    sink_fact_printf(sink, "upx.level", "%u", (unsigned)upx.level);
    sink_fact_printf(sink, "upx.packed", "%u", upx.packed);
    sink_fact_printf(sink, "upx.plain", "%u", upx.plain);
    sink_fact_printf(sink, "upx.file", "%u", upx.file);
    /* Where the packed data follow the header, as in PE files, their checksum can be told. */
    span_t packed = span_sub(image, at + HEADER_SIZE, upx.packed);
    if (packed.size > 0 && (uint32_t)adler32_z(1, packed.at, packed.size) == upx.packed_adler)
        sink_fact(sink, "upx.adler32", "holds");
    sink_limit(sink, at, HEADER_SIZE, "packed", "the program is packed by UPX, and was not unpacked");
}
