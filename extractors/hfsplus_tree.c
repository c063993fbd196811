/* Files and folders of an HFS Plus: the catalog, extended attributes, compressed contents, hard links. */
#include "extractors/hfsplus.h"

#include "extractors/codec.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FOLDER = 1, FILE_RECORD = 2, FOLDER_SIZE = 88, FILE_SIZE = 248, FINDER_AT = 48, FINDER_SIZE = 32, DATA_AT = 88, RESOURCE_AT = 168,
        PRIVATE_PARENT = 1,
    ATTRIBUTE_INLINE = 0x10, ATTRIBUTE_FORK = 0x20, ATTRIBUTE_MAX = 1 << 20, LINK_MAX_BYTES = 4096,
    DECMPFS_HEADER = 16, DECMPFS_ZLIB_INLINE = 3, DECMPFS_ZLIB_RESOURCE = 4, DECMPFS_BLOCK = 65536
};
#define SECONDS_1904_TO_1970 2082844800
#define RESOURCE_FORK (UINT64_C(1) << 32)
#define IS_LINKED_FOLDER "fdrpMACS"
#define IS_LINKED_FILE "hlnkhfs+"

typedef struct { uint32_t parent, id; uint16_t type; span_t name, data; uint64_t at; size_t order; } catalog_record_t;
typedef struct { uint32_t file; span_t name, data; size_t order; } attribute_t;
typedef struct { uint32_t inode; bool folder; size_t record; } linked_t;

typedef struct {
    hfsplus_volume_t *volume;
    fs_tree_t        *tree;
    catalog_record_t        *records;    /* by parent, then as they stand */
    size_t            count;
    attribute_t      *attributes; /* by file, then as they stand */
    size_t            attribute_count;
    linked_t         *linked;     /* what hard links lead to, by number */
    size_t            linked_count;
    uint32_t          private_files, private_folders;
    buffer_t          name, link, values, packed;
    xattr_t           xattrs[XATTRS_MAX];
    codec_context_t  *codec;
    bool              lost, no_memory;
} walk_t;

/* UTF-16, big-endian, as UTF-8. On the disk ':' separates, so '/' may stand in a name: Unix sees it the other way round. */
static void append_name(buffer_t *out, span_t name)
{
    for (reader_t r = reader_from(name); reader_left(&r) >= 2;) {
        uint32_t c = read_be16(&r);
        if (c >= 0xD800 && c < 0xDC00 && reader_left(&r) >= 2) {
            reader_t ahead = r;
            uint32_t low   = read_be16(&ahead);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                r = ahead;
            }
        }
        c = c == '/' ? ':' : c;
        if (c < 0x80) {
            buffer_append_byte(out, (uint8_t)c);
            continue;
        }
        if (c >= 0x10000)
            buffer_append_byte(out, (uint8_t)(0xF0 | c >> 18));
        if (c >= 0x800)
            buffer_append_byte(out, (uint8_t)(c >= 0x10000 ? 0x80 | (c >> 12 & 0x3F) : 0xE0 | c >> 12));
        buffer_append_byte(out, (uint8_t)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3F) : 0xC0 | c >> 6));
        buffer_append_byte(out, (uint8_t)(0x80 | (c & 0x3F)));
    }
}

