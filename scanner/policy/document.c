#include "policy/document.h"

#include "base/utf8.h"
#include "policy/date.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 10 };

/* ---- where and what is wrong ------------------------------------------------------------------------------------------ */

/* Nodes other than scalars have no position of their own: that of their first scalar is as good. */
static position_t position_of(struct fy_node *node, unsigned depth)
{
    void *at = NULL;
    if (node == NULL || depth > NESTING_MAX)
        return (position_t){0, 0};
    if (fy_node_is_mapping(node)) {
        struct fy_node_pair *pair = fy_node_mapping_iterate(node, &at);
        return pair != NULL ? position_of(fy_node_pair_key(pair), depth + 1) : (position_t){0, 0};
    }
    if (fy_node_is_sequence(node))
        return position_of(fy_node_sequence_iterate(node, &at), depth + 1);
    struct fy_token      *token = fy_node_get_scalar_token(node);
    const struct fy_mark *mark  = token != NULL ? fy_token_start_mark(token) : NULL;
    return mark != NULL ? (position_t){mark->line + 1, mark->column + 1} : (position_t){0, 0};
}

position_t document_position(struct fy_node *node) { return position_of(node, 0); }

void document_refuse(loader_t *l, struct fy_node *node, const char *format, ...)
{
    if (l->failed)
        return;
    l->failed           = true;
    position_t position = position_of(node, 0);
    if (position.line == 0)
        position = l->key;
    int        length   = snprintf(l->why, DOCUMENT_WHY, "%s:%d:%d: ", l->file, position.line, position.column);
    if (length < 0 || length >= DOCUMENT_WHY)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(l->why + length, (size_t)(DOCUMENT_WHY - length), format, args);
    va_end(args);
}

/* ---- scalars ---------------------------------------------------------------------------------------------------------- */

const char *document_text(loader_t *l, struct fy_node *node, size_t max)
{
    size_t      size = 0;
    const char *at   = fy_node_is_scalar(node) && !fy_node_is_alias(node) ? fy_node_get_scalar(node, &size) : NULL;
    if (at == NULL || size == 0 || size > max)
        document_refuse(l, node, "a text of 1 to %zu bytes is wanted here", max);
    else if (!text_may_be_shown(span_from(at, size)))
        document_refuse(l, node, "a text of one line without control characters is wanted here");
    const char *copy = l->failed ? NULL : arena_text(l->arena, span_from(at, size));
    if (copy == NULL)
        document_refuse(l, node, "out of memory");
    return copy != NULL ? copy : "";
}

void read_text(loader_t *l, struct fy_node *value, void *out) { *(const char **)out = document_text(l, value, DOCUMENT_TEXT_MAX); }

void read_id(loader_t *l, struct fy_node *value, void *out)
{
    const char *id = document_text(l, value, DOCUMENT_NAME_MAX);
    if (!l->failed && id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] != '\0')
        document_refuse(l, value, "an id is made of letters, digits, '.', '_' and '-'");
    *(const char **)out = id;
}

uint64_t document_number(loader_t *l, struct fy_node *value, uint64_t max)
{
    const char *text = document_text(l, value, 20);
    char       *end  = NULL;
    errno            = 0;
    uint64_t number  = strtoull(text, &end, 10);
    bool     plain   = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && (text[0] != '0' || text[1] == '\0');
    if (!l->failed && (!plain || number > max))
        document_refuse(l, value, "a whole number from 0 to %llu is wanted here", (unsigned long long)max);
    return number;
}

void read_number(loader_t *l, struct fy_node *value, void *out) { *(uint64_t *)out = document_number(l, value, INT64_MAX); }
void read_ppm(loader_t *l, struct fy_node *value, void *out) { *(uint64_t *)out = document_number(l, value, 1000000); }

void read_truth(loader_t *l, struct fy_node *value, void *out)
{
    const char *text = document_text(l, value, DOCUMENT_NAME_MAX);
    *(bool *)out     = strcmp(text, "true") == 0;
    if (!l->failed && !*(bool *)out && strcmp(text, "false") != 0)
        document_refuse(l, value, "true or false is wanted here");
}

