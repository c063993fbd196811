/* Oracles: exfat-fuse, mounted through a loop device (root), and sleuthkit. fsck.exfat has the builder's volumes for clean. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool says(const sayings_t *sayings, const char *what)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, what) != NULL)
            return true;
    return false;
}

static bool can_mount(void)
{
    return geteuid() == 0 && run_status("test -e /dev/fuse && command -v mount.exfat-fuse > /dev/null && losetup -f > /dev/null 2>&1") == 0;
}

static void the_builders_volumes_are_clean(void **state)
{
    (void)state;
    static const char *const variants[] = {"built", "deleted"};
    for (size_t i = 0; i < 2; i++) {
        sample_t sample = sample_build("exfat", variants[i]);
        run("fsck.exfat -n '%s' > '%s.log' 2>&1 && grep -q ': clean' '%s.log'", sample.path, sample.path, sample.path);
        sample_free(&sample);
    }
}

static void every_variant_opens_to_what_exfat_fuse_shows(void **state)
{
    (void)state;
    static const char *const variants[] = {"built", "deleted", "mkfs", "mkfs names", "mkfs big"};
    size_t                   mounted    = 0;
    for (size_t i = 0; can_mount() && i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("exfat", variants[i]);
        tree_t   tree;
        if (!tree_of_mounted(sample.path, "exfat-fuse", &tree)) {
            sample_free(&sample);
            break;
        }
        mounted++;
        print_message("%s: %zu entries\n", variants[i], tree.count);
        assert_true(tree.count > 8);
        /* exfat-fuse 1.3 knows neither zones nor valid lengths; the builder's volumes have a file with each. */
        for (size_t n = 0; n < tree.count; n++)
            if (strcmp(tree.entries[n].path, "valid in part") == 0) {
                memset(tree.entries[n].content + 700, 0, (size_t)tree.entries[n].size - 700);
                assert_true(status_ok(sha256_of(span_from(tree.entries[n].content, (size_t)tree.entries[n].size), &tree.entries[n].sha256)));
            }
        assert_opens_to("exfat", sample_span(&sample), &tree, i < 2 ? 0 : COMPARE_MTIME, i == 1 ? 970000 : 995000); /* what was deleted is unknown */
        tree_free(&tree);
        sample_free(&sample);
    }
    if (mounted == 0) {
        print_message("this machine cannot mount an exFAT through FUSE and a loop device\n");
        skip();
    }
}

/* Sleuthkit takes what is behind the valid length as it stands, so that one file is left out. */
static void sleuthkit_sees_the_same_contents(void **state)
{
    (void)state;
    sample_t     sample = sample_build("exfat", "built");
    tree_t       tree   = tree_of_command(sample.path, "tsk_recover -a \"$1\" . > /dev/null");
    extraction_t e      = extraction_of("exfat", sample_span(&sample));
    size_t       same   = 0;
    for (size_t n = 0; n < tree.count; n++) {
        const entry_t *ours = tree_entry(&e.tree, tree.entries[n].path);
        if (tree.entries[n].type != CHILD_FILE || tree.entries[n].path[0] == '$' || strcmp(tree.entries[n].path, "valid in part") == 0
            || strlen(tree.entries[n].path) > 200)
            continue;
        if (ours == NULL || !sha256_equal(&ours->sha256, &tree.entries[n].sha256))
            fail_msg("%s is not what sleuthkit sees", tree.entries[n].path);
        same++;
    }
    assert_true(same >= 5);
    tree_free(&tree);
    extraction_free(&e);
    sample_free(&sample);
}

static void contents_times_and_facts_are_what_the_builder_wrote(void **state)
{
    (void)state;
    sample_t      sample = sample_build("exfat", "built");
    extraction_t  e      = extraction_of("exfat", sample_span(&sample));
    const entry_t *part  = tree_entry(&e.tree, "valid in part"), *east = tree_entry(&e.tree, "an hour east");
    assert_int_equal(e.damage.count + e.limits.count, 0);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(tree_entry(&e.tree, "plain.txt")->mtime, 1600000000);
    assert_int_equal(east->mtime, 1600000000 - 3600);
    assert_true(part->size > 700);
    assert_true(part->content[699] != 0);
    assert_true(span_is_filled_with(span_from(part->content + 700, (size_t)part->size - 700), 0));
    assert_string_equal(extraction_fact(&e, "exfat.label"), "SAMPLE");
    assert_string_equal(extraction_fact(&e, "exfat.serial"), "1234-ABCD");
    assert_string_equal(extraction_fact(&e, "exfat.version"), "1.0");
    extraction_free(&e);
    sample_free(&sample);
}

