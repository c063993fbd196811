rule tenda_cloud
{
    meta:
        id          = "tenda-cloud"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Cloud services of Tenda"
        reference   = "https://www.tendacn.com"
        vendor      = "tenda"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tenda-cloud.txt"
    strings:
        $a = "cloud.tenda.com.cn"
        $b = "tendawifi.com"
    condition:
        any of them
}
