/* The tree of a YAFFS: objects below the root, those whose directory is lost, and for who asks those that were deleted. */
#include "extractors/yaffs.h"

#include <stdlib.h>

enum { CLIMB_MAX = 64 };

/* An object as it was before it was deleted. */
#define BURIED (UINT64_C(1) << 32)

/* The header that counts for this number. */
static bool header_of(const yaffs_t *fs, const yaffs_object_t *object, uint64_t number, yaffs_header_t *header)
{
    return object != NULL && yaffs_header_of(fs, (number & BURIED) != 0 && object->buried != SIZE_MAX ? object->buried : object->header, header);
}

/* ---- extended attributes ---- */

/* Behind the header in its chunk: size of the entry with these four bytes, name, NUL, value; a size that cannot be ends them. */
static void read_xattrs(yaffs_t *fs, uint64_t header_at, child_info_t *info)
{
    span_t   area = span_sub(fs->image, header_at + YAFFS_HEADER, fs->layout.data - YAFFS_HEADER);
    reader_t r    = reader_from(area);
    info->xattrs  = fs->xattrs;
    while (info->xattr_count < XATTRS_MAX && reader_left(&r) > 4) {
        uint32_t size  = fs->layout.big ? read_be32(&r) : read_le32(&r);
        span_t   entry = size > 4 && size <= INT32_MAX ? read_span(&r, size - 4) : (span_t){NULL, 0};
        const uint8_t *end = entry.at != NULL ? memchr(entry.at, 0, entry.size) : NULL;
        if (end == NULL || end == entry.at)
            return;
        size_t name                       = (size_t)(end - entry.at);
        fs->xattrs[info->xattr_count++] = (xattr_t){.name = span_from(entry.at, name), .value = span_from_offset(entry, name + 1)};
    }
}

/* ---- what fs_tree asks ---- */

static child_type_t type_of(const yaffs_header_t *header)
{
    switch (header->type) {
    case YAFFS_DIRECTORY: return CHILD_DIRECTORY;
    case YAFFS_SYMLINK: return CHILD_SYMLINK;
    case YAFFS_SPECIAL: return fs_type_of_mode(header->mode);
    default: return CHILD_FILE;
    }
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    yaffs_t              *fs     = context;
    uint32_t              id     = (uint32_t)number;
    const yaffs_object_t *object = yaffs_object(fs, id);
    yaffs_header_t        header;
    if (!header_of(fs, object, number, &header)) {
        /* YAFFS makes these two itself; of another object only its content is left. */
        info->type = id == YAFFS_ROOT || id == YAFFS_LOST ? CHILD_DIRECTORY : CHILD_FILE;
        if (info->type == CHILD_FILE)
            *damage = (fs_damage_t){object != NULL ? fs->chunks[object->first].at : 0, 0, "its object header is missing"};
        return info->type == CHILD_DIRECTORY || object != NULL;
    }
    size_t chunk = (number & BURIED) != 0 && object->buried != SIZE_MAX ? object->buried : object->header;
    info->type   = type_of(&header);
    fs_set_attributes(info, header.mode, header.uid, header.gid, header.mtime);
    info->link = info->type == CHILD_SYMLINK ? header.alias : (span_t){NULL, 0};
    if (header.type == YAFFS_SPECIAL)
        fs_set_device(info, header.device);
    if (header.type == YAFFS_HARDLINK)
        *damage = (fs_damage_t){fs->chunks[chunk].at, YAFFS_HEADER, "a hard link to an object that is not there"};
    read_xattrs(fs, fs->chunks[chunk].at, info);
    return true;
}

/* A hard link is an object of its own that names another; a chain of them is not followed. */
static uint32_t target_of(const yaffs_t *fs, const yaffs_object_t *object)
{
    yaffs_header_t header, other;
    if (!header_of(fs, object, 0, &header) || header.type != YAFFS_HARDLINK)
        return object->id;
    const yaffs_object_t *target = yaffs_object(fs, header.equivalent);
    return header_of(fs, target, 0, &other) && other.type != YAFFS_HARDLINK && other.type != YAFFS_DIRECTORY ? target->id : object->id;
}

static void list_directory(void *context, uint64_t number, fs_tree_t *tree)
{
    const yaffs_t *fs   = context;
    uint32_t       id   = (uint32_t)number;
    bool           lost = false;
    for (size_t i = yaffs_first_child(fs, id); i < fs->child_count && fs->objects[fs->children[i]].parent == id; i++) {
        const yaffs_object_t *object = &fs->objects[fs->children[i]];
        yaffs_header_t        header;
        lost = lost || object->id == YAFFS_LOST;
        if (yaffs_header_of(fs, object->header, &header) && !fs_tree_entry(tree, header.name, target_of(fs, object)))
            return;
    }
    size_t first = yaffs_first_child(fs, YAFFS_LOST);
    if (id == YAFFS_ROOT && !lost && first < fs->child_count && fs->objects[fs->children[first]].parent == YAFFS_LOST)
        (void)fs_tree_entry(tree, span_from_text("lost+found"), YAFFS_LOST);
}

