/* Mach-O: programs of Apple's systems. A header (FEEDFACE or FEEDFACF, in the machine's byte order), then load commands (32-bit number and
 * length) that name segments of the file, tables of symbols, and the code signature at its end. The signature is big-endian: FADE0CC0, length,
 * number of blobs, pairs (type, offset); a blob: magic, length. The code directory (FADE0C02) has a hash for each page.
 * Source: Apple, mach-o/loader.h; xnu, osfmk/kern/cs_blobs.h. */
#include "extractors/gaps.h"

#include <openssl/evp.h>
#include <stdio.h>

enum { COMMANDS_MAX = 4096, BLOBS_MAX = 64, RANGES_MAX = COMMANDS_MAX * 2 + 1, BAD_PAGES_MAX = 16 };
enum {
    COMMAND_SEGMENT = 1, COMMAND_SYMTAB = 2, COMMAND_DYLIB_ID = 0xD, COMMAND_SEGMENT_64 = 0x19, COMMAND_UUID = 0x1B, COMMAND_SIGNATURE = 0x1D,
    COMMAND_ENCRYPTION = 0x21, COMMAND_VERSION_MACOS = 0x24, COMMAND_VERSION_IOS = 0x25, COMMAND_ENCRYPTION_64 = 0x2C, COMMAND_BUILD = 0x32
};
enum { HASH_SHA1 = 1, HASH_SHA256 = 2, VERSION_TEAM = 0x20200 };
static const uint32_t SUPERBLOB = 0xFADE0CC0, CODE_DIRECTORY = 0xFADE0C02, ENTITLEMENTS = 0xFADE7171, ENTITLEMENTS_DER = 0xFADE7172,
                      REQUIREMENTS = 0xFADE0C01, CMS = 0xFADE0B01;

typedef struct { bool is_64, big; uint32_t cpu, type, commands, size, flags, header; } macho_t;
typedef struct { uint32_t kind; uint64_t at; span_t bytes; } command_t;

static uint32_t word(const macho_t *m, reader_t *r) { return m->big ? read_be32(r) : read_le32(r); }
static uint64_t wide(const macho_t *m, reader_t *r) { return m->is_64 ? (m->big ? read_be64(r) : read_le64(r)) : word(m, r); }

static const char *cpu_name(uint32_t cpu)
{
    static const struct { uint32_t cpu; const char *name; } cpus[] = {
        {6, "m68k"}, {7, "i386"}, {0x01000007, "x86_64"}, {12, "arm"}, {0x0100000C, "arm64"}, {0x0200000C, "arm64_32"}, {18, "ppc"},
        {0x01000012, "ppc64"},
        {14, "sparc"}, {15, "i860"},
    };
    for (size_t i = 0; i < sizeof cpus / sizeof cpus[0]; i++)
        if (cpus[i].cpu == cpu)
            return cpus[i].name;
    return NULL;
}

static bool read_header(span_t image, macho_t *m)
{
    reader_t r     = reader_from(image);
    uint32_t magic = read_be32(&r);
    *m             = (macho_t){.big = magic >> 24 == 0xFE};
    if (magic != 0xFEEDFACE && magic != 0xFEEDFACF && magic != 0xCEFAEDFE && magic != 0xCFFAEDFE)
        return false;
    m->is_64 = magic == 0xFEEDFACF || magic == 0xCFFAEDFE;
    m->cpu   = word(m, &r);
    reader_skip(&r, 4);
    m->type     = word(m, &r);
    m->commands = word(m, &r);
    m->size     = word(m, &r);
    m->flags    = word(m, &r);
    m->header   = m->is_64 ? 32 : 28;
    return reader_ok(&r) && cpu_name(m->cpu) != NULL && m->type >= 1 && m->type <= 12 && m->commands > 0 && m->commands <= COMMANDS_MAX &&
           m->size >= m->commands * 8 && m->size <= 16 << 20;
}

/* The command at `*at`, which moves on. */
static bool next_command(span_t image, const macho_t *m, uint64_t *at, command_t *command)
{
    reader_t r      = reader_at(image, *at);
    command->kind   = word(m, &r) & 0x7FFFFFFF; /* the highest bit: the loader must know it */
    uint32_t length = word(m, &r);
    command->at     = *at;
    command->bytes  = span_sub(image, *at, length);
    if (!reader_ok(&r) || length < 8 || length % 4 != 0 || command->bytes.at == NULL || *at + length > (uint64_t)m->header + m->size)
        return false;
    *at += length;
    return true;
}

