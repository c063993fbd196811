rule asus_infosvr
{
    meta:
        id          = "asus-infosvr"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Service on UDP 9999 that runs commands on ASUS routers"
        reference   = "CVE-2014-9583"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/asus-infosvr.txt"
    strings:
        $a = "infosvr" fullword
        $b = "NET_CMD_ID_MANU_CMD"
    condition:
        $b or (uint32(0) == 0x464c457f and $a and filesize < 256KB)
}
