rule qnap_image
{
    meta:
        id          = "qnap-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Firmware of QNAP"
        reference   = "public analyses of QNAP images"
        vendor      = "qnap"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/qnap-image.txt"
    strings:
        $a = "icpnas"
    condition:
        $a in (filesize - 128 .. filesize)
}
