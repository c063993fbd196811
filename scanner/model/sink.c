#include "model/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ZEROS_PER_BYTE = 256 }; /* where holes stay holes, so many zeros cost as much as one byte of content */

struct child {
    sink_t        *sink;
    record_t       record; /* RECORD_CHILD, complete but for source and size until the child ends */
    uint64_t       started_at; /* in the stream of decoded bytes */
    uint64_t       first, last; /* the bytes of the blob that it was decoded from */
    bool           open;
};

struct sink {
    span_t          blob;
    const limits_t *limits;
    sink_output_t   output;
    ledger_t        ledger;
    child_t         child;
    const char     *format;
    uint64_t        base;     /* of the image that the format reads */
    uint64_t        furthest; /* end of the furthest claim of the format that speaks */
    uint64_t        decoded;  /* bytes handed on so far */
    uint64_t        spent;    /* of them, what counts against the limit on proportion */
    uint32_t        children;
    bool            full;     /* a limit on output was reached: recorded once */
    struct { size_t claims; uint32_t children; bool full; } mark;
};

sink_t *sink_new(span_t blob, const limits_t *limits, sink_output_t output)
{
    sink_t *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return NULL;
    sink->blob       = blob;
    sink->limits     = limits;
    sink->output     = output;
    sink->child.sink = sink;
    ledger_init(&sink->ledger, blob.size);
    return sink;
}

void sink_free(sink_t *sink)
{
    if (sink == NULL)
        return;
    ledger_free(&sink->ledger);
    free(sink);
}

static void emit(sink_t *sink, const record_t *record) { sink->output.record(sink->output.context, record); }

/* An extractor's [offset, length) as a place in the blob, cut to what the blob holds. */
static void place(const sink_t *sink, uint64_t *offset, uint64_t *length)
{
    if (!checked_add(*offset, sink->base, offset) || *offset > sink->blob.size)
        *offset = sink->blob.size;
    *length = min_u64(*length, sink->blob.size - *offset);
}

static void claim(sink_t *sink, uint64_t offset, uint64_t length, region_kind_t kind, uint32_t child)
{
    uint64_t asked = length;
    place(sink, &offset, &length);
    if (length < asked)
        sink_note(sink, offset, "a claim reached past the end of the blob and was cut");
    (void)ledger_claim(&sink->ledger, (region_t){.offset = offset, .length = length, .kind = kind, .format = sink->format, .child = child});
    sink->furthest = max_u64(sink->furthest, offset + length);
}

void sink_claim(sink_t *sink, uint64_t offset, uint64_t length, region_kind_t kind) { claim(sink, offset, length, kind, NO_CHILD); }

static span_t cut(span_t text, size_t most) { return span_clip(text, 0, most); }

child_t *sink_child(sink_t *sink, const child_info_t *info)
{
    sink_end_child(sink);
    if (sink->full)
        return NULL;
    if (sink->children >= sink->limits->children) {
        sink->full = true;
        sink_limit(sink, 0, sink->blob.size, "children", "more children than the limit allows: the rest was not examined");
        return NULL;
    }
    child_t *child = &sink->child;
    *child         = (child_t){.sink = sink, .started_at = sink->decoded, .first = UINT64_MAX, .open = true};
    child->record  = (record_t){.type = RECORD_CHILD, .child = {.info = *info, .index = sink->children, .source_kind = SOURCE_NONE}};
    child_info_t *kept = &child->record.child.info;
    if (kept->path.size > PATH_BYTES_MAX)
        sink_limit(sink, 0, 0, "path", "a path longer than 32768 bytes was cut");
    kept->path        = cut(kept->path, PATH_BYTES_MAX);
    kept->link        = cut(kept->link, TEXT_LONG_MAX);
    kept->mode &= 07777;
    kept->xattr_count = (size_t)min_u64(kept->xattr_count, XATTRS_MAX);
    if (info->type == CHILD_FILE || info->type == CHILD_PAYLOAD)
        child->record.child.source_kind = SOURCE_DECODED;
    sink->children++;
    return child;
}

