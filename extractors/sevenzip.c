/* 7z: a start header with a CRC, packed streams, and a header at the end that is usually packed itself. The header tells
 * which packed streams make a folder (one run of decoders), and how many files' contents a folder holds, one behind the other.
 * Source: LZMA SDK, DOC/7zFormat.txt.
 *
 * The header is read here first: for the ledger (which packed bytes belong to which files), and because libarchive allocates
 * by the counts it claims (its test 7zip_folders_oom). Counts that the header's own bytes cannot hold go no further. */
#include "extractors/archive_common.h"

#include "base/buffer.h"

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    START = 32, HEADER_MAX = 64 << 20, CODERS_MAX = 32, STREAMS_MAX = 64, PROPERTIES_MAX = 64,
    ID_END = 0, ID_HEADER = 1, ID_MAIN_STREAMS = 4, ID_FILES = 5, ID_PACK = 6, ID_UNPACK = 7,
    ID_SUBSTREAMS = 8, ID_SIZE = 9, ID_CRC = 10, ID_FOLDER = 11, ID_UNPACK_SIZE = 12, ID_SUBSTREAM_COUNT = 13, ID_EMPTY_STREAM = 14,
    ID_NAMES = 17, ID_ENCODED_HEADER = 23, CODER_COPY = 0x00, CODER_LZMA = 0x030101, CODER_LZMA2 = 0x21, CODER_AES = 0x06F10701
};

static const char *const MAGIC_TEXT = "7z\xBC\xAF\x27\x1C";

typedef struct { uint64_t offset, size, end; uint32_t crc; } start_t; /* of the header */

typedef struct {
    uint64_t coder, outputs, first_pack, packs, unpack_size, files;
    span_t   properties;
    uint32_t coders;
    bool     encrypted, has_digest;
} folder_t;

/* Streams of an archive or of its packed header. All arrays are bounded by the bytes of the header. */
typedef struct {
    place_t  *packs;
    folder_t *folders;
    size_t    pack_count, folder_count;
} streams_t;

typedef struct { uint32_t folder; bool has_stream; } file_t;

typedef struct {
    streams_t streams;
    file_t   *files;
    size_t    file_count;
    span_t    names; /* UTF-16LE, each ended by a zero */
} catalogue_t;

static void streams_free(streams_t *s)
{
    free(s->packs);
    free(s->folders);
    *s = (streams_t){0};
}

static bool read_start(span_t image, start_t *start)
{
    reader_t r    = reader_at(image, 8);
    uint32_t crc  = read_le32(&r);
    span_t   said = span_sub(image, 12, 20);
    start->offset = read_le64(&r);
    start->size   = read_le64(&r);
    start->crc    = read_le32(&r);
    return reader_ok(&r) && span_has_text_at(image, 0, MAGIC_TEXT) && crc32_z(0, said.at, said.size) == crc && checked_add(start->offset, START, &start->offset) &&
           checked_add(start->offset, start->size, &start->end);
}

/* As many leading one-bits of the first byte as further bytes; the rest of it are the highest bits. */
static uint64_t read_number(reader_t *r)
{
    uint8_t  first = read_u8(r);
    uint64_t value = 0;
    unsigned bytes = 0;
    for (uint8_t mask = 0x80; mask != 0 && (first & mask) != 0; mask = (uint8_t)(mask >> 1))
        bytes++;
    value = read_le(r, bytes);
    if (bytes < 8)
        value |= (uint64_t)(first & (0x7F >> bytes)) << (8 * bytes);
    return value;
}

/* Something there are so many of: at least one bit each in what is left of the header, or the count is a lie. */
static size_t read_count(reader_t *r)
{
    uint64_t count = read_number(r);
    if (count > r->in.size)
        r->failed = true;
    return r->failed ? 0 : (size_t)count;
}

static bool bit_of(span_t bits, size_t i) { return i / 8 < bits.size && ((bits.at[i / 8] >> (7 - i % 8)) & 1) != 0; }

