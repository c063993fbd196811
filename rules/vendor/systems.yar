rule russian_operating_system
{
    meta:
        id          = "russian-operating-system"
        kind        = "vendor"
        severity    = "medium"
        confidence  = 85
        description = "System of a Russian maker (os-release)"
        reference   = "os-release files of the distributions"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/russian-operating-system.txt"
    strings:
        $id = /(^|\n)ID="?(astra|altlinux|redos|rosa|rels|mos)"?\n/
    condition:
        $id and filesize < 16KB
}

rule chinese_operating_system
{
    meta:
        id          = "chinese-operating-system"
        kind        = "vendor"
        severity    = "medium"
        confidence  = 85
        description = "System of a Chinese maker (os-release)"
        reference   = "os-release files of the distributions"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/chinese-operating-system.txt"
    strings:
        $id = /(^|\n)ID="?(kylin|uos|openEuler|euleros|deepin|neokylin|anolis|tencentos)"?\n/
    condition:
        $id and filesize < 16KB
}
