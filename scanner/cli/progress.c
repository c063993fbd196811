#include "cli/progress.h"

#include <stdio.h>

void progress_show(void *context, const progress_t *p)
{
    (void)context;
    double mebibytes = (double)p->bytes_done / 1048576.0, rate = p->seconds > 0 ? mebibytes / p->seconds : 0;
    size_t left = p->blobs_total > p->blobs_done ? p->blobs_total - p->blobs_done : 0;
    (void)fprintf(stderr, "\r\033[K%6.1f MiB examined  %7zu blobs done, %6zu known to wait  %6.1f MiB/s  %4.0f s  %.40s", mebibytes, p->blobs_done, left, rate,
                  p->seconds, p->current != NULL ? p->current : "");
    (void)fflush(stderr);
}

void progress_clear(void) { (void)fprintf(stderr, "\r\033[K"); }
