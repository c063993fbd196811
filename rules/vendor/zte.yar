rule zte_ont_image
{
    meta:
        id          = "zte-ont-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Firmware of ZTE optical terminals"
        reference   = "public analyses"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zte-ont-image.hex"
        vendor      = "zte"
        strength    = "strong"
    strings:
        $magic = { 99 99 99 99 44 44 44 44 55 55 55 55 aa aa aa aa }
    condition:
        $magic in (0..4096)
}

rule zte_models
{
    meta:
        id          = "zte-models"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Models of ZTE devices"
        reference   = "product pages of ZTE"
        vendor      = "zte"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zte-models.txt"
    strings:
        $a     = /\bZXHN [FH][0-9]{3}[A-Z]?\b/
        $b     = /\bZXR10 [A-Z0-9-]{3,12}\b/
        $c     = /\bZXDSL [0-9]{3}\b/
        $list0 = "calvin" fullword
        $list1 = "Administrator" nocase
        $list2 = "3ware" nocase
    condition:
        any of ($a, $b, $c) and not all of ($list*)
}

rule zte_copyright
{
    meta:
        id          = "zte-copyright"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Copyright of ZTE"
        reference   = "banners of ZTE devices"
        vendor      = "zte"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zte-copyright.txt"
    strings:
        $a = /Copyright \([cC]\)[ 0-9,-]{0,16}(by )?ZTE (Corporation|Corp)/
        $b = /ZTE Corporation\.? All rights reserved/ nocase
    condition:
        any of them
}
