#include "support/sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        fail_msg("%s is not set: run the tests through ctest", name);
    return value;
}

static int run_formatted(const char *format, va_list args)
{
    char command[8192];
    int  length = vsnprintf(command, sizeof command, format, args);
    assert_true(length > 0 && (size_t)length < sizeof command);
    int status = system(command);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int run_status(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int status = run_formatted(format, args);
    va_end(args);
    return status;
}

void run(const char *format, ...)
{
    char    command[8192];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command, sizeof command, format, args);
    va_end(args);
    int status = run_status("%s", command);
    if (status != 0)
        fail_msg("exit status %d of: %s", status, command);
}

sample_t sample_read(const char *path)
{
    sample_t sample = {0};
    (void)snprintf(sample.path, sizeof sample.path, "%s", path);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s: %s", path, strerror(errno));
    struct stat facts;
    assert_int_equal(fstat(fileno(file), &facts), 0);
    sample.size = (size_t)facts.st_size;
    sample.at   = malloc(sample.size + 1);
    assert_non_null(sample.at);
    assert_int_equal(fread(sample.at, 1, sample.size, file), sample.size);
    (void)fclose(file);
    return sample;
}

bool sample_exists(const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/corpus/samples/%s.sh", environment("ASSAY_SOURCE"), name);
    return access(path, R_OK) == 0;
}

/* Rebuilt when the builder is newer; made under a name of our own and renamed, since tests run in parallel. */
sample_t sample_build(const char *name, const char *args)
{
    char path[900], key[256];
    (void)snprintf(key, sizeof key, "%s", args);
    for (char *c = key; *c != '\0'; c++)
        if (strchr("/ =,'\"", *c) != NULL)
            *c = '_';
    const char *samples = environment("ASSAY_SAMPLES"), *source = environment("ASSAY_SOURCE");
    (void)snprintf(path, sizeof path, "%s/%s%s%s.sample", samples, name, key[0] != '\0' ? "-" : "", key);
    run("mkdir -p '%s'", samples);
    run("[ '%s' -nt '%s/corpus/samples/%s.sh' ] || { sh '%s/corpus/samples/%s.sh' '%s.%d' %s && mv '%s.%d' '%s'; }", path, source, name, source,
        name, path, (int)getpid(), args, path, (int)getpid(), path);
    return sample_read(path);
}

void sample_free(sample_t *sample)
{
    free(sample->at);
    *sample = (sample_t){0};
}

void scratch_make(char *out)
{
    const char *samples = environment("ASSAY_SAMPLES");
    run("mkdir -p '%s'", samples);
    (void)snprintf(out, 1024, "%s/scratch-XXXXXX", samples);
    assert_non_null(mkdtemp(out));
}

void scratch_remove(const char *directory) { run("rm -rf '%s'", directory); }

void write_file(const char *path, span_t bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.at, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}
