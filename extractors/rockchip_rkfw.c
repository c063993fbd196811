/* RKFW: the update image of Rockchip's tools. Little-endian, packed: "RKFW", length of the header (102), version, code, date and time, chip,
 * then offset and length of the loader and of the update (RKAF); behind all an MD5 of it in hexadecimal, which old tools leave out.
 * Source: rkflashtool, rkunpack.c; neo-technologies/rockchip-mkbootimg, rkrom.h. */
#include "base/sha256.h"
#include "extractors/soc_common.h"

#include <openssl/evp.h>

enum { HEADER_SIZE = 102, MD5_TEXT = 32 };

typedef struct { uint32_t version, chip, loader, loader_size, update, update_size; unsigned year, month, day, hour, minute, second; } rkfw_t;

static bool read_header(span_t image, rkfw_t *rkfw)
{
    reader_t r        = reader_from(image);
    reader_skip(&r, 4);
    uint16_t size     = read_le16(&r);
    rkfw->version     = read_le32(&r);
    reader_skip(&r, 4);
    rkfw->year        = read_le16(&r);
    rkfw->month       = read_u8(&r);
    rkfw->day         = read_u8(&r);
    rkfw->hour        = read_u8(&r);
    rkfw->minute      = read_u8(&r);
    rkfw->second      = read_u8(&r);
    rkfw->chip        = read_le32(&r);
    rkfw->loader      = read_le32(&r);
    rkfw->loader_size = read_le32(&r);
    rkfw->update      = read_le32(&r);
    rkfw->update_size = read_le32(&r);
    return reader_ok(&r) && span_has_text_at(image, 0, "RKFW") && size == HEADER_SIZE && image.size >= HEADER_SIZE && rkfw->loader >= HEADER_SIZE &&
           rkfw->update >= (uint64_t)rkfw->loader + rkfw->loader_size && rkfw->update_size > 0 && rkfw->month <= 12 && rkfw->day <= 31 &&
               rkfw->hour < 24;
}

static uint64_t update_end(const rkfw_t *rkfw) { return (uint64_t)rkfw->update + rkfw->update_size; }

/* Is what stands behind the update the text of an MD5? */
static bool has_digest(span_t image, const rkfw_t *rkfw, span_t *digest)
{
    *digest = span_sub(image, update_end(rkfw), MD5_TEXT);
    for (size_t i = 0; i < digest->size; i++)
        if (!((digest->at[i] >= '0' && digest->at[i] <= '9') || (digest->at[i] >= 'a' && digest->at[i] <= 'f')))
            return false;
    return digest->at != NULL;
}

static unsigned rockchip_rkfw_probe(span_t image)
{
    rkfw_t rkfw;
    span_t digest;
    return read_header(image, &rkfw) ? 32 + 32 + (has_digest(image, &rkfw, &digest) ? 32 : 0) : 0;
}

static uint64_t rockchip_rkfw_extent(span_t image)
{
    rkfw_t rkfw;
    span_t digest;
    if (!read_header(image, &rkfw))
        return 0;
    return min_u64(update_end(&rkfw) + (has_digest(image, &rkfw, &digest) ? MD5_TEXT : 0), image.size);
}

static bool digest_agrees(span_t covered, span_t digest)
{
    uint8_t      md5[EVP_MAX_MD_SIZE];
    char         text[2 * EVP_MAX_MD_SIZE + 1];
    unsigned int size = 0;
    if (covered.at == NULL || EVP_Digest(covered.at, covered.size, md5, &size, EVP_md5(), NULL) != 1 || size != MD5_TEXT / 2)
        return false;
    hex_encode(md5, size, text);
    return memcmp(text, digest.at, MD5_TEXT) == 0;
}

static status_t rockchip_rkfw_extract(span_t image, sink_t *sink)
{
    rkfw_t rkfw;
    span_t digest;
    if (!read_header(image, &rkfw))
        return status_fail(STATUS_REJECTED, "rockchip-rkfw", 0, "not an RKFW header");
    uint64_t     end   = update_end(&rkfw);
    partitions_t parts = {.sink = sink};
    sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Rockchip");
    sink_fact_printf(sink, "rkfw.version", "%u.%u.%u", rkfw.version >> 24, rkfw.version >> 16 & 0xFF, rkfw.version & 0xFFFF);
    sink_fact_printf(sink, "rkfw.date", "%04u-%02u-%02u %02u:%02u:%02u", rkfw.year, rkfw.month, rkfw.day, rkfw.hour, rkfw.minute, rkfw.second);
    sink_fact_printf(sink, "rkfw.chip", "0x%x", rkfw.chip);
    if (end > image.size) {
        sink_damage(sink, image.size, 0, "the image ends before the update does");
    } else if (has_digest(image, &rkfw, &digest)) {
        sink_claim(sink, end, MD5_TEXT, REGION_STRUCTURE);
        bool agrees = digest_agrees(span_sub(image, 0, end), digest);
        sink_fact(sink, "rkfw.md5", agrees ? "agrees" : "differs");
        if (!agrees)
            sink_damage(sink, 0, end, "the MD5 of the image does not agree with its content");
    }
    if (rkfw.loader_size == 0 || soc_show(&parts, CHILD_PAYLOAD, "loader.bin", rkfw.loader, rkfw.loader_size, NULL))
        (void)soc_show(&parts, CHILD_PAYLOAD, "update.img", rkfw.update, rkfw.update_size, NULL);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("RKFW\x66\x00", 0)};

const extractor_t rockchip_rkfw_extractor = {
    .id = "rockchip_rkfw", .name = "Rockchip RKFW update image", .specification = "rkflashtool, rkunpack.c; rockchip-mkbootimg, rkrom.h",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = rockchip_rkfw_probe, .extent = rockchip_rkfw_extent,
    .extract = rockchip_rkfw_extract,
};
