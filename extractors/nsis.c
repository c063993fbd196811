/* NSIS installers: what the program (a PE file) carries behind it. Little-endian: flags, DEADBEEF, "NullsoftInst", length of the decoded
 * header, length of all of this. Then either blocks, each behind a 32-bit length whose highest bit says that it is compressed (the first is
 * the header), or one compressed stream ("solid") of the same with plain lengths. Compression: raw deflate, LZMA behind 5 bytes of
 * properties (with a filter byte before them when code is filtered), or a bzip2 without its headers. At the end a CRC-32 that begins
 * in the program, unless the flags say no. The header: flags, eight pairs (offset, number): pages, sections, entries, strings …; an entry is
 * an opcode and six parameters: 11 makes a directory, 20 unpacks a file. Source: NSIS, Source/exehead/fileform.h and fileform.c. */
#include "extractors/lzma_common.h"
#include "extractors/partition_common.h"
#include "extractors/utf16.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { FIRST_HEADER = 28, CRC_SIZE = 4, HEADER_MAX = 64 << 20, ENTRY_SIZE = 28, BLOCKS = 8, STRING_MAX = 1024 };
enum { PIECE = 64 << 10, DICTIONARY_MAX = 64 << 20 };
enum { FLAG_UNINSTALL = 1, FLAG_SILENT = 2, FLAG_NO_CRC = 4, FLAG_FORCE_CRC = 8 };
enum { BLOCK_ENTRIES = 2, BLOCK_STRINGS = 3, OPCODE_CREATE_DIRECTORY = 11, OPCODE_EXTRACT = 20, PARAMETERS = 6 };
static const uint32_t COMPRESSED = 0x80000000;
static const uint64_t FILETIME_UNIX = 11644473600;

typedef struct { uint32_t flags, header_size, size; } nsis_t;
typedef enum { METHOD_DEFLATE, METHOD_LZMA, METHOD_FILTERED_LZMA, METHOD_BZIP2 } method_t;
typedef struct { uint32_t at; int64_t mtime; bool has_mtime; size_t path, path_size; } name_t;

typedef struct {
    span_t   image;
    sink_t  *sink;
    method_t method;
    uint64_t header_size, data; /* data: where blocks behind the header are counted from (of solid ones: 0) */
    buffer_t header, paths;
    name_t  *names;
    size_t   name_count, next_name, unnamed;
    bool     unicode, stopped;
    /* of a solid stream: what comes next */
    uint8_t  length[4];
    unsigned length_size;
    uint64_t decoded, left, block_at; /* decoded: position behind the header */
    bool     has_header;
    child_t *child;
} installer_t;

static bool read_first(span_t image, nsis_t *first)
{
    reader_t r   = reader_from(image);
    first->flags = read_le32(&r);
    reader_skip(&r, 16);
    first->header_size = read_le32(&r);
    first->size        = read_le32(&r);
    return reader_ok(&r) && span_has_text_at(image, 4, "\xEF\xBE\xAD\xDENullsoftInst") && first->flags < 16 && first->header_size > 4 + 8 * BLOCKS &&
           first->header_size <= HEADER_MAX && first->size > FIRST_HEADER + CRC_SIZE;
}

static unsigned nsis_probe(span_t image)
{
    nsis_t first;
    return read_first(image, &first) ? 128 + 28 : 0;
}

static uint64_t nsis_extent(span_t image)
{
    nsis_t first;
    return read_first(image, &first) ? min_u64(first.size, image.size) : 0;
}

/* ---- decoding ------------------------------------------------------------------------------------------------------ */

typedef enum { DECODED_WHOLE, DECODED_CUT, DECODED_BROKEN, DECODED_STOPPED } decoded_t;
typedef bool take_t(void *context, span_t bytes, uint64_t from, uint64_t length); /* from, length: in the block */

static bool begin_lzma(lzma_stream *z, span_t properties)
{
    lzma_filter filters[2] = {{.id = LZMA_FILTER_LZMA1}, {.id = LZMA_VLI_UNKNOWN}};
    if (lzma_properties_decode(&filters[0], NULL, properties.at, properties.size) != LZMA_OK)
        return false;
    lzma_options_lzma *options = filters[0].options;
    if (options->dict_size > DICTIONARY_MAX)
        options->dict_size = DICTIONARY_MAX;
    bool good = lzma_raw_decoder(z, filters) == LZMA_OK;
    free(options);
    return good;
}

