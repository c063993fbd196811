/* Whole scans by the engine, in its real processes. */
#include "engine/coordinator.h"
#include "engine/sandbox.h"
#include "support/sample.h"

#include <stdio.h>
#include <stdlib.h>

static report_t *scan_file(const char *path, scan_setup_t setup)
{
    report_t *report = NULL;
    char      why[512];
    setup.inputs      = &path;
    setup.input_count = 1;
    if (setup.limits.memory == 0)
        setup.limits = limits_default();
    setup.mode = "acceptance";
    if (!status_ok(scan_run(&setup, &report, why, sizeof why)))
        fail_msg("scan of %s: %s", path, why);
    for (size_t i = 0; i < report->ledger_count; i++) {
        const char *wrong;
        if (!ledger_valid(report->ledgers[i].regions, report->ledgers[i].count, report->ledgers[i].size, &wrong))
            fail_msg("a ledger of %s: %s", path, wrong);
    }
    assert_int_equal(report->coverage.bytes, report->coverage.explained + report->coverage.unknown);
    return report;
}

static const report_artifact_t *artifact_at(const report_t *report, const char *path)
{
    for (size_t i = 0; i < report->artifact_count; i++)
        if (strcmp(report->artifacts[i].path, path) == 0)
            return &report->artifacts[i];
    return NULL;
}

static const report_finding_t *finding_of(const report_t *report, const char *rule)
{
    for (size_t i = 0; i < report->finding_count; i++)
        if (strcmp(report->findings[i].rule, rule) == 0)
            return &report->findings[i];
    return NULL;
}

static void a_container_is_opened_and_its_children_stand_below_its_name(void **state)
{
    (void)state;
    sample_t  sample = sample_build("trx", "");
    report_t *report = scan_file(sample.path, (scan_setup_t){.workers = 2});
    assert_non_null(strstr(report->artifacts[0].path, "trx.sample"));
    assert_string_equal(report->artifacts[0].format, "trx");
    const report_artifact_t *child = artifact_at(report, "trx.sample/partition1");
    assert_non_null(child);
    assert_int_equal(child->type, CHILD_PAYLOAD);
    assert_int_equal(child->parent, 0);
    sha256_t digest;
    assert_true(status_ok(sha256_of(span_from(sample.at + child->at_offset, (size_t)child->at_length), &digest)));
    assert_true(sha256_equal(&digest, &child->sha256));
    report_free(report);
    sample_free(&sample);
}

static void what_begins_behind_other_bytes_is_carved_with_its_offset_in_the_name(void **state)
{
    (void)state;
    char directory[1024], path[1100];
    scratch_make(directory);
    sample_t sample = sample_build("trx", "");
    (void)snprintf(path, sizeof path, "%s/dump.bin", directory);
    run("head -c 4096 /dev/zero | tr '\\0' '\\377' > '%s' && cat '%s' >> '%s'", path, sample.path, path);
    report_t *report = scan_file(path, (scan_setup_t){.workers = 1});
    assert_non_null(artifact_at(report, "dump.bin/1000.trx"));
    assert_non_null(artifact_at(report, "dump.bin/1000.trx/partition0"));
    assert_int_equal(report->ledgers[0].count > 0, true);
    report_free(report);
    sample_free(&sample);
    scratch_remove(directory);
}

/* Decoded bytes of several jobs share memory files: each blob must still be found at its own place in them. */
static void decoded_blobs_of_one_scan_do_not_get_each_others_bytes(void **state)
{
    (void)state;
    char directory[1024], path[1100];
    scratch_make(directory);
    run("cd '%s' && for i in $(seq 40); do seq $i $((i * 300)) > $i && gzip -n -c $i > $i.gz; done && : > none && gzip -n -c none > none.gz && tar -cf all.tar *.gz", directory);
    (void)snprintf(path, sizeof path, "%s/all.tar", directory);
    report_t *report = scan_file(path, (scan_setup_t){.workers = 2});
    for (unsigned i = 1; i <= 41; i++) {
        char     name[64], file[1100];
        sha256_t digest;
        (void)(i <= 40 ? snprintf(name, sizeof name, "%u", i) : snprintf(name, sizeof name, "none"));
        (void)snprintf(file, sizeof file, "%s/%s", directory, name);
        sample_t expected = sample_read(file);
        (void)snprintf(file, sizeof file, "all.tar/%s.gz/content", name);
        const report_artifact_t *artifact = artifact_at(report, file);
        assert_non_null(artifact);
        assert_true(status_ok(sha256_of(sample_span(&expected), &digest)));
        assert_true(sha256_equal(&digest, &artifact->sha256));
        sample_free(&expected);
    }
    report_free(report);
    scratch_remove(directory);
}

static void an_empty_file_gives_a_report_that_explains_nothing(void **state)
{
    (void)state;
    char directory[1024], path[1100];
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/empty", directory);
    run(": > '%s'", path);
    report_t *report = scan_file(path, (scan_setup_t){.workers = 1});
    assert_int_equal(report->artifact_count, 1);
    assert_int_equal(report->coverage.bytes, 0);
    report_free(report);
    scratch_remove(directory);
}

