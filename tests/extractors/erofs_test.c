/* EROFS images against what the kernel sees in them, and against fsck.erofs where this machine cannot mount. Images that mkfs.erofs 1.5
 * cannot make come from corpus/samples/erofs-builder.py; for them only the kernel is an oracle (and the builder's own tree). */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static bool kernel_tree(const sample_t *sample, tree_t *tree) { return tree_of_mounted(sample->path, "erofs", tree); }

static void opens_as_the_kernel_says(const char *arguments, uint64_t ppm)
{
    sample_t sample = sample_build("erofs", arguments);
    tree_t   expected;
    unsigned compare = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS | COMPARE_DEVICES;
    if (!kernel_tree(&sample, &expected)) {
        expected = tree_of_command(sample.path, "fsck.erofs --extract=. --overwrite \"$1\" > /dev/null");
        compare &= ~(unsigned)COMPARE_XATTRS;
    }
    print_message("erofs %s: %zu bytes, %zu entries\n", arguments, sample.size, expected.count);
    assert_true(expected.count > 0 || strncmp(arguments, "empty", 5) == 0);
    assert_opens_to("erofs", sample_span(&sample), &expected, compare, ppm);
    tree_free(&expected);
    sample_free(&sample);
}

static void every_variant_opens_to_what_the_kernel_sees(void **state)
{
    (void)state;
    static const char *const variants[] = {
        "",
        "xattrs -zlz4",
        "xattrs -zlz4hc,12 -Eforce-inode-extended",
        "small -zlz4hc -Elegacy-compress",
        "small -Eforce-inode-compact -zlz4",
        "big -zlz4hc -C65536",
        "big -zlz4hc -C16384 -Eztailpacking",
        "big -zlz4hc -C65536 -Efragments",
        "big -zlz4hc -C65536 -Efragments,ztailpacking",
        "big -zlz4hc -Eall-fragments",
        "big -zlz4hc -C4096 -Efragments,dedupe",
        "big -zlz4hc -C65536 -Ededupe",
        "big -zlz4hc -C65536 -Eall-fragments,dedupe",
        "big -zlz4hc -C65536 -Elegacy-compress",
        "big -zlz4hc --max-extent-bytes=20000",
        "big --chunksize=4096",
        "sparse --chunksize=65536",
        "sparse --chunksize=16384 -Eforce-chunk-indexes",
        "sparse --chunksize=16384 -Eforce-inode-blockmap",
        "sparse -zlz4hc -C65536",
        "xattrs -x0",
        "xattrs -Enoinline_data",
        "names -zlz4",
        "names",
        "deep -zlz4hc",
        "empty",
        "one",
        "one -zlz4hc -Eall-fragments",
        "built",
    };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        opens_as_the_kernel_says(variants[i], 995000);
}