/* Do all commands together have the size that the header says? */
static bool commands_hold(span_t image, const macho_t *m)
{
    uint64_t  at = m->header;
    command_t command;
    for (uint32_t i = 0; i < m->commands; i++)
        if (!next_command(image, m, &at, &command))
            return false;
    return at == (uint64_t)m->header + m->size;
}

/* The parts of the file that a command names: at most two. */
static size_t ranges_of(const macho_t *m, const command_t *command, range_t ranges[2])
{
    reader_t r = reader_at(command->bytes, 8);
    if (command->kind == COMMAND_SEGMENT || command->kind == COMMAND_SEGMENT_64) {
        macho_t as = *m;
        as.is_64   = command->kind == COMMAND_SEGMENT_64;
        reader_skip(&r, as.is_64 ? 32 : 24);
        ranges[0].offset = wide(&as, &r);
        ranges[0].length = wide(&as, &r);
        return reader_ok(&r) ? 1 : 0;
    }
    if (command->kind == COMMAND_SYMTAB) {
        ranges[0].offset = word(m, &r);
        ranges[0].length = (uint64_t)word(m, &r) * (m->is_64 ? 16 : 12);
        ranges[1].offset = word(m, &r);
        ranges[1].length = word(m, &r);
        return reader_ok(&r) ? 2 : 0;
    }
    if (command->kind == COMMAND_SIGNATURE) {
        ranges[0].offset = word(m, &r);
        ranges[0].length = word(m, &r);
        return reader_ok(&r) ? 1 : 0;
    }
    return 0;
}

static uint64_t end_of(span_t image, const macho_t *m)
{
    uint64_t  at = m->header, end = (uint64_t)m->header + m->size, last;
    command_t command;
    for (uint32_t i = 0; i < m->commands && next_command(image, m, &at, &command); i++) {
        range_t ranges[2];
        size_t  count = ranges_of(m, &command, ranges);
        for (size_t j = 0; j < count; j++)
            if (checked_add(ranges[j].offset, ranges[j].length, &last))
                end = max_u64(end, last);
    }
    return end;
}

static unsigned macho_probe(span_t image)
{
    macho_t m;
    if (!read_header(image, &m))
        return 0;
    bool cut = !span_holds(image, m.header, m.size);
    return commands_hold(image, &m) ? 32 + 48 : cut ? 32 + 16 : 0;
}

static uint64_t macho_extent(span_t image)
{
    macho_t m;
    return read_header(image, &m) ? min_u64(end_of(image, &m), image.size) : 0;
}

/* ---- signature ----------------------------------------------------------------------------------------------------- */

static void say_text(sink_t *sink, const char *key, span_t blob, uint32_t at)
{
    span_t text = at != 0 ? span_clip(blob, at, TEXT_SHORT_MAX) : (span_t){NULL, 0};
    if (text.size > 0)
        sink_fact_printf(sink, key, "%.*s", (int)strnlen((const char *)text.at, text.size), (const char *)text.at);
}

/* The hash of each page of the program, as the code directory has it. */
static void check_pages(span_t image, span_t directory, sink_t *sink)
{
    reader_t r = reader_at(directory, 16);
    uint32_t hashes = read_be32(&r);
    reader_skip(&r, 8);
    uint32_t pages = read_be32(&r), limit = read_be32(&r);
    uint8_t  hash_size = read_u8(&r), hash_type = read_u8(&r);
    reader_skip(&r, 1);
    uint8_t  page_shift = read_u8(&r);
    uint64_t page       = UINT64_C(1) << (page_shift & 31), bad = 0;
    const EVP_MD *type  = hash_type == HASH_SHA1 ? EVP_sha1() : hash_type == HASH_SHA256 ? EVP_sha256() : NULL;
    if (!reader_ok(&r) || type == NULL || hash_size != EVP_MD_get_size(type) || page_shift < 10 || page_shift > 24 || limit > image.size ||
        pages != (limit + page - 1) >> page_shift || !span_holds(directory, hashes, (uint64_t)pages * hash_size))
        return;
    for (uint32_t i = 0; i < pages; i++) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        span_t  bytes = span_clip(span_clip(image, 0, limit), i * page, page);
        if (EVP_Digest(bytes.at, bytes.size, digest, NULL, type, NULL) != 1)
            return;
        if (memcmp(digest, directory.at + hashes + (size_t)i * hash_size, hash_size) != 0 && bad++ < BAD_PAGES_MAX)
            sink_damage(sink, i * page, bytes.size, "the hash of a page does not agree with the code signature");
    }
    sink_fact(sink, "macho.signature.pages", bad == 0 ? "hold" : "do not agree");
}

