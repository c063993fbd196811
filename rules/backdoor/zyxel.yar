rule zyxel_zyfwp
{
    meta:
        id          = "zyxel-zyfwp"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Password of the hidden account zyfwp of Zyxel firewalls"
        reference   = "CVE-2020-29583"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zyxel-zyfwp.txt"
    strings:
        $password = "PrOw!aN_fXp"
    condition:
        $password
}

rule zyxel_su_zyad5001
{
    meta:
        id          = "zyxel-su-zyad5001"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 90
        description = "Root password of Zyxel PK5001Z"
        reference   = "CVE-2016-10401"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zyxel-su-zyad5001.txt"
    strings:
        $password = "zyad5001" fullword
    condition:
        $password
}

rule zyxel_nsa_rescue_angel
{
    meta:
        id          = "zyxel-nsa-rescue-angel"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Remote support account NsaRescueAngel of Zyxel storage"
        reference   = "CVE-2024-29972"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zyxel-nsa-rescue-angel.txt"
    strings:
        $a = "NsaRescueAngel"
    condition:
        any of them
}

rule zyxel_provider_accounts
{
    meta:
        id          = "zyxel-provider-accounts"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Passwords of the provider accounts of Zyxel gateways"
        reference   = "CVE-2016-10401"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zyxel-provider-accounts.txt"
    strings:
        $a = "QwestM0dem" fullword
        $b = "CenturyL1nk" fullword
    condition:
        any of them
}
