/* dpkg's /var/lib/dpkg/status, and the control file of a binary package (deb-control(5)). */
#include "analysis/packages/control.h"
#include "analysis/packages/packages.h"

static bool contains(span_t in, const char *text) { return in.size > 0 && memmem(in.at, in.size, text, strlen(text)) != NULL; }

/* Whose package it is, as far as it says: the maintainer's address, or the way its distribution numbers versions. */
static const char *distribution(const stanza_t *stanza)
{
    if (contains(stanza->maintainer, "ubuntu.com") || contains(stanza->version, "ubuntu"))
        return "ubuntu";
    if (contains(stanza->maintainer, "debian.org") || contains(stanza->version, "+deb"))
        return "debian";
    return NULL;
}

/* opkg writes the same fields; its own give it away, and that most of its packages name no maintainer but all an architecture. The
 * database of debian-installer names neither (udpkg keeps what it needs). */
static bool is_from_dpkg(const stanza_t *stanza)
{
    bool of_installer = stanza->status.at != NULL && stanza->architecture.at == NULL;
    return stanza->installed_time.at == NULL && stanza->source_name.at == NULL && stanza->version.at != NULL &&
           (contains(stanza->maintainer, "@") || of_installer);
}

/* A database belongs to one distribution: what one of its packages says goes for those that name no
 * maintainer. */
static const char *distribution_of_all(span_t blob)
{
    stanza_t    stanza;
    const char *found = NULL;
    for (size_t at = 0; found == NULL && control_next(blob, &at, &stanza);)
        found = distribution(&stanza);
    return found;
}

bool dpkg_examine(span_t blob, arena_t *arena, sink_t *sink)
{
    stanza_t stanza;
    bool     is_only;
    if (!control_begins(blob) || !control_first(blob, &stanza, &is_only) || !is_from_dpkg(&stanza))
        return false;
    bool        is_status = stanza.status.at != NULL;
    const char *all       = distribution_of_all(blob);
    if (!is_status && (!is_only || stanza.filename.at != NULL)) /* an index of packages that could be had */
        return false;
    for (size_t at = 0; control_next(blob, &at, &stanza);) {
        /* A package once removed keeps its stanza. */
        if (is_status && !status_is_installed(stanza.status))
            continue;
        const char    *own  = distribution(&stanza);
        bool           mute = own == NULL && stanza.maintainer.at == NULL;
        package_kind_t kind = {"deb", mute ? all : own, is_status ? "dpkg-status" : "deb-control"};
        control_say(blob, &stanza, &kind, arena, sink);
    }
    return true;
}
