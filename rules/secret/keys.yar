/* The samples are keys that OpenVPN publishes, for which openvpn_sample_key is. The last text is a key of the self test of GnuTLS, which every
 * copy of that library holds. */
rule pem_private_key
{
    meta:
        id          = "pem-private-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Private key in PEM, not encrypted"
        reference   = "CWE-321"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pem-private-key.txt"
    strings:
        $key      = /-----BEGIN (RSA |EC |DSA )?PRIVATE KEY-----(\r?\n|\\n)[A-Za-z0-9+\/]{40}/
        $sample1  = "MIIJQgIBADANBgkqhkiG9w0BAQEFAASCCSwwggkoAgEAAoICAQCI+p/ZLGUHCANT"
        $sample2  = "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQggBG28jKEqUG3n/wcnvcr"
        $sample3  = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDdrrIKQObP4cGi"
        $sample4  = "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQghKHFa1jQGnTwZbFNJoJv"
        $sample5  = "MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQCvk86dhofEirs4"
        $selftest = "MIHbAgEBBEGO2n7NN363qSCvJVdlQtCvudtaW4o0fEufXRjE1AsCrle"
    condition:
        $key and not any of ($sample*) and not ($selftest and uint32(0) == 0x464c457f)
}

/* The second text is the header of openssh-key-v1 with the cipher "none". */
rule openssh_private_key
{
    meta:
        id          = "openssh-private-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "OpenSSH private key, not encrypted"
        reference   = "CWE-321"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/openssh-private-key.txt"
    strings:
        $key  = "-----BEGIN OPENSSH PRIVATE KEY-----"
        $none = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"
    condition:
        $key and $none
}

rule dropbear_host_key
{
    meta:
        id          = "dropbear-host-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Dropbear host key in the image: shared by all devices that carry it"
        reference   = "CWE-321"
        reference   = "https://matt.ucc.asn.au/dropbear/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dropbear-host-key.hex"
    strings:
        $rsa     = { 00 00 00 07 73 73 68 2d 72 73 61 00 00 00 03 01 00 01 00 00 0? ?? }
        $dss     = { 00 00 00 07 73 73 68 2d 64 73 73 00 00 00 ?? }
        $ecdsa   = { 00 00 00 13 65 63 64 73 61 2d 73 68 61 32 2d 6e 69 73 74 70 }
        $ed25519 = { 00 00 00 0b 73 73 68 2d 65 64 32 35 35 31 39 00 00 00 40 }
    condition:
        filesize < 4KB and any of them and ($rsa at 0 or $dss at 0 or $ecdsa at 0 or $ed25519 at 0)
}

rule pgp_private_key
{
    meta:
        id          = "pgp-private-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 80
        description = "OpenPGP private key"
        reference   = "CWE-321"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pgp-private-key.txt"
    strings:
        $key = /-----BEGIN PGP PRIVATE KEY BLOCK-----\r?\n/
        $end = "-----END PGP PRIVATE KEY BLOCK-----"
    condition:
        all of them
}

rule ssh_authorized_key
{
    meta:
        id          = "ssh-authorized-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 70
        description = "Key file that lets its owner log in"
        reference   = "CWE-321"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ssh-authorized-key.txt"
    strings:
        $line = /^(ssh-rsa AAAAB3NzaC1yc2E|ssh-ed25519 AAAAC3NzaC1lZDI1NTE5|ssh-dss AAAAB3NzaC1kc3M|ecdsa-sha2-nistp256 AAAAE2VjZHNh)[A-Za-z0-9+\/=]{40}/
    condition:
        $line at 0 and filesize < 64KB
}

rule putty_private_key
{
    meta:
        id          = "putty-private-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Private key of PuTTY, not encrypted"
        reference   = "https://the.earth.li/~sgtatham/putty/0.78/htmldoc/AppendixC.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/putty-private-key.sh"
    strings:
        $a = /PuTTY-User-Key-File-[23]: (ssh|ecdsa)-[a-z0-9-]{3,30}\r?\nEncryption: none\r?\n/
    condition:
        any of them and filesize < 64MB
}

rule ssh2_private_key
{
    meta:
        id          = "ssh2-private-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 80
        description = "Private key of the SSH2 format"
        reference   = "RFC 4716"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ssh2-private-key.sh"
    strings:
        $a = /---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\r?\n/
    condition:
        any of them and filesize < 64MB
}

