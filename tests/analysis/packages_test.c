/* Package databases and account files: read as they are, and as an attacker would write them. */
#include "support/analysis.h"

#include <stdio.h>
#include <stdlib.h>

static lab_t lab;

static int open_lab(void **state)
{
    (void)state;
    lab_make(&lab);
    lab_open(&lab, NULL);
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    lab_remove(&lab);
    return 0;
}

static const char dpkg_status[] =
    "Package: adduser\nStatus: install ok installed\nPriority: important\nMaintainer: Debian Adduser Developers <adduser@packages.debian.org>\n"
    "Architecture: all\nVersion: 3.134\nDescription: add and remove users\n This is a continuation line:\n Package: not-a-package\n .\n Version: 9\n\n"
    "Package: libgone1\nStatus: deinstall ok config-files\nMaintainer: A <a@debian.org>\nArchitecture: armhf\nVersion: 1\n\n"
    "Package: libstdc++6\nStatus: install ok installed\nMaintainer: Debian GCC <x@y>\nArchitecture: armhf\nVersion: 1:12.2.0-14+deb12u1\n\n\n"
    "Package: bad version\nStatus: install ok installed\nVersion: 1\n\n"
    "Package: noversion\nStatus: install ok installed\n\n"
    "Package: own-tool\nStatus: install ok half-configured\nMaintainer: Us <us@example.org>\nVersion: 2.0~rc1\nPackage: second-name";

static void dpkg_status_lists_what_is_installed(void **state)
{
    (void)state;
    hearing_t      h = lab_hear_text(&lab, dpkg_status);
    const heard_t *a = heard(&h, RECORD_COMPONENT, "adduser", 0);
    assert_non_null(a);
    assert_string_equal(a->purl, "pkg:deb/debian/adduser@3.134?arch=all");
    assert_string_equal(a->supplier, "Debian Adduser Developers <adduser@packages.debian.org>");
    assert_string_equal(a->method, "dpkg-status");
    assert_string_equal(a->text, "Package: adduser");
    assert_int_equal(a->offset, 0);
    assert_int_equal(a->length, 16);
    assert_int_equal(a->confidence, 100);
    const heard_t *b = heard(&h, RECORD_COMPONENT, "libstdc++6", 0);
    assert_non_null(b);
    assert_string_equal(b->purl, "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14%2Bdeb12u1?arch=armhf");
    assert_int_equal(b->offset, strstr(dpkg_status, "Package: libstdc") - dpkg_status);
    const heard_t *c = heard(&h, RECORD_COMPONENT, "own-tool", 0);
    assert_non_null(c);
    assert_string_equal(c->purl, "pkg:deb/own-tool@2.0~rc1");
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, NULL), 3);
    assert_int_equal(heard_count(&h, RECORD_NOTE, NULL), 2);
    hearing_free(&h);
}

static void dpkg_query_agrees_on_this_machine(void **state)
{
    (void)state;
    /* The oracle: dpkg-query on the status of the machine that runs the test. */
    char scratch[1024], path[2048];
    scratch_make(scratch);
    (void)snprintf(path, sizeof path, "%s/list", scratch);
    run("dpkg-query -W -f='${Package} ${Version} ${Architecture} ${db:Status-Status}\\n' | awk '$4 == \"installed\" { print $1, $2, $3 }' > '%s'", path);
    sample_t  expected = sample_read(path), status = sample_read("/var/lib/dpkg/status");
    hearing_t h     = lab_hear(&lab, sample_span(&status), NULL, 0);
    size_t    lines = 0;
    char     *text  = malloc(expected.size + 1), *rest = text;
    assert_non_null(text);
    memcpy(text, expected.at, expected.size);
    text[expected.size] = '\0';
    for (char *line; (line = strsep(&rest, "\n")) != NULL && line[0] != '\0'; lines++) {
        char name[256], version[256], arch[64];
        assert_int_equal(sscanf(line, "%255s %255s %63s", name, version, arch), 3);
        size_t n = 0;
        while (heard(&h, RECORD_COMPONENT, name, n) != NULL && strcmp(heard(&h, RECORD_COMPONENT, name, n)->version, version) != 0)
            n++;
        if (heard(&h, RECORD_COMPONENT, name, n) == NULL)
            fail_msg("%s %s is not listed", name, version);
    }
    assert_true(lines > 50);
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, NULL), lines);
    hearing_free(&h);
    free(text);
    sample_free(&expected);
    sample_free(&status);
    scratch_remove(scratch);
}

