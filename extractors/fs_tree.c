#include "extractors/fs_tree.h"

#include "base/buffer.h"
#include "base/grow.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64, NAME_BYTES_MAX = 4096 };

/* number of an object → index of the child that shows it; open addressing. */
typedef struct { uint64_t number; uint32_t child; bool used; } seen_t;

/* A directory's entries, kept until they are all shown. Names stand one after another in the tree's `names`. */
typedef struct { uint64_t number; size_t name_at, name_size; } listed_t;
typedef struct { size_t next, end, names_from, path_size; bool told; } frame_t;

struct fs_tree {
    sink_t                *sink;
    const fs_operations_t *operations;
    void                  *fs;
    buffer_t               path, names;
    listed_t              *listed;
    size_t                 listed_count, listed_capacity;
    frame_t               *stack;
    size_t                 depth, stack_capacity;
    seen_t                *seen;
    size_t                 seen_count, seen_capacity;
    bool                   told_depth, told_path, no_memory;
};

fs_tree_t *fs_tree_new(sink_t *sink, const fs_operations_t *operations, void *fs)
{
    fs_tree_t *tree = calloc(1, sizeof *tree);
    if (tree != NULL)
        *tree = (fs_tree_t){.sink = sink, .operations = operations, .fs = fs};
    return tree;
}

void fs_tree_free(fs_tree_t *tree)
{
    if (tree == NULL)
        return;
    buffer_free(&tree->path);
    buffer_free(&tree->names);
    free(tree->listed);
    free(tree->stack);
    free(tree->seen);
    free(tree);
}

/* ---- what was seen ---- */

