/* TOC1: the package of U-Boot, monitor and settings that boot0 or sbrom loads on Allwinner processors. Layout: allwinner_toc_common.c. */
#include "extractors/allwinner_toc.h"

static const toc_kind_t kind = {"allwinner-toc1", 16, 64, 368, 64};

static unsigned allwinner_toc1_probe(span_t image) { return toc_probe(image, &kind); }
static uint64_t allwinner_toc1_extent(span_t image) { return toc_extent(image, &kind); }
static status_t allwinner_toc1_extract(span_t image, sink_t *sink) { return toc_extract(image, &kind, sink); }

static const magic_t magics[] = {MAGIC("sunxi-package\0\0\0\x00\x98\x11\x89", 0), MAGIC("sunxi-secure\0\0\0\0\x00\x98\x11\x89", 0)};

const extractor_t allwinner_toc1_extractor = {
    .id = "allwinner_toc1", .name = "Allwinner TOC1 package", .specification = "U-Boot, include/sunxi_image.h; linux-sunxi.org, \"TOC0\"",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 2, .probe = allwinner_toc1_probe, .extent = allwinner_toc1_extent,
    .extract = allwinner_toc1_extract,
};
