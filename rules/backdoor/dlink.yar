rule dlink_joel_user_agent
{
    meta:
        id          = "dlink-joel-user-agent"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "User agent that passes the authentication of D-Link web interfaces"
        reference   = "CVE-2013-6026"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dlink-joel-user-agent.txt"
    strings:
        $agent = "xmlset_roodkcableoj28840ybtide"
    condition:
        $agent
}

rule dlink_nas_sharing_account
{
    meta:
        id          = "dlink-nas-sharing-account"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Hard-coded account in nas_sharing.cgi of D-Link and Western Digital storage"
        reference   = "CVE-2018-17153"
        reference   = "CVE-2024-3273"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dlink-nas-sharing-account.txt"
    strings:
        $user = "mydlinkBRionyg"
    condition:
        $user
}

rule dlink_alphanetworks_telnet
{
    meta:
        id          = "dlink-alphanetworks-telnet"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Telnet with the account Alphanetworks and the image signature as password"
        reference   = "public analyses of telnetd.sh and image_sign in D-Link firmware"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dlink-alphanetworks-telnet.txt"
    strings:
        $command = "-u Alphanetworks:"
    condition:
        $command and filesize < 4MB
}

rule dlink_alphanetworks_signature
{
    meta:
        id          = "dlink-alphanetworks-signature"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Signature of a D-Link image that also is the telnet password"
        reference   = "public analyses of image_sign in D-Link firmware"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dlink-alphanetworks-signature.txt"
    strings:
        $a = /\bwrg(ac|n|g)[0-9]{2,3}_(dlob|dlwbr|dlob\.hans)[a-z0-9_.]{0,24}dir[0-9]{3}[a-z0-9_]{0,6}\b/
    condition:
        any of them
}

rule dlink_hnap_loader
{
    meta:
        id          = "dlink-hnap-loader"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 65
        description = "Telnet daemon started by the update page of D-Link"
        reference   = "CVE-2019-17621"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dlink-hnap-loader.txt"
    strings:
        $a = "/usr/sbin/telnetd -i br0"
    condition:
        any of them and filesize < 4MB
}

rule dlink_unauthorised_php
{
    meta:
        id          = "dlink-unauthorised-php"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 70
        description = "Parameter that passes the authentication of D-Link pages"
        reference   = "CVE-2019-11017, getcfg.php and AUTHORIZED_GROUP"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dlink-unauthorised-php.txt"
    strings:
        $a = "AUTHORIZED_GROUP=1"
    condition:
        any of them and filesize < 16MB
}
