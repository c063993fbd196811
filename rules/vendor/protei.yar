rule protei_service
{
    meta:
        id          = "protei-service"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Software of Protei"
        reference   = "https://protei.com"
        vendor      = "protei"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/protei-service.txt"
    strings:
        $a = "protei.ru/"
        $b = "/usr/protei/"
    condition:
        any of them
}
