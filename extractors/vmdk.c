/* VMDK: a disk of VMware in one file. Little-endian header of 512 bytes: "KDMV", version, flags, then in sectors: capacity, size of a grain,
 * place and size of the descriptor (text); entries of a grain table, place of the redundant and of the first grain directory, size of all
 * that; a test for transfers as text; kind of compression. A directory entry leads to a grain table, whose entries lead to grains; 0 is
 * a hole (and 1, with a flag, zeros). A stream-optimised disk holds deflated grains behind markers (sector of the disk, size) and
 * has the place of its directory in a second header near the end. COWD is the older form of ESX: same tables, other header. Disks of several
 * files and those of descriptor and flat file are parts that their descriptor names. Source: VMware, "Virtual Disk Format 5.0". */
#include "extractors/codec.h"
#include "extractors/fs_content.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    SECTOR = 512, HEADER = 512, GRAIN_MIN = 1, GRAIN_MAX = 2048, TABLE_MAX = 4096, COWD_TABLE = 4096, MARKER_HEAD = 12, ENTRY_ZERO = 1,
    FLAG_REDUNDANT = 2, FLAG_ZERO_GRAINS = 4, FLAG_COMPRESSED = 1 << 16, DESCRIPTOR_MAX = 1 << 20
};
#define PLACE_AT_END UINT64_MAX

typedef struct {
    uint32_t version, flags, table_entries, compression;
    uint64_t capacity, grain, descriptor, descriptor_sectors, redundant, directory, overhead; /* sectors */
    bool     cowd;
} vmdk_t;

static bool read_sparse(span_t image, uint64_t at, vmdk_t *v)
{
    reader_t r = reader_at(image, at);
    *v         = (vmdk_t){0};
    if (!span_has_text_at(image, at, "KDMV") || !span_holds(image, at, HEADER))
        return false;
    reader_skip(&r, 4);
    v->version            = read_le32(&r);
    v->flags              = read_le32(&r);
    v->capacity           = read_le64(&r);
    v->grain              = read_le64(&r);
    v->descriptor         = read_le64(&r);
    v->descriptor_sectors = read_le64(&r);
    v->table_entries      = read_le32(&r);
    v->redundant          = read_le64(&r);
    v->directory          = read_le64(&r);
    v->overhead           = read_le64(&r);
    reader_skip(&r, 5);
    v->compression = read_le16(&r);
    return v->version >= 1 && v->version <= 3 && v->grain >= GRAIN_MIN && v->grain <= GRAIN_MAX && (v->grain & (v->grain - 1)) == 0 && v->table_entries >= 1 &&
           v->table_entries <= TABLE_MAX && v->capacity > 0 && v->capacity < UINT64_C(1) << 48 && v->compression <= 1;
}

static bool read_cowd(span_t image, vmdk_t *v)
{
    reader_t r = reader_at(image, 4);
    *v         = (vmdk_t){.version = read_le32(&r), .flags = read_le32(&r), .cowd = true, .table_entries = COWD_TABLE};
    v->capacity  = read_le32(&r);
    v->grain     = read_le32(&r);
    v->directory = read_le32(&r);
    uint32_t entries = read_le32(&r);
    return span_has_text_at(image, 0, "COWD") && reader_ok(&r) && v->version == 1 && v->grain >= 1 && v->grain <= GRAIN_MAX && v->capacity > 0 && v->directory >= 4 &&
           entries == (v->capacity + v->grain * COWD_TABLE - 1) / (v->grain * COWD_TABLE);
}

/* A stream is written in one go: where its directory stands is known only at its end, and said there by a header of its own. */
static bool read_header(span_t image, vmdk_t *v)
{
    if (read_cowd(image, v))
        return true;
    if (!read_sparse(image, 0, v))
        return false;
    vmdk_t footer;
    if (v->directory == PLACE_AT_END && image.size >= 3 * SECTOR && read_sparse(image, image.size - 2 * SECTOR, &footer))
        v->directory = footer.directory;
    return true;
}

static uint32_t le32_at(span_t image, uint64_t at)
{
    reader_t r = reader_at(image, at);
    return read_le32(&r);
}

static uint64_t tables_of(const vmdk_t *v)
{
    uint64_t covered = v->grain * v->table_entries;
    return v->capacity / covered + (v->capacity % covered != 0);
}

typedef struct { vmdk_t header; span_t image; sink_t *sink; codec_context_t *codecs; uint8_t *grain; fs_content_t content; } disk_t;

static void claim(const disk_t *d, uint64_t at, uint64_t length)
{
    if (at < d->image.size)
        sink_claim(d->sink, at, min_u64(length, d->image.size - at), REGION_STRUCTURE);
}

static uint64_t grain_bytes(const disk_t *d) { return d->header.grain * SECTOR; }

