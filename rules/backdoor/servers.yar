rule megarac_sysadmin
{
    meta:
        id          = "megarac-sysadmin"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 75
        description = "Default login of MegaRAC management controllers"
        reference   = "CVE-2022-40242"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/megarac-sysadmin.txt"
    strings:
        $a = "sysadmin" fullword
        $b = "superuser" fullword
        $c = "MegaRAC"
    condition:
        all of them and filesize < 64MB
}

rule ilo4_connection_overflow
{
    meta:
        id          = "ilo4-connection-overflow"
        kind        = "backdoor"
        severity    = "low"
        confidence  = 60
        description = "Request that passes the login of HP iLO 4"
        reference   = "CVE-2017-12542"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ilo4-connection-overflow.txt"
    strings:
        $a = "Connection: AAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    condition:
        any of them
}

rule ibm_passw0rd
{
    meta:
        id          = "ibm-passw0rd"
        kind        = "backdoor"
        severity    = "low"
        confidence  = 65
        description = "Default login of IBM and Lenovo management controllers"
        reference   = "https://www.ibm.com/docs (Integrated Management Module)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ibm-passw0rd.txt"
    strings:
        $a     = "PASSW0RD" fullword
        $b     = "USERID" fullword
        $list0 = "calvin" fullword
        $list1 = "Administrator" nocase
        $list2 = "3ware" nocase
    condition:
        all of ($a, $b) and filesize < 64MB and not all of ($list*)
}

rule brocade_fibranne
{
    meta:
        id          = "brocade-fibranne"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Root password of Brocade switches"
        reference   = "Brocade Fabric OS administration guide, default accounts"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/brocade-fibranne.txt"
    strings:
        $a     = "fibranne" fullword
        $list0 = "calvin" fullword
        $list1 = "Administrator" nocase
        $list2 = "3ware" nocase
    condition:
        any of ($a) and not all of ($list*)
}

rule ceragon_mateidu
{
    meta:
        id          = "ceragon-mateidu"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Account with a public key in Ceragon radio links"
        reference   = "CVE-2015-0936"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ceragon-mateidu.txt"
    strings:
        $a = "mateidu" fullword
    condition:
        any of them
}
