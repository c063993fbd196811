/* The zygote: loads libmagic, rules and knowledge once, closes all paths, and forks a worker whenever the coordinator asks. It
 * reads no input byte. */
#ifndef ASSAY_ENGINE_ZYGOTE_H
#define ASSAY_ENGINE_ZYGOTE_H

#include "engine/worker.h"

typedef struct {
    const char *data, *extra_rules; /* as analyser_new wants them; data NULL: no analysis (tests of the engine) */
    const char *similar;            /* a set of samples, NULL: none */
    limits_t    limits;
    uint64_t    heap_bytes;
    bool        reduced;
} zygote_setup_t;

/* Forks the zygote. It answers MESSAGE_READY (payload: sources and libraries for the report, as zygote_read_ready reads them)
 * or MESSAGE_FAILED on `*socket`. */
status_t zygote_start(const zygote_setup_t *setup, int *socket, int *pid);

/* Decodes the payload of MESSAGE_READY into `report`: sources and libraries. */
status_t zygote_read_ready(span_t payload, report_t *report);

#endif
