/* The ledger of one blob: who explains which byte.
 *
 * Extractors claim in any order, also twice; the first claim of a byte stands. ledger_settle sorts, cuts overlaps, fills
 * what nobody claimed with REGION_UNKNOWN and joins neighbours that say the same. After it the regions are sorted, never
 * overlap, and their lengths add up to the size of the blob: ledger_valid checks exactly that. */
#ifndef ASSAY_MODEL_LEDGER_H
#define ASSAY_MODEL_LEDGER_H

#include "base/bytes.h"
#include "base/error.h"

typedef enum { REGION_STRUCTURE, REGION_CONTENT, REGION_PADDING, REGION_SPARE, REGION_UNKNOWN } region_kind_t;

/* What bytes of no known format look like (REGION_UNKNOWN), or what a structure holds. */
typedef enum { CLASS_NONE, CLASS_COMPRESSED_OR_ENCRYPTED, CLASS_CODE, CLASS_TEXT, CLASS_TABLE, CLASS_SPARSE } region_class_t;

#define NO_CHILD UINT32_MAX

typedef struct {
    uint64_t       offset, length;
    region_kind_t  kind;
    const char    *format;  /* extractor id, static or interned; NULL when none */
    uint32_t       child;   /* index of the child among its parent's children; NO_CHILD */
    region_class_t class;
    uint16_t       entropy; /* thousandths of a bit per byte, 0–8000; only of unknown regions */
} region_t;

typedef struct {
    region_t *regions; /* claims in the order they were made; after ledger_settle sorted and complete */
    size_t    count, capacity;
    uint64_t  size;    /* of the blob */
    size_t    barrier;         /* claims before this one are not joined with later ones */
    bool      settled, failed; /* failed: out of memory or over the claim limit; what could not be kept becomes unknown */
} ledger_t;

enum { LEDGER_CLAIMS_MAX = 4000000 };

void ledger_init(ledger_t *ledger, uint64_t size);
void ledger_free(ledger_t *ledger);

/* Claim [offset, offset+length). Empty claims are dropped; false when it does not lie inside the blob or cannot be kept. */
bool ledger_claim(ledger_t *ledger, region_t claim);

/* A point to come back to, and the way back: forgets all claims made since. */
size_t ledger_mark(ledger_t *ledger);
void   ledger_rollback(ledger_t *ledger, size_t mark);

status_t ledger_settle(ledger_t *ledger);
/* What nobody claimed so far goes to `gaps` (initialised here, to be freed by the caller): sorted rows of REGION_UNKNOWN. The ledger takes
 * further claims. */
status_t ledger_take_gaps(ledger_t *ledger, ledger_t *gaps);

/* Is `regions` sorted, disjoint, without empty ones, inside and complete over `size` bytes? On false `*why` (static) says what not. */
bool ledger_valid(const region_t *regions, size_t count, uint64_t size, const char **why);

const char *region_kind_name(region_kind_t kind);
const char *region_class_name(region_class_t class); /* NULL for CLASS_NONE */

/* The kind or class of that name; false when there is none. */
bool region_kind_from(const char *name, region_kind_t *kind);
bool region_class_from(const char *name, region_class_t *class);

#endif
