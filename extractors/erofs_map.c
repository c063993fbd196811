/* Where the content of an inode stands, extent after extent. Compressed inodes have a header of 8 bytes and then an index entry for each
 * lcluster, 8 bytes (full) or 2 to 4 (compact: packs of 2 or 16 entries that share one block address), or records of extents. An entry
 * is the head of an extent (plain or compressed: where in the lcluster it begins, which block), or says how far the head is. */
#include "extractors/erofs.h"

enum { ADVISE_COMPACT_2B = 1, ADVISE_EXTENTS = 1, ADVISE_BIG_1 = 2, ADVISE_BIG_2 = 4, ADVISE_INLINE = 8, ADVISE_INTERLACED = 16, ADVISE_FRAGMENT = 32 };
enum { PLAIN, HEAD_1, NONHEAD, HEAD_2 };
enum { COUNT_FLAG = 1 << 11, COUNT_BITS = 12, PARTIAL_FLAG = 1 << 15, COMPACT_BITS_MAX = 14 };
enum { CHUNK_BITS = 0x1F, CHUNK_INDEXES = 0x20, CHUNK_48BIT = 0x40 };
enum { EXTENT_PARTIAL = 1 << 27, EXTENT_FORMAT_SHIFT = 28, EXTENT_LENGTH = (2 << 20) - 1 };

#define NO_INDEX "the index of compressed extents cannot be read from here on"

static void begin_compressed(erofs_map_t *m)
{
    const erofs_inode_t *inode = m->inode;
    uint64_t             at    = round_up(inode->end, 8);
    reader_t             r     = reader_at(m->fs->image, at);
    uint64_t             whole = read_le64(&r);
    m->index_at = m->index_end = at < UINT64_MAX - 16 ? at + 8 : at;
    m->broken                  = !reader_ok(&r);
    if (whole >> 63 != 0) {
        m->whole_fragment = true;
        m->fragment       = whole & ~(UINT64_C(1) << 63);
        return;
    }
    m->advise = (uint32_t)(whole >> 32 & 0xFFFF);
    m->bits   = (uint8_t)(m->fs->super.block_bits + (whole >> 56 & 15));
    if (inode->layout == EROFS_COMPRESSED_FULL && (m->advise & ADVISE_EXTENTS) != 0) {
        m->record_size = (uint8_t)(4u << (m->advise >> 1 & 3));
        m->records     = (whole & UINT32_MAX) | (whole >> 48) << 32;
        m->index_at    = round_up(m->index_at, m->record_size);
        if (m->record_size == 4) {
            reader_t first = reader_at(m->fs->image, m->index_at);
            m->place       = read_le64(&first);
            m->broken      = m->broken || !reader_ok(&first);
            m->index_at += 8;
        }
        m->index_end = m->index_at;
        return;
    }
    m->algorithms[0] = (uint8_t)(whole >> 48 & 15);
    m->algorithms[1] = (uint8_t)(whole >> 52 & 15);
    m->tail_size     = (uint32_t)(whole >> 16 & 0xFFFF);
    m->fragment      = whole & UINT32_MAX;
    m->lclusters     = (inode->size >> m->bits) + ((inode->size & ((UINT64_C(1) << m->bits) - 1)) != 0);
    if (inode->layout == EROFS_COMPRESSED_FULL)
        m->index_at = m->index_end = m->index_at + 8;
    else if (m->bits > COMPACT_BITS_MAX)
        m->broken = true;
}

void erofs_map_begin(erofs_map_t *map, const erofs_t *fs, const erofs_inode_t *inode)
{
    *map = (erofs_map_t){.fs = fs, .inode = inode, .index_end = inode->end, .index_at = inode->end};
    if (inode->layout == EROFS_COMPRESSED_FULL || inode->layout == EROFS_COMPRESSED_COMPACT)
        begin_compressed(map);
    else if (inode->layout == EROFS_CHUNKS)
        map->index_at = map->index_end = round_up(inode->end, (inode->raw & CHUNK_INDEXES) != 0 ? 8 : 4);
    else if (inode->layout != EROFS_FLAT && inode->layout != EROFS_INLINE)
        map->broken = true;
}

uint64_t erofs_map_end(const erofs_map_t *map) { return map->index_end; }

/* ---- flat and chunks ---- */

static bool take(erofs_map_t *m, erofs_extent_t *extent)
{
    m->next = extent->from + extent->size;
    return true;
}

static bool lose(erofs_map_t *m, erofs_extent_t *extent, const char *what)
{
    m->broken = true;
    *extent   = (erofs_extent_t){.kind = EROFS_LOST, .from = m->next, .size = m->inode->size - m->next, .at = m->inode->at, .what = what};
    return take(m, extent);
}

