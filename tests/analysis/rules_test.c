/* Rules and version strings: what is found, where, and what hostile repetition costs. */
#include "support/analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define META(id) "meta: id = \"" id "\" kind = \"backdoor\" severity = \"high\" confidence = 80 description = \"Says sesame\" " \
                 "author = \"a\" date = \"2024-01-01\" reference = \"https://example.org/1\" reference = \"https://example.org/2\" "

static lab_t lab;

static int open_lab(void **state)
{
    (void)state;
    lab_make(&lab);
    lab_file(&lab, "corpus/jurisdictions/NO.yaml", "id: NO\nname: Norway\n");
    lab_file(&lab, "corpus/vendors/fox.yaml", "id: fox\nname: Fox\njurisdiction: NO\n");
    lab_file(&lab, "rules/backdoor/one.yar",
             "rule sesame { " META("sesame") " strings: $a = \"open sesame\" $b = { DE AD ?? EF } $c = /door-[0-9]{3}/ condition: any of them }\n"
             "rule tail { " META("tail") " strings: $a = \"the end\" condition: $a at filesize - 7 }\n"
             "rule start { " META("start") " condition: uint32(0) == 0x01020304 }\n"
             "rule many { " META("many") " strings: $a = \"xy\" condition: #a > 1000 }\n"
             "private rule hidden { strings: $a = \"open\" condition: $a }\n"
             "rule uses { " META("uses") " condition: hidden and filesize < 20 }\n");
    lab_file(&lab, "rules/vendor/fox.yar",
             "rule fox { meta: id = \"fox-banner\" kind = \"vendor\" vendor = \"fox\" strength = \"strong\" severity = \"info\" confidence = 70 "
             "description = \"d\" author = \"a\" date = \"d\" strings: $a = \"FoxOS\" condition: $a }\n");
    lab_file(&lab, "corpus/components/badger.yaml",
             "name: badger\nsupplier: Badger project\npurl: pkg:generic/badger\ncpe: badger:badger\nlicence: MIT\nsignatures:\n"
             "  - {anchor: \"Badger v\", version: 'Badger v(\\d+\\.\\d+(?:\\.\\d+)?(?:[+~][a-z]+)?)', confidence: 90}\n"
             "  - {anchor: \"badgerd/\", version: '(?:lib)?badgerd/([0-9.]+)\\x00', confidence: 60}\n");
    lab_file(&lab, "corpus/components/linux.yaml",
             "name: linux\npurl: pkg:generic/linux_kernel\ncpe: o:linux:linux_kernel\nsignatures:\n"
             "  - {anchor: \"Linux version \", version: 'Linux version (\\d+\\.\\d+\\.\\d+)', confidence: 95}\n"
             "  - {anchor: \"vermagic=\", version: 'vermagic=(\\d+\\.\\d+\\.\\d+)', confidence: 90}\n");
    lab_file(&lab, "corpus/components/slow.yaml", "name: slow\nsignatures:\n  - {anchor: \"slow:\", version: 'slow:(?:(?:a+)+)+(b)', confidence: 10}\n");
    lab_open(&lab, NULL);
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    lab_remove(&lab);
    return 0;
}

static void a_hit_says_rule_place_and_bytes(void **state)
{
    (void)state;
    static const uint8_t blob[] = "....open sesame....\xDE\xAD\x99\xEF..door-123..open sesame";
    hearing_t            h      = lab_hear(&lab, span_from(blob, sizeof blob - 1), NULL, 0);
    const heard_t       *first  = heard(&h, RECORD_FINDING, "sesame", 0);
    assert_non_null(first);
    assert_int_equal(first->kind, FINDING_BACKDOOR);
    assert_int_equal(first->severity, SEVERITY_HIGH);
    assert_int_equal(first->confidence, 80);
    assert_int_equal(first->offset, 4);
    assert_string_equal(first->text, "open sesame");
    assert_string_equal(first->what, "Says sesame");
    assert_string_equal(first->references, "https://example.org/1\nhttps://example.org/2");
    assert_int_equal(heard(&h, RECORD_FINDING, "sesame", 1)->offset, 19);
    assert_string_equal(heard(&h, RECORD_FINDING, "sesame", 2)->text, "door-123");
    assert_null(heard(&h, RECORD_FINDING, "sesame", 3));
    assert_null(heard(&h, RECORD_FINDING, "hidden", 0));
    hearing_free(&h);
}

