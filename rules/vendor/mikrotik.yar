rule mikrotik_package
{
    meta:
        id          = "mikrotik-package"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "RouterOS package (NPK)"
        reference   = "public analyses (npk tools)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mikrotik-package.hex"
        vendor      = "mikrotik"
        strength    = "definitive"
    strings:
        $magic = { 1e f1 d0 ba }
    condition:
        $magic at 0 and filesize > 16
}
