/* Content: addresses block by block, through up to three levels of nodes. A compressed file has clusters of 4 to 256 blocks: its first
 * address is a mark, the next are blocks with a header of 24 bytes (length, checksum) and what the codec made of the cluster. */
#include "extractors/f2fs.h"

enum { CLUSTER_HEADER = 24, COMPRESS_CHECKSUM = 1, ALGORITHMS = 4 };

static const codec_t codec_of[ALGORITHMS] = {CODEC_LZO1X, CODEC_LZ4_BLOCK, CODEC_ZSTD, CODEC_LZO_RLE};

bool f2fs_in_main_area(const f2fs_t *fs, uint64_t block)
{
    return block >= fs->super.main && block < fs->super.blocks && block - fs->super.main < (uint64_t)fs->super.main_segments << fs->super.segment_bits;
}

/* ---- addresses ---- */

static void set_stretch(f2fs_stretch_t *s, uint64_t from, uint64_t length, bool hole, bool lost)
{
    s->from = from;
    s->to   = from + length;
    s->hole = hole;
    s->lost = lost;
}

/* Goes down from the node `node`, which covers `span` blocks from `from` on; `levels` of nodes of nodes are left. */
static void descend(f2fs_t *fs, f2fs_stretch_t *s, uint32_t node, uint64_t from, uint64_t span, unsigned levels, uint64_t index)
{
    uint64_t fan = (fs->block - F2FS_FOOTER) / 4, at;
    for (;;) {
        if (node == 0 || !f2fs_open_node(fs, node, s->inode->node, &at)) {
            set_stretch(s, from, span, node == 0, node != 0);
            (void)f2fs_spend(fs, 1);
            return;
        }
        if (levels == 0) {
            set_stretch(s, from, span, false, false);
            s->at = at;
            return;
        }
        span /= fan;
        uint64_t n = (index - from) / span;
        reader_t r = reader_at(fs->image, at + n * 4);
        node       = read_le32(&r);
        from += n * span;
        levels--;
    }
}

void f2fs_seek(f2fs_t *fs, f2fs_stretch_t *s, uint64_t index)
{
    const f2fs_inode_t *inode = s->inode;
    if (s->to > 0 && index >= s->from && index < s->to)
        return;
    if (index < inode->addresses) {
        set_stretch(s, 0, inode->addresses, false, false);
        s->at = inode->addresses_at;
        return;
    }
    uint64_t from = inode->addresses, span = inode->per_node, fan = (fs->block - F2FS_FOOTER) / 4;
    for (unsigned n = 0; n < F2FS_NODES_OF_INODE; n++) {
        unsigned levels = n / 2;
        uint64_t covers = span * (levels > 0 ? fan : 1) * (levels > 1 ? fan : 1);
        if (index - from < covers) {
            reader_t r = reader_at(inode->raw, fs->block - F2FS_FOOTER - (F2FS_NODES_OF_INODE - n) * 4u);
            descend(fs, s, read_le32(&r), from, covers, levels, index);
            return;
        }
        from += covers;
    }
    set_stretch(s, from, UINT64_MAX - from, false, true);
}

uint32_t f2fs_address(const f2fs_t *fs, const f2fs_stretch_t *s, uint64_t index)
{
    reader_t r = reader_at(fs->image, s->at + (index - s->from) * 4);
    return read_le32(&r);
}

span_t f2fs_inline_area(const f2fs_t *fs, const f2fs_inode_t *inode, uint64_t *at)
{
    /* One word stays free. */
    uint64_t begin = inode->addresses_at - inode->at + 4, end = fs->block - F2FS_FOOTER - F2FS_NODES_OF_INODE * 4 - inode->xattr_bytes;
    *at            = inode->at + begin;
    return begin <= end ? span_sub(inode->raw, begin, end - begin) : (span_t){NULL, 0};
}

/* ---- compressed clusters ---- */

/* Gathers the blocks of the cluster that begins at `index`. Returns the first block and, if they are one run, its length in bytes. */
static void gather_cluster(f2fs_t *fs, const f2fs_stretch_t *s, uint64_t index, uint64_t blocks, uint64_t *at, uint64_t *length)
{
    fs->encoded.size = 0;
    *at = *length = 0;
    bool run = true;
    for (uint64_t i = 1; i < blocks; i++) {
        uint32_t address = f2fs_address(fs, s, index + i);
        if (address == F2FS_HOLE || address == F2FS_NEW || !f2fs_in_main_area(fs, address))
            break;
        uint64_t from = (uint64_t)address << fs->super.block_bits;
        run           = run && (*length == 0 || *at + *length == from);
        if (*length == 0)
            *at = from;
        if (run)
            *length += fs->block;
        else
            sink_claim(fs->sink, from, fs->block, REGION_CONTENT);
        buffer_append(&fs->encoded, span_clip(fs->image, from, fs->block));
    }
}

