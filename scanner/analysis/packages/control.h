/* Stanzas of "Field: value" lines, as dpkg and opkg write them (deb822(5)): a line that begins with a blank goes on with the
 * field before, an empty line ends the stanza. */
#ifndef ASSAY_ANALYSIS_PACKAGES_CONTROL_H
#define ASSAY_ANALYSIS_PACKAGES_CONTROL_H

#include "analysis/packages/say.h"

typedef struct {
    span_t package, version, architecture, maintainer, status, licence, source_name, filename, installed_time, source,
           depends, pre_depends, provides, licence_files; /* {NULL, 0}: absent */
    span_t package_line; /* without its line feed */
} stanza_t;

/* The next stanza that holds a Package, from `*at` on; false at the end. Each byte is looked at once. */
bool control_next(span_t text, size_t *at, stanza_t *stanza);

/* Could this text be a database of stanzas: does it begin with a Package field and hold no NUL in its first bytes? */
bool control_begins(span_t text);
/* The first stanza, and whether there is another. */
bool control_first(span_t text, stanza_t *stanza, bool *is_only);

/* Is one of the packages's three words of status one whose files are there? */
bool status_is_installed(span_t status);

/* Whose package: type and space of the purl. */
typedef struct { const char *type, *space; } package_kind_t;
/* Says the package of `stanza` with what it depends on and provides; its purl, or NULL when it could not be said. `others`: the space of the
 * packages that it names. */
const char *control_say(package_scan_t *scan, const stanza_t *stanza, const package_kind_t *kind, const char *others);
/* Says a relation to each package of a list like Depends; of alternatives, to each, and the constraint names them all. */
void control_say_relations(package_scan_t *scan, relation_kind_t kind, const char *from, const package_kind_t *of, span_t list);
/* Says damage when the text does not end as a database does, or is no text; `last`: where its last stanza begins. */
void control_check_end(package_scan_t *scan, const uint8_t *last);

#endif