void read_date(loader_t *l, struct fy_node *value, void *out)
{
    const char *text = document_text(l, value, DOCUMENT_NAME_MAX);
    if (!l->failed && !date_from(text, out))
        document_refuse(l, value, "a date like 2029-12-31 is wanted here");
}

/* ---- lists: one text or several --------------------------------------------------------------------------------------- */

static int item_count(struct fy_node *value) { return fy_node_is_sequence(value) ? fy_node_sequence_item_count(value) : 1; }

static struct fy_node *item_at(struct fy_node *value, void **at)
{
    if (fy_node_is_sequence(value))
        return fy_node_sequence_iterate(value, at);
    struct fy_node *one = *at == NULL ? value : NULL;
    *at                 = value;
    return one;
}

void read_names(loader_t *l, struct fy_node *value, void *out)
{
    names_t *names = out;
    int      count = item_count(value);
    if (count < 1 || count > DOCUMENT_ITEMS_MAX) {
        document_refuse(l, value, "a name or a list of names is wanted here");
        return;
    }
    names->items = arena_array(l->arena, (size_t)count, sizeof *names->items);
    if (names->items == NULL)
        document_refuse(l, value, "out of memory");
    void *at = NULL;
    for (struct fy_node *item; !l->failed && (item = item_at(value, &at)) != NULL;)
        names->items[names->count++] = document_text(l, item, DOCUMENT_TEXT_MAX);
}

/* ---- mappings --------------------------------------------------------------------------------------------------------- */

static const key_entry_t *entry_of(const key_entry_t *keys, const char *key)
{
    for (; keys->key != NULL; keys++)
        if (strcmp(keys->key, key) == 0)
            return keys;
    return NULL;
}

void document_mapping(loader_t *l, struct fy_node *node, const char *what, const key_entry_t *keys, void *out)
{
    if (!fy_node_is_mapping(node) || fy_node_mapping_item_count(node) == 0) {
        document_refuse(l, node, "%s is a mapping with at least one key", what);
        return;
    }
    void *at = NULL;
    for (struct fy_node_pair *pair; !l->failed && (pair = fy_node_mapping_iterate(node, &at)) != NULL;) {
        struct fy_node    *key_node = fy_node_pair_key(pair);
        const char        *key      = document_text(l, key_node, DOCUMENT_NAME_MAX);
        l->key                      = position_of(key_node, 0);
        const key_entry_t *entry    = entry_of(keys, key);
        if (!l->failed && entry == NULL)
            document_refuse(l, key_node, "%s has no key \"%s\" in this version", what, key);
        if (!l->failed && fy_node_pair_value(pair) == NULL)
            document_refuse(l, key_node, "\"%s\" has no value", key);
        if (!l->failed)
            entry->read(l, fy_node_pair_value(pair), (uint8_t *)out + entry->offset);
    }
    for (; keys->key != NULL; keys++)
        if (keys->required && !l->failed && fy_node_mapping_lookup_value_by_simple_key(node, keys->key, strlen(keys->key)) == NULL)
            document_refuse(l, node, "%s needs the key \"%s\"", what, keys->key);
}

void document_list(loader_t *l, struct fy_node *node, const char *what, const key_entry_t *keys, size_t size, void **items, size_t *count)
{
    int wanted = fy_node_is_sequence(node) ? fy_node_sequence_item_count(node) : 0;
    *count     = 0;
    if (wanted < 1 || wanted > DOCUMENT_ITEMS_MAX) {
        document_refuse(l, node, "a list of at least one of %s is wanted here", what);
        return;
    }
    *items = arena_array(l->arena, (size_t)wanted, size);
    if (*items == NULL)
        document_refuse(l, node, "out of memory");
    void *at = NULL;
    for (struct fy_node *item; !l->failed && (item = fy_node_sequence_iterate(node, &at)) != NULL;)
        document_mapping(l, item, what, keys, (uint8_t *)*items + size * (*count)++);
}

/* ---- documents -------------------------------------------------------------------------------------------------------- */

