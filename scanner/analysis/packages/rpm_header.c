#include "analysis/packages/rpm_header.h"

#include "analysis/packages/purl.h"

enum {
    ENTRY = 16, ENTRIES_MAX = 65536, TYPE_STRING = 6, TYPE_INT32 = 4, TYPE_STRINGS = 8, TYPE_I18N = 9,
    TAG_NAME = 1000, TAG_VERSION = 1001, TAG_RELEASE = 1002, TAG_EPOCH = 1003, TAG_VENDOR = 1011, TAG_LICENCE = 1014, TAG_ARCH = 1022,
        TAG_SOURCE = 1044,
    TAG_PROVIDES = 1047, TAG_REQUIRES = 1049, TAG_REQUIRED_VERSIONS = 1050, TAG_DIR_INDEXES = 1116, TAG_BASE_NAMES = 1117, TAG_DIR_NAMES = 1118
};

typedef struct { span_t index, data; } rpm_header_t;

static bool open_header(span_t bytes, rpm_header_t *h)
{
    reader_t r       = reader_from(bytes);
    uint32_t entries = read_be32(&r), size = read_be32(&r);
    if (entries == 0 || entries > ENTRIES_MAX)
        return false;
    h->index = read_span(&r, (uint64_t)entries * ENTRY);
    h->data  = read_span(&r, min_u64(size, reader_left(&r))); /* what is there of a header that was cut */
    return reader_ok(&r) && h->data.size > 0;
}

/* The bytes of a tag from its first on, and how many items it has. */
static span_t find_tag(const rpm_header_t *h, uint32_t tag, uint32_t type, uint32_t *count)
{
    reader_t r = reader_from(h->index);
    while (reader_left(&r) >= ENTRY) {
        uint32_t t = read_be32(&r), kind = read_be32(&r), offset = read_be32(&r), items = read_be32(&r);
        if (t != tag || (kind != type && !(type == TYPE_STRING && kind == TYPE_I18N)))
            continue;
        *count = items;
        return offset < h->data.size ? span_from_offset(h->data, offset) : (span_t){NULL, 0};
    }
    *count = 0;
    return (span_t){NULL, 0};
}

static bool next_string(span_t *rest, span_t *text)
{
    const uint8_t *nul = rest->size > 0 ? memchr(rest->at, '\0', rest->size) : NULL;
    if (nul == NULL)
        return false;
    *text = span_sub(*rest, 0, (uint64_t)(nul - rest->at));
    *rest = span_from_offset(*rest, text->size + 1);
    return true;
}

static span_t string_of(const rpm_header_t *h, uint32_t tag)
{
    uint32_t count;
    span_t   rest = find_tag(h, tag, TYPE_STRING, &count), text = {NULL, 0};
    return next_string(&rest, &text) && text.size > 0 ? text : (span_t){NULL, 0};
}

/* Where a part of the header stands in the blob; the piece that it begins in when it goes over its end. */
static span_t place_of(span_t header, span_t part, const rpm_piece_t *pieces, size_t count, bool *whole)
{
    uint64_t at = (uint64_t)(part.at - header.at);
    size_t   i  = 0;
    while (i + 1 < count && pieces[i + 1].logical <= at)
        i++;
    span_t there = span_sub(pieces[i].at, at - pieces[i].logical, part.size);
    *whole       = there.at != NULL;
    return *whole ? there : pieces[i].at;
}

