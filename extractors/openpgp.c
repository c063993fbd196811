/* OpenPGP packets: keyrings, signatures. Each has a tag with its length; the first must be a public key, a signature, or a private key of a known
 * version and algorithm, with a time; the packets follow each other to the end. Source: RFC 4880, 4 and 5; RFC 9580. */
#include "extractors/extractor.h"


enum {
    PACKETS_MAX = 100000, TAG_SIGNATURE = 2, TAG_SECRET = 5, TAG_PUBLIC = 6, TAG_SECRET_SUBKEY = 7, TAG_MARKER = 10, TAG_TRUST = 12, TAG_USER = 13,
    TAG_SUBKEY = 14, TAG_ATTRIBUTE = 17, SIZE_MIN_OF_ONE = 16, YEAR_1991 = 662688000
};

typedef struct { unsigned tag; span_t body; } packet_t;

static bool next_packet(reader_t *r, packet_t *packet)
{
    uint8_t  head   = read_u8(r);
    uint64_t length = 0;
    if ((head & 0x80) == 0)
        return false;
    if ((head & 0x40) != 0) {
        uint8_t first = read_u8(r);
        packet->tag   = head & 0x3F;
        length        = first < 192 ? first : first < 224 ? ((uint64_t)(first - 192) << 8) + read_u8(r) + 192 : first == 255 ? read_be32(r)
                        : UINT64_MAX;
    } else {
        packet->tag = head >> 2 & 0xF;
        length      = (head & 3) == 3 ? UINT64_MAX : read_be(r, 1u << (head & 3)); /* of no known length: not taken */
    }
    if (length == UINT64_MAX)
        return false;
    packet->body = read_span(r, length);
    return reader_ok(r);
}

static bool is_key(span_t body)
{
    reader_t r         = reader_from(body);
    uint8_t  version   = read_u8(&r);
    uint32_t created   = read_be32(&r);
    uint8_t  algorithm = read_u8(&r);
    return reader_ok(&r) && (version == 4 || version == 6) && created > YEAR_1991 && body.size > 32 &&
           ((algorithm >= 1 && algorithm <= 3) || (algorithm >= 16 && algorithm <= 28));
}

static bool is_signature(span_t body)
{
    reader_t r       = reader_from(body);
    uint8_t  version = read_u8(&r), type = read_u8(&r), algorithm = read_u8(&r), digest = read_u8(&r);
    uint16_t hashed  = read_be16(&r);
    return reader_ok(&r) && version == 4 && type <= 0x50 && algorithm >= 1 && algorithm <= 28 && digest >= 1 && digest <= 14 &&
           hashed < body.size && body.size > 32;
}

static bool is_known(const packet_t *packet)
{
    switch (packet->tag) {
    case TAG_SIGNATURE: return is_signature(packet->body) || (packet->body.size > 0 && packet->body.at[0] == 3);
    case TAG_PUBLIC:
    case TAG_SUBKEY:
    case TAG_SECRET:
    case TAG_SECRET_SUBKEY: return is_key(packet->body);
    case TAG_MARKER:
    case TAG_TRUST:
    case TAG_USER:
    case TAG_ATTRIBUTE: return true;
    default: return false;
    }
}

/* Where the last sound packet ends; how many, and how many of them are keys. */
static uint64_t walk(span_t image, unsigned *packets, unsigned *keys, bool *secret)
{
    reader_t r   = reader_from(image);
    packet_t packet;
    uint64_t end = 0;
    *packets     = 0;
    *keys        = 0;
    *secret      = false;
    while (*packets < PACKETS_MAX && reader_left(&r) > 0 && next_packet(&r, &packet) && is_known(&packet)) {
        if (*packets == 0 && packet.tag != TAG_PUBLIC && packet.tag != TAG_SECRET && packet.tag != TAG_SIGNATURE)
            break;
        ++*packets;
        *keys += packet.tag == TAG_PUBLIC || packet.tag == TAG_SECRET;
        *secret = *secret || packet.tag == TAG_SECRET;
        end     = r.pos;
    }
    return end;
}

static unsigned openpgp_probe(span_t image)
{
    reader_t r = reader_from(image);
    packet_t first;
    if (image.size < SIZE_MIN_OF_ONE || !next_packet(&r, &first))
        return 0;
    bool     strict = (first.tag == TAG_SIGNATURE && is_signature(first.body)) ||
                      ((first.tag == TAG_PUBLIC || first.tag == TAG_SECRET) && is_key(first.body));
    unsigned packets, keys;
    bool     secret;
    if (!strict)
        return 0;
    uint64_t end = walk(image, &packets, &keys, &secret);
    return end == image.size || packets >= 3 ? 48 : 0;
}

static uint64_t openpgp_extent(span_t image)
{
    unsigned packets, keys;
    bool     secret;
    return openpgp_probe(image) > 0 ? walk(image, &packets, &keys, &secret) : 0;
}

static status_t openpgp_extract(span_t image, sink_t *sink)
{
    unsigned packets, keys;
    bool     secret;
    if (openpgp_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "openpgp", 0, "not OpenPGP packets");
    uint64_t end = walk(image, &packets, &keys, &secret);
    sink_fact_printf(sink, "openpgp.packets", "%u", packets);
    sink_fact_printf(sink, "openpgp.keys", "%u", keys);
    if (secret)
        sink_fact(sink, "openpgp.secret-keys", "yes");
    if (end < image.size)
        sink_damage(sink, end, image.size - end, "no sound packet follows: the packets are cut off, or something else stands behind them");
    sink_claim(sink, 0, end, REGION_CONTENT);
    return ok();
}

const extractor_t openpgp_extractor = {
    .id = "openpgp", .name = "OpenPGP packets", .specification = "RFC 4880", .reach = REACH_VERIFY, .only_at_start = true, .probe = openpgp_probe,
    .extent = openpgp_extent, .extract = openpgp_extract,
};
