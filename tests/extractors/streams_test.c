/* What holds for every raw compressed stream, from one table: each sample decodes to what text.sh wrote. */
#include "support/extraction.h"

#include <stdlib.h>

typedef struct { const char *format, *arguments; } variant_t;

static const variant_t variants[] = {
    {"bzip2", ""}, {"gzip", ""}, {"gzip", "plain"}, {"lz4", ""}, {"lz4", "plain"}, {"lz4-legacy", ""}, {"lzip", ""}, {"lzma", ""},
    {"lzma", "lc=1,lp=2,pb=2,dict=8MiB"}, {"lzma", "lc=0,lp=2,pb=2,dict=8MiB"}, {"lzma", "lc=0,lp=0,pb=2,dict=4KiB"}, {"lzma", "sized"}, {"lzop", ""}, {"lzop", "crc32"},
    {"xz", ""}, {"xz", "crc32"}, {"xz", "none"}, {"xz", "arm"}, {"zlib", ""}, {"zstd", ""}, {"zstd", "skippable"},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

/* An exact copy with `more` bytes that are not zero behind it. */
static sample_t copy_with(const sample_t *sample, size_t more)
{
    sample_t copy = {.at = malloc(sample->size + more + 1), .size = sample->size + more};
    assert_non_null(copy.at);
    memcpy(copy.at, sample->at, sample->size);
    for (size_t i = 0; i < more; i++)
        copy.at[sample->size + i] = (uint8_t)(0xA5 + 7 * i);
    return copy;
}

static bool starts_like(const entry_t *entry, const sample_t *text)
{
    return entry->size <= text->size && (entry->size == 0 || memcmp(entry->content, text->at, entry->size) == 0);
}

static void every_stream_decodes_to_what_was_compressed(void **state)
{
    (void)state;
    sample_t text = sample_build("words", "");
    for (size_t i = 0; i < VARIANTS; i++) {
        sample_t     sample = sample_build(variants[i].format, variants[i].arguments);
        extraction_t e      = extraction_of(variants[i].format, sample_span(&sample));
        if (!status_ok(e.status) || e.tree.count != 1 || e.tree.entries[0].size != text.size || !starts_like(&e.tree.entries[0], &text))
            fail_msg("%s %s does not decode", variants[i].format, variants[i].arguments);
        if (e.extent != sample.size || e.end != sample.size || explained_ppm(&e) != 1000000 || e.damage.count != 0)
            fail_msg("%s %s: extent %llu, end %llu of %zu", variants[i].format, variants[i].arguments, (unsigned long long)e.extent, (unsigned long long)e.end, sample.size);
        if (e.bits < BITS_ELSEWHERE)
            fail_msg("%s %s: only %u bits", variants[i].format, variants[i].arguments, e.bits);
        assert_int_equal(e.tree.entries[0].type, CHILD_PAYLOAD);
        extraction_free(&e);
        sample_free(&sample);
    }
    sample_free(&text);
}

static void what_follows_a_stream_is_left_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < VARIANTS; i++) {
        sample_t sample = sample_build(variants[i].format, variants[i].arguments);
        for (size_t zeros = 0; zeros < 2; zeros++) {
            sample_t longer = copy_with(&sample, 1000);
            if (zeros == 1)
                memset(longer.at + sample.size, 0, 1000);
            extraction_t e = extraction_of(variants[i].format, sample_span(&longer));
            if (!status_ok(e.status) || e.extent != sample.size || e.end != sample.size || e.damage.count != 0)
                fail_msg("%s %s: extent %llu, end %llu of %zu", variants[i].format, variants[i].arguments, (unsigned long long)e.extent,
                    (unsigned long long)e.end, sample.size);
            extraction_free(&e);
            sample_free(&longer);
        }
        sample_free(&sample);
    }
}

