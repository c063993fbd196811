/* What policies mean, as one table: a rule, what is in the report, where it stands, and the verdict. */
#include "policy/change.h"
#include "policy/date.h"
#include "report/reader.h"
#include "support/fixture_report.h"

#include <stdio.h>
#include <stdlib.h>

#define R "R1, effect: reject, reason: r, match: "
#define C "R1, effect: conditional, reason: r, match: "
#define I "R1, effect: inconclusive, reason: r, match: "
#define A "R1, effect: accept, reason: r, match: "
#define T "R1, effect: transition, until: 2027-06-30, plan-required: false, reason: r, match: "
#define P "R1, effect: transition, until: 2027-06-30, reason: r, match: "

#define ACC VERDICT_ACCEPT
#define CON VERDICT_CONDITIONAL
#define INC VERDICT_INCONCLUSIVE
#define REJ VERDICT_REJECT

/* `facts`, with blanks between: o=VENDOR:JURISDICTION:STRENGTH:LIST:KINDS  f=RULE:KIND:SEVERITY:CONFIDENCE  c=NAME:VERSION:PURL:LICENCE  x=ALGORITHM:BITS
 * ppm=N run=N dark=N  at=PLACEMENT in=SCOPE on=DATE plan=FACT:DATE waive=FACT:FROM:EXPIRES no-knowledge ci ("-": not known) */
