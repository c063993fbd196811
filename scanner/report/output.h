/* Files that are whole or not there at all. */
#ifndef ASSAY_REPORT_OUTPUT_H
#define ASSAY_REPORT_OUTPUT_H

#include "base/buffer.h"
#include "base/error.h"

/* Puts `bytes` at `path`: written under another name in the same directory, flushed to the disk, then renamed, so that a
 * reader sees the old file or the new one. A symbolic link is followed. "-" is standard output; what exists and is not a
 * regular file (a terminal, a pipe, /dev/null) is written to directly. */
status_t output_write(const char *path, span_t bytes);
/* As above for what is not held in memory as a whole: `write` puts it, piece by piece, by output_put. */
typedef struct output output_t;
typedef status_t output_writer_t(const void *what, output_t *output);
status_t output_write_by(const char *path, output_writer_t *write, const void *what);
status_t output_put(void *output, span_t bytes);

/* As above for a new file that only its owner may read; STATUS_IO with EEXIST when the name is taken. */
status_t output_write_secret(const char *path, span_t bytes);

/* The bytes of a file ("-": standard input), at most `limit` of them; STATUS_LIMIT when there are more. */
status_t input_read(const char *path, size_t limit, buffer_t *out);

#endif
