#include "extractors/utf16.h"

static uint32_t unit_at(span_t units, size_t at) { return (uint32_t)units.at[at] | (uint32_t)units.at[at + 1] << 8; }

static void append_code_point(buffer_t *out, uint32_t c)
{
    uint8_t bytes[4];
    size_t  size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; c >>= 6)
        bytes[i] = (uint8_t)(0x80 | (c & 0x3F));
    bytes[0] = (uint8_t)(lead[size] | c);
    buffer_append(out, span_from(bytes, size));
}

void utf16le_append(buffer_t *out, span_t units)
{
    for (size_t at = 0; at + 2 <= units.size; at += 2) {
        uint32_t c = unit_at(units, at);
        if (c >= 0xD800 && c < 0xDC00 && at + 4 <= units.size) {
            uint32_t low = unit_at(units, at + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                at += 2;
            }
        }
        append_code_point(out, c);
    }
}

size_t utf16le_length(span_t units)
{
    size_t at = 0;
    while (at + 2 <= units.size && unit_at(units, at) != 0)
        at += 2;
    return at;
}

void utf16le_append_text(buffer_t *out, span_t units) { utf16le_append(out, span_clip(units, 0, utf16le_length(units))); }
