/* Cabinet: a header, folders (runs of compressed blocks of at most 32 KiB), files that lie behind one another in their
 * folder. All little-endian. Source: [MS-CAB], Microsoft Cabinet File Format.
 *
 * Cabinets of Windows CE firmware and of drivers are usually one of a set: a file that begins in the previous or ends in the
 * next cabinet is said to be incomplete. */
#include "extractors/archive_common.h"

#include <stdlib.h>

enum {
    HEADER_SIZE = 36, FOLDER_SIZE = 8, FILE_SIZE = 16, DATA_SIZE = 8, HAS_PREVIOUS = 1, HAS_NEXT = 2, HAS_RESERVE = 4, NAME_MAX_BYTES = 256,
    FROM_PREVIOUS = 0xFFFD, TO_NEXT = 0xFFFE, PREVIOUS_AND_NEXT = 0xFFFF
};

typedef struct {
    uint32_t size, files_at;
    uint16_t folders, files, flags, set, number;
    uint8_t  folder_reserve, data_reserve;
    uint64_t end; /* of the header, where the folders begin */
} cab_t;

typedef struct { uint64_t at; uint16_t blocks; uint64_t length; } folder_t;
typedef struct { span_t name; uint16_t folder, date, time; } file_t;
typedef struct { folder_t *folders; file_t *files; size_t folder_count, file_count; } catalogue_t;

static void skip_text(reader_t *r)
{
    for (unsigned i = 0; i < NAME_MAX_BYTES && read_u8(r) != 0; i++)
        ;
}

static bool read_header(span_t image, cab_t *cab)
{
    reader_t r = reader_at(image, 4);
    *cab       = (cab_t){0};
    uint32_t first = read_le32(&r);
    cab->size      = read_le32(&r);
    uint32_t second = read_le32(&r);
    cab->files_at   = read_le32(&r);
    uint32_t third  = read_le32(&r);
    uint8_t  minor  = read_u8(&r), major = read_u8(&r);
    cab->folders    = read_le16(&r);
    cab->files      = read_le16(&r);
    cab->flags      = read_le16(&r);
    cab->set        = read_le16(&r);
    cab->number     = read_le16(&r);
    if ((cab->flags & HAS_RESERVE) != 0) {
        uint16_t reserve    = read_le16(&r);
        cab->folder_reserve = read_u8(&r);
        cab->data_reserve   = read_u8(&r);
        reader_skip(&r, reserve);
    }
    for (unsigned i = 0; i < 2 && (cab->flags & HAS_PREVIOUS) != 0; i++)
        skip_text(&r);
    for (unsigned i = 0; i < 2 && (cab->flags & HAS_NEXT) != 0; i++)
        skip_text(&r);
    cab->end            = r.pos;
    uint64_t folders_end = cab->end + (uint64_t)cab->folders * (FOLDER_SIZE + cab->folder_reserve);
    return reader_ok(&r) && span_has_text_at(image, 0, "MSCF") && first == 0 && second == 0 && third == 0 && major == 1 && minor <= 3 && cab->flags <= 7 &&
           cab->folders > 0 && cab->files > 0 && cab->files_at >= folders_end && cab->files_at < cab->size;
}

static unsigned cab_probe(span_t image)
{
    cab_t cab;
    if (!read_header(image, &cab))
        return 0;
    /* The first folder's data stands behind all files, and the first file has a name. */
    reader_t r     = reader_at(image, cab.end);
    uint32_t data  = read_le32(&r);
    span_t   first = span_sub(image, (uint64_t)cab.files_at + FILE_SIZE, 1);
    bool     sane  = data > cab.files_at && data <= cab.size && first.at != NULL && first.at[0] != 0;
    return 32 + 24 + (sane ? 24 : 0);
}

static uint64_t cab_extent(span_t image)
{
    cab_t cab;
    return read_header(image, &cab) ? min_u64(cab.size, image.size) : 0;
}

/* A folder's blocks end where they say, before the next folder: so the walk over all is bounded by the cabinet's size. */
static void walk_blocks(span_t image, sink_t *sink, const cab_t *cab, folder_t *folder, uint64_t until)
{
    uint64_t at = folder->at;
    for (uint16_t i = 0; i < folder->blocks; i++) {
        reader_t r      = reader_at(image, at + 4);
        uint16_t packed = read_le16(&r);
        uint64_t head   = (uint64_t)DATA_SIZE + cab->data_reserve;
        if (!reader_ok(&r) || at + head + packed > until) {
            sink_damage(sink, min_u64(at, image.size), 0, "a folder ends before its last block");
            break;
        }
        sink_claim(sink, at, head, REGION_STRUCTURE);
        at += head + packed;
    }
    folder->length = at - folder->at;
}

