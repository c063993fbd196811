#include "extractors/archive_common.h"

#include "base/buffer.h"

#include <iconv.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* Bounds on what a hostile archive can make the reader do without output. */
enum {
    RESTARTS_MAX       = 16,      /* new readers after a member that broke one */
    REPLAYED_MAX       = 100000,  /* headers read again, all restarts together */
    IDLE_MAX           = 4096,    /* empty data blocks, or retries, in a row */
    DAMAGED_HEADERS_MAX = 1000,
    KNOWN_PATH_BYTES   = 64 << 20,
    KNOWN_PROBES       = 64,
};

/* ---- bytes for libarchive ------------------------------------------------------------------------------------------ */

typedef struct { span_t image; uint64_t at; } feed_t;
typedef struct { const span_t *parts; size_t count; } parts_t; /* read once, in order */

static la_ssize_t feed_read(struct archive *archive, void *data, const void **bytes)
{
    (void)archive;
    feed_t *feed = data;
    span_t  rest = span_from_offset(feed->image, feed->at);
    *bytes       = rest.at;
    feed->at     = feed->image.size;
    return (la_ssize_t)rest.size;
}

static la_int64_t feed_skip(struct archive *archive, void *data, la_int64_t request)
{
    (void)archive;
    feed_t  *feed = data;
    uint64_t step = request <= 0 ? 0 : min_u64((uint64_t)request, feed->image.size - feed->at);
    feed->at += step;
    return (la_int64_t)step;
}

static la_int64_t feed_seek(struct archive *archive, void *data, la_int64_t offset, int whence)
{
    (void)archive;
    feed_t    *feed = data;
    la_int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (la_int64_t)feed->at : (la_int64_t)feed->image.size;
    la_int64_t to;
    if (__builtin_add_overflow(from, offset, &to) || to < 0)
        return ARCHIVE_FATAL;
    feed->at = min_u64((uint64_t)to, feed->image.size);
    return (la_int64_t)feed->at;
}

static la_ssize_t parts_read(struct archive *archive, void *data, const void **bytes)
{
    (void)archive;
    parts_t *parts = data;
    while (parts->count > 0 && parts->parts->size == 0)
        parts->parts++, parts->count--;
    if (parts->count == 0)
        return 0;
    *bytes = parts->parts->at;
    parts->count--;
    return (la_ssize_t)(parts->parts++)->size;
}

/* NULL when out of memory or when libarchive refuses. Exactly one of feed and parts is given. */
static struct archive *open_reader(feed_t *feed, parts_t *parts, const archive_source_t *source)
{
    struct archive *archive = archive_read_new();
    if (archive == NULL)
        return NULL;
    bool ready = source->enable(archive) == ARCHIVE_OK && archive_read_support_filter_none(archive) == ARCHIVE_OK &&
                 (source->options == NULL || archive_read_set_options(archive, source->options) == ARCHIVE_OK) &&
                 archive_read_set_read_callback(archive, feed != NULL ? feed_read : parts_read) == ARCHIVE_OK;
    if (ready && feed != NULL)
        ready = archive_read_set_skip_callback(archive, feed_skip) == ARCHIVE_OK && archive_read_set_seek_callback(archive, feed_seek) == ARCHIVE_OK;
    ready = ready && archive_read_set_callback_data(archive, feed != NULL ? (void *)feed : (void *)parts) == ARCHIVE_OK &&
            archive_read_open1(archive) == ARCHIVE_OK;
    if (ready)
        return archive;
    archive_read_free(archive);
    return NULL;
}

/* libarchive's messages may quote names of the archive. */
static const char *explain(struct archive *archive, archive_error_t *error)
{
    const char *from = archive_error_string(archive);
    size_t      size = 0;
    for (; from != NULL && from[size] != '\0' && size < sizeof error->text - 1; size++)
        error->text[size] = from[size] >= ' ' && from[size] <= '~' ? from[size] : '?';
    error->text[size] = '\0';
    return size > 0 ? error->text : "the content cannot be decoded";
}

/* ---- earlier members, for hard links ------------------------------------------------------------------------------- */

typedef struct { uint64_t hash, path_at; uint32_t path_size, child; } known_t;
typedef struct { known_t *slots; size_t count, capacity; buffer_t paths; } known_paths_t;

static uint64_t hash_of(span_t path)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < path.size; i++)
        hash = (hash ^ path.at[i]) * UINT64_C(0x100000001b3);
    return (hash ^ hash >> 32) | 1; /* 0 is an empty slot */
}

