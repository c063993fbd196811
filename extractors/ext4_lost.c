/* Inodes that no directory leads to: those in use, and on request those that were deleted. ext2 leaves a deleted inode's blocks
 * listed; ext3 and ext4 wipe them, but the journal often holds the inode as it was before. */
#include "extractors/ext4.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_START_MAX = 64, PARENTS_MAX = 64 };

typedef struct { uint32_t number; bool directory; } lost_t;
typedef struct { lost_t *items; size_t count, capacity; } lost_list_t;

static bool bit_of(const ext4_t *fs, uint64_t block, uint64_t bit, bool otherwise)
{
    span_t byte = ext4_bytes(fs, block, bit / 8, 1);
    return byte.at != NULL ? (byte.at[0] >> (bit % 8) & 1) != 0 : otherwise;
}

bool ext4_block_in_use(const ext4_t *fs, uint64_t block)
{
    const ext4_super_t *s = &fs->super;
    if (block < s->first_data_block || block >= s->blocks)
        return true;
    uint64_t group = (block - s->first_data_block) / s->blocks_per_group, within = (block - s->first_data_block) % s->blocks_per_group;
    if (group >= fs->group_count || !fs->groups[group].good)
        return true;
    if ((fs->groups[group].flags & EXT4_GROUP_BLOCK_UNINIT) != 0)
        return false;
    return bit_of(fs, fs->groups[group].block_bitmap, within >> s->log_cluster_ratio, true);
}

bool ext4_inode_in_use(const ext4_t *fs, uint64_t number)
{
    uint64_t group = (number - 1) / fs->super.inodes_per_group;
    if (number == 0 || number > fs->super.inodes || group >= fs->group_count || !fs->groups[group].good)
        return true;
    return bit_of(fs, fs->groups[group].inode_bitmap, (number - 1) % fs->super.inodes_per_group, true);
}

/* Calls `visit` for each inode that holds anything. False: stopped. */
typedef bool (*visit_t)(ext4_t *fs, const ext4_inode_t *inode, bool marked, void *context);

static bool visit_inodes(ext4_t *fs, visit_t visit, void *context)
{
    for (uint64_t g = 0; g < fs->group_count; g++) {
        const ext4_group_t *group = &fs->groups[g];
        uint32_t            count = group->good ? ext4_inodes_of(fs, group) : 0;
        uint64_t            first = g * fs->super.inodes_per_group + 1;
        for (uint32_t i = 0; i < count && first + i <= fs->super.inodes; i++) {
            ext4_inode_t inode;
            uint64_t     at  = (uint64_t)i * fs->super.inode_size, size = fs->super.block_size;
            span_t       raw = ext4_bytes(fs, group->inode_table + at / size, at % size, fs->super.inode_size);
            if (raw.at == NULL || !ext4_spend(fs, 16))
                break;
            if (raw.at[0] == 0 && raw.at[1] == 0) /* no mode: never used */
                continue;
            ext4_parse_inode(fs, (uint32_t)(first + i), raw, &inode);
            if (ext4_mode_is_known(inode.mode) && !visit(fs, &inode, bit_of(fs, group->inode_bitmap, i, false) && group->bitmaps_good, context))
                return false;
        }
    }
    return true;
}

/* ---- lost ---- */

typedef struct { lost_list_t *list; const fs_tree_t *tree; } finder_t;

static bool note_lost(ext4_t *fs, const ext4_inode_t *inode, bool marked, void *context)
{
    finder_t *f = context;
    bool      in_use = inode->links > 0 && inode->deleted_at == 0 && !(inode->checksum_bad && !marked);
    if (!(in_use || marked) || ext4_is_own_file(fs, inode) || fs_tree_seen(f->tree, inode->number))
        return true;
    if ((inode->flags & EXT4_FLAG_EA_INODE) != 0) { /* the value of an attribute */
        ext4_claim_file(fs, inode);
        return true;
    }
    bool directory = (inode->mode & 0170000) == 0040000;
    if (inode->number < fs->super.first_inode && inode->size == 0)
        return true; /* reserved and unused */
    if (!ext4_grow((void **)&f->list->items, f->list->count, &f->list->capacity, sizeof *f->list->items)) {
        fs->no_memory = true;
        return false;
    }
    f->list->items[f->list->count++] = (lost_t){inode->number, directory};
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = ((const lost_t *)b)->number;
    return x < y ? -1 : x > y;
}

