rule uniview_application
{
    meta:
        id          = "uniview-application"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Application of Uniview cameras"
        reference   = "https://www.uniview.com"
        vendor      = "uniview"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uniview-application.txt"
    strings:
        $b = "star4live.com"
        $c = "ezcloud.uniview.com"
    condition:
        any of them
}
