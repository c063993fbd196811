#include "analysis/origin.h"

#include <libfdt.h>
#include <stdio.h>

typedef struct {
    const vendor_t *vendor;
    const marker_t *marker;
    span_t          needle; /* the bytes to look for */
} entry_t;

typedef struct { entry_t *entries; size_t count; } entries_t;

struct origin { entries_t needles, magics, device_trees, certificates; };

/* ---- sorting ------------------------------------------------------------------------------------------------------- */

static entries_t *home_of(origin_t *origin, marker_kind_t kind)
{
    switch (kind) {
    case MARKER_STRING: case MARKER_DOMAIN: case MARKER_SNMP_ENTERPRISE: case MARKER_COMPILER: case MARKER_BUILD_PATH: case MARKER_MODINFO_AUTHOR:
        return &origin->needles;
    case MARKER_CERTIFICATE_SUBJECT: return &origin->certificates;
    case MARKER_DEVICE_TREE:         return &origin->device_trees;
    case MARKER_MAGIC:               return &origin->magics;
    case MARKER_OUI: case MARKER_USB_ID: case MARKER_PCI_ID: case MARKER_SIGNING_KEY: break;
    }
    return NULL;
}

static bool needle_of(const marker_t *marker, arena_t *arena, span_t *needle)
{
    *needle = marker->bytes;
    if (marker->kind == MARKER_SNMP_ENTERPRISE) {
        char *text = arena_printf(arena, "1.3.6.1.4.1.%s", marker->value);
        *needle    = text != NULL ? span_from_text(text) : (span_t){NULL, 0};
    }
    return needle->at != NULL;
}

origin_t *origin_new(const knowledge_t *knowledge, arena_t *arena)
{
    origin_t *origin = arena_alloc(arena, sizeof *origin);
    if (origin == NULL)
        return NULL;
    /* First count, then fill. */
    for (int pass = 0; pass < 2; pass++) {
        entries_t *all[] = {&origin->needles, &origin->magics, &origin->device_trees, &origin->certificates};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            if (pass == 1 && (all[i]->entries = arena_array(arena, all[i]->count, sizeof *all[i]->entries)) == NULL)
                return NULL;
            all[i]->count = 0;
        }
        for (size_t i = 0; i < knowledge->vendor_count; i++)
            for (size_t j = 0; j < knowledge->vendors[i].marker_count; j++) {
                const marker_t *marker = &knowledge->vendors[i].markers[j];
                entries_t      *home   = home_of(origin, marker->kind);
                entry_t         entry  = {.vendor = &knowledge->vendors[i], .marker = marker};
                if (home == NULL)
                    continue;
                if (pass == 1 && !needle_of(marker, arena, &entry.needle))
                    return NULL;
                if (pass == 1)
                    home->entries[home->count] = entry;
                home->count++;
            }
    }
    return origin;
}

size_t   origin_needle_count(const origin_t *origin) { return origin->needles.count; }
needle_t origin_needle(const origin_t *origin, size_t index)
{
    return (needle_t){origin->needles.entries[index].needle, origin->needles.entries[index].marker->ignore_case};
}

/* ---- saying -------------------------------------------------------------------------------------------------------- */

static uint8_t confidence_of(strength_t strength) { return strength == STRENGTH_DEFINITIVE ? 95 : strength == STRENGTH_STRONG ? 80 : 50; }

static void say(const char *vendor, const char *kind, strength_t strength, uint64_t offset, uint64_t length, span_t text, sink_t *sink)
{
    evidence_t evidence = {offset, length, kind, span_clip(text, 0, TEXT_SHORT_MAX), confidence_of(strength)};
    sink_say(sink, &(record_t){.type = RECORD_MARKER, .marker = {vendor, kind, strength, evidence}});
}

static void say_entry(const entry_t *entry, uint64_t offset, uint64_t length, span_t text, sink_t *sink)
{
    say(entry->vendor->id, marker_kind_name(entry->marker->kind), entry->marker->strength, offset, length, text, sink);
}

void origin_say_rule(const char *vendor, strength_t strength, uint64_t offset, span_t text, sink_t *sink)
{
    say(vendor, "rule", strength, offset, text.size, text, sink);
}

/* ---- texts --------------------------------------------------------------------------------------------------------- */

enum { STRING_MAX = 512, PLACES_MAX = 256 };

static bool is_printable(uint8_t c) { return (c >= ' ' && c <= '~') || c == '\t'; }

/* The string of printable characters that the bytes [offset, offset+length) stand in, as far as STRING_MAX to either side. */
static span_t string_around(const own_bytes_t *own, uint64_t offset, uint64_t length)
{
    const own_range_t *range = own_range_at(own, offset);
    uint64_t           first = offset, last = offset + length;
    uint64_t           least = max_u64(range->offset, offset - min_u64(offset, STRING_MAX));
    uint64_t           most  = min_u64(range->offset + range->length, last + STRING_MAX);
    while (first > least && is_printable(own->blob.at[first - 1]))
        first--;
    while (last < most && is_printable(own->blob.at[last]))
        last++;
    return span_sub(own->blob, first, last - first);
}

static bool is_label_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* A whole domain, or the end of a longer one: labels do not go on to either side. */
static bool is_whole_domain(const own_bytes_t *own, uint64_t offset, uint64_t length)
{
    span_t string = string_around(own, offset, length);
    size_t before = (size_t)(own->blob.at + offset - string.at), behind = before + (size_t)length;
    if (before > 0 && is_label_character(string.at[before - 1]))
        return false;
    if (behind < string.size && is_label_character(string.at[behind]))
        return false;
    return !(behind + 1 < string.size && string.at[behind] == '.' && is_label_character(string.at[behind + 1]));
}

