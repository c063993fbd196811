#include "analysis/knowledge.h"

#include "analysis/knowledge_files.h"

#include <ctype.h>
#include <stdlib.h>

typedef struct { const knowledge_t *knowledge; const char *data; complaints_t *complaints; } lint_t;

#define COMPLAIN(lint, folder, id, place, format, ...)                                                                                             \
    complain((lint)->complaints, "%s/corpus/%s/%s.yaml:%u:%u: " format, (lint)->data, folder, id, (place).line, (place).column, __VA_ARGS__)

/* A day (2024-02-29); where only the month or the year is published, 2024-02 or 2024. */
static bool is_date(const char *text, bool day_wanted)
{
    static const unsigned days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    size_t                size   = strlen(text);
    unsigned              part[3] = {0, 1, 1};
    if (size != 10 && (day_wanted || (size != 7 && size != 4)))
        return false;
    for (size_t i = 0, p = 0; i < size; i++) {
        bool dash = i == 4 || i == 7;
        if (dash ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
        p += dash;
        if (!dash)
            part[p] = (i == 5 || i == 8 ? 0 : part[p] * 10) + (unsigned)(text[i] - '0');
    }
    bool leap = (part[0] % 4 == 0 && part[0] % 100 != 0) || part[0] % 400 == 0;
    return part[0] >= 1900 && part[1] >= 1 && part[1] <= 12 && part[2] >= 1 && part[2] <= days[part[1] - 1] && (part[1] != 2 || part[2] < 29 || leap);
}

static void lint_laws(lint_t *lint)
{
    for (size_t i = 0; i < lint->knowledge->jurisdiction_count; i++) {
        const jurisdiction_t *j = &lint->knowledge->jurisdictions[i];
        for (size_t k = 0; k < j->law_count; k++) {
            const law_t *law = &j->laws[k];
            if (law->date == NULL || !is_date(law->date, false))
                COMPLAIN(lint, "jurisdictions", j->id, law->place, "the law \"%s\" has no date (2024-02-29, 2024-02 or 2024)", law->title);
            if (law->effect == NULL || law->source == NULL)
                COMPLAIN(lint, "jurisdictions", j->id, law->place, "the law \"%s\" has no %s", law->title, law->effect == NULL ? "effect" : "source");
        }
    }
}

static bool same_name(const list_entry_t *a, const list_entry_t *b)
{
    const char *x = a->vendor != NULL ? a->vendor : a->group, *y = b->vendor != NULL ? b->vendor : b->group;
    return (a->vendor != NULL) == (b->vendor != NULL) && strcmp(x, y) == 0;
}

static void lint_lists(lint_t *lint)
{
    for (size_t i = 0; i < lint->knowledge->list_count; i++) {
        const restriction_list_t *list = &lint->knowledge->lists[i];
        if (!is_date(list->date, true))
            COMPLAIN(lint, "lists", list->id, list->place, "\"%s\" is no date (2024-02-29)", list->date);
        if (list->entry_count == 0 && list->criteria == NULL)
            COMPLAIN(lint, "lists", list->id, list->place, "the list %s neither names anybody nor has criteria", list->id);
        for (size_t k = 0; k < list->entry_count; k++) {
            const list_entry_t *entry = &list->entries[k];
            const char         *name  = entry->vendor != NULL ? entry->vendor : entry->group;
            if (!is_date(entry->date, true))
                COMPLAIN(lint, "lists", list->id, entry->place, "the entry of %s: \"%s\" is no date (2024-02-29)", name, entry->date);
            for (size_t m = 0; m < k; m++)
                if (same_name(entry, &list->entries[m]))
                    COMPLAIN(lint, "lists", list->id, entry->place, "%s is named twice", name);
        }
    }
}

/* ---- markers ---------------------------------------------------------------------------------------------------------- */

typedef struct { const vendor_t *vendor; const marker_t *marker; } owned_marker_t;

static int by_meaning(const marker_t *a, const marker_t *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    if (a->bytes.at == NULL || b->bytes.at == NULL)
        return (a->bytes.at != NULL) - (b->bytes.at != NULL);
    int order = memcmp(a->bytes.at, b->bytes.at, min_u64(a->bytes.size, b->bytes.size));
    return order != 0 ? order : (a->bytes.size > b->bytes.size) - (a->bytes.size < b->bytes.size);
}

static int by_meaning_and_place(const void *x, const void *y)
{
    const owned_marker_t *a = x, *b = y;
    int                   order = by_meaning(a->marker, b->marker);
    if (order == 0)
        order = strcmp(a->vendor->id, b->vendor->id);
    return order != 0 ? order : a->marker < b->marker ? -1 : a->marker > b->marker;
}

static bool lint_vendors(lint_t *lint, arena_t *arena)
{
    size_t count = 0, next = 0;
    for (size_t i = 0; i < lint->knowledge->vendor_count; i++)
        count += lint->knowledge->vendors[i].marker_count;
    owned_marker_t *all = arena_array(arena, count, sizeof *all);
    if (all == NULL)
        return false;
    for (size_t i = 0; i < lint->knowledge->vendor_count; i++) {
        const vendor_t *vendor = &lint->knowledge->vendors[i];
        if (vendor->marker_count == 0)
            COMPLAIN(lint, "vendors", vendor->id, vendor->place, "the vendor %s has no marker: nothing could ever be tied to it", vendor->id);
        for (size_t k = 0; k < vendor->marker_count; k++)
            all[next++] = (owned_marker_t){vendor, &vendor->markers[k]};
    }
    if (count > 0)
        qsort(all, count, sizeof *all, by_meaning_and_place);
    for (size_t i = 1; i < count; i++)
        if (by_meaning(all[i - 1].marker, all[i].marker) == 0)
            COMPLAIN(lint, "vendors", all[i].vendor->id, all[i].marker->place, "the %s \"%s\" stands in vendors/%s.yaml:%u as well",
                     marker_kind_name(all[i].marker->kind), all[i].marker->value, all[i - 1].vendor->id, all[i - 1].marker->place.line);
    return true;
}

status_t knowledge_lint(const char *data, arena_t *arena, buffer_t *out, size_t *count, const char **why)
{
    knowledge_t  knowledge  = {0};
    complaints_t complaints = {.arena = arena, .all = out};
    lint_t       lint       = {&knowledge, data, &complaints};
    *why                    = "out of memory";
    if (!knowledge_read(data, arena, &knowledge, &complaints, why) || !lint_vendors(&lint, arena))
        return status_fail(STATUS_INVALID, "knowledge base", 0, "the knowledge base cannot be read");
    knowledge_check_names(&knowledge, data, &complaints);
    lint_laws(&lint);
    lint_lists(&lint);
    *count = complaints.count;
    return out->failed ? status_fail(STATUS_MEMORY, "knowledge base", 0, "out of memory") : ok();
}
