#include "policy/policy.h"
#include "support/sample.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMITS "limits: {min-explained-ppm: 950000, max-unknown-run: 65536, max-unknown-high-entropy: 0}\n"
#define HEAD   "assay-policy: 1\nid: p\n" LIMITS
#define WAIVER ", subject: \"sha256:0000000000000000000000000000000000000000000000000000000000000000\", finding: f, by: A, why: w"
#define RULE   "  - {id: R1, match: {origin: {list: [a]}}, effect: reject, reason: Because.}\n"

static void a_policy_is_read_as_it_is_written(void **state)
{
    (void)state;
    static const char yaml[] = HEAD "title: NO\nrules:\n"
        "  - {id: R10, match: {origin: {list: [ndaa-889, b], strength: [definitive, strong], not: {jurisdiction: NO}}}, effect: reject, reason: A reason., ref: \"s. 889(a)(1)\"}\n"
        "  - id: R11\n    match:\n      finding: {kind: backdoor, severity-min: high, confidence-min: 70}\n      component: {name: [x], purl-prefix: pkg:deb/}\n"
        "      coverage: {below-ppm: 990000}\n    effect: conditional\n    reason: Another.\n";
    char            why[POLICY_WHY];
    arena_t        *arena  = arena_new(SIZE_MAX);
    const policy_t *policy = policy_from(span_from_text(yaml), "p.yaml", arena, why);
    if (policy == NULL)
        fail_msg("%s", why);
    assert_string_equal(policy->id, "p");
    assert_string_equal(policy->title, "NO");
    assert_int_equal(policy->limits.min_explained_ppm, 950000);
    assert_int_equal(policy->limits.max_unknown_run, 65536);
    assert_int_equal(policy->rule_count, 2);
    const policy_rule_t *first = &policy->rules[0], *second = &policy->rules[1];
    assert_int_equal(first->effect, VERDICT_REJECT);
    assert_int_equal(first->match.origin->list.count, 2);
    assert_string_equal(first->match.origin->list.items[0], "ndaa-889");
    assert_int_equal(first->match.origin->strength, 1u << STRENGTH_DEFINITIVE | 1u << STRENGTH_STRONG);
    assert_string_equal(first->match.origin->except->jurisdiction.items[0], "NO");
    assert_string_equal(first->reference, "s. 889(a)(1)");
    assert_null(first->match.finding);
    assert_true(second->match.finding->has_severity && second->match.finding->severity_min == SEVERITY_HIGH);
    assert_int_equal(second->match.finding->confidence_min, 70);
    assert_string_equal(second->match.component->purl_prefix.items[0], "pkg:deb/");
    assert_true(second->match.has_coverage);
    assert_int_equal(second->match.coverage_below, 990000);
    arena_free(arena);
}

