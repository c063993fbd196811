/* deb-version(7): [epoch:]upstream[-revision]. Debian policy 3.2.1 and developers' reference 6.7.8: +dfsg, +ds, +repack for sources that were
 * changed before they were packed. opkg: as deb, the revision is "-r1" or "-1". apk-tools: "-r1". rpm: [epoch:]version-release. pacman's alpm: as rpm. */
#include "analysis/packages/upstream.h"

#include "analysis/text.h"

static span_t without_epoch(span_t version)
{
    size_t digits = 0;
    while (digits < version.size && version.at[digits] >= '0' && version.at[digits] <= '9')
        digits++;
    return digits > 0 && digits < version.size && version.at[digits] == ':' ? span_from_offset(version, digits + 1) : version;
}

static span_t without_revision(span_t version)
{
    const uint8_t *dash = version.size > 0 ? memrchr(version.at, '-', version.size) : NULL;
    return dash != NULL && dash > version.at ? span_sub(version, 0, (uint64_t)(dash - version.at)) : version;
}

/* "-r" and digits at the end, nothing else. */
static span_t without_apk_revision(span_t version)
{
    span_t before = without_revision(version);
    span_t tail   = span_from_offset(version, before.size);
    bool   is_r   = tail.size > 2 && tail.at[1] == 'r';
    for (size_t i = 2; i < tail.size && is_r; i++)
        is_r = tail.at[i] >= '0' && tail.at[i] <= '9';
    return is_r ? before : version;
}

static span_t without_repacking(span_t version)
{
    static const char *const words[] = {"dfsg", "ds", "repack", "really"};
    for (size_t i = 1; i + 1 < version.size; i++) {
        if (strchr("+~.", version.at[i]) == NULL)
            continue;
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (span_has_text_at(version, i + 1, words[k]))
                return strcmp(words[k], "really") == 0 ? span_from_offset(version, i + 1 + strlen(words[k])) : span_sub(version, 0, i);
    }
    return version;
}

const char *upstream_of(const char *type, span_t version, arena_t *arena)
{
    span_t upstream = version;
    if (version.at == NULL)
        return NULL;
    if (strcmp(type, "deb") == 0)
        upstream = without_repacking(without_revision(without_epoch(version)));
    else if (strcmp(type, "opkg") == 0 || strcmp(type, "rpm") == 0 || strcmp(type, "alpm") == 0)
        upstream = without_revision(without_epoch(version));
    else if (strcmp(type, "apk") == 0)
        upstream = without_apk_revision(version);
    return upstream.size > 0 && upstream.size < version.size ? arena_text(arena, upstream) : NULL;
}
