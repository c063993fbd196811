#include "base/json_walk.h"
#include "report/base64.h"
#include "report/commitment.h"
#include "report/disclosure.h"
#include "report/redact.h"
#include "support/fixture_report.h"

#include <stdio.h>
#include <stdlib.h>

static sha256_t secret_of_count(void)
{
    sha256_t secret;
    for (size_t i = 0; i < SHA256_SIZE; i++)
        secret.bytes[i] = (uint8_t)i;
    return secret;
}

static void assert_hash(const sha256_t *hash, const char *wanted)
{
    char hex[SHA256_HEX];
    hex_encode(hash->bytes, SHA256_SIZE, hex);
    assert_string_equal(hex, wanted);
}

/* ---- the vector of docs/format.md ------------------------------------------------------------------------------------- */

static void check_leaves(void *context, const commitment_record_t *record)
{
    static const struct { const char *bytes, *salt, *leaf; } wanted[] = {
        {"[\"kind\",\"intercept\"]", "1b9f3ca3a4413366", "23196bb54fbed452b901099da62f5c2e96c6fd3411dec0fd61d899c6dc9db5cd"},
        {"[\"offset\",40960]", "aaa5a419eed3e961", "3b4b3ecee293b034046a88b0892617dfacaa750dc74c28e806d8d906d517f730"},
        {"[\"severity\",\"high\"]", "87de15aa588ccf80", "710d63b0a0a62fc57bdf0330b6a4b0849eba521cb33b10a88fb74ad55fe10341"},
        {"[\"artifact\",\"router.img/rootfs/usr/sbin/lid\"]", "9a039a23caf4e087", "ac570bc06192c9d2b87effae7994867d097dc365bfc523f4e7997403992889f5"},
    };
    size_t *seen = context;
    assert_int_equal(record->count, 4);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            if (span_equal(record->bytes[i], span_from_text(wanted[j].bytes))) {
                char salt[17];
                hex_encode(record->salts[i].bytes, 8, salt);
                assert_string_equal(salt, wanted[j].salt);
                assert_hash(&record->leaves[i], wanted[j].leaf);
                ++*seen;
            }
    assert_hash(&record->node, "c10252a7d2b91337c95ae871d299c07e077c48f558f623b78e061cd5780dfb1b");
}

static void the_tree_is_that_of_the_documented_vector(void **state)
{
    (void)state;
    static const char findings[] = "[{\"artifact\":\"router.img/rootfs/usr/sbin/lid\",\"kind\":\"intercept\",\"offset\":40960,\"severity\":\"high\"}]";
    sha256_t     secret = secret_of_count();
    commitment_t all    = {.count = 1};
    size_t       seen   = 0;
    merkle_t    *merkle = merkle_new(&secret);
    assert_non_null(merkle);
    assert_true(status_ok(commitment_section(merkle, "findings", span_from_text(findings), check_leaves, &seen, &all.sections[0])));
    assert_int_equal(seen, 4);
    assert_int_equal(all.sections[0].records, 1);
    assert_hash(&all.sections[0].root, "c10252a7d2b91337c95ae871d299c07e077c48f558f623b78e061cd5780dfb1b");
    assert_true(status_ok(commitment_root(merkle, &all, &all.root)));
    assert_hash(&all.root, "9adc6eb77e000eb1d8a9397c107fa0d1c82539941bdd7f49f4012cdb5d211e4d");
    merkle_free(merkle);
}

static void proofs_rebuild_the_root_of_trees_of_every_size(void **state)
{
    (void)state;
    merkle_t *merkle = merkle_new(NULL);
    for (size_t count = 0; count < 40; count++) {
        sha256_t hashes[40], shown[40], root, again;
        for (size_t i = 0; i < count; i++)
            assert_true(status_ok(sha256_of(span_from(&i, sizeof i), &hashes[i])));
        merkle_sort(hashes, count);
        merkle_root(merkle, hashes, count, &root);
        for (unsigned pattern = 0; pattern < 50; pattern++) {
            uint32_t at[40];
            size_t   many  = 0;
            buffer_t proof = {0};
            for (size_t i = 0; i < count; i++)
                if (((i * 7 + pattern * 13) % 5 < pattern % 6)) {
                    shown[many] = hashes[i];
                    at[many++]  = (uint32_t)i;
                }
            merkle_prove(merkle, hashes, count, at, many, &proof);
            assert_true(merkle_rebuild(merkle, shown, at, many, count, buffer_span(&proof), &again));
            assert_true(sha256_equal(&root, &again));
            if (many > 0) {
                shown[0].bytes[3] ^= 1;
                assert_true(merkle_rebuild(merkle, shown, at, many, count, buffer_span(&proof), &again) && !sha256_equal(&root, &again));
            }
            buffer_append_byte(&proof, 0);
            assert_false(merkle_rebuild(merkle, shown, at, many, count, buffer_span(&proof), &again) && count > 0);
            buffer_free(&proof);
        }
    }
    merkle_free(merkle);
}

