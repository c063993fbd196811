rule li_command_cisco
{
    meta:
        id          = "li-command-cisco"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Commands that set up interception on Cisco routers"
        reference   = "Cisco IOS XE, Lawful Intercept"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/li-command-cisco.txt"
    strings:
        $a = "lawful-intercept" fullword
        $b = "li-view" fullword
        $c = "snmp-server view tapV"
        $d = "tap-mib"
        $e = "li-slot" fullword
    condition:
        2 of them
}

rule li_command_huawei
{
    meta:
        id          = "li-command-huawei"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Commands that set up interception on Huawei routers"
        reference   = "Huawei NE40E, configuration of lawful interception"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/li-command-huawei.txt"
    strings:
        $a = "lawful-interception" fullword
        $b = "x1-mode" fullword
        $c = "li-id" fullword
        $d = "lig-group"
        $e = "x3-interface"
        $f = "lig server"
    condition:
        2 of them
}

rule li_command_nokia
{
    meta:
        id          = "li-command-nokia"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Commands that set up interception on Nokia routers"
        reference   = "Nokia SR OS, OAM and diagnostics guide, LI"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/li-command-nokia.txt"
    strings:
        $a = "configure li"
        $b = "li-local-save"
        $c = "li-separate"
        $d = "li-source"
        $e = "li-filter-lock-state"
    condition:
        2 of them
}

rule li_command_juniper
{
    meta:
        id          = "li-command-juniper"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Statements that set up interception on Juniper routers"
        reference   = "Junos OS, Junos Packet Vision and flow-tap"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/li-command-juniper.txt"
    strings:
        $a = "flow-tap-dtcp"
        $b = "flow-tap" fullword
        $c = "radius-flow-tap"
        $d = "dtcp" fullword
    condition:
        2 of them
}

rule dtcp_messages
{
    meta:
        id          = "dtcp-messages"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Protocol by which a mediation device orders copies of packets"
        reference   = "draft-cavuto-dtcp"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dtcp-messages.txt"
    strings:
        $a = "DTCP/0.7"
        $b = "Cdest-Address"
        $c = "Cdest-Port"
        $d = "X-JTap-Cdest-Dest-Address"
    condition:
        2 of them
}

rule mirror_of_subscriber
{
    meta:
        id          = "mirror-of-subscriber"
        kind        = "intercept"
        severity    = "low"
        confidence  = 65
        description = "Commands that copy the traffic of one subscriber"
        reference   = "vendor manuals"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mirror-of-subscriber.txt"
    strings:
        $a = "packet-mirror" nocase
        $b = "mirror-subscriber"
        $c = "lawful" nocase
        $d = "mediation" nocase
    condition:
        all of them and filesize < 64MB
}
