rule netcore_igdmptd
{
    meta:
        id          = "netcore-igdmptd"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Service igdmptd of Netcore and Netis routers (UDP 53413) with a fixed password"
        reference   = "https://www.trendmicro.com/en_us/research/14/h/netis-routers-leave-wide-open-backdoor.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/netcore-igdmptd.txt"
    strings:
        $daemon = "igdmptd" fullword
        $title  = "IGD MPT Interface daemon"
    condition:
        $title or ((uint32(0) == 0x464c457f or filesize < 64KB) and $daemon)
}
