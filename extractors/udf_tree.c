/* File sets, entries, directories and contents of a UDF. */
#include "extractors/udf.h"

#include "extractors/fs_content.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    STRATEGY_4096 = 4096, HOPS_MAX = 256, ALLOCATION_EMBEDDED = 3, IDENTIFIER_MIN = 38, DELETED = 0x04, PARENT = 0x08, LINK_MAX_BYTES = 4096,
    TYPE_DIRECTORY = 4, TYPE_BLOCK = 6, TYPE_CHARACTER = 7, TYPE_FIFO = 9, TYPE_SOCKET = 10, TYPE_SYMLINK = 12, TYPE_STREAMS = 13,
        ATTRIBUTE_DEVICE = 12
};

typedef struct { uint64_t number; size_t name_at, name_size; } deleted_t;

typedef struct {
    udf_volume_t *volume;
    fs_tree_t    *tree;
    buffer_t      link, name, bytes;
    deleted_t    *deleted; /* directory entries that are marked so; only when they are wanted */
    size_t        deleted_count;
    buffer_t      deleted_names;
    bool          no_memory;
} walk_t;

static uint64_t number_of(udf_address_t at) { return (uint64_t)at.partition << 32 | at.block; }
static udf_address_t address_of(uint64_t number) { return (udf_address_t){(uint32_t)number, (uint16_t)(number >> 32)}; }

static void claim(const udf_volume_t *v, uint64_t at, uint64_t length)
{
    if (v->sink != NULL)
        sink_claim(v->sink, at, length, REGION_STRUCTURE);
}

/* ---- entries ---- */

/* The block that an information control block begins with, after indirections: with strategy 4096 a newer one follows the last. */
static span_t final_entry(udf_volume_t *v, udf_address_t *address, uint64_t *at, udf_tag_t *tag)
{
    span_t entry = {0};
    for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
        uint64_t place;
        span_t   block = udf_locate(v, *address, v->block, &place) > 0 ? span_sub(v->image, place, v->block) : (span_t){0};
        *tag           = udf_tag_of(block, 0);
        if (*tag == UDF_TAG_NONE)
            return entry;
        reader_t r  = reader_from(block);
        uint16_t id = read_le16(&r);
        r           = reader_at(block, 20);
        udf_extent_t next = {.length = 0};
        if (id == UDF_INDIRECT_ENTRY) {
            r    = reader_at(block, 36);
            next = udf_read_long(&r);
            claim(v, place, UDF_TAG_SIZE + 36);
        } else if (id == UDF_FILE_ENTRY || id == UDF_EXTENDED_FILE_ENTRY) {
            entry = block;
            *at   = place;
            udf_address_t behind = {address->block + 1, address->partition};
            if (read_le16(&r) != STRATEGY_4096 || udf_locate(v, behind, v->block, &place) == 0
                || udf_tag_of(span_sub(v->image, place, v->block), UDF_INDIRECT_ENTRY) == UDF_TAG_NONE)
                return entry;
            next = (udf_extent_t){.at = behind, .length = v->block};
        }
        if (next.length == 0)
            return entry;
        *address = next.at;
    }
    return (span_t){0};
}

bool udf_read_entry(udf_volume_t *v, udf_address_t address, udf_entry_t *entry)
{
    udf_tag_t tag;
    *entry       = (udf_entry_t){.at = address};
    span_t block = final_entry(v, &address, &entry->offset, &tag);
    if (block.at == NULL)
        return false;
    reader_t r        = reader_from(block);
    entry->identifier = read_le16(&r);
    entry->damaged    = udf_tag_of(block, entry->identifier) != UDF_TAG_SOUND;
    bool extended     = entry->identifier == UDF_EXTENDED_FILE_ENTRY;
    r                 = reader_at(block, 27);
    entry->type       = read_u8(&r);
    r                 = reader_at(block, 34);
    entry->flags      = read_le16(&r);
    entry->uid         = read_le32(&r);
    entry->gid         = read_le32(&r);
    entry->permissions = read_le32(&r);
    r                  = reader_at(block, 56);
    entry->size        = read_le64(&r);
    entry->has_mtime   = udf_time(span_sub(block, extended ? 92 : 84, 12), &entry->mtime);
    if (extended) {
        r              = reader_at(block, 152);
        entry->streams = udf_read_long(&r);
    }
    r                       = reader_at(block, extended ? 208 : 168);
    uint32_t attributes     = read_le32(&r), descriptors = read_le32(&r);
    entry->attributes       = read_span(&r, attributes);
    entry->descriptors_at     = entry->offset + r.pos;
    entry->descriptors_length = descriptors;
    return read_span(&r, descriptors).at != NULL;
}

