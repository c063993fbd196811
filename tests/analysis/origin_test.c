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
             "  - {kind: oui, values: [00E0FC, \"00:18:82\"], strength: supporting, source: s}\n"
             "  - {kind: domain, value: strongfox.example, strength: strong, source: s}\n"
             "  - {kind: build-host, value: foxfarm, strength: supporting, source: s}\n"
             "  - {kind: modinfo-description, value: FoxChip, strength: supporting, source: s}\n"
             "  - {kind: package-maintainer, value: \"@maint.example\", strength: strong, source: s}\n"
             "  - {kind: apk-package, value: com.fox., strength: strong, source: s}\n"
             "  - {kind: copyright, value: \"Лиса Сети\", strength: strong, encodings: [utf-8, cp1251, koi8-r, utf-16le], source: s}\n"
             "  - {kind: copyright, value: \"狐狸网络\", strength: strong, encodings: [utf-8, gb18030, utf-16le], source: s}\n"
             "  - {kind: string, value: \"Fuchsbau\", strength: strong, encodings: [utf-16le], source: s}\n"
             "  - {kind: uefi-guid, value: 77FA9ABD-0359-4D32-BD60-28F4E78F784B, strength: strong, source: s}\n"
             "  - {kind: usb-id, value: 12d1, strength: supporting, source: s}\n"
             "  - {kind: pci-id, value: 19E5, strength: supporting, source: s}\n"
             "  - {kind: ip-block, value: 77.88.8.0/24, strength: supporting, source: s}\n");
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
        {"snmp-enterprise", "iso.3.6.1.4.1.2011.2", 1}, {"snmp-enterprise", "fox OBJECT IDENTIFIER ::= { enterprises 2011 }", 1},
        {"snmp-enterprise", "enterprises.2011.1", 1}, {"snmp-enterprise", "enterprises 20110", 0}, {"snmp-enterprise", "2011 enterprises", 0},
        {"snmp-enterprise", "..\x06\x08\x2B\x06\x01\x04\x01\x8F\x5B\x02..", 1}, {"snmp-enterprise", "..\x06\x08\x2B\x06\x01\x04\x01\x8F\x5C\x02..", 0},
        {"snmp-enterprise", "..\x05\x08\x2B\x06\x01\x04\x01\x8F\x5B\x02..", 0}, {"snmp-enterprise", "..\x06\x06\x2B\x06\x01\x04\x01\x8F\x5B\x02..", 0},
        {"compiler", "arm-fox-linux-gnueabi FoxChip SDK", 1},
        {"build-host", "Linux version 5.4.1 (root@foxfarm) (gcc 9)", 1}, {"build-host", "Linux version 5.4.1 (root@owl) (gcc foxfarm)", 0},
        {"build-host", "root@foxfarm", 0},
        {"modinfo-description", "description=The FoxChip driver", 1}, {"modinfo-description", "FoxChip", 0},
        {"package-maintainer", "Package: x\nMaintainer: A <a@maint.example>\n", 1}, {"package-maintainer", "by A <a@maint.example>", 0},
        {"oui", "ethaddr=00:e0:fc:12:34:56", 1}, {"oui", "<wan_hwaddr>00-E0-FC-12-34-56</wan_hwaddr>", 1}, {"oui", "MAC: 00:18:82:00:00:01", 1},
        {"oui", "bssid 00:18:82:00:00:01", 1}, {"oui", "time 00:18:82:00:00:01", 0}, {"oui", "mac 00:18:82", 0}, {"oui", "mac 00:18:82:00:00:01:02", 0},
        {"oui", "addr fe80:00:18:82:00:00:01", 0}, {"oui", "mac\n00:18:82:00:00:01", 0}, {"oui", "mac 00:18:83:00:00:01", 0}, {"oui", "mac 00:18-82:00:00:01", 0},
        {"usb-id", "alias=usb:v12D1p1506d*", 1}, {"usb-id", "xalias=usb:v12D1p1506d*", 0}, {"usb-id", "alias=usb:v12D2p1506d*", 0},
        {"usb-id", "ATTR{idVendor}==\"12d1\", RUN+=\"x\"", 1}, {"usb-id", "idVendor=0x12d1", 1}, {"usb-id", "idVendor 12d10", 0}, {"usb-id", "12d1", 0},
        {"pci-id", "alias=pci:v000019E5d00000222sv*", 1}, {"pci-id", "alias=pci:v000119E5d", 0}, {"pci-id", "alias pci:v000019E5d", 0},
        {"device-tree-node", "alias=of:N*T*Cfox,soc-gpio", 1}, {"device-tree-node", "alias=of:N*T*Cfoxes,gpio", 0},
        {"ip-block", "nameserver 77.88.8.8\n", 1}, {"ip-block", "http://77.88.8.1/", 1}, {"ip-block", "v77.88.8.8", 0}, {"ip-block", "1.77.88.8.8", 0},
        {"ip-block", "77.88.8.8.1", 0}, {"ip-block", "77.88.9.8", 0}, {"ip-block", "77.88.8.999", 0}, {"ip-block", "77.88.8.8-rc1", 0},
        {"uefi-guid", "\xBD\x9A\xFA\x77\x59\x03\x32\x4D\xBD\x60\x28\xF4\xE7\x8F\x78\x4B", 1}, {"uefi-guid", "77FA9ABD-0359-4D32-BD60-28F4E78F784B", 0},
        {"copyright", "© 2020 Лиса Сети", 1}, {"copyright", "у нас есть Лиса Сети", 0}, {"copyright", "版权所有 狐狸网络", 1}, {"copyright", "狐狸网络", 0},
        {"copyright", "Copyright 2020 \xCB\xE8\xF1\xE0 \xD1\xE5\xF2\xE8", 1} /* CP1251 */, {"copyright", "(c) \xEC\xC9\xD3\xC1 \xF3\xC5\xD4\xC9", 1} /* KOI8-R */,
        {"copyright", "\xB0\xE6\xC8\xA8\xCB\xF9\xD3\xD0 \xBA\xFC\xC0\xEA\xCD\xF8\xC2\xE7", 1} /* GB18030 */,
        {"copyright", "Copyright\n\xEC\xC9\xD3\xC1 \xF3\xC5\xD4\xC9", 0}, {"string", "Fuchsbau", 0},
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

