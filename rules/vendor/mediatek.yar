rule mediatek_image
{
    meta:
        id          = "mediatek-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Image of MediaTek with its version record"
        reference   = "public analyses of MediaTek images"
        vendor      = "mediatek"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mediatek-image.txt"
    strings:
        $a = "MTK_BLOADER_INFO_v"
    condition:
        any of them
}