/* ---- content ---- */

/* Headers of one object that cut it, and for each how short the file was made by it or by a later one. */
typedef struct { uint64_t time, size; } cut_t;

static size_t find_cuts(const yaffs_t *fs, const yaffs_object_t *object, cut_t *cuts)
{
    size_t   count = 0;
    uint64_t least = UINT64_MAX;
    for (size_t i = object->first; i < object->first + object->headers; i++) {
        yaffs_header_t header;
        if (!yaffs_header_of(fs, i, &header) || fs->chunks[i].deleted || !(header.shrink || fs->chunks[i].shrink))
            continue;
        least         = min_u64(least, header.size);
        cuts[count++] = (cut_t){fs->chunks[i].time, least};
    }
    return count;
}

/* Was what stands at `at` cut away after it was written? Cuts stand newest first. */
static bool was_cut(const cut_t *cuts, size_t count, uint64_t time, uint64_t at)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cuts[middle].time > time)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && at >= cuts[low - 1].size;
}

typedef struct { const yaffs_t *fs; const yaffs_object_t *object; const cut_t *cuts; size_t cut_count; bool buried; } file_t;

/* The chunk that counts among those of the same number, which begin at `i`; `*next` is where the following number begins. */
static const yaffs_chunk_t *chunk_at(const file_t *f, size_t i, size_t *next)
{
    const yaffs_chunk_t *chunks = f->fs->chunks, *found = NULL;
    uint32_t             number = chunks[i].chunk;
    size_t               end    = f->object->first + f->object->count;
    for (; i < end && chunks[i].chunk == number; i++)
        if (found == NULL && (f->buried || !chunks[i].deleted) &&
            (f->buried || !was_cut(f->cuts, f->cut_count, chunks[i].time, (uint64_t)(number - 1) * f->fs->layout.data)))
            found = &chunks[i];
    *next = i;
    return found;
}

/* The file ends where its header says, or where something was written after that header. */
static uint64_t size_of(const file_t *f, uint64_t header_size, uint64_t header_time)
{
    uint64_t size = header_size;
    for (size_t i = f->object->first + f->object->headers, next; i < f->object->first + f->object->count; i = next) {
        const yaffs_chunk_t *chunk = chunk_at(f, i, &next);
        if (chunk != NULL && (chunk->time > header_time || f->buried) && f->fs->layout.form == YAFFS2_TAGS)
            size = max_u64(size, (uint64_t)(chunk->chunk - 1) * f->fs->layout.data + chunk->bytes);
    }
    return size;
}

static void write_chunks(const file_t *f, fs_content_t *content)
{
    const yaffs_t *fs = f->fs;
    for (size_t i = f->object->first + f->object->headers, next; i < f->object->first + f->object->count && !fs_content_full(content); i = next) {
        const yaffs_chunk_t *chunk = chunk_at(f, i, &next);
        uint64_t             at    = chunk != NULL ? (uint64_t)(chunk->chunk - 1) * fs->layout.data : 0;
        if (chunk == NULL || at < content->done)
            continue;
        if (at > content->done && fs->cut)
            fs_content_lost(content, chunk->at, 0, at - content->done, "chunks of this file are missing, and some pages cannot be read");
        else if (at > content->done)
            fs_content_hole(content, at - content->done);
        fs_content_run(content, chunk->at, min_u64(chunk->bytes, fs->layout.data));
    }
}

static status_t write_file(void *context, uint64_t number, child_t *child)
{
    yaffs_t              *fs     = context;
    const yaffs_object_t *object = yaffs_object(fs, (uint32_t)number);
    yaffs_header_t        header = {.size = 0};
    bool                  named  = header_of(fs, object, number, &header);
    if (object == NULL || (named && header.type != YAFFS_FILE))
        return ok();
    cut_t *cuts = calloc(object->headers + 1, sizeof *cuts);
    if (cuts == NULL)
        return status_fail(STATUS_MEMORY, "yaffs", 0, "out of memory");
    file_t       file = {.fs = fs, .object = object, .cuts = cuts, .buried = (number & BURIED) != 0 || !named};
    file.cut_count    = find_cuts(fs, object, cuts);
    fs_content_t content;
    uint64_t     time = named ? fs->chunks[object->header != SIZE_MAX ? object->header : object->buried].time : 0;
    fs_content_begin(&content, child, fs->image, size_of(&file, header.size, time));
    write_chunks(&file, &content);
    /* An image that was cut off ends with the page that was written last, and its file has had no second header yet. */
    bool last = false;
    for (size_t i = object->first; object->headers < 2 && fs->end == fs->image.size && i < object->first + object->count && !last; i++)
        last = fs->chunks[i].time == fs->newest;
    status_t status = content.done < content.size && (fs->cut || last)
                          ? fs_content_end_lost(&content, fs->end, "the last chunks of this file are missing") : fs_content_end(&content);
    free(cuts);
    return status;
}

