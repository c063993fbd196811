/* Stores of UEFI variables: EDK2's, with a GUID that says whether variables carry authentication, and the older "$VSS". A header with the size of
 * the store; then variables at multiples of four: 55AA, state, attributes, (count, time, key,) sizes of name and data, GUID of the vendor, name in
 * UTF-16, data. A state has a bit cleared for each step of a variable's life. Source: EDK2, MdeModulePkg/Include/Guid/VariableFormat.h;
 * UEFITool, "NVRAM storages" (for $VSS).
 *
 * Variables become files NAME-GUID, as Linux shows them. */
#include "extractors/fs_tree.h"
#include "extractors/uefi.h"

#include <stdio.h>
#include <time.h>

enum {
    STORE_HEADER = 28, VSS_HEADER = 16, PLAIN_HEADER = 32, AUTHENTICATED_HEADER = 60, FORMATTED = 0x5A, HEALTHY = 0xFE, START_ID = 0x55AA,
    ADDED = 0x3F, IN_DELETION = 0x3E, NAME_MAX_BYTES = 2048
};

static const uint8_t authenticated_guid[UEFI_GUID] = UEFI_GUID_BYTES(0xAAF32C78, 0x947B, 0x439A, 0xA1, 0x80, 0x2E, 0x14, 0x4E, 0xC3, 0x77, 0x92);
static const uint8_t plain_guid[UEFI_GUID] = UEFI_GUID_BYTES(0xDDCF3616, 0x3275, 0x4164, 0x98, 0xB6, 0xFE, 0x85, 0x70, 0x7F, 0xFE, 0x7D);

typedef struct { uint64_t header, size, variable; const char *kind; } store_t; /* `variable`: length of a variable's header */

typedef struct {
    uint64_t at, name_at, data_at, end;
    uint8_t  state;
    uint32_t attributes;
    span_t   guid, name;
    bool     has_time;
    int64_t  time;
} variable_t;

static bool read_time(reader_t *r, int64_t *seconds)
{
    struct tm tm = {.tm_year = read_le16(r) - 1900};
    tm.tm_mon    = read_u8(r) - 1;
    tm.tm_mday   = read_u8(r);
    tm.tm_hour   = read_u8(r);
    tm.tm_min    = read_u8(r);
    tm.tm_sec    = read_u8(r);
    reader_skip(r, 9);
    *seconds = 0;
    if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
        tm.tm_sec > 60)
        return false;
    *seconds = timegm(&tm);
    return true;
}

/* `stored` is the image, cut to the store. */
static bool read_variable(span_t stored, uint64_t header, uint64_t at, variable_t *v)
{
    reader_t r    = reader_at(stored, at);
    uint16_t id   = read_le16(&r);
    *v            = (variable_t){.at = at, .state = read_u8(&r)};
    reader_skip(&r, 1);
    v->attributes = read_le32(&r);
    if (header == AUTHENTICATED_HEADER) {
        reader_skip(&r, 8);
        v->has_time = read_time(&r, &v->time);
        reader_skip(&r, 4);
    }
    uint64_t name_size = read_le32(&r), data_size = read_le32(&r);
    v->guid    = read_span(&r, UEFI_GUID);
    v->name_at = r.pos;
    v->name    = read_span(&r, name_size);
    v->data_at = r.pos;
    v->end     = v->data_at + data_size;
    return reader_ok(&r) && id == START_ID && name_size >= 2 && name_size <= NAME_MAX_BYTES && name_size % 2 == 0;
}

/* $VSS does not say which header its variables have: the one whose name ends where it should. */
static uint64_t header_of_vss(span_t image)
{
    static const uint64_t headers[] = {PLAIN_HEADER, AUTHENTICATED_HEADER};
    variable_t            v;
    for (size_t i = 0; i < 2; i++)
        if (read_variable(image, headers[i], VSS_HEADER, &v) && v.name.at[v.name.size - 2] == 0 && v.name.at[v.name.size - 1] == 0)
            return headers[i];
    return PLAIN_HEADER;
}

static bool read_store(span_t image, store_t *store)
{
    bool     is_vss = span_has_text_at(image, 0, "$VSS"), authenticated = uefi_guid_is(image, authenticated_guid);
    reader_t r      = reader_at(image, is_vss ? 4 : UEFI_GUID);
    store->size     = read_le32(&r);
    uint8_t format  = read_u8(&r), state = read_u8(&r);
    if (!reader_ok(&r) || format != FORMATTED || state != HEALTHY || (!is_vss && !authenticated && !uefi_guid_is(image, plain_guid)))
        return false;
    store->header   = is_vss ? VSS_HEADER : STORE_HEADER;
    store->variable = is_vss ? header_of_vss(image) : authenticated ? AUTHENTICATED_HEADER : PLAIN_HEADER;
    store->kind     = is_vss ? "vss" : authenticated ? "edk2-authenticated" : "edk2";
    return store->size > store->header && store->size % 4 == 0;
}

