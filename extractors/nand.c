/* A raw dump of NAND flash: pages, each followed by its spare area, which holds the marker of bad blocks and an error-correcting code.
 * Geometry and code are nowhere written down; nand_proof.c finds them. What comes out is one child: the data without the spare bytes, with
 * single wrong bits put right.
 * Sources: Linux, drivers/mtd/nand/raw/nand_base.c (layouts), ecc-sw-hamming.c, ecc-sw-bch.c; SmartMedia Physical Format Specification. */
#include "extractors/nand.h"

#include <stdlib.h>

enum { BATCH_PAGES = 64, HOPELESS_MAX = 20000 };

static const uint8_t cleanmarker_le[] = {0x85, 0x19, 0x03, 0x20}, cleanmarker_be[] = {0x19, 0x85, 0x20, 0x03};

typedef struct {
    span_t        image;
    sink_t       *sink;
    nand_layout_t layout;
    nand_code_t  *code;
    unsigned      bytes, steps; /* of code for one step; steps of a page */
    uint8_t      *batch;
    uint64_t      erased, without_code, corrected, uncorrectable, marked, cleanmarkers, hopeless;
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

/* ---- all pages ---- */

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

static status_t hand_on(dump_t *d, child_t *child)
{
    nand_geometry_t g      = d->layout.geometry;
    uint64_t        stride = (uint64_t)g.page + g.spare, pages = d->image.size / stride, left = d->image.size % stride;
    status_t        status = ok();
    for (uint64_t page = 0; status_ok(status) && page < pages; page += BATCH_PAGES)
        status = hand_on_batch(d, child, page, min_u64(BATCH_PAGES, pages - page));
    if (status_ok(status) && left > 0) {
        uint64_t at = pages * stride, data = min_u64(left, g.page);
        child_damage(child, at, left, "the image ends inside a page");
        sink_claim(d->sink, at + data, left - data, REGION_SPARE);
        status = child_write(child, span_sub(d->image, at, data), at, data);
    }
    tell_bad_run(d);
    return status;
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
        sink_fact_printf(d->sink, "nand.ecc", "%s, %u bit%s of %u bytes, in the spare area from byte %u on", name, (unsigned)l->strength, l->strength == 1 ? "" : "s",
                         (unsigned)l->step, nand_place(l, 0));
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
    child_t *child = status_ok(status) ? sink_child(sink, &(child_info_t){.path = span_from_text("nand"), .type = CHILD_PAYLOAD}) : NULL;
    if (child != NULL) {
        status = hand_on(&d, child);
        sink_end_child(sink);
        tell_facts(&d, &proof);
    }
    nand_code_free(d.code);
    free(d.batch);
    return status.code == STATUS_LIMIT ? ok() : status;
}

const extractor_t nand_extractor = {
    .id = "nand", .name = "NAND flash dump with spare areas", .specification = "Linux, drivers/mtd/nand; SmartMedia Physical Format Specification", .reach = REACH_EXTRACT,
    .probe = nand_probe, .extent = nand_extent, .extract = nand_extract,
};
