/* assay formats: the table of formats, made from the registry. */
#include "cli/command.h"

#include "extractors/extractor.h"

#include <stdio.h>
#include <string.h>

static const char *reach_name(reach_t reach)
{
    static const char *const names[] = {"recognise", "verify", "extract"};
    return names[reach];
}

int command_formats(int argc, char **argv)
{
    bool markdown = argc == 2 && strcmp(argv[1], "--markdown") == 0;
    if (argc > 1 && !markdown) {
        (void)fprintf(stderr, "usage: assay formats [--markdown]\n");
        return 2;
    }
    if (markdown)
        (void)printf("# Formats\n\nWritten by `assay formats --markdown`.\n\n| id | format | goes as far as to | layout published in |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; extractors[i] != NULL; i++) {
        const extractor_t *e = extractors[i];
        if (strcmp(e->id, "takeover") == 0) /* of test builds only */
            continue;
        if (markdown)
            (void)printf("| %s | %s | %s | %s |\n", e->id, e->name, reach_name(e->reach), e->specification);
        else
            (void)printf("%-14s %-10s %s\n", e->id, reach_name(e->reach), e->name);
    }
    return 0;
}
