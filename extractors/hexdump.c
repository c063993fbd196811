/* Dumps of memory as text: lines of an address, bytes or words in hexadecimal, and what they are as ASCII.
 *
 *   00000000: 7f45 4c46 0201 …  .ELF…              xxd, any width and grouping
 *   00000000  7f 45 4c 46 …  |.ELF…|               hexdump -C: a line "*" for lines like the last, a last line of the length alone
 *   80000000: 464c457f 00010102 …    .ELF…         U-Boot's md: words as the processor reads them, between other lines of a log
 *
 * In which order the bytes of a word stand is told by the ASCII beside them. Source: the manuals of xxd and hexdump; U-Boot,
 * lib/hexdump.c and doc/usage/cmd/md.rst. */
#include "extractors/memory_common.h"

#include <stdio.h>

enum {
    LINE_MAX_DUMP = 1024, BYTES_MAX = 256, LOG_LOOKED_AT = 256 << 10, RUN_MIN = 3, LOG_RUN_MIN = 16,
    BITS_OF_LINE = 12, STAR_MAX = 16 << 20, STARS_MAX = 64 << 20
};

typedef struct {
    uint64_t address;
    uint8_t  bytes[BYTES_MAX];
    size_t   size, group; /* group: bytes of one word; a shorter one may end the line */
    span_t   ascii;       /* {NULL, 0}: the line holds none */
    size_t   margin;      /* blanks that it begins with: some may be bytes */
} dump_line_t;

static bool read_group(span_t text, size_t *at, dump_line_t *line)
{
    size_t count = hex_pairs(span_from_offset(text, *at), line->bytes + line->size, min_u64(8, BYTES_MAX - line->size));
    size_t end   = *at + 2 * count;
    if (count == 0 || (end < text.size && text.at[end] != ' '))
        return false;
    if (line->group == 0)
        line->group = count;
    if (count > line->group)
        return false;
    line->size += count;
    *at = end;
    return true;
}

static size_t blanks(span_t text, size_t at)
{
    size_t count = 0;
    while (at + count < text.size && text.at[at + count] == ' ')
        count++;
    return count;
}

/* The rest behind the address, by what separates the columns: one blank, and two or more before the ASCII; or bars around it. */
static bool read_columns(span_t text, size_t at, bool has_colon, dump_line_t *line)
{
    size_t gap = blanks(text, at);
    if (gap == 0 || gap > 2)
        return false;
    at += gap;
    while (read_group(text, &at, line)) {
        gap = blanks(text, at);
        if (at + gap == text.size)
            return true;
        if (!has_colon && text.at[at + gap] == '|') {
            line->ascii = span_clip(text, at + gap + 1, line->size);
            return text.at[text.size - 1] == '|' && text.size - (at + gap) == line->size + 2;
        }
        if (has_colon && gap > 1) {
            line->ascii  = span_from_offset(text, at);
            line->margin = gap;
            return true;
        }
        if (gap > 2)
            return false;
        at += gap;
    }
    return false;
}

static bool read_line(span_t text, dump_line_t *line)
{
    size_t digits = 0;
    *line         = (dump_line_t){0};
    for (; digits < text.size && hex_value(text.at[digits]) >= 0; digits++)
        line->address = line->address << 4 | (unsigned)hex_value(text.at[digits]);
    if (digits < 7 || digits > 16 || digits == text.size)
        return false;
    bool has_colon = text.at[digits] == ':';
    return read_columns(text, digits + (has_colon ? 1 : 0), has_colon, line);
}

/* As the processor reads words, or as they stand: for how many lines does the ASCII agree? */
typedef struct { uint64_t as_printed, swapped; } votes_t;

static void swap_groups(dump_line_t *line)
{
    for (size_t at = 0; at + line->group <= line->size; at += line->group)
        for (size_t i = 0; i < line->group / 2; i++) {
            uint8_t kept                          = line->bytes[at + i];
            line->bytes[at + i]                   = line->bytes[at + line->group - 1 - i];
            line->bytes[at + line->group - 1 - i] = kept;
        }
}

