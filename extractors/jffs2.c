/* JFFS2: the log-structured file system of NOR and small NAND flash. A row of nodes at multiples of four, in either byte order:
 *   every node: magic 0x1985, type, total length, CRC of these eight bytes
 *   dirent: parent, version, inode (0: deleted), time, name length, type, CRC of the fields, CRC of the name, name
 *   inode:  inode, version, mode, uid, gid, size, times, offset, compressed and plain length, compression, CRC of data, CRC of fields, data
 * CRCs are CRC-32 with seed 0 and no final inversion. Later versions supersede earlier ones; erased flash is FF between nodes.
 * Sources: Linux, include/uapi/linux/jffs2.h; D. Woodhouse, "JFFS: The Journalling Flash File System", 2001. */
#include "extractors/extractor.h"

#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    MAGIC_NUMBER = 0x1985, HEADER = 12, DIRENT = 40, INODE = 68,
    TYPE_DIRENT = 0xE001, TYPE_INODE = 0xE002, TYPE_CLEANMARKER = 0x2003, TYPE_PADDING = 0x2004, TYPE_SUMMARY = 0x2006, TYPE_XATTR = 0xE008, TYPE_XREF = 0xE009,
    COMPRESSION_NONE = 0, COMPRESSION_ZERO = 1, COMPRESSION_RTIME = 2, COMPRESSION_COPY = 4, COMPRESSION_ZLIB = 6, COMPRESSION_LZO = 7,
    ROOT = 1, NODE_DATA_MAX = 1 << 20, RESYNC_MAX = 1 << 20, DEPTH_MAX = 128, PATH_MAX_BYTES = 4096,
};

typedef struct { span_t image; bool big; } flash_t;

typedef struct {
    uint64_t offset;
    uint32_t length; /* with header, without alignment */
    uint16_t type;
} node_t;

typedef struct { uint32_t parent, version, inode, mtime; span_t name; uint8_t type; uint64_t offset; bool stale; } dirent_t;
typedef struct {
    uint32_t inode, version, mode, size, mtime, at, stored, plain;
    uint16_t uid, gid;
    uint8_t  compression;
    uint64_t offset; /* of the node */
    bool     data_good;
} inode_t;

static uint32_t jffs2_crc(span_t bytes) { return (uint32_t)(~crc32_z(0xFFFFFFFFul, bytes.at, bytes.size) & 0xFFFFFFFFul); }

static uint16_t read16(const flash_t *f, reader_t *r) { return f->big ? read_be16(r) : read_le16(r); }
static uint32_t read32(const flash_t *f, reader_t *r) { return f->big ? read_be32(r) : read_le32(r); }

static bool known_type(uint16_t type)
{
    static const uint16_t types[] = {TYPE_DIRENT, TYPE_INODE, TYPE_CLEANMARKER, TYPE_PADDING, TYPE_SUMMARY, TYPE_XATTR, TYPE_XREF};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i] == (type | 0x2000)) /* a cleared ACCURATE bit marks an obsolete node */
            return true;
    return false;
}

/* A node header whose CRC holds. The node itself may reach past the end of a truncated image. */
static bool node_at(const flash_t *f, uint64_t offset, node_t *node)
{
    reader_t r     = reader_at(f->image, offset);
    uint16_t magic = read16(f, &r);
    node->type     = read16(f, &r);
    node->length   = read32(f, &r);
    node->offset   = offset;
    uint32_t crc   = read32(f, &r);
    if (!reader_ok(&r) || magic != MAGIC_NUMBER || node->length < HEADER || !known_type(node->type))
        return false;
    /* The CRC was taken while the ACCURATE bit was set. */
    uint8_t header[8];
    memcpy(header, f->image.at + offset, sizeof header);
    header[f->big ? 2 : 3] |= 0x20;
    return jffs2_crc(span_from(header, sizeof header)) == crc;
}

static bool byte_order(span_t image, flash_t *f)
{
    node_t node;
    *f = (flash_t){image, false};
    if (node_at(f, 0, &node))
        return true;
    f->big = true;
    return node_at(f, 0, &node);
}

