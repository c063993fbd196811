/* PE/COFF: a DOS header that tells where "PE\0\0" stands, a COFF header, an optional header of 32 or 64 bits with directories
 * (the one of certificates names an offset in the file), a table of sections. Kernels with an EFI stub are PE files, too, but
 * have extractors of their own. Source: Microsoft, "PE Format". */
#include "extractors/pe.h"

#include "extractors/gaps.h"
#include "extractors/pyinstaller.h"
#include "extractors/upx.h"

#include <stdio.h>

enum { COFF_HEADER = 20, SECTION_HEADER = 40, SYMBOL = 18, SECTIONS_MAX = 4096, CERTIFICATES = 4, RESOURCES = 2,
    CERTIFICATES_MAX = 64, CERTIFICATE_HEADER = 8, FLAG_DLL = 0x2000 };

typedef struct {
    uint64_t headers_end, headers_size, sections_at, certificates, certificates_size, resources, symbols, symbols_size;
    uint32_t timestamp;
    uint16_t machine, sections, flags, kind, subsystem;
} pe_t;

static bool read_headers(span_t image, pe_t *pe)
{
    reader_t dos = reader_at(image, 0x3C);
    uint64_t at  = read_le32(&dos);
    if (!span_has_text_at(image, 0, "MZ") || at < 4 || !span_starts_with(span_clip(image, at, 4), span_from("PE\0\0", 4)))
        return false;
    reader_t r    = reader_at(image, at + 4);
    pe->machine   = read_le16(&r);
    pe->sections  = read_le16(&r);
    pe->timestamp = read_le32(&r);
    pe->symbols       = read_le32(&r);
    pe->symbols_size  = (uint64_t)SYMBOL * read_le32(&r);
    uint16_t optional = read_le16(&r);
    pe->flags         = read_le16(&r);
    uint64_t start    = at + 4 + COFF_HEADER;
    pe->kind          = read_le16(&r);
    bool     is_64    = pe->kind == 0x20B;
    reader_t fields   = reader_at(image, start + 60);
    pe->headers_size  = read_le32(&fields);
    reader_skip(&fields, 4);
    pe->subsystem  = read_le16(&fields);
    fields         = reader_at(image, start + (is_64 ? 108 : 92));
    uint32_t count = read_le32(&fields);
    reader_t resources = reader_at(image, fields.pos + 8 * RESOURCES);
    pe->resources      = count > RESOURCES && optional >= (is_64 ? 112 : 96) + 8 * (RESOURCES + 1) ? read_le32(&resources) : 0;
    reader_skip(&fields, 8 * CERTIFICATES);
    bool has_certificates = count > CERTIFICATES && optional >= (is_64 ? 112 : 96) + 8 * (CERTIFICATES + 1);
    pe->certificates      = has_certificates ? read_le32(&fields) : 0;
    pe->certificates_size = has_certificates ? read_le32(&fields) : 0;
    if (pe->symbols > 0 && pe->symbols_size > 0) { /* names of symbols follow them, their size first */
        reader_t names = reader_at(image, pe->symbols + pe->symbols_size);
        pe->symbols_size += read_le32(&names);
    }
    pe->sections_at       = start + optional;
    pe->headers_end       = pe->sections_at + (uint64_t)SECTION_HEADER * pe->sections;
    return reader_ok(&r) && reader_ok(&fields) && (pe->kind == 0x10B || is_64) && optional >= 68 && pe->sections > 0 &&
           pe->sections <= SECTIONS_MAX && pe->headers_end <= image.size && pe->headers_size >= 64;
}

static range_t raw_section(span_t image, const pe_t *pe, unsigned index)
{
    reader_t r   = reader_at(image, pe->sections_at + (uint64_t)SECTION_HEADER * index + 16);
    range_t    raw = {.length = read_le32(&r)};
    raw.offset   = read_le32(&r);
    return raw.offset == 0 ? (range_t){0, 0} : raw;
}

