#include "policy/verdict.h"
#include "support/fixture_report.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

#define HEAD "assay-policy: 1\nid: p\nlimits: {min-explained-ppm: 950000, max-unknown-run: 65536, max-unknown-high-entropy: 0}\nrules:\n"

static const policy_t *policy_of(const char *rules, arena_t *arena)
{
    char yaml[8192], why[POLICY_WHY];
    (void)snprintf(yaml, sizeof yaml, HEAD "%s", rules);
    const policy_t *policy = policy_from(span_from_text(yaml), "p.yaml", arena, why);
    if (policy == NULL)
        fail_msg("%s", why);
    return policy;
}

static const verdict_step_t *step_of(const report_t *report, const char *rule)
{
    for (size_t i = 0; i < report->verdict.trace_count; i++)
        if (strcmp(report->verdict.trace[i].rule, rule) == 0)
            return &report->verdict.trace[i];
    fail_msg("the trace has no %s", rule);
    return NULL;
}

static verdict_result_t judge(report_t *report, const char *rules)
{
    assert_true(status_ok(verdict_of(report, policy_of(rules, report->arena))));
    return report->verdict.result;
}

#define NOTHING "  - {id: R1, match: {finding: {kind: backdoor}}, effect: reject, reason: r}\n"

static void a_clean_report_is_accepted_and_says_why(void **state)
{
    (void)state;
    report_t *report = fixture_clean_report();
    assert_int_equal(judge(report, NOTHING), VERDICT_ACCEPT);
    assert_string_equal(step_of(report, "R1")->why, "finding.kind: satisfied by none of 1");
    assert_false(step_of(report, "assay:coverage")->matched);
    assert_string_equal(report->verdict.policy, "p");
    assert_int_equal(strlen(report->verdict.policy_digest), 64);
    report_free(report);
}

static void without_a_policy_nothing_is_accepted(void **state)
{
    (void)state;
    report_t *report = fixture_clean_report();
    assert_true(status_ok(verdict_of(report, NULL)));
    assert_int_equal(report->verdict.result, VERDICT_INCONCLUSIVE);
    report_free(report);
}

/* Each takes one thing away that acceptance has to earn. */
static void lose_content(report_t *report) { report->artifact_count = 0; }
static void lose_bytes(report_t *report) { report->coverage = (report_coverage_t){.parts_per_million = 1000000}; }
static void lose_knowledge(report_t *report) { report->source_count = 0; }
static void lose_lists(report_t *report) { report->sources++, report->source_count--; }
static void lose_coverage(report_t *report) { report->coverage.parts_per_million = 949999; }
static void add_limit(report_t *report) { fixture_add_finding(report, "limit-depth", FINDING_LIMIT, SEVERITY_INFO, 1); }
static void add_damage(report_t *report) { fixture_add_finding(report, "crc", FINDING_DAMAGE, SEVERITY_MEDIUM, 1); }
static void add_crash(report_t *report) { fixture_add_finding(report, "worker-crash", FINDING_ANOMALY, SEVERITY_INFO, 1); }

/* The image's padding becomes something unknown. */
static void change_padding(report_t *report, region_class_t class)
{
    for (size_t i = 0; i < report->ledger_count; i++)
        if (report->ledgers[i].size == report->inputs[0].size) {
            region_t *rows = (region_t *)(uintptr_t)arena_copy(report->arena, span_from(report->ledgers[i].regions, 3 * sizeof *rows)).at;
            rows[2].kind   = REGION_UNKNOWN;
            rows[2].class  = class;
            report->ledgers[i].regions = rows;
        }
}
static void add_encrypted(report_t *report) { change_padding(report, CLASS_COMPRESSED_OR_ENCRYPTED); }

