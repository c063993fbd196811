#include "support/extraction.h"

#include <stdlib.h>

static void an_initramfs_of_two_archives_opens_completely(void **state)
{
    (void)state;
    sample_t     sample = sample_build("cpio", "");
    extraction_t e      = extraction_of("cpio", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_int_equal(e.damage.count, 0);
    assert_string_equal(extraction_fact(&e, "cpio.archives"), "2");
    assert_int_equal(tree_entry(&e.tree, "kernel/x86/microcode.bin")->size, 768);
    const entry_t *console = tree_entry(&e.tree, "dev/console");
    assert_int_equal(console->type, CHILD_CHAR_DEVICE);
    assert_int_equal(console->device_major, 5);
    assert_int_equal(console->device_minor, 1);
    assert_int_equal(tree_entry(&e.tree, "dev/ram0")->type, CHILD_BLOCK_DEVICE);
    assert_int_equal(tree_entry(&e.tree, "dev/ram0")->gid, 6);
    assert_int_equal(tree_entry(&e.tree, "dev/log")->type, CHILD_SOCKET);
    assert_int_equal(tree_entry(&e.tree, "dev/initctl")->type, CHILD_FIFO);
    assert_string_equal(tree_entry(&e.tree, "linuxrc")->link, "bin/busybox");
    assert_non_null(tree_entry(&e.tree, "."));
    extraction_free(&e);
    sample_free(&sample);
}

static void all_names_of_a_hard_link_have_the_data_of_the_last(void **state)
{
    (void)state;
    sample_t       sample = sample_build("cpio", "");
    extraction_t   e      = extraction_of("cpio", sample_span(&sample));
    const entry_t *busybox = tree_entry(&e.tree, "bin/busybox");
    assert_int_equal(busybox->size, 24 * 40);
    assert_int_equal(busybox->mode, 04755);
    assert_true(sha256_equal(&tree_entry(&e.tree, "bin/sh")->sha256, &busybox->sha256));
    assert_true(sha256_equal(&tree_entry(&e.tree, "bin/ash")->sha256, &busybox->sha256));
    assert_true(busybox < tree_entry(&e.tree, "bin/sh"));
    size_t named = 0;
    for (size_t i = 0; i < e.tree.count; i++)
        named += strcmp(e.tree.entries[i].path, "bin/busybox") == 0;
    assert_int_equal(named, 1);
    extraction_free(&e);
    sample_free(&sample);
}

/* Made by GNU cpio, extracted by bsdtar: two others agree. Owners are compared with what was asked for, since not everyone can set them. */
static void every_layout_opens_like_bsdtar_extracts_it(void **state)
{
    (void)state;
    static const char *const layouts[] = {"newc", "crc", "odc", "bin"};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        char directory[1024];
        scratch_make(directory);
        sample_t     sample = sample_build("cpio", layouts[i]);
        extraction_t e      = extraction_of("cpio", sample_span(&sample));
        run("bsdtar -C '%s' --no-same-owner -xpf '%s'", directory, sample.path);
        tree_t expected = tree_of_directory(directory);
        assert_same_tree(&e.tree, &expected, COMPARE_MODE | COMPARE_MTIME);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.end, sample.size);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_int_equal(tree_entry(&e.tree, "etc/one")->uid, 10);
        assert_int_equal(tree_entry(&e.tree, "etc/one")->gid, 20);
        tree_free(&expected);
        extraction_free(&e);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void binary_headers_are_read_in_either_order_of_bytes(void **state)
{
    (void)state;
    sample_t sample = sample_build("cpio", "bin");
    /* The headers' 16-bit words swapped, as the other kind of machine writes them; names and data stay. */
    for (size_t at = 0; at + 26 <= sample.size && sample.at[at] == 0xC7 && sample.at[at + 1] == 0x71;) {
        size_t name = (size_t)sample.at[at + 20] | (size_t)sample.at[at + 21] << 8;
        size_t data = (size_t)sample.at[at + 24] | (size_t)sample.at[at + 25] << 8;
        for (size_t i = 0; i < 26; i += 2) {
            uint8_t kept          = sample.at[at + i];
            sample.at[at + i]     = sample.at[at + i + 1];
            sample.at[at + i + 1] = kept;
        }
        at += 26 + (name + 1) / 2 * 2 + (data + 1) / 2 * 2;
    }
    extraction_t e = extraction_of("cpio", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "cpio.layout"), "binary big-endian");
    assert_int_equal(tree_entry(&e.tree, "etc/deep/notes")->size, 5001);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.end, sample.size);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_wrong_sum_is_damage_of_that_file(void **state)
{
    (void)state;
    sample_t     sample = sample_build("cpio", "crc");
    extraction_t before = extraction_of("cpio", sample_span(&sample));
    sample.at[tree_entry(&before.tree, "etc/deep/notes")->at_offset + 17] ^= 1;
    extraction_free(&before);
    extraction_t e = extraction_of("cpio", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_true(tree_entry(&e.tree, "etc/deep/notes")->damaged);
    assert_false(tree_entry(&e.tree, "etc/one")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_spoiled_header_costs_its_own_member_only(void **state)
{
    (void)state;
    sample_t       sample = sample_build("cpio", "");
    extraction_t   whole  = extraction_of("cpio", sample_span(&sample));
    size_t         at     = (size_t)tree_entry(&whole.tree, "init")->at_offset;
    while (memcmp(sample.at + at, "070701", 6) != 0)
        at--;
    memset(sample.at + at, 0x55, 6);
    extraction_t e = extraction_of("cpio", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.damage.sayings[0].offset, at);
    assert_int_equal(e.tree.count, whole.tree.count - 1);
    assert_null(tree_entry(&e.tree, "init"));
    assert_non_null(tree_entry(&e.tree, "linuxrc"));
    extraction_free(&whole);
    extraction_free(&e);
    sample_free(&sample);
}

static void an_archive_cut_inside_a_file_keeps_what_is_there_of_it(void **state)
{
    (void)state;
    sample_t     sample = sample_build("cpio", "newc");
    extraction_t whole  = extraction_of("cpio", sample_span(&sample));
    size_t       cut    = (size_t)tree_entry(&whole.tree, "etc/deep/notes")->at_offset + 1000;
    extraction_t e      = extraction_of("cpio", span_from(sample.at, cut));
    assert_true(status_ok(e.status));
    assert_int_equal(tree_entry(&e.tree, "etc/deep/notes")->size, 1000);
    assert_true(tree_entry(&e.tree, "etc/deep/notes")->damaged);
    assert_int_equal(e.extent, cut);
    extraction_free(&whole);
    extraction_free(&e);
    sample_free(&sample);
}

static void what_follows_the_padding_is_left_alone(void **state)
{
    (void)state;
    sample_t sample = sample_build("cpio", "newc");
    uint8_t *longer = calloc(1, sample.size + 4000);
    assert_non_null(longer);
    memcpy(longer, sample.at, sample.size);
    for (size_t round = 0; round < 2; round++) {
        extraction_t e = extraction_of("cpio", span_from(longer, sample.size + 4000));
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.end, sample.size);
        assert_int_equal(e.damage.count, 0);
        extraction_free(&e);
        memset(longer + sample.size, 0x1F, 4000);
    }
    free(longer);
    sample_free(&sample);
}

static void a_name_that_claims_gigabytes_is_refused(void **state)
{
    (void)state;
    sample_t sample = sample_build("cpio", "newc");
    memcpy(sample.at + 94, "FFFFFFFF", 8);
    assert_int_equal(extractor_named("cpio")->probe(sample_span(&sample)), 0);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_initramfs_of_two_archives_opens_completely),
        cmocka_unit_test(all_names_of_a_hard_link_have_the_data_of_the_last),
        cmocka_unit_test(every_layout_opens_like_bsdtar_extracts_it),
        cmocka_unit_test(binary_headers_are_read_in_either_order_of_bytes),
        cmocka_unit_test(a_wrong_sum_is_damage_of_that_file),
        cmocka_unit_test(a_spoiled_header_costs_its_own_member_only),
        cmocka_unit_test(an_archive_cut_inside_a_file_keeps_what_is_there_of_it),
        cmocka_unit_test(what_follows_the_padding_is_left_alone),
        cmocka_unit_test(a_name_that_claims_gigabytes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
