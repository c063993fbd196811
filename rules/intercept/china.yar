rule green_dam
{
    meta:
        id          = "green-dam"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Green Dam, censorship software of 2009"
        reference   = "https://jhalderm.com/pub/gd/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/green-dam.txt"
    strings:
        $a = "Green Dam" nocase
        $b = "XFImage"
        $c = "surfgd.dll" nocase
        $d = "kwpwf.dll" nocase
    condition:
        2 of them
}

rule internet_cafe_audit
{
    meta:
        id          = "internet-cafe-audit"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Audit of users of public networks for the police"
        reference   = "Ministry of Public Security order 82 of 2005"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/internet-cafe-audit.txt"
    strings:
        $a = "公共上网场所"
        $b = "安全审计"
        $c = "非经营性上网"
        $d = "网监"
    condition:
        2 of them
}

rule public_security_gateway
{
    meta:
        id          = "public-security-gateway"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Interface to the public security organs of China"
        reference   = "GA/T 1400-2017"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/public-security-gateway.txt"
    strings:
        $a = "GA/T1400"
        $b = "GA/T 1400"
        $c = "/VIID/System/Register"
        $d = "/VIID/Faces"
    condition:
        any of them
}

rule gb28181_platform
{
    meta:
        id          = "gb28181-platform"
        kind        = "intercept"
        severity    = "low"
        confidence  = 75
        description = "Video surveillance network of Chinese public security"
        reference   = "GB/T 28181-2016"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gb28181-platform.txt"
    strings:
        $a = "GB28181" nocase fullword
        $b = "MANSCDP" nocase
        $c = "DeviceControl"
        $d = "Application/MANSCDP+xml"
    condition:
        2 of them
}

rule mobile_audit_probe
{
    meta:
        id          = "mobile-audit-probe"
        kind        = "intercept"
        severity    = "high"
        confidence  = 75
        description = "Probe that reports wireless devices to the police"
        reference   = "Ministry of Public Security technical requirements for MAC collection (2014)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mobile-audit-probe.txt"
    strings:
        $a = "WA_SOURCE_FJ_1001"
        $b = "WA_SOURCE_FJ_1002"
        $c = "WA_BASIC_FJ_0003"
        $d = "WA_SOURCE_0001"
    condition:
        any of them
}
