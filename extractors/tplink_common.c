#include "extractors/tplink_common.h"

enum { PART_COUNT = 3 };

static const char *const part_names[PART_COUNT] = {"kernel", "rootfs", "bootloader"};

static bool md5_agrees(span_t image, uint64_t at, const uint8_t *salt)
{
    uint8_t digest[MD5_SIZE];
    span_t  pieces[] = {span_clip(image, 0, at), span_from(salt, MD5_SIZE), span_from_offset(image, at + MD5_SIZE)};
    return vendor_md5(pieces, 3, digest) && memcmp(digest, image.at + at, MD5_SIZE) == 0;
}

bool tplink_read_parts(span_t image, const tplink_layout_t *layout, vendor_image_t *out)
{
    reader_t r      = reader_at(image, layout->length_at);
    uint64_t length = read_be32(&r), end = TPLINK_HEADER_SIZE;
    bool     boots  = false;
    for (size_t i = 0; i < PART_COUNT; i++) {
        uint64_t offset = read_be32(&r), size = read_be32(&r);
        if (size == 0 || size == UINT32_MAX)
            continue; /* a kernel alone leaves the fields of the others as they were filled */
        boots = boots || i == 2;
        if (i == 2 && offset == 0)
            continue; /* the boot loader has a length, and no place is said */
        if (offset < TPLINK_HEADER_SIZE || (length > 0 && (offset > length || size > length - offset)))
            return false;
        vendor_add_part(out, span_from_text(part_names[i]), offset, size);
        end = max_u64(end, offset + size);
    }
    if (!reader_ok(&r) || out->part_count == 0 || (length > 0 && length <= TPLINK_HEADER_SIZE))
        return false;
    out->header = TPLINK_HEADER_SIZE;
    out->length = length > 0 ? length : end;
    if (length == 0)
        return true; /* a kernel alone has no MD5 either */
    span_t covered = span_clip(image, 0, length);
    bool   agrees  = md5_agrees(covered, layout->md5_at, layout->salts[boots]);
    if (agrees) /* the padding at the end may be left out of the file, and then of the MD5 as well */
        out->length = covered.size;
    if (agrees || covered.size == length)
        vendor_add_sum(out, "the MD5 of the image does not agree", 0, covered.size, 64, agrees);
    return true;
}