static void acceptance_has_to_be_earned(void **state)
{
    (void)state;
    static const struct { void (*lose)(report_t *); const char *step; } losses[] = {
        {lose_content, "assay:content"}, {lose_bytes, "assay:content"}, {lose_knowledge, "assay:knowledge"}, {lose_lists, "assay:knowledge"},
            {lose_coverage, "assay:coverage"},
        {add_limit, "assay:limits"}, {add_damage, "assay:damage"}, {add_crash, "assay:worker-crash"}, {add_encrypted, "assay:unknown-high-entropy"},
    };
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        report_t *report = fixture_clean_report();
        losses[i].lose(report);
        assert_int_equal(judge(report, NOTHING), VERDICT_INCONCLUSIVE);
        assert_true(step_of(report, losses[i].step)->matched);
        /* An accepting rule does not help. */
        assert_int_equal(judge(report, "  - {id: R1, match: {finding: {severity-min: info}}, effect: accept, reason: r}\n"), VERDICT_INCONCLUSIVE);
        /* A rejecting one still rejects. */
        fixture_add_finding(report, "b", FINDING_BACKDOOR, SEVERITY_HIGH, 90);
        assert_int_equal(judge(report, NOTHING), VERDICT_REJECT);
        report_free(report);
    }
}

static void a_long_unknown_run_is_noticed(void **state)
{
    (void)state;
    report_t *report = fixture_clean_report();
    char      yaml[1024], why[POLICY_WHY];
    change_padding(report, CLASS_NONE);
    assert_int_equal(judge(report, NOTHING), VERDICT_ACCEPT);
    (void)snprintf(yaml, sizeof yaml, "assay-policy: 1\nid: p\nlimits: {min-explained-ppm: 0, max-unknown-run: 2019, max-unknown-high-entropy: 0}\nrules:\n" NOTHING);
    assert_true(status_ok(verdict_of(report, policy_from(span_from_text(yaml), "p", report->arena, why))));
    assert_int_equal(report->verdict.result, VERDICT_INCONCLUSIVE);
    assert_string_equal(step_of(report, "assay:unknown-run")->why, "2020 bytes in one run are unknown, 2019 are allowed");
    report_free(report);
}

static void light_damage_does_not_prevent_acceptance(void **state)
{
    (void)state;
    report_t *report = fixture_clean_report();
    fixture_add_finding(report, "crc", FINDING_DAMAGE, SEVERITY_LOW, 100);
    assert_int_equal(judge(report, NOTHING), VERDICT_ACCEPT);
    report_free(report);
}

static void rules_match_what_they_say(void **state)
{
    (void)state;
    static const struct { const char *match; bool matches; const char *why; } cases[] = {
        {"{origin: {vendor: listed-maker}}", true, "origin listed-maker (definitive, CN)"},
        {"{origin: {vendor: [x, listed-maker]}}", true, NULL},
        {"{origin: {vendor: Listed-maker}}", false, "origin.vendor: satisfied by none of 2"},
        {"{origin: {list: ndaa-889, strength: [definitive, strong]}}", true, NULL},
        {"{origin: {list: ndaa-889, strength: supporting}}", false, "origin.strength: satisfied by none of 2"},
        {"{origin: {jurisdiction: [CN, DE], not: {vendor: listed-maker}}}", true, "origin other-maker (supporting, DE)"},
        {"{origin: {jurisdiction: CN, not: {vendor: listed-maker}}}", false, "origin.not: satisfied by none of 2"},
        {"{origin: {jurisdiction: CN, not: {vendor: listed-maker, strength: supporting}}}", true, NULL},
        {"{origin: {group: Listed Holdings}}", true, NULL},
        {"{origin: {jurisdiction: [CN, DE]}}", true, "origin listed-maker (definitive, CN) and 1 more"},
        {"{finding: {kind: [intercept, backdoor], severity-min: high, confidence-min: 90}}", true, NULL},
        {"{finding: {kind: backdoor, confidence-min: 91}}", false, "finding.confidence-min: satisfied by none of 3"},
        {"{finding: {rule: backdoor-telnet}}", true, NULL},
        {"{finding: {rule: backdoor}}", false, NULL},
        {"{finding: {kind: backdoor}, origin: {jurisdiction: DE}}", true, NULL},
        {"{finding: {kind: intercept}, origin: {jurisdiction: DE}}", false, "finding.kind: satisfied by none of 3"},
        {"{component: {name: busybox}}", true, "component busybox 1.19.4"},
        {"{component: {purl-prefix: [pkg:deb/, pkg:generic/busy]}}", true, NULL},
        {"{component: {name: libfoo, purl-prefix: \"pkg:\"}}", false, "component.purl-prefix: satisfied by none of 2"},
        {"{coverage: {below-ppm: 995118}}", true, NULL},
        {"{coverage: {below-ppm: 995117}}", false, "coverage.below-ppm: 995117 of a million bytes are explained"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char      rule[1024];
        report_t *report = fixture_report();
        (void)snprintf(rule, sizeof rule, "  - {id: R1, match: %s, effect: reject, reason: r}\n", cases[i].match);
        (void)judge(report, rule);
        const verdict_step_t *step = step_of(report, "R1");
        if (step->matched != cases[i].matches || (cases[i].why != NULL && strcmp(step->why, cases[i].why) != 0))
            fail_msg("%s: %s, %s", cases[i].match, step->matched ? "matched" : "not matched", step->why);
        report_free(report);
    }
}

static void the_worst_effect_wins_and_one_can_see_what_is_below_it(void **state)
{
    (void)state;
    report_t *report = fixture_clean_report();
    assert_int_equal(judge(report, "  - {id: A, match: {component: {name: busybox}}, effect: accept, reason: r}\n"
                                   "  - {id: B, match: {component: {name: libfoo}}, effect: reject, reason: r}\n"
                                   "  - {id: C, match: {component: {name: busybox}}, effect: conditional, reason: r}\n"), VERDICT_REJECT);
    assert_int_equal(verdict_without_worst(&report->verdict), VERDICT_CONDITIONAL);
    assert_int_equal(step_of(report, "B")->evidence_count, 1);
    assert_string_equal(step_of(report, "B")->evidence[0], "libfoo");
    report_free(report);
}

static void verdicts_have_their_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(verdict_exit_code(VERDICT_ACCEPT), 0);
    assert_int_equal(verdict_exit_code(VERDICT_REJECT), 1);
    assert_int_equal(verdict_exit_code(VERDICT_INCONCLUSIVE), 3);
    assert_int_equal(verdict_exit_code(VERDICT_CONDITIONAL), 4);
}

