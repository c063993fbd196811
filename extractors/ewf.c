/* EWF (E01): the evidence files of EnCase, FTK and others. A segment: "EVF" 09 0D 0A FF 00, 01, its number, 0; then sections, each with a head of
 * 76 bytes: type (16), place of the next section in this segment, size, 40 bytes, Adler-32 of all that. The sections that matter:
 *   header, header2  deflated text: case, evidence, examiner, notes, times        volume, disk  count of chunks, sectors a chunk, bytes a
 *   sectors          the chunks, one behind the other                             sector, count of sectors; Adler-32
 *   table            count, base, Adler-32, 32-bit places of chunks (bit 31: deflated, else raw with an Adler-32 behind it), Adler-32
 *   table2           its copy            error2  sectors that could not be read    hash, digest  MD5, SHA-1 of the whole disk
 *   next, done       the end of this segment, of the last
 * Segments of one acquisition stand one behind the other in the image. Little-endian. Source: J. Metz, "Expert Witness Compression Format",
 * libewf documentation. */
#include "extractors/codec.h"
#include "extractors/fs_content.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    FILE_HEADER = 13, SECTION = 76, TYPE_SIZE = 16, TABLE_HEAD = 24, SUM = 4, CHUNK_MAX = 64 << 20, SEGMENTS_MAX = 65535, TEXT_MAX = 256 << 10, MD5_SIZE = 16, ERRORS_MAX = 4096,
};
#define COMPRESSED UINT32_C(0x80000000)

static const uint8_t signature[] = {'E', 'V', 'F', 9, 13, 10, 0xFF, 0};

typedef struct { uint64_t at, next, size; char type[TYPE_SIZE + 1]; bool holds; } section_t;

typedef struct {
    span_t           image;
    sink_t          *sink;
    uint64_t         segment;      /* where the segment in hand begins */
    unsigned         segments;
    uint64_t         chunks, sectors, done_chunks;
    uint32_t         sectors_per_chunk, bytes_per_sector;
    uint64_t         sectors_end;  /* of the last section of chunks: where the last chunk of a table ends */
    codec_context_t *codecs;
    uint8_t         *chunk;
    child_t         *child;
    fs_content_t     content;
    EVP_MD_CTX      *md5;
    uint8_t          said_md5[MD5_SIZE];
    bool             has_md5, ended, failed;
} ewf_t;

static uint32_t adler(span_t bytes) { return (uint32_t)adler32_z(1, bytes.at, bytes.size); }

static uint32_t le32_at(span_t bytes, uint64_t at)
{
    reader_t r = reader_at(bytes, at);
    return read_le32(&r);
}

static bool segment_at(span_t image, uint64_t at)
{
    return span_equal(span_sub(image, at, sizeof signature), span_from(signature, sizeof signature)) && span_holds(image, at, FILE_HEADER);
}

/* Places in a section count from the start of its segment. */
static bool read_section(span_t image, uint64_t segment, uint64_t at, section_t *s)
{
    span_t   head = span_sub(image, at, SECTION);
    reader_t r    = reader_at(head, TYPE_SIZE);
    *s            = (section_t){.at = at, .next = read_le64(&r)};
    s->size       = read_le64(&r);
    if (head.at == NULL || !checked_add(s->next, segment, &s->next))
        return false;
    memcpy(s->type, head.at, TYPE_SIZE);
    s->holds = adler(span_sub(head, 0, SECTION - SUM)) == le32_at(head, SECTION - SUM);
    return true;
}

static bool is(const section_t *s, const char *type) { return strcmp(s->type, type) == 0; }
static bool is_last(const section_t *s) { return is(s, "next") || is(s, "done"); }

/* ---- sections ---- */

static span_t data_of(const ewf_t *e, const section_t *s)
{
    uint64_t from = s->at + SECTION, to = s->size > SECTION ? s->at + s->size : s->next;
    return to > from ? span_clip(e->image, from, to - from) : span_clip(e->image, from, 0);
}