static void read_directory(span_t image, span_t blob, bool first, sink_t *sink)
{
    reader_t r       = reader_at(blob, 8);
    uint32_t version = read_be32(&r), flags = read_be32(&r);
    reader_skip(&r, 4);
    uint32_t identifier = read_be32(&r);
    r                   = reader_at(blob, 48);
    uint32_t team       = version >= VERSION_TEAM ? read_be32(&r) : 0;
    if (first) {
        say_text(sink, "macho.identifier", blob, identifier);
        say_text(sink, "macho.team", blob, team);
        sink_fact(sink, "macho.signature", (flags & 2) != 0 ? "ad hoc" : "signed");
        check_pages(image, blob, sink);
    }
}

static void show_blob(sink_t *sink, uint64_t at, span_t blob, const char *path)
{
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_FILE});
    if (child != NULL && blob.size > 8)
        child_range(child, at + 8, blob.size - 8);
    sink_end_child(sink);
}

static void show_signature(span_t image, range_t where, sink_t *sink)
{
    static const struct { uint32_t magic; const char *path; } shown[] = {
        {ENTITLEMENTS, ".signature/entitlements.plist"}, {ENTITLEMENTS_DER, ".signature/entitlements.der"},
        {REQUIREMENTS, ".signature/requirements"}, {CMS, ".signature/cms.p7b"},
    };
    span_t   super = span_clip(image, where.offset, where.length);
    reader_t r     = reader_from(super);
    uint32_t magic = read_be32(&r), length = read_be32(&r), count = read_be32(&r), seen = 0, directories = 0;
    if (!reader_ok(&r) || magic != SUPERBLOB || length > super.size) {
        sink_damage(sink, where.offset, super.size, "the code signature cannot be read");
        return;
    }
    for (uint32_t i = 0; i < count && i < BLOBS_MAX; i++) {
        reader_skip(&r, 4);
        uint32_t at   = read_be32(&r);
        reader_t head = reader_at(super, at);
        uint32_t kind = read_be32(&head), size = read_be32(&head);
        span_t   blob = span_sub(super, at, size);
        if (!reader_ok(&r) || !reader_ok(&head) || blob.size < 8) {
            sink_damage(sink, where.offset, super.size, "a part of the code signature goes beyond it");
            break;
        }
        if (kind == CODE_DIRECTORY)
            read_directory(image, blob, directories++ == 0, sink);
        for (uint32_t j = 0; j < sizeof shown / sizeof shown[0]; j++)
            if (shown[j].magic == kind && (seen >> j & 1) == 0) {
                seen |= 1u << j;
                show_blob(sink, where.offset + at, blob, shown[j].path);
            }
    }
}

/* ---- facts --------------------------------------------------------------------------------------------------------- */

static void say_version(sink_t *sink, const char *key, uint32_t version)
{
    sink_fact_printf(sink, key, "%u.%u.%u", version >> 16, version >> 8 & 0xFF, version & 0xFF);
}

