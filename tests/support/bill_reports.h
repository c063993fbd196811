/* Reports for the tests of bills of materials. */
#ifndef ASSAY_TESTS_BILL_REPORTS_H
#define ASSAY_TESTS_BILL_REPORTS_H

#include "support/fixture_report.h"

/* The fixture with components that hang together in every way: a firmware component that contains others, dependencies that are there and
 * that are not, a source package, a static library, a cycle, conflicting versions, all forms of licences, hostile names. */
report_t *bill_report(void);
/* The fixture with its input twice. */
report_t *bill_report_of_two_inputs(void);

#endif
