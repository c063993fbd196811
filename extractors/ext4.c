/* ext2, ext3 and ext4: recognition, facts, and the order in which everything is read. Layout and source: see ext4.h. */
#include "extractors/ext4.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WORK_PER_BYTE = 8, WORK_FLOOR = 64 << 20, FEATURES_TEXT = 512, TABLE_FIRST_CAPACITY = 256 };

/* ---- what the parts share ---- */

static ext4_item_t *place_of(ext4_item_t *items, size_t capacity, uint64_t key)
{
    size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (capacity - 1);
    while (items[at].key != EXT4_HUGE && items[at].key != key)
        at = (at + 1) & (capacity - 1);
    return &items[at];
}

static bool table_grow(ext4_table_t *table)
{
    ext4_table_t more = {.capacity = table->capacity == 0 ? TABLE_FIRST_CAPACITY : table->capacity * 2, .count = table->count};
    more.items        = malloc(more.capacity * sizeof *more.items);
    if (more.items == NULL)
        return false;
    for (size_t i = 0; i < more.capacity; i++)
        more.items[i].key = EXT4_HUGE;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->items[i].key != EXT4_HUGE)
            *place_of(more.items, more.capacity, table->items[i].key) = table->items[i];
    free(table->items);
    *table = more;
    return true;
}

bool ext4_table_put(ext4_table_t *table, uint64_t key, uint64_t value)
{
    if (table->count * 2 >= table->capacity && !table_grow(table))
        return false;
    ext4_item_t *item = place_of(table->items, table->capacity, key);
    table->count += item->key == EXT4_HUGE;
    *item = (ext4_item_t){key, value};
    return true;
}

const ext4_item_t *ext4_table_find(const ext4_table_t *table, uint64_t key)
{
    const ext4_item_t *item = table->count > 0 ? place_of(table->items, table->capacity, key) : NULL;
    return item != NULL && item->key == key ? item : NULL;
}

bool ext4_grow(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t more  = *capacity == 0 ? 64 : *capacity * 2;
    void  *grown = realloc(*items, more * size);
    if (grown == NULL)
        return false;
    *items    = grown;
    *capacity = more;
    return true;
}

span_t ext4_bytes(const ext4_t *fs, uint64_t block, uint64_t offset, uint64_t length)
{
    const ext4_item_t *copy = ext4_table_find(&fs->escaped, block);
    if (copy != NULL)
        return span_sub(buffer_span(&fs->restored), copy->value + offset, length);
    copy = ext4_table_find(&fs->replayed, block);
    if (copy != NULL)
        return span_sub(fs->image, copy->value + offset, length);
    return block < fs->super.blocks ? span_sub(fs->image, block * fs->super.block_size + offset, length) : (span_t){NULL, 0};
}

uint64_t ext4_offset(const ext4_t *fs, span_t bytes)
{
    uintptr_t first = (uintptr_t)fs->image.at, at = (uintptr_t)bytes.at;
    return at >= first && at - first < fs->image.size ? at - first : EXT4_HUGE;
}

bool ext4_spend(ext4_t *fs, uint64_t bytes)
{
    fs->work += bytes;
    if (fs->work <= fs->work_limit)
        return true;
    if (!fs->told_work)
        sink_limit(fs->sink, 0, fs->image.size, "work", "reading the file system costs more than an image of this size may: the rest was not examined");
    fs->told_work = true;
    return false;
}

void ext4_tell(ext4_t *fs, uint64_t offset, uint64_t length, const char *what)
{
    if (fs->child != NULL)
        child_damage(fs->child, offset, length, what);
    else
        sink_damage(fs->sink, offset, length, what);
}

/* ---- recognition ---- */

/* Where the first group says that its bitmaps and inodes stand: each in a block of its own. */
static bool first_descriptor_agrees(span_t image, const ext4_super_t *s)
{
    uint64_t block = ext4_group_start(s, 0) + (s->block_size == 1024 && s->first_data_block == 0 ? 2 : 1);
    reader_t r     = reader_at(image, block * s->block_size);
    uint32_t a = read_le32(&r), b = read_le32(&r), c = read_le32(&r);
    return reader_ok(&r) && a != b && b != c && a != c && a > s->first_data_block && b > s->first_data_block && c > s->first_data_block &&
        a < s->blocks &&
           b < s->blocks && c < s->blocks;
}

