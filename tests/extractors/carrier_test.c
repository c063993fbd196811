/* Archives in scripts, parity volumes, ARJ, flatpak. Oracles: the script unpacks itself; par2 verifies; arj made the archive, lists and tests it.
 * A flatpak bundle, which is recognised only, comes from its published magic. */
#include "support/filesystem.h"

#include <stdio.h>

static void a_script_gives_the_archive_that_it_unpacks_itself(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "xz"};
    for (size_t i = 0; i < 2; i++) {
        sample_t       sample  = sample_build("sh_archive", variants[i]);
        extraction_t   e       = extraction_of("sh_archive", sample_span(&sample));
        const entry_t *archive = tree_entry(&e.tree, "archive");
        char           scratch[1024], path[1100];
        assert_true(status_ok(e.status) && archive != NULL && explained_ppm(&e) == 1000000 && e.extent == sample.size);
        assert_string_equal(extraction_fact(&e, "makeself.version"), "2.4.5");
        assert_string_equal(extraction_fact(&e, "makeself.label"), "Sample of assay");
        scratch_make(scratch);
        (void)snprintf(path, sizeof path, "%s/archive", scratch);
        write_file(path, span_from(archive->content, archive->size));
        run("cd %s && mkdir ours its && tar -xf archive -C ours && (cd its && sh %s) && diff -r ours its && test -s its/numbers", scratch,
            sample.path);
        scratch_remove(scratch);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_script_before_what_is_no_archive_is_none(void **state)
{
    (void)state;
    static const char script[] = "#!/bin/sh\nexit 0\n\x01\x02\x03 what is this\n and that and more to read here, and so on";
    assert_int_equal(extractor_named("sh_archive")->probe(span_from(script, sizeof script - 1)), 0);
}

static void parity_volumes_are_verified(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "volume"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("par2", variants[i]);
        extraction_t e      = extraction_of("par2", sample_span(&sample));
        assert_true(status_ok(e.status) && e.bits >= 96 && e.extent == sample.size && e.damage.count == 0);
        assert_string_equal(extraction_fact(&e, "par2.file0"), "numbers");
        assert_string_equal(extraction_fact(&e, "par2.recovery-slices"), i == 0 ? "0" : "4");
        extraction_free(&e);
        sample.at[100] ^= 1;
        e = extraction_of("par2", sample_span(&sample));
        assert_true(status_ok(e.status) && e.damage.count >= 1);
        extraction_free(&e);
        e = extraction_of("par2", span_clip(sample_span(&sample), 0, sample.size - 10));
        assert_true(status_ok(e.status) && e.damage.count >= 1);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void arj_members_are_those_that_arj_lists(void **state)
{
    (void)state;
    static const struct { const char *variant; bool content; size_t limits; } rows[] = {{"", true, 0}, {"packed", false, 1}, {"garbled", false, 2}};
    for (size_t i = 0; i < 3; i++) {
        sample_t       sample  = sample_build("arj", rows[i].variant);
        extraction_t   e       = extraction_of("arj", sample_span(&sample));
        const entry_t *numbers = tree_entry(&e.tree, "tree/numbers");
        if (!status_ok(e.status) || e.extent != sample.size || e.damage.count != 0 || numbers == NULL || explained_ppm(&e) != 1000000)
            fail_msg("arj %s: extent %llu of %zu, %zu damages, %zu members", rows[i].variant, (unsigned long long)e.extent, sample.size,
                     e.damage.count, e.tree.count);
        if (e.limits.count < rows[i].limits)
            fail_msg("arj %s: %zu limits", rows[i].variant, e.limits.count);
        assert_int_equal(numbers->type, rows[i].content ? CHILD_FILE : CHILD_PAYLOAD);
        assert_true(rows[i].content ? numbers->size == 1892 : numbers->size > 0);
        run("arj l %s | grep -q numbers", sample.path);
        extraction_free(&e);
        if (rows[i].content)
            assert_cuts_are_told("arj", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_flatpak_is_recognised(void **state)
{
    (void)state;
    sample_t     sample = sample_build("flatpak", "");
    extraction_t e      = extraction_of("flatpak", sample_span(&sample));
    assert_true(status_ok(e.status) && e.bits == 96);
    sample.at[8] = 9;
    assert_int_equal(extractor_named("flatpak")->probe(sample_span(&sample)), 0);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_gives_the_archive_that_it_unpacks_itself),
        cmocka_unit_test(a_script_before_what_is_no_archive_is_none),
        cmocka_unit_test(parity_volumes_are_verified),
        cmocka_unit_test(arj_members_are_those_that_arj_lists),
        cmocka_unit_test(a_flatpak_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
