rule asus_router
{
    meta:
        id          = "asus-router"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Update server of ASUS routers"
        reference   = "https://www.asus.com"
        vendor      = "asus"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/asus-router.txt"
    strings:
        $a = "dlcdnets.asus.com/pub/ASUS/"
        $b = "nw-dlcdnet.asus.com"
    condition:
        any of them
}
