rule alt_toolchain
{
    meta:
        id          = "alt-toolchain"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Code built on ALT"
        reference   = ".comment of ALT"
        vendor      = "basealt"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/alt-toolchain.txt"
    strings:
        $a = /\(ALT (p[0-9]{1,2}|Sisyphus|c[0-9]f?)[^)\n]{0,24}\)/
        $b = /[0-9]-alt[0-9]{1,2}\)/
    condition:
        $a or $b
}
