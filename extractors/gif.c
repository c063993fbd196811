/* GIF: a header with the size of the screen, a table of colours, then pictures and extensions, each a chain of sub-blocks that
 * a block of length 0 ends, up to the trailer 3B. Source: CompuServe, "Graphics Interchange Format, version 89a". */
#include "extractors/extractor.h"

enum { HEADER_SIZE = 13, EXTENSION = 0x21, PICTURE = 0x2C, TRAILER = 0x3B };

typedef struct { uint64_t end; unsigned pictures; bool is_whole; } gif_t;

static uint64_t colours_size(uint8_t flags) { return (flags & 0x80) != 0 ? UINT64_C(3) << ((flags & 7) + 1) : 0; }

static void skip_blocks(reader_t *r)
{
    for (uint8_t size = 1; size > 0 && reader_ok(r);)
        reader_skip(r, size = read_u8(r));
}

static gif_t walk(span_t image)
{
    gif_t    gif = {.end = image.size};
    reader_t r   = reader_at(image, 10);
    uint8_t  flags = read_u8(&r);
    reader_skip(&r, 2 + colours_size(flags));
    while (reader_ok(&r)) {
        uint8_t kind = read_u8(&r);
        if (kind == TRAILER && reader_ok(&r)) {
            gif.end      = r.pos;
            gif.is_whole = gif.pictures > 0;
            return gif;
        }
        if (kind == PICTURE) {
            reader_skip(&r, 8);
            flags = read_u8(&r);
            reader_skip(&r, colours_size(flags) + 1);
            gif.pictures += reader_ok(&r);
        } else if (kind == EXTENSION) {
            reader_skip(&r, 1);
        } else {
            return gif;
        }
        skip_blocks(&r);
    }
    return gif;
}

static bool has_header(span_t image)
{
    return image.size >= HEADER_SIZE && (span_has_text_at(image, 0, "GIF87a") || span_has_text_at(image, 0, "GIF89a"));
}

static unsigned gif_probe(span_t image)
{
    if (!has_header(image))
        return 0;
    gif_t gif = walk(image);
    return gif.is_whole ? 48 + 16 : gif.pictures > 0 ? 48 : 0;
}

static uint64_t gif_extent(span_t image) { return walk(image).end; }

static status_t gif_extract(span_t image, sink_t *sink)
{
    if (!has_header(image))
        return status_fail(STATUS_REJECTED, "gif", 0, "not a GIF");
    gif_t    gif   = walk(image);
    reader_t r     = reader_at(image, 6);
    uint16_t width = read_le16(&r), height = read_le16(&r);
    if (!gif.is_whole)
        sink_damage(sink, image.size, 0, "the picture has no end");
    sink_fact_printf(sink, "gif.size", "%ux%u", (unsigned)width, (unsigned)height);
    sink_fact_printf(sink, "gif.pictures", "%u", gif.pictures);
    sink_claim(sink, 0, gif.end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("GIF87a", 0), MAGIC("GIF89a", 0)};

const extractor_t gif_extractor = {
    .id = "gif", .name = "GIF picture", .specification = "CompuServe, \"Graphics Interchange Format, version 89a\"", .reach = REACH_VERIFY,
    .only_at_start = true, .magics = magics, .magic_count = 2, .probe = gif_probe, .extent = gif_extent, .extract = gif_extract,
};
