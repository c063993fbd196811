/* Planex's image, big-endian: SHA-1 of a number of the model (2 or 4) and the content, version[8], two bytes, length; then the content.
 * Nothing in it is a magic, so it is asked for at the start of a blob only, and must have its SHA-1. Source: openwrt/firmware-utils,
 * src/mkplanexfw.c. */
#include "extractors/vendor_image.h"

#include <openssl/evp.h>

enum { HEADER_SIZE = 34, SHA1_SIZE = 20, VERSION_AT = 20 };

static const struct { uint8_t seed[4]; const char *model; } models[] = {{{0, 0, 0, 2}, "MZK-W04NU"}, {{0, 0, 0, 4}, "MZK-W300NH"}};

/* The model whose number makes the SHA-1 of the content that of the header; NULL. */
static const char *model_of(span_t image, span_t content)
{
    const char *found   = NULL;
    uint8_t     digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    for (size_t i = 0; context != NULL && found == NULL && i < sizeof models / sizeof *models; i++)
        if (EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 && EVP_DigestUpdate(context, models[i].seed, 4) == 1 &&
            EVP_DigestUpdate(context, content.at, content.size) == 1 && EVP_DigestFinal_ex(context, digest, NULL) == 1 &&
            memcmp(digest, image.at, SHA1_SIZE) == 0)
            found = models[i].model;
    EVP_MD_CTX_free(context);
    return found;
}

static bool read_image(span_t image, vendor_image_t *out)
{
    span_t   version;
    reader_t r      = reader_at(image, HEADER_SIZE - 4);
    uint32_t length = read_be32(&r);
    /* The text is "1.00.00", and its NUL fills the field. */
    if (!reader_ok(&r) || !vendor_text(image, VERSION_AT, 8, &version) || version.size != 7 || version.at[1] != '.' || version.at[4] != '.' ||
        length == 0)
        return false;
    span_t content = span_sub(image, HEADER_SIZE, length);
    *out           = (vendor_image_t){.header = HEADER_SIZE, .length = (uint64_t)HEADER_SIZE + length, .bits = 16};
    if (content.at != NULL)
        vendor_add_sum(out, "the SHA-1 of the content does not agree", HEADER_SIZE, length, 64, model_of(image, content) != NULL);
    vendor_add_part(out, span_from_text("image"), HEADER_SIZE, length);
    return true;
}

static unsigned planex_probe(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_bits(&out) : 0;
}

static uint64_t planex_extent(span_t image)
{
    vendor_image_t out;
    return read_image(image, &out) ? vendor_extent(image, &out) : 0;
}

static status_t planex_extract(span_t image, sink_t *sink)
{
    vendor_image_t out;
    span_t         text;
    if (!read_image(image, &out))
        return status_fail(STATUS_REJECTED, "planex", 0, "not a Planex image");
    span_t      content = span_sub(image, HEADER_SIZE, out.length - HEADER_SIZE);
    const char *model   = content.at != NULL ? model_of(image, content) : NULL;
    if (vendor_text(image, VERSION_AT, 8, &text))
        vendor_fact(sink, "planex.version", text);
    if (model != NULL)
        sink_fact(sink, "planex.model", model);
    return vendor_show(image, sink, &out);
}

const extractor_t planex_extractor = {
    .id = "planex", .name = "Planex image", .specification = "openwrt/firmware-utils, src/mkplanexfw.c",
    .reach = REACH_EXTRACT,
    .probe = planex_probe, .extent = planex_extent, .extract = planex_extract,
};
