rule hytera_radio
{
    meta:
        id          = "hytera-radio"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Software of Hytera radios"
        reference   = "https://www.hytera.com"
        vendor      = "hytera"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hytera-radio.txt"
    strings:
        $b    = "hytera.com"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($b) and not $iana
}
