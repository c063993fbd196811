/* Content: from extents to bytes. A compressed cluster stands at the end of its blocks, zeros before it (only the first LZ4 images had it at
 * the beginning); a cluster that several extents share gives each of them its first bytes. */
#include "extractors/erofs.h"

#include <stdlib.h>

enum { PACKED_FIRST = 64, ALGORITHMS = 4, LZ4 = 0, LZMA = 1 };

static const codec_t codec_of[ALGORITHMS] = {CODEC_LZ4_BLOCK, CODEC_MICROLZMA, CODEC_DEFLATE, CODEC_ZSTD};

#define UNREADABLE "a compressed cluster cannot be decoded"

bool erofs_spend(erofs_t *fs, uint64_t bytes)
{
    if (bytes <= fs->work && !fs->told_work) {
        fs->work -= bytes;
        return true;
    }
    if (!fs->told_work)
        sink_limit(fs->sink, 0, 0, "work", "decoding and reading again what was read before went out of proportion: the rest was left out");
    fs->told_work = true;
    return false;
}

void erofs_data_free(erofs_t *fs)
{
    free(fs->content.bytes);
    free(fs->packed_slot.bytes);
    free(fs->packed);
}

/* ---- one extent ---- */

static bool make_room(erofs_decoded_t *slot, uint64_t size)
{
    slot->used = false;
    if (size <= slot->capacity)
        return true;
    uint8_t *bytes = realloc(slot->bytes, (size_t)size);
    if (bytes == NULL)
        return false;
    slot->bytes    = bytes;
    slot->capacity = (size_t)size;
    return true;
}

static bool decode_cluster(erofs_t *fs, const erofs_extent_t *extent, uint8_t *out)
{
    span_t in = span_sub(fs->image, extent->at, extent->length);
    if (in.at == NULL || extent->algorithm >= ALGORITHMS)
        return false;
    bool     padded = extent->algorithm != LZ4 || (fs->super.incompat & EROFS_ZERO_PADDING) != 0;
    uint64_t most   = padded ? min_u64(in.size, fs->block - extent->at % fs->block) : 0, zeros = 0;
    while (zeros < most && in.at[zeros] == 0)
        zeros++;
    in = span_from_offset(in, zeros);
    if (extent->partial || !padded || extent->algorithm > LZMA)
        return status_ok(codec_decode_prefix_with(fs->codecs, codec_of[extent->algorithm], in, out, (size_t)extent->size));
    size_t produced;
    return status_ok(codec_decode_with(fs->codecs, codec_of[extent->algorithm], in, out, (size_t)extent->size, &produced)) && produced == extent->size;
}

/* How many of the first bytes of a rotated extent stand last. */
static uint64_t rotated_first(const erofs_t *fs, const erofs_extent_t *extent) { return fs->block - extent->from % fs->block; }

static bool assemble_rotated(const erofs_t *fs, const erofs_extent_t *extent, uint8_t *out)
{
    uint64_t behind = rotated_first(fs, extent), first = min_u64(behind, extent->size);
    span_t   all    = span_sub(fs->image, extent->at, extent->length);
    if (all.at == NULL)
        return false;
    memcpy(out, all.at + (extent->length - behind), (size_t)first);
    memcpy(out + first, all.at, (size_t)(extent->size - first));
    return true;
}

bool erofs_decode(erofs_t *fs, const erofs_extent_t *extent, erofs_decoded_t *slot, span_t *bytes)
{
    if (extent->kind == EROFS_RUN || extent->kind == EROFS_TAIL) {
        *bytes = span_clip(fs->image, extent->at, extent->size);
        return bytes->size == extent->size;
    }
    *bytes = (span_t){NULL, 0};
    if ((extent->kind != EROFS_ENCODED && extent->kind != EROFS_ROTATED) || extent->size > EROFS_DECODED_MAX || extent->length > 2 * EROFS_ENCODED_MAX)
        return false;
    bool known = slot->used && slot->at == extent->at && slot->length == extent->length && slot->size == extent->size
                 && slot->algorithm == extent->algorithm;
    if (!known) {
        if (fs->told_work || !make_room(slot, extent->size))
            return false;
        bool decoded = extent->kind == EROFS_ROTATED ? assemble_rotated(fs, extent, slot->bytes) : decode_cluster(fs, extent, slot->bytes);
        if (!decoded) {
            (void)erofs_spend(fs, extent->size + extent->length);
            return false;
        }
        slot->at        = extent->at;
        slot->length    = extent->length;
        slot->size      = extent->size;
        slot->algorithm = extent->algorithm;
        slot->used      = extent->kind == EROFS_ENCODED;
    }
    *bytes = span_from(slot->bytes, (size_t)extent->size);
    return true;
}

