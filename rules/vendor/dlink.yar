rule dlink_services
{
    meta:
        id          = "dlink-services"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Services of D-Link"
        reference   = "https://www.mydlink.com"
        vendor      = "dlink"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dlink-services.txt"
    strings:
        $a = "wrpd.dlink.com"
        $b = "www.mydlink.com/"
    condition:
        any of them
}