static udf_extent_t read_descriptor(reader_t *r, unsigned kind, uint16_t partition)
{
    udf_extent_t extent = {.length = 0};
    if (kind == 0) {
        uint32_t length = read_le32(r);
        extent          = (udf_extent_t){.length = length & 0x3FFFFFFF, .kind = (uint8_t)(length >> 30), .at = {read_le32(r), partition}};
    } else if (kind == 1) {
        extent = udf_read_long(r);
    } else {
        uint32_t length = read_le32(r);
        reader_skip(r, 8);
        extent              = (udf_extent_t){.length = length & 0x3FFFFFFF, .kind = (uint8_t)(length >> 30)};
        extent.at.block     = read_le32(r);
        extent.at.partition = read_le16(r);
        reader_skip(r, 2);
    }
    return extent;
}

static bool take(udf_volume_t *v, uint64_t at)
{
    uint64_t block = at / v->block;
    uint8_t  bit   = (uint8_t)(1u << block % 8);
    bool     free  = (v->taken[block / 8] & bit) == 0;
    v->taken[block / 8] = (uint8_t)(v->taken[block / 8] | bit);
    return free;
}

const char *udf_extents(udf_volume_t *v, const udf_entry_t *entry, bool (*piece)(void *context, const udf_extent_t *extent), void *context)
{
    unsigned kind = entry->flags & 7;
    if (kind == ALLOCATION_EMBEDDED)
        return NULL;
    if (kind > ALLOCATION_EMBEDDED)
        return "allocation descriptors of no known kind";
    unsigned size = kind == 0 ? 8 : kind == 1 ? 16 : 20;
    span_t   list = span_sub(v->image, entry->descriptors_at, entry->descriptors_length);
    uint64_t hops_left = v->image.size / v->block; /* more blocks of descriptors than this cannot be */
    for (reader_t r = reader_from(list); reader_left(&r) >= size;) {
        udf_extent_t extent = read_descriptor(&r, kind, entry->at.partition);
        if (extent.length == 0)
            return NULL;
        if (extent.kind < 3) {
            if (!piece(context, &extent))
                return NULL;
            continue;
        }
        uint64_t at;
        span_t   block = udf_locate(v, extent.at, v->block, &at) > 0 ? span_sub(v->image, at, v->block) : (span_t){0};
        if (udf_tag_of(block, UDF_ALLOCATION_EXTENT) == UDF_TAG_NONE)
            return "more allocation descriptors cannot be read";
        if (hops_left-- == 0 || (v->sink != NULL && v->taken != NULL && !take(v, at)))
            return "more allocation descriptors belong to something else as well, or lead back to themselves";
        reader_t header = reader_at(block, 20);
        uint32_t length = read_le32(&header);
        list            = span_clip(block, 24, length);
        claim(v, at, 24 + list.size);
        r = reader_from(list);
    }
    return NULL;
}

/* ---- contents ---- */

typedef struct { const udf_volume_t *volume; fs_content_t content; } writing_t;

