/* Update images of device vendors. No program in Debian makes them, so corpus/samples/vendor-builder.py does, from the published layouts, with
 * checksums by hashlib and zlib and ciphers by openssl; it also says what each part must come out as. Second opinion: binwalk, for the headers
 * that its signatures know. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *format, *variant;
    unsigned    bits; /* at least */
    size_t      damages, limits;
    const char *parts; /* "name name", "name=what-it-is" where the two differ */
    const char *key, *value;
    const char *binwalk; /* what binwalk calls it; NULL: it does not know it */
} case_t;

static const case_t cases[] = {
    {"bcm-tag", "", 104, 0, 0, "rootfs kernel", "bcm_tag.board", "96348GW-11", "Broadcom 96345 firmware header"},
    {"bcm-tag", "cfe", 104, 0, 0, "bootloader rootfs kernel", "bcm_tag.chip", "6348", NULL},
    {"buffalo", "", 80, 0, 0, "image", "buffalo.product", "WZR-HP-G300NH", NULL},
    {"chk", "", 168, 0, 0, "kernel rootfs", "chk.board", "U12H270T00_NETGEAR", NULL},
    {"cybertan", "", 112, 0, 0, "firmware", "cybertan.date", "2010-11-12", "BIN-Header, board ID: W54S"},
    {"dlink-shrs", "", 96, 0, 0, "image", "shrs.key", "the published one", NULL},
    {"dlink-shrs", "otherkey", 96, 0, 1, "encrypted", "shrs.key", "not proven", NULL},
    {"dni", "", 88, 0, 0, "image", "dni.device", "WNR612V2", NULL},
    {"edimax", "", 64, 0, 0, "image", "edimax.model", "3G62", "CSYS header, big"},
    {"edimax", "little", 64, 0, 0, "image", "edimax.model", "3G62", "CSYS header, little"},
    {"encrpted-img", "", 100, 0, 1, "encrypted", NULL, NULL, NULL},
    {"jboot", "", 192, 0, 0, "kernel rootfs", "jboot.kind", "sysupgrade", NULL},
    {"jboot", "factory", 224, 0, 0, "kernel rootfs", "jboot.rom_id", "DLK6E3803001", NULL},
    {"myloader", "", 96, 0, 0, "partition-table block", "myloader.device", "0x0672", NULL},
    {"planex", "", 80, 0, 0, "image", "planex.model", "MZK-W300NH", NULL},
    {"poray", "", 80, 0, 0, "image", "poray.hardware_id", "0x30323033", NULL},
    {"poray", "a5", 80, 0, 0, "image", "poray.hardware_id", "0x32473352", NULL},
    {"realtek-cvimg", "", 56, 0, 0, "kernel", "realtek.flash_address", "0x00030000", NULL},
    {"realtek-cvimg", "boot", 24, 0, 0, "bootloader=kernel", "realtek.signature", "boot", NULL},
    {"seama", "", 112, 0, 0, "image", "seama.meta", "dev=/dev/mtdblock/2", "SEAMA firmware header, big endian"},
    {"seama", "little", 112, 0, 0, "image", "seama.meta", "dev=/dev/mtdblock/2", "SEAMA firmware header, little endian"},
    {"seama", "dlob", 80, 0, 0, "image", "seama.meta", "signature=wrgac01_dlob.hans_dir645", "DLOB firmware header"},
    {"seama", "sealed", 80, 0, 0, "image image-1=rootfs", "seama.meta", "signature=wrgac01_dlob.hans_dir645", "DLOB firmware header"},
    {"senao", "", 48, 0, 0, "kernel", "senao.version", "1.2.3", NULL},
    {"sercomm", "", 120, 0, 0, "image", "sercomm.hardware_id", "42434d36333332", "Sercomm firmware signature"},
    {"tclinux", "", 80, 0, 0, "kernel rootfs", "tclinux.model", "Dewberry", NULL},
    {"tclinux", "little", 80, 0, 0, "kernel rootfs", "tclinux.version", "7.3.37.4", NULL},
    {"tclinux", "zyxel", 80, 0, 0, "kernel rootfs", "tclinux.board", "EX3301-T0", NULL},
    {"tclinux", "zytrx", 112, 0, 0, "image", "tclinux.board", "NR7101", NULL},
    {"tplink-safeloader", "", 136, 0, 0, "soft-version support-list os-image=kernel file-system=rootfs", "safeloader.date", "2023-04-05", NULL},
    {"tplink-safeloader", "text", 136, 0, 0, "os-image=kernel file-system=rootfs", "safeloader.version", "soft_ver:1.2.3 Build 20230101 rel.4", NULL},
    {"tplink-v1", "", 160, 0, 0, "kernel rootfs", "tplink.firmware_version", "3.16.9", "TP-Link firmware header"},
    {"tplink-v1", "boot", 160, 0, 0, "kernel rootfs bootloader", "tplink.hardware_id", "0x08410008", "TP-Link firmware header"},
    {"tplink-v1", "stripped", 160, 0, 0, "kernel rootfs", "tplink.version", "ver. 1.0", "TP-Link firmware header"},
    {"tplink-v2", "", 96, 0, 0, "kernel rootfs", "tplink.hardware_id", "0xC2000001", NULL},
    {"tplink-v2", "v3", 96, 0, 0, "kernel rootfs", "tplink.header_version", "3", NULL},
    {"wrgg", "", 128, 0, 0, "image", "wrgg.model", "dap2695", "WRGG firmware header, name: \"_dlob_dap2695\""},
    {"wrgg", "little", 128, 0, 0, "image", "wrgg.device", "/dev/mtdblock/2", "WRGG firmware header"},
    {"wrgg", "old", 128, 0, 0, "image", "wrgg.signature", "wrgn23_dlwbr_dir300b", NULL},
    {"zyxel-ras", "", 64, 0, 0, "rootfs kernel", "zyxel.model", "NBG6617", NULL},
};

