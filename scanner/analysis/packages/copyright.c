/* Debian's copyright files in the machine-readable format (debian.org/doc/packaging-manuals/copyright-format/1.0): the licence names of all its
 * paragraphs. Whose file it is follows from the list of files of its package. */
#include "analysis/packages/licence.h"
#include "analysis/packages/reader.h"

enum { LICENCES_MAX = 32 };

bool debian_copyright_is(span_t blob)
{
    span_t head = span_clip(blob, 0, 512);
    return text_is_text(blob) && (text_begins(head, "Format:") || text_begins(head, "Format-Specification:")) && text_holds(head, "copyright-format");
}

void debian_copyright_read(package_scan_t *scan)
{
    span_t line, seen[LICENCES_MAX];
    size_t count = 0;
    for (size_t at = 0; text_line(scan->blob, &at, &line);) {
        span_t key, name;
        if (!text_begins(line, "License:") || !text_pair(line, ':', &key, &name) || name.size == 0)
            continue;
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = span_equal(seen[i], name);
        if (known)
            continue;
        if (count == LICENCES_MAX) {
            sink_note(scan->sink, (uint64_t)(line.at - scan->blob.at), "more than 32 licences: the others are left out");
            return;
        }
        seen[count++] = name;
        say_licence(scan, NULL, name, line);
    }
}