static uint64_t sections_end(span_t image, const pe_t *pe)
{
    uint64_t end = max_u64(pe->headers_size, pe->headers_end);
    for (unsigned i = 0; i < pe->sections; i++) {
        range_t raw = raw_section(image, pe, i);
        end         = max_u64(end, raw.offset + raw.length);
    }
    return end;
}

uint64_t pe_end(span_t image)
{
    pe_t pe;
    if (!read_headers(image, &pe))
        return 0;
    uint64_t end = sections_end(image, &pe);
    if (pe.symbols > 0 && span_holds(image, pe.symbols, pe.symbols_size))
        end = max_u64(end, pe.symbols + pe.symbols_size);
    return pe.certificates_size > 0 ? max_u64(end, pe.certificates + pe.certificates_size) : end;
}

static bool is_linux(span_t image)
{
    return span_has_text_at(image, 0x202, "HdrS") || span_has_text_at(image, 56, "ARM\x64") || span_has_text_at(image, 56, "RSC\x05") ||
           span_has_text_at(image, 0x24, "\x18\x28\x6F\x01");
}

static unsigned pe_probe(span_t image)
{
    pe_t pe;
    return !is_linux(image) && read_headers(image, &pe) ? 16 + 32 + 16 : 0;
}

static uint64_t pe_extent(span_t image) { return min_u64(pe_end(image), image.size); }

const char *pe_machine_name(uint16_t machine)
{
    static const struct { uint16_t machine; const char *name; } machines[] = {
        {0x14C, "x86"}, {0x166, "mips"}, {0x1A2, "sh3"}, {0x1A6, "sh4"}, {0x1C0, "arm"}, {0x1C2, "thumb"}, {0x1C4, "armnt"}, {0x1F0, "powerpc"},
        {0x200, "ia64"}, {0x266, "mips16"}, {0xEBC, "efi-bytecode"}, {0x5032, "riscv32"}, {0x5064, "riscv64"}, {0x6232, "loongarch32"},
        {0x6264, "loongarch64"}, {0x8664, "x86-64"}, {0xAA64, "aarch64"},
    };
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].machine == machine)
            return machines[i].name;
    return NULL;
}

static void say_facts(const pe_t *pe, sink_t *sink)
{
    static const char *const subsystems[] = {
        "unknown", "native", "windows-gui", "windows-console", NULL, "os2-console", NULL, "posix-console", "windows-native", "windows-ce",
        "efi-application", "efi-boot-driver", "efi-runtime-driver", "efi-rom", "xbox", NULL, "windows-boot",
    };
    const char *machine   = pe_machine_name(pe->machine);
    const char *subsystem = pe->subsystem < sizeof subsystems / sizeof subsystems[0] ? subsystems[pe->subsystem] : NULL;
    if (machine != NULL)
        sink_fact(sink, "pe.machine", machine);
    else
        sink_fact_printf(sink, "pe.machine", "unknown (0x%04X)", pe->machine);
    if (subsystem != NULL)
        sink_fact(sink, "pe.subsystem", subsystem);
    else
        sink_fact_printf(sink, "pe.subsystem", "unknown (%u)", pe->subsystem);
    sink_fact(sink, "pe.class", pe->kind == 0x20B ? "64" : "32");
    sink_fact(sink, "pe.type", (pe->flags & FLAG_DLL) != 0 ? "library" : "executable");
    sink_fact_printf(sink, "pe.timestamp", "%u", (unsigned)pe->timestamp);
    sink_fact(sink, "pe.signed", pe->certificates_size > 0 ? "yes" : "no");
}

/* Bytes of the DER object that `bytes` begins with; all of them when it is none. */
static uint64_t der_size(span_t bytes)
{
    reader_t r = reader_from(bytes);
    if (read_u8(&r) != 0x30)
        return bytes.size;
    uint8_t  first  = read_u8(&r);
    uint64_t length = first < 0x80 ? first : first <= 0x84 ? read_be(&r, first & 7u) : UINT32_MAX;
    return reader_ok(&r) ? min_u64(r.pos + length, bytes.size) : bytes.size;
}

