/* Headers of volumes: LUKS, dm-verity, Linux RAID, LVM2. Oracles: cryptsetup, veritysetup, mdadm and pvck, which make or read the samples. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static void output_of(const char *command, char *out, size_t size)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t got = fread(out, 1, size - 1, pipe);
    out[got]   = '\0';
    (void)pclose(pipe);
}

static void assert_said(const extraction_t *e, const char *key, const char *value)
{
    const char *said = extraction_fact(e, key);
    if (said == NULL || strcmp(said, value) != 0)
        fail_msg("%s: %s, expected %s", key, said != NULL ? said : "not said", value);
}

static void a_luks_volume_is_named_as_encrypted_and_not_examined(void **state)
{
    (void)state;
    static const struct { const char *variant, *version, *cipher; } cases[] = {{"luks1", "1", "aes-xts-plain64"}, {"luks2", "2", "aes-xts-plain64"}};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("luks", cases[i].variant);
        extraction_t e      = extraction_of("luks", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.limits.count, 1);
        assert_said(&e, "luks.version", cases[i].version);
        assert_said(&e, "luks.cipher", cases[i].cipher);
        assert_said(&e, "luks.uuid", "11111111-2222-3333-4444-555555555555");
        assert_said(&e, "luks.active-slots", "1");
        /* cryptsetup says where the data begin. */
        char command[1400], offset[64];
        (void)snprintf(command, sizeof command, "PATH=$PATH:/sbin:/usr/sbin; cryptsetup luksDump '%s' | awk '/Payload offset/ { print $3 * 512; exit } /offset:/ { print $2; exit }'", sample.path);
        output_of(command, offset, sizeof offset);
        assert_int_equal(e.tree.count, 1);
        assert_int_equal(e.tree.entries[0].at_offset, strtoull(offset, NULL, 10));
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_broken_luks2_header_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("luks", "luks2");
    sample.at[5000] ^= 1;
    extraction_t e = extraction_of("luks", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_hash_tree_gives_the_root_hash_that_veritysetup_gave(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "--hash sha512", "--format 0", "--hash-block-size 4096 --data-block-size 4096"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        char directory[1024], path[1200], root[256] = "";
        scratch_make(directory);
        run("sh \"$ASSAY_SOURCE\"/corpus/samples/dm-verity.sh '%s/image' %s", directory, variants[i]);
        (void)snprintf(path, sizeof path, "%s/image", directory);
        sample_t sample = sample_read(path);
        (void)snprintf(path, sizeof path, "cat '%s/image.root'", directory);
        output_of(path, root, sizeof root);
        root[strcspn(root, "\n")] = '\0';
        extraction_t e = extraction_of("dm-verity", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.damage.count, 0);
        assert_said(&e, "dm-verity.root-hash", root);
        assert_int_equal(explained_with_padding_ppm("dm-verity", sample_span(&sample)), 1000000);
        assert_int_equal(e.extent, sample.size);
        extraction_free(&e);
        sample.at[sample.size - 700] ^= 1;
        e = extraction_of("dm-verity", sample_span(&sample));
        assert_int_equal(e.damage.count, 1);
        extraction_free(&e);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void one_half_of_a_mirror_is_opened_and_a_stripe_is_named(void **state)
{
    (void)state;
    static const struct { const char *variant, *version; size_t children, limits; } cases[] = {
        {"1.1", "1.1", 1, 0}, {"1.2", "1.2", 1, 0}, {"raid5", "1.2", 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t     sample = sample_build("mdraid", cases[i].variant);
        extraction_t e      = extraction_of("mdraid", sample_span(&sample));
        assert_int_equal(run_status("PATH=$PATH:/sbin:/usr/sbin; mdadm --examine '%s' | grep -q 'Checksum.*correct'", sample.path), 0);
        assert_true(status_ok(e.status));
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(e.limits.count, cases[i].limits);
        assert_int_equal(e.tree.count, cases[i].children);
        assert_said(&e, "mdraid.version", cases[i].version);
        assert_said(&e, "mdraid.name", "host:sample");
        assert_int_equal(e.tree.entries[0].at_offset, 64 << 10);
        assert_int_equal(explained_with_padding_ppm("mdraid", sample_span(&sample)), 1000000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

/* These stand behind the data, and are found there as any format that begins further on. */
static void superblocks_at_the_end_of_a_device_are_found_alone(void **state)
{
    (void)state;
    static const struct { const char *variant; uint64_t from_end; } cases[] = {{"1.0", 8192}, {"0.90", 64 << 10}};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("mdraid", cases[i].variant);
        span_t       tail   = span_from_offset(sample_span(&sample), sample.size - cases[i].from_end);
        extraction_t e      = extraction_of("mdraid", tail);
        assert_int_equal(run_status("PATH=$PATH:/sbin:/usr/sbin; mdadm --examine '%s' | grep -q 'Checksum.*correct'", sample.path), 0);
        assert_true(e.bits >= BITS_ELSEWHERE && status_ok(e.status));
        assert_int_equal(e.tree.count, 0);
        assert_int_equal(e.damage.count, 0);
        assert_said(&e, "mdraid.version", cases[i].variant);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void logical_volumes_are_put_together_from_their_extents(void **state)
{
    (void)state;
    static const char *const variants[] = {"plain", "wrapped"};
    for (size_t v = 0; v < 2; v++) {
        sample_t     sample = sample_build("lvm2", variants[v]);
        extraction_t e      = extraction_of("lvm2", sample_span(&sample));
        assert_int_equal(run_status("PATH=$PATH:/sbin:/usr/sbin; pvck --dump metadata '%s' 2> /dev/null | grep -q 'seqno = 3'", sample.path), 0);
        assert_true(status_ok(e.status));
        assert_said(&e, "lvm2.volume-group", "vg0");
        const entry_t *root = tree_entry(&e.tree, "root"), *data = tree_entry(&e.tree, "data"), *far = tree_entry(&e.tree, "far");
        assert_true(root != NULL && data != NULL && far != NULL);
        assert_int_equal(root->size, 6 * 8192);
        assert_int_equal(memcmp(root->content, sample.at + 32768, root->size), 0);
        assert_int_equal(data->size, 8 * 8192);
        assert_int_equal(memcmp(data->content, sample.at + 32768 + 12 * 8192, 4 * 8192), 0);
        assert_int_equal(memcmp(data->content + 4 * 8192, sample.at + 32768 + 8 * 8192, 4 * 8192), 0);
        assert_true(!root->damaged && !data->damaged && far->damaged);
        assert_int_equal(far->size, 2 * 8192); /* what is here of it */
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_broken_metadata_text_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("lvm2", "");
    sample.at[4096 + 512 + 100] ^= 1;
    extraction_t e = extraction_of("lvm2", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.tree.count, 0);
    assert_true(e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_luks_volume_is_named_as_encrypted_and_not_examined),
        cmocka_unit_test(a_broken_luks2_header_is_told),
        cmocka_unit_test(a_hash_tree_gives_the_root_hash_that_veritysetup_gave),
        cmocka_unit_test(one_half_of_a_mirror_is_opened_and_a_stripe_is_named),
        cmocka_unit_test(superblocks_at_the_end_of_a_device_are_found_alone),
        cmocka_unit_test(logical_volumes_are_put_together_from_their_extents),
        cmocka_unit_test(a_broken_metadata_text_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