static void a_stream_that_is_cut_yields_what_could_be_decoded_and_says_where_it_ends(void **state)
{
    (void)state;
    sample_t text = sample_build("words", "");
    for (size_t i = 0; i < VARIANTS; i++) {
        if (strcmp(variants[i].arguments, "skippable") == 0 || (strcmp(variants[i].format, "lz4") == 0 && strcmp(variants[i].arguments, "plain") == 0))
            continue; /* one block only, which is whole or nothing */
        sample_t     sample = sample_build(variants[i].format, variants[i].arguments);
        size_t       cut    = sample.size - sample.size / 8;
        extraction_t e      = extraction_of(variants[i].format, span_from(sample.at, cut));
        if (!status_ok(e.status) || e.damage.count == 0 || !e.tree.entries[0].damaged || e.damage.sayings[0].offset > cut)
            fail_msg("%s %s: damage is not told", variants[i].format, variants[i].arguments);
        bool one_block = strcmp(variants[i].format, "lzop") == 0;
        if (e.tree.entries[0].size < (one_block ? 1 : 8000) || !starts_like(&e.tree.entries[0], &text))
            fail_msg("%s %s: only %llu bytes are kept", variants[i].format, variants[i].arguments, (unsigned long long)e.tree.entries[0].size);
        extraction_free(&e);
        sample_free(&sample);
    }
    sample_free(&text);
}

static void a_wrong_checksum_is_damage_and_costs_no_data(void **state)
{
    (void)state;
    static const struct { variant_t variant; size_t from_end; } wrong[] = {
        {{"gzip", "plain"}, 8}, {{"gzip", "plain"}, 2}, {{"zlib", ""}, 1}, {{"lzip", ""}, 20}, {{"lzip", ""}, 3}, {{"zstd", ""}, 2}, {{"lz4", ""}, 2},
    };
    sample_t text = sample_build("words", "");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sample_t sample = sample_build(wrong[i].variant.format, wrong[i].variant.arguments);
        sample.at[sample.size - wrong[i].from_end] ^= 1;
        extraction_t e = extraction_of(wrong[i].variant.format, sample_span(&sample));
        if (!status_ok(e.status) || e.damage.count != 1 || e.tree.entries[0].size != text.size || e.end != sample.size)
            fail_msg("%s, %zu before the end: %zu damages, %llu bytes", wrong[i].variant.format, wrong[i].from_end, e.damage.count,
                (unsigned long long)(e.tree.count > 0 ? e.tree.entries[0].size : 0));
        extraction_free(&e);
        sample_free(&sample);
    }
    sample_free(&text);
}

static void a_wrong_check_of_an_xz_block_does_not_cost_the_next_block(void **state)
{
    (void)state;
    sample_t text = sample_build("words", ""), sample = sample_build("xz", "");
    bool     found = false;
    /* Somewhere in the sample stands the SHA-256 of its first block. */
    sha256_t digest;
    assert_true(status_ok(sha256_of(span_from(text.at, 3000), &digest)));
    for (size_t at = 0; at + SHA256_SIZE < sample.size && !found; at++)
        if (memcmp(sample.at + at, digest.bytes, SHA256_SIZE) == 0) {
            sample.at[at + 5] ^= 0x10;
            found = true;
        }
    assert_true(found);
    extraction_t e = extraction_of("xz", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.tree.entries[0].size, text.size);
    assert_int_equal(e.end, sample.size);
    extraction_free(&e);
    sample_free(&sample);
    sample_free(&text);
}

