rule teltonika_rutos
{
    meta:
        id          = "teltonika-rutos"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Operating system RutOS of Teltonika"
        reference   = "https://wiki.teltonika-networks.com"
        vendor      = "teltonika"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/teltonika-rutos.txt"
    strings:
        $a = "RUTOS" fullword
        $b = "rut_fota" fullword
        $c = "rut_fota_status"
        $d = "fota.teltonika.lt"
    condition:
        2 of them or $d
}
