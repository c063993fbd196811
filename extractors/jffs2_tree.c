/* The tree of a JFFS2: what is live from the root down, what has lost its name, and for who asks what is deleted or superseded. */
#include "extractors/jffs2.h"

#include <stdlib.h>

enum { CLIMB_MAX = 64, VERSIONS_OF_ONE_FILE_MAX = 16, VERSIONS_MAX = 4096, AS_OF_SHIFT = 32, DT_DIRECTORY = 4, DT_SYMLINK = 10 };

/* ---- what fs_tree asks ---- */

/* The number of an object is its inode; above it, for an earlier version of a file, the place of its last node, plus one. */
static uint64_t number_as_of(uint32_t inode, size_t node) { return (uint64_t)(node + 1) << AS_OF_SHIFT | inode; }

static const jffs2_inode_t *node_of_number(const jffs2_t *fs, uint64_t number, const jffs2_object_t *object)
{
    size_t as_of = (size_t)(number >> AS_OF_SHIFT);
    return &jffs2_inodes(fs)[as_of > 0 ? as_of - 1 : object->newest];
}

/* Device numbers stand in the data: 16 bits (8:8), or 32 bits in the kernel's newer encoding. */
static void set_device(jffs2_t *fs, child_info_t *info, const jffs2_inode_t *node)
{
    span_t   data = jffs2_plain(fs, node);
    reader_t r    = reader_from(data);
    if (data.size == 2) {
        uint16_t number    = jffs2_read16(&fs->flash, &r);
        info->device_major = number >> 8;
        info->device_minor = number & 0xFF;
    } else if (data.size == 4) {
        fs_set_device(info, jffs2_read32(&fs->flash, &r));
    }
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    jffs2_t              *fs     = context;
    const jffs2_object_t *object = jffs2_object(fs, (uint32_t)number);
    if (object == NULL) {
        /* The entry that names it still says what it was. */
        const jffs2_dirent_t *entry = jffs2_entry_of(fs, (uint32_t)number);
        uint8_t               type  = number == JFFS2_ROOT ? DT_DIRECTORY : entry != NULL ? entry->type : 0;
        info->type = type == DT_DIRECTORY ? CHILD_DIRECTORY : type == DT_SYMLINK ? CHILD_SYMLINK : CHILD_FILE;
        if (info->type != CHILD_FILE)
            *damage = (fs_damage_t){entry != NULL ? entry->offset : 0, 0, number == JFFS2_ROOT ? NULL : "its inode is missing"};
        return info->type == CHILD_DIRECTORY;
    }
    const jffs2_inode_t *newest = node_of_number(fs, number, object);
    info->type                  = fs_type_of_mode(newest->mode);
    fs_set_attributes(info, newest->mode, newest->uid, newest->gid, newest->mtime);
    info->xattr_count = jffs2_read_xattrs(fs, (uint32_t)number);
    info->xattrs      = fs->xattrs;
    if (info->type == CHILD_SYMLINK) {
        span_t link = span_clip(jffs2_plain(fs, newest), 0, sizeof fs->link);
        if (link.at == NULL)
            *damage = (fs_damage_t){newest->offset, (uint64_t)JFFS2_INODE + newest->stored, "the target of the link cannot be read"};
        else
            memcpy(fs->link, link.at, link.size);
        info->link = span_from(fs->link, link.size);
    } else if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE) {
        set_device(fs, info, newest);
    }
    return true;
}

static void list_directory(void *context, uint64_t number, fs_tree_t *tree)
{
    const jffs2_t        *fs = context;
    const jffs2_dirent_t *d  = jffs2_dirents(fs);
    for (size_t i = jffs2_first_entry(fs, (uint32_t)number); i < fs->dirent_table.count && d[i].parent == (uint32_t)number; i++)
        if (d[i].live && !fs_tree_entry(tree, d[i].name, d[i].inode))
            return;
}

static status_t write_file(void *context, uint64_t number, child_t *child)
{
    jffs2_t              *fs     = context;
    const jffs2_object_t *object = jffs2_object(fs, (uint32_t)number);
    const jffs2_inode_t  *newest = node_of_number(fs, number, object);
    jffs2_inode_t        *first  = &jffs2_inodes(fs)[object->first];
    bool                  as_of  = number >> AS_OF_SHIFT != 0;
    size_t                count  = as_of ? (size_t)(newest - first) + 1 : object->count;
    return jffs2_write_content(fs, child, first, count, newest->size, as_of || object->obsolete);
}

static const fs_operations_t operations = {.format = "jffs2", .read = read_object, .list = list_directory, .write = write_file};

/* ---- paths of what no listing leads to ---- */

typedef enum { UP_TO_ROOT, UP_TO_DELETED, UP_TO_NOTHING } climb_t;