/* ---- redacting a whole report ----------------------------------------------------------------------------------------- */

typedef struct {
    buffer_t     statement;
    sha256_t     secret;
    commitment_t commitment;
    arena_t     *arena;
} shared_t;

static const char password[] = "hunter2-Summer!";

/* The fixture with a secret in it: the text of one finding, in a file of its own. */
static shared_t share(void)
{
    shared_t  s      = {.secret = secret_of_count(), .arena = arena_new(SIZE_MAX)};
    report_t *report = fixture_report();
    fixture_add_finding(report, "hard-coded-password", FINDING_SECRET, SEVERITY_HIGH, 90);
    report_finding_t  *finding  = &report->findings[report->finding_count - 1];
    report_evidence_t *evidence = arena_alloc(report->arena, sizeof *evidence);
    assert_non_null(evidence);
    *evidence                = (report_evidence_t){.artifact = (uint32_t)report->artifact_count - 1, .length = 15, .method = "rule", .text = password, .confidence = 90};
    finding->artifact        = evidence->artifact;
    finding->evidence        = evidence;
    finding->evidence_count  = 1;
    report->artifacts[finding->artifact].parent = 0;
    assert_true(status_ok(sha256_of(span_from_text(password), &report->artifacts[finding->artifact].sha256)));
    s.statement     = fixture_statement(report);
    merkle_t *merkle = merkle_new(&s.secret);
    assert_true(status_ok(commitment_of(merkle, buffer_span(&s.statement), NULL, NULL, &s.commitment)));
    merkle_free(merkle);
    report_free(report);
    return s;
}

static void unshare(shared_t *s)
{
    buffer_free(&s->statement);
    arena_free(s->arena);
}

static buffer_t redacted(const shared_t *s, const sharing_t *sharing)
{
    buffer_t out    = {0};
    status_t status = redact_write(buffer_span(&s->statement), &s->secret, &s->commitment, sharing, &out);
    if (!status_ok(status))
        fail_msg("not redacted: %s", status.what);
    return out;
}

static sharing_t profile(shared_t *s, const char *name)
{
    sharing_t sharing = {0};
    char      why[SHARING_WHY];
    if (!status_ok(sharing_load(name, getenv("ASSAY_SOURCE"), s->arena, &sharing, why)))
        fail_msg("%s", why);
    return sharing;
}

static bool holds(const buffer_t *bytes, const char *text) { return memmem(bytes->at, bytes->size, text, strlen(text)) != NULL; }

static const char *const profiles[] = {"public", "allied-summary", "vendor-notice", "partner-full"};

static void every_profile_proves_against_the_signed_root(void **state)
{
    (void)state;
    shared_t s = share();
    size_t   shown = 0;
    for (size_t i = 0; i < 4; i++) {
        sharing_t           sharing = profile(&s, profiles[i]);
        buffer_t            out     = redacted(&s, &sharing), text = {0};
        disclosure_counts_t counts;
        char                why[DISCLOSURE_WHY];
        if (!status_ok(disclosure_check(buffer_span(&out), &s.commitment, &counts, why)))
            fail_msg("%s: %s", profiles[i], why);
        assert_true(counts.shown_fields > 8);
        assert_true(i == 2 || counts.shown_fields > shown);
        shown = counts.shown_fields;
        assert_true(status_ok(disclosure_list(buffer_span(&out), &s.commitment, &text, why)));
        assert_true(holds(&text, "verdict=inconclusive") && holds(&text, profiles[i]));
        buffer_free(&text);
        buffer_free(&out);
    }
    unshare(&s);
}

