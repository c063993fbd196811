/* Program of a microcontroller with an AVR: it begins with the table of interrupts, each a jump: two words "jmp" (1001 010k kkkk 110k, then the
 * lower 16 bits of a word's address) or, on small ones, one word "rjmp" (1100 kkkk kkkk kkkk, relative). Most lead to the one place for
 * interrupts that nobody expects, which jumps to the start. A boot loader has the same table at its own start. How long a program is no header
 * tells: it is asked for the start of a blob only, and what carries it says where it ends. Source: Microchip, AVR Instruction Set Manual
 * (DS40002198), JMP, RJMP; the data sheets, "Interrupt Vectors". */
#include "extractors/soc_common.h"

enum { VECTORS_MIN = 16, VECTORS_MAX = 64, PROGRAM_MIN = 64, PROGRAM_MAX = 256 << 10 };

typedef struct { unsigned vectors, same; uint32_t width, reset, unexpected; } table_t;

static uint16_t word_at(span_t image, uint64_t at)
{
    reader_t r = reader_at(image, at);
    return read_le16(&r);
}

/* Where the jump at `at` leads, in bytes: from address 0 for a long jump, from the start of the image for a near one. */
static bool read_jump(span_t image, uint64_t at, bool near, uint32_t *target)
{
    uint16_t first = word_at(image, at), second = word_at(image, at + 2);
    if (at + 4 > image.size)
        return false;
    if (near) {
        int32_t distance = (int32_t)(first & 0xFFF) - ((first & 0x800) != 0 ? 0x1000 : 0);
        int64_t to       = (int64_t)at + 2 + 2 * (int64_t)distance;
        *target          = (uint32_t)to;
        return first >> 12 == 0xC && to >= 0 && (uint64_t)to < image.size;
    }
    *target = ((uint32_t)(first >> 4 & 0x1F) << 17 | (uint32_t)(first & 1) << 16 | second) * 2;
    return (first & 0xFE0E) == 0x940C;
}

static bool read_table(span_t image, bool near, table_t *table)
{
    uint32_t targets[VECTORS_MAX];
    *table = (table_t){.width = near ? 2 : 4};
    if (image.size < PROGRAM_MIN || image.size > PROGRAM_MAX)
        return false;
    while (table->vectors < VECTORS_MAX && read_jump(image, (uint64_t)table->vectors * table->width, near, &targets[table->vectors]))
        table->vectors++;
    for (unsigned i = 1; i < table->vectors; i++) {
        unsigned same = 0;
        for (unsigned k = 1; k < table->vectors; k++)
            same += targets[k] == targets[i];
        if (same > table->same) {
            table->same       = same;
            table->unexpected = targets[i];
        }
    }
    if (table->vectors < VECTORS_MIN || table->same < table->vectors / 2)
        return false;
    table->reset = targets[0];
    /* The program starts behind its table, and all that it jumps to lies within its size. */
    uint32_t low = table->reset, high = table->reset;
    for (unsigned i = 1; i < table->vectors; i++) {
        low  = targets[i] < low ? targets[i] : low;
        high = targets[i] > high ? targets[i] : high;
    }
    return high - low < image.size && table->reset != table->unexpected;
}

static bool read_either(span_t image, table_t *table) { return read_table(image, false, table) || read_table(image, true, table); }

/* Anything that also knows where it ends is the better answer. */
static unsigned avr_probe(span_t image)
{
    table_t table;
    return read_either(image, &table) ? BITS_AT_START + 12 : 0;
}

static uint64_t avr_extent(span_t image) { return image.size; }

static status_t avr_extract(span_t image, sink_t *sink)
{
    table_t      table;
    partitions_t parts = {.sink = sink};
    if (!read_either(image, &table))
        return status_fail(STATUS_REJECTED, "avr", 0, "not a table of interrupts");
    uint64_t size = (uint64_t)table.vectors * table.width;
    sink_claim(sink, 0, size, REGION_STRUCTURE);
    sink_fact_printf(sink, "avr.vectors", "%u", table.vectors);
    sink_fact_printf(sink, "avr.reset", "0x%x", table.reset);
    (void)soc_show_code(&parts, CHILD_FILE, "code", image, size, image.size - size, NULL);
    partitions_free(&parts);
    return ok();
}

const extractor_t avr_extractor = {
    .id = "avr", .name = "AVR program", .specification = "Microchip, AVR Instruction Set Manual", .reach = REACH_EXTRACT, .only_at_start = true,
    .probe = avr_probe, .extent = avr_extent, .extract = avr_extract,
};
