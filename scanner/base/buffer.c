#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buffer_free(buffer_t *buffer)
{
    free(buffer->at);
    *buffer = (buffer_t){.limit = buffer->limit};
}

uint8_t *buffer_reserve(buffer_t *buffer, size_t more)
{
    uint64_t need;
    if (buffer->failed)
        return NULL;
    if (!checked_add(buffer->size, more, &need) || need > (buffer->limit != 0 ? buffer->limit : SIZE_MAX / 2)) {
        buffer->failed = true;
        return NULL;
    }
    if (need > buffer->capacity) {
        size_t capacity = (size_t)max_u64(max_u64(need, 256), buffer->capacity + buffer->capacity / 2);
        void  *at       = realloc(buffer->at, capacity);
        if (at == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->at       = at;
        buffer->capacity = capacity;
    }
    return buffer->at + buffer->size;
}

void buffer_append(buffer_t *buffer, span_t bytes)
{
    uint8_t *at = bytes.size > 0 ? buffer_reserve(buffer, bytes.size) : NULL;
    if (at == NULL)
        return;
    memcpy(at, bytes.at, bytes.size);
    buffer->size += bytes.size;
}

void buffer_append_text(buffer_t *buffer, const char *text) { buffer_append(buffer, span_from_text(text)); }
void buffer_append_byte(buffer_t *buffer, uint8_t byte) { buffer_append(buffer, span_from(&byte, 1)); }

void buffer_append_le(buffer_t *buffer, uint64_t value, unsigned bytes)
{
    uint8_t *at = buffer_reserve(buffer, bytes);
    if (at == NULL)
        return;
    for (unsigned i = 0; i < bytes; i++, value >>= 8)
        at[i] = (uint8_t)value;
    buffer->size += bytes;
}

void buffer_printf(buffer_t *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    uint8_t *at = length >= 0 ? buffer_reserve(buffer, (size_t)length + 1) : NULL;
    if (at == NULL)
        return;
    va_start(args, format);
    (void)vsnprintf((char *)at, (size_t)length + 1, format, args);
    va_end(args);
    buffer->size += (size_t)length;
}
