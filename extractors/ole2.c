/* Compound File Binary, the "OLE2" container of MSI packages, patches and Office documents. Little-endian, sectors of 512 or 4096 bytes,
 * sector n at (n + 1) × its size. A header (D0CF11E0A1B11AE1) lists the first 109 sectors of the FAT, the DIFAT chain lists the others. The
 * FAT holds the next sector of each chain. A chain of directory entries (128 bytes: name in UTF-16, type, left and right sibling, child,
 * class, times, first sector, size) makes a tree; streams shorter than 4096 bytes stand in sectors of 64 bytes (mini FAT) inside the root
 * entry's stream. Source: [MS-CFB]. MSI names streams by pairs of 64 letters packed into U+3800 to U+4840: Wine, dlls/msi/table.c.
 * Properties of the summary: [MS-OLEPS]. */
#include "base/buffer.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"
#include "extractors/partition_common.h"
#include "extractors/utf16.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    HEADER_SIZE = 512, HEADER_DIFAT = 109, ENTRY_SIZE = 128, MINI_SHIFT = 6, MINI_CUTOFF = 4096, NAME_UNITS = 32,
    TYPE_STORAGE = 1, TYPE_STREAM = 2, TYPE_ROOT = 5, SUMMARY_MAX = 64 << 10, PROPERTIES_MAX = 64
};
enum { PROPERTY_I2 = 2, PROPERTY_I4 = 3, PROPERTY_LPSTR = 30, PROPERTY_LPWSTR = 31, PROPERTY_FILETIME = 64 };

static const uint32_t SECTOR_MOST = 0xFFFFFFFA, SECTOR_FREE = 0xFFFFFFFF, SECTOR_OF_FAT = 0xFFFFFFFD, NO_ENTRY = 0xFFFFFFFF;
static const uint64_t FILETIME_UNIX = 11644473600; /* seconds from 1601 to 1970 */

typedef struct { uint32_t *at; size_t count; } sectors_t;

typedef struct {
    uint16_t major;
    unsigned shift;
    uint32_t fat_count, directory, mini_cutoff, mini_fat, difat, difat_count;
} cfb_header_t;

typedef struct {
    span_t       image;
    sink_t      *sink;
    cfb_header_t header;
    uint64_t     in_image;                             /* sectors that begin inside the image */
    sectors_t    fat, difat, directory, mini_fat, mini; /* mini: of the root entry's stream, which mini sectors stand in */
    uint8_t     *taken, *mini_taken, *listed;          /* a bit for each sector, mini sector, directory entry */
    uint64_t     entries, mini_count;
    buffer_t     name;
} cfb_t;

typedef struct { uint8_t type; uint32_t left, right, child, start; uint64_t size, ctime, mtime; span_t name, class; } cfb_entry_t;

/* ---- sectors and chains -------------------------------------------------------------------------------------------- */

static bool test_and_set(uint8_t *bits, uint64_t at)
{
    bool was = (bits[at / 8] >> (at % 8) & 1) != 0;
    bits[at / 8] |= (uint8_t)(1u << (at % 8));
    return was;
}

static uint64_t sector_size(const cfb_t *f) { return UINT64_C(1) << f->header.shift; }
static uint64_t sector_at(const cfb_t *f, uint64_t sector) { return (sector + 1) << f->header.shift; }

/* Entry `index` of a table of 32-bit numbers that stands in `sectors`. False: the image does not hold it. */
static bool table_entry(const cfb_t *f, const sectors_t *sectors, uint64_t index, uint32_t *value)
{
    uint64_t place = index >> (f->header.shift - 2);
    if (place >= sectors->count)
        return false;
    reader_t r = reader_at(f->image, sector_at(f, sectors->at[place]) + (index << 2 & (sector_size(f) - 1)));
    *value     = read_le32(&r);
    return reader_ok(&r);
}

static bool sectors_add(sectors_t *sectors, size_t most, uint32_t sector)
{
    if (sectors->count >= most)
        return false;
    if ((sectors->count & (sectors->count - 1)) == 0) {
        uint32_t *at = realloc(sectors->at, (sectors->count == 0 ? 1 : sectors->count * 2) * sizeof *at);
        if (at == NULL)
            return false;
        sectors->at = at;
    }
    sectors->at[sectors->count++] = sector;
    return true;
}

