/* What is loaded before a scan: good data loads and has stable digests, wrong data is refused with file and line. */
#include "support/analysis.h"

#include <stdio.h>

static const char vendor_fox[] = "id: fox\nname: Fox Networks\ngroup: Fox Group\njurisdiction: NO\nmarkers:\n"
                                 "  - {kind: string, value: \"Fox Versatile Router\", strength: definitive, source: \"a test\"}\n";
static const char norway[]     = "id: NO\nname: Norway\nlaws:\n  - {title: A law, date: 2020-01-01, effect: all, source: \"https://example.org\"}\n";
static const char list[]       = "id: watch\ntitle: Watch list\ndate: 2024-02-02\nsource: a test\nvendors: [fox]\ngroups: [Fox Group]\n";
static const char badger[]     = "name: badger\nsupplier: Badger project\npurl: pkg:generic/badger\ncpe: badger:badger\nlicence: MIT\nurl: https://example.org\n"
                                 "signatures:\n  - {anchor: \"Badger v\", version: 'Badger v(\\d+\\.\\d+)', confidence: 90}\n";
static const char meta[]       = "id = \"r1\" kind = \"backdoor\" severity = \"high\" confidence = 80 description = \"d\" author = \"a\" date = \"2024-01-01\"";

static void fill(lab_t *lab)
{
    lab_make(lab);
    lab_file(lab, "corpus/vendors/fox.yaml", "%s", vendor_fox);
    lab_file(lab, "corpus/jurisdictions/NO.yaml", "%s", norway);
    lab_file(lab, "corpus/lists/watch.yaml", "%s", list);
    lab_file(lab, "corpus/components/badger.yaml", "%s", badger);
    lab_file(lab, "rules/backdoor/one.yar", "rule one { meta: %s strings: $a = \"open sesame\" condition: $a }\n", meta);
}

static void sound_data_loads_and_is_found_by_id(void **state)
{
    (void)state;
    lab_t lab;
    fill(&lab);
    lab_open(&lab, NULL);
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    const knowledge_t *k   = analyser_knowledge(lab.analyser);
    const vendor_t    *fox = knowledge_vendor(k, "fox");
    assert_non_null(fox);
    assert_string_equal(fox->jurisdiction, "NO"); /* a string, not false */
    assert_string_equal(knowledge_jurisdiction(k, "NO")->laws[0].date, "2020-01-01");
    assert_non_null(list_entry_of(&k->lists[0], fox));
    assert_null(knowledge_vendor(k, "foxes"));
    report_source_t *sources;
    size_t           count = analyser_sources(lab.analyser, lab.arena, &sources);
    assert_int_equal(count, 7);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(strlen(sources[i].digest), 64);
        assert_true(i == 0 || strcmp(sources[i - 1].name, sources[i].name) < 0);
    }
    report_fact_t *libraries;
    assert_true(analyser_libraries(lab.arena, &libraries) >= 5);
    lab_remove(&lab);
}

