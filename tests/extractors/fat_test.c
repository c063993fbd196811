/* Oracles: mtools, which reads the live tree, and sleuthkit, which also sees what is deleted. No kernel here mounts vfat. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const variants[] = {"", "16", "32", "12 names", "32 names", "16 names -S 4096", "12 deep", "32 big", "12 empty", "16 one -f 1",
    "12 plain -f 4 -s 2", "12 plain -S 2048 -r 128"};

static tree_t tree_of_mtools(const char *image)
{
    return tree_of_command(image, "export TZ=UTC LC_ALL=C.UTF-8 MTOOLS_SKIP_CHECK=1\n"
                                  "mdir -b -i \"$1\" ::/ 2> /dev/null | grep -q . || exit 0\n"
                                  "mcopy -s -m -n -i \"$1\" '::/*' .");
}

static void every_variant_opens_to_what_mtools_copy_out_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("fat", variants[i]);
        tree_t   tree   = tree_of_mtools(sample.path);
        print_message("%s: %zu entries\n", variants[i], tree.count);
        assert_true(tree.count > 0 || strstr(variants[i], "empty") != NULL);
        assert_opens_to("fat", sample_span(&sample), &tree, COMPARE_MTIME, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void sleuthkit_sees_the_same_contents(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) { /* not the long names: it cuts them */
        sample_t     sample = sample_build("fat", variants[i]);
        tree_t       tree   = tree_of_command(sample.path, "tsk_recover -a \"$1\" . > /dev/null");
        extraction_t e      = extraction_of("fat", sample_span(&sample));
        size_t       found  = 0;
        for (size_t n = 0; n < tree.count; n++) {
            const entry_t *ours = tree_entry(&e.tree, tree.entries[n].path);
            if (ours == NULL || !sha256_equal(&ours->sha256, &tree.entries[n].sha256))
                fail_msg("%s: %s is not what sleuthkit sees", variants[i], tree.entries[n].path);
            found += tree.entries[n].type == CHILD_FILE;
        }
        assert_true(found >= 8);
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void facts_say_what_the_boot_sector_says(void **state)
{
    (void)state;
    static const struct { const char *variant, *type; } cases[] = {{"", "FAT12"}, {"16", "FAT16"}, {"32", "FAT32"}};
    for (size_t i = 0; i < 3; i++) {
        sample_t     sample = sample_build("fat", cases[i].variant);
        extraction_t e      = extraction_of("fat", sample_span(&sample));
        assert_string_equal(extraction_fact(&e, "fat.type"), cases[i].type);
        assert_string_equal(extraction_fact(&e, "fat.label"), "SAMPLE");
        assert_string_equal(extraction_fact(&e, "fat.volume_id"), "1234-ABCD");
        assert_string_equal(extraction_fact(&e, "fat.oem"), "mkfs.fat");
        assert_null(extraction_fact(&e, "fat.dirty"));
        assert_true(e.extent <= sample.size && e.extent + 16384 > sample.size); /* whole tracks */
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void cut_images_say_what_is_lost(void **state)
{
    (void)state;
    sample_t     sample = sample_build("fat", "12 plain");
    extraction_t e      = extraction_of("fat", sample_span(&sample));
    uint64_t     used   = 0; /* what is behind the last content is free */
    for (size_t i = 0; i < e.tree.count; i++)
        used = max_u64(used, e.tree.entries[i].at_offset + e.tree.entries[i].at_length);
    assert_cuts_are_told("fat", sample_span(&sample), used);
    extraction_free(&e);
    sample_free(&sample);
}

static bool says(const sayings_t *sayings, const char *what)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, what) != NULL)
            return true;
    return false;
}

