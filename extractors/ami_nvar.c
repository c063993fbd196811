/* Variables of AMI's firmware: entries one behind the other, each "NVAR", its length, the distance to the entry with newer data (FFFFFF: none),
 * attributes. Unless it holds data only, a GUID (or the number of one in a table that grows down from the end), and a name in ASCII or
 * UTF-16 follow; then data, then perhaps an extended header whose length stands in its last two bytes. Source: UEFITool, nvram.h. */
#include "extractors/fs_tree.h"
#include "extractors/uefi.h"

#include <stdlib.h>

enum {
    HEADER = 10, ASCII_NAME = 0x02, OWN_GUID = 0x04, DATA_ONLY = 0x08, EXTENDED = 0x10, VALID = 0x80, NO_NEXT = 0xFFFFFF, HOPS_MAX = 256,
    NAME_MAX_BYTES = 512
};

typedef struct {
    uint64_t at, size, data, data_size;
    uint32_t next;
    uint8_t  attributes;
    span_t   guid, name; /* empty in entries of data */
    unsigned guid_number;
} nvar_t;

static bool has_guid_number(const nvar_t *entry) { return (entry->attributes & (DATA_ONLY | OWN_GUID)) == 0; }

static bool read_name(span_t rest, bool ascii, span_t *name)
{
    size_t step = ascii ? 1 : 2;
    for (size_t at = 0; at + step <= rest.size && at <= NAME_MAX_BYTES; at += step)
        if (rest.at[at] == 0 && (ascii || rest.at[at + 1] == 0)) {
            *name = span_clip(rest, 0, at);
            return true;
        }
    return false;
}

static bool read_entry(span_t image, uint64_t at, nvar_t *entry)
{
    reader_t r  = reader_at(image, at + 4);
    *entry      = (nvar_t){.at = at, .size = read_le16(&r)};
    entry->next = (uint32_t)read_le(&r, 3);
    entry->attributes = read_u8(&r);
    span_t all  = span_clip(image, at, entry->size);
    if (!reader_ok(&r) || !span_has_text_at(image, at, "NVAR") || entry->size <= HEADER)
        return false;
    entry->data = HEADER;
    if ((entry->attributes & DATA_ONLY) == 0) {
        bool ascii  = (entry->attributes & ASCII_NAME) != 0;
        entry->data = HEADER + ((entry->attributes & OWN_GUID) != 0 ? UEFI_GUID : 1);
        if (all.size < entry->data || !read_name(span_from_offset(all, entry->data), ascii, &entry->name))
            return false;
        if (has_guid_number(entry))
            entry->guid_number = all.at[HEADER];
        else
            entry->guid = span_sub(all, HEADER, UEFI_GUID);
        entry->data += entry->name.size + (ascii ? 1 : 2);
    }
    entry->data_size = entry->size - entry->data;
    if ((entry->attributes & EXTENDED) != 0 && all.size == entry->size) {
        reader_t tail     = reader_at(all, entry->size - 2);
        uint64_t extended = read_le16(&tail);
        if (extended >= 3 && extended <= entry->data_size)
            entry->data_size -= extended;
    }
    entry->data += at;
    return true;
}

/* Where the chain of entries that begins at 0 ends. */
static uint64_t end_of_entries(span_t image)
{
    nvar_t   entry;
    uint64_t at = 0;
    while (at < image.size && read_entry(image, at, &entry))
        at += entry.size;
    return at;
}

static unsigned ami_nvar_probe(span_t image)
{
    nvar_t first, second;
    if (!read_entry(image, 0, &first))
        return 0;
    bool goes_on = first.size < image.size && (read_entry(image, first.size, &second) || image.at[first.size] == 0xFF);
    return 32 + (goes_on ? 24u : 0u);
}

/* The table of GUIDs stands at the end of what holds the entries, so that is all of the blob. */
static uint64_t ami_nvar_extent(span_t image) { return image.size; }

typedef struct {
    span_t   image;
    sink_t  *sink;
    uint64_t end, variables, deleted;
    uint8_t *reached; /* by the distance in another entry; one for each byte of the entries */
    buffer_t path;
    unsigned guids;   /* of the table, as far as they were asked for */
    bool     stopped;
} store_t;

/* The entry with the newest data. */
static nvar_t newest(store_t *s, const nvar_t *named)
{
    nvar_t entry = *named, next;
    for (unsigned hop = 0; hop < HOPS_MAX && entry.next != NO_NEXT && entry.next != 0; hop++) {
        uint64_t at = entry.at + entry.next;
        if (at >= s->end || !read_entry(s->image, at, &next) || (next.attributes & DATA_ONLY) == 0) {
            sink_damage(s->sink, entry.at, HEADER, "the newer data of a variable is not where the entry says");
            break;
        }
        s->reached[at] = 1;
        entry          = next;
    }
    return entry;
}

