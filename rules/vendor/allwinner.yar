rule allwinner_boot0
{
    meta:
        id          = "allwinner-boot0"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "First boot stage for Allwinner processors (eGON)"
        reference   = "linux-sunxi wiki, BROM"
        reference   = "U-Boot tools/sunxi_egon.c"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/allwinner-boot0.hex"
        vendor      = "allwinner"
        strength    = "strong"
    strings:
        $egon = "eGON.BT"
    condition:
        $egon at 4
}

rule allwinner_livesuit
{
    meta:
        id          = "allwinner-livesuit"
        kind        = "vendor"
        severity    = "info"
        confidence  = 95
        description = "Image of Allwinner LiveSuit"
        reference   = "https://linux-sunxi.org/LiveSuit_images"
        vendor      = "allwinner"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/allwinner-livesuit.txt"
    strings:
        $a = "IMAGEWTY"
    condition:
        $a at 0
}
