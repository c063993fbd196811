#!/bin/sh
# The tclinux image of vendor-builder.py. usage: tclinux.sh OUT [little|zyxel|zytrx|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" tclinux "$@"
