/* Oracle: the kernel, which mounts one device. What lies on other devices cannot be compared with anything: there the checksums of the
 * data are the oracle, which would tell of every block that was taken from a wrong place. */
#include "support/filesystem.h"

#include "extractors/crc32c.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALL = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS | COMPARE_DEVICES, SUPER = 64 << 10, SUPER_SIZE = 4096,
    NODE_HEADER = 101 };

static uint64_t le(const uint8_t *at, unsigned bytes)
{
    reader_t r = reader_from(span_from(at, bytes));
    return read_le(&r, bytes);
}

static void set_le(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* The checksum in its place again, so that what is tested is what lies behind it. */
static void seal(uint8_t *block, size_t size) { set_le(block, crc32c(0, span_from(block + 32, size - 32)), 4); }

static bool kernel_mounts_btrfs(void)
{
    sample_t sample = sample_build("btrfs", "");
    tree_t   tree;
    bool     mounts = tree_of_mounted(sample.path, "btrfs", &tree);
    if (mounts)
        tree_free(&tree);
    sample_free(&sample);
    return mounts;
}

static const entry_t *entry_of(const extraction_t *e, const char *path)
{
    const entry_t *entry = tree_entry(&e->tree, path);
    if (entry == NULL)
        fail_msg("there is no %s", path);
    return entry;
}

static void every_variant_opens_to_what_the_kernel_sees(void **state)
{
    (void)state;
    static const char *const variants[] = {
        "", "xattrs --csum xxhash", "names", "deep --csum sha256", "sparse", "one --csum blake2", "empty", "small size=128M",
        "big size=128M -n 65536", "big size=160M -m dup -d dup",
        "sparse size=128M -O ^no-holes", "rich", "rich size=256M -m dup -d dup --csum xxhash", "rich size=160M --mixed -n 4096 --csum blake2",
        "rich -m single -n 4096 -O ^no-holes -R ^free-space-tree",
    };
    if (!kernel_mounts_btrfs())
        skip();
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("btrfs", variants[i]);
        tree_t   tree;
        assert_true(tree_of_mounted(sample.path, "btrfs", &tree));
        print_message("btrfs %s: %zu entries\n", variants[i], tree.count);
        assert_opens_to("btrfs", sample_span(&sample), &tree, ALL, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void without_the_kernel_the_tree_it_was_made_from_counts(void **state)
{
    (void)state;
    char directory[1024];
    tree_directory("small", directory);
    sample_t sample = sample_build("btrfs", "");
    tree_t   tree   = tree_of_directory(directory);
    assert_opens_to("btrfs", sample_span(&sample), &tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME, 995000); /* mkfs.btrfs loses device numbers */
    tree_free(&tree);
    sample_free(&sample);
}

static void facts_say_what_the_superblock_says(void **state)
{
    (void)state;
    sample_t     sample = sample_build("btrfs", "small -L label --csum sha256");
    extraction_t e      = extraction_of("btrfs", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "btrfs.label"), "label");
    assert_string_equal(extraction_fact(&e, "btrfs.uuid"), "5ca1ab1e-0000-4000-8000-0000000b7f55");
    assert_string_equal(extraction_fact(&e, "btrfs.checksum"), "sha256");
    assert_string_equal(extraction_fact(&e, "btrfs.devices"), "1");
    assert_non_null(strstr(extraction_fact(&e, "btrfs.features"), "mixed-groups"));
    assert_int_equal(e.extent, sample.size);
    extraction_free(&e);
    sample_free(&sample);
}

/* The kernel shows what a snapshot cannot lead to as empty directories, with the time of now. */
static void subvolumes_stand_where_the_kernel_shows_them(void **state)
{
    (void)state;
    if (!kernel_mounts_btrfs())
        skip();
    sample_t sample = sample_build("btrfs", "nested");
    tree_t   tree;
    assert_true(tree_of_mounted(sample.path, "btrfs,subvolid=5", &tree));
    assert_opens_to("btrfs", sample_span(&sample), &tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_XATTRS, 995000);
    tree_free(&tree);
    sample_free(&sample);
}

/* A second name of a damaged file is not said to be damaged again. */
static bool is_told(const extraction_t *e, const entry_t *entry)
{
    for (size_t i = 0; i < e->tree.count; i++)
        if (e->tree.entries[i].damaged && sha256_equal(&e->tree.entries[i].sha256, &entry->sha256))
            return true;
    return false;
}

/* The content is on one of several devices: what is here must be right, what is not must be told, and names are all there. */
static void one_device_of_several_gives_what_it_holds(void **state)
{
    (void)state;
    static const struct { const char *variant; bool whole; } cases[] = {
        {"raid DEVICES=2 -d raid1 -m raid1", true}, {"raid DEVICES=2 -d raid0 -m raid1", false}, {"raid DEVICES=2 -d single -m raid1", false},
        {"raid DEVICES=4 -d raid10 -m raid1c4", false}, {"raid DEVICES=3 -d raid5 -m raid1c3", false}, {"raid DEVICES=4 -d raid6 -m raid1c4", false},
        {"raid DEVICES=3 -d raid1c3 -m raid1c3", true},
    };
    if (!kernel_mounts_btrfs())
        skip();
    char directory[1024];
    tree_directory("big", directory);
    tree_t tree = tree_of_directory(directory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("btrfs", cases[i].variant);
        extraction_t e      = extraction_of("btrfs", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.limits.count, 1);
        assert_int_equal(e.tree.count, tree.count + 1);
        size_t good = 0;
        for (size_t n = 0; n < tree.count; n++) {
            const entry_t *is = entry_of(&e, tree.entries[n].path);
            bool           same = sha256_equal(&is->sha256, &tree.entries[n].sha256);
            assert_true(same || is_told(&e, is));
            assert_true(!is->damaged || !cases[i].whole);
            good += same;
        }
        for (size_t n = 0; n < e.damage.count; n++)
            if (strstr(e.damage.sayings[n].what, "checksum") != NULL)
                fail_msg("%s: %s", cases[i].variant, e.damage.sayings[n].what);
        print_message("%s: %zu of %zu whole\n", cases[i].variant, good, tree.count);
        assert_true(good > 20);
        extraction_free(&e);
        sample_free(&sample);
    }
    tree_free(&tree);
}

static void a_cut_image_says_what_is_lost(void **state)
{
    (void)state;
    sample_t sample = sample_build("btrfs", "");
    assert_cuts_are_told("btrfs", sample_span(&sample), sample.size);
    sample_free(&sample);
    sample = sample_build("btrfs", "big size=128M");
    assert_cuts_are_told("btrfs", sample_span(&sample), sample.size);
    assert_cuts_are_told("btrfs", sample_span(&sample), 24 << 20);
    sample_free(&sample);
}

static void flips_spoil_what_they_hit_and_are_told(void **state)
{
    (void)state;
    sample_t     sample = sample_build("btrfs", "");
    extraction_t whole  = extraction_of("btrfs", sample_span(&sample));
    assert_flip_spoils_at_most("btrfs", sample_span(&sample), entry_of(&whole, "bin/tool")->at_offset + 10, 100, 1, false);
    /* The superblock's label, and some tree blocks: what a damaged block still says is used and marked. */
    assert_flip_spoils_at_most("btrfs", sample_span(&sample), SUPER + 300, 4, 0, false);
    size_t blocks = 0;
    for (size_t i = 0; i < whole.ledger.count; i++) {
        const region_t *region = &whole.ledger.regions[i];
        if (region->kind != REGION_STRUCTURE || region->offset == SUPER)
            continue;
        for (uint64_t at = region->offset; at < region->offset + region->length; at += 4096)
            if (blocks++ < 16)
                assert_flip_spoils_at_most("btrfs", sample_span(&sample), at + (blocks % 2 == 0 ? 2 : 2000), 1, whole.tree.count, false);
    }
    assert_true(blocks >= 8);
    extraction_free(&whole);
    sample_free(&sample);
}

static void the_other_copy_of_a_block_is_used(void **state)
{
    (void)state;
    sample_t     sample = sample_build("btrfs", "big size=160M -m dup -d dup");
    extraction_t whole  = extraction_of("btrfs", sample_span(&sample));
    assert_flip_spoils_at_most("btrfs", sample_span(&sample), entry_of(&whole, "noise")->at_offset + 10, 100, 0, false);
    size_t blocks = 0;
    for (size_t i = 0; i < whole.ledger.count && blocks < 6; i++) {
        const region_t *region = &whole.ledger.regions[i];
        if (region->kind == REGION_STRUCTURE && region->length >= 16384 && region->offset > (1 << 20) && ++blocks > 0)
            assert_flip_spoils_at_most("btrfs", sample_span(&sample), region->offset + 40, 100, 0, false);
    }
    assert_true(blocks > 2);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_copy_of_the_superblock_serves(void **state)
{
    (void)state;
    sample_t     sample = sample_build("btrfs", "small size=128M");
    extraction_t whole  = extraction_of("btrfs", sample_span(&sample));
    memset(sample.at + SUPER, 0xAA, SUPER_SIZE);
    extraction_t e = extraction_of("btrfs", sample_span(&sample));
    assert_true(e.bits >= BITS_ELSEWHERE && status_ok(e.status));
    assert_int_equal(e.damage.count, 1);
    assert_same_tree(&e.tree, &whole.tree, ALL);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_log_tree_is_told(void **state)
{
    (void)state;
    if (!kernel_mounts_btrfs())
        skip();
    sample_t     sample = sample_build("btrfs", "open");
    extraction_t e      = extraction_of("btrfs", sample_span(&sample));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.limits.count, 1);
    assert_non_null(strstr(e.limits.sayings[0].what, "log"));
    assert_non_null(tree_entry(&e.tree, "bin/tool"));
    extraction_free(&e);
    sample_free(&sample);
}

static void deleted_subvolumes_are_shown_in_lab_mode_only(void **state)
{
    (void)state;
    if (!kernel_mounts_btrfs())
        skip();
    sample_t     sample = sample_build("btrfs", "deleted");
    limits_t     limits = limits_default();
    extraction_t e      = extraction_with("btrfs", sample_span(&sample), &limits);
    assert_string_equal(extraction_fact(&e, "btrfs.deleted-subvolumes"), "1");
    for (size_t i = 0; i < e.tree.count; i++)
        assert_null(strstr(e.tree.entries[i].path, "deleted"));
    extraction_free(&e);
    limits.deleted = true;
    e              = extraction_with("btrfs", sample_span(&sample), &limits);
    size_t shown   = 0;
    for (size_t i = 0; i < e.tree.count; i++)
        shown += strcmp(e.tree.entries[i].path, "[deleted]/subvolume-256/bin/tool") == 0 && e.tree.entries[i].size == 9000;
    assert_int_equal(shown, 1);
    extraction_free(&e);
    sample_free(&sample);
}

/* ---- hostile ---- */

static void a_file_that_its_directory_does_not_list_is_found(void **state)
{
    (void)state;
    sample_t sample = sample_build("btrfs", "");
    size_t   hidden = 0;
    for (size_t at = 1 << 20; at + 4096 <= sample.size; at += 4096) {
        uint8_t *leaf = sample.at + at;
        if (memcmp(leaf + 32, sample.at + SUPER + 32, 16) != 0 || le(leaf + 88, 8) != 5 || leaf[100] != 0)
            continue;
        for (uint64_t i = 0; i < le(leaf + 96, 4) && i < 100; i++) {
            uint8_t *item = leaf + NODE_HEADER + 25 * i, *data = leaf + NODE_HEADER + le(item + 17, 4);
            if (item[8] == 96 && le(data + 27, 2) == 4 && memcmp(data + 30, "tool", 4) == 0) {
                item[8] = 97; /* no index of a directory any more; opening it by name still works */
                hidden++;
            }
        }
        seal(leaf, 4096);
    }
    assert_int_equal(hidden, 1);
    extraction_t e     = extraction_of("btrfs", sample_span(&sample));
    size_t       found = 0;
    assert_true(status_ok(e.status) && e.damage.count == 1);
    assert_null(tree_entry(&e.tree, "bin/tool"));
    for (size_t i = 0; i < e.tree.count; i++)
        found += strncmp(e.tree.entries[i].path, "lost+found/", 11) == 0 && e.tree.entries[i].size == 9000;
    assert_int_equal(found, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void an_older_root_serves_where_the_newest_is_lost(void **state)
{
    (void)state;
    if (!kernel_mounts_btrfs())
        skip();
    sample_t sample = sample_build("btrfs", "deleted");
    size_t   lost   = 0;
    for (uint8_t *at = sample.at + (1 << 20); at + 16384 <= sample.at + sample.size; at += 4096)
        if (memcmp(at + 32, sample.at + SUPER + 32, 16) == 0 && le(at + 48, 8) == le(sample.at + SUPER + 80, 8) && ++lost > 0)
            memset(at, 0xAA, 16384);
    assert_int_equal(lost, 2);
    extraction_t e = extraction_of("btrfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0);
    assert_int_equal(entry_of(&e, "bin/tool")->size, 9000);
    extraction_free(&e);
    sample_free(&sample);
}

/* The newest tree block of this owner and at least this level. */
static uint8_t *find_block(const sample_t *sample, uint64_t owner, unsigned level)
{
    uint8_t *found = NULL;
    for (uint8_t *at = sample->at + (1 << 20); at + 4096 <= sample->at + sample->size; at += 4096)
        if (memcmp(at + 32, sample->at + SUPER + 32, 16) == 0 && le(at + 88, 8) == owner && at[100] >= level &&
            (found == NULL || le(at + 80, 8) > le(found + 80, 8)))
            found = at;
    return found;
}

static void a_node_that_names_its_ancestor_ends(void **state)
{
    (void)state;
    sample_t sample = sample_build("btrfs", "names");
    uint8_t *node   = find_block(&sample, 5, 1);
    assert_non_null(node);
    uint64_t count = le(node + 96, 4);
    assert_true(count > 2);
    for (uint64_t i = 1; i < count; i++)
        set_le(node + NODE_HEADER + 33 * i + 17, le(node + 48, 8), 8); /* the child's address is the node's own */
    seal(node, 4096);
    extraction_t e = extraction_of("btrfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0 && e.tree.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_wrong_level_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("btrfs", "names");
    uint8_t *node   = find_block(&sample, 5, 1);
    assert_non_null(node);
    node[100] = 0;
    seal(node, 4096);
    extraction_t e = extraction_of("btrfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void items_that_overlap_are_left_out(void **state)
{
    (void)state;
    sample_t sample = sample_build("btrfs", "");
    uint8_t *leaf   = find_block(&sample, 5, 0);
    assert_non_null(leaf);
    uint64_t count = le(leaf + 96, 4);
    /* From the third on, all items have the bytes of the second. */
    for (uint64_t i = 2; i < count; i++)
        memcpy(leaf + NODE_HEADER + 25 * i + 17, leaf + NODE_HEADER + 25 + 17, 8);
    seal(leaf, 4096);
    extraction_t e = extraction_of("btrfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

/* The inode item of a file: a leaf's item of type 1 whose mode says so; its size is invented. */
static void invented_sizes_are_bounded(void **state)
{
    (void)state;
    sample_t sample = sample_build("btrfs", "");
    size_t   made   = 0;
    for (size_t at = 1 << 20; at + 4096 <= sample.size; at += 4096) {
        uint8_t *leaf = sample.at + at;
        if (memcmp(leaf + 32, sample.at + SUPER + 32, 16) != 0 || le(leaf + 88, 8) != 5 || leaf[100] != 0)
            continue;
        for (uint64_t i = 0; i < le(leaf + 96, 4) && i < 100; i++) {
            uint8_t *item = leaf + NODE_HEADER + 25 * i, *data = leaf + NODE_HEADER + le(item + 17, 4);
            if (item[8] == 1 && (le(data + 52, 4) & 0170000) == 0100000) {
                set_le(data + 16, UINT64_C(1) << 60, 8);
                made++;
            }
        }
        seal(leaf, 4096);
    }
    assert_true(made > 5);
    extraction_t e = extraction_of("btrfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.limits.count > 0);
    assert_true(entry_of(&e, "bin/tool")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_what_the_kernel_sees),
        cmocka_unit_test(subvolumes_stand_where_the_kernel_shows_them),
        cmocka_unit_test(without_the_kernel_the_tree_it_was_made_from_counts),
        cmocka_unit_test(facts_say_what_the_superblock_says),
        cmocka_unit_test(one_device_of_several_gives_what_it_holds),
        cmocka_unit_test(a_cut_image_says_what_is_lost),
        cmocka_unit_test(flips_spoil_what_they_hit_and_are_told),
        cmocka_unit_test(the_other_copy_of_a_block_is_used),
        cmocka_unit_test(a_copy_of_the_superblock_serves),
        cmocka_unit_test(a_log_tree_is_told),
        cmocka_unit_test(deleted_subvolumes_are_shown_in_lab_mode_only),
        cmocka_unit_test(a_file_that_its_directory_does_not_list_is_found),
        cmocka_unit_test(an_older_root_serves_where_the_newest_is_lost),
        cmocka_unit_test(a_node_that_names_its_ancestor_ends),
        cmocka_unit_test(a_wrong_level_is_told),
        cmocka_unit_test(items_that_overlap_are_left_out),
        cmocka_unit_test(invented_sizes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
