/* assay extract as its users run it: the same trees as other tools unpack, and nothing outside of the directory, whatever an image says. */
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMPLETE, INCOMPLETE, ERROR };

typedef struct { char at[1024], assay[1024], samples[1024]; } place_t;

static int set_up(void **state)
{
    place_t *place = calloc(1, sizeof *place);
    assert_non_null(place);
    scratch_make(place->at);
    (void)snprintf(place->assay, sizeof place->assay, "%s", getenv("ASSAY_BINARY"));
    (void)snprintf(place->samples, sizeof place->samples, "%s/corpus/samples", getenv("ASSAY_SOURCE"));
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    place_t *place = *state;
    run("chmod -R u+rwX '%s' 2> /dev/null || true", place->at);
    scratch_remove(place->at);
    free(place);
    return 0;
}

/* Unpacks DIR/input to DIR/output; what it printed is in DIR/out and DIR/err. */
static int extract(const place_t *place, const char *input, const char *output, const char *more)
{
    return run_status("cd '%s' && '%s' extract '%s' -C '%s' %s > out 2> err < /dev/null", place->at, place->assay, input, output, more);
}

static void make_sample(const place_t *place, const char *name, const char *args) { run("cd '%s' && sh '%s/%s.sh' %s", place->at, place->samples, name, args); }

static tree_t tree_at(const place_t *place, const char *directory)
{
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/%s", place->at, directory);
    return tree_of_directory(path);
}

static void assert_same_directories(const place_t *place, const char *got, const char *expected, unsigned compare)
{
    tree_t a = tree_at(place, got), b = tree_at(place, expected);
    assert_same_tree(&a, &b, compare);
    tree_free(&a);
    tree_free(&b);
}

static bool holds(const place_t *place, const char *path, const char *text)
{
    return run_status("cd '%s' && [ ! -L '%s' ] && printf '%s' | cmp -s - '%s'", place->at, path, text, path) == 0;
}

static bool exists(const place_t *place, const char *path) { return run_status("cd '%s' && [ -e '%s' -o -L '%s' ]", place->at, path, path) == 0; }

static void a_file_system_comes_out_as_it_went_in(void **state)
{
    const place_t *place = *state;
    make_sample(place, "jffs2", "flash jffs2.tree");
    assert_int_equal(extract(place, "flash", "jffs2.out", "--preserve-special"), COMPLETE);
    assert_same_directories(place, "jffs2.out/flash.extracted", "jffs2.tree", COMPARE_MODE | COMPARE_MTIME);
    assert_int_equal(run_status("cd '%s' && grep -q '^Unpacked    7 files, 4 directories, 1 symbolic links' out && [ ! -s err ]", place->at), 0);
}

static void an_archive_comes_out_as_another_tool_unpacks_it(void **state)
{
    const place_t *place = *state;
    static const char *const variants[] = {"ustar", "pax", "gnu", "long"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        char args[64];
        (void)snprintf(args, sizeof args, "a.tar %s", variants[i]);
        make_sample(place, "tar", args);
        run("cd '%s' && rm -rf tar.out tar.tree && mkdir tar.tree && bsdtar -xpf a.tar -C tar.tree --no-same-owner", place->at);
        assert_int_equal(extract(place, "a.tar", "tar.out", "--preserve-special"), COMPLETE);
        assert_same_directories(place, "tar.out/a.tar.extracted", "tar.tree", COMPARE_MODE | COMPARE_MTIME);
    }
}

static void a_container_in_a_container_stands_beside_its_own_inside(void **state)
{
    const place_t *place = *state;
    make_sample(place, "tar", "inner.tar ustar");
    run("cd '%s' && mkdir -p nest/sub && gzip -nc inner.tar > nest/sub/inner.tar.gz && tar -cf nest.tar -C nest sub && mkdir unpacked && bsdtar -xpf inner.tar -C unpacked", place->at);
    assert_int_equal(extract(place, "nest.tar", "nest.out", "--preserve-special"), COMPLETE);
    run("cd '%s/nest.out/nest.tar.extracted/sub' && cmp inner.tar.gz ../../../nest/sub/inner.tar.gz && cmp inner.tar.gz.extracted/content ../../../inner.tar", place->at);
    run("cd '%s/nest.out/nest.tar.extracted/sub' && mv inner.tar.gz.extracted/*.extracted '%s/inside'", place->at, place->at);
    assert_same_directories(place, "inside", "unpacked", COMPARE_MTIME);
}

