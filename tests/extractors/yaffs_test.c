/* Oracles: unyaffs and the Sleuth Kit (fls, icat), which read YAFFS2 of little-endian machines with tags in the spare area; and for all
 * variants the tree that the image was made of. Debian has no maker of YAFFS images: they are written by corpus/samples/yaffs.sh from the
 * published layout, in the order in which mkyaffs2image writes them. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALL = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_DEVICES };

static const struct { const char *kind, *options, *version, *page; } variants[] = {
    {"small", "", "2", "2048"},
    {"small", "code", "2", "2048"},
    {"small", "code extra", "2", "2048"},
    {"small", "at=2 code extra", "2", "2048"},
    {"small", "big code", "2", "2048"},
    {"small", "big extra at=2", "2", "2048"},
    {"small", "page=4096 spare=128 code", "2", "4096"},
    {"small", "page=4096 spare=224 at=2", "2", "4096"},
    {"small", "page=8192 spare=256", "2", "8192"},
    {"small", "page=16384 spare=512 code", "2", "16384"},
    {"small", "page=1024 spare=32", "2", "1024"},
    {"small", "inband", "2", "2048"},
    {"small", "inband page=4096 big", "2", "4096"},
    {"small", "1", "1", "512"},
    {"small", "1 big", "1", "512"},
    {"small", "1 packed", "1", "512"},
    {"small", "1 packed big", "1", "512"},
    {"small", "1 page=1024", "1", "1024"},
    {"xattrs", "code", "2", "2048"},
    {"xattrs", "big inband", "2", "2048"},
    {"names", "", "2", "2048"},
    {"deep", "1", "1", "512"},
    {"sparse", "code", "2", "2048"},
    {"big", "order=shuffled extra", "2", "2048"},
    {"names", "1 big", "1", "512"},
    {"empty", "", "2", "2048"},
    {"one", "big", "2", "2048"},
};

/* What the image was made of: a link's target has room for 159 bytes. */
static tree_t tree_of_kind(const char *kind)
{
    char directory[1024], copy[1024];
    tree_directory(kind, directory);
    scratch_make(copy);
    run("cp -a '%s/.' '%s' && cd '%s' && { [ ! -L etc/long-target ] || { t=$(readlink etc/long-target | cut -c 1-159); rm etc/long-target; ln -s \"$t\" etc/long-target; "
        "touch -h -d @1600000000 etc/long-target etc; }; }", directory, copy, copy);
    tree_t tree = tree_of_directory(copy);
    scratch_remove(copy);
    return tree;
}

static void every_layout_opens_to_the_tree_it_was_made_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        char arguments[128];
        (void)snprintf(arguments, sizeof arguments, "%s %s", variants[i].kind, variants[i].options);
        print_message("%s\n", arguments);
        sample_t     sample = sample_build("yaffs", arguments);
        tree_t       tree   = tree_of_kind(variants[i].kind);
        extraction_t e      = extraction_of("yaffs", sample_span(&sample));
        assert_opens_to("yaffs", sample_span(&sample), &tree, ALL | (strcmp(variants[i].kind, "xattrs") == 0 ? COMPARE_XATTRS : 0), 1000000);
        assert_string_equal(extraction_fact(&e, "yaffs.version"), variants[i].version);
        assert_string_equal(extraction_fact(&e, "yaffs.page-size"), variants[i].page);
        assert_string_equal(extraction_fact(&e, "yaffs.byte-order"), strstr(variants[i].options, "big") != NULL ? "big-endian" : "little-endian");
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void unyaffs_sees_the_same(void **state)
{
    (void)state;
    static const char *const arguments[] = {"small", "small code", "small at=2 code", "small page=4096 spare=128 code", "names", "big"};
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        sample_t     sample = sample_build("yaffs", arguments[i]);
        tree_t       tree   = tree_of_command(sample.path, strstr(arguments[i], "at=2") != NULL ? "unyaffs -b -c 2 -s 64 \"$1\" ." : "unyaffs \"$1\" .");
        extraction_t e      = extraction_of("yaffs", sample_span(&sample));
        assert_same_tree(&e.tree, &tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME);
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
    }
}

