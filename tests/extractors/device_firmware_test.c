/* Containers of device makers (telecommunication, cameras, storage). Debian has no program that writes or opens them: the oracle is what the
 * builders put in (OUT.parts/), from layouts that others published; a second opinion is binwalk's, where
 * it knows the header. Checksums of headers that were published with their values stand here as vectors. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const char *format, *builder, *variant;
    unsigned    bits;         /* what the probe must say of the whole sample */
    const char *fact, *value; /* one that must be told; NULL: it has none */
    const char *limit;        /* what is told as a limit; NULL: nothing */
} case_t;

static const case_t cases[] = {
    {"huawei_hwnp", "huawei_hwnp", "", 88, "hwnp.version", "V300R015C10", NULL},
    {"huawei_hwnp", "huawei_hwnp", "old", 88, "hwnp.products", "120|130|140|141|150|", NULL},
    {"huawei_update_app", "huawei_update_app", "", 64, "update_app.date", "2019.05.31", NULL},
    {"hikvision_dav", "hikvision_dav", "", 64, "dav.language", "1 (English, multilingual)", NULL},
    {"hikvision_dav", "hikvision_dav", "images", 64, "dav.kind", "images for device types", NULL},
    {"hikvision_dav", "hikvision_dav", "encrypted", 32, "dav.kind", "encrypted", "encrypted"},
    {"ubnt", "ubnt", "", 88, "ubnt.version", "XM.ar7240.v6.3.11.33396.230425.1742", NULL},
    {"ubnt", "ubnt", "signed", 88, "ubnt.signature", "RSA, not checked", NULL},
    {"ubnt", "ubnt", "open", 88, "ubnt.signature", "none", NULL},
    {"xiaomi_hdr", "xiaomi_hdr", "", 104, "xiaomi.device", "000D", NULL},
    {"xiaomi_hdr", "xiaomi_hdr", "hdr2", 104, "xiaomi.region", "EU", NULL},
    {"mikrotik_npk", "mikrotik_npk", "", 72, "npk.version", "7.17.1", NULL},
    {"zte_config", "zte_config", "", 144, "zte.model", "ZXHN H168N V3.5", NULL},
    {"zte_config", "zte_config", "bare", 80, "zte.payload_type", "0", NULL},
    {"zte_config", "zte_config", "little", 144, "zte.model", "ZXHN H168N V3.5", NULL},
    {"zte_config", "zte_config", "encrypted", 112, "zte.payload_type", "4", "encrypted"},
    {"rtthread_rbl", "rtthread_rbl", "", 64, "rbl.version", "1.4.2", NULL},
    {"rtthread_rbl", "rtthread_rbl", "gzip", 64, "rbl.compression", "gzip", NULL},
    {"rtthread_rbl", "rtthread_rbl", "aes", 64, "rbl.cipher", "AES-256", "encrypted"},
    {"rtthread_rbl", "rtthread_rbl", "quicklz", 64, "rbl.compression", "QuickLZ", "feature"},
    {"reolink_pak", "reolink_pak", "", 80, "pak.version.fs", "v1.0.0.442", NULL},
    {"reolink_pak", "reolink_pak", "wide", 80, "pak.sections", "3", NULL},
    {"novatek_pack", "novatek_pack", "", 160, "nvtpack.partitions", "2", NULL},
    {"novatek_cksm", "novatek_cksm", "", 96, NULL, NULL, NULL},
    {"ambarella_romfs", "ambarella_romfs", "", 80, "ambarella_romfs.files", "3", NULL},
    {"ambarella_part", "ambarella_part", "", 80, "ambarella.date", "2023-05-31", NULL},
    {"instar_bneg", "instar_bneg", "", 64, "bneg.version", "1.1", NULL},
    {"qnap_nas", "qnap_nas", "", 80, "qnap.version", "4.5.4", NULL},
    {"hp_bdl", "hp_bdl", "", 64, "hp_bdl.version", "002.2208A", NULL},
    {"hp_ipkg", "hp_ipkg", "", 64, "hp_ipkg.package", "system", NULL},
};

