#include "extractors/archive_common.h"
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>

static void expect_the_tree_of(const char *variant)
{
    char directory[1024], path[1100];
    scratch_make(directory);
    run("sh \"$ASSAY_SOURCE\"/corpus/samples/zip.sh %s/out.zip %s && mkdir %s/oracle && cd %s/oracle && TZ=UTC LC_ALL=C.UTF-8 7z x -bso0 -bsp0 -snl ../out.zip",
        directory, variant, directory, directory);
    (void)snprintf(path, sizeof path, "%s/out.zip", directory);
    sample_t sample = sample_read(path);
    (void)snprintf(path, sizeof path, "%s/oracle", directory);
    tree_t       oracle = tree_of_directory(path);
    extraction_t e      = extraction_of("zip", sample_span(&sample));
    assert_true(status_ok(e.status));
    if (e.damage.count > 0)
        fail_msg("%s: %s", variant, e.damage.sayings[0].what);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.end, sample.size);
    assert_same_tree(&e.tree, &oracle, COMPARE_MODE | COMPARE_MTIME);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    tree_free(&oracle);
    sample_free(&sample);
    scratch_remove(directory);
}

static void every_variant_of_zip_yields_what_7z_unpacks(void **state)
{
    (void)state;
    static const char *const variants[] = {"deflate", "stored", "zip64", "bzip2", "lzma", "streamed", "comment"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        expect_the_tree_of(variants[i]);
}

static bool said(const sayings_t *sayings, const char *part)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, part) != NULL)
            return true;
    return false;
}

static void a_member_that_only_its_local_header_knows_is_found_and_said(void **state)
{
    (void)state;
    sample_t       sample = sample_build("zip", "hidden");
    extraction_t   e      = extraction_of("zip", sample_span(&sample));
    const entry_t *hidden = tree_entry(&e.tree, "hidden");
    assert_non_null(hidden);
    assert_int_equal(hidden->size, 18);
    assert_true(said(&e.damage, "only in local headers"));
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_member_that_only_the_directory_knows_is_said(void **state)
{
    (void)state;
    sample_t sample = sample_build("zip", "");
    uint8_t *local  = memmem(sample.at + 4, sample.size - 4, "PK\3\4", 4);
    assert_non_null(local);
    local[2] = 9;
    extraction_t e = extraction_of("zip", sample_span(&sample));
    assert_true(said(&e.damage, "only in the central directory"));
    assert_int_equal(e.tree.count, 7);
    extraction_free(&e);
    sample_free(&sample);
}

static void an_encrypted_member_is_listed_without_content(void **state)
{
    (void)state;
    sample_t     sample = sample_build("zip", "encrypted");
    extraction_t e      = extraction_of("zip", sample_span(&sample));
    const entry_t *shadow = tree_entry(&e.tree, "shadow");
    assert_non_null(shadow);
    assert_int_equal(shadow->size, 0);
    assert_int_equal(shadow->mode, 0600);
    assert_true(shadow->damaged && said(&e.damage, "encrypted"));
    extraction_free(&e);
    sample_free(&sample);
}

static void an_archive_behind_a_stub_is_read_whichever_way_its_offsets_count(void **state)
{
    (void)state;
    sample_t     sample = sample_build("zip", "sfx");
    uint8_t     *start  = memmem(sample.at, sample.size, "PK\3\4", 4);
    assert_non_null(start);
    span_t       image = span_from(start, sample.size - (size_t)(start - sample.at));
    extraction_t e     = extraction_of("zip", image);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.extent, image.size);
    assert_int_equal(e.tree.count, 7);
    extraction_free(&e);
    run("cp '%s' '%s.adjusted.zip' && zip -q -A '%s.adjusted.zip'", sample.path, sample.path, sample.path);
    char path[1100];
    (void)snprintf(path, sizeof path, "%s.adjusted.zip", sample.path);
    sample_t adjusted = sample_read(path);
    start             = memmem(adjusted.at, adjusted.size, "PK\3\4", 4);
    assert_non_null(start);
    e = extraction_of("zip", span_from(start, adjusted.size - (size_t)(start - adjusted.at)));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 7);
    extraction_free(&e);
    sample_free(&adjusted);
    sample_free(&sample);
}

