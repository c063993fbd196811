/* The content of a file, piece after piece in the order of its bytes: where each stands in the image, is a hole, is decoded, or is
 * lost. A content that stands in one run of the image as it is becomes a range of it, without a copy. */
#ifndef ASSAY_EXTRACTORS_FS_CONTENT_H
#define ASSAY_EXTRACTORS_FS_CONTENT_H

#include "extractors/extractor.h"

typedef struct {
    child_t *child;
    span_t   image;
    uint64_t size, done;            /* bytes of the content, and of it handed on or pending */
    uint64_t run_at, run_length;    /* the last run, not handed on yet */
    uint64_t owed;                  /* zeros that are written only when something follows */
    uint64_t lost_at, lost_length;  /* of the image; neighbouring losses are one damage */
    const char *lost_what;
    bool     started, stopped;      /* bytes were handed on; the rest is not wanted: a limit was reached */
    status_t status;
} fs_content_t;

/* Pieces beyond `size` are cut: the last block of a file holds more than the file. */
void fs_content_begin(fs_content_t *content, child_t *child, span_t image, uint64_t size);
/* The next `length` bytes stand at `at` of the image. What of them lies behind its end is lost. */
void fs_content_run(fs_content_t *content, uint64_t at, uint64_t length);
/* The next `length` bytes are zeros that stand nowhere. A hole out of proportion to the image is a limit, and ends this content. */
void fs_content_hole(fs_content_t *content, uint64_t length);
/* The next bytes are these, decoded from [from_offset, from_length) of the image. */
void fs_content_decoded(fs_content_t *content, span_t bytes, uint64_t from_offset, uint64_t from_length);
/* The next `bytes` bytes should come from [at, length) of the image, and do not, for this reason (one line, static). */
void fs_content_lost(fs_content_t *content, uint64_t at, uint64_t length, uint64_t bytes, const char *what);
/* What is still missing of the content is a hole. Not ok: everything must end. */
status_t fs_content_end(fs_content_t *content);
/* The same, but what is missing is lost ("the list of blocks cannot be read"), `at` is where that list stands. */
status_t fs_content_end_lost(fs_content_t *content, uint64_t at, const char *what);
/* Is there nothing more to be said: complete, or stopped? */
bool fs_content_full(const fs_content_t *content);

#endif
