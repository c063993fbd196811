rule wago_su_password
{
    meta:
        id          = "wago-su-password"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Super user password of WAGO controllers"
        reference   = "CVE-2012-3013"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/wago-su-password.txt"
    strings:
        $a = "ko2003wa" fullword
    condition:
        any of them
}

rule schneider_factorycast
{
    meta:
        id          = "schneider-factorycast"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Hard-coded accounts of Schneider Electric Quantum modules"
        reference   = "CVE-2011-4859"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/schneider-factorycast.txt"
    strings:
        $a = "factorycast@schneider"
        $b = "fwdownload" fullword
    condition:
        $a or ($b and filesize < 256KB)
}

rule schneider_account_list
{
    meta:
        id          = "schneider-account-list"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Account names of Schneider Electric Ethernet modules"
        reference   = "CVE-2011-4859"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/schneider-account-list.txt"
    strings:
        $a = "ntpupdate" fullword
        $b = "pcfactory" fullword
        $c = "fwupgrade" fullword
        $d = "nic2212" fullword
    condition:
        2 of them
}
