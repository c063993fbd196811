/* BOOT.BIN: what the boot ROM of Xilinx' Zynq-7000 and Zynq UltraScale+ loads. Little-endian: 8 vectors, 0xAA995566, "XNLX" (reversed),
 * encryption, then
 * Zynq: user field, offset, length, 0, load address, stored length; ZynqMP: load address, offset, two lengths of the PMU firmware, length, stored
 * length; the inverted sum of the ten words from 32 on. A table at the offset in 152 names partition headers of 64 bytes, in words: lengths, where
 * to load, where the data stands, attributes; each ends in the inverted sum of its words.
 * Source: UG585 and UG1085, "Boot image format"; U-Boot, tools/zynqimage.c, tools/zynqmpimage.h. */
#include "extractors/soc_common.h"

#include <stdio.h>

enum { MAGIC_AT = 32, SUM_AT = 72, TABLE_AT = 152, ZYNQ_HEADER = 0x8C0, ZYNQMP_HEADER = 0x9C0, PARTITION_SIZE = 64, PARTITIONS_MAX = 32 };
enum { TABLE_SIZE = 64, ENCRYPTED = 0x80 };

typedef struct { uint32_t encryption, offset, length, stored, load, table; bool is_zynqmp; } bootbin_t;
typedef struct { uint32_t length, encrypted_length, offset, attributes, next; uint64_t load; bool sound; } partition_t;

static bool sum_agrees(span_t image, uint64_t at, uint64_t words)
{
    reader_t r = reader_at(image, at + words * 4);
    return read_le32(&r) == (uint32_t)~soc_sum32(span_sub(image, at, words * 4)) && reader_ok(&r);
}

static bool read_header(span_t image, bootbin_t *boot)
{
    reader_t r       = reader_at(image, MAGIC_AT + 8);
    boot->encryption = read_le32(&r);
    uint32_t first   = read_le32(&r);
    boot->offset     = read_le32(&r);
    uint32_t second  = read_le32(&r);
    reader_skip(&r, 4);
    uint32_t fourth  = read_le32(&r);
    boot->stored     = read_le32(&r);
    r                = reader_at(image, TABLE_AT);
    boot->table      = read_le32(&r);
    /* The length stands in another place: on Zynq a word of zero, or where to load the FSBL, is between. */
    boot->is_zynqmp  = !(second != 0 && second <= boot->stored);
    boot->length     = boot->is_zynqmp ? fourth : second;
    boot->load       = boot->is_zynqmp ? first : fourth;
    /* mkimage counts the header of Zynq in the length, and writes no table. */
    if (!boot->is_zynqmp && (boot->table == 0 || boot->table == UINT32_MAX) && boot->offset == ZYNQ_HEADER && boot->stored > ZYNQ_HEADER)
        boot->stored -= ZYNQ_HEADER;
    return reader_ok(&r) && memcmp(image.at + MAGIC_AT, "\x66\x55\x99\xAAXNLX", 8) == 0 && sum_agrees(image, MAGIC_AT, 10) &&
           boot->offset >= ZYNQ_HEADER &&
           boot->offset < 64 << 20 && boot->stored < 256 << 20 && boot->length <= (256 << 20);
}

static bool read_partition(span_t image, const bootbin_t *boot, uint64_t at, partition_t *p)
{
    reader_t r          = reader_at(image, at);
    p->encrypted_length = read_le32(&r);
    reader_skip(&r, 4);
    p->length           = read_le32(&r);
    if (boot->is_zynqmp) {
        p->next = read_le32(&r);
        reader_skip(&r, 8);
        p->load       = read_le64(&r);
        p->offset     = read_le32(&r);
        p->attributes = read_le32(&r);
    } else {
        p->load = read_le32(&r);
        reader_skip(&r, 4);
        p->offset     = read_le32(&r);
        p->attributes = read_le32(&r);
        p->next       = 0;
    }
    p->sound = sum_agrees(image, at, 15);
    return reader_ok(&r) && (p->length != 0 || p->offset != 0);
}

/* Where the first partition header stands; 0: nowhere. */
static uint64_t first_partition(span_t image, const bootbin_t *boot)
{
    reader_t r = reader_at(image, (uint64_t)boot->table + 8);
    if (boot->table < ZYNQ_HEADER || boot->table == UINT32_MAX)
        return 0;
    uint64_t at = (uint64_t)read_le32(&r) * 4;
    return reader_ok(&r) && at >= ZYNQ_HEADER ? at : 0;
}

static unsigned xilinx_bootbin_probe(span_t image)
{
    bootbin_t boot;
    return read_header(image, &boot) ? 64 + 32 : 0;
}

