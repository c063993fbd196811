/* Texts that stand in a blob in another form: base64, hexadecimal, UTF-16. They are decoded one behind the other, so that the
 * rules can be run over them once more.
 *
 * Base64: runs of at least 20 characters of the alphabet (either of its two forms) that begin where the encoding does, lines of it joined.
 * Hexadecimal: at least 24 digits in a row, or at least 8 of \x41 or 0x41 behind each other, with a comma or a blank between the latter.
 * UTF-16: at least 8 printable ASCII characters, either byte order. */
#ifndef ASSAY_ANALYSIS_DECODED_H
#define ASSAY_ANALYSIS_DECODED_H

#include "analysis/own_bytes.h"
#include "base/buffer.h"

typedef enum { DECODED_BASE64, DECODED_HEX, DECODED_UTF16 } decoded_form_t;

typedef struct {
    uint64_t       at, size;       /* in the decoded bytes */
    uint64_t       offset, length; /* of the encoded ones in the blob */
    decoded_form_t form;
} decoded_run_t;

typedef struct {
    buffer_t       bytes; /* zeros stand before, between and behind the runs, more than a pattern reaches over */
    decoded_run_t *runs;  /* ascending by `at`; malloc'ed */
    size_t         count, capacity;
    bool           cut;   /* a bound was reached: not all is there */
} decoded_t;

/* How much is decoded of one blob, and in how many runs. */
enum { DECODED_BYTES_MAX = 32 << 20, DECODED_RUNS_MAX = 1 << 20 };

/* All there is in the blob's own bytes. Freed by decoded_free. */
void decoded_find(const own_bytes_t *own, decoded_t *decoded);
void decoded_free(decoded_t *decoded);

/* The encoded bytes of [at, at + size) of the decoded ones, and their form; false when it lies in no run. What reaches over the end of
 * a run is cut. */
bool decoded_place(const decoded_t *decoded, span_t blob, uint64_t at, uint64_t size, own_range_t *place, decoded_form_t *form);
/* "yara-base64" and so on: the method that evidence names. */
const char *decoded_method(decoded_form_t form);

#endif
