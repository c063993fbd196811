#include "extractors/memory_common.h"

#include <stdio.h>
#include <stdlib.h>

static bool joins(const memory_t *memory, uint32_t space, uint64_t address, uint64_t from)
{
    const memory_run_t *last = memory->count > 0 ? &memory->runs[memory->count - 1] : NULL;
    return last != NULL && last->damage == NULL && last->space == space && last->address + last->length == address && memory->joined_to == from;
}

static memory_run_t *new_run(memory_t *memory)
{
    if (memory->count == memory->capacity) {
        size_t        capacity = memory->capacity == 0 ? 64 : memory->capacity * 2;
        memory_run_t *grown    = realloc(memory->runs, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        memory->runs     = grown;
        memory->capacity = capacity;
    }
    return &memory->runs[memory->count++];
}

void memory_add(memory_t *memory, uint32_t space, uint64_t address, span_t bytes, uint64_t from, uint64_t from_length, const char *damage)
{
    uint64_t bytes_at = memory->bytes.size;
    if (memory->failed || bytes.size == 0)
        return;
    buffer_append(&memory->bytes, bytes);
    if (!memory->bytes.failed && damage == NULL && joins(memory, space, address, from)) {
        memory_run_t *last = &memory->runs[memory->count - 1];
        last->length += bytes.size;
        last->from_length = from + from_length - last->from;
    } else {
        memory_run_t *run = memory->bytes.failed ? NULL : new_run(memory);
        memory->failed    = run == NULL;
        if (run != NULL)
            *run = (memory_run_t){.address = address, .bytes_at = bytes_at, .length = bytes.size, .from = from, .from_length = from_length,
                                  .space = space, .damage = damage};
    }
    memory->joined_to = from + from_length;
}

void memory_pass(memory_t *memory, uint64_t from, uint64_t length)
{
    if (memory->joined_to == from)
        memory->joined_to += length;
}

bool memory_lost(memory_t *memory, uint64_t at, uint64_t length, const char *what)
{
    memory_run_t *last = memory->count > 0 ? &memory->runs[memory->count - 1] : NULL;
    if (last == NULL || last->lost != NULL)
        return false;
    last->lost        = what;
    last->lost_at     = at;
    last->lost_length = length;
    return true;
}

/* Ascending; of the same address, the one that came first. */
static int by_address(const void *a, const void *b)
{
    const memory_run_t *x = a, *y = b;
    if (x->space != y->space)
        return x->space < y->space ? -1 : 1;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return x->bytes_at < y->bytes_at ? -1 : x->bytes_at > y->bytes_at;
}

typedef struct {
    const memory_t *memory;
    sink_t         *sink;
    void          (*name_space)(uint32_t space, char out[MEMORY_SPACE_NAME]);
    child_t        *child;
    char            path[MEMORY_SPACE_NAME + 48];
    uint32_t        space;
    uint64_t        end;    /* of what the open child holds, as an address */
    unsigned        doubles;
    status_t        status;
} show_t;

/* False: a limit was reached. */
static bool begin_child(show_t *show, const memory_run_t *run, bool is_double)
{
    char space[MEMORY_SPACE_NAME] = "", number[16] = "";
    sink_end_child(show->sink); /* its path is what is about to be written over */
    if (show->name_space != NULL)
        show->name_space(run->space, space);
    if (is_double) {
        sink_note(show->sink, run->from, "bytes for an address that other bytes are for as well");
        (void)snprintf(number, sizeof number, "-%u", ++show->doubles);
    }
    (void)snprintf(show->path, sizeof show->path, "%s%08llx%s.bin", space, (unsigned long long)run->address, number);
    show->child = sink_child(show->sink, &(child_info_t){.path = span_from_text(show->path), .type = CHILD_PAYLOAD});
    return show->child != NULL;
}

static bool write_run(show_t *show, const memory_run_t *run)
{
    span_t bytes = span_sub(buffer_span(&show->memory->bytes), run->bytes_at, run->length);
    if (run->damage != NULL)
        child_damage(show->child, run->from, run->from_length, run->damage);
    if (run->lost != NULL)
        child_damage(show->child, run->lost_at, run->lost_length, run->lost);
    show->status = child_write(show->child, bytes, run->from, run->from_length);
    return status_ok(show->status);
}

static void show_runs(show_t *show)
{
    const memory_t *memory = show->memory;
    for (size_t i = 0; i < memory->count; i++) {
        const memory_run_t *run       = &memory->runs[i];
        bool                same      = i > 0 && show->space == run->space;
        bool                is_double = same && run->address < show->end;
        bool                follows   = same && run->address == show->end && show->child != NULL;
        if (!follows && !begin_child(show, run, is_double))
            return;
        if (!write_run(show, run))
            return;
        show->space = run->space;
        if (is_double)
            show->child = NULL; /* nothing joins it */
        else
            show->end = run->address + run->length;
    }
}

status_t memory_show(memory_t *memory, sink_t *sink, void (*name_space)(uint32_t space, char out[MEMORY_SPACE_NAME]))
{
    show_t show = {.memory = memory, .sink = sink, .name_space = name_space};
    if (memory->count > 1)
        qsort(memory->runs, memory->count, sizeof *memory->runs, by_address);
    show_runs(&show);
    sink_end_child(sink);
    if (memory->failed)
        sink_limit(sink, memory->joined_to, UINT64_MAX - memory->joined_to, "memory", "out of memory: what follows was not decoded");
    return show.status;
}

void memory_free(memory_t *memory)
{
    buffer_free(&memory->bytes);
    free(memory->runs);
    *memory = (memory_t){0};
}

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool line_next(span_t image, uint64_t *at, size_t most, line_t *line)
{
    span_t rest = span_clip(image, *at, most);
    if (rest.size == 0)
        return false;
    const uint8_t *end = memchr(rest.at, '\n', rest.size);
    line->at           = *at;
    line->ended        = end != NULL;
    line->length       = end != NULL ? (uint64_t)(end - rest.at) + 1 : rest.size;
    line->text         = span_clip(rest, 0, line->length);
    while (line->text.size > 0 && is_blank(line->text.at[line->text.size - 1]))
        line->text.size--;
    *at += line->length;
    return true;
}

size_t hex_pairs(span_t text, uint8_t *out, size_t most)
{
    size_t count = 0;
    while (count < most && 2 * count + 1 < text.size) {
        int high = hex_value(text.at[2 * count]), low = hex_value(text.at[2 * count + 1]);
        if (high < 0 || low < 0)
            break;
        out[count++] = (uint8_t)(high << 4 | low);
    }
    return count;
}