static span_t guid_of(store_t *s, const nvar_t *entry)
{
    uint64_t from_end = UEFI_GUID * ((uint64_t)entry->guid_number + 1);
    if (!has_guid_number(entry))
        return entry->guid;
    if (from_end > s->image.size || s->image.size - from_end < s->end)
        return (span_t){NULL, 0};
    s->guids = entry->guid_number + 1 > s->guids ? entry->guid_number + 1 : s->guids;
    return span_sub(s->image, s->image.size - from_end, UEFI_GUID);
}

static void put_name(store_t *s, const nvar_t *entry)
{
    char   text[UEFI_GUID_TEXT];
    span_t guid = guid_of(s, entry);
    if ((entry->attributes & ASCII_NAME) == 0)
        uefi_path_component(entry->name, &s->path);
    for (size_t i = 0; i < entry->name.size && (entry->attributes & ASCII_NAME) != 0; i++)
        buffer_append_byte(&s->path, entry->name.at[i] == '/' || entry->name.at[i] < ' ' ? '_' : entry->name.at[i]);
    uefi_guid_text(guid, text);
    if (guid.size > 0)
        buffer_printf(&s->path, "-%s", text);
}

static void show_entry(store_t *s, const nvar_t *entry, bool live)
{
    bool   named  = (entry->attributes & DATA_ONLY) == 0;
    nvar_t source = named && live ? newest(s, entry) : *entry;
    sink_claim(s->sink, entry->at, entry->data - entry->at, REGION_STRUCTURE);
    *(live ? &s->variables : &s->deleted) += 1;
    s->path.size = 0;
    if (!live)
        buffer_printf(&s->path, "%s%llX-", FS_DELETED_PATH, (unsigned long long)entry->at);
    if (named)
        put_name(s, entry);
    else
        buffer_printf(&s->path, "unnamed-%llX", (unsigned long long)entry->at);
    if (live || sink_wants_deleted(s->sink)) {
        child_t *child = s->path.failed ? NULL : sink_child(s->sink, &(child_info_t){.path = buffer_span(&s->path), .type = CHILD_FILE});
        s->stopped     = child == NULL;
        if (child == NULL)
            return;
        child_range(child, source.data, source.data_size);
        sink_end_child(s->sink);
    }
    /* extended headers, and data that newer data replaced */
    sink_claim(s->sink, entry->at, min_u64(entry->size, s->image.size - entry->at), REGION_STRUCTURE);
}

/* Named entries first: they tell which entries of data are theirs. */
static void show_entries(store_t *s, bool named)
{
    nvar_t entry;
    for (uint64_t at = 0; at < s->end && !s->stopped && read_entry(s->image, at, &entry); at += entry.size) {
        if (((entry.attributes & DATA_ONLY) == 0) != named)
            continue;
        if (!named && s->reached[at] != 0)
            sink_claim(s->sink, at, min_u64(entry.size, s->image.size - at), REGION_STRUCTURE);
        else
            show_entry(s, &entry, (entry.attributes & VALID) != 0);
    }
}

static status_t ami_nvar_extract(span_t image, sink_t *sink)
{
    store_t s = {.image = image, .sink = sink};
    if (ami_nvar_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "ami-nvar", 0, "not an entry of variables");
    s.end     = end_of_entries(image);
    s.reached = calloc(1, (size_t)min_u64(s.end, image.size) + 1);
    if (s.reached == NULL)
        return status_fail(STATUS_MEMORY, "ami-nvar", 0, "out of memory");
    if (s.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before an entry does");
    s.end = min_u64(s.end, image.size);
    if (s.end < image.size && image.at[s.end] != 0xFF && s.end % UEFI_GUID != image.size % UEFI_GUID)
        sink_damage(sink, s.end, min_u64(HEADER, image.size - s.end), "not the header of an entry");
    show_entries(&s, true);
    show_entries(&s, false);
    if (s.guids > 0)
        sink_claim(sink, image.size - UEFI_GUID * (uint64_t)s.guids, UEFI_GUID * (uint64_t)s.guids, REGION_STRUCTURE);
    sink_fact_printf(sink, "ami-nvar.variables", "%llu", (unsigned long long)s.variables);
    sink_fact_printf(sink, "ami-nvar.deleted", "%llu", (unsigned long long)s.deleted);
    free(s.reached);
    buffer_free(&s.path);
    return ok();
}

static const magic_t magics[] = {MAGIC("NVAR", 0)};

const extractor_t ami_nvar_extractor = {
    .id = "ami-nvar", .name = "AMI variables (NVAR)", .specification = "UEFITool, common/nvram.h", .reach = REACH_EXTRACT, .only_at_start = true,
    .magics = magics, .magic_count = 1, .probe = ami_nvar_probe, .extent = ami_nvar_extent, .extract = ami_nvar_extract,
};
