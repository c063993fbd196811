/* Oracle: the tree that genromfs was given (nothing else in Debian reads romfs). The format holds no owners, times and modes but
 * for whether a file is executable. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static void every_tree_comes_back(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"small", ""}, {"small", "-a 4096"}, {"names", ""}, {"deep", ""}, {"sparse", ""}, {"big", ""}, {"empty", ""}, {"one", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char root[1024], variant[64];
        (void)snprintf(variant, sizeof variant, "%s %s", cases[i][0], cases[i][1]);
        tree_directory(cases[i][0], root);
        sample_t sample = sample_build("romfs", cases[i][1][0] != 0 ? variant : cases[i][0]);
        tree_t   tree   = tree_of_directory(root);
        print_message("%s: %zu entries\n", variant, tree.count);
        assert_opens_to("romfs", sample_span(&sample), &tree, COMPARE_DEVICES, 1000000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void what_is_executable_is_known(void **state)
{
    (void)state;
    sample_t     sample = sample_build("romfs", "small");
    extraction_t e      = extraction_of("romfs", sample_span(&sample));
    assert_int_equal(tree_entry(&e.tree, "bin/busybox")->mode, 0755);
    assert_int_equal(tree_entry(&e.tree, "etc/passwd")->mode, 0644);
    assert_string_equal(extraction_fact(&e, "romfs.name"), "sample");
    extraction_free(&e);
    sample_free(&sample);
}

static void cut_images_say_what_is_lost(void **state)
{
    (void)state;
    sample_t sample = sample_build("romfs", "small");
    assert_cuts_are_told("romfs", sample_span(&sample), sample.size);
    sample_free(&sample);
}

static uint64_t header_of(span_t image, const char *name)
{
    for (uint64_t at = 32; at + 32 < image.size; at += 16)
        if (span_has_text_at(image, at + 16, name) && image.at[at + 16 + strlen(name)] == 0)
            return at;
    fail_msg("no header is called %s", name);
    return 0;
}

static void a_flipped_header_is_told_and_spoils_nothing_else(void **state)
{
    (void)state;
    sample_t     sample = sample_build("romfs", "small");
    extraction_t whole  = extraction_of("romfs", sample_span(&sample));
    uint64_t     at     = header_of(sample_span(&sample), "passwd");
    sample.at[at + 12] ^= 1; /* its checksum */
    extraction_t e = extraction_of("romfs", sample_span(&sample));
    assert_same_tree(&e.tree, &whole.tree, 0);
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.damage.sayings[0].offset, at);
    assert_true(tree_entry(&e.tree, "etc/passwd")->damaged);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void files_behind_a_broken_chain_are_shown_as_lost(void **state)
{
    (void)state;
    sample_t     sample = sample_build("romfs", "small");
    extraction_t whole  = extraction_of("romfs", sample_span(&sample));
    uint64_t     at     = header_of(sample_span(&sample), "passwd");
    if (sample.at[at + 1] == 0 && sample.at[at + 2] == 0 && sample.at[at + 3] < 16) /* it is the last already: then this is not */
        at = header_of(sample_span(&sample), "shadow");
    memset(sample.at + at, 0, 3);
    sample.at[at + 3] &= 15; /* the last of its directory */
    extraction_t e    = extraction_of("romfs", sample_span(&sample));
    size_t       lost = 0;
    for (size_t i = 0; i < e.tree.count; i++)
        lost += strncmp(e.tree.entries[i].path, "lost+found/", 11) == 0;
    assert_true(lost > 0 && e.damage.count > 0);
    assert_true(e.tree.count + 4 > whole.tree.count); /* but for what is a hard link */
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_chain_in_a_circle_ends(void **state)
{
    (void)state;
    sample_t sample = sample_build("romfs", "small");
    uint64_t at     = header_of(sample_span(&sample), "passwd");
    for (unsigned i = 0; i < 4; i++)
        sample.at[at + i] = (uint8_t)((at | 2) >> (24 - 8 * i));
    extraction_t e = extraction_of("romfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0 && e.tree.count < 200);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tree_comes_back),
        cmocka_unit_test(what_is_executable_is_known),
        cmocka_unit_test(cut_images_say_what_is_lost),
        cmocka_unit_test(a_flipped_header_is_told_and_spoils_nothing_else),
        cmocka_unit_test(files_behind_a_broken_chain_are_shown_as_lost),
        cmocka_unit_test(a_chain_in_a_circle_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
