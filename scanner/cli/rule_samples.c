#include "cli/rule_samples.h"

#include "cli/command.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

bool rule_sample_exists(const char *data, const char *sample)
{
    arena_t    *arena = arena_new(SIZE_MAX);
    const char *path  = arena != NULL ? arena_printf(arena, "%s/%s", data, sample) : NULL;
    bool        there = path != NULL && access(path, R_OK) == 0;
    arena_free(arena);
    return there;
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

/* Pairs of hexadecimal digits; '#' begins a comment to the end of its line. False when they do not come in pairs. */
static bool decode_hex(span_t text, uint8_t *out, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char pair[3] = {0};
        if (text.at[i] == '#')
            while (i < text.size && text.at[i] != '\n')
                i++;
        if (i >= text.size || text.at[i] == ' ' || text.at[i] == '\n' || text.at[i] == '\r' || text.at[i] == '\t')
            continue;
        pair[0] = (char)text.at[i++];
        pair[1] = i < text.size ? (char)text.at[i] : '\0';
        if (!hex_decode(pair, &out[(*size)++], 1))
            return false;
    }
    return true;
}

/* Runs `sh BUILDER OUT` and reads what it wrote. */
static bool build(const char *builder, arena_t *arena, data_files_t *file, const char **why)
{
    char  out[] = "/tmp/assay-sample-XXXXXX";
    int   fd    = mkstemp(out), status = -1;
    pid_t pid;
    if (fd < 0)
        return false;
    (void)close(fd);
    char *const arguments[] = {(char[]){"sh"}, arena_text(arena, span_from_text(builder)), out, NULL};
    bool        good        = arguments[1] != NULL && posix_spawnp(&pid, "sh", NULL, NULL, arguments, environ) == 0;
    good                    = good && waitpid(pid, &status, 0) == pid && status == 0;
    *why                    = "the builder failed";
    good                    = good && status_ok(file_read(out, arena, file, why));
    (void)unlink(out);
    return good;
}

static bool read_sample(const char *path, arena_t *arena, span_t *bytes, const char **why)
{
    data_files_t file;
    *why = "out of memory";
    if (ends_with(path, ".sh") ? !build(path, arena, &file, why) : !status_ok(file_read(path, arena, &file, why)))
        return false;
    *bytes = file.files[0].content;
    if (!ends_with(path, ".hex"))
        return true;
    uint8_t *decoded = arena_alloc(arena, bytes->size + 1);
    size_t   size    = 0;
    if (decoded != NULL && !decode_hex(*bytes, decoded, &size))
        *why = arena_printf(arena, "%s: holds more than pairs of hexadecimal digits and comments", path);
    *bytes = span_from(decoded, size);
    return decoded != NULL && size > 0;
}

/* ---- searching --------------------------------------------------------------------------------------------------------- */

static void no_record(void *context, const record_t *record) { (void)context, (void)record; }
static status_t no_bytes(void *context, span_t bytes) { (void)context, (void)bytes; return ok(); }
static void no_rule(void *context, const rule_info_t *info, const own_range_t *matches, size_t count)
{
    (void)context, (void)info, (void)matches, (void)count;
}


void rule_hits(rules_t *rules, span_t bytes, rule_ear_t *on_rule, void *context)
{
    limits_t          limits = limits_default();
    const own_range_t all    = {0, bytes.size};
    own_bytes_t       own    = {.blob = bytes, .ranges = &all, .count = 1};
    sink_t           *sink   = sink_new(bytes, &limits, (sink_output_t){.record = no_record, .decoded = no_bytes});
    rule_listener_t   ears   = {.context = context, .rule = on_rule != NULL ? on_rule : no_rule};
    if (sink != NULL)
        rules_scan_own(rules, &own, &ears, sink);
    sink_free(sink);
}

/* ---- testing ----------------------------------------------------------------------------------------------------------- */

typedef struct {
    const rule_info_t *wanted; /* NULL: none is */
    const char        *where;  /* what is searched, for messages */
    FILE              *out;
    size_t            *failures;
    bool               found;
    own_range_t        matches[RULE_MATCHES_MAX];
    size_t             match_count;
} trial_t;

