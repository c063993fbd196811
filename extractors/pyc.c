/* pyc: compiled Python. A 16-bit magic that counts with the versions of the bytecode, CR LF; the time of the source; from 3.3 on its
 * size as well; from 3.7 on flags before both, which say that a hash of the source stands there instead. Then one code object, marshalled:
 * a byte for the type of each object (its top bit: to be referred to), 32-bit sizes, objects inside objects. Little-endian.
 * Sources: CPython, Lib/importlib/_bootstrap_external.py, Python/marshal.c; PEP 552. */
#include "extractors/extractor.h"

#include <inttypes.h>

enum { DEPTH_MAX = 500, FIELDS_MAX = 20, FLAG_HASHED = 1, FLAG_CHECKED = 2, NAME_MOST = 400 };

/* How a code object is laid out: i a number, o an object, f the object that is the name of the source. */
static const char before_3[]   = "iiiioooooofoio";
static const char from_3_0[]   = "iiiiioooooofoio";
static const char from_3_8[]   = "iiiiiioooooofoio";
static const char from_3_11[]  = "iiiiiooooofooioo";

static const struct { uint16_t from, to; const char *version, *code; uint8_t header; } versions[] = {
    {62011, 62021, "2.3", before_3, 8},   {62041, 62061, "2.4", before_3, 8},   {62071, 62131, "2.5", before_3, 8},   {62151, 62161, "2.6", before_3, 8},
    {62171, 62211, "2.7", before_3, 8},   {3000, 3131, "3.0", from_3_0, 8},     {3141, 3151, "3.1", from_3_0, 8},     {3160, 3180, "3.2", from_3_0, 8},
    {3190, 3230, "3.3", from_3_0, 12},    {3250, 3310, "3.4", from_3_0, 12},    {3320, 3351, "3.5", from_3_0, 12},    {3360, 3379, "3.6", from_3_0, 12},
    {3390, 3394, "3.7", from_3_0, 16},    {3400, 3413, "3.8", from_3_8, 16},    {3420, 3425, "3.9", from_3_8, 16},    {3430, 3439, "3.10", from_3_8, 16},
    {3450, 3495, "3.11", from_3_11, 16},  {3500, 3531, "3.12", from_3_11, 16},  {3550, 3571, "3.13", from_3_11, 16},  {3600, 3627, "3.14", from_3_11, 16},
};
enum { VERSIONS = sizeof versions / sizeof versions[0] };

typedef struct {
    size_t   version; /* VERSIONS: none of those */
    uint32_t flags, time, size;
    uint64_t hash, end;
    bool     whole;   /* the code object is complete, and made as it should be */
    span_t   source;  /* the name of the source in the outermost code object */
    unsigned objects, refs;
    uint32_t source_ref; /* the object, of those to be referred to, that is this name; UINT32_MAX: none is */
} pyc_t;

typedef enum { HAS_NOTHING, HAS_BYTES, HAS_SIZE_8, HAS_SIZE_32, HAS_DIGITS, HAS_TWO_TEXTS, HAS_ITEMS_8, HAS_ITEMS_32, HAS_PAIRS, HAS_CODE, HAS_THREE, HAS_NONSENSE } shape_t;

static shape_t shape_of(uint8_t type, uint64_t *bytes)
{
    *bytes = type == 'i' || type == 'r' || type == 'R' ? 4 : type == 'I' || type == 'g' ? 8 : type == 'y' ? 16 : 0;
    if (*bytes > 0)
        return HAS_BYTES;
    switch (type) {
    case 'N': case 'F': case 'T': case 'S': case '.': return HAS_NOTHING;
    case 'z': case 'Z': case 'f': return HAS_SIZE_8;
    case 's': case 't': case 'u': case 'a': case 'A': return HAS_SIZE_32;
    case 'l': return HAS_DIGITS;
    case 'x': return HAS_TWO_TEXTS;
    case ')': return HAS_ITEMS_8;
    case '(': case '[': case '<': case '>': return HAS_ITEMS_32;
    case '{': return HAS_PAIRS;
    case ':': return HAS_THREE;
    case 'c': return HAS_CODE;
    default: return HAS_NONSENSE;
    }
}

/* What is still to be read at one depth: so many objects, pairs up to a NULL, or the fields of a code object. */
typedef struct { uint64_t left; const char *fields; bool pairs; } frame_t;

static bool read_object(reader_t *r, frame_t *stack, unsigned *depth, pyc_t *pyc, bool is_source, const char *code)
{
    uint64_t bytes;
    uint8_t  first = read_u8(r), type = first & 0x7F;
    bool     is_wanted = (first & 0x80) != 0 && pyc->refs++ == pyc->source_ref;
    if (!reader_ok(r))
        return false;
    if (type == '0' && stack[*depth - 1].pairs) {
        (*depth)--;
        return true;
    }
    shape_t shape = shape_of(type, &bytes);
    frame_t below = {0};
    span_t  text  = {NULL, 0};
    int32_t digits;
    pyc->objects++;
    switch (shape) {
    case HAS_NOTHING: return true;
    case HAS_BYTES:
        text = read_span(r, bytes);
        if (is_source && *depth == 2 && type == 'r' && text.at != NULL) {
            reader_t number = reader_from(text);
            pyc->source_ref = read_le32(&number);
        }
        text = (span_t){NULL, 0};
        break;
    case HAS_SIZE_8: text = read_span(r, read_u8(r)); break;
    case HAS_SIZE_32: text = read_span(r, read_le32(r)); break;
    case HAS_DIGITS:
        digits = (int32_t)read_le32(r);
        reader_skip(r, 2 * (uint64_t)(digits < 0 ? -(int64_t)digits : digits));
        break;
    case HAS_TWO_TEXTS:
        reader_skip(r, read_u8(r));
        reader_skip(r, read_u8(r));
        break;
    case HAS_ITEMS_8: below.left = read_u8(r); break;
    case HAS_ITEMS_32: below.left = read_le32(r); break;
    case HAS_THREE: below.left = 3; break;
    case HAS_PAIRS: below.pairs = true; break;
    case HAS_CODE: below.fields = code; break;
    case HAS_NONSENSE: return false;
    }
    if ((is_source && *depth == 2 && pyc->source_ref == UINT32_MAX) || is_wanted)
        pyc->source = text;
    if (below.left == 0 && !below.pairs && below.fields == NULL)
        return reader_ok(r);
    if (below.left > reader_left(r) || *depth == DEPTH_MAX)
        return false;
    stack[(*depth)++] = below;
    return reader_ok(r);
}

