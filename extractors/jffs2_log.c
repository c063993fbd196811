/* The log of a JFFS2, read once from its first node to its last, and sorted so that everything is found by a binary search. */
#include "extractors/jffs2.h"

#include <stdlib.h>

enum { TABLE_FIRST_CAPACITY = 256, FIELDS_MAX = JFFS2_INODE, XREF_DELETED = 1 };

static bool table_add(jffs2_t *fs, jffs2_table_t *table, const void *item, size_t size)
{
    if (table->count == table->capacity) {
        size_t more  = table->capacity == 0 ? TABLE_FIRST_CAPACITY : table->capacity * 2;
        void  *grown = realloc(table->items, more * size);
        if (grown == NULL) {
            fs->no_memory = true;
            return false;
        }
        table->items    = grown;
        table->capacity = more;
    }
    memcpy((uint8_t *)table->items + table->count++ * size, item, size);
    return true;
}

static void table_sort(jffs2_table_t *table, size_t size, int (*compare)(const void *, const void *))
{
    if (table->count > 1)
        qsort(table->items, table->count, size, compare);
}

/* The CRC over the first `length` bytes as they were when it was taken: with the ACCURATE bit. */
static uint32_t fields_crc(const jffs2_flash_t *f, span_t node, size_t length)
{
    uint8_t fields[FIELDS_MAX];
    memcpy(fields, node.at, length);
    fields[f->big ? 2 : 3] |= JFFS2_ACCURATE >> 8;
    return jffs2_crc(span_from(fields, length));
}

/* ---- one node of each type ---- */

static void read_dirent(jffs2_t *fs, const jffs2_node_t *node, span_t bytes)
{
    jffs2_dirent_t d = {.offset = node->offset, .obsolete = node->obsolete};
    reader_t       r = reader_at(bytes, JFFS2_HEADER);
    d.parent     = jffs2_read32(&fs->flash, &r);
    d.version    = jffs2_read32(&fs->flash, &r);
    d.inode      = jffs2_read32(&fs->flash, &r);
    d.mtime      = jffs2_read32(&fs->flash, &r);
    uint8_t size = read_u8(&r);
    d.type       = read_u8(&r);
    reader_skip(&r, 2);
    uint32_t node_crc = jffs2_read32(&fs->flash, &r), name_crc = jffs2_read32(&fs->flash, &r);
    bool     whole    = reader_ok(&r);
    d.name            = read_span(&r, size);
    const char *what  = !whole || size == 0                                              ? "a directory entry that is not whole"
                        : fields_crc(&fs->flash, bytes, JFFS2_DIRENT - 8) != node_crc    ? "the CRC of a directory entry does not hold"
                        : !reader_ok(&r) || jffs2_crc(d.name) != name_crc                ? "the CRC of the name in a directory entry does not hold"
                                                                                         : NULL;
    if (what != NULL) {
        sink_damage(fs->sink, node->offset, bytes.size, what);
        fs->names_lost = true;
        return;
    }
    (void)table_add(fs, &fs->dirent_table, &d, sizeof d);
}

static void read_inode(jffs2_t *fs, const jffs2_node_t *node, span_t bytes)
{
    jffs2_inode_t i = {.offset = node->offset, .obsolete = node->obsolete};
    reader_t      r = reader_at(bytes, JFFS2_HEADER);
    i.inode   = jffs2_read32(&fs->flash, &r);
    i.version = jffs2_read32(&fs->flash, &r);
    i.mode    = jffs2_read32(&fs->flash, &r);
    i.uid     = jffs2_read16(&fs->flash, &r);
    i.gid     = jffs2_read16(&fs->flash, &r);
    i.size    = jffs2_read32(&fs->flash, &r);
    reader_skip(&r, 4);
    i.mtime = jffs2_read32(&fs->flash, &r);
    reader_skip(&r, 4);
    i.at          = jffs2_read32(&fs->flash, &r);
    i.stored      = jffs2_read32(&fs->flash, &r);
    i.plain       = jffs2_read32(&fs->flash, &r);
    i.compression = read_u8(&r);
    reader_skip(&r, 3);
    uint32_t data_crc = jffs2_read32(&fs->flash, &r), node_crc = jffs2_read32(&fs->flash, &r);
    if (!reader_ok(&r) || fields_crc(&fs->flash, bytes, JFFS2_INODE - 8) != node_crc) {
        sink_damage(fs->sink, node->offset, bytes.size, reader_ok(&r) ? "the CRC of an inode node does not hold" : "an inode node that is not whole");
        fs->data_lost = true;
        return;
    }
    span_t data = read_span(&r, i.stored);
    i.sound     = reader_ok(&r) && jffs2_crc(data) == data_crc;
    if (i.plain > 0)
        fs->seen_compressions |= i.compression < 32 ? 1u << i.compression : 0;
    (void)table_add(fs, &fs->inode_table, &i, sizeof i);
}

