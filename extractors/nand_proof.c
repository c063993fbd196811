/* Is a blob a NAND dump in which spare areas stand between the pages? Nothing at its start says so. What proves it is either the
 * error-correcting code of many pages, or a structure that reaches over pages and holds only where the spare bytes are left out. */
#include "extractors/nand.h"

#include <stdlib.h>

enum {
    PAGES_MIN = 8, SAMPLED_PAGES = 24, LOOKED_AT_MAX = 4096, AGREED_MIN = 4, BITS_OF_A_STEP = 16, CODE_BITS_MAX = 400,
    WINDOW_SIZE = 1 << 20, WINDOWS_MAX = 24, STRUCTURE_PAGES_MIN = 32, STRUCTURE_BITS = BITS_ELSEWHERE, STRUCTURE_GAIN = 24,
};

static const nand_geometry_t geometries[] = {
    {512, 16}, {1024, 32}, {2048, 64}, {2048, 128}, {4096, 128}, {4096, 218}, {4096, 224}, {4096, 256}, {8192, 256},
    {8192, 436}, {8192, 448}, {8192, 640}, {8192, 744}, {16384, 1280}, {16384, 1664},
};

static const uint8_t small_page[] = {0, 1, 2, 3, 6, 7}, yaffs_page[] = {8, 9, 10, 13, 14, 15}, smartmedia_page[] = {13, 14, 15, 8, 9, 10};

typedef struct { nand_code_kind_t kind; uint16_t step, strength; } code_t;

static const code_t codes[] = {
    {NAND_HAMMING, 256, 1}, {NAND_HAMMING_SMARTMEDIA, 256, 1}, {NAND_HAMMING, 512, 1}, {NAND_HAMMING_SMARTMEDIA, 512, 1},
    {NAND_BCH, 512, 4}, {NAND_BCH, 512, 8}, {NAND_BCH, 512, 12}, {NAND_BCH, 512, 16}, {NAND_BCH, 1024, 24}, {NAND_BCH, 1024, 40},
};

static span_t page_of(span_t image, nand_geometry_t g, uint64_t page)
{
    uint64_t stride = (uint64_t)g.page + g.spare;
    return span_sub(image, page * stride, stride);
}

/* Erased, or filled: its code proves nothing. */
static bool says_nothing(const uint8_t *at, size_t size) { return span_is_filled_with(span_from(at, size), at[0]); }

/* ---- by the code ---- */

typedef struct { span_t pages[SAMPLED_PAGES]; unsigned count; } sample_t;

/* Pages that hold something, from all over the image. False when their markers of bad blocks are not all but always FF, as they are
 * in all layouts whose code is known here: that ends the question for nearly everything that is no dump. */
static bool sample_pages(span_t image, nand_geometry_t g, sample_t *sample)
{
    uint64_t pages = image.size / (g.page + g.spare), marked = 0, every = 1 + pages / LOOKED_AT_MAX;
    sample->count  = 0;
    if (pages < PAGES_MIN)
        return false;
    /* A stride that is prime to the number of pages per block meets all of them. */
    for (uint64_t i = 0; i < pages && sample->count < SAMPLED_PAGES; i += every) {
        uint64_t number = every > 1 ? i : (i * 61) % pages;
        span_t   page   = page_of(image, g, number);
        if (says_nothing(page.at, g.page) || says_nothing(page.at + g.page, g.spare))
            continue;
        marked += page.at[g.page + (g.page == 512 ? 5 : 0)] != 0xFF;
        if (marked > 2)
            return false;
        sample->pages[sample->count++] = page;
    }
    return sample->count >= 2 && marked * 8 <= sample->count;
}

static void gather(const nand_layout_t *l, const uint8_t *spare, unsigned step, unsigned bytes, uint8_t *ecc)
{
    for (unsigned i = 0; i < bytes; i++)
        ecc[i] = spare[nand_place(l, step * bytes + i)];
}

static void judge(const nand_layout_t *layout, const sample_t *sample, const nand_code_t *code, nand_proof_t *best)
{
    nand_proof_t p     = {.layout = *layout};
    unsigned     bytes = nand_code_bytes(layout->kind, layout->step, layout->strength);
    for (unsigned i = 0; i < sample->count; i++)
        for (unsigned step = 0; step < layout->geometry.page / layout->step; step++) {
            uint8_t        ecc[NAND_ECC_BYTES_MAX];
            const uint8_t *page = sample->pages[i].at, *data = page + (size_t)step * layout->step;
            gather(layout, page + layout->geometry.page, step, bytes, ecc);
            if (says_nothing(data, layout->step) || says_nothing(ecc, bytes))
                continue;
            p.steps++;
            p.agreed += nand_code_agrees(code, data, ecc);
            if (p.steps >= 16 && p.agreed == 0)
                return;
        }
    p.bits = p.agreed * BITS_OF_A_STEP;
    if (p.bits > CODE_BITS_MAX)
        p.bits = CODE_BITS_MAX;
    if (p.agreed >= AGREED_MIN && p.agreed * 4 >= p.steps && p.agreed > best->agreed)
        *best = p;
}

