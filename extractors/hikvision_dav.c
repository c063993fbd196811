/* Hikvision digicap.dav: the upgrade of Hikvision's and EZVIZ's cameras and recorders. The header and its table are XORed with a fixed key of
 * 16 bytes, that of byte i being number (i + i/16) mod 16. Undone, little-endian: magic, sum of the bytes from 12 on, length of header and table,
 * number of files, language, device class, OEM code, software version, feature; from 64 on 44 bytes a file: name[32], offset, length, sum of the
 * bytes. "SWKH" holds files; "02KH" holds such images, one a device type, its number standing at 20 and the length of all at 16; "03KH"
 * is encrypted with AES under a key that only the device has. Source: hikpack and hiktools (MatrixEditor), and headers that were published. */
#include "extractors/firmware_common.h"

enum { DAV_FIXED = 64, DAV_ENTRY = 44, DAV_SUM_FROM = 12, DAV_NAME = 32, DAV_ENTRIES_MAX = 1024 };

typedef enum { DAV_FILES, DAV_IMAGES, DAV_ENCRYPTED } dav_kind_t;
typedef struct {
    dav_kind_t kind;
    uint32_t   sum, length, count;
    bool       sum_holds;
    uint8_t    fixed[DAV_FIXED];
} dav_t;
typedef struct { uint8_t bytes[DAV_ENTRY]; span_t name; uint32_t offset, length, sum; } dav_entry_t;

static void undo(span_t image, uint64_t at, uint8_t *out, size_t size)
{
    static const uint8_t key[16] = {0xBA, 0xCD, 0xBC, 0xFE, 0xD6, 0xCA, 0xDD, 0xD3, 0xBA, 0xB9, 0xA3, 0xAB, 0xBF, 0xCB, 0xB5, 0xBE};
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(image.at[at + i] ^ key[(at + i + ((at + i) >> 4)) & 15]);
}

static bool sum_holds(span_t image, const dav_t *dav)
{
    uint32_t sum = 0;
    uint8_t  byte;
    if (dav->length > image.size)
        return false;
    for (uint64_t at = DAV_SUM_FROM; at < dav->length; at++) {
        undo(image, at, &byte, 1);
        sum += byte;
    }
    return sum == dav->sum;
}

static bool read_header(span_t image, dav_t *dav)
{
    if (image.size < DAV_FIXED)
        return false;
    undo(image, 0, dav->fixed, DAV_FIXED);
    reader_t r     = reader_from(span_from(dav->fixed, DAV_FIXED));
    uint32_t magic = read_le32(&r);
    if (magic != 0x484B5753 && magic != 0x484B3230 && magic != 0x484B3330)
        return false;
    dav->kind   = magic == 0x484B5753 ? DAV_FILES : magic == 0x484B3230 ? DAV_IMAGES : DAV_ENCRYPTED;
    dav->sum    = read_le32(&r);
    dav->length = read_le32(&r);
    dav->count  = read_le32(&r);
    if (dav->kind == DAV_IMAGES) {
        reader_skip(&r, 4);
        dav->count = read_le32(&r);
    }
    if (dav->kind == DAV_ENCRYPTED) {
        dav->sum_holds = false;
        return dav->length >= DAV_FIXED && dav->length <= DAV_FIXED + DAV_ENTRIES_MAX * 256 && dav->count > 0 && dav->count <= DAV_ENTRIES_MAX;
    }
    bool fits      = dav->count > 0 && dav->count <= DAV_ENTRIES_MAX && dav->length == DAV_FIXED + dav->count * DAV_ENTRY;
    dav->sum_holds = fits && sum_holds(image, dav);
    return fits;
}

static bool read_entry(span_t image, uint32_t number, dav_entry_t *entry)
{
    uint64_t at = DAV_FIXED + (uint64_t)number * DAV_ENTRY;
    if (!span_holds(image, at, DAV_ENTRY))
        return false;
    undo(image, at, entry->bytes, DAV_ENTRY);
    span_t   bytes = span_from(entry->bytes, DAV_ENTRY);
    reader_t r     = reader_at(bytes, DAV_NAME);
    entry->name    = firmware_text(bytes, 0, DAV_NAME);
    entry->offset  = read_le32(&r);
    entry->length  = read_le32(&r);
    entry->sum     = read_le32(&r);
    return reader_ok(&r);
}

