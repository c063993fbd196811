/* What the bills of materials (CycloneDX, SPDX) and the checks of their fields ask about a component. */
#ifndef ASSAY_REPORT_BILL_H
#define ASSAY_REPORT_BILL_H

#include "base/buffer.h"
#include "model/report.h"

/* The one file that the component is, where it is one: observed in a program, or delivered as it is. NULL: it is spread over several files,
 * or only metadata speaks of it. */
const report_artifact_t *bill_file(const report_t *report, const report_component_t *component);
const char              *bill_file_name(const report_artifact_t *file);

/* What is found out once for all components, allocated in the report's arena. */
typedef struct {
    const bool *is_parent;    /* by artifact: it has children */
    const bool *is_contained; /* by component: another one contains it; the root contains all others */
} bill_facts_t;

/* False when out of memory. */
bool bill_facts(const report_t *report, bill_facts_t *facts);

/* Properties that BSI TR-03183-2 wants: known only where bill_file knows the file or the package lists its files. */
typedef struct { bool known, executable, archive, structured; } bill_nature_t;
bill_nature_t bill_nature(const report_t *report, const bill_facts_t *facts, const report_component_t *component);

/* Is there anything that the bill cannot speak of: unknown bytes, damage, a limit? */
bool bill_left_something_out(const report_t *report);

/* Who made the report, and when it was finished (RFC 3339, UTC, whole seconds); NULL where the report does not say it, or not in that form. */
const char *bill_author(const report_t *report);
const char *bill_time(const report_t *report);

/* How much the best evidence is worth, 0 to 100. */
uint8_t bill_confidence(const report_component_t *component);


#endif
