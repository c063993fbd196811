/* assay rules, as a user calls it: on our rules, and on a data directory in which things are wrong. */
#include "support/sample.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct { char directory[1024]; } place_t;

/* Runs in the place, with the program as $A and our data as $S; its output goes to out and err there. */
static void assert_sh(const place_t *place, int wanted, const char *command, const char *said)
{
    int status = run_status("cd '%s' && A=\"$ASSAY_BINARY\" && S=\"$ASSAY_SOURCE\" && { %s ; } > out 2> err", place->directory, command);
    if (status != wanted || (said != NULL && run_status("cd '%s' && cat out err | grep -qF -- '%s'", place->directory, said) != 0)) {
        (void)run_status("cd '%s' && tail -n 40 out err >&2", place->directory);
        fail_msg("%s exits with %d (%d was wanted) or does not say: %s", command, status, wanted, said != NULL ? said : "");
    }
}

/* A data directory with one good rule of its own. */
static place_t make_place(void)
{
    place_t place;
    scratch_make(place.directory);
    assert_sh(&place, 0, "mkdir -p d/corpus/samples/rules/not && cp -r $S/corpus/vendors $S/corpus/jurisdictions $S/corpus/lists $S/corpus/components $S/corpus/policies $S/corpus/passwords d/corpus/ && "
                         "mkdir -p d/rules/backdoor && echo open sesame > d/corpus/samples/rules/sesame.txt && echo nothing here > d/corpus/samples/rules/not/plain.txt", NULL);
    return place;
}

#define RULE(id, more, condition) \
    "printf '%s\\n' 'rule " id " { meta: id = \"" id "\" kind = \"backdoor\" severity = \"high\" confidence = 80 description = \"About " id "\" author = \"a\" date = \"2024-01-01\" " more " " \
    condition " }' >> d/rules/backdoor/one.yar"
#define SESAME "reference = \"https://example.org\" sample = \"corpus/samples/rules/sesame.txt\""

static void our_rules_are_without_fault(void **state)
{
    (void)state;
    place_t place = make_place();
    assert_sh(&place, 0, "$A rules lint --data $S", " 0 faults");
    assert_sh(&place, 0, "$A rules test --data $S", " 0 failures");
    assert_sh(&place, 0, "$A rules list --data $S > list && test $(wc -l < list) -ge 400 && cat list", "dlink-joel-user-agent ");
    scratch_remove(place.directory);
}

static void a_rule_that_does_not_do_what_it_says_is_named(void **state)
{
    (void)state;
    static const struct { const char *rule, *said; } cases[] = {
        {RULE("sesame", SESAME, "strings: $a = \"open sesame\" condition: $a"), "1 rules, 0 failures"},
        {RULE("sesame", SESAME, "strings: $a = \"shut sesame\" condition: $a"), "sesame: does not match its sample"},
        {RULE("sesame", SESAME, "strings: $a = \"here\" condition: $a or filesize > 12"), "sesame: matches"},
        {RULE("sesame", SESAME, "strings: $a = \"open\" condition: $a or filesize == 12"), "sesame: matches its sample without its texts"},
        {RULE("sesame", "sample = \"corpus/samples/rules/gone.txt\"", "strings: $a = \"open\" condition: $a"), "sesame: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        place_t place = make_place();
        assert_sh(&place, 0, cases[i].rule, NULL);
        assert_sh(&place, i == 0 ? 0 : 1, "$A rules test --data d", cases[i].said);
        scratch_remove(place.directory);
    }
}

static void what_a_rule_does_not_say_is_named(void **state)
{
    (void)state;
    static const struct { const char *rule, *said; } cases[] = {
        {RULE("sesame", SESAME, "condition: filesize == 7"), " 0 faults"},
        {RULE("sesame", "sample = \"corpus/samples/rules/sesame.txt\"", "condition: filesize == 7"), "rule sesame: it has no reference"},
        {RULE("sesame", "reference = \"r\" sample = \"corpus/samples/rules/gone.txt\"", "condition: filesize == 7"), "rule sesame: its sample is not there"},
        {RULE("sesame", SESAME, "condition: filesize == 7") " && " RULE("twin", SESAME, "condition: filesize == 8"), "rule twin: says or shows the same as sesame"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        place_t place = make_place();
        assert_sh(&place, 0, cases[i].rule, NULL);
        assert_sh(&place, i == 0 ? 0 : 1, "$A rules lint --data d", cases[i].said);
        scratch_remove(place.directory);
    }
}

static void a_pack_is_linted_and_scanned_with_and_what_is_left_out_stands_in_the_report(void **state)
{
    (void)state;
    place_t place = make_place();
    assert_sh(&place, 0, RULE("sesame", SESAME, "strings: $a = \"open sesame\" condition: $a"), NULL);
    assert_sh(&place, 0, "mkdir p && echo 'rule good { strings: $a = \"sesame\" condition: $a }' > p/good.yar && echo 'rule bad {' > p/bad.yar", NULL);
    assert_sh(&place, 1, "$A rules lint --data d --rules p", "bad.yar:");
    assert_sh(&place, 0, "$A rules list --data d --rules p", "extra/good.yar:good");
    assert_sh(&place, 0, "$A scan -q --data d --rules p -o r.json d/corpus/samples/rules/sesame.txt; "
                         "python3 -c 'import base64,json; r=json.loads(base64.b64decode(json.load(open(\"r.json\"))[\"payload\"]))[\"predicate\"]; "
                         "s=[x for x in r[\"scanner\"][\"sources\"] if x[\"name\"]==\"extra-rules: p\"][0]; print(s[\"disabled\"], s[\"count\"], [f[\"rule\"] for f in r[\"findings\"]])' > said && grep -qF extra/good.yar:good said && cat said",
              "bad.yar:");
    scratch_remove(place.directory);
}

static void the_compiled_set_is_written_and_time_is_told(void **state)
{
    (void)state;
    place_t place = make_place();
    assert_sh(&place, 0, RULE("sesame", SESAME, "strings: $a = \"open sesame\" condition: $a"), NULL);
    assert_sh(&place, 0, "$A rules compile --data d -o d/rules.compiled && $A rules time --brief --data d d/corpus/samples/rules/sesame.txt", "compiled set)");
    assert_sh(&place, 2, "$A rules compile --data d", "compile needs --output");
    assert_sh(&place, 2, "$A rules", "rules wants");
    assert_sh(&place, 2, "$A rules list --data d --rules nowhere", "nowhere");
    scratch_remove(place.directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_rules_are_without_fault),
        cmocka_unit_test(a_rule_that_does_not_do_what_it_says_is_named),
        cmocka_unit_test(what_a_rule_does_not_say_is_named),
        cmocka_unit_test(a_pack_is_linted_and_scanned_with_and_what_is_left_out_stands_in_the_report),
        cmocka_unit_test(the_compiled_set_is_written_and_time_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
