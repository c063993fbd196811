/* Reports made by hand, since the writers and the policy do not care how a scan came to its results. */
#ifndef ASSAY_TESTS_FIXTURE_REPORT_H
#define ASSAY_TESTS_FIXTURE_REPORT_H

#include "base/buffer.h"
#include "model/report.h"
#include "support/sample.h"

/* A router's image with every field in use: nested containers, devices, extended attributes, hostile names (escaped), a definitive
 * and a supporting origin, findings of several kinds; not yet judged. */
report_t *fixture_report(void);

/* The same router without anything to object to: fully explained, no origin on a list, no finding but one note. */
report_t *fixture_clean_report(void);

/* One more finding at its end. */
void fixture_add_finding(report_t *report, const char *rule, finding_kind_t kind, severity_t severity, uint8_t confidence);
/* One more origin at its end; `list` may be NULL. */
void fixture_add_origin(report_t *report, const char *vendor, const char *jurisdiction, strength_t strength, const char *list);

/* The statement of the report, to be freed; fails the test when there is none. */
buffer_t fixture_statement(const report_t *report);

#endif
