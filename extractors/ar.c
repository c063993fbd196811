/* ar: "!<arch>\n", then members at even offsets: a header of 60 characters (name, time, owner, group, mode in octal, size,
 * "`\n") and the data. Long names: GNU keeps them in a member "//" and refers to them by "/offset", BSD writes "#1/length" and
 * the name before the data. Symbol tables are members called "/", "/SYM64/" or "__.SYMDEF…". A thin archive ("!<thin>\n")
 * only names files outside of it. Debian packages are ar archives whose first member is debian-binary. Sources: ar(5) of
 * FreeBSD; GNU binutils, bfd/archive.c; deb(5). */
#include "extractors/extractor.h"

enum { AR_MAGIC = 8, AR_HEADER = 60 };

typedef struct {
    uint64_t at, data, size, end; /* data and size: of the content, behind a BSD name; end: even, may lie beyond the image */
    span_t   name;
    bool     is_symbols, is_names;
    uint32_t mode, uid, gid;
    bool     has_meta;
    int64_t  mtime;
} member_t;

/* A number filled up with blanks; false when there is anything else. An empty field is 0. */
static bool read_number(span_t field, unsigned base, uint64_t *value)
{
    size_t i = 0;
    *value   = 0;
    for (; i < field.size && field.at[i] >= '0' && (unsigned)(field.at[i] - '0') < base; i++)
        *value = *value * base + (unsigned)(field.at[i] - '0');
    return span_is_filled_with(span_from_offset(field, i), ' ') && (i == field.size || field.at[i] == ' ');
}

static bool is_header(span_t image, uint64_t at)
{
    span_t   header = span_sub(image, at, AR_HEADER);
    uint64_t size;
    return header.at != NULL && header.at[58] == '`' && header.at[59] == '\n' && read_number(span_sub(header, 48, 10), 10, &size) && header.at[48] != ' ';
}

static span_t without_blanks(span_t s)
{
    while (s.size > 0 && s.at[s.size - 1] == ' ')
        s.size--;
    return s;
}

/* GNU: the name at `offset` of the "//" member, up to "/\n" or a line end. */
static span_t long_name(span_t names, uint64_t offset)
{
    span_t         rest = span_from_offset(names, offset);
    const uint8_t *end  = rest.size > 0 ? memchr(rest.at, '\n', rest.size) : NULL;
    span_t         name = end != NULL ? span_clip(rest, 0, (uint64_t)(end - rest.at)) : rest;
    return name.size > 1 && name.at[name.size - 1] == '/' ? span_clip(name, 0, name.size - 1) : name;
}

static void read_name(span_t image, span_t field, span_t names, member_t *m)
{
    uint64_t number;
    m->name = without_blanks(field);
    if (span_has_text_at(field, 0, "#1/") && read_number(span_from_offset(field, 3), 10, &number) && number <= m->size) {
        span_t name = span_clip(image, m->data, number);
        m->name     = span_clip(name, 0, name.size > 0 ? strnlen((const char *)name.at, name.size) : 0);
        m->data += number;
        m->size -= number;
    } else if (span_equal(m->name, span_from_text("//"))) {
        m->is_names = true;
    } else if (span_equal(m->name, span_from_text("/")) || span_equal(m->name, span_from_text("/SYM64/"))) {
        m->is_symbols = true;
    } else if (m->name.size > 1 && m->name.at[0] == '/' && read_number(span_from_offset(field, 1), 10, &number)) {
        m->name = long_name(names, number);
    } else if (m->name.size > 1 && m->name.at[m->name.size - 1] == '/') {
        m->name.size--;
    }
    if (span_has_text_at(m->name, 0, "__.SYMDEF"))
        m->is_symbols = true;
}

static bool read_member(span_t image, uint64_t at, span_t names, member_t *m)
{
    if (!is_header(image, at))
        return false;
    *m             = (member_t){.at = at, .data = at + AR_HEADER};
    span_t  header = span_sub(image, at, AR_HEADER);
    uint64_t mtime, uid, gid, mode;
    m->has_meta = read_number(span_sub(header, 16, 12), 10, &mtime) && read_number(span_sub(header, 28, 6), 10, &uid) &&
                  read_number(span_sub(header, 34, 6), 10, &gid) && read_number(span_sub(header, 40, 8), 8, &mode);
    (void)read_number(span_sub(header, 48, 10), 10, &m->size);
    m->end   = round_up(m->data + m->size, 2); /* ten digits: no overflow */
    m->mtime = (int64_t)mtime;
    m->uid   = (uint32_t)uid;
    m->gid   = (uint32_t)gid;
    m->mode  = (uint32_t)mode & 07777;
    read_name(image, span_sub(header, 0, 16), names, m);
    return true;
}

static bool is_thin(span_t image) { return span_has_text_at(image, 0, "!<thin>\n"); }
static bool has_magic(span_t image) { return span_has_text_at(image, 0, "!<arch>\n") || is_thin(image); }

