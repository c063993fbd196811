#include "analysis/analyser.h"

#include "analysis/accounts.h"
#include "analysis/certificates.h"
#include "analysis/components.h"
#include "analysis/elf_evidence.h"
#include "analysis/identify.h"
#include "analysis/knowledge.h"
#include "analysis/origin.h"
#include "analysis/own_bytes.h"
#include "analysis/packages/packages.h"
#include "analysis/rules.h"

#include <libfyaml.h>
#include <magic.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <yara.h>

/* What one blob may take for itself: package names, ranges, decoded certificates. */
enum { BLOB_MEMORY_MAX = 256 << 20, SOURCES_MAX = 8 };

struct analyser {
    arena_t      *arena; /* all that is loaded, but for what the libraries keep themselves */
    arena_t      *blob;  /* of the blob in hand */
    knowledge_t   knowledge;
    identify_t   *identify;
    components_t *components;
    origin_t     *origin;
    rules_t      *rules;
    size_t        signature_count, marker_count; /* of the needles: signatures, then markers, then certificates */
    report_source_t sources[SOURCES_MAX];
    size_t          source_count;
};

/* ---- loading ------------------------------------------------------------------------------------------------------- */

static needle_t *collect_needles(analyser_t *analyser, size_t *count)
{
    analyser->signature_count = components_signature_count(analyser->components);
    analyser->marker_count    = origin_needle_count(analyser->origin);
    *count                    = analyser->signature_count + analyser->marker_count + CERTIFICATE_NEEDLES;
    needle_t *needles         = arena_array(analyser->arena, *count, sizeof *needles);
    needle_t *next            = needles;
    for (size_t i = 0; needles != NULL && i < analyser->signature_count; i++)
        *next++ = (needle_t){components_anchor(analyser->components, i), false};
    for (size_t i = 0; needles != NULL && i < analyser->marker_count; i++)
        *next++ = origin_needle(analyser->origin, i);
    for (size_t i = 0; needles != NULL && i < CERTIFICATE_NEEDLES; i++)
        *next++ = certificates_needle(i);
    return needles;
}

static bool add_source(analyser_t *analyser, const char *name, const char *digest, size_t count)
{
    if (analyser->source_count == SOURCES_MAX || name == NULL || digest == NULL)
        return false;
    analyser->sources[analyser->source_count++] = (report_source_t){.name = name, .digest = digest, .count = count};
    return true;
}

/* Ours may name only vendors that the knowledge base knows; what a third party names beyond is left aside. */
static const char *unknown_vendor(const analyser_t *analyser)
{
    for (size_t i = 0; i < rules_own_count(analyser->rules); i++) {
        const rule_info_t *info = rules_info(analyser->rules, i);
        if (info->vendor != NULL && knowledge_vendor(&analyser->knowledge, info->vendor) == NULL)
            return arena_printf(analyser->arena, "rule %s: no vendor has the id \"%s\"", info->id, info->vendor);
    }
    return NULL;
}

static const char *base_name(const char *path, arena_t *arena)
{
    size_t size = strlen(path), start;
    while (size > 1 && path[size - 1] == '/')
        size--;
    for (start = size; start > 0 && path[start - 1] != '/';)
        start--;
    char *name = arena_text(arena, span_from(path + start, size - start));
    return name != NULL ? arena_printf(arena, "extra-rules: %s", name) : NULL;
}

