#include "analysis/analyser.h"

#include "analysis/accounts.h"
#include "analysis/certificates.h"
#include "analysis/components.h"
#include "analysis/decoded.h"
#include "analysis/endpoints.h"
#include "analysis/elf_evidence.h"
#include "analysis/identify.h"
#include "analysis/knowledge.h"
#include "analysis/origin.h"
#include "analysis/own_bytes.h"
#include "analysis/packages/packages.h"
#include "analysis/passwords.h"
#include "analysis/rules.h"
#include "analysis/services.h"
#include "analysis/settings.h"
#include "analysis/similar.h"

#include <libfyaml.h>
#include <magic.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <unistd.h>

/* What one blob may take for itself: package names, ranges, decoded certificates. */
enum { BLOB_MEMORY_MAX = 256 << 20, SOURCES_MAX = 16, RULES_HOLDING_MAX = 64 };

struct analyser {
    arena_t      *arena; /* all that is loaded, but for what the libraries keep themselves */
    arena_t      *blob;  /* of the blob in hand */
    knowledge_t   knowledge;
    identify_t   *identify;
    components_t *components;
    origin_t     *origin;
    rules_t      *rules;
    passwords_t  *passwords;
    similar_t    *similar; /* NULL: no set was given */
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

static bool add_source(analyser_t *analyser, const char *name, const char *digest, size_t count, const char *disabled)
{
    if (analyser->source_count == SOURCES_MAX || name == NULL || digest == NULL)
        return false;
    analyser->sources[analyser->source_count++] = (report_source_t){.name = name, .digest = digest, .count = count, .disabled = disabled};
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

/* As much of the list as a report takes, whole lines of it. */
static const char *shortened(const char *lines, arena_t *arena)
{
    enum { MOST = TEXT_LONG_MAX - 64 };
    if (lines == NULL || strlen(lines) <= MOST)
        return lines;
    const char *end = memrchr(lines, '\n', MOST);
    return arena_printf(arena, "%.*s\nand more files: assay rules lint --rules DIR names them all", (int)(end != NULL ? end - lines : MOST), lines);
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

/* Where the compiled set may stand: installed beside the rules, or built beside the program. */
enum { COMPILED_PLACES = 2, PROGRAM_PATH_MAX = 4096 };

static void compiled_places(const char *data, arena_t *arena, const char *places[COMPILED_PLACES + 1])
{
    char    program[PROGRAM_PATH_MAX];
    ssize_t size  = readlink("/proc/self/exe", program, sizeof program);
    char   *slash = size > 0 ? memrchr(program, '/', (size_t)size) : NULL;
    places[0]     = arena_printf(arena, "%s/rules.compiled", data);
    places[1]     = slash != NULL ? arena_printf(arena, "%.*s/rules.compiled", (int)(slash - program), program) : NULL;
    places[2]     = NULL;
}

static bool load_rules(analyser_t *analyser, const char *data, const char *pack_directory, const char **why)
{
    data_files_t  own, pack;
    const char   *places[COMPILED_PLACES + 1];
    const char   *directory = arena_printf(analyser->arena, "%s/rules", data);
    rules_setup_t setup     = {.own = &own, .own_name = directory, .pack = pack_directory != NULL ? &pack : NULL, .compiled = places};
    setup.needles           = collect_needles(analyser, &setup.needle_count);
    if (directory == NULL || setup.needles == NULL) {
        *why = "out of memory";
        return false;
    }
    if (!status_ok(files_read(directory, ".yar", analyser->arena, &own, why)) ||
        (pack_directory != NULL && !status_ok(files_read(pack_directory, ".yar|.yara", analyser->arena, &pack, why))))
        return false;
    compiled_places(data, analyser->arena, places);
    analyser->rules = rules_new(&setup, analyser->arena, why);
    if (analyser->rules == NULL)
        return false;
    const char *unknown = unknown_vendor(analyser);
    if (unknown != NULL) {
        *why = unknown;
        return false;
    }
    bool good = add_source(analyser, "rules", arena_text(analyser->arena, span_from_text(own.digest)), rules_own_count(analyser->rules), NULL);
    if (pack_directory != NULL)
        good = good && add_source(analyser, base_name(pack_directory, analyser->arena), arena_text(analyser->arena, span_from_text(pack.digest)),
                                  rules_pack_count(analyser->rules), shortened(rules_disabled(analyser->rules), analyser->arena));
    if (!good)
        *why = "out of memory";
    return good;
}

static bool load(analyser_t *analyser, const char *data, const char *pack, const char **why)
{
    report_source_t components, magic, passwords;
    if (!status_ok(knowledge_load(data, analyser->arena, &analyser->knowledge, why)) ||
        (analyser->components = components_load(data, analyser->arena, &components, why)) == NULL ||
        (analyser->passwords = passwords_load(data, analyser->arena, &passwords, why)) == NULL ||
        (analyser->identify = identify_new(analyser->arena, &magic, why)) == NULL)
        return false;
    analyser->origin = origin_new(&analyser->knowledge, analyser->arena);
    if (analyser->origin == NULL) {
        *why = "out of memory";
        return false;
    }
    bool good = add_source(analyser, components.name, components.digest, components.count, NULL);
    for (size_t i = 0; i < 3; i++)
        good = good && add_source(analyser, analyser->knowledge.sources[i].name, analyser->knowledge.sources[i].digest, analyser->knowledge.sources[i].count, NULL);
    good = good && add_source(analyser, magic.name, magic.digest, magic.count, NULL) &&
           add_source(analyser, passwords.name, passwords.digest, passwords.count, NULL);
    if (!good)
        *why = "out of memory";
    certificates_prepare();
    return good && load_rules(analyser, data, pack, why);
}

analyser_t *analyser_new(const char *data, const char *pack, arena_t *arena, const char **why)
{
    const char *wrong    = NULL;
    analyser_t *analyser = calloc(1, sizeof *analyser);
    *why                 = "out of memory";
    if (analyser == NULL)
        return NULL;
    analyser->arena = arena_new(SIZE_MAX);
    analyser->blob  = arena_new(BLOB_MEMORY_MAX);
    if (analyser->arena != NULL && analyser->blob != NULL && load(analyser, data, pack, &wrong)) {
        *why = NULL;
        return analyser;
    }
    const char *kept = wrong != NULL ? arena_text(arena, span_from_text(wrong)) : NULL;
    if (kept != NULL)
        *why = kept;
    analyser_free(analyser);
    return NULL;
}

bool analyser_add_similar(analyser_t *analyser, const char *path, arena_t *arena, const char **why)
{
    report_source_t source;
    const char     *wrong = NULL;
    analyser->similar     = similar_load(path, &analyser->knowledge, analyser->arena, &source, &wrong);
    if (analyser->similar != NULL && add_source(analyser, source.name, source.digest, source.count, NULL))
        return true;
    const char *kept = wrong != NULL ? arena_text(arena, span_from_text(wrong)) : NULL;
    *why             = kept != NULL ? kept : "out of memory";
    return false;
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
rules_t           *analyser_rules(analyser_t *analyser) { return analyser->rules; }

static int by_name(const void *a, const void *b) { return strcmp(((const report_source_t *)a)->name, ((const report_source_t *)b)->name); }

size_t analyser_sources(const analyser_t *analyser, arena_t *arena, report_source_t **sources)
{
    report_source_t *copy = arena_array(arena, analyser->source_count, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < analyser->source_count; i++) {
        const report_source_t *source = &analyser->sources[i];
        copy[i] = (report_source_t){.name     = arena_text(arena, span_from_text(source->name)),
                                    .digest   = arena_text(arena, span_from_text(source->digest)),
                                    .count    = source->count,
                                    .disabled = source->disabled != NULL ? arena_text(arena, span_from_text(source->disabled)) : NULL};
        if (copy[i].name == NULL || copy[i].digest == NULL || (source->disabled != NULL && copy[i].disabled == NULL))
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
    const rule_info_t *holding[RULES_HOLDING_MAX]; /* the rules that hold for the bytes as they stand */
    size_t             holding_count;
} analysis_t;

static void say_finding(const analysis_t *a, const rule_info_t *info, evidence_t evidence)
{
    sink_say(a->sink, &(record_t){.type    = RECORD_FINDING,
                                  .finding = {info->id, info->title, info->references, info->kind, info->severity, evidence}});
}

static void on_rule(void *context, const rule_info_t *info, const own_range_t *matches, size_t count)
{
    static const own_range_t nowhere = {0, 0};
    analysis_t              *a       = context;
    if (a->holding_count < RULES_HOLDING_MAX)
        a->holding[a->holding_count++] = info;
    for (size_t i = 0; i < count || i == 0; i++) {
        const own_range_t *match = count > 0 ? &matches[i] : &nowhere;
        span_t     text     = span_clip(span_sub(a->own->blob, match->offset, match->length), 0, TEXT_SHORT_MAX);
        say_finding(a, info, (evidence_t){match->offset, match->length, "yara", text, info->confidence});
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

/* ---- what stands encoded --------------------------------------------------------------------------------------------- */

typedef struct { analysis_t *analysis; const decoded_t *decoded; } decoding_t;

/* The place is that of the encoded bytes. What holds for the bytes as they stand is not said again, nor does a blob become a vendor's by
 * what it carries encoded. */
static void on_decoded_rule(void *context, const rule_info_t *info, const own_range_t *matches, size_t count)
{
    const decoding_t *d = context;
    const analysis_t *a = d->analysis;
    for (size_t i = 0; i < a->holding_count; i++)
        if (a->holding[i] == info)
            return;
    for (size_t i = 0; i < count && info->kind != FINDING_VENDOR; i++) {
        own_range_t    place;
        decoded_form_t form;
        if (!decoded_place(d->decoded, a->own->blob, matches[i].offset, matches[i].length, &place, &form))
            continue;
        span_t text = span_clip(span_sub(a->own->blob, place.offset, place.length), 0, TEXT_SHORT_MAX);
        say_finding(a, info, (evidence_t){place.offset, place.length, decoded_method(form), text, info->confidence});
    }
}

static void scan_decoded(analysis_t *a)
{
    decoded_t decoded;
    decoded_find(a->own, &decoded);
    if (decoded.cut)
        sink_limit(a->sink, 0, a->own->blob.size, "decoded",
                   "more base64, hexadecimal and UTF-16 text than is decoded: the rules did not see the rest of it decoded");
    if (decoded.count > 0) {
        const own_range_t all = {0, decoded.bytes.size};
        own_bytes_t       own = {.blob = buffer_span(&decoded.bytes), .ranges = &all, .count = 1};
        decoding_t        d   = {a, &decoded};
        rules_scan_own(a->analyser->rules, &own, &(rule_listener_t){.context = &d, .rule = on_decoded_rule}, a->sink);
    }
    decoded_free(&decoded);
}

/* Text files that are understood as a whole. */
static void examine_text(analyser_t *analyser, span_t blob, sink_t *sink)
{
    if (packages_examine(blob, analyser->blob, sink))
        return;
    accounts_examine(analyser->passwords, blob, sink);
    services_examine(blob, sink);
    settings_examine(blob, sink);
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
    scan_decoded(&a);
    components_name_library(analyser->components, &own, &a.said, sink);
    if (a.has_certificates)
        certificates_examine(analyser->origin, &own, analyser->blob, sink);
    if (own_range_at(&own, 0) != NULL)
        origin_check_magic(analyser->origin, &own, sink);
    endpoints_examine(&own, sink);
    if (own_is_whole(&own))
        examine_text(analyser, blob, sink);
    else if (packages_are_in(blob))
        (void)packages_examine(blob, analyser->blob, sink);
    origin_check_device_tree(analyser->origin, blob, analyser->blob, sink);
    origin_check_manifest(analyser->origin, blob, sink);
    origin_check_addresses(analyser->origin, &own, sink);
    similar_check(analyser->similar, &own, analyser->blob, sink);
    arena_reset(analyser->blob);
}
