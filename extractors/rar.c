/* RAR, both generations. RAR 1.5–4: blocks of CRC-16 (low half of a CRC-32), type, flags, size and, by a flag, the size of the
 * data behind. RAR 5: blocks of CRC-32 and variable-length integers. Both end with a block of their own. Source: RAR 4
 * technote.txt and RAR 5.0 archive format (rarlab.com/technote.htm); libarchive, archive_read_support_format_rar{,5}.c.
 *
 * The blocks are walked here, for where the archive ends and where each member's data stands; libarchive unpacks. It has no
 * decryption: encrypted members are listed without content. */
#include "extractors/archive_common.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    RAR4_MAIN = 0x73, RAR4_FILE = 0x74, RAR4_SERVICE = 0x7A, RAR4_END = 0x7B, RAR4_HAS_DATA = 0x8000, RAR4_LARGE = 0x100,
    RAR4_HEADERS_ENCRYPTED = 0x80, RAR4_VOLUME = 1, RAR4_FILE_ENCRYPTED = 4, RAR4_SPLIT = 3,
    RAR5_MAIN = 1, RAR5_FILE = 2, RAR5_SERVICE = 3, RAR5_ENCRYPTION = 4, RAR5_END = 5, RAR5_HAS_EXTRA = 1, RAR5_HAS_DATA = 2,
    RAR5_SPLIT = 0x18, RAR5_HEADER_MAX = 2 << 20
};

typedef enum { BLOCK_OTHER, BLOCK_FILE, BLOCK_ENCRYPTED_HEADERS, BLOCK_END } block_type_t;

typedef struct {
    block_type_t type;
    uint64_t     at, data, end; /* header at [at, data), data at [data, end) */
    span_t       name;
    bool         encrypted, split, volume;
} block_t;

/* One generation: its signature, and how to read the block at `at`; false when it is not sound. */
typedef struct {
    const char *format;
    const char *signature;
    size_t      signature_size;
    int (*enable)(struct archive *);
    bool (*read_block)(span_t image, uint64_t at, block_t *block);
} generation_t;

static bool read_block4(span_t image, uint64_t at, block_t *block)
{
    reader_t r     = reader_at(image, at);
    uint16_t crc   = read_le16(&r);
    uint8_t  type  = read_u8(&r);
    uint16_t flags = read_le16(&r), size = read_le16(&r);
    span_t   header = span_sub(image, at, size);
    *block          = (block_t){.at = at, .data = at + size};
    if (!reader_ok(&r) || header.at == NULL || size < 7 || type < RAR4_MAIN || type > RAR4_END)
        return false;
    span_t covered = span_from_offset(header, 2);
    if ((crc32_z(0, covered.at, covered.size) & 0xFFFF) != crc)
        return false;
    reader_t h      = reader_at(header, 7);
    uint64_t packed = (flags & RAR4_HAS_DATA) != 0 || type == RAR4_FILE || type == RAR4_SERVICE ? read_le32(&h) : 0;
    if (type == RAR4_FILE || type == RAR4_SERVICE) {
        reader_skip(&h, 15);
        uint16_t name = read_le16(&h);
        reader_skip(&h, 4);
        if ((flags & RAR4_LARGE) != 0) {
            packed |= (uint64_t)read_le32(&h) << 32;
            reader_skip(&h, 4);
        }
        block->name = read_span(&h, name);
        /* Behind a zero stands the same name once more, in a packed form of UTF-16. */
        const uint8_t *zero = block->name.size > 0 ? memchr(block->name.at, 0, block->name.size) : NULL;
        if (zero != NULL)
            block->name.size = (size_t)(zero - block->name.at);
    }
    block->type      = type == RAR4_FILE ? BLOCK_FILE : type == RAR4_END ? BLOCK_END : BLOCK_OTHER;
    block->encrypted = type == RAR4_FILE && (flags & RAR4_FILE_ENCRYPTED) != 0;
    block->split     = type == RAR4_FILE && (flags & RAR4_SPLIT) != 0;
    block->volume    = type == RAR4_MAIN && (flags & RAR4_VOLUME) != 0;
    if (type == RAR4_MAIN && (flags & RAR4_HEADERS_ENCRYPTED) != 0)
        block->type = BLOCK_ENCRYPTED_HEADERS;
    return reader_ok(&h) && checked_add(block->data, packed, &block->end);
}

/* Seven bits a byte, least first, the top bit says that more follow. */
static uint64_t read_vint(reader_t *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        uint8_t byte = read_u8(r);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    r->failed = true;
    return 0;
}

