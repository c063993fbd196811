/* What the boot ROM of MediaTek processors loads. In front, for flash, SD and eMMC: the name of the device ("EMMC_BOOT", "SF_BOOT", "SDMMC_BOOT",
 * version 1, size) or a description of the NAND ("BOOTLOADER!"), and the layout "BRLYT": where the code begins and ends. Then GFH blocks,
 * little-endian: "MMM" and a version, size, type; the first is FILE_INFO: load address, size of all, of the headers, of the signature (a SHA-256
 * where it is of type 1), where to jump. Source: U-Boot, tools/mtk_image.h. */
#include "base/sha256.h"
#include "extractors/soc_common.h"

#include <stdio.h>

enum { GFH_HEAD = 8, FILE_INFO_SIZE = 56, LAYOUT_SIZE = 40, LAYOUT_MAGIC = 0x42424242, NAND_PAGES_MAX = 16384,
    SIZE_LIMIT = 16 << 20 };

typedef struct {
    const char *device;
    uint64_t    layout, gfh; /* where they stand */
    uint32_t    layout_type, load, size, header_size, signature_size, jump;
    uint8_t     signature_type, flash_type;
} preloader_t;

static bool read_file_info(span_t image, uint64_t at, preloader_t *p)
{
    reader_t r = reader_at(image, at + GFH_HEAD);
    if (span_sub(image, at, GFH_HEAD).at == NULL || memcmp(image.at + at, "MMM\x01\x38\x00\x00\x00", GFH_HEAD) != 0 ||
        !span_has_text_at(image, at + GFH_HEAD, "FILE_INFO"))
        return false;
    reader_skip(&r, 18);
    p->flash_type     = read_u8(&r);
    p->signature_type = read_u8(&r);
    p->load           = read_le32(&r);
    p->size           = read_le32(&r);
    reader_skip(&r, 4);
    p->header_size    = read_le32(&r);
    p->signature_size = read_le32(&r);
    p->jump           = read_le32(&r);
    p->gfh            = at;
    return reader_ok(&r) && p->header_size >= FILE_INFO_SIZE && p->size <= SIZE_LIMIT && p->header_size < p->size &&
           p->signature_size < p->size - p->header_size;
}

static bool read_device(span_t image, preloader_t *p)
{
    static const char *const names[] = {"EMMC_BOOT", "SF_BOOT", "SDMMC_BOOT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        reader_t r = reader_at(image, 12);
        if (span_has_text_at(image, 0, names[i]) && span_has_text_at(image, strlen(names[i]), "\0") && read_le32(&r) == 1) {
            p->layout = read_le32(&r);
            p->device = names[i];
            return reader_ok(&r) && p->layout >= 20 && p->layout <= NAND_PAGES_MAX;
        }
    }
    if (!span_has_text_at(image, 0, "BOOTLOADER!"))
        return false;
    p->device = "NAND";
    for (p->layout = 512; p->layout <= NAND_PAGES_MAX; p->layout *= 2)
        if (span_has_text_at(image, p->layout, "BRLYT"))
            return true;
    return false;
}

static bool read_preloader(span_t image, preloader_t *p)
{
    *p = (preloader_t){0};
    if (read_file_info(image, 0, p))
        return true;
    if (!read_device(image, p) || !span_has_text_at(image, p->layout, "BRLYT"))
        return false;
    reader_t r     = reader_at(image, p->layout + 8);
    reader_skip(&r, 4);
    uint64_t begin = read_le32(&r);
    if (strcmp(p->device, "NAND") == 0)
        begin *= p->layout; /* counted in pages there; the layout stands in the second one */
    reader_skip(&r, 4);
    uint32_t magic = read_le32(&r);
    p->layout_type = read_le32(&r);
    if (!reader_ok(&r) || magic != LAYOUT_MAGIC)
        return false;
    /* The layout counts from the device's start; in a file that holds less, the code follows the layout. */
    static const uint32_t behind[] = {0x400, 0x800, 0x1000, 0x2000, 0x4000};
    if (read_file_info(image, begin, p))
        return true;
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        if (read_file_info(image, p->layout + behind[i], p))
            return true;
    p->gfh = begin; /* cut off before the code begins: the device's headers are all there is */
    return begin + FILE_INFO_SIZE > image.size && begin <= SIZE_LIMIT && begin >= p->layout;
}