static void whatever_is_not_understood_is_an_error_with_its_place(void **state)
{
    (void)state;
    static const struct { const char *yaml, *why; } bad[] = {
        {"", "p.yaml:1:1"},
        {"just text", "p.yaml:1:1: a policy is a mapping"},
        {HEAD "rules:\n" RULE "waivers: []\n", "p.yaml:6:1: a list of at least one of waivers is wanted here"},
        {HEAD "rules:\n" RULE "waiver: []\n", "p.yaml:6:1: a policy has no key \"waiver\" in this version"},
        {HEAD "rules:\n" RULE "id: q\n", "p.yaml:6:1: duplicate key"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: transit, reason: r}\n", "p.yaml:5:50: unknown effect \"transit\""},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: transition, reason: r}\n",
         "p.yaml:5:6: a transition needs the key \"until\""},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: reject, until: 2027-01-01, reason: r}\n",
         "only a transition has the key \"until\""},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: reject, plan-required: true, reason: r}\n",
         "only a transition has the key \"plan-required\""},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: reject, require: x, reason: r}\n",
         "only a conditional rule or a transition has the key \"require\""},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: transition, until: 2027-02-29, reason: r}\n", "p.yaml:5:69: a date like"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: transition, until: 31.12.2027, reason: r}\n", "a date like"},
        {HEAD "rules:\n  - {id: R1, match: {component: {version-range: 1.0}}, effect: reject, reason: r}\n", "is no range of versions"},
        {HEAD "rules:\n  - {id: R1, match: {component: {version-range: [\">=1 <\"]}}, effect: reject, reason: r}\n", "is no range of versions"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {evidence-kinds-min: 0}}, effect: reject, reason: r}\n", "at least 1 is wanted"},
        {HEAD "rules:\n  - {id: R1, match: {unknown-run: {high-entropy: true}}, effect: reject, reason: r}\n",
         "unknown-run needs the key \"longer-than\""},
        {HEAD "rules:\n  - {id: R1, match: {unknown-run: {longer-than: 1, high-entropy: yes}}, effect: reject, reason: r}\n", "true or false"},
        {HEAD "rules:\n  - {id: R1, match: {placement: somewhere}, effect: reject, reason: r}\n", "p.yaml:5:33: unknown placement \"somewhere\""},
        {HEAD "rules:\n  - {id: R1, match: {crypto: {bits: 5}}, effect: reject, reason: r}\n", "crypto has no key \"bits\""},
        {HEAD "scope: everywhere\nrules:\n" RULE, "p.yaml:4:8: unknown scope \"everywhere\""},
        {HEAD "imports: [policies/x]\nrules:\n" RULE, "only lists of the knowledge base can be imported"},
        {HEAD "best: reject\nrules:\n" RULE, "the best that a policy can say"},
        {"assay-policy: 1\nid: p\nlimits: {min-explained-ppm: 0, max-unknown-run: 0, max-unknown-high-entropy: 0, max-kb-age: 99999}\nrules:\n" RULE, "a whole number from 0 to 36600"},
        {HEAD "rules:\n" RULE "waivers:\n  - {id: W, rule: R2" WAIVER ", approved-by: B, from: 2026-01-01, expires: 2026-02-01}\n",
         "p.yaml:7:6: waiver W: there is no rule \"R2\""},
        {HEAD "rules:\n" RULE "waivers:\n  - {id: W, rule: \"assay:limits\"" WAIVER ", approved-by: B, from: 2026-01-01, expires: 2026-02-01}\n",
         "an id is made of"},
        {HEAD "rules:\n" RULE "waivers:\n  - {id: W, rule: R1" WAIVER ", approved-by: a, from: 2026-01-01, expires: 2026-02-01}\n",
         "another person than the one"},
        {HEAD "rules:\n" RULE "waivers:\n  - {id: W, rule: R1" WAIVER ", approved-by: B, from: 2026-01-01, expires: 2027-01-03}\n",
         "at most 366 days later"},
        {HEAD "rules:\n" RULE "waivers:\n  - {id: W, rule: R1" WAIVER ", approved-by: B, from: 2026-01-02, expires: 2026-01-01}\n",
         "it expires on the day it begins"},
        {HEAD "rules:\n" RULE "waivers:\n  - {id: W, rule: R1" WAIVER ", from: 2026-01-01, expires: 2026-02-01}\n",
         "waivers needs the key \"approved-by\""},
        {HEAD "rules:\n" RULE "waivers:\n  - {id: W, rule: R1, subject: \"md5:00\", finding: f, by: A, approved-by: B, why: w, from: 2026-01-01, expires: 2026-02-01}\n", "\"sha256:\" and 64"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {vendr: a}}, effect: reject, reason: r}\n",
         "p.yaml:5:31: origin has no key \"vendr\" in this version"},
        {HEAD "rules:\n  - {id: R1, match: {place: core}, effect: reject, reason: r}\n", "match has no key \"place\""},
        {HEAD "rules:\n  - {id: R1, match: {origin: {not: {not: {vendor: a}}}}, effect: reject, reason: r}\n", "not (of origin) has no key \"not\""},
        {HEAD "rules:\n  - {id: R1, match: {not: {origin: {vendor: a}}}, effect: reject, reason: r}\n", "match has no key \"not\""},
        {HEAD "rules:\n  - {id: R1, match: {}, effect: reject, reason: r}\n", "match is a mapping with at least one key"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {}}, effect: reject, reason: r}\n", "origin is a mapping with at least one key"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: []}}, effect: reject, reason: r}\n", "a name or a list of names"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: [[a]]}}, effect: reject, reason: r}\n", "a text of 1 to"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: }}, effect: reject, reason: r}\n", "p.yaml:5:"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {strength: weak}}, effect: reject, reason: r}\n", "unknown strength \"weak\""},
        {HEAD "rules:\n  - {id: R1, match: {finding: {kind: odd}}, effect: reject, reason: r}\n", "unknown kind \"odd\""},
        {HEAD "rules:\n  - {id: R1, match: {finding: {severity-min: bad}}, effect: reject, reason: r}\n", "unknown severity \"bad\""},
        {HEAD "rules:\n  - {id: R1, match: {finding: {confidence-min: 101}}, effect: reject, reason: r}\n", "a whole number from 0 to 100"},
        {HEAD "rules:\n  - {id: R1, match: {finding: {confidence-min: 070}}, effect: reject, reason: r}\n", "a whole number from 0 to 100"},
        {HEAD "rules:\n  - {id: R1, match: {coverage: {below-ppm: -1}}, effect: reject, reason: r}\n", "a whole number from 0 to 1000000"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: reject}\n", "rules needs the key \"reason\""},
        {HEAD "rules:\n  - {id: \"a:b\", match: {origin: {list: a}}, effect: reject, reason: r}\n", "an id is made of"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: a}}, effect: reject, reason: \"two\\nlines\"}\n", "a text of one line"},
        {HEAD "rules:\n" RULE RULE, "two rules have the id \"R1\""},
        {HEAD "rules: []\n", "a list of at least one of rules is wanted here"},
        {HEAD, "a policy needs the key \"rules\""},
        {"assay-policy: 1\nid: p\nrules:\n" RULE, "a policy needs the key \"limits\""},
        {"assay-policy: 2\nid: p\n" LIMITS "rules:\n" RULE, "p.yaml:1:15: this is a policy of another version than 1"},
        {HEAD "rules:\n" RULE "---\na: b\n", "a file holds one document"},
        {HEAD "rules:\n  - &x {id: R1, match: {origin: {list: a}}, effect: reject, reason: r}\n", "anchors and aliases"},
        {HEAD "title: &t a\nrules:\n  - {id: R1, match: {origin: {list: a}}, effect: reject, reason: *t}\n", "anchors and aliases"},
        {HEAD "title: !!str a\nrules:\n" RULE, "tags are not used"},
        {HEAD "rules: [[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]\n", "nested too deeply"},
        {HEAD "rules:\n  - {id: R1, match: {origin: {list: [a}}, effect: reject, reason: r}\n", "p.yaml:5:"},
        {HEAD "\trules: x\n", "p.yaml:4:"},
        {HEAD "rules:\n" RULE "title: \xC3(\n", "in UTF-8"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char     why[POLICY_WHY];
        arena_t *arena = arena_new(SIZE_MAX);
        if (policy_from(span_from_text(bad[i].yaml), "p.yaml", arena, why) != NULL)
            fail_msg("taken for a policy: %s", bad[i].yaml);
        if (strstr(why, bad[i].why) == NULL)
            fail_msg("instead of %s: %s", bad[i].why, why);
        arena_free(arena);
    }
}

