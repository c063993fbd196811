/* asar: the archive of Electron programs. Two "pickles" of Chromium: a 32-bit 4 and the size of the second pickle; that one holds its
 * payload's size, the length of a text and the text, padded to four bytes. The text is JSON: a tree of "files", each file with "size" and
 * "offset" (text; from the end of the header), perhaps "executable", "link", "unpacked" (it stands in a directory beside the archive) and
 * "integrity" (SHA-256 of the whole and of its blocks). Little-endian. Source: github.com/electron/asar, README.md, "Format". */
#include "extractors/fs_tree.h"

#include "base/sha256.h"

#include <jansson.h>
#include <stdlib.h>

enum { HEADER = 16, FIRST_NODES = 64, DEPTH_MAX = 2048 /* as deep as JSON is read */ };

typedef struct { uint32_t pickle, text; uint64_t base; } asar_header_t;

typedef struct {
    span_t        image;
    sink_t       *sink;
    asar_header_t header;
    json_t      **nodes; /* borrowed of the parsed index; their number is the position here */
    size_t        count, capacity, unpacked;
} asar_t;

static bool read_header(span_t image, asar_header_t *header)
{
    reader_t r       = reader_from(image);
    uint32_t four    = read_le32(&r);
    header->pickle   = read_le32(&r);
    uint32_t payload = read_le32(&r);
    header->text     = read_le32(&r);
    header->base     = 8 + (uint64_t)header->pickle;
    return reader_ok(&r) && four == 4 && header->pickle >= 8 && payload == header->pickle - 4 && header->text >= 10 &&
           round_up((uint64_t)header->text + 4, 4) == payload && span_has_text_at(image, HEADER, "{\"files\":");
}

static unsigned asar_probe(span_t image)
{
    asar_header_t header;
    return read_header(image, &header) ? 32 + 32 + 64 : 0;
}

static json_t *parse_index(span_t image, const asar_header_t *header, json_error_t *error)
{
    span_t text = span_sub(image, HEADER, header->text);
    return text.at != NULL ? json_loadb((const char *)text.at, text.size, JSON_ALLOW_NUL, error) : NULL;
}

/* Offsets are text, since JSON's numbers end at 2^53. */
static bool offset_of(const json_t *node, uint64_t *offset)
{
    const char *text = json_string_value(json_object_get(node, "offset"));
    char       *end  = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    *offset = strtoull(text, &end, 10);
    return *end == '\0';
}

static bool place_of(const json_t *node, const asar_header_t *header, uint64_t *at, uint64_t *size)
{
    const json_t *number = json_object_get(node, "size");
    uint64_t      offset;
    if (!json_is_integer(number) || json_integer_value(number) < 0 || !offset_of(node, &offset) || !checked_add(offset, header->base, at))
        return false;
    *size = (uint64_t)json_integer_value(number);
    return true;
}

static uint64_t furthest(const asar_header_t *header, json_t *node, unsigned depth)
{
    const char *name;
    json_t     *below;
    uint64_t    at, size, end = header->base, sum;
    if (place_of(node, header, &at, &size) && checked_add(at, size, &sum))
        end = max_u64(end, sum);
    if (depth == 0)
        return end;
    json_object_foreach(json_object_get(node, "files"), name, below)
        end = max_u64(end, furthest(header, below, depth - 1));
    return end;
}

static uint64_t asar_extent(span_t image)
{
    asar_header_t header;
    json_error_t  error;
    if (!read_header(image, &header))
        return 0;
    json_t  *root = parse_index(image, &header, &error);
    uint64_t end  = root != NULL ? furthest(&header, root, DEPTH_MAX) : header.base;
    json_decref(root);
    return min_u64(end, image.size);
}

static bool read_node(void *fs, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    asar_t     *a    = fs;
    json_t     *node = a->nodes[number];
    json_t     *link = json_object_get(node, "link");
    *info            = (child_info_t){.type = CHILD_FILE};
    if (json_is_object(json_object_get(node, "files"))) {
        info->type = CHILD_DIRECTORY;
    } else if (json_is_string(link)) {
        info->type = CHILD_SYMLINK;
        info->link = span_from(json_string_value(link), json_string_length(link));
    } else {
        info->has_mode = json_is_true(json_object_get(node, "executable"));
        info->mode     = 0755;
        if (!json_is_object(node))
            *damage = (fs_damage_t){HEADER, a->header.text, "the index says of it neither a size nor a link"};
    }
    return true;
}

static void list_node(void *fs, uint64_t number, fs_tree_t *tree)
{
    asar_t     *a = fs;
    const char *name;
    json_t     *node;
    json_object_foreach(json_object_get(a->nodes[number], "files"), name, node)
    {
        if (a->count == a->capacity) {
            json_t **more = realloc(a->nodes, a->capacity * 2 * sizeof(json_t *));
            if (more == NULL)
                return;
            a->nodes     = more;
            a->capacity *= 2;
        }
        a->nodes[a->count] = node;
        if (!fs_tree_entry(tree, span_from_text(name), a->count++))
            return;
    }
}

