#include "support/extraction.h"

#include "base/utf8.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

typedef struct { extraction_t *to; buffer_t decoded; span_t image; } collector_t;

static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 64 : *capacity * 2;
    void *more = realloc(items, *capacity * size);
    assert_non_null(more);
    return more;
}

static char *escaped(span_t text, bool path)
{
    buffer_t out = {0};
    if (path)
        escape_path(text, &out);
    else
        escape_text(text, &out);
    buffer_append_byte(&out, 0);
    return (char *)out.at;
}

static entry_t *add_entry(tree_t *tree)
{
    tree->entries       = grown(tree->entries, tree->count, &tree->capacity, sizeof *tree->entries);
    entry_t *entry      = &tree->entries[tree->count++];
    *entry              = (entry_t){0};
    return entry;
}

static void add_saying(sayings_t *list, uint64_t offset, uint64_t length, const char *what, uint32_t child)
{
    list->sayings      = grown(list->sayings, list->count, &list->capacity, sizeof *list->sayings);
    saying_t *saying   = &list->sayings[list->count++];
    *saying            = (saying_t){.offset = offset, .length = length, .child = child};
    (void)snprintf(saying->what, sizeof saying->what, "%s", what);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* "name=hex" lines in order of name, so that two sources compare as text. */
static char *xattr_text(const xattr_t *xattrs, size_t count)
{
    char *lines[XATTRS_MAX];
    for (size_t i = 0; i < count; i++) {
        buffer_t line = {0};
        buffer_append(&line, xattrs[i].name);
        buffer_append_byte(&line, '=');
        for (size_t j = 0; j < xattrs[i].value.size; j++)
            buffer_printf(&line, "%02x", xattrs[i].value.at[j]);
        buffer_append(&line, span_from("\n", 2));
        lines[i] = (char *)line.at;
    }
    if (count == 0)
        return NULL;
    qsort(lines, count, sizeof *lines, by_text);
    buffer_t all = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&all, lines[i]);
        free(lines[i]);
    }
    buffer_append_byte(&all, 0);
    return (char *)all.at;
}

static void set_content(entry_t *entry, span_t content)
{
    entry->content = malloc(content.size + 1);
    assert_non_null(entry->content);
    if (content.size > 0)
        memcpy(entry->content, content.at, content.size);
    entry->size = content.size;
    assert_true(status_ok(sha256_of(content, &entry->sha256)));
}

static void collect_child(collector_t *c, const record_t *record)
{
    const child_info_t *info  = &record->child.info;
    tree_t             *tree  = &c->to->tree;
    assert_int_equal(record->child.index, tree->count);
    entry_t *entry = add_entry(tree);
    *entry = (entry_t){
        .path = escaped(info->path, true), .type = info->type, .has_mode = info->has_mode, .has_owner = info->has_owner, .has_mtime = info->has_mtime,
        .mode = info->mode, .uid = info->uid, .gid = info->gid, .mtime = info->mtime, .device_major = info->device_major,
        .device_minor = info->device_minor, .link = info->type == CHILD_SYMLINK ? escaped(info->link, false) : NULL,
        .xattrs = xattr_text(info->xattrs, info->xattr_count), .at_offset = record->child.at_offset, .at_length = record->child.at_length,
    };
    span_t content = {NULL, 0};
    switch (record->child.source_kind) {
    case SOURCE_NONE: break;
    case SOURCE_RANGE: content = span_sub(c->image, record->child.source, record->child.size); break;
    case SOURCE_DECODED: content = span_sub(buffer_span(&c->decoded), record->child.source, record->child.size); break;
    case SOURCE_SAME:
        assert_true(record->child.source < tree->count - 1);
        content        = span_from(tree->entries[record->child.source].content, tree->entries[record->child.source].size);
        entry->same_as = (size_t)record->child.source + 1;
        break;
    }
    assert_true(content.size == record->child.size || record->child.source_kind == SOURCE_SAME);
    set_content(entry, content);
}

static void collect(void *context, const record_t *record)
{
    collector_t  *c  = context;
    extraction_t *to = c->to;
    switch (record->type) {
    case RECORD_CHILD: collect_child(c, record); break;
    case RECORD_DAMAGE: add_saying(&to->damage, record->damage.offset, record->damage.length, record->damage.what, record->damage.child); break;
    case RECORD_LIMIT: add_saying(&to->limits, record->limit.offset, record->limit.length, record->limit.what, NO_CHILD); break;
    case RECORD_NOTE: add_saying(&to->notes, record->note.offset, 0, record->note.what, NO_CHILD); break;
    case RECORD_FACT:
        if (to->fact_count < 64) {
            (void)snprintf(to->facts[to->fact_count].key, sizeof to->facts[0].key, "%s", record->fact.key);
            (void)snprintf(to->facts[to->fact_count++].value, sizeof to->facts[0].value, "%s", record->fact.value);
        }
        break;
    default: break;
    }
}

