/* What no rule can say: passwords tried against hashes, services in the files that start them, settings, names of web pages. Hashes are
 * made here by crypt(3) and by openssl passwd, an independent program. */
#include "analysis/passwords.h"
#include "support/analysis.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>

static lab_t lab;

static int open_lab(void **state)
{
    (void)state;
    lab_make(&lab);
    lab_open(&lab, NULL);
    if (lab.analyser == NULL)
        fail_msg("%s", lab.why);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    lab_remove(&lab);
    return 0;
}

/* ---- passwords --------------------------------------------------------------------------------------------------------- */

static hearing_t hear_hash(const char *name, const char *hash)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s:%s:17000:0:99999:7:::\nbin:*:17000:0:99999:7:::\n", name, hash);
    return lab_hear_text(&lab, text);
}

static void passwords_of_the_list_are_found_behind_every_kind_of_hash(void **state)
{
    (void)state;
    static const char *const settings[] = {"ab", "_J9..rasm", "$1$saltsalt$", "$5$saltsalt$", "$6$saltsalt$", "$6$rounds=1000$saltsalt$", "$2b$04$abcdefghijklmnopqrstuu",
                                           "$y$j9T$abcdefghijklmnop$"};
    static const char *const words[]    = {"admin", "xc3511", "1234", "operator"}; /* the last: the account's own name */
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++)
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            struct crypt_data data = {0};
            hearing_t         h    = hear_hash("operator", crypt_r(words[w], settings[s], &data));
            const heard_t    *f    = heard(&h, RECORD_FINDING, "known-password", 0);
            if (f == NULL || f->severity != SEVERITY_HIGH || f->kind != FINDING_ACCOUNT || strstr(f->what, words[w]) == NULL)
                fail_msg("%s behind %s: %s", words[w], settings[s], f != NULL ? f->what : "not found");
            hearing_free(&h);
        }
}

static void a_hash_by_another_program_is_tried_as_well(void **state)
{
    (void)state;
    char  hash[256] = "";
    FILE *pipe      = popen("openssl passwd -6 -salt pepper xc3511", "r");
    assert_non_null(pipe);
    assert_non_null(fgets(hash, sizeof hash, pipe));
    assert_int_equal(pclose(pipe), 0);
    hash[strcspn(hash, "\n")] = '\0';
    hearing_t h = hear_hash("root", hash);
    assert_int_equal(heard_count(&h, RECORD_FINDING, "known-password"), 1);
    hearing_free(&h);
}

static void a_locked_account_with_a_known_password_is_less_grave(void **state)
{
    (void)state;
    struct crypt_data data = {0};
    char              hash[256];
    (void)snprintf(hash, sizeof hash, "!%s", crypt_r("admin", "$1$saltsalt$", &data));
    hearing_t h = hear_hash("root", hash);
    assert_int_equal(heard(&h, RECORD_FINDING, "known-password", 0)->severity, SEVERITY_MEDIUM);
    hearing_free(&h);
}

static void what_is_not_on_the_list_is_not_claimed_and_what_costs_too_much_is_noted(void **state)
{
    (void)state;
    struct crypt_data data = {0};
    hearing_t         h    = hear_hash("root", crypt_r("an uncommon phrase", "$1$saltsalt$", &data));
    assert_int_equal(heard_count(&h, RECORD_FINDING, "known-password"), 0);
    assert_int_equal(heard_count(&h, RECORD_NOTE, NULL), 0);
    hearing_free(&h);
    static const char *const costly[] = {"$6$rounds=999999999$saltsalt$abcdefgh", "$2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz012345", "$7$CU..../....abcdefgh$abc",
                                         "$y$jFT$abcdefghijklmnop$x", "$unheard$of$hash"};
    for (size_t i = 0; i < sizeof costly / sizeof *costly; i++) {
        h = hear_hash("root", costly[i]);
        assert_int_equal(heard_count(&h, RECORD_FINDING, "known-password"), 0);
        assert_int_equal(heard_count(&h, RECORD_NOTE, NULL), 1);
        hearing_free(&h);
    }
}

static void the_shipped_list_loads_and_knows_what_worms_try(void **state)
{
    (void)state;
    report_source_t   source;
    struct crypt_data data = {0};
    const char       *why  = NULL;
    uint32_t          work = PASSWORD_WORK;
    span_t            found;
    arena_t          *arena     = arena_new(SIZE_MAX);
    passwords_t      *passwords = passwords_load(getenv("ASSAY_SOURCE"), arena, &source, &why);
    if (passwords == NULL)
        fail_msg("%s", why);
    assert_true(source.count >= 200);
    const char *hash = crypt_r("7ujMko0admin", "$1$saltsalt$", &data);
    assert_int_equal(passwords_try(passwords, span_from_text("root"), span_from_text(hash), &work, &found), PASSWORD_FOUND);
    assert_true(span_equal(found, span_from_text("7ujMko0admin")) && work < PASSWORD_WORK);
    arena_free(arena);
}

