rule hikvision_magic_auth
{
    meta:
        id          = "hikvision-magic-auth"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Parameter that passes the authentication of Hikvision cameras"
        reference   = "CVE-2017-7921"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hikvision-magic-auth.txt"
    strings:
        $auth = "YWRtaW46MTEK"
    condition:
        $auth
}

rule hikvision_web_language
{
    meta:
        id          = "hikvision-web-language"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 70
        description = "Page that runs commands on Hikvision cameras"
        reference   = "CVE-2021-36260"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hikvision-web-language.txt"
    strings:
        $a = "/SDK/webLanguage"
    condition:
        any of them
}

rule hikvision_root_password
{
    meta:
        id          = "hikvision-root-password"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Root password of Hikvision recorders"
        reference   = "CVE-2013-4976 and public password lists"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hikvision-root-password.txt"
    strings:
        $a = "hiklinux" fullword
    condition:
        any of them
}
