/* Boot images of systems on a chip. The makers are the independent oracle: U-Boot's mkimage and Arm's fiptool where they know the format
 * (they verify the sample again here), else a builder from the published layout; the parts are the texts that the image was made from. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

enum { PARTS_MAX = 8, FACTS_MAX = 4 };

typedef struct { const char *path, *tag; uint64_t size; child_type_t type; } part_t; /* tag NULL: not looked into */

typedef struct {
    const char *format, *variant;
    unsigned    bits;         /* of evidence, at least */
    part_t      parts[PARTS_MAX];
    struct { const char *key, *value; } facts[FACTS_MAX];
    const char *oracle;       /* a shell command that must be content with $1; NULL: none */
    unsigned    limits;       /* that are said */
    uint64_t    flip_at;      /* a byte whose change must be told as damage; 0: the format has no checksum there */
} row_t;

static const row_t rows[] = {
    {"allwinner_egon", "", 112, {{"spl.bin", "spl", 9000, CHILD_FILE}},
     {{"boot.device-tree", "sun50i-a64-sample"}, {"egon.stage", "BT0"}, {"egon.spl-version", "0.2"}}, "mkimage -l $1", 0, 5000},
    {"allwinner_egon", "riscv", 112, {{"spl.bin", "spl", 9000, CHILD_FILE}}, {{"egon.machine", "riscv"}}, "mkimage -l $1", 0, 5000},
    {"allwinner_egon", "dtb", 112, {{"spl.bin", "spl", 9000, CHILD_FILE}, {"spl.dtb", NULL, 0, CHILD_FILE}},
     {{"egon.machine", "arm"}}, NULL, 0, 5000},
    {"allwinner_egon", "vendor", 112, {{"boot0.bin", "spl", 2300, CHILD_FILE}}, {{"egon.stage", "BT1"}}, NULL, 0, 5000},
    {"allwinner_toc0", "", 112, {{"key", NULL, 1336, CHILD_FILE}, {"certificate", NULL, 603, CHILD_FILE}, {"firmware", "firmware", 9000, CHILD_FILE}},
     {{"toc.firmware-digest", "agrees with the certificate"}, {"toc.firmware.load", "0x20060"}}, "mkimage -l $1", 0, 5000},
    {"allwinner_toc1", "", 112,
     {{"u-boot", "u-boot", 9000, CHILD_FILE}, {"monitor", "monitor", 5000, CHILD_FILE}, {"board-config", "board-config", 900, CHILD_FILE}},
     {{"toc.u-boot.load", "0x4a000000"}, {"toc.serial-number", "7"}}, NULL, 0, 5000},
    {"allwinner_toc1", "encrypted", 112,
     {{"u-boot", "u-boot", 9000, CHILD_FILE}, {"monitor", "monitor", 5000, CHILD_FILE}, {"board-config", "board-config", 900, CHILD_PAYLOAD}},
     {{"toc.serial-number", "7"}}, NULL, 1, 5000},
    {"arm_fip", "", 80,
     {{"tb-fw-bl2", "bl2", 5000, CHILD_FILE}, {"soc-fw-bl31", "bl31", 7001, CHILD_FILE}, {"nt-fw-bl33", "bl33", 9000, CHILD_FILE},
      {"fw-config", NULL, 0, CHILD_FILE}, {"tb-fw-cert", "certificate", 700, CHILD_FILE}, {"0123456789abcdef0123456789abcdef", "blob", 300,
       CHILD_FILE}},
     {{"fip.entries", "6"}}, "fiptool info $1", 0, 0},
    {"rockchip_idb", "", 112, {{"init.bin", NULL, 10240, CHILD_FILE}, {"boot.bin", "boot", 5000, CHILD_FILE}},
     {{"boot.soc", "RK33"}, {"idb.layout", "SD or eMMC"}, {"idb.code", "plain"}}, "mkimage -T rksd -n rk3399 -l $1 || mkimage -l $1", 0, 0},
    {"rockchip_idb", "spi", 112, {{"init.bin", NULL, 10240, CHILD_FILE}}, {{"idb.layout", "SPI flash"}}, NULL, 0, 0},
    {"rockchip_idb", "rc4", 112, {{"init.bin", NULL, 10240, CHILD_FILE}, {"boot.bin", "boot", 5000, CHILD_FILE}}, {{"boot.soc", "RK31"}}, NULL, 0, 0},
    {"rockchip_idb", "rkns", 112, {{"init.bin", "init", 9000, CHILD_FILE}, {"boot.bin", "boot", 5000, CHILD_FILE}}, {{"idb.hash", "SHA-256"}},
     NULL, 0, 5000},
    {"rockchip_rkfw", "", 96, {{"loader.bin", NULL, 0, CHILD_PAYLOAD}, {"update.img", NULL, 0, CHILD_PAYLOAD}},
     {{"rkfw.version", "8.1.0"}, {"rkfw.date", "2023-11-14 22:13:20"}, {"rkfw.md5", "agrees"}},
     "test $(head -c -32 $1 | md5sum | head -c 32) = $(tail -c 32 $1)", 0, 5000},
    {"rockchip_rkfw", "old", 64, {{"loader.bin", NULL, 0, CHILD_PAYLOAD}, {"update.img", NULL, 0, CHILD_PAYLOAD}}, {{"rkfw.version", "8.1.0"}},
     NULL, 0, 0},
    {"rockchip_rkaf", "", 56, {{"package-file", NULL, 75, CHILD_FILE}, {"parameter", NULL, 0, CHILD_FILE}, {"boot", "boot", 5000, CHILD_FILE}},
     {{"rkaf.model", "RK3399"}, {"rkaf.manufacturer", "SAMPLE MAKER"}}, NULL, 0, 5000},
    {"rockchip_rkboot", "", 96,
     {{"471-rk_ddr.bin", "ddr", 3000, CHILD_FILE}, {"472-usbplug.bin", "usbplug", 5000, CHILD_FILE}, {"loader-FlashData.bin", "data", 2048,
      CHILD_FILE},
      {"loader-FlashBoot.bin", "boot", 4096, CHILD_FILE}}, {{"rkboot.version", "1.19"}, {"rkboot.date", "2023-11-14"}}, NULL, 0, 5000},
    {"rockchip_rkboot", "rc4", 96,
     {{"471-rk_ddr.bin", "ddr", 3000, CHILD_FILE}, {"472-usbplug.bin", "usbplug", 5000, CHILD_FILE}, {"loader-FlashData.bin", "data", 2048,
      CHILD_FILE},
      {"loader-FlashBoot.bin", "boot", 4096, CHILD_FILE}}, {{"rkboot.code", "RC4 with the published key"}}, NULL, 0, 5000},
    {"rockchip_rkboot", "boot", 96,
     {{"471-rk_ddr.bin", "ddr", 3000, CHILD_FILE}, {"472-usbplug.bin", "usbplug", 5000, CHILD_FILE}, {"loader-FlashData.bin", "data", 2048,
      CHILD_FILE},
      {"loader-FlashBoot.bin", "boot", 4096, CHILD_FILE}}, {{"rkboot.code", "plain"}}, NULL, 0, 5000},
    {"rockchip_parm", "", 64, {{"parameter.txt", NULL, 0, CHILD_FILE}}, {{"boot.vendor", "Rockchip"}}, NULL, 0, 100},
    {"rockchip_parm", "kernel", 64, {{"kernel", "kernel", 3000, CHILD_PAYLOAD}}, {{"boot.vendor", "Rockchip"}}, NULL, 0, 100},
    {"nxp_ivt", "", 96, {{"boot.bin", "boot", 9000, CHILD_FILE}}, {{"ivt.entry", "0x17800000"}, {"ivt.dcd-size", "36"}, {"ivt.signed", "no"}},
     "mkimage -T imximage -l $1 || mkimage -l $1", 0, 0},
    {"nxp_ivt", "spl", 96, {{"boot.bin", "boot", 9000, CHILD_FILE}}, {{"ivt.entry", "0x908000"}}, "mkimage -l $1", 0, 0},
    {"nxp_ivt", "signed", 96,
     {{"boot.bin", "boot", 9000, CHILD_FILE}, {"certificate", "first", 25, CHILD_FILE}, {"certificate-2", "second", 26, CHILD_FILE},
      {"signature", NULL, 9, CHILD_FILE}}, {{"ivt.signed", "HAB"}, {"ivt.certificates", "2"}}, "mkimage -l $1", 0, 0},
    {"ti_omap", "", 96, {{"spl.bin", "spl", 9000, CHILD_FILE}}, {{"omap.load", "0x40300000"}}, "mkimage -T omapimage -l $1 || mkimage -l $1", 0, 0},
    {"intel_socfpga", "", 80, {{"vectors.bin", "spl", 64, CHILD_FILE}, {"spl.bin", NULL, 8928, CHILD_FILE}}, {{"boot.soc", "Cyclone V or Arria V"}},
     "mkimage -l $1", 0, 5000},
    {"intel_socfpga", "arria10", 80, {{"vectors.bin", "spl", 64, CHILD_FILE}, {"spl.bin", NULL, 8920, CHILD_FILE}}, {{"boot.soc", "Arria 10"}},
     "mkimage -l $1", 0, 5000},
    {"mediatek_preloader", "", 160, {{"preloader.bin", "preloader", 9000, CHILD_FILE}},
     {{"preloader.device", "EMMC_BOOT"}, {"preloader.entry", "0x201000"}, {"preloader.signature", "SHA-256"}}, "mkimage -l $1", 0, 5000},
    {"mediatek_preloader", "nand", 160, {{"preloader.bin", "preloader", 9000, CHILD_FILE}}, {{"preloader.device", "NAND"}}, "mkimage -l $1", 0, 8000},
    {"mediatek_preloader", "nor", 160, {{"preloader.bin", "preloader", 9000, CHILD_FILE}}, {{"preloader.device", "SF_BOOT"}}, "mkimage -l $1", 0,
     5000},
    {"mediatek_preloader", "gfh", 96, {{"preloader.bin", "preloader", 9000, CHILD_FILE}}, {{"preloader.entry", "0x201000"}}, NULL, 0, 5000},
    {"mediatek_lk", "", 80, {{"U-Boot", "u-boot", 9000, CHILD_FILE}}, {{"lk.U-Boot.load", "0x41e00000"}}, "mkimage -l $1", 0, 0},
    {"mediatek_lk", "parts", 80, {{"lk", "lk", 5000, CHILD_FILE}, {"cert1", "cert1", 900, CHILD_FILE}, {"lk_main_dtb", "lk_main_dtb", 1201,
     CHILD_FILE}},
     {{"lk.lk.load", "0x46000000"}}, NULL, 0, 0},
    {"marvell_kwbimage", "", 60, {{"header.bin", "header", 1000, CHILD_FILE}, {"payload.bin", "payload", 9000, CHILD_FILE}},
     {{"kwbimage.device", "SPI"}, {"kwbimage.entry", "0x800000"}}, "mkimage -T kwbimage -l $1 || mkimage -l $1", 0, 5000},
    {"marvell_kwbimage", "v0", 60, {{"payload.bin", "payload", 9000, CHILD_FILE}}, {{"kwbimage.version", "0"}}, "mkimage -l $1", 0, 5000},
    {"marvell_kwbimage", "nobinary", 60, {{"payload.bin", "payload", 9000, CHILD_FILE}}, {{"kwbimage.device", "SATA"}}, "mkimage -l $1", 0, 5000},
    {"amlogic_boot", "", 104, {{"payload.bin", "payload", 9000, CHILD_FILE}}, {{"aml.version", "1.1"}, {"aml.digest", "SHA-256 agrees"}}, NULL, 0,
     9000},
    {"amlogic_boot", "plain", 104, {{"payload.bin", "payload", 9000, CHILD_FILE}}, {{"aml.id", "0x42424200"}}, NULL, 0, 9000},
    {"amlogic_boot", "signed", 72, {{"payload.bin", "payload", 9000, CHILD_PAYLOAD}}, {{"aml.digest", "signature"}}, NULL, 0, 0},
    {"amlogic_upgrade", "", 72,
     {{"DDR.USB", "ddr", 3000, CHILD_FILE}, {"boot.PARTITION", "boot", 5000, CHILD_FILE}, {"boot.VERIFY", NULL, 48, CHILD_FILE},
      {"platform.conf", "conf", 200, CHILD_FILE}}, {{"upgrade.version", "2"}, {"upgrade.items", "4"}}, NULL, 0, 8000},
    {"amlogic_upgrade", "v1", 72,
     {{"DDR.USB", "ddr", 3000, CHILD_FILE}, {"boot.PARTITION", "boot", 5000, CHILD_FILE}, {"boot.VERIFY", NULL, 48, CHILD_FILE},
      {"platform.conf", "conf", 200, CHILD_FILE}}, {{"upgrade.version", "1"}}, NULL, 0, 8000},
    {"allwinner_imagewty", "", 80,
     {{"sys_config.fex", "config", 700, CHILD_FILE}, {"boot0_nand.fex", "boot0", 5000, CHILD_FILE}, {"boot.fex", "boot", 9000, CHILD_FILE}},
     {{"imagewty.version", "0x300"}, {"imagewty.hardware-id", "0x100"}}, NULL, 0, 0},
    {"allwinner_imagewty", "v1", 80,
     {{"sys_config.fex", "config", 700, CHILD_FILE}, {"boot0_nand.fex", "boot0", 5000, CHILD_FILE}, {"boot.fex", "boot", 9000, CHILD_FILE}},
     {{"imagewty.version", "0x100"}}, NULL, 0, 0},
    {"xilinx_bootbin", "", 96, {{"loader.bin", "loader", 9000, CHILD_FILE}, {"partition1.bin", "partition", 7000, CHILD_FILE}},
     {{"boot.soc", "Zynq UltraScale+"}}, "mkimage -l $1", 0, 0},
    {"xilinx_bootbin", "zynq", 96, {{"loader.bin", "loader", 9000, CHILD_FILE}}, {{"boot.soc", "Zynq-7000"}}, "mkimage -l $1", 0, 0},
    {"xilinx_bootbin", "single", 96, {{"loader.bin", "loader", 9000, CHILD_FILE}}, {{"boot.soc", "Zynq UltraScale+"}}, "mkimage -l $1", 0, 0},
    {"avr", "", 28, {{"code.bin", NULL, 1400, CHILD_FILE}}, {{"avr.vectors", "26"}, {"avr.reset", "0x3868"}}, NULL, 0, 0},
    {"avr", "small", 28, {{"code.bin", NULL, 1400, CHILD_FILE}}, {{"avr.vectors", "19"}, {"avr.reset", "0x26"}}, NULL, 0, 0},
    {"cortex_m", "", 28, {{"code.bin", NULL, 6004, CHILD_FILE}}, {{"cortex-m.stack", "0x20002000"}, {"cortex-m.reset", "0x8004431"},
     {"cortex-m.vectors", "46"}}, NULL, 0, 0},
    {"cortex_m", "lpc", 28, {{"code.bin", NULL, 6004, CHILD_FILE}}, {{"cortex-m.checksum", "agrees (NXP LPC)"}}, NULL, 0, 0},
    {"cortex_m", "boot", 28, {{"code.bin", NULL, 6004, CHILD_FILE}}, {{"cortex-m.boot-header", "NXP LPC43xx"}}, NULL, 0, 0},
    {"cortex_m", "memory", 28, {{"code.bin", NULL, 6004, CHILD_FILE}}, {{"cortex-m.vectors", "46"}}, NULL, 0, 0},
    {"tf_a", "", 28, {{"code.bin", NULL, 4096, CHILD_FILE}, {"data.bin", NULL, 0, CHILD_FILE}},
     {{"tf-a.stage", "BL31"}, {"tf-a.version", "v2.8(release):v2.8-sample"}, {"tf-a.built", "22:13:20, Nov 14 2023"}}, NULL, 0, 0},
    {"uboot_arm", "", 96, {{"device-tree.dtb", NULL, 0, CHILD_FILE}},
     {{"uboot.base", "0x80800000"}, {"uboot.version", "U-Boot 2023.01+sample (Nov 14 2023)"}}, NULL, 0, 0},
    {"uboot_arm", "old", 96, {{"device-tree.dtb", NULL, 0, CHILD_FILE}}, {{"uboot.base", "0x80800000"}}, NULL, 0, 0},
    {"uboot_arm", "spl", 96, {{"code.bin", "first stage", 4900, CHILD_FILE}, {"code.dtb", NULL, 0, CHILD_FILE}}, {{"uboot.base", "0x402f0400"}},
     NULL, 0, 0},
    {"uboot_arm64", "linked", 96, {{"device-tree.dtb", NULL, 0, CHILD_FILE}}, {{"uboot.base", "0x200000"}}, NULL, 0, 0},
    {"uboot_arm64", "loader", 96, {{"device-tree.dtb", NULL, 0, CHILD_FILE}}, {{"uboot.base", "0x200000"}}, NULL, 0, 0},
    {"uboot_arm64", "room", 24, {{"code.bin", "u-boot", 9000, CHILD_FILE}}, {{"uboot.base", "0x200000"}}, NULL, 0, 0},
    {"uboot_arm64", "", 80, {{"code.bin", "u-boot", 9000, CHILD_FILE}}, {{"uboot.version", "U-Boot 2023.01+sample (Nov 14 2023)"}, {"uboot.base",
     "0x200000"}},
     NULL, 0, 0},
};

