/* A worker: one process, one thread, one job at a time; confined before the first hostile byte. */
#ifndef ASSAY_ENGINE_WORKER_H
#define ASSAY_ENGINE_WORKER_H

#include "analysis/examine.h"

typedef struct {
    const search_t *search;
    analyser_t     *analyser;
    limits_t        limits;
    uint64_t        heap_bytes; /* bound on private memory; 0: none */
    bool            reduced;    /* go on where the kernel lacks a wall */
} worker_setup_t;

/* Confines this process and serves jobs from `socket` until the coordinator closes it. Never returns. */
_Noreturn void worker_run(int socket, const worker_setup_t *setup);

#endif
