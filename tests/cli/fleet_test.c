/* Many reports, two reports, and what has to go: as a user calls it. */
#include "report/dsse.h"
#include "report/keys.h"
#include "report/statement.h"
#include "support/fixture_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct { char directory[1024]; } place_t;

static void assert_sh(const place_t *place, int wanted, const char *command, const char *said)
{
    int status = run_status("cd '%s' && A=\"$ASSAY_BINARY\" && export ASSAY_DATA=\"$ASSAY_SOURCE\" && { %s ; } > out 2> err", place->directory,
                            command);
    if (status != wanted) {
        (void)run_status("cd '%s' && cat out err >&2", place->directory);
        fail_msg("%s exits with %d: %d was wanted\n", command, status, wanted);
    }
    if (said != NULL && run_status("cd '%s' && cat out err | grep -qF -- '%s'", place->directory, said) != 0) {
        (void)run_status("cd '%s' && cat out err >&2", place->directory);
        fail_msg("%s does not say: %s", command, said);
    }
}

static void put_report(const place_t *place, const char *name, report_t *report, const char *key)
{
    char            path[1200];
    EVP_PKEY       *signer   = NULL;
    bool            encrypted;
    buffer_t        json     = {0};
    dsse_envelope_t envelope = {.payload_type = strdup(STATEMENT_PAYLOAD_TYPE)};
    assert_true(status_ok(statement_write(report, &envelope.payload)));
    if (key != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", place->directory, key);
        assert_true(status_ok(key_load_private(path, NULL, &signer, &encrypted)));
        assert_true(status_ok(dsse_add_signature(&envelope, signer)));
    }
    assert_true(status_ok(dsse_write(&envelope, &json)));
    (void)snprintf(path, sizeof path, "%s/%s", place->directory, name);
    write_file(path, buffer_span(&json));
    EVP_PKEY_free(signer);
    buffer_free(&json);
    dsse_free(&envelope);
    report_free(report);
}

static int make_place(void **state)
{
    static place_t place;
    if (getenv("ASSAY_BINARY") == NULL || access(getenv("ASSAY_BINARY"), X_OK) != 0) {
        print_error("the program itself is not built: build the target assay\n");
        return -1;
    }
    scratch_make(place.directory);
    assert_sh(&place, 0, "\"$A\" keygen k && \"$A\" keygen -o stranger && mkdir -p reports/sub", NULL);
    put_report(&place, "reports/bad.json", fixture_report(), "k");
    put_report(&place, "reports/sub/clean.json", fixture_clean_report(), "k");
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    scratch_remove(((place_t *)*state)->directory);
    return 0;
}

static void an_index_answers_for_everything_that_can_be_asked(void **state)
{
    assert_sh(*state, 0, "\"$A\" index reports", "2 read, 0 unchanged, 0 gone, 0 left out; 2 reports in the index");
    assert_sh(*state, 0, "\"$A\" index reports", "0 read, 2 unchanged");
    assert_sh(*state, 0, "cd reports; \"$A\" find component:busybox@1.19.4; test $(wc -l < ../out) = 2", "router.img/rootfs/bin/busybox");
    assert_sh(*state, 0, "cd reports; \"$A\" find component:busybox", "busybox@1.19.4");
    assert_sh(*state, 1, "cd reports; \"$A\" find component:busybox@1.19", NULL);
    assert_sh(*state, 0, "\"$A\" find vendor:listed-maker --index reports/.assay-index.sqlite; test $(wc -l < out) = 1", "reports/bad.json");
    assert_sh(*state, 0, "cd reports; \"$A\" find finding:backdoor-telnet", "critical");
    assert_sh(*state, 0, "cd reports; \"$A\" find finding:f0000000000abcdef", "f0000000000abcdef");
    assert_sh(*state, 0, "cd reports; \"$A\" find path:bin/busybox", "sub/clean.json");
    assert_sh(*state, 0, "cd reports; \"$A\" find path:busybox vendor:listed-maker; test $(wc -l < ../out) = 1", "bad.json");
    assert_sh(*state, 1, "cd reports; \"$A\" find path:usybox", NULL);
    assert_sh(*state, 0, "cd reports; \"$A\" find \"path:*/bus*x\" --json", "\"where\":\"router.img/rootfs/bin/busybox\"");
    assert_sh(*state, 0, "cd reports; \"$A\" find sha256:$(printf busybox | sha256sum | cut -c1-64)", "busybox");
    assert_sh(*state, 0, "cd reports; \"$A\" find verdict:inconclusive", "clean.json");
    assert_sh(*state, 2, "cd reports; \"$A\" find sha256:12", "64 hexadecimal digits");
    assert_sh(*state, 2, "cd reports; \"$A\" find nonsense", "one can look for");
    assert_sh(*state, 2, "cd reports; \"$A\" find \"vendor:x' OR 1=1\" && exit 9; \"$A\" find \"component:\"", "one can look for");
    assert_sh(*state, 2, "\"$A\" find vendor:x", ".assay-index.sqlite: ");
}

