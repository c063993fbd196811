/* What archive formats' tests share: a sample against what an independent program unpacks from it. */
#ifndef ASSAY_TESTS_ARCHIVE_ORACLE_H
#define ASSAY_TESTS_ARCHIVE_ORACLE_H

#include "support/extraction.h"

/* Builds the sample, lets `unpack` (a shell command that runs in an empty directory and finds the sample as $1) unpack it,
 * and fails unless the extraction yields the same without damage, to the last byte. */
void assert_unpacks_as(const char *format, const char *variant, const char *unpack, unsigned compare);

bool said(const sayings_t *sayings, const char *part);

/* Cuts the sample in `steps` places: members wholly before the cut must be the same, others damaged or absent. */
void assert_cuts_keep_members(const char *format, const char *variant, size_t steps);

#endif
