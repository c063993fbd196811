/* A small data directory, an analyser over it, and all that it says of a blob. */
#ifndef ASSAY_TESTS_ANALYSIS_H
#define ASSAY_TESTS_ANALYSIS_H

#include "analysis/analyser.h"
#include "support/sample.h"

typedef struct {
    char        directory[1024];
    arena_t    *arena;
    analyser_t *analyser;
    const char *why; /* NULL unless the analyser could not be made */
} lab_t;

/* An empty data directory with all the folders that must be there. */
void lab_make(lab_t *lab);
/* Writes a file below it, with the folders it needs. */
void lab_file(lab_t *lab, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Makes the analyser; `extra` is a folder of the data directory, or NULL. */
void lab_open(lab_t *lab, const char *extra);
void lab_remove(lab_t *lab);

typedef struct {
    record_type_t  type;
    char           name[TEXT_SHORT_MAX]; /* component name, other end of a relation, vendor, rule, MIME type, limit, format of the damage, or key of the fact */
    char           upstream[TEXT_SHORT_MAX], subpath[TEXT_SHORT_MAX];
    component_scope_t scope;
    relation_kind_t   relation;
    char           version[TEXT_SHORT_MAX], supplier[TEXT_SHORT_MAX], purl[TEXT_SHORT_MAX], cpe[TEXT_SHORT_MAX], licence[TEXT_SHORT_MAX];
    char           what[TEXT_SHORT_MAX]; /* title, kind of marker, description, text of note, limit or damage, constraint of the relation, value of the fact */
    char           references[TEXT_SHORT_MAX];
    char           method[64], text[TEXT_SHORT_MAX + 1];
    uint64_t       offset, length;
    uint8_t        confidence;
    strength_t     strength;
    finding_kind_t kind;
    severity_t     severity;
} heard_t;

typedef struct { heard_t *all; size_t count, capacity; } hearing_t;

/* What analyse_blob says of `blob`, of which the given ranges belong to children. Every piece of evidence is held against the
 * bytes at its place; the bytes are copied to the heap, so that the sanitizer sees one byte too far. */
typedef struct { uint64_t offset, length; } owned_t;
hearing_t lab_hear(lab_t *lab, span_t blob, const owned_t *children, size_t child_count);
static inline hearing_t lab_hear_text(lab_t *lab, const char *text) { return lab_hear(lab, span_from_text(text), NULL, 0); }
void      hearing_free(hearing_t *hearing);

/* The n-th record of this type and name, counting from 0; `name` NULL: of any name. NULL when there is none. */
const heard_t *heard(const hearing_t *hearing, record_type_t type, const char *name, size_t n);
size_t         heard_count(const hearing_t *hearing, record_type_t type, const char *name);

#endif
