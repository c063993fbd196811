#include "base/canonical.h"
#include "report/reader.h"
#include "report/statement.h"
#include "support/fixture_report.h"

#include <stdlib.h>

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

static void the_same_report_gives_the_same_bytes(void **state)
{
    (void)state;
    report_t *first = fixture_report(), *second = fixture_report();
    buffer_t  a = fixture_statement(first), b = fixture_statement(second);
    assert_true(span_equal(buffer_span(&a), buffer_span(&b)));
    buffer_free(&a);
    buffer_free(&b);
    report_free(first);
    report_free(second);
}

/* Inside our subset of JSON, python's sorted and compact form is the canonical one. */
static void python_finds_the_statement_canonical(void **state)
{
    (void)state;
    char      directory[1024], path[1100];
    report_t *report    = fixture_report();
    buffer_t  statement = fixture_statement(report);
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/statement.json", directory);
    write_file(path, buffer_span(&statement));
    run("python3 -c 'import json,sys; b=open(sys.argv[1],\"rb\").read(); "
        "sys.exit(json.dumps(json.loads(b), sort_keys=True, separators=(\",\",\":\"), ensure_ascii=False).encode() != b)' '%s'", path);
    scratch_remove(directory);
    buffer_free(&statement);
    report_free(report);
}

static void the_schema_holds_every_report(void **state)
{
    (void)state;
    static const char check[] = "import json,sys,jsonschema; s=json.load(open(sys.argv[1])); v=jsonschema.Draft202012Validator(s); v.check_schema(s); "
                                "e=[x.json_path+\": \"+x.message[:200] for x in v.iter_errors(json.load(open(sys.argv[2])))]; print(*e,sep=\"\\n\") if e else 0; sys.exit(bool(e))";
    char      directory[1024];
    report_t *reports[] = {fixture_report(), fixture_clean_report()};
    scratch_make(directory);
    if (run_status("python3 -c 'import jsonschema' 2>/dev/null") != 0)
        fail_msg("this test needs the package python3-jsonschema");
    for (size_t i = 0; i < 2; i++) {
        char     path[1100];
        buffer_t statement = fixture_statement(reports[i]);
        (void)snprintf(path, sizeof path, "%s/statement.json", directory);
        write_file(path, buffer_span(&statement));
        run("python3 -c '%s' \"$ASSAY_SOURCE/docs/report.schema.json\" '%s'", check, path);
        /* And it does not hold just anything. */
        run("sed 's/\"kind\":\"backdoor\"/\"kind\":\"frontdoor\"/; s/\"partsPerMillion\":1000000/\"partsPerMillion\":1000001/' '%s' > '%s.bad'", path, path);
        assert_int_not_equal(run_status("python3 -c '%s' \"$ASSAY_SOURCE/docs/report.schema.json\" '%s.bad' > /dev/null", check, path), 0);
        buffer_free(&statement);
        report_free(reports[i]);
    }
    scratch_remove(directory);
}

static void reading_a_report_and_writing_it_again_changes_nothing(void **state)
{
    (void)state;
    report_t *reports[] = {fixture_report(), fixture_clean_report()};
    for (size_t i = 0; i < 2; i++) {
        report_t *again;
        char      why[REPORT_WHY];
        buffer_t  statement = fixture_statement(reports[i]);
        status_t  status    = reader_report(buffer_span(&statement), &again, why);
        if (!status_ok(status))
            fail_msg("%s", why);
        buffer_t second = fixture_statement(again);
        assert_true(span_equal(buffer_span(&statement), buffer_span(&second)));
        buffer_free(&statement);
        buffer_free(&second);
        report_free(again);
        report_free(reports[i]);
    }
}

