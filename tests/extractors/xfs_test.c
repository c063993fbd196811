/* Oracle: the kernel, which mounts version 5. It no longer mounts version 4: there the tree that mkfs.xfs copied in counts, and that the
 * same reader opens the same content in version 5 as the kernel does; extended attributes of version 4 are set by xfs_db, and their names
 * and lengths are known. */
#include "support/filesystem.h"

#include "extractors/crc32c.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALL = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS | COMPARE_DEVICES, GROUP = 16 << 20 };

static uint32_t be32(const uint8_t *at) { return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]; }

/* The checksum in its place again, so that what is tested is what lies behind it. */
static void seal(uint8_t *at, size_t size, size_t field)
{
    uint32_t crc = crc32c_without(span_from(at, size), field);
    for (size_t i = 0; i < 4; i++)
        at[field + i] = (uint8_t)(crc >> 8 * i);
}

static bool kernel_mounts_xfs(void)
{
    sample_t sample = sample_build("xfs", "");
    tree_t   tree;
    bool     mounts = tree_of_mounted(sample.path, "xfs", &tree);
    if (mounts)
        tree_free(&tree);
    sample_free(&sample);
    return mounts;
}

static void the_crc_is_that_of_castagnoli(void **state)
{
    (void)state;
    assert_int_equal(crc32c(0, span_from_text("123456789")), 0xE3069283);
    assert_int_equal(crc32c(crc32c(0, span_from_text("1234")), span_from_text("56789")), 0xE3069283);
    static const uint8_t zeros[32];
    assert_int_equal(crc32c(0, span_from(zeros, sizeof zeros)), 0x8A9136AA);
}

