/* The table of blobs, driven by hand: which blob is examined when, and with what bytes, without any worker. */
#include "engine/collector.h"
#include "support/sample.h"

#include <stdio.h>
#include <unistd.h>

typedef struct { spool_t *spool; collector_t *collector; char directory[1024]; } bench_t;

typedef struct { const char *name; uint64_t offset, length; } part_t; /* a child that is a range of its parent */

static void bench_open(bench_t *bench, uint32_t depth, uint64_t budget, const char *input)
{
    char      path[1100];
    limits_t  limits = limits_default();
    content_t content;
    sha256_t  sha256;
    sha512_t  sha512;
    limits.depth = depth;
    scratch_make(bench->directory);
    (void)snprintf(path, sizeof path, "%s/input", bench->directory);
    write_file(path, span_from_text(input));
    bench->spool     = spool_new(bench->directory, budget);
    bench->collector = collector_new(&limits, bench->spool);
    assert_non_null(bench->collector);
    assert_true(status_ok(spool_open_input(bench->spool, path, &content, &sha256, &sha512)));
    assert_true(status_ok(collector_add_input(bench->collector, path, content, &sha256, &sha512)));
}

static void bench_close(bench_t *bench)
{
    collector_free(bench->collector);
    spool_free(bench->spool);
    scratch_remove(bench->directory);
}

static void take(job_t *job, const record_t *record)
{
    buffer_t out = {0};
    wire_put(&out, record);
    reader_t payload = reader_from(buffer_span(&out));
    assert_true(status_ok(job_take_records(job, &payload)));
    buffer_free(&out);
}

/* A worker's answer: these children, all else unknown. */
static void answer(bench_t *bench, job_t *job, const part_t *parts, uint32_t count)
{
    assert_non_null(job);
    for (uint32_t i = 0; i < count; i++)
        take(job, &(record_t){.type = RECORD_CHILD, .child = {.info = {.path = span_from_text(parts[i].name), .type = CHILD_FILE}, .index = i, .source_kind = SOURCE_RANGE,
                                                              .source = parts[i].offset, .size = parts[i].length, .at_offset = parts[i].offset, .at_length = parts[i].length}});
    take(job, &(record_t){.type = RECORD_REGION, .region = {.length = job_content(job)->length, .kind = REGION_UNKNOWN, .child = NO_CHILD}});
    take(job, &(record_t){.type = RECORD_DONE});
    assert_true(job_is_done(job));
    assert_true(status_ok(collector_finish(bench->collector, job)));
}

static void assert_job_is_on(const job_t *job, const char *expected)
{
    mapping_t mapping;
    span_t    bytes;
    assert_non_null(job);
    assert_non_null(job_content(job)->store);
    assert_true(status_ok(content_map(job_content(job), &mapping, &bytes)));
    assert_true(span_equal(bytes, span_from_text(expected)));
    content_unmap(&mapping);
}

/* The inmost blob is met at the depth limit first, and again, less nested, when a slower worker answers at last. */
static void open_late(bench_t *bench)
{
    bench_open(bench, 4, (uint64_t)1 << 20, "0123456789");
    answer(bench, collector_begin(bench->collector, NULL), (part_t[]){{"deep", 0, 9}, {"late", 0, 8}}, 2);
    job_t *deep = collector_begin(bench->collector, NULL), *late = collector_begin(bench->collector, NULL);
    answer(bench, deep, (part_t[]){{"deeper", 0, 7}}, 1);
    answer(bench, collector_begin(bench->collector, NULL), (part_t[]){{"shared", 0, 5}}, 1);
    answer(bench, collector_begin(bench->collector, NULL), (part_t[]){{"inmost", 1, 3}}, 1);
    job_t *unopened = collector_begin(bench->collector, NULL);
    assert_job_is_on(unopened, "123");
    assert_false(job_open(unopened));
    answer(bench, unopened, NULL, 0);
    answer(bench, late, (part_t[]){{"shared", 0, 5}}, 1);
}

static void what_was_too_deep_is_opened_when_it_turns_up_less_nested(void **state)
{
    (void)state;
    bench_t bench;
    open_late(&bench);
    job_t *again = collector_begin(bench.collector, NULL);
    assert_job_is_on(again, "123");
    assert_true(job_open(again));
    answer(&bench, again, (part_t[]){{"inside", 0, 1}}, 1);
    answer(&bench, collector_begin(bench.collector, NULL), NULL, 0);
    assert_null(collector_begin(bench.collector, NULL));
    bench_close(&bench);
}

