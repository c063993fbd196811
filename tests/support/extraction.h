/* One extractor run on bytes in this process, with all that it said; and directory trees to compare it with. */
#ifndef ASSAY_TESTS_EXTRACTION_H
#define ASSAY_TESTS_EXTRACTION_H

#include "base/sha256.h"
#include "extractors/extractor.h"
#include "support/sample.h"

typedef struct {
    char        *path;   /* escaped as in a report */
    child_type_t type;
    bool         has_mode, has_owner, has_mtime, damaged;
    uint32_t     mode, uid, gid, device_major, device_minor;
    int64_t      mtime;
    char        *link;   /* escaped; NULL */
    uint8_t     *content;
    uint64_t     size;
    sha256_t     sha256;
    char        *xattrs; /* "name=hex" lines, sorted; NULL when there are none */
    uint64_t     at_offset, at_length;
    size_t       same_as; /* 1 + the entry whose content this is (hard link); 0: its own */
} entry_t;

typedef struct { entry_t *entries; size_t count, capacity; } tree_t;

typedef struct { uint64_t offset, length; char what[160]; uint32_t child; } saying_t;
typedef struct { saying_t *sayings; size_t count, capacity; } sayings_t;
typedef struct { char key[64], value[TEXT_SHORT_MAX]; } said_fact_t;

typedef struct {
    unsigned  bits;     /* what probe said; 0: nothing else was done */
    uint64_t  extent;   /* what extent said */
    uint64_t  end;      /* the furthest byte claimed */
    status_t  status;   /* what extract said */
    tree_t    tree;     /* in the order of extraction */
    ledger_t  ledger;   /* settled over the whole image; always checked with ledger_valid */
    sayings_t damage, limits, notes;
    said_fact_t facts[64];
    size_t    fact_count;
} extraction_t;

const extractor_t *extractor_named(const char *id); /* fails the test when the registry has none */

/* probe, extent and extract on `image`; fails the test when the ledger breaks its invariant. */
extraction_t extraction_of(const char *format, span_t image);
/* The same with other limits than the default. */
extraction_t extraction_with(const char *format, span_t image, const limits_t *limits);
void         extraction_free(extraction_t *extraction);

const entry_t *tree_entry(const tree_t *tree, const char *path);  /* NULL when absent */
const char    *extraction_fact(const extraction_t *extraction, const char *key); /* NULL when absent */
/* Bytes of the image that are not unknown, in parts per million. */
uint64_t explained_ppm(const extraction_t *extraction);

/* What a directory on disk holds, the directory itself left out. */
tree_t tree_of_directory(const char *directory);
void   tree_free(tree_t *tree);

enum { COMPARE_MODE = 1, COMPARE_OWNER = 2, COMPARE_MTIME = 4, COMPARE_XATTRS = 8, COMPARE_DEVICES = 16 };
/* Fails the test unless both hold the same paths, types, link targets and SHA-256, and what `compare` adds. The root entry "." is ignored. */
void assert_same_tree(const tree_t *got, const tree_t *expected, unsigned compare);

#endif
