/* Volumes of UBI: which copy of an erase block counts, the volume table, and contents. The rules are those by which Linux attaches
 * (drivers/mtd/ubi/attach.c): the higher sequence number wins, unless that is a copy made by wear-levelling whose data does not agree
 * with its own CRC, since then the copying was interrupted. */
#include "extractors/ubi.h"

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

#define DATA_CRC "the data of this block does not agree with its CRC"

/* ---- copies ---- */

typedef struct { uint64_t volume_lnum, sqnum; uint32_t index; } ordered_t;

static int by_place(const void *a, const void *b)
{
    const ordered_t *x = a, *y = b;
    if (x->volume_lnum != y->volume_lnum)
        return x->volume_lnum < y->volume_lnum ? -1 : 1;
    if (x->sqnum != y->sqnum)
        return x->sqnum > y->sqnum ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool data_is_sound(const ubi_t *ubi, size_t index)
{
    const ubi_vid_t *vid = &ubi->pebs[index].vid;
    span_t           data = span_sub(ubi->image, ubi_data_at(ubi, index), vid->data_size);
    return vid->data_size <= ubi->leb_size && data.at != NULL && ubi_crc(data) == vid->data_crc;
}

static bool same_leb(const ubi_t *ubi, size_t a, size_t b)
{
    const ubi_vid_t *x = &ubi->pebs[ubi->order[a]].vid, *y = &ubi->pebs[ubi->order[b]].vid;
    return x->volume == y->volume && x->lnum == y->lnum;
}

/* One of the copies in order[from, to), the newest first. */
static void choose_one(ubi_t *ubi, size_t from, size_t to)
{
    size_t chosen = from;
    while (chosen + 1 < to && ubi->pebs[ubi->order[chosen]].vid.copy && !data_is_sound(ubi, ubi->order[chosen]))
        chosen++;
    ubi_peb_t *peb = &ubi->pebs[ubi->order[chosen]];
    peb->current   = true;
    if (chosen > from)
        sink_note(ubi->sink, ubi_data_at(ubi, ubi->order[from]), "an interrupted copy of a block: the older one counts");
    if (chosen + 1 < to && ubi->pebs[ubi->order[chosen + 1]].vid.sqnum == peb->vid.sqnum)
        sink_damage(ubi->sink, ubi_data_at(ubi, ubi->order[chosen + 1]), 0,
                    "two blocks are the same logical block with the same sequence number: the first was taken");
}

bool ubi_choose_copies(ubi_t *ubi)
{
    ordered_t *list = calloc(ubi->count + 1, sizeof *list);
    ubi->order      = calloc(ubi->count + 1, sizeof *ubi->order);
    if (list == NULL || ubi->order == NULL) {
        free(list);
        return false;
    }
    for (size_t i = 0; i < ubi->count; i++)
        if (ubi->pebs[i].state == UBI_PEB_USED)
            list[ubi->ordered++] = (ordered_t){(uint64_t)ubi->pebs[i].vid.volume << 32 | ubi->pebs[i].vid.lnum, ubi->pebs[i].vid.sqnum, (uint32_t)i};
    qsort(list, ubi->ordered, sizeof *list, by_place);
    for (size_t i = 0; i < ubi->ordered; i++)
        ubi->order[i] = list[i].index;
    free(list);
    for (size_t from = 0, to; from < ubi->ordered; from = to) {
        for (to = from + 1; to < ubi->ordered && same_leb(ubi, from, to); to++)
            ;
        choose_one(ubi, from, to);
    }
    return true;
}

size_t ubi_blocks_of(const ubi_t *ubi, uint32_t volume, size_t *count)
{
    size_t low = 0, high = ubi->ordered;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ubi->pebs[ubi->order[middle]].vid.volume < volume)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < ubi->ordered && ubi->pebs[ubi->order[low + *count]].vid.volume == volume; ++*count)
        ;
    return low;
}

/* ---- the volume table ---- */