static void an_index_follows_what_changes_and_names_what_is_broken(void **state)
{
    assert_sh(*state, 1, "printf '{' > reports/broken.json; printf '{}' > reports/other.json; \"$A\" index reports", "broken.json: left out");
    assert_sh(*state, 1, "head -c 300 reports/bad.json > reports/sub/clean.json; \"$A\" index reports", "clean.json: left out");
    assert_sh(*state, 1, "cd reports; \"$A\" find path:busybox verdict:accept", NULL);
    assert_sh(*state, 0, "cp reports/bad.json reports/sub/clean.json; rm reports/broken.json reports/other.json; ln -s .. reports/sub/loop; \"$A\" index reports", "2 reports in the index");
    assert_sh(*state, 0, "rm reports/sub/clean.json; \"$A\" index reports", "1 gone");
    assert_sh(*state, 0, "cd reports; \"$A\" find vendor:listed-maker; test $(wc -l < ../out) = 1", "bad.json");
    assert_sh(*state, 2, "echo hello, this is no index at all > no.sqlite; \"$A\" index reports --index no.sqlite", "not a database");
    assert_sh(*state, 2, "\"$A\" find vendor:x --index no.sqlite", "not a database");
}

static void two_may_fill_an_index_at_once(void **state)
{
    assert_sh(*state, 0, "mkdir many; for i in $(seq 40); do cp reports/bad.json many/$i.json; done; p=; for i in 1 2 3; do \"$A\" index -q many & p=\"$p $!\"; done; "
                         "for q in $p; do wait $q || exit 7; done; \"$A\" index many", "40 reports in the index");
    assert_sh(*state, 0, "cd many; \"$A\" find vendor:listed-maker; test $(wc -l < ../out) = 40", NULL);
}

static void a_difference_is_told_in_three_forms(void **state)
{
    const place_t *place = *state;
    put_report(place, "old.json", fixture_report(), "k");
    put_report(place, "new.json", fixture_clean_report(), "k");
    assert_sh(place, 0, "\"$A\" diff old.json old.json", "origins: 0");
    assert_sh(place, 0, "\"$A\" diff old.json new.json", "- listed-maker  definitive, CN  gone: no marker of any strength");
    assert_sh(place, 0, "\"$A\" diff old.json new.json", "- backdoor-telnet f0000000000abcdef in rootfs/bin/busybox");
    assert_sh(place, 0, "\"$A\" diff new.json old.json", "+ listed-maker");
    assert_sh(place, 0, "\"$A\" diff old.json new.json -f json -o d.json; python3 -c \"import json;d=json.load(open('d.json'));assert d['newFindings']==0 and len(d['origins'])==2,d\"", NULL);
    assert_sh(place, 0, "\"$A\" diff old.json new.json -f html -o d.html; python3 -c \"import html.parser;p=html.parser.HTMLParser();p.feed(open('d.html').read());p.close()\"; grep -c '<script' d.html; test $? = 1", NULL);
    assert_sh(place, 2, "\"$A\" diff old.json new.json -f tarot", "text, json or html");
    assert_sh(place, 2, "\"$A\" diff old.json", "two reports");
}

static void a_vendor_of_whom_something_is_left_is_not_gone(void **state)
{
    report_t *left = fixture_clean_report();
    fixture_add_finding(left, "note", FINDING_ANOMALY, SEVERITY_INFO, 10);
    left->findings[left->finding_count - 1].title = "built by Listed-Maker Ltd";
    put_report(*state, "left.json", left, NULL);
    assert_sh(*state, 0, "\"$A\" diff old.json left.json", "not proven gone: finding");
}

