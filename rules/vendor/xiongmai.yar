rule xiongmai_recorder
{
    meta:
        id          = "xiongmai-recorder"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Application of Xiongmai recorders and cameras"
        reference   = "public analyses"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/xiongmai-recorder.txt"
        vendor      = "xiongmai"
        strength    = "definitive"
    strings:
        $account = "/mnt/mtd/Config/Account1"
        $title   = "NETSurveillance WEB"
        $cloud   = "xmeye.net"
        $sofia   = "/usr/bin/Sofia"
    condition:
        $account or 2 of them
}

rule xiongmai_cloud
{
    meta:
        id          = "xiongmai-cloud"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Cloud services of Xiongmai"
        reference   = "https://sec-consult.com/blog/detail/millions-of-xiongmai-video-surveillance-devices-can-be-hacked-via-cloud-feature-xmeye-p2p-cloud/"
        vendor      = "xiongmai"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/xiongmai-cloud.txt"
    strings:
        $a = "secu100.net"
        $b = "xmcsrv.net"
        $c = "xmsecu.com"
    condition:
        any of them
}
