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
