/* Volume descriptors of a UDF, partitions and how their blocks are found. */
#include "extractors/udf.h"

#include <stdlib.h>

enum {
    RECOGNITION_AT = 32768, ANCHOR_SECTOR = 256, SEQUENCE_MAX = 256, HOPS_MAX = 16, LOGICAL_MAPS_AT = 440, ANCHORS_BEHIND = 512, VAT_SEARCH = 64,
        MAPPINGS_MAX = 1 << 22,
    VAT_TYPE = 248, VAT_TRAILER = 36, FILE_TYPE_AT = 27
};

static const uint32_t sector_sizes[] = {2048, 512, 4096, 1024};

/* CRC-16 of ITU-T V.41: polynomial 1021, from 0. */
static uint16_t crc16(span_t bytes)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= (uint32_t)bytes.at[i] << 8;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
        crc &= 0xFFFF;
    }
    return (uint16_t)crc;
}

udf_tag_t udf_tag_of(span_t descriptor, uint16_t identifier)
{
    reader_t r   = reader_from(descriptor);
    uint16_t id  = read_le16(&r), version = read_le16(&r);
    uint8_t  sum = 0;
    reader_skip(&r, 4);
    uint16_t crc = read_le16(&r), length = read_le16(&r);
    if (!reader_ok(&r) || descriptor.size < UDF_TAG_SIZE || (identifier != 0 && id != identifier) || id == 0 || version < 2 || version > 3)
        return UDF_TAG_NONE;
    for (size_t i = 0; i < UDF_TAG_SIZE; i++)
        sum = (uint8_t)(sum + (i == 4 ? 0 : descriptor.at[i]));
    /* Where identifiers of files are searched for, a CRC at every step would take a long time. */
    if (sum != descriptor.at[4] && id == UDF_FILE_IDENTIFIER)
        return UDF_TAG_NONE;
    span_t covered  = span_sub(descriptor, UDF_TAG_SIZE, length);
    bool   sum_good = sum == descriptor.at[4], crc_good = covered.at != NULL && crc16(covered) == crc;
    return sum_good && crc_good ? UDF_TAG_SOUND : sum_good || crc_good ? UDF_TAG_DAMAGED : UDF_TAG_NONE;
}

udf_extent_t udf_read_long(reader_t *r)
{
    uint32_t     length = read_le32(r);
    udf_extent_t extent = {.length = length & 0x3FFFFFFF, .kind = (uint8_t)(length >> 30)};
    extent.at.block     = read_le32(r);
    extent.at.partition = read_le16(r);
    reader_skip(r, 6);
    return extent;
}

/* ---- texts and times ---- */

static void append_code_point(buffer_t *out, uint32_t c)
{
    if (c < 0x80) {
        buffer_append_byte(out, (uint8_t)c);
    } else if (c < 0x800) {
        buffer_append_byte(out, (uint8_t)(0xC0 | c >> 6));
        buffer_append_byte(out, (uint8_t)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buffer_append_byte(out, (uint8_t)(0xE0 | c >> 12));
        buffer_append_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
        buffer_append_byte(out, (uint8_t)(0x80 | (c & 0x3F)));
    } else {
        buffer_append_byte(out, (uint8_t)(0xF0 | c >> 18));
        buffer_append_byte(out, (uint8_t)(0x80 | (c >> 12 & 0x3F)));
        buffer_append_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
        buffer_append_byte(out, (uint8_t)(0x80 | (c & 0x3F)));
    }
}

void udf_append_text(buffer_t *out, span_t text)
{
    if (text.size == 0)
        return;
    reader_t r    = reader_at(text, 1);
    bool     wide = text.at[0] == 16 || text.at[0] == 255;
    while (reader_left(&r) >= (wide ? 2u : 1u)) {
        uint32_t c = wide ? read_be16(&r) : read_u8(&r);
        if (c >= 0xD800 && c < 0xDC00 && reader_left(&r) >= 2) {
            reader_t ahead = r;
            uint32_t low   = read_be16(&ahead);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                r = ahead;
            }
        }
        append_code_point(out, c);
    }
}

