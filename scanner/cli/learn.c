#include "cli/learn.h"

#include "analysis/similar.h"
#include "base/utf8.h"
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/mman.h>
#include <unistd.h>

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

/* The name in double quotes of YAML: what must not be shown is percent-escaped. */
static void put_name(buffer_t *out, const char *name)
{
    buffer_t escaped = {0};
    escape_path(span_from_text(name), &escaped);
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < escaped.size; i++) {
        if (escaped.at[i] == '"' || escaped.at[i] == '\\')
            buffer_append_byte(out, '\\');
        buffer_append_byte(out, escaped.at[i]);
    }
    buffer_append_byte(out, '"');
    out->failed = out->failed || escaped.failed;
    buffer_free(&escaped);
}

static bool learn_file(const FTSENT *entry, const char *name, buffer_t *out)
{
    char hash[SIMILAR_TEXT];
    int  fd = open(entry->fts_accpath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        command_error("%s: %s", entry->fts_path, strerror(errno));
        return false;
    }
    size_t size = (size_t)entry->fts_statp->st_size;
    void  *at   = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (at == MAP_FAILED) {
        command_error("%s: %s", entry->fts_path, strerror(errno));
        return false;
    }
    if (similar_hash(span_from(at, size), hash)) {
        buffer_append_text(out, "  - {name: ");
        put_name(out, name);
        buffer_printf(out, ", size: %zu, fuzzy: \"%s\"}\n", size, hash);
    }
    (void)munmap(at, size);
    return true;
}

bool learn_samples(const char *directory, const char *vendor, buffer_t *out)
{
    char *const roots[] = {(char *)(uintptr_t)directory, NULL}; /* fts does not write to it */
    FTS        *tree    = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    size_t      count = 0, skip = strlen(directory);
    bool        good = tree != NULL;
    buffer_printf(out, "# Made by assay kb learn: ssdeep hashes of samples.\nvendor: %s\nsamples:\n", vendor);
    for (FTSENT *entry; good && (entry = fts_read(tree)) != NULL;) {
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS) {
            command_error("%s: %s", entry->fts_path, strerror(entry->fts_errno));
            good = false;
        }
        if (!good || entry->fts_info != FTS_F || entry->fts_statp->st_size < SIMILAR_BYTES_MIN || entry->fts_statp->st_size > SIMILAR_BYTES_MAX)
            continue;
        if (++count > SIMILAR_SAMPLES_MAX) {
            command_error("%s: more than %d samples", directory, SIMILAR_SAMPLES_MAX);
            good = false;
        } else
            good = learn_file(entry, entry->fts_path + skip + (entry->fts_path[skip] == '/'), out);
    }
    if (tree == NULL)
        command_error("%s: %s", directory, strerror(errno));
    else
        (void)fts_close(tree);
    if (good && count == 0) {
        command_error("%s: no file of 4 KiB to 64 MiB to learn from", directory);
        good = false;
    }
    if (out->failed)
        command_error("out of memory");
    return good && !out->failed;
}