/* ---- services ---------------------------------------------------------------------------------------------------------- */

static const struct { const char *text, *rule; } started[] = {
    {"#!/bin/sh\n/usr/sbin/telnetd -l /bin/sh &\n", "service-telnet"},
    {"#!/bin/sh /etc/rc.common\nstart() {\n\tbusybox telnetd\n}\n", "service-telnet"},
    {"#!/bin/sh\n[ -x /usr/sbin/telnetd ] && /usr/sbin/telnetd\n", "service-telnet"},
    {"#!/bin/sh\nif true; then utelnetd -d; fi\n", "service-telnet"},
    {"#!/bin/sh\nFLAGS=1 exec 'telnetd' -F\n", "service-telnet"},
    {"#!/bin/sh\nstart-stop-daemon -S -b -x /usr/sbin/telnetd -- -F\n", "service-telnet"},
    {"#!/bin/sh /etc/rc.common\nstart_service() {\n procd_open_instance\n procd_set_param command /usr/sbin/telnetd -F\n}\n", "service-telnet"},
    {"#!/bin/sh\ngdbserver :2345 /usr/bin/app\n", "service-debugger"},
    {"#!/bin/sh\nnc -l -p 4444 -e /bin/sh\n", "service-shell"},
    {"#!/bin/sh\ngetty -n -l /bin/sh 115200 ttyS0\n", "console-shell"},
    {"::sysinit:/etc/init.d/rcS\nttyS0::respawn:-/bin/sh\n", "console-shell"},
    {"::sysinit:/etc/init.d/rcS\n::askfirst:/bin/ash --login\n::ctrlaltdel:/sbin/reboot\n", "console-shell"},
    {"::sysinit:/etc/rcS\n::once:/usr/sbin/telnetd -l /bin/login\n", "service-telnet"},
    {"# services\ntelnet stream tcp nowait root /usr/sbin/telnetd telnetd -i\n", "service-telnet"},
    {"tftp dgram udp wait root /usr/sbin/tcpd /usr/sbin/in.tftpd -s /srv\n", "service-tftp"},
    {"[Unit]\nDescription=x\n[Service]\nExecStart=-/usr/bin/gdbserver --multi :1\n", "service-debugger"},
    {"on boot\n    start adbd\nservice adbd /system/bin/adbd\n    class core\n", "service-adb"},
    {"#!/bin/sh\nwget http://update.example.net/fw.bin -O /tmp/fw.bin\nmtd write /tmp/fw.bin firmware\n", "unsigned-update"},
};

static void what_a_file_starts_is_found_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof started / sizeof *started; i++) {
        hearing_t      h = lab_hear_text(&lab, started[i].text);
        const heard_t *f = heard(&h, RECORD_FINDING, started[i].rule, 0);
        if (f == NULL || f->kind != FINDING_SERVICE || f->length == 0 || strncmp(started[i].text + f->offset, f->text, f->length) != 0)
            fail_msg("%s: no %s", started[i].text, started[i].rule);
        if (heard_count(&h, RECORD_FINDING, NULL) != 1)
            fail_msg("%s: more than one finding", started[i].text);
        hearing_free(&h);
    }
}

static void what_only_names_a_service_starts_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "#!/bin/sh\n# telnetd is not started\necho telnetd\n", "#!/bin/sh\n[ -x /usr/sbin/telnetd ] || exit 0\n", "#!/bin/sh\necho \"run; telnetd\"\n",
        "#!/bin/sh\nkillall telnetd\nstart-stop-daemon -K -x /usr/sbin/telnetd\n", "telnetd is a server for telnet.\nIt is old.\n", "#!/usr/bin/perl\ntelnetd;\n",
        "ttyS0::off:-/bin/sh\n::sysinit:/etc/rcS\n", "::respawn:/sbin/getty -L ttyS0 115200 vt100\n::sysinit:/etc/rcS\n", "[Unit]\nDescription=telnetd\n[Service]\nExecStart=/usr/bin/true\n",
        "#!/bin/sh\nwget http://u.example.net/f -O /tmp/f\nopenssl dgst -verify k -signature s /tmp/f\nmtd write /tmp/f firmware\n", "#!/bin/sh\nmtd write /tmp/f firmware\n",
        "#!/bin/sh\nnc -z host 22\n", "#!/bin/sh\nTELNETD=/usr/sbin/telnetd\n",
        "#!/bin/sh\nCMD=`find telnetd telnetd`\nA=\"x telnetd\"\nB=\"`grep telnetd /etc/inetd.conf|sed s,/usr/sbin/telnetd,,`\"\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        hearing_t h = lab_hear_text(&lab, texts[i]);
        if (heard_count(&h, RECORD_FINDING, NULL) != 0)
            fail_msg("%s: %s", texts[i], heard(&h, RECORD_FINDING, NULL, 0)->name);
        hearing_free(&h);
    }
}

