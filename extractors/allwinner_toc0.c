/* TOC0: what the boot ROM of Allwinner processors loads first when secure boot is on. Layout: allwinner_toc_common.c. */
#include "extractors/allwinner_toc.h"

static const toc_kind_t kind = {"allwinner-toc0", 8, 48, 32, 0};

static unsigned allwinner_toc0_probe(span_t image) { return toc_probe(image, &kind); }
static uint64_t allwinner_toc0_extent(span_t image) { return toc_extent(image, &kind); }
static status_t allwinner_toc0_extract(span_t image, sink_t *sink) { return toc_extract(image, &kind, sink); }

static const magic_t magics[] = {MAGIC("TOC0.GLH", 0)};

const extractor_t allwinner_toc0_extractor = {
    .id = "allwinner_toc0", .name = "Allwinner TOC0 package", .specification = "U-Boot, include/sunxi_image.h; linux-sunxi.org, \"TOC0\"",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = allwinner_toc0_probe, .extent = allwinner_toc0_extent,
    .extract = allwinner_toc0_extract,
};
