/* Salted Merkle trees over what may be withheld. The levels have their own first byte, so that nothing of one passes for another:
 *
 *   field leaf   = SHA-256( 00 ‖ salt[32] ‖ bytes )
 *   inner node   = SHA-256( 01 ‖ left ‖ right )              split at the largest power of two below the count (RFC 9162, 2.1.1)
 *   record node  = SHA-256( 02 ‖ count as uint32 big-endian ‖ root of the record's leaves )
 *   report root  = SHA-256( 03 ‖ canonical JSON of the sections )
 *
 * Trees stand over hashes in ascending order: so a place tells nothing about what stands there. */
#ifndef ASSAY_REPORT_MERKLE_H
#define ASSAY_REPORT_MERKLE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"

typedef struct merkle merkle_t; /* the machinery of hashing: made once, used millions of times */

/* With the secret of a report salts can be made; NULL: only hashes. NULL when out of memory. */
merkle_t *merkle_new(const sha256_t *secret);
void      merkle_free(merkle_t *merkle);

/* A failure of the library sticks: ask once, at the end. */
status_t merkle_status(const merkle_t *merkle);

/* HMAC-SHA-256( secret, "assay/salt/v1" 00 section "/" number "/" key ) */
void merkle_salt(merkle_t *merkle, span_t section, size_t number, span_t key, sha256_t *salt);
void merkle_leaf(merkle_t *merkle, const sha256_t *salt, span_t bytes, sha256_t *leaf);
void merkle_record(merkle_t *merkle, size_t count, const sha256_t *root, sha256_t *node);
void merkle_report(merkle_t *merkle, span_t sections, sha256_t *root);

/* The root over hashes in ascending order; of none: SHA-256 of nothing. */
void merkle_root(merkle_t *merkle, const sha256_t *hashes, size_t count, sha256_t *root);
void merkle_sort(sha256_t *hashes, size_t count);

/* Appends what a reader who is shown the places `shown` (ascending, below `count`) needs to compute the root: the roots of the largest parts
 * in which nothing is shown, from left to right. */
void merkle_prove(merkle_t *merkle, const sha256_t *hashes, size_t count, const uint32_t *shown, size_t shown_count, buffer_t *proof);

/* The root again, from the hashes at the places `at` (ascending, below `count`) and such a proof; false when the proof is too long or too short. */
bool merkle_rebuild(merkle_t *merkle, const sha256_t *hashes, const uint32_t *at, size_t shown_count, size_t count, span_t proof, sha256_t *root);

#endif