/* Fields of a file block behind the common ones, for its name and whether it is encrypted. */
static void read_file5(reader_t h, span_t header, uint64_t extra_size, block_t *block)
{
    uint64_t flags = read_vint(&h);
    (void)read_vint(&h); /* size */
    (void)read_vint(&h); /* attributes */
    reader_skip(&h, ((flags & 2) != 0 ? 4 : 0) + ((flags & 4) != 0 ? 4 : 0));
    (void)read_vint(&h); /* compression */
    (void)read_vint(&h); /* system */
    block->name    = read_span(&h, read_vint(&h));
    reader_t extra = reader_at(header, header.size - min_u64(extra_size, header.size));
    while (reader_left(&extra) > 0) {
        reader_t record = reader_from(read_span(&extra, read_vint(&extra)));
        if (reader_left(&record) > 0 && read_vint(&record) == 1)
            block->encrypted = true;
    }
}

static bool read_block5(span_t image, uint64_t at, block_t *block)
{
    reader_t r    = reader_at(image, at);
    uint32_t crc  = read_le32(&r);
    uint64_t from = r.pos, size = read_vint(&r), header_at = r.pos;
    *block        = (block_t){.at = at};
    if (!reader_ok(&r) || size == 0 || size > RAR5_HEADER_MAX || !span_holds(image, header_at, size))
        return false;
    span_t covered = span_sub(image, from, header_at + size - from);
    if (crc32_z(0, covered.at, covered.size) != crc)
        return false;
    span_t   header = span_sub(image, header_at, size);
    reader_t h      = reader_from(header);
    uint64_t type = read_vint(&h), flags = read_vint(&h);
    uint64_t extra = (flags & RAR5_HAS_EXTRA) != 0 ? read_vint(&h) : 0, packed = (flags & RAR5_HAS_DATA) != 0 ? read_vint(&h) : 0;
    block->data = header_at + size;
    block->type = type == RAR5_FILE ? BLOCK_FILE : type == RAR5_ENCRYPTION ? BLOCK_ENCRYPTED_HEADERS : type == RAR5_END ? BLOCK_END : BLOCK_OTHER;
    if (type == RAR5_FILE) {
        read_file5(h, header, extra, block);
        block->split = (flags & RAR5_SPLIT) != 0;
    }
    block->volume = type == RAR5_MAIN && (read_vint(&h) & 1) != 0;
    return type >= RAR5_MAIN && type <= RAR5_END && checked_add(block->data, packed, &block->end);
}

static const generation_t RAR4 = {"rar", "Rar!\x1A\x07\x00", 7, archive_read_support_format_rar, read_block4};
static const generation_t RAR5 = {"rar5", "Rar!\x1A\x07\x01\x00", 8, archive_read_support_format_rar5, read_block5};

static bool is_signature(span_t image, const generation_t *g) { return span_starts_with(image, span_from(g->signature, g->signature_size)); }

static unsigned probe_as(span_t image, const generation_t *g)
{
    block_t block;
    if (!is_signature(image, g) || !g->read_block(image, g->signature_size, &block))
        return 0;
    return (unsigned)g->signature_size * 8 + (g == &RAR4 ? 16 : 32);
}

static uint64_t extent_as(span_t image, const generation_t *g)
{
    block_t  block;
    uint64_t at = g->signature_size;
    while (at < image.size && g->read_block(image, at, &block)) {
        if (block.end >= image.size || block.type == BLOCK_ENCRYPTED_HEADERS)
            return image.size; /* what follows encrypted headers cannot be told from them */
        at = block.end;
        if (block.type == BLOCK_END)
            break;
    }
    return min_u64(at, image.size);
}

/* ---- extraction ---------------------------------------------------------------------------------------------------- */

typedef struct { block_t *files; size_t count, capacity; bool failed, headers_encrypted; } files_t;

static void keep_file(files_t *files, const block_t *block)
{
    if (files->count == files->capacity) {
        size_t   capacity = files->capacity == 0 ? 64 : files->capacity * 2;
        block_t *more     = realloc(files->files, capacity * sizeof *more);
        if (more == NULL) {
            files->failed = true;
            return;
        }
        files->files    = more;
        files->capacity = capacity;
    }
    files->files[files->count++] = *block;
}

