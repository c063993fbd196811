/* Where YAFFS keeps what: nothing in an image says it, so every known layout is tried on the first pages, and the one stands in which
 * object headers and their tags say the same. */
#include "extractors/yaffs.h"

enum {
    PROBED_PAGES = 96, LOOKED_AT = 128, HEADERS_MIN = 1, TAGS2 = 16, TAGS2_WITH_CODE = 28, TAGS1 = 8, CHUNK_MAX = 1 << 20, SPARE_FIELDS = 16,
    SEQUENCE_FIRST = 0x1000,
};

#define SEQUENCE_LAST UINT32_C(0xEFFFFF00)
#define UNUSED UINT32_MAX
#define EXTRA_HEADER UINT32_C(0x80000000)
#define EXTRA_SHRINK UINT32_C(0x40000000)
#define EXTRA_FLAGS UINT32_C(0xF0000000)

static uint32_t word(const uint8_t *at, bool big)
{
    reader_t r = reader_from(span_from(at, 4));
    return big ? read_be32(&r) : read_le32(&r);
}

/* ---- object headers ---- */

static span_t text_of(span_t field)
{
    const uint8_t *end = field.size > 0 ? memchr(field.at, 0, field.size) : NULL;
    return end != NULL ? span_from(field.at, (size_t)(end - field.at)) : field;
}

bool yaffs_read_header(span_t image, bool big, uint64_t at, yaffs_header_t *h)
{
    span_t bytes = span_sub(image, at, YAFFS_HEADER);
    if (bytes.at == NULL)
        return false;
    const uint8_t *b = bytes.at;
    *h = (yaffs_header_t){
        .type = word(b, big), .parent = word(b + 4, big), .name = text_of(span_sub(bytes, 10, YAFFS_NAME_MAX)),
        .mode = word(b + 268, big), .uid = word(b + 272, big), .gid = word(b + 276, big), .mtime = word(b + 284, big),
        .size = word(b + 292, big), .equivalent = word(b + 296, big),
        .alias = text_of(span_sub(bytes, 300, YAFFS_ALIAS_MAX)), .device = word(b + 460, big), .shrink = word(b + 508, big) == 1,
    };
    uint32_t high = word(b + 496, big);
    if (high != UNUSED && h->size != UNUSED)
        h->size |= (uint64_t)high << 32;
    /* The sum of the name has not been used since 2002, and stands erased. */
    return h->type >= YAFFS_FILE && h->type <= YAFFS_SPECIAL && h->parent > 0 && h->parent <= YAFFS_OBJECT_MAX && b[8] == 0xFF && b[9] == 0xFF &&
           h->name.size < YAFFS_NAME_MAX;
}

/* ---- tags of YAFFS2 ---- */

/* A code like Hamming's, over the sixteen bytes: parities of columns, of lines, and of the lines' complements. Puts one bit right. False: the
 * code does not hold. */
static bool tags_code_holds(uint8_t tags[TAGS2], const uint8_t *code, bool big, bool *corrected)
{
    static const uint8_t masks[] = {0x55, 0xAA, 0x33, 0xCC, 0x0F, 0xF0};
    uint32_t columns = 0, lines = 0, others = 0, column = 0;
    for (uint32_t i = 0; i < TAGS2; i++) {
        columns ^= tags[i];
        if (__builtin_parity(tags[i])) {
            lines ^= i;
            others ^= ~i;
        }
    }
    for (unsigned i = 0; i < sizeof masks; i++)
        column |= (uint32_t)__builtin_parity(columns & masks[i]) << i;
    column ^= code[0] & 0x3F;
    lines ^= word(code + 4, big);
    others ^= word(code + 8, big);
    *corrected = false;
    if (column == 0 && lines == 0 && others == 0)
        return true;
    if (lines == ~others && lines < TAGS2 && ((column ^ column >> 1) & 0x15) == 0x15) {
        uint32_t bit = (column >> 1 & 1) | (column >> 3 & 1) << 1 | (column >> 5 & 1) << 2;
        tags[lines] ^= (uint8_t)(1u << bit);
        return *corrected = true;
    }
    return __builtin_popcount(column) + __builtin_popcount(lines) + __builtin_popcount(others) == 1;
}

