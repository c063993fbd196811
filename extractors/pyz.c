/* PYZ: the modules that a program packed by PyInstaller imports. "PYZ" 0, the magic of the Python that compiled them, the offset of the
 * table of contents (big-endian), 5 reserved bytes; each module's code, marshalled and packed with zlib; the table: a marshalled list of
 * (name, (type, offset, length)), in old versions a dictionary. Types: 0 a module, 1 a package, 2 data, 3 a package without content.
 * Source: PyInstaller, loader/pyimod01_archive.py, archive/writers.py; CPython, Python/marshal.c. */
#include "extractors/pyinstaller.h"

#include "base/buffer.h"

#include <stdlib.h>

enum { HEADER = 12, HEADER_WHOLE = 17, MODULE = 0, PACKAGE = 1, NAMESPACE = 3, REFERRED = 0x80 };

/* An object of the table: what is used of it. */
typedef struct { char type; uint32_t number; span_t text; } object_t;

typedef struct {
    reader_t  r;
    object_t *refs; /* objects that others may refer to, in the order in which they began */
    size_t    count, capacity;
    bool      no_memory;
} marshal_t;

typedef struct { span_t name; uint32_t type, at, length; } module_t;

static bool remember(marshal_t *m, object_t object)
{
    if (m->count == m->capacity) {
        size_t    capacity = m->capacity == 0 ? 256 : m->capacity * 2;
        object_t *more     = realloc(m->refs, capacity * sizeof *more);
        if (more == NULL) {
            m->no_memory = true;
            return false;
        }
        m->refs     = more;
        m->capacity = capacity;
    }
    m->refs[m->count++] = object;
    return true;
}

/* The next object; of a sequence only its type and how many follow. */
static bool next_object(marshal_t *m, object_t *object)
{
    uint8_t first  = read_u8(&m->r);
    *object        = (object_t){.type = (char)(first & ~REFERRED)};
    switch (object->type) {
    case 'i': case '[': case '(': object->number = read_le32(&m->r); break;
    case ')': object->number = read_u8(&m->r); break;
    case 'z': case 'Z': object->text = read_span(&m->r, read_u8(&m->r)); break;
    case 's': case 't': case 'u': case 'a': case 'A': object->text = read_span(&m->r, read_le32(&m->r)); break;
    case '{': case '0': case 'N': break;
    case 'r': {
        uint32_t number = read_le32(&m->r);
        if (!reader_ok(&m->r) || number >= m->count)
            return false;
        *object = m->refs[number];
        return object->type != '[' && object->type != '(' && object->type != ')';
    }
    default: return false;
    }
    if (object->type == '(' || object->type == ')')
        object->type = '(';
    return reader_ok(&m->r) && ((first & REFERRED) == 0 || remember(m, *object));
}

static bool next_number(marshal_t *m, uint32_t *number)
{
    object_t object;
    bool     good = next_object(m, &object) && object.type == 'i';
    *number       = good ? object.number : 0;
    return good;
}

static bool next_sequence(marshal_t *m, uint32_t count)
{
    object_t object;
    return next_object(m, &object) && object.type == '(' && object.number == count;
}

/* `whole` false: the dictionary has ended. */
static bool next_module(marshal_t *m, bool is_list, module_t *module, bool *more)
{
    object_t name;
    *more = true;
    if ((is_list && !next_sequence(m, 2)) || !next_object(m, &name))
        return false;
    if (!is_list && name.type == '0') {
        *more = false;
        return true;
    }
    module->name = name.text;
    return name.text.size > 0 && next_sequence(m, 3) && next_number(m, &module->type) && next_number(m, &module->at) && next_number(m, &module->length);
}

typedef struct { uint16_t magic; uint32_t table_at; } pyz_t;

static bool read_header(span_t image, pyz_t *pyz)
{
    reader_t r = reader_from(image);
    bool     right = read_be32(&r) == 0x50595A00;
    pyz->magic     = read_le16(&r);
    right          = right && read_le16(&r) == 0x0A0D;
    pyz->table_at  = read_be32(&r);
    return right && reader_ok(&r) && pyz->table_at >= HEADER && pyz->table_at <= INT32_MAX;
}

typedef bool take_t(void *context, const module_t *module);

