/* apk's lib/apk/db/installed: one-letter fields, an empty line between packages (apk-tools, "Alpine package format",
 * wiki.alpinelinux.org/wiki/Apk_spec). C: checksum, P: name, V: version, A: architecture, L: licence, m: maintainer. */
#include "analysis/packages/control.h"
#include "analysis/packages/packages.h"

static bool begins_database(span_t blob)
{
    return (span_has_text_at(blob, 0, "C:Q1") || span_has_text_at(blob, 0, "C:Q2") || span_has_text_at(blob, 0, "P:")) &&
           memmem(blob.at, min_u64(blob.size, 4096), "\nV:", 3) != NULL;
}

/* One package; returns where the next begins. */
static size_t next_package(span_t blob, size_t at, stanza_t *package)
{
    *package = (stanza_t){.package = {NULL, 0}};
    while (at < blob.size) {
        span_t         rest = span_from_offset(blob, at);
        const uint8_t *feed = memchr(rest.at, '\n', rest.size);
        span_t         line = span_sub(rest, 0, feed != NULL ? (uint64_t)(feed - rest.at) : rest.size);
        at += line.size + (feed != NULL ? 1 : 0);
        if (line.size == 0)
            return at;
        if (line.size < 2 || line.at[1] != ':')
            continue;
        span_t value = span_from_offset(line, 2);
        switch (line.at[0]) {
        case 'P': package->package = value; package->package_line = line; break;
        case 'V': package->version = value; break;
        case 'A': package->architecture = value; break;
        case 'L': package->licence = value; break;
        case 'm': package->maintainer = value; break;
        default: break;
        }
    }
    return at;
}

bool apk_examine(span_t blob, arena_t *arena, sink_t *sink)
{
    static const char own_package[] = "\nP:alpine-";
    if (!begins_database(blob))
        return false;
    bool           is_alpine = memmem(blob.at, blob.size, own_package, sizeof own_package - 1) != NULL;
    package_kind_t kind      = {"apk", is_alpine ? "alpine" : NULL, "apk-installed"};
    for (size_t at = 0; at < blob.size;) {
        stanza_t package;
        at = next_package(blob, at, &package);
        if (package.package.at != NULL)
            control_say(blob, &package, &kind, arena, sink);
    }
    return true;
}