void sink_end_child(sink_t *sink)
{
    child_t *child = &sink->child;
    if (!child->open)
        return;
    child->open = false;
    if (child->record.child.source_kind == SOURCE_DECODED) {
        child->record.child.source = child->started_at;
        child->record.child.size   = sink->decoded - child->started_at;
    }
    if (child->first != UINT64_MAX) {
        child->record.child.at_offset = child->first;
        child->record.child.at_length = child->last - child->first;
    }
    emit(sink, &child->record);
}

uint32_t child_index(const child_t *child) { return child->record.child.index; }

static void stands_at(child_t *child, uint64_t offset, uint64_t length)
{
    place(child->sink, &offset, &length);
    if (length == 0)
        return;
    child->first = min_u64(child->first, offset);
    child->last  = max_u64(child->last, offset + length);
}

static uint64_t allowed_in_all(const sink_t *sink)
{
    uint64_t allowed = 0;
    if (!checked_mul(sink->blob.size, sink->limits->ratio, &allowed))
        allowed = UINT64_MAX;
    return max_u64(allowed, sink->limits->ratio_floor);
}

uint64_t child_room(const child_t *child)
{
    uint64_t allowed = allowed_in_all(child->sink);
    return allowed - min_u64(allowed, child->sink->spent);
}

uint64_t child_cost_of_zeros(const child_t *child, uint64_t length) { return child->sink->output.zeros != NULL ? length / ZEROS_PER_BYTE : length; }

/* May decoded bytes of this cost leave? When not, that is recorded once, and nothing more leaves. */
static bool may_leave(child_t *child, uint64_t cost, uint64_t from_offset, uint64_t from_length)
{
    sink_t *sink = child->sink;
    if (!sink->full && cost > child_room(child)) {
        sink->full = true;
        sink_limit(sink, from_offset, from_length, "ratio", "the decoded data is out of proportion to its source: the rest was not decoded");
    }
    return !sink->full;
}

static status_t output_limit(const sink_t *sink, uint64_t from_offset) { return status_fail(STATUS_LIMIT, sink->format, from_offset, "output limit reached"); }

static status_t account(child_t *child, status_t status, uint64_t length, uint64_t cost, uint64_t from_offset, uint64_t from_length)
{
    sink_t *sink = child->sink;
    if (status_ok(status)) {
        sink->decoded += length;
        sink->spent += cost;
    } else {
        sink->full = true;
        sink_limit(sink, from_offset, from_length, "output", "decoded data could not be kept: the rest was not decoded");
    }
    return status;
}

static status_t hand_on(child_t *child, span_t decoded, uint64_t from_offset, uint64_t from_length)
{
    sink_t *sink = child->sink;
    if (!may_leave(child, decoded.size, from_offset, from_length))
        return output_limit(sink, from_offset);
    return account(child, sink->output.decoded(sink->output.context, decoded), decoded.size, decoded.size, from_offset, from_length);
}

status_t child_write(child_t *child, span_t decoded, uint64_t from_offset, uint64_t from_length)
{
    if (from_length > 0) {
        claim(child->sink, from_offset, from_length, REGION_CONTENT, child_index(child));
        stands_at(child, from_offset, from_length);
    }
    return hand_on(child, decoded, from_offset, from_length);
}

status_t child_write_zeros(child_t *child, uint64_t length)
{
    static const uint8_t zeros[65536];
    sink_t              *sink   = child->sink;
    status_t             status = ok();
    if (sink->output.zeros != NULL) {
        uint64_t cost = child_cost_of_zeros(child, length);
        return may_leave(child, cost, 0, 0) ? account(child, sink->output.zeros(sink->output.context, length), length, cost, 0, 0) : output_limit(sink, 0);
    }
    while (length > 0 && status_ok(status)) {
        size_t step = (size_t)min_u64(length, sizeof zeros);
        status      = hand_on(child, span_from(zeros, step), 0, 0);
        length -= step;
    }
    return status;
}

