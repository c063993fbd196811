rule huawei_hwnp_image
{
    meta:
        id          = "huawei-hwnp-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Firmware of Huawei optical terminals (HWNP)"
        reference   = "public analyses (hwnp tools)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-hwnp-image.hex"
        vendor      = "huawei"
        strength    = "definitive"
    strings:
        $magic = { 48 57 4e 50 }
        $item  = { 66 6c 61 73 68 3a }
        $file  = { 66 69 6c 65 3a }
    condition:
        $magic at 0 and any of ($item, $file) and filesize > 64
}

rule huawei_update_app
{
    meta:
        id          = "huawei-update-app"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Partition file of Huawei telephones (UPDATE.APP)"
        reference   = "public analyses (splitupdate)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-update-app.hex"
        vendor      = "huawei"
        strength    = "strong"
    strings:
        $header = { 55 aa 5a a5 ?? ?? 00 00 01 00 00 00 }
    condition:
        $header in (0..256)
}

rule huawei_vrp
{
    meta:
        id          = "huawei-vrp"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Operating system VRP of Huawei network devices"
        reference   = "display version of VRP"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-vrp.txt"
        vendor      = "huawei"
        strength    = "definitive"
    strings:
        $name      = "Versatile Routing Platform"
        $copyright = "HUAWEI TECH CO., LTD"
        $vrp       = "VRP (R) software"
    condition:
        2 of them
}
