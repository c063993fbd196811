/* Oracles: ntfs-3g, mounted (FUSE, root), where that works; 7z and ntfscat for contents everywhere. Neither knows a "file:stream" as an
 * entry of its own, so streams are held against ntfscat. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const variants[] = {
    "small", "small 512", "small 4096", "small 1024 small", "small 65536 links 16384", "small 1024 names", "small 4096 deep",
        "small 4096 sparse 8192",
    "small 4096 big 16384", "compressed 512 links", "compressed 4096 sparse 8192", "compressed 4096 big 16384", "flat",
};

static bool says(const sayings_t *sayings, const char *what)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, what) != NULL)
            return true;
    return false;
}

/* What the other side does not show, or shows in its own way: streams, the system's own directory, links of Windows. */
static void leave_out(tree_t *tree)
{
    size_t to = 0;
    for (size_t i = 0; i < tree->count; i++) {
        entry_t *e = &tree->entries[i];
        bool     out = strchr(e->path, ':') != NULL || strncmp(e->path, "$Extend", 7) == 0 || strcmp(e->path, "extra/windows-link") == 0
            || strcmp(e->path, "extra/junction") == 0
                || strcmp(e->path, "System Volume Information") == 0;
        if (out) {
            free(e->path), free(e->link), free(e->content), free(e->xattrs);
            continue;
        }
        tree->entries[to++] = *e;
    }
    tree->count = to;
}

static void every_variant_opens_to_what_ntfs_3g_shows(void **state)
{
    (void)state;
    size_t mounted = 0;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("ntfs", variants[i]);
        tree_t   tree;
        if (!tree_of_mounted(sample.path, "ntfs-3g,permissions,streams_interface=none", &tree)) {
            sample_free(&sample);
            break;
        }
        mounted++;
        print_message("%s: %zu entries\n", variants[i], tree.count);
        extraction_t e = extraction_of("ntfs", sample_span(&sample));
        if (!status_ok(e.status) || e.damage.count > 0 || e.limits.count > 0)
            fail_msg("%s: %s", variants[i], e.damage.count > 0 ? e.damage.sayings[0].what : e.limits.count > 0 ? e.limits.sayings[0].what
                : "does not open");
        leave_out(&e.tree);
        leave_out(&tree);
        assert_true(tree.count >= 3);
        assert_same_tree(&e.tree, &tree, COMPARE_MTIME | COMPARE_DEVICES);
        uint64_t ppm = explained_with_padding_ppm("ntfs", sample_span(&sample));
        if (ppm < 995000)
            fail_msg("%s: %llu ppm explained", variants[i], (unsigned long long)ppm);
        assert_true(e.extent == sample.size || e.extent + 65536 > sample.size);
        tree_free(&tree);
        extraction_free(&e);
        sample_free(&sample);
    }
    if (mounted == 0)
        skip();
}