/* The sectors of the chain that begins with `sector`; each sector belongs to one chain only, so a chain cannot come back to itself. */
static sectors_t read_chain(cfb_t *f, uint32_t sector, const char *what)
{
    sectors_t chain = {0};
    while (sector <= SECTOR_MOST) {
        if (sector >= f->in_image || test_and_set(f->taken, sector) || !sectors_add(&chain, (size_t)f->in_image, sector)) {
            sink_damage(f->sink, chain.count == 0 ? 0 : sector_at(f, chain.at[chain.count - 1]), 0, what);
            break;
        }
        if (!table_entry(f, &f->fat, sector, &sector)) {
            sink_damage(f->sink, sector_at(f, chain.at[chain.count - 1]), 0, what);
            break;
        }
    }
    return chain;
}

static void claim_sectors(const cfb_t *f, const sectors_t *sectors)
{
    for (size_t i = 0; i < sectors->count; i++)
        sink_claim(f->sink, sector_at(f, sectors->at[i]), span_clip(f->image, sector_at(f, sectors->at[i]), sector_size(f)).size, REGION_STRUCTURE);
}

/* ---- header, FAT --------------------------------------------------------------------------------------------------- */

static bool read_header(span_t image, cfb_header_t *h)
{
    reader_t r = reader_at(image, 24);
    reader_skip(&r, 2);
    h->major             = read_le16(&r);
    uint16_t order       = read_le16(&r), shift = read_le16(&r), mini_shift = read_le16(&r);
    reader_skip(&r, 10);
    h->shift       = shift;
    h->fat_count   = read_le32(&r);
    h->directory   = read_le32(&r);
    reader_skip(&r, 4);
    h->mini_cutoff = read_le32(&r);
    h->mini_fat    = read_le32(&r);
    reader_skip(&r, 4);
    h->difat       = read_le32(&r);
    h->difat_count = read_le32(&r);
    return reader_ok(&r) && span_has_text_at(image, 0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") && order == 0xFFFE && mini_shift == MINI_SHIFT &&
           ((h->major == 3 && shift == 9) || (h->major == 4 && shift == 12)) && h->mini_cutoff == MINI_CUTOFF && image.size >= HEADER_SIZE &&
           h->fat_count > 0;
}

static void add_fat_sector(cfb_t *f, uint32_t sector)
{
    if (sector < f->in_image)
        (void)sectors_add(&f->fat, (size_t)f->in_image, sector);
}

/* The places of the FAT: from the header and from the DIFAT chain, whose last number in a sector names the next. */
static void read_fat(cfb_t *f)
{
    reader_t r = reader_at(f->image, HEADER_SIZE - 4 * HEADER_DIFAT);
    for (unsigned i = 0; i < HEADER_DIFAT && f->fat.count < f->header.fat_count; i++) {
        uint32_t sector = read_le32(&r);
        if (sector > SECTOR_MOST)
            break;
        add_fat_sector(f, sector);
    }
    uint32_t sector = f->header.difat;
    for (uint64_t i = 0; sector < f->in_image && i < min_u64(f->header.difat_count, f->in_image); i++) {
        (void)sectors_add(&f->difat, (size_t)f->in_image, sector);
        r = reader_at(f->image, sector_at(f, sector));
        for (uint64_t j = 0; j < sector_size(f) / 4 - 1 && f->fat.count < f->header.fat_count; j++)
            add_fat_sector(f, read_le32(&r));
        r      = reader_at(f->image, sector_at(f, sector) + sector_size(f) - 4);
        sector = read_le32(&r);
        if (!reader_ok(&r))
            break;
    }
}

static bool begin(cfb_t *f, span_t image, sink_t *sink)
{
    *f = (cfb_t){.image = image, .sink = sink};
    if (!read_header(image, &f->header))
        return false;
    uint64_t units = (image.size + sector_size(f) - 1) >> f->header.shift;
    f->in_image    = units > 0 ? units - 1 : 0;
    read_fat(f);
    return true;
}

static void finish(cfb_t *f)
{
    sectors_t *const lists[] = {&f->fat, &f->difat, &f->directory, &f->mini_fat, &f->mini};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        free(lists[i]->at);
    free(f->taken);
    free(f->mini_taken);
    free(f->listed);
    buffer_free(&f->name);
}

/* Behind the last sector that the FAT does not call free. */
static uint64_t end_of(const cfb_t *f)
{
    uint64_t last = 0;
    for (uint64_t i = 0; i < f->fat.count; i++) {
        span_t   sector = span_clip(f->image, sector_at(f, f->fat.at[i]), sector_size(f));
        reader_t r      = reader_from(sector);
        for (uint64_t j = 0; j < sector.size / 4; j++)
            if (read_le32(&r) != SECTOR_FREE)
                last = (i << (f->header.shift - 2)) + j + 1;
    }
    return f->fat.count < f->header.fat_count ? UINT64_MAX : sector_at(f, last);
}

static unsigned ole2_probe(span_t image)
{
    cfb_header_t h;
    if (!read_header(image, &h))
        return 0;
    /* The first sector of the FAT says of itself that it belongs to the FAT. */
    reader_t r      = reader_at(image, HEADER_SIZE - 4 * HEADER_DIFAT);
    uint32_t sector = read_le32(&r), value = 0;
    if ((uint64_t)sector < UINT64_C(1) << (h.shift - 2)) {
        reader_t entry = reader_at(image, ((uint64_t)sector + 1) << h.shift);
        reader_skip(&entry, (uint64_t)4 * sector);
        value = read_le32(&entry);
    }
    return 64 + 16 + (value == SECTOR_OF_FAT ? 32u : 0);
}

static uint64_t ole2_extent(span_t image)
{
    cfb_t    f;
    uint64_t end = begin(&f, image, NULL) ? end_of(&f) : 0;
    finish(&f);
    return min_u64(end, image.size);
}

/* ---- directory ----------------------------------------------------------------------------------------------------- */

static bool read_entry(const cfb_t *f, uint64_t number, cfb_entry_t *entry)
{
    uint64_t place = number >> (f->header.shift - 7);
    if (place >= f->directory.count)
        return false;
    span_t   bytes = span_sub(f->image, sector_at(f, f->directory.at[place]) + (number << 7 & (sector_size(f) - 1)), ENTRY_SIZE);
    reader_t r     = reader_from(bytes);
    span_t   units = read_span(&r, 2 * NAME_UNITS);
    uint16_t size  = read_le16(&r);
    entry->name    = span_clip(units, 0, size >= 2 ? size - 2u : 0);
    entry->type    = read_u8(&r);
    reader_skip(&r, 1);
    entry->left  = read_le32(&r);
    entry->right = read_le32(&r);
    entry->child = read_le32(&r);
    entry->class = read_span(&r, 16);
    reader_skip(&r, 4);
    entry->ctime = read_le64(&r);
    entry->mtime = read_le64(&r);
    entry->start = read_le32(&r);
    entry->size  = read_le64(&r);
    if (f->header.major == 3)
        entry->size &= UINT32_MAX; /* old writers left the upper half as it was */
    return reader_ok(&r) && (entry->type == TYPE_STORAGE || entry->type == TYPE_STREAM || entry->type == TYPE_ROOT);
}

static char msi_letter(unsigned value)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    return letters[value & 63];
}