static bool load_rules(analyser_t *analyser, const char *data, const char *extra_rules, const char **why)
{
    data_files_t own, extra;
    size_t       count;
    const char  *directory = arena_printf(analyser->arena, "%s/rules", data);
    needle_t    *needles   = collect_needles(analyser, &count);
    if (directory == NULL || needles == NULL) {
        *why = "out of memory";
        return false;
    }
    if (!status_ok(files_read(directory, ".yar", analyser->arena, &own, why)) ||
        (extra_rules != NULL && !status_ok(files_read(extra_rules, ".yar", analyser->arena, &extra, why))))
        return false;
    analyser->rules = rules_new(&own, directory, extra_rules != NULL ? &extra : NULL, extra_rules, needles, count, analyser->arena, why);
    if (analyser->rules == NULL)
        return false;
    const char *unknown = unknown_vendor(analyser);
    if (unknown != NULL) {
        *why = unknown;
        return false;
    }
    bool good = add_source(analyser, "rules", arena_text(analyser->arena, span_from_text(own.digest)), rules_own_count(analyser->rules));
    if (extra_rules != NULL)
        good = good && add_source(analyser, base_name(extra_rules, analyser->arena), arena_text(analyser->arena, span_from_text(extra.digest)),
                                  rules_extra_count(analyser->rules));
    if (!good)
        *why = "out of memory";
    return good;
}

static bool load(analyser_t *analyser, const char *data, const char *extra_rules, const char **why)
{
    report_source_t components, magic;
    if (!status_ok(knowledge_load(data, analyser->arena, &analyser->knowledge, why)) ||
        (analyser->components = components_load(data, analyser->arena, &components, why)) == NULL ||
        (analyser->identify = identify_new(analyser->arena, &magic, why)) == NULL)
        return false;
    analyser->origin = origin_new(&analyser->knowledge, analyser->arena);
    if (analyser->origin == NULL) {
        *why = "out of memory";
        return false;
    }
    bool good = add_source(analyser, components.name, components.digest, components.count);
    for (size_t i = 0; i < 3; i++)
        good = good && add_source(analyser, analyser->knowledge.sources[i].name, analyser->knowledge.sources[i].digest, analyser->knowledge.sources[i].count);
    good = good && add_source(analyser, magic.name, magic.digest, magic.count);
    if (!good)
        *why = "out of memory";
    certificates_prepare();
    return good && load_rules(analyser, data, extra_rules, why);
}

analyser_t *analyser_new(const char *data, const char *extra_rules, arena_t *arena, const char **why)
{
    const char *wrong    = NULL;
    analyser_t *analyser = calloc(1, sizeof *analyser);
    *why                 = "out of memory";
    if (analyser == NULL)
        return NULL;
    analyser->arena = arena_new(SIZE_MAX);
    analyser->blob  = arena_new(BLOB_MEMORY_MAX);
    if (analyser->arena != NULL && analyser->blob != NULL && load(analyser, data, extra_rules, &wrong)) {
        *why = NULL;
        return analyser;
    }
    const char *kept = wrong != NULL ? arena_text(arena, span_from_text(wrong)) : NULL;
    if (kept != NULL)
        *why = kept;
    analyser_free(analyser);
    return NULL;
}

void analyser_free(analyser_t *analyser)
{
    if (analyser == NULL)
        return;
    rules_free(analyser->rules);
    components_free(analyser->components);
    identify_free(analyser->identify);
    arena_free(analyser->blob);
    arena_free(analyser->arena);
    free(analyser);
}

/* ---- what was loaded ------------------------------------------------------------------------------------------------ */

const knowledge_t *analyser_knowledge(const analyser_t *analyser) { return &analyser->knowledge; }

static int by_name(const void *a, const void *b) { return strcmp(((const report_source_t *)a)->name, ((const report_source_t *)b)->name); }

size_t analyser_sources(const analyser_t *analyser, arena_t *arena, report_source_t **sources)
{
    report_source_t *copy = arena_array(arena, analyser->source_count, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < analyser->source_count; i++) {
        const report_source_t *source = &analyser->sources[i];
        copy[i] = (report_source_t){arena_text(arena, span_from_text(source->name)), arena_text(arena, span_from_text(source->digest)), source->count};
        if (copy[i].name == NULL || copy[i].digest == NULL)
            copy = NULL;
    }
    *sources = copy;
    if (copy == NULL)
        return 0;
    qsort(copy, analyser->source_count, sizeof *copy, by_name);
    return analyser->source_count;
}

