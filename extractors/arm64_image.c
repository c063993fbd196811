/* Image: the uncompressed kernel of arm64 and, with the same header, of RISC-V. Little-endian: two instructions (the first of
 * them reads "MZ" when there is an EFI stub), where to load it, its size in memory, flags, reserved words, a magic number at 56,
 * where the PE header stands. Source: Linux, Documentation/arm64/booting.rst, Documentation/riscv/boot-image-header.rst. */
#include "extractors/kernel_content.h"
#include "extractors/pe.h"

enum { MAGIC_AT = 56, HEADER_SIZE = 64 };

typedef struct { uint64_t text_offset, image_size, flags; bool is_riscv, has_stub; } image_t;

static bool read_header(span_t image, image_t *header)
{
    reader_t r           = reader_at(image, 8);
    header->text_offset  = read_le64(&r);
    header->image_size   = read_le64(&r);
    header->flags        = read_le64(&r);
    uint64_t first       = read_le64(&r), second = read_le64(&r), third = read_le64(&r);
    header->is_riscv     = span_has_text_at(image, MAGIC_AT, "RSC\x05");
    header->has_stub     = span_has_text_at(image, 0, "MZ");
    bool reserved = header->is_riscv ? second == 0 && third == UINT64_C(0x5643534952) : first == 0 && second == 0 && third == 0;
    return reader_ok(&r) && image.size >= HEADER_SIZE && (header->is_riscv || span_has_text_at(image, MAGIC_AT, "ARM\x64")) && reserved &&
           header->flags <= 0xF && header->text_offset < (64u << 20) && header->image_size >= 4096 && header->image_size < (UINT64_C(4) << 30);
}

static unsigned arm64_image_probe(span_t image)
{
    image_t header;
    return read_header(image, &header) ? 32 + 48 : 0;
}

/* The size in the header counts memory that is not in the file; the stub's sections know the file. */
static uint64_t file_end(span_t image, const image_t *header)
{
    uint64_t end = header->has_stub ? pe_end(image) : 0;
    return end > HEADER_SIZE ? end : header->image_size;
}

static uint64_t arm64_image_extent(span_t image)
{
    image_t header;
    return read_header(image, &header) ? min_u64(file_end(image, &header), image.size) : 0;
}

static status_t arm64_image_extract(span_t image, sink_t *sink)
{
    image_t header;
    if (!read_header(image, &header))
        return status_fail(STATUS_REJECTED, "arm64-image", 0, "not a kernel image");
    uint64_t told = file_end(image, &header), end = min_u64(told, image.size);
    if (header.has_stub && told > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the kernel does");
    sink_fact(sink, "kernel.machine", header.is_riscv ? "riscv" : "aarch64");
    sink_fact_printf(sink, "kernel.memory-size", "%llu", (unsigned long long)header.image_size);
    sink_fact_printf(sink, "kernel.flags", "0x%llx", (unsigned long long)header.flags);
    sink_fact(sink, "kernel.efi-stub", header.has_stub ? "yes" : "no");
    (void)kernel_say_banner(span_clip(image, 0, end), sink);
    sink_claim(sink, 0, HEADER_SIZE, REGION_STRUCTURE);
    kernel_add_children(image, HEADER_SIZE, end, sink);
    sink_claim(sink, 0, end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("ARM\x64", MAGIC_AT), MAGIC("RSC\x05", MAGIC_AT)};

const extractor_t arm64_image_extractor = {
    .id = "arm64-image", .name = "Linux Image for arm64 or RISC-V", .specification = "Linux, Documentation/arm64/booting.rst", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = arm64_image_probe, .extent = arm64_image_extent, .extract = arm64_image_extract,
};
