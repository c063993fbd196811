#include "extractors/archive_common.h"
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>

static void expect_the_tree_of(const char *variant, const char *format, unsigned compare)
{
    char directory[1024];
    scratch_make(directory);
    run("sh \"$ASSAY_SOURCE\"/corpus/samples/tar.sh %s/out %s %s/made && mkdir %s/oracle && tar -C %s/oracle -xpf %s/out", directory, variant, directory, directory,
        directory, directory);
    char path[1100];
    (void)snprintf(path, sizeof path, "%s/out", directory);
    sample_t sample = sample_read(path);
    (void)snprintf(path, sizeof path, "%s/oracle", directory);
    tree_t       oracle = tree_of_directory(path);
    extraction_t e      = extraction_of(format, sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.end, sample.size);
    assert_same_tree(&e.tree, &oracle, compare);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    tree_free(&oracle);
    sample_free(&sample);
    scratch_remove(directory);
}

static void every_variant_of_tar_yields_what_gnu_tar_unpacks(void **state)
{
    (void)state;
    unsigned all = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME;
    expect_the_tree_of("ustar", "tar", all);
    expect_the_tree_of("pax", "tar", all);
    expect_the_tree_of("gnu", "tar", all);
    expect_the_tree_of("v7", "tar-v7", all);
    expect_the_tree_of("long", "tar", all);
    expect_the_tree_of("sparse-gnu", "tar", all);
    expect_the_tree_of("sparse-pax", "tar", all);
}

static void a_stored_member_is_a_range_of_the_archive(void **state)
{
    (void)state;
    sample_t       sample = sample_build("tar", "");
    extraction_t   e      = extraction_of("tar", sample_span(&sample));
    const entry_t *tool   = tree_entry(&e.tree, "bin/tool");
    assert_non_null(tool);
    assert_int_equal(tool->at_length, tool->size);
    assert_memory_equal(sample.at + tool->at_offset, tool->content, tool->size);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_path_is_data_however_hostile(void **state)
{
    (void)state;
    sample_t     sample = sample_build("tar", "hostile");
    extraction_t e      = extraction_of("tar", sample_span(&sample));
    assert_non_null(tree_entry(&e.tree, "%2E%2E/%2E%2E/etc/passwd"));
    assert_non_null(tree_entry(&e.tree, "bin/tool"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_tar_ends_where_its_record_ends_and_another_may_follow(void **state)
{
    (void)state;
    sample_t sample = sample_build("tar", "");
    size_t   size   = 2 * sample.size + 512;
    uint8_t *twice  = calloc(size, 1);
    assert_non_null(twice);
    memcpy(twice, sample.at, sample.size);
    memcpy(twice + sample.size, sample.at, sample.size);
    extraction_t e = extraction_of("tar", span_from(twice, size));
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.end, sample.size);
    assert_int_equal(e.damage.count, 0);
    extraction_free(&e);
    free(twice);
    sample_free(&sample);
}

static void zeros_are_no_empty_tar(void **state)
{
    (void)state;
    static const uint8_t zeros[4096];
    assert_int_equal(extractor_named("tar")->probe(span_from(zeros, sizeof zeros)), 0);
    assert_int_equal(extractor_named("tar-v7")->probe(span_from(zeros, sizeof zeros)), 0);
}

static void a_cut_tar_yields_what_stands_before_the_cut(void **state)
{
    (void)state;
    sample_t     sample = sample_build("tar", "");
    extraction_t whole  = extraction_of("tar", sample_span(&sample));
    for (size_t cut = 512; cut < 11000; cut += 700) {
        extraction_t e = extraction_of("tar", span_from(sample.at, cut));
        for (size_t i = 0; i < whole.tree.count; i++) {
            const entry_t *entry = &whole.tree.entries[i];
            const entry_t *got   = tree_entry(&e.tree, entry->path);
            if (entry->type == CHILD_FILE && entry->at_length > 0 && entry->at_offset + entry->at_length <= cut) {
                assert_non_null(got);
                assert_true(sha256_equal(&got->sha256, &entry->sha256));
                assert_false(got->damaged);
            } else if (got != NULL && entry->at_length > 0) {
                assert_true(got->damaged);
            }
        }
        extraction_free(&e);
    }
    extraction_free(&whole);
    sample_free(&sample);
}

static void extended_attributes_and_devices_of_a_pax_tar_are_kept(void **state)
{
    (void)state;
    char directory[1024], path[1100];
    scratch_make(directory);
    run("python3 - %s/out <<'PY'\n"
        "import tarfile, sys, io\n"
        "t = tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT)\n"
        "a = tarfile.TarInfo('null'); a.type = tarfile.CHRTYPE; a.devmajor = 1; a.devminor = 3; t.addfile(a)\n"
        "b = tarfile.TarInfo('cap'); b.size = 3; b.pax_headers = {'SCHILY.xattr.user.note': 'yes'}; b.uid = 3000000; t.addfile(b, io.BytesIO(b'abc'))\n"
        "t.close()\nPY", directory);
    (void)snprintf(path, sizeof path, "%s/out", directory);
    sample_t     sample = sample_read(path);
    extraction_t e      = extraction_of("tar", sample_span(&sample));
    assert_int_equal(e.damage.count, 0);
    const entry_t *null = tree_entry(&e.tree, "null"), *cap = tree_entry(&e.tree, "cap");
    assert_non_null(null);
    assert_int_equal(null->type, CHILD_CHAR_DEVICE);
    assert_int_equal(null->device_major * 256 + null->device_minor, 259);
    assert_non_null(cap);
    assert_string_equal(cap->xattrs, "user.note=796573\n");
    assert_int_equal(cap->uid, 3000000);
    extraction_free(&e);
    sample_free(&sample);
    scratch_remove(directory);
}

static void a_number_that_has_no_digit_is_not_read_from_the_field_before(void **state)
{
    (void)state;
    sample_t sample = sample_build("tar-v7", "");
    sample.at[147] = '\0';
    memset(sample.at + 148, 'x', 8); /* the checksum */
    extraction_t e = extraction_of("tar-v7", sample_span(&sample));
    assert_int_equal(e.bits, 0);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_that_has_no_digit_is_not_read_from_the_field_before),
        cmocka_unit_test(every_variant_of_tar_yields_what_gnu_tar_unpacks),
        cmocka_unit_test(a_stored_member_is_a_range_of_the_archive),
        cmocka_unit_test(a_path_is_data_however_hostile),
        cmocka_unit_test(a_tar_ends_where_its_record_ends_and_another_may_follow),
        cmocka_unit_test(zeros_are_no_empty_tar),
        cmocka_unit_test(a_cut_tar_yields_what_stands_before_the_cut),
        cmocka_unit_test(extended_attributes_and_devices_of_a_pax_tar_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
