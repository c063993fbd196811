/* Partitions of Android devices. Oracles: simg2img (sparse), unpack_bootimg (boot 0 to 2), 7zz (super); boot 3 and 4, DTBO and VBMeta are
 * held against the parts that their builders put in, since no Debian program reads them. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static sample_t part_of(const char *directory, const char *name)
{
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return sample_read(path);
}

static sample_t build(const char *directory, const char *format, const char *variant)
{
    run("sh \"$ASSAY_SOURCE\"/corpus/samples/%s.sh '%s/image' %s", format, directory, variant);
    return part_of(directory, "image");
}

static void assert_same_bytes(const tree_t *tree, const char *path, const sample_t *expected)
{
    const entry_t *entry = tree_entry(tree, path);
    if (entry == NULL || entry->damaged || entry->size != expected->size || memcmp(entry->content, expected->at, expected->size) != 0)
        fail_msg("%s: %s", path, entry == NULL ? "is not there" : entry->damaged ? "is damaged" : "has another content");
}

static void a_sparse_image_yields_what_simg2img_makes_of_it(void **state)
{
    (void)state;
    static const char *const variants[] = {"plain", "checksum", "fill"};
    for (size_t i = 0; i < 3; i++) {
        char directory[1024];
        scratch_make(directory);
        sample_t sample = build(directory, "android-sparse", variants[i]);
        run("simg2img '%s/image' '%s/back' && cmp '%s/back' '%s/image.raw'", directory, directory, directory, directory);
        sample_t     back = part_of(directory, "back");
        extraction_t e    = extraction_of("android-sparse", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.damage.count, 0);
        assert_same_bytes(&e.tree, "content", &back);
        assert_int_equal(explained_with_padding_ppm("android-sparse", sample_span(&sample)), 1000000);
        assert_int_equal(e.extent, sample.size);
        extraction_free(&e);
        /* A changed byte is found out only where a checksum is. */
        sample.at[sample.size / 2] ^= 1;
        e = extraction_of("android-sparse", sample_span(&sample));
        assert_int_equal(e.damage.count > 0, i > 0);
        extraction_free(&e);
        sample_free(&back);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void a_cut_sparse_image_says_what_is_lost(void **state)
{
    (void)state;
    static const unsigned percent[] = {20, 50, 80, 99};
    sample_t              sample    = sample_build("android-sparse", "");
    extraction_t          whole     = extraction_of("android-sparse", sample_span(&sample));
    for (size_t i = 0; i < 4; i++) {
        extraction_t e = extraction_of("android-sparse", span_from(sample.at, sample.size * percent[i] / 100));
        assert_true(status_ok(e.status) && e.damage.count > 0);
        assert_true(e.tree.entries[0].damaged);
        assert_int_equal(memcmp(e.tree.entries[0].content, whole.tree.entries[0].content, e.tree.entries[0].size), 0);
        extraction_free(&e);
    }
    extraction_free(&whole);
    sample_free(&sample);
}

