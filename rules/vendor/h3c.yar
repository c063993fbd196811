rule h3c_comware
{
    meta:
        id          = "h3c-comware"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Operating system Comware"
        reference   = "display version of Comware"
        vendor      = "h3c"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/h3c-comware.txt"
    strings:
        $a = "Comware Software, Version"
    condition:
        any of them
}