static void read_xattr(jffs2_t *fs, const jffs2_node_t *node, span_t bytes)
{
    jffs2_xattr_t x = {.xid = 0};
    reader_t      r = reader_at(bytes, JFFS2_HEADER);
    x.xid           = jffs2_read32(&fs->flash, &r);
    x.version       = jffs2_read32(&fs->flash, &r);
    x.prefix        = read_u8(&r);
    uint8_t  name   = read_u8(&r);
    uint16_t value  = jffs2_read16(&fs->flash, &r);
    uint32_t data_crc = jffs2_read32(&fs->flash, &r), node_crc = jffs2_read32(&fs->flash, &r);
    span_t   data     = read_span(&r, (uint64_t)name + 1 + value);
    if (!reader_ok(&r) || fields_crc(&fs->flash, bytes, JFFS2_XATTR - 4) != node_crc || jffs2_crc(data) != data_crc) {
        sink_damage(fs->sink, node->offset, bytes.size, "the CRC of an extended attribute does not hold");
        return;
    }
    x.name  = span_sub(data, 0, name);
    x.value = span_sub(data, (uint64_t)name + 1, value);
    (void)table_add(fs, &fs->xattr_table, &x, sizeof x);
}

static void read_xref(jffs2_t *fs, const jffs2_node_t *node, span_t bytes)
{
    jffs2_xref_t x = {.inode = 0};
    reader_t     r = reader_at(bytes, JFFS2_HEADER);
    x.inode        = jffs2_read32(&fs->flash, &r);
    x.xid          = jffs2_read32(&fs->flash, &r);
    x.sequence     = jffs2_read32(&fs->flash, &r);
    uint32_t crc   = jffs2_read32(&fs->flash, &r);
    if (!reader_ok(&r) || fields_crc(&fs->flash, bytes, JFFS2_XREF - 4) != crc)
        sink_damage(fs->sink, node->offset, bytes.size, "the CRC of a reference to an extended attribute does not hold");
    else
        (void)table_add(fs, &fs->xref_table, &x, sizeof x);
}

static void check_summary(const jffs2_t *fs, const jffs2_node_t *node, span_t bytes)
{
    reader_t r = reader_at(bytes, JFFS2_SUMMARY - 8);
    uint32_t sum_crc = jffs2_read32(&fs->flash, &r), node_crc = jffs2_read32(&fs->flash, &r);
    if (!reader_ok(&r) || fields_crc(&fs->flash, bytes, JFFS2_SUMMARY - 8) != node_crc ||
        jffs2_crc(span_from_offset(bytes, JFFS2_SUMMARY)) != sum_crc)
        sink_damage(fs->sink, node->offset, bytes.size, "the CRC of a summary of an erase block does not hold");
}

static void visit_node(void *context, const jffs2_node_t *node)
{
    jffs2_t *fs    = context;
    span_t   bytes = span_clip(fs->flash.image, node->offset, node->length);
    fs->nodes++;
    fs->obsolete_nodes += node->obsolete;
    if (bytes.size < node->length) {
        sink_damage(fs->sink, node->offset, bytes.size, "the image ends inside this node");
        fs->names_lost = fs->data_lost = true;
    }
    /* What an obsolete node held matters only to who looks for what is deleted. */
    if (node->obsolete && !sink_wants_deleted(fs->sink))
        return;
    if (node->type == JFFS2_TYPE_DIRENT)
        read_dirent(fs, node, bytes);
    else if (node->type == JFFS2_TYPE_INODE)
        read_inode(fs, node, bytes);
    else if (node->type == JFFS2_TYPE_XATTR && !node->obsolete)
        read_xattr(fs, node, bytes);
    else if (node->type == JFFS2_TYPE_XREF && !node->obsolete)
        read_xref(fs, node, bytes);
    else if (node->type == JFFS2_TYPE_SUMMARY && !node->obsolete)
        check_summary(fs, node, bytes);
}

