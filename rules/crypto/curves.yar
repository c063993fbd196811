rule curve_p256
{
    meta:
        id          = "curve-p256"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of the curve P-256"
        reference   = "FIPS 186-4"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-p256.hex"
    strings:
        $be = { 6b 17 d1 f2 e1 2c 42 47 f8 bc e6 e5 63 a4 40 f2 77 03 7d 81 2d eb 33 a0 f4 a1 39 45 d8 98 c2 96 }
        $le = { 96 c2 98 d8 45 39 a1 f4 a0 33 eb 2d 81 7d 03 77 f2 40 a4 63 e5 e6 bc f8 47 42 2c e1 f2 d1 17 6b }
    condition:
        any of them
}

rule curve_p384
{
    meta:
        id          = "curve-p384"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of the curve P-384"
        reference   = "FIPS 186-4"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-p384.hex"
    strings:
        $be = { aa 87 ca 22 be 8b 05 37 8e b1 c7 1e f3 20 ad 74 6e 1d 3b 62 8b a7 9b 98 59 f7 41 e0 82 54 2a 38 55 02 f2 5d bf 55 29 6c 3a 54 5e 38 72 76 0a b7 }
        $le = { b7 0a 76 72 38 5e 54 3a 6c 29 55 bf 5d f2 02 55 38 2a 54 82 e0 41 f7 59 98 9b a7 8b 62 3b 1d 6e 74 ad 20 f3 1e c7 b1 8e 37 05 8b be 22 ca 87 aa }
    condition:
        any of them
}

rule curve_p521
{
    meta:
        id          = "curve-p521"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of the curve P-521"
        reference   = "FIPS 186-4"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-p521.hex"
    strings:
        $be = { 00 c6 85 8e 06 b7 04 04 e9 cd 9e 3e cb 66 23 95 b4 42 9c 64 81 39 05 3f b5 21 f8 28 af 60 6b 4d 3d ba a1 4b 5e 77 ef e7 59 28 fe 1d c1 27 a2 ff a8 de 33 48 b3 c1 85 6a 42 9b f9 7e 7e 31 c2 e5 bd 66 }
        $le = { 66 bd e5 c2 31 7e 7e f9 9b 42 6a 85 c1 b3 48 33 de a8 ff a2 27 c1 1d fe 28 59 e7 ef 77 5e 4b a1 ba 3d 4d 6b 60 af 28 f8 21 b5 3f 05 39 81 64 9c 42 b4 95 23 66 cb 3e 9e cd e9 04 04 b7 06 8e 85 c6 00 }
    condition:
        any of them
}

rule curve_secp256k1
{
    meta:
        id          = "curve-secp256k1"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of the curve secp256k1"
        reference   = "SEC 2"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-secp256k1.hex"
    strings:
        $be = { 79 be 66 7e f9 dc bb ac 55 a0 62 95 ce 87 0b 07 02 9b fc db 2d ce 28 d9 59 f2 81 5b 16 f8 17 98 }
        $le = { 98 17 f8 16 5b 81 f2 59 d9 28 ce 2d db fc 9b 02 07 0b 87 ce 95 62 a0 55 ac bb dc f9 7e 66 be 79 }
    condition:
        any of them
}

rule curve_brainpool_p256
{
    meta:
        id          = "curve-brainpool-p256"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of the curve brainpoolP256r1"
        reference   = "RFC 5639"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-brainpool-p256.hex"
    strings:
        $be = { 8b d2 ae b9 cb 7e 57 cb 2c 4b 48 2f fc 81 b7 af b9 de 27 e1 e3 bd 23 c2 3a 44 53 bd 9a ce 32 62 }
        $le = { 62 32 ce 9a bd 53 44 3a c2 23 bd e3 e1 27 de b9 af b7 81 fc 2f 48 4b 2c cb 57 7e cb b9 ae d2 8b }
    condition:
        any of them
}

rule curve_brainpool_p384
{
    meta:
        id          = "curve-brainpool-p384"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of the curve brainpoolP384r1"
        reference   = "RFC 5639"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-brainpool-p384.hex"
    strings:
        $be = { 1d 1c 64 f0 68 cf 45 ff a2 a6 3a 81 b7 c1 3f 6b 88 47 a3 e7 7e f1 4f e3 db 7f ca fe 0c bd 10 e8 e8 26 e0 34 36 d6 46 aa ef 87 b2 e2 47 d4 af 1e }
        $le = { 1e af d4 47 e2 b2 87 ef aa 46 d6 36 34 e0 26 e8 e8 10 bd 0c fe ca 7f db e3 4f f1 7e e7 a3 47 88 6b 3f c1 b7 81 3a a6 a2 ff 45 cf 68 f0 64 1c 1d }
    condition:
        any of them
}

rule curve_sm2
{
    meta:
        id          = "curve-sm2"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of SM2, the Chinese elliptic curve"
        reference   = "GB/T 32918.5-2017"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-sm2.hex"
    strings:
        $be = { 32 c4 ae 2c 1f 19 81 19 5f 99 04 46 6a 39 c9 94 8f e3 0b bf f2 66 0b e1 71 5a 45 89 33 4c 74 c7 }
        $le = { c7 74 4c 33 89 45 5a 71 e1 0b 66 f2 bf 0b e3 8f 94 c9 39 6a 46 04 99 5f 19 81 19 1f 2c ae c4 32 }
    condition:
        any of them
}

rule curve_secp112
{
    meta:
        id          = "curve-secp112"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of a curve of 112 bits, within reach of an attacker"
        reference   = "SEC 2, version 1"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-secp112.hex"
    strings:
        $be = { 09 48 72 39 99 5a 5e e7 6b 55 f9 c2 f0 98 }
        $le = { 98 f0 c2 f9 55 6b e7 5e 5a 99 39 72 48 09 }
    condition:
        any of them
}

rule curve_ed25519
{
    meta:
        id          = "curve-ed25519"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Base point of the curve of Ed25519"
        reference   = "RFC 8032"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-ed25519.hex"
    strings:
        $be = { 21 69 36 d3 cd 6e 53 fe c0 a4 e2 31 fd d6 dc 5c 69 2c c7 60 95 25 a7 b2 c9 56 2d 60 8f 25 d5 1a }
        $le = { 1a d5 25 8f 60 2d 56 c9 b2 a7 25 95 60 c7 2c 69 5c dc d6 fd 31 e2 a4 c0 fe 53 6e cd d3 36 69 21 }
    condition:
        any of them
}

rule curve_25519_order
{
    meta:
        id          = "curve-25519-order"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Order of the group of Curve25519"
        reference   = "RFC 8032"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-25519-order.hex"
    strings:
        $be = { 14 de f9 de a2 f7 9c d6 58 12 63 1a 5c f5 d3 ed }
        $le = { ed d3 f5 5c 1a 63 12 58 d6 9c f7 a2 de f9 de 14 }
    condition:
        any of them
}

rule curve_gost_cryptopro_a
{
    meta:
        id          = "curve-gost-cryptopro-a"
        kind        = "crypto"
        severity    = "info"
        confidence  = 85
        description = "Order of the curve CryptoPro A of GOST R 34.10"
        reference   = "RFC 4357"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/curve-gost-cryptopro-a.hex"
    strings:
        $be = { 6c 61 10 70 99 5a d1 00 45 84 1b 09 b7 61 b8 93 }
        $le = { 93 b8 61 b7 09 1b 84 45 00 d1 5a 99 70 10 61 6c }
    condition:
        any of them
}
