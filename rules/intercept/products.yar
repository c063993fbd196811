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