size_t analyser_libraries(arena_t *arena, report_fact_t **libraries)
{
    char pcre2[64] = "";
    (void)pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    const char *space = strchr(pcre2, ' '); /* "10.42 2022-12-11" */
    const report_fact_t all[] = {
        {"libfyaml", fy_library_version()},
        {"libmagic", arena_printf(arena, "%d.%02d", magic_version() / 100, magic_version() % 100)},
        {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"pcre2", arena_text(arena, span_from(pcre2, space != NULL ? (size_t)(space - pcre2) : strlen(pcre2)))},
        {"yara", YR_VERSION},
    };
    size_t         count = sizeof all / sizeof all[0];
    report_fact_t *copy  = arena_array(arena, count, sizeof *copy);
    *libraries           = copy;
    if (copy == NULL)
        return 0;
    for (size_t i = 0; i < count; i++)
        copy[i] = (report_fact_t){all[i].key, all[i].value != NULL ? all[i].value : "unknown"};
    return count;
}

/* ---- one blob ------------------------------------------------------------------------------------------------------- */

typedef struct {
    analyser_t        *analyser;
    const own_bytes_t *own;
    sink_t            *sink;
    said_components_t  said;
    bool               has_certificates;
} analysis_t;

static void on_rule(void *context, const rule_info_t *info, const own_range_t *matches, size_t count)
{
    static const own_range_t nowhere = {0, 0};
    analysis_t              *a       = context;
    for (size_t i = 0; i < count || i == 0; i++) {
        const own_range_t *match = count > 0 ? &matches[i] : &nowhere;
        span_t     text     = span_clip(span_sub(a->own->blob, match->offset, match->length), 0, TEXT_SHORT_MAX);
        evidence_t evidence = {match->offset, match->length, "yara", text, info->confidence};
        sink_say(a->sink, &(record_t){.type = RECORD_FINDING, .finding = {info->id, info->title, info->references, info->kind, info->severity, evidence}});
        if (i == 0 && info->vendor != NULL && knowledge_vendor(&a->analyser->knowledge, info->vendor) != NULL)
            origin_say_rule(info->vendor, info->strength, match->offset, text, a->sink);
    }
}

static void on_needle(void *context, size_t index, uint64_t offset)
{
    analysis_t *a = context;
    if (index < a->analyser->signature_count) {
        components_capture(a->analyser->components, index, a->own, offset, &a->said, a->sink);
        return;
    }
    index -= a->analyser->signature_count;
    if (index < a->analyser->marker_count)
        origin_needle_found(a->analyser->origin, index, a->own, offset, a->sink);
    else
        a->has_certificates = true;
}

/* Text files that are understood as a whole. */
static void examine_text(analyser_t *analyser, span_t blob, sink_t *sink)
{
    if (dpkg_examine(blob, analyser->blob, sink) || opkg_examine(blob, analyser->blob, sink) || apk_examine(blob, analyser->blob, sink))
        return;
    accounts_examine(blob, sink);
}

void analyse_blob(analyser_t *analyser, span_t blob, const ledger_t *ledger, sink_t *sink)
{
    own_bytes_t own;
    arena_reset(analyser->blob);
    identify_blob(analyser->identify, blob, sink);
    if (!own_bytes_of(blob, ledger, analyser->blob, &own)) {
        sink_limit(sink, 0, blob.size, "memory", "out of memory: the blob was not analysed");
        return;
    }
    if (own.count == 0)
        return;
    analysis_t      a        = {.analyser = analyser, .own = &own, .sink = sink, .said = {.arena = analyser->blob}};
    rule_listener_t listener = {&a, on_rule, on_needle};
    elf_evidence_examine(blob, analyser->blob, &a.said.names, sink);
    rules_scan(analyser->rules, &own, &listener, sink);
    components_name_library(analyser->components, &own, &a.said, sink);
    if (a.has_certificates)
        certificates_examine(analyser->origin, &own, analyser->blob, sink);
    if (own_range_at(&own, 0) != NULL)
        origin_check_magic(analyser->origin, &own, sink);
    if (own_is_whole(&own))
        examine_text(analyser, blob, sink);
    origin_check_device_tree(analyser->origin, blob, analyser->blob, sink);
    arena_reset(analyser->blob);
}
