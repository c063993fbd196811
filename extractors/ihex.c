/* Intel HEX: lines ":LLAAAATT…CC" of hexadecimal pairs: length, address, type, data, and a sum that makes all bytes of the line 0.
 *
 *   00 data            02 segment × 16 (addresses wrap within 64 KiB)   04 upper half of the address   03, 05 where it starts
 *   01 end             0A…0E universal hex of micro:bit: block of a board, its end, padding, data of the board, other data
 *
 * Source: Intel, "Hexadecimal Object File Format Specification" (1988); micro:bit, "Universal Hex File Format Specification". */
#include "extractors/memory_common.h"

#include <stdio.h>

enum { RECORD_MAX = 260, LINE_MAX_IHEX = 1024, LINES_LOOKED_AT = 16, GOOD_ENOUGH = 6, SAID_MAX = 16, BAD_IN_ROW_MAX = 64 };
enum { DATA, END, SEGMENT, START_SEGMENT, LINEAR, START_LINEAR, BLOCK_START = 0x0A, BLOCK_END, PADDING, BOARD_DATA, OTHER_DATA };

typedef enum { LINE_GOOD, LINE_BLANK, LINE_BAD_SUM, LINE_BROKEN, LINE_FOREIGN } judgement_t;

typedef struct { uint8_t bytes[RECORD_MAX]; size_t size; uint16_t address; uint8_t type; span_t data; } ihex_record_t;

static judgement_t read_record(const line_t *line, ihex_record_t *record)
{
    if (line->text.size == 0)
        return LINE_BLANK;
    if (line->text.at[0] != ':')
        return LINE_FOREIGN;
    span_t digits = span_from_offset(line->text, 1);
    record->size  = hex_pairs(digits, record->bytes, RECORD_MAX);
    if (record->size < 5 || digits.size != 2 * record->size || record->size != 5u + record->bytes[0])
        return LINE_BROKEN;
    uint8_t sum = 0;
    for (size_t i = 0; i < record->size; i++)
        sum = (uint8_t)(sum + record->bytes[i]);
    record->address = (uint16_t)(record->bytes[1] << 8 | record->bytes[2]);
    record->type    = record->bytes[3];
    record->data    = span_from(record->bytes + 4, record->bytes[0]);
    return sum == 0 ? LINE_GOOD : LINE_BAD_SUM;
}

static unsigned ihex_probe(span_t image)
{
    line_t        line;
    ihex_record_t record;
    uint64_t      at   = 0;
    unsigned      good = 0, bad = 0;
    for (unsigned n = 0; n < LINES_LOOKED_AT && line_next(image, &at, LINE_MAX_IHEX, &line); n++) {
        judgement_t judgement = read_record(&line, &record);
        if (judgement == LINE_GOOD)
            good++;
        /* The last line of a cut image says nothing. */
        else if (judgement != LINE_BLANK && line.ended)
            bad++;
        if (judgement == LINE_GOOD && record.type == END)
            break;
    }
    /* A colon, a length that is the line's, and a sum: 24 bits for the first, 16 for each that follows. */
    return good > bad ? 8 + 16 * (unsigned)min_u64(good, GOOD_ENOUGH) : 0;
}

/* Behind the end record, or where the lines stop being records. */
static uint64_t ihex_extent(span_t image)
{
    line_t        line;
    ihex_record_t record;
    uint64_t      at = 0, end = 0;
    while (line_next(image, &at, LINE_MAX_IHEX, &line)) {
        judgement_t judgement = read_record(&line, &record);
        if (judgement == LINE_FOREIGN)
            break;
        if (judgement != LINE_BLANK)
            end = line.at + line.length;
        if (judgement == LINE_GOOD && record.type == END)
            break;
    }
    return end;
}

typedef struct {
    sink_t  *sink;
    memory_t memory;
    uint64_t base;          /* what the last record of type 02 or 04 adds */
    bool     wraps;         /* by segment: addresses wrap within 64 KiB */
    unsigned part;          /* end records before this line */
    uint16_t board;         /* of the universal hex block, 0 outside */
    bool     ended;
    unsigned starts, bad_in_row; /* start records said; lines in a row that are none */
    uint64_t records;
} ihex_t;

static uint32_t space_of(const ihex_t *ihex) { return (uint32_t)min_u64(ihex->part, 0x7FFF) << 16 | ihex->board; }

static void name_space(uint32_t space, char out[MEMORY_SPACE_NAME])
{
    char part[24] = "", board[24] = "";
    if (space >> 16 > 0)
        (void)snprintf(part, sizeof part, "behind-end-%u/", (unsigned)(space >> 16));
    if ((space & 0xFFFF) != 0)
        (void)snprintf(board, sizeof board, "board-%04x/", (unsigned)(space & 0xFFFF));
    (void)snprintf(out, MEMORY_SPACE_NAME, "%s%s", part, board);
}

static void lost(ihex_t *ihex, uint64_t at, uint64_t length, const char *what)
{
    if (!memory_lost(&ihex->memory, at, length, what))
        sink_damage(ihex->sink, at, length, what);
}