/* Calls `take` for every module that the table names; false: it ends, or breaks, before its end. `*end` is how far it is sound. */
static bool walk_table(span_t image, const pyz_t *pyz, uint64_t *end, take_t *take, void *context)
{
    marshal_t m = {.r = reader_at(image, pyz->table_at)};
    object_t  all;
    bool      good = next_object(&m, &all) && (all.type == '[' || all.type == '{'), more = true;
    *end           = good ? m.r.pos : min_u64(pyz->table_at, image.size);
    for (uint32_t i = 0; good && more && (all.type == '{' || i < all.number); i++) {
        module_t module;
        good = next_module(&m, all.type == '[', &module, &more);
        if (!good)
            break;
        *end = m.r.pos;
        if (more && take != NULL && !take(context, &module))
            break;
    }
    free(m.refs);
    return good;
}

static unsigned pyz_probe(span_t image)
{
    pyz_t    pyz;
    uint64_t end;
    if (!read_header(image, &pyz))
        return 0;
    return walk_table(image, &pyz, &end, NULL, NULL) ? 32 + 16 + 64 : 32 + 16;
}

static uint64_t pyz_extent(span_t image)
{
    pyz_t    pyz;
    uint64_t end;
    if (!read_header(image, &pyz))
        return 0;
    (void)walk_table(image, &pyz, &end, NULL, NULL);
    return end;
}

typedef struct { span_t image; sink_t *sink; buffer_t path; size_t modules; status_t status; } shown_t;

static bool show_module(void *context, const module_t *module)
{
    shown_t *s   = context;
    s->path.size = 0;
    for (size_t i = 0; i < module->name.size; i++)
        buffer_append_byte(&s->path, module->name.at[i] == '.' ? '/' : module->name.at[i]);
    if (module->type == PACKAGE)
        buffer_append_text(&s->path, "/__init__");
    if (module->type <= PACKAGE)
        buffer_append_text(&s->path, ".code");
    child_info_t info  = {.path = buffer_span(&s->path), .type = module->type == NAMESPACE ? CHILD_DIRECTORY : CHILD_FILE};
    child_t     *child = s->path.failed ? NULL : sink_child(s->sink, &info);
    if (child == NULL)
        return false;
    s->modules++;
    span_t content = span_clip(s->image, module->at, module->length);
    if (module->type == NAMESPACE) {
        sink_end_child(s->sink);
        return true;
    }
    if (content.size >= 2 && ((content.at[0] & 0x0F) != 8 || (content.at[0] << 8 | content.at[1]) % 31 != 0)) {
        child_range(child, module->at, content.size);
        sink_end_child(s->sink);
        sink_limit(s->sink, module->at, content.size, "encrypted", "a module is not packed with zlib: PyInstaller before 6 could encrypt modules with AES");
        return true;
    }
    s->status = pyinstaller_inflate(s->image, module->at, module->length, UINT64_MAX, child);
    sink_end_child(s->sink);
    return status_ok(s->status);
}

static status_t pyz_extract(span_t image, sink_t *sink)
{
    pyz_t    pyz;
    uint64_t end;
    if (!read_header(image, &pyz))
        return status_fail(STATUS_REJECTED, "pyz", 0, "not a PYZ");
    sink_claim(sink, 0, min_u64(pyz.table_at, HEADER_WHOLE), REGION_STRUCTURE);
    sink_fact_printf(sink, "pyz.python-magic", "%u", (unsigned)pyz.magic);
    shown_t s    = {.image = image, .sink = sink};
    bool    good = walk_table(image, &pyz, &end, show_module, &s);
    if (end > pyz.table_at)
        sink_claim(sink, pyz.table_at, end - pyz.table_at, REGION_STRUCTURE);
    if (!good)
        sink_damage(sink, end, 0, pyz.table_at >= image.size ? "the image ends before its table of contents" : "the table of contents is damaged from here on");
    sink_fact_printf(sink, "pyz.modules", "%zu", s.modules);
    buffer_free(&s.path);
    return s.status.code == STATUS_LIMIT ? ok() : s.status;
}

static const magic_t magics[] = {MAGIC("PYZ\0", 0)};

const extractor_t pyz_extractor = {
    .id = "pyz", .name = "PyInstaller modules", .specification = "PyInstaller, loader/pyimod01_archive.py", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = pyz_probe, .extent = pyz_extent, .extract = pyz_extract,
};
