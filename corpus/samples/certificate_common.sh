# Sourced by the builders of certificates and keys, which are to be the same each time. Signatures of elliptic curves hold a random number,
# so the certificate of one is signed by the RSA key.
. "$here/soc_code.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rsa_key "$work/rsa.pem"
# A key of an elliptic curve from a secret that is no secret: EC_KEY of RFC 5915.
python3 - "$work/ec.der" <<'PY'
import sys
open(sys.argv[1], "wb").write(bytes.fromhex("303102010104200102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20a00a06082a8648ce3d030107"))
PY
openssl ec -inform DER -in "$work/ec.der" -out "$work/ec.pem" 2> /dev/null
# certificate [ec|v1]: in DER
certificate()
{
    printf '[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nC=DE\nO=Sample Works\nCN=sample.invalid\n' > "$work/config"
    case $1 in v1) extensions=/dev/null ;; *) printf 'basicConstraints=CA:TRUE\n' > "$work/extensions"; extensions=$work/extensions ;; esac
    openssl req -new -config "$work/config" -key "$work/$([ "$1" = ec ] && echo ec || echo rsa).pem" -out "$work/request" 2> /dev/null
    # openssl x509 takes its own clock: the dates are put in afterwards, and the signature made again, by ca.
    mkdir -p "$work/ca"; : > "$work/ca/index"; echo 0BADC0DE01 > "$work/ca/serial"
    printf '[ca]\ndefault_ca=it\n[it]\ndatabase=%s/ca/index\nserial=%s/ca/serial\nnew_certs_dir=%s/ca\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncountryName=optional\norganizationName=optional\ncommonName=optional\n' \
        "$work" "$work" "$work" > "$work/ca/config"
    # The issuer's own certificate only lends its name.
    openssl req -new -x509 -config "$work/config" -key "$work/rsa.pem" -days 9000 -out "$work/issuer.pem" 2> /dev/null
    set -- "$1" -batch -notext -config "$work/ca/config" -in "$work/request" -cert "$work/issuer.pem" -keyfile "$work/rsa.pem" \
        -startdate 20231114000000Z -enddate 20491231235959Z -out "$work/certificate.pem"
    kind=$1; shift
    if [ "$kind" = v1 ]; then openssl ca "$@" 2> /dev/null; else openssl ca "$@" -extfile "$extensions" 2> /dev/null; fi
    openssl x509 -in "$work/certificate.pem" -outform DER
}
