/* Forks and B-trees of HFS Plus. */
#include "extractors/hfsplus.h"

#include <stdlib.h>

enum { NODE_DESCRIPTOR = 14, NODE_MIN = 512, NODE_MAX = 32768, KIND_LEAF = 0xFF, KIND_INDEX = 0, KIND_HEADER = 1, OVERFLOW_KEY = 10 };

hfsplus_fork_t hfsplus_read_fork(reader_t *r, uint32_t file, uint8_t fork)
{
    hfsplus_fork_t read = {.size = read_be64(r), .file = file, .fork = fork};
    reader_skip(r, 4);
    read.blocks = read_be32(r);
    for (size_t i = 0; i < HFSPLUS_EXTENTS; i++) {
        read.extents[i].start  = read_be32(r);
        read.extents[i].blocks = read_be32(r);
    }
    return read;
}

static int by_file(const void *a, const void *b)
{
    const hfsplus_overflow_t *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->fork != y->fork)
        return x->fork < y->fork ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

const char *hfsplus_runs(const hfsplus_volume_t *v, const hfsplus_fork_t *fork, bool (*run)(void *context, uint64_t at, uint64_t length),
    void *context)
{
    const hfsplus_extent_t *extents = fork->extents;
    for (uint32_t done = 0; done < fork->blocks;) {
        uint32_t before = done;
        for (size_t i = 0; i < HFSPLUS_EXTENTS && extents[i].blocks > 0 && done < fork->blocks; i++) {
            if ((uint64_t)extents[i].start + extents[i].blocks > v->blocks)
                return "its blocks lie outside of the volume";
            if (!run(context, (uint64_t)extents[i].start * v->block_size, (uint64_t)extents[i].blocks * v->block_size))
                return NULL;
            if (__builtin_add_overflow(done, extents[i].blocks, &done))
                return "more blocks than a file can have";
        }
        if (done >= fork->blocks)
            return NULL;
        hfsplus_overflow_t        wanted = {.file = fork->file, .fork = fork->fork, .from = done};
        const hfsplus_overflow_t *more   = v->overflow_count > 0 ? bsearch(&wanted, v->overflow, v->overflow_count, sizeof wanted, by_file) : NULL;
        if (more == NULL || (done == before && more->extents[0].blocks == 0))
            return "further extents are not in the extents overflow tree";
        extents = more->extents;
    }
    return NULL;
}

static bool write_run(void *context, uint64_t at, uint64_t length)
{
    fs_content_run(context, at, length);
    return !fs_content_full(context);
}

status_t hfsplus_write_fork(const hfsplus_volume_t *v, const hfsplus_fork_t *fork, child_t *child)
{
    fs_content_t content;
    fs_content_begin(&content, child, v->image, fork->size);
    const char *broken = hfsplus_runs(v, fork, write_run, &content);
    return fs_content_end_lost(&content, 0, broken != NULL ? broken : "a file has fewer blocks than its size says");
}

typedef struct { const hfsplus_volume_t *volume; buffer_t *out; uint64_t first_at, left; bool cut; } gathering_t;

static bool gather_run(void *context, uint64_t at, uint64_t length)
{
    gathering_t *g     = context;
    span_t       piece = span_clip(g->volume->image, at, min_u64(length, g->left));
    if (g->out->size == 0)
        g->first_at = at;
    /* No structure is larger than the image: one that is has its blocks more than once. */
    if (piece.size > g->volume->image.size - min_u64(g->out->size, g->volume->image.size) || !hfsplus_afford(g->volume, piece.size))
        return false;
    buffer_append(g->out, piece);
    sink_claim(g->volume->sink, at, piece.size, REGION_STRUCTURE);
    g->cut = piece.size < min_u64(length, g->left);
    g->left -= piece.size;
    return !g->cut && g->left > 0 && !g->out->failed;
}

bool hfsplus_afford(const hfsplus_volume_t *v, uint64_t bytes)
{
    if (bytes <= *v->budget) {
        *v->budget -= bytes;
        return true;
    }
    if (*v->budget > 0)
        sink_limit(v->sink, 0, 0, "ratio", "attributes and forks that are read again and again: further ones were left out");
    *v->budget = 0;
    return false;
}

