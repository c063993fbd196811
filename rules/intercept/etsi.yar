/* The hand-over interfaces with what stands behind the identifier in a message; six bytes alone are too short to be sure. */
rule etsi_li_object_identifier
{
    meta:
        id          = "etsi-li-object-identifier"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Object identifier of ETSI lawful interception (0.4.0.2.2) in DER"
        reference   = "ETSI TS 101 671"
        reference   = "ETSI TS 102 232-1"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-li-object-identifier.hex"
    strings:
        $hi1 = { 06 05 04 00 02 02 00 }
        $hi2 = { 06 (05|06|07|08|09) 04 00 02 02 01 [0-4] (a0|a1|80|81|30) }
        $hi3 = { 06 (05|06|07|08|09) 04 00 02 02 02 [0-4] (a0|a1|80|81|30) }
        $ps  = { 06 (06|07|08|09) 04 00 02 02 05 01 }
        $gpp = { 06 (06|07|08|09) 04 00 02 02 04 01 }
    condition:
        any of them
}

rule etsi_li_modules
{
    meta:
        id          = "etsi-li-modules"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "ASN.1 modules of the hand-over interfaces HI1, HI2, HI3"
        reference   = "ETSI TS 101 671"
        reference   = "ETSI TS 102 232-1"
        reference   = "3GPP TS 33.108"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-li-modules.txt"
    strings:
        $m1 = "HI2Operations" fullword
        $m2 = "UmtsHI2Operations" fullword
        $m3 = "EpsHI2Operations" fullword
        $m4 = "HI1NotificationOperations" fullword
        $m5 = "LI-PS-PDU" fullword
        $m6 = "Eps-HI3-PS" fullword
        $m7 = "Umts-HI3-PS" fullword
        $m8 = "HI3CCLinkData" fullword
    condition:
        2 of them
}

rule etsi_x1_namespace
{
    meta:
        id          = "etsi-x1-namespace"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 90
        description = "XML name spaces of the internal interception interface X1 and the electronic hand-over"
        reference   = "ETSI TS 103 221-1"
        reference   = "ETSI TS 103 120"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-x1-namespace.txt"
    strings:
        $x1  = "uri.etsi.org/03221/X1/" ascii wide
        $x2  = "uri.etsi.org/03221/X2" ascii wide
        $hi1 = "uri.etsi.org/03120/common" ascii wide
    condition:
        any of them
}

rule r3gpp_li_payloads
{
    meta:
        id          = "3gpp-li-payloads"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 90
        description = "Payload modules of 5G interception"
        reference   = "3GPP TS 33.128"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/3gpp-li-payloads.txt"
    strings:
        $p = "TS33128Payloads"
        $i = "TS33128IdentityAssociation"
    condition:
        any of them
}

rule li_vocabulary
{
    meta:
        id          = "li-vocabulary"
        kind        = "intercept"
        severity    = "low"
        confidence  = 60
        description = "Words of lawful interception, several together"
        reference   = "ETSI TR 102 503"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/li-vocabulary.txt"
    strings:
        $w1 = "lawful intercept" nocase
        $w2 = "LEMF" fullword
        $w3 = "LIID" fullword
        $w4 = "Law Enforcement Monitoring Facility" nocase
        $w5 = "Intercept Related Information" nocase
        $w6 = "Communication Content" fullword
        $w7 = "mediation device" nocase
        $w8 = "warrant" fullword nocase
    condition:
        4 of them and filesize < 64MB
}
