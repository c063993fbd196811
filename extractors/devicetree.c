/* Flattened device tree. A big-endian header (magic, total size, offsets of structure, strings and reservation map, version,
 * oldest compatible version, boot processor, from version 3 the size of the strings, from version 17 that of the structure),
 * pairs of 64-bit numbers ended by a pair of zeros, tokens from "begin node" to "end", names of properties.
 * Source: Devicetree Specification 0.4, chapter 5. */
#include "extractors/devicetree.h"

#include "base/utf8.h"
#include "extractors/gaps.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

enum { V17_HEADER = 40, V16_HEADER = 36, TOKEN_BEGIN = 1, TOKEN_NOP = 4, TOKEN_END = 9, NAME_BYTES_MAX = 256 };

static bool holds(const fdt_layout_t *layout, uint64_t offset, uint64_t length)
{
    return offset >= layout->header && offset <= layout->total && length <= layout->total - offset;
}

static uint32_t word_at(span_t image, uint64_t offset)
{
    reader_t r = reader_at(image, offset);
    return read_be32(&r);
}

static bool starts_with_the_root(span_t image, const fdt_layout_t *layout)
{
    if (layout->structure + 8 > image.size)
        return layout->truncated;
    uint32_t first = word_at(image, layout->structure);
    return first == TOKEN_NOP || (first == TOKEN_BEGIN && word_at(image, layout->structure + 4) == 0);
}

static bool ends_with_the_end(span_t image, const fdt_layout_t *layout)
{
    uint64_t last = layout->structure + layout->structure_size - 4;
    return last + 4 > image.size ? layout->truncated : word_at(image, last) == TOKEN_END;
}

bool fdt_layout_read(span_t image, fdt_layout_t *layout)
{
    reader_t r     = reader_from(image);
    uint32_t magic = read_be32(&r);
    *layout              = (fdt_layout_t){.total = read_be32(&r)};
    layout->structure    = read_be32(&r);
    layout->strings      = read_be32(&r);
    layout->reservations = read_be32(&r);
    uint32_t version = read_be32(&r), oldest = read_be32(&r);
    reader_skip(&r, 4);
    layout->strings_size   = read_be32(&r);
    layout->header         = version >= 17 ? V17_HEADER : V16_HEADER;
    layout->structure_size = version >= 17 ? read_be32(&r) : 0;
    layout->truncated      = layout->total > image.size;
    if (!reader_ok(&r) || magic != 0xD00DFEED || version < 16 || version > 255 || oldest < 2 || oldest > 17)
        return false;
    if (version < 17) /* the structure's size is not told: it ends where something else begins */
        layout->structure_size = ((layout->strings > layout->structure ? layout->strings : layout->total) - min_u64(layout->structure, layout->total)) & ~UINT64_C(3);
    return layout->structure % 4 == 0 && layout->reservations % 8 == 0 && layout->structure_size >= 16 && layout->structure_size % 4 == 0 &&
           holds(layout, layout->reservations, 16) && holds(layout, layout->structure, layout->structure_size) &&
           holds(layout, layout->strings, layout->strings_size) && starts_with_the_root(image, layout) &&
           (version < 17 || ends_with_the_end(image, layout));
}

/* libfdt measures a property's name each time it meets it, so names without end would make it quadratic. */
static bool names_are_short(span_t strings)
{
    for (size_t at = 0; at < strings.size;) {
        size_t         length = (size_t)min_u64(strings.size - at, NAME_BYTES_MAX);
        const uint8_t *end    = memchr(strings.at + at, 0, length);
        if (end == NULL)
            return false;
        at = (size_t)(end - strings.at) + 1;
    }
    return true;
}

bool fdt_view_open(span_t image, const fdt_layout_t *layout, fdt_view_t *view)
{
    *view = (fdt_view_t){.tree = image.at};
    if (layout->truncated || !names_are_short(span_sub(image, layout->strings, layout->strings_size)))
        return false;
    if ((uintptr_t)image.at % 8 != 0) {
        view->copy = malloc((size_t)layout->total);
        if (view->copy == NULL)
            return false;
        view->tree = memcpy(view->copy, image.at, (size_t)layout->total);
    }
    if (fdt_check_full(view->tree, (size_t)layout->total) == 0)
        return true;
    fdt_view_close(view);
    return false;
}