/* NULL, or why not. The decoded cluster stands in `decoded`. */
static const char *decode_cluster(f2fs_t *fs, const f2fs_inode_t *inode, uint64_t size)
{
    reader_t r      = reader_from(buffer_span(&fs->encoded));
    uint32_t length = read_le32(&r), checksum = read_le32(&r);
    span_t   data   = span_sub(buffer_span(&fs->encoded), CLUSTER_HEADER, length);
    size_t   produced;
    if (data.at == NULL)
        return "a compressed cluster is shorter than it says";
    if (inode->algorithm >= ALGORITHMS)
        return "a cluster is compressed by an algorithm that is not known";
    if ((inode->compress_flags & COMPRESS_CHECKSUM) != 0 && f2fs_crc(F2FS_MAGIC, data) != checksum)
        return "the checksum of a compressed cluster does not agree";
    fs->decoded.size = 0;
    uint8_t *out     = buffer_reserve(&fs->decoded, (size_t)size);
    if (out == NULL || !status_ok(codec_decode_with(fs->codecs, codec_of[inode->algorithm], data, out, (size_t)size, &produced)) || produced != size)
        return "a compressed cluster cannot be decoded";
    fs->decoded.size = (size_t)size;
    return NULL;
}

static void hand_on_cluster(f2fs_t *fs, fs_content_t *content, const f2fs_stretch_t *s, uint64_t index, uint64_t blocks)
{
    uint64_t at, length, size = blocks << fs->super.block_bits;
    gather_cluster(fs, s, index, blocks, &at, &length);
    const char *what = f2fs_spend(fs, blocks) ? decode_cluster(fs, s->inode, size) : "it was not read, see the limit on work";
    if (what == NULL)
        fs_content_decoded(content, buffer_span(&fs->decoded), at, length);
    else
        fs_content_lost(content, min_u64(at, fs->image.size), span_clip(fs->image, at, length).size, size, what);
}

/* ---- files ---- */

static void hand_on_blocks(f2fs_t *fs, fs_content_t *content, const f2fs_inode_t *inode)
{
    f2fs_stretch_t s      = {.inode = inode};
    uint64_t       blocks = inode->size / fs->block + (inode->size % fs->block != 0), cluster = inode->compressed ? UINT64_C(1) << inode->cluster_bits : 1;
    for (uint64_t i = 0; i < blocks && !fs_content_full(content) && !fs->told_work;) {
        f2fs_seek(fs, &s, i);
        if (s.hole || s.lost) {
            uint64_t size = (min_u64(s.to, blocks) - i) << fs->super.block_bits;
            if (s.hole)
                fs_content_hole(content, size);
            else
                fs_content_lost(content, inode->at, 0, size, "a node that holds its addresses cannot be read");
            i = s.to;
            continue;
        }
        uint32_t address = f2fs_address(fs, &s, i);
        if (address == F2FS_COMPRESSED_CLUSTER && inode->compressed && i % cluster == 0) {
            hand_on_cluster(fs, content, &s, i, cluster);
            i += cluster;
            continue;
        }
        if (address == F2FS_HOLE || address == F2FS_NEW)
            fs_content_hole(content, fs->block);
        else if (f2fs_in_main_area(fs, address))
            fs_content_run(content, (uint64_t)address << fs->super.block_bits, fs->block);
        else
            fs_content_lost(content, s.at + (i - s.from) * 4, 4, fs->block, "an address of its data is none");
        i++;
    }
}

status_t f2fs_write_content(f2fs_t *fs, const f2fs_inode_t *inode, child_t *child)
{
    fs_content_t content;
    uint64_t     at;
    fs_content_begin(&content, child, fs->image, inode->size);
    if ((inode->inlined & F2FS_INLINE_DATA) != 0) {
        span_t area = f2fs_inline_area(fs, inode, &at);
        fs_content_run(&content, at, min_u64(area.size, inode->size));
        if (area.size < inode->size)
            fs_content_lost(&content, inode->at, 0, inode->size - area.size, "the content is longer than it can be inside its inode");
    } else {
        hand_on_blocks(fs, &content, inode);
    }
    if (inode->encrypted && inode->size > 0)
        child_limit(child, "encrypted", "encrypted by the file system (fscrypt): what is shown is the ciphertext");
    if (fs->told_work)
        return fs_content_end_lost(&content, inode->at, "it was not read, see the limit on work");
    return fs_content_end(&content);
}

bool f2fs_read_content(f2fs_t *fs, const f2fs_inode_t *inode, uint64_t limit, buffer_t *content)
{
    f2fs_stretch_t s    = {.inode = inode};
    uint64_t       size = min_u64(inode->size, limit), at;
    content->size       = 0;
    if ((inode->inlined & F2FS_INLINE_DATA) != 0) {
        buffer_append(content, span_clip(f2fs_inline_area(fs, inode, &at), 0, size));
    } else {
        for (uint64_t i = 0; content->size < size; i++) {
            f2fs_seek(fs, &s, i);
            uint32_t address = s.hole || s.lost ? 0 : f2fs_address(fs, &s, i);
            if (!f2fs_in_main_area(fs, address) || !f2fs_spend(fs, 1))
                break;
            uint64_t from = (uint64_t)address << fs->super.block_bits;
            span_t   part = span_clip(fs->image, from, min_u64(fs->block, size - content->size));
            sink_claim(fs->sink, from, part.size, REGION_STRUCTURE);
            buffer_append(content, part);
            if (part.size == 0 || content->failed)
                break;
        }
    }
    return content->size == inode->size;
}
