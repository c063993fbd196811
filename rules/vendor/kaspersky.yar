rule kaspersky_os
{
    meta:
        id          = "kaspersky-os"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "KasperskyOS and its modules"
        reference   = "https://os.kaspersky.com"
        vendor      = "kaspersky"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/kaspersky-os.txt"
    strings:
        $a = "KasperskyOS" fullword
    condition:
        any of them
}
