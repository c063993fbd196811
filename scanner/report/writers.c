#include "report/writers.h"

#include "report/cyclonedx.h"
#include "report/spdx.h"

const writer_t writers[] = {
    {"cyclonedx", "components as CycloneDX 1.6 JSON", cyclonedx_write},
    {"spdx", "components as SPDX 2.3 JSON", spdx_write},
    {NULL, NULL, NULL},
};

const writer_t *writer_named(const char *name, size_t size)
{
    for (const writer_t *w = writers; w->name != NULL; w++)
        if (strlen(w->name) == size && memcmp(w->name, name, size) == 0)
            return w;
    return NULL;
}