/* All that a hash in a file might be taken of, in the forms that suggest themselves. */
static bool some_hash_is_of(const buffer_t *file, const char *candidate, size_t *tried)
{
    static const struct { const char *before, *after; } forms[] = {{"", ""}, {"\"", "\""}, {"[\"text\",\"", "\"]"}, {"[\"path\",\"", "\"]"},
        {"[\"vendor\",\"", "\"]"}, {"[\"sha256\",\"", "\"]"}, {"[\"id\",\"", "\"]"}, {"[\"name\",\"", "\"]"}};
    uint8_t hashes[4096][SHA256_SIZE];
    size_t  count = 0;
    /* Every run of base64 in the file that is a whole number of hashes: proofs and salts. */
    for (size_t i = 0; i + 1 < file->size && count < 4000; i++) {
        const uint8_t *end  = file->at[i] == '"' ? memchr(file->at + i + 1, '"', file->size - i - 1) : NULL;
        buffer_t       bytes = {0};
        if (end != NULL && base64_decode(span_from(file->at + i + 1, (size_t)(end - file->at) - i - 1), &bytes) && bytes.size % SHA256_SIZE == 0)
            for (size_t j = 0; j < bytes.size && count < 4000; j += SHA256_SIZE)
                memcpy(hashes[count++], bytes.at + j, SHA256_SIZE);
        buffer_free(&bytes);
    }
    bool found = false;
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        char     text[512];
        uint8_t  salted[1 + SHA256_SIZE + 512];
        sha256_t hash;
        int      size = snprintf(text, sizeof text, "%s%s%s", forms[f].before, candidate, forms[f].after);
        assert_true(size > 0 && size < (int)sizeof text);
        for (size_t s = 0; s <= count; s++) { /* without a salt, and with everything in the file as a salt */
            memset(salted, 0, sizeof salted);
            size_t head = s < count ? 1 + SHA256_SIZE : 0;
            if (s < count)
                memcpy(salted + 1, hashes[s], SHA256_SIZE);
            memcpy(salted + head, text, (size_t)size);
            assert_true(status_ok(sha256_of(span_from(salted, head + (size_t)size), &hash)));
            for (size_t h = 0; h < count; h++)
                found = found || memcmp(hashes[h], hash.bytes, SHA256_SIZE) == 0;
            ++*tried;
        }
    }
    return found;
}

static void nothing_withheld_can_be_read_or_guessed(void **state)
{
    (void)state;
    /* A dictionary that holds the right answers: the attacker knows every form and every candidate. */
    shared_t s = share();
    char     digest[SHA256_HEX];
    sha256_t hash;
    assert_true(status_ok(sha256_of(span_from_text(password), &hash)));
    hex_encode(hash.bytes, SHA256_SIZE, digest);
    for (size_t i = 0; i < 4; i++) {
        sharing_t   sharing = profile(&s, profiles[i]);
        buffer_t    out     = redacted(&s, &sharing);
        size_t      tried   = 0;
        const char *withheld[] = {password, digest, "router.img/rootfs/bin/busybox", "listed-maker"};
        for (size_t j = 0; j < 4; j++) {
            bool is_withheld = j < 2 || (j == 2 && i < 2) || (j == 3 && i == 2);
            if (!is_withheld)
                continue;
            if (holds(&out, withheld[j]))
                fail_msg("%s can be read in %s", withheld[j], profiles[i]);
            if (some_hash_is_of(&out, withheld[j], &tried))
                fail_msg("%s can be guessed from %s", withheld[j], profiles[i]);
        }
        assert_true(tried > 100);
        /* Nor do fields give away a digest of the report or of the secret itself. */
        for (json_walk_t walk = json_walk(json_find(json_find(buffer_span(&s.statement), "predicate"), "findings"));;) {
            span_t finding;
            if (!json_walk_next(&walk, NULL, &finding))
                break;
            if (json_is(json_find(finding, "kind"), "secret")) {
                span_t id = json_plain(json_find(finding, "id"));
                assert_null(memmem(out.at, out.size, id.at, id.size));
            }
        }
        buffer_free(&out);
    }
    unshare(&s);
}

