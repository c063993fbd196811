#include "support/extraction.h"

#include <stdio.h>

static void a_kernel_yields_its_payload_and_what_mkimage_was_told(void **state)
{
    (void)state;
    sample_t     sample = sample_build("uimage", "");
    extraction_t e      = extraction_of("uimage", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.bits, 64);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.tree.count, 1);
    assert_string_equal(e.tree.entries[0].path, "kernel");
    assert_int_equal(e.tree.entries[0].at_offset, 64);
    assert_string_equal(extraction_fact(&e, "uimage.name"), "Sample Linux-5.4");
    assert_string_equal(extraction_fact(&e, "uimage.arch"), "mips");
    assert_string_equal(extraction_fact(&e, "uimage.compression"), "gzip");
    assert_string_equal(extraction_fact(&e, "uimage.entry"), "0x80001234");
    assert_string_equal(extraction_fact(&e, "uimage.time"), "1700000000");
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_int_equal(e.damage.count, 0);
    extraction_free(&e);
    sample_free(&sample);
}

/* dumpimage takes parts out one by one. */
static void assert_parts_as_dumpimage_takes_them_out(const char *variant, size_t parts)
{
    char         directory[1024];
    sample_t     sample = sample_build("uimage", variant);
    extraction_t e      = extraction_of("uimage", sample_span(&sample));
    scratch_make(directory);
    assert_int_equal(e.tree.count, parts);
    for (size_t i = 0; i < parts; i++) {
        char path[1100];
        (void)snprintf(path, sizeof path, "%s/part", directory);
        run("dumpimage -T %s -p %zu -o '%s' '%s' > /dev/null", variant, i, path, sample.path);
        sample_t part = sample_read(path);
        assert_true(span_equal(sample_span(&part), span_from(e.tree.entries[i].content, e.tree.entries[i].size)));
        sample_free(&part);
    }
    assert_int_equal(explained_ppm(&e), 1000000);
    scratch_remove(directory);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_multi_file_image_yields_each_part(void **state)
{
    (void)state;
    assert_parts_as_dumpimage_takes_them_out("multi", 2);
}

static void a_script_yields_its_text_without_the_list_of_sizes(void **state)
{
    (void)state;
    sample_t     sample = sample_build("uimage", "script");
    extraction_t e      = extraction_of("uimage", sample_span(&sample));
    const char  *text   = "echo booting\nbootm 0x80000000\n";
    assert_int_equal(e.tree.count, 1);
    assert_string_equal(e.tree.entries[0].path, "script");
    assert_true(span_equal(span_from_text(text), span_from(e.tree.entries[0].content, e.tree.entries[0].size)));
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_changed_payload_is_damage(void **state)
{
    (void)state;
    sample_t sample = sample_build("uimage", "");
    sample.at[sample.size - 1] ^= 1;
    extraction_t e = extraction_of("uimage", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.tree.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_changed_header_is_believed_only_at_the_start_of_a_blob(void **state)
{
    (void)state;
    sample_t sample = sample_build("uimage", "");
    sample.at[16] ^= 1;
    extraction_t e = extraction_of("uimage", sample_span(&sample));
    assert_true(e.bits >= BITS_AT_START && e.bits < BITS_ELSEWHERE);
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.tree.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_image_yields_what_is_there(void **state)
{
    (void)state;
    sample_t     sample = sample_build("uimage", "");
    extraction_t e      = extraction_of("uimage", span_from(sample.at, sample.size - 50));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.tree.entries[0].size, sample.size - 64 - 50);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_yields_its_payload_and_what_mkimage_was_told),
        cmocka_unit_test(a_multi_file_image_yields_each_part),
        cmocka_unit_test(a_script_yields_its_text_without_the_list_of_sizes),
        cmocka_unit_test(a_changed_payload_is_damage),
        cmocka_unit_test(a_changed_header_is_believed_only_at_the_start_of_a_blob),
        cmocka_unit_test(a_cut_image_yields_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