static void what_is_no_regular_file_is_refused_with_a_reason(void **state)
{
    (void)state;
    char directory[1024], fifo[1100];
    scratch_make(directory);
    (void)snprintf(fifo, sizeof fifo, "%s/fifo", directory);
    run("mkfifo '%s'", fifo);
    const char *const inputs[] = {directory, "/dev/zero", fifo, "/nonexistent/file"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        report_t    *report = NULL;
        char         why[512];
        scan_setup_t setup = {.inputs = &inputs[i], .input_count = 1, .limits = limits_default(), .workers = 1, .mode = "acceptance"};
        assert_false(status_ok(scan_run(&setup, &report, why, sizeof why)));
        assert_null(report);
        assert_non_null(strstr(why, inputs[i]));
    }
    scratch_remove(directory);
}

static report_t *scan_takeover(const char *word, scan_setup_t setup)
{
    char directory[1024], path[1100];
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/evil", directory);
    run("printf 'ASSAY-TAKEOVER:%s\\n' > '%s'", word, path);
    setup.workers    = 2;
    report_t *report = scan_file(path, setup);
    scratch_remove(directory);
    return report;
}

static void a_worker_that_was_taken_over_gets_nowhere(void **state)
{
    (void)state;
    static const char *const words[] = {"open", "create", "socket", "fork", "ptrace", "kill", "exec", "unlink", "proc", "peek", "pidfd", "memory-file", "uring",
                                        "code", "key"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        report_t   *report = scan_takeover(words[i], (scan_setup_t){0});
        const char *result = NULL;
        for (size_t k = 0; k < report->artifacts[0].fact_count; k++)
            if (strcmp(report->artifacts[0].facts[k].key, "takeover.result") == 0)
                result = report->artifacts[0].facts[k].value;
        const report_finding_t *crash = finding_of(report, "worker-crash");
        if (result == NULL ? crash == NULL || strstr(crash->title, "signal 31") == NULL : strcmp(result, "EACCES") != 0)
            fail_msg("%s: %s", words[i], result != NULL ? result : crash != NULL ? crash->title : "nothing was said");
        report_free(report);
    }
    assert_int_not_equal(run_status("[ -e /tmp/assay-was-here ]"), 0);
}

static void a_worker_that_crashes_or_lies_costs_its_own_blob_only(void **state)
{
    (void)state;
    static const char *const words[] = {"crash", "abort", "lie"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char directory[1024], path[1100];
        sample_t sample = sample_build("trx", "");
        scratch_make(directory);
        (void)snprintf(path, sizeof path, "%s/evil", directory);
        run("printf 'ASSAY-TAKEOVER:%s\\n' > '%s'", words[i], path);
        const char  *inputs[] = {path, sample.path};
        report_t    *report   = NULL;
        char         why[512];
        scan_setup_t setup = {.inputs = inputs, .input_count = 2, .limits = limits_default(), .workers = 2, .mode = "acceptance"};
        assert_true(status_ok(scan_run(&setup, &report, why, sizeof why)));
        const report_finding_t *crash = finding_of(report, "worker-crash");
        if (crash == NULL)
            fail_msg("%s: no finding", words[i]);
        assert_int_equal(crash->artifact, 0);
        assert_int_equal(crash->severity, SEVERITY_HIGH);
        assert_non_null(artifact_at(report, "trx.sample/partition1"));
        report_free(report);
        sample_free(&sample);
        scratch_remove(directory);
    }
}

static void a_blob_that_takes_too_long_is_given_up(void **state)
{
    (void)state;
    scan_setup_t setup = {.limits = limits_default()};
    setup.limits.job_seconds = 1;
    report_t *report = scan_takeover("loop", setup);
    assert_non_null(finding_of(report, "worker-crash"));
    assert_non_null(strstr(finding_of(report, "worker-crash")->title, "longer than one blob may take"));
    report_free(report);
}

static void the_time_limit_of_a_scan_ends_in_a_report_that_names_what_is_left(void **state)
{
    (void)state;
    scan_setup_t setup = {.limits = limits_default()};
    setup.limits.seconds = 1;
    report_t *report = scan_takeover("loop", setup);
    assert_non_null(finding_of(report, "worker-crash"));
    assert_int_equal(report->coverage.explained, 0);
    report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_is_opened_and_its_children_stand_below_its_name),
        cmocka_unit_test(what_begins_behind_other_bytes_is_carved_with_its_offset_in_the_name),
        cmocka_unit_test(decoded_blobs_of_one_scan_do_not_get_each_others_bytes),
        cmocka_unit_test(an_empty_file_gives_a_report_that_explains_nothing),
        cmocka_unit_test(what_is_no_regular_file_is_refused_with_a_reason),
        cmocka_unit_test(a_worker_that_was_taken_over_gets_nowhere),
        cmocka_unit_test(a_worker_that_crashes_or_lies_costs_its_own_blob_only),
        cmocka_unit_test(a_blob_that_takes_too_long_is_given_up),
        cmocka_unit_test(the_time_limit_of_a_scan_ends_in_a_report_that_names_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
