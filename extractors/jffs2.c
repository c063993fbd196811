/* JFFS2: the log-structured file system of NOR and small NAND flash. A row of nodes at multiples of four, in either byte order:
 *   every node: magic 0x1985, type, total length, CRC of these eight bytes
 *   dirent: parent, version, inode (0: deleted), time, name length, type, CRC of the fields, CRC of the name, name
 *   inode:  inode, version, mode, uid, gid, size, times, offset, compressed and plain length, compression, CRC of data, CRC of fields, data
 *   xattr:  number, version, prefix of the name, lengths, CRC of data, CRC of fields, name, value; xref: inode, xattr, sequence (odd: deleted)
 *   summary: what the erase block holds, again; cleanmarker and padding: nothing
 * CRCs are CRC-32 with seed 0 and no final inversion. Later versions supersede earlier ones; erased flash is FF between nodes. A node that
 * is no longer needed may lose the ACCURATE bit of its type, where flash can clear a single bit.
 * Sources: Linux, include/uapi/linux/jffs2.h; D. Woodhouse, "JFFS: The Journalling Flash File System", 2001. */
#include "extractors/jffs2.h"

#include <stdlib.h>
#include <zlib.h>

enum { MAGIC_NUMBER = 0x1985, OLD_MAGIC_NUMBER = 0x1984, RESYNC_MAX = 1 << 20, PROBED_NODES = 128 };

uint32_t jffs2_crc(span_t bytes) { return (uint32_t)(~crc32_z(0xFFFFFFFFul, bytes.at, bytes.size) & 0xFFFFFFFFul); }

uint16_t jffs2_read16(const jffs2_flash_t *f, reader_t *r) { return f->big ? read_be16(r) : read_le16(r); }
uint32_t jffs2_read32(const jffs2_flash_t *f, reader_t *r) { return f->big ? read_be32(r) : read_le32(r); }

static bool known_type(uint16_t type)
{
    static const uint16_t types[] = {
        JFFS2_TYPE_DIRENT, JFFS2_TYPE_INODE, JFFS2_TYPE_CLEANMARKER, JFFS2_TYPE_PADDING, JFFS2_TYPE_SUMMARY, JFFS2_TYPE_XATTR, JFFS2_TYPE_XREF,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i] == type)
            return true;
    return false;
}

/* A node header whose CRC holds. The node itself may reach past the end of a truncated image. */
static bool node_at(const jffs2_flash_t *f, uint64_t offset, jffs2_node_t *node)
{
    reader_t r     = reader_at(f->image, offset);
    uint16_t magic = jffs2_read16(f, &r), type = jffs2_read16(f, &r);
    node->type     = type | JFFS2_ACCURATE;
    node->obsolete = node->type != type;
    node->length   = jffs2_read32(f, &r);
    node->offset   = offset;
    uint32_t crc   = jffs2_read32(f, &r);
    if (!reader_ok(&r) || magic != (f->old ? OLD_MAGIC_NUMBER : MAGIC_NUMBER) || node->length < JFFS2_HEADER || !known_type(node->type))
        return false;
    /* The CRC was taken while the ACCURATE bit was set. */
    uint8_t header[8];
    memcpy(header, f->image.at + offset, sizeof header);
    header[f->big ? 2 : 3] |= JFFS2_ACCURATE >> 8;
    return jffs2_crc(span_from(header, sizeof header)) == crc;
}

static bool byte_order(span_t image, jffs2_flash_t *f)
{
    jffs2_node_t node;
    for (unsigned way = 0; way < 4; way++) {
        *f = (jffs2_flash_t){image, (way & 1) != 0, (way & 2) != 0};
        if (node_at(f, 0, &node))
            return true;
    }
    return false;
}

/* From `at` on, over erased flash and zeros: where something else stands, or the end of the image. */
static uint64_t skip_erased(const jffs2_flash_t *f, uint64_t at)
{
    for (at = round_up(at, 4); at + 4 <= f->image.size; at += 4) {
        uint32_t word;
        memcpy(&word, f->image.at + at, sizeof word);
        if (word != UINT32_MAX && word != 0)
            return at;
    }
    return f->image.size;
}

/* Behind damage: the next node whose header holds, within bounds. */
static bool resync(const jffs2_flash_t *f, uint64_t at, jffs2_node_t *node)
{
    uint64_t end = min_u64(at + RESYNC_MAX, f->image.size);
    for (at = round_up(at, 4); at < end; at += 4)
        if (node_at(f, at, node))
            return true;
    return false;
}

uint64_t jffs2_node_end(const jffs2_flash_t *f, const jffs2_node_t *node) { return min_u64(node->offset + node->length, f->image.size); }

uint64_t jffs2_walk(const jffs2_flash_t *f, const jffs2_walker_t *walker)
{
    uint64_t     end = 0, at = 0;
    jffs2_node_t node;
    bool         found = node_at(f, 0, &node);
    while (found) {
        if (walker != NULL)
            walker->visit(walker->context, &node);
        end   = jffs2_node_end(f, &node);
        at    = skip_erased(f, end);
        found = node_at(f, at, &node);
        if (!found && at < f->image.size && (found = resync(f, at, &node)) && walker != NULL)
            walker->lost(walker->context, at, node.offset);
    }
    /* What is left of a node whose header was cut off. */
    reader_t r = reader_at(f->image, at);
    if (walker != NULL && f->image.size - at < JFFS2_HEADER && jffs2_read16(f, &r) == MAGIC_NUMBER)
        walker->lost(walker->context, at, f->image.size);
    return min_u64(round_up(end, 4), f->image.size);
}