static void on_hit(void *context, const rule_info_t *info, const own_range_t *matches, size_t count)
{
    trial_t *trial = context;
    if (info != trial->wanted) {
        (void)fprintf(trial->out, "%s: matches %s\n", info->id != NULL ? info->id : info->identifier, trial->where);
        ++*trial->failures;
        return;
    }
    trial->found       = true;
    trial->match_count = count;
    memcpy(trial->matches, matches, count * sizeof *matches);
}

static void on_own_hit(void *context, const rule_info_t *info, const own_range_t *matches, size_t count)
{
    if (info == ((const trial_t *)context)->wanted)
        on_hit(context, info, matches, count);
}

/* The sample with what the rule matched blotted out, time and again until it matches no more. What still holds then, with no text of its own
 * left, holds for anything. */
static void test_blotted(rules_t *rules, span_t sample, trial_t trial, arena_t *arena)
{
    uint8_t *copy = arena_alloc(arena, sample.size + 1);
    if (copy == NULL)
        return;
    memcpy(copy, sample.at, sample.size);
    while (trial.found && trial.match_count > 0) {
        for (size_t i = 0; i < trial.match_count; i++)
            memset(copy + trial.matches[i].offset, '~', (size_t)trial.matches[i].length);
        trial.found = false;
        rule_hits(rules, span_from(copy, sample.size), on_own_hit, &trial);
    }
    if (trial.found) {
        (void)fprintf(trial.out, "%s: matches its sample without its texts\n", trial.wanted->id);
        ++*trial.failures;
    }
}

static bool test_rule(rules_t *rules, const rule_info_t *info, const char *data, FILE *out, size_t *failures)
{
    arena_t    *arena = arena_new(SIZE_MAX);
    span_t      sample;
    const char *why  = "out of memory";
    const char *path = arena != NULL && info->sample != NULL ? arena_printf(arena, "%s/%s", data, info->sample) : NULL;
    bool        read = path != NULL && read_sample(path, arena, &sample, &why);
    if (read) {
        trial_t trial = {.wanted = info, .where = info->sample, .out = out, .failures = failures};
        rule_hits(rules, sample, on_hit, &trial);
        if (trial.found && trial.match_count > 0)
            test_blotted(rules, sample, trial, arena);
        read = trial.found;
        why  = "does not match its sample";
    }
    if (!read) {
        (void)fprintf(out, "%s: %s\n", info->id, info->sample != NULL ? why : "has no sample");
        ++*failures;
    }
    arena_free(arena);
    return true;
}

/* In these nothing is to be found: texts that speak of the matter, things that look like it. */
static bool test_innocent(rules_t *rules, const char *data, FILE *out, size_t *failures, arena_t *arena)
{
    data_files_t innocent;
    const char  *why       = "out of memory";
    const char  *directory = arena_printf(arena, "%s/corpus/samples/rules/not", data);
    if (directory == NULL || !status_ok(files_read(directory, "", arena, &innocent, &why))) {
        command_error("%s (the samples are part of the sources)", why);
        return false;
    }
    for (size_t i = 0; i < innocent.count; i++) {
        span_t      bytes;
        const char *path = arena_printf(arena, "%s/%s", directory, innocent.files[i].name);
        if (path == NULL || !read_sample(path, arena, &bytes, &why)) {
            command_error("%s", why);
            return false;
        }
        trial_t trial = {.where = path, .out = out, .failures = failures};
        rule_hits(rules, bytes, on_hit, &trial);
    }
    return true;
}

bool rule_samples_test(rules_t *rules, const char *data, FILE *out, size_t *failures)
{
    arena_t *arena = arena_new(SIZE_MAX);
    *failures      = 0;
    bool good      = arena != NULL && test_innocent(rules, data, out, failures, arena);
    for (size_t i = 0; good && i < rules_own_count(rules); i++)
        if (rules_info(rules, i)->id != NULL)
            good = test_rule(rules, rules_info(rules, i), data, out, failures);
    arena_free(arena);
    return good;
}