static void two_inputs_of_one_name_are_two_subjects(void **state)
{
    (void)state;
    report_t       *report = fixture_report();
    report_input_t *two    = arena_array(report->arena, 2, sizeof *two);
    two[0] = two[1]        = report->inputs[0];
    two[1].sha256.bytes[0] ^= 1;
    report->inputs      = two;
    report->input_count = 2;
    buffer_t statement  = fixture_statement(report);
    buffer_append_byte(&statement, '\0');
    assert_non_null(strstr((char *)statement.at, "\"name\":\"router.img~2\"}]}"));
    buffer_free(&statement);
    report_free(report);
}

static void an_acceptance_without_a_policy_cannot_be_written(void **state)
{
    (void)state;
    report_t *report       = fixture_clean_report();
    buffer_t  out          = {0};
    report->verdict.result = VERDICT_ACCEPT;
    assert_false(status_ok(statement_write(report, &out)));
    buffer_free(&out);
    report_free(report);
}

/* Replaces the first `from` in a statement by `to`; the result is to be freed. */
static buffer_t replaced(span_t statement, const char *from, const char *to)
{
    const uint8_t *at = memmem(statement.at, statement.size, from, strlen(from));
    if (at == NULL)
        fail_msg("the statement has no %s", from);
    buffer_t out = {0};
    buffer_append(&out, span_from(statement.at, (size_t)(at - statement.at)));
    buffer_append_text(&out, to);
    buffer_append(&out, span_from(at + strlen(from), statement.size - (size_t)(at - statement.at) - strlen(from)));
    return out;
}

static void a_report_that_does_not_hold_is_refused_and_says_where(void **state)
{
    (void)state;
    static const struct { const char *from, *to, *why; } lies[] = {
        {"\"parent\":\"a1\"", "\"parent\":\"a9\"", "artifacts[1].parent: names an artifact that is not there"},
        {"\"parent\":\"a1\"", "\"parent\":\"a2\"", "artifacts[1].parent: does not stand before its child"},
        {"\"parent\":\"a1\"", "\"parent\":\"a01\"", "artifacts[1].parent: is not the id of an artifact"},
        {"\"id\":\"a2\"", "\"id\":\"a3\"", "artifacts[1].id: is out of order"},
        {"\"type\":\"payload\"", "\"type\":\"pay\"", "artifacts[1].type: is a name that we do not know"},
        {"\"mode\":493", "\"mode\":4096", "artifacts[2].mode: is not an integer in its range"},
        {"\"kind\":\"padding\",\"length\":2000", "\"kind\":\"padding\",\"length\":2001", "regions overlap"},
        {"\"kind\":\"padding\",\"length\":2000", "\"kind\":\"padding\",\"length\":1999", "a gap between regions"},
        {"\"length\":20,", "\"length\":19,", "the regions end before the blob does"},
        {"\"explained\":4076", "\"explained\":4077", "coverage[0]: explained and unknown bytes do not add up"},
        {"\"limits\":[\"", "\"limits\":[\"x", "limits[0]: is not the list of those findings"},
        {"\"damage\":[\"f0000000000abcdf0\"]", "\"damage\":[]", "damage[0]: is not the list of those findings"},
        {"\"severity\":\"critical\"", "\"severity\":\"harmless\"", "findings[0].severity: is a name that we do not know"},
        {"\"confidence\":95", "\"confidence\":101", "components[0].confidence: is not an integer in its range"},
        {"\"path\":\"router.img\"", "\"path\":\"router\\u001b.img\"", "artifacts[0].path: holds characters that a report escapes"},
        {"\"path\":\"router.img\"", "\"path\":\"router\xE2\x80\xAE.img\"", "artifacts[0].path: holds characters that a report escapes"},
        {"\"path\":\"router.img\"", "\"path\":7", "artifacts[0].path: is not a text"},
        {"\"result\":\"inconclusive\"", "\"result\":\"accept\"", "verdict[0].result: accepts without a policy"},
        {"report/v1\"", "report/v2\"", "predicateType: is not a report of ours"},
        {"in-toto.io/Statement/v1", "in-toto.io/Statement/v2", "_type: is not an in-toto Statement v1"},
        {"\"subject\":[{\"digest\":{\"sha256\":\"f4", "\"subject\":[{\"digest\":{\"sha256\":\"f5", "subject[0]: is not the input of the same place"},
        {"\"size\":4096", "\"size\": 4096", "not canonical JSON"},
        {"\"size\":4096", "\"size\":4096.0", "a number that is not an integer"},
        {"\"size\":4096", "\"size\":9007199254740992", "an integer beyond 2^53-1"},
        {"\"size\":4096", "\"size\":4096,\"size\":4096", "a key that stands twice"},
        {"\"uid\":0", "\"uid\":4294967296", "artifacts[2].uid: is not an integer in its range"},
    };
    report_t *report    = fixture_report();
    buffer_t  statement = fixture_statement(report);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        report_t *read;
        char      why[REPORT_WHY];
        buffer_t  lie = replaced(buffer_span(&statement), lies[i].from, lies[i].to);
        assert_false(status_ok(reader_report(buffer_span(&lie), &read, why)));
        if (strstr(why, lies[i].why) == NULL)
            fail_msg("%s → %s is refused with: %s", lies[i].from, lies[i].to, why);
        buffer_free(&lie);
    }
    buffer_free(&statement);
    report_free(report);
}

