#include "report/base64.h"
#include "report/dsse.h"
#include "report/keys.h"
#include "support/sample.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/ecdsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#define TYPE "application/vnd.in-toto+json"

static EVP_PKEY *key_of(const char *kind)
{
    EVP_PKEY *key = strncmp(kind, "RSA", 3) == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)atoi(kind + 3))
                    : strcmp(kind, "ED25519") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                                                   : EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
    assert_non_null(key);
    return key;
}

static dsse_envelope_t signed_envelope(const char *payload, EVP_PKEY *key)
{
    dsse_envelope_t envelope = {.payload_type = strdup(TYPE)};
    buffer_append_text(&envelope.payload, payload);
    assert_true(status_ok(dsse_add_signature(&envelope, key)));
    return envelope;
}

static buffer_t bytes_of(const dsse_envelope_t *envelope)
{
    buffer_t bytes = {0};
    assert_true(status_ok(dsse_write(envelope, &bytes)));
    return bytes;
}

/* The vector of the specification: secure-systems-lab/dsse, protocol.md. */
static void the_bytes_that_are_signed_are_those_of_the_specification(void **state)
{
    (void)state;
    static const char wanted[] = "44535345763120323920687474703a2f2f6578616d706c652e636f6d2f48656c6c6f576f726c642031312068656c6c6f20776f726c64";
    buffer_t pae = {0};
    char     hex[2 * 54 + 1];
    dsse_pae("http://example.com/HelloWorld", span_from_text("hello world"), &pae);
    assert_int_equal(pae.size, 54);
    hex_encode(pae.at, pae.size, hex);
    assert_string_equal(hex, wanted);
    buffer_free(&pae);
}

/* A payload is encoded block by block: no padding and no seam inside, whatever is left for the last one. */
static void a_large_payload_is_one_run_of_base64(void **state)
{
    (void)state;
    for (size_t size = ((size_t)3 << 15) - 2; size <= ((size_t)3 << 15) + 2; size++) {
        dsse_envelope_t envelope = {.payload_type = strdup(TYPE)}, again;
        for (size_t i = 0; i < size; i++)
            buffer_append_byte(&envelope.payload, (uint8_t)(i * i >> 3));
        buffer_t bytes = bytes_of(&envelope), whole = {0};
        buffer_append_text(&whole, "{\"payload\":\"");
        base64_encode(buffer_span(&envelope.payload), &whole);
        buffer_append_text(&whole, "\",\"payloadType\":\"" TYPE "\",\"signatures\":[]}");
        assert_true(span_equal(buffer_span(&bytes), buffer_span(&whole)));
        assert_true(status_ok(dsse_read(buffer_span(&bytes), SIZE_MAX, &again)));
        assert_true(span_equal(buffer_span(&envelope.payload), buffer_span(&again.payload)));
        dsse_free(&again);
        dsse_free(&envelope);
        buffer_free(&whole);
        buffer_free(&bytes);
    }
}

