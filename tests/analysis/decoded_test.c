/* What stands encoded: it is decoded, found by the rules, and its place is that of the encoded bytes. */
#include "support/analysis.h"

#include "analysis/decoded.h"

#include <stdio.h>
#include <stdlib.h>

#define META "meta: id = \"sesame\" kind = \"backdoor\" severity = \"high\" confidence = 80 description = \"d\" author = \"a\" date = \"2024-01-01\" "

static lab_t lab;

static int open_lab(void **state)
{
    (void)state;
    lab_make(&lab);
    lab_file(&lab, "corpus/jurisdictions/NO.yaml", "id: NO\nname: Norway\n");
    lab_file(&lab, "corpus/components/badger.yaml", "name: badger\nsignatures:\n  - {anchor: \"Badger v\", version: 'Badger v(\\d+)', confidence: 90}\n");
    lab_file(&lab, "rules/backdoor/one.yar", "rule sesame { " META " strings: $a = \"open sesame\" $b = \"hidden call\" xor(0x01-0xff) condition: any of them }\n");
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

typedef struct { const char *what; const char *text; size_t size; const char *method, *at_place; } form_t;
#define FORM(what, text, method, at_place) {what, text, sizeof(text) - 1, method, at_place}

static void a_text_is_found_in_every_form_that_is_decoded(void **state)
{
    (void)state;
    /* base64 by coreutils of "please say open sesame now" and, with a line end after 76, of 60 dots before it; hexadecimal by xxd */
    static const form_t forms[] = {
        FORM("base64", "#!/bin/sh\necho cGxlYXNlIHNheSBvcGVuIHNlc2FtZSBub3c= | base64 -d | sh\n", "yara-base64", "BvcGVuIHNlc2FtZS"),
        FORM("base64 behind an assignment", "KEY=cGxlYXNlIHNheSBvcGVuIHNlc2FtZSBub3c=\n", "yara-base64", "BvcGVuIHNlc2FtZS"),
        FORM("base64 in lines", "begin\nLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLm9wZW4gc2VzYW1l\nLi4u\n", "yara-base64", "m9wZW4gc2VzYW1l"),
        FORM("base64 across lines", "x\nLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4ub3BlbiBzZXNhbWUu\nLi4uLi4u\n", "yara-base64", "b3BlbiBzZXNhbWU"),
        FORM("hexadecimal", "data: 706c6561736520736179206f70656e20736573616d65206e6f77\n", "yara-hex", "6f70656e20736573616d65"),
        FORM("upper case hexadecimal", "706C6561736520736179206F70656E20736573616D65206E6F77", "yara-hex", "6F70656E20736573616D65"),
        FORM("escapes of a script", "printf '\\x6f\\x70\\x65\\x6e\\x20\\x73\\x65\\x73\\x61\\x6d\\x65\\x21'\n", "yara-hex", "\\x6f\\x70\\x65\\x6e\\x20\\x73\\x65\\x73\\x61\\x6d\\x65"),
        FORM("bytes of a source", "{0x6f, 0x70, 0x65, 0x6e, 0x20,\n 0x73, 0x65, 0x73, 0x61, 0x6d, 0x65, 0x00};\n", "yara-hex",
             "0x6f, 0x70, 0x65, 0x6e, 0x20,\n 0x73, 0x65, 0x73, 0x61, 0x6d, 0x65"),
        FORM("UTF-16", "\x01\x02\x03\x04o\0p\0e\0n\0 \0s\0e\0s\0a\0m\0e\0\0\0\x05", "yara-utf16", NULL),
        FORM("UTF-16 at an odd place", "\x01\x02\x03o\0p\0e\0n\0 \0s\0e\0s\0a\0m\0e\0\0\0\x05", "yara-utf16", NULL),
        FORM("UTF-16, big-endian", "\x01\x02\xfe\xff\0o\0p\0e\0n\0 \0s\0e\0s\0a\0m\0e\x05\x06\x07", "yara-utf16", NULL),
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        hearing_t      h   = lab_hear(&lab, span_from(forms[i].text, forms[i].size), NULL, 0);
        const heard_t *hit = heard(&h, RECORD_FINDING, "sesame", 0);
        if (hit == NULL)
            fail_msg("not found in %s", forms[i].what);
        assert_int_equal(heard_count(&h, RECORD_FINDING, NULL), 1);
        assert_string_equal(hit->method, forms[i].method);
        if (forms[i].at_place != NULL && strcmp(hit->text, forms[i].at_place) != 0)
            fail_msg("in %s it stands at \"%s\"", forms[i].what, hit->text);
        if (forms[i].at_place == NULL)
            assert_int_equal(hit->length, 22);
        hearing_free(&h);
    }
}

static void what_stands_plainly_is_not_said_a_second_time(void **state)
{
    (void)state;
    hearing_t h = lab_hear_text(&lab, "open sesame; cGxlYXNlIHNheSBvcGVuIHNlc2FtZSBub3c=");
    assert_int_equal(heard_count(&h, RECORD_FINDING, "sesame"), 1);
    assert_string_equal(heard(&h, RECORD_FINDING, "sesame", 0)->method, "yara");
    hearing_free(&h);
}

static void a_cipher_of_one_byte_is_for_the_rule_to_ask_for(void **state)
{
    (void)state;
    char text[] = "....hidden call....open sesame....";
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] ^= 0x22;
    hearing_t h = lab_hear(&lab, span_from(text, sizeof text - 1), NULL, 0);
    assert_int_equal(heard_count(&h, RECORD_FINDING, "sesame"), 1); /* "hidden call" says xor, "open sesame" does not */
    assert_int_equal(heard(&h, RECORD_FINDING, "sesame", 0)->offset, 4);
    hearing_free(&h);
}

