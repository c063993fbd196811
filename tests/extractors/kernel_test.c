/* Kernels that are not packed: linux-kernel, arm64-image. */
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>

static void assert_kernel(const extraction_t *e)
{
    assert_true(status_ok(e->status));
    assert_string_equal(extraction_fact(e, "kernel.version"), "5.15.99-sample");
    assert_int_equal(e->tree.count, 2);
    assert_string_equal(e->tree.entries[0].path, "config.gz");
    assert_string_equal(e->tree.entries[1].path, "initramfs");
    assert_int_equal(explained_ppm(e), 1000000);
    assert_int_equal(e->damage.count, 0);
}

static void a_raw_kernel_yields_its_configuration_and_initramfs(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "1040 gzip", "1040 xz"};
    for (size_t i = 0; i < 3; i++) {
        sample_t     sample = sample_build("linux-kernel", variants[i]);
        extraction_t e      = extraction_of("linux-kernel", sample_span(&sample));
        char         directory[1024], path[1100];
        assert_kernel(&e);
        scratch_make(directory);
        (void)snprintf(path, sizeof path, "%s/initramfs", directory);
        write_file(path, span_from(e.tree.entries[1].content, e.tree.entries[1].size));
        run("cd '%s' && bsdcpio -i --quiet < initramfs && [ \"$(cat init)\" = 'sample initramfs' ]", directory);
        (void)snprintf(path, sizeof path, "%s/config.gz", directory);
        write_file(path, span_from(e.tree.entries[0].content, e.tree.entries[0].size));
        run("gzip -dc '%s' | grep -qx CONFIG_MMU=y", path);
        scratch_remove(directory);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void images_for_arm64_and_riscv_are_read(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "stub", "riscv"};
    for (size_t i = 0; i < 3; i++) {
        sample_t     sample = sample_build("arm64-image", variants[i]);
        extraction_t e      = extraction_of("arm64-image", sample_span(&sample));
        assert_kernel(&e);
        assert_int_equal(e.extent, sample.size);
        assert_string_equal(extraction_fact(&e, "kernel.machine"), i == 2 ? "riscv" : "aarch64");
        assert_string_equal(extraction_fact(&e, "kernel.efi-stub"), i == 1 ? "yes" : "no");
        if (i == 1)
            assert_int_equal(extractor_named("pe")->probe(sample_span(&sample)), 0);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_flash_dump_with_a_kernel_in_it_is_not_a_kernel(void **state)
{
    (void)state;
    sample_t sample = sample_build("linux-kernel", "");
    assert_true(extractor_named("linux-kernel")->probe(sample_span(&sample)) >= BITS_AT_START);
    memcpy(sample.at + (768 << 10), "hsqs", 4);
    assert_int_equal(extractor_named("linux-kernel")->probe(sample_span(&sample)), 0);
    memset(sample.at + (768 << 10), 0xFF, 128 << 10);
    assert_int_equal(extractor_named("linux-kernel")->probe(sample_span(&sample)), 0);
    sample_free(&sample);
}

static void a_program_that_quotes_the_banner_is_not_a_kernel(void **state)
{
    (void)state;
    size_t      size = 2 << 20;
    const char *text = "Linux version 5.4.0 (user@host) (gcc) #1";
    uint8_t    *blob = calloc(1, size);
    assert_non_null(blob);
    memcpy(blob + 70000, text, strlen(text));
    assert_int_equal(extractor_named("linux-kernel")->probe(span_from(blob, size)), 0);
    free(blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_raw_kernel_yields_its_configuration_and_initramfs),
        cmocka_unit_test(images_for_arm64_and_riscv_are_read),
        cmocka_unit_test(a_flash_dump_with_a_kernel_in_it_is_not_a_kernel),
        cmocka_unit_test(a_program_that_quotes_the_banner_is_not_a_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