static void the_shipped_policies_judge_as_they_should(void **state)
{
    (void)state;
    static const struct { const char *policy; bool clean, listed; strength_t strength; finding_kind_t kind; verdict_result_t result; } cases[] = {
        {"default", true, false, STRENGTH_STRONG, FINDING_ANOMALY, VERDICT_ACCEPT},
        {"default", true, true, STRENGTH_STRONG, FINDING_ANOMALY, VERDICT_ACCEPT},
        {"default", true, false, STRENGTH_STRONG, FINDING_INTERCEPT, VERDICT_REJECT},
        {"default", true, false, STRENGTH_STRONG, FINDING_SECRET, VERDICT_CONDITIONAL},
        {"default", false, false, STRENGTH_STRONG, FINDING_SECRET, VERDICT_REJECT},
        {"ndaa-889", true, false, STRENGTH_STRONG, FINDING_ANOMALY, VERDICT_ACCEPT},
        {"ndaa-889", true, true, STRENGTH_STRONG, FINDING_ANOMALY, VERDICT_REJECT},
        {"ndaa-889", true, true, STRENGTH_SUPPORTING, FINDING_ANOMALY, VERDICT_INCONCLUSIVE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char            why[POLICY_WHY];
        report_t       *report = cases[i].clean ? fixture_clean_report() : fixture_report();
        const policy_t *policy = policy_load(cases[i].policy, getenv("ASSAY_SOURCE"), report->arena, why);
        assert_non_null(policy);
        if (cases[i].listed)
            fixture_add_origin(report, "maker", "CN", cases[i].strength, "ndaa-889");
        fixture_add_finding(report, "x", cases[i].kind, SEVERITY_HIGH, 90);
        assert_true(status_ok(verdict_of(report, policy)));
        if (report->verdict.result != cases[i].result)
            fail_msg("case %zu: %s", i, verdict_name(report->verdict.result));
        report_free(report);
    }
}

/* ---- properties, over random reports and random policies -------------------------------------------------------------- */

static const char *const vendors[]       = {"alpha", "beta", "gamma"};
static const char *const jurisdictions[] = {"CN", "DE", "NO"};
static const char *const lists[]         = {"ndaa-889", "fcc", NULL};
static const char *const rules[]         = {"r1", "r2", "worker-crash"};

static void add_component(report_t *report, const char *version)
{
    report_component_t *larger = arena_array(report->arena, report->component_count + 1, sizeof *larger);
    memcpy(larger, report->components, report->component_count * sizeof *larger);
    larger[report->component_count++] = (report_component_t){.name = "program", .version = version};
    report->components                = larger;
}

static void add_random_fact(report_t *report, uint64_t *seed)
{
    uint64_t r = next_random(seed) >> 8;
    if (r % 7 == 6)
        add_component(report, r / 7 % 3 == 0 ? NULL : r / 7 % 3 == 1 ? "1.5" : "2.5");
    else if (r % 3 == 0)
        fixture_add_origin(report, vendors[r / 3 % 3], r / 243 % 4 == 3 ? NULL : jurisdictions[r / 9 % 3], (strength_t)(r / 27 % 3),
                           lists[r / 81 % 3]);
    else
        fixture_add_finding(report, rules[r / 3 % 3], (finding_kind_t)(r / 9 % 10), (severity_t)(r / 90 % 5), (uint8_t)(r / 450 % 101));
}

static int random_match(char *out, size_t size, uint64_t *seed)
{
    uint64_t r = next_random(seed) >> 8;
    switch (r % 8) {
    case 0: return snprintf(out, size, "{origin: {vendor: [%s]}}", vendors[r / 6 % 3]);
    case 1: return snprintf(out, size, "{origin: {jurisdiction: %s, not: {strength: %s}}}", jurisdictions[r / 6 % 3],
                            strength_name((strength_t)(r / 18 % 3)));
    case 2: return snprintf(out, size, "{origin: {list: [fcc, ndaa-889], strength: [strong, definitive]}}");
    case 3: return snprintf(out, size, "{finding: {kind: [%s, secret], confidence-min: %d}}", finding_kind_name((finding_kind_t)(r / 6 % 10)),
                            (int)(r / 60 % 100));
    case 4: return snprintf(out, size, "{finding: {severity-min: %s, not: {rule: r1}}, origin: {jurisdiction: [CN, DE]}}",
                            severity_name((severity_t)(r / 6 % 5)));
    case 5: return snprintf(out, size, "{component: {name: program, version-range: '%s2'}}", r / 8 % 2 == 0 ? "<" : ">=");
    case 6: return snprintf(out, size, "{origin: {jurisdiction: [CN, DE]}, placement: core}");
    default: return snprintf(out, size, "{coverage: {below-ppm: %d}}", (int)(900000 + r / 6 % 200000 % 100001));
    }
}

enum { RANDOM_RULES = 6 };

static void random_rules(char lines[RANDOM_RULES][400], uint64_t *seed)
{
    static const char *const effects[] = {"accept", "conditional", "inconclusive", "reject", "transition, until: 2027-01-01",
                                          "transition, until: 2027-01-01, plan-required: false"};
    for (int i = 0; i < RANDOM_RULES; i++) {
        char match[300];
        (void)random_match(match, sizeof match, seed);
        (void)snprintf(lines[i], 400, "  - {id: R%d, match: %s, effect: %s, reason: r}\n", i, match, effects[(next_random(seed) >> 20) % 6]);
    }
}

/* Half of the policies have a waiver of one fact of one rule, and half of the questions a day. */
static size_t put_waiver(const report_t *report, uint64_t *seed, char *out, size_t size)
{
    char     subject[SHA256_HEX];
    uint64_t r = next_random(seed) >> 20;
    hex_encode(report->inputs[0].sha256.bytes, SHA256_SIZE, subject);
    return r % 2 == 0 ? 0
                      : (size_t)snprintf(out, size, "waivers:\n  - {id: W, rule: R%d, finding: \"origin:%s\", subject: \"sha256:%s\", by: A, approved-by: B, why: w, from: 2026-01-01, expires: 2026-12-31}\n",
                                         (int)(r / 2 % RANDOM_RULES), vendors[r / 16 % 3], subject);
}

static verdict_result_t judge_on(report_t *report, const char *lines, int32_t day)
{
    assert_true(status_ok(verdict_in(report, policy_of(lines, report->arena), &(circumstances_t){.has_date = day != 0, .date = day})));
    return report->verdict.result;
}

static void join(char lines[RANDOM_RULES][400], char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0, at = 0; i < RANDOM_RULES; i++)
        at += (size_t)snprintf(out + at, size - at, "%s", lines[i]);
}

