/* RPM package, version 3 and 4. All big-endian. A lead of 96 bytes: EDABEEDB, version, type (0 binary, 1 source), machine, name[66], system,
 * kind of signature (5: a header). Then two header structures, the signature (padded to 8 bytes) and the header proper: 8EADE801, 4 reserved
 * bytes, number of entries, size of the store; entries of 16 bytes (tag, type, offset in the store, count); the store. Behind them the
 * payload: a cpio archive, compressed as tag 1125 says. The signature header holds digests: 1000/270 size and 1004 MD5 of header and
 * payload, 269 SHA-1 and 273 SHA-256 of the header; the header holds one of the compressed payload (5092). Source: rpm.org, "RPM V4 Package
 * format", "Tags" and "RPM V3 Package format". */
#include "extractors/extractor.h"

#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>

enum { LEAD_SIZE = 96, HEADER_INTRO = 16, ENTRY_SIZE = 16, ENTRIES_MAX = 65536, STORE_MAX = 256 << 20, SIGNATURE_HEADER = 5 };
enum { TYPE_INT32 = 4, TYPE_INT64 = 5, TYPE_STRING = 6, TYPE_BIN = 7, TYPE_STRING_ARRAY = 8, TYPE_I18NSTRING = 9 };
enum {
    SIG_SHA1 = 269, SIG_LONG_SIZE = 270, SIG_SHA256 = 273, SIG_SIZE = 1000, SIG_MD5 = 1004,
    SIG_DSA = 267, SIG_RSA = 268, SIG_PGP = 1002, SIG_GPG = 1005, SIG_OPENPGP = 278,
    TAG_NAME = 1000, TAG_EPOCH = 1003, TAG_BUILD_TIME = 1006, TAG_PAYLOAD_FORMAT = 1124, TAG_PAYLOAD_COMPRESSOR = 1125, TAG_PAYLOAD_DIGEST = 5092,
    TAG_PAYLOAD_DIGEST_ALGORITHM = 5093, ALGORITHM_SHA256 = 8
};

typedef struct { uint64_t at, end; uint32_t entries; span_t index, store; } header_t;
typedef struct { uint16_t type; header_t signature, header; uint64_t payload, end; bool has_signature, has_header, has_end; } rpm_t;
typedef struct { uint32_t type, count; span_t from; } value_t; /* from: the store from the value on */

/* The header structure at `at`: only one that the image holds completely. */
static bool read_structure(span_t image, uint64_t at, header_t *header)
{
    reader_t r     = reader_at(image, at);
    uint32_t magic = read_be32(&r);
    reader_skip(&r, 4);
    uint32_t entries = read_be32(&r), size = read_be32(&r);
    if (!reader_ok(&r) || magic != 0x8EADE801 || entries > ENTRIES_MAX || size > STORE_MAX)
        return false;
    *header        = (header_t){.at = at, .entries = entries};
    header->index  = read_span(&r, (uint64_t)ENTRY_SIZE * entries);
    header->store  = read_span(&r, size);
    header->end    = r.pos;
    return reader_ok(&r);
}

/* Do all entries point into the store, with types that exist? */
static bool entries_hold(const header_t *header)
{
    reader_t r = reader_from(header->index);
    for (uint32_t i = 0; i < header->entries; i++) {
        reader_skip(&r, 4);
        uint32_t type = read_be32(&r), offset = read_be32(&r), count = read_be32(&r);
        if (type > TYPE_I18NSTRING || offset > header->store.size || count > header->store.size)
            return false;
    }
    return true;
}

static bool find_tag(const header_t *header, uint32_t tag, value_t *value)
{
    reader_t r = reader_from(header->index);
    for (uint32_t i = 0; i < header->entries; i++) {
        uint32_t found  = read_be32(&r);
        value->type     = read_be32(&r);
        uint32_t offset = read_be32(&r);
        value->count    = read_be32(&r);
        value->from     = span_from_offset(header->store, offset);
        if (found == tag && value->count > 0)
            return true;
    }
    return false;
}

/* The text of a tag, its first when it is a list; empty when there is none. */
static span_t text_of(const header_t *header, uint32_t tag)
{
    value_t value;
    if (!find_tag(header, tag, &value) || (value.type != TYPE_STRING && value.type != TYPE_STRING_ARRAY && value.type != TYPE_I18NSTRING) ||
        value.from.size == 0)
        return (span_t){NULL, 0};
    return span_sub(value.from, 0, strnlen((const char *)value.from.at, value.from.size));
}

static bool number_of(const header_t *header, uint32_t tag, uint64_t *number)
{
    value_t value;
    if (!find_tag(header, tag, &value) || (value.type != TYPE_INT32 && value.type != TYPE_INT64))
        return false;
    reader_t r = reader_from(value.from);
    *number    = value.type == TYPE_INT32 ? read_be32(&r) : read_be64(&r);
    return reader_ok(&r);
}

