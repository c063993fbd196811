#include "report/output.h"
#include "support/sample.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct { char directory[1024], path[1100]; } place_t;

static int make_place(void **state)
{
    static place_t place;
    scratch_make(place.directory);
    (void)snprintf(place.path, sizeof place.path, "%s/report.json", place.directory);
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    scratch_remove(((place_t *)*state)->directory);
    return 0;
}

static void assert_content(const char *path, const char *content)
{
    sample_t file = sample_read(path);
    assert_true(span_equal(sample_span(&file), span_from_text(content)));
    sample_free(&file);
}

static void a_file_is_replaced_and_nothing_is_left_beside_it(void **state)
{
    place_t *place = *state;
    assert_true(status_ok(output_write(place->path, span_from_text("one"))));
    assert_true(status_ok(output_write(place->path, span_from_text("two"))));
    assert_content(place->path, "two");
    run("test $(ls -A '%s' | wc -l) = 1", place->directory);
}

static status_t put_two_pieces(const void *what, output_t *output)
{
    status_t status = output_put(output, span_from_text("first, "));
    return status_ok(status) ? output_put(output, span_from_text(what)) : status;
}

static status_t put_one_and_fail(const void *what, output_t *output)
{
    (void)output_put(output, span_from_text(what));
    return status_fail(STATUS_MEMORY, "test", 0, "no more");
}

static void a_file_is_written_in_pieces_and_replaced_only_by_all_of_them(void **state)
{
    place_t *place = *state;
    assert_true(status_ok(output_write_by(place->path, put_two_pieces, "second")));
    assert_content(place->path, "first, second");
    assert_int_equal(output_write_by(place->path, put_one_and_fail, "half").code, STATUS_MEMORY);
    assert_content(place->path, "first, second");
    run("test $(ls -A '%s' | wc -l) = 1", place->directory);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    place_t      *place = *state;
    struct rlimit old, tight = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    static uint8_t large[1 << 16];
    write_file(place->path, span_from_text("old"));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight.rlim_max = old.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    status_t status = output_write(place->path, span_from(large, sizeof large));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status.code, STATUS_IO);
    assert_int_equal(status.os_error, EFBIG);
    assert_content(place->path, "old");
    run("test $(ls -A '%s' | wc -l) = 1", place->directory);
}

static void a_link_is_followed_and_stays_a_link(void **state)
{
    place_t *place = *state;
    run("cd '%s' && mkdir sub && echo old > sub/real && ln -s sub/real report.json", place->directory);
    assert_true(status_ok(output_write(place->path, span_from_text("new"))));
    run("cd '%s' && test -L report.json && test \"$(cat sub/real)\" = new", place->directory);
}

static void a_device_is_written_to_and_stays_a_device(void **state)
{
    (void)state;
    struct stat facts;
    assert_true(status_ok(output_write("/dev/null", span_from_text("gone"))));
    assert_int_equal(stat("/dev/null", &facts), 0);
    assert_true(S_ISCHR(facts.st_mode));
    assert_int_equal(output_write("/dev/full", span_from_text("x")).os_error, ENOSPC);
}

static void a_secret_is_for_its_owner_and_never_overwrites(void **state)
{
    place_t    *place = *state;
    struct stat facts;
    assert_true(status_ok(output_write_secret(place->path, span_from_text("key"))));
    assert_int_equal(stat(place->path, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_int_equal(output_write_secret(place->path, span_from_text("other")).os_error, EEXIST);
    assert_content(place->path, "key");
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
    place_t *place = *state;
    buffer_t out   = {0};
    write_file(place->path, span_from_text("12345"));
    assert_int_equal(input_read(place->path, 4, &out).code, STATUS_LIMIT);
    buffer_free(&out);
    assert_true(status_ok(input_read(place->path, 5, &out)));
    assert_int_equal(out.size, 5);
    buffer_free(&out);
    assert_int_equal(input_read("/nonexistent", 5, &out).os_error, ENOENT);
    assert_int_equal(output_write("/nonexistent/x", span_from_text("x")).os_error, ENOENT);
    assert_int_equal(output_write("/", span_from_text("x")).os_error, EISDIR);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_file_is_replaced_and_nothing_is_left_beside_it), IN_PLACE(a_file_is_written_in_pieces_and_replaced_only_by_all_of_them),
        IN_PLACE(a_full_disk_leaves_the_old_file),
        IN_PLACE(a_link_is_followed_and_stays_a_link),
        IN_PLACE(a_device_is_written_to_and_stays_a_device),
        IN_PLACE(a_secret_is_for_its_owner_and_never_overwrites),
        IN_PLACE(a_file_that_is_too_large_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
