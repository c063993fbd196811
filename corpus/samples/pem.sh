#!/bin/sh
# A certificate as text, and a key; encrypted: a key encrypted as OpenSSL long did; bundle: with text around. usage: pem.sh OUT [encrypted|bundle]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/certificate_common.sh"
certificate "" > "$work/certificate.der"
case ${2:-} in
"") cat "$work/certificate.pem" "$work/ec.pem" > "$1" ;;
encrypted) openssl rsa -in "$work/rsa.pem" -traditional -aes128 -passout pass:sample -out "$1" 2> /dev/null ;;
bundle) { cat "$work/certificate.pem"; printf '\n# another one\n'; cat "$work/certificate.pem"; printf '# end\n'; } > "$1" ;;
esac