static void a_digest_follows_content_and_name_and_nothing_else(void **state)
{
    (void)state;
    lab_t            lab;
    report_source_t *before, *after;
    fill(&lab);
    lab_open(&lab, NULL);
    size_t count = analyser_sources(lab.analyser, lab.arena, &before);
    run("touch -d 2001-01-01 '%s/rules/backdoor/one.yar'", lab.directory);
    lab_open(&lab, NULL);
    assert_int_equal(analyser_sources(lab.analyser, lab.arena, &after), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(before[i].digest, after[i].digest);
    run("mv '%s/rules/backdoor/one.yar' '%s/rules/backdoor/two.yar'", lab.directory, lab.directory);
    lab_open(&lab, NULL);
    (void)analyser_sources(lab.analyser, lab.arena, &after);
    for (size_t i = 0; i < count; i++)
        assert_true((strcmp(before[i].digest, after[i].digest) != 0) == (strcmp(before[i].name, "rules") == 0));
    lab_remove(&lab);
}

/* Is `expected`, which names file and line, in `why`, which names the column as well? */
static bool tells(const char *why, const char *expected)
{
    char        begin[1024];
    const char *colon = strstr(expected, ".yaml:") != NULL ? strstr(expected, ": ") : NULL;
    if (colon == NULL || colon[-1] == 'l') /* no line: of the file as a whole */
        return strstr(why, expected) != NULL;
    (void)snprintf(begin, sizeof begin, "%.*s:", (int)(colon - expected), expected);
    const char *at = strstr(why, begin);
    if (at == NULL)
        return false;
    at += strlen(begin);
    size_t digits = strspn(at, "0123456789");
    return digits > 0 && strncmp(at + digits, colon, strlen(colon)) == 0;
}

/* The file, written over, makes the analyser refuse with a text that holds `expected`. */
static void refuse(const char *path, const char *content, const char *expected)
{
    lab_t lab;
    fill(&lab);
    lab_file(&lab, path, "%s", content);
    lab_open(&lab, NULL);
    if (lab.why == NULL || !tells(lab.why, expected))
        fail_msg("%s is refused with \"%s\", not \"%s\"", path, lab.why != NULL ? lab.why : "nothing", expected);
    lab_remove(&lab);
}

static void wrong_knowledge_is_refused_with_file_and_line(void **state)
{
    (void)state;
    const char *fox = "corpus/vendors/fox.yaml";
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\nname: G\n", "corpus/vendors/fox.yaml:4: duplicate key");
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\ncolour: red\n", "corpus/vendors/fox.yaml:4: unknown key \"colour\"");
    refuse(fox, "id: fox\nname: &n F\njurisdiction: NO\n", "fox.yaml:2: anchors");
    refuse(fox, "id: fox\nname: *n\njurisdiction: NO\n", "fox.yaml:2: anchors");
    refuse(fox, "id: fox\nname: !!str F\njurisdiction: NO\n", "fox.yaml:2: tags");
    refuse(fox, "id: fox\nname:\njurisdiction: NO\n", "name must be a text");
    refuse(fox, "id: fox\njurisdiction: NO\n", "fox.yaml:1: \"name\" is missing");
    refuse(fox, "id: fox\nname: [F]\njurisdiction: NO\n", "fox.yaml:2: name must be a text");
    refuse(fox, "- id: fox\n", "fox.yaml:1: must be a mapping");
    refuse(fox, "", "fox.yaml: is empty");
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\n---\nid: x\n", "fox.yaml:5: more than one document");
    refuse(fox, "id: fox\nname: \"F\n", "fox.yaml:");
    refuse(fox, "id: fox\nname: \xff\njurisdiction: NO\n", "fox.yaml: is not UTF-8");
    refuse(fox, "id: wolf\nname: F\njurisdiction: NO\n", "fox.yaml:1: the id \"wolf\" is not the name of the file");
    refuse(fox, "id: fox\nname: F\njurisdiction: SE\n", "no jurisdiction has the id \"SE\"");
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\nmarkers:\n  - {kind: smell, value: abcd, strength: strong, source: s}\n", "fox.yaml:5: unknown kind of marker \"smell\"");
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\nmarkers:\n  - {kind: string, value: abcd, strength: sure, source: s}\n", "fox.yaml:5: strength must be");
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\nmarkers:\n  - {kind: string, value: abc, strength: strong, source: s}\n", "fox.yaml:5: a value that is searched for");
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\nmarkers:\n  - {kind: magic, value: 48574e5, hex: true, strength: strong, source: s}\n", "hexadecimal");
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\nmarkers:\n  - {kind: magic, value: 48574e50, hex: yes, strength: strong, source: s}\n", "true or false");
    refuse(fox, "id: fox\nname: F\njurisdiction: NO\nmarkers: none\n", "fox.yaml:4: markers must be a list");
    refuse("corpus/lists/watch.yaml", "id: watch\ntitle: t\ndate: d\nsource: s\nvendors: [wolf]\n", "no vendor has the id \"wolf\"");
    refuse("corpus/lists/watch.yaml", "id: watch\ntitle: t\ndate: d\nsource: s\ngroups: [Pack]\n", "no vendor is of the group \"Pack\"");
    refuse("corpus/vendors/sub/fox.yaml", vendor_fox, "two files have the id \"fox\"");
}

