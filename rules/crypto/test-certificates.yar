rule polarssl_test_certificate
{
    meta:
        id          = "polarssl-test-certificate"
        kind        = "crypto"
        severity    = "low"
        confidence  = 85
        description = "Test certificate of PolarSSL and Mbed TLS, whose key is public"
        reference   = "https://github.com/Mbed-TLS/mbedtls/tree/development/tests/data_files"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/polarssl-test-certificate.hex"
    strings:
        $name = { 55 04 03 (0c|13) 10 50 6f 6c 61 72 53 53 4c 20 54 65 73 74 20 43 41 }
    condition:
        any of them
}

rule wolfssl_test_certificate
{
    meta:
        id          = "wolfssl-test-certificate"
        kind        = "crypto"
        severity    = "low"
        confidence  = 85
        description = "Test certificate of wolfSSL, whose key is public"
        reference   = "https://github.com/wolfSSL/wolfssl/tree/master/certs"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/wolfssl-test-certificate.hex"
    strings:
        $name = { 55 04 03 (0c|13) 0f 77 77 77 2e 77 6f 6c 66 73 73 6c 2e 63 6f 6d }
    condition:
        any of them
}

rule yassl_test_certificate
{
    meta:
        id          = "yassl-test-certificate"
        kind        = "crypto"
        severity    = "low"
        confidence  = 85
        description = "Test certificate of yaSSL, whose key is public"
        reference   = "https://github.com/wolfSSL/wolfssl (certs of CyaSSL)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/yassl-test-certificate.hex"
    strings:
        $name = { 55 04 03 (0c|13) 0d 77 77 77 2e 79 61 73 73 6c 2e 63 6f 6d }
    condition:
        any of them
}

rule snake_oil_certificate
{
    meta:
        id          = "snake-oil-certificate"
        kind        = "crypto"
        severity    = "medium"
        confidence  = 85
        description = "Demonstration certificate of mod_ssl, whose key is public"
        reference   = "https://www.modssl.org"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/snake-oil-certificate.hex"
    strings:
        $name = { 55 04 0a (0c|13) 0e 53 6e 61 6b 65 20 4f 69 6c 2c 20 4c 74 64 }
    condition:
        any of them
}

rule gnutls_test_certificate
{
    meta:
        id          = "gnutls-test-certificate"
        kind        = "crypto"
        severity    = "low"
        confidence  = 85
        description = "Test certificate of GnuTLS"
        reference   = "https://gitlab.com/gnutls/gnutls/-/tree/master/doc/credentials"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/gnutls-test-certificate.hex"
    strings:
        $name = { 55 04 03 (0c|13) 17 47 6e 75 54 4c 53 20 74 65 73 74 20 63 65 72 74 69 66 69 63 61 74 65 }
    condition:
        any of them
}

rule openssl_test_server_certificate
{
    meta:
        id          = "openssl-test-server-certificate"
        kind        = "crypto"
        severity    = "low"
        confidence  = 85
        description = "Certificate of the server of OpenSSL tests, whose key is public"
        reference   = "https://github.com/openssl/openssl/tree/master/apps"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/openssl-test-server-certificate.hex"
    strings:
        $name = { 55 04 03 (0c|13) 10 54 65 73 74 20 53 65 72 76 65 72 20 43 65 72 74 }
    condition:
        any of them
}

rule openssl_test_pca
{
    meta:
        id          = "openssl-test-pca"
        kind        = "crypto"
        severity    = "low"
        confidence  = 85
        description = "Certificate of the test CA in OpenSSL, whose key is public"
        reference   = "https://github.com/openssl/openssl/tree/master/demos/certs"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/openssl-test-pca.hex"
    strings:
        $name = { 55 04 03 (0c|13) 13 54 65 73 74 20 50 43 41 20 28 31 30 32 34 20 62 69 74 29 }
    condition:
        any of them
}

rule trustasia_localhost
{
    meta:
        id          = "trustasia-localhost"
        kind        = "crypto"
        severity    = "low"
        confidence  = 60
        description = "Certificate for the machine itself with a shared key"
        reference   = "CWE-321"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/trustasia-localhost.hex"
    strings:
        $name = { 55 04 03 (0c|13) 15 6c 6f 63 61 6c 68 6f 73 74 2e 6c 6f 63 61 6c 64 6f 6d 61 69 6e }
    condition:
        any of them
}

rule default_certificate_somecity
{
    meta:
        id          = "default-certificate-somecity"
        kind        = "crypto"
        severity    = "low"
        confidence  = 70
        description = "Certificate with the default names of certificate scripts"
        reference   = "CWE-1392"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/default-certificate-somecity.hex"
    strings:
        $name = { 55 04 0a (0c|13) 10 53 6f 6d 65 4f 72 67 61 6e 69 7a 61 74 69 6f 6e }
    condition:
        any of them
}
