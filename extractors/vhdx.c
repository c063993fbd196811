/* VHDX: a disk of Hyper-V. Little-endian, structures at multiples of 64 KiB: an identifier "vhdxfile" and the name of the creator at 0; two headers
 * at 64K and 128K (the one with the higher sequence number counts; CRC-32C over 4096 bytes), two region tables at 192K and 256K (CRC-32C
 * over 64 KiB) that say where the block allocation table (BAT) and the metadata stand. Metadata: size of a block, whether there is a
 * parent, size of the disk, size of a sector. A BAT entry: state in three bits, place in MiB; after as many blocks as a sector bitmap
 * serves, an entry for that bitmap stands between. A log, when its GUID is not zero, holds writes that were not carried out.
 * Source: [MS-VHDX]. */
#include "extractors/crc32c.h"
#include "extractors/fs_content.h"

#include <inttypes.h>

enum {
    UNIT = 64 << 10, HEADER = 4096, ENTRIES_MAX = 2047, GUID = 16, REGION_ENTRY = 32, METADATA_ENTRY = 32, MIB = 1 << 20, BLOCK_MAX = 256 << 20,
    BLOCK_ABSENT = 0, BLOCK_UNDEFINED, BLOCK_ZERO, BLOCK_UNMAPPED, BLOCK_FULL = 6, BLOCK_PARTIAL = 7, HAS_PARENT = 2
};

static const uint8_t bat_guid[GUID]      = {0x66, 0x77, 0xC2, 0x2D, 0x23, 0xF6, 0x00, 0x42, 0x9D, 0x64, 0x11, 0x5E, 0x9B, 0xFD, 0x4A, 0x08};
static const uint8_t metadata_guid[GUID] = {0x06, 0xA2, 0x7C, 0x8B, 0x90, 0x47, 0x9A, 0x4B, 0xB8, 0xFE, 0x57, 0x5F, 0x05, 0x0F, 0x88, 0x6E};
static const uint8_t file_guid[GUID]     = {0x37, 0x67, 0xA1, 0xCA, 0x36, 0xFA, 0x43, 0x4D, 0xB3, 0xB6, 0x33, 0xF0, 0xAA, 0x44, 0xE7, 0x6B};
static const uint8_t size_guid[GUID]     = {0x24, 0x42, 0xA5, 0x2F, 0x1B, 0xCD, 0x76, 0x48, 0xB2, 0x11, 0x5D, 0xBE, 0xD8, 0x3B, 0xF4, 0xB8};
static const uint8_t sector_guid[GUID]   = {0x1D, 0xBF, 0x41, 0x81, 0x6F, 0xA9, 0x09, 0x47, 0xBA, 0x47, 0xF2, 0x33, 0xA8, 0xFA, 0xAB, 0x5F};

typedef struct { uint64_t at, length; } place_t;

typedef struct {
    uint64_t sequence, size;
    uint32_t block, sector, flags;
    place_t  bat, metadata, log;
    bool     header_holds[2], regions_hold[2], log_pending;
} vhdx_t;

static bool crc_holds(span_t image, uint64_t at, uint64_t size)
{
    span_t   bytes = span_sub(image, at, size);
    reader_t r     = reader_at(bytes, 4);
    return bytes.at != NULL && crc32c_without(bytes, 4) == read_le32(&r);
}

static void read_headers(span_t image, vhdx_t *v)
{
    for (size_t copy = 0; copy < 2; copy++) {
        uint64_t at           = (copy + 1) * (uint64_t)UNIT;
        v->header_holds[copy] = span_has_text_at(image, at, "head") && crc_holds(image, at, HEADER);
        reader_t r            = reader_at(image, at + 8);
        uint64_t sequence     = read_le64(&r);
        if (!v->header_holds[copy] || (copy == 1 && v->header_holds[0] && sequence <= v->sequence))
            continue;
        v->sequence = sequence;
        reader_skip(&r, 2 * GUID);
        v->log_pending = !span_is_filled_with(read_span(&r, GUID), 0);
        reader_skip(&r, 4);
        v->log.length = read_le32(&r);
        v->log.at     = read_le64(&r);
    }
}

