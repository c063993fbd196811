/* The second text is a key of the self test of GnuTLS, which every copy of that library holds. */
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
        $selftest = "MIHbAgEBBEGO2n7NN363qSCvJVdlQtCvudtaW4o0fEufXRjE1AsCrle"
    condition:
        $key and not ($selftest and uint32(0) == 0x464c457f)
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
