/* The header of an rpm package, as it stands in packages and in databases (rpm.org, "RPM V4 Package format"). */
#ifndef ASSAY_ANALYSIS_PACKAGES_RPM_HEADER_H
#define ASSAY_ANALYSIS_PACKAGES_RPM_HEADER_H

#include "analysis/packages/say.h"

/* One run of bytes of a text that is spread over the pages of a database. */
typedef struct { uint64_t logical; span_t at; } rpm_piece_t;

/* Says the package of `header` (counts, index, data; without the magic of a package). `pieces`: where its bytes stand in the blob, ascending; at least
 * one. False when it is no header of a package. */
bool rpm_say_header(package_scan_t *scan, span_t header, const rpm_piece_t *pieces, size_t count);

#endif
