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
        $m1        = "HI2Operations" fullword
        $m2        = "UmtsHI2Operations" fullword
        $m3        = "EpsHI2Operations" fullword
        $m4        = "HI1NotificationOperations" fullword
        $m5        = "LI-PS-PDU" fullword
        $m6        = "Eps-HI3-PS" fullword
        $m7        = "Umts-HI3-PS" fullword
        $m8        = "HI3CCLinkData" fullword
        $dissector = "epan/dissectors/packet-"
    condition:
        2 of ($m1, $m2, $m3, $m4, $m5, $m6, $m7, $m8) and not $dissector
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

rule etsi_li_hi2_eps
{
    meta:
        id          = "etsi-li-hi2-eps"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Domain identifier of HI2 for LTE (0.4.0.2.2.4.8) in DER"
        reference   = "3GPP TS 33.108"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-li-hi2-eps.hex"
    strings:
        $a = { 06 (07|08|09) 04 00 02 02 04 08 (08|09|0a|0b|0c|0d|0e|0f|10|11) }
    condition:
        any of them
}

rule etsi_li_hi3_eps
{
    meta:
        id          = "etsi-li-hi3-eps"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Domain identifier of HI3 for LTE (0.4.0.2.2.4.9) in DER"
        reference   = "3GPP TS 33.108"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-li-hi3-eps.hex"
    strings:
        $a = { 06 (07|08|09) 04 00 02 02 04 09 (08|09|0a|0b|0c|0d|0e|0f|10|11) }
    condition:
        any of them
}

rule etsi_li_management
{
    meta:
        id          = "etsi-li-management"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Object identifier of the management of lawful interception (0.4.0.2.2.3) in DER"
        reference   = "ETSI TS 101 671"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-li-management.hex"
    strings:
        $a = { 06 06 04 00 02 02 03 00 }
    condition:
        any of them
}

rule etsi_x1_messages
{
    meta:
        id          = "etsi-x1-messages"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Messages by which interception of a target is switched on (X1)"
        reference   = "ETSI TS 103 221-1"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-x1-messages.txt"
    strings:
        $a = "ActivateTaskRequest"
        $b = "DeactivateTaskRequest"
        $c = "X1RequestMessage"
        $d = "deliveryType"
        $e = "X2andX3"
        $f = "DIDListEntry"
    condition:
        3 of them
}

rule etsi_x2_x3_delivery
{
    meta:
        id          = "etsi-x2-x3-delivery"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Names of the delivery interfaces X2 and X3"
        reference   = "ETSI TS 103 221-2"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-x2-x3-delivery.txt"
    strings:
        $a = "X2X3" fullword
        $b = "X2Only"
        $c = "X3Only"
        $d = "XID" fullword
        $e = "PDU Type: X2" nocase
        $f = "PDU Type: X3" nocase
    condition:
        3 of them
}

rule etsi_hi1_warrant
{
    meta:
        id          = "etsi-hi1-warrant"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Electronic warrants and tasks (HI1)"
        reference   = "ETSI TS 103 120"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-hi1-warrant.txt"
    strings:
        $a = "AuthorisationObject"
        $b = "LITaskObject"
        $d = "DeliveryObject"
        $e = "DesiredStatus"
    condition:
        3 of them
}

rule etsi_common_dictionary
{
    meta:
        id          = "etsi-common-dictionary"
        kind        = "intercept"
        severity    = "low"
        confidence  = 85
        description = "Dictionary of types for lawful interception"
        reference   = "ETSI TS 103 280"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-common-dictionary.txt"
    strings:
        $a = "uri.etsi.org/03280/common/"
    condition:
        any of them
}

rule etsi_retained_data
{
    meta:
        id          = "etsi-retained-data"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Hand-over of retained data"
        reference   = "ETSI TS 102 657"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-retained-data.txt"
    strings:
        $a = "RetainedDataHeader"
        $b = "RDHIHeader"
        $c = "RDMessage" fullword
        $d = "http://uri.etsi.org/02657/"
    condition:
        2 of them or $d
}

rule etsi_ps_header_fields
{
    meta:
        id          = "etsi-ps-header-fields"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Fields of the header under which intercepted packets are handed over"
        reference   = "ETSI TS 102 232-1"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-ps-header-fields.txt"
    strings:
        $a = "li-psDomainId"
        $b = "lawfulInterceptionIdentifier"
        $c = "communicationIdentifier"
        $d = "authorizationCountryCode"
    condition:
        3 of them
}

rule etsi_ip_services
{
    meta:
        id          = "etsi-ip-services"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Interception of Internet access: types of the hand-over"
        reference   = "ETSI TS 102 232-3"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-ip-services.txt"
    strings:
        $a = "IPIRIOnly"
        $b = "IPIRI" fullword
        $c = "IPCC" fullword
        $d = "IPIRIContents"
        $e = "targetIPAddress"
    condition:
        3 of them
}

rule etsi_email_services
{
    meta:
        id          = "etsi-email-services"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Interception of mail: types of the hand-over"
        reference   = "ETSI TS 102 232-2"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-email-services.txt"
    strings:
        $a = "EmailIRI"
        $b = "EmailCC"
        $c = "Email-Format"
        $d = "Email-Recipient-List"
    condition:
        2 of them
}

rule etsi_ims_services
{
    meta:
        id          = "etsi-ims-services"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Interception of multimedia calls: types of the hand-over"
        reference   = "ETSI TS 102 232-5"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-ims-services.txt"
    strings:
        $a = "IPMMIRI"
        $b = "IPMMCC"
        $c = "MMCCProtocol"
        $d = "MMCCContents"
    condition:
        2 of them
}

rule r3gpp_li_functions
{
    meta:
        id          = "3gpp-li-functions"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Functions of interception in a 5G network by name"
        reference   = "3GPP TS 33.127"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/3gpp-li-functions.txt"
    strings:
        $a = "LIPF" fullword
        $b = "ADMF" fullword
        $c = "LI_X1" fullword
        $d = "LI_HI2" fullword
        $e = "LI_HI1" fullword
        $f = "LI_X2" fullword
        $g = "MDF2" fullword
    condition:
        3 of them
}

rule r3gpp_xiri_events
{
    meta:
        id          = "3gpp-xiri-events"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Events that a 5G point of interception reports"
        reference   = "3GPP TS 33.128"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/3gpp-xiri-events.txt"
    strings:
        $a         = "XIRIPayload"
        $b         = "XIRIEvent"
        $c         = "IRIPayload"
        $d         = "AMFRegistration"
        $e         = "SMFPDUSessionEstablishment"
        $f         = "tS33128PayloadsOID"
        $dissector = "epan/dissectors/packet-"
    condition:
        3 of ($a, $b, $c, $d, $e, $f) and not $dissector
}

rule r3gpp_umts_iri
{
    meta:
        id          = "3gpp-umts-iri"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Parameters of intercept related information in UMTS"
        reference   = "3GPP TS 33.108"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/3gpp-umts-iri.txt"
    strings:
        $a = "UmtsIRIsContent"
        $b = "UmtsIRIContent"
        $c = "GPRSCorrelationNumber"
        $d = "gPRSevent"
    condition:
        2 of them
}

rule r3gpp_eps_iri
{
    meta:
        id          = "3gpp-eps-iri"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Parameters of intercept related information in LTE"
        reference   = "3GPP TS 33.108"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/3gpp-eps-iri.txt"
    strings:
        $a = "EpsIRIsContent"
        $b = "EpsIRIContent"
        $c = "EPSCorrelationNumber"
        $d = "ePSevent"
    condition:
        2 of them
}
