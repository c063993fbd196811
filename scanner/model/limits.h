/* The bounds of a scan. Each that is reached becomes a finding with the region it left unexamined, never silence. */
#ifndef ASSAY_MODEL_LIMITS_H
#define ASSAY_MODEL_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t depth;          /* containers inside containers */
    uint32_t ratio;          /* decoded bytes of one blob ÷ its size … */
    uint64_t ratio_floor;    /* … but this many bytes are always allowed */
    uint64_t children;       /* of one blob */
    uint64_t output;         /* decoded bytes of the whole scan */
    uint64_t artifacts;      /* rows of the report that repeat the inside of an identical container */
    uint64_t memory;         /* bytes, all processes together */
    uint32_t job_seconds;    /* wall time of one blob */
    uint32_t seconds;        /* wall time of the scan; 0: none */
    bool     deleted;        /* not a bound, but how far to look: also at what is deleted, obsolete or unallocated */
} limits_t;

/* What is said of a blob at the depth limit, by whoever finds it there. */
#define LIMIT_DEPTH_TEXT "nested more deeply than the limit allows: its inside was not examined"

static inline limits_t limits_default(void)
{
    return (limits_t){
        .depth = 32, .ratio = 1100, .ratio_floor = (uint64_t)256 << 20, .children = 2000000, .output = (uint64_t)64 << 30,
        .artifacts = 200000, .memory = (uint64_t)2 << 30, .job_seconds = 300, .seconds = 3600,
    };
}

#endif
