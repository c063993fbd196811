/* The knowledge base: vendors, jurisdictions, restriction lists, as read from corpus/. Trusted data: it ships with assay.
 * The files, all scalars strings:
 *   corpus/vendors/ID.yaml        id, name, aliases?, group?, jurisdiction,
 *                                 markers?: [{kind, value | values, strength, source, hex?, ignore-case?, encodings?}]
 *   corpus/jurisdictions/ID.yaml  id, name, laws?: [{title, date?, articles?, effect?, source?}]
 *   corpus/lists/ID.yaml          id, title, date, status, source, criteria?, vendors?: [id], groups?: [name],
 *                                 entries?: [{vendor | group, date, status?, source?}] for what has a date or status of its own */
#ifndef ASSAY_ANALYSIS_KNOWLEDGE_H
#define ASSAY_ANALYSIS_KNOWLEDGE_H

#include "analysis/yaml.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "model/report.h"

/* How a marker is looked for. */
typedef enum {
    MARKER_STRING,              /* these bytes, anywhere */
    MARKER_DOMAIN,              /* this domain or one below it, whole labels, letters in either case */
    MARKER_SNMP_ENTERPRISE,     /* this number behind 1.3.6.1.4.1, in text or in an OBJECT IDENTIFIER in DER, or behind "enterprises" in a MIB */
    MARKER_COMPILER,            /* this text in a string that names a compiler or a toolchain, as in .comment */
    MARKER_BUILD_PATH,          /* this text in a string that is a path */
    MARKER_BUILD_HOST,          /* this text in the user@host of a Linux kernel's banner */
    MARKER_MODINFO_AUTHOR,      /* this text in the author= of a kernel module */
    MARKER_MODINFO_DESCRIPTION, /* this text in the description= of a kernel module */
    MARKER_PACKAGE_MAINTAINER,  /* this text in a line that names the maintainer, packager or vendor of a package */
    MARKER_APK_PACKAGE,         /* the package of an Android manifest is this or lies below it */
    MARKER_COPYRIGHT,           /* this text near a copyright sign or word */
    MARKER_UEFI_GUID,           /* this GUID, as it stands in memory */
    MARKER_CERTIFICATE_SUBJECT, /* an O or CN of subject or issuer of an X.509 certificate contains it */
    MARKER_DEVICE_TREE,         /* an entry of the root's compatible list begins with it; elsewhere it is supporting at most */
    MARKER_MAGIC,               /* these bytes at the start of a blob */
    MARKER_OUI,                 /* a MAC address begins with these three bytes, where a MAC address is meant */
    MARKER_USB_ID,              /* this vendor in a module's alias or a table of ids */
    MARKER_PCI_ID,
    MARKER_SIGNING_KEY,         /* SHA-256 of a certificate or of the SubjectPublicKeyInfo of a key */
    MARKER_IP_BLOCK,            /* an IPv4 address in text lies in this block */
    MARKER_IMAGE_VENDOR         /* the header of an image names this vendor (facts of extractors) */
} marker_kind_t;
enum { MARKER_KINDS = MARKER_IMAGE_VENDOR + 1 };

/* In which a text may be written; a marker that asks for several is one marker an encoding. */
typedef enum { ENCODING_UTF8, ENCODING_GB18030, ENCODING_CP1251, ENCODING_KOI8R, ENCODING_UTF16LE } encoding_t;

typedef struct {
    marker_kind_t kind;
    const char   *value;       /* text, or hexadecimal bytes when `hex` */
    span_t        bytes;       /* what `value` stands for, in its encoding; of an OUI, GUID or key the bytes, of an IP block its address */
    uint32_t      number;      /* of an enterprise, USB or PCI vendor; length of an IP block's prefix */
    encoding_t    encoding;
    bool          hex, ignore_case;
    strength_t    strength;
    const char   *source;      /* where the fact is published */
    yaml_place_t       place;
} marker_t;

const char *marker_kind_name(marker_kind_t kind); /* string, domain, certificate-subject … as in the files */
const char *encoding_name(encoding_t encoding);   /* utf-8, gb18030, cp1251, koi8-r, utf-16le */

typedef struct {
    const char     *id, *name, *group, *jurisdiction; /* jurisdiction: ISO 3166-1 alpha-2 */
    const marker_t *markers;
    size_t          marker_count;
    const char    **aliases;  /* other names and brands */
    size_t          alias_count;
    yaml_place_t         place;    /* of the jurisdiction */
} vendor_t;

typedef struct {
    const char *title, *date, *articles, *effect, *source; /* all but title may be NULL */
    yaml_place_t     place;
} law_t;
typedef struct {
    const char  *id, *name;
    const law_t *laws;     /* that bind vendors there */
    size_t       law_count;
} jurisdiction_t;

/* `vendor`: id of one vendor; or `group`: all vendors of it. */
typedef struct { const char *vendor, *group, *date, *source; list_status_t status; yaml_place_t place; } list_entry_t;
typedef struct {
    const char         *id, *title, *date, *source;
    list_status_t       status;
    const char         *criteria; /* what it asks of vendors that it does not name; NULL */
    const list_entry_t *entries;
    size_t              entry_count;
    yaml_place_t             place; /* of the date */
} restriction_list_t;

typedef struct {
    const vendor_t           *vendors;       /* ascending by id */
    size_t                    vendor_count;
    const jurisdiction_t     *jurisdictions; /* ascending by id */
    size_t                    jurisdiction_count;
    const restriction_list_t *lists;         /* ascending by id */
    size_t                    list_count;
    report_source_t           sources[3];    /* jurisdictions, lists, vendors, each with its digest */
} knowledge_t;

/* Reads corpus/vendors, jurisdictions and lists below `data` into `arena`. Every name that one file uses of another must
 * exist. On failure `*why` names file and line. */
status_t knowledge_load(const char *data, arena_t *arena, knowledge_t *knowledge, const char **why);

/* Lines "FILE:LINE:COLUMN: what is wrong" on everything that can be wrong with the files below `data`, one finding a line, appended to
 * `out`: what knowledge_load refuses (the first of each file), dates, doubled markers, vendors without markers, lists without entries.
 * Number of findings in `*count`. Fails only when the folders cannot be read; then `*why` says why. */
status_t knowledge_lint(const char *data, arena_t *arena, buffer_t *out, size_t *count, const char **why);

/* NULL when unknown. */
const vendor_t       *knowledge_vendor(const knowledge_t *knowledge, const char *id);
const jurisdiction_t *knowledge_jurisdiction(const knowledge_t *knowledge, const char *id);
/* The entry of `list` that names this vendor, itself or by its group: the one in force rather than a proposed or repealed one, then
 * that of the vendor itself; NULL when none does. */
const list_entry_t *list_entry_of(const restriction_list_t *list, const vendor_t *vendor);

#endif