/* Is the content the text that stands for the code of `tag`, `size` bytes of it, and zeros behind? */
static void assert_code(const row_t *row, const part_t *part, const entry_t *entry)
{
    char   line[80];
    size_t length = (size_t)snprintf(line, sizeof line, "%s code of the sample\n", part->tag), at = 0;
    while (at < entry->size && at < part->size && entry->content[at] == (uint8_t)line[at % length])
        at++;
    if (at != part->size)
        fail_msg("%s %s: %s is not its code from byte %zu of %llu on", row->format, row->variant, part->path, at, (unsigned long long)entry->size);
    for (; at < entry->size; at++)
        if (strncmp(row->format, "uboot_arm", 9) != 0 && entry->content[at] != 0 && entry->content[at] != 0xFF)
            fail_msg("%s %s: %s has something behind its code, at %zu", row->format, row->variant, part->path, at);
}

static void every_part_is_found_and_every_byte_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row_t *row    = &rows[i];
        sample_t     sample = sample_build(row->format, row->variant);
        extraction_t e      = extraction_of(row->format, sample_span(&sample));
        if (!status_ok(e.status) || e.bits < row->bits || e.damage.count != 0 || e.limits.count != row->limits)
            fail_msg("%s %s: status, %u bits, %zu damages (%s), %zu limits", row->format, row->variant, e.bits, e.damage.count,
                     e.damage.count > 0 ? e.damage.sayings[0].what : "", e.limits.count);
        size_t parts = 0;
        for (; parts < PARTS_MAX && row->parts[parts].path != NULL; parts++) {
            const part_t  *part  = &row->parts[parts];
            const entry_t *entry = tree_entry(&e.tree, part->path);
            if (entry == NULL || entry->type != part->type)
                fail_msg("%s %s: %s is missing or of another type", row->format, row->variant, part->path);
            if (part->tag != NULL)
                assert_code(row, part, entry);
            else if (part->size > 0)
                assert_int_equal(entry->size, part->size);
        }
        if (e.tree.count != parts)
            fail_msg("%s %s: %zu parts, not %zu", row->format, row->variant, e.tree.count, parts);
        for (size_t n = 0; n < FACTS_MAX && row->facts[n].key != NULL; n++) {
            const char *value = extraction_fact(&e, row->facts[n].key);
            if (value == NULL || strcmp(value, row->facts[n].value) != 0)
                fail_msg("%s %s: %s is %s", row->format, row->variant, row->facts[n].key, value != NULL ? value : "missing");
        }
        uint64_t ppm = explained_with_padding_ppm(row->format, sample_span(&sample));
        if (ppm < 995000)
            fail_msg("%s %s: only %llu ppm are explained", row->format, row->variant, (unsigned long long)ppm);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void the_makers_agree_that_the_samples_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].oracle != NULL) {
            sample_t sample = sample_build(rows[i].format, rows[i].variant);
            char     scratch[1024];
            scratch_make(scratch);
            run("cd %s && set -- %s && { %s; } > said 2>&1", scratch, sample.path, rows[i].oracle);
            scratch_remove(scratch);
            sample_free(&sample);
        }
}

