/* What an ELF file says of itself: machine, linkage, hardening, build-id, compiler; of a kernel module its .modinfo; of a
 * kernel its banner. Source: System V ABI, chapter 5; Linux, include/linux/module.h (MODULE_INFO). */
#include "extractors/elf.h"

#include "base/sha256.h"
#include "extractors/kernel_content.h"

#include <stdio.h>

enum { DYNAMIC_NEEDED = 1, DYNAMIC_STRINGS = 5, DYNAMIC_STRINGS_SIZE = 10, DYNAMIC_SONAME = 14, DYNAMIC_RPATH = 15, DYNAMIC_BIND_NOW = 24,
       DYNAMIC_RUNPATH = 29, DYNAMIC_FLAGS = 30, DYNAMIC_FLAGS_1 = 0x6FFFFFFB };
enum { FLAG_BIND_NOW = 8, FLAG_1_NOW = 1, FLAG_1_PIE = 0x08000000, SEGMENT_EXECUTABLE = 1 };
enum { NOTE_BUILD_ID = 3, NOTES_MAX = 1024, BUILD_ID_MAX = 64, NAME_MAX_BYTES = 256, LIST_MAX = 480, COMMENT_MAX = 200 };

/* A list of texts in one fact, with what does not fit told as "...". */
typedef struct { char text[TEXT_SHORT_MAX]; size_t used; bool full; } list_t;

static void list_add(list_t *list, span_t item)
{
    if (list->full || item.size == 0)
        return;
    list->full = list->used + item.size + 2 > LIST_MAX;
    int size   = snprintf(list->text + list->used, sizeof list->text - list->used, "%s%.*s", list->used > 0 ? ", " : "",
                          list->full ? 3 : (int)item.size, list->full ? "..." : (const char *)item.at);
    list->used += size > 0 ? (size_t)size : 0;
    list->used  = (size_t)min_u64(list->used, sizeof list->text - 1);
}

static void say_list(sink_t *sink, const char *key, const list_t *list)
{
    if (list->used > 0)
        sink_fact(sink, key, list->text);
}

static void say_span(sink_t *sink, const char *key, span_t text)
{
    if (text.size > 0)
        sink_fact_printf(sink, key, "%.*s", (int)min_u64(text.size, TEXT_SHORT_MAX), (const char *)text.at);
}

/* ---- header ----------------------------------------------------------------------------------------------------------- */

static void say_header(const elf_t *elf, sink_t *sink)
{
    static const char *const types[] = {"none", "relocatable", "executable", "shared", "core"};
    const char              *machine = elf_machine_name(elf->machine);
    sink_fact(sink, "elf.class", elf->is_64 ? "64" : "32");
    sink_fact(sink, "elf.endian", elf->is_big ? "big" : "little");
    if (machine != NULL)
        sink_fact(sink, "elf.machine", machine);
    else
        sink_fact_printf(sink, "elf.machine", "unknown (0x%04X)", elf->machine);
    if (elf->type <= ELF_CORE)
        sink_fact(sink, "elf.type", types[elf->type]);
    else
        sink_fact_printf(sink, "elf.type", "0x%04X", elf->type);
}

/* ---- segments --------------------------------------------------------------------------------------------------------- */

typedef struct { bool interpreted, relro, stack, stack_executable; span_t dynamic; } segments_t;

static segments_t say_segments(const elf_t *elf, sink_t *sink)
{
    segments_t found = {0};
    for (uint64_t i = 0; i < elf->segments; i++) {
        elf_segment_t segment = elf_segment(elf, i);
        span_t        bytes   = span_clip(elf->image, segment.offset, segment.file_size);
        if (segment.type == SEGMENT_INTERPRETER && !found.interpreted) {
            found.interpreted = true;
            say_span(sink, "elf.interpreter", elf_string(bytes, 0, NAME_MAX_BYTES));
        } else if (segment.type == SEGMENT_DYNAMIC && found.dynamic.size == 0) {
            found.dynamic = bytes;
        } else if (segment.type == SEGMENT_GNU_RELRO) {
            found.relro = true;
        } else if (segment.type == SEGMENT_GNU_STACK) {
            found.stack            = true;
            found.stack_executable = (segment.flags & SEGMENT_EXECUTABLE) != 0;
        }
    }
    return found;
}

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

/* ---- the dynamic section ---------------------------------------------------------------------------------------------- */

typedef struct { bool now, pie; span_t strings; } dynamic_t;

static bool next_entry(const elf_t *elf, reader_t *r, uint64_t *tag, uint64_t *value)
{
    *tag   = elf_number(elf, r, elf->is_64 ? 8 : 4);
    *value = elf_number(elf, r, elf->is_64 ? 8 : 4);
    return reader_ok(r) && *tag != 0;
}

