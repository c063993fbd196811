#include "extractors/der_common.h"

/* The header alone; the content's place is where the reader then stands. */
static bool read_header(reader_t *r, uint8_t *tag, uint64_t *length)
{
    *tag          = read_u8(r);
    uint8_t first = read_u8(r);
    *length       = first;
    if ((*tag & 0x1F) == 0x1F || first == 0x80 || first > 0x84)
        return false;
    if (first < 0x80)
        return reader_ok(r);
    *length = read_be(r, first & 0x7F);
    return reader_ok(r) && *length >= 0x80 && (first == 0x81 || *length >> 8 * (first - 0x81) != 0);
}

bool der_next(reader_t *r, der_t *element)
{
    size_t from = r->pos;
    bool   ok   = read_header(r, &element->tag, &element->told);
    element->content = read_span(r, element->told);
    element->whole   = span_sub(r->in, from, r->pos - from);
    r->failed        = r->failed || !ok;
    return !r->failed;
}

bool der_expect(reader_t *r, uint8_t tag, der_t *element)
{
    bool ok   = der_next(r, element) && element->tag == tag;
    r->failed = !ok;
    return ok;
}

bool der_begins(span_t bytes, uint8_t tag, der_t *element)
{
    reader_t r = reader_from(bytes);
    if (!read_header(&r, &element->tag, &element->told) || element->tag != tag)
        return false;
    element->content = span_clip(bytes, r.pos, element->told);
    element->whole   = span_clip(bytes, 0, r.pos + element->content.size);
    return true;
}

bool der_is_algorithm(const der_t *element)
{
    reader_t r = reader_from(element->content);
    der_t    identifier;
    return element->tag == DER_SEQUENCE && der_expect(&r, DER_OID, &identifier) && identifier.content.size >= 3 && identifier.content.size <= 32;
}

bool der_is_natural(const der_t *element)
{
    span_t n = element->content;
    return element->tag == DER_INTEGER && n.size > 0 && n.at[0] < 0x80 && (n.size == 1 || n.at[0] != 0 || n.at[1] >= 0x80);
}
