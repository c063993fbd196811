/* Which blocks a file has: a tree of extents (magic 0xF30A; 12-byte header and entries, depth at most 5), or the older list of
 * twelve blocks and one, two and three levels of blocks of pointers. */
#include "extractors/ext4.h"

enum {
    EXTENT_MAGIC = 0xF30A, EXTENT_ENTRY = 12, DEPTH_MAX = 5, WRITTEN_MAX = 32768, DIRECT = 12, LEVELS = 3,
};

typedef struct {
    ext4_t             *fs;
    const ext4_inode_t *inode;
    uint64_t            end, next;  /* blocks that are asked for; the first that is not told yet */
    ext4_run_t          pending;    /* count 0: none */
    ext4_run_reader_t   reader;
    void               *context;
    bool                stopped;
} map_t;

static void hand_on_pending(map_t *m)
{
    if (m->pending.count > 0 && m->reader != NULL && !m->stopped)
        m->stopped = !m->reader(m->context, &m->pending);
    m->pending.count = 0;
}

static bool continues(const ext4_run_t *a, const ext4_run_t *b)
{
    if (a->count == 0 || a->kind != b->kind || a->logical + a->count != b->logical)
        return false;
    return a->kind == EXT4_RUN_LOST ? a->what == b->what && a->physical == b->physical : a->physical + a->count == b->physical;
}

static void add(map_t *m, ext4_run_t run)
{
    if (run.logical >= m->end || run.count == 0)
        return;
    run.count = min_u64(run.count, m->end - run.logical);
    m->next   = run.logical + run.count;
    if (continues(&m->pending, &run)) {
        m->pending.count += run.count;
        return;
    }
    hand_on_pending(m);
    m->pending = run;
}

/* From the first block not told yet up to `end` (of the file), because of what stands at `at`. */
static void lose(map_t *m, uint64_t end, uint64_t at, const char *what)
{
    if (end > m->next)
        add(m, (ext4_run_t){.kind = EXT4_RUN_LOST, .logical = m->next, .count = end - m->next, .physical = at, .what = what});
}

static void claim_block(const map_t *m, uint64_t block)
{
    sink_claim(m->fs->sink, block * m->fs->super.block_size, m->fs->super.block_size, REGION_STRUCTURE);
}

/* ---- extents ---- */

static void check_extent_block(map_t *m, span_t node, uint64_t at, uint32_t entries_max)
{
    uint64_t tail   = EXTENT_ENTRY * (1 + (uint64_t)entries_max);
    span_t   stored = span_sub(node, tail, 4);
    if (!m->fs->checksums || m->fs->reading_deleted || stored.at == NULL)
        return;
    reader_t r = reader_from(stored);
    if (ext4_crc32c(m->inode->seed, span_sub(node, 0, tail)) != read_le32(&r))
        ext4_tell(m->fs, at, node.size, "the checksum of a block of extents does not hold");
}

static void add_extent(map_t *m, reader_t *r, uint64_t at)
{
    uint64_t logical = read_le32(r), length = read_le16(r), start = (uint64_t)read_le16(r) << 32;
    start |= read_le32(r);
    bool unwritten = length > WRITTEN_MAX;
    length -= unwritten ? WRITTEN_MAX : 0;
    if (length == 0 || logical < m->next || start >= m->fs->super.blocks || length > m->fs->super.blocks - start) {
        lose(m, logical + length, at, "an extent names blocks that cannot be");
        return;
    }
    add(m, (ext4_run_t){.kind = unwritten ? EXT4_RUN_UNWRITTEN : EXT4_RUN_DATA, .logical = logical, .count = length, .physical = start});
}

/* A node with `depth` levels below it, that answers for the blocks up to `end`. */
static void walk_extents(map_t *m, span_t node, unsigned depth, uint64_t end, bool in_block)
{
    uint64_t at       = ext4_offset(m->fs, node);
    reader_t r        = reader_from(node);
    bool     magic    = read_le16(&r) == EXTENT_MAGIC;
    uint32_t entries  = read_le16(&r), most = read_le16(&r);
    bool     as_deep  = read_le16(&r) == depth;
    reader_skip(&r, 4);
    if (!reader_ok(&r) || !magic || !as_deep || entries > most || most > (node.size - EXTENT_ENTRY) / EXTENT_ENTRY) {
        lose(m, end, at, "a node of the tree of extents is damaged");
        return;
    }
    if (in_block)
        check_extent_block(m, node, at, most);
    for (uint32_t i = 0; i < entries && !m->stopped; i++) {
        if (depth == 0) {
            add_extent(m, &r, at);
            continue;
        }
        uint64_t first = read_le32(&r), block = read_le32(&r);
        block |= (uint64_t)read_le16(&r) << 32;
        reader_skip(&r, 2);
        reader_t following = r;
        uint64_t until     = i + 1 < entries ? read_le32(&following) : end;
        span_t   below     = ext4_bytes(m->fs, block, 0, m->fs->super.block_size);
        if (!ext4_spend(m->fs, m->fs->super.block_size)) {
            m->stopped = true;
            return;
        }
        if (first < m->next || below.at == NULL) {
            lose(m, until, min_u64(block * m->fs->super.block_size, m->fs->image.size), "a block of extents cannot be read");
            continue;
        }
        claim_block(m, block);
        walk_extents(m, below, depth - 1, until, true);
    }
}

