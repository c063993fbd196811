/* Where the bytes of blobs live: in memory, on disk, in few descriptors. */
#include "engine/spool.h"
#include "support/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { BLOBS = 3000 };

static content_t adopt(spool_t *spool, span_t bytes)
{
    content_t content = {0};
    int       fd      = spool_pack();
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.at, bytes.size), bytes.size);
    status_t status = spool_adopt(spool, fd, bytes.size, &content);
    if (!status_ok(status)) {
        char text[200];
        status_print(status, text, sizeof text);
        fail_msg("adopt: %s", text);
    }
    return content;
}

static void assert_holds(const content_t *content, span_t expected)
{
    mapping_t mapping;
    span_t    bytes;
    assert_true(status_ok(content_map(content, &mapping, &bytes)));
    assert_true(span_equal(bytes, expected));
    content_unmap(&mapping);
    assert_true(write(store_fd(content->store), "x", 1) < 0); /* read only */
}

static void fill(uint8_t *bytes, size_t size, size_t seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 31 + seed + (seed >> 8));
}

static void keep_many(uint64_t budget, size_t size)
{
    spool_t       *spool    = spool_new(NULL, budget);
    content_t     *contents = calloc(BLOBS, sizeof *contents);
    uint8_t       *bytes    = malloc(size);
    struct rlimit  was, few = {.rlim_cur = 700};
    assert_non_null(spool);
    assert_non_null(contents);
    assert_non_null(bytes);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    few.rlim_max = was.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (size_t i = 0; i < BLOBS; i++) {
        fill(bytes, size, i);
        contents[i] = adopt(spool, span_from(bytes, size));
        assert_true(spool_in_memory(spool) <= budget);
    }
    for (size_t i = 0; i < BLOBS; i++) {
        fill(bytes, size, i);
        assert_holds(&contents[i], span_from(bytes, size));
        store_release(contents[i].store);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    spool_free(spool);
    free(contents);
    free(bytes);
}

static void thousands_of_small_blobs_need_few_descriptors(void **state)
{
    (void)state;
    keep_many((uint64_t)512 << 20, 100);
}

static void what_does_not_fit_in_memory_needs_few_descriptors_too(void **state)
{
    (void)state;
    keep_many((uint64_t)1 << 20, 9000);
}

static void memory_that_nobody_needs_any_more_is_free_again(void **state)
{
    (void)state;
    uint64_t budget = (uint64_t)32 << 20;
    spool_t *spool  = spool_new(NULL, budget);
    uint8_t  bytes[4096] = {0};
    for (size_t i = 0; i < 20000; i++) {
        content_t content = adopt(spool, span_from(bytes, sizeof bytes));
        store_release(content.store);
    }
    assert_true(spool_in_memory(spool) <= sizeof bytes);
    spool_free(spool);
}

static void parts_are_joined_in_order_wherever_they_lie(void **state)
{
    (void)state;
    uint64_t budgets[] = {0, 100, (uint64_t)1 << 30};
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        spool_t  *spool = spool_new(NULL, budgets[i]);
        content_t parts[3], joined;
        parts[0] = adopt(spool, span_from_text("one, "));
        parts[1] = adopt(spool, span_from_text("two, "));
        parts[2] = adopt(spool, span_from_text("three"));
        assert_true(status_ok(spool_join(spool, parts, 3, &joined)));
        assert_holds(&joined, span_from_text("one, two, three"));
        for (size_t k = 0; k < 3; k++)
            store_release(parts[k].store);
        assert_holds(&joined, span_from_text("one, two, three"));
        store_release(joined.store);
        spool_free(spool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_of_small_blobs_need_few_descriptors),
        cmocka_unit_test(what_does_not_fit_in_memory_needs_few_descriptors_too),
        cmocka_unit_test(memory_that_nobody_needs_any_more_is_free_again),
        cmocka_unit_test(parts_are_joined_in_order_wherever_they_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
