/* All pages of a YAFFS, read once, sorted by object, and for each object the header that counts. */
#include "extractors/yaffs.h"

#include "base/grow.h"

#include <stdlib.h>

enum { INVALID_IN_A_ROW_MAX = 128 };

uint64_t yaffs_find_end(span_t image, const yaffs_layout_t *l)
{
    uint64_t stride = yaffs_stride(l), end = 0, invalid = 0;
    for (uint64_t at = 0; invalid < INVALID_IN_A_ROW_MAX && span_holds(image, at, stride); at += stride) {
        yaffs_tags_t tags;
        yaffs_page_t page = yaffs_read_tags(image, l, at, &tags);
        invalid           = page == YAFFS_PAGE_INVALID ? invalid + 1 : 0;
        if (page == YAFFS_PAGE_USED || page == YAFFS_PAGE_CHECKPOINT)
            end = at + stride;
    }
    return end;
}

static bool add_chunk(yaffs_t *fs, const yaffs_tags_t *tags, uint64_t at)
{
    if (!grow((void **)&fs->chunks, fs->chunk_count, &fs->chunk_capacity, sizeof *fs->chunks))
        return false;
    uint64_t time = (uint64_t)tags->sequence << 32 | at / yaffs_stride(&fs->layout);
    if (time > fs->newest)
        fs->newest = time;
    fs->chunks[fs->chunk_count++] = (yaffs_chunk_t){tags->object, tags->chunk, tags->bytes, time, at, tags->serial, tags->deleted, tags->shrink};
    return true;
}

/* A neighbouring run of pages is one damage. */
static void tell_invalid(yaffs_t *fs, uint64_t from, uint64_t to)
{
    if (to > from)
        sink_damage(fs->sink, from, to - from, "the tags of these pages cannot be read: to which object they belong is not known");
    fs->cut = fs->cut || to > from;
}

static bool read_pages(yaffs_t *fs)
{
    uint64_t stride = yaffs_stride(&fs->layout), invalid_from = 0, at;
    bool     invalid = false;
    for (at = 0; at < fs->end; at += stride) {
        yaffs_tags_t   tags;
        yaffs_header_t header;
        yaffs_page_t   page = yaffs_read_tags(fs->image, &fs->layout, at, &tags);
        bool         names = page == YAFFS_PAGE_USED && tags.chunk == 0 && tags.object >= YAFFS_FIRST_ORDINARY;
        if (names && !yaffs_read_header(fs->image, fs->layout.big, at, &header)) {
            sink_damage(fs->sink, at, YAFFS_HEADER, "an object header that cannot be read");
            fs->cut = true;
            continue;
        }
        if (page == YAFFS_PAGE_INVALID && !invalid)
            invalid_from = at;
        else if (page != YAFFS_PAGE_INVALID && invalid)
            tell_invalid(fs, invalid_from, at);
        invalid = page == YAFFS_PAGE_INVALID;
        fs->pages += page == YAFFS_PAGE_USED;
        fs->checkpoints += page == YAFFS_PAGE_CHECKPOINT;
        fs->invalid += page == YAFFS_PAGE_INVALID;
        fs->corrected += page == YAFFS_PAGE_USED && tags.corrected;
        if (page == YAFFS_PAGE_USED && !add_chunk(fs, &tags, at))
            return false;
    }
    if (invalid)
        tell_invalid(fs, invalid_from, at);
    return true;
}

/* ---- order ---- */

#define ORDER(x, y) (((x) > (y)) - ((x) < (y)))

/* Newest first. */
static int by_object(const void *a, const void *b)
{
    const yaffs_chunk_t *x = a, *y = b;
    int                  order = ORDER(x->object, y->object);
    order = order != 0 ? order : ORDER(x->chunk, y->chunk);
    return order != 0 ? order : ORDER(y->time, x->time);
}

static bool is_graveyard(uint32_t parent) { return parent == YAFFS_UNLINKED || parent == YAFFS_DELETED; }

/* YAFFS1 numbers writes of the same chunk modulo four, and has no other order: brings the latest of the live ones to the front. */
static void order_by_serial(yaffs_chunk_t *same, size_t count)
{
    size_t best = SIZE_MAX;
    for (size_t i = count; i > 0; i--)
        if (!same[i - 1].deleted && (best == SIZE_MAX || ((same[best].serial + 1) & 3) == same[i - 1].serial))
            best = i - 1;
    if (best == SIZE_MAX || best == 0)
        return;
    yaffs_chunk_t front = same[0];
    front.time          = same[best].time;
    same[best].time     = same[0].time;
    same[0]             = same[best];
    same[best]          = front;
}

