/* U-Boot for arm64, as it is linked: a branch over the header, a no-operation, the address it is linked for, then offsets of its end and of the begin
 * and end of its BSS, 64 bits each, little-endian; the code names its version. A device tree may follow its end. Some processors' boot code
 * has room for a boot header, or code of its own, before these four numbers. Relocations end where U-Boot does, 24 bytes each: an address, the
 * type (R_AARCH64_RELATIVE, 0x403), what stands there. Source: U-Boot, arch/arm/cpu/armv8/start.S, u-boot.lds; Arm IHI 0056, ELF for the Arm
 * 64-bit architecture. */
#include "extractors/uboot_common.h"

enum {
    HEADER_SIZE = 40, NUMBERS = 32, HEADER_MAX = 4096, SIZE_LIMIT = 32 << 20, ENTRY = 24, RELATIVE = 0x403, ENTRIES_MIN = 64,
    BITS_PLAIN = 64 + 16, BITS_ENTRY = 32, BITS_TABLE = 96
};

/* Where the branch at `at` leads to; 0: it is none, or leads too far. */
static uint64_t branch_target(span_t image, uint64_t at)
{
    reader_t r      = reader_at(image, at);
    uint32_t branch = read_le32(&r);
    return branch >> 24 == 0x14 && (branch & 0xFFFFFF) * 4 <= HEADER_MAX ? at + (branch & 0xFFFFFFu) * 4 : 0;
}

static bool is_relocation(span_t image, uint64_t at, uint64_t base, uint64_t end)
{
    reader_t r       = reader_at(image, at);
    uint64_t address = read_le64(&r);
    return read_le64(&r) == RELATIVE && address >= base && address - base < end;
}

/* How many relocations stand one before the other up to the end, each of an address inside; none behind it. */
static uint64_t relocations_before(span_t image, uint64_t base, uint64_t end)
{
    uint64_t count = 0;
    if (end > image.size || is_relocation(image, end, base, end))
        return 0;
    for (uint64_t at = end; at >= HEADER_MAX + ENTRY && is_relocation(image, at - ENTRY, base, end); at -= ENTRY)
        count++;
    return count;
}

static bool read_numbers(span_t image, uint64_t at, uboot_t *uboot)
{
    reader_t r         = reader_at(image, at);
    uboot->base        = read_le64(&r);
    uboot->end         = read_le64(&r);
    uint64_t bss_start = read_le64(&r), bss_end = read_le64(&r);
    uboot->header_size = at + NUMBERS;
    uboot->relocations = 0;
    uboot->is_first_stage = false;
    return reader_ok(&r) && uboot->base % 8 == 0 && uboot->end % 4 == 0 && uboot->end > HEADER_MAX && uboot->end <= SIZE_LIMIT &&
           bss_end >= bss_start && bss_start % 4 == 0;
}

/* The bits that the header proves; 0: it is none. Where the branch does not say where the numbers stand, the table proves them. */
static unsigned read_header(span_t image, uboot_t *uboot)
{
    uint64_t targets[] = {branch_target(image, 0), branch_target(image, 4)};
    unsigned bits      = 0;
    reader_t r         = reader_at(image, 4);
    bool     plain     = targets[0] == HEADER_SIZE && read_le32(&r) == 0xD503201F;
    for (size_t i = 0; i < 2 && bits == 0; i++)
        if (targets[i] >= HEADER_SIZE && targets[i] <= HEADER_MAX && read_numbers(image, targets[i] - NUMBERS, uboot))
            bits = plain ? BITS_PLAIN : uboot_version_at(span_clip(image, 0, uboot->end)) > 0 ? BITS_ENTRY : 0;
    for (uint64_t at = 8; bits == 0 && at + NUMBERS <= HEADER_MAX; at += 8)
        if (read_numbers(image, at, uboot) && uboot->base % HEADER_MAX == 0 && relocations_before(image, uboot->base, uboot->end) >= ENTRIES_MIN)
            bits = BITS_TABLE;
    uint64_t entries = bits > 0 ? relocations_before(image, uboot->base, uboot->end) : 0;
    if (entries >= ENTRIES_MIN) {
        uboot->relocations = uboot->end - entries * ENTRY;
        bits               = BITS_TABLE;
    }
    return bits;
}

static unsigned uboot_arm64_probe(span_t image)
{
    uboot_t uboot;
    return read_header(image, &uboot);
}

static uint64_t uboot_arm64_extent(span_t image)
{
    uboot_t uboot;
    return read_header(image, &uboot) > 0 ? min_u64(uboot.end, image.size) : 0;
}

static status_t uboot_arm64_extract(span_t image, sink_t *sink)
{
    uboot_t uboot;
    if (read_header(image, &uboot) == 0)
        return status_fail(STATUS_REJECTED, "uboot-arm64", 0, "not U-Boot for arm64");
    uboot_show(&uboot, image, sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x0A\x00\x00\x14\x1F\x20\x03\xD5", 0)};

const extractor_t uboot_arm64_extractor = {
    .id = "uboot_arm64", .name = "U-Boot for arm64", .specification = "U-Boot, arch/arm/cpu/armv8/start.S", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 1, .asked_at_start = true, .probe = uboot_arm64_probe, .extent = uboot_arm64_extent, .extract = uboot_arm64_extract,
};
