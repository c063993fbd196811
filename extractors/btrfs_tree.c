/* Trees. A block: checksum, UUID, its logical address, flags, UUID of the chunk tree, generation, owner, number of items, level; then in
 * leaves items (key, offset and size of the data, which stands from the block's end downwards without gaps), in nodes keys with address
 * and generation of the block below. Source: Linux, include/uapi/linux/btrfs_tree.h, fs/btrfs/tree-checker.c. */
#include "extractors/btrfs.h"

#include <stdlib.h>

enum {
    ITEM = 25, POINTER = 33, KEY_SIZE = 17, CHECKSUM_FROM = 32, ADDRESS_AT = 48, GENERATION_AT = 80, ITEMS_AT = 96, LEVEL_AT = 100,
    FIRST_BLOCKS = 256, LOOKUP_COST = 512,
};

/* ---- blocks ---- */

/* How many items, from the first on, are as they must be. */
static uint32_t sound_items(span_t bytes, unsigned level)
{
    span_t   inside = span_from_offset(bytes, BTRFS_HEADER);
    uint32_t count  = btrfs_u32(bytes, ITEMS_AT), fit = (uint32_t)(inside.size / (level == 0 ? ITEM : POINTER));
    count           = count < fit ? count : fit;
    uint64_t end    = inside.size;
    for (uint32_t i = 0; level == 0 && i < count; i++) {
        uint64_t from = btrfs_u32(inside, (uint64_t)i * ITEM + KEY_SIZE), size = btrfs_u32(inside, (uint64_t)i * ITEM + KEY_SIZE + 4);
        if (from + size != end || from < (i + UINT64_C(1)) * ITEM)
            return i;
        end = from;
    }
    return count;
}

typedef enum { COPY_ABSENT, COPY_OTHER, COPY_DAMAGED, COPY_SOUND } copy_t;

static copy_t look_at_copy(btrfs_t *fs, uint64_t logical, unsigned level, uint64_t generation, unsigned copy, btrfs_block_t *block)
{
    uint64_t at, run;
    *block = (btrfs_block_t){.logical = logical, .at = UINT64_MAX, .used = true, .level = (uint8_t)level};
    if (!btrfs_locate(fs, logical, copy, &at, &run) || run < fs->super.node_size || !span_holds(fs->image, at, fs->super.node_size))
        return COPY_ABSENT;
    block->at    = at;
    block->bytes = span_sub(fs->image, at, fs->super.node_size);
    if (btrfs_u64(block->bytes, ADDRESS_AT) != logical || btrfs_u8(block->bytes, LEVEL_AT) != level)
        return COPY_OTHER;
    sink_claim(fs->sink, at, block->bytes.size, REGION_STRUCTURE);
    block->good  = true;
    block->items = sound_items(block->bytes, level);
    span_t covered = span_from_offset(block->bytes, CHECKSUM_FROM), sum = span_clip(block->bytes, 0, BTRFS_CHECKSUM_MAX);
    bool   sound   = btrfs_checksum_holds(fs->super.checksum, covered, sum) && block->items == btrfs_u32(block->bytes, ITEMS_AT) &&
                   (generation == 0 || btrfs_u64(block->bytes, GENERATION_AT) == generation);
    block->tainted = !sound;
    return sound ? COPY_SOUND : COPY_DAMAGED;
}