/* From `at` on, over erased flash: the next node; false when something else, or nothing, follows. */
static bool next_node(const flash_t *f, uint64_t at, node_t *node)
{
    const uint8_t *bytes = f->image.at;
    for (at = round_up(at, 4); at + 4 <= f->image.size; at += 4) {
        uint32_t word;
        memcpy(&word, bytes + at, sizeof word);
        if (word != UINT32_MAX && word != 0)
            return node_at(f, at, node);
    }
    return false;
}

/* Behind damage: the next node whose header holds, within bounds. */
static bool resync(const flash_t *f, uint64_t at, node_t *node)
{
    uint64_t end = min_u64(at + RESYNC_MAX, f->image.size);
    for (at = round_up(at, 4); at < end; at += 4)
        if (node_at(f, at, node))
            return true;
    return false;
}

static uint64_t node_end(const flash_t *f, const node_t *node) { return min_u64(node->offset + node->length, f->image.size); }

static unsigned jffs2_probe(span_t image)
{
    flash_t f;
    node_t  first, second;
    if (!byte_order(image, &f) || !node_at(&f, 0, &first))
        return 0;
    return next_node(&f, node_end(&f, &first), &second) ? 32 + 32 + 48 : 32 + 32;
}

/* Calls `visit` for each node, and `lost` for what lies between where nodes cannot be read. Returns the end of the last. */
typedef struct { void *context; void (*visit)(void *context, const node_t *node); void (*lost)(void *context, uint64_t from, uint64_t to); } walker_t;

static uint64_t walk(const flash_t *f, const walker_t *walker)
{
    uint64_t end = 0;
    node_t   node;
    bool     found = node_at(f, 0, &node);
    while (found) {
        if (walker != NULL)
            walker->visit(walker->context, &node);
        end   = node_end(f, &node);
        found = next_node(f, end, &node);
        if (!found && (found = resync(f, end, &node)) && walker != NULL)
            walker->lost(walker->context, end, node.offset);
    }
    return min_u64(round_up(end, 4), f->image.size);
}

static uint64_t jffs2_extent(span_t image)
{
    flash_t f;
    return byte_order(image, &f) ? walk(&f, NULL) : 0;
}

/* ---- reading the log --------------------------------------------------------------------------------------------- */

typedef struct {
    flash_t   flash;
    sink_t   *sink;
    dirent_t *dirents;
    inode_t  *inodes;
    size_t    dirent_count, dirent_capacity, inode_count, inode_capacity;
    bool      failed;
    uint8_t  *plain; /* one decoded node */
} volume_t;

static bool grow(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t more  = *capacity == 0 ? 256 : *capacity * 2;
    void  *grown = realloc(*items, more * size);
    if (grown == NULL)
        return false;
    *items    = grown;
    *capacity = more;
    return true;
}

static void read_dirent(volume_t *v, const node_t *node, span_t bytes)
{
    dirent_t d = {.offset = node->offset};
    reader_t r = reader_at(bytes, HEADER);
    d.parent   = read32(&v->flash, &r);
    d.version  = read32(&v->flash, &r);
    d.inode    = read32(&v->flash, &r);
    d.mtime    = read32(&v->flash, &r);
    uint8_t size = read_u8(&r);
    d.type       = read_u8(&r);
    reader_skip(&r, 2);
    uint32_t node_crc = read32(&v->flash, &r), name_crc = read32(&v->flash, &r);
    d.name = read_span(&r, size);
    if (!reader_ok(&r) || size == 0 || jffs2_crc(span_clip(bytes, 0, DIRENT - 8)) != node_crc || jffs2_crc(d.name) != name_crc) {
        sink_damage(v->sink, node->offset, node->length, "a directory entry whose CRC does not hold");
        return;
    }
    if (!grow((void **)&v->dirents, v->dirent_count, &v->dirent_capacity, sizeof d))
        v->failed = true;
    else
        v->dirents[v->dirent_count++] = d;
}

