/* A raw dump of NAND flash: pages, each followed by its spare area, which holds the marker of bad blocks and an error-correcting code.
 * Geometry and code are nowhere written down; nand_proof.c finds them. What comes out is the data without the spare bytes, with wrong bits
 * put right. A YAFFS among the pages keeps them, for its tags stand there: it becomes a child of its own, and the data before and after
 * it as well.
 * Sources: Linux, drivers/mtd/nand/raw/nand_base.c (layouts), ecc-sw-hamming.c, ecc-sw-bch.c; SmartMedia Physical Format Specification. */
#include "extractors/nand.h"
#include "extractors/yaffs.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_PAGES = 64, HOPELESS_MAX = 4000, YAFFS_TRIES_MAX = 1000 };

static const uint8_t cleanmarker_le[] = {0x85, 0x19, 0x03, 0x20}, cleanmarker_be[] = {0x19, 0x85, 0x20, 0x03};

typedef struct {
    span_t        image;
    sink_t       *sink;
    nand_layout_t layout;
    nand_code_t  *code;
    unsigned      bytes, steps; /* of code for one step; steps of a page */
    uint8_t      *batch;
    uint64_t      erased, without_code, corrected, uncorrectable, marked, cleanmarkers, hopeless;
    bool          split;              /* a YAFFS stands among the pages */
    unsigned      yaffs_tries;
    uint64_t      bad_at, bad_length; /* a run of pages whose code does not hold */
} dump_t;

static unsigned nand_probe(span_t image)
{
    nand_proof_t proof;
    return nand_prove(image, &proof) ? proof.bits : 0;
}

static uint64_t nand_extent(span_t image)
{
    nand_proof_t proof;
    return nand_prove(image, &proof) ? image.size : 0;
}

/* ---- one page ---- */

static void tell_bad_run(dump_t *d)
{
    if (d->bad_length > 0)
        sink_damage(d->sink, d->bad_at, d->bad_length, "the error-correcting code of these pages does not hold: their data is taken as it stands");
    d->bad_length = 0;
}

static void note_bad_page(dump_t *d, uint64_t at, uint64_t length)
{
    if (d->bad_length > 0 && d->bad_at + d->bad_length != at)
        tell_bad_run(d);
    if (d->bad_length == 0)
        d->bad_at = at;
    d->bad_length += length;
    d->uncorrectable++;
}

typedef enum { STEP_SOUND, STEP_WITHOUT_CODE, STEP_BAD } step_t;

static step_t check_step(dump_t *d, uint8_t *data, const uint8_t *spare, unsigned step)
{
    uint8_t ecc[NAND_ECC_BYTES_MAX];
    for (unsigned i = 0; i < d->bytes; i++)
        ecc[i] = spare[nand_place(&d->layout, step * d->bytes + i)];
    if (nand_code_agrees(d->code, data, ecc))
        return STEP_SOUND;
    /* Written without code: a boot loader may do so, and an erased page with a marker of JFFS2 looks the same. */
    if (span_is_filled_with(span_from(ecc, d->bytes), 0xFF))
        return STEP_WITHOUT_CODE;
    int wrong = d->hopeless < HOPELESS_MAX ? nand_code_correct(d->code, data, ecc) : NAND_UNCORRECTABLE;
    if (wrong == NAND_UNCORRECTABLE) {
        d->hopeless++;
        return STEP_BAD;
    }
    d->corrected += (uint64_t)wrong;
    return STEP_SOUND;
}

/* `data` is the copy that is handed on, `at` where the page stands in the image. */
static void check_page(dump_t *d, uint8_t *data, span_t spare, uint64_t at)
{
    nand_geometry_t g       = d->layout.geometry;
    bool            erased  = span_is_filled_with(span_from(data, g.page), 0xFF);
    bool            without = false, bad = false;
    d->erased += erased;
    d->marked += spare.at[g.page == 512 ? 5 : 0] != 0xFF;
    for (size_t i = 0; i + 8 <= 24 && i + 8 <= spare.size; i++)
        if (memcmp(spare.at + i, cleanmarker_le, sizeof cleanmarker_le) == 0 || memcmp(spare.at + i, cleanmarker_be, sizeof cleanmarker_be) == 0) {
            d->cleanmarkers++;
            break;
        }
    if (d->code == NULL || erased)
        return;
    for (unsigned step = 0; step < d->steps; step++) {
        step_t result = check_step(d, data + (size_t)step * d->layout.step, spare.at, step);
        without       = without || result == STEP_WITHOUT_CODE;
        bad           = bad || result == STEP_BAD;
    }
    d->without_code += without;
    if (bad)
        note_bad_page(d, at, g.page);
}