/* False: its CRC does not agree. */
static bool read_record(span_t bytes, ubi_record_t *record)
{
    reader_t r = reader_from(bytes);
    *record    = (ubi_record_t){.reserved_pebs = read_be32(&r)};
    record->alignment     = read_be32(&r);
    record->data_pad      = read_be32(&r);
    record->type          = read_u8(&r);
    record->update_marker = read_u8(&r) != 0;
    record->name_size     = min_u64(read_be16(&r), UBI_NAME_MAX);
    span_t name           = read_span(&r, UBI_NAME_MAX + 1);
    record->flags         = read_u8(&r);
    reader_skip(&r, 23);
    uint32_t crc = read_be32(&r);
    if (!reader_ok(&r) || crc != ubi_crc(span_sub(bytes, 0, UBI_RECORD - 4)))
        return false;
    memcpy(record->name, name.at, record->name_size);
    record->used = record->reserved_pebs != 0;
    return true;
}

void ubi_read_table(ubi_t *ubi)
{
    const uint8_t *held[UBI_VOLUMES] = {NULL}; /* the record that counts */
    bool           differs           = false;
    size_t         count, from = ubi_blocks_of(ubi, UBI_LAYOUT_VOLUME, &count), records = (size_t)min_u64(UBI_VOLUMES, ubi->leb_size / UBI_RECORD);
    for (size_t i = from; i < from + count; i++) {
        size_t peb = ubi->order[i];
        if (!ubi->pebs[peb].current || ubi->pebs[peb].vid.lnum > 1)
            continue;
        size_t bad = 0;
        for (size_t id = 0; id < records; id++) {
            ubi_record_t record;
            span_t       raw = span_clip(ubi_data(ubi, peb), id * UBI_RECORD, UBI_RECORD);
            if (!read_record(raw, &record)) {
                bad++;
            } else if (held[id] == NULL) {
                ubi->table[id] = record;
                held[id]       = raw.at;
            } else {
                differs = differs || memcmp(held[id], raw.at, UBI_RECORD) != 0;
            }
        }
        ubi->table_found = ubi->table_found || bad < records;
        sink_claim(ubi->sink, ubi_data_at(ubi, peb), min_u64(records * UBI_RECORD, ubi_data(ubi, peb).size), REGION_STRUCTURE);
        if (bad > 0)
            sink_damage(ubi->sink, ubi_data_at(ubi, peb), records * UBI_RECORD,
                        "records of this copy of the volume table do not agree with their CRC");
    }
    if (!ubi->table_found)
        sink_damage(ubi->sink, 0, 0, "no volume table can be read: volumes are named by their numbers");
    if (differs)
        sink_note(ubi->sink, 0, "the two copies of the volume table differ: the first was taken");
}

/* ---- contents ---- */

/* What stands for `count` logical blocks that are mapped nowhere. False: it would be out of proportion, and the content ends here. */
static bool fill(ubi_t *ubi, child_t *child, uint64_t count, uint64_t usable, status_t *status)
{
    uint64_t length;
    if (!checked_mul(count, ubi->leb_size, &length) || length > ubi->fill_budget) {
        child_limit(child, "ratio", "a gap of blocks that are not mapped, out of proportion to the image: what is behind it was not written");
        return false;
    }
    ubi->fill_budget -= length;
    for (; count > 0 && status_ok(*status); count--)
        *status = child_write(child, span_from(ubi->erased, (size_t)usable), 0, 0);
    return status_ok(*status);
}

typedef struct { uint32_t id; const ubi_record_t *record; size_t from, count; } volume_t;

static uint64_t usable_size(const ubi_t *ubi, const ubi_vid_t *vid)
{
    return vid->data_pad < ubi->leb_size ? ubi->leb_size - vid->data_pad : ubi->leb_size;
}

