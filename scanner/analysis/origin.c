#include "analysis/origin_tables.h"

#include "analysis/marker_values.h"

#include <stdlib.h>

/* ---- sorting ------------------------------------------------------------------------------------------------------- */

static int compare_bytes(span_t a, span_t b)
{
    int order = memcmp(a.at, b.at, min_u64(a.size, b.size));
    return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

/* Numbers first, then bytes; the last word has the order of the vendors, so that nothing depends on the sort. */
static int by_value(const void *x, const void *y)
{
    const origin_entry_t *a = x, *b = y;
    if (a->marker->number != b->marker->number)
        return a->marker->number < b->marker->number ? -1 : 1;
    int order = a->marker->bytes.at != NULL && b->marker->bytes.at != NULL ? compare_bytes(a->marker->bytes, b->marker->bytes) : 0;
    return order != 0 ? order : a->marker < b->marker ? -1 : a->marker > b->marker;
}

static origin_entries_t *home_of(origin_t *origin, marker_kind_t kind) { return marker_is_searched(kind) ? &origin->needles : &origin->by_kind[kind]; }

origin_t *origin_new(const knowledge_t *knowledge, arena_t *arena)
{
    origin_t *origin = arena_alloc(arena, sizeof *origin);
    if (origin == NULL)
        return NULL;
    *origin = (origin_t){.needles = {NULL, 0}};
    for (size_t i = 0; i < knowledge->vendor_count; i++)
        for (size_t j = 0; j < knowledge->vendors[i].marker_count; j++)
            home_of(origin, knowledge->vendors[i].markers[j].kind)->count++;
    for (size_t i = 0; i <= MARKER_KINDS; i++) {
        origin_entries_t *list = i < MARKER_KINDS ? &origin->by_kind[i] : &origin->needles;
        if ((list->entries = arena_array(arena, list->count, sizeof *list->entries)) == NULL)
            return NULL;
        list->count = 0;
    }
    for (size_t i = 0; i < knowledge->vendor_count; i++)
        for (size_t j = 0; j < knowledge->vendors[i].marker_count; j++) {
            const marker_t   *marker     = &knowledge->vendors[i].markers[j];
            origin_entries_t *home       = home_of(origin, marker->kind);
            home->entries[home->count++] = (origin_entry_t){&knowledge->vendors[i], marker};
        }
    for (size_t i = 0; i < MARKER_KINDS; i++)
        if (origin->by_kind[i].count > 1)
            qsort(origin->by_kind[i].entries, origin->by_kind[i].count, sizeof(origin_entry_t), by_value);
    return origin;
}

static const origin_entry_t *first_with(const origin_entries_t *list, const marker_t *wanted, bool number, size_t *count)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t          middle = low + (high - low) / 2;
        const marker_t *m      = list->entries[middle].marker;
        if (number ? m->number < wanted->number : compare_bytes(m->bytes, wanted->bytes) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < list->count) {
        const marker_t *m = list->entries[low + *count].marker;
        if (number ? m->number != wanted->number : !span_equal(m->bytes, wanted->bytes))
            break;
        (*count)++;
    }
    return *count > 0 ? &list->entries[low] : NULL;
}

const origin_entry_t *origin_with_number(const origin_t *origin, marker_kind_t kind, uint32_t number, size_t *count)
{
    return first_with(&origin->by_kind[kind], &(marker_t){.number = number}, true, count);
}

const origin_entry_t *origin_with_bytes(const origin_t *origin, marker_kind_t kind, span_t bytes, size_t *count)
{
    return first_with(&origin->by_kind[kind], &(marker_t){.bytes = bytes}, false, count);
}

bool origin_name_once(origin_named_t *named, const vendor_t *vendor)
{
    for (size_t i = 0; i < named->count; i++)
        if (named->vendors[i] == vendor)
            return false;
    if (named->count == ORIGIN_NAMED_MAX)
        return false;
    named->vendors[named->count++] = vendor;
    return true;
}

/* ---- saying -------------------------------------------------------------------------------------------------------- */

static uint8_t confidence_of(strength_t strength) { return strength == STRENGTH_DEFINITIVE ? 95 : strength == STRENGTH_STRONG ? 80 : 50; }

static void say(const char *vendor, const char *kind, strength_t strength, uint64_t offset, uint64_t length, span_t text, sink_t *sink)
{
    evidence_t evidence = {offset, length, kind, span_clip(text, 0, TEXT_SHORT_MAX), confidence_of(strength)};
    sink_say(sink, &(record_t){.type = RECORD_MARKER, .marker = {vendor, kind, strength, evidence}});
}

void origin_say(const origin_entry_t *entry, uint64_t offset, uint64_t length, span_t text, sink_t *sink)
{
    say(entry->vendor->id, marker_kind_name(entry->marker->kind), entry->marker->strength, offset, length, text, sink);
}

