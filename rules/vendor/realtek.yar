rule realtek_boot_code
{
    meta:
        id          = "realtek-boot-code"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Boot code of Realtek network processors"
        reference   = "Realtek RTL819x SDK"
        vendor      = "realtek"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/realtek-boot-code.txt"
    strings:
        $a = "---Escape booting by user"
        $b = "---RealTek(RTL8196"
        $c = "---Realtek RTL"
    condition:
        any of them
}