static void seven_zip_sees_the_same_contents(void **state)
{
    (void)state;
    static const char *const cases[] = {"flat", "small", "compressed 4096 big 16384"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("ntfs", cases[i]);
        tree_t       tree   = tree_of_command(sample.path, "7z x -y -tntfs \"$1\" > /dev/null; rm -rf '[SYSTEM]'");
        extraction_t e      = extraction_of("ntfs", sample_span(&sample));
        size_t       same   = 0;
        for (size_t n = 0; n < tree.count; n++) {
            const entry_t *theirs = &tree.entries[n], *ours = tree_entry(&e.tree, theirs->path);
            if (theirs->type != CHILD_FILE || ours == NULL || ours->type != CHILD_FILE)
                continue; /* links are files to 7z */
            if (!sha256_equal(&ours->sha256, &theirs->sha256))
                fail_msg("%s: %s is not what 7z sees", cases[i], theirs->path);
            same++;
        }
        assert_true(same >= 3);
        tree_free(&tree);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void streams_are_entries_of_their_own(void **state)
{
    (void)state;
    sample_t     flat = sample_build("ntfs", "flat");
    extraction_t e    = extraction_of("ntfs", sample_span(&flat));
    const entry_t *stream = tree_entry(&e.tree, "first.txt:stream");
    assert_non_null(stream);
    assert_memory_equal(stream->content, "hidden\n", 7);
    extraction_free(&e);
    sample_free(&flat);
    sample_t sample = sample_build("ntfs", "small");
    e               = extraction_of("ntfs", sample_span(&sample));
    if (tree_entry(&e.tree, "extra/file") == NULL) {
        print_message("this machine cannot mount an NTFS, so that the sample has no directories\n");
    } else {
        const entry_t *stream_of_file = tree_entry(&e.tree, "extra/file:long stream"),
            *stream_of_directory = tree_entry(&e.tree, "extra:of the directory");
        assert_non_null(stream_of_file);
        assert_non_null(stream_of_directory);
        tree_t tree = tree_of_command(sample.path, "ntfscat -q -n 'long stream' \"$1\" extra/file > long");
        assert_true(sha256_equal(&tree.entries[0].sha256, &stream_of_file->sha256));
        tree_free(&tree);
        for (int i = 0; i < 40; i++) { /* in records that extend the first */
            char path[64], content[32];
            (void)snprintf(path, sizeof path, "extra/many:number %d", i);
            (void)snprintf(content, sizeof content, "stream %d\n", i);
            const entry_t *one = tree_entry(&e.tree, path);
            assert_non_null(one);
            assert_memory_equal(one->content, content, strlen(content));
        }
        /* And links as Windows makes them. */
        assert_int_equal(tree_entry(&e.tree, "extra/windows-link")->type, CHILD_SYMLINK);
        assert_string_equal(tree_entry(&e.tree, "extra/windows-link")->link, "target\\file");
        assert_string_equal(tree_entry(&e.tree, "extra/junction")->link, "C:\\dir");
    }
    extraction_free(&e);
    sample_free(&sample);
}

static void facts_say_what_the_volume_says(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ntfs", "flat");
    extraction_t e      = extraction_of("ntfs", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "ntfs.label"), "SAMPLE");
    assert_string_equal(extraction_fact(&e, "ntfs.version"), "3.1");
    assert_string_equal(extraction_fact(&e, "ntfs.serial"), "8877665544332211");
    assert_string_equal(extraction_fact(&e, "ntfs.cluster_size"), "1024");
    extraction_free(&e);
    sample_free(&sample);
}

static void cut_images_say_what_is_lost(void **state)
{
    (void)state;
    sample_t sample = sample_build("ntfs", "small");
    assert_cuts_are_told("ntfs", sample_span(&sample), sample.size);
    sample_free(&sample);
}

static void the_copy_of_the_boot_sector_stands_in_for_a_lost_one(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ntfs", "small");
    extraction_t whole  = extraction_of("ntfs", sample_span(&sample));
    memset(sample.at, 0, 512);
    extraction_t e = extraction_of("ntfs", sample_span(&sample));
    assert_same_tree(&e.tree, &whole.tree, COMPARE_MTIME);
    assert_true(says(&e.damage, "its copy behind the last sector was used"));
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

/* The place of the record that has this name in it (UTF-16), by the first letter of each unit. */
static uint8_t *record_of(sample_t *sample, const char *name)
{
    uint8_t units[256];
    size_t  length = strlen(name);
    for (size_t i = 0; i < length; i++)
        units[i * 2] = (uint8_t)name[i], units[i * 2 + 1] = 0;
    for (size_t at = 0; at + 1024 <= sample->size; at += 1024)
        if (memcmp(sample->at + at, "FILE", 4) == 0 && memmem(sample->at + at, 1024, units, length * 2) != NULL)
            return sample->at + at;
    fail_msg("no record is called %s", name);
    return NULL;
}

static void the_mirror_stands_in_for_the_first_record(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ntfs", "flat");
    extraction_t whole  = extraction_of("ntfs", sample_span(&sample));
    record_of(&sample, "$MFT")[510] ^= 0x55;
    extraction_t e = extraction_of("ntfs", sample_span(&sample));
    assert_same_tree(&e.tree, &whole.tree, COMPARE_MTIME);
    assert_true(says(&e.damage, "its mirror was used"));
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_torn_record_costs_its_file_and_the_name_stays(void **state)
{
    (void)state;
    sample_t sample = sample_build("ntfs", "flat");
    record_of(&sample, "second.txt")[510] ^= 0x55;
    extraction_t e = extraction_of("ntfs", sample_span(&sample));
    const entry_t *torn = tree_entry(&e.tree, "second.txt");
    assert_non_null(torn);
    assert_true(torn->damaged);
    assert_false(tree_entry(&e.tree, "third.txt")->damaged);
    assert_true(says(&e.damage, "check numbers do not agree"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_damaged_index_costs_no_file(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ntfs", "small");
    extraction_t whole  = extraction_of("ntfs", sample_span(&sample));
    size_t       broken = 0;
    for (size_t at = 0; at + 512 <= sample.size; at += 512)
        if (memcmp(sample.at + at, "INDX", 4) == 0) {
            memcpy(sample.at + at, "XXXX", 4);
            broken++;
        }
    assert_true(broken > 0);
    extraction_t e = extraction_of("ntfs", sample_span(&sample));
    assert_same_tree(&e.tree, &whole.tree, COMPARE_MTIME);
    assert_true(says(&e.damage, "a block of a directory's index is damaged"));
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_file_that_no_index_lists_is_shown_and_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("ntfs", "flat");
    /* Its name in the record, changed: the index knows another. */
    uint8_t *record = record_of(&sample, "second.txt"), *name = memmem(record, 1024, "s\0e\0c\0", 6);
    name[0] = 'S';
    extraction_t e = extraction_of("ntfs", sample_span(&sample));
    assert_non_null(tree_entry(&e.tree, "Second.txt"));
    assert_true(tree_entry(&e.tree, "Second.txt")->damaged);
    assert_true(says(&e.damage, "no index of its directory lists it"));
    assert_true(says(&e.damage, "list names that no record has"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_file_whose_directory_is_gone_is_lost_and_found(void **state)
{
    (void)state;
    sample_t sample = sample_build("ntfs", "flat");
    uint8_t *record = record_of(&sample, "second.txt"), *name = memmem(record, 1024, "s\0e\0c\0", 6);
    name[-66] = 200; /* the reference of the parent */
    extraction_t e = extraction_of("ntfs", sample_span(&sample));
    assert_non_null(tree_entry(&e.tree, "lost+found/second.txt"));
    assert_true(says(&e.damage, "no directory leads to"));
    extraction_free(&e);
    sample_free(&sample);
}

static void an_invented_size_is_cut_to_the_runs(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ntfs", "flat");
    extraction_t whole  = extraction_of("ntfs", sample_span(&sample));
    uint8_t     *record = record_of(&sample, "third.txt");
    size_t       size   = (size_t)tree_entry(&whole.tree, "third.txt")->size;
    uint8_t     *at     = memmem(record, 1024, &(uint64_t){size}, 8);
    for (size_t i = 0; i < 1024 - 8; i++) /* wherever it stands: real and initialised size */
        if (memcmp(record + i, &(uint64_t){size}, 8) == 0)
            memset(record + i, 0x7F, 8);
    assert_non_null(at);
    extraction_t e = extraction_of("ntfs", sample_span(&sample));
    assert_true(tree_entry(&e.tree, "third.txt")->damaged);
    assert_true(says(&e.damage, "ends before its size"));
    assert_true(tree_entry(&e.tree, "third.txt")->size < 65536);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

/* Times count from 1601, so that most that are wrong lie far from 1970. */
static void times_at_the_edges_are_floored(void **state)
{
    (void)state;
    static const struct { int64_t ticks, seconds; } cases[] = {
        {INT64_MIN, INT64_C(-922337203686) - 11644473600}, {-1, INT64_C(-11644473601)}, {0, INT64_C(-11644473600)},
        {INT64_C(116444736000000000) - 1, -1}, {INT64_MAX, INT64_C(922337203685) - 11644473600},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t sample = sample_build("ntfs", "flat");
        uint8_t *record = record_of(&sample, "third.txt");
        /* The first attribute, $STANDARD_INFORMATION: its value stands 24 bytes in, the time of modification 8 bytes further. */
        memcpy(record + record[20] + 24 + 8, &cases[i].ticks, 8);
        extraction_t e = extraction_of("ntfs", sample_span(&sample));
        assert_true(tree_entry(&e.tree, "third.txt")->mtime == cases[i].seconds);
        extraction_free(&e);
        sample_free(&sample);
    }
}

/* Only its flags tell: no tool here encrypts. */
static void an_encrypted_file_is_named_as_such(void **state)
{
    (void)state;
    sample_t sample = sample_build("ntfs", "flat");
    uint8_t *record = record_of(&sample, "third.txt"), *data = memmem(record + 56, 900, "\x80\0\0\0\x48\0\0\0\1", 9);
    assert_non_null(data);
    data[13] |= 0x40;
    extraction_t e = extraction_of("ntfs", sample_span(&sample));
    assert_true(says(&e.limits, "encrypted with EFS"));
    assert_true(tree_entry(&e.tree, "third.txt")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_file_compressed_by_wof_is_named_as_such(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ntfs", "small");
    extraction_t whole  = extraction_of("ntfs", sample_span(&sample));
    if (tree_entry(&whole.tree, "extra/windows-link") != NULL) {
        uint8_t *tag = NULL; /* the name repeats it, and so does the index */
        while ((tag = memmem(sample.at, sample.size, "\x0C\0\0\xA0", 4)) != NULL)
            memcpy(tag, "\x17\0\0\x80", 4);
        extraction_t e = extraction_of("ntfs", sample_span(&sample));
        assert_int_equal(tree_entry(&e.tree, "extra/windows-link")->type, CHILD_FILE);
        assert_true(says(&e.limits, "compressed by WOF"));
        extraction_free(&e);
    }
    extraction_free(&whole);
    sample_free(&sample);
}

/* That the compressed variants are: what a text is decoded from is shorter than it. */
static void compressed_samples_are_compressed(void **state)
{
    (void)state;
    sample_t       sample = sample_build("ntfs", "compressed 4096 big 16384");
    extraction_t   e      = extraction_of("ntfs", sample_span(&sample));
    const entry_t *text   = tree_entry(&e.tree, "text");
    if (text != NULL) {
        print_message("%llu bytes from %llu\n", (unsigned long long)text->size, (unsigned long long)text->at_length);
        assert_true(text->at_length < text->size / 2);
        /* A flipped chunk spoils this file and no other. */
        assert_flip_spoils_at_most("ntfs", sample_span(&sample), text->at_offset, 64, 1, true);
    }
    extraction_free(&e);
    sample_free(&sample);
}

static void deleted_files_come_back_in_lab_mode_only(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ntfs", "deleted");
    limits_t     lab    = limits_default();
    lab.deleted         = true;
    extraction_t live = extraction_of("ntfs", sample_span(&sample)), e = extraction_with("ntfs", sample_span(&sample), &lab);
    bool         numbers = false, secret = false, mounted = tree_entry(&live.tree, "etc/passwd") != NULL;
    for (size_t i = 0; i < live.tree.count; i++)
        assert_null(strstr(live.tree.entries[i].path, "[deleted]"));
    for (size_t i = live.tree.count; i < e.tree.count; i++) {
        const entry_t *entry = &e.tree.entries[i];
        print_message("%s: %llu bytes\n", entry->path, (unsigned long long)entry->size);
        numbers = numbers || (entry->size == 13893 && memcmp(entry->content + 13888, "3000\n", 5) == 0);
        secret  = secret || (entry->size == 7 && memcmp(entry->content, "secret\n", 7) == 0);
    }
    if (mounted) {
        assert_true(numbers);
        assert_true(secret);
    } else {
        print_message("this machine cannot mount an NTFS, so that nothing could be deleted\n");
    }
    extraction_free(&e);
    extraction_free(&live);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_what_ntfs_3g_shows),
        cmocka_unit_test(seven_zip_sees_the_same_contents),
        cmocka_unit_test(streams_are_entries_of_their_own),
        cmocka_unit_test(facts_say_what_the_volume_says),
        cmocka_unit_test(cut_images_say_what_is_lost),
        cmocka_unit_test(the_copy_of_the_boot_sector_stands_in_for_a_lost_one),
        cmocka_unit_test(the_mirror_stands_in_for_the_first_record),
        cmocka_unit_test(a_torn_record_costs_its_file_and_the_name_stays),
        cmocka_unit_test(a_damaged_index_costs_no_file),
        cmocka_unit_test(a_file_that_no_index_lists_is_shown_and_told),
        cmocka_unit_test(a_file_whose_directory_is_gone_is_lost_and_found),
        cmocka_unit_test(an_invented_size_is_cut_to_the_runs),
        cmocka_unit_test(times_at_the_edges_are_floored),
        cmocka_unit_test(an_encrypted_file_is_named_as_such),
        cmocka_unit_test(a_file_compressed_by_wof_is_named_as_such),
        cmocka_unit_test(compressed_samples_are_compressed),
        cmocka_unit_test(deleted_files_come_back_in_lab_mode_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