/* What is written once in UTF-8 is found as UTF-16, too, which strings with NULs in a table cannot say. */
static void a_text_is_found_in_utf_16(void **state)
{
    (void)state;
    static const struct { const char *kind, *text; size_t expected; } cases[] = {
        {"string", "the Fuchsbau", 1}, {"copyright", "Copyright Лиса Сети", 1}, {"copyright", "Лиса Сети", 0}, {"copyright", "版权所有 狐狸网络", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char     name[2048];
        (void)snprintf(name, sizeof name, "%s/utf16", scratch);
        run("printf '%%s' '%s' | iconv -f UTF-8 -t UTF-16LE > '%s'", cases[i].text, name);
        sample_t wide = sample_read(name);
        size_t   got  = markers((const char *)wide.at, wide.size, cases[i].kind);
        if (got != cases[i].expected)
            fail_msg("%s in \"%s\" as UTF-16: %zu, not %zu", cases[i].kind, cases[i].text, got, cases[i].expected);
        sample_free(&wide);
    }
}

static void a_mail_address_is_weaker_than_a_domain(void **state)
{
    (void)state;
    static const struct { const char *text; strength_t strength; } cases[] = {
        {"author=A <a@strongfox.example>", STRENGTH_SUPPORTING}, {"see a@strongfox.example and www.strongfox.example", STRENGTH_STRONG},
        {"https://strongfox.example/", STRENGTH_STRONG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hearing_t      h = lab_hear_text(&lab, cases[i].text);
        const heard_t *m = heard(&h, RECORD_MARKER, "fox", 0);
        if (m == NULL || m->strength != cases[i].strength)
            fail_msg("\"%s\" has another strength", cases[i].text);
        hearing_free(&h);
    }
}

/* Android's binary XML, as aapt writes it: a pool of strings, then the element "manifest" with one attribute. */
static size_t write_manifest(uint8_t *out, const char *package, bool utf8)
{
    const char *strings[] = {"manifest", "package", package};
    buffer_t    pool = {0}, all = {0};
    size_t      offsets[3];
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(strings[i]);
        offsets[i]  = pool.size;
        buffer_append_le(&pool, size, utf8 ? 1 : 2);
        if (utf8)
            buffer_append_le(&pool, size, 1);
        for (size_t c = 0; c <= size; c++)
            buffer_append_le(&pool, (uint8_t)strings[i][c], utf8 ? 1 : 2);
    }
    while (pool.size % 4 != 0)
        buffer_append_byte(&pool, 0);
    size_t total = 8 + 28 + 12 + pool.size + 36 + 20;
    buffer_append_le(&all, 0x00080003, 4), buffer_append_le(&all, total, 4);
    buffer_append_le(&all, 0x001C0001, 4), buffer_append_le(&all, 28 + 12 + pool.size, 4), buffer_append_le(&all, 3, 4), buffer_append_le(&all, 0, 4);
    buffer_append_le(&all, utf8 ? 256 : 0, 4), buffer_append_le(&all, 28 + 12, 4), buffer_append_le(&all, 0, 4);
    for (size_t i = 0; i < 3; i++)
        buffer_append_le(&all, offsets[i], 4);
    buffer_append(&all, buffer_span(&pool));
    buffer_append_le(&all, 0x00100102, 4), buffer_append_le(&all, 36 + 20, 4), buffer_append_le(&all, 1, 4), buffer_append_le(&all, UINT32_MAX, 4);
    buffer_append_le(&all, UINT32_MAX, 4), buffer_append_le(&all, 0, 4), buffer_append_le(&all, 20 | 20 << 16, 4), buffer_append_le(&all, 1, 4), buffer_append_le(&all, 0, 4);
    buffer_append_le(&all, UINT32_MAX, 4), buffer_append_le(&all, 1, 4), buffer_append_le(&all, 2, 4), buffer_append_le(&all, 0x03000008, 4), buffer_append_le(&all, 2, 4);
    assert_int_equal(all.size, total);
    memcpy(out, all.at, all.size);
    buffer_free(&pool);
    buffer_free(&all);
    return total;
}

static void an_android_manifest_names_its_package(void **state)
{
    (void)state;
    static const struct { const char *package; size_t expected; } cases[] = {{"com.fox.camera", 1}, {"com.foxes.camera", 0}, {"org.owl.com.fox.x", 0}};
    uint8_t bytes[1024], damaged[1024];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int utf8 = 0; utf8 < 2; utf8++) {
            size_t size = write_manifest(bytes, cases[i].package, utf8 == 1);
            if (markers((const char *)bytes, size, "apk-package") != cases[i].expected)
                fail_msg("%s is not judged as it should", cases[i].package);
            for (size_t bit = 0; bit < 8 * size; bit++) {
                memcpy(damaged, bytes, size);
                damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
                hearing_t h = lab_hear(&lab, span_from(damaged, size), NULL, 0);
                hearing_free(&h);
            }
        }
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

/* Digests that openssl computes of the certificate and of its public key. */
static void a_signer_is_known_by_certificate_and_by_key(void **state)
{
    (void)state;
    lab_t keys;
    char  name[2048], by_certificate[65] = "", by_key[65] = "";
    make_certificate("signer", "rsa:2048", "/O=Nobody/CN=x", "sha256");
    run("cd '%s' && sha256sum < signer.der | cut -c1-64 > d1 && openssl x509 -in signer.pem -pubkey -noout > signer.pub && "
        "openssl pkey -pubin -in signer.pub -outform DER | sha256sum | cut -c1-64 > d2", scratch);
    sample_t d1 = made("d1"), d2 = made("d2"), pem = made("signer.pem"), der = made("signer.der"), public = made("signer.pub");
    memcpy(by_certificate, d1.at, 64), memcpy(by_key, d2.at, 64);
    lab_make(&keys);
    lab_file(&keys, "corpus/jurisdictions/NO.yaml", "id: NO\nname: Norway\n");
    (void)snprintf(name, sizeof name, "id: %s\nname: A\njurisdiction: NO\nmarkers:\n  - {kind: signing-key, value: %s, strength: definitive, source: s}\n", "owl", by_certificate);
    lab_file(&keys, "corpus/vendors/owl.yaml", "%s", name);
    (void)snprintf(name, sizeof name, "id: %s\nname: A\njurisdiction: NO\nmarkers:\n  - {kind: signing-key, value: %s, strength: definitive, source: s}\n", "emu", by_key);
    lab_file(&keys, "corpus/vendors/emu.yaml", "%s", name);
    lab_open(&keys, NULL);
    const struct { span_t bytes; size_t owls, emus; } cases[] = {{sample_span(&pem), 1, 1}, {sample_span(&der), 1, 1}, {sample_span(&public), 0, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hearing_t h = lab_hear(&keys, cases[i].bytes, NULL, 0);
        assert_int_equal(heard_count(&h, RECORD_MARKER, "owl"), cases[i].owls);
        assert_int_equal(heard_count(&h, RECORD_MARKER, "emu"), cases[i].emus);
        hearing_free(&h);
    }
    sample_free(&d1), sample_free(&d2), sample_free(&pem), sample_free(&der), sample_free(&public);
    lab_remove(&keys);
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
        "printf '/dts-v1/; / { compatible = \"acme,board\"; n { compatible = \"fox,dev\"; local-mac-address = [00 e0 fc 01 02 03]; }; };' | dtc -qq -O dtb -o no.dtb", scratch);
    sample_t       yes = made("yes.dtb"), no = made("no.dtb");
    hearing_t      h = lab_hear(&lab, sample_span(&yes), NULL, 0);
    const heard_t *m = heard(&h, RECORD_MARKER, "fox", 0);
    assert_non_null(m);
    assert_string_equal(m->what, "device-tree");
    assert_string_equal(m->text, "fox,soc");
    hearing_free(&h);
    assert_int_equal(markers((const char *)no.at, no.size, "device-tree"), 0);
    h = lab_hear(&lab, sample_span(&no), NULL, 0); /* what a node names is a part of the board */
    assert_int_equal(heard_count(&h, RECORD_MARKER, "fox"), 2);
    for (size_t i = 0; i < 2; i++) {
        m = heard(&h, RECORD_MARKER, "fox", i);
        assert_true(m->strength == STRENGTH_SUPPORTING && (strcmp(m->what, "device-tree-node") == 0 || strcmp(m->what, "oui") == 0));
    }
    hearing_free(&h);
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
        cmocka_unit_test(a_text_is_found_in_utf_16),
        cmocka_unit_test(a_mail_address_is_weaker_than_a_domain),
        cmocka_unit_test(an_android_manifest_names_its_package),
        cmocka_unit_test(certificates_give_markers_in_pem_and_in_der),
        cmocka_unit_test(a_signer_is_known_by_certificate_and_by_key),
        cmocka_unit_test(weak_certificates_are_findings),
        cmocka_unit_test(private_keys_are_secrets_and_stay_out_of_the_report),
        cmocka_unit_test(a_device_tree_speaks_by_its_root_only),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
