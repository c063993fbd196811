/* MikroTik NPK: the packages of RouterOS. 1E F1 D0 BA, bytes that follow, then parts: type (16 bits), length, data; little-endian. Types: 1 and
 * 18 package (name[16], revision, a byte, minor and major version, build time, 8 bytes), 2 description, 3 dependencies, 4 files, 7 and 8
 * scripts of installation and removal, 9 signature, 16 architecture, 21 SquashFS, 22 filling, 23 commit, 24 channel. The files are one zlib stream of
 * entries: mode (16 bits), 6 bytes, mtime, 12 bytes, length of the data, length of the name (16 bits), name, data.
 * Source: rsa9000/npk-tools, npk.h; botlabsDev/npkpy. */
#include "extractors/firmware_common.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { NPK_HEADER = 8, NPK_PART = 6, NPK_ENTRY = 30, NPK_PACKAGE = 24, NPK_NAME = 16, NPK_PIECE = 64 << 10 };
enum {
    PART_PACKAGE = 1, PART_DESCRIPTION = 2, PART_DEPENDENCIES = 3, PART_FILES = 4, PART_INSTALL = 7, PART_REMOVE = 8, PART_SIGNATURE = 9,
    PART_ARCHITECTURE = 16, PART_MAIN = 18, PART_SQUASHFS = 21, PART_FILLING = 22, PART_COMMIT = 23, PART_CHANNEL = 24
};

typedef struct { uint64_t data, length, end; uint16_t type; } npk_part_t;

static bool read_part(span_t image, uint64_t at, uint64_t total, npk_part_t *part)
{
    reader_t r   = reader_at(image, at);
    part->type   = read_le16(&r);
    part->length = read_le32(&r);
    part->data   = at + NPK_PART;
    part->end    = part->data + part->length;
    return reader_ok(&r) && part->end <= total && part->type < 256;
}

static bool read_header(span_t image, uint64_t *total)
{
    reader_t r = reader_from(image);
    if (read_be32(&r) != 0x1EF1D0BA)
        return false;
    *total = (uint64_t)NPK_HEADER + read_le32(&r);
    return reader_ok(&r) && *total > NPK_HEADER + NPK_PART;
}

static unsigned npk_probe(span_t image)
{
    npk_part_t part;
    uint64_t   total, at = NPK_HEADER;
    unsigned   parts = 0;
    if (!read_header(image, &total) || !read_part(image, at, total, &part))
        return 0;
    while (at < total && parts < FIRMWARE_PARTS_MAX && read_part(image, at, total, &part)) {
        at = part.end;
        parts++;
    }
    return 32 + 8 + (at == total ? 32u : 0u); /* the chain of lengths ends exactly where the header says that all ends */
}

static uint64_t npk_extent(span_t image)
{
    uint64_t total;
    return read_header(image, &total) ? min_u64(total, image.size) : 0;
}

