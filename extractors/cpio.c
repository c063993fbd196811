/* cpio in its four layouts: "newc" (magic 070701, 110 bytes of hexadecimal digits, everything aligned to 4), "crc" (070702, the
 * same with a sum over each file's bytes), "odc" (070707, 76 bytes of octal digits, no alignment) and the old binary one (magic
 * 071C7 in 16-bit words of either order, aligned to 2). A member is a header, a name with its NUL, and data; the last one is
 * called "TRAILER!!!". An initramfs is several archives with zeros between them. In newc and crc only the last of several hard
 * links carries the data. Sources: Linux, Documentation/driver-api/early-userspace/buffer-format.rst; cpio(5) of libarchive. */
#include "extractors/extractor.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <sys/stat.h>

typedef enum { LAYOUT_NEWC, LAYOUT_CRC, LAYOUT_ODC, LAYOUT_LITTLE, LAYOUT_BIG } layout_t;
enum { NEWC_HEADER = 110, ODC_HEADER = 76, BINARY_HEADER = 26, BINARY_MAGIC = 070707, NAME_MOST = 65536 };
enum { RESYNC_MOST = 1 << 20, ARCHIVE_BLOCK = 512, BINARY_NAME_MOST = 1024 };

typedef struct {
    layout_t layout;
    uint64_t at, header_size, name_size; /* name_size: with its NUL */
    uint64_t data, size, end;            /* end: where the next header begins; may lie beyond the image */
    uint64_t ino, dev_major, dev_minor;
    uint32_t mode, uid, gid, nlink, rdev_major, rdev_minor, check;
    int64_t  mtime;
    span_t   name;
} member_t;

/* A number of `digits` digits to the base 8 or 16; fails the reader where there are others. */
static uint64_t read_digits(reader_t *r, unsigned digits, unsigned base)
{
    span_t   s     = read_span(r, digits);
    uint64_t value = 0;
    for (size_t i = 0; i < s.size; i++) {
        uint8_t  c     = s.at[i];
        unsigned digit = c >= '0' && c <= '9' ? c - (unsigned)'0' : c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10 : c >= 'A' && c <= 'F' ? c - (unsigned)'A' + 10 : 16;
        if (digit >= base)
            r->failed = true;
        value = value * base + digit;
    }
    return value;
}

static void read_newc(reader_t *r, member_t *m)
{
    uint32_t field[13];
    for (size_t i = 0; i < 13; i++)
        field[i] = (uint32_t)read_digits(r, 8, 16);
    m->ino = field[0], m->mode = field[1], m->uid = field[2], m->gid = field[3], m->nlink = field[4], m->mtime = field[5], m->size = field[6];
    m->dev_major = field[7], m->dev_minor = field[8], m->rdev_major = field[9], m->rdev_minor = field[10], m->name_size = field[11], m->check = field[12];
}

static void read_odc(reader_t *r, member_t *m)
{
    m->dev_major  = read_digits(r, 6, 8);
    m->ino        = read_digits(r, 6, 8);
    m->mode       = (uint32_t)read_digits(r, 6, 8);
    m->uid        = (uint32_t)read_digits(r, 6, 8);
    m->gid        = (uint32_t)read_digits(r, 6, 8);
    m->nlink      = (uint32_t)read_digits(r, 6, 8);
    uint32_t rdev = (uint32_t)read_digits(r, 6, 8);
    m->rdev_major = rdev >> 8;
    m->rdev_minor = rdev & 255;
    m->mtime      = (int64_t)read_digits(r, 11, 8);
    m->name_size  = read_digits(r, 6, 8);
    m->size       = read_digits(r, 11, 8);
}

static void read_binary(reader_t *r, member_t *m)
{
    uint16_t word[12]; /* 32-bit values have their high word first, whatever the order of bytes */
    for (size_t i = 0; i < 12; i++)
        word[i] = m->layout == LAYOUT_BIG ? read_be16(r) : read_le16(r);
    m->dev_major = word[0], m->ino = word[1], m->mode = word[2], m->uid = word[3], m->gid = word[4], m->nlink = word[5];
    m->rdev_major = word[6] >> 8, m->rdev_minor = word[6] & 255;
    m->mtime      = (int64_t)((uint32_t)word[7] << 16 | word[8]);
    m->name_size  = word[9];
    m->size       = (uint32_t)word[10] << 16 | word[11];
}

