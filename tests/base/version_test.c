/* The orders of versions against ordered lists (tests/base/versions), and the lists against the programs whose orders they are. */
#include "support/sample.h"
#include "base/version.h"

#include <stdio.h>
#include <stdlib.h>

enum { VERSIONS_MAX = 128, PAIRS_WANTED = 200 };

typedef struct { char *text; struct { const char *version; size_t place; } item[VERSIONS_MAX]; size_t count; } list_t;

static list_t read_list(version_scheme_t scheme)
{
    char     path[1200];
    list_t   list = {0};
    char    *line_state = NULL, *word_state;
    (void)snprintf(path, sizeof path, "%s/tests/base/versions/%s", getenv("ASSAY_SOURCE"), version_scheme_name(scheme));
    sample_t file = sample_read(path);
    list.text     = calloc(1, file.size + 1);
    assert_non_null(list.text);
    memcpy(list.text, file.at, file.size);
    sample_free(&file);
    size_t place = 0;
    for (char *line = strtok_r(list.text, "\n", &line_state); line != NULL; line = strtok_r(NULL, "\n", &line_state)) {
        for (char *word = line[0] == '#' ? NULL : strtok_r(line, " ", &word_state); word != NULL; word = strtok_r(NULL, " ", &word_state)) {
            assert_true(list.count < VERSIONS_MAX);
            list.item[list.count].version = word;
            list.item[list.count++].place = place;
        }
        place++;
    }
    return list;
}

static void each_scheme_orders_its_list_in_both_directions(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (version_scheme_t scheme = 0; scheme < VERSION_SCHEMES; scheme++) {
        list_t list  = read_list(scheme);
        size_t pairs = 0;
        for (size_t i = 0; i < list.count; i++)
            for (size_t k = 0; k < list.count; k++) {
                int wanted = (list.item[i].place > list.item[k].place) - (list.item[i].place < list.item[k].place);
                int got    = version_compare(scheme, list.item[i].version, list.item[k].version);
                got        = (got > 0) - (got < 0);
                pairs += i < k;
                if (got != wanted) {
                    print_error("%s: %s against %s gives %d, not %d\n", version_scheme_name(scheme), list.item[i].version, list.item[k].version, got, wanted);
                    wrong++;
                }
            }
        print_message("%s: %zu pairs\n", version_scheme_name(scheme), pairs);
        assert_true(pairs >= PAIRS_WANTED);
        free(list.text);
    }
    assert_int_equal(wrong, 0);
}

/* Each oracle reads a list's lines and says what is wrong with their order; 77: it is not here. */
static const struct { const char *scheme, *command; } oracles[] = {
    {"deb", "command -v dpkg > /dev/null || exit 77; grep -v '^#' $L | awk '{ if (p) print p, \"lt\", $1; for (i = 2; i <= NF; i++) print $1, \"eq\", $i; p = $1 }' | "
            "while read -r a op b; do dpkg --compare-versions \"$a\" $op \"$b\" || { echo \"dpkg: not $a $op $b\" >&2; exit 1; }; done"},
    {"rpm", "command -v rpm > /dev/null && [ \"$(rpm --eval '%{lua: print(rpm.ver(\"1\") < rpm.ver(\"2\"))}')\" = true ] || exit 77; "
            "grep -v '^#' $L | awk '{ if (p) print p, \"<\", $1; for (i = 2; i <= NF; i++) print $1, \"==\", $i; p = $1 }' | while read -r a op b; do "
            "[ \"$(rpm --eval \"%{lua: print(rpm.ver('$a') $op rpm.ver('$b'))}\")\" = true ] || { echo \"rpm: not $a $op $b\" >&2; exit 1; }; done"},
    {"pep440", "python3 -c 'import packaging' 2> /dev/null || exit 77; python3 - $L <<'E'\n"
               "import sys\nfrom packaging.version import Version as V\n"
               "rows = [l.split() for l in open(sys.argv[1]) if l[0] != '#']\n"
               "bad = [(a, b) for i, x in enumerate(rows) for k, y in enumerate(rows) for a in x for b in y if (V(a) > V(b)) - (V(a) < V(b)) != (i > k) - (i < k)]\n"
               "sys.exit('packaging disagrees: %s' % bad if bad else 0)\nE"},
    {"semver", "S=$(npm root -g 2> /dev/null)/npm/node_modules/semver; command -v node > /dev/null && [ -d \"$S\" ] || exit 77; node - \"$S\" $L <<'E'\n"
               "const semver = require(process.argv[2]), rows = require('fs').readFileSync(process.argv[3], 'utf8').split('\\n').filter(l => l && l[0] != '#').map(l => l.split(' '));\n"
               "for (const [i, x] of rows.entries()) for (const [k, y] of rows.entries()) for (const a of x) for (const b of y)\n"
               "    if (semver.valid(a) && semver.valid(b) && semver.compare(a, b) != Math.sign(i - k)) { console.error('semver disagrees on', a, b); process.exitCode = 1; }\nE"},
};

static void the_lists_are_in_the_order_of_the_programs_that_own_it(void **state)
{
    (void)state;
    bool skipped = false;
    for (size_t i = 0; i < sizeof oracles / sizeof *oracles; i++) {
        int status = run_status("L=\"$ASSAY_SOURCE/tests/base/versions/%s\"; %s", oracles[i].scheme, oracles[i].command);
        if (status == 77)
            print_message("skipped for %s: the program that owns this order is not installed\n", oracles[i].scheme);
        else if (status != 0)
            fail_msg("the list of %s is not in its order", oracles[i].scheme);
        skipped = skipped || status == 77;
    }
    if (skipped)
        skip();
}

static void garbage_has_a_place_in_every_order(void **state)
{
    (void)state;
    static const char *const garbage[] = {"", "-", ".", ":", "~", "^", "+", "1.", "1-", "1:", "..", "--", "a", "A", "\xff\xfe", "1\xff", "0000", "1!", "!", "_", "1_", "v", "r", "-r", "-r1", "~~~", "^^",
                                          "99999999999999999999999999999999999999999", "1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9", "1e10", " 1", "1 2"};
    for (version_scheme_t scheme = 0; scheme < VERSION_SCHEMES; scheme++)
        for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++)
            for (size_t k = 0; k < sizeof garbage / sizeof *garbage; k++) {
                int there = version_compare(scheme, garbage[i], garbage[k]), back = version_compare(scheme, garbage[k], garbage[i]);
                if ((there > 0) - (there < 0) != (back < 0) - (back > 0))
                    fail_msg("%s: \"%s\" and \"%s\" are not ordered alike in both directions", version_scheme_name(scheme), garbage[i], garbage[k]);
                assert_true(i != k || there == 0);
            }
}

static void schemes_have_names(void **state)
{
    (void)state;
    version_scheme_t scheme;
    assert_true(version_scheme_from("maven", &scheme) && scheme == VERSION_MAVEN);
    assert_false(version_scheme_from("tarot", &scheme));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_scheme_orders_its_list_in_both_directions),
        cmocka_unit_test(the_lists_are_in_the_order_of_the_programs_that_own_it),
        cmocka_unit_test(garbage_has_a_place_in_every_order),
        cmocka_unit_test(schemes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
