/* MLO: what the boot ROM of TI's OMAP, AM33xx and DRA7xx processors loads. Little-endian: a table of contents of rows of 32 bytes (offset, size,
 * three words, name), ended by one of FF; the settings "CHSETTINGS" that it names; at 512 size and load address of the code, then the code. U-Boot's
 * mkimage counts these two words in the size. Source: OMAP35x Technical Reference Manual, "Image format"; U-Boot, tools/omapimage.c. */
#include "extractors/soc_common.h"

#include <stdio.h>

enum { ROW_SIZE = 32, HEADER_SIZE = 512, GP_SIZE = 8, ROWS_MAX = 15, NAME_AT = 20 };

typedef struct { unsigned rows; uint32_t size, load; } mlo_t;

static bool read_header(span_t image, mlo_t *mlo)
{
    *mlo = (mlo_t){0};
    for (; mlo->rows < ROWS_MAX; mlo->rows++) {
        reader_t r      = reader_at(image, mlo->rows * ROW_SIZE);
        uint32_t offset = read_le32(&r), size = read_le32(&r);
        if (!reader_ok(&r))
            return false;
        if (offset == UINT32_MAX && size == UINT32_MAX)
            break;
        if (offset < ROW_SIZE || offset >= HEADER_SIZE || size > HEADER_SIZE - offset)
            return false;
    }
    reader_t r = reader_at(image, HEADER_SIZE);
    mlo->size  = read_le32(&r);
    mlo->load  = read_le32(&r);
    r          = reader_at(image, 0);
    reader_t settings = reader_at(image, read_le32(&r));
    return mlo->rows > 0 && mlo->rows < ROWS_MAX && span_has_text_at(image, NAME_AT, "CHSETTINGS") && read_le32(&settings) == 0xC0C0C0C1 &&
           image.size > HEADER_SIZE + GP_SIZE && mlo->size > GP_SIZE && mlo->size < 16 << 20;
}

static unsigned ti_omap_probe(span_t image)
{
    mlo_t mlo;
    return read_header(image, &mlo) ? 64 + 32 : 0;
}

static uint64_t ti_omap_extent(span_t image)
{
    mlo_t mlo;
    return read_header(image, &mlo) ? min_u64(HEADER_SIZE + (uint64_t)mlo.size, image.size) : 0;
}

static status_t ti_omap_extract(span_t image, sink_t *sink)
{
    mlo_t mlo;
    if (!read_header(image, &mlo))
        return status_fail(STATUS_REJECTED, "ti-omap", 0, "not a table of contents");
    partitions_t parts = {.sink = sink};
    uint64_t     end   = HEADER_SIZE + (uint64_t)mlo.size;
    sink_claim(sink, 0, HEADER_SIZE + GP_SIZE, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Texas Instruments");
    sink_fact_printf(sink, "omap.load", "0x%x", mlo.load);
    sink_fact_printf(sink, "omap.size", "%u", mlo.size);
    if (end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the code does");
    (void)soc_show_code(&parts, CHILD_FILE, "spl", image, HEADER_SIZE + GP_SIZE, mlo.size - GP_SIZE, NULL);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("CHSETTINGS\0\0", NAME_AT)};

const extractor_t ti_omap_extractor = {
    .id = "ti_omap", .name = "TI OMAP boot image (MLO)", .specification = "OMAP35x Technical Reference Manual; U-Boot, tools/omapimage.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = ti_omap_probe, .extent = ti_omap_extent, .extract = ti_omap_extract,
};
