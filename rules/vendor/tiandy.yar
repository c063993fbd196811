rule tiandy_application
{
    meta:
        id          = "tiandy-application"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Application of Tiandy cameras"
        reference   = "https://en.tiandy.com"
        vendor      = "tiandy"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tiandy-application.txt"
    strings:
        $b    = "tiandy.com"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($b) and not $iana
}
