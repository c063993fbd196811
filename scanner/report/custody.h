/* The log of a case: who handled which object when, why and with what. A file of lines; each line is a DSSE envelope, signed by whoever
 * acted, over an in-toto statement whose predicate names the digest of the line before. A chain shows what was changed, moved or taken
 * out of it; that its tail was cut shows only against a head that is kept elsewhere: in CASE/HEAD, in a report, on paper. */
#ifndef ASSAY_REPORT_CUSTODY_H
#define ASSAY_REPORT_CUSTODY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "model/report.h"
#include "report/dsse.h"

#define CUSTODY_PREDICATE_TYPE "https://assay.dev/custody/v1"
enum { CUSTODY_LINE_MAX = 4 << 20, CUSTODY_OBJECTS_MAX = 4096, CUSTODY_FACTS_MAX = 256, CUSTODY_RANGES_MAX = 20000 };

typedef struct { const char *name, *role; uint64_t size; sha256_t sha256; } custody_object_t; /* role: in, out, photo or map */
typedef struct { uint64_t offset, length; const char *status; } custody_range_t;              /* of the device or medium, that was not read */

typedef struct {
    const char       *case_id;
    uint64_t          seq;             /* from 1 */
    sha256_t          previous;        /* of the line before, without its end; of no bytes for the first */
    const char       *action;          /* one of custody_action_known */
    const char       *actor, *role;    /* who; as what, or NULL */
    const char       *counterparty;    /* of a transfer, or NULL */
    const char       *when;            /* RFC 3339, as claimed */
    const char       *clock;           /* synchronised, local or unknown */
    const char       *where;           /* NULL */
    const char       *why;
    const char       *tool, *tool_version;
    uint64_t          corrects;        /* an earlier entry that this one sets right; 0: none */
    uint64_t          recovered;       /* bytes of an append before this one that was never acknowledged, put aside; 0: none */
    sha256_t          recovered_sha256;
    report_fact_t    *facts;           /* of an acquisition; ascending by key, a key once */
    size_t            fact_count;
    custody_object_t *objects;
    size_t            object_count;
    custody_range_t  *unread;          /* ascending */
    size_t            unread_count;
    bool              unread_cut;      /* there were more than are told */
} custody_entry_t;

/* open, acquire, receive, transfer, seal, unseal, examine, convert, export, note, correct */
bool custody_action_known(const char *action);

/* Appends the statement to be signed. STATUS_INVALID for what an entry may not hold. */
status_t custody_write(const custody_entry_t *entry, buffer_t *payload);

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    size_t          line;      /* from 1 */
    sha256_t        digest;    /* of the line, without its end */
    bool            readable;  /* else the rest says nothing */
    const char     *why_not;
    custody_entry_t entry;
    const char     *keyids;    /* of its signatures, as claimed, ", " between */
    bool            signature_stands; /* of one of the keys that were given */
} custody_line_t;

typedef struct {
    custody_line_t *lines;
    size_t          count;
    uint64_t        torn;      /* bytes behind the last line: an append that was never acknowledged */
} custody_log_t;

/* Reads a whole log into `arena`, faults included. `keys` may be none. STATUS_MEMORY only. */
status_t custody_read(span_t log, EVP_PKEY *const *keys, size_t key_count, arena_t *arena, custody_log_t *out);

typedef struct { uint64_t seq; sha256_t digest; } custody_head_t;

/* "12:ab…" with 64 hexadecimal digits; a line end behind it is allowed. */
bool custody_head_from(const char *text, custody_head_t *head);

/* What is wrong with the log, one line each, appended to `out`; the number of faults. `heads` are those that are known from elsewhere. */
size_t custody_check(const custody_log_t *log, const custody_head_t *heads, size_t head_count, buffer_t *out);

#endif
