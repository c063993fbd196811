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

rule huawei_certificate_authority
{
    meta:
        id          = "huawei-certificate-authority"
        kind        = "vendor"
        severity    = "info"
        confidence  = 95
        description = "Certificate authorities of Huawei devices"
        reference   = "Huawei PKI, device certificates"
        vendor      = "huawei"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-certificate-authority.txt"
    strings:
        $a = "Huawei Equipment CA"
        $b = "Huawei Wireless Network Product CA"
        $c = "Huawei IT Product CA"
    condition:
        any of them
}

rule huawei_ont_configuration
{
    meta:
        id          = "huawei-ont-configuration"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Configuration of Huawei optical terminals"
        reference   = "public analyses of HG8245 firmware"
        vendor      = "huawei"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-ont-configuration.txt"
    strings:
        $a = "hw_ctree.xml"
        $b = "hw_default_ctree.xml"
        $c = "hw_aes_tree"
    condition:
        any of them
}

rule huawei_harmony
{
    meta:
        id          = "huawei-harmony"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "System of Huawei devices by name"
        reference   = "build properties of HarmonyOS"
        vendor      = "huawei"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-harmony.txt"
    strings:
        $a = "hw_sc.build.platform.version"
        $b = "ro.build.hw_emui_api_level"
        $c = "ro.build.version.emui"
    condition:
        any of them
}
