rule qualcomm_image_version
{
    meta:
        id          = "qualcomm-image-version"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Version record of a Qualcomm image"
        reference   = "public analyses"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/qualcomm-image-version.txt"
        vendor      = "qualcomm"
        strength    = "definitive"
    strings:
        /* With a value: drivers that look for the record hold the bare name. */
        $qc  = /QC_IMAGE_VERSION_STRING=[A-Z0-9]/
        $oem = /OEM_IMAGE_VERSION_STRING=[A-Za-z0-9]/
    condition:
        any of them
}

rule qualcomm_boot_loader
{
    meta:
        id          = "qualcomm-boot-loader"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Secondary boot loader of Qualcomm"
        reference   = "https://github.com/msm8916-mainline/qtestsign"
        vendor      = "qualcomm"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/qualcomm-boot-loader.txt"
    strings:
        $a = "SBL1, Start"
        $b = "QSEE Image Loaded"
    condition:
        any of them
}
