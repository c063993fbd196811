/* The files in corpus/: their keys, their names, what they name of each other, and every version expression on its sample.
 * Read here by libfyaml directly, not by the loader of the product; that one must then say the same of every sample. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "support/analysis.h"

#include <ctype.h>
#include <glob.h>
#include <libfyaml.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    COMPONENTS_LEAST = 250, VERIFIED_LEAST = 200, VENDORS_LEAST = 20, JURISDICTIONS_LEAST = 5, LISTS_LEAST = 2,
    ANCHOR_LEAST = 4, MARKER_LEAST = 4, WINDOW_BEFORE = 128, WINDOW_AFTER = 384
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

/* ---- vendors ------------------------------------------------------------------------------------------------------- */

static bool flag(const file_t *file, struct fy_node *map, const char *key) { return value_of(map, key) != NULL && text_is(file, map, key, "true"); }

static void check_marker(const file_t *file, struct fy_node *marker)
{
    static const char *const keys[]      = {"kind", "value", "strength", "source", "hex", "ignore-case", "ignore_case", NULL};
    static const char *const strengths[] = {"definitive", "strong", "supporting", NULL};
    static const char *const kinds[]     = {"string", "domain", "certificate-subject", "device-tree", "magic", "oui", "modinfo-author", "compiler",
                                            "build-path", "snmp-enterprise", NULL};
    static const char *const weak[]      = {"oui", "modinfo-author", "snmp-enterprise", NULL};
    static const char *const searched[]  = {"string", "domain", "modinfo-author", "compiler", "build-path", NULL};
    only_keys(file, marker, keys);
    text_t kind = member(file, marker, "kind"), value = member(file, marker, "value"), strength = member(file, marker, "strength");
    (void)member(file, marker, "source");
    if (!is_one_of(kind.at, kind.size, kinds) || !is_one_of(strength.at, strength.size, strengths))
        fail_msg("%s: unknown kind or strength of %.*s", file->path, (int)value.size, value.at);
    if (is_one_of(kind.at, kind.size, weak) && strncmp(strength.at, "supporting", 10) != 0)
        fail_msg("%s: %.*s may only be supporting", file->path, (int)value.size, value.at);
    if (flag(file, marker, "hex")) {
        assert_true(value.size % 2 == 0 && value.size / 2 >= MARKER_LEAST);
        for (size_t i = 0; i < value.size; i++)
            assert_true(isxdigit((unsigned char)value.at[i]));
    } else if (is_one_of(kind.at, kind.size, searched) && value.size < MARKER_LEAST)
        fail_msg("%s: %.*s is too short to be searched for", file->path, (int)value.size, value.at);
}

static void check_vendor(file_t *file, void *user)
{
    (void)user;
    static const char *const keys[] = {"id", "name", "group", "jurisdiction", "markers", NULL};
    char                     jurisdiction[1024];
    only_keys(file, file->root, keys);
    if (!text_is(file, file->root, "id", file->base))
        fail_msg("%s: the id is not the name of the file", file->path);
    (void)member(file, file->root, "name");
    (void)member(file, file->root, "group");
    text_t id = member(file, file->root, "jurisdiction");
    (void)snprintf(jurisdiction, sizeof jurisdiction, "%s/corpus/jurisdictions/%.*s.yaml", getenv("ASSAY_SOURCE"), (int)id.size, id.at);
    FILE *known = fopen(jurisdiction, "r");
    if (known == NULL)
        fail_msg("%s: unknown jurisdiction %.*s", file->path, (int)id.size, id.at);
    (void)fclose(known);
    struct fy_node *markers = value_of(file->root, "markers"), *marker;
    void           *at      = NULL;
    assert_true(markers != NULL && fy_node_sequence_item_count(markers) > 0);
    while ((marker = fy_node_sequence_iterate(markers, &at)) != NULL)
        check_marker(file, marker);
}

static void every_vendor_has_a_known_jurisdiction_and_sound_markers(void **state)
{
    (void)state;
    assert_true(each_file("vendors", check_vendor, NULL) >= VENDORS_LEAST);
}

typedef struct { char value[256], owner[128]; } claim_t;
typedef struct { claim_t claims[2048]; size_t count; } claims_t;

/* Two vendors with one marker would both be named. */
static void collect_markers(file_t *file, void *user)
{
    claims_t       *all     = user;
    struct fy_node *markers = value_of(file->root, "markers"), *marker;
    void           *at      = NULL;
    while ((marker = fy_node_sequence_iterate(markers, &at)) != NULL) {
        text_t  kind = member(file, marker, "kind"), value = member(file, marker, "value");
        claim_t claim = {0};
        (void)snprintf(claim.value, sizeof claim.value, "%.*s %.*s", (int)kind.size, kind.at, (int)value.size, value.at);
        (void)snprintf(claim.owner, sizeof claim.owner, "%s", file->base);
        for (size_t i = 0; i < all->count; i++)
            if (strcmp(all->claims[i].value, claim.value) == 0)
                fail_msg("%s and %s have the same marker: %s", all->claims[i].owner, claim.owner, claim.value);
        assert_true(all->count < sizeof all->claims / sizeof all->claims[0]);
        all->claims[all->count++] = claim;
    }
}

