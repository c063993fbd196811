/* Novatek CKSM: the wrapper with a checksum around one partition. Little-endian: "CKSM", version 16040719, a word, the word that makes the checksum
 * zero, offset of the data (64), its length, bytes of filling behind it. The checksum is the sum of all 16-bit words and of their numbers,
 * modulo 65536, over offset, length and filling. Source: the "CKSM container" of the viofo-fw notes; nvtpack.h of Novatek's SDK. */
#include "extractors/firmware_common.h"

enum { CKSM_HEADER = 64 };

typedef struct { uint32_t offset, length, filling; uint64_t end; } cksm_t;

static bool read_header(span_t image, cksm_t *cksm)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "CKSM"))
        return false;
    reader_skip(&r, 4);
    uint32_t version = read_le32(&r);
    reader_skip(&r, 8);
    cksm->offset  = read_le32(&r);
    cksm->length  = read_le32(&r);
    cksm->filling = read_le32(&r);
    cksm->end     = (uint64_t)cksm->offset + cksm->length + cksm->filling;
    return reader_ok(&r) && version == 0x16040719 && cksm->offset == CKSM_HEADER && cksm->length > 0;
}

static bool sum_holds(span_t image, const cksm_t *cksm)
{
    reader_t r   = reader_from(span_sub(image, 0, cksm->end));
    uint32_t sum = 0;
    for (uint64_t i = 0; i < cksm->end / 2; i++)
        sum += read_le16(&r) + (uint32_t)i;
    return reader_ok(&r) && (sum & 0xFFFF) == 0;
}

static unsigned cksm_probe(span_t image)
{
    cksm_t cksm;
    return read_header(image, &cksm) ? 96 : 0;
}

static uint64_t cksm_extent(span_t image)
{
    cksm_t cksm;
    return read_header(image, &cksm) ? min_u64(cksm.end, image.size) : 0;
}

static status_t cksm_extract(span_t image, sink_t *sink)
{
    cksm_t       cksm;
    partitions_t parts = {.sink = sink};
    if (!read_header(image, &cksm))
        return status_fail(STATUS_REJECTED, "novatek_cksm", 0, "not a CKSM header");
    sink_claim(sink, 0, min_u64(CKSM_HEADER, image.size), REGION_STRUCTURE);
    const char *damage = cksm.end <= image.size && !sum_holds(image, &cksm) ? "the sum over header and content does not come to zero" : NULL;
    (void)firmware_show(&parts, &(firmware_part_t){span_from_text("content"), cksm.offset, cksm.length, damage}, 0);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("CKSM\x19\x07\x04\x16", 0)};

const extractor_t novatek_cksm_extractor = {
    .id = "novatek_cksm", .name = "Novatek CKSM", .specification = "viofo-fw, \"CKSM container\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = cksm_probe, .extent = cksm_extent, .extract = cksm_extract,
};
