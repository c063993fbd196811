rule netgear_telnetenable
{
    meta:
        id          = "netgear-telnetenable"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 90
        description = "Key of the packet that opens telnet on NETGEAR routers"
        reference   = "https://openwrt.org/toh/netgear/telnet.console"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/netgear-telnetenable.txt"
    strings:
        $key = "AMBIT_TELNET_ENABLE+"
    condition:
        $key
}

rule netgear_gearguy
{
    meta:
        id          = "netgear-gearguy"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Account of the telnet service that a packet opens"
        reference   = "https://openwrt.org/toh/netgear/telnet.console"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/netgear-gearguy.txt"
    strings:
        $a = "Gearguy" fullword
        $b = "Geardog" fullword
    condition:
        all of them
}

rule netgear_setup_cgi_syscmd
{
    meta:
        id          = "netgear-setup-cgi-syscmd"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Setup page that runs commands on NETGEAR DGN routers"
        reference   = "https://www.exploit-db.com/exploits/25978"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/netgear-setup-cgi-syscmd.txt"
    strings:
        $a = "setup.cgi?next_file="
        $b = "todo=syscmd"
    condition:
        all of them
}

rule netgear_current_setting_bypass
{
    meta:
        id          = "netgear-current-setting-bypass"
        kind        = "backdoor"
        severity    = "low"
        confidence  = 60
        description = "Page whose name passes the authentication of NETGEAR routers"
        reference   = "CVE-2020-17409"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/netgear-current-setting-bypass.txt"
    strings:
        $a = "currentsetting.htm"
        $b = "Model=" 
        $c = "setup.cgi"
    condition:
        all of them and filesize < 8MB
}
