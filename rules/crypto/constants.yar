rule aes_tables
{
    meta:
        id          = "aes-tables"
        kind        = "crypto"
        severity    = "info"
        confidence  = 90
        description = "Tables of AES"
        reference   = "FIPS 197"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/aes-tables.hex"
    strings:
        $sbox   = { 63 7c 77 7b f2 6b 6f c5 30 01 67 2b fe d7 ab 76 }
        $te0_be = { c6 63 63 a5 f8 7c 7c 84 ee 77 77 99 }
        $te0_le = { a5 63 63 c6 84 7c 7c f8 99 77 77 ee }
    condition:
        any of them
}

rule des_tables
{
    meta:
        id          = "des-tables"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Tables of DES, a cipher that is no longer safe"
        reference   = "FIPS 46-3"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/des-tables.hex"
    strings:
        $s1     = { 0e 04 0d 01 02 0f 0b 08 03 0a 06 0c 05 09 00 07 }
        $sp1    = { 01 01 04 00 00 00 00 00 00 01 00 00 01 01 04 04 }
        $sp1_le = { 00 04 01 01 00 00 00 00 00 00 01 00 04 04 01 01 }
    condition:
        any of them
}

rule sm4_table
{
    meta:
        id          = "sm4-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 90
        description = "Table of SM4, the Chinese block cipher"
        reference   = "GB/T 32907-2016"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sm4-table.hex"
    strings:
        $sbox = { d6 90 e9 fe cc e1 3d b7 16 b6 14 c2 28 fb 2c 05 }
    condition:
        $sbox
}

rule gost_table
{
    meta:
        id          = "gost-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 90
        description = "Table of Streebog and Kuznyechik, the Russian hash and cipher"
        reference   = "GOST R 34.12-2015"
        reference   = "RFC 7801"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gost-table.hex"
    strings:
        $pi = { fc ee dd 11 cf 6e 31 16 fb c4 fa da 23 c5 04 4d }
    condition:
        $pi
}

rule zuc_table
{
    meta:
        id          = "zuc-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table of ZUC, the Chinese stream cipher of mobile networks"
        reference   = "ETSI/SAGE ZUC specification 1.6"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zuc-table.hex"
    strings:
        $s0 = { 3e 72 5b 47 ca e0 00 33 04 d1 54 98 09 b9 6d cb }
    condition:
        $s0
}
