rule ingenic_toolchain
{
    meta:
        id          = "ingenic-toolchain"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Code built with the toolchain of Ingenic"
        reference   = ".comment of the SDK toolchain"
        vendor      = "ingenic"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ingenic-toolchain.txt"
    strings:
        $a = "(Ingenic r"
        $b = "Ingenic Linux-Release"
    condition:
        any of them
}

rule ingenic_camera_sdk
{
    meta:
        id          = "ingenic-camera-sdk"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Camera SDK of Ingenic"
        reference   = "Ingenic ISVP SDK"
        vendor      = "ingenic"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ingenic-camera-sdk.txt"
    strings:
        $a = "IMP_ISP_Open"
        $b = "IMP_FrameSource_CreateChn"
        $c = "IMP_Encoder_CreateChn"
        $d = "IMP_System_Init"
    condition:
        2 of them
}
