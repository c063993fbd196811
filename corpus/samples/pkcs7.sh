#!/bin/sh
# Signed data with its certificate; certificates: those alone; pkcs12: a key and a certificate, encrypted. usage: pkcs7.sh OUT [certificates|pkcs12]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/certificate_common.sh"
certificate "" > "$work/certificate.der"
case ${2:-} in
"") echo "what is signed" > "$work/text"
    openssl smime -sign -binary -nodetach -noattr -in "$work/text" -signer "$work/certificate.pem" -inkey "$work/rsa.pem" -outform DER -out "$1" ;;
certificates) openssl crl2pkcs7 -nocrl -certfile "$work/certificate.pem" -outform DER -out "$1" ;;
pkcs12) openssl pkcs12 -export -in "$work/certificate.pem" -inkey "$work/rsa.pem" -passout pass:sample -out "$1" ;;
esac