static void lost_bytes(void *context, uint64_t from, uint64_t to)
{
    jffs2_t *fs    = context;
    fs->names_lost = fs->data_lost = true;
    sink_damage(fs->sink, from, to - from, "no node can be read here");
}

/* ---- order ---- */

#define ORDER(x, y) (((x) > (y)) - ((x) < (y)))

static int compare_names(span_t x, span_t y)
{
    int order = memcmp(x.at, y.at, x.size < y.size ? x.size : y.size);
    return order != 0 ? order : ORDER(x.size, y.size);
}

/* Obsolete entries before all others of the same name. */
static int by_parent(const void *a, const void *b)
{
    const jffs2_dirent_t *x = a, *y = b;
    int                   order = ORDER(x->parent, y->parent);
    order = order != 0 ? order : compare_names(x->name, y->name);
    order = order != 0 ? order : ORDER(y->obsolete, x->obsolete);
    order = order != 0 ? order : ORDER(x->version, y->version);
    return order != 0 ? order : ORDER(x->offset, y->offset);
}

static int by_inode(const void *a, const void *b)
{
    const jffs2_inode_t *x = a, *y = b;
    int                  order = ORDER(x->inode, y->inode);
    order = order != 0 ? order : ORDER(x->version, y->version);
    return order != 0 ? order : ORDER(x->offset, y->offset);
}

static int by_xid(const void *a, const void *b)
{
    const jffs2_xattr_t *x = a, *y = b;
    return x->xid != y->xid ? ORDER(x->xid, y->xid) : ORDER(x->version, y->version);
}

static int by_reference(const void *a, const void *b)
{
    const jffs2_xref_t *x = a, *y = b;
    int                 order = ORDER(x->inode, y->inode);
    order = order != 0 ? order : ORDER(x->xid, y->xid);
    return order != 0 ? order : ORDER(x->sequence, y->sequence);
}

/* Entries by what they name, the one that counts first. */
static int by_target(const void *a, const void *b)
{
    const jffs2_dirent_t *x = *(const jffs2_dirent_t *const *)a, *y = *(const jffs2_dirent_t *const *)b;
    int                   order = ORDER(x->inode, y->inode);
    order = order != 0 ? order : ORDER(y->live, x->live);
    order = order != 0 ? order : ORDER(y->version, x->version);
    return order != 0 ? order : ORDER(x->offset, y->offset);
}

/* Of each name in a directory only the latest entry counts, and not when it is a deletion. */
static void mark_live(jffs2_t *fs)
{
    jffs2_dirent_t *d = jffs2_dirents(fs);
    for (size_t i = 0; i < fs->dirent_table.count; i++) {
        bool superseded = i + 1 < fs->dirent_table.count && d[i + 1].parent == d[i].parent && span_equal(d[i + 1].name, d[i].name);
        d[i].live       = !superseded && !d[i].obsolete && d[i].inode != 0;
    }
}

static void index_targets(jffs2_t *fs)
{
    jffs2_dirent_t *d = jffs2_dirents(fs);
    for (size_t i = 0; i < fs->dirent_table.count; i++) {
        const jffs2_dirent_t *entry = &d[i];
        if (entry->inode != 0 && !table_add(fs, &fs->target_table, &entry, sizeof entry))
            return;
    }
    table_sort(&fs->target_table, sizeof(const jffs2_dirent_t *), by_target);
}

static void index_objects(jffs2_t *fs)
{
    const jffs2_inode_t *nodes = jffs2_inodes(fs);
    for (size_t first = 0, next; first < fs->inode_table.count; first = next) {
        jffs2_object_t object = {.inode = nodes[first].inode, .first = first, .newest = first, .obsolete = true};
        for (next = first; next < fs->inode_table.count && nodes[next].inode == object.inode; next++)
            if (!nodes[next].obsolete || object.obsolete) {
                object.newest   = next;
                object.obsolete = nodes[next].obsolete;
            }
        object.count = next - first;
        if (!table_add(fs, &fs->object_table, &object, sizeof object))
            return;
    }
}

