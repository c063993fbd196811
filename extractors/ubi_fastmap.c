/* A fastmap: what UBI knew of all blocks when it was last detached, so that attaching need not read every header. It begins with a
 * superblock (magic, CRC over all of it with the CRC's field zero, where its blocks are), then counts, two pools of blocks that may have changed
 * since, erase counters, and for each volume a table of its blocks. We read the headers anyway and believe those. */
#include "extractors/ubi.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    FASTMAP_BLOCKS = 32, FASTMAP_SUPER = 312, FASTMAP_CRC_AT = 8, FASTMAP_POOL_BLOCKS = 256,
    FASTMAP_EC = 8, FASTMAP_VOLUME = 32,
};
static const uint32_t counts_magic = 0xD4B82EF7, volume_magic = 0xFA370ED1, table_magic = 0xF0C040A8;

/* Where blocks stand one after another in memory; the fastmap's CRC is over all of them. */
static bool gather(const ubi_t *ubi, size_t super, uint8_t *out, uint32_t *first, uint32_t *blocks)
{
    reader_t r = reader_from(ubi_data(ubi, super));
    reader_skip(&r, 12);
    *blocks = read_be32(&r);
    uint32_t own = read_be32(&r);
    if (!reader_ok(&r) || *blocks == 0 || *blocks > FASTMAP_BLOCKS || own < super)
        return false;
    *first = own - (uint32_t)super;
    for (uint32_t i = 0; i < *blocks; i++) {
        uint32_t number = i == 0 ? own : read_be32(&r);
        span_t   data   = number >= *first && number - *first < ubi->count ? ubi_data(ubi, number - *first) : (span_t){NULL, 0};
        if (!reader_ok(&r) || data.size < ubi->leb_size)
            return false;
        memcpy(out + i * ubi->leb_size, data.at, data.size);
    }
    return true;
}

static bool crc_agrees(span_t bytes)
{
    static const uint8_t zeros[4];
    reader_t r     = reader_at(bytes, FASTMAP_CRC_AT);
    uint32_t saved = read_be32(&r);
    uLong    crc   = crc32_z(0, bytes.at, FASTMAP_CRC_AT);
    crc            = crc32_z(crc, zeros, sizeof zeros);
    crc            = crc32_z(crc, bytes.at + FASTMAP_CRC_AT + 4, bytes.size - FASTMAP_CRC_AT - 4);
    return (uint32_t)~crc == saved;
}

/* Blocks that a pool names may have changed since: their volume is not told by the fastmap. */
static void read_pool(reader_t *r, uint32_t first, size_t count, uint8_t *pooled)
{
    reader_skip(r, 4);
    uint32_t size = read_be16(r);
    reader_skip(r, 2);
    for (uint32_t i = 0; i < FASTMAP_POOL_BLOCKS; i++) {
        uint32_t number = read_be32(r);
        if (i < size && number >= first && number - first < count)
            pooled[number - first] = 1;
    }
    reader_skip(r, 16);
}

/* How many blocks are not what the fastmap says, those in its pools left out. False: it cannot be read. */
static bool compare(const ubi_t *ubi, span_t bytes, uint32_t first, uint8_t *pooled, size_t *others)
{
    reader_t r = reader_at(bytes, FASTMAP_SUPER);
    if (read_be32(&r) != counts_magic)
        return false;
    uint64_t counters = read_be32(&r); /* free blocks, and used, to be scrubbed, and to be erased; bad ones have none */
    counters += read_be32(&r);
    counters += read_be32(&r);
    reader_skip(&r, 4);
    counters += read_be32(&r);
    uint32_t volumes = read_be32(&r);
    reader_skip(&r, 4);
    read_pool(&r, first, ubi->count, pooled);
    read_pool(&r, first, ubi->count, pooled);
    reader_skip(&r, counters * FASTMAP_EC);
    for (uint32_t v = 0; v < volumes && reader_ok(&r); v++) {
        if (read_be32(&r) != volume_magic)
            return false;
        uint32_t id = read_be32(&r);
        reader_skip(&r, FASTMAP_VOLUME - 8);
        if (read_be32(&r) != table_magic)
            return false;
        uint32_t lebs = read_be32(&r);
        for (uint32_t lnum = 0; lnum < lebs && reader_ok(&r); lnum++) {
            uint32_t number = read_be32(&r);
            if (number == UINT32_MAX || number < first || number - first >= ubi->count || pooled[number - first] != 0)
                continue;
            const ubi_peb_t *peb = &ubi->pebs[number - first];
            *others += !peb->current || peb->vid.volume != id || peb->vid.lnum != lnum;
        }
    }
    return reader_ok(&r);
}

static void read_one(ubi_t *ubi, size_t super)
{
    uint64_t room;
    uint32_t first = 0, blocks = 0;
    size_t   others = 0;
    if (!checked_mul(min_u64(FASTMAP_BLOCKS, ubi->count), ubi->leb_size, &room))
        return;
    uint8_t *bytes = malloc((size_t)room + 1), *pooled = calloc(ubi->count + 1, 1);
    bool     whole = bytes != NULL && pooled != NULL && span_has_text_at(ubi_data(ubi, super), 0, "\x7B\x11\xD6\x9F");
    if (whole && ubi_data(ubi, super).size >= 16) {
        reader_t r = reader_at(ubi_data(ubi, super), 12);
        whole      = read_be32(&r) <= ubi->count && gather(ubi, super, bytes, &first, &blocks);
    }
    span_t   all  = span_from(bytes, whole ? (size_t)(blocks * ubi->leb_size) : 0);
    uint64_t at   = ubi_data_at(ubi, super);
    bool     good = whole && all.size > FASTMAP_SUPER && crc_agrees(all);
    if (!good || !compare(ubi, all, first, pooled, &others))
        sink_damage(ubi->sink, at, FASTMAP_SUPER, "a fastmap that cannot be read; the headers were believed in any case");
    else if (others > 0)
        sink_note(ubi->sink, at, "the fastmap is older than the headers: they disagree about some blocks");
    sink_fact_printf(ubi->sink, "ubi.fastmap", good ? "%u blocks, %zu disagree with the headers" : "%u blocks, damaged", blocks, others);
    free(bytes);
    free(pooled);
}

/* Its blocks are structure as far as they are used: what is behind is filling. */
static void claim_block(const ubi_t *ubi, size_t peb)
{
    span_t data = ubi_data(ubi, peb);
    size_t used = data.size;
    while (used > 0 && data.at[used - 1] == data.at[data.size - 1])
        used--;
    sink_claim(ubi->sink, ubi_data_at(ubi, peb), used, REGION_STRUCTURE);
}

void ubi_read_fastmap(ubi_t *ubi)
{
    static const uint32_t volumes[] = {UBI_FASTMAP_SUPER_VOLUME, UBI_FASTMAP_DATA_VOLUME};
    for (size_t v = 0; v < 2; v++) {
        size_t count, from = ubi_blocks_of(ubi, volumes[v], &count);
        bool   told = false;
        for (size_t i = from; i < from + count; i++) {
            if (v == 0 && !told && ubi->pebs[ubi->order[i]].current)
                read_one(ubi, ubi->order[i]);
            told = told || ubi->pebs[ubi->order[i]].current;
            claim_block(ubi, ubi->order[i]);
        }
    }
}
