rule vpnfilter
{
    meta:
        id          = "vpnfilter"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Working folders of the VPNFilter implant"
        reference   = "https://blog.talosintelligence.com/vpnfilter/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/vpnfilter.hex"
    strings:
        $modules = "/var/run/vpnfilterm"
        $work    = "/var/run/vpnfilterw"
    condition:
        any of them and uint32(0) == 0x464c457f
}

rule mirai
{
    meta:
        id          = "mirai"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Strings of the Mirai family of bots"
        reference   = "https://github.com/jgamblin/Mirai-Source-Code"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mirai.txt"
    strings:
        $call   = "/bin/busybox MIRAI"
        $answer = "MIRAI: applet not found"
        $loader = "/bin/busybox ECCHI"
        $ecchi  = "ECCHI: applet not found"
    condition:
        any of them
}

rule gafgyt
{
    meta:
        id          = "gafgyt"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 80
        description = "Commands of the Gafgyt (Bashlite) family of bots"
        reference   = "https://www.trendmicro.com/vinfo/us/threat-encyclopedia/malware/elf_bashlite.a"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gafgyt.txt"
    strings:
        $end   = "LOLNOGTFO"
        $kill  = "KILLATTK"
        $udp   = "UDPPLAIN"
        $flood = "HTTPFLOOD"
        $hold  = "GETLOCALIP"
    condition:
        $end and any of ($kill, $udp, $flood, $hold)
}

rule mozi
{
    meta:
        id          = "mozi"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Configuration fields of the Mozi bot"
        reference   = "https://blog.netlab.360.com/mozi-another-botnet-using-dht/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mozi.txt"
    strings:
        $ss    = "[/ss]"
        $hp    = "[/hp]"
        $count = "[/count]"
        $dr    = "[/dr]"
    condition:
        3 of them and filesize < 4MB
}