static void order_all_by_serial(yaffs_t *fs)
{
    for (size_t first = 0, next; first < fs->chunk_count; first = next) {
        const yaffs_chunk_t *chunk = &fs->chunks[first];
        for (next = first + 1; next < fs->chunk_count && fs->chunks[next].object == chunk->object && fs->chunks[next].chunk == chunk->chunk; next++)
            ;
        if (next - first > 1)
            order_by_serial(&fs->chunks[first], next - first);
    }
}

static void choose_header(const yaffs_t *fs, yaffs_object_t *object)
{
    object->header = object->buried = SIZE_MAX;
    for (size_t i = object->first; i < object->first + object->headers; i++) {
        yaffs_header_t header;
        if (!yaffs_header_of(fs, i, &header))
            continue;
        if (!fs->chunks[i].deleted && object->header == SIZE_MAX) {
            object->header  = i;
            object->parent  = header.parent;
            object->deleted = is_graveyard(header.parent);
        }
        if (!is_graveyard(header.parent) && (fs->chunks[i].deleted || object->deleted)) {
            object->buried = i;
            break;
        }
        if (object->header != SIZE_MAX && !object->deleted)
            break;
    }
    /* YAFFS1 marks the pages of what is deleted. */
    object->deleted = object->deleted || (object->header == SIZE_MAX && object->buried != SIZE_MAX);
}

static bool index_objects(yaffs_t *fs)
{
    for (size_t first = 0, next; first < fs->chunk_count; first = next) {
        yaffs_object_t object = {.id = fs->chunks[first].object, .first = first};
        for (next = first; next < fs->chunk_count && fs->chunks[next].object == object.id; next++)
            object.headers += fs->chunks[next].chunk == 0;
        object.count = next - first;
        choose_header(fs, &object);
        if (!grow((void **)&fs->objects, fs->object_count, &fs->object_capacity, sizeof *fs->objects))
            return false;
        fs->objects[fs->object_count++] = object;
    }
    return true;
}

static int by_parent(const void *a, const void *b, void *context)
{
    const yaffs_object_t *objects = context, *x = &objects[*(const size_t *)a], *y = &objects[*(const size_t *)b];
    return x->parent != y->parent ? ORDER(x->parent, y->parent) : ORDER(x->id, y->id);
}

bool yaffs_read_log(yaffs_t *fs)
{
    fs->end = yaffs_find_end(fs->image, &fs->layout);
    if (!read_pages(fs))
        return false;
    if (fs->chunk_count > 1)
        qsort(fs->chunks, fs->chunk_count, sizeof *fs->chunks, by_object);
    if (fs->layout.form != YAFFS2_TAGS)
        order_all_by_serial(fs);
    if (!index_objects(fs) || (fs->object_count > 0 && (fs->children = calloc(fs->object_count, sizeof *fs->children)) == NULL))
        return false;
    for (size_t i = 0; i < fs->object_count; i++)
        if (fs->objects[i].parent != 0 && !fs->objects[i].deleted && fs->objects[i].id != YAFFS_ROOT)
            fs->children[fs->child_count++] = i;
    if (fs->child_count > 1)
        qsort_r(fs->children, fs->child_count, sizeof *fs->children, by_parent, fs->objects);
    return true;
}

void yaffs_free_log(yaffs_t *fs)
{
    free(fs->chunks);
    free(fs->objects);
    free(fs->children);
    buffer_free(&fs->xattr_names);
}

/* ---- questions ---- */

const yaffs_object_t *yaffs_object(const yaffs_t *fs, uint32_t id)
{
    size_t low = 0, high = fs->object_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (fs->objects[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < fs->object_count && fs->objects[low].id == id ? &fs->objects[low] : NULL;
}

size_t yaffs_first_child(const yaffs_t *fs, uint32_t parent)
{
    size_t low = 0, high = fs->child_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (fs->objects[fs->children[middle]].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool yaffs_header_of(const yaffs_t *fs, size_t chunk, yaffs_header_t *header)
{
    return chunk < fs->chunk_count && yaffs_read_header(fs->image, fs->layout.big, fs->chunks[chunk].at, header);
}
