/* Android boot images: "ANDROID!" (boot, recovery, init_boot) and "VNDRBOOT" (vendor_boot), little-endian, parts at multiples of a page.
 *   0–2  sizes and addresses of kernel, ramdisk, second; size of tags; page; version; OS version; name; command line; SHA-1 of the parts; more of
 *        the command line; from 1 on recovery dtbo; from 2 on dtb
 *   3–4  page of 4096; sizes of kernel and ramdisk, OS version, header, command line; from 4 on a signature
 *   vendor_boot 3–4: page, addresses, size of the ramdisk, command line, name, dtb; from 4 on a table of ramdisks (108 bytes each) and bootconfig
 * Source: AOSP, system/tools/mkbootimg/include/bootimg/bootimg.h. */
#include "extractors/partition_common.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>

enum {
    PAGE_V3 = 4096, PAGE_MIN = 512, PAGE_MAX = 1 << 17, ID_AT = 576, ID_SIZE = 20, NAME = 16, CMDLINE = 512, CMDLINE_EXTRA = 1024, CMDLINE_V3 = 1536,
    CMDLINE_VENDOR = 2048, TABLE_ENTRY = 108, TABLE_MAX = 64, RAMDISK_NAME = 32
};

typedef struct { const char *name; uint64_t at, size; } part_t;

typedef struct {
    bool     vendor;
    uint32_t version, page, header, os_version;
    span_t   name, command_line, more;
    part_t   parts[8];
    size_t   count;
    uint64_t table_at;
    uint32_t table_count, table_size;
} boot_t;

static void add(boot_t *b, uint64_t *at, const char *name, uint64_t size)
{
    if (size > 0)
        b->parts[b->count++] = (part_t){name, *at, size};
    *at += round_up(size, b->page);
}

static bool read_old(reader_t *r, boot_t *b)
{
    uint32_t kernel = read_le32(r);
    reader_skip(r, 4);
    uint32_t ramdisk = read_le32(r);
    reader_skip(r, 4);
    uint32_t second = read_le32(r);
    reader_skip(r, 8);
    b->page         = read_le32(r);
    uint32_t last   = read_le32(r); /* the version; before there was one, the size of a device tree */
    b->os_version   = read_le32(r);
    b->name         = read_span(r, NAME);
    b->command_line = read_span(r, CMDLINE);
    reader_skip(r, 32);
    b->more         = read_span(r, CMDLINE_EXTRA);
    b->version      = last <= 2 ? last : 0;
    b->header       = 1632;
    uint32_t dtbo = 0, dtb = 0;
    if (b->version >= 1) {
        dtbo = read_le32(r);
        reader_skip(r, 8);
        b->header = read_le32(r);
    }
    if (b->version == 2)
        dtb = read_le32(r);
    if (!reader_ok(r) || b->page < PAGE_MIN || b->page > PAGE_MAX || (b->page & (b->page - 1)) != 0 || (kernel == 0 && ramdisk == 0) || b->header < 1632 || b->header > PAGE_MAX)
        return false;
    uint64_t at = round_up(b->header, b->page);
    add(b, &at, "kernel", kernel);
    add(b, &at, "ramdisk", ramdisk);
    add(b, &at, "second", second);
    add(b, &at, "recovery_dtbo", dtbo);
    add(b, &at, "dtb", b->version == 0 && last > 2 && last < 1u << 28 ? last : dtb);
    return true;
}

static bool read_new(reader_t *r, boot_t *b)
{
    uint32_t kernel = read_le32(r), ramdisk = read_le32(r);
    b->os_version   = read_le32(r);
    b->header       = read_le32(r);
    reader_skip(r, 16);
    b->version      = read_le32(r);
    b->command_line = read_span(r, CMDLINE_V3);
    uint32_t signature = b->version >= 4 ? read_le32(r) : 0;
    b->page            = PAGE_V3;
    if (!reader_ok(r) || b->version < 3 || b->version > 4 || b->header < 1580 || b->header > PAGE_V3 || (kernel == 0 && ramdisk == 0))
        return false;
    uint64_t at = PAGE_V3;
    add(b, &at, "kernel", kernel);
    add(b, &at, "ramdisk", ramdisk);
    add(b, &at, "boot_signature", signature);
    return true;
}

