/* Metadata of squashfs: inodes, directories and tables stand in blocks of 8 KiB before compression, each behind 16 bits: its size
 * on disk, and bit 15 when it is stored as it is. In 1.x to 3.x a marker may stand behind them. A table of entries is followed by the
 * positions of its blocks. */
#include "extractors/squashfs.h"

#include <stdlib.h>

enum { STORED = 0x8000, HEADER_SIZE = 2, FLAG_MARKED = 4 };

bool squashfs_metadata_block(const squashfs_t *fs, uint64_t at, span_t *bytes, bool *stored, uint64_t *next)
{
    reader_t r      = reader_at(fs->image, at);
    uint16_t header = (uint16_t)squashfs_number(fs->sizes_are_big, &r, HEADER_SIZE);
    uint16_t length = header & (STORED - 1);
    bool     marked = squashfs_is_old(&fs->super) && (fs->super.flags & FLAG_MARKED) != 0;
    reader_skip(&r, marked ? 1 : 0);
    *bytes  = read_span(&r, length);
    *stored = (header & STORED) != 0;
    *next   = at + HEADER_SIZE + (marked ? 1 : 0) + length;
    return reader_ok(&r) && length > 0 && length <= SQUASHFS_METADATA_SIZE;
}

/* An empty block would let a reader go on for ever without getting anything. */
static bool decode(squashfs_t *fs, squashfs_metadata_t *block)
{
    span_t bytes;
    bool   stored;
    size_t produced = 0;
    block->size     = 0;
    if (!squashfs_metadata_block(fs, block->at, &bytes, &stored, &block->next))
        return false;
    if (stored)
        memcpy(block->bytes, bytes.at, bytes.size);
    else if (!squashfs_decompress(fs, &fs->metadata, bytes, block->bytes, SQUASHFS_METADATA_SIZE, 0, &produced))
        return false;
    block->size = (uint32_t)(stored ? bytes.size : produced);
    return block->size > 0;
}

static squashfs_metadata_t *least_recent(squashfs_metadata_t *set)
{
    squashfs_metadata_t *least = &set[0];
    for (size_t i = 1; i < SQUASHFS_CACHE_WAYS; i++)
        if (set[i].used < least->used)
            least = &set[i];
    return least;
}

static void decode_into(squashfs_t *fs, squashfs_metadata_t *block, uint64_t at)
{
    block->at  = at;
    block->bad = !decode(fs, block);
    if (fs->quiet)
        return;
    if (block->bad)
        sink_damage(fs->sink, at, block->next - at, at < fs->image.size ? "a metadata block does not decode" : "metadata lies behind the end of the image");
    else
        sink_claim(fs->sink, at, block->next - at, REGION_STRUCTURE);
}

/* The decoded block at `at`, from the cache or new; NULL when it is damaged. Valid until the next call. */
static const squashfs_metadata_t *load(squashfs_t *fs, uint64_t at)
{
    squashfs_metadata_t *set = fs->cache[(at * UINT64_C(0x9E3779B97F4A7C15)) >> 54];
    _Static_assert(SQUASHFS_CACHE_SETS == 1 << (64 - 54), "the hash selects a set");
    for (size_t i = 0; i < SQUASHFS_CACHE_WAYS; i++)
        if (set[i].used != 0 && set[i].at == at) {
            set[i].used = ++fs->clock;
            return set[i].bad ? NULL : &set[i];
        }
    if (!squashfs_spend(fs, SQUASHFS_METADATA_SIZE))
        return NULL;
    squashfs_metadata_t *block = least_recent(set);
    if (block->bytes == NULL)
        block->bytes = malloc(SQUASHFS_METADATA_SIZE);
    if (block->bytes == NULL) {
        fs->no_memory = fs->stopped = true;
        return NULL;
    }
    block->used = ++fs->clock;
    decode_into(fs, block, at);
    return block->bad ? NULL : block;
}

/* The bytes from the cursor to the end of its block, moving on to the next block when there are none. */
static span_t rest_of_block(squashfs_t *fs, squashfs_cursor_t *cursor)
{
    for (;;) {
        const squashfs_metadata_t *block = load(fs, cursor->at);
        if (block == NULL || cursor->offset > block->size)
            return (span_t){NULL, 0};
        if (cursor->offset < block->size)
            return span_from(block->bytes + cursor->offset, block->size - cursor->offset);
        *cursor = (squashfs_cursor_t){block->next, 0};
    }
}

