/* IVT: what the boot ROM of i.MX processors (i.MX53 to i.MX8M, RT) looks for. Header: tag 0xD1, big-endian length 32, version 0x40 to 0x43; then
 * little-endian addresses of entry, DCD, boot data, the IVT itself and the CSF. An address minus that of the IVT is an offset here. Boot data: where
 * the whole is loaded, its size (which counts from before the IVT), whether it is a plugin. DCD (tag 0xD2): commands that set registers. CSF (tag
 * 0xD4): commands of secure boot, certificates (0xD7) and signatures (0xD8).
 * Source: i.MX 6 Reference Manual, "Program image"; U-Boot, include/imximage.h; NXP, HABv4 API. */
#include "extractors/soc_common.h"

#include <stdio.h>

enum { IVT_SIZE = 32, BOOT_DATA_SIZE = 12, TAG_DCD = 0xD2, TAG_CSF = 0xD4, TAG_CERTIFICATE = 0xD7, TAG_SIGNATURE = 0xD8, BLOCKS_MAX = 64 };
enum { SIZE_MAX_TOLD = 64 << 20 };

typedef struct { uint32_t entry, self, start, size, plugin; uint64_t dcd, boot_data, csf, code, end; uint8_t version; } ivt_t; /* offsets; 0: none */

static bool offset_of(uint32_t address, uint32_t self, uint64_t *offset)
{
    *offset = address == 0 ? 0 : (uint64_t)(uint32_t)(address - self);
    return address == 0 || (address > self && *offset >= IVT_SIZE && *offset < SIZE_MAX_TOLD);
}

/* A block of HAB: tag, big-endian length, version or parameter. */
static bool read_block(span_t image, uint64_t at, uint8_t *tag, uint16_t *length)
{
    reader_t r = reader_at(image, at);
    *tag       = read_u8(&r);
    *length    = read_be16(&r);
    uint8_t version = read_u8(&r);
    return reader_ok(&r) && *length >= 4 && version >= 0x40 && version <= 0x4F;
}

static bool read_ivt(span_t image, ivt_t *ivt)
{
    reader_t r       = reader_from(image);
    uint32_t head    = read_be32(&r);
    ivt->version     = (uint8_t)head;
    ivt->entry       = read_le32(&r);
    uint32_t first   = read_le32(&r), dcd = read_le32(&r), boot = read_le32(&r);
    ivt->self        = read_le32(&r);
    uint32_t csf     = read_le32(&r), second = read_le32(&r);
    if (!reader_ok(&r) || head >> 8 != 0xD10020 || ivt->version < 0x40 || ivt->version > 0x43 || first != 0 || second != 0 || ivt->self % 4 != 0 ||
        boot == 0 || !offset_of(dcd, ivt->self, &ivt->dcd) || !offset_of(boot, ivt->self, &ivt->boot_data) || !offset_of(csf, ivt->self, &ivt->csf))
        return false;
    r              = reader_at(image, ivt->boot_data);
    ivt->start     = read_le32(&r);
    ivt->size      = read_le32(&r);
    ivt->plugin    = read_le32(&r);
    uint32_t front = ivt->self - ivt->start;
    if (!reader_ok(&r) || ivt->start > ivt->self || front > 64 << 10 || ivt->size <= front || ivt->size > SIZE_MAX_TOLD || (ivt->plugin & ~1u) != 0)
        return false;
    ivt->end  = ivt->size - front;
    ivt->code = ivt->boot_data + BOOT_DATA_SIZE;
    uint8_t  tag;
    uint16_t length;
    if (ivt->dcd != 0 && read_block(image, ivt->dcd, &tag, &length) && tag == TAG_DCD)
        ivt->code = max_u64(ivt->code, ivt->dcd + length);
    /* mkimage leaves the head of an empty DCD that nothing points to. */
    if (ivt->dcd == 0 && read_block(image, ivt->code, &tag, &length) && tag == TAG_DCD && length == 4)
        ivt->code += length;
    return ivt->code <= ivt->end && (ivt->csf == 0 || ivt->csf <= ivt->end) && ivt->dcd < ivt->end &&
           (ivt->entry - ivt->start < ivt->size || ivt->plugin == 0);
}

static unsigned nxp_ivt_probe(span_t image)
{
    ivt_t ivt;
    return read_ivt(image, &ivt) ? 32 + 64 : 0;
}

static uint64_t nxp_ivt_extent(span_t image)
{
    ivt_t ivt;
    return read_ivt(image, &ivt) ? min_u64(ivt.end, image.size) : 0;
}

