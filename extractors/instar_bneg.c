/* Instar BNEG: the upgrade of Instar's cameras. Little-endian: "BNEG", 1, 1, lengths of two partitions; then the two, without any checksum.
 * Source: onekey-sec/unblob, handlers/archive/instar/bneg.py. */
#include "extractors/partition_common.h"

enum { BNEG_HEADER = 20 };

static bool read_header(span_t image, uint64_t length[2])
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "BNEG"))
        return false;
    reader_skip(&r, 4);
    bool known = read_le32(&r) == 1;
    known      = read_le32(&r) == 1 && known;
    length[0]  = read_le32(&r);
    length[1]  = read_le32(&r);
    return reader_ok(&r) && known && length[0] > 0 && length[1] > 0;
}

static unsigned bneg_probe(span_t image)
{
    uint64_t length[2];
    return read_header(image, length) ? 32 + 32 : 0;
}

static uint64_t bneg_extent(span_t image)
{
    uint64_t length[2];
    return read_header(image, length) ? min_u64(BNEG_HEADER + length[0] + length[1], image.size) : 0;
}

static status_t bneg_extract(span_t image, sink_t *sink)
{
    partitions_t parts = {.sink = sink};
    uint64_t     length[2];
    if (!read_header(image, length))
        return status_fail(STATUS_REJECTED, "instar_bneg", 0, "not a BNEG header");
    sink_claim(sink, 0, BNEG_HEADER, REGION_STRUCTURE);
    sink_fact(sink, "bneg.version", "1.1");
    if (partition_show(&parts, span_from_text("part1"), 1, BNEG_HEADER, length[0]))
        (void)partition_show(&parts, span_from_text("part2"), 2, BNEG_HEADER + length[0], length[1]);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("BNEG\1\0\0\0", 0)};

const extractor_t instar_bneg_extractor = {
    .id = "instar_bneg", .name = "Instar BNEG", .specification = "onekey-sec/unblob, handlers/archive/instar/bneg.py", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = bneg_probe, .extent = bneg_extent, .extract = bneg_extract,
};
