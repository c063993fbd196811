rule hikvision_camera_application
{
    meta:
        id          = "hikvision-camera-application"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Application of Hikvision cameras"
        reference   = "public analyses"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hikvision-camera-application.txt"
        vendor      = "hikvision"
        strength    = "strong"
    strings:
        $psia    = "/PSIA/Custom/SelfExt"
        $isapi   = "/ISAPI/System/deviceInfo"
        $name    = "Hikvision" nocase
        $file    = "digicap.dav"
        $davinci = "/home/process/davinci"
    condition:
        $psia or 2 of ($isapi, $name, $file, $davinci)
}

rule hikvision_cloud
{
    meta:
        id          = "hikvision-cloud"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Cloud services of Hikvision"
        reference   = "https://www.hik-connect.com"
        vendor      = "hikvision"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hikvision-cloud.txt"
    strings:
        $a = "hik-connect.com"
        $b = "hik-online.com"
        $c = "hiklife.com"
    condition:
        any of them
}
