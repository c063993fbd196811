#include "analysis/rules.h"

#include "base/buffer.h"

#include <stdio.h>
#include <yara.h>

/* What libyara reports of a file that it compiles. */
typedef struct {
    const char *file; /* as named in messages */
    arena_t    *arena;
    bool        strict; /* warnings are errors: ours have none */
    const char *why;
} compiling_t;

struct rules {
    YR_RULES    *compiled;
    YR_SCANNER  *scanner; /* made at the first scan, so after the fork */
    rule_info_t *infos;   /* by index of the rule in the compiled set; generated rules have none */
    size_t       own_count, extra_count;
    uint32_t     needle_count;
};

static const char generated[] = "assay_generated"; /* the namespace of the rules made from needles; they come last, in order */

/* ---- compiling ----------------------------------------------------------------------------------------------------- */

static void on_message(int level, const char *file_name, int line, const YR_RULE *rule, const char *message, void *user)
{
    compiling_t *compiling = user;
    (void)file_name, (void)rule;
    if (compiling->why == NULL && (level == YARA_ERROR_LEVEL_ERROR || compiling->strict))
        compiling->why = arena_printf(compiling->arena, "%s:%d: %s", compiling->file, line, message);
}

static bool compile_text(YR_COMPILER *compiler, compiling_t *compiling, const char *text, const char *name_space)
{
    int errors = yr_compiler_add_string(compiler, text, name_space);
    if (errors > 0 && compiling->why == NULL)
        compiling->why = arena_printf(compiling->arena, "%s: does not compile", compiling->file);
    return compiling->why == NULL;
}

/* Compiles the files, and notes in `file_of` which rule came from which. Our files share one namespace a directory, so that
 * the kinds stay apart; files of third parties each have their own, since packs repeat names. */
static bool compile_files(YR_COMPILER *compiler, compiling_t *compiling, const data_files_t *files, const char *directory, bool own, const char **file_of,
                          size_t file_of_max)
{
    for (size_t i = 0; i < files->count; i++) {
        const data_file_t *file  = &files->files[i];
        const char        *slash = strchr(file->name, '/');
        size_t             stem  = own ? (slash != NULL ? (size_t)(slash - file->name) : 0) : strlen(file->name);
        const char        *space = arena_printf(compiling->arena, "%s%.*s", own ? "" : "extra/", (int)stem, file->name);
        compiling->file          = arena_printf(compiling->arena, "%s/%s", directory, file->name);
        compiling->strict        = own;
        if (space == NULL || compiling->file == NULL) {
            compiling->why = "out of memory";
            return false;
        }
        if (memchr(file->content.at, '\0', file->content.size) != NULL) {
            compiling->why = arena_printf(compiling->arena, "%s: holds a NUL byte", compiling->file);
            return false;
        }
        uint32_t first = compiler->next_rule_idx;
        if (!compile_text(compiler, compiling, (const char *)file->content.at, space[0] != '\0' ? space : "rules"))
            return false;
        for (uint32_t rule = first; rule < compiler->next_rule_idx && rule < file_of_max; rule++)
            file_of[rule] = own ? compiling->file : file->name;
    }
    return true;
}

/* One rule a needle: a text string with every byte escaped, so that nothing in it means anything to the compiler. */
static bool compile_needles(YR_COMPILER *compiler, compiling_t *compiling, const needle_t *needles, size_t count)
{
    buffer_t text = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_printf(&text, "rule n%zu { strings: $a = \"", i);
        for (size_t byte = 0; byte < needles[i].bytes.size; byte++)
            buffer_printf(&text, "\\x%02x", needles[i].bytes.at[byte]);
        buffer_printf(&text, "\"%s condition: $a }\n", needles[i].ignore_case ? " nocase" : "");
    }
    buffer_append_byte(&text, 0);
    compiling->file   = "component signatures and markers";
    compiling->strict = false;
    if (text.failed)
        compiling->why = "out of memory";
    bool good = compiling->why == NULL && compile_text(compiler, compiling, (const char *)text.at, generated);
    buffer_free(&text);
    return good;
}

/* ---- meta ---------------------------------------------------------------------------------------------------------- */

static const char *meta_text(const YR_RULE *rule, const char *name)
{
    const YR_META *meta;
    yr_rule_metas_foreach(rule, meta)
        if (meta->type == META_TYPE_STRING && strcmp(meta->identifier, name) == 0)
            return meta->string;
    return NULL;
}

static int64_t meta_number(const YR_RULE *rule, const char *name, int64_t otherwise)
{
    const YR_META *meta;
    yr_rule_metas_foreach(rule, meta)
        if (meta->type == META_TYPE_INTEGER && strcmp(meta->identifier, name) == 0)
            return meta->integer;
    return otherwise;
}