static bool read_vendor(reader_t *r, boot_t *b)
{
    b->vendor  = true;
    b->version = read_le32(r);
    b->page    = read_le32(r);
    reader_skip(r, 8);
    uint32_t ramdisk = read_le32(r);
    b->command_line  = read_span(r, CMDLINE_VENDOR);
    reader_skip(r, 4);
    b->name      = read_span(r, NAME);
    b->header    = read_le32(r);
    uint32_t dtb = read_le32(r);
    reader_skip(r, 8);
    uint32_t table = 0, bootconfig = 0;
    if (b->version >= 4) {
        table          = read_le32(r);
        b->table_count = read_le32(r);
        b->table_size  = read_le32(r);
        bootconfig     = read_le32(r);
    }
    if (!reader_ok(r) || b->version < 3 || b->version > 4 || b->page < PAGE_MIN || b->page > PAGE_MAX || (b->page & (b->page - 1)) != 0 || b->header < 2112 || b->header > PAGE_MAX)
        return false;
    uint64_t at = round_up(b->header, b->page);
    add(b, &at, "vendor_ramdisk", ramdisk);
    add(b, &at, "dtb", dtb);
    b->table_at = at;
    add(b, &at, "vendor_ramdisk_table", table);
    add(b, &at, "bootconfig", bootconfig);
    return true;
}

static bool read_header(span_t image, boot_t *b)
{
    reader_t r = reader_at(image, 8), version = reader_at(image, 40);
    *b         = (boot_t){0};
    if (span_has_text_at(image, 0, "VNDRBOOT"))
        return read_vendor(&r, b);
    if (!span_has_text_at(image, 0, "ANDROID!"))
        return false;
    uint32_t v = read_le32(&version);
    return v == 3 || v == 4 ? read_new(&r, b) : read_old(&r, b);
}

static uint64_t end_of(const boot_t *b)
{
    uint64_t end = b->header;
    for (size_t i = 0; i < b->count; i++)
        end = max_u64(end, b->parts[i].at + b->parts[i].size);
    return end;
}

static unsigned android_boot_probe(span_t image)
{
    boot_t b;
    return read_header(image, &b) ? 64 + 16 : 0;
}

static uint64_t android_boot_extent(span_t image)
{
    boot_t b;
    return read_header(image, &b) ? min_u64(end_of(&b), image.size) : 0;
}

static void say_text(sink_t *sink, const char *key, span_t a, span_t b)
{
    char   text[CMDLINE_VENDOR + 1] = "";
    size_t first                    = a.at != NULL ? strnlen((const char *)a.at, a.size) : 0;
    if (first > 0)
        memcpy(text, a.at, first < CMDLINE_VENDOR ? first : CMDLINE_VENDOR);
    if (first == a.size && b.at != NULL)
        memcpy(text + first, b.at, strnlen((const char *)b.at, b.size) < CMDLINE_VENDOR - first ? strnlen((const char *)b.at, b.size) : CMDLINE_VENDOR - first);
    if (text[0] != '\0')
        sink_fact(sink, key, text);
}

/* 7 bits each of a, b, c of the OS version, then year since 2000 and month of the security patches. */
static void say_facts(const boot_t *b, sink_t *sink)
{
    sink_fact(sink, "android-boot.kind", b->vendor ? "vendor_boot" : "boot");
    sink_fact_printf(sink, "android-boot.version", "%" PRIu32, b->version);
    say_text(sink, "android-boot.name", b->name, span_from(NULL, 0));
    say_text(sink, "android-boot.command-line", b->command_line, b->more);
    uint32_t os = b->os_version >> 11, patch = b->os_version & 0x7FF;
    if (b->os_version != 0)
        sink_fact_printf(sink, "android-boot.os", "%" PRIu32 ".%" PRIu32 ".%" PRIu32 ", patches of %04" PRIu32 "-%02" PRIu32, os >> 14, os >> 7 & 0x7F, os & 0x7F,
                         2000 + (patch >> 4), patch & 0xF);
}