static void control_files_and_opkg_and_apk_are_told_apart(void **state)
{
    (void)state;
    hearing_t h = lab_hear_text(&lab, "Package: busybox\nVersion: 1:1.30.1-4ubuntu6\nArchitecture: armhf\nMaintainer: Ubuntu <u@lists.ubuntu.com>\nDescription: x\n");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "busybox", 0)->purl, "pkg:deb/ubuntu/busybox@1:1.30.1-4ubuntu6?arch=armhf");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "busybox", 0)->method, "deb-control");
    hearing_free(&h);
    h = lab_hear_text(&lab, "Package: libubox\nVersion: 2020-12-12-97fbdac\nDepends: libc\nStatus: install ok installed\nArchitecture: mips_24kc\nInstalled-Time: 1\n\n"
                            "Package: gone\nVersion: 1\nStatus: deinstall ok not-installed\nArchitecture: mips_24kc\n\n"
                            "Package: UPPER\nVersion: 1\nStatus: install user installed\nArchitecture: all\nLicense: GPL-2.0\n\n");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "libubox", 0)->purl, "pkg:opkg/libubox@2020-12-12-97fbdac?arch=mips_24kc");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "libubox", 0)->method, "opkg-status");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "UPPER", 0)->purl, "pkg:opkg/upper@1?arch=all");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "UPPER", 0)->licence, "GPL-2.0-only");
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, NULL), 2);
    hearing_free(&h);
    h = lab_hear_text(&lab, "Package: odhcpd\nVersion: 1\nDepends: libc\nSource: package/odhcpd\nSourceName: odhcpd\nMaintainer: a@b\nArchitecture: mips_24kc\n");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "odhcpd", 0)->method, "opkg-control");
    hearing_free(&h);
    h = lab_hear_text(&lab, "C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\nm:Somebody <s@alpinelinux.org>\nF:lib\nR:libc.so\n\nC:Q1abd=\nP:alpine-keys\nV:2.4-r1\nA:x86_64\n\n");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "musl", 0)->purl, "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64");
    assert_string_equal(heard(&h, RECORD_COMPONENT, "musl", 0)->licence, "MIT");
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, NULL), 2);
    hearing_free(&h);
    /* An index of what could be installed is not what is. */
    h = lab_hear_text(&lab, "Package: a\nVersion: 1\nArchitecture: all\nMaintainer: a@b\nFilename: pool/a.deb\n\nPackage: b\nVersion: 1\nArchitecture: all\nMaintainer: a@b\n\n");
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, NULL), 0);
    hearing_free(&h);
}

static void hostile_databases_do_no_harm(void **state)
{
    (void)state;
    size_t   size = 3 << 20;
    uint8_t *blob = malloc(size);
    assert_non_null(blob);
    /* A line of a mebibyte, then binary garbage, then a sound package. */
    memset(blob, 'A', size);
    memcpy(blob, dpkg_status, 300);
    for (size_t i = 300 + (1 << 20); i < size; i++)
        blob[i] = (uint8_t)(i * 2654435761u >> 13);
    memcpy(blob + size - 100, "\n\nPackage: last\nStatus: install ok installed\nVersion: 1\n\n", 57);
    hearing_t h = lab_hear(&lab, span_from(blob, size), NULL, 0);
    assert_non_null(heard(&h, RECORD_COMPONENT, "adduser", 0));
    assert_non_null(heard(&h, RECORD_COMPONENT, "last", 0));
    hearing_free(&h);
    /* Many names of one field, many empty stanzas. */
    memcpy(blob, "Package: a\nStatus: install ok installed\nMaintainer: a@b\nVersion: 1\n", 67);
    for (size_t i = 67; i < size; i++)
        blob[i] = (uint8_t)"P:\n\n"[i % 4];
    h = lab_hear(&lab, span_from(blob, size), NULL, 0);
    assert_int_equal(heard_count(&h, RECORD_COMPONENT, NULL), 1);
    hearing_free(&h);
    /* Every cut of a database. */
    for (size_t cut = 0; cut < sizeof dpkg_status; cut += 7) {
        h = lab_hear(&lab, span_from(dpkg_status, cut), NULL, 0);
        hearing_free(&h);
    }
    free(blob);
}