static void say_command(const macho_t *m, const command_t *command, sink_t *sink)
{
    static const char *const platforms[] = {NULL, "macOS", "iOS", "tvOS", "watchOS", "bridgeOS", "Mac Catalyst", "iOS simulator", "tvOS simulator",
                                            "watchOS simulator", "DriverKit", "visionOS"};
    reader_t r = reader_at(command->bytes, 8);
    if (command->kind == COMMAND_UUID) {
        char   text[33] = "";
        span_t uuid     = read_span(&r, 16);
        for (size_t i = 0; i < uuid.size; i++)
            (void)snprintf(text + 2 * i, 3, "%02x", uuid.at[i]);
        if (uuid.size > 0)
            sink_fact(sink, "macho.uuid", text);
    } else if (command->kind == COMMAND_BUILD) {
        uint32_t platform = word(m, &r), least = word(m, &r), sdk = word(m, &r);
        if (platform < sizeof platforms / sizeof platforms[0] && platforms[platform] != NULL)
            sink_fact(sink, "macho.platform", platforms[platform]);
        say_version(sink, "macho.system-at-least", least);
        say_version(sink, "macho.sdk", sdk);
    } else if (command->kind == COMMAND_VERSION_MACOS || command->kind == COMMAND_VERSION_IOS) {
        sink_fact(sink, "macho.platform", command->kind == COMMAND_VERSION_MACOS ? "macOS" : "iOS");
        say_version(sink, "macho.system-at-least", word(m, &r));
    } else if (command->kind == COMMAND_DYLIB_ID) {
        say_text(sink, "macho.name", command->bytes, word(m, &r));
    } else if (command->kind == COMMAND_ENCRYPTION || command->kind == COMMAND_ENCRYPTION_64) {
        uint32_t offset = word(m, &r), length = word(m, &r), scheme = word(m, &r);
        if (reader_ok(&r) && scheme != 0)
            sink_limit(sink, offset, length, "encrypted", "this part of the program is encrypted for the App Store");
    }
}

static void say_facts(const macho_t *m, sink_t *sink)
{
    static const char *const types[] = {NULL, "object", "executable", "fixed library", "core", "preloaded", "library", "linker", "bundle",
                                        "library stub",
                                        "debug symbols", "kernel extension", "file set"};
    sink_fact(sink, "macho.machine", cpu_name(m->cpu));
    sink_fact(sink, "macho.type", types[m->type]);
    sink_fact(sink, "macho.class", m->is_64 ? "64" : "32");
    sink_fact(sink, "macho.byte-order", m->big ? "big" : "little");
}

static status_t macho_extract(span_t image, sink_t *sink)
{
    macho_t m;
    if (!read_header(image, &m))
        return status_fail(STATUS_REJECTED, "macho", 0, "not a Mach-O file");
    static const char cut[] = "the image ends before the Mach-O file does";
    uint64_t          at = m.header, end = end_of(image, &m);
    range_t           ranges[RANGES_MAX], parts[2];
    size_t            count = 0;
    command_t         command;
    say_facts(&m, sink);
    if (end > image.size)
        sink_damage(sink, image.size, 0, cut);
    end = min_u64(end, image.size);
    sink_claim(sink, 0, min_u64((uint64_t)m.header + m.size, image.size), REGION_STRUCTURE);
    ranges[count++] = (range_t){0, (uint64_t)m.header + m.size};
    for (uint32_t i = 0; i < m.commands; i++) {
        if (!next_command(image, &m, &at, &command)) {
            sink_damage(sink, min_u64(at, image.size), 0, "a load command cannot be read: what it and those behind it name is not known");
            break;
        }
        say_command(&m, &command, sink);
        size_t named = ranges_of(&m, &command, parts);
        if (command.kind == COMMAND_SIGNATURE && named > 0)
            show_signature(image, parts[0], sink);
        for (size_t j = 0; j < named && count < RANGES_MAX; j++)
            ranges[count++] = parts[j];
    }
    for (size_t i = 1; i < count; i++)
        sink_claim(sink, min_u64(ranges[i].offset, end), span_clip(image, ranges[i].offset, ranges[i].length).size, REGION_CONTENT);
    claim_constant_gaps(image, sink, ranges, count, end);
    return ok();
}

static const magic_t magics[] = {
    MAGIC("\xFE\xED\xFA\xCE", 0), MAGIC("\xFE\xED\xFA\xCF", 0), MAGIC("\xCE\xFA\xED\xFE", 0), MAGIC("\xCF\xFA\xED\xFE", 0),
};

const extractor_t macho_extractor = {
    .id = "macho", .name = "Mach-O", .specification = "Apple, mach-o/loader.h; xnu, osfmk/kern/cs_blobs.h", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 4, .probe = macho_probe, .extent = macho_extent, .extract = macho_extract,
};

/* ---- universal ----------------------------------------------------------------------------------------------------- */