static bool next_flat(erofs_map_t *m, erofs_extent_t *extent)
{
    const erofs_inode_t *inode = m->inode;
    uint64_t             block = m->fs->block, whole = inode->size, at;
    if (inode->layout == EROFS_INLINE)
        whole = (inode->size - 1) / block * block;
    if (m->next == whole) {
        *extent = (erofs_extent_t){.kind = EROFS_TAIL, .from = whole, .size = inode->size - whole, .at = inode->end, .length = inode->size - whole};
        if (!checked_add(inode->end, extent->length, &m->index_end))
            return lose(m, extent, "the address of the content is not one");
        return take(m, extent);
    }
    uint64_t none = (m->fs->super.incompat & EROFS_48BIT) != 0 && inode->start >> 32 != 0 ? UINT64_C(0xFFFFFFFFFFFF) : UINT32_MAX;
    *extent       = (erofs_extent_t){.kind = EROFS_RUN, .size = whole, .length = whole};
    if (inode->layout == EROFS_FLAT && inode->start == none)
        extent->kind = EROFS_HOLE;
    else if (!checked_mul(inode->start, block, &at))
        return lose(m, extent, "the address of the content is not one");
    else
        extent->at = at;
    return take(m, extent);
}

static bool next_chunk(erofs_map_t *m, erofs_extent_t *extent)
{
    const erofs_super_t *super   = &m->fs->super;
    bool                 indexes = (m->inode->raw & CHUNK_INDEXES) != 0, wide = (m->inode->raw & CHUNK_48BIT) != 0;
    unsigned             bits    = super->block_bits + (m->inode->raw & CHUNK_BITS);
    reader_t             r       = reader_at(m->fs->image, m->index_end);
    uint64_t             high    = 0, device = 0;
    if (indexes) {
        high   = read_le16(&r);
        device = read_le16(&r);
    }
    uint64_t block = read_le32(&r);
    if (!reader_ok(&r) || bits > 63)
        return lose(m, extent, "the addresses of the chunks cannot be read from here on");
    m->index_end = r.pos;
    if (wide)
        block |= high << 32;
    uint64_t mask = 0;
    while (mask < super->devices)
        mask = mask << 1 | 1;
    *extent = (erofs_extent_t){.kind = EROFS_RUN, .from = m->next, .size = min_u64(UINT64_C(1) << bits, m->inode->size - m->next)};
    extent->length = extent->size;
    if (block == (wide ? UINT64_C(0xFFFFFFFFFFFF) : UINT32_MAX))
        extent->kind = EROFS_HOLE;
    else if ((device & mask) != 0 || (super->devices > 0 && block >= super->blocks))
        extent->kind = EROFS_ELSEWHERE;
    else
        extent->at = block << super->block_bits;
    return take(m, extent);
}

/* ---- indexes of compressed content ---- */

static bool load_full(const erofs_map_t *m, uint64_t lcluster, erofs_index_t *index, uint64_t *end)
{
    reader_t r      = reader_at(m->fs->image, lcluster < UINT32_MAX ? m->index_at + lcluster * 8 : UINT64_MAX);
    uint16_t advise = read_le16(&r), offset = read_le16(&r);
    uint32_t value = read_le32(&r);
    *end           = r.pos;
    *index         = (erofs_index_t){.type = advise & 3, .partial = (advise & PARTIAL_FLAG) != 0, .offset = offset, .block = value};
    if (index->type == NONHEAD)
        index->count = (value & COUNT_FLAG) != 0 ? value & 0xFFFF & ~(uint32_t)COUNT_FLAG : 0;
    return reader_ok(&r);
}

/* Entry `i` of a pack. */
static uint32_t packed_bits(span_t pack, unsigned width, unsigned low, unsigned i, uint8_t *type)
{
    reader_t r     = reader_at(pack, i * width / 8);
    uint32_t value = (uint32_t)(read_le(&r, (unsigned)min_u64(4, reader_left(&r))) >> (i * width & 7));
    *type          = value >> low & 3;
    return value & ((1u << low) - 1);
}

/* Blocks that the extents before entry `i` of the pack take; the address that they share is that of the block before. */
static uint64_t blocks_before(span_t pack, unsigned width, unsigned low, int i, bool big)
{
    uint64_t blocks = big ? 0 : 1;
    while (i > 0) {
        uint8_t  type;
        uint32_t value = packed_bits(pack, width, low, (unsigned)--i, &type);
        if (type != NONHEAD) {
            blocks++;
        } else if (!big) {
            i -= (int)value;
            blocks += i >= 0;
        } else if ((value & COUNT_FLAG) != 0) {
            i--;
            blocks += value & ~(uint32_t)COUNT_FLAG;
        } else {
            i -= value >= 2 ? (int)value - 2 : 0;
        }
    }
    return blocks;
}

