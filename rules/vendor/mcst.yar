rule mcst_compiler
{
    meta:
        id          = "mcst-compiler"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Code built by the compiler of Elbrus"
        reference   = "LCC, MCST"
        vendor      = "mcst"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mcst-compiler.txt"
    strings:
        $a = /\blcc:1\.[0-9]{2}\.[0-9]{2}:/
    condition:
        any of them
}