static unsigned ext4_probe(span_t image)
{
    ext4_super_t s;
    if (!ext4_read_super(image, &s))
        return 0;
    unsigned bits = 16 + 8; /* the magic, and sizes that fit */
    if (s.at == EXT4_SUPER_AT && s.group != 0)
        return bits; /* a backup with an image before it, or an attempt to look like one */
    if (s.groups * s.inodes_per_group == s.inodes)
        bits += 24;
    if (s.state <= 7 && s.errors <= 3 && s.creator <= 4)
        bits += 16;
    if (first_descriptor_agrees(image, &s))
        bits += 16;
    if ((s.ro_compat & EXT4_RO_METADATA_CSUM) != 0 && !s.checksum_bad)
        bits += 32;
    return bits;
}

static uint64_t ext4_extent(span_t image)
{
    ext4_super_t s;
    return ext4_read_super(image, &s) ? min_u64(s.blocks * s.block_size, image.size) : 0;
}

/* ---- facts ---- */

typedef struct { uint32_t bit; const char *name; } feature_t;

static const feature_t compat_features[] = {
    {0x1, "dir_prealloc"}, {0x2, "imagic_inodes"}, {0x4, "has_journal"}, {0x8, "ext_attr"}, {0x10, "resize_inode"}, {0x20, "dir_index"},
    {0x40, "lazy_bg"},
    {0x100, "exclude_bitmap"}, {0x200, "sparse_super2"}, {0x400, "fast_commit"}, {0x800, "stable_inodes"}, {0x1000, "orphan_file"}, {0, NULL},
};
static const feature_t incompat_features[] = {
    {0x1, "compression"}, {0x2, "filetype"}, {0x4, "needs_recovery"}, {0x8, "journal_dev"}, {0x10, "meta_bg"}, {0x40, "extents"}, {0x80, "64bit"},
    {0x100, "mmp"},
    {0x200, "flex_bg"}, {0x400, "ea_inode"}, {0x1000, "dirdata"}, {0x2000, "metadata_csum_seed"}, {0x4000, "large_dir"}, {0x8000, "inline_data"},
    {0x10000, "encrypt"}, {0x20000, "casefold"}, {0, NULL},
};
static const feature_t ro_compat_features[] = {
    {0x1, "sparse_super"}, {0x2, "large_file"}, {0x8, "huge_file"}, {0x10, "uninit_bg"}, {0x20, "dir_nlink"}, {0x40, "extra_isize"},
    {0x80, "snapshot"}, {0x100, "quota"},
    {0x200, "bigalloc"}, {0x400, "metadata_csum"}, {0x800, "replica"}, {0x1000, "read-only"}, {0x2000, "project"}, {0x4000, "shared_blocks"},
    {0x8000, "verity"},
    {0x10000, "orphan_present"}, {0, NULL},
};

static void append_features(buffer_t *text, uint32_t bits, const feature_t *features, const char *set)
{
    for (; features->name != NULL; features++)
        if ((bits & features->bit) != 0) {
            buffer_printf(text, "%s%s", text->size > 0 ? " " : "", features->name);
            bits &= ~features->bit;
        }
    if (bits != 0)
        buffer_printf(text, "%s%s:0x%x", text->size > 0 ? " " : "", set, bits);
}

static const char *generation_of(const ext4_super_t *s)
{
    const uint32_t ext3_incompat = EXT4_INCOMPAT_FILETYPE | EXT4_INCOMPAT_RECOVER | EXT4_INCOMPAT_JOURNAL_DEVICE | EXT4_INCOMPAT_META_BG |
        EXT4_INCOMPAT_COMPRESSION;
    if ((s->incompat & ~ext3_incompat) != 0 || (s->ro_compat & ~UINT32_C(7)) != 0)
        return "ext4";
    return (s->compat & EXT4_COMPAT_JOURNAL) != 0 ? "ext3" : "ext2";
}

