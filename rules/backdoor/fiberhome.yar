rule fiberhome_rds_account
{
    meta:
        id          = "fiberhome-rds-account"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Account of the operator in FiberHome optical terminals"
        reference   = "https://pierrekim.github.io/blog/2021-01-12-fiberhome-ont-0day-vulnerabilities.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/fiberhome-rds-account.txt"
    strings:
        $a = "6GFJdY4aAuUKJjdtSn7d"
    condition:
        any of them
}
