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