/* All metas of this name, one a line; NULL when there are none. */
static const char *meta_lines(const YR_RULE *rule, const char *name, arena_t *arena)
{
    const char    *lines = NULL;
    const YR_META *meta;
    yr_rule_metas_foreach(rule, meta)
        if (meta->type == META_TYPE_STRING && strcmp(meta->identifier, name) == 0)
            lines = lines == NULL ? meta->string : arena_printf(arena, "%s\n%s", lines, meta->string);
    return lines;
}

/* What a rule says of itself, with the given words for what a third party leaves out. */
static void read_meta(const YR_RULE *rule, const char *file, arena_t *arena, rule_info_t *info)
{
    const char *id         = meta_text(rule, "id");
    const char *kind       = meta_text(rule, "kind");
    const char *severity   = meta_text(rule, "severity");
    const char *strength   = meta_text(rule, "strength");
    int64_t     confidence = meta_number(rule, "confidence", 50);
    *info                  = (rule_info_t){
                         .id         = id != NULL ? id : arena_printf(arena, "extra/%s:%s", file, rule->identifier),
                         .title      = meta_text(rule, "description"),
                         .references = meta_lines(rule, "reference", arena),
                         .kind       = FINDING_ANOMALY,
                         .severity   = SEVERITY_MEDIUM,
                         .confidence = confidence >= 0 && confidence <= 100 ? (uint8_t)confidence : 50,
                         .vendor     = meta_text(rule, "vendor"),
                         .strength   = STRENGTH_SUPPORTING,
    };
    if (info->title == NULL)
        info->title = rule->identifier;
    if (kind != NULL)
        (void)finding_kind_from(kind, &info->kind);
    if (severity != NULL)
        (void)severity_from(severity, &info->severity);
    if (strength != NULL)
        (void)strength_from(strength, &info->strength);
}

/* NULL when our rule says all that it must. */
static const char *meta_fault(const YR_RULE *rule)
{
    static const char *const texts[] = {"id", "kind", "severity", "description", "author", "date"};
    finding_kind_t           kind;
    severity_t               severity;
    strength_t               strength;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (meta_text(rule, texts[i]) == NULL || meta_text(rule, texts[i])[0] == '\0')
            return texts[i];
    int64_t confidence = meta_number(rule, "confidence", -1);
    if (confidence < 0 || confidence > 100)
        return "confidence";
    if (!finding_kind_from(meta_text(rule, "kind"), &kind) || kind == FINDING_DAMAGE || kind == FINDING_LIMIT)
        return "kind";
    if (!severity_from(meta_text(rule, "severity"), &severity))
        return "severity";
    const char *named = meta_text(rule, "strength");
    if ((meta_text(rule, "vendor") != NULL) != (named != NULL) || (named != NULL && !strength_from(named, &strength)))
        return "strength (goes with vendor)";
    return NULL;
}

static bool read_all_meta(rules_t *rules, const char *const *file_of, arena_t *arena, const char **why)
{
    size_t total = rules->own_count + rules->extra_count;
    rules->infos = arena_array(arena, total, sizeof *rules->infos);
    if (rules->infos == NULL) {
        *why = "out of memory";
        return false;
    }
    for (size_t i = 0; i < total; i++) {
        const YR_RULE *rule = &rules->compiled->rules_table[i];
        if (RULE_IS_PRIVATE(rule))
            continue;
        const char *fault = i < rules->own_count ? meta_fault(rule) : NULL;
        if (fault != NULL) {
            *why = arena_printf(arena, "%s: rule %s: meta %s is missing or wrong", file_of[i], rule->identifier, fault);
            return false;
        }
        read_meta(rule, file_of[i], arena, &rules->infos[i]);
        for (size_t j = 0; j < i && i < rules->own_count; j++)
            if (rules->infos[j].id != NULL && strcmp(rules->infos[j].id, rules->infos[i].id) == 0) {
                *why = arena_printf(arena, "%s: rule %s: the id \"%s\" is taken", file_of[i], rule->identifier, rules->infos[i].id);
                return false;
            }
    }
    return true;
}

/* ---- what a rule may not import ------------------------------------------------------------------------------------ */

/* Modules that would read files of their own, or answer differently tomorrow. libyara tells them when a scan begins. */
static int on_import(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
    (void)context;
    static const char *const forbidden[] = {"cuckoo", "magic", "time"};
    const char             **refused     = user;
    if (message == CALLBACK_MSG_IMPORT_MODULE)
        for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
            if (strcmp(((const YR_MODULE_IMPORT *)data)->module_name, forbidden[i]) == 0)
                *refused = forbidden[i];
    return *refused != NULL ? CALLBACK_ERROR : CALLBACK_CONTINUE;
}

