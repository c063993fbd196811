/* What compilers leave in programs about the modules that they were built from.
 * Go 1.18 and later (debug/buildinfo, "Go buildinf:"): 14 bytes of magic, pointer size, flags (2: texts follow at offset 32), each with its
 * length as a varint; the module text has 16 bytes of marks around lines "dep\tpath\tversion\tsum".
 * cargo-auditable: an ELF section .dep-v0 of JSON compressed by zlib. Linux modules: .modinfo, "key=value" texts; a module that is not of the
 * kernel's own tree (no intree=Y) is software of its own. */
#include "analysis/packages/json_pull.h"
#include "analysis/packages/reader.h"

#include <zlib.h>

enum { AUDIT_MAX = 8 << 20, INLINE_TEXTS = 2, TEXTS_AT = 32, MARKS = 16, SECTIONS_MAX = 4096 };

static bool is_program(span_t blob) { return text_begins(blob, "\x7F" "ELF") || text_begins(blob, "MZ") ||
                                     span_has_text_at(blob, 0, "\xCF\xFA\xED\xFE"); }

/* ---- Go ---------------------------------------------------------------------------------------------------------------- */

static span_t go_info(span_t blob) { return text_find(blob, "\xFF Go buildinf:"); }

bool go_buildinfo_is(span_t blob)
{
    span_t info = is_program(blob) ? go_info(blob) : (span_t){NULL, 0};
    return info.size > TEXTS_AT && (info.at[15] & INLINE_TEXTS) != 0;
}

/* A length of 7 bits a byte, the lowest first, and so many bytes. */
static span_t read_counted(reader_t *r)
{
    uint64_t length = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = read_u8(r);
        length |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            break;
    }
    return read_span(r, length);
}

/* "example.org/a/b": the last part is the name, the rest the space. */
static const char *say_go(package_scan_t *scan, span_t path, span_t version, span_t line)
{
    const uint8_t *slash = path.size > 0 ? memrchr(path.at, '/', path.size) : NULL;
    span_t         name  = slash != NULL ? span_from_offset(path, (uint64_t)(slash - path.at) + 1) : path;
    span_t         space = slash != NULL ? span_sub(path, 0, (uint64_t)(slash - path.at)) : (span_t){NULL, 0};
    bool           known = version.size > 0 && !text_is(version, "(devel)");
    return say_package(scan, &(package_t){.type = "golang", .space = say_text(scan, space), .name = name, .version = known ? version
                                          : (span_t){NULL, 0}, .evidence = line,
                                          .scope = SCOPE_OBSERVED, .confidence = 95});
}

void go_buildinfo_read(package_scan_t *scan)
{
    span_t   info    = go_info(scan->blob), line, kind, path, version;
    reader_t r       = reader_at(info, TEXTS_AT);
    span_t   go      = read_counted(&r), modules = read_counted(&r);
    const char *own  = NULL, *last = NULL;
    if (!reader_ok(&r) || (modules.size > 0 && modules.size < 2 * MARKS)) {
        say_damage(scan, info.at, "the list of Go modules ends too early");
        return;
    }
    if (text_begins(go, "go"))
        (void)say_package(scan, &(package_t){.type = "golang", .name = span_from_text("stdlib"), .version = span_from_offset(go, 2),
                                             .licence = span_from_text("BSD-3-Clause"),
                                             .evidence = go, .scope = SCOPE_OBSERVED, .confidence = 98});
    span_t text = modules.size > 0 ? span_sub(modules, MARKS, modules.size - 2 * MARKS) : modules;
    for (size_t at = 0; !scan->full && text_line(text, &at, &line);) {
        span_t rest = line;
        if (!text_part(&rest, '\t', &kind) || !text_part(&rest, '\t', &path))
            continue;
        version = (span_t){NULL, 0};
        (void)text_part(&rest, '\t', &version);
        if (text_is(kind, "mod"))
            own = say_go(scan, path, version, line);
        else if (text_is(kind, "dep") && (last = say_go(scan, path, version, line)) != NULL && own != NULL)
            say_relation(scan, RELATION_LINKED_STATICALLY, own, last, (span_t){NULL, 0}, line);
        else if (text_is(kind, "=>")) /* what really was built in place of the module before */
            (void)say_go(scan, path, version, line);
    }
}

/* ---- ELF sections ------------------------------------------------------------------------------------------------------ */

typedef struct { bool is_64, is_big; } elf_kind_t;

static uint64_t word(reader_t *r, const elf_kind_t *kind, unsigned bytes) { return kind->is_big ? read_be(r, bytes) : read_le(r, bytes); }

typedef struct { uint32_t name; uint64_t offset, size; } section_t;