static report_t *random_report(uint64_t *seed)
{
    report_t *report = next_random(seed) >> 40 & 1 ? fixture_clean_report() : fixture_report();
    report->coverage.parts_per_million = 940000 + (next_random(seed) >> 20) % 60001;
    for (uint64_t n = next_random(seed) >> 30 & 3; n > 0; n--)
        add_random_fact(report, seed);
    return report;
}

static void the_order_of_rules_never_matters(void **state)
{
    (void)state;
    uint64_t seed = 20261124;
    for (size_t round = 0; round < 400; round++) {
        char      lines[RANDOM_RULES][400], joined[4096];
        report_t *report = random_report(&seed);
        random_rules(lines, &seed);
        join(lines, joined, sizeof joined);
        verdict_result_t before = judge(report, joined);
        bool             matched[RANDOM_RULES];
        char             id[8];
        for (size_t i = 0; i < RANDOM_RULES; i++) {
            (void)snprintf(id, sizeof id, "R%zu", i);
            matched[i] = step_of(report, id)->matched;
        }
        for (size_t i = RANDOM_RULES - 1; i > 0; i--) {
            size_t j = (size_t)(next_random(&seed) >> 20) % (i + 1);
            char   line[400];
            memcpy(line, lines[i], sizeof line);
            memcpy(lines[i], lines[j], sizeof line);
            memcpy(lines[j], line, sizeof line);
        }
        join(lines, joined, sizeof joined);
        assert_int_equal(judge(report, joined), before);
        for (size_t i = 0; i < RANDOM_RULES; i++) {
            (void)snprintf(id, sizeof id, "R%zu", i);
            assert_int_equal(step_of(report, id)->matched, matched[i]);
        }
        report_free(report);
    }
}

