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

rule badbox_servers
{
    meta:
        id          = "badbox-servers"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Servers of the BADBOX implant of Android boxes"
        reference   = "https://www.humansecurity.com/learn/blog/badbox-peachpit-and-the-fraudulent-device-in-your-delivery-box"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/badbox-servers.txt"
    strings:
        $a = "cbphe.com"
        $b = "cbpheback.com"
        $c = "flyermobi.com"
        $d = "ycxrl.com"
    condition:
        any of them
}

rule corejava_implant
{
    meta:
        id          = "corejava-implant"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Folder of the implant of T95 Android boxes"
        reference   = "https://github.com/DesktopECHO/T95-H616-Malware"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/corejava-implant.txt"
    strings:
        $a = "/data/system/Corejava"
    condition:
        any of them
}

rule triada_log_hook
{
    meta:
        id          = "triada-log-hook"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 70
        description = "Hook of the Triada implant in the log library"
        reference   = "https://security.googleblog.com/2019/06/pha-family-highlights-triada.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/triada-log-hook.txt"
    strings:
        $a = "__config_log_println"
    condition:
        any of them
}

rule oneplus_engineer_mode
{
    meta:
        id          = "oneplus-engineer-mode"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 80
        description = "Test application that gives root on OnePlus telephones"
        reference   = "https://www.bleepingcomputer.com/news/security/oneplus-phones-come-preinstalled-with-a-factory-app-that-can-root-devices/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oneplus-engineer-mode.txt"
    strings:
        $a = "com.android.engineeringmode.qualcomm.DiagEnabled"
        $b = "escalatedUp"
    condition:
        any of them
}

rule carrier_iq_agent
{
    meta:
        id          = "carrier-iq-agent"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 80
        description = "Agent of Carrier IQ that reports use to operators"
        reference   = "https://www.eff.org/deeplinks/2011/12/carrier-iq-architecture"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/carrier-iq-agent.txt"
    strings:
        $a = "com.carrieriq.iqagent"
        $b = "libiq_service.so"
        $c = "libiq_client.so"
    condition:
        any of them
}

rule coolpad_coolreaper
{
    meta:
        id          = "coolpad-coolreaper"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "CoolReaper of Coolpad telephones"
        reference   = "https://unit42.paloaltonetworks.com/coolreaper-revealed-backdoor-coolpad-android-devices/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/coolpad-coolreaper.txt"
    strings:
        $a = "GoogleGmsFramework.apk"
        $b = "CP_DMP.apk"
    condition:
        any of them
}

rule android_open_adb_port
{
    meta:
        id          = "android-open-adb-port"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Debug bridge that listens on the network"
        reference   = "https://doublepulsar.com/root-bridge-how-thousands-of-internet-connected-android-devices-now-have-no-security-and-are-b46a68cb0f20"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/android-open-adb-port.txt"
    strings:
        $a = /(^|\n)(persist|service)\.adb\.tcp\.port=5555/
    condition:
        any of them and filesize < 256KB
}