typedef struct { const jffs2_dirent_t *entries[CLIMB_MAX]; size_t count; climb_t reached; } chain_t;

/* From an entry up, directory by directory. */
static void climb(const jffs2_t *fs, const jffs2_dirent_t *entry, chain_t *chain)
{
    *chain = (chain_t){.reached = UP_TO_ROOT};
    while (entry != NULL && chain->count < CLIMB_MAX) {
        chain->entries[chain->count++] = entry;
        if (!entry->live)
            chain->reached = UP_TO_DELETED;
        if (entry->parent == JFFS2_ROOT)
            return;
        entry = jffs2_entry_of(fs, entry->parent);
    }
    if (chain->reached != UP_TO_DELETED)
        chain->reached = UP_TO_NOTHING;
}

/* One component, as fs_tree makes them: it must not look like a path. */
static void append_name(buffer_t *path, span_t name)
{
    bool dots = name.size > 0 && name.size <= 2 && span_is_filled_with(name, '.');
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] == '/' || dots)
            buffer_append_text(path, dots ? "%2E" : "%2F");
        else
            buffer_append_byte(path, name.at[i]);
}

/* The path of the entry `index` steps up the chain. */
static void append_chain(buffer_t *path, const chain_t *chain, size_t index)
{
    const jffs2_dirent_t *top = chain->entries[chain->count - 1];
    if (top->parent != JFFS2_ROOT)
        buffer_printf(path, "inode-%u/", (unsigned)top->parent);
    for (size_t i = chain->count; i > index; i--) {
        append_name(path, chain->entries[i - 1]->name);
        if (i - 1 > index)
            buffer_append_byte(path, '/');
    }
}

static status_t show(fs_tree_t *tree, buffer_t *path, uint64_t number)
{
    return path->failed ? status_fail(STATUS_MEMORY, "jffs2", 0, "out of memory") : fs_tree_show(tree, buffer_span(path), number);
}

/* ---- what lost its name ---- */

/* Entries that count, in a directory that no entry leads to: shown from the topmost down. */
static status_t show_unreachable(const jffs2_t *fs, fs_tree_t *tree, buffer_t *path)
{
    const jffs2_dirent_t *d      = jffs2_dirents(fs);
    status_t              status = ok();
    for (size_t i = 0; status_ok(status) && i < fs->dirent_table.count; i++) {
        chain_t chain;
        if (!d[i].live || fs_tree_seen(tree, d[i].inode))
            continue;
        climb(fs, &d[i], &chain);
        if (chain.reached != UP_TO_NOTHING)
            continue;
        size_t top = chain.count - 1;
        while (top > 0 && fs_tree_seen(tree, chain.entries[top]->inode))
            top--;
        path->size = 0;
        buffer_append_text(path, FS_LOST_PATH);
        append_chain(path, &chain, top);
        status = show(tree, path, chain.entries[top]->inode);
    }
    return status;
}

static bool has_live_entry(const jffs2_t *fs, uint32_t directory)
{
    const jffs2_dirent_t *d = jffs2_dirents(fs);
    for (size_t i = jffs2_first_entry(fs, directory); i < fs->dirent_table.count && d[i].parent == directory; i++)
        if (d[i].live)
            return true;
    return false;
}

/* Inodes that no entry names. `populated`: only directories that hold something. */
static status_t show_nameless(const jffs2_t *fs, fs_tree_t *tree, buffer_t *path, const char *below, bool populated)
{
    status_t status = ok();
    for (size_t i = 0; status_ok(status) && i < fs->object_table.count; i++) {
        const jffs2_object_t *object = &jffs2_objects(fs)[i];
        if (object->inode == JFFS2_ROOT || fs_tree_seen(tree, object->inode) || jffs2_entry_of(fs, object->inode) != NULL ||
            (populated && !has_live_entry(fs, object->inode)))
            continue;
        path->size = 0;
        buffer_append_text(path, below);
        buffer_printf(path, "inode-%u", (unsigned)object->inode);
        status = show(tree, path, object->inode);
    }
    return status;
}

/* ---- what is deleted ---- */

static status_t show_deleted(const jffs2_t *fs, fs_tree_t *tree, buffer_t *path)
{
    const jffs2_dirent_t *d      = jffs2_dirents(fs);
    status_t              status = ok();
    size_t                same   = 0; /* how many entries of the same name were shown before */
    for (size_t i = 0; status_ok(status) && i < fs->dirent_table.count; i++) {
        chain_t chain;
        if (i > 0 && (d[i].parent != d[i - 1].parent || !span_equal(d[i].name, d[i - 1].name)))
            same = 0;
        if (d[i].inode == 0 || fs_tree_seen(tree, d[i].inode) || jffs2_object(fs, d[i].inode) == NULL)
            continue;
        climb(fs, &d[i], &chain);
        path->size = 0;
        buffer_append_text(path, FS_DELETED_PATH);
        append_chain(path, &chain, 0);
        if (same++ > 0)
            buffer_printf(path, "@inode-%u", (unsigned)d[i].inode);
        status = show(tree, path, d[i].inode);
    }
    return status;
}