void fdt_view_close(fdt_view_t *view)
{
    free(view->copy);
    *view = (fdt_view_t){0};
}

static uint64_t reservations_size(span_t image, const fdt_layout_t *layout)
{
    reader_t r = reader_at(span_clip(image, 0, layout->total), layout->reservations);
    for (uint64_t address = 1, size = 1; (address != 0 || size != 0) && reader_ok(&r);) {
        address = read_be64(&r);
        size    = read_be64(&r);
    }
    return reader_ok(&r) ? r.pos - layout->reservations : 0;
}

static void claim_present(span_t image, sink_t *sink, range_t range)
{
    sink_claim(sink, range.offset, span_clip(image, range.offset, range.length).size, REGION_STRUCTURE);
}

void fdt_claim(span_t image, const fdt_layout_t *layout, sink_t *sink)
{
    range_t parts[] = {
        {0, layout->header},
        {layout->reservations, reservations_size(image, layout)},
        {layout->structure, layout->structure_size},
        {layout->strings, layout->strings_size},
    };
    enum { PARTS = sizeof parts / sizeof parts[0] };
    for (size_t i = 0; i < PARTS; i++)
        claim_present(image, sink, parts[i]);
    claim_constant_gaps(image, sink, parts, PARTS, min_u64(layout->total, image.size));
    uint64_t names_end = layout->strings + layout->strings_size; /* mkimage leaves old names in the bytes that align the end */
    if (layout->total - names_end < 8)
        sink_claim(sink, min_u64(names_end, image.size), span_clip(image, names_end, layout->total - names_end).size, REGION_PADDING);
}

bool fdt_text(const void *tree, int node, const char *property, char *out, size_t size)
{
    int         length;
    const char *value = fdt_getprop(tree, node, property, &length);
    if (value == NULL || length < 2 || value[length - 1] != '\0')
        return false;
    size_t used = 0;
    for (int i = 0; i < length - 1 && used + 2 < size; i++) {
        out[used++] = value[i] != '\0' ? value[i] : ',';
        if (value[i] == '\0')
            out[used++] = ' ';
    }
    out[used] = '\0';
    return utf8_is_plain_text(span_from(out, used));
}

void fdt_fact(const void *tree, int node, const char *property, const char *key, sink_t *sink)
{
    char text[TEXT_SHORT_MAX];
    if (fdt_text(tree, node, property, text, sizeof text))
        sink_fact(sink, key, text);
}

static unsigned devicetree_probe(span_t image)
{
    fdt_layout_t layout;
    return fdt_layout_read(image, &layout) ? 32 + 32 : 0;
}

static uint64_t devicetree_extent(span_t image)
{
    fdt_layout_t layout;
    return fdt_layout_read(image, &layout) ? min_u64(layout.total, image.size) : 0;
}

static unsigned long count_nodes(const void *tree)
{
    unsigned long nodes = 0;
    for (int node = fdt_next_node(tree, -1, NULL); node >= 0; node = fdt_next_node(tree, node, NULL))
        nodes++;
    return nodes;
}

static status_t devicetree_extract(span_t image, sink_t *sink)
{
    fdt_layout_t layout;
    fdt_view_t   view;
    if (!fdt_layout_read(image, &layout))
        return status_fail(STATUS_REJECTED, "devicetree", 0, "not a flattened device tree");
    fdt_claim(image, &layout, sink);
    if (layout.truncated)
        sink_damage(sink, image.size, 0, "the image ends before the device tree does");
    else if (!fdt_view_open(image, &layout, &view))
        sink_damage(sink, layout.structure, layout.structure_size, "the structure of the device tree is broken");
    else {
        fdt_fact(view.tree, 0, "model", "devicetree.model", sink);
        fdt_fact(view.tree, 0, "compatible", "devicetree.compatible", sink);
        sink_fact_printf(sink, "devicetree.nodes", "%lu", count_nodes(view.tree));
        fdt_view_close(&view);
    }
    return ok();
}

static const magic_t magics[] = {MAGIC("\xD0\x0D\xFE\xED", 0)};

const extractor_t devicetree_extractor = {
    .id = "devicetree", .name = "Flattened device tree", .specification = "Devicetree Specification 0.4, chapter 5", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 1, .probe = devicetree_probe, .extent = devicetree_extent, .extract = devicetree_extract,
};