/* Also warms up what libyara's modules set up at their first use. */
static bool imports_are_allowed(const rules_t *rules, arena_t *arena, const char **why)
{
    static const uint8_t nothing[64];
    const char          *refused = NULL;
    int result = yr_rules_scan_mem(rules->compiled, nothing, sizeof nothing, SCAN_FLAGS_NO_TRYCATCH, on_import, &refused, RULE_SECONDS_MAX);
    if (refused != NULL)
        *why = arena_printf(arena, "a rule imports \"%s\": not allowed, since it reads other things than the input", refused);
    else if (result != ERROR_SUCCESS)
        *why = arena_printf(arena, "the rules do not run (libyara error %d)", result);
    return refused == NULL && result == ERROR_SUCCESS;
}

/* ---- the set ------------------------------------------------------------------------------------------------------- */

enum { RULES_MAX = 50000 };

static bool compile_all(rules_t *rules, YR_COMPILER *compiler, const data_files_t *own, const char *own_name, const data_files_t *extra,
                        const char *extra_name, const needle_t *needles, size_t needle_count, arena_t *arena, const char **why)
{
    compiling_t  compiling = {.arena = arena};
    const char **file_of   = arena_array(arena, RULES_MAX, sizeof *file_of);
    yr_compiler_set_callback(compiler, on_message, &compiling);
    yr_compiler_set_include_callback(compiler, NULL, NULL, NULL);
    bool good = file_of != NULL && compile_files(compiler, &compiling, own, own_name, true, file_of, RULES_MAX);
    rules->own_count = compiler->next_rule_idx;
    if (good && extra != NULL)
        good = compile_files(compiler, &compiling, extra, extra_name, false, file_of, RULES_MAX);
    rules->extra_count = compiler->next_rule_idx - rules->own_count;
    good               = good && compile_needles(compiler, &compiling, needles, needle_count);
    if (good && (compiler->next_rule_idx > RULES_MAX || yr_compiler_get_rules(compiler, &rules->compiled) != ERROR_SUCCESS)) {
        compiling.why = "the rules cannot be put together: too many of them, or out of memory";
        good          = false;
    }
    if (!good) {
        *why = compiling.why != NULL ? compiling.why : "out of memory";
        return false;
    }
    rules->needle_count = (uint32_t)needle_count;
    return read_all_meta(rules, file_of, arena, why) && imports_are_allowed(rules, arena, why);
}

rules_t *rules_new(const data_files_t *own, const char *own_name, const data_files_t *extra, const char *extra_name, const needle_t *needles,
                   size_t needle_count, arena_t *arena, const char **why)
{
    rules_t *rules = arena_alloc(arena, sizeof *rules);
    if (rules == NULL || yr_initialize() != ERROR_SUCCESS) {
        *why = "libyara does not start: out of memory";
        return NULL;
    }
    /* Matches are read from the blob itself; libyara need not keep copies, for which it would take 512 KiB a scan. */
    (void)yr_set_configuration_uint32(YR_CONFIG_MAX_MATCH_DATA, 0);
    YR_COMPILER *compiler = NULL;
    bool         good     = yr_compiler_create(&compiler) == ERROR_SUCCESS;
    if (good)
        good = compile_all(rules, compiler, own, own_name, extra, extra_name, needles, needle_count, arena, why);
    else
        *why = "libyara does not start: out of memory";
    if (compiler != NULL)
        yr_compiler_destroy(compiler);
    if (good)
        return rules;
    rules_free(rules);
    return NULL;
}

void rules_free(rules_t *rules)
{
    if (rules == NULL)
        return;
    if (rules->scanner != NULL)
        yr_scanner_destroy(rules->scanner);
    if (rules->compiled != NULL)
        (void)yr_rules_destroy(rules->compiled);
    (void)yr_finalize();
}

size_t             rules_own_count(const rules_t *rules) { return rules->own_count; }
size_t             rules_extra_count(const rules_t *rules) { return rules->extra_count; }
const rule_info_t *rules_info(const rules_t *rules, size_t index) { return &rules->infos[index]; }

/* ---- scanning ------------------------------------------------------------------------------------------------------ */

typedef struct {
    rules_t               *rules;
    const own_bytes_t     *own;
    const rule_listener_t *listener;
    sink_t                *sink;
    bool                   told_of_matches;
    size_t                 next; /* range that the iterator gives next */
    YR_MEMORY_BLOCK        block;
} scan_t;

