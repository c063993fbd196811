/* The checksums of btrfs: CRC-32C, xxHash64 (seed 0), SHA-256, BLAKE2b with 256 bits; each stands little-endian or as its own bytes.
 * OpenSSL 3.0 has BLAKE2b with 512 bits only, so that one is here. Sources: RFC 7693; xxHash, doc/xxhash_spec.md. */
#include "extractors/btrfs.h"

#include "base/sha256.h"
#include "extractors/crc32c.h"

static const struct { const char *name; uint8_t size; } kinds[BTRFS_CHECKSUMS] = {
    [BTRFS_CRC32C] = {"crc32c", 4}, [BTRFS_XXHASH64] = {"xxhash64", 8}, [BTRFS_SHA256] = {"sha256", 32}, [BTRFS_BLAKE2B] = {"blake2b", 32},
};

size_t      btrfs_checksum_size(uint16_t kind) { return kind < BTRFS_CHECKSUMS ? kinds[kind].size : 0; }
const char *btrfs_checksum_name(uint16_t kind) { return kind < BTRFS_CHECKSUMS ? kinds[kind].name : "unknown"; }

static uint64_t left(uint64_t value, unsigned bits) { return value << bits | value >> (64 - bits); }
static uint64_t right(uint64_t value, unsigned bits) { return value >> bits | value << (64 - bits); }
static uint64_t le64(const uint8_t *at) { reader_t r = reader_from(span_from(at, 8)); return read_le64(&r); }

/* ---- xxHash64 ---- */

#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t xx_round(uint64_t sum, uint64_t lane) { return left(sum + lane * PRIME_2, 31) * PRIME_1; }

static uint64_t xxhash64(span_t bytes)
{
    reader_t r    = reader_from(bytes);
    uint64_t hash = PRIME_5;
    if (bytes.size >= 32) {
        uint64_t lanes[4] = {PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1};
        while (reader_left(&r) >= 32) {
            span_t stripe = read_span(&r, 32);
            for (size_t i = 0; i < 4; i++)
                lanes[i] = xx_round(lanes[i], le64(stripe.at + 8 * i));
        }
        hash = left(lanes[0], 1) + left(lanes[1], 7) + left(lanes[2], 12) + left(lanes[3], 18);
        for (size_t i = 0; i < 4; i++)
            hash = (hash ^ xx_round(0, lanes[i])) * PRIME_1 + PRIME_4;
    }
    hash += bytes.size;
    while (reader_left(&r) >= 8)
        hash = left(hash ^ xx_round(0, read_le64(&r)), 27) * PRIME_1 + PRIME_4;
    if (reader_left(&r) >= 4)
        hash = left(hash ^ read_le32(&r) * PRIME_1, 23) * PRIME_2 + PRIME_3;
    while (reader_left(&r) > 0)
        hash = left(hash ^ read_u8(&r) * PRIME_5, 11) * PRIME_1;
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}

/* ---- BLAKE2b ---- */

enum { BLAKE_BLOCK = 128, BLAKE_ROUNDS = 12, BLAKE_BYTES = 32 };

static const uint64_t blake_start[8] = {
    UINT64_C(0x6A09E667F3BCC908), UINT64_C(0xBB67AE8584CAA73B), UINT64_C(0x3C6EF372FE94F82B), UINT64_C(0xA54FF53A5F1D36F1),
    UINT64_C(0x510E527FADE682D1), UINT64_C(0x9B05688C2B3E6C1F), UINT64_C(0x1F83D9ABFB41BD6B), UINT64_C(0x5BE0CD19137E2179),
};

static const uint8_t blake_order[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

/* Which four words each of the eight mixings of a round takes: columns, then diagonals. */
static const uint8_t blake_words[8][4] = {
    {0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14},
};

static void blake_mix(uint64_t *v, const uint8_t *words, uint64_t x, uint64_t y)
{
    uint64_t *a = &v[words[0]], *b = &v[words[1]], *c = &v[words[2]], *d = &v[words[3]];
    *a += *b + x;
    *d = right(*d ^ *a, 32);
    *c += *d;
    *b = right(*b ^ *c, 24);
    *a += *b + y;
    *d = right(*d ^ *a, 16);
    *c += *d;
    *b = right(*b ^ *c, 63);
}

static void blake_compress(uint64_t *state, const uint8_t *block, uint64_t bytes_so_far, bool last)
{
    uint64_t v[16], m[16];
    for (size_t i = 0; i < 16; i++)
        m[i] = le64(block + 8 * i);
    for (size_t i = 0; i < 8; i++) {
        v[i]     = state[i];
        v[i + 8] = blake_start[i];
    }
    v[12] ^= bytes_so_far;
    v[14] = last ? ~v[14] : v[14];
    for (size_t round = 0; round < BLAKE_ROUNDS; round++) {
        const uint8_t *order = blake_order[round % 10];
        for (size_t i = 0; i < 8; i++)
            blake_mix(v, blake_words[i], m[order[2 * i]], m[order[2 * i + 1]]);
    }
    for (size_t i = 0; i < 8; i++)
        state[i] ^= v[i] ^ v[i + 8];
}

static void blake2b_256(span_t bytes, uint8_t *digest)
{
    uint64_t state[8], done = 0;
    uint8_t  last[BLAKE_BLOCK] = {0};
    memcpy(state, blake_start, sizeof state);
    state[0] ^= UINT64_C(0x01010000) ^ BLAKE_BYTES; /* no key, one leaf */
    for (; bytes.size - done > BLAKE_BLOCK; done += BLAKE_BLOCK)
        blake_compress(state, bytes.at + done, done + BLAKE_BLOCK, false);
    if (bytes.size > done)
        memcpy(last, bytes.at + done, bytes.size - done);
    blake_compress(state, last, bytes.size, true);
    for (size_t i = 0; i < BLAKE_BYTES; i++)
        digest[i] = (uint8_t)(state[i / 8] >> 8 * (i % 8));
}

bool btrfs_checksum_holds(uint16_t kind, span_t bytes, span_t expected)
{
    sha256_t digest;
    uint8_t  blake[BLAKE_BYTES];
    switch (kind) {
    case BTRFS_CRC32C: return btrfs_u32(expected, 0) == crc32c(0, bytes);
    case BTRFS_XXHASH64: return btrfs_u64(expected, 0) == xxhash64(bytes);
    case BTRFS_SHA256:
        return status_ok(sha256_of(bytes, &digest)) && span_equal(span_from(digest.bytes, SHA256_SIZE), span_clip(expected, 0, SHA256_SIZE));
    case BTRFS_BLAKE2B:
        blake2b_256(bytes, blake);
        return span_equal(span_from(blake, BLAKE_BYTES), span_clip(expected, 0, BLAKE_BYTES));
    default: return true;
    }
}
