#include "report/licence.h"
#include "report/spdx.h"
#include "support/bill_reports.h"

#include <stdio.h>
#include <stdlib.h>

static buffer_t bill_of(const report_t *report)
{
    buffer_t out    = {0};
    status_t status = spdx_write(report, &out);
    if (!status_ok(status))
        fail_msg("no bill: %s", status.what);
    buffer_append_byte(&out, '\0');
    out.size--;
    return out;
}

static void the_bill_names_packages_with_what_is_known(void **state)
{
    (void)state;
    report_t   *report = bill_report();
    buffer_t    bill   = bill_of(report);
    const char *text   = (const char *)bill.at;
    static const char *const wanted[] = {
        "\"spdxVersion\":\"SPDX-2.3\"", "\"referenceLocator\":\"pkg:generic/busybox@1.19.4\"", "\"licenseDeclared\":\"GPL-2.0-only\"", "\"versionInfo\":\"1.19.4\"",
        "\"licenseConcluded\":\"NOASSERTION\"", "\"supplier\":\"Organization: busybox.net\"", "\"supplier\":\"NOASSERTION\"", "\"licenseDeclared\":\"MIT AND LicenseRef-1\"",
        "{\"extractedText\":\"Some vendor's own\",\"licenseId\":\"LicenseRef-1\"}", "offset 512, method version-string, confidence 95 of 100",
        "{\"relatedSpdxElement\":\"SPDXRef-component-3\",\"relationshipType\":\"STATIC_LINK\",\"spdxElementId\":\"SPDXRef-component-1\"}",
        "{\"comment\":\"soname:libc.so.0\",\"relatedSpdxElement\":\"NOASSERTION\",\"relationshipType\":\"DEPENDS_ON\",\"spdxElementId\":\"SPDXRef-component-1\"}",
        "\"relationshipType\":\"GENERATED_FROM\"", "{\"relatedSpdxElement\":\"SPDXRef-input-1\",\"relationshipType\":\"DESCRIBES\",\"spdxElementId\":\"SPDXRef-DOCUMENT\"}",
        "{\"relatedSpdxElement\":\"SPDXRef-component-1\",\"relationshipType\":\"CONTAINS\",\"spdxElementId\":\"SPDXRef-input-1\"}",
        "\"packageFileName\":\"router.img/rootfs/bin/busybox\"", "\"created\":\"2026-11-24T10:00:07Z\"", "\"Person: J. Exämple\"",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("no %s in %s", wanted[i], text);
    assert_null(strstr(text, "{\"relatedSpdxElement\":\"SPDXRef-component-3\",\"relationshipType\":\"CONTAINS\",\"spdxElementId\":\"SPDXRef-input-1\"}"));
    buffer_free(&bill);
    report_free(report);
}

static void a_report_without_a_time_gives_the_same_bill_each_time_and_says_so(void **state)
{
    (void)state;
    report_t *a = fixture_report(), *b = fixture_report();
    a->run = b->run = NULL;
    buffer_t first = bill_of(a), second = bill_of(b);
    assert_true(span_equal(buffer_span(&first), buffer_span(&second)));
    assert_non_null(strstr((const char *)first.at, "names no time"));
    buffer_free(&first);
    buffer_free(&second);
    report_free(a);
    report_free(b);
}

static void licences_are_expressions_only_when_spdx_would_read_them(void **state)
{
    (void)state;
    static const struct { const char *text; bool is_expression; } cases[] = {
        {"MIT", true}, {"GPL-2.0-only WITH Linux-syscall-note", true}, {"(MIT OR Apache-2.0) AND Zlib", true}, {"((MIT))", true}, {"GPL-2.0-only WITH MIT", false},
        {"MIT OR", false}, {"OR MIT", false}, {"MIT MIT", false}, {"(MIT", false}, {"MIT)", false}, {"()", false}, {"", false}, {" ", false}, {"MIT ", false},
        {"MIT  OR Zlib", false}, {"GPL", false}, {"MIT AND proprietary", false}, {"MIT WITH Linux-syscall-note WITH Linux-syscall-note", false}, {"+", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (licence_is_expression(cases[i].text) != cases[i].is_expression)
            fail_msg("\"%s\" is taken for %s", cases[i].text, cases[i].is_expression ? "words" : "an expression");
}

static int validate(const char *path) { return run_status("\"$ASSAY_SOURCE/tools/spdx-validate\" \"${ASSAY_SPDX:-$ASSAY_SAMPLES/../spdx}\" '%s'", path); }

static void the_validator_of_spdx_tools_accepts_the_bill(void **state)
{
    (void)state;
    char      directory[1024], path[1100];
    report_t *reports[] = {bill_report(), fixture_clean_report(), bill_report_of_two_inputs()};
    bool      skipped   = false;
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/bill.spdx.json", directory);
    for (size_t i = 0; i < 3; i++) {
        buffer_t bill = bill_of(reports[i]);
        write_file(path, buffer_span(&bill));
        int status = validate(path);
        skipped    = status == 77;
        if (!skipped && status != 0)
            fail_msg("spdx-tools refuses bill %zu", i);
        if (!skipped && i == 0) {
            run("sed -i 's/\"licenseDeclared\":\"GPL-2.0-only\"/\"licenseDeclared\":\"GPL-9\"/' '%s'", path);
            assert_int_not_equal(run_status("\"$ASSAY_SOURCE/tools/spdx-validate\" \"${ASSAY_SPDX:-$ASSAY_SAMPLES/../spdx}\" '%s' 2> /dev/null", path), 0);
        }
        buffer_free(&bill);
        report_free(reports[i]);
    }
    scratch_remove(directory);
    if (skipped) {
        print_message("skipped: spdx-tools is not here: run tools/spdx-validate setup DIR and set ASSAY_SPDX=DIR\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bill_names_packages_with_what_is_known),
        cmocka_unit_test(a_report_without_a_time_gives_the_same_bill_each_time_and_says_so),
        cmocka_unit_test(licences_are_expressions_only_when_spdx_would_read_them),
        cmocka_unit_test(the_validator_of_spdx_tools_accepts_the_bill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
