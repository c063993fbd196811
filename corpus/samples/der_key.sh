#!/bin/sh
# A key in DER: PKCS #1; pkcs8, ec, ec-pkcs8, encrypted, public. usage: der_key.sh OUT [pkcs8|ec|ec-pkcs8|encrypted|public]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/certificate_common.sh"
case ${2:-} in
"") openssl rsa -in "$work/rsa.pem" -traditional -outform DER -out "$1" 2> /dev/null ;;
pkcs8) openssl pkcs8 -topk8 -nocrypt -in "$work/rsa.pem" -outform DER -out "$1" ;;
ec) openssl ec -in "$work/ec.pem" -outform DER -out "$1" 2> /dev/null ;;
ec-pkcs8) openssl pkcs8 -topk8 -nocrypt -in "$work/ec.pem" -outform DER -out "$1" ;;
encrypted) openssl pkcs8 -topk8 -passout pass:sample -in "$work/rsa.pem" -outform DER -out "$1" ;;
public) openssl rsa -in "$work/rsa.pem" -pubout -outform DER -out "$1" 2> /dev/null ;;
esac
