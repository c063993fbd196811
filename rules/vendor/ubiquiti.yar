rule ubiquiti_image
{
    meta:
        id          = "ubiquiti-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Ubiquiti airOS firmware header"
        reference   = "OpenWrt, tools/firmware-utils/src/mkfwimage.c"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ubiquiti-image.txt"
        vendor      = "ubiquiti"
        strength    = "strong"
    strings:
        $head = /(UBNT|OPEN)[A-Z0-9]{2,8}\.[a-z0-9]{2,10}\.v[0-9]/
    condition:
        $head at 0
}
