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
