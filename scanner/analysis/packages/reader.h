/* Readers of package metadata, one file a family; readers.c is the table. A blob has no name here (it may appear under several), so a
 * reader goes by content alone. */
#ifndef ASSAY_ANALYSIS_PACKAGES_READER_H
#define ASSAY_ANALYSIS_PACKAGES_READER_H

#include "analysis/packages/say.h"

typedef struct {
    const char *method;                  /* how the evidence was had: "dpkg-status" … */
    bool      (*is)(span_t blob);        /* cheap, and sure enough that no other reader is asked */
    void      (*read)(package_scan_t *); /* says what is there */
} package_reader_t;

#define PACKAGE_READER(name, method)               \
    bool name##_is(span_t blob);                    \
    void name##_read(package_scan_t *scan);
#include "analysis/packages/readers.def"
#undef PACKAGE_READER

#endif
