#include "cli/tree_writer.h"

#include "base/buffer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_SIZE       = 256,     /* of a name with its NUL, on every usual file system */
    NESTING_MAX     = 256,     /* directories in directories, of one container */
    DIRECTORIES_MAX = 1000000, /* that no artifact names but paths need: a small archive can name very many */
    CHUNK           = 1 << 20, /* of a copy */
    BLOCK           = 4096     /* zeros of this size become holes */
};

static const char container_suffix[] = ".extracted", directory_suffix[] = ".directory", names_file[] = "renamed.tsv";

typedef struct { const char *place; uint32_t artifact; } named_directory_t;

struct tree_writer {
    const char        *directory;
    int                root;
    bool               made_root, special;
    arena_t           *arena;
    uint8_t           *chunk;
    FILE              *names;         /* renamed.tsv; NULL until it is needed */
    tree_tally_t       tally;
    uint64_t           made;          /* directories */
    const report_t    *report;
    bool              *holds;         /* by artifact: does it hold others? */
    const char       **places;        /* by artifact that holds others: where it was put, or NULL */
    named_directory_t *named;         /* directories with mode or time, to be set at the end */
    size_t             named_count, named_capacity;
    uint32_t           container;     /* whose inside is being put … */
    int                container_fd;  /* … below this directory; -1 */
    buffer_t           container_place;
    int                current;       /* the directory that was used last; -1 */
    buffer_t           current_name;  /* its path in the container, as in the report */
    buffer_t           place;         /* its path below the root, as it is */
    char               where[PATH_MAX];
};

static const char writer_id[] = "extract";

static status_t out_of_memory(void) { return status_fail(STATUS_MEMORY, writer_id, 0, "out of memory"); }

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* NAME and suffix, as one name that a file system takes. What is too long is cut, not inside of a character or an escape, and
 * carries a part of the digest of the whole name instead. */
static void fit_name(const char *name, const char *suffix, char out[NAME_SIZE])
{
    sha256_t digest;
    char     hex[17];
    size_t   room = NAME_SIZE - 1 - strlen(suffix);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        name = name[1] == '\0' ? "%2E" : "%2E%2E";
    if (strlen(name) <= room) {
        (void)snprintf(out, NAME_SIZE, "%s%s", name, suffix);
        return;
    }
    if (!status_ok(sha256_of(span_from_text(name), &digest)))
        digest = (sha256_t){0};
    hex_encode(digest.bytes, 8, hex);
    size_t keep = room - 17;
    while (keep > 0 && ((unsigned char)name[keep] & 0xC0) == 0x80)
        keep--;
    for (size_t back = 1; back <= 2 && back <= keep; back++)
        if (name[keep - back] == '%') {
            keep -= back;
            break;
        }
    (void)snprintf(out, NAME_SIZE, "%.*s~%s%s", (int)keep, name, hex, suffix);
}

static void number_name(const char *name, const char *suffix, uint32_t number, char out[NAME_SIZE])
{
    char all[64];
    if (number == 1)
        (void)snprintf(all, sizeof all, "%s", suffix);
    else
        (void)snprintf(all, sizeof all, "%s.%u", suffix, number);
    fit_name(name, all, out);
}

static bool exists(int directory, const char *name, const char *suffix, uint32_t number)
{
    char        numbered[NAME_SIZE];
    struct stat facts;
    number_name(name, suffix, number, numbered);
    return fstatat(directory, numbered, &facts, AT_SYMLINK_NOFOLLOW) == 0;
}

/* NAME is taken: a number with which it is not. Searched by halves, since an archive may hold one name very often. */
static uint32_t free_number(int directory, const char *name, const char *suffix)
{
    uint32_t taken = 1, unused = 2;
    while (unused < UINT32_MAX / 2 && exists(directory, name, suffix, unused)) {
        taken = unused;
        unused *= 2;
    }
    while (unused - taken > 1) {
        uint32_t middle = taken + (unused - taken) / 2;
        if (exists(directory, name, suffix, middle))
            taken = middle;
        else
            unused = middle;
    }
    return unused;
}

