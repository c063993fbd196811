rule telnetd_without_login
{
    meta:
        id          = "telnetd-without-login"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Start script that gives a shell by telnet without a password"
        reference   = "https://busybox.net/downloads/BusyBox.html (telnetd -l)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/telnetd-without-login.txt"
    strings:
        $shell = /telnetd[ \t][^\n#|]{0,48}-l[ \t]?\/bin\/(ba|a)?sh\b/
    condition:
        $shell and not uint32(0) == 0x464c457f and filesize < 256KB
}

rule netcat_shell
{
    meta:
        id          = "netcat-shell"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 75
        description = "Start script that binds a shell to a port"
        reference   = "https://attack.mitre.org/techniques/T1059/004/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/netcat-shell.txt"
    strings:
        $nc  = /\bnc[ \t][^\n#]{0,24}-l[^\n#]{0,40}-e[ \t]?\/bin\/(ba|a)?sh\b/
        $tcp = /\/bin\/(ba|a)?sh -i >& \/dev\/tcp\/[0-9]{1,3}\./
    condition:
        any of them and not uint32(0) == 0x464c457f and filesize < 256KB
}

rule boot_arguments_shell
{
    meta:
        id          = "boot-arguments-shell"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 70
        description = "Boot arguments that start a shell instead of the system"
        reference   = "https://docs.kernel.org/admin-guide/kernel-parameters.html (init=)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/boot-arguments-shell.txt"
    strings:
        $arguments = /bootargs=[^\x00\n]{0,240}init=\/bin\/(ba|a)?sh\b/
    condition:
        $arguments
}