/* Leaves the latest reference between an inode and an attribute, and none that is a deletion. */
static void drop_stale_references(jffs2_t *fs)
{
    jffs2_xref_t *x = fs->xref_table.items;
    size_t        kept = 0;
    for (size_t i = 0; i < fs->xref_table.count; i++) {
        bool superseded = i + 1 < fs->xref_table.count && x[i + 1].inode == x[i].inode && x[i + 1].xid == x[i].xid;
        if (!superseded && (x[i].sequence & XREF_DELETED) == 0)
            x[kept++] = x[i];
    }
    fs->xref_table.count = kept;
}

bool jffs2_read_log(jffs2_t *fs, uint64_t *end)
{
    *end = jffs2_walk(&fs->flash, &(jffs2_walker_t){fs, visit_node, lost_bytes});
    table_sort(&fs->inode_table, sizeof(jffs2_inode_t), by_inode);
    table_sort(&fs->dirent_table, sizeof(jffs2_dirent_t), by_parent);
    table_sort(&fs->xattr_table, sizeof(jffs2_xattr_t), by_xid);
    table_sort(&fs->xref_table, sizeof(jffs2_xref_t), by_reference);
    mark_live(fs);
    index_targets(fs);
    index_objects(fs);
    drop_stale_references(fs);
    return !fs->no_memory;
}

void jffs2_free_log(jffs2_t *fs)
{
    free(fs->dirent_table.items);
    free(fs->inode_table.items);
    free(fs->object_table.items);
    free(fs->xattr_table.items);
    free(fs->xref_table.items);
    free(fs->target_table.items);
}

/* ---- questions ---- */

const jffs2_object_t *jffs2_object(const jffs2_t *fs, uint32_t inode)
{
    const jffs2_object_t *objects = jffs2_objects(fs);
    size_t                low = 0, high = fs->object_table.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (objects[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    return low < fs->object_table.count && objects[low].inode == inode ? &objects[low] : NULL;
}

size_t jffs2_first_entry(const jffs2_t *fs, uint32_t parent)
{
    const jffs2_dirent_t *d = jffs2_dirents(fs);
    size_t                low = 0, high = fs->dirent_table.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (d[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const jffs2_dirent_t *jffs2_entry_of(const jffs2_t *fs, uint32_t inode)
{
    const jffs2_dirent_t *const *targets = fs->target_table.items;
    size_t                       low = 0, high = fs->target_table.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (targets[middle]->inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    return low < fs->target_table.count && targets[low]->inode == inode ? targets[low] : NULL;
}

/* The attribute of this number in its latest version; NULL when it is lost. */
static const jffs2_xattr_t *xattr_of(const jffs2_t *fs, uint32_t xid)
{
    const jffs2_xattr_t *x = fs->xattr_table.items;
    size_t               low = 0, high = fs->xattr_table.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (x[middle].xid <= xid)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && x[low - 1].xid == xid ? &x[low - 1] : NULL;
}

size_t jffs2_read_xattrs(jffs2_t *fs, uint32_t inode)
{
    static const char *const prefixes[] = {NULL, "user.", "security.", "system.posix_acl_access", "system.posix_acl_default", "trusted."};
    const jffs2_xref_t *x = fs->xref_table.items;
    size_t              low = 0, high = fs->xref_table.count, count = 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (x[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    fs->xattr_names.size = 0;
    size_t starts[XATTRS_MAX];
    for (; low < fs->xref_table.count && x[low].inode == inode && count < XATTRS_MAX; low++) {
        const jffs2_xattr_t *attribute = xattr_of(fs, x[low].xid);
        if (attribute == NULL || attribute->prefix == 0 || attribute->prefix >= sizeof prefixes / sizeof *prefixes)
            continue;
        starts[count] = fs->xattr_names.size;
        buffer_append_text(&fs->xattr_names, prefixes[attribute->prefix]);
        buffer_append(&fs->xattr_names, attribute->name);
        fs->xattrs[count++] = (xattr_t){.value = attribute->value};
    }
    if (fs->xattr_names.failed)
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t end         = i + 1 < count ? starts[i + 1] : fs->xattr_names.size;
        fs->xattrs[i].name = span_sub(buffer_span(&fs->xattr_names), starts[i], end - starts[i]);
    }
    return count;
}
