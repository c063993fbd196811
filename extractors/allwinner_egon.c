/* eGON: what the boot ROM of Allwinner processors loads first. Little-endian: a jump over the header, "eGON.BT0" (BT1: the stage after
 * it), checksum, length; then either the header of U-Boot's SPL ("SPL" and a version: device tree's name at 32, 96 bytes in all) or the
 * vendor's, which begins with its own size. The checksum is the sum of all words, with a fixed stamp in its own place.
 * Source: U-Boot, include/sunxi_image.h; linux-sunxi.org, "EGON". */
#include "extractors/soc_common.h"

enum { MAGIC_AT = 4, FIXED_SIZE = 24, SPL_SIZE = 96, LENGTH_MAX = 4 << 20 };
#define STAMP UINT32_C(0x5F0A6C39)

typedef struct { uint32_t checksum, length, header_size, name_at; uint8_t version; bool is_spl, is_riscv; } egon_t;

static bool read_header(span_t image, egon_t *egon)
{
    reader_t r     = reader_from(image);
    uint32_t jump  = read_le32(&r);
    reader_skip(&r, 8);
    egon->checksum = read_le32(&r);
    egon->length   = read_le32(&r);
    span_t sign    = read_span(&r, 4);
    if (!reader_ok(&r) || (!span_has_text_at(image, MAGIC_AT, "eGON.BT0") && !span_has_text_at(image, MAGIC_AT, "eGON.BT1")))
        return false;
    egon->is_riscv = (jump & 0x7F) == 0x6F;
    egon->is_spl   = span_has_text_at(sign, 0, "SPL");
    egon->version  = sign.at[3];
    r              = reader_at(image, 20);
    egon->header_size = egon->is_spl ? SPL_SIZE : read_le32(&r);
    r                 = reader_at(image, 32);
    egon->name_at     = egon->is_spl && (egon->version & 0x1F) >= 2 ? read_le32(&r) : 0;
    return (jump >> 24 == 0xEA || egon->is_riscv) && egon->length % 4 == 0 && egon->length <= LENGTH_MAX && egon->header_size >= FIXED_SIZE &&
           egon->header_size < egon->length;
}

static bool checksum_agrees(span_t image, const egon_t *egon)
{
    span_t covered = span_sub(image, 0, egon->length);
    return covered.at != NULL && soc_sum32(covered) - egon->checksum + STAMP == egon->checksum;
}

static unsigned allwinner_egon_probe(span_t image)
{
    egon_t egon;
    return read_header(image, &egon) ? 64 + 16 + (checksum_agrees(image, &egon) ? 32 : 0) : 0;
}

static uint64_t allwinner_egon_extent(span_t image)
{
    egon_t egon;
    return read_header(image, &egon) ? min_u64(egon.length, image.size) : 0;
}

static status_t allwinner_egon_extract(span_t image, sink_t *sink)
{
    egon_t egon;
    if (!read_header(image, &egon))
        return status_fail(STATUS_REJECTED, "allwinner-egon", 0, "not an eGON header");
    char name[96];
    soc_text(span_clip(image, egon.name_at, sizeof name - 1), name, sizeof name);
    sink_claim(sink, 0, egon.header_size, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Allwinner");
    sink_fact(sink, "egon.stage", image.at[MAGIC_AT + 7] == '0' ? "BT0" : "BT1");
    sink_fact(sink, "egon.machine", egon.is_riscv ? "riscv" : "arm");
    if (egon.is_spl)
        sink_fact_printf(sink, "egon.spl-version", "%u.%u", egon.version >> 5, egon.version & 0x1Fu);
    if (egon.name_at >= FIXED_SIZE && egon.name_at < egon.length && name[0] != '\0')
        sink_fact(sink, "boot.device-tree", name);
    bool sound = checksum_agrees(image, &egon);
    if (egon.length > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the boot stage does");
    partitions_t parts = {.sink = sink};
    const char *told = sound || egon.length > image.size ? NULL : "the checksum of the boot stage does not agree with its content";
    (void)soc_show_code(&parts, sound ? CHILD_FILE : CHILD_PAYLOAD, egon.is_spl ? "spl" : "boot0", image, egon.header_size,
                        egon.length - egon.header_size, told);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("eGON.BT0", MAGIC_AT), MAGIC("eGON.BT1", MAGIC_AT)};

const extractor_t allwinner_egon_extractor = {
    .id = "allwinner_egon", .name = "Allwinner eGON boot stage", .specification = "U-Boot, include/sunxi_image.h; linux-sunxi.org, \"EGON\"",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 2, .probe = allwinner_egon_probe, .extent = allwinner_egon_extent,
    .extract = allwinner_egon_extract,
};
