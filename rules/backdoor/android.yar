rule adups_fota
{
    meta:
        id          = "adups-fota"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Adups update agent that sent messages and contacts to a server"
        reference   = "https://www.kryptowire.com/adups_security_analysis.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/adups-fota.txt"
    strings:
        $agent  = "com.adups.fota.sysoper" ascii wide
        $server = "bigdata.adups.com" ascii wide
        $second = "rebootv5.adsunflower.com" ascii wide
    condition:
        any of them
}

rule ragentek_ota
{
    meta:
        id          = "ragentek-ota"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 90
        description = "Ragentek update agent that runs commands from an unprotected channel"
        reference   = "CVE-2016-6564"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ragentek-ota.txt"
    strings:
        $a = "oyag.lhzbdvm.com" ascii wide
        $b = "oyag.prugskh.net" ascii wide
        $c = "oyag.prugskh.com" ascii wide
    condition:
        any of them
}

rule android_open_debug_bridge
{
    meta:
        id          = "android-open-debug-bridge"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "System properties that open the debug bridge without authentication"
        reference   = "https://source.android.com/docs/security/overview"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/android-open-debug-bridge.txt"
    strings:
        $adb   = /(^|\n)ro\.adb\.secure=0/
        $debug = /(^|\n)ro\.debuggable=1/
    condition:
        all of them and filesize < 256KB
}