static void every_variant_opens_to_what_the_kernel_sees(void **state)
{
    (void)state;
    static const char *const variants[] = {
        "", "proto -m bigtime=0 -m finobt=0,inobtcount=0 -m reflink=0", "proto -b size=1024", "proto -b size=2048 -i size=1024",
        "proto -i nrext64=1 -m rmapbt=1", "many", "many -b size=1024 -n size=4096",
        "xattrs", "names -n size=16384", "deep", "sparse", "one", "empty", "big", "rich", "rich -m reflink=1,rmapbt=1 -m bigtime=0",
        "rich -b size=1024 -n size=8192 -i nrext64=1",
        "rich -i size=1024,sparse=0 -b size=2048 -m rmapbt=1", "deleted",
    };
    if (!kernel_mounts_xfs())
        skip();
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("xfs", variants[i]);
        tree_t   tree;
        assert_true(tree_of_mounted(sample.path, "xfs", &tree));
        print_message("xfs %s: %zu entries\n", variants[i], tree.count);
        assert_opens_to("xfs", sample_span(&sample), &tree, ALL, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

/* mkfs.xfs makes no sockets and no sticky bits from a prototype, and sets the time itself. */
static void version_4_opens_to_the_tree_it_was_made_from(void **state)
{
    (void)state;
    static const char *const variants[] = {"proto -m crc=0", "proto -m crc=0 -n ftype=0 -b size=512",
        "proto -m crc=0 -i size=256,attr=1 -b size=1024 -n size=8192"};
    char directory[1024], command[1200];
    tree_directory("small", directory);
    (void)snprintf(command, sizeof command, "cp -a '%s'/. . && rm dev/log && chmod 777 lib/empty", directory);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t sample = sample_build("xfs", variants[i]);
        tree_t   tree   = tree_of_command(sample.path, command);
        assert_opens_to("xfs", sample_span(&sample), &tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_DEVICES, 995000);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static size_t lines_of(const char *text)
{
    size_t count = 0;
    for (; text != NULL && *text != 0; text++)
        count += *text == '\n';
    return count;
}

static void version_4_opens_to_the_same_as_version_5(void **state)
{
    (void)state;
    static const char *const variants[] = {"many -m crc=0", "many -m crc=0 -n ftype=0 -b size=512 -i size=256",
        "many -m crc=0 -b size=1024 -n size=8192"};
    sample_t     five  = sample_build("xfs", "many");
    extraction_t right = extraction_of("xfs", sample_span(&five));
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sample_t four = sample_build("xfs", variants[i]);
        assert_opens_to("xfs", sample_span(&four), &right.tree, COMPARE_MODE | COMPARE_OWNER | COMPARE_XATTRS | COMPARE_DEVICES, 995000);
        sample_free(&four);
    }
    assert_true(right.tree.count > 1440);
    assert_int_equal(lines_of(tree_entry(&right.tree, "bin/tool")->xattrs), 43);
    assert_int_equal(strlen(tree_entry(&right.tree, "long-link")->link), 330);
    extraction_free(&right);
    sample_free(&five);
}

static void facts_say_what_the_superblock_says(void **state)
{
    (void)state;
    sample_t     sample = sample_build("xfs", "proto -L label -m rmapbt=1");
    extraction_t e      = extraction_of("xfs", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "xfs.version"), "5");
    assert_string_equal(extraction_fact(&e, "xfs.label"), "label");
    assert_string_equal(extraction_fact(&e, "xfs.uuid"), "5ca1ab1e-0000-4000-8000-00000000f5f5");
    assert_string_equal(extraction_fact(&e, "xfs.log"), "clean");
    assert_non_null(strstr(extraction_fact(&e, "xfs.features"), "rmapbt"));
    assert_int_equal(e.extent, sample.size);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_image_says_what_is_lost(void **state)
{
    (void)state;
    sample_t sample = sample_build("xfs", "");
    assert_cuts_are_told("xfs", sample_span(&sample), sample.size);
    assert_cuts_are_told("xfs", sample_span(&sample), 2 << 20); /* where the files are */
    sample_free(&sample);
}

static const entry_t *entry_of(const extraction_t *e, const char *path)
{
    const entry_t *entry = tree_entry(&e->tree, path);
    if (entry == NULL)
        fail_msg("there is no %s", path);
    return entry;
}

/* The inode's number and place, as the short form entry in the root directory has it: the name is looked for. */
static size_t find_bytes(const sample_t *sample, const char *text, size_t from)
{
    const uint8_t *found = memmem(sample->at + from, sample->size - from, text, strlen(text));
    assert_non_null(found);
    return (size_t)(found - sample->at);
}

static void flips_spoil_what_they_hit_and_are_told(void **state)
{
    (void)state;
    sample_t     sample = sample_build("xfs", "");
    extraction_t whole  = extraction_of("xfs", sample_span(&sample));
    /* XFS has no checksums of data: such a flip spoils one file, and nothing can say so. */
    assert_flip_spoils_at_most("xfs", sample_span(&sample), entry_of(&whole, "bin/tool")->at_offset + 10, 100, 1, true);
    /* Superblock, headers, the root of the tree of inodes: all is still found. */
    static const size_t places[] = {110, 512 + 16, 512 + 40, 1024 + 20, 1024 + 100, 1536 + 40};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        assert_flip_spoils_at_most("xfs", sample_span(&sample), places[i], 4, 0, false);
    /* The name of a directory in the root's inode: that inode's checksum does not hold. */
    size_t name = find_bytes(&sample, "dev", 0);
    assert_flip_spoils_at_most("xfs", sample_span(&sample), name, 1, 12, false);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_copy_serves_where_the_superblock_is_damaged(void **state)
{
    (void)state;
    sample_t     sample = sample_build("xfs", "proto size=32M -d agcount=2");
    extraction_t whole  = extraction_of("xfs", sample_span(&sample));
    memset(sample.at, 0xAA, 512);
    extraction_t e = extraction_of("xfs", sample_span(&sample));
    assert_true(e.bits >= BITS_ELSEWHERE && status_ok(e.status));
    assert_int_equal(e.damage.count, 1);
    assert_same_tree(&e.tree, &whole.tree, ALL);
    /* But the copy itself is not the start of a file system. */
    extraction_t second = extraction_of("xfs", span_from(sample.at + GROUP, sample.size - GROUP));
    assert_int_equal(second.bits, 0);
    extraction_free(&second);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void inodes_that_no_directory_leads_to_are_found(void **state)
{
    (void)state;
    sample_t     sample = sample_build("xfs", "");
    extraction_t whole  = extraction_of("xfs", sample_span(&sample));
    reader_t     r      = reader_at(sample_span(&sample), 56);
    uint64_t     root   = read_be64(&r);
    uint8_t     *inode  = sample.at + root * 512; /* one allocation group, inodes of 512 bytes */
    assert_memory_equal(inode, "IN", 2);
    inode[176] = 0; /* entries of the root directory */
    seal(inode, 512, 100);
    extraction_t e = extraction_of("xfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0);
    assert_int_equal(e.tree.count, whole.tree.count);
    size_t found = 0;
    for (size_t i = 0; i < whole.tree.count; i++)
        for (size_t n = 0; n < e.tree.count; n++)
            if (whole.tree.entries[i].size > 0 && sha256_equal(&whole.tree.entries[i].sha256, &e.tree.entries[n].sha256)) {
                found++;
                break;
            }
    assert_true(found >= 10);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_dirty_log_and_a_file_without_a_name_are_told(void **state)
{
    (void)state;
    if (!kernel_mounts_xfs())
        skip();
    sample_t     sample = sample_build("xfs", "open");
    extraction_t e      = extraction_of("xfs", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "xfs.log"), "dirty");
    assert_int_equal(e.limits.count, 1);
    assert_non_null(tree_entry(&e.tree, "bin/small-tool"));
    extraction_free(&e);
    sample_free(&sample);
}

static void deleted_files_are_shown_in_lab_mode_only(void **state)
{
    (void)state;
    if (!kernel_mounts_xfs())
        skip();
    sample_t     sample = sample_build("xfs", "deleted");
    limits_t     limits = limits_default();
    extraction_t e      = extraction_with("xfs", sample_span(&sample), &limits);
    size_t       live   = e.tree.count;
    extraction_free(&e);
    limits.deleted = true;
    e              = extraction_with("xfs", sample_span(&sample), &limits);
    assert_true(e.tree.count > live);
    size_t shown = 0;
    for (size_t i = 0; i < e.tree.count; i++)
        shown += strncmp(e.tree.entries[i].path, "[deleted]/", 10) == 0 && e.tree.entries[i].size >= 50000;
    assert_int_equal(shown, 1);
    extraction_free(&e);
    sample_free(&sample);
}

/* A tree of inodes whose root names itself, a tree of extents that leads back to its start, a directory inside itself. */
static void cycles_end_and_are_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("xfs", "");
    uint32_t root   = be32(sample.at + 1024 + 20);
    uint8_t *block  = sample.at + (size_t)root * 4096;
    assert_memory_equal(block, "IAB3", 4);
    block[5] = 1; /* level; keys of 4 and pointers of 4 bytes follow */
    block[7] = 100;
    for (size_t i = 0; i < 100; i++)
        memcpy(block + 56 + (4096 - 56) / 8 * 4 + i * 4, sample.at + 1024 + 20, 4);
    seal(block, 4096, 52);
    sample.at[1024 + 24 + 3] = 2; /* levels */
    seal(sample.at + 1024, 512, 312);
    extraction_t e = extraction_of("xfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.damage.count > 0);
    assert_non_null(tree_entry(&e.tree, "bin/tool"));
    extraction_free(&e);
    sample_free(&sample);

    sample        = sample_build("xfs", "");
    reader_t r    = reader_at(sample_span(&sample), 56);
    uint64_t ino  = read_be64(&r);
    size_t   name = find_bytes(&sample, "lib", (size_t)ino * 512);
    for (size_t i = 0; i < 4; i++) /* behind the name: type, inode of 4 bytes */
        sample.at[name + 4 + i] = (uint8_t)(ino >> (24 - 8 * i));
    seal(sample.at + ino * 512, 512, 100);
    e = extraction_of("xfs", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(entry_of(&e, "lib")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

/* The inode of the regular file that is this long. */
static uint8_t *inode_of_size(const sample_t *sample, uint64_t size)
{
    for (size_t at = 0; at + 512 <= sample->size; at += 512) {
        reader_t r = reader_at(sample_span(sample), at + 56);
        if (memcmp(sample->at + at, "IN", 2) == 0 && (sample->at[at + 2] & 0xF0) == 0x80 && read_be64(&r) == size)
            return sample->at + at;
    }
    fail_msg("no inode is %llu bytes long", (unsigned long long)size);
    return NULL;
}

/* This kernel has no realtime volumes, so the flag is set by hand. */
static void a_file_on_the_realtime_volume_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("xfs", "");
    uint8_t *inode  = inode_of_size(&sample, 9000);
    inode[91] |= 1;
    seal(inode, 512, 100);
    extraction_t e = extraction_of("xfs", sample_span(&sample));
    assert_true(status_ok(e.status) && entry_of(&e, "bin/tool")->damaged);
    assert_non_null(strstr(e.damage.sayings[0].what, "realtime"));
    extraction_free(&e);
    sample_free(&sample);
}

/* Quotas and the realtime bitmap are files that no directory holds: they are structure, not lost files. */
static void inodes_of_the_file_system_itself_are_structure(void **state)
{
    (void)state;
    sample_t sample = sample_build("xfs", "");
    uint8_t *inode  = inode_of_size(&sample, 9000);
    reader_t r      = reader_at(span_from(inode, 512), 152);
    uint64_t number = read_be64(&r);
    for (size_t i = 0; i < 8; i++)
        sample.at[160 + i] = (uint8_t)(number >> (56 - 8 * i)); /* quotas of users */
    seal(sample.at, 512, 224);
    uint8_t *directory = sample.at + find_bytes(&sample, "small-tool", 0) / 512 * 512; /* bin, whose entries stand in its inode */
    assert_memory_equal(directory, "IN", 2);
    directory[176]     = 0;
    seal(directory, 512, 100);
    extraction_t e     = extraction_of("xfs", sample_span(&sample));
    size_t       lost  = 0, found = 0;
    assert_true(status_ok(e.status) && e.damage.count == 1);
    for (size_t i = 0; i < e.tree.count; i++) {
        lost += strncmp(e.tree.entries[i].path, "lost+found/", 11) == 0;
        found += e.tree.entries[i].size == 9000;
    }
    assert_true(lost >= 3 && found == 0); /* the others of the directory, but not this one */
    extraction_free(&e);
    sample_free(&sample);
}

static void extents_that_go_back_or_out_spoil_one_file(void **state)
{
    (void)state;
    static const struct { const char *name; uint8_t at, value; } cases[] = {{"behind the file system", 12, 0xFF}, {"no blocks", 15, 0}, {"offset", 2, 0x70}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("xfs", "");
        extraction_t whole  = extraction_of("xfs", sample_span(&sample));
        uint8_t     *inode  = inode_of_size(&sample, 9000);
        inode[176 + cases[i].at] = cases[i].value;
        if (cases[i].at == 15)
            inode[176 + 14] = 0;
        seal(inode, 512, 100);
        extraction_t e = extraction_of("xfs", sample_span(&sample));
        assert_true(status_ok(e.status));
        for (size_t n = 0; n < whole.tree.count; n++) {
            const entry_t *is = entry_of(&e, whole.tree.entries[n].path);
            if (sha256_equal(&is->sha256, &whole.tree.entries[n].sha256) == (strcmp(is->path, "bin/tool") == 0))
                fail_msg("%s: %s", cases[i].name, is->path);
        }
        extraction_free(&e);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

static void invented_sizes_are_bounded(void **state)
{
    (void)state;
    sample_t     sample = sample_build("xfs", "");
    reader_t     r      = reader_at(sample_span(&sample), 56);
    uint64_t     root   = read_be64(&r);
    /* Every inode in use claims to be 8 EiB long. */
    for (uint64_t n = root; n < root + 32; n++) {
        uint8_t *inode = sample.at + n * 512;
        if (memcmp(inode, "IN", 2) != 0 || (inode[2] & 0xF0) != 0x80)
            continue;
        memset(inode + 56, 0x7F, 8);
        seal(inode, 512, 100);
    }
    extraction_t e = extraction_of("xfs", sample_span(&sample));
    assert_true(status_ok(e.status) && e.limits.count > 0);
    assert_true(entry_of(&e, "bin/tool")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_crc_is_that_of_castagnoli),
        cmocka_unit_test(every_variant_opens_to_what_the_kernel_sees),
        cmocka_unit_test(version_4_opens_to_the_tree_it_was_made_from),
        cmocka_unit_test(version_4_opens_to_the_same_as_version_5),
        cmocka_unit_test(facts_say_what_the_superblock_says),
        cmocka_unit_test(a_cut_image_says_what_is_lost),
        cmocka_unit_test(flips_spoil_what_they_hit_and_are_told),
        cmocka_unit_test(a_copy_serves_where_the_superblock_is_damaged),
        cmocka_unit_test(inodes_that_no_directory_leads_to_are_found),
        cmocka_unit_test(a_dirty_log_and_a_file_without_a_name_are_told),
        cmocka_unit_test(deleted_files_are_shown_in_lab_mode_only),
        cmocka_unit_test(cycles_end_and_are_told),
        cmocka_unit_test(a_file_on_the_realtime_volume_is_told),
        cmocka_unit_test(inodes_of_the_file_system_itself_are_structure),
        cmocka_unit_test(extents_that_go_back_or_out_spoil_one_file),
        cmocka_unit_test(invented_sizes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
