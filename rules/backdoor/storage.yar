rule hp_store_once_support
{
    meta:
        id          = "hp-store-once-support"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Hidden account of HP StoreOnce"
        reference   = "CVE-2013-2342"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hp-store-once-support.txt"
    strings:
        $a     = "badg3r5"
        $list0 = "calvin" fullword
        $list1 = "Administrator" nocase
        $list2 = "3ware" nocase
    condition:
        any of ($a) and not all of ($list*)
}

rule hp_p2000_hidden_admin
{
    meta:
        id          = "hp-p2000-hidden-admin"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Hidden account of HP MSA P2000"
        reference   = "CVE-2010-4115"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hp-p2000-hidden-admin.txt"
    strings:
        $a     = "!admin" fullword
        $b     = "!manage" fullword
        $c     = "!monitor" fullword
        $list0 = "calvin" fullword
        $list1 = "Administrator" nocase
        $list2 = "3ware" nocase
    condition:
        2 of ($a, $b, $c) and filesize < 64MB and not all of ($list*)
}

rule exagrid_root_password
{
    meta:
        id          = "exagrid-root-password"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 60
        description = "Root password of ExaGrid storage"
        reference   = "CVE-2016-1560"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/exagrid-root-password.txt"
    strings:
        $a = "inflection" fullword
        $b = "exagrid" nocase
    condition:
        all of them
}
