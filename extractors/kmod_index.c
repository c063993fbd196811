/* The index files of depmod (modules.dep.bin and its kin). Big-endian: magic B007F457, version 2.1, place of the root node with
 * flags in its upper four bits; the nodes stand before it. Source: kmod, libkmod/libkmod-index.c. */
#include "extractors/extractor.h"

enum { HEADER_SIZE = 12, VERSION = 0x00020001, OFFSET_MASK = 0x0FFFFFFF, HAS_PREFIX_FLAG = 8, HAS_CHILDREN = 2, HAS_VALUES = 4, PREFIX_MAX = 4096 };

/* The end of the root, which is written last: a prefix, a range of letters with a place for each, values. */
static uint64_t root_end(span_t image)
{
    reader_t r     = reader_at(image, 8);
    uint32_t place = read_be32(&r), flags = place >> 28;
    r              = reader_at(image, place & OFFSET_MASK);
    if ((flags & HAS_PREFIX_FLAG) != 0)
        for (unsigned length = 0; read_u8(&r) != 0 && length < PREFIX_MAX; length++)
            continue;
    if ((flags & HAS_CHILDREN) != 0) {
        uint8_t first = read_u8(&r), last = read_u8(&r);
        reader_skip(&r, last >= first ? 4 * (last - first + UINT64_C(1)) : UINT64_MAX);
    }
    if ((flags & HAS_VALUES) != 0) {
        uint32_t values = read_be32(&r);
        for (; values > 0 && reader_ok(&r); values--) {
            reader_skip(&r, 4);
            span_t         rest = span_from_offset(image, r.pos);
            const uint8_t *end  = rest.size > 0 ? memchr(rest.at, 0, rest.size) : NULL;
            reader_skip(&r, end != NULL ? (uint64_t)(end - rest.at) + 1 : UINT64_MAX);
        }
    }
    return reader_ok(&r) ? r.pos : 0;
}

static uint64_t kmod_index_extent(span_t image)
{
    reader_t r     = reader_from(image);
    uint32_t magic = read_be32(&r), version = read_be32(&r), place = read_be32(&r) & OFFSET_MASK;
    if (!reader_ok(&r) || magic != 0xB007F457 || version >> 16 != VERSION >> 16)
        return 0;
    if (place == 0)
        return HEADER_SIZE; /* an index of nothing */
    uint64_t end = place >= HEADER_SIZE ? root_end(image) : 0;
    return end >= HEADER_SIZE ? end : 0;
}

static unsigned kmod_index_probe(span_t image) { return kmod_index_extent(image) > 0 ? 32 + 32 : 0; }

static status_t kmod_index_extract(span_t image, sink_t *sink)
{
    uint64_t end = kmod_index_extent(image);
    if (end == 0)
        return status_fail(STATUS_REJECTED, "kmod-index", 0, "not an index of kernel modules");
    sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
    sink_claim(sink, HEADER_SIZE, end - HEADER_SIZE, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xB0\x07\xF4\x57", 0)};

const extractor_t kmod_index_extractor = {
    .id = "kmod-index", .name = "Index of kernel modules", .specification = "kmod, libkmod/libkmod-index.c", .reach = REACH_VERIFY, .only_at_start = true,
    .magics = magics, .magic_count = 1, .probe = kmod_index_probe, .extent = kmod_index_extent, .extract = kmod_index_extract,
};
