#include "analysis/yaml.h"

#include "base/utf8.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>

/* Where a node, or the first thing in it, stands; line 0 when it is empty. */
static yaml_place_t place_of(struct fy_node *node, unsigned depth)
{
    void *at = NULL;
    if (node == NULL || depth > 32)
        return (yaml_place_t){0, 0};
    if (fy_node_is_scalar(node)) {
        struct fy_token      *token = fy_node_get_scalar_token(node);
        const struct fy_mark *mark  = token != NULL ? fy_token_start_mark(token) : NULL;
        return mark != NULL ? (yaml_place_t){(uint32_t)mark->line + 1, (uint32_t)mark->column + 1} : (yaml_place_t){0, 0};
    }
    if (fy_node_is_sequence(node))
        return place_of(fy_node_sequence_iterate(node, &at), depth + 1);
    struct fy_node_pair *pair = fy_node_mapping_iterate(node, &at);
    return pair != NULL ? place_of(fy_node_pair_key(pair), depth + 1) : (yaml_place_t){0, 0};
}

yaml_place_t yaml_place(struct fy_node *map, const char *key)
{
    struct fy_node *node = key != NULL && map != NULL && fy_node_is_mapping(map) ? fy_node_mapping_lookup_by_string(map, key, FY_NT) : map;
    return place_of(node, 0);
}

static void complain_at(yaml_t *yaml, yaml_place_t place, const char *what)
{
    if (yaml->why != NULL)
        return;
    yaml->why = place.line > 0 ? arena_printf(yaml->arena, "%s:%u:%u: %s", yaml->file, place.line, place.column, what)
                               : arena_printf(yaml->arena, "%s: %s", yaml->file, what);
    if (yaml->why == NULL)
        yaml->why = "out of memory";
}

