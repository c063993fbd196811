rule ruijie_rgos
{
    meta:
        id          = "ruijie-rgos"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Operating system RGOS of Ruijie"
        reference   = "https://www.ruijienetworks.com"
        vendor      = "ruijie"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ruijie-rgos.txt"
    strings:
        $c = "Ruijie Network Operating System"
    condition:
        any of them
}