static void say_time(sink_t *sink, const char *key, int64_t seconds)
{
    char      text[64];
    time_t    when = (time_t)seconds;
    struct tm parts;
    if (seconds != 0 && gmtime_r(&when, &parts) != NULL && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
        sink_fact(sink, key, text);
}

static void say_text(sink_t *sink, const char *key, span_t text)
{
    if (text.size > 0)
        sink_fact_printf(sink, key, "%.*s", (int)text.size, (const char *)text.at);
}

static void say_facts(const ext4_t *fs)
{
    const ext4_super_t *s    = &fs->super;
    sink_t             *sink = fs->sink;
    const uint8_t      *u    = s->uuid;
    buffer_t            text = {.limit = FEATURES_TEXT};
    sink_fact(sink, "ext4.generation", generation_of(s));
    say_text(sink, "ext4.label", s->label);
    sink_fact_printf(sink, "ext4.uuid", "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4], u[5],
        u[6], u[7], u[8], u[9],
        u[10], u[11], u[12], u[13], u[14], u[15]);
    append_features(&text, s->compat, compat_features, "compat");
    append_features(&text, s->incompat, incompat_features, "incompat");
    append_features(&text, s->ro_compat, ro_compat_features, "ro_compat");
    buffer_append_byte(&text, 0);
    if (!text.failed && text.size > 1)
        sink_fact(sink, "ext4.features", (const char *)text.at);
    buffer_free(&text);
    sink_fact_printf(sink, "ext4.block_size", "%u", s->block_size);
    sink_fact_printf(sink, "ext4.blocks", "%llu", (unsigned long long)s->blocks);
    sink_fact_printf(sink, "ext4.inodes", "%u", s->inodes);
    say_time(sink, "ext4.created", s->created);
    say_time(sink, "ext4.last_mounted", s->mounted);
    say_time(sink, "ext4.last_written", s->written);
    say_time(sink, "ext4.last_checked", s->checked);
    say_text(sink, "ext4.last_mounted_on", s->last_mounted_on);
    sink_fact_printf(sink, "ext4.mounts", "%u", s->mounts);
    sink_fact(sink, "ext4.state", (s->state & 2) != 0 ? "errors were found" : (s->state & 1) == 0 || (s->incompat & EXT4_INCOMPAT_RECOVER) != 0
        ? "not unmounted cleanly" : "clean");
    say_time(sink, "ext4.first_error", s->first_error);
    say_time(sink, "ext4.last_error", s->last_error);
}

/* ---- extraction ---- */

static void claim_own_files(ext4_t *fs)
{
    const ext4_super_t *s     = &fs->super;
    const uint32_t      own[] = {1, 7, s->quota_inodes[0], s->quota_inodes[1], s->quota_inodes[2], s->orphan_file};
    ext4_inode_t        inode;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (own[i] == 0 || own[i] == EXT4_ROOT || !ext4_read_inode(fs, own[i], &inode) || !ext4_is_own_file(fs, &inode))
            continue;
        if (i < 2) /* lists of blocks that belong to others: only the map itself is theirs */
            ext4_map(fs, &inode, EXT4_HUGE, NULL, NULL);
        else
            ext4_claim_file(fs, &inode);
    }
}

static void tell_super(const ext4_t *fs)
{
    const ext4_super_t *s   = &fs->super;
    uint64_t            end = s->blocks * s->block_size;
    if (s->at != EXT4_SUPER_AT)
        sink_damage(fs->sink, EXT4_SUPER_AT, EXT4_SUPER_SIZE, "the superblock is damaged: the backup in group 1 was used");
    else if (s->checksum_bad)
        sink_damage(fs->sink, EXT4_SUPER_AT, EXT4_SUPER_SIZE, "the checksum of the superblock does not hold");
    else if (!s->consistent)
        sink_damage(fs->sink, EXT4_SUPER_AT, EXT4_SUPER_SIZE, "the superblock counts another number of inodes than its groups hold");
    if (end > fs->image.size)
        sink_damage(fs->sink, fs->image.size, 0, "the image ends before the file system does");
}

static void say_counts(const ext4_t *fs)
{
    if (fs->encrypted > 0)
        sink_fact_printf(fs->sink, "ext4.encrypted", "%llu", (unsigned long long)fs->encrypted);
    if (fs->verity > 0)
        sink_fact_printf(fs->sink, "ext4.verity", "%llu", (unsigned long long)fs->verity);
}

static status_t show_tree(ext4_t *fs)
{
    fs_tree_t *tree = fs_tree_new(fs->sink, &ext4_operations, fs);
    if (tree == NULL)
        return status_fail(STATUS_MEMORY, "ext4", 0, "out of memory");
    status_t status = fs_tree_walk(tree, EXT4_ROOT);
    if (status_ok(status))
        status = ext4_show_lost(fs, tree);
    if (status_ok(status) && fs->deleted)
        status = ext4_show_deleted(fs, tree);
    fs_tree_free(tree);
    say_counts(fs);
    return status_ok(status) && fs->no_memory ? status_fail(STATUS_MEMORY, "ext4", 0, "out of memory") : status;
}

