/* dmg (UDIF): a disk of macOS. At its end 512 bytes: "koly", version 4, size, where the data fork stands and (CRC-32) its checksum, where a
 * property list (XML) stands, the count of sectors. The list's "blkx" holds for each partition a table in base64: "mish", first sector,
 * count of sectors, offset of the data, a checksum of what is decoded, and chunks (type, first sector, sectors, offset, length): zeros, as it
 * is, ADC, zlib, bzip2, LZFSE, xz. Big-endian. Encrypted images begin with "encrcdsa". Sources: newosxbook.com, "Demystifying the DMG File
 * Format"; dmg2img, dmg2img.h and adc.c; libdmg-hfsplus, dmg.h; vfdecrypt. */
#include "extractors/fs_content.h"

#include "base/buffer.h"
#include "base/grow.h"
#include "extractors/codec.h"

#include <bzlib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <zlib.h>

enum { TRAILER = 512, SECTOR = 512, TABLE_HEADER = 204, CHUNK = 40, CHUNK_MAX = 32 << 20, LIST_MAX = 256 << 20, CRC32_KIND = 2, DECODE_RATIO = 70000,
    WASTE_MAX = 32 << 20 };
enum { ENCRYPTED_HEADER = 76 };
#define ZEROS_MAX (UINT64_C(1) << 48) /* zlib takes lengths as signed numbers, and never returns from negative ones */

typedef enum {
    ZEROS = 0, RAW = 1, IGNORED = 2, ADC = (int)0x80000004, ZLIB = (int)0x80000005, BZIP2 = (int)0x80000006, LZFSE = (int)0x80000007, XZ = (int)0x80000008,
    COMMENT = 0x7FFFFFFE, END = -1
} kind_t;

typedef struct { uint64_t data, data_length, list, list_length, sectors; uint32_t checksum_kind, checksum, segment, segments; } trailer_t;
typedef struct { uint64_t sector, sectors, at, length; uint32_t kind, table; } chunk_t;
typedef struct { uint32_t crc, expected; bool has_crc, unsure; uint64_t from, to; } table_t; /* from, to: of the chunks in the image */

typedef struct {
    span_t    image;
    sink_t   *sink;
    trailer_t trailer;
    chunk_t  *chunks;
    table_t  *tables;
    size_t    count, capacity, table_count, table_capacity;
    buffer_t  decoded;
    uint64_t  wasted; /* bytes that were decoded for chunks that then proved wrong */
    unsigned  lzfse;
} dmg_t;

static bool read_trailer(span_t image, trailer_t *t)
{
    if (image.size < TRAILER)
        return false;
    reader_t r       = reader_at(image, image.size - TRAILER);
    bool     right   = read_be32(&r) == 0x6B6F6C79 && read_be32(&r) == 4 && read_be32(&r) == TRAILER;
    reader_skip(&r, 12);
    t->data          = read_be64(&r);
    t->data_length   = read_be64(&r);
    reader_skip(&r, 16);
    t->segment       = read_be32(&r);
    t->segments      = read_be32(&r);
    reader_skip(&r, 16);
    t->checksum_kind = read_be32(&r);
    reader_skip(&r, 4);
    t->checksum      = read_be32(&r);
    reader_skip(&r, 124);
    t->list          = read_be64(&r);
    t->list_length   = read_be64(&r);
    reader_skip(&r, 120 + 8 + 128 + 4);
    t->sectors       = read_be64(&r);
    return right && reader_ok(&r) && span_holds(image, t->list, t->list_length) && t->list_length > 0 && t->list_length <= LIST_MAX && t->sectors <= UINT64_MAX / SECTOR;
}

static bool is_encrypted(span_t image)
{
    reader_t r = reader_at(image, 8);
    return span_has_text_at(image, 0, "encrcdsa") && image.size >= ENCRYPTED_HEADER && read_be32(&r) == 2;
}

static unsigned dmg_probe(span_t image)
{
    trailer_t t;
    return read_trailer(image, &t) ? 32 + 64 : is_encrypted(image) ? 64 + 32 : 0;
}

static uint64_t dmg_extent(span_t image)
{
    trailer_t t;
    return read_trailer(image, &t) || is_encrypted(image) ? image.size : 0;
}

/* ---- the property list: as much of it as holds the tables ---- */

static uint64_t find(span_t in, uint64_t from, const char *text)
{
    size_t length = strlen(text);
    if (from > in.size || in.size - from < length)
        return UINT64_MAX;
    const uint8_t *at = memmem(in.at + from, in.size - from, text, length);
    return at != NULL ? (uint64_t)(at - in.at) : UINT64_MAX;
}