static const struct { const char *rule, *facts; verdict_result_t verdict; } cases[] = {
    /* origins */
    {R "{origin: {vendor: m}}", "", ACC},
    {R "{origin: {vendor: m}}", "o=m:CN:supporting:-:1", REJ},
    {R "{origin: {vendor: m}}", "o=M:CN:definitive:-:1", ACC},
    {R "{origin: {vendor: [a, m]}}", "o=m:CN:strong:-:1", REJ},
    {R "{origin: {jurisdiction: CN}}", "o=m:CN:strong:-:1", REJ},
    {R "{origin: {jurisdiction: CN}}", "o=m:TW:strong:-:1", ACC},
    {R "{origin: {jurisdiction: NO}}", "o=m:NO:strong:-:1", REJ},
    {R "{origin: {jurisdiction: CN}}", "o=m:-:strong:-:1", INC},
    {C "{origin: {jurisdiction: CN}}", "o=m:-:strong:-:1", INC},
    {A "{origin: {jurisdiction: CN}}", "o=m:-:strong:-:1", ACC},
    {R "{origin: {jurisdiction: CN, strength: strong}}", "o=m:-:supporting:-:1", ACC},
    {R "{origin: {jurisdiction: CN}}", "o=m:-:strong:-:1 o=n:CN:strong:-:1", REJ},
    {C "{origin: {jurisdiction: CN}}", "o=m:-:strong:-:1 o=n:CN:strong:-:1", INC},
    {R "{origin: {list: l}}", "o=m:CN:strong:l:1", REJ},
    {R "{origin: {list: [k, l]}}", "o=m:CN:strong:l:1", REJ},
    {R "{origin: {list: l}}", "o=m:CN:strong:k:1", ACC},
    {R "{origin: {strength: definitive}}", "o=m:CN:strong:-:1", ACC},
    {R "{origin: {strength: [definitive, strong]}}", "o=m:CN:strong:-:1", REJ},
    {R "{origin: {strength: supporting}}", "o=m:CN:strong:-:1", ACC},
    {R "{origin: {list: l, strength: strong}}", "o=m:CN:strong:k:1 o=n:CN:supporting:l:1", ACC},
    {R "{origin: {evidence-kinds-min: 2}}", "o=m:CN:strong:-:1", ACC},
    {R "{origin: {evidence-kinds-min: 2}}", "o=m:CN:strong:-:2", REJ},
    {R "{origin: {evidence-kinds-min: 2}}", "o=m:CN:strong:-:5", REJ},
    {R "{origin: {jurisdiction: CN, not: {vendor: m}}}", "o=m:CN:strong:-:1", ACC},
    {R "{origin: {jurisdiction: CN, not: {vendor: m}}}", "o=n:CN:strong:-:1", REJ},
    {R "{origin: {jurisdiction: CN, not: {vendor: m}}}", "o=m:CN:strong:-:1 o=n:CN:strong:-:1", REJ},
    {R "{origin: {strength: strong, not: {jurisdiction: DE}}}", "o=m:-:strong:-:1", INC},
    {R "{origin: {strength: strong, not: {jurisdiction: DE}}}", "o=m:DE:strong:-:1", ACC},
    {R "{origin: {strength: strong, not: {jurisdiction: DE, vendor: m}}}", "o=m:CN:strong:-:1", REJ},
    {R "{origin: {group: G}}", "o=m:CN:strong:-:1", ACC},
    /* findings */
    {R "{finding: {kind: backdoor}}", "f=a:backdoor:info:1", REJ},
    {R "{finding: {kind: backdoor}}", "f=a:intercept:critical:100", ACC},
    {R "{finding: {kind: [backdoor, intercept]}}", "f=a:intercept:info:1", REJ},
    {R "{finding: {rule: a}}", "f=a:anomaly:info:1", REJ},
    {R "{finding: {rule: a}}", "f=aa:anomaly:info:1", ACC},
    {R "{finding: {severity-min: high}}", "f=a:anomaly:medium:100", ACC},
    {R "{finding: {severity-min: high}}", "f=a:anomaly:high:0", REJ},
    {R "{finding: {severity-min: high}}", "f=a:anomaly:critical:0", REJ},
    {R "{finding: {confidence-min: 70}}", "f=a:secret:info:69", ACC},
    {R "{finding: {rule: a, confidence-min: 70}}", "f=a:secret:info:70", REJ},
    {R "{finding: {kind: secret, severity-min: high}}", "f=a:secret:low:99 f=b:account:high:99", ACC},
    {R "{finding: {kind: secret, not: {rule: a}}}", "f=a:secret:high:99", ACC},
    {R "{finding: {kind: secret, not: {rule: a}}}", "f=a:secret:high:99 f=b:secret:low:9", REJ},
    {R "{finding: {kind: secret, not: {severity-min: high}}}", "f=a:secret:high:99", ACC},
    {C "{finding: {kind: secret}}", "f=a:secret:high:99", CON},
    {I "{finding: {kind: secret}}", "f=a:secret:high:99", INC},
    {A "{finding: {kind: secret}}", "f=a:secret:high:99", ACC},
    /* several parts */
    {R "{finding: {kind: secret}, origin: {jurisdiction: CN}}", "f=a:secret:high:99", ACC},
    {R "{finding: {kind: secret}, origin: {jurisdiction: CN}}", "f=a:secret:high:99 o=m:CN:strong:-:1", REJ},
    {R "{finding: {kind: secret}, origin: {jurisdiction: CN}}", "f=a:secret:high:99 o=m:-:strong:-:1", INC},
    {R "{finding: {kind: secret}, origin: {jurisdiction: CN}}", "o=m:-:strong:-:1", ACC},
    {R "{component: {name: a}, finding: {kind: secret}}", "c=a:1:-:- f=a:secret:high:99", REJ},
    /* components */
    {R "{component: {name: openssl}}", "c=openssl:1.0.2k:-:-", REJ},
    {R "{component: {name: openssl}}", "c=libopenssl:1.0.2k:-:-", ACC},
    {R "{component: {name: openssl, version-range: '<1.0.2l'}}", "c=openssl:1.0.2k:-:-", REJ},
    {R "{component: {name: openssl, version-range: '<1.0.2k'}}", "c=openssl:1.0.2k:-:-", ACC},
    {R "{component: {name: openssl, version-range: '<=1.0.2k'}}", "c=openssl:1.0.2k:-:-", REJ},
    {R "{component: {name: openssl, version-range: '=1.0.2k'}}", "c=openssl:1.0.2k:-:-", REJ},
    {R "{component: {name: openssl, version-range: '>1.0.2k'}}", "c=openssl:1.0.2k:-:-", ACC},
    {R "{component: {name: openssl, version-range: '>=1.0.1 <1.0.1g'}}", "c=openssl:1.0.1f:-:-", REJ},
    {R "{component: {name: openssl, version-range: '>=1.0.1 <1.0.1g'}}", "c=openssl:1.0.1g:-:-", ACC},
    {R "{component: {name: openssl, version-range: '>=1.0.1 <1.0.1g'}}", "c=openssl:0.9.8:-:-", ACC},
    {R "{component: {name: openssl, version-range: ['<1.0', '>=3.0 <3.0.7']}}", "c=openssl:3.0.5:-:-", REJ},
    {R "{component: {name: openssl, version-range: '<1.10'}}", "c=openssl:1.9:-:-", REJ},
    {R "{component: {name: openssl, version-range: '<3.0.0'}}", "c=openssl:3.0.0-rc1:-:-", REJ},
    {R "{component: {name: openssl, version-range: '<3'}}", "c=openssl:-:-:-", INC},
    {C "{component: {name: openssl, version-range: '<3'}}", "c=openssl:-:-:-", INC},
    {R "{component: {name: openssl, version-range: '<3'}}", "c=other:-:-:-", ACC},
    {R "{component: {name: openssl, version-range: '<3'}}", "c=openssl:-:-:- c=openssl:1.0:-:-", REJ},
    {R "{component: {purl: 'pkg:deb/debian/curl'}}", "c=curl:7:pkg.deb/debian/curl@7:-", REJ},
    {R "{component: {purl: 'pkg:deb/debian/curl'}}", "c=curl:7:pkg.deb/debian/curl-dev@7:-", ACC},
    {R "{component: {purl: 'pkg:deb/debian/curl@8'}}", "c=curl:7:pkg.deb/debian/curl@7:-", ACC},
    {R "{component: {purl-prefix: 'pkg:deb/'}}", "c=curl:7:pkg.deb/debian/curl@7:-", REJ},
    {R "{component: {licence: GPL-3.0-only}}", "c=a:1:-:GPL-3.0-only", REJ},
    {R "{component: {name: a, licence: GPL-3.0-only}}", "c=a:1:-:MIT", ACC},
    {R "{component: {name: a, licence: GPL-3.0-only}}", "c=a:1:-:-", INC},
    {R "{component: {name: a, not: {version-range: '>=2'}}}", "c=a:1:-:-", REJ},
    {R "{component: {name: a, not: {version-range: '>=2'}}}", "c=a:2:-:-", ACC},
    {R "{component: {name: a, not: {version-range: '>=2'}}}", "c=a:-:-:-", INC},
    /* certificates */
    {R "{crypto: {algorithm: RSA-MD5}}", "x=RSA-MD5:2048", REJ},
    {R "{crypto: {algorithm: RSA-MD5}}", "x=RSA-SHA256:2048", ACC},
    {R "{crypto: {algorithm: RSA-MD5}}", "", ACC},
    {R "{crypto: {algorithm: RSA-MD5}}", "x=-:2048", INC},
    {R "{crypto: {rsa-bits-below: 2048}}", "x=RSA-SHA256:1024", REJ},
    {R "{crypto: {rsa-bits-below: 2048}}", "x=RSA-SHA256:2048", ACC},
    {R "{crypto: {rsa-bits-below: 2048}}", "x=ecdsa-with-SHA256:-", ACC},
    {R "{crypto: {rsa-bits-below: 2048, not: {algorithm: RSA-SHA1}}}", "x=RSA-SHA1:1024", ACC},
    /* coverage and what is unknown */
    {C "{coverage: {below-ppm: 990000}}", "ppm=989999", CON},
    {C "{coverage: {below-ppm: 990000}}", "ppm=990000", ACC},
    {R "{coverage: {below-ppm: 500000}}", "ppm=400000", REJ},
    {C "{coverage: {below-ppm: 990000}}", "ppm=940000", INC},
    {C "{unknown-run: {longer-than: 1000}}", "run=1001", CON},
    {C "{unknown-run: {longer-than: 1000}}", "run=1000", ACC},
    {C "{unknown-run: {longer-than: 1000, high-entropy: true}}", "run=2000", ACC},
    {R "{unknown-run: {longer-than: 1000, high-entropy: true}}", "dark=1001", REJ},
    {C "{finding: {kind: secret}, coverage: {below-ppm: 990000}}", "ppm=980000", ACC},
    /* what acceptance has to earn */
    {A "{finding: {severity-min: info}}", "ppm=949999", INC},
    {A "{finding: {severity-min: info}}", "run=65537", INC},
    {A "{finding: {severity-min: info}}", "run=65536", ACC},
    {A "{finding: {severity-min: info}}", "dark=4097", INC},
    {A "{finding: {severity-min: info}}", "f=l:limit:info:1", INC},
    {A "{finding: {severity-min: info}}", "f=d:damage:medium:1", INC},
    {A "{finding: {severity-min: info}}", "f=d:damage:low:1", ACC},
    {A "{finding: {severity-min: info}}", "f=worker-crash:anomaly:info:1", INC},
    {A "{finding: {severity-min: info}}", "no-knowledge", INC},
    {C "{finding: {kind: secret}}", "f=a:secret:high:99 ppm=1", INC},
    {R "{finding: {kind: secret}}", "f=a:secret:high:99 ppm=1 no-knowledge", REJ},
    /* where it stands */
    {R "{placement: core}", "at=core", REJ},
    {R "{placement: core}", "at=edge", ACC},
    {R "{placement: [core, management]}", "at=management", REJ},
    {R "{placement: core}", "", INC},
    {R "{origin: {vendor: m}, placement: core}", "o=m:CN:strong:-:1", INC},
    {R "{origin: {vendor: m}, placement: core}", "o=m:CN:strong:-:1 at=core", REJ},
    {R "{origin: {vendor: m}, placement: core}", "o=m:CN:strong:-:1 at=access", ACC},
    {R "{origin: {vendor: m}, placement: core}", "o=n:CN:strong:-:1", ACC},
    {"R1, scope: lab, effect: reject, reason: r, match: {finding: {kind: secret}}", "f=a:secret:high:99 in=lab", REJ},
    {"R1, scope: lab, effect: reject, reason: r, match: {finding: {kind: secret}}", "f=a:secret:high:99 in=edge", ACC},
    {"R1, scope: [lab, edge], effect: reject, reason: r, match: {finding: {kind: secret}}", "f=a:secret:high:99 in=edge", REJ},
    {"R1, scope: lab, effect: reject, reason: r, match: {finding: {kind: secret}}", "f=a:secret:high:99", INC},
    {"R1, scope: lab, effect: reject, reason: r, match: {finding: {kind: secret}}", "", ACC},
    /* transitions */
    {T "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2027-06-30", CON},
    {T "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2027-07-01", REJ},
    {T "{origin: {vendor: m}}", "o=m:CN:strong:-:1", INC},
    {T "{origin: {vendor: m}}", "on=2030-01-01", ACC},
    {T "{origin: {jurisdiction: CN}}", "o=m:-:strong:-:1 on=2030-01-01", INC},
    {P "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2027-01-01", INC},
    {P "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2027-01-01 plan=origin+m:2027-06-30", CON},
    {P "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2027-01-01 plan=origin+m:2027-07-01", INC},
    {P "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2027-01-01 plan=origin+n:2027-06-30", INC},
    {P "{origin: {vendor: [m, n]}}", "o=m:CN:strong:-:1 o=n:CN:strong:-:1 on=2027-01-01 plan=origin+m:2027-06-30", INC},
    {P "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2027-07-01 plan=origin+m:2027-06-30", REJ},
    {P "{component: {name: a}}", "c=a:1:-:- on=2027-01-01 plan=component+a@1:2027-06-30", CON},
    /* waivers */
    {R "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", CON},
    {R "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2026-12-31 waive=origin+m:2026-01-01:2026-12-31", CON},
    {R "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2027-01-01 waive=origin+m:2026-01-01:2026-12-31", REJ},
    {R "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2025-12-31 waive=origin+m:2026-01-01:2026-12-31", REJ},
    {R "{origin: {vendor: m}}", "o=m:CN:strong:-:1 waive=origin+m:2026-01-01:2026-12-31", REJ},
    {R "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2026-06-01 waive=origin+n:2026-01-01:2026-12-31", REJ},
    {R "{origin: {jurisdiction: CN}}", "o=m:CN:strong:-:1 o=n:CN:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", REJ},
    {R "{origin: {jurisdiction: CN}}", "o=m:CN:strong:-:1 o=n:-:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", INC},
    {I "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", CON},
    {C "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", CON},
    {A "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", ACC},
    {R "{component: {name: a}}", "c=a:1:-:- on=2026-06-01 waive=component+a@1:2026-01-01:2026-12-31", CON},
    {R "{component: {name: a}}", "c=a:2:-:- on=2026-06-01 waive=component+a@1:2026-01-01:2026-12-31", REJ},
    {R "{finding: {kind: limit}}", "f=l:limit:info:1 on=2026-06-01 waive=f0000000000abcdef:2026-01-01:2026-12-31", REJ},
    {R "{finding: {kind: secret}}", "f=s:secret:info:1 on=2026-06-01 waive=f0000000000abcdef:2026-01-01:2026-12-31", CON},
    {R "{finding: {kind: secret}}", "f=s:secret:info:1 ppm=1 on=2026-06-01 waive=f0000000000abcdef:2026-01-01:2026-12-31", INC},
    {R "{finding: {rule: worker-crash}}", "f=worker-crash:anomaly:info:1 on=2026-06-01 waive=f0000000000abcdef:2026-01-01:2026-12-31", REJ},
    {T "{origin: {vendor: m}}", "o=m:CN:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", CON},
};

