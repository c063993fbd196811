/* The knowledge base: vendors, jurisdictions, restriction lists, as read from corpus/. Trusted data: it ships with assay. */
#ifndef ASSAY_ANALYSIS_KNOWLEDGE_H
#define ASSAY_ANALYSIS_KNOWLEDGE_H

#include "base/arena.h"
#include "base/error.h"
#include "model/report.h"

typedef struct {
    const char *kind;       /* certificate-subject, string, domain, oui, device-tree-prefix, build-path, compiler … */
    const char *value;      /* text, or hexadecimal bytes when `hex` */
    bool        hex, ignore_case;
    strength_t  strength;
    const char *source;     /* where the fact is published */
} marker_t;

typedef struct {
    const char     *id, *name, *group, *jurisdiction; /* jurisdiction: ISO 3166-1 alpha-2 */
    const marker_t *markers;
    size_t          marker_count;
} vendor_t;

typedef struct { const char *id, *name; } jurisdiction_t;
typedef struct {
    const char  *id, *title, *date, *source;
    const char **vendors, **groups;  /* ids of vendors, names of groups it names */
    size_t       vendor_count, group_count;
} restriction_list_t;

typedef struct {
    const vendor_t           *vendors;       /* ascending by id */
    size_t                    vendor_count;
    const jurisdiction_t     *jurisdictions; /* ascending by id */
    size_t                    jurisdiction_count;
    const restriction_list_t *lists;         /* ascending by id */
    size_t                    list_count;
} knowledge_t;

/* Reads corpus/vendors, jurisdictions and lists below `data` into `arena`. On failure `*why` names file and line. */
status_t knowledge_load(const char *data, arena_t *arena, knowledge_t *knowledge, const char **why);

/* NULL when unknown. */
const vendor_t *knowledge_vendor(const knowledge_t *knowledge, const char *id);
/* Does `list` name this vendor, itself or by its group? */
bool list_names(const restriction_list_t *list, const vendor_t *vendor);

#endif
