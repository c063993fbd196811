rule tplink_image
{
    meta:
        id          = "tplink-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Firmware header of TP-Link"
        reference   = "OpenWrt, tools/firmware-utils/src/mktplinkfw.c"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tplink-image.hex"
        vendor      = "tplink"
        strength    = "definitive"
    strings:
        $v1 = { 01 00 00 00 54 50 2d 4c 49 4e 4b 20 54 65 63 68 6e 6f 6c 6f 67 69 65 73 }
        $v2 = { 02 00 00 00 54 50 2d 4c 49 4e 4b 20 54 65 63 68 6e 6f 6c 6f 67 69 65 73 }
    condition:
        $v1 at 0 or $v2 at 0
}

rule tplink_cloud
{
    meta:
        id          = "tplink-cloud"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Cloud services of TP-Link"
        reference   = "https://www.tp-link.com"
        vendor      = "tplink"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tplink-cloud.txt"
    strings:
        $a = "tplinkcloud.com"
        $b = "tplinkra.com"
        $c = "tplinkdns.com"
    condition:
        any of them
}

rule tplink_safeloader
{
    meta:
        id          = "tplink-safeloader"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Support list of TP-Link firmware"
        reference   = "OpenWrt, firmware-utils tplink-safeloader"
        vendor      = "tplink"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tplink-safeloader.txt"
    strings:
        $a = /SupportList:\r?\n\{?product_name:/
        $b = /vendor_name:TP-LINK\r?\n/
    condition:
        any of them
}
