/* ZIP: local headers with their members' data, then a central directory that lists them again, then its end record, found by
 * its signature from behind because a comment may follow. With zip64 a second end record and its locator stand before it.
 * Source: PKWARE APPNOTE.TXT 6.3.10; Info-ZIP extra fields "UT" (0x5455) and "ux" (0x7875).
 *
 * Both views are read: the central directory, which most programs follow, and the local headers, which stream readers and
 * some loaders follow. Where they differ, that is said: it is a known way to show one content and run another.
 * Dahua firmware is a zip whose first signature is "DH" instead of "PK". */
#include "extractors/archive_common.h"
#include "extractors/zip_apk.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

enum {
    LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22, END64_SIZE = 56, LOCATOR_SIZE = 20, LINK_MAX = 4096,
    FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 8, METHOD_STORED = 0, MADE_BY_UNIX = 3,
    EMPTY_STREAM_MAX = 32 /* no codec needs more for nothing */
};

static const uint32_t LOCAL_SIGNATURE = 0x04034b50, CENTRAL_SIGNATURE = 0x02014b50, DESCRIPTOR_SIGNATURE = 0x08074b50,
                      LOCATOR_SIGNATURE = 0x07064b50, END64_SIGNATURE = 0x06064b50, DAHUA_SIGNATURE = 0x04034844;

typedef struct {
    uint64_t local, data, packed, size, end; /* end: of the data and its descriptor */
    uint32_t crc, external, uid, gid;
    uint16_t made_by, flags, method, time, date;
    int64_t  mtime;
    bool     has_owner, has_mtime, has_local, in_central, sized;
    span_t   name;
} member_t;

/* The end record: where the central directory stands, and how far from there its offsets are off (a prefix was cut or added). */
typedef struct { uint64_t directory, directory_size, entries, records, end; int64_t shift; } zip_end_t;

typedef struct { member_t *items; size_t count, capacity; bool failed; } members_t;

static uint32_t le32_at(span_t s, uint64_t at)
{
    reader_t r = reader_at(s, at);
    return read_le32(&r);
}

static bool is_local_signature(span_t image, uint64_t at)
{
    uint32_t signature = le32_at(image, at);
    return signature == LOCAL_SIGNATURE || (at == 0 && signature == DAHUA_SIGNATURE);
}

/* ---- members ------------------------------------------------------------------------------------------------------- */

/* Extra fields: zip64 sizes (only those that the header left at all ones, in this order), times, owner. */
static void read_extra(span_t extra, member_t *member, bool central, uint64_t *local)
{
    reader_t r = reader_from(extra);
    while (reader_left(&r) >= 4) {
        uint16_t id    = read_le16(&r);
        reader_t field = reader_from(read_span(&r, read_le16(&r)));
        if (!reader_ok(&r))
            return;
        if (id == 0x0001) {
            if (member->size == UINT32_MAX)
                member->size = read_le64(&field);
            if (member->packed == UINT32_MAX)
                member->packed = read_le64(&field);
            if (central && *local == UINT32_MAX)
                *local = read_le64(&field);
        } else if (id == 0x5455 && (read_u8(&field) & 1) != 0 && reader_left(&field) >= 4) {
            member->mtime     = (int32_t)read_le32(&field);
            member->has_mtime = true;
        } else if (id == 0x7875 && read_u8(&field) == 1) {
            uint8_t  width = read_u8(&field);
            uint64_t uid   = width <= 8 ? read_le(&field, width) : UINT64_MAX;
            width          = read_u8(&field);
            uint64_t gid   = width <= 8 ? read_le(&field, width) : UINT64_MAX;
            if (!reader_ok(&field) || uid > UINT32_MAX || gid > UINT32_MAX)
                continue;
            member->uid       = (uint32_t)uid;
            member->gid       = (uint32_t)gid;
            member->has_owner = true;
        }
    }
}

