/* The rules in rules/: every file alone and all together, what each says of itself, and each against all samples. */
#include "support/sample.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <yara.h>

enum { RULES_LEAST = 400, SCAN_SECONDS = 30 };

typedef struct {
    YR_RULES *rules;
    unsigned  complaints; /* errors and warnings */
    char      first[512];
} compiled_t;

static const char *source_directory(void)
{
    const char *directory = getenv("ASSAY_SOURCE");
    if (directory == NULL)
        fail_msg("ASSAY_SOURCE is not set: run the tests through ctest");
    return directory;
}

static glob_t rule_files(void)
{
    char   pattern[1024];
    glob_t files;
    (void)snprintf(pattern, sizeof pattern, "%s/rules/*/*.yar", source_directory());
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    return files;
}

/* yara reports warnings here, too; there must be none. */
static void complain(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *user)
{
    (void)level, (void)rule;
    compiled_t *compiled = user;
    if (compiled->complaints++ == 0)
        (void)snprintf(compiled->first, sizeof compiled->first, "%s:%d: %s", file != NULL ? file : "?", line, message);
}

static compiled_t compile(char *const *files, size_t count)
{
    compiled_t   compiled = {0};
    YR_COMPILER *compiler = NULL;
    assert_int_equal(yr_compiler_create(&compiler), ERROR_SUCCESS);
    yr_compiler_set_callback(compiler, complain, &compiled);
    for (size_t i = 0; i < count; i++) {
        FILE *file = fopen(files[i], "r");
        assert_non_null(file);
        (void)yr_compiler_add_file(compiler, file, NULL, files[i]);
        (void)fclose(file);
    }
    if (compiled.complaints == 0)
        assert_int_equal(yr_compiler_get_rules(compiler, &compiled.rules), ERROR_SUCCESS);
    yr_compiler_destroy(compiler);
    if (compiled.complaints > 0)
        fail_msg("%u complaints, the first: %s", compiled.complaints, compiled.first);
    return compiled;
}

static const char *meta_text(const YR_RULE *rule, const char *key)
{
    const YR_META *meta;
    yr_rule_metas_foreach(rule, meta)
        if (strcmp(meta->identifier, key) == 0 && meta->type == META_TYPE_STRING && meta->string[0] != '\0')
            return meta->string;
    fail_msg("rule %s has no text for meta %s", rule->identifier, key);
    return NULL;
}

