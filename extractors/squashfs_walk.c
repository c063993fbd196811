/* The tree of a squashfs, from the root inode down in the order of the directories, which is the order in which mksquashfs writes
 * content and fragments. Links, cycles and inodes without a name are told by the references that were met. */
#include "extractors/squashfs.h"

#include <stdio.h>
#include <stdlib.h>

enum { SEEN_FIRST_CAPACITY = 256, STACK_FIRST_CAPACITY = 16, LOST_PATH_MAX = 64 };

/* reference of an inode → index of the child that shows it; open addressing, a free place has reference FREE. */
typedef struct { uint64_t reference; uint32_t child; } seen_item_t;
typedef struct { seen_item_t *items; size_t count, capacity; } seen_t;
#define FREE UINT64_MAX

typedef struct {
    squashfs_listing_t listing;
    size_t             path_size; /* of the directory's own path */
    bool               told;      /* its damage */
    uint8_t            previous[SQUASHFS_NAME_MAX];
    size_t             previous_size;
} frame_t;

typedef struct {
    squashfs_t *fs;
    uint8_t    *path; /* PATH_BYTES_MAX */
    size_t      path_size;
    frame_t    *stack;
    size_t      depth, stack_capacity;
    seen_t      seen;
    buffer_t    xattr_bytes;
    xattr_t     xattrs[XATTRS_MAX];
    uint8_t     link[SQUASHFS_LINK_MAX];
    bool        told_depth, told_path, told_lost;
    status_t    status;
} walk_t;

static void stop_without_memory(squashfs_t *fs) { fs->no_memory = fs->stopped = true; }

/* ---- what was met ---- */

static seen_item_t *seen_place(const seen_t *seen, uint64_t reference)
{
    size_t at = (size_t)(reference * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (seen->capacity - 1);
    while (seen->items[at].reference != FREE && seen->items[at].reference != reference)
        at = (at + 1) & (seen->capacity - 1);
    return &seen->items[at];
}

static bool seen_grow(seen_t *seen)
{
    seen_t more = {.capacity = seen->capacity == 0 ? SEEN_FIRST_CAPACITY : seen->capacity * 2, .count = seen->count};
    more.items  = malloc(more.capacity * sizeof *more.items);
    if (more.items == NULL)
        return false;
    for (size_t i = 0; i < more.capacity; i++)
        more.items[i] = (seen_item_t){.reference = FREE};
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->items[i].reference != FREE)
            *seen_place(&more, seen->items[i].reference) = seen->items[i];
    free(seen->items);
    *seen = more;
    return true;
}

static const seen_item_t *seen_find(const seen_t *seen, uint64_t reference)
{
    const seen_item_t *item = seen->capacity > 0 ? seen_place(seen, reference) : NULL;
    return item != NULL && item->reference == reference ? item : NULL;
}

static bool seen_add(seen_t *seen, uint64_t reference, uint32_t child)
{
    if (seen->count * 2 >= seen->capacity && !seen_grow(seen))
        return false;
    *seen_place(seen, reference) = (seen_item_t){reference, child};
    seen->count++;
    return true;
}

/* ---- one child ---- */

/* `what` is not NULL when something of it is damaged already before its content is read. */
static child_t *begin_child(walk_t *w, span_t path, const squashfs_inode_t *inode, const char **what)
{
    squashfs_t  *fs   = w->fs;
    child_info_t info = {
        .path = path, .type = inode->type, .has_mode = true, .has_owner = inode->has_owner, .has_mtime = true, .mode = inode->mode,
        .uid = inode->uid, .gid = inode->gid, .mtime = inode->mtime, .device_major = inode->device_major, .device_minor = inode->device_minor,
    };
    if (inode->type == CHILD_SYMLINK) {
        squashfs_cursor_t target = inode->tail;
        size_t            size   = (size_t)min_u64(inode->size, sizeof w->link);
        bool              read   = squashfs_read(fs, &target, w->link, size);
        info.link                = span_from(w->link, read ? size : 0);
        if (!read || size < inode->size)
            *what = read ? "the target of the link is longer than a path can be and was cut" : "the target of the link cannot be read";
    }
    if (inode->xattr != SQUASHFS_NONE) {
        if (!squashfs_read_xattrs(fs, inode->xattr, &w->xattr_bytes, w->xattrs, &info.xattr_count))
            *what = "not all extended attributes can be read";
        info.xattrs = w->xattrs;
    }
    child_t *child = fs->stopped ? NULL : sink_child(fs->sink, &info);
    if (child == NULL)
        fs->stopped = true;
    return child;
}