static void no_marker_stands_twice(void **state)
{
    (void)state;
    claims_t *all = calloc(1, sizeof *all);
    assert_non_null(all);
    (void)each_file("vendors", collect_markers, all);
    free(all);
}

/* ---- jurisdictions and lists --------------------------------------------------------------------------------------- */

static void check_date(const file_t *file, struct fy_node *map)
{
    text_t date = member(file, map, "date");
    assert_int_equal(date.size, 10);
    for (size_t i = 0; i < date.size; i++)
        assert_true(i == 4 || i == 7 ? date.at[i] == '-' : isdigit((unsigned char)date.at[i]));
}

static void check_jurisdiction(file_t *file, void *user)
{
    (void)user;
    static const char *const keys[] = {"id", "name", "laws", NULL}, *const law_keys[] = {"title", "date", "scope", "source", NULL};
    only_keys(file, file->root, keys);
    if (!text_is(file, file->root, "id", file->base))
        fail_msg("%s: the id is not the name of the file", file->path);
    (void)member(file, file->root, "name");
    struct fy_node *laws = value_of(file->root, "laws"), *law;
    void           *at   = NULL;
    assert_true(laws != NULL && fy_node_is_sequence(laws));
    while ((law = fy_node_sequence_iterate(laws, &at)) != NULL) {
        only_keys(file, law, law_keys);
        for (size_t i = 0; law_keys[i] != NULL; i++)
            (void)member(file, law, law_keys[i]);
        check_date(file, law);
    }
}

static void every_jurisdiction_names_its_laws_with_date_and_source(void **state)
{
    (void)state;
    assert_true(each_file("jurisdictions", check_jurisdiction, NULL) >= JURISDICTIONS_LEAST);
}

static void note_vendor(file_t *file, void *user)
{
    claims_t *all   = user;
    text_t    group = member(file, file->root, "group");
    assert_true(all->count < sizeof all->claims / sizeof all->claims[0]);
    claim_t *claim = &all->claims[all->count++];
    (void)snprintf(claim->owner, sizeof claim->owner, "%s", file->base);
    (void)snprintf(claim->value, sizeof claim->value, "%.*s", (int)group.size, group.at);
}

/* Every name of the sequence at `key` must be a vendor's id, or a vendor's group. */
static size_t check_names(const file_t *file, const char *key, const claims_t *vendors)
{
    struct fy_node *names = value_of(file->root, key), *name;
    void           *at    = NULL;
    size_t          count = 0;
    assert_true(names != NULL && fy_node_is_sequence(names));
    while ((name = fy_node_sequence_iterate(names, &at)) != NULL) {
        size_t      size;
        const char *text  = fy_node_get_scalar(name, &size);
        bool        known = false;
        for (size_t i = 0; i < vendors->count && !known; i++) {
            const char *candidate = strcmp(key, "vendors") == 0 ? vendors->claims[i].owner : vendors->claims[i].value;
            known                 = size == strlen(candidate) && memcmp(text, candidate, size) == 0;
        }
        if (!known)
            fail_msg("%s: nobody is called %.*s", file->path, (int)size, text);
        count++;
    }
    return count;
}

static void check_list(file_t *file, void *user)
{
    static const char *const keys[] = {"id", "title", "date", "source", "vendors", "groups", NULL};
    only_keys(file, file->root, keys);
    if (!text_is(file, file->root, "id", file->base))
        fail_msg("%s: the id is not the name of the file", file->path);
    (void)member(file, file->root, "title");
    (void)member(file, file->root, "source");
    check_date(file, file->root);
    assert_true(check_names(file, "vendors", user) + check_names(file, "groups", user) > 0);
}

static void every_list_names_known_vendors_with_date_and_source(void **state)
{
    (void)state;
    claims_t *vendors = calloc(1, sizeof *vendors);
    assert_non_null(vendors);
    (void)each_file("vendors", note_vendor, vendors);
    assert_true(each_file("lists", check_list, vendors) >= LISTS_LEAST);
    free(vendors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_signature_finds_the_version_in_its_sample),
        cmocka_unit_test(the_analyser_loads_it_all_and_names_each_sample),
        cmocka_unit_test(every_vendor_has_a_known_jurisdiction_and_sound_markers),
        cmocka_unit_test(no_marker_stands_twice),
        cmocka_unit_test(every_jurisdiction_names_its_laws_with_date_and_source),
        cmocka_unit_test(every_list_names_known_vendors_with_date_and_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
