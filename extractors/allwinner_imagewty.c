/* IMAGEWTY: the firmware image of Allwinner's LiveSuit and PhoenixSuit. Little-endian, a header and a row for each file in 1024 bytes each:
 * "IMAGEWTY", version (0x100, 0x300 …), size of the header (80; 96: with one more word), load address, version of the firmware, size, size of a
 * row, USB ids,
 * hardware and firmware id, two words, number of files. A row: length of the file's name, size of the row, main type, subtype, then in version 1 a
 * word, stored length, length, offset, a word, name; in version 3 a word, name of 256 bytes, stored length, length and offset of 64 bits.
 * Source: Ithamar/awutils, imagewty.h. Images whose header is encrypted (RC6) do not show the magic and are not recognised. */
#include "extractors/soc_common.h"

#include <stdio.h>

enum { ROW_SIZE = 1024, FILES_MAX = 4096, NAME_SIZE = 256 };

typedef struct { uint32_t version, size, firmware, files, hardware_id, firmware_id; bool is_v3; } wty_t;
typedef struct { char type[10], subtype[18], name[258]; uint64_t stored, length, offset; } file_t;

static bool read_header(span_t image, wty_t *wty)
{
    reader_t r        = reader_at(image, 8);
    wty->version      = read_le32(&r);
    uint32_t header   = read_le32(&r);
    reader_skip(&r, 4);
    wty->firmware     = read_le32(&r);
    wty->size         = read_le32(&r);
    uint32_t row      = read_le32(&r);
    wty->is_v3        = header == 96 || wty->version >= 0x300;
    if (wty->is_v3)
        row = read_le32(&r);
    reader_skip(&r, 8);
    wty->hardware_id  = read_le32(&r);
    wty->firmware_id  = read_le32(&r);
    reader_skip(&r, 8);
    wty->files        = read_le32(&r);
    return reader_ok(&r) && span_has_text_at(image, 0, "IMAGEWTY") && (row == ROW_SIZE || row == 0) && wty->version <= 0x1000 && wty->files >= 1 &&
           wty->files <= FILES_MAX && wty->size > ROW_SIZE;
}

static bool read_row(span_t image, const wty_t *wty, unsigned number, file_t *file)
{
    reader_t r    = reader_at(image, ((uint64_t)number + 1) * ROW_SIZE);
    reader_skip(&r, 8);
    soc_text(read_span(&r, 8), file->type, sizeof file->type);
    soc_text(read_span(&r, 16), file->subtype, sizeof file->subtype);
    reader_skip(&r, 4);
    if (wty->is_v3)
        soc_text(read_span(&r, NAME_SIZE), file->name, sizeof file->name);
    file->stored  = wty->is_v3 ? read_le64(&r) : read_le32(&r);
    file->length  = wty->is_v3 ? read_le64(&r) : read_le32(&r);
    file->offset  = wty->is_v3 ? read_le64(&r) : read_le32(&r);
    if (!wty->is_v3) {
        reader_skip(&r, 4);
        soc_text(read_span(&r, NAME_SIZE), file->name, sizeof file->name);
    }
    uint64_t limit = UINT64_C(1) << 40;
    return reader_ok(&r) && file->length <= file->stored && file->stored < limit && file->offset < limit &&
           file->offset >= ((uint64_t)wty->files + 1) * ROW_SIZE;
}

static unsigned allwinner_imagewty_probe(span_t image)
{
    wty_t  wty;
    file_t file;
    if (!read_header(image, &wty))
        return 0;
    return 64 + (read_row(image, &wty, 0, &file) ? 16 : 0);
}

static uint64_t allwinner_imagewty_extent(span_t image)
{
    wty_t wty;
    return read_header(image, &wty) ? min_u64(wty.size, image.size) : 0;
}

static status_t allwinner_imagewty_extract(span_t image, sink_t *sink)
{
    wty_t  wty;
    file_t file;
    if (!read_header(image, &wty))
        return status_fail(STATUS_REJECTED, "allwinner-imagewty", 0, "not an IMAGEWTY header");
    partitions_t parts = {.sink = sink};
    sink_claim(sink, 0, ROW_SIZE, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Allwinner");
    sink_fact_printf(sink, "imagewty.version", "0x%x", wty.version);
    sink_fact_printf(sink, "imagewty.firmware-version", "0x%x", wty.firmware);
    sink_fact_printf(sink, "imagewty.hardware-id", "0x%x", wty.hardware_id);
    sink_fact_printf(sink, "imagewty.files", "%u", wty.files);
    if (wty.size > image.size)
        sink_damage(sink, image.size, 0, "the image ends before its header says");
    for (unsigned i = 0; i < wty.files; i++) {
        uint64_t at = ((uint64_t)i + 1) * ROW_SIZE;
        char     other[48];
        if (at >= image.size)
            break; /* the end was told */
        if (!read_row(image, &wty, i, &file)) {
            sink_damage(sink, at, ROW_SIZE, "the row of a file is not sound");
            continue;
        }
        sink_claim(sink, at, ROW_SIZE, REGION_STRUCTURE);
        (void)snprintf(other, sizeof other, "%s_%s", file.type, file.subtype);
        if (file.length > 0 && !soc_show(&parts, CHILD_FILE, file.name[0] != '\0' ? file.name : other, file.offset, file.length, NULL))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("IMAGEWTY", 0)};

const extractor_t allwinner_imagewty_extractor = {
    .id = "allwinner_imagewty", .name = "Allwinner IMAGEWTY firmware", .specification = "Ithamar/awutils, imagewty.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = allwinner_imagewty_probe, .extent = allwinner_imagewty_extent, .extract = allwinner_imagewty_extract,
};