static void wrong_components_are_refused_with_file_and_line(void **state)
{
    (void)state;
    const char *file = "corpus/components/x.yaml";
    refuse(file, "name: x\n", "x.yaml:1: nothing to find it by");
    refuse(file, "name: x\nfiles: [\"xtool\"]\n", "x.yaml:1: nothing to find it by");
    refuse(file, "name: x\nfiles: [\"lib*x.so\"]\n", "files: a \"*\" may only end a name");
    refuse(file, "name: x\nfiles: [\"libx.so*\"]\nfile-version: \"libx.so\"\n", "file-version must hold one");
    refuse(file, "name: x\nfiles: [\"libx.so*\"]\nlone-version: 'v1'\n", "lone-version must have a group");
    refuse(file, "name: x\nfiles: [\"libx.so*\"]\nnot: '('\n", "not, at character");
    refuse(file, "name: x\nsignatures:\n  - {anchor: \"x v\", version: 'x v(1)', confidence: 90}\n", "x.yaml:3: an anchor must have");
    refuse(file, "name: x\nsignatures:\n  - {anchor: \"xxx v\", version: 'xxx v(1', confidence: 90}\n", "x.yaml:3: version, at character");
    refuse(file, "name: x\nsignatures:\n  - {anchor: \"xxx v\", version: 'xxx v1', confidence: 90}\n", "x.yaml:3: version must have a group");
    refuse(file, "name: x\nsignatures:\n  - {anchor: \"xxx v\", version: 'xxx v(1)', confidence: 101}\n", "confidence must be a number from 0 to 100");
    refuse(file, "name: x\npurl: generic/x\nsignatures:\n  - {anchor: \"xxx v\", version: 'xxx v(1)', confidence: 1}\n", "purl must be");
    refuse(file, "name: x\ncpe: X:x\nsignatures:\n  - {anchor: \"xxx v\", version: 'xxx v(1)', confidence: 1}\n", "cpe must be");
}

static void wrong_rules_are_refused_with_file_and_line(void **state)
{
    (void)state;
    const char *file = "rules/secret/x.yar";
    char        text[1024];
    refuse(file, "rule x {\n  condition:\n    nonsense\n}\n", "rules/secret/x.yar:3: undefined identifier");
    refuse(file, "include \"/etc/passwd\"\n", "rules/secret/x.yar:1:");
    refuse(file, "rule x { condition: true }\n", "rules/secret/x.yar: rule x: meta id is missing");
    (void)snprintf(text, sizeof text, "rule x { meta: %s condition: true }", meta);
    refuse(file, text, "the id \"r1\" is taken");
    (void)snprintf(text, sizeof text, "import \"time\"\nrule x { meta: %s condition: time.now() > 5 }", "id = \"r2\" kind = \"secret\" severity = \"low\" confidence = 1 description = \"d\" author = \"a\" date = \"b\"");
    refuse(file, text, "imports \"time\"");
    refuse(file, "rule x { meta: id = \"r2\" kind = \"odd\" severity = \"low\" confidence = 1 description = \"d\" author = \"a\" date = \"b\" condition: true }",
           "meta kind is missing or wrong");
    refuse(file, "rule x { meta: id = \"r2\" kind = \"vendor\" vendor = \"wolf\" strength = \"strong\" severity = \"low\" confidence = 1 description = \"d\" author = \"a\" "
                 "date = \"b\" condition: filesize == 7 }", "rule r2: no vendor has the id \"wolf\"");
}

static void a_missing_folder_is_refused(void **state)
{
    (void)state;
    lab_t lab;
    fill(&lab);
    run("rm -r '%s/corpus/lists'", lab.directory);
    lab_open(&lab, NULL);
    assert_non_null(lab.why);
    assert_non_null(strstr(lab.why, "corpus/lists"));
    lab_remove(&lab);
}

