/* Sections: a size of three bytes and a type; FFFFFF says that four more bytes hold the size. They stand at multiples of four from the start of
 * what holds them. A compressed section has the original length and the kind (0 none, 1 EFI or Tiano, 2 LZMA), a GUID-defined one the GUID
 * of its encoding, the offset of its data and flags. Source: PI specification, volume 3, "Firmware Storage", section types. */
#include "extractors/uefi.h"

#include <stdlib.h>
#include <zlib.h>

enum { HEADER = 4, LONG_HEADER = 8, LONG_SIZE = 0xFFFFFF, NESTING_MAX = 16, LEAVES_MAX = 1 << 16, PROCESSING_REQUIRED = 1 };

/* No encoder of LZMA or of UEFI does better than this. */
enum { EXPANSION_MAX = 1 << 13 };

typedef struct { unsigned type; uint64_t header, size; } section_t;

uefi_piece_t uefi_piece_part(uefi_piece_t piece, uint64_t offset, uint64_t length)
{
    uefi_piece_t part = piece;
    part.bytes        = span_clip(piece.bytes, offset, length);
    if (!piece.decoded) {
        part.at     = piece.at + min_u64(offset, piece.bytes.size);
        part.length = part.bytes.size;
    }
    return part;
}

static void claim(uefi_sections_t *s, uefi_piece_t piece, uint64_t offset, uint64_t length, region_kind_t kind)
{
    if (!piece.decoded && length > 0)
        sink_claim(s->sink, piece.at + offset, length, kind);
}

static void add_leaf(uefi_sections_t *s, uefi_leaf_t leaf)
{
    if (s->count == s->capacity) {
        size_t       capacity = s->capacity == 0 ? 16 : 2 * s->capacity;
        uefi_leaf_t *more     = realloc(s->leaves, capacity * sizeof *more);
        if (more == NULL) {
            s->failed = true;
            return;
        }
        s->leaves   = more;
        s->capacity = capacity;
    }
    s->leaves[s->count++] = leaf;
}

/* Room for what will be decoded, which is kept until the file was handed on. */
static uint8_t *keep(uefi_sections_t *s, size_t size)
{
    if (s->decoded_count == s->decoded_capacity) {
        size_t    capacity = s->decoded_capacity == 0 ? 8 : 2 * s->decoded_capacity;
        uint8_t **more     = realloc(s->decoded, capacity * sizeof *more);
        if (more == NULL)
            return NULL;
        s->decoded          = more;
        s->decoded_capacity = capacity;
    }
    uint8_t *room = malloc(size);
    if (room != NULL)
        s->decoded[s->decoded_count++] = room;
    return room;
}

static void forget_last(uefi_sections_t *s) { free(s->decoded[--s->decoded_count]); }

static bool read_section(span_t rest, section_t *section)
{
    reader_t r       = reader_from(rest);
    section->size    = read_le(&r, 3);
    section->type    = read_u8(&r);
    section->header  = HEADER;
    if (section->size == LONG_SIZE) {
        section->size   = read_le32(&r);
        section->header = LONG_HEADER;
    }
    return reader_ok(&r) && section->size >= section->header;
}

/* How long the block says that it will be. */
static uint64_t size_told(codec_t codec, span_t in)
{
    reader_t r = reader_at(in, codec == CODEC_BROTLI ? 0 : codec == CODEC_EFI || codec == CODEC_TIANO ? 4 : 5);
    uint64_t size = codec == CODEC_EFI || codec == CODEC_TIANO ? read_le32(&r) : read_le64(&r);
    return reader_ok(&r) ? size : 0;
}

