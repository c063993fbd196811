/* Low: a RADIUS server knows them as names; a gateway that obeys them has them, too. */
rule radius_li_attributes
{
    meta:
        id          = "radius-li-attributes"
        kind        = "intercept"
        severity    = "low"
        confidence  = 80
        description = "RADIUS attributes that switch interception of a subscriber"
        reference   = "RFC 2865"
        reference   = "vendor dictionaries (Nokia, Juniper, Redback)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/radius-li-attributes.txt"
    strings:
        $a1 = "Alc-LI-Action"
        $a2 = "Alc-LI-Destination"
        $a3 = "Unisphere-LI-Action"
        $a4 = "ERX-LI-Action"
        $a5 = "Unisphere-Med-Dev-Handle"
        $a6 = "LI_Md_Address"
        $a7 = "LI-Md-Address"
        $a8 = "ERX-Med-Dev-Handle"
    condition:
        2 of them
}

rule radius_li_huawei
{
    meta:
        id          = "radius-li-huawei"
        kind        = "intercept"
        severity    = "low"
        confidence  = 80
        description = "RADIUS attributes by which Huawei switches interception of a subscriber"
        reference   = "RFC 2865"
        reference   = "dictionary of Huawei in FreeRADIUS"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/radius-li-huawei.txt"
    strings:
        $a = "HW-LI-ID"
        $b = "HW-LI-Md-Address"
        $c = "HW-LI-Md-Port"
        $d = "HW-LI-Md-VpnInstance"
    condition:
        2 of them
}

rule radius_li_nokia
{
    meta:
        id          = "radius-li-nokia"
        kind        = "intercept"
        severity    = "low"
        confidence  = 80
        description = "RADIUS attributes by which Nokia switches interception of a subscriber"
        reference   = "RFC 2865"
        reference   = "dictionary of Nokia in FreeRADIUS"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/radius-li-nokia.txt"
    strings:
        $a = "Alc-LI-FC"
        $b = "Alc-LI-Intercept-Id"
        $c = "Alc-LI-Session-Id"
        $d = "Alc-LI-Direction"
        $e = "Alc-LI-Use-Outside-Ip"
    condition:
        2 of them
}

rule radius_li_redback
{
    meta:
        id          = "radius-li-redback"
        kind        = "intercept"
        severity    = "low"
        confidence  = 80
        description = "RADIUS attributes by which Redback switches interception of a subscriber"
        reference   = "RFC 2865"
        reference   = "dictionary of Redback in FreeRADIUS"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/radius-li-redback.txt"
    strings:
        $a = "LI-Action"
        $b = "LI-Id"
        $c = "LI-Md-Port"
        $d = "LI-Profile"
        $e = "LI_Action"
        $f = "LI_Profile"
    condition:
        3 of them
}

rule radius_intercept_pairs
{
    meta:
        id          = "radius-intercept-pairs"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Values by which a RADIUS server starts interception on Cisco gateways"
        reference   = "Cisco IOS XR, Lawful Intercept in subscriber access"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/radius-intercept-pairs.txt"
    strings:
        $a = "intercept-id"
        $b = "md-ip-addr"
        $c = "md-port-number"
        $d = "md-dscp"
    condition:
        3 of them
}
