/* The file system of Minix, versions 1 to 3, in either byte order. Superblock at 1024: counts of inodes, zones, blocks of the two
 * bitmaps, first data zone, logarithm of blocks to a zone, greatest size, magic, state. From block 2 on: bitmap of inodes, bitmap of
 * zones, inodes (32 bytes with nine zones of 16 bits, or 64 bytes with ten of 32 bits; seven direct, the others one, two and three
 * levels of pointers), data. Entries of directories have one size: number (2, or 4 in version 3) and name (14 or 30, or 60).
 * Source: Linux, include/uapi/linux/minix_fs.h; Tanenbaum and Woodhull, "Operating Systems", 5.6. */
#include "base/buffer.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SUPER_AT = 1024, SUPER = 32, BLOCK = 1024, BLOCK_MAX = 65536, LOG_ZONE_MAX = 8, ROOT = 1, DIRECT = 7, TARGET_MAX = 4096, LOST_PATH_MAX = 64,
    MAGIC_AT = 1040, V3_MAGIC_AT = 1048, WORK_PER_BYTE = 8, WORK_FLOOR = 1 << 20,
};

typedef struct { uint16_t magic; uint8_t version, name_size; } kind_t;
static const kind_t kinds[] = {{0x137F, 1, 14}, {0x138F, 1, 30}, {0x2468, 2, 14}, {0x2478, 2, 30}, {0x4D5A, 3, 60}};

typedef struct {
    kind_t   kind;
    bool     big;
    uint32_t inodes, zones, inode_map_blocks, zone_map_blocks, first_zone, log_zone, max_size, state, block_size;
    uint64_t zone_size, inode_size, table_at; /* bytes */
    uint32_t number_size, entry_size;         /* of a directory */
} minix_super_t;

typedef struct { uint32_t mode, uid, gid, links, size, mtime, levels; uint64_t at; uint32_t zones[10]; } minix_inode_t;

typedef struct {
    span_t        image;
    sink_t       *sink;
    minix_super_t super;
    buffer_t      target;
    uint64_t      work, work_limit;
    bool          told_work;
} minix_t;

static uint32_t read_number(reader_t *r, bool big, unsigned bytes) { return (uint32_t)(big ? read_be(r, bytes) : read_le(r, bytes)); }

/* ---- superblock ---- */

static bool find_kind(span_t image, minix_super_t *s)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (int big = 0; big < 2; big++) {
            reader_t r = reader_at(image, kinds[i].version == 3 ? V3_MAGIC_AT : MAGIC_AT);
            if (read_number(&r, big != 0, 2) == kinds[i].magic && reader_ok(&r)) {
                s->kind = kinds[i];
                s->big  = big != 0;
                return true;
            }
        }
    return false;
}

static void read_fields(span_t image, minix_super_t *s)
{
    reader_t r = reader_at(image, SUPER_AT);
    bool     v3 = s->kind.version == 3, big = s->big;
    s->inodes = read_number(&r, big, v3 ? 4 : 2);
    s->zones  = read_number(&r, big, 2); /* padding in version 3 */
    s->inode_map_blocks = read_number(&r, big, 2);
    s->zone_map_blocks  = read_number(&r, big, 2);
    s->first_zone       = read_number(&r, big, 2);
    s->log_zone         = read_number(&r, big, 2);
    reader_skip(&r, v3 ? 2 : 0);
    s->max_size = read_number(&r, big, 4);
    if (v3) {
        s->zones = read_number(&r, big, 4);
        reader_skip(&r, 4);
        s->block_size = read_number(&r, big, 2);
        s->state      = 1;
    } else {
        reader_skip(&r, 2);
        s->state      = read_number(&r, big, 2);
        s->zones      = s->kind.version == 2 ? read_number(&r, big, 4) : s->zones;
        s->block_size = BLOCK;
    }
}

