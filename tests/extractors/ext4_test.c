/* Oracles: the kernel, which mounts the image (ext4.ko reads all three), and debugfs and icat for what a mount does not show. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALL = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS | COMPARE_DEVICES };

static const char *const variants[] = {
    "small", "names 3M -t ext4 -b 1024 -N 800 -O inline_data,^has_journal", "deep 2M -t ext4 -b 1024 -N 256 -O inline_data,^has_journal", "empty 256K", "one 256K",
    "xattrs 1M -t ext2 -b 2048 -N 64", "xattrs 1M -t ext2 -b 2048 -N 64 -I 128 -O ^filetype", "names 3M -t ext2 -b 1024 -N 800 -O ^dir_index", "sparse 4M -t ext2 -b 1024 -N 64",
    "big 12M -t ext2 -b 4096", "xattrs 8M -t ext3 -b 2048 -J size=2 -N 64", "big 16M -t ext3 -b 2048 -I 128 -J size=2", "small 4M -t ext3 -b 1024 -J size=1 -N 64", "xattrs 6M -t ext4 -b 2048 -N 64",
    "xattrs 24M -t ext4 -b 4096", "names 24M -t ext4 -b 4096 -N 800 -O inline_data,large_dir", "deep 24M -t ext4 -b 4096 -O inline_data", "sparse 24M -t ext4 -b 4096 -O bigalloc -C 65536",
    "xattrs 12M -t ext4 -b 2048 -O bigalloc -C 8192 -J size=2", "big 16M -t ext4 -b 1024 -O ^resize_inode,meta_bg -J size=1", "big 16M -t ext4 -b 1024 -O sparse_super2,^resize_inode -J size=1",
    "big 16M -t ext4 -b 1024 -O ^flex_bg,^64bit -J size=1", "big 16M -t ext4 -b 1024 -g 1024 -O ^metadata_csum,uninit_bg -J size=1", "big 12M -t ext4 -b 1024 -g 512 -O ^has_journal",
    "xattrs 4M -t ext4 -b 1024 -O ea_inode,^has_journal -N 128", "xattrs 4M -t ext4 -b 2048 -O quota,project,metadata_csum_seed,^has_journal -I 512 -N 64",
    "xattrs 4M -t ext4 -b 2048 -O mmp,^has_journal -N 64", "xattrs 8M -t ext4 -b 2048 -O orphan_file -J size=2 -N 64", "plain 4M -t ext4 -b 2048 -O casefold,^has_journal -N 64",
    "xattrs 8M -t ext4 -b 2048 -O fast_commit -J size=3 -N 64", "big 12M -t ext4 -b 1024 -O ^extent,^64bit -J size=1", "xattrs 4M -t ext2 -r 0 -b 2048 -N 64",
};
enum { VARIANTS = sizeof variants / sizeof *variants };

/* What debugfs unpacks: contents, modes, owners and times of files; it makes no devices. */
static tree_t tree_of_debugfs(const char *image) { return tree_of_command(image, "/sbin/debugfs -R 'rdump / .' \"$1\" > /dev/null 2>&1"); }

/* debugfs makes no devices and sockets. */
static bool only_files(const char *variant) { return strncmp(variant, "small", 5) != 0 && strncmp(variant, "xattrs", 6) != 0 && strncmp(variant, "big", 3) != 0; }

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
        print_message("%s: %zu entries as %s\n", variants[i], tree.count, mounted ? "the kernel sees it" : tree.count > 0 ? "debugfs sees it" : "nothing here can see it");
        tree_free(&tree);
        sample_free(&sample);
    }
    assert_true(compared > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_what_the_kernel_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
