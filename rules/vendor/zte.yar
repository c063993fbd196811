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
