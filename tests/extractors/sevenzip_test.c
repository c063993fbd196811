#include "extractors/archive_common.h"
#include "support/archive_oracle.h"

#include <stdio.h>

#define UNPACK "TZ=UTC 7z x -bso0 -bsp0 -snl \"$1\""

static void every_coder_yields_what_7z_unpacks(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "lzma", "copy", "bcj2", "ppmd", "bzip2", "deflate", "blocks", "plain-header"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        assert_unpacks_as("7z", variants[i], UNPACK, COMPARE_MODE | COMPARE_MTIME);
}

static void encrypted_content_is_said_member_by_member(void **state)
{
    (void)state;
    sample_t     sample = sample_build("7z", "encrypted");
    extraction_t e      = extraction_of("7z", sample_span(&sample));
    assert_true(said(&e.damage, "encrypted"));
    const entry_t *tool = tree_entry(&e.tree, "bin/tool");
    assert_non_null(tool);
    assert_int_equal(tool->size, 0);
    assert_true(tool->damaged);
    assert_non_null(tree_entry(&e.tree, "etc/passwd"));
    extraction_free(&e);
    sample_free(&sample);
}

static void an_encrypted_header_is_said(void **state)
{
    (void)state;
    sample_t     sample = sample_build("7z", "encrypted-header");
    extraction_t e      = extraction_of("7z", sample_span(&sample));
    assert_int_equal(e.tree.count, 0);
    assert_true(said(&e.damage, "names included"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_damaged_folder_leaves_no_member_unsaid(void **state)
{
    (void)state;
    sample_t       sample = sample_build("7z", "blocks");
    extraction_t   whole  = extraction_of("7z", sample_span(&sample));
    const entry_t *tool   = tree_entry(&whole.tree, "bin/tool");
    memset(sample.at + tool->at_offset + tool->at_length / 2, 0xA5, 8);
    extraction_t e = extraction_of("7z", sample_span(&sample));
    assert_int_equal(e.tree.count, whole.tree.count);
    for (size_t i = 0; i < whole.tree.count; i++) {
        const entry_t *got = tree_entry(&e.tree, whole.tree.entries[i].path);
        assert_non_null(got);
        assert_true(got->damaged || sha256_equal(&got->sha256, &whole.tree.entries[i].sha256));
    }
    assert_true(tree_entry(&e.tree, "bin/tool")->damaged);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_cut_7z_says_that_its_header_is_missing(void **state)
{
    (void)state;
    sample_t     sample = sample_build("7z", "");
    extraction_t e      = extraction_of("7z", span_from(sample.at, sample.size / 2));
    assert_int_equal(e.tree.count, 0);
    assert_true(said(&e.damage, "ends before the header does"));
    extraction_free(&e);
    sample_free(&sample);
}

static void bytes_that_no_folder_uses_are_not_explained(void **state)
{
    (void)state;
    /* A kilobyte slipped in between packed streams and header: the start header is adjusted, nothing refers to the bytes. */
    sample_t sample = sample_build("7z", "plain-header");
    char     directory[1024], path[1100];
    scratch_make(directory);
    run("python3 - '%s' %s/out <<'PY'\n"
        "import struct, sys, zlib\n"
        "a = bytearray(open(sys.argv[1], 'rb').read())\n"
        "at, size, crc = struct.unpack_from('<QQI', a, 12)\n"
        "a[32 + at:32 + at] = bytes((i * 7 + 3) %% 256 for i in range(1024))\n"
        "struct.pack_into('<QQI', a, 12, at + 1024, size, crc)\n"
        "struct.pack_into('<I', a, 8, zlib.crc32(bytes(a[12:32])))\n"
        "open(sys.argv[2], 'wb').write(a)\nPY", sample.path, directory);
    (void)snprintf(path, sizeof path, "%s/out", directory);
    sample_t     hidden = sample_read(path);
    extraction_t e      = extraction_of("7z", sample_span(&hidden));
    assert_int_equal(e.damage.count, 0);
    uint64_t unknown = 0;
    for (size_t i = 0; i < e.ledger.count; i++)
        unknown += e.ledger.regions[i].kind == REGION_UNKNOWN ? e.ledger.regions[i].length : 0;
    assert_int_equal(unknown, 1024);
    extraction_free(&e);
    sample_free(&hidden);
    sample_free(&sample);
    scratch_remove(directory);
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_coder_yields_what_7z_unpacks),
        cmocka_unit_test(encrypted_content_is_said_member_by_member),
        cmocka_unit_test(an_encrypted_header_is_said),
        cmocka_unit_test(a_damaged_folder_leaves_no_member_unsaid),
        cmocka_unit_test(a_cut_7z_says_that_its_header_is_missing),
        cmocka_unit_test(bytes_that_no_folder_uses_are_not_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
