/* What matched in a vulnerability index, as text for people, as JSON and as OpenVEX. */
#ifndef ASSAY_REPORT_VULNERABILITIES_H
#define ASSAY_REPORT_VULNERABILITIES_H

#include "base/buffer.h"
#include "model/report.h"
#include "vulnerability/match.h"

typedef struct {
    const report_t       *report;
    const matches_t      *matches;
    const char           *index_digest; /* SHA-256 of the index file, hexadecimal */
    const index_source_t *sources;
    size_t                source_count;
    const char           *created;      /* RFC 3339, for OpenVEX; NULL: not known */
} vulnerability_list_t;

/* One line a match, the reasons below it, then what was asked and by which sources. */
status_t vulnerabilities_write_text(const vulnerability_list_t *list, buffer_t *out);
/* Canonical JSON; its members are told in docs/vulnerabilities.md. */
status_t vulnerabilities_write_json(const vulnerability_list_t *list, buffer_t *out);
/* OpenVEX 0.2.0: what no statement closed is under investigation, since a version in a range is not yet a vulnerable product. */
status_t vulnerabilities_write_openvex(const vulnerability_list_t *list, buffer_t *out);

/* "unknown", "info" … "critical". */
const char *vulnerability_severity_name(int severity);

#endif