/* Will a lost directory above lead to it? */
static bool has_lost_parent(ext4_t *fs, const lost_list_t *list, uint32_t number)
{
    ext4_inode_t inode;
    uint32_t     parent = ext4_read_inode(fs, number, &inode) ? ext4_parent(fs, &inode) : 0;
    const lost_t *found = list->count > 0 ? bsearch(&parent, list->items, list->count, sizeof *list->items, by_number) : NULL;
    return parent != number && found != NULL && found->directory;
}

static status_t show_lost_inode(ext4_t *fs, fs_tree_t *tree, uint32_t number, bool *told)
{
    char path[PATH_START_MAX];
    int  size = snprintf(path, sizeof path, FS_LOST_PATH "inode-%u", number);
    if (fs_tree_seen(tree, number))
        return ok();
    if (!*told)
        sink_damage(fs->sink, 0, 0, "no directory leads to some inodes that are in use: they are shown as lost+found/inode-NUMBER");
    *told = true;
    return fs_tree_show(tree, span_from(path, (size_t)size), number);
}

/* Directories first, from the top of what is lost: the rest may have its name in them. */
status_t ext4_show_lost(ext4_t *fs, fs_tree_t *tree)
{
    lost_list_t list   = {0};
    finder_t    finder = {&list, tree};
    bool        told   = false;
    status_t    status = ok();
    (void)visit_inodes(fs, note_lost, &finder);
    for (unsigned pass = 0; pass < 3; pass++)
        for (size_t i = 0; i < list.count && status_ok(status) && !fs->no_memory; i++) {
            const lost_t *lost = &list.items[i];
            bool          now  = pass == 2 || (lost->directory && (pass == 1 || !has_lost_parent(fs, &list, lost->number)));
            if (now && !fs_tree_seen(tree, lost->number))
                status = show_lost_inode(fs, tree, lost->number, &told);
        }
    free(list.items);
    return status;
}

/* ---- deleted ---- */

typedef struct {
    fs_tree_t *tree;
    buffer_t   path;
    status_t   status;
    size_t     next_name; /* of `removed`, in the order of numbers */
} undelete_t;

static int by_inode(const void *a, const void *b)
{
    const ext4_name_t *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    if (x->directory != y->directory)
        return x->directory < y->directory ? -1 : 1;
    return x->name_at < y->name_at ? -1 : x->name_at > y->name_at;
}

