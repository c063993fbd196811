/* Indexes of directories ($I30): a root in the record, and blocks that begin with "INDX" in $INDEX_ALLOCATION, of which $BITMAP says
 * which are used. An entry: reference of the file at 0, its size at 8, size of its copy of the name attribute at 10, flags at 12
 * (2: the last of its node), the copy at 16. All used blocks are read, whatever the tree between them says. */
#include "extractors/ntfs.h"

#include <stdlib.h>

enum { ENTRY_HEADER = 16, ENTRY_LAST = 2, NODE_IN_ROOT = 16, NODE_IN_BLOCK = 24, NAME_IN_ATTRIBUTE = 66, NAMESPACE_DOS = 2 };

uint64_t ntfs_link_hash(uint32_t parent, uint32_t record, span_t name)
{
    uint64_t hash = ((uint64_t)parent << 32 | record) * UINT64_C(0x9E3779B97F4A7C15) + UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ name.at[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static bool add_listed(ntfs_t *fs, uint64_t hash)
{
    if (fs->listed_count == fs->listed_capacity) {
        size_t    capacity = fs->listed_capacity == 0 ? 256 : fs->listed_capacity * 2;
        uint64_t *more     = realloc(fs->listed, capacity * sizeof *more);
        if (more == NULL) {
            fs->no_memory = true;
            return false;
        }
        fs->listed          = more;
        fs->listed_capacity = capacity;
    }
    fs->listed[fs->listed_count++] = hash;
    return true;
}

/* The entries of a node whose header stands at `header`. False when they are not sound. */
static bool read_node(ntfs_t *fs, uint32_t directory, span_t bytes, size_t header)
{
    reader_t r    = reader_at(bytes, header);
    uint64_t from = header + (uint64_t)read_le32(&r), end = header + (uint64_t)read_le32(&r);
    bytes         = span_sub(bytes, 0, end);
    while (reader_ok(&r) && bytes.at != NULL) {
        r               = reader_at(bytes, from);
        uint64_t file   = read_le64(&r) & 0xFFFFFFFFFFFF;
        uint16_t length = read_le16(&r), key = read_le16(&r), flags = read_le16(&r);
        if (!reader_ok(&r) || length < ENTRY_HEADER || !span_holds(bytes, from, length))
            return false;
        if ((flags & ENTRY_LAST) != 0)
            return true;
        span_t copy = span_sub(bytes, from + ENTRY_HEADER, key);
        if (copy.at == NULL || key < NAME_IN_ATTRIBUTE || key + ENTRY_HEADER > length || file > UINT32_MAX)
            return false;
        span_t name = span_sub(copy, NAME_IN_ATTRIBUTE, copy.at[64] * UINT64_C(2));
        if (name.at == NULL)
            return false;
        if (copy.at[65] != NAMESPACE_DOS && !add_listed(fs, ntfs_link_hash(directory, (uint32_t)file, name)))
            return true;
        bool readable = file < fs->count && (fs->entries[file].flags & NTFS_IS_RECORD) != 0;
        if (!readable && !ntfs_add_link(fs, (uint32_t)file, copy, true))
            return true;
        from += length;
    }
    return false;
}

static bool block_is_used(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *bitmap, uint64_t block)
{
    uint8_t byte;
    if (bitmap == NULL)
        return true;
    if (bitmap->resident) {
        span_t value = ntfs_stream_value(file, bitmap);
        return block / 8 < value.size && (value.at[block / 8] >> block % 8 & 1) != 0;
    }
    return !ntfs_read_bytes(fs, ntfs_stream_runs(file, bitmap), bitmap->run_count, block / 8, &byte, 1) || (byte >> block % 8 & 1) != 0;
}

/* False: some block is damaged. */
static bool read_blocks(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *index, uint8_t *block)
{
    const ntfs_stream_t *bitmap = ntfs_find(file, NTFS_BITMAP, "$I30");
    uint64_t size = fs->boot.index, count = min_u64(index->size, fs->image.size) / size;
    bool     good = true;
    for (uint64_t i = 0; i < count && !fs->no_memory; i++) {
        uint64_t at = 0, length;
        if (!block_is_used(fs, file, bitmap, i))
            continue;
        (void)ntfs_map(fs, ntfs_stream_runs(file, index), index->run_count, i * size, &at, &length);
        if (ntfs_read_bytes(fs, ntfs_stream_runs(file, index), index->run_count, i * size, block, (size_t)size)
            && ntfs_fix_up(block, (size_t)size, "INDX")
            && read_node(fs, file->record, span_from(block, (size_t)size), NODE_IN_BLOCK))
            continue;
        good = false;
        ntfs_damage(fs, at, size, "a block of a directory's index is damaged: what it lists was found by the names in the records");
    }
    return good;
}

static void read_index(ntfs_t *fs, uint32_t directory, uint8_t *block)
{
    const ntfs_file_t   *file  = ntfs_load(fs, directory);
    const ntfs_stream_t *root  = ntfs_find(file, NTFS_INDEX_ROOT, "$I30"), *index = ntfs_find(file, NTFS_INDEX, "$I30");
    bool                 good  = file->sound;
    if (root == NULL || !root->resident || !read_node(fs, directory, ntfs_stream_value(file, root), NODE_IN_ROOT)) {
        ntfs_damage(fs, file->at, fs->boot.record, "the root of a directory's index is damaged: its files were found by the names in the records");
        good = false;
    }
    if (index != NULL && !index->resident)
        good = read_blocks(fs, file, index, block) && good;
    if (!good)
        fs->entries[directory].flags |= NTFS_BAD_INDEX;
}

static int by_hash(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Entries without a name in a record: the index leads to what is not there, or not under this name. */
static void find_dangling(ntfs_t *fs)
{
    uint64_t *known = malloc((fs->link_count + 1) * sizeof *known);
    if (known == NULL) {
        fs->no_memory = true;
        return;
    }
    for (size_t i = 0; i < fs->link_count; i++)
        known[i] = fs->links[i].record >= fs->count || (fs->entries[fs->links[i].record].flags & NTFS_IN_USE) != 0 ? fs->links[i].hash : 0;
    if (fs->link_count > 1)
        qsort(known, fs->link_count, sizeof *known, by_hash);
    uint64_t dangling = 0;
    for (size_t i = 0; i < fs->listed_count; i++)
        dangling += bsearch(&fs->listed[i], known, fs->link_count, sizeof *known, by_hash) == NULL;
    if (dangling > 0)
        ntfs_damage(fs, 0, 0, "indexes of directories list names that no record has");
    free(known);
}

bool ntfs_check_indexes(ntfs_t *fs)
{
    uint8_t *block = malloc(fs->boot.index);
    for (uint32_t i = 0; block != NULL && i < fs->count && !fs->no_memory; i++) {
        uint16_t flags = fs->entries[i].flags;
        if ((flags & NTFS_IN_USE) != 0 && (flags & NTFS_IS_DIRECTORY) != 0 && (flags & NTFS_IS_EXTENSION) == 0)
            read_index(fs, i, block);
    }
    fs->no_memory = fs->no_memory || block == NULL;
    free(block);
    if (fs->listed_count > 1)
        qsort(fs->listed, fs->listed_count, sizeof *fs->listed, by_hash);
    for (size_t i = 0; i < fs->link_count && !fs->no_memory; i++) {
        const ntfs_link_t *link = &fs->links[i];
        bool in_use = link->record < fs->count && link->parent < fs->count && (fs->entries[link->record].flags & NTFS_IN_USE) != 0;
        if (in_use && (fs->entries[link->parent].flags & (NTFS_BAD_INDEX | NTFS_IN_USE)) == NTFS_IN_USE
            && (fs->listed_count == 0 || bsearch(&link->hash, fs->listed, fs->listed_count, sizeof *fs->listed, by_hash) == NULL))
            fs->entries[link->record].flags |= NTFS_UNLISTED;
    }
    if (!fs->no_memory)
        find_dangling(fs);
    return !fs->no_memory;
}
