/* The files in corpus/: their keys, their names, what they name of each other, and every version expression on its sample.
 * Read here by libfyaml directly, not by the loader of the product; that one must then say the same of every sample. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "support/analysis.h"

#include <glob.h>
#include <libfyaml.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    COMPONENTS_LEAST = 250, VERIFIED_LEAST = 200, VENDORS_LEAST = 90, JURISDICTIONS_LEAST = 25, LISTS_LEAST = 20,
    ANCHOR_LEAST = 4, WINDOW_BEFORE = 128, WINDOW_AFTER = 384
};

typedef struct { char path[1024], base[128]; struct fy_document *document; struct fy_node *root; } file_t;
typedef void (*visit_t)(file_t *file, void *user);

static glob_t files_in(const char *folder)
{
    const char *source = getenv("ASSAY_SOURCE");
    char        pattern[1024];
    glob_t      files;
    assert_non_null(source);
    (void)snprintf(pattern, sizeof pattern, "%s/corpus/%s/*", source, folder);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    return files;
}

static size_t each_file(const char *folder, visit_t visit, void *user)
{
    glob_t files = files_in(folder);
    size_t count = files.gl_pathc;
    for (size_t i = 0; i < count; i++) {
        file_t file = {0};
        (void)snprintf(file.path, sizeof file.path, "%s", files.gl_pathv[i]);
        const char *base = strrchr(file.path, '/') + 1, *end = strstr(base, ".yaml");
        if (end == NULL || end[5] != '\0')
            fail_msg("%s is not a .yaml file", file.path);
        (void)snprintf(file.base, sizeof file.base, "%.*s", (int)(end - base), base);
        file.document = fy_document_build_from_file(NULL, file.path);
        if (file.document == NULL)
            fail_msg("%s is no YAML", file.path);
        file.root = fy_document_root(file.document);
        assert_true(fy_node_is_mapping(file.root));
        visit(&file, user);
        fy_document_destroy(file.document);
    }
    globfree(&files);
    return count;
}

static struct fy_node *value_of(struct fy_node *map, const char *key) { return fy_node_mapping_lookup_by_string(map, key, FY_NT); }

/* The scalar at `key` and its size; fails the test when it is absent or empty. */
static const char *text_of(const file_t *file, struct fy_node *map, const char *key, size_t *size)
{
    struct fy_node *node = value_of(map, key);
    if (node == NULL || !fy_node_is_scalar(node))
        fail_msg("%s: no text for %s", file->path, key);
    const char *text = fy_node_get_scalar(node, size);
    if (text == NULL || *size == 0)
        fail_msg("%s: %s is empty", file->path, key);
    return text;
}

static bool text_is(const file_t *file, struct fy_node *map, const char *key, const char *expected)
{
    size_t      size;
    const char *text = text_of(file, map, key, &size);
    return size == strlen(expected) && memcmp(text, expected, size) == 0;
}

static bool is_one_of(const char *text, size_t size, const char *const *words)
{
    for (; *words != NULL; words++)
        if (size == strlen(*words) && memcmp(text, *words, size) == 0)
            return true;
    return false;
}

static void only_keys(const file_t *file, struct fy_node *map, const char *const *keys)
{
    void                *at = NULL;
    struct fy_node_pair *pair;
    assert_true(fy_node_is_mapping(map));
    while ((pair = fy_node_mapping_iterate(map, &at)) != NULL) {
        size_t      size;
        const char *key = fy_node_get_scalar(fy_node_pair_key(pair), &size);
        if (key == NULL || !is_one_of(key, size, keys))
            fail_msg("%s: unknown key %.*s", file->path, (int)size, key);
    }
}

/* ---- components ---------------------------------------------------------------------------------------------------- */

typedef struct { const char *at; size_t size; } text_t;

static text_t member(const file_t *file, struct fy_node *map, const char *key)
{
    text_t text;
    text.at = text_of(file, map, key, &text.size);
    return text;
}