/* NULL in `bytes` when it does not decode. */
static uefi_piece_t decode(uefi_sections_t *s, codec_t codec, uefi_piece_t in)
{
    enum { BROTLI_HEADER = 16 }; /* size, and how much memory the decoder of the firmware needs */
    uefi_piece_t out  = {.decoded = true, .at = in.at, .length = in.length};
    uint64_t     told = size_told(codec, in.bytes), most = min_u64(s->budget, s->file_budget), produced_max;
    if (!checked_mul(in.bytes.size, EXPANSION_MAX, &produced_max) || codec == CODEC_BROTLI)
        produced_max = UINT64_MAX;
    if (told == 0 || told > produced_max)
        return out;
    if (told > most) {
        sink_limit(s->sink, in.at, in.length, "ratio", "decoded, this section would be larger than is allowed");
        return out;
    }
    uint8_t *room     = keep(s, (size_t)told);
    size_t   produced = 0;
    if (room == NULL)
        return out;
    span_t block = codec == CODEC_BROTLI ? span_from_offset(in.bytes, BROTLI_HEADER) : in.bytes;
    s->budget -= told;
    s->file_budget -= told;
    if (!status_ok(codec_decode_with(s->codecs, codec, block, room, (size_t)told, &produced)) || produced == 0)
        forget_last(s);
    else
        out.bytes = span_from(room, produced);
    return out;
}

/* Do the bytes look like sections up to their end? */
static bool are_sections(span_t bytes)
{
    uint64_t  at = 0;
    section_t section;
    while (bytes.size - at >= HEADER) {
        if (!read_section(span_from_offset(bytes, at), &section) || section.size > bytes.size - at)
            return at > 0 && span_is_filled_with(span_from_offset(bytes, at), bytes.at[at]);
        at = round_up(at + section.size, 4);
        if (at >= bytes.size)
            return true;
    }
    return at > 0;
}

static void read_piece(uefi_sections_t *s, uefi_piece_t piece, unsigned depth, const char *damage);

static void read_inside(uefi_sections_t *s, uefi_piece_t inside, unsigned depth, const char *damage)
{
    if (depth < NESTING_MAX) {
        read_piece(s, inside, depth + 1, damage);
        return;
    }
    sink_limit(s->sink, inside.at, inside.length, "depth", "sections in sections more deeply than any firmware has them");
    add_leaf(s, (uefi_leaf_t){.type = UEFI_SECTION_NONE, .body = inside, .damage = damage});
}

/* Kind 1 is either of two encodings that nothing tells apart but what comes out. */
static void read_compressed(uefi_sections_t *s, uefi_piece_t piece, const section_t *section, unsigned depth, const char *damage)
{
    reader_t r = reader_at(piece.bytes, section->header);
    reader_skip(&r, 4);
    uint8_t  kind   = read_u8(&r);
    uint64_t before = section->header + 5;
    if (!reader_ok(&r)) {
        add_leaf(s, (uefi_leaf_t){.type = UEFI_SECTION_NONE, .body = piece, .damage = "a compressed section without its header"});
        return;
    }
    claim(s, piece, 0, before, REGION_STRUCTURE);
    uefi_piece_t data = uefi_piece_part(piece, before, UINT64_MAX), out = data;
    if (kind == 1) {
        out = decode(s, CODEC_EFI, data);
        if (out.bytes.at == NULL || !are_sections(out.bytes)) {
            uefi_piece_t other = decode(s, CODEC_TIANO, data);
            if (other.bytes.at != NULL && (out.bytes.at == NULL || are_sections(other.bytes)))
                out = other;
        }
    } else if (kind == 2) {
        out = decode(s, CODEC_LZMA_ALONE, data);
    } else if (kind != 0) {
        out.bytes = (span_t){NULL, 0};
    }
    if (out.bytes.at == NULL)
        add_leaf(s, (uefi_leaf_t){.type = UEFI_SECTION_NONE, .body = data, .damage = "a compressed section does not decode"});
    else
        read_inside(s, out, depth, damage);
}

typedef enum { ENCODED, CHECKED_CRC32, SIGNED } encoding_kind_t;

