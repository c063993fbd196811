/* ELF, both classes, both byte orders. Its extent is the furthest end of the header tables, of the sections with content and
 * of the segments; what follows (an appended payload) is not its business, but for the signature that Linux appends to
 * modules. Source: System V ABI, chapter 4; Linux, include/linux/module_signature.h. */
#include "extractors/elf.h"

#include "extractors/gaps.h"
#include "extractors/upx.h"
#include "extractors/kernel_content.h"
#include "extractors/kernel_stream.h"
#include "extractors/partition_common.h"
#include "extractors/pyinstaller.h"

#include <stdlib.h>

enum { IDENT_SIZE = 16, HEADER_32 = 52, HEADER_64 = 64, SEGMENT_32 = 32, SEGMENT_64 = 56, SECTION_32 = 40, SECTION_64 = 64 };
enum { SECTION_LOADED = 2, UNLOADED_MIN = 4096 };
enum { SECTION_INDEX_ELSEWHERE = 0xFFFF, SEGMENT_COUNT_ELSEWHERE = 0xFFFF };

uint64_t elf_number(const elf_t *elf, reader_t *r, unsigned bytes) { return elf->is_big ? read_be(r, bytes) : read_le(r, bytes); }

static uint64_t number(const elf_t *elf, reader_t *r, unsigned bytes) { return elf_number(elf, r, bytes); }
static uint64_t word(const elf_t *elf, reader_t *r) { return number(elf, r, elf->is_64 ? 8 : 4); }

elf_segment_t elf_segment(const elf_t *elf, uint64_t index)
{
    reader_t      r       = reader_at(elf->image, elf->segments_at + index * elf->segment_size);
    elf_segment_t segment = {.type = (uint32_t)number(elf, &r, 4)};
    if (elf->is_64)
        segment.flags = (uint32_t)number(elf, &r, 4);
    segment.offset  = word(elf, &r);
    segment.address = word(elf, &r);
    (void)word(elf, &r);
    segment.file_size   = word(elf, &r);
    segment.memory_size = word(elf, &r);
    if (!elf->is_64)
        segment.flags = (uint32_t)number(elf, &r, 4);
    return segment;
}

static elf_section_t section_at(const elf_t *elf, uint64_t offset, uint32_t *info)
{
    reader_t      r       = reader_at(elf->image, offset);
    elf_section_t section = {.name = number(elf, &r, 4)};
    section.type          = (uint32_t)number(elf, &r, 4);
    section.flags   = word(elf, &r);
    section.address = word(elf, &r);
    section.offset  = word(elf, &r);
    section.size    = word(elf, &r);
    section.link    = (uint32_t)number(elf, &r, 4);
    *info           = (uint32_t)number(elf, &r, 4);
    return section;
}

elf_section_t elf_section(const elf_t *elf, uint64_t index)
{
    uint32_t info;
    return section_at(elf, elf->sections_at + index * elf->section_size, &info);
}

span_t elf_section_content(const elf_t *elf, const elf_section_t *section)
{
    return section->type == SECTION_NOBITS || section->type == 0 ? (span_t){NULL, 0} : span_sub(elf->image, section->offset, section->size);
}

span_t elf_string(span_t table, uint64_t offset, size_t most)
{
    span_t text = offset < table.size ? span_clip(table, offset, most) : (span_t){NULL, 0};
    if (text.size > 0) {
        const uint8_t *end = memchr(text.at, 0, text.size);
        text.size          = end != NULL ? (size_t)(end - text.at) : text.size;
    }
    return text;
}

bool elf_section_is(const elf_t *elf, const elf_section_t *section, const char *name)
{
    size_t length = strlen(name);
    return span_equal(elf_string(elf->section_names, section->name, length + 1), span_from(name, length));
}

/* How many of `told` entries of a table lie in the image. */
static uint64_t present(span_t image, uint64_t at, uint64_t size, uint64_t told)
{
    return size == 0 || at >= image.size ? 0 : min_u64(told, (image.size - at) / size);
}