static void rules_of_third_parties_load_beside_ours(void **state)
{
    (void)state;
    lab_t lab;
    fill(&lab);
    lab_file(&lab, "pack/a/x.yar", "rule same { strings: $a = \"first pack\" condition: $a }\n");
    lab_file(&lab, "pack/b/x.yar", "rule same { meta: severity = \"critical\" description = \"from b\" strings: $a = \"second pack\" condition: $a }\n");
    lab_open(&lab, "pack");
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    hearing_t h = lab_hear_text(&lab, "the first pack, the second pack, and open sesame");
    const heard_t *a = heard(&h, RECORD_FINDING, "extra/a/x.yar:same", 0), *b = heard(&h, RECORD_FINDING, "extra/b/x.yar:same", 0);
    assert_true(a != NULL && a->kind == FINDING_ANOMALY && a->severity == SEVERITY_MEDIUM && a->confidence == 50);
    assert_true(b != NULL && b->severity == SEVERITY_CRITICAL && strcmp(b->what, "from b") == 0);
    assert_non_null(heard(&h, RECORD_FINDING, "r1", 0));
    report_source_t *sources;
    size_t           count = analyser_sources(lab.analyser, lab.arena, &sources), found = 0;
    for (size_t i = 0; i < count; i++)
        found += strcmp(sources[i].name, "extra-rules: pack") == 0 && sources[i].count == 2 ? 1 : 0;
    assert_int_equal(found, 1);
    hearing_free(&h);
    lab_remove(&lab);
}

static const char *disabled_of(lab_t *lab)
{
    report_source_t *sources;
    size_t           count = analyser_sources(lab->analyser, lab->arena, &sources);
    for (size_t i = 0; i < count; i++)
        if (strcmp(sources[i].name, "extra-rules: pack") == 0)
            return sources[i].disabled != NULL ? sources[i].disabled : "";
    return "no pack";
}