/* The slot of `path`, or the empty one it belongs into; NULL when too many others crowd there. */
static known_t *known_slot(const known_paths_t *known, uint64_t hash, span_t path)
{
    for (size_t probe = 0; known->capacity > 0 && probe < KNOWN_PROBES; probe++) {
        known_t *slot = &known->slots[(hash + probe) & (known->capacity - 1)];
        if (slot->hash == 0 || (slot->hash == hash && span_equal(span_sub(buffer_span(&known->paths), slot->path_at, slot->path_size), path)))
            return slot;
    }
    return NULL;
}

static bool known_grow(known_paths_t *known)
{
    known_paths_t larger = {.capacity = known->capacity == 0 ? 256 : known->capacity * 2};
    larger.slots         = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < known->capacity; i++)
        for (size_t probe = 0; known->slots[i].hash != 0 && probe < KNOWN_PROBES; probe++) {
            known_t *slot = &larger.slots[(known->slots[i].hash + probe) & (larger.capacity - 1)];
            if (slot->hash == 0) {
                *slot = known->slots[i];
                break;
            }
        }
    free(known->slots);
    known->slots    = larger.slots;
    known->capacity = larger.capacity;
    return true;
}

/* Best effort: what cannot be kept is a hard link target that will not be found, which is said then. */
static void known_add(known_paths_t *known, span_t path, uint32_t child)
{
    if (known->paths.size + path.size > KNOWN_PATH_BYTES || (known->count * 2 >= known->capacity && !known_grow(known)))
        return;
    uint64_t hash = hash_of(path);
    known_t *slot = known_slot(known, hash, path);
    if (slot == NULL)
        return;
    if (slot->hash == 0) {
        *slot = (known_t){.hash = hash, .path_at = known->paths.size, .path_size = (uint32_t)path.size};
        buffer_append(&known->paths, path);
        known->count++;
    }
    slot->child = child;
}

static bool known_find(const known_paths_t *known, span_t path, uint32_t *child)
{
    known_t *slot = known_slot(known, hash_of(path), path);
    if (slot == NULL || slot->hash == 0)
        return false;
    *child = slot->child;
    return true;
}

/* ---- facts of a member --------------------------------------------------------------------------------------------- */

span_t archive_plain_path(span_t path)
{
    while (path.size > 2 && path.at[0] == '.' && path.at[1] == '/') {
        path = span_from_offset(path, 2);
        while (path.size > 1 && path.at[0] == '/')
            path = span_from_offset(path, 1);
    }
    while (path.size > 1 && path.at[path.size - 1] == '/')
        path.size--;
    return path;
}

int64_t archive_dos_time(uint16_t date, uint16_t time)
{
    struct tm parts = {
        .tm_year = (date >> 9) + 80, .tm_mon = (date >> 5 & 15) - 1, .tm_mday = date & 31, .tm_hour = time >> 11, .tm_min = time >> 5 & 63, .tm_sec = (time & 31) * 2,
    };
    return timegm(&parts);
}

static child_type_t type_of(struct archive_entry *entry)
{
    switch (archive_entry_filetype(entry)) {
    case AE_IFDIR: return CHILD_DIRECTORY;
    case AE_IFLNK: return CHILD_SYMLINK;
    case AE_IFCHR: return CHILD_CHAR_DEVICE;
    case AE_IFBLK: return CHILD_BLOCK_DEVICE;
    case AE_IFIFO: return CHILD_FIFO;
    case AE_IFSOCK: return CHILD_SOCKET;
    default: return CHILD_FILE;
    }
}

static span_t text_of(const char *text) { return text != NULL ? span_from_text(text) : span_from("", 0); }

static span_t path_of(struct archive_entry *entry)
{
    const char *path = archive_entry_pathname(entry);
    return text_of(path != NULL ? path : archive_entry_pathname_utf8(entry));
}

