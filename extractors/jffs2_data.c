/* What the nodes of a JFFS2 hold: one node decoded, and a file put together of many, the newest first.
 * Sources: Linux, fs/jffs2/compr_rtime.c and compr_rubin.c (J. Rissanen's arithmetic coding of single bits after an idea of F. Rubin);
 * OpenWrt, patch "jffs2: add LZMA" (raw LZMA, lc = lp = pb = 0). */
#include "extractors/jffs2.h"

#include <stdlib.h>

enum {
    COMPRESSION_NONE = 0, COMPRESSION_ZERO = 1, COMPRESSION_RTIME = 2, COMPRESSION_RUBINMIPS = 3, COMPRESSION_COPY = 4, COMPRESSION_DYNRUBIN = 5,
    COMPRESSION_ZLIB = 6, COMPRESSION_LZO = 7, COMPRESSION_LZMA = 8,
    RUBIN_REGISTER_BITS = 16, RUBIN_TOP = 1 << (RUBIN_REGISTER_BITS - 1), RUBIN_MIPS_DIVIDER = 1043, RUBIN_DYNAMIC_DIVIDER = 256,
};

/* What all nodes of one image may be decoded to, together: overlapping writes can make the same node be wanted again and again. */
static uint64_t work_max(const jffs2_t *fs) { return (UINT64_C(1) << 29) + 64 * (uint64_t)fs->flash.image.size; }

/* ---- compressions ---- */

/* Each byte is followed by how often to repeat what came after its last occurrence. */
static bool expand_rtime(span_t in, uint8_t *out, size_t size)
{
    size_t   last[256] = {0}, produced = 0;
    reader_t r = reader_from(in);
    while (produced < size) {
        uint8_t value = read_u8(&r);
        size_t  repeat = read_u8(&r), from = last[value];
        if (!reader_ok(&r))
            return false;
        out[produced++] = value;
        last[value]     = produced;
        if (repeat > size - produced)
            return false;
        for (; repeat > 0; repeat--)
            out[produced++] = out[from++];
    }
    return true;
}

/* The interval [low, low + width) of an arithmetic coder, and the window of the input that is compared with it. */
typedef struct { span_t in; uint64_t taken; int64_t low, width, window; } rubin_t;

static int64_t next_bit(rubin_t *c)
{
    uint64_t at = c->taken++;
    return at / 8 < c->in.size ? c->in.at[at / 8] >> (7 - at % 8) & 1 : 0;
}

static uint8_t decode_bit(rubin_t *c, int64_t zeros, int64_t all)
{
    while (c->low >= RUBIN_TOP || c->low + c->width <= RUBIN_TOP) {
        c->low    = (c->low & (RUBIN_TOP - 1)) << 1;
        c->width <<= 1;
        c->window = ((c->window & (RUBIN_TOP - 1)) << 1) + next_bit(c);
    }
    int64_t part = zeros * c->width / all;
    part         = part <= 0 ? 1 : part >= c->width ? c->width - 1 : part;
    if (c->window < c->low + part) {
        c->width = part;
        return 0;
    }
    c->low += part;
    c->width -= part;
    return 1;
}

/* There is no checksum inside, but an encoder writes exactly the bits that a decoder takes: the right model ends in the last byte. */
static bool expand_rubin(span_t in, int64_t divider, const uint16_t ones[8], uint8_t *out, size_t size)
{
    rubin_t c = {.in = in, .width = 2 * RUBIN_TOP};
    for (int i = 0; i < RUBIN_REGISTER_BITS; i++)
        c.window = c.window * 2 + next_bit(&c);
    for (size_t n = 0; n < size; n++) {
        out[n] = 0;
        for (unsigned bit = 0; bit < 8; bit++)
            out[n] = (uint8_t)(out[n] | decode_bit(&c, divider - ones[bit], divider) << bit);
        if (c.taken > (uint64_t)in.size * 8)
            return false;
    }
    return (c.taken + 7) / 8 == in.size;
}

static bool expand_rubinmips(span_t in, uint8_t *out, size_t size)
{
    static const uint16_t ones[8] = {277, 249, 290, 267, 229, 341, 212, 241};
    return expand_rubin(in, RUBIN_MIPS_DIVIDER, ones, out, size);
}

static bool expand_dynrubin(span_t in, uint8_t *out, size_t size)
{
    uint16_t ones[8];
    if (in.size < sizeof ones / sizeof *ones)
        return false;
    for (size_t i = 0; i < 8; i++)
        ones[i] = in.at[i];
    return expand_rubin(span_from_offset(in, 8), RUBIN_DYNAMIC_DIVIDER, ones, out, size);
}

static bool expand(const jffs2_t *fs, uint8_t compression, span_t data, uint8_t *out, uint32_t size)
{
    size_t produced = 0;
    switch (compression) {
    case COMPRESSION_RTIME: return expand_rtime(data, out, size);
    /* Linux has the numbers of the two swapped in its table of compressors, so images of either meaning exist. */
    case COMPRESSION_RUBINMIPS:
    case COMPRESSION_DYNRUBIN: return expand_dynrubin(data, out, size) || expand_rubinmips(data, out, size);
    case COMPRESSION_ZLIB: return status_ok(codec_decode_with(fs->codecs, CODEC_ZLIB, data, out, size, &produced)) && produced == size;
    case COMPRESSION_LZO: return status_ok(codec_decode_with(fs->codecs, CODEC_LZO1X, data, out, size, &produced)) && produced == size;
    case COMPRESSION_LZMA:
        return (status_ok(codec_decode_with(fs->codecs, CODEC_LZMA_PLAIN, data, out, size, &produced)) && produced == size) ||
               (status_ok(codec_decode_with(fs->codecs, CODEC_LZMA_BARE, data, out, size, &produced)) && produced == size);
    default: return false;
    }
}