/* The central header that begins at r. `*local` is as claimed. */
static bool read_central(reader_t *r, member_t *member, uint64_t *local)
{
    *member = (member_t){.in_central = true, .sized = true};
    if (read_le32(r) != CENTRAL_SIGNATURE)
        return false;
    member->made_by = read_le16(r);
    reader_skip(r, 2);
    member->flags        = read_le16(r);
    member->method       = read_le16(r);
    member->time         = read_le16(r);
    member->date         = read_le16(r);
    member->crc          = read_le32(r);
    member->packed       = read_le32(r);
    member->size         = read_le32(r);
    uint16_t name        = read_le16(r), extra = read_le16(r), comment = read_le16(r);
    reader_skip(r, 4);
    member->external = read_le32(r);
    *local           = read_le32(r);
    member->name     = read_span(r, name);
    span_t fields    = read_span(r, extra);
    reader_skip(r, comment);
    if (!reader_ok(r))
        return false;
    read_extra(fields, member, true, local);
    return true;
}

/* The local header at member->local. A member that the central directory lists keeps what that says. */
static bool read_local(span_t image, member_t *member, member_t *as_local)
{
    reader_t r = reader_at(image, member->local);
    *as_local  = (member_t){.local = member->local, .sized = true, .has_local = true};
    if (!is_local_signature(image, member->local))
        return false;
    reader_skip(&r, 6);
    as_local->flags  = read_le16(&r);
    as_local->method = read_le16(&r);
    as_local->time   = read_le16(&r);
    as_local->date   = read_le16(&r);
    as_local->crc    = read_le32(&r);
    as_local->packed = read_le32(&r);
    as_local->size   = read_le32(&r);
    uint16_t name    = read_le16(&r), extra = read_le16(&r);
    as_local->name   = read_span(&r, name);
    span_t fields    = read_span(&r, extra);
    if (!reader_ok(&r))
        return false;
    uint64_t unused = 0;
    read_extra(fields, as_local, false, &unused);
    as_local->data = r.pos;
    if ((as_local->flags & FLAG_DESCRIPTOR) != 0 && as_local->packed == 0)
        as_local->sized = false;
    return true;
}

/* Bytes of a data descriptor at `at` that says `packed`: with or without signature, 32 or 64 bits wide; 0: there is none. */
static uint64_t descriptor_size(span_t image, uint64_t at, uint64_t packed)
{
    uint64_t head = le32_at(image, at) == DESCRIPTOR_SIGNATURE ? 4 : 0;
    reader_t wide = reader_at(image, at + head + 4), narrow = reader_at(image, at + head + 4);
    if (read_le64(&wide) == packed && reader_ok(&wide) && span_holds(image, at, head + 20) && packed > UINT32_MAX)
        return head + 20;
    if (read_le32(&narrow) == packed && span_holds(image, at, head + 12)) {
        /* A 64-bit one of a small member has zeros where the uncompressed size would be; so has a 32-bit one of an empty member, but
         * there the next header follows. */
        uint32_t second    = read_le32(&narrow);
        bool     next_here = span_has_text_at(image, at + head + 12, "PK");
        return second == 0 && packed != 0 && !next_here && span_holds(image, at, head + 20) ? head + 20 : head + 12;
    }
    return 0;
}

/* A member without sizes ends where a descriptor with signature says so; the search costs at most what is left. */
static bool find_size(span_t image, member_t *member)
{
    static const uint8_t signature[] = {'P', 'K', 7, 8};
    for (uint64_t at = member->data; at + 16 <= image.size;) {
        const uint8_t *hit = memmem(image.at + at, image.size - (size_t)at, signature, sizeof signature);
        if (hit == NULL)
            return false;
        at              = (uint64_t)(hit - image.at);
        reader_t r      = reader_at(image, at + 4);
        uint32_t crc    = read_le32(&r), packed = read_le32(&r), size = read_le32(&r);
        if (reader_ok(&r) && packed == at - member->data) {
            member->crc    = crc;
            member->packed = packed;
            member->size   = size;
            member->sized  = true;
            return true;
        }
        at += 4;
    }
    return false;
}

static void settle_end(span_t image, member_t *member)
{
    if (!checked_add(member->data, member->packed, &member->end))
        member->end = UINT64_MAX;
    if ((member->flags & FLAG_DESCRIPTOR) != 0 && member->end < image.size)
        member->end += descriptor_size(image, member->end, member->packed);
}

