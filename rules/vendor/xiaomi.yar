rule xiaomi_router
{
    meta:
        id          = "xiaomi-router"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Firmware of Xiaomi routers"
        reference   = "public analyses of MiWiFi images"
        vendor      = "xiaomi"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/xiaomi-router.hex"
    strings:
        $a = { 48 44 52 31 }
    condition:
        $a at 0 and filesize > 48
}

rule xiaomi_services
{
    meta:
        id          = "xiaomi-services"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Services of Xiaomi"
        reference   = "https://www.miwifi.com"
        vendor      = "xiaomi"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/xiaomi-services.txt"
    strings:
        $a = "miwifi.com"
        $b = "api.io.mi.com"
        $c = "ot.io.mi.com"
    condition:
        any of them
}
