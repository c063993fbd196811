rule vasexperts_service
{
    meta:
        id          = "vasexperts-service"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Software of VAS Experts"
        reference   = "https://vasexperts.ru"
        vendor      = "vasexperts"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/vasexperts-service.txt"
    strings:
        $a    = "vasexperts.ru"
        $b    = "VAS Experts" nocase
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b) and not $iana
}
