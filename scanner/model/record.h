/* Everything that can be said of one blob, one record at a time. Extractors and analysis say it through a sink, the wire
 * carries it, the collector checks it and builds the report from it. Texts are borrowed for the duration of the call. */
#ifndef ASSAY_MODEL_RECORD_H
#define ASSAY_MODEL_RECORD_H

#include "model/ledger.h"

/* Bounds of a record's texts, in bytes; a longer text is cut by the sink, a longer one on the wire breaks the protocol. */
enum { TEXT_SHORT_MAX = 512, TEXT_LONG_MAX = 4096, PATH_BYTES_MAX = 32768, XATTRS_MAX = 64 };

typedef enum {
    CHILD_FILE,      /* a named member of a file system or an archive */
    CHILD_DIRECTORY, CHILD_SYMLINK, CHILD_CHAR_DEVICE, CHILD_BLOCK_DEVICE, CHILD_FIFO, CHILD_SOCKET,
    CHILD_PAYLOAD    /* a stream, partition or section that is only fenced off: explained as far as what is found in it */
} child_type_t;

typedef enum {
    SOURCE_NONE,    /* no content: directories, links, devices */
    SOURCE_RANGE,   /* `source` is the offset in the parent: the bytes stand there as they are */
    SOURCE_DECODED, /* `source` is the offset in the job's stream of decoded bytes */
    SOURCE_SAME     /* `source` is the index of an earlier child with the same content (hard link) */
} child_source_t;

typedef struct { span_t name, value; } xattr_t;

typedef struct {
    span_t         path;      /* bytes as found, '/' between components, relative to the parent */
    child_type_t   type;
    bool           has_mode, has_owner, has_mtime;
    uint32_t       mode;      /* permission bits 07777 */
    uint32_t       uid, gid;
    int64_t        mtime;     /* seconds since 1970-01-01 UTC */
    span_t         link;      /* target of a symbolic link, bytes as found */
    uint32_t       device_major, device_minor;
    const xattr_t *xattrs;
    size_t         xattr_count;
} child_info_t;

typedef struct {
    uint64_t    offset, length; /* in the blob; for decoded text, the bytes it was decoded from */
    const char *method;         /* how: "yara", "dpkg-status", "version-string" … */
    span_t      text;           /* the exact bytes that matched, cut to TEXT_SHORT_MAX */
    uint8_t     confidence;     /* 0–100 */
} evidence_t;

typedef enum { STRENGTH_SUPPORTING, STRENGTH_STRONG, STRENGTH_DEFINITIVE } strength_t;
typedef enum { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL } severity_t;
typedef enum {
    FINDING_BACKDOOR, FINDING_INTERCEPT, FINDING_SECRET, FINDING_VENDOR, FINDING_CRYPTO, FINDING_ACCOUNT, FINDING_SERVICE,
    FINDING_ANOMALY, FINDING_DAMAGE, FINDING_LIMIT
} finding_kind_t;

/* How sure it is that a component is there: seen in the bytes of a program; recorded as installed by a package's metadata; named by
 * a manifest or a lock file only. The surest comes first. */
typedef enum { SCOPE_OBSERVED, SCOPE_INSTALLED, SCOPE_DECLARED } component_scope_t;

/* What ties a component to something. The last two are how other relations are resolved, and are not in a report. */
typedef enum {
    RELATION_CONTAINS, RELATION_DEPENDS_ON, RELATION_GENERATED_FROM, RELATION_LINKED_STATICALLY,
    RELATION_PROVIDES,   /* it also answers to that name */
    RELATION_LICENSED_AS /* `to` is an SPDX expression, or the name of a licence that is none */
} relation_kind_t;

typedef enum {
    RECORD_IDENTITY = 1, /* what libmagic calls it */
    RECORD_FACT,         /* one fact of the blob's own format: key, value */
    RECORD_FORMAT,       /* an extractor accepted [offset, offset+length); what was said since the last RECORD_FORMAT stands */
    RECORD_ROLLBACK,     /* an extractor rejected: children, damage and limits said since the last RECORD_FORMAT are void */
    RECORD_REGION,       /* one row of the settled ledger, in order */
    RECORD_CHILD, RECORD_DAMAGE, RECORD_LIMIT,
    RECORD_NOTE,         /* a candidate that lost, or was not what it seemed */
    RECORD_COMPONENT, RECORD_MARKER, RECORD_FINDING, RECORD_RELATION,
    RECORD_DONE          /* the job is complete */
} record_type_t;

typedef struct {
    record_type_t type;
    union {
        struct { const char *mime, *description; } identity;
        struct { const char *key, *value; } fact;
        struct { const char *format; uint64_t offset, length; uint32_t bits; } format;
        region_t region;
        struct {
            child_info_t   info;
            uint32_t       index;                /* children of a blob count from 0 without gaps */
            child_source_t source_kind;
            uint64_t       source, size;
            uint64_t       at_offset, at_length; /* where in the parent its bytes, encoded, stand (first to last) */
        } child;
        struct { uint64_t offset, length; const char *format, *what; uint32_t child; } damage; /* child: NO_CHILD or the spoiled one */
        struct { uint64_t offset, length; const char *limit, *what; } limit;  /* limit: "depth", "ratio", "children", … */
        struct { uint64_t offset; const char *format, *what; } note;
        struct {
            const char       *name, *version, *supplier, *purl, *cpe; /* NULL: not known */
            const char       *licence;  /* an SPDX expression, or the words of the metadata where they are none */
            evidence_t        evidence;
            component_scope_t scope;
            const char       *upstream; /* version of the makers, where `version` has a distribution's epoch or revision around it */
            const char       *subpath;  /* what place the evidence names for it: "node_modules/a" of a lock file; NULL: none */
        } component;
        struct {
            relation_kind_t kind;
            const char     *from;       /* purl of a component said of this blob; NULL: whatever owns the blob, or is observed in it */
            const char     *to;         /* "pkg:…" (version and qualifiers may be left out), "soname:libc.so.6" or "path:/usr/bin/x" */
            const char     *constraint; /* ">= 2.36", as the metadata writes it; NULL: none */
            evidence_t      evidence;
        } relation;
        struct { const char *vendor, *marker; strength_t strength; evidence_t evidence; } marker; /* vendor: id in the knowledge base; marker: its kind */
        struct {
            const char    *rule, *title, *references; /* references: one a line */
            finding_kind_t kind;
            severity_t     severity;
            evidence_t     evidence;
        } finding;
    };
} record_t;

#endif
