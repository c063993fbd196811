/* Oracle: 7z, which unpacks the whole program; it finds the same data behind it. */
#include "support/archive_oracle.h"
#include "support/filesystem.h"

#include <stdio.h>

static void files_are_those_that_7z_unpacks(void **state)
{
    (void)state;
    static const struct { const char *variant, *method, *text; } variants[] = {
        {"lzma", "lzma", "unicode"}, {"lzma-solid", "lzma", "unicode"}, {"zlib", "deflate", "unicode"}, {"zlib-solid", "deflate", "unicode"},
        {"ansi", "lzma", "ansi"}, {"amd64", "lzma", "unicode"},
    };
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        char program_arguments[64];
        (void)snprintf(program_arguments, sizeof program_arguments, "%s exe", variants[i].variant);
        sample_t     sample = sample_build("nsis", variants[i].variant), program = sample_build("nsis", program_arguments);
        tree_t       expected = tree_of_command(program.path, "TZ=UTC 7z x -y \"$1\" > /dev/null");
        extraction_t e        = extraction_of("nsis", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.limits.count, 0);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_string_equal(extraction_fact(&e, "nsis.method"), variants[i].method);
        assert_string_equal(extraction_fact(&e, "nsis.text"), variants[i].text);
        size_t files = 0;
        for (size_t j = 0; j < expected.count; j++) {
            const entry_t *theirs = &expected.entries[j];
            if (theirs->type != CHILD_FILE)
                continue;
            const entry_t *ours = tree_entry(&e.tree, theirs->path);
            if (ours == NULL)
                fail_msg("%s: %s is missing", variants[i].variant, theirs->path);
            assert_true(sha256_equal(&ours->sha256, &theirs->sha256));
            assert_int_equal(ours->mtime, theirs->mtime);
            files++;
        }
        assert_int_equal(files, 5);
        assert_int_equal(e.tree.count, files + 1);
        assert_true(tree_entry(&e.tree, "[nsis]/header")->size > 300);
        extraction_free(&e);
        tree_free(&expected);
        sample_free(&sample);
        sample_free(&program);
    }
}

static void a_codec_that_is_not_opened_is_named(void **state)
{
    (void)state;
    sample_t     sample = sample_build("nsis", "bzip2");
    extraction_t e      = extraction_of("nsis", sample_span(&sample));
    assert_true(said(&e.limits, "bzip2 of NSIS"));
    assert_non_null(tree_entry(&e.tree, "[nsis]/data"));
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void cuts_and_flips_are_told(void **state)
{
    (void)state;
    static const char *const variants[] = {"lzma", "lzma-solid", "zlib", "zlib-solid"};
    for (size_t i = 0; i < 4; i++) {
        sample_t     sample = sample_build("nsis", variants[i]);
        extraction_t whole  = extraction_of("nsis", sample_span(&sample));
        for (unsigned percent = 20; percent < 100; percent += 15) {
            extraction_t e = extraction_of("nsis", span_from(sample.at, sample.size * percent / 100));
            assert_true(status_ok(e.status) && e.damage.count > 0);
            for (size_t j = 0; j < e.tree.count; j++)
                if (!e.tree.entries[j].damaged && e.tree.entries[j].type == CHILD_FILE)
                    assert_true(sha256_equal(&e.tree.entries[j].sha256, &tree_entry(&whole.tree, e.tree.entries[j].path)->sha256));
            extraction_free(&e);
        }
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static void an_invented_header_size_opens_nothing(void **state)
{
    (void)state;
    sample_t sample = sample_build("nsis", "lzma-solid");
    memset(sample.at + 20, 0x01, 3);
    extraction_t e = extraction_of("nsis", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_those_that_7z_unpacks),
        cmocka_unit_test(a_codec_that_is_not_opened_is_named),
        cmocka_unit_test(cuts_and_flips_are_told),
        cmocka_unit_test(an_invented_header_size_opens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
