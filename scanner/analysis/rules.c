#include "analysis/rules.h"

#include <stdio.h>
#include <stdlib.h>

/* One set as libyara runs it. */
typedef struct {
    YR_RULES    *compiled;
    YR_SCANNER  *scanner; /* made at the first scan, so after the fork */
    rule_info_t *infos;   /* by index of the rule in the compiled set; those made from needles have none */
    size_t       count;   /* of infos */
    size_t       active;  /* rules that are neither private nor disabled */
    int          seconds;
    const char  *what;    /* for limits */
} set_t;

struct rules {
    set_t       own, pack; /* pack.compiled NULL: there is none */
    char        key[SHA256_HEX];
    bool        were_compiled;
    const char *disabled;
};

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
static void read_meta(const YR_RULE *rule, arena_t *arena, rule_info_t *info)
{
    const char *id         = meta_text(rule, "id");
    const char *kind       = meta_text(rule, "kind");
    const char *severity   = meta_text(rule, "severity");
    const char *strength   = meta_text(rule, "strength");
    int64_t     confidence = meta_number(rule, "confidence", 50);
    *info                  = (rule_info_t){
                         .id         = id != NULL ? id : arena_printf(arena, "extra/%s:%s", rule->ns->name, rule->identifier),
                         .title      = meta_text(rule, "description"),
                         .references = meta_lines(rule, "reference", arena),
                         .file       = rule->ns->name,
                         .identifier = rule->identifier,
                         .sample     = meta_text(rule, "sample"),
                         .author     = meta_text(rule, "author"),
                         .date       = meta_text(rule, "date"),
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

/* Rules up to the first one that was made from needles. */
static size_t count_written(const YR_RULES *rules)
{
    size_t count = 0;
    while (count < rules->num_rules && strcmp(rules->rules_table[count].ns->name, NEEDLE_NAMESPACE) != 0)
        count++;
    return count;
}

static bool read_all_meta(set_t *set, arena_t *arena, const char **why)
{
    set->count = count_written(set->compiled);
    set->infos = arena_array(arena, set->count, sizeof *set->infos);
    for (size_t i = 0; i < set->count && set->infos != NULL; i++) {
        const YR_RULE *rule = &set->compiled->rules_table[i];
        if (RULE_IS_PRIVATE(rule))
            continue;
        read_meta(rule, arena, &set->infos[i]);
        set->active++;
    }
    if (set->infos == NULL)
        *why = "out of memory";
    return set->infos != NULL;
}

static int by_id(const void *a, const void *b) { return strcmp((*(const rule_info_t *const *)a)->id, (*(const rule_info_t *const *)b)->id); }

/* Ours say what they must, and none says it under the name of another. */
static bool check_own(const set_t *own, const char *directory, arena_t *arena, const char **why)
{
    const rule_info_t **sorted = arena_array(arena, own->count + 1, sizeof *sorted);
    size_t              count  = 0;
    *why                       = "out of memory";
    for (size_t i = 0; i < own->count && sorted != NULL; i++) {
        const YR_RULE *rule  = &own->compiled->rules_table[i];
        const char    *fault = RULE_IS_PRIVATE(rule) ? NULL : meta_fault(rule);
        if (fault != NULL) {
            *why = arena_printf(arena, "%s/%s: rule %s: meta %s is missing or wrong", directory, rule->ns->name, rule->identifier, fault);
            return false;
        }
        if (!RULE_IS_PRIVATE(rule))
            sorted[count++] = &own->infos[i];
    }
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_id);
    for (size_t i = 1; i < count; i++)
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0) {
            *why = arena_printf(arena, "%s/%s: rule %s: the id \"%s\" is taken", directory, sorted[i]->file, sorted[i]->identifier, sorted[i]->id);
            return false;
        }
    return sorted != NULL;
}

/* ---- rules that take too long -------------------------------------------------------------------------------------- */

enum { PROBE_SIZE = 512 << 10, PROBE_SECONDS = 2 };