static void append_base64(span_t text, buffer_t *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c     = text.at[i];
        int     value = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
        if (value < 0)
            continue;
        bits  = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8)
            buffer_append_byte(out, (uint8_t)(bits >> (have -= 8)));
    }
}

/* What stands between <tag> and </tag> behind the key, which stands in [from, to). */
static span_t value_of(span_t list, uint64_t from, uint64_t to, const char *key, const char *open, const char *close)
{
    span_t   part = span_clip(list, 0, to);
    uint64_t at   = find(part, from, key);
    at            = at == UINT64_MAX ? at : find(part, at, open);
    if (at == UINT64_MAX)
        return (span_t){NULL, 0};
    at          += strlen(open);
    uint64_t end = find(part, at, close);
    return end == UINT64_MAX ? (span_t){NULL, 0} : span_sub(list, at, end - at);
}

static bool add_table(dmg_t *d, span_t bytes)
{
    reader_t r     = reader_from(bytes);
    bool     right = read_be32(&r) == 0x6D697368 && read_be32(&r) == 1;
    uint64_t first = read_be64(&r);
    reader_skip(&r, 8);
    uint64_t data  = read_be64(&r);
    reader_skip(&r, 8 + 24);
    uint32_t kind  = read_be32(&r);
    reader_skip(&r, 4);
    table_t table  = {.has_crc = kind == CRC32_KIND, .expected = read_be32(&r), .from = UINT64_MAX};
    reader_skip(&r, 124);
    uint32_t count = read_be32(&r);
    if (!right || !reader_ok(&r) || !grow((void **)&d->tables, d->table_count, &d->table_capacity, sizeof *d->tables))
        return false;
    bool whole = true;
    for (uint32_t i = 0; i < count; i++) {
        chunk_t chunk = {.kind = read_be32(&r), .table = (uint32_t)d->table_count};
        reader_skip(&r, 4);
        chunk.sector  = read_be64(&r);
        chunk.sectors = read_be64(&r);
        chunk.at      = read_be64(&r);
        chunk.length  = read_be64(&r);
        if (!reader_ok(&r) || (kind_t)chunk.kind == END)
            break;
        if ((kind_t)chunk.kind == COMMENT || chunk.sectors == 0)
            continue;
        uint64_t end;
        bool     fits = checked_add(chunk.sector, first, &chunk.sector) && checked_add(chunk.sector, chunk.sectors, &end) && end <= UINT64_MAX / SECTOR &&
                    checked_add(chunk.at, data, &chunk.at) && checked_add(chunk.at, d->trailer.data, &chunk.at);
        if (!fits || !grow((void **)&d->chunks, d->count, &d->capacity, sizeof *d->chunks)) {
            whole = false;
            continue;
        }
        d->chunks[d->count++] = chunk;
        table.unsure          = table.unsure || (kind_t)chunk.kind == IGNORED;
    }
    table.unsure               = table.unsure || !whole;
    d->tables[d->table_count++] = table;
    return whole && reader_ok(&r);
}

static void read_list(dmg_t *d)
{
    span_t   list = span_sub(d->image, d->trailer.list, d->trailer.list_length);
    uint64_t at   = find(list, 0, "<key>blkx</key>"), end = at == UINT64_MAX ? at : find(list, at, "</array>");
    unsigned number = 0;
    if (at == UINT64_MAX) {
        sink_damage(d->sink, d->trailer.list, list.size, "the property list names no tables of chunks");
        return;
    }
    end = min_u64(end, list.size);
    for (at = find(list, at, "<dict>"); at < end; at = find(list, at, "<dict>")) {
        uint64_t next  = min_u64(find(list, at, "</dict>"), end);
        buffer_t table = {0};
        append_base64(value_of(list, at, next, "<key>Data</key>", "<data>", "</data>"), &table);
        span_t name = value_of(list, at, next, "<key>Name</key>", "<string>", "</string>");
        if (name.size > 0 && number++ < 32)
            sink_fact_printf(d->sink, "dmg.partition", "%.*s", (int)min_u64(name.size, 200), (const char *)name.at);
        if (!add_table(d, buffer_span(&table)))
            sink_damage(d->sink, d->trailer.list + at, next - at, "a table of chunks cannot be read to its end");
        buffer_free(&table);
        at = next;
    }
}

/* ---- the chunks ---- */

