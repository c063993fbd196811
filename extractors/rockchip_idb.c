/* The ID block: what the boot ROM of Rockchip processors loads first. Blocks of 512 bytes, little-endian.
 * Version 1: a header under RC4 with a published key: 0x0FF0AA55, whether the code is plain, where it begins, how long it is, and how long it and
 * the next stage are together; the code begins with the name of the chip's family. On SPI flash only the first half of every 4 KiB is used.
 * Version 2 ("RKNS"): up to four images with a hash of each, and a hash of the header.
 * Source: U-Boot, tools/rkcommon.c. */
#include "base/sha256.h"
#include "extractors/soc_common.h"

#include <stdio.h>

enum { BLOCK = 512, HALF = 2048, V2_HEADER = 2048, V2_ENTRIES_AT = 120, V2_ENTRY = 88, V2_HASH_AT = 1536, V2_IMAGES = 4, UNKNOWN_BOOT = 512 << 10 };

typedef struct {
    bool     is_v2, is_plain, is_spi;
    uint64_t start, init_size, both_size; /* version 1, in bytes */
    char     chip[8];
    unsigned images, hash_type;
} idb_t;

/* Where a byte of version 1 stands. */
static uint64_t place(const idb_t *idb, uint64_t offset) { return idb->is_spi ? (offset / HALF * 2 * HALF) + offset % HALF : offset; }

static bool read_v1(span_t image, idb_t *idb)
{
    uint8_t plain[BLOCK];
    span_t  header = span_sub(image, 0, BLOCK);
    if (header.at == NULL || memcmp(header.at, "\x3B\x8C\xDC\xFC", 4) != 0)
        return false;
    soc_rc4(header, plain);
    reader_t r      = reader_at(span_from(plain, sizeof plain), 8);
    uint32_t is_plain = read_le32(&r);
    idb->start      = (uint64_t)read_le16(&r) * BLOCK;
    r.pos           = 506;
    idb->init_size  = (uint64_t)read_le16(&r) * BLOCK;
    idb->both_size  = (uint64_t)read_le16(&r) * BLOCK;
    idb->is_plain   = is_plain != 0;
    size_t zeros    = 0;
    for (size_t i = 16; i < 506; i++)
        zeros += plain[i] == 0;
    if (is_plain > 1 || idb->start < BLOCK || idb->start > 64 * BLOCK || idb->init_size == 0 || idb->both_size < idb->init_size || zeros < 400)
        return false;
    for (unsigned spi = 0; spi < 2; spi++) {
        idb->is_spi = spi == 1;
        char   name[8];
        span_t tag = span_sub(image, place(idb, idb->start), 4);
        uint8_t text[4];
        if (tag.at == NULL)
            continue;
        if (idb->is_plain)
            memcpy(text, tag.at, 4);
        else
            soc_rc4(tag, text);
        soc_text(span_from(text, 4), name, sizeof name);
        if (strlen(name) == 4 && (memcmp(name, "RK", 2) == 0 || memcmp(name, "110B", 4) == 0)) {
            memcpy(idb->chip, name, sizeof idb->chip);
            return true;
        }
    }
    idb->is_spi = false;
    return true; /* the header is sound; the code may be cut off, or not say its family */
}

static bool read_v2(span_t image, idb_t *idb)
{
    reader_t r = reader_from(image);
    if (!span_has_text_at(image, 0, "RKNS"))
        return false;
    reader_skip(&r, 8);
    uint32_t counts = read_le32(&r), flags = read_le32(&r);
    idb->is_v2     = true;
    idb->images    = counts >> 16;
    idb->hash_type = flags & 15;
    return reader_ok(&r) && idb->images >= 1 && idb->images <= V2_IMAGES && (counts & 0xFFFF) * 4 == V2_HASH_AT && idb->hash_type <= 2;
}

static bool read_idb(span_t image, idb_t *idb)
{
    *idb = (idb_t){0};
    return read_v1(image, idb) || read_v2(image, idb);
}

static bool hash_agrees(span_t bytes, unsigned type, const uint8_t *hash)
{
    sha256_t sha256;
    sha512_t sha512;
    if (bytes.at == NULL)
        return false;
    if (type == 1)
        return status_ok(sha256_of(bytes, &sha256)) && memcmp(sha256.bytes, hash, SHA256_SIZE) == 0;
    return status_ok(sha512_of(bytes, &sha512)) && memcmp(sha512.bytes, hash, SHA512_SIZE) == 0;
}

static bool header_hash_agrees(span_t image, const idb_t *idb)
{
    return image.size >= V2_HEADER && idb->hash_type > 0 && hash_agrees(span_sub(image, 0, V2_HASH_AT), idb->hash_type, image.at + V2_HASH_AT);
}

static unsigned rockchip_idb_probe(span_t image)
{
    idb_t idb;
    if (!read_idb(image, &idb))
        return 0;
    return idb.is_v2 ? 32 + 16 + (header_hash_agrees(image, &idb) ? 64 : 0) : 32 + 64 + (idb.chip[0] != '\0' ? 16 : 0);
}

typedef struct { uint64_t offset, size; span_t hash; uint32_t load; } image_v2_t;

static bool read_image(span_t image, unsigned number, image_v2_t *part)
{
    reader_t r      = reader_at(image, V2_ENTRIES_AT + number * V2_ENTRY);
    uint32_t where  = read_le32(&r);
    part->load      = read_le32(&r);
    reader_skip(&r, 16);
    part->hash      = read_span(&r, 64);
    part->offset    = (uint64_t)(where & 0xFFFF) * BLOCK;
    part->size      = (uint64_t)(where >> 16) * BLOCK;
    return reader_ok(&r);
}