static size_t xattrs_of(struct archive_entry *entry, xattr_t *xattrs)
{
    size_t count = 0;
    (void)archive_entry_xattr_reset(entry);
    const char *name;
    const void *value;
    size_t      size;
    while (count < XATTRS_MAX && archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
        if (name != NULL)
            xattrs[count++] = (xattr_t){text_of(name), span_from(value != NULL ? value : "", value != NULL ? size : 0)};
    return count;
}

static child_info_t info_of(struct archive_entry *entry, unsigned traits, xattr_t *xattrs)
{
    int64_t      uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);
    child_info_t info = {
        .path = archive_plain_path(path_of(entry)), .type = type_of(entry), .has_mode = (traits & ARCHIVE_TRAIT_MODE) != 0,
        .mode = archive_entry_perm(entry) & 07777, .has_mtime = archive_entry_mtime_is_set(entry) != 0, .mtime = archive_entry_mtime(entry),
        .has_owner = (traits & ARCHIVE_TRAIT_OWNER) != 0 && uid >= 0 && gid >= 0 && uid <= UINT32_MAX && gid <= UINT32_MAX,
        .xattrs = xattrs, .xattr_count = xattrs_of(entry, xattrs),
    };
    if (info.has_owner) {
        info.uid = (uint32_t)uid;
        info.gid = (uint32_t)gid;
    }
    if (info.type == CHILD_SYMLINK) {
        const char *link = archive_entry_symlink(entry);
        info.link        = text_of(link != NULL ? link : archive_entry_symlink_utf8(entry));
    }
    if (info.type == CHILD_CHAR_DEVICE || info.type == CHILD_BLOCK_DEVICE) {
        info.device_major = (uint32_t)archive_entry_rdevmajor(entry);
        info.device_minor = (uint32_t)archive_entry_rdevminor(entry);
    }
    return info;
}

/* ---- content of a member ------------------------------------------------------------------------------------------- */

/* Content as it comes: as long as it is one run of the image's own bytes, it is only noted; what cannot be such a run is
 * written. */
typedef struct {
    child_t *child;
    span_t   image;
    place_t  place;      /* of the encoded content; claimed with the first decoded bytes */
    bool     placed, written;
    uint64_t run_at, run_length;
    uint64_t size;       /* of the content so far */
    status_t status;
} content_t;

static void write_run(content_t *content)
{
    span_t run = span_sub(content->image, content->run_at, content->run_length);
    if (run.size > 0)
        content->status = child_write(content->child, run, content->run_at, content->run_length);
    content->run_length = 0;
    content->written    = true;
}

static void add_hole(content_t *content, uint64_t length)
{
    write_run(content);
    if (status_ok(content->status))
        content->status = child_write_zeros(content->child, length);
    content->size += length;
}

static bool inside(span_t image, const void *bytes, size_t size, uint64_t *offset)
{
    uintptr_t from = (uintptr_t)image.at, at = (uintptr_t)bytes;
    *offset        = at - from;
    return image.at != NULL && at >= from && span_holds(image, *offset, size);
}

static void add_bytes(content_t *content, const void *bytes, size_t size)
{
    uint64_t offset;
    if (inside(content->image, bytes, size, &offset)) {
        if (content->run_length > 0 && content->run_at + content->run_length != offset)
            write_run(content);
        if (content->run_length == 0)
            content->run_at = offset;
        content->run_length += size;
    } else {
        if (content->run_length > 0)
            write_run(content);
        bool first       = !content->placed;
        content->placed  = true;
        content->written = true;
        if (status_ok(content->status))
            content->status = child_write(content->child, span_from(bytes, size), first ? content->place.offset : 0, first ? content->place.length : 0);
    }
    content->size += size;
}

static void end_content(content_t *content)
{
    if (content->run_length == 0)
        return;
    if (content->written)
        write_run(content);
    else
        child_range(content->child, content->run_at, content->run_length);
}

static void damage_content(const content_t *content, const char *what)
{
    if (content->place.length > 0)
        child_damage(content->child, content->place.offset, content->place.length, what);
    else
        child_damage(content->child, content->run_at + content->run_length, 0, what);
}

typedef enum { MEMBER_DONE, MEMBER_DAMAGED, MEMBER_BROKE_READER, MEMBER_LIMIT } member_result_t;

static member_result_t read_content(struct archive *archive, content_t *content, int64_t announced, unsigned traits, archive_error_t *error)
{
    for (unsigned idle = 0; status_ok(content->status);) {
        const void *bytes;
        size_t      size   = 0;
        la_int64_t  offset = 0;
        int         result = archive_read_data_block(archive, &bytes, &size, &offset);
        if (result == ARCHIVE_EOF)
            return MEMBER_DONE;
        if (result < ARCHIVE_WARN && (traits & ARCHIVE_TRAIT_HOLES) != 0 && announced >= 0 && content->size == (uint64_t)announced)
            return MEMBER_DONE; /* only the padding is cut off */
        if (result < ARCHIVE_WARN && result != ARCHIVE_RETRY) {
            damage_content(content, explain(archive, error));
            return result == ARCHIVE_FATAL ? MEMBER_BROKE_READER : MEMBER_DAMAGED;
        }
        if (result == ARCHIVE_WARN)
            damage_content(content, explain(archive, error));
        if (size == 0 && ++idle > IDLE_MAX) {
            damage_content(content, "the content does not come to an end");
            return MEMBER_BROKE_READER;
        }
        if (size == 0)
            continue;
        idle = 0;
        if (offset < 0 || (uint64_t)offset < content->size) {
            damage_content(content, "pieces of the content overlap");
            return MEMBER_DAMAGED;
        }
        if ((uint64_t)offset > content->size)
            add_hole(content, (uint64_t)offset - content->size);
        if (status_ok(content->status))
            add_bytes(content, bytes, size);
    }
    return MEMBER_LIMIT;
}

