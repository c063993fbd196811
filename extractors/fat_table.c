/* The file allocation table of a FAT volume, and the chains in it. Every cluster remembers who holds it, so that loops and
 * crossings are found where they are. */
#include "extractors/fat.h"

#include "extractors/fs_content.h"

#include <stdlib.h>

/* How often all clusters may be followed again because chains cross, before crossing files are cut. */
enum { CROSSINGS_PER_CLUSTER = 8, CROSSINGS_FREE = 65536 };

uint32_t fat_next(const fat_t *fs, unsigned copy, uint32_t cluster)
{
    const fat_boot_t *b  = &fs->boot;
    uint64_t          at = b->fat_at + copy * b->fat_size;
    reader_t          r  = reader_at(fs->image, at + (uint64_t)cluster * b->width / 8);
    uint32_t          v  = b->width == 32 ? read_le32(&r) & 0x0FFFFFFF : read_le16(&r);
    if (!reader_ok(&r))
        return FAT_UNREADABLE;
    if (b->width == 12)
        v = (cluster & 1) != 0 ? v >> 4 : v & 0xFFF;
    uint32_t bad = FAT_BAD & ((b->width == 32 ? 0 : UINT32_C(1) << b->width) - 1);
    return v >= bad ? v - bad + FAT_BAD : v;
}

uint64_t fat_entry_at(const fat_t *fs, uint32_t cluster)
{
    return fs->boot.fat_at + fs->boot.active * fs->boot.fat_size + (uint64_t)cluster * fs->boot.width / 8;
}

/* ---- the copies ---- */

static void compare_copies(fat_t *fs, uint64_t used)
{
    const fat_boot_t *b     = &fs->boot;
    span_t            first = span_clip(fs->image, b->fat_at, used);
    for (unsigned copy = 1; copy < b->fats; copy++) {
        span_t other = span_clip(fs->image, b->fat_at + copy * b->fat_size, used);
        size_t both  = (size_t)min_u64(first.size, other.size), from = 0;
        if (both == 0 || memcmp(first.at, other.at, both) == 0)
            continue;
        while (first.at[from] == other.at[from])
            from++;
        while (first.at[both - 1] == other.at[both - 1])
            both--;
        fs->tables_differ = true;
        if (b->mirrored)
            sink_damage(fs->sink, b->fat_at + copy * b->fat_size + from, both - from, "the copies of the file allocation table differ here");
        else
            sink_note(fs->sink, b->fat_at + copy * b->fat_size + from,
                "the copies of the file allocation table differ, as they may: they are not kept equal");
    }
}

bool fat_open_table(fat_t *fs)
{
    const fat_boot_t *b    = &fs->boot;
    uint64_t          used = min_u64(((uint64_t)b->clusters + 2) * b->width / 8 + 1, b->fat_size), readable = 0;
    for (unsigned copy = 0; copy < b->fats; copy++) {
        span_t table = span_clip(fs->image, b->fat_at + copy * b->fat_size, used);
        sink_claim(fs->sink, b->fat_at + copy * b->fat_size, table.size, REGION_STRUCTURE);
        readable = max_u64(readable, table.size * UINT64_C(8) / b->width);
    }
    compare_copies(fs, used);
    fs->owned = (uint32_t)min_u64(b->clusters, readable);
    fs->owner = calloc((size_t)fs->owned + 1, sizeof *fs->owner);
    return fs->owner != NULL;
}

bool fat_take(fat_t *fs, uint32_t cluster, uint32_t object, uint32_t *holder)
{
    *holder = object;
    if (cluster - 2 >= fs->owned)
        return true; /* its entry cannot be read, so that no chain goes on from it */
    uint32_t *owner = &fs->owner[cluster - 2];
    if (*owner != 0) {
        *holder = *owner - 1;
        return false;
    }
    *owner = object + 1;
    return true;
}

/* ---- content ---- */