/* At most one member for every local or central header that is really there: bounded by the image. */
static member_t *add_member(members_t *members)
{
    if (members->count == members->capacity) {
        size_t    capacity = members->capacity == 0 ? 64 : members->capacity * 2;
        member_t *items    = realloc(members->items, capacity * sizeof *items);
        if (items == NULL) {
            members->failed = true;
            return NULL;
        }
        members->items    = items;
        members->capacity = capacity;
    }
    members->items[members->count] = (member_t){0};
    return &members->items[members->count++];
}

/* ---- where it ends ------------------------------------------------------------------------------------------------- */

/* The end record at `at` and, before it, the zip64 one: where do they say that the central directory stands? */
static bool read_end(span_t image, uint64_t at, zip_end_t *end)
{
    reader_t r = reader_at(image, at + 4);
    uint16_t disk = read_le16(&r), first_disk = read_le16(&r), here = read_le16(&r), all = read_le16(&r);
    uint64_t size = read_le32(&r), offset = read_le32(&r);
    uint16_t comment = read_le16(&r);
    if (!reader_ok(&r) || disk != first_disk || here != all || !span_holds(image, at + END_SIZE, comment))
        return false;
    *end = (zip_end_t){.directory_size = size, .entries = all, .records = at, .end = at + END_SIZE + comment};
    if (at >= LOCATOR_SIZE + END64_SIZE && le32_at(image, at - LOCATOR_SIZE) == LOCATOR_SIGNATURE) {
        uint64_t record = at - LOCATOR_SIZE - END64_SIZE;
        reader_t wide   = reader_at(image, record);
        if (read_le32(&wide) == END64_SIGNATURE) {
            reader_skip(&wide, 20);
            reader_skip(&wide, 8);
            end->entries        = read_le64(&wide);
            end->directory_size = read_le64(&wide);
            offset              = read_le64(&wide);
            end->records        = record;
        }
    }
    if (end->directory_size > end->records || offset > INT64_MAX || end->entries > end->directory_size / CENTRAL_SIZE)
        return false;
    end->directory = end->records - end->directory_size;
    end->shift     = (int64_t)(end->directory - offset);
    return true;
}

/* Does the central directory hold what the end record says, and belong to an archive that begins where the image does? */
static bool directory_holds(span_t image, const zip_end_t *end)
{
    reader_t r     = reader_from(span_sub(image, end->directory, end->directory_size));
    uint64_t first = UINT64_MAX;
    for (uint64_t i = 0; i < end->entries; i++) {
        member_t member;
        uint64_t local;
        if (!read_central(&r, &member, &local))
            return false;
        first = min_u64(first, local + (uint64_t)end->shift);
    }
    if (end->entries == 0)
        return end->directory == 0;
    return first == 0 || end->shift == 0;
}

/* The first end record that fits an archive beginning at 0. The work is bounded: all directories that are looked at together
 * are at most twice as long as the image. */
static bool find_end(span_t image, zip_end_t *end)
{
    static const uint8_t signature[] = {'P', 'K', 5, 6};
    uint64_t             budget      = 2 * (uint64_t)image.size + 65536;
    for (uint64_t at = 0; at + END_SIZE <= image.size; at += 4) {
        const uint8_t *hit = memmem(image.at + at, image.size - (size_t)at, signature, sizeof signature);
        if (hit == NULL)
            return false;
        at = (uint64_t)(hit - image.at);
        if (!read_end(image, at, end))
            continue;
        if (end->directory_size > budget)
            return false;
        budget -= end->directory_size;
        if (directory_holds(image, end))
            return true;
    }
    return false;
}

/* Without an end record: local headers one after the other, as long as they hold. Adds them when `members` is given. */
static uint64_t walk_locals(span_t image, uint64_t from, uint64_t to, members_t *members)
{
    while (from < to) {
        member_t asked = {.local = from}, local;
        if (!read_local(image, &asked, &local) || (!local.sized && !find_size(image, &local)))
            break;
        settle_end(image, &local);
        if (members != NULL) {
            member_t *kept = add_member(members);
            if (kept == NULL)
                break;
            *kept = local;
        }
        from = min_u64(local.end, image.size);
    }
    return from;
}