static bool write_piece(void *context, const udf_extent_t *extent)
{
    writing_t *w = context;
    if (extent->kind != 0) {
        fs_content_hole(&w->content, extent->length);
        return !fs_content_full(&w->content);
    }
    for (uint64_t done = 0; done < extent->length && !fs_content_full(&w->content);) {
        udf_address_t from = {(uint32_t)(extent->at.block + done / w->volume->block), extent->at.partition};
        uint64_t      at = 0, bytes = udf_locate(w->volume, from, extent->length - done, &at);
        if (bytes == 0) {
            fs_content_lost(&w->content, 0, 0, extent->length - done, "blocks that are outside of the partition, or that nothing leads to");
            return !fs_content_full(&w->content);
        }
        fs_content_run(&w->content, at, bytes);
        done += bytes;
    }
    return !fs_content_full(&w->content);
}

static status_t write_content(void *fs, uint64_t number, child_t *child)
{
    walk_t     *walk = fs;
    udf_entry_t entry;
    if (!udf_read_entry(walk->volume, address_of(number), &entry))
        return ok();
    writing_t w = {.volume = walk->volume};
    fs_content_begin(&w.content, child, walk->volume->image, entry.size);
    if ((entry.flags & 7) == ALLOCATION_EMBEDDED)
        fs_content_run(&w.content, entry.descriptors_at, min_u64(entry.descriptors_length, entry.size));
    const char *broken = udf_extents(walk->volume, &entry, write_piece, &w);
    return broken != NULL ? fs_content_end_lost(&w.content, entry.offset, broken) : fs_content_end(&w.content);
}

/* ---- directories ---- */

typedef struct { udf_volume_t *volume; buffer_t *bytes; uint64_t first_at; bool once, told; } gathering_t;

static void tell(gathering_t *g, uint64_t at, uint64_t length, const char *what)
{
    if (!g->told && g->volume->sink != NULL)
        sink_damage(g->volume->sink, min_u64(at, g->volume->image.size), length, what);
    g->told = true;
}

/* The blocks of a directory, or of a link's target, are structure; those of directories are read once. */
static bool gather_piece(void *context, const udf_extent_t *extent)
{
    gathering_t  *g = context;
    udf_volume_t *v = g->volume;
    for (uint64_t done = 0; done < extent->length && extent->kind == 0;) {
        udf_address_t from = {(uint32_t)(extent->at.block + done / v->block), extent->at.partition};
        uint64_t      at = 0, bytes = udf_locate(v, from, min_u64(extent->length - done, v->block), &at);
        span_t        piece = span_sub(v->image, at, bytes);
        if (piece.size == 0 || (g->once && !take(v, at))) {
            tell(g, at, piece.size, piece.size == 0 ? "blocks of a directory cannot be found: what it holds there is not known"
                                                    : "a block of a directory is used more than once: it was not read again");
            return false;
        }
        if (g->bytes->size == 0)
            g->first_at = at;
        buffer_append(g->bytes, piece);
        claim(v, at, bytes);
        done += bytes;
    }
    return !g->bytes->failed;
}

static span_t gather(walk_t *walk, const udf_entry_t *entry, uint64_t *at, bool once)
{
    udf_volume_t *v = walk->volume;
    if ((entry->flags & 7) == ALLOCATION_EMBEDDED) {
        *at         = entry->descriptors_at;
        span_t here = span_sub(v->image, entry->descriptors_at, min_u64(entry->size, entry->descriptors_length));
        claim(v, *at, here.size);
        return here;
    }
    gathering_t g    = {.volume = v, .bytes = &walk->bytes, .once = once};
    walk->bytes.size = 0;
    const char *why  = udf_extents(v, entry, gather_piece, &g);
    if (why != NULL)
        tell(&g, entry->offset, v->block, "the list of a directory's blocks cannot be read: what it holds further on is not known");
    *at = g.first_at;
    if (walk->bytes.size < entry->size && walk->bytes.size % v->block == 0 && !g.told)
        tell(&g, entry->offset, v->block, "a directory is shorter than its entry says");
    walk->no_memory = walk->no_memory || walk->bytes.failed;
    return span_clip(buffer_span(&walk->bytes), 0, entry->size);
}

typedef struct { uint8_t characteristics; span_t name; udf_extent_t entry; } identifier_t;