static void read_volume(ewf_t *e, const section_t *s)
{
    span_t   data = data_of(e, s);
    reader_t r    = reader_at(data, 4);
    uint64_t chunks = read_le32(&r);
    uint32_t per_chunk = read_le32(&r), per_sector = read_le32(&r);
    uint64_t sectors = read_le64(&r);
    if (e->chunk != NULL)
        return; /* said again in every segment */
    if (!reader_ok(&r) || per_chunk == 0 || per_sector < 128 || per_sector > 65536 || (uint64_t)per_chunk * per_sector > CHUNK_MAX || sectors > UINT64_C(1) << 50) {
        sink_damage(e->sink, s->at, s->size, "the description of the volume cannot be right");
        return;
    }
    if (data.size >= 1052 && adler(span_sub(data, 0, 1048)) != le32_at(data, 1048))
        sink_damage(e->sink, s->at, s->size, "the checksum of the volume's description does not hold");
    e->chunks            = chunks;
    e->sectors_per_chunk = per_chunk;
    e->bytes_per_sector  = per_sector;
    e->sectors           = sectors;
    e->chunk             = malloc((size_t)per_chunk * per_sector);
    e->child             = sink_child(e->sink, &(child_info_t){.path = span_from_text("disk"), .type = CHILD_PAYLOAD});
    e->failed            = e->chunk == NULL || e->child == NULL;
    if (e->failed)
        return;
    fs_content_begin(&e->content, e->child, e->image, sectors * per_sector);
    sink_fact_printf(e->sink, "ewf.bytes", "%" PRIu64, sectors * per_sector);
}

/* Lines of names and lines of values, divided by tabs: the case, in UTF-8 or (header2) UTF-16. */
static void read_header(ewf_t *e, const section_t *s)
{
    static const struct { const char *name, *key; } known[] = {{"c", "ewf.case"}, {"n", "ewf.evidence"}, {"a", "ewf.description"}, {"e", "ewf.examiner"}, {"t", "ewf.notes"},
                                                               {"av", "ewf.program-version"}, {"ov", "ewf.system"}, {"m", "ewf.acquired"}, {"u", "ewf.system-time"}};
    uint8_t *text = malloc(TEXT_MAX);
    size_t   size = 0;
    if (text == NULL || !status_ok(codec_decode_with(e->codecs, CODEC_ZLIB, data_of(e, s), text, TEXT_MAX - 1, &size))) {
        if (text != NULL)
            sink_damage(e->sink, s->at, s->size, "the description of the case does not decode");
        free(text);
        return;
    }
    if (is(s, "header2")) { /* UTF-16LE: what is not ASCII becomes '?' here; the bytes are in the image */
        size_t narrow = 0;
        for (size_t i = 2; i + 1 < size; i += 2)
            text[narrow++] = text[i + 1] == 0 && text[i] < 0x80 ? text[i] : '?';
        size = narrow;
    }
    text[size]        = '\0';
    const char *names = strstr((char *)text, "main");
    names             = names != NULL ? strchr(names, '\n') : NULL;
    const char *values = names != NULL ? strchr(names + 1, '\n') : NULL;
    /* Two lines with as many columns. */
    for (bool more = values != NULL; more;) {
        names++;
        values++;
        size_t name = strcspn(names, "\t\r\n"), value = strcspn(values, "\t\r\n");
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (strlen(known[k].name) == name && memcmp(known[k].name, names, name) == 0 && value > 0)
                sink_fact_printf(e->sink, known[k].key, "%.*s", (int)value, values);
        names += name;
        values += value;
        more = *names == '\t' && *values == '\t';
    }
    free(text);
}

static void digest(ewf_t *e, span_t bytes) { e->failed = e->failed || EVP_DigestUpdate(e->md5, bytes.at, bytes.size) != 1; }

static void write_chunk(ewf_t *e, uint64_t at, uint64_t end, bool compressed)
{
    uint64_t whole = (uint64_t)e->sectors_per_chunk * e->bytes_per_sector, wanted = min_u64(whole, e->content.size - e->content.done);
    span_t   stored = at <= end ? span_sub(e->image, at, end - at) : (span_t){NULL, 0};
    size_t   made   = 0;
    e->done_chunks++;
    if (stored.at == NULL || (!compressed && stored.size < wanted)) {
        fs_content_lost(&e->content, min_u64(at, e->image.size), 0, wanted, "a chunk lies behind the end of the image");
        return;
    }
    if (compressed) {
        if (!status_ok(codec_decode_with(e->codecs, CODEC_ZLIB, stored, e->chunk, whole, &made)) || made < wanted) {
            fs_content_lost(&e->content, at, stored.size, wanted, "a chunk does not decode");
            return;
        }
        digest(e, span_from(e->chunk, (size_t)wanted));
        fs_content_decoded(&e->content, span_from(e->chunk, (size_t)wanted), at, stored.size);
        return;
    }
    span_t bytes = span_sub(stored, 0, wanted);
    if (stored.size >= wanted + SUM && adler(bytes) != le32_at(stored, wanted))
        child_damage(e->child, at, stored.size, "the checksum of a chunk does not hold");
    sink_claim(e->sink, at + wanted, stored.size - wanted < SUM ? stored.size - wanted : SUM, REGION_STRUCTURE);
    digest(e, bytes);
    fs_content_run(&e->content, at, wanted);
}

