/* dpkg's /var/lib/dpkg/status, and the control file of a binary package (deb-control(5)). */
#include "analysis/packages/control.h"
#include "analysis/packages/purl.h"
#include "analysis/packages/reader.h"

static bool contains(span_t in, const char *text) { return in.size > 0 && memmem(in.at, in.size, text, strlen(text)) != NULL; }

/* Whose package it is, as far as it says: the maintainer's address, or the way its distribution numbers versions. */
static const char *distribution(const stanza_t *stanza)
{
    if (contains(stanza->maintainer, "ubuntu.com") || contains(stanza->version, "ubuntu"))
        return "ubuntu";
    if (contains(stanza->maintainer, "debian.org") || contains(stanza->maintainer, "debian.net") || contains(stanza->version, "+deb") ||
        contains(stanza->version, "~deb"))
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

/* Does it begin as a database of dpkg's, and is it one with states of packages, or the control file of one package? */
static bool begins_as(span_t blob, bool status)
{
    stanza_t stanza;
    bool     is_only;
    if (!control_begins(blob) || !control_first(blob, &stanza, &is_only) || !is_from_dpkg(&stanza) || (stanza.status.at != NULL) != status)
        return false;
    return status || (is_only && stanza.filename.at == NULL); /* else an index of packages that could be had */
}

bool dpkg_status_is(span_t blob) { return begins_as(blob, true); }
bool deb_control_is(span_t blob) { return begins_as(blob, false); }

/* "glibc", or "gcc-defaults (1.203)" where the source has a version of its own. */
static void say_source(package_scan_t *scan, const stanza_t *stanza, const char *purl, const char *space)
{
    span_t name = stanza->source.at != NULL ? stanza->source : stanza->package, version = stanza->version;
    span_t open = text_find(name, "("), shut = text_find(open, ")");
    if (shut.at != NULL) {
        version = text_trim(span_sub(open, 1, (uint64_t)(shut.at - open.at) - 1));
        name    = text_trim(span_sub(name, 0, (uint64_t)(open.at - name.at)));
    }
    const char *n = say_text(scan, name), *v = say_text(scan, version);
    if (n != NULL && v != NULL && memchr(name.at, ' ', name.size) == NULL)
        say_relation(scan, RELATION_GENERATED_FROM, purl, purl_of("deb", space, n, v, "source", scan->arena), (span_t){NULL, 0},
                     stanza->source.at != NULL ? stanza->source : stanza->package_line);
}

static void read_stanzas(package_scan_t *scan, bool is_status)
{
    const char    *all  = distribution_of_all(scan->blob);
    const uint8_t *last = scan->blob.at;
    stanza_t       stanza;
    for (size_t at = 0; !scan->full && control_next(scan->blob, &at, &stanza);) {
        last = stanza.package_line.at;
        if (is_status && !status_is_installed(stanza.status)) /* a package once removed keeps its stanza */
            continue;
        const char    *own  = distribution(&stanza);
        bool           mute = own == NULL && stanza.maintainer.at == NULL;
        package_kind_t kind = {"deb", mute ? all : own};
        const char    *purl = control_say(scan, &stanza, &kind, all != NULL ? all : own);
        if (purl != NULL)
            say_source(scan, &stanza, purl, kind.space);
    }
    control_check_end(scan, last);
}

void dpkg_status_read(package_scan_t *scan) { read_stanzas(scan, true); }
void deb_control_read(package_scan_t *scan) { read_stanzas(scan, false); }