/* Claims the headers and the data of blocks that are no files; keeps the files. */
static void walk_blocks(span_t image, uint64_t end, sink_t *sink, const generation_t *g, files_t *files)
{
    sink_claim(sink, 0, g->signature_size, REGION_STRUCTURE);
    block_t  block = {0};
    uint64_t at    = g->signature_size;
    while (at < end && block.type != BLOCK_END && !files->failed) {
        if (!g->read_block(image, at, &block)) {
            sink_damage(sink, at, 0, "the archive does not go on with a sound block");
            return;
        }
        sink_claim(sink, at, block.data - at, REGION_STRUCTURE);
        if (block.volume)
            sink_damage(sink, at, block.data - at, "one volume of several: members may begin or end in others");
        if (block.type == BLOCK_ENCRYPTED_HEADERS) {
            sink_damage(sink, block.data, image.size - block.data, "encrypted, names included");
            files->headers_encrypted = true;
            return;
        }
        if (block.type == BLOCK_FILE)
            keep_file(files, &block);
        else if (block.end <= image.size)
            sink_claim(sink, block.data, block.end - block.data, REGION_STRUCTURE);
        if (block.end > image.size)
            sink_damage(sink, block.data, image.size - block.data, "the image ends before this block does");
        at = min_u64(block.end, image.size);
    }
    if (block.type != BLOCK_END)
        sink_note(sink, at, "the archive has no end block");
}

static place_t where_file(void *context, uint64_t member, uint64_t position)
{
    (void)position;
    const files_t *files = context;
    if (member >= files->count)
        return (place_t){0};
    return (place_t){files->files[member].data, files->files[member].end - files->files[member].data};
}

static const char *obstacle_of(void *context, uint64_t member)
{
    const files_t *files = context;
    return member < files->count && files->files[member].encrypted ? "encrypted" : NULL;
}

/* Members that libarchive did not come to: their names are known all the same. */
static void say_unreached(span_t image, sink_t *sink, const files_t *files, uint64_t reached)
{
    for (size_t i = (size_t)reached; i < files->count; i++) {
        const block_t *file = &files->files[i];
        child_info_t   info = {.path = archive_plain_path(file->name), .type = CHILD_FILE};
        if (info.path.size == 0)
            info.path = span_from_text("unnamed");
        place_t place = {file->data, min_u64(file->end, image.size) - file->data};
        if (!archive_say_lost(sink, &info, place, file->encrypted ? "encrypted" : "could not be read: a member before it ended the reading"))
            return;
    }
}

static status_t extract_as(span_t image, sink_t *sink, const generation_t *g)
{
    uint64_t end = extent_as(image, g);
    if (!is_signature(image, g) || end <= g->signature_size)
        return status_fail(STATUS_REJECTED, g->format, 0, "not a RAR archive");
    files_t files = {0};
    walk_blocks(span_clip(image, 0, end), end, sink, g, &files);
    if (!files.headers_encrypted && files.count > 0) {
        archive_source_t source = {
            .format = g->format, .enable = g->enable, .context = &files, .where = where_file, .obstacle = obstacle_of,
            .traits = ARCHIVE_TRAIT_MODE | ARCHIVE_TRAIT_HARD_LINKS | ARCHIVE_TRAIT_INDEPENDENT,
        };
        archive_outcome_t outcome = archive_extract(span_clip(image, 0, end), sink, &source);
        if (!outcome.limited)
            say_unreached(span_clip(image, 0, end), sink, &files, outcome.members);
    }
    free(files.files);
    return files.failed ? status_fail(STATUS_MEMORY, g->format, 0, "out of memory for the members") : ok();
}

static unsigned rar4_probe(span_t image) { return probe_as(image, &RAR4); }
static uint64_t rar4_extent(span_t image) { return extent_as(image, &RAR4); }
static status_t rar4_extract(span_t image, sink_t *sink) { return extract_as(image, sink, &RAR4); }
static unsigned rar5_probe(span_t image) { return probe_as(image, &RAR5); }
static uint64_t rar5_extent(span_t image) { return extent_as(image, &RAR5); }
static status_t rar5_extract(span_t image, sink_t *sink) { return extract_as(image, sink, &RAR5); }

static const magic_t rar4_magics[] = {MAGIC("Rar!\x1A\x07\x00", 0)};
static const magic_t rar5_magics[] = {MAGIC("Rar!\x1A\x07\x01\x00", 0)};

const extractor_t rar_extractor = {
    .id = "rar", .name = "RAR 1.5 to 4", .specification = "RAR 4 technote.txt", .reach = REACH_EXTRACT,
    .magics = rar4_magics, .magic_count = 1, .probe = rar4_probe, .extent = rar4_extent, .extract = rar4_extract,
};

const extractor_t rar5_extractor = {
    .id = "rar5", .name = "RAR 5", .specification = "rarlab.com/technote.htm", .reach = REACH_EXTRACT,
    .magics = rar5_magics, .magic_count = 1, .probe = rar5_probe, .extent = rar5_extent, .extract = rar5_extract,
};