static void more_bad_news_never_makes_the_answer_better(void **state)
{
    (void)state;
    uint64_t seed = 20261125;
    size_t   seen[4] = {0};
    for (size_t round = 0; round < 600; round++) {
        char      lines[RANDOM_RULES][400], joined[4096];
        report_t *report = random_report(&seed);
        random_rules(lines, &seed);
        join(lines, joined, sizeof joined);
        (void)put_waiver(report, &seed, joined + strlen(joined), sizeof joined - strlen(joined));
        int32_t          day    = (int32_t)((next_random(&seed) >> 20) % 3) * 10300; /* none; in 1998; in 2026 */
        verdict_result_t before = judge_on(report, joined, day);
        for (int i = 0; i < 4; i++) {
            add_random_fact(report, &seed);
            verdict_result_t after = judge_on(report, joined, day);
            assert_true(after >= before);
            before = after;
        }
        seen[before]++;
        report_free(report);
    }
    assert_true(seen[VERDICT_REJECT] > 0 && seen[VERDICT_INCONCLUSIVE] > 0);
}

/* As many bytes explained as ever, fewer rules, worse coverage: what is accepted under the worse conditions is under the better ones. */
static void less_coverage_never_makes_the_answer_better(void **state)
{
    (void)state;
    uint64_t seed = 20261126;
    for (size_t round = 0; round < 300; round++) {
        char      lines[RANDOM_RULES][400], joined[4096];
        report_t *report = random_report(&seed);
        random_rules(lines, &seed);
        join(lines, joined, sizeof joined);
        verdict_result_t before = judge(report, joined);
        report->coverage.parts_per_million -= (next_random(&seed) >> 20) % 50000;
        assert_true(judge(report, joined) >= before);
        report_free(report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_report_is_accepted_and_says_why),
        cmocka_unit_test(without_a_policy_nothing_is_accepted),
        cmocka_unit_test(acceptance_has_to_be_earned),
        cmocka_unit_test(a_long_unknown_run_is_noticed),
        cmocka_unit_test(light_damage_does_not_prevent_acceptance),
        cmocka_unit_test(rules_match_what_they_say),
        cmocka_unit_test(the_worst_effect_wins_and_one_can_see_what_is_below_it),
        cmocka_unit_test(verdicts_have_their_exit_codes),
        cmocka_unit_test(the_shipped_policies_judge_as_they_should),
        cmocka_unit_test(the_order_of_rules_never_matters),
        cmocka_unit_test(more_bad_news_never_makes_the_answer_better),
        cmocka_unit_test(less_coverage_never_makes_the_answer_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
