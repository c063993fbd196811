/* What the parts of the origin engine share: markers sorted by kind, and how one is said. */
#ifndef ASSAY_ANALYSIS_ORIGIN_TABLES_H
#define ASSAY_ANALYSIS_ORIGIN_TABLES_H

#include "analysis/origin.h"

typedef struct { const vendor_t *vendor; const marker_t *marker; } origin_entry_t;
typedef struct { origin_entry_t *entries; size_t count; } origin_entries_t;

struct origin {
    origin_entries_t needles;          /* of all kinds that are searched for */
    origin_entries_t by_kind[MARKER_KINDS]; /* of the others; numbers, OUIs and digests ascending */
};

/* The entries of the kind with this number, or whose bytes are these: the first, and how many; NULL when there are none. */
const origin_entry_t *origin_with_number(const origin_t *origin, marker_kind_t kind, uint32_t number, size_t *count);
const origin_entry_t *origin_with_bytes(const origin_t *origin, marker_kind_t kind, span_t bytes, size_t *count);

/* Says the entry's marker, under its kind and with its strength; or under another kind's name, then supporting. */
void origin_say(const origin_entry_t *entry, uint64_t offset, uint64_t length, span_t text, sink_t *sink);
void origin_say_as(const origin_entry_t *entry, const char *kind, uint64_t offset, uint64_t length, span_t text, sink_t *sink);

/* Vendors that have been named in this blob already, by one kind; more than it has room for count as named. */
enum { ORIGIN_NAMED_MAX = 64 };
typedef struct { const vendor_t *vendors[ORIGIN_NAMED_MAX]; size_t count; } origin_named_t;
bool origin_name_once(origin_named_t *named, const vendor_t *vendor); /* false: it had been named */

/* Places in text (origin_places.c). */
enum { ORIGIN_STRING_MAX = 512, ORIGIN_PLACES_MAX = 256 };
/* The string of printable ASCII that the bytes [offset, offset+length) stand in, as far as ORIGIN_STRING_MAX to either side. */
span_t origin_string_around(const own_bytes_t *own, uint64_t offset, uint64_t length);
/* May the marker's bytes, found at `offset`, count there? */
bool origin_place_fits(const marker_t *marker, const own_bytes_t *own, uint64_t offset);

/* Numbers in text and in DER that have one needle for all vendors (origin_numbers.c). */
enum { ORIGIN_NUMBER_NEEDLES = 7 };
span_t origin_number_needle(size_t index);
void   origin_number_found(const origin_t *origin, size_t index, const own_bytes_t *own, uint64_t offset, sink_t *sink);

/* A hardware address of six bytes at `offset`, shown as `text`. */
void origin_check_mac(const origin_t *origin, const uint8_t *mac, uint64_t offset, uint64_t length, span_t text, origin_named_t *named, sink_t *sink);

#endif