bool hfsplus_gather(const hfsplus_volume_t *v, const hfsplus_fork_t *fork, buffer_t *out, uint64_t *first_at)
{
    gathering_t g = {.volume = v, .out = out, .left = fork->size};
    (void)hfsplus_runs(v, fork, gather_run, &g);
    *first_at = g.first_at;
    return !out->failed;
}

/* ---- B-trees ---- */

static uint64_t node_at(const hfsplus_btree_t *tree, uint32_t node) { return (uint64_t)node * tree->node_size; }
static span_t   node_span(const hfsplus_btree_t *tree, uint32_t node) { return span_sub(tree->bytes, node_at(tree, node), tree->node_size); }

uint32_t hfsplus_record_count(const hfsplus_btree_t *tree, uint32_t node)
{
    reader_t r = reader_at(node_span(tree, node), 10);
    return (uint32_t)min_u64(read_be16(&r), (tree->node_size - NODE_DESCRIPTOR) / 4);
}

span_t hfsplus_record(const hfsplus_btree_t *tree, uint32_t node, uint32_t index)
{
    span_t   span = node_span(tree, node);
    reader_t r    = reader_at(span, tree->node_size - 2 * ((uint64_t)index + 2));
    uint16_t end = read_be16(&r), start = read_be16(&r);
    return reader_ok(&r) && start >= NODE_DESCRIPTOR && end > start && end <= tree->node_size - 2 * (index + 1) ? span_sub(span, start,
        (uint64_t)end - start) : (span_t){0};
}

span_t hfsplus_data(span_t record)
{
    reader_t r   = reader_from(record);
    uint64_t key = round_up((uint64_t)read_be16(&r) + 2, 2);
    return span_clip(record, key, UINT64_MAX);
}

typedef struct { const hfsplus_volume_t *volume; hfsplus_btree_t *tree; const char *name; uint8_t *seen; uint32_t *queue; size_t queued,
    read; bool broken; } opening_t;

static void tell(opening_t *o, uint32_t node)
{
    if (!o->broken)
        sink_damage(o->volume->sink, min_u64(o->tree->at + node_at(o->tree, node), o->volume->image.size), 0, o->name);
    o->broken = true;
}

/* Is this a node that was not met before, of this kind or (any leaf or index node) whatever? */
static bool meet(opening_t *o, uint32_t node)
{
    uint8_t bit = (uint8_t)(1u << node % 8);
    if (node == 0 || node >= o->tree->nodes || (o->seen[node / 8] & bit) != 0)
        return false;
    o->seen[node / 8] = (uint8_t)(o->seen[node / 8] | bit);
    return true;
}

static uint8_t kind_of(const hfsplus_btree_t *tree, uint32_t node) { return node_span(tree, node).at[8]; }

/* From the root down; every node is met once, so that a loop ends. */
static void walk_index(opening_t *o, uint32_t root)
{
    hfsplus_btree_t *tree = o->tree;
    if (root != 0 && meet(o, root))
        o->queue[o->queued++] = root;
    else if (root != 0)
        tell(o, root);
    while (o->read < o->queued) {
        uint32_t node = o->queue[o->read++];
        if (kind_of(tree, node) == KIND_LEAF) {
            tree->leaves[tree->leaf_count++] = node;
            continue;
        }
        if (kind_of(tree, node) != KIND_INDEX) {
            tell(o, node);
            continue;
        }
        for (uint32_t i = 0; i < hfsplus_record_count(tree, node); i++) {
            reader_t r     = reader_from(hfsplus_data(hfsplus_record(tree, node, i)));
            uint32_t child = read_be32(&r);
            if (reader_ok(&r) && meet(o, child))
                o->queue[o->queued++] = child;
            else
                tell(o, node);
        }
    }
}

