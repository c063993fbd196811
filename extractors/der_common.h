/* Distinguished Encoding Rules: tag, length in the fewest bytes, content; lengths that are indefinite are none. Source: ITU-T X.690, 8 and 10. */
#ifndef ASSAY_EXTRACTORS_DER_COMMON_H
#define ASSAY_EXTRACTORS_DER_COMMON_H

#include "base/bytes.h"

enum {
    DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OCTET_STRING = 0x04, DER_OID = 0x06, DER_UTC_TIME = 0x17, DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30, DER_SET = 0x31, DER_CONTEXT_0 = 0xA0, DER_CONTEXT_1 = 0xA1, DER_HEADER_MAX = 6
};

/* An element: its content, which may be longer than what is there (`told`), and the whole of it with its header. */
typedef struct { uint8_t tag; uint64_t told; span_t content, whole; } der_t;

/* The element at the reader's place, which then stands behind it. False, and the reader failed: none stands there, or not all of it. */
bool der_next(reader_t *r, der_t *element);
/* The same, but it must have this tag. */
bool der_expect(reader_t *r, uint8_t tag, der_t *element);
/* The header of the element that `bytes` begins with, all of which need not be there (its content is what there is). */
bool der_begins(span_t bytes, uint8_t tag, der_t *element);
/* Are both the same object identifier with the same parameters, "SEQUENCE { OBJECT IDENTIFIER, … }"? */
bool der_is_algorithm(const der_t *element);
/* An INTEGER in the fewest bytes, not negative. */
bool der_is_natural(const der_t *element);

#endif
