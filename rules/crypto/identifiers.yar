rule oid_gost_3410_2001
{
    meta:
        id          = "oid-gost-3410-2001"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of GOST R 34.10-2001, the Russian signature replaced in 2012"
        reference   = "RFC 4491"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-gost-3410-2001.hex"
    strings:
        $t0 = { 06 06 2a 85 03 02 02 13 }
        $t1 = { 06 06 2a 85 03 02 02 03 }
    condition:
        any of them
}

rule oid_gost_3410_2012_256
{
    meta:
        id          = "oid-gost-3410-2012-256"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of GOST R 34.10-2012 with 256 bits"
        reference   = "RFC 7091"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-gost-3410-2012-256.hex"
    strings:
        $t0 = { 06 08 2a 85 03 07 01 01 01 01 }
        $t1 = { 06 08 2a 85 03 07 01 01 03 02 }
    condition:
        any of them
}

rule oid_gost_3410_2012_512
{
    meta:
        id          = "oid-gost-3410-2012-512"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of GOST R 34.10-2012 with 512 bits"
        reference   = "RFC 7091"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-gost-3410-2012-512.hex"
    strings:
        $t0 = { 06 08 2a 85 03 07 01 01 01 02 }
        $t1 = { 06 08 2a 85 03 07 01 01 03 03 }
    condition:
        any of them
}

rule oid_gost_3411_94
{
    meta:
        id          = "oid-gost-3411-94"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of the Russian digest GOST R 34.11-94"
        reference   = "RFC 4490"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-gost-3411-94.hex"
    strings:
        $oid = { 06 06 2a 85 03 02 02 09 }
    condition:
        any of them
}

rule oid_streebog
{
    meta:
        id          = "oid-streebog"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of the Russian digest Streebog"
        reference   = "RFC 6986"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-streebog.hex"
    strings:
        $t0 = { 06 08 2a 85 03 07 01 01 02 02 }
        $t1 = { 06 08 2a 85 03 07 01 01 02 03 }
    condition:
        any of them
}

rule oid_gost_28147
{
    meta:
        id          = "oid-gost-28147"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of the Russian cipher GOST 28147-89"
        reference   = "RFC 4490"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-gost-28147.hex"
    strings:
        $oid = { 06 06 2a 85 03 02 02 15 }
    condition:
        any of them
}

rule oid_kuznyechik
{
    meta:
        id          = "oid-kuznyechik"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of the Russian ciphers Magma and Kuznyechik"
        reference   = "https://tc26.ru (list of object identifiers)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-kuznyechik.hex"
    strings:
        $t0 = { 06 08 2a 85 03 07 01 01 05 01 }
        $t1 = { 06 08 2a 85 03 07 01 01 05 02 }
    condition:
        any of them
}

rule oid_sm2
{
    meta:
        id          = "oid-sm2"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of SM2, the Chinese elliptic curve"
        reference   = "GB/T 33560-2017"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-sm2.hex"
    strings:
        $oid = { 06 08 2a 81 1c cf 55 01 82 2d }
    condition:
        any of them
}

rule oid_sm2_with_sm3
{
    meta:
        id          = "oid-sm2-with-sm3"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of signatures by SM2 with SM3"
        reference   = "GB/T 33560-2017"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-sm2-with-sm3.hex"
    strings:
        $oid = { 06 08 2a 81 1c cf 55 01 83 75 }
    condition:
        any of them
}

rule oid_sm3
{
    meta:
        id          = "oid-sm3"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of SM3, the Chinese digest"
        reference   = "GB/T 33560-2017"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-sm3.hex"
    strings:
        $oid = { 06 08 2a 81 1c cf 55 01 83 11 }
    condition:
        any of them
}

rule oid_sm4
{
    meta:
        id          = "oid-sm4"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of SM4, the Chinese block cipher"
        reference   = "GB/T 33560-2017"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-sm4.hex"
    strings:
        $oid = { 06 07 2a 81 1c cf 55 01 68 }
    condition:
        any of them
}

rule oid_seed
{
    meta:
        id          = "oid-seed"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of SEED, the Korean block cipher"
        reference   = "RFC 4010"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-seed.hex"
    strings:
        $oid = { 06 08 2a 83 1a 8c 9a 44 01 04 }
    condition:
        any of them
}

rule oid_aria
{
    meta:
        id          = "oid-aria"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of ARIA, the Korean block cipher"
        reference   = "RFC 5794"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-aria.hex"
    strings:
        $t0 = { 06 09 2a 83 1a 8c 9a 6e 01 01 01 }
        $t1 = { 06 09 2a 83 1a 8c 9a 6e 01 01 02 }
    condition:
        any of them
}

rule oid_camellia
{
    meta:
        id          = "oid-camellia"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of Camellia"
        reference   = "RFC 3713"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-camellia.hex"
    strings:
        $t0 = { 06 0b 2a 83 08 8c 9a 4b 3d 01 01 01 02 }
        $t1 = { 06 0b 2a 83 08 8c 9a 4b 3d 01 01 01 04 }
    condition:
        any of them
}

rule oid_brainpool
{
    meta:
        id          = "oid-brainpool"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of the Brainpool curves"
        reference   = "RFC 5639"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-brainpool.hex"
    strings:
        $t0 = { 06 09 2b 24 03 03 02 08 01 01 07 }
        $t1 = { 06 09 2b 24 03 03 02 08 01 01 0b }
        $t2 = { 06 09 2b 24 03 03 02 08 01 01 0d }
    condition:
        any of them
}

rule oid_dstu_4145
{
    meta:
        id          = "oid-dstu-4145"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of DSTU 4145, the Ukrainian signature"
        reference   = "RFC 5480, Ukrainian profile; https://zakon.rada.gov.ua (order 1236/5/453)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-dstu-4145.hex"
    strings:
        $oid = { 06 0b 2a 86 24 02 01 01 01 01 03 01 01 }
    condition:
        any of them
}

rule oid_stb_34_101
{
    meta:
        id          = "oid-stb-34-101"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of STB 34.101.45, the Belarusian signature"
        reference   = "STB 34.101.45-2013"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-stb-34-101.hex"
    strings:
        $oid = { 06 09 2a 70 00 02 00 22 65 2d 0c }
    condition:
        any of them
}

rule oid_secp256k1
{
    meta:
        id          = "oid-secp256k1"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Object identifier of the curve secp256k1"
        reference   = "SEC 2"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-secp256k1.hex"
    strings:
        $oid = { 06 05 2b 81 04 00 0a }
    condition:
        any of them
}

rule oid_pbe_md5_des
{
    meta:
        id          = "oid-pbe-md5-des"
        kind        = "crypto"
        severity    = "low"
        confidence  = 85
        description = "Key encryption by PBE with MD5 and DES, which is broken by trying keys"
        reference   = "RFC 8018"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-pbe-md5-des.hex"
    strings:
        $oid = { 06 09 2a 86 48 86 f7 0d 01 05 03 }
    condition:
        any of them
}

rule oid_pbe_rc2_40
{
    meta:
        id          = "oid-pbe-rc2-40"
        kind        = "crypto"
        severity    = "low"
        confidence  = 85
        description = "Key encryption by PKCS 12 with RC2 of 40 bits"
        reference   = "RFC 7292"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oid-pbe-rc2-40.hex"
    strings:
        $oid = { 06 0a 2a 86 48 86 f7 0d 01 0c 01 06 }
    condition:
        any of them
}
