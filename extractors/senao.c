/* The image of Senao (EnGenius, D-Link), 96 bytes, big-endian: 0, vendor, product, version[16], type, length of the content, 0, MD5 of the
 * content, zeros[32], sum of all bytes of the header with this field zero, number that makes the key. The content is obfuscated: byte i of each
 * block of 512 is XORed with the number shifted right by i % 8. Type 0 has a second header, which is left alone here. Nothing is a
 * magic, so it is asked for at the start of a blob only. Source: openwrt/firmware-utils, src/mksenaofw.c. */
#include "base/buffer.h"
#include "extractors/vendor_cipher.h"
#include "extractors/vendor_image.h"

enum { HEADER_SIZE = 96, VERSION_AT = 12, MD5_AT = 40, ZEROS_AT = 56, ZEROS = 32, SUM_AT = 88, TYPE_MAX = 12 };

typedef struct { uint32_t vendor, product, type, length, key; } header_t;

static const char *const type_names[] = {"combo", "bootloader", "kernel", "kernelapp", "apps"};

static void undo(void *context, uint64_t at, uint8_t *bytes, size_t size)
{
    const header_t *header = context;
    for (size_t i = 0; i < size; i++)
        bytes[i] ^= (uint8_t)(header->key >> ((at + i) % 8));
}

static bool read_header(span_t image, header_t *header, vendor_image_t *out)
{
    reader_t r    = reader_from(image);
    uint32_t head = read_be32(&r), sum = 0;
    header->vendor  = read_be32(&r);
    header->product = read_be32(&r);
    reader_skip(&r, 16);
    header->type   = read_be32(&r);
    header->length = read_be32(&r);
    uint32_t zero  = read_be32(&r);
    r              = reader_at(image, SUM_AT);
    uint32_t said  = read_be32(&r);
    header->key    = read_be32(&r);
    span_t version;
    if (!reader_ok(&r) || head != 0 || zero != 0 || header->vendor == 0 || header->product == 0 || header->type == 0 || header->type > TYPE_MAX ||
        header->length == 0 || !vendor_text(image, VERSION_AT, 16, &version) || !span_is_filled_with(span_sub(image, ZEROS_AT, ZEROS), 0))
        return false;
    for (size_t i = 0; i < HEADER_SIZE; i++)
        sum += i >= SUM_AT && i < SUM_AT + 4 ? 0 : image.at[i];
    if (sum != said)
        return false;
    *out = (vendor_image_t){.header = HEADER_SIZE, .length = (uint64_t)HEADER_SIZE + header->length, .bits = 48};
    return true;
}

static unsigned senao_probe(span_t image)
{
    header_t       header;
    vendor_image_t out;
    return read_header(image, &header, &out) ? vendor_bits(&out) : 0;
}

static uint64_t senao_extent(span_t image)
{
    header_t       header;
    vendor_image_t out;
    return read_header(image, &header, &out) ? vendor_extent(image, &out) : 0;
}

typedef struct { buffer_t all; } plain_t;

static void keep(void *context, span_t piece) { buffer_append(&((plain_t *)context)->all, piece); }

static bool md5_agrees(span_t image, span_t content, vendor_cipher_t cipher)
{
    plain_t plain = {0};
    uint8_t digest[MD5_SIZE];
    vendor_each_undone(content, cipher, &plain, keep);
    span_t all  = buffer_span(&plain.all);
    bool   good = !plain.all.failed && vendor_md5(&all, 1, digest) && memcmp(digest, image.at + MD5_AT, MD5_SIZE) == 0;
    buffer_free(&plain.all);
    return good;
}

static status_t senao_extract(span_t image, sink_t *sink)
{
    header_t       header;
    vendor_image_t out;
    span_t         text;
    if (!read_header(image, &header, &out))
        return status_fail(STATUS_REJECTED, "senao", 0, "not a Senao header");
    vendor_cipher_t cipher  = {&header, undo};
    span_t          content = span_sub(image, HEADER_SIZE, header.length);
    if (content.at != NULL)
        vendor_add_sum(&out, "the MD5 of the content does not agree", HEADER_SIZE, header.length, 64, md5_agrees(image, content, cipher));
    sink_fact_printf(sink, "senao.vendor", "0x%04X", (unsigned)header.vendor);
    sink_fact_printf(sink, "senao.product", "0x%04X", (unsigned)header.product);
    if (vendor_text(image, VERSION_AT, 16, &text))
        vendor_fact(sink, "senao.version", text);
    vendor_claim(image, sink, &out);
    const char *name = header.type < sizeof type_names / sizeof *type_names ? type_names[header.type] : "image";
    return vendor_show_undone(image, sink, name, HEADER_SIZE, header.length, cipher);
}

const extractor_t senao_extractor = {
    .id = "senao", .name = "Senao (EnGenius) image", .specification = "openwrt/firmware-utils, src/mksenaofw.c", .reach = REACH_EXTRACT,
    .probe = senao_probe, .extent = senao_extent, .extract = senao_extract,
};
