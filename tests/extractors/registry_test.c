/* What every format owes, by being in the registry: from one table, no format named here. */
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>

/* Cheap, repeatable, the same on every machine: xorshift64*. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

/* Samples may be large; mutations look at small ones. A format's builder may offer a small variant by the argument "small". */
static sample_t sample_of(const extractor_t *extractor)
{
    if (!sample_exists(extractor->id))
        fail_msg("%s has no builder: add corpus/samples/%s.sh", extractor->id, extractor->id);
    return sample_build(extractor->id, "");
}

/* Runs it in bounds that a test can afford; the ledger invariant is checked inside. */
static void survive(const extractor_t *extractor, span_t image)
{
    limits_t limits    = limits_default();
    limits.ratio       = 50;
    limits.ratio_floor = 8 << 20;
    /* An exact copy on the heap, so that the sanitizer sees one byte too far. */
    uint8_t *copy = malloc(image.size > 0 ? image.size : 1);
    assert_non_null(copy);
    if (image.size > 0)
        memcpy(copy, image.at, image.size);
    extraction_t e = extraction_with(extractor->id, span_from(copy, image.size), &limits);
    if (status_ok(e.status) && e.bits > 0)
        assert_true(e.end <= image.size && e.extent <= image.size);
    extraction_free(&e);
    free(copy);
}

static void every_format_opens_its_own_sample_and_knows_where_it_ends(void **state)
{
    (void)state;
    for (size_t i = 0; extractors[i] != NULL; i++) {
        sample_t     sample = sample_of(extractors[i]);
        extraction_t e      = extraction_of(extractors[i]->id, sample_span(&sample));
        if (e.bits < BITS_AT_START || !status_ok(e.status))
            fail_msg("%s does not open its own sample", extractors[i]->id);
        if (extractors[i]->magic_count > 0 && !extractors[i]->only_at_start) {
            /* The same image between other bytes is found to be just as long. */
            size_t   size   = sample.size + 4096;
            uint8_t *longer = malloc(size);
            uint64_t seed   = 88172645463325252u;
            assert_non_null(longer);
            memcpy(longer, sample.at, sample.size);
            for (size_t at = sample.size; at < size; at++)
                longer[at] = (uint8_t)(next_random(&seed) >> 32);
            uint64_t extent = extractors[i]->extent(span_from(longer, size));
            if (extent != e.extent && extent < sample.size - sample.size / 50)
                fail_msg("%s ends at %llu alone, at %llu before other bytes", extractors[i]->id, (unsigned long long)e.extent, (unsigned long long)extent);
            free(longer);
        }
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void no_truncation_breaks_a_format(void **state)
{
    (void)state;
    for (size_t i = 0; extractors[i] != NULL; i++) {
        sample_t sample = sample_of(extractors[i]);
        uint64_t seed   = i + 1;
        for (size_t cut = 0; cut < 128 && cut < sample.size; cut++)
            survive(extractors[i], span_from(sample.at, cut));
        for (size_t n = 0; n < 60; n++)
            survive(extractors[i], span_from(sample.at, (size_t)(next_random(&seed) % (sample.size + 1))));
        sample_free(&sample);
    }
}

static void no_header_byte_at_an_extreme_breaks_a_format(void **state)
{
    (void)state;
    static const uint8_t extremes[] = {0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF};
    for (size_t i = 0; extractors[i] != NULL; i++) {
        sample_t sample = sample_of(extractors[i]);
        for (size_t at = 0; at < 128 && at < sample.size; at++)
            for (size_t width = 1; width <= 4 && at + width <= sample.size; width *= 4)
                for (size_t e = 0; e < sizeof extremes; e++) {
                    uint8_t kept[4];
                    memcpy(kept, sample.at + at, width);
                    memset(sample.at + at, extremes[e], width);
                    survive(extractors[i], sample_span(&sample));
                    memcpy(sample.at + at, kept, width);
                }
        sample_free(&sample);
    }
}

static void no_random_mutation_breaks_a_format(void **state)
{
    (void)state;
    const char *asked  = getenv("ASSAY_MUTATIONS");
    size_t      rounds = asked != NULL ? strtoul(asked, NULL, 10) : 300;
    for (size_t i = 0; extractors[i] != NULL; i++) {
        sample_t sample = sample_of(extractors[i]);
        uint8_t *copy   = malloc(sample.size);
        uint64_t seed   = 1000 + i;
        assert_non_null(copy);
        for (size_t round = 0; round < rounds; round++) {
            memcpy(copy, sample.at, sample.size);
            for (uint64_t flips = 1 + next_random(&seed) % 8; flips > 0; flips--)
                copy[next_random(&seed) % sample.size] = (uint8_t)next_random(&seed);
            survive(extractors[i], span_from(copy, sample.size));
        }
        free(copy);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_opens_its_own_sample_and_knows_where_it_ends),
        cmocka_unit_test(no_truncation_breaks_a_format),
        cmocka_unit_test(no_header_byte_at_an_extreme_breaks_a_format),
        cmocka_unit_test(no_random_mutation_breaks_a_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
