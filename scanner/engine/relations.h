/* Components in the making, and how they are tied to each other; shared by merge.c and relations.c. */
#ifndef ASSAY_ENGINE_RELATIONS_H
#define ASSAY_ENGINE_RELATIONS_H

#include "engine/assembly.h"
#include "engine/names.h"

/* The other end is `to` (a node, or the node of a claim), or, where that is NO_VALUE, only `reference`. */
typedef struct { uint32_t from, to; relation_kind_t kind; bool to_is_claim; const char *reference, *constraint; } found_relation_t;
typedef struct { uint32_t node, artifact; } owned_t;
typedef struct { uint32_t node; const char *text; } node_licence_t;

/* A node is what becomes a component: claims of one name, version and purl, and those that were merged into them. */
typedef struct {
    assembly_t          *a;
    const appearances_t *where;
    arena_t             *scratch;
    claims_t             claims;       /* in order of key */
    uint32_t            *node;         /* by claim */
    uint32_t            *first;        /* by node: its first claim */
    const char         **source;       /* by node: purl of the source package; NULL */
    uint32_t            *component;    /* by node: index in the report; NO_VALUE: merged into another */
    uint8_t             *licences_from; /* by node: 1 when its package names licences */
    size_t               node_count;
    uint32_t            *owner;        /* by artifact: node whose package it belongs to; NO_VALUE */
    names_t              names, paths; /* of packages (see index_claim) and sonames; of artifacts */
    owned_t             *files;
    size_t               file_count, file_capacity;
    found_relation_t    *relations;
    size_t               relation_count, relation_capacity;
    node_licence_t      *licences;
    size_t               licence_count, licence_capacity;
    bool                 failed;
} merge_t;

uint32_t merge_owner_of(const merge_t *m, uint32_t blob);
span_t   merge_base_purl(const char *purl);
char    *merge_in_blob(const merge_t *m, char mark, uint32_t blob, const char *purl);
char    *merge_in_root(const merge_t *m, char mark, uint32_t artifact, span_t name);
size_t   merge_appearances(const merge_t *m, uint32_t blob, size_t *from);
void     merge_relate(merge_t *m, found_relation_t relation);

/* Finds both ends of all relations that were said, and who needs whose shared objects. */
void relations_find(merge_t *m);
void relations_note_licence(merge_t *m, uint32_t node, const char *text);
/* Hands relations and licences to the components. False when out of memory. */
bool relations_write(merge_t *m);

#endif
