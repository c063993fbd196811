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

rule sha256_constants
{
    meta:
        id          = "sha256-constants"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Round constants of SHA-224 and SHA-256"
        reference   = "FIPS 180-4"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sha256-constants.hex"
    strings:
        $le = { 98 2f 8a 42 91 44 37 71 cf fb c0 b5 a5 db b5 e9 }
        $be = { 42 8a 2f 98 71 37 44 91 b5 c0 fb cf e9 b5 db a5 }
    condition:
        any of them
}

rule sha512_constants
{
    meta:
        id          = "sha512-constants"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Round constants of SHA-384 and SHA-512"
        reference   = "FIPS 180-4"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sha512-constants.hex"
    strings:
        $le = { 22 ae 28 d7 98 2f 8a 42 cd 65 ef 23 91 44 37 71 }
        $be = { 42 8a 2f 98 d7 28 ae 22 71 37 44 91 23 ef 65 cd }
    condition:
        any of them
}

rule md5_constants
{
    meta:
        id          = "md5-constants"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Sine table of MD5, a digest that is no longer safe"
        reference   = "RFC 1321"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/md5-constants.hex"
    strings:
        $le = { 78 a4 6a d7 56 b7 c7 e8 db 70 20 24 ee ce bd c1 }
        $be = { d7 6a a4 78 e8 c7 b7 56 24 20 70 db c1 bd ce ee }
    condition:
        any of them
}

rule md2_table
{
    meta:
        id          = "md2-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table of MD2, a digest that is no longer safe"
        reference   = "RFC 1319"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/md2-table.hex"
    strings:
        $table = { 29 2e 43 c9 a2 d8 7c 01 3d 36 54 a1 ec f0 06 13 }
    condition:
        any of them
}

rule blowfish_subkeys
{
    meta:
        id          = "blowfish-subkeys"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Digits of pi that Blowfish begins with"
        reference   = "https://www.schneier.com/academic/archives/1994/09/description_of_a_new.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/blowfish-subkeys.hex"
    strings:
        $le = { 88 6a 3f 24 d3 08 a3 85 2e 8a 19 13 44 73 70 03 }
        $be = { 24 3f 6a 88 85 a3 08 d3 13 19 8a 2e 03 70 73 44 }
    condition:
        any of them
}

rule camellia_sigma
{
    meta:
        id          = "camellia-sigma"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Key schedule constants of Camellia"
        reference   = "RFC 3713"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/camellia-sigma.hex"
    strings:
        $le = { 8b 90 cc 3b 7f 66 9e a0 b2 73 aa 4c 58 e8 7a b6 }
        $be = { a0 9e 66 7f 3b cc 90 8b b6 7a e8 58 4c aa 73 b2 }
    condition:
        any of them
}

rule camellia_table
{
    meta:
        id          = "camellia-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table of Camellia"
        reference   = "RFC 3713"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/camellia-table.hex"
    strings:
        $t0 = { 70 82 2c ec b3 27 c0 e5 e4 85 57 35 ea 0c ae 41 }
        $t1 = { 70 70 70 00 82 82 82 00 2c 2c 2c 00 ec ec ec 00 }
        $t2 = { 00 70 70 70 00 82 82 82 00 2c 2c 2c 00 ec ec ec }
    condition:
        any of them
}

rule aria_constants
{
    meta:
        id          = "aria-constants"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Key schedule constants of ARIA, the Korean block cipher"
        reference   = "RFC 5794"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/aria-constants.hex"
    strings:
        $t0 = { 51 7c c1 b7 27 22 0a 94 fe 13 ab e8 fa 9a 6e e0 }
        $t1 = { b7 c1 7c 51 94 0a 22 27 e8 ab 13 fe e0 6e 9a fa }
    condition:
        any of them
}

rule seed_tables
{
    meta:
        id          = "seed-tables"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Tables of SEED, the Korean block cipher"
        reference   = "RFC 4269"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/seed-tables.hex"
    strings:
        $le = { a8 a1 89 29 84 81 85 05 d4 d2 c6 16 d0 d3 c3 13 }
        $be = { 29 89 a1 a8 05 85 81 84 16 c6 d2 d4 13 c3 d3 d0 }
    condition:
        any of them
}