/* The name as UTF-8, MSI's packed letters unpacked; '!' before the names of tables. */
static span_t name_of(buffer_t *out, span_t units)
{
    out->size  = 0;
    reader_t r = reader_from(units);
    for (uint16_t unit; reader_left(&r) >= 2 && (unit = read_le16(&r)) != 0;) {
        if (unit >= 0x3800 && unit < 0x4800) {
            buffer_append_byte(out, (uint8_t)msi_letter(unit - 0x3800u));
            buffer_append_byte(out, (uint8_t)msi_letter((unit - 0x3800u) >> 6));
        } else if (unit >= 0x4800 && unit < 0x4840) {
            buffer_append_byte(out, (uint8_t)msi_letter(unit - 0x4800u));
        } else if (unit == 0x4840) {
            buffer_append_byte(out, '!');
        } else if (unit == '/') {
            buffer_append_text(out, "%2F");
        } else { /* a unit, and the other half of its pair */
            size_t from = r.pos - 2;
            if (unit >= 0xD800 && unit < 0xDC00 && reader_left(&r) >= 2)
                reader_skip(&r, 2);
            utf16le_append(out, span_sub(units, from, r.pos - from));
        }
    }
    return buffer_span(out);
}

static bool tree_read(void *fs, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    cfb_t      *f = fs;
    cfb_entry_t entry;
    if (!read_entry(f, number, &entry)) {
        *damage = (fs_damage_t){0, 0, "the directory entry cannot be read"};
        return false;
    }
    info->type      = entry.type == TYPE_STREAM ? CHILD_FILE : CHILD_DIRECTORY;
    uint64_t time   = entry.mtime != 0 ? entry.mtime : entry.ctime;
    info->has_mtime = time / 10000000 > FILETIME_UNIX;
    info->mtime     = info->has_mtime ? (int64_t)(time / 10000000 - FILETIME_UNIX) : 0;
    return true;
}

