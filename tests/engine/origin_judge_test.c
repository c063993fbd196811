/* When markers make an origin, and when what names many makers names none. */
#include "engine/origin_judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

static void strength_follows_from_the_markers(void **state)
{
    (void)state;
    typedef struct { const char *kind; strength_t strength; } marker_t;
    static const struct { const char *what; marker_t markers[3]; size_t count; bool stands; strength_t strength; } cases[] = {
        {"one definitive", {{"magic", STRENGTH_DEFINITIVE}}, 1, true, STRENGTH_DEFINITIVE},
        {"one strong", {{"domain", STRENGTH_STRONG}}, 1, true, STRENGTH_STRONG},
        {"the strongest counts", {{"oui", STRENGTH_SUPPORTING}, {"domain", STRENGTH_STRONG}}, 2, true, STRENGTH_STRONG},
        {"one supporting", {{"oui", STRENGTH_SUPPORTING}}, 1, false, STRENGTH_SUPPORTING},
        {"supporting of one kind", {{"oui", STRENGTH_SUPPORTING}, {"oui", STRENGTH_SUPPORTING}}, 2, false, STRENGTH_SUPPORTING},
        {"supporting of two kinds", {{"oui", STRENGTH_SUPPORTING}, {"snmp-enterprise", STRENGTH_SUPPORTING}}, 2, true, STRENGTH_SUPPORTING},
        {"an author and his hardware", {{"modinfo-author", STRENGTH_SUPPORTING}, {"pci-id", STRENGTH_SUPPORTING}}, 2, true, STRENGTH_SUPPORTING},
        {"hardware that is supported only", {{"pci-id", STRENGTH_SUPPORTING}, {"usb-id", STRENGTH_SUPPORTING}, {"device-tree-node", STRENGTH_SUPPORTING}}, 3, false,
         STRENGTH_SUPPORTING},
        {"a description of hardware", {{"modinfo-description", STRENGTH_SUPPORTING}, {"pci-id", STRENGTH_SUPPORTING}}, 2, false, STRENGTH_SUPPORTING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        origin_claim_t claims[3];
        strength_t     strength;
        for (size_t k = 0; k < cases[i].count; k++)
            claims[k] = (origin_claim_t){"fox", cases[i].markers[k].kind, 0, cases[i].markers[k].strength, false};
        assert_true(origins_weigh(claims, cases[i].count));
        if (origin_stands(claims, cases[i].count, &strength) != cases[i].stands || strength != cases[i].strength)
            fail_msg("%s: judged wrongly", cases[i].what);
    }
}

enum { MANY = MAKERS_OF_ONE_DEVICE + 1 };

/* One claim of each of `makers` vendors. */
static void claims_of(origin_claim_t *claims, char (*names)[8], size_t makers, const char *kind, strength_t strength, bool one_blob)
{
    for (size_t i = 0; i < makers; i++) {
        (void)snprintf(names[i], sizeof names[i], "v%02u", (unsigned)i % 100);
        claims[i] = (origin_claim_t){names[i], kind, one_blob ? 7 : (uint32_t)i, strength, false};
    }
}

static void a_generic_kernel_names_nobody_strongly(void **state)
{
    (void)state;
    char           names[MANY][8];
    origin_claim_t claims[MANY];
    claims_of(claims, names, MANY, "device-tree", STRENGTH_STRONG, false);
    assert_true(origins_weigh(claims, MANY));
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(claims[i].strength, STRENGTH_SUPPORTING);
    claims_of(claims, names, MANY - 1, "device-tree", STRENGTH_STRONG, false);
    assert_true(origins_weigh(claims, MANY - 1));
    for (size_t i = 0; i < MANY - 1; i++)
        assert_int_equal(claims[i].strength, STRENGTH_STRONG);
}

static void a_table_of_many_makers_says_nothing(void **state)
{
    (void)state;
    static const struct { strength_t before, after; bool in_table; bool one_blob; } cases[] = {
        {STRENGTH_SUPPORTING, STRENGTH_SUPPORTING, true, true}, {STRENGTH_STRONG, STRENGTH_SUPPORTING, true, true},
        {STRENGTH_DEFINITIVE, STRENGTH_DEFINITIVE, false, true}, {STRENGTH_STRONG, STRENGTH_STRONG, false, false},
    };
    char           names[MANY][8];
    origin_claim_t claims[MANY];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        claims_of(claims, names, MANY, "domain", cases[i].before, cases[i].one_blob);
        assert_true(origins_weigh(claims, MANY));
        for (size_t k = 0; k < MANY; k++)
            assert_true(claims[k].strength == cases[i].after && claims[k].in_table == cases[i].in_table);
    }
    /* A second kind in a table does not help. */
    origin_claim_t two[] = {{"fox", "oui", 0, STRENGTH_SUPPORTING, true}, {"fox", "domain", 1, STRENGTH_SUPPORTING, false}};
    strength_t     strength;
    assert_false(origin_stands(two, 2, &strength));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strength_follows_from_the_markers),
        cmocka_unit_test(a_generic_kernel_names_nobody_strongly),
        cmocka_unit_test(a_table_of_many_makers_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
