/* Markers of the knowledge base in one blob: which of them stand here, as RECORD_MARKER. A vendor's origin is judged later,
 * from the markers of all blobs together. */
#ifndef ASSAY_ANALYSIS_ORIGIN_H
#define ASSAY_ANALYSIS_ORIGIN_H

#include "analysis/knowledge.h"
#include "analysis/own_bytes.h"
#include "analysis/rules.h"
#include "base/sha256.h"
#include "model/sink.h"

typedef struct origin origin_t;

/* Markers sorted by how they are looked for. `knowledge` is borrowed. NULL when out of memory. */
origin_t *origin_new(const knowledge_t *knowledge, arena_t *arena);

/* Texts to be searched with the rules. */
size_t   origin_needle_count(const origin_t *origin);
needle_t origin_needle(const origin_t *origin, size_t index);
/* Needle `index` stands at `offset` first: says its marker for the first place, there or further on, where its kind allows. */
void origin_needle_found(const origin_t *origin, size_t index, const own_bytes_t *own, uint64_t offset, sink_t *sink);

/* The kinds that are not searched for as text. */
void origin_check_magic(const origin_t *origin, const own_bytes_t *own, sink_t *sink);
/* The compatible list of the root counts as it stands; those of nodes (supporting), and MAC addresses in properties, as well. */
void origin_check_device_tree(const origin_t *origin, span_t blob, arena_t *arena, sink_t *sink);
/* The package that a binary Android manifest names. */
void origin_check_manifest(const origin_t *origin, span_t blob, sink_t *sink);
/* Addresses in text: MAC addresses where one is meant, IPv4 addresses. */
void origin_check_addresses(const origin_t *origin, const own_bytes_t *own, sink_t *sink);
/* O and CN of subject and issuer of the certificate at [offset, offset+length) of the blob. */
void origin_check_certificate(const origin_t *origin, const char *const *names, size_t count, uint64_t offset, uint64_t length, sink_t *sink);
/* The digest of a certificate or of a public key there; `text` is shown. */
void origin_check_key(const origin_t *origin, const sha256_t *digest, uint64_t offset, uint64_t length, span_t text, sink_t *sink);

/* A marker that a rule names in its meta. */
void origin_say_rule(const char *vendor, strength_t strength, uint64_t offset, span_t text, sink_t *sink);

#endif
