rule cdata_olt_accounts
{
    meta:
        id          = "cdata-olt-accounts"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Telnet accounts of C-Data optical line terminals"
        reference   = "https://pierrekim.github.io/blog/2020-07-07-cdata-olt-0day-vulnerabilities.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cdata-olt-accounts.txt"
    strings:
        $a = "panger123" fullword
        $b = "suma123" fullword
        $c = "debug124" fullword
        $d = "root126" fullword
    condition:
        2 of them
}
