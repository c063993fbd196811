/* RKAF: the archive of partitions inside of Rockchip's update images. Little-endian: "RKAF", length, model, id, manufacturer, a word, version,
 * number of parts, then 16 rows of 112 bytes: name, name of the file, place on the flash, position here, padded size, size; 2048 bytes in all. A
 * CRC over the whole stands behind it. Source: neo-technologies/rockchip-mkbootimg, rkafp.h, afptool.c. */
#include "extractors/soc_common.h"

#include <stdio.h>

enum { HEADER_SIZE = 2048, ROWS_AT = 140, ROW_SIZE = 112, ROWS_MAX = 16, CRC_SIZE = 4 };

typedef struct { uint32_t length, version, parts; char model[36], manufacturer[60]; } rkaf_t;
typedef struct { char name[34], file[62]; uint32_t flash, position, padded, size; } row_t;

static bool read_header(span_t image, rkaf_t *rkaf)
{
    reader_t r    = reader_from(image);
    reader_skip(&r, 4);
    rkaf->length  = read_le32(&r);
    soc_text(read_span(&r, 34), rkaf->model, sizeof rkaf->model);
    reader_skip(&r, 30);
    soc_text(read_span(&r, 56), rkaf->manufacturer, sizeof rkaf->manufacturer);
    reader_skip(&r, 4);
    rkaf->version = read_le32(&r);
    rkaf->parts   = read_le32(&r);
    return reader_ok(&r) && span_has_text_at(image, 0, "RKAF") && image.size >= ROWS_AT + ROW_SIZE && rkaf->parts >= 1 && rkaf->parts <= ROWS_MAX &&
           rkaf->length >= HEADER_SIZE;
}

static bool read_row(span_t image, unsigned number, row_t *row)
{
    reader_t r    = reader_at(image, ROWS_AT + number * ROW_SIZE);
    soc_text(read_span(&r, 32), row->name, sizeof row->name);
    soc_text(read_span(&r, 60), row->file, sizeof row->file);
    reader_skip(&r, 4);
    row->position = read_le32(&r);
    row->flash    = read_le32(&r);
    row->padded   = read_le32(&r);
    row->size     = read_le32(&r);
    return reader_ok(&r);
}

static bool rows_are_sound(span_t image, const rkaf_t *rkaf)
{
    row_t row;
    for (unsigned i = 0; i < rkaf->parts && read_row(image, i, &row); i++)
        if (row.name[0] == '\0' || (strcmp(row.file, "RESERVED") != 0 && (uint64_t)row.position + row.size > rkaf->length))
            return false;
    return true;
}

static bool crc_agrees(span_t image, const rkaf_t *rkaf)
{
    span_t   covered = span_sub(image, 0, rkaf->length);
    reader_t r       = reader_at(image, rkaf->length);
    uint32_t crc     = read_le32(&r);
    return reader_ok(&r) && covered.at != NULL && soc_crc_rockchip(covered) == crc;
}

static unsigned rockchip_rkaf_probe(span_t image)
{
    rkaf_t rkaf;
    return read_header(image, &rkaf) && rows_are_sound(image, &rkaf) ? 32 + 24 : 0; /* the CRC is left to the extraction: images are large */
}

static uint64_t rockchip_rkaf_extent(span_t image)
{
    rkaf_t rkaf;
    return read_header(image, &rkaf) ? min_u64((uint64_t)rkaf.length + CRC_SIZE, image.size) : 0;
}

static status_t rockchip_rkaf_extract(span_t image, sink_t *sink)
{
    rkaf_t rkaf;
    row_t  row;
    if (!read_header(image, &rkaf) || !rows_are_sound(image, &rkaf))
        return status_fail(STATUS_REJECTED, "rockchip-rkaf", 0, "not an RKAF header");
    partitions_t parts = {.sink = sink};
    bool         sound = crc_agrees(image, &rkaf);
    sink_claim(sink, 0, min_u64(HEADER_SIZE, image.size), REGION_STRUCTURE);
    sink_fact(sink, "rkaf.model", rkaf.model);
    sink_fact(sink, "rkaf.manufacturer", rkaf.manufacturer);
    sink_fact_printf(sink, "rkaf.version", "%u.%u.%u", rkaf.version >> 24, rkaf.version >> 16 & 0xFF, rkaf.version & 0xFFFF);
    if ((uint64_t)rkaf.length + CRC_SIZE > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the archive does");
    else if (!sound)
        sink_damage(sink, 0, rkaf.length, "the CRC of the archive does not agree with its content");
    if ((uint64_t)rkaf.length + CRC_SIZE <= image.size)
        sink_claim(sink, rkaf.length, CRC_SIZE, REGION_STRUCTURE);
    for (unsigned i = 0; i < rkaf.parts; i++) {
        if (!read_row(image, i, &row)) {
            sink_damage(sink, image.size, 0, "the table of parts is cut off");
            break;
        }
        if (strcmp(row.file, "RESERVED") == 0 || strcmp(row.file, "SELF") == 0 || row.size == 0)
            continue; /* a partition to be left free, or the archive itself */
        if (!soc_show(&parts, CHILD_FILE, row.name, row.position, row.size, NULL))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("RKAF", 0)};

const extractor_t rockchip_rkaf_extractor = {
    .id = "rockchip_rkaf", .name = "Rockchip RKAF archive", .specification = "neo-technologies/rockchip-mkbootimg, rkafp.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = rockchip_rkaf_probe, .extent = rockchip_rkaf_extent, .extract = rockchip_rkaf_extract,
};
