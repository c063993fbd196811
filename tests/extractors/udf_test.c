/* Oracles: 7z, which sees directories and files of plain and metadata partitions; mkudffs and udfinfo, for volumes of every kind of medium
 * without files; genisoimage, for bridges. All else (links, devices, owners, times, holes, virtual and sparable partitions, strategy
 * 4096, streams) is held against the tree that the builder wrote the image from, after the published layout. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVERYTHING = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_DEVICES };

static const struct { const char *variant, *kind; } variants[] = {
    {"", "small"}, {"small short", "small"}, {"small long sector=512", "small"}, {"small extended sector=1024", "small"}, {"small sector=4096", "small"},
    {"small virtual", "small"}, {"small virtual150", "small"}, {"small sparable", "small"}, {"small metadata", "small"}, {"small metadata single short sector=512", "small"},
    {"small strategy4096", "small"}, {"names", "names"}, {"names metadata", "names"}, {"names virtual short", "names"}, {"deep", "deep"}, {"sparse", "sparse"},
    {"big", "big"}, {"big chained", "big"}, {"big chained long metadata", "big"}, {"big chained extended", "big"}, {"big sparable short", "big"}, {"empty", "empty"},
};

/* The tree as the builder takes it: without the names that Unicode, or a byte of length, cannot hold. */
static tree_t tree_for_udf(const char *image, const char *kind)
{
    char command[2048], directory[1024];
    tree_directory(kind, directory);
    (void)snprintf(command, sizeof command,
                   "cp -a '%s/.' . && find . \\( -name \"$(printf 'caf\\351')\" -o -name \"$(printf '%%0255d' 0 | tr 0 n)\" \\) -exec rm {} +", directory);
    return tree_of_command(image, command);
}