static status_t collect_decoded(void *context, span_t bytes)
{
    collector_t *c = context;
    buffer_append(&c->decoded, bytes);
    return c->decoded.failed ? status_fail(STATUS_MEMORY, "test", 0, "out of memory") : ok();
}

const extractor_t *extractor_named(const char *id)
{
    for (size_t i = 0; extractors[i] != NULL; i++)
        if (strcmp(extractors[i]->id, id) == 0)
            return extractors[i];
    fail_msg("the registry has no format %s", id);
    return NULL;
}

extraction_t extraction_with(const char *format, span_t image, const limits_t *limits)
{
    const extractor_t *extractor  = extractor_named(format);
    extraction_t       extraction = {.bits = extractor->probe(image), .status = {.code = STATUS_REJECTED}};
    collector_t        c          = {.to = &extraction, .image = image};
    sink_t            *sink       = sink_new(image, limits, (sink_output_t){&c, collect, collect_decoded});
    assert_non_null(sink);
    if (extraction.bits > 0) {
        extraction.extent = extractor->extent(image);
        sink_begin_format(sink, format, 0);
        extraction.status = extractor->extract(image, sink);
        if (status_ok(extraction.status))
            extraction.end = sink_accept_format(sink, extraction.bits);
        else
            sink_reject_format(sink);
    }
    for (size_t i = 0; i < extraction.damage.count; i++)
        if (extraction.damage.sayings[i].child < extraction.tree.count)
            extraction.tree.entries[extraction.damage.sayings[i].child].damaged = true;
    for (size_t i = 0; i < extraction.tree.count; i++) /* a hard link shares the damage of its content */
        if (extraction.tree.entries[i].same_as > 0 && extraction.tree.entries[extraction.tree.entries[i].same_as - 1].damaged)
            extraction.tree.entries[i].damaged = true;
    extraction.ledger = *sink_ledger(sink);
    *sink_ledger(sink) = (ledger_t){0};
    assert_true(status_ok(ledger_settle(&extraction.ledger)));
    const char *why;
    if (!ledger_valid(extraction.ledger.regions, extraction.ledger.count, image.size, &why))
        fail_msg("the ledger of a %s: %s", format, why);
    sink_free(sink);
    buffer_free(&c.decoded);
    return extraction;
}

extraction_t extraction_of(const char *format, span_t image)
{
    limits_t limits = limits_default();
    return extraction_with(format, image, &limits);
}

void tree_free(tree_t *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->entries[i].path);
        free(tree->entries[i].link);
        free(tree->entries[i].content);
        free(tree->entries[i].xattrs);
    }
    free(tree->entries);
    *tree = (tree_t){0};
}

void extraction_free(extraction_t *extraction)
{
    tree_free(&extraction->tree);
    ledger_free(&extraction->ledger);
    free(extraction->damage.sayings);
    free(extraction->limits.sayings);
    free(extraction->notes.sayings);
}

const entry_t *tree_entry(const tree_t *tree, const char *path)
{
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->entries[i].path, path) == 0)
            return &tree->entries[i];
    return NULL;
}

const char *extraction_fact(const extraction_t *extraction, const char *key)
{
    for (size_t i = 0; i < extraction->fact_count; i++)
        if (strcmp(extraction->facts[i].key, key) == 0)
            return extraction->facts[i].value;
    return NULL;
}

uint64_t explained_ppm(const extraction_t *extraction)
{
    uint64_t known = 0;
    for (size_t i = 0; i < extraction->ledger.count; i++)
        if (extraction->ledger.regions[i].kind != REGION_UNKNOWN)
            known += extraction->ledger.regions[i].length;
    return extraction->ledger.size == 0 ? 1000000 : known * 1000000 / extraction->ledger.size;
}

static char *xattrs_of_file(const char *path)
{
    char    names[4096], values[XATTRS_MAX][4096];
    xattr_t xattrs[XATTRS_MAX];
    size_t  count = 0;
    ssize_t size  = llistxattr(path, names, sizeof names);
    for (ssize_t at = 0; at < size && count < XATTRS_MAX; at += (ssize_t)strlen(names + at) + 1) {
        ssize_t length = lgetxattr(path, names + at, values[count], sizeof values[count]);
        if (length >= 0)
            xattrs[count] = (xattr_t){span_from_text(names + at), span_from(values[count], (size_t)length)}, count++;
    }
    return xattr_text(xattrs, count);
}