rule wireguard_private_key
{
    meta:
        id          = "wireguard-private-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Private key of a WireGuard interface"
        reference   = "https://www.wireguard.com/quickstart/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/wireguard-private-key.sh"
    strings:
        $a = /\[Interface\][^\[]{0,400}PrivateKey\s*=\s*[A-Za-z0-9+\/]{43}=/
    condition:
        any of them and filesize < 256KB
}

rule openvpn_static_key
{
    meta:
        id          = "openvpn-static-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Static key of OpenVPN"
        reference   = "https://openvpn.net/community-resources/static-key-mini-howto/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/openvpn-static-key.sh"
    strings:
        $a      = /-----BEGIN OpenVPN Static key V1-----\r?\n[0-9a-f]{32}\r?\n/
        $sample = "21d94830510107f8753d3b6f3145e01d"
    condition:
        any of ($a) and filesize < 64MB and not $sample
}

rule age_secret_key
{
    meta:
        id          = "age-secret-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 90
        description = "Secret key of age"
        reference   = "https://age-encryption.org/v1"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/age-secret-key.sh"
    strings:
        $a = /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/
    condition:
        any of them and filesize < 64MB
}

rule minisign_secret_key
{
    meta:
        id          = "minisign-secret-key"
        kind        = "secret"
        severity    = "medium"
        confidence  = 80
        description = "Secret key of minisign or signify"
        reference   = "https://jedisct1.github.io/minisign/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/minisign-secret-key.sh"
    strings:
        $a = /untrusted comment: (minisign encrypted|signify) secret key\r?\nRW[A-Za-z0-9+\/]{100,}/
    condition:
        any of them and filesize < 64MB
}

rule json_web_key_private
{
    meta:
        id          = "json-web-key-private"
        kind        = "secret"
        severity    = "high"
        confidence  = 85
        description = "Private key in JSON"
        reference   = "RFC 7517"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/json-web-key-private.sh"
    strings:
        $a = /"kty"\s*:\s*"(RSA|EC|OKP)"/
        $b = /"d"\s*:\s*"[A-Za-z0-9_-]{40,}"/
    condition:
        all of them and filesize < 256KB
}

rule pkcs8_der_private_key
{
    meta:
        id          = "pkcs8-der-private-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Private key in DER (PKCS 8), not encrypted"
        reference   = "RFC 5208"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pkcs8-der-private-key.hex"
    strings:
        $a = { 30 82 ?? ?? 02 01 00 30 0d 06 09 2a 86 48 86 f7 0d 01 01 01 05 00 04 82 }
    condition:
        $a at 0 and filesize < 16KB
}

rule pkcs1_der_private_key
{
    meta:
        id          = "pkcs1-der-private-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "RSA private key in DER (PKCS 1), not encrypted"
        reference   = "RFC 8017"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pkcs1-der-private-key.hex"
    strings:
        $a = { 30 82 ?? ?? 02 01 00 02 82 (01|02) 01 00 }
    condition:
        $a at 0 and filesize < 16KB
}

rule sec1_der_private_key
{
    meta:
        id          = "sec1-der-private-key"
        kind        = "secret"
        severity    = "high"
        confidence  = 80
        description = "Elliptic curve private key in DER (SEC 1), not encrypted"
        reference   = "RFC 5915"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sec1-der-private-key.hex"
    strings:
        $a = { 30 (74|77) 02 01 01 04 20 [32] a0 0a 06 08 2a 86 48 ce 3d 03 01 07 }
    condition:
        $a at 0 and filesize < 4KB
}

rule pkcs12_store
{
    meta:
        id          = "pkcs12-store"
        kind        = "secret"
        severity    = "low"
        confidence  = 70
        description = "Store of keys and certificates (PKCS 12)"
        reference   = "RFC 7292"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pkcs12-store.hex"
    strings:
        $a = { 30 82 ?? ?? 02 01 03 30 82 ?? ?? 06 09 2a 86 48 86 f7 0d 01 07 01 }
    condition:
        $a at 0 and filesize < 1MB
}

rule java_key_store
{
    meta:
        id          = "java-key-store"
        kind        = "secret"
        severity    = "low"
        confidence  = 70
        description = "Java key store"
        reference   = "https://docs.oracle.com/javase/8/docs/technotes/guides/security/crypto/CryptoSpec.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/java-key-store.hex"
    strings:
        $a = { fe ed fe ed 00 00 00 02 00 00 00 }
    condition:
        $a at 0 and filesize < 16MB
}

rule kerberos_keytab
{
    meta:
        id          = "kerberos-keytab"
        kind        = "secret"
        severity    = "medium"
        confidence  = 70
        description = "Kerberos key table"
        reference   = "https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/kerberos-keytab.hex"
    strings:
        $a = { 05 02 00 00 00 ?? 00 (01|02|03) 00 }
    condition:
        $a at 0 and filesize < 64KB
}

rule openvpn_sample_key
{
    meta:
        id          = "openvpn-sample-key"
        kind        = "secret"
        severity    = "low"
        confidence  = 90
        description = "Sample key of OpenVPN, which anyone has: worthless where it is used"
        reference   = "https://github.com/OpenVPN/openvpn/tree/master/sample/sample-keys"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/openvpn-sample-key.txt"
    strings:
        $a = "MIIJQgIBADANBgkqhkiG9w0BAQEFAASCCSwwggkoAgEAAoICAQCI+p/ZLGUHCANT"
        $b = "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQggBG28jKEqUG3n/wcnvcr"
        $c = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDdrrIKQObP4cGi"
        $d = "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQghKHFa1jQGnTwZbFNJoJv"
        $e = "MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQCvk86dhofEirs4"
        $f = "21d94830510107f8753d3b6f3145e01d"
    condition:
        any of them
}
