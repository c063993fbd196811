#include "report/custody_file.h"

#include "report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 1 << 20 };
#define LOG_MAX ((size_t)1 << 30)

static const char case_name[] = "case", log_name[] = "log.jsonl", head_name[] = "HEAD", objects_name[] = "objects";

static status_t failed(const char *what) { return status_fail_io(case_name, what); }

static status_t sync_directory(int directory) { return fsync(directory) == 0 ? ok() : failed("could not flush its directory to the disk"); }

status_t custody_file_make(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return failed("could not make the directory of the case");
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return failed("could not open the directory of the case");
    int log = openat(directory, log_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    status_t status = log >= 0 ? ok() : errno == EEXIST ? status_fail(STATUS_INVALID, case_name, 0, "there is a case already") : failed("could not make its log");
    if (status_ok(status) && mkdirat(directory, objects_name, 0700) != 0 && errno != EEXIST)
        status = failed("could not make its directory of objects");
    if (status_ok(status))
        status = sync_directory(directory);
    if (log >= 0)
        (void)close(log);
    (void)close(directory);
    return status;
}

static status_t read_all(int fd, uint64_t from, uint64_t length, buffer_t *out)
{
    uint8_t *to = length < LOG_MAX ? buffer_reserve(out, (size_t)length + 1) : NULL;
    if (to == NULL)
        return status_fail(STATUS_LIMIT, case_name, from, "a log that is too large, or no memory for it");
    while (length > 0) {
        ssize_t got = pread(fd, out->at + out->size, (size_t)length, (off_t)from);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return failed("could not read its log");
        out->size += (size_t)got;
        from += (uint64_t)got;
        length -= (uint64_t)got;
    }
    return ok();
}

static status_t write_all(int fd, span_t bytes)
{
    while (bytes.size > 0) {
        ssize_t put = write(fd, bytes.at, bytes.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return failed("could not write");
        bytes = span_from_offset(bytes, (uint64_t)put);
    }
    return ok();
}

/* The bytes behind the last line belong to an append that was cut off: kept for whoever wants to know, but not part of the log. */
static status_t put_torn_aside(custody_file_t *file, span_t torn, uint64_t log_size)
{
    char name[32];
    int  fd = -1;
    for (unsigned n = 1; fd < 0 && n < 10000; n++) {
        (void)snprintf(name, sizeof name, "torn-%u", n);
        fd = openat(file->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    status_t status = fd >= 0 ? write_all(fd, torn) : failed("could not put an unfinished entry aside");
    if (status_ok(status) && (fsync(fd) != 0 || ftruncate(file->log, (off_t)(log_size - torn.size)) != 0 || fsync(file->log) != 0))
        status = failed("could not put an unfinished entry aside");
    if (status_ok(status))
        status = sync_directory(file->directory);
    if (status_ok(status))
        status = sha256_of(torn, &file->torn_sha256);
    file->torn = torn.size;
    if (fd >= 0)
        (void)close(fd);
    return status;
}

static status_t read_last(custody_file_t *file, span_t line)
{
    custody_log_t log;
    arena_t      *arena = arena_new(SIZE_MAX);
    buffer_t      text  = {0};
    buffer_append(&text, line);
    buffer_append_byte(&text, '\n');
    status_t status = arena != NULL && !text.failed ? custody_read(buffer_span(&text), NULL, 0, arena, &log) : status_fail(STATUS_MEMORY, case_name, 0, "out of memory");
    if (status_ok(status) && (log.count != 1 || !log.lines[0].readable))
        status = status_fail(STATUS_INVALID, case_name, 0, "the last line of its log is no entry: nothing is appended to it. `assay case verify` says more");
    if (status_ok(status)) {
        file->head = (custody_head_t){log.lines[0].entry.seq, log.lines[0].digest};
        (void)snprintf(file->case_id, sizeof file->case_id, "%s", log.lines[0].entry.case_id);
    }
    buffer_free(&text);
    arena_free(arena);
    return status;
}

static status_t find_end(custody_file_t *file)
{
    struct stat facts;
    buffer_t    tail = {0};
    if (fstat(file->log, &facts) != 0)
        return failed("could not look at its log");
    uint64_t size = (uint64_t)facts.st_size, from = size - min_u64(size, 2 * (uint64_t)CUSTODY_LINE_MAX);
    status_t status = read_all(file->log, from, size - from, &tail);
    const uint8_t *last = status_ok(status) && tail.size > 0 ? memrchr(tail.at, '\n', tail.size) : NULL;
    size_t         end  = last != NULL ? (size_t)(last - tail.at) : 0;
    if (status_ok(status) && last == NULL && from > 0)
        status = status_fail(STATUS_INVALID, case_name, 0, "the end of its log is no line: nothing is appended to it");
    size_t torn = last != NULL ? tail.size - end - 1 : tail.size;
    if (status_ok(status) && torn > 0)
        status = put_torn_aside(file, span_from(tail.at + tail.size - torn, torn), size);
    file->is_new = last == NULL;
    if (status_ok(status) && last != NULL) {
        const uint8_t *before = end > 0 ? memrchr(tail.at, '\n', end) : NULL;
        size_t         start  = before != NULL ? (size_t)(before - tail.at) + 1 : 0;
        status                = read_last(file, span_from(tail.at + start, end - start));
    }
    buffer_free(&tail);
    return status;
}

status_t custody_file_open(const char *path, custody_file_t *file)
{
    *file = (custody_file_t){.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .log = -1};
    if (file->directory < 0)
        return failed("there is no such directory");
    file->log = openat(file->directory, log_name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (file->log < 0)
        return failed("there is no log in it: `assay case init` makes one");
    while (flock(file->log, LOCK_EX) != 0)
        if (errno != EINTR)
            return failed("could not lock its log");
    return find_end(file);
}

void custody_file_close(custody_file_t *file)
{
    if (file->log >= 0)
        (void)close(file->log);
    if (file->directory >= 0)
        (void)close(file->directory);
    file->log = file->directory = -1;
}

static status_t write_head(const custody_file_t *file, const custody_head_t *head)
{
    static const char temporary[] = "HEAD.new";
    char hex[SHA256_HEX], text[128];
    hex_encode(head->digest.bytes, SHA256_SIZE, hex);
    int size = snprintf(text, sizeof text, "%llu:%s\n", (unsigned long long)head->seq, hex);
    int fd   = openat(file->directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    status_t status = fd >= 0 ? write_all(fd, span_from(text, (size_t)size)) : failed("could not write its head");
    if (status_ok(status) && (fsync(fd) != 0 || renameat(file->directory, temporary, file->directory, head_name) != 0))
        status = failed("could not write its head");
    if (fd >= 0)
        (void)close(fd);
    return status_ok(status) ? sync_directory(file->directory) : status;
}

status_t custody_file_append(custody_file_t *file, uint64_t seq, span_t line, custody_head_t *head)
{
    buffer_t text = {0};
    head->seq     = seq;
    status_t status = line.size <= CUSTODY_LINE_MAX ? sha256_of(line, &head->digest) : status_fail(STATUS_INVALID, case_name, 0, "an entry that is too long");
    buffer_append(&text, line);
    buffer_append_byte(&text, '\n');
    if (text.failed)
        status = status_fail(STATUS_MEMORY, case_name, 0, "out of memory");
    if (status_ok(status))
        status = write_all(file->log, buffer_span(&text));
    if (status_ok(status) && fsync(file->log) != 0)
        status = failed("could not flush its log to the disk");
    if (status_ok(status))
        status = write_head(file, head);
    buffer_free(&text);
    return status;
}

status_t custody_file_read(const char *path, buffer_t *log, custody_head_t *head, bool *has_head)
{
    char     name[PATH_MAX];
    buffer_t text   = {0};
    *has_head       = false;
    status_t status = snprintf(name, sizeof name, "%s/%s", path, log_name) < (int)sizeof name ? input_read(name, LOG_MAX, log) : status_fail(STATUS_INVALID, case_name, 0, "too long a path");
    if (!status_ok(status))
        return status;
    (void)snprintf(name, sizeof name, "%s/%s", path, head_name);
    if (status_ok(input_read(name, 256, &text))) {
        buffer_append_byte(&text, 0);
        if (text.failed || !custody_head_from((const char *)text.at, head))
            status = status_fail(STATUS_INVALID, case_name, 0, "its HEAD is not what assay writes");
        *has_head = status_ok(status);
    }
    buffer_free(&text);
    return status;
}

status_t custody_file_keep(custody_file_t *file, const char *path, const sha256_t *expected)
{
    char      hex[SHA256_HEX], name[128], temporary[160];
    sha256_t  got;
    uint8_t  *block  = malloc(STEP);
    hasher_t *hasher = hasher_new(false);
    hex_encode(expected->bytes, SHA256_SIZE, hex);
    (void)snprintf(name, sizeof name, "%s/%s", objects_name, hex);
    (void)snprintf(temporary, sizeof temporary, "%s/.%s.%ld", objects_name, hex, (long)getpid());
    int from = open(path, O_RDONLY | O_CLOEXEC), to = openat(file->directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0400);
    status_t status = block == NULL || hasher == NULL ? status_fail(STATUS_MEMORY, case_name, 0, "out of memory") : from < 0 || to < 0 ? failed("could not copy an object") : ok();
    while (status_ok(status)) {
        ssize_t size = read(from, block, STEP);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            status = failed("could not read an object");
        if (size <= 0)
            break;
        status = hasher_add(hasher, span_from(block, (size_t)size));
        if (status_ok(status))
            status = write_all(to, span_from(block, (size_t)size));
    }
    if (status_ok(status))
        status = hasher_finish(hasher, &got, NULL);
    if (status_ok(status) && !sha256_equal(&got, expected))
        status = status_fail(STATUS_IO, case_name, 0, "an object changed while it was copied");
    if (status_ok(status) && (fsync(to) != 0 || renameat(file->directory, temporary, file->directory, name) != 0))
        status = failed("could not copy an object");
    if (!status_ok(status) && to >= 0)
        (void)unlinkat(file->directory, temporary, 0);
    if (from >= 0)
        (void)close(from);
    if (to >= 0)
        (void)close(to);
    free(block);
    hasher_free(hasher);
    return status;
}