static bool digest_is(span_t bytes, const json_t *expected)
{
    const char *text = json_string_value(expected);
    uint8_t     said[SHA256_SIZE];
    sha256_t    digest;
    return text == NULL || !hex_decode(text, said, sizeof said) || !status_ok(sha256_of(bytes, &digest)) || memcmp(said, digest.bytes, sizeof said) == 0;
}

/* The blocks that are spoiled; the whole, when no block says which. */
static void verify(const asar_t *a, child_t *child, uint64_t at, span_t bytes, const json_t *integrity)
{
    const json_t *algorithm = json_object_get(integrity, "algorithm"), *blocks = json_object_get(integrity, "blocks");
    json_int_t    block     = json_integer_value(json_object_get(integrity, "blockSize"));
    if (!json_is_string(algorithm) || strcmp(json_string_value(algorithm), "SHA256") != 0 || digest_is(bytes, json_object_get(integrity, "hash")))
        return;
    size_t told = 0, count = json_array_size(blocks);
    for (size_t i = 0; block > 0 && i < count && (uint64_t)i <= bytes.size / (uint64_t)block; i++) {
        span_t part = span_clip(bytes, (uint64_t)i * (uint64_t)block, (uint64_t)block);
        if (digest_is(part, json_array_get(blocks, i)))
            continue;
        told++;
        child_damage(child, at + (uint64_t)i * (uint64_t)block, part.size, "the SHA-256 of a block of the file does not agree with its content");
    }
    if (told == 0)
        child_damage(child, min_u64(at, a->image.size), bytes.size, "the SHA-256 of the file does not agree with its content");
}

static status_t write_node(void *fs, uint64_t number, child_t *child)
{
    asar_t       *a    = fs;
    const json_t *node = a->nodes[number];
    uint64_t      at, size;
    if (json_is_true(json_object_get(node, "unpacked"))) {
        a->unpacked++;
        child_limit(child, "elsewhere", "its content stands in the directory \".unpacked\" beside the archive");
        return ok();
    }
    if (!place_of(node, &a->header, &at, &size)) {
        child_damage(child, HEADER, min_u64(a->header.text, a->image.size - HEADER), "the index does not say where its content stands");
        return ok();
    }
    if (size == 0)
        return ok();
    child_range(child, at, size);
    span_t bytes = span_sub(a->image, at, size);
    if (bytes.at != NULL)
        verify(a, child, at, bytes, json_object_get(node, "integrity"));
    return ok();
}

static const fs_operations_t operations = {.format = "asar", .read = read_node, .list = list_node, .write = write_node};

static status_t walk(asar_t *a, json_t *root)
{
    fs_tree_t *tree = fs_tree_new(a->sink, &operations, a);
    a->capacity     = FIRST_NODES;
    a->nodes        = malloc(FIRST_NODES * sizeof(json_t *));
    status_t status = status_fail(STATUS_MEMORY, "asar", 0, "out of memory");
    if (tree != NULL && a->nodes != NULL) {
        a->nodes[a->count++] = root;
        status               = fs_tree_walk(tree, 0);
        sink_fact_printf(a->sink, "asar.entries", "%zu", a->count - 1);
        if (a->unpacked > 0)
            sink_fact_printf(a->sink, "asar.unpacked", "%zu", a->unpacked);
    }
    fs_tree_free(tree);
    free(a->nodes);
    return status;
}

static status_t asar_extract(span_t image, sink_t *sink)
{
    asar_t       a = {.image = image, .sink = sink};
    json_error_t error;
    if (!read_header(image, &a.header))
        return status_fail(STATUS_REJECTED, "asar", 0, "not an asar header");
    sink_claim(sink, 0, min_u64(a.header.base, image.size), REGION_STRUCTURE);
    if (a.header.base > image.size) {
        sink_damage(sink, image.size, 0, "the image ends inside the index: its files cannot be found");
        return ok();
    }
    json_t *root = parse_index(image, &a.header, &error);
    if (root == NULL) {
        uint64_t at = HEADER + min_u64((uint64_t)max_u64((uint64_t)(error.position > 0 ? error.position : 0), 1) - 1, a.header.text);
        sink_damage(sink, at, 0, "the index is not JSON from here on: its files cannot be found");
        return ok();
    }
    status_t status = walk(&a, root);
    json_decref(root);
    return status;
}

static const magic_t magics[] = {MAGIC("{\"files\":", HEADER)};

const extractor_t asar_extractor = {
    .id = "asar", .name = "Electron archive", .specification = "github.com/electron/asar, README.md, \"Format\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = asar_probe, .extent = asar_extent, .extract = asar_extract,
};
