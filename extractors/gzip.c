/* gzip: members one after another, which decode to one file. A member: magic 1F 8B, method 8, flags, time, extra flags,
 * system; by flags an extra field, a name, a comment and a CRC-16 of the header; DEFLATE data; CRC-32 and size modulo 2^32 of
 * the decoded data. All little-endian. Source: RFC 1952. */
#include "extractors/deflate_common.h"

enum { FLAG_HEADER_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_RESERVED = 0xE0 };
enum { GZIP_FIXED = 10, GZIP_TRAILER = 8, GZIP_TEXT_MAX = 4096, SYSTEMS = 14, SYSTEM_UNKNOWN = 255 };

typedef struct {
    uint64_t size;
    uint32_t mtime;
    uint8_t  extra_flags, system;
    span_t   name, comment;
    bool     has_crc;
} gzip_header_t;

/* The bytes before the next NUL, which is skipped. */
static span_t read_text(reader_t *r)
{
    span_t         rest = span_clip(r->in, r->pos, GZIP_TEXT_MAX);
    const uint8_t *nul  = rest.size > 0 ? memchr(rest.at, 0, rest.size) : NULL;
    if (nul == NULL) {
        r->failed = true;
        return (span_t){NULL, 0};
    }
    span_t text = read_span(r, (uint64_t)(nul - rest.at));
    reader_skip(r, 1);
    return text;
}

static bool read_header(span_t image, gzip_header_t *header)
{
    reader_t r = reader_from(image);
    *header    = (gzip_header_t){0};
    if (read_be16(&r) != 0x1F8B || read_u8(&r) != 8)
        return false;
    uint8_t flags       = read_u8(&r);
    header->mtime       = read_le32(&r);
    header->extra_flags = read_u8(&r);
    header->system      = read_u8(&r);
    if ((flags & FLAGS_RESERVED) != 0)
        return false;
    if ((flags & FLAG_EXTRA) != 0)
        reader_skip(&r, read_le16(&r));
    if ((flags & FLAG_NAME) != 0)
        header->name = read_text(&r);
    if ((flags & FLAG_COMMENT) != 0)
        header->comment = read_text(&r);
    header->size = r.pos;
    if ((flags & FLAG_HEADER_CRC) != 0) {
        header->has_crc = true;
        uint16_t stored = read_le16(&r);
        if (!reader_ok(&r) || (uint16_t)crc32_z(0, image.at, (size_t)header->size) != stored)
            return false;
        header->size += 2;
    }
    return reader_ok(&r);
}

static stream_end_t check_trailer(span_t image, stream_t *stream, uint64_t produced, uint32_t crc)
{
    reader_t r           = reader_at(image, stream->at);
    uint32_t stored_crc  = read_le32(&r);
    uint32_t stored_size = read_le32(&r);
    uint64_t length      = min_u64(GZIP_TRAILER, image.size - stream->at);
    stream_claim(stream, stream->at, length, REGION_STRUCTURE);
    stream->at += length;
    if (!reader_ok(&r))
        return STREAM_TRUNCATED;
    if (stored_crc != crc)
        stream_damage(stream, stream->at - GZIP_TRAILER, 4, "the CRC-32 of the gzip member does not agree with its content");
    else if (stored_size != (uint32_t)produced)
        stream_damage(stream, stream->at - 4, 4, "the size in the gzip trailer does not agree with the content");
    return STREAM_WHOLE;
}

static stream_end_t decode_member(span_t image, stream_t *stream, deflate_t *d)
{
    uint64_t      start = stream->at, produced = stream->produced;
    gzip_header_t header;
    if (!read_header(span_from_offset(image, start), &header))
        return STREAM_BROKEN;
    stream->at       = start + header.size;
    stream_end_t how = deflate_decode(image, stream, d);
    if (how == STREAM_BROKEN && stream->produced == produced)
        return how;
    stream->parts++;
    stream_claim(stream, start, header.size, REGION_STRUCTURE);
    return how == STREAM_WHOLE ? check_trailer(image, stream, stream->produced - produced, (uint32_t)d->sum) : how;
}

static stream_end_t gzip_decode(span_t image, stream_t *stream)
{
    deflate_t     d = {.checksum = crc32_z};
    gzip_header_t next;
    stream_end_t  how;
    for (;;) {
        uint64_t start = stream->at, produced = stream->produced;
        how = decode_member(image, stream, &d);
        if (how == STREAM_BROKEN && start > 0 && stream->produced == produced) {
            stream->at = start; /* what follows only looked like one more member */
            how        = STREAM_WHOLE;
            break;
        }
        if (how != STREAM_WHOLE || stream->one_part || !read_header(span_from_offset(image, stream->at), &next))
            break;
    }
    deflate_free(&d);
    return how;
}

static unsigned gzip_probe(span_t image)
{
    gzip_header_t header;
    if (!read_header(image, &header))
        return 0;
    unsigned bits = 24 + 3 + (header.has_crc ? 16 : 0);
    if (header.system < SYSTEMS || header.system == SYSTEM_UNKNOWN)
        bits += 4;
    stream_t     trial;
    stream_end_t how = stream_try(image, gzip_decode, STREAM_TRIAL, &trial);
    if (how == STREAM_WHOLE)
        return trial.damages == 0 ? bits + 64 : bits;
    if (how == STREAM_BROKEN)
        return trial.produced > 0 ? bits : 0; /* damaged perhaps, but then only its header speaks for it */
    return trial.produced >= 4096 ? bits + 24 : bits;
}

static uint64_t gzip_extent(span_t image) { return stream_extent(image, gzip_decode); }

static void say_text(sink_t *sink, const char *key, span_t text)
{
    if (text.size > 0)
        sink_fact_printf(sink, key, "%.*s", (int)min_u64(text.size, TEXT_SHORT_MAX), (const char *)text.at);
}

static status_t gzip_extract(span_t image, sink_t *sink)
{
    gzip_header_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "gzip", 0, "not a gzip header");
    child_info_t info = stream_child(header.name);
    info.has_mtime    = header.mtime != 0;
    info.mtime        = header.mtime;
    stream_t result   = {0};
    status_t status   = stream_extract("gzip", image, sink, &info, gzip_decode, &result);
    if (!status_ok(status))
        return status;
    say_text(sink, "gzip.name", header.name);
    say_text(sink, "gzip.comment", header.comment);
    sink_fact_printf(sink, "gzip.system", "%u", (unsigned)header.system);
    if (result.parts > 1)
        sink_fact_printf(sink, "gzip.members", "%u", result.parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x1F\x8B\x08", 0)};

const extractor_t gzip_extractor = {
    .id = "gzip", .name = "gzip", .specification = "RFC 1952", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = gzip_probe, .extent = gzip_extent, .extract = gzip_extract,
};