static void what_a_child_owns_is_not_looked_at_and_offsets_stay_those_of_the_blob(void **state)
{
    (void)state;
    uint8_t blob[5000];
    memset(blob, '.', sizeof blob);
    memcpy(blob + 100, "open sesame", 11);   /* the child's */
    memcpy(blob + 1995, "open sesame", 11);  /* across the border */
    memcpy(blob + 3000, "open sesame", 11);
    memcpy(blob + 3500, "Badger v1.2.3", 13);
    memcpy(blob + 4096 - 10, "Badger v9.87", 12); /* the last digits are the child's */
    memcpy(blob + 4993, "the end", 7);
    const owned_t children[] = {{0, 2000}, {4096, 500}};
    hearing_t     h          = lab_hear(&lab, span_from(blob, sizeof blob), children, 2);
    assert_int_equal(heard_count(&h, RECORD_FINDING, "sesame"), 1);
    assert_int_equal(heard(&h, RECORD_FINDING, "sesame", 0)->offset, 3000);
    assert_int_equal(heard(&h, RECORD_FINDING, "tail", 0)->offset, 4993);
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, NULL), 1);
    assert_int_equal(heard(&h, RECORD_COMPONENT, "badger", 0)->offset, 3500);
    hearing_free(&h);
    const owned_t all[] = {{0, 5000}};
    h                   = lab_hear(&lab, span_from(blob, sizeof blob), all, 1);
    assert_int_equal(h.count, 1); /* its type, and nothing more */
    assert_int_equal(h.all[0].type, RECORD_IDENTITY);
    hearing_free(&h);
}

static void conditions_without_texts_and_private_rules_hold(void **state)
{
    (void)state;
    static const uint8_t blob[] = {4, 3, 2, 1, 'o', 'p', 'e', 'n', 0};
    hearing_t            h      = lab_hear(&lab, span_from(blob, sizeof blob), NULL, 0);
    assert_non_null(heard(&h, RECORD_FINDING, "start", 0));
    assert_int_equal(heard(&h, RECORD_FINDING, "start", 0)->length, 0);
    assert_non_null(heard(&h, RECORD_FINDING, "uses", 0));
    hearing_free(&h);
}

static void a_vendor_rule_is_a_finding_and_a_marker(void **state)
{
    (void)state;
    hearing_t h = lab_hear_text(&lab, "welcome to FoxOS, the system");
    assert_int_equal(heard(&h, RECORD_FINDING, "fox-banner", 0)->kind, FINDING_VENDOR);
    const heard_t *marker = heard(&h, RECORD_MARKER, "fox", 0);
    assert_non_null(marker);
    assert_string_equal(marker->what, "rule");
    assert_int_equal(marker->strength, STRENGTH_STRONG);
    assert_int_equal(marker->offset, 11);
    hearing_free(&h);
}

static void a_version_string_is_a_component_with_its_names(void **state)
{
    (void)state;
    static const char blob[] = "xx\0Badger v1.2.3 (2020)\0Badger version\0Badger v1.2.3\0Badger v2.0+git\0libbadgerd/7.1\0"
                               "Linux version 5.10.199 (gcc)\0vermagic=5.10.199 SMP\0";
    hearing_t         h      = lab_hear(&lab, span_from(blob, sizeof blob - 1), NULL, 0);
    const heard_t    *one    = heard(&h, RECORD_COMPONENT, "badger", 0);
    assert_non_null(one);
    assert_string_equal(one->version, "1.2.3");
    assert_string_equal(one->supplier, "Badger project");
    assert_string_equal(one->licence, "MIT");
    assert_string_equal(one->purl, "pkg:generic/badger@1.2.3");
    assert_string_equal(one->cpe, "cpe:2.3:a:badger:badger:1.2.3:*:*:*:*:*:*:*");
    assert_string_equal(one->method, "version-string");
    assert_string_equal(one->text, "Badger v1.2.3");
    assert_int_equal(one->offset, 3);
    assert_int_equal(one->length, 13);
    assert_int_equal(one->confidence, 90);
    const heard_t *two = heard(&h, RECORD_COMPONENT, "badger", 1);
    assert_string_equal(two->purl, "pkg:generic/badger@2.0%2Bgit");
    assert_string_equal(two->cpe, "cpe:2.3:a:badger:badger:2.0\\+git:*:*:*:*:*:*:*");
    const heard_t *three = heard(&h, RECORD_COMPONENT, "badger", 2);
    assert_string_equal(three->version, "7.1");
    assert_int_equal(three->length, 15); /* from before the anchor to the NUL */
    assert_null(heard(&h, RECORD_COMPONENT, "badger", 3));
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, "linux"), 1); /* said twice, recorded once */
    assert_string_equal(heard(&h, RECORD_COMPONENT, "linux", 0)->cpe, "cpe:2.3:o:linux:linux_kernel:5.10.199:*:*:*:*:*:*:*");
    hearing_free(&h);
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* `text` over and over, up to `size` bytes. */
static span_t repeated(const char *text, size_t size)
{
    uint8_t *at = malloc(size);
    assert_non_null(at);
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)text[i % strlen(text)];
    return span_from(at, size);
}