static btrfs_block_t read_block(btrfs_t *fs, uint64_t logical, unsigned level, uint64_t generation)
{
    btrfs_block_t best = {.logical = logical, .at = UINT64_MAX, .used = true, .level = (uint8_t)level};
    copy_t        how  = COPY_ABSENT;
    for (unsigned copy = 0; copy < BTRFS_COPIES_MAX && btrfs_spend(fs, fs->super.node_size); copy++) {
        btrfs_block_t block;
        copy_t        this = look_at_copy(fs, logical, level, generation, copy, &block);
        if (this == COPY_ABSENT)
            continue;
        /* The worse of two copies is damage of its own. */
        if (how != COPY_ABSENT && this != how)
            sink_damage(fs->sink, this < how ? block.at : best.at, fs->super.node_size, "a copy of a tree block is damaged: another one was used");
        if (this > how) {
            how  = this;
            best = block;
        }
    }
    if (how == COPY_ABSENT && !fs->stopped)
        sink_damage(fs->sink, fs->image.size, 0,
                    "a tree block stands behind the end of the image, on another device or nowhere: what it holds is lost");
    else if (how == COPY_OTHER)
        sink_damage(fs->sink, best.at, fs->super.node_size, "a tree block is not where it should be: what it holds is lost");
    else if (how == COPY_DAMAGED)
        sink_damage(fs->sink, best.at, fs->super.node_size, "the checksum, generation or items of a tree block are wrong: what it holds may be, too");
    return best;
}

