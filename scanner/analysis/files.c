#include "analysis/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 8, FILES_MAX = 20000, FILE_BYTES_MAX = 64 << 20 };

typedef struct {
    const char  *suffix;
    arena_t     *arena;
    data_file_t *files; /* grows by doubling; the outgrown ones stay in the arena */
    size_t       count, capacity;
    const char **why;
} reading_t;

static status_t complain(reading_t *reading, const char *name, int error, const char *what)
{
    char        buffer[96];
    const char *reason = error != 0 ? strerror_r(error, buffer, sizeof buffer) : what;
    *reading->why      = arena_printf(reading->arena, "%s: %s", name, reason);
    return status_fail(STATUS_INVALID, "data", 0, "a data directory cannot be read");
}

/* With one of the suffixes, which '|' separates. */
static bool ends_with(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    for (;;) {
        size_t tail = strcspn(suffix, "|");
        if (length >= tail && memcmp(name + length - tail, suffix, tail) == 0)
            return true;
        if (suffix[tail] == '\0')
            return false;
        suffix += tail + 1;
    }
}

static bool make_room(reading_t *reading)
{
    if (reading->count < reading->capacity)
        return true;
    size_t       capacity = reading->capacity == 0 ? 64 : 2 * reading->capacity;
    data_file_t *files    = capacity <= FILES_MAX ? arena_array(reading->arena, capacity, sizeof *files) : NULL;
    if (files == NULL)
        return false;
    if (reading->count > 0)
        memcpy(files, reading->files, reading->count * sizeof *files);
    reading->files    = files;
    reading->capacity = capacity;
    return true;
}

static ssize_t read_all(int fd, uint8_t *at, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, at + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? n : (ssize_t)got;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

/* The content of an open regular file; the descriptor stays open. */
static status_t add_file(reading_t *reading, int fd, const char *name, const struct stat *status)
{
    if (status->st_size > FILE_BYTES_MAX)
        return complain(reading, name, 0, "larger than 64 MiB");
    size_t   size = (size_t)status->st_size;
    uint8_t *at   = arena_alloc(reading->arena, size + 1);
    if (at == NULL || !make_room(reading))
        return complain(reading, name, ENOMEM, NULL);
    ssize_t got = read_all(fd, at, size);
    if (got < 0 || (size_t)got != size)
        return complain(reading, name, got < 0 ? errno : 0, "became shorter while it was read");
    reading->files[reading->count++] = (data_file_t){name, span_from(at, size)};
    return ok();
}

static status_t add_directory(reading_t *reading, int fd, const char *prefix, unsigned depth);

/* Closes `fd`. */
static status_t add_entry(reading_t *reading, int fd, const char *name, unsigned depth)
{
    struct stat status;
    status_t    result = ok();
    if (fstat(fd, &status) != 0)
        result = complain(reading, name, errno, NULL);
    else if (S_ISDIR(status.st_mode) && depth >= DEPTH_MAX)
        result = complain(reading, name, 0, "directories are nested too deeply");
    else if (S_ISDIR(status.st_mode))
        return add_directory(reading, fd, name, depth + 1);
    else if (S_ISREG(status.st_mode) && ends_with(name, reading->suffix))
        result = add_file(reading, fd, name, &status);
    (void)close(fd);
    return result;
}

/* Closes `fd`. */
static status_t add_directory(reading_t *reading, int fd, const char *prefix, unsigned depth)
{
    DIR *directory = fdopendir(fd);
    if (directory == NULL) {
        int error = errno;
        (void)close(fd);
        return complain(reading, prefix, error, NULL);
    }
    status_t       status = ok();
    struct dirent *entry;
    while (status_ok(status) && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        const char *name = arena_printf(reading->arena, "%s%s%s", prefix, prefix[0] != '\0' ? "/" : "", entry->d_name);
        if (name == NULL) {
            status = complain(reading, prefix, ENOMEM, NULL);
            break;
        }
        int inner = openat(fd, entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        status    = inner >= 0 ? add_entry(reading, inner, name, depth) : complain(reading, name, errno, NULL);
    }
    (void)closedir(directory);
    return status;
}

static int by_name(const void *a, const void *b) { return strcmp(((const data_file_t *)a)->name, ((const data_file_t *)b)->name); }

static status_t finish(reading_t *reading, data_files_t *files)
{
    if (reading->count > 1)
        qsort(reading->files, reading->count, sizeof *reading->files, by_name);
    *files           = (data_files_t){.files = reading->files, .count = reading->count};
    hasher_t *hasher = hasher_new(false);
    sha256_t  digest;
    status_t  status = hasher != NULL ? ok() : status_fail(STATUS_MEMORY, "data", 0, "out of memory");
    for (size_t i = 0; i < files->count && status_ok(status); i++) {
        const data_file_t *file = &files->files[i];
        uint8_t            size[8];
        for (unsigned byte = 0; byte < sizeof size; byte++)
            size[byte] = (uint8_t)((uint64_t)file->content.size >> 8 * byte);
        status = hasher_add(hasher, span_from(file->name, strlen(file->name) + 1));
        if (status_ok(status))
            status = hasher_add(hasher, span_from(size, sizeof size));
        if (status_ok(status))
            status = hasher_add(hasher, file->content);
    }
    if (status_ok(status))
        status = hasher_finish(hasher, &digest, NULL);
    hasher_free(hasher);
    if (!status_ok(status))
        return complain(reading, "digest", 0, status.what);
    hex_encode(digest.bytes, sizeof digest.bytes, files->digest);
    return ok();
}

/* Names in messages begin with the directory: so does what is said about the directory itself. */
static status_t with_directory(status_t status, const char *directory, arena_t *arena, const char **why)
{
    if (!status_ok(status))
        *why = arena_printf(arena, "%s/%s", directory, *why != NULL ? *why : "out of memory");
    return status;
}

status_t files_read(const char *directory, const char *suffix, arena_t *arena, data_files_t *files, const char **why)
{
    reading_t reading = {.suffix = suffix, .arena = arena, .why = why};
    int       fd      = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return complain(&reading, directory, errno, NULL);
    status_t status = add_directory(&reading, fd, "", 0);
    if (status_ok(status))
        status = finish(&reading, files);
    return with_directory(status, directory, arena, why);
}

status_t file_read(const char *path, arena_t *arena, data_files_t *file, const char **why)
{
    reading_t   reading = {.suffix = "", .arena = arena, .why = why};
    struct stat status;
    int         fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return complain(&reading, path, errno, NULL);
    const char *slash  = strrchr(path, '/');
    status_t    result = fstat(fd, &status) != 0     ? complain(&reading, path, errno, NULL)
                         : !S_ISREG(status.st_mode) ? complain(&reading, path, 0, "is not a regular file")
                                                    : add_file(&reading, fd, slash != NULL ? slash + 1 : path, &status);
    (void)close(fd);
    return status_ok(result) ? finish(&reading, file) : result;
}