static void a_statement_is_wrapped_as_computed_by_hand(void **state)
{
    (void)state;
    static const char payload[] =
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{\"coverage\":{\"bytes\":4096,\"explained\":4096},\"verdict\":{\"policy\":\"ndaa-889\","
        "\"result\":\"accept\"}},\"predicateType\":\"https://example.org/assay/report/v1\",\"subject\":[{\"digest\":{\"sha256\":"
        "\"f47a8ec3e9aff2318d896942282ad4fe37d6391c82914f54a5da8a37de1300c6\"},\"name\":\"fw.bin\"}]}";
    buffer_t pae = {0};
    sha256_t digest;
    char     hex[SHA256_HEX];
    dsse_pae(TYPE, span_from_text(payload), &pae);
    assert_int_equal(pae.size, 364);
    assert_true(status_ok(sha256_of(buffer_span(&pae), &digest)));
    hex_encode(digest.bytes, SHA256_SIZE, hex);
    assert_string_equal(hex, "5b0f8e3e3d4d195e5acbe174d2ade79c4ddfcdf40cf0dfd9451ce54510fdf579");
    buffer_free(&pae);
}

static void base64_is_one_text_for_one_run_of_bytes(void **state)
{
    (void)state;
    static const struct { const char *text, *bytes; } good[] = {
        {"", ""}, {"Zg==", "f"}, {"Zg", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYmFy", "foobar"}, {"/+/+", "\xff\xef\xfe"}, {"_-_-", "\xff\xef\xfe"}};
    static const char *const bad[] = {"Z", "Zg=", "Zh==", "Zm9=", "Zm9v=", "Zm9v====", "====", "=", "Zm 9v", "Zm9v\n", "+-+-", "Zm9*", "Z=g=", "Zg==Zg=="};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        buffer_t out = {0};
        assert_true(base64_decode(span_from_text(good[i].text), &out));
        assert_true(span_equal(buffer_span(&out), span_from_text(good[i].bytes)));
        buffer_free(&out);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buffer_t out = {0};
        if (base64_decode(span_from_text(bad[i]), &out))
            fail_msg("%s was taken for base64", bad[i]);
        buffer_free(&out);
    }
    for (size_t size = 0; size < 200; size++) {
        uint8_t bytes[200];
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)(i * 37 + size);
        buffer_t text = {0}, back = {0};
        base64_encode(span_from(bytes, size), &text);
        assert_true(base64_decode(buffer_span(&text), &back));
        assert_true(span_equal(buffer_span(&back), span_from(bytes, size)));
        buffer_free(&text);
        buffer_free(&back);
    }
}

/* The envelope of a report, checked without any of our code: base64 and PAE by the shell, the signature by openssl. */
static void anyone_can_check_an_envelope_with_openssl_alone(void **state)
{
    (void)state;
    static const struct { const char *kind, *verify; } algorithms[] = {
        {"ED25519", "openssl pkeyutl -verify -pubin -inkey k.pub -rawin -in pae -sigfile sig"},
        {"P-256", "openssl dgst -sha256 -verify k.pub -signature sig pae"},
        {"P-384", "openssl dgst -sha384 -verify k.pub -signature sig pae"},
        {"RSA3072", "openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -verify k.pub -signature sig pae"},
    };
    static const char unwrap[] = "import json,base64,sys; e=json.load(open(\"e.json\")); p=base64.b64decode(e[\"payload\"],validate=True); t=e[\"payloadType\"].encode(); "
                                 "open(\"pae\",\"wb\").write(b\"DSSEv1 %d %s %d %s\" % (len(t),t,len(p),p)); s=e[\"signatures\"][0]; "
                                 "open(\"sig\",\"wb\").write(base64.b64decode(s[\"sig\"],validate=True)); open(\"keyid\",\"w\").write(s[\"keyid\"]+\"  -\\n\")";
    char directory[1024];
    scratch_make(directory);
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        char            path[1100];
        EVP_PKEY       *key      = key_of(algorithms[i].kind);
        dsse_envelope_t envelope = signed_envelope("{\"what\":\"ever\"}", key);
        buffer_t        bytes    = bytes_of(&envelope), pem = {0};
        assert_true(status_ok(key_to_public_pem(key, &pem)));
        (void)snprintf(path, sizeof path, "%s/e.json", directory);
        write_file(path, buffer_span(&bytes));
        (void)snprintf(path, sizeof path, "%s/k.pub", directory);
        write_file(path, buffer_span(&pem));
        run("cd '%s' && python3 -c '%s' && %s > /dev/null", directory, unwrap, algorithms[i].verify);
        run("cd '%s' && openssl pkey -pubin -in k.pub -outform DER | sha256sum | cmp - keyid", directory);
        run("cd '%s' && printf x >> pae && ! %s > /dev/null 2>&1", directory, algorithms[i].verify);
        buffer_free(&bytes);
        buffer_free(&pem);
        dsse_free(&envelope);
        EVP_PKEY_free(key);
    }
    scratch_remove(directory);
}

static void an_envelope_survives_writing_and_reading(void **state)
{
    (void)state;
    static const char *const kinds[] = {"ED25519", "P-256", "P-384", "RSA3072"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        EVP_PKEY       *key = key_of(kinds[i]), *other = key_of(kinds[i]);
        dsse_envelope_t envelope = signed_envelope("payload", key), read;
        buffer_t        bytes    = bytes_of(&envelope);
        assert_true(status_ok(dsse_read(buffer_span(&bytes), 1 << 20, &read)));
        assert_true(span_equal(buffer_span(&read.payload), span_from_text("payload")));
        assert_int_equal(dsse_verify(&read, &key, 1, NULL), 1);
        assert_int_equal(dsse_verify(&read, &other, 1, NULL), 0);
        dsse_free(&read);
        buffer_free(&bytes);
        dsse_free(&envelope);
        EVP_PKEY_free(key);
        EVP_PKEY_free(other);
    }
}

static void weak_and_foreign_keys_are_refused(void **state)
{
    (void)state;
    static const char *const kinds[] = {"RSA2048", "P-521", "secp256k1"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        EVP_PKEY *key       = key_of(kinds[i]);
        buffer_t  signature = {0};
        assert_false(status_ok(dsse_sign(key, TYPE, span_from_text("x"), &signature)));
        buffer_free(&signature);
        EVP_PKEY_free(key);
    }
}