static bool name_is(span_t name, const char *text, size_t size)
{
    if (name.size != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (name.at[2 * i] != 0 || name.at[2 * i + 1] != (uint8_t)text[i])
            return false;
    return true;
}

/* ---- the catalog in memory ---- */

static int by_parent(const void *a, const void *b)
{
    const catalog_record_t *x = a, *y = b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_owner(const void *a, const void *b)
{
    const attribute_t *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_inode(const void *a, const void *b)
{
    const linked_t *x = a, *y = b;
    if (x->folder != y->folder)
        return x->folder ? 1 : -1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static size_t all_records(const hfsplus_btree_t *tree)
{
    size_t count = 0;
    for (size_t i = 0; i < tree->leaf_count; i++)
        count += hfsplus_record_count(tree, tree->leaves[i]);
    return count;
}

static bool read_record(span_t whole, catalog_record_t *record)
{
    reader_t r      = reader_from(whole);
    uint16_t key    = read_be16(&r);
    record->parent  = read_be32(&r);
    uint16_t length = read_be16(&r);
    record->name    = read_span(&r, 2 * (uint64_t)length);
    record->data    = hfsplus_data(whole);
    bool good       = reader_ok(&r) && 6 + 2 * (uint64_t)length <= key;
    r               = reader_from(record->data);
    record->type    = read_be16(&r);
    reader_skip(&r, 6);
    record->id  = read_be32(&r);
    size_t size = record->type == FOLDER ? FOLDER_SIZE : FILE_SIZE;
    return good && reader_ok(&r) && (record->type > FILE_RECORD || record->data.size >= size) && record->type >= FOLDER && record->type <= 4;
}

static bool read_catalog(walk_t *walk, const hfsplus_btree_t *tree)
{
    size_t room   = all_records(tree);
    walk->records = calloc(room + 1, sizeof *walk->records);
    if (walk->records == NULL)
        return false;
    for (size_t i = 0; i < tree->leaf_count; i++)
        for (uint32_t k = 0; k < hfsplus_record_count(tree, tree->leaves[i]); k++) {
            catalog_record_t record = {.at = tree->at + (uint64_t)tree->leaves[i] * tree->node_size, .order = walk->count};
            if (!read_record(hfsplus_record(tree, tree->leaves[i], k), &record))
                sink_damage(walk->volume->sink, min_u64(record.at, walk->volume->image.size), tree->node_size,
                    "a record of the catalog is not sound");
            else if (record.type <= FILE_RECORD)
                walk->records[walk->count++] = record;
        }
    qsort(walk->records, walk->count, sizeof *walk->records, by_parent);
    return true;
}

static bool read_attributes(walk_t *walk, const hfsplus_btree_t *tree)
{
    size_t room      = all_records(tree);
    walk->attributes = calloc(room + 1, sizeof *walk->attributes);
    if (walk->attributes == NULL)
        return false;
    for (size_t i = 0; i < tree->leaf_count; i++)
        for (uint32_t k = 0; k < hfsplus_record_count(tree, tree->leaves[i]); k++) {
            span_t      whole = hfsplus_record(tree, tree->leaves[i], k);
            reader_t    r     = reader_at(whole, 4);
            attribute_t found = {.file = read_be32(&r), .order = walk->attribute_count};
            reader_skip(&r, 4);
            uint16_t length = read_be16(&r);
            found.name      = read_span(&r, 2 * (uint64_t)length);
            found.data      = hfsplus_data(whole);
            if (reader_ok(&r))
                walk->attributes[walk->attribute_count++] = found;
        }
    qsort(walk->attributes, walk->attribute_count, sizeof *walk->attributes, by_owner);
    return true;
}

/* The first record below the folder. */
static size_t first_below(const walk_t *walk, uint32_t parent)
{
    size_t low = 0, high = walk->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (walk->records[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool read_number(span_t name, const char *prefix, uint32_t *number)
{
    size_t   length = strlen(prefix);
    uint64_t value  = 0;
    if (name.size <= 2 * length || name.size > 2 * (length + 10) || !name_is(span_sub(name, 0, 2 * length), prefix, length))
        return false;
    for (size_t at = 2 * length; at + 2 <= name.size; at += 2) {
        if (name.at[at] != 0 || name.at[at + 1] < '0' || name.at[at + 1] > '9')
            return false;
        value = value * 10 + (uint64_t)(name.at[at + 1] - '0');
    }
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* What hard links lead to stands in two folders that no one sees. */
static bool find_linked(walk_t *walk)
{
    static const char files[] = "\0\0\0\0HFS+ Private Data", folders[] = ".HFS+ Private Directory Data\r";
    for (size_t i = first_below(walk, HFSPLUS_ROOT); i < walk->count && walk->records[i].parent == HFSPLUS_ROOT; i++) {
        if (walk->records[i].type == FOLDER && name_is(walk->records[i].name, files, sizeof files - 1))
            walk->private_files = walk->records[i].id;
        if (walk->records[i].type == FOLDER && name_is(walk->records[i].name, folders, sizeof folders - 1))
            walk->private_folders = walk->records[i].id;
    }
    walk->linked = calloc(walk->count + 1, sizeof *walk->linked);
    for (size_t i = 0; walk->linked != NULL && i < walk->count; i++) {
        linked_t linked = {.record = i, .folder = walk->records[i].type == FOLDER};
        uint32_t home   = linked.folder ? walk->private_folders : walk->private_files;
        if (home != 0 && walk->records[i].parent == home && read_number(walk->records[i].name, linked.folder ? "dir_" : "iNode", &linked.inode))
            walk->linked[walk->linked_count++] = linked;
    }
    if (walk->linked_count > 0)
        qsort(walk->linked, walk->linked_count, sizeof *walk->linked, by_inode);
    return walk->linked != NULL;
}

/* The record that a hard link stands for, or itself. */
static size_t resolve(const walk_t *walk, size_t index)
{
    const catalog_record_t *record = &walk->records[index];
    bool             folder = span_has_text_at(record->data, FINDER_AT, IS_LINKED_FOLDER);
    if (record->type != FILE_RECORD || (!folder && !span_has_text_at(record->data, FINDER_AT, IS_LINKED_FILE)))
        return index;
    reader_t        r      = reader_at(record->data, 44);
    linked_t        wanted = {.inode = read_be32(&r), .folder = folder};
    const linked_t *found  = walk->linked_count > 0 ? bsearch(&wanted, walk->linked, walk->linked_count, sizeof wanted, by_inode) : NULL;
    return found != NULL ? found->record : index;
}

static hfsplus_fork_t fork_of(const catalog_record_t *record, uint8_t fork)
{
    reader_t r = reader_at(record->data, fork == HFSPLUS_DATA ? DATA_AT : RESOURCE_AT);
    return hfsplus_read_fork(&r, record->id, fork);
}

/* ---- extended attributes ---- */

static const attribute_t *first_attribute(const walk_t *walk, uint32_t file)
{
    size_t low = 0, high = walk->attribute_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (walk->attributes[middle].file < file)
            low = middle + 1;
        else
            high = middle;
    }
    return low < walk->attribute_count && walk->attributes[low].file == file ? &walk->attributes[low] : NULL;
}

static bool is_last(const walk_t *walk, const attribute_t *attribute)
{
    return attribute + 1 >= walk->attributes + walk->attribute_count || attribute[1].file != attribute->file;
}

/* Appends the value; false for what is no value of its own, or cannot be read. */
static bool append_value(walk_t *walk, const attribute_t *attribute, buffer_t *out)
{
    reader_t r    = reader_from(attribute->data);
    uint32_t type = read_be32(&r);
    if (type == ATTRIBUTE_INLINE) {
        reader_skip(&r, 8);
        uint32_t size  = read_be32(&r);
        span_t   value = read_span(&r, size);
        if (!reader_ok(&r) || !hfsplus_afford(walk->volume, value.size))
            return false;
        buffer_append(out, value);
        return true;
    }
    if (type != ATTRIBUTE_FORK)
        return false;
    reader_skip(&r, 4);
    hfsplus_fork_t fork = hfsplus_read_fork(&r, attribute->file, HFSPLUS_DATA);
    uint64_t       at;
    buffer_t       value = {0};
    bool           good  = reader_ok(&r) && fork.size <= ATTRIBUTE_MAX && hfsplus_gather(walk->volume, &fork, &value, &at) && value.size == fork.size;
    buffer_append(out, good ? buffer_span(&value) : (span_t){0});
    buffer_free(&value);
    return good;
}

static void show_attributes(walk_t *walk, const catalog_record_t *record, child_info_t *info, fs_damage_t *damage)
{
    size_t count = 0, ends[2 * XATTRS_MAX];
    walk->values.size = 0;
    span_t finder     = span_sub(record->data, FINDER_AT, FINDER_SIZE);
    if (!span_is_filled_with(finder, 0)) {
        buffer_append_text(&walk->values, "com.apple.FinderInfo");
        ends[0] = walk->values.size;
        buffer_append(&walk->values, finder);
        ends[1] = walk->values.size;
        count   = 1;
    }
    for (const attribute_t *a = first_attribute(walk, record->id); a != NULL && count < XATTRS_MAX; a = is_last(walk, a) ? NULL : a + 1) {
        reader_t r    = reader_from(a->data);
        uint32_t type = read_be32(&r);
        size_t   from = walk->values.size;
        if (type != ATTRIBUTE_INLINE && type != ATTRIBUTE_FORK)
            continue;
        append_name(&walk->values, a->name);
        ends[2 * count] = walk->values.size;
        if (!append_value(walk, a, &walk->values)) {
            *damage           = (fs_damage_t){record->at, 0, "an extended attribute cannot be read"};
            walk->values.size = from;
            continue;
        }
        ends[2 * count++ + 1] = walk->values.size;
    }
    for (size_t i = 0, from = 0; i < count; from = ends[2 * i++ + 1])
        walk->xattrs[i] = (xattr_t){span_sub(buffer_span(&walk->values), from, ends[2 * i] - from), span_sub(buffer_span(&walk->values),
            ends[2 * i], ends[2 * i + 1] - ends[2 * i])};
    walk->no_memory   = walk->no_memory || walk->values.failed;
    info->xattrs      = walk->xattrs;
    info->xattr_count = walk->values.failed ? 0 : count;
}

/* ---- compressed contents ---- */

/* The attribute that holds, or announces, a compressed content; empty when there is none. */
static span_t decmpfs_of(walk_t *walk, const catalog_record_t *record)
{
    static const char name[] = "com.apple.decmpfs";
    for (const attribute_t *a = first_attribute(walk, record->id); a != NULL; a = is_last(walk, a) ? NULL : a + 1)
        if (name_is(a->name, name, sizeof name - 1)) {
            walk->packed.size = 0;
            if (append_value(walk, a, &walk->packed) && walk->packed.size >= DECMPFS_HEADER && span_has_text_at(buffer_span(&walk->packed), 0,
                "fpmc"))
                return buffer_span(&walk->packed);
        }
    return (span_t){0};
}

static uint32_t decmpfs_type(span_t decmpfs)
{
    reader_t r = reader_at(decmpfs, 4);
    return read_le32(&r);
}

/* One block: zlib, or, behind a byte that zlib never begins with, as it is. */
static void write_packed(walk_t *walk, fs_content_t *content, span_t block, uint64_t wanted, uint64_t at, uint64_t length)
{
    if (block.size > 0 && (block.at[0] & 0x0F) == 0x0F) {
        fs_content_decoded(content, span_from_offset(block, 1), at, length);
        return;
    }
    /* Deflate makes at most 1032 bytes of one. */
    size_t   room     = (size_t)min_u64(wanted, (uint64_t)block.size * 1032), produced = 0;
    uint8_t *out      = room == wanted ? malloc(room) : NULL;
    if (out != NULL && status_ok(codec_decode_with(walk->codec, CODEC_ZLIB, block, out, room, &produced)) && produced == wanted)
        fs_content_decoded(content, span_from(out, produced), at, length);
    else
        fs_content_lost(content, at, length, wanted, "a compressed block does not inflate");
    free(out);
}

/* The resource fork: a header, at 256 + 4 the number of blocks and, for each, offset and size. */
static status_t write_resource_blocks(walk_t *walk, const catalog_record_t *record, fs_content_t *content)
{
    hfsplus_fork_t fork   = fork_of(record, HFSPLUS_RESOURCE);
    buffer_t       bytes  = {0};
    uint64_t       at     = 0;
    bool           read   = fork.size <= walk->volume->image.size && hfsplus_gather(walk->volume, &fork, &bytes, &at);
    span_t         all    = buffer_span(&bytes);
    reader_t       r      = reader_from(all);
    uint64_t       table  = (uint64_t)read_be32(&r) + 4;
    r                     = reader_at(all, table);
    uint32_t       blocks = read_le32(&r);
    for (uint32_t i = 0; read && i < blocks && reader_left(&r) >= 8 && !fs_content_full(content); i++) {
        uint64_t offset = read_le32(&r), size = read_le32(&r);
        span_t   block  = span_sub(all, table + offset, size);
        write_packed(walk, content, block, min_u64(DECMPFS_BLOCK, content->size - content->done), at, all.size);
    }
    status_t status = fs_content_end_lost(content, at, "compressed blocks are missing");
    buffer_free(&bytes);
    return status;
}

static bool can_unpack(uint32_t type) { return type == DECMPFS_ZLIB_INLINE || type == DECMPFS_ZLIB_RESOURCE; }

static status_t write_compressed(walk_t *walk, const catalog_record_t *record, span_t decmpfs, child_t *child)
{
    reader_t     r    = reader_at(decmpfs, 8);
    uint64_t     size = read_le64(&r);
    uint32_t     type = decmpfs_type(decmpfs);
    fs_content_t content;
    if (!can_unpack(type)) {
        child_limit(child, "codec", type == 7 || type == 8 ? "compressed with LZVN, which is not decoded" : type == 11 || type == 12
                    ? "compressed with LZFSE, which is not decoded" : "compressed in a way that is not known");
        return ok();
    }
    fs_content_begin(&content, child, walk->volume->image, size);
    if (type == DECMPFS_ZLIB_RESOURCE)
        return write_resource_blocks(walk, record, &content);
    if (size > 0)
        write_packed(walk, &content, span_from_offset(decmpfs, DECMPFS_HEADER), size, record->at, 0);
    return fs_content_end_lost(&content, record->at, "the compressed content is too short");
}

/* ---- what the tree asks for ---- */

static status_t write_content(void *fs, uint64_t number, child_t *child)
{
    walk_t          *walk   = fs;
    const catalog_record_t *record = &walk->records[(uint32_t)number];
    if ((number & RESOURCE_FORK) != 0) {
        hfsplus_fork_t fork = fork_of(record, HFSPLUS_RESOURCE);
        return hfsplus_write_fork(walk->volume, &fork, child);
    }
    hfsplus_fork_t fork    = fork_of(record, HFSPLUS_DATA);
    span_t         decmpfs = fork.size == 0 ? decmpfs_of(walk, record) : (span_t){0};
    return decmpfs.size > 0 ? write_compressed(walk, record, decmpfs, child) : hfsplus_write_fork(walk->volume, &fork, child);
}

static bool list_record(walk_t *walk, size_t index, fs_tree_t *tree)
{
    const catalog_record_t *record = &walk->records[index];
    size_t           target = resolve(walk, index);
    walk->name.size         = 0;
    append_name(&walk->name, record->name);
    if (walk->name.failed || !fs_tree_entry(tree, buffer_span(&walk->name), target))
        return false;
    record = &walk->records[target];
    if (record->type != FILE_RECORD || fork_of(record, HFSPLUS_RESOURCE).size == 0)
        return true;
    span_t decmpfs = decmpfs_of(walk, record);
    if (decmpfs.size > 0 && decmpfs_type(decmpfs) == DECMPFS_ZLIB_RESOURCE)
        return true; /* it is the content */
    buffer_append_text(&walk->name, ":rsrc");
    return !walk->name.failed && fs_tree_entry(tree, buffer_span(&walk->name), target | RESOURCE_FORK);
}

static bool is_private(const walk_t *walk, const catalog_record_t *record)
{
    return record->type == FOLDER && record->id != 0 && (record->id == walk->private_files || record->id == walk->private_folders);
}

static void list(void *fs, uint64_t number, fs_tree_t *tree)
{
    walk_t  *walk   = fs;
    uint32_t folder = walk->records[(uint32_t)number].id;
    for (size_t i = first_below(walk, folder); i < walk->count && walk->records[i].parent == folder; i++)
        if (!is_private(walk, &walk->records[i]) && !list_record(walk, i, tree))
            return;
}

static void read_link(walk_t *walk, const catalog_record_t *record, child_info_t *info, fs_damage_t *damage)
{
    hfsplus_fork_t fork = fork_of(record, HFSPLUS_DATA);
    uint64_t       at;
    walk->link.size = 0;
    if (fork.size > LINK_MAX_BYTES || !hfsplus_gather(walk->volume, &fork, &walk->link, &at) || walk->link.size != fork.size)
        *damage = (fs_damage_t){record->at, 0, "the target of a symbolic link cannot be read"};
    info->link = buffer_span(&walk->link);
}

static bool read_object(void *fs, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    walk_t          *walk   = fs;
    const catalog_record_t *record = &walk->records[(uint32_t)number];
    reader_t         r      = reader_at(record->data, 16);
    uint32_t         modified = read_be32(&r);
    r                         = reader_at(record->data, 32);
    uint32_t uid = read_be32(&r), gid = read_be32(&r);
    reader_skip(&r, 2);
    uint16_t mode    = read_be16(&r);
    uint32_t special = read_be32(&r);
    *damage          = (fs_damage_t){record->at, 0, walk->lost ? "in the catalog, but no folder leads to it" : NULL};
    fs_set_attributes(info, mode, uid, gid, (int64_t)modified - SECONDS_1904_TO_1970);
    info->has_mtime = modified != 0;
    info->has_mode = info->has_owner = mode != 0; /* Mac OS before X wrote none */
    info->type = record->type == FOLDER ? CHILD_DIRECTORY : mode != 0 && fs_type_of_mode(mode) != CHILD_DIRECTORY ? fs_type_of_mode(mode)
        : CHILD_FILE;
    if ((number & RESOURCE_FORK) != 0) {
        info->type = CHILD_FILE;
        return true;
    }
    show_attributes(walk, record, info, damage);
    if (info->type == CHILD_SYMLINK) {
        read_link(walk, record, info, damage);
    } else if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE) {
        info->device_major = special >> 24;
        info->device_minor = special & 0xFFFFFF;
    }
    return true;
}

static const fs_operations_t operations = {.format = "hfsplus", .read = read_object, .list = list, .write = write_content};

/* ---- the whole ---- */

static bool folder_exists(uint32_t id, const uint32_t *folders, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (folders[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && folders[low] == id;
}

static int by_id(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static status_t show_one(walk_t *walk, size_t index, const char *where)
{
    char     number[24];
    buffer_t path   = {0};
    status_t status = ok();
    (void)snprintf(number, sizeof number, "#%u-", walk->records[index].id);
    buffer_append_text(&path, where);
    if (walk->lost)
        buffer_append_text(&path, number);
    walk->name.size = 0;
    append_name(&walk->name, walk->records[index].name);
    for (size_t i = 0; i < walk->name.size; i++)
        buffer_append_byte(&path, walk->name.at[i] == '/' ? '_' : walk->name.at[i]);
    size_t target = resolve(walk, index);
    if (path.failed || walk->name.failed)
        status = status_fail(STATUS_MEMORY, "hfsplus", 0, "out of memory");
    else
        status = fs_tree_show(walk->tree, buffer_span(&path), target);
    if (status_ok(status) && !path.failed && walk->records[target].type == FILE_RECORD && fork_of(&walk->records[target],
        HFSPLUS_RESOURCE).size > 0) {
        buffer_append_text(&path, ":rsrc");
        status = path.failed ? status_fail(STATUS_MEMORY, "hfsplus", 0, "out of memory") : fs_tree_show(walk->tree, buffer_span(&path),
            target | RESOURCE_FORK);
    }
    buffer_free(&path);
    return status;
}

/* What is in the private folders and no link leads to; what no folder leads to: first what has no parent, then what is left. */
static status_t show_rest(walk_t *walk)
{
    size_t    count   = 0;
    uint32_t *folders = calloc(walk->count + 1, sizeof *folders);
    status_t  status  = folders == NULL ? status_fail(STATUS_MEMORY, "hfsplus", 0, "out of memory") : ok();
    for (size_t i = 0; status_ok(status) && i < walk->count; i++)
        if (walk->records[i].type == FOLDER)
            folders[count++] = walk->records[i].id;
    if (count > 0)
        qsort(folders, count, sizeof *folders, by_id);
    for (unsigned pass = 0; pass < 3; pass++)
        for (size_t i = 0; status_ok(status) && i < walk->count; i++) {
            const catalog_record_t *record     = &walk->records[i];
            bool             in_private = record->parent != 0 && (record->parent == walk->private_files || record->parent == walk->private_folders);
            if (fs_tree_seen(walk->tree, resolve(walk, i)) || is_private(walk, record) || (pass == 0 && !in_private)
                || (pass == 1 && folder_exists(record->parent, folders, count)))
                continue;
            walk->lost = pass > 0;
            status     = show_one(walk, i, pass == 0 ? "[private]/" : FS_LOST_PATH);
        }
    free(folders);
    return status;
}

static status_t show_all(walk_t *walk)
{
    size_t root = walk->count;
    for (size_t i = first_below(walk, PRIVATE_PARENT); i < walk->count && walk->records[i].parent == PRIVATE_PARENT; i++)
        if (walk->records[i].type == FOLDER && walk->records[i].id == HFSPLUS_ROOT && root == walk->count)
            root = i;
    if (root == walk->count)
        sink_damage(walk->volume->sink, 0, 0, "the catalog has no root folder that can be read");
    else
        walk->name.size = 0;
    if (root < walk->count) {
        append_name(&walk->name, walk->records[root].name);
        buffer_append_byte(&walk->name, 0);
        if (!walk->name.failed && walk->name.size > 1)
            sink_fact(walk->volume->sink, "hfsplus.label", (const char *)walk->name.at);
    }
    status_t status = root < walk->count ? fs_tree_walk(walk->tree, root) : ok();
    return status_ok(status) ? show_rest(walk) : status;
}

status_t hfsplus_show(hfsplus_volume_t *v, const hfsplus_fork_t *catalog, const hfsplus_fork_t *attributes)
{
    hfsplus_btree_t catalog_tree, attribute_tree = {0};
    walk_t          walk = {.volume = v};
    status_t        status = status_fail(STATUS_MEMORY, "hfsplus", 0, "out of memory");
    walk.tree              = fs_tree_new(v->sink, &operations, &walk);
    walk.codec             = codec_context_new();
    if (hfsplus_btree_open(v, catalog, "the catalog is not sound: files may be missing", &catalog_tree)
        && hfsplus_btree_open(v, attributes, "the attributes tree is not sound: extended attributes may be missing", &attribute_tree)
        && walk.tree != NULL
        && walk.codec != NULL && read_catalog(&walk, &catalog_tree) && read_attributes(&walk, &attribute_tree) && find_linked(&walk))
        status = show_all(&walk);
    if (status_ok(status) && walk.no_memory)
        status = status_fail(STATUS_MEMORY, "hfsplus", 0, "out of memory");
    fs_tree_free(walk.tree);
    codec_context_free(walk.codec);
    hfsplus_btree_free(&catalog_tree);
    hfsplus_btree_free(&attribute_tree);
    free(walk.records);
    free(walk.attributes);
    free(walk.linked);
    buffer_free(&walk.name);
    buffer_free(&walk.link);
    buffer_free(&walk.values);
    buffer_free(&walk.packed);
    return status;
}
