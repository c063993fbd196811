rule juniper_junos
{
    meta:
        id          = "juniper-junos"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Operating system Junos of Juniper"
        reference   = "show version of Junos"
        vendor      = "juniper"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/juniper-junos.txt"
    strings:
        $a = "JUNOS Software Release ["
        $b = "JUNOS OS Kernel"
        $c = "JUNOS Base OS boot ["
    condition:
        any of them
}
