/* Android Verified Boot: what a partition should be, signed. Big-endian. VBMeta: "AVB0", required version, sizes of the authentication and
 * auxiliary blocks, algorithm, places of digest, signature, key, key metadata and descriptors, rollback index, flags, release; 256
 * bytes. The digest covers header and auxiliary block. Descriptors: property, hash tree, hash, command line, chain of another partition. A
 * footer "AVBf" in the last 64 bytes of a partition tells the size of its image and where its VBMeta stands.
 * Source: AOSP, external/avb, libavb/avb_vbmeta_image.h, avb_footer.h, avb_descriptor.h. */
#include "extractors/extractor.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>

enum { HEADER = 256, FOOTER = 64, ALGORITHMS = 7, BLOCK_MAX = 1 << 20, RELEASE_AT = 128, RELEASE_MAX = 48, DESCRIPTORS_MAX = 256, FLAG_NO_HASHTREE = 1, FLAG_NO_VERIFICATION = 2 };

typedef struct { uint64_t at, size; } place_t;
typedef struct { uint64_t authentication, auxiliary, rollback; place_t digest, signature, key, descriptors; uint32_t algorithm, flags; } vbmeta_t;

static const char *const algorithms[ALGORITHMS] = {"none", "SHA256_RSA2048", "SHA256_RSA4096", "SHA256_RSA8192", "SHA512_RSA2048", "SHA512_RSA4096", "SHA512_RSA8192"};

static place_t read_place(reader_t *r)
{
    place_t p = {.at = read_be64(r)};
    p.size    = read_be64(r);
    return p;
}

static bool inside(place_t p, uint64_t block) { return p.at <= block && p.size <= block - p.at; }

static bool read_header(span_t image, vbmeta_t *v)
{
    reader_t r      = reader_at(image, 4);
    uint32_t major  = read_be32(&r);
    reader_skip(&r, 4);
    v->authentication = read_be64(&r);
    v->auxiliary      = read_be64(&r);
    v->algorithm      = read_be32(&r);
    v->digest         = read_place(&r);
    v->signature      = read_place(&r);
    v->key            = read_place(&r);
    (void)read_place(&r);
    v->descriptors = read_place(&r);
    v->rollback    = read_be64(&r);
    v->flags       = read_be32(&r);
    return reader_ok(&r) && span_has_text_at(image, 0, "AVB0") && major == 1 && v->algorithm < ALGORITHMS && v->authentication <= BLOCK_MAX && v->auxiliary <= BLOCK_MAX &&
           v->authentication % 64 == 0 && v->auxiliary % 64 == 0 && inside(v->digest, v->authentication) && inside(v->signature, v->authentication) &&
           inside(v->key, v->auxiliary) && inside(v->descriptors, v->auxiliary);
}

static bool read_footer(span_t image, place_t *vbmeta, uint64_t *original)
{
    reader_t r     = reader_at(image, 4);
    uint32_t major = read_be32(&r);
    reader_skip(&r, 4);
    *original = read_be64(&r);
    *vbmeta   = read_place(&r);
    return reader_ok(&r) && span_holds(image, 0, FOOTER) && span_has_text_at(image, 0, "AVBf") && major == 1 && vbmeta->size > 0 && vbmeta->size <= 2 * BLOCK_MAX + HEADER &&
           vbmeta->at >= *original && span_is_filled_with(span_sub(image, 36, FOOTER - 36), 0);
}

static uint64_t size_of(const vbmeta_t *v) { return HEADER + v->authentication + v->auxiliary; }

static bool digest_holds(span_t image, const vbmeta_t *v)
{
    uint8_t       digest[EVP_MAX_MD_SIZE];
    unsigned      size    = 0;
    span_t        said    = span_sub(image, HEADER + v->digest.at, v->digest.size), body = span_sub(image, HEADER + v->authentication, v->auxiliary);
    EVP_MD_CTX   *context = EVP_MD_CTX_new();
    bool good = context != NULL && body.at != NULL && said.at != NULL && EVP_DigestInit_ex(context, v->algorithm <= 3 ? EVP_sha256() : EVP_sha512(), NULL) == 1 &&
                EVP_DigestUpdate(context, image.at, HEADER) == 1 && EVP_DigestUpdate(context, body.at, body.size) == 1 && EVP_DigestFinal_ex(context, digest, &size) == 1;
    EVP_MD_CTX_free(context);
    return good && size == said.size && memcmp(digest, said.at, size) == 0;
}

static unsigned android_vbmeta_probe(span_t image)
{
    vbmeta_t v;
    place_t  at;
    uint64_t original;
    if (read_header(image, &v))
        return 32 + 32 + (v.algorithm != 0 && digest_holds(image, &v) ? 128 : 0);
    return read_footer(image, &at, &original) ? 32 + 64 : 0;
}

static uint64_t android_vbmeta_extent(span_t image)
{
    vbmeta_t v;
    return read_header(image, &v) ? min_u64(size_of(&v), image.size) : android_vbmeta_probe(image) > 0 ? FOOTER : 0;
}

