/* @AML: the signed boot stage of Amlogic's processors. Little-endian, 64 bytes, at the start or behind a nonce of 16 bytes: "@AML", size of all,
 * size of the header, version, id, kind of digest, then offsets (from the header) and sizes of digest, data, padding and payload. The SHA-256 is
 * over header and data. Source: meson-tools, meson.h, amlbootsig-gxl.c; hardkernel/u-boot, aml.h. */
#include "base/sha256.h"
#include "extractors/soc_common.h"

enum { HEADER_SIZE = 64, NONCE_SIZE = 16, SIZE_LIMIT = 16 << 20 };

typedef struct {
    uint64_t at; /* of the header */
    uint32_t size, id, digest_kind, digest, digest_size, data, data_size, payload, payload_size;
    uint8_t  major, minor;
} aml_t;

static bool read_header(span_t image, aml_t *aml)
{
    aml->at          = span_has_text_at(image, NONCE_SIZE, "@AML") ? NONCE_SIZE : 0;
    reader_t r       = reader_at(image, aml->at + 4);
    aml->size        = read_le32(&r);
    uint16_t header  = read_le16(&r);
    aml->major       = read_u8(&r);
    aml->minor       = read_u8(&r);
    aml->id          = read_le32(&r);
    aml->digest_kind = read_le32(&r);
    aml->digest      = read_le32(&r);
    aml->digest_size = read_le32(&r);
    aml->data        = read_le32(&r);
    aml->data_size   = read_le32(&r);
    reader_skip(&r, 16);
    aml->payload      = read_le32(&r);
    aml->payload_size = read_le32(&r);
    reader_skip(&r, 4);
    return reader_ok(&r) && span_has_text_at(image, aml->at, "@AML") && header == HEADER_SIZE && aml->size > HEADER_SIZE && aml->size <= SIZE_LIMIT &&
           aml->digest >= HEADER_SIZE && aml->digest <= aml->size && aml->digest_size <= aml->size - aml->digest && aml->data >= HEADER_SIZE &&
           aml->data <= aml->size && aml->data_size <= aml->size - aml->data && aml->payload <= aml->size &&
               aml->payload_size <= aml->size - aml->payload;
}

static bool has_digest(const aml_t *aml) { return aml->digest_kind == 0 && aml->digest_size >= SHA256_SIZE; }

static bool digest_agrees(span_t image, const aml_t *aml)
{
    span_t header = span_sub(image, aml->at, HEADER_SIZE), data = span_sub(image, aml->at + aml->data, aml->data_size);
    span_t kept   = span_sub(image, aml->at + aml->digest, SHA256_SIZE);
    if (data.at == NULL || kept.at == NULL)
        return false;
    sha256_t  digest;
    hasher_t *hasher = hasher_new(false);
    bool      done   = hasher != NULL && status_ok(hasher_add(hasher, header)) && status_ok(hasher_add(hasher, data)) &&
                status_ok(hasher_finish(hasher, &digest, NULL));
    hasher_free(hasher);
    return done && memcmp(digest.bytes, kept.at, SHA256_SIZE) == 0;
}

static unsigned amlogic_boot_probe(span_t image)
{
    aml_t aml;
    return read_header(image, &aml) ? 32 + 40 + (has_digest(&aml) && digest_agrees(image, &aml) ? 32 : 0) : 0;
}

static uint64_t amlogic_boot_extent(span_t image)
{
    aml_t aml;
    return read_header(image, &aml) ? min_u64(aml.at + aml.size, image.size) : 0;
}

static status_t amlogic_boot_extract(span_t image, sink_t *sink)
{
    aml_t aml;
    if (!read_header(image, &aml))
        return status_fail(STATUS_REJECTED, "amlogic-boot", 0, "not an @AML header");
    partitions_t parts = {.sink = sink};
    bool         sound = has_digest(&aml) && digest_agrees(image, &aml), cut = aml.at + aml.size > image.size;
    uint64_t     from = aml.payload_size > 0 ? aml.payload : aml.data, size = aml.payload_size > 0 ? aml.payload_size : aml.data_size;
    sink_claim(sink, 0, aml.at + HEADER_SIZE, REGION_STRUCTURE);
    sink_claim(sink, aml.at + aml.digest, has_digest(&aml) ? SHA256_SIZE : aml.digest_size, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Amlogic");
    sink_fact_printf(sink, "aml.version", "%u.%u", aml.major, aml.minor);
    sink_fact_printf(sink, "aml.id", "0x%x", aml.id);
    sink_fact(sink, "aml.digest", !has_digest(&aml) ? "signature" : sound ? "SHA-256 agrees" : "SHA-256 differs");
    if (cut)
        sink_damage(sink, image.size, 0, "the image ends before the stage does");
    (void)soc_show_code(&parts, sound ? CHILD_FILE : CHILD_PAYLOAD, "payload", image, aml.at + from, size,
                        sound || cut || !has_digest(&aml) ? NULL : "the SHA-256 of the stage does not agree with its content");
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("@AML", 0), MAGIC("@AML", NONCE_SIZE)};

const extractor_t amlogic_boot_extractor = {
    .id = "amlogic_boot", .name = "Amlogic boot stage (@AML)", .specification = "meson-tools, meson.h", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 2, .probe = amlogic_boot_probe, .extent = amlogic_boot_extent, .extract = amlogic_boot_extract,
};
