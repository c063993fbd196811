/* UBI. No program in Debian opens a UBI image (mtd-utils makes them, the kernel attaches flash, and this machine has no nandsim), so
 * the oracle is what went in: contents that both the builder and this test can make, put into an area by ubinize; and the states of a
 * flash in use, which the builder makes from that area by the rules of Linux (drivers/mtd/ubi/attach.c). */
#include "support/filesystem.h"

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

enum { KERNEL = 20000, LEB = 15360, PEB = 16384, DATA = 1024, ALL = 1000000 };

static buffer_t kernel(void)
{
    buffer_t out = {0};
    uint32_t x   = 1;
    for (size_t i = 0; i < KERNEL; i++) {
        x = (x * 1103515245u + 12345) & 0x7fffffff;
        buffer_append_byte(&out, (uint8_t)(x >> 16));
    }
    return out;
}

/* The content of a dynamic volume: up to the end of its last block, which is erased behind what was written. */
static buffer_t rootfs(size_t leb)
{
    buffer_t out = {0};
    for (int i = 1; i <= 12000; i++)
        buffer_printf(&out, "%d\n", i);
    while (out.size % leb != 0)
        buffer_append_byte(&out, 0xFF);
    return out;
}

static void assert_content(const extraction_t *e, const char *path, span_t expected)
{
    const entry_t *entry = tree_entry(&e->tree, path);
    if (entry == NULL)
        fail_msg("there is no %s", path);
    if (entry->size != expected.size || memcmp(entry->content, expected.at, expected.size) != 0)
        fail_msg("%s is not what it was made from (%llu bytes, expected %zu)", path, (unsigned long long)entry->size, expected.size);
}

/* Opens a variant: all volumes as they should be, but for `rootfs`, whose blocks [0, replaced) the caller looks at. */
static extraction_t open_variant(const char *variant, size_t leb)
{
    sample_t     sample = sample_build("ubi", variant);
    extraction_t e      = extraction_of("ubi", sample_span(&sample));
    buffer_t     k = kernel(), r = rootfs(leb);
    if (!status_ok(e.status))
        fail_msg("%s does not open", variant);
    assert_content(&e, "kernel", buffer_span(&k));
    assert_content(&e, "rootfs", buffer_span(&r));
    buffer_free(&k);
    buffer_free(&r);
    sample_free(&sample);
    return e;
}

static bool said(const sayings_t *sayings, const char *what)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, what) != NULL)
            return true;
    return false;
}

static void areas_of_all_geometries_open_to_what_they_were_made_from(void **state)
{
    (void)state;
    static const struct { const char *variant; size_t leb; const char *peb; } areas[] = {
        {"default", LEB, "16384"}, {"odd", 24576 - 1024, "24576"}, {"nor", 65536 - 128, "65536"}, {"aligned", 12288, "16384"},
        {"big-pages", 131072 - 2048, "131072"},
    };
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        extraction_t e      = open_variant(areas[i].variant, areas[i].leb);
        sample_t     sample = sample_build("ubi", areas[i].variant);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.limits.count, 0);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.bits, 96);
        assert_int_equal(e.tree.count, 3);
        assert_int_equal(tree_entry(&e.tree, "empty")->size, 0);
        assert_string_equal(extraction_fact(&e, "ubi.peb-size"), areas[i].peb);
        assert_string_equal(extraction_fact(&e, "ubi.image-sequence"), "1234");
        assert_string_equal(extraction_fact(&e, "ubi.volumes"), "3");
        assert_non_null(strstr(extraction_fact(&e, "ubi.volume.0"), "kernel: static"));
        assert_non_null(strstr(extraction_fact(&e, "ubi.volume.1"), "autoresize"));
        assert_true(explained_with_padding_ppm("ubi", sample_span(&sample)) == ALL);
        sample_free(&sample);
        extraction_free(&e);
    }
}

static void the_order_of_blocks_does_not_matter(void **state)
{
    (void)state;
    extraction_t e = open_variant("shuffled", LEB);
    assert_int_equal(e.damage.count, 0);
    extraction_free(&e);
}

static void erased_and_free_blocks_are_no_damage_and_not_the_end(void **state)
{
    (void)state;
    extraction_t e = open_variant("free", LEB);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.extent, 12 * PEB);
    assert_string_equal(extraction_fact(&e, "ubi.erase-count-max"), "9");
    extraction_free(&e);
}

