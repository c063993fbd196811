/* FIT, the flattened image tree of U-Boot: a device tree whose node /images holds one node an image, with the bytes in the
 * property "data" or, outside the tree, at data-position from its start or data-offset from its end (aligned to four bytes).
 * Nodes hash* of an image carry digests of these bytes, nodes signature* of images or configurations sign them.
 * Source: U-Boot, doc/usage/fit/source_file_format.rst. */
#include "extractors/devicetree.h"
#include "extractors/gaps.h"

#include <libfdt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { IMAGES_MAX = 4096, IMAGES_WITH_FACTS = 16, SIGNATURES_WITH_FACTS = 4, TIMES_OVER = 8 };

typedef struct { range_t at; bool found, sound; } data_t;

static bool cell(const void *tree, int node, const char *property, uint64_t *value)
{
    int            length;
    const uint8_t *bytes = fdt_getprop(tree, node, property, &length);
    if (bytes == NULL || (length != 4 && length != 8))
        return false;
    reader_t r = reader_from(span_from(bytes, (size_t)length));
    *value     = read_be(&r, (unsigned)length);
    return true;
}

static bool has_data(const void *tree, int node)
{
    return fdt_getprop(tree, node, "data", NULL) != NULL || fdt_getprop(tree, node, "data-size", NULL) != NULL;
}

static data_t data_of(const void *tree, int node, const fdt_layout_t *layout)
{
    int         length;
    const char *inside = fdt_getprop(tree, node, "data", &length);
    if (inside != NULL)
        return (data_t){.at = {(uint64_t)(inside - (const char *)tree), (uint64_t)length}, .found = true, .sound = true};
    data_t data = {0};
    if (!cell(tree, node, "data-size", &data.at.length))
        return data;
    if (cell(tree, node, "data-position", &data.at.offset))
        data.found = true;
    else if (cell(tree, node, "data-offset", &data.at.offset))
        data.found = checked_add(data.at.offset, round_up(layout->total, 4), &data.at.offset);
    uint64_t end;
    data.sound = data.found && data.at.offset >= layout->total && checked_add(data.at.offset, data.at.length, &end);
    return data;
}

/* The node /images of a tree that is a FIT; negative when it is none. */
static int images_node(const void *tree)
{
    int images = fdt_subnode_offset(tree, 0, "images"), node;
    if (images < 0)
        return images;
    fdt_for_each_subnode(node, tree, images)
        if (has_data(tree, node))
            return images;
    return -FDT_ERR_NOTFOUND;
}

static bool open_fit(span_t image, fdt_layout_t *layout, fdt_view_t *view)
{
    if (!fdt_layout_read(image, layout) || !fdt_view_open(image, layout, view))
        return false;
    if (images_node(view->tree) >= 0)
        return true;
    fdt_view_close(view);
    return false;
}

static unsigned fit_probe(span_t image)
{
    fdt_layout_t layout;
    fdt_view_t   view;
    if (!open_fit(image, &layout, &view))
        return 0;
    fdt_view_close(&view);
    return 32 + 32 + 16;
}

static uint64_t fit_extent(span_t image)
{
    fdt_layout_t layout;
    fdt_view_t   view;
    if (!open_fit(image, &layout, &view))
        return 0;
    uint64_t end = layout.total;
    int      node;
    fdt_for_each_subnode(node, view.tree, images_node(view.tree)) {
        data_t data = data_of(view.tree, node, &layout);
        if (data.sound)
            end = max_u64(end, data.at.offset + data.at.length);
    }
    fdt_view_close(&view);
    return min_u64(end, image.size);
}