static bool read_super(span_t image, minix_super_t *s)
{
    *s = (minix_super_t){0};
    if (!span_holds(image, SUPER_AT, SUPER) || !find_kind(image, s))
        return false;
    read_fields(image, s);
    if (s->block_size < BLOCK || s->block_size > BLOCK_MAX || (s->block_size & (s->block_size - 1)) != 0 || s->log_zone > LOG_ZONE_MAX ||
        s->inodes == 0)
        return false;
    s->zone_size   = (uint64_t)s->block_size << s->log_zone;
    s->inode_size  = s->kind.version == 1 ? 32 : 64;
    s->number_size = s->kind.version == 3 ? 4 : 2;
    s->entry_size  = s->number_size + s->kind.name_size;
    s->table_at    = (2 + (uint64_t)s->inode_map_blocks + s->zone_map_blocks) * s->block_size;
    uint64_t bits  = 8 * (uint64_t)s->block_size, table_blocks = (s->inodes * s->inode_size + s->block_size - 1) / s->block_size;
    uint64_t first = s->table_at + table_blocks * s->block_size;
    return s->inode_map_blocks == (s->inodes + bits) / bits && s->zones > s->first_zone && s->zone_map_blocks * bits > s->zones - s->first_zone &&
           s->zone_map_blocks <= s->zones / bits + 2 && s->first_zone * s->zone_size >= first &&
           s->first_zone * s->zone_size < first + 2 * s->zone_size;
}

/* ---- inodes and zones ---- */

static bool read_inode(const minix_t *fs, uint64_t number, minix_inode_t *inode)
{
    const minix_super_t *s = &fs->super;
    bool                 v1 = s->kind.version == 1, big = s->big;
    if (number == 0 || number > s->inodes)
        return false;
    *inode     = (minix_inode_t){.at = s->table_at + (number - 1) * s->inode_size, .levels = v1 ? 2 : 3};
    reader_t r = reader_from(span_sub(fs->image, inode->at, s->inode_size));
    inode->mode = read_number(&r, big, 2);
    inode->links = v1 ? 0 : read_number(&r, big, 2);
    inode->uid   = read_number(&r, big, 2);
    inode->gid   = v1 ? 0 : read_number(&r, big, 2);
    inode->size  = read_number(&r, big, 4);
    if (!v1)
        reader_skip(&r, 4);
    inode->mtime = read_number(&r, big, 4);
    if (v1) {
        inode->gid   = read_u8(&r);
        inode->links = read_u8(&r);
    } else {
        reader_skip(&r, 4);
    }
    for (size_t i = 0; i < DIRECT + inode->levels; i++)
        inode->zones[i] = read_number(&r, big, v1 ? 2 : 4);
    return reader_ok(&r);
}

static bool spend(minix_t *fs, uint64_t bytes)
{
    fs->work += bytes;
    if (fs->work <= fs->work_limit)
        return true;
    if (!fs->told_work)
        sink_limit(fs->sink, 0, fs->image.size, "work", "reading the file system costs more than an image of this size may: the rest was not examined");
    fs->told_work = true;
    return false;
}

static void claim(const minix_t *fs, uint64_t at, uint64_t length)
{
    span_t there = span_clip(fs->image, at, length);
    if (there.size > 0)
        sink_claim(fs->sink, at, there.size, REGION_STRUCTURE);
}

/* What a list of zones yields, in order: a zone (0: a hole), or the loss of as many. False: no more are wanted. */
typedef struct minix_zones minix_zones_t;
struct minix_zones {
    minix_t *fs;
    bool   (*zone)(minix_zones_t *zones, uint32_t zone);
    bool   (*lost)(minix_zones_t *zones, uint64_t at, uint64_t count, const char *what);
    uint64_t left; /* zones of the file still to come */
};

static bool walk_zones(minix_zones_t *z, uint32_t zone, unsigned level, uint64_t span)
{
    const minix_super_t *s     = &z->fs->super;
    uint64_t             width = s->kind.version == 1 ? 2 : 4, count = min_u64(span, z->left), at = zone * s->zone_size;
    if (z->left == 0)
        return false;
    if (zone == 0) {
        for (; count > 0; count--, z->left--)
            if (!z->zone(z, 0))
                return false;
        return true;
    }
    span_t pointers = span_sub(z->fs->image, at, s->block_size);
    bool   outside  = zone < s->first_zone || zone >= s->zones;
    if (outside || (level > 0 && pointers.at == NULL)) {
        z->left -= count;
        return z->lost(z, min_u64(at, z->fs->image.size), count, outside ? "a pointer to a zone leads out of the file system"
            : "a block of pointers to zones cannot be read");
    }
    if (level == 0) {
        z->left--;
        return z->zone(z, zone);
    }
    if (!spend(z->fs, s->block_size))
        return false;
    claim(z->fs, at, s->block_size);
    reader_t r = reader_from(pointers);
    while (reader_left(&r) >= width && z->left > 0)
        if (!walk_zones(z, read_number(&r, s->big, (unsigned)width), level - 1, span / (s->block_size / width)))
            return false;
    return true;
}