static decoded_t decode_lzma(span_t in, unsigned skip, take_t *take, void *context)
{
    lzma_stream z      = LZMA_STREAM_INIT;
    uint8_t    *out    = malloc(PIECE);
    decoded_t   result = DECODED_BROKEN;
    span_t      head   = span_sub(in, skip, 5);
    uint64_t    from   = 0;
    if (out != NULL && head.at != NULL && begin_lzma(&z, head)) {
        z.next_in  = head.at + 5;
        z.avail_in = in.size - skip - 5;
        for (;;) {
            z.next_out    = out;
            z.avail_out   = PIECE;
            lzma_ret how  = lzma_code(&z, LZMA_RUN);
            size_t   made = PIECE - z.avail_out;
            uint64_t now  = in.size - z.avail_in;
            if (made > 0 && !take(context, span_from(out, made), from, now - from)) {
                result = DECODED_STOPPED;
                break;
            }
            from = made > 0 ? now : from;
            if (how == LZMA_STREAM_END || (how != LZMA_OK && how != LZMA_BUF_ERROR) || made == 0) {
                result = how == LZMA_STREAM_END ? DECODED_WHOLE : z.avail_in == 0 && how != LZMA_DATA_ERROR ? DECODED_CUT : DECODED_BROKEN;
                break;
            }
        }
    }
    lzma_end(&z);
    free(out);
    return result;
}

static decoded_t decode_deflate(span_t in, take_t *take, void *context)
{
    z_stream  z      = {0};
    uint8_t  *out    = malloc(PIECE);
    decoded_t result = DECODED_BROKEN;
    uint64_t  from   = 0, fed = 0;
    if (out == NULL || inflateInit2(&z, -15) != Z_OK) {
        free(out);
        return result;
    }
    for (;;) {
        if (z.avail_in == 0 && fed < in.size) {
            span_t more = span_clip(in, fed, 1 << 30);
            z.next_in   = (z_const Bytef *)(uintptr_t)more.at;
            z.avail_in  = (uInt)more.size;
            fed += more.size;
        }
        z.next_out    = out;
        z.avail_out   = PIECE;
        int      how  = inflate(&z, Z_NO_FLUSH);
        size_t   made = PIECE - z.avail_out;
        uint64_t now  = fed - z.avail_in;
        if (made > 0 && !take(context, span_from(out, made), from, now - from)) {
            result = DECODED_STOPPED;
            break;
        }
        from = made > 0 ? now : from;
        if (how == Z_STREAM_END || (how != Z_OK && how != Z_BUF_ERROR) || (made == 0 && fed == in.size)) {
            result = how == Z_STREAM_END ? DECODED_WHOLE : how == Z_OK || how == Z_BUF_ERROR ? DECODED_CUT : DECODED_BROKEN;
            break;
        }
    }
    (void)inflateEnd(&z);
    free(out);
    return result;
}

static decoded_t decode(method_t method, span_t in, take_t *take, void *context)
{
    return method == METHOD_DEFLATE ? decode_deflate(in, take, context) : decode_lzma(in, method == METHOD_FILTERED_LZMA, take, context);
}

static method_t method_of(span_t block)
{
    static const uint8_t lzma[] = {0x5D, 0, 0};
    if (span_starts_with(block, span_from(lzma, 3)) && block.size > 5 && block.at[5] == 0)
        return METHOD_LZMA;
    if (block.size > 6 && block.at[0] <= 1 && span_starts_with(span_from_offset(block, 1), span_from(lzma, 3)) && block.at[6] == 0)
        return METHOD_FILTERED_LZMA;
    return block.size > 1 && block.at[0] == 0x31 && block.at[1] < 14 ? METHOD_BZIP2 : METHOD_DEFLATE;
}

/* ---- names, from the script ---------------------------------------------------------------------------------------- */

