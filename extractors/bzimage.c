/* bzImage: Linux for x86. A boot sector and setup code, then the protected-mode part that carries the compressed kernel. From
 * protocol 2.08 on the setup header at 0x1F1 tells where the compressed kernel stands. Source: Linux, Documentation/x86/boot.rst. */
#include "extractors/kernel_stream.h"
#include "extractors/pe.h"

enum { SETUP_AT = 0x1F1, HEADER_END = 0x268, SECTOR = 512, PROTOCOL_PAYLOAD = 0x208, VERSION_MAX = 256 };

typedef struct { uint64_t setup_size, code_size, payload, payload_size; uint32_t version_at; uint16_t protocol; } bzimage_t;

static bool read_header(span_t image, bzimage_t *b)
{
    reader_t r       = reader_at(image, SETUP_AT);
    uint8_t  sectors = read_u8(&r);
    reader_skip(&r, 2);
    b->setup_size = ((sectors > 0 ? sectors : 4u) + (uint64_t)1) * SECTOR;
    b->code_size  = (uint64_t)read_le32(&r) * 16;
    r             = reader_at(image, 0x206);
    b->protocol   = read_le16(&r);
    r             = reader_at(image, 0x20E);
    b->version_at = read_le16(&r);
    r             = reader_at(image, 0x248);
    b->payload    = b->setup_size + read_le32(&r);
    b->payload_size = read_le32(&r);
    return reader_ok(&r) && span_has_text_at(image, 0x1FE, "\x55\xAA") && span_has_text_at(image, 0x202, "HdrS") && b->protocol >= 0x200 &&
           b->protocol < 0x300 && b->code_size > 0;
}

static bool payload_is_inside(const bzimage_t *b)
{
    return b->protocol >= PROTOCOL_PAYLOAD && b->payload_size > 0 && b->payload + b->payload_size <= b->setup_size + b->code_size;
}

static unsigned bzimage_probe(span_t image)
{
    bzimage_t b;
    return read_header(image, &b) ? 32 + 16 + (payload_is_inside(&b) ? 32 : 0) : 0;
}

static uint64_t file_end(span_t image, const bzimage_t *b) { return max_u64(b->setup_size + b->code_size, pe_end(image)); }

static uint64_t bzimage_extent(span_t image)
{
    bzimage_t b;
    return read_header(image, &b) ? min_u64(file_end(image, &b), image.size) : 0;
}

static void say_version(span_t image, const bzimage_t *b, sink_t *sink)
{
    span_t         text = b->version_at != 0 ? span_clip(span_clip(image, 0, b->setup_size), b->version_at + (uint64_t)SECTOR, VERSION_MAX) : (span_t){NULL, 0};
    const uint8_t *end  = text.size > 0 ? memchr(text.at, 0, text.size) : NULL;
    if (end == NULL)
        return;
    text.size            = (size_t)(end - text.at);
    const uint8_t *space = memchr(text.at, ' ', text.size);
    size_t         word  = space != NULL ? (size_t)(space - text.at) : text.size;
    sink_fact_printf(sink, "kernel.version", "%.*s", (int)word, (const char *)text.at);
    sink_fact_printf(sink, "kernel.banner", "%.*s", (int)text.size, (const char *)text.at);
}

/* Formats that do not know their decoded size have it appended, so the stream may end four bytes before the payload does. */
static void add_payload(span_t image, const bzimage_t *b, sink_t *sink)
{
    const char *format = "unknown";
    uint64_t    length = kernel_stream_length(span_clip(image, b->payload, b->payload_size), &format);
    child_t    *child  = sink_child(sink, &(child_info_t){.path = span_from_text("vmlinux"), .type = CHILD_PAYLOAD});
    sink_fact(sink, "bzimage.compression", format);
    if (child == NULL)
        return;
    child_range(child, b->payload, length > 0 ? length : b->payload_size);
    if (length == 0)
        child_damage(child, b->payload, b->payload_size, "the compressed kernel does not hold together");
    sink_end_child(sink);
}

static status_t bzimage_extract(span_t image, sink_t *sink)
{
    bzimage_t b;
    if (!read_header(image, &b))
        return status_fail(STATUS_REJECTED, "bzimage", 0, "not a bzImage");
    uint64_t told = file_end(image, &b), end = min_u64(told, image.size);
    if (told > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the kernel does");
    sink_fact_printf(sink, "bzimage.protocol", "%u.%02u", b.protocol >> 8, b.protocol & 0xFFu);
    say_version(image, &b, sink);
    sink_claim(sink, SETUP_AT, HEADER_END - SETUP_AT, REGION_STRUCTURE);
    if (payload_is_inside(&b) && b.payload < image.size)
        add_payload(image, &b, sink);
    sink_claim(sink, 0, end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("HdrS", 0x202)};

const extractor_t bzimage_extractor = {
    .id = "bzimage", .name = "Linux bzImage for x86", .specification = "Linux, Documentation/x86/boot.rst", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = bzimage_probe, .extent = bzimage_extent, .extract = bzimage_extract,
};