/* It shows earlier versions as deleted, which are left out here; and hard links without content. */
static void the_sleuth_kit_sees_the_same_content(void **state)
{
    (void)state;
    static const char *const arguments[] = {"small code", "small order=shuffled extra page=2048 spare=64"};
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        sample_t     sample = sample_build("yaffs", arguments[i]);
        tree_t       tree   = tree_of_command(sample.path, "image=$1; fls -f yaffs2 -r -p \"$image\" | sed -n 's/^r\\/r \\([0-9]*\\):\\t/\\1 /p' | while read -r id path; do "
                                                           "mkdir -p \"$(dirname \"$path\")\" && icat -f yaffs2 \"$image\" \"$id\" > \"$path\"; done");
        extraction_t e      = extraction_of("yaffs", sample_span(&sample));
        size_t       files  = 0;
        for (size_t n = 0; n < tree.count; n++) {
            const entry_t *theirs = &tree.entries[n], *ours = tree_entry(&e.tree, theirs->path);
            if (theirs->type != CHILD_FILE)
                continue;
            if (ours == NULL || !sha256_equal(&ours->sha256, &theirs->sha256))
                fail_msg("%s is not the same", theirs->path);
            files++;
        }
        assert_true(files >= 11);
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void a_log_that_begins_inside_a_file_opens_as_well(void **state)
{
    (void)state;
    sample_t sample = sample_build("yaffs_log", "");
    tree_t   tree   = tree_of_kind("small");
    assert_opens_to("yaffs_log", sample_span(&sample), &tree, ALL, 1000000);
    assert_int_equal(extractor_named("yaffs")->probe(sample_span(&sample)), 0);
    tree_free(&tree);
    sample_free(&sample);
}

static void assert_content(const extraction_t *e, const char *path, const void *content, size_t size)
{
    const entry_t *entry = tree_entry(&e->tree, path);
    if (entry == NULL)
        fail_msg("%s is missing", path);
    if (entry->size != size || memcmp(entry->content, content, size) != 0)
        fail_msg("%s holds %llu bytes: \"%.*s\"", path, (unsigned long long)entry->size, (int)(entry->size < 40 ? entry->size : 40), (const char *)entry->content);
}

static void the_newest_write_of_each_chunk_counts(void **state)
{
    (void)state;
    static const char *const arguments[] = {"history", "history code extra", "history big", "history inband"};
    char   text[16384];
    size_t size = 0;
    for (int i = 0; i < 1000; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "line %d\n", i);
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        sample_t     sample = sample_build("yaffs", arguments[i]);
        extraction_t e      = extraction_of("yaffs", sample_span(&sample));
        char         changed[sizeof text], cut[sizeof text] = {0};
        memcpy(changed, text, size);
        memcpy(changed, "LINE", 4);
        memcpy(cut, text, 100);
        assert_content(&e, "etc/changed", changed, size);
        assert_content(&e, "etc/cut", cut, size);
        assert_content(&e, "etc/new-name", "renamed\n", 8);
        assert_content(&e, "growing", "not closed before the power went\n", 33);
        assert_content(&e, "lost+found/without-directory", "lost\n", 5);
        assert_content(&e, "lost+found/object-306", "no header\n", 10);
        assert_true(tree_entry(&e.tree, "lost+found/object-306")->damaged);
        assert_null(tree_entry(&e.tree, "old-name"));
        assert_int_equal(e.tree.count, 8);
        assert_string_equal(extraction_fact(&e, "yaffs.deleted-objects"), "1");
        assert_int_equal(explained_ppm(&e), 1000000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void the_laboratory_sees_what_was_deleted(void **state)
{
    (void)state;
    limits_t limits     = limits_default();
    limits.deleted      = true;
    sample_t     sample = sample_build("yaffs", "history");
    extraction_t e      = extraction_with("yaffs", sample_span(&sample), &limits);
    assert_content(&e, "[deleted]/etc/deleted", "was deleted\n", 12);
    assert_int_equal(e.tree.count, 9);
    extraction_free(&e);
    sample_free(&sample);
}

static void headers_are_structure_content_is_content_and_tags_are_spare(void **state)
{
    (void)state;
    sample_t     sample = sample_build("yaffs", "small");
    extraction_t e      = extraction_of("yaffs", sample_span(&sample));
    uint64_t     sums[5] = {0};
    for (size_t i = 0; i < e.ledger.count; i++)
        sums[e.ledger.regions[i].kind] += e.ledger.regions[i].length;
    assert_int_equal(sums[REGION_SPARE], sample.size / 2112 * 64);
    assert_true(sums[REGION_STRUCTURE] >= 27 * 2048 && sums[REGION_CONTENT] > 100000);
    extraction_free(&e);
    sample_free(&sample);
}

static void cut_images_say_what_they_lost(void **state)
{
    (void)state;
    static const char *const kinds[] = {"small", "small 1", "big code", "small inband"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        sample_t sample = sample_build("yaffs", kinds[i]);
        assert_cuts_are_told("yaffs", sample_span(&sample), sample.size - 7);
        sample_free(&sample);
    }
}

static void one_wrong_bit_in_tags_is_put_right_where_they_have_a_code(void **state)
{
    (void)state;
    sample_t     sample = sample_build("yaffs", "small code");
    extraction_t whole  = extraction_of("yaffs", sample_span(&sample));
    sample.at[20 * 2112 + 2048 + 5] ^= 0x10;
    extraction_t e = extraction_of("yaffs", sample_span(&sample));
    assert_same_tree(&e.tree, &whole.tree, ALL);
    assert_string_equal(extraction_fact(&e, "yaffs.corrected-tags"), "1");
    sample.at[20 * 2112 + 2048 + 9] ^= 0x10;
    extraction_free(&e);
    e = extraction_of("yaffs", sample_span(&sample));
    assert_true(e.damage.count >= 1);
    assert_int_equal(e.damage.sayings[0].offset, 20 * 2112);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

/* Without a checksum over the content a wrong byte in it is not told; everything else is as it was. */
static void a_wrong_byte_spoils_one_entry(void **state)
{
    (void)state;
    sample_t sample = sample_build("yaffs", "small code");
    for (size_t at = 3 * 2112; at + 1 < sample.size; at += sample.size / 37)
        assert_flip_spoils_at_most("yaffs", sample_span(&sample), at, 1, 12, true);
    sample_free(&sample);
}

/* A loop of directories, names that are paths, a link to itself: built by changing headers of a sound image. */
static void directories_that_stand_in_themselves_are_found_and_end(void **state)
{
    (void)state;
    sample_t sample = sample_build("yaffs", "deep");
    /* Page 2 is the header of the second directory: its parent becomes the last one but a few. */
    sample.at[2 * 2112 + 4] = 200, sample.at[2 * 2112 + 5] = 1;
    extraction_t e = extraction_of("yaffs", sample_span(&sample));
    assert_true(status_ok(e.status));
    bool lost = false;
    for (size_t i = 0; i < e.tree.count; i++)
        lost = lost || strncmp(e.tree.entries[i].path, "lost+found/", 11) == 0;
    assert_true(lost);
    extraction_free(&e);
    sample_free(&sample);
}

/* It bids more than the dump of pages with a code in their spare areas, and than what stands in the first file. */
static void it_outbids_a_raw_dump(void **state)
{
    (void)state;
    sample_t sample = sample_build("yaffs", "small 1");
    unsigned nand   = extractor_named("nand")->probe(sample_span(&sample));
    assert_true(nand > 0);
    assert_true(extractor_named("yaffs")->probe(sample_span(&sample)) > nand);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_opens_to_the_tree_it_was_made_of),
        cmocka_unit_test(unyaffs_sees_the_same),
        cmocka_unit_test(the_sleuth_kit_sees_the_same_content),
        cmocka_unit_test(a_log_that_begins_inside_a_file_opens_as_well),
        cmocka_unit_test(the_newest_write_of_each_chunk_counts),
        cmocka_unit_test(the_laboratory_sees_what_was_deleted),
        cmocka_unit_test(headers_are_structure_content_is_content_and_tags_are_spare),
        cmocka_unit_test(cut_images_say_what_they_lost),
        cmocka_unit_test(one_wrong_bit_in_tags_is_put_right_where_they_have_a_code),
        cmocka_unit_test(a_wrong_byte_spoils_one_entry),
        cmocka_unit_test(directories_that_stand_in_themselves_are_found_and_end),
        cmocka_unit_test(it_outbids_a_raw_dump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
