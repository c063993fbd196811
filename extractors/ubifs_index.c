/* Which nodes of UBIFS count: what the index of the last commit leads to, and what the journal holds since. Where that cannot be told,
 * all nodes count, the newest of each key first. */
#include "extractors/ubifs.h"

#include <stdlib.h>

enum { LEVELS_MAX = 64, IN_GROUP = 1, GROUP_AT = 21 };

typedef struct {
    uint64_t sqnum, commit;
    uint32_t flags, log_leb, root_leb, root_offset;
} master_t;

/* ---- keys ---- */

span_t ubifs_name(const ubifs_node_t *dent)
{
    reader_t r = ubifs_reader(dent, 50);
    return span_clip(ubifs_bytes(dent), UBIFS_DENT, read_le16(&r));
}

static bool has_name(const ubifs_node_t *node)
{
    return (node->type == UBIFS_DENT_NODE || node->type == UBIFS_XENT_NODE) && (node->flags & UBIFS_LOST) == 0;
}

static int by_name(const ubifs_node_t *a, const ubifs_node_t *b)
{
    if (!has_name(a) || !has_name(b))
        return has_name(a) - has_name(b);
    span_t x = ubifs_name(a), y = ubifs_name(b);
    size_t shorter = x.size < y.size ? x.size : y.size;
    int    order   = shorter > 0 ? memcmp(x.at, y.at, shorter) : 0;
    return order != 0 ? order : (x.size > y.size) - (x.size < y.size);
}

