rule alcatel_ont_accounts
{
    meta:
        id          = "alcatel-ont-accounts"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 90
        description = "Accounts of Alcatel-Lucent and Nokia optical terminals"
        reference   = "public analyses of the I-240W-Q terminal"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/alcatel-ont-accounts.txt"
    strings:
        $a = "ALC#FGU"
    condition:
        any of them
}
