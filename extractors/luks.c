/* LUKS: an encrypted volume under Linux. Both versions begin with "LUKS" BA BE and the version, big-endian.
 *   1: cipher, mode and hash (32 bytes of text each), start of the data in sectors, size of the key, digest of the key, UUID at 168,
 *      eight slots of 48 bytes at 208: state, iterations, salt, start in sectors, stripes.
 *   2: 4096 bytes: size of the header, sequence number, label, name of the checksum, salt, UUID at 168, subsystem, own offset, checksum
 *      at 448 over the whole header with this field 0; then JSON up to the size of the header. A second such header follows, with
 *      "SKUL" BA BE. The JSON says where the key slots and the data stand.
 * Sources: "LUKS1 On-Disk Format Specification" 1.2.3; "LUKS2 On-Disk Format Specification" 1.1.1 (M. Broz). */
#include "extractors/extractor.h"

#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum {
    SECTOR = 512, V1_HEADER = 592, V1_SLOTS = 8, V1_SLOT_AT = 208, V1_SLOT = 48, UUID_AT = 168, UUID_MAX = 40, ACTIVE = 0x00AC71F3,
    V2_BINARY = 4096, V2_HEADER_MAX = 4 << 20, CHECKSUM_AT = 448, CHECKSUM_MAX = 64, CHECKSUM_NAME_AT = 72, CHECKSUM_NAME_MAX = 32
};

static const char first_magic[] = "LUKS\xBA\xBE", second_magic[] = "SKUL\xBA\xBE";

/* Text in a field of fixed width, as a NUL-terminated copy. */
typedef struct { char text[64]; } field_t;

static field_t field_at(span_t image, uint64_t at, size_t width)
{
    field_t field = {""};
    span_t  bytes = span_sub(image, at, width < sizeof field.text ? width : sizeof field.text - 1);
    if (bytes.at != NULL)
        memcpy(field.text, bytes.at, bytes.size);
    return field;
}

static uint64_t be_at(span_t image, uint64_t at, unsigned width)
{
    reader_t r = reader_at(image, at);
    return read_be(&r, width);
}

/* What is encrypted is named, and not examined. */
static void show_encrypted(sink_t *sink, span_t image, uint64_t at, uint64_t length)
{
    if (at >= image.size)
        sink_damage(sink, image.size, 0, "the image ends before the encrypted data");
    length = at < image.size ? min_u64(length, image.size - at) : 0;
    if (length == 0)
        return;
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("encrypted"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, at, length);
    sink_end_child(sink);
    sink_limit(sink, at, length, "encrypted", "a LUKS volume: without its key the content was not examined");
}

/* ---- version 1 ---- */

static bool v1_is_sane(span_t image)
{
    if (!span_holds(image, 0, V1_HEADER))
        return false;
    uint64_t payload = be_at(image, 104, 4), key = be_at(image, 108, 4);
    return key >= 8 && key <= 512 && payload * SECTOR >= V1_HEADER && field_at(image, 8, 32).text[0] != '\0' && field_at(image, UUID_AT, UUID_MAX).text[0] != '\0';
}

static status_t extract_v1(span_t image, sink_t *sink)
{
    unsigned active = 0;
    uint64_t key = be_at(image, 108, 4), payload = be_at(image, 104, 4) * SECTOR;
    sink_claim(sink, 0, V1_HEADER, REGION_STRUCTURE);
    for (size_t i = 0; i < V1_SLOTS; i++) {
        uint64_t at = V1_SLOT_AT + i * V1_SLOT, start = be_at(image, at + 40, 4) * SECTOR, stripes = be_at(image, at + 44, 4);
        active += be_at(image, at, 4) == ACTIVE;
        /* Key material stands between header and data. */
        if (start >= V1_HEADER && start < payload && start < image.size)
            sink_claim(sink, start, min_u64(min_u64(stripes * key, payload - start), image.size - start), REGION_STRUCTURE);
    }
    sink_fact(sink, "luks.version", "1");
    sink_fact_printf(sink, "luks.cipher", "%s-%s", field_at(image, 8, 32).text, field_at(image, 40, 32).text);
    sink_fact(sink, "luks.hash", field_at(image, 72, 32).text);
    sink_fact_printf(sink, "luks.key-bits", "%" PRIu64, key * 8);
    sink_fact(sink, "luks.uuid", field_at(image, UUID_AT, UUID_MAX).text);
    sink_fact_printf(sink, "luks.active-slots", "%u", active);
    show_encrypted(sink, image, payload, UINT64_MAX);
    return ok();
}

/* ---- version 2 ---- */

static uint64_t v2_size(span_t image, uint64_t at)
{
    uint64_t size = be_at(image, at + 8, 8);
    return be_at(image, at + 6, 2) == 2 && size >= 2 * V2_BINARY && size <= V2_HEADER_MAX ? size : 0;
}

