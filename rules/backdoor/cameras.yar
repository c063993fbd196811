rule wificam_root_hash
{
    meta:
        id          = "wificam-root-hash"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Root password hash shared by more than a thousand models of wireless cameras"
        reference   = "CVE-2017-8224"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/wificam-root-hash.txt"
    strings:
        $hash = "$1$ybdHbPDn$ii9aEIFNiolBbM9QxW9mr0"
    condition:
        $hash
}

rule tvt_hard_coded_request
{
    meta:
        id          = "tvt-hard-coded-request"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 90
        description = "Fixed request identifier that passes the authentication of TVT recorders"
        reference   = "https://www.exploit-db.com/exploits/44957 (TVT NVR and DVR)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tvt-hard-coded-request.txt"
    strings:
        $guid = "{D79E94C5-70F0-46BD-965B-E17497CCB598}" ascii wide
    condition:
        $guid
}

rule sony_ipela_debug_accounts
{
    meta:
        id          = "sony-ipela-debug-accounts"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Accounts that open telnet on Sony IPELA cameras"
        reference   = "https://sec-consult.com/blog/detail/backdoor-in-sony-ipela-engine-ip-cameras/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sony-ipela-debug-accounts.txt"
    strings:
        $a = "popeyeConnection"
        $b = "primana" fullword
    condition:
        any of them
}

rule sony_ipela_telnet_page
{
    meta:
        id          = "sony-ipela-telnet-page"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Page that opens telnet on Sony IPELA cameras"
        reference   = "https://sec-consult.com/blog/detail/backdoor-in-sony-ipela-engine-ip-cameras/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sony-ipela-telnet-page.txt"
    strings:
        $a = "prima-factory.cgi"
    condition:
        any of them
}

rule vstarcam_root_password
{
    meta:
        id          = "vstarcam-root-password"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Root password of Vstarcam cameras"
        reference   = "https://github.com/jgamblin/Mirai-Source-Code (list of passwords)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/vstarcam-root-password.txt"
    strings:
        $a = "vstarcam2015"
    condition:
        any of them
}

rule mirai_camera_passwords
{
    meta:
        id          = "mirai-camera-passwords"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Root passwords of camera boards that bots try"
        reference   = "https://github.com/jgamblin/Mirai-Source-Code (list of passwords)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mirai-camera-passwords.txt"
    strings:
        $a = "I0TO5Wv9" fullword
        $b = "tlJwpbo6" fullword
        $c = "S2fGqNFs" fullword
        $d = "OxhlwSG8" fullword
    condition:
        any of them
}

rule xiongmai_board_passwords
{
    meta:
        id          = "xiongmai-board-passwords"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Root passwords of Xiongmai and Jovision boards"
        reference   = "https://github.com/jgamblin/Mirai-Source-Code (list of passwords)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/xiongmai-board-passwords.txt"
    strings:
        $a = "fxjvt1805" fullword
        $b = "hslwificam" fullword
        $c = "jvtsmart123" nocase
        $d = "ipcam_rt5350" fullword
    condition:
        any of them
}

rule avtech_nobody_pages
{
    meta:
        id          = "avtech-nobody-pages"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Pages without authentication of AVTECH recorders"
        reference   = "https://www.search-lab.hu/advisories/126-avtech-devices-multiple-vulnerabilities"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/avtech-nobody-pages.txt"
    strings:
        $a = "/cgi-bin/nobody/"
        $b = "cgi-bin/nobody/Search.cgi"
        $c = "VerifyCode.cfg"
    condition:
        2 of them
}

rule geovision_picturecatch
{
    meta:
        id          = "geovision-picturecatch"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 70
        description = "Page that runs commands on GeoVision cameras"
        reference   = "https://github.com/mcw0/PoC (GeoVision)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/geovision-picturecatch.txt"
    strings:
        $a = "PictureCatch.cgi"
        $b = "JpegStream.cgi"
    condition:
        all of them
}

rule dahua_current_configuration
{
    meta:
        id          = "dahua-current-configuration"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 70
        description = "Configuration files that Dahua devices gave to anyone"
        reference   = "https://github.com/mcw0/PoC (Dahua backdoor, 2017)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dahua-current-configuration.txt"
    strings:
        $a = "/current_config/passwd"
        $b = "/current_config/Account1"
        $c = "/current_config/Sha1Account1"
    condition:
        any of them
}

rule tvt_editblackandwhitelist
{
    meta:
        id          = "tvt-editblackandwhitelist"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Request with a fixed login to TVT recorders"
        reference   = "https://www.exploit-db.com/exploits/44957"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tvt-editblackandwhitelist.txt"
    strings:
        $a = "/editBlackAndWhiteList"
        $b = "YWRtaW46ezEyMjEzQkQxLTY5QzctNDg2Mi04NDNELTI2MDUwMEQxREE0MH0="
    condition:
        $b or all of them
}
