rule barracuda_seaspy
{
    meta:
        id          = "barracuda-seaspy"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "SEASPY implant of Barracuda mail gateways"
        reference   = "CVE-2023-2868"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/barracuda-seaspy.txt"
    strings:
        $usage = "./BarracudaMailService <Network-Interface>"
        $start = "/sbin/BarracudaMailService eth0"
    condition:
        any of them
}
