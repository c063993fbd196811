/* The knowledge base: vendors, jurisdictions, restriction lists, as read from corpus/. Trusted data: it ships with assay.
 * The files, all scalars strings:
 *   corpus/vendors/ID.yaml        id, name, group?, jurisdiction, markers?: [{kind, value, strength, source, hex?, ignore-case?}]
 *   corpus/jurisdictions/ID.yaml  id, name, laws?: [{title, date?, scope?, source?}]
 *   corpus/lists/ID.yaml          id, title, date, source, vendors?: [id], groups?: [name] */
#ifndef ASSAY_ANALYSIS_KNOWLEDGE_H
#define ASSAY_ANALYSIS_KNOWLEDGE_H

#include "base/arena.h"
#include "base/error.h"
#include "model/report.h"

/* How a marker is looked for. */
typedef enum {
    MARKER_STRING,              /* these bytes, anywhere */
    MARKER_DOMAIN,              /* this domain or one below it, whole labels, letters in either case */
    MARKER_SNMP_ENTERPRISE,     /* this number behind 1.3.6.1.4.1. in text */
    MARKER_COMPILER,            /* this text in a string that names a compiler */
    MARKER_BUILD_PATH,          /* this text in a string that is a path */
    MARKER_MODINFO_AUTHOR,      /* this text in the author= of a kernel module */
    MARKER_CERTIFICATE_SUBJECT, /* an O or CN of subject or issuer of an X.509 certificate contains it */
    MARKER_DEVICE_TREE,         /* an entry of the root's compatible list begins with it */
    MARKER_MAGIC,               /* these bytes at the start of a blob */
    MARKER_OUI, MARKER_USB_ID, MARKER_PCI_ID, MARKER_SIGNING_KEY /* kept for reference, not looked for yet */
} marker_kind_t;

typedef struct {
    marker_kind_t kind;
    const char   *value;       /* text, or hexadecimal bytes when `hex` */
    span_t        bytes;       /* what `value` stands for */
    bool          hex, ignore_case;
    strength_t    strength;
    const char   *source;      /* where the fact is published */
} marker_t;

const char *marker_kind_name(marker_kind_t kind); /* string, domain, certificate-subject … as in the files */

typedef struct {
    const char     *id, *name, *group, *jurisdiction; /* jurisdiction: ISO 3166-1 alpha-2 */
    const marker_t *markers;
    size_t          marker_count;
} vendor_t;

typedef struct { const char *title, *date, *scope, *source; } law_t; /* all but title may be NULL */
typedef struct {
    const char  *id, *name;
    const law_t *laws;     /* that bind vendors there */
    size_t       law_count;
} jurisdiction_t;
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
    report_source_t           sources[3];    /* jurisdictions, lists, vendors, each with its digest */
} knowledge_t;

/* Reads corpus/vendors, jurisdictions and lists below `data` into `arena`. Every name that one file uses of another must
 * exist. On failure `*why` names file and line. */
status_t knowledge_load(const char *data, arena_t *arena, knowledge_t *knowledge, const char **why);

/* NULL when unknown. */
const vendor_t       *knowledge_vendor(const knowledge_t *knowledge, const char *id);
const jurisdiction_t *knowledge_jurisdiction(const knowledge_t *knowledge, const char *id);
/* Does `list` name this vendor, itself or by its group? */
bool list_names(const restriction_list_t *list, const vendor_t *vendor);

#endif
