#include "extractors/soc_common.h"

#include <stdio.h>

enum { DEVICE_TREES_MAX = 16 };

uint32_t soc_sum32(span_t bytes)
{
    uint32_t sum = 0;
    reader_t r   = reader_from(bytes);
    while (reader_left(&r) >= 4)
        sum += read_le32(&r);
    return sum + (uint32_t)read_le(&r, (unsigned)reader_left(&r));
}

uint32_t soc_sum8(span_t bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum += bytes.at[i];
    return sum;
}

uint32_t soc_crc32(uint32_t crc, uint32_t polynomial, span_t bytes)
{
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            value = value << 1 ^ ((value & UINT32_C(0x80000000)) != 0 ? polynomial : 0);
        table[i] = value;
    }
    for (size_t i = 0; i < bytes.size; i++)
        crc = crc << 8 ^ table[(crc >> 24 ^ bytes.at[i]) & 0xFF];
    return crc;
}

uint32_t soc_crc_rockchip(span_t bytes) { return soc_crc32(0, 0x04C10DB7, bytes); }

typedef struct { uint8_t state[256], i, j; } rc4_t;

static void rc4_start(rc4_t *rc4)
{
    static const uint8_t key[16] = {0x7C, 0x4E, 0x03, 0x04, 0x55, 0x05, 0x09, 0x07, 0x2D, 0x2C, 0x7B, 0x38, 0x17, 0x0D, 0x17, 0x11};
    uint8_t j = 0;
    rc4->i = rc4->j = 0;
    for (unsigned i = 0; i < 256; i++)
        rc4->state[i] = (uint8_t)i;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t kept  = rc4->state[i];
        j             = (uint8_t)(j + kept + key[i % sizeof key]);
        rc4->state[i] = rc4->state[j];
        rc4->state[j] = kept;
    }
}

static void rc4_run(rc4_t *rc4, span_t bytes, uint8_t *out)
{
    for (size_t n = 0; n < bytes.size; n++) {
        rc4->i                = (uint8_t)(rc4->i + 1);
        uint8_t kept          = rc4->state[rc4->i];
        rc4->j                = (uint8_t)(rc4->j + kept);
        rc4->state[rc4->i]    = rc4->state[rc4->j];
        rc4->state[rc4->j]    = kept;
        out[n]                = (uint8_t)(bytes.at[n] ^ rc4->state[(uint8_t)(rc4->state[rc4->i] + kept)]);
    }
}

void soc_rc4(span_t bytes, uint8_t *out)
{
    rc4_t rc4;
    rc4_start(&rc4);
    rc4_run(&rc4, bytes, out);
}

void soc_write_rc4(child_t *child, span_t image, uint64_t offset, uint64_t length, uint64_t packet)
{
    uint8_t  plain[4096];
    uint64_t step = packet > 0 ? min_u64(packet, sizeof plain) : sizeof plain;
    rc4_t    rc4;
    rc4_start(&rc4);
    for (uint64_t done = 0; done < length; done += step) {
        span_t part = span_clip(image, offset + done, min_u64(step, length - done));
        if (packet > 0)
            rc4_start(&rc4);
        rc4_run(&rc4, part, plain);
        if (part.size > 0 && !status_ok(child_write(child, span_from(plain, part.size), offset + done, part.size)))
            return;
        if (part.size < min_u64(step, length - done)) {
            child_damage(child, offset + done + part.size, 0, "the image ends before this part does");
            return;
        }
    }
}

void soc_text(span_t field, char *out, size_t room)
{
    size_t size = 0;
    while (size < field.size && size + 1 < room && field.at[size] >= 0x20 && field.at[size] < 0x7F) {
        out[size] = (char)field.at[size];
        size++;
    }
    out[size < field.size && field.at[size] != 0 ? 0 : size] = '\0';
}

bool soc_show(partitions_t *parts, child_type_t type, const char *name, uint64_t offset, uint64_t length, const char *damage)
{
    unsigned number = 0;
    for (size_t i = 0; i < parts->names.size; i++)
        number += parts->names.at[i] == 0;
    child_info_t info  = {.path = partition_name(parts, span_from_text(name), number), .type = type};
    child_t     *child = sink_child(parts->sink, &info);
    if (child == NULL)
        return false;
    if (damage != NULL)
        child_damage(child, offset, length, damage);
    child_range(child, offset, length);
    sink_end_child(parts->sink);
    return true;
}

/* The size of the device tree that begins here, by its header; 0: none does. It may be cut off by the image, not by the part. */
static uint64_t device_tree_size(span_t image, uint64_t at, uint64_t room)
{
    reader_t r     = reader_at(image, at);
    uint32_t magic = read_be32(&r), size = read_be32(&r), structure = read_be32(&r), strings = read_be32(&r), reserved = read_be32(&r);
    uint32_t version = read_be32(&r), oldest = read_be32(&r);
    bool     sound   = reader_ok(&r) && magic == 0xD00DFEED && version == 17 && oldest >= 2 && oldest <= 17 && size <= room && structure >= 40;
    return sound && structure < size && strings < size && reserved >= 40 && reserved < size ? size : 0;
}

bool soc_show_code(partitions_t *parts, child_type_t type, const char *stem, span_t image, uint64_t offset, uint64_t length, const char *damage)
{
    char     code_name[64], tree_name[64];
    uint64_t end = offset + length, from = offset; /* a header's 32-bit numbers: no overflow */
    unsigned trees = 0;
    (void)snprintf(code_name, sizeof code_name, "%s.bin", stem);
    (void)snprintf(tree_name, sizeof tree_name, "%s.dtb", stem);
    for (uint64_t at = offset; at + 40 <= min_u64(end, image.size) && trees < DEVICE_TREES_MAX; at++) {
        uint64_t tree = image.at[at] == 0xD0 ? device_tree_size(image, at, end - at) : 0;
        if (tree == 0)
            continue;
        if (at > from && !soc_show(parts, type, code_name, from, at - from, damage))
            return false;
        if (!soc_show(parts, CHILD_FILE, tree_name, at, tree, damage))
            return false;
        trees++;
        from = at + tree;
        at   = from - 1;
    }
    span_t rest = span_clip(image, from, end - from);
    if (from >= end || (from > offset && rest.size > 0 && (span_is_filled_with(rest, 0) || span_is_filled_with(rest, 0xFF))))
        return true; /* filling behind the last device tree, which is padding */
    return soc_show(parts, type, code_name, from, end - from, damage);
}

void soc_show_trees(partitions_t *parts, span_t image, uint64_t offset, uint64_t length)
{
    span_t   range = span_clip(image, offset, length);
    unsigned trees = 0;
    for (size_t at = 0; at + 40 <= range.size && trees < DEVICE_TREES_MAX; at++) {
        uint64_t tree = range.at[at] == 0xD0 ? device_tree_size(range, at, range.size - at) : 0;
        if (tree == 0)
            continue;
        if (!soc_show(parts, CHILD_FILE, "device-tree.dtb", offset + at, tree, NULL))
            return;
        trees++;
        at += (size_t)tree - 1;
    }
}