static void read_inode(volume_t *v, const node_t *node, span_t bytes)
{
    inode_t  i = {.offset = node->offset};
    reader_t r = reader_at(bytes, HEADER);
    i.inode    = read32(&v->flash, &r);
    i.version  = read32(&v->flash, &r);
    i.mode     = read32(&v->flash, &r);
    i.uid      = read16(&v->flash, &r);
    i.gid      = read16(&v->flash, &r);
    i.size     = read32(&v->flash, &r);
    reader_skip(&r, 4);
    i.mtime = read32(&v->flash, &r);
    reader_skip(&r, 4);
    i.at          = read32(&v->flash, &r);
    i.stored      = read32(&v->flash, &r);
    i.plain       = read32(&v->flash, &r);
    i.compression = read_u8(&r);
    reader_skip(&r, 3);
    uint32_t data_crc = read32(&v->flash, &r), node_crc = read32(&v->flash, &r);
    if (!reader_ok(&r) || jffs2_crc(span_clip(bytes, 0, INODE - 8)) != node_crc) {
        sink_damage(v->sink, node->offset, node->length, "an inode whose CRC does not hold");
        return;
    }
    span_t data = read_span(&r, i.stored);
    i.data_good = reader_ok(&r) && jffs2_crc(data) == data_crc && i.plain <= NODE_DATA_MAX;
    if (!grow((void **)&v->inodes, v->inode_count, &v->inode_capacity, sizeof i))
        v->failed = true;
    else
        v->inodes[v->inode_count++] = i;
}

static void visit_node(void *context, const node_t *node)
{
    volume_t *v     = context;
    span_t    bytes = span_clip(v->flash.image, node->offset, node->length);
    if (bytes.size < node->length)
        sink_damage(v->sink, node->offset, bytes.size, "the image ends inside this node");
    if (node->type == TYPE_DIRENT)
        read_dirent(v, node, bytes);
    else if (node->type == TYPE_INODE)
        read_inode(v, node, bytes);
}

static void lost_bytes(void *context, uint64_t from, uint64_t to)
{
    volume_t *v = context;
    sink_damage(v->sink, from, to - from, "no node can be read here");
}

/* ---- contents ---------------------------------------------------------------------------------------------------- */

/* Linux, fs/jffs2/compr_rtime.c: each byte is followed by how often to repeat what came after its last occurrence. */
static bool expand_rtime(span_t in, uint8_t *out, size_t size)
{
    size_t   last[256] = {0}, produced = 0;
    reader_t r = reader_from(in);
    while (produced < size) {
        uint8_t value = read_u8(&r);
        size_t  repeat = read_u8(&r), from = last[value];
        if (!reader_ok(&r))
            return false;
        out[produced++] = value;
        last[value]     = produced;
        if (repeat > size - produced)
            return false;
        for (; repeat > 0; repeat--)
            out[produced++] = out[from++];
    }
    return true;
}

/* The plain bytes of one node into v->plain. */
static bool decode_node(volume_t *v, const inode_t *i)
{
    span_t data = span_sub(v->flash.image, i->offset + INODE, i->stored);
    if (!i->data_good || data.at == NULL)
        return false;
    uLongf   length     = i->plain;
    lzo_uint lzo_length = i->plain;
    switch (i->compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_COPY:
        if (data.size != i->plain)
            return false;
        memcpy(v->plain, data.at, data.size);
        return true;
    case COMPRESSION_ZERO: memset(v->plain, 0, i->plain); return true;
    case COMPRESSION_RTIME: return expand_rtime(data, v->plain, i->plain);
    case COMPRESSION_ZLIB: return uncompress(v->plain, &length, data.at, data.size) == Z_OK && length == i->plain;
    case COMPRESSION_LZO: return lzo1x_decompress_safe(data.at, data.size, v->plain, &lzo_length, NULL) == LZO_E_OK && lzo_length == i->plain;
    default: return false;
    }
}

