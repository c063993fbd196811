rule default_certificate_name
{
    meta:
        id          = "default-certificate-name"
        kind        = "crypto"
        severity    = "low"
        confidence  = 70
        description = "Certificate with the default name of OpenSSL: made by hand, never replaced"
        reference   = "CWE-1392"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/default-certificate-name.hex"
    strings:
        $name = { 55 04 0a (0c|13) 18 49 6e 74 65 72 6e 65 74 20 57 69 64 67 69 74 73 20 50 74 79 20 4c 74 64 }
    condition:
        $name
}

rule certificate_signed_with_md5
{
    meta:
        id          = "certificate-signed-with-md5"
        kind        = "crypto"
        severity    = "medium"
        confidence  = 80
        description = "Certificate signed with MD5"
        reference   = "RFC 6151"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/certificate-signed-with-md5.hex"
    strings:
        $tbs = { 30 82 ?? ?? 30 82 ?? ?? a0 03 02 01 02 02 [2-24] 30 0d 06 09 2a 86 48 86 f7 0d 01 01 04 05 00 30 }
    condition:
        $tbs
}