static void deleted_files_come_back_in_lab_mode_only(void **state)
{
    (void)state;
    sample_t     sample = sample_build("exfat", "deleted");
    limits_t     lab    = limits_default();
    lab.deleted         = true;
    extraction_t live = extraction_of("exfat", sample_span(&sample)), e = extraction_with("exfat", sample_span(&sample), &lab);
    for (size_t i = 0; i < live.tree.count; i++)
        assert_null(strstr(live.tree.entries[i].path, "[deleted]"));
    const entry_t *gone = tree_entry(&e.tree, "[deleted]/gone.txt"), *secret = tree_entry(&e.tree, "[deleted]/gone directory/a secret");
    assert_non_null(gone);
    assert_non_null(secret);
    assert_memory_equal(gone->content, "1 gone: the quick", 17);
    assert_memory_equal(secret->content, "secret\n", 7);
    extraction_free(&e);
    extraction_free(&live);
    sample_free(&sample);
}

static void the_copy_of_the_boot_region_stands_in_for_a_damaged_one(void **state)
{
    (void)state;
    sample_t     sample = sample_build("exfat", "built");
    extraction_t whole  = extraction_of("exfat", sample_span(&sample));
    for (size_t i = 0; i < 2; i++) {
        if (i == 0)
            sample.at[96] ^= 1; /* the root directory elsewhere */
        else
            memset(sample.at, 0, 512);
        extraction_t e = extraction_of("exfat", sample_span(&sample));
        assert_same_tree(&e.tree, &whole.tree, COMPARE_MTIME);
        assert_true(says(&e.damage, "its copy was used"));
        extraction_free(&e);
    }
    extraction_free(&whole);
    sample_free(&sample);
}

static uint8_t *set_with(sample_t *sample, const char *first_letters)
{
    uint8_t units[32];
    size_t  length = strlen(first_letters);
    for (size_t i = 0; i < length; i++)
        units[i * 2] = (uint8_t)first_letters[i], units[i * 2 + 1] = 0;
    uint8_t *name = memmem(sample->at + 24 * 512, sample->size - 24 * 512, units, length * 2);
    assert_non_null(name);
    return name - 2 - 64; /* the file's and the stream's entry stand before */
}

static void wrong_checksums_circles_and_sizes_are_told(void **state)
{
    (void)state;
    static const struct { const char *name; size_t at; uint8_t with[8]; size_t size; const char *what; } cases[] = {
        {"plain", 4, {0x21}, 1, "the checksum of its set"}, {"chained", 32 + 24, {0xFF, 0xFF, 0xFF, 0x7F}, 4, "its chain of clusters"},
        {"chained", 32 + 20, {1, 0, 0, 0}, 4, "leads out of the volume"}, {"below", 32 + 20, {0xFE, 0, 0, 0}, 4, "leads out of the volume"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t sample = sample_build("exfat", "built");
        uint8_t *set    = set_with(&sample, cases[i].name);
        memcpy(set + cases[i].at, cases[i].with, cases[i].size);
        if (cases[i].at == 32 + 24)
            memcpy(set + 32 + 8, cases[i].with, cases[i].size); /* the valid length as well */
        extraction_t e = extraction_of("exfat", sample_span(&sample));
        assert_true(status_ok(e.status));
        if (!says(&e.damage, cases[i].what))
            fail_msg("%s: %s is not told", cases[i].name, cases[i].what);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_directory_inside_itself_is_not_entered_again(void **state)
{
    (void)state;
    sample_t sample = sample_build("exfat", "built");
    memcpy(set_with(&sample, "below") + 32 + 20, set_with(&sample, "a directory") + 32 + 20, 4);
    extraction_t e = extraction_of("exfat", sample_span(&sample));
    assert_true(says(&e.damage, "a directory holds the clusters of something else"));
    assert_true(e.tree.count < 20);
    extraction_free(&e);
    sample_free(&sample);
}

static void cut_images_say_what_is_lost(void **state)
{
    (void)state;
    sample_t     sample = sample_build("exfat", "built");
    extraction_t e      = extraction_of("exfat", sample_span(&sample));
    uint64_t     used   = 0;
    for (size_t i = 0; i < e.ledger.count; i++)
        if (e.ledger.regions[i].kind != REGION_UNKNOWN)
            used = e.ledger.regions[i].offset + e.ledger.regions[i].length;
    assert_cuts_are_told("exfat", sample_span(&sample), used);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_builders_volumes_are_clean),
        cmocka_unit_test(every_variant_opens_to_what_exfat_fuse_shows),
        cmocka_unit_test(sleuthkit_sees_the_same_contents),
        cmocka_unit_test(contents_times_and_facts_are_what_the_builder_wrote),
        cmocka_unit_test(deleted_files_come_back_in_lab_mode_only),
        cmocka_unit_test(the_copy_of_the_boot_region_stands_in_for_a_damaged_one),
        cmocka_unit_test(wrong_checksums_circles_and_sizes_are_told),
        cmocka_unit_test(a_directory_inside_itself_is_not_entered_again),
        cmocka_unit_test(cut_images_say_what_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
