/* Memory that lives and dies together: results of one job, one report. Bounded: an arena refuses to grow past its limit. */
#ifndef ASSAY_BASE_ARENA_H
#define ASSAY_BASE_ARENA_H

#include "base/bytes.h"

typedef struct arena arena_t;

/* A new arena that will hand out at most `limit` bytes in all (SIZE_MAX: no bound); NULL when out of memory. */
arena_t *arena_new(size_t limit);
void     arena_free(arena_t *arena);
/* Forget everything handed out, keep the first chunk. */
void     arena_reset(arena_t *arena);
size_t   arena_used(const arena_t *arena);

/* Zeroed, 16-byte aligned, valid until reset or free; NULL when out of memory or over the limit. */
void   *arena_alloc(arena_t *arena, size_t size);
/* As arena_alloc for count × size, checked. */
void   *arena_array(arena_t *arena, size_t count, size_t size);
/* A copy in the arena; {NULL, 0} when it could not be had (an empty span copies to a non-NULL empty one). */
span_t  arena_copy(arena_t *arena, span_t bytes);
/* A NUL-terminated copy; NULL when it could not be had. */
char   *arena_text(arena_t *arena, span_t bytes);
/* printf into the arena; NULL when it could not be had. */
char   *arena_printf(arena_t *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