static seen_t *seen_place(seen_t *seen, size_t capacity, uint64_t number)
{
    size_t at = (size_t)(number * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (capacity - 1);
    while (seen[at].used && seen[at].number != number)
        at = (at + 1) & (capacity - 1);
    return &seen[at];
}

static const seen_t *seen_find(const fs_tree_t *tree, uint64_t number)
{
    const seen_t *found = tree->seen_capacity > 0 ? seen_place(tree->seen, tree->seen_capacity, number) : NULL;
    return found != NULL && found->used ? found : NULL;
}

static bool seen_grow(fs_tree_t *tree)
{
    size_t  capacity = tree->seen_capacity == 0 ? FIRST_CAPACITY : tree->seen_capacity * 2;
    seen_t *more     = calloc(capacity, sizeof *more);
    if (more == NULL)
        return false;
    for (size_t i = 0; i < tree->seen_capacity; i++)
        if (tree->seen[i].used)
            *seen_place(more, capacity, tree->seen[i].number) = tree->seen[i];
    free(tree->seen);
    tree->seen          = more;
    tree->seen_capacity = capacity;
    return true;
}

static bool seen_add(fs_tree_t *tree, uint64_t number, uint32_t child)
{
    if (tree->seen_count * 2 >= tree->seen_capacity && !seen_grow(tree))
        return false;
    *seen_place(tree->seen, tree->seen_capacity, number) = (seen_t){number, child, true};
    tree->seen_count++;
    return true;
}

bool fs_tree_seen(const fs_tree_t *tree, uint64_t number) { return seen_find(tree, number) != NULL; }

/* ---- directories ---- */

bool fs_tree_entry(fs_tree_t *tree, span_t name, uint64_t number)
{
    if (tree->no_memory)
        return false;
    name            = span_clip(name, 0, NAME_BYTES_MAX);
    size_t name_at  = tree->names.size;
    buffer_append(&tree->names, name);
    tree->no_memory = tree->names.failed || !grow((void **)&tree->listed, tree->listed_count, &tree->listed_capacity, sizeof *tree->listed);
    if (!tree->no_memory)
        tree->listed[tree->listed_count++] = (listed_t){number, name_at, name.size};
    return !tree->no_memory;
}

static void enter(fs_tree_t *tree, uint64_t directory)
{
    if (tree->depth == FS_DEPTH_MAX) {
        if (!tree->told_depth)
            sink_limit(tree->sink, 0, 0, "directory-depth", "directories deeper than the limit were not entered");
        tree->told_depth = true;
        return;
    }
    if (!grow((void **)&tree->stack, tree->depth, &tree->stack_capacity, sizeof *tree->stack)) {
        tree->no_memory = true;
        return;
    }
    frame_t *frame = &tree->stack[tree->depth++];
    *frame         = (frame_t){.next = tree->listed_count, .names_from = tree->names.size, .path_size = tree->path.size};
    tree->operations->list(tree->fs, directory, tree);
    frame->end = tree->listed_count;
}

static void leave(fs_tree_t *tree)
{
    const frame_t *frame = &tree->stack[--tree->depth];
    tree->names.size     = frame->names_from;
    tree->listed_count   = tree->depth > 0 ? tree->stack[tree->depth - 1].end : 0;
}

static void tell_once(fs_tree_t *tree, frame_t *frame, const char *what)
{
    if (!frame->told)
        sink_damage(tree->sink, 0, 0, what);
    frame->told = true;
}

/* The path of the entry. A component must not look like a path: a separator in it becomes %2F, the name "." %2E. ".." is left to the
 * report, which escapes it. */
static bool push_name(fs_tree_t *tree, frame_t *frame, span_t name)
{
    bool dot = name.size == 1 && name.at[0] == '.', dots = name.size == 2 && name.at[0] == '.' && name.at[1] == '.', separator = false;
    tree->path.size = frame->path_size;
    if (frame->path_size + 1 + 3 * name.size > PATH_BYTES_MAX) {
        if (!tree->told_path)
            sink_limit(tree->sink, 0, 0, "path", "names whose path would be longer than 32768 bytes were left out");
        tree->told_path = true;
        return false;
    }
    if (frame->path_size > 0)
        buffer_append_byte(&tree->path, '/');
    for (size_t i = 0; i < name.size; i++) {
        if (name.at[i] == '/' || dot)
            buffer_append_text(&tree->path, dot ? "%2E" : "%2F");
        else
            buffer_append_byte(&tree->path, name.at[i]);
        separator = separator || name.at[i] == '/';
    }
    tree->no_memory = tree->no_memory || tree->path.failed;
    if (separator || dot || dots || name.size == 0)
        tell_once(tree, frame, "a directory holds a name that no file can have");
    return !tree->no_memory;
}

/* ---- one object ---- */

/* Shows it under the path in hand. `*enterable`: a directory that was not met before. */
static status_t show(fs_tree_t *tree, uint64_t number, bool *enterable)
{
    child_info_t  info    = {.path = tree->path.size > 0 ? buffer_span(&tree->path) : span_from_text(".")};
    fs_damage_t   damage  = {.what = NULL};
    const seen_t *earlier = seen_find(tree, number);
    uint32_t      same_as = earlier != NULL ? earlier->child : NO_CHILD;
    span_t        path    = info.path;
    bool          good    = tree->operations->read(tree->fs, number, &info, &damage);
    info.path             = path;
    *enterable            = false;
    if (!good) {
        info = (child_info_t){.path = path, .type = info.type};
        if (damage.what == NULL)
            damage.what = "its inode cannot be read: only the name is known";
    } else if (info.type == CHILD_DIRECTORY && same_as != NO_CHILD) {
        damage.what = "a directory stands in more than one place, or inside itself: it was not entered again";
    }
    child_t *child = sink_child(tree->sink, &info);
    if (child == NULL)
        return status_fail(STATUS_LIMIT, tree->operations->format, 0, "a limit was reached");
    if (damage.what != NULL)
        child_damage(child, damage.offset, damage.length, damage.what);
    status_t status = ok();
    if (good && same_as == NO_CHILD && !seen_add(tree, number, child_index(child)))
        tree->no_memory = true;
    if (good && info.type == CHILD_FILE) {
        if (same_as != NO_CHILD)
            child_same_as(child, same_as);
        else
            status = tree->operations->write(tree->fs, number, child);
    }
    sink_end_child(tree->sink);
    *enterable = good && info.type == CHILD_DIRECTORY && same_as == NO_CHILD;
    if (tree->no_memory)
        status = status_fail(STATUS_MEMORY, tree->operations->format, 0, "out of memory");
    return status;
}

static status_t walk(fs_tree_t *tree, uint64_t root)
{
    bool     enterable;
    status_t status = show(tree, root, &enterable);
    if (status_ok(status) && enterable)
        enter(tree, root);
    while (status_ok(status) && tree->depth > 0 && !tree->no_memory) {
        frame_t *frame = &tree->stack[tree->depth - 1];
        if (frame->next == frame->end) {
            leave(tree);
            continue;
        }
        listed_t entry = tree->listed[frame->next++];
        if (!push_name(tree, frame, span_sub(buffer_span(&tree->names), entry.name_at, entry.name_size)))
            continue;
        status = show(tree, entry.number, &enterable);
        if (status_ok(status) && enterable)
            enter(tree, entry.number);
    }
    while (tree->depth > 0)
        leave(tree);
    return tree->no_memory ? status_fail(STATUS_MEMORY, tree->operations->format, 0, "out of memory") : status;
}

status_t fs_tree_walk(fs_tree_t *tree, uint64_t root)
{
    tree->path.size = 0;
    return walk(tree, root);
}

status_t fs_tree_show(fs_tree_t *tree, span_t path, uint64_t number)
{
    if (fs_tree_seen(tree, number))
        return ok();
    tree->path.size = 0;
    buffer_append(&tree->path, path);
    if (tree->path.failed)
        return status_fail(STATUS_MEMORY, tree->operations->format, 0, "out of memory");
    return walk(tree, number);
}

/* ---- attributes ---- */

child_type_t fs_type_of_mode(uint32_t mode)
{
    switch (mode & 0170000) {
    case 0040000: return CHILD_DIRECTORY;
    case 0120000: return CHILD_SYMLINK;
    case 0020000: return CHILD_CHAR_DEVICE;
    case 0060000: return CHILD_BLOCK_DEVICE;
    case 0010000: return CHILD_FIFO;
    case 0140000: return CHILD_SOCKET;
    default: return CHILD_FILE;
    }
}

void fs_set_attributes(child_info_t *info, uint32_t mode, uint32_t uid, uint32_t gid, int64_t mtime)
{
    info->has_mode = info->has_owner = info->has_mtime = true;
    info->mode  = mode & 07777;
    info->uid   = uid;
    info->gid   = gid;
    info->mtime = mtime;
}

void fs_set_device(child_info_t *info, uint32_t number)
{
    info->device_major = number >> 8 & 0xFFF;
    info->device_minor = (number & 0xFF) | (number >> 12 & 0xFFF00);
}