/* What makes careless patterns slow: one byte for long, words without end, hexadecimal, noise. Always the same. */
static void fill_probe(uint8_t *at)
{
    static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0123456789abcdef0123456789ABCDEF /usr/lib/x.so http://a.b/c?d=e&f=%41\n";
    uint32_t          noise  = 1;
    for (size_t i = 0; i < PROBE_SIZE; i++) {
        noise = noise * 1664525 + 1013904223;
        if (i < PROBE_SIZE / 8)
            at[i] = 'a';
        else if (i < PROBE_SIZE / 2)
            at[i] = (uint8_t)text[i % (sizeof text - 1)];
        else
            at[i] = i < PROBE_SIZE * 3 / 4 ? (uint8_t)(noise >> 24) : (uint8_t)((noise >> 24) % 95 + 32);
    }
}

static int ignore_event(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
    (void)context, (void)message, (void)data, (void)user;
    return CALLBACK_CONTINUE;
}

static bool ends_in_time(YR_RULES *rules, const uint8_t *probe)
{
    int flags = SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH;
    return yr_rules_scan_mem(rules, probe, PROBE_SIZE, flags, ignore_event, NULL, PROBE_SECONDS) != ERROR_SCAN_TIMEOUT;
}

static void enable_range(YR_RULES *rules, size_t from, size_t to)
{
    for (size_t i = 0; i < rules->num_rules; i++) {
        if (i >= from && i < to)
            yr_rule_enable(&rules->rules_table[i]);
        else
            yr_rule_disable(&rules->rules_table[i]);
    }
}

/* Marks the rules of [from, to) that do not end in time, halving while there are such. */
static void find_slow(YR_RULES *rules, size_t from, size_t to, const uint8_t *probe, bool *slow)
{
    struct { size_t from, to; } open[64];
    size_t count = 0;
    open[count].from = from, open[count++].to = to;
    while (count > 0) {
        count--;
        from = open[count].from, to = open[count].to;
        enable_range(rules, from, to);
        if (from == to || ends_in_time(rules, probe))
            continue;
        if (to - from == 1) {
            slow[from] = true;
            continue;
        }
        size_t middle = from + (to - from) / 2;
        open[count].from = middle, open[count++].to = to;
        open[count].from = from, open[count++].to = middle;
    }
}

/* Leaves out of the pack what does not end in time on the probe, and says so. */
static bool disable_slow(rules_t *rules, arena_t *arena)
{
    set_t   *pack  = &rules->pack;
    uint8_t *probe = arena_alloc(arena, PROBE_SIZE);
    bool    *slow  = arena_alloc(arena, pack->count + 1);
    if (probe == NULL || slow == NULL)
        return false;
    fill_probe(probe);
    if (ends_in_time(pack->compiled, probe))
        return true;
    find_slow(pack->compiled, 0, pack->count, probe, slow);
    enable_range(pack->compiled, 0, pack->count);
    for (size_t i = 0; i < pack->count; i++) {
        YR_RULE *rule = &pack->compiled->rules_table[i];
        if (!slow[i])
            continue;
        yr_rule_disable(rule);
        pack->active    -= RULE_IS_PRIVATE(rule) ? 0 : 1;
        rules->disabled  = arena_printf(arena, "%s%s%s: rule %s: does not end within %d seconds on %d KiB",
                                        rules->disabled != NULL ? rules->disabled : "", rules->disabled != NULL ? "\n" : "", rule->ns->name,
                                        rule->identifier, PROBE_SECONDS, PROBE_SIZE >> 10);
        if (rules->disabled == NULL)
            return false;
    }
    return true;
}

/* ---- the sets ------------------------------------------------------------------------------------------------------ */

/* The set from one of the files, when it fits. */
static YR_RULES *restore_own(const rules_setup_t *setup, const char *key)
{
    YR_RULES *rules = NULL;
    for (const char *const *path = setup->compiled; path != NULL && *path != NULL && rules == NULL; path++) {
        arena_t     *arena = arena_new(SIZE_MAX);
        data_files_t file;
        const char  *why;
        if (arena != NULL && *path != NULL && status_ok(file_read(*path, arena, &file, &why)))
            rules = rules_restore(file.files[0].content, key);
        arena_free(arena);
    }
    return rules;
}

