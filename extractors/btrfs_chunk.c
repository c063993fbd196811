/* Chunks: which stretch of logical addresses stands where on which devices. An item: length, owner, length of a stripe, type (data,
 * system, metadata; profile), alignments, number of stripes, of stripes that mirror each other; then device, offset and UUID of each
 * stripe. One device is here; what stands on others cannot be read. Source: Linux, include/uapi/linux/btrfs_tree.h, fs/btrfs/volumes.c. */
#include "extractors/btrfs.h"

#include <stdlib.h>

enum {
    CHUNK_SIZE = 48, STRIPE_SIZE = 32, FIRST_CHUNK_TREE = 256, KEY_SIZE = 17,
    RAID0 = 0x8, RAID1 = 0x10, DUP = 0x20, RAID10 = 0x40, RAID5 = 0x80, RAID6 = 0x100, RAID1C3 = 0x200, RAID1C4 = 0x400,
};

void btrfs_learn_chunk(btrfs_t *fs, uint64_t logical, span_t item)
{
    btrfs_chunk_t chunk = {
        .logical = logical, .length = btrfs_u64(item, 0), .stripe_length = btrfs_u64(item, 16), .type = btrfs_u64(item, 24),
        .stripes = btrfs_u16(item, 44),
        .sub_stripes = btrfs_u16(item, 46), .devices = span_sub(item, CHUNK_SIZE, (uint64_t)btrfs_u16(item, 44) * STRIPE_SIZE),
    };
    uint64_t end;
    unsigned parity = (chunk.type & RAID6) != 0 ? 2 : (chunk.type & RAID5) != 0 ? 1 : 0;
    if (chunk.devices.at == NULL || chunk.stripes <= parity || chunk.length == 0 || !checked_add(logical, chunk.length, &end) ||
        chunk.stripe_length < 4096 ||
        chunk.stripe_length > UINT32_MAX || ((chunk.type & RAID10) != 0 && (chunk.sub_stripes == 0 || chunk.stripes % chunk.sub_stripes != 0))) {
        sink_damage(fs->sink, 0, 0, "a chunk of logical addresses is impossible: what stands in it cannot be found");
        return;
    }
    size_t place = fs->chunk_count;
    while (place > 0 && fs->chunks[place - 1].logical > logical)
        place--;
    /* Known already: from the superblock. */
    if (place > 0 && fs->chunks[place - 1].logical + fs->chunks[place - 1].length > logical)
        return;
    if (place < fs->chunk_count && fs->chunks[place].logical < end)
        return;
    if (!btrfs_grow(fs, (void **)&fs->chunks, fs->chunk_count, &fs->chunk_capacity, sizeof *fs->chunks))
        return;
    if (!btrfs_spend(fs, (fs->chunk_count - place) * sizeof *fs->chunks))
        return;
    memmove(fs->chunks + place + 1, fs->chunks + place, (fs->chunk_count - place) * sizeof *fs->chunks);
    fs->chunks[place] = chunk;
    fs->chunk_count++;
}

void btrfs_learn_system_chunks(btrfs_t *fs)
{
    span_t array = fs->super.chunks;
    for (uint64_t at = 0; at + KEY_SIZE + CHUNK_SIZE <= array.size;) {
        btrfs_key_t key  = btrfs_read_key(array, at);
        uint64_t    size = CHUNK_SIZE + (uint64_t)btrfs_u16(array, at + KEY_SIZE + 44) * STRIPE_SIZE;
        if (key.type != BTRFS_CHUNK || !span_holds(array, at + KEY_SIZE, size)) {
            sink_damage(fs->sink, fs->super.bytenr, BTRFS_SUPER_SIZE, "the superblock's list of system chunks is damaged");
            return;
        }
        btrfs_learn_chunk(fs, key.offset, span_sub(array, at + KEY_SIZE, size));
        at += KEY_SIZE + size;
    }
}

void btrfs_learn_chunks(btrfs_t *fs)
{
    btrfs_cursor_t cursor;
    bool           more = btrfs_seek(fs, &fs->super.chunk, (btrfs_key_t){FIRST_CHUNK_TREE, BTRFS_CHUNK, 0}, false, &cursor);
    for (; more; more = btrfs_next(fs, &cursor)) {
        btrfs_item_t item = btrfs_item(&cursor);
        if (item.key.type == BTRFS_CHUNK)
            btrfs_learn_chunk(fs, item.key.offset, item.data);
    }
    btrfs_visit(fs, &fs->super.chunk);
}

static const btrfs_chunk_t *chunk_of(const btrfs_t *fs, uint64_t logical)
{
    size_t low = 0, high = fs->chunk_count;
    while (low < high) {
        size_t               middle = low + (high - low) / 2;
        const btrfs_chunk_t *chunk  = &fs->chunks[middle];
        if (logical < chunk->logical)
            high = middle;
        else if (logical - chunk->logical >= chunk->length)
            low = middle + 1;
        else
            return chunk;
    }
    return NULL;
}

/* On which stripe, and how far into it, the byte stands. False: there is no such copy. */
static bool stripe_of(const btrfs_chunk_t *chunk, uint64_t offset, unsigned copy, uint64_t *stripe, uint64_t *inside, uint64_t *run)
{
    uint64_t number = offset / chunk->stripe_length, within = offset % chunk->stripe_length;
    if ((chunk->type & (RAID0 | RAID10 | RAID5 | RAID6)) == 0) {
        bool mirrored = (chunk->type & (RAID1 | DUP | RAID1C3 | RAID1C4)) != 0;
        *stripe       = copy;
        *inside       = offset;
        *run          = chunk->length - offset;
        return copy == 0 || (mirrored && copy < chunk->stripes);
    }
    *run = min_u64(chunk->stripe_length - within, chunk->length - offset);
    uint64_t row;
    if ((chunk->type & (RAID5 | RAID6)) != 0) {
        uint64_t data = chunk->stripes - ((chunk->type & RAID6) != 0 ? UINT64_C(2) : UINT64_C(1));
        row           = number / data;
        *stripe       = (number % data + row) % chunk->stripes; /* parity moves by one from row to row */
    } else {
        uint64_t mirrors = (chunk->type & RAID10) != 0 ? chunk->sub_stripes : 1, groups = chunk->stripes / mirrors;
        row     = number / groups;
        *stripe = number % groups * mirrors + copy;
        if (copy >= mirrors)
            return false;
    }
    *inside = row * chunk->stripe_length + within;
    return (chunk->type & (RAID0 | RAID5 | RAID6)) == 0 || copy == 0;
}

bool btrfs_locate(const btrfs_t *fs, uint64_t logical, unsigned copy, uint64_t *at, uint64_t *run)
{
    const btrfs_chunk_t *chunk = chunk_of(fs, logical);
    uint64_t             stripe, inside;
    *at  = UINT64_MAX;
    *run = 0;
    if (chunk == NULL || !stripe_of(chunk, logical - chunk->logical, copy, &stripe, &inside, run))
        return false;
    if (btrfs_u64(chunk->devices, stripe * STRIPE_SIZE) != fs->super.device)
        return false;
    return checked_add(btrfs_u64(chunk->devices, stripe * STRIPE_SIZE + 8), inside, at) && *at < UINT64_MAX / 2;
}
