#!/bin/sh
# A certificate in DER, made of a key that is the same each time. ec: of an elliptic curve; v1: without a version. usage: x509.sh OUT [ec|v1]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/certificate_common.sh"
certificate "${2:-}" > "$1"