static yaffs_page_t read_tags2(span_t page, const yaffs_layout_t *l, yaffs_tags_t *t)
{
    uint8_t bytes[TAGS2];
    memcpy(bytes, page.at + l->tags_at, sizeof bytes);
    if (word(bytes, l->big) == UNUSED)
        return span_is_filled_with(span_clip(page, 0, l->page), 0xFF) ? YAFFS_PAGE_ERASED : YAFFS_PAGE_INVALID;
    if (l->tags_have_code && !tags_code_holds(bytes, page.at + l->tags_at + TAGS2, l->big, &t->corrected))
        return YAFFS_PAGE_INVALID;
    t->sequence = word(bytes, l->big);
    t->object   = word(bytes + 4, l->big);
    t->chunk    = word(bytes + 8, l->big);
    t->bytes    = word(bytes + 12, l->big);
    if (t->sequence == YAFFS_CHECKPOINT_SEQUENCE)
        return YAFFS_PAGE_CHECKPOINT;
    if (t->sequence < SEQUENCE_FIRST || t->sequence > SEQUENCE_LAST)
        return YAFFS_PAGE_INVALID;
    /* A header's tags may repeat parts of the header: its parent stands for the chunk, its type in the object's upper bits. */
    if ((t->chunk & EXTRA_HEADER) != 0) {
        t->shrink = (t->chunk & EXTRA_SHRINK) != 0;
        t->object &= ~EXTRA_FLAGS;
        t->chunk = t->bytes = 0;
    }
    bool plausible = t->object > 0 && t->object <= YAFFS_OBJECT_MAX && t->chunk <= CHUNK_MAX && (t->chunk == 0 || t->bytes <= l->data);
    return plausible ? YAFFS_PAGE_USED : YAFFS_PAGE_INVALID;
}

/* ---- tags of YAFFS1 ---- */

/* The sum of the numbers of all bits that are set, but for the sum's own, which stand in bits 18 to 29 of the second word. */
static uint32_t tags1_sum(const uint8_t tags[TAGS1], bool big)
{
    uint8_t  bytes[TAGS1];
    uint32_t sum = 0;
    memcpy(bytes, tags, sizeof bytes);
    uint32_t second = word(bytes + 4, big) & (big ? ~(UINT32_C(0xFFF) << 2) : ~(UINT32_C(0xFFF) << 18));
    for (unsigned i = 0; i < 4; i++)
        bytes[4 + i] = (uint8_t)(second >> (big ? 24 - 8 * i : 8 * i));
    for (uint32_t bit = 0; bit < TAGS1 * 8; bit++)
        if ((bytes[bit / 8] >> bit % 8 & 1) != 0)
            sum ^= bit + 1;
    return sum;
}

static yaffs_page_t read_tags1(span_t page, const yaffs_layout_t *l, yaffs_tags_t *t)
{
    const uint8_t *spare = page.at + l->page;
    uint8_t        bytes[TAGS1];
    unsigned       status_bits = 8;
    if (l->form == YAFFS1_SPLIT) {
        static const uint8_t places[TAGS1] = {0, 1, 2, 3, 6, 7, 11, 12};
        for (unsigned i = 0; i < TAGS1; i++)
            bytes[i] = spare[places[i]];
        status_bits = (unsigned)__builtin_popcount(spare[4]);
    } else {
        memcpy(bytes, page.at + l->tags_at, TAGS1);
    }
    if (span_is_filled_with(span_from(bytes, TAGS1), 0xFF))
        return span_is_filled_with(span_clip(page, 0, l->page), 0xFF) ? YAFFS_PAGE_ERASED : YAFFS_PAGE_INVALID;
    uint32_t first = word(bytes, l->big), second = word(bytes + 4, l->big), sum = tags1_sum(bytes, l->big), stored;
    if (l->big) { /* bit fields are laid out from the upper end */
        *t     = (yaffs_tags_t){.chunk = first >> 12, .serial = (uint8_t)(first >> 10 & 3), .bytes = first & 0x3FF, .object = second >> 14};
        stored = second >> 2 & 0xFFF;
        t->deleted = l->form == YAFFS1_PACKED && (second >> 1 & 1) == 0;
    } else {
        *t     = (yaffs_tags_t){.chunk = first & 0xFFFFF, .serial = (uint8_t)(first >> 20 & 3), .bytes = first >> 22, .object = second & 0x3FFFF};
        stored = second >> 18 & 0xFFF;
        t->deleted = l->form == YAFFS1_PACKED && (second >> 30 & 1) == 0;
    }
    t->deleted = t->deleted || status_bits < 7;
    if (l->page >= 1024 && l->form == YAFFS1_SPLIT)
        t->bytes |= (l->big ? second & 3 : second >> 30) << 10;
    uint32_t wrong = sum ^ stored;
    if (wrong > TAGS1 * 8 || (wrong != 0 && l->form == YAFFS1_PACKED && t->deleted))
        return YAFFS_PAGE_INVALID;
    /* Within the code's reach one wrong bit could be put right, but which side of it is wrong is not told: such tags are not believed. */
    if (wrong != 0 || t->object == 0 || (t->chunk != 0 && t->bytes > l->data))
        return YAFFS_PAGE_INVALID;
    return YAFFS_PAGE_USED;
}

