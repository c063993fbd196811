/* Oracle: the data that the dump was made of. The codes themselves are held against values that other programs computed: BCH by
 * lib/bch.c of Linux (through python's bchlib 2.1.3), Hamming by hand from the definition in drivers/mtd/nand/ecc-sw-hamming.c. */
#include "extractors/nand_ecc.h"
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct { const char *page, *spare, *code, *content, *ecc; } variant_t;

static const variant_t variants[] = {
    {"512", "16", "hamming256", "jffs2", "Hamming, 1 bit of 256 bytes, in the spare area from byte 0 on"},
    {"512", "16", "yaffs", "jffs2", "Hamming, 1 bit of 256 bytes, in the spare area from byte 8 on"},
    {"512", "16", "smartmedia256", "squashfs", "Hamming (SmartMedia order), 1 bit of 256 bytes, in the spare area from byte 0 on"},
    {"2048", "64", "hamming256", "jffs2", "Hamming, 1 bit of 256 bytes, in the spare area from byte 40 on"},
    {"2048", "64", "hamming512", "jffs2", "Hamming, 1 bit of 512 bytes, in the spare area from byte 52 on"},
    {"2048", "64", "bch4", "squashfs", "BCH, 4 bits of 512 bytes, in the spare area from byte 36 on"},
    {"2048", "64", "bch8", "jffs2", "BCH, 8 bits of 512 bytes, in the spare area from byte 12 on"},
    {"2048", "128", "bch8", "ubi", "BCH, 8 bits of 512 bytes, in the spare area from byte 76 on"},
    {"4096", "128", "bch8", "squashfs", "BCH, 8 bits of 512 bytes, in the spare area from byte 24 on"},
    {"4096", "224", "bch16", "jffs2", "BCH, 16 bits of 512 bytes, in the spare area from byte 16 on"},
    {"4096", "224", "bch24", "jffs2", "BCH, 24 bits of 1024 bytes, in the spare area from byte 56 on"},
    {"4096", "256", "hamming256", "jffs2", "Hamming, 1 bit of 256 bytes, in the spare area from byte 208 on"},
    {"8192", "640", "bch40", "jffs2", "BCH, 40 bits of 1024 bytes, in the spare area from byte 80 on"},
    {"512", "16", "none", "jffs2", "not known"},
    {"512", "16", "vendor", "jffs2", "not known"},
    {"2048", "64", "none", "jffs2", "not known"},
    {"2048", "64", "vendor", "jffs2", "not known"},
};

static sample_t dump_of(const variant_t *v, const char *wrong)
{
    char arguments[128];
    (void)snprintf(arguments, sizeof arguments, "%s %s %s %s %s", v->page, v->spare, v->code, v->content, wrong);
    return sample_build("nand", arguments);
}

/* The pages of the dump without their spare areas, by the geometry that the builder was told. */
static void assert_child_is_the_data(const extraction_t *e, const variant_t *v, span_t dump)
{
    size_t         page = strtoul(v->page, NULL, 10), spare = strtoul(v->spare, NULL, 10), pages = dump.size / (page + spare);
    const entry_t *child = tree_entry(&e->tree, "nand");
    assert_non_null(child);
    assert_int_equal(child->size, pages * page);
    for (size_t i = 0; i < pages; i++)
        if (memcmp(child->content + i * page, dump.at + i * (page + spare), page) != 0)
            fail_msg("%s+%s %s: page %zu is not as it was written", v->page, v->spare, v->code, i);
}