static bool decode_adc(span_t in, uint8_t *out, size_t room, size_t *made)
{
    reader_t r    = reader_from(in);
    size_t   done = 0;
    while (reader_left(&r) > 0 && done < room) {
        uint8_t first = read_u8(&r);
        size_t  length, back;
        if (first >= 0x80) {
            span_t plain = read_span(&r, (uint64_t)(first & 0x7F) + 1);
            if (plain.at == NULL || plain.size > room - done)
                return false;
            memcpy(out + done, plain.at, plain.size);
            done += plain.size;
            continue;
        }
        if (first >= 0x40) {
            length = (first & 0x3Fu) + 4;
            back   = (size_t)read_be16(&r) + 1;
        } else {
            length = (first >> 2) + 3u;
            back   = ((first & 3u) << 8 | read_u8(&r)) + 1;
        }
        if (!reader_ok(&r) || back > done || length > room - done)
            return false;
        for (; length > 0; length--, done++)
            out[done] = out[done - back];
    }
    *made = done;
    return true;
}

static bool decode_chunk(kind_t kind, span_t in, uint8_t *out, size_t room, size_t *made)
{
    unsigned size = (unsigned)room;
    *made         = 0;
    switch (kind) {
    case ADC: return decode_adc(in, out, room, made);
    case ZLIB: return status_ok(codec_decode(CODEC_ZLIB, in, out, room, made));
    case XZ: return status_ok(codec_decode(CODEC_XZ, in, out, room, made));
    case BZIP2:
        if (BZ2_bzBuffToBuffDecompress((char *)out, &size, (char *)(uintptr_t)in.at, (unsigned)in.size, 0, 0) != BZ_OK)
            return false;
        *made = size;
        return true;
    default: return false;
    }
}

/* The CRC-32 of `length` zeros, by doubling. */
static uint32_t crc_of_zeros(uint64_t length)
{
    static const uint8_t zero = 0;
    uLong                power = crc32_z(0, &zero, 1), sum = 0;
    for (uint64_t size = 1; length > 0; length >>= 1, size <<= 1) {
        if ((length & 1) != 0)
            sum = crc32_combine(sum, power, (z_off_t)size);
        power = crc32_combine(power, power, (z_off_t)size);
    }
    return (uint32_t)sum;
}

static void put_chunk(dmg_t *d, fs_content_t *content, const chunk_t *chunk)
{
    table_t *table = &d->tables[chunk->table];
    uint64_t bytes = chunk->sectors * SECTOR;
    span_t   in    = span_sub(d->image, chunk->at, chunk->length);
    kind_t   kind  = (kind_t)chunk->kind;
    if (kind == ZEROS || kind == IGNORED) {
        table->unsure = table->unsure || bytes >= ZEROS_MAX;
        if (!table->unsure)
            table->crc = (uint32_t)crc32_combine(table->crc, crc_of_zeros(bytes), (z_off_t)bytes);
        fs_content_hole(content, bytes);
        return;
    }
    table->from = min_u64(table->from, min_u64(chunk->at, d->image.size));
    table->to   = max_u64(table->to, min_u64(chunk->at + min_u64(chunk->length, d->image.size), d->image.size));
    if (kind == RAW && in.at != NULL && in.size == bytes) {
        table->crc = (uint32_t)crc32_z(table->crc, in.at, in.size);
        fs_content_run(content, chunk->at, bytes);
        return;
    }
    size_t   made = 0;
    bool     sane = in.at != NULL && kind != RAW && kind != LZFSE && bytes <= CHUNK_MAX && bytes / DECODE_RATIO <= in.size && d->wasted <= WASTE_MAX + d->image.size;
    uint8_t *room = sane ? buffer_reserve(&d->decoded, (size_t)bytes) : NULL;
    if (room != NULL && decode_chunk(kind, in, room, (size_t)bytes, &made) && made == bytes) {
        table->crc = (uint32_t)crc32_z(table->crc, room, made);
        fs_content_decoded(content, span_from(room, made), chunk->at, chunk->length);
        return;
    }
    table->unsure = true;
    d->wasted    += sane ? bytes : 0;
    d->lzfse     += kind == LZFSE;
    fs_content_lost(content, min_u64(chunk->at, d->image.size), in.size, bytes,
        kind == LZFSE ? "a chunk is packed with LZFSE, which is not decoded" : in.at == NULL ? "a chunk stands outside of the image" : "a chunk does not decode to its size");
}

static int by_sector(const void *a, const void *b)
{
    const chunk_t *x = a, *y = b;
    return x->sector != y->sector ? (x->sector < y->sector ? -1 : 1) : x->at != y->at ? (x->at < y->at ? -1 : 1) : 0;
}

