/* Does a scan of today, of the same files in the same way, give the same report? */
#ifndef ASSAY_CLI_RESCAN_H
#define ASSAY_CLI_RESCAN_H

#include "cli/command.h"

typedef struct {
    const char *const *inputs;
    size_t             input_count;
    const char        *data, *rules, *policy; /* as for scan; NULL. `policy` NULL: that of the report */
    bool               joined;
} rescan_t;

/* 0: byte for byte the same; `different` after a message that names the first difference; EXIT_CODE_ERROR after a message. */
int command_rescan(const rescan_t *rescan, const report_t *report, span_t statement, int different);

#endif