/* Siblings hang in a binary tree; each entry has one place in one of these trees. */
static void tree_list(void *fs, uint64_t number, fs_tree_t *tree)
{
    cfb_t      *f = fs;
    cfb_entry_t entry;
    sectors_t   open = {0};
    if (!read_entry(f, number, &entry))
        return;
    uint32_t next = entry.child;
    for (;;) {
        if (next != NO_ENTRY && (next >= f->entries || test_and_set(f->listed, next) || !read_entry(f, next, &entry)))
            sink_damage(f->sink, 0, 0, "a directory entry is listed twice, or does not exist");
        else if (next != NO_ENTRY) {
            if (!fs_tree_entry(tree, name_of(&f->name, entry.name), next) || !sectors_add(&open, SIZE_MAX / 8, entry.left) ||
                !sectors_add(&open, SIZE_MAX / 8, entry.right))
                break;
        }
        if (open.count == 0)
            break;
        next = open.at[--open.count];
    }
    free(open.at);
}

/* ---- streams ------------------------------------------------------------------------------------------------------- */

/* Where the piece of a stream stands that is sector (or mini sector) `sector`; false: nowhere in the image. */
static bool place_of(const cfb_t *f, bool is_mini, uint32_t sector, uint64_t *at)
{
    if (!is_mini) {
        *at = sector_at(f, sector);
        return sector < f->in_image;
    }
    uint64_t place = (uint64_t)sector << MINI_SHIFT >> f->header.shift;
    if (place >= f->mini.count)
        return false;
    *at = sector_at(f, f->mini.at[place]) + ((uint64_t)sector << MINI_SHIFT & (sector_size(f) - 1));
    return true;
}

static status_t tree_write(void *fs, uint64_t number, child_t *child)
{
    cfb_t       *f = fs;
    cfb_entry_t  entry;
    fs_content_t content;
    if (!read_entry(f, number, &entry))
        return ok();
    bool     is_mini = entry.size < MINI_CUTOFF;
    uint64_t unit    = is_mini ? UINT64_C(1) << MINI_SHIFT : sector_size(f), at = 0;
    uint32_t sector  = entry.start;
    fs_content_begin(&content, child, f->image, entry.size);
    while (!fs_content_full(&content) && content.done < entry.size) {
        if (sector > SECTOR_MOST)
            return fs_content_end_lost(&content, at, "the chain of sectors ends before the stream does");
        if (!place_of(f, is_mini, sector, &at))
            return fs_content_end_lost(&content, at, "the stream goes on outside the image");
        if (test_and_set(is_mini ? f->mini_taken : f->taken, sector))
            return fs_content_end_lost(&content, at, "a sector belongs to two streams, or the chain comes back to itself");
        fs_content_run(&content, at, min_u64(unit, entry.size - content.done));
        if (!table_entry(f, is_mini ? &f->mini_fat : &f->fat, sector, &sector))
            sector = SECTOR_FREE;
    }
    return fs_content_end(&content);
}

/* The first bytes of a stream, in memory. */
static void gather(const cfb_t *f, const cfb_entry_t *entry, buffer_t *out)
{
    bool     is_mini = entry->size < MINI_CUTOFF;
    uint64_t size    = min_u64(entry->size, SUMMARY_MAX), unit = is_mini ? UINT64_C(1) << MINI_SHIFT : sector_size(f), at;
    uint32_t sector  = entry->start;
    while (out->size < size && sector <= SECTOR_MOST && place_of(f, is_mini, sector, &at)) {
        span_t piece = span_clip(f->image, at, min_u64(unit, size - out->size));
        buffer_append(out, piece);
        if (piece.size == 0 || !table_entry(f, is_mini ? &f->mini_fat : &f->fat, sector, &sector))
            break;
    }
}

/* ---- facts --------------------------------------------------------------------------------------------------------- */