static bool digest_agrees(span_t image, const preloader_t *p)
{
    span_t   covered = span_sub(image, p->gfh, p->size - p->signature_size), kept = span_sub(image, p->gfh + p->size - p->signature_size,
        p->signature_size);
    sha256_t digest;
    return covered.at != NULL && kept.at != NULL && kept.size == SHA256_SIZE && status_ok(sha256_of(covered, &digest)) &&
           memcmp(digest.bytes, kept.at, SHA256_SIZE) == 0;
}

static bool has_digest(const preloader_t *p) { return p->signature_type == 1 && p->signature_size == SHA256_SIZE; }

static unsigned mediatek_preloader_probe(span_t image)
{
    preloader_t p;
    if (!read_preloader(image, &p))
        return 0;
    return 64u + (p.gfh > 0 ? 64u : 0u) + (has_digest(&p) && digest_agrees(image, &p) ? 32u : 0u);
}

static uint64_t mediatek_preloader_extent(span_t image)
{
    preloader_t p;
    return read_preloader(image, &p) ? min_u64(p.gfh + p.size, image.size) : 0;
}

/* The headers in front of the code; that of NAND stands there up to four times. */
static void claim_device(span_t image, const preloader_t *p, sink_t *sink)
{
    enum { HEADER = 128, COPIES = 4 };
    span_t first = span_sub(image, 0, HEADER);
    sink_claim(sink, 0, HEADER, REGION_STRUCTURE);
    for (unsigned i = 1; i < COPIES && span_equal(span_sub(image, i * HEADER, HEADER), first); i++)
        sink_claim(sink, i * HEADER, HEADER, REGION_STRUCTURE);
    sink_claim(sink, p->layout, LAYOUT_SIZE, REGION_STRUCTURE);
    sink_fact(sink, "preloader.device", p->device);
}

static status_t mediatek_preloader_extract(span_t image, sink_t *sink)
{
    preloader_t p;
    if (!read_preloader(image, &p))
        return status_fail(STATUS_REJECTED, "mediatek-preloader", 0, "not a preloader");
    if (p.size == 0) {
        claim_device(image, &p, sink);
        sink_damage(sink, image.size, 0, "the image ends before the preloader begins");
        return ok();
    }
    partitions_t parts = {.sink = sink};
    uint64_t     end = p.gfh + p.size, signature = end - p.signature_size, code = p.gfh + p.header_size;
    bool         sound = has_digest(&p) && digest_agrees(image, &p);
    if (p.gfh > 0)
        claim_device(image, &p, sink);
    sink_claim(sink, p.gfh, p.header_size, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "MediaTek");
    sink_fact_printf(sink, "preloader.load", "0x%x", p.load);
    sink_fact_printf(sink, "preloader.entry", "0x%x", p.load + p.jump);
    sink_fact(sink, "preloader.signature", p.signature_size == 0 ? "none" : has_digest(&p) ? "SHA-256" : "signature");
    if (end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the preloader does");
    const char *told = !has_digest(&p) || sound || end > image.size ? NULL : "the SHA-256 of the preloader does not agree with its content";
    if (has_digest(&p) && signature + p.signature_size <= image.size)
        sink_claim(sink, signature, p.signature_size, REGION_STRUCTURE);
    bool more = soc_show_code(&parts, sound || !has_digest(&p) ? CHILD_FILE : CHILD_PAYLOAD, "preloader", image, code, signature - code, told);
    if (more && !has_digest(&p) && p.signature_size > 0)
        (void)soc_show(&parts, CHILD_FILE, "signature", signature, p.signature_size, NULL);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {
    MAGIC("EMMC_BOOT\0\0\0\x01\0\0\0", 0), MAGIC("SF_BOOT\0\0\0\0\0\x01\0\0\0", 0), MAGIC("SDMMC_BOOT\0\0\x01\0\0\0", 0), MAGIC("BOOTLOADER!\0V00",
        0),
    MAGIC("MMM\x01\x38\0\0\0FILE_INFO", 0),
};

const extractor_t mediatek_preloader_extractor = {
    .id = "mediatek_preloader", .name = "MediaTek preloader", .specification = "U-Boot, tools/mtk_image.h", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 5, .probe = mediatek_preloader_probe, .extent = mediatek_preloader_extent, .extract = mediatek_preloader_extract,
};
