rule hisilicon_toolchain
{
    meta:
        id          = "hisilicon-toolchain"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Code built with a toolchain of the HiSilicon SDK"
        reference   = "names of the SDK toolchains"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hisilicon-toolchain.txt"
        vendor      = "hisilicon"
        strength    = "definitive"
    strings:
        $gcc   = "(Hisilicon_v"
        $hisiv = /arm-hisiv[1-9]00(nptl)?-linux/
        $himix = /(arm|aarch64)-himix[1-9]00-linux/
    condition:
        any of them
}

rule hisilicon_mpp
{
    meta:
        id          = "hisilicon-mpp"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Media processing API of HiSilicon cameras"
        reference   = "HiMPP development reference"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hisilicon-mpp.txt"
        vendor      = "hisilicon"
        strength    = "strong"
    strings:
        $a = "HI_MPI_SYS_Init"
        $b = "HI_MPI_VI_"
        $c = "HI_MPI_VENC_"
        $d = "HI_MPI_ISP_"
        $e = "/proc/umap/"
    condition:
        3 of them
}

rule hisilicon_boot_prompt
{
    meta:
        id          = "hisilicon-boot-prompt"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Boot loader of HiSilicon boards"
        reference   = "U-Boot of the HiSilicon SDK"
        vendor      = "hisilicon"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hisilicon-boot-prompt.hex"
    strings:
        $a = "\nhisilicon # "
        $b = "prompt=hisilicon # "
        $c = "hisilicon # \x00"
    condition:
        any of them
}

rule hisilicon_modules
{
    meta:
        id          = "hisilicon-modules"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Kernel modules of the HiSilicon SDK"
        reference   = "names of the SDK modules"
        vendor      = "hisilicon"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hisilicon-modules.txt"
    strings:
        $a = /\bhi35[0-9]{2}[a-z0-9]{0,6}_(base|sys|isp|vpss|venc|viu|tde)(\.ko)?\b/
    condition:
        any of them
}
