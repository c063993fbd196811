rule dual_ec_drbg
{
    meta:
        id          = "dual-ec-drbg"
        kind        = "crypto"
        severity    = "medium"
        confidence  = 90
        description = "Point Q of Dual_EC_DRBG, a random generator with a possible back door"
        reference   = "NIST SP 800-90A (2006), withdrawn 2015"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dual-ec-drbg.txt"
    strings:
        $q      = { c9 74 45 f4 5c de f9 f0 d3 e0 5e 1e 58 5f c2 97 23 5b 82 b5 be 8f f3 ef ca 67 c5 98 52 01 81 92 }
        $q_text = "c97445f45cdef9f0d3e05e1e585fc297235b82b5be8ff3efca67c59852018192" nocase
        $q_le   = { 92 81 01 52 98 c5 67 ca ef f3 8f be b5 82 5b 23 97 c2 5f 58 1e 5e e0 d3 f0 f9 de 5c f4 45 74 c9 }
    condition:
        any of them
}

rule screenos_dual_ec_point
{
    meta:
        id          = "screenos-dual-ec-point"
        kind        = "crypto"
        severity    = "critical"
        confidence  = 85
        description = "Point that replaced Q of Dual_EC_DRBG in Juniper ScreenOS"
        reference   = "CVE-2015-7756"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/screenos-dual-ec-point.txt"
    strings:
        $q      = { 95 85 32 0e ea f8 10 44 f2 0d 55 03 0a 03 5b 11 be ce 81 c7 85 e6 c9 33 e4 a8 a1 31 f6 57 81 07 }
        $q_text = "9585320EEAF81044F20D55030A035B11BECE81C785E6C933E4A8A131F6578107" nocase
    condition:
        any of them
}

rule mersenne_twister
{
    meta:
        id          = "mersenne-twister"
        kind        = "crypto"
        severity    = "info"
        confidence  = 75
        description = "Generator MT19937, which is not for secrets"
        reference   = "https://www.math.sci.hiroshima-u.ac.jp/m-mat/MT/emt.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mersenne-twister.hex"
    strings:
        $a = { df b0 08 99 }
        $b = { 80 56 2c 9d }
        $c = { 00 00 c6 ef }
        $d = { 65 89 07 6c }
    condition:
        all of them
}

rule debian_weak_keys_list
{
    meta:
        id          = "debian-weak-keys-list"
        kind        = "crypto"
        severity    = "info"
        confidence  = 80
        description = "List of the predictable keys of Debian OpenSSL"
        reference   = "CVE-2008-0166"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/debian-weak-keys-list.txt"
    strings:
        $a = "/usr/share/ssh/blacklist."
        $b = "openssl-vulnkey"
    condition:
        any of them
}

rule dual_ec_by_name
{
    meta:
        id          = "dual-ec-by-name"
        kind        = "crypto"
        severity    = "low"
        confidence  = 80
        description = "Dual_EC_DRBG by name, a random generator with a possible back door"
        reference   = "NIST SP 800-90A (2006), withdrawn 2015"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dual-ec-by-name.txt"
    strings:
        $a = "Dual_EC_DRBG" ascii wide nocase
        $b = "DualEC_DRBG" nocase
    condition:
        any of them
}
