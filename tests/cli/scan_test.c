/* The program as its users run it: exit codes, bad input, the same bytes whatever the surroundings. */
#include "base/sha256.h"
#include "support/sample.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ACCEPT, REJECT, ERROR, INCONCLUSIVE, CONDITIONAL };

typedef struct { char at[1024], assay[1024]; } place_t;

static int set_up(void **state)
{
    place_t *place = calloc(1, sizeof *place);
    assert_non_null(place);
    scratch_make(place->at);
    (void)snprintf(place->assay, sizeof place->assay, "%s", getenv("ASSAY_BINARY"));
    run("'%s' keygen '%s/key' > '%s/keygen.out' 2>&1", place->assay, place->at, place->at);
    sample_t sample = sample_build("trx", "");
    run("cp '%s' '%s/image'", sample.path, place->at);
    sample_free(&sample);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    place_t *place = *state;
    scratch_remove(place->at);
    free(place);
    return 0;
}

static bool exists(const place_t *place, const char *name) { return run_status("[ -e '%s/%s' ]", place->at, name) == 0; }

/* Scans `input` with all that is needed for a signed report; the exit status. What it printed is in DIR/out. */
static int scan(const place_t *place, const char *input, const char *report, const char *more)
{
    return run_status("cd '%s' && '%s' scan '%s' -o '%s' --key key %s > out 2>&1 < /dev/null", place->at, place->assay, input, report, more);
}

static void assert_verifies(const place_t *place, const char *report, const char *input)
{
    run("cd '%s' && '%s' verify '%s' --key key.pub --input '%s' > verify.out 2>&1", place->at, place->assay, report, input);
}

static void a_report_verifies_against_its_key_and_its_input(void **state)
{
    const place_t *place = *state;
    int            code  = scan(place, "image", "report", "");
    assert_true(code != ERROR);
    assert_verifies(place, "report", "image");
    run("cd '%s' && printf x > other && ! '%s' verify report --key key.pub --input other > /dev/null 2>&1", place->at, place->assay);
    run("cd '%s' && '%s' keygen key2 > /dev/null && ! '%s' verify report --key key2.pub > /dev/null 2>&1", place->at, place->assay, place->assay);
}

static void the_same_input_gives_the_same_bytes_whatever_the_surroundings(void **state)
{
    const place_t *place = *state;
    static const char *const surroundings[] = {
        "umask 077; TZ=Asia/Tokyo LANG=de_DE.UTF-8 LC_ALL=C", "umask 000; TZ=UTC LANG=C.UTF-8", "cd elsewhere; TMPDIR=/tmp HOME=/nonexistent LC_ALL=POSIX",
    };
    run("mkdir -p '%s/elsewhere'", place->at);
    assert_true(scan(place, "image", "first", "-j 1") != ERROR);
    for (size_t i = 0; i < sizeof surroundings / sizeof *surroundings; i++) {
        int code = run_status("cd '%s' && { %s '%s' scan '%s/image' -o '%s/again' --key '%s/key' -j %zu -q; } > /dev/null 2>&1", place->at, surroundings[i], place->assay,
                              place->at, place->at, place->at, i + 1);
        assert_true(code != ERROR);
        run("cmp '%s/first' '%s/again'", place->at, place->at);
    }
}

