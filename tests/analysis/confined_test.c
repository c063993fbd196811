/* After analyser_new, analysis opens no file, starts nothing and asks for no network: the kernel is made to kill it if it tries. */
#include "support/analysis.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char gzip_with_a_date[] = "\x1f\x8b\x08\x00\x00\xf1\x53\x65\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00";

static void forbid_files_and_processes(void)
{
    static const int forbidden[] = {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat), SCMP_SYS(stat), SCMP_SYS(newfstatat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(readlink),
                                    SCMP_SYS(readlinkat), SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve),
                                    SCMP_SYS(execveat), SCMP_SYS(rt_sigaction), SCMP_SYS(memfd_create), SCMP_SYS(pipe), SCMP_SYS(pipe2)};
    scmp_filter_ctx  filter      = seccomp_init(SCMP_ACT_ALLOW);
    for (size_t i = 0; filter != NULL && i < sizeof forbidden / sizeof forbidden[0]; i++)
        (void)seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, forbidden[i], 0);
    if (filter == NULL || seccomp_load(filter) != 0)
        _exit(77);
}

static void analysis_opens_nothing(void **state)
{
    (void)state;
    /* The real rules and knowledge base, and blobs that take each of its ways. */
    arena_t    *arena = arena_new(SIZE_MAX);
    const char *why   = NULL;
    char        scratch[1024], path[2048];
    scratch_make(scratch);
    run("cd '%s' && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj '/O=X/CN=y' 2>/dev/null && openssl x509 -in cert.pem -outform DER -out cert.der && "
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout ec.pem -out eccert.pem -subj '/O=X/CN=y' 2>/dev/null && "
        "printf '/dts-v1/; / { compatible = \"x,y\"; };' | dtc -qq -O dtb -o tree.dtb && cp /bin/ls program && cp /var/lib/dpkg/status status && tar cf archive.tar key.pem && "
        "printf 'root::0:0:root:/root:/bin/sh\\n' > passwd && gzip -c /bin/ls > data.gz && printf '\\320\\317\\021\\340\\241\\261\\032\\341%%01000d' 1 > office && "
        "printf 'a,b,c\\n1,2,3\\n4,5,6\\n' > table.csv && printf '{\"a\": [1, 2]}' > object.json && printf '#!/usr/bin/python3\\nimport os\\n' > script && printf 'BusyBox v1.36.1\\n' > text", scratch);
    static const char *const names[] = {"key.pem", "cert.pem", "cert.der", "ec.pem", "eccert.pem", "tree.dtb", "program", "status", "archive.tar",
        "passwd", "data.gz", "office", "table.csv", "object.json", "script", "text"};
    enum { NAMES = sizeof names / sizeof names[0] };
    sample_t samples[NAMES];
    for (size_t i = 0; i < NAMES; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", scratch, names[i]);
        samples[i] = sample_read(path);
    }
    lab_t lab = {.arena = arena, .analyser = analyser_new(getenv("ASSAY_SOURCE"), NULL, arena, &why)};
    if (lab.analyser == NULL)
        fail_msg("%s", why);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        forbid_files_and_processes();
        size_t said = 0;
        for (size_t i = 0; i < NAMES; i++) {
            hearing_t h = lab_hear(&lab, sample_span(&samples[i]), NULL, 0);
            said += h.count;
            hearing_free(&h);
        }
        hearing_t h = lab_hear(&lab, span_from(gzip_with_a_date, sizeof gzip_with_a_date - 1), NULL, 0);
        _exit(h.count > 0 && said > NAMES ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("analysis was ended by signal %d, status %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0, WEXITSTATUS(status));
    for (size_t i = 0; i < NAMES; i++)
        sample_free(&samples[i]);
    analyser_free(lab.analyser);
    arena_free(arena);
    scratch_remove(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(analysis_opens_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
