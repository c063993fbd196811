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
