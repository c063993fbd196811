/* The tree of an NTFS volume: names come from the records, streams are entries of their own ("file:stream"), links from reparse points
 * and from the special files of Interix that ntfs-3g makes. */
#include "extractors/ntfs.h"
#include "extractors/utf16.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_AT = 66, NAME_LENGTH_AT = 64, NAMESPACE_AT = 65, NAMESPACE_DOS = 2, REPARSE_MAX = 16384, REPARSE_HEADER = 8,
    SPECIAL_MAX = 8 + 2 * TEXT_LONG_MAX };
enum { PATH_DEPTH_MAX = 256, LOG_PAGE = 4096 };
#define TAG_MOUNT_POINT 0xA0000003u
#define TAG_SYMLINK 0xA000000Cu
#define TAG_LX_SYMLINK 0xA000001Du
#define TAG_AF_UNIX 0x80000023u
#define TAG_LX_FIFO 0x80000024u
#define TAG_LX_CHARACTER 0x80000025u
#define TAG_LX_BLOCK 0x80000026u
#define TAG_WOF 0x80000017u

static uint32_t record_of(uint64_t number) { return (uint32_t)number; }
static uint64_t stream_number(uint32_t record, size_t stream) { return record | (uint64_t)(stream + 1) << 32; }

static bool has(const ntfs_t *fs, uint32_t record, unsigned flag) { return record < fs->count && (fs->entries[record].flags & flag) != 0; }
static bool is_file(const ntfs_t *fs, uint32_t record) { return has(fs, record, NTFS_IS_RECORD) && !has(fs, record, NTFS_IS_EXTENSION); }
static bool is_system(uint32_t record) { return record < NTFS_FIRST_USER && record != NTFS_ROOT && record != NTFS_EXTEND; }

/* ---- all records ---- */

bool ntfs_add_link(ntfs_t *fs, uint32_t record, span_t value, bool from_index)
{
    reader_t r      = reader_from(value);
    uint64_t parent = read_le64(&r);
    span_t   units  = value.size > NAME_AT ? span_sub(value, NAME_AT, value.at[NAME_LENGTH_AT] * UINT64_C(2)) : (span_t){NULL, 0};
    if (units.at == NULL || (parent & 0xFFFFFFFFFFFF) > UINT32_MAX - 1 || (from_index && value.at[NAMESPACE_AT] == NAMESPACE_DOS))
        return true;
    if (fs->link_count == fs->link_capacity) {
        size_t       capacity = fs->link_capacity == 0 ? 256 : fs->link_capacity * 2;
        ntfs_link_t *more     = realloc(fs->links, capacity * sizeof *more);
        if (more == NULL) {
            fs->no_memory = true;
            return false;
        }
        fs->links         = more;
        fs->link_capacity = capacity;
    }
    ntfs_link_t *link = &fs->links[fs->link_count];
    *link = (ntfs_link_t){.parent = (uint32_t)parent, .parent_sequence = (uint16_t)(parent >> 48), .record = record, .name_at = fs->names.size,
        .order = fs->link_count,
                          .is_dos = value.at[NAMESPACE_AT] == NAMESPACE_DOS, .hash = ntfs_link_hash((uint32_t)parent, record, units)};
    fs->link_count++;
    utf16le_append(&fs->names, units);
    link->name_size = (uint32_t)(fs->names.size - link->name_at);
    fs->no_memory   = fs->no_memory || fs->names.failed;
    return !fs->no_memory;
}

