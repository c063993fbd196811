/* JPEG: segments, each a marker FFxx and, but for a few, a length; after "start of scan" come entropy-coded bytes, in which FF
 * is followed by 00 or a restart marker; "end of image" ends it. Source: ITU-T T.81, annex B. */
#include "extractors/extractor.h"

enum { START_OF_IMAGE = 0xD8, END_OF_IMAGE = 0xD9, START_OF_SCAN = 0xDA, RESTART_FIRST = 0xD0, RESTART_LAST = 0xD7, ONE_BYTE = 0x01 };

typedef struct { uint64_t end; uint32_t width, height; bool has_frame, has_scan, is_whole; } jpeg_t;

static bool has_no_length(uint8_t marker) { return marker == ONE_BYTE || (marker >= RESTART_FIRST && marker <= START_OF_IMAGE); }

static bool is_frame(uint8_t marker) { return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC; }

/* Where the next marker behind entropy-coded bytes stands; the end when there is none. */
static uint64_t skip_scan(span_t image, uint64_t at)
{
    while (at + 1 < image.size) {
        const uint8_t *hit = memchr(image.at + at, 0xFF, image.size - 1 - (size_t)at);
        if (hit == NULL)
            break;
        at           = (uint64_t)(hit - image.at);
        uint8_t next = image.at[at + 1];
        if (next != 0 && next != 0xFF && (next < RESTART_FIRST || next > RESTART_LAST))
            return at;
        at += next == 0xFF ? 1 : 2;
    }
    return image.size;
}

static jpeg_t walk(span_t image)
{
    jpeg_t   jpeg = {.end = image.size};
    uint64_t at   = 2;
    while (span_holds(image, at, 2) && image.at[at] == 0xFF) {
        uint8_t marker = image.at[at + 1];
        if (marker == 0xFF) {
            at++;
            continue;
        }
        at += 2;
        if (marker == END_OF_IMAGE) {
            jpeg.is_whole = jpeg.has_frame && jpeg.has_scan;
            jpeg.end      = at;
            return jpeg;
        }
        if (has_no_length(marker))
            continue;
        reader_t r      = reader_at(image, at);
        uint16_t length = read_be16(&r);
        if (!reader_ok(&r) || length < 2)
            return jpeg;
        if (is_frame(marker) && !jpeg.has_frame) {
            reader_skip(&r, 1);
            jpeg.height    = read_be16(&r);
            jpeg.width     = read_be16(&r);
            jpeg.has_frame = reader_ok(&r);
        }
        at += length;
        if (marker == START_OF_SCAN) {
            jpeg.has_scan = true;
            at            = skip_scan(image, at);
        }
    }
    return jpeg;
}

static unsigned jpeg_probe(span_t image)
{
    if (!span_has_text_at(image, 0, "\xFF\xD8\xFF") || image.size < 20)
        return 0;
    jpeg_t jpeg = walk(image);
    if (jpeg.is_whole)
        return 24 + 24;
    return jpeg.has_frame && jpeg.has_scan ? 24 + 4 : 0;
}

static uint64_t jpeg_extent(span_t image) { return walk(image).end; }

static status_t jpeg_extract(span_t image, sink_t *sink)
{
    jpeg_t jpeg = walk(image);
    if (!jpeg.has_frame)
        return status_fail(STATUS_REJECTED, "jpeg", 0, "not a JPEG");
    if (!jpeg.is_whole)
        sink_damage(sink, image.size, 0, "the picture has no end");
    sink_fact_printf(sink, "jpeg.size", "%ux%u", (unsigned)jpeg.width, (unsigned)jpeg.height);
    sink_claim(sink, 0, jpeg.end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xFF\xD8\xFF", 0)};

const extractor_t jpeg_extractor = {
    .id = "jpeg", .name = "JPEG picture", .specification = "ITU-T T.81, annex B", .reach = REACH_VERIFY, .only_at_start = true,
    .magics = magics, .magic_count = 1, .probe = jpeg_probe, .extent = jpeg_extent, .extract = jpeg_extract,
};
