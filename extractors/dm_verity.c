/* dm-verity: the tree of hashes that protects a read-only volume. A superblock of 512 bytes, little-endian: "verity" NUL NUL, version, type of
 * hash, UUID, algorithm (32 bytes of text), sizes of data and hash blocks, count of data blocks, size of the salt, salt; then, from the
 * next hash block on, the levels of the tree, the root's first. Type 1 hashes salt and block; each block holds as many digests as fit,
 * each padded to a power of two. Source: cryptsetup wiki, "DM-Verity"; Linux, Documentation/admin-guide/device-mapper/verity.rst. */
#include "extractors/extractor.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { SUPERBLOCK = 512, SALT_MAX = 256, LEVELS_MAX = 16, ALGORITHM_AT = 32, ALGORITHM_MAX = 32 };

typedef struct {
    uint32_t      type, data_block, hash_block;
    uint64_t      data_blocks, salt_size, per_block, digest_room;
    const EVP_MD *digest;
    size_t        levels;
    uint64_t      level_at[LEVELS_MAX], level_blocks[LEVELS_MAX]; /* [0]: above the data */
    uint64_t      end;
} verity_t;

static bool power_of_two(uint64_t n) { return n != 0 && (n & (n - 1)) == 0; }

/* Level by level upwards until one block holds all; on disk the highest comes first. */
static bool lay_out(verity_t *v)
{
    uint64_t blocks = v->data_blocks;
    do {
        if (v->levels == LEVELS_MAX)
            return false;
        blocks                        = blocks / v->per_block + (blocks % v->per_block != 0);
        v->level_blocks[v->levels++] = blocks;
    } while (blocks > 1);
    uint64_t at = v->hash_block;
    for (size_t i = v->levels; i > 0; i--) {
        uint64_t bytes;
        v->level_at[i - 1] = at;
        if (!checked_mul(v->level_blocks[i - 1], v->hash_block, &bytes) || !checked_add(at, bytes, &at))
            return false;
    }
    v->end = at;
    return true;
}

static bool read_superblock(span_t image, verity_t *v)
{
    char     algorithm[ALGORITHM_MAX + 1] = "";
    reader_t r                            = reader_at(image, 8);
    uint32_t version                      = read_le32(&r);
    *v                                    = (verity_t){.type = read_le32(&r)};
    reader_skip(&r, 16);
    span_t name    = read_span(&r, ALGORITHM_MAX);
    v->data_block  = read_le32(&r);
    v->hash_block  = read_le32(&r);
    v->data_blocks = read_le64(&r);
    v->salt_size   = read_le16(&r);
    if (!reader_ok(&r) || !span_holds(image, 0, SUPERBLOCK) || !span_has_text_at(image, 0, "verity") || version != 1 || v->type > 1)
        return false;
    memcpy(algorithm, name.at, name.size);
    v->digest = EVP_get_digestbyname(algorithm);
    if (v->digest == NULL || v->salt_size > SALT_MAX || v->data_blocks == 0 || !power_of_two(v->data_block) || v->data_block < 512 || v->data_block > 1 << 19 ||
        !power_of_two(v->hash_block) || v->hash_block < 512 || v->hash_block > 1 << 19)
        return false;
    for (v->digest_room = 1; v->digest_room < (uint64_t)EVP_MD_get_size(v->digest);)
        v->digest_room *= 2;
    v->per_block = v->hash_block / v->digest_room;
    return v->per_block > 1 && lay_out(v);
}

static bool block_digest(const verity_t *v, span_t image, span_t block, uint8_t *digest)
{
    span_t      salt    = span_sub(image, 88, v->salt_size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool        good    = context != NULL && EVP_DigestInit_ex(context, v->digest, NULL) == 1;
    if (v->type == 1)
        good = good && EVP_DigestUpdate(context, salt.at, salt.size) == 1;
    good = good && EVP_DigestUpdate(context, block.at, block.size) == 1;
    if (v->type == 0)
        good = good && EVP_DigestUpdate(context, salt.at, salt.size) == 1;
    good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* Each block of a level must be what the level above says. The blocks of data are not here. */
static void check_level(const verity_t *v, span_t image, sink_t *sink, size_t level)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    for (uint64_t i = 0; i < v->level_blocks[level]; i++) {
        uint64_t at    = v->level_at[level] + i * v->hash_block;
        span_t   block = span_sub(image, at, v->hash_block);
        span_t   said  = span_sub(image, v->level_at[level + 1] + i / v->per_block * v->hash_block + i % v->per_block * v->digest_room, (size_t)EVP_MD_get_size(v->digest));
        if (block.at == NULL)
            return;
        if (said.at == NULL || !block_digest(v, image, block, digest) || memcmp(said.at, digest, said.size) != 0)
            sink_damage(sink, at, v->hash_block, "a block of hashes is not what the level above it says");
    }
}

static void say_root(const verity_t *v, span_t image, sink_t *sink)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char    text[2 * EVP_MAX_MD_SIZE + 1] = "";
    span_t  root                          = span_sub(image, v->level_at[v->levels - 1], v->hash_block);
    if (root.at == NULL || !block_digest(v, image, root, digest))
        return;
    for (int i = 0; i < EVP_MD_get_size(v->digest); i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    sink_fact(sink, "dm-verity.root-hash", text);
}

static unsigned dm_verity_probe(span_t image)
{
    verity_t v;
    return read_superblock(image, &v) ? 64 + 32 : 0;
}

static uint64_t dm_verity_extent(span_t image)
{
    verity_t v;
    return read_superblock(image, &v) ? min_u64(v.end, image.size) : 0;
}

static status_t dm_verity_extract(span_t image, sink_t *sink)
{
    verity_t v;
    if (!read_superblock(image, &v))
        return status_fail(STATUS_REJECTED, "dm-verity", 0, "not a superblock of dm-verity");
    sink_claim(sink, 0, SUPERBLOCK, REGION_STRUCTURE);
    uint64_t end = min_u64(v.end, image.size);
    if (end > v.hash_block)
        sink_claim(sink, v.hash_block, end - v.hash_block, REGION_STRUCTURE);
    if (v.end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the tree of hashes");
    sink_fact(sink, "dm-verity.algorithm", EVP_MD_get0_name(v.digest));
    sink_fact_printf(sink, "dm-verity.data-bytes", "%" PRIu64, v.data_blocks < UINT64_MAX / v.data_block ? v.data_blocks * v.data_block : 0);
    say_root(&v, image, sink);
    for (size_t level = v.levels - 1; level > 0; level--)
        check_level(&v, image, sink, level - 1);
    return ok();
}

static const magic_t magics[] = {MAGIC("verity\0\0\1\0\0\0", 0)};

const extractor_t dm_verity_extractor = {
    .id = "dm-verity", .name = "dm-verity hash tree", .specification = "cryptsetup wiki, \"DM-Verity\"; Linux, device-mapper/verity.rst", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 1, .probe = dm_verity_probe, .extent = dm_verity_extent, .extract = dm_verity_extract,
};
