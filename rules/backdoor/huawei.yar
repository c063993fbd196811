rule huawei_ont_telnet_account
{
    meta:
        id          = "huawei-ont-telnet-account"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 75
        description = "Telnet password of Huawei optical terminals"
        reference   = "public analyses of HG8245 and HG8247"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-ont-telnet-account.txt"
    strings:
        $a = "adminHW"
        $b = "WAP>"
    condition:
        all of them and filesize < 64MB
}

rule huawei_gateway_accounts
{
    meta:
        id          = "huawei-gateway-accounts"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Passwords of Huawei home gateways"
        reference   = "public analyses of HG5xx and EchoLife gateways"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-gateway-accounts.txt"
    strings:
        $a = "@HuaweiHgw"
        $b = "!!Huawei"
    condition:
        any of them
}

rule huawei_hg532_upgrade
{
    meta:
        id          = "huawei-hg532-upgrade"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Upgrade service of Huawei HG532 that runs what it is told"
        reference   = "CVE-2017-17215"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/huawei-hg532-upgrade.txt"
    strings:
        $a = "/ctrlt/DeviceUpgrade_1"
        $b = "NewDownloadURL"
        $c = "NewStatusURL"
    condition:
        2 of them
}
