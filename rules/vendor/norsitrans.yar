rule norsitrans_service
{
    meta:
        id          = "norsitrans-service"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Software of Norsi-Trans"
        reference   = "https://norsi-trans.com"
        vendor      = "norsitrans"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/norsitrans-service.txt"
    strings:
        $a    = "norsi-trans.com"
        $b    = "Norsi-Trans" fullword
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b) and not $iana
}