/* CRC-32s of those of `count` streams that have one; `folders`, as many, learn whether they do. */
static void skip_digests(reader_t *r, size_t count, folder_t *folders)
{
    bool     all     = read_u8(r) != 0;
    span_t   bits    = all ? (span_t){NULL, 0} : read_span(r, count / 8 + (count % 8 != 0));
    uint64_t defined = 0;
    for (size_t i = 0; i < count && reader_ok(r); i++) {
        bool has = all || bit_of(bits, i);
        defined += has;
        if (folders != NULL)
            folders[i].has_digest = has;
    }
    reader_skip(r, defined * 4);
}

static bool read_packs(reader_t *r, streams_t *s)
{
    uint64_t at = read_number(r);
    if (s->packs != NULL || !checked_add(at, START, &at))
        return false;
    s->pack_count = read_count(r);
    s->packs      = calloc(s->pack_count + 1, sizeof *s->packs);
    if (s->packs == NULL)
        return false;
    for (uint8_t id; reader_ok(r) && (id = read_u8(r)) != ID_END;) {
        if (id == ID_CRC) {
            skip_digests(r, s->pack_count, NULL);
        } else if (id == ID_SIZE) {
            for (size_t i = 0; i < s->pack_count && reader_ok(r); i++) {
                s->packs[i] = (place_t){at, read_number(r)};
                if (!checked_add(at, s->packs[i].length, &at))
                    return false;
            }
        } else {
            return false;
        }
    }
    return reader_ok(r);
}

static bool read_folder(reader_t *r, folder_t *folder, uint64_t *next_pack)
{
    uint64_t coders = read_number(r), inputs = 0, outputs = 0;
    if (coders == 0 || coders > CODERS_MAX)
        return false;
    folder->coders = (uint32_t)coders;
    for (uint64_t i = 0; i < coders; i++) {
        uint8_t  flags = read_u8(r);
        uint64_t coder = read_be(r, flags & 0x0F), in = 1, out = 1;
        if ((flags & 0x0F) > 8 || (flags & 0x80) != 0)
            return false;
        if ((flags & 0x10) != 0) {
            in  = read_number(r);
            out = read_number(r);
        }
        if ((flags & 0x20) != 0)
            folder->properties = read_span(r, read_number(r));
        if (in > STREAMS_MAX || out > STREAMS_MAX)
            return false;
        inputs += in;
        outputs += out;
        folder->coder = coder;
        folder->encrypted |= coder == CODER_AES;
    }
    if (outputs == 0 || inputs + 1 < outputs)
        return false;
    for (uint64_t i = 0; i + 1 < outputs; i++) {
        (void)read_number(r);
        (void)read_number(r);
    }
    folder->outputs    = outputs;
    folder->first_pack = *next_pack;
    folder->packs      = inputs - (outputs - 1);
    folder->files      = 1;
    for (uint64_t i = 0; folder->packs > 1 && i < folder->packs; i++)
        (void)read_number(r);
    *next_pack += folder->packs;
    return reader_ok(r);
}

static bool read_folders(reader_t *r, streams_t *s)
{
    uint64_t next_pack = 0;
    if (s->folders != NULL || read_u8(r) != ID_FOLDER)
        return false;
    s->folder_count = read_count(r);
    if (read_u8(r) != 0) /* kept elsewhere: nobody writes that */
        return false;
    s->folders = calloc(s->folder_count + 1, sizeof *s->folders);
    if (s->folders == NULL)
        return false;
    for (size_t i = 0; i < s->folder_count; i++)
        if (!read_folder(r, &s->folders[i], &next_pack))
            return false;
    for (uint8_t id; reader_ok(r) && (id = read_u8(r)) != ID_END;) {
        if (id == ID_UNPACK_SIZE) {
            for (size_t i = 0; i < s->folder_count; i++)
                for (uint64_t j = 0; j < s->folders[i].outputs && reader_ok(r); j++)
                    s->folders[i].unpack_size = read_number(r);
        } else if (id == ID_CRC) {
            skip_digests(r, s->folder_count, s->folders);
        } else {
            return false;
        }
    }
    return reader_ok(r) && next_pack <= s->pack_count;
}