static void facts_are_told(void **state)
{
    (void)state;
    sample_t     sample = sample_build("erofs", "built");
    extraction_t e      = extraction_of("erofs", sample_span(&sample));
    assert_int_equal(e.bits, 32 + 16 + 16 + 32);
    assert_int_equal(e.extent, sample.size);
    assert_string_equal(extraction_fact(&e, "erofs.uuid"), "00010203-0405-0607-0809-0a0b0c0d0e0f");
    assert_string_equal(extraction_fact(&e, "erofs.label"), "built");
    assert_string_equal(extraction_fact(&e, "erofs.created"), "1500000000");
    assert_string_equal(extraction_fact(&e, "erofs.block-size"), "4096");
    assert_string_equal(extraction_fact(&e, "erofs.algorithms"), "lzma deflate zstd");
    assert_string_equal(extraction_fact(&e, "erofs.features"), "sb_csum mtime");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_image_gives_what_is_left_and_says_what_is_not(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "big -zlz4hc -C65536", "big -zlz4hc -Eall-fragments", "big --chunksize=4096", "built"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("erofs", variants[i]);
        assert_cuts_are_told("erofs", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_flipped_cluster_spoils_one_file(void **state)
{
    (void)state;
    /* A cluster of the file "text", behind which its other clusters stand: the last block of the image is one of them. */
    sample_t     sample = sample_build("erofs", "big -zlz4hc -C65536");
    extraction_t e      = extraction_of("erofs", sample_span(&sample));
    const entry_t *text = tree_entry(&e.tree, "text");
    assert_non_null(text);
    assert_flip_spoils_at_most("erofs", sample_span(&sample), text->at_offset + 65536 - 300, 200, 1, true);
    /* Wrong bytes in the superblock are known by its checksum. */
    assert_flip_spoils_at_most("erofs", sample_span(&sample), 1024 + 64, 1, 0, false);
    extraction_free(&e);
    sample_free(&sample);
    /* MicroLZMA has no checksum, but its end must fall on the right place. */
    sample = sample_build("erofs", "built");
    e      = extraction_of("erofs", sample_span(&sample));
    const entry_t *lzma = tree_entry(&e.tree, "lzma");
    assert_non_null(lzma);
    assert_flip_spoils_at_most("erofs", sample_span(&sample), lzma->at_offset + 100, 40, 1, false);
    extraction_free(&e);
    sample_free(&sample);
}

static void content_on_another_device_is_named_as_missing(void **state)
{
    (void)state;
    sample_t     sample = sample_build("erofs", "devices");
    extraction_t e      = extraction_of("erofs", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_string_equal(extraction_fact(&e, "erofs.devices"), "2");
    assert_int_equal(e.limits.count, 1);
    const entry_t *busybox = tree_entry(&e.tree, "bin/busybox"), *link = tree_entry(&e.tree, "bin/ash");
    assert_true(busybox != NULL && busybox->damaged && busybox->mode == 04755);
    assert_true(link != NULL && !link->damaged && strcmp(link->link, "busybox") == 0);
    extraction_free(&e);
    sample_free(&sample);
}

static uint64_t le_at(span_t s, uint64_t at, unsigned bytes)
{
    reader_t r = reader_at(s, at);
    return read_le(&r, bytes);
}

static void put_le(sample_t *sample, uint64_t at, uint64_t value, unsigned bytes)
{
    assert_true(span_holds(sample_span(sample), at, bytes));
    for (unsigned i = 0; i < bytes; i++)
        sample->at[at + i] = (uint8_t)(value >> 8 * i);
}

/* The place in the image of entry `n` of the root, which is an extended inode with its entries behind it. */
static uint64_t root_entry(const sample_t *sample, uint64_t n)
{
    uint64_t root = le_at(sample_span(sample), 1024 + 14, 2) * 32;
    assert_int_equal(le_at(sample_span(sample), root, 2), 2 << 1 | 1);
    return root + 64 + n * 12;
}

static void a_directory_inside_itself_ends(void **state)
{
    (void)state;
    sample_t sample = sample_build("erofs", "small -x-1 -Eforce-inode-extended");
    uint64_t root   = le_at(sample_span(&sample), 1024 + 14, 2);
    put_le(&sample, root_entry(&sample, 2), root, 8);
    extraction_t e = extraction_of("erofs", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0 && e.tree.count < 40);
    extraction_free(&e);
    sample_free(&sample);
}

static void invented_sizes_and_addresses_are_told(void **state)
{
    (void)state;
    static const struct { uint64_t at, value; unsigned bytes; } lies[] = {
        {8, UINT64_C(1) << 50, 8}, {8, UINT64_MAX, 8}, {16, 0xFFFFFFF0, 4}, {2, 0xFFFF, 2}, {0, 7 << 1 | 1, 2},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        sample_t sample = sample_build("erofs", "one -x-1 -Eforce-inode-extended,noinline_data");
        uint64_t inode = le_at(sample_span(&sample), root_entry(&sample, 2), 8) * 32;
        put_le(&sample, inode + lies[i].at, lies[i].value, lies[i].bytes);
        extraction_t e = extraction_of("erofs", sample_span(&sample));
        assert_true(status_ok(e.status));
        const entry_t *one = tree_entry(&e.tree, "one");
        if (one == NULL || !one->damaged)
            fail_msg("lie %zu: nothing is said of it", i);
        extraction_free(&e);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_what_the_kernel_sees),
        cmocka_unit_test(facts_are_told),
        cmocka_unit_test(a_cut_image_gives_what_is_left_and_says_what_is_not),
        cmocka_unit_test(a_flipped_cluster_spoils_one_file),
        cmocka_unit_test(content_on_another_device_is_named_as_missing),
        cmocka_unit_test(a_directory_inside_itself_ends),
        cmocka_unit_test(invented_sizes_and_addresses_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
