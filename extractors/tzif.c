/* Time zones: "TZif", version, fifteen zero bytes, six counts, the data they count; from version 2 on all of it again with
 * times of 64 bits, and a rule between line feeds. Source: RFC 8536. */
#include "extractors/extractor.h"

enum { HEADER_SIZE = 44, RULE_MAX = 512 };

/* The end of the header and data at `at` with times of `time_size` bytes; 0 when they do not fit. */
static uint64_t block_end(span_t image, uint64_t at, uint64_t time_size)
{
    static const uint8_t reserved[15];
    reader_t             r = reader_at(image, at + 5);
    span_t               zeros = read_span(&r, sizeof reserved);
    uint64_t ut = read_be32(&r), standard = read_be32(&r), leaps = read_be32(&r), times = read_be32(&r), types = read_be32(&r), letters = read_be32(&r);
    if (!reader_ok(&r) || !span_has_text_at(image, at, "TZif") || memcmp(zeros.at, reserved, sizeof reserved) != 0)
        return 0;
    uint64_t length = times * (time_size + 1) + types * 6 + letters + leaps * (time_size + 4) + standard + ut;
    return span_holds(image, at + HEADER_SIZE, length) ? at + HEADER_SIZE + length : 0;
}

static uint64_t tzif_extent(span_t image)
{
    uint64_t end = block_end(image, 0, 4);
    if (end == 0 || image.at[4] == 0)
        return end;
    end = image.at[4] >= '2' && image.at[4] <= '9' ? block_end(image, end, 8) : 0;
    if (end == 0 || !span_has_text_at(image, end, "\n"))
        return 0;
    span_t         rule = span_clip(image, end + 1, RULE_MAX);
    const uint8_t *last = memchr(rule.at, '\n', rule.size);
    return last != NULL ? (uint64_t)(last - image.at) + 1 : 0;
}

static unsigned tzif_probe(span_t image) { return tzif_extent(image) > 0 ? 32 + 64 : 0; }

static status_t tzif_extract(span_t image, sink_t *sink)
{
    uint64_t end = tzif_extent(image);
    if (end == 0)
        return status_fail(STATUS_REJECTED, "tzif", 0, "not a time zone");
    sink_claim(sink, 0, end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("TZif", 0)};

const extractor_t tzif_extractor = {
    .id = "tzif", .name = "Time zone", .specification = "RFC 8536", .reach = REACH_VERIFY, .only_at_start = true,
    .magics = magics, .magic_count = 1, .probe = tzif_probe, .extent = tzif_extent, .extract = tzif_extract,
};
