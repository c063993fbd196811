/* Formats that hold nothing to open: each is known, explained whole, and ends where it ends. */
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>

static const struct { const char *format, *variant, *said_by_file; } leaves[] = {
    {"text", "ascii", "ASCII text"}, {"text", "utf-8", "UTF-8 text"}, {"text", "utf-16le", "UTF-16, little-endian"}, {"text", "utf-16be", "UTF-16, big-endian"},
    {"png", "", "PNG image data, 32 x 16"}, {"jpeg", "", "JPEG image data"}, {"gif", "", "GIF image data, version 89a, 2 x 2"},
    {"gettext-mo", "little", "GNU message catalog"}, {"gettext-mo", "big", "GNU message catalog"}, {"terminfo", "", "Compiled terminfo entry"},
    {"terminfo", "extended", "Compiled terminfo entry"}, {"tzif", "", "timezone data"}, {"kmod-index", "", "data"},
    {"psf", "2", "PC Screen Font v2"}, {"psf", "1", "PC Screen Font v1"},
};
enum { LEAVES = sizeof leaves / sizeof leaves[0] };

static void each_leaf_is_explained_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEAVES; i++) {
        sample_t     sample = sample_build(leaves[i].format, leaves[i].variant);
        extraction_t e      = extraction_of(leaves[i].format, sample_span(&sample));
        if (!status_ok(e.status) || e.bits < BITS_AT_START || e.extent != sample.size || explained_ppm(&e) != 1000000 || e.damage.count != 0)
            fail_msg("%s %s: extent %llu of %zu", leaves[i].format, leaves[i].variant, (unsigned long long)e.extent, sample.size);
        if (run_status("file -b '%s' | grep -qF '%s'", sample.path, leaves[i].said_by_file) != 0)
            fail_msg("file calls %s %s something else", leaves[i].format, leaves[i].variant);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void no_leaf_is_taken_for_another(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEAVES; i++) {
        sample_t sample = sample_build(leaves[i].format, leaves[i].variant);
        for (size_t j = 0; j < LEAVES; j++)
            if (strcmp(leaves[i].format, leaves[j].format) != 0 && extractor_named(leaves[j].format)->probe(sample_span(&sample)) >= BITS_AT_START)
                fail_msg("a %s is taken for a %s", leaves[i].format, leaves[j].format);
        sample_free(&sample);
    }
}

static void pictures_end_before_what_follows_them(void **state)
{
    (void)state;
    static const char *const formats[] = {"png", "jpeg", "gif", "tzif"};
    for (size_t i = 0; i < 4; i++) {
        sample_t sample = sample_build(formats[i], "");
        uint8_t *longer = calloc(1, sample.size + 100);
        assert_non_null(longer);
        memcpy(longer, sample.at, sample.size);
        assert_int_equal(extractor_named(formats[i])->extent(span_from(longer, sample.size + 100)), sample.size);
        free(longer);
        sample_free(&sample);
    }
}

static void a_changed_chunk_of_a_png_is_damage(void **state)
{
    (void)state;
    sample_t sample = sample_build("png", "");
    sample.at[sample.size - 20] ^= 1;
    extraction_t e = extraction_of("png", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.extent, sample.size);
    extraction_free(&e);
    e = extraction_of("png", span_from(sample.at, sample.size - 20));
    assert_int_equal(e.damage.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_control_character_makes_text_something_else(void **state)
{
    (void)state;
    const extractor_t *text = extractor_named("text");
    uint8_t            bytes[4096];
    memset(bytes, 'a', sizeof bytes);
    assert_true(text->probe(span_from(bytes, sizeof bytes)) >= BITS_AT_START);
    bytes[4095] = 0;
    assert_true(text->probe(span_from(bytes, sizeof bytes)) >= BITS_AT_START); /* one NUL at the end */
    bytes[4094] = 0;
    assert_int_equal(text->probe(span_from(bytes, sizeof bytes)), 0);
    bytes[4094] = 0xE9; /* not UTF-8 */
    assert_int_equal(text->probe(span_from(bytes, sizeof bytes)), 0);
    assert_int_equal(text->probe(span_from(bytes, 0)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_leaf_is_explained_whole),
        cmocka_unit_test(no_leaf_is_taken_for_another),
        cmocka_unit_test(pictures_end_before_what_follows_them),
        cmocka_unit_test(a_changed_chunk_of_a_png_is_damage),
        cmocka_unit_test(a_control_character_makes_text_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
