/* Directories: entries of inode (4), length (2), length of the name (1, or 2 without the feature filetype), type (1), name, one behind
 * the other up to the end of each block. Indexed directories are read in the same way: to who does not know it, their index is
 * empty entries. Removed entries are only skipped over, so their names can still be read. */
#include "extractors/ext4.h"

enum { ENTRY = 8, TAIL = 12, TAIL_TYPE = 0xDE, INLINE_PARENT = 4, WIDE_BLOCK = 65536, INDEX_ENTRY = 8 };

typedef struct { uint32_t inode; uint64_t length; uint32_t name_size; uint8_t type; span_t name; } entry_t;

typedef struct {
    ext4_t             *fs;
    const ext4_inode_t *directory;
    fs_tree_t          *tree;
    uint32_t            parent; /* what ".." names */
    uint64_t            blocks, next; /* blocks of the directory; the first that was not met yet */
    bool                told;
} lister_t;

static bool has_types(const ext4_t *fs) { return (fs->super.incompat & EXT4_INCOMPAT_FILETYPE) != 0; }

/* The entry at `at`; false when it is not one. */
static bool read_entry(const ext4_t *fs, span_t block, uint64_t at, entry_t *entry)
{
    reader_t r       = reader_at(block, at);
    entry->inode     = read_le32(&r);
    entry->length    = read_le16(&r);
    entry->name_size = read_u8(&r);
    entry->type      = read_u8(&r);
    if (!has_types(fs))
        entry->name_size |= (uint32_t)entry->type << 8;
    if (block.size >= WIDE_BLOCK && (entry->length == 0 || entry->length == 65535))
        entry->length = WIDE_BLOCK;
    else if (block.size >= WIDE_BLOCK)
        entry->length = (entry->length & 65532) | (entry->length & 3) << 16;
    entry->name = span_sub(block, at + ENTRY, entry->name_size);
    return reader_ok(&r) && entry->length >= ENTRY && entry->length % 4 == 0 && entry->length <= block.size - at &&
        entry->name_size <= entry->length - ENTRY &&
           entry->name.at != NULL;
}

static bool is_dots(span_t name) { return name.size > 0 && name.size <= 2 && name.at[0] == '.' && name.at[name.size - 1] == '.'; }

/* ---- what was removed ---- */

static bool keep_name(ext4_t *fs, ext4_names_t *names, uint32_t number, uint32_t directory, span_t name)
{
    size_t at = fs->name_bytes.size;
    buffer_append(&fs->name_bytes, name);
    fs->no_memory = fs->no_memory || fs->name_bytes.failed ||
        !ext4_grow((void **)&names->names, names->count, &names->capacity, sizeof *names->names);
    if (!fs->no_memory)
        names->names[names->count++] = (ext4_name_t){number, directory, at, name.size};
    return !fs->no_memory;
}

static bool may_be_name(span_t name)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] < ' ' || name.at[i] == '/' || name.at[i] == 0x7F)
            return false;
    return name.size > 0 && !is_dots(name);
}

/* Entries that a longer one before them swallowed. Names with control characters are not believed here. */
static void find_removed(lister_t *l, span_t block, uint64_t from, uint64_t to)
{
    ext4_t *fs = l->fs;
    for (uint64_t at = round_up(from, 4); at + ENTRY < to && !fs->no_memory;) {
        entry_t entry;
        bool    good = read_entry(fs, span_sub(block, 0, to), at, &entry) && entry.inode > 0 && entry.inode <= fs->super.inodes &&
            entry.name_size <= EXT4_NAME_MAX &&
                    (!has_types(fs) || (entry.type > 0 && entry.type <= 7)) && may_be_name(entry.name);
        if (good)
            (void)keep_name(fs, &fs->removed, entry.inode, l->directory->number, entry.name);
        at += good ? round_up(ENTRY + (uint64_t)entry.name_size, 4) : 4;
    }
}

