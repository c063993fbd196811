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