_Static_assert(sizeof cases / sizeof *cases >= 120, "the table is to hold at least 120 cases");

/* ---- building what a case says ---------------------------------------------------------------------------------------- */

typedef struct { report_t *report; circumstances_t circumstances; char waiver[800], plan[800]; } setting_t;

static const char *known(const char *text) { return text == NULL || strcmp(text, "-") == 0 ? NULL : text; }

static void *with_room(report_t *report, const void *items, size_t count, size_t size)
{
    uint8_t *larger = arena_array(report->arena, count + 1, size);
    assert_non_null(larger);
    if (count > 0)
        memcpy(larger, items, count * size);
    return larger;
}

static void add_origin(report_t *report, char **v)
{
    static const char *const kinds[] = {"string", "domain", "string", "magic", "domain"};
    strength_t strength;
    assert_true(strength_from(v[2], &strength));
    fixture_add_origin(report, v[0], known(v[1]), strength, known(v[3]));
    report_origin_t *origin = &report->origins[report->origin_count - 1];
    origin->evidence_count  = (size_t)atoi(v[4]);
    origin->evidence        = arena_array(report->arena, origin->evidence_count, sizeof *origin->evidence);
    for (size_t i = 0; i < origin->evidence_count; i++)
        origin->evidence[i] = (report_evidence_t){.method = kinds[i]};
}