static void members_of_later_minor_versions_are_ignored(void **state)
{
    (void)state;
    report_t *report = fixture_report(), *read;
    char      why[REPORT_WHY];
    buffer_t  statement = fixture_statement(report);
    buffer_t  later     = replaced(buffer_span(&statement), "\"uid\":0}", "\"uid\":0,\"zone\":{\"new\":[true]}}");
    assert_true(status_ok(reader_report(buffer_span(&later), &read, why)));
    report_free(read);
    buffer_free(&later);
    buffer_free(&statement);
    report_free(report);
}

/* Whatever is read after a mutation must also write again, to the same bytes: nothing gets in that we would not have written
 * (later members and the names of subjects, which are not kept, aside). */
static void mutated_reports_are_refused_or_hold(void **state)
{
    (void)state;
    report_t *report    = fixture_report();
    buffer_t  statement = fixture_statement(report);
    uint64_t  seed      = 20261124;
    size_t    held      = 0;
    for (size_t round = 0; round < 6000; round++) {
        uint8_t *copy = malloc(statement.size);
        size_t   size = round % 10 == 9 ? (size_t)(next_random(&seed) % statement.size) : statement.size;
        assert_non_null(copy);
        memcpy(copy, statement.at, statement.size);
        for (uint64_t n = round % 3 + 1; n > 0 && size > 0; n--) {
            static const char likely[] = "0123456789abcdef{}[]\",:\\";
            uint64_t          r        = next_random(&seed);
            copy[r % size]             = (r >> 40) % 2 == 0 ? (uint8_t)(r >> 48) : (uint8_t)likely[(r >> 48) % (sizeof likely - 1)];
        }
        report_t *read;
        char      why[REPORT_WHY] = "";
        if (status_ok(reader_report(span_from(copy, size), &read, why))) {
            buffer_t again = fixture_statement(read);
            assert_true(status_ok(json_check_canonical(buffer_span(&again))));
            buffer_free(&again);
            report_free(read);
            held++;
        } else {
            assert_true(why[0] != '\0');
        }
        free(copy);
    }
    assert_true(held > 0);
    buffer_free(&statement);
    report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_report_gives_the_same_bytes),
        cmocka_unit_test(python_finds_the_statement_canonical),
        cmocka_unit_test(the_schema_holds_every_report),
        cmocka_unit_test(reading_a_report_and_writing_it_again_changes_nothing),
        cmocka_unit_test(two_inputs_of_one_name_are_two_subjects),
        cmocka_unit_test(an_acceptance_without_a_policy_cannot_be_written),
        cmocka_unit_test(a_report_that_does_not_hold_is_refused_and_says_where),
        cmocka_unit_test(members_of_later_minor_versions_are_ignored),
        cmocka_unit_test(mutated_reports_are_refused_or_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