/* The record at the start of `rest`, cut to its length; empty when it is not one. */
static span_t identifier_at(span_t rest)
{
    reader_t r = reader_at(rest, 19);
    uint64_t name_size = read_u8(&r);
    reader_skip(&r, 16);
    uint64_t use = read_le16(&r);
    span_t   record = reader_ok(&r) ? span_clip(rest, 0, round_up(IDENTIFIER_MIN + use + name_size, 4)) : (span_t){0};
    return udf_tag_of(record, UDF_FILE_IDENTIFIER) != UDF_TAG_NONE ? record : (span_t){0};
}

/* The next file identifier of a directory; false at the end. `*broken`: something before it is not one, or it may be wrong. Records are
 * aligned to 4: where one is missing, the next is looked for. */
static bool next_identifier(span_t directory, size_t *at, identifier_t *identifier, bool *broken)
{
    span_t rest = span_from_offset(directory, *at), record = identifier_at(rest);
    *broken     = false;
    while (record.size == 0 && rest.size >= IDENTIFIER_MIN) {
        *broken = *broken || !span_is_filled_with(span_clip(rest, 0, 4), 0);
        *at += 4;
        rest   = span_from_offset(directory, *at);
        record = identifier_at(rest);
    }
    if (record.size == 0)
        return false;
    *broken    = *broken || udf_tag_of(record, UDF_FILE_IDENTIFIER) != UDF_TAG_SOUND;
    reader_t r = reader_at(record, 18);
    identifier->characteristics = read_u8(&r);
    uint8_t name_size           = read_u8(&r);
    identifier->entry           = udf_read_long(&r);
    reader_skip(&r, read_le16(&r));
    identifier->name = read_span(&r, name_size);
    *at += record.size;
    return true;
}

static void remember_deleted(walk_t *walk, const identifier_t *identifier)
{
    size_t count = walk->deleted_count, at = walk->deleted_names.size;
    if (walk->volume->sink == NULL || !sink_wants_deleted(walk->volume->sink) || identifier->entry.length == 0)
        return;
    if ((count & (count - 1)) == 0) {
        deleted_t *more = realloc(walk->deleted, (count == 0 ? 1 : count * 2) * sizeof *more);
        if (more == NULL) {
            walk->no_memory = true;
            return;
        }
        walk->deleted = more;
    }
    udf_append_text(&walk->deleted_names, identifier->name);
    walk->deleted[walk->deleted_count++] = (deleted_t){number_of(identifier->entry.at), at, walk->deleted_names.size - at};
}

typedef bool (*entry_fn)(void *context, span_t name, uint64_t number);

/* The named streams of a file become neighbours, "name:stream". */
static bool list_streams(walk_t *walk, uint64_t number, span_t name, entry_fn found, void *context)
{
    udf_entry_t entry, streams;
    if (!udf_read_entry(walk->volume, address_of(number), &entry) || entry.streams.length == 0 || !udf_read_entry(walk->volume, entry.streams.at,
        &streams)
        || streams.type != TYPE_STREAMS)
        return true;
    buffer_t bytes = walk->bytes, full = {0};
    walk->bytes    = (buffer_t){.limit = bytes.limit};
    uint64_t at;
    size_t   pos  = 0;
    bool     more = true, broken;
    claim(walk->volume, streams.offset, streams.descriptors_at - streams.offset + streams.descriptors_length);
    span_t       directory = gather(walk, &streams, &at, true);
    identifier_t identifier;
    while (more && next_identifier(directory, &pos, &identifier, &broken)) {
        if ((identifier.characteristics & (PARENT | DELETED)) != 0 || identifier.entry.length == 0)
            continue;
        full.size = 0;
        buffer_append(&full, name);
        buffer_append_byte(&full, ':');
        udf_append_text(&full, identifier.name);
        more = !full.failed && found(context, buffer_span(&full), number_of(identifier.entry.at));
    }
    buffer_free(&full);
    buffer_free(&walk->bytes);
    walk->bytes = bytes;
    return more;
}