static void add_component(report_t *report, char **v)
{
    const char **licence = arena_alloc(report->arena, sizeof *licence);
    char        *purl    = (char *)(uintptr_t)known(v[2]);
    *licence             = known(v[3]);
    if (purl != NULL)
        purl[3] = ':'; /* "pkg.": the colon divides the table's words */
    report->components = with_room(report, report->components, report->component_count, sizeof *report->components);
    report->components[report->component_count++] = (report_component_t){
        .name = v[0], .version = known(v[1]), .purl = purl, .licences = licence, .licence_count = *licence != NULL};
}

static void add_certificate(report_t *report, char **v)
{
    report_fact_t *facts = arena_array(report->arena, 2, sizeof *facts);
    size_t         count = 0;
    if (known(v[0]) != NULL)
        facts[count++] = (report_fact_t){"certificate.signature", v[0]};
    if (known(v[1]) != NULL)
        facts[count++] = (report_fact_t){"certificate.rsa-bits", v[1]};
    report->artifacts[3].facts      = facts;
    report->artifacts[3].fact_count = count;
}

static void set_run(report_t *report, uint64_t length, region_class_t class)
{
    region_t *row = arena_alloc(report->arena, sizeof *row);
    *row          = (region_t){0, length, REGION_UNKNOWN, NULL, NO_CHILD, class, 4000};
    for (size_t i = 0; i < report->ledger_count; i++)
        if (sha256_equal(&report->ledgers[i].sha256, &report->inputs[0].sha256)) {
            report->ledgers[i].regions = row;
            report->ledgers[i].count   = 1;
        }
}

