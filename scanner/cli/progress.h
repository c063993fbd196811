/* One line on a terminal's standard error that says how far a scan is. */
#ifndef ASSAY_CLI_PROGRESS_H
#define ASSAY_CLI_PROGRESS_H

#include "engine/coordinator.h"

/* For scan_setup_t.progress; the context is unused. */
void progress_show(void *context, const progress_t *progress);
/* Takes the line away again. */
void progress_clear(void);

#endif
