/* SEAMA, the image of devices made by Alpha Networks (D-Link and others), in the order of the device: magic 5EA3A417, 0, size of the metadata
 * (16 bits each), size of the image; where that is not 0, its MD5; metadata, texts "name=value" with their NUL, padded to four bytes; the
 * image. One with size 0 seals those that follow it (D-Link's DLOB is such a seal before one image).
 * Source: openwrt/openwrt, tools/firmware-utils/src/seama.{h,c}. */
#include "extractors/vendor_image.h"

enum { FIXED_SIZE = 12, META_MAX = 1024, ENTITIES_MAX = VENDOR_PARTS_MAX };

typedef struct { uint64_t at, meta_at, meta_size, data_at, size, end; bool has_md5; } entity_t;

static const uint8_t magic_big[]    = {0x5E, 0xA3, 0xA4, 0x17};
static const uint8_t magic_little[] = {0x17, 0xA4, 0xA3, 0x5E};

static bool read_entity(span_t image, uint64_t at, entity_t *entity)
{
    bool     big = span_starts_with(image, span_from(magic_big, 4));
    reader_t r   = reader_at(image, at + 4);
    if (!span_starts_with(span_from_offset(image, at), span_from(big ? magic_big : magic_little, 4)))
        return false;
    uint16_t reserved = big ? read_be16(&r) : read_le16(&r), meta = big ? read_be16(&r) : read_le16(&r);
    uint32_t size     = big ? read_be32(&r) : read_le32(&r);
    *entity           = (entity_t){.at = at, .meta_size = meta, .size = size, .has_md5 = size > 0};
    entity->meta_at   = at + FIXED_SIZE + (entity->has_md5 ? MD5_SIZE : 0);
    entity->data_at   = entity->meta_at + meta;
    entity->end       = entity->data_at + size;
    return reader_ok(&r) && reserved == 0 && meta <= META_MAX && meta % 4 == 0 && meta + size > 0;
}

static bool md5_agrees(span_t image, const entity_t *entity)
{
    uint8_t digest[MD5_SIZE];
    span_t  data = span_sub(image, entity->data_at, entity->size);
    return vendor_md5(&data, 1, digest) && memcmp(digest, image.at + entity->at + FIXED_SIZE, MD5_SIZE) == 0;
}

/* The metadata's texts are printable, and each ends in its NUL. */
static bool meta_is_text(span_t meta)
{
    for (size_t at = 0; at < meta.size;) {
        span_t text;
        if (!vendor_text(meta, at, meta.size - at, &text))
            return false;
        at += text.size + 1;
    }
    return true;
}

static unsigned seama_probe(span_t image)
{
    entity_t entity;
    if (!read_entity(image, 0, &entity) || !meta_is_text(span_clip(image, entity.meta_at, entity.meta_size)))
        return 0;
    unsigned bits = 32 + 16;
    if (entity.size > 0 && span_holds(image, entity.data_at, entity.size))
        return bits + (md5_agrees(image, &entity) ? 64 : 0);
    entity_t next;
    return bits + (entity.size == 0 && read_entity(image, entity.end, &next) ? 32 : 0);
}

static uint64_t seama_extent(span_t image)
{
    uint64_t at = 0;
    entity_t entity;
    bool     sealed = false;
    for (size_t i = 0; i < ENTITIES_MAX && read_entity(image, at, &entity); i++) {
        if (i > 0 && (!sealed || entity.size == 0))
            break; /* the next image begins here */
        sealed = sealed || entity.size == 0;
        at     = entity.end;
    }
    return min_u64(at, image.size);
}

static void say_meta(span_t meta, sink_t *sink)
{
    for (size_t at = 0; at < meta.size;) {
        span_t text;
        if (!vendor_text(meta, at, meta.size - at, &text))
            return;
        vendor_fact(sink, "seama.meta", text);
        at += text.size + 1;
    }
}

static status_t seama_extract(span_t image, sink_t *sink)
{
    uint64_t end = seama_extent(image), at = 0;
    entity_t entity;
    size_t   count = 0;
    if (!read_entity(image, 0, &entity))
        return status_fail(STATUS_REJECTED, "seama", 0, "not a SEAMA header");
    vendor_image_t out = {0};
    for (size_t i = 0; i < ENTITIES_MAX && at < end && read_entity(image, at, &entity); i++, at = entity.end) {
        sink_claim(sink, entity.at, min_u64(entity.data_at, image.size) - entity.at, REGION_STRUCTURE);
        say_meta(span_clip(image, entity.meta_at, entity.meta_size), sink);
        out.length = entity.end;
        if (entity.size > 0 && span_holds(image, entity.data_at, entity.size) && !md5_agrees(image, &entity))
            sink_damage(sink, entity.data_at, entity.size, "the MD5 of the image does not agree");
        vendor_add_part(&out, span_from_text("image"), entity.data_at, entity.size);
        count++;
    }
    if (count == 1 && entity.size == 0)
        sink_damage(sink, min_u64(end, image.size), 0, "a seal, and nothing that it seals");
    return vendor_show(image, sink, &out);
}

static const magic_t magics[] = {{{magic_big, 4}, 0}, {{magic_little, 4}, 0}};

const extractor_t seama_extractor = {
    .id = "seama", .name = "SEAMA (Alpha Networks)", .specification = "openwrt/openwrt, tools/firmware-utils/src/seama.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 2, .probe = seama_probe, .extent = seama_extent, .extract = seama_extract,
};
