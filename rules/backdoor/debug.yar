rule debug_gdbserver_started
{
    meta:
        id          = "debug-gdbserver-started"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Start script that lets anyone debug a process"
        reference   = "https://sourceware.org/gdb/current/onlinedocs/gdb.html/Server.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-gdbserver-started.txt"
    strings:
        $a = /\bgdbserver[ \t]+(--multi[ \t]+)?(0\.0\.0\.0|\*)?:[0-9]{2,5}\b/
    condition:
        any of them and filesize < 64KB and not uint32(0) == 0x464c457f
}

rule debug_adb_started
{
    meta:
        id          = "debug-adb-started"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 70
        description = "Start script that starts the debug bridge"
        reference   = "https://developer.android.com/tools/adb"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-adb-started.txt"
    strings:
        $a = /\n[ \t]*(\/(usr\/)?s?bin\/)?adbd[ \t]*&/
    condition:
        any of them and filesize < 64KB and not uint32(0) == 0x464c457f
}

rule debug_telnetd_inittab
{
    meta:
        id          = "debug-telnetd-inittab"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Console that gives a shell without a login"
        reference   = "https://git.busybox.net/busybox/tree/examples/inittab"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-telnetd-inittab.txt"
    strings:
        $a = /(^|\n)(::|tty[A-Za-z0-9]{1,8}::|console::)(respawn|askfirst):-?\/bin\/(ba|a)?sh\b/
    condition:
        any of them and filesize < 16KB
}

rule debug_qualcomm_diag
{
    meta:
        id          = "debug-qualcomm-diag"
        kind        = "backdoor"
        severity    = "low"
        confidence  = 65
        description = "Diagnostic port of Qualcomm modems in the composition of the USB device"
        reference   = "Qualcomm USB compositions in init.qcom.usb.rc"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-qualcomm-diag.txt"
    strings:
        $a = /sys\.usb\.config[= ]+diag,(serial_smd|serial_cdev|adb|rmnet)/
    condition:
        any of them and filesize < 256KB
}

rule debug_mediatek_meta
{
    meta:
        id          = "debug-mediatek-meta"
        kind        = "backdoor"
        severity    = "low"
        confidence  = 65
        description = "Factory mode of MediaTek devices"
        reference   = "MediaTek META mode; https://github.com/bkerler/mtkclient"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-mediatek-meta.hex"
    strings:
        $a = "meta_tst" fullword
    condition:
        uint32(0) == 0x464c457f and any of them
}

rule debug_ate_daemon
{
    meta:
        id          = "debug-ate-daemon"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 65
        description = "Factory test daemon of Ralink and MediaTek routers"
        reference   = "Ralink SDK, ated"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-ate-daemon.txt"
    strings:
        $a = "/sbin/ated"
        $b = "ated -i"
    condition:
        any of them and filesize < 256KB
}

rule debug_uboot_silent_off
{
    meta:
        id          = "debug-uboot-silent-off"
        kind        = "backdoor"
        severity    = "info"
        confidence  = 60
        description = "Boot loader that can be stopped and driven at its console"
        reference   = "U-Boot, bootdelay"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-uboot-silent-off.txt"
    strings:
        $a = "Hit any key to stop autoboot:"
    condition:
        any of them
}

rule debug_network_console
{
    meta:
        id          = "debug-network-console"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 65
        description = "Boot loader that obeys the network"
        reference   = "U-Boot, netconsole"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-network-console.txt"
    strings:
        $a = /\bstdin=nc\b/
        $b = /\bncip=[0-9.]{7,15}\b/
    condition:
        all of them and filesize < 4MB
}

rule debug_realtek_rescue
{
    meta:
        id          = "debug-realtek-rescue"
        kind        = "backdoor"
        severity    = "low"
        confidence  = 70
        description = "Boot code of Realtek that takes an image by TFTP"
        reference   = "Realtek RTL819x boot code"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-realtek-rescue.txt"
    strings:
        $a = "---Ethernet init Okay!"
        $b = "<RealTek>"
    condition:
        all of them
}

rule debug_ssh_permit_empty
{
    meta:
        id          = "debug-ssh-permit-empty"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 75
        description = "SSH service that lets in accounts without a password"
        reference   = "https://man.openbsd.org/sshd_config"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-ssh-permit-empty.txt"
    strings:
        $a = /\nPermitEmptyPasswords[ \t]+yes\b/
        $b = /\nPermitRootLogin[ \t]+yes\b/
    condition:
        all of them and filesize < 64KB
}

rule debug_dropbear_empty_passwords
{
    meta:
        id          = "debug-dropbear-empty-passwords"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 70
        description = "SSH service started so that it lets in accounts without a password"
        reference   = "https://matt.ucc.asn.au/dropbear/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-dropbear-empty-passwords.txt"
    strings:
        $a = /\bdropbear[ \t][^\n#]{0,40}-[A-Za-z]{0,4}B\b/
    condition:
        any of them and filesize < 64KB and not uint32(0) == 0x464c457f
}

rule debug_ftp_root_without_password
{
    meta:
        id          = "debug-ftp-root-without-password"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 65
        description = "FTP service over the whole system that lets anyone write"
        reference   = "https://busybox.net/downloads/BusyBox.html (ftpd)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-ftp-root-without-password.txt"
    strings:
        $a = /\bftpd[ \t][^\n#]{0,20}-w[ \t]+\/[ \t\n;&]/
    condition:
        any of them and filesize < 64KB and not uint32(0) == 0x464c457f
}

rule debug_tftpd_root
{
    meta:
        id          = "debug-tftpd-root"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 65
        description = "TFTP service over the whole system"
        reference   = "https://busybox.net/downloads/BusyBox.html (tftpd)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-tftpd-root.txt"
    strings:
        $a = /\b(udpsvd[^\n#]{0,40}tftpd|in\.tftpd)[ \t][^\n#]{0,20}-c[ \t]+\/[ \t\n;&]/
    condition:
        any of them and filesize < 64KB and not uint32(0) == 0x464c457f
}

rule debug_socat_shell
{
    meta:
        id          = "debug-socat-shell"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 75
        description = "Start script that binds a shell to a port by socat"
        reference   = "http://www.dest-unreach.org/socat/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debug-socat-shell.txt"
    strings:
        $a = /socat[^\n#]{0,60}(TCP|tcp)[0-9]?-?(LISTEN|listen|l|L):[0-9]{2,5}[^\n#]{0,60}(EXEC|exec|SYSTEM):["\x27]?\/bin\/(ba)?sh/
    condition:
        any of them and filesize < 64KB and not uint32(0) == 0x464c457f
}

rule web_shell_php
{
    meta:
        id          = "web-shell-php"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 75
        description = "Page in PHP that runs what it is sent"
        reference   = "https://attack.mitre.org/techniques/T1505/003/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/web-shell-php.txt"
    strings:
        $a = /<\?php[^>]{0,80}(eval|assert|system|passthru|shell_exec)\s?\(\s?\$_(POST|GET|REQUEST)\[/
    condition:
        any of them and filesize < 64KB
}

rule web_shell_cgi
{
    meta:
        id          = "web-shell-cgi"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 65
        description = "Page of a shell that runs what it is sent"
        reference   = "CWE-78"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/web-shell-cgi.txt"
    strings:
        $a = /\neval[ \t]+"?\$\{?QUERY_STRING/
    condition:
        any of them and filesize < 64KB
}
