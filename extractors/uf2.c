/* UF2: blocks of 512 bytes, each for itself: "UF2\n", 9E5D5157, flags, address, size of the payload, number of the block, count of
 * blocks, family (or size of the file), 476 bytes of payload and what follows it, 0AB16F30. Little-endian. Flags: 0001 not for the
 * main flash, 1000 a file (its name follows the payload), 2000 the family is given, 4000 an MD5 stands at the end of the data,
 * 8000 tags follow the payload: size, 24 bits of type, value, padded to four. Source: Microsoft, uf2, README.md. */
#include "extractors/memory_common.h"

#include <stdio.h>

enum {
    BLOCK = 512, HEADER = 32, DATA_MAX = 476, MD5_PART = 24, SAID_MAX = 16,
    NOT_MAIN = 0x1, IS_FILE = 0x1000, HAS_FAMILY = 0x2000, HAS_MD5 = 0x4000, HAS_TAGS = 0x8000
};
enum { TAG_VERSION = 0x9FC7BC, TAG_DESCRIPTION = 0x650D9D };
#define UF2_START UINT64_C(0x9E5D51570A324655)
#define UF2_END 0x0AB16F30

typedef struct { uint32_t flags, address, size, number, count, family; span_t data; } uf2_block_t;

static bool read_block(span_t image, uint64_t at, uf2_block_t *block)
{
    reader_t r     = reader_at(image, at);
    uint64_t start = read_le64(&r);
    block->flags   = read_le32(&r);
    block->address = read_le32(&r);
    block->size    = read_le32(&r);
    block->number  = read_le32(&r);
    block->count   = read_le32(&r);
    block->family  = read_le32(&r);
    block->data    = read_span(&r, DATA_MAX);
    uint32_t end   = read_le32(&r);
    return reader_ok(&r) && start == UF2_START && end == UF2_END && block->size <= DATA_MAX && block->number < block->count;
}

static unsigned uf2_probe(span_t image)
{
    uf2_block_t block;
    reader_t    r = reader_from(image);
    if (read_block(image, 0, &block))
        return 64 + 32 + 8;
    return read_le64(&r) == UF2_START ? 64 : 0; /* a first block that is broken or cut */
}

static uint64_t uf2_extent(span_t image)
{
    uint64_t at = 0, end = 0;
    reader_t r;
    for (; span_holds(image, at, BLOCK); at += BLOCK) {
        r = reader_at(image, at);
        if (read_le64(&r) != UF2_START)
            break;
        end = at + BLOCK;
    }
    return end > 0 ? end : image.size;
}

/* The families that own most of the files that are about. */
static const struct { uint32_t id; const char *name; } families[] = {
    {0xE48BFF56, "RP2040"}, {0xE48BFF57, "RP2350 absolute"}, {0xE48BFF58, "RP2350 data"}, {0xE48BFF59, "RP2350 ARM secure"},
    {0xE48BFF5A, "RP2350 RISC-V"},
    {0xE48BFF5B, "RP2350 ARM non-secure"}, {0x68ED2B88, "SAMD21"}, {0x55114460, "SAMD51"}, {0xADA52840, "nRF52840"}, {0x1B57745F, "nRF52"},
    {0xBFDD4EEE, "ESP32-S2"}, {0xC47E5767, "ESP32-S3"},
    {0x1C5F21B0, "ESP32"}, {0xD42BA06C, "ESP32-C3"}, {0x57755A57, "STM32F4"}, {0x5EE21072, "STM32F1"},
    {0x7EAB61ED, "ESP8266"}, {0x2ABC77EC, "LPC55"}, {0x4FB2D5BD, "i.MX RT10xx"}, {0x16573617, "ATMEGA32"},
};

static const char *family_name(uint32_t id)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i].id == id)
            return families[i].name;
    return NULL;
}

typedef struct {
    sink_t  *sink;
    memory_t memory;
    uint32_t family, count, next, said;
    uint64_t blocks;
    bool     has_family, said_tags;
} uf2_t;

static void name_space(uint32_t space, char out[MEMORY_SPACE_NAME])
{
    if (space != 0)
        (void)snprintf(out, MEMORY_SPACE_NAME, "family-%08x/", (unsigned)space);
}

static void lost(uf2_t *uf2, uint64_t at, uint64_t length, const char *what)
{
    if (!memory_lost(&uf2->memory, at, length, what))
        sink_damage(uf2->sink, at, length, what);
}

static void say_tags(uf2_t *uf2, span_t tags)
{
    for (reader_t r = reader_from(tags); reader_left(&r) >= 4;) {
        uint8_t  size = read_u8(&r);
        uint32_t type = (uint32_t)read_le(&r, 3);
        span_t   text = size >= 4 ? read_span(&r, size - 4u) : (span_t){NULL, 0};
        if (size < 4 || !reader_ok(&r))
            break;
        if (type == TAG_VERSION || type == TAG_DESCRIPTION)
            sink_fact_printf(uf2->sink, type == TAG_VERSION ? "uf2.version" : "uf2.description", "%.*s", (int)text.size, (const char *)text.at);
        reader_skip(&r, round_up(size, 4) - size);
    }
    uf2->said_tags = true;
}

