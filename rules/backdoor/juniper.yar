/* The NUL behind it tells program text from lists of test strings. */
rule juniper_screenos_password
{
    meta:
        id          = "juniper-screenos-password"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Master password of Juniper ScreenOS, disguised as a format string"
        reference   = "CVE-2015-7755"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/juniper-screenos-password.txt"
    strings:
        $password = "<<< %s(un='%s') = %u\x00"
    condition:
        $password and filesize < 256MB
}
