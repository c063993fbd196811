/* APK Signing Block: its size without this field, pairs (64-bit length, 32-bit id, value), the size again, "APK Sig Block 42". All
 * little-endian, 32-bit lengths before everything within a value. Schemes 2 and 3 hold signers: signed data (digests, certificates in DER …),
 * signatures, a public key. A digest covers the entries, the central directory, and the end record with the block taken out, in chunks of
 * 1 MiB: H(5A, number of chunks, H(A5, length, chunk)…). Source: Android, "APK Signature Scheme v2" and "v3". */
#include "extractors/zip_apk.h"

#include "base/buffer.h"
#include "base/sha256.h"

#include <stdio.h>

enum { FOOTER_SIZE = 24, CHUNK = 1 << 20, SIGNERS_MAX = 16, CERTIFICATES_MAX = 32, PAIRS_MAX = 64, END_OFFSET_AT = 16 };
enum { SCHEME_2 = 0x7109871A, SCHEME_31 = 0x1B93AD61, STAMP_1 = 0x2B09189E, STAMP_2 = 0x6DFF800D, PADDING = 0x42726577, DEPENDENCIES = 0x504B4453 };
static const uint32_t SCHEME_3 = 0xF05368C0;

typedef struct {
    span_t   image;
    uint64_t start, directory, records;
    sink_t  *sink;
    bool     checked, holds;
} apk_t;

static span_t read_prefixed(reader_t *r) { return read_span(r, read_le32(r)); }

/* ---- digest -------------------------------------------------------------------------------------------------------- */

static bool add_chunks(span_t part, buffer_t *digests, uint32_t *count)
{
    for (uint64_t at = 0; at < part.size; at += CHUNK) {
        span_t    chunk     = span_clip(part, at, CHUNK);
        uint8_t   prefix[5] = {0xA5, (uint8_t)chunk.size, (uint8_t)(chunk.size >> 8), (uint8_t)(chunk.size >> 16), (uint8_t)(chunk.size >> 24)};
        hasher_t *hasher    = hasher_new(false);
        sha256_t  digest;
        bool      good = hasher != NULL && status_ok(hasher_add(hasher, span_from(prefix, 5))) && status_ok(hasher_add(hasher, chunk)) &&
                    status_ok(hasher_finish(hasher, &digest, NULL));
        hasher_free(hasher);
        if (!good)
            return false;
        buffer_append(digests, span_from(digest.bytes, SHA256_SIZE));
        (*count)++;
    }
    return true;
}

static void check_digest(apk_t *apk, span_t stored)
{
    buffer_t end = {0}, digests = {0}, top = {0};
    uint32_t count = 0;
    sha256_t digest;
    buffer_append(&end, span_from_offset(apk->image, apk->records));
    for (unsigned i = 0; i < 4 && end.size >= END_OFFSET_AT + 4; i++)
        end.at[END_OFFSET_AT + i] = (uint8_t)(apk->start >> 8 * i);
    bool done = !end.failed && add_chunks(span_clip(apk->image, 0, apk->start), &digests, &count) &&
                add_chunks(span_sub(apk->image, apk->directory, apk->records - apk->directory), &digests, &count) &&
                add_chunks(buffer_span(&end), &digests, &count);
    buffer_append_byte(&top, 0x5A);
    buffer_append_le(&top, count, 4);
    buffer_append(&top, buffer_span(&digests));
    if (done && !digests.failed && !top.failed && status_ok(sha256_of(buffer_span(&top), &digest))) {
        apk->checked = true;
        apk->holds   = span_equal(stored, span_from(digest.bytes, SHA256_SIZE));
    }
    buffer_free(&end);
    buffer_free(&digests);
    buffer_free(&top);
}

/* Digests by SHA-256: of RSA-PSS, RSA, ECDSA and DSA signatures. */
static bool is_sha256(uint32_t algorithm) { return algorithm == 0x0101 || algorithm == 0x0103 || algorithm == 0x0201 || algorithm == 0x0301; }

/* ---- signers ------------------------------------------------------------------------------------------------------- */