static char *fact_word(char *word)
{
    char *plus = strchr(word, '+');
    if (plus != NULL)
        *plus = ':';
    return word;
}

static void take_word(setting_t *s, char *word)
{
    char          *v[6] = {0}, *rest = strchr(word, '=') != NULL ? strchr(word, '=') + 1 : word;
    report_t      *report = s->report;
    severity_t     severity;
    finding_kind_t kind;
    for (size_t i = 0; i < 6 && rest != NULL; i++)
        v[i] = strsep(&rest, ":");
    if (strncmp(word, "o=", 2) == 0) {
        add_origin(report, v);
    } else if (strncmp(word, "f=", 2) == 0) {
        assert_true(finding_kind_from(v[1], &kind) && severity_from(v[2], &severity));
        fixture_add_finding(report, v[0], kind, severity, (uint8_t)atoi(v[3]));
    } else if (strncmp(word, "c=", 2) == 0) {
        add_component(report, v);
    } else if (strncmp(word, "x=", 2) == 0) {
        add_certificate(report, v);
    } else if (strncmp(word, "ppm=", 4) == 0) {
        report->coverage.parts_per_million = strtoull(v[0], NULL, 10);
    } else if (strncmp(word, "run=", 4) == 0) {
        set_run(report, strtoull(v[0], NULL, 10), CLASS_NONE);
    } else if (strncmp(word, "dark=", 5) == 0) {
        set_run(report, strtoull(v[0], NULL, 10), CLASS_COMPRESSED_OR_ENCRYPTED);
    } else if (strncmp(word, "at=", 3) == 0) {
        assert_true(placement_from(v[0], &s->circumstances.placement));
    } else if (strncmp(word, "in=", 3) == 0) {
        assert_true(scope_from(v[0], &s->circumstances.scope));
    } else if (strncmp(word, "on=", 3) == 0) {
        assert_true(date_from(v[0], &s->circumstances.date));
        s->circumstances.has_date = true;
    } else if (strncmp(word, "plan=", 5) == 0) {
        (void)snprintf(s->plan, sizeof s->plan, "assay-plan: 1\nitems:\n  - {fact: \"%s\", owner: o, replacement: r, by: %s}\n", fact_word(v[0]), v[1]);
    } else if (strncmp(word, "waive=", 6) == 0) {
        char subject[SHA256_HEX];
        hex_encode(report->inputs[0].sha256.bytes, SHA256_SIZE, subject);
        (void)snprintf(s->waiver, sizeof s->waiver, "waivers:\n  - {id: W, rule: R1, finding: \"%s\", subject: \"sha256:%s\", by: A, approved-by: B, why: w, from: %s, expires: %s}\n",
                       fact_word(v[0]), subject, v[1], v[2]);
    } else if (strcmp(word, "no-knowledge") == 0) {
        report->source_count = 0;
    } else {
        fail_msg("the table says %s, which means nothing", word);
    }
}

