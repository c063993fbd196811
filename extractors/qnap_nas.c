/* QNAP NAS firmware: a gzip stream whose first bytes are encrypted, and a footer of 74 bytes: "icpnas", how many bytes are, device[16], version[16],
 * date[16], revision[16]; little-endian. The cipher is PC1 (Pukall) under the words of "QNAPNASVERSION", the same for all. So the first bytes are
 * always F5 7B 47 03, which gzip's 1F 8B 08 00 becomes. Source: onekey-sec/unblob, handlers/archive/qnap/qnap_nas.py; ulidtko's
 * description of the cipher. */
#include "extractors/firmware_common.h"

#include <stdlib.h>

enum { QNAP_FOOTER = 74, QNAP_WORDS = 7, QNAP_PIECE = 64 << 10 };

typedef struct { uint64_t at; uint32_t encrypted; } footer_t;
typedef struct { uint16_t words[256][QNAP_WORDS][2]; uint16_t y, z; uint8_t seen; } pc1_t;

/* The words that come of the key when the bytes so far, XORed, are `seen`. */
static void pc1_begin(pc1_t *pc1)
{
    static const char key[] = "QNAPNASVERSION";
    for (unsigned seen = 0; seen < 256; seen++) {
        uint32_t state = 0;
        for (unsigned i = 0; i < QNAP_WORDS; i++) {
            uint32_t high = (uint32_t)(uint8_t)key[2 * i] ^ seen, low = (uint32_t)(uint8_t)key[2 * i + 1] ^ seen;
            /* The field's compiler took characters as signed, and one off at that. */
            uint32_t word         = ((high < 0x80 ? high : high - 0x101) << 8) + low;
            uint32_t x            = state ^ word;
            state                 = (0x4E35 * x + 1) & 0xFFFF;
            pc1->words[seen][i][0] = (uint16_t)(0x15A * x);
            pc1->words[seen][i][1] = (uint16_t)state;
        }
    }
    pc1->y = pc1->z = 0;
    pc1->seen       = 0;
}

static uint8_t pc1_undo(pc1_t *pc1, uint8_t byte)
{
    uint16_t mixed = 0;
    for (unsigned i = 0; i < QNAP_WORDS; i++) {
        uint16_t before = pc1->y;
        pc1->y          = pc1->words[pc1->seen][i][0];
        pc1->z          = (uint16_t)(pc1->y + before + 0x4E35u * (pc1->z + i));
        mixed           = (uint16_t)(mixed ^ pc1->words[pc1->seen][i][1] ^ pc1->z);
    }
    byte = (uint8_t)(byte ^ mixed >> 8 ^ mixed);
    pc1->seen ^= byte;
    return byte;
}

static bool begins_so(span_t image) { return image.size > 4 && memcmp(image.at, "\xF5\x7B\x47\x03", 4) == 0; }

static bool read_footer(span_t image, footer_t *footer)
{
    for (size_t from = 4; image.size >= QNAP_FOOTER && from <= image.size - QNAP_FOOTER;) {
        const uint8_t *hit = memmem(image.at + from, image.size - from, "icpnas", 6);
        if (hit == NULL)
            return false;
        uint64_t at       = (uint64_t)(hit - image.at);
        reader_t r        = reader_at(image, at + 6);
        footer->at        = at;
        footer->encrypted = read_le32(&r);
        bool text         = true;
        for (unsigned i = 0; i < 4; i++)
            text = text && firmware_is_text(image, at + 10 + 16 * i, 16);
        if (text && reader_ok(&r) && footer->encrypted > 0 && footer->encrypted <= at)
            return true;
        from = (size_t)at + 1;
    }
    return false;
}

static unsigned qnap_probe(span_t image)
{
    footer_t footer;
    if (!begins_so(image))
        return 0;
    return 32 + (read_footer(image, &footer) ? 48u : 0u);
}

static uint64_t qnap_extent(span_t image)
{
    footer_t footer;
    return read_footer(image, &footer) ? footer.at + QNAP_FOOTER : image.size;
}

static void decrypt(span_t image, child_t *child, uint64_t encrypted, uint64_t end)
{
    pc1_t   *pc1   = malloc(sizeof *pc1);
    uint8_t *piece = malloc(QNAP_PIECE);
    bool     more  = pc1 != NULL && piece != NULL;
    if (more)
        pc1_begin(pc1);
    for (uint64_t at = 0; more && at < encrypted;) {
        size_t size = (size_t)min_u64(QNAP_PIECE, encrypted - at);
        for (size_t i = 0; i < size; i++)
            piece[i] = pc1_undo(pc1, image.at[at + i]);
        more = status_ok(child_write(child, span_from(piece, size), at, size));
        at += size;
    }
    if (more && end > encrypted)
        (void)child_write(child, span_sub(image, encrypted, end - encrypted), encrypted, end - encrypted);
    free(piece);
    free(pc1);
}

static status_t qnap_extract(span_t image, sink_t *sink)
{
    footer_t footer;
    if (!begins_so(image))
        return status_fail(STATUS_REJECTED, "qnap_nas", 0, "not the beginning of a QNAP firmware");
    bool     told  = read_footer(image, &footer);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text("firmware.tgz"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    if (told) {
        decrypt(image, child, footer.encrypted, footer.at);
    } else {
        child_range(child, 0, image.size);
        child_damage(child, image.size, 0, "the image ends before its footer, which says how much is encrypted");
    }
    sink_end_child(sink);
    if (!told)
        return ok();
    sink_claim(sink, footer.at, QNAP_FOOTER, REGION_STRUCTURE);
    firmware_fact(sink, "qnap.device", firmware_text(image, footer.at + 10, 16));
    firmware_fact(sink, "qnap.version", firmware_text(image, footer.at + 26, 16));
    firmware_fact(sink, "qnap.date", firmware_text(image, footer.at + 42, 16));
    firmware_fact(sink, "qnap.revision", firmware_text(image, footer.at + 58, 16));
    return ok();
}

static const magic_t magics[] = {MAGIC("\xF5\x7B\x47\x03", 0)};

const extractor_t qnap_nas_extractor = {
    .id = "qnap_nas", .name = "QNAP NAS firmware", .specification = "onekey-sec/unblob, handlers/archive/qnap/qnap_nas.py", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .only_at_start = true, .probe = qnap_probe, .extent = qnap_extent, .extract = qnap_extract,
};
