rule fiberhome_copyright
{
    meta:
        id          = "fiberhome-copyright"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Configuration folder of FiberHome optical terminals"
        reference   = "https://pierrekim.github.io/blog/2021-01-12-fiberhome-ont-0day-vulnerabilities.html"
        vendor      = "fiberhome"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/fiberhome-copyright.txt"
    strings:
        $c = "/fhconf/"
    condition:
        any of them
}