static span_t trimmed(span_t text)
{
    while (text.size > 0 && (text.at[0] == ' ' || text.at[0] == '\n'))
        text = span_from_offset(text, 1);
    while (text.size > 0 && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\n'))
        text.size--;
    return text;
}

static void tell_package(span_t data, sink_t *sink)
{
    reader_t r = reader_at(data, NPK_NAME);
    firmware_fact(sink, "npk.name", firmware_text(data, 0, NPK_NAME));
    unsigned revision = read_u8(&r);
    reader_skip(&r, 1);
    unsigned minor = read_u8(&r), major = read_u8(&r);
    uint32_t built = read_le32(&r);
    if (!reader_ok(&r))
        return;
    sink_fact_printf(sink, "npk.version", "%u.%u.%u", major, minor, revision);
    firmware_fact_time(sink, "npk.built", built);
}

/* ---- the container of files ---- */

typedef struct {
    z_stream z;
    span_t   packed;
    uint64_t base;   /* where it stands in the image */
    bool     ended, broken;
} unpacker_t;

static uint64_t unpacked_from(const unpacker_t *u) { return u->base + u->packed.size - u->z.avail_in; }

/* The next `size` bytes of the entries, or fewer at their end. */
static size_t take(unpacker_t *u, uint8_t *out, size_t size)
{
    u->z.next_out  = out;
    u->z.avail_out = (uInt)size;
    while (u->z.avail_out > 0 && !u->ended && !u->broken) {
        int how   = inflate(&u->z, Z_NO_FLUSH);
        u->ended  = how == Z_STREAM_END;
        u->broken = how != Z_OK && how != Z_STREAM_END;
    }
    return size - u->z.avail_out;
}

static child_type_t type_of(uint16_t mode)
{
    switch (mode >> 12) {
    case 1: return CHILD_FIFO;
    case 2: return CHILD_CHAR_DEVICE;
    case 4: return CHILD_DIRECTORY;
    case 6: return CHILD_BLOCK_DEVICE;
    case 10: return CHILD_SYMLINK;
    case 12: return CHILD_SOCKET;
    default: return CHILD_FILE;
    }
}

/* False: nothing more can be read. */
static bool unpack_content(unpacker_t *u, child_t *child, uint64_t length, uint8_t *piece)
{
    while (length > 0) {
        uint64_t from = unpacked_from(u);
        size_t   want = (size_t)min_u64(length, NPK_PIECE), got = take(u, piece, want);
        if (got > 0 && !status_ok(child_write(child, span_from(piece, got), from, unpacked_from(u) - from)))
            return false;
        if (got < want) {
            child_damage(child, from, u->base + u->packed.size - from, "the zlib stream ends or breaks within this file");
            return false;
        }
        length -= got;
    }
    return true;
}

static bool unpack_entry(unpacker_t *u, sink_t *sink, uint8_t *piece)
{
    uint8_t  header[NPK_ENTRY];
    uint64_t from = unpacked_from(u);
    size_t   got  = take(u, header, sizeof header);
    sink_claim(sink, from, unpacked_from(u) - from, REGION_STRUCTURE);
    if (got < sizeof header) {
        if (got > 0 || u->broken)
            sink_damage(sink, from, u->base + u->packed.size - from, "the zlib stream of files breaks or ends too early");
        return false;
    }
    reader_t r    = reader_from(span_from(header, sizeof header));
    uint16_t mode = read_le16(&r);
    reader_skip(&r, 6);
    uint32_t mtime = read_le32(&r);
    reader_skip(&r, 12);
    uint32_t length = read_le32(&r);
    uint16_t size   = read_le16(&r);
    from            = unpacked_from(u);
    uint8_t *name   = malloc((size_t)size + TEXT_LONG_MAX + 1);
    if (name == NULL)
        return false;
    got = take(u, name, size);
    sink_claim(sink, from, unpacked_from(u) - from, REGION_STRUCTURE);
    child_info_t info = {.path = span_from(name, got), .type = type_of(mode), .has_mode = true, .mode = mode & 07777};
    info.has_mtime    = true;
    info.mtime        = mtime;
    bool         more = got == size;
    while (info.path.size > 0 && info.path.at[0] == '/')
        info.path = span_from_offset(info.path, 1);
    if (!more)
        sink_damage(sink, from, u->base + u->packed.size - from, "the zlib stream ends within the name of a file");
    if (more && info.type == CHILD_SYMLINK && length <= TEXT_LONG_MAX) {
        from      = unpacked_from(u);
        info.link = span_from(name + size, take(u, name + size, length));
        sink_claim(sink, from, unpacked_from(u) - from, REGION_STRUCTURE);
        more   = info.link.size == length;
        length = 0;
    }
    if (more) {
        child_t *child = sink_child(sink, &info);
        more           = child != NULL && unpack_content(u, child, length, piece);
        if (child != NULL)
            sink_end_child(sink);
    }
    free(name);
    return more;
}

static bool unpack_files(span_t image, sink_t *sink, const npk_part_t *part)
{
    unpacker_t u     = {.packed = span_clip(image, part->data, part->length), .base = part->data};
    uint8_t   *piece = malloc(NPK_PIECE);
    u.z.next_in      = (Bytef *)(uintptr_t)u.packed.at;
    u.z.avail_in     = (uInt)u.packed.size;
    if (piece == NULL || inflateInit(&u.z) != Z_OK) {
        free(piece);
        return false;
    }
    while (unpack_entry(&u, sink, piece))
        ;
    (void)inflateEnd(&u.z);
    free(piece);
    return true;
}

static bool show_part(span_t image, partitions_t *parts, const npk_part_t *part, span_t package, unsigned number)
{
    sink_t *sink = parts->sink;
    span_t  data = span_clip(image, part->data, part->length);
    char    name[64];
    switch (part->type) {
    case PART_FILES: return unpack_files(image, sink, part);
    case PART_FILLING: return true; /* what is zero becomes padding by itself */
    case PART_PACKAGE:
    case PART_MAIN: tell_package(data, sink); break;
    case PART_DESCRIPTION: firmware_fact(sink, "npk.description", trimmed(firmware_text(data, 0, data.size))); break;
    case PART_ARCHITECTURE: firmware_fact(sink, "npk.architecture", firmware_text(data, 0, data.size)); break;
    case PART_COMMIT: firmware_fact(sink, "npk.commit", firmware_text(data, 0, data.size)); break;
    case PART_CHANNEL: firmware_fact(sink, "npk.channel", firmware_text(data, 0, data.size)); break;
    case PART_DEPENDENCIES: break;
    case PART_INSTALL: return partition_show(parts, span_from_text("install"), number, part->data, part->length);
    case PART_REMOVE: return partition_show(parts, span_from_text("uninstall"), number, part->data, part->length);
    case PART_SIGNATURE: return partition_show(parts, span_from_text("signature"), number, part->data, part->length);
    case PART_SQUASHFS:
        (void)snprintf(name, sizeof name, "%.*s.squashfs", (int)min_u64(package.size, NPK_NAME), (const char *)package.at);
        return partition_show(parts, span_from_text(name), number, part->data, part->length);
    default:
        (void)snprintf(name, sizeof name, "part%u", (unsigned)part->type);
        return partition_show(parts, span_from_text(name), number, part->data, part->length);
    }
    sink_claim(sink, part->data, data.size, REGION_STRUCTURE);
    if (data.size < part->length)
        sink_damage(sink, image.size, 0, "the image ends within a part");
    return true;
}

static status_t npk_extract(span_t image, sink_t *sink)
{
    partitions_t parts   = {.sink = sink};
    npk_part_t   part    = {0};
    span_t       package = span_from_text("package");
    uint64_t     total, at = NPK_HEADER;
    unsigned     number = 0;
    if (!read_header(image, &total))
        return status_fail(STATUS_REJECTED, "mikrotik_npk", 0, "not an NPK header");
    sink_claim(sink, 0, NPK_HEADER, REGION_STRUCTURE);
    while (at < total && at < image.size) {
        if (!read_part(image, at, total, &part)) {
            sink_damage(sink, at, min_u64(total, image.size) - at, "no part that fits where the next one should begin");
            break;
        }
        if (number == FIRMWARE_PARTS_MAX) {
            sink_limit(sink, at, min_u64(total, image.size) - at, "entries", "more parts than are believed");
            break;
        }
        sink_claim(sink, at, NPK_PART, REGION_STRUCTURE);
        if ((part.type == PART_PACKAGE || part.type == PART_MAIN) && part.length >= NPK_PACKAGE)
            package = firmware_text(image, part.data, NPK_NAME);
        if (!show_part(image, &parts, &part, package, number++))
            break;
        at = part.end;
    }
    if (total > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the package does");
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x1E\xF1\xD0\xBA", 0)};

const extractor_t mikrotik_npk_extractor = {
    .id = "mikrotik_npk", .name = "MikroTik package", .specification = "rsa9000/npk-tools, npk.h; botlabsDev/npkpy", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = npk_probe, .extent = npk_extent, .extract = npk_extract,
};