void yaml_complain(yaml_t *yaml, struct fy_node *node, const char *format, ...)
{
    char    what[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    complain_at(yaml, place_of(node, 0), what);
}

static void discard(struct fy_diag *diag, void *user, const char *text, size_t size)
{
    (void)diag, (void)user, (void)text, (void)size; /* the collected errors say it */
}

/* Anchors, aliases and tags make a file mean more than it shows. */
static void forbid_indirection(yaml_t *yaml, struct fy_node *node, unsigned depth)
{
    void                *at = NULL;
    struct fy_node_pair *pair;
    struct fy_node      *item;
    size_t               size = 0;
    if (node == NULL || !yaml_ok(yaml))
        return;
    if (depth > 32)
        yaml_complain(yaml, NULL, "nested too deeply");
    else if (fy_node_get_anchor(node) != NULL || fy_node_is_alias(node))
        yaml_complain(yaml, node, "anchors and aliases are not allowed");
    else if (fy_node_get_tag(node, &size) != NULL)
        yaml_complain(yaml, node, "tags are not allowed");
    else if (fy_node_is_sequence(node))
        while ((item = fy_node_sequence_iterate(node, &at)) != NULL)
            forbid_indirection(yaml, item, depth + 1);
    else if (fy_node_is_mapping(node))
        while ((pair = fy_node_mapping_iterate(node, &at)) != NULL) {
            forbid_indirection(yaml, fy_node_pair_key(pair), depth + 1);
            forbid_indirection(yaml, fy_node_pair_value(pair), depth + 1);
        }
}

/* What libfyaml collected, as our one line. */
static void tell_syntax(yaml_t *yaml)
{
    void                 *at    = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(yaml->diag, &at);
    if (error != NULL)
        complain_at(yaml, (yaml_place_t){(uint32_t)error->line, (uint32_t)error->column}, error->msg);
}

void yaml_open(yaml_t *yaml, const char *file, span_t content, arena_t *arena)
{
    *yaml = (yaml_t){.file = file, .arena = arena};
    if (!utf8_valid(content) || memchr(content.at, '\0', content.size) != NULL) {
        complain_at(yaml, (yaml_place_t){0, 0}, "is not UTF-8 text");
        return;
    }
    struct fy_diag_cfg quiet = {.output_fn = discard, .level = FYET_ERROR, .module_mask = UINT32_MAX};
    yaml->diag               = fy_diag_create(&quiet);
    if (yaml->diag == NULL) {
        complain_at(yaml, (yaml_place_t){0, 0}, "out of memory");
        return;
    }
    fy_diag_set_collect_errors(yaml->diag, true);
    struct fy_parse_cfg how = {.flags = FYPCF_DEFAULT_VERSION_1_2 | FYPCF_QUIET, .diag = yaml->diag};
    yaml->parser            = fy_parser_create(&how);
    if (yaml->parser == NULL || fy_parser_set_string(yaml->parser, (const char *)content.at, content.size) != 0) {
        complain_at(yaml, (yaml_place_t){0, 0}, "out of memory");
        return;
    }
    yaml->document           = fy_parse_load_document(yaml->parser);
    struct fy_document *more = yaml->document != NULL ? fy_parse_load_document(yaml->parser) : NULL;
    tell_syntax(yaml);
    if (yaml->document == NULL || fy_document_root(yaml->document) == NULL)
        complain_at(yaml, (yaml_place_t){0, 0}, "is empty");
    else if (more != NULL)
        complain_at(yaml, place_of(fy_document_root(more), 0), "more than one document in the file");
    if (more != NULL)
        fy_parse_document_destroy(yaml->parser, more);
    if (yaml_ok(yaml))
        forbid_indirection(yaml, fy_document_root(yaml->document), 0);
}

void yaml_close(yaml_t *yaml)
{
    if (yaml->document != NULL)
        fy_parse_document_destroy(yaml->parser, yaml->document);
    if (yaml->parser != NULL)
        fy_parser_destroy(yaml->parser);
    if (yaml->diag != NULL)
        fy_diag_destroy(yaml->diag);
    yaml->document = NULL;
    yaml->parser   = NULL;
    yaml->diag     = NULL;
}

struct fy_node *yaml_root(yaml_t *yaml)
{
    if (!yaml_ok(yaml))
        return NULL;
    struct fy_node *root = fy_document_root(yaml->document);
    if (fy_node_is_mapping(root))
        return root;
    yaml_complain(yaml, root, "must be a mapping (key: value)");
    return NULL;
}

bool yaml_allow_keys(yaml_t *yaml, struct fy_node *map, const char *const *keys)
{
    void                *at = NULL;
    struct fy_node_pair *pair;
    if (!yaml_ok(yaml))
        return false;
    if (map == NULL || !fy_node_is_mapping(map)) {
        yaml_complain(yaml, map, "a mapping (key: value) is expected here");
        return false;
    }
    while ((pair = fy_node_mapping_iterate(map, &at)) != NULL) {
        struct fy_node *node = fy_node_pair_key(pair);
        size_t          size = 0, i = 0;
        const char     *key  = node != NULL ? fy_node_get_scalar(node, &size) : NULL;
        while (key != NULL && keys[i] != NULL && !span_equal(span_from(key, size), span_from_text(keys[i])))
            i++;
        if (key == NULL || keys[i] == NULL) {
            yaml_complain(yaml, node, "unknown key \"%.*s\"", (int)(size < 64 ? size : 64), key != NULL ? key : "");
            return false;
        }
    }
    return true;
}

static struct fy_node *value_of(struct fy_node *map, const char *key)
{
    void                *at = NULL;
    struct fy_node_pair *pair;
    if (map == NULL || !fy_node_is_mapping(map))
        return NULL;
    while ((pair = fy_node_mapping_iterate(map, &at)) != NULL) {
        struct fy_node *node = fy_node_pair_key(pair);
        size_t          size = 0;
        const char     *text = node != NULL ? fy_node_get_scalar(node, &size) : NULL;
        if (text != NULL && span_equal(span_from(text, size), span_from_text(key)))
            return fy_node_pair_value(pair);
    }
    return NULL;
}

static bool has_key(struct fy_node *map, const char *key)
{
    return map != NULL && fy_node_is_mapping(map) && fy_node_mapping_lookup_pair_by_string(map, key, FY_NT) != NULL;
}

static const char *text_of(yaml_t *yaml, struct fy_node *parent, struct fy_node *node, const char *what)
{
    size_t      size = 0;
    const char *text = node != NULL && fy_node_is_scalar(node) ? fy_node_get_scalar(node, &size) : NULL;
    if (text == NULL || size == 0) {
        yaml_complain(yaml, node != NULL && place_of(node, 0).line != 0 ? node : parent, "%s must be a text that is not empty", what);
        return NULL;
    }
    char *copy = arena_text(yaml->arena, span_from(text, size));
    if (copy == NULL)
        yaml_complain(yaml, node, "out of memory");
    else if (strlen(copy) != size) {
        yaml_complain(yaml, node, "%s holds a NUL character", what);
        return NULL;
    }
    return copy;
}

const char *yaml_text_if(yaml_t *yaml, struct fy_node *map, const char *key)
{
    return yaml_ok(yaml) && has_key(map, key) ? text_of(yaml, map, value_of(map, key), key) : NULL;
}

const char *yaml_text(yaml_t *yaml, struct fy_node *map, const char *key)
{
    if (yaml_ok(yaml) && !has_key(map, key))
        yaml_complain(yaml, map, "\"%s\" is missing", key);
    return yaml_text_if(yaml, map, key);
}

bool yaml_flag(yaml_t *yaml, struct fy_node *map, const char *key)
{
    const char *text = yaml_text_if(yaml, map, key);
    if (text != NULL && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        yaml_complain(yaml, value_of(map, key), "%s must be true or false", key);
    return text != NULL && strcmp(text, "true") == 0;
}

uint64_t yaml_number(yaml_t *yaml, struct fy_node *map, const char *key, uint64_t least, uint64_t most)
{
    const char *text  = yaml_text(yaml, map, key);
    uint64_t    value = 0;
    if (text == NULL)
        return 0;
    bool good = true;
    for (size_t i = 0; text[i] != '\0' && good; i++)
        good = text[i] >= '0' && text[i] <= '9' && checked_mul(value, 10, &value) && checked_add(value, (uint64_t)(text[i] - '0'), &value);
    if (!good || value < least || value > most) {
        yaml_complain(yaml, value_of(map, key), "%s must be a number from %llu to %llu", key, (unsigned long long)least, (unsigned long long)most);
        return 0;
    }
    return value;
}

size_t yaml_count(yaml_t *yaml, struct fy_node *map, const char *key)
{
    if (!yaml_ok(yaml) || !has_key(map, key))
        return 0;
    struct fy_node *list = value_of(map, key);
    if (list == NULL || !fy_node_is_sequence(list)) {
        yaml_complain(yaml, list != NULL && place_of(list, 0).line != 0 ? list : map, "%s must be a list", key);
        return 0;
    }
    int count = fy_node_sequence_item_count(list);
    return count > 0 ? (size_t)count : 0;
}

struct fy_node *yaml_item(yaml_t *yaml, struct fy_node *map, const char *key, size_t index)
{
    return yaml_ok(yaml) ? fy_node_sequence_get_by_index(value_of(map, key), (int)index) : NULL;
}

const char **yaml_texts(yaml_t *yaml, struct fy_node *map, const char *key, size_t *count)
{
    *count             = yaml_count(yaml, map, key);
    const char **texts = *count > 0 ? arena_array(yaml->arena, *count, sizeof *texts) : NULL;
    if (*count > 0 && texts == NULL)
        yaml_complain(yaml, map, "out of memory");
    for (size_t i = 0; i < *count && texts != NULL; i++)
        texts[i] = text_of(yaml, map, yaml_item(yaml, map, key, i), key);
    if (!yaml_ok(yaml))
        *count = 0;
    return texts;
}
