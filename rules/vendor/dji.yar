rule dji_image
{
    meta:
        id          = "dji-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Signed image of DJI"
        reference   = "https://github.com/o-gs/dji-firmware-tools"
        vendor      = "dji"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dji-image.hex"
    strings:
        $a = "IM*H"
    condition:
        $a at 0 and filesize > 192
}

rule dji_cloud
{
    meta:
        id          = "dji-cloud"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Services of DJI"
        reference   = "https://www.dji.com"
        vendor      = "dji"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dji-cloud.txt"
    strings:
        $a = "djiservice.org"
        $b = "djicdn.com"
    condition:
        any of them
}
