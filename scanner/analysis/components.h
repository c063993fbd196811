/* Components recognised by what is theirs alone. One file a component in corpus/components/, all scalars strings:
 *   name, supplier?, purl? (without version), cpe? ("vendor:product", or "o:vendor:product" for an operating system), licence?, url?,
 *   signatures?:   [{anchor, version or lone-version, confidence}], texts that tell the version: "BusyBox v1.36.1", "U-Boot 2023.04"
 *   not?:          an expression; where it matches around an anchor, the text talks of something else
 *   files?:        names it lives in, "*" at their end standing for anything: programs, and libraries by their soname
 *   file-version?: the real name of such a library, with one "*" where the version of its makers stands: "libz.so.*"
 *                  behind a blank, "18.3=2.12.1" …: what stands at the star is no version, but tells one
 *   in-headers?:   "true": its texts are in its headers, so programs that load it hold the version they were built with
 *   lone-version?: where such a library holds exactly one text, between NULs, that this expression matches, group 1 is its version
 *   debian?, verified?: for tests and benches
 * anchor is the literal text that stands in every match; it is found in the one pass of the rules. Expressions are PCRE2 over
 * bytes; "version" is run around each anchor, and its group 1 is the version. "lone-version" is held against each text between NULs of a
 * blob that holds the anchor anywhere, as a whole; it tells nothing when two of them differ. */
#ifndef ASSAY_ANALYSIS_COMPONENTS_H
#define ASSAY_ANALYSIS_COMPONENTS_H

#include "analysis/own_bytes.h"
#include "model/report.h"
#include "model/sink.h"

typedef struct components components_t;
typedef struct component  component_t;

/* What a blob that is an ELF file calls itself and asks for; empty for any other. */
enum { ELF_NEEDED_MAX = 128 };
typedef struct {
    bool   is_program;             /* executable or shared object */
    span_t soname, needed[ELF_NEEDED_MAX]; /* as they stand in the blob */
    size_t needed_count;
} elf_names_t;

/* NULL and `*why` (with file and line) on failure. */
components_t *components_load(const char *data, arena_t *arena, report_source_t *source, const char **why);
void          components_free(components_t *components);

/* Signatures of all components, numbered through, and the text to search for each. */
size_t components_signature_count(const components_t *components);
span_t components_anchor(const components_t *components, size_t signature);

/* The bounds of what one blob can say. Places looked at for one signature: more are a limit. Versions said for one: a blob
 * that names more is not the component but a text on it (a change log), and the rest is left with a note. */
enum { ANCHORS_MAX = 4096, VERSIONS_MAX = 16, WINDOW_BEFORE = 128, WINDOW_BEHIND = 384 };

/* What was said so far of one blob: zeroed, but for the arena and the names, before the first call. */
typedef struct { const component_t *component; const char *version; } said_component_t;
typedef struct { said_component_t *said; size_t count, capacity; arena_t *arena; elf_names_t names; } said_components_t;

/* The anchor of `signature` stands at `offset` first: says RECORD_COMPONENT for each version found there and further on,
 * once for each component and version of a blob. In a program that neither is the component nor asks for its library, the
 * component must be a part of it: the method is "static-library", and RECORD_RELATION says so, too. */
void components_capture(components_t *components, size_t signature, const own_bytes_t *own, uint64_t offset, said_components_t *seen, sink_t *sink);

/* The blob is a library: says the component that its soname belongs to, when no text of it did, with the version that stands alone in it
 * or else without one. Then the fact FILE_VERSION_FACT tells the component's file-version, for whoever knows the file's name. */
#define FILE_VERSION_FACT "library.file-version"
void components_name_library(components_t *components, const own_bytes_t *own, said_components_t *seen, sink_t *sink);

#endif