static void rights_that_elevate_are_dropped_unless_asked_for(void **state)
{
    const place_t *place = *state;
    make_sample(place, "hostile-tar", "rights.tar");
    assert_int_equal(extract(place, "rights.tar", "rights.out", ""), INCOMPLETE);
    assert_int_equal(run_status("[ $(stat -c %%a '%s/rights.out/rights.tar.extracted/set-id') = 755 ]", place->at), 0);
    assert_int_equal(extract(place, "rights.tar", "special.out", "--preserve-special"), INCOMPLETE);
    assert_int_equal(run_status("[ $(stat -c %%a '%s/special.out/rights.tar.extracted/set-id') = 6755 ]", place->at), 0);
}

static void nothing_leaves_the_directory(void **state)
{
    const place_t *place = *state;
    char           args[2048];
    run("cd '%s' && mkdir victim && echo keep > victim/secret && ls -lR --full-time victim > before", place->at);
    (void)snprintf(args, sizeof args, "hostile.tar '%s/victim'", place->at);
    make_sample(place, "hostile-tar", args);
    run("cd '%s' && mkdir jail && : > out && : > err && : > listing && find . -path ./jail -prune -o -print | sort > listing", place->at);
    assert_int_equal(extract(place, "hostile.tar", "jail/out", ""), INCOMPLETE);
    run("cd '%s' && find . -path ./jail -prune -o -print | sort | cmp - listing && ls -lR --full-time victim | cmp - before", place->at);
    run("cd '%s' && [ \"$(ls -A jail)\" = out ] && [ \"$(ls -A jail/out)\" = \"$(printf 'hostile.tar.extracted\\nrenamed.tsv')\" ]", place->at);
    /* What would have gone out is inside, under names that cannot be mistaken. */
    run("cd '%s/jail/out/hostile.tar.extracted' && [ -L absolute ] && [ \"$(readlink absolute)\" = '%s/victim' ] && [ ! -e victim/by-link ]", place->at, place->at);
    assert_true(holds(place, "jail/out/hostile.tar.extracted/absolute.directory/by-link", "hostile\n"));
    assert_true(holds(place, "jail/out/hostile.tar.extracted/absolute.directory/deeper/by-link", "hostile\n"));
    assert_true(holds(place, "jail/out/hostile.tar.extracted/parent.directory/by-parent", "hostile\n"));
    assert_true(holds(place, "jail/out/hostile.tar.extracted/was-directory/by-exchange", "hostile\n"));
    assert_true(holds(place, "jail/out/hostile.tar.extracted/file-link.2", "hostile\n"));
    assert_true(holds(place, "jail/out/hostile.tar.extracted/%2E%2E/up", "hostile\n"));
    assert_true(holds(place, "jail/out/hostile.tar.extracted/in/%2E%2E/%2E%2E/out-of-the-middle", "hostile\n"));
}

static void devices_and_pipes_are_counted_not_made(void **state)
{
    const place_t *place = *state;
    make_sample(place, "hostile-tar", "devices.tar");
    assert_int_equal(extract(place, "devices.tar", "devices.out", ""), INCOMPLETE);
    run("cd '%s' && [ -z \"$(find devices.out -type b -o -type c -o -type p -o -type s)\" ] && grep -q '^Left out    2 devices' out", place->at);
}

