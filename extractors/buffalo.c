/* Buffalo's obfuscated image: "start" or "asar1" with its NUL, a seed, length (big-endian) and text of the product, of the version, length of the
 * data, the data, their sum (a CRC-32 of signed bytes that begins with the length, not inverted). The texts and the data are each enciphered by
 * RC4 under one byte (the seed; for the version the first cipher byte of the product; for the data that of the version) and the word
 * "Buffalo", the same in all known images. The variant with a state as long as the data is recognised only.
 * Source: openwrt/openwrt, tools/firmware-utils/src/buffalo-lib.c and buffalo-enc.c. */
#include "extractors/vendor_cipher.h"
#include "extractors/vendor_image.h"

enum { MAGIC_SIZE = 6, STATE = 256, TEXT_MAX = 32, KEY_SIZE = 8 };

typedef struct { uint8_t state[STATE], i, j; } rc4_t;
typedef struct { span_t product, version; uint8_t seed; uint64_t data_at, length; } header_t;

static void rc4_begin(rc4_t *rc4, uint8_t seed)
{
    const uint8_t key[KEY_SIZE] = {seed, 'B', 'u', 'f', 'f', 'a', 'l', 'o'};
    uint8_t       k             = 0;
    rc4->i = rc4->j = 0;
    for (size_t n = 0; n < STATE; n++)
        rc4->state[n] = (uint8_t)n;
    for (size_t n = 0; n < STATE; n++) {
        uint8_t t     = rc4->state[n];
        k             = (uint8_t)(k + key[n % KEY_SIZE] + t);
        rc4->state[n] = rc4->state[k];
        rc4->state[k] = t;
    }
}

static void undo(void *context, uint64_t at, uint8_t *bytes, size_t size)
{
    rc4_t *rc4 = context;
    (void)at; /* the state says where it is */
    for (size_t n = 0; n < size; n++) {
        rc4->i                = (uint8_t)(rc4->i + 1);
        rc4->j                = (uint8_t)(rc4->j + rc4->state[rc4->i]);
        uint8_t t             = rc4->state[rc4->j];
        rc4->state[rc4->j]    = rc4->state[rc4->i];
        rc4->state[rc4->i]    = t;
        bytes[n] ^= rc4->state[(uint8_t)(rc4->state[rc4->i] + rc4->state[rc4->j])];
    }
}

/* A text with its NUL, undone into `out`. */
static bool undo_text(span_t cipher, uint8_t seed, char *out)
{
    rc4_t  rc4;
    span_t text;
    rc4_begin(&rc4, seed);
    memcpy(out, cipher.at, cipher.size);
    undo(&rc4, 0, (uint8_t *)out, cipher.size);
    return vendor_text(span_from(out, cipher.size), 0, cipher.size, &text) && text.size == cipher.size - 1 && text.size > 0;
}

static bool read_text(reader_t *r, span_t *text)
{
    uint32_t size = read_be32(r);
    *text         = size >= 2 && size <= TEXT_MAX ? read_span(r, size) : span_from(NULL, 0);
    return reader_ok(r) && text->size > 0;
}

static bool read_header(span_t image, header_t *header, char *product, char *version)
{
    reader_t r     = reader_from(image);
    span_t   magic = read_span(&r, MAGIC_SIZE);
    header->seed   = read_u8(&r);
    if (!reader_ok(&r) || (memcmp(magic.at, "start", MAGIC_SIZE) != 0 && memcmp(magic.at, "asar1", MAGIC_SIZE) != 0) ||
        !read_text(&r, &header->product) || !read_text(&r, &header->version))
        return false;
    header->length  = read_be32(&r);
    header->data_at = r.pos;
    return reader_ok(&r) && header->length > 0 && undo_text(header->product, header->seed, product) &&
           undo_text(header->version, header->product.at[0], version);
}

static unsigned buffalo_probe(span_t image)
{
    header_t header;
    char     product[TEXT_MAX], version[TEXT_MAX];
    return read_header(image, &header, product, version) ? 48 + 32 : 0;
}

static uint64_t buffalo_extent(span_t image)
{
    header_t header;
    char     product[TEXT_MAX], version[TEXT_MAX];
    return read_header(image, &header, product, version) ? min_u64(header.data_at + header.length + 4, image.size) : 0;
}

static void add_to_sum(void *context, span_t piece)
{
    uint32_t *sum = context;
    for (size_t n = 0; n < piece.size; n++) {
        *sum ^= piece.at[n] | (piece.at[n] & 0x80 ? 0xFFFFFF00u : 0);
        for (unsigned bit = 0; bit < 8; bit++)
            *sum = *sum >> 1 ^ (*sum & 1 ? 0xEDB88320u : 0);
    }
}

static status_t buffalo_extract(span_t image, sink_t *sink)
{
    header_t header;
    char     product[TEXT_MAX], version[TEXT_MAX];
    rc4_t    rc4;
    if (!read_header(image, &header, product, version))
        return status_fail(STATUS_REJECTED, "buffalo", 0, "not a Buffalo header");
    sink_fact(sink, "buffalo.product", product);
    sink_fact(sink, "buffalo.version", version);
    vendor_image_t out = {.header = header.data_at, .length = header.data_at + header.length + 4};
    span_t         data = span_sub(image, header.data_at, header.length);
    reader_t       r    = reader_at(image, header.data_at + header.length);
    uint32_t       said = read_be32(&r), sum = (uint32_t)header.length;
    if (data.at != NULL && reader_ok(&r)) {
        rc4_begin(&rc4, header.version.at[0]);
        vendor_each_undone(data, (vendor_cipher_t){&rc4, undo}, &sum, add_to_sum);
        vendor_add_sum(&out, "the sum of the data does not agree: changed, or another cipher", header.data_at, header.length, 32, sum == said);
    }
    vendor_claim(image, sink, &out);
    rc4_begin(&rc4, header.version.at[0]);
    status_t status = vendor_show_undone(image, sink, "image", header.data_at, header.length, (vendor_cipher_t){&rc4, undo});
    uint64_t end = min_u64(header.data_at + header.length, image.size);
    sink_claim(sink, end, min_u64(4, image.size - end), REGION_STRUCTURE);
    return status;
}

static const magic_t magics[] = {{{(const uint8_t *)"start", MAGIC_SIZE}, 0}, {{(const uint8_t *)"asar1", MAGIC_SIZE}, 0}};

const extractor_t buffalo_extractor = {
    .id = "buffalo", .name = "Buffalo obfuscated image", .specification = "openwrt/firmware-utils, src/buffalo-lib.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = buffalo_probe, .extent = buffalo_extent, .extract = buffalo_extract,
};