/* ---- many pages ---- */

/* Spare areas are claimed first, so that the batch as a whole can be named as where the data comes from. */
static status_t hand_on_batch(dump_t *d, child_t *child, uint64_t first, uint64_t count)
{
    nand_geometry_t g      = d->layout.geometry;
    uint64_t        stride = (uint64_t)g.page + g.spare;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at   = (first + i) * stride;
        span_t   page = span_sub(d->image, at, stride);
        uint8_t *copy = d->batch + (size_t)i * g.page;
        memcpy(copy, page.at, g.page);
        sink_claim(d->sink, at + g.page, g.spare, REGION_SPARE);
        check_page(d, copy, span_from_offset(page, g.page), at);
    }
    return child_write(child, span_from(d->batch, (size_t)count * g.page), first * stride, (count - 1) * stride + g.page);
}

/* Pages [from, to) as one child. */
static status_t hand_on_pages(dump_t *d, uint64_t from, uint64_t to, uint64_t left)
{
    nand_geometry_t g      = d->layout.geometry;
    uint64_t        stride = (uint64_t)g.page + g.spare;
    status_t        status = ok();
    char            path[32] = "nand";
    if (d->split)
        (void)snprintf(path, sizeof path, "nand-%08llx", (unsigned long long)(from * stride));
    child_t *child = sink_child(d->sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return status_fail(STATUS_LIMIT, "nand", 0, "a limit was reached");
    for (uint64_t page = from; status_ok(status) && page < to; page += BATCH_PAGES)
        status = hand_on_batch(d, child, page, min_u64(BATCH_PAGES, to - page));
    if (status_ok(status) && left > 0) {
        uint64_t at = to * stride, data = min_u64(left, g.page);
        child_damage(child, at, left, "the image ends inside a page");
        sink_claim(d->sink, at + data, left - data, REGION_SPARE);
        status = child_write(child, span_sub(d->image, at, data), at, data);
    }
    tell_bad_run(d);
    sink_end_child(d->sink);
    return status;
}

/* ---- a YAFFS among them ---- */

static uint64_t block_of(const dump_t *d) { return d->layout.geometry.page == 512 ? 32 : 64; }

/* The log of which this page holds a header: from the block it is in, or as many before it as begin with tags, to its end. */
static bool measure_yaffs(const dump_t *d, const yaffs_layout_t *l, uint64_t page, uint64_t from, uint64_t *start, uint64_t *end)
{
    uint64_t     stride = yaffs_stride(l), block = block_of(d), pages = d->image.size / stride;
    yaffs_tags_t tags;
    *start = max_u64(page / block * block, from);
    while (*start >= from + block && yaffs_read_tags(d->image, l, (*start - block) * stride, &tags) == YAFFS_PAGE_USED)
        *start -= block;
    uint64_t length = yaffs_find_end(span_from_offset(d->image, *start * stride), l);
    *end            = min_u64((*start + length / stride + block - 1) / block * block, pages);
    return *end > page;
}

/* The next one from this page on. */
static bool find_yaffs(dump_t *d, uint64_t from, uint64_t *start, uint64_t *end)
{
    nand_geometry_t g      = d->layout.geometry;
    uint64_t        stride = (uint64_t)g.page + g.spare, pages = d->image.size / stride;
    for (uint64_t page = from; page < pages && d->yaffs_tries < YAFFS_TRIES_MAX; page++) {
        yaffs_header_t header;
        yaffs_layout_t layout;
        if (!yaffs_read_header(d->image, false, page * stride, &header) && !yaffs_read_header(d->image, true, page * stride, &header))
            continue;
        d->yaffs_tries++;
        if (yaffs_find_layout(span_from_offset(d->image, page * stride), true, &layout) && layout.page == g.page && layout.spare == g.spare &&
            layout.headers > 1 && measure_yaffs(d, &layout, page, from, start, end))
            return true;
    }
    return false;
}

static status_t show_yaffs(const dump_t *d, uint64_t start, uint64_t end)
{
    uint64_t stride = (uint64_t)d->layout.geometry.page + d->layout.geometry.spare;
    char     path[32];
    (void)snprintf(path, sizeof path, "yaffs-%08llx", (unsigned long long)(start * stride));
    child_t *child = sink_child(d->sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return status_fail(STATUS_LIMIT, "nand", 0, "a limit was reached");
    child_range(child, start * stride, (end - start) * stride);
    sink_end_child(d->sink);
    return ok();
}

static status_t hand_on(dump_t *d)
{
    uint64_t stride = (uint64_t)d->layout.geometry.page + d->layout.geometry.spare, pages = d->image.size / stride, left = d->image.size % stride;
    uint64_t from = 0, start = pages, end = pages;
    status_t status = ok();
    while (status_ok(status) && find_yaffs(d, from, &start, &end)) {
        d->split = true;
        if (start > from)
            status = hand_on_pages(d, from, start, 0);
        if (status_ok(status))
            status = show_yaffs(d, start, end);
        from = end;
    }
    return status_ok(status) && (from < pages || left > 0) ? hand_on_pages(d, from, pages, left) : status;
}

static void tell_facts(const dump_t *d, const nand_proof_t *proof)
{
    const nand_layout_t *l = &proof->layout;
    sink_fact_printf(d->sink, "nand.page-size", "%u", (unsigned)l->geometry.page);
    sink_fact_printf(d->sink, "nand.spare-size", "%u", (unsigned)l->geometry.spare);
    if (!l->has_code) {
        sink_fact(d->sink, "nand.ecc", "not known");
        sink_fact_printf(d->sink, "nand.evidence", "%s holds only without the spare bytes", proof->format);
    } else {
        const char *name = l->kind == NAND_BCH ? "BCH" : l->kind == NAND_HAMMING ? "Hamming" : "Hamming (SmartMedia order)";
        sink_fact_printf(d->sink, "nand.ecc", "%s, %u bit%s of %u bytes, in the spare area from byte %u on", name, (unsigned)l->strength,
                         l->strength == 1 ? "" : "s", (unsigned)l->step, nand_place(l, 0));
        sink_fact_printf(d->sink, "nand.evidence", "the code of %u of %u sampled steps agrees", proof->agreed, proof->steps);
        sink_fact_printf(d->sink, "nand.corrected-bits", "%llu", (unsigned long long)d->corrected);
        sink_fact_printf(d->sink, "nand.uncorrectable-pages", "%llu", (unsigned long long)d->uncorrectable);
        sink_fact_printf(d->sink, "nand.pages-without-code", "%llu", (unsigned long long)d->without_code);
    }
    sink_fact_printf(d->sink, "nand.pages", "%llu", (unsigned long long)(d->image.size / ((uint64_t)l->geometry.page + l->geometry.spare)));
    sink_fact_printf(d->sink, "nand.erased-pages", "%llu", (unsigned long long)d->erased);
    sink_fact_printf(d->sink, "nand.pages-marked-bad", "%llu", (unsigned long long)d->marked);
    if (d->cleanmarkers > 0)
        sink_fact_printf(d->sink, "nand.jffs2-cleanmarkers", "%llu", (unsigned long long)d->cleanmarkers);
}

static status_t nand_extract(span_t image, sink_t *sink)
{
    nand_proof_t proof;
    if (!nand_prove(image, &proof))
        return status_fail(STATUS_REJECTED, "nand", 0, "no code and no structure proves spare areas");
    dump_t   d      = {.image = image, .sink = sink, .layout = proof.layout};
    status_t status = ok();
    d.batch         = malloc((size_t)BATCH_PAGES * proof.layout.geometry.page);
    if (d.batch != NULL && proof.layout.has_code) {
        d.code  = nand_code_new(d.layout.kind, d.layout.step, d.layout.strength);
        d.bytes = nand_code_bytes(d.layout.kind, d.layout.step, d.layout.strength);
        d.steps = d.layout.geometry.page / d.layout.step;
    }
    if (d.batch == NULL || (proof.layout.has_code && d.code == NULL))
        status = status_fail(STATUS_MEMORY, "nand", 0, "out of memory");
    if (status_ok(status)) {
        status = hand_on(&d);
        tell_facts(&d, &proof);
    }
    nand_code_free(d.code);
    free(d.batch);
    return status.code == STATUS_LIMIT ? ok() : status;
}

const extractor_t nand_extractor = {
    .id = "nand", .name = "NAND flash dump with spare areas", .specification = "Linux, drivers/mtd/nand; SmartMedia Physical Format Specification",
    .reach = REACH_EXTRACT, .probe = nand_probe, .extent = nand_extent, .extract = nand_extract,
};