/* The id of versions 0 to 2: SHA-1 over each part and its size. A kernel and a ramdisk count even when they are empty. */
static void check_id(const boot_t *b, span_t image, sink_t *sink)
{
    static const char *const always[] = {"kernel", "ramdisk", "second"};
    uint8_t     digest[EVP_MAX_MD_SIZE];
    unsigned    size    = 0;
    span_t      id      = span_sub(image, ID_AT, ID_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool        good    = context != NULL && EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1;
    for (size_t n = 0; good && n < 5; n++) {
        const char *name = n < 3 ? always[n] : n == 3 ? "recovery_dtbo" : "dtb";
        part_t      part = {name, 0, 0};
        for (size_t i = 0; i < b->count; i++)
            if (strcmp(b->parts[i].name, name) == 0)
                part = b->parts[i];
        if (part.size == 0 && (n > 2 ? b->version < n - 2 : false))
            continue;
        span_t  bytes     = span_sub(image, part.at, part.size);
        uint8_t length[4] = {(uint8_t)part.size, (uint8_t)(part.size >> 8), (uint8_t)(part.size >> 16), (uint8_t)(part.size >> 24)};
        good = bytes.at != NULL && EVP_DigestUpdate(context, bytes.at, bytes.size) == 1 && EVP_DigestUpdate(context, length, sizeof length) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, digest, &size) == 1 && size == ID_SIZE && id.at != NULL;
    EVP_MD_CTX_free(context);
    if (good && !span_is_filled_with(id, 0))
        sink_fact(sink, "android-boot.id-holds", memcmp(digest, id.at, ID_SIZE) == 0 ? "yes" : "no");
}

/* From version 4 on the vendor's ramdisk is several, as a table says. */
static bool show_ramdisks(partitions_t *parts, const boot_t *b, span_t image, const part_t *whole)
{
    if (!span_holds(image, b->table_at, (uint64_t)b->table_count * b->table_size))
        return partition_show(parts, span_from_text("vendor_ramdisks"), 0, whole->at, whole->size);
    for (uint32_t i = 0; i < b->table_count && i < TABLE_MAX; i++) {
        span_t   entry = span_sub(image, b->table_at + (uint64_t)i * b->table_size, TABLE_ENTRY);
        reader_t r     = reader_from(entry);
        uint32_t size = read_le32(&r), at = read_le32(&r);
        reader_skip(&r, 4);
        span_t name = read_span(&r, RAMDISK_NAME);
        char   text[64];
        if (entry.at == NULL || (uint64_t)at + size > whole->size)
            return true;
        int named  = (int)strnlen((const char *)name.at, name.size);
        int length = snprintf(text, sizeof text, "vendor_ramdisk%s%.*s", named > 0 ? "-" : "", named, (const char *)name.at);
        if (!partition_show(parts, span_from(text, (size_t)length), i, whole->at + at, size))
            return false;
    }
    return true;
}

static status_t android_boot_extract(span_t image, sink_t *sink)
{
    boot_t b;
    if (!read_header(image, &b))
        return status_fail(STATUS_REJECTED, "android-boot", 0, "not a boot image");
    sink_claim(sink, 0, min_u64(b.header, image.size), REGION_STRUCTURE);
    say_facts(&b, sink);
    if (!b.vendor && b.version <= 2)
        check_id(&b, image, sink);
    partitions_t parts = {.sink = sink};
    bool         good  = true;
    for (size_t i = 0; good && i < b.count; i++) {
        const part_t *part  = &b.parts[i];
        bool          table = strcmp(part->name, "vendor_ramdisk_table") == 0;
        if (table && part->at < image.size)
            sink_claim(sink, part->at, min_u64(part->size, image.size - part->at), REGION_STRUCTURE);
        else if (strcmp(part->name, "vendor_ramdisk") == 0 && b.table_count > 0 && b.table_size >= TABLE_ENTRY)
            good = show_ramdisks(&parts, &b, image, part);
        else
            good = partition_show(&parts, span_from_text(part->name), (unsigned)i, part->at, part->size);
    }
    if (end_of(&b) > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the boot image does");
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("ANDROID!", 0), MAGIC("VNDRBOOT", 0)};

const extractor_t android_boot_extractor = {
    .id = "android-boot", .name = "Android boot image", .specification = "AOSP, mkbootimg, bootimg.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = android_boot_probe, .extent = android_boot_extent, .extract = android_boot_extract,
};
