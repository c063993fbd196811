rule kazakhstan_root
{
    meta:
        id          = "kazakhstan-root"
        kind        = "crypto"
        severity    = "high"
        confidence  = 90
        description = "Root certificate by which the state of Kazakhstan reads TLS"
        reference   = "https://censoredplanet.org/kazakhstan"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/kazakhstan-root.hex"
    strings:
        $name = { 55 04 03 (0c|13) 14 51 61 7a 6e 65 74 20 54 72 75 73 74 20 4e 65 74 77 6f 72 6b }
    condition:
        any of them
}

rule russian_trusted_root
{
    meta:
        id          = "russian-trusted-root"
        kind        = "crypto"
        severity    = "medium"
        confidence  = 90
        description = "Root certificate of the Russian Ministry of Digital Development"
        reference   = "https://www.gosuslugi.ru/crt"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/russian-trusted-root.hex"
    strings:
        $name = { 55 04 03 (0c|13) 17 52 75 73 73 69 61 6e 20 54 72 75 73 74 65 64 20 52 6f 6f 74 20 43 41 }
    condition:
        any of them
}

rule cnnic_root
{
    meta:
        id          = "cnnic-root"
        kind        = "crypto"
        severity    = "medium"
        confidence  = 85
        description = "Root certificate of CNNIC, distrusted in 2015"
        reference   = "https://security.googleblog.com/2015/03/maintaining-digital-certificate-security.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cnnic-root.hex"
    strings:
        $name = { 55 04 03 (0c|13) 0a 43 4e 4e 49 43 20 52 4f 4f 54 }
    condition:
        any of them
}

rule wosign_root
{
    meta:
        id          = "wosign-root"
        kind        = "crypto"
        severity    = "medium"
        confidence  = 85
        description = "Root certificate of WoSign, distrusted in 2016"
        reference   = "https://wiki.mozilla.org/CA/WoSign_Issues"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/wosign-root.hex"
    strings:
        $name = { 55 04 03 (0c|13) 21 43 65 72 74 69 66 69 63 61 74 69 6f 6e 20 41 75 74 68 6f 72 69 74 79 20 6f 66 20 57 6f 53 69 67 6e }
    condition:
        any of them
}

rule diginotar_root
{
    meta:
        id          = "diginotar-root"
        kind        = "crypto"
        severity    = "medium"
        confidence  = 90
        description = "Root certificate of DigiNotar, broken into in 2011"
        reference   = "https://www.enisa.europa.eu/media/news-items/operation-black-tulip"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/diginotar-root.hex"
    strings:
        $name = { 55 04 03 (0c|13) 11 44 69 67 69 4e 6f 74 61 72 20 52 6f 6f 74 20 43 41 }
    condition:
        any of them
}