static int by_inode(const void *a, const void *b)
{
    const inode_t *x = a, *y = b;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x->version != y->version ? (x->version < y->version ? -1 : 1) : (x->offset > y->offset) - (x->offset < y->offset);
}

/* The nodes of one inode, oldest first. */
static const inode_t *nodes_of(const volume_t *v, uint32_t inode, size_t *count)
{
    size_t low = 0, high = v->inode_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->inodes[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < v->inode_count && v->inodes[low + *count].inode == inode; ++*count)
        ;
    return *count > 0 ? &v->inodes[low] : NULL;
}

static status_t write_piece(volume_t *v, child_t *child, const inode_t *node, const region_t *piece, bool first)
{
    uint64_t from = node->offset + INODE, length = first ? node->stored : 0;
    if (!decode_node(v, node)) {
        child_damage(child, node->offset, (uint64_t)INODE + node->stored, "a data node cannot be decoded; zeros stand in its place");
        return child_write_zeros(child, piece->length);
    }
    return child_write(child, span_from(v->plain + (piece->offset - node->at), (size_t)piece->length), from, length);
}

/* The newest write of each byte counts: claimed newest first, the ledger keeps who was first. */
static status_t write_content(volume_t *v, child_t *child, const inode_t *nodes, size_t count, uint64_t size)
{
    ledger_t pieces;
    ledger_init(&pieces, size);
    for (size_t i = count; i > 0; i--) {
        const inode_t *node = &nodes[i - 1];
        if (node->plain > 0 && node->plain <= NODE_DATA_MAX && node->at < size)
            (void)ledger_claim(&pieces, (region_t){.offset = node->at, .length = min_u64(node->plain, size - node->at), .kind = REGION_CONTENT, .child = (uint32_t)(i - 1)});
    }
    status_t status = ledger_settle(&pieces);
    for (size_t i = 0; status_ok(status) && i < pieces.count; i++) {
        const region_t *piece = &pieces.regions[i];
        bool            first = i == 0 || pieces.regions[i - 1].child != piece->child;
        status = piece->child == NO_CHILD ? child_write_zeros(child, piece->length) : write_piece(v, child, &nodes[piece->child], piece, first);
    }
    ledger_free(&pieces);
    return status;
}

static child_type_t type_of_mode(uint32_t mode)
{
    switch (mode & 0170000) {
    case 0040000: return CHILD_DIRECTORY;
    case 0120000: return CHILD_SYMLINK;
    case 0020000: return CHILD_CHAR_DEVICE;
    case 0060000: return CHILD_BLOCK_DEVICE;
    case 0010000: return CHILD_FIFO;
    case 0140000: return CHILD_SOCKET;
    default: return CHILD_FILE;
    }
}

/* Device numbers stand in the data: 16 bits (8:8), or 32 bits in the kernel's newer encoding. */
static void set_device(const volume_t *v, child_info_t *info, const inode_t *node)
{
    reader_t r = reader_from(span_sub(v->flash.image, node->offset + INODE, node->stored));
    if (node->stored == 2) {
        uint16_t number    = read16(&v->flash, &r);
        info->device_major = number >> 8;
        info->device_minor = number & 0xFF;
    } else if (node->stored == 4) {
        uint32_t number    = read32(&v->flash, &r);
        info->device_major = number >> 8 & 0xFFF;
        info->device_minor = (number & 0xFF) | (number >> 12 & 0xFFF00);
    }
}

/* ---- the tree ---------------------------------------------------------------------------------------------------- */

static int by_parent(const void *a, const void *b)
{
    const dirent_t *x = a, *y = b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    size_t shorter = x->name.size < y->name.size ? x->name.size : y->name.size;
    int    order   = memcmp(x->name.at, y->name.at, shorter);
    if (order != 0 || x->name.size != y->name.size)
        return order != 0 ? order : x->name.size < y->name.size ? -1 : 1;
    return x->version != y->version ? (x->version < y->version ? -1 : 1) : (x->offset > y->offset) - (x->offset < y->offset);
}

