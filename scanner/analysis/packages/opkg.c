/* opkg's /usr/lib/opkg/status, and the control file of a package (NAME.control beside it, or in the .ipk). Asked after dpkg. */
#include "analysis/packages/control.h"
#include "analysis/packages/purl.h"
#include "analysis/packages/reader.h"

static bool begins_as(span_t blob, bool status)
{
    stanza_t stanza;
    bool     is_only;
    if (!control_begins(blob) || !control_first(blob, &stanza, &is_only) || stanza.version.at == NULL || stanza.architecture.at == NULL ||
        (stanza.status.at != NULL) != status)
        return false;
    return status || (is_only && stanza.filename.at == NULL);
}

bool opkg_status_is(span_t blob) { return begins_as(blob, true); }
bool opkg_control_is(span_t blob) { return begins_as(blob, false); }

static void read_stanzas(package_scan_t *scan, bool is_status)
{
    static const package_kind_t kind = {"opkg", NULL};
    const uint8_t              *last = scan->blob.at;
    stanza_t                    stanza;
    for (size_t at = 0; !scan->full && control_next(scan->blob, &at, &stanza);) {
        last = stanza.package_line.at;
        if (is_status && !status_is_installed(stanza.status))
            continue;
        const char *purl   = control_say(scan, &stanza, &kind, NULL);
        const char *source = say_text(scan, stanza.source_name);
        if (purl != NULL && source != NULL)
            say_relation(scan, RELATION_GENERATED_FROM, purl, purl_of("opkg", NULL, source, say_text(scan, stanza.version), "source", scan->arena),
                         (span_t){NULL, 0}, stanza.source_name);
    }
    control_check_end(scan, last);
}

void opkg_status_read(package_scan_t *scan) { read_stanzas(scan, true); }
void opkg_control_read(package_scan_t *scan) { read_stanzas(scan, false); }