#define COUNT (sizeof cases / sizeof *cases)

static void assert_part(const extraction_t *e, const case_t *c, const char *part)
{
    char        name[64], arguments[96];
    const char *equals = strchr(part, '=');
    (void)snprintf(name, sizeof name, "%.*s", equals != NULL ? (int)(equals - part) : (int)strlen(part), part);
    const entry_t *entry = tree_entry(&e->tree, name);
    if (entry == NULL)
        fail_msg("%s %s: no part %s", c->format, c->variant, name);
    if (strcmp(name, "soft-version") == 0 || strcmp(name, "support-list") == 0)
        return;
    (void)snprintf(arguments, sizeof arguments, "part:%s%s%s", equals != NULL ? equals + 1 : name, *c->variant != 0 ? "@" : "", c->variant);
    sample_t expected = sample_build(c->format, arguments);
    if (entry->size != expected.size || memcmp(entry->content, expected.at, expected.size) != 0)
        fail_msg("%s %s: the part %s is not what was put in", c->format, c->variant, name);
    sample_free(&expected);
}

static void every_image_yields_its_parts_and_says_what_it_is_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        const case_t *c      = &cases[i];
        sample_t      sample = sample_build(c->format, c->variant);
        extraction_t  e      = extraction_of(c->format, sample_span(&sample));
        char          parts[128];
        if (!status_ok(e.status) || e.bits < c->bits || e.damage.count != c->damages || e.limits.count != c->limits)
            fail_msg("%s %s: %u bits, %zu damages (%s), %zu limits", c->format, c->variant, e.bits, e.damage.count,
                     e.damage.count > 0 ? e.damage.sayings[0].what : "", e.limits.count);
        if (e.extent < sample.size - 512 || e.extent > sample.size)
            fail_msg("%s %s: its extent is %llu of %zu", c->format, c->variant, (unsigned long long)e.extent, sample.size);
        (void)snprintf(parts, sizeof parts, "%s", c->parts);
        for (char *save = NULL, *part = strtok_r(parts, " ", &save); part != NULL; part = strtok_r(NULL, " ", &save))
            assert_part(&e, c, part);
        const char *value = c->key != NULL ? extraction_fact(&e, c->key) : NULL;
        if (c->key != NULL && (value == NULL || strcmp(value, c->value) != 0))
            fail_msg("%s %s: %s is %s", c->format, c->variant, c->key, value != NULL ? value : "missing");
        if (explained_with_padding_ppm(c->format, sample_span(&sample)) != 1000000)
            fail_msg("%s %s: %llu ppm explained", c->format, c->variant, (unsigned long long)explained_with_padding_ppm(c->format, sample_span(&sample)));
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void binwalk_calls_them_the_same_where_it_knows_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        if (cases[i].binwalk == NULL)
            continue;
        sample_t sample = sample_build(cases[i].format, cases[i].variant);
        if (run_status("binwalk '%s' | grep -Eq '^0 .*(%s)'", sample.path, cases[i].binwalk) != 0)
            fail_msg("%s %s: binwalk does not call it \"%s\"", cases[i].format, cases[i].variant, cases[i].binwalk);
        sample_free(&sample);
    }
}

