rule tplink_nat_debug_page
{
    meta:
        id          = "tplink-nat-debug-page"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Hidden page that fetches a program by TFTP and runs it as root"
        reference   = "https://sekurak.pl/tp-link-httptftp-backdoor/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tplink-nat-debug-page.txt"
    strings:
        $page = "userRpmNatDebugRpm26525557"
    condition:
        $page
}

rule tplink_debug_result_page
{
    meta:
        id          = "tplink-debug-result-page"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Hidden command page of TP-Link routers with a fixed account"
        reference   = "https://www.exploit-db.com/papers/18929 (DebugResultRpm)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tplink-debug-result-page.txt"
    strings:
        $page = "DebugResultRpm.htm"
        $user = "osteam" fullword
    condition:
        all of them
}

rule tplink_camera_manufacture_account
{
    meta:
        id          = "tplink-camera-manufacture-account"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Hidden account of TP-Link and Zavio cameras"
        reference   = "CVE-2013-2572"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tplink-camera-manufacture-account.txt"
    strings:
        $a = "erutcafunam" fullword
    condition:
        any of them
}