static void what_was_too_deep_may_be_lost_when_it_turns_up_less_nested(void **state)
{
    (void)state;
    bench_t bench;
    open_late(&bench);
    while (collector_lost(bench.collector, collector_begin(bench.collector, NULL), "was lost"))
        continue;
    assert_null(collector_begin(bench.collector, NULL));
    bench_close(&bench);
}

static void bytes_are_let_go_when_done_unless_they_are_to_be_kept(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        bench_t  bench;
        sha256_t inner;
        bench_open(&bench, 4, (uint64_t)1 << 20, "0123456789");
        if (keep)
            collector_keep_contents(bench.collector);
        answer(&bench, collector_begin(bench.collector, NULL), (part_t[]){{"inner", 2, 3}}, 1);
        assert_true(status_ok(sha256_of(span_from_text("234"), &inner)));
        assert_non_null(collector_content(bench.collector, &inner));
        answer(&bench, collector_begin(bench.collector, NULL), NULL, 0);
        const content_t *content = collector_content(bench.collector, &inner);
        assert_int_equal(content != NULL, keep);
        assert_int_equal(spool_in_memory(bench.spool) > 0, keep);
        assert_true(content == NULL || content->length == 3);
        bench_close(&bench);
    }
}

static void a_child_that_decodes_to_nothing_can_be_handed_to_a_worker(void **state)
{
    (void)state;
    bench_t bench;
    bench_open(&bench, 4, (uint64_t)1 << 20, "0123456789");
    job_t *job = collector_begin(bench.collector, NULL);
    take(job, &(record_t){.type = RECORD_CHILD, .child = {.info = {.path = span_from_text("empty"), .type = CHILD_FILE}, .source_kind = SOURCE_DECODED}});
    answer(&bench, job, NULL, 0);
    job_t *empty = collector_begin(bench.collector, NULL);
    assert_job_is_on(empty, "");
    assert_true(store_fd(job_content(empty)->store) >= 0);
    take(empty, &(record_t){.type = RECORD_DONE});
    assert_true(status_ok(collector_finish(bench.collector, empty)));
    bench_close(&bench);
}

static void take_pack(job_t *job, const char *text)
{
    int fd = spool_pack();
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_true(status_ok(job_take_pack(job, fd, strlen(text))));
}

static void decoded(job_t *job, uint32_t index, const char *name, uint64_t offset, uint64_t length)
{
    take(job, &(record_t){.type = RECORD_CHILD, .child = {.info = {.path = span_from_text(name), .type = CHILD_FILE}, .index = index, .source_kind = SOURCE_DECODED,
                                                          .source = offset, .size = length}});
}

/* Packs share stores: what a job decoded begins where its own pack does, whatever other packs lie before. */
static void decoded_children_have_their_own_bytes_wherever_their_packs_lie(void **state)
{
    (void)state;
    static const uint64_t budgets[] = {0, 1000, (uint64_t)1 << 30};
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        bench_t bench;
        bench_open(&bench, 4, budgets[i], "0123456789");
        job_t *job = collector_begin(bench.collector, NULL);
        take_pack(job, "alpha-beta-");
        take_pack(job, "gamma-delta");
        decoded(job, 0, "first", 0, 5);
        decoded(job, 1, "second", 6, 4);
        decoded(job, 2, "across", 6, 10);
        decoded(job, 3, "last", 17, 5);
        answer(&bench, job, NULL, 0);
        static const char *const expected[] = {"alpha", "beta", "beta-gamma", "delta"};
        for (size_t k = 0; k < 4; k++) {
            job = collector_begin(bench.collector, NULL);
            assert_job_is_on(job, expected[k]);
            char text[32];
            (void)snprintf(text, sizeof text, "%s again", expected[k]);
            take_pack(job, text);
            decoded(job, 0, "again", 0, strlen(text));
            answer(&bench, job, NULL, 0);
        }
        for (size_t k = 0; k < 4; k++) {
            char text[32];
            (void)snprintf(text, sizeof text, "%s again", expected[k]);
            job = collector_begin(bench.collector, NULL);
            assert_job_is_on(job, text);
            answer(&bench, job, NULL, 0);
        }
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_too_deep_is_opened_when_it_turns_up_less_nested),
        cmocka_unit_test(what_was_too_deep_may_be_lost_when_it_turns_up_less_nested),
        cmocka_unit_test(decoded_children_have_their_own_bytes_wherever_their_packs_lie),
        cmocka_unit_test(a_child_that_decodes_to_nothing_can_be_handed_to_a_worker),
        cmocka_unit_test(bytes_are_let_go_when_done_unless_they_are_to_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
