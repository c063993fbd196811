/* romfs: the smallest read-only file system of Linux. Big-endian. "-rom1fs-", size in bytes, checksum, volume name; then headers of
 * files, each at a multiple of 16: where the next of the directory stands, with type (3 bits) and "executable" (8) in the low bits;
 * a word whose meaning depends on the type; size; checksum; name, padded to 16; content. The 32-bit words of the first 512 bytes,
 * and those of each header with its name, add up to zero. Source: Linux, Documentation/filesystems/romfs.rst. */
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

#include <stdio.h>
#include <stdlib.h>

enum { SUPER = 16, SUPER_COVERED = 512, HEADER = 16, ALIGN = 16, NAME_MAX_BYTES = 1024, LINKS_MAX = 8, LOST_PATH_MAX = 64, TARGET_MAX = 4096 };
enum { TYPE_LINK, TYPE_DIRECTORY, TYPE_FILE, TYPE_SYMLINK, TYPE_BLOCK, TYPE_CHAR, TYPE_SOCKET, TYPE_FIFO, TYPE_MASK = 7, EXECUTABLE = 8 };

/* As Linux shows them: the format holds nothing but whether a file is executable. */
static const struct { child_type_t type; uint32_t mode; } types[] = {
    {CHILD_FILE, 0}, {CHILD_DIRECTORY, 0644}, {CHILD_FILE, 0644}, {CHILD_SYMLINK, 0777}, {CHILD_BLOCK_DEVICE, 0600}, {CHILD_CHAR_DEVICE, 0600},
    {CHILD_SOCKET, 0644}, {CHILD_FIFO, 0644},
};

typedef struct { uint32_t size; uint64_t first; span_t name; bool checksum_holds; } romfs_super_t;

typedef struct {
    uint64_t at, content; /* content: where it begins */
    uint32_t next, type, info, size;
    bool     executable, checksum_holds;
    span_t   name;
} romfs_header_t;

typedef struct {
    span_t        image; /* cut to what the file system says it occupies */
    sink_t       *sink;
    romfs_super_t super;
    uint8_t      *listed;  /* a bit for each header that a directory leads to */
    uint64_t      work, work_limit;
    bool          told_work;
} romfs_t;

static uint32_t sum_of(span_t bytes)
{
    reader_t r   = reader_from(bytes);
    uint32_t sum = 0;
    while (reader_left(&r) >= 4)
        sum += read_be32(&r);
    return sum;
}

/* The name that begins at `at`; {NULL, 0} when it has no end. */
static span_t name_at(span_t image, uint64_t at)
{
    span_t         field = span_clip(image, at, NAME_MAX_BYTES);
    const uint8_t *end   = field.size > 0 ? memchr(field.at, 0, field.size) : NULL;
    return end != NULL ? span_from(field.at, (size_t)(end - field.at)) : (span_t){NULL, 0};
}

static bool read_super(span_t image, romfs_super_t *super)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "-rom1fs-"))
        return false;
    reader_skip(&r, 8);
    super->size = read_be32(&r);
    super->name = name_at(image, SUPER);
    if (!reader_ok(&r) || super->name.at == NULL || super->size < SUPER + ALIGN)
        return false;
    super->first          = round_up(SUPER + super->name.size + 1, ALIGN);
    span_t covered        = span_sub(image, 0, min_u64(super->size, SUPER_COVERED));
    super->checksum_holds = covered.at != NULL && sum_of(covered) == 0;
    return super->first < super->size;
}

/* False when no header can stand there. */
static bool read_header(span_t image, uint64_t at, romfs_header_t *h)
{
    reader_t r    = reader_at(image, at);
    uint32_t next = read_be32(&r);
    *h            = (romfs_header_t){.at = at, .next = next & ~UINT32_C(15), .type = next & TYPE_MASK, .executable = (next & EXECUTABLE) != 0};
    h->info       = read_be32(&r);
    h->size       = read_be32(&r);
    reader_skip(&r, 4);
    h->name = name_at(image, at + HEADER);
    if (!reader_ok(&r) || h->name.at == NULL || h->name.size == 0 || at % ALIGN != 0)
        return false;
    h->content        = at + HEADER + round_up(h->name.size + 1, ALIGN);
    span_t covered    = span_sub(image, at, h->content - at);
    h->checksum_holds = covered.at != NULL && sum_of(covered) == 0;
    return true;
}