static void show_inode(walk_t *w, span_t path, const squashfs_inode_t *inode, const char *what)
{
    squashfs_t        *fs      = w->fs;
    const seen_item_t *earlier = seen_find(&w->seen, inode->reference);
    child_t           *child   = begin_child(w, path, inode, &what);
    if (child == NULL)
        return;
    if (what != NULL)
        child_damage(child, fs->super.inode_table + (inode->reference >> 16), 0, what);
    if (earlier != NULL) {
        if (inode->type == CHILD_FILE)
            child_same_as(child, earlier->child);
    } else {
        if (!seen_add(&w->seen, inode->reference, child_index(child)))
            stop_without_memory(fs);
        else if (inode->type == CHILD_FILE)
            w->status = squashfs_write_content(fs, inode, child);
        if (!status_ok(w->status))
            fs->stopped = true;
    }
    sink_end_child(fs->sink); /* while path, target and attributes still stand in their buffers */
}

/* A name whose inode is lost is still a fact. */
static void show_name_only(walk_t *w, const squashfs_entry_t *entry)
{
    child_t *child = sink_child(w->fs->sink, &(child_info_t){.path = span_from(w->path, w->path_size), .type = entry->type});
    if (child == NULL)
        w->fs->stopped = true;
    else
        child_damage(child, w->fs->super.inode_table + min_u64(entry->inode >> 16, UINT32_MAX), 0, "its inode cannot be read: only the name is known");
    sink_end_child(w->fs->sink);
}

/* ---- directories ---- */

static bool enter(walk_t *w, const squashfs_inode_t *directory)
{
    if (w->depth == SQUASHFS_DEPTH_MAX) {
        if (!w->told_depth)
            sink_limit(w->fs->sink, directory->listing.at, 0, "depth", "directories deeper than the limit were not entered");
        w->told_depth = true;
        return true;
    }
    if (w->depth == w->stack_capacity) {
        size_t   capacity = w->stack_capacity == 0 ? STACK_FIRST_CAPACITY : w->stack_capacity * 2;
        frame_t *stack    = realloc(w->stack, capacity * sizeof *stack);
        if (stack == NULL)
            return false;
        w->stack          = stack;
        w->stack_capacity = capacity;
    }
    frame_t *frame       = &w->stack[w->depth++];
    frame->listing       = squashfs_listing(w->fs, directory);
    frame->path_size     = w->path_size;
    frame->previous_size = 0;
    frame->told          = false;
    return true;
}

static void tell_once(walk_t *w, frame_t *frame, const char *what)
{
    if (!frame->told && !w->fs->stopped)
        sink_damage(w->fs->sink, frame->listing.at.at, 0, what);
    frame->told = true;
}

/* A component must not look like a path: a separator in it becomes %2F, the name "." %2E. ".." is left to the report, which escapes it. */
static bool push_name(walk_t *w, frame_t *frame, const squashfs_entry_t *entry)
{
    bool   dot  = entry->name_size == 1 && entry->name[0] == '.', dots = entry->name_size == 2 && memcmp(entry->name, "..", 2) == 0;
    size_t size = frame->path_size;
    if (size + 1 + 3 * entry->name_size > PATH_BYTES_MAX) {
        if (!w->told_path)
            sink_limit(w->fs->sink, frame->listing.at.at, 0, "path", "names whose path would be longer than 32768 bytes were left out");
        w->told_path = true;
        return false;
    }
    if (size > 0)
        w->path[size++] = '/';
    bool separator = false;
    for (size_t i = 0; i < entry->name_size; i++) {
        bool escape = entry->name[i] == '/' || dot;
        separator   = separator || entry->name[i] == '/';
        if (escape)
            memcpy(w->path + size, entry->name[i] == '/' ? "%2F" : "%2E", 3);
        else
            w->path[size] = entry->name[i];
        size += escape ? 3 : 1;
    }
    w->path_size = size;
    if (separator || dot || dots)
        tell_once(w, frame, "a directory holds a name that no file can have");
    return true;
}

static void check_order(walk_t *w, frame_t *frame, const squashfs_entry_t *entry)
{
    if (span_equal(span_from(frame->previous, frame->previous_size), span_from(entry->name, entry->name_size)))
        tell_once(w, frame, "a directory holds the same name twice");
    memcpy(frame->previous, entry->name, entry->name_size);
    frame->previous_size = entry->name_size;
}

/* May enter the directory it shows, which moves the stack: `frame` is not used after that. */
static void show_entry(walk_t *w, frame_t *frame, const squashfs_entry_t *entry)
{
    check_order(w, frame, entry);
    if (!push_name(w, frame, entry) || !squashfs_spend(w->fs, w->path_size))
        return;
    squashfs_inode_t inode;
    if (!squashfs_inode_at(w->fs, entry->inode, &inode)) {
        if (!w->fs->stopped)
            show_name_only(w, entry);
        return;
    }
    bool        again = inode.type == CHILD_DIRECTORY && seen_find(&w->seen, inode.reference) != NULL;
    const char *what  = again ? "a directory stands in more than one place, or inside itself: it was not entered again" : NULL;
    if (inode.type != entry->type)
        what = "the directory entry and the inode disagree about what this is";
    show_inode(w, span_from(w->path, w->path_size), &inode, what);
    if (inode.type == CHILD_DIRECTORY && !again && !w->fs->stopped && !enter(w, &inode))
        stop_without_memory(w->fs);
}