/* ---- accounts ------------------------------------------------------------------------------------------------------- */

static void accounts_are_judged_by_password_rights_and_hash(void **state)
{
    (void)state;
    hearing_t h = lab_hear_text(&lab, "root::0:0:root:/root:/bin/sh\n# comment\nadmin:$1$abc$ZPSrURmdrcBJxPEBFOHhL1:0:0::/:/bin/sh\nnobody:*:65534:65534:nobody:/var:/bin/false\n"
                                      "ftp::55:55:ftp:/home/ftp:/bin/false\nguest:x:1000:1000::/home/guest:/bin/ash\n");
    const heard_t *empty = heard(&h, RECORD_FINDING, "empty-password", 0);
    assert_true(empty != NULL && empty->severity == SEVERITY_HIGH && empty->kind == FINDING_ACCOUNT && empty->offset == 0);
    assert_int_equal(heard(&h, RECORD_FINDING, "empty-password", 1)->severity, SEVERITY_LOW);
    assert_null(heard(&h, RECORD_FINDING, "empty-password", 2));
    assert_non_null(strstr(heard(&h, RECORD_FINDING, "second-root", 0)->text, "admin:"));
    assert_null(heard(&h, RECORD_FINDING, "second-root", 1));
    assert_int_equal(heard(&h, RECORD_FINDING, "weak-password-hash", 0)->severity, SEVERITY_MEDIUM);
    hearing_free(&h);
    h = lab_hear_text(&lab, "root:4Zrv2rlbmLAeY:17000:0:99999:7:::\ndaemon:*:0:0:99999:7:::\nuser:$6$saltsalt$hash:1:0:99999:7:::\nold:!$1$a$b:1:0:99999:7:::\nopen::1:0:99999:7:::\n");
    assert_int_equal(heard_count(&h, RECORD_FINDING, "weak-password-hash"), 2);
    assert_int_equal(heard_count(&h, RECORD_FINDING, "empty-password"), 1);
    hearing_free(&h);
    h = lab_hear_text(&lab, "# keys\ncommand=\"/bin/x\" ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ vendor@build\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5 b\n");
    assert_int_equal(heard_count(&h, RECORD_FINDING, "ssh-public-key"), 2);
    assert_int_equal(heard(&h, RECORD_FINDING, "ssh-public-key", 0)->severity, SEVERITY_INFO);
    hearing_free(&h);
}

static void other_files_with_colons_are_no_accounts(void **state)
{
    (void)state;
    static const char *const texts[] = {"root:x:0:\ndaemon:x:1:\n", "a:b:c:d:e:f:g\n", "root::0:0:root:/root:/bin/sh\nand some prose\n", "1::2:3:4:/5:/6\n", ":::::::\n", "::::::::\n", "/usr/bin:/bin\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hearing_t h = lab_hear_text(&lab, texts[i]);
        if (heard_count(&h, RECORD_FINDING, NULL) != 0)
            fail_msg("\"%s\" is taken for accounts", texts[i]);
        hearing_free(&h);
    }
}

static void a_file_of_many_accounts_is_a_limit(void **state)
{
    (void)state;
    char  *text = malloc(1 << 20);
    size_t size = 0;
    assert_non_null(text);
    for (int i = 0; i < 3000; i++)
        size += (size_t)snprintf(text + size, 64, "u%d::0:0::/:/bin/sh\n", i);
    hearing_t h = lab_hear(&lab, span_from(text, size), NULL, 0);
    assert_int_equal(heard_count(&h, RECORD_LIMIT, "accounts"), 1);
    assert_int_equal(heard_count(&h, RECORD_FINDING, NULL), 512);
    hearing_free(&h);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dpkg_status_lists_what_is_installed),
        cmocka_unit_test(dpkg_query_agrees_on_this_machine),
        cmocka_unit_test(control_files_and_opkg_and_apk_are_told_apart),
        cmocka_unit_test(hostile_databases_do_no_harm),
        cmocka_unit_test(accounts_are_judged_by_password_rights_and_hash),
        cmocka_unit_test(other_files_with_colons_are_no_accounts),
        cmocka_unit_test(a_file_of_many_accounts_is_a_limit),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
