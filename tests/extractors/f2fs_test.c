/* F2FS images. The kernel of the build machines has no F2FS, so the oracles are the tree that sload.f2fs was given and, where GRUB knows the
 * features, grub-fstest, which reads F2FS by code of its own. What only a running kernel writes (directories inside inodes, compressed
 * clusters, extended attributes, devices, nodes behind a checkpoint) is made by corpus/samples/f2fs-edit.py from the published layout. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

/* sload.f2fs makes no devices, pipes and sockets. */
static tree_t tree_given_to_sload(const char *kind)
{
    char directory[1024];
    tree_directory(kind, directory);
    tree_t tree = tree_of_directory(directory), kept = {0};
    kept.entries = calloc(tree.count + 1, sizeof *kept.entries);
    assert_non_null(kept.entries);
    kept.capacity = tree.count + 1;
    for (size_t i = 0; i < tree.count; i++) {
        child_type_t type = tree.entries[i].type;
        if (type == CHILD_FILE || type == CHILD_DIRECTORY || type == CHILD_SYMLINK) {
            kept.entries[kept.count++] = tree.entries[i];
            tree.entries[i--]          = tree.entries[--tree.count];
        }
    }
    tree_free(&tree);
    return kept;
}

static void every_variant_opens_to_the_tree_it_was_made_from(void **state)
{
    (void)state;
    static const struct { const char *arguments, *tree; } variants[] = {
        {"", "links"},
        {"links", "links"},
        {"links -O extra_attr,inode_checksum,inode_crtime,sb_checksum", "links"},
        {"links inline", "links"},
        {"links inline -O extra_attr,project_quota,quota", "links"},
        {"links inline compressed -O extra_attr,inode_checksum,compression,flexible_inline_xattr", "links"},
        {"names", "names"},
        {"deep", "deep"},
        {"sparse", "sparse"},
        {"big", "big"},
        {"big -O ro,extra_attr", "big"},
        {"empty", "empty"},
        {"one", "one"},
    };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample   = sample_build("f2fs", variants[i].arguments);
        tree_t   expected = tree_given_to_sload(variants[i].tree);
        print_message("f2fs %s: %zu bytes, %zu entries\n", variants[i].arguments, sample.size, expected.count);
        assert_opens_to("f2fs", sample_span(&sample), &expected, COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_DEVICES, 995000);
        tree_free(&expected);
        sample_free(&sample);
    }
}

static void grub_reads_the_same_content(void **state)
{
    (void)state;
    if (run_status("command -v grub-fstest > /dev/null") != 0) {
        print_message("grub-fstest is not installed: the trees given to sload.f2fs are the only oracle\n");
        skip();
    }
    static const char *const variants[] = {"links inline", "big", "sparse", "indirect"};
    size_t                   compared   = 0;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t     sample = sample_build("f2fs", variants[i]);
        extraction_t e      = extraction_of("f2fs", sample_span(&sample));
        assert_int_equal(e.damage.count, 0);
        char scratch[1024], copy[1100];
        scratch_make(scratch);
        (void)snprintf(copy, sizeof copy, "%s/copy", scratch);
        for (size_t n = 0; n < e.tree.count; n++) {
            const entry_t *entry = &e.tree.entries[n];
            if (entry->type != CHILD_FILE || entry->size == 0 || strncmp(entry->path, "files/", 6) == 0)
                continue;
            run("grub-fstest '%s' cat '/%s' > '%s'", sample.path, entry->path, copy);
            sample_t read = sample_read(copy);
            if (!span_equal(sample_span(&read), span_from(entry->content, (size_t)entry->size)))
                fail_msg("%s: GRUB reads something else", entry->path);
            sample_free(&read);
            compared++;
        }
        scratch_remove(scratch);
        extraction_free(&e);
        sample_free(&sample);
    }
    assert_true(compared > 20);
}

