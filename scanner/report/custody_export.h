/* A case's log in forms that others read. */
#ifndef ASSAY_REPORT_CUSTODY_EXPORT_H
#define ASSAY_REPORT_CUSTODY_EXPORT_H

#include "report/custody.h"

/* Appends DFXML 1.0 (github.com/dfxml-working-group/dfxml_schema): the objects as fileobjects with digest, the entries in a namespace of ours. */
status_t custody_write_dfxml(const custody_log_t *log, buffer_t *out);

/* Appends a CASE 1.x / UCO 1.x document in JSON-LD (caseontology.org): an investigation, an InvestigativeAction for each entry, the objects as
 * observable files with their digests. Unreadable entries are left out. */
status_t custody_write_case(const custody_log_t *log, buffer_t *out);

#endif