/* Universal ("fat") files: CAFEBABE or CAFEBABF, number of programs, then for each its machine, offset, size and alignment. Big-endian. Java
 * classes have the same magic, and a version where the number stands. */
enum { FAT_HEADER = 8, FAT_ENTRY = 20, FAT_ENTRY_64 = 32, FAT_MAX = 16, ALIGN_MAX = 20 };

typedef struct { uint32_t cpu, subtype, align; uint64_t offset, size; } slice_t;
typedef struct { slice_t slices[FAT_MAX]; uint32_t count; uint64_t header, end; unsigned begun; } fat_t;

static bool read_fat(span_t image, fat_t *fat)
{
    reader_t r     = reader_from(image);
    uint32_t magic = read_be32(&r);
    unsigned width = magic == 0xCAFEBABF ? 8 : 4;
    *fat           = (fat_t){.count = read_be32(&r)};
    if ((magic != 0xCAFEBABE && magic != 0xCAFEBABF) || fat->count == 0 || fat->count > FAT_MAX)
        return false;
    fat->header = FAT_HEADER + (uint64_t)fat->count * (width == 8 ? FAT_ENTRY_64 : FAT_ENTRY);
    fat->end    = fat->header;
    for (uint32_t i = 0; i < fat->count; i++) {
        slice_t *slice = &fat->slices[i];
        slice->cpu     = read_be32(&r);
        slice->subtype = read_be32(&r);
        slice->offset  = read_be(&r, width);
        slice->size    = read_be(&r, width);
        slice->align   = read_be32(&r);
        if (width == 8)
            reader_skip(&r, 4);
        if (!reader_ok(&r) || cpu_name(slice->cpu) == NULL || slice->align > ALIGN_MAX || slice->offset % (UINT64_C(1) << slice->align) != 0 ||
            slice->offset < fat->end || slice->size == 0 || !checked_add(slice->offset, slice->size, &fat->end))
            return false;
        span_t  program = span_clip(image, slice->offset, slice->size);
        macho_t m;
        if (program.size >= 4 && !read_header(program, &m) && !span_has_text_at(program, 0, "!<arch>\n"))
            return false;
        fat->begun += program.size >= 4;
    }
    return true;
}

static unsigned fat_probe(span_t image)
{
    fat_t fat;
    return read_fat(image, &fat) ? 32 + 16 + (fat.begun > 0 ? 32u : 0) : 0;
}

static uint64_t fat_extent(span_t image)
{
    fat_t fat;
    return read_fat(image, &fat) ? min_u64(fat.end, image.size) : 0;
}

static status_t fat_extract(span_t image, sink_t *sink)
{
    fat_t   fat;
    range_t ranges[FAT_MAX + 1];
    if (!read_fat(image, &fat))
        return status_fail(STATUS_REJECTED, "macho_fat", 0, "not a universal file");
    sink_claim(sink, 0, fat.header, REGION_STRUCTURE);
    sink_fact_printf(sink, "macho_fat.programs", "%u", fat.count);
    if (fat.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the universal file does");
    ranges[0] = (range_t){0, fat.header};
    for (uint32_t i = 0; i < fat.count; i++) {
        char     path[32];
        int      size  = snprintf(path, sizeof path, "%s-%u", cpu_name(fat.slices[i].cpu), fat.slices[i].subtype & 0xFFFFFF);
        ranges[i + 1]  = (range_t){fat.slices[i].offset, fat.slices[i].size};
        child_t *child = sink_child(sink, &(child_info_t){.path = span_from(path, (size_t)size), .type = CHILD_PAYLOAD});
        if (child == NULL)
            return ok();
        child_range(child, fat.slices[i].offset, fat.slices[i].size);
        sink_end_child(sink);
    }
    claim_constant_gaps(image, sink, ranges, fat.count + 1, min_u64(fat.end, image.size));
    return ok();
}

static const magic_t fat_magics[] = {MAGIC("\xCA\xFE\xBA\xBE", 0), MAGIC("\xCA\xFE\xBA\xBF", 0)};

const extractor_t macho_fat_extractor = {
    .id = "macho_fat", .name = "Mach-O, universal", .specification = "Apple, mach-o/fat.h", .reach = REACH_EXTRACT,
    .magics = fat_magics, .magic_count = 2, .probe = fat_probe, .extent = fat_extent, .extract = fat_extract,
};
