/* Variables, signature lists, working blocks and terse executables. Oracles: sig-list-to-certs (efitools) for the lists in OVMF's variables,
 * UEFIExtract for AMI's variables; for the rest what the builders put in. */
#include "support/filesystem.h"

#include <stdio.h>
#include <unistd.h>

/* The first child of that name; fails the test when there is none. */
static const entry_t *named(const extraction_t *e, const char *begin)
{
    for (size_t i = 0; i < e->tree.count; i++)
        if (strncmp(e->tree.entries[i].path, begin, strlen(begin)) == 0)
            return &e->tree.entries[i];
    fail_msg("no child is called %s", begin);
    return NULL;
}

static void variables_are_named_as_linux_names_them(void **state)
{
    (void)state;
    static const struct { const char *variant, *kind; bool has_time; } cases[] = {
        {"", "edk2-authenticated", true}, {"edk2", "edk2", false}, {"vss", "vss", false}, {"vss-authenticated", "vss", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("uefi-vars", cases[i].variant);
        extraction_t e      = extraction_of("uefi-vars", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.tree.count, 5);
        assert_string_equal(extraction_fact(&e, "uefi-vars.kind"), cases[i].kind);
        assert_string_equal(extraction_fact(&e, "uefi-vars.variables"), "5");
        assert_string_equal(extraction_fact(&e, "uefi-vars.deleted"), "1");
        const entry_t *timeout = tree_entry(&e.tree, "Timeout-8BE4DF61-93CA-11D2-AA0D-00E098032B8C");
        const entry_t *db      = tree_entry(&e.tree, "db-D719B2CB-3D3A-4596-A3BC-DAD00E67656F");
        assert_non_null(timeout);
        assert_non_null(db);
        assert_non_null(tree_entry(&e.tree, "a_b-8BE4DF61-93CA-11D2-AA0D-00E098032B8C"));
        assert_int_equal(timeout->size, 2);
        assert_int_equal(timeout->content[0], 5);
        assert_int_equal(db->size, 28 + 2 * 48);
        assert_int_equal(db->has_mtime, cases[i].has_time);
        if (cases[i].has_time)
            assert_int_equal(db->mtime, 1709210096);
        assert_int_equal(explained_with_padding_ppm("uefi-vars", sample_span(&sample)), 1000000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void deleted_variables_are_shown_on_request(void **state)
{
    (void)state;
    sample_t sample = sample_build("uefi-vars", "");
    limits_t limits = limits_default();
    limits.deleted  = true;
    extraction_t e  = extraction_with("uefi-vars", sample_span(&sample), &limits);
    assert_int_equal(e.tree.count, 6);
    bool shown = false;
    for (size_t i = 0; i < e.tree.count; i++)
        shown = shown || (strncmp(e.tree.entries[i].path, "[deleted]/", 10) == 0 && e.tree.entries[i].content[0] == 3);
    assert_true(shown);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_spoiled_header_costs_one_variable(void **state)
{
    (void)state;
    sample_t sample = sample_build("uefi-vars", "");
    sample.at[28]  ^= 0xFF;
    extraction_t e  = extraction_of("uefi-vars", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.tree.count, 4);
    extraction_free(&e);
    sample_free(&sample);
}

static void cuts_are_told(void **state)
{
    (void)state;
    static const char *const formats[] = {"uefi-vars", "efi-siglist"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        sample_t sample = sample_build(formats[i], "");
        assert_cuts_are_told(formats[i], sample_span(&sample), i == 0 ? 900 : sample.size);
        sample_free(&sample);
    }
}

static void certificates_become_files_and_hashes_are_counted(void **state)
{
    (void)state;
    sample_t     sample = sample_build("efi-siglist", "");
    extraction_t e      = extraction_of("efi-siglist", sample_span(&sample));
    assert_int_equal(e.tree.count, 2);
    assert_int_equal(e.damage.count, 0);
    assert_non_null(tree_entry(&e.tree, "1-77FA9ABD-0359-4D32-BD60-28F4E78F784B.der"));
    assert_int_equal(tree_entry(&e.tree, "2-605DAB50-E046-4300-ABB6-3DD810DD8B23.der")->size, 904);
    assert_string_equal(extraction_fact(&e, "efi-siglist.x509"), "2");
    assert_string_equal(extraction_fact(&e, "efi-siglist.sha256"), "3");
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

static void ovmf_trusts_the_certificates_that_efitools_sees(void **state)
{
    (void)state;
    static const char path[] = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd";
    if (access(path, R_OK) != 0 || run_status("command -v sig-list-to-certs > /dev/null") != 0) {
        print_message("%s or sig-list-to-certs (Debian packages ovmf, efitools) is not here: not tested\n", path);
        skip();
    }
    sample_t       sample = sample_read(path);
    extraction_t   volume = extraction_of("uefi-fv", sample_span(&sample));
    const entry_t *nvram  = tree_entry(&volume.tree, "nvram");
    assert_non_null(nvram);
    extraction_t vars = extraction_of("uefi-vars", span_from(nvram->content, nvram->size));
    assert_int_equal(vars.damage.count, 0);
    static const char *const names[] = {"PK-", "KEK-", "db-"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char           directory[1024], list[1100];
        const entry_t *variable = named(&vars, names[i]);
        extraction_t   ours     = extraction_of("efi-siglist", span_from(variable->content, variable->size));
        scratch_make(directory);
        (void)snprintf(list, sizeof list, "%s/list", directory);
        write_file(list, span_from(variable->content, variable->size));
        run("cd '%s' && sig-list-to-certs list cert > /dev/null && rm list && ls", directory);
        tree_t theirs = tree_of_directory(directory);
        assert_int_equal(theirs.count, ours.tree.count);
        assert_true(theirs.count > 0);
        for (size_t t = 0; t < theirs.count; t++) {
            bool seen = false;
            for (size_t o = 0; o < ours.tree.count; o++)
                seen = seen || memcmp(&ours.tree.entries[o].sha256, &theirs.entries[t].sha256, sizeof(sha256_t)) == 0;
            assert_true(seen);
        }
        scratch_remove(directory);
        tree_free(&theirs);
        extraction_free(&ours);
    }
    extraction_free(&vars);
    extraction_free(&volume);
    sample_free(&sample);
}

static void ami_variables_have_their_newest_data(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ami-nvar", "");
    extraction_t e      = extraction_of("ami-nvar", sample_span(&sample));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 4);
    const entry_t *setup = tree_entry(&e.tree, "Setup-EC87D643-EBA4-4BB5-A1E5-3F3E36B20DA9");
    const entry_t *db    = tree_entry(&e.tree, "db-D719B2CB-3D3A-4596-A3BC-DAD00E67656F");
    assert_non_null(setup);
    assert_non_null(db);
    assert_non_null(tree_entry(&e.tree, "Lang-8BE4DF61-93CA-11D2-AA0D-00E098032B8C"));
    assert_memory_equal(setup->content, "new data of the setup", 21);
    assert_int_equal(db->size, 10);
    assert_string_equal(extraction_fact(&e, "ami-nvar.deleted"), "1");
    assert_int_equal(explained_with_padding_ppm("ami-nvar", sample_span(&sample)), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

/* UEFIExtract shows each entry below the name of its variable, also the one with the newest data. */
static void uefiextract_sees_the_same_ami_variables(void **state)
{
    (void)state;
    static const char *const names[] = {"Setup", "BootOrder", "Lang"};
    sample_t     sample = sample_build("ami-nvar", "volume");
    extraction_t volume = extraction_of("uefi-fv", sample_span(&sample));
    const entry_t *file = tree_entry(&volume.tree, "Nvar/raw.bin");
    assert_non_null(file);
    extraction_t e    = extraction_of("ami-nvar", span_from(file->content, file->size));
    tree_t       seen = tree_of_command(sample.path, "cp \"$1\" image && UEFIExtract image dump > /dev/null; true");
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        char ending[64];
        bool found = false;
        (void)snprintf(ending, sizeof ending, " %s/body.bin", names[n]);
        for (size_t i = 0; i < seen.count; i++) {
            const char *at = strstr(seen.entries[i].path, ending);
            found          = found || (at != NULL && memcmp(&seen.entries[i].sha256, &named(&e, names[n])->sha256, sizeof(sha256_t)) == 0);
        }
        if (!found)
            fail_msg("UEFIExtract does not see our %s", names[n]);
    }
    tree_free(&seen);
    extraction_free(&e);
    extraction_free(&volume);
    sample_free(&sample);
}

static void a_working_block_is_read_and_its_sum_checked(void **state)
{
    (void)state;
    sample_t     sample = sample_build("efi-ftw", ""), busy = sample_build("efi-ftw", "busy");
    extraction_t e = extraction_of("efi-ftw", sample_span(&sample)), b = extraction_of("efi-ftw", sample_span(&busy));
    assert_int_equal(e.bits, 96);
    assert_int_equal(e.tree.count, 0);
    assert_int_equal(b.tree.count, 1);
    assert_string_equal(extraction_fact(&e, "efi-ftw.in-use"), "yes");
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_int_equal(explained_ppm(&b), 1000000);
    sample.at[24] ^= 1;
    extraction_t flipped = extraction_of("efi-ftw", sample_span(&sample));
    assert_true(flipped.damage.count > 0);
    extraction_free(&flipped);
    extraction_free(&e);
    extraction_free(&b);
    sample_free(&sample);
    sample_free(&busy);
}

static void a_terse_executable_is_explained_to_its_end(void **state)
{
    (void)state;
    sample_t     sample = sample_build("te-image", "");
    extraction_t e      = extraction_of("te-image", sample_span(&sample));
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_string_equal(extraction_fact(&e, "te-image.machine"), "x86-64");
    assert_string_equal(extraction_fact(&e, "te-image.entry"), "0x1000");
    extraction_t cut = extraction_of("te-image", span_from(sample.at, sample.size - 50));
    assert_int_equal(cut.damage.count, 1);
    extraction_free(&cut);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_are_named_as_linux_names_them),
        cmocka_unit_test(deleted_variables_are_shown_on_request),
        cmocka_unit_test(a_spoiled_header_costs_one_variable),
        cmocka_unit_test(cuts_are_told),
        cmocka_unit_test(certificates_become_files_and_hashes_are_counted),
        cmocka_unit_test(ovmf_trusts_the_certificates_that_efitools_sees),
        cmocka_unit_test(ami_variables_have_their_newest_data),
        cmocka_unit_test(uefiextract_sees_the_same_ami_variables),
        cmocka_unit_test(a_working_block_is_read_and_its_sum_checked),
        cmocka_unit_test(a_terse_executable_is_explained_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