static bool load_compact(const erofs_map_t *m, uint64_t lcluster, erofs_index_t *index, uint64_t *end)
{
    uint64_t initial = (32 - m->index_at % 32) / 4 % 8, narrow = 0, at = m->index_at, left = lcluster;
    unsigned shift   = 2;
    if ((m->advise & ADVISE_COMPACT_2B) != 0 && m->bits <= COUNT_BITS && initial < m->lclusters)
        narrow = (m->lclusters - initial) / 16 * 16;
    if (left >= initial) {
        at += initial * 4;
        left -= initial;
        if (left < narrow) {
            shift = 1;
        } else {
            at += narrow * 2;
            left -= narrow;
        }
    }
    if (left > UINT32_MAX || !checked_add(at, left << shift, &at))
        return false;
    unsigned entries = shift == 1 ? 16 : 2, size = entries << shift, width = (size - 4) * 8 / entries, low = m->bits > COUNT_BITS ? m->bits : COUNT_BITS;
    uint64_t begin   = at / size * size;
    span_t   pack    = span_sub(m->fs->image, begin, size);
    unsigned i       = (unsigned)(at - begin) >> shift;
    if (pack.at == NULL)
        return false;
    *end           = begin + size;
    *index         = (erofs_index_t){0};
    uint32_t value = packed_bits(span_sub(pack, 0, size - 4), width, low, i, &index->type);
    if (index->type == NONHEAD) {
        index->count = (value & COUNT_FLAG) != 0 ? value & ~(uint32_t)COUNT_FLAG : 0;
        return true;
    }
    reader_t r    = reader_at(pack, size - 4);
    index->offset = value;
    index->block  = (read_le32(&r) + blocks_before(span_sub(pack, 0, size - 4), width, low, (int)i, (m->advise & ADVISE_BIG_1) != 0)) & UINT32_MAX;
    return true;
}

static bool load(erofs_map_t *m, uint64_t lcluster, erofs_index_t *index)
{
    uint64_t end;
    bool     loaded = m->inode->layout == EROFS_COMPRESSED_FULL ? load_full(m, lcluster, index, &end) : load_compact(m, lcluster, index, &end);
    if (loaded)
        m->index_end = max_u64(m->index_end, end);
    return loaded && (index->type == NONHEAD || index->offset >> m->bits == 0);
}

static void set_plain(const erofs_map_t *m, erofs_extent_t *extent, erofs_kind_t as_it_stands)
{
    bool rotated = (m->advise & ADVISE_INTERLACED) != 0 && extent->length >= m->fs->block - (extent->from & (m->fs->block - 1));
    extent->kind = rotated ? EROFS_ROTATED : as_it_stands;
    if (extent->size > extent->length) {
        extent->kind = EROFS_LOST;
        extent->what = "an extent that is not compressed is longer than its blocks";
    }
}

/* The head in hand, whose extent goes up to `end`; `count` is what the entry behind it says of its blocks. */
static bool finish_extent(erofs_map_t *m, erofs_extent_t *extent, uint64_t end, uint32_t count)
{
    const erofs_index_t *head = &m->head;
    bool                 last = end >= m->inode->size, big = (m->advise & (head->type == HEAD_1 ? ADVISE_BIG_1 : ADVISE_BIG_2)) != 0;
    if (end <= m->next)
        return lose(m, extent, "the index of compressed extents goes backwards");
    *extent = (erofs_extent_t){
        .kind = EROFS_ENCODED, .from = m->next, .size = end - m->next, .algorithm = m->algorithms[head->type == HEAD_2], .partial = head->partial,
        .at = head->block << m->fs->super.block_bits, .length = (uint64_t)(big && count > 0 ? count : 1) << m->fs->super.block_bits,
    };
    if (last && (m->advise & ADVISE_FRAGMENT) != 0) {
        extent->kind = EROFS_FRAGMENT;
        extent->at   = m->fragment | (m->inode->layout == EROFS_COMPRESSED_FULL ? head->block << 32 : 0);
        return take(m, extent);
    }
    bool inside = last && (m->advise & ADVISE_INLINE) != 0;
    if (inside) {
        extent->at     = m->index_end;
        extent->length = m->tail_size;
        m->index_end += m->tail_size;
    }
    if (head->type == PLAIN)
        set_plain(m, extent, inside ? EROFS_TAIL : EROFS_RUN);
    return take(m, extent);
}