static uint64_t zip_extent(span_t image)
{
    zip_end_t end;
    if (find_end(image, &end))
        return end.end;
    uint64_t walked = walk_locals(image, 0, image.size, NULL);
    if (walked == 0)
        return image.size; /* not even the first member is complete */
    reader_t r = reader_at(image, walked);
    member_t member;
    uint64_t local;
    while (walked < image.size && read_central(&r, &member, &local))
        walked = r.pos;
    return walked;
}

static unsigned zip_probe(span_t image)
{
    member_t  asked = {0}, local;
    zip_end_t end;
    if (le32_at(image, 0) == 0x06054b50) /* an archive of nothing */
        return image.size >= END_SIZE && read_end(image, 0, &end) && end.directory_size == 0 && end.entries == 0 && end.shift == 0 ? 32 : 0;
    if (!read_local(image, &asked, &local) || local.name.size == 0 || local.name.size > 4096)
        return 0;
    reader_t r    = reader_at(image, 4);
    uint16_t need = read_le16(&r);
    if ((need & 0xFF) > 63 || local.method > 99 || memchr(local.name.at, 0, local.name.size) != NULL)
        return 0;
    /* Looking for the end record costs a pass over the image; probe must be cheap, so it looks at the next header only. */
    settle_end(image, &local);
    bool next_holds = local.sized && local.end <= image.size &&
                      (is_local_signature(image, local.end) || le32_at(image, local.end) == CENTRAL_SIGNATURE);
    return 32 + 12 + (next_holds ? 32 : 0);
}

/* ---- the members' two views ---------------------------------------------------------------------------------------- */

static int by_local(const void *a, const void *b)
{
    const member_t *x = a, *y = b;
    if (x->local != y->local)
        return x->local < y->local ? -1 : 1;
    return x->in_central == y->in_central ? 0 : x->in_central ? -1 : 1;
}

/* Both headers of one member, compared. */
static void join_local(span_t image, sink_t *sink, member_t *member)
{
    member_t local;
    if (!read_local(image, member, &local)) {
        member->has_local = false;
        return;
    }
    member->has_local = true;
    member->data      = local.data;
    if (local.has_owner && !member->has_owner) {
        member->has_owner = true;
        member->uid       = local.uid;
        member->gid       = local.gid;
    }
    uint64_t header = local.data - local.local;
    if (!span_equal(member->name, local.name))
        sink_damage(sink, member->local, header, "local header and central directory give a member different names");
    if (member->method != local.method)
        sink_damage(sink, member->local, header, "local header and central directory give a member different methods");
    if ((local.flags & FLAG_DESCRIPTOR) == 0 && (member->packed != local.packed || member->size != local.size || member->crc != local.crc))
        sink_damage(sink, member->local, header, "local header and central directory give a member different sizes or checksums");
    settle_end(image, member);
}

static void read_directory(span_t image, sink_t *sink, const zip_end_t *end, members_t *members)
{
    reader_t r = reader_from(span_sub(image, end->directory, end->directory_size));
    for (uint64_t i = 0; i < end->entries; i++) {
        member_t  member;
        uint64_t  local;
        if (!read_central(&r, &member, &local))
            break;
        member_t *kept = add_member(members);
        if (kept == NULL)
            break;
        *kept       = member;
        kept->local = local + (uint64_t)end->shift;
        join_local(image, sink, kept);
    }
    sink_claim(sink, end->directory, r.pos, REGION_STRUCTURE);
    sink_claim(sink, end->records, end->end - end->records, REGION_STRUCTURE);
    if (r.pos < end->directory_size)
        sink_damage(sink, end->directory + r.pos, end->directory_size - r.pos, "the central directory holds more than its members");
}

/* Members that only local headers know stand in the gaps between those that the directory lists. */
static void find_hidden(span_t image, sink_t *sink, uint64_t until, members_t *members)
{
    size_t   listed = members->count;
    uint64_t at     = 0;
    if (listed > 0)
        qsort(members->items, listed, sizeof *members->items, by_local);
    for (size_t i = 0; i <= listed && !members->failed; i++) {
        uint64_t next = i < listed && members->items[i].has_local ? members->items[i].local : i < listed ? at : until;
        if (next > at && is_local_signature(image, at)) {
            size_t   before = members->count;
            uint64_t end    = walk_locals(span_clip(image, 0, next), at, next, members);
            if (members->count > before)
                sink_damage(sink, at, end - at, "members stand only in local headers: the central directory does not list them");
        }
        if (i < listed && members->items[i].has_local)
            at = max_u64(at, members->items[i].end);
    }
    if (members->count > listed)
        qsort(members->items, members->count, sizeof *members->items, by_local);
}