/* False: a limit was reached. */
static bool show_signer(apk_t *apk, span_t signed_data, const char *scheme, unsigned signer)
{
    reader_t r       = reader_from(signed_data);
    reader_t digests = reader_from(read_prefixed(&r));
    while (!apk->checked && reader_left(&digests) > 0) {
        reader_t digest    = reader_from(read_prefixed(&digests));
        uint32_t algorithm = read_le32(&digest);
        span_t   stored    = read_prefixed(&digest);
        if (!reader_ok(&digest))
            break;
        if (is_sha256(algorithm))
            check_digest(apk, stored);
    }
    reader_t certificates = reader_from(read_prefixed(&r));
    for (unsigned i = 0; i < CERTIFICATES_MAX && reader_left(&certificates) > 4; i++) {
        span_t certificate = read_prefixed(&certificates);
        if (certificate.size == 0)
            break;
        char     path[64];
        int      size  = snprintf(path, sizeof path, "[apk-signing-block]/%s-signer%u-%u.der", scheme, signer, i);
        child_t *child = sink_child(apk->sink, &(child_info_t){.path = span_from(path, (size_t)size), .type = CHILD_FILE});
        if (child == NULL)
            return false;
        child_range(child, (uint64_t)(certificate.at - apk->image.at), certificate.size);
        sink_end_child(apk->sink);
    }
    return true;
}

static bool show_signers(apk_t *apk, span_t value, const char *scheme)
{
    reader_t r       = reader_from(value);
    reader_t signers = reader_from(read_prefixed(&r));
    for (unsigned i = 0; i < SIGNERS_MAX && reader_left(&signers) > 4; i++) {
        reader_t signer      = reader_from(read_prefixed(&signers));
        span_t   signed_data = read_prefixed(&signer);
        if (!reader_ok(&signer)) {
            sink_damage(apk->sink, (uint64_t)(value.at - apk->image.at), value.size, "a signer of the package cannot be read");
            break;
        }
        if (!show_signer(apk, signed_data, scheme, i))
            return false;
    }
    return true;
}

void apk_show_signing_block(span_t image, uint64_t directory, uint64_t records, sink_t *sink)
{
    static const struct { uint32_t id; const char *name; bool has_signers; } kinds[] = {
        {SCHEME_2, "v2", true}, {SCHEME_3, "v3", true}, {SCHEME_31, "v3.1", true}, {STAMP_1, "stamp-v1", false}, {STAMP_2, "stamp", false},
        {DEPENDENCIES, "dependencies", false}, {PADDING, "padding", false},
    };
    if (directory < FOOTER_SIZE + 8 || directory > records || !span_has_text_at(image, directory - 16, "APK Sig Block 42"))
        return;
    reader_t footer = reader_at(image, directory - FOOTER_SIZE);
    uint64_t size   = read_le64(&footer);
    if (size < FOOTER_SIZE || size > directory - 8)
        return;
    apk_t    apk = {.image = image, .start = directory - size - 8, .directory = directory, .records = records, .sink = sink};
    reader_t r   = reader_at(image, apk.start);
    if (read_le64(&r) != size) {
        sink_damage(sink, apk.start, size + 8, "the two sizes of the APK Signing Block differ");
        return;
    }
    buffer_t names = {.limit = TEXT_SHORT_MAX};
    reader_t pairs = reader_from(span_sub(image, apk.start + 8, size - FOOTER_SIZE));
    for (unsigned i = 0; i < PAIRS_MAX && reader_left(&pairs) >= 12; i++) {
        span_t   pair  = read_span(&pairs, read_le64(&pairs));
        reader_t field = reader_from(pair);
        uint32_t id    = read_le32(&field);
        if (!reader_ok(&pairs) || !reader_ok(&field)) {
            sink_damage(sink, apk.start, size + 8, "a pair of the APK Signing Block goes beyond it");
            break;
        }
        size_t kind = 0;
        while (kind < sizeof kinds / sizeof kinds[0] && kinds[kind].id != id)
            kind++;
        bool known = kind < sizeof kinds / sizeof kinds[0];
        if (known)
            buffer_printf(&names, "%s%s", names.size > 0 ? " " : "", kinds[kind].name);
        else
            buffer_printf(&names, "%s0x%08X", names.size > 0 ? " " : "", id);
        if (known && kinds[kind].has_signers && !show_signers(&apk, span_from_offset(pair, 4), kinds[kind].name))
            break;
    }
    sink_claim(sink, apk.start, size + 8, REGION_STRUCTURE);
    sink_fact_printf(sink, "apk.signing-block", "%.*s", (int)names.size, names.size > 0 ? (const char *)names.at : "");
    buffer_free(&names);
    if (apk.checked)
        sink_fact(sink, "apk.digest", apk.holds ? "holds" : "does not agree");
    if (apk.checked && !apk.holds)
        sink_damage(sink, 0, apk.start, "the SHA-256 in the APK Signing Block does not agree with the package");
}
