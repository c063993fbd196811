/* Signed data of PKCS #7 (CMS) in DER, proven to its last byte: a content type, and in it a version, the digests, what is signed (often elsewhere),
 * certificates, lists of revoked ones, and the signers. Authenticode signs so, as do kernel modules and capsules. The certificates and what
 * is signed become children. And files of PKCS #12: a version, content of that kind, a code that authenticates it.
 * Source: RFC 5652, 3 and 5; RFC 7292, 4. */
#include "extractors/der_common.h"
#include "extractors/partition_common.h"

enum { PKCS7_MAX = 16 << 20, BITS_WHOLE = 96, CERTIFICATES_MAX = 256 };

static const uint8_t signed_data[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02};
static const uint8_t plain_data[]  = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01};

typedef struct { span_t whole, content, certificates; unsigned signers; bool pkcs12; } message_t;

static bool is_small(const der_t *number) { return number->tag == DER_INTEGER && number->content.size == 1 && number->content.at[0] <= 5; }

static bool read_signed(span_t bytes, message_t *m)
{
    reader_t r = reader_from(bytes);
    der_t    version, digests, content, part, type;
    if (!der_next(&r, &version) || !is_small(&version) || !der_expect(&r, DER_SET, &digests) || !der_expect(&r, DER_SEQUENCE, &content))
        return false;
    reader_t inside = reader_from(content.content);
    if (!der_expect(&inside, DER_OID, &type))
        return false;
    if (reader_left(&inside) > 0 && der_expect(&inside, DER_CONTEXT_0, &part))
        m->content = part.content;
    while (reader_left(&r) > 0) {
        if (!der_next(&r, &part))
            return false;
        if (part.tag == DER_CONTEXT_0)
            m->certificates = part.content;
        else if (part.tag == DER_SET)
            for (reader_t signers = reader_from(part.content); der_expect(&signers, DER_SEQUENCE, &type);)
                m->signers++;
        else if (part.tag != DER_CONTEXT_1)
            return false;
    }
    return part.tag == DER_SET;
}

/* PKCS #12 begins with version 3. */
static bool read_pkcs12(reader_t r, message_t *m)
{
    der_t version, safe, code;
    m->pkcs12 = der_expect(&r, DER_INTEGER, &version) && version.content.size == 1 && version.content.at[0] == 3 &&
                der_expect(&r, DER_SEQUENCE, &safe) && span_starts_with(safe.content, span_from(plain_data, sizeof plain_data)) &&
                der_expect(&r, DER_SEQUENCE, &code) && reader_left(&r) == 0;
    return m->pkcs12;
}

static bool read_message(span_t image, message_t *m)
{
    der_t outer, type, wrapper, inner;
    *m = (message_t){.signers = 0};
    if (!der_begins(image, DER_SEQUENCE, &outer) || outer.told > PKCS7_MAX || outer.content.size < outer.told)
        return false;
    m->whole   = outer.whole;
    reader_t r = reader_from(outer.content);
    if (read_pkcs12(r, m))
        return true;
    if (!span_starts_with(outer.content, span_from(signed_data, sizeof signed_data)) || !der_expect(&r, DER_OID, &type) ||
        !der_expect(&r, DER_CONTEXT_0, &wrapper) || reader_left(&r) > 0)
        return false;
    r = reader_from(wrapper.content);
    return der_expect(&r, DER_SEQUENCE, &inner) && reader_left(&r) == 0 && read_signed(inner.content, m);
}

static unsigned pkcs7_probe(span_t image)
{
    message_t m;
    return read_message(image, &m) ? BITS_WHOLE : 0;
}

static uint64_t pkcs7_extent(span_t image)
{
    message_t m;
    return read_message(image, &m) ? m.whole.size : 0;
}

static unsigned show_certificates(span_t image, const message_t *m, sink_t *sink)
{
    partitions_t parts = {.sink = sink};
    reader_t     r     = reader_from(m->certificates);
    der_t        certificate;
    unsigned     count = 0;
    while (count < CERTIFICATES_MAX && reader_left(&r) > 0 && der_expect(&r, DER_SEQUENCE, &certificate)) {
        uint64_t at = (uint64_t)(certificate.whole.at - image.at);
        if (!partition_show(&parts, span_from_text("certificate.der"), ++count, at, certificate.whole.size))
            break;
    }
    partitions_free(&parts);
    return count;
}

static status_t pkcs7_extract(span_t image, sink_t *sink)
{
    message_t m;
    if (!read_message(image, &m))
        return status_fail(STATUS_REJECTED, "pkcs7", 0, "not signed data");
    unsigned certificates = m.certificates.size > 0 ? show_certificates(image, &m, sink) : 0;
    if (m.pkcs12)
        sink_limit(sink, 0, m.whole.size, "encrypted", "a PKCS #12 file: its keys are encrypted with a password");
    else
        sink_fact_printf(sink, "pkcs7.signers", "%u", m.signers);
    if (certificates > 0)
        sink_fact_printf(sink, "pkcs7.certificates", "%u", certificates);
    sink_claim(sink, 0, m.whole.size, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {
    MAGIC("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0", 4), MAGIC("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0", 3),
    MAGIC("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0", 2), MAGIC("\x02\x01\x03\x30", 4),
};

const extractor_t pkcs7_extractor = {
    .id = "pkcs7", .name = "PKCS #7 signed data, PKCS #12", .specification = "RFC 5652, RFC 7292", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 4,
    .probe = pkcs7_probe, .extent = pkcs7_extent, .extract = pkcs7_extract,
};