/* Each descriptor: tag, bytes that follow; what an examiner wants of it. */
static void say_descriptor(sink_t *sink, unsigned index, uint64_t tag, span_t body)
{
    char     key[48], name[128] = "";
    reader_t r = reader_from(body);
    (void)snprintf(key, sizeof key, "android-vbmeta.descriptor%u", index);
    if (tag == 0) { /* property */
        uint64_t key_size = read_be64(&r), value_size = read_be64(&r);
        span_t   property = read_span(&r, key_size);
        reader_skip(&r, 1);
        span_t value = read_span(&r, value_size);
        if (reader_ok(&r))
            sink_fact_printf(sink, key, "property %.*s = %.*s", (int)min_u64(property.size, 120), (const char *)property.at, (int)min_u64(value.size, 200), (const char *)value.at);
        return;
    }
    static const struct { const char *kind; size_t name_size_at, name_at; } kinds[] = {
        [1] = {"hash tree of", 88, 164}, [2] = {"hash of", 40, 116}, [4] = {"chained partition", 4, 76},
    };
    if (tag == 3) {
        reader_skip(&r, 4);
        uint32_t size = read_be32(&r);
        span_t   text = read_span(&r, size);
        if (reader_ok(&r))
            sink_fact_printf(sink, key, "kernel command line %.*s", (int)min_u64(text.size, 400), (const char *)text.at);
        return;
    }
    if (tag >= sizeof kinds / sizeof *kinds || kinds[tag].kind == NULL)
        return;
    r             = reader_at(body, kinds[tag].name_size_at);
    uint32_t size = read_be32(&r);
    span_t   text = span_sub(body, kinds[tag].name_at, size);
    if (text.at != NULL)
        memcpy(name, text.at, text.size < sizeof name ? text.size : sizeof name - 1);
    sink_fact_printf(sink, key, "%s %s", kinds[tag].kind, name);
}

static void say_descriptors(span_t image, const vbmeta_t *v, sink_t *sink)
{
    reader_t r = reader_from(span_sub(image, HEADER + v->authentication + v->descriptors.at, v->descriptors.size));
    for (unsigned i = 0; i < DESCRIPTORS_MAX && reader_left(&r) >= 16; i++) {
        uint64_t tag = read_be64(&r), size = read_be64(&r);
        span_t   body = read_span(&r, size);
        if (body.at != NULL)
            say_descriptor(sink, i, tag, body);
    }
    if (!reader_ok(&r))
        sink_damage(sink, HEADER + v->authentication, v->auxiliary, "a descriptor reaches over the end of the descriptors");
}

static void say_key(span_t image, const vbmeta_t *v, sink_t *sink)
{
    uint8_t  digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    span_t   key  = span_sub(image, HEADER + v->authentication + v->key.at, v->key.size);
    char     text[65] = "";
    if (key.at == NULL || key.size == 0 || EVP_Digest(key.at, key.size, digest, &size, EVP_sha256(), NULL) != 1)
        return;
    for (unsigned i = 0; i < size && i < 32; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    sink_fact(sink, "android-vbmeta.key-sha256", text);
}

static status_t extract_footer(span_t image, sink_t *sink)
{
    place_t  at;
    uint64_t original;
    if (!read_footer(image, &at, &original))
        return status_fail(STATUS_REJECTED, "android-vbmeta", 0, "not a VBMeta image");
    sink_claim(sink, 0, FOOTER, REGION_STRUCTURE);
    sink_fact_printf(sink, "android-vbmeta.footer", "image of %" PRIu64 " bytes, VBMeta at %" PRIu64, original, at.at);
    return ok();
}

static status_t android_vbmeta_extract(span_t image, sink_t *sink)
{
    vbmeta_t v;
    if (!read_header(image, &v))
        return extract_footer(image, sink);
    char release[RELEASE_MAX + 1] = "";
    span_t text                   = span_sub(image, RELEASE_AT, RELEASE_MAX - 1);
    if (text.at != NULL)
        memcpy(release, text.at, text.size);
    sink_claim(sink, 0, min_u64(size_of(&v), image.size), REGION_STRUCTURE);
    sink_fact(sink, "android-vbmeta.algorithm", algorithms[v.algorithm]);
    sink_fact(sink, "android-vbmeta.release", release);
    sink_fact_printf(sink, "android-vbmeta.rollback-index", "%" PRIu64, v.rollback);
    if ((v.flags & (FLAG_NO_HASHTREE | FLAG_NO_VERIFICATION)) != 0)
        sink_fact(sink, "android-vbmeta.flags", (v.flags & FLAG_NO_VERIFICATION) != 0 ? "verification is disabled" : "hash trees are disabled");
    if (size_of(&v) > image.size)
        sink_damage(sink, image.size, 0, "the image ends before the VBMeta does");
    else if (v.algorithm != 0 && !digest_holds(image, &v))
        sink_damage(sink, HEADER + v.digest.at, v.digest.size, "the digest does not hold");
    say_key(image, &v, sink);
    say_descriptors(image, &v, sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("AVB0\0\0\0\1", 0), MAGIC("AVBf\0\0\0\1", 0)};

const extractor_t android_vbmeta_extractor = {
    .id = "android-vbmeta", .name = "Android Verified Boot metadata", .specification = "AOSP, external/avb, avb_vbmeta_image.h", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 2, .probe = android_vbmeta_probe, .extent = android_vbmeta_extent, .extract = android_vbmeta_extract,
};