/* The sample, and the parts that its builder kept. */
static sample_t build(const case_t *c, tree_t *parts)
{
    char directory[1024], path[1100];
    scratch_make(directory);
    snprintf(path, sizeof path, "%s/image.parts", directory);
    run("mkdir '%s' && sh '%s/corpus/samples/%s.sh' '%s/image' %s", path, getenv("ASSAY_SOURCE"), c->builder, directory, c->variant);
    *parts = tree_of_directory(path);
    snprintf(path, sizeof path, "%s/image", directory);
    sample_t sample = sample_read(path);
    scratch_remove(directory);
    return sample;
}

/* Every part that the builder kept came out under its name with its content. */
static void assert_same_parts(const case_t *c, const tree_t *got, const tree_t *parts)
{
    size_t files = 0;
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->entries[i].type != CHILD_FILE)
            continue;
        const entry_t *entry = tree_entry(got, parts->entries[i].path);
        if (entry == NULL)
            fail_msg("%s %s: %s is missing", c->format, c->variant, parts->entries[i].path);
        else if (!sha256_equal(&entry->sha256, &parts->entries[i].sha256))
            fail_msg("%s %s: %s has another content", c->format, c->variant, parts->entries[i].path);
        files++;
    }
    assert_true(files > 0);
    size_t contents = 0;
    for (size_t i = 0; i < got->count; i++)
        contents += got->entries[i].type == CHILD_FILE || got->entries[i].type == CHILD_PAYLOAD;
    assert_int_equal(contents, files);
}

static void every_part_comes_out_under_its_name_and_every_byte_is_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const case_t *c = &cases[i];
        tree_t        parts;
        sample_t      sample = build(c, &parts);
        extraction_t  e      = extraction_of(c->format, sample_span(&sample));
        print_message("%s %s: %u bits\n", c->format, c->variant, e.bits);
        assert_true(status_ok(e.status));
        assert_int_equal(e.bits, c->bits);
        if (e.damage.count > 0)
            fail_msg("%s %s: %s", c->format, c->variant, e.damage.sayings[0].what);
        assert_int_equal(e.limits.count, c->limit != NULL ? 1 : 0);
        assert_same_parts(c, &e.tree, &parts);
        const char *value = c->fact != NULL ? extraction_fact(&e, c->fact) : NULL;
        if (c->fact != NULL && value == NULL)
            fail_msg("%s %s: %s is not told", c->format, c->variant, c->fact);
        if (c->fact != NULL)
            assert_string_equal(value, c->value);
        assert_true(explained_with_padding_ppm(c->format, sample_span(&sample)) >= 999000);
        assert_true(e.extent == sample.size || span_is_filled_with(span_sub(sample_span(&sample), e.extent, sample.size - e.extent), 0) ||
                    span_is_filled_with(span_sub(sample_span(&sample), e.extent, sample.size - e.extent), 0xFF));
        extraction_free(&e);
        tree_free(&parts);
        sample_free(&sample);
    }
}

static void what_is_cut_off_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].limit != NULL)
            continue; /* nothing says how long the encrypted ones should be */
        sample_t sample = sample_build(cases[i].builder, cases[i].variant);
        print_message("%s %s\n", cases[i].format, cases[i].variant);
        assert_cuts_are_told(cases[i].format, sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

/* All but these have a checksum over their contents: a byte that changed anywhere in one is told. */
static bool is_unchecked(const case_t *c)
{
    static const char *const unchecked[] = {"mikrotik_npk", "ambarella_romfs", "instar_bneg", "qnap_nas", "hp_bdl", "hp_ipkg"};
    for (size_t i = 0; i < sizeof unchecked / sizeof *unchecked; i++)
        if (strcmp(c->format, unchecked[i]) == 0)
            return true;
    return c->limit != NULL;
}

static void a_changed_byte_of_any_part_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (is_unchecked(&cases[i]))
            continue;
        sample_t     sample = sample_build(cases[i].builder, cases[i].variant);
        extraction_t whole  = extraction_of(cases[i].format, sample_span(&sample));
        for (size_t n = 0; n < whole.tree.count; n++) {
            const entry_t *entry = &whole.tree.entries[n];
            if (entry->at_length == 0)
                continue;
            uint64_t at = entry->at_offset + entry->at_length / 2;
            sample.at[at] ^= 0x40;
            extraction_t e = extraction_of(cases[i].format, sample_span(&sample));
            assert_true(status_ok(e.status));
            if (e.damage.count == 0)
                fail_msg("%s %s: a changed byte of %s is not told", cases[i].format, cases[i].variant, entry->path);
            extraction_free(&e);
            sample.at[at] ^= 0x40;
        }
        extraction_free(&whole);
        sample_free(&sample);
    }
}