/* Names of the same hash have the same key. */
static int by_key(const void *a, const void *b)
{
    const ubifs_node_t *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    int order = x->type == UBIFS_DENT_NODE || x->type == UBIFS_XENT_NODE ? by_name(x, y) : 0;
    if (order != 0)
        return order;
    if (x->sqnum != y->sqnum)
        return x->sqnum < y->sqnum ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

void ubifs_sort(ubifs_view_t *view)
{
    if (view->count > 1)
        qsort(view->nodes, view->count, sizeof *view->nodes, by_key);
}

size_t ubifs_first_of(const ubifs_view_t *view, uint64_t key)
{
    size_t low = 0, high = view->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view->nodes[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- master nodes ---- */

static uint64_t place_of(const ubifs_t *fs, uint32_t leb, uint32_t offset) { return (uint64_t)leb * fs->super.leb_size + offset; }

static void read_master(const ubifs_node_t *node, master_t *master)
{
    reader_t r    = ubifs_reader(node, 32);
    master->sqnum  = node->sqnum;
    master->commit = read_le64(&r);
    master->flags  = read_le32(&r);
    master->log_leb     = read_le32(&r);
    master->root_leb    = read_le32(&r);
    master->root_offset = read_le32(&r);
}

/* The newest of all that are in the two blocks for them. */
static bool find_master(ubifs_t *fs, master_t *master)
{
    bool found = false;
    for (uint32_t leb = 1; leb <= 2; leb++) {
        size_t count = 0, end = ubifs_first_at(fs, place_of(fs, leb + 1, 0));
        for (size_t i = ubifs_first_at(fs, place_of(fs, leb, 0)); i < end; i++) {
            master_t one;
            if (fs->all.nodes[i].type != UBIFS_MASTER_NODE)
                continue;
            read_master(&fs->all.nodes[i], &one);
            count++;
            if (!found || one.sqnum > master->sqnum)
                *master = one;
            found = true;
        }
        if (count == 0)
            sink_damage(fs->sink, place_of(fs, leb, 0), 0, "this copy of the master node cannot be read");
    }
    return found;
}

/* ---- the index ---- */

static ubifs_node_t *node_at(ubifs_t *fs, uint64_t offset)
{
    size_t i = ubifs_first_at(fs, offset);
    return i < fs->all.count && ubifs_offset(fs, &fs->all.nodes[i]) == offset ? &fs->all.nodes[i] : NULL;
}

typedef struct { ubifs_node_t *node; uint32_t next, count, level, branch_size; } level_t;

/* False: there is no index node of this level. Level UINT32_MAX: any. */
static bool open_index(ubifs_t *fs, uint64_t offset, uint32_t level, level_t *opened)
{
    ubifs_node_t *node = node_at(fs, offset);
    if (node == NULL || node->type != UBIFS_INDEX_NODE || (node->flags & UBIFS_VISITED) != 0)
        return false;
    reader_t r = ubifs_reader(node, UBIFS_HEADER);
    *opened    = (level_t){.node = node, .count = read_le16(&r)};
    opened->level = read_le16(&r);
    if (opened->count == 0 || opened->level >= LEVELS_MAX || (level != UINT32_MAX && opened->level != level))
        return false;
    /* Where the file system is authenticated, each branch has a hash behind its key. */
    opened->branch_size = (node->length - UBIFS_INDEX) / opened->count;
    node->flags |= UBIFS_VISITED;
    return opened->branch_size >= UBIFS_BRANCH;
}

/* The index leads to a node with a key: is it there? */
static bool take_leaf(ubifs_t *fs, uint64_t key, uint64_t offset, uint32_t length)
{
    ubifs_node_t *node = node_at(fs, offset);
    if (ubifs_key_type(key) > UBIFS_XENT_NODE)
        return false;
    if (node != NULL && node->type == ubifs_key_type(key) && node->key == key && node->length == length) {
        node->flags |= UBIFS_INDEXED;
        return true;
    }
    span_t       place = span_clip(fs->image, offset, length);
    ubifs_node_t lost  = {
        .at = place.at, .key = key, .length = (uint32_t)place.size, .type = (uint8_t)ubifs_key_type(key), .flags = UBIFS_LOST,
    };
    return ubifs_add(fs, &fs->live, &lost);
}

/* False: a part of the index cannot be read. */
static bool walk_index(ubifs_t *fs, const master_t *master)
{
    level_t stack[LEVELS_MAX];
    size_t  depth = 0;
    if (!open_index(fs, place_of(fs, master->root_leb, master->root_offset), UINT32_MAX, &stack[0]))
        return false;
    for (depth = 1; depth > 0;) {
        level_t *top = &stack[depth - 1];
        if (top->next == top->count) {
            depth--;
            continue;
        }
        reader_t r      = ubifs_reader(top->node, UBIFS_INDEX + (uint64_t)top->next++ * top->branch_size);
        uint32_t leb    = read_le32(&r), place = read_le32(&r), length = read_le32(&r);
        uint64_t inode  = read_le32(&r), key = inode << 32 | read_le32(&r), offset = place_of(fs, leb, place);
        if (!reader_ok(&r))
            return false;
        if (top->level == 0) {
            if (!take_leaf(fs, key, offset, length))
                return false;
        } else {
            /* Levels only ever go down by one, so the stack holds them all. */
            if (!open_index(fs, offset, top->level - 1, &stack[depth]))
                return false;
            depth++;
        }
    }
    return true;
}

/* ---- the journal ---- */

static bool is_keyed(const ubifs_node_t *node) { return node->type <= UBIFS_TRUNCATION_NODE; }

/* Nodes written as a group count together or not at all: one that was cut off by a power failure stands at the end. `taken` has a
 * place for each block: the first reference to one counts. */
static void take_bud(ubifs_t *fs, uint32_t leb, uint32_t from, uint8_t *taken)
{
    if (leb >= fs->image.size / fs->super.leb_size + 1 || taken[leb] != 0)
        return;
    taken[leb]   = 1;
    size_t first = ubifs_first_at(fs, place_of(fs, leb, from)), end = ubifs_first_at(fs, place_of(fs, leb + 1, 0));
    while (end > first && is_keyed(&fs->all.nodes[end - 1]) && fs->all.nodes[end - 1].at[GROUP_AT] == IN_GROUP)
        end--;
    for (size_t i = first; i < end; i++)
        if (is_keyed(&fs->all.nodes[i]))
            fs->all.nodes[i].flags |= UBIFS_BUD;
}

static bool names_bud(const ubifs_t *fs, const ubifs_node_t *node, uint32_t *leb, uint32_t *from)
{
    if (node->type != UBIFS_REFERENCE_NODE)
        return false;
    reader_t r = ubifs_reader(node, UBIFS_HEADER);
    *leb       = read_le32(&r);
    *from      = read_le32(&r);
    return *leb < fs->super.leb_count && *from < fs->super.leb_size;
}

/* The log is a ring of blocks; it begins with the node of the last commit, and ends where older nodes begin. False: it does not begin so. */
static bool read_log(ubifs_t *fs, const master_t *master, uint8_t *taken)
{
    const ubifs_super_t *s = &fs->super;
    if (master->log_leb < UBIFS_LOG_LEB || master->log_leb >= UBIFS_LOG_LEB + s->log_lebs)
        return false;
    uint64_t commit = 0;
    uint32_t leb    = master->log_leb;
    do {
        size_t i = ubifs_first_at(fs, place_of(fs, leb, 0)), end = ubifs_first_at(fs, place_of(fs, leb + 1, 0));
        if (commit == 0) {
            if (i == end || fs->all.nodes[i].type != UBIFS_COMMIT_NODE)
                return false;
            reader_t r = ubifs_reader(&fs->all.nodes[i], UBIFS_HEADER);
            if (read_le64(&r) != master->commit)
                return false;
            commit = fs->all.nodes[i].sqnum;
        }
        if (i == end || fs->all.nodes[i].sqnum < commit)
            break;
        for (; i < end; i++) {
            uint32_t bud, from;
            if (fs->all.nodes[i].sqnum >= commit && names_bud(fs, &fs->all.nodes[i], &bud, &from))
                take_bud(fs, bud, from, taken);
        }
        leb = leb + 1 == UBIFS_LOG_LEB + s->log_lebs ? UBIFS_LOG_LEB : leb + 1;
    } while (leb != master->log_leb);
    return true;
}

static void read_journal(ubifs_t *fs, const master_t *master)
{
    uint8_t *taken = calloc(fs->image.size / fs->super.leb_size + 1, 1);
    bool     read  = taken != NULL && read_log(fs, master, taken);
    fs->no_memory  = fs->no_memory || taken == NULL;
    free(taken);
    if (read || fs->no_memory)
        return;
    sink_damage(fs->sink, place_of(fs, UBIFS_LOG_LEB, 0), 0,
                "the log cannot be read: all nodes newer than the last commit are taken for the journal");
    for (size_t i = 0; i < fs->all.count; i++)
        if (is_keyed(&fs->all.nodes[i]) && fs->all.nodes[i].sqnum > master->sqnum)
            fs->all.nodes[i].flags |= UBIFS_BUD;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Inodes that were deleted while still open. */
static bool read_orphans(ubifs_t *fs)
{
    for (size_t i = 0; i < fs->all.count; i++) {
        const ubifs_node_t *node = &fs->all.nodes[i];
        if (node->type != UBIFS_ORPHAN_NODE)
            continue;
        reader_t r = ubifs_reader(node, 32);
        while (reader_left(&r) >= 8) {
            if (fs->orphan_count == fs->orphan_capacity) {
                size_t    capacity = fs->orphan_capacity == 0 ? 64 : fs->orphan_capacity * 2;
                uint64_t *more     = realloc(fs->orphans, capacity * sizeof *more);
                if (more == NULL)
                    return false;
                fs->orphans         = more;
                fs->orphan_capacity = capacity;
            }
            fs->orphans[fs->orphan_count++] = read_le64(&r);
        }
    }
    if (fs->orphan_count > 1)
        qsort(fs->orphans, fs->orphan_count, sizeof *fs->orphans, by_number);
    return true;
}

/* ---- what counts ---- */

static bool use_index(ubifs_t *fs, size_t *journal)
{
    master_t master = {0};
    if (!fs->super_good || !find_master(fs, &master))
        return false;
    sink_fact_printf(fs->sink, "ubifs.commit", "%llu", (unsigned long long)master.commit);
    fs->dirty = (master.flags & 1) != 0;
    if (!walk_index(fs, &master))
        return false;
    read_journal(fs, &master);
    for (size_t i = 0; i < fs->all.count; i++) {
        const ubifs_node_t *node = &fs->all.nodes[i];
        *journal += (node->flags & UBIFS_BUD) != 0;
        if ((node->flags & (UBIFS_INDEXED | UBIFS_BUD)) != 0 && !ubifs_add(fs, &fs->live, node))
            return false;
    }
    return !fs->no_memory;
}

static bool use_all_nodes(ubifs_t *fs)
{
    fs->by_scan    = true;
    fs->live.count = 0;
    for (size_t i = 0; i < fs->all.count; i++)
        if (is_keyed(&fs->all.nodes[i]) && !ubifs_add(fs, &fs->live, &fs->all.nodes[i]))
            return false;
    return true;
}

bool ubifs_find_live(ubifs_t *fs)
{
    size_t journal = 0;
    if (!use_index(fs, &journal)) {
        if (fs->no_memory || !use_all_nodes(fs))
            return false;
        sink_damage(fs->sink, 0, 0, "the index cannot be read to its end: files are put together from all nodes, the newest first");
    }
    sink_fact_printf(fs->sink, "ubifs.journal", fs->by_scan ? "not read" : "%zu nodes", journal);
    ubifs_sort(&fs->live);
    if (!read_orphans(fs))
        return false;
    if (fs->orphan_count > 0)
        sink_fact_printf(fs->sink, "ubifs.orphans", "%zu", fs->orphan_count);
    return true;
}