static void what_is_no_file_is_refused_and_leaves_no_report(void **state)
{
    const place_t *place = *state;
    static const struct { const char *make, *input; } cases[] = {
        {"mkdir -p directory", "directory"}, {"[ -p fifo ] || mkfifo fifo", "fifo"}, {"true", "/dev/null"}, {"true", "/dev/zero"}, {"true", "missing"},
        {"ln -sf loop loop", "loop"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run("cd '%s' && %s && rm -f none", place->at, cases[i].make);
        assert_int_equal(scan(place, cases[i].input, "none", ""), ERROR);
        assert_false(exists(place, "none"));
        run("grep -qF '%s' '%s/out'", cases[i].input, place->at);
        run("[ \"$(ls -A '%s' | grep -c none)\" = 0 ]", place->at);
    }
}

static void an_unreadable_file_is_refused(void **state)
{
    const place_t *place = *state;
    if (geteuid() == 0) {
        /* Root reads everything: drop to another user for this one. */
        run("cd '%s' && cp image secret && chmod 000 secret && chmod 755 .", place->at);
        if (run_status("command -v setpriv > /dev/null") != 0)
            skip();
        run("cd '%s' && ! setpriv --reuid=65534 --clear-groups cat secret > /dev/null 2>&1", place->at);
        assert_int_equal(run_status("cd '%s' && setpriv --reuid=65534 --clear-groups '%s' scan secret -q > out 2>&1", place->at, place->assay), ERROR);
    } else {
        run("cd '%s' && cp image secret && chmod 000 secret", place->at);
        assert_int_equal(scan(place, "secret", "none", ""), ERROR);
    }
    assert_false(exists(place, "none"));
}

static void an_empty_file_gives_a_signed_report_and_no_acceptance(void **state)
{
    const place_t *place = *state;
    run(": > '%s/empty'", place->at);
    assert_int_equal(scan(place, "empty", "report", ""), INCONCLUSIVE);
    assert_verifies(place, "report", "empty");
}

static void every_truncation_gives_a_signed_report(void **state)
{
    const place_t *place = *state;
    sample_t       sample = sample_build("trx", "");
    char           path[1100];
    (void)snprintf(path, sizeof path, "%s/cut", place->at);
    for (size_t i = 0; i <= 20; i++) {
        write_file(path, span_from(sample.at, sample.size * i / 20));
        int code = scan(place, "cut", "report", "-q");
        if (code != ACCEPT && code != INCONCLUSIVE && code != CONDITIONAL)
            fail_msg("cut at %zu/20: exit status %d", i, code);
        assert_true(i == 20 || code != ACCEPT);
        assert_verifies(place, "report", "cut");
    }
    sample_free(&sample);
}

static void three_gibibytes_of_nothing_are_padding_in_bounded_memory(void **state)
{
    const place_t *place = *state;
    run("truncate -s 3G '%s/zeros'", place->at);
    int code = scan(place, "zeros", "report", "-q --max-memory 512M");
    assert_true(code == INCONCLUSIVE || code == ACCEPT);
    assert_verifies(place, "report", "zeros");
    run("rm '%s/zeros'", place->at);
}

/* Shell: waits until the scan with the process id $scan has a worker, which is then $w: however busy the machine is, the inputs have been read by then. */
#define WAIT_FOR_WORKER \
    "for t in $(seq 1200); do w=$(for z in $(pgrep -P $scan); do pgrep -P $z; done | head -n 1); [ -z \"$w\" ] || break; sleep 0.05; done; "

static void a_file_that_shrinks_while_it_is_read_is_never_accepted(void **state)
{
    const place_t *place = *state;
    /* Larger than what is copied first, and cut as soon as the scan has begun. */
    run("cd '%s' && head -c 200M /dev/zero | tr '\\0' 'a' > shrinking", place->at);
    int code = run_status("cd '%s' && { '%s' scan shrinking -o report --key key -q --max-memory 256M > out 2>&1 & scan=$!; " WAIT_FOR_WORKER
                          "truncate -s 1M shrinking; wait $scan; }", place->at, place->assay);
    if (code == ERROR)
        run("grep -q 'shrinking' '%s/out'", place->at);
    else
        assert_int_equal(code, INCONCLUSIVE);
    run("rm '%s/shrinking'", place->at);
}

static void a_killed_worker_is_named_in_a_signed_report(void **state)
{
    const place_t *place = *state;
    /* Something to chew on: many small files that differ. */
    run("cd '%s' && mkdir -p many && for i in $(seq 400); do head -c 20000 /dev/urandom | od -A n -t x1 > many/$i; done && tar --format=ustar -cf many.tar many", place->at);
    int code = run_status("cd '%s' && { '%s' scan many.tar -o report --key key -q -j 2 > out 2>&1 & scan=$!; " WAIT_FOR_WORKER
                          "sleep 0.2; kill -9 $w; wait $scan; }", place->at, place->assay);
    assert_true(code == INCONCLUSIVE || code == REJECT);
    run("cd '%s' && '%s' verify report --key key.pub > /dev/null && '%s' show report findings | grep -q worker-crash", place->at, place->assay, place->assay);
}

static void an_output_that_cannot_be_written_is_an_error_and_leaves_nothing_half_done(void **state)
{
    const place_t *place = *state;
    assert_int_equal(scan(place, "image", "nowhere/report", ""), ERROR);
    run("cd '%s' && mkdir -p taken", place->at);
    assert_int_equal(scan(place, "image", "taken", ""), ERROR);
    run("[ -d '%s/taken' ] && [ -z \"$(ls -A '%s/taken')\" ]", place->at, place->at);
}

static void a_wrong_key_stops_the_scan_before_it_begins(void **state)
{
    const place_t *place = *state;
    run("cd '%s' && echo nonsense > bad.key && rm -f report", place->at);
    assert_int_equal(run_status("cd '%s' && '%s' scan image -o report --key bad.key > out 2>&1", place->at, place->assay), ERROR);
    run("grep -q bad.key '%s/out'", place->at);
    assert_false(exists(place, "report"));
}

static void arguments_that_make_no_sense_are_refused(void **state)
{
    const place_t *place = *state;
    static const char *const arguments[] = {"scan", "scan image -j 0", "scan image --max-memory 1", "scan image --mode loud", "scan image --format pdf=x", "scan - -",
                                            "scan image --key key", "scan image --policy /nonexistent", "nonsense", "scan image --max-time x"};
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (run_status("cd '%s' && '%s' %s > out 2>&1 < /dev/null", place->at, place->assay, arguments[i]) != ERROR)
            fail_msg("accepted: %s", arguments[i]);
}

static void standard_input_and_output_work(void **state)
{
    const place_t *place = *state;
    int code = run_status("cd '%s' && cat image | '%s' scan - -o - --key key -q > piped 2> out", place->at, place->assay);
    assert_true(code != ERROR);
    run("cd '%s' && '%s' verify piped --key key.pub --input image > /dev/null", place->at, place->assay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_verifies_against_its_key_and_its_input),
        cmocka_unit_test(the_same_input_gives_the_same_bytes_whatever_the_surroundings),
        cmocka_unit_test(what_is_no_file_is_refused_and_leaves_no_report),
        cmocka_unit_test(an_unreadable_file_is_refused),
        cmocka_unit_test(an_empty_file_gives_a_signed_report_and_no_acceptance),
        cmocka_unit_test(every_truncation_gives_a_signed_report),
        cmocka_unit_test(three_gibibytes_of_nothing_are_padding_in_bounded_memory),
        cmocka_unit_test(a_file_that_shrinks_while_it_is_read_is_never_accepted),
        cmocka_unit_test(a_killed_worker_is_named_in_a_signed_report),
        cmocka_unit_test(an_output_that_cannot_be_written_is_an_error_and_leaves_nothing_half_done),
        cmocka_unit_test(a_wrong_key_stops_the_scan_before_it_begins),
        cmocka_unit_test(arguments_that_make_no_sense_are_refused),
        cmocka_unit_test(standard_input_and_output_work),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