static bool layout_at(span_t image, uint64_t at, layout_t *layout)
{
    static const struct { char magic[7]; uint8_t size, layout; } magics[] = {
        {"070701", 6, LAYOUT_NEWC}, {"070702", 6, LAYOUT_CRC}, {"070707", 6, LAYOUT_ODC}, {"\xC7\x71", 2, LAYOUT_LITTLE}, {"\x71\xC7", 2, LAYOUT_BIG},
    };
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (span_holds(image, at, magics[i].size) && memcmp(image.at + at, magics[i].magic, magics[i].size) == 0) {
            *layout = (layout_t)magics[i].layout;
            return true;
        }
    return false;
}

static uint64_t alignment(layout_t layout) { return layout <= LAYOUT_CRC ? 4 : layout == LAYOUT_ODC ? 1 : 2; }

static bool is_trailer(const member_t *m) { return span_equal(m->name, span_from_text("TRAILER!!!")); }

static bool mode_is_sane(const member_t *m)
{
    switch (m->mode & S_IFMT) {
    case S_IFREG: case S_IFDIR: case S_IFLNK: case S_IFCHR: case S_IFBLK: case S_IFIFO: case S_IFSOCK: return m->mode <= 0177777;
    default: return false;
    }
}

typedef enum { MEMBER_NONE, MEMBER_CUT, MEMBER_READ } found_t;

static found_t read_member(span_t image, uint64_t at, member_t *m)
{
    *m         = (member_t){.at = at};
    reader_t r = reader_at(image, at);
    if (!layout_at(image, at, &m->layout))
        return MEMBER_NONE;
    bool text      = m->layout <= LAYOUT_ODC;
    m->header_size = m->layout <= LAYOUT_CRC ? NEWC_HEADER : m->layout == LAYOUT_ODC ? ODC_HEADER : BINARY_HEADER;
    if (!span_holds(image, at, m->header_size))
        return MEMBER_CUT;
    reader_skip(&r, text ? 6 : 2);
    if (m->layout <= LAYOUT_CRC)
        read_newc(&r, m);
    else if (m->layout == LAYOUT_ODC)
        read_odc(&r, m);
    else
        read_binary(&r, m);
    if (!reader_ok(&r) || m->name_size == 0 || m->name_size > (text ? NAME_MOST : BINARY_NAME_MOST))
        return MEMBER_NONE;
    span_t name = span_sub(image, at + m->header_size, m->name_size);
    if (name.at == NULL)
        return MEMBER_CUT;
    if (name.at[name.size - 1] != 0)
        return MEMBER_NONE;
    m->name = span_clip(name, 0, strnlen((const char *)name.at, name.size));
    if (!is_trailer(m) && !mode_is_sane(m))
        return MEMBER_NONE;
    m->data = round_up(at + m->header_size + m->name_size, alignment(m->layout));
    m->end  = round_up(m->data + m->size, alignment(m->layout)); /* at most 2^33 beyond a position in memory: no overflow */
    return MEMBER_READ;
}

/* ---- the walk over members, archives and what lies between them ---- */

typedef enum { WALK_MEMBER, WALK_TRAILER, WALK_PADDING, WALK_LOST, WALK_CUT, WALK_END } event_t;
typedef struct {
    span_t   image;
    uint64_t at;
    uint64_t from;     /* of PADDING, LOST and CUT: they reach from here to `at` */
    uint32_t archive;
    bool     trailed;  /* the trailer of the current archive was passed */
    bool     over;
    layout_t layout;   /* of the last member */
} walk_t;

static bool all_zero(span_t image, uint64_t from, uint64_t to) { return span_is_filled_with(span_sub(image, from, to - from), 0) && (to == from || image.at[from] == 0); }

static event_t walk_stop(walk_t *w, event_t event, uint64_t at)
{
    w->from = w->at;
    w->at   = at;
    w->over = true;
    return event;
}