static void every_version_of_a_boot_image_yields_its_parts(void **state)
{
    (void)state;
    static const struct { const char *variant, *kernel, *ramdisk, *dtb; size_t parts; bool unpacks; } cases[] = {
        {"0", "kernel", "ramdisk", "second", 3, true},      {"1", "kernel", "ramdisk", "second", 3, true},
        {"2", "kernel", "ramdisk", "dtb", 4, true},         {"3", "kernel", "ramdisk", NULL, 2, false},
        {"4", "kernel", "ramdisk", NULL, 3, false},         {"vendor3", NULL, "vendor_ramdisk", "dtb", 2, false},
        {"vendor4", "vendor_ramdisk-recovery", "vendor_ramdisk", "dtb", 4, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char directory[1024];
        scratch_make(directory);
        sample_t     sample = build(directory, "android-boot", cases[i].variant);
        sample_t     kernel = part_of(directory, "image.kernel"), ramdisk = part_of(directory, "image.ramdisk"), dtb = part_of(directory, "image.dtb");
        extraction_t e      = extraction_of("android-boot", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.tree.count, cases[i].parts);
        if (cases[i].kernel != NULL)
            assert_same_bytes(&e.tree, cases[i].kernel, &kernel);
        assert_same_bytes(&e.tree, cases[i].ramdisk, &ramdisk);
        if (cases[i].dtb != NULL)
            assert_same_bytes(&e.tree, cases[i].dtb, &dtb);
        assert_string_equal(extraction_fact(&e, "android-boot.command-line"), "console=ttyS0 androidboot.hardware=sample");
        if (cases[i].unpacks) {
            run("unpack_bootimg --boot_img '%s/image' --out '%s/out' > '%s/log' && cmp '%s/out/kernel' '%s/image.kernel' && cmp '%s/out/ramdisk' '%s/image.ramdisk'",
                directory, directory, directory, directory, directory, directory, directory);
            assert_string_equal(extraction_fact(&e, "android-boot.id-holds"), "yes");
            assert_string_equal(extraction_fact(&e, "android-boot.os"), "13.0.0, patches of 2024-05");
        }
        assert_true(explained_with_padding_ppm("android-boot", sample_span(&sample)) >= 995000);
        extraction_free(&e);
        sample_free(&kernel);
        sample_free(&ramdisk);
        sample_free(&dtb);
        assert_cuts_are_told("android-boot", sample_span(&sample), sample.size - 4096);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void logical_partitions_are_what_7zz_extracts(void **state)
{
    (void)state;
    sample_t     sample = sample_build("android-super", "");
    tree_t       tree   = tree_of_command(sample.path, "7zz x -bso0 -bsp0 \"$1\" > /dev/null; for f in *.img; do mv \"$f\" \"${f%.img}\"; done; [ -e system_b ] || : > system_b");
    extraction_t e      = extraction_of("android-super", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 0);
    for (size_t i = 0; i < tree.count; i++)
        tree.entries[i].type = CHILD_PAYLOAD; /* files on disk, partitions in the image */
    assert_same_tree(&e.tree, &tree, 0);
    assert_true(explained_with_padding_ppm("android-super", sample_span(&sample)) >= 995000);
    extraction_free(&e);
    tree_free(&tree);
    assert_cuts_are_told("android-super", sample_span(&sample), sample.size - 2048);
    sample_free(&sample);
}

static void the_copies_serve_when_geometry_and_first_metadata_are_damaged(void **state)
{
    (void)state;
    sample_t     sample = sample_build("android-super", "");
    extraction_t whole  = extraction_of("android-super", sample_span(&sample));
    sample.at[4096 + 44] ^= 1;
    sample.at[12288 + 300] ^= 1;
    extraction_t e = extraction_of("android-super", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 2);
    assert_same_tree(&e.tree, &whole.tree, 0);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void every_overlay_is_a_child_named_by_its_board(void **state)
{
    (void)state;
    sample_t     sample = sample_build("android-dtbo", "");
    extraction_t e      = extraction_of("android-dtbo", sample_span(&sample));
    assert_int_equal(e.tree.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(memcmp(e.tree.entries[i].content, "\xD0\x0D\xFE\xED", 4), 0);
        assert_true(extractor_named("devicetree")->probe(span_from(e.tree.entries[i].content, e.tree.entries[i].size)) > 0);
    }
    assert_non_null(tree_entry(&e.tree, "1-id101-rev1.dtbo"));
    assert_int_equal(explained_with_padding_ppm("android-dtbo", sample_span(&sample)), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void verified_boot_metadata_tells_its_key_and_descriptors(void **state)
{
    (void)state;
    static const char *const variants[] = {"vbmeta", "unsigned"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("android-vbmeta", variants[i]);
        extraction_t e      = extraction_of("android-vbmeta", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.damage.count, 0);
        assert_string_equal(extraction_fact(&e, "android-vbmeta.descriptor1"), "hash of boot");
        assert_string_equal(extraction_fact(&e, "android-vbmeta.descriptor2"), "hash tree of system");
        assert_string_equal(extraction_fact(&e, "android-vbmeta.descriptor4"), "chained partition vbmeta_system");
        assert_int_equal(explained_with_padding_ppm("android-vbmeta", sample_span(&sample)), 1000000);
        extraction_free(&e);
        sample.at[sample.size - 100] ^= 1;
        e = extraction_of("android-vbmeta", sample_span(&sample));
        assert_int_equal(e.damage.count, i == 0 ? 1 : 0); /* unsigned: nothing tells */
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_footer_is_found_at_the_end_of_its_partition(void **state)
{
    (void)state;
    sample_t     sample = sample_build("android-vbmeta", "footer");
    extraction_t e      = extraction_of("android-vbmeta", span_from_offset(sample_span(&sample), sample.size - 64));
    assert_true(e.bits >= BITS_ELSEWHERE && status_ok(e.status));
    assert_string_equal(extraction_fact(&e, "android-vbmeta.footer"), "image of 9200 bytes, VBMeta at 12288");
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sparse_image_yields_what_simg2img_makes_of_it),
        cmocka_unit_test(a_cut_sparse_image_says_what_is_lost),
        cmocka_unit_test(every_version_of_a_boot_image_yields_its_parts),
        cmocka_unit_test(logical_partitions_are_what_7zz_extracts),
        cmocka_unit_test(the_copies_serve_when_geometry_and_first_metadata_are_damaged),
        cmocka_unit_test(every_overlay_is_a_child_named_by_its_board),
        cmocka_unit_test(verified_boot_metadata_tells_its_key_and_descriptors),
        cmocka_unit_test(a_footer_is_found_at_the_end_of_its_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
