/* A blob that is base64 from its first line to its last, all lines but the last of one length, which decodes to something that another
 * format of the registry knows by its start: scripts and configurations carry programs so. Without that it stays text.
 * Source: RFC 4648, section 4; RFC 2045, section 6.8. */
#include "extractors/base64_common.h"
#include "extractors/memory_common.h"

enum { SIZE_MIN = 1024, WIDTH_MIN = 40, WIDTH_MAX = 1024, TRIAL = 64 << 10, KNOWN_BITS = 32 };

/* Is the first of the decoded bytes the start of something? Text is no evidence, nor are formats without a magic, which take much. */
static bool is_known(span_t decoded)
{
    for (size_t i = 0; extractors[i] != NULL; i++) {
        const extractor_t *extractor = extractors[i];
        for (size_t m = 0; m < extractor->magic_count; m++) {
            const magic_t *magic = &extractor->magics[m];
            bool           stands = magic->bytes.size >= 3 && span_starts_with(span_from_offset(decoded, magic->at), magic->bytes);
            if (stands && extractor->probe(decoded) >= KNOWN_BITS)
                return true;
        }
    }
    return false;
}

/* Each line is handed to `take`, decoded; false: it is not base64 throughout. */
typedef bool take_t(void *context, span_t bytes, const line_t *line);

static bool decode(span_t image, uint64_t most, take_t *take, void *context)
{
    uint8_t  out[WIDTH_MAX];
    line_t   line;
    uint64_t at    = 0;
    size_t   width = 0, size;
    bool     ended = false;
    while (at < most && line_next(image, &at, WIDTH_MAX, &line)) {
        if (line.text.size == 0 && ended)
            continue;
        width = width == 0 ? line.text.size : width;
        if (ended || line.text.size > width || width < WIDTH_MIN)
            return false;
        ended = line.text.size < width;
        /* The last line of a cut image need not be made of quartets. */
        span_t text = line.ended ? line.text : span_clip(line.text, 0, line.text.size / 4 * 4);
        bool   filled;
        if (text.size == 0)
            continue;
        if (!base64_line(text, out, &size, &filled))
            return false;
        ended = ended || filled;
        if (!take(context, span_from(out, size), &line))
            return false;
    }
    return width > 0;
}

static bool keep(void *context, span_t bytes, const line_t *line)
{
    (void)line;
    buffer_append(context, bytes);
    return !((buffer_t *)context)->failed;
}

static unsigned base64_block_probe(span_t image)
{
    buffer_t decoded = {0};
    line_t   first;
    uint64_t at = 0;
    /* One look at the first line is enough for nearly every blob. */
    if (image.size < SIZE_MIN || !line_next(image, &at, WIDTH_MAX, &first) || !first.ended || first.text.size < WIDTH_MIN || first.text.size % 4 != 0)
        return 0;
    bool is = decode(image, TRIAL, keep, &decoded) && is_known(buffer_span(&decoded));
    buffer_free(&decoded);
    return is ? KNOWN_BITS + 8 : 0;
}

static bool pass(void *context, span_t bytes, const line_t *line)
{
    (void)context;
    return bytes.size > 0 || line->length > 0;
}

static uint64_t base64_block_extent(span_t image) { return decode(image, UINT64_MAX, pass, NULL) ? image.size : 0; }

typedef struct { child_t *child; status_t status; } writing_t;

static bool write_line(void *context, span_t bytes, const line_t *line)
{
    writing_t *writing = context;
    writing->status    = child_write(writing->child, bytes, line->at, line->length);
    return status_ok(writing->status);
}

static status_t base64_block_extract(span_t image, sink_t *sink)
{
    if (base64_block_extent(image) == 0)
        return status_fail(STATUS_REJECTED, "base64_block", 0, "not base64 throughout");
    writing_t writing = {.child = sink_child(sink, &(child_info_t){.path = span_from_text("decoded"), .type = CHILD_PAYLOAD})};
    if (writing.child == NULL)
        return ok();
    (void)decode(image, UINT64_MAX, write_line, &writing);
    sink_end_child(sink);
    sink_claim(sink, 0, image.size, REGION_STRUCTURE); /* blank lines at the end; the lines of the content were claimed first */
    return writing.status;
}

const extractor_t base64_block_extractor = {
    .id = "base64_block", .name = "Base64", .specification = "RFC 4648", .reach = REACH_EXTRACT,
    .probe = base64_block_probe, .extent = base64_block_extent, .extract = base64_block_extract,
};
