/* X.509 certificate in DER, proven to its last byte: a sequence of what is signed, the algorithm, the signature; what is signed holds the version,
 * the serial number, the same algorithm once more, the issuer, two times, the subject, its key, and extensions. Its names, its key and its
 * signature are judged by the analysis. Source: RFC 5280, 4.1. */
#include "extractors/der_common.h"
#include "extractors/extractor.h"

#include <stdio.h>

enum { SIZE_MAX_OF_ONE = 64 << 10, BITS_WHOLE = 112, BITS_CUT = 32, TIME_SHORT = 13, TIME_LONG = 15, TIME_TEXT = 24 };

typedef struct { uint64_t size; unsigned version, extensions; span_t serial, from, to; bool whole; } certificate_t;

static bool is_time(const der_t *time)
{
    size_t digits = time->tag == DER_UTC_TIME ? TIME_SHORT : time->tag == DER_GENERALIZED_TIME ? TIME_LONG : 0;
    bool   sound  = digits > 0 && time->content.size == digits && time->content.at[digits - 1] == 'Z';
    for (size_t i = 0; sound && i + 1 < digits; i++)
        sound = time->content.at[i] >= '0' && time->content.at[i] <= '9';
    return sound;
}

/* A name: sets of pairs of an object identifier and a text. */
static bool is_name(const der_t *name)
{
    reader_t r = reader_from(name->content);
    der_t    set, pair, type, value;
    if (name->tag != DER_SEQUENCE)
        return false;
    while (reader_left(&r) > 0) {
        if (!der_expect(&r, DER_SET, &set))
            return false;
        reader_t inside = reader_from(set.content);
        while (reader_left(&inside) > 0) {
            reader_t both;
            if (!der_expect(&inside, DER_SEQUENCE, &pair))
                return false;
            both = reader_from(pair.content);
            if (!der_expect(&both, DER_OID, &type) || !der_next(&both, &value) || reader_left(&both) > 0)
                return false;
        }
    }
    return true;
}

static bool is_key(const der_t *key)
{
    reader_t r = reader_from(key->content);
    der_t    algorithm, bits;
    return key->tag == DER_SEQUENCE && der_expect(&r, DER_SEQUENCE, &algorithm) && der_is_algorithm(&algorithm) &&
           der_expect(&r, DER_BIT_STRING, &bits) && bits.content.size > 1 && reader_left(&r) == 0;
}

/* The version, the serial number and the algorithm, which begin what is signed. */
static bool read_begin(reader_t *r, certificate_t *c, der_t *algorithm)
{
    reader_t ahead = *r;
    der_t    version, number;
    c->version = 1;
    if (der_expect(&ahead, DER_CONTEXT_0, &version)) {
        reader_t inside = reader_from(version.content);
        if (!der_expect(&inside, DER_INTEGER, &number) || number.content.size != 1 || number.content.at[0] > 2 || reader_left(&inside) > 0)
            return false;
        c->version = number.content.at[0] + 1u;
        *r         = ahead;
    }
    if (!der_expect(r, DER_INTEGER, &number) || number.content.size == 0 || number.content.size > 33 || !der_expect(r, DER_SEQUENCE, algorithm))
        return false;
    c->serial = number.content;
    return der_is_algorithm(algorithm);
}

static bool read_signed(span_t bytes, certificate_t *c, der_t *algorithm)
{
    reader_t r = reader_from(bytes);
    der_t    issuer, validity, subject, key, from, to, more;
    if (!read_begin(&r, c, algorithm) || !der_next(&r, &issuer) || !is_name(&issuer) || !der_expect(&r, DER_SEQUENCE, &validity))
        return false;
    reader_t times = reader_from(validity.content);
    if (!der_next(&times, &from) || !is_time(&from) || !der_next(&times, &to) || !is_time(&to) || reader_left(&times) > 0)
        return false;
    c->from = from.content;
    c->to   = to.content;
    if (!der_next(&r, &subject) || !is_name(&subject) || !der_next(&r, &key) || !is_key(&key))
        return false;
    while (reader_left(&r) > 0)
        if (!der_next(&r, &more) || (more.tag & 0xC0) != 0x80)
            return false;
    return true;
}

static bool read_certificate(span_t image, certificate_t *c)
{
    der_t outer, inner, algorithm, again, signature;
    *c = (certificate_t){.whole = false};
    if (!der_begins(image, DER_SEQUENCE, &outer) || outer.told > SIZE_MAX_OF_ONE || !der_begins(outer.content, DER_SEQUENCE, &inner) ||
        inner.told >= outer.told)
        return false;
    c->size = outer.whole.size;
    if (outer.content.size < outer.told) {
        reader_t begin = reader_from(inner.content);
        return read_begin(&begin, c, &algorithm) && c->version == 3;
    }
    reader_t r = reader_from(outer.content);
    c->whole   = true;
    return der_next(&r, &inner) && read_signed(inner.content, c, &algorithm) && der_expect(&r, DER_SEQUENCE, &again) &&
           span_equal(again.whole, algorithm.whole) && der_expect(&r, DER_BIT_STRING, &signature) && reader_left(&r) == 0;
}

static unsigned x509_probe(span_t image)
{
    certificate_t c;
    return !read_certificate(image, &c) ? 0 : c.whole ? BITS_WHOLE : BITS_CUT;
}

static uint64_t x509_extent(span_t image)
{
    certificate_t c;
    return read_certificate(image, &c) ? c.size : 0;
}

static void say_time(sink_t *sink, const char *key, span_t time)
{
    if (time.size > 0 && time.size < TIME_TEXT)
        sink_fact_printf(sink, key, "%.*s", (int)time.size, (const char *)time.at);
}

static status_t x509_extract(span_t image, sink_t *sink)
{
    certificate_t c;
    char          serial[2 * 33 + 1] = "";
    if (!read_certificate(image, &c))
        return status_fail(STATUS_REJECTED, "x509", 0, "not a certificate");
    for (size_t i = 0; i < c.serial.size; i++)
        (void)snprintf(serial + 2 * i, 3, "%02x", c.serial.at[i]);
    sink_fact_printf(sink, "x509.version", "%u", c.version);
    sink_fact(sink, "x509.serial", serial);
    say_time(sink, "x509.not-before", c.from);
    say_time(sink, "x509.not-after", c.to);
    sink_claim(sink, 0, c.size, REGION_CONTENT);
    if (!c.whole)
        sink_damage(sink, image.size, 0, "the image ends before the certificate does");
    return ok();
}

/* Where version 3 stands, by how many bytes the lengths before it take. */
static const magic_t magics[] = {
    MAGIC("\xA0\x03\x02\x01\x02\x02", 8), MAGIC("\xA0\x03\x02\x01\x02\x02", 7), MAGIC("\xA0\x03\x02\x01\x02\x02", 6),
};

const extractor_t x509_extractor = {
    .id = "x509", .name = "X.509 certificate", .specification = "RFC 5280", .reach = REACH_VERIFY, .magics = magics, .magic_count = 3,
    .asked_at_start = true, .probe = x509_probe, .extent = x509_extent, .extract = x509_extract,
};