static void list_with(walk_t *walk, uint64_t number, entry_fn found, void *context)
{
    udf_entry_t entry;
    uint64_t    at;
    if (!udf_read_entry(walk->volume, address_of(number), &entry))
        return;
    span_t       directory = gather(walk, &entry, &at, true);
    identifier_t identifier;
    bool         broken, more = true;
    for (size_t pos = 0; more;) {
        size_t from = pos;
        more        = next_identifier(directory, &pos, &identifier, &broken);
        if (broken && walk->volume->sink != NULL)
            sink_damage(walk->volume->sink, at + from < walk->volume->image.size ? at + from : at, 0,
                "a record of a directory is not sound: it was skipped, or may be wrong");
        if (!more)
            return;
        if ((identifier.characteristics & DELETED) != 0) {
            remember_deleted(walk, &identifier);
        } else if ((identifier.characteristics & PARENT) == 0) {
            walk->name.size = 0;
            udf_append_text(&walk->name, identifier.name);
            uint64_t child = number_of(identifier.entry.at);
            more           = !walk->name.failed && found(context, buffer_span(&walk->name), child) && list_streams(walk, child,
                buffer_span(&walk->name), found, context);
        }
    }
}

static bool found_for_tree(void *context, span_t name, uint64_t number) { return fs_tree_entry(context, name, number); }

static void list(void *fs, uint64_t number, fs_tree_t *tree) { list_with(fs, number, found_for_tree, tree); }

/* ---- attributes ---- */

static child_type_t type_of(uint8_t type)
{
    switch (type) {
    case TYPE_DIRECTORY: case TYPE_STREAMS: return CHILD_DIRECTORY;
    case TYPE_BLOCK: return CHILD_BLOCK_DEVICE;
    case TYPE_CHARACTER: return CHILD_CHAR_DEVICE;
    case TYPE_FIFO: return CHILD_FIFO;
    case TYPE_SOCKET: return CHILD_SOCKET;
    case TYPE_SYMLINK: return CHILD_SYMLINK;
    default: return CHILD_FILE;
    }
}

/* Components: type, length of the name, version; the name. */
static void read_link(walk_t *walk, const udf_entry_t *entry, child_info_t *info)
{
    uint64_t at;
    walk->link.size = 0;
    span_t   path   = entry->size <= LINK_MAX_BYTES ? gather(walk, entry, &at, false) : (span_t){0};
    for (reader_t r = reader_from(path); reader_left(&r) >= 4;) {
        uint8_t type = read_u8(&r), size = read_u8(&r);
        reader_skip(&r, 2);
        span_t name = read_span(&r, size);
        if (walk->link.size > 0 && walk->link.at[walk->link.size - 1] != '/')
            buffer_append_byte(&walk->link, '/');
        if (type == 1 || type == 2)
            buffer_append_byte(&walk->link, '/');
        else if (type == 3 || type == 4)
            buffer_append_text(&walk->link, type == 3 ? ".." : ".");
        else
            udf_append_text(&walk->link, name);
    }
    info->link = buffer_span(&walk->link);
}

static void read_device(const udf_entry_t *entry, child_info_t *info)
{
    for (size_t at = 24; at + 24 <= entry->attributes.size;) {
        reader_t r    = reader_at(entry->attributes, at);
        uint32_t type = read_le32(&r);
        reader_skip(&r, 4);
        uint32_t length = read_le32(&r);
        reader_skip(&r, 4);
        if (type == ATTRIBUTE_DEVICE) {
            info->device_major = read_le32(&r);
            info->device_minor = read_le32(&r);
            return;
        }
        if (length < 12 || length > entry->attributes.size - at)
            return;
        at += length;
    }
}

