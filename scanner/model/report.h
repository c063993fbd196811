/* What a scan found: the one model that all writers write and the policy judges. Plain data, owned by one arena.
 *
 * All text is valid UTF-8 and already escaped (escape_text, escape_path). Arrays are in their final order, which depends
 * on the input alone: the same input gives the same report. */
#ifndef ASSAY_MODEL_REPORT_H
#define ASSAY_MODEL_REPORT_H

#include "base/arena.h"
#include "base/sha256.h"
#include "model/limits.h"
#include "model/record.h"

typedef struct {
    const char *name; /* base name of the input, escaped */
    uint64_t    size;
    sha256_t    sha256;
    sha512_t    sha512;
} report_input_t;

typedef struct { const char *key, *value; } report_fact_t;

#define NO_ARTIFACT UINT32_MAX

/* One appearance of a blob. Its id in a report is "a" and its index + 1. */
typedef struct {
    const char    *path;         /* input's base name first, '/' between levels */
    const char    *raw_path;     /* hexadecimal of the bytes as found, where escaping changed them; else NULL */
    sha256_t       sha256;       /* of the content; of the empty string for directories, links, devices */
    uint64_t       size;
    child_type_t   type;
    const char    *mime, *description; /* libmagic's opinion; NULL when there is no content */
    const char    *format;       /* extractor id of what starts at offset 0; NULL */
    bool           has_mode, has_owner, has_mtime, has_at, damaged;
    uint32_t       mode, uid, gid, device_major, device_minor;
    int64_t        mtime;
    const char    *link;         /* target of a symbolic link; NULL */
    const report_fact_t *xattrs; /* value: hexadecimal */
    size_t         xattr_count;
    uint32_t       parent;       /* index, smaller than one's own; NO_ARTIFACT for an input */
    uint64_t       at_offset, at_length; /* in the parent's bytes */
    const report_fact_t *facts;  /* ascending by key; a key occurs once */
    size_t         fact_count;
} report_artifact_t;

typedef struct {
    sha256_t        sha256;
    uint64_t        size;
    const region_t *regions;     /* settled; region.child: artifact index of the child below the blob's first appearance, or NO_CHILD */
    size_t          count;
} report_ledger_t;

typedef struct {
    uint64_t bytes, explained, unknown, parts_per_million; /* over the inputs: bytes = explained + unknown */
} report_coverage_t;

typedef struct {
    uint32_t    artifact;        /* index */
    uint64_t    offset, length;
    const char *method;          /* for origins: the kind of marker */
    const char *text;
    const char *version;         /* of components: what this piece says, where it is not the component's version; NULL */
    const char *subpath;         /* of components: the place that this piece names; NULL */
    uint8_t     confidence;
    strength_t  strength;        /* of origins only */
} report_evidence_t;

#define NO_COMPONENT UINT32_MAX

/* One of RELATION_CONTAINS … RELATION_LINKED_STATICALLY. */
typedef struct {
    relation_kind_t kind;
    uint32_t        component;   /* index; NO_COMPONENT: the other end is not in the report */
    const char     *reference;   /* what the metadata calls it: "pkg:deb/debian/libc6", "soname:libc.so.6"; NULL when it is known from the evidence alone */
    const char     *constraint;  /* ">= 2.36"; NULL */
} report_relation_t;

/* A version that other evidence gives for the same component. */
typedef struct {
    const char *version;
    uint8_t     confidence;      /* of its best evidence */
    const char *why;             /* why it is not the version of the component */
} report_conflict_t;

/* Its id in a report is "c" and its index + 1. */
typedef struct {
    const char *name, *version, *supplier, *purl, *cpe; /* NULL: not known */
    const char *upstream_version; /* of the makers, where `version` has a distribution's epoch or revision around it; NULL */
    component_scope_t scope;
    report_relation_t *relations; /* ascending by kind, component, reference */
    size_t      relation_count;
    report_conflict_t *conflicts; /* the most confident first */
    size_t      conflict_count;
    uint32_t   *files;           /* artifacts that are part of it by its package's list: indices, ascending */
    size_t      file_count;
    const char **licences;       /* each an SPDX expression, or a name that is none; empty: not known */
    size_t      licence_count;
    report_evidence_t *evidence;
    size_t      evidence_count;
    uint32_t   *artifacts;       /* indices, ascending */
    size_t      artifact_count;
} report_component_t;

/* How an origin binds: a law by which its jurisdiction can compel a vendor, and an entry in a list that restricts it. NULL: not known. */
typedef enum { LIST_IN_FORCE, LIST_PROPOSED, LIST_REPEALED } list_status_t;
typedef struct { const char *title, *date, *articles, *effect, *source; } report_law_t;
typedef struct { const char *list, *title, *date, *source; list_status_t status; } report_listing_t;