static void every_byte_of_a_run_has_its_place(void **state)
{
    (void)state;
    static const char text[] = "..Li4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLm9wZW4gc2VzYW1l\r\nLi4uLi4uLi4u..706c6561736520736179206f70656e20736573616d65..\\x41\\x42\\x43\\x44\\x45\\x46\\x47\\x48";
    const own_range_t all = {0, sizeof text - 1};
    own_bytes_t       own = {.blob = span_from_text(text), .ranges = &all, .count = 1};
    decoded_t         decoded;
    decoded_find(&own, &decoded);
    assert_int_equal(decoded.count, 3);
    for (size_t at = 0; at < decoded.bytes.size; at++) {
        own_range_t    place;
        decoded_form_t form;
        bool           inside = false;
        for (size_t i = 0; i < decoded.count; i++)
            inside = inside || (at >= decoded.runs[i].at && at < decoded.runs[i].at + decoded.runs[i].size);
        assert_int_equal(decoded_place(&decoded, own.blob, at, 1000, &place, &form), inside);
        if (inside)
            assert_true(place.length > 0 && span_holds(own.blob, place.offset, place.length));
    }
    decoded_free(&decoded);
}

static void hostile_runs_cost_neither_memory_nor_time(void **state)
{
    (void)state;
    static const char *const texts[] = {"A", "aB", "41", "\\x41", "0x41,", "x", "A\n", "Ab0/Ab0/Ab0/Ab0/Ab0/Ab0/Ab0/Ab0/Ab0/Ab0/Ab0/Ab0/\n", "abABabABabABabABabAB "};
    for (size_t i = 0; i <= sizeof texts / sizeof texts[0]; i++) {
        size_t   size = 4 << 20;
        uint8_t *at   = malloc(size);
        assert_non_null(at);
        for (size_t j = 0; j < size; j++)
            at[j] = i < sizeof texts / sizeof texts[0] ? (uint8_t)texts[i][j % strlen(texts[i])] : (uint8_t)(j % 2 == 0 ? 'a' : 0);
        const own_range_t all = {0, size};
        own_bytes_t       own = {.blob = span_from(at, size), .ranges = &all, .count = 1};
        decoded_t         decoded;
        decoded_find(&own, &decoded);
        assert_true(decoded.bytes.size <= DECODED_BYTES_MAX + 4096);
        decoded_free(&decoded);
        free(at);
    }
}

static void texts_of_every_length_end_where_they_end(void **state)
{
    (void)state;
    static const char *const texts[] = {"cGxlYXNlIHNheSBvcGVuIHNlc2FtZSBub3c=", "706c6561736520736179206f70656e20736573616d65", "\\x6f\\x70\\x65\\x6e\\x20\\x73\\x65\\x73\\x61\\x6d\\x65",
                                        "0x6f, 0x70, 0x65, 0x6e, 0x20, 0x73, 0x65, 0x73, 0x61, 0x6d, 0x65"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t size = 0; size <= strlen(texts[i]); size++) {
            hearing_t h = lab_hear(&lab, span_clip(span_from_text(texts[i]), 0, size), NULL, 0); /* copied to the heap: the sanitizer sees one byte too far */
            hearing_free(&h);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_found_in_every_form_that_is_decoded),
        cmocka_unit_test(what_stands_plainly_is_not_said_a_second_time),
        cmocka_unit_test(a_cipher_of_one_byte_is_for_the_rule_to_ask_for),
        cmocka_unit_test(every_byte_of_a_run_has_its_place),
        cmocka_unit_test(hostile_runs_cost_neither_memory_nor_time),
        cmocka_unit_test(texts_of_every_length_end_where_they_end),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