/* No anchors, aliases or tags: a policy says what it means where it stands. */
static void refuse_indirection(loader_t *l, struct fy_node *node, unsigned depth)
{
    size_t size;
    void  *at = NULL;
    if (node == NULL || l->failed)
        return;
    if (depth > NESTING_MAX)
        document_refuse(l, node, "nested too deeply");
    else if (fy_node_is_alias(node) || fy_node_get_anchor(node) != NULL)
        document_refuse(l, node, "anchors and aliases are not used here");
    else if (fy_node_get_tag(node, &size) != NULL)
        document_refuse(l, node, "tags are not used here");
    else if (fy_node_is_sequence(node))
        for (struct fy_node *item; !l->failed && (item = fy_node_sequence_iterate(node, &at)) != NULL;)
            refuse_indirection(l, item, depth + 1);
    else if (fy_node_is_mapping(node))
        for (struct fy_node_pair *pair; !l->failed && (pair = fy_node_mapping_iterate(node, &at)) != NULL;) {
            refuse_indirection(l, fy_node_pair_key(pair), depth + 1);
            refuse_indirection(l, fy_node_pair_value(pair), depth + 1);
        }
}

static void refuse_syntax(loader_t *l, struct fy_diag *diag)
{
    void                 *at    = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(diag, &at);
    if (l->failed)
        return;
    l->failed = true;
    if (error != NULL)
        (void)snprintf(l->why, DOCUMENT_WHY, "%s:%d:%d: %s", l->file, error->line, error->column, error->msg);
    else
        (void)snprintf(l->why, DOCUMENT_WHY, "%s:1:1: there is nothing in this file", l->file);
}

static void load_document(loader_t *l, struct fy_parser *parser, struct fy_diag *diag, value_reader_t *read, void *out)
{
    struct fy_document *document = fy_parse_load_document(parser);
    struct fy_node     *root     = document != NULL ? fy_document_root(document) : NULL;
    if (root == NULL) {
        refuse_syntax(l, diag);
    } else {
        refuse_indirection(l, root, 0);
        if (!l->failed)
            read(l, root, out);
        struct fy_document *second = l->failed ? NULL : fy_parse_load_document(parser);
        if (second != NULL || (!l->failed && fy_diag_got_error(diag)))
            second != NULL ? document_refuse(l, root, "a file holds one document, not several") : refuse_syntax(l, diag);
        fy_parse_document_destroy(parser, second);
    }
    fy_parse_document_destroy(parser, document);
}

bool document_read(span_t yaml, loader_t *l, value_reader_t *read, void *out)
{
    struct fy_diag_cfg how;
    l->failed = false;
    l->key    = (position_t){1, 1};
    l->why[0] = '\0';
    if (yaml.size > DOCUMENT_BYTES_MAX || !utf8_valid(yaml) || (yaml.size > 0 && memchr(yaml.at, '\0', yaml.size) != NULL)) {
        document_refuse(l, NULL, "not a text of at most 1 MiB in UTF-8");
        return false;
    }
    fy_diag_cfg_default(&how);
    struct fy_diag *diag = fy_diag_create(&how);
    if (diag != NULL)
        fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser   *parser = diag != NULL ? fy_parser_create(&config) : NULL;
    if (parser != NULL && fy_parser_set_string(parser, (const char *)yaml.at, yaml.size) == 0)
        load_document(l, parser, diag, read, out);
    else
        document_refuse(l, NULL, "out of memory");
    if (parser != NULL)
        fy_parser_destroy(parser);
    if (diag != NULL)
        fy_diag_destroy(diag);
    return !l->failed;
}

bool document_file(const char *path, buffer_t *out)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    uint8_t *at    = buffer_reserve(out, DOCUMENT_BYTES_MAX + 1);
    size_t   size  = at != NULL ? fread(at, 1, DOCUMENT_BYTES_MAX + 1, file) : 0;
    bool     whole = at != NULL && ferror(file) == 0;
    out->size += size;
    int error = errno;
    (void)fclose(file);
    errno = error;
    return whole;
}

