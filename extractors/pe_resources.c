/* Resources of PE files: a tree of types, names and languages. Each level is a table: 16 bytes that end with the numbers of entries by name and
 * by number, then 8 bytes an entry: number or place of the name (length, UTF-16), place of the next table (highest bit set) or of a
 * description of data (address, size, code page). Places count from the start of the tree, addresses from where the program is loaded.
 * Source: Microsoft, "PE Format", ".rsrc Section"; VS_VERSIONINFO in "Version Information". */
#include "extractors/pe.h"
#include "extractors/partition_common.h"
#include "extractors/utf16.h"

enum { SECTION_HEADER = 40, LEAVES_MAX = 4096, TABLES_MAX = 16384, TYPE_VERSION = 16, TYPE_TEXT = 160, VERSION_STRINGS_MAX = 256 };
static const uint32_t HIGHEST = 0x80000000;

typedef struct { const pe_map_t *map; span_t tree; sink_t *sink; unsigned leaves, tables; bool stopped, said_version; } resources_t;
typedef struct { uint32_t id, target; } resource_entry_t;

bool pe_map_address(const pe_map_t *map, uint64_t address, uint64_t *offset)
{
    for (unsigned i = 0; i < map->sections; i++) {
        reader_t r = reader_at(map->image, map->sections_at + (uint64_t)SECTION_HEADER * i + 8);
        reader_skip(&r, 4);
        uint64_t start = read_le32(&r), size = read_le32(&r), raw = read_le32(&r);
        if (reader_ok(&r) && raw != 0 && address >= start && address - start < size) {
            *offset = raw + (address - start);
            return true;
        }
    }
    return false;
}

/* ---- version ------------------------------------------------------------------------------------------------------- */

/* A block of version information: what its key is, where its value and what is nested in it stand. */
typedef struct { span_t key, value, nested; } version_block_t;

static bool read_version_block(reader_t *r, version_block_t *block)
{
    reader_t start  = *r;
    uint16_t length = read_le16(&start);
    span_t   whole  = read_span(r, length);
    reader_t b      = reader_from(whole);
    reader_skip(&b, 2);
    uint16_t value = read_le16(&b), type = read_le16(&b);
    size_t   key   = b.pos;
    while (reader_ok(&b) && read_le16(&b) != 0)
        ;
    if (!reader_ok(r) || !reader_ok(&b))
        return false;
    block->key    = span_sub(whole, key, b.pos - key);
    uint64_t at   = round_up(b.pos, 4), size = type == 1 ? (uint64_t)value * 2 : value;
    block->value  = span_clip(whole, at, size);
    block->nested = span_from_offset(whole, round_up(at + size, 4));
    reader_skip(r, min_u64(reader_left(r), round_up(r->pos, 4) - r->pos));
    return true;
}

static bool key_is(span_t key, const char *text)
{
    size_t length = strlen(text);
    if (key.size != 2 * length + 2)
        return false;
    for (size_t i = 0; i < length; i++)
        if (key.at[2 * i] != (uint8_t)text[i] || key.at[2 * i + 1] != 0)
            return false;
    return true;
}

static void say_version_string(sink_t *sink, const version_block_t *string)
{
    static const struct { const char *name, *key; } known[] = {
        {"CompanyName", "pe.company"}, {"ProductName", "pe.product"}, {"ProductVersion", "pe.product-version"}, {"FileVersion", "pe.file-version"},
        {"OriginalFilename", "pe.original-filename"}, {"FileDescription", "pe.description"}, {"InternalName", "pe.internal-name"},
        {"LegalCopyright", "pe.copyright"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!key_is(string->key, known[i].name))
            continue;
        buffer_t text = {.limit = 4 * TEXT_SHORT_MAX};
        utf16le_append_text(&text, string->value);
        if (text.size > 0)
            sink_fact_printf(sink, known[i].key, "%.*s", (int)min_u64(text.size, TEXT_SHORT_MAX), (const char *)text.at);
        buffer_free(&text);
    }
}

static void say_version(sink_t *sink, span_t bytes)
{
    reader_t        r = reader_from(bytes);
    version_block_t root, part, table, string;
    if (!read_version_block(&r, &root) || !key_is(root.key, "VS_VERSION_INFO"))
        return;
    reader_t fixed = reader_from(root.value);
    if (read_le32(&fixed) == 0xFEEF04BD) {
        reader_skip(&fixed, 4);
        uint32_t high = read_le32(&fixed), low = read_le32(&fixed);
        if (reader_ok(&fixed))
            sink_fact_printf(sink, "pe.version", "%u.%u.%u.%u", high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF);
    }
    unsigned said  = 0;
    reader_t parts = reader_from(root.nested);
    while (reader_left(&parts) > 6 && read_version_block(&parts, &part)) {
        if (!key_is(part.key, "StringFileInfo"))
            continue;
        reader_t tables = reader_from(part.nested);
        while (reader_left(&tables) > 6 && read_version_block(&tables, &table)) {
            reader_t strings = reader_from(table.nested);
            while (reader_left(&strings) > 6 && said++ < VERSION_STRINGS_MAX && read_version_block(&strings, &string))
                say_version_string(sink, &string);
        }
    }
}

