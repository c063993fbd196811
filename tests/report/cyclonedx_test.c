#include "base/canonical.h"
#include "report/cyclonedx.h"
#include "support/bill_reports.h"

#include <stdio.h>
#include <stdlib.h>

static buffer_t bill_of(const report_t *report)
{
    buffer_t out    = {0};
    status_t status = cyclonedx_write(report, &out);
    if (!status_ok(status))
        fail_msg("no bill: %s", status.what);
    buffer_append_byte(&out, '\0');
    out.size--;
    return out;
}

static void the_bill_names_components_with_their_evidence(void **state)
{
    (void)state;
    report_t   *report = fixture_report();
    buffer_t    bill   = bill_of(report);
    const char *text   = (const char *)bill.at;
    static const char *const wanted[] = {
        "\"specVersion\":\"1.6\"", "\"purl\":\"pkg:generic/busybox@1.19.4\"", "\"version\":\"1.19.4\"", "{\"license\":{\"id\":\"GPL-2.0-only\"}}",
        "{\"license\":{\"name\":\"Some vendor's own\"}}", "\"location\":\"router.img/rootfs/bin/busybox\",\"offset\":512",
        "\"confidence\":0.95,\"technique\":\"binary-analysis\"", "\"confidence\":1,\"technique\":\"manifest-analysis\"", "\"aggregate\":\"incomplete\"",
        "\"alg\":\"SHA-512\"", "{\"name\":\"assay:origin\",\"value\":\"listed-maker definitive CN\"}",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("no %s in %s", wanted[i], text);
    buffer_free(&bill);
    report_free(report);
}

static void a_licence_is_an_identifier_an_expression_or_a_name(void **state)
{
    (void)state;
    static const struct { const char *licence, *wanted; } cases[] = {
        {"MIT", "[{\"license\":{\"id\":\"MIT\"}}]"},
        {"BSD-3-Clause OR GPL-2.0-only", "[{\"expression\":\"BSD-3-Clause OR GPL-2.0-only\"}]"},
        {"BSD-3-Clause OR", "[{\"license\":{\"name\":\"BSD-3-Clause OR\"}}]"},
        {"BSD-3-Clause  OR MIT", "[{\"license\":{\"name\":\"BSD-3-Clause  OR MIT\"}}]"},
        {"MIT OR proprietary", "[{\"license\":{\"name\":\"MIT OR proprietary\"}}]"},
        {"GPL", "[{\"license\":{\"name\":\"GPL\"}}]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        report_t *report = fixture_report();
        report->components[0].licences = (const char **)(uintptr_t)&cases[i].licence;
        buffer_t bill = bill_of(report);
        if (strstr((const char *)bill.at, cases[i].wanted) == NULL)
            fail_msg("%s is not written as %s", cases[i].licence, cases[i].wanted);
        buffer_free(&bill);
        report_free(report);
    }
}

static void the_same_report_gives_the_same_bill_and_another_gives_another_number(void **state)
{
    (void)state;
    report_t *a = fixture_report(), *b = fixture_report(), *c = fixture_clean_report();
    buffer_t  first = bill_of(a), second = bill_of(b), third = bill_of(c);
    assert_true(span_equal(buffer_span(&first), buffer_span(&second)));
    const char *number = strstr((const char *)first.at, "\"serialNumber\"");
    assert_non_null(number);
    char copy[70] = "";
    memcpy(copy, number, 69);
    assert_null(strstr((const char *)third.at, copy));
    buffer_free(&first);
    buffer_free(&second);
    buffer_free(&third);
    report_free(a);
    report_free(b);
    report_free(c);
}

static void a_bill_never_calls_itself_complete(void **state)
{
    (void)state;
    report_t *report = fixture_clean_report();
    buffer_t  bill   = bill_of(report);
    assert_non_null(strstr((const char *)bill.at, "\"aggregate\":\"unknown\""));
    buffer_free(&bill);
    report_free(report);
}

static void the_bill_says_how_components_hang_together(void **state)
{
    (void)state;
    report_t   *report = bill_report();
    buffer_t    bill   = bill_of(report);
    const char *text   = (const char *)bill.at;
    static const char *const wanted[] = {
        "{\"dependsOn\":[\"component-1\",\"component-2\"],\"ref\":\"input-1\"}", "{\"dependsOn\":[\"component-3\",\"component-2\"],\"ref\":\"component-1\"}",
        "{\"dependsOn\":[\"component-1\"],\"ref\":\"component-2\"}", "{\"dependsOn\":[],\"ref\":\"component-3\"}",
        "{\"name\":\"assay:unresolved\",\"value\":\"soname:libc.so.0\"}", "{\"aggregate\":\"incomplete\",\"dependencies\":[\"component-1\"]}",
        "{\"aggregate\":\"unknown\",\"dependencies\":[\"component-2\",\"component-3\"]}",
        "\"pedigree\":{\"ancestors\":[{\"name\":\"pkg:deb/debian/foo?arch=source\",\"purl\":\"pkg:deb/debian/foo?arch=source\",\"type\":\"application\"}]}",
        "{\"name\":\"bsi:component:executable\",\"value\":\"executable\"},{\"name\":\"bsi:component:filename\",\"value\":\"busybox\"}",
        "{\"name\":\"bsi:component:archive\",\"value\":\"no archive\"}", "\"field\":\"purl\"", "\"location\":\"router.img/rootfs/bin/busybox!node_modules/zlib\"",
        "{\"name\":\"assay:conflict\",\"value\":\"1.2.12 a version text", "\"assetType\":\"algorithm\"", "\"timestamp\":\"2026-11-24T10:00:07Z\"",
        "{\"name\":\"assay:upstreamVersion\",\"value\":\"1.2.13\"}",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("no %s in %s", wanted[i], text);
    buffer_free(&bill);
    report_free(report);
}

static void the_official_schema_accepts_the_bill(void **state)
{
    (void)state;
    char      directory[1024], path[1100];
    report_t *reports[] = {bill_report(), fixture_clean_report(), bill_report_of_two_inputs()};
    bool      skipped   = false;
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/bom.json", directory);
    for (size_t i = 0; i < 3; i++) {
        buffer_t bill = bill_of(reports[i]);
        write_file(path, buffer_span(&bill));
        int status = run_status("\"$ASSAY_SOURCE/tools/cyclonedx-validate\" \"${ASSAY_NPM:-$ASSAY_SAMPLES/../npm}\" '%s'", path);
        skipped    = status == 77;
        if (!skipped && status != 0)
            fail_msg("the schema refuses bill %zu", i);
        if (!skipped && i == 0) {
            run("sed -i 's/\"type\":\"firmware\"/\"type\":\"software\"/' '%s'", path);
            assert_int_equal(run_status("\"$ASSAY_SOURCE/tools/cyclonedx-validate\" \"${ASSAY_NPM:-$ASSAY_SAMPLES/../npm}\" '%s' 2> /dev/null", path), 1);
        }
        buffer_free(&bill);
        report_free(reports[i]);
    }
    scratch_remove(directory);
    if (skipped) {
        print_message("skipped: no npm: run tools/cyclonedx-validate setup DIR and set ASSAY_NPM=DIR\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bill_names_components_with_their_evidence),
        cmocka_unit_test(a_licence_is_an_identifier_an_expression_or_a_name),
        cmocka_unit_test(the_same_report_gives_the_same_bill_and_another_gives_another_number),
        cmocka_unit_test(a_bill_never_calls_itself_complete),
        cmocka_unit_test(the_bill_says_how_components_hang_together),
        cmocka_unit_test(the_official_schema_accepts_the_bill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