/* Behind a trailer: a further archive behind zeros, or zeros up to the end of a 512-byte block. */
static event_t walk_between(walk_t *w)
{
    uint64_t next = w->at;
    while (next < w->image.size && w->image.at[next] == 0)
        next++;
    member_t m;
    uint64_t align = alignment(w->layout);
    if (next % align == 0 && read_member(w->image, next, &m) == MEMBER_READ && (m.layout <= LAYOUT_ODC || m.layout == w->layout)) {
        w->from    = w->at;
        w->at      = next;
        w->trailed = false;
        w->archive++;
        return WALK_PADDING;
    }
    uint64_t block = round_up(w->at, ARCHIVE_BLOCK);
    return walk_stop(w, WALK_PADDING, block <= next ? block : w->at);
}

/* Where a header should be and is none: the next one within bounds, or the end. */
static event_t walk_resync(walk_t *w)
{
    uint64_t step = alignment(w->layout), last = min_u64(w->image.size, w->at + RESYNC_MOST);
    member_t m;
    for (uint64_t at = round_up(w->at, step); at < last; at += step)
        if (read_member(w->image, at, &m) == MEMBER_READ && m.layout == w->layout) {
            w->from = w->at;
            w->at   = at;
            return all_zero(w->image, w->from, at) ? WALK_PADDING : WALK_LOST;
        }
    return walk_stop(w, WALK_LOST, w->at);
}

static event_t walk_next(walk_t *w, member_t *m)
{
    if (w->over)
        return WALK_END;
    if (w->trailed)
        return walk_between(w);
    switch (read_member(w->image, w->at, m)) {
    case MEMBER_CUT: return walk_stop(w, WALK_CUT, w->image.size);
    case MEMBER_NONE: return w->at < w->image.size ? walk_resync(w) : walk_stop(w, WALK_CUT, w->image.size);
    case MEMBER_READ: break;
    }
    w->layout  = m->layout;
    w->trailed = is_trailer(m);
    w->at      = min_u64(w->trailed ? m->data : m->end, w->image.size);
    return w->trailed ? WALK_TRAILER : WALK_MEMBER;
}

/* ---- hard links: which member carries the data ---- */

typedef struct { uint32_t archive, child; uint64_t ino, dev_major, dev_minor, at; } carrier_t;
typedef struct { carrier_t *all; size_t count; } carriers_t;

static int compare(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static int by_inode(const void *a, const void *b)
{
    const carrier_t *x = a, *y = b;
    int              c = compare(x->archive, y->archive);
    c                  = c != 0 ? c : compare(x->ino, y->ino);
    c                  = c != 0 ? c : compare(x->dev_major, y->dev_major);
    return c != 0 ? c : compare(x->dev_minor, y->dev_minor);
}

static int by_inode_then_place(const void *a, const void *b)
{
    int c = by_inode(a, b);
    return c != 0 ? c : compare(((const carrier_t *)a)->at, ((const carrier_t *)b)->at);
}

static bool is_linked(const member_t *m) { return m->nlink > 1 && (m->mode & S_IFMT) == S_IFREG; }

static carrier_t key_of(const member_t *m, uint32_t archive)
{
    return (carrier_t){.archive = archive, .child = NO_CHILD, .ino = m->ino, .dev_major = m->dev_major, .dev_minor = m->dev_minor, .at = m->at};
}

/* All linked members with data, one an inode: the last. Bounded by the image, whose headers are longer than a row is. */
static bool find_carriers(span_t image, buffer_t *rows, carriers_t *carriers)
{
    walk_t   w = {.image = image};
    member_t m;
    for (event_t event; (event = walk_next(&w, &m)) != WALK_END;)
        if (event == WALK_MEMBER && is_linked(&m) && m.size > 0) {
            carrier_t row = key_of(&m, w.archive);
            buffer_append(rows, span_from(&row, sizeof row));
        }
    carriers->all   = (carrier_t *)(void *)rows->at;
    carriers->count = 0;
    size_t count    = rows->size / sizeof *carriers->all;
    if (rows->failed || count == 0)
        return !rows->failed;
    qsort(carriers->all, count, sizeof *carriers->all, by_inode_then_place);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || by_inode(&carriers->all[i], &carriers->all[i + 1]) != 0)
            carriers->all[carriers->count++] = carriers->all[i];
    return true;
}