static void a_changed_byte_of_the_content_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(cases[i].format, "encrpted-img") == 0 || strcmp(cases[i].format, "cybertan") == 0)
            continue; /* they have no checksum of their own */
        sample_t     sample = sample_build(cases[i].format, cases[i].variant);
        extraction_t e      = extraction_of(cases[i].format, sample_span(&sample));
        uint64_t     at     = e.tree.entries[e.tree.count - 1].at_offset + e.tree.entries[e.tree.count - 1].at_length / 2;
        extraction_free(&e);
        sample.at[at] ^= 0x10;
        e = extraction_of(cases[i].format, sample_span(&sample));
        if (e.bits < BITS_AT_START || !status_ok(e.status) || e.damage.count == 0) {
            /* Where only the sum proves it, a changed image is none. */
            if (!(strcmp(cases[i].format, "realtek-cvimg") == 0 && strcmp(cases[i].variant, "boot") == 0))
                fail_msg("%s %s: a changed byte at %llu is not told", cases[i].format, cases[i].variant, (unsigned long long)at);
        }
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_cut_image_yields_what_is_there_and_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        /* An image without a length is as long as its blob. */
        if (strcmp(cases[i].format, "dni") == 0 || strcmp(cases[i].format, "sercomm") == 0)
            continue;
        sample_t     sample = sample_build(cases[i].format, cases[i].variant);
        extraction_t e      = extraction_of(cases[i].format, span_from(sample.at, sample.size - 600));
        if (strcmp(cases[i].variant, "boot") == 0 && strcmp(cases[i].format, "realtek-cvimg") == 0) {
            assert_true(e.bits < BITS_AT_START);
        } else if (e.bits < BITS_AT_START || !status_ok(e.status) || e.damage.count == 0 || e.tree.count == 0) {
            fail_msg("%s %s: cut, and nothing says so", cases[i].format, cases[i].variant);
        }
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_part_that_reaches_beyond_the_image_is_no_image(void **state)
{
    (void)state;
    static const struct { const char *format; uint64_t at; } wrong[] = {
        {"tplink-v1", 0x80}, {"tplink-v2", 0x78}, {"tclinux", 80}, {"bcm-tag", 128}, {"chk", 4}, {"jboot", 24}, {"realtek-cvimg", 12},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sample_t sample = sample_build(wrong[i].format, "");
        memset(sample.at + wrong[i].at, 0xFE, 4);
        extraction_t e = extraction_of(wrong[i].format, sample_span(&sample));
        if (e.bits != 0)
            fail_msg("%s: still %u bits", wrong[i].format, e.bits);
        extraction_free(&e);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_image_yields_its_parts_and_says_what_it_is_for),
        cmocka_unit_test(binwalk_calls_them_the_same_where_it_knows_them),
        cmocka_unit_test(a_changed_byte_of_the_content_is_told),
        cmocka_unit_test(a_cut_image_yields_what_is_there_and_says_so),
        cmocka_unit_test(a_part_that_reaches_beyond_the_image_is_no_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