static void put_variable(buffer_t *out, unsigned number)
{
    static const char *const known[] = {"CMDLINE", "INSTDIR", "OUTDIR", "EXEDIR", "LANGUAGE", "TEMP",
                                        "PLUGINSDIR", "EXEPATH", "EXEFILE", "HWNDPARENT", "_CLICK", "_OUTDIR"};
    if (number < 10)
        buffer_printf(out, "$%u", number);
    else if (number < 20)
        buffer_printf(out, "$R%u", number - 10);
    else if (number - 20 < sizeof known / sizeof known[0])
        buffer_printf(out, "$%s", known[number - 20]);
    else
        buffer_printf(out, "$var%u", number);
}

/* Codes 1 to 4 (before version 3: 255 down to 252) mean: text in the user's language, a folder of the shell, a variable, the next as it is. */
static void put_string(const installer_t *n, span_t strings, uint32_t index, buffer_t *out)
{
    unsigned width = n->unicode ? 2 : 1;
    reader_t r     = reader_at(strings, (uint64_t)index * width);
    for (unsigned i = 0; i < STRING_MAX && reader_left(&r) >= width; i++) {
        uint32_t unit = (uint32_t)read_le(&r, width), code = unit;
        if (unit == 0)
            break;
        if (width == 1 && unit >= 252)
            code = 256 - unit;
        if (code > 4 || code == 0) {
            uint8_t two[2] = {(uint8_t)unit, (uint8_t)(unit >> 8)};
            if (unit == '\\')
                buffer_append_byte(out, '/');
            else if (unit < 128)
                buffer_append_byte(out, (uint8_t)unit);
            else if (width == 2)
                utf16le_append(out, span_from(two, 2));
            else
                buffer_append_byte(out, (uint8_t)unit);
            continue;
        }
        /* One unit that stands for itself, or 14 bits in two bytes whose highest bits are set. */
        uint32_t low = (uint32_t)read_le(&r, width), high = width == 2 ? low >> 8 : code == 4 ? 0 : read_u8(&r);
        uint32_t value = (low & 0x7F) | (high & 0x7F) << 7;
        if (code == 3)
            put_variable(out, value);
        else if (code == 4)
            buffer_append_byte(out, (uint8_t)low);
        else
            buffer_printf(out, code == 2 ? "$SHELL%u" : "$LANG%u", value);
    }
}

/* Where block `which` of the header stands. 64-bit installers have offsets of 64 bits, whose upper halves are zero. */
static span_t header_block(const installer_t *n, unsigned which, uint32_t *count)
{
    span_t   header = buffer_span(&n->header);
    bool     is_64  = true;
    for (unsigned i = 0; i < BLOCKS; i++) {
        reader_t upper = reader_at(header, 4 + 12 * i + 4);
        is_64          = is_64 && read_le32(&upper) == 0 && reader_ok(&upper);
    }
    reader_t r  = reader_at(header, 4 + (is_64 ? 12u : 8u) * which);
    uint64_t at = read_le(&r, is_64 ? 8 : 4);
    *count      = read_le32(&r);
    return reader_ok(&r) ? span_from_offset(header, at) : (span_t){NULL, 0};
}

static int by_place(const void *a, const void *b)
{
    const name_t *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->path < y->path ? -1 : x->path > y->path;
}

/* Adds what the entry that unpacks a file says. */
static void add_name(installer_t *n, span_t strings, const uint32_t *parameters, span_t directory)
{
    uint64_t time = (parameters[3] | (uint64_t)parameters[4] << 32) / 10000000;
    name_t   name = {.at = parameters[2], .path = n->paths.size, .has_mtime = time > FILETIME_UNIX && parameters[4] != UINT32_MAX};
    name.mtime    = name.has_mtime ? (int64_t)(time - FILETIME_UNIX) : 0;
    buffer_t file = {.limit = 8 * STRING_MAX};
    put_string(n, strings, parameters[1], &file);
    span_t text = buffer_span(&file);
    if (text.size > 0 && text.at[0] != '$' && directory.size > 0) { /* relative to the directory that was set last */
        buffer_append(&n->paths, directory);
        buffer_append_byte(&n->paths, '/');
    }
    if (span_has_text_at(text, 0, "$INSTDIR/"))
        text = span_from_offset(text, 9);
    buffer_append(&n->paths, text);
    name.path_size = n->paths.size - name.path;
    buffer_free(&file);
    if (name.path_size > 0 && !n->paths.failed)
        n->names[n->name_count++] = name;
}

