rule avm_fritzbox
{
    meta:
        id          = "avm-fritzbox"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Firmware of FRITZ!Box"
        reference   = "https://freetz-ng.github.io"
        vendor      = "avm"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/avm-fritzbox.txt"
    strings:
        $a = "urlader-version"
        $b = "/etc/default.Fritz_Box_"
    condition:
        any of ($a, $b)
}