static void map_zones(minix_zones_t *z, const minix_inode_t *inode)
{
    const minix_super_t *s     = &z->fs->super;
    uint64_t             span  = 1;
    z->left                    = (inode->size + s->zone_size - 1) / s->zone_size;
    for (unsigned i = 0; i < DIRECT + inode->levels; i++) {
        unsigned level = i < DIRECT ? 0 : i - DIRECT + 1;
        span           = level == 0 ? 1 : span * (s->block_size / (s->kind.version == 1 ? 2 : 4));
        if (!walk_zones(z, inode->zones[i], level, span))
            return;
    }
}

/* ---- content ---- */

typedef struct { minix_zones_t zones; fs_content_t content; } writer_t;

static bool write_zone(minix_zones_t *z, uint32_t zone)
{
    writer_t *w    = (writer_t *)z;
    uint64_t  size = z->fs->super.zone_size;
    if (zone == 0)
        fs_content_hole(&w->content, size);
    else
        fs_content_run(&w->content, zone * size, size);
    return !fs_content_full(&w->content);
}

static bool lose_zones(minix_zones_t *z, uint64_t at, uint64_t count, const char *what)
{
    writer_t *w = (writer_t *)z;
    fs_content_lost(&w->content, at, 0, count * z->fs->super.zone_size, what);
    return !fs_content_full(&w->content);
}

static status_t write_file(void *context, uint64_t number, child_t *child)
{
    minix_t      *fs = context;
    minix_inode_t inode;
    writer_t      w = {.zones = {.fs = fs, .zone = write_zone, .lost = lose_zones}};
    if (!read_inode(fs, number, &inode))
        return ok();
    fs_content_begin(&w.content, child, fs->image, inode.size);
    map_zones(&w.zones, &inode);
    if (fs_content_full(&w.content))
        return fs_content_end(&w.content);
    return fs_content_end_lost(&w.content, min_u64(inode.at, fs->image.size),
        "the file is longer than its list of zones, or reading it costs too much");
}

/* ---- directories ---- */

typedef struct { minix_zones_t zones; fs_tree_t *tree; uint64_t left; bool told; } lister_t;

static void tell_once(lister_t *l, uint64_t at, uint64_t length, const char *what)
{
    if (!l->told)
        sink_damage(l->zones.fs->sink, at, length, what);
    l->told = true;
}

static bool list_zone(minix_zones_t *z, uint32_t zone)
{
    lister_t            *l    = (lister_t *)z;
    const minix_super_t *s    = &z->fs->super;
    uint64_t             at   = zone * s->zone_size, size = min_u64(s->zone_size, l->left);
    span_t               here = zone != 0 ? span_clip(z->fs->image, at, size) : (span_t){NULL, 0};
    reader_t             r    = reader_from(here);
    if (!spend(z->fs, s->zone_size))
        return false;
    l->left -= size;
    claim(z->fs, at, here.size);
    if (here.size < size)
        tell_once(l, min_u64(at, z->fs->image.size), 0, zone == 0 ? "a directory has a hole: entries of it may be lost"
            : "a directory cannot be read: the image ends before it does");
    while (reader_left(&r) >= s->entry_size) {
        uint32_t       number = read_number(&r, s->big, s->number_size);
        span_t         name   = read_span(&r, s->kind.name_size);
        const uint8_t *end    = memchr(name.at, 0, name.size);
        name.size             = end != NULL ? (size_t)(end - name.at) : name.size;
        bool dots             = name.size > 0 && name.size <= 2 && name.at[0] == '.' && name.at[name.size - 1] == '.';
        if (number != 0 && !dots && !fs_tree_entry(l->tree, name, number))
            return false;
    }
    return true;
}

static bool lose_entries(minix_zones_t *z, uint64_t at, uint64_t count, const char *what)
{
    lister_t *l = (lister_t *)z;
    l->left -= min_u64(l->left, count * z->fs->super.zone_size);
    tell_once(l, at, 0, what);
    return true;
}

