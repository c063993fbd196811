/* Nodes of UBIFS: all of them in one pass, and who owns which byte. */
#include "extractors/ubifs.h"

#include "extractors/ubi_crc.h"

#include <stdlib.h>

enum { TOLD_MAX = 1000, FIRST_CAPACITY = 1024, ALIGNMENT = 8, WASTE_FACTOR = 16, WASTE_FLOOR = 16 << 20, LPT_TYPES = 4, OTHER_MAX = 8192 };

static const uint8_t magic[4] = {0x31, 0x18, 0x10, 0x06};

/* The shortest and the longest that a node of each type is. */
static const struct { uint32_t least, most; } lengths[UBIFS_NODE_TYPES] = {
    [UBIFS_INODE_NODE] = {UBIFS_INODE, UBIFS_INODE + UBIFS_BLOCK},
    [UBIFS_DATA_NODE]  = {UBIFS_DATA, UBIFS_DATA + 2 * UBIFS_BLOCK},
    [UBIFS_DENT_NODE]  = {UBIFS_DENT + 1, UBIFS_DENT + UBIFS_NAME_MAX + 1},
    [UBIFS_XENT_NODE]  = {UBIFS_DENT + 1, UBIFS_DENT + UBIFS_NAME_MAX + 1},
    [UBIFS_TRUNCATION_NODE]     = {56, 56},
    [UBIFS_PADDING_NODE]        = {28, 28},
    [UBIFS_SUPER_NODE]          = {UBIFS_SUPER, UBIFS_SUPER},
    [UBIFS_MASTER_NODE]         = {UBIFS_MASTER, UBIFS_MASTER},
    [UBIFS_REFERENCE_NODE]      = {64, 64},
    [UBIFS_INDEX_NODE]          = {UBIFS_INDEX, UBIFS_LEB_MAX},
    [UBIFS_COMMIT_NODE]         = {32, 32},
    [UBIFS_ORPHAN_NODE]         = {32, UBIFS_LEB_MAX},
    [UBIFS_AUTHENTICATION_NODE] = {UBIFS_HEADER, 4096},
    [UBIFS_SIGNATURE_NODE]      = {56, 8192},
};

/* Is this a node that should be whole, whatever its CRC says? */
static bool read_header(span_t bytes, ubifs_node_t *node, uint32_t *crc)
{
    reader_t r = reader_from(bytes);
    span_t   m = read_span(&r, sizeof magic);
    if (m.at == NULL || memcmp(m.at, magic, sizeof magic) != 0)
        return false;
    *node         = (ubifs_node_t){.at = bytes.at};
    *crc          = read_le32(&r);
    node->sqnum   = read_le64(&r);
    node->length  = read_le32(&r);
    node->type    = read_u8(&r);
    if (node->type >= UBIFS_NODE_TYPES || node->length < lengths[node->type].least || node->length > lengths[node->type].most)
        node->type = UBIFS_OTHER_NODE;
    return reader_ok(&r) && node->length >= UBIFS_HEADER && (node->type != UBIFS_OTHER_NODE || node->length <= OTHER_MAX);
}

/* Does a directory entry hold the name that it says? */
static bool name_is_sound(const ubifs_node_t *node)
{
    reader_t r = ubifs_reader(node, 50);
    return (uint64_t)UBIFS_DENT + read_le16(&r) + 1 <= node->length;
}

static bool finish_node(span_t bytes, ubifs_node_t *node, uint32_t crc)
{
    if (bytes.size < node->length || ubi_crc(span_sub(bytes, 8, node->length - 8)) != crc)
        return false;
    reader_t r = ubifs_reader(node, UBIFS_HEADER);
    if (node->type <= UBIFS_XENT_NODE) {
        uint64_t inode = read_le32(&r);
        node->key      = inode << 32 | read_le32(&r);
        if (ubifs_key_type(node->key) != node->type)
            node->type = UBIFS_OTHER_NODE;
    } else if (node->type == UBIFS_TRUNCATION_NODE) {
        node->key = UBIFS_KEY(read_le32(&r), UBIFS_TRUNCATION_NODE, 0);
    }
    if ((node->type == UBIFS_DENT_NODE || node->type == UBIFS_XENT_NODE) && !name_is_sound(node))
        node->type = UBIFS_OTHER_NODE;
    return true;
}