static bool is_dots(span_t name) { return name.size <= 2 && name.size > 0 && name.at[0] == '.' && name.at[name.size - 1] == '.'; }

static unsigned romfs_probe(span_t image)
{
    romfs_super_t  super;
    romfs_header_t root;
    if (!read_super(image, &super))
        return 0;
    bool root_holds = read_header(image, super.first, &root) && root.checksum_holds;
    if (!super.checksum_holds && !root_holds)
        return BITS_ELSEWHERE - 1; /* programs that look for the magic hold it as well, this one for example */
    return 64u + (super.checksum_holds ? 32u : 0) + (root_holds ? 32u : 0);
}

static uint64_t romfs_extent(span_t image)
{
    romfs_super_t super;
    return read_super(image, &super) ? min_u64(super.size, image.size) : 0;
}

/* ---- the tree: an object is known by where its header stands ---- */

static bool spend(romfs_t *fs)
{
    if (fs->work++ < fs->work_limit)
        return true;
    if (!fs->told_work)
        sink_limit(fs->sink, 0, fs->image.size, "work", "directories hold more entries than the image has room for: the rest was not examined");
    fs->told_work = true;
    return false;
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    romfs_t       *fs = context;
    romfs_header_t h;
    *damage           = (fs_damage_t){.offset = min_u64(number, fs->image.size)};
    if (!read_header(fs->image, number, &h) || h.type == TYPE_LINK) {
        damage->what = "its header cannot be read: only the name is known";
        return false;
    }
    damage->length = h.content - h.at;
    sink_claim(fs->sink, h.at, min_u64(h.content, fs->image.size) - h.at, REGION_STRUCTURE);
    if (!h.checksum_holds)
        damage->what = "the checksum of its header does not hold";
    info->type     = types[h.type].type;
    info->has_mode = true;
    info->mode     = types[h.type].mode | (h.executable ? 0111 : 0);
    if (h.type == TYPE_BLOCK || h.type == TYPE_CHAR) {
        info->device_major = h.info >> 16;
        info->device_minor = h.info & 0xFFFF;
    }
    if (h.type == TYPE_SYMLINK) {
        info->link = span_clip(fs->image, h.content, min_u64(h.size, TARGET_MAX));
        sink_claim(fs->sink, min_u64(h.content, fs->image.size), info->link.size, REGION_STRUCTURE);
        if (info->link.size < h.size)
            damage->what = "the target of the link is longer than it can be, or the image ends before it does";
    }
    return true;
}

/* Where a hard link leads to, over links to links. */
static uint64_t object_of(const romfs_t *fs, const romfs_header_t *entry)
{
    romfs_header_t h = *entry;
    for (unsigned i = 0; i < LINKS_MAX && h.type == TYPE_LINK; i++)
        if (!read_header(fs->image, h.info & ~UINT32_C(15), &h))
            return entry->info & ~UINT32_C(15);
    return h.at;
}

static void note_listed(romfs_t *fs, uint64_t at)
{
    uint64_t unit = at / ALIGN;
    if (at < fs->image.size)
        fs->listed[unit / 8] |= (uint8_t)(1 << unit % 8);
}

static bool was_listed(const romfs_t *fs, uint64_t at) { return (fs->listed[at / ALIGN / 8] >> (at / ALIGN % 8) & 1) != 0; }

static void list(void *context, uint64_t number, fs_tree_t *tree)
{
    romfs_t       *fs = context;
    romfs_header_t h;
    if (!read_header(fs->image, number, &h))
        return;
    /* A chain that comes back to where it was: Brent's way to find out. */
    uint64_t at = h.info & ~UINT32_C(15), marker = 0, steps = 0, until = 2;
    while (at != 0 && spend(fs)) {
        if (at == marker) {
            sink_damage(fs->sink, at, HEADER, "the entries of a directory go round in a circle");
            return;
        }
        if (++steps == until) {
            marker = at;
            until *= 2;
        }
        note_listed(fs, at);
        if (!read_header(fs->image, at, &h)) {
            sink_damage(fs->sink, min_u64(at, fs->image.size), 0, "a directory cannot be read to its end");
            return;
        }
        if (h.type == TYPE_LINK) {
            sink_claim(fs->sink, h.at, min_u64(h.content, fs->image.size) - h.at, REGION_STRUCTURE);
            if (!h.checksum_holds)
                sink_damage(fs->sink, h.at, h.content - h.at, "the checksum of a hard link's header does not hold");
        }
        if (!is_dots(h.name) && !fs_tree_entry(tree, h.name, object_of(fs, &h)))
            return;
        at = h.next;
    }
}

