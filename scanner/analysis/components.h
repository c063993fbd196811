/* Components recognised by a text of their own: "BusyBox v1.36.1", "U-Boot 2023.04". One file a component in
 * corpus/components/, all scalars strings:
 *   name, supplier?, purl? (without version), cpe? ("vendor:product", or "o:vendor:product" for an operating system), licence?, url?,
 *   signatures: [{anchor, version, confidence}]
 * anchor is the literal text that stands in every match; it is found in the one pass of the rules. version is a PCRE2
 * expression over bytes, run around each anchor; its group 1 is the version. */
#ifndef ASSAY_ANALYSIS_COMPONENTS_H
#define ASSAY_ANALYSIS_COMPONENTS_H

#include "analysis/own_bytes.h"
#include "model/report.h"
#include "model/sink.h"

typedef struct components components_t;

/* NULL and `*why` (with file and line) on failure. */
components_t *components_load(const char *data, arena_t *arena, report_source_t *source, const char **why);
void          components_free(components_t *components);

/* Signatures of all components, numbered through, and the text to search for each. */
size_t components_signature_count(const components_t *components);
span_t components_anchor(const components_t *components, size_t signature);

/* The bounds of what one blob can say. Places looked at for one signature: more are a limit. Versions said for one: a blob
 * that names more is not the component but a text on it (a change log), and the rest is left with a note. */
enum { ANCHORS_MAX = 4096, VERSIONS_MAX = 16, WINDOW_BEFORE = 128, WINDOW_BEHIND = 384 };

/* The anchor of `signature` stands at `offset` first: says RECORD_COMPONENT for each version found there and further on,
 * once for each (name, version) of a blob. `seen` is what was said so far of this blob, zeroed before the first call. */
typedef struct { const char *name, *version; } said_component_t;
typedef struct { said_component_t *said; size_t count, capacity; arena_t *arena; } said_components_t;
void components_capture(components_t *components, size_t signature, const own_bytes_t *own, uint64_t offset, said_components_t *seen, sink_t *sink);

#endif