/* ---- the tree ------------------------------------------------------------------------------------------------------ */

static uint32_t table_size(span_t tree, uint32_t at)
{
    reader_t r = reader_at(tree, (uint64_t)at + 12);
    uint32_t named = read_le16(&r), numbered = read_le16(&r);
    return reader_ok(&r) ? named + numbered : 0;
}

static bool table_entry(span_t tree, uint32_t at, uint32_t index, resource_entry_t *entry)
{
    reader_t r    = reader_at(tree, (uint64_t)at + 16 + (uint64_t)8 * index);
    entry->id     = read_le32(&r);
    entry->target = read_le32(&r);
    return reader_ok(&r);
}

static void put_name(span_t tree, uint32_t id, bool is_type, buffer_t *out)
{
    static const char *const types[] = {
        NULL, "CURSOR", "BITMAP", "ICON", "MENU", "DIALOG", "STRING", "FONTDIR", "FONT", "ACCELERATOR", "RCDATA", "MESSAGETABLE", "GROUP_CURSOR",
        NULL,
        "GROUP_ICON", NULL, "VERSION", "DLGINCLUDE", NULL, "PLUGPLAY", "VXD", "ANICURSOR", "ANIICON", "HTML", "MANIFEST",
    };
    if ((id & HIGHEST) == 0) {
        if (is_type && id < sizeof types / sizeof types[0] && types[id] != NULL)
            buffer_append_text(out, types[id]);
        else
            buffer_printf(out, "%u", id);
        return;
    }
    buffer_t text = {.limit = 4 * TYPE_TEXT};
    reader_t r    = reader_at(tree, id & ~HIGHEST);
    utf16le_append_text(&text, read_span(&r, 2 * min_u64(read_le16(&r), TYPE_TEXT)));
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '/')
            buffer_append_text(out, "%2F");
        else
            buffer_append_byte(out, text.at[i]);
    }
    if (text.size == 0)
        buffer_append_text(out, "unnamed");
    buffer_free(&text);
}

static void show_leaf(resources_t *s, uint32_t type, span_t path, uint32_t description)
{
    reader_t r       = reader_at(s->tree, description);
    uint32_t address = read_le32(&r), size = read_le32(&r);
    uint64_t offset;
    if (!reader_ok(&r) || size == 0)
        return;
    if (!pe_map_address(s->map, address, &offset)) {
        sink_damage(s->sink, (uint64_t)(s->tree.at - s->map->image.at) + description, 8, "a resource stands outside the sections");
        return;
    }
    child_t *child = sink_child(s->sink, &(child_info_t){.path = path, .type = CHILD_FILE});
    if (child != NULL)
        child_range(child, offset, size);
    s->stopped = child == NULL;
    sink_end_child(s->sink);
    if (type == TYPE_VERSION && !s->said_version) {
        say_version(s->sink, span_clip(s->map->image, offset, size));
        s->said_version = true;
    }
}

/* All languages of one name. */
static void show_name(resources_t *s, uint32_t type, uint32_t name, uint32_t table)
{
    uint32_t         languages = table_size(s->tree, table);
    resource_entry_t language;
    for (uint32_t i = 0; i < languages && !s->stopped && table_entry(s->tree, table, i, &language); i++) {
        if ((language.target & HIGHEST) != 0)
            continue;
        if (s->leaves++ >= LEAVES_MAX) {
            sink_limit(s->sink, (uint64_t)(s->tree.at - s->map->image.at), 0, "resources", "more resources than are looked at");
            s->stopped = true;
            return;
        }
        buffer_t path = {.limit = PATH_BYTES_MAX};
        buffer_append_text(&path, ".rsrc/");
        put_name(s->tree, type, true, &path);
        buffer_append_byte(&path, '/');
        put_name(s->tree, name, false, &path);
        if (languages > 1)
            buffer_printf(&path, "-%u", language.id);
        if (!path.failed)
            show_leaf(s, type, buffer_span(&path), language.target);
        buffer_free(&path);
    }
}

void pe_show_resources(const pe_map_t *map, uint64_t address, sink_t *sink)
{
    uint64_t         at;
    resource_entry_t type, name;
    if (address == 0 || !pe_map_address(map, address, &at))
        return;
    resources_t s     = {.map = map, .tree = span_from_offset(map->image, at), .sink = sink};
    uint32_t    types = table_size(s.tree, 0);
    for (uint32_t i = 0; i < types && !s.stopped && table_entry(s.tree, 0, i, &type); i++) {
        uint32_t table = type.target & ~HIGHEST, names = (type.target & HIGHEST) != 0 ? table_size(s.tree, table) : 0;
        for (uint32_t j = 0; j < names && !s.stopped && table_entry(s.tree, table, j, &name); j++) {
            if ((name.target & HIGHEST) == 0)
                continue;
            if (s.tables++ >= TABLES_MAX) {
                sink_limit(sink, at, 0, "resources", "more tables of resources than are looked at");
                return;
            }
            show_name(&s, type.id, name.id, name.target & ~HIGHEST);
        }
    }
}
