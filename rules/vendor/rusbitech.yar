rule astra_toolchain
{
    meta:
        id          = "astra-toolchain"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Code built on Astra Linux"
        reference   = ".comment of Astra Linux"
        vendor      = "rusbitech"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/astra-toolchain.txt"
    strings:
        $a = "(AstraLinuxSE"
        $b = "AstraLinux "
    condition:
        any of them
}
