#include "analysis/packages/say.h"

#include "analysis/packages/licence.h"
#include "analysis/packages/purl.h"
#include "analysis/packages/upstream.h"

const char *say_text(const package_scan_t *scan, span_t text)
{
    span_t cut = span_clip(text, 0, TEXT_SHORT_MAX - 1);
    return text.at != NULL && cut.size > 0 && memchr(cut.at, '\0', cut.size) == NULL ? arena_text(scan->arena, cut) : NULL;
}

static uint64_t offset_of(const package_scan_t *scan, const uint8_t *at)
{
    return at != NULL && at >= scan->blob.at && at <= scan->blob.at + scan->blob.size ? (uint64_t)(at - scan->blob.at) : 0;
}

static evidence_t evidence_at(const package_scan_t *scan, span_t bytes, uint8_t confidence)
{
    return (evidence_t){offset_of(scan, bytes.at), bytes.size, scan->method, span_clip(bytes, 0, TEXT_SHORT_MAX), confidence};
}

/* Bytes that a name or a version is made of, in any of the systems; no system has blanks or control characters in them. */
static bool is_sound(span_t text, size_t most)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] <= ' ' || text.at[i] == 0x7F || strchr("\"'<>`{}|\\^$;", text.at[i]) != NULL)
            return false;
    return text.size > 0 && text.size <= most;
}

static void say_full(package_scan_t *scan, span_t at, const char *limit, const char *what)
{
    uint64_t offset = offset_of(scan, at.at);
    scan->full      = true;
    sink_limit(scan->sink, offset, scan->blob.size - offset, limit, what);
}

const char *say_package(package_scan_t *scan, const package_t *package)
{
    if (scan->full)
        return NULL;
    if (!is_sound(package->name, 256) || (package->version.at != NULL && !is_sound(package->version, 128))) {
        sink_note(scan->sink, offset_of(scan, package->evidence.at), "a package without a sound name or version was left out");
        return NULL;
    }
    if (scan->packages++ == PACKAGES_MAX) {
        say_full(scan, package->evidence, "packages", "more than 100000 packages in one database: the rest was left out");
        return NULL;
    }
    const char *name = say_text(scan, package->name), *version = say_text(scan, package->version);
    const char *purl = name != NULL ? purl_of(package->type, package->space, name, version, say_text(scan, package->arch), scan->arena) : NULL;
    if (purl == NULL) {
        say_full(scan, package->evidence, "memory", "out of memory: packages were left out");
        return NULL;
    }
    record_t record            = {.type = RECORD_COMPONENT};
    record.component.name      = name;
    record.component.version   = version;
    record.component.purl      = purl;
    record.component.supplier  = say_text(scan, package->supplier);
    record.component.licence   = licence_text(package->licence, scan->arena);
    record.component.upstream  = package->upstream != NULL ? package->upstream : upstream_of(package->type, package->version, scan->arena);
    record.component.subpath   = say_text(scan, package->subpath);
    record.component.scope     = package->scope;
    record.component.evidence  = evidence_at(scan, package->evidence, package->confidence > 0 ? package->confidence : 100);
    if (package->is_decoded)
        record.component.evidence.text = (span_t){NULL, 0};
    sink_say(scan->sink, &record);
    return purl;
}

void say_relation(package_scan_t *scan, relation_kind_t kind, const char *from, const char *to, span_t constraint, span_t evidence)
{
    if (scan->full || to == NULL)
        return;
    if (scan->relations++ == RELATIONS_MAX) {
        say_full(scan, evidence, "relations", "more than 400000 relations in one database: the rest was left out");
        return;
    }
    record_t record            = {.type = RECORD_RELATION};
    record.relation.kind       = kind;
    record.relation.from       = from;
    record.relation.to         = to;
    record.relation.constraint = say_text(scan, constraint);
    record.relation.evidence   = evidence_at(scan, evidence, 100);
    sink_say(scan->sink, &record);
}

void say_relation_to_package(package_scan_t *scan, relation_kind_t kind, const char *from, const char *type, const char *space, span_t name,
                             span_t constraint,
                             span_t evidence)
{
    if (scan->full || !is_sound(name, 256))
        return;
    const char *text = say_text(scan, name);
    say_relation(scan, kind, from, text != NULL ? purl_of(type, space, text, NULL, NULL, scan->arena) : NULL, constraint, evidence);
}

void say_licence(package_scan_t *scan, const char *from, span_t licence, span_t evidence)
{
    say_relation(scan, RELATION_LICENSED_AS, from, licence_text(licence, scan->arena), (span_t){NULL, 0}, evidence);
}

void say_damage(package_scan_t *scan, const uint8_t *from, const char *what)
{
    uint64_t offset = offset_of(scan, from);
    sink_say(scan->sink, &(record_t){.type = RECORD_DAMAGE, .damage = {offset, scan->blob.size - offset, scan->method, what, NO_CHILD}});
}
