rule cisco_tap_mib
{
    meta:
        id          = "cisco-tap-mib"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Management tables that start and stop interception on a router"
        reference   = "RFC 3924"
        reference   = "CISCO-TAP2-MIB"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-tap-mib.txt"
    strings:
        $tap2   = { 2b 06 01 04 01 09 09 83 0f }
        $tap1   = { 2b 06 01 04 01 09 09 81 7c 01 }
        $iptap  = { 2b 06 01 04 01 09 09 83 10 }
        $name2  = "CISCO-TAP2-MIB"
        $name1  = "CISCO-TAP-MIB"
        $nameip = "CISCO-IP-TAP-MIB"
        $node   = "cTap2StreamTable"
    condition:
        any of them
}

rule packetcable_surveillance
{
    meta:
        id          = "packetcable-surveillance"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Electronic surveillance of cable telephony"
        reference   = "PKT-SP-ESP1.5"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/packetcable-surveillance.txt"
    strings:
        $mib  = "PKTC-ES-TAP-MIB"
        $name = "PacketCable Electronic Surveillance" nocase
        $es   = "PKTC-ES-EVENT-MIB"
    condition:
        any of them
}

rule packetcable_tap_objects
{
    meta:
        id          = "packetcable-tap-objects"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Objects that start interception of cable telephony"
        reference   = "PKT-SP-ESP1.5"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/packetcable-tap-objects.txt"
    strings:
        $stream    = "pktcEsTapStreamTable"
        $device    = "pktcEsTapMediationTable"
        $event     = "Electronic-Surveillance-Indication"
        $dissector = "epan/dissectors/packet-"
    condition:
        any of ($stream, $device, $event) and not $dissector
}

rule cisco_user_connection_tap_mib
{
    meta:
        id          = "cisco-user-connection-tap-mib"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Management table that intercepts the session of a user"
        reference   = "CISCO-USER-CONNECTION-TAP-MIB"
        reference   = "RFC 3924"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-user-connection-tap-mib.hex"
    strings:
        $a = "CISCO-USER-CONNECTION-TAP-MIB"
        $b = "cuctTapStreamTable"
        $c = { 2b 06 01 04 01 09 09 83 0e }
    condition:
        any of them
}

rule cisco_802_tap_mib
{
    meta:
        id          = "cisco-802-tap-mib"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Management table that intercepts by hardware address"
        reference   = "CISCO-802-TAP-MIB"
        reference   = "RFC 3924"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-802-tap-mib.txt"
    strings:
        $a = "CISCO-802-TAP-MIB"
        $b = "c8tapStreamTable"
        $c = "c8tapStreamCapabilities"
    condition:
        any of them
}

rule cisco_mobility_tap_mib
{
    meta:
        id          = "cisco-mobility-tap-mib"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Management table that intercepts mobile subscribers"
        reference   = "CISCO-MOBILITY-TAP-MIB"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-mobility-tap-mib.txt"
    strings:
        $a = "CISCO-MOBILITY-TAP-MIB"
        $b = "cmtapStreamTable"
    condition:
        any of them
}

rule juniper_tap_mib
{
    meta:
        id          = "juniper-tap-mib"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Management tables of interception on Juniper routers"
        reference   = "Juniper-PACKET-MIRROR-MIB"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/juniper-tap-mib.txt"
    strings:
        $c = "Juniper-PACKET-MIRROR-MIB"
        $d = "juniPacketMirrorMIB"
    condition:
        any of them
}

rule cisco_tap2_objects
{
    meta:
        id          = "cisco-tap2-objects"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Objects of the interception tables of Cisco"
        reference   = "CISCO-TAP2-MIB"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-tap2-objects.txt"
    strings:
        $a = "cTap2MediationTable"
        $b = "cTap2MediationDestAddress"
        $c = "cTap2StreamInterceptEnable"
        $d = "cTap2DebugMessage"
    condition:
        any of them
}

rule cisco_ip_tap_objects
{
    meta:
        id          = "cisco-ip-tap-objects"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Objects that choose what is intercepted on Cisco routers"
        reference   = "CISCO-IP-TAP-MIB"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-ip-tap-objects.txt"
    strings:
        $a = "citapStreamTable"
        $b = "citapStreamCapabilities"
        $c = "citapStreamInterfaceIndex"
    condition:
        any of them
}

rule nokia_li_mib
{
    meta:
        id          = "nokia-li-mib"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Management tables of interception on Nokia routers"
        reference   = "TIMETRA-LI-MIB"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/nokia-li-mib.txt"
    strings:
        $a = "TIMETRA-LI-MIB"
        $b = "TIMETRA-MIRROR-MIB"
        $c = "tLiConfigTable"
        $d = "tmnxLIObjs"
    condition:
        $a or 2 of ($b, $c, $d)
}
