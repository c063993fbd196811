/* UEFI capsule: GUID, length of the header, flags, length of all; vendors' have their own GUIDs, Toshiba's the last two fields the other way
 * round, AMI's the place of the image behind them. A firmware management capsule lists drivers and images, each image with its
 * type, the lengths of image and vendor code and often a PKCS #7 signature before it. Source: UEFI specification, "Firmware Update and
 * Reporting"; UEFITool, ffs.h (vendors' GUIDs). */
#include "extractors/uefi.h"

#include <stdio.h>

enum { HEADER = 28, AMI_HEADER = 32, ITEMS_MAX = 256, IMAGE_HEADER_V1 = 32, AUTHENTICATION = 32 };

typedef enum { KIND_PLAIN, KIND_MANAGEMENT, KIND_AMI, KIND_TOSHIBA } kind_t;

static const struct { uint8_t guid[UEFI_GUID]; const char *name; kind_t kind; } kinds[] = {
    {UEFI_GUID_BYTES(0x3B6686BD, 0x0D76, 0x4030, 0xB7, 0x0E, 0xB5, 0x51, 0x9E, 0x2F, 0xC5, 0xA0), "efi", KIND_PLAIN},
    {UEFI_GUID_BYTES(0x6DCBD5ED, 0xE82D, 0x4C44, 0xBD, 0xA1, 0x71, 0x94, 0x19, 0x9A, 0xD9, 0x2A), "firmware-management", KIND_MANAGEMENT},
    {UEFI_GUID_BYTES(0x539182B9, 0xABB5, 0x4391, 0xB6, 0x9A, 0xE3, 0xA9, 0x43, 0xF7, 0x2F, 0xCC), "intel", KIND_PLAIN},
    {UEFI_GUID_BYTES(0xE20BAFD3, 0x9914, 0x4F4F, 0x95, 0x37, 0x31, 0x29, 0xE0, 0x90, 0xEB, 0x3C), "lenovo", KIND_PLAIN},
    {UEFI_GUID_BYTES(0x25B5FE76, 0x8243, 0x4A5C, 0xA9, 0xBD, 0x7E, 0xE3, 0x24, 0x61, 0x98, 0xB5), "lenovo-2", KIND_PLAIN},
    {UEFI_GUID_BYTES(0x4A3CA68B, 0x7723, 0x48FB, 0x80, 0x3D, 0x57, 0x8C, 0xC1, 0xFE, 0xC4, 0x4D), "ami-signed", KIND_AMI},
    {UEFI_GUID_BYTES(0x14EEBB90, 0x890A, 0x43DB, 0xAE, 0xD1, 0x5D, 0x3C, 0x45, 0x88, 0xA4, 0x18), "ami", KIND_AMI},
    {UEFI_GUID_BYTES(0x3BE07062, 0x1D51, 0x45D2, 0x83, 0x2B, 0xF0, 0x93, 0x25, 0x7E, 0xD4, 0x61), "toshiba", KIND_TOSHIBA},
    {UEFI_GUID_BYTES(0x3B8C8162, 0x188C, 0x46A4, 0xAE, 0xC9, 0xBE, 0x43, 0xF1, 0xD6, 0x56, 0x97), "windows-logo", KIND_PLAIN},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct { size_t kind; uint64_t header, size, image; uint32_t flags; } capsule_t; /* `image`: where it begins */

static bool read_capsule(span_t blob, capsule_t *c)
{
    reader_t r = reader_from(blob);
    span_t guid = read_span(&r, UEFI_GUID);
    *c          = (capsule_t){0};
    while (c->kind < KINDS && !uefi_guid_is(guid, kinds[c->kind].guid))
        c->kind++;
    c->header       = read_le32(&r);
    uint32_t second = read_le32(&r), third = read_le32(&r);
    if (!reader_ok(&r) || c->kind == KINDS)
        return false;
    bool toshiba = kinds[c->kind].kind == KIND_TOSHIBA;
    c->size      = toshiba ? second : third;
    c->flags     = toshiba ? third : second;
    c->image     = c->header;
    if (kinds[c->kind].kind == KIND_AMI) {
        uint64_t place = read_le16(&r);
        if (reader_ok(&r) && place >= AMI_HEADER && place < c->size)
            c->image = place;
    }
    return c->header >= HEADER && c->header < c->size && c->header <= 0x10000;
}

static unsigned uefi_capsule_probe(span_t blob)
{
    capsule_t c;
    return read_capsule(blob, &c) ? 128 : 0;
}

static uint64_t uefi_capsule_extent(span_t blob)
{
    capsule_t c;
    return read_capsule(blob, &c) ? min_u64(c.size, blob.size) : 0;
}

/* What the blob does not hold of it is said. False: a limit was reached. */
static bool show(sink_t *sink, const char *name, uint64_t at, uint64_t length)
{
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(name), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    child_range(child, at, length);
    sink_end_child(sink);
    return true;
}

/* The signature that may stand before an image: a count, then a certificate with its length. Returns where the image begins. */
static uint64_t show_signature(span_t item, sink_t *sink, uint64_t at, uint64_t base, unsigned number)
{
    static const uint8_t pkcs7[UEFI_GUID] = UEFI_GUID_BYTES(0x4AAFD29D, 0x68DF, 0x49EE, 0x8A, 0xA9, 0x34, 0x7D, 0x37, 0x56, 0x65, 0xA7);
    char                 name[40];
    reader_t             r = reader_at(item, at + 8);
    uint64_t length = read_le32(&r);
    reader_skip(&r, 4);
    span_t guid = read_span(&r, UEFI_GUID);
    if (!reader_ok(&r) || !uefi_guid_is(guid, pkcs7) || length < AUTHENTICATION - 8 || !span_holds(item, at + 8, length))
        return at;
    sink_claim(sink, base + at, AUTHENTICATION, REGION_STRUCTURE);
    (void)snprintf(name, sizeof name, "image%u.p7", number);
    (void)show(sink, name, base + at + AUTHENTICATION, length + 8 - AUTHENTICATION);
    return at + 8 + length;
}

/* `item` is what the blob holds of an image with its header, which stand in the `length` bytes at `base` of the capsule. */
static bool show_item(span_t item, sink_t *sink, uint64_t base, uint64_t length, unsigned number)
{
    char     name[40], text[UEFI_GUID_TEXT];
    reader_t r       = reader_from(item);
    uint32_t version = read_le32(&r);
    span_t   type    = read_span(&r, UEFI_GUID);
    reader_skip(&r, 4);
    uint64_t size = read_le32(&r), vendor = read_le32(&r), header = IMAGE_HEADER_V1 + (version >= 2 ? 8u : 0u) + (version >= 3 ? 8u : 0u);
    if (!reader_ok(&r) || version < 1 || version > 3 || item.size < header || size > length - header) {
        sink_damage(sink, base, item.size, "not the header of an image for firmware management");
        return true;
    }
    uefi_guid_text(type, text);
    sink_fact(sink, "uefi-capsule.image-type", text);
    sink_claim(sink, base, header, REGION_STRUCTURE);
    span_t   whole = span_clip(item, 0, header + size);
    uint64_t from  = show_signature(whole, sink, header, base, number);
    (void)snprintf(name, sizeof name, "image%u", number);
    if (!show(sink, name, base + from, header + size - from))
        return false;
    (void)snprintf(name, sizeof name, "image%u.vendor", number);
    return vendor == 0 || show(sink, name, base + header + size, min_u64(vendor, length - header - size));
}

/* `body` is what the blob holds of the `size` bytes at `base`. */
static void show_items(span_t body, sink_t *sink, uint64_t base, uint64_t size)
{
    reader_t r        = reader_from(body);
    uint32_t version  = read_le32(&r);
    unsigned drivers  = read_le16(&r), images = read_le16(&r), count = drivers + images;
    uint64_t place[ITEMS_MAX + 1], last = 8 + 8 * (uint64_t)count;
    if (!reader_ok(&r) || version != 1 || count > ITEMS_MAX || !span_holds(body, 0, last)) {
        sink_damage(sink, base, 0, "not the header of a firmware management capsule");
        (void)show(sink, "image", base, size);
        return;
    }
    sink_claim(sink, base, last, REGION_STRUCTURE);
    for (unsigned i = 0; i < count; i++) {
        place[i] = read_le64(&r);
        if (place[i] < last || place[i] > size) {
            sink_damage(sink, base + 8 + 8 * (uint64_t)i, 8, "an item stands outside the capsule, or before the one before it");
            place[i] = size;
        }
        last = place[i];
    }
    place[count] = size;
    for (unsigned i = 0; i < count; i++) {
        char     name[40];
        uint64_t at = base + place[i], length = place[i + 1] - place[i];
        (void)snprintf(name, sizeof name, "driver%u.efi", i);
        if (i < drivers ? !show(sink, name, at, length) : !show_item(span_clip(body, place[i], length), sink, at, length, i - drivers))
            return;
    }
}

static status_t uefi_capsule_extract(span_t blob, sink_t *sink)
{
    capsule_t c;
    if (!read_capsule(blob, &c))
        return status_fail(STATUS_REJECTED, "uefi-capsule", 0, "not a capsule");
    span_t capsule = span_clip(blob, 0, c.size);
    sink_claim(sink, 0, min_u64(max_u64(c.image, c.header), capsule.size), REGION_STRUCTURE);
    sink_fact(sink, "uefi-capsule.kind", kinds[c.kind].name);
    sink_fact_printf(sink, "uefi-capsule.flags", "0x%lX", (unsigned long)c.flags);
    if (c.size > blob.size)
        sink_damage(sink, blob.size, 0, "the file ends before the capsule does");
    if (kinds[c.kind].kind == KIND_MANAGEMENT)
        show_items(span_from_offset(capsule, c.image), sink, c.image, c.size - c.image);
    else
        (void)show(sink, "image", c.image, c.size - c.image);
    return ok();
}

#define KIND_MAGIC(i) {{kinds[i].guid, UEFI_GUID}, 0}
static const magic_t magics[KINDS] = {KIND_MAGIC(0), KIND_MAGIC(1), KIND_MAGIC(2), KIND_MAGIC(3), KIND_MAGIC(4),
                                      KIND_MAGIC(5), KIND_MAGIC(6), KIND_MAGIC(7), KIND_MAGIC(8)};

const extractor_t uefi_capsule_extractor = {
    .id = "uefi-capsule", .name = "UEFI capsule", .specification = "UEFI specification, \"Firmware Update and Reporting\"", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = KINDS, .probe = uefi_capsule_probe, .extent = uefi_capsule_extent, .extract = uefi_capsule_extract,
};