static const char *space_of(span_t vendor)
{
    static const struct { const char *word, *space; } known[] = {
        {"Fedora", "fedora"}, {"Red Hat", "redhat"}, {"CentOS", "centos"}, {"SUSE", "opensuse"}, {"Rocky", "rocky"}, {"AlmaLinux", "almalinux"},
            {"Amazon", "amzn"},
        {"Oracle", "oracle"}, {"Mageia", "mageia"}, {"openEuler", "openeuler"}, {"ALT Linux", "altlinux"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_holds(vendor, known[i].word))
            return known[i].space;
    return NULL;
}

/* "libc.so.6(GLIBC_2.34)(64bit)" is a soname, "rpmlib(…)" and "config(…)" are no software, "/bin/sh" is a file. */
static void say_capability(package_scan_t *scan, relation_kind_t kind, const char *purl, const char *space, span_t name, span_t version, span_t place)
{
    span_t base = name;
    size_t open = 0;
    while (open < name.size && name.at[open] != '(')
        open++;
    base.size = open;
    if (text_begins(name, "rpmlib(") || text_begins(name, "config(") || name.size == 0 || name.at[0] == '/')
        return;
    if (text_holds(base, ".so"))
        say_relation(scan, kind, purl, arena_printf(scan->arena, "soname:%.*s", (int)base.size, (const char *)base.at), (span_t){NULL, 0}, place);
    else if (open == name.size)
        say_relation_to_package(scan, kind, purl, "rpm", space, name, version, place);
}

static void say_capabilities(package_scan_t *scan, const rpm_header_t *h, relation_kind_t kind, uint32_t tag, const char *purl, const char *space,
                             span_t place)
{
    uint32_t count, versions;
    span_t   rest = find_tag(h, tag, TYPE_STRINGS, &count), name, version = {NULL, 0}, previous = {NULL, 0};
    span_t   of   = kind == RELATION_DEPENDS_ON ? find_tag(h, TAG_REQUIRED_VERSIONS, TYPE_STRINGS, &versions) : (span_t){NULL, 0};
    for (uint32_t i = 0; i < count && next_string(&rest, &name) && !scan->full; i++) {
        if (of.at != NULL && !next_string(&of, &version))
            version = (span_t){NULL, 0};
        if (!span_equal(name, previous))
            say_capability(scan, kind, purl, space, name, version.size > 0 ? version : (span_t){NULL, 0}, place);
        previous = name;
    }
}

static void say_files(package_scan_t *scan, const rpm_header_t *h, const char *purl, span_t place)
{
    uint32_t count, folders, indexes;
    span_t   names = find_tag(h, TAG_BASE_NAMES, TYPE_STRINGS, &count), name, rest = find_tag(h, TAG_DIR_NAMES, TYPE_STRINGS, &folders);
    reader_t index = reader_from(find_tag(h, TAG_DIR_INDEXES, TYPE_INT32, &indexes));
    span_t  *folder = folders <= ENTRIES_MAX ? arena_array(scan->arena, folders, sizeof *folder) : NULL;
    uint32_t known = 0;
    while (folder != NULL && known < folders && next_string(&rest, &folder[known]))
        known++;
    for (uint32_t i = 0; i < count && next_string(&names, &name) && !scan->full; i++) {
        uint32_t at = read_be32(&index);
        if (reader_ok(&index) && at < known && folder[at].size + name.size < TEXT_SHORT_MAX)
            say_relation(scan, RELATION_CONTAINS, purl, arena_printf(scan->arena, "path:%.*s%.*s", (int)folder[at].size, (const char *)folder[at].at,
                                                                     (int)name.size, (const char *)name.at),
                         (span_t){NULL, 0}, place);
    }
}

/* "bash-5.2.15-3.fc38.src.rpm": the name ends before the second dash from the right. */
static void say_source(package_scan_t *scan, span_t file, const char *purl, const char *space, span_t place)
{
    size_t dashes = 0, at = file.size;
    while (at > 0 && dashes < 2)
        dashes += file.at[--at] == '-' ? 1 : 0;
    if (dashes < 2 || at == 0 || !text_ends(file, ".src.rpm"))
        return;
    const char *name = say_text(scan, span_sub(file, 0, at)),
        *version = say_text(scan, span_sub(file, at + 1, file.size - at - 1 - strlen(".src.rpm")));
    if (name != NULL && version != NULL)
        say_relation(scan, RELATION_GENERATED_FROM, purl, purl_of("rpm", space, name, version, "src", scan->arena), (span_t){NULL, 0}, place);
}

bool rpm_say_header(package_scan_t *scan, span_t bytes, const rpm_piece_t *pieces, size_t count)
{
    rpm_header_t h;
    uint32_t     epochs;
    if (!open_header(bytes, &h))
        return false;
    span_t   name = string_of(&h, TAG_NAME), version = string_of(&h, TAG_VERSION), release = string_of(&h, TAG_RELEASE),
        vendor = string_of(&h, TAG_VENDOR);
    span_t   epoch = find_tag(&h, TAG_EPOCH, TYPE_INT32, &epochs);
    reader_t e     = reader_from(epoch);
    uint32_t value = epochs == 1 ? read_be32(&e) : 0;
    if (name.at == NULL || version.at == NULL || release.at == NULL || text_is(name, "gpg-pubkey"))
        return name.at != NULL && text_is(name, "gpg-pubkey"); /* a key in a package's clothes */
    char *full = value > 0 ? arena_printf(scan->arena, "%u:%.*s-%.*s", (unsigned)value, (int)version.size, (const char *)version.at,
                                          (int)release.size, (const char *)release.at)
                           : arena_printf(scan->arena, "%.*s-%.*s", (int)version.size, (const char *)version.at, (int)release.size,
                                          (const char *)release.at);
    bool        whole;
    span_t      place = place_of(bytes, name, pieces, count, &whole);
    const char *space = space_of(vendor);
    const char *purl  = full != NULL ? say_package(scan,
                                                   &(package_t){.type = "rpm", .space = space, .name = name, .version = span_from_text(full),
                                                                .arch = string_of(&h, TAG_ARCH),
                                                                      .licence = string_of(&h, TAG_LICENCE), .supplier = vendor, .evidence = place,
                                                                          .is_decoded = !whole,
                                                                      .scope = SCOPE_INSTALLED})
                                     : NULL;
    if (purl == NULL)
        return true;
    say_source(scan, string_of(&h, TAG_SOURCE), purl, space, place);
    say_capabilities(scan, &h, RELATION_DEPENDS_ON, TAG_REQUIRES, purl, space, place);
    say_capabilities(scan, &h, RELATION_PROVIDES, TAG_PROVIDES, purl, space, place);
    say_files(scan, &h, purl, place);
    return true;
}
