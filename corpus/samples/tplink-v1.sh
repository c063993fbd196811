#!/bin/sh
# The tplink-v1 image of vendor-builder.py. usage: tplink-v1.sh OUT [boot|stripped|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" tplink-v1 "$@"