/* The attacker of the test above is no strawman: with the salt in the file he finds the value. */
static void the_guessing_test_finds_what_is_not_withheld(void **state)
{
    (void)state;
    static const uint8_t salt[SHA256_SIZE] = {7};
    buffer_t file = {0};
    sha256_t leaf;
    size_t   tried = 0;
    merkle_t *merkle = merkle_new(NULL);
    merkle_leaf(merkle, (const sha256_t *)salt, span_from_text("[\"text\",\"hunter2-Summer!\"]"), &leaf);
    buffer_append_byte(&file, '"');
    base64_encode(span_from(salt, sizeof salt), &file);
    buffer_append_text(&file, "\"\"");
    base64_encode(span_from(leaf.bytes, sizeof leaf.bytes), &file);
    buffer_append_text(&file, "\"");
    assert_true(some_hash_is_of(&file, password, &tried));
    merkle_free(merkle);
    buffer_free(&file);
}

/* Each byte of what is disclosed, changed: it does not prove any more. What may change is which profile it is said to be. */
static void no_changed_byte_of_a_disclosure_proves(void **state)
{
    (void)state;
    shared_t            s       = share();
    sharing_t           sharing = profile(&s, "allied-summary");
    buffer_t            out     = redacted(&s, &sharing);
    disclosure_counts_t counts;
    char                why[DISCLOSURE_WHY];
    for (size_t at = strlen("{\"profile\":\"allied-summary\""); at < out.size; at++) {
        out.at[at] ^= 1u << (at % 8);
        if (status_ok(disclosure_check(buffer_span(&out), &s.commitment, &counts, why)))
            fail_msg("byte %zu of %zu may be changed", at, out.size);
        out.at[at] ^= 1u << (at % 8);
    }
    for (size_t size = 0; size < out.size; size += 7)
        assert_false(status_ok(disclosure_check(span_from(out.at, size), &s.commitment, &counts, why)));
    assert_true(status_ok(disclosure_check(buffer_span(&out), &s.commitment, &counts, why)));
    buffer_free(&out);
    unshare(&s);
}

/* Two findings change their titles, each with its salt. */
static void a_leaf_moved_to_another_record_does_not_prove(void **state)
{
    (void)state;
    shared_t  s       = share();
    sharing_t sharing = {0};
    assert_true(status_ok(sharing_add(&sharing, "components/name", true)));
    buffer_t out = redacted(&s, &sharing);
    static const char begin[] = "\"fields\":[";
    uint8_t *list   = memmem(out.at, out.size, "\"components\":", 13);
    uint8_t *first  = memmem(list, out.size - (size_t)(list - out.at), begin, sizeof begin - 1);
    uint8_t *second = memmem(first + 1, out.size - (size_t)(first + 1 - out.at), begin, sizeof begin - 1);
    assert_true(list != NULL && first != NULL && second != NULL);
    size_t   first_size = (size_t)((uint8_t *)memchr(first, '}', 500) - first), second_size = (size_t)((uint8_t *)memchr(second, '}', 500) - second);
    buffer_t moved = {0};
    buffer_append(&moved, span_from(out.at, (size_t)(first - out.at)));
    buffer_append(&moved, span_from(second, second_size));
    buffer_append(&moved, span_from(first + first_size, (size_t)(second - first) - first_size));
    buffer_append(&moved, span_from(first, first_size));
    buffer_append(&moved, span_from(second + second_size, out.size - (size_t)(second - out.at) - second_size));
    disclosure_counts_t counts;
    char                why[DISCLOSURE_WHY];
    assert_int_equal(moved.size, out.size);
    assert_true(status_ok(disclosure_check(buffer_span(&out), &s.commitment, &counts, why)));
    assert_int_equal(disclosure_check(buffer_span(&moved), &s.commitment, &counts, why).code, STATUS_CRYPTO);
    buffer_free(&moved);
    buffer_free(&out);
    unshare(&s);
}

