/* FIP: the firmware image package of Arm Trusted Firmware. Little-endian: 0xAA640001, serial number, flags; then entries of 40 bytes:
 * UUID, offset, size, flags; the last has a UUID of zeros and its offset is where the package ends.
 * Source: Trusted Firmware-A, docs/design/firmware-design.rst, include/tools_share/firmware_image_package.h. */
#include "base/sha256.h"
#include "extractors/soc_common.h"

#include <stdio.h>

enum { HEADER_SIZE = 16, ENTRY_SIZE = 40, UUID_SIZE = 16, ENTRIES_MAX = 256 };

typedef struct { const char *uuid, *name; } known_t;

static const known_t known[] = {
    {"659227032f74e6448dff579ac1ff0610", "scp-fwu-cfg"},     {"60b3eb37c1e5ea419df319eda11f6801", "ap-fwu-cfg"},
    {"4f511d112be54e49b4c583c2f715840a", "fwu"},             {"71408ab218d6874c8b2ec6dccd50f096", "fwu-cert"},
    {"5ff9ec0b4d223e4da544c39d81c73f0a", "tb-fw-bl2"},       {"9766fd3d89bee849ae5d78a140608213", "scp-fw"},
    {"47d4086d4cfe98469b952950cbbd5a00", "soc-fw-bl31"},     {"05d0e18953dc13478d2b500a4b7a3e38", "tos-fw-bl32"},
    {"0b70c29b2a5a78409f650a5682738288", "tos-fw-extra1"},   {"8ea87bb1cfa23f4d85fde7bba50220d9", "tos-fw-extra2"},
    {"d6d0eea7fcead54b97829934f234b6e4", "nt-fw-bl33"},      {"862d1d72f860e411920b8be762160f24", "rot-cert"},
    {"827ee890f860e411a1b4777a21b4f94c", "trusted-key-cert"}, {"1c67873d5f63e411978d27c0c7148abd", "nt-world-key-cert"},
    {"024221a1f860e4118d9bf33c0e15a014", "scp-fw-key-cert"}, {"8ab8beccf960e4119ad0eb4822d8dcf8", "soc-fw-key-cert"},
    {"9477d603fb60e41185ddb7105b8cee04", "tos-fw-key-cert"}, {"8ad5832afb60e4118aafdf30bbc49859", "nt-fw-key-cert"},
    {"d6e269ea5d63e4118d8c9fbabe9956a5", "tb-fw-cert"},      {"44be6f045e63e411b28b73d8eaae9656", "scp-fw-cert"},
    {"e2b20c205e63e4119ce8abccf92bb666", "soc-fw-cert"},     {"a49f44115e63e41187283f05722af33d", "tos-fw-cert"},
    {"8ec4c1f35d63e411a7a987ee40b23fa7", "nt-fw-cert"},      {"776dfd4486974c3b91ebc13e025a2a6f", "sip-sp-cert"},
    {"ddcbbf4acad611ea87d00242ac130003", "plat-sp-cert"},    {"08b8f1d9c9cf9349a9626fbc6b7265cc", "hw-config"},
    {"6c0458ffaf6b7d4f82edaa27bc69bfd2", "tb-fw-config"},    {"9979814b0376fb468c8e8d267f7859e0", "soc-fw-config"},
    {"26257c1adbc67f478d96c4c4b0248021", "tos-fw-config"},   {"28da981593e87e44ac661aaf801550f9", "nt-fw-config"},
    {"5807e16a845947be8ed5648e8dddab0e", "fw-config"},
};

typedef struct { uint8_t uuid[UUID_SIZE]; uint64_t offset, size, flags; bool is_last; } entry_t;

static bool read_entry(span_t image, unsigned number, entry_t *entry)
{
    reader_t r    = reader_at(image, HEADER_SIZE + (uint64_t)number * ENTRY_SIZE);
    span_t   uuid = read_span(&r, UUID_SIZE);
    entry->offset = read_le64(&r);
    entry->size   = read_le64(&r);
    entry->flags  = read_le64(&r);
    if (!reader_ok(&r))
        return false;
    memcpy(entry->uuid, uuid.at, UUID_SIZE);
    entry->is_last = span_is_filled_with(uuid, 0);
    return true;
}