static bool next_compressed(erofs_map_t *m, erofs_extent_t *extent)
{
    if (!m->has_head) {
        if (!load(m, 0, &m->head) || m->head.type == NONHEAD || m->head.offset != 0)
            return lose(m, extent, NO_INDEX);
        m->has_head = true;
    }
    uint32_t count = 0;
    for (uint64_t i = m->lcluster + 1; i < m->lclusters; i++) {
        erofs_index_t index;
        if (!load(m, i, &index))
            return lose(m, extent, NO_INDEX);
        if (index.type == NONHEAD) {
            if (i == m->lcluster + 1)
                count = index.count;
            continue;
        }
        uint64_t begin = i << m->bits | index.offset;
        if (begin >= m->inode->size)
            continue;
        bool more   = finish_extent(m, extent, begin, count);
        m->head     = index;
        m->lcluster = i;
        return more;
    }
    return finish_extent(m, extent, m->inode->size, count);
}

/* ---- records of extents ---- */

typedef struct { uint32_t length; uint64_t place, from; bool ok; } stored_t;

static stored_t load_record(const erofs_map_t *m, uint64_t record)
{
    uint64_t  at;
    stored_t got = {.ok = false};
    if (record > UINT32_MAX || !checked_add(m->index_at, record * m->record_size, &at))
        return got;
    reader_t r = reader_at(m->fs->image, at);
    got.length = read_le32(&r);
    got.place  = m->place;
    got.from   = record << m->bits;
    if (m->record_size >= 8)
        got.place = read_le32(&r);
    if (m->record_size >= 16) {
        got.place |= (uint64_t)read_le32(&r) << 32;
        got.from = read_le32(&r);
    }
    if (m->record_size >= 32)
        got.from |= (uint64_t)read_le32(&r) << 32;
    got.ok = reader_ok(&r);
    return got;
}

static bool next_record(erofs_map_t *m, erofs_extent_t *extent)
{
    stored_t now  = load_record(m, m->record);
    uint64_t  end  = m->inode->size;
    bool      last = true;
    if (!now.ok || now.from != m->next)
        return lose(m, extent, NO_INDEX);
    if (m->record_size < 16) {
        last = (m->record + 1) << m->bits >= m->inode->size;
        end  = last ? end : (m->record + 1) << m->bits;
    } else if (m->record + 1 < m->records) {
        stored_t behind = load_record(m, m->record + 1);
        if (!behind.ok || behind.from <= m->next)
            return lose(m, extent, NO_INDEX);
        last = behind.from >= end;
        end  = min_u64(behind.from, end);
    }
    m->record++;
    m->index_end      = m->index_at + m->record * m->record_size;
    unsigned format   = now.length >> EXTENT_FORMAT_SHIFT;
    *extent           = (erofs_extent_t){.kind = EROFS_ENCODED, .from = m->next, .size = end - m->next, .at = now.place};
    if (last && (m->advise & ADVISE_FRAGMENT) != 0) {
        extent->kind = EROFS_FRAGMENT;
        extent->at   = now.length | (m->record_size >= 8 ? now.place << 32 : 0);
        return take(m, extent);
    }
    extent->length  = now.length & EXTENT_LENGTH;
    extent->partial = (now.length & EXTENT_PARTIAL) != 0;
    m->place += extent->length;
    if (now.length == 0)
        extent->kind = EROFS_HOLE;
    else if (format > 0)
        extent->algorithm = (uint8_t)(format - 1);
    else if (now.place % m->fs->block == 0)
        set_plain(m, extent, EROFS_RUN);
    else
        extent->kind = extent->size > extent->length ? EROFS_LOST : EROFS_RUN;
    if (extent->kind == EROFS_LOST && extent->what == NULL)
        extent->what = "an extent that is not compressed is longer than its bytes";
    return take(m, extent);
}

bool erofs_map_next(erofs_map_t *map, erofs_extent_t *extent)
{
    const erofs_inode_t *inode = map->inode;
    if (map->next >= inode->size)
        return false;
    if (map->broken)
        return lose(map, extent, inode->layout > EROFS_CHUNKS ? "the layout of its data is not one that is known" : NO_INDEX);
    if (map->whole_fragment) {
        *extent = (erofs_extent_t){.kind = EROFS_FRAGMENT, .size = inode->size, .at = map->fragment};
        return take(map, extent);
    }
    switch (inode->layout) {
    case EROFS_CHUNKS: return next_chunk(map, extent);
    case EROFS_COMPRESSED_FULL:
    case EROFS_COMPRESSED_COMPACT: return map->record_size > 0 ? next_record(map, extent) : next_compressed(map, extent);
    default: return next_flat(map, extent);
    }
}