/* How many files' contents each folder holds; their sizes and checksums are libarchive's. */
static bool read_substreams(reader_t *r, streams_t *s)
{
    uint64_t all = 0, sized = 0;
    uint8_t  id  = read_u8(r);
    if (id == ID_SUBSTREAM_COUNT) {
        for (size_t i = 0; i < s->folder_count; i++)
            s->folders[i].files = read_count(r);
        id = read_u8(r);
    }
    for (size_t i = 0; i < s->folder_count; i++) {
        if (!checked_add(all, s->folders[i].files, &all) || all > r->in.size)
            return false;
        sized += s->folders[i].files > 0 ? s->folders[i].files - 1 : 0;
    }
    if (id == ID_SIZE) {
        for (uint64_t i = 0; i < sized && reader_ok(r); i++)
            (void)read_number(r);
        id = read_u8(r);
    }
    if (id == ID_CRC) {
        /* Only of those that the folders' own do not cover. */
        uint64_t open = 0;
        for (size_t i = 0; i < s->folder_count; i++)
            open += s->folders[i].files == 1 && s->folders[i].has_digest ? 0 : s->folders[i].files;
        skip_digests(r, (size_t)open, NULL);
        id = read_u8(r);
    }
    return reader_ok(r) && id == ID_END;
}

static bool read_streams(reader_t *r, streams_t *s)
{
    for (uint8_t id; reader_ok(r) && (id = read_u8(r)) != ID_END;) {
        if (id == ID_PACK) {
            if (!read_packs(r, s))
                return false;
        } else if (id == ID_UNPACK) {
            if (!read_folders(r, s))
                return false;
        } else if (id == ID_SUBSTREAMS && s->folders != NULL) {
            if (!read_substreams(r, s))
                return false;
        } else {
            return false;
        }
    }
    return reader_ok(r);
}

/* ---- a packed header ----------------------------------------------------------------------------------------------- */

/* One coder of liblzma, without a container. The dictionary never needs to be larger than what comes out. */
static bool decode_lzma(const folder_t *folder, span_t packed, buffer_t *out)
{
    lzma_filter filters[2] = {{.id = folder->coder == CODER_LZMA2 ? LZMA_FILTER_LZMA2 : LZMA_FILTER_LZMA1, .options = NULL}, {.id = LZMA_VLI_UNKNOWN}};
    if (lzma_properties_decode(&filters[0], NULL, folder->properties.at, folder->properties.size) != LZMA_OK)
        return false;
    lzma_options_lzma *options = filters[0].options;
    if (options->dict_size > folder->unpack_size)
        options->dict_size = (uint32_t)max_u64(folder->unpack_size, 4096);
    lzma_stream stream = LZMA_STREAM_INIT;
    uint8_t    *to     = buffer_reserve(out, (size_t)folder->unpack_size);
    bool        done   = false;
    if (to != NULL && lzma_raw_decoder(&stream, filters) == LZMA_OK) {
        stream.next_in   = packed.at;
        stream.avail_in  = packed.size;
        stream.next_out  = to;
        stream.avail_out = (size_t)folder->unpack_size;
        lzma_ret result  = lzma_code(&stream, LZMA_RUN);
        done             = (result == LZMA_OK || result == LZMA_STREAM_END) && stream.avail_out == 0;
        out->size += (size_t)folder->unpack_size - stream.avail_out;
    }
    lzma_end(&stream);
    free(options);
    return done;
}

/* Why the header stays closed, or NULL with the header in `out`. */
static const char *open_packed_header(span_t image, const streams_t *s, buffer_t *out)
{
    const folder_t *folder = s->folder_count == 1 ? &s->folders[0] : NULL;
    if (folder == NULL || s->pack_count == 0)
        return "the packed header has no single stream";
    if (folder->encrypted)
        return "encrypted, names included";
    span_t packed = span_sub(image, s->packs[0].offset, s->packs[0].length);
    if (packed.at == NULL)
        return "the packed header is not there";
    if (folder->unpack_size > HEADER_MAX || folder->unpack_size / 1100 > packed.size + 64)
        return "the packed header claims a size out of proportion";
    if (folder->coders != 1)
        return "the packed header uses several coders";
    if (folder->coder == CODER_COPY) {
        buffer_append(out, packed);
        return out->failed ? "out of memory" : NULL;
    }
    if (folder->coder != CODER_LZMA && folder->coder != CODER_LZMA2)
        return "the packed header uses a coder that is not known";
    return decode_lzma(folder, packed, out) ? NULL : "the packed header does not decode";
}