typedef struct { unsigned entries; uint64_t end; bool complete; } fip_t;

/* Every entry stands behind the table and before the end that the last one tells; nothing there lies outside of 4 GiB. */
static bool read_table(span_t image, fip_t *fip)
{
    entry_t  entry;
    uint64_t furthest = 0, lowest = UINT64_MAX, limit = UINT64_C(4) << 30;
    reader_t r        = reader_from(image);
    *fip              = (fip_t){0};
    if (read_le32(&r) != 0xAA640001 || !reader_ok(&r))
        return false;
    while (fip->entries < ENTRIES_MAX && read_entry(image, fip->entries, &entry)) {
        if (entry.is_last) {
            fip->complete = true;
            fip->end      = max_u64(entry.offset, furthest);
            break;
        }
        if (entry.offset > limit || entry.size > limit)
            return false;
        furthest = max_u64(furthest, entry.offset + entry.size);
        lowest   = min_u64(lowest, entry.offset);
        fip->entries++;
    }
    uint64_t table = HEADER_SIZE + ((uint64_t)fip->entries + 1) * ENTRY_SIZE;
    if (!fip->complete)
        fip->end = furthest;
    return fip->entries > 0 && fip->entries < ENTRIES_MAX && lowest >= (fip->complete ? table : HEADER_SIZE + ENTRY_SIZE) && fip->end <= limit &&
           (fip->complete || table > image.size);
}

static unsigned arm_fip_probe(span_t image)
{
    fip_t fip;
    return read_table(image, &fip) ? 32 + 16 + (fip.complete ? 32 : 0) : 0;
}

static uint64_t arm_fip_extent(span_t image)
{
    fip_t fip;
    return read_table(image, &fip) ? min_u64(fip.end, image.size) : 0;
}

static const char *name_of(const char *uuid)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(uuid, known[i].uuid) == 0)
            return known[i].name;
    return NULL;
}

static status_t arm_fip_extract(span_t image, sink_t *sink)
{
    fip_t fip;
    if (!read_table(image, &fip))
        return status_fail(STATUS_REJECTED, "arm-fip", 0, "not a firmware image package");
    reader_t r      = reader_at(image, 4);
    uint32_t serial = read_le32(&r);
    uint64_t flags  = read_le64(&r);
    entry_t  entry;
    sink_claim(sink, 0, min_u64(image.size, HEADER_SIZE + ((uint64_t)fip.entries + (fip.complete ? 1 : 0)) * ENTRY_SIZE), REGION_STRUCTURE);
    sink_fact(sink, "boot.vendor", "Arm Trusted Firmware");
    sink_fact_printf(sink, "fip.serial-number", "0x%x", serial);
    sink_fact_printf(sink, "fip.platform-flags", "0x%x", (unsigned)(flags >> 32 & 0xFFFF));
    sink_fact_printf(sink, "fip.entries", "%u", fip.entries);
    if (!fip.complete || fip.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the package does");
    partitions_t parts = {.sink = sink};
    for (unsigned i = 0; i < fip.entries && read_entry(image, i, &entry); i++) {
        char        uuid[2 * UUID_SIZE + 1];
        hex_encode(entry.uuid, UUID_SIZE, uuid);
        const char *name = name_of(uuid);
        if (entry.flags != 0)
            sink_note(sink, HEADER_SIZE + (uint64_t)i * ENTRY_SIZE, "an entry of the package has flags");
        if (!soc_show(&parts, CHILD_FILE, name != NULL ? name : uuid, entry.offset, entry.size, NULL))
            break;
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x01\x00\x64\xAA", 0)};

const extractor_t arm_fip_extractor = {
    .id = "arm_fip", .name = "Arm firmware image package", .specification = "Trusted Firmware-A, docs/design/firmware-design.rst",
        .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = arm_fip_probe, .extent = arm_fip_extent, .extract = arm_fip_extract,
};