static void say_property(sink_t *sink, const char *key, span_t section, uint32_t at)
{
    reader_t r    = reader_at(section, at);
    uint32_t type = read_le32(&r);
    if (type == PROPERTY_LPSTR) {
        span_t text = read_span(&r, read_le32(&r));
        if (text.size > 0)
            sink_fact_printf(sink, key, "%.*s", (int)min_u64(text.size, TEXT_SHORT_MAX), (const char *)text.at);
    } else if (type == PROPERTY_LPWSTR) {
        buffer_t text = {.limit = 4 * TEXT_SHORT_MAX};
        utf16le_append_text(&text, read_span(&r, min_u64(read_le32(&r), TEXT_SHORT_MAX) * 2));
        if (text.size > 0)
            sink_fact_printf(sink, key, "%.*s", (int)min_u64(text.size, TEXT_SHORT_MAX), (const char *)text.at);
        buffer_free(&text);
    } else if (type == PROPERTY_FILETIME) {
        uint64_t time = read_le64(&r) / 10000000;
        if (time > FILETIME_UNIX)
            sink_fact_printf(sink, key, "%llu", (unsigned long long)(time - FILETIME_UNIX));
    } else if (type == PROPERTY_I4 || type == PROPERTY_I2) {
        sink_fact_printf(sink, key, "%u", (unsigned)read_le(&r, type == PROPERTY_I4 ? 4 : 2));
    }
}

/* The stream "\005SummaryInformation": byte order, version, system, class, number of sections, then class and offset of the first. */
static void say_summary(sink_t *sink, span_t bytes)
{
    static const struct { uint32_t id; const char *key; } properties[] = {
        {1, "ole2.codepage"}, {2, "ole2.title"}, {3, "ole2.subject"}, {4, "ole2.author"}, {5, "ole2.keywords"}, {6, "ole2.comments"},
        {7, "ole2.template"},
        {8, "ole2.last-author"}, {9, "ole2.revision"}, {12, "ole2.created"}, {13, "ole2.saved"}, {14, "ole2.schema"}, {18, "ole2.application"},
        {19, "ole2.security"},
    };
    reader_t r = reader_from(bytes);
    if (read_le16(&r) != 0xFFFE)
        return;
    reader_skip(&r, 26 + 16);
    span_t section = span_from_offset(bytes, read_le32(&r));
    r              = reader_from(section);
    reader_skip(&r, 4);
    uint32_t count = read_le32(&r);
    for (uint32_t i = 0; i < count && i < PROPERTIES_MAX; i++) {
        uint32_t id = read_le32(&r), at = read_le32(&r);
        if (!reader_ok(&r))
            break;
        for (size_t j = 0; j < sizeof properties / sizeof properties[0]; j++)
            if (properties[j].id == id)
                say_property(sink, properties[j].key, section, at);
    }
}

/* What kind of file it is: by the class of the root, else by a stream that tells it. */
static void say_facts(cfb_t *f)
{
    static const struct { const char *class, *kind; } classes[] = {
        {"\x84\x10\x0C", "Windows Installer package"}, {"\x86\x10\x0C", "Windows Installer patch"}, {"\x82\x10\x0C", "Windows Installer transform"},
    };
    static const struct { const char *stream, *kind; } streams[] = {
        {"WordDocument", "Word document"}, {"Workbook", "Excel workbook"}, {"Book", "Excel workbook"},
        {"PowerPoint Document", "PowerPoint presentation"},
        {"EncryptedPackage", "encrypted Office document"}, {"__nameid_version1.0", "Outlook message"}, {"Contents", "structured storage"},
    };
    cfb_entry_t entry;
    const char *kind = NULL;
    sink_fact_printf(f->sink, "ole2.version", "%u", (unsigned)f->header.major);
    for (size_t i = 0; read_entry(f, 0, &entry) && i < sizeof classes / sizeof classes[0]; i++)
        if (span_has_text_at(entry.class, 0, classes[i].class))
            kind = classes[i].kind;
    for (uint64_t i = 1; i < f->entries; i++) {
        if (!read_entry(f, i, &entry) || entry.type == TYPE_ROOT)
            continue;
        span_t name = name_of(&f->name, entry.name);
        for (size_t j = 0; kind == NULL && j < sizeof streams / sizeof streams[0]; j++)
            if (span_equal(name, span_from_text(streams[j].stream)))
                kind = streams[j].kind;
        if (span_equal(name, span_from_text("\005SummaryInformation")) && entry.type == TYPE_STREAM) {
            buffer_t bytes = {.limit = 2 * SUMMARY_MAX};
            gather(f, &entry, &bytes);
            say_summary(f->sink, buffer_span(&bytes));
            buffer_free(&bytes);
        } else if (span_equal(name, span_from_text("EncryptedPackage"))) {
            sink_limit(f->sink, sector_at(f, min_u64(entry.start, f->in_image)), 0, "encrypted", "an Office document encrypted with a password");
        }
    }
    if (kind != NULL)
        sink_fact(f->sink, "ole2.kind", kind);
}

