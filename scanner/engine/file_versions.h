/* Libraries whose version stands only in the name of their file: libz.so.1.2.13. A worker knows the bytes, not the name; so this is done
 * when all names are known, before the report is put together. */
#ifndef ASSAY_ENGINE_FILE_VERSIONS_H
#define ASSAY_ENGINE_FILE_VERSIONS_H

#include "engine/collector.h"

/* Completes what was said of each library without a version (see analysis/components.h, FILE_VERSION_FACT): version, purl and CPE, and the
 * method becomes "file-name". Where files of the same bytes have names of several versions, the greatest by byte is taken. Texts go to `arena`,
 * which must outlive the collector. Errors: memory only. */
status_t file_versions_fill(collector_t *collector, arena_t *arena);

/* The version that `pattern` ("libz.so.*", or "libfreetype.so.6.* 18.3=2.12.1 …") finds in the name of a file, in `arena`; NULL: none, or out of
 * memory. */
const char *file_version_of(const char *pattern, span_t file_name, arena_t *arena);

#endif