static bool read_object(void *fs, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    walk_t     *walk = fs;
    udf_entry_t entry;
    if (!udf_read_entry(walk->volume, address_of(number), &entry))
        return false;
    bool     embedded = (entry.flags & 7) == ALLOCATION_EMBEDDED;
    uint32_t p        = entry.permissions;
    uint64_t length   = entry.descriptors_at - entry.offset + (embedded ? 0 : entry.descriptors_length);
    claim(walk->volume, entry.offset, length);
    info->type = type_of(entry.type);
    fs_set_attributes(info, (p & 7) | (p >> 5 & 7) << 3 | (p >> 10 & 7) << 6 | (uint32_t)(entry.flags >> 6 & 1) << 11 | (uint32_t)(entry.flags >> 7 & 1) << 10
                      | (uint32_t)(entry.flags >> 8 & 1) << 9, entry.uid, entry.gid, entry.mtime);
    info->has_mtime = entry.has_mtime;
    info->has_owner = entry.uid != UINT32_MAX || entry.gid != UINT32_MAX; /* all ones: not said */
    if (entry.damaged)
        *damage = (fs_damage_t){entry.offset, length, "checksum or CRC of its file entry do not agree with it"};
    if (info->type == CHILD_SYMLINK)
        read_link(walk, &entry, info);
    else if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE)
        read_device(&entry, info);
    return true;
}

static const fs_operations_t operations = {.format = "udf", .read = read_object, .list = list, .write = write_content};

/* ---- file sets ---- */

/* Where the roots are: descriptors of file sets stand one after another, or lead to more. */
static size_t find_roots(udf_volume_t *v, uint64_t *roots, udf_extent_t *streams)
{
    *streams            = (udf_extent_t){.length = 0};
    size_t       count  = 0;
    udf_extent_t extent = v->file_set;
    for (unsigned hops = 0; hops < UDF_FILE_SETS_MAX && extent.length > 0; hops++) {
        udf_extent_t next = {.length = 0};
        for (uint32_t i = 0; (uint64_t)i * v->block < extent.length && count < UDF_FILE_SETS_MAX; i++) {
            uint64_t  at;
            span_t    block = udf_locate(v, (udf_address_t){extent.at.block + i, extent.at.partition}, v->block, &at) > 0 ? span_sub(v->image, at,
                v->block) : (span_t){0};
            udf_tag_t tag   = udf_tag_of(block, UDF_FILE_SET);
            if (tag == UDF_TAG_NONE)
                break;
            claim(v, at, 512);
            if (tag == UDF_TAG_DAMAGED && v->sink != NULL)
                sink_damage(v->sink, at, 512, "checksum or CRC of a file set do not agree with it");
            reader_t r     = reader_at(block, 400);
            roots[count++] = number_of(udf_read_long(&r).at);
            r              = reader_at(block, 448);
            next           = udf_read_long(&r);
            if (streams->length == 0)
                *streams = udf_read_long(&r);
        }
        extent = next;
    }
    return count;
}

/* Streams of the volume itself; most have none but the way back. */
static status_t show_system_streams(walk_t *walk, udf_address_t at)
{
    udf_entry_t entry;
    if (!udf_read_entry(walk->volume, at, &entry))
        return ok();
    if (entry.size > 2 * IDENTIFIER_MIN)
        return fs_tree_show(walk->tree, span_from_text("[system-streams]"), number_of(at));
    bool embedded = (entry.flags & 7) == ALLOCATION_EMBEDDED && entry.size <= entry.descriptors_length;
    claim(walk->volume, entry.offset, entry.descriptors_at - entry.offset + (embedded ? entry.size : entry.descriptors_length));
    return ok();
}

static status_t show_deleted(walk_t *walk)
{
    status_t status = ok();
    for (size_t i = 0; i < walk->deleted_count && status_ok(status); i++) {
        /* The same name may stand there many times: the number makes it one of its own. */
        char     head[64];
        buffer_t path = {0};
        (void)snprintf(head, sizeof head, FS_DELETED_PATH "%zu-", i);
        buffer_append_text(&path, head);
        buffer_append(&path, span_sub(buffer_span(&walk->deleted_names), walk->deleted[i].name_at, walk->deleted[i].name_size));
        status = path.failed ? status_fail(STATUS_MEMORY, "udf", 0, "out of memory") : fs_tree_show(walk->tree, buffer_span(&path),
            walk->deleted[i].number);
        buffer_free(&path);
    }
    return status;
}

