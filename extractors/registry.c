/* The table of formats: one line each, in alphabetical order. The order means nothing: probes compete by evidence. */
#include "extractors/extractor.h"

#define FORMATS(format) \
    format(android_boot)  \
    format(android_dtbo)  \
    format(android_sparse) \
    format(android_super) \
    format(android_vbmeta) \
    format(ar)            \
    format(arm64_image)   \
    format(asar)          \
    format(broadcom_nvram) \
    format(bsdlabel)      \
    format(btrfs)         \
    format(bzimage)       \
    format(bzip2)         \
    format(cab)           \
    format(compress)      \
    format(cpio)          \
    format(cramfs)        \
    format(devicetree)    \
    format(dm_verity)     \
    format(dmg)           \
    format(elf)           \
    format(ewf)           \
    format(erofs)         \
    format(f2fs)          \
    format(ext4)          \
    format(fit)           \
    format(gettext_mo)    \
    format(gif)           \
    format(gpt)           \
    format(gzip)          \
    format(hfsplus)       \
    format(iso9660)       \
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
    format(nand)          \
    format(minix)         \
    format(partclone)     \
    format(pe)            \
    format(png)           \
    format(psf)           \
    format(pyc)           \
    format(pyinstaller)   \
    format(pyz)           \
    format(qcow2)         \
    format(rar)           \
    format(rar5)          \
    format(romfs)         \
    format(sevenzip)      \
    format(squashfs)      \
    format(sunlabel)      \
    format(squashfs_other_magic) \
    format(tar)           \
    format(tar_v7)        \
    format(terminfo)      \
    format(text)          \
    format(trx)           \
    format(tzif)          \
    format(uboot_env)     \
    format(ubi)           \
    format(ubifs)         \
    format(udf)           \
    format(ufs)           \
    format(uimage)        \
    format(vdi)           \
    format(vhd)           \
    format(vhdx)          \
    format(vmdk)          \
    format(warc)          \
    format(wim)           \
    format(xar)           \
    format(xfs)           \
    format(xz)            \
    format(yaffs)         \
    format(yaffs_log)     \
    format(zimage)        \
    format(zip)           \
    format(zlib)          \
    format(zstd)          \

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