static bool read_regions(span_t image, vhdx_t *v)
{
    for (size_t copy = 0; copy < 2; copy++) {
        uint64_t at           = (copy + 3) * (uint64_t)UNIT;
        v->regions_hold[copy] = span_has_text_at(image, at, "regi") && crc_holds(image, at, UNIT);
        if (!v->regions_hold[copy] || v->bat.length != 0)
            continue;
        reader_t r     = reader_at(image, at + 8);
        uint32_t count = read_le32(&r);
        reader_skip(&r, 4);
        for (uint32_t i = 0; i < count && i < ENTRIES_MAX; i++) {
            span_t  guid  = read_span(&r, GUID);
            place_t place = {.at = read_le64(&r)};
            place.length  = read_le32(&r);
            reader_skip(&r, 4);
            if (span_equal(guid, span_from(bat_guid, GUID)))
                v->bat = place;
            if (span_equal(guid, span_from(metadata_guid, GUID)))
                v->metadata = place;
        }
    }
    return v->bat.length != 0 && v->metadata.length != 0 && v->bat.at < UINT64_C(1) << 60 && v->metadata.at < UINT64_C(1) << 60;
}

static bool read_metadata(span_t image, vhdx_t *v)
{
    reader_t r = reader_at(image, v->metadata.at + 10);
    uint16_t count = read_le16(&r);
    if (!span_has_text_at(image, v->metadata.at, "metadata"))
        return false;
    r = reader_at(image, v->metadata.at + 32);
    for (uint16_t i = 0; i < count && i < ENTRIES_MAX; i++) {
        span_t   guid = read_span(&r, GUID);
        uint32_t at   = read_le32(&r);
        reader_skip(&r, METADATA_ENTRY - GUID - 4);
        reader_t value = reader_at(image, v->metadata.at + at);
        if (span_equal(guid, span_from(file_guid, GUID))) {
            v->block = read_le32(&value);
            v->flags = read_le32(&value);
        }
        if (span_equal(guid, span_from(size_guid, GUID)))
            v->size = read_le64(&value);
        if (span_equal(guid, span_from(sector_guid, GUID)))
            v->sector = read_le32(&value);
    }
    return v->block >= MIB && v->block <= BLOCK_MAX && (v->block & (v->block - 1)) == 0 && (v->sector == 512 || v->sector == 4096) && v->size > 0 && v->size <= UINT64_C(1) << 46;
}

static bool read_all(span_t image, vhdx_t *v)
{
    *v = (vhdx_t){0};
    if (!span_has_text_at(image, 0, "vhdxfile"))
        return false;
    read_headers(image, v);
    return read_regions(image, v) && read_metadata(image, v);
}

static unsigned vhdx_probe(span_t image)
{
    vhdx_t v;
    if (!span_has_text_at(image, 0, "vhdxfile"))
        return 0;
    return read_all(image, &v) ? 64 + 64 : 64; /* cut short, it still says its name */
}

/* The BAT entry of a block; blocks of `ratio` share a bitmap, whose entry follows theirs. */
static uint64_t entry_of(span_t image, const vhdx_t *v, uint64_t block)
{
    uint64_t ratio = (UINT64_C(1) << 23) * v->sector / v->block, index = block + block / ratio;
    reader_t r     = reader_from(span_sub(image, v->bat.at + index * 8, 8));
    return index * 8 < v->bat.length ? read_le64(&r) : 0;
}

static uint64_t blocks_of(const vhdx_t *v) { return (v->size + v->block - 1) / v->block; }
static uint64_t place_of(uint64_t entry) { return (entry >> 20) * MIB; }