void origin_say_as(const origin_entry_t *entry, const char *kind, uint64_t offset, uint64_t length, span_t text, sink_t *sink)
{
    say(entry->vendor->id, kind, STRENGTH_SUPPORTING, offset, length, text, sink);
}

void origin_say_rule(const char *vendor, strength_t strength, uint64_t offset, span_t text, sink_t *sink)
{
    say(vendor, "rule", strength, offset, text.size, text, sink);
}

/* ---- needles ------------------------------------------------------------------------------------------------------- */

size_t   origin_needle_count(const origin_t *origin) { return origin->needles.count + ORIGIN_NUMBER_NEEDLES; }
needle_t origin_needle(const origin_t *origin, size_t index)
{
    if (index >= origin->needles.count)
        return (needle_t){origin_number_needle(index - origin->needles.count), false};
    const marker_t *marker = origin->needles.entries[index].marker;
    return (needle_t){marker->bytes, marker->ignore_case};
}

/* What is shown as evidence: the whole string, where that is what makes the marker hold. */
static span_t shown_text(const marker_t *marker, const own_bytes_t *own, uint64_t offset)
{
    span_t found = span_sub(own->blob, offset, marker->bytes.size);
    if (marker->kind == MARKER_STRING || marker->kind == MARKER_UEFI_GUID || marker->encoding != ENCODING_UTF8)
        return found;
    span_t string = origin_string_around(own, offset, marker->bytes.size);
    return string.size <= TEXT_SHORT_MAX ? string : found;
}

/* The domain of a mail address tells where an author works, not who made the product. */
static bool is_mail(const marker_t *marker, const own_bytes_t *own, uint64_t offset)
{
    return marker->kind == MARKER_DOMAIN && own_range_at(own, offset)->offset < offset && own->blob.at[offset - 1] == '@';
}

static void say_place(const origin_entry_t *entry, const own_bytes_t *own, uint64_t offset, strength_t strength, sink_t *sink)
{
    span_t text = shown_text(entry->marker, own, offset);
    say(entry->vendor->id, marker_kind_name(entry->marker->kind), strength, (uint64_t)(text.at - own->blob.at), text.size, text, sink);
}

void origin_needle_found(const origin_t *origin, size_t index, const own_bytes_t *own, uint64_t offset, sink_t *sink)
{
    if (index >= origin->needles.count) {
        origin_number_found(origin, index - origin->needles.count, own, offset, sink);
        return;
    }
    const origin_entry_t *entry  = &origin->needles.entries[index];
    uint64_t              weaker = UINT64_MAX;
    for (size_t places = 0; offset != UINT64_MAX && places < ORIGIN_PLACES_MAX; places++) {
        if (own_range_at(own, offset) != NULL && origin_place_fits(entry->marker, own, offset)) {
            if (!is_mail(entry->marker, own, offset)) {
                say_place(entry, own, offset, entry->marker->strength, sink);
                return;
            }
            weaker = min_u64(weaker, offset);
        }
        offset = own_find(own, offset + 1, entry->marker->bytes, entry->marker->ignore_case);
    }
    if (weaker != UINT64_MAX)
        say_place(entry, own, weaker, STRENGTH_SUPPORTING, sink);
}

/* ---- kinds that are looked up --------------------------------------------------------------------------------------- */

void origin_check_magic(const origin_t *origin, const own_bytes_t *own, sink_t *sink)
{
    const origin_entries_t *magics = &origin->by_kind[MARKER_MAGIC];
    for (size_t i = 0; i < magics->count; i++) {
        span_t bytes = magics->entries[i].marker->bytes;
        if (span_starts_with(own->blob, bytes))
            origin_say(&magics->entries[i], 0, bytes.size, bytes, sink);
    }
}

void origin_check_certificate(const origin_t *origin, const char *const *names, size_t count, uint64_t offset, uint64_t length, sink_t *sink)
{
    const origin_entries_t *subjects = &origin->by_kind[MARKER_CERTIFICATE_SUBJECT];
    for (size_t i = 0; i < subjects->count; i++) {
        const marker_t *marker = subjects->entries[i].marker;
        for (size_t j = 0; j < count; j++) {
            bool held = marker->ignore_case ? strcasestr(names[j], marker->value) != NULL : strstr(names[j], marker->value) != NULL;
            if (held) {
                origin_say(&subjects->entries[i], offset, length, span_from_text(names[j]), sink);
                break;
            }
        }
    }
}

void origin_check_key(const origin_t *origin, const sha256_t *digest, uint64_t offset, uint64_t length, span_t text, sink_t *sink)
{
    size_t                count;
    const origin_entry_t *entries = origin_with_bytes(origin, MARKER_SIGNING_KEY, span_from(digest->bytes, SHA256_SIZE), &count);
    for (size_t i = 0; i < count; i++)
        origin_say(&entries[i], offset, length, text, sink);
}