static void read_table(ewf_t *e, const section_t *s)
{
    span_t   data  = data_of(e, s);
    uint32_t count = le32_at(data, 0);
    reader_t r     = reader_at(data, 8);
    uint64_t base  = read_le64(&r);
    if (adler(span_sub(data, 0, TABLE_HEAD - SUM)) != le32_at(data, TABLE_HEAD - SUM))
        sink_damage(e->sink, s->at, s->size, "the checksum of a table of chunks does not hold");
    if (e->chunk == NULL || data.size < TABLE_HEAD)
        return;
    count         = (uint32_t)min_u64(count, (data.size - TABLE_HEAD) / 4);
    span_t places = span_sub(data, TABLE_HEAD, (uint64_t)count * 4);
    if (data.size >= TABLE_HEAD + places.size + SUM && adler(places) != le32_at(data, TABLE_HEAD + places.size))
        sink_damage(e->sink, s->at, s->size, "the checksum of the places of chunks does not hold");
    /* The end of a chunk is the start of the next; of the last, the end of the chunks (or, in old files, of the table's own section). */
    uint64_t end_of_all = e->sectors_end > e->segment ? e->sectors_end : s->at;
    for (uint32_t i = 0; i < count && !fs_content_full(&e->content) && !e->failed; i++) {
        uint32_t word = le32_at(places, (uint64_t)i * 4);
        uint64_t at   = e->segment + base + (word & ~COMPRESSED);
        uint64_t end  = i + 1 < count ? e->segment + base + (le32_at(places, (uint64_t)(i + 1) * 4) & ~COMPRESSED) : end_of_all;
        write_chunk(e, at, end, (word & COMPRESSED) != 0);
    }
}

/* What the acquiring program could not read. */
static void read_errors(ewf_t *e, const section_t *s)
{
    span_t   data  = data_of(e, s);
    uint32_t count = le32_at(data, 0);
    reader_t r     = reader_at(data, 520);
    for (uint32_t i = 0; i < count && i < ERRORS_MAX && reader_left(&r) >= 8; i++) {
        uint32_t first = read_le32(&r), number = read_le32(&r);
        char     what[96];
        (void)snprintf(what, sizeof what, "%" PRIu32 " sectors from %" PRIu32 " on could not be read from the device", number, first);
        if (e->child != NULL)
            child_damage(e->child, s->at, s->size, what);
    }
    if (count > ERRORS_MAX)
        sink_limit(e->sink, s->at, s->size, "errors", "more than 4096 places could not be read from the device: the rest is not listed");
}

static void read_hash(ewf_t *e, const section_t *s)
{
    span_t data = data_of(e, s);
    if (data.size >= MD5_SIZE && !span_is_filled_with(span_sub(data, 0, MD5_SIZE), 0)) {
        memcpy(e->said_md5, data.at, MD5_SIZE);
        e->has_md5 = true;
    }
}

static void take_section(ewf_t *e, const section_t *s)
{
    static const struct { const char *type; void (*read)(ewf_t *e, const section_t *s); } readers[] = {
        {"volume", read_volume}, {"disk", read_volume}, {"data", read_volume}, {"header", read_header}, {"header2", read_header}, {"table", read_table},
        {"error2", read_errors}, {"hash", read_hash}, {"digest", read_hash},
    };
    if (!s->holds)
        sink_damage(e->sink, s->at, SECTION, "the checksum of a section's head does not hold");
    if (is(s, "sectors")) {
        sink_claim(e->sink, s->at, SECTION, REGION_STRUCTURE);
        e->sectors_end = s->at + s->size;
        return;
    }
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (is(s, readers[i].type) && (strcmp(s->type, "header") != 0 || e->segments == 1))
            readers[i].read(e, s);
    uint64_t end = is_last(s) ? s->at + SECTION : s->size > SECTION ? s->at + s->size : s->next;
    if (end > s->at)
        sink_claim(e->sink, s->at, min_u64(end - s->at, e->image.size - s->at), REGION_STRUCTURE);
}

