/* What an extractor or an analyser may do. Everything it says goes through these calls; it never opens a file, never
 * allocates without bound, never prints. Offsets are in the blob that is being examined, whatever the extractor was given:
 * the caller shifts them by where the extractor's image begins. */
#ifndef ASSAY_MODEL_SINK_H
#define ASSAY_MODEL_SINK_H

#include "model/limits.h"
#include "model/record.h"

/* Where the sink hands things on to: the worker's wire, or a test. */
typedef struct {
    void *context;
    void (*record)(void *context, const record_t *record);
    status_t (*decoded)(void *context, span_t bytes); /* the next bytes of the job's stream of decoded content */
    status_t (*zeros)(void *context, uint64_t length); /* so many zero bytes of it; NULL: they are handed to `decoded` */
} sink_output_t;

typedef struct sink  sink_t;
typedef struct child child_t;

/* A sink for the blob `blob`. `limits` is borrowed. NULL when out of memory. */
sink_t *sink_new(span_t blob, const limits_t *limits, sink_output_t output);
void    sink_free(sink_t *sink);

/* ---- for extractors ------------------------------------------------------------------------------------------------ */

/* These bytes are explained. The first claim of a byte stands. A claim outside the image is cut and noted, not fatal. */
void sink_claim(sink_t *sink, uint64_t offset, uint64_t length, region_kind_t kind);

/* A new child; ends the one before. What `info` points to must stay as it is until the child ends. NULL when a limit is reached (already recorded): stop and return ok(). */
child_t *sink_child(sink_t *sink, const child_info_t *info);
/* No further writes to the open child, if there is one. */
void sink_end_child(sink_t *sink);

uint32_t child_index(const child_t *child);

/* The next bytes of the child's content, decoded from [from_offset, from_length) of the image, which is claimed as its content.
 * STATUS_LIMIT (already recorded) or STATUS_IO: stop. */
status_t child_write(child_t *child, span_t decoded, uint64_t from_offset, uint64_t from_length);
/* How many more decoded bytes this blob may give, by the limit on proportion. */
uint64_t child_room(const child_t *child);
/* What so many zeros count of it: less than their length where holes are kept as holes. */
uint64_t child_cost_of_zeros(const child_t *child, uint64_t length);
/* A bound was reached that concerns this child alone: it is recorded, and the child counts as incomplete. */
void child_limit(child_t *child, const char *limit, const char *what);
/* `length` zero bytes that stand nowhere in the image (a hole). */
status_t child_write_zeros(child_t *child, uint64_t length);
/* The child's content is [offset, offset+length) of the image as it stands: no copy is made. Instead of child_write, once.
 * What does not lie inside the image is cut, and recorded as damage. */
void child_range(child_t *child, uint64_t offset, uint64_t length);
/* The child's content is that of an earlier child (hard link). */
void child_same_as(child_t *child, uint32_t earlier);

/* Bytes that could not be read as what they should be; what is sound is still extracted. `what` is one short line.
 * child_damage also names the child whose content is spoiled or incomplete. */
void sink_damage(sink_t *sink, uint64_t offset, uint64_t length, const char *what);
void child_damage(child_t *child, uint64_t offset, uint64_t length, const char *what);
/* A bound was reached ("ratio", "entries" …) and [offset, length) was left unexamined. */
void sink_limit(sink_t *sink, uint64_t offset, uint64_t length, const char *limit, const char *what);
void sink_note(sink_t *sink, uint64_t offset, const char *what);
/* Does the scan ask for what is deleted, obsolete or left in unallocated space as well (--mode lab)? */
bool sink_wants_deleted(const sink_t *sink);
/* A fact of the format for the report, key like "elf.machine" or "uimage.name". Value: any bytes, escaped by the report. */
void sink_fact(sink_t *sink, const char *key, const char *value);
void sink_fact_printf(sink_t *sink, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- for analysis -------------------------------------------------------------------------------------------------- */

/* `record` of type IDENTITY, COMPONENT, RELATION, MARKER or FINDING; offsets are in the blob. */
void sink_say(sink_t *sink, const record_t *record);

/* ---- for the driver of extractors (analysis/examine.c) -------------------------------------------------------------- */

/* From here on `format` speaks, for an image that begins at `base` of the blob. */
void sink_begin_format(sink_t *sink, const char *format, uint64_t base);
/* It was right: everything it said stands. Returns the end (in the blob) of the furthest byte it claimed. */
uint64_t sink_accept_format(sink_t *sink, uint32_t bits);
/* It was wrong: everything it said is taken back. */
void sink_reject_format(sink_t *sink);
/* A part of the blob becomes a child of its own (a carved image). */
void sink_carve(sink_t *sink, uint64_t offset, uint64_t length, const char *format);
/* The ledger so far, to be settled and completed with padding and unknown by the driver. */
ledger_t *sink_ledger(sink_t *sink);
/* Sends the rows of the settled ledger and RECORD_DONE. */
void sink_finish(sink_t *sink);

#endif
