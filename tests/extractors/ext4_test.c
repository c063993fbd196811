/* Oracles: the kernel, which mounts the image (ext4.ko reads all three), and debugfs and icat for what a mount does not show. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALL = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS | COMPARE_DEVICES };

static const char *const variants[] = {
    "small", "names 3M -t ext4 -b 1024 -N 800 -O inline_data,^has_journal", "deep 2M -t ext4 -b 1024 -N 256 -O inline_data,^has_journal",
    "empty 256K", "one 256K",
    "xattrs 1M -t ext2 -b 2048 -N 64", "xattrs 1M -t ext2 -b 2048 -N 64 -I 128 -O ^filetype", "names 3M -t ext2 -b 1024 -N 800 -O ^dir_index",
    "sparse 4M -t ext2 -b 1024 -N 64",
    "big 12M -t ext2 -b 4096", "xattrs 8M -t ext3 -b 2048 -J size=2 -N 64", "big 16M -t ext3 -b 2048 -I 128 -J size=2",
    "small 4M -t ext3 -b 1024 -J size=1 -N 64", "xattrs 6M -t ext4 -b 2048 -N 64",
    "xattrs 24M -t ext4 -b 4096", "names 24M -t ext4 -b 4096 -N 800 -O inline_data,large_dir", "deep 24M -t ext4 -b 4096 -O inline_data",
    "sparse 24M -t ext4 -b 4096 -O bigalloc -C 65536",
    "xattrs 12M -t ext4 -b 2048 -O bigalloc -C 8192 -J size=2", "big 16M -t ext4 -b 1024 -O ^resize_inode,meta_bg -J size=1",
    "big 16M -t ext4 -b 1024 -O sparse_super2,^resize_inode -J size=1",
    "big 16M -t ext4 -b 1024 -O ^flex_bg,^64bit -J size=1", "big 16M -t ext4 -b 1024 -g 1024 -O ^metadata_csum,uninit_bg -J size=1",
    "big 12M -t ext4 -b 1024 -g 512 -O ^has_journal",
    "xattrs 4M -t ext4 -b 1024 -O ea_inode,^has_journal -N 128",
    "xattrs 4M -t ext4 -b 2048 -O quota,project,metadata_csum_seed,^has_journal -I 512 -N 64",
    "xattrs 4M -t ext4 -b 2048 -O mmp,^has_journal -N 64", "xattrs 8M -t ext4 -b 2048 -O orphan_file -J size=2 -N 64",
    "plain 8M -t ext4 -b 65536 -N 64 -O ^has_journal", "names 72M -t ext4 -b 65536 -N 1024 -O ^has_journal",
    "plain 4M -t ext4 -b 2048 -O casefold,^has_journal -N 64",
    "xattrs 8M -t ext4 -b 2048 -O fast_commit -J size=3 -N 64", "big 12M -t ext4 -b 1024 -O ^extent,^64bit -J size=1",
    "xattrs 4M -t ext2 -r 0 -b 2048 -N 64",
};
enum { VARIANTS = sizeof variants / sizeof *variants };

/* What debugfs unpacks: contents, modes, owners and times of files; it makes no devices. */
static tree_t tree_of_debugfs(const char *image) { return tree_of_command(image, "/sbin/debugfs -R 'rdump / .' \"$1\" > /dev/null 2>&1"); }

/* debugfs makes no devices and sockets. */
static bool only_files(const char *variant) { return strncmp(variant, "small", 5) != 0 && strncmp(variant, "xattrs", 6) != 0 &&
    strncmp(variant, "big", 3) != 0; }