static bool is_whole_number(const own_bytes_t *own, uint64_t offset, uint64_t length)
{
    span_t string = string_around(own, offset, length);
    size_t before = (size_t)(own->blob.at + offset - string.at), behind = before + (size_t)length;
    bool   joined = before > 0 && ((string.at[before - 1] >= '0' && string.at[before - 1] <= '9') || (before > 1 && string.at[before - 1] == '.' &&
                                                                                                      string.at[before - 2] >= '0' && string.at[before - 2] <= '9'));
    return !joined && !(behind < string.size && string.at[behind] >= '0' && string.at[behind] <= '9');
}

static bool contains(span_t in, const char *text) { return memmem(in.at, in.size, text, strlen(text)) != NULL; }

/* The comments that compilers leave, and the banner of a Linux kernel. */
static bool names_a_compiler(span_t string)
{
    static const char *const compilers[] = {"GCC", "gcc", "clang", "LLVM", "armcc", "ARM C", "IAR ", "Green Hills", "Diab", "icc "};
    for (size_t i = 0; i < sizeof compilers / sizeof compilers[0]; i++)
        if (contains(string, compilers[i]))
            return true;
    return false;
}

static bool place_fits(const entry_t *entry, const own_bytes_t *own, uint64_t offset)
{
    uint64_t length = entry->needle.size;
    switch (entry->marker->kind) {
    case MARKER_DOMAIN:          return is_whole_domain(own, offset, length);
    case MARKER_SNMP_ENTERPRISE: return is_whole_number(own, offset, length);
    case MARKER_COMPILER:        return names_a_compiler(string_around(own, offset, length));
    case MARKER_BUILD_PATH:      return contains(string_around(own, offset, length), "/") || contains(string_around(own, offset, length), ":\\");
    case MARKER_MODINFO_AUTHOR:  return span_has_text_at(string_around(own, offset, length), 0, "author=");
    case MARKER_STRING: case MARKER_CERTIFICATE_SUBJECT: case MARKER_DEVICE_TREE: case MARKER_MAGIC: case MARKER_OUI: case MARKER_USB_ID:
    case MARKER_PCI_ID: case MARKER_SIGNING_KEY: break;
    }
    return true;
}

/* What is shown as evidence: the whole string, where that is what makes the marker hold. */
static span_t shown_text(const entry_t *entry, const own_bytes_t *own, uint64_t offset)
{
    span_t found  = span_sub(own->blob, offset, entry->needle.size);
    span_t string = entry->marker->kind == MARKER_STRING ? found : string_around(own, offset, entry->needle.size);
    return string.size <= TEXT_SHORT_MAX ? string : found;
}

void origin_needle_found(const origin_t *origin, size_t index, const own_bytes_t *own, uint64_t offset, sink_t *sink)
{
    const entry_t *entry = &origin->needles.entries[index];
    for (size_t places = 0; offset != UINT64_MAX && places < PLACES_MAX; places++) {
        if (own_range_at(own, offset) != NULL && place_fits(entry, own, offset)) {
            span_t text = shown_text(entry, own, offset);
            say_entry(entry, (uint64_t)(text.at - own->blob.at), text.size, text, sink);
            return;
        }
        offset = own_find(own, offset + 1, entry->needle, entry->marker->ignore_case);
    }
}

/* ---- the other kinds ------------------------------------------------------------------------------------------------ */

void origin_check_magic(const origin_t *origin, const own_bytes_t *own, sink_t *sink)
{
    for (size_t i = 0; i < origin->magics.count; i++) {
        const entry_t *entry = &origin->magics.entries[i];
        if (span_starts_with(own->blob, entry->needle))
            say_entry(entry, 0, entry->needle.size, entry->needle, sink);
    }
}

/* Larger ones carry data (FIT images), and their content is examined by itself. */
enum { DEVICE_TREE_MAX = 4 << 20, COMPATIBLE_MAX = 64 };

void origin_check_device_tree(const origin_t *origin, span_t blob, arena_t *arena, sink_t *sink)
{
    static const uint8_t magic[] = {0xD0, 0x0D, 0xFE, 0xED};
    if (!span_starts_with(blob, span_from(magic, sizeof magic)) || blob.size > DEVICE_TREE_MAX)
        return;
    span_t tree = arena_copy(arena, blob); /* libfdt wants it aligned */
    if (tree.at == NULL || fdt_check_full(tree.at, tree.size) != 0)
        return;
    int count = fdt_stringlist_count(tree.at, 0, "compatible");
    for (int i = 0; i < count && i < COMPATIBLE_MAX; i++) {
        int         size = 0;
        const char *text = fdt_stringlist_get(tree.at, 0, "compatible", i, &size);
        if (text == NULL || size < 0)
            return;
        span_t compatible = span_from(text, (size_t)size);
        for (size_t j = 0; j < origin->device_trees.count; j++)
            if (span_starts_with(compatible, origin->device_trees.entries[j].needle))
                say_entry(&origin->device_trees.entries[j], (uint64_t)(compatible.at - tree.at), compatible.size, compatible, sink);
    }
}

void origin_check_certificate(const origin_t *origin, const char *const *names, size_t count, uint64_t offset, uint64_t length, sink_t *sink)
{
    for (size_t i = 0; i < origin->certificates.count; i++) {
        const entry_t *entry = &origin->certificates.entries[i];
        for (size_t j = 0; j < count; j++) {
            bool held = entry->marker->ignore_case ? strcasestr(names[j], entry->marker->value) != NULL : strstr(names[j], entry->marker->value) != NULL;
            if (held) {
                say_entry(entry, offset, length, span_from_text(names[j]), sink);
                break;
            }
        }
    }
}