static void check_size(content_t *content, int64_t announced, unsigned traits)
{
    if (announced < 0 || (uint64_t)announced <= content->size)
        return;
    if ((traits & ARCHIVE_TRAIT_HOLES) != 0)
        add_hole(content, (uint64_t)announced - content->size);
    else
        damage_content(content, "the content is shorter than announced");
}

/* ---- the walk over all members ------------------------------------------------------------------------------------- */

typedef struct {
    span_t                  image;
    sink_t                 *sink;
    const archive_source_t *source;
    known_paths_t           known;
    uint64_t                resume_at; /* members before this one were dealt with */
    bool                    whole, limited;
} walk_t;

static member_result_t extract_content(walk_t *walk, struct archive *archive, struct archive_entry *entry, child_t *child, place_t place)
{
    archive_error_t error;
    content_t       content = {.child = child, .image = walk->image, .place = place};
    int64_t         announced = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : -1;
    member_result_t result    = read_content(archive, &content, announced, walk->source->traits, &error);
    if (result == MEMBER_DONE)
        check_size(&content, announced, walk->source->traits);
    end_content(&content);
    return status_ok(content.status) ? result : MEMBER_LIMIT;
}

static member_result_t extract_member(walk_t *walk, struct archive *archive, struct archive_entry *entry, uint64_t member, const char *warning)
{
    xattr_t      xattrs[XATTRS_MAX];
    child_info_t info = info_of(entry, walk->source->traits, xattrs);
    place_t      place = {0};
    if (walk->source->where != NULL)
        place = walk->source->where(walk->source->context, member, (uint64_t)archive_filter_bytes(archive, 0));
    bool nameless = info.path.size == 0;
    if (nameless)
        info.path = span_from_text("unnamed");
    child_t *child = sink_child(walk->sink, &info);
    if (child == NULL)
        return MEMBER_LIMIT;
    if (nameless)
        child_damage(child, place.offset, place.length, "the name of the member cannot be read");
    else if (warning != NULL)
        child_damage(child, place.offset, place.length, warning);
    const char *target = archive_entry_hardlink(entry);
    uint32_t    earlier;
    bool        is_link = target != NULL && !(archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0);
    if (is_link && known_find(&walk->known, archive_plain_path(text_of(target)), &earlier)) {
        child_same_as(child, earlier);
    } else if (is_link) {
        child_damage(child, 0, 0, "a hard link to a member that does not stand before it");
    } else if ((walk->source->traits & ARCHIVE_TRAIT_HARD_LINKS) != 0 && info.type != CHILD_DIRECTORY) {
        known_add(&walk->known, info.path, child_index(child));
    }
    member_result_t result = MEMBER_DONE;
    const char     *obstacle = archive_entry_is_encrypted(entry) != 0 ? "encrypted" : NULL;
    if (obstacle == NULL && walk->source->obstacle != NULL)
        obstacle = walk->source->obstacle(walk->source->context, member);
    if (obstacle != NULL) {
        child_damage(child, place.offset, place.length, obstacle);
        result = MEMBER_DAMAGED;
    } else if (info.type == CHILD_FILE && !is_link) {
        result = extract_content(walk, archive, entry, child, place);
    } else if (info.type == CHILD_SYMLINK && place.length > 0) {
        (void)child_write(child, span_from("", 0), place.offset, place.length); /* the target was its content */
    }
    sink_end_child(walk->sink);
    return result;
}

