#include "extractors/dfu_common.h"

#include <zlib.h>

enum { SUFFIX = 16, CRC = 4 };

bool dfu_read_suffix(span_t image, dfu_suffix_t *suffix)
{
    if (image.size <= SUFFIX || !span_has_text_at(image, image.size - 8, "UFD"))
        return false;
    reader_t r      = reader_at(image, image.size - SUFFIX);
    suffix->device  = read_le16(&r);
    suffix->product = read_le16(&r);
    suffix->vendor  = read_le16(&r);
    suffix->version = read_le16(&r);
    reader_skip(&r, 3);
    suffix->length     = read_u8(&r);
    suffix->crc        = read_le32(&r);
    suffix->crc_agrees = (uint32_t)~crc32_z(0, image.at, image.size - CRC) == suffix->crc;
    bool is_known      = suffix->version == 0x0100 || suffix->version == 0x0110 || suffix->version == 0x011A;
    return suffix->length >= SUFFIX && suffix->length < image.size && is_known;
}

void dfu_say_suffix(span_t image, const dfu_suffix_t *suffix, sink_t *sink)
{
    sink_claim(sink, image.size - suffix->length, suffix->length, REGION_STRUCTURE);
    sink_fact_printf(sink, "dfu.vendor", "0x%04x", suffix->vendor);
    sink_fact_printf(sink, "dfu.product", "0x%04x", suffix->product);
    sink_fact_printf(sink, "dfu.device", "0x%04x", suffix->device);
    sink_fact(sink, "dfu.crc-holds", suffix->crc_agrees ? "yes" : "no");
}