/* ---- content ------------------------------------------------------------------------------------------------------- */

typedef struct { child_t *child; buffer_t link; uint64_t at, length, size; uint32_t crc; status_t status; } decoding_t;

static bool take_content(void *context, span_t bytes)
{
    decoding_t *d = context;
    d->crc        = (uint32_t)crc32_z(d->crc, bytes.at, bytes.size);
    d->size += bytes.size;
    if (d->child == NULL) {
        buffer_append(&d->link, bytes);
        return !d->link.failed;
    }
    d->status = child_write(d->child, bytes, d->at, d->length);
    d->length = 0;
    return status_ok(d->status);
}

/* A local header with what the member's header that counts says, sizes always in zip64, no descriptor to follow. */
static void write_local(buffer_t *head, const member_t *member)
{
    buffer_append_le(head, LOCAL_SIGNATURE, 4);
    buffer_append_le(head, 45, 2);
    buffer_append_le(head, (uint16_t)(member->flags & ~(FLAG_ENCRYPTED | FLAG_DESCRIPTOR)), 2);
    buffer_append_le(head, member->method, 2);
    buffer_append_le(head, 0, 4);
    buffer_append_le(head, member->crc, 4);
    buffer_append_le(head, UINT32_MAX, 4);
    buffer_append_le(head, UINT32_MAX, 4);
    buffer_append_le(head, 1, 2);
    buffer_append_le(head, 20, 2);
    buffer_append_text(head, "m");
    buffer_append_le(head, 1, 2);
    buffer_append_le(head, 16, 2);
    buffer_append_le(head, member->size, 8);
    buffer_append_le(head, member->packed, 8);
}

/* A member as an archive of its own, so that what is wrong in one does not end the reading of others. Sizes and checksum are
 * checked here, against the header that counts. Returns what went wrong, or NULL. */
static const char *decode(span_t image, const member_t *member, decoding_t *d, archive_error_t *error)
{
    static const archive_source_t source = {.format = "zip", .enable = archive_read_support_format_zip_streamable, .options = "zip:ignorecrc32"};
    span_t                        packed = span_clip(image, member->data, member->packed);
    const char                   *what   = NULL;
    if (member->method == METHOD_STORED) {
        d->crc  = (uint32_t)crc32_z(0, packed.at, packed.size);
        d->size = packed.size;
        if (d->child != NULL && packed.size > 0)
            child_range(d->child, member->data, packed.size);
        else if (d->child == NULL)
            buffer_append(&d->link, packed);
    } else {
        buffer_t head = {0};
        write_local(&head, member);
        what = head.failed ? "out of memory" : archive_decode_first((span_t[]){buffer_span(&head), packed}, 2, &source, take_content, d, error);
        buffer_free(&head);
    }
    if (!status_ok(d->status))
        return what;
    if (packed.size < member->packed)
        return "the image ends before this content does";
    if (what != NULL)
        return what;
    if (d->size != member->size)
        return "the content is not as long as announced";
    return d->crc != member->crc ? "the CRC-32 does not agree" : NULL;
}

static child_info_t info_of(const member_t *member)
{
    bool         is_unix = member->in_central && member->made_by >> 8 == MADE_BY_UNIX && member->external >> 16 != 0;
    uint32_t     mode    = member->external >> 16;
    child_info_t info    = {
        .path = archive_plain_path(member->name), .type = CHILD_FILE, .has_mode = is_unix, .mode = is_unix ? mode & 07777 : 0,
        .has_owner = member->has_owner, .uid = member->uid, .gid = member->gid, .has_mtime = true,
        .mtime = member->has_mtime ? member->mtime : archive_dos_time(member->date, member->time),
    };
    if ((member->name.size > 0 && member->name.at[member->name.size - 1] == '/') || (is_unix && S_ISDIR(mode)))
        info.type = CHILD_DIRECTORY;
    else if (is_unix && S_ISLNK(mode) && member->size <= LINK_MAX)
        info.type = CHILD_SYMLINK;
    if (info.path.size == 0)
        info.path = span_from_text("unnamed");
    return info;
}

