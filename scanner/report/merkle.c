#include "report/merkle.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEAF = 0, INNER = 1, RECORD = 2, REPORT = 3 };

struct merkle {
    EVP_MD      *digest;
    EVP_MD_CTX  *context;
    EVP_MAC     *mac;
    EVP_MAC_CTX *salter; /* NULL: no secret */
    bool         failed;
};

static EVP_MAC_CTX *salter_new(EVP_MAC *mac, const sha256_t *secret)
{
    char         name[]  = "SHA256";
    OSSL_PARAM   params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};
    EVP_MAC_CTX *salter  = EVP_MAC_CTX_new(mac);
    if (salter != NULL && EVP_MAC_init(salter, secret->bytes, sizeof secret->bytes, params) != 1) {
        EVP_MAC_CTX_free(salter);
        salter = NULL;
    }
    return salter;
}

merkle_t *merkle_new(const sha256_t *secret)
{
    merkle_t *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->digest  = EVP_MD_fetch(NULL, "SHA256", NULL);
    m->context = EVP_MD_CTX_new();
    m->mac     = secret != NULL ? EVP_MAC_fetch(NULL, "HMAC", NULL) : NULL;
    m->salter  = m->mac != NULL ? salter_new(m->mac, secret) : NULL;
    if (m->digest == NULL || m->context == NULL || EVP_DigestInit_ex2(m->context, m->digest, NULL) != 1 || (secret != NULL && m->salter == NULL)) {
        merkle_free(m);
        return NULL;
    }
    return m;
}

void merkle_free(merkle_t *merkle)
{
    if (merkle == NULL)
        return;
    EVP_MAC_CTX_free(merkle->salter);
    EVP_MAC_free(merkle->mac);
    EVP_MD_CTX_free(merkle->context);
    EVP_MD_free(merkle->digest);
    free(merkle);
}

status_t merkle_status(const merkle_t *merkle)
{
    return merkle->failed ? status_fail(STATUS_CRYPTO, "commitment", 0, "a hash could not be computed: out of memory, or a tree larger than any") : ok();
}

static void hash_parts(merkle_t *m, span_t a, span_t b, span_t c, sha256_t *out)
{
    bool good = EVP_DigestInit_ex2(m->context, NULL, NULL) == 1 && EVP_DigestUpdate(m->context, a.at, a.size) == 1 &&
                (b.size == 0 || EVP_DigestUpdate(m->context, b.at, b.size) == 1) && (c.size == 0 || EVP_DigestUpdate(m->context, c.at, c.size) == 1) &&
                EVP_DigestFinal_ex(m->context, out->bytes, NULL) == 1;
    m->failed = m->failed || !good;
    if (!good)
        memset(out, 0, sizeof *out);
}

void merkle_salt(merkle_t *m, span_t section, size_t number, span_t key, sha256_t *salt)
{
    static const char label[] = "assay/salt/v1"; /* with its NUL */
    char              place[32];
    int               digits = snprintf(place, sizeof place, "/%zu/", number);
    size_t            size   = 0;
    bool good = m->salter != NULL && EVP_MAC_init(m->salter, NULL, 0, NULL) == 1 &&
                EVP_MAC_update(m->salter, (const uint8_t *)label, sizeof label) == 1 && EVP_MAC_update(m->salter, section.at, section.size) == 1 &&
                EVP_MAC_update(m->salter, (const uint8_t *)place, (size_t)digits) == 1 && EVP_MAC_update(m->salter, key.at, key.size) == 1 &&
                EVP_MAC_final(m->salter, salt->bytes, &size, sizeof salt->bytes) == 1 && size == sizeof salt->bytes;
    m->failed = m->failed || !good;
    if (!good)
        memset(salt, 0, sizeof *salt);
}

void merkle_leaf(merkle_t *m, const sha256_t *salt, span_t bytes, sha256_t *leaf)
{
    uint8_t head[1 + SHA256_SIZE] = {LEAF};
    memcpy(head + 1, salt->bytes, SHA256_SIZE);
    hash_parts(m, span_from(head, sizeof head), bytes, span_from(NULL, 0), leaf);
}

static void inner_node(merkle_t *m, const sha256_t *left, const sha256_t *right, sha256_t *node)
{
    uint8_t all[1 + 2 * SHA256_SIZE] = {INNER};
    memcpy(all + 1, left->bytes, SHA256_SIZE);
    memcpy(all + 1 + SHA256_SIZE, right->bytes, SHA256_SIZE);
    hash_parts(m, span_from(all, sizeof all), span_from(NULL, 0), span_from(NULL, 0), node);
}

