/* What the containers of device makers share: fields of text, facts from them, and a bound on the work that checksums may ask for. */
#ifndef ASSAY_EXTRACTORS_FIRMWARE_COMMON_H
#define ASSAY_EXTRACTORS_FIRMWARE_COMMON_H

#include "extractors/partition_common.h"

enum { FIRMWARE_PARTS_MAX = 4096 };

/* The text of a field of `length` bytes at `at`, up to its first NUL; cut where the image ends. */
span_t firmware_text(span_t image, uint64_t at, uint64_t length);
/* Does the field hold nothing but printable ASCII up to its first NUL? Wholly inside the image, or not at all. */
bool firmware_is_text(span_t image, uint64_t at, uint64_t length);
/* A fact, when the text is not empty. */
void firmware_fact(sink_t *sink, const char *key, span_t text);
/* A fact like "2024-05-31 12:00:00 UTC" from seconds since 1970. */
void firmware_fact_time(sink_t *sink, const char *key, uint64_t seconds);

/* Overlapping parts may ask for their checksums again and again: as much as several times the image is done, and no more. */
typedef struct { uint64_t left; bool said; } firmware_work_t;
firmware_work_t firmware_work(span_t image);
/* May `length` bytes more be looked at? The first time that they may not, it is said. */
bool firmware_may(firmware_work_t *work, sink_t *sink, uint64_t offset, uint64_t length);

/* One part of a container, where the table says that it stands, and a line about what is wrong with it. */
typedef struct {
    span_t   name;
    uint64_t offset, length;
    const char *damage; /* NULL: sound */
} firmware_part_t;
/* The part as a child, unique by name; false: a limit was reached. */
bool firmware_show(partitions_t *parts, const firmware_part_t *part, unsigned number);

/* The sum of all bytes, modulo 2^32. */
uint32_t firmware_sum(span_t bytes);

#endif
