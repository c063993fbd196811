rule vpnfilter_server
{
    meta:
        id          = "vpnfilter-server"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Server of the first stage of VPNFilter"
        reference   = "https://blog.talosintelligence.com/vpnfilter/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/vpnfilter-server.txt"
    strings:
        $a = "toknowall.com"
    condition:
        any of them
}

rule bpfdoor
{
    meta:
        id          = "bpfdoor"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "BPFDoor implant of Linux"
        reference   = "https://doublepulsar.com/bpfdoor-an-active-chinese-global-surveillance-tool-54b078f1a896"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/bpfdoor.txt"
    strings:
        $a = "kdmtmpflush"
        $b = "/var/run/haldrund.pid"
    condition:
        any of them
}

rule cyclops_blink
{
    meta:
        id          = "cyclops-blink"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Cyclops Blink implant of WatchGuard devices"
        reference   = "https://www.ncsc.gov.uk/files/Cyclops-Blink-Malware-Analysis-Report.pdf"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cyclops-blink.hex"
    strings:
        $a = "/etc/wg/configd-hash.xml"
        $b = "/etc/wg/config.xml"
        $c = "[kworker/0:1]"
    condition:
        uint32(0) == 0x464c457f and all of them
}

rule barracuda_seaspy_names
{
    meta:
        id          = "barracuda-seaspy-names"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Names under which SEASPY was installed"
        reference   = "https://cloud.google.com/blog/topics/threat-intelligence/barracuda-esg-exploited-globally"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/barracuda-seaspy-names.txt"
    strings:
        $a = "resize2fstab" fullword
        $b = "resize_reisertab" fullword
    condition:
        any of them
}

rule asnarok_server
{
    meta:
        id          = "asnarok-server"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Server of the Asnarok attack on Sophos firewalls"
        reference   = "https://news.sophos.com/en-us/2020/04/26/asnarok/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/asnarok-server.txt"
    strings:
        $a = "sophosfirewallupdate.com"
    condition:
        any of them
}

rule acidrain_wiper
{
    meta:
        id          = "acidrain-wiper"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 75
        description = "AcidRain, which wiped modems"
        reference   = "https://www.sentinelone.com/labs/acidrain-a-modem-wiper-rains-down-on-europe/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/acidrain-wiper.hex"
    strings:
        $a = "/dev/mtdblock"
        $b = "/dev/block/mtdblock"
        $c = "/dev/block/mmcblk"
        $d = "/dev/loop"
        $e = "/dev/sd"
    condition:
        uint32(0) == 0x464c457f and all of them and filesize < 256KB
}
