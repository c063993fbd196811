#include "report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_TRIES = 100, READ_STEP = 1 << 16 };

static status_t write_all(int fd, span_t bytes)
{
    while (bytes.size > 0) {
        ssize_t done = write(fd, bytes.at, bytes.size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return status_fail_io("output", "cannot write");
        bytes = span_from_offset(bytes, (uint64_t)done);
    }
    return ok();
}

struct output { int fd; };

status_t output_put(void *output, span_t bytes) { return write_all(((const output_t *)output)->fd, bytes); }

static status_t write_span(const void *what, output_t *output) { return output_put(output, *(const span_t *)what); }

static status_t write_and_close(int fd, output_writer_t *write, const void *what, bool flush)
{
    status_t status = write(what, &(output_t){fd});
    if (status_ok(status) && flush && fsync(fd) != 0)
        status = status_fail_io("output", "cannot flush the file to the disk");
    if (close(fd) != 0 && status_ok(status))
        status = status_fail_io("output", "cannot close the file");
    return status;
}

/* The directory's own entry must reach the disk, too, or a power cut undoes the rename. */
static status_t flush_directory_of(const char *path)
{
    char        directory[PATH_MAX];
    const char *slash  = strrchr(path, '/');
    int         length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    if (snprintf(directory, sizeof directory, "%.*s", length, slash == NULL ? "." : path) >= (int)sizeof directory)
        return status_fail(STATUS_IO, "output", 0, "the path is too long");
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return status_fail_io("output", "cannot open the directory of the file");
    status_t status = fsync(fd) == 0 || errno == EINVAL ? ok() : status_fail_io("output", "cannot flush the directory to the disk");
    (void)close(fd);
    return status;
}

/* A new file beside `path`, its name in `name`; -1 and errno when there is none to be had. */
static int open_beside(const char *path, char *name, size_t name_size)
{
    const char *slash = strrchr(path, '/');
    int         stem  = slash == NULL ? 0 : (int)(slash - path + 1);
    for (int i = 0; i < NAME_TRIES; i++) {
        uint64_t random;
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            return -1;
        if (snprintf(name, name_size, "%.*s.assay-%016llx", stem, path, (unsigned long long)random) >= (int)name_size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static status_t replace(const char *path, output_writer_t *write, const void *what)
{
    char name[PATH_MAX];
    int  fd = open_beside(path, name, sizeof name);
    if (fd < 0)
        return status_fail_io("output", "cannot create a file in that directory");
    status_t status = write_and_close(fd, write, what, true);
    if (status_ok(status) && rename(name, path) != 0)
        status = status_fail_io("output", "cannot give the finished file its name");
    if (!status_ok(status)) {
        (void)unlink(name);
        return status;
    }
    return flush_directory_of(path);
}

status_t output_write(const char *path, span_t bytes) { return output_write_by(path, write_span, &bytes); }

status_t output_write_by(const char *path, output_writer_t *write, const void *what)
{
    if (strcmp(path, "-") == 0)
        return write(what, &(output_t){STDOUT_FILENO});
    struct stat facts;
    bool        exists = stat(path, &facts) == 0;
    if (exists && S_ISDIR(facts.st_mode)) {
        errno = EISDIR;
        return status_fail_io("output", "cannot write");
    }
    if (exists && !S_ISREG(facts.st_mode)) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? status_fail_io("output", "cannot open") : write_and_close(fd, write, what, false);
    }
    char resolved[PATH_MAX];
    bool is_link = exists && realpath(path, resolved) != NULL;
    return replace(is_link ? resolved : path, write, what);
}

status_t output_write_secret(const char *path, span_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return status_fail_io("output", "cannot create the file");
    status_t status = write_and_close(fd, write_span, &bytes, true);
    if (!status_ok(status)) {
        (void)unlink(path);
        return status;
    }
    return flush_directory_of(path);
}

status_t input_read(const char *path, size_t limit, buffer_t *out)
{
    bool standard = strcmp(path, "-") == 0;
    int  fd       = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return status_fail_io("input", "cannot open");
    status_t status = ok();
    for (;;) {
        uint8_t *at   = buffer_reserve(out, READ_STEP);
        ssize_t  done = at != NULL ? read(fd, at, READ_STEP) : 0;
        if (at == NULL)
            status = status_fail(STATUS_MEMORY, "input", 0, "out of memory");
        else if (done < 0 && errno == EINTR)
            continue;
        else if (done < 0)
            status = status_fail_io("input", "cannot read");
        else if ((size_t)done > limit - out->size)
            status = status_fail(STATUS_LIMIT, "input", 0, "the file is larger than such a file may be");
        if (!status_ok(status) || done == 0)
            break;
        out->size += (size_t)done;
    }
    if (!standard)
        (void)close(fd);
    return status;
}