static const char *readable(const member_t *member, uint64_t taken_until)
{
    if (!member->has_local)
        return "only in the central directory: there is no local header";
    if ((member->flags & FLAG_ENCRYPTED) != 0)
        return "encrypted";
    return member->local < taken_until ? "overlaps the member before it" : NULL;
}

/* False: a limit was reached. */
static bool extract_member(span_t image, sink_t *sink, const member_t *member, uint64_t taken_until)
{
    archive_error_t error;
    child_info_t    info     = info_of(member);
    decoding_t      d        = {.at = member->data, .length = member->packed, .link = {.limit = LINK_MAX + 1}};
    const char     *obstacle = readable(member, taken_until);
    uint64_t        packed   = min_u64(member->packed, image.size - min_u64(member->data, image.size));
    if (member->has_local) {
        sink_claim(sink, member->local, member->data - member->local, REGION_STRUCTURE);
        if (member->end <= image.size)
            sink_claim(sink, member->data + member->packed, member->end - (member->data + member->packed), REGION_STRUCTURE);
    }
    /* The target of a link is its content, and has to be known before the child is. */
    if (info.type == CHILD_SYMLINK && obstacle == NULL) {
        obstacle  = decode(image, member, &d, &error);
        info.link = buffer_span(&d.link);
        sink_claim(sink, member->data, packed, REGION_STRUCTURE);
    }
    /* Streaming writers give directories an empty stream; anything else in one is hidden from those who unpack. */
    if (info.type == CHILD_DIRECTORY && packed > 0 && obstacle == NULL)
        obstacle = member->size > 0 ? "a directory that has content" : decode(image, member, &d, &error);
    child_t *child = sink_child(sink, &info);
    if (child != NULL && info.type == CHILD_FILE && obstacle == NULL) {
        d.child  = child;
        d.length = packed;
        obstacle = decode(image, member, &d, &error);
    }
    if (packed > 0 && member->size == 0 && obstacle == NULL)
        sink_claim(sink, member->data, packed, REGION_STRUCTURE);
    if (child != NULL && obstacle != NULL)
        child_damage(child, member->has_local ? member->data : 0, member->has_local ? packed : 0, obstacle);
    sink_end_child(sink);
    buffer_free(&d.link);
    return child != NULL && status_ok(d.status);
}

static status_t zip_extract(span_t image, sink_t *sink)
{
    zip_end_t end;
    members_t members = {0};
    uint64_t  until   = 0;
    if (find_end(image, &end)) {
        image = span_clip(image, 0, end.end);
        until = end.directory;
        read_directory(image, sink, &end, &members);
        find_hidden(image, sink, until, &members);
        apk_show_signing_block(image, end.directory, end.records, sink);
        if (end.end > end.records && end.shift != 0)
            sink_note(sink, end.directory, "offsets of the central directory count from elsewhere: a prefix was added or cut");
    } else {
        until = walk_locals(image, 0, image.size, &members);
        sink_damage(sink, until, image.size - until, "there is no central directory: members are read by their local headers");
        member_t asked = {.local = until}, last;
        member_t *kept = NULL;
        if (read_local(image, &asked, &last) && (kept = add_member(&members)) != NULL) {
            /* The member at the cut, whose end is not known. */
            *kept        = last;
            kept->packed = image.size - last.data;
            kept->end    = UINT64_MAX;
        }
    }
    uint64_t taken_until = 0;
    for (size_t i = 0; i < members.count && extract_member(image, sink, &members.items[i], taken_until); i++)
        if (members.items[i].has_local)
            taken_until = max_u64(taken_until, members.items[i].end);
    free(members.items);
    return members.failed ? status_fail(STATUS_MEMORY, "zip", 0, "out of memory for the members") : ok();
}

static const magic_t magics[] = {MAGIC("PK\3\4", 0), MAGIC("PK\5\6", 0), MAGIC("DH\3\4", 0)};

const extractor_t zip_extractor = {
    .id = "zip", .name = "ZIP", .specification = "PKWARE APPNOTE.TXT 6.3.10; Info-ZIP extra fields", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 3, .probe = zip_probe, .extent = zip_extent, .extract = zip_extract,
};