static bool stored_plainly(const jffs2_inode_t *node)
{
    return (node->compression == COMPRESSION_NONE || node->compression == COMPRESSION_COPY) && node->stored == node->plain;
}

span_t jffs2_plain(jffs2_t *fs, const jffs2_inode_t *node)
{
    span_t data = span_sub(fs->flash.image, node->offset + JFFS2_INODE, node->stored);
    if (!node->sound || data.at == NULL || node->plain > JFFS2_NODE_DATA_MAX)
        return (span_t){NULL, 0};
    if (stored_plainly(node))
        return data;
    for (unsigned slot = 0; slot < 2; slot++)
        if (fs->plain_of[slot] == node) {
            fs->latest = slot;
            return span_from(fs->plain[slot], node->plain);
        }
    if (fs->work > work_max(fs)) {
        if (!fs->told_work)
            sink_limit(fs->sink, node->offset, 0, "work", "overlapping nodes ask for more decoding than is allowed: the rest was not decoded");
        fs->told_work = true;
        return (span_t){NULL, 0};
    }
    fs->work += node->plain;
    unsigned slot      = 1 - fs->latest;
    fs->plain_of[slot] = NULL;
    if (!expand(fs, node->compression, data, fs->plain[slot], node->plain))
        return (span_t){NULL, 0};
    fs->plain_of[slot] = node;
    fs->latest         = slot;
    return span_from(fs->plain[slot], node->plain);
}

/* ---- files ---- */

static void claim_piece(ledger_t *pieces, const jffs2_inode_t *node, size_t index, uint64_t size)
{
    if (node->plain > 0 && node->at < size && (node->plain <= JFFS2_NODE_DATA_MAX || node->compression == COMPRESSION_ZERO))
        (void)ledger_claim(pieces, (region_t){.offset = node->at, .length = min_u64(node->plain, size - node->at), .kind = REGION_CONTENT,
                                              .child = (uint32_t)index});
}

/* Who gives which byte: claimed newest first, and the ledger keeps who was first. A node whose data is damaged counts only where
 * no other does: so does the kernel, for which it is a write that was cut short. */
static status_t lay_out(ledger_t *pieces, const jffs2_inode_t *nodes, size_t count, uint64_t size, bool with_obsolete)
{
    ledger_init(pieces, size);
    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = count; i > 0; i--)
            if (nodes[i - 1].sound == (pass == 0) && (with_obsolete || !nodes[i - 1].obsolete))
                claim_piece(pieces, &nodes[i - 1], i - 1, size);
    return ledger_settle(pieces);
}

static void write_piece(jffs2_t *fs, fs_content_t *content, jffs2_inode_t *node, const region_t *piece)
{
    uint64_t from = node->offset + JFFS2_INODE, within = piece->offset - node->at;
    if (node->sound && node->compression == COMPRESSION_ZERO) {
        fs_content_hole(content, piece->length);
    } else if (node->sound && stored_plainly(node)) {
        fs_content_run(content, from + within, piece->length);
    } else {
        span_t plain = jffs2_plain(fs, node);
        if (plain.at != NULL)
            fs_content_decoded(content, span_sub(plain, within, piece->length), from, node->stored);
        else
            fs_content_lost(content, from, span_clip(fs->flash.image, from, node->stored).size, piece->length,
                            node->sound ? "the data of a node cannot be decoded" : "the CRC of a node's data does not hold");
        node->told = node->told || plain.at == NULL;
    }
}

status_t jffs2_write_content(jffs2_t *fs, child_t *child, jffs2_inode_t *nodes, size_t count, uint64_t size, bool with_obsolete)
{
    ledger_t     pieces;
    fs_content_t content;
    status_t     status = lay_out(&pieces, nodes, count, size, with_obsolete);
    fs_content_begin(&content, child, fs->flash.image, size);
    for (size_t i = 0; status_ok(status) && i < pieces.count && !fs_content_full(&content); i++) {
        const region_t *piece = &pieces.regions[i];
        /* Linux writes a node also for a hole: what no node gives is missing, as soon as nodes are. */
        if (piece->child == NO_CHILD && fs->data_lost)
            fs_content_lost(&content, nodes[count - 1].offset, 0, piece->length,
                            "no node gives this part of the file, and some nodes cannot be read");
        else if (piece->child == NO_CHILD)
            fs_content_hole(&content, piece->length);
        else
            write_piece(fs, &content, &nodes[piece->child], piece);
    }
    if (status_ok(status))
        status = fs_content_end(&content);
    ledger_free(&pieces);
    return status;
}

bool jffs2_find_hidden(const jffs2_inode_t *nodes, size_t count, uint64_t size, bool *hidden)
{
    ledger_t pieces;
    bool     good = status_ok(lay_out(&pieces, nodes, count, size, false));
    for (size_t i = 0; i < count; i++)
        hidden[i] = nodes[i].plain > 0 && nodes[i].sound;
    for (size_t i = 0; good && i < pieces.count; i++)
        if (pieces.regions[i].child != NO_CHILD)
            hidden[pieces.regions[i].child] = false;
    ledger_free(&pieces);
    return good;
}
