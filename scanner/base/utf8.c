#include "base/utf8.h"

size_t utf8_next(span_t s, uint32_t *code_point)
{
    if (s.size == 0)
        return 0;
    uint8_t  first  = s.at[0];
    size_t   length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : (first & 0xF0) == 0xE0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
    uint32_t value  = length == 1 ? first : length == 2 ? first & 0x1Fu : length == 3 ? first & 0x0Fu : first & 0x07u;
    if (length == 0 || length > s.size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((s.at[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (s.at[i] & 0x3Fu);
    }
    bool overlong  = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10FFFF)
        return 0;
    *code_point = value;
    return length;
}

bool utf8_valid(span_t s)
{
    uint32_t code_point;
    for (size_t at = 0, step; at < s.size; at += step)
        if ((step = utf8_next(span_from(s.at + at, s.size - at), &code_point)) == 0)
            return false;
    return true;
}

/* How many bytes at the start are ASCII that plain text is made of, counted eight at a time. */
static size_t plain_ascii_run(span_t s)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    size_t         at   = 0;
    for (; at + 8 <= s.size; at += 8) {
        uint64_t w;
        memcpy(&w, s.at + at, sizeof w);
        /* In turn: not ASCII, below a space, a DEL. Tabs and ends of lines are below a space: the loop below looks again. */
        uint64_t odd = w & tops, low = (w - 0x20 * ones) & ~w & tops, del = ((w ^ 0x7F * ones) - ones) & ~(w ^ 0x7F * ones) & tops;
        if ((odd | del) != 0)
            return at;
        for (size_t i = 0; low != 0 && i < 8; i++) {
            uint8_t c = s.at[at + i];
            if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f')
                return at;
        }
    }
    return at;
}

bool utf8_is_plain_text(span_t s)
{
    uint32_t c = 0;
    for (size_t at = plain_ascii_run(s), step; at < s.size; at += step) {
        step = utf8_next(span_from(s.at + at, s.size - at), &c);
        if (step == 0 || c == 0x7F || (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f'))
            return false;
        if (step > 1)
            step += plain_ascii_run(span_from_offset(s, at + step));
    }
    return true;
}

static bool may_be_shown(uint32_t c)
{
    bool control     = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool bidi        = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x061C;
    bool zero_width  = (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF;
    bool separator   = c == 0x2028 || c == 0x2029;
    bool noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
    return !control && !bidi && !zero_width && !separator && !noncharacter && c != '%';
}

static void escape_bytes(span_t s, buffer_t *out)
{
    for (size_t i = 0; i < s.size; i++)
        buffer_printf(out, "%%%02X", s.at[i]);
}

static void escape_with(span_t s, bool is_path, buffer_t *out)
{
    for (size_t at = 0; at < s.size;) {
        uint32_t c    = 0;
        span_t   rest = span_from(s.at + at, s.size - at);
        size_t   step = utf8_next(rest, &c);
        span_t   here = span_from(rest.at, step > 0 ? step : 1);
        if (step > 0 && may_be_shown(c) && !(is_path && c == '\\'))
            buffer_append(out, here);
        else
            escape_bytes(here, out);
        at += here.size;
    }
}

void escape_text(span_t s, buffer_t *out) { escape_with(s, false, out); }

void escape_path(span_t path, buffer_t *out)
{
    size_t start = out->size;
    for (size_t at = 0; at < path.size;) {
        const uint8_t *slash     = memchr(path.at + at, '/', path.size - at);
        size_t         end       = slash != NULL ? (size_t)(slash - path.at) : path.size;
        span_t         component = span_from(path.at + at, end - at);
        at = end + 1;
        if (component.size == 0 || span_equal(component, span_from_text(".")))
            continue;
        if (out->size > start)
            buffer_append_byte(out, '/');
        if (span_equal(component, span_from_text("..")))
            buffer_append_text(out, "%2E%2E");
        else
            escape_with(component, true, out);
    }
    if (out->size == start)
        buffer_append_byte(out, '.');
}

bool text_may_be_shown(span_t s)
{
    uint32_t c = 0;
    for (size_t at = 0, step; at < s.size; at += step)
        if ((step = utf8_next(span_from(s.at + at, s.size - at), &c)) == 0 || (c != '%' && !may_be_shown(c)))
            return false;
    return true;
}
