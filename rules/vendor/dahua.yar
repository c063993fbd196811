rule dahua_image
{
    meta:
        id          = "dahua-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Firmware of Dahua: a ZIP archive whose first signature is replaced"
        reference   = "public analyses"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dahua-image.hex"
        vendor      = "dahua"
        strength    = "definitive"
    strings:
        $head = { 44 48 03 04 ?? 00 }
        $next = { 50 4b 03 04 ?? 00 }
    condition:
        $head at 0 and $next
}

rule dahua_application
{
    meta:
        id          = "dahua-application"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Application of Dahua cameras and recorders"
        reference   = "public analyses"
        vendor      = "dahua"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dahua-application.txt"
    strings:
        $a = "/usr/bin/sonia"
        $b = "dahuap2p.com"
        $c = "easy4ip.com"
    condition:
        any of them
}
