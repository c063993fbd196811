rule inspur_bmc
{
    meta:
        id          = "inspur-bmc"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Management controller of Inspur"
        reference   = "https://www.inspursystems.com"
        vendor      = "inspur"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/inspur-bmc.txt"
    strings:
        $c = "inspur-bmc"
    condition:
        any of them
}