static void mutated_policies_are_read_or_refused(void **state)
{
    (void)state;
    static const char likely[] = "{}[],: \n\"'&*!-|>#%@\t";
    char     path[1024];
    uint64_t seed = 88172645463325252u;
    (void)snprintf(path, sizeof path, "%s/corpus/policies/default.yaml", getenv("ASSAY_SOURCE"));
    sample_t sample = sample_read(path);
    for (size_t round = 0; round < 3000; round++) {
        char     why[POLICY_WHY];
        arena_t *arena = arena_new(SIZE_MAX);
        uint8_t *copy  = malloc(sample.size);
        assert_non_null(copy);
        memcpy(copy, sample.at, sample.size);
        for (size_t n = 0; n <= round % 4; n++) {
            seed ^= seed >> 12, seed ^= seed << 25, seed ^= seed >> 27;
            copy[seed % sample.size] = (seed >> 33) % 2 == 0 ? (uint8_t)likely[(seed >> 40) % (sizeof likely - 1)] : (uint8_t)(seed >> 40);
        }
        size_t size = round % 8 == 7 ? (size_t)(seed % sample.size) : sample.size;
        if (policy_from(span_from(copy, size), "p.yaml", arena, why) == NULL)
            assert_true(strncmp(why, "p.yaml:", 7) == 0);
        free(copy);
        arena_free(arena);
    }
    sample_free(&sample);
}

