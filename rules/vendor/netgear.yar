rule netgear_chk_image
{
    meta:
        id          = "netgear-chk-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "NETGEAR firmware header (CHK)"
        reference   = "OpenWrt, tools/firmware-utils/src/mkchkimg.c"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/netgear-chk-image.hex"
        vendor      = "netgear"
        strength    = "definitive"
    strings:
        $magic = { 2a 23 24 5e 00 00 00 }
    condition:
        $magic at 0
}
