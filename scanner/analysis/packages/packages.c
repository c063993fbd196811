#include "analysis/packages/packages.h"

#include "analysis/packages/reader.h"

static const package_reader_t readers[] = {
#define PACKAGE_READER(name, method) {method, name##_is, name##_read},
#include "analysis/packages/readers.def"
#undef PACKAGE_READER
};

bool packages_are_in(span_t blob)
{
    return text_begins(blob, "\x7F" "ELF") || text_begins(blob, "MZ") || text_begins(blob, "\xCF\xFA\xED\xFE") ||
        text_begins(blob, "\xED\xAB\xEE\xDB");
}

bool packages_examine(span_t blob, arena_t *arena, sink_t *sink)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (!readers[i].is(blob))
            continue;
        package_scan_t scan = {.blob = blob, .arena = arena, .sink = sink, .method = readers[i].method};
        readers[i].read(&scan);
        return true;
    }
    return false;
}