static const struct { uint8_t guid[UEFI_GUID]; encoding_kind_t kind; codec_t codec; } encodings[] = {
    {UEFI_GUID_BYTES(0xEE4E5898, 0x3914, 0x4259, 0x9D, 0x6E, 0xDC, 0x7B, 0xD7, 0x94, 0x03, 0xCF), ENCODED, CODEC_LZMA_ALONE},
    {UEFI_GUID_BYTES(0xD42AE6BD, 0x1352, 0x4BFB, 0x90, 0x9A, 0xCA, 0x72, 0xA6, 0xEA, 0xE8, 0x89), ENCODED, CODEC_LZMA_X86},
    {UEFI_GUID_BYTES(0xA31280AD, 0x481E, 0x41B6, 0x95, 0xE8, 0x12, 0x7F, 0x4C, 0x98, 0x47, 0x79), ENCODED, CODEC_TIANO},
    {UEFI_GUID_BYTES(0x3D532050, 0x5CDA, 0x4FD0, 0x87, 0x9E, 0x0F, 0x7F, 0x63, 0x0D, 0x5A, 0xFB), ENCODED, CODEC_BROTLI},
    {UEFI_GUID_BYTES(0xFC1BCDB0, 0x7D31, 0x49AA, 0x93, 0x6A, 0xA4, 0x60, 0x0D, 0x9D, 0xD0, 0x83), CHECKED_CRC32, CODEC_COUNT},
    /* RSA 2048 with SHA-256, and a WIN_CERTIFICATE: the data follow as they are */
    {UEFI_GUID_BYTES(0xA7717414, 0xC616, 0x4977, 0x94, 0x20, 0x84, 0x47, 0x12, 0xA7, 0x35, 0xBF), SIGNED, CODEC_COUNT},
    {UEFI_GUID_BYTES(0x0F9D89E8, 0x9259, 0x4F76, 0xA5, 0xAF, 0x0C, 0x89, 0xE3, 0x40, 0x23, 0xDF), SIGNED, CODEC_COUNT},
};

static void read_guid_defined(uefi_sections_t *s, uefi_piece_t piece, const section_t *section, unsigned depth, const char *damage)
{
    reader_t r     = reader_at(piece.bytes, section->header);
    span_t   guid  = read_span(&r, UEFI_GUID);
    uint64_t start = read_le16(&r);
    unsigned flags = read_le16(&r);
    if (!reader_ok(&r) || start < r.pos || start > piece.bytes.size) {
        add_leaf(s, (uefi_leaf_t){.type = UEFI_SECTION_NONE, .body = piece, .damage = "a GUID-defined section without its header"});
        return;
    }
    claim(s, piece, 0, start, REGION_STRUCTURE);
    uefi_piece_t data = uefi_piece_part(piece, start, UINT64_MAX);
    size_t       i    = 0;
    while (i < sizeof encodings / sizeof *encodings && !uefi_guid_is(guid, encodings[i].guid))
        i++;
    if (i == sizeof encodings / sizeof *encodings) {
        if ((flags & PROCESSING_REQUIRED) == 0 && are_sections(data.bytes)) {
            read_inside(s, data, depth, damage);
            return;
        }
        sink_limit(s->sink, data.at, data.length, "encoding", "a section whose encoding is not known, or is encryption: its inside was not examined");
        add_leaf(s, (uefi_leaf_t){.type = UEFI_SECTION_GUID_DEFINED, .body = data, .guid = guid, .damage = damage});
        return;
    }
    if (encodings[i].kind == CHECKED_CRC32) {
        uint32_t told = read_le32(&r);
        if (r.pos > start || told != (uint32_t)crc32_z(0, data.bytes.at, data.bytes.size))
            damage = "the CRC-32 of a section does not agree with its content";
    } else if (encodings[i].kind == ENCODED) {
        uefi_piece_t out = decode(s, encodings[i].codec, data);
        if (out.bytes.at == NULL) {
            add_leaf(s, (uefi_leaf_t){.type = UEFI_SECTION_NONE, .body = data, .damage = "a compressed section does not decode"});
            return;
        }
        data = out;
    }
    read_inside(s, data, depth, damage);
}