static span_t binary_of(const header_t *header, uint32_t tag)
{
    value_t value;
    return find_tag(header, tag, &value) && value.type == TYPE_BIN ? span_sub(value.from, 0, value.count) : (span_t){NULL, 0};
}

/* Is the signature one that the image does not hold completely? */
static bool signature_is_cut(span_t image)
{
    reader_t r = reader_at(image, LEAD_SIZE + 8);
    uint32_t entries = read_be32(&r), size = read_be32(&r);
    return reader_ok(&r) && entries <= ENTRIES_MAX && size <= STORE_MAX && !span_holds(image, r.pos, (uint64_t)ENTRY_SIZE * entries + size);
}

static bool read_rpm(span_t image, rpm_t *rpm)
{
    reader_t r     = reader_from(image);
    uint32_t magic = read_be32(&r);
    uint8_t  major = read_u8(&r);
    *rpm           = (rpm_t){0};
    reader_skip(&r, 1);
    rpm->type = read_be16(&r);
    reader_skip(&r, 2 + 66 + 2);
    uint16_t signature = read_be16(&r);
    if (!reader_ok(&r) || magic != 0xEDABEEDB || major < 3 || major > 4 || rpm->type > 1 || signature != SIGNATURE_HEADER)
        return false;
    rpm->has_signature = read_structure(image, LEAD_SIZE, &rpm->signature);
    if (!rpm->has_signature) { /* of a cut package only */
        rpm->payload = LEAD_SIZE;
        return span_has_text_at(image, LEAD_SIZE, "\x8E\xAD\xE8\x01") && signature_is_cut(image);
    }
    if (!entries_hold(&rpm->signature))
        return false;
    uint64_t at = round_up(rpm->signature.end, 8), size;
    rpm->has_header = read_structure(image, at, &rpm->header) && entries_hold(&rpm->header);
    rpm->payload    = rpm->has_header ? rpm->header.end : at;
    rpm->has_end    = (number_of(&rpm->signature, SIG_SIZE, &size) || number_of(&rpm->signature, SIG_LONG_SIZE, &size)) &&
                   checked_add(at, size, &rpm->end) && rpm->end >= rpm->payload;
    return true;
}

typedef enum { DIGEST_NONE, DIGEST_HOLDS, DIGEST_BROKEN } digest_t;

static digest_t check(span_t bytes, const EVP_MD *type, span_t stored, bool is_text)
{
    uint8_t  digest[EVP_MAX_MD_SIZE];
    char     text[2 * EVP_MAX_MD_SIZE + 1];
    unsigned size = 0;
    if (stored.size == 0 || bytes.at == NULL || EVP_Digest(bytes.at, bytes.size, digest, &size, type, NULL) != 1)
        return DIGEST_NONE;
    hex_encode(digest, size, text);
    return span_equal(stored, is_text ? span_from(text, (size_t)size * 2) : span_from(digest, size)) ? DIGEST_HOLDS : DIGEST_BROKEN;
}

static span_t header_bytes(span_t image, const rpm_t *rpm)
{
    return rpm->has_header ? span_sub(image, rpm->header.at, rpm->header.end - rpm->header.at) : (span_t){NULL, 0};
}

static digest_t header_sha1(span_t image, const rpm_t *rpm)
{
    return check(header_bytes(image, rpm), EVP_sha1(), text_of(&rpm->signature, SIG_SHA1), true);
}

static digest_t header_sha256(span_t image, const rpm_t *rpm)
{
    return check(header_bytes(image, rpm), EVP_sha256(), text_of(&rpm->signature, SIG_SHA256), true);
}

static unsigned rpm_probe(span_t image)
{
    rpm_t rpm;
    if (!read_rpm(image, &rpm))
        return 0;
    bool holds = header_sha1(image, &rpm) == DIGEST_HOLDS || header_sha256(image, &rpm) == DIGEST_HOLDS;
    return 32 + 32 + (rpm.has_signature && rpm.has_header ? 32u : 0) + (holds ? 64u : 0);
}

static uint64_t rpm_extent(span_t image)
{
    rpm_t rpm;
    if (!read_rpm(image, &rpm))
        return 0;
    return rpm.has_end ? min_u64(rpm.end, image.size) : image.size;
}

