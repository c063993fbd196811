/* Source: System V ABI, chapter 5 (dynamic section); Linux Standard Base 5.0, "Symbol Versioning" (version requirements). */
#include "analysis/elf_evidence.h"

#include "extractors/elf.h"

enum { DYNAMIC_NEEDED = 1, DYNAMIC_STRINGS = 5, DYNAMIC_STRINGS_SIZE = 10, DYNAMIC_SONAME = 14 };
enum { ENTRIES_MAX = 4096, VERSIONS_MAX_IN_ALL = 16384, NAME_BYTES_MAX = 200, NEED_CONFIDENCE = 100 };
enum { SECTION_VERSIONS_NEEDED = 0x6FFFFFFE, VERSION_NEED_SIZE = 16 };

/* What is loaded at `address`, up to the end of its segment. */
static span_t loaded_at(const elf_t *elf, uint64_t address)
{
    for (uint64_t i = 0; i < elf->segments; i++) {
        elf_segment_t segment = elf_segment(elf, i);
        if (segment.type == SEGMENT_LOAD && address >= segment.address && address - segment.address < segment.file_size)
            return span_from_offset(span_clip(elf->image, segment.offset, segment.file_size), address - segment.address);
    }
    return (span_t){NULL, 0};
}

static span_t dynamic_entries(const elf_t *elf)
{
    for (uint64_t i = 0; i < elf->segments; i++) {
        elf_segment_t segment = elf_segment(elf, i);
        if (segment.type == SEGMENT_DYNAMIC)
            return span_clip(span_clip(elf->image, segment.offset, segment.file_size), 0, (uint64_t)ENTRIES_MAX * (elf->is_64 ? 16 : 8));
    }
    return (span_t){NULL, 0};
}

static bool next_entry(const elf_t *elf, reader_t *r, uint64_t *tag, uint64_t *value)
{
    *tag   = elf_number(elf, r, elf->is_64 ? 8 : 4);
    *value = elf_number(elf, r, elf->is_64 ? 8 : 4);
    return reader_ok(r) && *tag != 0;
}

/* A name that a library could have: printable, and no path. */
static span_t library_name(span_t strings, uint64_t at)
{
    span_t name = elf_string(strings, at, NAME_BYTES_MAX + 1);
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] <= ' ' || name.at[i] > '~' || name.at[i] == '/')
            return (span_t){NULL, 0};
    return name.size <= NAME_BYTES_MAX ? name : (span_t){NULL, 0};
}

static void read_names(const elf_t *elf, elf_names_t *names)
{
    span_t   entries = dynamic_entries(elf), strings = {NULL, 0};
    uint64_t tag, value, size = 0;
    reader_t r = reader_from(entries);
    while (next_entry(elf, &r, &tag, &value)) {
        if (tag == DYNAMIC_STRINGS && strings.size == 0)
            strings = loaded_at(elf, value);
        else if (tag == DYNAMIC_STRINGS_SIZE)
            size = value;
        if (tag == DYNAMIC_STRINGS && strings.size == 0)
            return; /* not loaded: no use asking at every such entry */
    }
    strings = span_clip(strings, 0, size);
    r       = reader_from(entries);
    while (strings.size > 0 && next_entry(elf, &r, &tag, &value)) {
        span_t name = tag == DYNAMIC_NEEDED || tag == DYNAMIC_SONAME ? library_name(strings, value) : (span_t){NULL, 0};
        if (name.size == 0)
            continue;
        if (tag == DYNAMIC_SONAME)
            names->soname = name;
        else if (names->needed_count < ELF_NEEDED_MAX)
            names->needed[names->needed_count++] = name;
    }
}

/* ---- versions of symbols ------------------------------------------------------------------------------------------- */

/* Compares runs of digits as numbers, all else by byte: GLIBC_2.4 is below GLIBC_2.34. */
static int compare_versions(span_t a, span_t b)
{
    size_t i = 0, j = 0;
    while (i < a.size && j < b.size) {
        bool digits = a.at[i] >= '0' && a.at[i] <= '9' && b.at[j] >= '0' && b.at[j] <= '9';
        if (!digits) {
            if (a.at[i] != b.at[j])
                return a.at[i] < b.at[j] ? -1 : 1;
            i++, j++;
            continue;
        }
        uint64_t x = 0, y = 0;
        for (unsigned n = 0; i < a.size && a.at[i] >= '0' && a.at[i] <= '9' && n < 18; n++)
            x = x * 10 + (uint64_t)(a.at[i++] - '0');
        for (unsigned n = 0; j < b.size && b.at[j] >= '0' && b.at[j] <= '9' && n < 18; n++)
            y = y * 10 + (uint64_t)(b.at[j++] - '0');
        if (x != y)
            return x < y ? -1 : 1;
    }
    return i < a.size ? 1 : j < b.size ? -1 : 0;
}