static void remember_directory(lister_t *l, const entry_t *entry)
{
    ext4_inode_t inode;
    bool         told = has_types(l->fs), directory = told && entry->type == 2;
    if (!told && ext4_read_inode(l->fs, entry->inode, &inode))
        directory = (inode.mode & 0170000) == 0040000;
    if (directory)
        (void)keep_name(l->fs, &l->fs->directories, entry->inode, l->directory->number, entry->name);
}

static void look_at_removed(lister_t *l, span_t block, uint64_t at, const entry_t *entry)
{
    bool     indexed = (l->directory->flags & EXT4_FLAG_INDEX) != 0, root = is_dots(entry->name) && entry->name_size == 2;
    uint64_t used    = ENTRY + (uint64_t)entry->name_size;
    if (entry->inode != 0 && !is_dots(entry->name))
        remember_directory(l, entry);
    if (indexed && (root || (entry->inode == 0 && entry->length == block.size)))
        return; /* an index, not removed entries */
    if (entry->inode == 0 && entry->name_size > 0 && entry->type != TAIL_TYPE && may_be_name(entry->name))
        (void)keep_name(l->fs, &l->fs->removed, 0, l->directory->number, entry->name);
    if (entry->inode == 0 && entry->name_size == 0)
        used = 0; /* may have been overwritten from its start on: look at all of it */
    find_removed(l, block, at + max_u64(used, ENTRY), at + entry->length);
}

/* ---- blocks ---- */

/* Newer kernels wipe an entry when they remove it; the journal may hold the block from before. */
static void look_at_older_copies(lister_t *l, uint64_t number)
{
    ext4_t *fs = l->fs;
    size_t  at = ext4_first_copy(fs, number);
    for (; at < fs->history.count && fs->history.copies[at].block == number && ext4_spend(fs, fs->super.block_size) && !fs->no_memory; at++)
        find_removed(l, span_sub(fs->image, fs->history.copies[at].at, fs->super.block_size), 0, fs->super.block_size);
}

/* Entries in `block`; false when they cannot be read to its end. */
static bool list_entries(lister_t *l, span_t block)
{
    for (uint64_t at = 0; at + ENTRY <= block.size;) {
        entry_t entry;
        if (!read_entry(l->fs, block, at, &entry))
            return false;
        if (entry.inode != 0 && is_dots(entry.name)) {
            if (entry.name_size == 2)
                l->parent = entry.inode;
        } else if (entry.inode != 0 && l->tree != NULL && !(l->fs->reading_deleted && ext4_inode_in_use(l->fs, entry.inode))) {
            if (!fs_tree_entry(l->tree, entry.name, entry.inode))
                return true;
        }
        if (l->fs->deleted && l->tree != NULL && !l->fs->reading_deleted)
            look_at_removed(l, block, at, &entry);
        at += entry.length;
    }
    return true;
}

/* A leaf ends with an entry that holds its checksum; a node of the index holds one behind its entries. */
static bool block_checksum_holds(const ext4_inode_t *directory, span_t block)
{
    reader_t tail = reader_at(block, block.size - TAIL);
    if (read_le32(&tail) == 0 && read_le16(&tail) == TAIL && read_u8(&tail) == 0 && read_u8(&tail) == TAIL_TYPE)
        return ext4_crc32c(directory->seed, span_sub(block, 0, block.size - TAIL)) == read_le32(&tail);
    reader_t r = reader_at(block, 0);
    uint32_t inode = read_le32(&r), length = read_le16(&r);
    bool     node  = inode == 0 && (length == block.size || length == 65535 || length == 0);
    uint64_t index = node ? ENTRY : 32; /* the root's index stands behind "." and ".." */
    r              = reader_at(block, index);
    uint64_t limit = read_le16(&r), count = read_le16(&r), end = index + limit * INDEX_ENTRY;
    static const uint8_t zero[4] = {0, 0, 0, 0};
    span_t   covered = span_sub(block, 0, index + count * INDEX_ENTRY), stored = span_sub(block, end, INDEX_ENTRY);
    if (count > limit || covered.at == NULL || stored.at == NULL)
        return false;
    uint32_t crc = ext4_crc32c(ext4_crc32c(directory->seed, covered), span_sub(stored, 0, 4));
    r            = reader_at(stored, 4);
    return ext4_crc32c(crc, span_from(zero, sizeof zero)) == read_le32(&r);
}