static const fs_operations_t operations = {.format = "yaffs", .read = read_object, .list = list_directory, .write = write_file};

/* ---- what no directory leads to ---- */

static void append_name(buffer_t *path, span_t name)
{
    bool dots = name.size > 0 && name.size <= 2 && span_is_filled_with(name, '.');
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] == '/' || dots)
            buffer_append_text(path, dots ? "%2E" : "%2F");
        else
            buffer_append_byte(path, name.at[i]);
}

static void append_own_name(const yaffs_t *fs, buffer_t *path, const yaffs_object_t *object)
{
    yaffs_header_t header;
    bool           named = header_of(fs, object, object->deleted ? BURIED : 0, &header) && header.name.size > 0 &&
                           !(object->deleted && object->buried == SIZE_MAX);
    if (named)
        append_name(path, header.name);
    else
        buffer_printf(path, "object-%u", (unsigned)object->id);
}

/* The object above; NULL at the top, or where it is lost. */
static const yaffs_object_t *above(const yaffs_t *fs, const yaffs_object_t *object)
{
    yaffs_header_t header;
    if (!header_of(fs, object, object->deleted ? BURIED : 0, &header) || header.parent == YAFFS_ROOT || header.parent == object->id)
        return NULL;
    return yaffs_object(fs, header.parent);
}

/* From below `top` down to the object. */
static void append_path(const yaffs_t *fs, buffer_t *path, const yaffs_object_t *object)
{
    const yaffs_object_t *chain[CLIMB_MAX];
    size_t                count = 0;
    for (; object != NULL && count < CLIMB_MAX; object = above(fs, object))
        chain[count++] = object;
    for (; count > 0; count--) {
        append_own_name(fs, path, chain[count - 1]);
        if (count > 1)
            buffer_append_byte(path, '/');
    }
}

static status_t show(fs_tree_t *tree, buffer_t *path, uint64_t number)
{
    return path->failed ? status_fail(STATUS_MEMORY, "yaffs", 0, "out of memory") : fs_tree_show(tree, buffer_span(path), number);
}

/* Objects in use that were not shown: their directory is missing, or they stand in themselves. The topmost first. */
static status_t show_lost(const yaffs_t *fs, fs_tree_t *tree, buffer_t *path)
{
    status_t status = ok();
    for (size_t i = 0; status_ok(status) && i < fs->object_count; i++) {
        const yaffs_object_t *object = &fs->objects[i], *top = object;
        if (object->deleted || object->id < YAFFS_FIRST_ORDINARY || fs_tree_seen(tree, target_of(fs, object)))
            continue;
        unsigned steps = 0;
        for (const yaffs_object_t *up = object; up != NULL && steps < CLIMB_MAX; up = above(fs, up), steps++)
            if (!up->deleted && up->id >= YAFFS_FIRST_ORDINARY && !fs_tree_seen(tree, up->id))
                top = up;
        path->size = 0;
        buffer_append_text(path, FS_LOST_PATH);
        append_own_name(fs, path, top);
        status = show(tree, path, top->id);
        if (status_ok(status) && top != object && !fs_tree_seen(tree, object->id)) {
            path->size = 0;
            buffer_append_text(path, FS_LOST_PATH);
            append_own_name(fs, path, object);
            status = show(tree, path, object->id);
        }
    }
    return status;
}

static status_t show_deleted(const yaffs_t *fs, fs_tree_t *tree, buffer_t *path)
{
    status_t status = ok();
    for (size_t i = 0; status_ok(status) && i < fs->object_count; i++) {
        const yaffs_object_t *object = &fs->objects[i];
        if (!object->deleted || object->id < YAFFS_FIRST_ORDINARY)
            continue;
        path->size = 0;
        buffer_append_text(path, FS_DELETED_PATH);
        append_path(fs, path, object);
        status = show(tree, path, object->id | BURIED);
    }
    return status;
}

status_t yaffs_show_tree(yaffs_t *fs)
{
    buffer_t   path = {.limit = PATH_BYTES_MAX};
    fs_tree_t *tree = fs_tree_new(fs->sink, &operations, fs);
    if (tree == NULL)
        return status_fail(STATUS_MEMORY, "yaffs", 0, "out of memory");
    status_t status = fs_tree_walk(tree, YAFFS_ROOT);
    if (status_ok(status))
        status = show_lost(fs, tree, &path);
    if (status_ok(status) && sink_wants_deleted(fs->sink))
        status = show_deleted(fs, tree, &path);
    fs_tree_free(tree);
    buffer_free(&path);
    return status;
}
