rule openli
{
    meta:
        id          = "openli"
        kind        = "intercept"
        severity    = "high"
        confidence  = 90
        description = "Programs of OpenLI, an interception system"
        reference   = "https://openli.nz"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/openli.txt"
    strings:
        $p = "openliprovisioner"
        $c = "openlicollector"
        $m = "openlimediator"
    condition:
        2 of them
}

rule opencalea
{
    meta:
        id          = "opencalea"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Programs of OpenCALEA, an interception system"
        reference   = "http://www.opencalea.org"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/opencalea.txt"
    strings:
        $name = "opencalea" nocase
        $term = "CALEA"
        $cmc  = "CmIIData"
        $ccc  = "CmCCData"
    condition:
        $name and any of ($cmc, $ccc, $term)
}

rule mikrotik_calea
{
    meta:
        id          = "mikrotik-calea"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Interception package of MikroTik RouterOS"
        reference   = "https://wiki.mikrotik.com/wiki/CALEA"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mikrotik-calea.txt"
    strings:
        $menu = "/ip firewall calea"
        $path = "firewall/calea"
        $pc   = "sniff-pc" fullword
        $id   = "sniff-id" fullword
        $name = "calea" fullword
    condition:
        any of ($menu, $path) or ($pc and $id and $name)
}

rule li_mediation_products
{
    meta:
        id          = "li-mediation-products"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Names of interception mediation products"
        reference   = "product pages of the vendors"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/li-mediation-products.txt"
    strings:
        $a = "Utimaco LIMS" nocase
        $b = "SS8 Xcipio" nocase
        $c = "Verint STAR-GATE" nocase
        $d = "Aqsacom ALIS" nocase
        $e = "Cognyte STAR-GATE" nocase
    condition:
        any of them
}

rule ss8_xcipio
{
    meta:
        id          = "ss8-xcipio"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "SS8 interception mediation"
        reference   = "https://www.ss8.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ss8-xcipio.txt"
    strings:
        $a    = "Xcipio" fullword
        $b    = "SS8 Networks"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b) and not $iana
}

rule utimaco_lims
{
    meta:
        id          = "utimaco-lims"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Utimaco interception management"
        reference   = "https://utimaco.com/data-protection/lawful-interception"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/utimaco-lims.txt"
    strings:
        $b = "LIMS Access Point"
        $c = "Utimaco TS"
    condition:
        any of them
}

rule verint_reliant
{
    meta:
        id          = "verint-reliant"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Verint and Cognyte monitoring centres"
        reference   = "https://www.cognyte.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/verint-reliant.txt"
    strings:
        $a = "RELIANT Monitoring"
        $b = "VANTAGE" fullword
        $c = "STAR-GATE" fullword
        $d = "Verint" fullword
        $e = "Cognyte" fullword
    condition:
        any of ($a, $b, $c) and any of ($d, $e)
}

rule aqsacom_alis
{
    meta:
        id          = "aqsacom-alis"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Aqsacom interception mediation"
        reference   = "https://www.aqsacom.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/aqsacom-alis.txt"
    strings:
        $a = "Aqsacom" nocase
        $b = "ALIS" fullword
        $c = "ADRIS" fullword
    condition:
        $a and any of ($b, $c)
}

rule pine_lawful_interception
{
    meta:
        id          = "pine-lawful-interception"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Group 2000 and Pine Digital Security interception"
        reference   = "https://www.group2000.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pine-lawful-interception.txt"
    strings:
        $a    = "LIMA Lawful"
        $b    = "Pine Digital Security"
        $c    = "LIMA Management"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b, $c) and not $iana
}

rule trovicor_monitoring_centre
{
    meta:
        id          = "trovicor-monitoring-centre"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "trovicor monitoring centre"
        reference   = "https://trovicor.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/trovicor-monitoring-centre.txt"
    strings:
        $a = "trovicor" nocase fullword
        $b = "Monitoring Center"
        $c = "Intellego"
    condition:
        2 of them
}

rule elaman_gamma_finfisher
{
    meta:
        id          = "elaman-gamma-finfisher"
        kind        = "intercept"
        severity    = "critical"
        confidence  = 85
        description = "FinFisher surveillance software"
        reference   = "https://citizenlab.ca/2012/07/from-bahrain-with-love-finfishers-spy-kit-exposed/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/elaman-gamma-finfisher.txt"
    strings:
        $a = "finspyv4.01" nocase
        $b = "FinSpyV2" nocase
        $c = "\\finspy\\" nocase
    condition:
        any of them
}

rule narus_insight
{
    meta:
        id          = "narus-insight"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Narus network monitoring"
        reference   = "https://www.eff.org/cases/hepting"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/narus-insight.txt"
    strings:
        $a    = "NarusInsight"
        $b    = "Narus Inc"
        $c    = "nSystem" fullword
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        (any of ($a, $b) or 2 of ($a, $b, $c)) and not $iana
}

rule hacking_team_rcs
{
    meta:
        id          = "hacking-team-rcs"
        kind        = "intercept"
        severity    = "critical"
        confidence  = 80
        description = "Remote Control System of Hacking Team"
        reference   = "https://citizenlab.ca/2014/02/mapping-hacking-teams-untraceable-spyware/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hacking-team-rcs.txt"
    strings:
        $a = "RCSAndroid"
        $b = "com.android.dvci"
        $c = "RCS Agent"
        $d = "hackingteam" nocase
    condition:
        2 of them
}

rule openli_rmq_names
{
    meta:
        id          = "openli-rmq-names"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Queues and settings of OpenLI"
        reference   = "https://github.com/OpenLI-NZ/openli/wiki"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/openli-rmq-names.txt"
    strings:
        $a = "openli-rmq" nocase
        $b = "liid" fullword
        $c = "agencyid" fullword
        $d = "hi2address" fullword
        $e = "hi3address" fullword
        $f = "deliverycountrycode"
    condition:
        4 of them
}

rule libwandder_etsi
{
    meta:
        id          = "libwandder-etsi"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "Library that writes and reads the ETSI hand-over"
        reference   = "https://github.com/LibtraceTeam/libwandder"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/libwandder-etsi.txt"
    strings:
        $a = "wandder_etsili_"
        $b = "wandder_encode_etsi_"
    condition:
        any of them
}

rule etsi_pcap_extractors
{
    meta:
        id          = "etsi-pcap-extractors"
        kind        = "intercept"
        severity    = "low"
        confidence  = 75
        description = "Tools that take packets out of an ETSI hand-over"
        reference   = "https://github.com/LibtraceTeam/libtrace"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/etsi-pcap-extractors.txt"
    strings:
        $a = "etsilive:"
        $b = "ETSI LI" nocase
    condition:
        all of them
}
