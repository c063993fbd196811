/* SARIF, HTML, CSV and DFXML: what they say, and what others think of their form. */
#include "report/bill_check.h"
#include "report/writers.h"
#include "support/bill_reports.h"

#include <stdio.h>
#include <stdlib.h>

static buffer_t written(const report_t *report, const char *name)
{
    buffer_t        out    = {0};
    const writer_t *writer = writer_named(name, strlen(name));
    assert_non_null(writer);
    status_t status = writer->write(report, &out);
    if (!status_ok(status))
        fail_msg("%s: %s", name, status.what);
    buffer_append_byte(&out, '\0');
    out.size--;
    return out;
}

static void assert_says(const char *name, report_t *report, const char *const *wanted, size_t count)
{
    buffer_t out = written(report, name);
    for (size_t i = 0; i < count; i++)
        if (strstr((const char *)out.at, wanted[i]) == NULL)
            fail_msg("%s does not say %s:\n%s", name, wanted[i], (const char *)out.at);
    buffer_free(&out);
    report_free(report);
}

/* A report whose every text tries to be markup, a formula or a quote. */
static report_t *hostile_report(void)
{
    static const char evil[] = "=\"'><script>alert(1)</script>&amp;]]>,\n;";
    report_t *report = bill_report();
    for (size_t i = 0; i < report->component_count; i++)
        report->components[i].name = report->components[i].supplier = evil;
    for (size_t i = 0; i < report->finding_count; i++)
        report->findings[i].title = evil;
    for (size_t i = 0; i < report->artifact_count; i++)
        report->artifacts[i].path = report->artifacts[i].description = evil;
    report->inputs[0].name    = evil;
    report->verdict.policy    = evil;
    report->origins[0].name   = evil;
    return report;
}

static void every_form_is_the_same_each_time(void **state)
{
    (void)state;
    for (const writer_t *w = writers; w->name != NULL; w++) {
        report_t *a = bill_report(), *b = bill_report();
        buffer_t  first = written(a, w->name), second = written(b, w->name), again = written(a, w->name);
        assert_true(span_equal(buffer_span(&first), buffer_span(&second)));
        assert_true(span_equal(buffer_span(&first), buffer_span(&again)));
        buffer_free(&first);
        buffer_free(&second);
        buffer_free(&again);
        report_free(a);
        report_free(b);
    }
    assert_null(writer_named("cyclone", 7));
}

static void run_facts_may_be_partial_or_strange(void **state)
{
    (void)state;
    static const report_run_t runs[] = {{0}, {.finished = "yesterday", .operator = ""}, {.finished = "2026-11-24T10:00:07+01:00"}, {.started = "", .finished = ""}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        for (const writer_t *w = writers; w->name != NULL; w++) {
            report_t *report = bill_report();
            buffer_t  check  = {0};
            size_t    missing;
            report->run      = &runs[i];
            buffer_t out     = written(report, w->name);
            assert_true(bill_check(report, "bsi", &check, &missing) && missing >= 2);
            assert_null(strstr((const char *)out.at, "yesterday"));
            buffer_free(&out);
            buffer_free(&check);
            report_free(report);
        }
}

static void sarif_gives_each_finding_a_rule_and_a_place(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "\"version\":\"2.1.0\"", "\"ruleId\":\"backdoor-telnet\",\"ruleIndex\":0", "\"level\":\"error\"", "\"security-severity\":\"9.5\"", "\"byteOffset\":64",
        "\"partialFingerprints\":{\"assayFinding/v1\":\"f0000000000abcdef\"}", "\"uri\":\"router.img/rootfs/bin/busybox\"", "\"rank\":90", "\"verdict\":\"inconclusive\"",
    };
    assert_says("sarif", fixture_report(), wanted, sizeof wanted / sizeof *wanted);
}

static void html_escapes_what_an_image_says(void **state)
{
    (void)state;
    static const char *const wanted[] = {"&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;", "Content-Security-Policy", "GPL-2.0-only"};
    static const char *const banned[] = {"<script", "src=", "href=", "url(", "http://", "javascript:"};
    report_t *report = hostile_report();
    buffer_t  out    = written(report, "html");
    for (size_t i = 0; i < sizeof banned / sizeof *banned; i++)
        if (strstr((const char *)out.at, banned[i]) != NULL)
            fail_msg("the page holds %s", banned[i]);
    buffer_free(&out);
    assert_says("html", report, wanted, sizeof wanted / sizeof *wanted);
}

