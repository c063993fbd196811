rule qnap_walter
{
    meta:
        id          = "qnap-walter"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Hard-coded account in QNAP Hybrid Backup Sync"
        reference   = "CVE-2021-28799"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/qnap-walter.txt"
    strings:
        $a = "walter" fullword
        $b = "HybridBackup"
        $c = "jisoosocoolhbsmgnt"
    condition:
        $c or all of ($a, $b)
}