static void the_summary_cannot_be_withheld(void **state)
{
    (void)state;
    shared_t            s       = share();
    sharing_t           sharing = {0};
    disclosure_counts_t counts;
    char                why[DISCLOSURE_WHY];
    assert_true(status_ok(sharing_add(&sharing, "summary/*", false)));
    buffer_t out = redacted(&s, &sharing);
    assert_true(status_ok(disclosure_check(buffer_span(&out), &s.commitment, &counts, why)));
    assert_true(holds(&out, "[\"verdict\",\"inconclusive\"]") && holds(&out, "[\"findings\",{\"critical\":"));
    static const char nothing[] = "{\"profile\":\"\",\"sections\":{}}";
    assert_int_equal(disclosure_check(span_from_text(nothing), &s.commitment, &counts, why).code, STATUS_CRYPTO);
    buffer_free(&out);
    unshare(&s);
}

/* Declassification: a path that is opened later proves against what was signed long ago. */
static void single_paths_are_opened_without_a_new_signature(void **state)
{
    (void)state;
    shared_t            s       = share();
    sharing_t           sharing = {0};
    disclosure_counts_t counts;
    char                why[DISCLOSURE_WHY];
    assert_true(status_ok(sharing_add(&sharing, "artifacts/1/path", true)));
    assert_false(status_ok(sharing_add(&sharing, "artifacts", true)));
    assert_false(status_ok(sharing_add(&sharing, "artifacts/x/path", true)));
    buffer_t out = redacted(&s, &sharing);
    assert_true(status_ok(disclosure_check(buffer_span(&out), &s.commitment, &counts, why)));
    assert_int_equal(counts.shown_fields, 8 + 1);
    buffer_free(&out);
    unshare(&s);
}

static void another_secret_or_report_is_refused(void **state)
{
    (void)state;
    shared_t  s       = share();
    sharing_t sharing = {0};
    buffer_t  out     = {0};
    s.secret.bytes[0] ^= 1;
    assert_int_equal(redact_write(buffer_span(&s.statement), &s.secret, &s.commitment, &sharing, &out).code, STATUS_CRYPTO);
    buffer_free(&out);
    unshare(&s);
}

static void the_signed_statement_holds_no_name_and_reads_back(void **state)
{
    (void)state;
    shared_t     s    = share();
    buffer_t     out  = {0};
    commitment_t read;
    (void)snprintf(s.commitment.tlp, sizeof s.commitment.tlp, "AMBER+STRICT");
    assert_true(status_ok(commitment_write(&s.commitment, buffer_span(&s.statement), &out)));
    assert_false(holds(&out, "router.img"));
    assert_true(holds(&out, "input-1"));
    assert_true(status_ok(commitment_read(buffer_span(&out), &read)));
    assert_true(sha256_equal(&read.root, &s.commitment.root));
    assert_string_equal(read.tlp, "AMBER+STRICT");
    uint8_t *records = memmem(out.at, out.size, "\"records\":", 10);
    records[10] = records[10] == '9' ? '8' : '9';
    assert_false(status_ok(commitment_read(buffer_span(&out), &read)));
    buffer_free(&out);
    unshare(&s);
}

static void the_same_key_and_report_give_the_same_secret(void **state)
{
    (void)state;
    sha256_t key = secret_of_count(), a, b, c;
    assert_true(status_ok(commitment_secret_from(&key, span_from_text("{}"), &a)));
    assert_true(status_ok(commitment_secret_from(&key, span_from_text("{}"), &b)));
    assert_true(status_ok(commitment_secret_from(&key, span_from_text("[]"), &c)));
    assert_true(sha256_equal(&a, &b) && !sha256_equal(&a, &c));
    assert_true(status_ok(commitment_secret_new(&a)) && !sha256_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_is_that_of_the_documented_vector),
        cmocka_unit_test(proofs_rebuild_the_root_of_trees_of_every_size),
        cmocka_unit_test(every_profile_proves_against_the_signed_root),
        cmocka_unit_test(nothing_withheld_can_be_read_or_guessed),
        cmocka_unit_test(the_guessing_test_finds_what_is_not_withheld),
        cmocka_unit_test(no_changed_byte_of_a_disclosure_proves),
        cmocka_unit_test(a_leaf_moved_to_another_record_does_not_prove),
        cmocka_unit_test(the_summary_cannot_be_withheld),
        cmocka_unit_test(single_paths_are_opened_without_a_new_signature),
        cmocka_unit_test(another_secret_or_report_is_refused),
        cmocka_unit_test(the_signed_statement_holds_no_name_and_reads_back),
        cmocka_unit_test(the_same_key_and_report_give_the_same_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