/* ---- the packed inode ---- */

static void claim_inode(erofs_t *fs, const erofs_inode_t *inode, const erofs_map_t *map)
{
    uint64_t end = max_u64(erofs_map_end(map), inode->end);
    sink_claim(fs->sink, inode->at, min_u64(end, fs->image.size) - min_u64(inode->at, fs->image.size), REGION_STRUCTURE);
}

static void read_packed_map(erofs_t *fs)
{
    erofs_inode_t inode;
    fs->packed_read = true;
    if (!erofs_read_inode(fs, fs->super.packed, &inode))
        return;
    /* Each extent has blocks of its own, so an honest list is not longer than the image has blocks. */
    size_t         most = fs->image.size / fs->block + PACKED_FIRST;
    erofs_map_t    map;
    erofs_extent_t extent;
    erofs_map_begin(&map, fs, &inode);
    while (fs->packed_count < most && erofs_map_next(&map, &extent)) {
        if (fs->packed_count == fs->packed_capacity) {
            size_t          capacity = fs->packed_capacity == 0 ? PACKED_FIRST : fs->packed_capacity * 2;
            erofs_extent_t *more     = realloc(fs->packed, capacity * sizeof *more);
            if (more == NULL)
                return;
            fs->packed          = more;
            fs->packed_capacity = capacity;
        }
        fs->packed[fs->packed_count++] = extent;
    }
}

static const erofs_extent_t *packed_extent(erofs_t *fs, uint64_t offset)
{
    if (!fs->packed_read)
        read_packed_map(fs);
    size_t low = 0, high = fs->packed_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fs->packed[middle].from <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || offset - fs->packed[low - 1].from >= fs->packed[low - 1].size)
        return NULL;
    return &fs->packed[low - 1];
}

/* The decoded extent of the packed inode; one that is not in hand costs work. */
static bool decode_packed(erofs_t *fs, const erofs_extent_t *extent, span_t *bytes)
{
    bool in_hand = fs->packed_slot.used && fs->packed_slot.at == extent->at && fs->packed_slot.size == extent->size;
    if (!in_hand && extent->kind != EROFS_RUN && extent->kind != EROFS_TAIL && !erofs_spend(fs, extent->size))
        return false;
    return erofs_decode(fs, extent, &fs->packed_slot, bytes);
}

bool erofs_read_packed(erofs_t *fs, uint64_t offset, uint64_t length, buffer_t *out)
{
    while (length > 0) {
        const erofs_extent_t *extent = packed_extent(fs, offset);
        span_t                bytes;
        if (extent == NULL || !decode_packed(fs, extent, &bytes))
            return false;
        bytes = span_clip(span_from_offset(bytes, offset - extent->from), 0, length);
        buffer_append(out, bytes);
        sink_claim(fs->sink, extent->at, extent->length, REGION_STRUCTURE);
        if (bytes.size == 0 || out->failed)
            return false;
        offset += bytes.size;
        length -= bytes.size;
    }
    return true;
}

static void hand_on_fragment(erofs_t *fs, fs_content_t *content, uint64_t offset, uint64_t left)
{
    while (left > 0 && !fs_content_full(content)) {
        const erofs_extent_t *extent = packed_extent(fs, offset);
        if (extent == NULL) {
            fs_content_lost(content, 0, 0, left, "a part of it should stand in the packed inode, which cannot be read there");
            return;
        }
        uint64_t within = offset - extent->from, size = min_u64(left, extent->size - within);
        span_t   bytes;
        if (extent->kind == EROFS_RUN || extent->kind == EROFS_TAIL)
            fs_content_run(content, extent->at + within, size);
        else if (extent->kind == EROFS_HOLE)
            fs_content_hole(content, size);
        else if (decode_packed(fs, extent, &bytes))
            fs_content_decoded(content, span_sub(bytes, within, size), extent->at, extent->length);
        else
            fs_content_lost(content, extent->at, extent->kind == EROFS_ENCODED ? extent->length : 0, size,
                            "a part of it stands in the packed inode, which cannot be decoded there");
        offset += size;
        left -= size;
    }
}