bool ubifs_read_node(span_t bytes, ubifs_node_t *node)
{
    uint32_t crc;
    return read_header(bytes, node, &crc) && finish_node(bytes, node, crc);
}

bool ubifs_add(ubifs_t *fs, ubifs_view_t *view, const ubifs_node_t *node)
{
    if (view->count == view->capacity) {
        size_t        capacity = view->capacity == 0 ? FIRST_CAPACITY : view->capacity + view->capacity / 2;
        ubifs_node_t *more     = realloc(view->nodes, capacity * sizeof *more);
        if (more == NULL) {
            fs->no_memory = true;
            return false;
        }
        view->nodes    = more;
        view->capacity = capacity;
    }
    view->nodes[view->count++] = *node;
    return true;
}

/* ---- the pass ---- */

static void tell_damage(ubifs_t *fs, uint64_t at, const ubifs_node_t *node)
{
    uint64_t left = fs->image.size - at;
    const char *what = node->length > left ? "the image ends inside this node" : "a node that does not agree with its CRC";
    if (fs->told++ < TOLD_MAX)
        sink_damage(fs->sink, at, min_u64(node->length, left), what);
    else if (fs->told == TOLD_MAX + 1)
        sink_damage(fs->sink, at, 0, "further nodes do not agree with their CRC");
}

/* Bytes that are left at the end of a page, too few for a padding node. */
static void claim_padding_bytes(const ubifs_t *fs, uint64_t at)
{
    span_t   rest = span_clip(fs->image, at, 28);
    uint64_t size = 0;
    while (size < rest.size && rest.at[size] == UBIFS_PADDING_BYTE)
        size++;
    sink_claim(fs->sink, at, size, REGION_PADDING);
}

static bool keep_node(ubifs_t *fs, uint64_t at, const ubifs_node_t *node, uint64_t *next)
{
    *next = at + node->length;
    if (node->type == UBIFS_PADDING_NODE) {
        reader_t r      = ubifs_reader(node, UBIFS_HEADER);
        uint64_t padded = read_le32(&r);
        span_t   filled = span_clip(fs->image, *next, padded);
        if (padded <= UBIFS_LEB_MAX && filled.size == padded && (span_is_filled_with(filled, 0) || span_is_filled_with(filled, UBIFS_PADDING_BYTE)))
            *next += padded;
        sink_claim(fs->sink, at, *next - at, REGION_PADDING);
    }
    *next = round_up(*next, ALIGNMENT);
    claim_padding_bytes(fs, min_u64(*next, fs->image.size));
    return node->type == UBIFS_PADDING_NODE || ubifs_add(fs, &fs->all, node);
}

bool ubifs_scan(ubifs_t *fs)
{
    /* Headers of nodes that are none cost a CRC each: an image of nothing else would cost without end. */
    uint64_t waste = WASTE_FACTOR * (uint64_t)fs->image.size + WASTE_FLOOR;
    for (uint64_t at = 0; at < fs->image.size;) {
        ubifs_node_t   node;
        uint32_t       crc;
        uint64_t       next = at + ALIGNMENT;
        span_t         rest = span_from_offset(fs->image, at);
        bool           here = at % ALIGNMENT == 0 && span_starts_with(rest, span_from(magic, sizeof magic));
        const uint8_t *hit  = here ? rest.at : memmem(rest.at, rest.size, magic, sizeof magic);
        if (hit == NULL)
            break;
        if (!here) {
            uint64_t found = (uint64_t)(hit - fs->image.at);
            at             = found % ALIGNMENT == 0 ? found : found + 1;
            continue;
        }
        if (read_header(rest, &node, &crc)) {
            if (finish_node(rest, &node, crc)) {
                if (!keep_node(fs, at, &node, &next))
                    return false;
            } else {
                tell_damage(fs, at, &node);
                if (waste < node.length) {
                    sink_limit(fs->sink, at, rest.size, "work", "too many false nodes: the rest was not searched for nodes");
                    break;
                }
                waste -= node.length;
            }
        } else if (rest.size < UBIFS_HEADER) {
            sink_damage(fs->sink, at, rest.size, "the image ends inside this node");
        } else if (fs->told++ < TOLD_MAX) {
            sink_damage(fs->sink, at, UBIFS_HEADER, "the header of a node that cannot be one");
        }
        at = next;
    }
    return true;
}