static status_t write_block(ubi_t *ubi, child_t *child, size_t peb, const ubi_vid_t *vid, uint64_t usable)
{
    uint64_t at = ubi_data_at(ubi, peb), wanted = usable;
    if (vid->type == UBI_STATIC) {
        if (vid->data_size > usable)
            child_damage(child, at, 0, "more data than a block can hold");
        wanted = min_u64(vid->data_size, usable);
        if (!data_is_sound(ubi, peb))
            child_damage(child, at, wanted, DATA_CRC);
    } else if (vid->copy && !data_is_sound(ubi, peb)) {
        child_damage(child, at, vid->data_size, DATA_CRC);
    }
    span_t data = span_clip(ubi->image, at, wanted);
    if (data.size < wanted)
        child_damage(child, at, data.size, "the image ends inside this block");
    return child_write(child, data, at, data.size);
}

static status_t write_volume(ubi_t *ubi, child_t *child, const volume_t *v)
{
    status_t status = ok();
    uint64_t next = 0, used_ebs = 0, missing = 0;
    bool     is_static = false;
    for (size_t i = v->from; i < v->from + v->count && status_ok(status); i++) {
        size_t           peb = ubi->order[i];
        const ubi_vid_t *vid = &ubi->pebs[peb].vid;
        if (!ubi->pebs[peb].current)
            continue;
        uint64_t usable = usable_size(ubi, vid);
        is_static       = is_static || vid->type == UBI_STATIC;
        used_ebs        = vid->type == UBI_STATIC ? max_u64(used_ebs, vid->used_ebs) : used_ebs;
        missing += is_static ? vid->lnum - next : 0;
        if (!fill(ubi, child, vid->lnum - next, usable, &status))
            return status;
        status = write_block(ubi, child, peb, vid, usable);
        next   = (uint64_t)vid->lnum + 1;
    }
    if (is_static && (missing > 0 || next < used_ebs))
        child_damage(child, 0, 0, "blocks of this static volume are missing");
    else if (!is_static && ubi->cut && v->record != NULL && next < v->record->reserved_pebs)
        child_damage(child, ubi->image.size, 0, "the image is cut: blocks of this volume may be missing");
    return status;
}

/* ---- one volume ---- */

/* A separator in a name becomes %2F: a volume is not a directory. */
static void append_name(buffer_t *path, span_t name)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] == '/')
            buffer_append_text(path, "%2F");
        else
            buffer_append_byte(path, name.at[i]);
}

static bool name_is_taken(const ubi_t *ubi, uint32_t id)
{
    const ubi_record_t *own = &ubi->table[id];
    for (uint32_t i = 0; i < id; i++)
        if (ubi->table[i].used && span_equal(span_from(ubi->table[i].name, ubi->table[i].name_size), span_from(own->name, own->name_size)))
            return true;
    return false;
}

static void append_volume_name(const ubi_t *ubi, buffer_t *path, uint32_t id)
{
    const ubi_record_t *record = id < UBI_VOLUMES && ubi->table[id].used && ubi->table[id].name_size > 0 ? &ubi->table[id] : NULL;
    if (record != NULL)
        append_name(path, span_from(record->name, record->name_size));
    if (record == NULL || name_is_taken(ubi, id))
        buffer_printf(path, "%svolume-%u", record != NULL ? "." : "", id);
}

static void tell_volume(const ubi_t *ubi, const volume_t *v)
{
    char     key[32], name[3 * UBI_NAME_MAX + 1];
    buffer_t text = {0};
    size_t   blocks = 0;
    bool     is_static = v->record != NULL ? v->record->type == UBI_STATIC : ubi->pebs[ubi->order[v->from]].vid.type == UBI_STATIC;
    for (size_t i = v->from; i < v->from + v->count; i++)
        blocks += ubi->pebs[ubi->order[i]].current;
    append_volume_name(ubi, &text, v->id);
    (void)snprintf(key, sizeof key, "ubi.volume.%u", v->id);
    (void)snprintf(name, sizeof name, "%.*s", (int)text.size, text.at != NULL ? (const char *)text.at : "");
    buffer_free(&text);
    if (v->record == NULL)
        sink_fact_printf(ubi->sink, key, "%s: %s, %zu blocks, not in the volume table", name, is_static ? "static" : "dynamic", blocks);
    else
        sink_fact_printf(ubi->sink, key, "%s: %s, %zu of %u blocks, alignment %u%s%s", name, is_static ? "static" : "dynamic", blocks,
                         v->record->reserved_pebs, v->record->alignment, (v->record->flags & 1) != 0 ? ", autoresize" : "",
                         v->record->update_marker ? ", update not finished" : "");
}

