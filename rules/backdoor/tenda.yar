rule tenda_mfg_udp
{
    meta:
        id          = "tenda-mfg-udp"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Key word of the UDP command service (port 7329) of Tenda and Medialink routers"
        reference   = "https://web.archive.org/web/2013/http://www.devttys0.com/2013/10/from-china-with-love/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tenda-mfg-udp.txt"
    strings:
        $w302r = "w302r_mfg"
        $rlink = "rlink_mfg"
    condition:
        any of them
}

rule tenda_root_password
{
    meta:
        id          = "tenda-root-password"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Root password of Tenda AC routers"
        reference   = "CVE-2020-10988"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tenda-root-password.txt"
    strings:
        $a = "Fireitup" fullword
    condition:
        any of them
}

rule tenda_telnet_form
{
    meta:
        id          = "tenda-telnet-form"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 80
        description = "Web address that opens telnet on Tenda routers"
        reference   = "CVE-2020-10988"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tenda-telnet-form.txt"
    strings:
        $a = "/goform/telnet"
        $b = "TendaTelnet"
    condition:
        any of them
}