static bool load_own(rules_t *rules, const rules_setup_t *setup, arena_t *arena, const char **why)
{
    *why = "out of memory";
    if (!rules_key(setup->own, setup->needles, setup->needle_count, rules->key))
        return false;
    rules->own.compiled  = restore_own(setup, rules->key);
    rules->were_compiled = rules->own.compiled != NULL;
    if (rules->own.compiled == NULL)
        rules->own.compiled = rules_compile_own(setup->own, setup->own_name, setup->needles, setup->needle_count, arena, why);
    return rules->own.compiled != NULL && read_all_meta(&rules->own, arena, why) && check_own(&rules->own, setup->own_name, arena, why);
}

static bool load_pack(rules_t *rules, const rules_setup_t *setup, arena_t *arena, const char **why)
{
    if (setup->pack == NULL)
        return true;
    rules->pack.compiled = rules_compile_pack(setup->pack, arena, &rules->disabled, why);
    if (rules->pack.compiled == NULL || !read_all_meta(&rules->pack, arena, why))
        return false;
    *why = "out of memory";
    return disable_slow(rules, arena);
}

rules_t *rules_new(const rules_setup_t *setup, arena_t *arena, const char **why)
{
    rules_t *rules = arena_alloc(arena, sizeof *rules);
    if (rules == NULL || yr_initialize() != ERROR_SUCCESS) {
        *why = "libyara does not start: out of memory";
        return NULL;
    }
    /* Matches are read from the blob itself; libyara need not keep copies, for which it would take 512 KiB a scan. */
    (void)yr_set_configuration_uint32(YR_CONFIG_MAX_MATCH_DATA, 0);
    rules->own.seconds  = RULE_SECONDS_MAX;
    rules->own.what     = "the rules";
    rules->pack.seconds = PACK_SECONDS_MAX;
    rules->pack.what    = "the rules of the pack";
    if (load_own(rules, setup, arena, why) && load_pack(rules, setup, arena, why))
        return rules;
    rules_free(rules);
    return NULL;
}

static void free_set(set_t *set)
{
    if (set->scanner != NULL)
        yr_scanner_destroy(set->scanner);
    if (set->compiled != NULL)
        (void)yr_rules_destroy(set->compiled);
}

void rules_free(rules_t *rules)
{
    if (rules == NULL)
        return;
    free_set(&rules->own);
    free_set(&rules->pack);
    (void)yr_finalize();
}

bool        rules_were_compiled(const rules_t *rules) { return rules->were_compiled; }
bool        rules_save(const rules_t *rules, buffer_t *out) { return rules_store(rules->own.compiled, rules->key, out); }

bool rules_can_restore(const rules_t *rules, span_t stored)
{
    YR_RULES *restored = rules_restore(stored, rules->key);
    return restored != NULL && yr_rules_destroy(restored) == ERROR_SUCCESS;
}

size_t      rules_own_count(const rules_t *rules) { return rules->own.count; }
size_t      rules_pack_count(const rules_t *rules) { return rules->pack.active; }
size_t      rules_count(const rules_t *rules) { return rules->own.count + rules->pack.count; }
const char *rules_disabled(const rules_t *rules) { return rules->disabled; }

const rule_info_t *rules_info(const rules_t *rules, size_t index)
{
    return index < rules->own.count ? &rules->own.infos[index] : &rules->pack.infos[index - rules->own.count];
}

/* ---- scanning ------------------------------------------------------------------------------------------------------ */

