/* Oracles: sleuthkit (paths, types, contents; it also reads compressed files), 7z for contents; xorriso made the volume of a hybrid and
 * hfsutils the old HFS. Modes, owners, times, devices and extended attributes are held against the tree that the builder wrote the
 * image from, after the published layout. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct { const char *variant, *kind; unsigned compare; } variants[] = {
    {"", "small", COMPARE_DEVICES}, {"small hfsx", "small", COMPARE_DEVICES}, {"small hfsx block=512", "small", COMPARE_DEVICES}, {"small block=16384", "small", COMPARE_DEVICES},
    {"small fragmented", "small", COMPARE_DEVICES}, {"small journal", "small", COMPARE_DEVICES}, {"small compressed", "small", 0}, {"xattrs", "xattrs", 0}, {"names", "names", 0},
    {"names hfsx block=1024", "names", 0}, {"deep", "deep", 0}, {"big", "big", 0}, {"big fragmented hfsx", "big", 0}, {"big compressed", "big", 0}, {"empty", "empty", 0},
};

/* The tree as the builder takes it: a name that is not UTF-8 left out. */
static tree_t tree_for_hfsplus(const char *image, const char *kind)
{
    char command[2048], directory[1024];
    tree_directory(kind, directory);
    (void)snprintf(command, sizeof command, "cp -a '%s/.' . && find . -name \"$(printf 'caf\\351')\" -exec rm {} +", directory);
    return tree_of_command(image, command);
}