static int64_t meta_number(const YR_RULE *rule, const char *key)
{
    const YR_META *meta;
    yr_rule_metas_foreach(rule, meta)
        if (strcmp(meta->identifier, key) == 0 && meta->type == META_TYPE_INTEGER)
            return meta->integer;
    fail_msg("rule %s has no number for meta %s", rule->identifier, key);
    return 0;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* "a-rule" is written a_rule; one that begins with a digit gets an r, since an identifier may not. */
static bool id_is_identifier(const char *id, const char *identifier)
{
    if (id[0] >= '0' && id[0] <= '9' && *identifier++ != 'r')
        return false;
    for (; *id != '\0' && *identifier != '\0'; id++, identifier++)
        if (*identifier != (*id == '-' ? '_' : *id))
            return false;
    return *id == *identifier;
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static int digit_of(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of hexadecimal digits; '#' begins a comment to the end of its line. */
static void decode_hex(sample_t *sample)
{
    size_t out = 0;
    for (size_t i = 0; i < sample->size; i++) {
        if (sample->at[i] == '#') {
            while (i < sample->size && sample->at[i] != '\n')
                i++;
            continue;
        }
        int high = digit_of(sample->at[i]);
        if (high < 0)
            continue;
        assert_true(i + 1 < sample->size);
        int low = digit_of(sample->at[++i]);
        assert_true(low >= 0);
        sample->at[out++] = (uint8_t)(high << 4 | low);
    }
    sample->size = out;
}

static sample_t sample_of(const YR_RULE *rule)
{
    const char *name = meta_text(rule, "sample");
    char        path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", source_directory(), name);
    if (!ends_with(name, ".sh")) {
        sample_t sample = sample_read(path);
        if (ends_with(name, ".hex"))
            decode_hex(&sample);
        return sample;
    }
    char scratch[1024], out[1100];
    scratch_make(scratch);
    (void)snprintf(out, sizeof out, "%s/sample", scratch);
    run("sh '%s' '%s'", path, out);
    sample_t sample = sample_read(out);
    scratch_remove(scratch);
    return sample;
}

typedef struct { const char *hits[64]; size_t count; } hits_t;

static int remember(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
    (void)context;
    hits_t *hits = user;
    if (message == CALLBACK_MSG_RULE_MATCHING && hits->count < sizeof hits->hits / sizeof hits->hits[0])
        hits->hits[hits->count++] = ((const YR_RULE *)data)->identifier;
    return CALLBACK_CONTINUE;
}

static void each_file_compiles_alone_without_a_warning(void **state)
{
    (void)state;
    glob_t files = rule_files();
    for (size_t i = 0; i < files.gl_pathc; i++) {
        compiled_t compiled = compile(&files.gl_pathv[i], 1);
        yr_rules_destroy(compiled.rules);
    }
    globfree(&files);
}

static compiled_t compile_all(void)
{
    glob_t     files    = rule_files();
    compiled_t compiled = compile(files.gl_pathv, files.gl_pathc);
    globfree(&files);
    return compiled;
}

static void every_rule_says_all_that_a_report_needs(void **state)
{
    (void)state;
    static const char *const kinds[]      = {"vendor", "backdoor", "intercept", "secret", "crypto", NULL};
    static const char *const severities[] = {"info", "low", "medium", "high", "critical", NULL};
    compiled_t               compiled     = compile_all();
    const YR_RULE           *rule;
    unsigned                 count = 0, of_kind[5] = {0};
    yr_rules_foreach(compiled.rules, rule)
    {
        const char *id = meta_text(rule, "id"), *kind = meta_text(rule, "kind");
        if (!id_is_identifier(id, rule->identifier))
            fail_msg("rule %s has the id %s", rule->identifier, id);
        if (!is_one_of(kind, kinds) || !is_one_of(meta_text(rule, "severity"), severities))
            fail_msg("rule %s has an unknown kind or severity", rule->identifier);
        int64_t confidence = meta_number(rule, "confidence");
        if (confidence < 1 || confidence > 100)
            fail_msg("rule %s is confident by %lld", rule->identifier, (long long)confidence);
        assert_string_equal(meta_text(rule, "author"), "assay");
        assert_int_equal(strlen(meta_text(rule, "date")), 10);
        (void)meta_text(rule, "description");
        (void)meta_text(rule, "reference");
        for (size_t i = 0; kinds[i] != NULL; i++)
            of_kind[i] += strcmp(kind, kinds[i]) == 0;
        count++;
    }
    assert_true(count >= RULES_LEAST);
    for (size_t i = 0; i < 5; i++)
        assert_true(of_kind[i] > 0);
    yr_rules_destroy(compiled.rules);
}

/* The sample of a rule is small and made for it: another rule that matches it is too wide. */
static void every_rule_matches_its_sample_and_no_other(void **state)
{
    (void)state;
    compiled_t     compiled = compile_all();
    const YR_RULE *rule;
    yr_rules_foreach(compiled.rules, rule)
    {
        sample_t sample = sample_of(rule);
        hits_t   hits   = {0};
        assert_true(sample.size > 0 && sample.size < 65536);
        assert_int_equal(yr_rules_scan_mem(compiled.rules, sample.at, sample.size, 0, remember, &hits, SCAN_SECONDS), ERROR_SUCCESS);
        sample_free(&sample);
        if (hits.count == 0)
            fail_msg("rule %s does not match its sample", rule->identifier);
        for (size_t i = 0; i < hits.count; i++)
            if (strcmp(hits.hits[i], rule->identifier) != 0)
                fail_msg("rule %s matches the sample of %s", hits.hits[i], rule->identifier);
    }
    yr_rules_destroy(compiled.rules);
}

/* Programs of the machine that the tests run on: busybox-like tools, libraries, the shell. A rule that accuses them is wrong. */
static void no_rule_from_medium_up_matches_common_programs(void **state)
{
    (void)state;
    static const char *const programs[] = {"/bin/sh", "/bin/ls", "/usr/bin/openssl", "/usr/bin/env", "/usr/bin/find", "/etc/services", "/etc/os-release", NULL};
    static const char *const accusing[] = {"medium", "high", "critical", NULL};
    compiled_t               compiled   = compile_all();
    for (const char *const *program = programs; *program != NULL; program++) {
        FILE *file = fopen(*program, "rb");
        if (file == NULL)
            continue;
        (void)fclose(file);
        sample_t sample = sample_read(*program);
        hits_t   hits   = {0};
        assert_int_equal(yr_rules_scan_mem(compiled.rules, sample.at, sample.size, 0, remember, &hits, SCAN_SECONDS), ERROR_SUCCESS);
        const YR_RULE *rule;
        for (size_t i = 0; i < hits.count; i++)
            yr_rules_foreach(compiled.rules, rule)
                if (strcmp(rule->identifier, hits.hits[i]) == 0 && is_one_of(meta_text(rule, "severity"), accusing))
                    fail_msg("rule %s matches %s", hits.hits[i], *program);
        sample_free(&sample);
    }
    yr_rules_destroy(compiled.rules);
}

static int start(void **state)
{
    (void)state;
    return yr_initialize() == ERROR_SUCCESS ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    return yr_finalize() == ERROR_SUCCESS ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_compiles_alone_without_a_warning),
        cmocka_unit_test(every_rule_says_all_that_a_report_needs),
        cmocka_unit_test(every_rule_matches_its_sample_and_no_other),
        cmocka_unit_test(no_rule_from_medium_up_matches_common_programs),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