static uint64_t vhdx_extent(span_t image)
{
    vhdx_t v;
    if (!read_all(image, &v))
        return 0;
    uint64_t end = max_u64(v.bat.at + v.bat.length, v.metadata.at + v.metadata.length);
    if (v.log.at < UINT64_C(1) << 60)
        end = max_u64(end, v.log.at + v.log.length);
    for (uint64_t i = 0; i < blocks_of(&v) && i < v.bat.length / 8; i++) {
        uint64_t entry = entry_of(image, &v, i);
        if ((entry & 7) >= BLOCK_FULL)
            end = max_u64(end, place_of(entry) + v.block);
    }
    return min_u64(end, image.size);
}

static void claim(sink_t *sink, span_t image, uint64_t at, uint64_t length)
{
    if (at < image.size)
        sink_claim(sink, at, min_u64(length, image.size - at), REGION_STRUCTURE);
}

static void claim_structure(sink_t *sink, span_t image, const vhdx_t *v)
{
    claim(sink, image, 0, UNIT);
    for (size_t copy = 0; copy < 2; copy++) {
        claim(sink, image, (copy + 1) * (uint64_t)UNIT, HEADER);
        claim(sink, image, (copy + 3) * (uint64_t)UNIT, UNIT);
        if (!v->header_holds[copy])
            sink_damage(sink, min_u64((copy + 1) * (uint64_t)UNIT, image.size), 0, "the checksum of a header does not hold");
        if (!v->regions_hold[copy])
            sink_damage(sink, min_u64((copy + 3) * (uint64_t)UNIT, image.size), 0, "the checksum of a region table does not hold");
    }
    claim(sink, image, v->bat.at, v->bat.length);
    claim(sink, image, v->metadata.at, v->metadata.length);
    claim(sink, image, v->log.at, v->log.length);
}

static status_t write_disk(span_t image, const vhdx_t *v, child_t *child)
{
    fs_content_t content;
    fs_content_begin(&content, child, image, v->size);
    for (uint64_t i = 0, count = blocks_of(v); i < count && !fs_content_full(&content); i++) {
        uint64_t entry = entry_of(image, v, i), state = entry & 7;
        if (v->bat.at + (i + 1) * 8 > image.size)
            return fs_content_end_lost(&content, image.size, "the image ends inside the block allocation table");
        if (state == BLOCK_FULL || state == BLOCK_PARTIAL)
            fs_content_run(&content, place_of(entry), v->block);
        else
            fs_content_hole(&content, v->block);
    }
    return fs_content_end(&content);
}

static status_t vhdx_extract(span_t image, sink_t *sink)
{
    vhdx_t v;
    if (!read_all(image, &v)) {
        if (!span_has_text_at(image, 0, "vhdxfile"))
            return status_fail(STATUS_REJECTED, "vhdx", 0, "not a VHDX file");
        claim_structure(sink, image, &v);
        sink_damage(sink, 0, image.size, "regions or metadata cannot be read: the disk cannot be put together");
        return ok();
    }
    claim_structure(sink, image, &v);
    sink_fact_printf(sink, "vhdx.size", "%" PRIu64, v.size);
    sink_fact_printf(sink, "vhdx.block-size", "%" PRIu32, v.block);
    if (v.log_pending)
        sink_limit(sink, v.log.at, v.log.length, "journal", "the log holds writes that were not carried out: the disk is shown as it stood before them");
    if ((v.flags & HAS_PARENT) != 0)
        sink_limit(sink, v.metadata.at, 0, "parent", "a differencing disk: what its parent holds is not here, zeros stand in its place");
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("disk"), .type = CHILD_PAYLOAD});
    return child != NULL ? write_disk(image, &v, child) : ok();
}

static const magic_t magics[] = {MAGIC("vhdxfile", 0)};

const extractor_t vhdx_extractor = {
    .id = "vhdx", .name = "Hyper-V disk image", .specification = "[MS-VHDX]", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = vhdx_probe, .extent = vhdx_extent, .extract = vhdx_extract,
};