static status_t put_disk(dmg_t *d, child_t *child)
{
    fs_content_t content;
    uint64_t     at = 0, size = d->trailer.sectors * SECTOR;
    if (d->count > 0) {
        qsort(d->chunks, d->count, sizeof *d->chunks, by_sector);
        size = max_u64(size, (d->chunks[d->count - 1].sector + d->chunks[d->count - 1].sectors) * SECTOR);
    }
    fs_content_begin(&content, child, d->image, size);
    for (size_t i = 0; i < d->count && !fs_content_full(&content); i++) {
        const chunk_t *chunk = &d->chunks[i];
        if (chunk->sector < at) {
            child_damage(child, min_u64(chunk->at, d->image.size), 0, "two chunks are of the same sectors: the second was left out");
            d->tables[chunk->table].unsure = true;
            continue;
        }
        if (chunk->sector > at)
            fs_content_hole(&content, (chunk->sector - at) * SECTOR);
        put_chunk(d, &content, chunk);
        at = chunk->sector + chunk->sectors;
    }
    bool     stopped = content.stopped;
    status_t status  = fs_content_end(&content);
    for (size_t i = 0; i < d->table_count && !stopped; i++) {
        const table_t *table = &d->tables[i];
        if (table->has_crc && !table->unsure && table->crc != table->expected && table->from < table->to)
            child_damage(child, table->from, table->to - table->from, "the CRC-32 of a partition does not agree with its content");
    }
    return status;
}

static status_t extract_encrypted(span_t image, sink_t *sink)
{
    reader_t r = reader_at(image, 24);
    uint32_t bits = read_be32(&r);
    r             = reader_at(image, 52);
    uint32_t block = read_be32(&r);
    uint64_t size = read_be64(&r), at = read_be64(&r);
    if (at < ENCRYPTED_HEADER || at > image.size)
        at = ENCRYPTED_HEADER;
    sink_claim(sink, 0, at, REGION_STRUCTURE);
    sink_fact_printf(sink, "dmg.encryption", "AES-%u, blocks of %u bytes", bits, block);
    sink_fact_printf(sink, "dmg.size", "%" PRIu64, size);
    sink_limit(sink, at, image.size - at, "encrypted", "the disk image is encrypted: its password or certificate is needed");
    child_t *child = at < image.size ? sink_child(sink, &(child_info_t){.path = span_from_text("encrypted"), .type = CHILD_PAYLOAD}) : NULL;
    if (child != NULL)
        child_range(child, at, image.size - at);
    sink_end_child(sink);
    return ok();
}

static status_t dmg_extract(span_t image, sink_t *sink)
{
    dmg_t d = {.image = image, .sink = sink};
    if (!read_trailer(image, &d.trailer))
        return is_encrypted(image) ? extract_encrypted(image, sink) : status_fail(STATUS_REJECTED, "dmg", 0, "not a UDIF trailer");
    const trailer_t *t = &d.trailer;
    sink_claim(sink, image.size - TRAILER, TRAILER, REGION_STRUCTURE);
    sink_claim(sink, t->list, t->list_length, REGION_STRUCTURE);
    sink_fact_printf(sink, "dmg.size", "%" PRIu64, t->sectors * SECTOR);
    if (t->segments > 1)
        sink_fact_printf(sink, "dmg.segment", "%u of %u", t->segment, t->segments);
    span_t data = span_sub(image, t->data, t->data_length);
    if (data.at == NULL)
        sink_damage(sink, min_u64(t->data, image.size), 0, "the data fork does not stand in the image");
    else if (t->checksum_kind == CRC32_KIND && (uint32_t)crc32_z(0, data.at, data.size) != t->checksum)
        sink_damage(sink, t->data, t->data_length, "the CRC-32 of the data fork does not agree with its content");
    read_list(&d);
    status_t status = ok();
    child_t *child  = sink_child(sink, &(child_info_t){.path = span_from_text("disk"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        status = put_disk(&d, child);
    sink_end_child(sink);
    if (d.lzfse > 0)
        sink_fact_printf(sink, "dmg.lzfse-chunks", "%u", d.lzfse);
    free(d.chunks);
    free(d.tables);
    buffer_free(&d.decoded);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {MAGIC("encrcdsa", 0)};

const extractor_t dmg_extractor = {
    .id = "dmg", .name = "Apple disk image", .specification = "newosxbook.com, \"Demystifying the DMG File Format\"; libdmg-hfsplus, dmg.h",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .only_at_start = true, .asked_at_start = true,
    .probe = dmg_probe, .extent = dmg_extent, .extract = dmg_extract,
};
