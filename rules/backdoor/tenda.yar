rule tenda_mfg_udp
{
    meta:
        id          = "tenda-mfg-udp"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Key word of the UDP command service (port 7329) of Tenda and Medialink routers"
        reference   = "https://web.archive.org/web/2013/http://www.devttys0.com/2013/10/from-china-with-love/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tenda-mfg-udp.txt"
    strings:
        $w302r = "w302r_mfg"
        $rlink = "rlink_mfg"
    condition:
        any of them
}
