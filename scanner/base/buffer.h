/* A byte buffer that grows up to a limit and remembers when it could not. */
#ifndef ASSAY_BASE_BUFFER_H
#define ASSAY_BASE_BUFFER_H

#include "base/bytes.h"

typedef struct {
    uint8_t *at;
    size_t   size, capacity;
    size_t   limit;  /* 0: no bound */
    bool     failed; /* out of memory or over the limit; sticks, later appends do nothing */
} buffer_t;

void buffer_free(buffer_t *buffer);
void buffer_append(buffer_t *buffer, span_t bytes);
void buffer_append_text(buffer_t *buffer, const char *text);
void buffer_append_byte(buffer_t *buffer, uint8_t byte);
void buffer_append_le(buffer_t *buffer, uint64_t value, unsigned bytes);
void buffer_printf(buffer_t *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for `more` further bytes, to be filled by the caller who then adds to `size`; NULL when it cannot be had. */
uint8_t *buffer_reserve(buffer_t *buffer, size_t more);

static inline span_t buffer_span(const buffer_t *buffer) { return span_from(buffer->at, buffer->size); }

#endif