static void tell_once(lister_t *l, uint64_t at, uint64_t length, const char *what)
{
    if (!l->told)
        sink_damage(l->fs->sink, at == EXT4_HUGE ? 0 : at, length, what);
    l->told = true;
}

static bool list_block(lister_t *l, uint64_t number)
{
    ext4_t  *fs    = l->fs;
    uint64_t size  = fs->super.block_size, at = number * size;
    span_t   block = ext4_bytes(fs, number, 0, size);
    if (!ext4_spend(fs, size))
        return false;
    if (fs->reading_deleted && ext4_block_in_use(fs, number))
        return true;
    if (block.at == NULL) {
        block = span_clip(fs->image, at, size); /* what is left of the last block */
        tell_once(l, min_u64(at, fs->image.size), block.size, "a directory cannot be read: the image ends before it does");
    }
    if (block.size == 0)
        return true;
    sink_claim(fs->sink, at, block.size, REGION_STRUCTURE);
    if (fs->checksums && block.size == size && !fs->reading_deleted && !block_checksum_holds(l->directory, block))
        tell_once(l, at, size, "the checksum of a block of a directory does not hold");
    if (fs->deleted && l->tree != NULL && !fs->reading_deleted)
        look_at_older_copies(l, number);
    if (!list_entries(l, block) && !fs->reading_deleted)
        tell_once(l, at, block.size, "a directory is damaged: entries of it are lost");
    return !fs->no_memory;
}

static bool list_run(void *context, const ext4_run_t *run)
{
    lister_t *l = context;
    if (run->logical > l->next && !l->fs->reading_deleted)
        tell_once(l, l->directory->at, 0, "a directory has a hole: entries of it may be lost");
    l->next = run->logical + run->count;
    if (run->kind != EXT4_RUN_DATA) {
        tell_once(l, run->kind == EXT4_RUN_LOST ? run->physical : l->directory->at, 0, run->kind == EXT4_RUN_LOST ? run->what
            : "blocks of a directory were never written");
        return true;
    }
    for (uint64_t i = 0; i < run->count; i++)
        if (!list_block(l, run->physical + i))
            return false;
    return true;
}

static void list_inline(lister_t *l)
{
    const ext4_inode_t *d    = l->directory;
    span_t              head = span_sub(d->raw, EXT4_FIRST_BLOCK_FIELD, EXT4_IN_INODE), rest = ext4_inline_rest(l->fs, d);
    reader_t            r    = reader_from(head);
    l->parent                = read_le32(&r);
    bool good                = list_entries(l, span_from_offset(head, INLINE_PARENT));
    if (rest.size > 0)
        good = list_entries(l, rest) && good;
    if (!good)
        tell_once(l, d->at, d->raw.size, "a directory is damaged: entries of it are lost");
}

static void list_directory(lister_t *l)
{
    uint64_t size = l->fs->super.block_size;
    l->blocks     = l->directory->size / size + (l->directory->size % size != 0);
    if ((l->directory->flags & EXT4_FLAG_INLINE_DATA) != 0)
        list_inline(l);
    else
        ext4_map(l->fs, l->directory, l->blocks, list_run, l);
}

void ext4_list(void *context, uint64_t number, fs_tree_t *tree)
{
    ext4_t      *fs = context;
    ext4_inode_t directory;
    bool         old = fs->old != NULL && fs->old->number == number;
    if (old)
        directory = *fs->old;
    if (!old && !ext4_read_inode(fs, number, &directory))
        return;
    lister_t l = {.fs = fs, .directory = &directory, .tree = tree};
    list_directory(&l);
    if (l.next < l.blocks && (directory.flags & EXT4_FLAG_INLINE_DATA) == 0 && !fs->reading_deleted)
        tell_once(&l, directory.at, 0, "a directory is shorter than its inode says: entries of it may be lost");
}

uint32_t ext4_parent(ext4_t *fs, const ext4_inode_t *directory)
{
    lister_t l = {.fs = fs, .directory = directory, .told = true};
    list_directory(&l);
    return l.parent;
}
