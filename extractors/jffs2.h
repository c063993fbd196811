/* What the parts of the JFFS2 reader share: the nodes as they stand on flash, and the tables made of them.
 *
 * jffs2.c finds nodes and says how far they reach; jffs2_log.c reads them all into tables, which it sorts; jffs2_data.c gives the
 * content of a node and of a file; jffs2_tree.c shows the tree, what is lost, and what is deleted. */
#ifndef ASSAY_EXTRACTORS_JFFS2_H
#define ASSAY_EXTRACTORS_JFFS2_H

#include "base/buffer.h"
#include "extractors/codec.h"
#include "extractors/extractor.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

enum {
    JFFS2_HEADER = 12, JFFS2_DIRENT = 40, JFFS2_INODE = 68, JFFS2_XATTR = 32, JFFS2_XREF = 28, JFFS2_SUMMARY = 32,
    JFFS2_TYPE_DIRENT = 0xE001, JFFS2_TYPE_INODE = 0xE002, JFFS2_TYPE_CLEANMARKER = 0x2003, JFFS2_TYPE_PADDING = 0x2004,
    JFFS2_TYPE_SUMMARY = 0x2006, JFFS2_TYPE_XATTR = 0xE008, JFFS2_TYPE_XREF = 0xE009, JFFS2_ACCURATE = 0x2000,
    JFFS2_ROOT = 1, JFFS2_NODE_DATA_MAX = 1 << 18,
};

typedef struct { span_t image; bool big, old; } jffs2_flash_t;

typedef struct {
    uint64_t offset;
    uint32_t length; /* with header, without alignment */
    uint16_t type;   /* with the ACCURATE bit, which an obsolete node lacks on flash */
    bool     obsolete;
} jffs2_node_t;

typedef struct { uint32_t parent, version, inode, mtime; span_t name; uint8_t type; bool obsolete, live; uint64_t offset; } jffs2_dirent_t;

typedef struct {
    uint32_t inode, version, mode, size, mtime, at, stored, plain;
    uint16_t uid, gid;
    uint8_t  compression;
    bool     obsolete, sound, told; /* sound: its data is there and its CRC holds; told: that it is not */
    uint64_t offset;                /* of the node */
} jffs2_inode_t;

/* All nodes of one inode. */
typedef struct { uint32_t inode; size_t first, count, newest; bool obsolete; } jffs2_object_t;

typedef struct { uint32_t xid, version; uint8_t prefix; span_t name, value; } jffs2_xattr_t;
typedef struct { uint32_t inode, xid, sequence; } jffs2_xref_t;

/* One growing table. */
typedef struct { void *items; size_t count, capacity; } jffs2_table_t;

typedef struct {
    jffs2_flash_t   flash;
    sink_t         *sink;
    jffs2_table_t   dirent_table, inode_table, object_table, xattr_table, xref_table, target_table;
    bool            no_memory, told_work;
    bool            names_lost, data_lost; /* an entry, or a part of a file, may have stood where nothing can be read */
    uint64_t        nodes, obsolete_nodes, work; /* work: bytes decoded */
    uint32_t        seen_compressions;
    codec_context_t *codecs;
    uint8_t         *plain[2];           /* decoded nodes: the last two, for a node is often wanted again around a smaller one … */
    const jffs2_inode_t *plain_of[2];    /* … of these */
    unsigned         latest;             /* which of the two */
    uint8_t          link[4096];
    buffer_t         xattr_names;
    xattr_t          xattrs[XATTRS_MAX];
} jffs2_t;

uint32_t jffs2_crc(span_t bytes);
uint16_t jffs2_read16(const jffs2_flash_t *flash, reader_t *r);
uint32_t jffs2_read32(const jffs2_flash_t *flash, reader_t *r);

/* Calls `visit` for each node, and `lost` for what lies between where nodes cannot be read; `walker` may be NULL. Returns where the
 * last one ends. */
typedef struct {
    void *context;
    void (*visit)(void *context, const jffs2_node_t *node);
    void (*lost)(void *context, uint64_t from, uint64_t to);
} jffs2_walker_t;
uint64_t jffs2_walk(const jffs2_flash_t *flash, const jffs2_walker_t *walker);
/* Where the node ends inside the image. */
uint64_t jffs2_node_end(const jffs2_flash_t *flash, const jffs2_node_t *node);

/* ---- jffs2_log.c ---- */

/* Fills and sorts all tables; damage is recorded. False when out of memory. Returns the end of the last node in `*end`. */
bool jffs2_read_log(jffs2_t *fs, uint64_t *end);
void jffs2_free_log(jffs2_t *fs);

static inline jffs2_dirent_t *jffs2_dirents(const jffs2_t *fs) { return fs->dirent_table.items; }
static inline jffs2_inode_t  *jffs2_inodes(const jffs2_t *fs) { return fs->inode_table.items; }
static inline jffs2_object_t *jffs2_objects(const jffs2_t *fs) { return fs->object_table.items; }

/* NULL when no node of this inode was read. */
const jffs2_object_t *jffs2_object(const jffs2_t *fs, uint32_t inode);
/* The first entry of a directory in the table, which is sorted by directory. */
size_t jffs2_first_entry(const jffs2_t *fs, uint32_t parent);
/* The entry that names this inode: a live one, or else the latest. NULL: none does. */
const jffs2_dirent_t *jffs2_entry_of(const jffs2_t *fs, uint32_t inode);
/* The inode's extended attributes, into fs->xattrs. Returns how many. */
size_t jffs2_read_xattrs(jffs2_t *fs, uint32_t inode);

/* ---- jffs2_data.c ---- */

/* The plain bytes of one node; {NULL, 0} when they cannot be had. They stand until the call after the next. */
span_t jffs2_plain(jffs2_t *fs, const jffs2_inode_t *node);
/* The content of a file of `size` bytes by its nodes, oldest first; obsolete ones only when asked for. */
status_t jffs2_write_content(jffs2_t *fs, child_t *child, jffs2_inode_t *nodes, size_t count, uint64_t size, bool with_obsolete);
/* Which nodes give no byte to that content although they hold data: `hidden` has room for `count`. False when out of memory. */
bool jffs2_find_hidden(const jffs2_inode_t *nodes, size_t count, uint64_t size, bool *hidden);

/* ---- jffs2_tree.c ---- */

status_t jffs2_show_tree(jffs2_t *fs);

#endif