static bool ascii_agrees_from(const dump_line_t *line, size_t from)
{
    for (size_t i = 0; i < line->size; i++) {
        uint8_t byte = line->bytes[i], shown = from + i < line->ascii.size ? line->ascii.at[from + i] : (uint8_t)' ';
        bool    is_printable = byte > ' ' && byte < 0x7F;
        if (is_printable ? shown != byte && shown != '.' : shown != '.' && shown != ' ')
            return false;
    }
    return true;
}

static bool ascii_agrees(const dump_line_t *line)
{
    for (size_t from = 0; from <= line->margin; from++)
        if (ascii_agrees_from(line, from))
            return true;
    return false;
}

static void vote(dump_line_t *line, votes_t *votes)
{
    if (line->ascii.at == NULL)
        return;
    votes->as_printed += ascii_agrees(line);
    if (line->group > 1) {
        swap_groups(line);
        votes->swapped += ascii_agrees(line);
        swap_groups(line);
    }
}

/* The longest run of lines whose addresses follow each other, in the first part of the text. */
static size_t longest_run(span_t image, bool *from_start, uint64_t *agreeing)
{
    line_t      line;
    dump_line_t dump;
    votes_t     votes = {0};
    uint64_t    at = 0, expected = 0;
    size_t      run = 0, longest = 0, number = 0;
    *from_start = false;
    while (at < LOG_LOOKED_AT && longest < LOG_RUN_MIN && line_next(image, &at, LINE_MAX_DUMP, &line)) {
        bool is   = read_line(line.text, &dump);
        bool star = run > 0 && span_equal(line.text, span_from_text("*"));
        if (is) {
            run      = run > 0 && dump.address >= expected && (dump.address == expected || dump.address - expected <= STAR_MAX) ? run + 1 : 1;
            expected = dump.address + dump.size;
            vote(&dump, &votes);
        } else if (!star && line.ended) {
            run = 0;
        }
        *from_start = *from_start || (number == 0 && is);
        number++;
        longest = run > longest ? run : longest;
        if (!*from_start && (line.text.size > 0 && memchr(line.text.at, 0, line.text.size) != NULL))
            break; /* not a log */
    }
    *agreeing = max_u64(votes.as_printed, votes.swapped);
    return longest;
}

static unsigned hexdump_probe(span_t image)
{
    bool     from_start;
    uint64_t agreeing;
    size_t   run = longest_run(image, &from_start, &agreeing);
    if (from_start ? run < RUN_MIN : run < LOG_RUN_MIN || agreeing < LOG_RUN_MIN)
        return 0;
    return BITS_OF_LINE * (unsigned)min_u64(run, 6);
}

static uint64_t hexdump_extent(span_t image) { return hexdump_probe(image) > 0 ? image.size : 0; }

typedef struct {
    sink_t  *sink;
    memory_t memory;
    uint32_t space;         /* dumps before this one: a log may hold the same addresses many times */
    uint64_t lines, expected;
    uint8_t  last[BYTES_MAX];
    size_t   last_size;
    bool     swapped, starred, open;
} hexdump_t;

static void name_space(uint32_t space, char out[MEMORY_SPACE_NAME])
{
    if (space > 0)
        (void)snprintf(out, MEMORY_SPACE_NAME, "dump%u/", (unsigned)space + 1);
}

static void claim_line(hexdump_t *hexdump, const line_t *line, region_kind_t kind)
{
    sink_claim(hexdump->sink, line->at, line->length, kind);
    memory_pass(&hexdump->memory, line->at, line->length);
}

/* Lines that "*" stands for. What it may stand for is bounded: an invented address must not fill the disk. */
static void repeat_last(hexdump_t *hexdump, const line_t *line, uint64_t upto)
{
    if (hexdump->last_size == 0 || upto < hexdump->expected || upto - hexdump->expected > STAR_MAX || hexdump->memory.bytes.size > STARS_MAX) {
        sink_limit(hexdump->sink, line->at, line->length, "ratio", "the lines that a star stands for are too many: they were left out");
        return;
    }
    while (hexdump->expected < upto && !hexdump->memory.failed) {
        span_t again = span_from(hexdump->last, min_u64(hexdump->last_size, upto - hexdump->expected));
        memory_add(&hexdump->memory, hexdump->space, hexdump->expected, again, line->at, 0, NULL);
        hexdump->expected += again.size;
    }
}

