/* The table of formats: one line each, in alphabetical order. The order means nothing: probes compete by evidence. */
#include "extractors/extractor.h"

#define FORMATS(format) \
    format(amd_microcode) \
    format(ami_nvar)      \
    format(ambarella_part) \
    format(ambarella_romfs) \
    format(android_boot)  \
    format(android_dtbo)  \
    format(android_sparse) \
    format(android_super) \
    format(android_vbmeta) \
    format(ar)            \
    format(arm64_image)   \
    format(bcm_tag)       \
    format(broadcom_nvram) \
    format(bsdlabel)      \
    format(btrfs)         \
    format(buffalo)       \
    format(bzimage)       \
    format(bzip2)         \
    format(cab)           \
    format(chk)           \
    format(cbfs)          \
    format(cpio)          \
    format(cramfs)        \
    format(cybertan)      \
    format(devicetree)    \
    format(dlink_shrs)    \
    format(dm_verity)     \
    format(dni)           \
    format(edimax)        \
    format(efi_ftw)       \
    format(efi_siglist)   \
    format(elf)           \
    format(encrpted_img)  \
    format(ewf)           \
    format(erofs)         \
    format(f2fs)          \
    format(ext4)          \
    format(exfat)         \
    format(fat)           \
    format(fit)           \
    format(fmap)          \
    format(gettext_mo)    \
    format(gif)           \
    format(gpt)           \
    format(gzip)          \
    format(hfsplus)       \
    format(intel_flash)   \
    format(intel_me)      \
    format(intel_microcode) \
    format(hikvision_dav) \
    format(hp_bdl) \
    format(hp_ipkg) \
    format(huawei_hwnp) \
    format(huawei_update_app) \
    format(instar_bneg) \
    format(iso9660)       \
    format(jboot)         \
    format(jffs2)         \
    format(jpeg)          \
    format(kmod_index)    \
    format(lha)           \
    format(linux_vmlinux) \
    format(luks)          \
    format(lvm2)          \
    format(lz4)           \
    format(lz4_legacy)    \
    format(lzip)          \
    format(lzma)          \
    format(lzop)          \
    format(mbr)           \
    format(mdraid)        \
    format(mtd)           \
    format(myloader)      \
    format(nand)          \
    format(mikrotik_npk) \
    format(minix)         \
    format(ntfs)          \
    format(option_rom)    \
    format(novatek_cksm) \
    format(novatek_pack) \
    format(pe)            \
    format(planex)        \
    format(png)           \
    format(poray)         \
    format(psf)           \
    format(qcow2)         \
    format(qnap_nas) \
    format(rar)           \
    format(rar5)          \
    format(realtek_cvimg) \
    format(romfs)         \
    format(seama)         \
    format(senao)         \
    format(sercomm)       \
    format(reolink_pak) \
    format(romfs)         \
    format(rtthread_rbl) \
    format(sevenzip)      \
    format(squashfs)      \
    format(sunlabel)      \
    format(squashfs_other_magic) \
    format(tar)           \
    format(tar_v7)        \
    format(tclinux)       \
    format(te_image)      \
    format(terminfo)      \
    format(text)          \
    format(tplink_safeloader) \
    format(tplink_v1)     \
    format(tplink_v2)     \
    format(trx)           \
    format(tzif)          \
    format(uboot_env)     \
    format(ubnt)      \
    format(ubi)           \
    format(ubifs)         \
    format(udf)           \
    format(ufs)           \
    format(uefi_capsule)  \
    format(uefi_fv)       \
    format(uefi_vars)     \
    format(uimage)        \
    format(vdi)           \
    format(vhd)           \
    format(vhdx)          \
    format(vmdk)          \
    format(warc)          \
    format(wrgg)          \
    format(xar)           \
    format(xiaomi_hdr) \
    format(xfs)           \
    format(xz)            \
    format(yaffs)         \
    format(yaffs_log)     \
    format(zimage)        \
    format(zip)           \
    format(zlib)          \
    format(zstd)          \
    format(zyxel_ras)     \
    format(zte_config)    \

#define DECLARE(id) extern const extractor_t id##_extractor;
#define POINT_AT(id) &id##_extractor,

FORMATS(DECLARE)

#ifdef ASSAY_TEST_EXTRACTORS
extern const extractor_t takeover_extractor; /* tests/engine/takeover.c */
#define TEST_FORMATS &takeover_extractor,
#else
#define TEST_FORMATS
#endif

const extractor_t *const extractors[] = {FORMATS(POINT_AT) TEST_FORMATS NULL};