static setting_t setting_of(const char *facts)
{
    char      *words = strdup(facts), *rest = words;
    setting_t  s     = {.report = fixture_clean_report()};
    s.report->origin_count = s.report->finding_count = s.report->component_count = 0;
    char *kept = arena_text(s.report->arena, span_from_text(words));
    rest       = kept;
    for (char *word; (word = strsep(&rest, " ")) != NULL;)
        if (word[0] != '\0')
            take_word(&s, word);
    free(words);
    return s;
}

#define LIMITS "limits: {min-explained-ppm: 950000, max-unknown-run: 65536, max-unknown-high-entropy: 4096}\n"

static const policy_t *policy_of(const char *rule, setting_t *s)
{
    char yaml[4096], why[POLICY_WHY];
    (void)snprintf(yaml, sizeof yaml, "assay-policy: 1\nid: p\n" LIMITS "rules:\n  - {id: %s}\n%s", rule, s->waiver);
    const policy_t *policy = policy_from(span_from_text(yaml), "p", s->report->arena, why);
    if (policy == NULL)
        fail_msg("%s: %s", rule, why);
    if (s->plan[0] != '\0') {
        s->circumstances.plan = plan_from(span_from_text(s->plan), "plan", s->report->arena, why);
        if (s->circumstances.plan == NULL)
            fail_msg("%s", why);
    }
    return policy;
}

