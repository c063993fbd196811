/* Parity volume set (PAR 2.0): packets of a magic, their length (a multiple of 4), the MD5 of all that follows it, the set's number, a type and a
 * body. Descriptions of files name them with their MD5 and length; recovery slices hold parity, which repairs but says nothing new.
 * Source: Parity Volume Set Specification 2.0 (parchive.sourceforge.net). */
#include "extractors/extractor.h"

#include <openssl/evp.h>
#include <stdio.h>

enum { HEADER = 64, MD5_AT = 16, HASHED_FROM = 32, TYPE_AT = 48, TYPE_SIZE = 16, NAME_AT = 56, PACKETS_MAX = 1 << 20, NAMES_MAX = 8,
       NAME_SIZE = 128 };

typedef struct { uint64_t size; span_t body; bool sound; } packet_t;

static bool read_packet(span_t image, uint64_t at, packet_t *packet)
{
    reader_t r = reader_at(image, at);
    uint8_t  digest[EVP_MAX_MD_SIZE];
    span_t   head  = span_sub(image, at, HEADER);
    reader_skip(&r, 8);
    packet->size = read_le64(&r);
    if (head.at == NULL || memcmp(head.at, "PAR2\0PKT", 8) != 0 || !reader_ok(&r) || packet->size < HEADER ||
        packet->size % 4 != 0 || !span_holds(image, at, packet->size))
        return false;
    span_t whole  = span_sub(image, at, packet->size);
    packet->body  = span_from_offset(whole, HEADER);
    packet->sound = EVP_Digest(whole.at + HASHED_FROM, whole.size - HASHED_FROM, digest, NULL, EVP_md5(), NULL) == 1 &&
                    memcmp(digest, whole.at + MD5_AT, 16) == 0;
    return true;
}

static unsigned par2_probe(span_t image)
{
    packet_t packet;
    return read_packet(image, 0, &packet) ? 64 + (packet.sound ? 32 : 0) : 0;
}

/* Where the last whole packet ends. */
static uint64_t walk(span_t image, sink_t *sink)
{
    static const char description[] = "PAR 2.0\0FileDesc", recovery[] = "PAR 2.0\0RecvSlic";
    packet_t          packet;
    uint64_t          at = 0;
    unsigned          count = 0, slices = 0, names = 0;
    while (count < PACKETS_MAX && read_packet(image, at, &packet)) {
        if (sink != NULL && !packet.sound)
            sink_damage(sink, at, packet.size, "the MD5 of a packet does not agree with it");
        if (sink != NULL && memcmp(image.at + at + TYPE_AT, description, TYPE_SIZE) == 0 && packet.body.size > NAME_AT && names < NAMES_MAX) {
            span_t name = span_clip(packet.body, NAME_AT, NAME_SIZE);
            char   key[24];
            (void)snprintf(key, sizeof key, "par2.file%u", names++);
            sink_fact_printf(sink, key, "%.*s", (int)name.size, (const char *)name.at);
        }
        slices += memcmp(image.at + at + TYPE_AT, recovery, TYPE_SIZE) == 0;
        count++;
        at += packet.size;
    }
    if (sink != NULL) {
        sink_fact_printf(sink, "par2.packets", "%u", count);
        sink_fact_printf(sink, "par2.recovery-slices", "%u", slices);
    }
    return at;
}

static uint64_t par2_extent(span_t image) { return walk(image, NULL); }

static status_t par2_extract(span_t image, sink_t *sink)
{
    if (par2_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "par2", 0, "not a packet of PAR 2.0");
    uint64_t end = walk(image, sink);
    sink_claim(sink, 0, end, REGION_CONTENT);
    if (span_has_text_at(image, end, "PAR2"))
        sink_damage(sink, end, image.size - end, "a packet is cut off");
    return ok();
}

static const magic_t magics[] = {MAGIC("PAR2\0PKT", 0)};

const extractor_t par2_extractor = {
    .id = "par2", .name = "PAR 2.0 parity volumes", .specification = "Parity Volume Set Specification 2.0", .reach = REACH_VERIFY, .magics = magics,
    .magic_count = 1, .probe = par2_probe, .extent = par2_extent, .extract = par2_extract,
};