static unsigned dav_probe(span_t image)
{
    dav_t dav;
    if (!read_header(image, &dav))
        return 0;
    return 32 + (dav.kind == DAV_ENCRYPTED ? 0u : 16u) + (dav.sum_holds ? 16u : 0u);
}

static uint64_t dav_extent(span_t image)
{
    dav_t       dav;
    dav_entry_t entry;
    if (!read_header(image, &dav))
        return 0;
    if (dav.kind == DAV_ENCRYPTED)
        return image.size;
    uint64_t end = dav.length;
    for (uint32_t i = 0; i < dav.count && read_entry(image, i, &entry); i++)
        end = max_u64(end, (uint64_t)entry.offset + entry.length);
    return min_u64(end, image.size);
}

static status_t show_encrypted(span_t image, sink_t *sink)
{
    sink_claim(sink, 0, 4, REGION_STRUCTURE);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("encrypted"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    child_range(child, 4, image.size - 4);
    sink_end_child(sink);
    sink_limit(sink, 4, image.size - 4, "encrypted", "a Hikvision upgrade of the third kind: its AES key is in the device");
    return ok();
}

static void show_entries(span_t image, sink_t *sink, const dav_t *dav)
{
    partitions_t    parts = {.sink = sink};
    firmware_work_t work  = firmware_work(image);
    dav_entry_t     entry;
    for (uint32_t i = 0; i < dav->count; i++) {
        if (!read_entry(image, i, &entry)) {
            sink_damage(sink, image.size, 0, "the image ends within the table of files");
            break;
        }
        const char *damage = NULL;
        span_t      data   = span_sub(image, entry.offset, entry.length);
        if (data.at != NULL && firmware_may(&work, sink, entry.offset, entry.length) && firmware_sum(data) != entry.sum)
            damage = "the sum of the bytes does not agree with the table";
        if (!firmware_show(&parts, &(firmware_part_t){entry.name, entry.offset, entry.length, damage}, i))
            break;
    }
    partitions_free(&parts);
}

static status_t dav_extract(span_t image, sink_t *sink)
{
    dav_t dav;
    if (!read_header(image, &dav))
        return status_fail(STATUS_REJECTED, "hikvision_dav", 0, "not a digicap.dav header");
    sink_fact(sink, "dav.kind", dav.kind == DAV_FILES ? "files" : dav.kind == DAV_IMAGES ? "images for device types" : "encrypted");
    if (dav.kind == DAV_ENCRYPTED)
        return show_encrypted(image, sink);
    sink_claim(sink, 0, min_u64(dav.length, image.size), REGION_STRUCTURE);
    if (dav.length <= image.size && !dav.sum_holds)
        sink_damage(sink, 0, dav.length, "the sum of the header's bytes does not agree with them");
    if (dav.kind == DAV_FILES) {
        reader_t r        = reader_at(span_from(dav.fixed, DAV_FIXED), 16);
        uint32_t language = read_le32(&r);
        sink_fact_printf(sink, "dav.language", "%u%s", language, language == 1 ? " (English, multilingual)" : language == 2 ? " (Chinese)" : "");
        sink_fact_printf(sink, "dav.device_class", "%u", read_le32(&r));
        sink_fact_printf(sink, "dav.oem", "%u", read_le32(&r));
    }
    show_entries(image, sink, &dav);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xE9\x9A\xF7\xB6", 0), MAGIC("\x8A\xFF\xF7\xB6", 0), MAGIC("\x8A\xFE\xF7\xB6", 0)};

const extractor_t hikvision_dav_extractor = {
    .id = "hikvision_dav", .name = "Hikvision digicap.dav", .specification = "MatrixEditor/hiktools; hikpack; headers published in analyses",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 3, .probe = dav_probe, .extent = dav_extent, .extract = dav_extract,
};