/* A row of nodes is worth more than one: spare areas between the pages of a dump break the row, and then such a dump is no JFFS2. */
static unsigned jffs2_probe(span_t image)
{
    jffs2_flash_t f;
    jffs2_node_t  node;
    if (!byte_order(image, &f) || !node_at(&f, 0, &node))
        return 0;
    unsigned bits = 32 + 32;
    for (unsigned i = 0; i < PROBED_NODES && node_at(&f, skip_erased(&f, jffs2_node_end(&f, &node)), &node); i++)
        bits += i == 0 ? 48 : 2;
    return bits;
}

static uint64_t jffs2_extent(span_t image)
{
    jffs2_flash_t f;
    return byte_order(image, &f) ? jffs2_walk(&f, NULL) : 0;
}

/* ---- extraction ---- */

/* Nodes are structure, except where a child has claimed its data before; erased flash between them is padding. */
static void claim_node(void *context, const jffs2_node_t *node)
{
    jffs2_t *fs  = context;
    uint64_t end = min_u64(round_up(jffs2_node_end(&fs->flash, node), 4), fs->flash.image.size);
    sink_claim(fs->sink, node->offset, end - node->offset, REGION_STRUCTURE);
}

static void claim_nothing(void *context, uint64_t from, uint64_t to) { (void)context, (void)from, (void)to; }

static void tell_facts(const jffs2_t *fs)
{
    static const char *const names[] = {"none", "zero", "rtime", "rubinmips", "copy", "dynrubin", "zlib", "lzo", "lzma"};
    char   text[128] = "";
    size_t used      = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((fs->seen_compressions >> i & 1) != 0) {
            size_t length = strlen(names[i]), gap = used > 0 ? 1 : 0;
            memcpy(text + used, " ", gap);
            memcpy(text + used + gap, names[i], length + 1);
            used += gap + length;
        }
    sink_fact(fs->sink, "jffs2.byte-order", fs->flash.big ? "big-endian" : "little-endian");
    sink_fact_printf(fs->sink, "jffs2.nodes", "%llu", (unsigned long long)fs->nodes);
    sink_fact_printf(fs->sink, "jffs2.obsolete-nodes", "%llu", (unsigned long long)fs->obsolete_nodes);
    sink_fact_printf(fs->sink, "jffs2.inodes", "%zu", fs->object_table.count);
    if (used > 0)
        sink_fact(fs->sink, "jffs2.compressions", text);
}

static status_t jffs2_extract(span_t image, sink_t *sink)
{
    jffs2_t *fs = calloc(1, sizeof *fs);
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "jffs2", 0, "out of memory");
    status_t status = ok();
    fs->sink        = sink;
    if (!byte_order(image, &fs->flash)) {
        status = status_fail(STATUS_REJECTED, "jffs2", 0, "no JFFS2 node at the start");
    } else if (fs->flash.old) {
        sink_limit(sink, 0, jffs2_walk(&fs->flash, NULL), "version",
                   "JFFS2 nodes with the magic 0x1984 of before 2002, which no kernel reads: they were not opened");
    } else {
        uint64_t end;
        fs->plain[0] = malloc(JFFS2_NODE_DATA_MAX);
        fs->plain[1] = malloc(JFFS2_NODE_DATA_MAX);
        fs->codecs   = codec_context_new();
        bool read    = fs->plain[0] != NULL && fs->plain[1] != NULL && fs->codecs != NULL && jffs2_read_log(fs, &end);
        status       = read ? ok() : status_fail(STATUS_MEMORY, "jffs2", 0, "out of memory");
        if (status_ok(status)) {
            tell_facts(fs);
            status = jffs2_show_tree(fs);
            sink_end_child(sink);
        }
    }
    if (status_ok(status) || status.code == STATUS_LIMIT)
        (void)jffs2_walk(&fs->flash, &(jffs2_walker_t){fs, claim_node, claim_nothing});
    jffs2_free_log(fs);
    codec_context_free(fs->codecs);
    buffer_free(&fs->xattr_names);
    free(fs->plain[0]);
    free(fs->plain[1]);
    free(fs);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {
    MAGIC("\x85\x19\x01\xE0", 0), MAGIC("\x85\x19\x02\xE0", 0), MAGIC("\x85\x19\x03\x20", 0), MAGIC("\x85\x19\x04\x20", 0),
    MAGIC("\x85\x19\x06\x20", 0), MAGIC("\x85\x19\x08\xE0", 0), MAGIC("\x85\x19\x09\xE0", 0), MAGIC("\x85\x19\x01\xC0", 0),
    MAGIC("\x85\x19\x02\xC0", 0), MAGIC("\x84\x19\x01\xE0", 0), MAGIC("\x84\x19\x02\xE0", 0), MAGIC("\x84\x19\x03\x20", 0),
    MAGIC("\x19\x85\xE0\x01", 0), MAGIC("\x19\x85\xE0\x02", 0), MAGIC("\x19\x85\x20\x03", 0), MAGIC("\x19\x85\x20\x04", 0),
    MAGIC("\x19\x85\x20\x06", 0), MAGIC("\x19\x85\xE0\x08", 0), MAGIC("\x19\x85\xE0\x09", 0), MAGIC("\x19\x85\xC0\x01", 0),
    MAGIC("\x19\x85\xC0\x02", 0), MAGIC("\x19\x84\xE0\x01", 0), MAGIC("\x19\x84\xE0\x02", 0), MAGIC("\x19\x84\x20\x03", 0),
};

const extractor_t jffs2_extractor = {
    .id = "jffs2", .name = "JFFS2 file system", .specification = "Linux, include/uapi/linux/jffs2.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = jffs2_probe, .extent = jffs2_extent, .extract = jffs2_extract,
};