static bool section_at(span_t blob, const elf_kind_t *kind, uint64_t table, uint64_t index, section_t *section)
{
    uint64_t entry = kind->is_64 ? 64 : 40, offset;
    if (!checked_mul(index, entry, &offset) || !checked_add(offset, table, &offset))
        return false;
    reader_t r    = reader_at(blob, offset);
    section->name = (uint32_t)word(&r, kind, 4);
    reader_skip(&r, kind->is_64 ? 20 : 12);
    section->offset = word(&r, kind, kind->is_64 ? 8 : 4);
    section->size   = word(&r, kind, kind->is_64 ? 8 : 4);
    return reader_ok(&r);
}

static span_t elf_section(span_t blob, const char *name)
{
    if (blob.size < 64 || !text_begins(blob, "\x7F" "ELF"))
        return (span_t){NULL, 0};
    elf_kind_t kind  = {blob.at[4] == 2, blob.at[5] == 2};
    reader_t   r     = reader_at(blob, kind.is_64 ? 0x28 : 0x20);
    uint64_t   table = word(&r, &kind, kind.is_64 ? 8 : 4);
    reader_t   c     = reader_at(blob, kind.is_64 ? 0x3C : 0x30);
    uint64_t   count = word(&c, &kind, 2), names_at = word(&c, &kind, 2);
    section_t  names, section;
    if (!reader_ok(&r) || !reader_ok(&c) || table == 0 || count > SECTIONS_MAX || !section_at(blob, &kind, table, names_at, &names))
        return (span_t){NULL, 0};
    span_t texts = span_sub(blob, names.offset, names.size);
    for (uint64_t i = 0; texts.at != NULL && i < count && section_at(blob, &kind, table, i, &section); i++)
        if (section.name < texts.size && texts.size - section.name > strlen(name) && memcmp(texts.at + section.name, name, strlen(name) + 1) == 0)
            return span_sub(blob, section.offset, section.size);
    return (span_t){NULL, 0};
}

/* ---- cargo-auditable --------------------------------------------------------------------------------------------------- */

bool cargo_audit_is(span_t blob) { return elf_section(blob, ".dep-v0").size > 0; }

/* {"packages": [{"name": …, "version": …, "source": …, "kind": "build"?, "root": true?}]} */
void cargo_audit_read(package_scan_t *scan)
{
    static const char *const keys[] = {"name", "version", "kind", NULL};
    span_t                   packed = elf_section(scan->blob, ".dep-v0"), values[3];
    uLongf                   size   = (uLongf)min_u64(AUDIT_MAX, (uint64_t)packed.size * 1032 + 64);
    uint8_t                 *text   = arena_alloc(scan->arena, size);
    int                      result = text != NULL ? uncompress(text, &size, packed.at, packed.size) : Z_MEM_ERROR;
    if (result != Z_OK) {
        say_damage(scan, packed.at, "the list of crates in .dep-v0 does not inflate");
        return;
    }
    json_pull_t j;
    if (json_pull_find(span_from(text, size), "packages", &j) && json_pull_enter(&j, '['))
        while (!scan->full && json_pull_item(&j)) {
            json_pull_fields(&j, keys, values);
            if (values[0].at != NULL && !text_is(values[2], "build"))
                (void)say_package(scan, &(package_t){.type = "cargo", .name = values[0], .version = values[1], .evidence = packed, .is_decoded = true,
                                                     .scope = SCOPE_OBSERVED, .confidence = 95});
        }
    if (j.broken)
        say_damage(scan, packed.at, "the list of crates in .dep-v0 ends too early");
}

/* ---- Linux modules ----------------------------------------------------------------------------------------------------- */

bool kernel_module_is(span_t blob) { return blob.size > 16 && elf_section(blob, ".modinfo").size > 0 &&
                                    !text_holds(elf_section(blob, ".modinfo"), "intree=Y"); }

void kernel_module_read(package_scan_t *scan)
{
    span_t info = elf_section(scan->blob, ".modinfo"), item, key, value, name = {NULL, 0}, version = {NULL, 0}, licence = {NULL, 0},
        author = {NULL, 0}, place = {NULL, 0};
    for (span_t rest = info; text_part(&rest, '\0', &item);) {
        if (!text_pair(item, '=', &key, &value))
            continue;
        span_t *field = text_is(key, "name") ? &name : text_is(key, "version") ? &version : text_is(key, "license") ? &licence
            : text_is(key, "author") ? &author : NULL;
        if (field != NULL && field->at == NULL && value.size > 0)
            *field = value;
        place = field == &name ? item : place;
    }
    if (name.at == NULL)
        return; /* kernels before 4.12 do not name their modules */
    const char *purl = say_package(scan, &(package_t){.type = "generic", .name = name, .version = version, .licence = licence, .supplier = author,
                                                      .evidence = place,
                                                      .scope = SCOPE_OBSERVED, .confidence = 90});
    for (span_t rest = info; purl != NULL && text_part(&rest, '\0', &item);)
        if (text_begins(item, "depends=") && text_pair(item, '=', &key, &value))
            for (span_t needed; text_part(&value, ',', &needed);)
                say_relation_to_package(scan, RELATION_DEPENDS_ON, purl, "generic", NULL, needed, (span_t){NULL, 0}, needed);
}