static void the_copy_of_the_boot_sector_stands_in_for_a_damaged_one(void **state)
{
    (void)state;
    sample_t     sample = sample_build("fat", "32");
    extraction_t whole  = extraction_of("fat", sample_span(&sample));
    memset(sample.at, 0, 512);
    extraction_t e = extraction_of("fat", sample_span(&sample));
    assert_true(e.bits >= BITS_ELSEWHERE);
    assert_same_tree(&e.tree, &whole.tree, COMPARE_MTIME);
    assert_true(says(&e.damage, "its copy was used"));
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_broken_table_is_mended_from_its_copy(void **state)
{
    (void)state;
    sample_t     sample = sample_build("fat", "16");
    extraction_t whole  = extraction_of("fat", sample_span(&sample));
    /* Entries behind the first few dozen, so that the tables still begin well. */
    memset(sample.at + 512 + 60, 0, 100);
    extraction_t e = extraction_of("fat", sample_span(&sample));
    assert_true(says(&e.damage, "the copies of the file allocation table differ"));
    assert_same_tree(&e.tree, &whole.tree, COMPARE_MTIME);
    extraction_free(&e);
    /* And the other way round. */
    memset(sample.at + 512, 0, 100);
    e = extraction_of("fat", sample_span(&sample));
    assert_same_tree(&e.tree, &whole.tree, COMPARE_MTIME);
    assert_true(says(&e.damage, "another copy was used"));
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

/* The place of a short entry by its eleven bytes. */
static uint8_t *entry_named(sample_t *sample, const char *name)
{
    uint8_t *at = memmem(sample->at, sample->size, name, 11);
    assert_non_null(at);
    return at;
}

static void circles_crossings_and_ways_out_are_told(void **state)
{
    (void)state;
    static const struct { const char *victim; uint16_t cluster, next; const char *what; } cases[] = {
        {"bin/tool", 0, 0, "runs in a circle"}, {"bin/tool", 0, 0xFF00, "leads out of the volume"}, {"bin/tool", 0, 0xFFFF, "ends before its size"},
        {"bin/tool", 0, 0xFFF7, "marked bad"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("fat", "16");
        extraction_t whole  = extraction_of("fat", sample_span(&sample));
        const entry_t *victim = tree_entry(&whole.tree, cases[i].victim);
        uint8_t *entry = entry_named(&sample, "TOOL       ");
        uint16_t first = (uint16_t)(entry[26] | entry[27] << 8), next = cases[i].next == 0 ? first : cases[i].next;
        assert_true(victim->size > 4096);
        size_t fat_sectors = sample.at[22];
        for (size_t copy = 0; copy < 2; copy++) { /* 512-byte sectors, one of them reserved */
            uint8_t *table = sample.at + 512 + copy * fat_sectors * 512 + (size_t)(first + 1) * 2;
            table[0] = (uint8_t)next, table[1] = (uint8_t)(next >> 8);
        }
        extraction_t e = extraction_of("fat", sample_span(&sample));
        if (!says(&e.damage, cases[i].what))
            fail_msg("%s is not told", cases[i].what);
        for (size_t n = 0; n < whole.tree.count; n++) {
            const entry_t *is = tree_entry(&e.tree, whole.tree.entries[n].path);
            assert_non_null(is);
            assert_true(sha256_equal(&is->sha256, &whole.tree.entries[n].sha256) != (strcmp(is->path, cases[i].victim) == 0));
        }
        extraction_free(&e);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static void a_directory_inside_itself_is_not_entered_again(void **state)
{
    (void)state;
    sample_t sample = sample_build("fat", "");
    uint8_t *inner = entry_named(&sample, "INIT    D  "), *outer = entry_named(&sample, "ETC        ");
    memcpy(inner + 26, outer + 26, 2);
    extraction_t e = extraction_of("fat", sample_span(&sample));
    assert_true(says(&e.damage, "runs in a circle") || says(&e.damage, "holds the clusters of something else"));
    assert_true(says(&e.damage, "no file holds them")); /* what was in it */
    assert_true(e.tree.count < 40);
    extraction_free(&e);
    sample_free(&sample);
}

static void two_files_that_share_clusters_are_both_shown_and_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("fat", "");
    uint8_t *one = entry_named(&sample, "PASSWD     "), *other = entry_named(&sample, "SHADOW     ");
    memcpy(other + 26, one + 26, 2);
    extraction_t e = extraction_of("fat", sample_span(&sample));
    assert_true(says(&e.damage, "another file holds the same clusters"));
    assert_memory_equal(tree_entry(&e.tree, "etc/shadow")->content, "root:", 5);
    extraction_free(&e);
    sample_free(&sample);
}

static void an_entry_behind_the_end_of_its_directory_is_shown(void **state)
{
    (void)state;
    sample_t sample = sample_build("fat", "");
    uint8_t *entry = entry_named(&sample, "PASSWD     "), *end = entry;
    while (end[0] != 0)
        end += 32;
    memcpy(end + 32, entry, 32);
    memcpy(end + 32, "HIDDEN  TXT", 11);
    end[32 + 12] = 0x18;
    extraction_t e = extraction_of("fat", sample_span(&sample));
    assert_non_null(tree_entry(&e.tree, "etc/hidden.txt"));
    assert_true(says(&e.damage, "behind the end of its directory"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_label_with_a_content_is_shown_as_a_file(void **state)
{
    (void)state;
    sample_t sample = sample_build("fat", "");
    entry_named(&sample, "PASSWD     ")[11] |= 0x08;
    extraction_t e = extraction_of("fat", sample_span(&sample));
    assert_non_null(tree_entry(&e.tree, "etc/passwd"));
    assert_true(says(&e.notes, "marked as the label"));
    extraction_free(&e);
    sample_free(&sample);
}

static void an_invented_size_is_cut_to_the_chain(void **state)
{
    (void)state;
    sample_t sample = sample_build("fat", "");
    memset(entry_named(&sample, "PASSWD     ") + 28, 0xFF, 4);
    extraction_t e = extraction_of("fat", sample_span(&sample));
    assert_true(says(&e.damage, "ends before its size"));
    assert_true(tree_entry(&e.tree, "etc/passwd")->damaged);
    assert_true(tree_entry(&e.tree, "etc/passwd")->size <= 4096);
    extraction_free(&e);
    sample_free(&sample);
}

static void deleted_files_come_back_in_lab_mode_only(void **state)
{
    (void)state;
    sample_t     sample = sample_build("fat", "deleted");
    limits_t     lab    = limits_default();
    lab.deleted         = true;
    extraction_t live = extraction_of("fat", sample_span(&sample)), e = extraction_with("fat", sample_span(&sample), &lab);
    for (size_t i = 0; i < live.tree.count; i++)
        assert_null(strstr(live.tree.entries[i].path, "[deleted]"));
    const entry_t *numbers = tree_entry(&e.tree, "[deleted]/Gone for good/_umbers.txt"),
        *secret = tree_entry(&e.tree, "[deleted]/Gone for good/_elow/a secret text");
    const entry_t *gone = tree_entry(&e.tree, "[deleted]/etc/_ONE.TXT");
    for (size_t i = live.tree.count; i < e.tree.count; i++)
        print_message("%s: %llu bytes\n", e.tree.entries[i].path, (unsigned long long)e.tree.entries[i].size);
    assert_non_null(numbers);
    assert_non_null(secret);
    assert_non_null(gone);
    assert_memory_equal(secret->content, "secret\n", 7);
    assert_int_equal(numbers->size, 3492);
    assert_memory_equal(numbers->content + 3488, "900\n", 4);
    /* sleuthkit recovers the same contents. */
    tree_t tree = tree_of_command(sample.path, "tsk_recover \"$1\" . > /dev/null");
    size_t same = 0;
    for (size_t i = 0; i < tree.count; i++)
        same += tree.entries[i].type == CHILD_FILE
             && (sha256_equal(&tree.entries[i].sha256, &numbers->sha256) || sha256_equal(&tree.entries[i].sha256, &secret->sha256)
                 || sha256_equal(&tree.entries[i].sha256, &gone->sha256));
    assert_true(same >= 3);
    tree_free(&tree);
    extraction_free(&e);
    extraction_free(&live);
    sample_free(&sample);
}

static void a_volume_inside_other_bytes_ends_where_it_says(void **state)
{
    (void)state;
    sample_t           sample    = sample_build("fat", "");
    const extractor_t *extractor = extractor_named("fat");
    size_t             size      = sample.size + 100000;
    uint8_t           *longer    = malloc(size);
    assert_non_null(longer);
    memcpy(longer, sample.at, sample.size);
    memset(longer + sample.size, 0x5A, size - sample.size);
    assert_true(extractor->probe(span_from(longer, size)) >= BITS_ELSEWHERE);
    assert_int_equal(extractor->extent(span_from(longer, size)), sample.size);
    free(longer);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_what_mtools_copy_out_of_it),
        cmocka_unit_test(sleuthkit_sees_the_same_contents),
        cmocka_unit_test(facts_say_what_the_boot_sector_says),
        cmocka_unit_test(cut_images_say_what_is_lost),
        cmocka_unit_test(the_copy_of_the_boot_sector_stands_in_for_a_damaged_one),
        cmocka_unit_test(a_broken_table_is_mended_from_its_copy),
        cmocka_unit_test(circles_crossings_and_ways_out_are_told),
        cmocka_unit_test(a_directory_inside_itself_is_not_entered_again),
        cmocka_unit_test(two_files_that_share_clusters_are_both_shown_and_told),
        cmocka_unit_test(an_entry_behind_the_end_of_its_directory_is_shown),
        cmocka_unit_test(a_label_with_a_content_is_shown_as_a_file),
        cmocka_unit_test(an_invented_size_is_cut_to_the_chain),
        cmocka_unit_test(deleted_files_come_back_in_lab_mode_only),
        cmocka_unit_test(a_volume_inside_other_bytes_ends_where_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