static void attributes_devices_and_facts_are_told(void **state)
{
    (void)state;
    sample_t     sample = sample_build("f2fs", "");
    extraction_t e      = extraction_of("f2fs", sample_span(&sample));
    assert_int_equal(e.bits, 32 + 48 + 32 + 32);
    assert_int_equal(e.extent, sample.size);
    assert_string_equal(extraction_fact(&e, "f2fs.uuid"), "00112233-4455-6677-8899-aabbccddeeff");
    assert_string_equal(extraction_fact(&e, "f2fs.label"), "sample");
    assert_string_equal(extraction_fact(&e, "f2fs.unmounted"), "yes");
    assert_string_equal(extraction_fact(&e, "f2fs.kernel"), "Linux version 6.1.0");
    assert_string_equal(extraction_fact(&e, "f2fs.features"), "extra_attr inode_checksum sb_checksum compression readonly");
    const entry_t *passwd = tree_entry(&e.tree, "etc/passwd"), *tool = tree_entry(&e.tree, "bin/tool");
    assert_true(passwd != NULL && tool != NULL);
    assert_non_null(passwd->xattrs);
    assert_non_null(strstr(passwd->xattrs, "user.short=76616c7565"));
    assert_non_null(strstr(passwd->xattrs, "security.selinux=753a6f626a6563745f72"));
    assert_non_null(tool->xattrs);
    assert_non_null(strstr(tool->xattrs, "user.long=76616c75652076616c756520"));
    assert_non_null(strstr(tool->xattrs, "trusted.t="));
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("f2fs", "links devices");
    e      = extraction_of("f2fs", sample_span(&sample));
    const entry_t *character = tree_entry(&e.tree, "etc/nothing"), *block = tree_entry(&e.tree, "etc/init.d/rcS"), *other = tree_entry(&e.tree, "lib/hole");
    assert_true(character != NULL && character->type == CHILD_CHAR_DEVICE && character->device_major == 4 && character->device_minor == 300);
    assert_true(block != NULL && block->type == CHILD_BLOCK_DEVICE && block->device_major == 31 && block->device_minor == 0);
    assert_true(other != NULL && other->type == CHILD_SOCKET && other->mode == 0666);
    extraction_free(&e);
    sample_free(&sample);
}

static void nodes_behind_the_checkpoint_are_recovered(void **state)
{
    (void)state;
    sample_t       sample = sample_build("f2fs", "links recovered -O extra_attr,inode_checksum");
    extraction_t   e      = extraction_of("f2fs", sample_span(&sample));
    const entry_t *rcs    = tree_entry(&e.tree, "etc/init.d/rcS");
    assert_non_null(rcs);
    assert_string_equal(extraction_fact(&e, "f2fs.recovered-nodes"), "1");
    assert_true(span_equal(span_from(rcs->content, (size_t)rcs->size), span_from_text("written after the checkpoint\n")));
    assert_true(e.notes.count > 0 && e.damage.count == 0);
    extraction_free(&e);
    sample_free(&sample);
}

static const entry_t *entry_ending(const tree_t *tree, const char *start, const char *end)
{
    for (size_t i = 0; i < tree->count; i++) {
        const char *path = tree->entries[i].path;
        if (strncmp(path, start, strlen(start)) == 0 && strlen(path) >= strlen(end) && strcmp(path + strlen(path) - strlen(end), end) == 0)
            return &tree->entries[i];
    }
    return NULL;
}

static void deleted_files_are_shown_in_the_laboratory_only(void **state)
{
    (void)state;
    sample_t     sample = sample_build("f2fs", "links deleted -O extra_attr");
    extraction_t e      = extraction_of("f2fs", sample_span(&sample));
    assert_true(tree_entry(&e.tree, "etc/shadow") == NULL && entry_ending(&e.tree, "[deleted]/", "") == NULL && e.damage.count == 0);
    extraction_free(&e);
    limits_t limits = limits_default();
    limits.deleted  = true;
    e               = extraction_with("f2fs", sample_span(&sample), &limits);
    const entry_t *shadow = entry_ending(&e.tree, "[deleted]/", "-shadow"), *library = entry_ending(&e.tree, "[deleted]/", "-a.so");
    assert_true(shadow != NULL && shadow->mode == 0640 && shadow->gid == 42);
    assert_true(span_equal(span_from(shadow->content, (size_t)shadow->size), span_from_text("root:*:1:0:99999:7:::\n")));
    const entry_t *twin = tree_entry(&e.tree, "lib/same-as-a.so");
    assert_true(library != NULL && twin != NULL && sha256_equal(&library->sha256, &twin->sha256));
    extraction_free(&e);
    sample_free(&sample);
}

