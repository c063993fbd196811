/* PARM and KRNL: how Rockchip's tools wrap the parameter file and a kernel or ramdisk. Little-endian: the four letters, length, the content,
 * a CRC of it. Source: rkflashtool, rkcrc.c; neo-technologies/rockchip-mkbootimg, rkcrc.c. */
#include "extractors/soc_common.h"

enum { HEADER_SIZE = 8, CRC_SIZE = 4 };

typedef struct { uint32_t length; bool is_parameter; } parm_t;

static bool read_header(span_t image, parm_t *parm)
{
    reader_t r         = reader_at(image, 4);
    parm->length       = read_le32(&r);
    parm->is_parameter = span_has_text_at(image, 0, "PARM");
    return reader_ok(&r) && (parm->is_parameter || span_has_text_at(image, 0, "KRNL")) && parm->length >= 16;
}

static bool crc_agrees(span_t image, const parm_t *parm)
{
    span_t   content = span_sub(image, HEADER_SIZE, parm->length);
    reader_t r       = reader_at(image, HEADER_SIZE + (uint64_t)parm->length);
    uint32_t crc     = read_le32(&r);
    return reader_ok(&r) && content.at != NULL && soc_crc_rockchip(content) == crc;
}

/* The parameter file begins with one of its keys. */
static bool begins_like_parameters(span_t image)
{
    return span_has_text_at(image, HEADER_SIZE, "FIRMWARE_VER") || span_has_text_at(image, HEADER_SIZE, "#") ||
           span_has_text_at(image, HEADER_SIZE, "MACHINE");
}

static unsigned rockchip_parm_probe(span_t image)
{
    parm_t parm;
    if (!read_header(image, &parm))
        return 0;
    if (crc_agrees(image, &parm))
        return 32 + 32;
    /* Without its CRC a length and four letters prove little: only at a blob's start. */
    return parm.is_parameter && begins_like_parameters(image) ? 32 + 8 : 32 / 2 + 4;
}

static uint64_t rockchip_parm_extent(span_t image)
{
    parm_t parm;
    return read_header(image, &parm) ? min_u64(HEADER_SIZE + (uint64_t)parm.length + CRC_SIZE, image.size) : 0;
}

static status_t rockchip_parm_extract(span_t image, sink_t *sink)
{
    parm_t parm;
    if (!read_header(image, &parm))
        return status_fail(STATUS_REJECTED, "rockchip-parm", 0, "neither PARM nor KRNL");
    uint64_t     end   = HEADER_SIZE + (uint64_t)parm.length;
    partitions_t parts = {.sink = sink};
    bool         sound = crc_agrees(image, &parm);
    sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Rockchip");
    if (end + CRC_SIZE > image.size)
        sink_damage(sink, image.size, 0, "the image ends before its content does");
    else
        sink_claim(sink, end, CRC_SIZE, REGION_STRUCTURE);
    (void)soc_show(&parts, parm.is_parameter && sound ? CHILD_FILE : CHILD_PAYLOAD, parm.is_parameter ? "parameter.txt" : "kernel",
                   HEADER_SIZE, parm.length, sound || end + CRC_SIZE > image.size ? NULL : "the CRC does not agree with the content");
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("PARM", 0), MAGIC("KRNL", 0)};

const extractor_t rockchip_parm_extractor = {
    .id = "rockchip_parm", .name = "Rockchip PARM and KRNL", .specification = "rkflashtool, rkcrc.c", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 2, .probe = rockchip_parm_probe, .extent = rockchip_parm_extent, .extract = rockchip_parm_extract,
};
