/* What readers of package metadata say, and how: every component and every relation stands on bytes of the blob. */
#ifndef ASSAY_ANALYSIS_PACKAGES_SAY_H
#define ASSAY_ANALYSIS_PACKAGES_SAY_H

#include "analysis/text.h"
#include "base/arena.h"
#include "model/sink.h"

/* What one blob may say: beyond it a limit is recorded, and the rest left out. */
enum { PACKAGES_MAX = 100000, RELATIONS_MAX = 400000 };

typedef struct {
    span_t      blob;
    arena_t    *arena;
    sink_t     *sink;
    const char *method;              /* of the evidence, and the format of damage */
    size_t      packages, relations; /* said so far */
    bool        full;
} package_scan_t;

typedef struct {
    const char       *type, *space;  /* of the purl; space may be NULL */
    span_t            name, version; /* version may be absent */
    span_t            arch, licence, supplier; /* absent: {NULL, 0} */
    span_t            evidence;      /* where it stands in the blob */
    bool              is_decoded;    /* the evidence is what it was decoded from: its bytes say nothing by themselves */
    const char       *upstream;      /* NULL: worked out from the version by the type's rules */
    span_t            subpath;
    component_scope_t scope;
    uint8_t           confidence;    /* 0: 100 */
} package_t;

/* Says the component and returns its purl. NULL when it has no sound name or version (a note says so), or a limit was reached. */
const char *say_package(package_scan_t *scan, const package_t *package);
/* Says a relation of the component `from` (a purl that say_package returned; NULL: what owns the blob). `constraint` may be absent. */
void say_relation(package_scan_t *scan, relation_kind_t kind, const char *from, const char *to, span_t constraint, span_t evidence);
/* As say_relation to a package of this type; names that are none are left out. */
void say_relation_to_package(package_scan_t *scan, relation_kind_t kind, const char *from, const char *type, const char *space, span_t name,
                             span_t constraint,
                             span_t evidence);
/* The licence of what owns the blob. */
void say_licence(package_scan_t *scan, const char *from, span_t licence, span_t evidence);
/* The database breaks here: what stood before it has been read. */
void say_damage(package_scan_t *scan, const uint8_t *from, const char *what);

/* A copy as C text, cut to what a record may hold; NULL when absent, empty or with a NUL in it. */
const char *say_text(const package_scan_t *scan, span_t text);

#endif
