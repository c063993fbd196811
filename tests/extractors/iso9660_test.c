#include "extractors/archive_common.h"
#include "support/archive_oracle.h"

#define UNPACK "TZ=UTC xorriso -osirrox on -indev \"$1\" -extract / . -- && chmod u+rwx . $(find . -type d)"

/* Nothing but zeros may be left over. */
static void assert_rest_is_zero(const extraction_t *e, span_t image)
{
    for (size_t i = 0; i < e->ledger.count; i++)
        if (e->ledger.regions[i].kind == REGION_UNKNOWN)
            assert_true(span_is_filled_with(span_sub(image, e->ledger.regions[i].offset, e->ledger.regions[i].length), 0));
}

static void expect(const char *variant, unsigned compare)
{
    char directory[1024];
    scratch_make(directory);
    sample_t sample = sample_build("iso9660", variant);
    run("cd '%s' && set -- '%s' && { %s; } >/dev/null 2>&1", directory, sample.path, UNPACK);
    tree_t       oracle = tree_of_directory(directory);
    extraction_t e      = extraction_of("iso9660", sample_span(&sample));
    assert_true(status_ok(e.status));
    if (e.damage.count > 0)
        fail_msg("%s: %s", variant, e.damage.sayings[0].what);
    assert_int_equal(e.extent, sample.size);
    assert_same_tree(&e.tree, &oracle, compare);
    assert_rest_is_zero(&e, sample_span(&sample));
    extraction_free(&e);
    tree_free(&oracle);
    sample_free(&sample);
    scratch_remove(directory);
}

static void every_extension_yields_what_xorriso_unpacks(void **state)
{
    (void)state;
    expect("rockridge", 0);
    expect("both", COMPARE_MTIME);
    expect("joliet", 0);
}

static void modes_and_owners_come_from_rock_ridge_only(void **state)
{
    (void)state;
    sample_t       sample = sample_build("iso9660", ""), plain = sample_build("iso9660", "plain");
    extraction_t   e = extraction_of("iso9660", sample_span(&sample)), p = extraction_of("iso9660", sample_span(&plain));
    const entry_t *tool = tree_entry(&e.tree, "bin/tool"), *old = tree_entry(&p.tree, "BIN/TOOL");
    assert_non_null(tool);
    assert_int_equal(tool->mode, 0755);
    assert_true(tool->has_owner);
    assert_int_equal(tool->mtime, 1700000000);
    assert_non_null(old);
    assert_false(old->has_mode || old->has_owner);
    assert_true(sha256_equal(&tool->sha256, &old->sha256));
    assert_int_equal(tool->at_length, tool->size); /* a range, no copy */
    extraction_free(&e);
    extraction_free(&p);
    sample_free(&sample);
    sample_free(&plain);
}

static void what_it_boots_is_said(void **state)
{
    (void)state;
    sample_t     sample = sample_build("iso9660", "boot");
    extraction_t e      = extraction_of("iso9660", sample_span(&sample));
    assert_int_equal(e.damage.count, 0);
    assert_non_null(extraction_fact(&e, "iso9660.boot.0"));
    assert_null(tree_entry(&e.tree, "eltorito0")); /* it is the file bin/loader */
    assert_non_null(tree_entry(&e.tree, "bin/loader"));
    extraction_free(&e);
    sample_free(&sample);
}

static void continuations_without_end_do_not_keep_the_files_away(void **state)
{
    (void)state;
    sample_t     sample = sample_build("iso9660", "loop");
    extraction_t e      = extraction_of("iso9660", sample_span(&sample));
    assert_true(said(&e.damage, "without end"));
    assert_non_null(tree_entry(&e.tree, "BIN/TOOL"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_cut_image_yields_what_stands_before_the_cut(void **state)
{
    (void)state;
    sample_t       sample = sample_build("iso9660", "");
    extraction_t   whole  = extraction_of("iso9660", sample_span(&sample));
    const entry_t *tool   = tree_entry(&whole.tree, "bin/tool");
    extraction_t   e      = extraction_of("iso9660", span_from(sample.at, tool->at_offset + 100));
    assert_true(said(&e.damage, "the image ends before the volume does"));
    assert_true(tree_entry(&e.tree, "bin/tool")->damaged);
    assert_false(tree_entry(&e.tree, "etc/passwd")->damaged);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

/* The partition that begins with the disk is the volume; one that is a file of it is opened as that; others are shown. */
static void a_hybrid_is_a_volume_and_shows_its_other_partitions(void **state)
{
    (void)state;
    static const struct { const char *variant, *efi; } hybrids[] = {{"embedded", "boot/efi.img"}, {"appended", "Appended2"}, {"mbr", "partition2"}};
    for (size_t i = 0; i < 3; i++) {
        sample_t       sample = sample_build("iso-hybrid", hybrids[i].variant);
        extraction_t   e      = extraction_of("iso9660", sample_span(&sample));
        const entry_t *efi    = tree_entry(&e.tree, hybrids[i].efi);
        assert_int_equal(e.damage.count, 0);
        assert_non_null(tree_entry(&e.tree, "boot/loader.bin"));
        if (efi == NULL || efi->size < 65536 || memcmp(efi->content, "EFI part 000000", 15) != 0)
            fail_msg("%s: %s is not the partition for EFI", hybrids[i].variant, hybrids[i].efi);
        assert_true(e.bits > extractor_named("gpt")->probe(sample_span(&sample)));
        assert_true(e.bits > extractor_named("mbr")->probe(sample_span(&sample)));
        extraction_free(&e);
        sample_free(&sample);
    }
}

int main(void)
{
    (void)archive_warm_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_extension_yields_what_xorriso_unpacks),
        cmocka_unit_test(modes_and_owners_come_from_rock_ridge_only),
        cmocka_unit_test(what_it_boots_is_said),
        cmocka_unit_test(continuations_without_end_do_not_keep_the_files_away),
        cmocka_unit_test(a_cut_image_yields_what_stands_before_the_cut),
        cmocka_unit_test(a_hybrid_is_a_volume_and_shows_its_other_partitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
