/* Capsules, Intel's flash and management engine, option ROMs. Oracles: ifdtool (coreboot-utils) for the regions of the flash; what the builders
 * put in; the EFI executables in Debian's iPXE ROMs must be PE files. */
#include "support/filesystem.h"

#include <stdio.h>
#include <unistd.h>

static void capsules_yield_their_images(void **state)
{
    (void)state;
    static const struct { const char *variant, *kind; size_t children; const char *path; uint64_t size; } cases[] = {
        {"", "firmware-management", 5, "image0", 600},   {"plain", "efi", 1, "image", 600},
        {"toshiba", "toshiba", 1, "image", 600},         {"ami", "ami-signed", 1, "image", 600},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("uefi-capsule", cases[i].variant);
        extraction_t e      = extraction_of("uefi-capsule", sample_span(&sample));
        assert_int_equal(e.bits, 128);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.tree.count, cases[i].children);
        assert_string_equal(extraction_fact(&e, "uefi-capsule.kind"), cases[i].kind);
        const entry_t *image = tree_entry(&e.tree, cases[i].path);
        assert_non_null(image);
        assert_int_equal(image->size, cases[i].size);
        assert_memory_equal(image->content, "firmware image", 14);
        assert_int_equal(explained_ppm(&e), 1000000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_managed_image_is_parted_from_its_signature_and_vendor_code(void **state)
{
    (void)state;
    sample_t     sample = sample_build("uefi-capsule", "");
    extraction_t e      = extraction_of("uefi-capsule", sample_span(&sample));
    assert_int_equal(tree_entry(&e.tree, "image0.p7")->size, 182);
    assert_int_equal(tree_entry(&e.tree, "image1.vendor")->size, 11);
    assert_int_equal(tree_entry(&e.tree, "driver0.efi")->size, 212);
    extraction_free(&e);
    sample_free(&sample);
}

static void an_item_outside_the_capsule_is_damage(void **state)
{
    (void)state;
    sample_t     sample = sample_build("uefi-capsule", "outside");
    extraction_t e      = extraction_of("uefi-capsule", sample_span(&sample));
    assert_true(e.damage.count > 0);
    assert_true(status_ok(e.status));
    extraction_free(&e);
    sample_free(&sample);
}

static void the_regions_of_a_flash_are_those_that_ifdtool_cuts_out(void **state)
{
    (void)state;
    static const struct { const char *variant, *layout; } cases[] = {{"", "2"}, {"old", "1"}};
    bool has_oracle = run_status("command -v ifdtool > /dev/null") == 0;
    if (!has_oracle)
        print_message("ifdtool (Debian package coreboot-utils) is not here: what the builder put in counts\n");
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("intel-flash", cases[i].variant);
        extraction_t e      = extraction_of("intel-flash", sample_span(&sample));
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.tree.count, 4);
        assert_string_equal(extraction_fact(&e, "intel-flash.layout"), cases[i].layout);
        assert_string_equal(extraction_fact(&e, "intel-flash.chip1-size"), "8388608");
        assert_int_equal(tree_entry(&e.tree, "bios")->at_offset, 0x5000);
        assert_int_equal(tree_entry(&e.tree, "me")->at_offset, 0x2000);
        assert_int_equal(tree_entry(&e.tree, "gbe")->size, 0x1000);
        assert_int_equal(explained_ppm(&e), 1000000);
        if (has_oracle) {
            tree_t seen = tree_of_command(sample.path, "ifdtool -x \"$1\" > /dev/null 2>&1");
            size_t same = 0;
            for (size_t s = 0; s < seen.count; s++)
                for (size_t o = 0; o < e.tree.count; o++)
                    same += seen.entries[s].size == e.tree.entries[o].size &&
                                    memcmp(&seen.entries[s].sha256, &e.tree.entries[o].sha256, sizeof(sha256_t)) == 0
                                ? 1 : 0;
            assert_int_equal(same, 4);
            tree_free(&seen);
        }
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void regions_that_overlap_are_damage(void **state)
{
    (void)state;
    sample_t sample = sample_build("intel-flash", "");
    sample.at[0x40 + 4 * 2] = 4;     /* the engine begins in its fourth block … */
    sample.at[0x40 + 4 * 2 + 2] = 6; /* … and ends inside the BIOS */
    extraction_t e = extraction_of("intel-flash", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.tree.count, 4);
    extraction_free(&e);
    sample_free(&sample);
}

static void the_engine_shows_its_partitions_and_what_was_not_examined(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "bare"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("intel-me", variants[i]);
        extraction_t e      = extraction_of("intel-me", sample_span(&sample));
        assert_int_equal(e.tree.count, 3);
        assert_non_null(tree_entry(&e.tree, "FTPR"));
        assert_non_null(tree_entry(&e.tree, "MFS"));
        assert_int_equal(tree_entry(&e.tree, "NFTP")->size, 0x800);
        assert_int_equal(e.limits.count, 2);
        assert_int_equal(e.damage.count, 0);
        assert_string_equal(extraction_fact(&e, "intel-me.version"), "11.8.65.3590");
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(explained_with_padding_ppm("intel-me", sample_span(&sample)), 1000000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void an_option_rom_yields_code_and_executable(void **state)
{
    (void)state;
    sample_t     sample = sample_build("option-rom", "");
    extraction_t e      = extraction_of("option-rom", sample_span(&sample));
    assert_int_equal(e.bits, 64);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 2);
    assert_non_null(tree_entry(&e.tree, "legacy1.bin"));
    assert_memory_equal(tree_entry(&e.tree, "efi2.efi")->content, "MZexecutable", 12);
    assert_string_equal(extraction_fact(&e, "option-rom.device"), "8086:100E");
    assert_int_equal(explained_ppm(&e), 1000000);
    sample.at[300] ^= 1;
    extraction_t flipped = extraction_of("option-rom", sample_span(&sample));
    assert_int_equal(flipped.damage.count, 1);
    extraction_free(&flipped);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_rom_without_structure_is_believed_at_the_start_only(void **state)
{
    (void)state;
    sample_t     sample = sample_build("option-rom", "isa");
    extraction_t e      = extraction_of("option-rom", sample_span(&sample));
    assert_true(e.bits >= BITS_AT_START && e.bits < BITS_ELSEWHERE);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void executables_in_ipxe_roms_decode_to_pe_files(void **state)
{
    (void)state;
    static const char path[] = "/usr/lib/ipxe/qemu/efi-virtio.rom";
    if (access(path, R_OK) != 0) {
        print_message("%s (Debian package ipxe-qemu) is not here: not tested\n", path);
        skip();
    }
    sample_t     sample = sample_read(path);
    extraction_t e      = extraction_of("option-rom", sample_span(&sample));
    size_t       pe     = 0;
    assert_int_equal(e.damage.count, 0);
    for (size_t i = 0; i < e.tree.count; i++)
        if (strncmp(e.tree.entries[i].path, "efi", 3) == 0) {
            extraction_t executable = extraction_of("pe", span_from(e.tree.entries[i].content, e.tree.entries[i].size));
            assert_int_equal(executable.damage.count, 0);
            pe += executable.bits > 0 ? 1 : 0;
            extraction_free(&executable);
        }
    assert_true(pe > 0);
    assert_true(explained_with_padding_ppm("option-rom", sample_span(&sample)) > 990000);
    extraction_free(&e);
    sample_free(&sample);
}

static void cuts_are_told(void **state)
{
    (void)state;
    static const char *const formats[] = {"uefi-capsule", "intel-flash", "option-rom"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        sample_t sample = sample_build(formats[i], "");
        assert_cuts_are_told(formats[i], sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capsules_yield_their_images),
        cmocka_unit_test(a_managed_image_is_parted_from_its_signature_and_vendor_code),
        cmocka_unit_test(an_item_outside_the_capsule_is_damage),
        cmocka_unit_test(the_regions_of_a_flash_are_those_that_ifdtool_cuts_out),
        cmocka_unit_test(regions_that_overlap_are_damage),
        cmocka_unit_test(the_engine_shows_its_partitions_and_what_was_not_examined),
        cmocka_unit_test(an_option_rom_yields_code_and_executable),
        cmocka_unit_test(a_rom_without_structure_is_believed_at_the_start_only),
        cmocka_unit_test(executables_in_ipxe_roms_decode_to_pe_files),
        cmocka_unit_test(cuts_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