static void a_dahua_zip_is_read_under_its_other_signature(void **state)
{
    (void)state;
    sample_t     plain = sample_build("zip", ""), dahua = sample_build("zip", "dahua");
    extraction_t a = extraction_of("zip", sample_span(&plain)), b = extraction_of("zip", sample_span(&dahua));
    assert_int_equal(b.damage.count, 0);
    assert_same_tree(&b.tree, &a.tree, COMPARE_MODE | COMPARE_MTIME);
    extraction_free(&a);
    extraction_free(&b);
    sample_free(&plain);
    sample_free(&dahua);
}

static void one_damaged_member_spoils_no_other(void **state)
{
    (void)state;
    sample_t       sample = sample_build("zip", "");
    extraction_t   whole  = extraction_of("zip", sample_span(&sample));
    const entry_t *tool   = tree_entry(&whole.tree, "bin/tool");
    sample.at[tool->at_offset + tool->at_length / 2] ^= 0x55;
    extraction_t e = extraction_of("zip", sample_span(&sample));
    assert_int_equal(e.tree.count, whole.tree.count);
    for (size_t i = 0; i < e.tree.count; i++) {
        bool spoiled = strcmp(e.tree.entries[i].path, "bin/tool") == 0;
        assert_int_equal(e.tree.entries[i].damaged, spoiled);
        assert_true(spoiled || sha256_equal(&e.tree.entries[i].sha256, &whole.tree.entries[i].sha256));
    }
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_cut_zip_yields_the_members_before_the_cut(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "streamed", "stored"};
    for (size_t v = 0; v < 3; v++) {
        sample_t     sample = sample_build("zip", variants[v]);
        extraction_t whole  = extraction_of("zip", sample_span(&sample));
        for (size_t cut = 100; cut < sample.size; cut += 61) {
            extraction_t e = extraction_of("zip", span_from(sample.at, cut));
            assert_true(e.damage.count > 0);
            for (size_t i = 0; i < whole.tree.count; i++) {
                const entry_t *was = &whole.tree.entries[i], *got = tree_entry(&e.tree, was->path);
                /* 16: the descriptor of a streamed member. */
                if (was->at_length > 0 && was->at_offset + was->at_length + 16 <= cut) {
                    assert_non_null(got);
                    assert_true(sha256_equal(&got->sha256, &was->sha256));
                }
            }
            extraction_free(&e);
        }
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static void other_bytes_behind_a_zip_are_not_part_of_it(void **state)
{
    (void)state;
    sample_t sample = sample_build("zip", "comment");
    uint8_t *longer = calloc(sample.size * 2 + 100, 1);
    assert_non_null(longer);
    memcpy(longer, sample.at, sample.size);
    memcpy(longer + sample.size + 100, sample.at, sample.size);
    span_t image = span_from(longer, sample.size * 2 + 100);
    assert_int_equal(extractor_named("zip")->extent(image), sample.size);
    free(longer);
    sample_free(&sample);
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_of_zip_yields_what_7z_unpacks),
        cmocka_unit_test(a_member_that_only_its_local_header_knows_is_found_and_said),
        cmocka_unit_test(a_member_that_only_the_directory_knows_is_said),
        cmocka_unit_test(an_encrypted_member_is_listed_without_content),
        cmocka_unit_test(an_archive_behind_a_stub_is_read_whichever_way_its_offsets_count),
        cmocka_unit_test(a_dahua_zip_is_read_under_its_other_signature),
        cmocka_unit_test(one_damaged_member_spoils_no_other),
        cmocka_unit_test(a_cut_zip_yields_the_members_before_the_cut),
        cmocka_unit_test(other_bytes_behind_a_zip_are_not_part_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
