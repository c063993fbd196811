#include "model/ledger.h"
#include "support/sample.h"

#include <stdlib.h>

static void assert_valid(const ledger_t *ledger)
{
    const char *why;
    if (!ledger_valid(ledger->regions, ledger->count, ledger->size, &why))
        fail_msg("%s", why);
}

static bool claim(ledger_t *ledger, uint64_t offset, uint64_t length, region_kind_t kind)
{
    return ledger_claim(ledger, (region_t){.offset = offset, .length = length, .kind = kind, .child = NO_CHILD});
}

static void what_nobody_claims_is_unknown(void **state)
{
    (void)state;
    ledger_t ledger;
    ledger_init(&ledger, 100);
    assert_true(claim(&ledger, 10, 20, REGION_STRUCTURE));
    assert_true(status_ok(ledger_settle(&ledger)));
    assert_valid(&ledger);
    assert_int_equal(ledger.count, 3);
    assert_int_equal(ledger.regions[0].kind, REGION_UNKNOWN);
    assert_int_equal(ledger.regions[1].kind, REGION_STRUCTURE);
    assert_int_equal(ledger.regions[2].length, 70);
    ledger_free(&ledger);
}

static void the_first_claim_of_a_byte_stands(void **state)
{
    (void)state;
    ledger_t ledger;
    ledger_init(&ledger, 100);
    assert_true(claim(&ledger, 40, 20, REGION_STRUCTURE));
    assert_true(claim(&ledger, 0, 100, REGION_CONTENT));
    assert_true(claim(&ledger, 50, 50, REGION_SPARE));
    assert_true(status_ok(ledger_settle(&ledger)));
    assert_valid(&ledger);
    assert_int_equal(ledger.count, 3);
    assert_int_equal(ledger.regions[1].offset, 40);
    assert_int_equal(ledger.regions[1].length, 20);
    assert_int_equal(ledger.regions[2].kind, REGION_CONTENT);
    ledger_free(&ledger);
}

static void a_claim_outside_the_blob_is_refused(void **state)
{
    (void)state;
    ledger_t ledger;
    ledger_init(&ledger, 100);
    assert_false(claim(&ledger, 90, 11, REGION_STRUCTURE));
    assert_false(claim(&ledger, 101, 0, REGION_STRUCTURE));
    assert_false(claim(&ledger, 1, UINT64_MAX, REGION_STRUCTURE));
    assert_true(claim(&ledger, 100, 0, REGION_STRUCTURE));
    assert_true(status_ok(ledger_settle(&ledger)));
    assert_valid(&ledger);
    ledger_free(&ledger);
}

static void a_rollback_forgets_what_was_claimed_since_even_next_to_what_was_before(void **state)
{
    (void)state;
    ledger_t ledger;
    ledger_init(&ledger, 100);
    assert_true(claim(&ledger, 0, 10, REGION_STRUCTURE));
    size_t mark = ledger_mark(&ledger);
    assert_true(claim(&ledger, 10, 10, REGION_STRUCTURE));
    ledger_rollback(&ledger, mark);
    assert_true(status_ok(ledger_settle(&ledger)));
    assert_int_equal(ledger.count, 2);
    assert_int_equal(ledger.regions[0].length, 10);
    ledger_free(&ledger);
}

/* Against a map of single bytes: random claims, any order. */
static void random_claims_settle_as_a_byte_map_says(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (size_t round = 0; round < 300; round++) {
        enum { SIZE = 200 };
        int      owner[SIZE];
        ledger_t ledger;
        ledger_init(&ledger, SIZE);
        for (size_t i = 0; i < SIZE; i++)
            owner[i] = REGION_UNKNOWN;
        for (size_t n = 0; n < 30; n++) {
            seed            = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            uint64_t offset = seed >> 33 & 255, length = seed >> 41 & 63;
            region_kind_t kind = (region_kind_t)(seed >> 50 & 3);
            bool taken = claim(&ledger, offset, length, kind);
            assert_int_equal(taken, offset <= SIZE && length <= SIZE - offset);
            for (uint64_t at = offset; taken && at < offset + length; at++)
                if (owner[at] == REGION_UNKNOWN)
                    owner[at] = (int)kind;
        }
        assert_true(status_ok(ledger_settle(&ledger)));
        assert_valid(&ledger);
        for (size_t i = 0; i < ledger.count; i++)
            for (uint64_t at = ledger.regions[i].offset; at < ledger.regions[i].offset + ledger.regions[i].length; at++)
                assert_int_equal(owner[at], ledger.regions[i].kind);
        ledger_free(&ledger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_claims_is_unknown),
        cmocka_unit_test(the_first_claim_of_a_byte_stands),
        cmocka_unit_test(a_claim_outside_the_blob_is_refused),
        cmocka_unit_test(a_rollback_forgets_what_was_claimed_since_even_next_to_what_was_before),
        cmocka_unit_test(random_claims_settle_as_a_byte_map_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
