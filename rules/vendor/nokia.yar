rule nokia_timos
{
    meta:
        id          = "nokia-timos"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Operating system SR OS of Nokia"
        reference   = "show version of SR OS"
        vendor      = "nokia"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/nokia-timos.txt"
    strings:
        $a = /\bTiMOS-[A-Z]{1,3}-[0-9]{1,2}\.[0-9]{1,2}\.[RBI][0-9]{1,3}\b/
    condition:
        any of them
}