static void a_key_counts_once_however_often_it_signed(void **state)
{
    (void)state;
    EVP_PKEY       *lab = key_of("ED25519"), *witness = key_of("P-256"), *stranger = key_of("ED25519");
    dsse_envelope_t envelope = signed_envelope("payload", lab);
    assert_true(status_ok(dsse_add_signature(&envelope, lab)));
    assert_true(status_ok(dsse_add_signature(&envelope, witness)));
    EVP_PKEY *keys[] = {lab, lab, stranger, witness};
    bool      stands[4];
    assert_int_equal(dsse_verify(&envelope, keys, 4, stands), 2);
    assert_true(stands[0] && stands[1] && !stands[2] && stands[3]);
    assert_int_equal(dsse_verify(&envelope, keys, 2, NULL), 1);
    dsse_free(&envelope);
    EVP_PKEY_free(lab);
    EVP_PKEY_free(witness);
    EVP_PKEY_free(stranger);
}

static void a_wrong_or_missing_keyid_decides_nothing(void **state)
{
    (void)state;
    EVP_PKEY       *key      = key_of("ED25519");
    dsse_envelope_t envelope = signed_envelope("payload", key);
    envelope.signatures[0].keyid[0] = '\0';
    assert_int_equal(dsse_verify(&envelope, &key, 1, NULL), 1);
    dsse_free(&envelope);
    EVP_PKEY_free(key);
}

/* Others store r‖s without DER. */
static void a_raw_ecdsa_signature_is_accepted(void **state)
{
    (void)state;
    EVP_PKEY *key = key_of("P-256");
    buffer_t  der = {0};
    uint8_t   raw[64];
    assert_true(status_ok(dsse_sign(key, TYPE, span_from_text("x"), &der)));
    const uint8_t *at   = der.at;
    ECDSA_SIG     *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.size);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32) + BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32), 64);
    assert_true(dsse_signature_stands(key, TYPE, span_from_text("x"), span_from(raw, 64)));
    raw[5] ^= 1;
    assert_false(dsse_signature_stands(key, TYPE, span_from_text("x"), span_from(raw, 64)));
    ECDSA_SIG_free(pair);
    buffer_free(&der);
    EVP_PKEY_free(key);
}

static void what_is_not_strictly_an_envelope_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "{}", "[]", "null", "{\"payload\":\"\"}",
        "{\"payload\":\"eA==\",\"payloadType\":\"t\"}",
        "{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":{}}",
        "{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":[{}]}",
        "{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"\"}]}",
        "{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"eA\\n==\"}]}",
        "{\"payload\":\"eA==\",\"payloadType\":\"\",\"signatures\":[{\"sig\":\"eA==\"}]}",
        "{\"payload\":\"eA==\",\"payloadType\":\"t\\u001b\",\"signatures\":[{\"sig\":\"eA==\"}]}",
        "{\"payload\":\"eA=\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"eA==\"}]}",
        "{\"payload\":\"eA==\",\"payload\":\"eQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"eA==\"}]}",
        "{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"eA==\"}]} {}",
        "{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"eA==\",\"keyid\":7}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dsse_envelope_t envelope;
        if (status_ok(dsse_read(span_from_text(bad[i]), 1 << 20, &envelope)))
            fail_msg("taken for an envelope: %s", bad[i]);
        dsse_free(&envelope);
    }
    dsse_envelope_t envelope;
    static const char good[] = " {\"payload\":\"eA\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"_-8\",\"cert\":1}],\"x-assay\":{}}\n";
    assert_true(status_ok(dsse_read(span_from_text(good), 1 << 20, &envelope)));
    dsse_free(&envelope);
    assert_int_equal(dsse_read(span_from_text(good), 20, &envelope).code, STATUS_LIMIT);
    dsse_free(&envelope);
}

/* Each byte, each bit. Where it still verifies, what was signed has not changed: the flip hit a keyid or the name of a member. */
static void no_flipped_bit_lets_another_payload_pass(void **state)
{
    (void)state;
    EVP_PKEY       *key      = key_of("ED25519");
    dsse_envelope_t original = signed_envelope("{\"verdict\":\"reject\"}", key);
    buffer_t        bytes    = bytes_of(&original);
    const char     *text     = (const char *)bytes.at;
    size_t          keyid    = (size_t)((const char *)memmem(text, bytes.size, "\"keyid\":\"", 9) - text);
    size_t          passed   = 0;
    for (size_t at = 0; at < bytes.size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            dsse_envelope_t read;
            uint8_t        *copy = malloc(bytes.size);
            assert_non_null(copy);
            memcpy(copy, bytes.at, bytes.size);
            copy[at] = (uint8_t)(copy[at] ^ 1u << bit);
            if (status_ok(dsse_read(span_from(copy, bytes.size), 1 << 20, &read)) && dsse_verify(&read, &key, 1, NULL) != 0) {
                assert_true(at >= keyid && at < keyid + 9 + 64);
                assert_true(span_equal(buffer_span(&read.payload), buffer_span(&original.payload)));
                assert_string_equal(read.payload_type, TYPE);
                passed++;
            }
            dsse_free(&read);
            free(copy);
        }
    assert_true(passed > 0);
    for (size_t size = 0; size < bytes.size; size++) {
        dsse_envelope_t read;
        assert_false(status_ok(dsse_read(span_from(bytes.at, size), 1 << 20, &read)));
        dsse_free(&read);
    }
    buffer_free(&bytes);
    dsse_free(&original);
    EVP_PKEY_free(key);
}

