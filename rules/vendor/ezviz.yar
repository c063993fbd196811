rule ezviz_cloud
{
    meta:
        id          = "ezviz-cloud"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Cloud services of EZVIZ"
        reference   = "https://www.ezvizlife.com"
        vendor      = "ezviz"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ezviz-cloud.txt"
    strings:
        $a = "ezvizlife.com"
        $b = "ys7.com:"
    condition:
        any of them
}