/* Authenticode: each entry is its length, a revision, a type and a PKCS #7 object, aligned to 8 bytes. */
static void show_certificates(span_t image, const pe_t *pe, sink_t *sink)
{
    span_t   table = span_clip(image, pe->certificates, pe->certificates_size);
    uint64_t at    = 0;
    for (unsigned i = 0; i < CERTIFICATES_MAX && at + CERTIFICATE_HEADER < table.size; i++) {
        reader_t r      = reader_at(table, at);
        uint32_t length = read_le32(&r);
        if (length <= CERTIFICATE_HEADER || !span_holds(table, at, length)) {
            if (!span_is_filled_with(span_from_offset(table, at), 0))
                sink_damage(sink, pe->certificates + at, table.size - at, "the table of certificates does not hold");
            break;
        }
        char     path[32];
        int      size  = snprintf(path, sizeof path, ".certificates/%u.p7b", i);
        child_t *child = sink_child(sink, &(child_info_t){.path = span_from(path, (size_t)size), .type = CHILD_FILE});
        if (child == NULL)
            break;
        child_range(child, pe->certificates + at + CERTIFICATE_HEADER,
                    der_size(span_sub(table, at + CERTIFICATE_HEADER, length - CERTIFICATE_HEADER)));
        sink_end_child(sink);
        at = round_up(at + length, 8);
    }
}

static status_t pe_extract(span_t image, sink_t *sink)
{
    pe_t     pe;
    range_t  ranges[SECTIONS_MAX + 3];
    size_t   count = 0;
    uint64_t end   = pe_end(image);
    if (!read_headers(image, &pe))
        return status_fail(STATUS_REJECTED, "pe", 0, "not a PE file");
    say_facts(&pe, sink);
    if (end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the PE file does");
    end = min_u64(end, image.size);
    sink_claim(sink, 0, pe.headers_end, REGION_STRUCTURE);
    ranges[count++] = (range_t){0, pe.headers_end};
    pe_show_resources(&(pe_map_t){span_clip(image, 0, end), pe.sections_at, pe.sections}, pe.resources, sink);
    show_certificates(image, &pe, sink);
    upx_say(span_clip(image, 0, end), sink);
    for (unsigned i = 0; i < pe.sections; i++) {
        range_t  raw = raw_section(image, &pe, i);
        size_t got = span_clip(image, raw.offset, raw.length).size;
        if (got == 0)
            continue;
        sink_claim(sink, raw.offset, got, REGION_CONTENT);
        ranges[count++] = (range_t){raw.offset, got};
    }
    const range_t tables[] = {{pe.certificates, pe.certificates_size}, {pe.symbols, pe.symbols > 0 ? pe.symbols_size : 0}};
    for (size_t i = 0; i < 2; i++) {
        size_t got = span_clip(image, tables[i].offset, tables[i].length).size;
        if (got > 0) {
            sink_claim(sink, tables[i].offset, got, REGION_STRUCTURE);
            ranges[count++] = (range_t){tables[i].offset, got};
        }
    }
    claim_constant_gaps(image, sink, ranges, count, end);
    if (pe.headers_size > pe.headers_end && pe.headers_size <= end)
        sink_claim(sink, pe.headers_end, pe.headers_size - pe.headers_end, REGION_STRUCTURE);
    pyinstaller_show(image, sections_end(image, &pe), sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("MZ", 0)};

const extractor_t pe_extractor = {
    .id = "pe", .name = "PE/COFF executable", .specification = "Microsoft, \"PE Format\"", .reach = REACH_EXTRACT, .only_at_start = true,
    .magics = magics, .magic_count = 1, .probe = pe_probe, .extent = pe_extent, .extract = pe_extract,
};
