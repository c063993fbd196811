rule zyxel_zld
{
    meta:
        id          = "zyxel-zld"
        kind        = "vendor"
        severity    = "info"
        confidence  = 80
        description = "Operating system ZLD of Zyxel"
        reference   = "https://www.zyxel.com"
        vendor      = "zyxel"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zyxel-zld.txt"
    strings:
        $b = "/etc/zyxel/ftp/conf/"
    condition:
        any of them
}