/* In a thin archive only the tables have their data here. */
static bool has_data(const member_t *m, bool thin) { return !thin || m->is_names || m->is_symbols; }

typedef struct { span_t image, names; uint64_t at; bool thin; } walk_t;

static bool walk_next(walk_t *w, member_t *m)
{
    if (!read_member(w->image, w->at, w->names, m))
        return false;
    if (m->is_names)
        w->names = span_clip(w->image, m->data, m->size);
    w->at = has_data(m, w->thin) ? min_u64(m->end, w->image.size) : m->data;
    return true;
}

static walk_t walk_of(span_t image) { return (walk_t){.image = image, .at = AR_MAGIC, .thin = is_thin(image)}; }

static unsigned ar_probe(span_t image)
{
    if (!has_magic(image))
        return 0;
    walk_t   w = walk_of(image);
    member_t m;
    if (image.size == AR_MAGIC)
        return 64;
    return walk_next(&w, &m) ? 64 + 32 : image.size < AR_MAGIC + AR_HEADER ? 64 : 0;
}

/* The byte that makes an odd end even belongs to the archive only where it is there. */
static uint64_t end_of(span_t image, const member_t *m, bool thin)
{
    if (!has_data(m, thin))
        return m->data;
    uint64_t data_end = m->data + m->size;
    bool     filled   = m->end > data_end && data_end < image.size && image.at[data_end] == '\n';
    return min_u64(filled ? m->end : data_end, image.size);
}

static uint64_t ar_extent(span_t image)
{
    walk_t   w   = walk_of(image);
    uint64_t end = AR_MAGIC;
    for (member_t m; walk_next(&w, &m);)
        end = end_of(image, &m, w.thin);
    return end;
}

static void claim_member(span_t image, sink_t *sink, const member_t *m, bool thin)
{
    sink_claim(sink, m->at, AR_HEADER, REGION_STRUCTURE);
    if (m->data > m->at + AR_HEADER)
        sink_claim(sink, m->at + AR_HEADER, min_u64(m->data, image.size) - (m->at + AR_HEADER), REGION_STRUCTURE);
    uint64_t end = end_of(image, m, thin), data_end = m->data + m->size;
    if (has_data(m, thin) && end > data_end)
        sink_claim(sink, data_end, end - data_end, REGION_PADDING);
    if (!m->is_names && !m->is_symbols)
        return;
    span_t table = span_clip(image, m->data, m->size);
    sink_claim(sink, m->data, table.size, REGION_STRUCTURE);
    if (table.size < m->size)
        sink_damage(sink, m->data, table.size, "the image ends before this table of the archive does");
}

/* False: a limit is reached. */
static bool say_child(sink_t *sink, const member_t *m)
{
    child_info_t info = {.path = m->name, .type = CHILD_FILE, .has_mode = m->has_meta, .has_owner = m->has_meta, .has_mtime = m->has_meta,
        .mode = m->mode, .uid = m->uid, .gid = m->gid, .mtime = m->mtime};
    child_t *child = sink_child(sink, &info);
    if (child == NULL)
        return false;
    child_range(child, m->data, m->size);
    sink_end_child(sink);
    return true;
}

static const char *kind_of(bool thin, bool debian, bool symbols) { return thin ? "thin" : debian ? "deb" : symbols ? "static library" : "archive"; }

static status_t ar_extract(span_t image, sink_t *sink)
{
    if (!has_magic(image))
        return status_fail(STATUS_REJECTED, "ar", 0, "not an ar archive");
    walk_t   w = walk_of(image);
    member_t m;
    bool     debian = false, symbols = false;
    uint64_t count = 0;
    sink_claim(sink, 0, AR_MAGIC, REGION_STRUCTURE);
    for (; walk_next(&w, &m); count++) {
        claim_member(image, sink, &m, w.thin);
        debian |= count == 0 && span_equal(m.name, span_from_text("debian-binary"));
        symbols |= m.is_symbols;
        if (!m.is_names && !m.is_symbols && !w.thin && !say_child(sink, &m))
            return ok();
    }
    if (w.at < image.size && w.at + AR_HEADER > image.size)
        sink_note(sink, w.at, "fewer bytes than a header follow the last member of the archive");
    sink_fact(sink, "ar.kind", kind_of(w.thin, debian, symbols));
    sink_fact_printf(sink, "ar.members", "%llu", (unsigned long long)count);
    return ok();
}

static const magic_t magics[] = {MAGIC("!<arch>\n", 0), MAGIC("!<thin>\n", 0)};

const extractor_t ar_extractor = {
    .id = "ar", .name = "ar", .specification = "FreeBSD, ar(5); GNU binutils, bfd/archive.c; Debian, deb(5)", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = ar_probe, .extent = ar_extent, .extract = ar_extract,
};
