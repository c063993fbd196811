#include "analysis/knowledge.h"

#include "analysis/knowledge_files.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static const void *find_id(const void *records, size_t count, size_t size, const char *id)
{
    return count > 0 ? bsearch(&id, records, count, size, by_id) : NULL;
}

const vendor_t *knowledge_vendor(const knowledge_t *knowledge, const char *id)
{
    return find_id(knowledge->vendors, knowledge->vendor_count, sizeof *knowledge->vendors, id);
}

const jurisdiction_t *knowledge_jurisdiction(const knowledge_t *knowledge, const char *id)
{
    return find_id(knowledge->jurisdictions, knowledge->jurisdiction_count, sizeof *knowledge->jurisdictions, id);
}

const list_entry_t *list_entry_of(const restriction_list_t *list, const vendor_t *vendor)
{
    const list_entry_t *best = NULL;
    for (size_t i = 0; i < list->entry_count; i++) {
        const list_entry_t *entry = &list->entries[i];
        bool                named = entry->vendor != NULL && strcmp(entry->vendor, vendor->id) == 0;
        if (!named && (entry->group == NULL || vendor->group == NULL || strcmp(entry->group, vendor->group) != 0))
            continue;
        if (best == NULL || entry->status < best->status || (entry->status == best->status && best->vendor == NULL && named))
            best = entry;
    }
    return best;
}

status_t knowledge_load(const char *data, arena_t *arena, knowledge_t *knowledge, const char **why)
{
    knowledge_t  k          = {0};
    complaints_t complaints = {.arena = arena};
    const char  *wrong      = NULL;
    if (knowledge_read(data, arena, &k, &complaints, &wrong)) {
        if (complaints.count == 0)
            knowledge_check_names(&k, data, &complaints);
        wrong = complaints.first;
    }
    if (wrong != NULL) {
        *why = wrong;
        return status_fail(STATUS_INVALID, "knowledge base", 0, "the knowledge base is wrong");
    }
    *knowledge = k;
    return ok();
}