void merkle_record(merkle_t *m, size_t count, const sha256_t *root, sha256_t *node)
{
    uint8_t head[5] = {RECORD, (uint8_t)(count >> 24), (uint8_t)(count >> 16), (uint8_t)(count >> 8), (uint8_t)count};
    hash_parts(m, span_from(head, sizeof head), span_from(root->bytes, SHA256_SIZE), span_from(NULL, 0), node);
}

void merkle_report(merkle_t *m, span_t sections, sha256_t *root)
{
    uint8_t head = REPORT;
    hash_parts(m, span_from(&head, 1), sections, span_from(NULL, 0), root);
}

/* The largest power of two below `count`, which is at least 2. So trees are at most 32 levels deep, and the walks below recurse no deeper. */
static size_t split_of(size_t count)
{
    size_t split = 1;
    while (split < count - split)
        split *= 2;
    return split;
}

void merkle_root(merkle_t *m, const sha256_t *hashes, size_t count, sha256_t *root)
{
    if (count == 0) {
        hash_parts(m, span_from_text(""), span_from(NULL, 0), span_from(NULL, 0), root);
    } else if (count == 1) {
        *root = hashes[0];
    } else {
        sha256_t left, right;
        size_t   split = split_of(count);
        merkle_root(m, hashes, split, &left);
        merkle_root(m, hashes + split, count - split, &right);
        inner_node(m, &left, &right, root);
    }
}

static int by_bytes(const void *a, const void *b) { return memcmp(a, b, SHA256_SIZE); }

void merkle_sort(sha256_t *hashes, size_t count)
{
    if (count > 1)
        qsort(hashes, count, sizeof *hashes, by_bytes);
}

/* ---- proofs: a part of the tree is [from, from + count); *shown runs along the places that are shown -------------------- */

void merkle_prove(merkle_t *m, const sha256_t *hashes, size_t count, const uint32_t *shown, size_t shown_count, buffer_t *proof)
{
    struct { size_t from, count; } open[64];
    size_t depth = 0, next = 0;
    open[depth].from    = 0;
    open[depth++].count = count;
    while (depth > 0 && count > 0) {
        size_t from = open[--depth].from, size = open[depth].count;
        bool   is_shown = next < shown_count && shown[next] < from + size;
        if (!is_shown) {
            sha256_t root;
            merkle_root(m, hashes + from, size, &root);
            buffer_append(proof, span_from(root.bytes, SHA256_SIZE));
        } else if (size == 1) {
            next++;
        } else {
            size_t split          = split_of(size);
            open[depth].from      = from + split; /* the right half waits below the left one */
            open[depth++].count   = size - split;
            open[depth].from      = from;
            open[depth++].count   = split;
        }
    }
    m->failed = m->failed || proof->failed;
}

typedef struct {
    merkle_t       *m;
    const sha256_t *hashes;
    const uint32_t *at;
    size_t          shown_count, next;
    reader_t        proof;
} rebuild_t;

static void rebuild_part(rebuild_t *r, size_t from, size_t count, sha256_t *root)
{
    bool is_shown = r->next < r->shown_count && r->at[r->next] < from + count;
    if (!is_shown) {
        span_t hash = read_span(&r->proof, SHA256_SIZE);
        if (hash.size == SHA256_SIZE)
            memcpy(root->bytes, hash.at, SHA256_SIZE);
        else
            memset(root, 0, sizeof *root);
    } else if (count == 1) {
        *root = r->hashes[r->next++];
    } else {
        sha256_t left, right;
        size_t   split = split_of(count);
        rebuild_part(r, from, split, &left);
        rebuild_part(r, from + split, count - split, &right);
        inner_node(r->m, &left, &right, root);
    }
}

bool merkle_rebuild(merkle_t *m, const sha256_t *hashes, const uint32_t *at, size_t shown_count, size_t count, span_t proof, sha256_t *root)
{
    rebuild_t r = {.m = m, .hashes = hashes, .at = at, .shown_count = shown_count, .proof = reader_from(proof)};
    for (size_t i = 0; i < shown_count; i++)
        if (at[i] >= count || (i > 0 && at[i] <= at[i - 1]))
            return false;
    if (count == 0)
        merkle_root(m, NULL, 0, root);
    else
        rebuild_part(&r, 0, count, root);
    return reader_ok(&r.proof) && reader_left(&r.proof) == 0 && r.next == shown_count;
}
