rule oakley_group_1
{
    meta:
        id          = "oakley-group-1"
        kind        = "crypto"
        severity    = "low"
        confidence  = 80
        description = "Diffie-Hellman group of 768 bits, within reach of an attacker"
        reference   = "RFC 2409, group 1"
        reference   = "RFC 8247"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oakley-group-1.hex"
    strings:
        $tail = { f4 4c 42 e9 a6 3a 36 20 ff ff ff ff ff ff ff ff }
        $text = "F44C42E9A63A3620FFFFFFFFFFFFFFFF" nocase
    condition:
        any of them
}

rule oakley_group_2
{
    meta:
        id          = "oakley-group-2"
        kind        = "crypto"
        severity    = "low"
        confidence  = 80
        description = "Diffie-Hellman group of 1024 bits, within reach of a state"
        reference   = "RFC 2409"
        reference   = "RFC 8247"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oakley-group-2.hex"
    strings:
        $tail = { ae 9f 24 11 7c 4b 1f e6 49 28 66 51 ec e6 53 81 ff ff ff ff ff ff ff ff }
        $text = "AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF" nocase
    condition:
        any of them
}

rule oakley_group_5
{
    meta:
        id          = "oakley-group-5"
        kind        = "crypto"
        severity    = "info"
        confidence  = 80
        description = "Diffie-Hellman group of 1536 bits"
        reference   = "RFC 3526, group 5"
        reference   = "RFC 8247"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oakley-group-5.hex"
    strings:
        $tail = { 67 0c 35 4e 4a bc 98 04 f1 74 6c 08 ca 23 73 27 ff ff ff ff ff ff ff ff }
        $text = "670C354E4ABC9804F1746C08CA237327FFFFFFFFFFFFFFFF" nocase
    condition:
        any of them
}

rule oakley_group_14
{
    meta:
        id          = "oakley-group-14"
        kind        = "crypto"
        severity    = "info"
        confidence  = 80
        description = "Diffie-Hellman group of 2048 bits"
        reference   = "RFC 3526, group 14"
        reference   = "RFC 8247"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/oakley-group-14.hex"
    strings:
        $tail = { 15 d2 26 18 98 fa 05 10 15 72 8e 5a 8a ac aa 68 ff ff ff ff ff ff ff ff }
        $text = "15D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF" nocase
    condition:
        any of them
}