static void names_that_are_taken_or_too_long_change_and_are_listed(void **state)
{
    const place_t *place = *state;
    make_sample(place, "hostile-tar", "names.tar");
    assert_int_equal(extract(place, "names.tar", "names", ""), INCOMPLETE);
    static const struct { const char *path, *text; } files[] = {
        {"often", "number 1\n"}, {"often.2", "number 2\n"}, {"often.3", "number 3\n"}, {"often.5", "number 5\n"}, {"often.3.2", "named so\n"}, {"both", "a file\n"},
        {"both.directory/file", "below a file\n"}, {"c.gz.extracted/content", "not the inner\n"}, {"c.gz.extracted.2/content", "inner\n"},
        {"bytes%FF%01%0A", "bytes\n"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "names/names.tar.extracted/%s", files[i].path);
        if (!holds(place, path, files[i].text))
            fail_msg("%s is not what it should be", path);
    }
    run("cd '%s/names' && grep -qx \"$(printf 'names.tar/often\\tnames.tar.extracted/often.2')\" renamed.tsv && [ $(wc -l < renamed.tsv) = 13 ]", place->at);
    /* Every line leads from the report to the file; no name is longer than a file system takes, none is cut inside of a character. */
    run("cd '%s/names' && cut -f 2 renamed.tsv | while read -r path; do [ -e \"$path\" ] || [ -L \"$path\" ] || exit 1; done", place->at);
    run("cd '%s/names' && grep -F /long- renamed.tsv | cut -f 2 | iconv -f UTF-8 -t UTF-8 > /dev/null", place->at);
    run("cd '%s/names/names.tar.extracted' && printf 'long\\n' | cmp - long-* && printf 'cut inside of an escape\\n' | cmp - cut-*", place->at);
    run("cd '%s/names/names.tar.extracted' && for n in cut-*; do case $n in *%%~*|*%%2~*) exit 1 ;; esac; done", place->at);
    assert_int_equal(run_status("cd '%s/names/names.tar.extracted' && [ \"$(readlink odd-link)\" = \"$(printf '100%%%%25 %%%%\\377\\n\\342\\200\\256')\" ]", place->at), 0);
}

static void what_is_nested_too_deep_is_left_out_and_counted(void **state)
{
    const place_t *place = *state;
    make_sample(place, "hostile-tar", "deep.tar");
    assert_int_equal(extract(place, "deep.tar", "deep.out", ""), INCOMPLETE);
    run("cd '%s' && grep -q '^Left out    1 that' out && [ -z \"$(find deep.out -path '*d/d/d*' -type f)\" ]", place->at);
}

/* Root may write everywhere: another user is asked. */
static void a_directory_that_must_not_be_written_is_filled_first(void **state)
{
    const place_t *place = *state;
    make_sample(place, "hostile-tar", "modes.tar");
    char as[128] = "";
    if (geteuid() == 0)
        (void)snprintf(as, sizeof as, "setpriv --reuid=65534 --regid=65534 --clear-groups");
    run("cd '%s' && chmod 755 . && mkdir -m 777 free", place->at);
    if (run_status("%s test -x '%s' -a -w '%s/free'", as, place->assay, place->at) != 0)
        skip();
    int code = run_status("cd '%s' && %s '%s' extract modes.tar -C free/out > out 2> err < /dev/null", place->at, as, place->assay);
    if (code != INCOMPLETE)
        run("cat '%s/err' >&2; false", place->at);
    run("cd '%s/free/out/modes.tar.extracted' && [ $(stat -c %%a read-only) = 500 ] && [ $(stat -c %%a closed) = 0 ] && [ $(stat -c %%Y read-only) = 1700000000 ]", place->at);
    run("cd '%s/free/out/modes.tar.extracted' && chmod 700 read-only closed && [ $(stat -c %%a read-only/file) = 400 ] && [ $(stat -c %%a closed/file) = 0 ]", place->at);
}

static void a_directory_that_is_not_empty_is_refused_and_stays_as_it_is(void **state)
{
    const place_t *place = *state;
    make_sample(place, "tar", "some.tar ustar");
    run("cd '%s' && mkdir full && echo mine > full/file && mkdir empty && echo x > plain", place->at);
    assert_int_equal(extract(place, "some.tar", "full", ""), ERROR);
    run("cd '%s' && [ \"$(ls -A full)\" = file ] && grep -q 'full.*not empty' err", place->at);
    assert_int_equal(extract(place, "some.tar", "plain", ""), ERROR);
    assert_int_equal(extract(place, "some.tar", "missing/below", ""), ERROR);
    assert_int_equal(extract(place, "some.tar", "empty", ""), COMPLETE);
    assert_int_equal(extract(place, "some.tar", "empty", ""), ERROR);
}

static void a_failure_leaves_no_directory_behind(void **state)
{
    const place_t *place = *state;
    assert_int_equal(extract(place, "no-such-input", "never", ""), ERROR);
    assert_false(exists(place, "never"));
    run("cd '%s' && mkdir mine", place->at);
    assert_int_equal(extract(place, "no-such-input", "mine", ""), ERROR);
    assert_true(exists(place, "mine"));
}

