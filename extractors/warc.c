/* WARC: records of a version line, header lines, an empty line, a content of Content-Length bytes and two line ends. Source:
 * ISO 28500:2017; iipc.github.io/warc-specifications.
 *
 * Read here and not by libarchive: its reader drops every record that is not a response or a resource, which a ledger may
 * not, and all contents are plain ranges. */
#include "extractors/extractor.h"

#include <stdio.h>
#include <strings.h>
#include <time.h>

enum { HEADER_MAX = 64 << 10 };

typedef struct { uint64_t at, content, length, end; span_t type, name, date; } warc_t;

static bool value_of(span_t line, const char *key, span_t *value)
{
    size_t length = strlen(key);
    if (line.size <= length || strncasecmp((const char *)line.at, key, length) != 0 || line.at[length] != ':')
        return false;
    *value = span_from_offset(line, length + 1);
    while (value->size > 0 && (value->at[0] == ' ' || value->at[0] == '\t'))
        *value = span_from_offset(*value, 1);
    while (value->size > 0 && (value->at[value->size - 1] == ' ' || value->at[value->size - 1] == '\r'))
        value->size--;
    return true;
}

static bool read_decimal(span_t text, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] < '0' || text.at[i] > '9' || !checked_mul(*value, 10, value) || !checked_add(*value, (uint64_t)(text.at[i] - '0'), value))
            return false;
    return text.size > 0;
}

static bool is_version(span_t image, uint64_t at)
{
    span_t line = span_sub(image, at, 10);
    return line.at != NULL && memcmp(line.at, "WARC/", 5) == 0 && line.at[5] >= '0' && line.at[5] <= '9' && line.at[6] == '.' && line.at[7] >= '0' &&
           line.at[7] <= '9';
}

static bool read_record(span_t image, uint64_t at, warc_t *warc)
{
    *warc = (warc_t){.at = at};
    if (!is_version(image, at))
        return false;
    span_t head = span_clip(image, at, HEADER_MAX);
    bool   has_length = false;
    for (size_t start = 0; start < head.size;) {
        const uint8_t *newline = memchr(head.at + start, '\n', head.size - start);
        if (newline == NULL)
            return false;
        span_t line = span_from(head.at + start, (size_t)(newline - (head.at + start)));
        start += line.size + 1;
        span_t value;
        if (line.size == 0 || (line.size == 1 && line.at[0] == '\r')) {
            warc->content = at + start;
            warc->end     = warc->content;
            return has_length && checked_add(warc->content, warc->length, &warc->end);
        }
        if (value_of(line, "Content-Length", &value))
            has_length = read_decimal(value, &warc->length);
        else if (value_of(line, "WARC-Type", &value))
            warc->type = value;
        else if (value_of(line, "WARC-Target-URI", &value))
            warc->name = value;
        else if (value_of(line, "WARC-Date", &value))
            warc->date = value;
    }
    return false;
}

/* The two line ends behind a record; what is there of them. */
static uint64_t skip_ends(span_t image, uint64_t at)
{
    for (unsigned i = 0; i < 2; i++)
        at += span_has_text_at(image, at, "\r\n") ? 2 : span_has_text_at(image, at, "\n") ? 1 : 0;
    return at;
}

static unsigned warc_probe(span_t image)
{
    warc_t warc;
    if (!read_record(image, 0, &warc) || warc.type.size == 0)
        return 0;
    bool goes_on = warc.end <= image.size && (skip_ends(image, warc.end) == image.size || is_version(image, skip_ends(image, warc.end)));
    return 40 + 16 + (goes_on ? 24 : 0);
}

static uint64_t warc_extent(span_t image)
{
    warc_t   warc;
    uint64_t at = 0;
    while (read_record(image, at, &warc)) {
        if (warc.end >= image.size)
            return image.size;
        at = skip_ends(image, warc.end);
    }
    return at;
}

static int64_t seconds_of(span_t date, bool *known)
{
    char      text[32] = {0};
    struct tm parts    = {0};
    if (date.size < sizeof text)
        memcpy(text, date.at != NULL ? (const char *)date.at : "", date.size);
    *known = sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec) == 6;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return *known ? timegm(&parts) : 0;
}

static span_t without_scheme(span_t uri)
{
    const uint8_t *scheme = uri.size > 3 ? memmem(uri.at, uri.size, "://", 3) : NULL;
    return scheme != NULL ? span_from_offset(uri, (uint64_t)(scheme - uri.at) + 3) : uri;
}

static bool extract_record(span_t image, sink_t *sink, const warc_t *warc, unsigned long number)
{
    char         name[64];
    child_info_t info = {.path = without_scheme(warc->name), .type = CHILD_FILE};
    if (info.path.size == 0) {
        int type  = (int)min_u64(warc->type.size, 32);
        int size  = snprintf(name, sizeof name, "%lu.%.*s", number, type, type > 0 ? (const char *)warc->type.at : "");
        info.path = span_from(name, (size_t)size);
    }
    info.mtime     = seconds_of(warc->date, &info.has_mtime);
    child_t *child = sink_child(sink, &info);
    if (child != NULL && warc->length > 0 && warc->content < image.size)
        child_range(child, warc->content, warc->length);
    else if (child != NULL && warc->length > 0)
        child_damage(child, warc->content, warc->length, "the image ends before this content does");
    sink_end_child(sink);
    return child != NULL;
}

static status_t warc_extract(span_t image, sink_t *sink)
{
    warc_t        warc;
    uint64_t      at     = 0;
    unsigned long number = 0;
    while (at < image.size && read_record(image, at, &warc)) {
        sink_claim(sink, at, warc.content - at, REGION_STRUCTURE);
        if (!extract_record(image, sink, &warc, number++))
            return ok();
        at = min_u64(warc.end, image.size);
        uint64_t behind = skip_ends(image, at);
        sink_claim(sink, at, behind - at, REGION_STRUCTURE);
        bool two_ends = behind - at == 4 || (behind - at == 2 && image.at[at] == '\n');
        if (!two_ends && warc.end <= image.size)
            sink_note(sink, at, "a record without line ends behind it");
        at = behind;
    }
    if (number == 0)
        return status_fail(STATUS_REJECTED, "warc", 0, "not a WARC record");
    span_t rest = span_clip(image, at, 5);
    if (rest.size > 0 && memcmp(rest.at, "WARC/", rest.size) == 0)
        sink_damage(sink, at, image.size - at, "a record without a sound header");
    return ok();
}

static const magic_t magics[] = {MAGIC("WARC/", 0)};

const extractor_t warc_extractor = {
    .id = "warc", .name = "WARC", .specification = "ISO 28500:2017", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = warc_probe, .extent = warc_extent, .extract = warc_extract,
};
