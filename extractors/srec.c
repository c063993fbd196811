/* Motorola S-records: lines "STLL…CC": type, count of the bytes that follow, address, data, and the complement of the sum of count,
 * address and data.
 *
 *   S0 header text   S1, S2, S3 data at an address of 16, 24, 32 bits   S5, S6 count of data records   S7, S8, S9 where it starts
 *
 * Source: Motorola, "M68000 Family Programmer's Reference Manual" (1992), appendix C. */
#include "extractors/memory_common.h"

#include <stdio.h>

enum { RECORD_MAX = 256, LINE_MAX_SREC = 1024, LINES_LOOKED_AT = 16, GOOD_ENOUGH = 6, SAID_MAX = 16, BAD_IN_ROW_MAX = 64 };

typedef enum { LINE_GOOD, LINE_BLANK, LINE_BAD_SUM, LINE_BROKEN, LINE_FOREIGN } judgement_t;

typedef struct { uint8_t bytes[RECORD_MAX]; unsigned type; uint64_t address; span_t data; } srec_record_t;

/* Bytes of address by type; 0: there is no such type. */
static const uint8_t address_sizes[10] = {2, 2, 3, 4, 0, 2, 3, 4, 3, 2};

static judgement_t read_record(const line_t *line, srec_record_t *record)
{
    span_t text = line->text;
    if (text.size == 0)
        return LINE_BLANK;
    if (text.size < 2 || text.at[0] != 'S' || text.at[1] < '0' || text.at[1] > '9')
        return LINE_FOREIGN;
    record->type = text.at[1] - '0';
    size_t count = hex_pairs(span_from_offset(text, 2), record->bytes, RECORD_MAX), address = address_sizes[record->type];
    if (address == 0 || count < 2 + address || text.size != 2 + 2 * count || record->bytes[0] + 1u != count)
        return LINE_BROKEN;
    uint8_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum = (uint8_t)(sum + record->bytes[i]);
    reader_t r      = reader_at(span_from(record->bytes, count), 1);
    record->address = read_be(&r, (unsigned)address);
    record->data    = read_span(&r, count - 2 - address);
    return sum == 0xFF ? LINE_GOOD : LINE_BAD_SUM;
}

static unsigned srec_probe(span_t image)
{
    line_t        line;
    srec_record_t record;
    uint64_t      at   = 0;
    unsigned      good = 0, bad = 0;
    for (unsigned n = 0; n < LINES_LOOKED_AT && line_next(image, &at, LINE_MAX_SREC, &line); n++) {
        judgement_t judgement = read_record(&line, &record);
        good += judgement == LINE_GOOD;
        bad += judgement != LINE_GOOD && judgement != LINE_BLANK && line.ended;
        if (judgement == LINE_GOOD && record.type >= 7)
            break;
    }
    /* The letter, a type, a count that is the line's, and a sum. */
    return good > bad ? 16 + 16 * (unsigned)min_u64(good, GOOD_ENOUGH) : 0;
}

static uint64_t srec_extent(span_t image)
{
    line_t        line;
    srec_record_t record;
    uint64_t      at = 0, end = 0;
    while (line_next(image, &at, LINE_MAX_SREC, &line)) {
        judgement_t judgement = read_record(&line, &record);
        if (judgement == LINE_FOREIGN)
            break;
        if (judgement != LINE_BLANK)
            end = line.at + line.length;
        if (judgement == LINE_GOOD && record.type >= 7)
            break;
    }
    return end;
}

typedef struct { sink_t *sink; memory_t memory; uint64_t records, data_records; unsigned part, said, bad_in_row; bool ended, counted; } srec_t;

static void name_space(uint32_t space, char out[MEMORY_SPACE_NAME])
{
    if (space > 0)
        (void)snprintf(out, MEMORY_SPACE_NAME, "behind-end-%u/", (unsigned)space);
}

static void lost(srec_t *srec, uint64_t at, uint64_t length, const char *what)
{
    if (!memory_lost(&srec->memory, at, length, what))
        sink_damage(srec->sink, at, length, what);
}

