/* The working block in which UEFI keeps a write to flash that must survive a loss of power: GUID, CRC-32 of the header as it is before it was
 * taken into use, flags, length of the queue of writes that follows. Source: EDK2, MdeModulePkg/Include/Guid/FaultTolerantWrite.h and
 * SystemNvDataGuid.h. */
#include "extractors/uefi.h"

#include <zlib.h>

enum { HEADER = 32, CRC_AT = 16, FLAGS_AT = 20 };

static const uint8_t edk2_guid[UEFI_GUID] = UEFI_GUID_BYTES(0x9E58292B, 0x7C68, 0x497D, 0xA0, 0xCE, 0x65, 0x00, 0xFD, 0x9F, 0x1B, 0x95);

typedef struct { uint64_t queue; uint8_t flags; bool crc_agrees; } ftw_t;

static bool read_header(span_t image, ftw_t *ftw)
{
    span_t header = span_sub(image, 0, HEADER);
    if (!uefi_guid_is(header, edk2_guid))
        return false;
    uint8_t  fresh[HEADER];
    reader_t r = reader_at(header, CRC_AT);
    memcpy(fresh, header.at, HEADER);
    memset(fresh + CRC_AT, 0xFF, 4 + 1); /* the CRC itself and the flags */
    uint32_t crc    = read_le32(&r);
    ftw->flags      = read_u8(&r);
    reader_skip(&r, 3);
    ftw->queue      = read_le64(&r);
    ftw->crc_agrees = crc == (uint32_t)crc32_z(0, fresh, HEADER);
    return ftw->queue > 0 && ftw->queue < (uint64_t)1 << 32;
}

static unsigned efi_ftw_probe(span_t image)
{
    ftw_t ftw;
    return read_header(image, &ftw) ? 64 + (ftw.crc_agrees ? 32u : 0u) : 0;
}

static uint64_t efi_ftw_extent(span_t image)
{
    ftw_t ftw;
    return read_header(image, &ftw) ? min_u64(HEADER + ftw.queue, image.size) : 0;
}

static status_t efi_ftw_extract(span_t image, sink_t *sink)
{
    ftw_t ftw;
    if (!read_header(image, &ftw))
        return status_fail(STATUS_REJECTED, "efi-ftw", 0, "not a working block");
    sink_claim(sink, 0, HEADER, REGION_STRUCTURE);
    sink_fact(sink, "efi-ftw.in-use", (ftw.flags & 1) == 0 ? "yes" : "no");
    if (!ftw.crc_agrees)
        sink_damage(sink, 0, HEADER, "the CRC-32 of the working block's header does not agree");
    span_t queue = span_clip(image, HEADER, ftw.queue);
    if (queue.size < ftw.queue)
        sink_damage(sink, image.size, 0, "the image ends before the queue of writes does");
    if (span_is_filled_with(queue, 0xFF)) {
        sink_claim(sink, HEADER, queue.size, REGION_PADDING);
        return ok();
    }
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("queue"), .type = CHILD_PAYLOAD});
    if (child != NULL) {
        child_range(child, HEADER, queue.size);
        sink_end_child(sink);
    }
    return ok();
}

static const magic_t magics[] = {{{edk2_guid, UEFI_GUID}, 0}};

const extractor_t efi_ftw_extractor = {
    .id = "efi-ftw", .name = "UEFI fault-tolerant write working block", .specification = "EDK2, MdeModulePkg/Include/Guid/FaultTolerantWrite.h",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = efi_ftw_probe, .extent = efi_ftw_extent, .extract = efi_ftw_extract,
};