static void what_cannot_be_opened_is_said_by_the_exit_status(void **state)
{
    const place_t *place = *state;
    run("cd '%s' && echo 'just a text' > text", place->at);
    assert_int_equal(extract(place, "text", "text.out", ""), INCOMPLETE);
    run("cd '%s' && grep -q 'nothing' err", place->at);
    make_sample(place, "tar", "whole.tar ustar");
    run("cd '%s' && head -c 3000 whole.tar > cut.tar", place->at);
    assert_int_equal(extract(place, "cut.tar", "cut.out", ""), INCOMPLETE);
    run("cd '%s' && grep -q '^assay: cut.tar' err && grep -q '^Incomplete' out && [ -n \"$(find cut.out -type f)\" ]", place->at);
}

static void arguments_that_make_no_sense_are_refused(void **state)
{
    const place_t *place = *state;
    static const char *const arguments[] = {"extract", "extract some", "extract -C dir", "extract some -C", "extract some -C dir --max-depth x", "extract some -C dir --nonsense",
                                            "extract some -C dir -j 0"};
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (run_status("cd '%s' && '%s' %s > out 2>&1 < /dev/null", place->at, place->assay, arguments[i]) != ERROR)
            fail_msg("accepted: %s", arguments[i]);
    assert_int_equal(run_status("'%s' extract --help | grep -q preserve-special", place->assay), 0);
}

static void more_than_memory_holds_goes_through_the_disk_and_leaves_only_files(void **state)
{
    const place_t *place = *state;
    run("cd '%s' && mkdir big && for i in 1 2 3; do { head -c 1000000 /dev/urandom; head -c 60000000 /dev/zero; echo $i; } > big/$i; done && tar -czf big.tar.gz big", place->at);
    assert_int_equal(extract(place, "big.tar.gz", "big.out", "--max-memory 256M -j 1"), COMPLETE);
    run("cd '%s' && for i in 1 2 3; do cmp big/$i \"$(find big.out -path \"*/big/$i\" -type f)\" || exit 1; done && [ \"$(ls -A big.out)\" = big.tar.gz.extracted ]", place->at);
    run("cd '%s' && [ $(du -sk big.out | cut -f 1) -lt 20000 ]", place->at); /* zeros are holes */
    run("rm -r '%s/big' '%s/big.out' '%s/big.tar.gz'", place->at, place->at, place->at);
}

static void many_files_of_one_name_take_time_in_proportion(void **state)
{
    const place_t *place = *state;
    run("cd '%s' && python3 -c 'import tarfile, io\n"
        "t = tarfile.open(\"same.tar\", \"w\")\n"
        "for i in range(8000):\n"
        "    m = tarfile.TarInfo(\"same\"); d = b\"%%d\" %% i; m.size = len(d); t.addfile(m, io.BytesIO(d))\n"
        "t.close()'", place->at);
    assert_int_equal(extract(place, "same.tar", "same.out", ""), COMPLETE);
    assert_true(holds(place, "same.out/same.tar.extracted/same.8000", "7999"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_system_comes_out_as_it_went_in),
        cmocka_unit_test(an_archive_comes_out_as_another_tool_unpacks_it),
        cmocka_unit_test(a_container_in_a_container_stands_beside_its_own_inside),
        cmocka_unit_test(rights_that_elevate_are_dropped_unless_asked_for),
        cmocka_unit_test(nothing_leaves_the_directory),
        cmocka_unit_test(devices_and_pipes_are_counted_not_made),
        cmocka_unit_test(names_that_are_taken_or_too_long_change_and_are_listed),
        cmocka_unit_test(what_is_nested_too_deep_is_left_out_and_counted),
        cmocka_unit_test(a_directory_that_must_not_be_written_is_filled_first),
        cmocka_unit_test(a_directory_that_is_not_empty_is_refused_and_stays_as_it_is),
        cmocka_unit_test(a_failure_leaves_no_directory_behind),
        cmocka_unit_test(what_cannot_be_opened_is_said_by_the_exit_status),
        cmocka_unit_test(arguments_that_make_no_sense_are_refused),
        cmocka_unit_test(more_than_memory_holds_goes_through_the_disk_and_leaves_only_files),
        cmocka_unit_test(many_files_of_one_name_take_time_in_proportion),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