/* Size of the digest in `out`; 0: an algorithm that we do not know. */
static size_t digest_by(const char *algorithm, span_t bytes, uint8_t out[EVP_MAX_MD_SIZE])
{
    static const struct { const char *name; const EVP_MD *(*digest)(void); } algorithms[] = {
        {"md5", EVP_md5}, {"sha1", EVP_sha1}, {"sha256", EVP_sha256}, {"sha384", EVP_sha384}, {"sha512", EVP_sha512},
    };
    if (strcmp(algorithm, "crc32") == 0) {
        uLong crc = crc32_z(0, bytes.at, bytes.size);
        for (size_t i = 0; i < 4; i++)
            out[i] = (uint8_t)(crc >> (24 - 8 * i));
        return 4;
    }
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        unsigned size = 0;
        if (strcmp(algorithm, algorithms[i].name) == 0)
            return EVP_Digest(bytes.at, bytes.size, out, &size, algorithms[i].digest(), NULL) == 1 ? size : 0;
    }
    return 0;
}

/* Digests are of attacker's choice in number: `budget` bounds the bytes that go through them. */
static void verify_hashes(const void *tree, int node, span_t bytes, uint64_t at, uint64_t *budget, sink_t *sink, child_t *child)
{
    int hash;
    fdt_for_each_subnode(hash, tree, node) {
        const char *name = fdt_get_name(tree, hash, NULL);
        char        algorithm[32];
        int         length;
        if (name == NULL || strncmp(name, "hash", 4) != 0)
            continue;
        const void *value = fdt_getprop(tree, hash, "value", &length);
        if (value == NULL || !fdt_text(tree, hash, "algo", algorithm, sizeof algorithm))
            continue;
        if (bytes.size > *budget) {
            sink_limit(sink, at, bytes.size, "hashes", "more data under digests than is plausible: the rest was not verified");
            return;
        }
        *budget -= bytes.size;
        uint8_t digest[EVP_MAX_MD_SIZE];
        size_t  size = digest_by(algorithm, bytes, digest);
        if (size == 0)
            sink_note(sink, at, "a digest of an image is of an unknown algorithm and was not verified");
        else if ((size_t)length != size || memcmp(value, digest, size) != 0)
            child_damage(child, at, bytes.size, "a digest of the image does not agree with its data");
    }
}

static void say_image(const void *tree, int node, unsigned number, sink_t *sink)
{
    static const char *const properties[] = {"description", "type", "os", "arch", "compression"};
    static const char *const addresses[]  = {"load", "entry"};
    char                     key[64];
    uint64_t                 value;
    const char              *name = fdt_get_name(tree, node, NULL);
    (void)snprintf(key, sizeof key, "fit.%u.name", number);
    sink_fact(sink, key, name != NULL ? name : "");
    for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++) {
        (void)snprintf(key, sizeof key, "fit.%u.%s", number, properties[i]);
        fdt_fact(tree, node, properties[i], key, sink);
    }
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        (void)snprintf(key, sizeof key, "fit.%u.%s", number, addresses[i]);
        if (cell(tree, node, addresses[i], &value))
            sink_fact_printf(sink, key, "0x%llx", (unsigned long long)value);
    }
    if (fdt_subnode_offset(tree, node, "cipher") >= 0) {
        (void)snprintf(key, sizeof key, "fit.%u.encrypted", number);
        sink_fact(sink, key, "yes");
    }
}