static dynamic_t say_dynamic(const elf_t *elf, span_t entries, sink_t *sink)
{
    dynamic_t found = {0};
    list_t    needed = {0};
    uint64_t  tag, value, size = 0;
    reader_t  r = reader_from(entries);
    while (next_entry(elf, &r, &tag, &value)) {
        if (tag == DYNAMIC_STRINGS)
            found.strings = loaded_at(elf, value);
        else if (tag == DYNAMIC_STRINGS_SIZE)
            size = value;
        else if (tag == DYNAMIC_BIND_NOW || (tag == DYNAMIC_FLAGS && (value & FLAG_BIND_NOW) != 0))
            found.now = true;
        else if (tag == DYNAMIC_FLAGS_1) {
            found.now = found.now || (value & FLAG_1_NOW) != 0;
            found.pie = (value & FLAG_1_PIE) != 0;
        }
        if (tag == DYNAMIC_STRINGS && found.strings.size == 0)
            break; /* an address that nothing is loaded at: a table of its own is not worth a search at every such entry */
    }
    found.strings = span_clip(found.strings, 0, size);
    r             = reader_from(entries);
    while (found.strings.size > 0 && next_entry(elf, &r, &tag, &value)) {
        span_t text = elf_string(found.strings, value, NAME_MAX_BYTES);
        if (tag == DYNAMIC_NEEDED)
            list_add(&needed, text);
        else if (tag == DYNAMIC_SONAME)
            say_span(sink, "elf.soname", text);
        else if (tag == DYNAMIC_RPATH)
            say_span(sink, "elf.rpath", text);
        else if (tag == DYNAMIC_RUNPATH)
            say_span(sink, "elf.runpath", text);
        if (needed.full)
            break;
    }
    say_list(sink, "elf.needed", &needed);
    return found;
}

/* ---- notes ------------------------------------------------------------------------------------------------------------ */

/* The build-id among the notes in `bytes`; `left` bounds how many notes are looked at in all. */
static span_t find_build_id(const elf_t *elf, span_t bytes, unsigned *left)
{
    reader_t r = reader_from(bytes);
    for (; *left > 0 && reader_left(&r) >= 12; (*left)--) {
        uint64_t name_size = elf_number(elf, &r, 4), size = elf_number(elf, &r, 4), type = elf_number(elf, &r, 4);
        span_t   name = read_span(&r, round_up(name_size, 4)), content = read_span(&r, round_up(size, 4));
        if (!reader_ok(&r))
            break;
        if (type == NOTE_BUILD_ID && name_size == 4 && memcmp(name.at, "GNU", 4) == 0 && size > 0 && size <= BUILD_ID_MAX)
            return span_clip(content, 0, size);
    }
    return (span_t){NULL, 0};
}

static void say_build_id(const elf_t *elf, sink_t *sink)
{
    unsigned left = NOTES_MAX;
    span_t   id   = {NULL, 0};
    for (uint64_t i = 0; i < elf->segments && id.size == 0; i++) {
        elf_segment_t segment = elf_segment(elf, i);
        if (segment.type == SEGMENT_NOTE)
            id = find_build_id(elf, span_sub(elf->image, segment.offset, segment.file_size), &left);
    }
    for (uint64_t i = 0; i < elf->sections && id.size == 0; i++) {
        elf_section_t section = elf_section(elf, i);
        if (section.type == SECTION_NOTE)
            id = find_build_id(elf, elf_section_content(elf, &section), &left);
    }
    if (id.size == 0)
        return;
    char text[2 * BUILD_ID_MAX + 1];
    hex_encode(id.at, id.size, text);
    sink_fact(sink, "elf.build-id", text);
}

/* ---- sections --------------------------------------------------------------------------------------------------------- */

typedef struct { bool symbols, kernel; span_t dynamic, strings, dynamic_strings, comment, modinfo, module; } sections_t;

static sections_t find_sections(const elf_t *elf)
{
    sections_t                                      found   = {0};
    const struct { const char *name; span_t *to; } wanted[] = {
        {".comment", &found.comment}, {".modinfo", &found.modinfo}, {".gnu.linkonce.this_module", &found.module},
        {".strtab", &found.strings}, {".dynstr", &found.dynamic_strings},
    };
    for (uint64_t i = 0; i < elf->sections; i++) {
        elf_section_t section = elf_section(elf, i);
        found.symbols         = found.symbols || section.type == SECTION_SYMBOLS;
        if (section.type == SECTION_DYNAMIC && found.dynamic.size == 0)
            found.dynamic = elf_section_content(elf, &section);
        for (size_t w = 0; w < sizeof wanted / sizeof wanted[0]; w++)
            if (wanted[w].to->size == 0 && elf_section_is(elf, &section, wanted[w].name))
                *wanted[w].to = elf_section_content(elf, &section);
        found.kernel = found.kernel || elf_section_is(elf, &section, "__ksymtab") || elf_section_is(elf, &section, ".init.ramfs");
    }
    return found;
}