/* Does the chain of this copy hold `clusters` and end with them? */
static bool chain_holds(fat_t *fs, unsigned copy, uint32_t cluster, uint64_t clusters)
{
    for (; clusters > 0 && fat_is_cluster(fs, cluster); clusters--) {
        if (++fs->checks > (uint64_t)fs->owned * CROSSINGS_PER_CLUSTER + CROSSINGS_FREE)
            return false;
        cluster = fat_next(fs, copy, cluster);
    }
    return clusters == 0 && cluster >= FAT_END && cluster != FAT_UNREADABLE;
}

/* The copy whose chain fits the size, when the one that counts does not. */
static unsigned best_copy(fat_t *fs, const fat_object_t *object)
{
    uint64_t clusters = object->size / fs->boot.cluster + (object->size % fs->boot.cluster != 0);
    if (!fs->tables_differ || chain_holds(fs, fs->boot.active, object->first, clusters))
        return fs->boot.active;
    for (unsigned copy = 0; copy < fs->boot.fats; copy++)
        if (copy != fs->boot.active && chain_holds(fs, copy, object->first, clusters))
            return copy;
    return fs->boot.active;
}

static const char *why_no_cluster(const fat_t *fs, uint32_t value, bool is_first)
{
    if (value == FAT_UNREADABLE)
        return "the table lies behind the end of the image: the content is cut";
    if (value >= FAT_END)
        return "its chain of clusters ends before its size: the content is cut";
    if (value == FAT_BAD)
        return "its chain of clusters leads to one that is marked bad: the content is cut";
    if (value == FAT_FREE)
        return is_first ? "it has a size and no clusters" : "its chain of clusters leads to one that is free: the content is cut";
    return fat_is_cluster(fs, value) ? NULL : "its chain of clusters leads out of the volume: the content is cut";
}

/* What follows the last cluster that the size needs belongs to the file as well, and nobody sees it. */
static void take_excess(fat_t *fs, unsigned copy, uint32_t cluster, uint32_t object)
{
    uint32_t holder, taken = 0, first = cluster;
    while (fat_is_cluster(fs, cluster) && cluster - 2 < fs->owned && fat_take(fs, cluster, object, &holder)) {
        taken++;
        cluster = fat_next(fs, copy, cluster);
    }
    if (taken > 0)
        fat_note(fs, fat_cluster_at(fs, first), "a chain of clusters is longer than its file: room for what nobody sees");
}

/* How many clusters are free from each on: made once, as many deleted files may ask. */
static bool measure_free_runs(fat_t *fs)
{
    fs->free_run = calloc((size_t)fs->owned + 1, sizeof *fs->free_run);
    for (uint32_t i = fs->owned; fs->free_run != NULL && i-- > 0;)
        fs->free_run[i] = fat_next(fs, fs->boot.active, i + 2) == FAT_FREE ? fs->free_run[i + 1] + 1 : 0;
    return fs->free_run != NULL;
}

uint32_t fat_free_from(fat_t *fs, uint32_t cluster)
{
    if (!fat_is_cluster(fs, cluster) || cluster - 2 >= fs->owned || (fs->free_run == NULL && !measure_free_runs(fs)))
        return 0;
    return fs->free_run[cluster - 2];
}

/* Its chain is gone: it is taken to have stood in one run, as far as that is free now. */
static status_t write_deleted(fat_t *fs, const fat_object_t *object, child_t *child)
{
    uint64_t held = min_u64((uint64_t)fat_free_from(fs, object->first) * fs->boot.cluster, object->size);
    if (held < object->size)
        fat_note(fs, object->at, "the clusters of a deleted file were used again: its content is cut");
    if (held > 0)
        child_range(child, fat_cluster_at(fs, object->first), held);
    return ok();
}

