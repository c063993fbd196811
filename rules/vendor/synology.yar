rule synology_services
{
    meta:
        id          = "synology-services"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Services of Synology"
        reference   = "https://www.synology.com"
        vendor      = "synology"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/synology-services.txt"
    strings:
        $a = "/usr/syno/"
        $b = "synoservice" fullword
        $c = "/etc.defaults/synoinfo.conf"
    condition:
        2 of them
}