/* Along the leaves: what the index did not lead to. */
static void walk_chain(opening_t *o, uint32_t first)
{
    hfsplus_btree_t *tree = o->tree;
    uint32_t         hops = 0;
    for (uint32_t node = first; node != 0; hops++) {
        if (node >= tree->nodes || hops > tree->nodes || kind_of(tree, node) != KIND_LEAF) {
            tell(o, node < tree->nodes ? node : 0);
            return;
        }
        if (meet(o, node)) {
            tell(o, node);
            tree->leaves[tree->leaf_count++] = node;
        }
        reader_t r = reader_from(node_span(tree, node));
        node       = read_be32(&r);
    }
    if (hops != tree->leaf_count)
        tell(o, first);
}

bool hfsplus_btree_open(const hfsplus_volume_t *v, const hfsplus_fork_t *fork, const char *name, hfsplus_btree_t *tree)
{
    *tree = (hfsplus_btree_t){0};
    if (fork->size == 0)
        return true;
    if (!hfsplus_gather(v, fork, &tree->copy, &tree->at))
        return false;
    tree->bytes       = buffer_span(&tree->copy);
    opening_t o       = {.volume = v, .tree = tree, .name = name};
    reader_t  r       = reader_at(tree->bytes, NODE_DESCRIPTOR + 2);
    uint32_t  root    = read_be32(&r);
    reader_skip(&r, 4);
    uint32_t first = read_be32(&r);
    reader_skip(&r, 4);
    tree->node_size = read_be16(&r);
    bool good = reader_ok(&r) && tree->bytes.at[8] == KIND_HEADER && tree->node_size >= NODE_MIN && tree->node_size <= NODE_MAX
                && (tree->node_size & (tree->node_size - 1)) == 0;
    if (!good) {
        tree->node_size = NODE_MIN;
        tell(&o, 0);
        return true;
    }
    tree->nodes  = (uint32_t)min_u64(tree->bytes.size / tree->node_size, UINT32_MAX);
    o.seen       = calloc(tree->nodes / 8 + 1, 1);
    o.queue      = calloc((size_t)tree->nodes + 1, sizeof *o.queue);
    tree->leaves = calloc((size_t)tree->nodes + 1, sizeof *tree->leaves);
    good         = o.seen != NULL && o.queue != NULL && tree->leaves != NULL;
    if (good && tree->bytes.size < fork->size)
        tell(&o, tree->nodes);
    if (good) {
        walk_index(&o, root);
        walk_chain(&o, first);
    }
    free(o.seen);
    free(o.queue);
    return good;
}

void hfsplus_btree_free(hfsplus_btree_t *tree)
{
    buffer_free(&tree->copy);
    free(tree->leaves);
}

bool hfsplus_read_overflow(hfsplus_volume_t *v, const hfsplus_fork_t *fork)
{
    hfsplus_btree_t tree;
    size_t          room = 0;
    bool            good = hfsplus_btree_open(v, fork, "the extents overflow tree is not sound: some extents may be missing", &tree);
    for (size_t i = 0; good && i < tree.leaf_count; i++)
        room += hfsplus_record_count(&tree, tree.leaves[i]);
    v->overflow = good && room > 0 ? calloc(room, sizeof *v->overflow) : NULL;
    good        = good && (room == 0 || v->overflow != NULL);
    for (size_t i = 0; good && i < tree.leaf_count; i++)
        for (uint32_t k = 0; k < hfsplus_record_count(&tree, tree.leaves[i]); k++) {
            reader_t           r = reader_from(hfsplus_record(&tree, tree.leaves[i], k));
            hfsplus_overflow_t o = {0};
            bool               key = read_be16(&r) == OVERFLOW_KEY;
            o.fork                 = read_u8(&r);
            reader_skip(&r, 1);
            o.file = read_be32(&r);
            o.from = read_be32(&r);
            for (size_t n = 0; n < HFSPLUS_EXTENTS; n++) {
                o.extents[n].start  = read_be32(&r);
                o.extents[n].blocks = read_be32(&r);
            }
            if (key && reader_ok(&r))
                v->overflow[v->overflow_count++] = o;
        }
    if (v->overflow_count > 0)
        qsort(v->overflow, v->overflow_count, sizeof *v->overflow, by_file);
    hfsplus_btree_free(&tree);
    return good;
}
