#include "support/bill_reports.h"

static report_component_t *more_components(report_t *report, size_t more)
{
    report_component_t *grown = arena_array(report->arena, report->component_count + more, sizeof *grown);
    assert_non_null(grown);
    memcpy(grown, report->components, report->component_count * sizeof *grown);
    report_component_t *first = grown + report->component_count;
    report->components = grown;
    report->component_count += more;
    return first;
}

report_t *bill_report(void)
{
    static report_relation_t busybox[] = {
        {.kind = RELATION_CONTAINS, .component = 2}, {.kind = RELATION_DEPENDS_ON, .component = 1, .constraint = ">= 1.0"},
        {.kind = RELATION_DEPENDS_ON, .component = NO_COMPONENT, .reference = "soname:libc.so.0"}, {.kind = RELATION_LINKED_STATICALLY, .component = 2},
    };
    static report_relation_t libfoo[] = {
        {.kind = RELATION_DEPENDS_ON, .component = 0}, /* a cycle */
        {.kind = RELATION_GENERATED_FROM, .component = NO_COMPONENT, .reference = "pkg:deb/debian/foo?arch=source"},
    };
    static report_conflict_t conflicts[]  = {{.version = "1.2.12", .confidence = 40, .why = "a version text in a program that only links to it"}};
    static const char       *licences[]   = {"GPL-2.0-only WITH Linux-syscall-note", "(MIT OR Apache-2.0) AND Zlib", "GPL-2.0+", "do what you want, <b>really</b>"};
    static uint32_t          shell[]      = {3};
    static report_evidence_t lock[]       = {{.artifact = 3, .offset = 7, .length = 4, .method = "npm-lock", .text = "zlib", .confidence = 60, .subpath = "node_modules/zlib"}};
    report_t                *report       = fixture_report();
    report_component_t      *added        = more_components(report, 1);
    fixture_add_finding(report, "crypto-aes-tables", FINDING_CRYPTO, SEVERITY_INFO, 90);
    report->components[0].relations       = busybox;
    report->components[0].relation_count  = 4;
    report->components[0].scope           = SCOPE_OBSERVED;
    report->components[1].relations       = libfoo;
    report->components[1].relation_count  = 2;
    report->components[1].scope           = SCOPE_INSTALLED;
    report->components[1].files           = shell;
    report->components[1].file_count      = 1;
    *added = (report_component_t){.name = "zlib <&\"'", .version = "1.2.13.dfsg-1", .upstream_version = "1.2.13", .purl = "pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=arm64",
                                  .supplier = "Jean-loup Gailly", .licences = licences, .licence_count = 4, .scope = SCOPE_DECLARED, .evidence = lock, .evidence_count = 1,
                                  .artifacts = shell, .artifact_count = 1, .conflicts = conflicts, .conflict_count = 1};
    return report;
}

report_t *bill_report_of_two_inputs(void)
{
    report_t       *report = fixture_report();
    report_input_t *two    = arena_array(report->arena, 2, sizeof *two);
    assert_non_null(two);
    two[0] = two[1]     = report->inputs[0];
    report->inputs      = two;
    report->input_count = 2;
    return report;
}
