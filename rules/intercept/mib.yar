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