yaffs_page_t yaffs_read_tags(span_t image, const yaffs_layout_t *l, uint64_t at, yaffs_tags_t *tags)
{
    span_t page = span_sub(image, at, yaffs_stride(l));
    *tags       = (yaffs_tags_t){.object = 0};
    if (page.at == NULL)
        return YAFFS_PAGE_INVALID;
    return l->form == YAFFS2_TAGS ? read_tags2(page, l, tags) : read_tags1(page, l, tags);
}

/* ---- which layout ---- */

/* Headers and tags of the first pages from `from` on: do they agree? Counts into `l`. */
static bool try_layout(span_t image, uint64_t from, yaffs_layout_t *l)
{
    uint64_t stride = yaffs_stride(l), looked_at = 0;
    unsigned used = 0, wrong = 0, with_code = 0;
    l->headers = l->chunks = 0;
    for (uint64_t at = from / stride * stride; used + wrong < PROBED_PAGES && looked_at < LOOKED_AT && span_holds(image, at, stride);
         at += stride, looked_at++) {
        yaffs_tags_t   tags;
        yaffs_header_t header;
        yaffs_page_t   page = yaffs_read_tags(image, l, at, &tags);
        if (page == YAFFS_PAGE_ERASED || page == YAFFS_PAGE_CHECKPOINT)
            continue;
        bool good = page == YAFFS_PAGE_USED;
        if (good && tags.chunk == 0)
            good = yaffs_read_header(image, l->big, at, &header) &&
                   (header.name.size > 0 || tags.object < YAFFS_FIRST_ORDINARY || header.parent <= YAFFS_DELETED);
        used += good;
        wrong += !good;
        l->headers += good && tags.chunk == 0;
        l->chunks += good && tags.chunk != 0;
        if (good && l->form == YAFFS2_TAGS && l->tags_at + TAGS2_WITH_CODE <= stride) {
            uint8_t bytes[TAGS2];
            bool    corrected;
            memcpy(bytes, image.at + at + l->tags_at, sizeof bytes);
            with_code += tags_code_holds(bytes, image.at + at + l->tags_at + TAGS2, l->big, &corrected) && !corrected;
        }
        if (wrong > 4 && wrong * 4 > used)
            return false;
    }
    l->tags_have_code = !l->inband && with_code > 0 && with_code * 4 >= used * 3;
    return l->headers >= HEADERS_MIN && wrong * 4 <= used;
}

static unsigned worth(const yaffs_layout_t *l) { return l->headers * 4 + l->chunks + l->tags_have_code; }

static void keep_better(span_t image, uint64_t from, yaffs_layout_t candidate, yaffs_layout_t *best)
{
    if (try_layout(image, from, &candidate) && worth(&candidate) > worth(best))
        *best = candidate;
}

bool yaffs_find_layout(span_t image, bool from_start, yaffs_layout_t *layout)
{
    static const struct { uint16_t page, spare; } geometries[] = {
        {1024, 32}, {2048, 64}, {2048, 128}, {4096, 128}, {4096, 218}, {4096, 224}, {4096, 256}, {8192, 256}, {8192, 448}, {8192, 640}, {16384, 512},
    };
    static const uint8_t places[] = {0, 2, 1, 4, 8};
    yaffs_header_t       header;
    bool                 little = yaffs_read_header(image, false, 0, &header), big = yaffs_read_header(image, true, 0, &header);
    *layout = (yaffs_layout_t){.headers = 0};
    if (from_start && !little && !big)
        return false;
    /* A dump may begin with blocks that are erased. */
    uint64_t from = 0;
    while (!from_start && from < image.size && image.at[from] == 0xFF)
        from++;
    for (unsigned order = 0; order < 2; order++) {
        if (from_start && !(order == 0 ? little : big))
            continue;
        for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++)
            for (size_t n = 0; n < sizeof places / sizeof *places; n++)
                keep_better(image, from, (yaffs_layout_t){
                    .form = YAFFS2_TAGS, .big = order == 1, .page = geometries[i].page, .spare = geometries[i].spare, .data = geometries[i].page,
                    .tags_at = (uint32_t)geometries[i].page + places[n],
                }, layout);
        for (uint32_t page = 1024; page <= 16384; page *= 2)
            keep_better(image, from, (yaffs_layout_t){
                .form = YAFFS2_TAGS, .big = order == 1, .inband = true, .page = page, .data = page - TAGS2, .tags_at = page - TAGS2,
            }, layout);
        for (uint32_t page = 512; page <= 1024; page *= 2) {
            yaffs_layout_t split = {.form = YAFFS1_SPLIT, .big = order == 1, .page = page, .spare = SPARE_FIELDS, .data = page, .tags_at = page};
            yaffs_layout_t packed = split;
            packed.form           = YAFFS1_PACKED;
            packed.tags_at        = page + 8;
            keep_better(image, from, split, layout);
            keep_better(image, from, packed, layout);
        }
    }
    return layout->headers > 0;
}