static void add_directory(tree_t *tree, const char *root, const char *below)
{
    char directory[4096];
    (void)snprintf(directory, sizeof directory, "%s%s%s", root, below[0] != '\0' ? "/" : "", below);
    DIR *open = opendir(directory);
    if (open == NULL)
        fail_msg("cannot open directory %s", directory);
    for (struct dirent *item; (item = readdir(open)) != NULL;) {
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
            continue;
        char path[4096], full[8192], target[4096];
        (void)snprintf(path, sizeof path, "%s%s%s", below, below[0] != '\0' ? "/" : "", item->d_name);
        (void)snprintf(full, sizeof full, "%s/%s", root, path);
        struct stat facts;
        assert_int_equal(lstat(full, &facts), 0);
        entry_t *entry = add_entry(tree);
        *entry = (entry_t){
            .path = escaped(span_from_text(path), true), .has_mode = true, .has_owner = true, .has_mtime = true, .mode = facts.st_mode & 07777,
            .uid = facts.st_uid, .gid = facts.st_gid, .mtime = facts.st_mtime, .device_major = major(facts.st_rdev),
            .device_minor = minor(facts.st_rdev), .xattrs = xattrs_of_file(full),
            .type = S_ISDIR(facts.st_mode) ? CHILD_DIRECTORY : S_ISLNK(facts.st_mode) ? CHILD_SYMLINK : S_ISCHR(facts.st_mode) ? CHILD_CHAR_DEVICE
                  : S_ISBLK(facts.st_mode) ? CHILD_BLOCK_DEVICE : S_ISFIFO(facts.st_mode) ? CHILD_FIFO : S_ISSOCK(facts.st_mode) ? CHILD_SOCKET : CHILD_FILE,
        };
        if (entry->type == CHILD_SYMLINK) {
            ssize_t length = readlink(full, target, sizeof target);
            assert_true(length >= 0);
            entry->link = escaped(span_from(target, (size_t)length), false);
        }
        span_t content = {NULL, 0};
        if (entry->type == CHILD_FILE) {
            sample_t file = sample_read(full);
            content       = sample_span(&file);
            set_content(entry, content);
            sample_free(&file);
        } else {
            set_content(entry, content);
        }
        if (S_ISDIR(facts.st_mode))
            add_directory(tree, root, path);
    }
    (void)closedir(open);
}

tree_t tree_of_directory(const char *directory)
{
    tree_t tree = {0};
    add_directory(&tree, directory, "");
    return tree;
}

static int by_path(const void *a, const void *b) { return strcmp(((const entry_t *)a)->path, ((const entry_t *)b)->path); }

static tree_t sorted_copy(const tree_t *tree)
{
    tree_t copy = {0};
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->entries[i].path, ".") != 0)
            *add_entry(&copy) = tree->entries[i];
    if (copy.count > 0)
        qsort(copy.entries, copy.count, sizeof *copy.entries, by_path);
    return copy;
}

static bool same_text(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0); }

void assert_same_tree(const tree_t *got, const tree_t *expected, unsigned compare)
{
    tree_t a = sorted_copy(got), b = sorted_copy(expected);
    for (size_t i = 0; i < a.count || i < b.count; i++) {
        const char *x = i < a.count ? a.entries[i].path : NULL, *y = i < b.count ? b.entries[i].path : NULL;
        if (x == NULL || y == NULL || strcmp(x, y) != 0)
            fail_msg("paths differ (%zu against %zu): got %s, expected %s", a.count, b.count, x != NULL ? x : "nothing", y != NULL ? y : "nothing");
        const entry_t *g = &a.entries[i], *e = &b.entries[i];
        if (g->type != e->type || !same_text(g->link, e->link))
            fail_msg("%s: type %d, link %s; expected %d, %s", x, g->type, g->link != NULL ? g->link : "-", e->type, e->link != NULL ? e->link : "-");
        if (!sha256_equal(&g->sha256, &e->sha256) || g->size != e->size)
            fail_msg("%s: other content (%llu bytes, expected %llu)", x, (unsigned long long)g->size, (unsigned long long)e->size);
        if ((compare & COMPARE_MODE) != 0 && g->type != CHILD_SYMLINK && g->mode != e->mode)
            fail_msg("%s: mode %o, expected %o", x, g->mode, e->mode);
        if ((compare & COMPARE_OWNER) != 0 && (g->uid != e->uid || g->gid != e->gid))
            fail_msg("%s: owner %u:%u, expected %u:%u", x, g->uid, g->gid, e->uid, e->gid);
        if ((compare & COMPARE_MTIME) != 0 && g->mtime != e->mtime)
            fail_msg("%s: time %lld, expected %lld", x, (long long)g->mtime, (long long)e->mtime);
        if ((compare & COMPARE_XATTRS) != 0 && !same_text(g->xattrs, e->xattrs))
            fail_msg("%s: extended attributes %s, expected %s", x, g->xattrs != NULL ? g->xattrs : "none", e->xattrs != NULL ? e->xattrs : "none");
        bool device = g->type == CHILD_CHAR_DEVICE || g->type == CHILD_BLOCK_DEVICE;
        if ((compare & COMPARE_DEVICES) != 0 && device && (g->device_major != e->device_major || g->device_minor != e->device_minor))
            fail_msg("%s: device %u:%u, expected %u:%u", x, g->device_major, g->device_minor, e->device_major, e->device_minor);
    }
    free(a.entries);
    free(b.entries);
}