static void take_dump(hexdump_t *hexdump, const line_t *line, dump_line_t *dump)
{
    if (hexdump->swapped)
        swap_groups(dump);
    if (hexdump->starred)
        repeat_last(hexdump, line, dump->address);
    else if (hexdump->open && dump->address < hexdump->expected)
        hexdump->space++;
    const char *damage = NULL;
    if (dump->ascii.at != NULL && !ascii_agrees(dump))
        damage = "the ASCII beside the bytes does not agree with them";
    memory_add(&hexdump->memory, hexdump->space, dump->address, span_from(dump->bytes, dump->size), line->at, line->length, damage);
    memcpy(hexdump->last, dump->bytes, dump->size);
    hexdump->last_size = dump->size;
    hexdump->expected  = dump->address + dump->size;
    hexdump->starred   = false;
    hexdump->open      = true;
    hexdump->lines++;
}

static bool is_printable(span_t text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] != '\t' && text.at[i] != 0x1B && (text.at[i] < ' ' || text.at[i] == 0x7F))
            return false;
    return true;
}

/* The length alone, which ends a dump of hexdump. */
static bool is_last_address(span_t text, uint64_t *address)
{
    *address = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (hex_value(text.at[i]) < 0)
            return false;
        *address = *address << 4 | (unsigned)hex_value(text.at[i]);
    }
    return text.size >= 7 && text.size <= 16;
}

static void take_line(hexdump_t *hexdump, const line_t *line)
{
    dump_line_t dump;
    uint64_t    address;
    if (read_line(line->text, &dump)) {
        take_dump(hexdump, line, &dump);
    } else if (hexdump->open && span_equal(line->text, span_from_text("*"))) {
        hexdump->starred = true;
        claim_line(hexdump, line, REGION_STRUCTURE);
    } else if (hexdump->open && is_last_address(line->text, &address) && address >= hexdump->expected) {
        claim_line(hexdump, line, REGION_STRUCTURE);
        if (hexdump->starred)
            repeat_last(hexdump, line, address);
        else if (address > hexdump->expected)
            (void)memory_lost(&hexdump->memory, line->at, line->length, "the last address is behind the last bytes");
        hexdump->starred = false;
    } else if (is_printable(line->text)) {
        claim_line(hexdump, line, REGION_CONTENT); /* of the log */
    }
}

static bool words_are_swapped(span_t image)
{
    line_t      line;
    dump_line_t dump;
    votes_t     votes = {0};
    uint64_t    at    = 0;
    while (line_next(image, &at, LINE_MAX_DUMP, &line))
        if (read_line(line.text, &dump))
            vote(&dump, &votes);
    return votes.swapped > votes.as_printed;
}

static status_t hexdump_extract(span_t image, sink_t *sink)
{
    hexdump_t hexdump = {.sink = sink, .swapped = words_are_swapped(image)};
    line_t    line;
    uint64_t  at = 0;
    while (!hexdump.memory.failed && line_next(image, &at, LINE_MAX_DUMP, &line))
        take_line(&hexdump, &line);
    status_t status = hexdump.lines == 0 ? status_fail(STATUS_REJECTED, "hexdump", 0, "no line of a dump") : ok();
    if (status_ok(status)) {
        sink_fact_printf(sink, "hexdump.lines", "%llu", (unsigned long long)hexdump.lines);
        sink_fact(sink, "hexdump.words", hexdump.swapped ? "little-endian" : "as printed");
        status = memory_show(&hexdump.memory, sink, name_space);
    }
    memory_free(&hexdump.memory);
    return status;
}

const extractor_t hexdump_extractor = {
    .id = "hexdump", .name = "Hexadecimal dump", .specification = "xxd(1), hexdump(1); U-Boot, doc/usage/cmd/md.rst", .reach = REACH_EXTRACT,
    .probe = hexdump_probe, .extent = hexdump_extent, .extract = hexdump_extract,
};