static void read_script(installer_t *n)
{
    uint32_t count, strings_count;
    span_t   entries = header_block(n, BLOCK_ENTRIES, &count), strings = header_block(n, BLOCK_STRINGS, &strings_count);
    if (entries.at == NULL || strings.size < 2)
        return;
    n->unicode    = strings.at[0] == 0 && strings.at[1] == 0;
    n->paths.limit = 64 << 20;
    count         = (uint32_t)min_u64(count, entries.size / ENTRY_SIZE);
    n->names      = calloc((size_t)count + 1, sizeof *n->names);
    if (n->names == NULL)
        return;
    buffer_t directory = {.limit = 8 * STRING_MAX};
    reader_t r         = reader_from(entries);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t opcode = read_le32(&r), parameters[PARAMETERS];
        for (unsigned j = 0; j < PARAMETERS; j++)
            parameters[j] = read_le32(&r);
        if (opcode == OPCODE_CREATE_DIRECTORY && parameters[1] != 0) {
            directory.size = 0;
            put_string(n, strings, parameters[0], &directory);
        } else if (opcode == OPCODE_EXTRACT) {
            span_t where = buffer_span(&directory);
            if (span_has_text_at(where, 0, "$INSTDIR"))
                where = span_from_offset(where, where.size > 8 && where.at[8] == '/' ? 9 : 8);
            add_name(n, strings, parameters, where);
        }
    }
    buffer_free(&directory);
    if (n->name_count > 1)
        qsort(n->names, n->name_count, sizeof *n->names, by_place);
}

/* The child for the block at `at`: the first of its names, or a number. */
static child_t *begin_child(installer_t *n, uint64_t at)
{
    while (n->next_name < n->name_count && n->names[n->next_name].at < at)
        n->next_name++;
    char         number[40];
    child_info_t info = {.type = CHILD_FILE};
    if (n->next_name < n->name_count && n->names[n->next_name].at == at) {
        const name_t *name = &n->names[n->next_name];
        info.path          = span_sub(buffer_span(&n->paths), name->path, name->path_size);
        info.has_mtime     = name->has_mtime;
        info.mtime         = name->mtime;
    } else {
        int size  = snprintf(number, sizeof number, "[nsis]/block-%llu", (unsigned long long)at);
        info.path = span_from(number, (size_t)size);
    }
    child_t *child = sink_child(n->sink, &info);
    n->stopped     = n->stopped || child == NULL;
    return child;
}

/* A block may be unpacked under several names. */
static void end_child(installer_t *n, child_t *child, uint64_t at)
{
    uint32_t index = child_index(child);
    sink_end_child(n->sink);
    while (!n->stopped && n->next_name + 1 < n->name_count && n->names[n->next_name].at == at && n->names[n->next_name + 1].at == at) {
        const name_t *name = &n->names[++n->next_name], *before = name - 1;
        span_t        path = span_sub(buffer_span(&n->paths), name->path, name->path_size);
        if (span_equal(path, span_sub(buffer_span(&n->paths), before->path, before->path_size)))
            continue;
        child_t *again = sink_child(n->sink, &(child_info_t){.path = path, .type = CHILD_FILE, .has_mtime = name->has_mtime, .mtime = name->mtime});
        n->stopped     = again == NULL;
        if (again != NULL)
            child_same_as(again, index);
        sink_end_child(n->sink);
    }
}

static void say_header(installer_t *n, uint64_t from, uint64_t length)
{
    child_t *child = sink_child(n->sink, &(child_info_t){.path = span_from_text("[nsis]/header"), .type = CHILD_FILE});
    n->stopped     = child == NULL || !status_ok(child_write(child, buffer_span(&n->header), from, length));
    sink_end_child(n->sink);
    n->has_header = true;
    read_script(n);
}

/* ---- blocks one by one --------------------------------------------------------------------------------------------- */

typedef struct { installer_t *n; child_t *child; uint64_t at; } block_t;

static bool take_block(void *context, span_t bytes, uint64_t from, uint64_t length)
{
    block_t *b = context;
    if (b->child != NULL)
        return status_ok(child_write(b->child, bytes, b->at + from, length));
    buffer_append(&b->n->header, bytes);
    return !b->n->header.failed;
}