/* One reader from the start to where it ends or breaks. True: another one may go on from walk->resume_at. */
static bool walk_once(walk_t *walk)
{
    feed_t          feed    = {.image = walk->image};
    struct archive *archive = open_reader(&feed, NULL, walk->source);
    archive_error_t error;
    if (archive == NULL) {
        sink_damage(walk->sink, 0, 0, "the archive cannot be opened");
        walk->whole = false;
        return false;
    }
    bool     again = false;
    unsigned damaged = 0;
    for (uint64_t member = 0; !again;) {
        struct archive_entry *entry;
        int                   result = archive_read_next_header(archive, &entry);
        if (result == ARCHIVE_EOF)
            break;
        if (result < ARCHIVE_WARN) {
            walk->whole = false;
            if (damaged++ == 0 || result == ARCHIVE_FATAL)
                sink_damage(walk->sink, min_u64((uint64_t)archive_filter_bytes(archive, 0), walk->image.size), 0, explain(archive, &error));
            if (result == ARCHIVE_FATAL || damaged > DAMAGED_HEADERS_MAX)
                break;
            continue;
        }
        if (member++ < walk->resume_at)
            continue;
        member_result_t done = extract_member(walk, archive, entry, member - 1, result == ARCHIVE_WARN ? explain(archive, &error) : NULL);
        walk->whole          = walk->whole && done == MEMBER_DONE;
        walk->limited        = done == MEMBER_LIMIT;
        if (walk->limited)
            break;
        again           = done == MEMBER_BROKE_READER;
        walk->resume_at = member;
    }
    archive_read_free(archive);
    return again;
}

archive_outcome_t archive_extract(span_t image, sink_t *sink, const archive_source_t *source)
{
    walk_t   walk     = {.image = image, .sink = sink, .source = source, .whole = true};
    bool     again    = true;
    uint64_t replayed = 0;
    for (unsigned restarts = 0; again && restarts <= RESTARTS_MAX && replayed <= REPLAYED_MAX; restarts++) {
        again = walk_once(&walk) && (source->traits & ARCHIVE_TRAIT_INDEPENDENT) != 0;
        replayed += walk.resume_at;
    }
    if (again)
        sink_limit(sink, 0, image.size, "restarts", "too many damaged members: those behind them were not examined");
    free(walk.known.slots);
    buffer_free(&walk.known.paths);
    return (archive_outcome_t){.whole = walk.whole, .limited = walk.limited, .members = walk.resume_at};
}

bool archive_say_lost(sink_t *sink, const child_info_t *info, place_t place, const char *why)
{
    child_t *child = sink_child(sink, info);
    if (child != NULL)
        child_damage(child, place.offset, place.length, why);
    sink_end_child(sink);
    return child != NULL;
}

const char *archive_decode_first(const span_t *parts, size_t count, const archive_source_t *source, bool (*take)(void *context, span_t bytes),
                                 void *context, archive_error_t *error)
{
    parts_t               feed    = {.parts = parts, .count = count};
    struct archive       *archive = open_reader(NULL, &feed, source);
    struct archive_entry *entry;
    const char           *what = NULL, *warning = NULL;
    if (archive == NULL)
        return "the member cannot be opened";
    if (archive_read_next_header(archive, &entry) < ARCHIVE_WARN)
        what = explain(archive, error);
    for (unsigned idle = 0; what == NULL;) {
        const void *bytes;
        size_t      size   = 0;
        la_int64_t  offset = 0;
        int         result = archive_read_data_block(archive, &bytes, &size, &offset);
        if (result == ARCHIVE_EOF)
            break;
        if (result == ARCHIVE_WARN) /* a checksum, usually: what was decoded is kept */
            warning = explain(archive, error);
        if (result < ARCHIVE_WARN && result != ARCHIVE_RETRY)
            what = explain(archive, error);
        else if (size == 0 && ++idle > IDLE_MAX)
            what = "the content does not come to an end";
        else if (size > 0 && !take(context, span_from(bytes, size)))
            break;
    }
    archive_read_free(archive);
    return what != NULL ? what : warning;
}

/* ---- before confinement -------------------------------------------------------------------------------------------- */

bool archive_warm_up(void)
{
    static const char *const charsets[] = {"UTF-8", "UTF-16LE", "UTF-16BE", "UCS-4LE", "WCHAR_T", "ISO-8859-1"};
    bool                     ready      = setlocale(LC_CTYPE, "C.UTF-8") != NULL;
    /* DOS times are written without a zone; a report must not depend on that of this machine. */
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++)
        for (size_t j = 0; j < sizeof charsets / sizeof *charsets; j++) {
            iconv_t conversion = iconv_open(charsets[i], charsets[j]);
            if (conversion != (iconv_t)-1)
                (void)iconv_close(conversion);
        }
    return ready;
}