/* Counts that do not fit in the header stand in the first section header. */
static uint32_t read_counts_elsewhere(elf_t *elf, uint32_t names)
{
    uint32_t info = 0;
    if (elf->sections_at == 0 || !span_holds(elf->image, elf->sections_at, elf->is_64 ? SECTION_64 : SECTION_32))
        return names;
    elf_section_t first = section_at(elf, elf->sections_at, &info);
    if (elf->sections_told == 0)
        elf->sections_told = first.size;
    if (elf->segments_told == SEGMENT_COUNT_ELSEWHERE && info != 0)
        elf->segments_told = info;
    return names == SECTION_INDEX_ELSEWHERE ? first.link : names;
}

static bool table_is_inside(const elf_t *elf, uint64_t at, uint64_t size, uint64_t told)
{
    uint64_t length;
    return told == 0 || (at >= elf->header_size && checked_mul(size, told, &length) && span_holds(elf->image, at, length));
}

bool elf_open(span_t image, elf_t *elf)
{
    *elf = (elf_t){.image = image};
    if (!span_has_text_at(image, 0, "\x7F" "ELF") || image.size < HEADER_32)
        return false;
    uint8_t class = image.at[4], order = image.at[5], version = image.at[6];
    if (class < 1 || class > 2 || order < 1 || order > 2 || version != 1)
        return false;
    elf->is_64  = class == 2;
    elf->is_big = order == 2;
    reader_t r  = reader_at(image, IDENT_SIZE);
    elf->type          = (uint16_t)number(elf, &r, 2);
    elf->machine       = (uint16_t)number(elf, &r, 2);
    elf->version       = (uint32_t)number(elf, &r, 4);
    elf->entry         = word(elf, &r);
    elf->segments_at   = word(elf, &r);
    elf->sections_at   = word(elf, &r);
    elf->flags         = (uint32_t)number(elf, &r, 4);
    elf->header_size   = (uint16_t)number(elf, &r, 2);
    elf->segment_size  = (uint16_t)number(elf, &r, 2);
    elf->segments_told = number(elf, &r, 2);
    elf->section_size  = (uint16_t)number(elf, &r, 2);
    elf->sections_told = number(elf, &r, 2);
    uint32_t names     = read_counts_elsewhere(elf, (uint32_t)number(elf, &r, 2));
    bool     known     = elf->type <= ELF_CORE || elf->type >= 0xFE00;
    if (!reader_ok(&r) || !known || elf->header_size != (elf->is_64 ? HEADER_64 : HEADER_32))
        return false;
    if ((elf->segments_told > 0 && elf->segment_size != (elf->is_64 ? SEGMENT_64 : SEGMENT_32)) ||
        (elf->sections_told > 0 && elf->section_size != (elf->is_64 ? SECTION_64 : SECTION_32)) || elf->segments_told + elf->sections_told == 0)
        return false;
    elf->tables_inside = table_is_inside(elf, elf->segments_at, elf->segment_size, elf->segments_told) &&
                         table_is_inside(elf, elf->sections_at, elf->section_size, elf->sections_told);
    elf->segments = present(image, elf->segments_at, elf->segment_size, elf->segments_told);
    elf->sections = present(image, elf->sections_at, elf->section_size, elf->sections_told);
    if (names < elf->sections) {
        elf_section_t section = elf_section(elf, names);
        elf->section_names    = elf_section_content(elf, &section);
    }
    return true;
}

/* ---- the signature of a module: signer, key id, signature, 12 bytes of structure, a line of text --------------------- */

static const char module_mark[] = "~Module signature appended~\n";
enum { MODULE_STRUCTURE = 12, SIGNATURE_MAX = 65536 };

/* Its length when it stands exactly at `end`; 0 otherwise. */
static uint64_t module_signature(span_t image, uint64_t end)
{
    span_t         behind = span_clip(image, end, SIGNATURE_MAX);
    const uint8_t *mark   = behind.size > 0 ? memmem(behind.at, behind.size, module_mark, sizeof module_mark - 1) : NULL;
    if (mark == NULL || (size_t)(mark - behind.at) < MODULE_STRUCTURE)
        return 0;
    uint64_t at = (uint64_t)(mark - behind.at);
    reader_t r  = reader_at(behind, at - MODULE_STRUCTURE + 3);
    uint64_t told = MODULE_STRUCTURE + read_u8(&r);
    told += read_u8(&r);
    reader_skip(&r, 3);
    told += read_be32(&r);
    return reader_ok(&r) && told == at ? at + sizeof module_mark - 1 : 0;
}