bool squashfs_read(squashfs_t *fs, squashfs_cursor_t *cursor, void *out, size_t size)
{
    uint8_t *to = out;
    while (size > 0) {
        span_t rest = rest_of_block(fs, cursor);
        if (rest.at == NULL)
            return false;
        size_t step = (size_t)min_u64(size, rest.size);
        memcpy(to, rest.at, step);
        to += step;
        size -= step;
        cursor->offset += (uint32_t)step;
    }
    return true;
}

bool squashfs_skip(squashfs_t *fs, squashfs_cursor_t *cursor, uint64_t size)
{
    while (size > 0) {
        span_t rest = rest_of_block(fs, cursor);
        if (rest.at == NULL)
            return false;
        uint64_t step = min_u64(size, rest.size);
        size -= step;
        cursor->offset += (uint32_t)step;
    }
    return true;
}

bool squashfs_settle(squashfs_t *fs, squashfs_cursor_t *cursor) { return rest_of_block(fs, cursor).at != NULL; }

squashfs_table_t squashfs_table(const squashfs_super_t *super, uint64_t pointers, uint64_t count, uint32_t entry_size)
{
    return (squashfs_table_t){
        .pointers = pointers, .count = pointers == SQUASHFS_NO_TABLE ? 0 : count, .entry_size = entry_size, .pointer_size = super->major < 3 ? 4 : 8,
    };
}

bool squashfs_table_entry(squashfs_t *fs, const squashfs_table_t *table, uint64_t index, void *out)
{
    if (index >= table->count)
        return false;
    uint64_t position = index * table->entry_size, pointer_at;
    if (!checked_add(table->pointers, position / SQUASHFS_METADATA_SIZE * table->pointer_size, &pointer_at))
        return false;
    reader_t          r      = reader_at(fs->image, pointer_at);
    squashfs_cursor_t cursor = {squashfs_number(fs->super.big_endian, &r, table->pointer_size), position % SQUASHFS_METADATA_SIZE};
    return reader_ok(&r) && squashfs_read(fs, &cursor, out, table->entry_size);
}

/* Blocks of one table follow one another, so reading them all costs no more than the image is long, whatever the count says. */
void squashfs_explain_table(squashfs_t *fs, const squashfs_table_t *table, const char *what_is_damaged)
{
    if (table->count == 0)
        return;
    uint64_t blocks = (table->count * table->entry_size + SQUASHFS_METADATA_SIZE - 1) / SQUASHFS_METADATA_SIZE;
    span_t   there  = span_clip(fs->image, table->pointers, blocks * table->pointer_size);
    reader_t r      = reader_from(there);
    uint64_t begin  = 0;
    bool     whole  = there.size == blocks * table->pointer_size;
    for (uint64_t i = 0; i < there.size / table->pointer_size && !fs->stopped; i++) {
        uint64_t                   at    = squashfs_number(fs->super.big_endian, &r, table->pointer_size);
        const squashfs_metadata_t *block = i == 0 || at == begin ? load(fs, at) : NULL;
        if (block == NULL) {
            whole = false;
            break;
        }
        begin = block->next;
        sink_claim(fs->sink, table->pointers + i * table->pointer_size, table->pointer_size, REGION_STRUCTURE);
    }
    if (!whole && !fs->stopped)
        sink_damage(fs->sink, table->pointers, blocks * table->pointer_size, what_is_damaged);
}

void squashfs_forget_metadata(squashfs_t *fs)
{
    for (size_t set = 0; set < SQUASHFS_CACHE_SETS; set++)
        for (size_t way = 0; way < SQUASHFS_CACHE_WAYS; way++)
            fs->cache[set][way].used = 0;
}

void squashfs_free_metadata(squashfs_t *fs)
{
    for (size_t set = 0; set < SQUASHFS_CACHE_SETS; set++)
        for (size_t way = 0; way < SQUASHFS_CACHE_WAYS; way++)
            free(fs->cache[set][way].bytes);
}