static void every_variant_opens_to_the_tree_it_was_made_from(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* devices and owners need root: tools/check runs as root */
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("udf", variants[i].variant);
        tree_t   tree   = tree_for_udf(sample.path, variants[i].kind);
        /* In the place of the packet that is spared stands rubbish, which nothing explains. */
        bool spares = strstr(variants[i].variant, "sparable") != NULL;
        print_message("%s: %zu entries\n", variants[i].variant, tree.count);
        assert_opens_to("udf", sample_span(&sample), &tree, EVERYTHING, spares ? 900000 : 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void seven_zip_sees_the_same_files(void **state)
{
    (void)state;
    static const char *const seen[] = {"plain", "plain short", "plain long sector=512", "plain metadata single", "plain streams short"};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        sample_t sample = sample_build("udf", seen[i]);
        tree_t   tree   = tree_of_command(sample.path, "7z x -tudf -y \"$1\" > /dev/null 2>&1 || [ -f etc/passwd ]");
        extraction_t e  = extraction_of("udf", sample_span(&sample));
        assert_true(tree.count > 10);
        if (strstr(seen[i], "streams") != NULL) {
            const entry_t *stream = tree_entry(&e.tree, "etc/passwd:secret");
            assert_non_null(stream);
            assert_memory_equal(stream->content, "hidden in a stream\n", 19);
            assert_int_equal(e.tree.count, tree.count + 2);
        } else {
            assert_same_tree(&e.tree, &tree, 0);
        }
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void what_mkudffs_makes_opens_for_every_medium(void **state)
{
    (void)state;
    static const struct { const char *options, *revision, *partition; } media[] = {
        {"blank", "2.01", "physical"}, {"blank -b 512", "2.01", "physical"}, {"blank -b 4096 --udfrev=2.01", "2.01", "physical"},
        {"blank --udfrev=1.02 --ad=short -b 2048", "1.02", "physical"}, {"blank --media-type=dvdram -b 2048", "2.01", "physical"},
        {"blank --media-type=cdr", "2.01", "physical"}, {"blank --media-type=cdr --udfrev=1.50", "1.50", "physical"},
        {"blank --spartable=2 --sparspace=32 -b 2048", "2.01", "sparable"}, {"blank --strategy=4096 -b 2048", "2.01", "physical"},
    };
    for (size_t i = 0; i < sizeof media / sizeof *media; i++) {
        sample_t     sample = sample_build("udf", media[i].options);
        extraction_t e      = extraction_of("udf", sample_span(&sample));
        print_message("%s\n", media[i].options);
        for (size_t k = 0; k < e.damage.count; k++)
            print_message("    %s\n", e.damage.sayings[k].what);
        assert_true(status_ok(e.status) && e.bits >= BITS_ELSEWHERE);
        assert_int_equal(e.damage.count, 0);
        assert_non_null(tree_entry(&e.tree, "."));
        assert_string_equal(extraction_fact(&e, "udf.revision"), media[i].revision);
        assert_string_equal(extraction_fact(&e, "udf.logical_volume"), "SAMPLE");
        assert_true(strstr(extraction_fact(&e, "udf.partition.0"), media[i].partition) != NULL);
        assert_true(run_status("udfinfo '%s' 2> /dev/null | grep -q 'udfrev=%s'", sample.path, media[i].revision) == 0);
        assert_true(explained_with_padding_ppm("udf", sample_span(&sample)) >= 995000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void facts_say_what_the_descriptors_say(void **state)
{
    (void)state;
    sample_t     sample = sample_build("udf", "small metadata");
    extraction_t e      = extraction_of("udf", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "udf.revision"), "2.50");
    assert_string_equal(extraction_fact(&e, "udf.block_size"), "2048");
    assert_string_equal(extraction_fact(&e, "udf.recorded"), "1600000000");
    assert_string_equal(extraction_fact(&e, "udf.implementation"), "*assay sample");
    assert_string_equal(extraction_fact(&e, "udf.integrity"), "closed");
    assert_true(strncmp(extraction_fact(&e, "udf.partition.1"), "metadata", 8) == 0);
    assert_int_equal(e.extent, sample.size);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_bridge_shows_what_only_one_view_holds(void **state)
{
    (void)state;
    sample_t     sample = sample_build("iso9660", "udf-hides");
    extraction_t e      = extraction_of("iso9660", sample_span(&sample));
    assert_null(tree_entry(&e.tree, "bin/secret"));
    const entry_t *secret = tree_entry(&e.tree, "[udf]/bin/secret");
    assert_non_null(secret);
    assert_memory_equal(secret->content, "only in the UDF view\n", 21);
    assert_int_equal(e.extent, sample.size);
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("iso9660", "udf");
    e      = extraction_of("iso9660", sample_span(&sample));
    assert_null(tree_entry(&e.tree, "[udf]"));
    assert_int_equal(e.damage.count, 0);
    assert_true(explained_with_padding_ppm("iso9660", sample_span(&sample)) >= 995000);
    extraction_free(&e);
    /* The UDF reader by itself sees the files that genisoimage put there. */
    e = extraction_of("udf", sample_span(&sample));
    assert_non_null(tree_entry(&e.tree, "bin/tool"));
    extraction_free(&e);
    sample_free(&sample);
}

static void deleted_names_are_shown_when_they_are_wanted(void **state)
{
    (void)state;
    sample_t     sample = sample_build("udf", "small deleted");
    limits_t     limits = limits_default();
    extraction_t e      = extraction_of("udf", sample_span(&sample));
    assert_null(tree_entry(&e.tree, "[deleted]/0-gone"));
    extraction_free(&e);
    limits.deleted = true;
    e              = extraction_with("udf", sample_span(&sample), &limits);
    const entry_t *gone = tree_entry(&e.tree, "[deleted]/0-gone");
    assert_non_null(gone);
    assert_memory_equal(gone->content, "this was deleted\n", 17);
    extraction_free(&e);
    sample_free(&sample);
}

static void lost_descriptors_and_anchors_are_replaced(void **state)
{
    (void)state;
    /* The first anchor; the main sequence of descriptors; one word of the recognition sequence. */
    static const struct { size_t at, length; } lost[] = {{256 * 2048, 2048}, {96 * 2048, 16 * 2048}, {32768, 2048}};
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        sample_t     sample = sample_build("udf", "");
        extraction_t whole  = extraction_of("udf", sample_span(&sample));
        memset(sample.at + lost[i].at, 0x55, lost[i].length);
        extraction_t e = extraction_of("udf", sample_span(&sample));
        assert_true(e.bits > 40 && status_ok(e.status));
        assert_same_tree(&e.tree, &whole.tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME);
        extraction_free(&e);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static void a_cut_image_says_what_is_lost(void **state)
{
    (void)state;
    sample_t sample = sample_build("udf", "big");
    assert_cuts_are_told("udf", sample_span(&sample), sample.size);
    sample_free(&sample);
    sample = sample_build("udf", "big chained long metadata");
    assert_cuts_are_told("udf", sample_span(&sample), sample.size);
    sample_free(&sample);
}

static void flips_are_told_or_spoil_one_file(void **state)
{
    (void)state;
    sample_t       sample = sample_build("udf", "");
    extraction_t   e      = extraction_of("udf", sample_span(&sample));
    const entry_t *tool   = tree_entry(&e.tree, "bin/tool");
    assert_non_null(tool);
    assert_flip_spoils_at_most("udf", sample_span(&sample), tool->at_offset + 100, 64, 1, true); /* data has no checksum */
    /* A directory's record and a file's entry have a CRC. */
    uint8_t *name = memmem(sample.at, sample.size, "\010small-tool", 11);
    assert_non_null(name);
    assert_flip_spoils_at_most("udf", sample_span(&sample), (uint64_t)(name + 3 - sample.at), 1, 1, false);
    extraction_free(&e);
    sample_free(&sample);
}

/* The tag of a descriptor after its body was changed: the checksum stays, the CRC no longer holds, and the reader goes on. */
static void loops_and_invented_sizes_end(void **state)
{
    (void)state;
    sample_t sample = sample_build("udf", "big chained");
    /* Every block of allocation descriptors leads to itself. */
    size_t blocks = 0;
    for (size_t at = 0; at + 2048 <= sample.size; at += 2048) {
        if (sample.at[at] != 2 || sample.at[at + 1] != 1 || sample.at[at + 20] < 16)
            continue;
        uint32_t self = (uint32_t)(at / 2048 - 288);
        uint8_t *last = sample.at + at + 24 + sample.at[at + 20] - 8;
        memcpy(last, (uint8_t[]){0, 8, 0, 0xC0, (uint8_t)self, (uint8_t)(self >> 8), (uint8_t)(self >> 16), 0}, 8);
        blocks++;
    }
    assert_true(blocks > 10);
    extraction_t e = extraction_of("udf", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("udf", "");
    for (size_t at = 288 * 2048; at + 2048 <= sample.size; at += 2048)
        if (sample.at[at] == 5 && sample.at[at + 1] == 1)
            memset(sample.at + at + 58, 0x7F, 5); /* the length of every content */
    e = extraction_of("udf", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count + e.limits.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_directory_in_itself_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("udf", "");
    uint8_t *name   = memmem(sample.at, sample.size, "\010empty", 6);
    assert_non_null(name);
    name[-38 + 24] = 1; /* the block of its entry: that of the root */
    name[-38 + 25] = 0;
    extraction_t e = extraction_of("udf", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0);
    assert_true(tree_entry(&e.tree, "lib/empty")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_the_tree_it_was_made_from),
        cmocka_unit_test(seven_zip_sees_the_same_files),
        cmocka_unit_test(what_mkudffs_makes_opens_for_every_medium),
        cmocka_unit_test(facts_say_what_the_descriptors_say),
        cmocka_unit_test(a_bridge_shows_what_only_one_view_holds),
        cmocka_unit_test(deleted_names_are_shown_when_they_are_wanted),
        cmocka_unit_test(lost_descriptors_and_anchors_are_replaced),
        cmocka_unit_test(a_cut_image_says_what_is_lost),
        cmocka_unit_test(flips_are_told_or_spoil_one_file),
        cmocka_unit_test(loops_and_invented_sizes_end),
        cmocka_unit_test(a_directory_in_itself_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
