#include "support/extraction.h"

static void a_debian_package_yields_its_three_members(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ar", "");
    extraction_t e      = extraction_of("ar", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.bits, 96);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_string_equal(extraction_fact(&e, "ar.kind"), "deb");
    assert_int_equal(e.tree.count, 3);
    assert_string_equal(e.tree.entries[0].path, "debian-binary");
    assert_int_equal(e.tree.entries[0].size, 4);
    assert_string_equal(e.tree.entries[1].path, "control.tar.gz");
    assert_string_equal(e.tree.entries[2].path, "data.tar.xz");
    extraction_free(&e);
    sample_free(&sample);
}

/* Oracles: GNU ar and bsdtar, each for its own style. */
static void long_names_of_either_style_open_like_others_extract_them(void **state)
{
    (void)state;
    static const char *const styles[] = {"gnu", "bsd"}, *const commands[] = {"ar xo", "bsdtar -xpf"};
    for (size_t i = 0; i < 2; i++) {
        char directory[1024];
        scratch_make(directory);
        sample_t     sample = sample_build("ar", styles[i]);
        extraction_t e      = extraction_of("ar", sample_span(&sample));
        run("cd '%s' && %s '%s'", directory, commands[i], sample.path);
        tree_t expected = tree_of_directory(directory);
        assert_same_tree(&e.tree, &expected, COMPARE_MODE | COMPARE_MTIME);
        assert_int_equal(expected.count, 2);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(explained_ppm(&e), 1000000);
        if (i == 1)
            assert_int_equal(e.tree.entries[0].gid, 20);
        tree_free(&expected);
        extraction_free(&e);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void a_thin_archive_is_known_and_has_no_content(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ar", "thin");
    extraction_t e      = extraction_of("ar", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "ar.kind"), "thin");
    assert_int_equal(e.tree.count, 0);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_package_cut_in_its_last_member_keeps_what_is_there(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ar", "");
    extraction_t e      = extraction_of("ar", span_from(sample.at, sample.size - 300));
    assert_int_equal(e.tree.count, 3);
    assert_true(e.tree.entries[2].damaged);
    assert_false(e.tree.entries[1].damaged);
    assert_int_equal(e.extent, sample.size - 300);
    extraction_free(&e);
    sample_free(&sample);
}

static void text_behind_the_magic_that_is_no_header_is_not_an_archive(void **state)
{
    (void)state;
    assert_int_equal(extractor_named("ar")->probe(span_from_text("!<arch>\n is the magic of archives, as every text on the subject says: sixty bytes of header follow")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_debian_package_yields_its_three_members),
        cmocka_unit_test(long_names_of_either_style_open_like_others_extract_them),
        cmocka_unit_test(a_thin_archive_is_known_and_has_no_content),
        cmocka_unit_test(a_package_cut_in_its_last_member_keeps_what_is_there),
        cmocka_unit_test(text_behind_the_magic_that_is_no_header_is_not_an_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
