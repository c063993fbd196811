#include "report/writers.h"

#include "report/csv.h"
#include "report/cyclonedx.h"
#include "report/dfxml.h"
#include "report/html.h"
#include "report/sarif.h"
#include "report/spdx.h"

const writer_t writers[] = {
    {"cyclonedx", "components as CycloneDX 1.6 JSON", cyclonedx_write},
    {"spdx", "components as SPDX 2.3 JSON", spdx_write},
    {"sarif", "findings as SARIF 2.1.0, for code-scanning platforms and pipelines", sarif_write},
    {"html", "one page for reading and printing, without scripts", html_write},
    {"csv", "components as a table", csv_write_components},
    {"csv-findings", "findings as a table", csv_write_findings},
    {"csv-files", "files as a table", csv_write_files},
    {"dfxml", "files as Digital Forensics XML", dfxml_write},
    {NULL, NULL, NULL},
};

const writer_t *writer_named(const char *name, size_t size)
{
    for (const writer_t *w = writers; w->name != NULL; w++)
        if (strlen(w->name) == size && memcmp(w->name, name, size) == 0)
            return w;
    return NULL;
}
