/* The log of a case on disk: CASE/log.jsonl, CASE/HEAD, CASE/objects/. Appending is safe against others that append at the same time and
 * against the loss of power: what was acknowledged is on the disk, whole. */
#ifndef ASSAY_REPORT_CUSTODY_FILE_H
#define ASSAY_REPORT_CUSTODY_FILE_H

#include "report/custody.h"

typedef struct {
    int      directory, log;
    bool     is_new;         /* no entry yet */
    custody_head_t head;     /* the last entry; seq 0: none */
    char     case_id[128];   /* of the last entry */
    uint64_t torn;           /* bytes put aside that an append before left behind */
    sha256_t torn_sha256;
} custody_file_t;

/* Makes the directory (which may exist, empty) and an empty log. STATUS_INVALID: there is a case already. */
status_t custody_file_make(const char *path);

/* Opens the case and waits until nobody else appends; the last entry is read. What an append that was never acknowledged left behind the last line is
 * moved to CASE/torn-N first. Close with custody_file_close in any case. */
status_t custody_file_open(const char *path, custody_file_t *file);
void     custody_file_close(custody_file_t *file);

/* Appends a line (without its end), then writes HEAD. On success both are on the disk. `head` gets what to keep elsewhere. */
status_t custody_file_append(custody_file_t *file, uint64_t seq, span_t line, custody_head_t *head);

/* The log and the head that stands beside it (`*has_head` false: there is none). */
status_t custody_file_read(const char *path, buffer_t *log, custody_head_t *head, bool *has_head);

/* Copies the file to CASE/objects/SHA-256, unless it is there. Hashes what is written. */
status_t custody_file_keep(custody_file_t *file, const char *path, const sha256_t *expected);

#endif
