/* Files in text by uuencode: "begin MODE NAME", lines of a length and groups of four characters for three bytes (value + 32, a grave
 * accent for 0), a line of length 0, "end"; or "begin-base64 MODE NAME", lines of base64, "====". Several may follow each other.
 * Source: POSIX.1-2017, uuencode, "STDOUT". */
#include "extractors/base64_common.h"
#include "extractors/memory_common.h"

enum { LINE_MAX_UU = 4096, LINE_BYTES = 3 * LINE_MAX_UU / 4, NAME_BYTES = 255 };

typedef struct { span_t name; uint32_t mode; bool is_base64; } begin_t;

static bool read_begin(span_t text, begin_t *begin)
{
    size_t at        = span_has_text_at(text, 0, "begin-base64 ") ? 13 : span_has_text_at(text, 0, "begin ") ? 6 : 0, digits = 0;
    begin->is_base64 = at == 13;
    begin->mode      = 0;
    for (; at > 0 && at + digits < text.size && digits < 5 && text.at[at + digits] >= '0' && text.at[at + digits] <= '7'; digits++)
        begin->mode = begin->mode << 3 | (unsigned)(text.at[at + digits] - '0');
    if (digits < 3 || at + digits + 1 >= text.size || text.at[at + digits] != ' ')
        return false;
    begin->name = span_clip(text, at + digits + 1, NAME_BYTES);
    return memchr(begin->name.at, 0, begin->name.size) == NULL;
}

/* Blanks at the end of a line may have been lost: they stand for zeros, as all that is missing. */
static bool uu_line(span_t text, uint8_t *out, size_t *size)
{
    *size = text.size > 0 && text.at[0] >= ' ' && text.at[0] <= '`' ? (size_t)(text.at[0] - ' ') & 0x3F : SIZE_MAX;
    if (*size == SIZE_MAX || text.size > 1 + (*size + 2) / 3 * 4 + 1)
        return false;
    for (size_t i = 0; i < *size; i += 3) {
        uint32_t bits = 0;
        for (size_t n = 0; n < 4; n++) {
            size_t  at = 1 + i / 3 * 4 + n;
            uint8_t c  = at < text.size ? text.at[at] : (uint8_t)' ';
            if (c < ' ' || c > '`')
                return false;
            bits = bits << 6 | ((c - ' ') & 0x3F);
        }
        for (size_t n = 0; n < 3; n++)
            out[i + n] = (uint8_t)(bits >> (16 - 8 * n));
    }
    return true;
}

/* A line that blanks were stripped from is full only with them; where most of it is missing, it was cut. */
static bool is_cut(span_t text, size_t size) { return text.size < 1 + (size + 2) / 3 * 4; }

typedef enum { BODY_BYTES, BODY_END, BODY_BROKEN } body_t;

static body_t read_body(const begin_t *begin, const line_t *line, uint8_t out[LINE_BYTES + 3], size_t *size)
{
    bool ended;
    if (begin->is_base64) {
        if (span_equal(line->text, span_from_text("====")))
            return BODY_END;
        return base64_line(line->text, out, size, &ended) ? BODY_BYTES : BODY_BROKEN;
    }
    if (span_equal(line->text, span_from_text("end")))
        return BODY_END;
    if (line->text.size == 0) {
        *size = 0;
        return BODY_BYTES;
    }
    return uu_line(line->text, out, size) && (line->ended || !is_cut(line->text, *size)) ? BODY_BYTES : BODY_BROKEN;
}

static unsigned uuencode_probe(span_t image)
{
    uint8_t  out[LINE_BYTES + 3];
    line_t   line;
    begin_t  begin;
    uint64_t at = 0;
    size_t   size;
    if (!line_next(image, &at, LINE_MAX_UU, &line) || !read_begin(line.text, &begin))
        return 0;
    if (!line_next(image, &at, LINE_MAX_UU, &line) || !line.ended)
        return 40;
    /* The length that begins a line agrees with it. */
    return read_body(&begin, &line, out, &size) != BODY_BROKEN ? 40 + 16 : 0;
}

typedef struct { sink_t *sink; span_t image; uint64_t at, files; status_t status; } uuencode_t;

/* The lines up to the end, of the child when there is one. False: nothing more is to be read. */
static bool take_body(uuencode_t *uu, const begin_t *begin, child_t *child)
{
    uint8_t out[LINE_BYTES + 3];
    line_t  line;
    size_t  size = 0;
    while (line_next(uu->image, &uu->at, LINE_MAX_UU, &line)) {
        body_t body = read_body(begin, &line, out, &size);
        if (body == BODY_BROKEN) {
            child_damage(child, line.at, line.length, "a line that does not decode");
            continue;
        }
        if (body == BODY_END || size == 0)
            sink_claim(uu->sink, line.at, line.length, REGION_STRUCTURE);
        if (body == BODY_END)
            return true;
        if (size > 0)
            uu->status = child_write(child, span_from(out, size), line.at, line.length);
        if (!status_ok(uu->status))
            return false;
    }
    child_damage(child, uu->at, 0, "the image ends before the end line");
    return false;
}

static bool take_file(uuencode_t *uu)
{
    line_t   line;
    begin_t  begin;
    uint64_t start = uu->at;
    do {
        if (!line_next(uu->image, &uu->at, LINE_MAX_UU, &line))
            return false;
        if (line.text.size == 0 && uu->files > 0)
            sink_claim(uu->sink, line.at, line.length, REGION_STRUCTURE);
    } while (line.text.size == 0 && uu->files > 0);
    if (!read_begin(line.text, &begin)) {
        uu->at = start;
        return false;
    }
    uu->files++;
    sink_claim(uu->sink, line.at, line.length, REGION_STRUCTURE);
    child_t *child = sink_child(uu->sink, &(child_info_t){.path = begin.name, .type = CHILD_FILE, .has_mode = true, .mode = begin.mode & 07777});
    bool     more  = child != NULL && take_body(uu, &begin, child);
    sink_end_child(uu->sink);
    return more;
}

static uint64_t uuencode_extent(span_t image)
{
    line_t   line;
    begin_t  begin;
    uint64_t at = 0, end = 0;
    if (!line_next(image, &at, LINE_MAX_UU, &line) || !read_begin(line.text, &begin))
        return 0;
    bool inside = true;
    while (line_next(image, &at, LINE_MAX_UU, &line)) {
        bool ends = inside && span_equal(line.text, span_from_text(begin.is_base64 ? "====" : "end"));
        if (!inside && line.text.size > 0 && !(inside = read_begin(line.text, &begin)))
            break;
        end    = inside ? at : end;
        inside = inside && !ends;
    }
    return inside ? image.size : end;
}

static status_t uuencode_extract(span_t image, sink_t *sink)
{
    uuencode_t uu = {.sink = sink, .image = image};
    while (take_file(&uu))
        continue;
    return uu.files > 0 ? uu.status : status_fail(STATUS_REJECTED, "uuencode", 0, "no begin line");
}

static const magic_t magics[] = {MAGIC("begin ", 0), MAGIC("begin-base64 ", 0)};

const extractor_t uuencode_extractor = {
    .id = "uuencode", .name = "uuencode", .specification = "POSIX.1-2017, uuencode", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .only_at_start = true, .probe = uuencode_probe, .extent = uuencode_extent, .extract = uuencode_extract,
};