static void extract_blocks(installer_t *n, uint64_t end)
{
    static const char *const troubles[] = {NULL, "the image ends before this block does", "the block cannot be decoded", NULL};
    uint64_t                 at         = FIRST_HEADER;
    while (!n->stopped && at + 4 <= end) {
        reader_t r      = reader_at(n->image, at);
        uint32_t length = read_le32(&r);
        bool     packed = (length & COMPRESSED) != 0;
        uint64_t size   = length & ~COMPRESSED;
        span_t   bytes  = span_clip(n->image, at + 4, min_u64(size, end - at - 4));
        if (!reader_ok(&r))
            break;
        sink_claim(n->sink, at, 4, REGION_STRUCTURE);
        block_t b = {.n = n, .at = at + 4, .child = n->has_header ? begin_child(n, at - n->data) : NULL};
        if (n->has_header && b.child == NULL)
            break;
        decoded_t how = DECODED_WHOLE;
        if (packed)
            how = decode(n->method, bytes, take_block, &b);
        else if (b.child != NULL)
            child_range(b.child, at + 4, size);
        else
            buffer_append(&n->header, bytes);
        if (b.child != NULL) {
            if (troubles[how] != NULL)
                child_damage(b.child, at + 4, bytes.size, bytes.size < size ? troubles[1] : troubles[how]);
            n->stopped = n->stopped || how == DECODED_STOPPED;
            end_child(n, b.child, at - n->data);
            sink_claim(n->sink, at + 4, bytes.size, REGION_CONTENT); /* what a decoder leaves of its block */
        } else {
            if (n->header.size != n->header_size)
                sink_damage(n->sink, at + 4, bytes.size, "the header of the installer is not as long as announced");
            n->data = at + 4 + size;
            say_header(n, at + 4, bytes.size);
        }
        if (!checked_add(at + 4, size, &at))
            break;
    }
}

/* ---- one stream ---------------------------------------------------------------------------------------------------- */

static bool take_solid(void *context, span_t bytes, uint64_t from, uint64_t length)
{
    installer_t *n = context;
    from += FIRST_HEADER;
    while (bytes.size > 0 && !n->stopped) {
        if (n->length_size < 4) {
            n->length[n->length_size++] = bytes.at[0];
            bytes                       = span_from_offset(bytes, 1);
            n->decoded += n->has_header;
            if (n->length_size < 4)
                continue;
            reader_t r  = reader_from(span_from(n->length, 4));
            n->left     = read_le32(&r);
            n->block_at = n->decoded - 4;
            if (!n->has_header && n->left != n->header_size)
                return false;
            if (n->has_header && (n->child = begin_child(n, n->block_at)) == NULL)
                return false;
        }
        span_t piece = span_clip(bytes, 0, n->left);
        bytes        = span_from_offset(bytes, piece.size);
        n->left -= piece.size;
        if (!n->has_header)
            buffer_append(&n->header, piece);
        else if (piece.size > 0 && !status_ok(child_write(n->child, piece, from, length)))
            n->stopped = true;
        n->decoded += n->has_header ? piece.size : 0;
        if (n->left > 0)
            continue;
        if (!n->has_header) {
            say_header(n, from, length);
        } else {
            end_child(n, n->child, n->block_at);
            n->child = NULL;
        }
        n->length_size = 0;
    }
    return !n->stopped && !n->header.failed;
}

/* Does the stream begin with the header, as its length says? */
static bool take_length(void *context, span_t bytes, uint64_t from, uint64_t length)
{
    uint32_t *value = context;
    reader_t  r     = reader_from(bytes);
    (void)from;
    (void)length;
    *value = read_le32(&r);
    return false;
}

static bool is_solid(const installer_t *n, span_t stream)
{
    uint32_t length = 0;
    (void)decode(n->method, stream, take_length, &length);
    return length == n->header_size;
}

