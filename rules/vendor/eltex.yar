rule eltex_devices
{
    meta:
        id          = "eltex-devices"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Firmware of Eltex devices"
        reference   = "https://eltex-co.ru"
        vendor      = "eltex"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/eltex-devices.txt"
    strings:
        $a    = "eltex-co.ru"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a) and not $iana
}