rule cast5_table
{
    meta:
        id          = "cast5-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "First table of CAST-128"
        reference   = "RFC 2144"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cast5-table.hex"
    strings:
        $le = { d4 40 fb 30 0b ff a0 9f 2f cd ec 6b 7a 8c 25 3f }
        $be = { 30 fb 40 d4 9f a0 ff 0b 6b ec cd 2f 3f 25 8c 7a }
    condition:
        any of them
}

rule rc2_table
{
    meta:
        id          = "rc2-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table of RC2, a cipher that is no longer safe"
        reference   = "RFC 2268"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/rc2-table.hex"
    strings:
        $table = { d9 78 f9 c4 19 dd b5 ed 28 e9 fd 79 4a a0 d8 9d }
    condition:
        any of them
}

rule skipjack_table
{
    meta:
        id          = "skipjack-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table F of Skipjack, a cipher with keys of 80 bits"
        reference   = "NIST, SKIPJACK and KEA specification 2.0 (1998)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/skipjack-table.hex"
    strings:
        $table = { a3 d7 09 83 f8 48 f6 f4 b3 21 15 78 99 b1 af f9 }
    condition:
        any of them
}

rule twofish_tables
{
    meta:
        id          = "twofish-tables"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Permutation q0 of Twofish"
        reference   = "https://www.schneier.com/academic/twofish/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/twofish-tables.hex"
    strings:
        $table = { a9 67 b3 e8 04 fd a3 76 9a 92 80 78 e4 dd d1 38 }
    condition:
        any of them
}

rule kasumi_table
{
    meta:
        id          = "kasumi-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table S7 of KASUMI, the cipher of UMTS and GSM A5/3"
        reference   = "3GPP TS 35.202"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/kasumi-table.hex"
    strings:
        $t0 = { 36 32 3e 38 16 22 5e 60 26 06 3f 5d 02 12 7b 21 }
        $t1 = { 36 00 32 00 3e 00 38 00 16 00 22 00 5e 00 60 00 }
    condition:
        any of them
}

rule snow3g_table
{
    meta:
        id          = "snow3g-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table SQ of SNOW 3G, the stream cipher of UMTS and LTE"
        reference   = "3GPP TS 35.216"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/snow3g-table.hex"
    strings:
        $table = { 25 24 73 67 d7 ae 5c 30 a4 ee 6e cb 7d b5 82 db }
    condition:
        any of them
}

rule zuc_table_s1
{
    meta:
        id          = "zuc-table-s1"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Second table of ZUC, the Chinese stream cipher of mobile networks"
        reference   = "ETSI/SAGE ZUC specification 1.6"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zuc-table-s1.hex"
    strings:
        $table = { 55 c2 63 71 3b c8 47 86 9f 3c da 5b 29 aa fd 77 }
    condition:
        any of them
}

rule sm3_constants
{
    meta:
        id          = "sm3-constants"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Initial value of SM3, the Chinese digest"
        reference   = "GB/T 32905-2016"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sm3-constants.hex"
    strings:
        $le = { 6f 16 80 73 b9 b2 14 49 d7 42 24 17 00 06 8a da }
        $be = { 73 80 16 6f 49 14 b2 b9 17 24 42 d7 da 8a 06 00 }
    condition:
        any of them
}

rule sm4_key_constants
{
    meta:
        id          = "sm4-key-constants"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Family key of SM4, the Chinese block cipher"
        reference   = "GB/T 32907-2016"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sm4-key-constants.hex"
    strings:
        $le = { c6 ba b1 a3 50 33 aa 56 97 91 7d 67 dc 22 70 b2 }
        $be = { a3 b1 ba c6 56 aa 33 50 67 7d 91 97 b2 70 22 dc }
    condition:
        any of them
}

rule gost_28147_tc26_table
{
    meta:
        id          = "gost-28147-tc26-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table Z of the Russian block cipher Magma"
        reference   = "RFC 7836"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gost-28147-tc26-table.hex"
    strings:
        $t0 = { 0c 04 06 02 0a 05 0b 09 0e 08 0d 07 00 03 0f 01 }
        $t1 = { 06 08 02 03 09 0a 05 0c 01 0e 04 07 0b 0d 00 0f }
    condition:
        any of them
}