static carrier_t *carrier_of(const carriers_t *carriers, const member_t *m, uint32_t archive)
{
    carrier_t key = key_of(m, archive);
    if (!is_linked(m) || carriers->count == 0)
        return NULL;
    return bsearch(&key, carriers->all, carriers->count, sizeof key, by_inode);
}

/* ---- what is said ---- */

static child_info_t info_of(span_t image, const member_t *m)
{
    child_info_t info = {.path = m->name, .has_mode = true, .has_owner = true, .has_mtime = true, .mode = m->mode & 07777, .uid = m->uid, .gid = m->gid,
        .mtime = m->mtime};
    switch (m->mode & S_IFMT) {
    case S_IFDIR: info.type = CHILD_DIRECTORY; break;
    case S_IFLNK:
        info.type = CHILD_SYMLINK;
        info.link = span_clip(image, m->data, m->size);
        break;
    case S_IFCHR: info.type = CHILD_CHAR_DEVICE; break;
    case S_IFBLK: info.type = CHILD_BLOCK_DEVICE; break;
    case S_IFIFO: info.type = CHILD_FIFO; break;
    case S_IFSOCK: info.type = CHILD_SOCKET; break;
    default: info.type = CHILD_FILE; break;
    }
    if (info.type == CHILD_CHAR_DEVICE || info.type == CHILD_BLOCK_DEVICE) {
        info.device_major = m->rdev_major;
        info.device_minor = m->rdev_minor;
    }
    return info;
}

static void check_sum(span_t image, const member_t *m, child_t *child)
{
    span_t   data = span_sub(image, m->data, m->size);
    uint32_t sum  = 0;
    for (size_t i = 0; i < data.size; i++)
        sum += data.at[i];
    if (m->layout == LAYOUT_CRC && data.at != NULL && sum != m->check)
        child_damage(child, m->data, m->size, "the sum in the cpio header does not agree with the file's content");
}

/* A member with its own data, if it has any. Its index, or NO_CHILD when a limit is reached. */
static uint32_t emit(span_t image, sink_t *sink, const member_t *m)
{
    child_info_t info  = info_of(image, m);
    child_t     *child = sink_child(sink, &info);
    if (child == NULL)
        return NO_CHILD;
    uint32_t index = child_index(child);
    uint64_t held  = m->data < image.size ? min_u64(m->size, image.size - m->data) : 0;
    if (info.type == CHILD_FILE) {
        child_range(child, m->data, m->size);
        check_sum(image, m, child);
    } else if (m->size > 0) {
        sink_claim(sink, m->data, held, REGION_STRUCTURE);
        if (held < m->size)
            child_damage(child, m->data, held, "the image ends before this member does");
    }
    sink_end_child(sink);
    return index;
}

static uint32_t emit_link(span_t image, sink_t *sink, const member_t *m, carrier_t *carrier)
{
    member_t first;
    if (carrier->child == NO_CHILD && read_member(image, carrier->at, &first) == MEMBER_READ)
        carrier->child = emit(image, sink, &first);
    if (carrier->child == NO_CHILD)
        return NO_CHILD;
    child_info_t info  = info_of(image, m);
    child_t     *child = sink_child(sink, &info);
    if (child == NULL)
        return NO_CHILD;
    child_same_as(child, carrier->child);
    uint32_t index = child_index(child);
    sink_end_child(sink);
    return index;
}

static void claim_frame(span_t image, sink_t *sink, const member_t *m)
{
    uint64_t name_end = m->at + m->header_size + m->name_size;
    sink_claim(sink, m->at, name_end - m->at, REGION_STRUCTURE);
    if (m->data > name_end && m->data <= image.size)
        sink_claim(sink, name_end, m->data - name_end, REGION_PADDING);
    uint64_t data_end = m->data + m->size;
    if (!is_trailer(m) && m->end > data_end && m->end <= image.size)
        sink_claim(sink, data_end, m->end - data_end, REGION_PADDING);
}

