#include "extractors/mtd.h"

#include <libfdt.h>
#include <stdlib.h>

enum { TREES_MAX = 64, TREE_MAX = 4 << 20, CELLS_MAX = 2, PARENTS_MAX = 512 };

static uint64_t read_cells(reader_t *r, int cells)
{
    uint64_t value = 0;
    for (int i = 0; i < cells; i++)
        value = value << 32 | read_be32(r);
    return value;
}

/* The partitions below `parent`, which is a flash or its node "partitions". */
static void read_parent(const void *tree, int parent, mtd_layout_t *layout)
{
    int address = fdt_address_cells(tree, parent), size = fdt_size_cells(tree, parent), node;
    if (address < 1 || address > CELLS_MAX || size < 1 || size > CELLS_MAX)
        return;
    fdt_for_each_subnode(node, tree, parent)
    {
        int         length, name_length;
        const char *unit = fdt_get_name(tree, node, NULL), *label = fdt_getprop(tree, node, "label", &name_length);
        const void *reg  = fdt_getprop(tree, node, "reg", &length);
        if (unit == NULL || strncmp(unit, "partition", 9) != 0 || reg == NULL || length < 4 * (address + size))
            continue;
        reader_t r      = reader_from(span_from(reg, (size_t)length));
        uint64_t offset = read_cells(&r, address), bytes = read_cells(&r, size);
        span_t   name   = label != NULL && name_length > 0 ? span_from(label, (size_t)name_length) : span_from_text(unit);
        if (!mtd_add(layout, name, offset, bytes))
            return;
    }
}

/* Each flash once: the first of its partitions leads to it. */
static void read_tree(const void *tree, uint64_t at, const mtd_judge_t *judge)
{
    int depth = 0, last_parent = -1, parents = 0;
    for (int node = 0; node >= 0 && parents < PARENTS_MAX; node = fdt_next_node(tree, node, &depth)) {
        const char *unit = fdt_get_name(tree, node, NULL);
        if (unit == NULL || strncmp(unit, "partition@", 10) != 0)
            continue;
        int parent = fdt_parent_offset(tree, node);
        parents++;
        if (parent < 0 || parent == last_parent)
            continue;
        last_parent         = parent;
        mtd_layout_t layout = {.source = "device tree", .found_at = at, .bits = 64};
        read_parent(tree, parent, &layout);
        judge->judge(judge->context, &layout);
    }
}

void mtd_from_device_tree(span_t dump, const mtd_judge_t *judge)
{
    static const uint8_t magic[] = {0xD0, 0x0D, 0xFE, 0xED};
    const uint8_t       *at = dump.at, *end = dump.at + dump.size;
    for (size_t n = 0; n < TREES_MAX && (at = memmem(at, (size_t)(end - at), magic, sizeof magic)) != NULL; n++) {
        uint64_t place = (uint64_t)(at - dump.at);
        reader_t r     = reader_at(dump, place + 4);
        uint32_t size  = read_be32(&r);
        at += sizeof magic;
        span_t stored = span_sub(dump, place, size);
        /* libfdt wants its tree aligned. */
        void *tree = stored.at != NULL && size >= sizeof(struct fdt_header) && size <= TREE_MAX ? malloc(size) : NULL;
        if (tree == NULL)
            continue;
        memcpy(tree, stored.at, size);
        if (fdt_check_full(tree, size) == 0)
            read_tree(tree, place, judge);
        free(tree);
    }
}
