/* U-Boot for 32-bit Arm, as it is linked: a branch, seven instructions "ldr pc, [pc, #20]", and the addresses of the seven handlers that they load,
 * which begin 64 (SPL) or 96 bytes behind the start, so they tell the address it is linked for; a filling word (0xDEADBEEF; before 2014 0x12345678
 * and that address).
 * U-Boot proper ends with its relocations, 8 bytes each: an address and the type (R_ARM_RELATIVE, 0x17); where they lead stands an address inside,
 * too. The first stage (SPL) has none, and ends where what carries it says. Source: U-Boot, arch/arm/lib/vectors.S, u-boot.lds; Arm IHI 0044. */
#include "extractors/uboot_common.h"

enum {
    VECTORS = 8, HEADER_SIZE = 64, FIRST_OF_SPL = 64, FIRST_HANDLER = 96, LOAD_PC = 0xE59FF014, BRANCH = 0xEA, HANDLERS_MAX = 8192, ENTRY = 8,
    RELATIVE = 0x17, ENTRIES_MIN = 64, SIZE_LIMIT = 32 << 20
};

static bool read_vectors(span_t image, uboot_t *uboot)
{
    reader_t r      = reader_from(image);
    uint32_t branch = read_le32(&r);
    bool     sound  = branch >> 24 == BRANCH && (branch & 0x800000) == 0 && (branch & 0xFFFFFF) * 4 + 8 >= 32;
    for (size_t i = 1; i < VECTORS; i++)
        sound = read_le32(&r) == LOAD_PC && sound;
    uint32_t first = read_le32(&r), last = first;
    for (size_t i = 2; i < VECTORS; i++) {
        uint32_t handler = read_le32(&r);
        sound            = sound && handler >= last && handler - first <= HANDLERS_MAX;
        last             = handler;
    }
    uint32_t filling = read_le32(&r), behind = read_le32(&r);
    bool     old     = filling == 0x12345678;
    *uboot = (uboot_t){.base = old ? behind : first - (first == last ? FIRST_OF_SPL : FIRST_HANDLER), .header_size = HEADER_SIZE,
                       .is_first_stage = first == last, .end = min_u64(image.size, SIZE_LIMIT)};
    return reader_ok(&r) && sound && (filling == 0xDEADBEEF || old) && first % 4 == 0 && uboot->base < first;
}

/* The longest row of relocations of addresses before it, whose content is an address inside, too. */
static void find_relocations(span_t image, uboot_t *uboot)
{
    if (uboot->is_first_stage)
        return;
    uint64_t limit = min_u64(image.size, SIZE_LIMIT), best = 0, from = 0, to = 0;
    for (uint64_t at = HEADER_SIZE; at + ENTRY <= limit;) {
        reader_t r = reader_at(image, at + 4);
        if (read_le32(&r) != RELATIVE) {
            at += 4;
            continue;
        }
        uint64_t begin = at, count = 0, leading = 0;
        for (; at + ENTRY <= limit; at += ENTRY, count++) {
            reader_t entry   = reader_at(image, at);
            uint64_t address = read_le32(&entry);
            if (read_le32(&entry) != RELATIVE || address < uboot->base || address - uboot->base >= begin)
                break;
            reader_t there = reader_at(image, address - uboot->base);
            uint32_t value = read_le32(&there);
            leading += value >= uboot->base && value - uboot->base < SIZE_LIMIT;
        }
        if (count > best && leading >= count - count / 8) {
            best = count;
            from = begin;
            to   = at;
        }
        at += count == 0 ? 4 : 0;
    }
    if (best >= ENTRIES_MIN) {
        uboot->relocations = from;
        uboot->end         = to;
    }
}

/* A first stage ends where U-Boot proper begins, or the packed device trees of several boards (SPL_MULTI_DTB_FIT_LZO), if they stand in the
 * same image. */
static uint64_t end_of_first_stage(span_t image, uint64_t limit)
{
    static const uint8_t loads[] = {0x14, 0xF0, 0x9F, 0xE5, 0x14, 0xF0, 0x9F, 0xE5, 0x14, 0xF0, 0x9F, 0xE5, 0x14, 0xF0, 0x9F, 0xE5};
    static const uint8_t lzop[]  = {0x89, 'L', 'Z', 'O', 0, '\r', '\n', 0x1A, '\n'};
    const uint8_t       *packed  = memmem(image.at, limit, lzop, sizeof lzop);
    uint64_t             from    = HEADER_SIZE;
    limit                        = packed != NULL ? (uint64_t)(packed - image.at) : limit;
    while (from < limit) {
        const uint8_t *found = memmem(image.at + from, limit - from, loads, sizeof loads);
        uboot_t        next;
        if (found == NULL)
            return limit;
        uint64_t at = (uint64_t)(found - image.at) - 4;
        if (read_vectors(span_from_offset(image, at), &next))
            return at;
        from = at + 8;
    }
    return limit;
}

static bool read_image(span_t image, uboot_t *uboot)
{
    if (!read_vectors(image, uboot))
        return false;
    find_relocations(image, uboot);
    if (uboot->relocations == 0)
        uboot->end = end_of_first_stage(image, uboot->end);
    return true;
}

static unsigned uboot_arm_probe(span_t image)
{
    uboot_t uboot;
    return read_vectors(image, &uboot) ? 96 : 0;
}

static uint64_t uboot_arm_extent(span_t image)
{
    uboot_t uboot;
    return read_image(image, &uboot) && uboot.relocations > 0 ? uboot.end : 0;
}

static status_t uboot_arm_extract(span_t image, sink_t *sink)
{
    uboot_t uboot;
    if (!read_image(image, &uboot))
        return status_fail(STATUS_REJECTED, "uboot_arm", 0, "not the vectors of U-Boot");
    uboot_show(&uboot, image, sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x14\xF0\x9F\xE5\x14\xF0\x9F\xE5\x14\xF0\x9F\xE5\x14\xF0\x9F\xE5\x14\xF0\x9F\xE5"
                                       "\x14\xF0\x9F\xE5\x14\xF0\x9F\xE5", 4)};

const extractor_t uboot_arm_extractor = {
    .id = "uboot_arm", .name = "U-Boot for 32-bit Arm", .specification = "U-Boot, arch/arm/lib/vectors.S", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 1, .probe = uboot_arm_probe, .extent = uboot_arm_extent, .extract = uboot_arm_extract,
};