/* The second block of "rootfs" exists twice: which counts? */
static void assert_second_block(const char *variant, bool newer)
{
    sample_t     sample = sample_build("ubi", variant);
    extraction_t e      = extraction_of("ubi", sample_span(&sample));
    buffer_t     r      = rootfs(LEB);
    if (newer)
        memcpy(r.at + LEB, "NEWER", 5);
    assert_content(&e, "rootfs", buffer_span(&r));
    assert_int_equal(e.damage.count, 0);
    assert_null(tree_entry(&e.tree, "[deleted]/rootfs/block-1.sqnum-5.peb-4"));
    extraction_free(&e);
    limits_t limits = limits_default();
    limits.deleted  = true;
    e               = extraction_with("ubi", sample_span(&sample), &limits);
    assert_int_equal(e.tree.count, 4);
    const entry_t *old = &e.tree.entries[3];
    assert_memory_equal(old->path, "[deleted]/rootfs/block-1.", 25);
    assert_int_equal(old->size, LEB);
    assert_int_equal(memcmp(old->content, "NEWER", 5) == 0, !newer);
    extraction_free(&e);
    buffer_free(&r);
    sample_free(&sample);
}

static void the_newest_copy_of_a_block_counts_and_lab_mode_shows_the_other(void **state)
{
    (void)state;
    assert_second_block("newer", true);
}

static void a_finished_copy_counts_and_an_interrupted_one_does_not(void **state)
{
    (void)state;
    assert_second_block("copied", true);
    assert_second_block("interrupted", false);
}

