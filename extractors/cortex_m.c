/* Program of a microcontroller with an Arm Cortex-M: the stack's first address, which lies in memory, then the addresses of the handlers: reset,
 * NMI, hard fault, three more faults, four reserved words, SVC, debug, a reserved word, PendSV, SysTick, and up to 240 interrupts. Each is zero
 * or odd (Thumb), and inside the program, or in memory for a program that copies itself there. NXP's LPC have the sum of the first eight words
 * zero, LPC43xx a boot header in front. Little-endian. How long it is no header tells: it is asked for the start of a blob only, and what carries
 * it says where it ends. Source: Armv6-M and Armv7-M Architecture Reference Manuals, "The vector table"; NXP UM10503, 5.3.3 and 5.3.4. */
#include "extractors/soc_common.h"

enum { SYSTEM_VECTORS = 16, VECTORS_MAX = 16 + 240, PROGRAM_MIN = 256, PROGRAM_MAX = 16 << 20, RESET = 1, HARD_FAULT = 3, CHECKSUM = 7,
       FLASH_END = 0x1FF00000, MEMORY_NEAR = 256 << 10,
       LPC_HEADER = 16, LPC_PLAIN = 0x1A, LPC_UNIT = 512 };

typedef struct { uint32_t stack, reset, words; unsigned handlers; bool checksum; } program_t;

static uint32_t word_at(span_t image, uint64_t index)
{
    reader_t r = reader_at(image, index * 4);
    return read_le32(&r);
}

static bool is_memory(uint32_t address) { return (address >= 0x10000000 && address < 0x18000000) || (address >= 0x1FF00000 && address < 0x40000000); }

/* A handler is Thumb code: in the program, so nearer to the reset handler than its size, or in memory, near the stack. */
static bool is_handler(const program_t *p, uint32_t handler, uint64_t size)
{
    uint32_t from_reset = handler > p->reset ? handler - p->reset : p->reset - handler;
    uint32_t from_stack = handler > p->stack ? handler - p->stack : p->stack - handler;
    return handler % 2 == 1 && (from_reset < size || (is_memory(handler) && from_stack < MEMORY_NEAR));
}

static bool read_program(span_t image, program_t *p)
{
    *p = (program_t){.stack = word_at(image, 0), .reset = word_at(image, RESET)};
    if (image.size < PROGRAM_MIN || image.size > PROGRAM_MAX || !is_memory(p->stack) || p->stack % 4 != 0 || p->reset % 2 == 0 ||
        p->reset >= FLASH_END)
        return false;
    uint32_t sum = 0;
    for (uint64_t i = 0; i <= CHECKSUM; i++)
        sum += word_at(image, i);
    p->checksum = sum == 0 && word_at(image, CHECKSUM) != 0;
    for (uint64_t i = 1; i < VECTORS_MAX && (i + 1) * 4 <= image.size; i++) {
        uint32_t handler = word_at(image, i);
        if (handler != 0 && !is_handler(p, handler, image.size)) {
            if (i < SYSTEM_VECTORS && !(i == CHECKSUM && p->checksum))
                return false;
            if (i >= SYSTEM_VECTORS)
                break;
            continue;
        }
        if (i < SYSTEM_VECTORS)
            p->handlers += handler != 0;
        p->words = (uint32_t)i + 1;
    }
    return word_at(image, HARD_FAULT) != 0 && p->handlers >= 3 && p->words >= SYSTEM_VECTORS;
}

/* The header that the boot program of NXP's LPC43xx asks for in front of it: not encrypted, and its size in units of 512 bytes. */
static uint64_t boot_header(span_t image)
{
    reader_t r    = reader_from(image);
    uint8_t  kind = read_u8(&r);
    reader_skip(&r, 1);
    uint64_t units = read_le16(&r), size = image.size - min_u64(image.size, LPC_HEADER);
    return reader_ok(&r) && (kind & 0x3F) == LPC_PLAIN && units == (size + LPC_UNIT - 1) / LPC_UNIT ? LPC_HEADER : 0;
}

/* Anything that also knows where it ends is the better answer. */
static unsigned cortex_m_probe(span_t image)
{
    program_t p;
    return read_program(span_from_offset(image, boot_header(image)), &p) ? BITS_AT_START + 12 : 0;
}

static uint64_t cortex_m_extent(span_t image) { return image.size; }

static status_t cortex_m_extract(span_t image, sink_t *sink)
{
    program_t    p;
    partitions_t parts   = {.sink = sink};
    uint64_t     begin   = boot_header(image);
    span_t       program = span_from_offset(image, begin);
    if (!read_program(program, &p))
        return status_fail(STATUS_REJECTED, "cortex_m", 0, "not a table of vectors");
    uint64_t table = (uint64_t)p.words * 4;
    while (table > SYSTEM_VECTORS * 4 && word_at(program, table / 4 - 1) == 0)
        table -= 4;
    sink_claim(sink, 0, begin + table, REGION_STRUCTURE);
    sink_fact_printf(sink, "cortex-m.stack", "0x%x", p.stack);
    sink_fact_printf(sink, "cortex-m.reset", "0x%x", p.reset);
    sink_fact_printf(sink, "cortex-m.vectors", "%u", (unsigned)(table / 4));
    if (begin > 0)
        sink_fact(sink, "cortex-m.boot-header", "NXP LPC43xx");
    if (p.checksum)
        sink_fact(sink, "cortex-m.checksum", "agrees (NXP LPC)");
    (void)soc_show_code(&parts, CHILD_FILE, "code", image, begin + table, program.size - table, NULL);
    partitions_free(&parts);
    return ok();
}

const extractor_t cortex_m_extractor = {
    .id = "cortex_m", .name = "Arm Cortex-M program", .specification = "Armv7-M Architecture Reference Manual, B1.5.3", .reach = REACH_EXTRACT,
    .only_at_start = true, .probe = cortex_m_probe, .extent = cortex_m_extent, .extract = cortex_m_extract,
};