static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era         = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (int64_t)(153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

bool udf_time(span_t stamp, int64_t *seconds)
{
    reader_t r    = reader_from(stamp);
    uint16_t zone = read_le16(&r);
    int16_t  year = (int16_t)read_le16(&r);
    uint8_t  month = read_u8(&r), day = read_u8(&r), hour = read_u8(&r), minute = read_u8(&r), second = read_u8(&r);
    if (!reader_ok(&r) || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return false;
    int offset = (zone & 0xFFF) >= 0x800 ? (int)(zone & 0xFFF) - 0x1000 : (int)(zone & 0xFFF);
    if (zone >> 12 != 1 || offset == -2047)
        offset = 0; /* not local time with a zone: taken as it is */
    *seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - (int64_t)offset * 60;
    return true;
}

/* ---- recognition, anchors, descriptors ---- */

static void claim(const udf_volume_t *v, uint64_t at, uint64_t length)
{
    if (v->sink != NULL && at < v->image.size)
        sink_claim(v->sink, at, min_u64(length, v->image.size - at), REGION_STRUCTURE);
}

static void damage(const udf_volume_t *v, uint64_t at, uint64_t length, const char *what)
{
    if (v->sink != NULL)
        sink_damage(v->sink, min_u64(at, v->image.size), length, what);
}

/* Does the recognition sequence say NSR02 or NSR03? Other descriptors, also those of ISO 9660, stand before and behind. */
static bool recognised(const udf_volume_t *v)
{
    static const char *const known[] = {"BEA01", "NSR02", "NSR03", "TEA01", "CD001", "BOOT2", "CDW02"};
    bool     nsr  = false;
    uint32_t step = v->block == 4096 ? 4096 : 2048;
    for (unsigned i = 0; i < 64; i++) {
        uint64_t at  = RECOGNITION_AT + (uint64_t)i * step;
        bool     any = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            any = any || span_has_text_at(v->image, at + 1, known[k]);
        if (!any && i > 1)
            break; /* one may be damaged */
        nsr = nsr || span_has_text_at(v->image, at + 1, "NSR0");
        if (any && !span_has_text_at(v->image, at + 1, "CD001"))
            claim(v, at, step);
    }
    return nsr;
}

static bool anchor_at(const udf_volume_t *v, uint64_t sector)
{
    span_t   anchor = span_sub(v->image, sector * v->block, 512);
    reader_t r      = reader_at(anchor, 12);
    return udf_tag_of(anchor, UDF_ANCHOR) == UDF_TAG_SOUND && read_le32(&r) == sector;
}

static bool find_anchor(udf_volume_t *v)
{
    for (size_t i = 0; i < sizeof sector_sizes / sizeof *sector_sizes; i++) {
        v->block         = sector_sizes[i];
        uint64_t sectors = v->image.size / v->block;
        uint64_t tried[] = {ANCHOR_SECTOR, 512, sectors - 1, sectors - 1 - ANCHOR_SECTOR};
        for (size_t k = 0; k < sizeof tried / sizeof *tried; k++)
            if (tried[k] >= ANCHOR_SECTOR && tried[k] < sectors && anchor_at(v, tried[k])) {
                v->anchor = tried[k];
                return true;
            }
    }
    return false;
}

static void reach(udf_volume_t *v, uint64_t sector, uint64_t bytes)
{
    uint64_t end = sector * v->block + round_up(bytes, v->block); /* both come from 32 bits */
    v->end       = max_u64(v->end, end);
}

typedef struct { uint64_t primary, logical; uint32_t primary_number, logical_number; struct { uint32_t start, blocks,
    number; uint16_t id; uint64_t at; } partitions[UDF_PARTITIONS_MAX]; size_t partition_count; } sequence_t;

static void note_partition(const udf_volume_t *v, uint64_t at, uint32_t number, sequence_t *sequence)
{
    reader_t r = reader_at(v->image, at + 22);
    uint16_t id = read_le16(&r);
    size_t   i  = 0;
    while (i < sequence->partition_count && sequence->partitions[i].id != id)
        i++;
    if (i == UDF_PARTITIONS_MAX || (i < sequence->partition_count && sequence->partitions[i].number > number))
        return;
    r = reader_at(v->image, at + 188);
    sequence->partitions[i].id     = id;
    sequence->partitions[i].number = number;
    sequence->partitions[i].at     = at;
    sequence->partitions[i].start  = read_le32(&r);
    sequence->partitions[i].blocks = read_le32(&r);
    if (i == sequence->partition_count)
        sequence->partition_count++;
}

/* The descriptors with the highest sequence numbers, of each kind. */
static void read_sequence(udf_volume_t *v, uint32_t sector, uint32_t bytes, sequence_t *sequence)
{
    *sequence = (sequence_t){0};
    for (unsigned i = 0, hops = 0; i < SEQUENCE_MAX && (uint64_t)i * v->block < bytes; i++) {
        uint64_t  at         = ((uint64_t)sector + i) * v->block;
        span_t    descriptor = span_sub(v->image, at, v->block);
        udf_tag_t tag        = udf_tag_of(descriptor, 0);
        if (tag == UDF_TAG_NONE) {
            if (descriptor.at == NULL || span_is_filled_with(descriptor, 0))
                return;
            damage(v, at, v->block, "a volume descriptor is not sound");
            continue;
        }
        claim(v, at, v->block);
        if (tag == UDF_TAG_DAMAGED)
            damage(v, at, v->block, "checksum or CRC of a volume descriptor do not agree with it");
        reader_t r  = reader_from(descriptor);
        uint16_t id = read_le16(&r);
        reader_skip(&r, 14);
        uint32_t number = read_le32(&r);
        if (id == UDF_TERMINATOR)
            return;
        if (id == UDF_PRIMARY && (sequence->primary == 0 || number >= sequence->primary_number)) {
            sequence->primary        = at;
            sequence->primary_number = number;
        } else if (id == UDF_LOGICAL && (sequence->logical == 0 || number >= sequence->logical_number)) {
            sequence->logical        = at;
            sequence->logical_number = number;
        } else if (id == UDF_PARTITION) {
            note_partition(v, at, number, sequence);
        } else if (id == UDF_POINTER && hops++ < HOPS_MAX) {
            bytes  = read_le32(&r);
            sector = read_le32(&r);
            i      = UINT32_MAX; /* wraps to the first of the next extent */
        }
    }
}

/* A map of the logical volume: a partition, as it is or with something in between. */
static bool add_partition(udf_volume_t *v, span_t map, const sequence_t *sequence)
{
    static const struct { const char *identifier; udf_kind_t kind; } kinds[] = {
        {"*UDF Virtual Partition", UDF_VIRTUAL}, {"*UDF Sparable Partition", UDF_SPARABLE}, {"*UDF Metadata Partition", UDF_METADATA},
    };
    udf_partition_t *partition = &v->partitions[v->partition_count++];
    uint8_t          type      = map.at[0];
    reader_t         r         = reader_at(map, type == 1 ? 4 : 38);
    *partition                 = (udf_partition_t){.kind = UDF_PHYSICAL};
    partition->number          = read_le16(&r);
    partition->broken          = type != 1;
    for (size_t i = 0; type == 2 && i < sizeof kinds / sizeof *kinds; i++)
        if (span_has_text_at(map, 5, kinds[i].identifier)) {
            partition->kind   = kinds[i].kind;
            partition->broken = false;
        }
    if (partition->kind == UDF_SPARABLE) {
        partition->packet = read_le16(&r);
        uint8_t tables    = read_u8(&r);
        reader_skip(&r, 5);
        for (size_t i = 0; i < 4 && i < tables; i++)
            partition->places[i] = read_le32(&r);
    } else if (partition->kind == UDF_METADATA) {
        for (size_t i = 0; i < 3; i++)
            partition->places[i] = read_le32(&r);
    }
    for (size_t i = 0; i < sequence->partition_count; i++)
        if (sequence->partitions[i].id == partition->number) {
            partition->start  = sequence->partitions[i].start;
            partition->blocks = sequence->partitions[i].blocks;
            reach(v, partition->start, (uint64_t)partition->blocks * v->block);
        }
    return reader_ok(&r);
}

static bool read_logical(udf_volume_t *v, const sequence_t *sequence)
{
    span_t   logical = span_sub(v->image, sequence->logical, v->block);
    reader_t r       = reader_at(logical, 212);
    if (sequence->logical == 0 || sequence->partition_count == 0 || read_le32(&r) != v->block)
        return false;
    r           = reader_at(logical, 240);
    v->revision = read_le16(&r);
    r           = reader_at(logical, 248);
    v->file_set = udf_read_long(&r);
    uint32_t table = read_le32(&r), maps = read_le32(&r);
    r                       = reader_at(logical, 432);
    uint32_t integrity_size = read_le32(&r), integrity = read_le32(&r);
    v->logical              = sequence->logical;
    v->primary              = sequence->primary;
    v->integrity            = integrity_size > 0 ? (uint64_t)integrity * v->block : 0;
    reach(v, integrity, integrity_size);
    v->partition_count = 0;
    span_t all         = span_clip(logical, LOGICAL_MAPS_AT, table);
    for (size_t at = 0; at + 6 <= all.size && v->partition_count < UDF_PARTITIONS_MAX && v->partition_count < maps;) {
        span_t map = span_sub(all, at, all.at[at + 1]);
        if (map.size < 6 || (map.at[0] == 2 && map.size < 64) || !add_partition(v, map, sequence))
            break;
        at += map.size;
    }
    return v->partition_count > 0;
}

/* Bitmaps of free blocks, which the header of the partition leads to. */
static void claim_bitmaps(udf_volume_t *v, const sequence_t *sequence)
{
    for (size_t i = 0; i < sequence->partition_count; i++)
        for (unsigned field = 0; field < 5; field++) {
            reader_t r      = reader_at(v->image, sequence->partitions[i].at + 56 + 8 * (uint64_t)field);
            uint32_t length = read_le32(&r) & 0x3FFFFFFF;
            uint64_t at     = ((uint64_t)sequence->partitions[i].start + read_le32(&r)) * v->block;
            reader_t tag    = reader_at(v->image, at);
            if (length == 0 || !reader_ok(&r) || read_le16(&tag) != UDF_SPACE_BITMAP)
                continue;
            tag            = reader_at(v->image, at + 20);
            uint32_t bytes = read_le32(&tag);
            claim(v, at, min_u64(length, 24 + (uint64_t)bytes));
        }
}

static void claim_integrity(udf_volume_t *v)
{
    uint64_t at = v->integrity;
    for (unsigned i = 0; at != 0 && i < SEQUENCE_MAX; i++) {
        udf_tag_t tag = udf_tag_of(span_sub(v->image, at, v->block), UDF_INTEGRITY);
        if (tag == UDF_TAG_NONE && udf_tag_of(span_sub(v->image, at, v->block), UDF_TERMINATOR) != UDF_TAG_NONE)
            claim(v, at, v->block);
        if (tag == UDF_TAG_NONE)
            return;
        v->integrity = at; /* the last one counts */
        claim(v, at, v->block);
        reader_t r    = reader_at(v->image, at + 32);
        uint32_t size = read_le32(&r), next = read_le32(&r);
        at            = size > 0 ? (uint64_t)next * v->block : at + v->block;
    }
}

/* Further anchors behind everything else belong to the volume. */
static void find_end(udf_volume_t *v)
{
    uint64_t first = v->end / v->block, last = min_u64(first + ANCHORS_BEHIND, v->image.size / v->block);
    for (uint64_t sector = first; sector < last; sector++)
        if (anchor_at(v, sector))
            v->end = (sector + 1) * v->block;
    for (unsigned copy = 0; copy < 2; copy++) {
        uint64_t at = copy == 0 ? ANCHOR_SECTOR : 512;
        if (anchor_at(v, at))
            claim(v, at * v->block, v->block);
    }
    if (v->end >= 257 * (uint64_t)v->block) {
        uint64_t sectors = v->end / v->block;
        for (uint64_t sector = sectors - 257; sector < sectors; sector += 256)
            if (anchor_at(v, sector))
                claim(v, sector * v->block, v->block);
    }
}

bool udf_open(span_t image, sink_t *sink, udf_volume_t *v)
{
    *v = (udf_volume_t){.image = image, .sink = sink};
    if (!find_anchor(v) || !recognised(v))
        return false;
    reader_t   r = reader_at(image, v->anchor * v->block + UDF_TAG_SIZE);
    uint32_t   size[2], sector[2];
    sequence_t sequences[2];
    for (unsigned i = 0; i < 2; i++) {
        size[i]   = read_le32(&r);
        sector[i] = read_le32(&r);
        reach(v, sector[i], size[i]);
        read_sequence(v, sector[i], size[i], &sequences[i]);
    }
    reach(v, v->anchor, v->block);
    if (v->anchor != ANCHOR_SECTOR && !anchor_at(v, ANCHOR_SECTOR) && sink != NULL)
        sink_note(sink, ANCHOR_SECTOR * (uint64_t)v->block, "no anchor at sector 256: another one is used");
    unsigned used = read_logical(v, &sequences[0]) ? 0 : read_logical(v, &sequences[1]) ? 1 : 2;
    if (used == 1)
        damage(v, (uint64_t)sector[0] * v->block, size[0], "the main volume descriptors are not complete: the reserve is used");
    if (used == 0 && sink != NULL && sequences[1].logical != 0
        && !span_equal(span_sub(image, sequences[0].logical + 84, v->block - 84), span_sub(image, sequences[1].logical + 84, v->block - 84)))
        sink_note(sink, sequences[1].logical, "the reserve volume descriptors describe another volume than the main ones, which are used");
    if (used < 2 && sink != NULL) {
        claim_bitmaps(v, &sequences[used]);
        claim_integrity(v);
    }
    find_end(v);
    v->end = min_u64(v->end, image.size);
    return true;
}

void udf_close(udf_volume_t *v)
{
    for (size_t i = 0; i < v->partition_count; i++)
        free(v->partitions[i].mappings);
    free(v->taken);
    v->partition_count = 0;
    v->taken           = NULL;
}

/* ---- where blocks are ---- */

/* The mapping that holds `block`, or the next one behind; NULL: none. */
static const udf_mapping_t *mapping_of(const udf_partition_t *partition, uint32_t block)
{
    size_t low = 0, high = partition->mapping_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if ((uint64_t)partition->mappings[middle].from + partition->mappings[middle].blocks <= block)
            low = middle + 1;
        else
            high = middle;
    }
    return low < partition->mapping_count ? &partition->mappings[low] : NULL;
}

uint64_t udf_locate(const udf_volume_t *v, udf_address_t address, uint64_t length, uint64_t *at)
{
    if (address.partition >= v->partition_count || v->partitions[address.partition].broken)
        return 0;
    const udf_partition_t *partition = &v->partitions[address.partition];
    const udf_mapping_t   *mapping   = mapping_of(partition, address.block);
    bool                   mapped    = mapping != NULL && mapping->from <= address.block;
    uint64_t               sector    = (uint64_t)partition->start + address.block;
    uint64_t               run       = partition->blocks > address.block ? partition->blocks - address.block : 0;
    if (mapped) {
        /* Spare packets stand anywhere in the volume, the others in the partition. */
        uint64_t base = partition->kind == UDF_SPARABLE ? 0 : partition->start;
        sector        = base + mapping->to + (address.block - mapping->from);
        run           = (uint64_t)mapping->from + mapping->blocks - address.block;
    } else if (partition->kind == UDF_VIRTUAL || partition->kind == UDF_METADATA) {
        return 0;
    } else if (mapping != NULL) {
        run = min_u64(run, mapping->from - address.block);
    }
    *at = sector * v->block;
    return min_u64(length, run * v->block);
}

static bool add_mapping(udf_partition_t *partition, udf_mapping_t mapping)
{
    size_t         count = partition->mapping_count;
    udf_mapping_t *last  = count > 0 ? &partition->mappings[count - 1] : NULL;
    if (mapping.blocks == 0)
        return true;
    if (last != NULL && (uint64_t)last->from + last->blocks == mapping.from && (uint64_t)last->to + last->blocks == mapping.to) {
        last->blocks += mapping.blocks;
        return true;
    }
    if ((count & (count - 1)) == 0) {
        udf_mapping_t *more = count < MAPPINGS_MAX ? realloc(partition->mappings, (count == 0 ? 1 : count * 2) * sizeof *more) : NULL;
        if (more == NULL)
            return false;
        partition->mappings = more;
    }
    partition->mappings[partition->mapping_count++] = mapping;
    return true;
}

static int by_from(const void *a, const void *b)
{
    const udf_mapping_t *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static bool map_sparable(udf_volume_t *v, udf_partition_t *partition)
{
    bool read = false;
    for (size_t i = 0; i < 4 && partition->places[i] != 0; i++) {
        uint64_t at    = (uint64_t)partition->places[i] * v->block;
        reader_t r     = reader_at(v->image, at + 48);
        uint16_t count = read_le16(&r);
        if (!span_has_text_at(v->image, at + UDF_TAG_SIZE + 1, "*UDF Sparing Table") || !span_holds(v->image, at, 56 + 8 * (uint64_t)count)) {
            damage(v, at, v->block, "a sparing table is not sound");
            continue;
        }
        claim(v, at, 56 + 8 * (uint64_t)count);
        r = reader_at(v->image, at + 56);
        for (size_t k = 0; k < count && !read && partition->packet > 0; k++) {
            uint32_t from = read_le32(&r), to = read_le32(&r);
            if (from < 0xFFFFFFF0 && !add_mapping(partition, (udf_mapping_t){from, to, partition->packet}))
                return false;
        }
        read = true;
    }
    if (partition->mapping_count > 0)
        qsort(partition->mappings, partition->mapping_count, sizeof *partition->mappings, by_from);
    return true;
}

typedef struct { udf_volume_t *v; buffer_t *out; } gathering_t;

/* The content of a small file of the volume itself. */
static bool gather(void *context, const udf_extent_t *extent)
{
    gathering_t *to = context;
    for (uint64_t done = 0; done < extent->length;) {
        udf_address_t from = {extent->at.block + (uint32_t)(done / to->v->block), extent->at.partition};
        uint64_t      at, bytes = udf_locate(to->v, from, extent->length - done, &at);
        span_t        piece = span_sub(to->v->image, at = bytes > 0 ? at : 0, bytes);
        if (piece.size == 0 || extent->kind != 0 || to->out->size > to->v->image.size)
            return false;
        buffer_append(to->out, piece);
        claim(to->v, at, piece.size);
        done += bytes;
    }
    return true;
}

/* The virtual allocation table is the last thing that was written: its entry is looked for from the end on. */
static bool map_virtual(udf_volume_t *v, udf_partition_t *partition, uint16_t physical)
{
    udf_entry_t entry;
    uint64_t    sectors = v->image.size / v->block;
    partition->broken   = true;
    while (sectors > 1 && span_is_filled_with(span_sub(v->image, (sectors - 1) * v->block, v->block), 0))
        sectors--; /* the image may be filled up */
    for (uint64_t back = 1; back <= VAT_SEARCH && back < sectors; back++) {
        uint64_t sector = sectors - back;
        uint64_t at     = sector * v->block;
        uint8_t  type   = v->image.at[at + FILE_TYPE_AT];
        if (sector < partition->start || (type != VAT_TYPE && type != 0) || sector - partition->start > UINT32_MAX
            || !udf_read_entry(v, (udf_address_t){(uint32_t)(sector - partition->start), physical}, &entry))
            continue;
        buffer_t table = {0};
        gathering_t to    = {v, &table};
        (void)udf_extents(v, &entry, gather, &to);
        span_t all = span_clip(buffer_span(&table), 0, entry.size);
        if ((entry.flags & 7) == 3)
            all = span_clip(v->image, entry.descriptors_at, entry.descriptors_length);
        reader_t r    = reader_from(all);
        uint64_t from = type == VAT_TYPE ? read_le16(&r) : 0, to_end = all.size;
        if (type == 0) {
            bool vat = all.size >= VAT_TRAILER && span_has_text_at(all, all.size - VAT_TRAILER + 1, "*UDF Virtual Alloc Tbl");
            to_end   = vat ? all.size - VAT_TRAILER : 0;
        }
        r         = reader_at(all, from);
        bool good = to_end > from && reader_ok(&r);
        for (uint32_t block = 0; good && from + 4 * (uint64_t)block + 4 <= to_end; block++) {
            uint32_t to_block = read_le32(&r);
            if (to_block != UINT32_MAX && !add_mapping(partition, (udf_mapping_t){block, to_block, 1})) {
                buffer_free(&table);
                return false;
            }
        }
        buffer_free(&table);
        if (good) {
            claim(v, at, v->block);
            partition->broken = false;
            return true;
        }
    }
    damage(v, v->image.size, 0, "the virtual allocation table is not at the end: the blocks of the virtual partition cannot be found");
    return true;
}

typedef struct { udf_partition_t *partition; uint32_t block_size, next; bool failed; } metadata_t;

static bool map_piece(void *context, const udf_extent_t *extent)
{
    metadata_t *m      = context;
    uint32_t    blocks = (uint32_t)((extent->length + (uint64_t)m->block_size - 1) / m->block_size);
    if (extent->kind == 0)
        m->failed = !add_mapping(m->partition, (udf_mapping_t){m->next, extent->at.block, blocks});
    m->next += blocks;
    return !m->failed && m->next < UINT32_MAX / 2;
}

typedef struct { udf_volume_t *v; const udf_partition_t *partition; uint32_t next; } mirror_t;

/* A block of the mirror is explained when it is that of the metadata file. */
static bool mirror_piece(void *context, const udf_extent_t *extent)
{
    mirror_t *m = context;
    for (uint32_t block = 0; (uint64_t)block * m->v->block < extent->length; block++, m->next++) {
        const udf_mapping_t *mapping = mapping_of(m->partition, m->next);
        uint64_t             here    = ((uint64_t)m->partition->start + extent->at.block + block) * m->v->block;
        if (mapping == NULL)
            return false;
        uint64_t there = ((uint64_t)m->partition->start + mapping->to + (m->next - mapping->from)) * m->v->block;
        span_t   copy  = span_sub(m->v->image, here, m->v->block);
        if (mapping->from <= m->next && copy.size > 0 && span_equal(copy, span_sub(m->v->image, there, m->v->block)))
            claim(m->v, here, m->v->block);
    }
    return true;
}

static void claim_mirror(udf_volume_t *v, const udf_partition_t *partition, const udf_entry_t *entry)
{
    mirror_t m = {v, partition, 0};
    (void)udf_extents(v, entry, mirror_piece, &m);
}

static bool map_metadata(udf_volume_t *v, udf_partition_t *partition, uint16_t physical)
{
    udf_entry_t entry;
    partition->broken = true;
    for (size_t i = 0; i < 2; i++) {
        bool read = udf_read_entry(v, (udf_address_t){partition->places[i], physical}, &entry);
        if (!read || entry.damaged)
            damage(v, read ? entry.offset : ((uint64_t)partition->start + partition->places[i]) * v->block, v->block,
                   i == 0 ? "the entry of the metadata file is not sound" : "the entry of the metadata mirror is not sound");
        if (!read)
            continue;
        claim(v, entry.offset, v->block);
        if (!partition->broken) {
            claim_mirror(v, partition, &entry);
            continue;
        }
        metadata_t m      = {partition, v->block, 0, false};
        partition->broken = udf_extents(v, &entry, map_piece, &m) != NULL && partition->mapping_count == 0;
        if (m.failed)
            return false;
    }
    if (partition->places[2] != UINT32_MAX && udf_read_entry(v, (udf_address_t){partition->places[2], physical}, &entry)) {
        buffer_t bitmap = {.limit = v->image.size};
        gathering_t to     = {v, &bitmap};
        claim(v, entry.offset, v->block);
        (void)udf_extents(v, &entry, gather, &to);
        buffer_free(&bitmap);
    }
    return true;
}

bool udf_map_partitions(udf_volume_t *v)
{
    bool good = true;
    v->taken  = calloc(v->image.size / v->block / 8 + 1, 1);
    /* What lies below the mapped ones: the physical or sparable partition of the same number. */
    for (size_t i = 0; i < v->partition_count && good; i++)
        if (v->partitions[i].kind == UDF_SPARABLE)
            good = map_sparable(v, &v->partitions[i]);
    for (size_t i = 0; i < v->partition_count && good; i++) {
        udf_partition_t *partition = &v->partitions[i];
        uint16_t         below     = UINT16_MAX;
        if (partition->kind != UDF_VIRTUAL && partition->kind != UDF_METADATA)
            continue;
        for (uint16_t k = 0; k < v->partition_count; k++)
            if (v->partitions[k].number == partition->number && (v->partitions[k].kind == UDF_PHYSICAL || v->partitions[k].kind == UDF_SPARABLE))
                below = k;
        good = partition->kind == UDF_VIRTUAL ? map_virtual(v, partition, below) : map_metadata(v, partition, below);
    }
    return good && v->taken != NULL;
}
