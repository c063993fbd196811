/* A whole scan: signer and zygote started, inputs opened, workers fed and watched, results assembled into a report.
 * The coordinator parses no input byte. */
#ifndef ASSAY_ENGINE_COORDINATOR_H
#define ASSAY_ENGINE_COORDINATOR_H

#include "engine/spool.h"
#include "model/limits.h"
#include "model/report.h"

typedef struct {
    uint64_t    bytes_total, bytes_done; /* of blobs known and examined so far */
    size_t      blobs_total, blobs_done;
    const char *current;                 /* path of one artifact that is being examined; may be NULL */
    double      seconds;                 /* since the start */
} progress_t;

/* Bytes of an image that the device did not give: [offset, offset+length), and why (static or as long-lived as the setup). */
typedef struct { uint64_t offset, length; const char *why; } unread_t;

typedef struct {
    const char  *data;           /* directory that holds rules/ and corpus/; NULL: no analysis, and no SHA-512 of the inputs */
    const char  *extra_rules;    /* a further directory of rules; NULL */
    const char  *similar;        /* a set of samples to compare with (assay kb learn); NULL */
    const char  *work_directory; /* for what does not fit in memory; NULL: TMPDIR, else /var/tmp */
    const char *const *inputs;   /* paths; "-" is standard input */
    size_t       input_count;
    bool         joined;         /* the inputs are segments of one image, in this order */
    const unread_t *unread;      /* of the only image; acquisition names the record of it */
    size_t       unread_count;
    const char  *unread_digest;  /* SHA-256, hexadecimal, of that record; NULL: there is none */
    limits_t     limits;
    unsigned     workers;        /* 0: one for each processor this process may use */
    bool         reduced;        /* go on where the kernel lacks part of the sandbox, and say so in the report */
    const char  *mode;           /* acceptance, lab, ci: recorded in the report */
    void       (*progress)(void *context, const progress_t *progress); /* NULL; called at most about ten times a second */
    void        *progress_context;
    /* NULL; else called once for each artifact when the report is complete, in its order. `content` is NULL for what has none. All
     * bytes are kept until then, in the memory that is allowed or else in the work directory. A failure ends the scan. */
    status_t   (*artifact)(void *context, const report_t *report, uint32_t artifact, const content_t *content);
    void        *artifact_context;
} scan_setup_t;

/* On failure no report; `why` (of `why_size` bytes) says what happened, to which input, and what to do. */
status_t scan_run(const scan_setup_t *setup, report_t **report, char *why, size_t why_size);

#endif