static void set_seed(ext4_t *fs)
{
    const ext4_super_t *s = &fs->super;
    fs->checksums         = (s->ro_compat & EXT4_RO_METADATA_CSUM) != 0;
    fs->seed              = (s->incompat & EXT4_INCOMPAT_CSUM_SEED) != 0 ? s->checksum_seed
        : ext4_crc32c(UINT32_MAX, span_from(s->uuid, sizeof s->uuid));
}

/* What the journal holds may be newer than the superblock and the descriptors that led to it. */
static bool reread_through_journal(ext4_t *fs)
{
    ext4_super_t newer;
    uint32_t     block_size = fs->super.block_size;
    span_t       raw        = ext4_bytes(fs, EXT4_SUPER_AT / block_size, EXT4_SUPER_AT % block_size, EXT4_SUPER_SIZE);
    uint64_t     at         = raw.at != NULL ? ext4_offset(fs, raw) : EXT4_HUGE;
    if (fs->super.at == EXT4_SUPER_AT && at != EXT4_HUGE && at != EXT4_SUPER_AT && ext4_read_super_at(fs->image, at, &newer) && newer.consistent &&
        newer.block_size == block_size && newer.blocks_per_group == fs->super.blocks_per_group) {
        newer.at  = EXT4_SUPER_AT;
        fs->super = newer;
        set_seed(fs);
    }
    return fs->replayed.count == 0 || ext4_load_groups(fs);
}

static status_t extract_device_of_journal(const ext4_t *fs)
{
    uint64_t at = fs->super.block_size == 1024 ? 2048 : fs->super.block_size;
    sink_claim(fs->sink, EXT4_SUPER_AT, EXT4_SUPER_SIZE, REGION_STRUCTURE);
    if (span_holds(fs->image, at, 1024))
        sink_claim(fs->sink, at, 1024, REGION_STRUCTURE);
    sink_note(fs->sink, EXT4_SUPER_AT, "this device holds the journal of another file system");
    return ok();
}

static status_t extract(ext4_t *fs)
{
    set_seed(fs);
    if ((fs->super.incompat & EXT4_INCOMPAT_JOURNAL_DEVICE) != 0) {
        say_facts(fs);
        return extract_device_of_journal(fs);
    }
    tell_super(fs);
    if (!ext4_load_groups(fs))
        return status_fail(STATUS_MEMORY, "ext4", 0, "out of memory");
    ext4_open_journal(fs);
    if (fs->no_memory || !reread_through_journal(fs))
        return status_fail(STATUS_MEMORY, "ext4", 0, "out of memory");
    say_facts(fs);
    ext4_claim_groups(fs);
    claim_own_files(fs);
    return show_tree(fs);
}

static void free_fs(ext4_t *fs)
{
    free(fs->groups);
    free(fs->replayed.items);
    free(fs->escaped.items);
    free(fs->history.copies);
    free(fs->removed.names);
    free(fs->directories.names);
    buffer_free(&fs->restored);
    buffer_free(&fs->name_bytes);
    buffer_free(&fs->xattr_bytes);
    buffer_free(&fs->link);
    free(fs);
}

static status_t ext4_extract(span_t image, sink_t *sink)
{
    ext4_t *fs = calloc(1, sizeof *fs);
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "ext4", 0, "out of memory");
    fs->image      = image;
    fs->sink       = sink;
    fs->deleted    = sink_wants_deleted(sink);
    fs->work_limit = image.size * WORK_PER_BYTE + WORK_FLOOR;
    status_t status = ext4_read_super(image, &fs->super) ? extract(fs) : status_fail(STATUS_REJECTED, "ext4", 0, "not an ext2/3/4 file system");
    free_fs(fs);
    return status;
}

/* The magic alone is two bytes; the state and what to do on errors behind it are small numbers. The others are backups in group 1,
 * which lead to the file system when its own superblock is gone. */
#define BACKUPS(state) MAGIC(state, (UINT64_C(8193) << 10) + 0x38), MAGIC(state, (UINT64_C(16384) << 11) + 0x38), \
    MAGIC(state, (UINT64_C(32768) << 12) + 0x38), MAGIC(state, (UINT64_C(65536) << 13) + 0x38)

static const magic_t magics[] = {MAGIC("\x53\xEF", 0x438), BACKUPS("\x53\xEF\x00\x00"), BACKUPS("\x53\xEF\x01\x00")};

const extractor_t ext4_extractor = {
    .id = "ext4", .name = "ext2/3/4 file system", .specification = "Linux, Documentation/filesystems/ext4 (ext4 Data Structures and Algorithms)",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = ext4_probe, .extent = ext4_extent,
    .extract = ext4_extract,
};
