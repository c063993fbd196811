/* A file for USB device firmware upgrade: the image, and a suffix of 16 bytes at the end of the file: device (BCD), product, vendor,
 * version of the suffix (BCD, 0100 or 011A), "UFD", length of the suffix, CRC-32 of all before it, not inverted at the end.
 * Source: USB-IF, Device Firmware Upgrade Specification 1.1, appendix B. */
#include "extractors/dfu_common.h"

static unsigned dfu_probe(span_t image)
{
    dfu_suffix_t suffix;
    if (!dfu_read_suffix(image, &suffix))
        return 0;
    return 24 + 8 + 8 + (suffix.crc_agrees ? 32 : 0);
}

static uint64_t dfu_extent(span_t image)
{
    dfu_suffix_t suffix;
    return dfu_read_suffix(image, &suffix) ? image.size : 0;
}

static status_t dfu_extract(span_t image, sink_t *sink)
{
    dfu_suffix_t suffix;
    if (!dfu_read_suffix(image, &suffix))
        return status_fail(STATUS_REJECTED, "dfu", 0, "no suffix");
    dfu_say_suffix(image, &suffix, sink);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("firmware"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    child_range(child, 0, image.size - suffix.length);
    if (!suffix.crc_agrees)
        child_damage(child, 0, image.size - suffix.length, "the CRC-32 of the suffix does not agree with the image");
    sink_end_child(sink);
    return ok();
}

/* Its mark stands at the end, so it is asked for every blob. */
const extractor_t dfu_extractor = {
    .id = "dfu", .name = "USB firmware upgrade file", .specification = "USB-IF, Device Firmware Upgrade Specification 1.1, appendix B",
    .reach = REACH_EXTRACT, .probe = dfu_probe, .extent = dfu_extent, .extract = dfu_extract,
};
