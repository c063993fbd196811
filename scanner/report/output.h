/* Files that are whole or not there at all. */
#ifndef ASSAY_REPORT_OUTPUT_H
#define ASSAY_REPORT_OUTPUT_H

#include "base/buffer.h"
#include "base/error.h"

/* Puts `bytes` at `path`: written under another name in the same directory, flushed to the disk, then renamed, so that a
 * reader sees the old file or the new one. A symbolic link is followed. "-" is standard output; what exists and is not a
 * regular file (a terminal, a pipe, /dev/null) is written to directly. */
status_t output_write(const char *path, span_t bytes);

/* As above for a new file that only its owner may read; STATUS_IO with EEXIST when the name is taken. */
status_t output_write_secret(const char *path, span_t bytes);

/* The bytes of a file ("-": standard input), at most `limit` of them; STATUS_LIMIT when there are more. */
status_t input_read(const char *path, size_t limit, buffer_t *out);

#endif
