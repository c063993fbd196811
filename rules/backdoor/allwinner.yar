rule allwinner_rootmydevice
{
    meta:
        id          = "allwinner-rootmydevice"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Kernel interface that gives root to whoever writes a word to it"
        reference   = "CVE-2016-10225"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/allwinner-rootmydevice.txt"
    strings:
        $word  = "rootmydevice"
        $place = "sunxi_debug"
    condition:
        all of them
}