/* Does a match of the expression inside the window around the anchor hold the anchor and yield the version? */
static void check_on_sample(const file_t *file, text_t anchor, text_t expression, text_t sample, text_t version)
{
    const char *found = memmem(sample.at, sample.size, anchor.at, anchor.size);
    if (found == NULL)
        fail_msg("%s: the sample does not hold the anchor %.*s", file->path, (int)anchor.size, anchor.at);
    size_t at = (size_t)(found - sample.at);
    size_t from = at > WINDOW_BEFORE ? at - WINDOW_BEFORE : 0, to = at + WINDOW_AFTER < sample.size ? at + WINDOW_AFTER : sample.size;

    int         error;
    PCRE2_SIZE  error_at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression.at, expression.size, 0, &error, &error_at, NULL);
    if (code == NULL)
        fail_msg("%s: wrong expression %.*s", file->path, (int)expression.size, expression.at);
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, NULL);
    assert_non_null(match);
    if (pcre2_match(code, (PCRE2_SPTR)sample.at + from, to - from, 0, 0, match, NULL) < 2)
        fail_msg("%s: %.*s does not match its sample", file->path, (int)expression.size, expression.at);
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(match);
    if (ends[0] + from > at || ends[1] + from < at + anchor.size)
        fail_msg("%s: the match does not hold the anchor %.*s", file->path, (int)anchor.size, anchor.at);
    if (ends[3] - ends[2] != version.size || memcmp(sample.at + from + ends[2], version.at, version.size) != 0)
        fail_msg("%s: the sample yields version %.*s", file->path, (int)(ends[3] - ends[2]), sample.at + from + ends[2]);
    pcre2_match_data_free(match);
    pcre2_code_free(code);
}

static void check_signature(const file_t *file, struct fy_node *signature)
{
    static const char *const keys[] = {"anchor", "version", "lone-version", "confidence", "sample", "sample-version", NULL};
    only_keys(file, signature, keys);
    text_t anchor = member(file, signature, "anchor"), confidence = member(file, signature, "confidence");
    assert_true(anchor.size >= ANCHOR_LEAST);
    long number = strtol(confidence.at, NULL, 10);
    assert_true(number >= 1 && number <= 100);
    if (value_of(signature, "lone-version") == NULL) /* the other kind is held against the whole blob: see hear_component */
        check_on_sample(file, anchor, member(file, signature, "version"), member(file, signature, "sample"), member(file, signature, "sample-version"));
}

static void check_component(file_t *file, void *user)
{
    static const char *const keys[] = {"name", "supplier", "purl", "cpe", "licence", "url", "debian", "verified", "files", "file-version", "lone-version", "in-headers", "not",
                                       "signatures", NULL};
    only_keys(file, file->root, keys);
    if (!text_is(file, file->root, "name", file->base))
        fail_msg("%s: the name is not that of the file", file->path);
    (void)member(file, file->root, "supplier");
    (void)member(file, file->root, "licence");
    text_t purl = member(file, file->root, "purl"), url = member(file, file->root, "url");
    assert_true(purl.size > 4 && memcmp(purl.at, "pkg:", 4) == 0 && memchr(purl.at, '@', purl.size) == NULL);
    assert_true(url.size > 7 && memcmp(url.at, "http", 4) == 0);
    if (value_of(file->root, "cpe") != NULL) { /* what the CPE dictionary does not know has none */
        text_t      cpe   = member(file, file->root, "cpe");
        const char *colon = memchr(cpe.at, ':', cpe.size);
        assert_true(colon != NULL && colon > cpe.at && memchr(colon + 1, ':', cpe.size - (size_t)(colon + 1 - cpe.at)) == NULL);
    }
    struct fy_node *signatures = value_of(file->root, "signatures"), *signature;
    void           *at         = NULL;
    assert_true(signatures == NULL || fy_node_sequence_item_count(signatures) > 0);
    size_t *verified = user;
    *verified += value_of(file->root, "verified") != NULL;
    while (signatures != NULL && (signature = fy_node_sequence_iterate(signatures, &at)) != NULL)
        check_signature(file, signature);
}

static void every_signature_finds_the_version_in_its_sample(void **state)
{
    (void)state;
    size_t verified = 0;
    assert_true(each_file("components", check_component, &verified) >= COMPONENTS_LEAST);
    assert_true(verified >= VERIFIED_LEAST);
}

static void hear_component(file_t *file, void *user)
{
    lab_t          *lab        = user;
    struct fy_node *signatures = value_of(file->root, "signatures"), *signature;
    void           *at         = NULL;
    while (signatures != NULL && (signature = fy_node_sequence_iterate(signatures, &at)) != NULL) {
        text_t    sample = member(file, signature, "sample"), version = member(file, signature, "sample-version");
        hearing_t hearing = lab_hear(lab, span_from(sample.at, sample.size), NULL, 0);
        bool      said    = false;
        for (size_t i = 0; i < heard_count(&hearing, RECORD_COMPONENT, file->base) && !said; i++) {
            const char *got = heard(&hearing, RECORD_COMPONENT, file->base, i)->version;
            said            = strlen(got) == version.size && memcmp(got, version.at, version.size) == 0;
        }
        if (!said)
            fail_msg("%s: the analyser does not say version %.*s of the sample", file->path, (int)version.size, version.at);
        hearing_free(&hearing);
    }
}