static const ext4_name_t *name_of(const ext4_names_t *names, uint32_t number)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (names->names[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && names->names[low].number == number ? &names->names[low] : NULL;
}

/* "/etc/init.d" for the directory of that number: from the top down, so each component is put before what is there. */
static void append_directory(const ext4_t *fs, buffer_t *path, uint32_t directory)
{
    const ext4_name_t *above[PARENTS_MAX];
    size_t             depth = 0;
    for (; directory != EXT4_ROOT && depth < PARENTS_MAX; depth++) {
        above[depth] = name_of(&fs->directories, directory);
        if (above[depth] == NULL)
            break;
        directory = above[depth]->directory;
    }
    while (depth > 0) {
        depth--;
        buffer_append_byte(path, '/');
        buffer_append(path, span_sub(buffer_span(&fs->name_bytes), above[depth]->name_at, above[depth]->name_size));
    }
}

static void make_path(const ext4_t *fs, buffer_t *path, uint32_t number, const ext4_name_t *name)
{
    path->size = 0;
    buffer_printf(path, FS_DELETED_PATH "inode-%u", number);
    if (name == NULL)
        return;
    append_directory(fs, path, name->directory);
    buffer_append_byte(path, '/');
    buffer_append(path, span_sub(buffer_span(&fs->name_bytes), name->name_at, name->name_size));
}

size_t ext4_first_copy(const ext4_t *fs, uint64_t block)
{
    size_t low = 0, high = fs->history.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (fs->history.copies[middle].block < block)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The newest copy in the journal of an inode that was in use then. */
static bool older_inode(const ext4_t *fs, uint32_t number, ext4_inode_t *inode)
{
    const ext4_super_t *s     = &fs->super;
    uint64_t            group = (number - 1) / s->inodes_per_group, at = (uint64_t)((number - 1) % s->inodes_per_group) * s->inode_size;
    if (group >= fs->group_count || !fs->groups[group].good)
        return false;
    uint64_t block = fs->groups[group].inode_table + at / s->block_size;
    for (size_t i = ext4_first_copy(fs, block); i < fs->history.count && fs->history.copies[i].block == block; i++) {
        span_t raw = span_sub(fs->image, fs->history.copies[i].at + at % s->block_size, s->inode_size);
        if (raw.at == NULL)
            continue;
        ext4_parse_inode(fs, number, raw, inode);
        if (ext4_mode_is_known(inode->mode) && inode->links > 0 && inode->deleted_at == 0 && inode->size > 0 && !inode->checksum_bad)
            return true;
    }
    return false;
}

static bool map_says_something(const ext4_inode_t *inode)
{
    if ((inode->flags & EXT4_FLAG_INLINE_DATA) != 0)
        return true;
    reader_t r = reader_at(inode->raw, EXT4_FIRST_BLOCK_FIELD + ((inode->flags & EXT4_FLAG_EXTENTS) != 0 ? 2 : 0));
    if ((inode->flags & EXT4_FLAG_EXTENTS) != 0)
        return read_le16(&r) > 0;
    return !span_is_filled_with(span_sub(inode->raw, EXT4_FIRST_BLOCK_FIELD, EXT4_IN_INODE), 0);
}

static bool show_deleted_inode(ext4_t *fs, const ext4_inode_t *now, bool marked, void *context)
{
    undelete_t  *u = context;
    ext4_inode_t old;
    bool         deleted = now->deleted_at != 0 || now->links == 0;
    if (marked || !deleted || fs_tree_seen(u->tree, now->number) || now->number < fs->super.first_inode || (now->flags & EXT4_FLAG_EA_INODE) != 0)
        return true;
    const ext4_name_t *name = name_of(&fs->removed, now->number);
    bool               better = (now->size == 0 || !map_says_something(now)) && older_inode(fs, now->number, &old);
    if (!better && now->size == 0 && name == NULL)
        return true;
    make_path(fs, &u->path, now->number, name);
    if (better)
        sink_note(fs->sink, old.at, "a deleted inode is shown as an older copy in the journal has it");
    fs->old   = better ? &old : now;
    u->status = u->path.failed ? status_fail(STATUS_MEMORY, "ext4", 0, "out of memory") : fs_tree_show(u->tree, buffer_span(&u->path), now->number);
    fs->old   = NULL;
    return status_ok(u->status);
}

/* Names alone: of what was deleted, and nothing else of it is left. */
static status_t show_deleted_names(ext4_t *fs, undelete_t *u)
{
    for (size_t i = 0; i < fs->removed.count; i++) {
        const ext4_name_t *name = &fs->removed.names[i];
        ext4_inode_t       inode;
        if (i > 0 && name->number == name[-1].number && name->number != 0)
            continue;
        if (name->number != 0 && (fs_tree_seen(u->tree, name->number) ||
            (ext4_read_inode(fs, name->number, &inode) && ext4_mode_is_known(inode.mode) && inode.deleted_at == 0)))
            continue;
        make_path(fs, &u->path, name->number, name);
        if (u->path.failed)
            return status_fail(STATUS_MEMORY, "ext4", 0, "out of memory");
        child_t *child = sink_child(fs->sink, &(child_info_t){.path = buffer_span(&u->path), .type = CHILD_FILE});
        if (child == NULL)
            return ok();
        child_damage(child, 0, 0, "deleted: nothing but this name is left");
        sink_end_child(fs->sink);
    }
    return ok();
}

status_t ext4_show_deleted(ext4_t *fs, fs_tree_t *tree)
{
    undelete_t u = {.tree = tree, .status = ok()};
    if (fs->removed.count > 0)
        qsort(fs->removed.names, fs->removed.count, sizeof *fs->removed.names, by_inode);
    if (fs->directories.count > 0)
        qsort(fs->directories.names, fs->directories.count, sizeof *fs->directories.names, by_inode);
    fs->reading_deleted = true;
    (void)visit_inodes(fs, show_deleted_inode, &u);
    if (status_ok(u.status))
        u.status = show_deleted_names(fs, &u);
    fs->reading_deleted = false;
    buffer_free(&u.path);
    return u.status;
}
