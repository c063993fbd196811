/* Qualcomm's table: two magic words, version, count of entries; an entry: name (16 bytes, "0:SBL1"), first block, count of blocks, attributes.
 * Little-endian. The size of a block is that of the flash's erase block, which the table does not say: those in use are tried. */
#include "extractors/mtd.h"

enum { HEADER = 16, ENTRY = 28, NAME = 16, PLACES_MAX = 32 };

static void read_table(span_t dump, uint64_t at, uint64_t block, const mtd_judge_t *judge)
{
    mtd_layout_t layout = {.source = "Qualcomm partition table", .found_at = at, .bits = 64};
    reader_t     r      = reader_at(dump, at + 8);
    reader_skip(&r, 4);
    uint32_t count = read_le32(&r);
    for (uint32_t i = 0; i < count && i < MTD_PARTITIONS_MAX; i++) {
        span_t   name  = read_span(&r, NAME);
        uint32_t first = read_le32(&r), blocks = read_le32(&r);
        reader_skip(&r, 4);
        uint64_t offset = first * block, size = blocks == UINT32_MAX ? (dump.size > offset ? dump.size - offset : 0) : blocks * block;
        if (!reader_ok(&r) || !mtd_add(&layout, name.size > 2 && span_has_text_at(name, 0, "0:") ? span_from_offset(name, 2) : name, offset, size))
            return;
    }
    judge->judge(judge->context, &layout);
}

void mtd_from_qualcomm(span_t dump, const mtd_judge_t *judge)
{
    static const uint8_t  magic[]  = {0xAA, 0x73, 0xEE, 0x55, 0xDB, 0xBD, 0x5E, 0xE3};
    static const uint64_t blocks[] = {4 << 10, 64 << 10, 128 << 10, 256 << 10, 512 << 10};
    const uint8_t        *at = dump.at, *end = dump.at + dump.size;
    for (size_t n = 0; n < PLACES_MAX && (at = memmem(at, (size_t)(end - at), magic, sizeof magic)) != NULL; n++) {
        uint64_t place = (uint64_t)(at - dump.at);
        at += sizeof magic;
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
            read_table(dump, place, blocks[i], judge);
    }
}
