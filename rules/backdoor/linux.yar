rule xz_liblzma_implant
{
    meta:
        id          = "xz-liblzma-implant"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Code of the implant in liblzma 5.6.0 and 5.6.1"
        reference   = "CVE-2024-3094"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/xz-liblzma-implant.hex"
    strings:
        $code   = { f3 0f 1e fa 55 48 89 f5 4c 89 ce 53 89 fb 81 e7 00 00 00 80 48 83 ec 28 48 89 54 24 18 48 89 4c 24 10 }
        $switch = "yolAbejyiejuvnup=Evjtgvsh5okmkAvj"
    condition:
        any of them
}

rule vsftpd_smiley
{
    meta:
        id          = "vsftpd-smiley"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Function of the implanted vsftpd 2.3.4 that opens a shell"
        reference   = "CVE-2011-2523"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/vsftpd-smiley.txt"
    strings:
        $function = "vsf_sysutil_extra"
    condition:
        $function
}

rule proftpd_acidbitchez
{
    meta:
        id          = "proftpd-acidbitchez"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Command of the implanted ProFTPD 1.3.3c that gives a root shell"
        reference   = "https://www.exploit-db.com/exploits/15662"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/proftpd-acidbitchez.txt"
    strings:
        $command = "ACIDBITCHEZ"
    condition:
        $command and filesize < 64MB
}

rule php_zerodium
{
    meta:
        id          = "php-zerodium"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Implant in the PHP sources of March 2021"
        reference   = "https://news-web.php.net/php.internals/113838"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/php-zerodium.txt"
    strings:
        $mark = "REMOVETHIS: sold to zerodium"
    condition:
        $mark
}

rule webmin_password_change
{
    meta:
        id          = "webmin-password-change"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Implant in password_change.cgi of Webmin 1.890"
        reference   = "CVE-2019-15107"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/webmin-password-change.txt"
    strings:
        $code = "qx/$in{'expired'}/"
    condition:
        $code and filesize < 1MB
}