static void say_signature(span_t image, uint64_t end, uint64_t length, sink_t *sink)
{
    static const char *const kinds[] = {"pgp", "x509", "pkcs7"};
    reader_t                 r       = reader_at(image, end + length - (sizeof module_mark - 1) - MODULE_STRUCTURE + 2);
    uint8_t                  kind    = read_u8(&r);
    sink_claim(sink, end, length, REGION_STRUCTURE);
    sink_fact(sink, "module.signature", kind < 3 ? kinds[kind] : "unknown");
}

/* ---- extent and regions ---------------------------------------------------------------------------------------------- */

static uint64_t end_of(uint64_t offset, uint64_t length)
{
    uint64_t end;
    return checked_add(offset, length, &end) ? end : UINT64_MAX;
}

/* Where the file ends, whether or not the image holds it all. */
static uint64_t told_end(const elf_t *elf)
{
    uint64_t end = elf->header_size, length;
    if (elf->segments_told > 0 && checked_mul(elf->segments_told, elf->segment_size, &length))
        end = max_u64(end, end_of(elf->segments_at, length));
    if (elf->sections_told > 0 && checked_mul(elf->sections_told, elf->section_size, &length))
        end = max_u64(end, end_of(elf->sections_at, length));
    for (uint64_t i = 0; i < elf->segments; i++) {
        elf_segment_t segment = elf_segment(elf, i);
        if (segment.type != 0 && segment.file_size > 0)
            end = max_u64(end, end_of(segment.offset, segment.file_size));
    }
    for (uint64_t i = 0; i < elf->sections; i++) {
        elf_section_t section = elf_section(elf, i);
        if (section.type != 0 && section.type != SECTION_NOBITS && section.size > 0)
            end = max_u64(end, end_of(section.offset, section.size));
    }
    return end;
}

static unsigned elf_probe(span_t image)
{
    elf_t elf;
    if (!elf_open(image, &elf))
        return 0;
    if (!elf.tables_inside || elf.version != 1)
        return 32 + 4; /* cut off, or odd: believed at the start of a blob only */
    return 32 + 48;
}

static uint64_t elf_extent(span_t image)
{
    elf_t elf;
    if (!elf_open(image, &elf))
        return 0;
    uint64_t end = min_u64(told_end(&elf), image.size);
    return end + module_signature(image, end);
}

/* Sections that a program does not load are notes of compilers and debuggers, or what somebody put there: packed programs (PyInstaller's
 * "pydata"), file systems, certificates. */
static void show_unloaded_sections(const elf_t *elf, sink_t *sink)
{
    static const char *const of_tools[] = {".debug", ".zdebug", ".stab", ".gnu.lto", ".comment", ".note", ".gnu.build", ".mdebug", ".pdr", ".GCC", ".gdb"};
    partitions_t parts = {.sink = sink};
    bool         go_on = elf->type == ELF_EXECUTABLE || elf->type == ELF_SHARED;
    for (uint64_t i = 0; go_on && i < elf->sections; i++) {
        elf_section_t section = elf_section(elf, i);
        if (section.type != SECTION_PROGRAM || (section.flags & SECTION_LOADED) != 0 || section.size < UNLOADED_MIN || section.offset >= elf->image.size)
            continue;
        span_t name = elf_string(elf->section_names, section.name, PARTITION_NAME_MAX);
        bool   tool = false;
        for (size_t j = 0; j < sizeof of_tools / sizeof of_tools[0]; j++)
            tool = tool || span_starts_with(name, span_from_text(of_tools[j]));
        if (!tool)
            go_on = partition_show(&parts, name, (unsigned)i, section.offset, section.size);
    }
    partitions_free(&parts);
}

