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