static void policies_mean_what_the_table_says(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setting_t       s      = setting_of(cases[i].facts);
        const policy_t *policy = policy_of(cases[i].rule, &s);
        assert_true(status_ok(verdict_in(s.report, policy, &s.circumstances)));
        if (s.report->verdict.result != cases[i].verdict) {
            print_error("%s with %s: %s\n", cases[i].rule, cases[i].facts, verdict_name(s.report->verdict.result));
            wrong++;
        }
        report_free(s.report);
    }
    assert_int_equal(wrong, 0);
}

/* ---- the least change ------------------------------------------------------------------------------------------------- */

/* Takes facts out of the report, all but one (SIZE_MAX: all). */
static void take_out(report_t *report, const change_t *change, size_t but)
{
    bool gone[FACT_KINDS][64] = {{0}};
    for (size_t i = 0; i < change->fact_count; i++)
        gone[change->facts[i].kind][change->facts[i].index] = i != but;
    size_t kept = 0;
    for (size_t i = 0; i < report->origin_count; i++)
        if (!gone[FACT_ORIGIN][i])
            report->origins[kept++] = report->origins[i];
    report->origin_count = kept;
    kept = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        if (!gone[FACT_FINDING][i])
            report->findings[kept++] = report->findings[i];
    report->finding_count = kept;
    kept = 0;
    for (size_t i = 0; i < report->component_count; i++)
        if (!gone[FACT_COMPONENT][i])
            report->components[kept++] = report->components[i];
    report->component_count = kept;
    for (size_t i = 0; i < report->artifact_count; i++)
        if (gone[FACT_CRYPTO][i])
            report->artifacts[i].fact_count = 0;
}

static verdict_result_t verdict_after(size_t index, size_t but, change_t *change, bool change_it)
{
    setting_t       s      = setting_of(cases[index].facts);
    const policy_t *policy = policy_of(cases[index].rule, &s);
    assert_true(status_ok(verdict_in(s.report, policy, &s.circumstances)));
    if (change_it) {
        change_t local;
        assert_true(status_ok(change_find(s.report, policy, &s.circumstances, s.report->arena, &local)));
        take_out(s.report, &local, but);
        assert_true(status_ok(verdict_in(s.report, policy, &s.circumstances)));
        *change = local;
    }
    verdict_result_t result = s.report->verdict.result;
    report_free(s.report);
    return result;
}

static void without_the_facts_that_explain_names_the_verdict_is_the_one_it_names_and_with_any_of_them_it_is_not(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        change_t         change;
        verdict_result_t before = verdict_after(i, SIZE_MAX, &change, false), after = verdict_after(i, SIZE_MAX, &change, true);
        if (!change.possible || change.step_count > 0)
            continue; /* a step that no fact decides: coverage, placement */
        if (after != change.to)
            fail_msg("%s with %s: %s instead of %s", cases[i].rule, cases[i].facts, verdict_name(after), verdict_name(change.to));
        assert_true(after < before);
        for (size_t but = 0, count = change.fact_count; but < count; but++, tried++)
            if (verdict_after(i, but, &change, true) < before)
                fail_msg("%s with %s: not all that is named is needed", cases[i].rule, cases[i].facts);
    }
    assert_true(tried > 40);
}