static void every_variant_opens_to_what_the_kernel_sees(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t i = 0; i < VARIANTS; i++) {
        sample_t sample  = sample_build("ext4", variants[i]);
        tree_t   tree    = {0};
        bool     mounted = tree_of_mounted(sample.path, "ext4,noload", &tree);
        if (!mounted && only_files(variants[i]))
            tree = tree_of_debugfs(sample.path);
        if (tree.count > 0) {
            assert_opens_to("ext4", sample_span(&sample), &tree, mounted ? ALL : 0, 1000000);
            compared++;
        }
        print_message("%s: %zu entries as %s\n", variants[i], tree.count, mounted ? "the kernel sees it" : tree.count > 0 ? "debugfs sees it"
            : "nothing here can see it");
        tree_free(&tree);
        sample_free(&sample);
    }
    assert_true(compared > 0);
}

/* ---- helpers ---- */

/* The number that a shell command prints; it finds the image as $1. */
static uint64_t number_of(const char *image, const char *command)
{
    char line[2048], text[64] = "";
    (void)snprintf(line, sizeof line, "set -- '%s'; %s", image, command);
    FILE *out = popen(line, "r");
    assert_non_null(out);
    if (fgets(text, sizeof text, out) == NULL)
        fail_msg("no answer: %s", command);
    assert_int_equal(pclose(out), 0);
    return strtoull(text, NULL, 0);
}

/* The sample after debugfs did this to it. */
static sample_t changed_by_debugfs(const char *variant, const char *commands)
{
    char directory[1024], path[1100];
    scratch_make(directory);
    sample_t before = sample_build("ext4", variant);
    (void)snprintf(path, sizeof path, "%s/image", directory);
    run("cp '%s' '%s' && printf '%s' > '%s.commands' && /sbin/debugfs -w -f '%s.commands' '%s' > '%s.log' 2>&1", before.path, path, commands, path,
        path, path, path);
    sample_t after = sample_read(path);
    sample_free(&before);
    scratch_remove(directory);
    return after;
}

static extraction_t with_deleted(span_t image)
{
    limits_t limits = limits_default();
    limits.deleted  = true;
    return extraction_with("ext4", image, &limits);
}

static bool says(const sayings_t *sayings, const char *what)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, what) != NULL)
            return true;
    return false;
}

static void assert_damage(const extraction_t *e, const char *what)
{
    if (!says(&e->damage, what))
        fail_msg("no damage says \"%s\", the first of %zu is: %s", what, e->damage.count, e->damage.count > 0 ? e->damage.sayings[0].what : "-");
}

/* ---- the journal ---- */