static void walk_free(walk_t *walk)
{
    fs_tree_free(walk->tree);
    buffer_free(&walk->link);
    buffer_free(&walk->name);
    buffer_free(&walk->bytes);
    buffer_free(&walk->deleted_names);
    free(walk->deleted);
}

status_t udf_show(udf_volume_t *v, span_t root)
{
    uint64_t roots[UDF_FILE_SETS_MAX];
    udf_extent_t streams;
    size_t   count  = find_roots(v, roots, &streams);
    walk_t   walk   = {.volume = v};
    walk.tree       = fs_tree_new(v->sink, &operations, &walk);
    status_t status = walk.tree == NULL ? status_fail(STATUS_MEMORY, "udf", 0, "out of memory") : ok();
    if (count == 0)
        sink_damage(v->sink, v->logical, 0, "no file set can be read: what the volume holds is not known");
    for (size_t i = 0; i < count && status_ok(status); i++) {
        char path[48];
        int  size = snprintf(path, sizeof path, "[fileset %zu]", i);
        status    = i > 0 ? fs_tree_show(walk.tree, span_from(path, (size_t)size), roots[i])
                    : root.size > 0 ? fs_tree_show(walk.tree, root, roots[i]) : fs_tree_walk(walk.tree, roots[i]);
    }
    if (status_ok(status) && streams.length > 0)
        status = show_system_streams(&walk, streams.at);
    if (status_ok(status))
        status = show_deleted(&walk);
    if (status_ok(status) && walk.no_memory)
        status = status_fail(STATUS_MEMORY, "udf", 0, "out of memory");
    walk_free(&walk);
    return status;
}

/* ---- beside ISO 9660 ---- */

typedef struct {
    walk_t       walk;
    uint64_t    *queue;  /* directories yet to be read */
    size_t       queued;
    uint8_t     *seen;   /* a bit a block of the image: an entry that was met */
    udf_known_fn known;
    const void  *context;
    uint64_t     at, length;
    bool         differs, one_run;
} survey_t;

static bool survey_piece(void *context, const udf_extent_t *extent)
{
    survey_t *s = context;
    uint64_t  at = 0, bytes = udf_locate(s->walk.volume, extent->at, extent->length, &at);
    s->one_run  = s->one_run && extent->kind == 0 && bytes == extent->length && (s->length == 0 || s->at + s->length == at);
    s->at       = s->length == 0 ? at : s->at;
    s->length += extent->length;
    return s->one_run;
}

static bool survey_entry(void *context, span_t name, uint64_t number)
{
    survey_t     *s = context;
    udf_volume_t *v = s->walk.volume;
    udf_entry_t   entry;
    (void)name;
    if (!udf_read_entry(v, address_of(number), &entry)) {
        s->differs = true; /* it is shown with its damage */
        return true;
    }
    uint8_t *byte = &s->seen[entry.offset / v->block / 8], bit = (uint8_t)(1u << entry.offset / v->block % 8);
    if ((*byte & bit) != 0)
        return true;
    *byte = (uint8_t)(*byte | bit);
    if (type_of(entry.type) == CHILD_DIRECTORY) {
        if ((s->queued & (s->queued - 1)) == 0) {
            uint64_t *more = realloc(s->queue, (s->queued == 0 ? 1 : s->queued * 2) * sizeof *more);
            if (more == NULL) {
                s->walk.no_memory = true;
                return false;
            }
            s->queue = more;
        }
        s->queue[s->queued++] = number;
    } else if (type_of(entry.type) == CHILD_FILE && entry.size > 0) {
        s->at = s->length = 0;
        s->one_run        = true;
        if ((entry.flags & 7) == ALLOCATION_EMBEDDED || udf_extents(v, &entry, survey_piece, s) != NULL || s->length < entry.size)
            s->one_run = false;
        s->differs = s->differs || !s->one_run || !s->known(s->context, s->at, entry.size);
    }
    return true;
}

