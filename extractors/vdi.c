/* VDI: a disk of VirtualBox. Text of 64 bytes, magic 0xBEDA107F, version (minor, major), size of the header, type (1 dynamic, 2 fixed), flags,
 * comment of 256 bytes, offsets of the map and of the data, geometry of 16 bytes, size of the disk, size of a block, extra bytes
 * before each block, count of blocks, count of those allocated, UUIDs. The map holds for each block its number in the file; FFFFFFFF
 * free, FFFFFFFE zero. Little-endian. Source: VirtualBox, VDICore.h; QEMU, block/vdi.c. */
#include "extractors/fs_content.h"

#include <inttypes.h>

enum { HEADER = 400, HEADER_V1 = 384, TYPE_DYNAMIC = 1, TYPE_FIXED = 2, BLOCK_MAX = 1 << 28 };
#define BLOCK_FREE UINT32_MAX
#define BLOCK_ZERO (UINT32_MAX - 1)

typedef struct { uint32_t type, map_at, data_at, block, extra, blocks, header; uint64_t size; } vdi_t;

static bool read_header(span_t image, vdi_t *v)
{
    reader_t r     = reader_at(image, 64);
    bool     right = read_le32(&r) == 0xBEDA107F;
    reader_skip(&r, 2);
    right     = right && read_le16(&r) == 1;
    v->header = read_le32(&r);
    v->type   = read_le32(&r);
    reader_skip(&r, 4 + 256);
    v->map_at  = read_le32(&r);
    v->data_at = read_le32(&r);
    reader_skip(&r, 20);
    v->size   = read_le64(&r);
    v->block  = read_le32(&r);
    v->extra  = read_le32(&r);
    v->blocks = read_le32(&r);
    return right && reader_ok(&r) && (v->type == TYPE_DYNAMIC || v->type == TYPE_FIXED) && v->block >= 512 && v->block <= BLOCK_MAX && v->extra <= BLOCK_MAX &&
           v->map_at >= HEADER_V1 && v->data_at > v->map_at && v->size > 0 && (v->size + v->block - 1) / v->block == v->blocks && v->header >= 256 && v->header <= 1024;
}

static uint32_t map_entry(span_t image, const vdi_t *v, uint32_t block)
{
    reader_t r = reader_at(image, v->map_at + (uint64_t)block * 4);
    return read_le32(&r);
}

static uint64_t place_of(const vdi_t *v, uint32_t number) { return v->data_at + (uint64_t)number * ((uint64_t)v->block + v->extra); }

static unsigned vdi_probe(span_t image)
{
    vdi_t v;
    return read_header(image, &v) ? 32 + 16 + 32 : 0;
}

static uint32_t blocks_there(span_t image, const vdi_t *v) { return (uint32_t)min_u64(v->blocks, span_clip(image, v->map_at, UINT64_MAX).size / 4); }

static uint64_t end_of_blocks(span_t image, const vdi_t *v)
{
    uint64_t end = v->data_at;
    for (uint32_t i = 0, count = blocks_there(image, v); i < count; i++) {
        uint32_t number = map_entry(image, v, i);
        if (number < BLOCK_ZERO)
            end = max_u64(end, place_of(v, number) + v->extra + v->block);
    }
    return end;
}

static uint64_t vdi_extent(span_t image)
{
    vdi_t v;
    return read_header(image, &v) ? min_u64(end_of_blocks(image, &v), image.size) : 0;
}

static status_t vdi_extract(span_t image, sink_t *sink)
{
    vdi_t v;
    if (!read_header(image, &v))
        return status_fail(STATUS_REJECTED, "vdi", 0, "not a VDI header");
    sink_claim(sink, 0, min_u64(72 + (uint64_t)v.header, image.size), REGION_STRUCTURE);
    uint32_t count = blocks_there(image, &v);
    sink_claim(sink, min_u64(v.map_at, image.size), (uint64_t)count * 4, REGION_STRUCTURE);
    sink_fact(sink, "vdi.type", v.type == TYPE_DYNAMIC ? "dynamic" : "fixed");
    sink_fact_printf(sink, "vdi.size", "%" PRIu64, v.size);
    if (end_of_blocks(image, &v) > image.size)
        sink_damage(sink, image.size, 0, "the image ends inside its last block");
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("disk"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    fs_content_t content;
    fs_content_begin(&content, child, image, v.size);
    for (uint32_t i = 0; i < count && !fs_content_full(&content); i++) {
        uint32_t number = map_entry(image, &v, i);
        if (number >= BLOCK_ZERO)
            fs_content_hole(&content, v.block);
        else
            fs_content_run(&content, place_of(&v, number) + v.extra, v.block);
    }
    if (count < v.blocks)
        return fs_content_end_lost(&content, image.size, "the image ends inside the map of blocks");
    return fs_content_end(&content);
}

static const magic_t magics[] = {MAGIC("\x7F\x10\xDA\xBE", 64)};

const extractor_t vdi_extractor = {
    .id = "vdi", .name = "VirtualBox disk image", .specification = "VirtualBox, VDICore.h; QEMU, block/vdi.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = vdi_probe, .extent = vdi_extent, .extract = vdi_extract,
};