/* The CSF's header, then its certificates and signatures, each a child. */
static void extract_csf(span_t image, const ivt_t *ivt, sink_t *sink, partitions_t *parts)
{
    uint8_t  tag;
    uint16_t length;
    unsigned certificates = 0;
    if (!read_block(image, ivt->csf, &tag, &length) || tag != TAG_CSF) {
        span_t place = span_clip(image, ivt->csf, 64);
        if (ivt->csf < image.size && !span_is_filled_with(place, 0) && !span_is_filled_with(place, 0xFF))
            sink_damage(sink, ivt->csf, place.size, "there is no CSF where the IVT says");
        sink_fact(sink, "ivt.signed", "no: room for a CSF, and none in it");
        return;
    }
    sink_claim(sink, ivt->csf, length, REGION_STRUCTURE);
    sink_fact(sink, "ivt.signed", "HAB");
    uint64_t at = ivt->csf + length;
    for (unsigned i = 0; i < BLOCKS_MAX && at < ivt->end; i++) {
        at = round_up(at, 4);
        if (!read_block(image, at, &tag, &length) || (tag != TAG_CERTIFICATE && tag != TAG_SIGNATURE) || at + length > ivt->end)
            break;
        sink_claim(sink, at, 4, REGION_STRUCTURE);
        certificates += tag == TAG_CERTIFICATE;
        if (length > 4 && !soc_show(parts, CHILD_FILE, tag == TAG_CERTIFICATE ? "certificate" : "signature", at + 4, length - 4u, NULL))
            break;
        at += length;
    }
    sink_fact_printf(sink, "ivt.certificates", "%u", certificates);
}

static status_t nxp_ivt_extract(span_t image, sink_t *sink)
{
    ivt_t    ivt;
    uint8_t  tag;
    uint16_t length;
    if (!read_ivt(image, &ivt))
        return status_fail(STATUS_REJECTED, "nxp-ivt", 0, "not an IVT");
    partitions_t parts = {.sink = sink};
    sink_claim(sink, 0, IVT_SIZE, REGION_STRUCTURE);
    sink_claim(sink, ivt.boot_data, ivt.dcd == 0 ? ivt.code - ivt.boot_data : BOOT_DATA_SIZE, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "NXP");
    sink_fact_printf(sink, "ivt.version", "0x%x", ivt.version);
    sink_fact_printf(sink, "ivt.load", "0x%x", ivt.self);
    sink_fact_printf(sink, "ivt.entry", "0x%x", ivt.entry);
    sink_fact(sink, "ivt.plugin", ivt.plugin != 0 ? "yes" : "no");
    if (ivt.dcd != 0 && read_block(image, ivt.dcd, &tag, &length) && tag == TAG_DCD) {
        sink_claim(sink, ivt.dcd, length, REGION_STRUCTURE);
        sink_fact_printf(sink, "ivt.dcd-size", "%u", length);
    } else if (ivt.dcd != 0) {
        sink_damage(sink, ivt.dcd, 0, "there is no DCD where the IVT says");
    }
    if (ivt.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the boot data says");
    uint64_t code_end = ivt.csf != 0 ? ivt.csf : ivt.end;
    if (ivt.csf == 0)
        sink_fact(sink, "ivt.signed", "no");
    /* What lies between the tables and the entry is mostly filling, which then is padding. */
    uint64_t code = ivt.code;
    while (code < min_u64(code_end, image.size) && image.at[code] == 0)
        code++;
    if (code < min_u64(code_end, image.size) || (code < code_end && image.size < code_end))
        (void)soc_show_code(&parts, CHILD_FILE, "boot", image, code & ~UINT64_C(3), code_end - (code & ~UINT64_C(3)), NULL);
    if (ivt.csf != 0)
        extract_csf(image, &ivt, sink, &parts);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xD1\x00\x20\x40", 0), MAGIC("\xD1\x00\x20\x41", 0), MAGIC("\xD1\x00\x20\x42", 0), MAGIC("\xD1\x00\x20\x43",
    0)};

const extractor_t nxp_ivt_extractor = {
    .id = "nxp_ivt", .name = "i.MX boot image (IVT)", .specification = "i.MX 6 Reference Manual, \"Program image\"; U-Boot, include/imximage.h",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 4, .probe = nxp_ivt_probe, .extent = nxp_ivt_extent, .extract = nxp_ivt_extract,
};