static void note_record(ntfs_t *fs, uint32_t number)
{
    span_t        record = span_from(fs->record, fs->boot.record);
    ntfs_entry_t *entry  = &fs->entries[number];
    reader_t      r      = reader_at(record, 16);
    entry->sequence      = read_le16(&r);
    reader_skip(&r, 4);
    uint16_t flags = read_le16(&r);
    reader_skip(&r, 8);
    uint64_t base        = read_le64(&r);
    bool     extends     = (base & 0xFFFFFFFFFFFF) != 0 || (base >> 48) != 0;
    entry->base          = (uint32_t)min_u64(base & 0xFFFFFFFFFFFF, NTFS_NONE);
    entry->base_sequence = (uint16_t)(base >> 48);
    entry->flags         = (uint16_t)(NTFS_IS_RECORD | (flags & (NTFS_IN_USE | NTFS_IS_DIRECTORY)) | (extends ? NTFS_IS_EXTENSION : 0));
    uint32_t owner       = extends ? entry->base : number;
    bool     broken      = false;
    size_t   at          = 0;
    ntfs_attribute_t a;
    while (ntfs_next_attribute(record, &at, &a, &broken) && owner < fs->count) {
        if (a.type == NTFS_NAME && a.resident) {
            size_t before = fs->link_count;
            if (!ntfs_add_link(fs, owner, a.value, false))
                return;
            if (fs->link_count > before && !fs->links[before].is_dos)
                fs->entries[owner].flags |= NTFS_HAS_NAME;
        }
        if (a.type == NTFS_DATA && (a.name.size > 0 || (flags & NTFS_IS_DIRECTORY) != 0))
            fs->entries[owner].flags |= NTFS_HAS_STREAMS;
    }
    if (broken && (flags & NTFS_IN_USE) != 0)
        ntfs_damage(fs, fs->record_at, fs->boot.record, "a record of the master file table has broken attributes");
}

/* Records that extend another are hung behind it. */
static void chain_extensions(ntfs_t *fs)
{
    for (uint32_t i = 0; i < fs->count; i++) {
        ntfs_entry_t *entry = &fs->entries[i];
        if ((entry->flags & NTFS_IS_EXTENSION) == 0)
            continue;
        ntfs_entry_t *base  = entry->base < fs->count ? &fs->entries[entry->base] : NULL;
        bool          alike = base != NULL && base != entry && (base->flags & NTFS_IS_RECORD) != 0 && (base->flags & NTFS_IS_EXTENSION) == 0
                   && ((base->flags ^ entry->flags) & NTFS_IN_USE) == 0
                   && (base->sequence == entry->base_sequence || ((entry->flags & NTFS_IN_USE) == 0
                       && (uint16_t)(base->sequence - 1) == entry->base_sequence));
        if (alike) {
            entry->next = base->next;
            base->next  = i;
        } else if ((entry->flags & NTFS_IN_USE) != 0) {
            ntfs_damage(fs, 0, 0, "a record of the master file table extends a file that is not there");
        }
    }
}

bool ntfs_read_all_records(ntfs_t *fs)
{
    fs->entries = calloc(fs->count, sizeof *fs->entries);
    if (fs->entries == NULL)
        return false;
    for (uint32_t i = 0; i < fs->count; i++)
        fs->entries[i].next = NTFS_NONE;
    for (uint32_t i = 0; i < fs->count && !fs->no_memory; i++) {
        uint16_t early = fs->entries[i].flags; /* what an earlier record that extends this one has left */
        switch (ntfs_read_record(fs, i)) {
        case NTFS_RECORD_GOOD:
            note_record(fs, i);
            fs->entries[i].flags |= early;
            break;
        case NTFS_RECORD_BROKEN:
            ntfs_damage(fs, fs->record_at, fs->boot.record, "a record of the master file table is damaged: its check numbers do not agree");
            break;
        case NTFS_RECORD_ABSENT: ntfs_damage(fs, fs->image.size, 0, "a record of the master file table lies behind the end of the image"); break;
        case NTFS_RECORD_BLANK: break;
        }
    }
    chain_extensions(fs);
    return !fs->no_memory;
}

