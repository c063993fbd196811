#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 64 * 1024, ALIGNMENT = 16 };

typedef struct chunk {
    struct chunk *next;
    size_t        size, used;
    _Alignas(ALIGNMENT) uint8_t bytes[];
} chunk_t;

struct arena {
    chunk_t *chunks;
    size_t   limit, used;
};

arena_t *arena_new(size_t limit)
{
    arena_t *arena = calloc(1, sizeof *arena);
    if (arena != NULL)
        arena->limit = limit;
    return arena;
}

static void free_chunks(chunk_t *chunk)
{
    while (chunk != NULL) {
        chunk_t *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_free(arena_t *arena)
{
    if (arena == NULL)
        return;
    free_chunks(arena->chunks);
    free(arena);
}

void arena_reset(arena_t *arena)
{
    chunk_t *keep = arena->chunks;
    if (keep != NULL) {
        free_chunks(keep->next);
        keep->next = NULL;
        keep->used = 0;
        if (keep->size > CHUNK) {
            free(keep);
            arena->chunks = NULL;
        }
    }
    arena->used = 0;
}

size_t arena_used(const arena_t *arena) { return arena->used; }

void *arena_alloc(arena_t *arena, size_t size)
{
    if (size > SIZE_MAX - CHUNK)
        return NULL;
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (rounded > arena->limit - arena->used)
        return NULL;
    chunk_t *chunk = arena->chunks;
    if (chunk == NULL || rounded > chunk->size - chunk->used) {
        size_t capacity = rounded > CHUNK ? rounded : CHUNK;
        chunk           = malloc(sizeof *chunk + capacity);
        if (chunk == NULL)
            return NULL;
        *chunk        = (chunk_t){.next = arena->chunks, .size = capacity};
        arena->chunks = chunk;
    }
    void *at = chunk->bytes + chunk->used;
    chunk->used += rounded;
    arena->used += rounded;
    return memset(at, 0, rounded);
}

void *arena_array(arena_t *arena, size_t count, size_t size)
{
    uint64_t bytes;
    return checked_mul(count, size, &bytes) && bytes <= SIZE_MAX ? arena_alloc(arena, (size_t)bytes) : NULL;
}

span_t arena_copy(arena_t *arena, span_t bytes)
{
    uint8_t *at = arena_alloc(arena, bytes.size > 0 ? bytes.size : 1);
    if (at == NULL)
        return (span_t){NULL, 0};
    if (bytes.size > 0)
        memcpy(at, bytes.at, bytes.size);
    return span_from(at, bytes.size);
}

char *arena_text(arena_t *arena, span_t bytes)
{
    if (bytes.size == SIZE_MAX)
        return NULL;
    char *text = arena_alloc(arena, bytes.size + 1);
    if (text != NULL && bytes.size > 0)
        memcpy(text, bytes.at, bytes.size);
    return text;
}

char *arena_printf(arena_t *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length >= 0 ? arena_alloc(arena, (size_t)length + 1) : NULL;
    if (text == NULL)
        return NULL;
    va_start(args, format);
    (void)vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}
