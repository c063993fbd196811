/* As the common name of a certificate, so that programs which look for it do not match. */
rule ami_test_platform_key
{
    meta:
        id          = "ami-test-platform-key"
        kind        = "crypto"
        severity    = "high"
        confidence  = 95
        description = "Secure Boot platform key that must not be trusted: its private half is public"
        reference   = "CVE-2024-8105"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ami-test-platform-key.hex"
    strings:
        $trust = { 55 04 03 (0c|13) 1a 44 4f 20 4e 4f 54 20 54 52 55 53 54 20 2d 20 41 4d 49 20 54 65 73 74 20 50 4b }
        $ship  = { 55 04 03 (0c|13) 19 44 4f 20 4e 4f 54 20 53 48 49 50 20 2d 20 41 4d 49 20 54 65 73 74 20 50 4b }
    condition:
        any of them
}

rule android_test_key
{
    meta:
        id          = "android-test-key"
        kind        = "crypto"
        severity    = "high"
        confidence  = 90
        description = "Certificate of the public Android test keys: anyone can sign for it"
        reference   = "https://android.googlesource.com/platform/build/+/refs/heads/main/target/product/security/README"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/android-test-key.hex"
    strings:
        $testkey  = { 02 09 00 93 6e ac be 07 f2 01 df }
        $platform = { 02 09 00 b3 99 80 86 d0 56 cf fa }
        $media    = { 02 09 00 f2 b9 8e 61 23 57 2c 4e }
        $shared   = { 02 09 00 f2 a7 33 96 bd 38 76 7a }
    condition:
        any of them
}

rule superfish_root
{
    meta:
        id          = "superfish-root"
        kind        = "crypto"
        severity    = "critical"
        confidence  = 95
        description = "Root certificate of Superfish, whose private key is public"
        reference   = "CVE-2015-2077"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/superfish-root.hex"
    strings:
        $name = { 55 04 0a (0c|13) 0f 53 75 70 65 72 66 69 73 68 2c 20 49 6e 63 2e }
    condition:
        $name
}

rule edellroot
{
    meta:
        id          = "edellroot"
        kind        = "crypto"
        severity    = "critical"
        confidence  = 95
        description = "Root certificate eDellRoot, whose private key is public"
        reference   = "https://www.kb.cert.org/vuls/id/870761"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/edellroot.hex"
    strings:
        $name = { 55 04 03 (0c|13) 09 65 44 65 6c 6c 52 6f 6f 74 }
    condition:
        $name
}

rule futurewei_test_certificate
{
    meta:
        id          = "futurewei-test-certificate"
        kind        = "crypto"
        severity    = "medium"
        confidence  = 90
        description = "Test certificate of Futurewei with a public key, left in products of others"
        reference   = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-20190703-sbss-certs"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/futurewei-test-certificate.hex"
    strings:
        $mail = { 2a 86 48 86 f7 0d 01 09 01 16 13 67 61 72 79 2e 77 75 31 40 68 75 61 77 65 69 2e 63 6f 6d }
    condition:
        $mail
}

rule dsdtestprovider_root
{
    meta:
        id          = "dsdtestprovider-root"
        kind        = "crypto"
        severity    = "critical"
        confidence  = 95
        description = "Root certificate DSDTestProvider of Dell, whose key is public"
        reference   = "CVE-2015-7362"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dsdtestprovider-root.hex"
    strings:
        $name = { 55 04 03 (0c|13) 0f 44 53 44 54 65 73 74 50 72 6f 76 69 64 65 72 }
    condition:
        any of them
}

rule privdog_root
{
    meta:
        id          = "privdog-root"
        kind        = "crypto"
        severity    = "high"
        confidence  = 90
        description = "Root certificate of PrivDog, which trusts whatever it is shown"
        reference   = "https://www.kb.cert.org/vuls/id/366544"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/privdog-root.hex"
    strings:
        $name = { 55 04 03 (0c|13) 26 50 72 69 76 44 6f 67 20 53 65 63 75 72 65 20 43 6f 6e 6e 65 63 74 69 6f 6e 20 49 6e 73 70 65 63 74 6f 72 20 43 41 }
    condition:
        any of them
}
