/* TI-TXT: a line "@ADDRESS", lines of hexadecimal pairs between blanks, sixteen a line but for the last of a section, then "q". Verilog's
 * $readmemh, which programs write with addresses of eight digits, is the same without an end. Neither holds a checksum.
 * Source: TI, MSP430 "Assembly Language Tools" (SLAU131), section 12.13; IEEE 1364-2005, 17.2.9. */
#include "extractors/memory_common.h"

enum { LINE_BYTES = 64, LINE_MAX_TXT = 1024, LINES_LOOKED_AT = 8 };

typedef enum { LINE_BLANK, LINE_ADDRESS, LINE_DATA, LINE_END, LINE_FOREIGN } kind_t;

typedef struct { uint8_t bytes[LINE_BYTES]; size_t size, digits; uint64_t address; } txt_line_t;

static bool read_address(span_t text, txt_line_t *out)
{
    out->digits  = text.size - 1;
    out->address = 0;
    for (size_t i = 1; i < text.size; i++) {
        int value = hex_value(text.at[i]);
        if (value < 0)
            return false;
        out->address = out->address << 4 | (unsigned)value;
    }
    return out->digits >= 2 && out->digits <= 8;
}

static bool read_data(span_t text, txt_line_t *out)
{
    out->size = 0;
    for (size_t at = 0; at < text.size; at += 3) {
        bool is_pair = out->size < LINE_BYTES && hex_pairs(span_clip(text, at, 2), out->bytes + out->size, 1) == 1;
        if (!is_pair || (at + 2 < text.size && text.at[at + 2] != ' '))
            return false;
        out->size++;
    }
    return true;
}

static kind_t read_line(const line_t *line, txt_line_t *out)
{
    if (line->text.size == 0)
        return LINE_BLANK;
    if (line->text.at[0] == '@')
        return read_address(line->text, out) ? LINE_ADDRESS : LINE_FOREIGN;
    if (line->text.size == 1 && (line->text.at[0] == 'q' || line->text.at[0] == 'Q'))
        return LINE_END;
    return read_data(line->text, out) ? LINE_DATA : LINE_FOREIGN;
}

/* Without a checksum, only form speaks: an address, then nothing but pairs. */
static unsigned ti_txt_probe(span_t image)
{
    line_t     line;
    txt_line_t got;
    uint64_t   at        = 0;
    bool       addressed = false;
    unsigned   bits      = 0;
    for (unsigned n = 0; n < LINES_LOOKED_AT && line_next(image, &at, LINE_MAX_TXT, &line); n++) {
        kind_t kind = read_line(&line, &got);
        if (kind == LINE_FOREIGN && !line.ended && addressed)
            break;
        if (kind == LINE_FOREIGN || (kind == LINE_DATA && !addressed) || (kind == LINE_END && bits == 0))
            return 0;
        if (kind == LINE_END)
            break;
        addressed = addressed || kind == LINE_ADDRESS;
        bits += kind == LINE_ADDRESS ? 12 : kind == LINE_DATA ? (unsigned)min_u64(got.size, 8) : 0;
    }
    return bits > 12 ? bits : 0;
}

typedef struct { sink_t *sink; memory_t memory; uint64_t address, sections; bool ended, is_verilog; } ti_txt_t;

static void lost(ti_txt_t *txt, uint64_t at, uint64_t length, const char *what)
{
    if (!memory_lost(&txt->memory, at, length, what))
        sink_damage(txt->sink, at, length, what);
}

static void claim_line(ti_txt_t *txt, const line_t *line)
{
    sink_claim(txt->sink, line->at, line->length, REGION_STRUCTURE);
    memory_pass(&txt->memory, line->at, line->length);
}

/* False: nothing that belongs to this image comes any more. */
static bool take_line(ti_txt_t *txt, const line_t *line)
{
    txt_line_t got;
    kind_t     kind = read_line(line, &got);
    if (txt->ended && kind != LINE_BLANK)
        return false;
    switch (kind) {
    case LINE_ADDRESS:
        txt->address    = got.address;
        txt->is_verilog = got.digits == 8;
        txt->sections++;
        claim_line(txt, line);
        break;
    case LINE_DATA:
        memory_add(&txt->memory, 0, txt->address, span_from(got.bytes, got.size), line->at, line->length, NULL);
        txt->address += got.size;
        break;
    case LINE_END: case LINE_BLANK:
        txt->ended = txt->ended || kind == LINE_END;
        claim_line(txt, line);
        break;
    case LINE_FOREIGN: lost(txt, line->at, line->length, "neither an address nor bytes"); break;
    }
    return true;
}

static uint64_t ti_txt_extent(span_t image)
{
    line_t     line;
    txt_line_t got;
    uint64_t   at = 0, end = 0;
    while (line_next(image, &at, LINE_MAX_TXT, &line)) {
        kind_t kind = read_line(&line, &got);
        if (kind == LINE_FOREIGN)
            break;
        if (kind != LINE_BLANK)
            end = line.at + line.length;
        if (kind == LINE_END)
            break;
    }
    return end;
}

static status_t ti_txt_extract(span_t image, sink_t *sink)
{
    ti_txt_t txt = {.sink = sink};
    line_t   line;
    uint64_t at = 0;
    while (!txt.memory.failed && line_next(image, &at, LINE_MAX_TXT, &line) && take_line(&txt, &line))
        continue;
    status_t status = txt.sections == 0 ? status_fail(STATUS_REJECTED, "ti_txt", 0, "no address") : ok();
    if (status_ok(status)) {
        sink_fact_printf(sink, "ti_txt.sections", "%llu", (unsigned long long)txt.sections);
        sink_fact(sink, "ti_txt.dialect", txt.ended || !txt.is_verilog ? "ti-txt" : "verilog");
        if (!txt.ended && !txt.is_verilog)
            lost(&txt, image.size, 0, "the image ends before its end mark");
        status = memory_show(&txt.memory, sink, NULL);
    }
    memory_free(&txt.memory);
    return status;
}

static const magic_t magics[] = {MAGIC("@0", 0), MAGIC("@1", 0), MAGIC("@2", 0), MAGIC("@3", 0), MAGIC("@4", 0),
                                 MAGIC("@5", 0), MAGIC("@6", 0), MAGIC("@7", 0),
                                 MAGIC("@8", 0), MAGIC("@9", 0), MAGIC("@A", 0), MAGIC("@B", 0), MAGIC("@C", 0),
                                 MAGIC("@D", 0), MAGIC("@E", 0), MAGIC("@F", 0)};

const extractor_t ti_txt_extractor = {
    .id = "ti_txt", .name = "TI-TXT", .specification = "TI SLAU131, section 12.13", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .only_at_start = true,
    .probe = ti_txt_probe, .extent = ti_txt_extent, .extract = ti_txt_extract,
};