/* Another family, or a number that begins again, begins another run of blocks. */
static void follow_numbers(uf2_t *uf2, const uf2_block_t *block, uint64_t at)
{
    bool begins = uf2->blocks == 0 || block->count != uf2->count || ((block->flags & HAS_FAMILY) != 0 && block->family != uf2->family);
    if (begins && (block->flags & HAS_FAMILY) != 0 && uf2->said++ < SAID_MAX) {
        const char *name = family_name(block->family);
        sink_fact_printf(uf2->sink, "uf2.family", "0x%08x%s%s", (unsigned)block->family, name != NULL ? " " : "", name != NULL ? name : "");
    }
    if (uf2->blocks > 0 && uf2->next < uf2->count && (begins || block->number > uf2->next))
        lost(uf2, at, 0, "blocks are missing before this one");
    uf2->family     = block->family;
    uf2->has_family = (block->flags & HAS_FAMILY) != 0;
    uf2->count      = block->count;
    uf2->next       = block->number + 1;
}

static void take_block(uf2_t *uf2, const uf2_block_t *block, uint64_t at)
{
    follow_numbers(uf2, block, at);
    uint32_t room = (block->flags & HAS_MD5) != 0 ? DATA_MAX - MD5_PART : DATA_MAX, size = block->size < room ? block->size : room;
    span_t   payload = span_clip(block->data, 0, size), rest = span_from_offset(block->data, size);
    uint32_t space   = uf2->has_family ? block->family : 0;
    if ((block->flags & IS_FILE) != 0 && rest.size > 0 && uf2->next == 1)
        sink_fact_printf(uf2->sink, "uf2.file", "%.*s", (int)strnlen((const char *)rest.at, rest.size), (const char *)rest.at);
    else if ((block->flags & HAS_TAGS) != 0 && !uf2->said_tags)
        say_tags(uf2, rest);
    bool in_flash = (block->flags & NOT_MAIN) == 0;
    sink_claim(uf2->sink, at, HEADER, REGION_STRUCTURE);
    memory_pass(&uf2->memory, at, HEADER);
    if (in_flash)
        memory_add(&uf2->memory, space, block->address, payload, at + HEADER, payload.size, NULL);
    if (span_is_filled_with(rest, 0))
        sink_claim(uf2->sink, at + HEADER + size, rest.size, REGION_PADDING);
    else if ((block->flags & (IS_FILE | HAS_MD5 | HAS_TAGS)) != 0)
        sink_claim(uf2->sink, at + HEADER + size, rest.size, REGION_STRUCTURE);
    else
        sink_note(uf2->sink, at + HEADER + size, "bytes behind a payload that no flag explains");
    sink_claim(uf2->sink, at + BLOCK - 4, 4, REGION_STRUCTURE);
    /* What is behind a payload is explained or not; either way the next block's payload may join, since claims stand as they came first. */
    if (in_flash && (span_is_filled_with(rest, 0) || (block->flags & (IS_FILE | HAS_MD5 | HAS_TAGS)) != 0))
        memory_pass(&uf2->memory, at + HEADER + size, rest.size + 4);
    uf2->blocks++;
}

static status_t uf2_extract(span_t image, sink_t *sink)
{
    uf2_t       uf2 = {.sink = sink};
    uf2_block_t block;
    uint64_t    at = 0, end = uf2_extent(image);
    for (; at < end && !uf2.memory.failed; at += BLOCK) {
        if (read_block(image, at, &block))
            take_block(&uf2, &block, at);
        else
            lost(&uf2, at, min_u64(BLOCK, end - at), "a block that is cut or broken");
    }
    status_t status = uf2.blocks == 0 ? status_fail(STATUS_REJECTED, "uf2", 0, "no block holds") : ok();
    if (status_ok(status)) {
        sink_fact_printf(sink, "uf2.blocks", "%llu", (unsigned long long)uf2.blocks);
        if (uf2.next < uf2.count)
            lost(&uf2, end, 0, "blocks are missing at the end");
        status = memory_show(&uf2.memory, sink, name_space);
    }
    memory_free(&uf2.memory);
    return status;
}

static const magic_t magics[] = {MAGIC("UF2\n\x57\x51\x5D\x9E", 0)};

const extractor_t uf2_extractor = {
    .id = "uf2", .name = "UF2", .specification = "Microsoft, uf2, README.md", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = uf2_probe, .extent = uf2_extent, .extract = uf2_extract,
};
