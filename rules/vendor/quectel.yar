rule quectel_modem
{
    meta:
        id          = "quectel-modem"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Firmware of Quectel modems"
        reference   = "Quectel AT commands manual"
        vendor      = "quectel"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/quectel-modem.txt"
    strings:
        $a = /\b(EC2[0-9]|EG9[0-9]|EC25|BG9[0-9]|RM5[0-9]{2}Q|EP06|EM12)[A-Z]{0,4}[A-Z0-9]{2,4}R[0-9]{2}A[0-9]{2}M[0-9]{1,2}G\b/
        $b = "Quectel_Linux"
    condition:
        any of them
}
