rule fortios_ssh_challenge_secret
{
    meta:
        id          = "fortios-ssh-challenge-secret"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Secret of the challenge-response login of FortiOS maintenance accounts"
        reference   = "CVE-2016-1909"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/fortios-ssh-challenge-secret.txt"
    strings:
        $secret = "FGTAbc11*xy+Qqz27"
    condition:
        $secret
}

rule fortigate_coathanger
{
    meta:
        id          = "fortigate-coathanger"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Files of the COATHANGER implant on FortiGate"
        reference   = "https://attack.mitre.org/software/S1105/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/fortigate-coathanger.txt"
    strings:
        $folder = "/data2/.bd.key/"
    condition:
        $folder
}

rule fortios_fortimanager_access
{
    meta:
        id          = "fortios-fortimanager-access"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Maintenance account of FortiOS"
        reference   = "CVE-2016-1909"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/fortios-fortimanager-access.txt"
    strings:
        $a = "Fortimanager_Access"
    condition:
        any of them
}

rule fortios_ssl_vpn_symlink
{
    meta:
        id          = "fortios-ssl-vpn-symlink"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Page that gave files of FortiOS to anyone"
        reference   = "CVE-2018-13379"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/fortios-ssl-vpn-symlink.txt"
    strings:
        $a = "/remote/fgt_lang?lang="
    condition:
        any of them
}