static unsigned uefi_vars_probe(span_t image)
{
    store_t    store;
    variable_t first;
    if (!read_store(image, &store))
        return 0;
    if (store.header == STORE_HEADER)
        return 128 + 16;
    span_t begin = span_clip(image, store.header, 16);
    bool   empty = begin.size > 0 && span_is_filled_with(begin, 0xFF);
    return 32 + 16 + (empty || read_variable(image, store.variable, store.header, &first) ? 16 : 0);
}

static uint64_t uefi_vars_extent(span_t image)
{
    store_t store;
    return read_store(image, &store) ? min_u64(store.size, image.size) : 0;
}

typedef struct { span_t stored; sink_t *sink; buffer_t path; uint64_t live, deleted; } walk_t;

/* False: a limit was reached. */
static bool show_variable(walk_t *walk, const variable_t *v)
{
    char guid[UEFI_GUID_TEXT];
    bool live = v->state == ADDED || v->state == IN_DELETION;
    sink_claim(walk->sink, v->at, v->data_at - v->at, REGION_STRUCTURE);
    *(live ? &walk->live : &walk->deleted) += 1;
    if (!live && !sink_wants_deleted(walk->sink)) {
        sink_claim(walk->sink, v->data_at, min_u64(v->end, walk->stored.size) - v->data_at, REGION_STRUCTURE);
        return true;
    }
    uefi_guid_text(v->guid, guid);
    walk->path.size = 0;
    if (!live)
        buffer_printf(&walk->path, "%s%llX-", FS_DELETED_PATH, (unsigned long long)v->at);
    uefi_path_component(v->name, &walk->path);
    buffer_printf(&walk->path, "-%s", guid);
    if (walk->path.failed)
        return false;
    child_info_t info  = {.path = buffer_span(&walk->path), .type = CHILD_FILE, .has_mtime = v->has_time, .mtime = v->time};
    child_t     *child = sink_child(walk->sink, &info);
    if (child == NULL)
        return false;
    child_range(child, v->data_at, v->end - v->data_at);
    sink_end_child(walk->sink);
    return true;
}

/* Behind damage, the next place where a variable could begin. */
static uint64_t next_variable(span_t stored, const store_t *store, uint64_t at)
{
    variable_t v;
    for (; at < stored.size; at += 4)
        if (read_variable(stored, store->variable, at, &v) && v.end <= stored.size)
            return at;
    return stored.size;
}

static void walk_store(walk_t *walk, const store_t *store)
{
    variable_t v;
    for (uint64_t at = store->header; at < walk->stored.size;) {
        span_t rest = span_from_offset(walk->stored, at);
        if (read_variable(walk->stored, store->variable, at, &v)) {
            if (!show_variable(walk, &v))
                return;
            uint64_t end = min_u64(v.end, walk->stored.size);
            at           = min_u64(round_up(end, 4), walk->stored.size);
            sink_claim(walk->sink, end, at - end, REGION_PADDING);
            continue;
        }
        uint64_t next = next_variable(walk->stored, store, at + 4);
        if (next == walk->stored.size && rest.at[0] == 0xFF)
            return; /* free space; what else might stand there is not ours */
        sink_damage(walk->sink, at, next - at, "not the header of a variable");
        at = next;
    }
}

static status_t uefi_vars_extract(span_t image, sink_t *sink)
{
    store_t store;
    if (!read_store(image, &store))
        return status_fail(STATUS_REJECTED, "uefi-vars", 0, "not a store of variables");
    walk_t walk = {.stored = span_clip(image, 0, store.size), .sink = sink};
    sink_claim(sink, 0, store.header, REGION_STRUCTURE);
    sink_fact(sink, "uefi-vars.kind", store.kind);
    if (store.size > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the store does");
    walk_store(&walk, &store);
    sink_fact_printf(sink, "uefi-vars.variables", "%llu", (unsigned long long)walk.live);
    sink_fact_printf(sink, "uefi-vars.deleted", "%llu", (unsigned long long)walk.deleted);
    buffer_free(&walk.path);
    return ok();
}

static const magic_t magics[] = {{{authenticated_guid, UEFI_GUID}, 0}, {{plain_guid, UEFI_GUID}, 0}, MAGIC("$VSS", 0)};

const extractor_t uefi_vars_extractor = {
    .id = "uefi-vars", .name = "UEFI variables", .specification = "EDK2, MdeModulePkg/Include/Guid/VariableFormat.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 3, .probe = uefi_vars_probe, .extent = uefi_vars_extent, .extract = uefi_vars_extract,
};