/* Of each name in a directory only the latest entry counts, and not when it is a deletion. */
static void drop_stale(volume_t *v)
{
    for (size_t i = 0; i < v->dirent_count; i++) {
        dirent_t *d    = &v->dirents[i];
        bool superseded = i + 1 < v->dirent_count && d[1].parent == d->parent && span_equal(d[1].name, d->name);
        d->stale        = superseded || d->inode == 0;
    }
}

static size_t first_of(const volume_t *v, uint32_t parent)
{
    size_t low = 0, high = v->dirent_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->dirents[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

typedef struct { size_t next; uint32_t inode; size_t path_size; } level_t;
typedef struct { uint32_t inode, child; } emitted_t; /* files so far, for hard links */

typedef struct { level_t levels[DEPTH_MAX]; size_t depth; uint8_t path[PATH_MAX_BYTES]; emitted_t *files; size_t file_count, file_capacity; } trip_t;

static bool above(const trip_t *t, uint32_t inode)
{
    for (size_t i = 0; i < t->depth; i++)
        if (t->levels[i].inode == inode)
            return true;
    return false;
}

static const emitted_t *known_file(const trip_t *t, uint32_t inode)
{
    for (size_t i = t->file_count; i > 0; i--)
        if (t->files[i - 1].inode == inode)
            return &t->files[i - 1];
    return NULL;
}

/* How many live names does this inode have? Only those with several are looked up as hard links. */
static bool has_other_names(const volume_t *v, const dirent_t *d)
{
    size_t names = 0;
    for (size_t i = 0; i < v->dirent_count && v->dirent_count < 20000 && names < 2; i++)
        names += !v->dirents[i].stale && v->dirents[i].inode == d->inode;
    return names > 1;
}

static status_t emit_entry(volume_t *v, trip_t *t, const dirent_t *d, size_t path_size, bool *is_directory)
{
    size_t         count;
    const inode_t *nodes  = nodes_of(v, d->inode, &count);
    const inode_t *newest = nodes != NULL ? &nodes[count - 1] : NULL;
    child_info_t   info   = {.path = span_from(t->path, path_size), .type = d->type == 4 ? CHILD_DIRECTORY : d->type == 10 ? CHILD_SYMLINK : CHILD_FILE};
    if (newest != NULL) {
        info.type     = type_of_mode(newest->mode);
        info.has_mode = info.has_owner = info.has_mtime = true;
        info.mode  = newest->mode & 07777;
        info.uid   = newest->uid;
        info.gid   = newest->gid;
        info.mtime = newest->mtime;
    }
    *is_directory = info.type == CHILD_DIRECTORY;
    if (info.type == CHILD_SYMLINK && newest != NULL && decode_node(v, newest))
        info.link = span_from(v->plain, newest->plain);
    if ((info.type == CHILD_CHAR_DEVICE || info.type == CHILD_BLOCK_DEVICE) && newest != NULL)
        set_device(v, &info, newest);
    child_t *child = sink_child(v->sink, &info);
    if (child == NULL)
        return status_fail(STATUS_LIMIT, "jffs2", 0, "a limit was reached");
    status_t status = ok();
    if (newest == NULL)
        child_damage(child, d->offset, 0, "its inode is missing");
    if (info.type == CHILD_FILE && newest != NULL) {
        bool             linked = has_other_names(v, d);
        const emitted_t *known  = linked ? known_file(t, d->inode) : NULL;
        if (known != NULL) {
            child_same_as(child, known->child);
        } else {
            status = write_content(v, child, nodes, count, newest->size);
            if (linked && grow((void **)&t->files, t->file_count, &t->file_capacity, sizeof *t->files))
                t->files[t->file_count++] = (emitted_t){d->inode, child_index(child)};
        }
    }
    sink_end_child(v->sink);
    return status;
}

static status_t emit_tree(volume_t *v, trip_t *t)
{
    status_t status = ok();
    t->levels[t->depth++] = (level_t){first_of(v, ROOT), ROOT, 0};
    while (status_ok(status) && t->depth > 0) {
        level_t *level = &t->levels[t->depth - 1];
        if (level->next >= v->dirent_count || v->dirents[level->next].parent != level->inode) {
            t->depth--;
            continue;
        }
        const dirent_t *d = &v->dirents[level->next++];
        size_t          slash = level->path_size > 0 ? 1 : 0, size = level->path_size + slash + d->name.size;
        if (d->stale)
            continue;
        if (size > sizeof t->path) {
            sink_limit(v->sink, d->offset, 0, "path", "a path longer than 4096 bytes: what is below it was not opened");
            continue;
        }
        if (slash != 0)
            t->path[level->path_size] = '/';
        memcpy(t->path + level->path_size + slash, d->name.at, d->name.size);
        bool is_directory = false;
        status            = emit_entry(v, t, d, size, &is_directory);
        if (!status_ok(status) || !is_directory)
            continue;
        if (above(t, d->inode))
            sink_damage(v->sink, d->offset, 0, "a directory that contains itself");
        else if (t->depth == DEPTH_MAX)
            sink_limit(v->sink, d->offset, 0, "directory-depth", "directories nested more deeply than 128: the rest was not opened");
        else
            t->levels[t->depth++] = (level_t){first_of(v, d->inode), d->inode, size};
    }
    return status;
}

/* Nodes are structure, except where a child has claimed its data before; erased flash between them is padding. */
static void claim_nodes(const volume_t *v, uint64_t end)
{
    node_t   node;
    uint64_t at = 0;
    while (at < end) {
        bool found = at == 0 ? node_at(&v->flash, 0, &node) : next_node(&v->flash, at, &node) || resync(&v->flash, at, &node);
        if (!found)
            return;
        sink_claim(v->sink, node.offset, min_u64(round_up(node_end(&v->flash, &node), 4), end) - node.offset, REGION_STRUCTURE);
        at = node_end(&v->flash, &node);
    }
}

static status_t jffs2_extract(span_t image, sink_t *sink)
{
    volume_t v = {.sink = sink};
    if (!byte_order(image, &v.flash))
        return status_fail(STATUS_REJECTED, "jffs2", 0, "no JFFS2 node at the start");
    trip_t *trip = calloc(1, sizeof *trip);
    v.plain      = malloc(NODE_DATA_MAX);
    uint64_t end = walk(&v.flash, &(walker_t){&v, visit_node, lost_bytes});
    status_t status = v.failed || trip == NULL || v.plain == NULL ? status_fail(STATUS_MEMORY, "jffs2", 0, "out of memory") : ok();
    if (status_ok(status)) {
        sink_fact(sink, "jffs2.byte-order", v.flash.big ? "big-endian" : "little-endian");
        if (v.inode_count > 0)
            qsort(v.inodes, v.inode_count, sizeof *v.inodes, by_inode);
        if (v.dirent_count > 0)
            qsort(v.dirents, v.dirent_count, sizeof *v.dirents, by_parent);
        drop_stale(&v);
        status = emit_tree(&v, trip);
        sink_end_child(sink);
        claim_nodes(&v, end);
    }
    if (trip != NULL)
        free(trip->files);
    free(trip);
    free(v.plain);
    free(v.inodes);
    free(v.dirents);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {
    MAGIC("\x85\x19\x01\xE0", 0), MAGIC("\x85\x19\x02\xE0", 0), MAGIC("\x85\x19\x03\x20", 0), MAGIC("\x85\x19\x04\x20", 0), MAGIC("\x85\x19\x06\x20", 0),
    MAGIC("\x19\x85\xE0\x01", 0), MAGIC("\x19\x85\xE0\x02", 0), MAGIC("\x19\x85\x20\x03", 0), MAGIC("\x19\x85\x20\x04", 0), MAGIC("\x19\x85\x20\x06", 0),
};

const extractor_t jffs2_extractor = {
    .id = "jffs2", .name = "JFFS2 file system", .specification = "Linux, include/uapi/linux/jffs2.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = jffs2_probe, .extent = jffs2_extent, .extract = jffs2_extract,
};
