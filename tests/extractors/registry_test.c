/* What every format owes, by being in the registry: from one table, no format named here. Arguments: which to test, by their
 * positions in the registry; without any, all of them. */
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

/* How many bytes one test may move, so that a large sample gets fewer rounds, not more time. */
enum { BYTES_OF_ONE_TEST = 192 << 20, ROUNDS_MIN = 12 };

typedef struct { const extractor_t *extractor; sample_t sample; } subject_t;

static size_t rounds_for(const sample_t *sample, size_t wanted)
{
    size_t affordable = BYTES_OF_ONE_TEST / (sample->size + 4096);
    return affordable >= wanted ? wanted : affordable > ROUNDS_MIN ? affordable : ROUNDS_MIN;
}

static int open_subject(void **state)
{
    subject_t *s = *state;
    if (!sample_exists(s->extractor->id))
        fail_msg("%s has no builder: add corpus/samples/%s.sh", s->extractor->id, s->extractor->id);
    s->sample = sample_build(s->extractor->id, "");
    return 0;
}

static int close_subject(void **state)
{
    subject_t *s = *state;
    sample_free(&s->sample);
    return 0;
}

/* Runs it in bounds that a test can afford; the ledger invariant is checked inside. */
static void survive(const extractor_t *extractor, span_t image)
{
    limits_t limits    = limits_default();
    limits.ratio       = 50;
    limits.ratio_floor = 8 << 20;
    limits.deleted     = image.size % 2 == 0;
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

static void it_opens_its_own_sample_and_knows_where_it_ends(void **state)
{
    subject_t         *s         = *state;
    const extractor_t *extractor = s->extractor;
    extraction_t       e         = extraction_of(extractor->id, sample_span(&s->sample));
    if (e.bits < BITS_AT_START || !status_ok(e.status))
        fail_msg("%s does not open its own sample", extractor->id);
    if (extractor->magic_count > 0 && !extractor->only_at_start) {
        /* The same image between other bytes is found to be just as long. */
        size_t   size   = s->sample.size + 4096;
        uint8_t *longer = malloc(size);
        uint64_t seed   = 88172645463325252u;
        assert_non_null(longer);
        memcpy(longer, s->sample.at, s->sample.size);
        for (size_t at = s->sample.size; at < size; at++)
            longer[at] = (uint8_t)(next_random(&seed) >> 32);
        uint64_t extent = extractor->extent(span_from(longer, size));
        if (extent != e.extent && extent < s->sample.size - s->sample.size / 50)
            fail_msg("%s ends at %llu alone, at %llu before other bytes", extractor->id, (unsigned long long)e.extent, (unsigned long long)extent);
        free(longer);
    }
    extraction_free(&e);
}

static void no_truncation_breaks_it(void **state)
{
    subject_t *s      = *state;
    uint64_t   seed   = s->sample.size + 1;
    for (size_t cut = 0; cut < 128 && cut < s->sample.size; cut++)
        survive(s->extractor, span_from(s->sample.at, cut));
    for (size_t n = rounds_for(&s->sample, 60); n > 0; n--)
        survive(s->extractor, span_from(s->sample.at, (size_t)(next_random(&seed) % (s->sample.size + 1))));
}

/* Where fields may stand: the first bytes of all that the format itself calls structure, which need not be the first of the image. */
enum { FIELD_BYTES = 128, FIELD_PLACES = 512 };

static size_t field_places(const subject_t *s, size_t *places)
{
    static const uint64_t of_one = 24;
    extraction_t          e      = extraction_of(s->extractor->id, sample_span(&s->sample));
    size_t                count  = 0;
    for (size_t i = 0; i < e.ledger.count; i++) {
        const region_t *region = &e.ledger.regions[i];
        uint64_t        length = min_u64(region->length, count == 0 ? FIELD_BYTES : of_one);
        for (uint64_t at = 0; region->kind == REGION_STRUCTURE && at < length && count < FIELD_PLACES; at++)
            places[count++] = (size_t)(region->offset + at);
    }
    for (size_t at = 0; count == 0 && at < FIELD_BYTES && at < s->sample.size; at++)
        places[count++] = at; /* a format that is content from its first byte on */
    extraction_free(&e);
    return count;
}

/* `width` bytes of 0, of all ones, one less, the highest bit alone, in either order of bytes. */
static void put_extreme(uint8_t *at, size_t width, size_t which)
{
    static const struct { uint8_t first, middle, last; } patterns[] = {
        {0, 0, 0}, {0xFF, 0xFF, 0xFF}, {0xFE, 0xFF, 0xFF}, {0xFF, 0xFF, 0xFE}, {0x80, 0, 0}, {0, 0, 0x80},
    };
    memset(at, patterns[which].middle, width);
    at[width - 1] = patterns[which].last;
    at[0]         = patterns[which].first;
}

/* Each field at 0, at its greatest value, one below it and at its sign bit. Fields have 1, 2, 4 or 8 bytes, and may stand anywhere. */
static void no_header_field_at_an_extreme_breaks_it(void **state)
{
    enum { EXTREMES = 6, WIDTHS = 4 };
    subject_t *s = *state;
    size_t     places[FIELD_PLACES], count = field_places(s, places), all = count * EXTREMES * WIDTHS, round = 0;
    size_t     every = 1 + (all - 1) / rounds_for(&s->sample, 3072);
    for (size_t i = 0; i < count; i++)
        for (size_t width = 1; width <= 8 && places[i] + width <= s->sample.size; width *= 2)
            for (size_t which = 0; which < EXTREMES; which++) {
                uint8_t kept[8];
                if (round++ % every != 0)
                    continue;
                memcpy(kept, s->sample.at + places[i], width);
                put_extreme(s->sample.at + places[i], width, which);
                survive(s->extractor, sample_span(&s->sample));
                memcpy(s->sample.at + places[i], kept, width);
            }
}

/* A random place; every other time one that the format calls structure, where a wrong byte misleads more. */
static size_t place_to_break(const extraction_t *e, size_t size, uint64_t *seed)
{
    uint64_t structure = 0;
    for (size_t i = 0; i < e->ledger.count; i++)
        structure += e->ledger.regions[i].kind == REGION_STRUCTURE ? e->ledger.regions[i].length : 0;
    if (structure == 0 || next_random(seed) % 2 == 0)
        return next_random(seed) % size;
    uint64_t at = next_random(seed) % structure;
    for (size_t i = 0; i < e->ledger.count; i++) {
        if (e->ledger.regions[i].kind != REGION_STRUCTURE)
            continue;
        if (at < e->ledger.regions[i].length)
            return (size_t)(e->ledger.regions[i].offset + at);
        at -= e->ledger.regions[i].length;
    }
    return 0;
}

static void no_random_mutation_breaks_it(void **state)
{
    subject_t   *s      = *state;
    const char  *asked  = getenv("ASSAY_MUTATIONS");
    size_t       rounds = asked != NULL ? strtoul(asked, NULL, 10) : rounds_for(&s->sample, 300);
    uint8_t     *copy   = malloc(s->sample.size);
    uint64_t     seed   = 1000 + s->sample.size;
    extraction_t e      = extraction_of(s->extractor->id, sample_span(&s->sample));
    assert_non_null(copy);
    for (size_t round = 0; round < rounds; round++) {
        memcpy(copy, s->sample.at, s->sample.size);
        for (uint64_t flips = 1 + next_random(&seed) % 8; flips > 0; flips--)
            copy[place_to_break(&e, s->sample.size, &seed)] = (uint8_t)next_random(&seed);
        survive(s->extractor, span_from(copy, s->sample.size));
    }
    extraction_free(&e);
    free(copy);
}

static int test_format(const extractor_t *extractor)
{
    subject_t               subject = {.extractor = extractor};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(it_opens_its_own_sample_and_knows_where_it_ends, open_subject, close_subject, &subject),
        cmocka_unit_test_prestate_setup_teardown(no_truncation_breaks_it, open_subject, close_subject, &subject),
        cmocka_unit_test_prestate_setup_teardown(no_header_field_at_an_extreme_breaks_it, open_subject, close_subject, &subject),
        cmocka_unit_test_prestate_setup_teardown(no_random_mutation_breaks_it, open_subject, close_subject, &subject),
    };
    print_message("%s\n", extractor->id);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    int    failed = 0;
    size_t count  = 0;
    while (extractors[count] != NULL)
        count++;
    for (size_t i = 0; argc == 1 && i < count; i++)
        failed += test_format(extractors[i]);
    for (int i = 1; i < argc; i++) {
        size_t position = strtoul(argv[i], NULL, 10);
        failed += position < count ? test_format(extractors[position]) : 1;
    }
    return failed != 0;
}