static int by_parent(const void *a, const void *b)
{
    const ntfs_link_t *x = a, *y = b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    if (x->record != y->record)
        return x->record < y->record ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* A short name for DOS is left out, unless it is the only one. */
static void sort_links(ntfs_t *fs)
{
    size_t to = 0;
    for (size_t i = 0; i < fs->link_count; i++)
        if (!fs->links[i].is_dos || !has(fs, fs->links[i].record, NTFS_HAS_NAME))
            fs->links[to++] = fs->links[i];
    fs->link_count = to;
    if (to > 1)
        qsort(fs->links, to, sizeof *fs->links, by_parent);
}

/* ---- the files of the system ---- */

static bool is_known_stream(const ntfs_file_t *file, const ntfs_stream_t *stream)
{
    if (stream->name_size == 0 || stream->type != NTFS_DATA)
        return true;
    return (file->record == NTFS_BAD_FILE && ntfs_find(file, NTFS_DATA, "$Bad") == stream)
        || (file->record == NTFS_SECURE_FILE && ntfs_find(file, NTFS_DATA, "$SDS") == stream)
        || ntfs_find(file, NTFS_DATA, "$Info") == stream;
}

/* Pages of the journal say what they are; what does not is no journal. */
static void claim_log(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *stream)
{
    const ntfs_run_t *runs = ntfs_stream_runs(file, stream);
    for (size_t i = 0; i < stream->run_count; i++) {
        if (runs[i].lcn == NTFS_HOLE)
            continue;
        uint64_t at    = runs[i].lcn * fs->boot.cluster;
        span_t   bytes = span_clip(fs->image, at, runs[i].length * fs->boot.cluster);
        for (size_t page = 0; page + 4 <= bytes.size; page += LOG_PAGE)
            if (span_has_text_at(bytes, page, "RSTR") || span_has_text_at(bytes, page, "RCRD") || span_has_text_at(bytes, page, "CHKD"))
                sink_claim(fs->sink, at + page, min_u64(LOG_PAGE, bytes.size - page), REGION_STRUCTURE);
    }
}

static void look_at_bad_clusters(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *stream)
{
    const ntfs_run_t *runs = ntfs_stream_runs(file, stream);
    for (size_t i = 0; i < stream->run_count; i++)
        if (runs[i].lcn != NTFS_HOLE) {
            sink_note(fs->sink, runs[i].lcn * fs->boot.cluster, "clusters are marked as bad");
            return;
        }
}

void ntfs_claim_system(ntfs_t *fs)
{
    for (uint32_t i = 0; i < NTFS_FIRST_USER && i < fs->count; i++) {
        if (!is_file(fs, i) || !has(fs, i, NTFS_IN_USE))
            continue;
        const ntfs_file_t *file = ntfs_load(fs, i);
        fs->entries[i].flags |= NTFS_CLAIMED;
        for (size_t s = 0; s < file->count; s++) {
            const ntfs_stream_t *stream = &file->streams[s];
            if (stream->resident || !is_known_stream(file, stream) || (i == NTFS_ROOT && stream->type == NTFS_DATA))
                continue;
            if (i == NTFS_LOG_FILE && stream->type == NTFS_DATA)
                claim_log(fs, file, stream);
            else if (i == NTFS_BAD_FILE && stream->type == NTFS_DATA)
                look_at_bad_clusters(fs, file, stream);
            else
                ntfs_claim_stream(fs, file, stream);
        }
    }
}

/* ---- links ---- */

/* Units of UTF-16 of a reparse point as UTF-8, with "/" for "\". */
static void set_target(ntfs_t *fs, span_t units)
{
    fs->path.size = 0;
    utf16le_append(&fs->path, units);
}

static void read_target(ntfs_t *fs, span_t data, child_info_t *info)
{
    reader_t r   = reader_from(data);
    uint32_t tag = read_le32(&r);
    reader_skip(&r, 4);
    if (tag == TAG_LX_SYMLINK) {
        fs->path.size = 0;
        buffer_append(&fs->path, span_from_offset(data, REPARSE_HEADER + 4));
    } else {
        uint16_t real_at = read_le16(&r), real_size = read_le16(&r), shown_at = read_le16(&r), shown_size = read_le16(&r);
        size_t   names   = REPARSE_HEADER + (tag == TAG_SYMLINK ? 12 : 8);
        span_t   shown   = span_sub(data, names + shown_at, shown_size), real = span_sub(data, names + real_at, real_size);
        set_target(fs, shown.size > 0 ? shown : real);
    }
    info->type = CHILD_SYMLINK;
    info->link = span_clip(buffer_span(&fs->path), 0, TEXT_LONG_MAX);
}

/* What a reparse point makes of a file; false: nothing that is known. */
static void apply_reparse(ntfs_t *fs, const ntfs_file_t *file, child_info_t *info, fs_damage_t *damage)
{
    const ntfs_stream_t *stream = ntfs_find(file, NTFS_REPARSE, "");
    fs->link.size               = 0;
    if (stream == NULL || !ntfs_read_content(fs, file, stream, REPARSE_MAX, &fs->link) || fs->link.size < REPARSE_HEADER) {
        *damage = (fs_damage_t){file->at, fs->boot.record, "its reparse point cannot be read"};
        return;
    }
    reader_t r = reader_from(buffer_span(&fs->link));
    switch (read_le32(&r)) {
    case TAG_MOUNT_POINT:
    case TAG_SYMLINK:
    case TAG_LX_SYMLINK: read_target(fs, buffer_span(&fs->link), info); break;
    case TAG_AF_UNIX: info->type = CHILD_SOCKET; break;
    case TAG_LX_FIFO: info->type = CHILD_FIFO; break;
    case TAG_LX_CHARACTER: info->type = CHILD_CHAR_DEVICE; break;
    case TAG_LX_BLOCK: info->type = CHILD_BLOCK_DEVICE; break;
    default: break;
    }
}

static bool is_wof(ntfs_t *fs, const ntfs_file_t *file)
{
    const ntfs_stream_t *stream = (file->attributes & NTFS_FILE_REPARSE) != 0 ? ntfs_find(file, NTFS_REPARSE, "") : NULL;
    fs->link.size               = 0;
    if (stream == NULL || !ntfs_read_content(fs, file, stream, REPARSE_HEADER, &fs->link))
        return false;
    reader_t r = reader_from(buffer_span(&fs->link));
    return read_le32(&r) == TAG_WOF;
}

/* Interix, and so ntfs-3g: small files with the attribute "system" that begin with what they are. */
static void apply_interix(ntfs_t *fs, const ntfs_file_t *file, child_info_t *info)
{
    const ntfs_stream_t *data = ntfs_find(file, NTFS_DATA, "");
    fs->link.size             = 0;
    if ((file->attributes & NTFS_FILE_SYSTEM) == 0 || data == NULL)
        return;
    if (data->size <= 1) {
        info->type = data->size == 0 ? CHILD_FIFO : CHILD_SOCKET;
        return;
    }
    if (data->size > SPECIAL_MAX || !ntfs_read_content(fs, file, data, SPECIAL_MAX, &fs->link))
        return;
    span_t   bytes = buffer_span(&fs->link);
    reader_t r     = reader_at(bytes, 8);
    bool     block = span_starts_with(bytes, span_from("IntxBLK", 8));
    if (span_starts_with(bytes, span_from("IntxLNK\1", 8))) {
        set_target(fs, span_from_offset(bytes, 8));
        info->type = CHILD_SYMLINK;
        info->link = span_clip(buffer_span(&fs->path), 0, TEXT_LONG_MAX);
    } else if (block || span_starts_with(bytes, span_from("IntxCHR", 8))) {
        info->type         = block ? CHILD_BLOCK_DEVICE : CHILD_CHAR_DEVICE;
        info->device_major = (uint32_t)read_le64(&r);
        info->device_minor = (uint32_t)read_le64(&r);
    }
}

/* ---- operations ---- */

/* What a file holds besides its content is structure. */
static void claim_attributes(ntfs_t *fs, const ntfs_file_t *file)
{
    if (file->deleted || has(fs, file->record, NTFS_CLAIMED))
        return;
    fs->entries[file->record].flags |= NTFS_CLAIMED;
    for (size_t i = 0; i < file->count; i++)
        if (!file->streams[i].resident && file->streams[i].type != NTFS_DATA)
            ntfs_claim_stream(fs, file, &file->streams[i]);
}

static bool read_file(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    ntfs_t  *fs     = context;
    uint32_t record = record_of(number);
    if (!is_file(fs, record)) {
        damage->what = "its record in the master file table cannot be read: only the name is known";
        return false;
    }
    const ntfs_file_t *file = ntfs_load(fs, record);
    info->has_mtime         = file->has_mtime;
    info->mtime             = file->mtime;
    info->type              = CHILD_FILE;
    claim_attributes(fs, file);
    if (number >> 32 != 0)
        return true;
    if (!file->sound)
        *damage = (fs_damage_t){file->at, fs->boot.record, "its record in the master file table is damaged"};
    else if (has(fs, record, NTFS_UNLISTED))
        *damage = (fs_damage_t){file->at, fs->boot.record, "no index of its directory lists it: systems do not show it"};
    if (has(fs, record, NTFS_IS_DIRECTORY))
        info->type = CHILD_DIRECTORY;
    if ((file->attributes & NTFS_FILE_REPARSE) != 0)
        apply_reparse(fs, file, info, damage);
    else if (info->type == CHILD_FILE)
        apply_interix(fs, file, info);
    return true;
}

static status_t write_file(void *context, uint64_t number, child_t *child)
{
    ntfs_t              *fs     = context;
    const ntfs_file_t   *file   = ntfs_load(fs, record_of(number));
    size_t               index  = (size_t)(number >> 32);
    const ntfs_stream_t *stream = index > 0 ? (index <= file->count ? &file->streams[index - 1] : NULL) : ntfs_find(file, NTFS_DATA, "");
    if (index == 0 && is_wof(fs, file)) {
        child_limit(child, "compressed", "compressed by WOF: only its stream WofCompressedData is shown");
        return ok();
    }
    return stream != NULL ? ntfs_write_content(fs, file, stream, child) : ok();
}

/* Streams of `record` as entries "name:stream". */
static bool list_streams(ntfs_t *fs, uint32_t record, span_t name, fs_tree_t *tree)
{
    if (!is_file(fs, record) || !has(fs, record, NTFS_HAS_STREAMS))
        return true;
    const ntfs_file_t *file = ntfs_load(fs, record);
    for (size_t i = 0; i < file->count; i++) {
        const ntfs_stream_t *stream  = &file->streams[i];
        bool                 unnamed = stream->name_size == 0;
        if (stream->type != NTFS_DATA || (unnamed && !has(fs, record, NTFS_IS_DIRECTORY)) || (is_system(record) && is_known_stream(file, stream)))
            continue;
        fs->path.size = 0;
        buffer_append(&fs->path, name);
        buffer_append_byte(&fs->path, ':');
        if (unnamed)
            buffer_append_text(&fs->path, ":$DATA"); /* of a directory, which should have none */
        else
            utf16le_append(&fs->path, ntfs_stream_name(file, stream));
        if (fs->path.failed || !fs_tree_entry(tree, buffer_span(&fs->path), stream_number(record, i)))
            return false;
    }
    return true;
}

static size_t first_link(const ntfs_t *fs, uint32_t parent)
{
    size_t low = 0, high = fs->link_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fs->links[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static span_t link_name(const ntfs_t *fs, const ntfs_link_t *link) { return span_sub(buffer_span(&fs->names), link->name_at, link->name_size); }

static void list_directory(void *context, uint64_t number, fs_tree_t *tree)
{
    ntfs_t  *fs        = context;
    uint32_t directory = record_of(number);
    if (number >> 32 != 0 || !has(fs, directory, NTFS_IN_USE))
        return; /* what a deleted directory held is shown by its own name */
    if (directory == NTFS_ROOT && !list_streams(fs, NTFS_ROOT, span_from("", 0), tree))
        return;
    for (size_t i = first_link(fs, directory); i < fs->link_count && fs->links[i].parent == directory; i++) {
        const ntfs_link_t *link  = &fs->links[i];
        bool               alive = !is_file(fs, link->record) || has(fs, link->record, NTFS_IN_USE);
        if (link->record == directory || !alive || link->parent_sequence != fs->entries[directory].sequence)
            continue;
        if (!is_system(link->record) && !fs_tree_entry(tree, link_name(fs, link), link->record))
            return;
        if (!list_streams(fs, link->record, link_name(fs, link), tree))
            return;
    }
}

static const fs_operations_t operations = {.format = "ntfs", .read = read_file, .list = list_directory, .write = write_file};

/* ---- what is lost or deleted ---- */

static status_t show_apart(ntfs_t *fs, fs_tree_t *tree, buffer_t *path, uint32_t record)
{
    size_t   size   = path->size;
    status_t status = path->failed ? status_fail(STATUS_MEMORY, "ntfs", 0, "out of memory") : fs_tree_show(tree, buffer_span(path), record);
    for (size_t i = 0; has(fs, record, NTFS_HAS_STREAMS) && status_ok(status); i++) {
        const ntfs_file_t *file = ntfs_load(fs, record);
        if (i >= file->count)
            break;
        if (file->streams[i].type != NTFS_DATA || file->streams[i].name_size == 0)
            continue;
        path->size = size;
        buffer_append_byte(path, ':');
        utf16le_append(path, ntfs_stream_name(file, &file->streams[i]));
        status = path->failed ? status_fail(STATUS_MEMORY, "ntfs", 0, "out of memory")
            : fs_tree_show(tree, buffer_span(path), stream_number(record, i));
    }
    return status;
}

static void append_component(ntfs_t *fs, const ntfs_link_t *link, buffer_t *path)
{
    span_t name = link_name(fs, link);
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] == '/')
            buffer_append_text(path, "%2F");
        else
            buffer_append_byte(path, name.at[i]);
}

/* A link of each record, to find the way up. */
static uint32_t *links_by_record(const ntfs_t *fs)
{
    uint32_t *first = malloc((size_t)fs->count * sizeof *first);
    for (uint32_t i = 0; first != NULL && i < fs->count; i++)
        first[i] = NTFS_NONE;
    for (size_t i = fs->link_count; first != NULL && i-- > 0;)
        if (fs->links[i].record < fs->count && i < NTFS_NONE)
            first[fs->links[i].record] = (uint32_t)i;
    return first;
}

static bool parent_fits(const ntfs_t *fs, const ntfs_link_t *link)
{
    if (!has(fs, link->parent, NTFS_IS_DIRECTORY))
        return false;
    uint16_t sequence = fs->entries[link->parent].sequence;
    return link->parent_sequence == sequence || (!has(fs, link->parent, NTFS_IN_USE) && link->parent_sequence == (uint16_t)(sequence - 1));
}

/* The directories above a deleted file as far as they are known, then its name. */
static void append_way(ntfs_t *fs, const uint32_t *first, uint32_t link, buffer_t *path)
{
    uint32_t way[PATH_DEPTH_MAX];
    size_t   depth = 0;
    while (link != NTFS_NONE && depth < PATH_DEPTH_MAX) {
        way[depth++] = link;
        if (!parent_fits(fs, &fs->links[link]) || fs->links[link].parent == NTFS_ROOT)
            break;
        link = first[fs->links[link].parent];
    }
    while (depth-- > 0) {
        append_component(fs, &fs->links[way[depth]], path);
        if (depth > 0)
            buffer_append_byte(path, '/');
    }
}

static status_t show_lost(ntfs_t *fs, fs_tree_t *tree, const uint32_t *first, buffer_t *path)
{
    status_t status = ok();
    bool     told   = false;
    for (uint32_t i = 0; i < fs->count && status_ok(status); i++) {
        if (!is_file(fs, i) || !has(fs, i, NTFS_IN_USE) || fs_tree_seen(tree, i))
            continue;
        if (i < NTFS_FIRST_USER) {
            const ntfs_file_t   *file = first[i] == NTFS_NONE ? ntfs_load(fs, i) : NULL;
            const ntfs_stream_t *data = file != NULL ? ntfs_find(file, NTFS_DATA, "") : NULL;
            if (data == NULL || data->size == 0)
                continue; /* as they should be: known by their names, or reserved and empty */
        }
        if (!told)
            sink_damage(fs->sink, 0, 0, "files are in use that no directory leads to");
        told       = true;
        path->size = 0;
        buffer_append_text(path, FS_LOST_PATH);
        if (first[i] != NTFS_NONE)
            append_component(fs, &fs->links[first[i]], path);
        else
            buffer_printf(path, "record-%u", i);
        status = show_apart(fs, tree, path, i);
    }
    return status;
}

static bool load_bitmap(ntfs_t *fs)
{
    const ntfs_file_t   *file   = ntfs_load(fs, NTFS_BITMAP_FILE);
    const ntfs_stream_t *stream = is_file(fs, NTFS_BITMAP_FILE) ? ntfs_find(file, NTFS_DATA, "") : NULL;
    return stream != NULL && ntfs_read_content(fs, file, stream, (size_t)min_u64(stream->size, fs->image.size), &fs->bitmap);
}

static status_t show_deleted(ntfs_t *fs, fs_tree_t *tree, const uint32_t *first, buffer_t *path)
{
    status_t status = ok();
    if (!load_bitmap(fs))
        sink_damage(fs->sink, 0, 0, "the bitmap of used clusters cannot be read: contents of deleted files are left out");
    for (uint32_t i = NTFS_FIRST_USER; i < fs->count && status_ok(status); i++) {
        if (!is_file(fs, i) || has(fs, i, NTFS_IN_USE) || fs->entries[i].sequence == 0)
            continue;
        const ntfs_file_t *file = ntfs_load(fs, i);
        if (first[i] == NTFS_NONE && file->count == 0)
            continue; /* formatted and never used */
        path->size = 0;
        buffer_append_text(path, FS_DELETED_PATH);
        if (first[i] != NTFS_NONE)
            append_way(fs, first, first[i], path);
        else
            buffer_printf(path, "record-%u", i);
        status = show_apart(fs, tree, path, i);
    }
    return status;
}

status_t ntfs_walk(ntfs_t *fs)
{
    sort_links(fs);
    fs_tree_t *tree   = fs_tree_new(fs->sink, &operations, fs);
    uint32_t  *first  = links_by_record(fs);
    buffer_t   path   = {.limit = PATH_BYTES_MAX * 2};
    status_t   status = tree != NULL && first != NULL ? fs_tree_walk(tree, NTFS_ROOT) : status_fail(STATUS_MEMORY, "ntfs", 0, "out of memory");
    if (status_ok(status))
        status = show_lost(fs, tree, first, &path);
    if (status_ok(status) && sink_wants_deleted(fs->sink))
        status = show_deleted(fs, tree, first, &path);
    buffer_free(&path);
    free(first);
    fs_tree_free(tree);
    return status_ok(status) && fs->no_memory ? status_fail(STATUS_MEMORY, "ntfs", 0, "out of memory") : status;
}