static const uint8_t *fetch_block(YR_MEMORY_BLOCK *block)
{
    const scan_t *scan = block->context;
    return span_sub(scan->own->blob, block->base, block->size).at;
}

static YR_MEMORY_BLOCK *next_block(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
    scan_t *scan         = iterator->context;
    iterator->last_error = ERROR_SUCCESS;
    if (scan->next >= scan->own->count)
        return NULL;
    const own_range_t *range = &scan->own->ranges[scan->next++];
    scan->block              = (YR_MEMORY_BLOCK){.size = (size_t)range->length, .base = range->offset, .context = scan, .fetch_data = fetch_block};
    return &scan->block;
}

static YR_MEMORY_BLOCK *first_block(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
    ((scan_t *)iterator->context)->next = 0;
    return next_block(iterator);
}

static uint64_t blob_size(YR_MEMORY_BLOCK_ITERATOR *iterator) { return ((const scan_t *)iterator->context)->own->blob.size; }

/* The first match of each of the rule's strings, as far as they are wanted. */
static size_t first_matches(YR_SCAN_CONTEXT *context, const YR_RULE *rule, own_range_t *matches, size_t most)
{
    size_t           count = 0;
    const YR_STRING *string;
    yr_rule_strings_foreach(rule, string)
    {
        const YR_MATCH *match = context->matches[string->idx].head;
        while (match != NULL && match->is_private)
            match = match->next;
        if (match != NULL && count < most)
            matches[count++] = (own_range_t){(uint64_t)(match->base + match->offset), match->match_length > 0 ? (uint64_t)match->match_length : 0};
    }
    return count;
}

static int on_event(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
    scan_t *scan = user;
    if (message == CALLBACK_MSG_TOO_MANY_MATCHES && !scan->told_of_matches) {
        scan->told_of_matches = true;
        sink_limit(scan->sink, 0, scan->own->blob.size, "rule-matches", "a text of a rule stands more than a million times: the rest was not counted");
    }
    if (message != CALLBACK_MSG_RULE_MATCHING)
        return CALLBACK_CONTINUE;
    const YR_RULE *rule  = data;
    size_t         index = (size_t)(rule - scan->rules->compiled->rules_table);
    size_t         named = scan->rules->own_count + scan->rules->extra_count;
    own_range_t    matches[RULE_MATCHES_MAX];
    size_t         count = first_matches(context, rule, matches, RULE_MATCHES_MAX);
    if (index < named)
        scan->listener->rule(scan->listener->context, &scan->rules->infos[index], matches, count);
    else if (count > 0)
        scan->listener->needle(scan->listener->context, index - named, matches[0].offset);
    return CALLBACK_CONTINUE;
}

/* Fast mode keeps one match of a text whose number does not matter: so hostile repetition costs no memory. No signal
 * handlers: the process that runs this may not install any, and a fault there is the coordinator's to see. */
static YR_SCANNER *scanner_of(rules_t *rules)
{
    if (rules->scanner == NULL && yr_scanner_create(rules->compiled, &rules->scanner) == ERROR_SUCCESS) {
        yr_scanner_set_flags(rules->scanner, SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
        yr_scanner_set_timeout(rules->scanner, RULE_SECONDS_MAX);
    }
    return rules->scanner;
}

void rules_scan(rules_t *rules, const own_bytes_t *own, const rule_listener_t *listener, sink_t *sink)
{
    scan_t      scan    = {.rules = rules, .own = own, .listener = listener, .sink = sink};
    YR_SCANNER *scanner = scanner_of(rules);
    int         result  = ERROR_INSUFFICIENT_MEMORY;
    if (own->count == 0)
        return;
    if (scanner != NULL) {
        YR_MEMORY_BLOCK_ITERATOR iterator = {.context = &scan, .first = first_block, .next = next_block, .file_size = blob_size};
        yr_scanner_set_callback(scanner, on_event, &scan);
        result = yr_scanner_scan_mem_blocks(scanner, &iterator);
    }
    if (result == ERROR_SCAN_TIMEOUT)
        sink_limit(sink, 0, own->blob.size, "rule-time", "the rules did not end within 60 seconds: what they found is not known");
    else if (result == ERROR_INSUFFICIENT_MEMORY)
        sink_limit(sink, 0, own->blob.size, "rule-memory", "the rules ran out of memory: what they found is not known");
    else if (result != ERROR_SUCCESS)
        sink_limit(sink, 0, own->blob.size, "rules", "the rules could not be evaluated: what they found is not known");
}