/* One segment; returns where the next one would begin. */
static uint64_t read_segment(ewf_t *e, uint64_t at)
{
    e->segment     = at;
    e->sectors_end = 0;
    e->segments++;
    sink_claim(e->sink, at, FILE_HEADER, REGION_STRUCTURE);
    reader_t number = reader_at(e->image, at + 9);
    if (read_le16(&number) != e->segments)
        sink_damage(e->sink, at, FILE_HEADER, "segments are missing or not in their order");
    for (at += FILE_HEADER;;) {
        section_t s;
        if (!read_section(e->image, e->segment, at, &s)) {
            sink_damage(e->sink, min_u64(at, e->image.size), 0, "the image ends before its last section");
            return e->image.size;
        }
        take_section(e, &s);
        e->ended = is(&s, "done");
        if (is_last(&s))
            return at + SECTION;
        if (s.next <= at || e->failed) {
            if (!e->failed)
                sink_damage(e->sink, at, SECTION, "a section leads backwards: the rest was not read");
            return e->image.size;
        }
        at = s.next;
    }
}

static void check_digest(ewf_t *e)
{
    uint8_t  md5[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!e->has_md5)
        return;
    char text[2 * MD5_SIZE + 1];
    for (size_t i = 0; i < MD5_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", e->said_md5[i]);
    sink_fact(e->sink, "ewf.md5", text);
    bool same = EVP_DigestFinal_ex(e->md5, md5, &size) == 1 && size == MD5_SIZE && memcmp(md5, e->said_md5, MD5_SIZE) == 0;
    sink_fact(e->sink, "ewf.md5-holds", same ? "yes" : "no");
    if (!same && e->child != NULL)
        child_damage(e->child, 0, 0, "the MD5 of the acquisition is not that of these contents");
}

/* ---- what the registry sees ---- */

static unsigned ewf_probe(span_t image)
{
    section_t s;
    if (!segment_at(image, 0) || image.at[8] != 1)
        return 0;
    return read_section(image, 0, FILE_HEADER, &s) && s.holds ? 64 + 32 : 64;
}

static uint64_t end_of_segment(span_t image, uint64_t segment)
{
    for (uint64_t at = segment + FILE_HEADER;;) {
        section_t s;
        if (!read_section(image, segment, at, &s) || (!is_last(&s) && s.next <= at))
            return image.size;
        if (is_last(&s))
            return at + SECTION;
        at = s.next;
    }
}

static uint64_t ewf_extent(span_t image)
{
    uint64_t end = 0;
    for (unsigned n = 0; n < SEGMENTS_MAX && segment_at(image, end); n++)
        end = end_of_segment(image, end);
    return min_u64(end, image.size);
}

static status_t read_segments(ewf_t *e)
{
    uint64_t at = 0;
    while (!e->ended && !e->failed && e->segments < SEGMENTS_MAX && segment_at(e->image, at))
        at = read_segment(e, at);
    if (e->child == NULL) {
        sink_damage(e->sink, 0, 0, "no section describes the volume: its content cannot be put together");
        return ok();
    }
    status_t status = ok();
    if (e->chunk != NULL && !fs_content_full(&e->content))
        status = fs_content_end_lost(&e->content, min_u64(at, e->image.size), "segments or tables with the rest of the chunks are not here");
    else if (e->chunk != NULL)
        status = fs_content_end(&e->content);
    check_digest(e);
    sink_fact_printf(e->sink, "ewf.segments", "%u", e->segments);
    return status;
}

static status_t ewf_extract(span_t image, sink_t *sink)
{
    ewf_t e = {.image = image, .sink = sink};
    if (ewf_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "ewf", 0, "not an EWF segment");
    e.codecs = codec_context_new();
    e.md5    = EVP_MD_CTX_new();
    status_t status = e.codecs != NULL && e.md5 != NULL && EVP_DigestInit_ex(e.md5, EVP_md5(), NULL) == 1 ? read_segments(&e)
                                                                                                          : status_fail(STATUS_MEMORY, "ewf", 0, "out of memory");
    codec_context_free(e.codecs);
    EVP_MD_CTX_free(e.md5);
    free(e.chunk);
    return status;
}

static const magic_t magics[] = {MAGIC("EVF\x09\x0D\x0A\xFF\x00", 0)};

const extractor_t ewf_extractor = {
    .id = "ewf", .name = "Expert Witness evidence file (E01)", .specification = "J. Metz, Expert Witness Compression Format, libewf documentation", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = ewf_probe, .extent = ewf_extent, .extract = ewf_extract,
};