static status_t show_volume(ubi_t *ubi, const volume_t *v)
{
    buffer_t path = {0};
    append_volume_name(ubi, &path, v->id);
    tell_volume(ubi, v);
    status_t status = path.failed ? status_fail(STATUS_MEMORY, "ubi", 0, "out of memory") : ok();
    child_t *child  = status_ok(status) ? sink_child(ubi->sink, &(child_info_t){.path = buffer_span(&path), .type = CHILD_PAYLOAD}) : NULL;
    if (child != NULL) {
        if (v->record != NULL && v->record->update_marker)
            child_damage(child, 0, 0, "an update of this volume was begun and not finished");
        if (v->record == NULL && ubi->table_found)
            child_damage(child, ubi_data_at(ubi, ubi->order[v->from]), 0, "the volume table does not know this volume");
        status = write_volume(ubi, child, v);
        sink_end_child(ubi->sink);
    } else if (status_ok(status)) {
        status = status_fail(STATUS_LIMIT, "ubi", 0, "a limit was reached");
    }
    buffer_free(&path);
    return status;
}

/* ---- copies that do not count, in lab mode ---- */

static status_t show_old_copies(ubi_t *ubi)
{
    status_t status = ok();
    for (size_t i = 0; i < ubi->ordered && status_ok(status); i++) {
        size_t           peb = ubi->order[i];
        const ubi_vid_t *vid = &ubi->pebs[peb].vid;
        if (ubi->pebs[peb].current)
            continue;
        buffer_t path = {0};
        buffer_append_text(&path, "[deleted]/");
        append_volume_name(ubi, &path, vid->volume);
        buffer_printf(&path, "/block-%u.sqnum-%llu.peb-%zu", vid->lnum, (unsigned long long)vid->sqnum, peb);
        child_t *child = path.failed ? NULL : sink_child(ubi->sink, &(child_info_t){.path = buffer_span(&path), .type = CHILD_PAYLOAD});
        if (child != NULL)
            child_range(child, ubi_data_at(ubi, peb), ubi_data(ubi, peb).size);
        else
            status = status_fail(path.failed ? STATUS_MEMORY : STATUS_LIMIT, "ubi", 0, "no further child");
        sink_end_child(ubi->sink);
        buffer_free(&path);
    }
    return status;
}

status_t ubi_show_volumes(ubi_t *ubi)
{
    status_t status = ok();
    size_t   shown  = 0;
    for (uint32_t id = 0; id < UBI_VOLUMES && status_ok(status); id++) {
        volume_t v = {.id = id, .record = ubi->table[id].used ? &ubi->table[id] : NULL};
        v.from     = ubi_blocks_of(ubi, id, &v.count);
        if (v.record == NULL && v.count == 0)
            continue;
        status = show_volume(ubi, &v);
        shown++;
    }
    /* Numbers that no volume table holds. */
    for (size_t i = 0; i < ubi->ordered && status_ok(status);) {
        volume_t v = {.id = ubi->pebs[ubi->order[i]].vid.volume};
        v.from     = ubi_blocks_of(ubi, v.id, &v.count);
        i          = v.from + v.count;
        if (v.id < UBI_VOLUMES || (v.id >= UBI_LAYOUT_VOLUME && v.id <= UBI_FASTMAP_DATA_VOLUME))
            continue;
        status = show_volume(ubi, &v);
        shown++;
    }
    if (status_ok(status) && sink_wants_deleted(ubi->sink))
        status = show_old_copies(ubi);
    sink_fact_printf(ubi->sink, "ubi.volumes", "%zu", shown);
    return status;
}