static void encrypted_files_are_named_as_such(void **state)
{
    (void)state;
    sample_t     sample = sample_build("f2fs", "links encrypted -O extra_attr,encrypt");
    extraction_t e      = extraction_of("f2fs", sample_span(&sample));
    assert_int_equal(e.limits.count, 1);
    assert_non_null(strstr(e.limits.sayings[0].what, "fscrypt"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_image_gives_what_is_left_and_says_what_is_not(void **state)
{
    (void)state;
    sample_t sample = sample_build("f2fs", "");
    assert_cuts_are_told("f2fs", sample_span(&sample), sample.size);
    sample_free(&sample);
    sample = sample_build("f2fs", "big -O ro,extra_attr");
    assert_cuts_are_told("f2fs", sample_span(&sample), sample.size);
    sample_free(&sample);
}

static void damage_spoils_what_it_hits_and_is_told(void **state)
{
    (void)state;
    sample_t       sample  = sample_build("f2fs", "");
    extraction_t   e       = extraction_of("f2fs", sample_span(&sample));
    const entry_t *busybox = tree_entry(&e.tree, "bin/busybox"), *passwd = tree_entry(&e.tree, "etc/passwd");
    assert_true(busybox != NULL && passwd != NULL);
    /* A cluster has a checksum; three names are that file. */
    assert_flip_spoils_at_most("f2fs", sample_span(&sample), busybox->at_offset + 100, 20, 3, false);
    /* Content inside an inode is covered by the checksum of the inode. */
    assert_flip_spoils_at_most("f2fs", sample_span(&sample), passwd->at_offset + 3, 1, 1, false);
    /* One superblock, one checkpoint do. */
    assert_flip_spoils_at_most("f2fs", sample_span(&sample), 1024, 512, 0, false);
    assert_flip_spoils_at_most("f2fs", sample_span(&sample), 5120, 512, 0, false);
    reader_t r  = reader_at(sample_span(&sample), 1024 + 76);
    uint64_t cp = read_le32(&r);
    assert_flip_spoils_at_most("f2fs", sample_span(&sample), cp * 4096, 64, 0, true);
    extraction_free(&e);
    sample_free(&sample);
}

/* Where the inode of a path stands, by the inode's own name. */
static uint64_t inode_named(const sample_t *sample, const char *name)
{
    for (uint64_t at = 0; at + 4096 <= sample->size; at += 4096) {
        reader_t r    = reader_at(sample_span(sample), at + 4072);
        uint32_t node = read_le32(&r), inode = read_le32(&r);
        if (node > 3 && node == inode && span_has_text_at(sample_span(sample), at + 92, name) && sample->at[at + 92 + strlen(name)] == 0)
            return at;
    }
    fail_msg("no inode is called %s", name);
    return 0;
}

static void lies_are_told_and_end(void **state)
{
    (void)state;
    /* In the inode of lib/hole-then-text: its size, its addresses, and nodes of addresses that are nodes of something else. */
    static const struct { uint64_t at; uint64_t value; unsigned bytes; } lies[] = {
        {16, UINT64_C(1) << 60, 8}, {16, UINT64_MAX, 8}, {360, 0x12345678, 4}, {360, 1, 4}, {3, 0x02, 1}, {3, 0x20, 1},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        sample_t sample = sample_build("f2fs", "links");
        uint64_t inode  = inode_named(&sample, "hole-then-text");
        for (unsigned n = 0; n < lies[i].bytes; n++)
            sample.at[inode + lies[i].at + n] = (uint8_t)(lies[i].value >> 8 * n);
        for (unsigned n = 0; n < 5 && i < 2; n++)
            memcpy(sample.at + inode + 4052 + 4 * n, sample.at + inode + 4072, 4);
        limits_t limits    = limits_default();
        limits.ratio       = 50;
        limits.ratio_floor = 8 << 20;
        extraction_t   e    = extraction_with("f2fs", sample_span(&sample), &limits);
        const entry_t *file = tree_entry(&e.tree, "lib/hole-then-text");
        assert_true(status_ok(e.status));
        if (file == NULL || (!file->damaged && e.limits.count == 0 && lies[i].at != 3))
            fail_msg("lie %zu: nothing is said of it", i);
        extraction_free(&e);
        sample_free(&sample);
    }
    /* A directory whose entries lead back to it. */
    sample_t sample = sample_build("f2fs", "links");
    uint64_t lib = inode_named(&sample, "lib"), etc = inode_named(&sample, "etc");
    memcpy(sample.at + etc + 360, sample.at + lib + 360, 4);
    extraction_t e = extraction_of("f2fs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0 && e.tree.count < 60);
    assert_non_null(entry_ending(&e.tree, "lost+found/", "-passwd"));
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_the_tree_it_was_made_from),
        cmocka_unit_test(grub_reads_the_same_content),
        cmocka_unit_test(attributes_devices_and_facts_are_told),
        cmocka_unit_test(nodes_behind_the_checkpoint_are_recovered),
        cmocka_unit_test(deleted_files_are_shown_in_the_laboratory_only),
        cmocka_unit_test(encrypted_files_are_named_as_such),
        cmocka_unit_test(a_cut_image_gives_what_is_left_and_says_what_is_not),
        cmocka_unit_test(damage_spoils_what_it_hits_and_is_told),
        cmocka_unit_test(lies_are_told_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