static void versions_stand_in_their_order(void **state)
{
    (void)state;
    static const char *const ascending[] = {"0.9.8", "1.0.0-alpha", "1.0.0-beta2", "1.0.0-rc1", "1.0.0", "1.0.1", "1.0.1f", "1.0.1g", "1.0.2", "1.0.2k", "1.0.10", "1.9", "1.10", "2~1", "2", "2.0.0.1", "10"};
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++)
        for (size_t k = 0; k < sizeof ascending / sizeof *ascending; k++) {
            char range[64];
            (void)snprintf(range, sizeof range, "%s%s", i < k ? "<" : i > k ? ">" : "=", ascending[k]);
            setting_t s = setting_of("");
            char      rule[200], facts[100];
            (void)snprintf(rule, sizeof rule, R "{component: {version-range: '%s'}}", range);
            (void)snprintf(facts, sizeof facts, "c=a:%s:-:-", ascending[i]);
            report_free(s.report);
            s = setting_of(facts);
            assert_true(status_ok(verdict_in(s.report, policy_of(rule, &s), &s.circumstances)));
            if (s.report->verdict.result != VERDICT_REJECT)
                fail_msg("%s is not %s", ascending[i], range);
            report_free(s.report);
        }
}

static void days_are_those_of_the_calendar(void **state)
{
    (void)state;
    static const struct { const char *text; int32_t day; } days[] = {{"1970-01-01", 0}, {"2000-02-29", 11016}, {"2024-12-31", 20088}, {"2026-11-24", 20781}, {"2100-03-01", 47541}};
    static const char *const none[] = {"2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "26-01-01", "2026-1-1", "2026/01/01", "+026-01-01", "2026-01-01 ", "", "1969-12-31"};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        int32_t day;
        char    text[DATE_TEXT];
        assert_true(date_from(days[i].text, &day));
        assert_int_equal(day, days[i].day);
        date_text(day, text);
        assert_string_equal(text, days[i].text);
    }
    for (int32_t day = 0; day < 60000; day++) {
        int32_t again;
        char    text[DATE_TEXT];
        date_text(day, text);
        assert_true(date_from(text, &again) && again == day);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        int32_t day;
        assert_false(date_from(none[i], &day));
    }
}

static void waivers_are_seen_in_use_or_not(void **state)
{
    (void)state;
    static const struct { const char *facts, *why; size_t unused; } uses[] = {
        {"o=m:CN:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", "in use", 0},
        {"o=n:CN:strong:-:1 on=2026-06-01 waive=origin+m:2026-01-01:2026-12-31", "meets no such fact", 1},
        {"o=m:CN:strong:-:1 on=2027-06-01 waive=origin+m:2026-01-01:2026-12-31", "expired", 1},
        {"o=m:CN:strong:-:1 on=2025-06-01 waive=origin+m:2026-01-01:2026-12-31", "not yet valid", 1},
        {"o=m:CN:strong:-:1 waive=origin+m:2026-01-01:2026-12-31", "the day of the question is not known", 1},
    };
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        setting_t s = setting_of(uses[i].facts);
        assert_true(status_ok(verdict_in(s.report, policy_of(R "{origin: {vendor: m}}", &s), &s.circumstances)));
        const verdict_step_t *last = &s.report->verdict.trace[s.report->verdict.trace_count - 1];
        assert_string_equal(last->rule, "assay:waiver:W");
        if (strstr(last->why, uses[i].why) == NULL)
            fail_msg("%s: %s", uses[i].facts, last->why);
        assert_int_equal(verdict_unused_waivers(&s.report->verdict), uses[i].unused);
        /* And they stand in the signed report, which can be read again. */
        char      reason[REPORT_WHY];
        report_t *again;
        buffer_t  statement = fixture_statement(s.report);
        if (!status_ok(reader_report(buffer_span(&statement), &again, reason)))
            fail_msg("%s", reason);
        buffer_t second = fixture_statement(again);
        assert_true(span_equal(buffer_span(&statement), buffer_span(&second)));
        buffer_free(&statement);
        buffer_free(&second);
        report_free(again);
        report_free(s.report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_mean_what_the_table_says),
        cmocka_unit_test(without_the_facts_that_explain_names_the_verdict_is_the_one_it_names_and_with_any_of_them_it_is_not),
        cmocka_unit_test(versions_stand_in_their_order),
        cmocka_unit_test(days_are_those_of_the_calendar),
        cmocka_unit_test(waivers_are_seen_in_use_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