/* Does the text before the last "_" name the same series? GLIBC_PRIVATE and GLIBCXX_3.4 are none of GLIBC_2.34. */
static bool is_numbered(span_t version)
{
    const uint8_t *line = version.size > 0 ? memrchr(version.at, '_', version.size) : NULL;
    return line != NULL && line + 1 < version.at + version.size && line[1] >= '0' && line[1] <= '9';
}

/* The newest numbered version among those of one file, at `at` of the table; `*left` bounds how many are looked at in all. */
static span_t newest_version(const elf_t *elf, span_t table, span_t strings, uint64_t at, unsigned count, unsigned *left)
{
    span_t newest = {NULL, 0};
    for (; count > 0 && *left > 0; count--, (*left)--) {
        reader_t r = reader_at(table, at);
        reader_skip(&r, 8);
        uint64_t name = elf_number(elf, &r, 4), next = elf_number(elf, &r, 4);
        if (!reader_ok(&r))
            break;
        span_t version = library_name(strings, name);
        if (is_numbered(version) && (newest.size == 0 || compare_versions(newest, version) < 0))
            newest = version;
        if (next == 0 || !checked_add(at, next, &at))
            break;
    }
    return newest;
}

typedef struct { span_t table, strings; } requirements_t;

static requirements_t find_requirements(const elf_t *elf)
{
    for (uint64_t i = 0; i < elf->sections; i++) {
        elf_section_t section = elf_section(elf, i);
        if (section.type != SECTION_VERSIONS_NEEDED || section.link >= elf->sections)
            continue;
        elf_section_t strings = elf_section(elf, section.link);
        return (requirements_t){elf_section_content(elf, &section), elf_section_content(elf, &strings)};
    }
    return (requirements_t){{NULL, 0}, {NULL, 0}};
}

/* The newest version that is asked of the library `name`; empty when none is. */
static span_t version_asked(const elf_t *elf, const requirements_t *asked, span_t name, unsigned *left)
{
    for (uint64_t at = 0; asked->table.size > 0 && *left > 0; (*left)--) {
        reader_t r = reader_at(asked->table, at);
        reader_skip(&r, 2);
        unsigned count = (unsigned)elf_number(elf, &r, 2);
        uint64_t file = elf_number(elf, &r, 4), first = elf_number(elf, &r, 4), next = elf_number(elf, &r, 4), from;
        if (!reader_ok(&r))
            break;
        if (span_equal(elf_string(asked->strings, file, NAME_BYTES_MAX), name) && checked_add(at, first, &from))
            return newest_version(elf, asked->table, asked->strings, from, count, left);
        if (next < VERSION_NEED_SIZE || !checked_add(at, next, &at))
            break;
    }
    return (span_t){NULL, 0};
}

/* ---- what is said -------------------------------------------------------------------------------------------------- */

static void say_need(const elf_t *elf, span_t name, span_t version, arena_t *arena, sink_t *sink)
{
    const char *to         = arena_printf(arena, "soname:%.*s", (int)name.size, (const char *)name.at);
    const char *constraint = version.size > 0 ? arena_printf(arena, ">= %.*s", (int)version.size, (const char *)version.at) : NULL;
    evidence_t  evidence   = {(uint64_t)(name.at - elf->image.at), name.size, "elf-needed", name, NEED_CONFIDENCE};
    if (to != NULL)
        sink_say(sink, &(record_t){.type = RECORD_RELATION, .relation = {.kind = RELATION_DEPENDS_ON, .to = to, .constraint = constraint, .evidence = evidence}});
}

void elf_evidence_examine(span_t blob, arena_t *arena, elf_names_t *names, sink_t *sink)
{
    elf_t elf;
    *names = (elf_names_t){.needed_count = 0};
    if (!elf_open(blob, &elf))
        return;
    names->is_program = elf.type == ELF_EXECUTABLE || elf.type == ELF_SHARED;
    if (!names->is_program)
        return;
    read_names(&elf, names);
    requirements_t asked = find_requirements(&elf);
    unsigned       left  = VERSIONS_MAX_IN_ALL;
    for (size_t i = 0; i < names->needed_count; i++)
        say_need(&elf, names->needed[i], version_asked(&elf, &asked, names->needed[i], &left), arena, sink);
}