/* The header of an upgrade for two device types as it was published in an analysis of 2023, with the sum that stands in it. */
static void a_published_digicap_header_has_the_sum_that_it_says(void **state)
{
    (void)state;
    static const uint8_t key[16] = {0xBA, 0xCD, 0xBC, 0xFE, 0xD6, 0xCA, 0xDD, 0xD3, 0xBA, 0xB9, 0xA3, 0xAB, 0xBF, 0xCB, 0xB5, 0xBE};
    uint8_t header[152] =
        "\x30\x32\x4b\x48\xca\x29\x00\x00\x98\x00\x00\x00\x00\x00\x00\x00\x82\x1d\x53\x01\x02\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" "1140050031111110011\0" "1140050031111110011\0" "\0\0\0\0\0\0\0\0\0\0\0\0"
        "\x98\x00\x00\x00\xed\x4c\x84\x00\xd7\xad\xa4\x3d" "1140050031111110011\0" "\0\0\0\0\0\0\0\0\0\0\0\0"
        "\x85\x4d\x84\x00\xfd\xcf\xce\x00\x04\x58\x8b";
    header[151] = 0x66;
    for (size_t i = 0; i < sizeof header; i++)
        header[i] ^= key[(i + (i >> 4)) & 15];
    extraction_t e = extraction_of("hikvision_dav", span_from(header, sizeof header));
    assert_int_equal(e.bits, 64);
    assert_int_equal(e.tree.count, 2);
    assert_non_null(tree_entry(&e.tree, "1140050031111110011"));
    extraction_free(&e);
}

/* A table whose every item is the same first bytes: the checksums of all of them would be far more work than the image is long. */
static void a_table_of_items_that_all_lie_on_each_other_does_not_cost_their_sum(void **state)
{
    (void)state;
    enum { HEADER = 36, ITEM = 360, ITEMS = 5000 };
    size_t   size  = HEADER + (size_t)ITEM * ITEMS;
    uint8_t *image = calloc(1, size);
    assert_non_null(image);
    memcpy(image, "HWNP", 4);
    const uint32_t header[] = {0, 0, (uint32_t)size, 0, ITEMS, 0, ITEM, 0};
    memcpy(image + 4, header, sizeof header);
    for (size_t i = 0; i < ITEMS; i++) {
        const uint32_t item[] = {(uint32_t)i, 0, 0, 64 << 10};
        memcpy(image + HEADER + i * ITEM, item, sizeof item);
        snprintf((char *)image + HEADER + i * ITEM + sizeof item, 256, "file:/item%zu", i);
    }
    extraction_t e = extraction_of("huawei_hwnp", span_from(image, size));
    assert_true(status_ok(e.status));
    assert_int_equal(e.tree.count, 4096);
    assert_int_equal(e.limits.count, 2); /* the work, and the number of items */
    extraction_free(&e);
    free(image);
}

/* The second opinion: what binwalk says of the header, where it is installed and knows it. */
static void binwalk_sees_the_headers_that_it_knows(void **state)
{
    (void)state;
    static const struct { const char *builder, *says; } known[] = {{"ubnt", "Ubiquiti firmware header"}};
    if (run_status("command -v binwalk >/dev/null") != 0) {
        print_message("binwalk is not installed: no second opinion\n");
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        sample_t sample = sample_build(known[i].builder, "");
        run("binwalk '%s' | grep -q '%s'", sample.path, known[i].says);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_comes_out_under_its_name_and_every_byte_is_explained),
        cmocka_unit_test(what_is_cut_off_is_told),
        cmocka_unit_test(a_changed_byte_of_any_part_is_told),
        cmocka_unit_test(a_published_digicap_header_has_the_sum_that_it_says),
        cmocka_unit_test(a_table_of_items_that_all_lie_on_each_other_does_not_cost_their_sum),
        cmocka_unit_test(binwalk_sees_the_headers_that_it_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