/* Goes over the code object; every step takes a byte at least, so it ends. */
static bool walk_code(reader_t *r, pyc_t *pyc, const char *code)
{
    frame_t  stack[DEPTH_MAX] = {{.left = 1}};
    unsigned depth            = 1;
    while (depth > 0) {
        frame_t *top = &stack[depth - 1];
        bool     is_source = false;
        if (top->fields != NULL) {
            char field = *top->fields;
            if (field == '\0') {
                depth--;
                continue;
            }
            top->fields++;
            if (field == 'i') {
                reader_skip(r, 4);
                if (!reader_ok(r))
                    return false;
                continue;
            }
            is_source = field == 'f';
        } else if (!top->pairs && top->left-- == 0) {
            depth--;
            continue;
        }
        size_t before = r->pos;
        if (!read_object(r, stack, &depth, pyc, is_source, code)) {
            r->pos = before; /* up to here it is sound */
            return false;
        }
    }
    return true;
}

static bool read_pyc(span_t image, pyc_t *pyc)
{
    reader_t r     = reader_from(image);
    uint16_t magic = read_le16(&r), line = read_le16(&r);
    *pyc           = (pyc_t){0};
    while (pyc->version < VERSIONS && (magic < versions[pyc->version].from || magic > versions[pyc->version].to))
        pyc->version++;
    if (!reader_ok(&r) || line != 0x0A0D || pyc->version == VERSIONS)
        return false;
    uint8_t header = versions[pyc->version].header;
    pyc->flags     = header >= 16 ? read_le32(&r) : 0;
    reader_t hash  = r;
    pyc->hash      = read_le64(&hash);
    pyc->time      = read_le32(&r);
    pyc->size      = header >= 12 ? read_le32(&r) : 0;
    uint8_t first  = read_u8(&r);
    if (!reader_ok(&r) || (first & 0x7F) != 'c' || pyc->flags > (FLAG_HASHED | FLAG_CHECKED))
        return false;
    r.pos           = header;
    pyc->source_ref = UINT32_MAX;
    pyc->whole      = walk_code(&r, pyc, versions[pyc->version].code);
    pyc->end        = min_u64(r.pos, image.size);
    return pyc->whole || pyc->objects > 3 || image.size < (uint64_t)header + 64;
}

/* The name of the source may be an object that stood elsewhere before: then it takes a second look. */
static span_t source_of(span_t image, const pyc_t *pyc)
{
    if (pyc->source.size > 0 || pyc->source_ref == UINT32_MAX)
        return pyc->source;
    pyc_t    again = {.source_ref = pyc->source_ref};
    reader_t r     = reader_at(image, versions[pyc->version].header);
    (void)walk_code(&r, &again, versions[pyc->version].code);
    return again.source;
}

static unsigned pyc_probe(span_t image)
{
    pyc_t pyc;
    if (!read_pyc(image, &pyc))
        return 0;
    return pyc.whole ? 11 + 16 + 8 + 64 : 11 + 16 + 8;
}

static uint64_t pyc_extent(span_t image)
{
    pyc_t pyc;
    return read_pyc(image, &pyc) ? pyc.end : 0;
}

static status_t pyc_extract(span_t image, sink_t *sink)
{
    pyc_t pyc;
    if (!read_pyc(image, &pyc))
        return status_fail(STATUS_REJECTED, "pyc", 0, "not compiled Python");
    uint8_t header = versions[pyc.version].header;
    sink_claim(sink, 0, min_u64(header, image.size), REGION_STRUCTURE);
    if (pyc.end > header)
        sink_claim(sink, header, pyc.end - header, REGION_CONTENT);
    if (!pyc.whole)
        sink_damage(sink, pyc.end, image.size - pyc.end, "the code object is cut or damaged from here on");
    sink_fact(sink, "pyc.python", versions[pyc.version].version);
    if ((pyc.flags & FLAG_HASHED) != 0) {
        sink_fact_printf(sink, "pyc.source-hash", "%016" PRIx64, pyc.hash);
    } else {
        sink_fact_printf(sink, "pyc.source-time", "%u", pyc.time);
        if (header >= 12)
            sink_fact_printf(sink, "pyc.source-size", "%u", pyc.size);
    }
    span_t source = source_of(image, &pyc);
    if (source.size > 0)
        sink_fact_printf(sink, "pyc.source", "%.*s", (int)min_u64(source.size, NAME_MOST), (const char *)source.at);
    return ok();
}

static const magic_t magics[] = {MAGIC("\r\n", 2)};

const extractor_t pyc_extractor = {
    .id = "pyc", .name = "Compiled Python", .specification = "CPython, Lib/importlib/_bootstrap_external.py and Python/marshal.c; PEP 552", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 1, .only_at_start = true, .probe = pyc_probe, .extent = pyc_extent, .extract = pyc_extract,
};
