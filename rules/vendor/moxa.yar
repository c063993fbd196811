rule moxa_firmware
{
    meta:
        id          = "moxa-firmware"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Firmware of Moxa"
        reference   = "https://www.moxa.com"
        vendor      = "moxa"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/moxa-firmware.txt"
    strings:
        $a = "Moxa Technologies Co"
        $b = "Moxa Inc." nocase
    condition:
        any of them
}
