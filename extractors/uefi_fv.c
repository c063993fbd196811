/* UEFI firmware volume: 16 bytes that may hold a reset vector, GUID of the file system, length, "_FVH", attributes, length and 16-bit sum of
 * the header, offset of an extended header, revision, a map of block counts and lengths that ends in two zeros. In FFS, files
 * follow at multiples of eight: GUID, sums of header and content, type, attributes, size (three bytes; FFS3 has eight more for
 * large ones), state; their content is sections or, for raw files, bytes. Source: PI specification, volume 3, "Firmware Storage".
 *
 * Each file becomes a directory with its sections in it, under the name in its user interface section. */
#include "extractors/uefi.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SIGNATURE_AT = 40, FIXED_HEADER = 56, BLOCK_ENTRY = 8, EXT_HEADER = 20, ERASE_POLARITY = 0x800,
    FFS_HEADER = 24, FFS_LARGE_HEADER = 32, FFS_LARGE = 0x01, FFS_TAIL = 0x01, FFS_CHECKSUM = 0x40,
    FFS_TYPE_RAW = 0x01, FFS_TYPE_PADDING = 0xF0, STATE_DELETED = 0x10, STATE_HEADER_INVALID = 0x20,
    NAME_TEXT = 700
};

#define DECODED_OF_FILE ((uint64_t)192 << 20)
#define DECODED_OF_VOLUME ((uint64_t)1 << 30)

static const uint8_t ffs1[UEFI_GUID] = UEFI_GUID_BYTES(0x7A9354D9, 0x0468, 0x444A, 0x81, 0xCE, 0x0B, 0xF6, 0x17, 0xD8, 0x90, 0xDF);

typedef struct {
    span_t   guid;
    uint64_t length, mapped; /* as it says, and as its blocks add up */
    uint32_t attributes;
    uint16_t header, ext_at;
    uint8_t  revision;
    bool     sum_agrees, map_agrees;
} volume_t;

typedef struct {
    uint64_t at, header, size; /* size with header */
    span_t   guid;
    uint8_t  type, attributes, data_sum, state;
    bool     sum_agrees;
} file_t;

/* Names that were given, as hashes: a collision costs a name its beauty, no more. */
typedef struct { uint64_t *slots; size_t count, capacity; } names_t;

typedef struct {
    span_t          image; /* no longer than the volume */
    sink_t         *sink;
    volume_t        volume;
    uefi_sections_t sections;
    names_t         names;
    uint64_t        files;
    bool            stopped; /* a limit of the scan */
} fv_t;

static bool read_volume(span_t image, volume_t *v)
{
    reader_t r = reader_at(image, UEFI_GUID);
    *v         = (volume_t){.guid = read_span(&r, UEFI_GUID)};
    v->length  = read_le64(&r);
    reader_skip(&r, 4);
    v->attributes = read_le32(&r);
    v->header     = read_le16(&r);
    reader_skip(&r, 2);
    v->ext_at = read_le16(&r);
    reader_skip(&r, 1);
    v->revision = read_u8(&r);
    if (!reader_ok(&r) || v->revision < 1 || v->revision > 2 || v->header < FIXED_HEADER + BLOCK_ENTRY || v->header % 2 != 0 ||
        v->length <= v->header)
        return false;
    span_t header = span_sub(image, 0, v->header);
    if (header.at == NULL)
        return false;
    v->sum_agrees = uefi_sum16(header) == 0;
    reader_t map  = reader_at(header, FIXED_HEADER);
    for (;;) {
        uint32_t blocks = read_le32(&map), size = read_le32(&map);
        if (!reader_ok(&map) || (blocks == 0 && size == 0))
            break;
        if (!checked_add(v->mapped, (uint64_t)blocks * size, &v->mapped))
            return false;
    }
    v->map_agrees = reader_ok(&map) && v->mapped == v->length;
    return true;
}

static unsigned uefi_fv_probe(span_t image)
{
    volume_t v;
    if (!span_has_text_at(image, SIGNATURE_AT, "_FVH") || !read_volume(image, &v))
        return 0;
    const char *name  = uefi_guid_name(v.guid);
    unsigned    known = name != NULL && (strncmp(name, "FFS", 3) == 0 || strncmp(name, "NVRAM", 5) == 0) ? 1 : 0;
    unsigned held = (v.sum_agrees ? 1u : 0u) + (v.map_agrees ? 1u : 0u) + known;
    return held >= 2 ? 32 + 16 * held : 0;
}