static void every_variant_opens_to_the_tree_it_was_made_from(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* devices and owners need root: tools/check runs as root */
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("hfsplus", variants[i].variant);
        tree_t   tree   = tree_for_hfsplus(sample.path, variants[i].kind);
        print_message("%s: %zu entries\n", variants[i].variant, tree.count);
        assert_opens_to("hfsplus", sample_span(&sample), &tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | variants[i].compare, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void extended_attributes_are_those_of_the_tree(void **state)
{
    (void)state;
    sample_t     sample = sample_build("hfsplus", "xattrs");
    tree_t       tree   = tree_for_hfsplus(sample.path, "xattrs");
    extraction_t e      = extraction_of("hfsplus", sample_span(&sample));
    size_t       seen   = 0;
    for (size_t i = 0; i < tree.count; i++) {
        const entry_t *was = &tree.entries[i], *is = tree_entry(&e.tree, was->path);
        assert_non_null(is);
        if (was->xattrs == NULL || is->xattrs == NULL)
            continue;
        assert_non_null(strstr(is->xattrs, was->xattrs));
        seen++;
    }
    assert_true(seen >= 3);
    extraction_free(&e);
    tree_free(&tree);
    sample_free(&sample);
}

static void sleuthkit_sees_the_same_files(void **state)
{
    (void)state;
    static const char *const seen[] = {"links", "links hfsx block=512", "links fragmented", "xorriso", "links compressed"};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        sample_t sample = sample_build("hfsplus", seen[i]);
        /* Its own names for the files of the volume, and the folder that hard links lead to, are no entries. */
        tree_t   tree   = tree_of_command(sample.path,
              "fls -f hfs -rp \"$1\" | grep -v -e '\t[$]' -e 'Private Data' | while read -r type number path; do number=${number%:}\n"
                  "case $type in d/d) mkdir -p \"$path\";; r/r) mkdir -p \"$(dirname \"$path\")\"; icat -f hfs \"$1\" \"$number\" > \"$path\";;\n"
                  "l/l) mkdir -p \"$(dirname \"$path\")\"; ln -s \"$(icat -f hfs \"$1\" \"$number\")\" \"$path\";; esac; done");
        assert_true(tree.count > 10);
        assert_opens_to("hfsplus", sample_span(&sample), &tree, 0, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void seven_zip_sees_the_same_files(void **state)
{
    (void)state;
    static const char *const seen[] = {"plain", "plain hfsx", "xorriso", "plain compressed"};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        sample_t sample = sample_build("hfsplus", seen[i]);
        tree_t   tree   = tree_of_command(sample.path, "7z x -thfs -y \"$1\" > /dev/null && mv SAMPLE/* . && rmdir SAMPLE && rm -rf '[HFS+ Private Data]'");
        assert_true(tree.count > 10);
        assert_opens_to("hfsplus", sample_span(&sample), &tree, 0, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void resource_forks_and_names_with_a_separator_are_shown(void **state)
{
    (void)state;
    sample_t       sample = sample_build("hfsplus", "small resources");
    extraction_t   e      = extraction_of("hfsplus", sample_span(&sample));
    const entry_t *fork   = tree_entry(&e.tree, "bin/tool:rsrc");
    assert_int_equal(e.damage.count, 0);
    assert_non_null(fork);
    assert_memory_equal(fork->content, "the resources of tool", 21);
    assert_non_null(tree_entry(&e.tree, "a:b"));
    extraction_free(&e);
    sample_free(&sample);
}

static void wrappers_and_old_volumes_are_recognised(void **state)
{
    (void)state;
    sample_t       sample   = sample_build("hfsplus", "small wrapper");
    extraction_t   e        = extraction_of("hfsplus", sample_span(&sample));
    const entry_t *embedded = tree_entry(&e.tree, "embedded");
    assert_non_null(embedded);
    assert_true(e.bits >= BITS_ELSEWHERE);
    assert_int_equal(e.extent, sample.size);
    extraction_t inner = extraction_of("hfsplus", span_sub(sample_span(&sample), embedded->at_offset, embedded->at_length));
    assert_int_equal(inner.damage.count, 0);
    assert_non_null(tree_entry(&inner.tree, "bin/busybox"));
    extraction_free(&inner);
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("hfsplus", "hfs");
    e      = extraction_of("hfsplus", sample_span(&sample));
    assert_true(e.bits >= BITS_ELSEWHERE);
    assert_string_equal(extraction_fact(&e, "hfsplus.version"), "HFS");
    assert_string_equal(extraction_fact(&e, "hfsplus.label"), "SAMPLE");
    assert_int_equal(e.limits.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_hybrid_shows_the_other_view(void **state)
{
    (void)state;
    sample_t       sample = sample_build("hfsplus", "hybrid");
    extraction_t   e      = extraction_of("iso9660", sample_span(&sample));
    const entry_t *view   = tree_entry(&e.tree, "apple-partition3");
    assert_non_null(view);
    extraction_t inner = extraction_of("hfsplus", span_from(view->content, (size_t)view->size));
    assert_int_equal(inner.damage.count, 0);
    assert_non_null(tree_entry(&inner.tree, "bin/busybox"));
    extraction_free(&inner);
    extraction_free(&e);
    sample_free(&sample);
}

static void facts_say_what_the_header_says(void **state)
{
    (void)state;
    sample_t     sample = sample_build("hfsplus", "small dirty");
    extraction_t e      = extraction_of("hfsplus", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "hfsplus.version"), "HFS+ 4");
    assert_string_equal(extraction_fact(&e, "hfsplus.label"), "SAMPLE");
    assert_string_equal(extraction_fact(&e, "hfsplus.modified"), "1600000000");
    assert_string_equal(extraction_fact(&e, "hfsplus.state"), "unmounted, journaled");
    assert_true(strncmp(extraction_fact(&e, "hfsplus.journal"), "transactions", 12) == 0);
    assert_int_equal(e.notes.count, 1);
    assert_int_equal(e.extent, sample.size);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_lost_header_is_replaced_by_its_copy(void **state)
{
    (void)state;
    static const char *const which[] = {"", "small hfsx block=512"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("hfsplus", which[i]);
        extraction_t whole  = extraction_of("hfsplus", sample_span(&sample));
        memset(sample.at + 1024 + 40, 0x55, 400); /* its magic is what a scan looks for */
        extraction_t e = extraction_of("hfsplus", sample_span(&sample));
        assert_true(e.bits > 40 && status_ok(e.status));
        assert_same_tree(&e.tree, &whole.tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME);
        assert_true(e.damage.count > 0);
        extraction_free(&e);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

/* The catalog's nodes of this kind (0xFF: leaf, 0: index), of the sample "names", whose nodes have 4096 bytes. */
static size_t nodes_of_kind(const sample_t *sample, uint8_t kind, size_t *found, size_t room)
{
    reader_t r     = reader_at(sample_span(sample), 1024 + 272 + 16);
    size_t   start = read_be32(&r) * (size_t)4096, count = 0;
    size_t   end   = start + read_be32(&r) * (size_t)4096;
    for (size_t at = start + 4096; at < end && count < room; at += 4096)
        if (sample->at[at + 8] == kind && sample->at[at + 11] > 0)
            found[count++] = at;
    return count;
}

static void a_broken_chain_or_index_loses_nothing(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 3; which++) {
        sample_t     sample = sample_build("hfsplus", "names");
        extraction_t whole  = extraction_of("hfsplus", sample_span(&sample));
        size_t       nodes[256];
        assert_true(nodes_of_kind(&sample, 0xFF, nodes, 256) > 10);
        if (which == 0)
            memset(sample.at + nodes[5], 0, 4); /* the chain of leaves ends */
        else if (which == 1)
            memcpy(sample.at + nodes[5], sample.at + nodes[2], 4); /* the chain leads back */
        else
            assert_true(nodes_of_kind(&sample, 0, nodes, 256) > 0);
        if (which == 2) /* the index leads to one leaf, again and again */
            for (size_t i = 0; i < nodes_of_kind(&sample, 0, nodes, 256); i++)
                memset(sample.at + nodes[i] + 10, 0, 2);
        extraction_t e = extraction_of("hfsplus", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_true(e.damage.count > 0);
        assert_same_tree(&e.tree, &whole.tree, COMPARE_MODE);
        extraction_free(&e);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static void a_folder_that_lost_its_parent_is_shown_as_lost(void **state)
{
    (void)state;
    sample_t sample = sample_build("hfsplus", "plain");
    /* The record of "bin": its parent becomes a number that no folder has. */
    uint8_t *name = memmem(sample.at, sample.size, "\0\0\0\2\0\3\0b\0i\0n\0\1", 14);
    assert_non_null(name);
    name[0] = 0x70;
    extraction_t e = extraction_of("hfsplus", sample_span(&sample));
    assert_null(tree_entry(&e.tree, "bin"));
    bool shown = false;
    for (size_t i = 0; i < e.tree.count; i++)
        shown = shown || (strncmp(e.tree.entries[i].path, "lost+found/#", 12) == 0 && strstr(e.tree.entries[i].path, "bin/tool") != NULL);
    assert_true(shown && e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_image_says_what_is_lost(void **state)
{
    (void)state;
    static const char *const cut[] = {"big", "big fragmented hfsx"};
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        sample_t sample = sample_build("hfsplus", cut[i]);
        assert_cuts_are_told("hfsplus", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void flips_spoil_one_file(void **state)
{
    (void)state;
    sample_t     sample = sample_build("hfsplus", "big");
    extraction_t e      = extraction_of("hfsplus", sample_span(&sample));
    const entry_t *victim = tree_entry(&e.tree, "noise");
    assert_non_null(victim);
    assert_flip_spoils_at_most("hfsplus", sample_span(&sample), victim->at_offset + 4096, 64, 1, true); /* data has no checksum */
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("hfsplus", "big compressed");
    e      = extraction_of("hfsplus", sample_span(&sample));
    victim = tree_entry(&e.tree, "text");
    assert_non_null(victim);
    assert_flip_spoils_at_most("hfsplus", sample_span(&sample), victim->at_offset + victim->at_length / 2, 64, 1, false);
    extraction_free(&e);
    sample_free(&sample);
}

static void codecs_that_are_not_known_are_named(void **state)
{
    (void)state;
    sample_t sample = sample_build("hfsplus", "small compressed");
    uint8_t *type   = memmem(sample.at, sample.size, "fpmc\4", 5);
    assert_non_null(type);
    type[4]        = 8; /* LZVN in the resource fork */
    extraction_t e = extraction_of("hfsplus", sample_span(&sample));
    assert_int_equal(e.limits.count, 1);
    assert_non_null(strstr(e.limits.sayings[0].what, "LZVN"));
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_the_tree_it_was_made_from),
        cmocka_unit_test(extended_attributes_are_those_of_the_tree),
        cmocka_unit_test(sleuthkit_sees_the_same_files),
        cmocka_unit_test(seven_zip_sees_the_same_files),
        cmocka_unit_test(resource_forks_and_names_with_a_separator_are_shown),
        cmocka_unit_test(wrappers_and_old_volumes_are_recognised),
        cmocka_unit_test(a_hybrid_shows_the_other_view),
        cmocka_unit_test(facts_say_what_the_header_says),
        cmocka_unit_test(a_lost_header_is_replaced_by_its_copy),
        cmocka_unit_test(a_broken_chain_or_index_loses_nothing),
        cmocka_unit_test(a_folder_that_lost_its_parent_is_shown_as_lost),
        cmocka_unit_test(a_cut_image_says_what_is_lost),
        cmocka_unit_test(flips_spoil_one_file),
        cmocka_unit_test(codecs_that_are_not_known_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