typedef struct {
    const char *vendor, *name, *group, *jurisdiction; /* vendor: id in the knowledge base */
    strength_t  strength;
    const char **lists;          /* ids of restriction lists in force that name the vendor or its group */
    size_t      list_count;
    report_law_t *laws;          /* of the jurisdiction */
    size_t      law_count;
    report_listing_t *listed;    /* entries of lists, those that are repealed or proposed as well */
    size_t      listed_count;
    report_evidence_t *evidence;
    size_t      evidence_count;
    uint32_t   *artifacts;
    size_t      artifact_count;
} report_origin_t;

typedef struct {
    const char    *id;           /* "f" and 16 hexadecimal digits: depends on rule, blob and offset only */
    const char    *rule, *title;
    finding_kind_t kind;
    severity_t     severity;
    uint8_t        confidence;
    uint32_t       artifact;
    report_evidence_t *evidence;
    size_t         evidence_count;
    const char   **references;
    size_t         reference_count;
} report_finding_t;

/* A rule set or a knowledge base: SHA-256 hex, entries; what was left out of it, a line "FILE: reason" each (NULL: nothing). */
typedef struct { const char *name, *digest; uint64_t count; const char *disabled; } report_source_t;

typedef enum { VERDICT_ACCEPT, VERDICT_CONDITIONAL, VERDICT_INCONCLUSIVE, VERDICT_REJECT } verdict_result_t; /* better to worse */

typedef struct {
    const char *rule;            /* id of the policy's rule */
    bool        matched;
    const char *effect;          /* accept, conditional, inconclusive, reject */
    const char *why;             /* what matched, or which key did not */
    const char *reason, *reference;
    const char *waiver;          /* ids of the waivers that count here; NULL: none */
    const char **require;        /* what people have to do before use */
    size_t      require_count;
    const char **evidence;       /* ids of findings, or names of origins and components, at most a few */
    size_t      evidence_count;
} verdict_step_t;

typedef struct {
    verdict_result_t result;
    const char      *policy, *policy_digest; /* id; SHA-256 hex of the policy file */
    const char      *as_of;      /* the day for which it was asked, YYYY-MM-DD; NULL: the answer is the same on any day */
    const char      *placement, *scope; /* what the operator said of the place of use; NULL: nothing */
    const char      *plan_digest; /* SHA-256 hex of the plan of replacement that was held against transitions; NULL: none */
    verdict_step_t  *trace;
    size_t           trace_count;
} report_verdict_t;

/* Facts of one run, that two runs of the same scan do not share. Never part of the reproducible report unless asked for. */
typedef struct {
    const char *started, *finished, *host, *operator;
} report_run_t;

/* The entry of a case's log (report/custody.h) that was the newest when the report was made: whoever holds the report can tell whether the log was cut. */
typedef struct { const char *id; uint64_t entry; const char *sha256; } report_case_t;

typedef struct {
    arena_t           *arena;    /* owns everything below */
    const char        *version;  /* of assay */
    const char        *sandbox;  /* "full" or "reduced" */
    report_fact_t     *libraries;/* name, version; ascending */
    size_t             library_count;
    report_source_t   *sources;
    size_t             source_count;
    limits_t           limits;
    const char        *mode;     /* acceptance, lab, ci */
    report_input_t    *inputs;
    size_t             input_count;
    report_artifact_t *artifacts;
    size_t             artifact_count;
    report_ledger_t   *ledgers;  /* ascending by SHA-256 */
    size_t             ledger_count;
    report_coverage_t  coverage;
    report_component_t *components; /* ascending by name, version, purl */
    size_t             component_count;
    report_origin_t   *origins;  /* ascending by vendor */
    size_t             origin_count;
    report_finding_t  *findings; /* worst severity first, then rule, artifact, offset */
    size_t             finding_count;
    report_verdict_t   verdict;
    const report_run_t *run;     /* NULL */
    const report_case_t *custody; /* NULL */
} report_t;

report_t *report_new(void);      /* with an empty arena, and inconclusive until a policy says otherwise; NULL when out of memory */
void      report_free(report_t *report);

const char *child_type_name(child_type_t type);          /* file, directory, symlink, char-device, block-device, fifo, socket, payload */
const char *strength_name(strength_t strength);          /* supporting, strong, definitive */
const char *severity_name(severity_t severity);          /* info … critical */
const char *finding_kind_name(finding_kind_t kind);      /* backdoor … limit */
const char *component_scope_name(component_scope_t scope); /* observed, installed, declared */
const char *relation_name(relation_kind_t kind);         /* contains, depends-on, generated-from, linked-statically */
const char *verdict_name(verdict_result_t result);
const char *list_status_name(list_status_t status);      /* in force, proposed, repealed */
/* The value of `name` in one of the enumerations above; false when there is none. */
bool child_type_from(const char *name, child_type_t *type);
bool strength_from(const char *name, strength_t *strength);
bool severity_from(const char *name, severity_t *severity);
bool finding_kind_from(const char *name, finding_kind_t *kind);
bool component_scope_from(const char *name, component_scope_t *scope);
bool relation_from(const char *name, relation_kind_t *kind);
bool verdict_from(const char *name, verdict_result_t *result);
bool list_status_from(const char *name, list_status_t *status);

#endif