static status_t write_file(void *context, uint64_t number, child_t *child)
{
    romfs_t       *fs = context;
    romfs_header_t h;
    fs_content_t   content;
    if (!read_header(fs->image, number, &h))
        return ok();
    fs_content_begin(&content, child, fs->image, h.size);
    fs_content_run(&content, h.content, h.size);
    return fs_content_end(&content);
}

static const fs_operations_t operations = {.format = "romfs", .read = read_object, .list = list, .write = write_file};

/* Headers that no directory leads to: they stand one behind the other, each after the content of the one before. */
static status_t show_lost(romfs_t *fs, fs_tree_t *tree)
{
    status_t status = ok();
    bool     told   = false;
    for (uint64_t at = fs->super.first; at + HEADER < fs->image.size && status_ok(status);) {
        romfs_header_t h;
        if (!read_header(fs->image, at, &h) || (!h.checksum_holds && !was_listed(fs, at))) {
            at += ALIGN;
            continue;
        }
        bool named = was_listed(fs, at) || is_dots(h.name) || h.type == TYPE_LINK;
        if (!named && !fs_tree_seen(tree, at)) {
            char path[LOST_PATH_MAX];
            int  size = snprintf(path, sizeof path, FS_LOST_PATH "header-%llx", (unsigned long long)at);
            if (!told)
                sink_damage(fs->sink, at, 0, "no directory leads to some files: they are shown as lost+found/header-POSITION");
            told   = true;
            status = fs_tree_show(tree, span_from(path, (size_t)size), at);
        }
        uint64_t held = h.type == TYPE_FILE || h.type == TYPE_SYMLINK ? round_up(h.size, ALIGN) : 0;
        at            = h.content + (held <= fs->image.size - min_u64(h.content, fs->image.size) ? held : 0);
    }
    return status;
}

static status_t extract(romfs_t *fs)
{
    const romfs_super_t *super = &fs->super;
    fs_tree_t           *tree  = fs_tree_new(fs->sink, &operations, fs);
    if (tree == NULL)
        return status_fail(STATUS_MEMORY, "romfs", 0, "out of memory");
    sink_claim(fs->sink, 0, min_u64(super->first, fs->image.size), REGION_STRUCTURE);
    if (super->name.size > 0)
        sink_fact_printf(fs->sink, "romfs.name", "%.*s", (int)super->name.size, (const char *)super->name.at);
    sink_fact_printf(fs->sink, "romfs.size", "%u", super->size);
    if (super->size > fs->image.size)
        sink_damage(fs->sink, fs->image.size, 0, "the image ends before the file system does");
    else if (!super->checksum_holds)
        sink_damage(fs->sink, 0, min_u64(super->size, SUPER_COVERED), "the checksum of the first 512 bytes does not hold");
    status_t status = fs_tree_walk(tree, super->first);
    if (status_ok(status))
        status = show_lost(fs, tree);
    fs_tree_free(tree);
    return status;
}

static status_t romfs_extract(span_t image, sink_t *sink)
{
    romfs_t fs = {.sink = sink};
    if (!read_super(image, &fs.super))
        return status_fail(STATUS_REJECTED, "romfs", 0, "not a romfs");
    fs.image      = span_clip(image, 0, fs.super.size);
    fs.work_limit = fs.image.size / HEADER + 64;
    fs.listed     = calloc(fs.image.size / ALIGN / 8 + 1, 1);
    status_t status = fs.listed != NULL ? extract(&fs) : status_fail(STATUS_MEMORY, "romfs", 0, "out of memory");
    free(fs.listed);
    return status;
}

static const magic_t magics[] = {MAGIC("-rom1fs-", 0)};

const extractor_t romfs_extractor = {
    .id = "romfs", .name = "romfs file system", .specification = "Linux, Documentation/filesystems/romfs.rst", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = romfs_probe, .extent = romfs_extent, .extract = romfs_extract,
};
