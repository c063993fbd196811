#include "support/analysis.h"

#include <stdio.h>
#include <stdlib.h>

void lab_make(lab_t *lab)
{
    *lab = (lab_t){.arena = arena_new(SIZE_MAX)};
    assert_non_null(lab->arena);
    scratch_make(lab->directory);
    run("mkdir -p '%s'/rules '%s'/corpus/vendors '%s'/corpus/jurisdictions '%s'/corpus/lists '%s'/corpus/components", lab->directory, lab->directory, lab->directory,
        lab->directory, lab->directory);
}

void lab_file(lab_t *lab, const char *path, const char *format, ...)
{
    char    name[2048], folder[2048];
    va_list args;
    char   *text = NULL;
    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    assert_true(size >= 0);
    (void)snprintf(name, sizeof name, "%s/%s", lab->directory, path);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(name, '/') - name), name);
    run("mkdir -p '%s'", folder);
    write_file(name, span_from(text, (size_t)size));
    free(text);
}

void lab_open(lab_t *lab, const char *extra)
{
    char folder[2048];
    (void)snprintf(folder, sizeof folder, "%s/%s", lab->directory, extra != NULL ? extra : "");
    analyser_free(lab->analyser);
    lab->why      = NULL;
    lab->analyser = analyser_new(lab->directory, extra != NULL ? folder : NULL, lab->arena, &lab->why);
    assert_true((lab->analyser == NULL) == (lab->why != NULL));
}

void lab_remove(lab_t *lab)
{
    analyser_free(lab->analyser);
    arena_free(lab->arena);
    scratch_remove(lab->directory);
}

/* ---- hearing -------------------------------------------------------------------------------------------------------- */

typedef struct { hearing_t hearing; span_t blob; } listener_t;

static void keep(char *out, size_t size, const char *text) { (void)snprintf(out, size, "%s", text != NULL ? text : ""); }
#define KEEP(field, text) keep(h.field, sizeof h.field, text)

static void keep_evidence(heard_t *h, const evidence_t *evidence, span_t blob, bool as_it_stands)
{
    assert_true(span_holds(blob, evidence->offset, evidence->length));
    assert_true(evidence->text.size <= TEXT_SHORT_MAX && evidence->confidence <= 100);
    if (as_it_stands) {
        assert_true(evidence->text.size <= evidence->length);
        assert_true(span_equal(evidence->text, span_clip(span_from_offset(blob, evidence->offset), 0, evidence->text.size)));
    }
    h->offset     = evidence->offset;
    h->length     = evidence->length;
    h->confidence = evidence->confidence;
    keep(h->method, sizeof h->method, evidence->method);
    if (evidence->text.size > 0)
        memcpy(h->text, evidence->text.at, evidence->text.size);
    h->text[evidence->text.size] = '\0';
}

static void on_record(void *context, const record_t *record)
{
    listener_t *listener = context;
    heard_t     h        = {.type = record->type};
    switch (record->type) {
    case RECORD_IDENTITY:
        KEEP(name, record->identity.mime);
        KEEP(what, record->identity.description);
        break;
    case RECORD_FACT:
        KEEP(name, record->fact.key);
        KEEP(what, record->fact.value);
        break;
    case RECORD_LIMIT:
        KEEP(name, record->limit.limit);
        KEEP(what, record->limit.what);
        break;
    case RECORD_NOTE: KEEP(what, record->note.what); break;
    case RECORD_COMPONENT:
        KEEP(name, record->component.name);
        KEEP(version, record->component.version);
        KEEP(supplier, record->component.supplier);
        KEEP(purl, record->component.purl);
        KEEP(cpe, record->component.cpe);
        KEEP(licence, record->component.licence);
        KEEP(upstream, record->component.upstream);
        KEEP(subpath, record->component.subpath);
        h.scope = record->component.scope;
        keep_evidence(&h, &record->component.evidence, listener->blob, true);
        break;
    case RECORD_RELATION:
        KEEP(name, record->relation.to);
        KEEP(purl, record->relation.from);
        KEEP(what, record->relation.constraint);
        h.relation = record->relation.kind;
        keep_evidence(&h, &record->relation.evidence, listener->blob, true);
        break;
    case RECORD_DAMAGE:
        assert_true(span_holds(listener->blob, record->damage.offset, record->damage.length));
        KEEP(name, record->damage.format);
        KEEP(what, record->damage.what);
        h.offset = record->damage.offset;
        h.length = record->damage.length;
        break;
    case RECORD_MARKER:
        KEEP(name, record->marker.vendor);
        KEEP(what, record->marker.marker);
        h.strength = record->marker.strength;
        keep_evidence(&h, &record->marker.evidence, listener->blob, strcmp(record->marker.marker, "certificate-subject") != 0);
        break;
    case RECORD_FINDING:
        KEEP(name, record->finding.rule);
        KEEP(what, record->finding.title);
        KEEP(references, record->finding.references);
        h.kind     = record->finding.kind;
        h.severity = record->finding.severity;
        keep_evidence(&h, &record->finding.evidence, listener->blob, strcmp(record->finding.evidence.method, "certificate") != 0);
        break;
    case RECORD_FORMAT: case RECORD_ROLLBACK: case RECORD_REGION: case RECORD_CHILD: case RECORD_DONE:
        fail_msg("analysis may not say a record of type %d", (int)record->type);
    }
    hearing_t *hearing = &listener->hearing;
    if (hearing->count == hearing->capacity) {
        hearing->capacity = 2 * hearing->capacity + 8;
        hearing->all      = realloc(hearing->all, hearing->capacity * sizeof *hearing->all);
        assert_non_null(hearing->all);
    }
    hearing->all[hearing->count++] = h;
}

static status_t no_content(void *context, span_t bytes)
{
    (void)context, (void)bytes;
    fail_msg("analysis may not decode");
    return ok();
}

hearing_t lab_hear(lab_t *lab, span_t blob, const owned_t *children, size_t child_count)
{
    uint8_t *copy = malloc(blob.size > 0 ? blob.size : 1);
    assert_non_null(lab->analyser);
    assert_non_null(copy);
    if (blob.size > 0)
        memcpy(copy, blob.at, blob.size);
    limits_t   limits   = limits_default();
    listener_t listener = {.blob = span_from(copy, blob.size)};
    ledger_t   ledger;
    ledger_init(&ledger, blob.size);
    for (size_t i = 0; i < child_count; i++)
        assert_true(ledger_claim(&ledger, (region_t){.offset = children[i].offset, .length = children[i].length, .kind = REGION_CONTENT, .child = (uint32_t)i}));
    assert_true(status_ok(ledger_settle(&ledger)));
    sink_t *sink = sink_new(listener.blob, &limits, (sink_output_t){.context = &listener, .record = on_record, .decoded = no_content});
    assert_non_null(sink);
    analyse_blob(lab->analyser, listener.blob, &ledger, sink);
    sink_free(sink);
    ledger_free(&ledger);
    free(copy);
    return listener.hearing;
}

void hearing_free(hearing_t *hearing)
{
    free(hearing->all);
    *hearing = (hearing_t){.all = NULL};
}

const heard_t *heard(const hearing_t *hearing, record_type_t type, const char *name, size_t n)
{
    for (size_t i = 0; i < hearing->count; i++)
        if (hearing->all[i].type == type && (name == NULL || strcmp(hearing->all[i].name, name) == 0) && n-- == 0)
            return &hearing->all[i];
    return NULL;
}

size_t heard_count(const hearing_t *hearing, record_type_t type, const char *name)
{
    size_t count = 0;
    while (heard(hearing, type, name, count) != NULL)
        count++;
    return count;
}