static void write_compressed(disk_t *d, uint64_t at)
{
    uint32_t size   = le32_at(d->image, at + 8);
    span_t   packed = span_sub(d->image, at + MARKER_HEAD, size);
    size_t   made   = 0;
    if (packed.at == NULL || size == 0) {
        fs_content_lost(&d->content, min_u64(at, d->image.size), 0, grain_bytes(d), "a grain lies behind the end of the image");
        return;
    }
    claim(d, at, MARKER_HEAD);
    uint64_t wanted = min_u64(grain_bytes(d), d->content.size - d->content.done);
    if (!status_ok(codec_decode_with(d->codecs, CODEC_ZLIB, packed, d->grain, grain_bytes(d), &made)) || made < wanted)
        fs_content_lost(&d->content, at, MARKER_HEAD + packed.size, grain_bytes(d), "a grain does not decode");
    else
        fs_content_decoded(&d->content, span_from(d->grain, made), at + MARKER_HEAD, packed.size);
    uint64_t end = at + MARKER_HEAD + size;
    if (span_is_filled_with(span_clip(d->image, end, round_up(end, SECTOR) - end), 0))
        sink_claim(d->sink, min_u64(end, d->image.size), min_u64(round_up(end, SECTOR) - end, d->image.size - min_u64(end, d->image.size)), REGION_PADDING);
}

static void write_grain(disk_t *d, uint32_t entry)
{
    if (entry == 0 || (entry == ENTRY_ZERO && (d->header.flags & FLAG_ZERO_GRAINS) != 0))
        fs_content_hole(&d->content, grain_bytes(d));
    else if (d->header.compression == 1 && (d->header.flags & FLAG_COMPRESSED) != 0)
        write_compressed(d, (uint64_t)entry * SECTOR);
    else
        fs_content_run(&d->content, (uint64_t)entry * SECTOR, grain_bytes(d));
}

static void write_table(disk_t *d, uint64_t table)
{
    const vmdk_t *v = &d->header;
    if (table == 0) {
        fs_content_hole(&d->content, grain_bytes(d) * v->table_entries);
        return;
    }
    if (!span_holds(d->image, table, (uint64_t)v->table_entries * 4)) {
        fs_content_lost(&d->content, min_u64(table, d->image.size), 0, grain_bytes(d) * v->table_entries, "a grain table lies behind the end of the image");
        return;
    }
    claim(d, table, round_up((uint64_t)v->table_entries * 4, SECTOR));
    for (uint32_t i = 0; i < v->table_entries && !fs_content_full(&d->content); i++)
        write_grain(d, le32_at(d->image, table + i * UINT64_C(4)));
}

/* A stream whose end is missing has no directory; its grains say themselves where they belong, in ascending order. */
static status_t write_stream(disk_t *d)
{
    uint64_t at = max_u64(d->header.overhead, 1) * SECTOR;
    while (span_holds(d->image, at, MARKER_HEAD) && !fs_content_full(&d->content)) {
        reader_t r      = reader_at(d->image, at);
        uint64_t sector = read_le64(&r), place;
        uint32_t size   = read_le32(&r);
        if (size == 0) { /* a marker of metadata: so many sectors follow */
            uint64_t sectors = min_u64(sector, UINT32_MAX);
            claim(d, at, (sectors + 1) * SECTOR);
            at += (sectors + 1) * SECTOR;
            continue;
        }
        if (!checked_mul(sector, SECTOR, &place) || place < d->content.done || place >= d->content.size)
            break;
        fs_content_hole(&d->content, place - d->content.done);
        write_compressed(d, at);
        at = round_up(at + MARKER_HEAD + size, SECTOR);
    }
    return fs_content_end_lost(&d->content, d->image.size, "the stream ends before the disk does");
}

static status_t write_disk(disk_t *d, child_t *child)
{
    const vmdk_t *v         = &d->header;
    uint64_t      directory = v->directory;
    fs_content_begin(&d->content, child, d->image, v->capacity * SECTOR);
    if (directory == PLACE_AT_END)
        return write_stream(d);
    uint64_t count = tables_of(v);
    if (!span_holds(d->image, directory * SECTOR, min_u64(count, UINT32_MAX) * 4) && v->redundant != 0 && v->redundant < directory)
        directory = v->redundant;
    for (uint64_t i = 0; i < count && !fs_content_full(&d->content); i++) {
        uint64_t at = directory * SECTOR + i * 4;
        if (!span_holds(d->image, at, 4))
            return fs_content_end_lost(&d->content, d->image.size, "the image ends inside the grain directory");
        write_table(d, (uint64_t)le32_at(d->image, at) * SECTOR);
    }
    return fs_content_end(&d->content);
}

