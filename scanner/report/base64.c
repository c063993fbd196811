#include "report/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(span_t bytes, buffer_t *out)
{
    uint64_t size;
    uint8_t *at = checked_mul(bytes.size / 3 + 1, 4, &size) ? buffer_reserve(out, (size_t)size) : NULL;
    if (at == NULL) {
        out->failed = true;
        return;
    }
    uint8_t *start = at;
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t   left  = bytes.size - i;
        uint32_t three = (uint32_t)bytes.at[i] << 16 | (left > 1 ? (uint32_t)bytes.at[i + 1] << 8 : 0) | (left > 2 ? bytes.at[i + 2] : 0);
        *at++          = (uint8_t)alphabet[three >> 18];
        *at++          = (uint8_t)alphabet[three >> 12 & 63];
        *at++          = left > 1 ? (uint8_t)alphabet[three >> 6 & 63] : '=';
        *at++          = left > 2 ? (uint8_t)alphabet[three & 63] : '=';
    }
    out->size += (size_t)(at - start);
}

/* The value of a digit, noting which alphabet it is of; -1: no digit. */
static int digit_value(uint8_t c, bool *standard, bool *url_safe)
{
    *standard = *standard || c == '+' || c == '/';
    *url_safe = *url_safe || c == '-' || c == '_';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(span_t text, buffer_t *out)
{
    size_t digits = text.size;
    while (digits > 0 && text.size - digits < 2 && text.at[digits - 1] == '=')
        digits--;
    if ((digits < text.size && text.size % 4 != 0) || digits % 4 == 1)
        return false;
    uint8_t *at = buffer_reserve(out, digits / 4 * 3 + 3);
    if (at == NULL)
        return false;
    bool     standard = false, url_safe = false;
    uint32_t bits  = 0;
    unsigned count = 0;
    size_t   size  = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = digit_value(text.at[i], &standard, &url_safe);
        if (value < 0 || (standard && url_safe))
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            at[size++] = (uint8_t)(bits >> count);
            bits &= (1u << count) - 1;
        }
    }
    if (bits != 0)
        return false;
    out->size += size;
    return true;
}
