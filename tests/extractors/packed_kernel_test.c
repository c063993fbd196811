#include "support/extraction.h"

#include <stdio.h>

/* What the stream's own program decodes is what went in, so the child begins and ends where the stream does. */
static void assert_decodes(const entry_t *child, const char *program)
{
    char directory[1024], path[1100];
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/stream", directory);
    write_file(path, span_from(child->content, child->size));
    run("%s < '%s' > '%s/decoded' && [ \"$(head -c 20 '%s/decoded')\" = 'decompressed kernel' ]", program, path, directory, directory);
    scratch_remove(directory);
}

static void assert_kernel_found(const char *format, const char *variant, const char *compression, const char *program)
{
    sample_t     sample = sample_build(format, variant);
    extraction_t e      = extraction_of(format, sample_span(&sample));
    char         key[64];
    (void)snprintf(key, sizeof key, "%s.compression", format);
    assert_true(status_ok(e.status));
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 1);
    assert_string_equal(e.tree.entries[0].path, "vmlinux");
    assert_string_equal(extraction_fact(&e, key), compression);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_decodes(&e.tree.entries[0], program);
    extraction_free(&e);
    sample_free(&sample);
}

static const struct { const char *compression, *program; } streams[] = {
    {"gzip", "gzip -dc"}, {"xz", "xz -dc"}, {"lzma", "xz --format=lzma -dc"}, {"zstd", "zstd -dcq"}, {"lz4", "lz4 -dcq"}, {"lzop", "lzop -dc"},
};

static void the_kernel_is_found_however_it_is_packed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
        assert_kernel_found("zimage", streams[i].compression, streams[i].compression, streams[i].program);
}

static void a_big_endian_zimage_reads_as_well(void **state)
{
    (void)state;
    assert_kernel_found("zimage", "xz big", "xz", "xz -dc");
}

static void a_bzimage_yields_its_kernel_however_it_is_packed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
        assert_kernel_found("bzimage", streams[i].compression, streams[i].compression, streams[i].program);
    assert_kernel_found("bzimage", "bzip2", "bzip2", "bzip2 -dc");
}

static void a_bzimage_tells_its_version(void **state)
{
    (void)state;
    sample_t     sample = sample_build("bzimage", "");
    extraction_t e      = extraction_of("bzimage", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "kernel.version"), "6.1.0-sample");
    assert_string_equal(extraction_fact(&e, "bzimage.protocol"), "2.15");
    assert_int_equal(run_status("file '%s' | grep -qF '6.1.0-sample'", sample.path), 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_or_spoiled_kernel_is_damage(void **state)
{
    (void)state;
    sample_t     sample = sample_build("zimage", "");
    extraction_t e      = extraction_of("zimage", span_from(sample.at, sample.size - 200));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("bzimage", "");
    sample.at[sample.size - 100] ^= 0xFF;
    e = extraction_of("bzimage", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.tree.count, 1);
    assert_true(e.tree.entries[0].damaged);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_is_found_however_it_is_packed),
        cmocka_unit_test(a_big_endian_zimage_reads_as_well),
        cmocka_unit_test(a_bzimage_yields_its_kernel_however_it_is_packed),
        cmocka_unit_test(a_bzimage_tells_its_version),
        cmocka_unit_test(a_cut_or_spoiled_kernel_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