static void a_block_with_one_damaged_header_is_used_or_named(void **state)
{
    (void)state;
    extraction_t e = open_variant("bad-ec", LEB);
    assert_int_equal(e.damage.count, 1);
    assert_true(said(&e.damage, "the erase counter header"));
    extraction_free(&e);
    e = open_variant("bad-first-ec", LEB);
    assert_int_equal(e.bits, 64);
    assert_int_equal(e.extent, 8 * PEB);
    assert_true(said(&e.damage, "the erase counter header"));
    extraction_free(&e);
    static const char *const lost[][2] = {{"bad-vid", "the volume identifier"}, {"bad-both", "neither header"}};
    for (size_t i = 0; i < 2; i++) {
        sample_t sample = sample_build("ubi", lost[i][0]);
        e               = extraction_of("ubi", sample_span(&sample));
        assert_true(said(&e.damage, lost[i][1]));
        /* What stands there then is what UBI gives for a block that is mapped nowhere. */
        buffer_t r = rootfs(LEB);
        memset(r.at + 2 * LEB, 0xFF, LEB);
        assert_content(&e, "rootfs", buffer_span(&r));
        buffer_free(&r);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void one_copy_of_the_volume_table_is_enough(void **state)
{
    (void)state;
    extraction_t e = open_variant("table-copy", LEB);
    assert_true(said(&e.damage, "volume table"));
    assert_int_equal(e.tree.count, 3);
    extraction_free(&e);
}

static void without_a_volume_table_volumes_have_numbers(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ubi", "no-table");
    extraction_t e      = extraction_of("ubi", sample_span(&sample));
    buffer_t     k = kernel(), r = rootfs(LEB);
    assert_true(said(&e.damage, "no volume table"));
    assert_content(&e, "volume-0", buffer_span(&k));
    assert_content(&e, "volume-1", buffer_span(&r));
    buffer_free(&k);
    buffer_free(&r);
    extraction_free(&e);
    sample_free(&sample);
}

static void blocks_that_are_mapped_nowhere_read_as_erased(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ubi", "unmapped");
    extraction_t e      = extraction_of("ubi", sample_span(&sample));
    buffer_t     r      = rootfs(LEB);
    memset(r.at + LEB, 0xFF, LEB);
    assert_content(&e, "rootfs", buffer_span(&r));
    assert_int_equal(e.damage.count, 0);
    buffer_free(&r);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_missing_block_of_a_static_volume_is_damage(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ubi", "missing-static");
    extraction_t e      = extraction_of("ubi", sample_span(&sample));
    assert_true(tree_entry(&e.tree, "kernel")->damaged);
    assert_false(tree_entry(&e.tree, "rootfs")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_flipped_byte_of_a_static_volume_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("ubi", "");
    assert_flip_spoils_at_most("ubi", sample_span(&sample), 2 * PEB + DATA + 300, 1, 1, false);
    sample_free(&sample);
}

static void an_unfinished_update_is_told(void **state)
{
    (void)state;
    extraction_t e = open_variant("update", LEB);
    assert_true(tree_entry(&e.tree, "kernel")->damaged);
    assert_non_null(strstr(extraction_fact(&e, "ubi.volume.0"), "update not finished"));
    extraction_free(&e);
}

static void blocks_of_another_image_are_left_out(void **state)
{
    (void)state;
    extraction_t e = open_variant("foreign", LEB);
    assert_int_equal(e.damage.count, 0);
    assert_true(said(&e.notes, "another image"));
    assert_int_equal(e.extent, 9 * PEB);
    extraction_free(&e);
}

static void a_fastmap_is_structure_and_compared_but_not_believed(void **state)
{
    (void)state;
    extraction_t e = open_variant("fastmap", LEB);
    assert_int_equal(e.damage.count, 0);
    assert_string_equal(extraction_fact(&e, "ubi.fastmap"), "1 blocks, 0 disagree with the headers");
    assert_int_equal(e.tree.count, 3);
    extraction_free(&e);
    e = open_variant("old-fastmap", LEB);
    assert_int_equal(e.damage.count, 0);
    assert_string_equal(extraction_fact(&e, "ubi.fastmap"), "1 blocks, 2 disagree with the headers");
    assert_true(said(&e.notes, "the fastmap is older"));
    extraction_free(&e);
    sample_t sample = sample_build("ubi", "fastmap");
    assert_true(explained_with_padding_ppm("ubi", sample_span(&sample)) == ALL);
    sample.at[8 * PEB + DATA + 400] ^= 1;
    e = extraction_of("ubi", sample_span(&sample));
    assert_true(said(&e.damage, "a fastmap that cannot be read"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_block_number_out_of_all_proportion_fills_nothing(void **state)
{
    (void)state;
    extraction_t e = open_variant("huge-lnum", LEB);
    assert_true(tree_entry(&e.tree, "rootfs")->damaged);
    assert_true(said(&e.limits, "out of proportion"));
    extraction_free(&e);
}

static void an_area_between_other_bytes_has_its_own_end(void **state)
{
    (void)state;
    sample_t           sample = sample_build("ubi", "between"), alone = sample_build("ubi", "");
    const extractor_t *ubi    = extractor_named("ubi");
    span_t             image  = span_from_offset(sample_span(&sample), 100000);
    assert_true(ubi->probe(image) >= BITS_ELSEWHERE);
    assert_int_equal(ubi->extent(image), alone.size);
    /* A whole scan finds it there, by itself. */
    char directory[1024];
    scratch_make(directory);
    (void)run_status("'%s' extract -q '%s' -C '%s/out' > '%s/log' 2>&1", getenv("ASSAY_BINARY"), sample.path, directory, directory);
    assert_int_equal(run_status("find '%s/out' -name kernel | grep -q 186a0.ubi", directory), 0);
    scratch_remove(directory);
    sample_free(&sample);
    sample_free(&alone);
}

static void a_dump_that_begins_inside_an_area_opens_from_its_first_whole_block(void **state)
{
    (void)state;
    sample_t           sample = sample_build("ubi", "shuffled");
    const extractor_t *ubi    = extractor_named("ubi");
    span_t             cut    = span_from_offset(sample_span(&sample), PEB);
    extraction_t       e      = extraction_of("ubi", cut);
    assert_true(ubi->probe(cut) >= BITS_ELSEWHERE);
    assert_true(e.tree.count >= 2);
    assert_int_equal(e.extent, 7 * PEB);
    extraction_free(&e);
    sample_free(&sample);
}

/* Not between two blocks: a dynamic volume of fewer blocks than are reserved for it is what UBI has every day, and nothing else would tell. */
static void cuts_inside_a_block_are_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("ubi", "");
    assert_cuts_are_told("ubi", sample_span(&sample), sample.size - 3000);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_of_all_geometries_open_to_what_they_were_made_from),
        cmocka_unit_test(the_order_of_blocks_does_not_matter),
        cmocka_unit_test(erased_and_free_blocks_are_no_damage_and_not_the_end),
        cmocka_unit_test(the_newest_copy_of_a_block_counts_and_lab_mode_shows_the_other),
        cmocka_unit_test(a_finished_copy_counts_and_an_interrupted_one_does_not),
        cmocka_unit_test(a_block_with_one_damaged_header_is_used_or_named),
        cmocka_unit_test(one_copy_of_the_volume_table_is_enough),
        cmocka_unit_test(without_a_volume_table_volumes_have_numbers),
        cmocka_unit_test(blocks_that_are_mapped_nowhere_read_as_erased),
        cmocka_unit_test(a_missing_block_of_a_static_volume_is_damage),
        cmocka_unit_test(a_flipped_byte_of_a_static_volume_is_told),
        cmocka_unit_test(an_unfinished_update_is_told),
        cmocka_unit_test(blocks_of_another_image_are_left_out),
        cmocka_unit_test(a_fastmap_is_structure_and_compared_but_not_believed),
        cmocka_unit_test(a_block_number_out_of_all_proportion_fills_nothing),
        cmocka_unit_test(an_area_between_other_bytes_has_its_own_end),
        cmocka_unit_test(a_dump_that_begins_inside_an_area_opens_from_its_first_whole_block),
        cmocka_unit_test(cuts_inside_a_block_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
