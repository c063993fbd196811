/* Stanzas of "Field: value" lines, as dpkg and opkg write them (deb822(5)): a line that begins with a blank goes on with the
 * field before, an empty line ends the stanza. */
#ifndef ASSAY_ANALYSIS_PACKAGES_CONTROL_H
#define ASSAY_ANALYSIS_PACKAGES_CONTROL_H

#include "base/arena.h"
#include "model/sink.h"

typedef struct {
    span_t package, version, architecture, maintainer, status, licence, source_name, filename, installed_time; /* {NULL, 0}: absent */
    span_t package_line; /* without its line feed */
} stanza_t;

/* The next stanza that holds a Package, from `*at` on; false at the end. Each byte is looked at once. */
bool control_next(span_t text, size_t *at, stanza_t *stanza);

/* Could this text be a database of stanzas: does it begin with a Package field and hold no NUL in its first bytes? */
bool control_begins(span_t text);
/* The first stanza, and whether there is another. */
bool control_first(span_t text, stanza_t *stanza, bool *is_only);

/* May it stand in a report as name or version of a package? */
bool is_package_name(span_t name);
bool is_package_version(span_t version);
/* Is one of the packages's three words of status one whose files are there? */
bool status_is_installed(span_t status);

/* Says the package of `stanza`, at its place in `blob`. */
typedef struct { const char *type, *space, *method; } package_kind_t; /* type and space of the purl */
void control_say(span_t blob, const stanza_t *stanza, const package_kind_t *kind, arena_t *arena, sink_t *sink);

#endif