/* ---- files ---- */

static void hand_on(erofs_t *fs, fs_content_t *content, const erofs_extent_t *extent)
{
    span_t bytes;
    switch (extent->kind) {
    case EROFS_RUN:
    case EROFS_TAIL: fs_content_run(content, extent->at, extent->size); return;
    case EROFS_HOLE: fs_content_hole(content, extent->size); return;
    case EROFS_ROTATED: {
        uint64_t behind = rotated_first(fs, extent), first = min_u64(behind, extent->size);
        fs_content_run(content, extent->at + (extent->length - behind), first);
        fs_content_run(content, extent->at, extent->size - first);
        return;
    }
    case EROFS_ENCODED:
        if (erofs_decode(fs, extent, &fs->content, &bytes))
            fs_content_decoded(content, bytes, extent->at, extent->length);
        else
            fs_content_lost(content, min_u64(extent->at, fs->image.size), span_clip(fs->image, extent->at, extent->length).size, extent->size, UNREADABLE);
        return;
    case EROFS_FRAGMENT: hand_on_fragment(fs, content, extent->at, extent->size); return;
    case EROFS_ELSEWHERE: fs_content_lost(content, 0, 0, extent->size, "a part of it stands on another device, which is not in this image"); return;
    case EROFS_LOST: fs_content_lost(content, min_u64(extent->at, fs->image.size), 0, extent->size, extent->what); return;
    }
}

status_t erofs_write_content(erofs_t *fs, const erofs_inode_t *inode, child_t *child)
{
    fs_content_t   content;
    erofs_map_t    map;
    erofs_extent_t extent;
    fs_content_begin(&content, child, fs->image, inode->size);
    erofs_map_begin(&map, fs, inode);
    while (!fs_content_full(&content) && !fs->told_work && erofs_map_next(&map, &extent))
        hand_on(fs, &content, &extent);
    status_t status = fs->told_work ? fs_content_end_lost(&content, inode->at, "it was not read, see the limit on work") : fs_content_end(&content);
    claim_inode(fs, inode, &map);
    if (status_ok(status))
        (void)erofs_spend(fs, max_u64(erofs_map_end(&map), inode->end) - inode->end);
    return status;
}

/* ---- directories, links ---- */

bool erofs_read_content(erofs_t *fs, const erofs_inode_t *inode, uint64_t limit, buffer_t *content)
{
    erofs_map_t    map;
    erofs_extent_t extent;
    bool           whole = inode->size <= limit;
    content->size        = 0;
    erofs_map_begin(&map, fs, inode);
    while (!fs->told_work && content->size < limit && erofs_map_next(&map, &extent)) {
        span_t   bytes = {NULL, 0};
        uint64_t size  = min_u64(extent.size, limit - content->size);
        size_t   from  = content->size;
        if (extent.kind == EROFS_FRAGMENT)
            whole = erofs_read_packed(fs, extent.at, size, content) && whole;
        else if (extent.kind != EROFS_HOLE)
            whole = erofs_decode(fs, &extent, &fs->content, &bytes) && whole;
        bytes = span_clip(bytes, 0, size);
        buffer_append(content, bytes);
        if (extent.kind == EROFS_RUN || extent.kind == EROFS_TAIL || bytes.size > 0)
            sink_claim(fs->sink, extent.at, extent.kind == EROFS_ENCODED || extent.kind == EROFS_ROTATED ? extent.length : bytes.size, REGION_STRUCTURE);
        uint64_t missing = size - (content->size - from);
        uint8_t *zeros   = extent.kind == EROFS_LOST ? NULL : buffer_reserve(content, (size_t)missing);
        if (zeros == NULL)
            break;
        memset(zeros, 0, (size_t)missing);
        content->size += (size_t)missing;
    }
    claim_inode(fs, inode, &map);
    (void)erofs_spend(fs, content->size + (max_u64(erofs_map_end(&map), inode->end) - inode->end));
    return whole && content->size == inode->size;
}
