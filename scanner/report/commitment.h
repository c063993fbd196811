/* The commitment: a second statement, signed in the same run as the report, that binds every leaf of the report and tells none. Whatever is
 * shared is checked against it, so that nothing that hashes the whole report ever leaves the house (docs/format.md says why).
 *
 * Each member of the predicate is a section; a section holds records: the items of a list of objects, the blobs of `ledgers`, or the one object;
 * a field of a record is a leaf, whose bytes are the canonical JSON of [key, value]. All records of a section have the same fields: those that one
 * lacks are null, and fields "0", "1", … of null fill up to a multiple of four, so that the count of fields tells nothing of a record.
 * The section `summary` is made from the others: verdict, coverage, limits and counts, which every shared file shows. */
#ifndef ASSAY_REPORT_COMMITMENT_H
#define ASSAY_REPORT_COMMITMENT_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "report/merkle.h"

#define COMMITMENT_PREDICATE_TYPE "https://assay.dev/commitment/v1"
#define COMMITMENT_ALGORITHM      "assay-commitment-v1"
#define COMMITMENT_SUMMARY        "summary"

enum { COMMITMENT_SECTIONS_MAX = 64, COMMITMENT_FIELDS_MAX = 64, COMMITMENT_NAME_MAX = 48, COMMITMENT_SUBJECTS_MAX = 4096 };

typedef struct { char name[COMMITMENT_NAME_MAX]; uint64_t records; sha256_t root; } commitment_section_t;

typedef struct {
    commitment_section_t sections[COMMITMENT_SECTIONS_MAX]; /* ascending by name */
    size_t               count;
    sha256_t             root;
    char                 tlp[16]; /* a label of TLP 2.0, "AMBER+STRICT"; "": none */
} commitment_t;

/* A record while it is committed to: valid during the visit only. */
typedef struct {
    span_t          section;
    size_t          number, count;  /* in the report's order; fields, fillers included */
    const span_t   *keys, *values, *bytes;
    const sha256_t *salts, *leaves;
    sha256_t        node;
} commitment_record_t;

typedef void commitment_visit_t(void *context, const commitment_record_t *record);

/* Commits to one section. `visit` may be NULL. */
status_t commitment_section(merkle_t *merkle, const char *name, span_t json, commitment_visit_t *visit, void *context, commitment_section_t *section);

/* Commits to a report's statement (canonical, checked); `merkle` has the secret. STATUS_INVALID when it is no such statement, or has more sections or fields
 * than a report may have. */
status_t commitment_of(merkle_t *merkle, span_t statement, commitment_visit_t *visit, void *context, commitment_t *commitment);

/* The report root over the sections. */
status_t commitment_root(merkle_t *merkle, const commitment_t *commitment, sha256_t *root);

/* Appends the statement to be signed. `report` is the statement that it commits to: subjects are taken from there by their digests, under neutral names. */
status_t commitment_write(const commitment_t *commitment, span_t report, buffer_t *out);

/* Reads such a statement: canonical, of this predicate, its root that of its sections. `why` is static text. */
status_t commitment_read(span_t statement, commitment_t *commitment);

/* The section of that name, or NULL. */
const commitment_section_t *commitment_find(const commitment_t *commitment, span_t name);

/* A label of TLP 2.0 without its "TLP:" — RED, AMBER+STRICT, AMBER, GREEN, CLEAR: its rank, 0 for CLEAR to 4 for RED; -1: no such label. */
int tlp_rank(const char *label);

/* The secret of one report: new and random; or the same again for the same report, from a key that is kept for sharing (HKDF-SHA-256 with the
 * statement's digest as its info). */
status_t commitment_secret_new(sha256_t *secret);
status_t commitment_secret_from(const sha256_t *share_key, span_t statement, sha256_t *secret);

#endif