/* Is there a file whose bytes are not exactly those of one on the other side? Nothing is claimed, nothing said. */
static bool view_differs(udf_volume_t *v, udf_known_fn known, const void *context, bool *no_memory)
{
    uint64_t roots[UDF_FILE_SETS_MAX];
    udf_extent_t streams;
    size_t   count = find_roots(v, roots, &streams);
    survey_t s     = {.walk = {.volume = v}, .known = known, .context = context};
    s.seen         = calloc(v->image.size / v->block / 8 + 1, 1);
    for (size_t i = 0; i < count && s.seen != NULL; i++)
        (void)survey_entry(&s, (span_t){0}, roots[i]);
    while (s.queued > 0 && !s.walk.no_memory)
        list_with(&s.walk, s.queue[--s.queued], survey_entry, &s);
    udf_entry_t entry;
    s.differs  = s.differs || (streams.length > 0 && udf_read_entry(v, streams.at, &entry) && entry.size > 2 * IDENTIFIER_MIN);
    *no_memory = s.seen == NULL || s.walk.no_memory;
    free(s.seen);
    free(s.queue);
    walk_free(&s.walk);
    return s.differs;
}

/* A bridge of the same files: the entries are claimed, and no more is said. */
static bool claim_entry(void *context, span_t name, uint64_t number)
{
    survey_t   *s = context;
    udf_entry_t entry;
    (void)name;
    if (!udf_read_entry(s->walk.volume, address_of(number), &entry))
        return true;
    uint64_t block = entry.offset / s->walk.volume->block;
    uint8_t  bit   = (uint8_t)(1u << block % 8);
    if ((s->seen[block / 8] & bit) != 0)
        return true;
    s->seen[block / 8] = (uint8_t)(s->seen[block / 8] | bit);
    claim(s->walk.volume, entry.offset, entry.descriptors_at - entry.offset + entry.descriptors_length);
    if (type_of(entry.type) != CHILD_DIRECTORY)
        return true;
    if ((s->queued & (s->queued - 1)) == 0) {
        uint64_t *more = realloc(s->queue, (s->queued == 0 ? 1 : s->queued * 2) * sizeof *more);
        if (more == NULL)
            return false;
        s->queue = more;
    }
    s->queue[s->queued++] = number;
    return true;
}

static void claim_view(udf_volume_t *v)
{
    uint64_t roots[UDF_FILE_SETS_MAX];
    udf_extent_t streams;
    size_t   count = find_roots(v, roots, &streams);
    survey_t s     = {.walk = {.volume = v}};
    s.seen         = calloc(v->image.size / v->block / 8 + 1, 1);
    for (size_t i = 0; i < count && s.seen != NULL; i++)
        (void)claim_entry(&s, (span_t){0}, roots[i]);
    while (s.queued > 0)
        list_with(&s.walk, s.queue[--s.queued], claim_entry, &s);
    free(s.seen);
    free(s.queue);
    walk_free(&s.walk);
}

status_t udf_show_beside(span_t image, sink_t *sink, udf_known_fn known, const void *context)
{
    udf_volume_t v;
    bool         no_memory = false, differs = false;
    if (!udf_open(image, NULL, &v))
        return ok(); /* no second view */
    if (!udf_map_partitions(&v))
        no_memory = true;
    else
        differs = view_differs(&v, known, context, &no_memory);
    udf_close(&v);
    if (no_memory)
        return status_fail(STATUS_MEMORY, "udf", 0, "out of memory");
    status_t status = ok();
    (void)udf_open(image, sink, &v);
    if (!udf_map_partitions(&v)) {
        status = status_fail(STATUS_MEMORY, "udf", 0, "out of memory");
    } else if (differs) {
        sink_note(sink, 0, "a bridge of ISO 9660 and UDF whose views differ: UDF is shown as well, below [udf]");
        status = udf_show(&v, span_from_text("[udf]"));
    } else {
        sink_note(sink, 0, "a bridge of ISO 9660 and UDF: every file of the UDF view is one of the ISO 9660 view as well");
        claim_view(&v);
    }
    udf_close(&v);
    return status;
}