static uint64_t next_partition(const bootbin_t *boot, uint64_t at, const partition_t *p)
{
    return boot->is_zynqmp ? (uint64_t)p->next * 4 : at + PARTITION_SIZE;
}

static uint64_t whole_size(span_t image, const bootbin_t *boot)
{
    uint64_t    end = (uint64_t)boot->offset + boot->stored, at = first_partition(image, boot);
    partition_t p;
    for (unsigned i = 0; i < PARTITIONS_MAX && at != 0 && read_partition(image, boot, at, &p) && p.sound; i++) {
        end = max_u64(end, max_u64(at + PARTITION_SIZE, ((uint64_t)p.offset + p.length) * 4));
        at  = next_partition(boot, at, &p);
        if (at != 0 && at + PARTITION_SIZE > image.size)
            end = max_u64(end, at + PARTITION_SIZE); /* on Zynq a row of zeros ends the table, so one must be there as well */
    }
    return end;
}

static uint64_t xilinx_bootbin_extent(span_t image)
{
    bootbin_t boot;
    return read_header(image, &boot) ? min_u64(whole_size(image, &boot), image.size) : 0;
}

static bool show(partitions_t *parts, span_t image, const char *stem, uint64_t offset, uint64_t size, bool encrypted)
{
    if (!encrypted)
        return soc_show_code(parts, CHILD_FILE, stem, image, offset, size, NULL);
    sink_limit(parts->sink, offset, min_u64(size, image.size - min_u64(offset, image.size)), "encrypted",
        "a partition is encrypted with a key of the chip");
    return soc_show(parts, CHILD_PAYLOAD, stem, offset, size, NULL);
}

static void extract_partitions(span_t image, const bootbin_t *boot, partitions_t *parts)
{
    uint64_t    at = first_partition(image, boot);
    partition_t p;
    if (at == 0)
        return;
    sink_claim(parts->sink, boot->table, TABLE_SIZE, REGION_STRUCTURE);
    for (unsigned i = 0; i < PARTITIONS_MAX && at != 0 && read_partition(image, boot, at, &p); i++) {
        char stem[32];
        sink_claim(parts->sink, at, PARTITION_SIZE, REGION_STRUCTURE);
        if (!p.sound) {
            sink_damage(parts->sink, at, PARTITION_SIZE, "the sum of a partition header does not agree");
            return;
        }
        uint64_t offset = (uint64_t)p.offset * 4, size = (uint64_t)p.length * 4;
        bool     encrypted = boot->is_zynqmp ? (p.attributes & ENCRYPTED) != 0 : p.encrypted_length != 0 && boot->encryption != 0;
        (void)snprintf(stem, sizeof stem, "partition%u", i);
        /* The first is the boot loader, which the header gave; mkimage counts the header in. */
        bool is_loader = offset <= boot->offset && offset + size > boot->offset;
        if (size > 0 && !is_loader && !show(parts, image, stem, offset, size, encrypted))
            return;
        at = next_partition(boot, at, &p);
    }
}

static status_t xilinx_bootbin_extract(span_t image, sink_t *sink)
{
    bootbin_t boot;
    if (!read_header(image, &boot))
        return status_fail(STATUS_REJECTED, "xilinx-bootbin", 0, "not a boot header");
    partitions_t parts = {.sink = sink};
    sink_claim(sink, 0, min_u64(boot.offset, boot.is_zynqmp ? ZYNQMP_HEADER : ZYNQ_HEADER), REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Xilinx");
    sink_fact(sink, "boot.soc", boot.is_zynqmp ? "Zynq UltraScale+" : "Zynq-7000");
    sink_fact_printf(sink, "bootbin.load", "0x%x", boot.load);
    sink_fact(sink, "bootbin.encrypted", boot.encryption != 0 ? "yes" : "no");
    if (whole_size(image, &boot) > image.size)
        sink_damage(sink, image.size, 0, "the image ends before its partitions do");
    if (boot.stored == 0 || show(&parts, image, "loader", boot.offset, boot.stored, boot.encryption != 0))
        extract_partitions(image, &boot, &parts);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x66\x55\x99\xAAXNLX", MAGIC_AT)};

const extractor_t xilinx_bootbin_extractor = {
    .id = "xilinx_bootbin", .name = "Xilinx BOOT.BIN", .specification = "UG585 and UG1085, \"Boot image format\"; U-Boot, tools/zynqmpimage.h",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = xilinx_bootbin_probe, .extent = xilinx_bootbin_extent,
    .extract = xilinx_bootbin_extract,
};
