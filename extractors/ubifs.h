/* UBIFS, shared by the files of its reader: ubifs.c (superblock, what the registry sees), ubifs_scan.c (nodes, claims),
 * ubifs_index.c (which nodes count: master nodes, index, journal) and ubifs_tree.c (files).
 *
 * A volume of logical erase blocks (LEB): superblock, two copies of the master node, log, LEB properties, orphans, and the main area.
 * All but the LEB properties are nodes at multiples of 8 bytes, little-endian: magic, CRC-32, sequence number, length, type. Inodes,
 * directory entries and blocks of 4096 bytes have a key; a B+ tree of index nodes finds them by it. What was written since the last
 * commit is not in the index but in the journal: erase blocks ("buds") that the log names, newer nodes taking the place of older ones.
 * Source: Linux, fs/ubifs/ubifs-media.h, key.h, replay.c; "UBIFS file system" white paper, linux-mtd.infradead.org. */
#ifndef ASSAY_EXTRACTORS_UBIFS_H
#define ASSAY_EXTRACTORS_UBIFS_H

#include "base/buffer.h"
#include "extractors/codec.h"
#include "extractors/extractor.h"

enum {
    UBIFS_HEADER = 24, UBIFS_SUPER = 4096, UBIFS_MASTER = 512, UBIFS_INODE = 160, UBIFS_DENT = 56, UBIFS_DATA = 48, UBIFS_INDEX = 28,
    UBIFS_BRANCH = 20, UBIFS_BLOCK = 4096, UBIFS_NAME_MAX = 255, UBIFS_LEB_MIN = 15 << 10, UBIFS_LEB_MAX = 16 << 20, UBIFS_LOG_LEB = 3,
    UBIFS_ROOT = 1, UBIFS_PADDING_BYTE = 0xCE,
};

typedef enum {
    UBIFS_INODE_NODE, UBIFS_DATA_NODE, UBIFS_DENT_NODE, UBIFS_XENT_NODE, UBIFS_TRUNCATION_NODE, UBIFS_PADDING_NODE, UBIFS_SUPER_NODE,
    UBIFS_MASTER_NODE, UBIFS_REFERENCE_NODE, UBIFS_INDEX_NODE, UBIFS_COMMIT_NODE, UBIFS_ORPHAN_NODE, UBIFS_AUTHENTICATION_NODE, UBIFS_SIGNATURE_NODE,
    UBIFS_NODE_TYPES,
    UBIFS_OTHER_NODE = UBIFS_NODE_TYPES /* its CRC holds, and we know no such node: mkfs.ubifs writes one behind the superblock */
} ubifs_type_t;

/* Of the superblock. */
enum { UBIFS_BIG_LPT = 0x02, UBIFS_SPACE_FIXUP = 0x04, UBIFS_DOUBLE_HASH = 0x08, UBIFS_ENCRYPTION = 0x10, UBIFS_AUTHENTICATION = 0x20 };
enum { UBIFS_INODE_IS_XATTR = 0x20, UBIFS_INODE_IS_ENCRYPTED = 0x40 };

typedef struct {
    uint8_t  key_hash, key_format, uuid[16];
    uint16_t compression;
    uint32_t flags, min_io, leb_size, leb_count, leb_count_max, log_lebs, lpt_lebs, orphan_lebs, heads, fanout, lsave_count, version;
    uint32_t time_granularity, ro_compatible;
    uint64_t bud_bytes_max, reserved;
} ubifs_super_t;

/* A key: inode number, then 3 bits of type, then the block or a hash of the name. */
#define UBIFS_KEY(inode, type, low) ((uint64_t)(inode) << 32 | (uint64_t)(type) << 29 | (low))
static inline uint32_t     ubifs_key_inode(uint64_t key) { return (uint32_t)(key >> 32); }
static inline ubifs_type_t ubifs_key_type(uint64_t key) { return (ubifs_type_t)(key >> 29 & 7); }
static inline uint32_t     ubifs_key_low(uint64_t key) { return (uint32_t)(key & 0x1FFFFFFF); }

enum {
    UBIFS_INDEXED = 1, /* the index leads to it */
    UBIFS_BUD     = 2, /* it is in the journal */
    UBIFS_LOST    = 4, /* the index leads here, and there is no such node */
    UBIFS_VISITED = 8
};

/* A node whose CRC holds (or one that is lost). `at` points into the image. */
typedef struct {
    const uint8_t *at;
    uint64_t       key, sqnum;
    uint32_t       length;
    uint8_t        type, flags;
} ubifs_node_t;

/* Nodes with keys, by key, name and sequence number. */
typedef struct { ubifs_node_t *nodes; size_t count, capacity; } ubifs_view_t;

typedef struct {
    span_t           image;
    sink_t          *sink;
    ubifs_super_t    super;
    bool             super_good, by_scan, dirty; /* by_scan: no index could be used; dirty: not cleanly unmounted */
    ubifs_view_t     all;         /* every node but padding, by position */
    ubifs_view_t     live;        /* what counts */
    uint64_t        *orphans;
    size_t           orphan_count, orphan_capacity;
    size_t           told;        /* damaged nodes that were told one by one */
    codec_context_t *codecs;
    bool             no_memory;
} ubifs_t;

static inline uint64_t ubifs_offset(const ubifs_t *fs, const ubifs_node_t *node) { return (uint64_t)(node->at - fs->image.at); }
static inline span_t   ubifs_bytes(const ubifs_node_t *node) { return span_from(node->at, node->length); }
static inline reader_t ubifs_reader(const ubifs_node_t *node, uint64_t offset) { return reader_at(ubifs_bytes(node), offset); }

/* ---- ubifs_scan.c ---- */

/* The node at the start of `bytes`, if its CRC holds; its key and flags are 0 when it has none. */
bool ubifs_read_node(span_t bytes, ubifs_node_t *node);
/* Grows; false when out of memory. */
bool ubifs_add(ubifs_t *fs, ubifs_view_t *view, const ubifs_node_t *node);
/* Fills fs->all; says which nodes are damaged, claims padding. False: out of memory. */
bool ubifs_scan(ubifs_t *fs);
/* The first node at `offset` of the image or behind it. */
size_t ubifs_first_at(const ubifs_t *fs, uint64_t offset);
/* Everything that is read but no content: nodes, and the LEB properties. */
void ubifs_claim_structure(ubifs_t *fs);

/* ---- ubifs_index.c ---- */

/* Fills fs->live from the index and the journal, or, where those are damaged, from all nodes. False: out of memory. */
bool ubifs_find_live(ubifs_t *fs);
/* Where the nodes of `key` or above begin. */
size_t ubifs_first_of(const ubifs_view_t *view, uint64_t key);
void   ubifs_sort(ubifs_view_t *view);
span_t ubifs_name(const ubifs_node_t *dent);

/* ---- ubifs_tree.c ---- */

/* All files; then what is lost; then, in lab mode, what was deleted. */
status_t ubifs_show(ubifs_t *fs);

#endif