static void what_is_wrong_in_a_pack_is_named_and_left_out_and_the_rest_stays(void **state)
{
    (void)state;
    lab_t lab;
    fill(&lab);
    lab_file(&lab, "pack/broken.yar", "rule broken {\n condition: }\n");
    lab_file(&lab, "pack/clock.yara", "import \"time\"\nrule clock { condition: time.now() > 5 }\n");
    lab_file(&lab, "pack/good.yara", "rule good { strings: $a = \"first pack\" condition: $a }\n");
    lab_file(&lab, "pack/leaves.yar", "include \"../../../etc/passwd\"\n");
    lab_file(&lab, "pack/slow.yar", "rule slow { condition: for any i in (0 .. filesize) : (for all j in (0 .. filesize) : (uint8(j) == i)) }\n"
                                    "rule quick { strings: $a = \"second pack\" condition: $a }\n");
    lab_open(&lab, "pack");
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    const char *disabled = disabled_of(&lab);
    const char *expected[] = {"broken.yar:2: ", "clock.yara: imports \"time\"", "leaves.yar:1: ", "slow.yar: rule slow: does not end within"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (strstr(disabled, expected[i]) == NULL)
            fail_msg("\"%s\" is not said: %s", expected[i], disabled);
    assert_null(strstr(disabled, "quick"));
    hearing_t h = lab_hear_text(&lab, "the first pack, the second pack, and open sesame");
    assert_non_null(heard(&h, RECORD_FINDING, "extra/good.yara:good", 0));
    assert_non_null(heard(&h, RECORD_FINDING, "extra/slow.yar:quick", 0));
    assert_non_null(heard(&h, RECORD_FINDING, "r1", 0));
    assert_int_equal(heard_count(&h, RECORD_LIMIT, NULL), 0);
    hearing_free(&h);
    lab_remove(&lab);
}

static void packs_include_their_own_files_and_use_the_variables_of_collections(void **state)
{
    (void)state;
    lab_t lab;
    fill(&lab);
    lab_file(&lab, "pack/index.yar", "include \"./sub/one.yar\"\ninclude \"sub/two.yar\"\n");
    lab_file(&lab, "pack/sub/one.yar", "include \"../shared.yar\"\nrule one { strings: $a = \"first pack\" condition: $a and shared }\n");
    lab_file(&lab, "pack/sub/two.yar", "rule two { strings: $a = \"second pack\" condition: $a and not filename matches /x/ and filepath == \"\" and "
                                       "extension != \".exe\" and filetype != \"PE\" and owner == \"\" and md5 == \"\" }\n");
    lab_file(&lab, "pack/shared.yar", "private rule shared { condition: filesize > 3 }\n");
    lab_open(&lab, "pack");
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    assert_string_equal(disabled_of(&lab), "");
    hearing_t h = lab_hear_text(&lab, "the first pack, the second pack");
    assert_int_equal(heard_count(&h, RECORD_FINDING, "extra/index.yar:one"), 1);
    assert_int_equal(heard_count(&h, RECORD_FINDING, "extra/index.yar:two"), 1);
    assert_int_equal(heard_count(&h, RECORD_FINDING, NULL), 2); /* not once more by themselves */
    hearing_free(&h);
    lab_remove(&lab);
}

/* The compiled set beside the data, as the build installs it. */
static void store_compiled(lab_t *lab)
{
    buffer_t out = {0};
    char     path[2048];
    assert_true(rules_save(analyser_rules(lab->analyser), &out));
    (void)snprintf(path, sizeof path, "%s/rules.compiled", lab->directory);
    write_file(path, buffer_span(&out));
    buffer_free(&out);
}

static void a_compiled_set_is_used_when_it_fits_and_finds_the_same(void **state)
{
    (void)state;
    lab_t lab;
    fill(&lab);
    lab_open(&lab, NULL);
    assert_false(rules_were_compiled(analyser_rules(lab.analyser)));
    store_compiled(&lab);
    lab_open(&lab, NULL);
    assert_true(rules_were_compiled(analyser_rules(lab.analyser)));
    hearing_t h = lab_hear_text(&lab, "open sesame, Fox Versatile Router, Badger v1.2");
    assert_non_null(heard(&h, RECORD_FINDING, "r1", 0));
    assert_non_null(heard(&h, RECORD_MARKER, "fox", 0));
    assert_string_equal(heard(&h, RECORD_COMPONENT, "badger", 0)->version, "1.2");
    hearing_free(&h);
    lab_remove(&lab);
}

static void a_compiled_set_of_other_sources_or_not_whole_is_left_aside(void **state)
{
    (void)state;
    lab_t lab;
    fill(&lab);
    lab_open(&lab, NULL);
    store_compiled(&lab);
    lab_file(&lab, "rules/backdoor/two.yar", "rule two { meta: id = \"r2\" kind = \"backdoor\" severity = \"high\" confidence = 80 description = \"d\" author = \"a\" "
                                             "date = \"2024-01-01\" strings: $a = \"close sesame\" condition: $a }\n");
    lab_open(&lab, NULL);
    assert_false(rules_were_compiled(analyser_rules(lab.analyser)));
    hearing_t h = lab_hear_text(&lab, "close sesame");
    assert_non_null(heard(&h, RECORD_FINDING, "r2", 0));
    hearing_free(&h);
    run("rm '%s/rules/backdoor/two.yar'; truncate -s -1 '%s/rules.compiled'", lab.directory, lab.directory);
    lab_open(&lab, NULL);
    assert_false(rules_were_compiled(analyser_rules(lab.analyser)));
    lab_remove(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_data_loads_and_is_found_by_id),
        cmocka_unit_test(a_digest_follows_content_and_name_and_nothing_else),
        cmocka_unit_test(wrong_knowledge_is_refused_with_file_and_line),
        cmocka_unit_test(wrong_components_are_refused_with_file_and_line),
        cmocka_unit_test(wrong_rules_are_refused_with_file_and_line),
        cmocka_unit_test(a_missing_folder_is_refused),
        cmocka_unit_test(rules_of_third_parties_load_beside_ours),
        cmocka_unit_test(what_is_wrong_in_a_pack_is_named_and_left_out_and_the_rest_stays),
        cmocka_unit_test(packs_include_their_own_files_and_use_the_variables_of_collections),
        cmocka_unit_test(a_compiled_set_is_used_when_it_fits_and_finds_the_same),
        cmocka_unit_test(a_compiled_set_of_other_sources_or_not_whole_is_left_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