static void map_extents(map_t *m)
{
    span_t   root = span_sub(m->inode->raw, EXT4_FIRST_BLOCK_FIELD, EXT4_IN_INODE);
    reader_t r    = reader_at(root, 6);
    unsigned depth = read_le16(&r);
    if (depth > DEPTH_MAX)
        lose(m, m->end, m->inode->at, "the tree of extents is damaged");
    else
        walk_extents(m, root, depth, m->end, false);
}

/* ---- blocks of pointers ---- */

static void walk_pointers(map_t *m, uint32_t block, unsigned level, uint64_t span)
{
    const ext4_super_t *s = &m->fs->super;
    if (m->stopped || m->next >= m->end)
        return;
    uint64_t from = m->next, count = min_u64(span, m->end - from), at = min_u64((uint64_t)block * s->block_size, m->fs->image.size);
    if (block == 0) { /* a hole */
        hand_on_pending(m);
        m->next = from + count;
        return;
    }
    if (level == 0) {
        if (block >= s->blocks)
            lose(m, from + 1, m->inode->at, "a pointer to a block leads out of the file system");
        else
            add(m, (ext4_run_t){.kind = EXT4_RUN_DATA, .logical = from, .count = 1, .physical = block});
        return;
    }
    span_t pointers = ext4_bytes(m->fs, block, 0, s->block_size);
    if (!ext4_spend(m->fs, s->block_size)) {
        m->stopped = true;
        return;
    }
    if (pointers.at == NULL) {
        lose(m, from + count, at, "a block of pointers to blocks cannot be read");
        return;
    }
    claim_block(m, block);
    reader_t r = reader_from(pointers);
    while (reader_left(&r) >= 4 && !m->stopped && m->next < m->end)
        walk_pointers(m, read_le32(&r), level - 1, span / (s->block_size / 4));
}

static void map_pointers(map_t *m)
{
    reader_t r = reader_at(m->inode->raw, EXT4_FIRST_BLOCK_FIELD);
    for (unsigned i = 0; i < DIRECT; i++)
        walk_pointers(m, read_le32(&r), 0, 1);
    uint64_t span = 1;
    for (unsigned level = 1; level <= LEVELS; level++) {
        span *= m->fs->super.block_size / 4;
        walk_pointers(m, read_le32(&r), level, span);
    }
}

void ext4_map(ext4_t *fs, const ext4_inode_t *inode, uint64_t blocks, ext4_run_reader_t reader, void *context)
{
    map_t m = {.fs = fs, .inode = inode, .end = blocks, .reader = reader, .context = context};
    if (inode->raw.size < EXT4_INODE_MIN || (inode->flags & EXT4_FLAG_INLINE_DATA) != 0)
        return;
    if ((inode->flags & EXT4_FLAG_EXTENTS) != 0)
        map_extents(&m);
    else
        map_pointers(&m);
    hand_on_pending(&m);
}

/* ---- whole files ---- */

typedef struct { ext4_t *fs; buffer_t *out; uint64_t size; bool whole; } collect_t;

static void append_zeros(buffer_t *out, uint64_t length)
{
    uint8_t *at = length > 0 ? buffer_reserve(out, (size_t)length) : NULL;
    if (at != NULL) {
        memset(at, 0, (size_t)length);
        out->size += (size_t)length;
    }
}

static bool collect_run(void *context, const ext4_run_t *run)
{
    collect_t *c    = context;
    uint64_t   size = c->fs->super.block_size;
    if (run->kind == EXT4_RUN_LOST) {
        c->whole = false;
        return false;
    }
    if (run->kind == EXT4_RUN_UNWRITTEN)
        return true;
    for (uint64_t i = 0; i < run->count && (run->logical + i) * size < c->size; i++) {
        uint64_t from = (run->logical + i) * size;
        span_t   here = ext4_bytes(c->fs, run->physical + i, 0, min_u64(size, c->size - from));
        if (here.at == NULL || !ext4_spend(c->fs, size)) {
            c->whole = false;
            return false;
        }
        append_zeros(c->out, from - min_u64(from, c->out->size));
        buffer_append(c->out, here);
        sink_claim(c->fs->sink, (run->physical + i) * size, here.size, REGION_STRUCTURE);
    }
    return !c->out->failed;
}

bool ext4_collect(ext4_t *fs, const ext4_inode_t *inode, uint64_t size, buffer_t *out)
{
    buffer_t  bytes = {.limit = size > 0 ? (size_t)size : 1};
    collect_t c     = {.fs = fs, .out = &bytes, .size = size, .whole = true};
    if (size > fs->image.size)
        return false;
    ext4_map(fs, inode, (size + fs->super.block_size - 1) / fs->super.block_size, collect_run, &c);
    append_zeros(&bytes, size - min_u64(size, bytes.size));
    buffer_append(out, buffer_span(&bytes));
    bool whole = c.whole && !bytes.failed && !out->failed;
    buffer_free(&bytes);
    return whole;
}

static bool claim_run(void *context, const ext4_run_t *run)
{
    ext4_t  *fs = context;
    uint64_t at = run->physical * fs->super.block_size, length = run->count * fs->super.block_size;
    if (run->kind == EXT4_RUN_DATA && at < fs->image.size)
        sink_claim(fs->sink, at, min_u64(length, fs->image.size - at), REGION_STRUCTURE);
    return true;
}

void ext4_claim_file(ext4_t *fs, const ext4_inode_t *inode)
{
    if (ext4_mode_is_known(inode->mode))
        ext4_map(fs, inode, (inode->size + fs->super.block_size - 1) / fs->super.block_size, claim_run, fs);
}
