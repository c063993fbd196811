/* Inno Setup: the data that its installer (a PE file) carries. A text of 64 bytes, "Inno Setup Setup Data (x.y.z)", behind the version "(u)"
 * when texts are Unicode; then two blocks, the header and the locations of files. A block: CRC-32 of the 5 bytes that follow, size of what
 * is stored, 1 when compressed; then pieces of a CRC-32 and up to 4096 bytes. Compressed by LZMA behind 5 bytes of properties, before version
 * 4.1.6 by zlib. Little-endian. The files stand elsewhere in the program, in chunks that begin with "zlb\x1A"; what they hold is told by
 * records that every version of Inno Setup lays out anew, and they are not opened. Source: innoextract, src/setup/version.cpp and
 * src/stream/block.cpp (layout); Inno Setup, Struct.pas. */
#include "extractors/codec.h"
#include "extractors/extractor.h"

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { TITLE_SIZE = 64, BLOCK_HEADER = 9, PIECE = 4096, STORED_MAX = 64 << 20, DECODED_MAX = 256 << 20, DECODED_FIRST = 64 << 10 };
static const char title[] = "Inno Setup Setup Data (";

typedef struct { unsigned version[3]; bool unicode; } inno_t;
typedef struct { uint64_t at, end; uint32_t size; bool compressed, checked; } inno_block_t;

/* The version that stands in the text: up to three numbers. */
static bool read_title(span_t image, inno_t *inno)
{
    span_t text = span_sub(image, 0, TITLE_SIZE);
    *inno       = (inno_t){0};
    if (!span_has_text_at(image, 0, title) || text.at == NULL)
        return false;
    size_t   at   = sizeof title - 1;
    unsigned part = 0, digits = 0;
    for (; at < text.size && text.at[at] != ')'; at++) {
        if (text.at[at] >= '0' && text.at[at] <= '9' && digits++ < 3 && part < 3)
            inno->version[part] = inno->version[part] * 10 + (text.at[at] - (unsigned)'0');
        else if (text.at[at] == '.' && digits > 0 && part++ < 3)
            digits = 0;
        else if (text.at[at] < 'a' || text.at[at] > 'z')
            return false;
    }
    inno->unicode = inno->version[0] >= 6 || memmem(text.at, text.size, ") (u)", 5) != NULL;
    return at < text.size && part >= 1 && inno->version[0] >= 1 && inno->version[0] <= 9;
}

static bool read_block(span_t image, uint64_t at, inno_block_t *block)
{
    reader_t r       = reader_at(image, at);
    uint32_t crc     = read_le32(&r);
    span_t   covered = span_sub(image, at + 4, 5);
    block->at         = at;
    block->size       = read_le32(&r);
    block->compressed = read_u8(&r) != 0;
    block->end        = at + BLOCK_HEADER + block->size;
    block->checked    = reader_ok(&r) && (uint32_t)crc32_z(0, covered.at, covered.size) == crc;
    return block->checked && block->size > 4 && block->size <= STORED_MAX;
}

static unsigned innosetup_probe(span_t image)
{
    inno_t       inno;
    inno_block_t block;
    if (!read_title(image, &inno))
        return 0;
    return 128 + (read_block(image, TITLE_SIZE, &block) ? 32u : 0);
}

static uint64_t innosetup_extent(span_t image)
{
    inno_block_t header, locations;
    if (!read_block(image, TITLE_SIZE, &header))
        return TITLE_SIZE;
    uint64_t end = read_block(image, header.end, &locations) ? locations.end : header.end;
    return min_u64(end, image.size);
}

/* The pieces of the block, joined; those whose CRC does not hold are said. */
static void join_pieces(span_t image, const inno_block_t *block, sink_t *sink, buffer_t *out)
{
    for (uint64_t at = block->at + BLOCK_HEADER; at + 4 < block->end && at < image.size;) {
        uint64_t size  = min_u64(PIECE, block->end - at - 4);
        span_t   piece = span_clip(image, at + 4, size);
        reader_t r     = reader_at(image, at);
        if (piece.size == size && (uint32_t)crc32_z(0, piece.at, piece.size) != read_le32(&r))
            sink_damage(sink, at, size + 4, "the CRC-32 of a piece of the installer's header does not agree");
        buffer_append(out, piece);
        at += 4 + size;
    }
}