/* Streams and storages that the tree does not show are shown all the same: somebody may have taken them out of it. */
static void show_unlisted(cfb_t *f, fs_tree_t *tree)
{
    cfb_entry_t entry;
    for (uint64_t i = 1; i < f->entries; i++) {
        if (!read_entry(f, i, &entry) || entry.type == TYPE_ROOT || fs_tree_seen(tree, i) || test_and_set(f->listed, i))
            continue;
        char path[64];
        int  size = snprintf(path, sizeof path, FS_LOST_PATH "%llu", (unsigned long long)i);
        sink_damage(f->sink, 0, 0, "a directory entry is in use, but no storage lists it");
        if (!status_ok(fs_tree_show(tree, span_from(path, (size_t)size), i)))
            break;
    }
}

static status_t ole2_extract(span_t image, sink_t *sink)
{
    static const fs_operations_t operations = {.format = "ole2", .read = tree_read, .list = tree_list, .write = tree_write};
    cfb_t                        f;
    if (!begin(&f, image, sink)) {
        finish(&f);
        return status_fail(STATUS_REJECTED, "ole2", 0, "not a compound file");
    }
    fs_tree_t *tree = fs_tree_new(sink, &operations, &f);
    f.taken         = calloc(1, (size_t)f.in_image / 8 + 1);
    status_t status = ok();
    if (tree == NULL || f.taken == NULL) {
        status = status_fail(STATUS_MEMORY, "ole2", 0, "out of memory");
    } else {
        sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
        if (f.header.shift > 9 && span_is_filled_with(span_clip(image, HEADER_SIZE, sector_size(&f) - HEADER_SIZE), 0))
            sink_claim(sink, HEADER_SIZE, min_u64(sector_size(&f), image.size) - HEADER_SIZE, REGION_PADDING);
        if (end_of(&f) > round_up(image.size, sector_size(&f)))
            sink_damage(sink, image.size, 0, "the image ends before the compound file does");
        claim_sectors(&f, &f.fat);
        claim_sectors(&f, &f.difat);
        f.directory = read_chain(&f, f.header.directory, "the chain of the directory is broken");
        f.entries   = (uint64_t)f.directory.count << (f.header.shift - 7);
        f.mini_fat  = read_chain(&f, f.header.mini_fat, "the chain of the mini FAT is broken");
        claim_sectors(&f, &f.directory);
        claim_sectors(&f, &f.mini_fat);
        cfb_entry_t root;
        if (read_entry(&f, 0, &root) && root.type == TYPE_ROOT)
            f.mini = read_chain(&f, root.start, "the chain of the mini stream is broken");
        f.mini_taken = calloc(1, ((size_t)f.mini.count << (f.header.shift - MINI_SHIFT)) / 8 + 1);
        f.listed     = calloc(1, (size_t)f.entries / 8 + 1);
        if (f.mini_taken == NULL || f.listed == NULL) {
            status = status_fail(STATUS_MEMORY, "ole2", 0, "out of memory");
        } else if (f.entries == 0) {
            sink_damage(sink, 0, 0, "there is no directory to be read");
        } else {
            f.listed[0] = 1;
            say_facts(&f);
            status = fs_tree_walk(tree, 0);
            if (status_ok(status))
                show_unlisted(&f, tree);
        }
    }
    fs_tree_free(tree);
    finish(&f);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {MAGIC("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 0)};

const extractor_t ole2_extractor = {
    .id = "ole2", .name = "Compound File Binary (OLE2, MSI)", .specification = "[MS-CFB]; [MS-OLEPS]; Wine, dlls/msi/table.c (names)",
    .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = ole2_probe, .extent = ole2_extent, .extract = ole2_extract,
};