/* The redundant copies of directory and tables. */
static void claim_directories(const disk_t *d)
{
    const vmdk_t *v       = &d->header;
    const uint64_t both[] = {v->directory, (v->flags & FLAG_REDUNDANT) != 0 ? v->redundant : 0};
    for (size_t k = 0; k < 2; k++) {
        if (both[k] == 0 || both[k] >= d->image.size / SECTOR)
            continue;
        uint64_t count = min_u64(tables_of(v), (d->image.size - both[k] * SECTOR) / 4);
        claim(d, both[k] * SECTOR, round_up(count * 4, SECTOR));
        for (uint64_t i = 0; k == 1 && i < count; i++) {
            uint32_t table = le32_at(d->image, both[k] * SECTOR + i * 4);
            if (table != 0)
                claim(d, (uint64_t)table * SECTOR, round_up((uint64_t)v->table_entries * 4, SECTOR));
        }
    }
}

/* Markers of a stream that no grain belongs to: of tables, of the directory, of the footer, of the end. */
static void claim_stream_end(const disk_t *d)
{
    const vmdk_t *v = &d->header;
    if ((v->flags & FLAG_COMPRESSED) == 0 || v->directory == PLACE_AT_END || v->directory == 0)
        return;
    for (uint64_t i = 0, count = min_u64(tables_of(v), d->image.size / 4); i < count; i++) {
        uint64_t table = (uint64_t)le32_at(d->image, v->directory * SECTOR + i * 4) * SECTOR;
        if (table >= SECTOR)
            claim(d, table - SECTOR, SECTOR);
    }
    claim(d, (v->directory - 1) * SECTOR, SECTOR);
    vmdk_t footer;
    if (d->image.size >= 3 * SECTOR && read_sparse(d->image, d->image.size - 2 * SECTOR, &footer))
        claim(d, d->image.size - 3 * SECTOR, 3 * SECTOR);
}

static unsigned vmdk_probe(span_t image)
{
    vmdk_t v;
    if (!read_header(image, &v))
        return 0;
    return 32 + 24 + (v.cowd ? 16 : span_has_text_at(image, 73, "\n \r\n") ? 32 : 0);
}

static uint64_t vmdk_extent(span_t image)
{
    vmdk_t   v;
    uint64_t end = HEADER;
    if (!read_header(image, &v))
        return 0;
    if (v.directory == PLACE_AT_END || (v.flags & FLAG_COMPRESSED) != 0)
        return image.size;
    end = max_u64(end, min_u64(v.overhead, image.size / SECTOR) * SECTOR);
    for (uint64_t i = 0, count = min_u64(tables_of(&v), image.size / 4); i < count; i++) {
        uint64_t table = (uint64_t)le32_at(image, v.directory * SECTOR + i * 4) * SECTOR;
        for (uint32_t n = 0; table != 0 && n < v.table_entries; n++) {
            uint64_t grain = le32_at(image, table + n * UINT64_C(4));
            if (grain > ENTRY_ZERO)
                end = max_u64(end, (grain + v.grain) * SECTOR);
        }
    }
    return min_u64(end, image.size);
}

static status_t open_disk(disk_t *d)
{
    const vmdk_t *v = &d->header;
    claim(d, 0, v->cowd ? 4 * SECTOR : HEADER);
    sink_fact(d->sink, "vmdk.type", v->cowd ? "ESX copy-on-write" : (v->flags & FLAG_COMPRESSED) != 0 ? "stream-optimised" : "sparse");
    sink_fact_printf(d->sink, "vmdk.size", "%" PRIu64, v->capacity * SECTOR);
    if (v->descriptor != 0 && v->descriptor < d->image.size / SECTOR && v->descriptor_sectors <= DESCRIPTOR_MAX / SECTOR)
        claim(d, v->descriptor * SECTOR, v->descriptor_sectors * SECTOR);
    claim_directories(d);
    claim_stream_end(d);
    d->codecs = codec_context_new();
    d->grain  = malloc(grain_bytes(d));
    if (d->codecs == NULL || d->grain == NULL)
        return status_fail(STATUS_MEMORY, "vmdk", 0, "out of memory");
    child_t *child = sink_child(d->sink, &(child_info_t){.path = span_from_text("disk"), .type = CHILD_PAYLOAD});
    return child != NULL ? write_disk(d, child) : ok();
}

static status_t vmdk_extract(span_t image, sink_t *sink)
{
    disk_t d = {.image = image, .sink = sink};
    if (!read_header(image, &d.header))
        return status_fail(STATUS_REJECTED, "vmdk", 0, "not a VMDK header");
    status_t status = open_disk(&d);
    codec_context_free(d.codecs);
    free(d.grain);
    return status;
}

static const magic_t magics[] = {MAGIC("KDMV", 0), MAGIC("COWD", 0)};

const extractor_t vmdk_extractor = {
    .id = "vmdk", .name = "VMware disk image", .specification = "VMware, Virtual Disk Format 5.0", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = vmdk_probe, .extent = vmdk_extent, .extract = vmdk_extract,
};
