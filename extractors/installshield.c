/* InstallShield cabinets and their header files: "ISc(", version, volume flags, offset and size of the descriptor of the files (0 in a cabinet
 * that only carries data), and from version 6 on the volume's own data. Little-endian. The files' data are chunks of deflate that the
 * descriptor in another file (data1.hdr) names, so a cabinet alone is recognised and not opened. Source: unshield, lib/cabfile.h. */
#include "extractors/extractor.h"

enum { HEADER_SIZE = 20, VERSION_MAX = 30 };

typedef struct { uint32_t version, descriptor, descriptor_size; unsigned major; } installshield_t;

static bool read_header(span_t image, installshield_t *is)
{
    reader_t r = reader_at(image, 4);
    is->version = read_le32(&r);
    reader_skip(&r, 4);
    is->descriptor      = read_le32(&r);
    is->descriptor_size = read_le32(&r);
    uint32_t kind       = is->version >> 24;
    is->major           = kind == 1 ? is->version >> 12 & 0xF : kind == 2 || kind == 4 ? (is->version & 0xFFFF) / 100 : 0;
    if (!reader_ok(&r) || !span_has_text_at(image, 0, "ISc(") || is->major > VERSION_MAX || kind > 4 || kind == 0 || kind == 3)
        return false;
    return is->descriptor_size == 0 || is->descriptor >= HEADER_SIZE;
}

static unsigned installshield_probe(span_t image)
{
    installshield_t is;
    return read_header(image, &is) ? 32 + 12 : 0;
}

static uint64_t installshield_extent(span_t image) { return image.size; }

static status_t installshield_extract(span_t image, sink_t *sink)
{
    installshield_t is;
    if (!read_header(image, &is))
        return status_fail(STATUS_REJECTED, "installshield", 0, "not an InstallShield cabinet");
    sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
    sink_fact_printf(sink, "installshield.version", "%u", is.major == 0 ? 5 : is.major);
    sink_fact(sink, "installshield.kind", is.descriptor_size > 0 ? "header" : "cabinet");
    if (is.descriptor_size > 0 && !span_holds(image, is.descriptor, is.descriptor_size))
        sink_damage(sink, image.size, 0, "the image ends before the descriptor of the files does");
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("data"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    if (image.size > HEADER_SIZE)
        child_range(child, HEADER_SIZE, image.size - HEADER_SIZE);
    sink_end_child(sink);
    sink_limit(sink, HEADER_SIZE, image.size - HEADER_SIZE, "codec", "the files of InstallShield cabinets are not opened");
    return ok();
}

static const magic_t magics[] = {MAGIC("ISc(", 0)};

const extractor_t installshield_extractor = {
    .id = "installshield", .name = "InstallShield cabinet", .specification = "unshield, lib/cabfile.h", .reach = REACH_RECOGNISE,
    .only_at_start = true,
    .magics = magics, .magic_count = 1, .probe = installshield_probe, .extent = installshield_extent, .extract = installshield_extract,
};
