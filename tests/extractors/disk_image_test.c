/* Disk images of virtual machines and of forensic acquisition. Oracles: qemu-img and ewfexport, which read the images back; and the
 * disk that the images were made from. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static const struct { const char *format, *variant, *read_back; size_t children; } images[] = {
    {"qcow2", "v3", "qcow2", 1},       {"qcow2", "v2", "qcow2", 1},       {"qcow2", "v1", "qcow", 1},         {"qcow2", "compressed", "qcow2", 1},
    {"qcow2", "zstd", "qcow2", 1},     {"qcow2", "small-clusters", "qcow2", 1}, {"qcow2", "extended", "qcow2", 1}, {"qcow2", "snapshot", "qcow2", 2},
    {"vdi", "dynamic", "vdi", 1},      {"vdi", "fixed", "vdi", 1},        {"vhd", "dynamic", "vpc", 1},       {"vhd", "fixed", "vpc", 1},
    {"vhdx", "dynamic", "vhdx", 1},    {"vhdx", "fixed", "vhdx", 1},      {"vmdk", "sparse", "vmdk", 1},      {"vmdk", "stream", "vmdk", 1},
    {"ewf", "encase6", NULL, 1},       {"ewf", "encase5", NULL, 1},       {"ewf", "ftk", NULL, 1},            {"ewf", "none", NULL, 1},
    {"ewf", "split", NULL, 1},
};
enum { IMAGES = sizeof images / sizeof *images };

static sample_t raw_of(const sample_t *sample)
{
    char path[1100];
    (void)snprintf(path, sizeof path, "%s.raw", sample->path);
    return sample_read(path);
}

/* sample_build renames what the builder made; what it put beside stays under the builder's name, so it is built here. */
static sample_t build(const char *directory, const char *format, const char *variant)
{
    char path[1100];
    run("sh \"$ASSAY_SOURCE\"/corpus/samples/%s.sh '%s/image' %s", format, directory, variant);
    (void)snprintf(path, sizeof path, "%s/image", directory);
    return sample_read(path);
}