static bool read_catalogue(span_t image, sink_t *sink, const cab_t *cab, catalogue_t *c)
{
    c->folders = calloc(cab->folders, sizeof *c->folders);
    c->files   = calloc(cab->files, sizeof *c->files);
    if (c->folders == NULL || c->files == NULL)
        return false;
    reader_t r = reader_at(image, cab->end);
    for (; c->folder_count < cab->folders && reader_ok(&r); c->folder_count++) {
        folder_t *folder = &c->folders[c->folder_count];
        folder->at       = read_le32(&r);
        folder->blocks   = read_le16(&r);
        reader_skip(&r, 2u + cab->folder_reserve);
    }
    sink_claim(sink, 0, r.pos, REGION_STRUCTURE);
    uint64_t last = 0;
    for (size_t i = 0; i < c->folder_count; i++) {
        uint64_t until = i + 1 < c->folder_count ? c->folders[i + 1].at : cab->size;
        if (c->folders[i].at < last) {
            sink_damage(sink, cab->end, r.pos - cab->end, "folders overlap");
            break;
        }
        walk_blocks(image, sink, cab, &c->folders[i], min_u64(until, image.size));
        last = c->folders[i].at + c->folders[i].length;
    }
    r = reader_at(image, cab->files_at);
    for (; c->file_count < cab->files; c->file_count++) {
        file_t *file = &c->files[c->file_count];
        reader_skip(&r, 8);
        file->folder     = read_le16(&r);
        file->date       = read_le16(&r);
        file->time       = read_le16(&r);
        reader_skip(&r, 2);
        uint64_t from = r.pos;
        skip_text(&r);
        if (!reader_ok(&r))
            break;
        file->name = span_sub(image, from, r.pos - from - 1);
    }
    sink_claim(sink, cab->files_at, r.pos - min_u64(r.pos, cab->files_at), REGION_STRUCTURE);
    return true;
}

static place_t where_file(void *context, uint64_t member, uint64_t position)
{
    (void)position;
    const catalogue_t *c = context;
    if (member >= c->file_count || c->folder_count == 0)
        return (place_t){0};
    uint16_t said   = c->files[member].folder;
    size_t   folder = said == TO_NEXT ? c->folder_count - 1 : said >= FROM_PREVIOUS ? 0 : said;
    if (folder >= c->folder_count)
        return (place_t){0};
    return (place_t){c->folders[folder].at, c->folders[folder].length};
}

static const char *obstacle_of(void *context, uint64_t member)
{
    const catalogue_t *c = context;
    if (member >= c->file_count || c->files[member].folder < FROM_PREVIOUS)
        return NULL;
    return c->files[member].folder == TO_NEXT ? "ends in the next cabinet" : "begins in the previous cabinet";
}

static void say_unreached(sink_t *sink, catalogue_t *c, uint64_t reached)
{
    for (size_t i = (size_t)reached; i < c->file_count; i++) {
        child_info_t info = {
            .path = c->files[i].name, .type = CHILD_FILE, .has_mtime = true, .mtime = archive_dos_time(c->files[i].date, c->files[i].time),
        };
        if (info.path.size == 0)
            info.path = span_from_text("unnamed");
        if (!archive_say_lost(sink, &info, where_file(c, i, 0), "could not be read: a member before it ended the reading"))
            return;
    }
}

static status_t cab_extract(span_t image, sink_t *sink)
{
    cab_t       cab;
    catalogue_t c = {0};
    if (!read_header(image, &cab))
        return status_fail(STATUS_REJECTED, "cab", 0, "not a cabinet header");
    if (image.size < cab.size)
        sink_damage(sink, image.size, 0, "the image ends before the cabinet does");
    image = span_clip(image, 0, cab.size);
    if ((cab.flags & (HAS_PREVIOUS | HAS_NEXT)) != 0 || cab.number != 0)
        sink_note(sink, 0, "one cabinet of a set");
    status_t status = ok();
    if (read_catalogue(image, sink, &cab, &c)) {
        archive_source_t source = {
            .format = "cab", .enable = archive_read_support_format_cab, .traits = ARCHIVE_TRAIT_INDEPENDENT,
            .context = &c, .where = where_file, .obstacle = obstacle_of,
        };
        archive_outcome_t outcome = archive_extract(image, sink, &source);
        if (!outcome.limited)
            say_unreached(sink, &c, outcome.members);
    } else {
        status = status_fail(STATUS_MEMORY, "cab", 0, "out of memory for the files");
    }
    free(c.folders);
    free(c.files);
    return status;
}

static const magic_t magics[] = {MAGIC("MSCF\0\0\0\0", 0)};

const extractor_t cab_extractor = {
    .id = "cab", .name = "Microsoft cabinet", .specification = "[MS-CAB]", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = cab_probe, .extent = cab_extent, .extract = cab_extract,
};