static void the_policies_that_ship_are_sound(void **state)
{
    (void)state;
    static const char *const names[] = {"default", "ndaa-889", "fcc-covered-list", "eu-5g-toolbox-high-risk", "nato-vetting", "lab-triage",
                                        "ci-default", "transition-example"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char            why[POLICY_WHY];
        arena_t        *arena  = arena_new(SIZE_MAX);
        const policy_t *policy = policy_load(names[i], getenv("ASSAY_SOURCE"), arena, why);
        if (policy == NULL)
            fail_msg("%s", why);
        assert_string_equal(policy->id, names[i]);
        arena_free(arena);
    }
}

static void a_policy_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    char     why[POLICY_WHY];
    arena_t *arena = arena_new(SIZE_MAX);
    assert_null(policy_load("no-such-policy", getenv("ASSAY_SOURCE"), arena, why));
    assert_non_null(strstr(why, "no-such-policy: cannot read the policy"));
    assert_null(policy_load("/", NULL, arena, why));
    arena_free(arena);
}

static void a_name_that_the_knowledge_base_lacks_is_noticed(void **state)
{
    (void)state;
    static const vendor_t           vendors[]       = {{.id = "maker", .group = "Holdings"}};
    static const jurisdiction_t     jurisdictions[] = {{.id = "NO", .name = "Norway"}};
    static const restriction_list_t lists[]         = {{.id = "ndaa-889"}};
    static const knowledge_t        knowledge       = {
        .vendors = vendors, .vendor_count = 1, .jurisdictions = jurisdictions, .jurisdiction_count = 1, .lists = lists, .list_count = 1};
    static const struct { const char *match, *why; } cases[] = {
        {"{origin: {list: ndaa-889, vendor: maker, group: Holdings, jurisdiction: [NO]}}", NULL},
        {"{finding: {kind: backdoor}}", NULL},
        {"{origin: {list: ndaa-998}}", "rule R1 (line 5): the knowledge base has no list \"ndaa-998\""},
        {"{origin: {vendor: [maker, mkaer]}}", "no vendor \"mkaer\""},
        {"{origin: {group: Holding}}", "no group \"Holding\""},
        {"{origin: {jurisdiction: no}}", "no jurisdiction \"no\""},
        {"{origin: {list: ndaa-889, not: {vendor: x}}}", "no vendor \"x\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char     yaml[1024], why[POLICY_WHY];
        arena_t *arena = arena_new(SIZE_MAX);
        (void)snprintf(yaml, sizeof yaml, HEAD "rules:\n  - {id: R1, match: %s, effect: reject, reason: r}\n", cases[i].match);
        const policy_t *policy = policy_from(span_from_text(yaml), "p.yaml", arena, why);
        if (policy == NULL)
            fail_msg("%s", why);
        assert_int_equal(policy_names_known(policy, &knowledge, why), cases[i].why == NULL);
        if (cases[i].why != NULL && strstr(why, cases[i].why) == NULL)
            fail_msg("instead of %s: %s", cases[i].why, why);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_read_as_it_is_written),
        cmocka_unit_test(whatever_is_not_understood_is_an_error_with_its_place),
        cmocka_unit_test(mutated_policies_are_read_or_refused),
        cmocka_unit_test(the_policies_that_ship_are_sound),
        cmocka_unit_test(a_policy_that_is_not_there_is_an_error),
        cmocka_unit_test(a_name_that_the_knowledge_base_lacks_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
