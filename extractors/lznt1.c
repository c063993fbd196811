#include "extractors/lznt1.h"

enum { CHUNK = 4096, SIZE_MASK = 0xFFF, IS_COMPRESSED = 0x8000, LEAST_MATCH = 3 };

/* Of a pair of 16 bits: how many hold the length. The further into the chunk, the more the distance takes. */
static unsigned length_bits(size_t position)
{
    unsigned bits = 12;
    for (size_t reach = position - 1; reach >= 0x10; reach >>= 1)
        bits--;
    return bits;
}

static bool decode_chunk(span_t in, uint8_t *out, size_t room, size_t *produced)
{
    reader_t r = reader_from(in);
    size_t   to = 0;
    while (reader_left(&r) > 0) {
        uint8_t flags = read_u8(&r);
        for (unsigned i = 0; i < 8 && reader_left(&r) > 0; i++) {
            if ((flags >> i & 1) == 0) {
                if (to == room)
                    return false;
                out[to++] = read_u8(&r);
                continue;
            }
            uint16_t pair = read_le16(&r);
            if (!reader_ok(&r) || to == 0)
                return false;
            unsigned bits     = length_bits(to);
            size_t   distance = (size_t)(pair >> bits) + 1, length = (pair & ((1u << bits) - 1)) + LEAST_MATCH;
            if (distance > to || length > room - to)
                return false;
            for (; length > 0; length--, to++)
                out[to] = out[to - distance];
        }
    }
    *produced = to;
    return true;
}

bool lznt1_decode(span_t in, uint8_t *out, size_t capacity, size_t *produced)
{
    reader_t r = reader_from(in);
    *produced  = 0;
    while (*produced < capacity && reader_left(&r) >= 2) {
        uint16_t header = read_le16(&r);
        if (header == 0)
            return true;
        span_t chunk = read_span(&r, (header & SIZE_MASK) + UINT64_C(1));
        size_t room  = (size_t)min_u64(CHUNK, capacity - *produced), made = 0;
        if (chunk.at == NULL)
            return false;
        if ((header & IS_COMPRESSED) == 0) {
            made = (size_t)min_u64(chunk.size, room);
            memcpy(out + *produced, chunk.at, made);
        } else if (!decode_chunk(chunk, out + *produced, room, &made)) {
            return false;
        }
        /* All chunks but the last of a unit stand for 4096 bytes. */
        if (made < room && reader_left(&r) >= 2)
            memset(out + *produced + made, 0, room - made), made = room;
        *produced += made;
    }
    return true;
}
