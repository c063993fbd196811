/* HFS Plus, shared by its parts: the volume (hfsplus.c), B-trees and forks (hfsplus_btree.c), files and folders (hfsplus_tree.c). */
#ifndef ASSAY_EXTRACTORS_HFSPLUS_H
#define ASSAY_EXTRACTORS_HFSPLUS_H

#include "base/buffer.h"
#include "extractors/extractor.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

enum {
    HFSPLUS_HEADER_AT = 1024, HFSPLUS_HEADER_SIZE = 512, HFSPLUS_EXTENTS = 8, HFSPLUS_DATA = 0, HFSPLUS_RESOURCE = 0xFF,
    HFSPLUS_ROOT = 2, HFSPLUS_EXTENTS_FILE = 3, HFSPLUS_CATALOG_FILE = 4, HFSPLUS_ALLOCATION_FILE = 6, HFSPLUS_STARTUP_FILE = 7,
        HFSPLUS_ATTRIBUTES_FILE = 8
};

typedef struct { uint32_t start, blocks; } hfsplus_extent_t;
typedef struct { uint64_t size; uint32_t blocks, file; uint8_t fork; hfsplus_extent_t extents[HFSPLUS_EXTENTS]; } hfsplus_fork_t;
typedef struct { uint32_t file, from; uint8_t fork; hfsplus_extent_t extents[HFSPLUS_EXTENTS]; } hfsplus_overflow_t;

/* A B-tree: its bytes in order, and the nodes of its leaves. */
typedef struct {
    span_t    bytes;
    buffer_t  copy;       /* when it stands in pieces */
    uint64_t  at;         /* where its first byte stands in the image */
    uint32_t  node_size, nodes;
    uint32_t *leaves;     /* in order of the index, then what only the chain of leaves reaches */
    size_t    leaf_count;
} hfsplus_btree_t;

typedef struct {
    span_t              image;
    sink_t             *sink;
    uint32_t            block_size, blocks;
    uint64_t           *budget;   /* bytes that may still be gathered: records that share an attribute or a fork could ask for it without end */
    hfsplus_overflow_t *overflow; /* sorted by file, fork, first block */
    size_t              overflow_count;
} hfsplus_volume_t;

hfsplus_fork_t hfsplus_read_fork(reader_t *r, uint32_t file, uint8_t fork);
/* Where the bytes of the fork stand, in order: calls `run` until it is false. NULL, or why the list breaks off before its blocks are complete. */
const char *hfsplus_runs(const hfsplus_volume_t *volume, const hfsplus_fork_t *fork, bool (*run)(void *context, uint64_t at, uint64_t length),
    void *context);
/* The content of the fork, through `child`. */
status_t hfsplus_write_fork(const hfsplus_volume_t *volume, const hfsplus_fork_t *fork, child_t *child);
/* May `bytes` more be gathered? Says it once when not. */
bool hfsplus_afford(const hfsplus_volume_t *volume, uint64_t bytes);
/* All bytes of a fork that is structure; claims them. What is not there is left out. False: out of memory. */
bool hfsplus_gather(const hfsplus_volume_t *volume, const hfsplus_fork_t *fork, buffer_t *out, uint64_t *first_at);

/* Opens the B-tree in the fork and finds its leaves; what is broken is said, `name` says of which tree. False: out of memory. */
bool hfsplus_btree_open(const hfsplus_volume_t *volume, const hfsplus_fork_t *fork, const char *name, hfsplus_btree_t *tree);
void hfsplus_btree_free(hfsplus_btree_t *tree);
/* Record `index` of a node, key and data; empty when it does not lie in the node. */
span_t hfsplus_record(const hfsplus_btree_t *tree, uint32_t node, uint32_t index);
uint32_t hfsplus_record_count(const hfsplus_btree_t *tree, uint32_t node);
/* The data behind the key of a record. */
span_t hfsplus_data(span_t record);
/* Reads the extents overflow tree into the volume. False: out of memory. */
bool hfsplus_read_overflow(hfsplus_volume_t *volume, const hfsplus_fork_t *fork);

/* Shows files and folders. */
status_t hfsplus_show(hfsplus_volume_t *volume, const hfsplus_fork_t *catalog, const hfsplus_fork_t *attributes);

#endif
