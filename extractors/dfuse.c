/* DfuSe, ST's file for USB device firmware upgrade. Little-endian, packed.
 *
 *   prefix    "DfuSe", version 1, size of all but the suffix, number of targets
 *   target    "Target", alternate setting, is it named (4), name (255), size of its elements, number of elements
 *   element   address, size, bytes
 *   suffix    as of any DFU file (dfu.c), its version 011A
 *
 * Source: ST, UM0391, "DfuSe File Format Specification". */
#include "extractors/dfu_common.h"

#include <stdio.h>

enum { PREFIX = 11, TARGET = 274, NAME_MAX_DFUSE = 255, ELEMENT = 8, SUFFIX = 16 };

typedef struct { uint8_t version, targets; uint32_t size; } prefix_t;

static bool read_prefix(span_t image, prefix_t *prefix)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "DfuSe"))
        return false;
    reader_skip(&r, 5);
    prefix->version = read_u8(&r);
    prefix->size    = read_le32(&r);
    prefix->targets = read_u8(&r);
    return reader_ok(&r) && prefix->version == 1 && prefix->size >= PREFIX + TARGET && prefix->targets > 0;
}

/* The file that the prefix tells of, when its suffix is there. */
static bool read_whole(span_t image, const prefix_t *prefix, dfu_suffix_t *suffix)
{
    span_t whole = span_sub(image, 0, (uint64_t)prefix->size + SUFFIX);
    return whole.at != NULL && dfu_read_suffix(whole, suffix) && suffix->length == SUFFIX;
}

static unsigned dfuse_probe(span_t image)
{
    prefix_t     prefix;
    dfu_suffix_t suffix;
    if (!read_prefix(image, &prefix))
        return 0;
    /* The magic is a word that stands in programs: without a target, it is believed at the start of a blob only. */
    unsigned bits = 32 + (span_has_text_at(image, PREFIX, "Target") ? 48u : 0u);
    return bits + (read_whole(image, &prefix, &suffix) ? 32u + (suffix.crc_agrees ? 32u : 0u) : 0u);
}

static uint64_t dfuse_extent(span_t image)
{
    prefix_t     prefix;
    dfu_suffix_t suffix;
    if (!read_prefix(image, &prefix))
        return 0;
    return min_u64(prefix.size + (read_whole(image, &prefix, &suffix) ? (uint64_t)SUFFIX : 0), image.size);
}

typedef struct { sink_t *sink; span_t image; char folder[320]; bool full; } dfuse_t;

static void name_folder(dfuse_t *dfuse, unsigned target, uint8_t setting, span_t name)
{
    size_t length = strnlen((const char *)name.at, name.size);
    int    size   = snprintf(dfuse->folder, sizeof dfuse->folder, "target%u-alt%u%s%.*s", target,
                              setting, length > 0 ? "-" : "", (int)length, (const char *)name.at);
    for (int i = 0; i < size && dfuse->folder[i] != 0; i++)
        if (dfuse->folder[i] == '/')
            dfuse->folder[i] = '_';
}

/* One element at `r`; false: it cannot be read. */
static bool take_element(dfuse_t *dfuse, reader_t *r, unsigned number)
{
    uint64_t at      = r->pos;
    uint32_t address = read_le32(r), size = read_le32(r);
    if (!reader_ok(r))
        return false;
    sink_claim(dfuse->sink, at, ELEMENT, REGION_STRUCTURE);
    char     path[400];
    int      length = snprintf(path, sizeof path, "%s/%u-%08x.bin", dfuse->folder, number, (unsigned)address);
    child_t *child  = sink_child(dfuse->sink, &(child_info_t){.path = span_from(path, (size_t)length), .type = CHILD_PAYLOAD});
    dfuse->full     = child == NULL;
    if (child == NULL)
        return false;
    uint64_t held = min_u64(size, reader_left(r));
    child_range(child, r->pos, held);
    if (held < size)
        child_damage(child, r->pos, held, "the image ends before this element does");
    sink_end_child(dfuse->sink);
    reader_skip(r, size);
    return reader_ok(r);
}

/* False: it cannot be read, nor what follows. */
static bool take_target(dfuse_t *dfuse, reader_t *r, unsigned number)
{
    uint64_t at = r->pos;
    bool     is = span_has_text_at(dfuse->image, at, "Target");
    reader_skip(r, 6);
    uint8_t  setting  = read_u8(r);
    uint32_t is_named = read_le32(r);
    span_t   name     = read_span(r, NAME_MAX_DFUSE);
    uint32_t size     = read_le32(r), elements = read_le32(r);
    if (!is || !reader_ok(r)) {
        sink_damage(dfuse->sink, at, min_u64(TARGET, dfuse->image.size - at), "the prefix of a target is cut or broken");
        return false;
    }
    sink_claim(dfuse->sink, at, TARGET, REGION_STRUCTURE);
    name_folder(dfuse, number, setting, is_named != 0 ? name : (span_t){(const uint8_t *)"", 0});
    uint64_t start = r->pos;
    for (uint32_t i = 0; i < elements; i++)
        if (!take_element(dfuse, r, i)) {
            if (!dfuse->full)
                sink_damage(dfuse->sink, at, TARGET, "fewer elements are here than the target tells");
            return false;
        }
    if (r->pos - start != size)
        sink_damage(dfuse->sink, at, TARGET, "the size of the target is not that of its elements");
    return true;
}

static status_t dfuse_extract(span_t image, sink_t *sink)
{
    prefix_t     prefix;
    dfu_suffix_t suffix;
    if (!read_prefix(image, &prefix))
        return status_fail(STATUS_REJECTED, "dfuse", 0, "no prefix");
    dfuse_t  dfuse = {.sink = sink, .image = span_clip(image, 0, prefix.size)};
    reader_t r     = reader_at(dfuse.image, PREFIX);
    sink_claim(sink, 0, PREFIX, REGION_STRUCTURE);
    sink_fact_printf(sink, "dfuse.targets", "%u", prefix.targets);
    if (read_whole(image, &prefix, &suffix)) {
        dfu_say_suffix(span_clip(image, 0, (uint64_t)prefix.size + SUFFIX), &suffix, sink);
        if (!suffix.crc_agrees)
            sink_damage(sink, 0, (uint64_t)prefix.size + SUFFIX, "the CRC-32 of the suffix does not agree with the image");
    } else {
        sink_damage(sink, min_u64(prefix.size, image.size), 0, "the suffix is missing");
    }
    for (unsigned i = 0; i < prefix.targets && take_target(&dfuse, &r, i); i++)
        continue;
    return ok();
}

static const magic_t magics[] = {MAGIC("DfuSe\x01", 0)};

const extractor_t dfuse_extractor = {
    .id = "dfuse", .name = "DfuSe", .specification = "ST UM0391", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = dfuse_probe, .extent = dfuse_extent, .extract = dfuse_extract,
};
