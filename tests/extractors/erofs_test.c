/* EROFS images against what the kernel sees in them, and against fsck.erofs where this machine cannot mount. Images that mkfs.erofs 1.5
 * cannot make come from corpus/samples/erofs-builder.py; for them only the kernel is an oracle (and the builder's own tree). */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static bool kernel_tree(const sample_t *sample, tree_t *tree) { return tree_of_mounted(sample->path, "erofs", tree); }

static void opens_as_the_kernel_says(const char *arguments, uint64_t ppm)
{
    sample_t sample = sample_build("erofs", arguments);
    tree_t   expected;
    unsigned compare = COMPARE_MODE | COMPARE_OWNER | COMPARE_MTIME | COMPARE_XATTRS | COMPARE_DEVICES;
    if (!kernel_tree(&sample, &expected)) {
        expected = tree_of_command(sample.path, "fsck.erofs --extract=. --overwrite \"$1\" > /dev/null");
        compare &= ~(unsigned)COMPARE_XATTRS;
    }
    print_message("erofs %s: %zu bytes, %zu entries\n", arguments, sample.size, expected.count);
    assert_true(expected.count > 0 || strncmp(arguments, "empty", 5) == 0);
    assert_opens_to("erofs", sample_span(&sample), &expected, compare, ppm);
    tree_free(&expected);
    sample_free(&sample);
}

static void every_variant_opens_to_what_the_kernel_sees(void **state)
{
    (void)state;
    static const char *const variants[] = {
        "",
        "xattrs -zlz4",
        "xattrs -zlz4hc,12 -Eforce-inode-extended",
        "small -zlz4hc -Elegacy-compress",
        "small -Eforce-inode-compact -zlz4",
        "big -zlz4hc -C65536",
        "big -zlz4hc -C16384 -Eztailpacking",
        "big -zlz4hc -C65536 -Efragments",
        "big -zlz4hc -C65536 -Efragments,ztailpacking",
        "big -zlz4hc -Eall-fragments",
        "big -zlz4hc -C4096 -Efragments,dedupe",
        "big -zlz4hc -C65536 -Ededupe",
        "big -zlz4hc -C65536 -Eall-fragments,dedupe",
        "big -zlz4hc -C65536 -Elegacy-compress",
        "big -zlz4hc --max-extent-bytes=20000",
        "big --chunksize=4096",
        "sparse --chunksize=65536",
        "sparse --chunksize=16384 -Eforce-chunk-indexes",
        "sparse --chunksize=16384 -Eforce-inode-blockmap",
        "sparse -zlz4hc -C65536",
        "xattrs -x0",
        "xattrs -Enoinline_data",
        "names -zlz4",
        "names",
        "deep -zlz4hc",
        "empty",
        "one",
        "one -zlz4hc -Eall-fragments",
    };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        opens_as_the_kernel_says(variants[i], 995000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_opens_to_what_the_kernel_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