void child_range(child_t *child, uint64_t offset, uint64_t length)
{
    uint64_t at = offset, held = length;
    place(child->sink, &at, &held);
    if (held < length)
        child_damage(child, offset, length, "the image ends before this content does");
    if (held > 0)
        claim(child->sink, offset, held, REGION_CONTENT, child_index(child));
    stands_at(child, offset, held);
    child->record.child.source_kind = SOURCE_RANGE;
    child->record.child.source      = at;
    child->record.child.size        = held;
}

void child_same_as(child_t *child, uint32_t earlier)
{
    if (earlier >= child_index(child))
        return;
    child->record.child.source_kind = SOURCE_SAME;
    child->record.child.source      = earlier;
}

static void say_damage(sink_t *sink, uint64_t offset, uint64_t length, const char *what, uint32_t child)
{
    place(sink, &offset, &length);
    emit(sink, &(record_t){.type = RECORD_DAMAGE, .damage = {offset, length, sink->format, what, child}});
}

void sink_damage(sink_t *sink, uint64_t offset, uint64_t length, const char *what) { say_damage(sink, offset, length, what, NO_CHILD); }

void child_damage(child_t *child, uint64_t offset, uint64_t length, const char *what)
{
    say_damage(child->sink, offset, length, what, child_index(child));
}

void child_limit(child_t *child, const char *limit, const char *what)
{
    sink_limit(child->sink, 0, 0, limit, what);
    say_damage(child->sink, 0, 0, what, child_index(child));
}

void sink_limit(sink_t *sink, uint64_t offset, uint64_t length, const char *limit, const char *what)
{
    place(sink, &offset, &length);
    emit(sink, &(record_t){.type = RECORD_LIMIT, .limit = {offset, length, limit, what}});
}

void sink_note(sink_t *sink, uint64_t offset, const char *what)
{
    uint64_t length = 0;
    place(sink, &offset, &length);
    emit(sink, &(record_t){.type = RECORD_NOTE, .note = {offset, sink->format, what}});
}

bool sink_wants_deleted(const sink_t *sink) { return sink->limits->deleted; }

void sink_fact(sink_t *sink, const char *key, const char *value)
{
    emit(sink, &(record_t){.type = RECORD_FACT, .fact = {key, value}});
}

void sink_fact_printf(sink_t *sink, const char *key, const char *format, ...)
{
    char    value[TEXT_SHORT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(value, sizeof value, format, args);
    va_end(args);
    sink_fact(sink, key, value);
}

void sink_say(sink_t *sink, const record_t *record) { emit(sink, record); }

void sink_begin_format(sink_t *sink, const char *format, uint64_t base)
{
    sink->format   = format;
    sink->base     = base;
    sink->furthest = base;
    sink->mark.claims   = ledger_mark(&sink->ledger);
    sink->mark.children = sink->children;
    sink->mark.full     = sink->full;
}

uint64_t sink_accept_format(sink_t *sink, uint32_t bits)
{
    sink_end_child(sink);
    emit(sink, &(record_t){.type = RECORD_FORMAT, .format = {sink->format, sink->base, sink->furthest - sink->base, bits}});
    sink->format = NULL;
    sink->base   = 0;
    return sink->furthest;
}

void sink_reject_format(sink_t *sink)
{
    sink_end_child(sink);
    ledger_rollback(&sink->ledger, sink->mark.claims);
    sink->children = sink->mark.children;
    sink->full     = sink->mark.full;
    emit(sink, &(record_t){.type = RECORD_ROLLBACK});
    sink->format = NULL;
    sink->base   = 0;
}

void sink_carve(sink_t *sink, uint64_t offset, uint64_t length, const char *format)
{
    char path[96];
    int  size = snprintf(path, sizeof path, "%llx.%s", (unsigned long long)offset, format);
    sink_begin_format(sink, format, 0);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from(path, (size_t)size), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, offset, length);
    sink_end_child(sink);
    sink->format = NULL;
}

ledger_t *sink_ledger(sink_t *sink) { return &sink->ledger; }

void sink_finish(sink_t *sink)
{
    for (size_t i = 0; i < sink->ledger.count; i++)
        emit(sink, &(record_t){.type = RECORD_REGION, .region = sink->ledger.regions[i]});
    emit(sink, &(record_t){.type = RECORD_DONE});
}