/* LZMA and zlib do not tell beforehand how much they decode to. */
static status_t decode_block(const inno_t *inno, span_t packed, size_t limit, buffer_t *out)
{
    unsigned version = inno->version[0] * 10000 + inno->version[1] * 100 + inno->version[2];
    status_t status  = ok();
    for (size_t room = DECODED_FIRST; room <= limit; room *= 4) {
        size_t   made = 0;
        uint8_t *at   = buffer_reserve(out, room);
        if (at == NULL)
            return status_fail(STATUS_MEMORY, "innosetup", 0, "out of memory");
        status = codec_decode(version >= 40106 ? CODEC_LZMA_BARE : CODEC_ZLIB, packed, at, room, &made);
        if (status_ok(status)) {
            out->size += made;
            return status;
        }
    }
    return status;
}

/* False: a limit was reached. */
static bool show_block(span_t image, const inno_t *inno, const inno_block_t *block, const char *name, sink_t *sink)
{
    buffer_t packed = {.limit = STORED_MAX}, plain = {.limit = DECODED_MAX};
    uint64_t length = span_clip(image, block->at, block->end - block->at).size;
    join_pieces(image, block, sink, &packed);
    sink_claim(sink, block->at, BLOCK_HEADER, REGION_STRUCTURE);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(name), .type = CHILD_FILE});
    if (child != NULL) {
        span_t bytes = buffer_span(&packed);
        if (block->end > image.size)
            child_damage(child, image.size, 0, "the image ends before this block does");
        else if (block->compressed && !status_ok(decode_block(inno, bytes, (size_t)min_u64(DECODED_MAX, child_room(child)), &plain)))
            child_damage(child, block->at, length, "this block cannot be decoded");
        else
            (void)child_write(child, block->compressed ? buffer_span(&plain) : bytes, block->at, length);
    }
    sink_end_child(sink);
    sink_claim(sink, block->at, length, REGION_STRUCTURE);
    buffer_free(&packed);
    buffer_free(&plain);
    return child != NULL;
}

static status_t innosetup_extract(span_t image, sink_t *sink)
{
    static const char *const names[] = {"header", "locations"};
    inno_t                   inno;
    inno_block_t             block = {.end = TITLE_SIZE};
    if (!read_title(image, &inno))
        return status_fail(STATUS_REJECTED, "innosetup", 0, "not the data of Inno Setup");
    sink_claim(sink, 0, TITLE_SIZE, REGION_STRUCTURE);
    sink_fact_printf(sink, "innosetup.version", "%u.%u.%u", inno.version[0], inno.version[1], inno.version[2]);
    sink_fact(sink, "innosetup.text", inno.unicode ? "unicode" : "ansi");
    for (size_t i = 0; i < 2; i++) {
        if (!read_block(image, block.end, &block)) {
            sink_damage(sink, min_u64(block.at, image.size), span_clip(image, block.at, BLOCK_HEADER).size,
                        i == 0 ? "the header of the installer cannot be read" : "the locations of the installer's files cannot be read");
            return ok();
        }
        if (!show_block(image, &inno, &block, names[i], sink))
            return ok();
    }
    sink_limit(sink, 0, 0, "codec", "the files of the installer stand outside its header, and are not opened");
    return ok();
}

static const magic_t magics[] = {MAGIC("Inno Setup Setup Data (", 0)};

const extractor_t innosetup_extractor = {
    .id = "innosetup", .name = "Inno Setup data", .specification = "Inno Setup, Struct.pas; innoextract, src/stream/block.cpp", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 1, .probe = innosetup_probe, .extent = innosetup_extent, .extract = innosetup_extract,
};