static void list(void *context, uint64_t number, fs_tree_t *tree)
{
    minix_t      *fs = context;
    minix_inode_t inode;
    if (!read_inode(fs, number, &inode))
        return;
    lister_t l = {.zones = {.fs = fs, .zone = list_zone, .lost = lose_entries}, .tree = tree, .left = inode.size};
    map_zones(&l.zones, &inode);
    if (l.left > 0)
        tell_once(&l, inode.at, fs->super.inode_size, "a directory is shorter than its inode says: entries of it may be lost");
}

/* ---- objects ---- */

typedef struct { minix_zones_t zones; uint64_t left; } target_reader_t;

static bool append_zone(minix_zones_t *z, uint32_t zone)
{
    target_reader_t *t    = (target_reader_t *)z;
    uint64_t         at   = zone * z->fs->super.zone_size;
    span_t           here = zone != 0 ? span_sub(z->fs->image, at, min_u64(t->left, z->fs->super.zone_size)) : (span_t){NULL, 0};
    buffer_append(&z->fs->target, here);
    claim(z->fs, at, here.size);
    t->left -= here.size;
    return here.at != NULL && t->left > 0;
}

static bool lose_target(minix_zones_t *z, uint64_t at, uint64_t count, const char *what)
{
    (void)z, (void)at, (void)count, (void)what;
    return false;
}

static span_t read_target(minix_t *fs, const minix_inode_t *inode, fs_damage_t *damage)
{
    target_reader_t t = {.zones = {.fs = fs, .zone = append_zone, .lost = lose_target}, .left = min_u64(inode->size, TARGET_MAX)};
    fs->target.size   = 0;
    map_zones(&t.zones, inode);
    if (t.left > 0 || inode->size > TARGET_MAX)
        damage->what = "the target of the link cannot be read, or not all of it";
    return buffer_span(&fs->target);
}

static bool known_mode(uint32_t mode) { return (mode & 0170000) == 0100000 || fs_type_of_mode(mode) != CHILD_FILE; }

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    minix_t      *fs = context;
    minix_inode_t inode;
    *damage = (fs_damage_t){.offset = fs->image.size};
    if (!read_inode(fs, number, &inode))
        return false;
    *damage = (fs_damage_t){.offset = inode.at, .length = fs->super.inode_size};
    if (!known_mode(inode.mode)) {
        damage->what = inode.mode == 0 ? "its inode is empty: only the name is known" : "its inode is damaged: only the name is known";
        return false;
    }
    info->type = fs_type_of_mode(inode.mode);
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, inode.mtime);
    if (info->type == CHILD_SYMLINK)
        info->link = read_target(fs, &inode, damage);
    if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE)
        fs_set_device(info, inode.zones[0]);
    if (inode.links == 0)
        damage->what = "it is named by a directory, but its inode counts no links";
    return true;
}

static const fs_operations_t operations = {.format = "minix", .read = read_object, .list = list, .write = write_file};

/* ---- recognition ---- */

static uint64_t end_of(const minix_super_t *s) { return s->zones * s->zone_size; }

/* Does the root directory begin with "." and ".." that lead to itself? */
static bool root_agrees(const minix_t *fs)
{
    const minix_super_t *s = &fs->super;
    minix_inode_t        inode;
    if (!read_inode(fs, ROOT, &inode) || (inode.mode & 0170000) != 0040000)
        return false;
    reader_t r  = reader_at(fs->image, inode.zones[0] * s->zone_size);
    bool     is = inode.zones[0] >= s->first_zone;
    for (size_t dots = 1; dots <= 2; dots++) {
        is          = is && read_number(&r, s->big, s->number_size) == ROOT;
        span_t name = read_span(&r, s->kind.name_size);
        is          = is && name.at != NULL && span_has_text_at(name, 0, dots == 1 ? "." : "..") && name.at[dots] == 0;
    }
    return is;
}

static unsigned minix_probe(span_t image)
{
    minix_t fs = {.image = image};
    if (!read_super(image, &fs.super))
        return 0;
    bool root = root_agrees(&fs);
    if (!root && end_of(&fs.super) <= image.size)
        return 0;                         /* it is all there, and has no root */
    return 16 + 16 + (root ? 48 : 0);     /* the magic, and where data begins; numbers and names of the root */
}

