/* Terse executable: what UEFI keeps of a PE file's headers. Little-endian: "VZ", machine, number of sections, subsystem, how many bytes of
 * headers were stripped, entry point, base of code, image base, two data directories; then the section headers of PE. Places in
 * them count from the start of the PE file. Source: PI specification, volume 1, "TE Image". */
#include "extractors/gaps.h"
#include "extractors/pe.h"

enum { HEADER = 40, SECTION_HEADER = 40, SECTIONS_MAX = 96 };

typedef struct {
    uint16_t machine, stripped;
    uint8_t  sections, subsystem;
    uint32_t entry;
    uint64_t base, headers;
} te_t;

static bool read_headers(span_t image, te_t *te)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "VZ"))
        return false;
    reader_skip(&r, 2);
    *te           = (te_t){.machine = read_le16(&r)};
    te->sections  = read_u8(&r);
    te->subsystem = read_u8(&r);
    te->stripped  = read_le16(&r);
    te->entry     = read_le32(&r);
    reader_skip(&r, 4);
    te->base      = read_le64(&r);
    te->headers   = HEADER + (uint64_t)SECTION_HEADER * te->sections;
    return reader_ok(&r) && pe_machine_name(te->machine) != NULL && te->sections > 0 && te->sections <= SECTIONS_MAX && te->stripped >= HEADER &&
           te->subsystem <= 20 && te->headers <= image.size;
}

/* Where the section stands; nothing when it holds no bytes. False when it cannot be. */
static bool read_section(span_t image, const te_t *te, unsigned index, range_t *range)
{
    reader_t r       = reader_at(image, HEADER + (uint64_t)SECTION_HEADER * index + 16);
    uint64_t length  = read_le32(&r), offset = read_le32(&r);
    *range           = (range_t){0, 0};
    if (!reader_ok(&r))
        return false;
    if (length == 0 || offset == 0)
        return true;
    if (offset < te->stripped || offset - te->stripped + HEADER < te->headers)
        return false;
    *range = (range_t){offset - te->stripped + HEADER, length};
    return true;
}

static uint64_t end_of(span_t image, const te_t *te)
{
    uint64_t end = te->headers;
    range_t  range;
    for (unsigned i = 0; i < te->sections; i++) {
        if (!read_section(image, te, i, &range))
            return 0;
        end = max_u64(end, range.offset + range.length);
    }
    return end;
}

static unsigned te_image_probe(span_t image)
{
    te_t te;
    return read_headers(image, &te) && end_of(image, &te) > te.headers ? 16 + 12 + 16 : 0;
}

static uint64_t te_image_extent(span_t image)
{
    te_t te;
    return read_headers(image, &te) ? min_u64(end_of(image, &te), image.size) : 0;
}

static status_t te_image_extract(span_t image, sink_t *sink)
{
    te_t     te;
    range_t  ranges[SECTIONS_MAX + 1];
    size_t   count = 0;
    if (!read_headers(image, &te) || end_of(image, &te) == 0)
        return status_fail(STATUS_REJECTED, "te-image", 0, "not a terse executable");
    uint64_t end = end_of(image, &te);
    sink_fact(sink, "te-image.machine", pe_machine_name(te.machine));
    sink_fact_printf(sink, "te-image.subsystem", "%u", te.subsystem);
    sink_fact_printf(sink, "te-image.entry", "0x%lX", (unsigned long)te.entry);
    sink_fact_printf(sink, "te-image.base", "0x%llX", (unsigned long long)te.base);
    if (end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the executable does");
    end = min_u64(end, image.size);
    sink_claim(sink, 0, te.headers, REGION_STRUCTURE);
    ranges[count++] = (range_t){0, te.headers};
    for (unsigned i = 0; i < te.sections; i++) {
        range_t range;
        (void)read_section(image, &te, i, &range);
        size_t got = span_clip(image, range.offset, range.length).size;
        if (got == 0)
            continue;
        sink_claim(sink, range.offset, got, REGION_CONTENT);
        ranges[count++] = (range_t){range.offset, got};
    }
    claim_constant_gaps(image, sink, ranges, count, end);
    return ok();
}

static const magic_t magics[] = {MAGIC("VZ", 0)};

const extractor_t te_image_extractor = {
    .id = "te-image", .name = "UEFI terse executable", .specification = "UEFI Platform Initialization specification, volume 1, \"TE Image\"",
    .reach = REACH_VERIFY, .magics = magics, .magic_count = 1, .only_at_start = true, .probe = te_image_probe, .extent = te_image_extent,
    .extract = te_image_extract,
};
