/* Markers, certificates, keys and device trees: what ties bytes to a vendor, and what does not. */
#include "support/analysis.h"

#include <stdio.h>
#include <stdlib.h>

static lab_t lab;
static char  scratch[1024];

static int open_lab(void **state)
{
    (void)state;
    lab_make(&lab);
    scratch_make(scratch);
    lab_file(&lab, "corpus/jurisdictions/NO.yaml", "id: NO\nname: Norway\n");
    lab_file(&lab, "corpus/vendors/fox.yaml",
             "id: fox\nname: Fox\njurisdiction: NO\nmarkers:\n"
             "  - {kind: string, value: \"Fox Versatile Router\", strength: definitive, source: s}\n"
             "  - {kind: string, value: \"464f58de\", hex: true, strength: strong, source: s}\n"
             "  - {kind: string, value: \"foxlike\", ignore-case: true, strength: supporting, source: s}\n"
             "  - {kind: domain, value: fox.example, strength: supporting, source: s}\n"
             "  - {kind: snmp-enterprise, value: 2011, strength: supporting, source: s}\n"
             "  - {kind: compiler, value: \"FoxChip SDK\", strength: strong, source: s}\n"
             "  - {kind: build-path, value: \"foxbuild\", strength: supporting, source: s}\n"
             "  - {kind: modinfo-author, value: \"Fox Team\", strength: strong, source: s}\n"
             "  - {kind: certificate-subject, value: \"Fox Networks\", strength: definitive, source: s}\n"
             "  - {kind: device-tree, value: \"fox,\", strength: strong, source: s}\n"
             "  - {kind: magic, value: 48574e50, hex: true, strength: strong, source: s}\n"
             "  - {kind: oui, value: 00E0FC, strength: supporting, source: s}\n");
    lab_open(&lab, NULL);
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    lab_remove(&lab);
    scratch_remove(scratch);
    return 0;
}

/* How many markers of `kind` the text gives. */
static size_t markers(const char *text, size_t size, const char *kind)
{
    hearing_t h     = lab_hear(&lab, span_from(text, size), NULL, 0);
    size_t    count = 0;
    for (size_t i = 0; heard(&h, RECORD_MARKER, "fox", i) != NULL; i++)
        count += strcmp(heard(&h, RECORD_MARKER, "fox", i)->what, kind) == 0 ? 1 : 0;
    hearing_free(&h);
    return count;
}

