#include "engine/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A store that still grows, shared by what is put behind one another. */
typedef struct { store_t *store; int writer; uint64_t used; } segment_t;

struct spool {
    const char *work_directory;
    uint64_t    budget, in_memory;
    bool        shares; /* may a file that is still written to be handed out? Only if it can be reopened for reading */
    segment_t   memory, disk;
};

struct store {
    spool_t *spool;
    int      fd;
    uint64_t memory; /* bytes of it that count against the budget */
    unsigned count;
    bool     in_place; /* the input itself, which others may change */
    uint64_t size;
    struct timespec changed;
};

static const char spool_id[] = "spool";
enum { CHUNK = 1 << 20 };

spool_t *spool_new(const char *work_directory, uint64_t budget)
{
    spool_t *spool = calloc(1, sizeof *spool);
    if (spool == NULL)
        return NULL;
    const char *temporary = getenv("TMPDIR");
    *spool = (spool_t){.work_directory = work_directory != NULL ? work_directory : temporary != NULL && temporary[0] == '/' ? temporary : "/var/tmp",
                       .budget = budget, .shares = access("/proc/self/fd", X_OK) == 0};
    return spool;
}

static void close_segment(segment_t *segment)
{
    if (segment->store == NULL)
        return;
    store_release(segment->store);
    (void)close(segment->writer);
    *segment = (segment_t){0};
}

void spool_free(spool_t *spool)
{
    if (spool == NULL)
        return;
    close_segment(&spool->memory);
    close_segment(&spool->disk);
    free(spool);
}

uint64_t spool_in_memory(const spool_t *spool) { return spool->in_memory; }

static store_t *store_new(spool_t *spool, int fd, uint64_t memory)
{
    store_t *store = calloc(1, sizeof *store);
    if (store == NULL) {
        (void)close(fd);
        return NULL;
    }
    *store = (store_t){.spool = spool, .fd = fd, .memory = memory, .count = 1};
    spool->in_memory += memory;
    return store;
}

void store_keep(store_t *store) { store->count++; }

void store_release(store_t *store)
{
    if (store == NULL || --store->count > 0)
        return;
    store->spool->in_memory -= store->memory;
    (void)close(store->fd);
    free(store);
}

int store_fd(const store_t *store) { return store->fd; }

int spool_pack(void) { return memfd_create("assay-pack", MFD_CLOEXEC | MFD_ALLOW_SEALING); }

