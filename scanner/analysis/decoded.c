#include "analysis/decoded.h"

#include "base/grow.h"

#include <stdlib.h>

enum { BASE64_MIN = 20, HEX_DIGITS_MIN = 24, ESCAPES_MIN = 8, UTF16_MIN = 8, LINE_MIN = 40, BETWEEN = 64 };

/* ---- characters -------------------------------------------------------------------------------------------------------- */

/* The value of a character of base64, of either alphabet; -1 for others. */
static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_printable(uint8_t c) { return (c >= 32 && c < 127) || c == '\t' || c == '\n' || c == '\r'; }

/* ---- what is kept ------------------------------------------------------------------------------------------------------ */

/* Room for a run of up to `size` bytes; NULL when there is none. */
static uint8_t *begin_run(decoded_t *d, uint64_t size)
{
    bool full = d->bytes.size >= DECODED_BYTES_MAX || size > DECODED_BYTES_MAX - d->bytes.size || d->count >= DECODED_RUNS_MAX;
    if (d->cut || full || !grow((void **)&d->runs, d->count, &d->capacity, sizeof *d->runs)) {
        d->cut = true;
        return NULL;
    }
    uint8_t *at = buffer_reserve(&d->bytes, (size_t)size + 2 * BETWEEN);
    if (at == NULL) {
        d->cut = true;
        return NULL;
    }
    size_t before = d->count == 0 ? BETWEEN : 0;
    memset(at, 0, before);
    d->bytes.size += before;
    return at + before;
}

static void end_run(decoded_t *d, uint64_t size, own_range_t from, decoded_form_t form)
{
    d->runs[d->count++] = (decoded_run_t){d->bytes.size, size, from.offset, from.length, form};
    memset(d->bytes.at + d->bytes.size + size, 0, BETWEEN);
    d->bytes.size += (size_t)size + BETWEEN;
}

/* ---- base64 and plain hexadecimal --------------------------------------------------------------------------------------- */

/* Where the line of base64 that begins at `at` goes on behind its end, or its end when it does not. */
static size_t next_line(span_t in, size_t line, size_t at)
{
    size_t next = at;
    if (at - line < LINE_MIN || at >= in.size)
        return at;
    if (in.at[next] == '\r')
        next++;
    if (next < in.size && in.at[next] == '\n')
        next++;
    return next > at && next < in.size && base64_value(in.at[next]) >= 0 ? next : at;
}

/* Base64 of anything has letters of both cases among so many characters; names and paths mostly have not. */
static bool looks_encoded(span_t run)
{
    size_t upper = 0, lower = 0;
    for (size_t i = 0; i < run.size && (upper < 2 || lower < 2); i++) {
        upper += run.at[i] >= 'A' && run.at[i] <= 'Z';
        lower += run.at[i] >= 'a' && run.at[i] <= 'z';
    }
    return upper >= 2 && lower >= 2;
}

static void decode_base64(decoded_t *d, span_t run, uint64_t offset)
{
    uint8_t *out = begin_run(d, run.size / 4 * 3 + 3);
    size_t   size = 0;
    uint32_t bits = 0, count = 0;
    for (size_t i = 0; out != NULL && i < run.size; i++) {
        int value = base64_value(run.at[i]);
        if (value < 0)
            continue;
        bits   = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count      -= 8;
            out[size++] = (uint8_t)(bits >> count);
        }
    }
    if (out != NULL)
        end_run(d, size, (own_range_t){offset, run.size}, DECODED_BASE64);
}

static void decode_digits(decoded_t *d, span_t run, uint64_t offset)
{
    size_t   size = run.size / 2;
    uint8_t *out  = begin_run(d, size);
    for (size_t i = 0; out != NULL && i < size; i++)
        out[i] = (uint8_t)(hex_value(run.at[2 * i]) << 4 | hex_value(run.at[2 * i + 1]));
    if (out != NULL)
        end_run(d, size, (own_range_t){offset, 2 * size}, DECODED_HEX);
}

static void take_run(decoded_t *d, span_t run, uint64_t offset)
{
    size_t digits = 0;
    while (digits < run.size && hex_value(run.at[digits]) >= 0)
        digits++;
    if (digits == run.size && digits >= HEX_DIGITS_MIN)
        decode_digits(d, run, offset);
    else if (looks_encoded(run))
        decode_base64(d, run, offset);
}