/* After this node another pass over the file began: it was written from the front again, cut, or this was the last. */
static bool ends_a_version(const jffs2_inode_t *nodes, size_t count, size_t i)
{
    return i + 1 == count || nodes[i + 1].at <= nodes[i].at || nodes[i + 1].plain == 0 || nodes[i + 1].size < nodes[i].size;
}

static status_t show_versions_of(const jffs2_t *fs, fs_tree_t *tree, buffer_t *path, const jffs2_object_t *object, size_t *left)
{
    const jffs2_inode_t  *nodes  = &jffs2_inodes(fs)[object->first];
    const jffs2_dirent_t *entry  = jffs2_entry_of(fs, object->inode);
    bool                 *hidden = malloc(object->count);
    status_t              status = ok();
    size_t                shown  = 0;
    chain_t               chain;
    if (hidden == NULL || !jffs2_find_hidden(nodes, object->count, nodes[object->newest - object->first].size, hidden))
        status = status_fail(STATUS_MEMORY, "jffs2", 0, "out of memory");
    climb(fs, entry, &chain);
    for (size_t i = object->count; status_ok(status) && i > 0; i--) {
        if (!hidden[i - 1] || !ends_a_version(nodes, object->count, i - 1))
            continue;
        if (shown == VERSIONS_OF_ONE_FILE_MAX || *left == 0) {
            sink_limit(fs->sink, nodes[i - 1].offset, 0, "versions", "a file has more superseded versions than are shown");
            break;
        }
        path->size = 0;
        buffer_append_text(path, FS_DELETED_PATH);
        append_chain(path, &chain, 0);
        buffer_printf(path, "@version-%u", (unsigned)nodes[i - 1].version);
        status = show(tree, path, number_as_of(object->inode, object->first + i - 1));
        shown++;
        --*left;
    }
    free(hidden);
    return status;
}

static status_t show_versions(const jffs2_t *fs, fs_tree_t *tree, buffer_t *path)
{
    status_t status = ok();
    size_t   left   = VERSIONS_MAX;
    for (size_t i = 0; status_ok(status) && left > 0 && i < fs->object_table.count; i++) {
        const jffs2_object_t *object = &jffs2_objects(fs)[i];
        bool file = fs_type_of_mode(jffs2_inodes(fs)[object->newest].mode) == CHILD_FILE;
        if (object->count > 1 && !object->obsolete && file && jffs2_entry_of(fs, object->inode) != NULL)
            status = show_versions_of(fs, tree, path, object, &left);
    }
    return status;
}

/* ---- all of it ---- */

/* Data that is damaged and that no file has reported, because a later write hides it or nothing names it. */
static void tell_other_damage(const jffs2_t *fs)
{
    const jffs2_inode_t *nodes = jffs2_inodes(fs);
    for (size_t i = 0; i < fs->inode_table.count; i++)
        if (!nodes[i].sound && !nodes[i].told && !nodes[i].obsolete)
            sink_damage(fs->sink, nodes[i].offset + JFFS2_INODE, nodes[i].stored,
                        "the CRC of a node's data does not hold; no content was taken from it");
}

status_t jffs2_show_tree(jffs2_t *fs)
{
    buffer_t   path = {.limit = PATH_BYTES_MAX};
    fs_tree_t *tree = fs_tree_new(fs->sink, &operations, fs);
    if (tree == NULL)
        return status_fail(STATUS_MEMORY, "jffs2", 0, "out of memory");
    status_t status = fs_tree_walk(tree, JFFS2_ROOT);
    if (status_ok(status))
        status = show_nameless(fs, tree, &path, FS_LOST_PATH, true);
    if (status_ok(status))
        status = show_unreachable(fs, tree, &path);
    if (status_ok(status) && fs->names_lost)
        status = show_nameless(fs, tree, &path, FS_LOST_PATH, false);
    if (status_ok(status) && sink_wants_deleted(fs->sink))
        status = show_deleted(fs, tree, &path);
    if (status_ok(status) && sink_wants_deleted(fs->sink) && !fs->names_lost)
        status = show_nameless(fs, tree, &path, FS_DELETED_PATH, false);
    if (status_ok(status) && sink_wants_deleted(fs->sink))
        status = show_versions(fs, tree, &path);
    if (status_ok(status))
        tell_other_damage(fs);
    fs_tree_free(tree);
    buffer_free(&path);
    return status;
}
