rule china_telecom_gateway_account
{
    meta:
        id          = "china-telecom-gateway-account"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Password of the operator in gateways of China Telecom"
        reference   = "public analyses of e8-C gateways"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/china-telecom-gateway-account.txt"
    strings:
        $a = "nE7jA%5m"
    condition:
        any of them
}

rule china_mobile_gateway_account
{
    meta:
        id          = "china-mobile-gateway-account"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Password of the operator in gateways of China Mobile"
        reference   = "public analyses of home gateways"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/china-mobile-gateway-account.txt"
    strings:
        $a = "aDm8H%MdA"
    condition:
        any of them
}

rule china_telecom_e8_telnet
{
    meta:
        id          = "china-telecom-e8-telnet"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Telnet account of e8 gateways"
        reference   = "public analyses of e8-B and e8-C gateways"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/china-telecom-e8-telnet.txt"
    strings:
        $a = "e8telnet" fullword
        $b = "e8ehome" fullword
        $c = "e8ehomeasb" fullword
    condition:
        2 of them
}