/* False when no more children may be had. */
static bool add_image(span_t image, const void *tree, int node, range_t at, uint64_t *budget, sink_t *sink)
{
    const char *name  = fdt_get_name(tree, node, NULL);
    child_t    *child = sink_child(sink, &(child_info_t){.path = span_from_text(name != NULL ? name : "image"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    child_range(child, at.offset, at.length);
    span_t bytes = span_sub(image, at.offset, at.length);
    if (bytes.at != NULL)
        verify_hashes(tree, node, bytes, at.offset, budget, sink, child);
    sink_end_child(sink);
    return true;
}

typedef struct { unsigned total, said; } signatures_t;

static void count_signatures(const void *tree, int parent, const char *where, signatures_t *signatures, sink_t *sink)
{
    int node;
    fdt_for_each_subnode(node, tree, parent) {
        const char *name = fdt_get_name(tree, node, NULL);
        char        key[64], algorithm[64], hint[128];
        if (name == NULL || strncmp(name, "signature", 9) != 0)
            continue;
        signatures->total++;
        if (signatures->said == SIGNATURES_WITH_FACTS || !fdt_text(tree, node, "algo", algorithm, sizeof algorithm))
            continue;
        bool hinted = fdt_text(tree, node, "key-name-hint", hint, sizeof hint);
        (void)snprintf(key, sizeof key, "fit.signature.%u", signatures->said++);
        sink_fact_printf(sink, key, "%s of %s%s%s", algorithm, where, hinted ? ", key " : "", hinted ? hint : "");
    }
}

static void say_tree(const void *tree, int images, sink_t *sink)
{
    signatures_t signatures     = {0, 0};
    unsigned     configurations = 0;
    int          node, parent = fdt_subnode_offset(tree, 0, "configurations");
    uint64_t     timestamp;
    fdt_fact(tree, 0, "description", "fit.description", sink);
    if (cell(tree, 0, "timestamp", &timestamp))
        sink_fact_printf(sink, "fit.timestamp", "%llu", (unsigned long long)timestamp);
    fdt_for_each_subnode(node, tree, images)
        count_signatures(tree, node, "an image", &signatures, sink);
    if (parent >= 0) {
        fdt_fact(tree, parent, "default", "fit.default", sink);
        fdt_for_each_subnode(node, tree, parent) {
            configurations++;
            count_signatures(tree, node, "a configuration", &signatures, sink);
        }
    }
    sink_fact_printf(sink, "fit.configurations", "%u", configurations);
    sink_fact_printf(sink, "fit.signed", "%s", signatures.total > 0 ? "yes" : "no");
}

static void add_images(span_t image, const void *tree, int images, const fdt_layout_t *layout, range_t *ranges, sink_t *sink)
{
    size_t   count = 0;
    unsigned number = 0;
    uint64_t plausible = image.size > UINT64_MAX / TIMES_OVER ? UINT64_MAX : image.size * TIMES_OVER, digests = plausible;
    int      node;
    ranges[count++] = (range_t){0, layout->total};
    fdt_for_each_subnode(node, tree, images) {
        data_t data = data_of(tree, node, layout);
        if (number < IMAGES_WITH_FACTS)
            say_image(tree, node, number, sink);
        number++;
        if (!data.found)
            continue;
        if (!data.sound || data.at.offset > image.size) {
            sink_damage(sink, min_u64(data.at.offset, image.size), 0, "the data of an image lies where none can be");
            continue;
        }
        if (count == IMAGES_MAX || data.at.length > plausible) {
            sink_limit(sink, data.at.offset, data.at.length, "images", "more images than is plausible: the rest was not extracted");
            break;
        }
        plausible -= data.at.length;
        ranges[count++] = data.at;
        if (!add_image(image, tree, node, data.at, &digests, sink))
            break;
    }
    fdt_claim(image, layout, sink);
    uint64_t end = layout->total;
    for (size_t i = 0; i < count; i++)
        end = max_u64(end, min_u64(ranges[i].offset + ranges[i].length, image.size));
    claim_constant_gaps(image, sink, ranges, count, end);
}

static status_t fit_extract(span_t image, sink_t *sink)
{
    fdt_layout_t layout;
    fdt_view_t   view;
    if (!open_fit(image, &layout, &view))
        return status_fail(STATUS_REJECTED, "fit", 0, "not a flattened image tree");
    range_t *ranges = calloc(IMAGES_MAX, sizeof *ranges);
    if (ranges == NULL) {
        fdt_view_close(&view);
        return status_fail(STATUS_MEMORY, "fit", 0, "out of memory");
    }
    int images = images_node(view.tree);
    say_tree(view.tree, images, sink);
    add_images(image, view.tree, images, &layout, ranges, sink);
    free(ranges);
    fdt_view_close(&view);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xD0\x0D\xFE\xED", 0)};

const extractor_t fit_extractor = {
    .id = "fit", .name = "U-Boot FIT image", .specification = "U-Boot, doc/usage/fit/source_file_format.rst", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = fit_probe, .extent = fit_extent, .extract = fit_extract,
};