static btrfs_block_t *block_place(btrfs_block_t *blocks, size_t capacity, uint64_t logical)
{
    size_t at = (size_t)(logical * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (capacity - 1);
    while (blocks[at].used && blocks[at].logical != logical)
        at = (at + 1) & (capacity - 1);
    return &blocks[at];
}

static bool grow_blocks(btrfs_t *fs)
{
    size_t         capacity = fs->block_capacity == 0 ? FIRST_BLOCKS : fs->block_capacity * 2;
    btrfs_block_t *more     = calloc(capacity, sizeof *more);
    if (more == NULL) {
        fs->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < fs->block_capacity; i++)
        if (fs->blocks[i].used)
            *block_place(more, capacity, fs->blocks[i].logical) = fs->blocks[i];
    free(fs->blocks);
    fs->blocks         = more;
    fs->block_capacity = capacity;
    return true;
}

btrfs_block_t btrfs_block(btrfs_t *fs, uint64_t logical, unsigned level, uint64_t generation)
{
    btrfs_block_t none = {.logical = logical, .at = UINT64_MAX};
    if (fs->no_memory || !btrfs_spend(fs, LOOKUP_COST) || (fs->block_count * 2 >= fs->block_capacity && !grow_blocks(fs)))
        return none;
    btrfs_block_t *known = block_place(fs->blocks, fs->block_capacity, logical);
    if (!known->used) {
        *known = read_block(fs, logical, level, generation);
        fs->block_count++;
    }
    /* The same block at two levels: one of them leads in a circle, or into another tree. */
    if (known->good && known->level != level) {
        if (!known->told)
            sink_damage(fs->sink, known->at, fs->super.node_size, "a tree block is reached at two levels: a tree leads back into itself");
        known->told = true;
        return none;
    }
    return *known;
}

/* ---- searching ---- */

static int compare(btrfs_key_t a, btrfs_key_t b)
{
    if (a.object != b.object)
        return a.object < b.object ? -1 : 1;
    if (a.type != b.type)
        return a.type < b.type ? -1 : 1;
    return a.offset < b.offset ? -1 : a.offset > b.offset;
}

static btrfs_key_t key_in(const btrfs_block_t *block, uint32_t slot)
{
    return btrfs_read_key(block->bytes, BTRFS_HEADER + (uint64_t)slot * (block->level == 0 ? ITEM : POINTER));
}

/* How many items of the block are before `key`, or with `or_equal` not behind it. */
static uint32_t items_before(const btrfs_block_t *block, btrfs_key_t key, bool or_equal)
{
    uint32_t low = 0, high = block->items;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int      order  = compare(key_in(block, middle), key);
        if (order < 0 || (or_equal && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void enter(btrfs_cursor_t *cursor, unsigned level, btrfs_block_t block)
{
    cursor->path[level] = block;
    cursor->slot[level] = 0;
    cursor->gap         = cursor->gap || !block.good;
    if (block.tainted && !cursor->tainted) {
        cursor->tainted  = true;
        cursor->taint_at = block.at;
    }
}

/* The block that the cursor's slot at `level` leads to. */
static void enter_below(btrfs_t *fs, btrfs_cursor_t *cursor, unsigned level)
{
    span_t   bytes = cursor->path[level].bytes;
    uint64_t at    = BTRFS_HEADER + (uint64_t)cursor->slot[level] * POINTER + KEY_SIZE;
    enter(cursor, level - 1, btrfs_block(fs, btrfs_u64(bytes, at), level - 1, btrfs_u64(bytes, at + 8)));
}

/* From a cursor whose slot at `level` may be behind the last: on to the next item that there is, over blocks that cannot be read. */
static bool settle(btrfs_t *fs, btrfs_cursor_t *cursor, unsigned level)
{
    cursor->valid = false;
    while (!fs->stopped && !fs->no_memory) {
        const btrfs_block_t *block = &cursor->path[level];
        if (block->good && cursor->slot[level] < block->items) {
            if (level == 0) {
                cursor->valid = true;
                return true;
            }
            enter_below(fs, cursor, level);
            level--;
            if (level == 0 && !btrfs_spend(fs, cursor->path[0].items * (uint64_t)ITEM))
                break;
            continue;
        }
        level++;
        if (level >= cursor->levels)
            return false;
        cursor->slot[level]++;
    }
    cursor->gap = true;
    return false;
}

bool btrfs_seek(btrfs_t *fs, const btrfs_root_t *root, btrfs_key_t key, bool before, btrfs_cursor_t *cursor)
{
    memset(cursor, 0, sizeof *cursor);
    cursor->levels = root->level + 1U;
    if (cursor->levels > BTRFS_LEVELS_MAX) {
        cursor->gap = true;
        return false;
    }
    unsigned level = root->level;
    enter(cursor, level, btrfs_block(fs, root->at, level, root->generation));
    while (level > 0 && cursor->path[level].good && cursor->path[level].items > 0) {
        uint32_t count      = items_before(&cursor->path[level], key, true);
        cursor->slot[level] = count > 0 ? count - 1 : 0;
        enter_below(fs, cursor, level);
        level--;
    }
    if (level == 0 && cursor->path[0].good) {
        uint32_t count  = items_before(&cursor->path[0], key, before);
        cursor->slot[0] = before && count > 0 ? count - 1 : count;
    }
    return settle(fs, cursor, level);
}

bool btrfs_next(btrfs_t *fs, btrfs_cursor_t *cursor)
{
    if (!cursor->valid)
        return false;
    cursor->slot[0]++;
    return settle(fs, cursor, 0);
}

btrfs_item_t btrfs_item(const btrfs_cursor_t *cursor)
{
    const btrfs_block_t *leaf = &cursor->path[0];
    uint64_t             at   = BTRFS_HEADER + (uint64_t)cursor->slot[0] * ITEM + KEY_SIZE;
    uint64_t             from = BTRFS_HEADER + (uint64_t)btrfs_u32(leaf->bytes, at);
    return (btrfs_item_t){key_in(leaf, cursor->slot[0]), span_sub(leaf->bytes, from, btrfs_u32(leaf->bytes, at + 4)), leaf->at + from};
}

bool btrfs_find(btrfs_t *fs, const btrfs_root_t *root, btrfs_key_t key, btrfs_cursor_t *cursor, btrfs_item_t *item)
{
    if (!btrfs_seek(fs, root, key, false, cursor))
        return false;
    *item = btrfs_item(cursor);
    return compare(item->key, key) == 0;
}

void btrfs_visit(btrfs_t *fs, const btrfs_root_t *root)
{
    btrfs_cursor_t cursor;
    bool           more = btrfs_seek(fs, root, (btrfs_key_t){0, 0, 0}, false, &cursor);
    while (more) {
        cursor.slot[0] = cursor.path[0].items;
        more           = settle(fs, &cursor, 0);
    }
}