/* The next stage's length is told only where its maker knew it. */
static uint64_t told_size(const idb_t *idb)
{
    return idb->both_size - idb->init_size == UNKNOWN_BOOT ? idb->init_size : idb->both_size;
}

static uint64_t whole_size(span_t image, const idb_t *idb)
{
    uint64_t   end = V2_HEADER;
    image_v2_t part;
    if (!idb->is_v2)
        return idb->is_spi ? place(idb, idb->start + told_size(idb) - 1) + 1 : idb->start + told_size(idb);
    for (unsigned i = 0; i < idb->images && read_image(image, i, &part); i++)
        end = max_u64(end, part.size > 0 ? part.offset + part.size : 0);
    return end;
}

static uint64_t rockchip_idb_extent(span_t image)
{
    idb_t idb;
    return read_idb(image, &idb) ? min_u64(whole_size(image, &idb), image.size) : 0;
}

/* A stage of version 1 whose bytes do not stand as they are: obfuscated, or in every other half. */
static bool show_decoded(span_t image, const idb_t *idb, partitions_t *parts, const char *name, uint64_t offset, uint64_t size)
{
    child_t *child = sink_child(parts->sink, &(child_info_t){.path = partition_name(parts, span_from_text(name), 1), .type = CHILD_FILE});
    if (child == NULL)
        return false;
    if (!idb->is_spi) {
        soc_write_rc4(child, image, offset, size, BLOCK);
    } else {
        for (uint64_t done = 0; done < size; done += HALF) {
            uint64_t at   = place(idb, offset + done), length = min_u64(HALF, size - done);
            span_t   half = span_clip(image, at, length);
            uint8_t  plain[HALF];
            for (size_t i = 0; !idb->is_plain && i < half.size; i += BLOCK)
                soc_rc4(span_clip(half, i, BLOCK), plain + i);
            if (half.size > 0 && !status_ok(child_write(child, idb->is_plain ? half : span_from(plain, half.size), at, half.size)))
                break;
            if (half.size < length) {
                child_damage(child, at + half.size, 0, "the image ends before this stage does");
                break;
            }
        }
    }
    sink_end_child(parts->sink);
    return true;
}

static void extract_v1(span_t image, const idb_t *idb, sink_t *sink, partitions_t *parts)
{
    uint64_t sizes[2] = {idb->init_size, told_size(idb) - idb->init_size}, at = idb->start;
    sink_claim(sink, 0, BLOCK, REGION_STRUCTURE);
    sink_fact(sink, "idb.code", idb->is_plain ? "plain" : "RC4 with the published key");
    sink_fact(sink, "idb.layout", idb->is_spi ? "SPI flash" : "SD or eMMC");
    if (idb->chip[0] != '\0')
        sink_fact(sink, "boot.soc", idb->chip);
    for (unsigned i = 0; i < 2; i++) {
        const char *stem = i == 0 ? "init" : "boot", *name = i == 0 ? "init.bin" : "boot.bin";
        bool        more = sizes[i] == 0 ? true
                           : idb->is_plain && !idb->is_spi ? soc_show_code(parts, CHILD_FILE, stem, image, at, sizes[i], NULL)
                                                           : show_decoded(image, idb, parts, name, at, sizes[i]);
        if (!more)
            return;
        at += sizes[i];
    }
}

static void extract_v2(span_t image, const idb_t *idb, sink_t *sink, partitions_t *parts)
{
    image_v2_t part;
    sink_claim(sink, 0, min_u64(V2_HEADER, image.size), REGION_STRUCTURE);
    sink_fact(sink, "idb.code", "plain");
    sink_fact(sink, "idb.hash", idb->hash_type == 0 ? "none" : idb->hash_type == 1 ? "SHA-256" : "SHA-512");
    if (idb->hash_type > 0 && !header_hash_agrees(image, idb))
        sink_damage(sink, 0, min_u64(V2_HEADER, image.size), "the hash of the header does not agree: it is damaged, or signed instead");
    for (unsigned i = 0; i < idb->images && read_image(image, i, &part); i++) {
        static const char *const names[V2_IMAGES] = {"init", "boot", "image3", "image4"};
        if (part.size == 0)
            continue;
        span_t code  = span_sub(image, part.offset, part.size);
        bool   sound = code.at != NULL && idb->hash_type > 0 && hash_agrees(code, idb->hash_type, part.hash.at);
        if (!soc_show_code(parts, sound ? CHILD_FILE : CHILD_PAYLOAD, names[i], image, part.offset, part.size,
                           sound || code.at == NULL || idb->hash_type == 0 ? NULL : "the hash of this image does not agree with its content"))
            return;
    }
}

static status_t rockchip_idb_extract(span_t image, sink_t *sink)
{
    idb_t idb;
    if (!read_idb(image, &idb))
        return status_fail(STATUS_REJECTED, "rockchip-idb", 0, "not an ID block");
    partitions_t parts = {.sink = sink};
    sink_fact(sink, "boot.vendor", "Rockchip");
    sink_fact(sink, "idb.version", idb.is_v2 ? "2" : "1");
    if (whole_size(image, &idb) > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the code does");
    if (idb.is_v2)
        extract_v2(image, &idb, sink, &parts);
    else
        extract_v1(image, &idb, sink, &parts);
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x3B\x8C\xDC\xFC", 0), MAGIC("RKNS", 0)};

const extractor_t rockchip_idb_extractor = {
    .id = "rockchip_idb", .name = "Rockchip ID block", .specification = "U-Boot, tools/rkcommon.c", .reach = REACH_EXTRACT, .magics = magics,
    .magic_count = 2, .probe = rockchip_idb_probe, .extent = rockchip_idb_extent, .extract = rockchip_idb_extract,
};