size_t ubifs_first_at(const ubifs_t *fs, uint64_t offset)
{
    size_t low = 0, high = fs->all.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ubifs_offset(fs, &fs->all.nodes[middle]) < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- LEB properties: a tree of nodes packed bit by bit, each with a CRC-16 and 4 bits of type ---- */

static unsigned bits_of(uint64_t value)
{
    unsigned bits = 0;
    for (; value > 0; value >>= 1)
        bits++;
    return bits;
}

static uint16_t crc16(span_t bytes)
{
    uint32_t crc = 0xFFFF;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= bytes.at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xA001 : crc >> 1;
    }
    return (uint16_t)crc;
}

/* Bytes of a node of each type: of LEBs, of nodes, the table of the area's own LEBs, the list of LEBs to look at first. */
static void lpt_sizes(const ubifs_super_t *s, uint64_t sizes[LPT_TYPES])
{
    uint64_t number = (s->flags & UBIFS_BIG_LPT) != 0 ? bits_of(((uint64_t)s->leb_count_max + 3) / 4 - 1) : 0, head = 16 + 4;
    sizes[0] = (head + number + (2 * (bits_of(s->leb_size) - 3) + 1) * 4 + 7) / 8;
    sizes[1] = (head + number + (bits_of(s->lpt_lebs) + bits_of(s->leb_size - 1)) * 4 + 7) / 8;
    sizes[2] = (head + (uint64_t)s->lpt_lebs * bits_of(s->leb_size) * 2 + 7) / 8;
    sizes[3] = (head + (uint64_t)bits_of(s->leb_count_max - 1) * s->lsave_count + 7) / 8;
}

static void claim_properties(const ubifs_t *fs, uint64_t from, uint64_t to)
{
    const ubifs_super_t *s = &fs->super;
    uint64_t             sizes[LPT_TYPES], start = from;
    lpt_sizes(s, sizes);
    uint64_t at = from;
    while (at + 3 < to) {
        const uint8_t *head   = fs->image.at + at;
        unsigned       type   = head[2] & 15;
        uint64_t       length = type < LPT_TYPES ? sizes[type] : 0;
        if (length > 3 && length <= to - at && (head[0] | head[1] << 8) == crc16(span_sub(fs->image, at + 2, length - 2))) {
            at += length;
            continue;
        }
        sink_claim(fs->sink, start, at - start, REGION_STRUCTURE);
        start = at = min_u64(round_up(at + 1, s->min_io), to);
    }
    sink_claim(fs->sink, start, at - start, REGION_STRUCTURE);
}

void ubifs_claim_structure(ubifs_t *fs)
{
    for (size_t i = 0; i < fs->all.count; i++) {
        uint64_t at = ubifs_offset(fs, &fs->all.nodes[i]);
        sink_claim(fs->sink, at, min_u64(round_up(at + fs->all.nodes[i].length, ALIGNMENT), fs->image.size) - at, REGION_STRUCTURE);
    }
    if (!fs->super_good)
        return;
    uint64_t first = UBIFS_LOG_LEB + (uint64_t)fs->super.log_lebs;
    for (uint64_t leb = first; leb < first + fs->super.lpt_lebs && leb * fs->super.leb_size < fs->image.size; leb++)
        claim_properties(fs, leb * fs->super.leb_size, min_u64((leb + 1) * fs->super.leb_size, fs->image.size));
}
