rule sercomm_port_32764
{
    meta:
        id          = "sercomm-port-32764"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Configuration service of SerComm devices that answers anyone on TCP 32764"
        reference   = "CVE-2014-0659"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sercomm-port-32764.hex"
    strings:
        $daemon   = "scfgmgr" fullword
        $magic_le = "MMcS"
        $magic_be = "ScMM"
    condition:
        uint32(0) == 0x464c457f and $daemon and any of ($magic*)
}