static void walk_directories(walk_t *w)
{
    while (w->depth > 0 && !w->fs->stopped) {
        frame_t         *frame = &w->stack[w->depth - 1];
        squashfs_entry_t entry;
        switch (squashfs_next_entry(w->fs, &frame->listing, &entry)) {
        case SQUASHFS_ENTRY: show_entry(w, frame, &entry); break;
        case SQUASHFS_LISTING_DAMAGED:
            frame->told = false;
            tell_once(w, frame, "a directory cannot be read to its end");
            w->depth--;
            break;
        case SQUASHFS_LISTING_END: w->depth--; break;
        }
    }
}

static void walk_root(walk_t *w)
{
    squashfs_t      *fs = w->fs;
    squashfs_inode_t root;
    if (!squashfs_inode_at(fs, fs->super.root_inode, &root) || root.type != CHILD_DIRECTORY) {
        if (!fs->stopped)
            sink_damage(fs->sink, fs->super.inode_table + min_u64(fs->super.root_inode >> 16, UINT32_MAX), 0, "the root directory cannot be read");
        return;
    }
    show_inode(w, span_from_text("."), &root, NULL);
    w->path_size = 0;
    if (!fs->stopped && !enter(w, &root))
        stop_without_memory(fs);
    walk_directories(w);
}

/* ---- inodes without a name ---- */

static void show_lost(walk_t *w, const squashfs_inode_t *inode)
{
    if (inode->type != CHILD_FILE || inode->size == 0 || seen_find(&w->seen, inode->reference) != NULL)
        return;
    if (!w->told_lost)
        sink_damage(w->fs->sink, w->fs->super.inode_table, 0, "no readable directory leads to some files: they are shown as lost+found/inode-NUMBER");
    w->told_lost = true;
    char path[LOST_PATH_MAX];
    int  size = snprintf(path, sizeof path, "lost+found/inode-%lu", (unsigned long)inode->number);
    show_inode(w, span_from(path, (size_t)size), inode, NULL);
}

/* Inodes stand one behind the other; the first that is damaged ends this, since nothing tells where the next begins. */
static void show_lost_in_sequence(walk_t *w)
{
    squashfs_t       *fs = w->fs;
    squashfs_cursor_t at = {fs->super.inode_table, 0};
    for (uint32_t i = 0; i < fs->super.inodes && !fs->stopped; i++) {
        squashfs_inode_t inode;
        if (at.at >= fs->super.directory_table || !squashfs_settle(fs, &at) || at.at >= fs->super.directory_table || !squashfs_read_inode(fs, at, &inode))
            return;
        if (fs->super.major < 3)
            inode.number = i + 1; /* numbers are not stored there, and count in this order */
        inode.reference = (at.at - fs->super.inode_table) << 16 | at.offset;
        at              = inode.tail;
        if (!squashfs_spend(fs, sizeof inode) || !squashfs_skip_tail(fs, &inode, &at))
            return;
        show_lost(w, &inode);
    }
}

/* The export table knows where each inode stands, also behind damage. */
static void show_lost_by_export_table(walk_t *w)
{
    squashfs_t *fs = w->fs;
    for (uint64_t i = 0; i < fs->exports.count && !fs->stopped; i++) {
        uint8_t          raw[8];
        squashfs_inode_t inode;
        if (!squashfs_table_entry(fs, &fs->exports, i, raw))
            return;
        reader_t r = reader_from(span_from(raw, sizeof raw));
        if (squashfs_spend(fs, sizeof inode) && squashfs_inode_at(fs, squashfs_number(fs->super.big_endian, &r, 8), &inode))
            show_lost(w, &inode);
    }
}

status_t squashfs_walk(squashfs_t *fs)
{
    walk_t *w = calloc(1, sizeof *w);
    if (w == NULL)
        return status_fail(STATUS_MEMORY, "squashfs", 0, "out of memory");
    w->fs   = fs;
    w->path = malloc(PATH_BYTES_MAX);
    if (w->path == NULL)
        stop_without_memory(fs);
    if (!fs->stopped)
        walk_root(w);
    if (!fs->stopped && w->seen.count < fs->super.inodes) {
        show_lost_in_sequence(w);
        show_lost_by_export_table(w);
    }
    sink_end_child(fs->sink);
    status_t status = fs->no_memory ? status_fail(STATUS_MEMORY, "squashfs", 0, "out of memory") : w->status;
    free(w->path);
    free(w->stack);
    free(w->seen.items);
    buffer_free(&w->xattr_bytes);
    free(w);
    return status;
}