/* Every run of BASE64_MIN characters holds a position that is a multiple of BASE64_MIN from the end of the last: only those are looked at. */
static void find_base64(decoded_t *d, span_t in, uint64_t base)
{
    size_t from = 0, probe = BASE64_MIN - 1;
    while (probe < in.size && !d->cut) {
        if (base64_value(in.at[probe]) < 0) {
            from   = probe + 1;
            probe += BASE64_MIN;
            continue;
        }
        size_t start = probe;
        while (start > from && base64_value(in.at[start - 1]) >= 0)
            start--;
        size_t end = probe + 1, line = start;
        for (;;) {
            while (end < in.size && base64_value(in.at[end]) >= 0)
                end++;
            size_t next = next_line(in, line, end);
            if (next == end)
                break;
            line = end = next;
        }
        if (end - start >= BASE64_MIN)
            take_run(d, span_sub(in, start, end - start), base + start);
        from  = end;
        probe = end + BASE64_MIN;
    }
}

/* ---- \x41 and 0x41 ------------------------------------------------------------------------------------------------------ */

/* Behind the escape at `at` with this first character ('\\' or '0'); `at` when there is none. */
static size_t behind_escape(span_t in, size_t at, uint8_t first)
{
    if (at + 4 > in.size || in.at[at] != first || in.at[at + 1] != 'x' || hex_value(in.at[at + 2]) < 0 || hex_value(in.at[at + 3]) < 0)
        return at;
    return at + 4;
}

static size_t behind_separator(span_t in, size_t at)
{
    size_t end = at;
    while (end < in.size && end - at < 4 && (in.at[end] == ',' || in.at[end] == ' ' || in.at[end] == '\n'))
        end++;
    return end;
}

/* `visit` is given each byte in order; returns how many there are, and where they end. */
static size_t read_escapes(span_t in, size_t at, uint8_t *out, size_t most, size_t *end)
{
    uint8_t first = in.at[at];
    size_t  count = 0, next = at;
    *end          = at;
    while (count < most && (next = behind_escape(in, at, first)) != at) {
        if (out != NULL)
            out[count] = (uint8_t)(hex_value(in.at[next - 2]) << 4 | hex_value(in.at[next - 1]));
        count++;
        *end = next;
        at   = first == '0' ? behind_separator(in, next) : next;
    }
    return count;
}

static void find_escapes(decoded_t *d, span_t in, uint64_t base)
{
    size_t at = 1, end;
    while (at < in.size && !d->cut) {
        const uint8_t *x = memchr(in.at + at, 'x', in.size - at);
        if (x == NULL)
            return;
        size_t  start = (size_t)(x - in.at) - 1;
        uint8_t first = in.at[start];
        at            = start + 2;
        if (first != '\\' && first != '0')
            continue;
        size_t count = read_escapes(in, start, NULL, SIZE_MAX, &end);
        if (end > at)
            at = end;
        uint8_t *out = count >= ESCAPES_MIN ? begin_run(d, count) : NULL;
        if (out == NULL)
            continue;
        (void)read_escapes(in, start, out, count, &end);
        end_run(d, count, (own_range_t){base + start, end - start}, DECODED_HEX);
    }
}

/* ---- UTF-16 ------------------------------------------------------------------------------------------------------------- */

/* How many characters stand from `at` on, the printable byte of each being the first (little-endian) or second. */
static size_t utf16_length(span_t in, size_t at, bool little)
{
    size_t count = 0;
    for (; at + 1 < in.size && in.at[little ? at + 1 : at] == 0 && is_printable(in.at[little ? at : at + 1]); at += 2)
        count++;
    return count;
}

typedef struct { size_t start, count; bool little; } utf16_run_t;

/* The run that covers the character at `at`, not reaching before `from`; of no characters when none stands there. */
static utf16_run_t utf16_around(span_t in, size_t from, size_t at, bool little)
{
    size_t start = at;
    if (utf16_length(span_sub(in, at, 2), 0, little) == 0)
        return (utf16_run_t){at, 0, little};
    while (start >= from + 2 && utf16_length(span_sub(in, start - 2, 2), 0, little) == 1)
        start -= 2;
    return (utf16_run_t){start, utf16_length(in, start, little), little};
}