status_t fat_write_content(fat_t *fs, uint32_t number, child_t *child)
{
    const fat_object_t *object = &fs->objects[number];
    if (object->deleted)
        return write_deleted(fs, object, child);
    unsigned     copy = best_copy(fs, object);
    uint32_t     next = object->first, holder;
    uint64_t     at   = object->at;
    bool         told = false;
    fs_content_t content;
    if (copy != fs->boot.active)
        child_damage(child, fat_entry_at(fs, next), fs->boot.width / 8, "its chain of clusters is broken: read from another copy of the table");
    for (fs_content_begin(&content, child, fs->image, object->size); !fs_content_full(&content);) {
        const char *why     = why_no_cluster(fs, next, next == object->first);
        bool        crossed = why == NULL && !fat_take(fs, next, number, &holder);
        if (crossed && holder == number)
            why = "its chain of clusters runs in a circle: the content is cut";
        else if (crossed && ++fs->crossings > (uint64_t)fs->owned * CROSSINGS_PER_CLUSTER + CROSSINGS_FREE)
            why = "too many chains of clusters cross: the content is cut";
        if (why != NULL)
            return fs_content_end_lost(&content, at, why);
        if (crossed && !told)
            child_damage(child, fat_cluster_at(fs, next), fs->boot.cluster, "another file holds the same clusters");
        told = told || crossed;
        fs_content_run(&content, fat_cluster_at(fs, next), fs->boot.cluster);
        at   = fat_entry_at(fs, next);
        next = fat_next(fs, copy, next);
    }
    status_t status = fs_content_end(&content);
    if (!told)
        take_excess(fs, copy, next, number);
    return status;
}

/* ---- lost clusters ---- */

static bool in_use(uint32_t value) { return value != FAT_FREE && value != FAT_BAD && value != FAT_UNREADABLE; }

static uint8_t *clusters_pointed_at(fat_t *fs)
{
    uint8_t *pointed = calloc((size_t)fs->owned / 8 + 1, 1);
    for (uint32_t i = 0; pointed != NULL && i < fs->owned; i++) {
        uint32_t next = fat_next(fs, fs->boot.active, i + 2);
        if (fat_is_cluster(fs, next) && next - 2 < fs->owned)
            pointed[(next - 2) / 8] |= (uint8_t)(1 << (next - 2) % 8);
    }
    return pointed;
}

static bool is_blank(span_t s) { return span_is_filled_with(s, 0) || span_is_filled_with(s, 0xFF); }

status_t fat_find_lost(fat_t *fs, status_t (*show)(void *context, uint32_t first, uint32_t length), void *context)
{
    status_t status  = ok();
    uint8_t *pointed = clusters_pointed_at(fs);
    if (pointed == NULL)
        return status_fail(STATUS_MEMORY, "fat", 0, "out of memory");
    bool told = false, told_bad = false;
    for (uint32_t i = 0; i < fs->owned && status_ok(status); i++) {
        uint32_t value = fat_next(fs, fs->boot.active, i + 2);
        if (value == FAT_BAD && !told_bad && !is_blank(span_clip(fs->image, fat_cluster_at(fs, i + 2), fs->boot.cluster))) {
            sink_note(fs->sink, fat_cluster_at(fs, i + 2), "clusters that are marked bad hold data");
            told_bad = true;
        }
        if (!in_use(value) || fs->owner[i] != 0)
            continue;
        if (!told)
            sink_damage(fs->sink, fat_entry_at(fs, i + 2), fs->boot.width / 8, "clusters are marked as used, and no file holds them");
        told = true;
        if ((pointed[i / 8] >> i % 8 & 1) != 0)
            continue;
        uint32_t length = 0, cluster = i + 2;
        while (length < fs->owned && fat_is_cluster(fs, cluster) && cluster - 2 < fs->owned && fs->owner[cluster - 2] == 0) {
            length++;
            cluster = fat_next(fs, fs->boot.active, cluster);
        }
        status = show(context, i + 2, length);
    }
    free(pointed);
    return status;
}