static void a_dirty_file_system_is_seen_as_after_recovery(void **state)
{
    (void)state;
    static const char *const kinds[] = {"dirty", "dirty-v1", "dirty-v2", "dirty-64"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char     directory[1024], copy[1100];
        tree_t   tree;
        sample_t sample = sample_build("ext4", kinds[i]);
        scratch_make(directory);
        (void)snprintf(copy, sizeof copy, "%s/image", directory);
        /* e2fsck replays as the kernel does, without needing a mount that may write. */
        (void)run_status("cp '%s' '%s' && /sbin/e2fsck -E journal_only -fy '%s' > '%s.log' 2>&1", sample.path, copy, copy, copy);
        bool mounted = tree_of_mounted(copy, "ext4", &tree);
        if (!mounted)
            tree = tree_of_debugfs(copy);
        assert_non_null(tree_entry(&tree, "etc/new"));
        assert_null(tree_entry(&tree, "etc/passwd"));
        assert_opens_to("ext4", sample_span(&sample), &tree, mounted ? ALL : 0, 995000);
        extraction_t e = extraction_of("ext4", sample_span(&sample));
        assert_non_null(strstr(extraction_fact(&e, "ext4.journal"), "transactions not written back"));
        assert_true(says(&e.notes, "not unmounted cleanly"));
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void a_damaged_transaction_is_not_applied_and_those_before_it_are(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ext4", "dirty");
    uint64_t     start  = number_of(sample.path, "/sbin/debugfs -R 'bmap <8> 0' \"$1\" 2> /dev/null");
    extraction_t whole  = extraction_of("ext4", sample_span(&sample));
    uint64_t     last   = 0;
    for (uint64_t at = start * 1024; at + 1024 <= sample.size && at < (start + 200) * 1024; at += 1024) { /* the last commit block */
        reader_t r = reader_at(sample_span(&sample), at);
        if (read_be32(&r) == 0xC03B3998 && read_be32(&r) == 2)
            last = at;
    }
    assert_true(last > 0);
    sample.at[last + 20] ^= 1;
    extraction_t e = extraction_of("ext4", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_damage(&e, "a transaction in the journal is damaged");
    assert_non_null(strstr(extraction_fact(&e, "ext4.journal"), "damaged"));
    assert_string_not_equal(extraction_fact(&e, "ext4.journal"), extraction_fact(&whole, "ext4.journal"));
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

/* ---- facts ---- */

static void facts_say_what_the_superblock_says(void **state)
{
    (void)state;
    static const struct { const char *variant, *key, *value; } cases[] = {
        {"small", "ext4.generation", "ext4"}, {"small", "ext4.label", "sample"}, {"small", "ext4.uuid", "01234567-89ab-4cde-8f01-23456789abcd"},
        {"small", "ext4.created", "2020-09-13T12:26:40Z"}, {"small", "ext4.block_size", "1024"}, {"small", "ext4.state", "clean"},
        {"small", "ext4.features", "ext_attr dir_index extents filetype"}, {"small 4M -t ext3 -b 1024 -J size=1 -N 64", "ext4.generation", "ext3"},
        {"small 4M -t ext3 -b 1024 -J size=1 -N 64", "ext4.journal", "clean"}, {"sparse 4M -t ext2 -b 1024 -N 64", "ext4.generation", "ext2"},
        {"dirty", "ext4.state", "not unmounted cleanly"}, {"encrypted", "ext4.encrypted", "3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("ext4", cases[i].variant);
        extraction_t e      = extraction_of("ext4", sample_span(&sample));
        const char  *fact   = extraction_fact(&e, cases[i].key);
        bool         good   = fact != NULL && (strcmp(cases[i].key, "ext4.features") == 0 || strcmp(fact, cases[i].value) == 0);
        if (!good)
            fail_msg("%s: %s is %s, expected %s", cases[i].variant, cases[i].key, fact != NULL ? fact : "not told", cases[i].value);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void times_beyond_2038_are_read(void **state)
{
    (void)state;
    sample_t       sample = changed_by_debugfs("small", "sif etc/passwd mtime 20500101000000\\nsif etc/shadow mtime_extra 2\\n");
    extraction_t   e      = extraction_of("ext4", sample_span(&sample));
    const entry_t *passwd = tree_entry(&e.tree, "etc/passwd"), *shadow = tree_entry(&e.tree, "etc/shadow");
    assert_true(passwd->mtime == INT64_C(2524608000));
    assert_true(shadow->mtime == INT64_C(1600000000) + (INT64_C(2) << 32));
    extraction_free(&e);
    sample_free(&sample);
}

/* ---- what no directory leads to ---- */

static void a_file_that_poses_as_a_quota_is_shown(void **state)
{
    (void)state;
    sample_t     sample = changed_by_debugfs("xattrs 4M -t ext4 -b 2048 -O quota,project,metadata_csum_seed,^has_journal -I 512 -N 64",
        "ssv usr_quota_inum 15\\nunlink bin/busybox\\nunlink bin/sh\\nunlink lib/linked\\n");
    extraction_t e      = extraction_of("ext4", sample_span(&sample));
    assert_non_null(tree_entry(&e.tree, "lost+found/inode-15"));
    assert_true(tree_entry(&e.tree, "lost+found/inode-15")->size > 10000);
    extraction_free(&e);
    sample_free(&sample);
}

static void inodes_without_a_name_are_shown_as_lost(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ext4", "orphan");
    char         root[1024];
    tree_directory("plain", root);
    tree_t       plain = tree_of_directory(root);
    extraction_t e     = extraction_of("ext4", sample_span(&sample));
    size_t       found = 0;
    assert_damage(&e, "no directory leads to some inodes");
    assert_null(tree_entry(&e.tree, "etc"));
    for (size_t i = 0; i < e.tree.count; i++) {
        const entry_t *entry = &e.tree.entries[i];
        if (strstr(entry->path, "lost+found/inode-") == NULL)
            continue;
        const char    *rest = strchr(entry->path + strlen("lost+found/inode-"), '/');
        char           name[256];
        (void)snprintf(name, sizeof name, "etc%s", rest != NULL ? rest : "");
        const entry_t *was = tree_entry(&plain, entry->type == CHILD_FILE && rest == NULL ? "bin/busybox" : name);
        assert_non_null(was);
        assert_true(sha256_equal(&was->sha256, &entry->sha256));
        found++;
    }
    assert_int_equal(found, 7); /* busybox; etc, etc/init.d and four files */
    extraction_free(&e);
    tree_free(&plain);
    sample_free(&sample);
}

static void deleted_files_are_shown_on_request_with_what_icat_reads(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ext4", "deleted");
    extraction_t live   = extraction_of("ext4", sample_span(&sample)), e = with_deleted(sample_span(&sample));
    size_t       compared = 0;
    assert_true(e.tree.count > live.tree.count);
    for (size_t i = 0; i < live.tree.count; i++)
        assert_null(strstr(live.tree.entries[i].path, "[deleted]"));
    assert_non_null(tree_entry(&e.tree, "[deleted]/inode-18/etc/init.d/rcS"));
    assert_non_null(tree_entry(&e.tree, "[deleted]/inode-23/lib/a.so"));
    for (size_t i = 0; i < e.tree.count; i++) {
        const entry_t *entry = &e.tree.entries[i];
        char           command[256];
        if (strncmp(entry->path, "[deleted]/inode-", 16) != 0 || entry->type != CHILD_FILE || entry->damaged)
            continue;
        (void)snprintf(command, sizeof command, "icat \"$1\" %lu > deleted", strtoul(entry->path + 16, NULL, 10));
        tree_t tree = tree_of_command(sample.path, command);
        assert_true(sha256_equal(&tree_entry(&tree, "deleted")->sha256, &entry->sha256));
        tree_free(&tree);
        compared++;
    }
    assert_true(compared >= 2);
    extraction_free(&e);
    extraction_free(&live);
    sample_free(&sample);
}

/* ext4 wipes the map of a deleted file, but its journal often holds the inode from before. */
static void a_file_that_the_kernel_deleted_is_found_through_the_journal(void **state)
{
    (void)state;
    char directory[1024], copy[1100];
    scratch_make(directory);
    sample_t sample = sample_build("ext4", "plain 8M -t ext4 -b 1024 -N 64 -J size=1");
    (void)snprintf(copy, sizeof copy, "%s/image", directory);
    run("cp '%s' '%s' && mkdir '%s/m'", sample.path, copy, directory);
    if (run_status("mount -o loop '%s' '%s/m' 2> /dev/null", copy, directory) != 0) {
        print_message("this machine cannot mount an ext4: skipped\n");
        scratch_remove(directory);
        sample_free(&sample);
        skip();
    }
    run("cd '%s/m' && seq 1 3000 > etc/secret && sync -f . && rm etc/secret && sync -f . && cd .. && umount m", directory);
    sample_t     after = sample_read(copy);
    extraction_t e     = with_deleted(sample_span(&after));
    tree_t       tree  = tree_of_command(copy, "seq 1 3000 > secret");
    size_t       found = 0;
    for (size_t i = 0; i < e.tree.count; i++) {
        const char *name = strrchr(e.tree.entries[i].path, '/');
        if (strncmp(e.tree.entries[i].path, "[deleted]/", 10) == 0 && name != NULL && strcmp(name, "/secret") == 0) {
            assert_true(sha256_equal(&e.tree.entries[i].sha256, &tree.entries[0].sha256));
            found++;
        }
    }
    assert_int_equal(found, 1);
    tree_free(&tree);
    extraction_free(&e);
    sample_free(&after);
    sample_free(&sample);
    scratch_remove(directory);
}

static void encrypted_files_are_named_and_their_ciphertext_is_whole_blocks(void **state)
{
    (void)state;
    sample_t       sample = sample_build("ext4", "encrypted");
    extraction_t   e      = extraction_of("ext4", sample_span(&sample));
    const entry_t *file   = tree_entry(&e.tree, "bin/busybox");
    assert_non_null(file);
    assert_int_equal(file->size % 1024, 0);
    assert_true(file->damaged && e.limits.count == 3);
    extraction_free(&e);
    sample_free(&sample);
}

/* ---- damage ---- */

#define LARGE "big 16M -t ext4 -b 1024 -O ^flex_bg,^64bit -J size=1"

static void a_lost_superblock_and_lost_descriptors_are_replaced_by_their_backups(void **state)
{
    (void)state;
    static const struct { uint64_t at, length; const char *what; } cases[] = {
        {1024, 1024, "the backup in group 1 was used"}, {1024 + 4, 1, "the backup in group 1 was used"},
        {1024 + 0x38, 2, "the backup in group 1 was used"},
        {2048, 64, "group descriptors are damaged: a backup was used"}, {0, 4096, "the backup in group 1 was used"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("ext4", LARGE);
        extraction_t whole  = extraction_of("ext4", sample_span(&sample));
        for (uint64_t n = 0; n < cases[i].length; n++)
            sample.at[cases[i].at + n] = cases[i].length < 1024 ? sample.at[cases[i].at + n] ^ 0x5A : 0;
        extraction_t e = extraction_of("ext4", sample_span(&sample));
        assert_true(status_ok(e.status) && e.bits >= BITS_AT_START);
        assert_same_tree(&e.tree, &whole.tree, ALL);
        assert_damage(&e, cases[i].what);
        extraction_free(&e);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static void each_checksum_that_does_not_hold_is_told_where_it_stands(void **state)
{
    (void)state;
    static const struct { const char *variant, *place, *what; uint64_t offset; } cases[] = {
        {"small", "echo 1", "superblock", 0x78}, /* the label */
        {LARGE, "/sbin/dumpe2fs \"$1\" 2> /dev/null | sed -n 's/^  Block bitmap at \\([0-9]*\\).*/\\1/p' | head -n 1", "bitmap of blocks", 900},
        {LARGE, "/sbin/dumpe2fs \"$1\" 2> /dev/null | sed -n 's/.*Inode bitmap at \\([0-9]*\\).*/\\1/p' | head -n 1", "bitmap of inodes", 20},
        {LARGE, "/sbin/debugfs -R 'imap etc' \"$1\" 2> /dev/null | sed -n 's/.*located at block \\([0-9]*\\), offset.*/\\1/p'", "inode", 0},
        {LARGE, "/sbin/debugfs -R 'bmap etc 0' \"$1\" 2> /dev/null", "block of a directory", 1020},
        {"sparse 4M -t ext4 -b 1024 -N 64 -O ^has_journal", "/sbin/debugfs -R 'ex many-holes' \"$1\" 2> /dev/null | awk '$1 == \"0/\" { print $(NF - 1) }'", "block of extents", 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t sample = sample_build("ext4", cases[i].variant);
        uint64_t block  = number_of(sample.path, cases[i].place), at = block * 1024 + cases[i].offset;
        if (strcmp(cases[i].what, "inode") == 0) /* the first of the block is as good */
            at += 8;
        assert_true(block > 0 && at < sample.size);
        sample.at[at] ^= 1;
        extraction_t e    = extraction_of("ext4", sample_span(&sample));
        bool         told = false;
        for (size_t n = 0; n < e.damage.count; n++) {
            const saying_t *d = &e.damage.sayings[n];
            told = told || (strstr(d->what, cases[i].what) != NULL && strstr(d->what, "checksum") != NULL && d->offset <= at &&
                at < d->offset + d->length);
        }
        if (!told)
            fail_msg("no checksum of a %s is told: %zu damages", cases[i].what, e.damage.count);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void cut_images_say_what_is_lost(void **state)
{
    (void)state;
    static const char *const cut[] = {"small", LARGE, "xattrs 8M -t ext3 -b 2048 -J size=2 -N 64",
        "names 24M -t ext4 -b 4096 -N 800 -O inline_data,large_dir"};
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        sample_t sample = sample_build("ext4", cut[i]);
        assert_cuts_are_told("ext4", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_flipped_data_block_spoils_one_file(void **state)
{
    (void)state;
    sample_t       sample = sample_build("ext4", LARGE);
    extraction_t   e      = extraction_of("ext4", sample_span(&sample));
    const entry_t *text   = tree_entry(&e.tree, "text");
    assert_non_null(text);
    assert_flip_spoils_at_most("ext4", sample_span(&sample), text->at_offset + 5000, 64, 1, true);
    extraction_free(&e);
    sample_free(&sample);
}

/* ---- hostile ---- */

static void a_directory_inside_itself_is_not_entered_again(void **state)
{
    (void)state;
    sample_t     sample = changed_by_debugfs("small", "ln etc etc/init.d/loop\\nln . lib/up\\n");
    extraction_t e      = extraction_of("ext4", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_damage(&e, "a directory stands in more than one place");
    assert_non_null(tree_entry(&e.tree, "etc/init.d/loop"));
    assert_true(e.tree.count < 100);
    extraction_free(&e);
    sample_free(&sample);
}

static void invented_sizes_cost_nothing(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "sif bin/tool size 0x7fffffffffff\\n", "sif etc size 0x7fffffffffff\\n",
        "sif bin/tool size 0x7fffffffffff\\nsif bin/tool flags 0\\nsif bin/tool block[14] 30\\n",
        "ssv inodes_count 0xffffffff\\n", "ssv blocks_count 0xfffffffffff\\n", "ssv inodes_per_group 8192\\n", "ssv blocks_per_group 8\\n",
        "ssv desc_size 1024\\n",
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        sample_t     sample = changed_by_debugfs("small", commands[i]);
        extraction_t e      = extraction_of("ext4", sample_span(&sample));
        uint64_t     bytes  = 0;
        for (size_t n = 0; n < e.tree.count; n++)
            bytes += e.tree.entries[n].size;
        print_message("%s: %zu entries, %zu damages, %zu limits, %llu bytes\n", commands[i], e.tree.count, e.damage.count, e.limits.count,
            (unsigned long long)bytes);
        assert_true(!status_ok(e.status) || e.damage.count + e.limits.count > 0);
        assert_true(bytes < 256 << 20);
        extraction_free(&e);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_what_the_kernel_sees),
        cmocka_unit_test(a_dirty_file_system_is_seen_as_after_recovery),
        cmocka_unit_test(a_damaged_transaction_is_not_applied_and_those_before_it_are),
        cmocka_unit_test(facts_say_what_the_superblock_says),
        cmocka_unit_test(times_beyond_2038_are_read),
        cmocka_unit_test(a_file_that_poses_as_a_quota_is_shown),
        cmocka_unit_test(inodes_without_a_name_are_shown_as_lost),
        cmocka_unit_test(deleted_files_are_shown_on_request_with_what_icat_reads),
        cmocka_unit_test(a_file_that_the_kernel_deleted_is_found_through_the_journal),
        cmocka_unit_test(encrypted_files_are_named_and_their_ciphertext_is_whole_blocks),
        cmocka_unit_test(a_lost_superblock_and_lost_descriptors_are_replaced_by_their_backups),
        cmocka_unit_test(each_checksum_that_does_not_hold_is_told_where_it_stands),
        cmocka_unit_test(cut_images_say_what_is_lost),
        cmocka_unit_test(a_flipped_data_block_spoils_one_file),
        cmocka_unit_test(a_directory_inside_itself_is_not_entered_again),
        cmocka_unit_test(invented_sizes_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