static void repetition_costs_neither_memory_nor_time(void **state)
{
    (void)state;
    static const char *const texts[] = {"Badger v1.", "Badger v", "open sesame", "slow:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "xy", "-----BEGIN ",
        "-----BEGIN A-----", "\x30\x82\x10\x20\x30\x82\x10\x10\xA0\x03\x02\x01\x02\x02", "Linux version Badger vslow:vermagic=open sesame", "1:",
        "\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        span_t    blob  = repeated(texts[i], 1 << 20);
        double    start = seconds();
        hearing_t h     = lab_hear(&lab, blob, NULL, 0);
        double    took  = seconds() - start;
        if (took > 10)
            fail_msg("1 MiB of \"%s\" take %.1f s", texts[i], took);
        assert_true(h.count < 64);
        hearing_free(&h);
        free((void *)(uintptr_t)blob.at);
    }
}

static void a_text_that_stands_too_often_is_a_limit(void **state)
{
    (void)state;
    span_t    blob = repeated("Badger v", 1 << 20);
    hearing_t h    = lab_hear(&lab, blob, NULL, 0);
    assert_non_null(heard(&h, RECORD_LIMIT, "anchors", 0));
    hearing_free(&h);
    free((void *)(uintptr_t)blob.at);
    blob = repeated("xy", 4 << 20);
    h    = lab_hear(&lab, blob, NULL, 0);
    assert_non_null(heard(&h, RECORD_LIMIT, "rule-matches", 0));
    hearing_free(&h);
    free((void *)(uintptr_t)blob.at);
}

static void a_change_log_does_not_become_a_hundred_components(void **state)
{
    (void)state;
    char   text[8192];
    size_t size = 0;
    for (int i = 0; i < 100; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "Changes in Badger v1.%d: none\n", i);
    hearing_t h = lab_hear_text(&lab, text);
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, "badger"), 16);
    assert_int_equal(heard_count(&h, RECORD_NOTE, NULL), 1);
    assert_int_equal(heard_count(&h, RECORD_LIMIT, NULL), 0);
    hearing_free(&h);
}

static void small_and_empty_blobs_have_a_type(void **state)
{
    (void)state;
    for (size_t size = 0; size < 20; size++) {
        hearing_t h = lab_hear(&lab, span_clip(span_from_text("#!/bin/sh\nexit 0\n\n\n\n\n\n"), 0, size), NULL, 0);
        assert_int_equal(heard_count(&h, RECORD_IDENTITY, NULL), 1);
        assert_true(h.all[0].name[0] != '\0' && h.all[0].what[0] != '\0');
        hearing_free(&h);
    }
    hearing_t h = lab_hear_text(&lab, "#!/bin/sh\nexit 0\n");
    assert_string_equal(heard(&h, RECORD_IDENTITY, NULL, 0)->name, "text/x-shellscript");
    hearing_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hit_says_rule_place_and_bytes),
        cmocka_unit_test(what_a_child_owns_is_not_looked_at_and_offsets_stay_those_of_the_blob),
        cmocka_unit_test(conditions_without_texts_and_private_rules_hold),
        cmocka_unit_test(a_vendor_rule_is_a_finding_and_a_marker),
        cmocka_unit_test(a_version_string_is_a_component_with_its_names),
        cmocka_unit_test(repetition_costs_neither_memory_nor_time),
        cmocka_unit_test(a_text_that_stands_too_often_is_a_limit),
        cmocka_unit_test(a_change_log_does_not_become_a_hundred_components),
        cmocka_unit_test(small_and_empty_blobs_have_a_type),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