static void geometry_and_code_of_every_variant_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const variant_t *v      = &variants[i];
        sample_t         sample = dump_of(v, "0");
        extraction_t     e      = extraction_of("nand", sample_span(&sample));
        if (e.bits < BITS_ELSEWHERE || !status_ok(e.status))
            fail_msg("%s+%s %s %s is not recognised", v->page, v->spare, v->code, v->content);
        assert_string_equal(extraction_fact(&e, "nand.page-size"), v->page);
        assert_string_equal(extraction_fact(&e, "nand.spare-size"), v->spare);
        assert_string_equal(extraction_fact(&e, "nand.ecc"), v->ecc);
        assert_int_equal(e.damage.count + e.limits.count, 0);
        assert_int_equal(e.tree.count, 1);
        assert_child_is_the_data(&e, v, sample_span(&sample));
        assert_int_equal(explained_ppm(&e), 1000000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void spare_areas_are_spare_and_data_is_content(void **state)
{
    (void)state;
    sample_t     sample = sample_build("nand", "");
    extraction_t e      = extraction_of("nand", sample_span(&sample));
    uint64_t     spare = 0, content = 0;
    for (size_t i = 0; i < e.ledger.count; i++) {
        spare += e.ledger.regions[i].kind == REGION_SPARE ? e.ledger.regions[i].length : 0;
        content += e.ledger.regions[i].kind == REGION_CONTENT ? e.ledger.regions[i].length : 0;
    }
    assert_int_equal(spare, sample.size / 528 * 16);
    assert_int_equal(content, sample.size / 528 * 512);
    extraction_free(&e);
    sample_free(&sample);
}

static void wrong_bits_are_put_right_and_counted(void **state)
{
    (void)state;
    static const struct { variant_t variant; const char *wrong; } broken[] = {
        {{"512", "16", "hamming256", "jffs2", NULL}, "1"}, {{"2048", "64", "hamming512", "jffs2", NULL}, "1"}, {{"2048", "64", "bch4", "jffs2", NULL}, "4"},
        {{"2048", "64", "bch8", "squashfs", NULL}, "7"},   {{"4096", "224", "bch24", "jffs2", NULL}, "3"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        sample_t     sound = dump_of(&broken[i].variant, "0"), sample = dump_of(&broken[i].variant, broken[i].wrong);
        extraction_t e     = extraction_of("nand", sample_span(&sample));
        assert_true(status_ok(e.status) && e.damage.count == 0);
        assert_child_is_the_data(&e, &broken[i].variant, sample_span(&sound));
        assert_true(strtoul(extraction_fact(&e, "nand.corrected-bits"), NULL, 10) >= strtoul(broken[i].wrong, NULL, 10));
        assert_string_equal(extraction_fact(&e, "nand.uncorrectable-pages"), "0");
        extraction_free(&e);
        sample_free(&sample);
        sample_free(&sound);
    }
}

static void too_many_wrong_bits_are_damage_with_the_page_they_stand_in(void **state)
{
    (void)state;
    sample_t sample = sample_build("nand", "2048 64 bch4 jffs2 0");
    memset(sample.at + 5 * 2112 + 100, 0x5A, 40);
    extraction_t e = extraction_of("nand", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.damage.sayings[0].offset, 5 * 2112);
    assert_int_equal(e.damage.sayings[0].length, 2048);
    assert_string_equal(extraction_fact(&e, "nand.uncorrectable-pages"), "1");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_dump_that_ends_inside_a_page_says_so(void **state)
{
    (void)state;
    sample_t     sample = sample_build("nand", "2048 64 hamming256 jffs2 0");
    extraction_t e      = extraction_of("nand", span_from(sample.at, 40 * 2112 + 1000));
    assert_true(status_ok(e.status));
    assert_int_equal(tree_entry(&e.tree, "nand")->size, 40 * 2048 + 1000);
    assert_true(tree_entry(&e.tree, "nand")->damaged);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    sample_free(&sample);
}

/* Images of everything that has a builder, at their own size and cut to a multiple of each geometry. */
static void no_other_image_is_taken_for_a_dump(void **state)
{
    (void)state;
    static const size_t strides[] = {1, 528, 2112, 2176, 4224, 4320, 8832};
    const extractor_t  *nand      = extractor_named("nand");
    for (size_t i = 0; extractors[i] != NULL; i++) {
        if (extractors[i] == nand || strncmp(extractors[i]->id, "yaffs", 5) == 0 || !sample_exists(extractors[i]->id))
            continue;
        sample_t sample = sample_build(extractors[i]->id, "");
        for (size_t n = 0; n < sizeof strides / sizeof *strides; n++) {
            size_t padded = sample.size + (strides[n] - sample.size % strides[n]) % strides[n];
            uint8_t *copy = calloc(1, padded + 1);
            assert_non_null(copy);
            memcpy(copy, sample.at, sample.size);
            if (nand->probe(span_from(copy, padded)) != 0)
                fail_msg("%s of %zu bytes is taken for a NAND dump", extractors[i]->id, padded);
            free(copy);
        }
        sample_free(&sample);
    }
}

/* A boot area and a JFFS2 whose pages have a code, and behind them a YAFFS whose tags stand where the code would. */
static void a_yaffs_among_the_pages_keeps_its_spare_areas(void **state)
{
    (void)state;
    sample_t sample = sample_build("nand", "2048 64 hamming256 jffs2 0"), yaffs = sample_build("yaffs", "small at=2 code");
    size_t   block = 64 * 2112, erased = (block - yaffs.size % block) % block, total = sample.size + yaffs.size + erased + sample.size;
    uint8_t *dump = malloc(total);
    assert_non_null(dump);
    memset(dump, 0xFF, total);
    memcpy(dump, sample.at, sample.size);
    memcpy(dump + sample.size, yaffs.at, yaffs.size);
    memcpy(dump + sample.size + yaffs.size + erased, sample.at, sample.size);
    extraction_t e = extraction_of("nand", span_from(dump, total));
    char         path[32];
    assert_true(e.bits >= BITS_ELSEWHERE && status_ok(e.status) && e.damage.count == 0);
    assert_int_equal(e.tree.count, 3);
    assert_non_null(tree_entry(&e.tree, "nand-00000000"));
    (void)snprintf(path, sizeof path, "yaffs-%08zx", sample.size);
    const entry_t *child = tree_entry(&e.tree, path);
    assert_non_null(child);
    assert_int_equal(child->size, yaffs.size + erased);
    assert_memory_equal(child->content, yaffs.at, yaffs.size);
    (void)snprintf(path, sizeof path, "nand-%08zx", sample.size + yaffs.size + erased);
    assert_int_equal(tree_entry(&e.tree, path)->size, sample.size / 2112 * 2048);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    free(dump);
    sample_free(&yaffs);
    sample_free(&sample);
}

/* ---- the codes ---- */

static void fill(uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * i + 3 * i + 7);
}

static void codes_are_those_of_linux(void **state)
{
    (void)state;
    static const struct { nand_code_kind_t kind; unsigned step, strength; const char *hex; } known[] = {
        {NAND_BCH, 512, 4, "9226918890192f"},
        {NAND_BCH, 512, 8, "489622bd5246b0fa6051bed035"},
        {NAND_BCH, 512, 16, "7229d4890340f29d517ce609148cfb1acfa6eaf141d649961eaf"},
        {NAND_BCH, 1024, 24, "24bc948e67bf4447e1d39aac66f8d38c2d62667b283289f96987d5c060d68f8e7a90fa10e8d8c53966b7"},
        {NAND_BCH, 1024, 40, "ae8ad6ae40de7e13fe2a5a8406f6b63c7cc876997acf9da4be7e4403d3704552f80800e2bf9ce46089d4bbf0f7cc8c272f3cbdd2c0f613fa1850f0b133df7ca5736298ab648f"},
        {NAND_HAMMING, 256, 1, "3fffff"},
        {NAND_HAMMING, 512, 1, "ffffff"},
        {NAND_HAMMING_SMARTMEDIA, 256, 1, "ff3fff"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint8_t      data[NAND_STEP_MAX], ecc[NAND_ECC_BYTES_MAX];
        unsigned     bytes = nand_code_bytes(known[i].kind, known[i].step, known[i].strength);
        nand_code_t *code  = nand_code_new(known[i].kind, known[i].step, known[i].strength);
        assert_non_null(code);
        assert_int_equal(strlen(known[i].hex), 2 * bytes);
        for (unsigned n = 0; n < bytes; n++) {
            char digits[3] = {known[i].hex[2 * n], known[i].hex[2 * n + 1], 0};
            ecc[n]         = (uint8_t)strtoul(digits, NULL, 16);
        }
        fill(data, known[i].step);
        if (!nand_code_agrees(code, data, ecc))
            fail_msg("code %zu is not the same", i);
        nand_code_free(code);
    }
}

static void every_code_corrects_what_it_promises_and_not_more(void **state)
{
    (void)state;
    static const struct { nand_code_kind_t kind; unsigned step, strength; } tried[] = {
        {NAND_HAMMING, 256, 1}, {NAND_HAMMING, 512, 1}, {NAND_HAMMING_SMARTMEDIA, 256, 1}, {NAND_BCH, 512, 4}, {NAND_BCH, 512, 8}, {NAND_BCH, 1024, 24}, {NAND_BCH, 1024, 40},
    };
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        uint8_t      data[NAND_STEP_MAX], sound[NAND_STEP_MAX], ecc[NAND_ECC_BYTES_MAX], kept[NAND_ECC_BYTES_MAX];
        unsigned     bytes = nand_code_bytes(tried[i].kind, tried[i].step, tried[i].strength);
        nand_code_t *code  = nand_code_new(tried[i].kind, tried[i].step, tried[i].strength);
        assert_non_null(code);
        /* Erased data has a code of FF, so its code is known without a way to ask for it. */
        memset(data, 0xFF, sizeof data);
        memset(sound, 0xFF, sizeof sound);
        memset(kept, 0xFF, sizeof kept);
        assert_true(nand_code_agrees(code, data, kept));
        for (unsigned round = 0; round < 200; round++) {
            unsigned wrong = 1 + round % tried[i].strength, in_code = wrong > 1 ? 1 : 0;
            memcpy(data, sound, sizeof data);
            memcpy(ecc, kept, sizeof ecc);
            ecc[0] ^= in_code != 0 ? 0x80 : 0;
            for (unsigned n = in_code; n < wrong; n++) {
                unsigned bit = (round * 7919 + n * (tried[i].step * 8 / wrong)) % (tried[i].step * 8);
                data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
            int corrected = nand_code_correct(code, data, ecc);
            if (corrected < 1 || memcmp(data, sound, tried[i].step) != 0 || memcmp(ecc, kept, bytes) != 0)
                fail_msg("code %zu did not correct %u wrong bits (%d)", i, wrong, corrected);
        }
        memcpy(data, sound, sizeof data);
        memcpy(ecc, kept, sizeof ecc);
        memset(data + 10, 0x12, 30);
        uint8_t spoiled[NAND_STEP_MAX];
        memcpy(spoiled, data, sizeof data);
        if (tried[i].kind == NAND_BCH) {
            assert_int_equal(nand_code_correct(code, data, ecc), NAND_UNCORRECTABLE);
            assert_memory_equal(data, spoiled, sizeof data);
        }
        nand_code_free(code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_linux),
        cmocka_unit_test(every_code_corrects_what_it_promises_and_not_more),
        cmocka_unit_test(geometry_and_code_of_every_variant_are_found),
        cmocka_unit_test(spare_areas_are_spare_and_data_is_content),
        cmocka_unit_test(wrong_bits_are_put_right_and_counted),
        cmocka_unit_test(too_many_wrong_bits_are_damage_with_the_page_they_stand_in),
        cmocka_unit_test(a_dump_that_ends_inside_a_page_says_so),
        cmocka_unit_test(a_yaffs_among_the_pages_keeps_its_spare_areas),
        cmocka_unit_test(no_other_image_is_taken_for_a_dump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