static void read_leaf(uefi_sections_t *s, uefi_piece_t piece, const section_t *section, const char *damage)
{
    uint64_t     before = section->header + (section->type == UEFI_SECTION_FREEFORM ? UEFI_GUID : section->type == UEFI_SECTION_VERSION ? 2 : 0);
    uefi_piece_t body   = uefi_piece_part(piece, before, UINT64_MAX);
    span_t       guid   = section->type == UEFI_SECTION_FREEFORM ? span_sub(piece.bytes, section->header, UEFI_GUID) : (span_t){NULL, 0};
    claim(s, piece, 0, min_u64(before, piece.bytes.size), REGION_STRUCTURE);
    add_leaf(s, (uefi_leaf_t){.type = section->type, .body = body, .guid = guid, .damage = damage});
}

/* `piece` is the whole section. */
static void read_one(uefi_sections_t *s, uefi_piece_t piece, const section_t *section, unsigned depth, const char *damage)
{
    switch (section->type) {
    case UEFI_SECTION_COMPRESSION: read_compressed(s, piece, section, depth, damage); break;
    case UEFI_SECTION_GUID_DEFINED: read_guid_defined(s, piece, section, depth, damage); break;
    case UEFI_SECTION_DISPOSABLE:
        claim(s, piece, 0, section->header, REGION_STRUCTURE);
        read_inside(s, uefi_piece_part(piece, section->header, UINT64_MAX), depth, damage);
        break;
    default: read_leaf(s, piece, section, damage); break;
    }
}

static void read_piece(uefi_sections_t *s, uefi_piece_t piece, unsigned depth, const char *damage)
{
    uint64_t at = 0, size = piece.bytes.size;
    while (at < size && !s->failed) {
        section_t    section;
        uefi_piece_t rest = uefi_piece_part(piece, at, UINT64_MAX);
        if (s->count >= LEAVES_MAX) {
            sink_limit(s->sink, rest.at, rest.length, "children", "more sections in one file than any firmware has: the rest was not examined");
            return;
        }
        if (!read_section(rest.bytes, &section)) {
            uint8_t first = rest.bytes.at[0];
            if ((first != 0 && first != 0xFF) || !span_is_filled_with(rest.bytes, first))
                add_leaf(s, (uefi_leaf_t){.type = UEFI_SECTION_NONE, .body = rest, .damage = "not the header of a section"});
            else
                claim(s, rest, 0, rest.bytes.size, REGION_PADDING);
            return;
        }
        const char *wrong = section.size > rest.bytes.size ? "a section is longer than what holds it" : damage;
        read_one(s, uefi_piece_part(rest, 0, section.size), &section, depth, wrong);
        uint64_t end = min_u64(at + section.size, size), next = min_u64(round_up(end, 4), size);
        if (next > end && !span_is_filled_with(span_sub(piece.bytes, end, next - end), piece.bytes.at[end]))
            add_leaf(s, (uefi_leaf_t){.type = UEFI_SECTION_NONE, .body = uefi_piece_part(piece, end, next - end)});
        else
            claim(s, piece, end, next - end, REGION_PADDING);
        at = next;
    }
}

void uefi_sections_read(uefi_sections_t *sections, uefi_piece_t piece, const char *damage) { read_piece(sections, piece, 0, damage); }

void uefi_sections_clear(uefi_sections_t *sections)
{
    while (sections->decoded_count > 0)
        forget_last(sections);
    sections->count = 0;
}

void uefi_sections_free(uefi_sections_t *sections)
{
    uefi_sections_clear(sections);
    free(sections->decoded);
    free(sections->leaves);
    codec_context_free(sections->codecs);
}