static void a_changed_byte_is_told_where_the_format_has_a_checksum(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].flip_at == 0)
            continue;
        sample_t sample = sample_build(rows[i].format, rows[i].variant);
        sample.at[rows[i].flip_at] ^= 0x10;
        extraction_t e = extraction_of(rows[i].format, sample_span(&sample));
        if (!status_ok(e.status) || e.damage.count == 0)
            fail_msg("%s %s: a changed byte is not told", rows[i].format, rows[i].variant);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_first_stage_ends_where_u_boot_proper_begins(void **state)
{
    (void)state;
    sample_t     sample = sample_build("uboot_arm", "both"), alone = sample_build("uboot_arm", "");
    extraction_t e      = extraction_of("uboot_arm", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_string_equal(extraction_fact(&e, "uboot.version"), "U-Boot SPL 2023.01+sample (Nov 14 2023)");
    assert_true(e.end <= sample.size - alone.size);
    assert_int_equal(extractor_named("uboot_arm")->extent(span_from_offset(sample_span(&sample), sample.size - alone.size)), alone.size);
    extraction_free(&e);
    sample_free(&alone);
    sample_free(&sample);
}

static void what_is_cut_off_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].variant, "room") == 0 || strcmp(rows[i].variant, "loader") == 0)
            continue; /* known by the version or the relocations near its end alone */
        if (strcmp(rows[i].format, "uboot_arm") == 0 || strcmp(rows[i].format, "tf_a") == 0 || strcmp(rows[i].format, "avr") == 0 ||
             strcmp(rows[i].format, "cortex_m") == 0)
            continue; /* nothing in front tells where it ends */
        sample_t     sample = sample_build(rows[i].format, rows[i].variant);
        extraction_t e      = extraction_of(rows[i].format, sample_span(&sample));
        assert_cuts_are_told(rows[i].format, sample_span(&sample), e.extent);
        extraction_free(&e);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_found_and_every_byte_explained),
        cmocka_unit_test(the_makers_agree_that_the_samples_are_sound),
        cmocka_unit_test(a_changed_byte_is_told_where_the_format_has_a_checksum),
        cmocka_unit_test(a_first_stage_ends_where_u_boot_proper_begins),
        cmocka_unit_test(what_is_cut_off_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