typedef struct {
    const set_t           *set;
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

static const YR_MATCH *first_match(YR_SCAN_CONTEXT *context, const YR_STRING *string)
{
    const YR_MATCH *match = context->matches[string->idx].head;
    while (match != NULL && match->is_private)
        match = match->next;
    return match;
}

/* The first match of each of the rule's strings, as far as they are wanted. */
static size_t first_matches(YR_SCAN_CONTEXT *context, const YR_RULE *rule, own_range_t *matches, size_t most)
{
    size_t           count = 0;
    const YR_STRING *string;
    yr_rule_strings_foreach(rule, string)
    {
        const YR_MATCH *match = first_match(context, string);
        if (match != NULL && count < most)
            matches[count++] = (own_range_t){(uint64_t)(match->base + match->offset), match->match_length > 0 ? (uint64_t)match->match_length : 0};
    }
    return count;
}

/* The needles of a rule that was made from them, `first` being the index of its first. */
static void tell_needles(YR_SCAN_CONTEXT *context, const YR_RULE *rule, size_t first, const rule_listener_t *listener)
{
    const YR_STRING *string;
    yr_rule_strings_foreach(rule, string)
    {
        const YR_MATCH *match = first_match(context, string);
        if (match != NULL)
            listener->needle(listener->context, first, (uint64_t)(match->base + match->offset));
        first++;
    }
}

static int on_event(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
    scan_t *scan = user;
    if (message == CALLBACK_MSG_TOO_MANY_MATCHES && !scan->told_of_matches) {
        scan->told_of_matches = true;
        sink_limit(scan->sink, 0, scan->own->blob.size, "rule-matches",
                   "a text of a rule stands more than a million times: the rest was not counted");
    }
    if (message != CALLBACK_MSG_RULE_MATCHING)
        return CALLBACK_CONTINUE;
    const YR_RULE *rule  = data;
    size_t         index = (size_t)(rule - scan->set->compiled->rules_table);
    own_range_t    matches[RULE_MATCHES_MAX];
    if (index < scan->set->count)
        scan->listener->rule(scan->listener->context, &scan->set->infos[index], matches, first_matches(context, rule, matches, RULE_MATCHES_MAX));
    else if (scan->listener->needle != NULL)
        tell_needles(context, rule, (index - scan->set->count) * NEEDLES_A_RULE, scan->listener);
    return CALLBACK_CONTINUE;
}

/* Fast mode keeps one match of a text whose number does not matter: so hostile repetition costs no memory. No signal
 * handlers: the process that runs this may not install any, and a fault there is the coordinator's to see. */
static YR_SCANNER *scanner_of(set_t *set)
{
    if (set->scanner == NULL && yr_scanner_create(set->compiled, &set->scanner) == ERROR_SUCCESS) {
        yr_scanner_set_flags(set->scanner, SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
        yr_scanner_set_timeout(set->scanner, set->seconds);
    }
    return set->scanner;
}

static void scan_set(set_t *set, const own_bytes_t *own, const rule_listener_t *listener, sink_t *sink)
{
    char        text[TEXT_SHORT_MAX];
    scan_t      scan    = {.set = set, .own = own, .listener = listener, .sink = sink};
    YR_SCANNER *scanner = scanner_of(set);
    int         result  = ERROR_INSUFFICIENT_MEMORY;
    if (scanner != NULL) {
        YR_MEMORY_BLOCK_ITERATOR iterator = {.context = &scan, .first = first_block, .next = next_block, .file_size = blob_size};
        yr_scanner_set_callback(scanner, on_event, &scan);
        result = yr_scanner_scan_mem_blocks(scanner, &iterator);
    }
    if (result == ERROR_SUCCESS)
        return;
    bool late = result == ERROR_SCAN_TIMEOUT, memory = result == ERROR_INSUFFICIENT_MEMORY;
    (void)snprintf(text, sizeof text, "%s %s: what they found is not known", set->what,
                   late ? "did not end in time" : memory ? "ran out of memory" : "could not be evaluated");
    sink_limit(sink, 0, own->blob.size, late ? "rule-time" : memory ? "rule-memory" : "rules", text);
}

void rules_scan_own(rules_t *rules, const own_bytes_t *own, const rule_listener_t *listener, sink_t *sink)
{
    if (own->count > 0)
        scan_set(&rules->own, own, listener, sink);
}

void rules_scan(rules_t *rules, const own_bytes_t *own, const rule_listener_t *listener, sink_t *sink)
{
    rules_scan_own(rules, own, listener, sink);
    if (rules->pack.compiled != NULL && own->count > 0)
        scan_set(&rules->pack, own, listener, sink);
}

void rules_only(rules_t *rules, size_t index)
{
    enable_range(rules->own.compiled, index, index == SIZE_MAX ? index : index + 1);
}