typedef struct { span_t image; sink_t *sink; range_t *ranges; size_t count; } claims_t;

static void claim(claims_t *c, uint64_t offset, uint64_t length, region_kind_t kind, bool keep)
{
    length = span_clip(c->image, offset, length).size;
    if (length == 0)
        return;
    sink_claim(c->sink, offset, length, kind);
    if (keep)
        c->ranges[c->count++] = (range_t){offset, length};
}

/* A segment of no type does not count for the extent, but Qualcomm's carry digests in one. */
static void claim_segments(const elf_t *elf, claims_t *c, bool keep)
{
    for (uint64_t i = 0; i < elf->segments; i++) {
        elf_segment_t segment = elf_segment(elf, i);
        if (segment.type != 0 || span_holds(elf->image, segment.offset, segment.file_size))
            claim(c, segment.offset, segment.file_size, REGION_CONTENT, keep);
    }
}

/* Sections say more exactly than segments what is content; what segments load between sections is content, too, unless it
 * is constant. */
static void claim_all(const elf_t *elf, uint64_t end, claims_t *c)
{
    claim(c, 0, elf->header_size, REGION_STRUCTURE, true);
    claim(c, elf->segments_at, elf->segments * elf->segment_size, REGION_STRUCTURE, true);
    claim(c, elf->sections_at, elf->sections * elf->section_size, REGION_STRUCTURE, true);
    for (uint64_t i = 0; i < elf->sections; i++) {
        elf_section_t section = elf_section(elf, i);
        if (section.type != 0 && section.type != SECTION_NOBITS)
            claim(c, section.offset, section.size, REGION_CONTENT, true);
    }
    if (elf->sections == 0)
        claim_segments(elf, c, true);
    claim_constant_gaps(elf->image, c->sink, c->ranges, c->count, end);
    if (elf->sections > 0)
        claim_segments(elf, c, false);
}

/* On MIPS and PowerPC the program that unpacks a kernel is an ELF file that consists of little but the packed kernel. */
static void add_children(span_t image, uint64_t end, elf_nature_t nature, sink_t *sink)
{
    kernel_stream_t stream;
    if (nature == ELF_KERNEL)
        kernel_add_children(image, 0, end, sink);
    if (nature != ELF_FREESTANDING || !kernel_stream_find(image, 0, end, &stream) || stream.length < end / 2)
        return;
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("payload"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, stream.offset, stream.length);
    sink_end_child(sink);
}

/* What is behind the ELF file is found as a file system of its own. */
static void say_appimage(span_t image, sink_t *sink)
{
    if (span_has_text_at(image, 8, "AI\x01") || span_has_text_at(image, 8, "AI\x02"))
        sink_fact_printf(sink, "elf.appimage", "%u", (unsigned)image.at[10]);
}

static status_t elf_extract(span_t image, sink_t *sink)
{
    elf_t elf;
    if (!elf_open(image, &elf))
        return status_fail(STATUS_REJECTED, "elf", 0, "not an ELF file");
    uint64_t told = told_end(&elf), end = min_u64(told, image.size);
    claims_t c = {.image = image, .sink = sink, .ranges = calloc((size_t)(elf.sections + elf.segments + 3), sizeof(range_t))};
    if (c.ranges == NULL)
        return status_fail(STATUS_MEMORY, "elf", 0, "out of memory");
    if (told > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the ELF file does");
    add_children(image, end, elf_say_facts(&elf, sink), sink);
    upx_say(span_clip(image, 0, end), sink);
    say_appimage(image, sink);
    show_unloaded_sections(&elf, sink);
    pyinstaller_show(image, end, sink);
    claim_all(&elf, end, &c);
    free(c.ranges);
    uint64_t signature = module_signature(image, end);
    if (signature > 0)
        say_signature(image, end, signature, sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x7F" "ELF", 0)};

const extractor_t elf_extractor = {
    .id = "elf", .name = "ELF", .specification = "System V Application Binary Interface, chapter 4", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = elf_probe, .extent = elf_extent, .extract = elf_extract,
};