static status_t write_all(int fd, span_t bytes)
{
    while (bytes.size > 0) {
        ssize_t written = write(fd, bytes.at, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return status_fail_io(spool_id, "could not write to the work directory; give one with more room by --work-dir");
        bytes = span_from_offset(bytes, (uint64_t)written);
    }
    return ok();
}

/* A file without a name, for reading and writing. */
static int spill_file(const spool_t *spool)
{
    int fd = open(spool->work_directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char path[4096];
    if (snprintf(path, sizeof path, "%s/assay-spool-XXXXXX", spool->work_directory) >= (int)sizeof path)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

/* The same file again, for reading only: what workers get. -1 where /proc is not mounted. */
static int reopen(int fd)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* As reopen, in the place of `fd`. A sealed memory file may stay open for writing where there is no /proc: nobody can write to it. */
static int read_only(int fd, bool sealed)
{
    int again = reopen(fd);
    if (again < 0 && sealed)
        return fd;
    (void)close(fd);
    return again;
}

static bool fits(const spool_t *spool, uint64_t size) { return size <= spool->budget && spool->in_memory <= spool->budget - size; }

/* Somewhere to put `size` bytes: memory while the budget lasts, else disk. `*memory` says how much of the budget it takes. */
static int new_file(const spool_t *spool, uint64_t size, uint64_t *memory)
{
    *memory = fits(spool, size) ? size : 0;
    return fits(spool, size) ? spool_pack() : spill_file(spool);
}

static status_t seal(int fd)
{
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return status_fail(STATUS_PROTOCOL, spool_id, 0, "a pack that could not be sealed: its worker still writes to it");
    return ok();
}

/* A filled file becomes a store: sealed when in memory, reopened for reading when on disk. Owns fd. */
static status_t finish_store(spool_t *spool, int fd, uint64_t memory, store_t **store)
{
    if (memory > 0) {
        status_t status = seal(fd);
        if (!status_ok(status)) {
            (void)close(fd);
            return status;
        }
    }
    int reader = read_only(fd, memory > 0);
    if (reader < 0)
        return status_fail_io(spool_id, "could not reopen a spooled file");
    *store = store_new(spool, reader, memory);
    return *store != NULL ? ok() : status_fail(STATUS_MEMORY, spool_id, 0, "out of memory");
}

/* Zeros are skipped, so that the holes of disk images stay holes. */
static status_t put_sparse(int to, span_t bytes)
{
    if (!span_is_filled_with(bytes, 0))
        return write_all(to, bytes);
    off_t end = lseek(to, (off_t)bytes.size, SEEK_CUR);
    struct stat facts;
    if (end < 0 || fstat(to, &facts) != 0 || (facts.st_size < end && ftruncate(to, end) != 0))
        return status_fail_io(spool_id, "could not make room in the work directory; give one with more room by --work-dir");
    return ok();
}

static status_t copy_range(int from, uint64_t offset, uint64_t length, int to)
{
    uint8_t *buffer = malloc(CHUNK);
    status_t status = buffer != NULL ? ok() : status_fail(STATUS_MEMORY, spool_id, 0, "out of memory");
    while (status_ok(status) && length > 0) {
        ssize_t got = pread(from, buffer, (size_t)min_u64(length, CHUNK), (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            status = got < 0 ? status_fail_io(spool_id, "could not read spooled bytes") : status_fail(STATUS_PROTOCOL, spool_id, offset, "a pack that is shorter than said");
            break;
        }
        status = put_sparse(to, span_from(buffer, (size_t)got));
        offset += (uint64_t)got;
        length -= (uint64_t)got;
    }
    free(buffer);
    return status;
}

/* ---- shared stores ----------------------------------------------------------------------------------------------- */

/* Too small a part of the budget for a memory file of its own: there could be more of them than descriptors. */
static bool is_small(const spool_t *spool, uint64_t size) { return spool->shares && size < spool->budget / 256; }

static status_t open_segment(spool_t *spool, segment_t *segment, bool in_memory)
{
    int writer = in_memory ? spool_pack() : spill_file(spool);
    if (writer < 0)
        return status_fail_io(spool_id, in_memory ? "could not make a memory file" : "could not make a file in the work directory; name another by --work-dir");
    int reader = reopen(writer);
    if (reader < 0) {
        status_t status = status_fail_io(spool_id, "could not reopen a spooled file");
        (void)close(writer);
        return status;
    }
    store_t *store = store_new(spool, reader, 0);
    if (store == NULL) {
        (void)close(writer);
        return status_fail(STATUS_MEMORY, spool_id, 0, "out of memory");
    }
    *segment = (segment_t){store, writer, 0};
    return ok();
}

/* Puts the parts, `size` bytes in all, behind what is in the segment; a full one, or one that nobody needs, is let go first. */
static status_t append(spool_t *spool, bool in_memory, const content_t *parts, size_t count, uint64_t size, content_t *content)
{
    segment_t *segment = in_memory ? &spool->memory : &spool->disk;
    uint64_t   limit   = in_memory ? max_u64(PACK_SIZE, spool->budget / 128) : 8 * PACK_SIZE;
    if (segment->store != NULL && segment->used > 0 && (segment->store->count == 1 || size > limit || segment->used > limit - size))
        close_segment(segment);
    status_t status = segment->store == NULL ? open_segment(spool, segment, in_memory) : ok();
    if (status_ok(status) && lseek(segment->writer, (off_t)segment->used, SEEK_SET) < 0)
        status = status_fail_io(spool_id, "could not seek in a spooled file");
    for (size_t i = 0; status_ok(status) && i < count; i++)
        status = copy_range(parts[i].store->fd, parts[i].offset, parts[i].length, segment->writer);
    if (!status_ok(status))
        return status;
    store_keep(segment->store);
    *content = (content_t){segment->store, segment->used, size};
    segment->used += size;
    if (in_memory) {
        segment->store->memory += size;
        spool->in_memory += size;
    }
    return ok();
}

status_t spool_join(spool_t *spool, const content_t *parts, size_t count, content_t *content)
{
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++)
        if (!checked_add(size, parts[i].length, &size))
            return status_fail(STATUS_LIMIT, spool_id, 0, "a blob of more than 2^64 bytes");
    if (!fits(spool, size) || is_small(spool, size))
        return append(spool, fits(spool, size), parts, count, size, content);
    int      file   = spool_pack();
    status_t status = file >= 0 ? ok() : status_fail_io(spool_id, "could not make a memory file");
    for (size_t i = 0; status_ok(status) && i < count; i++)
        status = copy_range(parts[i].store->fd, parts[i].offset, parts[i].length, file);
    if (!status_ok(status)) {
        if (file >= 0)
            (void)close(file);
        return status;
    }
    *content = (content_t){.length = size};
    return finish_store(spool, file, size, &content->store);
}

status_t spool_adopt(spool_t *spool, int fd, uint64_t length, content_t *content)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0 || (uint64_t)facts.st_size < length || length > PACK_SIZE) {
        (void)close(fd);
        return status_fail(STATUS_PROTOCOL, spool_id, 0, "a pack of another length than said");
    }
    status_t status = seal(fd);
    if (status_ok(status) && (!fits(spool, length) || is_small(spool, length))) {
        store_t   pack = {.fd = fd};
        content_t part = {&pack, 0, length};
        status         = append(spool, fits(spool, length), &part, 1, length, content);
        (void)close(fd);
        return status;
    }
    if (!status_ok(status)) {
        (void)close(fd);
        return status;
    }
    *content       = (content_t){.length = length};
    content->store = store_new(spool, read_only(fd, true), length);
    return content->store != NULL ? ok() : status_fail(STATUS_MEMORY, spool_id, 0, "out of memory");
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

/* Reads `fd` to its end, hashing; copies to `copy` unless that is -1. */
static status_t read_through(int fd, int copy, sha256_t *sha256, sha512_t *sha512, uint64_t *length)
{
    hasher_t *hasher = hasher_new(sha512 != NULL);
    uint8_t  *buffer = malloc(CHUNK);
    status_t  status = hasher != NULL && buffer != NULL ? ok() : status_fail(STATUS_MEMORY, spool_id, 0, "out of memory");
    *length          = 0;
    while (status_ok(status)) {
        ssize_t got = read(fd, buffer, CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = status_fail_io("input", "could not read it");
        if (got <= 0)
            break;
        *length += (uint64_t)got;
        status = hasher_add(hasher, span_from(buffer, (size_t)got));
        if (status_ok(status) && copy >= 0)
            status = write_all(copy, span_from(buffer, (size_t)got));
    }
    if (status_ok(status))
        status = hasher_finish(hasher, sha256, sha512);
    free(buffer);
    hasher_free(hasher);
    return status;
}

static status_t copy_input(spool_t *spool, int fd, uint64_t expected, content_t *content, sha256_t *sha256, sha512_t *sha512)
{
    uint64_t memory, length = 0;
    int      file   = new_file(spool, expected, &memory);
    status_t status = file >= 0 ? read_through(fd, file, sha256, sha512, &length) : status_fail_io(spool_id, "could not make a file in the work directory");
    (void)close(fd);
    if (!status_ok(status)) {
        if (file >= 0)
            (void)close(file);
        return status;
    }
    status = finish_store(spool, file, memory, &content->store);
    if (!status_ok(status))
        return status;
    content->length = length;
    return ok();
}

status_t spool_open_input(spool_t *spool, const char *path, content_t *content, sha256_t *sha256, sha512_t *sha512)
{
    struct stat facts;
    *content = (content_t){0};
    if (strcmp(path, "-") == 0) {
        int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return input >= 0 ? copy_input(spool, input, UINT64_MAX, content, sha256, sha512) : status_fail_io("input", "standard input is not open");
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return status_fail_io("input", "could not open it");
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        (void)close(fd);
        return status_fail(STATUS_INVALID, "input", 0, S_ISDIR(facts.st_mode) ? "is a directory: name the files in it, or pack it into a tar file"
                                                                            : "is not a regular file: copy the device to an image file first");
    }
    uint64_t size = (uint64_t)facts.st_size;
    if (size <= spool->budget / 2 && spool->in_memory <= spool->budget / 2 - size)
        return copy_input(spool, fd, size, content, sha256, sha512);
    uint64_t length;
    status_t status = read_through(fd, -1, sha256, sha512, &length);
    if (status_ok(status) && length != size)
        status = status_fail(STATUS_IO, "input", length, "changed its size while it was read: copy it to a quiet place first");
    content->store = status_ok(status) ? store_new(spool, fd, 0) : NULL;
    if (content->store == NULL) {
        if (!status_ok(status))
            (void)close(fd);
        return status_ok(status) ? status_fail(STATUS_MEMORY, spool_id, 0, "out of memory") : status;
    }
    content->store->in_place = true;
    content->store->size     = size;
    content->store->changed  = facts.st_mtim;
    content->length          = size;
    return ok();
}

bool spool_input_changed(const content_t *content)
{
    struct stat facts;
    if (!content->store->in_place)
        return false;
    return fstat(content->store->fd, &facts) != 0 || (uint64_t)facts.st_size != content->store->size ||
           memcmp(&facts.st_mtim, &content->store->changed, sizeof facts.st_mtim) != 0;
}

status_t content_map(const content_t *content, mapping_t *mapping, span_t *bytes)
{
    *mapping = (mapping_t){0};
    *bytes   = span_from("", 0);
    if (content->length == 0)
        return ok();
    uint64_t page  = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t start = content->offset / page * page, lead = content->offset - start;
    void    *at    = mmap(NULL, (size_t)(content->length + lead), PROT_READ, MAP_PRIVATE, content->store->fd, (off_t)start);
    if (at == MAP_FAILED)
        return status_fail_io(spool_id, "could not map spooled bytes");
    *mapping = (mapping_t){at, (size_t)(content->length + lead)};
    *bytes   = span_from((uint8_t *)at + lead, (size_t)content->length);
    return ok();
}

void content_unmap(mapping_t *mapping)
{
    if (mapping->at != NULL)
        (void)munmap(mapping->at, mapping->size);
    *mapping = (mapping_t){0};
}