rule gost_28147_cryptopro_table
{
    meta:
        id          = "gost-28147-cryptopro-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "CryptoPro table A of the Russian block cipher GOST 28147-89"
        reference   = "RFC 4357"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gost-28147-cryptopro-table.hex"
    strings:
        $t0 = { 09 06 03 02 08 0b 01 07 0a 04 0e 0f 0c 00 0d 05 }
        $t1 = { 03 07 0e 09 08 0a 0f 00 05 02 06 0c 0b 04 0d 01 }
    condition:
        any of them
}

rule gost_r_3411_94_table
{
    meta:
        id          = "gost-r-3411-94-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Test table of GOST R 34.11-94, which the standard did not mean for use"
        reference   = "RFC 5831"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gost-r-3411-94-table.hex"
    strings:
        $table = { 04 0a 09 02 0d 08 00 0e 06 0b 01 0c 07 0f 05 03 }
    condition:
        any of them
}

rule chacha_constant
{
    meta:
        id          = "chacha-constant"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Constants of Salsa20 and ChaCha20 with keys of 32 bytes"
        reference   = "RFC 8439"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/chacha-constant.txt"
    strings:
        $table = { 65 78 70 61 6e 64 20 33 32 2d 62 79 74 65 20 6b }
    condition:
        any of them
}

rule salsa_constant_16
{
    meta:
        id          = "salsa-constant-16"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Constants of Salsa20 and ChaCha20 with keys of 16 bytes"
        reference   = "https://cr.yp.to/snuffle/spec.pdf"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/salsa-constant-16.txt"
    strings:
        $table = { 65 78 70 61 6e 64 20 31 36 2d 62 79 74 65 20 6b }
    condition:
        any of them
}

rule blake2b_iv
{
    meta:
        id          = "blake2b-iv"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Permutations of BLAKE2"
        reference   = "RFC 7693"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/blake2b-iv.hex"
    strings:
        $table = { 0e 0a 04 08 09 0f 0d 06 01 0c 00 02 0b 07 05 03 }
    condition:
        any of them
}

rule keccak_constants
{
    meta:
        id          = "keccak-constants"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Round constants of SHA-3 and Keccak"
        reference   = "FIPS 202"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/keccak-constants.hex"
    strings:
        $le = { 82 80 00 00 00 00 00 00 8a 80 00 00 00 00 00 80 00 80 00 80 00 00 00 80 }
        $be = { 00 00 00 00 00 00 80 82 80 00 00 00 00 00 80 8a 80 00 00 00 80 00 80 00 }
    condition:
        any of them
}

rule whirlpool_table
{
    meta:
        id          = "whirlpool-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Table of Whirlpool"
        reference   = "ISO/IEC 10118-3"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/whirlpool-table.hex"
    strings:
        $t0 = { 18 23 c6 e8 87 b8 01 4f 36 a6 d2 f5 79 6f 91 52 }
        $t1 = { 18 18 60 18 c0 78 30 d8 }
    condition:
        any of them
}

rule ripemd160_order
{
    meta:
        id          = "ripemd160-order"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Order of words in RIPEMD-160"
        reference   = "ISO/IEC 10118-3"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ripemd160-order.hex"
    strings:
        $t0 = { 07 04 0d 01 0a 06 0f 03 0c 00 09 05 02 0e 0b 08 03 0a 0e 04 }
        $t1 = { 07 00 00 00 04 00 00 00 0d 00 00 00 01 00 00 00 0a 00 00 00 06 00 00 00 0f 00 00 00 03 00 00 00 }
    condition:
        any of them
}

rule tiger_table
{
    meta:
        id          = "tiger-table"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "First table of Tiger"
        reference   = "https://www.cs.technion.ac.il/~biham/Reports/Tiger/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/tiger-table.hex"
    strings:
        $le = { 5e 0c e9 f7 7c b1 aa 02 ec a8 43 e2 03 4b 42 ac }
        $be = { 02 aa b1 7c f7 e9 0c 5e ac 42 4b 03 e2 43 a8 ec }
    condition:
        any of them
}

rule rc4_with_fixed_key_names
{
    meta:
        id          = "rc4-with-fixed-key-names"
        kind        = "crypto"
        severity    = "low"
        confidence  = 60
        description = "Ciphers of export grade by name"
        reference   = "https://freakattack.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/rc4-with-fixed-key-names.txt"
    strings:
        $a = "EXP-DES-CBC-SHA"
        $b = "EXP-RC4-MD5"
        $c = "EXP-RC2-CBC-MD5"
    condition:
        2 of them
}