static void say_facts(const rpm_t *rpm, sink_t *sink)
{
    static const struct { uint32_t tag; const char *key; } texts[] = {
        {TAG_NAME, "rpm.name"}, {1001, "rpm.version"}, {1002, "rpm.release"}, {1022, "rpm.arch"}, {1021, "rpm.os"}, {1011, "rpm.vendor"},
        {1004, "rpm.summary"}, {1014, "rpm.license"}, {1015, "rpm.packager"}, {1007, "rpm.buildhost"}, {1020, "rpm.url"},
        {1010, "rpm.distribution"}, {1016, "rpm.group"}, {1044, "rpm.sourcerpm"}, {1064, "rpm.rpmversion"},
        {TAG_PAYLOAD_FORMAT, "rpm.payload.format"}, {TAG_PAYLOAD_COMPRESSOR, "rpm.payload.compressor"},
    };
    static const struct { uint32_t tag; const char *name; } signatures[] = {
        {SIG_DSA, "dsa"}, {SIG_RSA, "rsa"}, {SIG_PGP, "pgp"}, {SIG_GPG, "gpg"}, {SIG_OPENPGP, "openpgp"},
    };
    sink_fact(sink, "rpm.type", rpm->type == 1 ? "source" : "binary");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        span_t text = text_of(&rpm->header, texts[i].tag);
        if (text.size > 0)
            sink_fact_printf(sink, texts[i].key, "%.*s", (int)min_u64(text.size, TEXT_SHORT_MAX), (const char *)text.at);
    }
    uint64_t number;
    value_t  value;
    if (number_of(&rpm->header, TAG_EPOCH, &number))
        sink_fact_printf(sink, "rpm.epoch", "%llu", (unsigned long long)number);
    if (number_of(&rpm->header, TAG_BUILD_TIME, &number))
        sink_fact_printf(sink, "rpm.buildtime", "%llu", (unsigned long long)number);
    const char *signed_by = "no";
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (find_tag(&rpm->signature, signatures[i].tag, &value))
            signed_by = signatures[i].name;
    sink_fact(sink, "rpm.signed", signed_by);
}

static void say_digest(sink_t *sink, digest_t digest, const char *key, uint64_t offset, uint64_t length, const char *broken)
{
    if (digest == DIGEST_NONE)
        return;
    sink_fact(sink, key, digest == DIGEST_HOLDS ? "holds" : "does not agree");
    if (digest == DIGEST_BROKEN)
        sink_damage(sink, offset, length, broken);
}

static void check_digests(span_t image, const rpm_t *rpm, sink_t *sink)
{
    uint64_t header = rpm->header.at, header_size = rpm->header.end - header, payload_size = rpm->end - rpm->payload, algorithm = ALGORITHM_SHA256;
    say_digest(sink, header_sha1(image, rpm), "rpm.digest.header-sha1", header, header_size, "the SHA-1 of the RPM header does not agree");
    say_digest(sink, header_sha256(image, rpm), "rpm.digest.header-sha256", header, header_size, "the SHA-256 of the RPM header does not agree");
    if (!rpm->has_end || rpm->end > image.size)
        return;
    (void)number_of(&rpm->header, TAG_PAYLOAD_DIGEST_ALGORITHM, &algorithm);
    if (algorithm == ALGORITHM_SHA256)
        say_digest(sink, check(span_sub(image, rpm->payload, payload_size), EVP_sha256(), text_of(&rpm->header, TAG_PAYLOAD_DIGEST), true),
                   "rpm.digest.payload-sha256", rpm->payload, payload_size, "the SHA-256 of the RPM payload does not agree");
    say_digest(sink, check(span_sub(image, header, rpm->end - header), EVP_md5(), binary_of(&rpm->signature, SIG_MD5), false),
               "rpm.digest.md5", header, rpm->end - header, "the MD5 of RPM header and payload does not agree");
}

static status_t rpm_extract(span_t image, sink_t *sink)
{
    rpm_t rpm;
    if (!read_rpm(image, &rpm))
        return status_fail(STATUS_REJECTED, "rpm", 0, "not an RPM package");
    sink_claim(sink, 0, LEAD_SIZE, REGION_STRUCTURE);
    if (!rpm.has_signature) {
        sink_damage(sink, LEAD_SIZE, image.size - LEAD_SIZE, "the image ends before the RPM package does: its signature is not complete");
        return ok();
    }
    sink_claim(sink, LEAD_SIZE, rpm.signature.end - LEAD_SIZE, REGION_STRUCTURE);
    span_t gap = span_clip(image, rpm.signature.end, round_up(rpm.signature.end, 8) - rpm.signature.end);
    if (span_is_filled_with(gap, 0))
        sink_claim(sink, rpm.signature.end, gap.size, REGION_PADDING);
    if (rpm.has_header)
        sink_claim(sink, rpm.header.at, rpm.header.end - rpm.header.at, REGION_STRUCTURE);
    say_facts(&rpm, sink);
    if (rpm.has_end && rpm.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the RPM package does");
    if (!rpm.has_header) {
        sink_damage(sink, rpm.payload, 0, "the RPM header cannot be read: the payload is not told from it");
        return ok();
    }
    check_digests(image, &rpm, sink);
    if (!rpm.has_end)
        sink_note(sink, rpm.payload, "the signature does not say how long the package is");
    uint64_t end = rpm.has_end ? rpm.end : image.size;
    if (end == rpm.payload)
        return ok();
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("payload"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    child_range(child, rpm.payload, end - rpm.payload);
    sink_end_child(sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xED\xAB\xEE\xDB", 0)};

const extractor_t rpm_extractor = {
    .id = "rpm", .name = "RPM package", .specification = "rpm.org, \"RPM V4 Package format\" and \"Tags\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = rpm_probe, .extent = rpm_extent, .extract = rpm_extract,
};
