/* Oracles: what the builder put into the sections, and UEFIExtract (an independent parser of firmware volumes) on our sample and
 * on Debian's OVMF. UEFIExtract knows neither Brotli nor long headers of sections in FFS2; there the builder's content counts. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool holds(const tree_t *tree, const sha256_t *sha256)
{
    for (size_t i = 0; i < tree->count; i++)
        if (memcmp(&tree->entries[i].sha256, sha256, sizeof *sha256) == 0)
            return true;
    return false;
}

/* All that is in the volume and in the volumes in it, with their paths. */
static void collect(span_t image, tree_t *all)
{
    extraction_t e = extraction_of("uefi-fv", image);
    assert_true(status_ok(e.status));
    for (size_t i = 0; i < e.tree.count; i++) {
        entry_t *entry = &e.tree.entries[i];
        if (entry->type == CHILD_PAYLOAD && strstr(entry->path, "volume.fv") != NULL)
            collect(span_from(entry->content, entry->size), all);
        if (all->count == all->capacity) {
            all->capacity = all->capacity == 0 ? 64 : 2 * all->capacity;
            all->entries  = realloc(all->entries, all->capacity * sizeof *all->entries);
            assert_non_null(all->entries);
        }
        all->entries[all->count] = (entry_t){.path = strdup(entry->path), .type = entry->type, .sha256 = entry->sha256, .size = entry->size};
        all->count++;
    }
    extraction_free(&e);
}

static void assert_holds_what_was_put_in(const char *variant, const tree_t *all)
{
    char arguments[64];
    (void)snprintf(arguments, sizeof arguments, "%s content", variant);
    sample_t archive = sample_build("uefi-fv", arguments);
    tree_t   content = tree_of_command(archive.path, "tar -xf \"$1\"");
    sample_free(&archive);
    assert_true(content.count > 0);
    for (size_t i = 0; i < content.count; i++)
        if (content.entries[i].type == CHILD_FILE && !holds(all, &content.entries[i].sha256))
            fail_msg("the content %s is missing", content.entries[i].path);
    tree_free(&content);
}

static void every_kind_of_section_gives_what_was_put_in(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "PeiCore/PeiCore.te", "Shell/Shell.efi", "Shell/version", "00000000-1111-2222-3333-000000000002/volume.fv", "Efi/raw.bin", "Tiano_1/raw.bin",
        "Tiano2/raw.bin", "X86/X86.efi", "Brotli/Brotli.efi", "Checked/code.pic",
        "00000000-1111-2222-3333-000000000009/00000000-1111-2222-3333-000000000063.bin",
        "00000000-1111-2222-3333-00000000000A/00000000-1111-2222-3333-000000000032.bin", "00000000-1111-2222-3333-00000000000B/section-F0.bin",
    };
    sample_t     sample = sample_build("uefi-fv", "");
    extraction_t e      = extraction_of("uefi-fv", sample_span(&sample));
    tree_t       all    = {0};
    collect(sample_span(&sample), &all);
    assert_int_equal(e.bits, 80);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.limits.count, 1); /* the one unknown encoding */
    assert_string_equal(extraction_fact(&e, "uefi-fv.format"), "FFS2");
    assert_string_equal(extraction_fact(&e, "uefi-fv.name"), "00000000-1111-2222-3333-00000000004D");
    assert_string_equal(extraction_fact(&e, "uefi-fv.files"), "15");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (tree_entry(&e.tree, paths[i]) == NULL)
            fail_msg("%s is missing", paths[i]);
    assert_holds_what_was_put_in("default", &all);
    assert_int_equal(explained_with_padding_ppm("uefi-fv", sample_span(&sample)), 1000000);
    tree_free(&all);
    extraction_free(&e);
    sample_free(&sample);
}

static const char *const sections_of_the_oracle[] = {
    "PE32 image section/", "TE image section/", "PIC image section/", "Raw section/", "dependency section/",
};

/* Every body of a section that UEFIExtract writes out is among ours. */
static size_t assert_holds_what_uefiextract_sees(const char *path, const tree_t *all)
{
    size_t compared = 0;
    tree_t seen     = tree_of_command(path, "cp \"$1\" image && UEFIExtract image dump > /dev/null; true");
    for (size_t i = 0; i < seen.count; i++) {
        const entry_t *entry = &seen.entries[i];
        const char    *name  = strrchr(entry->path, '/');
        if (entry->type != CHILD_FILE || name == NULL || strcmp(name, "/body.bin") != 0)
            continue;
        for (size_t s = 0; s < sizeof sections_of_the_oracle / sizeof *sections_of_the_oracle; s++) {
            const char *section = strstr(entry->path, sections_of_the_oracle[s]);
            if (section == NULL || strchr(section, '/') != name)
                continue;
            compared++;
            if (!holds(all, &entry->sha256))
                fail_msg("UEFIExtract sees %s, we do not", entry->path);
        }
    }
    tree_free(&seen);
    print_message("%s: %zu sections compared\n", path, compared);
    return compared;
}

static void uefiextract_sees_nothing_in_the_sample_that_we_do_not(void **state)
{
    (void)state;
    sample_t sample = sample_build("uefi-fv", "");
    tree_t   all    = {0};
    collect(sample_span(&sample), &all);
    assert_true(assert_holds_what_uefiextract_sees(sample.path, &all) >= 12);
    tree_free(&all);
    sample_free(&sample);
}