static uint64_t uefi_fv_extent(span_t image)
{
    volume_t v;
    return read_volume(image, &v) ? min_u64(v.length, image.size) : 0;
}

/* ---- names --------------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (; *text != 0; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001B3u;
    return hash != 0 ? hash : 1;
}

static bool grow_names(names_t *names)
{
    size_t    capacity = names->capacity == 0 ? 256 : 2 * names->capacity;
    uint64_t *slots    = calloc(capacity, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < names->capacity; i++) {
        size_t at = names->slots[i] & (capacity - 1);
        if (names->slots[i] == 0)
            continue;
        while (slots[at] != 0)
            at = (at + 1) & (capacity - 1);
        slots[at] = names->slots[i];
    }
    free(names->slots);
    *names = (names_t){slots, names->count, capacity};
    return true;
}

/* False when the name was taken before, or might have been. */
static bool take_name(names_t *names, const char *name)
{
    uint64_t hash = hash_of(name);
    if (2 * names->count >= names->capacity && !grow_names(names))
        return false;
    size_t at = hash & (names->capacity - 1);
    for (; names->slots[at] != 0; at = (at + 1) & (names->capacity - 1))
        if (names->slots[at] == hash)
            return false;
    names->slots[at] = hash;
    names->count++;
    return true;
}

/* ---- files --------------------------------------------------------------------------------------------------------- */

static uint8_t erased(const fv_t *fv) { return (fv->volume.attributes & ERASE_POLARITY) != 0 ? 0xFF : 0x00; }

static bool read_file(const fv_t *fv, uint64_t at, file_t *file)
{
    span_t   fixed   = span_sub(fv->image, at, FFS_HEADER);
    reader_t r       = reader_from(fixed);
    *file            = (file_t){.at = at, .header = FFS_HEADER, .guid = read_span(&r, UEFI_GUID)};
    reader_skip(&r, 1);
    file->data_sum   = read_u8(&r);
    file->type       = read_u8(&r);
    file->attributes = read_u8(&r);
    file->size       = read_le(&r, 3);
    file->state      = (uint8_t)(read_u8(&r) ^ erased(fv));
    if (!reader_ok(&r))
        return false;
    bool is_large = fv->volume.revision > 1 && (file->attributes & FFS_LARGE) != 0;
    if (is_large) {
        reader_t large = reader_at(fv->image, at + FFS_HEADER);
        file->size     = read_le64(&large);
        file->header   = FFS_LARGE_HEADER;
        if (!reader_ok(&large))
            return false;
    }
    span_t header    = span_sub(fv->image, at, file->header);
    uint8_t sum      = uefi_sum8(header);
    sum              = (uint8_t)(sum - file->data_sum - fixed.at[FFS_HEADER - 1]);
    file->sum_agrees = sum == 0;
    return file->size >= file->header && at + file->size > at && at + file->size <= fv->volume.length;
}

/* A header that can be believed without the one before it. */
static bool is_file(const fv_t *fv, uint64_t at, file_t *file)
{
    return read_file(fv, at, file) && file->sum_agrees && !span_is_filled_with(span_sub(fv->image, at, FFS_HEADER), 0);
}