/* ---- settings ---------------------------------------------------------------------------------------------------------- */

static void settings_that_leave_a_device_open_are_found_in_files_of_settings_only(void **state)
{
    (void)state;
    static const struct { const char *text, *rule; } cases[] = {
        {"Port 22\n# x\nPermitEmptyPasswords yes\nUsePAM no\n", "sshd-empty-passwords"},
        {"Port 22\nprotocol 2,1\nSubsystem sftp /usr/lib/sftp\n", "sshd-protocol-1"},
        {"wan_proto=dhcp\ntelnet_enable=1\nlan_ip=192.168.1.1\n", "setting-telnet"},
        {"config system\n\toption telnet_enabled 'on'\n\toption name 'x'\n", "setting-telnet"},
        {"remote_management=1\nhttp_wanport=8080\n", "setting-remote-management"},
        {"# build\nro.secure=0\nro.debuggable=1\n", "setting-adb"},
        {"anonymous_enable=YES\nanon_upload_enable=YES\n", "ftp-anonymous-upload"},
        {"Port 22\nPermitRootLogin no\nPermitEmptyPasswords no\nUsePAM yes\n", NULL},
        {"wan_proto=dhcp\ntelnet_enable=0\nlan_ip=192.168.1.1\n", NULL},
        {"To open it, set\ntelnet_enable=1\nand say so to your users.\nIt is not wise.\n", NULL},
        {"#telnet_enable=1\na=b\nc=d\n", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hearing_t h = lab_hear_text(&lab, cases[i].text);
        if (heard_count(&h, RECORD_FINDING, NULL) != (cases[i].rule != NULL) || (cases[i].rule != NULL && heard(&h, RECORD_FINDING, cases[i].rule, 0) == NULL))
            fail_msg("%s: %zu findings", cases[i].text, heard_count(&h, RECORD_FINDING, NULL));
        hearing_free(&h);
    }
}

/* ---- web pages --------------------------------------------------------------------------------------------------------- */

static hearing_t hear_program(const char *strings, size_t size)
{
    uint8_t *bytes = calloc(1, 4096);
    assert_non_null(bytes);
    memcpy(bytes, "\x7F" "ELF", 4);
    memcpy(bytes + 1024, strings, size);
    hearing_t h = lab_hear(&lab, span_from(bytes, 4096), NULL, 0);
    free(bytes);
    return h;
}

#define HEAR_PROGRAM(strings) hear_program(strings, sizeof(strings))

static void pages_with_telling_names_are_named_as_a_guess_in_servers_only(void **state)
{
    (void)state;
    hearing_t h = HEAR_PROGRAM("HTTP/1.1 200 OK\0Content-Type: text/html\0/goform/telnet\0/index.html\0/debug_shell.cgi?x\0/usr/share/debug\0not/debug.cgi");
    assert_int_equal(heard_count(&h, RECORD_FINDING, "hidden-endpoint"), 2);
    const heard_t *f = heard(&h, RECORD_FINDING, "hidden-endpoint", 0);
    assert_string_equal(f->text, "/goform/telnet");
    assert_true(f->confidence <= 25 && f->severity == SEVERITY_LOW && strstr(f->what, "guess") != NULL);
    assert_string_equal(heard(&h, RECORD_FINDING, "hidden-endpoint", 1)->text, "/debug_shell.cgi");
    hearing_free(&h);
    h = HEAR_PROGRAM("a client\0/goform/telnet\0/debug_shell.cgi");
    assert_int_equal(heard_count(&h, RECORD_FINDING, "hidden-endpoint"), 0);
    hearing_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_of_the_list_are_found_behind_every_kind_of_hash),
        cmocka_unit_test(a_hash_by_another_program_is_tried_as_well),
        cmocka_unit_test(a_locked_account_with_a_known_password_is_less_grave),
        cmocka_unit_test(what_is_not_on_the_list_is_not_claimed_and_what_costs_too_much_is_noted),
        cmocka_unit_test(the_shipped_list_loads_and_knows_what_worms_try),
        cmocka_unit_test(what_a_file_starts_is_found_where_it_stands),
        cmocka_unit_test(what_only_names_a_service_starts_none),
        cmocka_unit_test(settings_that_leave_a_device_open_are_found_in_files_of_settings_only),
        cmocka_unit_test(pages_with_telling_names_are_named_as_a_guess_in_servers_only),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
