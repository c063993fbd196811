/* From the table of blobs to the report: the tree of artifacts, merged components, origins, findings, coverage; all in an order
 * that depends on the input alone. */
#ifndef ASSAY_ENGINE_ASSEMBLE_H
#define ASSAY_ENGINE_ASSEMBLE_H

#include "analysis/knowledge.h"
#include "engine/collector.h"

/* Fills inputs, artifacts, ledgers, coverage, components, origins and findings of `report`. `knowledge` NULL: no origins. */
status_t assemble_report(const collector_t *collector, const knowledge_t *knowledge, const limits_t *limits, report_t *report);

#endif