static void a_gate_is_shut_by_what_is_new_only(void **state)
{
    report_t *worse = fixture_clean_report(), *less = fixture_clean_report();
    fixture_add_finding(worse, "secret-key", FINDING_SECRET, SEVERITY_HIGH, 90);
    less->coverage = (report_coverage_t){.bytes = 4096, .explained = 4000, .unknown = 96, .parts_per_million = 976562};
    put_report(*state, "worse.json", worse, "k");
    put_report(*state, "less.json", less, "k");
    assert_sh(*state, 0, "\"$A\" diff --gate new.json new.json -k k.pub", NULL);
    assert_sh(*state, 0, "\"$A\" diff --gate worse.json worse.json -k k.pub", NULL);
    assert_sh(*state, 0, "\"$A\" diff --gate old.json new.json -k k.pub; \"$A\" diff --gate worse.json new.json -k k.pub", NULL);
    assert_sh(*state, 1, "\"$A\" diff --gate new.json worse.json -k k.pub", "gate: 1 new finding");
    assert_sh(*state, 1, "\"$A\" diff --gate new.json old.json", "gate: 1 new vendor");
    assert_sh(*state, 1, "\"$A\" diff --gate new.json less.json", "gate: 23438 of a million bytes less are explained");
    assert_sh(*state, 0, "\"$A\" diff --gate --coverage-loss 23438 new.json less.json", NULL);
    assert_sh(*state, 2, "\"$A\" diff --gate --coverage-loss all new.json less.json", "parts per million");
    assert_sh(*state, 2, "\"$A\" diff --gate left.json new.json -k k.pub", "left.json: NOT verified");
    assert_sh(*state, 2, "\"$A\" diff --gate new.json new.json -k stranger.pub", "NOT verified");
}

static void a_plan_lists_what_has_to_go_and_what_remains(void **state)
{
    assert_sh(*state, 1, "\"$A\" plan old.json -p ndaa-889", "router.img/rootfs/bin/busybox");
    assert_sh(*state, 1, "\"$A\" plan old.json -p ndaa-889", "needed by router.img/rootfs/bin/sh");
    assert_sh(*state, 1, "\"$A\" plan old.json -p ndaa-889", "The verdict is reject now and would be");
    assert_sh(*state, 1, "\"$A\" plan old.json -p ndaa-889 --json > p.json; c=$?; python3 -c \"import json;d=json.load(open('p.json'));assert any(e['fact']=='origin:listed-maker' for e in d['entries']),d\" && exit $c", NULL);
    assert_sh(*state, 0, "\"$A\" plan new.json -p ndaa-889", "Nothing has to go");
    assert_sh(*state, 2, "\"$A\" plan new.json", "needs --policy");
}

static void policies_are_asked_for_days_and_places(void **state)
{
    assert_sh(*state, 2, "\"$A\" policy check new.json -p default --as-of 2026-02-30", "a date like 2029-12-31");
    assert_sh(*state, 2, "\"$A\" policy check new.json -p default --placement nowhere", "core, access, edge or management");
    assert_sh(*state, 2, "\"$A\" policy check new.json -p default --plan nowhere", "nowhere: cannot read the plan");
    assert_sh(*state, 0, "\"$A\" policy explain new.json -p default --as-of 2026-02-03 --placement core --json | python3 -m json.tool",
              "\"asOf\": \"2026-02-03\"");
    assert_sh(*state, 1, "\"$A\" policy explain old.json -p default", "These facts would have to go, and fewer of them would not do:");
    assert_sh(*state, 0, "\"$A\" policy export ndaa-889 --json | python3 -m json.tool", "\"id\": \"ndaa-889\"");
    assert_sh(*state, 1, "mkdir t; cp new.json t/r.json; printf 'assay-policy-test: 1\\npolicy: default\\nreport: r.json\\ncases:\\n  - {name: never, expect: reject}\\n' > t/t.yaml; \"$A\" policy test t/t.yaml",
              "t/t.yaml:5: never: accept instead of reject");
    assert_sh(*state, 2, "sed -i s/expect/expekt/ t/t.yaml; \"$A\" policy test t/t.yaml", "t/t.yaml:5:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_answers_for_everything_that_can_be_asked),
        cmocka_unit_test(an_index_follows_what_changes_and_names_what_is_broken),
        cmocka_unit_test(two_may_fill_an_index_at_once),
        cmocka_unit_test(a_difference_is_told_in_three_forms),
        cmocka_unit_test(a_vendor_of_whom_something_is_left_is_not_gone),
        cmocka_unit_test(a_gate_is_shut_by_what_is_new_only),
        cmocka_unit_test(a_plan_lists_what_has_to_go_and_what_remains),
        cmocka_unit_test(policies_are_asked_for_days_and_places),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