static void csv_is_read_by_others_as_it_was_meant(void **state)
{
    (void)state;
    char      directory[1024], path[1100];
    report_t *report = hostile_report();
    scratch_make(directory);
    static const struct { const char *name, *check; } cases[] = {
        {"csv", "len(r)==4 and all(len(x)==11 for x in r) and r[1][0].startswith(\"\\x27=\\\"\") and r[3][1]==\"1.2.13.dfsg-1\""},
        {"csv-findings", "len(r)==5 and all(len(x)==9 for x in r)"}, {"csv-files", "len(r)==8 and all(len(x)==10 for x in r) and r[4][6]==\"4755\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buffer_t out = written(report, cases[i].name);
        (void)snprintf(path, sizeof path, "%s/t.csv", directory);
        write_file(path, buffer_span(&out));
        if (run_status("python3 -c 'import csv;r=list(csv.reader(open(\"%s\",newline=\"\"),strict=True));assert %s, r'", path, cases[i].check) != 0)
            fail_msg("%s is read as something else", cases[i].name);
        buffer_free(&out);
    }
    scratch_remove(directory);
    report_free(report);
}

static void dfxml_is_well_formed_and_names_every_artifact(void **state)
{
    (void)state;
    char      directory[1024], path[1100];
    report_t *reports[] = {bill_report(), hostile_report()};
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/t.xml", directory);
    for (size_t i = 0; i < 2; i++) {
        buffer_t out = written(reports[i], "dfxml");
        write_file(path, buffer_span(&out));
        run("python3 -c 'import xml.etree.ElementTree as E; n=\"{http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML}\"; t=E.parse(\"%s\"); o=t.findall(f\".//{n}fileobject\");"
            " assert len(o)==%zu and o[3].find(n+\"mtime\").text==\"2023-11-14T22:13:20Z\" and o[1].find(f\".//{n}byte_run\").get(\"img_offset\")==\"28\"'", path, reports[i]->artifact_count);
        buffer_free(&out);
        report_free(reports[i]);
    }
    scratch_remove(directory);
}

static void the_official_schema_accepts_the_sarif(void **state)
{
    (void)state;
    char      directory[1024], path[1100];
    report_t *reports[] = {bill_report(), fixture_clean_report(), hostile_report(), bill_report_of_two_inputs()};
    bool      skipped   = false;
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/t.sarif", directory);
    for (size_t i = 0; i < 4; i++) {
        buffer_t out = written(reports[i], "sarif");
        write_file(path, buffer_span(&out));
        int status = run_status("\"$ASSAY_SOURCE/tools/sarif-validate\" \"${ASSAY_SARIF:-$ASSAY_SAMPLES/../sarif}\" '%s'", path);
        skipped    = status == 77;
        if (!skipped && status != 0)
            fail_msg("the schema refuses log %zu", i);
        if (!skipped && i == 0) {
            run("sed -i 's/\"level\":\"error\"/\"level\":\"disaster\"/' '%s'", path);
            assert_int_equal(run_status("\"$ASSAY_SOURCE/tools/sarif-validate\" \"${ASSAY_SARIF:-$ASSAY_SAMPLES/../sarif}\" '%s' 2> /dev/null", path), 1);
        }
        buffer_free(&out);
        report_free(reports[i]);
    }
    scratch_remove(directory);
    if (skipped) {
        print_message("skipped: no npm: run tools/sarif-validate setup DIR and set ASSAY_SARIF=DIR\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_the_same_each_time),
        cmocka_unit_test(run_facts_may_be_partial_or_strange),
        cmocka_unit_test(sarif_gives_each_finding_a_rule_and_a_place),
        cmocka_unit_test(html_escapes_what_an_image_says),
        cmocka_unit_test(csv_is_read_by_others_as_it_was_meant),
        cmocka_unit_test(dfxml_is_well_formed_and_names_every_artifact),
        cmocka_unit_test(the_official_schema_accepts_the_sarif),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