static void extract_solid(installer_t *n, span_t stream)
{
    decoded_t   how     = decode(n->method, stream, take_solid, n);
    const char *trouble = how == DECODED_CUT      ? "the image ends before the stream of the installer does"
                          : how == DECODED_BROKEN ? "the stream of the installer cannot be decoded from here on"
                          : n->child != NULL && !n->stopped ? "the stream of the installer ends within a block"
                                                            : NULL;
    if (trouble != NULL && n->child != NULL)
        child_damage(n->child, FIRST_HEADER, stream.size, trouble);
    else if (trouble != NULL)
        sink_damage(n->sink, FIRST_HEADER, stream.size, trouble);
    sink_end_child(n->sink);
    sink_claim(n->sink, FIRST_HEADER, stream.size, REGION_CONTENT);
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

/* What cannot be decoded is named, and given as it stands. */
static void give_closed(installer_t *n, span_t stream, const char *limit, const char *what)
{
    sink_limit(n->sink, FIRST_HEADER, stream.size, limit, what);
    child_t *child = sink_child(n->sink, &(child_info_t){.path = span_from_text("[nsis]/data"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, FIRST_HEADER, stream.size);
    sink_end_child(n->sink);
}

static void say_facts(const installer_t *n, const nsis_t *first, bool is_solid)
{
    static const char *const methods[] = {"deflate", "lzma", "lzma with filter", "bzip2"};
    sink_fact(n->sink, "nsis.method", methods[n->method]);
    sink_fact(n->sink, "nsis.solid", is_solid ? "yes" : "no");
    sink_fact(n->sink, "nsis.kind", (first->flags & FLAG_UNINSTALL) != 0 ? "uninstaller" : "installer");
    sink_fact(n->sink, "nsis.crc", (first->flags & FLAG_NO_CRC) != 0 ? "no" : "yes");
    sink_fact_printf(n->sink, "nsis.flags", "0x%X", first->flags);
    sink_fact_printf(n->sink, "nsis.header.size", "%u", first->header_size);
    if (n->has_header)
        sink_fact(n->sink, "nsis.text", n->unicode ? "unicode" : "ansi");
}

static status_t nsis_extract(span_t image, sink_t *sink)
{
    nsis_t      first;
    installer_t n = {.image = image, .sink = sink};
    if (!read_first(image, &first))
        return status_fail(STATUS_REJECTED, "nsis", 0, "not the header of an NSIS installer");
    uint64_t end   = first.size - ((first.flags & FLAG_NO_CRC) != 0 ? 0 : CRC_SIZE);
    n.header_size  = first.header_size;
    n.header.limit = first.header_size;
    sink_claim(sink, 0, FIRST_HEADER, REGION_STRUCTURE);
    if (first.size > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the installer's data does");
    if (end < first.size)
        sink_claim(sink, min_u64(end, image.size), min_u64(first.size, image.size) - min_u64(end, image.size), REGION_STRUCTURE);
    end             = min_u64(end, image.size);
    span_t   stream = span_clip(image, FIRST_HEADER, end - FIRST_HEADER);
    reader_t r      = reader_from(stream);
    uint32_t length = read_le32(&r), size = length & ~COMPRESSED;
    bool     stored = length == first.header_size;
    n.method        = method_of(stream);
    bool solid      = !stored && n.method != METHOD_BZIP2 && is_solid(&n, stream);
    if (solid) {
        extract_solid(&n, stream);
    } else if (n.method == METHOD_BZIP2 && !stored) {
        solid = true;
        give_closed(&n, stream, "codec", "compressed by the bzip2 of NSIS, which is not opened");
    } else if (stored || ((length & COMPRESSED) != 0 && size > 0)) {
        n.method = method_of(span_from_offset(stream, 4));
        if (n.method == METHOD_BZIP2)
            give_closed(&n, stream, "codec", "compressed by the bzip2 of NSIS, which is not opened");
        else
            extract_blocks(&n, end);
    } else if (stream.size > 0) {
        sink_damage(sink, FIRST_HEADER, stream.size, "the installer's header cannot be decoded");
        give_closed(&n, stream, "codec", "the compression of the installer is not known");
    }
    say_facts(&n, &first, solid);
    buffer_free(&n.header);
    buffer_free(&n.paths);
    free(n.names);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xEF\xBE\xAD\xDENullsoftInst", 4)};

const extractor_t nsis_extractor = {
    .id = "nsis", .name = "NSIS installer", .specification = "NSIS, Source/exehead/fileform.h and fileform.c", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = nsis_probe, .extent = nsis_extent, .extract = nsis_extract,
};
