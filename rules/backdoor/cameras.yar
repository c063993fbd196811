rule wificam_root_hash
{
    meta:
        id          = "wificam-root-hash"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Root password hash shared by more than a thousand models of wireless cameras"
        reference   = "CVE-2017-8224"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/wificam-root-hash.txt"
    strings:
        $hash = "$1$ybdHbPDn$ii9aEIFNiolBbM9QxW9mr0"
    condition:
        $hash
}

rule tvt_hard_coded_request
{
    meta:
        id          = "tvt-hard-coded-request"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 90
        description = "Fixed request identifier that passes the authentication of TVT recorders"
        reference   = "https://www.exploit-db.com/exploits/44957 (TVT NVR and DVR)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tvt-hard-coded-request.txt"
    strings:
        $guid = "{D79E94C5-70F0-46BD-965B-E17497CCB598}" ascii wide
    condition:
        $guid
}
