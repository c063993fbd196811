/* opkg's /usr/lib/opkg/status, and the control file of a package (NAME.control beside it, or in the .ipk). */
#include "analysis/packages/control.h"
#include "analysis/packages/packages.h"

/* Called for what is not dpkg's. */
bool opkg_examine(span_t blob, arena_t *arena, sink_t *sink)
{
    stanza_t stanza;
    bool     is_only;
    if (!control_begins(blob) || !control_first(blob, &stanza, &is_only) || stanza.version.at == NULL || stanza.architecture.at == NULL)
        return false;
    bool is_status = stanza.status.at != NULL;
    if (!is_status && (!is_only || stanza.filename.at != NULL))
        return false;
    for (size_t at = 0; control_next(blob, &at, &stanza);) {
        if (is_status && !status_is_installed(stanza.status))
            continue;
        package_kind_t kind = {"opkg", NULL, is_status ? "opkg-status" : "opkg-control"};
        control_say(blob, &stanza, &kind, arena, sink);
    }
    return true;
}
