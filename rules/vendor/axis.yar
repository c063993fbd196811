rule axis_firmware
{
    meta:
        id          = "axis-firmware"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Firmware of Axis cameras"
        reference   = "https://www.axis.com/vapix-library"
        vendor      = "axis"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/axis-firmware.txt"
    strings:
        $a = "/axis-cgi/"
        $b = "AXIS Communications AB"
        $c = "root.Brand.ProdNbr"
    condition:
        2 of them
}
