/* Script that carries an archive behind its last line (makeself, installers of vendors, "sh + tar.gz"): it begins with "#!" and is text up to the
 * end of a line, where something stands that a format of the registry knows by its start. Makeself says so in its first lines and names its
 * checksums. Source: makeself.io, "Archive format"; POSIX, Shell and Utilities. */
#include "extractors/memory_common.h"

enum { SCRIPT_MAX = 16 << 20, KNOWN_BITS = 40, BITS_SCRIPT = 40, LINE_MAX_SIZE = 4096, HEAD_LINES = 400, VALUE_MAX = 80 };

static bool is_known(span_t archive)
{
    for (size_t i = 0; extractors[i] != NULL; i++) {
        const extractor_t *extractor = extractors[i];
        bool               stands    = false;
        for (size_t m = 0; m < extractor->magic_count && !stands; m++)
            stands = extractor->magics[m].bytes.size >= 2 && span_starts_with(span_from_offset(archive, extractor->magics[m].at),
                     extractor->magics[m].bytes);
        if (stands && extractor->probe(archive) >= KNOWN_BITS)
            return true;
    }
    return false;
}

/* Where the archive begins: behind the last end of a line before the first byte that is no text. 0: nowhere. */
static uint64_t archive_at(span_t image)
{
    uint64_t line = 0;
    if (!span_has_text_at(image, 0, "#!"))
        return 0;
    for (uint64_t at = 0; at < image.size && at < SCRIPT_MAX; at++) {
        uint8_t c = image.at[at];
        if (c == '\n')
            line = at + 1;
        else if ((c < 0x20 && c != '\t' && c != '\r' && c != '\f' && c != 0x1B) || c == 0x7F || c >= 0xF8)
            return line > 0 && is_known(span_from_offset(image, line)) ? line : 0;
    }
    return 0;
}

static unsigned sh_archive_probe(span_t image) { return archive_at(image) > 0 ? BITS_SCRIPT : 0; }

static uint64_t sh_archive_extent(span_t image) { return archive_at(image) > 0 ? image.size : 0; }

/* The value of a line like label="text". */
static void say_value(span_t line, const char *name, const char *key, sink_t *sink)
{
    size_t from = strlen(name) + 2;
    if (span_has_text_at(line, 0, name) && span_has_text_at(line, from - 2, "=\"") && line.size > from && line.size - from < VALUE_MAX &&
        line.at[line.size - 1] == '"')
        sink_fact_printf(sink, key, "%.*s", (int)(line.size - from - 1), (const char *)line.at + from);
}

static void say_makeself(span_t script, sink_t *sink)
{
    static const char mark[] = "# This script was generated using Makeself ";
    uint64_t          at     = 0;
    line_t            line;
    bool              makeself = false;
    for (unsigned n = 0; n < HEAD_LINES && line_next(script, &at, LINE_MAX_SIZE, &line); n++) {
        if (span_has_text_at(line.text, 0, mark)) {
            span_t version = span_clip(line.text, sizeof mark - 1, VALUE_MAX);
            sink_fact_printf(sink, "makeself.version", "%.*s", (int)version.size, (const char *)version.at);
            makeself = true;
        }
        if (!makeself)
            continue;
        say_value(line.text, "label", "makeself.label", sink);
        say_value(line.text, "script", "makeself.script", sink);
        say_value(line.text, "MD5", "makeself.md5", sink);
        say_value(line.text, "SHA", "makeself.sha256", sink);
    }
}

static status_t sh_archive_extract(span_t image, sink_t *sink)
{
    uint64_t at = archive_at(image);
    if (at == 0)
        return status_fail(STATUS_REJECTED, "sh_archive", 0, "not a script before an archive");
    say_makeself(span_clip(image, 0, at), sink);
    sink_claim(sink, 0, at, REGION_CONTENT);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("archive"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    child_range(child, at, image.size - at);
    sink_end_child(sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("#!", 0)};

const extractor_t sh_archive_extractor = {
    .id = "sh_archive", .name = "Self-extracting script", .specification = "makeself.io", .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1,
    .only_at_start = true, .probe = sh_archive_probe, .extent = sh_archive_extent, .extract = sh_archive_extract,
};
