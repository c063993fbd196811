#include "base/utf8.h"
#include "policy/verdict.h"
#include "report/summary.h"
#include "support/fixture_report.h"

#include <stdio.h>
#include <stdlib.h>

static report_t *judged(report_t *report, const char *name)
{
    char            why[POLICY_WHY];
    const policy_t *policy = policy_load(name, getenv("ASSAY_SOURCE"), report->arena, why);
    assert_non_null(policy);
    assert_true(status_ok(verdict_of(report, policy)));
    return report;
}

static char *summary_of(const report_t *report, unsigned columns, bool colour)
{
    buffer_t out = {0};
    summary_write(report, &(summary_options_t){.columns = columns, .rows = 5, .colour = colour}, &out);
    buffer_append_byte(&out, '\0');
    assert_false(out.failed);
    return (char *)out.at;
}

static void the_four_answers_are_on_one_screen(void **state)
{
    (void)state;
    report_t *report = judged(fixture_report(), "ndaa-889");
    char     *text   = summary_of(report, 100, false);
    static const char *const wanted[] = {
        "Input       router.img", "99.51 %, 20 bytes unknown", "busybox", "1.19.4", "definitive CN listed-maker", "ndaa-889",
        "1 critical, 2 medium", "critical backdoor  A title", "1 damaged, 1 limits reached", "Verdict     reject by policy ndaa-889",
        "reject       listed-maker: Code or hardware",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("no \"%s\" in\n%s", wanted[i], text);
    size_t lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    assert_true(lines <= 40);
    assert_null(strchr(text, '\x1b'));
    free(text);
    report_free(report);
}

static void no_line_is_longer_than_the_terminal(void **state)
{
    (void)state;
    for (unsigned columns = 60; columns <= 120; columns += 7) {
        report_t *report = judged(fixture_report(), "default");
        report->inputs[0].name = "a-very-long-name-of-an-input-with-ünïcödé-that-does-not-fit-into-any-terminal-of-the-usual-width.img";
        char *text = summary_of(report, columns, false);
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            unsigned width = 0;
            for (const char *c = line; *c != '\0'; c++)
                width += ((uint8_t)*c & 0xC0) != 0x80;
            if (width > columns)
                fail_msg("%u columns in %u: %s", width, columns, line);
            assert_true(utf8_valid(span_from_text(line)));
        }
        free(text);
        report_free(report);
    }
}

static void colour_comes_only_when_asked_for(void **state)
{
    (void)state;
    report_t *report = judged(fixture_report(), "default");
    char     *text   = summary_of(report, 100, true);
    assert_non_null(strstr(text, "\x1b[1;31mreject\x1b[0m"));
    free(text);
    report_free(report);
}

static void every_part_can_be_listed(void **state)
{
    (void)state;
    static const struct { const char *part, *wanted; } parts[] = {
        {"tree", "router.img\tfile 4096 bytes\ttrx\n  rootfs\tpayload 2048 bytes\tsquashfs\n    bin\tdirectory 0755\n    bin/busybox\tfile 4755 1000 bytes\telf\tDAMAGED\n    bin/sh -> busybox\tsymlink\n"},
        {"components", "busybox\t1.19.4\tpkg:generic/busybox@1.19.4\tbusybox.net\tGPL-2.0-only\n"},
        {"origins", "listed-maker\tdefinitive\tCN\tlisted-maker\tListed Holdings\tndaa-889\n"},
        {"findings", "critical\tbackdoor\tbackdoor-telnet\t90\tA title\trouter.img/rootfs/bin/busybox\n"},
        {"ledger", "  28\t2048\tcontent\ttrx\trouter.img/rootfs\n"},
        {"ledger", "compressed-or-encrypted\t7.991 bits/byte\n"},
        {"verdict", "  reject\tlisted-maker\torigin listed-maker (definitive, CN)\t"},
    };
    report_t *report = judged(fixture_report(), "ndaa-889");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buffer_t out = {0};
        assert_true(listing_write(report, parts[i].part, &out));
        buffer_append_byte(&out, '\0');
        if (strstr((char *)out.at, parts[i].wanted) == NULL)
            fail_msg("no \"%s\" in\n%s", parts[i].wanted, (char *)out.at);
        buffer_free(&out);
    }
    buffer_t out = {0};
    assert_false(listing_write(report, "everything", &out));
    report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_answers_are_on_one_screen),
        cmocka_unit_test(no_line_is_longer_than_the_terminal),
        cmocka_unit_test(colour_comes_only_when_asked_for),
        cmocka_unit_test(every_part_can_be_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