/* An error that is about this one name or artifact, not about the disk. */
static bool is_refusal(int error)
{
    return error == EINVAL || error == ENAMETOOLONG || error == EPERM || error == EOPNOTSUPP || error == EILSEQ || error == ENOENT || error == ENOTDIR || error == ELOOP;
}

static status_t failed_at(tree_writer_t *w, const char *name, const char *what)
{
    int      error  = errno;
    status_t status = status_fail_io(writer_id, what);
    (void)snprintf(w->where, sizeof w->where, "%.*s%s%s", (int)min_u64(w->place.size, PATH_MAX / 2), (const char *)w->place.at, w->place.size > 0 ? "/" : "", name);
    status.os_error = error;
    return status;
}

/* Notes that what the report calls PATH (its first `length` bytes) stands as `name` in the current place. */
static status_t note_name(tree_writer_t *w, const char *path, size_t length, const char *name)
{
    w->tally.renamed++;
    if (w->names == NULL) {
        int fd   = openat(w->root, names_file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        w->names = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (w->names == NULL) {
            if (fd >= 0)
                (void)close(fd);
            return failed_at(w, names_file, "could not make it");
        }
    }
    (void)fprintf(w->names, "%.*s\t", (int)min_u64(length, INT_MAX), path);
    (void)fwrite(w->place.at, 1, w->place.size, w->names);
    (void)fprintf(w->names, "%s%s\n", w->place.size > 0 ? "/" : "", name);
    return ferror(w->names) ? failed_at(w, names_file, "could not write it") : ok();
}

/* ---- directories ------------------------------------------------------------------------------------------------- */

static void leave(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static int open_directory(int parent, const char *name) { return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }

/* The directory `*fd` becomes the one of this name in it, made when it is not there; false, and *fd as it was, when that cannot be. */
static bool enter(tree_writer_t *w, int *fd, const char *name, bool *made)
{
    int next = open_directory(*fd, name);
    *made    = false;
    if (next < 0 && errno == ENOENT && w->made < DIRECTORIES_MAX + w->report->artifact_count) {
        *made = mkdirat(*fd, name, 0777) == 0;
        w->made += *made;
        next = *made ? open_directory(*fd, name) : -1;
    }
    if (next < 0)
        return false;
    (void)close(*fd);
    *fd = next;
    return true;
}

static void add_to_place(buffer_t *place, const char *name)
{
    if (place->size > 0)
        buffer_append_byte(place, '/');
    buffer_append_text(place, name);
}

/* One component on the way to an artifact; `path` of the report up to its end. False in *there: it cannot be had. */
static status_t step_into(tree_writer_t *w, const char *component, const char *path, size_t path_length, bool *there)
{
    char name[NAME_SIZE];
    bool made;
    fit_name(component, "", name);
    *there = enter(w, &w->current, name, &made);
    if (!*there && (errno == ENOTDIR || errno == ELOOP)) {
        fit_name(component, directory_suffix, name);
        *there = enter(w, &w->current, name, &made);
    }
    if (!*there)
        return is_refusal(errno) ? ok() : failed_at(w, name, "could not make a directory");
    status_t status = made && strcmp(name, component) != 0 ? note_name(w, path, path_length, name) : ok();
    add_to_place(&w->place, name);
    return status;
}

static status_t walk(tree_writer_t *w, const char *path, const char *directory, size_t length, bool *there)
{
    const char *end    = directory + length;
    status_t    status = ok();
    unsigned    depth  = 0;
    for (const char *at = directory, *next; status_ok(status) && *there && at < end; at = next + 1) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        next              = slash != NULL ? slash : end;
        char *component   = strndup(at, (size_t)(next - at));
        if (component == NULL)
            return out_of_memory();
        *there = ++depth <= NESTING_MAX;
        if (*there)
            status = step_into(w, component, path, (size_t)(next - path), there);
        free(component);
    }
    return status;
}

/* Makes `directory`, a part of the artifact's path, the current one: relative to its container, "." for its top. */
static status_t go_to(tree_writer_t *w, const report_artifact_t *artifact, const char *directory, size_t length, bool *there)
{
    *there = true;
    if (w->current >= 0 && span_equal(buffer_span(&w->current_name), span_from(directory, length)))
        return ok();
    leave(&w->current);
    w->place.size = w->current_name.size = 0;
    buffer_append(&w->current_name, span_from(directory, length));
    buffer_append(&w->place, buffer_span(&w->container_place));
    w->current = fcntl(w->container_fd, F_DUPFD_CLOEXEC, 0);
    if (w->current < 0)
        return failed_at(w, "", "could not open the directory again");
    status_t status = length == 1 && directory[0] == '.' ? ok() : walk(w, artifact->path, directory, length, there);
    if (status_ok(status) && (w->place.failed || w->current_name.failed))
        status = out_of_memory();
    if (!status_ok(status) || !*there)
        leave(&w->current);
    return status;
}

/* Opens a directory that was made before, by its place below the root. -1 with errno. */
static int open_place(const tree_writer_t *w, const char *place, size_t length)
{
    int         fd  = fcntl(w->root, F_DUPFD_CLOEXEC, 0);
    const char *end = place + length;
    for (const char *at = place, *next; fd >= 0 && at < end; at = next + 1) {
        char        name[NAME_SIZE];
        const char *slash = memchr(at, '/', (size_t)(end - at));
        next              = slash != NULL ? slash : end;
        (void)snprintf(name, sizeof name, "%.*s", (int)(next - at), at);
        int inner = open_directory(fd, name), error = errno;
        (void)close(fd);
        fd    = inner;
        errno = error;
    }
    return fd;
}

/* The inside of `parent` is put from here on: makes the directory for it. `artifact`: the first one in it. */
static status_t open_container(tree_writer_t *w, uint32_t parent, const report_artifact_t *artifact)
{
    const char *place = w->places[parent], *slash = strrchr(place, '/'), *base = slash != NULL ? slash + 1 : place;
    char        name[NAME_SIZE];
    leave(&w->current);
    leave(&w->container_fd);
    w->container  = parent;
    w->place.size = w->container_place.size = 0;
    buffer_append(&w->place, span_from(place, slash != NULL ? (size_t)(slash - place) : 0));
    number_name(base, container_suffix, 1, name);
    int  directory = open_place(w, place, w->place.size);
    bool made      = directory >= 0 && mkdirat(directory, name, 0777) == 0;
    if (!made && directory >= 0 && errno == EEXIST) {
        number_name(base, container_suffix, free_number(directory, base, container_suffix), name);
        made = mkdirat(directory, name, 0777) == 0;
    }
    if (made)
        w->container_fd = open_directory(directory, name);
    status_t status = w->container_fd >= 0 ? ok() : failed_at(w, name, "could not make a directory");
    leave(&directory);
    bool plain = strncmp(name, base, strlen(base)) == 0 && strcmp(name + strlen(base), container_suffix) == 0;
    if (status_ok(status) && !plain)
        status = note_name(w, artifact->path, strlen(w->report->artifacts[parent].path) + 1, name);
    buffer_append(&w->container_place, buffer_span(&w->place));
    add_to_place(&w->container_place, name);
    w->tally.containers++;
    return status;
}

static status_t name_directory(tree_writer_t *w, uint32_t artifact)
{
    if (w->named_count == w->named_capacity) {
        size_t             capacity = w->named_capacity == 0 ? 256 : w->named_capacity * 2;
        named_directory_t *grown    = realloc(w->named, capacity * sizeof *grown);
        if (grown == NULL)
            return out_of_memory();
        w->named          = grown;
        w->named_capacity = capacity;
    }
    const char *place           = arena_text(w->arena, buffer_span(&w->place));
    w->named[w->named_count++] = (named_directory_t){place, artifact};
    return place != NULL ? ok() : out_of_memory();
}

static status_t put_directory(tree_writer_t *w, uint32_t index, const char *relative)
{
    const report_artifact_t *artifact = &w->report->artifacts[index];
    bool                     there;
    status_t                 status = go_to(w, artifact, relative, strlen(relative), &there);
    if (!status_ok(status))
        return status;
    w->tally.directories += there;
    w->tally.refused += !there;
    return there && (artifact->has_mode || artifact->has_mtime) ? name_directory(w, index) : ok();
}

/* ---- files and links --------------------------------------------------------------------------------------------- */

/* Makes a file, open for writing, or with a target a symbolic link, where nothing of that name is. -1 with errno. */
static int make_one(int directory, const char *name, const char *target, mode_t mode)
{
    return target != NULL ? symlinkat(target, directory, name) : openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* As make_one in the current directory, under `name` or what is next to it. *made is -1 when the file system cannot hold it. */
static status_t make_named(tree_writer_t *w, const report_artifact_t *artifact, const char *name, const char *target, char actual[NAME_SIZE], int *made)
{
    mode_t mode = artifact->has_mode ? 0600 : 0666;
    fit_name(name, "", actual);
    *made = make_one(w->current, actual, target, mode);
    if (*made < 0 && errno == EEXIST) {
        number_name(name, "", free_number(w->current, name, ""), actual);
        *made = make_one(w->current, actual, target, mode);
    }
    if (*made < 0 && !is_refusal(errno))
        return failed_at(w, actual, "could not make it");
    w->tally.refused += *made < 0;
    return *made >= 0 && strcmp(actual, name) != 0 ? note_name(w, artifact->path, strlen(artifact->path), actual) : ok();
}

static bool time_of(const report_artifact_t *artifact, struct timespec times[2])
{
    times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
    times[1] = (struct timespec){.tv_sec = (time_t)artifact->mtime};
    return artifact->has_mtime;
}

static mode_t mode_of(const tree_writer_t *w, const report_artifact_t *artifact) { return artifact->mode & (w->special ? 07777 : 0777); }

/* Times outside of what the file system can hold stay as they are. */
static bool set_mode_and_time(const tree_writer_t *w, const report_artifact_t *artifact, int fd)
{
    struct timespec times[2];
    if (time_of(artifact, times))
        (void)futimens(fd, times);
    return !artifact->has_mode || fchmod(fd, mode_of(w, artifact)) == 0;
}

static bool write_all(int fd, span_t bytes)
{
    while (bytes.size > 0) {
        ssize_t written = write(fd, bytes.at, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes = span_from_offset(bytes, (uint64_t)written);
    }
    return true;
}

/* Writes a piece, leaving holes for blocks of zeros; what stands between holes goes in one call. `*at_hole`: does it end in one? */
static bool write_sparsely(int fd, span_t piece, bool *at_hole)
{
    for (uint64_t at = 0, run; at < piece.size; at += run) {
        *at_hole = span_is_filled_with(span_clip(piece, at, BLOCK), 0);
        for (run = BLOCK; at + run < piece.size && span_is_filled_with(span_clip(piece, at + run, BLOCK), 0) == *at_hole; run += BLOCK)
            ;
        span_t same = span_clip(piece, at, run);
        if (*at_hole ? lseek(fd, (off_t)same.size, SEEK_CUR) < 0 : !write_all(fd, same))
            return false;
    }
    return true;
}

static status_t write_content(tree_writer_t *w, const content_t *content, int fd, const char *name)
{
    bool at_hole = false;
    for (uint64_t at = 0; at < content->length;) {
        ssize_t got = pread(store_fd(content->store), w->chunk, (size_t)min_u64(content->length - at, CHUNK), (off_t)(content->offset + at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got < 0 ? errno : 0;
            return failed_at(w, name, "could not read its bytes: did the input change?");
        }
        if (!write_sparsely(fd, span_from(w->chunk, (size_t)got), &at_hole))
            return failed_at(w, name, "could not write it");
        at += (uint64_t)got;
    }
    return !at_hole || ftruncate(fd, (off_t)content->length) == 0 ? ok() : failed_at(w, name, "could not write it");
}

static status_t put_file(tree_writer_t *w, uint32_t index, const char *name, const content_t *content)
{
    const report_artifact_t *artifact = &w->report->artifacts[index];
    char                     actual[NAME_SIZE];
    int                      fd;
    if (content == NULL && artifact->size > 0) {
        w->tally.refused++;
        return ok();
    }
    status_t status = make_named(w, artifact, name, NULL, actual, &fd);
    if (fd < 0)
        return status;
    if (status_ok(status) && content != NULL)
        status = write_content(w, content, fd, actual);
    if (status_ok(status) && !set_mode_and_time(w, artifact, fd))
        status = failed_at(w, actual, "could not set its mode");
    if (close(fd) != 0 && status_ok(status))
        status = failed_at(w, actual, "could not write it");
    if (!status_ok(status))
        return status;
    w->tally.files++;
    w->tally.bytes += artifact->size;
    if (w->holds[index]) {
        w->places[index] = arena_printf(w->arena, "%.*s/%s", (int)w->place.size, (const char *)w->place.at, actual);
        status           = w->places[index] != NULL ? ok() : out_of_memory();
    }
    return status;
}

static unsigned digit_of(char c) { return (unsigned)(c >= 'A' ? c - 'A' + 10 : c - '0'); }

/* Back from escape_text to the bytes as found. False when a link cannot be made of them. */
static bool unescape(const char *text, char out[PATH_MAX])
{
    size_t size = 0;
    for (; *text != '\0' && size < PATH_MAX - 1; text++) {
        bool escaped = text[0] == '%' && strspn(text + 1, "0123456789ABCDEF") >= 2;
        out[size]    = escaped ? (char)(digit_of(text[1]) << 4 | digit_of(text[2])) : *text;
        text += escaped ? 2 : 0;
        if (out[size++] == '\0')
            return false;
    }
    out[size] = '\0';
    return *text == '\0' && size > 0;
}

static status_t put_link(tree_writer_t *w, const report_artifact_t *artifact, const char *name)
{
    char            target[PATH_MAX], actual[NAME_SIZE];
    struct timespec times[2];
    int             made;
    if (artifact->link == NULL || !unescape(artifact->link, target)) {
        w->tally.refused++;
        return ok();
    }
    status_t status = make_named(w, artifact, name, target, actual, &made);
    if (!status_ok(status) || made < 0)
        return status;
    w->tally.links++;
    if (time_of(artifact, times))
        (void)utimensat(w->current, actual, times, AT_SYMLINK_NOFOLLOW);
    return ok();
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static status_t begin(tree_writer_t *w, const report_t *report)
{
    w->report = report;
    w->holds  = calloc((size_t)report->artifact_count + 1, sizeof *w->holds);
    w->places = calloc((size_t)report->artifact_count + 1, sizeof *w->places);
    if (w->holds == NULL || w->places == NULL)
        return out_of_memory();
    for (size_t i = 0; i < report->artifact_count; i++)
        if (report->artifacts[i].parent != NO_ARTIFACT)
            w->holds[report->artifacts[i].parent] = true;
    return ok();
}

/* `relative`: the artifact's path in its container. */
static status_t put_inside(tree_writer_t *w, uint32_t index, const char *relative, const content_t *content)
{
    const report_artifact_t *artifact = &w->report->artifacts[index];
    const char              *slash    = strrchr(relative, '/');
    bool                     there;
    switch (artifact->type) {
    case CHILD_DIRECTORY: return put_directory(w, index, relative);
    case CHILD_CHAR_DEVICE:
    case CHILD_BLOCK_DEVICE:
    case CHILD_FIFO:
    case CHILD_SOCKET: w->tally.specials++; return ok();
    default: break;
    }
    status_t status = slash != NULL ? go_to(w, artifact, relative, (size_t)(slash - relative), &there) : go_to(w, artifact, ".", 1, &there);
    if (!status_ok(status))
        return status;
    const char *name = slash != NULL ? slash + 1 : relative;
    if (there)
        return artifact->type == CHILD_SYMLINK ? put_link(w, artifact, name) : put_file(w, index, name, content);
    w->tally.refused++;
    return ok();
}

status_t tree_writer_put(void *writer, const report_t *report, uint32_t index, const content_t *content)
{
    tree_writer_t           *w        = writer;
    const report_artifact_t *artifact = &report->artifacts[index];
    status_t                 status   = w->report == NULL ? begin(w, report) : ok();
    if (!status_ok(status))
        return status;
    if (artifact->parent == NO_ARTIFACT) {
        w->places[index] = artifact->path;
        return ok();
    }
    if (w->places[artifact->parent] == NULL) { /* what holds it was refused */
        w->tally.refused++;
        return ok();
    }
    if (w->container != artifact->parent)
        status = open_container(w, artifact->parent, artifact);
    return status_ok(status) ? put_inside(w, index, artifact->path + strlen(report->artifacts[artifact->parent].path) + 1, content) : status;
}

/* What lies deeper first; of two that name the same directory, the later one last. */
static int by_place(const void *x, const void *y)
{
    const named_directory_t *a = x, *b = y;
    int                      order = strcmp(b->place, a->place);
    return order != 0 ? order : a->artifact < b->artifact ? -1 : 1;
}

status_t tree_writer_finish(tree_writer_t *w)
{
    status_t status = ok();
    w->place.size   = 0;
    leave(&w->current);
    leave(&w->container_fd);
    if (w->named_count > 0)
        qsort(w->named, w->named_count, sizeof *w->named, by_place);
    for (size_t i = 0; status_ok(status) && i < w->named_count; i++) {
        const named_directory_t *named = &w->named[i];
        if (i + 1 < w->named_count && strcmp(named->place, w->named[i + 1].place) == 0)
            continue; /* named again: the last word stands */
        int fd = open_place(w, named->place, strlen(named->place));
        if (fd < 0 || !set_mode_and_time(w, &w->report->artifacts[named->artifact], fd))
            status = failed_at(w, named->place, "could not set mode and time of a directory");
        leave(&fd);
    }
    FILE *names = w->names;
    w->names    = NULL;
    if (names != NULL && fclose(names) != 0 && status_ok(status))
        status = failed_at(w, names_file, "could not write it");
    return status;
}

const tree_tally_t *tree_writer_tally(const tree_writer_t *w) { return &w->tally; }
const char         *tree_writer_where(const tree_writer_t *w) { return w->where; }

static bool is_empty(int fd)
{
    DIR *listing = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    bool empty   = listing != NULL;
    for (struct dirent *item; empty && (item = readdir(listing)) != NULL;)
        empty = strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0;
    if (listing != NULL)
        (void)closedir(listing);
    return empty;
}

static status_t open_root(tree_writer_t *w)
{
    w->made_root = mkdir(w->directory, 0777) == 0;
    if (!w->made_root && errno != EEXIST)
        return status_fail_io(writer_id, "could not make this directory");
    w->root = open(w->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->root < 0)
        return status_fail_io(writer_id, "could not open this directory");
    return is_empty(w->root) ? ok() : status_fail(STATUS_INVALID, writer_id, 0, "is not empty: name a new or an empty directory");
}

status_t tree_writer_new(const char *directory, bool special, tree_writer_t **writer)
{
    tree_writer_t *w = calloc(1, sizeof *w);
    *writer          = w;
    if (w == NULL)
        return out_of_memory();
    *w = (tree_writer_t){.directory = directory, .root = -1, .special = special, .arena = arena_new(SIZE_MAX), .chunk = malloc(CHUNK), .container = NO_ARTIFACT,
                         .container_fd = -1, .current = -1};
    status_t status = w->arena != NULL && w->chunk != NULL ? open_root(w) : out_of_memory();
    if (!status_ok(status)) {
        tree_writer_free(w);
        *writer = NULL;
    }
    return status;
}

void tree_writer_free(tree_writer_t *w)
{
    if (w == NULL)
        return;
    leave(&w->current);
    leave(&w->container_fd);
    leave(&w->root);
    if (w->names != NULL)
        (void)fclose(w->names);
    if (w->made_root)
        (void)rmdir(w->directory); /* only when it is empty */
    buffer_free(&w->container_place);
    buffer_free(&w->current_name);
    buffer_free(&w->place);
    arena_free(w->arena);
    free(w->chunk);
    free(w->holds);
    free(w->places);
    free(w->named);
    free(w);
}