static void a_bomb_ends_at_the_limit_and_says_so(void **state)
{
    (void)state;
    limits_t limits    = limits_default();
    limits.ratio       = 100;
    limits.ratio_floor = 1 << 20;
    sample_t     sample = sample_build("gzip", "bomb");
    extraction_t e      = extraction_with("gzip", sample_span(&sample), &limits);
    assert_true(status_ok(e.status));
    assert_int_equal(e.limits.count, 1);
    assert_true(e.tree.entries[0].size <= 100 * sample.size);
    assert_true(e.tree.entries[0].size > 1 << 20);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_gzip_keeps_the_name_and_time_that_it_stores(void **state)
{
    (void)state;
    sample_t     sample = sample_build("gzip", "");
    extraction_t e      = extraction_of("gzip", sample_span(&sample));
    assert_string_equal(e.tree.entries[0].path, "notes.txt");
    assert_true(e.tree.entries[0].has_mtime);
    assert_int_equal(e.tree.entries[0].mtime, 1234567890);
    assert_string_equal(extraction_fact(&e, "gzip.name"), "some/where/notes.txt");
    assert_string_equal(extraction_fact(&e, "gzip.comment"), "a comment");
    assert_string_equal(extraction_fact(&e, "gzip.members"), "2");
    extraction_free(&e);
    sample_free(&sample);
}

static void an_lzop_keeps_name_mode_and_time(void **state)
{
    (void)state;
    sample_t     sample = sample_build("lzop", "");
    extraction_t e      = extraction_of("lzop", sample_span(&sample));
    assert_string_equal(e.tree.entries[0].path, "notes.txt");
    assert_int_equal(e.tree.entries[0].mode, 0640);
    assert_int_equal(e.tree.entries[0].mtime, 1234567890);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_header_alone_is_not_a_stream(void **state)
{
    (void)state;
    static const struct { const char *format; span_t bytes; } headers[] = {
#define BYTES(text) {(const uint8_t *)(text), sizeof(text) - 1}
        {"gzip", BYTES("\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\x03 text that is no deflate at all, whatever comes")},
        {"lzma", BYTES("\x5D\x00\x00\x80\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00 text that is no range coder's output, which fails at once when it is decoded")},
        {"zlib", BYTES("\x78\x9C text that is no deflate at all, whatever comes")},
        {"lz4-legacy", BYTES("\x02\x21\x4C\x18\x10\x00\x00\x00\xF0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")},
        {"zstd", BYTES("\x28\xB5\x2F\xFD\x20\x10\x07\x00\x00 the block is of the reserved type")},
#undef BYTES
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        extraction_t e = extraction_of(headers[i].format, headers[i].bytes);
        if (e.bits >= BITS_ELSEWHERE || status_ok(e.status))
            fail_msg("%s was believed with %u bits", headers[i].format, e.bits);
        extraction_free(&e);
    }
}

static void a_run_of_zeros_behind_an_lzma_header_is_not_lzma(void **state)
{
    (void)state;
    uint8_t image[4096] = {0x5D, 0, 0, 0x80, 0, 0x00, 0x10};
    assert_int_equal(extractor_named("lzma")->probe(span_from(image, sizeof image)), 0);
}

static void a_kernels_blocks_of_8_mebibytes_are_joined(void **state)
{
    (void)state;
    sample_t     text   = sample_build("words", "9000000"), sample = sample_build("lz4-legacy", "9000000");
    extraction_t e      = extraction_of("lz4-legacy", sample_span(&sample));
    assert_int_equal(e.tree.entries[0].size, text.size);
    assert_memory_equal(e.tree.entries[0].content, text.at, text.size);
    assert_int_equal(e.end, sample.size);
    extraction_free(&e);
    sample_free(&sample);
    sample_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stream_decodes_to_what_was_compressed),
        cmocka_unit_test(what_follows_a_stream_is_left_alone),
        cmocka_unit_test(a_stream_that_is_cut_yields_what_could_be_decoded_and_says_where_it_ends),
        cmocka_unit_test(a_wrong_checksum_is_damage_and_costs_no_data),
        cmocka_unit_test(a_wrong_check_of_an_xz_block_does_not_cost_the_next_block),
        cmocka_unit_test(a_bomb_ends_at_the_limit_and_says_so),
        cmocka_unit_test(a_gzip_keeps_the_name_and_time_that_it_stores),
        cmocka_unit_test(an_lzop_keeps_name_mode_and_time),
        cmocka_unit_test(a_header_alone_is_not_a_stream),
        cmocka_unit_test(a_run_of_zeros_behind_an_lzma_header_is_not_lzma),
        cmocka_unit_test(a_kernels_blocks_of_8_mebibytes_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
