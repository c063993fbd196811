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