static const char *type_name(unsigned type)
{
    static const struct { unsigned type; const char *name; } types[] = {
        {UEFI_SECTION_PIC, "code.pic"}, {UEFI_SECTION_DXE_DEPEX, "dxe.depex"}, {UEFI_SECTION_PEI_DEPEX, "pei.depex"},
        {UEFI_SECTION_MM_DEPEX, "mm.depex"}, {UEFI_SECTION_VERSION, "version"}, {UEFI_SECTION_UI, "name"}, {UEFI_SECTION_COMPATIBILITY16, "compatibility16.bin"},
        {UEFI_SECTION_VOLUME, "volume.fv"}, {UEFI_SECTION_RAW, "raw.bin"}, {UEFI_SECTION_NONE, "undecoded.bin"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return types[i].name;
    return NULL;
}

static void leaf_path(const uefi_leaf_t *leaf, const char *directory, const char *base, char *path, size_t room)
{
    char        guid[UEFI_GUID_TEXT];
    const char *name = type_name(leaf->type);
    if (leaf->type == UEFI_SECTION_PE32 || leaf->type == UEFI_SECTION_TE)
        (void)snprintf(path, room, "%s/%s.%s", directory, base, leaf->type == UEFI_SECTION_PE32 ? "efi" : "te");
    else if (leaf->guid.size > 0)
        (void)snprintf(path, room, "%s/%s.bin", directory, uefi_guid_call(leaf->guid, guid));
    else if (name != NULL)
        (void)snprintf(path, room, "%s/%s", directory, name);
    else
        (void)snprintf(path, room, "%s/section-%02X.bin", directory, leaf->type);
}

static bool is_payload(unsigned type) { return type == UEFI_SECTION_VOLUME || type == UEFI_SECTION_NONE || type == UEFI_SECTION_GUID_DEFINED; }

static void show_leaf(fv_t *fv, const uefi_leaf_t *leaf, const char *directory, const char *base, size_t number)
{
    char path[2 * NAME_TEXT];
    leaf_path(leaf, directory, base, path, sizeof path - 16);
    if (!take_name(&fv->names, path)) {
        size_t size = strlen(path);
        (void)snprintf(path + size, sizeof path - size, "-%zu", number);
    }
    child_type_t type  = is_payload(leaf->type) ? CHILD_PAYLOAD : CHILD_FILE;
    child_t     *child = sink_child(fv->sink, &(child_info_t){.path = span_from_text(path), .type = type});
    if (child == NULL) {
        fv->stopped = true;
        return;
    }
    if (!leaf->body.decoded)
        child_range(child, leaf->body.at, leaf->body.bytes.size);
    else if (!status_ok(child_write(child, leaf->body.bytes, leaf->body.at, leaf->body.length)))
        fv->stopped = true;
    if (leaf->damage != NULL)
        child_damage(child, leaf->body.at, leaf->body.length, leaf->damage);
    sink_end_child(fv->sink);
}

/* The name in the user interface section, of the table, or the GUID. */
static void file_name(fv_t *fv, const file_t *file, char *name, size_t room)
{
    char     guid[UEFI_GUID_TEXT];
    buffer_t text = {0};
    for (size_t i = 0; i < fv->sections.count && text.size == 0; i++)
        if (fv->sections.leaves[i].type == UEFI_SECTION_UI)
            uefi_path_component(fv->sections.leaves[i].body.bytes, &text);
    if (text.size > 0 && !text.failed)
        (void)snprintf(name, room, "%.*s", (int)min_u64(text.size, room - 1), (const char *)text.at);
    else
        (void)snprintf(name, room, "%s", uefi_guid_call(file->guid, guid));
    buffer_free(&text);
}

static void show_directory(fv_t *fv, const char *path)
{
    if (sink_child(fv->sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_DIRECTORY}) == NULL)
        fv->stopped = true;
    else
        sink_end_child(fv->sink);
}

static bool has_sections(const file_t *file) { return file->type != FFS_TYPE_RAW && file->type != 0; }

/* Names of sections are structure; a user interface section that was decoded has no bytes of its own to claim. */
static bool is_only_a_name(const fv_t *fv, const uefi_leaf_t *leaf)
{
    if (leaf->type != UEFI_SECTION_UI || leaf->damage != NULL)
        return false;
    if (!leaf->body.decoded)
        sink_claim(fv->sink, leaf->body.at, leaf->body.length, REGION_STRUCTURE);
    return true;
}

static void show_file(fv_t *fv, const file_t *file, uint64_t end, const char *prefix, const char *damage)
{
    char         base[NAME_TEXT / 2], path[NAME_TEXT];
    uint64_t     start = file->at + file->header;
    uefi_piece_t body  = {.bytes = span_sub(fv->image, start, end - start), .at = start, .length = end - start};
    fv->sections.file_budget = DECODED_OF_FILE;
    if (has_sections(file))
        uefi_sections_read(&fv->sections, body, damage);
    file_name(fv, file, base, sizeof base);
    (void)snprintf(path, sizeof path - 24, "%s%s", prefix, base);
    if (!take_name(&fv->names, path)) {
        size_t size = strlen(path);
        (void)snprintf(path + size, sizeof path - size, "-%llX", (unsigned long long)file->at);
    }
    show_directory(fv, path);
    if (!has_sections(file) && body.bytes.size > 0 && !fv->stopped)
        show_leaf(fv, &(uefi_leaf_t){.type = UEFI_SECTION_RAW, .body = body, .damage = damage}, path, base, 0);
    for (size_t i = 0; i < fv->sections.count && !fv->stopped; i++)
        if (!is_only_a_name(fv, &fv->sections.leaves[i]))
            show_leaf(fv, &fv->sections.leaves[i], path, base, i + 1);
    uefi_sections_clear(&fv->sections);
}

/* What fills a gap should be filling. */
static void show_padding(fv_t *fv, const file_t *file, uint64_t end)
{
    char     path[64];
    uint64_t start   = file->at + file->header;
    span_t   content = span_sub(fv->image, start, end - start);
    if (content.size == 0)
        return;
    if (span_is_filled_with(content, erased(fv)) || span_is_filled_with(content, 0)) {
        sink_claim(fv->sink, start, end - start, REGION_PADDING);
        return;
    }
    (void)snprintf(path, sizeof path, "padding-%llX", (unsigned long long)file->at);
    child_t *child = sink_child(fv->sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
    if (child == NULL) {
        fv->stopped = true;
        return;
    }
    child_range(child, start, end - start);
    sink_end_child(fv->sink);
    sink_note(fv->sink, file->at, "a padding file holds data");
}

static const char *damage_of(const fv_t *fv, const file_t *file, uint64_t end)
{
    if (end < file->at + file->size)
        return "the volume ends before the file does";
    span_t content = span_sub(fv->image, file->at + file->header, file->size - file->header);
    if ((file->attributes & FFS_CHECKSUM) == 0)
        return file->data_sum == (fv->volume.revision == 1 ? 0x5A : 0xAA) || file->type == FFS_TYPE_PADDING ? NULL
                   : "the place of the file's checksum does not hold its fixed value";
    return (uint8_t)(uefi_sum8(content) + file->data_sum) == 0 ? NULL : "the checksum of the file does not agree with its content";
}

/* Files of the first revision may repeat their sums, inverted, in two bytes at their end. */
static bool has_tail(const fv_t *fv, const file_t *file)
{
    return fv->volume.revision == 1 && (file->attributes & FFS_TAIL) != 0 && uefi_guid_is(fv->volume.guid, ffs1);
}

/* Does another file, free space or the end of the volume stand where this one ends? Then its header is right but for a flipped bit. */
static bool is_followed(const fv_t *fv, const file_t *file)
{
    file_t   next;
    uint64_t end  = round_up(file->at + file->size, 8);
    span_t   head = span_clip(fv->image, end, FFS_HEADER);
    return end == fv->volume.length || (head.size == FFS_HEADER && (is_file(fv, end, &next) || span_is_filled_with(head, erased(fv))));
}

static void open_file(fv_t *fv, const file_t *file)
{
    uint64_t end = min_u64(file->at + file->size, fv->image.size);
    sink_claim(fv->sink, file->at, file->header, REGION_STRUCTURE);
    if (!file->sum_agrees)
        sink_damage(fv->sink, file->at, file->header, "the checksum of a file's header does not agree");
    if (file->type == FFS_TYPE_PADDING) {
        show_padding(fv, file, end);
        return;
    }
    bool deleted = (file->state & (STATE_DELETED | STATE_HEADER_INVALID)) != 0;
    if (deleted && !sink_wants_deleted(fv->sink))
        return;
    const char *damage = damage_of(fv, file, end);
    if (damage != NULL)
        sink_damage(fv->sink, file->at + file->header, end - file->at - file->header, damage);
    if (has_tail(fv, file) && end - file->at - file->header >= 2 && end == file->at + file->size) {
        sink_claim(fv->sink, end - 2, 2, REGION_STRUCTURE);
        end -= 2;
    }
    fv->files++;
    show_file(fv, file, end, deleted ? "[deleted]/" : "", damage);
}

/* The next place from `at` on where a whole header stands; the end when there is none. */
static uint64_t next_file(const fv_t *fv, uint64_t at)
{
    file_t file;
    for (; fv->image.size - at >= FFS_HEADER; at += 8)
        if (is_file(fv, at, &file))
            return at;
    return fv->image.size;
}

static void open_files(fv_t *fv, uint64_t at)
{
    while (!fv->stopped && at < fv->image.size && fv->image.size - at >= FFS_HEADER) {
        file_t file;
        if (span_is_filled_with(span_sub(fv->image, at, FFS_HEADER), erased(fv))) {
            uint64_t next = next_file(fv, at);
            if (next == fv->image.size)
                break;
            sink_note(fv->sink, next, "a file stands behind free space, where firmware does not look");
            at = next;
            continue;
        }
        if (!read_file(fv, at, &file) || (!file.sum_agrees && !is_followed(fv, &file))) {
            uint64_t next = next_file(fv, at + 8);
            sink_damage(fv->sink, at, next - at, "not the header of a file");
            at = next;
            continue;
        }
        open_file(fv, &file);
        uint64_t end = file.at + file.size;
        at           = round_up(end, 8);
        if (at > end && at <= fv->image.size)
            sink_claim(fv->sink, end, at - end, REGION_PADDING);
    }
}

/* ---- the volume ---------------------------------------------------------------------------------------------------- */

/* The extended header stands in front of the first file; EDK2 wraps it into a padding file. */
static uint64_t open_ext_header(fv_t *fv)
{
    char     text[UEFI_GUID_TEXT];
    uint64_t at = fv->volume.ext_at;
    reader_t r  = reader_at(fv->image, at);
    span_t   name = read_span(&r, UEFI_GUID);
    uint64_t size = read_le32(&r);
    if (!reader_ok(&r) || at < fv->volume.header || size < EXT_HEADER || !span_holds(fv->image, at, size)) {
        sink_damage(fv->sink, min_u64(at, fv->image.size), 0, "the extended header of the volume does not hold together");
        return fv->volume.header;
    }
    uefi_guid_text(name, text);
    sink_fact(fv->sink, "uefi-fv.name", text);
    uint64_t end = round_up(at + size, 8);
    sink_claim(fv->sink, fv->volume.header, min_u64(end, fv->image.size) - fv->volume.header, REGION_STRUCTURE);
    return end;
}

static void show_whole(fv_t *fv, const char *name, uint64_t from)
{
    if (from >= fv->image.size)
        return;
    child_t *child = sink_child(fv->sink, &(child_info_t){.path = span_from_text(name), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return;
    child_range(child, from, fv->image.size - from);
    sink_end_child(fv->sink);
}

static void open_content(fv_t *fv)
{
    file_t      first;
    const char *name = uefi_guid_name(fv->volume.guid);
    uint64_t    from = fv->volume.ext_at != 0 && fv->volume.revision > 1 ? open_ext_header(fv) : fv->volume.header;
    from             = round_up(from, 8);
    if (name != NULL && strncmp(name, "NVRAM", 5) == 0)
        show_whole(fv, "nvram", from);
    else if ((name != NULL && strncmp(name, "FFS", 3) == 0) || is_file(fv, from, &first))
        open_files(fv, from);
    else
        show_whole(fv, "content", from);
}

static status_t uefi_fv_extract(span_t image, sink_t *sink)
{
    char text[UEFI_GUID_TEXT];
    fv_t fv = {.sink = sink};
    if (uefi_fv_probe(image) == 0 || !read_volume(image, &fv.volume))
        return status_fail(STATUS_REJECTED, "uefi-fv", 0, "not a firmware volume");
    fv.image    = span_clip(image, 0, fv.volume.length);
    fv.sections = (uefi_sections_t){.sink = sink, .codecs = codec_context_new(), .budget = DECODED_OF_VOLUME};
    if (fv.sections.codecs == NULL)
        return status_fail(STATUS_MEMORY, "uefi-fv", 0, "out of memory");
    sink_claim(sink, 0, fv.volume.header, REGION_STRUCTURE);
    sink_fact(sink, "uefi-fv.format", uefi_guid_call(fv.volume.guid, text));
    sink_fact_printf(sink, "uefi-fv.revision", "%u", fv.volume.revision);
    if (!fv.volume.sum_agrees || !fv.volume.map_agrees)
        sink_damage(sink, 0, fv.volume.header, !fv.volume.sum_agrees ? "the checksum of the volume's header does not agree"
                                                                     : "the blocks of the volume do not add up to its length");
    if (fv.volume.length > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the volume does");
    open_content(&fv);
    if (fv.files > 0)
        sink_fact_printf(sink, "uefi-fv.files", "%llu", (unsigned long long)fv.files);
    bool failed = fv.sections.failed;
    uefi_sections_free(&fv.sections);
    free(fv.names.slots);
    return failed ? status_fail(STATUS_MEMORY, "uefi-fv", 0, "out of memory") : ok();
}

static const magic_t magics[] = {MAGIC("_FVH", SIGNATURE_AT)};

const extractor_t uefi_fv_extractor = {
    .id = "uefi-fv", .name = "UEFI firmware volume", .specification = "UEFI Platform Initialization specification, volume 3", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = uefi_fv_probe, .extent = uefi_fv_extent, .extract = uefi_fv_extract,
};