static void ovmf_opens_to_what_uefiextract_sees(void **state)
{
    (void)state;
    static const char path[] = "/usr/share/OVMF/OVMF_CODE_4M.fd";
    if (access(path, R_OK) != 0) {
        print_message("%s is not here (Debian package ovmf): not tested\n", path);
        skip();
    }
    sample_t sample = sample_read(path);
    tree_t   all    = {0};
    for (uint64_t at = 0; at < sample.size;) {
        span_t   image = span_from_offset(sample_span(&sample), at);
        uint64_t size  = extractor_named("uefi-fv")->extent(image);
        assert_true(size > 0);
        collect(image, &all);
        at += size;
    }
    assert_true(assert_holds_what_uefiextract_sees(path, &all) > 200);
    tree_free(&all);
    sample_free(&sample);
}

static void variants_open_to_what_was_put_in(void **state)
{
    (void)state;
    static const struct { const char *variant, *path, *note, *limit, *damage; } cases[] = {
        {"ffs3", "00000000-1111-2222-3333-000000000001/raw.bin", NULL, NULL, NULL},
        {"ffs1", "Shell/Shell.efi", NULL, NULL, NULL},
        {"padding", "padding-48", "a padding file holds data", NULL, NULL},
        {"twice", "Shell-408/Shell.efi", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("uefi-fv", cases[i].variant);
        extraction_t e      = extraction_of("uefi-fv", sample_span(&sample));
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.limits.count, 0);
        if (tree_entry(&e.tree, cases[i].path) == NULL)
            fail_msg("%s: %s is missing", cases[i].variant, cases[i].path);
        assert_int_equal(e.notes.count, cases[i].note != NULL);
        if (cases[i].note != NULL)
            assert_string_equal(e.notes.sayings[0].what, cases[i].note);
        assert_holds_what_was_put_in(cases[i].variant, &e.tree);
        assert_int_equal(explained_with_padding_ppm("uefi-fv", sample_span(&sample)), 1000000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void sections_nested_without_end_stop_at_a_limit(void **state)
{
    (void)state;
    sample_t     sample = sample_build("uefi-fv", "nested");
    extraction_t e      = extraction_of("uefi-fv", sample_span(&sample));
    assert_int_equal(e.limits.count, 1);
    assert_int_equal(explained_with_padding_ppm("uefi-fv", sample_span(&sample)), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void an_invented_size_costs_one_file(void **state)
{
    (void)state;
    sample_t     sample = sample_build("uefi-fv", "bomb");
    extraction_t e      = extraction_of("uefi-fv", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_non_null(tree_entry(&e.tree, "Shell/Shell.efi"));
    assert_true(tree_entry(&e.tree, "00000000-1111-2222-3333-000000000001/undecoded.bin")->damaged);
    extraction_free(&e);
    sample_free(&sample);
}

static void deleted_files_are_shown_on_request(void **state)
{
    (void)state;
    sample_t sample = sample_build("uefi-fv", "deleted");
    limits_t limits = limits_default();
    for (int lab = 0; lab < 2; lab++) {
        limits.deleted = lab == 1;
        extraction_t e = extraction_with("uefi-fv", sample_span(&sample), &limits);
        assert_true((tree_entry(&e.tree, "[deleted]/00000000-1111-2222-3333-000000000002/raw.bin") != NULL) == limits.deleted);
        assert_non_null(tree_entry(&e.tree, "00000000-1111-2222-3333-000000000003/raw.bin"));
        assert_int_equal(e.notes.count, 1);
        extraction_free(&e);
    }
    sample_free(&sample);
}

static void cuts_are_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("uefi-fv", "");
    assert_cuts_are_told("uefi-fv", sample_span(&sample), sample.size - 1024);
    sample_free(&sample);
}

static void a_flipped_byte_spoils_one_file(void **state)
{
    (void)state;
    sample_t       sample = sample_build("uefi-fv", "");
    extraction_t   e      = extraction_of("uefi-fv", sample_span(&sample));
    static const char *const checked[] = {"PeiCore/PeiCore.te", "Checked/code.pic"};
    for (size_t i = 0; i < 2; i++) {
        const entry_t *entry = tree_entry(&e.tree, checked[i]);
        assert_flip_spoils_at_most("uefi-fv", sample_span(&sample), entry->at_offset + 20, 1, 1, false);
    }
    /* the sums of a header: the file is still found */
    sample.at[0x48 + 16 + 0x30] ^= 1;
    extraction_t flipped = extraction_of("uefi-fv", sample_span(&sample));
    assert_true(flipped.damage.count > 0);
    assert_non_null(tree_entry(&flipped.tree, "Shell/Shell.efi"));
    assert_non_null(tree_entry(&flipped.tree, "PeiCore/PeiCore.te"));
    extraction_free(&flipped);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_section_gives_what_was_put_in),
        cmocka_unit_test(uefiextract_sees_nothing_in_the_sample_that_we_do_not),
        cmocka_unit_test(ovmf_opens_to_what_uefiextract_sees),
        cmocka_unit_test(variants_open_to_what_was_put_in),
        cmocka_unit_test(sections_nested_without_end_stop_at_a_limit),
        cmocka_unit_test(an_invented_size_costs_one_file),
        cmocka_unit_test(deleted_files_are_shown_on_request),
        cmocka_unit_test(cuts_are_told),
        cmocka_unit_test(a_flipped_byte_spoils_one_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