static void say_comment(span_t comment, sink_t *sink)
{
    list_t list = {0};
    comment     = span_clip(comment, 0, COMMENT_MAX);
    for (uint64_t at = 0; at < comment.size;) {
        span_t text = elf_string(comment, at, COMMENT_MAX);
        list_add(&list, text);
        at += text.size + 1;
    }
    say_list(sink, "elf.comment", &list);
}

static bool names_stack_check(span_t strings)
{
    static const char name[] = "__stack_chk_fail";
    return strings.size > 0 && memmem(strings.at, strings.size, name, sizeof name) != NULL;
}

/* "key=value" texts, one behind the other. A module may have several authors; the rest is told once. */
static bool say_modinfo(span_t modinfo, sink_t *sink)
{
    static const char *const keys[] = {"name", "license", "author", "version", "vermagic", "depends", "description", "intree", "srcversion"};
    enum { KEYS = sizeof keys / sizeof keys[0] };
    list_t values[KEYS] = {0};
    for (uint64_t at = 0; at < modinfo.size;) {
        span_t         text  = elf_string(modinfo, at, modinfo.size);
        const uint8_t *equal = text.size > 0 ? memchr(text.at, '=', text.size) : NULL;
        size_t         key   = equal != NULL ? (size_t)(equal - text.at) : 0;
        for (size_t k = 0; k < KEYS && key > 0; k++)
            if (strlen(keys[k]) == key && memcmp(keys[k], text.at, key) == 0 && (k == 2 || values[k].used == 0))
                list_add(&values[k], span_clip(text, key + 1, LIST_MAX - 4));
        at += text.size + 1;
    }
    for (size_t k = 0; k < KEYS; k++) {
        char full[32];
        (void)snprintf(full, sizeof full, "module.%s", keys[k]);
        say_list(sink, full, &values[k]);
    }
    return values[0].used > 0;
}

static void say_module(const elf_t *elf, const sections_t *sections, sink_t *sink)
{
    if (sections->modinfo.size == 0 || (say_modinfo(sections->modinfo, sink) && sections->module.size == 0))
        return;
    /* Before Linux 4.16 the name stands only in the module's own structure, behind a state and a list node. */
    span_t name = elf_string(sections->module, elf->is_64 ? 24 : 12, 64);
    if (name.size > 0 && memmem(sections->modinfo.at, sections->modinfo.size, "\0name=", 6) == NULL && !span_has_text_at(sections->modinfo, 0, "name="))
        say_span(sink, "module.name", name);
}

elf_nature_t elf_say_facts(const elf_t *elf, sink_t *sink)
{
    say_header(elf, sink);
    segments_t segments = say_segments(elf, sink);
    sections_t sections = find_sections(elf);
    dynamic_t  dynamic  = say_dynamic(elf, segments.dynamic.size > 0 ? segments.dynamic : sections.dynamic, sink);
    if (elf->type == ELF_EXECUTABLE || elf->type == ELF_SHARED) {
        bool pie = elf->type == ELF_SHARED && (dynamic.pie || segments.interpreted);
        sink_fact(sink, "elf.stripped", sections.symbols ? "no" : "yes");
        sink_fact(sink, "elf.pie", pie ? "yes" : "no");
        sink_fact(sink, "elf.relro", !segments.relro ? "none" : dynamic.now ? "full" : "partial");
        sink_fact(sink, "elf.nx", !segments.stack ? "unstated" : segments.stack_executable ? "no" : "yes");
        bool canary = names_stack_check(dynamic.strings) || names_stack_check(sections.dynamic_strings) || names_stack_check(sections.strings);
        sink_fact(sink, "elf.canary", canary ? "yes" : "no");
    }
    say_build_id(elf, sink);
    say_comment(sections.comment, sink);
    say_module(elf, &sections, sink);
    bool freestanding = elf->type == ELF_EXECUTABLE && !segments.interpreted;
    if (elf->type == ELF_RELOCATABLE || (!sections.kernel && !freestanding))
        return ELF_PLAIN;
    if (kernel_say_banner(elf->image, sink))
        return ELF_KERNEL;
    return freestanding ? ELF_FREESTANDING : ELF_PLAIN;
}