static void the_analyser_loads_it_all_and_names_each_sample(void **state)
{
    (void)state;
    lab_t lab = {.arena = arena_new(SIZE_MAX)}; /* over the source itself: never lab_remove */
    assert_non_null(lab.arena);
    lab.analyser = analyser_new(getenv("ASSAY_SOURCE"), NULL, lab.arena, &lab.why);
    if (lab.analyser == NULL)
        fail_msg("%s", lab.why);
    (void)each_file("components", hear_component, &lab);
    hearing_t banner = lab_hear_text(&lab, "Huawei Versatile Routing Platform Software");
    assert_non_null(heard(&banner, RECORD_MARKER, "huawei", 0));
    hearing_free(&banner);
    analyser_free(lab.analyser);
    arena_free(lab.arena);
}

/* ---- vendors, jurisdictions, lists ----------------------------------------------------------------------------------- */

static void nothing_is_wrong_with_the_shipped_knowledge_base(void **state)
{
    (void)state;
    arena_t    *arena = arena_new(SIZE_MAX);
    buffer_t    out   = {0};
    size_t      count = 0;
    const char *why   = NULL;
    assert_non_null(arena);
    if (!status_ok(knowledge_lint(getenv("ASSAY_SOURCE"), arena, &out, &count, &why)))
        fail_msg("%s", why);
    if (count > 0)
        fail_msg("%.*s", (int)out.size, (const char *)out.at);
    buffer_free(&out);
    arena_free(arena);
}

static void the_knowledge_base_is_as_large_as_promised(void **state)
{
    (void)state;
    arena_t    *arena = arena_new(SIZE_MAX);
    const char *why   = NULL;
    knowledge_t k;
    assert_non_null(arena);
    if (!status_ok(knowledge_load(getenv("ASSAY_SOURCE"), arena, &k, &why)))
        fail_msg("%s", why);
    assert_true(k.vendor_count >= VENDORS_LEAST && k.jurisdiction_count >= JURISDICTIONS_LEAST && k.list_count >= LISTS_LEAST);
    size_t neutral = 0;
    for (size_t i = 0; i < k.vendor_count; i++) {
        bool named = false;
        assert_non_null(k.vendors[i].group);
        for (size_t j = 0; j < k.list_count && !named; j++)
            named = list_entry_of(&k.lists[j], &k.vendors[i]) != NULL;
        neutral += !named;
    }
    assert_true(neutral >= 50); /* vendors that no list names are described as well */
    const vendor_t *huawei = knowledge_vendor(&k, "huawei"), *hisilicon = knowledge_vendor(&k, "hisilicon");
    assert_string_equal(huawei->group, hisilicon->group);
    assert_true(knowledge_jurisdiction(&k, "CN")->law_count >= 5);
    arena_free(arena);
}

static void a_list_says_whether_it_is_in_force(void **state)
{
    (void)state;
    static const struct { const char *list, *vendor; list_status_t status; } cases[] = {
        {"ndaa-889", "huawei", LIST_IN_FORCE}, {"ndaa-889", "hisilicon", LIST_IN_FORCE}, {"us-zte-denial-2018", "zte", LIST_REPEALED},
        {"ca-5g-2022", "huawei", LIST_PROPOSED}, {"us-entity-list", "loongson", LIST_IN_FORCE}, {"gb-russia-2022", "mcst", LIST_IN_FORCE},
    };
    arena_t    *arena = arena_new(SIZE_MAX);
    const char *why   = NULL;
    knowledge_t k;
    assert_non_null(arena);
    assert_true(status_ok(knowledge_load(getenv("ASSAY_SOURCE"), arena, &k, &why)));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const list_entry_t *entry = NULL;
        for (size_t j = 0; j < k.list_count; j++)
            if (strcmp(k.lists[j].id, cases[i].list) == 0)
                entry = list_entry_of(&k.lists[j], knowledge_vendor(&k, cases[i].vendor));
        if (entry == NULL || entry->status != cases[i].status)
            fail_msg("%s in %s has another status, or is not there", cases[i].vendor, cases[i].list);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_signature_finds_the_version_in_its_sample),
        cmocka_unit_test(the_analyser_loads_it_all_and_names_each_sample),
        cmocka_unit_test(nothing_is_wrong_with_the_shipped_knowledge_base),
        cmocka_unit_test(the_knowledge_base_is_as_large_as_promised),
        cmocka_unit_test(a_list_says_whether_it_is_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
