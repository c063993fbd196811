/* What the workers say, checked and kept: the table of blobs, and what is still to be done. It parses no input byte: it believes a
 * record only as far as it can check it (offsets inside the blob, a ledger that adds up, children that exist). */
#ifndef ASSAY_ENGINE_COLLECTOR_H
#define ASSAY_ENGINE_COLLECTOR_H

#include "base/arena.h"
#include "engine/spool.h"
#include "engine/wire.h"
#include "model/limits.h"
#include "model/report.h"

#define NO_BLOB UINT32_MAX

typedef enum { BLOB_NEW, BLOB_QUEUED, BLOB_RUNNING, BLOB_DONE, BLOB_LOST } blob_state_t;

/* A child as its parent knows it. */
typedef struct {
    const child_info_t *info;  /* texts in the arena */
    uint32_t            blob;  /* NO_BLOB: no content */
    uint64_t            at_offset, at_length;
    bool                damaged;
} blob_child_t;

typedef struct {
    sha256_t      sha256;
    content_t     content;     /* store NULL once the bytes are no longer needed */
    blob_state_t  state;
    uint32_t      depth;       /* of its least nested appearance */
    uint32_t      attempts;
    bool          unopened;    /* the last job was told not to look inside */
    const char   *format;      /* of what starts at offset 0 */
    const char   *mime, *description;
    blob_child_t *children;
    uint32_t      child_count;
    region_t     *regions;
    size_t        region_count;
    record_t     *said;        /* facts, damage, limits, notes, components, markers, findings, in order */
    size_t        said_count;
} blob_t;

/* A file that was given; `blob`: what it is, or what it is a segment of. */
typedef struct { const char *name; uint32_t blob; uint64_t size; sha256_t sha256; sha512_t sha512; } collector_input_t;
/* What the tree of artifacts begins with: an input, or the image that segments make together. */
typedef struct { const char *name; uint32_t blob; uint64_t size; } collector_root_t;

typedef struct collector collector_t;

collector_t *collector_new(const limits_t *limits, spool_t *spool);
void         collector_free(collector_t *collector);
/* From here on the bytes of all blobs stay in the spool until the collector is freed. */
void         collector_keep_contents(collector_t *collector);
/* Nothing is asked but what is inside: no worker looks at blobs that lie too deep to be opened. */
void         collector_only_unpack(collector_t *collector);

/* Takes over the content's count. `name` is the file's name as given; the report shows its base name. */
status_t collector_add_input(collector_t *collector, const char *name, content_t content, const sha256_t *sha256, const sha512_t *sha512);
/* A file that is a segment of an image: digested and named, examined only as part of what collector_join makes. */
status_t collector_add_segment(collector_t *collector, const char *name, uint64_t length, const sha256_t *sha256, const sha512_t *sha512);
/* The image of all segments added so far, which is `content` (its count is taken over) and is called `name`. */
status_t collector_join(collector_t *collector, const char *name, content_t content);
size_t   collector_roots(const collector_t *collector, const collector_root_t **roots);
size_t   collector_inputs(const collector_t *collector, const collector_input_t **inputs);

size_t        collector_blobs(const collector_t *collector);
const blob_t *collector_blob(const collector_t *collector, uint32_t blob);
/* What was said of it, to be completed with what only the whole shows. */
record_t     *collector_said(collector_t *collector, uint32_t blob, size_t *count);
/* The bytes of the blob with this digest; NULL when there is none or its bytes were not kept. */
const content_t *collector_content(const collector_t *collector, const sha256_t *sha256);
size_t        collector_queued(const collector_t *collector);

/* ---- one job ----------------------------------------------------------------------------------------------------- */

typedef struct job job_t;

/* The next blob to examine, now running; NULL when none is queued or memory is out. `store` (NULL: any) is where its bytes have to
 * lie. */
job_t          *collector_begin(collector_t *collector, const store_t *store);
/* The job was never looked at: it waits again, as if it had not begun. Frees it. */
void            collector_return(collector_t *collector, job_t *job);
const content_t *job_content(const job_t *job);
uint32_t        job_blob(const job_t *job);
/* May its inside be opened, or is it at the depth limit? */
bool            job_open(const job_t *job);
/* Takes records up to the one that ends the job; what is behind that stays in `payload`. Children that are new are hashed and queued
 * as soon as their bytes have arrived. STATUS_PROTOCOL: the worker lies or is broken; kill it and call collector_lost. */
status_t        job_take_records(job_t *job, reader_t *payload);
status_t        job_take_pack(job_t *job, int fd, uint64_t length); /* owns fd */
bool            job_is_done(const job_t *job);
/* Believes the job's records. Frees the job, unless it returns STATUS_PROTOCOL. */
status_t        collector_finish(collector_t *collector, job_t *job);
/* The worker was lost over this job (`how`: "was killed by signal 9"). True: it is queued once more, and collector_begin will
 * give it out again; false: that was the second time, the blob stays unexamined. Both are recorded. Frees the job. */
bool            collector_lost(collector_t *collector, job_t *job, const char *how);
/* No more jobs are given out; what is queued is recorded as left unexamined because of `limit`. */
void            collector_stop(collector_t *collector, const char *limit, const char *what);
/* Records a finding about a whole blob that no worker made. */
void            collector_say(collector_t *collector, uint32_t blob, const record_t *record);

#endif