static uint64_t minix_extent(span_t image)
{
    minix_super_t s;
    return read_super(image, &s) ? min_u64(end_of(&s), image.size) : 0;
}

/* ---- extraction ---- */

static status_t show_lost(minix_t *fs, fs_tree_t *tree)
{
    status_t status = ok();
    bool     told   = false;
    for (unsigned pass = 0; pass < 2; pass++) /* directories first: the rest may have its name in them */
        for (uint64_t number = ROOT + 1; number <= fs->super.inodes && status_ok(status); number++) {
            minix_inode_t inode;
            char          path[LOST_PATH_MAX];
            if (!read_inode(fs, number, &inode))
                break;
            bool directory = (inode.mode & 0170000) == 0040000;
            if (inode.links == 0 || !known_mode(inode.mode) || directory != (pass == 0) || fs_tree_seen(tree, number))
                continue;
            int size = snprintf(path, sizeof path, FS_LOST_PATH "inode-%llu", (unsigned long long)number);
            if (!told)
                sink_damage(fs->sink, inode.at, fs->super.inode_size,
                    "no directory leads to some inodes that are in use: they are shown as lost+found/inode-NUMBER");
            told   = true;
            status = fs_tree_show(tree, span_from(path, (size_t)size), number);
        }
    return status;
}

static status_t extract(minix_t *fs)
{
    const minix_super_t *s    = &fs->super;
    fs_tree_t           *tree = fs_tree_new(fs->sink, &operations, fs);
    if (tree == NULL)
        return status_fail(STATUS_MEMORY, "minix", 0, "out of memory");
    sink_fact_printf(fs->sink, "minix.version", "%u", (unsigned)s->kind.version);
    sink_fact(fs->sink, "minix.byte_order", s->big ? "big-endian" : "little-endian");
    sink_fact_printf(fs->sink, "minix.name_length", "%u", (unsigned)s->kind.name_size);
    sink_fact_printf(fs->sink, "minix.zone_size", "%llu", (unsigned long long)s->zone_size);
    sink_fact_printf(fs->sink, "minix.inodes", "%u", s->inodes);
    if (s->kind.version < 3)
        sink_fact(fs->sink, "minix.state", (s->state & 2) != 0 ? "errors were found" : (s->state & 1) != 0 ? "clean" : "not unmounted cleanly");
    if (end_of(s) > fs->image.size)
        sink_damage(fs->sink, fs->image.size, 0, "the image ends before the file system does");
    claim(fs, SUPER_AT, SUPER);
    claim(fs, 2 * (uint64_t)s->block_size, s->table_at - 2 * (uint64_t)s->block_size + s->inodes * s->inode_size);
    status_t status = fs_tree_walk(tree, ROOT);
    if (status_ok(status))
        status = show_lost(fs, tree);
    fs_tree_free(tree);
    return status;
}

static status_t minix_extract(span_t image, sink_t *sink)
{
    minix_t fs = {.image = image, .sink = sink};
    if (!read_super(image, &fs.super))
        return status_fail(STATUS_REJECTED, "minix", 0, "not a Minix file system");
    fs.image        = span_clip(image, 0, end_of(&fs.super));
    fs.work_limit   = fs.image.size * WORK_PER_BYTE + WORK_FLOOR;
    status_t status = extract(&fs);
    buffer_free(&fs.target);
    return status;
}

static const magic_t magics[] = {
    MAGIC("\x7F\x13", MAGIC_AT), MAGIC("\x8F\x13", MAGIC_AT), MAGIC("\x68\x24", MAGIC_AT), MAGIC("\x78\x24", MAGIC_AT),
    MAGIC("\x5A\x4D", V3_MAGIC_AT),
    MAGIC("\x13\x7F", MAGIC_AT), MAGIC("\x13\x8F", MAGIC_AT), MAGIC("\x24\x68", MAGIC_AT), MAGIC("\x24\x78", MAGIC_AT),
    MAGIC("\x4D\x5A", V3_MAGIC_AT),
};

const extractor_t minix_extractor = {
    .id = "minix", .name = "Minix file system", .specification = "Linux, include/uapi/linux/minix_fs.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = minix_probe, .extent = minix_extent, .extract = minix_extract,
};
