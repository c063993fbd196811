/* Text: a blob that is plain text from its first byte to its last, in UTF-8 (thus ASCII), or in UTF-16 with a byte order mark.
 * One NUL at the end is a habit of programs that write C strings. Source: RFC 3629, RFC 2781. */
#include "extractors/extractor.h"

#include "base/utf8.h"

enum { FIRST_LOOK = 512 };

typedef enum { NOT_TEXT, TEXT_ASCII, TEXT_UTF8, TEXT_UTF16_LE, TEXT_UTF16_BE } encoding_t;

static bool is_control(uint32_t c) { return c == 0x7F || (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f'); }

static bool is_utf16_text(span_t s, bool is_big)
{
    bool     low_expected = false;
    reader_t r            = reader_at(s, 2);
    if (s.size < 4 || s.size % 2 != 0)
        return false;
    while (reader_left(&r) > 0) {
        uint32_t c       = is_big ? read_be16(&r) : read_le16(&r);
        bool     is_low  = c >= 0xDC00 && c < 0xE000;
        bool     at_end  = c == 0 && reader_left(&r) == 0;
        if (is_low != low_expected || (is_control(c) && !at_end) || c >= 0xFFFE)
            return false;
        low_expected = c >= 0xD800 && c < 0xDC00;
    }
    return !low_expected;
}

static bool is_ascii(span_t s)
{
    uint8_t all = 0;
    for (size_t i = 0; i < s.size; i++)
        all |= s.at[i];
    return all < 0x80;
}

/* The bytes at the start decide almost always, at no cost. A sequence may be cut where the first look ends. */
static bool may_be_text(span_t s)
{
    span_t first = span_clip(s, 0, FIRST_LOOK);
    for (size_t i = 0; i < first.size; i++)
        if (is_control(first.at[i]))
            return false;
    return true;
}

static encoding_t encoding_of(span_t s)
{
    if (span_has_text_at(s, 0, "\xFF\xFE") || span_has_text_at(s, 0, "\xFE\xFF")) {
        bool is_big = s.at[0] == 0xFE;
        return is_utf16_text(s, is_big) ? (is_big ? TEXT_UTF16_BE : TEXT_UTF16_LE) : NOT_TEXT;
    }
    if (s.size > 1 && s.at[s.size - 1] == 0)
        s.size--;
    if (s.size == 0 || !may_be_text(s) || !utf8_is_plain_text(s))
        return NOT_TEXT;
    return is_ascii(s) ? TEXT_ASCII : TEXT_UTF8;
}

/* All of it is looked at: a text is text to its last byte. */
static unsigned text_probe(span_t image) { return encoding_of(image) != NOT_TEXT ? BITS_AT_START : 0; }

static uint64_t text_extent(span_t image) { return encoding_of(image) != NOT_TEXT ? image.size : 0; }

static status_t text_extract(span_t image, sink_t *sink)
{
    static const char *const names[] = {NULL, "ascii", "utf-8", "utf-16le", "utf-16be"};
    encoding_t               encoding = encoding_of(image);
    if (encoding == NOT_TEXT)
        return status_fail(STATUS_REJECTED, "text", 0, "not plain text");
    sink_fact(sink, "text.encoding", names[encoding]);
    sink_claim(sink, 0, image.size, REGION_CONTENT);
    return ok();
}

const extractor_t text_extractor = {
    .id = "text", .name = "Plain text", .specification = "RFC 3629, RFC 2781", .reach = REACH_VERIFY,
    .probe = text_probe, .extent = text_extent, .extract = text_extract,
};