static void each_kind_of_marker_holds_only_where_it_should(void **state)
{
    (void)state;
    static const struct { const char *kind, *text; size_t expected; } cases[] = {
        {"string", "the Fox Versatile Router Platform", 1}, {"string", "the fox versatile router", 0}, {"string", "..FOX\xDE..", 1},
        {"string", "quite FoxLIKE", 1},
        {"domain", "see http://www.Fox.example/x", 1}, {"domain", "fox.example", 1}, {"domain", "a.b@fox.example.", 1}, {"domain", "firefox.example", 0},
        {"domain", "fox.example.org", 0}, {"domain", "fox.examples", 0}, {"domain", "my-fox.example", 0},
        {"domain", "fox.examples and fox.example", 1},
        {"snmp-enterprise", "1.3.6.1.4.1.2011.5", 1}, {"snmp-enterprise", ".1.3.6.1.4.1.2011", 1}, {"snmp-enterprise", "1.3.6.1.4.1.20111", 0},
        {"snmp-enterprise", "2.1.3.6.1.4.1.2011", 0},
        {"compiler", "GCC: (FoxChip SDK 1.2) 4.8", 1}, {"compiler", "built with FoxChip SDK", 0},
        {"build-path", "/home/foxbuild/src/main.c", 1}, {"build-path", "C:\\foxbuild\\x", 1}, {"build-path", "foxbuild", 0},
        {"modinfo-author", "author=The Fox Team", 1}, {"modinfo-author", "by the Fox Team", 0},
        {"magic", "HWNP....", 1}, {"magic", ".HWNP....", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t got = markers(cases[i].text, strlen(cases[i].text), cases[i].kind);
        if (got != cases[i].expected)
            fail_msg("%s in \"%s\": %zu, not %zu", cases[i].kind, cases[i].text, got, cases[i].expected);
    }
}

static void a_marker_shows_its_strength_and_its_place(void **state)
{
    (void)state;
    static const char blob[] = "\0\0see http://www.Fox.example/x\0 Fox Versatile Router";
    hearing_t         h      = lab_hear(&lab, span_from(blob, sizeof blob - 1), NULL, 0);
    for (size_t i = 0; i < 2; i++) {
        const heard_t *m = heard(&h, RECORD_MARKER, "fox", i);
        assert_non_null(m);
        if (strcmp(m->what, "domain") == 0) {
            assert_int_equal(m->strength, STRENGTH_SUPPORTING);
            assert_string_equal(m->text, "see http://www.Fox.example/x");
            assert_int_equal(m->offset, 2);
        } else {
            assert_int_equal(m->strength, STRENGTH_DEFINITIVE);
            assert_int_equal(m->offset, 32);
            assert_int_equal(m->length, 20);
        }
        assert_string_equal(m->method, m->what);
    }
    hearing_free(&h);
}

/* ---- certificates --------------------------------------------------------------------------------------------------- */

static sample_t made(const char *name)
{
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/%s", scratch, name);
    return sample_read(path);
}

/* NAME.key, NAME.pem and NAME.der, issued by "Root", which signs with `digest`. */
static void make_certificate(const char *name, const char *key, const char *subject, const char *digest)
{
    run("cd '%s' && printf '[e]\\nbasicConstraints=CA:FALSE\\n' > ext && { [ -f root.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem "
        "-subj '/O=Root Authority/CN=Root' -sha1 -days 9999; } 2>/dev/null && openssl req -new -newkey %s -nodes -keyout %s.key -out %s.csr -subj '%s' 2>/dev/null && "
        "openssl x509 -req -in %s.csr -CA root.pem -CAkey root.key -set_serial 7 -%s -days 9999 -out %s.pem -extfile ext -extensions e 2>/dev/null && "
        "openssl x509 -in %s.pem -outform DER -out %s.der",
        scratch, key, name, name, subject, name, digest, name, name, name);
}

static void certificates_give_markers_in_pem_and_in_der(void **state)
{
    (void)state;
    make_certificate("good", "rsa:2048", "/C=NO/O=Fox Networks AS/CN=device", "sha256");
    sample_t  pem = made("good.pem"), der = made("good.der");
    hearing_t h = lab_hear(&lab, sample_span(&pem), NULL, 0);
    const heard_t *m = heard(&h, RECORD_MARKER, "fox", 0);
    assert_non_null(m);
    assert_string_equal(m->what, "certificate-subject");
    assert_string_equal(m->text, "Fox Networks AS");
    assert_int_equal(m->strength, STRENGTH_DEFINITIVE);
    assert_int_equal(m->offset, 0);
    assert_non_null(heard(&h, RECORD_FACT, "certificate.subject", 0));
    assert_string_equal(heard(&h, RECORD_FACT, "certificate.rsa-bits", 0)->what, "2048");
    assert_int_equal(heard_count(&h, RECORD_FINDING, NULL), 0);
    hearing_free(&h);
    /* DER in the midst of other bytes, twice. */
    size_t   size = 2 * der.size + 300;
    uint8_t *blob = calloc(1, size);
    assert_non_null(blob);
    memcpy(blob + 100, der.at, der.size);
    memcpy(blob + 200 + der.size, der.at, der.size);
    h = lab_hear(&lab, span_from(blob, size), NULL, 0);
    assert_int_equal(heard_count(&h, RECORD_MARKER, "fox"), 2);
    assert_int_equal(heard(&h, RECORD_MARKER, "fox", 0)->offset, 100);
    assert_int_equal(heard(&h, RECORD_MARKER, "fox", 0)->length, der.size);
    assert_int_equal(heard(&h, RECORD_MARKER, "fox", 1)->offset, 200 + der.size);
    hearing_free(&h);
    /* Damaged in every way, it does no harm. */
    for (size_t i = 0; i < der.size; i++) {
        memcpy(blob, der.at, der.size);
        blob[i] ^= (uint8_t)(1u << i % 8);
        h = lab_hear(&lab, span_from(blob, der.size), NULL, 0);
        hearing_free(&h);
        h = lab_hear(&lab, span_from(der.at, i), NULL, 0);
        hearing_free(&h);
    }
    free(blob);
    sample_free(&pem);
    sample_free(&der);
}

static void weak_certificates_are_findings(void **state)
{
    (void)state;
    static const struct { const char *name, *key, *digest, *rule; severity_t severity; } cases[] = {
        {"short", "rsa:1024", "sha256", "certificate-weak-rsa", SEVERITY_MEDIUM},
        {"tiny", "rsa:512", "sha256", "certificate-weak-rsa", SEVERITY_HIGH},
        {"md5", "rsa:2048", "md5", "certificate-md5", SEVERITY_HIGH},
        {"sha1", "rsa:2048", "sha1", "certificate-sha1", SEVERITY_MEDIUM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_certificate(cases[i].name, cases[i].key, "/O=Other/CN=x", cases[i].digest);
        char name[64];
        (void)snprintf(name, sizeof name, "%s.der", cases[i].name);
        sample_t       der = made(name);
        hearing_t      h   = lab_hear(&lab, sample_span(&der), NULL, 0);
        const heard_t *f   = heard(&h, RECORD_FINDING, cases[i].rule, 0);
        if (f == NULL || f->severity != cases[i].severity || f->kind != FINDING_CRYPTO || heard_count(&h, RECORD_FINDING, NULL) != 1)
            fail_msg("%s is not judged as it should", cases[i].name);
        assert_int_equal(f->length, der.size);
        hearing_free(&h);
        sample_free(&der);
    }
    sample_t  root = made("root.pem"); /* signs itself: nobody relies on that signature */
    hearing_t h    = lab_hear(&lab, sample_span(&root), NULL, 0);
    assert_int_equal(heard_count(&h, RECORD_FINDING, NULL), 0);
    hearing_free(&h);
    sample_free(&root);
}

static void private_keys_are_secrets_and_stay_out_of_the_report(void **state)
{
    (void)state;
    run("cd '%s' && openssl genpkey -algorithm ed25519 -out ed.key 2>/dev/null && openssl genrsa -traditional -out rsa.key 2048 2>/dev/null && "
        "openssl genrsa -traditional -aes128 -passout pass:secret -out old.key 2048 2>/dev/null && openssl pkcs8 -topk8 -in rsa.key -passout pass:secret -out pk8.key && "
        "openssl ecparam -name prime256v1 -genkey -noout -out ec.key", scratch);
    static const struct { const char *file, *rule; severity_t severity; } cases[] = {
        {"ed.key", "private-key", SEVERITY_HIGH}, {"rsa.key", "private-key", SEVERITY_HIGH}, {"ec.key", "private-key", SEVERITY_HIGH},
        {"old.key", "private-key-encrypted", SEVERITY_MEDIUM}, {"pk8.key", "private-key-encrypted", SEVERITY_MEDIUM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample_t       key = made(cases[i].file);
        hearing_t      h   = lab_hear(&lab, sample_span(&key), NULL, 0);
        const heard_t *f   = heard(&h, RECORD_FINDING, cases[i].rule, 0);
        if (f == NULL || f->severity != cases[i].severity || f->kind != FINDING_SECRET || heard_count(&h, RECORD_FINDING, NULL) != 1)
            fail_msg("%s is not judged as it should", cases[i].file);
        assert_int_equal(f->offset, 0);
        assert_int_equal(f->length, key.size - 1);
        assert_null(strchr(f->text, '\n'));
        hearing_free(&h);
        sample_free(&key);
    }
    /* Programs that read keys hold the lines, not a key. */
    hearing_t h = lab_hear_text(&lab, "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n-----BEGIN PRIVATE KEY----- see the manual");
    assert_int_equal(heard_count(&h, RECORD_FINDING, NULL), 0);
    hearing_free(&h);
}

/* ---- device trees --------------------------------------------------------------------------------------------------- */

static void a_device_tree_speaks_by_its_root_only(void **state)
{
    (void)state;
    run("cd '%s' && printf '/dts-v1/; / { compatible = \"acme,board\", \"fox,soc\"; n { compatible = \"fox,dev\"; }; };' | dtc -qq -O dtb -o yes.dtb && "
        "printf '/dts-v1/; / { compatible = \"acme,board\"; n { compatible = \"fox,dev\"; }; };' | dtc -qq -O dtb -o no.dtb", scratch);
    sample_t       yes = made("yes.dtb"), no = made("no.dtb");
    hearing_t      h = lab_hear(&lab, sample_span(&yes), NULL, 0);
    const heard_t *m = heard(&h, RECORD_MARKER, "fox", 0);
    assert_non_null(m);
    assert_string_equal(m->what, "device-tree");
    assert_string_equal(m->text, "fox,soc");
    hearing_free(&h);
    assert_int_equal(markers((const char *)no.at, no.size, "device-tree"), 0);
    uint8_t *copy = malloc(yes.size);
    assert_non_null(copy);
    for (size_t i = 0; i < 8 * yes.size; i++) {
        memcpy(copy, yes.at, yes.size);
        copy[i / 8] ^= (uint8_t)(1u << i % 8);
        h = lab_hear(&lab, span_from(copy, yes.size), NULL, 0);
        hearing_free(&h);
    }
    free(copy);
    sample_free(&yes);
    sample_free(&no);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_marker_holds_only_where_it_should),
        cmocka_unit_test(a_marker_shows_its_strength_and_its_place),
        cmocka_unit_test(certificates_give_markers_in_pem_and_in_der),
        cmocka_unit_test(weak_certificates_are_findings),
        cmocka_unit_test(private_keys_are_secrets_and_stay_out_of_the_report),
        cmocka_unit_test(a_device_tree_speaks_by_its_root_only),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