/* False: a limit is reached. */
static bool say_member(span_t image, sink_t *sink, const member_t *m, const carriers_t *carriers, uint32_t archive)
{
    claim_frame(image, sink, m);
    carrier_t *carrier = carrier_of(carriers, m, archive);
    if (carrier != NULL && m->size == 0)
        return emit_link(image, sink, m, carrier) != NO_CHILD;
    bool carries = carrier != NULL && carrier->at == m->at;
    if (carries && carrier->child != NO_CHILD)
        return true; /* said already, before the first of its links */
    uint32_t index = emit(image, sink, m);
    if (carries)
        carrier->child = index;
    return index != NO_CHILD;
}

static status_t say_all(span_t image, sink_t *sink, const carriers_t *carriers, uint32_t *archives)
{
    walk_t   w = {.image = image};
    member_t m;
    for (event_t event; (event = walk_next(&w, &m)) != WALK_END; *archives = w.archive + 1) {
        switch (event) {
        case WALK_MEMBER:
            if (!say_member(image, sink, &m, carriers, w.archive))
                return ok();
            break;
        case WALK_TRAILER: claim_frame(image, sink, &m); break;
        case WALK_PADDING: sink_claim(sink, w.from, w.at - w.from, REGION_PADDING); break;
        case WALK_LOST: sink_damage(sink, w.from, w.at - w.from, "no cpio header where one should be"); break;
        case WALK_CUT: sink_damage(sink, w.from, w.at - w.from, "the image ends before the cpio archive does"); break;
        case WALK_END: break;
        }
    }
    return ok();
}

/* ---- the extractor ---- */

static bool name_is_text(const member_t *m)
{
    for (size_t i = 0; i < m->name.size; i++)
        if (m->name.at[i] < ' ' || m->name.at[i] == 0x7F)
            return false;
    return m->name.size > 0 && m->name.size + 1 == m->name_size;
}

static unsigned cpio_probe(span_t image)
{
    member_t m, next;
    if (read_member(image, 0, &m) != MEMBER_READ)
        return 0;
    if (m.layout <= LAYOUT_ODC)
        return 48 + 64; /* of some hundred digits, each could have been something else */
    if (!name_is_text(&m))
        return 0;
    if (is_trailer(&m))
        return 16 + 80;
    bool followed = read_member(image, m.end, &next) == MEMBER_READ && next.layout == m.layout && name_is_text(&next);
    return 16 + 8 + (followed ? 16 + 16 : 0);
}

static uint64_t cpio_extent(span_t image)
{
    walk_t   w = {.image = image};
    member_t m;
    while (walk_next(&w, &m) != WALK_END)
        continue;
    return w.at;
}

static status_t cpio_extract(span_t image, sink_t *sink)
{
    static const char *const names[] = {"newc", "crc", "odc", "binary little-endian", "binary big-endian"};
    member_t                 m;
    if (read_member(image, 0, &m) != MEMBER_READ)
        return status_fail(STATUS_REJECTED, "cpio", 0, "not a cpio header");
    buffer_t   rows     = {0};
    carriers_t carriers = {0};
    uint32_t   archives = 0;
    if (!find_carriers(image, &rows, &carriers)) {
        buffer_free(&rows);
        return status_fail(STATUS_MEMORY, "cpio", 0, "no memory for the table of hard links");
    }
    status_t status = say_all(image, sink, &carriers, &archives);
    buffer_free(&rows);
    sink_fact(sink, "cpio.layout", names[m.layout]);
    if (archives > 1)
        sink_fact_printf(sink, "cpio.archives", "%u", archives);
    return status;
}

static const magic_t magics[] = {MAGIC("070701", 0), MAGIC("070702", 0), MAGIC("070707", 0), MAGIC("\xC7\x71", 0), MAGIC("\x71\xC7", 0)};

const extractor_t cpio_extractor = {
    .id = "cpio", .name = "cpio", .specification = "Linux, early-userspace/buffer-format.rst; libarchive, cpio(5)", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = cpio_probe, .extent = cpio_extent, .extract = cpio_extract,
};
