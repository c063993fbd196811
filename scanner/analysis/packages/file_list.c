/* Lists of the files of one package: dpkg's and opkg's info/NAME.list, an absolute path a line (opkg may add a tab and a mode). Whose list it
 * is stands in its name alone, so the report finds the owner. */
#include "analysis/packages/reader.h"

enum { LINES_LOOKED_AT = 64, PATH_MAX_BYTES = 1024 };

static span_t path_of(span_t line)
{
    const uint8_t *tab = line.size > 0 ? memchr(line.at, '\t', line.size) : NULL;
    return tab != NULL ? span_sub(line, 0, (uint64_t)(tab - line.at)) : line;
}

bool file_list_is(span_t blob)
{
    span_t line;
    size_t at = 0, lines = 0;
    if (!text_is_text(blob) || blob.at[0] != '/')
        return false;
    while (lines < LINES_LOOKED_AT && text_line(blob, &at, &line)) {
        if (line.size == 0 || line.at[0] != '/' || line.size > PATH_MAX_BYTES)
            return false;
        lines++;
    }
    return lines > 0;
}

void file_list_read(package_scan_t *scan)
{
    span_t line;
    for (size_t at = 0; !scan->full && text_line(scan->blob, &at, &line);) {
        span_t path = path_of(line);
        if (path.size < 2 || path.size > PATH_MAX_BYTES || path.at[0] != '/' || memchr(path.at, '\0', path.size) != NULL || text_is(path, "/."))
            continue;
        say_relation(scan, RELATION_CONTAINS, NULL, arena_printf(scan->arena, "path:%.*s", (int)path.size, (const char *)path.at), (span_t){NULL, 0},
                     path);
    }
}