static void claim_line(srec_t *srec, const line_t *line)
{
    sink_claim(srec->sink, line->at, line->length, REGION_STRUCTURE);
    memory_pass(&srec->memory, line->at, line->length);
}

static void take_data(srec_t *srec, const line_t *line, const srec_record_t *record, const char *damage)
{
    srec->data_records++;
    srec->counted = false;
    memory_add(&srec->memory, srec->part, record->address, record->data, line->at, line->length, damage);
    if (record->data.size == 0)
        claim_line(srec, line);
}

static void take_record(srec_t *srec, const line_t *line, const srec_record_t *record)
{
    if (srec->ended) {
        if (srec->part < SAID_MAX)
            sink_note(srec->sink, line->at, "records behind the end record: loaders stop before them");
        srec->ended        = false;
        srec->data_records = 0;
        srec->part++;
    }
    if (record->type >= 1 && record->type <= 3) {
        take_data(srec, line, record, NULL);
        return;
    }
    claim_line(srec, line);
    bool says = (record->type == 0 || record->type >= 7) && srec->said++ < SAID_MAX;
    if (record->type == 0 && record->data.size > 0 && says)
        sink_fact_printf(srec->sink, "srec.header", "%.*s", (int)record->data.size, (const char *)record->data.at);
    else if ((record->type == 5 || record->type == 6) && record->address == srec->data_records)
        srec->counted = true; /* some writers end with it */
    else if (record->type == 5 || record->type == 6)
        sink_damage(srec->sink, line->at, line->length, "the count of data records is not that of the records before it");
    else if (record->type >= 7) {
        if (says)
            sink_fact_printf(srec->sink, "srec.start", "0x%0*llx", 2 * address_sizes[record->type], (unsigned long long)record->address);
        srec->ended = true;
    }
}

/* False: nothing that belongs to this image comes any more. */
static bool take_line(srec_t *srec, const line_t *line)
{
    static const char bad_sum[] = "the checksum of the record does not agree with it";
    srec_record_t     record;
    judgement_t       judgement = read_record(line, &record);
    srec->bad_in_row = judgement == LINE_GOOD ? 0 : srec->bad_in_row + (judgement != LINE_BLANK);
    if (srec->bad_in_row > BAD_IN_ROW_MAX)
        return false;
    if (judgement == LINE_GOOD) {
        srec->records++;
        take_record(srec, line, &record);
    } else if (judgement == LINE_BLANK) {
        claim_line(srec, line);
    } else if (srec->ended) {
        return false;
    } else if (judgement == LINE_BAD_SUM && record.type >= 1 && record.type <= 3) {
        take_data(srec, line, &record, bad_sum);
    } else {
        lost(srec, line->at, line->length, judgement == LINE_BAD_SUM ? bad_sum : "not a record");
    }
    return true;
}

static status_t srec_extract(span_t image, sink_t *sink)
{
    srec_t   srec = {.sink = sink};
    line_t   line;
    uint64_t at = 0;
    while (!srec.memory.failed && line_next(image, &at, LINE_MAX_SREC, &line) && take_line(&srec, &line))
        continue;
    status_t status = srec.records == 0 ? status_fail(STATUS_REJECTED, "srec", 0, "no record holds") : ok();
    if (status_ok(status)) {
        sink_fact_printf(sink, "srec.records", "%llu", (unsigned long long)srec.records);
        if (!srec.ended && !srec.counted)
            lost(&srec, image.size, 0, "the image ends before its end record");
        status = memory_show(&srec.memory, sink, name_space);
    }
    memory_free(&srec.memory);
    return status;
}

const extractor_t srec_extractor = {
    .id = "srec", .name = "Motorola S-records", .specification = "Motorola, M68000 Family Programmer's Reference Manual, appendix C",
    .reach = REACH_EXTRACT, .probe = srec_probe, .extent = srec_extent, .extract = srec_extract,
};
