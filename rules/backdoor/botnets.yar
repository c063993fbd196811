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

rule mirai_variants
{
    meta:
        id          = "mirai-variants"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Call by which variants of Mirai know their shell"
        reference   = "https://github.com/jgamblin/Mirai-Source-Code"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mirai-variants.txt"
    strings:
        $a = /\/bin\/busybox (SATORI|OKIRU|MASUTA|JOSHO|OWARI|SORA|LZRD|MOOBOT|MIORI|HAKAI|WICKED|CORONA|YAKUZA|KATANA|BOTNET|FBOT|ZOLLARD)\b/
    condition:
        any of them
}

rule mirai_encoded_tables
{
    meta:
        id          = "mirai-encoded-tables"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Texts of Mirai under its cipher of one byte"
        reference   = "https://github.com/jgamblin/Mirai-Source-Code (table.c)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mirai-encoded-tables.hex"
    strings:
        $a = "/bin/busybox MIRAI" xor(0x01-0xff)
        $b = "MIRAI: applet not found" xor(0x01-0xff)
        $c = "TSource Engine Query" xor(0x01-0xff)
    condition:
        any of them
}

rule mirai_killer
{
    meta:
        id          = "mirai-killer"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Texts by which Mirai drives off others"
        reference   = "https://github.com/jgamblin/Mirai-Source-Code"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mirai-killer.txt"
    strings:
        $a = "/dev/misc/watchdog"
        $b = "dvrHelper" fullword
        $c = "dvrhelper" fullword
    condition:
        $a and any of ($b, $c)
}

rule xorddos
{
    meta:
        id          = "xorddos"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Key of the XOR DDoS bot"
        reference   = "https://blog.malwaremustdie.org/2014/09/mmd-0028-2014-fuzzy-reversing-new-china.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/xorddos.txt"
    strings:
        $a = "BB2FA36AAA9541F0"
    condition:
        any of them
}

rule tsunami_kaiten
{
    meta:
        id          = "tsunami-kaiten"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Tsunami (Kaiten) bot"
        reference   = "https://packetstormsecurity.com/files/25575/kaiten.c.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tsunami-kaiten.txt"
    strings:
        $a = "Kaiten wa goraku"
        $b = "TSUNAMI <target> <secs>"
    condition:
        any of them
}

rule lightaidra
{
    meta:
        id          = "lightaidra"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Lightaidra bot"
        reference   = "https://github.com/eurialo/lightaidra"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/lightaidra.txt"
    strings:
        $a = "getbinaries.sh"
        $b = "lightaidra" nocase
    condition:
        any of them
}

rule hide_and_seek_hajime_names
{
    meta:
        id          = "hide-and-seek-hajime-names"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 70
        description = "Names of the Hajime bot"
        reference   = "https://security.rapiditynetworks.com/publications/2016-10-16/hajime.pdf"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hide-and-seek-hajime-names.txt"
    strings:
        $a = "Just a white hat, securing some systems."
    condition:
        any of them
}

rule bashlite_scanner
{
    meta:
        id          = "bashlite-scanner"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Commands of Bashlite bots"
        reference   = "https://www.trendmicro.com/vinfo/us/threat-encyclopedia/malware/elf_bashlite.a"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/bashlite-scanner.txt"
    strings:
        $a = "SCANNER ON | OFF"
    condition:
        any of them
}