static void a_key_file_opens_only_with_its_passphrase(void **state)
{
    (void)state;
    char         directory[1024], path[1100], phrase_path[1100];
    passphrase_t phrase, wrong;
    bool         encrypted;
    EVP_PKEY    *key, *again;
    buffer_t     pem = {0};
    scratch_make(directory);
    (void)snprintf(path, sizeof path, "%s/key", directory);
    (void)snprintf(phrase_path, sizeof phrase_path, "%s/phrase", directory);
    write_file(phrase_path, span_from_text("horse battery\r\nsecond line\n"));
    assert_true(status_ok(passphrase_from_file(phrase_path, &phrase)));
    assert_string_equal(phrase.text, "horse battery");
    write_file(phrase_path, span_from_text("\n"));
    assert_false(status_ok(passphrase_from_file(phrase_path, &wrong)));
    wrong = phrase;
    wrong.text[0] ^= 1;
    assert_true(status_ok(key_generate(&key)));
    assert_true(status_ok(key_to_private_pem(key, &phrase, &pem)));
    write_file(path, buffer_span(&pem));
    assert_false(status_ok(key_load_private(path, NULL, &again, &encrypted)));
    assert_true(encrypted);
    assert_false(status_ok(key_load_private(path, &wrong, &again, &encrypted)));
    assert_true(status_ok(key_load_private(path, &phrase, &again, &encrypted)));
    assert_int_equal(EVP_PKEY_eq(key, again), 1);
    EVP_PKEY_free(again);
    assert_false(status_ok(key_load_public(path, &again)));
    /* The same key opens elsewhere. */
    run("openssl pkey -in '%s' -passin pass:'horse battery' -noout", path);
    assert_int_not_equal(run_status("openssl pkey -in '%s' -passin pass:other -noout 2> /dev/null", path), 0);
    pem.size = 0;
    assert_true(status_ok(key_to_private_pem(key, NULL, &pem)));
    write_file(path, buffer_span(&pem));
    assert_true(status_ok(key_load_private(path, NULL, &again, &encrypted)));
    assert_false(encrypted);
    EVP_PKEY_free(again);
    EVP_PKEY_free(key);
    buffer_free(&pem);
    scratch_remove(directory);
}

static void a_certificate_gives_its_key(void **state)
{
    (void)state;
    char      directory[1024], path[1100];
    EVP_PKEY *key;
    scratch_make(directory);
    run("cd '%s' && openssl req -x509 -newkey ed25519 -nodes -keyout k -out c -subj /CN=lab -days 1 2> /dev/null", directory);
    (void)snprintf(path, sizeof path, "%s/c", directory);
    assert_true(status_ok(key_load_public(path, &key)));
    EVP_PKEY_free(key);
    scratch_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_that_are_signed_are_those_of_the_specification),
        cmocka_unit_test(a_large_payload_is_one_run_of_base64),
        cmocka_unit_test(a_statement_is_wrapped_as_computed_by_hand),
        cmocka_unit_test(base64_is_one_text_for_one_run_of_bytes),
        cmocka_unit_test(anyone_can_check_an_envelope_with_openssl_alone),
        cmocka_unit_test(an_envelope_survives_writing_and_reading),
        cmocka_unit_test(weak_and_foreign_keys_are_refused),
        cmocka_unit_test(a_key_counts_once_however_often_it_signed),
        cmocka_unit_test(a_wrong_or_missing_keyid_decides_nothing),
        cmocka_unit_test(a_raw_ecdsa_signature_is_accepted),
        cmocka_unit_test(what_is_not_strictly_an_envelope_is_refused),
        cmocka_unit_test(no_flipped_bit_lets_another_payload_pass),
        cmocka_unit_test(a_key_file_opens_only_with_its_passphrase),
        cmocka_unit_test(a_certificate_gives_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