/* ---- the header proper --------------------------------------------------------------------------------------------- */

static bool read_files(reader_t *r, catalogue_t *c)
{
    span_t empty = {NULL, 0};
    c->file_count = read_count(r);
    c->files      = calloc(c->file_count + 1, sizeof *c->files);
    if (c->files == NULL)
        return false;
    for (uint64_t id; reader_ok(r) && (id = read_number(r)) != ID_END;) {
        span_t property = read_span(r, read_number(r));
        if (id == ID_EMPTY_STREAM)
            empty = property;
        else if (id == ID_NAMES && property.size > 0 && property.at[0] == 0)
            c->names = span_from_offset(property, 1);
    }
    size_t   folder = 0;
    uint64_t used   = 0;
    for (size_t i = 0; i < c->file_count; i++) {
        if (bit_of(empty, i))
            continue;
        while (folder < c->streams.folder_count && used >= c->streams.folders[folder].files)
            folder++, used = 0;
        if (folder == c->streams.folder_count)
            return false;
        c->files[i] = (file_t){(uint32_t)folder, true};
        used++;
    }
    return reader_ok(r);
}

static const char *read_catalogue(span_t header, catalogue_t *c)
{
    reader_t r  = reader_at(header, 1);
    uint8_t  id = read_u8(&r);
    if (id == ID_MAIN_STREAMS) {
        if (!read_streams(&r, &c->streams))
            return "the header does not describe its streams";
        id = read_u8(&r);
    }
    if (id == ID_END)
        return NULL;
    return id == ID_FILES && read_files(&r, c) ? NULL : "the header does not describe its files";
}

/* ---- the extractor ------------------------------------------------------------------------------------------------- */

static unsigned sevenzip_probe(span_t image)
{
    start_t start;
    return read_start(image, &start) ? 48 + 32 : 0;
}

static uint64_t sevenzip_extent(span_t image)
{
    start_t start;
    return read_start(image, &start) ? min_u64(start.end, image.size) : 0;
}

static place_t where_file(void *context, uint64_t member, uint64_t position)
{
    (void)position;
    const catalogue_t *c = context;
    if (member >= c->file_count || !c->files[member].has_stream)
        return (place_t){0};
    const folder_t *folder = &c->streams.folders[c->files[member].folder];
    if (folder->packs == 0)
        return (place_t){0};
    const place_t *first = &c->streams.packs[folder->first_pack], *last = &c->streams.packs[folder->first_pack + folder->packs - 1];
    return (place_t){first->offset, last->offset + last->length - first->offset};
}

static const char *obstacle_of(void *context, uint64_t member)
{
    const catalogue_t *c = context;
    return member < c->file_count && c->files[member].has_stream && c->streams.folders[c->files[member].folder].encrypted ? "encrypted" : NULL;
}

