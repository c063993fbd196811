/* A FIS directory: entries of 256 bytes in the byte order of the machine: name (16 bytes), address in flash, address in memory, size, entry
 * point, length of the data; FF where none was written, "FIS directory" one of them, which says where the directory itself stands: so the
 * address of the flash's first byte is known. */
#include "extractors/mtd.h"

enum { ENTRY = 256, NAME = 16, PLACES_MAX = 64, ENTRIES_MAX = 256 };

static uint32_t word(span_t dump, uint64_t at, bool big)
{
    reader_t r = reader_at(dump, at);
    return big ? read_be32(&r) : read_le32(&r);
}

static bool is_free(span_t dump, uint64_t at)
{
    span_t entry = span_sub(dump, at, 1);
    return entry.at != NULL && entry.at[0] == 0xFF;
}

static bool is_entry(span_t dump, uint64_t at)
{
    span_t name = span_sub(dump, at, NAME);
    if (name.at == NULL || memchr(name.at, 0, NAME) == NULL)
        return false;
    for (size_t i = 0; name.at[i] != 0; i++)
        if (name.at[i] < 0x20 || name.at[i] > 0x7E)
            return false;
    return name.at[0] != 0;
}

static void read_directory(span_t dump, uint64_t own, bool big, const mtd_judge_t *judge)
{
    uint32_t     own_address = word(dump, own + NAME, big), size = word(dump, own + NAME + 8, big);
    mtd_layout_t layout      = {.source = "RedBoot FIS directory", .bits = 64};
    uint64_t     first       = own;
    while (first >= ENTRY && own - first < ENTRIES_MAX * (uint64_t)ENTRY && (is_entry(dump, first - ENTRY) || is_free(dump, first - ENTRY)) && first % 4096 != 0)
        first -= ENTRY;
    uint32_t base   = own_address - (uint32_t)first;
    layout.found_at = first;
    if (size < ENTRY || base % 4096 != 0)
        return;
    for (uint64_t at = first; at - first < size && at - first < ENTRIES_MAX * (uint64_t)ENTRY; at += ENTRY) {
        if (is_free(dump, at))
            continue;
        if (!is_entry(dump, at))
            break;
        uint32_t address = word(dump, at + NAME, big), length = word(dump, at + NAME + 8, big);
        if (!mtd_add(&layout, span_sub(dump, at, NAME), address - base, length))
            break;
    }
    judge->judge(judge->context, &layout);
}

void mtd_from_redboot(span_t dump, const mtd_judge_t *judge)
{
    static const char name[] = "FIS directory";
    const uint8_t    *at = dump.at, *end = dump.at + dump.size;
    for (size_t n = 0; n < PLACES_MAX && (at = memmem(at, (size_t)(end - at), name, sizeof name)) != NULL; n++) {
        uint64_t place = (uint64_t)(at - dump.at);
        at += sizeof name;
        if (place % 4 != 0 || !span_holds(dump, place, ENTRY))
            continue;
        read_directory(dump, place, true, judge);
        read_directory(dump, place, false, judge);
    }
}
