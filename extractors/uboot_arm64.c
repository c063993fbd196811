/* U-Boot for arm64, as it is linked: a branch over the header, a no-operation, the address it is linked for, then offsets of its end and of the begin
 * and end of its BSS, 64 bits each, little-endian; the code names its version. A device tree may follow its end. Allwinner's has room for a
 * boot header between the branch and these four numbers, which always end where the branch leads to.
 * Source: U-Boot, arch/arm/cpu/armv8/start.S. */
#include "extractors/soc_common.h"

enum { HEADER_SIZE = 40, HEADER_MAX = 4096, SIZE_LIMIT = 32 << 20, VERSION_SIZE = 96 };

typedef struct { uint64_t base, end, bss_start, bss_end, header_size; bool has_room; } uboot_t;

static bool read_header(span_t image, uboot_t *uboot)
{
    reader_t r       = reader_from(image);
    uint32_t branch  = read_le32(&r), nop = read_le32(&r);
    if (branch >> 24 != 0x14 || (branch & 0xFFFFFF) * 4 < HEADER_SIZE || (branch & 0xFFFFFF) * 4 > HEADER_MAX)
        return false;
    uboot->header_size = (branch & 0xFFFFFFu) * 4;
    uboot->has_room    = uboot->header_size > HEADER_SIZE;
    r                  = reader_at(image, uboot->header_size - 32);
    uboot->base      = read_le64(&r);
    uboot->end       = read_le64(&r);
    uboot->bss_start = read_le64(&r);
    uboot->bss_end   = read_le64(&r);
    return reader_ok(&r) && (uboot->has_room || nop == 0xD503201F) && uboot->base % 8 == 0 && uboot->end % 4 == 0 &&
           uboot->end > HEADER_MAX && uboot->end <= SIZE_LIMIT && uboot->bss_end >= uboot->bss_start && uboot->bss_start % 4 == 0;
}

/* Where the code names itself: "U-Boot 2023.01", "U-Boot SPL 2023.01"; 0: nowhere. */
static size_t version_at(span_t image, const uboot_t *uboot)
{
    span_t code = span_clip(image, 0, uboot->end);
    for (size_t at = HEADER_SIZE; at + 16 < code.size; at++) {
        const uint8_t *found = memchr(code.at + at, 'U', code.size - 16 - at);
        if (found == NULL)
            return 0;
        at = (size_t)(found - code.at);
        if (span_has_text_at(code, at, "U-Boot 2") || span_has_text_at(code, at, "U-Boot SPL 2") || span_has_text_at(code, at, "U-Boot TPL 2"))
            return at;
    }
    return 0;
}

static unsigned uboot_arm64_probe(span_t image)
{
    uboot_t uboot;
    if (!read_header(image, &uboot))
        return 0;
    /* Without the no-operation the name of the version must prove it; only asked for a blob's start. */
    return !uboot.has_room ? 64 + 16 : version_at(image, &uboot) > 0 ? BITS_AT_START + 8 : 0;
}

static uint64_t uboot_arm64_extent(span_t image)
{
    uboot_t uboot;
    return read_header(image, &uboot) ? min_u64(uboot.end, image.size) : 0;
}

static status_t uboot_arm64_extract(span_t image, sink_t *sink)
{
    uboot_t uboot;
    if (!read_header(image, &uboot))
        return status_fail(STATUS_REJECTED, "uboot-arm64", 0, "not U-Boot for arm64");
    partitions_t parts   = {.sink = sink};
    size_t       version = version_at(image, &uboot);
    sink_claim(sink, 0, uboot.header_size, REGION_STRUCTURE);
    sink_fact_printf(sink, "uboot.base", "0x%llx", (unsigned long long)uboot.base);
    sink_fact_printf(sink, "uboot.size", "%llu", (unsigned long long)uboot.end);
    if (version > 0) {
        char   text[VERSION_SIZE];
        span_t line = span_clip(image, version, VERSION_SIZE - 1);
        size_t size = 0;
        while (size < line.size && line.at[size] >= 0x20 && line.at[size] < 0x7F) {
            text[size] = (char)line.at[size];
            size++;
        }
        text[size] = '\0';
        sink_fact(sink, "uboot.version", text);
    }
    if (uboot.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before U-Boot does");
    (void)soc_show_code(&parts, version > 0 ? CHILD_FILE : CHILD_PAYLOAD, "code", image, uboot.header_size,
                        uboot.end - uboot.header_size, NULL);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x0A\x00\x00\x14\x1F\x20\x03\xD5", 0)};

const extractor_t uboot_arm64_extractor = {
    .id = "uboot_arm64", .name = "U-Boot for arm64", .specification = "U-Boot, arch/arm/cpu/armv8/start.S", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 1, .asked_at_start = true, .probe = uboot_arm64_probe, .extent = uboot_arm64_extent, .extract = uboot_arm64_extract,
};