/* Names of files that libarchive did not come to, as UTF-8. */
static void say_unreached(sink_t *sink, catalogue_t *c, uint64_t reached)
{
    reader_t r = reader_from(c->names);
    for (uint64_t i = 0; i < c->file_count && reader_left(&r) >= 2; i++) {
        buffer_t name = {.limit = PATH_BYTES_MAX};
        for (uint16_t unit; (unit = read_le16(&r)) != 0 && reader_ok(&r);) {
            uint32_t c32 = unit;
            if (unit >= 0xD800 && unit < 0xDC00)
                c32 = 0x10000 + ((uint32_t)(unit & 0x3FF) << 10) + (read_le16(&r) & 0x3FF);
            if (c32 < 0x80) {
                buffer_append_byte(&name, (uint8_t)c32);
            } else if (c32 < 0x800) {
                buffer_append_byte(&name, (uint8_t)(0xC0 | c32 >> 6));
                buffer_append_byte(&name, (uint8_t)(0x80 | (c32 & 0x3F)));
            } else {
                buffer_append_byte(&name, c32 < 0x10000 ? (uint8_t)(0xE0 | c32 >> 12) : (uint8_t)(0xF0 | c32 >> 18));
                if (c32 >= 0x10000)
                    buffer_append_byte(&name, (uint8_t)(0x80 | (c32 >> 12 & 0x3F)));
                buffer_append_byte(&name, (uint8_t)(0x80 | (c32 >> 6 & 0x3F)));
                buffer_append_byte(&name, (uint8_t)(0x80 | (c32 & 0x3F)));
            }
        }
        child_info_t info = {.path = archive_plain_path(buffer_span(&name)), .type = CHILD_FILE};
        bool         go_on = i < reached || name.size == 0 ||
                     archive_say_lost(sink, &info, where_file(c, i, 0), "could not be read: a member before it ended the reading");
        buffer_free(&name);
        if (!go_on)
            return;
    }
}

static void extract_members(span_t image, sink_t *sink, catalogue_t *c)
{
    archive_source_t source = {
        .format = "7z", .enable = archive_read_support_format_7zip, .traits = ARCHIVE_TRAIT_MODE | ARCHIVE_TRAIT_INDEPENDENT,
        .context = c, .where = where_file, .obstacle = obstacle_of,
    };
    archive_outcome_t outcome = archive_extract(image, sink, &source);
    if (!outcome.limited && outcome.members < c->file_count)
        say_unreached(sink, c, outcome.members);
}

/* Opens the header, if need be by unpacking it; `*header` is it then. */
static const char *open_header(span_t image, sink_t *sink, const start_t *start, buffer_t *unpacked, span_t *header)
{
    *header = span_sub(image, start->offset, start->size);
    if (header->at == NULL)
        return "the image ends before the header does";
    if (crc32_z(0, header->at, header->size) != start->crc)
        return "the CRC-32 of the header does not agree";
    if (header->size < 2 || header->at[0] == ID_HEADER)
        return NULL;
    streams_t   packed = {0};
    reader_t    r      = reader_at(*header, 1);
    const char *what   = "the packed header is not described";
    if (header->at[0] == ID_ENCODED_HEADER && read_streams(&r, &packed)) {
        what = open_packed_header(image, &packed, unpacked);
        if (what == NULL)
            sink_claim(sink, packed.packs[0].offset, packed.packs[0].length, REGION_STRUCTURE);
    }
    streams_free(&packed);
    *header = buffer_span(unpacked);
    return what;
}

static status_t sevenzip_extract(span_t image, sink_t *sink)
{
    start_t start;
    if (!read_start(image, &start))
        return status_fail(STATUS_REJECTED, "7z", 0, "not a 7z start header");
    image = span_clip(image, 0, start.end);
    sink_claim(sink, 0, START, REGION_STRUCTURE);
    if (start.size == 0)
        return ok();
    buffer_t    unpacked = {.limit = HEADER_MAX};
    span_t      header;
    const char *what = open_header(image, sink, &start, &unpacked, &header);
    if (start.offset < image.size)
        sink_claim(sink, start.offset, image.size - start.offset, REGION_STRUCTURE);
    catalogue_t c = {0};
    if (what == NULL)
        what = header.size >= 2 && header.at[0] == ID_HEADER ? read_catalogue(header, &c) : "the header is of no known kind";
    if (what != NULL)
        sink_damage(sink, min_u64(start.offset, image.size), start.size, what);
    else if (c.file_count > 0)
        extract_members(image, sink, &c);
    free(c.files);
    streams_free(&c.streams);
    buffer_free(&unpacked);
    return ok();
}

static const magic_t magics[] = {MAGIC("7z\xBC\xAF\x27\x1C", 0)};

const extractor_t sevenzip_extractor = {
    .id = "7z", .name = "7z", .specification = "LZMA SDK, DOC/7zFormat.txt", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = sevenzip_probe, .extent = sevenzip_extent, .extract = sevenzip_extract,
};