/* The same bytes may be read in either order, one byte apart: the longer reading is right. */
static utf16_run_t longest_around(span_t in, size_t from, size_t at)
{
    utf16_run_t longest = utf16_around(in, from, at, true);
    for (unsigned i = 1; i < 4; i++) {
        bool        before = (i & 1) != 0;
        utf16_run_t run    = before && at <= from ? longest : utf16_around(in, from, before ? at - 1 : at, i < 2);
        longest            = run.count > longest.count ? run : longest;
    }
    return longest;
}

/* Every run of UTF16_MIN characters covers the two bytes at some multiple of a little less. */
static void find_utf16(decoded_t *d, span_t in, uint64_t base)
{
    enum { STEP = 2 * UTF16_MIN - 3 };
    size_t from = 0;
    for (size_t probe = STEP; probe + 1 < in.size && !d->cut; probe += STEP) {
        if (in.at[probe] != 0 && in.at[probe + 1] != 0)
            continue;
        utf16_run_t run = longest_around(in, from, probe);
        uint8_t    *out = run.count >= UTF16_MIN ? begin_run(d, run.count) : NULL;
        for (size_t i = 0; out != NULL && i < run.count; i++)
            out[i] = in.at[run.start + 2 * i + (run.little ? 0 : 1)];
        if (out != NULL)
            end_run(d, run.count, (own_range_t){base + run.start, 2 * run.count}, DECODED_UTF16);
        from  = max_u64(from, run.start + 2 * run.count);
        probe = max_u64(probe, from);
    }
}

/* ---- all together ------------------------------------------------------------------------------------------------------- */

void decoded_find(const own_bytes_t *own, decoded_t *decoded)
{
    *decoded = (decoded_t){0};
    for (size_t i = 0; i < own->count; i++) {
        span_t in = own_span(own, i);
        find_base64(decoded, in, own->ranges[i].offset);
        find_escapes(decoded, in, own->ranges[i].offset);
        find_utf16(decoded, in, own->ranges[i].offset);
    }
}

void decoded_free(decoded_t *decoded)
{
    buffer_free(&decoded->bytes);
    free(decoded->runs);
    *decoded = (decoded_t){0};
}

/* Does a sign of the encoding begin at `i`: a character of base64, an escape? */
static bool begins_sign(span_t encoded, decoded_form_t form, size_t i)
{
    if (form == DECODED_BASE64)
        return base64_value(encoded.at[i]) >= 0;
    return i + 1 < encoded.size && encoded.at[i + 1] == 'x';
}

/* Where the n-th sign begins. */
static uint64_t place_of_sign(span_t encoded, decoded_form_t form, uint64_t n)
{
    for (size_t i = 0; i < encoded.size; i++)
        if (begins_sign(encoded, form, i) && n-- == 0)
            return i;
    return encoded.size;
}

/* The encoded bytes of decoded byte `n`, from the start of the run. */
static own_range_t place_of_byte(span_t encoded, decoded_form_t form, uint64_t n)
{
    bool is_escaped = form == DECODED_HEX && encoded.size > 1 && encoded.at[1] == 'x';
    if (form == DECODED_BASE64) {
        uint64_t first = place_of_sign(encoded, form, n * 8 / 6);
        return (own_range_t){first, place_of_sign(encoded, form, (n * 8 + 7) / 6) + 1 - first};
    }
    return is_escaped ? (own_range_t){place_of_sign(encoded, form, n), 4} : (own_range_t){2 * n, 2};
}

bool decoded_place(const decoded_t *decoded, span_t blob, uint64_t at, uint64_t size, own_range_t *place, decoded_form_t *form)
{
    size_t low = 0, high = decoded->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (decoded->runs[middle].at + decoded->runs[middle].size > at)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == decoded->count || decoded->runs[low].at > at || size == 0)
        return false;
    const decoded_run_t *run     = &decoded->runs[low];
    span_t               encoded = span_sub(blob, run->offset, run->length);
    own_range_t          first   = place_of_byte(encoded, run->form, at - run->at);
    own_range_t          last    = place_of_byte(encoded, run->form, min_u64(at + size, run->at + run->size) - 1 - run->at);
    *place                       = (own_range_t){run->offset + first.offset, min_u64(last.offset + last.length, run->length) - first.offset};
    *form                        = run->form;
    return true;
}

const char *decoded_method(decoded_form_t form)
{
    static const char *const names[] = {"yara-base64", "yara-hex", "yara-utf16"};
    return names[form];
}
