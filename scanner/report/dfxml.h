/* The tree of a report as DFXML: what forensic tools compare file lists in. */
#ifndef ASSAY_REPORT_DFXML_H
#define ASSAY_REPORT_DFXML_H

#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

/* Appends the document. Each artifact is a fileobject with size, times, mode, digest and, where it stands whole in its parent, byte runs: their
 * img_offset counts from the start of the input only for direct children, else `assay:parent` says of what. Damage has no element there and is
 * one in our own namespace. */
status_t dfxml_write(const report_t *report, buffer_t *out);

#endif