static void judge_code(nand_geometry_t g, const code_t *c, const sample_t *sample, nand_proof_t *best)
{
    unsigned bytes = nand_code_bytes(c->kind, c->step, c->strength), all = bytes * (g.page / c->step);
    if (g.page % c->step != 0 || all > g.spare)
        return;
    nand_code_t *code = nand_code_new(c->kind, c->step, c->strength);
    if (code == NULL)
        return;
    nand_layout_t layout = {.geometry = g, .has_code = true, .kind = c->kind, .step = c->step, .strength = c->strength};
    if (g.page == 512 && c->step == 256) {
        static const uint8_t *const known[] = {small_page, yaffs_page, smartmedia_page};
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            layout.places = known[i];
            judge(&layout, sample, code, best);
        }
    } else {
        /* Linux: at the end of the spare area; some drivers right behind the marker, or from a round place on. */
        const unsigned starts[] = {g.spare - all, 2, 1, 4, 8, 0};
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
            if (starts[i] + all > g.spare || (i > 0 && (starts[i] == starts[0] || c->kind == NAND_BCH)))
                continue;
            layout.ecc_at = (uint16_t)starts[i];
            judge(&layout, sample, code, best);
        }
    }
    nand_code_free(code);
}

static bool prove_by_code(span_t image, nand_proof_t *best)
{
    *best = (nand_proof_t){.bits = 0};
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        sample_t sample;
        if (!sample_pages(image, geometries[i], &sample))
            continue;
        for (size_t n = 0; n < sizeof codes / sizeof *codes; n++)
            judge_code(geometries[i], &codes[n], &sample, best);
    }
    return best->bits > 0;
}

/* ---- by what the pages hold ---- */

/* The data from this page on without the spare areas. */
static span_t window_at(span_t image, nand_geometry_t g, uint64_t page, uint8_t *window)
{
    size_t size = 0;
    for (span_t at = page_of(image, g, page); at.at != NULL && size + g.page <= WINDOW_SIZE; at = page_of(image, g, ++page)) {
        memcpy(window + size, at.at, g.page);
        size += g.page;
    }
    return span_from(window, size);
}

static bool has_magic(const extractor_t *extractor, span_t page)
{
    for (size_t i = 0; i < extractor->magic_count; i++)
        if (span_starts_with(span_from_offset(page, extractor->magics[i].at), extractor->magics[i].bytes))
            return true;
    return false;
}

/* What begins here must be plainer to see without the spare bytes than with them. */
static void judge_window(span_t image, nand_geometry_t g, uint64_t page, uint8_t *window, unsigned *windows, nand_proof_t *best)
{
    span_t raw = span_from_offset(image, page * (g.page + g.spare)), first = span_clip(raw, 0, g.page), stripped = {NULL, 0};
    for (size_t i = 0; extractors[i] != NULL && *windows < WINDOWS_MAX; i++) {
        if (!has_magic(extractors[i], first))
            continue;
        if (stripped.at == NULL) {
            stripped = window_at(image, g, page, window);
            ++*windows;
        }
        unsigned bits = extractors[i]->probe(stripped), bits_raw = extractors[i]->probe(raw);
        if (bits >= STRUCTURE_BITS && bits >= bits_raw + STRUCTURE_GAIN && bits > best->bits)
            *best = (nand_proof_t){.layout = {.geometry = g}, .format = extractors[i]->id, .bits = bits};
    }
}

static bool prove_by_structure(span_t image, nand_proof_t *best)
{
    uint8_t *window = NULL;
    *best           = (nand_proof_t){.bits = 0};
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        nand_geometry_t g      = geometries[i];
        uint64_t        stride = (uint64_t)g.page + g.spare, pages = image.size / stride, block = g.page == 512 ? 32 : 64;
        unsigned        windows = 0;
        if (image.size % stride != 0 || pages < STRUCTURE_PAGES_MIN)
            continue;
        if (window == NULL && (window = malloc(WINDOW_SIZE)) == NULL)
            break;
        for (uint64_t page = 0; page < pages && windows < WINDOWS_MAX && best->bits < CODE_BITS_MAX; page += block)
            judge_window(image, g, page, window, &windows, best);
    }
    free(window);
    return best->bits > 0;
}

bool nand_prove(span_t image, nand_proof_t *proof) { return prove_by_code(image, proof) || prove_by_structure(image, proof); }