static bool v2_checksum_holds(span_t image, uint64_t at, uint64_t size)
{
    static const uint8_t zeros[CHECKSUM_MAX];
    uint8_t              digest[EVP_MAX_MD_SIZE];
    unsigned             length  = 0;
    span_t               header  = span_sub(image, at, size);
    const EVP_MD        *kind    = EVP_get_digestbyname(field_at(image, at + CHECKSUM_NAME_AT, CHECKSUM_NAME_MAX).text);
    EVP_MD_CTX          *context = header.at != NULL && kind != NULL ? EVP_MD_CTX_new() : NULL;
    bool good = context != NULL && EVP_DigestInit_ex(context, kind, NULL) == 1 && EVP_DigestUpdate(context, header.at, CHECKSUM_AT) == 1 &&
                EVP_DigestUpdate(context, zeros, sizeof zeros) == 1 &&
                EVP_DigestUpdate(context, header.at + CHECKSUM_AT + CHECKSUM_MAX, header.size - CHECKSUM_AT - CHECKSUM_MAX) == 1 &&
                EVP_DigestFinal_ex(context, digest, &length) == 1;
    EVP_MD_CTX_free(context);
    return good && length <= CHECKSUM_MAX && memcmp(digest, header.at + CHECKSUM_AT, length) == 0;
}

/* Numbers stand in the JSON as text, since they may be larger than JSON's. */
static bool number_of(const json_t *object, const char *key, uint64_t *value)
{
    const char *text = json_string_value(json_object_get(object, key));
    char       *end  = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    *value = strtoull(text, &end, 10);
    return *end == '\0';
}

static void claim_slots(sink_t *sink, span_t image, json_t *root)
{
    const char *name;
    json_t     *slot;
    json_object_foreach(json_object_get(root, "keyslots"), name, slot)
    {
        uint64_t at, size;
        json_t  *area = json_object_get(slot, "area");
        if (number_of(area, "offset", &at) && number_of(area, "size", &size) && at < image.size)
            sink_claim(sink, at, min_u64(size, image.size - at), REGION_STRUCTURE);
    }
    sink_fact_printf(sink, "luks.active-slots", "%zu", json_object_size(json_object_get(root, "keyslots")));
}

static void show_segments(sink_t *sink, span_t image, json_t *root)
{
    const char *name;
    json_t     *segment;
    json_object_foreach(json_object_get(root, "segments"), name, segment)
    {
        uint64_t    at, size = UINT64_MAX;
        const char *cipher = json_string_value(json_object_get(segment, "encryption"));
        if (!number_of(segment, "offset", &at))
            continue;
        (void)number_of(segment, "size", &size); /* else "dynamic": to the end */
        if (cipher != NULL)
            sink_fact(sink, "luks.cipher", cipher);
        show_encrypted(sink, image, at, size);
    }
}

static status_t extract_v2(span_t image, sink_t *sink)
{
    uint64_t size = v2_size(image, 0);
    for (uint64_t at = 0, copy = 0; copy < 2; copy++, at += size) {
        if (at >= image.size || !span_has_text_at(image, at, copy == 0 ? first_magic : second_magic) || v2_size(image, at) != size) {
            sink_damage(sink, min_u64(at, image.size), 0, "the second header is not there");
            continue;
        }
        sink_claim(sink, at, min_u64(size, image.size - at), REGION_STRUCTURE);
        if (!v2_checksum_holds(image, at, size))
            sink_damage(sink, at, min_u64(size, image.size - at), "the checksum of the header does not hold");
    }
    sink_fact(sink, "luks.version", "2");
    sink_fact(sink, "luks.label", field_at(image, 24, 48).text);
    sink_fact(sink, "luks.uuid", field_at(image, UUID_AT, UUID_MAX).text);
    span_t       text = span_clip(image, V2_BINARY, size - V2_BINARY);
    json_error_t error;
    json_t      *root = json_loadb((const char *)text.at, strnlen((const char *)text.at, text.size), 0, &error);
    if (root == NULL) {
        sink_damage(sink, V2_BINARY, text.size, "the JSON of the header cannot be read: where the data stand is not known");
        return ok();
    }
    claim_slots(sink, image, root);
    show_segments(sink, image, root);
    json_decref(root);
    return ok();
}

/* ---- both ---- */

static unsigned luks_probe(span_t image)
{
    if (!span_has_text_at(image, 0, first_magic))
        return 0;
    if (be_at(image, 6, 2) == 1)
        return v1_is_sane(image) ? 48 + 32 : 0;
    uint64_t size = v2_size(image, 0);
    return size == 0 || !span_holds(image, 0, V2_BINARY) ? 0 : v2_checksum_holds(image, 0, size) ? 48 + 128 : 48 + 16;
}

/* Nothing says where the ciphertext ends. */
static uint64_t luks_extent(span_t image) { return luks_probe(image) > 0 ? image.size : 0; }

static status_t luks_extract(span_t image, sink_t *sink)
{
    if (luks_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "luks", 0, "not a LUKS header");
    return be_at(image, 6, 2) == 1 ? extract_v1(image, sink) : extract_v2(image, sink);
}

static const magic_t magics[] = {MAGIC("LUKS\xBA\xBE", 0)};

const extractor_t luks_extractor = {
    .id = "luks", .name = "LUKS encrypted volume", .specification = "LUKS1 On-Disk Format Specification 1.2.3; LUKS2 On-Disk Format Specification 1.1.1", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 1, .probe = luks_probe, .extent = luks_extent, .extract = luks_extract,
};