static void claim_line(ihex_t *ihex, const line_t *line)
{
    sink_claim(ihex->sink, line->at, line->length, REGION_STRUCTURE);
    memory_pass(&ihex->memory, line->at, line->length);
}

static void take_data(ihex_t *ihex, const line_t *line, const ihex_record_t *record, const char *damage)
{
    /* A record that crosses the end of its segment goes on at the segment's start. */
    uint64_t before = ihex->wraps ? min_u64(record->data.size, 0x10000u - record->address) : record->data.size;
    uint64_t linear = (ihex->base + record->address) & UINT32_MAX;
    memory_add(&ihex->memory, space_of(ihex), linear, span_clip(record->data, 0, before), line->at, line->length, damage);
    memory_add(&ihex->memory, space_of(ihex), ihex->base, span_from_offset(record->data, before), line->at, line->length, damage);
    if (record->data.size == 0)
        claim_line(ihex, line);
}

static uint64_t number(span_t data)
{
    reader_t r = reader_from(data);
    return read_be(&r, (unsigned)min_u64(data.size, 8));
}

static void begin_anew(ihex_t *ihex)
{
    ihex->ended = ihex->wraps = false;
    ihex->base  = 0;
    ihex->board = 0;
    ihex->part++;
}

static void say_start(ihex_t *ihex, const ihex_record_t *record)
{
    unsigned start = (unsigned)number(record->data);
    if (ihex->starts++ >= SAID_MAX)
        return;
    if (record->type == START_SEGMENT)
        sink_fact_printf(ihex->sink, "ihex.start", "%04x:%04x", start >> 16, start & 0xFFFF);
    else
        sink_fact_printf(ihex->sink, "ihex.start", "0x%08x", start);
}

static bool is_data(uint8_t type) { return type == DATA || type == BOARD_DATA; }

static void take_record(ihex_t *ihex, const line_t *line, const ihex_record_t *record)
{
    if (ihex->ended) {
        if (ihex->part < SAID_MAX)
            sink_note(ihex->sink, line->at, "records behind the end record: loaders stop before them");
        begin_anew(ihex);
    }
    if (is_data(record->type)) {
        take_data(ihex, line, record, NULL);
        return;
    }
    claim_line(ihex, line);
    switch (record->type) {
    case END: ihex->ended = true; break;
    case SEGMENT: case LINEAR:
        if (record->data.size != 2) {
            sink_damage(ihex->sink, line->at, line->length, "an address record of another length than two");
            break;
        }
        ihex->wraps = record->type == SEGMENT;
        ihex->base  = number(record->data) << (ihex->wraps ? 4 : 16);
        break;
    case START_SEGMENT: case START_LINEAR: say_start(ihex, record); break;
    case BLOCK_START: ihex->board = (uint16_t)number(span_clip(record->data, 0, 2)); break;
    case BLOCK_END: case PADDING: case OTHER_DATA: break;
    default: sink_damage(ihex->sink, line->at, line->length, "a record of a type that is not known"); break;
    }
}

/* False: nothing that belongs to this image comes any more. */
static bool take_line(ihex_t *ihex, const line_t *line)
{
    ihex_record_t record;
    judgement_t   judgement = read_record(line, &record);
    ihex->bad_in_row = judgement == LINE_GOOD ? 0 : ihex->bad_in_row + (judgement != LINE_BLANK);
    if (ihex->bad_in_row > BAD_IN_ROW_MAX)
        return false;
    if (judgement == LINE_GOOD) {
        ihex->records++;
        take_record(ihex, line, &record);
    } else if (judgement == LINE_BLANK) {
        claim_line(ihex, line);
    } else if (ihex->ended) {
        return false;
    } else if (judgement == LINE_BAD_SUM && is_data(record.type)) {
        take_data(ihex, line, &record, "the checksum of the record does not agree with it");
    } else {
        lost(ihex, line->at, line->length, judgement == LINE_BAD_SUM ? "the checksum of the record does not agree with it" : "not a record");
    }
    return true;
}

static status_t ihex_extract(span_t image, sink_t *sink)
{
    ihex_t   ihex = {.sink = sink};
    line_t   line;
    uint64_t at = 0;
    while (!ihex.memory.failed && line_next(image, &at, LINE_MAX_IHEX, &line) && take_line(&ihex, &line))
        continue;
    status_t status = ihex.records == 0 ? status_fail(STATUS_REJECTED, "ihex", 0, "no record holds") : ok();
    if (status_ok(status)) {
        sink_fact_printf(sink, "ihex.records", "%llu", (unsigned long long)ihex.records);
        if (!ihex.ended)
            lost(&ihex, image.size, 0, "the image ends before its end record");
        status = memory_show(&ihex.memory, sink, name_space);
    }
    memory_free(&ihex.memory);
    return status;
}

/* In other bytes, a file is looked for by the record that nearly all begin with. */
static const magic_t magics[] = {MAGIC(":02000004", 0), MAGIC(":02000002", 0)};

const extractor_t ihex_extractor = {
    .id = "ihex", .name = "Intel HEX", .specification = "Intel, Hexadecimal Object File Format Specification, 1988", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .asked_at_start = true, .probe = ihex_probe, .extent = ihex_extent, .extract = ihex_extract,
};
