/* Dumps that name their own partitions. Oracle: the parts from which the dump was put together. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static const struct { const char *variant, *source; size_t parts; const char *names[5]; } layouts[] = {
    {"cmdline", "mtdparts", 5, {"u-boot", "u-boot-env", "kernel", "rootfs", "rootfs_data"}},
    {"devicetree", "device tree", 5, {"u-boot", "u-boot-env", "kernel", "rootfs", "rootfs_data"}},
    {"redboot", "RedBoot", 5, {"RedBoot", "u-boot-env", "kernel", "rootfs", "FIS directory"}},
    {"redboot-le", "RedBoot", 5, {"RedBoot", "u-boot-env", "kernel", "rootfs", "FIS directory"}},
    {"qualcomm", "Qualcomm", 5, {"U-BOOT", "U-BOOT-ENV", "KERNEL", "ROOTFS", "ROOTFS_DATA"}},
    {"mediatek", "MediaTek", 5, {"u-boot", "u-boot-env", "kernel", "rootfs", "rootfs_data"}},
};
static const char *const part_files[5] = {"u-boot", "u-boot-env", "kernel", "rootfs", "rootfs_data"};

static void a_dump_opens_into_the_partitions_that_it_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        char directory[1024], path[1200];
        scratch_make(directory);
        run("sh \"$ASSAY_SOURCE\"/corpus/samples/mtd.sh '%s/image' %s", directory, layouts[i].variant);
        (void)snprintf(path, sizeof path, "%s/image", directory);
        sample_t     sample = sample_read(path);
        extraction_t e      = extraction_of("mtd", sample_span(&sample));
        if (e.bits < BITS_AT_START || !status_ok(e.status))
            fail_msg("%s: the dump does not open", layouts[i].variant);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.tree.count, layouts[i].parts);
        assert_non_null(strstr(extraction_fact(&e, "mtd.layout"), layouts[i].source));
        for (size_t n = 0; n < layouts[i].parts; n++) {
            (void)snprintf(path, sizeof path, "%s/image.parts/%s", directory, part_files[n]);
            sample_t       part  = sample_read(path);
            const entry_t *entry = tree_entry(&e.tree, layouts[i].names[n]);
            if (entry == NULL || entry->size != part.size || memcmp(entry->content, part.at, part.size) != 0)
                fail_msg("%s: partition %s %s", layouts[i].variant, layouts[i].names[n], entry == NULL ? "is not there" : "has another content");
            sample_free(&part);
        }
        extraction_free(&e);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void a_dump_that_names_nothing_is_left_to_carving(void **state)
{
    (void)state;
    sample_t sample = sample_build("mtd", "none");
    assert_int_equal(extractor_named("mtd")->probe(sample_span(&sample)), 0);
    sample_free(&sample);
}

/* The names of another flash, or of another device: nothing begins where they say. */
static void names_that_do_not_fit_the_dump_are_not_believed(void **state)
{
    (void)state;
    sample_t sample = sample_build("mtd", "cmdline");
    uint8_t *at     = memmem(sample.at, sample.size, "64k(u-boot),", 12);
    assert_non_null(at);
    memcpy(at, "48k(u-boot),", 12);
    extraction_t e = extraction_of("mtd", sample_span(&sample));
    /* "0x20000@0x20000(kernel)" still fits; the environment now ends before the kernel begins, and a gap is no contradiction. */
    assert_int_equal(e.tree.count, 5);
    extraction_free(&e);
    at = memmem(sample.at, sample.size, "0x20000@0x20000(kernel)", 23);
    assert_non_null(at);
    memcpy(at, "0x30000@0x30000(kernel)", 23);
    assert_int_equal(extractor_named("mtd")->probe(sample_span(&sample)), 0);
    sample_free(&sample);
}

static void a_cut_dump_is_opened_as_far_as_several_parts_agree(void **state)
{
    (void)state;
    sample_t sample = sample_build("mtd", "devicetree");
    assert_int_equal(extractor_named("mtd")->probe(span_from(sample.at, 0x30000)), 0); /* only carving is left */
    sample_free(&sample);
}

static void an_environment_tells_its_variables_when_its_checksum_holds(void **state)
{
    (void)state;
    static const char *const variants[] = {"-s 16384", "-s 65536 -r", "-s 8192 -b", "-s 24576 -p 0"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t     sample = sample_build("uboot-env", variants[i]);
        extraction_t e      = extraction_of("uboot-env", sample_span(&sample));
        assert_true(status_ok(e.status) && e.bits >= BITS_ELSEWHERE);
        assert_int_equal(e.extent, sample.size);
        assert_string_equal(extraction_fact(&e, "uboot-env.bootcmd"), "bootm 0x9f020000");
        assert_string_equal(extraction_fact(&e, "uboot-env.password"), "letmein");
        assert_int_equal(explained_with_padding_ppm("uboot-env", sample_span(&sample)), 1000000);
        extraction_free(&e);
        sample.at[20] ^= 1;
        assert_int_equal(extractor_named("uboot-env")->probe(sample_span(&sample)), 0);
        sample_free(&sample);
    }
}

static void the_variables_of_a_broadcom_router_are_told(void **state)
{
    (void)state;
    sample_t     sample = sample_build("broadcom-nvram", "");
    extraction_t e      = extraction_of("broadcom-nvram", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.bits, 48);
    assert_string_equal(extraction_fact(&e, "broadcom-nvram.http_passwd"), "admin");
    extraction_free(&e);
    sample.at[60] ^= 4;
    e = extraction_of("broadcom-nvram", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_opens_into_the_partitions_that_it_names),
        cmocka_unit_test(a_dump_that_names_nothing_is_left_to_carving),
        cmocka_unit_test(names_that_do_not_fit_the_dump_are_not_believed),
        cmocka_unit_test(a_cut_dump_is_opened_as_far_as_several_parts_agree),
        cmocka_unit_test(an_environment_tells_its_variables_when_its_checksum_holds),
        cmocka_unit_test(the_variables_of_a_broadcom_router_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
