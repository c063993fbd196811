#include "extractors/base64_common.h"

static int value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_line(span_t text, uint8_t *out, size_t *size, bool *ended)
{
    size_t fill = 0;
    *size       = 0;
    if (text.size == 0 || text.size % 4 != 0)
        return false;
    while (fill < 2 && text.at[text.size - 1 - fill] == '=')
        fill++;
    *ended = fill > 0;
    for (size_t at = 0; at < text.size; at += 4) {
        uint32_t bits = 0;
        size_t   filled = at + 4 == text.size ? fill : 0;
        for (size_t i = 0; i < 4; i++) {
            int value = i < 4 - filled ? value_of(text.at[at + i]) : 0;
            if (value < 0)
                return false;
            bits = bits << 6 | (unsigned)value;
        }
        for (size_t i = 0; i < 3 - filled; i++)
            out[(*size)++] = (uint8_t)(bits >> (16 - 8 * i));
    }
    return true;
}
