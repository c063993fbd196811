/* The preloader of Intel's (Altera's) SoC FPGAs. At 64, little-endian: 0x31305341, version, flags; version 0 (Cyclone V, Arria V): length in words;
 * version 1 (Arria 10): length of the header, length in bytes, entry; then two bytes of zero and the sum of the header's bytes. A CRC-32 (the
 * highest bit first, inverted) ends the program. Source: Cyclone V Hard Processor System manual, A; U-Boot, tools/socfpgaimage.c. */
#include "extractors/soc_common.h"

enum { HEADER_AT = 64, V0_SIZE = 12, V1_SIZE = 20, CRC_SIZE = 4, LENGTH_MAX = 256 << 10 };

typedef struct { uint8_t version; uint32_t size, length, entry; } preloader_t;

static bool read_header(span_t image, preloader_t *p)
{
    reader_t r   = reader_at(image, HEADER_AT + 4);
    p->version   = read_u8(&r);
    reader_skip(&r, 1);
    uint32_t header = read_le16(&r);
    p->size         = p->version == 0 ? V0_SIZE : V1_SIZE;
    p->length       = p->version == 0 ? header * 4 : read_le32(&r);
    p->entry        = p->version == 0 ? 0 : read_le32(&r);
    uint16_t zero   = read_le16(&r), sum = read_le16(&r);
    return reader_ok(&r) && span_has_text_at(image, HEADER_AT, "AS01") && p->version <= 1 && (p->version == 0 || header == V1_SIZE) && zero == 0 &&
           p->length > HEADER_AT + p->size + CRC_SIZE && p->length <= LENGTH_MAX && soc_sum8(span_sub(image, HEADER_AT, p->size - 4)) == sum;
}

static bool crc_agrees(span_t image, const preloader_t *p)
{
    span_t   covered = span_sub(image, 0, p->length - CRC_SIZE);
    reader_t r       = reader_at(image, p->length - CRC_SIZE);
    uint32_t crc     = read_le32(&r);
    return reader_ok(&r) && ~soc_crc32(UINT32_MAX, 0x04C11DB7, covered) == crc;
}

static unsigned intel_socfpga_probe(span_t image)
{
    preloader_t p;
    return read_header(image, &p) ? 32 + 16 + (crc_agrees(image, &p) ? 32 : 0) : 0;
}

static uint64_t intel_socfpga_extent(span_t image)
{
    preloader_t p;
    return read_header(image, &p) ? min_u64(p.length, image.size) : 0;
}

static status_t intel_socfpga_extract(span_t image, sink_t *sink)
{
    preloader_t p;
    if (!read_header(image, &p))
        return status_fail(STATUS_REJECTED, "intel-socfpga", 0, "not a preloader");
    partitions_t parts = {.sink = sink};
    bool         sound = crc_agrees(image, &p);
    const char  *told  = sound || p.length > image.size ? NULL : "the CRC-32 of the preloader does not agree with its content";
    child_type_t type  = sound ? CHILD_FILE : CHILD_PAYLOAD;
    uint64_t     code  = HEADER_AT + p.size;
    sink_claim(sink, HEADER_AT, p.size, REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Intel (Altera)");
    sink_fact(sink, "boot.soc", p.version == 0 ? "Cyclone V or Arria V" : "Arria 10");
    if (p.length > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the preloader does");
    else
        sink_claim(sink, p.length - CRC_SIZE, CRC_SIZE, REGION_STRUCTURE);
    if (soc_show(&parts, type, "vectors.bin", 0, HEADER_AT, NULL))
        (void)soc_show_code(&parts, type, "spl", image, code, p.length - CRC_SIZE - code, told);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("AS01", HEADER_AT)};

const extractor_t intel_socfpga_extractor = {
    .id = "intel_socfpga", .name = "Intel SoC FPGA preloader", .specification = "Cyclone V HPS manual; U-Boot, tools/socfpgaimage.c",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = intel_socfpga_probe, .extent = intel_socfpga_extent,
    .extract = intel_socfpga_extract,
};
