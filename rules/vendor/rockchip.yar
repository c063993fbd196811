rule rockchip_update_image
{
    meta:
        id          = "rockchip-update-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Rockchip update image"
        reference   = "rockchip tools"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/rockchip-update-image.hex"
        vendor      = "rockchip"
        strength    = "definitive"
    strings:
        $rkfw = { 52 4b 46 57 66 00 }
        $rkaf = { 52 4b 41 46 ?? ?? ?? 00 }
    condition:
        $rkfw at 0 or $rkaf at 0
}

rule rockchip_parameter
{
    meta:
        id          = "rockchip-parameter"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Partition table of Rockchip"
        reference   = "https://opensource.rock-chips.com/wiki_Partitions"
        vendor      = "rockchip"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/rockchip-parameter.txt"
    strings:
        $a = /CMDLINE:[^\n]{0,200}mtdparts=rk29xxnand:/
    condition:
        any of them
}