static void every_image_yields_the_disk_it_was_made_from(void **state)
{
    (void)state;
    for (size_t i = 0; i < IMAGES; i++) {
        char directory[1024];
        scratch_make(directory);
        sample_t sample = build(directory, images[i].format, images[i].variant), raw = raw_of(&sample);
        if (images[i].read_back != NULL)
            run("qemu-img convert -f %s -O raw '%s' '%s/back' && cmp '%s/back' '%s.raw'", images[i].read_back, sample.path, directory, directory, sample.path);
        extraction_t e = extraction_of(images[i].format, sample_span(&sample));
        if (!status_ok(e.status) || e.damage.count > 0 || e.limits.count > 0)
            fail_msg("%s %s: %s", images[i].format, images[i].variant, e.damage.count > 0 ? e.damage.sayings[0].what : e.limits.count > 0 ? e.limits.sayings[0].what : "does not open");
        const entry_t *disk = tree_entry(&e.tree, "disk");
        assert_non_null(disk);
        if (disk->size != raw.size || memcmp(disk->content, raw.at, raw.size) != 0)
            fail_msg("%s %s: another disk of %llu bytes", images[i].format, images[i].variant, (unsigned long long)disk->size);
        assert_int_equal(e.tree.count, images[i].children);
        uint64_t ppm = explained_with_padding_ppm(images[i].format, sample_span(&sample));
        if (ppm < 995000)
            fail_msg("%s %s: %llu ppm explained", images[i].format, images[i].variant, (unsigned long long)ppm);
        if (e.extent != sample.size)
            print_message("%s %s: extent %llu of %zu\n", images[i].format, images[i].variant, (unsigned long long)e.extent, sample.size);
        assert_true(e.extent > 0 && e.extent <= sample.size);
        extraction_free(&e);
        sample_free(&raw);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

/* The bytes before what is missing are there; what is missing is told, and not made up at the end. */
static void a_cut_image_yields_the_disk_up_to_the_cut_and_says_so(void **state)
{
    (void)state;
    static const unsigned percent[] = {20, 50, 80, 99};
    for (size_t i = 0; i < IMAGES; i++) {
        char directory[1024];
        if (strcmp(images[i].variant, "fixed") == 0 && strcmp(images[i].format, "vhd") == 0)
            continue; /* its only header is at its end: cut, it is a plain disk */
        scratch_make(directory);
        sample_t sample = build(directory, images[i].format, images[i].variant), raw = raw_of(&sample);
        for (size_t p = 0; p < 4; p++) {
            extraction_t   e    = extraction_of(images[i].format, span_from(sample.at, sample.size * percent[p] / 100));
            const entry_t *disk = tree_entry(&e.tree, "disk");
            /* Some files end in filling: a cut there loses nothing of the disk. */
            bool whole = disk != NULL && disk->size == raw.size && memcmp(disk->content, raw.at, raw.size) == 0;
            if (!status_ok(e.status) || (e.damage.count == 0 && !whole))
                fail_msg("%s %s at %u percent: nothing is said", images[i].format, images[i].variant, percent[p]);
            size_t wrong = 0;
            for (size_t at = 0; disk != NULL && at < disk->size; at++)
                wrong += disk->content[at] != raw.at[at] && disk->content[at] != 0;
            if (wrong > 0 || (disk != NULL && disk->size > raw.size))
                fail_msg("%s %s at %u percent: %zu bytes are neither right nor missing", images[i].format, images[i].variant, percent[p], wrong);
            extraction_free(&e);
        }
        sample_free(&raw);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void what_is_encrypted_or_elsewhere_is_named(void **state)
{
    (void)state;
    static const struct { const char *variant, *part; } cases[] = {{"encrypted", "encrypted"}, {"backing", "backing file"}};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("qcow2", cases[i].variant);
        extraction_t e      = extraction_of("qcow2", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.limits.count, 1);
        assert_non_null(strstr(e.limits.sayings[0].what, cases[i].part));
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_snapshot_is_an_older_state_of_the_disk(void **state)
{
    (void)state;
    sample_t     sample = sample_build("qcow2", "snapshot");
    extraction_t e      = extraction_of("qcow2", sample_span(&sample));
    const entry_t *now = tree_entry(&e.tree, "disk"), *before = tree_entry(&e.tree, "snapshot-before");
    assert_true(now != NULL && before != NULL);
    assert_int_equal(now->size, before->size);
    assert_int_equal(now->content[500 << 10], 'A');
    assert_int_equal(before->content[500 << 10], 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void an_evidence_file_tells_its_case_and_that_its_digest_holds(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ewf", "encase6");
    extraction_t e      = extraction_of("ewf", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "ewf.case"), "case-7");
    assert_string_equal(extraction_fact(&e, "ewf.evidence"), "evidence-3");
    assert_string_equal(extraction_fact(&e, "ewf.examiner"), "an examiner");
    assert_string_equal(extraction_fact(&e, "ewf.md5-holds"), "yes");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_chunk_that_was_changed_is_told_and_the_digest_no_longer_holds(void **state)
{
    (void)state;
    sample_t sample = sample_build("ewf", "none");
    memset(sample.at + sample.size / 2, 0x41, 3);
    extraction_t e = extraction_of("ewf", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "ewf.md5-holds"), "no");
    assert_true(e.damage.count >= 2);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_virtual_disk_that_claims_to_be_huge_costs_nothing(void **state)
{
    (void)state;
    sample_t sample = sample_build("qcow2", "v3");
    memcpy(sample.at + 24, "\0\0\x7F\0\0\0\0\0", 8); /* virtual size */
    extraction_t e = extraction_of("qcow2", sample_span(&sample));
    assert_true(e.bits == 0 || e.damage.count + e.limits.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_image_yields_the_disk_it_was_made_from),
        cmocka_unit_test(a_cut_image_yields_the_disk_up_to_the_cut_and_says_so),
        cmocka_unit_test(what_is_encrypted_or_elsewhere_is_named),
        cmocka_unit_test(a_snapshot_is_an_older_state_of_the_disk),
        cmocka_unit_test(an_evidence_file_tells_its_case_and_that_its_digest_holds),
        cmocka_unit_test(a_chunk_that_was_changed_is_told_and_the_digest_no_longer_holds),
        cmocka_unit_test(a_virtual_disk_that_claims_to_be_huge_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
