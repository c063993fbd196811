rule broadcom_cfe
{
    meta:
        id          = "broadcom-cfe"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Boot loader CFE of Broadcom"
        reference   = "Broadcom CFE"
        vendor      = "broadcom"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/broadcom-cfe.txt"
    strings:
        $a = "CFE for BCM"
        $b = "CFE version "
    condition:
        any of them
}
